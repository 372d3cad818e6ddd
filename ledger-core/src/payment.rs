//! Payment legs: the life of one payment between two members.
//!
//! ```text
//!            Hold                  Post | PostPart
//! (absent) --------> Held ---------------------------> Settled
//!    |                |  Void | Close                     |
//!    | Transfer       +--------------> Voided             | Close (fixes, changes nothing)
//!    +-------------------------------------------------> Settled
//!    | Close
//!    +--------------> Closed: can never settle
//! ```
//!
//! A leg is consumed by an effect (hold, place in a queue or settlement), never by a refusal (I9).
//!
//! # Place      one record per leg in the state tree
//! # Invariants I9 a settled leg never changes; K1 both customers are checked at every movement;
//! #            K3 what is entered is counted against the limits of its debtor; K4 to K6 see `movement`
//! # Absent     returns, settlement of several legs, bulks, queues (see `returns`, `settlement`, `bulk`,
//! #            `queue`)

mod checks;

use serde::{Deserialize, Serialize};

use crate::{
    account::Balances,
    asset::Units,
    authority::Role,
    command::{Hold, Payment, Post, PostPart, Transfer, Void, VoidReason},
    draft::{Draft, Signers},
    execute::Facts,
    id::{AccountId, Leg, LegId, Lei, PartyId},
    journal::MovementKind,
    money::Money,
    movement::check_last,
    queue,
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
    screening::{Clearing, keep},
    signing::authorise,
    spending::count,
    time::{Height, LedgerTime},
};

pub(crate) use checks::{
    Payee, Side, check_acceptance, check_gate, check_kind, check_leg, check_new_leg, check_sides,
    check_yes, outward,
};

/// Where a leg is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LegState {
    /// Its money is earmarked.
    Held {
        /// The payment.
        payment: Payment,
        /// When the earmark was made: the time the payment was entered.
        entered: LedgerTime,
        /// Until when it can be posted.
        expires: LedgerTime,
    },
    /// It has settled: final.
    Settled {
        /// The account that paid.
        debit: AccountId,
        /// The customer on whose behalf.
        debtor: PartyId,
        /// The account that was paid.
        credit: AccountId,
        /// The customer who was paid.
        creditor: PartyId,
        /// How much.
        money: Money,
        /// How much of it was given back since, in minor units.
        returned: u128,
        /// At which height.
        height: Height,
    },
    /// Its earmark ended without settlement: it can never settle.
    Voided(VoidReason),
    /// It was closed before anything happened: it can never settle.
    Closed,
    /// Its money is earmarked, and it settles by itself when its time comes.
    Scheduled {
        /// The payment.
        payment: Payment,
        /// The account to credit.
        credit: AccountId,
        /// The customer who is paid.
        creditor: PartyId,
        /// When it was entered.
        entered: LedgerTime,
        /// When it settles.
        at: LedgerTime,
    },
    /// It waits in the queue of the account that pays; nothing is earmarked.
    Queued {
        /// The payment.
        payment: Payment,
        /// The account to credit.
        credit: AccountId,
        /// The customer who is paid.
        creditor: PartyId,
        /// When it was entered.
        entered: LedgerTime,
        /// Until when it can settle.
        expires: LedgerTime,
    },
    /// Its units were delivered: final.
    Delivered {
        /// The account that gave.
        from: AccountId,
        /// The customer on whose behalf.
        deliverer: PartyId,
        /// The account that was given.
        credit: AccountId,
        /// The customer who received.
        receiver: PartyId,
        /// What and how much.
        units: Units,
        /// At which height.
        height: Height,
    },
}

impl LegState {
    /// When the ledger ends the leg by itself: a scheduled one at its time, a hold that nobody freed
    /// [`SWEEP_AFTER_MS`] after it expired, a queued one when it expires.
    #[must_use]
    pub const fn due(&self) -> Option<LedgerTime> {
        match self {
            Self::Held { expires, .. } => Some(expires.after(SWEEP_AFTER_MS)),
            Self::Scheduled { at, .. } => Some(*at),
            Self::Queued { expires, .. } => Some(*expires),
            Self::Settled { .. } | Self::Voided(_) | Self::Closed | Self::Delivered { .. } => None,
        }
    }
}

/// A leg's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegRecord {
    /// What makes it unique.
    pub leg: Leg,
    /// Where it is.
    pub state: LegState,
    /// When the payee's customer was credited, as its bank says once. Changes nothing else.
    pub credited: Option<LedgerTime>,
}

/// The longest that a hold may last, in milliseconds: seven days.
pub const MAX_HOLD_MS: u64 = 7 * 24 * 60 * 60 * 1_000;

/// How long after its expiry a hold waits for its members before the ledger frees its money, in
/// milliseconds.
pub const SWEEP_AFTER_MS: u64 = 60_000;

/// Earmarks money for a payment.
///
/// # Errors
/// Every [`Refusal`] about member, amount, leg, clearance, account, standing, funds and limits.
pub(crate) fn hold(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    hold: &Hold,
) -> Result<Facts, Refusal> {
    signers.require(Role::Settlement)?;
    draft.active_member(member)?;
    let (now, payment) = (draft.now(), &hold.payment);
    draft.currency(payment.money.currency())?;
    if hold.expires <= now || hold.expires > now.after(MAX_HOLD_MS) {
        return Err(Refusal::OutOfRange);
    }
    check_new_leg(draft, member, payment)?;
    check_gate(draft, member, draft.payment_hash(payment), &hold.gate)?;
    Refusal::first(Side::debit(payment).faults(draft, payment, member))?;
    draft.active_member(&payment.leg.instructed).map_err(|refusal| outward(refusal, false))?;
    earmark(draft, payment)?;
    check_kind(payment.leg.kind)?;
    count(draft, payment)?;
    check_last(draft, payment, None, member, Clearing::Given(&hold.gate.value))?;
    keep(draft, payment, &hold.gate.value);
    authorise(draft, member, signers, &[(payment.debit, payment.money)])?;
    let state = LegState::Held { payment: *payment, entered: now, expires: hold.expires };
    put_leg(draft, payment.leg, state);
    Ok(Facts::of_payment(Effect::Held, payment))
}

/// Settles a held payment.
///
/// # Errors
/// Every [`Refusal`] about leg, acceptance, account and standing.
pub(crate) fn post(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    post: &Post,
) -> Result<Facts, Refusal> {
    signers.require(Role::Settlement)?;
    draft.active_member(member)?;
    let (payment, entered, expires) = held(draft, &post.leg, member)?;
    if expires <= draft.now() {
        return Err(Refusal::HoldExpired);
    }
    post_held(draft, member, post, &payment, payment.money.minor())?;
    let facts = Facts::of_settled(&payment, post.acceptance.value.credit);
    Ok(Facts { entered: Some(entered), ..facts })
}

/// Settles a part of a held payment: its payee takes less, and the rest is free again.
///
/// # Errors
/// [`Refusal::AmountZero`], [`Refusal::OutOfRange`] beyond what is held, [`Refusal::NotYourLeg`]
/// to the payer, and as [`post`].
pub(crate) fn post_part(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    part: &PostPart,
) -> Result<Facts, Refusal> {
    signers.require(Role::Settlement)?;
    draft.active_member(member)?;
    if part.minor == 0 {
        return Err(Refusal::AmountZero);
    }
    let (payment, entered, expires) = held(draft, &part.post.leg, member)?;
    let money = |minor| Payment { money: Money::new(payment.money.currency(), minor), ..payment };
    let Some(rest) = payment.money.minor().checked_sub(part.minor) else {
        return Err(Refusal::OutOfRange);
    };
    if expires <= draft.now() {
        return Err(Refusal::HoldExpired);
    }
    if payment.leg.instructed != *member {
        return Err(Refusal::NotYourLeg);
    }
    post_held(draft, member, &part.post, &payment, part.minor)?;
    if rest > 0 {
        release(draft, &money(rest))?;
    }
    let facts = Facts::of_settled(&money(part.minor), part.post.acceptance.value.credit);
    Ok(Facts { entered: Some(entered), ..facts })
}

/// Moves so much of a held payment to where its acceptance says.
fn post_held(
    draft: &mut Draft<'_>,
    member: &Lei,
    post: &Post,
    payment: &Payment,
    minor: u128,
) -> Result<(), Refusal> {
    let payee = Payee::from(&post.acceptance.value);
    check_acceptance(draft, payment, &post.acceptance)?;
    check_sides(draft, payment, &payee, member)?;
    let money = Money::new(payment.money.currency(), minor);
    settle_held(draft, &Payment { money, ..*payment }, &payee)?;
    check_last(draft, payment, Some(&payee), member, Clearing::Kept)
}

/// Pays out of an earmark what is sure to be in it, and fixes the leg.
pub(crate) fn settle_held(
    draft: &mut Draft<'_>,
    payment: &Payment,
    payee: &Payee,
) -> Result<(), Refusal> {
    let minor = payment.money.minor();
    draft.move_money(&payment.debit, MovementKind::PaidFromHold, minor, |b| {
        Ok(Balances { held: b.held.checked_sub(minor).ok_or(Refusal::InternalFault)?, ..b })
    })?;
    settle(draft, payment, payee)
}

/// Settles a payment at once.
///
/// # Errors
/// Every [`Refusal`] about member, amount, leg, clearance, acceptance, account, standing, funds,
/// limits.
pub(crate) fn transfer(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    transfer: &Transfer,
) -> Result<Facts, Refusal> {
    signers.require(Role::Settlement)?;
    draft.active_member(member)?;
    let payment = &transfer.payment;
    draft.currency(payment.money.currency())?;
    let payee = Payee::from(&transfer.acceptance.value);
    check_new_leg(draft, member, payment)?;
    check_gate(draft, member, draft.payment_hash(payment), &transfer.gate)?;
    check_acceptance(draft, payment, &transfer.acceptance)?;
    check_sides(draft, payment, &payee, member)?;
    pay(draft, payment)?;
    settle(draft, payment, &payee)?;
    check_kind(payment.leg.kind)?;
    count(draft, payment)?;
    check_last(draft, payment, Some(&payee), member, Clearing::Given(&transfer.gate.value))?;
    authorise(draft, member, signers, &[(payment.debit, payment.money)])?;
    Ok(Facts::of_settled(payment, payee.account))
}

/// Gives a held payment's money back: the payee may reject, the payer withdraw, and either may
/// say that the time is over.
///
/// # Errors
/// Every [`Refusal`] about leg and time.
pub(crate) fn void(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    void: &Void,
) -> Result<Facts, Refusal> {
    signers.require(Role::Settlement)?;
    draft.active_member(member)?;
    let (payment, entered, expires) = earmarked(draft, &void.leg, member)?;
    let leg = payment.leg;
    let allowed = match void.reason {
        VoidReason::Rejected => *member == leg.instructed,
        VoidReason::Withdrawn => *member == leg.instructing,
        VoidReason::Expired if expires > draft.now() => return Err(Refusal::HoldNotExpired),
        VoidReason::Expired => true,
        // Only the ledger itself says so.
        VoidReason::NotReleased => false,
    };
    if !allowed {
        return Err(Refusal::NotYourLeg);
    }
    queue::free(draft, &payment)?;
    put_leg(draft, leg, LegState::Voided(void.reason));
    Ok(Facts { entered: Some(entered), ..Facts::of_payment(Effect::Voided(void.reason), &payment) })
}

/// Fixes a leg for ever. Only its payer can, so nobody burns another's leg.
///
/// # Errors
/// [`Refusal::UetrMalformed`], [`Refusal::SameMember`], [`Refusal::NotYourLeg`].
pub(crate) fn close(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    leg: &Leg,
) -> Result<Facts, Refusal> {
    signers.require(Role::Settlement)?;
    draft.active_member(member)?;
    if !leg.uetr.is_version_4() {
        return Err(Refusal::UetrMalformed);
    }
    if leg.instructing == leg.instructed {
        return Err(Refusal::SameMember);
    }
    if leg.instructing != *member {
        return Err(Refusal::NotYourLeg);
    }
    let state = draft.leg(&leg.id(), member).ok().map(|record| record.state.clone());
    let facts = |effect| Facts { leg: Some(*leg), ..Facts::new(effect, leg_parties(leg)) };
    match state {
        Some(LegState::Settled { debit, credit, .. }) => {
            Ok(Facts { debit: Some(debit), credit: Some(credit), ..facts(Effect::ClosedSettled) })
        }
        Some(LegState::Delivered { from, credit, .. }) => {
            Ok(Facts { debit: Some(from), credit: Some(credit), ..facts(Effect::ClosedSettled) })
        }
        Some(
            LegState::Held { payment, entered, .. }
            | LegState::Scheduled { payment, entered, .. }
            | LegState::Queued { payment, entered, .. },
        ) => {
            queue::free(draft, &payment)?;
            put_leg(draft, *leg, LegState::Voided(VoidReason::Withdrawn));
            let effect = Effect::ClosedUnsettled;
            Ok(Facts { entered: Some(entered), ..Facts::of_payment(effect, &payment) })
        }
        Some(LegState::Voided(_) | LegState::Closed) => Ok(facts(Effect::ClosedUnsettled)),
        None => {
            put_leg(draft, *leg, LegState::Closed);
            Ok(facts(Effect::ClosedUnsettled))
        }
    }
}

/// Notes, once, that the payee's customer has the money of a settled leg.
///
/// # Errors
/// [`Refusal::WrongRole`], those about the member, [`Refusal::OutOfRange`],
/// [`Refusal::LegUnknown`], [`Refusal::NotYourLeg`], [`Refusal::LegNotSettled`],
/// [`Refusal::CreditConfirmed`].
pub(crate) fn confirm_credit(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    id: &LegId,
    at: LedgerTime,
) -> Result<Facts, Refusal> {
    signers.require(Role::Settlement)?;
    draft.active_member(member)?;
    if at > draft.now() {
        return Err(Refusal::OutOfRange);
    }
    let record = draft.leg(id, member)?.clone();
    if record.leg.instructed != *member {
        return Err(Refusal::NotYourLeg);
    }
    let LegState::Settled { debit, credit, .. } = record.state else {
        return Err(Refusal::LegNotSettled);
    };
    if record.credited.is_some() {
        return Err(Refusal::CreditConfirmed);
    }
    let leg = record.leg;
    draft.put(&Name::Leg(*id), Record::Leg(LegRecord { credited: Some(at), ..record }));
    Ok(Facts {
        leg: Some(leg),
        debit: Some(debit),
        credit: Some(credit),
        ..Facts::new(Effect::CreditConfirmed, leg_parties(&leg))
    })
}

/// A held leg's payment, when it was entered and when the earmark ends.
fn held(
    draft: &Draft<'_>,
    id: &LegId,
    member: &Lei,
) -> Result<(Payment, LedgerTime, LedgerTime), Refusal> {
    match &draft.leg(id, member)?.state {
        LegState::Held { payment, entered, expires } => Ok((*payment, *entered, *expires)),
        LegState::Settled { .. }
        | LegState::Voided(_)
        | LegState::Closed
        | LegState::Scheduled { .. }
        | LegState::Queued { .. }
        | LegState::Delivered { .. } => Err(Refusal::LegNotHeld),
    }
}

/// As [`held`], also of a scheduled leg, whose earmark never expires, and of a queued one, which has
/// none.
fn earmarked(
    draft: &Draft<'_>,
    id: &LegId,
    member: &Lei,
) -> Result<(Payment, LedgerTime, LedgerTime), Refusal> {
    match &draft.leg(id, member)?.state {
        LegState::Scheduled { payment, entered, .. } => {
            Ok((*payment, *entered, LedgerTime::new(u64::MAX)))
        }
        LegState::Queued { payment, entered, expires, .. } => Ok((*payment, *entered, *expires)),
        _ => held(draft, id, member),
    }
}

/// Takes a payment's money out of what is free on the account that pays.
pub(crate) fn pay(draft: &mut Draft<'_>, payment: &Payment) -> Result<(), Refusal> {
    let minor = payment.money.minor();
    draft.move_money(&payment.debit, MovementKind::Paid, minor, |b| {
        let available = b.available.checked_sub(minor).ok_or(Refusal::InsufficientFunds)?;
        Ok(Balances { available, ..b })
    })
}

/// Credits the payee and fixes the leg. The debit is made in the same draft (I7).
pub(crate) fn settle(
    draft: &mut Draft<'_>,
    payment: &Payment,
    payee: &Payee,
) -> Result<(), Refusal> {
    let minor = payment.money.minor();
    let credit = if planted!(CreditPayer) { &payment.debit } else { &payee.account };
    draft.move_money(credit, MovementKind::Received, minor, |b| {
        let available = b.available.checked_add(minor).ok_or(Refusal::AmountOverflow)?;
        Ok(Balances { available, ..b })
    })?;
    let state = LegState::Settled {
        debit: payment.debit,
        debtor: payment.debtor,
        credit: payee.account,
        creditor: payee.party,
        money: payment.money,
        returned: 0,
        height: draft.moment.height,
    };
    put_leg(draft, payment.leg, state);
    Ok(())
}

/// Earmarks a payment's money on the account that pays.
pub(crate) fn earmark(draft: &mut Draft<'_>, payment: &Payment) -> Result<(), Refusal> {
    let minor = payment.money.minor();
    draft.move_money(&payment.debit, MovementKind::Held, minor, |b| {
        Ok(Balances {
            available: b.available.checked_sub(minor).ok_or(Refusal::InsufficientFunds)?,
            held: b.held.checked_add(minor).ok_or(Refusal::AmountOverflow)?,
            ..b
        })
    })
}

/// Gives an earmark back.
pub(crate) fn release(draft: &mut Draft<'_>, payment: &Payment) -> Result<(), Refusal> {
    let minor = payment.money.minor();
    draft.move_money(&payment.debit, MovementKind::Released, minor, |b| {
        let given = if planted!(FreeTooMuch) { minor.saturating_add(1) } else { minor };
        Ok(Balances {
            available: b.available.checked_add(given).ok_or(Refusal::AmountOverflow)?,
            held: b.held.checked_sub(minor).ok_or(Refusal::InternalFault)?,
            ..b
        })
    })
}

pub(crate) fn put_leg(draft: &mut Draft<'_>, leg: Leg, state: LegState) {
    let id = draft.leg_id(&leg);
    draft.put(&Name::Leg(id), Record::Leg(LegRecord { leg, state, credited: None }));
}

/// The members that may see what happens to a leg, sorted.
#[must_use]
pub fn leg_parties(leg: &Leg) -> Vec<Lei> {
    let mut parties = vec![leg.instructing, leg.instructed];
    parties.sort();
    parties.dedup();
    parties
}
