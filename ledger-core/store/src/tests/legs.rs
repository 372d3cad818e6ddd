//! Legs and their UETRs, when several legs have one, and when a leg was only ever refused.

use std::collections::BTreeSet;

use ledger_core::{
    id::{Leg, LegId},
    money::Money,
    receipt::{Kind, Outcome, Receipt},
    record::Name,
    testing::{Bank, World, usd},
};

use super::{stored, top};
use crate::{Position, Store, StoreError, View, db::Family, key, view::LegEvent};

fn dollars(minor: u128) -> Money {
    Money::new(usd(), minor)
}

fn receipts(world: &World) -> Vec<&Receipt> {
    world.sets.iter().flat_map(|set| &set.receipts).collect()
}

fn at(receipt: &Receipt) -> Position {
    Position { height: receipt.height, index: receipt.index }
}

/// One UETR under which two legs are settled, one was refused at first, one only refused, and one
/// only cited by who does not pay; and a leg of another UETR that was only refused.
fn several_legs() -> (World, [Leg; 5], [Bank; 3]) {
    let (mut world, [a, b, c]) = World::funded(1_000);
    let first = world.payment(&a, &b, dollars(5));
    let under = |world: &mut World, from: &Bank, to: &Bank, minor| {
        let mut payment = world.payment(from, to, dollars(minor));
        payment.leg.uetr = first.leg.uetr;
        payment
    };
    let onward = under(&mut world, &b, &c, 4);
    let too_much = under(&mut world, &c, &a, 5_000);
    let never = under(&mut world, &c, &b, 9_000);
    let not_yours = under(&mut world, &b, &a, 1);
    let other = world.payment(&a, &c, dollars(7_000));
    let commands = [
        world.transfer(&a, &b, &first),
        world.transfer(&c, &a, &too_much),
        world.close(&c, &not_yours.leg),
        world.transfer(&c, &b, &never),
    ];
    world.block(&commands);
    let enough = ledger_core::command::Payment { money: dollars(3), ..too_much };
    let commands = [
        world.transfer(&b, &c, &onward),
        world.transfer(&c, &a, &enough),
        world.transfer(&a, &c, &other),
        world.transfer(&a, &b, &first),
        world.transfer(&c, &b, &never),
    ];
    world.block(&commands);
    let legs = [first.leg, onward.leg, too_much.leg, never.leg, not_yours.leg];
    assert_eq!(legs.iter().map(Leg::id).collect::<BTreeSet<_>>().len(), 5);
    for leg in [&never.leg, &not_yours.leg, &other.leg] {
        assert_eq!(world.record(&Name::Leg(leg.id())), None);
    }
    (world, legs, [a, b, c])
}

fn expected_history(world: &World, leg: &LegId) -> Vec<LegEvent> {
    let cites = |receipt: &&Receipt| receipt.leg.is_some_and(|found| found.id() == *leg);
    let event = |receipt: &Receipt| LegEvent { at: at(receipt), kind: receipt.kind };
    receipts(world).into_iter().filter(cites).map(event).collect()
}

/// Every leg is found by its UETR, with every receipt that cites it and no other.
fn assert_legs(view: &View, world: &World) {
    let cited: Vec<Leg> = receipts(world).into_iter().filter_map(|receipt| receipt.leg).collect();
    for leg in &cited {
        let history = view.leg_history(&leg.id()).unwrap();
        assert_eq!(history, expected_history(world, &leg.id()));
        let same = cited.iter().filter(|other| other.uetr == leg.uetr).map(Leg::id);
        let same: BTreeSet<LegId> = same.collect();
        assert!(view.legs_of_uetr(&leg.uetr).unwrap().into_iter().eq(same));
    }
}

#[test]
fn legs_of_one_uetr_are_told_apart_whether_settled_or_only_refused() {
    let (world, legs, _) = several_legs();
    let (folder, store) = stored(&world);
    assert_legs(&store.view(), &world);
    let counts = legs.map(|leg| store.view().leg_history(&leg.id()).unwrap().len());
    assert_eq!(counts, [2, 1, 2, 2, 1]);
    assert_eq!(store.view().legs_of_uetr(&legs[0].uetr).unwrap().len(), 5);
    drop(store);
    assert_legs(&Store::open(folder.path(), &world.genesis).unwrap().view(), &world);
}

#[test]
fn a_leg_refused_first_and_settled_later_has_both_in_its_history() {
    let (world, legs, _) = several_legs();
    let (_folder, store) = stored(&world);
    let events = store.view().leg_history(&legs[2].id()).unwrap();
    let outcomes = events.iter().map(|event| store.view().receipt(event.at).unwrap().unwrap());
    let outcomes: Vec<bool> =
        outcomes.map(|receipt| matches!(receipt.outcome, Outcome::Applied(_))).collect();
    assert_eq!(outcomes, [false, true]);
}

#[test]
fn the_kind_of_an_event_is_that_of_its_receipt() {
    let (mut world, [a, b, _]) = World::funded(1_000);
    let payment = world.payment(&a, &b, dollars(5));
    let hold = world.hold(&a, &payment);
    world.block(&[hold]);
    let commands = [world.post(&b, &b, &payment), world.close(&a, &payment.leg)];
    world.block(&commands);
    let (_folder, store) = stored(&world);
    let events = store.view().leg_history(&payment.leg.id()).unwrap();
    let kinds: Vec<Kind> = events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [Kind::Hold, Kind::Post, Kind::Close]);
}

#[test]
fn a_leg_or_a_uetr_that_nothing_cites_has_no_history() {
    let (mut world, [a, b, _]) = World::funded(1_000);
    let (_folder, store) = stored(&world);
    let payment = world.payment(&a, &b, dollars(5));
    assert_eq!(store.view().leg_history(&payment.leg.id()).unwrap(), Vec::new());
    assert_eq!(store.view().legs_of_uetr(&payment.leg.uetr).unwrap(), Vec::new());
}

/// Two legs whose identities begin alike have their rows under one prefix: here the rows of one are
/// put among those of the other.
#[test]
fn two_legs_that_share_the_first_bytes_of_their_identity_are_both_found() {
    let (world, [first, onward, ..], _) = several_legs();
    let (_folder, store) = stored(&world);
    let view = store.view();
    let (one, two) = (first.id(), onward.id());
    let [event] = view.leg_history(&two).unwrap()[..] else { panic!("one receipt") };
    let db = view.ledger.db().unwrap();
    db.delete(Family::Legs, &key::leg(&onward.uetr, &two, event.at));
    db.put_bytes(Family::Legs, &key::leg(&first.uetr, &one, event.at), &[]);
    let found = view.legs_of_uetr(&first.uetr).unwrap();
    assert_eq!(found.len(), 5);
    assert!(found.is_sorted() && found.contains(&one) && found.contains(&two));
    assert_eq!(view.leg_history(&one).unwrap(), expected_history(&world, &one));
}

#[test]
fn a_row_about_a_receipt_that_cites_no_leg_of_its_uetr_is_damaged() {
    let (world, [first, ..], _) = several_legs();
    let (_folder, store) = stored(&world);
    let view = store.view();
    let without = receipts(&world).into_iter().find(|receipt| receipt.leg.is_none()).unwrap();
    let missing = Position { height: ledger_core::time::Height::new(top(&world) + 1), index: 0 };
    for (place, what) in [(at(without), "legs"), (missing, "receipts")] {
        let row = key::leg(&first.uetr, &first.id(), place);
        view.ledger.db().unwrap().put_bytes(Family::Legs, &row, &[]);
        let damaged = StoreError::Damaged { what };
        assert_eq!(view.legs_of_uetr(&first.uetr), Err(damaged.clone()));
        assert_eq!(view.leg_history(&first.id()), Err(damaged));
        view.ledger.db().unwrap().delete(Family::Legs, &row);
    }
    assert_legs(&view, &world);
}
