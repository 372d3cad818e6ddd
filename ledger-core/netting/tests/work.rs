//! How much work a queue costs: looks at entries and bounds are counted, not time.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::money::Currency;
use ledger_netting::{
    Entry, Given, Member, Position, Problem, Relation, Solution, Stage, check, limits, solve,
};

fn usd() -> Currency {
    Currency::new("USD").unwrap()
}

/// Steps per entry, balance and limit without bypass.
const STEPS: u64 = 16;
/// The same with bypass, which searches anew in each of its rounds.
const STEPS_WITH_BYPASS: u64 = 60;

fn entry(debtor: u32, creditor: u32, minor: u128, sequence: u64) -> Entry {
    let (debtor, creditor) = (Member::new(debtor), Member::new(creditor));
    let currency = usd();
    Entry { debtor, creditor, currency, minor, priority: 0, sequence, ineligible: None }
}

fn position(member: u32) -> Position {
    Position { member: Member::new(member), currency: usd() }
}

fn solved(name: &str, given: Given) -> Solution {
    let size = given.entries.len() + given.balances.len() + given.limits.len();
    let each = if given.bypass.is_empty() { STEPS } else { STEPS_WITH_BYPASS };
    let problem = Problem::new(given).unwrap();
    let solution = solve(&problem);
    assert_eq!(check(&problem, &solution.settled), Ok(()), "{name}");
    let most = each * u64::try_from(size).unwrap();
    assert!(solution.steps <= most, "{name}: {} steps, at most {most}", solution.steps);
    solution
}

/// Numbers that look drawn and are the same every time.
struct Draws(u64);

impl Draws {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % bound
    }

    fn member(&mut self, members: u64) -> u32 {
        u32::try_from(self.below(members)).unwrap()
    }
}

fn drawn(entries: usize, members: u64, cover: u128, bypass: bool) -> Given {
    let mut draws = Draws(7);
    let queue = (0u64..).take(entries).map(|sequence| {
        let debtor = draws.member(members);
        let creditor = loop {
            let other = draws.member(members);
            if other != debtor {
                break other;
            }
        };
        let minor = u128::from(draws.below(100_000) + 1);
        let priority = draws.member(3);
        Entry { priority, ..entry(debtor, creditor, minor, sequence) }
    });
    let entries: Vec<Entry> = queue.collect();
    let all = || (0..).take(usize::try_from(members).unwrap());
    let limits = all().map(|debtor| Relation {
        debtor: Member::new(debtor),
        creditor: Member::new((debtor + 1) % u32::try_from(members).unwrap()),
        currency: usd(),
    });
    Given {
        entries,
        balances: all().map(|member| (position(member), cover)).collect(),
        limits: limits.map(|relation| (relation, 100_000)).collect(),
        bypass: if bypass { all().map(Member::new).collect() } else { BTreeSet::new() },
    }
}

#[test]
fn n6_ten_thousand_entries_of_a_hundred_members_take_bounded_steps() {
    for cover in [0, 1_000, 100_000, 1_000_000, 100_000_000] {
        for bypass in [false, true] {
            solved(&format!("{cover} {bypass}"), drawn(10_000, 100, cover, bypass));
        }
    }
}

#[test]
fn n6_the_longest_queue_takes_bounded_steps() {
    let solution = solved("longest", drawn(limits::MAX_ENTRIES, 1_000, 1_000_000, true));
    assert!(!solution.settled.is_empty() && !solution.remaining.is_empty());
}

/// A ring of ten thousand that unravels one by one when its first member is one unit short.
#[test]
fn n6_a_ring_unravels_in_bounded_steps() {
    let members = 10_000u32;
    let ring = |cover| Given {
        entries: (0..members)
            .map(|at| {
                let minor = if at == 0 { 6 } else { 5 };
                entry(at, (at + 1) % members, minor, u64::from(at))
            })
            .collect(),
        balances: BTreeMap::from([(position(0), cover)]),
        ..Given::default()
    };
    assert!(solved("short", ring(0)).settled.is_empty());
    assert!(solved("enough", ring(1)).remaining.is_empty());
}

/// Two members' long runs against each other, of which hardly anything fits.
#[test]
fn n6_two_long_runs_are_offset_in_bounded_steps() {
    let half = 5_000u64;
    let forth = (0..half).map(|sequence| entry(0, 1, 2, sequence));
    let back =
        (0..half).map(|sequence| entry(1, 0, if sequence < 10 { 2 } else { 50_000 }, sequence));
    let given = Given { entries: forth.chain(back).collect(), ..Given::default() };
    assert_eq!(solved("runs", given).settled.len(), 20);
}

/// Every pair that is offset frees the next one: more of them than there are rounds.
#[test]
fn n5_n6_offsets_that_free_each_other_settle_all_the_same() {
    let links = 2 * u32::try_from(limits::MAX_OFFSET_ROUNDS).unwrap();
    let mut entries = Vec::new();
    for link in 0..links {
        let (left, right) = (2 * link, 2 * link + 1);
        let at = |place: u64| u64::from(link) * 4 + place;
        // The pair needs one unit, which the pair before it brings and this one hands on.
        entries.push(entry(left, right, 5, at(0)));
        entries.push(entry(right, left, 4, at(1)));
        entries.push(entry(right, right + 1, 1, at(2)));
    }
    let given = Given { entries, balances: BTreeMap::from([(position(0), 1)]), ..Given::default() };
    let solution = solved("links", given);
    assert!(solution.remaining.is_empty());
    let stages = &solution.figures[&usd()].stages;
    assert!(stages[&Stage::Bilateral].count > limits::MAX_OFFSET_ROUNDS);
    assert!(stages[&Stage::Multilateral].count > 0, "there are more offsets than rounds");
}
