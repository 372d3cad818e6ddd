//! Arbitrary decisions of network compliance, and clearances.

use proptest::prelude::*;

use super::drawing::{Known, hash, lei, money, number, one_of, time};
use crate::{
    command::{Action, Command},
    id::{PolicyId, Text},
    money::Currency,
    movement::MovementTerms,
    policy::{PolicyMode, Subject},
    screening::{Clear, ClearedBy},
    seizure::{Disposal, SeizureOrder},
    testing::{jpy, usd},
};

/// The policies of the world: one that is there, and one that is not at first.
pub(super) const POLICIES: [PolicyId; 2] = [PolicyId::new([0x70; 32]), PolicyId::new([0x71; 32])];

fn policy() -> impl Strategy<Value = PolicyId> + Clone {
    prop::sample::select(POLICIES.to_vec())
}

fn subjects(known: &Known) -> impl Strategy<Value = Vec<Subject>> + use<> {
    let one = prop_oneof![
        lei().prop_map(Subject::Member),
        one_of(&known.parties).prop_map(Subject::Party),
    ];
    prop::collection::vec(one, 0..4)
}

fn terms() -> impl Strategy<Value = MovementTerms> {
    let threshold = prop_oneof![2 => Just(None), 1 => number().prop_map(Some)];
    let name = || prop_oneof![4 => Just(None), 1 => policy().prop_map(Some)];
    (threshold, name(), name(), name()).prop_map(
        |(payee_clearance, sender, recipient, mint_recipient)| MovementTerms {
            payee_clearance,
            sender,
            recipient,
            mint_recipient,
        },
    )
}

fn order(known: &Known) -> impl Strategy<Value = SeizureOrder> + use<> {
    let to = one_of(&known.accounts);
    let disposal = prop_oneof![
        to.clone().prop_map(Disposal::Block),
        to.prop_map(Disposal::Deliver),
        Just(Disposal::Burn),
    ];
    let party = prop::option::of(one_of(&known.parties));
    let parts = (one_of(&known.accounts), party, money(), disposal);
    parts.prop_map(|(from, party, money, disposal)| SeizureOrder {
        from,
        party,
        money,
        disposal,
        reference: Text::new("ORDER").unwrap(),
    })
}

pub(super) fn action(known: &Known) -> impl Strategy<Value = Action> + use<> {
    let code = prop::sample::select(vec![usd(), jpy(), Currency::new("XAU").unwrap()]);
    let mode = prop_oneof![Just(PolicyMode::Allow), Just(PolicyMode::Deny)];
    let oldest = prop::option::of(hash());
    let rules = prop_oneof![Just(0), Just(1), Just(u32::MAX)];
    prop_oneof![
        hash().prop_map(|list| Action::RegisterList { list }),
        (oldest, rules)
            .prop_map(|(oldest, rule_version)| Action::SetScreening { oldest, rule_version }),
        (code, terms()).prop_map(|(currency, terms)| Action::SetMovementTerms { currency, terms }),
        order(known).prop_map(Action::Seize),
        (policy(), mode).prop_map(|(policy, mode)| Action::CreatePolicy { policy, mode }),
        (policy(), subjects(known), any::<bool>()).prop_map(|(policy, subjects, listed)| {
            Action::ListInPolicy { policy, subjects, listed }
        }),
    ]
}

pub(super) fn clear(known: &Known) -> impl Strategy<Value = Command> + use<> {
    let by = prop_oneof![Just(ClearedBy::Payer), Just(ClearedBy::Payee)];
    let payment = match known.held.as_slice() {
        [] => hash().boxed(),
        held => one_of(held).prop_map(|payment| payment.hash()).boxed(),
    };
    (by, payment, hash(), any::<u32>(), time(known.now)).prop_map(
        |(by, payment, list_version, rule_version, expires)| {
            Command::Clear(Clear { by, payment, list_version, rule_version, expires })
        },
    )
}
