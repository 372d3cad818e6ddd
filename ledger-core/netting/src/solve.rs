//! The largest netting set of a queue, and what each way of settling contributes to it.
//!
//! Without bypass the lawful sets are closed under union: take any two, and of each queue the
//! longer of both prefixes. Its debtor pays what it pays in one of them and receives at least as
//! much, so its balance and its limits hold. So one set contains all others. The solver starts
//! from every eligible entry and, while a bound is broken, drops the last entry of the queue it
//! belongs to. No lawful set within what is left contains that entry, since it would pay as much
//! and receive no more; so nothing of the largest set is ever dropped, and what remains is it,
//! whatever the order of dropping.
//!
//! With bypass the family is no longer closed, and a best set is hard to find in general (a single
//! member's choice among its own entries is a knapsack). There the solver keeps the largest set
//! without bypass and adds what fits, in queue order; it claims nothing about what it leaves.
//!
//! # Place      [`Problem`] -> [solve] -> [`Solution`], which [`crate::check()`] accepts
//! # Invariants N1, N2, N4; N5 stages add up to the set; N6 each entry is dropped at most once
//! # Absent     choice among lawful sets by anybody's interest: there is one largest set

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::money::Currency;

use crate::{
    book::Book,
    limits::{MAX_BYPASS_ROUNDS, MAX_OFFSET_ROUNDS},
    problem::{Position, Problem},
};

/// How an entry of the set could settle: the first of these that suffices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Alone and in its turn, with the liquidity at hand and what others that settle alone bring.
    Gross,
    /// Together with payments between the same two members the other way round, or by what such
    /// pairs bring.
    Bilateral,
    /// Only together with other members' payments.
    Multilateral,
    /// Past a blocked entry of its debtor, or by what such entries bring.
    Bypass,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: [Self; 4] = [Self::Gross, Self::Bilateral, Self::Multilateral, Self::Bypass];

    /// Its stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gross => "gross",
            Self::Bilateral => "bilateral",
            Self::Multilateral => "multilateral",
            Self::Bypass => "bypass",
        }
    }
}

/// Entries of one kind, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// How many.
    pub count: usize,
    /// How much, in minor units.
    pub value: u128,
}

/// A set in one currency, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// What each stage adds; every stage is named.
    pub stages: BTreeMap<Stage, Share>,
    /// The value of all payments of the set.
    pub gross: u128,
    /// The liquidity it uses: over all members, what each pays beyond what it receives.
    pub net: u128,
}

/// A netting set and where it leaves everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solution {
    /// Indices of the entries that settle, in queue order.
    pub settled: Vec<usize>,
    /// Indices of all others, in queue order.
    pub remaining: Vec<usize>,
    /// Every balance after the set.
    pub closing: BTreeMap<Position, u128>,
    /// The set in numbers, for every currency of the problem.
    pub figures: BTreeMap<Currency, Figures>,
    /// Looks at entries and bounds until it was found.
    pub steps: u64,
}

/// Finds the largest netting set, and beyond it what members' own bypass lets through.
#[must_use]
pub fn solve(problem: &Problem) -> Solution {
    let mut book = Book::new(problem);
    offset(&mut book);
    resolve(&mut book, Stage::Multilateral);
    bypass(&mut book);
    Solution::of(&book)
}

/// Settles heads one by one, from the queues on the agenda on, while any fits. Which one goes
/// first makes no difference: a head that fits still fits after others have settled.
///
/// Returns the queues that have changed or have more room.
fn one_by_one(book: &mut Book<'_>, mut agenda: Vec<usize>, stage: Stage) -> BTreeSet<usize> {
    let mut touched: BTreeSet<usize> = agenda.iter().copied().collect();
    while let Some(queue) = agenda.pop() {
        while let Some(entry) = book.head(queue) {
            let Some(way) = book.way(entry).filter(|way| book.minor(entry) <= book.room(*way))
            else {
                break;
            };
            book.enter(entry);
            book.mark(entry, stage);
            agenda.push(way.credit);
            touched.insert(way.credit);
        }
    }
    touched
}

/// Settles what can alone, then offsets pairs, each followed by what that frees.
fn offset(book: &mut Book<'_>) {
    let mut touched = one_by_one(book, (0..book.queues()).rev().collect(), Stage::Gross);
    for _ in 0..MAX_OFFSET_ROUNDS {
        let mut moved = Vec::new();
        for queue in touched {
            moved.extend(offset_pair(book, queue));
        }
        if moved.is_empty() {
            return;
        }
        touched = one_by_one(book, moved, Stage::Bilateral);
    }
}

/// Settles the most that two queues whose heads pay each other can settle between themselves.
/// Returns both queues if that was anything.
fn offset_pair(book: &mut Book<'_>, queue: usize) -> Vec<usize> {
    let Some(way) = book.head(queue).and_then(|entry| book.way(entry)) else { return Vec::new() };
    let Some(way_back) = book.head(way.credit).and_then(|entry| book.way(entry)) else {
        return Vec::new();
    };
    if way_back.credit != queue {
        return Vec::new();
    }
    let mut forth = book.run_towards(queue, way.credit);
    let mut back = book.run_towards(way.credit, queue);
    let (room, room_back) = (book.room(way), book.room(way_back));
    let (mut paid, mut paid_back) = (total(book, &forth), total(book, &back));
    loop {
        book.step();
        if paid > room.saturating_add(paid_back) {
            let Some(entry) = forth.pop() else { break };
            paid = paid.saturating_sub(book.minor(entry));
        } else if paid_back > room_back.saturating_add(paid) {
            let Some(entry) = back.pop() else { break };
            paid_back = paid_back.saturating_sub(book.minor(entry));
        } else {
            break;
        }
    }
    let settled: Vec<usize> = forth.into_iter().chain(back).collect();
    for &entry in &settled {
        book.enter(entry);
        book.mark(entry, Stage::Bilateral);
    }
    if settled.is_empty() { Vec::new() } else { vec![queue, way.credit] }
}

fn total(book: &mut Book<'_>, entries: &[usize]) -> u128 {
    let mut total: u128 = 0;
    for &entry in entries {
        book.step();
        total = total.saturating_add(book.minor(entry));
    }
    total
}

/// Adds the largest set that what waits can form, on top of what has settled.
fn resolve(book: &mut Book<'_>, stage: Stage) {
    let mut lines: Vec<Vec<usize>> = (0..book.queues()).map(|queue| book.waiting(queue)).collect();
    for &entry in lines.iter().flatten() {
        book.enter(entry);
    }
    let mut agenda: Vec<usize> = (0..book.bounds()).collect();
    while let Some(bound) = agenda.pop() {
        while let Some(queue) = book.broken(bound) {
            let Some(entry) = lines.get_mut(queue).and_then(Vec::pop) else { break };
            agenda.extend(book.leave(entry));
        }
    }
    for entry in lines.into_iter().flatten() {
        book.mark(entry, stage);
    }
}

/// Lets entries of members that chose so pass their blocked heads, one by one in queue order, and
/// then whatever that frees.
fn bypass(book: &mut Book<'_>) {
    let problem = book.problem();
    let passing: Vec<usize> = problem
        .queue()
        .filter(|(_, entry)| entry.ineligible.is_none() && problem.bypasses(entry.debtor))
        .map(|(index, _)| index)
        .collect();
    for _ in 0..MAX_BYPASS_ROUNDS {
        let mut any = false;
        for &entry in &passing {
            book.step();
            let fits = book.way(entry).is_some_and(|way| book.minor(entry) <= book.room(way));
            if fits && book.stage(entry).is_none() {
                book.enter(entry);
                book.mark(entry, Stage::Bypass);
                any = true;
            }
        }
        if !any {
            return;
        }
        resolve(book, Stage::Bypass);
    }
}

impl Solution {
    fn of(book: &Book<'_>) -> Self {
        let none = || Stage::ALL.into_iter().map(|stage| (stage, Share::default())).collect();
        let empty = || Figures { stages: none(), gross: 0, net: 0 };
        let mut figures: BTreeMap<Currency, Figures> = BTreeMap::new();
        let mut closing = BTreeMap::new();
        for (position, end) in book.closing() {
            closing.insert(position, end.balance);
            let figures = figures.entry(position.currency).or_insert_with(empty);
            figures.net = figures.net.saturating_add(end.net_debit);
        }
        let (mut settled, mut remaining) = (Vec::new(), Vec::new());
        for (index, entry) in book.problem().queue() {
            let Some(stage) = book.stage(index) else {
                remaining.push(index);
                continue;
            };
            settled.push(index);
            let figures = figures.entry(entry.currency).or_insert_with(empty);
            figures.gross = figures.gross.saturating_add(entry.minor);
            let share = figures.stages.entry(stage).or_default();
            share.count = share.count.saturating_add(1);
            share.value = share.value.saturating_add(entry.minor);
        }
        Self { settled, remaining, closing, figures, steps: book.steps() }
    }
}
