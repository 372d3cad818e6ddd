//! Scheduled payments, and what the ledger does by itself when a leg's time is over.
//!
//! ```text
//! Schedule --> Scheduled --time comes--> checked again --> Settled, or Voided(NotReleased)
//! Hold ------> Held --expired, and a minute later still held--> Voided(Expired)
//! Enqueue ---> Queued --expired--> Voided(Expired)
//! ```
//!
//! # Place      `execute` sweeps before a block's commands; `Release` does the same for one leg
//! # Invariants I9 a swept leg settles or is freed once; K1, I10, K4, K5, K6 members, accounts,
//! #            customers, clearances and policies are checked again when money moves; K3 limits count when it is scheduled, and not again; a
//! #            block sweeps a bounded number, in a fixed order
//! # Absent     standing orders (each payment of one is scheduled by itself)

use serde::{Deserialize, Serialize};

use crate::{
    authority::Role,
    command::{Acceptance, GateAttestation, Payment, VoidReason},
    draft::{Draft, Signers},
    execute::Facts,
    id::{LegId, Lei},
    movement::check_last,
    payment::{
        LegRecord, LegState, MAX_HOLD_MS, Payee, check_acceptance, check_gate, check_kind,
        check_new_leg, check_sides, earmark, put_leg, settle_held,
    },
    queue,
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
    screening::{Clearing, keep},
    signature::Signed,
    signing::authorise,
    spending::count,
    time::LedgerTime,
};

/// Earmarks money for a payment that settles by itself at a later ledger time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// The payment.
    pub payment: Payment,
    /// Its clearance.
    pub gate: Signed<GateAttestation>,
    /// The beneficiary bank's yes, good until the payment is scheduled.
    pub acceptance: Signed<Acceptance>,
    /// When it settles: at most [`MAX_HOLD_MS`] ahead.
    pub at: LedgerTime,
}

/// Schedules a payment.
///
/// # Errors
/// Every [`Refusal`] about member, time, amount, leg, clearance, acceptance, account, standing,
/// funds, limits.
pub(crate) fn schedule(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    asked: &Schedule,
) -> Result<Facts, Refusal> {
    signers.require(Role::Settlement)?;
    draft.active_member(member)?;
    let (now, payment) = (draft.now(), &asked.payment);
    draft.currency(payment.money.currency())?;
    if asked.at <= now || asked.at > now.after(MAX_HOLD_MS) {
        return Err(Refusal::OutOfRange);
    }
    let payee = Payee::from(&asked.acceptance.value);
    check_new_leg(draft, member, payment)?;
    check_gate(draft, member, draft.payment_hash(payment), &asked.gate)?;
    check_acceptance(draft, payment, &asked.acceptance)?;
    check_sides(draft, payment, &payee, member)?;
    earmark(draft, payment)?;
    check_kind(payment.leg.kind)?;
    count(draft, payment)?;
    check_last(draft, payment, Some(&payee), member, Clearing::Given(&asked.gate.value))?;
    keep(draft, payment, &asked.gate.value);
    authorise(draft, member, signers, &[(payment.debit, payment.money)])?;
    let state = LegState::Scheduled {
        payment: *payment,
        credit: payee.account,
        creditor: payee.party,
        entered: now,
        at: asked.at,
    };
    put_leg(draft, payment.leg, state);
    Ok(Facts { credit: Some(payee.account), ..Facts::of_payment(Effect::Scheduled, payment) })
}

/// Settles a scheduled payment whose time has come, at the word of one of its members.
///
/// # Errors
/// [`Refusal::WrongRole`], those about the member, [`Refusal::LegUnknown`],
/// [`Refusal::LegNotScheduled`], [`Refusal::NotDue`]. What keeps the payment from settling is no
/// refusal: its money is free again, as when the ledger had done it.
pub(crate) fn release_now(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    id: &LegId,
) -> Result<Facts, Refusal> {
    signers.require(Role::Settlement)?;
    draft.active_member(member)?;
    match &draft.leg(id, member)?.state {
        LegState::Scheduled { at, .. } if *at > draft.now() => Err(Refusal::NotDue),
        LegState::Scheduled { .. } => end(draft, id, false),
        LegState::Held { .. }
        | LegState::Settled { .. }
        | LegState::Voided(_)
        | LegState::Closed
        | LegState::Queued { .. }
        | LegState::Delivered { .. } => Err(Refusal::LegNotScheduled),
    }
}

/// Ends a leg whose time is over: settles a scheduled one if both sides still may and nothing
/// `failed`, and frees the money otherwise.
///
/// # Errors
/// [`Refusal::LegUnknown`] for a leg that is not due; [`Refusal::InternalFault`].
pub(crate) fn end(draft: &mut Draft<'_>, id: &LegId, failed: bool) -> Result<Facts, Refusal> {
    let Some(Record::Leg(LegRecord { leg, state, .. })) = draft.get(&Name::Leg(*id)).cloned()
    else {
        return Err(Refusal::LegUnknown);
    };
    if state.due().is_none_or(|due| due > draft.now()) {
        return Err(Refusal::LegUnknown);
    }
    let (payment, entered, reason) = match state {
        LegState::Held { payment, entered, .. } | LegState::Queued { payment, entered, .. } => {
            (payment, entered, VoidReason::Expired)
        }
        LegState::Scheduled { payment, credit, creditor, entered, .. } => {
            let payee = Payee { account: credit, party: creditor };
            let payer = &leg.instructing;
            if !failed
                && check_sides(draft, &payment, &payee, payer).is_ok()
                && check_last(draft, &payment, Some(&payee), payer, Clearing::Due).is_ok()
            {
                settle_held(draft, &payment, &payee)?;
                let facts = Facts::of_settled(&payment, credit);
                return Ok(Facts { entered: Some(entered), ..facts });
            }
            (payment, entered, VoidReason::NotReleased)
        }
        LegState::Settled { .. }
        | LegState::Voided(_)
        | LegState::Closed
        | LegState::Delivered { .. } => return Err(Refusal::LegUnknown),
    };
    queue::free(draft, &payment)?;
    put_leg(draft, leg, LegState::Voided(reason));
    Ok(Facts { entered: Some(entered), ..Facts::of_payment(Effect::Voided(reason), &payment) })
}
