//! What two gateways sign about an account.

use ledger_core::{
    codec::encode,
    digest::{Domain, Hash32},
    id::{ChainId, Lei},
    signature::Statement,
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};

/// Bytes of an account's number or a holder's name at most.
pub const MAX_TEXT: usize = 560;

/// A bank asks whether an account is somebody's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRequest {
    /// The network.
    pub chain: ChainId,
    /// Who asks.
    pub from: Lei,
    /// Whose account it is said to be at.
    pub to: Lei,
    /// Makes it one of its own.
    pub nonce: Hash32,
    /// `IBAN:...` or `OTHR:...`.
    pub account: String,
    /// The name that is checked.
    pub name: String,
    /// When, by the asker's clock.
    pub asked: LedgerTime,
}

impl Statement for CheckRequest {
    fn domain(&self) -> Domain {
        Domain::AccountCheck
    }
    fn bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

/// What the account's bank says. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// The account is the named holder's.
    Match,
    /// Nearly: the holder's name is this.
    Close(String),
    /// It is somebody else's.
    NoMatch,
    /// There is no such account that can be paid.
    Unknown,
}

/// The account's bank's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckAnswer {
    /// The network.
    pub chain: ChainId,
    /// Digest of the request.
    pub check: Hash32,
    /// What it says.
    pub verdict: Verdict,
}

impl Statement for CheckAnswer {
    fn domain(&self) -> Domain {
        Domain::AccountCheckAnswer
    }
    fn bytes(&self) -> Vec<u8> {
        encode(self)
    }
}
