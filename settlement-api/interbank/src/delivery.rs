//! What the two banks of a payment sign to each other about its message.
//!
//! # Place      gateways seal and send it; evidence packs hold it
//! # Invariants P1 the message that is accepted is the one that the payment commits to
//! # Absent     encryption and transport (the gateway's parcel)

use ledger_core::{
    codec::encode,
    command::{Acceptance, Payment},
    digest::{Domain, Hash32, leaf_hash},
    id::{ChainId, LegId, Lei, MessageKind, Text},
    signature::{Signed, Statement},
};
use serde::{Deserialize, Serialize};

use crate::content::Line;

/// A payment message and what ties it to the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The network.
    pub chain: ChainId,
    /// Who sends it.
    pub from: Lei,
    /// For whom it is.
    pub to: Lei,
    /// The payment it is about.
    pub payment: Payment,
    /// Salt of the commitment in the payment.
    pub salt: Hash32,
    /// The pacs.008.
    pub message: Vec<u8>,
}

impl Statement for Delivery {
    fn domain(&self) -> Domain {
        Domain::Message
    }
    fn bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

/// What the beneficiary bank says. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decision {
    /// It is being looked at; ask again.
    Pending,
    /// Yes.
    Accepted(Signed<Acceptance>),
    /// No, for this ISO 20022 reason.
    Rejected(Text),
    /// No, for this ISO 20022 reason and this stable code, which says what to do.
    RejectedBecause(Text, Text),
    /// A person has to decide, for this ISO 20022 reason and under this stable code: ask again, as
    /// long as the money is held.
    PendingBecause(Text, Text),
    /// No, for this ISO 20022 reason, and in these words.
    RejectedSaying(Text, Line),
}

impl Decision {
    /// Whether nothing is decided yet.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        match self {
            Self::Pending | Self::PendingBecause(..) => true,
            Self::Accepted(_)
            | Self::Rejected(_)
            | Self::RejectedBecause(..)
            | Self::RejectedSaying(..) => false,
        }
    }
}

/// The beneficiary bank's receipt for a message, with its decision so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The network.
    pub chain: ChainId,
    /// The leg.
    pub leg: LegId,
    /// The commitment that was opened: this very message was received.
    pub message: Hash32,
    /// What it says.
    pub decision: Decision,
}

impl Answer {
    /// What both banks anchor about the message that it answers.
    #[must_use]
    pub fn anchored(&self, at: u64) -> AnchoredMessage {
        AnchoredMessage { leg: self.leg, message: self.message, answer: self.digest(), at }
    }
}

impl Statement for Answer {
    fn domain(&self) -> Domain {
        Domain::Delivery
    }
    fn bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

/// A message that was delivered and answered, as both banks commit to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnchoredMessage {
    /// The payment's leg.
    pub leg: LegId,
    /// Commitment to the message, as the payment carries it.
    pub message: Hash32,
    /// Digest of the beneficiary bank's signed answer.
    pub answer: Hash32,
    /// When this gateway had it, by its own clock (ms since 1970).
    pub at: u64,
}

impl AnchoredMessage {
    /// Its leaf in the tree of an anchor.
    #[must_use]
    pub fn leaf(&self, salt: &Hash32) -> Hash32 {
        leaf_hash(salt, &encode(self))
    }
}

/// What people call the message of a leg.
#[must_use]
pub const fn kind_name(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Pacs008 => "pacs.008",
        MessageKind::Pacs009 => "pacs.009",
        MessageKind::Pacs004 => "pacs.004",
        MessageKind::Sese023 => "sese.023",
    }
}

/// A salted commitment, as to the message of a payment or the number of a reserve account:
/// `florin/content/1` hash of salt and bytes.
#[must_use]
pub fn commitment(salt: &Hash32, message: &[u8]) -> Hash32 {
    Domain::Content.hash(&[salt.get(), message].concat())
}
