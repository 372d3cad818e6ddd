//! What a command would come to, by the rules of execution, over records that somebody has read.
//!
//! A member sees a part of the ledger. It learns which records a command asks for by trying: what is
//! asked for and not known yet is read, and the command is tried again, until nothing new is asked
//! for.
//!
//! # Place      a gateway's proved records -> [forecast] -> what it tells before anything is sent
//! # Invariants the rules are those of `execute`, run by it; nothing is changed or kept
//! # Absent     other commands of the block, and what happens until then; bulks that are decided one by
//! #            one; whether records are proved, and what stands for those that nobody may show

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    block::Verified,
    draft::{Moment, Records},
    execute::{Facts, alone},
    record::{Name, Record},
    refusal::Refusal,
};

/// Records that were read, and what was asked for besides.
#[derive(Default)]
pub struct ReadSet {
    known: BTreeMap<Name, Option<Record>>,
    missed: Cell<BTreeSet<Name>>,
}

impl ReadSet {
    /// From now on this stands under the name, or nothing.
    pub fn learn(&mut self, name: Name, record: Option<Record>) {
        self.known.insert(name, record);
    }

    /// What is known under a name.
    #[must_use]
    pub fn known(&self, name: &Name) -> Option<&Record> {
        self.known.get(name).and_then(Option::as_ref)
    }

    /// Names that were asked for since they were taken last, and of which nothing is known.
    pub fn take_missed(&self) -> BTreeSet<Name> {
        self.missed.take()
    }
}

impl Records for ReadSet {
    fn record(&self, name: &Name) -> Option<&Record> {
        if let Some(known) = self.known.get(name) {
            return known.as_ref();
        }
        let mut missed = self.missed.take();
        missed.insert(*name);
        self.missed.set(missed);
        None
    }
}

/// What a command would come to.
#[derive(Clone, Debug)]
pub struct Forecast {
    /// What its receipts would say.
    pub facts: Vec<Facts>,
    /// Records as they would become.
    pub after: BTreeMap<Name, Record>,
}

/// Tries a command as the first of a block. While [`ReadSet::take_missed`] names something, the
/// answer is that of a ledger where nothing stands under these names.
///
/// # Errors
/// The refusal that its receipt would carry.
pub fn forecast(
    records: &ReadSet,
    moment: Moment,
    command: &Verified,
) -> Result<Forecast, Refusal> {
    let (facts, changes) = alone(records, moment, command)?;
    let after = changes.records.into_iter().map(|(name, record)| (name, record.as_ref().clone()));
    Ok(Forecast { facts, after: after.collect() })
}
