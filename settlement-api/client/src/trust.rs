//! Whom a client believes: the committee and the identity of one network, from its genesis file.
//!
//! # Place      a file that the member got from the operator, not from its gateway -> [trust]
//! # Invariants proofs of another network, or by another committee, do not verify

use ledger_core::{
    id::ChainId,
    money::{Currency, Money},
};
use verifier::{Committee, VerifyError, parse_genesis, summary};

use crate::error::Error;

/// Why a trust file is of no use.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// Not a genesis file, or one that contradicts itself.
    #[error("the trust file is no sound genesis file: {0}")]
    Unsound(#[from] VerifyError),
    /// The genesis of another network.
    #[error("the trust file is of network {found}, not of {expected}")]
    OtherNetwork {
        /// Which one was expected.
        expected: ChainId,
        /// Whose genesis it is.
        found: ChainId,
    },
}

/// Committee and identity of a network.
#[derive(Debug)]
pub struct Trust {
    committee: Committee,
    network: ChainId,
}

impl Trust {
    /// What a genesis file says.
    ///
    /// # Errors
    /// [`TrustError::Unsound`].
    pub fn new(genesis: &[u8]) -> Result<Self, TrustError> {
        let genesis = parse_genesis(genesis)?;
        let network = genesis.chain_id();
        Ok(Self { committee: Committee::new(&genesis)?, network })
    }

    /// As [`Trust::new`], if it is the genesis of this network.
    ///
    /// # Errors
    /// [`TrustError`].
    pub fn of_network(genesis: &[u8], expected: ChainId) -> Result<Self, TrustError> {
        let trust = Self::new(genesis)?;
        if trust.network == expected {
            Ok(trust)
        } else {
            Err(TrustError::OtherNetwork { expected, found: trust.network })
        }
    }

    /// The network's identity.
    #[must_use]
    pub const fn network(&self) -> ChainId {
        self.network
    }

    /// Who signs its headers.
    #[must_use]
    pub const fn committee(&self) -> &Committee {
        &self.committee
    }

    /// Money from decimal text; never rounded.
    ///
    /// # Errors
    /// [`Error::Amount`].
    pub fn money(&self, amount: &str, currency: &str) -> Result<Money, Error> {
        let wrong = || Error::Amount(currency.to_owned());
        let code = Currency::new(currency).ok_or_else(wrong)?;
        let scale = summary::scale(self.committee.genesis(), code).ok_or_else(wrong)?;
        let minor = iso20022::parse_minor(amount, scale).map_err(|_| wrong())?;
        Ok(Money::new(code, minor))
    }

    /// Money as decimal text.
    #[must_use]
    pub fn text(&self, money: &Money) -> String {
        summary::amount(self.committee.genesis(), money).unwrap_or_default()
    }
}
