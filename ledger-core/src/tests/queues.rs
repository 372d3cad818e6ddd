//! Queues: what gets a place, in which order, who chooses and who hears of it.

use crate::{
    command::{Command, Payment, VoidReason},
    execute::execute,
    id::{AccountId, LegId, Lei, MessageKind},
    limits::{MAX_LEGS_SWEPT, MAX_QUEUE_LIMITS, MAX_QUEUED},
    money::Money,
    payment::LegState,
    queue::{Enqueue, Place, Queue, QueueLimit, QueueTerms},
    receipt::{Effect, Kind, Outcome, Receipt},
    record::{Name, Record},
    refusal::Refusal,
    signature::Signed,
    state::State,
    testing::{Actor, Bank, World, commands::LASTS_MS, commands::sign, jpy, usd},
    tests::{
        faults::{check, fault, lasting, refused},
        payments::suspended,
        spending::full,
    },
    time::{Height, LedgerTime},
};

/// An account's queue as the ledger has it.
pub(super) fn queue(world: &World, account: AccountId) -> Queue {
    match world.record(&Name::Queue(account)) {
        Some(Record::Queue(queue)) => queue.as_ref().clone(),
        other => panic!("{other:?}"),
    }
}

/// A queue that holds as many entries as it may, all before those there are.
pub(super) fn full_queue(world: &World, account: &AccountId) -> (Name, Record) {
    let mut queue = queue(world, *account);
    while queue.places.len() < MAX_QUEUED {
        let leg = LegId::new(*world.state.chain_record().blinding.get());
        queue.places.insert(0, Place { leg, priority: 9, sequence: 0, since: Height::new(0) });
    }
    (Name::Queue(*account), Record::Queue(Box::new(queue)))
}

/// Terms with these limits in dollars, by counterparty.
pub(super) fn limited(bypass: bool, limits: &[(Lei, u128)]) -> QueueTerms {
    let mut limits: Vec<_> =
        limits.iter().map(|&(counterparty, minor)| QueueLimit { counterparty, minor }).collect();
    limits.sort_by_key(|limit| limit.counterparty);
    QueueTerms { bypass, limits }
}

fn dollars(world: &mut World, from: &Bank, to: &Bank, minor: u128) -> Payment {
    world.payment(from, to, Money::new(usd(), minor))
}

fn state(world: &World, leg: &LegId) -> LegState {
    match world.record(&Name::Leg(*leg)) {
        Some(Record::Leg(found)) => found.state.clone(),
        other => panic!("{other:?}"),
    }
}

/// Three banks with a hundred each, and a payment of 101 from A to B that waits.
fn waiting() -> (World, [Bank; 3], Payment) {
    let (mut world, banks) = World::funded(100);
    let [a, b, _] = banks;
    let payment = dollars(&mut world, &a, &b, 101);
    let command = world.enqueue(&payment, 5);
    assert_eq!(world.apply(&command), Effect::Queued);
    (world, banks, payment)
}

#[test]
fn q1_a_queued_payment_earmarks_nothing_and_both_banks_have_its_receipt() {
    let (mut world, [a, b, _]) = World::funded(100);
    let payment = dollars(&mut world, &a, &b, 101);
    let command = world.enqueue(&payment, 5);
    let receipt = world.block(&[command]).receipts[0].clone();
    assert_eq!((receipt.kind, receipt.outcome), {
        (Kind::Enqueue, Outcome::Applied(Effect::Queued))
    });
    assert_eq!((receipt.leg, receipt.money), (Some(payment.leg), Some(payment.money)));
    assert_eq!((receipt.debit, receipt.credit), {
        (Some(payment.debit), Some(world.account(&b, usd())))
    });
    let mut parties = vec![a.lei, b.lei];
    parties.sort();
    assert_eq!(receipt.parties, parties);
    assert_eq!(world.available(&a, usd()), 100);
    assert!(matches!(state(&world, &payment.leg.id()), LegState::Queued { .. }));
    let again = world.transfer(&a, &b, &payment);
    assert_eq!(refused(&mut world, &again), Refusal::LegUsed);
}

/// What the payee may read has no word of the place, nor of the terms.
#[test]
fn q2_only_the_payers_own_record_tells_the_place() {
    let (mut world, [a, b, _], payment) = waiting();
    let leg = payment.leg.id();
    let before = state(&world, &leg);
    let requeue = world.requeue(&a, leg, 77);
    let receipt = world.block(&[requeue]).receipts[0].clone();
    assert_eq!(receipt.outcome, Outcome::Applied(Effect::Requeued));
    assert_eq!((receipt.parties, receipt.leg), (vec![a.lei], Some(payment.leg)));
    assert_eq!(state(&world, &leg), before);
    let terms = world.set_queue_terms(&a, usd(), limited(true, &[(b.lei, 7)]));
    let receipt = world.block(&[terms]).receipts[0].clone();
    assert_eq!(receipt.outcome, Outcome::Applied(Effect::QueueTermsSet));
    assert_eq!((receipt.parties, receipt.debit), (vec![a.lei], Some(payment.debit)));
    assert_eq!(state(&world, &leg), before);
    let own = queue(&world, payment.debit);
    assert_eq!((own.account, own.member), (payment.debit, a.lei));
    assert!(world.record(&Name::Queue(world.account(&b, usd()))).is_none());
}

#[test]
fn q1_what_nothing_keeps_settles_at_once() {
    // What waits with which priority; bypass, limit; amount and priority; whether it settles.
    type Row = (&'static [u32], bool, Option<u128>, u128, u32, bool);
    let rows: [Row; 12] = [
        (&[], false, None, 100, 0, true),
        (&[], false, None, 101, 0, false),
        (&[], true, None, 101, 0, false),
        (&[], false, Some(100), 100, 0, true),
        (&[], false, Some(99), 100, 0, false),
        (&[], true, Some(99), 100, 0, false),
        (&[3], false, None, 1, 4, true),
        (&[3], false, None, 1, 3, false),
        (&[3], false, None, 1, 2, false),
        (&[3], true, None, 1, 2, true),
        (&[2, 4], false, None, 1, 3, false),
        (&[2, 4], true, Some(1), 1, 3, true),
    ];
    for (row, (ahead, bypass, limit, minor, priority, settles)) in rows.into_iter().enumerate() {
        let (mut world, [a, b, c]) = World::funded(100);
        for priority in ahead {
            let payment = dollars(&mut world, &a, &c, 500);
            let command = world.enqueue(&payment, *priority);
            assert_eq!(world.apply(&command), Effect::Queued);
        }
        let limits: Vec<_> = limit.map(|minor| (b.lei, minor)).into_iter().collect();
        let terms = world.set_queue_terms(&a, usd(), limited(bypass, &limits));
        world.apply(&terms);
        let payment = dollars(&mut world, &a, &b, minor);
        let command = world.enqueue(&payment, priority);
        let effect = if settles { Effect::Settled } else { Effect::Queued };
        assert_eq!(world.apply(&command), effect, "row {row}");
        let paid = if settles { minor } else { 0 };
        assert_eq!(world.available(&b, usd()), 100 + paid, "row {row}");
        let waits = world.queued(&a, usd()).contains(&payment.leg.id());
        assert_eq!(waits, !settles, "row {row}");
    }
}

#[test]
fn q2_places_follow_from_priority_and_from_the_order_of_commands() {
    let (mut world, [a, b, c]) = World::funded(10);
    let mut commands = Vec::new();
    let mut legs = Vec::new();
    for (to, priority) in [(b, 1), (c, 3), (b, 1), (c, 0), (b, 3), (c, u32::MAX)] {
        let payment = dollars(&mut world, &a, &to, 500);
        commands.push(world.enqueue(&payment, priority));
        legs.push(payment.leg.id());
    }
    // A queue of its own, whose numbers begin anew.
    let yen = world.payment(&a, &b, Money::new(jpy(), 500));
    commands.push(world.enqueue(&yen, 0));
    world.apply_all(&commands[..4]);
    let second = world.now();
    world.apply_all(&commands[4..]);
    let order = |world: &World| -> Vec<(usize, u64)> {
        let places = queue(world, world.account(&a, usd())).places;
        let number = |place: &Place| legs.iter().position(|leg| *leg == place.leg).unwrap();
        places.iter().map(|place| (number(place), place.sequence)).collect()
    };
    assert_eq!(order(&world), [(5, 5), (1, 1), (4, 4), (0, 0), (2, 2), (3, 3)]);
    let own = queue(&world, world.account(&a, jpy()));
    assert_eq!((own.next, own.places[0].sequence), (1, 0));
    let places = queue(&world, world.account(&a, usd())).places;
    let height = world.state.header().height;
    assert!(places.iter().all(|p| (p.since == height) == (p.sequence >= 4)), "{second:?}");
    // The same priority again is a new place, behind the others that have it.
    for (leg, priority, expected) in [
        (1, 3, [(5, 5), (4, 4), (1, 6), (0, 0), (2, 2), (3, 3)]),
        (3, 1, [(5, 5), (4, 4), (1, 6), (0, 0), (2, 2), (3, 7)]),
        (5, 0, [(4, 4), (1, 6), (0, 0), (2, 2), (3, 7), (5, 8)]),
    ] {
        let requeue = world.requeue(&a, legs[leg], priority);
        assert_eq!(world.apply(&requeue), Effect::Requeued);
        assert_eq!(order(&world), expected);
    }
    let moved = queue(&world, world.account(&a, usd())).places[5];
    assert_eq!(moved.since, world.state.header().height);
}

#[test]
fn q2_only_the_payer_gives_a_new_place_and_only_to_what_is_queued() {
    let (mut world, [a, b, c], payment) = waiting();
    let leg = payment.leg.id();
    let held = dollars(&mut world, &a, &b, 1);
    let hold = world.hold(&a, &held);
    world.apply(&hold);
    for (by, leg, expected) in [
        (b, leg, Refusal::NotYourLeg),
        (c, leg, Refusal::LegUnknown),
        (a, LegId::new([0; 32]), Refusal::LegUnknown),
        (a, held.leg.id(), Refusal::LegNotQueued),
        (b, held.leg.id(), Refusal::NotYourLeg),
    ] {
        let command = world.requeue(&by, leg, 1);
        assert_eq!(refused(&mut world, &command), expected);
    }
    let by_gate = world.sign(&a.gate(), Command::Requeue { leg, priority: 1 });
    assert_eq!(refused(&mut world, &by_gate), Refusal::WrongRole);
    let plant = suspended(&world, &a);
    world.plant(vec![plant]);
    let command = world.requeue(&a, leg, 1);
    assert_eq!(refused(&mut world, &command), Refusal::MemberSuspended);
}

#[derive(Clone)]
struct TermsCase {
    world: World,
    a: Bank,
    b: Bank,
    by: Actor,
    account: AccountId,
    terms: QueueTerms,
    plants: Vec<(Name, Record)>,
}

#[test]
fn q3_terms_are_refused_for_the_first_reason_that_applies() {
    let (world, [a, b, c]) = World::funded(1);
    let terms = limited(true, &[(b.lei, 0), (c.lei, u128::MAX)]);
    let (by, account, plants) = (a.settlement(), world.account(&a, usd()), Vec::new());
    let case = TermsCase { world, a, b, by, account, terms, plants };
    let run = |case: &TermsCase| {
        let mut world = case.world.clone();
        world.plant(case.plants.clone());
        let (account, terms) = (case.account, case.terms.clone());
        let body = world.body(case.a.lei, Command::SetQueueTerms { account, terms });
        let before = lasting(&world.state);
        let outcome = world.run(&sign(body, &[&case.by]));
        assert_eq!(matches!(outcome, Outcome::Refused(_)), lasting(&world.state) == before);
        outcome
    };
    let faults = [
        fault(Refusal::WrongRole, &["by"], |c: &mut TermsCase| c.by = c.a.gate()),
        fault(Refusal::MemberSuspended, &["member"], |c| {
            c.plants.push(suspended(&c.world, &c.a));
        }),
        fault(Refusal::OutOfRange, &["terms"], |c| c.terms.limits.reverse()),
        fault(Refusal::OutOfRange, &["terms"], |c| c.terms.limits.push(c.terms.limits[1])),
        fault(Refusal::OutOfRange, &["terms"], |c| c.terms = limited(false, &[(c.a.lei, 1)])),
        fault(Refusal::AccountUnknown, &["account"], |c| c.account = AccountId::new([0; 32])),
        fault(Refusal::NotYourAccount, &["account"], |c| {
            c.account = c.world.account(&c.b, usd());
        }),
    ];
    check(&case, Effect::QueueTermsSet, &faults, run);
}

#[test]
fn q3_terms_name_at_most_sixty_four_counterparties_and_replace_those_before() {
    let (mut world, [a, b, _]) = World::funded(1);
    let many = |count: usize| -> Vec<(Lei, u128)> {
        (0..count).map(|n| (crate::testing::lei(&format!("BANK{n:02}X")), 1)).collect()
    };
    for (count, fits) in [(MAX_QUEUE_LIMITS, true), (MAX_QUEUE_LIMITS + 1, false)] {
        let terms = limited(false, &many(count));
        let command = world.set_queue_terms(&a, usd(), terms.clone());
        if fits {
            assert_eq!(world.apply(&command), Effect::QueueTermsSet);
            assert_eq!(queue(&world, world.account(&a, usd())).terms, terms);
        } else {
            assert_eq!(refused(&mut world, &command), Refusal::OutOfRange);
        }
    }
    let command = world.set_queue_terms(&a, usd(), limited(true, &[(b.lei, 3)]));
    world.apply(&command);
    let terms = queue(&world, world.account(&a, usd())).terms;
    assert_eq!((terms.bypass, terms.limits.len()), (true, 1));
    assert_eq!((terms.limit_towards(&b.lei), terms.limit_towards(&a.lei)), (Some(3), None));
}

#[test]
fn q1_a_queued_payment_ends_by_either_bank_and_leaves_its_place() {
    let voided = |reason| Ok(Effect::Voided(reason));
    type Make = fn(&mut World, &[Bank; 3], &Payment) -> crate::command::SignedCommand;
    let rows: [(&str, Make, Result<Effect, Refusal>); 8] = [
        (
            "withdrawn",
            |w, [a, ..], p| w.void(a, p, VoidReason::Withdrawn),
            voided(VoidReason::Withdrawn),
        ),
        (
            "rejected",
            |w, [_, b, _], p| w.void(b, p, VoidReason::Rejected),
            voided(VoidReason::Rejected),
        ),
        ("closed", |w, [a, ..], p| w.close(a, &p.leg), Ok(Effect::ClosedUnsettled)),
        (
            "expired",
            |w, [a, ..], p| w.void(a, p, VoidReason::Expired),
            Err(Refusal::HoldNotExpired),
        ),
        (
            "withdrawn by the payee",
            |w, [_, b, _], p| w.void(b, p, VoidReason::Withdrawn),
            Err(Refusal::NotYourLeg),
        ),
        (
            "rejected by a stranger",
            |w, [.., c], p| w.void(c, p, VoidReason::Rejected),
            Err(Refusal::LegUnknown),
        ),
        ("posted", |w, [_, b, _], p| w.post(b, b, p), Err(Refusal::LegNotHeld)),
        (
            "released",
            |w, [a, ..], p| w.sign(&a.settlement(), Command::Release { leg: p.leg.id() }),
            Err(Refusal::LegNotScheduled),
        ),
    ];
    for (what, make, expected) in rows {
        let (mut world, banks, payment) = waiting();
        let behind = dollars(&mut world, &banks[0], &banks[2], 1);
        let command = world.enqueue(&behind, 0);
        world.apply(&command);
        let entered = world.now();
        let command = make(&mut world, &banks, &payment);
        match expected {
            Err(refusal) => {
                assert_eq!(refused(&mut world, &command), refusal, "{what}");
                assert_eq!(world.queued(&banks[0], usd()).len(), 2, "{what}");
            }
            Ok(effect) => {
                let receipt = world.block(&[command]).receipts[0].clone();
                assert_eq!(receipt.outcome, Outcome::Applied(effect), "{what}");
                assert!(receipt.entered < entered, "{what}");
                assert_eq!(world.queued(&banks[0], usd()), [behind.leg.id()], "{what}");
                let again = world.enqueue(&payment, 5);
                assert_eq!(refused(&mut world, &again), Refusal::LegUsed, "{what}");
            }
        }
        assert_eq!(world.available(&banks[0], usd()), 100, "{what}");
    }
}

/// A payment that waits until the earlier of two times, and when that is.
fn until(entry_ms: u64, acceptance_ms: u64) -> (World, Payment, LedgerTime) {
    let (mut world, [a, b, _]) = World::funded(100);
    let payment = dollars(&mut world, &a, &b, 101);
    let now = world.now();
    let command = world.enqueue(&payment, 5);
    let Command::Enqueue(asked) = command.body.command else { panic!() };
    let mut acceptance = asked.acceptance.value;
    acceptance.expires = now.after(acceptance_ms);
    let acceptance = Signed::new(acceptance, &b.settlement().signer()).unwrap();
    let asked = Enqueue { acceptance, expires: now.after(entry_ms), ..asked };
    let command = world.sign(&a.settlement(), Command::Enqueue(asked));
    assert_eq!(world.apply(&command), Effect::Queued);
    (world, payment, now.after(entry_ms.min(acceptance_ms)))
}

#[test]
fn q1_the_ledger_ends_what_waited_until_its_time_or_the_acceptances() {
    for (entry_ms, acceptance_ms) in [(30_000, 40_000), (40_000, 30_000)] {
        let (mut world, payment, expires) = until(entry_ms, acceptance_ms);
        let entered = world.now();
        let before = LedgerTime::new(expires.get() - 1);
        assert!(world.block_at(before, &[]).receipts.is_empty());
        let receipts = world.block_at(expires, &[]).receipts;
        let [receipt]: &[Receipt; 1] = receipts.as_slice().try_into().unwrap();
        let voided = Outcome::Applied(Effect::Voided(VoidReason::Expired));
        assert_eq!((receipt.kind, receipt.outcome), (Kind::Release, voided));
        assert_eq!((receipt.entered, receipt.leg), (entered, Some(payment.leg)));
        assert_eq!(state(&world, &payment.leg.id()), LegState::Voided(VoidReason::Expired));
        let from = Bank { lei: payment.leg.instructing };
        assert!(world.queued(&from, usd()).is_empty());
        assert_eq!(world.available(&from, usd()), 100);
        assert!(world.block(&[]).receipts.is_empty(), "once");
    }
}

#[test]
fn q1_i11_a_restored_state_keeps_the_queue_and_ends_the_same_legs() {
    let (mut world, [a, b, _]) = World::funded(10);
    let commands: Vec<_> = (0..MAX_LEGS_SWEPT + 6)
        .map(|_| {
            let payment = dollars(&mut world, &a, &b, 11);
            world.enqueue(&payment, 0)
        })
        .collect();
    world.apply_all(&commands);
    let restored = State::restore(world.kept(world.state.header().height)).unwrap();
    let late = world.now().after(LASTS_MS);
    let block = world.propose_block(late, &[]);
    let block = block.accept_finalized(world.state.header()).unwrap();
    let (ours, theirs) = (execute(&world.state, &block), execute(&restored, &block));
    assert_eq!(ours.receipts.len(), MAX_LEGS_SWEPT);
    assert_eq!((ours.receipts, ours.results), (theirs.receipts, theirs.results));
    // What is beyond the bound waits for the next block.
    world.block_at(late, &[]);
    let left = world.queued(&a, usd());
    assert_eq!(left.len(), 6);
    world.block(&[]);
    assert!(world.queued(&a, usd()).is_empty());
}

#[test]
fn q2_i11_a_queue_is_proved_under_the_state_root_and_so_is_that_there_is_none() {
    let (world, [_, b, _], payment) = waiting();
    let (height, results) = (world.state.header().height, world.state.results());
    let name = Name::Queue(payment.debit);
    let proof = world.state.prove_record(&name, height).unwrap();
    assert!(proof.holds_under(results));
    assert_eq!(proof.record(&name.key()), world.record(&name));
    let none = Name::Queue(world.account(&b, usd()));
    let proof = world.state.prove_absence(&none, height).unwrap();
    assert!(proof.holds_under(results) && proof.shows_absence_of(&none.key()));
}

#[test]
fn q1_k3_a_payment_counts_when_it_is_queued_and_not_again() {
    let (mut world, [a, b, _]) = World::funded(100);
    let commands = world.set_payment_terms(usd(), full(Some(150), Some(150)));
    world.apply_all(&commands);
    let payment = dollars(&mut world, &a, &b, 120);
    let command = world.enqueue(&payment, 5);
    assert_eq!(world.apply(&command), Effect::Queued);
    assert_eq!(world.spent(a.party(1), usd()), 120);
    let next = dollars(&mut world, &a, &b, 31);
    let over = world.enqueue(&next, 5);
    assert_eq!(refused(&mut world, &over), Refusal::WindowLimit);
    let void = world.void(&a, &payment, VoidReason::Withdrawn);
    world.apply(&void);
    assert_eq!(world.spent(a.party(1), usd()), 120);
}

#[test]
fn q1_a_queue_is_full_when_its_last_place_is_taken() {
    let (mut world, [a, b, _], payment) = waiting();
    let (name, record) = full_queue(&world, &payment.debit);
    let Record::Queue(mut queue) = record else { panic!("{record:?}") };
    queue.places.remove(0);
    world.plant(vec![(name, Record::Queue(queue))]);
    for expected in [Outcome::Applied(Effect::Queued), Outcome::Refused(Refusal::QueueFull)] {
        let next = dollars(&mut world, &a, &b, 101);
        let command = world.enqueue(&next, 5);
        assert_eq!(world.run(&command), expected);
    }
}

#[test]
fn q1_a_return_is_no_queued_payment() {
    let (mut world, [a, b, _]) = World::funded(100);
    let mut payment = dollars(&mut world, &a, &b, 101);
    payment.leg.kind = MessageKind::Pacs004;
    let command = world.enqueue(&payment, 0);
    assert_eq!(refused(&mut world, &command), Refusal::ReturnMismatch);
}
