//! Netting sets on the ledger: every refusal in order of precedence, and what a set does.

mod lives;

use crate::{
    command::{Command, Payment, SignedCommand, Void, VoidReason},
    freeze::FreezeTarget,
    id::{LegId, Lei},
    limits::{MAX_LEGS_SWEPT, MAX_NETTING_LEGS, MAX_PASSED, MAX_QUEUE_AGE},
    money::Money,
    queue::{NettingSet, QueueTerms},
    receipt::{Effect, Kind, Outcome, Receipt},
    record::{Name, Record},
    refusal::Refusal,
    testing::{Actor, Bank, World, commands::LASTS_MS, commands::sign, jpy, usd},
    tests::{
        faults::{Fault, check, fault, lasting},
        payments::{frozen, suspended},
        queues::{limited, queue},
    },
    time::Height,
};

/// Queues a payment in dollars that does not settle at once.
fn wait(world: &mut World, from: &Bank, to: &Bank, minor: u128, priority: u32) -> Payment {
    let payment = world.payment(from, to, Money::new(usd(), minor));
    let command = world.enqueue(&payment, priority);
    assert_eq!(world.apply(&command), Effect::Queued);
    payment
}

fn ids(payments: &[Payment]) -> Vec<LegId> {
    payments.iter().map(|payment| payment.leg.id()).collect()
}

/// The receipts of a set.
fn settle(world: &mut World, by: &Actor, legs: &[LegId]) -> Vec<Receipt> {
    let command = world.settle_queued(by, legs);
    world.block(&[command]).receipts
}

/// Why a set was refused, and the leg that this is about.
fn why(world: &mut World, command: &SignedCommand) -> (Refusal, Option<LegId>) {
    let before = lasting(&world.state);
    let receipts = world.block(std::slice::from_ref(command)).receipts;
    let [receipt] = receipts.as_slice() else { panic!("one receipt: {receipts:?}") };
    let Outcome::Refused(refusal) = receipt.outcome else { panic!("{:?}", receipt.outcome) };
    assert_eq!(lasting(&world.state), before, "a refused set changed something");
    assert_eq!(receipt.parties, [command.body.organisation]);
    (refusal, receipt.leg.map(|leg| leg.id()))
}

fn refused(world: &mut World, by: &Actor, legs: &[LegId]) -> (Refusal, Option<LegId>) {
    let command = world.settle_queued(by, legs);
    why(world, &command)
}

fn applied(receipts: &[Receipt]) -> bool {
    receipts.iter().all(|receipt| receipt.outcome == Outcome::Applied(Effect::Settled))
}

/// Ten dollars each and a circle of a hundred from A over B and C to A, that has waited for longer
/// than a set may look back; behind it smaller payments, one of which the set leaves out.
#[derive(Clone)]
struct Case {
    world: World,
    a: Bank,
    b: Bank,
    c: Bank,
    by: Actor,
    /// How far before its block the height that the set names lies.
    back: u64,
    /// A to B, B to C, C to A, then three from A to C and one more from B to C.
    circle: Vec<LegId>,
    behind: Vec<LegId>,
    settled: LegId,
    legs: Vec<LegId>,
    plants: Vec<(Name, Record)>,
}

impl Case {
    fn new() -> Self {
        let (mut world, [a, b, c]) = World::funded(10);
        world.appoint_solver();
        let paid = world.payment(&c, &b, Money::new(jpy(), 1));
        let transfer = world.transfer(&c, &b, &paid);
        world.apply(&transfer);
        let circle = [(a, b), (b, c), (c, a)].map(|(x, y)| wait(&mut world, &x, &y, 100, 2));
        let behind = [(a, 5), (b, 3), (a, 1)].map(|(x, minor)| wait(&mut world, &x, &c, minor, 1));
        for _ in 0..=MAX_QUEUE_AGE {
            world.block(&[]);
        }
        let (circle, behind) = (ids(&circle), ids(&behind));
        let legs = [&circle[..], &behind[..2]].concat();
        let (by, settled, plants) = (Actor::solver(), paid.leg.id(), Vec::new());
        Self { world, a, b, c, by, back: 1, circle, behind, settled, legs, plants }
    }

    fn run(&self) -> Outcome {
        let mut world = self.world.clone();
        world.plant(self.plants.clone());
        let next = world.state.header().height.get() + 1;
        let height = Height::new(next - self.back);
        let set = NettingSet { height, legs: self.legs.clone() };
        let body = world.body(self.by.grant.organisation, Command::SettleQueued(set));
        let command = sign(body, &[&self.by]);
        let before = lasting(&world.state);
        let receipts = world.block(&[command]).receipts;
        if let Outcome::Refused(_) = receipts[0].outcome {
            assert_eq!(receipts.len(), 1);
            assert_eq!(lasting(&world.state), before, "a refused set changed something");
        } else {
            assert_eq!(receipts.len(), self.legs.len());
            assert!(applied(&receipts));
        }
        receipts[0].outcome
    }

    /// The queue of a bank's dollars with other terms.
    fn terms(&mut self, of: Bank, terms: QueueTerms) {
        let mut queue = queue(&self.world, self.world.account(&of, usd()));
        queue.terms = terms;
        self.plants.push((Name::Queue(queue.account), Record::Queue(Box::new(queue))));
    }

    fn freeze(&mut self, of: Bank) {
        let account = self.world.account(&of, usd());
        self.plants.push(frozen(&self.world, &account));
    }
}

fn faults() -> Vec<Fault<Case>> {
    vec![
        fault(Refusal::WrongRole, &["by"], |c: &mut Case| c.by = c.a.gate()),
        fault(Refusal::MemberSuspended, &["by", "a"], |c| {
            c.by = c.a.settlement();
            c.plants.push(suspended(&c.world, &c.a));
        }),
        fault(Refusal::OutOfRange, &["legs"], |c| c.legs.clear()),
        fault(Refusal::OutOfRange, &["legs"], |c| {
            c.legs = vec![c.legs[0]; MAX_NETTING_LEGS + 1];
        }),
        fault(Refusal::LegUsed, &["legs"], |c| c.legs.push(c.legs[0])),
        fault(Refusal::LegUsed, &["legs"], |c| c.legs = vec![c.legs[0]; MAX_NETTING_LEGS]),
        fault(Refusal::LegUnknown, &["legs"], |c| c.legs.push(LegId::new([0; 32]))),
        // A is no party to what B pays C.
        fault(Refusal::LegUnknown, &["by"], |c| c.by = c.a.settlement()),
        fault(Refusal::NotYourLeg, &["by", "legs"], |c| {
            c.by = c.a.settlement();
            c.legs = vec![c.circle[0], c.circle[2]];
        }),
        fault(Refusal::CounterpartyNotEligible, &["a"], |c| c.freeze(c.a)),
        fault(Refusal::CounterpartyNotEligible, &["c"], |c| {
            c.plants.push(suspended(&c.world, &c.c));
        }),
        fault(Refusal::InsufficientFunds, &["legs"], |c| {
            c.legs.retain(|leg| *leg != c.circle[2]);
        }),
        fault(Refusal::LegNotQueued, &["legs", "b queue", "a queue"], |c| c.legs.push(c.settled)),
        // Nobody covers the first, but sums are of legs that are all queued.
        fault(Refusal::LegNotQueued, &["legs", "b queue", "a queue", "a", "c"], |c| {
            c.legs = vec![c.circle[0], c.settled];
        }),
        fault(Refusal::QueueHeight, &["height"], |c| c.back = 0),
        fault(Refusal::QueueHeight, &["height"], |c| c.back = MAX_QUEUE_AGE + 1),
        fault(Refusal::QueueHeight, &["b queue"], |c| {
            let mut queue = queue(&c.world, c.world.account(&c.b, usd()));
            // Of the set's own block: what is planted takes a height too.
            queue.places[0].since = c.world.state.header().height.next().next();
            c.plants.push((Name::Queue(queue.account), Record::Queue(Box::new(queue))));
        }),
        fault(Refusal::QueueOrder, &["a queue", "a"], |c| {
            let mut queue = queue(&c.world, c.world.account(&c.a, usd()));
            queue.places.rotate_right(1);
            c.plants.push((Name::Queue(queue.account), Record::Queue(Box::new(queue))));
        }),
        fault(Refusal::CounterpartyLimit, &["b queue"], |c| {
            c.terms(c.b, limited(false, &[(c.c.lei, 99)]));
        }),
        // Each within the limit, but not together.
        fault(Refusal::CounterpartyLimit, &["b queue", "legs"], |c| {
            c.terms(c.b, limited(false, &[(c.c.lei, 102)]));
        }),
    ]
}

#[test]
fn q4_k1_i10_a_set_is_refused_for_the_first_reason_that_applies() {
    check(&Case::new(), Effect::Settled, &faults(), Case::run);
}

#[test]
fn q4_a_set_is_of_one_of_the_last_sixty_four_heights() {
    let case = Case::new();
    for (back, fits) in [(0, false), (1, true), (MAX_QUEUE_AGE, true), (MAX_QUEUE_AGE + 1, false)] {
        let case = Case { back, ..case.clone() };
        let expected = if fits {
            Outcome::Applied(Effect::Settled)
        } else {
            Outcome::Refused(Refusal::QueueHeight)
        };
        assert_eq!(case.run(), expected, "{back}");
    }
}

#[test]
fn q4_a_circle_settles_without_money_and_each_payment_keeps_its_receipt() {
    let Case { mut world, a, b, c, circle, legs, .. } = Case::new();
    let command = world.settle_queued(&Actor::solver(), &legs);
    let id = command.body.id();
    let set = world.block(&[command]);
    assert!(applied(&set.receipts));
    for ((receipt, leg), index) in set.receipts.iter().zip(&legs).zip(0..) {
        assert_eq!((receipt.index, receipt.kind, receipt.command), (index, Kind::SettleQueued, id));
        let parts = receipt.leg.unwrap();
        assert_eq!(parts.id(), *leg);
        let from = Bank { lei: parts.instructing };
        let to = Bank { lei: parts.instructed };
        assert_eq!(receipt.debit, Some(world.account(&from, usd())));
        assert_eq!(receipt.credit, Some(world.account(&to, usd())));
        assert!(receipt.entered < receipt.irrevocable);
        let mut parties = vec![from.lei, to.lei, Actor::solver().grant.organisation];
        parties.sort();
        assert_eq!(receipt.parties, parties);
    }
    // Gross: A has four movements, not one.
    let moved = set.lists.logs.iter().map(|row| (row.log, row.detail.clone()));
    let account = crate::journal::LogName::Account(world.account(&a, usd()));
    let (_, detail) = moved.into_iter().find(|(log, _)| *log == account).unwrap();
    let movements: Vec<crate::journal::Movement> = crate::codec::decode(&detail, 4_096).unwrap();
    assert_eq!(movements.iter().map(|m| m.minor).collect::<Vec<_>>(), [100, 100, 5]);
    assert_eq!([a, b, c].map(|bank| world.available(&bank, usd())), [5, 7, 18]);
    assert_eq!(world.queued(&a, usd()).len(), 1);
    assert!(world.queued(&b, usd()).is_empty() && world.queued(&c, usd()).is_empty());
    // It cannot turn twice, and none of it can end any other way.
    assert_eq!(refused(&mut world, &Actor::solver(), &circle).0, Refusal::LegNotQueued);
    let void = Void { leg: circle[0], reason: VoidReason::Withdrawn };
    let void = world.sign(&a.settlement(), Command::Void(void));
    assert_eq!(world.run(&void), Outcome::Refused(Refusal::LegNotHeld));
}

#[test]
fn q4_a_refusal_names_the_leg_it_is_about() {
    let solver = Actor::solver();
    let Case { world, a, b, c, circle, behind, legs, .. } = Case::new();
    // Left out of A's queue is what goes first.
    let mut other = world.clone();
    let first = other.requeue(&a, behind[2], 9);
    other.apply(&first);
    let expected = (Refusal::QueueOrder, Some(circle[0]));
    assert_eq!(refused(&mut other, &solver, &legs), expected);
    // B's payments are the first that nobody covers; then C's.
    for (without, named) in [(0, circle[1]), (1, circle[2])] {
        let mut world = world.clone();
        let mut open = circle.clone();
        open.remove(without);
        assert_eq!(refused(&mut world, &solver, &open), (Refusal::InsufficientFunds, Some(named)));
    }
    let mut other = world.clone();
    let terms = other.set_queue_terms(&b, usd(), limited(false, &[(c.lei, 102)]));
    other.apply(&terms);
    let expected = (Refusal::CounterpartyLimit, Some(circle[1]));
    assert_eq!(refused(&mut other, &solver, &legs), expected);
    // To a member that is no party to it a leg has no name, to the payee it has.
    let mut other = world.clone();
    assert_eq!(refused(&mut other, &c.settlement(), &circle[..1]), (Refusal::LegUnknown, None));
    let expected = (Refusal::NotYourLeg, Some(circle[0]));
    assert_eq!(refused(&mut other, &b.settlement(), &circle[..1]), expected);
    let twice = [circle[0], circle[0]];
    assert_eq!(refused(&mut other, &c.settlement(), &twice), (Refusal::LegUsed, None));
}

#[test]
fn q4_a_member_settles_its_own_queue_with_money_that_came_in() {
    let Case { mut world, a, b, c, circle, behind, .. } = Case::new();
    world.fund(&a, Money::new(usd(), 95));
    assert_eq!(world.queued(&a, usd()).len(), 3, "money alone moves nothing");
    let by = a.settlement();
    let own = [circle[0], behind[0], behind[2]];
    assert_eq!(refused(&mut world, &by, &own), (Refusal::InsufficientFunds, Some(circle[0])));
    assert_eq!(refused(&mut world, &by, &own[1..]), (Refusal::QueueOrder, Some(behind[0])));
    // What is earmarked covers nothing.
    let hold = world.payment(&a, &c, Money::new(usd(), 1));
    let held = world.hold(&a, &hold);
    world.apply(&held);
    assert_eq!(refused(&mut world, &by, &own[..2]).0, Refusal::InsufficientFunds);
    let void = world.void(&a, &hold, VoidReason::Withdrawn);
    world.apply(&void);
    let receipts = settle(&mut world, &by, &own[..2]);
    assert!(receipts.len() == 2 && applied(&receipts));
    assert_eq!(receipts[0].parties.len(), 2, "nobody but its banks");
    assert_eq!([a, b, c].map(|bank| world.available(&bank, usd())), [0, 110, 15]);
}

#[test]
fn q4_i10_what_is_not_eligible_holds_up_nobody_behind_it() {
    let solver = Actor::solver();
    let (mut world, [a, b, c]) = World::funded(10);
    world.appoint_solver();
    world.appoint_compliance();
    let head = wait(&mut world, &a, &b, 100, 9);
    let middle = wait(&mut world, &a, &c, 6, 5);
    let last = wait(&mut world, &a, &c, 4, 5);
    let legs = ids(&[middle, last]);
    assert_eq!(refused(&mut world, &solver, &legs), (Refusal::QueueOrder, Some(legs[0])));
    // The head's payee is stopped: a frozen creditor in the middle of a queue lets others pass.
    let target = FreezeTarget::Party(b.party(1));
    let freeze = world.freeze(target);
    world.apply(&freeze);
    let named = (Refusal::CounterpartyNotEligible, Some(head.leg.id()));
    assert_eq!(refused(&mut world, &solver, &ids(&[head])), named);
    let receipts = settle(&mut world, &solver, &legs[..1]);
    assert!(applied(&receipts));
    // Not stopped any more, it goes first again.
    let lift = world.unfreeze(target);
    world.apply_all(&lift);
    assert_eq!(refused(&mut world, &solver, &legs[1..]), (Refusal::QueueOrder, Some(legs[1])));
    // More than its member allows at all, it may be passed.
    let terms = world.set_queue_terms(&a, usd(), limited(false, &[(b.lei, 99)]));
    world.apply(&terms);
    let receipts = settle(&mut world, &solver, &legs[1..]);
    assert!(applied(&receipts));
    assert_eq!(world.queued(&a, usd()), [head.leg.id()]);
}

#[test]
fn q4_what_may_settle_and_is_left_out_holds_up_what_comes_later_whatever_is_between() {
    let (mut world, [a, b, c]) = World::funded(10);
    world.appoint_solver();
    wait(&mut world, &a, &c, 100, 9);
    wait(&mut world, &a, &b, 100, 5);
    let last = wait(&mut world, &a, &c, 4, 1).leg.id();
    let plant = suspended(&world, &b);
    world.plant(vec![plant]);
    let expected = (Refusal::QueueOrder, Some(last));
    assert_eq!(refused(&mut world, &Actor::solver(), &[last]), expected);
}

#[test]
fn q4_a_leg_may_take_all_its_limit_and_what_stops_its_payee_comes_first() {
    let solver = Actor::solver();
    let (mut world, [a, b, _]) = World::funded(10);
    world.appoint_solver();
    wait(&mut world, &a, &b, 100, 9);
    let leg = [wait(&mut world, &a, &b, 4, 1).leg.id()];
    let terms = world.set_queue_terms(&a, usd(), limited(false, &[(b.lei, 4)]));
    world.apply(&terms);
    assert!(applied(&settle(&mut world.clone(), &solver, &leg)));
    let terms = world.set_queue_terms(&a, usd(), limited(false, &[(b.lei, 3)]));
    world.apply(&terms);
    let expected = (Refusal::CounterpartyLimit, Some(leg[0]));
    assert_eq!(refused(&mut world, &solver, &leg), expected);
    let plant = suspended(&world, &b);
    world.plant(vec![plant]);
    let expected = (Refusal::CounterpartyNotEligible, Some(leg[0]));
    assert_eq!(refused(&mut world, &solver, &leg), expected);
}

#[test]
fn q4_bypass_is_the_members_own_and_acts_at_once() {
    let solver = Actor::solver();
    let (mut world, [a, b, c]) = World::funded(10);
    world.appoint_solver();
    wait(&mut world, &a, &b, 100, 9);
    let last = ids(&[wait(&mut world, &a, &c, 4, 5)]);
    assert_eq!(refused(&mut world, &solver, &last).0, Refusal::QueueOrder);
    for (by, currency, lets) in [(b, usd(), false), (a, jpy(), false), (a, usd(), true)] {
        let terms = world.set_queue_terms(&by, currency, limited(true, &[]));
        world.apply(&terms);
        let outcome = settle(&mut world.clone(), &solver, &last)[0].outcome;
        assert_eq!(outcome == Outcome::Applied(Effect::Settled), lets, "{by:?} {currency}");
    }
    let terms = world.set_queue_terms(&a, usd(), limited(false, &[]));
    world.apply(&terms);
    assert_eq!(refused(&mut world, &solver, &last).0, Refusal::QueueOrder);
}

#[test]
fn q4_what_a_counterparty_pays_back_relieves_a_limit() {
    let solver = Actor::solver();
    let (mut world, [a, b, c]) = World::funded(10);
    world.appoint_solver();
    let there = [20, 20].map(|minor| wait(&mut world, &a, &b, minor, 1));
    let back = wait(&mut world, &b, &a, 15, 1);
    let round = wait(&mut world, &b, &c, 25, 0);
    let close = wait(&mut world, &c, &a, 25, 0);
    let legs = ids(&[there[0], there[1], back, round, close]);
    for (limit, expected) in [
        (19, Some(legs[0])),
        (24, Some(legs[0])),
        (25, None),
        (u128::MAX, None),
        (0, Some(legs[0])),
    ] {
        let mut world = world.clone();
        let terms = world.set_queue_terms(&a, usd(), limited(false, &[(b.lei, limit)]));
        world.apply(&terms);
        if expected.is_some() {
            let found = refused(&mut world, &solver, &legs);
            assert_eq!(found, (Refusal::CounterpartyLimit, expected), "{limit}");
        } else {
            assert!(applied(&settle(&mut world, &solver, &legs)), "{limit}");
            assert_eq!([a, b, c].map(|bank| world.available(&bank, usd())), [10, 10, 10]);
        }
    }
}

#[test]
fn q4_a_set_need_not_know_what_was_queued_or_moved_after_its_height() {
    let solver = Actor::solver();
    let Case { mut world, a, b, circle, behind, legs, .. } = Case::new();
    let height = world.state.header().height;
    let urgent = wait(&mut world, &a, &b, 50, 99);
    let requeue = world.requeue(&a, behind[2], 98);
    world.apply(&requeue);
    let at = |world: &mut World, height: Height, legs: &[LegId]| {
        let set = NettingSet { height, legs: legs.to_vec() };
        world.sign(&solver, Command::SettleQueued(set))
    };
    let now = world.state.header().height;
    let late = at(&mut world, now, &legs);
    assert_eq!(why(&mut world, &late), (Refusal::QueueOrder, Some(circle[0])));
    // What took its place later belongs to no set of that height.
    let with = at(&mut world, height, &[&legs[..], &behind[2..]].concat());
    assert_eq!(why(&mut world, &with), (Refusal::QueueHeight, Some(behind[2])));
    let good = at(&mut world, height, &legs);
    assert!(applied(&world.block(&[good]).receipts));
    assert_eq!(world.queued(&a, usd()), [urgent.leg.id(), behind[2]]);
}

#[test]
fn q4_what_has_expired_and_waits_to_be_ended_is_in_no_set_and_holds_up_nobody() {
    let (mut world, [a, b, c]) = World::funded(10);
    world.appoint_solver();
    let expired: Vec<_> =
        (0..MAX_LEGS_SWEPT + 3).map(|_| world.payment(&a, &b, Money::new(usd(), 11))).collect();
    let commands: Vec<_> = expired.iter().map(|payment| world.enqueue(payment, 3)).collect();
    let late = world.now().after(LASTS_MS);
    world.apply_all(&commands);
    world.block_at(crate::time::LedgerTime::new(late.get() - 10_000), &[]);
    let fresh = wait(&mut world, &a, &c, 4, 1).leg.id();
    let mut legs = ids(&expired);
    legs.sort();
    let left = &legs[MAX_LEGS_SWEPT..];
    let height = world.state.header().height;
    let set = |legs: &[LegId]| Command::SettleQueued(NettingSet { height, legs: legs.to_vec() });
    let commands = [
        world.sign(&Actor::solver(), set(&[left[1], fresh])),
        world.sign(&Actor::solver(), set(&[fresh])),
    ];
    let receipts = world.block_at(late, &commands).receipts;
    assert_eq!(receipts.len(), MAX_LEGS_SWEPT + 2);
    let [bad, good] = &receipts[MAX_LEGS_SWEPT..] else { panic!() };
    assert_eq!(bad.outcome, Outcome::Refused(Refusal::HoldExpired));
    assert_eq!(bad.leg.map(|leg| leg.id()), Some(left[1]));
    assert_eq!(good.outcome, Outcome::Applied(Effect::Settled));
    assert_eq!(world.queued(&a, usd()).len(), 3);
}

#[test]
fn q4_a_block_is_charged_for_the_legs_of_a_set_and_for_all_it_may_pass() {
    let (mut world, _) = World::running();
    let solver = Actor::solver();
    let mut units = |count: usize| {
        let legs = vec![LegId::new([7; 32]); count];
        let command = world.settle_queued(&solver, &legs);
        (command.units(0), command.to_bytes().len())
    };
    let [(one, _), (two, _), (all, bytes)] = [1, 2, MAX_NETTING_LEGS].map(&mut units);
    let passed = u32::try_from(MAX_PASSED).unwrap();
    assert_eq!((one, two - one), ((passed * 5 + 5 + 2 + 1) * 10, 50));
    assert_eq!(all - one, 50 * u32::try_from(MAX_NETTING_LEGS - 1).unwrap());
    assert!(bytes <= crate::limits::MAX_COMMAND_BYTES);
}

#[test]
fn q4_a_set_passes_a_bounded_number_of_entries() {
    for (passed, fits) in [(MAX_PASSED, true), (MAX_PASSED + 1, false)] {
        let (mut world, [a, b, c]) = World::funded(10);
        world.appoint_solver();
        let commands: Vec<_> = (0..passed)
            .map(|_| {
                let payment = world.payment(&a, &b, Money::new(usd(), 11));
                world.enqueue(&payment, 3)
            })
            .collect();
        world.apply_all(&commands);
        let last = wait(&mut world, &a, &c, 4, 1).leg.id();
        let plant = suspended(&world, &b);
        world.plant(vec![plant]);
        let outcome = settle(&mut world, &Actor::solver(), &[last])[0].outcome;
        let expected = if fits {
            Outcome::Applied(Effect::Settled)
        } else {
            Outcome::Refused(Refusal::QueueOrder)
        };
        assert_eq!(outcome, expected, "{passed}");
    }
}

/// What is passed counts in all queues together, and what waits behind the last of the set not at all.
#[test]
fn q4_entries_behind_the_last_of_a_set_are_not_passed() {
    let (mut world, [a, b, c]) = World::funded(10);
    world.appoint_solver();
    let mut commands = Vec::new();
    for (from, count) in [(a, MAX_PASSED - 1), (c, 1)] {
        for _ in 0..count {
            let payment = world.payment(&from, &b, Money::new(usd(), 11));
            commands.push(world.enqueue(&payment, 3));
        }
    }
    world.apply_all(&commands);
    let last = [(a, c), (c, a)].map(|(from, to)| wait(&mut world, &from, &to, 4, 2));
    for from in [a, c] {
        wait(&mut world, &from, &b, 11, 1);
    }
    let plant = suspended(&world, &b);
    world.plant(vec![plant]);
    assert!(applied(&settle(&mut world, &Actor::solver(), &ids(&last))));
}

#[test]
fn q4_i7_amounts_that_cannot_be_counted_together_settle_in_no_set() {
    let (mut world, [a, b, c]) = World::funded(10);
    world.appoint_solver();
    let circle = [(a, b), (b, a)].map(|(x, y)| wait(&mut world, &x, &y, u128::MAX, 1));
    let legs = ids(&circle);
    let expected = (Refusal::AmountOverflow, Some(legs[0]));
    assert_eq!(refused(&mut world, &Actor::solver(), &legs), expected);
    // It comes before limits.
    let mut under = world.clone();
    let terms = under.set_queue_terms(&a, usd(), limited(false, &[(b.lei, 1)]));
    under.apply(&terms);
    assert_eq!(refused(&mut under, &Actor::solver(), &legs), expected);
    let halves = [(b, c), (c, b)].map(|(x, y)| wait(&mut world, &x, &y, (u128::MAX - 30) / 2, 9));
    assert!(applied(&settle(&mut world, &Actor::solver(), &ids(&halves))));
    let over = [(b, c), (c, b)].map(|(x, y)| wait(&mut world, &x, &y, u128::MAX / 2, 9));
    let legs = ids(&over);
    let expected = (Refusal::AmountOverflow, Some(legs[1]));
    assert_eq!(refused(&mut world, &Actor::solver(), &legs), expected);
}

#[test]
fn q4_two_currencies_settle_in_one_set_or_not_at_all() {
    let (mut world, [a, b, _]) = World::funded(10);
    world.appoint_solver();
    let mut legs = Vec::new();
    for (from, to, currency) in [(a, b, usd()), (b, a, usd()), (a, b, jpy()), (b, a, jpy())] {
        let minor = if currency == usd() { 50 } else { 70 };
        let payment = world.payment(&from, &to, Money::new(currency, minor));
        let command = world.enqueue(&payment, 0);
        assert_eq!(world.apply(&command), Effect::Queued);
        legs.push(payment.leg.id());
    }
    let expected = (Refusal::InsufficientFunds, Some(legs[2]));
    assert_eq!(refused(&mut world, &Actor::solver(), &legs[..3]), expected);
    assert!(applied(&settle(&mut world, &Actor::solver(), &legs)));
    for currency in [usd(), jpy()] {
        assert_eq!([a, b].map(|bank| world.available(&bank, currency)), [10, 10]);
    }
}

/// What bank C is shown: receipts it is a party to and its own records. Nothing of A's queue.
#[test]
fn q2_a_third_bank_has_no_receipt_of_anothers_queue() {
    let Case { mut world, a, c, circle, legs, .. } = Case::new();
    let ab = circle[0];
    let requeue = world.requeue(&a, ab, 3);
    world.apply(&requeue);
    let receipts = settle(&mut world, &Actor::solver(), &legs);
    assert!(applied(&receipts));
    let told = |lei: &Lei| -> Vec<LegId> {
        let all = world.sets.iter().flat_map(|set| &set.receipts);
        all.filter(|receipt| receipt.parties.contains(lei))
            .filter_map(|receipt| receipt.leg.map(|leg| leg.id()))
            .collect()
    };
    assert!(!told(&c.lei).contains(&ab));
    assert_eq!(told(&a.lei).iter().filter(|leg| **leg == ab).count(), 3);
}
