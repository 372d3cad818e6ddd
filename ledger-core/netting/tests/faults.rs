//! What is refused: sets that break a rule, and problems that are none.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::money::Currency;
use ledger_netting::{
    Entry, Fault, Given, Member, Position, Problem, ProblemError, Reason, Relation, check, limits,
    solve,
};

const A: Member = Member::new(0);
const B: Member = Member::new(1);
const C: Member = Member::new(2);

fn usd() -> Currency {
    Currency::new("USD").unwrap()
}

fn entry(debtor: Member, creditor: Member, minor: u128, sequence: u64) -> Entry {
    let currency = usd();
    Entry { debtor, creditor, currency, minor, priority: 0, sequence, ineligible: None }
}

fn position(member: Member) -> Position {
    Position { member, currency: usd() }
}

const fn relation(debtor: Member, creditor: Member, currency: Currency) -> Relation {
    Relation { debtor, creditor, currency }
}

/// A ring, and a second payment of its first member; everything settles.
fn good() -> (Given, Vec<usize>) {
    let entries = vec![entry(A, B, 5, 0), entry(B, C, 5, 1), entry(C, A, 5, 2), entry(A, B, 2, 3)];
    let balances = BTreeMap::from([(position(A), 2)]);
    let limits = BTreeMap::from([(relation(A, B, usd()), 7)]);
    (Given { entries, balances, limits, bypass: BTreeSet::new() }, vec![0, 1, 2, 3])
}

type Change = fn(&mut Given, &mut Vec<usize>);

/// Faults in the order in which they are named.
fn faults() -> Vec<(Fault, Change)> {
    let currency = usd();
    vec![
        (Fault::Unknown { entry: 9 }, |_, set| set.push(9)),
        (Fault::Twice { entry: 3 }, |_, set| set.push(3)),
        (Fault::Ineligible { entry: 1, reason: Reason::Frozen }, |given, _| {
            given.entries[1].ineligible = Some(Reason::Frozen);
        }),
        (Fault::OutOfOrder { entry: 0, ahead: 4 }, |given, _| {
            given.entries.push(Entry { priority: 1, ..entry(A, C, 1, 4) });
        }),
        (Fault::Overdrawn { member: A, currency, short: 1 }, |given, _| {
            given.balances.insert(position(A), 1);
        }),
        (Fault::LimitExceeded { debtor: A, creditor: B, currency, excess: 1 }, |given, _| {
            given.limits.insert(relation(A, B, usd()), 6);
        }),
    ]
}

#[test]
fn n3_each_fault_refuses_the_whole_set_and_of_two_the_first_is_named() {
    let (given, set) = good();
    assert_eq!(check(&Problem::new(given.clone()).unwrap(), &set), Ok(()));
    let faults = faults();
    for (at, (expected, change)) in faults.iter().enumerate() {
        let (mut given, mut set) = (given.clone(), set.clone());
        change(&mut given, &mut set);
        assert_eq!(check(&Problem::new(given.clone()).unwrap(), &set), Err(*expected));
        for (_, second) in &faults[at + 1..] {
            let (mut given, mut set) = (given.clone(), set.clone());
            second(&mut given, &mut set);
            assert_eq!(check(&Problem::new(given).unwrap(), &set), Err(*expected));
        }
    }
}

#[test]
fn n1_an_entry_may_pass_one_that_is_ineligible_or_whose_debtor_chose_bypass() {
    let (mut given, set) = good();
    given.entries.push(Entry { priority: 1, ..entry(A, C, 1, 4) });
    let out_of_order = Err(Fault::OutOfOrder { entry: 0, ahead: 4 });
    assert_eq!(check(&Problem::new(given.clone()).unwrap(), &set), out_of_order);
    for reason in Reason::ALL {
        let mut given = given.clone();
        given.entries[4].ineligible = Some(reason);
        assert_eq!(check(&Problem::new(given).unwrap(), &set), Ok(()), "{reason:?}");
    }
    given.bypass = BTreeSet::from([B, C]);
    assert_eq!(check(&Problem::new(given.clone()).unwrap(), &set), out_of_order);
    given.bypass = BTreeSet::from([A]);
    assert_eq!(check(&Problem::new(given).unwrap(), &set), Ok(()));
}

#[test]
fn n1_urgency_goes_before_arrival_and_arrival_before_the_index() {
    let mut entries =
        vec![entry(A, B, 1, 7), entry(A, B, 1, 3), entry(B, A, 1, 3), entry(A, B, 1, 9)];
    entries[3].priority = 1;
    let problem = Problem::new(Given { entries, ..Given::default() }).unwrap();
    let order: Vec<usize> = problem.queue().map(|(index, _)| index).collect();
    assert_eq!(order, [3, 1, 2, 0]);
}

#[test]
fn n3_the_empty_set_and_the_empty_queue_are_lawful() {
    let (given, _) = good();
    assert_eq!(check(&Problem::new(given).unwrap(), &[]), Ok(()));
    let empty = Problem::new(Given::default()).unwrap();
    assert_eq!(check(&empty, &[]), Ok(()));
    assert_eq!(check(&empty, &[0]), Err(Fault::Unknown { entry: 0 }));
    assert!(solve(&empty).settled.is_empty());
}

#[test]
fn what_is_no_problem_is_refused_by_name() {
    type Row = (ProblemError, fn(&mut Given));
    let rows: [Row; 6] = [
        (ProblemError::PaysItself { entry: 1 }, |given| given.entries[1].creditor = B),
        (ProblemError::PaysNothing { entry: 2 }, |given| given.entries[2].minor = 0),
        (ProblemError::SamePlace { entry: 3, other: 0 }, |given| given.entries[3].sequence = 0),
        (ProblemError::LimitsItself { member: B }, |given| {
            given.limits.insert(relation(B, B, usd()), 1);
        }),
        (ProblemError::Overflow { currency: usd() }, |given| {
            given.balances.insert(position(C), u128::MAX - 18);
        }),
        (ProblemError::Overflow { currency: usd() }, |given| {
            given.entries[0].minor = u128::MAX;
        }),
    ];
    for (expected, change) in rows {
        let (mut given, _) = good();
        change(&mut given);
        assert_eq!(Problem::new(given).map(|_| ()), Err(expected));
    }
}

#[test]
fn n6_every_list_has_a_maximum() {
    let queue = |count: usize| Given {
        entries: (0u64..).take(count).map(|sequence| entry(A, B, 1, sequence)).collect(),
        ..Given::default()
    };
    assert!(Problem::new(queue(limits::MAX_ENTRIES)).is_ok());
    let error = Problem::new(queue(limits::MAX_ENTRIES + 1)).map(|_| ());
    assert_eq!(error, Err(ProblemError::TooManyEntries));

    let numbers = |count: usize| (1u32..).take(count).map(Member::new);
    let balances = |count| Given {
        balances: numbers(count).map(|member| (position(member), 1)).collect(),
        ..Given::default()
    };
    assert!(Problem::new(balances(limits::MAX_BALANCES)).is_ok());
    let error = Problem::new(balances(limits::MAX_BALANCES + 1)).map(|_| ());
    assert_eq!(error, Err(ProblemError::TooManyBalances));

    let most = |count| Given {
        limits: numbers(count).map(|member| (relation(A, member, usd()), 1)).collect(),
        ..Given::default()
    };
    assert!(Problem::new(most(limits::MAX_LIMITS)).is_ok());
    let error = Problem::new(most(limits::MAX_LIMITS + 1)).map(|_| ());
    assert_eq!(error, Err(ProblemError::TooManyLimits));

    let bypass = |count| Given { bypass: numbers(count).collect(), ..Given::default() };
    assert!(Problem::new(bypass(limits::MAX_BYPASS)).is_ok());
    let error = Problem::new(bypass(limits::MAX_BYPASS + 1)).map(|_| ());
    assert_eq!(error, Err(ProblemError::TooManyBypasses));
}

#[test]
fn n2_amounts_at_the_end_of_the_range_settle_exactly() {
    let half = u128::MAX / 2;
    let entries = vec![entry(A, B, half, 0), entry(B, A, half, 1)];
    let balances = BTreeMap::from([(position(A), 1)]);
    let widest = BTreeMap::from([(relation(A, B, usd()), u128::MAX)]);
    let given = Given { entries, balances, limits: widest, bypass: BTreeSet::new() };
    let problem = Problem::new(given.clone()).unwrap();
    let solution = solve(&problem);
    assert_eq!(solution.settled, [0, 1]);
    assert_eq!(solution.closing, BTreeMap::from([(position(A), 1), (position(B), 0)]));
    assert_eq!(check(&problem, &solution.settled), Ok(()));
    let short = Fault::Overdrawn { member: B, currency: usd(), short: half };
    assert_eq!(check(&problem, &[1]), Err(short));

    let none = BTreeMap::from([(relation(B, A, usd()), 0)]);
    let problem = Problem::new(Given { limits: none, ..given }).unwrap();
    assert_eq!(solve(&problem).settled, [0, 1], "net nothing is within a limit of nothing");
}
