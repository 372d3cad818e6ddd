//! Returns: money that a settled payment brought, given back under a payment of its own.
//!
//! A return names the leg it gives back. Its money goes to the account and the customer that paid,
//! so it needs no acceptance; its leg is of the kind `pacs004`, which nothing else can make.
//!
//! # Place      beside `payment`; the one place where a settled leg's record is written again
//! # Invariants I9 the original stays settled; all its returns together give back at most what it
//! #            brought
//! # Absent     why it is returned (the message says so); limits (K3: what goes back is not spent)

use serde::{Deserialize, Serialize};

use crate::{
    authority::Role,
    command::{GateAttestation, Payment},
    draft::{Draft, Signers},
    execute::Facts,
    id::{LegId, Lei, MessageKind},
    movement::stopped_fault,
    payment::{LegRecord, LegState, Payee, Side, check_gate, check_new_leg, pay, settle},
    record::{Name, Record},
    refusal::Refusal,
    screening::outdated,
    signature::Signed,
    signing::authorise,
};

/// Gives back, in full or in part, what a settled payment brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// The payment back: of the kind `pacs004`, under the original's UETR or one of its own.
    pub payment: Payment,
    /// The settled leg.
    pub original: LegId,
    /// The payment's clearance by the gate of the member that gives back.
    pub gate: Signed<GateAttestation>,
}

/// Settles a return.
///
/// The customer that the payment paid may have lost its standing, which is why money goes back: it
/// is checked for a freeze only (K1).
///
/// # Errors
/// Every [`Refusal`] about member, amount, both legs, clearance, accounts, standing, funds, and
/// [`Refusal::ReturnMismatch`], [`Refusal::ReturnExceedsPayment`].
pub(crate) fn give_back(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    asked: &Return,
) -> Result<Facts, Refusal> {
    signers.require(Role::Settlement)?;
    draft.active_member(member)?;
    let payment = &asked.payment;
    draft.currency(payment.money.currency())?;
    let original = draft.leg(&asked.original, member);
    let [owner, account, usable, frozen, ..] = Side::debit(payment).faults(draft, payment, member);
    let mut faults = vec![
        check_new_leg(draft, member, payment).err(),
        check_gate(draft, member, payment.hash(), &asked.gate).err(),
        original.as_ref().err().copied(),
        owner,
        account,
        usable,
        frozen,
        short(draft, payment),
        stopped_fault(draft, payment.money.currency()),
        outdated(draft, Some((asked.gate.value.list_version, asked.gate.value.rule_version))),
    ];
    let payee = original.as_ref().ok().and_then(|record| payer_of(record));
    if let (Ok(record), Some(payee)) = (&original, &payee) {
        let side = Side::credit(record.leg.instructing, payee);
        faults.extend(side.faults(draft, payment, member));
    }
    let record = original.and_then(|record| given_back(record, payment));
    faults.push(record.as_ref().err().copied());
    Refusal::first(faults)?;
    let (record, payee) = (record?, payee.ok_or(Refusal::LegNotSettled)?);
    pay(draft, payment)?;
    settle(draft, payment, &payee)?;
    authorise(draft, member, signers, &[(payment.debit, payment.money)])?;
    draft.put(&Name::Leg(asked.original), Record::Leg(record));
    Ok(Facts::of_settled(payment, payee.account))
}

/// Who paid a settled leg.
const fn payer_of(record: &LegRecord) -> Option<Payee> {
    match record.state {
        LegState::Settled { debit, debtor, .. } => Some(Payee { account: debit, party: debtor }),
        LegState::Held { .. }
        | LegState::Voided(_)
        | LegState::Closed
        | LegState::Scheduled { .. }
        | LegState::Queued { .. }
        | LegState::Delivered { .. } => None,
    }
}

/// What a leg's record becomes when this payment gives back what it brought.
fn given_back(record: &LegRecord, payment: &Payment) -> Result<LegRecord, Refusal> {
    let mut record = record.clone();
    let LegState::Settled { creditor, money, returned, .. } = &mut record.state else {
        return Err(Refusal::LegNotSettled);
    };
    let (leg, back) = (&record.leg, &payment.leg);
    let same = back.kind == MessageKind::Pacs004
        && leg.kind != MessageKind::Pacs004
        && (back.instructing, back.instructed) == (leg.instructed, leg.instructing)
        && payment.money.currency() == money.currency()
        && payment.debtor == *creditor;
    if !same {
        return Err(Refusal::ReturnMismatch);
    }
    let sum = returned
        .checked_add(payment.money.minor())
        .filter(|sum| *sum <= money.minor() || planted!(ReturnTooMuch));
    *returned = sum.ok_or(Refusal::ReturnExceedsPayment)?;
    Ok(record)
}

/// Whether the account that pays has too little; says nothing of an account that is not there.
fn short(draft: &Draft<'_>, payment: &Payment) -> Option<Refusal> {
    match draft.get(&Name::Account(payment.debit)) {
        Some(Record::Account(account)) if account.balances.available < payment.money.minor() => {
            Some(Refusal::InsufficientFunds)
        }
        _ => None,
    }
}
