//! The ledger's own check of a set against this crate's: the same queues and terms, the same sets, the
//! same answer, and the same money afterwards.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::{
    command::Command,
    freeze::FreezeTarget,
    id::LegId,
    money::{Currency, Money},
    party::StandingStatus,
    queue::{QueueLimit, QueueTerms},
    receipt::{Effect, Outcome},
    testing::{Actor, Bank, World, jpy, usd},
};
use ledger_netting::{Entry, Given, Member, Position, Problem, Reason, Relation, check, solve};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

/// What each bank has in each currency.
const EACH: u128 = 9;
const BANKS: usize = 5;

#[derive(Clone, Debug)]
struct Drawn {
    members: usize,
    /// From, steps on to the payee, whether in yen, minor units, priority.
    payments: Vec<(usize, usize, bool, u128, u32)>,
    bypass: BTreeSet<usize>,
    limits: BTreeMap<(usize, usize), (bool, u128)>,
    /// Whose customer has lost its standing.
    bad: BTreeSet<usize>,
    masks: Vec<u32>,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let payment = (0..BANKS, 0..BANKS, prop::bool::weighted(0.2), 7..20u128, 0..3u32);
    (
        3..=BANKS,
        prop::collection::vec(payment, 6..20),
        prop::collection::btree_set(0..BANKS, 0..3),
        prop::collection::btree_map((0..BANKS, 0..BANKS), (any::<bool>(), 5..40u128), 0..4),
        prop::collection::btree_set(0..4 * BANKS, 0..2),
        prop::collection::vec(any::<u32>(), 6),
    )
        .prop_map(|(members, payments, bypass, limits, bad, masks)| Drawn {
            members,
            payments,
            bypass,
            limits,
            bad,
            masks,
        })
}

fn founded() -> (World, Vec<Bank>) {
    let (mut world, banks) = World::funded(EACH);
    let mut banks = banks.to_vec();
    for bank in ["BANKD", "BANKE"].map(Bank::new) {
        world.admit(&bank);
        for currency in [usd(), jpy()] {
            world.fund(&bank, Money::new(currency, EACH));
        }
        banks.push(bank);
    }
    world.appoint_solver();
    (world, banks)
}

fn member(bank: usize) -> Member {
    Member::new(u32::try_from(bank).unwrap())
}

fn code(yen: bool) -> Currency {
    if yen { jpy() } else { usd() }
}

/// Queues what was drawn on a ledger; answers the problem that is left and the legs of its entries.
fn queued(world: &mut World, banks: &[Bank], drawn: &Drawn) -> (Given, Vec<LegId>) {
    let banks = &banks[..drawn.members];
    let (mut given, mut legs) = (Given::default(), Vec::new());
    let mut commands = Vec::new();
    let mut asked = Vec::new();
    for (from, step, yen, minor, priority) in &drawn.payments {
        let debtor = from % drawn.members;
        let creditor = (debtor + 1 + step % (drawn.members - 1)) % drawn.members;
        let money = Money::new(code(*yen), *minor);
        let payment = world.payment(&banks[debtor], &banks[creditor], money);
        commands.push(world.enqueue(&payment, *priority));
        let (priority, currency, minor) = (*priority, code(*yen), *minor);
        let (debtor, creditor) = (member(debtor), member(creditor));
        let (sequence, ineligible) = (asked.len() as u64, None);
        let entry = Entry { debtor, creditor, currency, minor, priority, sequence, ineligible };
        asked.push((entry, payment.leg.id()));
    }
    for (receipt, (entry, leg)) in world.block(&commands).receipts.iter().zip(asked) {
        match receipt.outcome {
            Outcome::Applied(Effect::Queued) => {
                given.entries.push(entry);
                legs.push(leg);
            }
            Outcome::Applied(Effect::Settled) => {}
            other => panic!("{other:?}"),
        }
    }
    for (number, bank) in banks.iter().enumerate() {
        for currency in [usd(), jpy()] {
            let position = Position { member: member(number), currency };
            given.balances.insert(position, world.available(bank, currency));
        }
    }
    (given, legs)
}

/// Sets terms and takes standing away, on the ledger and in the problem.
fn constrained(world: &mut World, banks: &[Bank], drawn: &Drawn, given: &mut Given) {
    for (number, bank) in banks.iter().enumerate().take(drawn.members) {
        for yen in [false, true] {
            let mut limits = Vec::new();
            for ((from, to), (in_yen, minor)) in &drawn.limits {
                if *from == number && to != from && *to < drawn.members && *in_yen == yen {
                    limits.push(QueueLimit { counterparty: banks[*to].lei, minor: *minor });
                    let (debtor, creditor) = (member(number), member(*to));
                    let relation = Relation { debtor, creditor, currency: code(yen) };
                    given.limits.insert(relation, *minor);
                }
            }
            limits.sort_by_key(|limit| limit.counterparty);
            let terms = QueueTerms { bypass: drawn.bypass.contains(&number), limits };
            let command = world.set_queue_terms(bank, code(yen), terms);
            world.apply(&command);
        }
        if drawn.bypass.contains(&number) {
            given.bypass.insert(member(number));
        }
        if drawn.bad.contains(&number) {
            let mut standing = world.good_standing(bank.party(1));
            standing.status = StandingStatus::Revoked;
            let command = world.sign(&bank.compliance(), Command::SetStanding(standing));
            world.apply(&command);
        }
    }
    let bad: BTreeSet<Member> = drawn.bad.iter().map(|bank| member(*bank)).collect();
    for entry in &mut given.entries {
        let limit = given.limits.get(&entry.relation());
        if bad.contains(&entry.debtor) || bad.contains(&entry.creditor) {
            entry.ineligible = Some(Reason::Standing);
        } else if limit.is_some_and(|limit| entry.minor > *limit) {
            entry.ineligible = Some(Reason::CounterpartyLimit);
        }
    }
}

/// Whether the ledger takes a set, and the ledger after it.
fn settles(world: &World, legs: &[LegId], set: &[usize]) -> (bool, World) {
    let mut world = world.clone();
    let set: Vec<LegId> = set.iter().map(|index| legs[*index]).collect();
    let command = world.settle_queued(&Actor::solver(), &set);
    let receipts = world.block(&[command]).receipts;
    let settled = Outcome::Applied(Effect::Settled);
    (receipts.iter().all(|receipt| receipt.outcome == settled), world)
}

#[test]
fn n1_n2_n3_q4_the_ledger_takes_exactly_the_sets_that_the_check_accepts() {
    let (world, banks) = founded();
    let config = Config { cases: 120, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let (lawful, unlawful) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let several = std::cell::Cell::new(0);
    TestRunner::new_with_rng(config, rng)
        .run(&drawn(), |drawn| {
            let mut world = world.clone();
            let (mut given, legs) = queued(&mut world, &banks, &drawn);
            constrained(&mut world, &banks, &drawn, &mut given);
            let problem = Problem::new(given).unwrap();
            let solution = solve(&problem);
            let mut sets: Vec<Vec<usize>> = vec![solution.settled.clone()];
            for without in 0..solution.settled.len() {
                let mut less = solution.settled.clone();
                less.remove(without);
                sets.push(less);
            }
            for mask in &drawn.masks {
                let chosen = (0..legs.len()).filter(|index| mask & (1 << (index % 32)) != 0);
                sets.push(chosen.collect());
            }
            let more = solution.remaining.iter().map(|more| {
                let set = solution.settled.iter().chain([more]).copied();
                set.collect::<Vec<usize>>()
            });
            sets.extend(more.take(3).collect::<Vec<_>>());
            for set in sets.iter().filter(|set| !set.is_empty()) {
                let accepted = check(&problem, set);
                let (taken, after) = settles(&world, &legs, set);
                prop_assert_eq!(taken, accepted.is_ok(), "{:?}: {:?}", set, accepted);
                let count = if taken { &lawful } else { &unlawful };
                count.set(count.get() + 1);
                several.set(several.get() + u32::from(taken && set.len() > 2));
                if taken && *set == solution.settled {
                    for (position, minor) in &solution.closing {
                        let bank = &banks[usize::try_from(position.member.get()).unwrap()];
                        prop_assert_eq!(after.available(bank, position.currency), *minor);
                    }
                }
            }
            Ok(())
        })
        .unwrap();
    let tried = (lawful.get(), several.get(), unlawful.get());
    assert!(tried.0 > 100 && tried.1 > 50 && tried.2 > 300, "{tried:?}");
}

/// A's second customer is stopped, whose payment stands between two of the first.
#[test]
fn q4_i10_a_frozen_debtor_in_the_middle_of_a_queue_holds_up_nobody() {
    let (mut world, [a, b, c]) = World::funded(10);
    world.appoint_solver();
    world.appoint_compliance();
    let (mut legs, mut given) = (Vec::new(), Given::default());
    for (from, to, customer, minor, priority) in
        [(a, b, 1, 100, 3), (a, c, 2, 50, 2), (a, b, 1, 4, 1), (b, a, 1, 100, 0)]
    {
        let mut payment = world.payment(&from, &to, Money::new(usd(), minor));
        payment.debtor = from.party(customer);
        let command = world.enqueue(&payment, priority);
        assert_eq!(world.apply(&command), Effect::Queued);
        let number = |bank: Bank| member([a, b, c].iter().position(|b| *b == bank).unwrap());
        given.entries.push(Entry {
            debtor: number(from),
            creditor: number(to),
            currency: usd(),
            minor,
            priority,
            sequence: legs.len() as u64,
            ineligible: None,
        });
        legs.push(payment.leg.id());
    }
    for bank in 0..3 {
        given.balances.insert(Position { member: member(bank), currency: usd() }, 10);
    }
    let without = [0, 2, 3];
    let answers = |world: &World, given: &Given| {
        let taken = settles(world, &legs, &without).0;
        assert_eq!(taken, check(&Problem::new(given.clone()).unwrap(), &without).is_ok());
        taken
    };
    assert!(!answers(&world, &given), "who is not stopped is not passed");
    let freeze = world.freeze(FreezeTarget::Party(a.party(2)));
    world.apply(&freeze);
    given.entries[1].ineligible = Some(Reason::Frozen);
    assert!(answers(&world, &given));
    assert!(!settles(&world, &legs, &[0, 1, 3]).0, "the stopped one itself");
    assert_eq!(solve(&Problem::new(given).unwrap()).settled, without);
    let (_, after) = settles(&world, &legs, &without);
    assert_eq!([a, b, c].map(|bank| after.available(&bank, usd())), [6, 14, 10]);
}
