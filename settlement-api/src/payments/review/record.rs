//! A payment that waits for a person of this bank, as it is kept.
//!
//! # Invariants P14 what is pending stands in the list of pending ones, in one write with its record

use interbank::CaseId;
use ledger_core::{
    codec::decode,
    id::{Leg, LegId},
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};

use super::policy::{ReviewPolicy, Why};
use crate::{
    gateway::Gateway,
    outbox::stored,
    port::{KeyValue, StoreFault, Write},
};

const PREFIX: &[u8] = b"inbox-review/";
/// Legs of payments that wait, by the time at which they came.
const PENDING: &[u8] = b"inbox-pending/";
const MAX_RECORD: usize = 1 << 17;
/// Payments that wait for a person at a time, at most.
pub const MAX_PENDING: usize = 10_000;

/// Where a review is. Stored: append-only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReviewStage {
    /// Nobody has said anything.
    Open,
    /// This client says yes; another one must agree.
    Proposed(String),
    /// This bank accepted.
    Accepted,
    /// A person said no.
    Rejected,
    /// It was to be accepted, and the gate or the message's ticket no longer let it.
    Refused,
    /// Nobody decided in time.
    Late,
    /// The money was freed before anybody decided.
    Voided,
}

impl ReviewStage {
    /// Its name towards people and machines.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Proposed(_) => "proposed",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Refused => "refused",
            Self::Late => "expired",
            Self::Voided => "voided",
        }
    }
}

/// Something that was done in a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The name of the stage that came of it.
    pub stage: String,
    /// Which client did it; the gateway itself, if none.
    pub by: Option<String>,
    /// When, by this gateway's clock (ms since 1970).
    pub at: u64,
}

/// A payment that waits for a person, or did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Which payment.
    pub leg: Leg,
    /// When it came, by this gateway's clock (ms since 1970).
    pub received: u64,
    /// Why it waits.
    pub why: Vec<Why>,
    /// Cases of this bank about it that were open when it came.
    pub cases: Vec<CaseId>,
    /// Until when it is decided.
    pub decide_by: LedgerTime,
    /// When the hold ends, once that was read on the ledger.
    pub hold_ends: Option<LedgerTime>,
    /// Where it is.
    pub stage: ReviewStage,
    /// What was done so far.
    pub history: Vec<Done>,
}

impl Review {
    /// A review that begins now.
    #[must_use]
    pub fn begin(leg: Leg, (why, cases): (Vec<Why>, Vec<CaseId>), policy: &ReviewPolicy) -> Self {
        let received = Gateway::now_ms();
        Self {
            leg,
            received,
            why,
            cases,
            decide_by: LedgerTime::new(received).after(millis(policy.lasts)),
            hold_ends: None,
            stage: ReviewStage::Open,
            history: Vec::new(),
        }
    }

    /// Whether it waits for somebody.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        matches!(self.stage, ReviewStage::Open | ReviewStage::Proposed(_))
    }

    /// The same, with the end of the hold known: the decision is due before it.
    #[must_use]
    pub fn held_until(mut self, ends: LedgerTime, policy: &ReviewPolicy) -> Self {
        let due = LedgerTime::new(ends.get().saturating_sub(millis(policy.margin)));
        self.decide_by = self.decide_by.min(due);
        self.hold_ends = Some(ends);
        self
    }

    /// The same, after something was done.
    #[must_use]
    pub fn after(mut self, stage: ReviewStage, by: Option<&str>) -> Self {
        let done = Done {
            stage: stage.name().to_owned(),
            by: by.map(str::to_owned),
            at: Gateway::now_ms(),
        };
        self.history.push(done);
        self.stage = stage;
        self
    }

    /// When it was decided, by this gateway's clock (ms since 1970).
    #[must_use]
    pub fn decided(&self) -> Option<&Done> {
        self.history.last().filter(|_| !self.is_pending())
    }

    /// What must be written to keep it.
    #[must_use]
    pub fn writes(&self) -> [Write; 2] {
        let leg = self.leg.id();
        let listed = self.place();
        let listed = if self.is_pending() { stored(listed, &leg) } else { (listed, None) };
        [stored([PREFIX, leg.get()].concat(), self), listed]
    }

    fn place(&self) -> Vec<u8> {
        [PENDING, &self.received.to_be_bytes(), self.leg.id().get()].concat()
    }

    /// The review of a payment, if it waits or did.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn load(store: &dyn KeyValue, leg: &LegId) -> Result<Option<Self>, StoreFault> {
        match store.get(&[PREFIX, leg.get()].concat())? {
            Some(bytes) => decode(&bytes, MAX_RECORD).map(Some).map_err(|_| StoreFault::Damaged),
            None => Ok(None),
        }
    }

    /// Payments that wait, the first that came first, after this one.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn pending(store: &dyn KeyValue, after: Option<&Self>) -> Result<Vec<LegId>, StoreFault> {
        let from = after.map(Self::place).unwrap_or_default();
        let rows = store.scan(PENDING, MAX_PENDING)?.into_iter();
        let rows = rows.filter(|(place, _)| *place > from);
        rows.map(|(_, leg)| decode(&leg, LegId::LEN).map_err(|_| StoreFault::Damaged)).collect()
    }
}

fn millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use ledger_core::id::{Lei, MessageKind, Uetr};

    use super::*;
    use crate::port::MemoryStore;

    fn leg(byte: u8) -> Leg {
        Leg {
            instructing: Lei::new("529900T8BM49AURSDO55").unwrap(),
            uetr: Uetr::new([byte; 16]),
            kind: MessageKind::Pacs008,
            instructed: Lei::new("7LTWFZYICNSX8D621K86").unwrap(),
        }
    }

    #[test]
    fn p14_the_decision_is_due_before_the_hold_ends_and_within_the_banks_own_time() {
        let policy = ReviewPolicy::default();
        let review = Review::begin(leg(1), (vec![Why::Amount], Vec::new()), &policy);
        let own = LedgerTime::new(review.received).after(24 * 3_600_000);
        assert_eq!(review.decide_by, own);
        let long = review.clone().held_until(own.after(3_600_000), &policy);
        assert_eq!(long.decide_by, own);
        let ends = LedgerTime::new(review.received).after(90_000);
        let short = review.held_until(ends, &policy);
        assert_eq!(short.decide_by.get(), short.received + 60_000);
        assert_eq!(short.hold_ends, Some(ends));
    }

    #[test]
    fn p14_what_waits_is_listed_until_it_is_decided() {
        let store = MemoryStore::default();
        let policy = ReviewPolicy::default();
        let begin = |byte, received| {
            let review = Review::begin(leg(byte), (vec![Why::Everything], Vec::new()), &policy);
            Review { received, ..review }
        };
        let (first, second) = (begin(9, 1), begin(2, 2));
        for review in [&first, &second] {
            store.write(review.writes().into()).unwrap();
        }
        let of = |after| Review::pending(&store, after).unwrap();
        assert_eq!(of(None), [first.leg.id(), second.leg.id()]);
        assert_eq!(of(Some(&first)), [second.leg.id()]);
        let proposed = first.clone().after(ReviewStage::Proposed("desk".to_owned()), Some("desk"));
        store.write(proposed.writes().into()).unwrap();
        assert_eq!(of(None).len(), 2, "one person's word decides nothing");
        assert_eq!(proposed.decided(), None);
        let accepted = proposed.after(ReviewStage::Accepted, Some("compliance"));
        store.write(accepted.writes().into()).unwrap();
        assert_eq!(of(None), [second.leg.id()]);
        let kept = Review::load(&store, &accepted.leg.id()).unwrap().unwrap();
        assert_eq!(kept, accepted);
        assert_eq!(kept.decided().unwrap().by.as_deref(), Some("compliance"));
        assert_eq!(Review::load(&store, &leg(7).id()).unwrap(), None);
    }
}
