//! Queues: payments that wait until the account that pays can pay them, in an order that is its
//! member's alone.
//!
//! ```text
//!           Enqueue                  SettleQueued
//! (absent) ---------> Queued ------------------------> Settled
//!     |                  |  Void | Close | expired
//!     | nothing waits,   +---------------------------> Voided
//!     | money is there
//!     +----------------------------------------------> Settled
//! ```
//!
//! # Place      beside `payment`; sets of queued payments are checked in `netting`
//! # Invariants Q1 a queued payment earmarks nothing; Q2 places follow from the order of commands;
//! #            K1, K3, K7, I10 a payment is checked when it is queued, and K1, K4 to K6, I10 when it
//! #            settles
//! # Absent     finding sets (`ledger-netting`); settling when money arrives (somebody sends a set)

mod netting;

use serde::{Deserialize, Serialize};

use crate::{
    authority::Role,
    command::{Acceptance, GateAttestation, Payment},
    draft::{Draft, Signers},
    execute::Facts,
    id::{AccountId, LegId, Lei},
    limits::{MAX_QUEUE_LIMITS, MAX_QUEUED},
    movement::check_last,
    payment::{
        LegRecord, LegState, MAX_HOLD_MS, Payee, check_acceptance, check_gate, check_kind,
        check_new_leg, check_sides, pay, put_leg, release, settle,
    },
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
    screening::{Clearing, keep},
    signature::Signed,
    signing::authorise,
    spending::count,
    time::{Height, LedgerTime},
};

pub use netting::NettingSet;
pub(crate) use netting::{Fault, settle_queued};

/// Puts a payment into the queue of the account that pays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enqueue {
    /// The payment.
    pub payment: Payment,
    /// Its clearance.
    pub gate: Signed<GateAttestation>,
    /// The beneficiary bank's yes: the payment waits no longer than this lasts.
    pub acceptance: Signed<Acceptance>,
    /// How urgent it is: larger goes first.
    pub priority: u32,
    /// Until when it waits: at most [`MAX_HOLD_MS`] ahead.
    pub expires: LedgerTime,
}

/// The most that one set takes from an account to a counterparty, beyond what it brings it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueLimit {
    /// Who is paid.
    pub counterparty: Lei,
    /// How much, in minor units.
    pub minor: u128,
}

/// A member's own choices about an account's queue, as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct QueueTerms {
    /// Whether entries may pass those before them.
    pub bypass: bool,
    /// Limits, ascending by counterparty; who is not named is not limited.
    pub limits: Vec<QueueLimit>,
}

impl QueueTerms {
    /// Whether limits are few, in order, and not towards the member itself.
    #[must_use]
    pub fn is_well_formed(&self, member: &Lei) -> bool {
        let ascending = self.limits.windows(2).all(|pair| match pair {
            [left, right] => left.counterparty < right.counterparty,
            _ => true,
        });
        ascending
            && self.limits.len() <= MAX_QUEUE_LIMITS
            && self.limits.iter().all(|limit| limit.counterparty != *member)
    }

    /// What is allowed towards a counterparty; nothing where that is not limited.
    #[must_use]
    pub fn limit_towards(&self, counterparty: &Lei) -> Option<u128> {
        let limit = self.limits.iter().find(|limit| limit.counterparty == *counterparty);
        limit.map(|limit| limit.minor)
    }
}

/// An entry's place in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The queued leg.
    pub leg: LegId,
    /// How urgent it is.
    pub priority: u32,
    /// Its number: of one priority the smaller goes first.
    pub sequence: u64,
    /// The height at which it took this place.
    pub since: Height,
}

/// What waits to be paid from one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// The account.
    pub account: AccountId,
    /// Whose.
    pub member: Lei,
    /// The number of the next place.
    pub next: u64,
    /// The member's terms.
    pub terms: QueueTerms,
    /// The places, first to last.
    pub places: Vec<Place>,
}

impl Queue {
    /// The queue of an account as it is before anything waits.
    const fn new(account: AccountId, member: Lei) -> Self {
        let terms = QueueTerms { bypass: false, limits: Vec::new() };
        Self { account, member, next: 0, terms, places: Vec::new() }
    }

    /// The queue of an account of a member as the draft has it.
    fn of(draft: &Draft<'_>, account: AccountId, member: Lei) -> Self {
        match draft.get(&Name::Queue(account)) {
            Some(Record::Queue(queue)) => queue.as_ref().clone(),
            _ => Self::new(account, member),
        }
    }

    fn put(self, draft: &mut Draft<'_>) {
        draft.put(&Name::Queue(self.account), Record::Queue(Box::new(self)));
    }

    /// Gives a leg the last place of its priority.
    fn enter(&mut self, leg: LegId, priority: u32, since: Height) -> Result<(), Refusal> {
        if self.places.len() >= MAX_QUEUED {
            return Err(Refusal::QueueFull);
        }
        let place = Place { leg, priority, sequence: self.next, since };
        self.next = self.next.checked_add(1).ok_or(Refusal::QueueFull)?;
        let at = self.places.partition_point(|before| before.priority >= priority);
        self.places.insert(at, place);
        Ok(())
    }

    /// Whether a new payment of this priority need not wait for others, nor for its limit.
    fn lets_through(&self, payment: &Payment, priority: u32) -> bool {
        let first = self.places.iter().all(|place| place.priority < priority);
        let limit = self.terms.limit_towards(&payment.leg.instructed);
        (first || self.terms.bypass) && limit.is_none_or(|limit| payment.money.minor() <= limit)
    }
}

/// Puts a payment into the queue of the account that pays, or settles it when nothing keeps it.
///
/// # Errors
/// Every [`Refusal`] about member, time, amount, leg, clearance, acceptance, account, standing,
/// limits, and [`Refusal::QueueFull`].
pub(crate) fn enqueue(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    asked: &Enqueue,
) -> Result<Facts, Refusal> {
    signers.require(Role::Settlement)?;
    draft.active_member(member)?;
    let (now, payment) = (draft.now(), &asked.payment);
    draft.currency(payment.money.currency())?;
    if asked.expires <= now || asked.expires > now.after(MAX_HOLD_MS) {
        return Err(Refusal::OutOfRange);
    }
    let payee = Payee::from(&asked.acceptance.value);
    check_new_leg(draft, member, payment)?;
    check_gate(draft, member, draft.payment_hash(payment), &asked.gate)?;
    check_acceptance(draft, payment, &asked.acceptance)?;
    check_sides(draft, payment, &payee, member)?;
    let mut queue = Queue::of(draft, payment.debit, *member);
    let at_once = queue.lets_through(payment, asked.priority) && has(draft, payment);
    if at_once {
        pay(draft, payment)?;
        settle(draft, payment, &payee)?;
    }
    check_kind(payment.leg.kind)?;
    count(draft, payment)?;
    check_last(draft, payment, Some(&payee), member, Clearing::Given(&asked.gate.value))?;
    authorise(draft, member, signers, &[(payment.debit, payment.money)])?;
    if at_once {
        return Ok(Facts::of_settled(payment, payee.account));
    }
    queue.enter(draft.leg_id(&payment.leg), asked.priority, draft.moment.height)?;
    queue.put(draft);
    keep(draft, payment, &asked.gate.value);
    let state = LegState::Queued {
        payment: *payment,
        credit: payee.account,
        creditor: payee.party,
        entered: now,
        expires: asked.expires.min(asked.acceptance.value.expires),
    };
    put_leg(draft, payment.leg, state);
    Ok(Facts { credit: Some(payee.account), ..Facts::of_payment(Effect::Queued, payment) })
}

/// Whether the account that pays has what a payment takes.
fn has(draft: &Draft<'_>, payment: &Payment) -> bool {
    match draft.get(&Name::Account(payment.debit)) {
        Some(Record::Account(account)) => account.balances.available >= payment.money.minor(),
        _ => false,
    }
}

/// Gives a queued payment another priority, at the word of its payer: it takes a new place.
///
/// # Errors
/// [`Refusal::WrongRole`], those about the member, [`Refusal::LegUnknown`],
/// [`Refusal::NotYourLeg`], [`Refusal::LegNotQueued`].
pub(crate) fn requeue(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    id: &LegId,
    priority: u32,
) -> Result<Facts, Refusal> {
    signers.require(Role::Settlement)?;
    draft.active_member(member)?;
    let LegRecord { leg, state, .. } = draft.leg(id, member)?.clone();
    if leg.instructing != *member {
        return Err(Refusal::NotYourLeg);
    }
    let LegState::Queued { payment, entered, .. } = state else {
        return Err(Refusal::LegNotQueued);
    };
    let mut queue = Queue::of(draft, payment.debit, *member);
    queue.places.retain(|place| place.leg != *id);
    queue.enter(*id, priority, draft.moment.height)?;
    queue.put(draft);
    let facts = Facts::of_payment(Effect::Requeued, &payment);
    Ok(Facts { entered: Some(entered), parties: vec![*member], ..facts })
}

/// Sets the terms of the queue of a member's account.
///
/// # Errors
/// [`Refusal::WrongRole`], those about the member, [`Refusal::OutOfRange`],
/// [`Refusal::AccountUnknown`], [`Refusal::NotYourAccount`].
pub(crate) fn set_terms(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    account: &AccountId,
    terms: &QueueTerms,
) -> Result<Facts, Refusal> {
    signers.require(Role::Settlement)?;
    draft.active_member(member)?;
    if !terms.is_well_formed(member) {
        return Err(Refusal::OutOfRange);
    }
    match draft.get(&Name::Account(*account)) {
        Some(Record::Account(found)) if found.member == *member => {}
        Some(_) => return Err(Refusal::NotYourAccount),
        None => return Err(Refusal::AccountUnknown),
    }
    let mut queue = Queue::of(draft, *account, *member);
    queue.terms = terms.clone();
    queue.put(draft);
    let facts = Facts::new(Effect::QueueTermsSet, vec![*member]);
    Ok(Facts { debit: Some(*account), ..facts })
}

/// Ends what a leg waits with: its place in a queue, or the earmark of its money.
pub(crate) fn free(draft: &mut Draft<'_>, payment: &Payment) -> Result<(), Refusal> {
    let id = payment.leg.id();
    match draft.get(&Name::Leg(id)) {
        Some(Record::Leg(LegRecord { state: LegState::Queued { .. }, .. })) => {
            let mut queue = Queue::of(draft, payment.debit, payment.leg.instructing);
            queue.places.retain(|place| place.leg != id);
            queue.put(draft);
            Ok(())
        }
        _ => release(draft, payment),
    }
}
