//! Suspension and the emergency role: who stops, what stops, who lets go on (I5, I10).

use super::{dollars, refuses, signed_by};
use crate::{
    authority::Role,
    command::{Action, Command, VoidReason},
    digest::Hash32,
    freeze::FreezeTarget,
    id::PartyId,
    member::MemberStatus,
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    testing::{
        Actor, Bank, World, commands::entry_id, compliance_lei, custodian_lei, issuer_lei, jpy,
        operator_lei, recount, usd,
    },
    tests::faults::refused,
};

fn suspend(world: &mut World, bank: &Bank) {
    let commands = world.decide(Action::SuspendMember { member: bank.lei });
    world.apply_all(&commands);
}

fn reinstate(world: &mut World, bank: &Bank) {
    let commands = world.decide(Action::ReinstateMember { member: bank.lei });
    world.apply_all(&commands);
}

fn status(world: &World, bank: &Bank) -> MemberStatus {
    match world.record(&Name::Member(bank.lei)) {
        Some(Record::Member(member)) => member.status,
        _ => panic!("no member"),
    }
}

/// What comes of an action of two operators.
fn decided(world: &World, action: &Action) -> Outcome {
    let mut world = world.clone();
    let [proposal, approval] = world.decide(action.clone());
    world.apply(&proposal);
    world.run(&approval)
}

#[test]
fn i5_two_operators_suspend_an_active_member_and_reinstate_a_suspended_one() {
    let (mut world, [a, ..]) = World::funded(100);
    let (stop, go) =
        (Action::SuspendMember { member: a.lei }, Action::ReinstateMember { member: a.lei });
    let refused = Outcome::Refused;
    let nobody = custodian_lei();
    for action in
        [Action::SuspendMember { member: nobody }, Action::ReinstateMember { member: nobody }]
    {
        assert_eq!(decided(&world, &action), refused(Refusal::MemberUnknown));
    }
    assert_eq!(decided(&world, &go), refused(Refusal::MemberNotSuspended));
    let [proposal, approval] = world.decide(stop.clone());
    world.apply(&proposal);
    assert_eq!(status(&world, &a), MemberStatus::Active, "one person is not enough");
    let receipts = world.block(&[approval]).receipts;
    assert_eq!(receipts[0].outcome, Outcome::Applied(Effect::Executed));
    let mut parties = vec![operator_lei(), a.lei];
    parties.sort();
    assert_eq!(receipts[0].parties, parties);
    assert_eq!(status(&world, &a), MemberStatus::Suspended);
    assert_eq!(decided(&world, &stop), refused(Refusal::MemberSuspended));
    assert_eq!(decided(&world, &go), Outcome::Applied(Effect::Executed));
    reinstate(&mut world, &a);
    assert_eq!(status(&world, &a), MemberStatus::Active);
    let by_treasury = world.propose(&Actor::treasury(1), stop);
    assert_eq!(crate::tests::faults::refused(&mut world, &by_treasury), Refusal::WrongRole);
}

#[test]
fn i5_a_suspended_member_does_nothing_and_nobody_pays_it() {
    let (mut world, [a, b, _]) = World::funded(1_000);
    world.appoint_admins(&a);
    let held = world.payment(&a, &b, dollars(5));
    let into = world.payment(&b, &a, dollars(6));
    let settled = world.payment(&a, &b, dollars(7));
    let commands = [
        world.hold(&a, &held),
        world.hold(&b, &into),
        world.transfer(&a, &b, &settled),
        world.preburn(&a, dollars(8)),
    ];
    let redemption = commands[3].body.id();
    world.apply_all(&commands);
    suspend(&mut world, &a);
    let new = world.payment(&a, &b, dollars(1));
    let back = world.payment(&b, &a, dollars(1));
    let account = world.account(&a, usd());
    let legs = [world.set_leg(&a, &b, dollars(1)), world.set_leg(&b, &a, dollars(2))];
    let groups = world.groups(&b, usd(), &[(a, &[1])]);
    let bulk = world.bulk(&b, crate::bulk::BulkMode::Whole, usd(), groups);
    let own = [
        world.hold(&a, &new),
        world.transfer(&a, &b, &new),
        world.schedule(&a, &b, &new, 5_000),
        world.settle_set(&a, &legs),
        world.post(&a, &b, &held),
        world.void(&a, &held, VoidReason::Withdrawn),
        world.close(&a, &held.leg),
        world.preburn(&a, dollars(1)),
        world.cancel_redemption(&a, redemption),
        world.request_mint(&a, dollars(1), "R"),
        world.standing(&a, a.party(1)),
        world.anchor(&a, Hash32::ZERO),
        world.move_own(&a, account, account, dollars(1)),
    ];
    for command in own {
        let kind = command.body.command.clone();
        assert_eq!(refused(&mut world, &command), Refusal::MemberSuspended, "{kind:?}");
    }
    let settle = world.settle_set(&b, &legs);
    let pay_all = world.sign(&b.settlement(), Command::Bulk(bulk));
    let others = [
        world.transfer(&b, &a, &back),
        world.hold(&b, &back),
        world.post(&b, &b, &held),
        world.post(&b, &a, &into),
        world.give_back(&settled, 1),
        settle,
        pay_all,
    ];
    for command in others {
        let kind = command.body.command.clone();
        let refusal = refused(&mut world, &command);
        assert_eq!(refusal, Refusal::CounterpartyNotEligible, "{kind:?}");
    }
    let rotate = Action::RevokeOwnKey { key: a.settlement().grant.key };
    refuses(&world, &a, &[(rotate, Refusal::MemberSuspended)]);
    reinstate(&mut world, &a);
    let transfer = world.transfer(&a, &b, &new);
    assert_eq!(world.apply(&transfer), Effect::Settled);
}

#[test]
fn i5_what_a_suspended_member_earmarked_ends_without_it() {
    let (mut world, [a, b, _]) = World::funded(1_000);
    let rejected = world.payment(&a, &b, dollars(5));
    let forgotten = world.payment(&a, &b, dollars(6));
    let later = world.payment(&a, &b, dollars(7));
    let incoming = world.payment(&b, &a, dollars(8));
    let commands = [
        world.hold(&a, &rejected),
        world.hold(&a, &forgotten),
        world.schedule(&a, &b, &later, 10_000),
        world.schedule(&b, &a, &incoming, 10_000),
        world.preburn(&a, dollars(20)),
        world.preburn(&a, dollars(30)),
    ];
    world.apply_all(&commands);
    let (burned, bounced) = (commands[4].body.id(), commands[5].body.id());
    suspend(&mut world, &a);
    let void = world.void(&b, &rejected, VoidReason::Rejected);
    assert_eq!(world.apply(&void), Effect::Voided(VoidReason::Rejected));
    let receipts = world.block_at(world.now().after(10_000), &[]).receipts;
    let outcomes: Vec<_> = receipts.iter().map(|receipt| receipt.outcome).collect();
    assert_eq!(outcomes, [Outcome::Applied(Effect::Voided(VoidReason::NotReleased)); 2]);
    // Treasury still pays out what was preburned before, or gives it back.
    let payout = world.payout_to(&a, dollars(20), &burned);
    let record = world.record_entry(&payout);
    let instruct = world.treasure(Action::InstructPayout { redemption: burned });
    world.apply_all(&[record, instruct[0].clone(), instruct[1].clone()]);
    let burn =
        world.treasure(Action::ConfirmPayout { redemption: burned, entry: entry_id(&payout) });
    let bounce = world.treasure(Action::CancelPayout { redemption: bounced });
    world.apply_all(&[burn, bounce].concat());
    let receipts =
        world.block_at(world.now().after(crate::testing::commands::LASTS_MS + 60_000), &[]);
    assert_eq!(
        receipts.receipts[0].outcome,
        Outcome::Applied(Effect::Voided(VoidReason::Expired)),
        "the hold that nobody voided"
    );
    // All but what was burned is free again, in its account.
    assert_eq!((world.available(&a, usd()), world.available(&b, usd())), (980, 1_000));
    assert_eq!(recount(&world.state)[&usd()].supply, 2_980);
}

#[test]
fn i5_nothing_is_minted_to_a_suspended_member() {
    let (mut world, [a, ..]) = World::funded(100);
    let entry = world.credit_from(&a, dollars(9), "R");
    let request = world.request_mint(&a, dollars(9), "R");
    let commands = [world.record_entry(&entry), request.clone()];
    world.apply_all(&commands);
    suspend(&mut world, &a);
    let [proposal, approval] = world.mint(request.body.id(), entry_id(&entry));
    world.apply(&proposal);
    assert_eq!(refused(&mut world, &approval), Refusal::MemberSuspended);
    reinstate(&mut world, &a);
    let again = world.approve(&Actor::treasury(2), &proposal);
    assert_eq!(world.apply(&again), Effect::Minted);
}

#[test]
fn i5_suspension_stops_a_member_and_no_other_role_of_its_organisation() {
    let (mut world, _) = World::funded(100);
    let issuer = Bank { lei: issuer_lei() };
    world.admit(&issuer);
    suspend(&mut world, &issuer);
    world.fund(&Bank::new("BANKA"), dollars(1));
    assert_eq!(world.available(&Bank::new("BANKA"), usd()), 101);
}

#[test]
fn i10_the_emergency_key_stops_at_once_and_lifts_nothing() {
    let (mut world, [a, b, _]) = World::funded(1_000);
    world.appoint_compliance();
    world.appoint_emergency();
    let emergency = Actor::emergency();
    let targets = [
        FreezeTarget::Account(world.account(&a, usd())),
        FreezeTarget::Party(a.party(1)),
        FreezeTarget::Minting(jpy()),
    ];
    for target in targets {
        let freeze = signed_by(&world.freeze(target), &[&emergency]);
        assert_eq!(world.apply(&freeze), Effect::Frozen);
        let again = signed_by(&world.freeze(target), &[&emergency]);
        assert_eq!(refused(&mut world, &again), Refusal::AlreadyFrozen);
        let by_emergency = world.propose(&emergency, Action::Unfreeze { target });
        assert_eq!(refused(&mut world, &by_emergency), Refusal::WrongRole);
        let [proposal, approval] = world.unfreeze(target);
        world.apply(&proposal);
        let yes = world.approve(&emergency, &proposal);
        assert_eq!(refused(&mut world, &yes), Refusal::WrongRole);
        assert_eq!(world.apply(&approval), Effect::Unfrozen);
    }
    let unknown = FreezeTarget::Party(PartyId::new([0; 32]));
    let freeze = signed_by(&world.freeze(unknown), &[&emergency]);
    assert_eq!(refused(&mut world, &freeze), Refusal::PartyUnknown);
    // It moves nothing, decides nothing, and is no role of members.
    let payment = world.payment(&a, &b, dollars(1));
    let transfer = world.transfer(&a, &b, &payment).body.command;
    let own = world.sign(&Actor::emergency(), transfer);
    assert_eq!(refused(&mut world, &own), Refusal::WrongRole);
    let suspends = world.propose(&emergency, Action::SuspendMember { member: a.lei });
    assert_eq!(refused(&mut world, &suspends), Refusal::WrongRole);
    assert!(!crate::member::is_member_role(Role::Emergency));
}

#[test]
fn i5_who_stops_in_an_emergency_is_no_operator_no_treasury_and_no_custodian() {
    let (world, _) = World::running();
    for other in [Actor::operator(1), Actor::treasury(1), Actor::custodian()] {
        let organisation = other.grant.organisation;
        let mut grant = Actor::new(organisation, Role::Emergency, "stop").grant;
        grant.person = other.grant.person;
        let action = Action::RegisterKey(grant);
        assert_eq!(decided(&world, &action), Outcome::Refused(Refusal::RoleConflict));
    }
    let grant = Actor::new(compliance_lei(), Role::Emergency, "stop").grant;
    let action = Action::RegisterKey(grant);
    assert_eq!(decided(&world, &action), Outcome::Applied(Effect::Executed));
}
