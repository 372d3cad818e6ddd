//! Whether a proposed netting set keeps the rules.
//!
//! Whoever proposes a set need not be trusted: this looks at each entry a few times, knows nothing
//! of how the set was found, and keeps sums of its own. Of several faults the first in the order of
//! [`Fault`] is named.
//!
//! # Place      a set by [`crate::solve()`] or by anybody -> [check] -> settle all, or nothing
//! # Invariants N1 order; N2 cover and limits; N3 the answer is about the whole set
//! # Absent     whether a larger set exists: a small one is lawful, and so is the empty one

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::money::Currency;

use crate::problem::{Member, Position, Problem, Reason, Relation};

/// Why a proposed set must not settle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Fault {
    /// The set names something that is not in the queue.
    #[error("there is no entry {entry}")]
    Unknown {
        /// Its index.
        entry: usize,
    },
    /// The set names an entry more than once.
    #[error("entry {entry} is named twice")]
    Twice {
        /// Its index.
        entry: usize,
    },
    /// An entry cannot settle at all.
    #[error("entry {entry} cannot settle: {}", reason.code())]
    Ineligible {
        /// Its index.
        entry: usize,
        /// Why.
        reason: Reason,
    },
    /// An entry would pass one that its debtor queued ahead of it.
    #[error("entry {entry} would pass entry {ahead} of the same debtor and currency")]
    OutOfOrder {
        /// Its index.
        entry: usize,
        /// The first that is left out.
        ahead: usize,
    },
    /// A member would pay more than it has.
    #[error("{member} would be {short} minor units of {currency} short")]
    Overdrawn {
        /// Which member.
        member: Member,
        /// In which currency.
        currency: Currency,
        /// How much is missing.
        short: u128,
    },
    /// A member would pay a counterparty more than it allows.
    #[error("{debtor} would pay {creditor} {excess} minor units of {currency} beyond its limit")]
    LimitExceeded {
        /// Whose limit.
        debtor: Member,
        /// Towards whom.
        creditor: Member,
        /// In which currency.
        currency: Currency,
        /// How much too much.
        excess: u128,
    },
}

/// What went out and what came in.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    paid: u128,
    received: u128,
}

impl Sums {
    /// What is paid beyond what is received and `cover`.
    const fn beyond(self, cover: u128) -> u128 {
        self.paid.saturating_sub(self.received.saturating_add(cover))
    }
}

/// Checks a set of indices of the problem's entries, in any order.
///
/// # Errors
/// The first [`Fault`].
pub fn check(problem: &Problem, set: &[usize]) -> Result<(), Fault> {
    let chosen = chosen(problem, set)?;
    in_order(problem, &chosen)?;
    let mut positions: BTreeMap<Position, Sums> = BTreeMap::new();
    let mut relations: BTreeMap<Relation, Sums> = BTreeMap::new();
    // No sum saturates: a problem's balances and amounts are countable together.
    for entry in chosen.iter().filter_map(|&index| problem.entry(index)) {
        let paid = |sums: &mut Sums| sums.paid = sums.paid.saturating_add(entry.minor);
        let received = |sums: &mut Sums| sums.received = sums.received.saturating_add(entry.minor);
        paid(positions.entry(entry.debit()).or_default());
        received(positions.entry(entry.credit()).or_default());
        paid(relations.entry(entry.relation()).or_default());
        received(relations.entry(entry.relation().reversed()).or_default());
    }
    let given = problem.given();
    for (position, sums) in &positions {
        let short = sums.beyond(given.balances.get(position).copied().unwrap_or_default());
        if short > 0 {
            let Position { member, currency } = *position;
            return Err(Fault::Overdrawn { member, currency, short });
        }
    }
    for (relation, limit) in &given.limits {
        let excess = relations.get(relation).map_or(0, |sums| sums.beyond(*limit));
        if excess > 0 {
            let Relation { debtor, creditor, currency } = *relation;
            return Err(Fault::LimitExceeded { debtor, creditor, currency, excess });
        }
    }
    Ok(())
}

fn chosen(problem: &Problem, set: &[usize]) -> Result<BTreeSet<usize>, Fault> {
    let unknown = set.iter().filter(|&&index| problem.entry(index).is_none()).min();
    if let Some(&entry) = unknown {
        return Err(Fault::Unknown { entry });
    }
    let mut chosen = BTreeSet::new();
    match set.iter().find(|&&index| !chosen.insert(index)) {
        Some(&entry) => Err(Fault::Twice { entry }),
        None => Ok(chosen),
    }
}

fn in_order(problem: &Problem, chosen: &BTreeSet<usize>) -> Result<(), Fault> {
    let ineligible = problem
        .queue()
        .filter(|(index, _)| chosen.contains(index))
        .find_map(|(index, entry)| Some((index, entry.ineligible?)));
    if let Some((entry, reason)) = ineligible {
        return Err(Fault::Ineligible { entry, reason });
    }
    // The first eligible entry of each queue that is left out.
    let mut left_out: BTreeMap<Position, usize> = BTreeMap::new();
    for (index, entry) in problem.queue() {
        if entry.ineligible.is_some() || problem.bypasses(entry.debtor) {
            continue;
        }
        if !chosen.contains(&index) {
            left_out.entry(entry.debit()).or_insert(index);
        } else if let Some(&ahead) = left_out.get(&entry.debit()) {
            return Err(Fault::OutOfOrder { entry: index, ahead });
        }
    }
    Ok(())
}
