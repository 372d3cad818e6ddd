//! A netting problem as a file: JSON with names and decimals, and the answer to it.
//!
//! An amount that names no currency is in the file's `currency`; a file that names none at all has
//! one currency without a name. The smallest unit of a currency is that of its most precise
//! amount in the file, so every amount is a whole number of them.
//!
//! # Place      `florin netting solve` -> [file] -> [`Problem`] -> [`Answer`]
//! # Invariants N7 amounts are read exactly or refused; every refusal names its place
//! # Absent     files and streams: bytes come in, text goes out

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::money::Currency;

use crate::{
    limits::{MAX_BYPASS, MAX_LIMITS, MAX_NAME},
    problem::{Entry, Given, Member, Position, Problem, ProblemError, Reason, Relation},
    solve,
};

mod answer;
mod decimal;
#[cfg(test)]
mod tests;
mod text;

pub use answer::{Answer, Shaped, StageLine};
pub use decimal::AmountError;
use decimal::Decimal;
use text::{BalanceText, EntryText, FileText, LimitText};

/// Stands for the currency of a file that names none: ISO 4217's code for no currency.
const UNNAMED: &str = "XXX";

/// Where in a file something stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// An entry of the queue.
    Entry {
        /// Its id.
        id: String,
    },
    /// A member's balance.
    Balance {
        /// Whose.
        member: String,
    },
    /// A limit.
    Limit {
        /// Whose.
        from: String,
        /// Towards whom.
        to: String,
    },
    /// The list of members with bypass.
    Bypass,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Entry { id } => write!(f, "entry {id:?}"),
            Self::Balance { member } => write!(f, "the balance of {member:?}"),
            Self::Limit { from, to } => write!(f, "the limit of {from:?} towards {to:?}"),
            Self::Bypass => f.write_str("bypass"),
        }
    }
}

/// Why a file is no netting problem.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is no JSON of the expected shape.
    #[error("no netting problem: {0}")]
    Json(#[from] serde_json::Error),
    /// An amount cannot be read.
    #[error("{place}: {text:?} {error}")]
    Amount {
        /// Where it stands.
        place: Place,
        /// What stands there.
        text: String,
        /// What is wrong with it.
        error: AmountError,
    },
    /// A name is empty, too long or not printable.
    #[error(
        "{place}: {name:?} is no name: 1 to {MAX_NAME} bytes, none of them a control character"
    )]
    Name {
        /// Where it stands.
        place: Place,
        /// What stands there.
        name: String,
    },
    /// An amount names no currency although others do.
    #[error("{place}: names no currency; others do: name it here, or `currency` for the file")]
    NoCurrency {
        /// Where it stands.
        place: Place,
    },
    /// Something is given twice.
    #[error("{place}: is given twice")]
    Twice {
        /// What.
        place: Place,
    },
    /// A payment or a limit has the same member on both sides.
    #[error("{place}: `from` and `to` are the same")]
    SameMember {
        /// Where it stands.
        place: Place,
    },
    /// A payment pays nothing.
    #[error("{place}: pays nothing")]
    PaysNothing {
        /// Where it stands.
        place: Place,
    },
    /// What is not eligible needs a reason of the list, and nothing else has one.
    #[error(
        "{place}: `\"eligible\": false` needs a `reason`, and only it may have one: \
         expired, frozen, standing or counterparty_limit"
    )]
    Reason {
        /// Where it stands.
        place: Place,
    },
    /// The whole makes no sense.
    #[error(transparent)]
    Problem(#[from] ProblemError),
}

/// A file that has been read.
#[derive(Debug)]
pub struct Case {
    problem: Problem,
    ids: Vec<String>,
    names: Vec<String>,
    scales: BTreeMap<Currency, usize>,
    /// The currency of amounts that name none.
    default: Option<Currency>,
    /// Members whose balances the file gives by currency.
    by_currency: BTreeSet<Member>,
}

impl Case {
    /// Reads a file.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, FileError> {
        let text: FileText = serde_json::from_slice(bytes)?;
        Reader::new(&text)?.case(text)
    }

    /// The problem it states.
    #[must_use]
    pub const fn problem(&self) -> &Problem {
        &self.problem
    }

    /// Its answer.
    #[must_use]
    pub fn solve(&self) -> Answer {
        Answer::of(self, &solve::solve(&self.problem))
    }

    fn name(&self, member: Member) -> Option<&str> {
        self.names.get(usize::try_from(member.get()).ok()?).map(String::as_str)
    }

    fn write(&self, currency: Currency, minor: u128) -> String {
        decimal::write(minor, self.scales.get(&currency).copied().unwrap_or_default())
    }
}

/// An amount with its currency, before its units are known.
#[derive(Clone, Copy)]
struct Amount {
    currency: Currency,
    decimal: Decimal,
}

/// What is known while a file is read.
struct Reader {
    default: Option<Currency>,
    members: BTreeMap<String, Member>,
    names: Vec<String>,
    scales: BTreeMap<Currency, usize>,
}

impl Reader {
    fn new(text: &FileText) -> Result<Self, FileError> {
        if text.limits.len() > MAX_LIMITS {
            return Err(ProblemError::TooManyLimits.into());
        }
        if text.bypass.len() > MAX_BYPASS {
            return Err(ProblemError::TooManyBypasses.into());
        }
        let default = if names_currencies(text) { text.currency } else { Currency::new(UNNAMED) };
        let (members, names, scales) = Default::default();
        Ok(Self { default, members, names, scales })
    }

    fn case(mut self, text: FileText) -> Result<Case, FileError> {
        let mut by_currency = BTreeSet::new();
        let mut balances = Vec::new();
        for (name, balance) in text.balances.0 {
            let place = || Place::Balance { member: name.clone() };
            let member = self.member(&name, place)?;
            match balance {
                BalanceText::One(amount) => {
                    balances.push(self.balance(member, &amount, None, place)?);
                }
                BalanceText::Each(amounts) => {
                    by_currency.insert(member);
                    for (currency, amount) in amounts.0 {
                        balances.push(self.balance(member, &amount, Some(currency), place)?);
                    }
                }
            }
        }
        let mut ids = Vec::new();
        let mut known = BTreeSet::new();
        let mut entries = Vec::new();
        for (sequence, entry) in (0..).zip(text.queue.0) {
            let place = || Place::Entry { id: entry.id.clone() };
            named(&entry.id, place)?;
            if !known.insert(entry.id.clone()) {
                return Err(FileError::Twice { place: place() });
            }
            entries.push(self.entry(&entry, sequence)?);
            ids.push(entry.id);
        }
        let limits = self.limits(&text.limits)?;
        let mut bypass = BTreeSet::new();
        for name in &text.bypass {
            if !bypass.insert(self.member(name, || Place::Bypass)?) {
                return Err(FileError::Twice { place: Place::Bypass });
            }
        }
        let given = Given {
            entries: self.counted(entries, |entry, minor| Entry { minor, ..entry })?,
            balances: self.counted(balances, |position, minor| (position, minor))?,
            limits: self.counted(limits, |relation, minor| (relation, minor))?,
            bypass,
        };
        let problem = Problem::new(given)?;
        let Self { default, names, scales, .. } = self;
        Ok(Case { problem, ids, names, scales, default, by_currency })
    }

    fn balance(
        &mut self,
        member: Member,
        text: &str,
        currency: Option<Currency>,
        place: impl Fn() -> Place,
    ) -> Result<(Position, Amount), FileError> {
        let amount = self.amount(text, currency, place)?;
        Ok((Position { member, currency: amount.currency }, amount))
    }

    /// An entry whose units are not counted yet.
    fn entry(&mut self, text: &EntryText, sequence: u64) -> Result<(Entry, Amount), FileError> {
        let place = || Place::Entry { id: text.id.clone() };
        let debtor = self.member(&text.from, place)?;
        let creditor = self.member(&text.to, place)?;
        if debtor == creditor {
            return Err(FileError::SameMember { place: place() });
        }
        let amount = self.amount(&text.amount, text.currency, place)?;
        if amount.decimal.minor(amount.decimal.scale()) == Some(0) {
            return Err(FileError::PaysNothing { place: place() });
        }
        let reason = text.reason.as_deref().map(Reason::from_code);
        let ineligible = match (text.eligible, reason) {
            (true, None) => None,
            (false, Some(Some(reason))) => Some(reason),
            (true, Some(_)) | (false, None | Some(None)) => {
                return Err(FileError::Reason { place: place() });
            }
        };
        let (currency, priority) = (amount.currency, text.priority);
        let entry = Entry { debtor, creditor, currency, minor: 0, priority, sequence, ineligible };
        Ok((entry, amount))
    }

    fn limits(&mut self, texts: &[LimitText]) -> Result<Vec<(Relation, Amount)>, FileError> {
        let mut known = BTreeSet::new();
        let mut limits = Vec::new();
        for text in texts {
            let place = || Place::Limit { from: text.from.clone(), to: text.to.clone() };
            let debtor = self.member(&text.from, place)?;
            let creditor = self.member(&text.to, place)?;
            if debtor == creditor {
                return Err(FileError::SameMember { place: place() });
            }
            let amount = self.amount(&text.amount, text.currency, place)?;
            let relation = Relation { debtor, creditor, currency: amount.currency };
            if !known.insert(relation) {
                return Err(FileError::Twice { place: place() });
            }
            limits.push((relation, amount));
        }
        Ok(limits)
    }

    fn member(&mut self, name: &str, place: impl Fn() -> Place) -> Result<Member, FileError> {
        named(name, place)?;
        if let Some(member) = self.members.get(name) {
            return Ok(*member);
        }
        // Names are bounded by balances, entries and limits: far fewer than a number can count.
        let member = Member::new(u32::try_from(self.names.len()).unwrap_or(u32::MAX));
        self.members.insert(name.to_owned(), member);
        self.names.push(name.to_owned());
        Ok(member)
    }

    fn amount(
        &mut self,
        text: &str,
        currency: Option<Currency>,
        place: impl Fn() -> Place,
    ) -> Result<Amount, FileError> {
        let decimal = Decimal::parse(text).map_err(|error| FileError::Amount {
            place: place(),
            text: text.chars().take(MAX_NAME).collect(),
            error,
        })?;
        let currency = currency.or(self.default);
        let currency = currency.ok_or_else(|| FileError::NoCurrency { place: place() })?;
        let scale = self.scales.entry(currency).or_default();
        *scale = decimal.scale().max(*scale);
        Ok(Amount { currency, decimal })
    }

    /// Puts every amount in the units of its currency, once all have been seen.
    fn counted<T, U, C: FromIterator<U>>(
        &self,
        amounts: Vec<(T, Amount)>,
        with: impl Fn(T, u128) -> U,
    ) -> Result<C, FileError> {
        let counted = amounts.into_iter().map(|(of, Amount { currency, decimal })| {
            let scale = self.scales.get(&currency).copied().unwrap_or_default();
            let minor = decimal.minor(scale).ok_or(ProblemError::Overflow { currency })?;
            Ok(with(of, minor))
        });
        counted.collect()
    }
}

/// Whether any amount of a file is in a currency with a name.
fn names_currencies(text: &FileText) -> bool {
    text.currency.is_some()
        || text.balances.0.values().any(|balance| matches!(balance, BalanceText::Each(_)))
        || text.queue.0.iter().any(|entry| entry.currency.is_some())
        || text.limits.iter().any(|limit| limit.currency.is_some())
}

fn named(name: &str, place: impl Fn() -> Place) -> Result<(), FileError> {
    let bounded = (1..=MAX_NAME).contains(&name.len());
    if bounded && !name.chars().any(char::is_control) {
        return Ok(());
    }
    let name = name.chars().take(MAX_NAME).collect();
    Err(FileError::Name { place: place(), name })
}
