//! What follows a payment: the payee's confirmation of credit, and members' anchors.

use crate::{
    anchor::AnchorEntry,
    codec::decode,
    command::{Command, Payment},
    digest::Hash32,
    id::LegId,
    journal::LogName,
    money::Money,
    receipt::{Effect, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    state::State,
    testing::{Actor, Bank, World, commands::sign, usd},
    tests::{
        faults::{check, fault, refused},
        payments::suspended,
    },
    time::{Height, LedgerTime},
};

#[derive(Clone)]
struct Case {
    world: World,
    a: Bank,
    b: Bank,
    payment: Payment,
    from: Bank,
    by: Actor,
    leg: LegId,
    at: LedgerTime,
    twice: bool,
    plants: Vec<(Name, Record)>,
}

fn settled() -> Case {
    let (mut world, [a, b, _]) = World::funded(100);
    let payment = world.payment(&a, &b, Money::new(usd(), 5));
    let transfer = world.transfer(&a, &b, &payment);
    world.apply(&transfer);
    let (leg, at, by) = (payment.leg.id(), world.now(), b.settlement());
    let (twice, plants) = (false, Vec::new());
    Case { world, a, b, payment, from: b, by, leg, at, twice, plants }
}

fn run(case: &Case) -> Outcome {
    let mut world = case.world.clone();
    if case.twice {
        let first = world.confirm_credit(&case.b, case.payment.leg.id(), case.world.now());
        world.apply(&first);
    }
    world.plant(case.plants.clone());
    let confirmation = Command::ConfirmCredit { leg: case.leg, at: case.at };
    let body = world.body(case.from.lei, confirmation);
    world.run(&sign(body, &[&case.by]))
}

#[test]
fn i9_a_confirmation_of_credit_is_refused_for_the_first_reason_that_applies() {
    let faults = [
        fault(Refusal::WrongRole, &["by", "from"], |c: &mut Case| c.by = c.b.gate()),
        fault(Refusal::MemberSuspended, &["member", "from"], |c| {
            c.plants.push(suspended(&c.world, &c.b));
        }),
        fault(Refusal::OutOfRange, &["at"], |c| c.at = c.world.now().after(60_000)),
        fault(Refusal::LegUnknown, &["leg", "from"], |c| c.leg = LegId::new([0; 32])),
        fault(Refusal::LegUnknown, &["leg", "from"], |c| {
            let stranger = Bank::new("BANKC");
            (c.from, c.by) = (stranger, stranger.settlement());
            c.leg = c.payment.leg.id();
        }),
        fault(Refusal::NotYourLeg, &["from", "leg"], |c| {
            (c.from, c.by) = (c.a, c.a.settlement());
        }),
        fault(Refusal::CreditConfirmed, &["leg"], |c| c.twice = true),
    ];
    check(&settled(), Effect::CreditConfirmed, &faults, run);
}

#[test]
fn i9_only_a_settled_leg_is_confirmed_and_that_changes_nothing_of_it() {
    let Case { mut world, a, b, payment, .. } = settled();
    let held = world.payment(&a, &b, Money::new(usd(), 5));
    let hold = world.hold(&a, &held);
    world.apply(&hold);
    let now = world.now();
    let early = world.confirm_credit(&b, held.leg.id(), now);
    assert_eq!(refused(&mut world, &early), Refusal::LegNotSettled);
    let leg = |world: &World| match world.record(&Name::Leg(payment.leg.id())) {
        Some(Record::Leg(leg)) => leg.clone(),
        other => panic!("{other:?}"),
    };
    let before = leg(&world);
    let confirm = world.confirm_credit(&b, payment.leg.id(), now);
    let receipt = world.block(&[confirm]).receipts[0].clone();
    let after = leg(&world);
    assert_eq!((before.credited, after.credited), (None, Some(now)));
    assert_eq!((&after.leg, &after.state), (&before.leg, &before.state));
    let mut parties = vec![a.lei, b.lei];
    parties.sort();
    assert_eq!((receipt.parties, receipt.leg), (parties, Some(payment.leg)));
    assert_eq!(
        (receipt.debit, receipt.credit),
        (Some(payment.debit), Some(world.account(&b, usd())))
    );
    let close = world.close(&a, &payment.leg);
    assert_eq!(world.apply(&close), Effect::ClosedSettled);
    assert_eq!(leg(&world), after);
}

#[test]
fn i9_anchors_are_kept_in_order_under_the_members_own_record() {
    let (mut world, [a, b, _]) = World::running();
    let roots = [1, 2, 3].map(|byte| Hash32::new([byte; 32]));
    let first =
        [world.anchor(&a, roots[0]), world.anchor(&b, Hash32::MAX), world.anchor(&a, roots[1])];
    world.apply_all(&first);
    let height = world.state.header().height;
    let later = world.anchor(&a, roots[2]);
    let receipt = world.block(&[later]).receipts[0].clone();
    assert_eq!(receipt.outcome, Outcome::Applied(Effect::Anchored));
    assert_eq!(receipt.parties, [a.lei]);
    let log = LogName::MemberAnchors(a.lei);
    let rows = world.sets.iter().flat_map(|set| &set.lists.logs).filter(|row| row.log == log);
    let found: Vec<AnchorEntry> = rows.map(|row| decode(&row.bytes, 100).unwrap()).collect();
    let entry = |height: Height, root| AnchorEntry { height, root };
    let expected =
        [entry(height, roots[0]), entry(height, roots[1]), entry(height.next(), roots[2])];
    assert_eq!(found, expected);
    let Some(Record::Anchors(anchors)) = world.record(&Name::Anchors(a.lei)) else { panic!() };
    assert_eq!((anchors.roots.count, anchors.roots), (3, world.state.frontier(&log).head()));
    // A state that lost an anchor is damaged (I11).
    let mut kept = world.kept(world.state.header().height);
    assert!(State::restore(kept.clone()).is_ok());
    kept.frontiers.remove(&log);
    assert!(State::restore(kept).is_err());
}

#[test]
fn i9_an_anchor_needs_an_active_members_settlement_key() {
    let (mut world, [a, ..]) = World::running();
    let by_gate = world.sign(&a.gate(), Command::Anchor { root: Hash32::ZERO });
    assert_eq!(refused(&mut world, &by_gate), Refusal::WrongRole);
    let plant = suspended(&world, &a);
    world.plant(vec![plant]);
    let suspended = world.anchor(&a, Hash32::ZERO);
    assert_eq!(refused(&mut world, &suspended), Refusal::MemberSuspended);
}
