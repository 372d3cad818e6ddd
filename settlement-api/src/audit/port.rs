//! What the audit API needs of the process it runs in: an observer's own ledger, for reading.
//!
//! # Place      implemented by `node` over an observer's store, and by hand in tests
//! # Absent     writing; who may ask (the API's)

use std::{collections::BTreeMap, error::Error};

use ledger_core::{
    block::Header,
    digest::Hash32,
    id::{CommandId, LegId, Lei, Uetr},
    journal::LogName,
    money::Currency,
    proof::{BlockProof, RecordProof},
    receipt::Receipt,
    record::{Name, Record},
    state::LogAppend,
    time::Height,
};
use verifier::Committee;

use crate::ledger_port::{Certified, ProvedReceipt};

/// The observer's ledger does not answer.
#[derive(Debug, thiserror::Error)]
pub enum AuditFault {
    /// It cannot be read, or contradicts itself.
    #[error("the observer's ledger cannot be read")]
    Broken(#[source] Box<dyn Error + Send + Sync>),
    /// What was asked for is of blocks that were deleted here, or were before the snapshot that this
    /// observer was restored from.
    #[error("receipts and entries are kept here of blocks from {from} on")]
    NotKept {
        /// What is kept begins here.
        from: Height,
    },
}

/// Two things that must agree do not.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{0}: what is stored contradicts itself")]
struct Inconsistent(&'static str);

impl AuditFault {
    /// A fault of what lies below.
    pub fn of(cause: impl Error + Send + Sync + 'static) -> Self {
        Self::Broken(Box::new(cause))
    }

    /// What is stored contradicts itself.
    #[must_use]
    pub fn inconsistent(what: &'static str) -> Self {
        Self::of(Inconsistent(what))
    }
}

/// Receipts that cite a leg.
#[derive(Clone, Debug, Default)]
pub struct LegReceipts {
    /// Those that a certified header covers, oldest first, each with its proof.
    pub proved: Vec<ProvedReceipt>,
    /// How many are executed and not covered yet.
    pub unproven: usize,
    /// Whether there may be more than were read.
    pub more: bool,
}

/// How many commands came to what, from genesis up to a height.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// By currency.
    pub of: BTreeMap<Currency, CurrencyTally>,
    /// Refused commands by code, over all currencies.
    pub refused: BTreeMap<&'static str, u64>,
}

/// How many commands of a currency came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CurrencyTally {
    /// Mints.
    pub mints: u64,
    /// Burns.
    pub burns: u64,
    /// Payments that settled.
    pub payments: u64,
}

/// One rule, recounted from the journals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recounted {
    /// The rule's id, such as `I1`.
    pub rule: &'static str,
    /// In which currency.
    pub currency: Currency,
    /// What the ledger says: minor units, or a number of journals for I9.
    pub expected: u128,
    /// What was counted, in the same unit.
    pub found: u128,
    /// Whether the rule holds.
    pub ok: bool,
}

/// An observer's ledger. Every call may block: call from a blocking thread.
pub trait AuditLedger: Send + Sync {
    /// The validators whose certificates count, and genesis.
    fn committee(&self) -> &Committee;

    /// The latest certified header.
    ///
    /// # Errors
    /// [`AuditFault`].
    fn latest(&self) -> Result<Option<Certified>, AuditFault>;

    /// The lowest certified header that covers a height.
    ///
    /// # Errors
    /// [`AuditFault`].
    fn covering(&self, height: Height) -> Result<Option<Certified>, AuditFault>;

    /// The header at a height.
    ///
    /// # Errors
    /// [`AuditFault`].
    fn header(&self, height: Height) -> Result<Option<Header>, AuditFault>;

    /// A record as it was in the results that a header declares; `None` when there was none, or when
    /// that is further back than proofs of state are kept.
    ///
    /// # Errors
    /// [`AuditFault`].
    fn prove(&self, name: &Name, under: &Header) -> Result<Option<RecordProof>, AuditFault>;

    /// A block's place in the history that a header declares; `None` when that does not reach it.
    ///
    /// # Errors
    /// [`AuditFault`].
    fn prove_block(&self, height: Height, under: &Header)
    -> Result<Option<BlockProof>, AuditFault>;

    /// A record as it is after the last executed block: for what never changes once written.
    ///
    /// # Errors
    /// [`AuditFault`].
    fn record(&self, name: &Name) -> Result<Option<Record>, AuditFault>;

    /// Rows of a list from an index on, fewer than asked for only at its end or at a page's.
    ///
    /// # Errors
    /// [`AuditFault`].
    fn rows(&self, log: &LogName, from: u64, limit: usize) -> Result<Vec<LogAppend>, AuditFault>;

    /// The secret of a block from which its salts come (W8); `None` when it is not executed. No
    /// answer carries it.
    ///
    /// # Errors
    /// [`AuditFault`].
    fn blinding(&self, height: Height) -> Result<Option<Hash32>, AuditFault>;

    /// Legs that cite a UETR.
    ///
    /// # Errors
    /// [`AuditFault`].
    fn legs(&self, uetr: &Uetr) -> Result<Vec<LegId>, AuditFault>;

    /// Receipts that cite a leg, refusals among them.
    ///
    /// # Errors
    /// [`AuditFault`].
    fn leg_receipts(&self, leg: &LegId) -> Result<LegReceipts, AuditFault>;

    /// A command's receipt with its proof; `None` when there is none, or no certified header covers
    /// it.
    ///
    /// # Errors
    /// [`AuditFault`].
    fn receipt(&self, command: &CommandId) -> Result<Option<ProvedReceipt>, AuditFault>;

    /// A party's receipts after a place (`HEIGHT`, index), in ledger order, up to block `up_to`; none
    /// only at the end.
    ///
    /// # Errors
    /// [`AuditFault`].
    fn receipts_for(
        &self,
        party: &Lei,
        after: (Height, u32),
        up_to: Height,
    ) -> Result<Vec<Receipt>, AuditFault>;

    /// Counts of commands up to a height.
    ///
    /// # Errors
    /// [`AuditFault`].
    fn tally(&self, up_to: Height) -> Result<Tally, AuditFault>;

    /// The recount, and the height after which it was counted.
    ///
    /// # Errors
    /// [`AuditFault`].
    fn recount(&self) -> Result<(Height, Vec<Recounted>), AuditFault>;
}
