//! Netting sets: queued payments that settle at one instant, all of them or none.
//!
//! Whoever proposes a set need not be trusted. Everything is found first and written afterwards; of
//! all reasons against a set the one that comes first in `Refusal` is given, with the first leg of
//! the set to which it applies.
//!
//! # Place      a set by a solver, or by the member that pays all of it -> [netting] -> receipts
//! # Invariants Q4 height, order, money and limits (N1 to N3); K1, I10 every leg is checked again; I7
//! #            the set moves what its legs say and no more; work is bounded by its legs
//! # Absent     whether a larger set exists; how it was found (`ledger-netting`)

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Place, Queue};
use crate::{
    authority::Role,
    command::Payment,
    draft::{Draft, Signers},
    execute::Facts,
    id::{AccountId, Leg, LegId, Lei},
    limits::{MAX_NETTING_LEGS, MAX_PASSED, MAX_QUEUE_AGE},
    money::{Currency, Money},
    movement::check_last,
    payment::{LegRecord, LegState, Payee, check_sides, pay, settle},
    record::{Name, Record},
    refusal::Refusal,
    screening::Clearing,
    time::{Height, LedgerTime},
};

/// Queued payments that shall settle together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NettingSet {
    /// The block after which the queues were as the set takes them to be.
    pub height: Height,
    /// The legs, one to [`MAX_NETTING_LEGS`].
    pub legs: Vec<LegId>,
}

/// Why a set does not settle, and the leg and the sum this is about, if it is about one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    /// The reason.
    pub(crate) refusal: Refusal,
    /// The leg and its sum.
    pub(crate) of: Option<(Leg, Money)>,
}

impl Fault {
    const fn of(refusal: Refusal, payment: &Payment) -> Self {
        Self { refusal, of: Some((payment.leg, payment.money)) }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, of: None }
    }
}

/// A leg of a set as it waits.
struct Entry {
    /// Its place in the set.
    index: usize,
    payment: Payment,
    payee: Payee,
    entered: LedgerTime,
    expires: LedgerTime,
}

impl Entry {
    /// What waits under an id.
    fn of(draft: &Draft<'_>, index: usize, id: &LegId) -> Option<Self> {
        let Some(Record::Leg(LegRecord { state, .. })) = draft.get(&Name::Leg(*id)) else {
            return None;
        };
        let LegState::Queued { payment, credit, creditor, entered, expires } = state else {
            return None;
        };
        let payee = Payee { account: *credit, party: *creditor };
        Some(Self { index, payment: *payment, payee, entered: *entered, expires: *expires })
    }

    fn minor(&self) -> u128 {
        self.payment.money.minor()
    }

    /// Why it cannot settle whatever else does, as `reader` may see it.
    fn ineligible(&self, draft: &Draft<'_>, queue: &Queue, reader: &Lei) -> Option<Refusal> {
        let limit = queue.terms.limit_towards(&self.payment.leg.instructed);
        let faults = [
            (self.expires <= draft.now()).then_some(Refusal::HoldExpired),
            check_sides(draft, &self.payment, &self.payee, reader).err(),
            check_last(draft, &self.payment, Some(&self.payee), reader, Clearing::Due).err(),
            limit.is_some_and(|most| self.minor() > most).then_some(Refusal::CounterpartyLimit),
        ];
        faults.into_iter().flatten().min()
    }
}

/// What a set takes from somewhere, and what it brings there. A sum that cannot be counted stays at
/// its greatest value: such a set is refused for its currency.
#[derive(Clone, Copy, Default)]
struct Sums {
    paid: u128,
    received: u128,
}

impl Sums {
    /// Whether more is taken than is brought and `cover`.
    const fn exceed(self, cover: u128) -> bool {
        self.paid > self.received.saturating_add(cover)
    }
}

/// A set with everything it stands on, while reasons against it are gathered.
struct Check<'a> {
    draft: &'a Draft<'a>,
    sender: &'a Lei,
    set: &'a NettingSet,
    entries: Vec<Entry>,
    /// The queues that the set takes from.
    queues: BTreeMap<AccountId, Queue>,
    /// Reasons, and the place in the set of what each is about.
    faults: Vec<(Refusal, Option<usize>)>,
}

/// Settles a set.
///
/// # Errors
/// Every [`Refusal`] about sender, number of legs, legs, height, time, accounts, standing, order,
/// money and limits: the first in order of precedence over all legs.
pub(crate) fn settle_queued(
    draft: &mut Draft<'_>,
    sender: &Lei,
    signers: &Signers,
    set: &NettingSet,
) -> Result<Vec<Facts>, Fault> {
    let solver = signers.require(Role::Solver).is_ok();
    if !solver {
        signers.require(Role::Settlement)?;
        draft.active_member(sender)?;
    }
    if !(1..=MAX_NETTING_LEGS).contains(&set.legs.len()) {
        return Err(Refusal::OutOfRange.into());
    }
    let (entries, queues) = checked(draft, sender, set, solver)?;
    for Entry { payment, payee, .. } in &entries {
        settle(draft, payment, payee).map_err(|refusal| Fault::of(refusal, payment))?;
    }
    for Entry { payment, .. } in &entries {
        pay(draft, payment).map_err(|refusal| Fault::of(refusal, payment))?;
    }
    let settled: BTreeSet<&LegId> = set.legs.iter().collect();
    for mut queue in queues.into_values() {
        queue.places.retain(|place| !settled.contains(&place.leg));
        queue.put(draft);
    }
    let facts = entries.iter().map(|entry| {
        let facts = Facts::of_settled(&entry.payment, entry.payee.account);
        Facts { entered: Some(entry.entered), ..facts }
    });
    Ok(facts.collect())
}

/// The entries of a lawful set and the queues they leave.
fn checked(
    draft: &Draft<'_>,
    sender: &Lei,
    set: &NettingSet,
    solver: bool,
) -> Result<(Vec<Entry>, BTreeMap<AccountId, Queue>), Fault> {
    let mut check = Check {
        draft,
        sender,
        set,
        entries: Vec::with_capacity(set.legs.len()),
        queues: BTreeMap::new(),
        faults: Vec::new(),
    };
    check.legs(solver);
    check.height();
    check.each();
    if check.entries.len() == set.legs.len() {
        check.order();
        check.money();
        check.limits();
    }
    match check.faults.iter().min() {
        None => Ok((check.entries, check.queues)),
        Some((refusal, index)) => {
            let about = |entry: &&Entry| Some(entry.index) == *index;
            let of = check.entries.iter().find(about).map(|entry| entry.payment);
            Err(of.map_or((*refusal).into(), |payment| Fault::of(*refusal, &payment)))
        }
    }
}

impl Check<'_> {
    fn add(&mut self, index: usize, refusal: Refusal) {
        self.faults.push((refusal, Some(index)));
    }

    /// Finds the legs: once each, queued, and for a member's own set paid by it.
    fn legs(&mut self, solver: bool) {
        let mut seen = BTreeSet::new();
        for (index, id) in self.set.legs.iter().enumerate() {
            if !seen.insert(id) {
                self.add(index, Refusal::LegUsed);
            }
            let found = match self.draft.get(&Name::Leg(*id)) {
                Some(Record::Leg(found)) if solver || found.leg.has_party(self.sender) => found,
                _ => {
                    self.add(index, Refusal::LegUnknown);
                    continue;
                }
            };
            if !solver && found.leg.instructing != *self.sender {
                self.add(index, Refusal::NotYourLeg);
            }
            let Some(entry) = Entry::of(self.draft, index, id) else {
                self.add(index, Refusal::LegNotQueued);
                continue;
            };
            let (account, member) = (entry.payment.debit, entry.payment.leg.instructing);
            self.queues.entry(account).or_insert_with(|| Queue::of(self.draft, account, member));
            self.entries.push(entry);
        }
    }

    /// The height is past and not far back, and every leg had its place by then.
    fn height(&mut self) {
        let (now, named) = (self.draft.moment.height.get(), self.set.height.get());
        if named >= now || now.saturating_sub(named) > MAX_QUEUE_AGE {
            self.faults.push((Refusal::QueueHeight, None));
        }
        let since: BTreeMap<LegId, Height> = self
            .queues
            .values()
            .flat_map(|queue| queue.places.iter().map(|place| (place.leg, place.since)))
            .collect();
        for (index, id) in self.set.legs.iter().enumerate() {
            if since.get(id).is_some_and(|since| *since > self.set.height) {
                self.add(index, Refusal::QueueHeight);
            }
        }
    }

    /// Each leg can settle, as far as that does not depend on the others.
    fn each(&mut self) {
        let mut faults = Vec::new();
        for entry in &self.entries {
            let Some(queue) = self.queues.get(&entry.payment.debit) else { continue };
            let fault = entry.ineligible(self.draft, queue, self.sender);
            faults.extend(fault.map(|refusal| (refusal, Some(entry.index))));
        }
        self.faults.extend(faults);
    }

    /// No queue without bypass has an entry before one of the set that is left out, unless that is
    /// not eligible (N1).
    fn order(&mut self) {
        let indices: BTreeMap<LegId, usize> =
            (0..).zip(&self.set.legs).map(|(n, id)| (*id, n)).collect();
        let (mut passed, mut late) = (0usize, Vec::new());
        for queue in self.queues.values().filter(|queue| !queue.terms.bypass) {
            let known = |place: &&Place| place.since <= self.set.height;
            let last = queue.places.iter().rposition(|place| indices.contains_key(&place.leg));
            let before = last.map_or(0, |last| last.saturating_add(1));
            let mut left_out = false;
            for place in queue.places.iter().take(before).filter(known) {
                match indices.get(&place.leg) {
                    Some(index) if left_out => late.push(*index),
                    Some(_) => {}
                    None if left_out => {}
                    None => {
                        passed = passed.saturating_add(1);
                        left_out = passed > MAX_PASSED || self.may_settle(queue, place);
                    }
                }
            }
        }
        late.into_iter().for_each(|index| self.add(index, Refusal::QueueOrder));
    }

    fn may_settle(&self, queue: &Queue, place: &Place) -> bool {
        let entry = Entry::of(self.draft, usize::MAX, &place.leg);
        entry.is_some_and(|entry| entry.ineligible(self.draft, queue, self.sender).is_none())
    }

    /// After the set no account owes anything, and every sum can be counted (N2).
    fn money(&mut self) {
        let mut accounts: BTreeMap<AccountId, Sums> = BTreeMap::new();
        let mut totals: BTreeMap<Currency, Option<u128>> = BTreeMap::new();
        let mut faults = Vec::new();
        for entry in &self.entries {
            let debit = accounts.entry(entry.payment.debit).or_default();
            debit.paid = debit.paid.saturating_add(entry.minor());
            let credit = accounts.entry(entry.payee.account).or_default();
            credit.received = credit.received.saturating_add(entry.minor());
            let code = entry.payment.money.currency();
            let available = || self.draft.currency(code).ok().map(|found| found.totals.available);
            let total = totals.entry(code).or_insert_with(available);
            *total = total.and_then(|total| total.checked_add(entry.minor()));
            if total.is_none() {
                faults.push((Refusal::AmountOverflow, Some(entry.index)));
            }
        }
        for entry in &self.entries {
            let sums = accounts.get(&entry.payment.debit).copied().unwrap_or_default();
            let available = match self.draft.get(&Name::Account(entry.payment.debit)) {
                Some(Record::Account(account)) => account.balances.available,
                _ => 0,
            };
            if sums.exceed(available) {
                faults.push((Refusal::InsufficientFunds, Some(entry.index)));
            }
        }
        self.faults.extend(faults);
    }

    /// What the set takes from an account to a counterparty is within the member's limit (N2).
    fn limits(&mut self) {
        let mut relations: BTreeMap<(AccountId, Lei), Sums> = BTreeMap::new();
        for entry in &self.entries {
            let leg = entry.payment.leg;
            let there = relations.entry((entry.payment.debit, leg.instructed)).or_default();
            there.paid = there.paid.saturating_add(entry.minor());
            let back = relations.entry((entry.payee.account, leg.instructing)).or_default();
            back.received = back.received.saturating_add(entry.minor());
        }
        let mut faults = Vec::new();
        for entry in &self.entries {
            let (account, payee) = (entry.payment.debit, entry.payment.leg.instructed);
            let limit = self.queues.get(&account).and_then(|q| q.terms.limit_towards(&payee));
            let sums = relations.get(&(account, payee)).copied().unwrap_or_default();
            if limit.is_some_and(|limit| sums.exceed(limit)) {
                faults.push((Refusal::CounterpartyLimit, Some(entry.index)));
            }
        }
        self.faults.extend(faults);
    }
}
