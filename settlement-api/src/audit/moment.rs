//! The moment an answer is of: a certified header, and the block whose results it declares.
//!
//! Everything in one answer is read under one header, so that its parts are of one moment.

use ledger_core::{
    account::CurrencyRecord,
    genesis::Genesis,
    money::{Currency, Money},
    proof::RecordProof,
    record::{Name, Record},
    time::{Height, LedgerTime},
};
use verifier::summary::amount;

use super::{AuditLedger, AuditRefused, port::AuditFault, proof::BlockMaterial};
use crate::ledger_port::Certified;

/// A certified header, for reading what it proves.
pub struct Moment<'a> {
    /// The ledger.
    pub ledger: &'a dyn AuditLedger,
    /// The header.
    pub certified: Certified,
}

impl<'a> Moment<'a> {
    /// The latest.
    ///
    /// # Errors
    /// [`AuditRefused::NotProven`] before the first certificate.
    pub fn latest(ledger: &'a dyn AuditLedger) -> Result<Self, AuditRefused> {
        let certified = ledger.latest()?.ok_or(AuditRefused::NotProven)?;
        Ok(Self { ledger, certified })
    }

    /// The height that it proves.
    #[must_use]
    pub fn proven(&self) -> Height {
        self.certified.header.results.height
    }

    /// The height asked for, or the proven one.
    ///
    /// # Errors
    /// [`AuditRefused::HeightNotProven`].
    pub fn height(&self, asked: Option<Height>) -> Result<Height, AuditRefused> {
        let proven = self.proven();
        match asked {
            Some(asked) if asked > proven => Err(AuditRefused::HeightNotProven { asked, proven }),
            Some(asked) => Ok(asked),
            None => Ok(proven),
        }
    }

    /// Genesis.
    #[must_use]
    pub fn genesis(&self) -> &'a Genesis {
        self.ledger.committee().genesis()
    }

    /// A sum as decimal text.
    #[must_use]
    pub fn text(&self, currency: Currency, minor: u128) -> String {
        amount(self.genesis(), &Money::new(currency, minor)).unwrap_or_default()
    }

    /// Ledger time of a block that is proven, and what shows that it is this block's.
    ///
    /// # Errors
    /// [`AuditRefused::Fault`].
    pub fn time(&self, height: Height) -> Result<(LedgerTime, BlockMaterial), AuditRefused> {
        let header = self.ledger.header(height)?;
        let header = header.ok_or_else(|| AuditFault::inconsistent("headers"))?;
        let proof = self.ledger.prove_block(height, &self.certified.header)?;
        let proof = proof.filter(|proof| proof.history.digest == header.digest());
        let proof = proof.ok_or_else(|| AuditFault::inconsistent("history of blocks"))?;
        Ok((header.time, BlockMaterial::new(&header, &proof)))
    }

    /// A record as this moment proves it.
    ///
    /// # Errors
    /// [`AuditRefused::NotProven`] when it was not there, or state this old is no longer proved.
    pub fn prove(&self, name: &Name) -> Result<(Record, RecordProof), AuditRefused> {
        let proof = self.ledger.prove(name, &self.certified.header)?;
        let proof = proof.ok_or(AuditRefused::NotProven)?;
        match proof.record(&name.key()).cloned() {
            Some(record) => Ok((record, proof)),
            None => Err(AuditRefused::NotProven),
        }
    }

    /// A currency of the network.
    ///
    /// # Errors
    /// [`AuditRefused::CurrencyUnknown`], and as [`Moment::prove`].
    pub fn currency(
        &self,
        currency: Currency,
    ) -> Result<(CurrencyRecord, RecordProof), AuditRefused> {
        if !self.genesis().currencies.iter().any(|terms| terms.code == currency) {
            return Err(AuditRefused::CurrencyUnknown);
        }
        match self.prove(&Name::Currency(currency))? {
            (Record::Currency(record), proof) => Ok((record, proof)),
            _ => Err(AuditFault::inconsistent("records").into()),
        }
    }
}
