//! Freezes: who may, what stops, who hears (I10); keys revoked by command (I5).

use crate::{
    account::AccountStatus,
    authority::{KeyRecord, Role},
    command::{Action, Command, Freeze, SetStanding, VoidReason},
    freeze::FreezeTarget,
    id::{AccountId, PartyId, Text},
    money::Money,
    party::StandingStatus,
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    signature::PublicKey,
    testing::{
        Actor, Bank, World, commands::sign, compliance_lei, issuer_lei, operator_lei, recount, usd,
    },
    tests::faults::{check, fault, refused},
};

fn dollars(minor: u128) -> Money {
    Money::new(usd(), minor)
}

fn watched() -> (World, [Bank; 3]) {
    let (mut world, banks) = World::funded(1_000);
    world.appoint_compliance();
    (world, banks)
}

fn targets(world: &World, a: &Bank) -> [FreezeTarget; 2] {
    [FreezeTarget::Account(world.account(a, usd())), FreezeTarget::Party(a.party(1))]
}

#[derive(Clone)]
struct Case {
    world: World,
    by: Actor,
    target: FreezeTarget,
    frozen: bool,
}

fn run(case: &Case) -> Outcome {
    let mut world = case.world.clone();
    if case.frozen {
        let first = world.freeze(case.target);
        world.apply(&first);
    }
    let freeze = Freeze { target: case.target, reference: Text::new("CASE-2").unwrap() };
    let body = world.body(compliance_lei(), Command::Freeze(freeze));
    world.run(&sign(body, &[&case.by]))
}

#[test]
fn i10_a_freeze_is_refused_for_the_first_reason_that_applies() {
    let (mut world, [a, ..]) = watched();
    let clerk = Actor::new(compliance_lei(), Role::Transport, "clerk");
    let registered = world.register_key(clerk.grant);
    world.apply_all(&registered);
    for target in targets(&world, &a) {
        let by = Actor::network_compliance(1);
        let good = Case { world: world.clone(), by, target, frozen: false };
        let faults = [
            fault(Refusal::WrongRole, &["by"], |c: &mut Case| {
                c.by = Actor::new(compliance_lei(), Role::Transport, "clerk");
            }),
            fault(Refusal::AlreadyFrozen, &["target"], |c| c.frozen = true),
        ];
        check(&good, Effect::Frozen, &faults, run);
        for (target, refusal) in [
            (FreezeTarget::Account(AccountId::new([0; 32])), Refusal::AccountUnknown),
            (FreezeTarget::Party(PartyId::new([0; 32])), Refusal::PartyUnknown),
        ] {
            assert_eq!(run(&Case { target, ..good.clone() }), Outcome::Refused(refusal));
        }
    }
}

#[test]
fn i10_one_key_freezes_and_two_persons_lift() {
    let (mut world, [a, b, _]) = watched();
    for target in targets(&world, &a) {
        let [early, approval] = world.unfreeze(target);
        world.apply(&early);
        assert_eq!(refused(&mut world, &approval), Refusal::NotFrozen);
        let freeze = world.freeze(target);
        assert_eq!(world.apply(&freeze), Effect::Frozen);
        let payment = world.payment(&a, &b, dollars(1));
        let transfer = world.transfer(&a, &b, &payment);
        assert_eq!(refused(&mut world, &transfer), Refusal::AccountFrozen);
        let [proposal, approval] = world.unfreeze(target);
        world.apply(&proposal);
        let by_maker = world.approve(&Actor::network_compliance(1), &proposal);
        assert_eq!(refused(&mut world, &by_maker), Refusal::SamePerson);
        let by_operator = world.approve(&Actor::operator(1), &proposal);
        assert_eq!(refused(&mut world, &by_operator), Refusal::WrongRole);
        assert_eq!(world.apply(&approval), Effect::Unfrozen);
        let transfer = world.transfer(&a, &b, &payment);
        assert_eq!(world.apply(&transfer), Effect::Settled);
    }
    for unknown in
        [FreezeTarget::Account(AccountId::new([0; 32])), FreezeTarget::Party(PartyId::new([0; 32]))]
    {
        let [proposal, approval] = world.unfreeze(unknown);
        world.apply(&proposal);
        let expected = match unknown {
            FreezeTarget::Account(_) => Refusal::AccountUnknown,
            FreezeTarget::Party(_) => Refusal::PartyUnknown,
            FreezeTarget::Minting(_) | FreezeTarget::Currency(_) => Refusal::CurrencyUnknown,
        };
        assert_eq!(refused(&mut world, &approval), expected);
    }
}

#[test]
fn i10_nothing_moves_from_or_to_what_is_frozen_and_all_of_it_stays_in_supply() {
    let (start, [a, b, _]) = watched();
    for target in targets(&start, &a) {
        let mut world = start.clone();
        // Held before the freeze, in both directions.
        let (out, into) = (world.payment(&a, &b, dollars(5)), world.payment(&b, &a, dollars(6)));
        let holds = [world.hold(&a, &out), world.hold(&b, &into)];
        world.apply_all(&holds);
        let freeze = world.freeze(target);
        world.apply(&freeze);
        let (new_out, new_in) =
            (world.payment(&a, &b, dollars(1)), world.payment(&b, &a, dollars(1)));
        let commands = [
            (world.hold(&a, &new_out), Refusal::AccountFrozen),
            (world.transfer(&a, &b, &new_out), Refusal::AccountFrozen),
            (world.transfer(&b, &a, &new_in), Refusal::CounterpartyNotEligible),
            (world.post(&a, &b, &out), Refusal::AccountFrozen),
            (world.post(&b, &b, &out), Refusal::CounterpartyNotEligible),
            (world.post(&a, &a, &into), Refusal::AccountFrozen),
            (world.post(&b, &a, &into), Refusal::CounterpartyNotEligible),
        ];
        for (command, refusal) in commands {
            assert_eq!(refused(&mut world, &command), refusal, "{target:?}");
        }
        // An earmark may end: the money stays in its account.
        let ends = [
            world.void(&b, &out, VoidReason::Rejected),
            world.void(&b, &into, VoidReason::Withdrawn),
        ];
        world.apply_all(&ends);
        assert_eq!((world.available(&a, usd()), world.available(&b, usd())), (1_000, 1_000));
        assert_eq!(recount(&world.state)[&usd()].supply, 3_000);
    }
}

#[test]
fn i10_a_frozen_account_can_neither_be_minted_to_nor_preburn_nor_be_burned() {
    let (mut world, [a, ..]) = watched();
    let early = world.preburn(&a, dollars(10));
    world.apply(&early);
    let redemption = early.body.id();
    let payout = world.payout_to(&a, dollars(10), &redemption);
    let record = world.record_entry(&payout);
    let freeze = world.freeze(FreezeTarget::Account(world.account(&a, usd())));
    world.apply_all(&[record, freeze]);
    let late = world.preburn(&a, dollars(10));
    assert_eq!(refused(&mut world, &late), Refusal::AccountFrozen);
    let request = world.request_mint(&a, dollars(10), "R");
    assert_eq!(refused(&mut world, &request), Refusal::AccountFrozen);
    let entry = crate::testing::commands::entry_id(&payout);
    for action in
        [Action::InstructPayout { redemption }, Action::ConfirmPayout { redemption, entry }]
    {
        let [proposal, approval] = world.treasure(action);
        world.apply(&proposal);
        assert_eq!(refused(&mut world, &approval), Refusal::AccountFrozen);
    }
    assert_eq!(recount(&world.state)[&usd()].supply, 3_000);
}

#[test]
fn i10_a_members_standing_neither_lifts_nor_hides_a_freeze() {
    let (mut world, [a, b, _]) = watched();
    let freeze = world.freeze(FreezeTarget::Party(a.party(1)));
    world.apply(&freeze);
    let good = world.good_standing(a.party(1));
    for standing in [good, SetStanding { status: StandingStatus::Revoked, ..good }] {
        let command = world.sign(&a.compliance(), Command::SetStanding(standing));
        world.apply(&command);
        let payment = world.payment(&a, &b, dollars(1));
        let transfer = world.transfer(&a, &b, &payment);
        assert_eq!(refused(&mut world, &transfer), Refusal::AccountFrozen);
    }
}

#[test]
fn i10_a_freeze_is_told_to_compliance_and_an_accounts_also_to_its_member() {
    let (mut world, [a, ..]) = watched();
    for (target, member) in targets(&world, &a).into_iter().zip([Some(a.lei), None]) {
        let freeze = world.freeze(target);
        let [proposal, approval] = world.unfreeze(target);
        let receipts = world.block(&[freeze, proposal, approval]).receipts;
        let mut parties = vec![compliance_lei()];
        parties.extend(member);
        parties.sort();
        assert_eq!(receipts[0].parties, parties);
        assert_eq!(receipts[1].parties, [compliance_lei()]);
        assert_eq!(receipts[2].parties, parties);
        for receipt in receipts {
            assert_eq!((receipt.money, receipt.leg, receipt.credit), (None, None, None));
        }
    }
    let Some(Record::Account(account)) = world.record(&Name::Account(world.account(&a, usd())))
    else {
        panic!()
    };
    assert_eq!(account.status, AccountStatus::Active);
}

/// Two operators revoke a key: what came of it.
fn revoke(world: &mut World, key: PublicKey) -> Outcome {
    let [proposal, approval] = world.decide(Action::RevokeKey { key });
    world.apply(&proposal);
    world.run(&approval)
}

#[test]
fn i5_a_revoked_key_signs_nothing_more_and_leaves_the_directory() {
    let (mut world, [a, b, _]) = World::funded(100);
    let key = a.settlement().grant.key;
    let payment = world.payment(&a, &b, dollars(1));
    let transfer = world.transfer(&a, &b, &payment);
    assert_eq!(revoke(&mut world, key), Outcome::Applied(Effect::KeyRevoked));
    assert_eq!(refused(&mut world, &transfer), Refusal::KeyRevoked);
    let incoming = world.payment(&b, &a, dollars(1));
    let accepted = world.transfer(&b, &a, &incoming);
    assert_eq!(refused(&mut world, &accepted), Refusal::AcceptanceMismatch);
    let Some(Record::Member(member)) = world.record(&Name::Member(a.lei)) else { panic!() };
    assert!(member.directory.is_well_formed());
    assert!(member.directory.keys.iter().all(|listed| listed.key != key));
    assert_eq!(revoke(&mut world, key), Outcome::Refused(Refusal::KeyNotActive));
    let unknown = PublicKey::new([9; 32]);
    assert_eq!(revoke(&mut world, unknown), Outcome::Refused(Refusal::KeyNotActive));
    // It is gone for ever: the same key cannot be registered again.
    let [proposal, approval] = world.register_key(a.settlement().grant);
    world.apply(&proposal);
    assert_eq!(refused(&mut world, &approval), Refusal::AlreadyExists);
}

#[test]
fn i5_a_yes_of_a_key_revoked_by_command_no_longer_counts() {
    let (mut world, [a, ..]) = World::funded(100);
    let preburn = world.preburn(&a, dollars(10));
    world.apply(&preburn);
    let action = Action::CancelPayout { redemption: preburn.body.id() };
    let proposal = world.propose(&Actor::treasury(1), action);
    world.apply(&proposal);
    let maker = Actor::treasury(1).grant.key;
    assert_eq!(revoke(&mut world, maker), Outcome::Applied(Effect::KeyRevoked));
    let second = world.approve(&Actor::treasury(2), &proposal);
    assert_eq!(world.apply(&second), Effect::Approved);
    let third = Actor::new(issuer_lei(), Role::Treasury, "treasury 3");
    let registered = world.register_key(third.grant);
    world.apply_all(&registered);
    let last = world.approve(&third, &proposal);
    assert_eq!(world.apply(&last), Effect::PayoutCancelled);
}

#[test]
fn i5_operators_cannot_fall_below_the_persons_their_actions_need() {
    let (mut world, _) = World::running();
    let key = Actor::operator(2).grant.key;
    assert_eq!(revoke(&mut world, key), Outcome::Refused(Refusal::OperatorsTooFew));
    // A second key of the first person, or a person of another organisation, is no help.
    let mut second = Actor::new(operator_lei(), Role::Operator, "operator 1, second key").grant;
    second.person = Actor::operator(1).grant.person;
    let other = Actor::new(issuer_lei(), Role::Operator, "elsewhere").grant;
    let commands = [world.register_key(second), world.register_key(other)].concat();
    world.apply_all(&commands);
    assert_eq!(revoke(&mut world, key), Outcome::Refused(Refusal::OperatorsTooFew));
    assert_eq!(revoke(&mut world, second.key), Outcome::Applied(Effect::KeyRevoked));
    let third = world.register_key(Actor::operator(3).grant);
    world.apply_all(&third);
    assert_eq!(revoke(&mut world, key), Outcome::Applied(Effect::KeyRevoked));
    let found = world.record(&Name::Key(key));
    assert!(matches!(found, Some(Record::Key(KeyRecord { active: false, .. }))));
    let Some(Record::Operators(operators)) = world.record(&Name::Operators) else { panic!() };
    let mut expected = vec![Actor::operator(1).grant.key, Actor::operator(3).grant.key, other.key];
    expected.sort();
    assert_eq!(operators.keys, expected);
    let by_revoked = world.propose(&Actor::operator(2), Action::RevokeKey { key: other.key });
    assert_eq!(refused(&mut world, &by_revoked), Refusal::KeyRevoked);
}

#[test]
fn i5_operators_have_a_bounded_number_of_keys() {
    let (mut world, _) = World::running();
    let most = u8::try_from(crate::limits::MAX_OPERATOR_KEYS).unwrap();
    let keys = (1..most).map(|number| PublicKey::new([number; 32])).collect();
    let one_left = crate::authority::Operators { keys };
    world.plant(vec![(Name::Operators, Record::Operators(one_left))]);
    let [last, beyond] = [3, 4].map(|number| world.register_key(Actor::operator(number).grant));
    world.apply_all(&last);
    let [proposal, approval] = beyond;
    world.apply(&proposal);
    assert_eq!(refused(&mut world, &approval), Refusal::DirectoryMalformed);
}
