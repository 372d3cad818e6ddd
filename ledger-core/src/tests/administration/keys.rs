//! Keys: rotated with an overlap, registered and revoked by their own member (I5).

use super::{administered, dollars, refuses, signed_by, tried};
use crate::{
    authority::{KeyRecord, Role, RoleKey},
    command::{Action, SignedCommand},
    limits::MAX_DIRECTORY_KEYS,
    member::{Member, Retiring},
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    rotation::{MAX_OVERLAP_MS, Rotation},
    signature::PublicKey,
    testing::{Actor, BLOCK_MS, Bank, World, custodian_lei, issuer_lei, operator_lei, usd},
    tests::{
        faults::{check, fault, refused},
        payments::{key, suspended},
    },
};

fn member<'a>(world: &'a World, bank: &Bank) -> &'a Member {
    match world.record(&Name::Member(bank.lei)) {
        Some(Record::Member(member)) => member,
        _ => panic!("no member"),
    }
}

/// The keys that speak for a bank at the time of the last block.
fn speaking(world: &World, bank: &Bank) -> Vec<PublicKey> {
    member(world, bank).keys_at(world.now()).map(|listed| listed.key).collect()
}

fn rotation(old: &Actor, new: &Actor, overlap_ms: u64) -> Rotation {
    Rotation { old: old.grant.key, new: new.grant.key, overlap_ms }
}

/// A transfer of one cent from A to B.
fn pay(world: &mut World, [a, b, _]: &[Bank; 3], by: &Actor) -> SignedCommand {
    let payment = world.payment(a, b, dollars(1));
    signed_by(&world.transfer(a, b, &payment), &[by])
}

#[derive(Clone)]
struct Case {
    world: World,
    a: Bank,
    b: Bank,
    rotation: Rotation,
    plants: Vec<(Name, Record)>,
}

fn run(case: &Case) -> Outcome {
    let mut world = case.world.clone();
    world.plant(case.plants.clone());
    tried(&world, &case.a, &Action::RotateOwnKey(case.rotation))
}

/// The bank's entry with as many keys as it may have.
fn full(world: &World, bank: &Bank) -> (Name, Record) {
    let mut full = member(world, bank).clone();
    let stamp = |number: usize| PublicKey::new([u8::try_from(number).unwrap(); 32]);
    let grant = full.directory.keys[0];
    let missing = MAX_DIRECTORY_KEYS - full.directory.keys.len();
    full.directory.keys.extend((0..missing).map(|n| RoleKey { key: stamp(n), ..grant }));
    full.directory.keys.sort_by_key(|listed| listed.key);
    (Name::Member(bank.lei), Record::Member(full))
}

#[test]
fn i5_a_rotation_is_refused_for_the_first_reason_that_applies() {
    let (world, [a, b, _]) = administered(10);
    let rotation = rotation(&a.settlement(), &a.settlement().with_key(2), 60_000);
    let good = Case { world, a, b, rotation, plants: Vec::new() };
    let faults = [
        fault(Refusal::MemberSuspended, &["member"], |c: &mut Case| {
            c.plants.push(suspended(&c.world, &c.a));
        }),
        fault(Refusal::DirectoryMalformed, &["member", "old"], |c| {
            c.plants.push(full(&c.world, &c.a));
        }),
        fault(Refusal::AlreadyExists, &["new"], |c| c.rotation.new = c.rotation.old),
        fault(Refusal::AlreadyExists, &["new"], |c| c.rotation.new = c.b.gate().grant.key),
        fault(Refusal::KeyUnacceptable, &["new"], |c| {
            c.rotation.new = PublicKey::new([0; 32]);
        }),
        fault(Refusal::OutOfRange, &["overlap"], |c| c.rotation.overlap_ms = MAX_OVERLAP_MS + 1),
        fault(Refusal::KeyNotActive, &["old"], |c| c.rotation.old = PublicKey::new([9; 32])),
        fault(Refusal::KeyNotActive, &["old"], |c| c.rotation.old = c.b.settlement().grant.key),
        fault(Refusal::KeyNotActive, &["old"], |c| {
            c.plants.push(key(&c.a.settlement(), false));
        }),
        fault(Refusal::KeyNotActive, &["old"], |c| {
            let until = Some(c.world.now().after(60_000));
            let record = KeyRecord { until, ..KeyRecord::new(c.a.settlement().grant) };
            c.plants.push((Name::Key(c.rotation.old), Record::Key(record)));
        }),
        // A key of the organisation that is not one of a member is not its administrators' affair.
        fault(Refusal::KeyNotActive, &["old"], |c| {
            let custodian = Actor::new(c.a.lei, Role::Custodian, "custodian");
            c.plants.push(key(&custodian, true));
            c.rotation.old = custodian.grant.key;
        }),
    ];
    check(&good, Effect::Executed, &faults, run);
    for overlap_ms in [0, MAX_OVERLAP_MS] {
        let rotation = Rotation { overlap_ms, ..good.rotation };
        assert_eq!(run(&Case { rotation, ..good.clone() }), Outcome::Applied(Effect::Executed));
    }
}

#[test]
fn i5_both_keys_sign_until_the_overlap_is_over_and_then_the_new_one_only() {
    let (mut world, banks) = administered(100);
    let [a, b, _] = banks;
    let (old, new) = (a.settlement(), a.settlement().with_key(2));
    let early = pay(&mut world, &banks, &new);
    assert_eq!(refused(&mut world, &early), Refusal::KeyUnknown);
    world.rotate_own(&a, &old, &new, 5 * BLOCK_MS);
    let until = world.now().after(5 * BLOCK_MS);
    let record = KeyRecord { until: Some(until), ..KeyRecord::new(old.grant) };
    assert_eq!(world.record(&Name::Key(old.grant.key)), Some(&Record::Key(record)));
    assert_eq!(
        world.record(&Name::Key(new.grant.key)),
        Some(&Record::Key(KeyRecord::new(new.grant)))
    );
    assert_eq!(member(&world, &a).retiring, [Retiring { key: old.grant.key, until }]);
    for by in [&old, &new, &old, &new] {
        assert!(speaking(&world, &a).contains(&by.grant.key));
        let transfer = pay(&mut world, &banks, by);
        assert_eq!(world.apply(&transfer), Effect::Settled);
    }
    // The first block at the end of the overlap: no command has ended it.
    let before = world.record(&Name::Key(old.grant.key)).cloned();
    let late = pay(&mut world, &banks, &old);
    assert_eq!(world.next_time(), until);
    assert_eq!(refused(&mut world, &late), Refusal::KeyRevoked);
    assert_eq!(world.record(&Name::Key(old.grant.key)).cloned(), before);
    assert!(!speaking(&world, &a).contains(&old.grant.key));
    assert!(speaking(&world, &a).contains(&new.grant.key));
    let accepted = world.payment(&b, &a, dollars(1));
    let accepted = world.transfer(&b, &a, &accepted);
    assert_eq!(refused(&mut world, &accepted), Refusal::AcceptanceMismatch);
    let transfer = pay(&mut world, &banks, &new);
    assert_eq!(world.apply(&transfer), Effect::Settled);
    // The next change of the entry leaves the old key out; it cannot come back.
    world.register_own(&a, &a.clerk(1));
    assert!(member(&world, &a).directory.is_well_formed());
    assert!(member(&world, &a).retiring.is_empty());
    assert!(member(&world, &a).directory.keys.iter().all(|listed| listed.key != old.grant.key));
    let back = Action::RegisterOwnKey(old.grant);
    refuses(&world, &a, &[(back, Refusal::AlreadyExists)]);
}

#[test]
fn i5_a_rotation_without_overlap_makes_room_for_itself() {
    let (mut world, banks) = administered(10);
    let a = banks[0];
    world.plant(vec![full(&world, &a)]);
    let (old, new) = (a.settlement(), a.settlement().with_key(2));
    let long = Action::RotateOwnKey(rotation(&old, &new, 1));
    refuses(&world, &a, &[(long, Refusal::DirectoryMalformed)]);
    world.rotate_own(&a, &old, &new, 0);
    assert_eq!(member(&world, &a).directory.keys.len(), MAX_DIRECTORY_KEYS);
    assert!(member(&world, &a).retiring.is_empty());
    let transfer = pay(&mut world, &banks, &old);
    assert_eq!(refused(&mut world, &transfer), Refusal::KeyRevoked);
    let transfer = pay(&mut world, &banks, &new);
    assert_eq!(world.apply(&transfer), Effect::Settled);
}

#[test]
fn i5_a_person_counts_once_whichever_of_two_overlapping_keys_it_signs_with() {
    let (mut world, [a, ..]) = administered(10);
    let (old, new) = (a.admin(1), a.admin(1).with_key(2));
    world.rotate_own(&a, &old, &new, 10 * BLOCK_MS);
    let action = Action::RegisterOwnKey(a.clerk(1).grant);
    let proposal = world.propose(&old, action);
    world.apply(&proposal);
    let by_new = world.approve(&new, &proposal);
    assert_eq!(refused(&mut world, &by_new), Refusal::SamePerson);
    // After the overlap the maker's yes with the old key no longer counts, and may be said again.
    world.block_at(world.now().after(10 * BLOCK_MS), &[]);
    let second = world.approve(&a.admin(2), &proposal);
    assert_eq!(world.apply(&second), Effect::Approved);
    let again = world.approve(&new, &proposal);
    assert_eq!(world.apply(&again), Effect::Executed);
}

#[test]
fn i5_a_key_that_is_being_replaced_can_be_revoked_at_once() {
    let (mut world, banks) = administered(10);
    let a = banks[0];
    let (old, new) = (a.settlement(), a.settlement().with_key(2));
    world.rotate_own(&a, &old, &new, MAX_OVERLAP_MS);
    let third = a.settlement().with_key(3);
    let twice = Action::RotateOwnKey(rotation(&old, &third, 0));
    refuses(&world, &a, &[(twice, Refusal::KeyNotActive)]);
    let revoke = world.administer(&a, Action::RevokeOwnKey { key: old.grant.key });
    assert_eq!(world.apply(&revoke[0]), Effect::Proposed);
    assert_eq!(world.apply(&revoke[1]), Effect::KeyRevoked);
    assert!(member(&world, &a).retiring.is_empty());
    assert!(!speaking(&world, &a).contains(&old.grant.key));
    let transfer = pay(&mut world, &banks, &old);
    assert_eq!(refused(&mut world, &transfer), Refusal::KeyRevoked);
    let transfer = pay(&mut world, &banks, &new);
    assert_eq!(world.apply(&transfer), Effect::Settled);
}

#[test]
fn i5_a_member_registers_and_revokes_its_own_keys_and_nobody_elses() {
    let (mut world, [a, b, _]) = administered(10);
    let clerk = a.clerk(1);
    let change = |change: fn(&mut RoleKey)| {
        let mut grant = clerk.grant;
        change(&mut grant);
        Action::RegisterOwnKey(grant)
    };
    let mut other = clerk.grant;
    other.person = b.gate().grant.person;
    let mut taken = other;
    taken.key = a.gate().grant.key;
    let mut conflict = Actor::new(a.lei, Role::Admin, "new").grant;
    conflict.person = Actor::operator(1).grant.person;
    let revoke = |key| Action::RevokeOwnKey { key };
    refuses(
        &world,
        &a,
        &[
            (change(|grant| grant.role = Role::Operator), Refusal::DirectoryMalformed),
            (change(|grant| grant.role = Role::Emergency), Refusal::DirectoryMalformed),
            (change(|grant| grant.organisation = issuer_lei()), Refusal::DirectoryMalformed),
            (Action::RegisterOwnKey(taken), Refusal::AlreadyExists),
            (change(|grant| grant.key = PublicKey::new([0; 32])), Refusal::KeyUnacceptable),
            (Action::RegisterOwnKey(other), Refusal::RoleConflict),
            (Action::RegisterOwnKey(conflict), Refusal::RoleConflict),
            (revoke(b.gate().grant.key), Refusal::KeyNotActive),
            (revoke(PublicKey::new([9; 32])), Refusal::KeyNotActive),
            (revoke(Actor::custodian().grant.key), Refusal::KeyNotActive),
        ],
    );
    world.register_own(&a, &clerk);
    assert!(speaking(&world, &a).contains(&clerk.grant.key));
    assert_eq!(tried(&world, &a, &revoke(clerk.grant.key)), Outcome::Applied(Effect::KeyRevoked));
    // One person is not two, and no other role will do.
    let proposal = world.propose(&a.admin(1), revoke(clerk.grant.key));
    world.apply(&proposal);
    for (by, refusal) in [
        (a.admin(1), Refusal::SamePerson),
        (a.settlement(), Refusal::WrongRole),
        (Actor::operator(1), Refusal::WrongRole),
        (b.admin(1), Refusal::ProposalNotYours),
    ] {
        let yes = world.approve(&by, &proposal);
        assert_eq!(refused(&mut world, &yes), refusal);
    }
    let receipts = {
        let yes = world.approve(&a.admin(2), &proposal);
        world.block(&[yes]).receipts
    };
    assert_eq!(receipts[0].parties, [a.lei]);
}

#[test]
fn i5_administrators_hold_no_treasury_role() {
    let (world, _) = World::running();
    for (organisation, other) in
        [(issuer_lei(), Actor::treasury(1)), (custodian_lei(), Actor::custodian())]
    {
        let mut grant = Actor::new(organisation, Role::Admin, "admin").grant;
        grant.person = other.grant.person;
        let mut world = world.clone();
        let [proposal, approval] = world.register_key(grant);
        world.apply(&proposal);
        assert_eq!(refused(&mut world, &approval), Refusal::RoleConflict);
    }
}

#[test]
fn i5_administrators_of_no_member_decide_nothing() {
    let mut world = World::found(crate::testing::genesis());
    let stranger = Bank { lei: custodian_lei() };
    world.appoint_admins(&stranger);
    let revoke = Action::RevokeOwnKey { key: stranger.admin(1).grant.key };
    refuses(&world, &stranger, &[(revoke, Refusal::MemberUnknown)]);
}

#[test]
fn i5_operators_rotate_keys_of_every_role_and_remain_as_many() {
    let (mut world, [a, ..]) = World::funded(10);
    let (old, new) = (Actor::operator(1), Actor::operator(1).with_key(2));
    let mut keys = vec![
        (old, new),
        (Actor::treasury(1), Actor::treasury(1).with_key(2)),
        (Actor::custodian(), Actor::custodian().with_key(2)),
        (a.gate(), a.gate().with_key(2)),
    ];
    for (old, new) in &keys {
        let commands = world.decide(Action::RotateKey(rotation(old, new, 10 * BLOCK_MS)));
        let receipts = world.block(&commands).receipts;
        let mut parties = vec![operator_lei(), old.grant.organisation];
        parties.sort();
        parties.dedup();
        assert_eq!(receipts[1].outcome, Outcome::Applied(Effect::Executed));
        assert_eq!(receipts[1].parties, parties);
    }
    let Some(Record::Operators(operators)) = world.record(&Name::Operators) else { panic!() };
    let mut expected = vec![new.grant.key, Actor::operator(2).grant.key];
    expected.sort();
    assert_eq!(operators.keys, expected);
    assert!(speaking(&world, &a).contains(&a.gate().with_key(2).grant.key));
    world.block_at(world.now().after(10 * BLOCK_MS), &[]);
    keys.reverse();
    for (old, new) in keys {
        for (by, active) in [(old, false), (new, true)] {
            let proposal = world.propose(
                &by,
                Action::OpenAccount {
                    member: a.lei,
                    currency: usd(),
                    blind: crate::digest::Hash32::ZERO,
                },
            );
            let outcome = world.run(&proposal);
            let expected = match (active, by.grant.role) {
                (true, Role::Operator) => Outcome::Applied(Effect::Proposed),
                (true, _) => Outcome::Refused(Refusal::WrongRole),
                (false, _) => Outcome::Refused(Refusal::KeyRevoked),
            };
            assert_eq!(outcome, expected, "{:?}", by.grant.role);
        }
    }
    // They still decide, and the one whose key was replaced is still needed.
    let action = Action::RevokeKey { key: new.grant.key };
    let proposal = world.propose(&new, action);
    world.apply(&proposal);
    let yes = world.approve(&Actor::operator(2), &proposal);
    assert_eq!(refused(&mut world, &yes), Refusal::OperatorsTooFew);
    let gone = rotation(&old, &new.with_key(3), 0);
    let proposal = world.propose(&new, Action::RotateKey(gone));
    world.apply(&proposal);
    let yes = world.approve(&Actor::operator(2), &proposal);
    assert_eq!(refused(&mut world, &yes), Refusal::KeyNotActive);
}

#[test]
fn i5_operators_stay_in_order_and_a_members_entry_holds_keys_of_members_only() {
    let (mut world, [a, ..]) = administered(10);
    let mut old = Actor::operator(2);
    for number in 2..8 {
        let new = Actor::operator(2).with_key(number);
        let action = Action::RotateKey(rotation(&old, &new, 0));
        let proposal = world.propose(&Actor::operator(1), action);
        let yes = world.approve(&old, &proposal);
        world.apply_all(&[proposal, yes]);
        let Some(Record::Operators(operators)) = world.record(&Name::Operators) else { panic!() };
        assert!(operators.keys.contains(&new.grant.key) && operators.keys.is_sorted(), "{number}");
        old = new;
    }
    // A key of the bank for another role of the network: not in its entry, before and after.
    let agent = Actor::new(a.lei, Role::Agent, "agent");
    let entry = member(&world, &a).clone();
    let by = |world: &mut World, action| {
        let proposal = world.propose(&Actor::operator(1), action);
        let yes = world.approve(&old, &proposal);
        world.apply_all(&[proposal, yes]);
    };
    by(&mut world, Action::RegisterKey(agent.grant));
    by(&mut world, Action::RotateKey(rotation(&agent, &agent.with_key(2), 60_000)));
    assert_eq!(*member(&world, &a), entry);
    let revoke = Action::RevokeOwnKey { key: agent.with_key(2).grant.key };
    refuses(&world, &a, &[(revoke, Refusal::KeyNotActive)]);
}
