//! Quotas for what stays: how many records an organisation makes within a day.
//!
//! ```text
//! | 24 | 23 |  ...  | 1 | this hour |     business, and duties, each counted by the hour of ledger time
//! ```
//!
//! # Place      `execute` asks after a command was found good; one record for each organisation that
//! #            ever made one, written once at the end of a block
//! # Invariants L3 no organisation makes more within any day than its quota, in either lane
//! # Absent     receipts, journals and blocks: they are history, which execution never reads; what a
//! #            command costs a block (see `share`)

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    draft::{Changes, Records},
    freshness::DAY_MS,
    id::Lei,
    record::{Name, Record},
    refusal::Refusal,
    share::Lane,
    sliding::{BucketLength, SlidingSum, beyond},
    time::LedgerTime,
};

/// What an organisation made lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Growth {
    /// Who.
    pub organisation: Lei,
    /// By its business.
    pub business: SlidingSum<u32>,
    /// By what the network's own roles do.
    pub duties: SlidingSum<u32>,
}

impl Growth {
    /// Nothing yet.
    #[must_use]
    pub fn new(organisation: Lei) -> Self {
        let nothing = SlidingSum::default();
        Self { organisation, business: nothing, duties: nothing }
    }

    /// What counts at a time, of one lane.
    #[must_use]
    pub fn of(&self, lane: Lane, now: LedgerTime) -> SlidingSum<u32> {
        let kept = match lane {
            Lane::Business => self.business,
            Lane::Duty => self.duties,
        };
        kept.at(now, BucketLength::of(DAY_MS))
    }

    /// With so much more at a time.
    #[must_use]
    pub fn with(self, lane: Lane, now: LedgerTime, more: u32) -> Self {
        let sum = self.of(lane, now).with(more);
        match lane {
            Lane::Business => Self { business: sum, ..self },
            Lane::Duty => Self { duties: sum, ..self },
        }
    }
}

/// How much stays of what a command changes: the records it makes, and the entries it appends to
/// members' lists. What it changes of a record that is there counts nothing.
#[must_use]
pub fn made(changes: &Changes, before: &dyn Records) -> u32 {
    let is_there = |record: Option<&Record>| !matches!(record, None | Some(Record::Origin));
    let made = changes
        .records
        .iter()
        .filter(|(name, record)| is_there(Some(record.as_ref())) && !is_there(before.record(name)));
    let records = made.count();
    u32::try_from(records.saturating_add(changes.appends.len())).unwrap_or(u32::MAX)
}

/// What organisations made, as far as a block has added to it.
#[derive(Clone, Debug, Default)]
pub struct Grown(BTreeMap<Lei, Growth>);

impl Grown {
    /// Counts what a command makes.
    ///
    /// # Errors
    /// [`Refusal::QuotaExceeded`]: its organisation would have made more than its quota. Nothing is
    /// counted then. What makes nothing is never refused.
    pub fn count(
        &mut self,
        before: &dyn Records,
        by: (Lei, Lane),
        made: u32,
        (now, quota): (LedgerTime, u32),
    ) -> Result<(), Refusal> {
        if made == 0 {
            return Ok(());
        }
        let (organisation, lane) = by;
        let growth = self.0.get(&organisation).copied();
        let growth = growth.unwrap_or_else(|| match before.record(&Name::Growth(organisation)) {
            Some(Record::Growth(growth)) => **growth,
            _ => Growth::new(organisation),
        });
        let so_far = growth.of(lane, now).sum();
        if beyond(Some(quota.into()), so_far.into(), made.into()) {
            return Err(Refusal::QuotaExceeded);
        }
        self.0.insert(organisation, growth.with(lane, now, made));
        Ok(())
    }

    /// The records that the end of a block writes.
    pub fn into_records(self) -> impl Iterator<Item = (Name, Record)> {
        let records = self.0.into_iter();
        records.map(|(who, growth)| (Name::Growth(who), Record::Growth(Box::new(growth))))
    }
}
