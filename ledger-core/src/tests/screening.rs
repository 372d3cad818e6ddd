//! Screening: lists in order, minimums when money moves (K4), the payee's compliance (K5).

use crate::{
    bulk::BulkMode,
    command::{Action, Command, Hold, Payment, SignedCommand, Transfer, VoidReason},
    digest::Hash32,
    id::Lei,
    money::Money,
    movement::MovementTerms,
    payment::MAX_HOLD_MS,
    receipt::{Effect, Kind, Outcome},
    record::{Name, Record},
    refusal::Refusal,
    schedule::Schedule,
    screening::{Clear, ClearedBy, ScreeningList, ScreeningTerms},
    signature::Signed,
    state::State,
    testing::{
        Actor, Bank, World,
        commands::{LASTS_MS, sign},
        compliance_lei, jpy, usd,
    },
    tests::{
        faults::{check, fault, lasting, refused},
        movements::recent,
        payments::suspended,
    },
    time::LedgerTime,
};

const LISTS: [Hash32; 3] =
    [Hash32::new([0xa1; 32]), Hash32::new([0xa2; 32]), Hash32::new([0xa3; 32])];

fn dollars(minor: u128) -> Money {
    Money::new(usd(), minor)
}

/// A network with three lists of which any will do.
fn listed() -> (World, [Bank; 3]) {
    let (mut world, banks) = World::funded(1_000);
    world.appoint_compliance();
    for list in LISTS {
        world.complied(Action::RegisterList { list });
    }
    (world, banks)
}

fn demand(world: &mut World, oldest: Option<Hash32>, rule_version: u32) {
    world.complied(Action::SetScreening { oldest, rule_version });
}

/// A hold under a clearance that names a list and rules.
fn hold(world: &mut World, from: &Bank, payment: &Payment, by: (Hash32, u32)) -> SignedCommand {
    let mut gate = world.clearance(from, payment).value;
    (gate.list_version, gate.rule_version) = by;
    let gate = Signed::new(gate, &from.gate().signer()).unwrap();
    let expires = world.now().after(LASTS_MS);
    world.sign(&from.settlement(), Command::Hold(Hold { payment: *payment, gate, expires }))
}

#[test]
fn k4_lists_have_an_order_and_are_registered_once() {
    let (mut world, _) = listed();
    for (place, list) in (1..).zip(LISTS) {
        let Some(Record::ScreeningList(found)) = world.record(&Name::ScreeningList(list)) else {
            panic!()
        };
        let ScreeningList { list: named, sequence, registered } = *found;
        assert_eq!((named, sequence), (list, place));
        assert!(registered < world.next_time());
    }
    let terms = |world: &World| match world.record(&Name::ScreeningTerms) {
        Some(Record::ScreeningTerms(terms)) => *terms,
        other => panic!("{other:?}"),
    };
    assert_eq!(terms(&world), ScreeningTerms { lists: 3, minimum: 0, rule_version: 0 });
    demand(&mut world, Some(LISTS[1]), 4);
    assert_eq!(terms(&world), ScreeningTerms { lists: 3, minimum: 2, rule_version: 4 });
    for (action, expected) in [
        (Action::RegisterList { list: LISTS[0] }, Refusal::AlreadyExists),
        (
            Action::SetScreening { oldest: Some(Hash32::ZERO), rule_version: 0 },
            Refusal::ListUnknown,
        ),
    ] {
        let [proposal, approval] = world.comply(action);
        world.apply(&proposal);
        assert_eq!(refused(&mut world, &approval), expected);
    }
    demand(&mut world, None, 0);
    assert_eq!(terms(&world), ScreeningTerms { lists: 3, minimum: 0, rule_version: 0 });
    let [proposal, approval] = world.comply(Action::RegisterList { list: Hash32::ZERO });
    let receipts = world.block(&[proposal, approval]).receipts;
    assert_eq!(receipts[1].parties, [compliance_lei()]);
    assert_eq!(terms(&world).lists, 4);
}

/// One row per minimum: which of the lists, and of rules 1 to 3, still count. `Hash32::ZERO` is no
/// list of the network.
#[test]
fn k4_a_list_counts_from_the_minimum_on_and_without_one_any_does() {
    let lists = [Hash32::ZERO, LISTS[0], LISTS[1], LISTS[2]];
    for (oldest, rules, first_list, first_rules) in [
        (None, 0, 0, 0),
        (None, 2, 0, 2),
        (Some(LISTS[0]), 0, 1, 0),
        (Some(LISTS[1]), 1, 2, 1),
        (Some(LISTS[2]), 3, 3, 3),
        (Some(LISTS[2]), u32::MAX, 3, u32::MAX),
    ] {
        let (mut world, [a, b, _]) = listed();
        demand(&mut world, oldest, rules);
        for (at, list) in lists.into_iter().enumerate() {
            for version in [0, 1, 2, 3, u32::MAX] {
                let mut world = world.clone();
                let payment = world.payment(&a, &b, dollars(1));
                let command = hold(&mut world, &a, &payment, (list, version));
                let counts = at >= first_list && version >= first_rules;
                let expected = if counts {
                    Outcome::Applied(Effect::Held)
                } else {
                    Outcome::Refused(Refusal::ScreeningOutdated)
                };
                assert_eq!(world.run(&command), expected, "{oldest:?} {rules}: {at} {version}");
            }
        }
    }
}

#[test]
fn k4_a_network_without_lists_writes_nothing_and_refuses_nothing() {
    let (mut world, [a, b, _]) = World::funded(100);
    let payment = world.payment(&a, &b, dollars(1));
    let held = hold(&mut world, &a, &payment, (Hash32::MAX, 0));
    world.apply(&held);
    let name = Name::Clearance(payment.hash(), a.lei, ClearedBy::Payer);
    assert_eq!(world.record(&name), None);
    let post = world.post(&b, &b, &payment);
    assert_eq!(world.apply(&post), Effect::Settled);
}

#[test]
fn k4_a_hold_is_posted_on_a_list_of_the_minimum_when_it_is_posted_and_may_be_cleared_anew() {
    let (mut world, [a, b, _]) = listed();
    let payment = world.payment(&a, &b, dollars(100));
    let held = hold(&mut world, &a, &payment, (LISTS[0], 1));
    let Command::Hold(asked) = &held.body.command else { panic!() };
    let expires = asked.gate.value.expires;
    world.apply(&held);
    // What the gate said is kept as it was said.
    let name = Name::Clearance(payment.hash(), a.lei, ClearedBy::Payer);
    let Some(Record::Clearance(kept)) = world.record(&name) else { panic!() };
    let cleared = world.cleared(ClearedBy::Payer, &payment);
    assert_eq!(kept.said, Clear { list_version: LISTS[0], expires, ..cleared });
    demand(&mut world, Some(LISTS[1]), 1);
    for by in [&a, &b] {
        let post = world.post(by, &b, &payment);
        assert_eq!(refused(&mut world, &post), Refusal::ScreeningOutdated);
        let part = world.post_part(&b, &b, &payment, 1);
        assert_eq!(refused(&mut world, &part), Refusal::ScreeningOutdated);
    }
    // Neither the payee nor the payer's compliance can clear it for the payer's gate.
    let said = Clear { list_version: LISTS[1], ..world.cleared(ClearedBy::Payer, &payment) };
    let by_b = world.clear(&b, said);
    world.apply(&by_b);
    let as_payee = world.clear(&a, Clear { by: ClearedBy::Payee, ..said });
    world.apply(&as_payee);
    let post = world.post(&b, &b, &payment);
    assert_eq!(refused(&mut world, &post), Refusal::ScreeningOutdated);
    let anew = world.clear(&a, said);
    assert_eq!(world.apply(&anew), Effect::Cleared);
    let post = world.post(&b, &b, &payment);
    assert_eq!(world.apply(&post), Effect::Settled);
}

#[test]
fn k4_a_hold_made_before_there_were_lists_is_posted_when_it_is_cleared_anew() {
    let (mut world, [a, b, _]) = World::funded(1_000);
    world.appoint_compliance();
    let payment = world.payment(&a, &b, dollars(100));
    let held = world.hold(&a, &payment);
    world.apply(&held);
    world.complied(Action::RegisterList { list: LISTS[0] });
    demand(&mut world, Some(LISTS[0]), 0);
    let post = world.post(&b, &b, &payment);
    assert_eq!(refused(&mut world, &post), Refusal::ScreeningOutdated);
    // The money can always go back.
    let mut other = world.clone();
    let void = other.void(&b, &payment, VoidReason::Rejected);
    other.apply(&void);
    let said = Clear { list_version: LISTS[0], ..world.cleared(ClearedBy::Payer, &payment) };
    let anew = world.clear(&a, said);
    world.apply(&anew);
    let post = world.post(&b, &b, &payment);
    assert_eq!(world.apply(&post), Effect::Settled);
}

#[test]
fn k4_a_return_and_a_set_and_a_bulk_are_cleared_by_recent_lists() {
    let (mut world, [a, b, _]) = listed();
    let paid = world.payment(&a, &b, dollars(100));
    let transfer = world.transfer(&a, &b, &paid);
    world.apply(&transfer);
    demand(&mut world, Some(LISTS[0]), 0);
    let groups = world.groups(&a, usd(), &[(b, &[1, 2])]);
    let bulks = [BulkMode::Whole, BulkMode::Each];
    let bulks = bulks.map(|mode| world.bulk(&a, mode, usd(), groups.clone()));
    let legs = [world.set_leg(&a, &b, dollars(1)), world.set_leg(&b, &a, Money::new(jpy(), 1))];
    let mut commands = vec![world.give_back(&paid, 7), world.settle_set(&a, &legs)];
    for bulk in bulks {
        commands.push(world.sign(&a.settlement(), Command::Bulk(bulk)));
    }
    for command in commands {
        assert_eq!(refused(&mut world, &command), Refusal::ScreeningOutdated);
    }
}

/// A payment as it is made in one step, above the threshold, with the payee's clearance or not.
#[derive(Clone, Copy, Debug)]
enum Way {
    Post,
    Part,
    Transfer,
    Schedule,
    Set,
    Bulk,
}

/// What comes of dollars from A to B, after the payee said this; holds and requests are made first.
fn pay(
    world: &mut World,
    [a, b]: [&Bank; 2],
    way: Way,
    minor: u128,
    said: Option<Clear>,
) -> Outcome {
    let payment = world.payment(a, b, dollars(minor));
    let mut groups = world.groups(a, usd(), &[(*b, &[minor])]);
    groups[0].legs[0].uetr = payment.leg.uetr;
    groups[0].legs[0].message = payment.message;
    if matches!(way, Way::Post | Way::Part) {
        let hold = world.hold(a, &payment);
        world.apply(&hold);
    }
    if let Some(said) = said {
        let clear = world.clear(b, Clear { payment: payment.hash(), ..said });
        world.apply(&clear);
    }
    let command = match way {
        Way::Post => world.post(b, b, &payment),
        Way::Part => world.post_part(b, b, &payment, 1),
        Way::Transfer => world.transfer(a, b, &payment),
        Way::Schedule => world.schedule(a, b, &payment, 30_000),
        Way::Set => {
            let mut leg = world.set_leg(a, b, dollars(minor));
            leg.payment = payment;
            let back = world.set_leg(b, a, dollars(1));
            world.settle_set(a, &[leg, back])
        }
        Way::Bulk => {
            let bulk = world.bulk(a, BulkMode::Each, usd(), groups);
            world.sign(&a.settlement(), Command::Bulk(bulk))
        }
    };
    let before = lasting(&world.state);
    let outcome = world.block(&[command]).receipts[0].outcome;
    if matches!(outcome, Outcome::Refused(_)) {
        assert_eq!(lasting(&world.state), before, "a refused command changed something");
    }
    outcome
}

#[test]
fn k5_at_and_above_the_threshold_no_way_of_paying_goes_without_the_payees_compliance() {
    const THRESHOLD: u128 = 100;
    for way in [Way::Post, Way::Part, Way::Transfer, Way::Schedule, Way::Set, Way::Bulk] {
        let (mut world, [a, b, _]) = World::funded(1_000);
        world.appoint_compliance();
        let terms = MovementTerms { payee_clearance: Some(THRESHOLD), ..MovementTerms::default() };
        world.demand(usd(), terms);
        let dummy = world.payment(&a, &b, dollars(1));
        let good = world.cleared(ClearedBy::Payee, &dummy);
        let settled = match way {
            Way::Schedule => Outcome::Applied(Effect::Scheduled),
            _ => Outcome::Applied(Effect::Settled),
        };
        let missing = Outcome::Refused(Refusal::PayeeClearanceMissing);
        let as_payer = Clear { by: ClearedBy::Payer, ..good };
        for (minor, said, expected) in [
            (THRESHOLD - 1, None, settled),
            (THRESHOLD, None, missing),
            (THRESHOLD + 1, None, missing),
            (THRESHOLD, Some(as_payer), missing),
            (THRESHOLD, Some(good), settled),
        ] {
            let mut world = world.clone();
            let outcome = pay(&mut world, [&a, &b], way, minor, said);
            assert_eq!(outcome, expected, "{way:?} {minor} {said:?}");
        }
        // It expires, to the millisecond, when the payment settles or is scheduled.
        let blocks = if matches!(way, Way::Post | Way::Part) { 3 } else { 2 };
        for (lasts, expected) in [(blocks * 1_000 + 1, settled), (blocks * 1_000, missing)] {
            let mut world = world.clone();
            let said = Clear { expires: world.now().after(lasts), ..good };
            assert_eq!(pay(&mut world, [&a, &b], way, THRESHOLD, Some(said)), expected, "{way:?}");
        }
    }
}

#[test]
fn k4_k5_a_scheduled_payment_needs_a_recent_list_of_both_at_its_time_and_no_fresh_clearance() {
    const AHEAD_MS: u64 = 100_000;
    // By which list payer and payee cleared it, and what comes of it when the second is the oldest.
    for (payer, payee, expected) in [
        (LISTS[1], LISTS[1], Effect::Settled),
        (LISTS[0], LISTS[1], Effect::Voided(VoidReason::NotReleased)),
        (LISTS[1], LISTS[0], Effect::Voided(VoidReason::NotReleased)),
    ] {
        let (mut world, [a, b, _]) = listed();
        let terms = MovementTerms { payee_clearance: Some(0), ..MovementTerms::default() };
        world.demand(usd(), terms);
        let payment = world.payment(&a, &b, dollars(100));
        let yes = world.cleared(ClearedBy::Payee, &payment);
        let expires = world.now().after(10_000);
        let said = world.clear(&b, Clear { list_version: payee, expires, ..yes });
        let mut gate = world.clearance(&a, &payment).value;
        gate.list_version = payer;
        let gate = Signed::new(gate, &a.gate().signer()).unwrap();
        let (acceptance, at) = (world.acceptance(&b, &payment), world.now().after(AHEAD_MS));
        let asked = Schedule { payment, gate, acceptance, at };
        let asked = world.sign(&a.settlement(), Command::Schedule(asked));
        world.apply_all(&[said, asked]);
        demand(&mut world, Some(LISTS[1]), 0);
        let receipts = world.block_at(at, &[]).receipts;
        assert_eq!(receipts[0].outcome, Outcome::Applied(expected), "{payer:?} {payee:?}");
        assert_eq!(receipts[0].kind, Kind::Release);
    }
}

#[test]
fn k5_the_payees_clearance_is_of_a_recent_list_too_and_a_return_needs_none() {
    let (mut world, [a, b, _]) = listed();
    let terms = MovementTerms { payee_clearance: Some(100), ..MovementTerms::default() };
    world.demand(usd(), terms);
    let payment = world.payment(&a, &b, dollars(100));
    let old = Clear { list_version: LISTS[0], ..world.cleared(ClearedBy::Payee, &payment) };
    let said = world.clear(&b, old);
    world.apply(&said);
    demand(&mut world, Some(LISTS[2]), 0);
    let mut gate = world.clearance(&a, &payment).value;
    gate.list_version = LISTS[2];
    let gate = Signed::new(gate, &a.gate().signer()).unwrap();
    let transfer = |world: &mut World| {
        let acceptance = world.acceptance(&b, &payment);
        let asked = Transfer { payment, gate: gate.clone(), acceptance };
        world.sign(&a.settlement(), Command::Transfer(asked))
    };
    let command = transfer(&mut world);
    assert_eq!(refused(&mut world, &command), Refusal::ScreeningOutdated);
    let said = world.clear(&b, Clear { list_version: LISTS[2], ..old });
    let command = transfer(&mut world);
    world.apply_all(&[said, command]);
    demand(&mut world, None, 0);
    let back = world.give_back(&payment, 100);
    assert_eq!(world.apply(&back), Effect::Settled);
}

#[derive(Clone)]
struct Case {
    world: World,
    a: Bank,
    by: Actor,
    from: Lei,
    said: Clear,
    plants: Vec<(Name, Record)>,
}

fn run(case: &Case) -> Outcome {
    let mut world = case.world.clone();
    if !case.plants.is_empty() {
        world.plant(case.plants.clone());
    }
    let body = world.body(case.from, Command::Clear(case.said));
    world.run(&sign(body, &[&case.by]))
}

#[test]
fn k4_k5_a_clearance_is_refused_for_the_first_reason_that_applies() {
    let (mut world, [a, b, _]) = World::funded(10);
    let payment = world.payment(&b, &a, dollars(1));
    for (by, own, other) in
        [(ClearedBy::Payer, a.gate(), a.compliance()), (ClearedBy::Payee, a.compliance(), a.gate())]
    {
        let said = world.cleared(by, &payment);
        let good = Case { world: world.clone(), a, by: own, from: a.lei, said, plants: Vec::new() };
        let faults = [
            fault(Refusal::WrongRole, &["by"], |c: &mut Case| c.by = c.a.settlement()),
            fault(Refusal::MemberSuspended, &["member"], |c| {
                c.plants.push(suspended(&c.world, &c.a));
            }),
            fault(Refusal::OutOfRange, &["expires"], |c| c.said.expires = c.world.next_time()),
            fault(Refusal::OutOfRange, &["expires"], |c| {
                c.said.expires = c.world.next_time().after(MAX_HOLD_MS + 60_000);
            }),
            fault(Refusal::OutOfRange, &["expires"], |c| {
                c.said.expires = LedgerTime::new(u64::MAX);
            }),
            fault(Refusal::ScreeningOutdated, &["lists"], |c| c.plants.push(recent(1, 0))),
            fault(Refusal::ScreeningOutdated, &["lists"], |c| c.plants.push(recent(0, 2))),
        ];
        check(&good, Effect::Cleared, &faults, run);
        let wrong = Case { by: other, ..good.clone() };
        assert_eq!(run(&wrong), Outcome::Refused(Refusal::WrongRole), "{by:?}");
        let mut longest = good;
        longest.said.expires = longest.world.next_time().after(MAX_HOLD_MS);
        assert_eq!(run(&longest), Outcome::Applied(Effect::Cleared));
        longest.said.expires = longest.world.next_time().after(MAX_HOLD_MS + 1);
        assert_eq!(run(&longest), Outcome::Refused(Refusal::OutOfRange));
    }
}

#[test]
fn k5_a_clearance_is_shown_to_its_member_and_replaced_by_its_next_only() {
    let (mut world, [a, b, c]) = World::funded(10);
    let payment = world.payment(&a, &b, dollars(1));
    let said = world.cleared(ClearedBy::Payee, &payment);
    let first = world.clear(&b, said);
    let receipt = world.block(&[first]).receipts[0].clone();
    assert_eq!((receipt.parties, receipt.leg), (vec![b.lei], None));
    // A stranger's words stand under its own name.
    let next = world.clear(&b, Clear { rule_version: 9, ..said });
    let strange = world.clear(&c, said);
    world.apply_all(&[strange, next]);
    for (bank, rules) in [(b, 9), (c, 1)] {
        let name = Name::Clearance(payment.hash(), bank.lei, ClearedBy::Payee);
        let Some(Record::Clearance(found)) = world.record(&name) else { panic!() };
        assert_eq!((found.member, found.said.rule_version), (bank.lei, rules));
    }
}

#[test]
fn i11_lists_clearances_and_terms_come_back_from_a_store() {
    let (mut world, [a, b, _]) = listed();
    let terms = MovementTerms { payee_clearance: Some(1), ..MovementTerms::default() };
    world.demand(usd(), terms);
    demand(&mut world, Some(LISTS[1]), 0);
    let payment = world.payment(&a, &b, dollars(5));
    let held = hold(&mut world, &a, &payment, (LISTS[2], 0));
    world.apply(&held);
    let restored = State::restore(world.kept(world.state.header().height)).unwrap();
    let mut again = world.clone();
    again.state = restored;
    let post = world.post(&b, &b, &payment);
    assert_eq!(refused(&mut again, &post), Refusal::PayeeClearanceMissing);
    assert_eq!(refused(&mut world, &post), Refusal::PayeeClearanceMissing);
    assert_eq!(again.state.results(), world.state.results());
}
