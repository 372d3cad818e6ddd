//! What has been paid and received within a set that grows, against what each member has.
//!
//! Balances and counterparty limits are kept by the same arithmetic: a *bound* belongs to one
//! queue, covers something, falls by what that queue pays and rises by what others pay. It holds
//! while paid <= cover + received. That no bound falls by another queue's payments is what makes
//! the largest set unique (N4).
//!
//! # Place      under [`crate::solve()`], which decides what to enter
//! # Invariants N2 an entry that fits leaves every bound of its debtor holding
//! # Absent     the rules of a proposed set: [`crate::check()`] keeps sums of its own

use std::collections::BTreeMap;

use crate::{
    problem::{Entry, Position, Problem, Relation},
    solve::Stage,
};

/// A balance, or what a limit allows towards one counterparty.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    /// The queue whose payments use it.
    queue: usize,
    /// The balance at hand, or the limit.
    cover: u128,
    /// What the set takes from it.
    paid: u128,
    /// What the set adds to it.
    received: u128,
}

impl Bound {
    const fn new(queue: usize, cover: u128) -> Self {
        Self { queue, cover, paid: 0, received: 0 }
    }

    /// What can still be paid. A sum that saturates is a limit beyond all amounts together.
    const fn room(&self) -> u128 {
        self.cover.saturating_add(self.received).saturating_sub(self.paid)
    }

    const fn holds(&self) -> bool {
        self.paid <= self.cover.saturating_add(self.received)
    }
}

/// The bounds that an entry moves. A queue and the balance it pays from have one number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    /// Its debtor's queue and balance.
    pub(crate) debit: usize,
    /// Its creditor's queue and balance.
    pub(crate) credit: usize,
    /// What its debtor allows towards its creditor.
    limit: Option<usize>,
    /// What its creditor allows towards its debtor.
    relief: Option<usize>,
}

/// Eligible entries of one debtor in one currency, in order.
#[derive(Clone, Debug, Default)]
struct Queue {
    entries: Vec<usize>,
    /// All before it are settled.
    head: usize,
}

/// A set that grows.
#[derive(Debug)]
pub(crate) struct Book<'a> {
    problem: &'a Problem,
    bounds: Vec<Bound>,
    positions: Vec<Position>,
    queues: Vec<Queue>,
    /// By entry.
    ways: Vec<Option<Way>>,
    /// By entry: the stage in which it settled.
    stages: Vec<Option<Stage>>,
    /// Looks at entries and bounds.
    steps: u64,
}

impl<'a> Book<'a> {
    /// The empty set.
    pub(crate) fn new(problem: &'a Problem) -> Self {
        let given = problem.given();
        let mut positions: Vec<Position> = given.balances.keys().copied().collect();
        positions.extend(given.entries.iter().flat_map(|entry| [entry.debit(), entry.credit()]));
        positions.sort_unstable();
        positions.dedup();
        let numbers: BTreeMap<Position, usize> =
            positions.iter().enumerate().map(|(number, position)| (*position, number)).collect();
        let mut bounds: Vec<Bound> = positions
            .iter()
            .enumerate()
            .map(|(queue, position)| {
                Bound::new(queue, given.balances.get(position).copied().unwrap_or_default())
            })
            .collect();
        let mut limits: BTreeMap<Relation, usize> = BTreeMap::new();
        for (relation, minor) in &given.limits {
            let debit = Position { member: relation.debtor, currency: relation.currency };
            if let Some(&queue) = numbers.get(&debit) {
                limits.insert(*relation, bounds.len());
                bounds.push(Bound::new(queue, *minor));
            }
        }
        let way = |entry: &Entry| {
            let relation = entry.relation();
            Some(Way {
                debit: *numbers.get(&entry.debit())?,
                credit: *numbers.get(&entry.credit())?,
                limit: limits.get(&relation).copied(),
                relief: limits.get(&relation.reversed()).copied(),
            })
        };
        let ways: Vec<Option<Way>> = given.entries.iter().map(way).collect();
        let mut queues = vec![Queue::default(); positions.len()];
        for (index, entry) in problem.queue().filter(|(_, entry)| entry.ineligible.is_none()) {
            let queue = numbers.get(&entry.debit()).and_then(|number| queues.get_mut(*number));
            if let Some(queue) = queue {
                queue.entries.push(index);
            }
        }
        let stages = vec![None; given.entries.len()];
        Self { problem, bounds, positions, queues, ways, stages, steps: 0 }
    }

    pub(crate) const fn problem(&self) -> &'a Problem {
        self.problem
    }

    pub(crate) const fn steps(&self) -> u64 {
        self.steps
    }

    pub(crate) const fn step(&mut self) {
        self.steps = self.steps.saturating_add(1);
    }

    pub(crate) const fn queues(&self) -> usize {
        self.queues.len()
    }

    pub(crate) const fn bounds(&self) -> usize {
        self.bounds.len()
    }

    pub(crate) fn way(&self, entry: usize) -> Option<Way> {
        self.ways.get(entry).copied().flatten()
    }

    pub(crate) fn minor(&self, entry: usize) -> u128 {
        self.problem.entry(entry).map_or(0, |entry| entry.minor)
    }

    /// The stage in which an entry settled.
    pub(crate) fn stage(&self, entry: usize) -> Option<Stage> {
        self.stages.get(entry).copied().flatten()
    }

    /// The first entry of a queue that has not settled.
    pub(crate) fn head(&mut self, queue: usize) -> Option<usize> {
        loop {
            self.step();
            let queue = self.queues.get_mut(queue)?;
            let entry = *queue.entries.get(queue.head)?;
            if self.stages.get(entry)?.is_none() {
                return Some(entry);
            }
            queue.head = queue.head.saturating_add(1);
        }
    }

    /// All entries of a queue that have not settled.
    pub(crate) fn waiting(&self, queue: usize) -> Vec<usize> {
        let entries = self.queues.get(queue).map(|queue| queue.entries.as_slice());
        let waiting = entries.unwrap_or_default().iter().copied();
        waiting.filter(|entry| self.stage(*entry).is_none()).collect()
    }

    /// The entries from the head of a queue on that pay one creditor, up to the first that does
    /// not. Before bypass nothing behind the head has settled.
    pub(crate) fn run_towards(&self, queue: usize, creditor: usize) -> Vec<usize> {
        let Some(queue) = self.queues.get(queue) else { return Vec::new() };
        let waiting = queue.entries.iter().skip(queue.head).copied();
        let pays = |entry: &usize| self.way(*entry).is_some_and(|way| way.credit == creditor);
        waiting.take_while(pays).collect()
    }

    /// What the debtor of an entry can still pay on its way.
    pub(crate) fn room(&self, way: Way) -> u128 {
        let room = |bound: usize| self.bounds.get(bound).map_or(0, Bound::room);
        way.limit.map_or(u128::MAX, room).min(room(way.debit))
    }

    /// The queue that a broken bound belongs to; nothing while it holds.
    pub(crate) fn broken(&mut self, bound: usize) -> Option<usize> {
        self.step();
        let bound = self.bounds.get(bound)?;
        (!bound.holds()).then_some(bound.queue)
    }

    /// Counts an entry without looking whether it fits.
    pub(crate) fn enter(&mut self, entry: usize) {
        self.move_by(entry, u128::saturating_add);
    }

    /// Takes an entry out again, and says which bounds it no longer supports.
    pub(crate) fn leave(&mut self, entry: usize) -> impl Iterator<Item = usize> + use<> {
        self.move_by(entry, u128::saturating_sub);
        let way = self.way(entry);
        way.into_iter().flat_map(|way| [Some(way.credit), way.relief].into_iter().flatten())
    }

    /// Notes the stage of an entry that has been entered.
    pub(crate) fn mark(&mut self, entry: usize, stage: Stage) {
        if let Some(mark) = self.stages.get_mut(entry) {
            *mark = Some(stage);
        }
    }

    fn move_by(&mut self, entry: usize, change: fn(u128, u128) -> u128) {
        self.step();
        let Some(way) = self.way(entry) else { return };
        let minor = self.minor(entry);
        for bound in [Some(way.debit), way.limit].into_iter().flatten() {
            if let Some(bound) = self.bounds.get_mut(bound) {
                bound.paid = change(bound.paid, minor);
            }
        }
        for bound in [Some(way.credit), way.relief].into_iter().flatten() {
            if let Some(bound) = self.bounds.get_mut(bound) {
                bound.received = change(bound.received, minor);
            }
        }
    }

    /// Every position with its closing balance and what it paid beyond what it received.
    pub(crate) fn closing(&self) -> impl Iterator<Item = (Position, Closing)> {
        self.positions.iter().zip(&self.bounds).map(|(position, bound)| {
            let net_debit = bound.paid.saturating_sub(bound.received);
            (*position, Closing { balance: bound.room(), net_debit })
        })
    }
}

/// How a position ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Closing {
    /// Its balance.
    pub(crate) balance: u128,
    /// What it paid beyond what it received.
    pub(crate) net_debit: u128,
}
