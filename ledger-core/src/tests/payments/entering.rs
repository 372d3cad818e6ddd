//! What is asked of whoever enters a payment: its kind, persons and limits of keys (I9, K7).

use super::Case;
use crate::{
    freshness::DAY_MS,
    id::MessageKind,
    key_limits::{KeyLimits, KeyTerms},
    record::{Name, Record},
    refusal::Refusal,
    signing::MemberPolicy,
    sliding::SlidingSum,
    testing::{Bank, usd},
    tests::faults::{Fault, fault},
};

/// Limits of the key of a bank that settles, in dollars, by decree.
pub(crate) fn key_limited(
    bank: &Bank,
    per_command: Option<u128>,
    per_window: Option<u128>,
) -> (Name, Record) {
    let person = bank.settlement().grant.person;
    let terms = KeyTerms { window_ms: DAY_MS, per_command, per_window };
    let limits = KeyLimits { person, currency: usd(), terms, recent: SlidingSum::default() };
    (Name::KeyLimits(person, usd()), Record::KeyLimits(Box::new(limits)))
}

/// A bank whose debits need two persons, by decree.
pub(crate) fn two_persons(bank: &Bank) -> (Name, Record) {
    let policy = MemberPolicy { settlement: 2, ..MemberPolicy::new(bank.lei) };
    (Name::MemberPolicy(bank.lei), Record::MemberPolicy(policy))
}

/// What can be wrong with who enters a payment, and as what.
pub(super) fn entering_faults() -> Vec<Fault<Case>> {
    vec![
        fault(Refusal::ReturnMismatch, &["kind"], |c: &mut Case| {
            c.payment.leg.kind = MessageKind::Pacs004;
        }),
        fault(Refusal::ReturnMismatch, &["kind"], |c| {
            c.payment.leg.kind = MessageKind::Sese023;
        }),
        fault(Refusal::SignersTooFew, &["persons"], |c| {
            c.plants.push(two_persons(&c.a));
        }),
        fault(Refusal::KeyCommandLimit, &["key limits"], |c| {
            c.plants.push(key_limited(&c.a, Some(99), Some(99)));
        }),
        fault(Refusal::KeyWindowLimit, &["key limits"], |c| {
            c.plants.push(key_limited(&c.a, Some(100), Some(99)));
        }),
    ]
}
