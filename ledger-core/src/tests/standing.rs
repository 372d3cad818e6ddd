//! Customers: who sets their standing, and when it ends.

use crate::{
    command::{Command, SetStanding},
    digest::Hash32,
    id::PartyId,
    money::Money,
    party::{Level, Party, StandingStatus},
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    testing::{Actor, Bank, World, commands::sign, usd},
    tests::{
        faults::{check, fault, refused},
        payments::suspended,
    },
};

#[derive(Clone)]
struct Case {
    world: World,
    a: Bank,
    b: Bank,
    by: Actor,
    standing: SetStanding,
    plants: Vec<(Name, Record)>,
}

#[test]
fn k1_a_standing_is_refused_for_the_first_reason_that_applies() {
    let (world, [a, b, _]) = World::running();
    let standing = world.good_standing(PartyId::new([7; 32]));
    let good = Case { world, a, b, by: a.compliance(), standing, plants: Vec::new() };
    let faults = [
        fault(Refusal::WrongRole, &["by"], |c: &mut Case| c.by = c.a.settlement()),
        fault(Refusal::MemberSuspended, &["member"], |c| c.plants.push(suspended(&c.world, &c.a))),
        fault(Refusal::PartyNotYours, &["party"], |c| c.standing.party = c.b.party(1)),
    ];
    check(&good, Effect::StandingSet, &faults, |case| {
        let mut world = case.world.clone();
        world.plant(case.plants.clone());
        let body = world.body(case.a.lei, Command::SetStanding(case.standing));
        world.run(&sign(body, &[&case.by]))
    });
}

#[test]
fn k1_standing_ends_at_its_millisecond_of_ledger_time_without_a_command() {
    for (lasts, expected) in [
        (3_001, Outcome::Applied(Effect::Settled)),
        (3_000, Outcome::Refused(Refusal::StandingExpired)),
    ] {
        let (mut world, [a, b, _]) = World::funded(100);
        let expires = world.now().after(lasts);
        let standing = SetStanding { expires, ..world.good_standing(a.party(1)) };
        let command = world.sign(&a.compliance(), Command::SetStanding(standing));
        world.apply(&command);
        let payment = world.payment(&a, &b, Money::new(usd(), 1));
        let transfer = world.transfer(&a, &b, &payment);
        world.block(&[]);
        assert_eq!(world.run(&transfer), expected, "{lasts} ms");
    }
}

#[test]
fn k1_standing_is_checked_again_when_a_hold_is_posted() {
    let (mut world, [a, b, _]) = World::funded(100);
    let payment = world.payment(&a, &b, Money::new(usd(), 1));
    let hold = world.hold(&a, &payment);
    world.apply(&hold);
    let good = world.good_standing(a.party(1));
    for (standing, own) in [
        (SetStanding { level: Level::None, ..good }, Refusal::StandingMissing),
        (SetStanding { status: StandingStatus::Revoked, ..good }, Refusal::StandingRevoked),
        (SetStanding { expires: world.now(), ..good }, Refusal::StandingExpired),
    ] {
        let command = world.sign(&a.compliance(), Command::SetStanding(standing));
        world.apply(&command);
        let (by_a, by_b) = (world.post(&a, &b, &payment), world.post(&b, &b, &payment));
        assert_eq!(refused(&mut world, &by_a), own);
        assert_eq!(refused(&mut world, &by_b), Refusal::CounterpartyNotEligible);
    }
    let restored = world.standing(&a, a.party(1));
    let post = world.post(&b, &b, &payment);
    world.apply_all(&[restored, post]);
}

#[test]
fn k1_a_customers_record_is_what_its_member_said_last() {
    let (mut world, [a, ..]) = World::running();
    for (level, status, byte) in
        [(Level::Basic, StandingStatus::Active, 1), (Level::Enhanced, StandingStatus::Revoked, 2)]
    {
        let (party, evidence) = (a.party(1), Hash32::new([byte; 32]));
        let standing = SetStanding { level, status, evidence, ..world.good_standing(party) };
        let command = world.sign(&a.compliance(), Command::SetStanding(standing));
        world.apply(&command);
        let (expires, frozen) = (standing.expires, false);
        let said = Party { party, member: a.lei, level, status, expires, evidence, frozen };
        assert_eq!(world.record(&Name::Party(party)), Some(&Record::Party(said)));
    }
}
