//! The queue, the balances and the members' own choices, as the solver and the check see them.
//!
//! # Place      built by whoever knows the queue; read by [`crate::solve()`] and [`crate::check()`]
//! # Invariants N1 every entry has one place in its debtor's queue; N2 sums of a currency are
//! #            countable
//! # Absent     names, decimals: members are numbers, amounts are minor units

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use ledger_core::money::Currency;

use crate::limits::{MAX_BALANCES, MAX_BYPASS, MAX_ENTRIES, MAX_LIMITS};

/// A member, by the number its caller gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member(u32);

impl Member {
    /// The member with this number.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl std::fmt::Display for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "member {}", self.0)
    }
}

/// What a member has in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Whose.
    pub member: Member,
    /// Of which currency.
    pub currency: Currency,
}

/// A debtor's dealings with one creditor in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Relation {
    /// Who pays.
    pub debtor: Member,
    /// Who is paid.
    pub creditor: Member,
    /// In which currency.
    pub currency: Currency,
}

impl Relation {
    /// The same dealings seen from the other side.
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self { debtor: self.creditor, creditor: self.debtor, currency: self.currency }
    }
}

/// Why an entry cannot settle at all, so that those behind it may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Its time is over.
    Expired,
    /// One of its accounts is frozen.
    Frozen,
    /// The standing of one of its customers does not allow it.
    Standing,
    /// It alone exceeds what its debtor allows towards its creditor.
    CounterpartyLimit,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 4] =
        [Self::Expired, Self::Frozen, Self::Standing, Self::CounterpartyLimit];

    /// Its stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Frozen => "frozen",
            Self::Standing => "standing",
            Self::CounterpartyLimit => "counterparty_limit",
        }
    }

    /// The reason with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

/// A queued payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Who pays.
    pub debtor: Member,
    /// Who is paid.
    pub creditor: Member,
    /// In which currency.
    pub currency: Currency,
    /// How many minor units.
    pub minor: u128,
    /// How urgent: a larger number goes first.
    pub priority: u32,
    /// When it arrived: of two with one priority the smaller number goes first.
    pub sequence: u64,
    /// Why it cannot settle, if it cannot.
    pub ineligible: Option<Reason>,
}

impl Entry {
    /// What its debtor pays from.
    #[must_use]
    pub const fn debit(&self) -> Position {
        Position { member: self.debtor, currency: self.currency }
    }

    /// What its creditor is paid on.
    #[must_use]
    pub const fn credit(&self) -> Position {
        Position { member: self.creditor, currency: self.currency }
    }

    /// Between whom it moves what.
    #[must_use]
    pub const fn relation(&self) -> Relation {
        Relation { debtor: self.debtor, creditor: self.creditor, currency: self.currency }
    }
}

/// What a problem is made of. An entry is named by its index in `entries`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// The queue, in any order.
    pub entries: Vec<Entry>,
    /// Minor units at hand; who is not named has none.
    pub balances: BTreeMap<Position, u128>,
    /// The most that a debtor pays a creditor within one set, net of what it receives from it.
    pub limits: BTreeMap<Relation, u128>,
    /// Members that let their own entries pass a blocked one of theirs.
    pub bypass: BTreeSet<Member>,
}

/// Why something is no netting problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProblemError {
    /// The queue is too long.
    #[error("the queue has more than {MAX_ENTRIES} entries")]
    TooManyEntries,
    /// There are too many balances.
    #[error("there are more than {MAX_BALANCES} balances")]
    TooManyBalances,
    /// There are too many limits.
    #[error("there are more than {MAX_LIMITS} limits")]
    TooManyLimits,
    /// There are too many members with bypass.
    #[error("more than {MAX_BYPASS} members have bypass")]
    TooManyBypasses,
    /// A member pays itself.
    #[error("entry {entry} pays its own debtor")]
    PaysItself {
        /// Index of the entry.
        entry: usize,
    },
    /// Nothing is paid.
    #[error("entry {entry} pays nothing")]
    PaysNothing {
        /// Index of the entry.
        entry: usize,
    },
    /// Two entries of one queue stand at one place.
    #[error("entries {entry} and {other} have the same priority and sequence in one queue")]
    SamePlace {
        /// Index of one entry.
        entry: usize,
        /// Index of the other.
        other: usize,
    },
    /// A member limits what it pays to itself.
    #[error("{member} limits what it pays to itself")]
    LimitsItself {
        /// The member.
        member: Member,
    },
    /// Balances and amounts together have no representation.
    #[error("balances and amounts in {currency} together exceed what can be counted")]
    Overflow {
        /// Of which currency.
        currency: Currency,
    },
}

/// A queue with everything that decides what may settle. Only [`Problem::new`] makes one, so solver
/// and check need not fail on what it refuses.
#[derive(Clone, Debug)]
pub struct Problem {
    given: Given,
    order: Vec<usize>,
}

impl Problem {
    /// Checks what is given and orders the queue.
    ///
    /// # Errors
    /// [`ProblemError`].
    pub fn new(given: Given) -> Result<Self, ProblemError> {
        bounded(&given)?;
        for (index, entry) in given.entries.iter().enumerate() {
            if entry.debtor == entry.creditor {
                return Err(ProblemError::PaysItself { entry: index });
            }
            if entry.minor == 0 {
                return Err(ProblemError::PaysNothing { entry: index });
            }
        }
        if let Some(own) = given.limits.keys().find(|limit| limit.debtor == limit.creditor) {
            return Err(ProblemError::LimitsItself { member: own.debtor });
        }
        countable(&given)?;
        let order = ordered(&given.entries)?;
        Ok(Self { given, order })
    }

    /// What it was made of.
    #[must_use]
    pub const fn given(&self) -> &Given {
        &self.given
    }

    /// The entry with this index.
    #[must_use]
    pub fn entry(&self, index: usize) -> Option<&Entry> {
        self.given.entries.get(index)
    }

    /// All entries in queue order: urgency first, then arrival, then index.
    pub fn queue(&self) -> impl Iterator<Item = (usize, &Entry)> {
        self.order.iter().filter_map(|&index| Some((index, self.entry(index)?)))
    }

    /// Whether the member lets its own entries pass a blocked one.
    #[must_use]
    pub fn bypasses(&self, member: Member) -> bool {
        self.given.bypass.contains(&member)
    }
}

fn bounded(given: &Given) -> Result<(), ProblemError> {
    if given.entries.len() > MAX_ENTRIES {
        return Err(ProblemError::TooManyEntries);
    }
    if given.balances.len() > MAX_BALANCES {
        return Err(ProblemError::TooManyBalances);
    }
    if given.limits.len() > MAX_LIMITS {
        return Err(ProblemError::TooManyLimits);
    }
    if given.bypass.len() > MAX_BYPASS {
        return Err(ProblemError::TooManyBypasses);
    }
    Ok(())
}

/// Refuses a currency whose balances and amounts have no common sum. No sum that solver or check
/// ever make of them can then exceed `u128`.
fn countable(given: &Given) -> Result<(), ProblemError> {
    let mut sums: BTreeMap<Currency, u128> = BTreeMap::new();
    let balances = given.balances.iter().map(|(position, minor)| (position.currency, *minor));
    let amounts = given.entries.iter().map(|entry| (entry.currency, entry.minor));
    for (currency, minor) in balances.chain(amounts) {
        let sum = sums.entry(currency).or_default();
        *sum = sum.checked_add(minor).ok_or(ProblemError::Overflow { currency })?;
    }
    Ok(())
}

fn ordered(entries: &[Entry]) -> Result<Vec<usize>, ProblemError> {
    let mut order: Vec<(Reverse<u32>, u64, usize)> = entries
        .iter()
        .enumerate()
        .map(|(index, entry)| (Reverse(entry.priority), entry.sequence, index))
        .collect();
    order.sort_unstable();
    // The last one of each queue, and where it stands.
    let mut last: BTreeMap<Position, (u32, u64, usize)> = BTreeMap::new();
    for &(_, _, index) in &order {
        let Some(entry) = entries.get(index) else { continue };
        let here = (entry.priority, entry.sequence, index);
        if let Some((priority, sequence, other)) = last.insert(entry.debit(), here)
            && (priority, sequence) == (entry.priority, entry.sequence)
        {
            return Err(ProblemError::SamePlace { entry: index, other });
        }
    }
    Ok(order.into_iter().map(|(_, _, index)| index).collect())
}
