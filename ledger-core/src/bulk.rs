//! Bulks: many payments from one account, under one signature of the payer.
//!
//! Payments are grouped by the member that is paid. Each of these consents to its own group, whose
//! hash shows it nothing of the others. A bulk settles as a whole, or each payment by itself with a
//! receipt of its own.
//!
//! # Place      beside `payment`; executed leg by leg
//! # Invariants I9 each leg is consumed once; K1 both customers of every payment are checked; K3 each
//! #            payment is counted by itself
//! # Absent     a payer's file of payments (settlement-api)

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    authority::Role,
    command::{GateAttestation, Payment},
    digest::{Domain, Hash32},
    draft::{Draft, Signers},
    execute::Facts,
    id::{AccountId, Leg, Lei, MessageKind, PartyId, Uetr},
    key_limits,
    limits::{MAX_BULK_GROUPS, MAX_BULK_LEGS},
    money::{Currency, Money},
    movement::{check_last, stopped_fault},
    payment::{Payee, check_gate, check_kind, check_new_leg, check_sides, pay, settle},
    refusal::Refusal,
    screening::{Clearing, outdated},
    settlement::Consent,
    signature::Signed,
    signing,
    spending::count,
};

/// One payment of a bulk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkLeg {
    /// Its reference, end to end.
    pub uetr: Uetr,
    /// The customer on whose behalf.
    pub debtor: PartyId,
    /// The account to credit.
    pub credit: AccountId,
    /// The customer who is paid.
    pub creditor: PartyId,
    /// How much, in minor units of the bulk's currency.
    pub minor: u128,
    /// Salted commitment to the message that was delivered to the beneficiary bank.
    pub message: Hash32,
}

/// A bulk's payments to one member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkGroup {
    /// Who is paid.
    pub instructed: Lei,
    /// The payments.
    pub legs: Vec<BulkLeg>,
}

/// Whether one payment that cannot settle keeps the others from it. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BulkMode {
    /// All settle, or none.
    Whole,
    /// Each settles or is refused by itself, in order.
    Each,
}

/// Many payments from one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bulk {
    /// Whether they settle as a whole.
    pub mode: BulkMode,
    /// Kind of all their messages.
    pub kind: MessageKind,
    /// Currency of all of them.
    pub currency: Currency,
    /// The account that pays.
    pub debit: AccountId,
    /// The payments, by payee; at most [`MAX_BULK_LEGS`] in at most [`MAX_BULK_GROUPS`] groups.
    pub groups: Vec<BulkGroup>,
    /// Clearance of all of them by the payer's gate: it names [`Bulk::hash`].
    pub gate: Signed<GateAttestation>,
    /// Consent of each group's member, in the order of the groups.
    pub consents: Vec<Signed<Consent>>,
}

impl Bulk {
    /// What the gate's clearance names.
    #[must_use]
    pub fn hash(&self, payer: &Lei) -> Hash32 {
        let terms = (payer, self.mode, self.kind, self.currency, self.debit, &self.groups);
        Domain::Bulk.hash_of(&terms)
    }

    /// What a group's consent names.
    #[must_use]
    pub fn group_hash(&self, payer: &Lei, group: &BulkGroup) -> Hash32 {
        Domain::Group.hash_of(&(payer, self.kind, self.currency, self.debit, group))
    }

    /// Number of payments.
    #[must_use]
    pub fn len(&self) -> usize {
        self.groups.iter().fold(0, |sum, group| sum.saturating_add(group.legs.len()))
    }

    /// Whether it has no payment.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its payments in order, each with where its money goes.
    pub(crate) fn payments(&self, payer: &Lei) -> impl Iterator<Item = (Payment, Payee)> {
        let (kind, currency, debit, instructing) = (self.kind, self.currency, self.debit, *payer);
        self.groups.iter().flat_map(move |group| {
            let instructed = group.instructed;
            group.legs.iter().map(move |leg| {
                let payment = Payment {
                    leg: Leg { instructing, uetr: leg.uetr, kind, instructed },
                    debit,
                    debtor: leg.debtor,
                    money: Money::new(currency, leg.minor),
                    message: leg.message,
                };
                (payment, Payee { account: leg.credit, party: leg.creditor })
            })
        })
    }
}

/// Checks everything that a bulk's payments have in common.
///
/// # Errors
/// Every [`Refusal`] about member, currency, number of payments, clearance, consents, account and who
/// signs for the sum.
pub(crate) fn check(
    draft: &Draft<'_>,
    member: &Lei,
    signers: &Signers,
    bulk: &Bulk,
) -> Result<(), Refusal> {
    signers.require(Role::Settlement)?;
    draft.active_member(member)?;
    draft.currency(bulk.currency)?;
    let payees: BTreeSet<Lei> = bulk.groups.iter().map(|group| group.instructed).collect();
    let fits = (1..=MAX_BULK_LEGS).contains(&bulk.len())
        && (1..=MAX_BULK_GROUPS).contains(&bulk.groups.len())
        && bulk.groups.iter().all(|group| !group.legs.is_empty())
        && payees.len() == bulk.groups.len()
        && bulk.consents.len() == bulk.groups.len();
    if !fits {
        return Err(Refusal::OutOfRange);
    }
    check_gate(draft, member, bulk.hash(member), &bulk.gate)?;
    let consents = bulk.groups.iter().zip(&bulk.consents).map(|(group, consent)| {
        Consent::check(draft, consent, &group.instructed, bulk.group_hash(member, group)).err()
    });
    Refusal::first(consents)?;
    draft.usable_account(&bulk.debit, member, bulk.currency)?;
    check_kind(bulk.kind)?;
    let gate = &bulk.gate.value;
    Refusal::first([
        stopped_fault(draft, bulk.currency),
        outdated(draft, Some((gate.list_version, gate.rule_version))),
    ])?;
    let amounts = bulk.groups.iter().flat_map(|group| &group.legs).map(|leg| leg.minor);
    let total = Money::new(bulk.currency, amounts.fold(0, u128::saturating_add));
    signing::check(draft, member, signers, &[(bulk.debit, total)])?;
    key_limits::check(draft, signers, [total])
}

/// Settles one payment of a bulk that was checked.
///
/// # Errors
/// Every [`Refusal`] about amount, leg, payee, standing, funds and limits.
pub(crate) fn settle_one(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    payment: &Payment,
    payee: &Payee,
) -> Result<Facts, Refusal> {
    check_new_leg(draft, member, payment)?;
    check_sides(draft, payment, payee, member)?;
    pay(draft, payment)?;
    settle(draft, payment, payee)?;
    count(draft, payment)?;
    check_last(draft, payment, Some(payee), member, Clearing::Common)?;
    key_limits::count(draft, signers, payment.money)?;
    Ok(Facts::of_settled(payment, payee.account))
}
