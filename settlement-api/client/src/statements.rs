//! Statements: all pages of a day, and whether they add up.
//!
//! # Place      gateway -> pages -> [`Statement`] -> reconciliation
//! # Invariants opening, entries and closing add up; pages are of one statement; a day opens with the
//! #            closing of the day before ([`Statement::follows`])
//! # Absent     camt.053: ask for it with `Accept: application/xml` (docs/api.md)

use std::fmt;

use ledger_core::money::Money;
use serde::{Deserialize, Serialize};

use crate::{
    error::Error,
    gateway::{Gateway, segment},
    trust::Trust,
};

/// Pages of a statement at most: five million entries.
const MAX_PAGES: usize = 1_000;
/// How often the day so far is read anew, when it grew between two pages.
const READS: u32 = 5;

/// Which day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Day {
    /// A day of UTC that is over, as `2026-11-22`.
    Over(String),
    /// Today, so far.
    SoFar,
}

/// A day of an own account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The account's address.
    pub account: String,
    /// What it holds.
    pub currency: String,
    /// The day, UTC.
    pub date: String,
    /// Each day has the next number.
    pub sequence: u64,
    /// The page; of a whole statement, the last.
    pub page: usize,
    /// How many pages there are.
    pub pages: usize,
    /// What the account held when the day began.
    pub opening: String,
    /// What it held when the day ended, or by now.
    pub closing: String,
    /// What can be spent by now; only of the day so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available: Option<String>,
    /// In ledger order.
    pub entries: Vec<StatementEntry>,
    /// The block of the last booking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closing_block: Option<Block>,
    /// The block at which all bookings were compared with the account's proved balance.
    pub compared: Block,
}

/// A block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Its height.
    pub height: u64,
    /// The state root after it.
    pub state_root: String,
}

/// Which way an entry goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// The account grew.
    Credit,
    /// The account shrank.
    Debit,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Credit => "credit",
            Self::Debit => "debit",
        })
    }
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementEntry {
    /// Height and place on the ledger.
    pub reference: String,
    /// Which way.
    pub direction: Way,
    /// Decimal text.
    pub amount: String,
    /// Bank transaction code.
    pub code: String,
    /// When it was booked.
    pub booked: String,
    /// The payment's UETR.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uetr: Option<String>,
    /// The debtor's reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_to_end_id: Option<String>,
    /// The command whose receipt proves it.
    pub command_id: String,
}

/// What is wrong with a statement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementFault {
    /// Opening and entries do not make the closing.
    #[error(
        "the statement of {date} does not add up: opening and entries make {counted}, not {closing}"
    )]
    Sum {
        /// Of which day.
        date: String,
        /// What it says.
        closing: String,
        /// What its entries make.
        counted: String,
    },
    /// It is of another account, currency or day than was asked for, or its pages are.
    #[error("the statement is of another account, currency or day than was asked for")]
    Other,
    /// It does not open with the closing of the day before.
    #[error(
        "the statement of {date} opens with {opening}, but the day before closed with {closed}"
    )]
    Chain {
        /// Of which day.
        date: String,
        /// What it opens with.
        opening: String,
        /// What the day before closed with.
        closed: String,
    },
    /// It changed between two pages, each time it was read.
    #[error("the day grew while its pages were read, five times; ask again")]
    Grew,
}

impl Statement {
    /// Whether opening and entries make the closing.
    ///
    /// # Errors
    /// [`StatementFault::Sum`]; [`Error::Amount`] for what is no amount.
    pub fn adds_up(&self, trust: &Trust) -> Result<(), Error> {
        let money = |text: &str| trust.money(text, &self.currency);
        let mut sum = Some(money(&self.opening)?.minor());
        for entry in &self.entries {
            let minor = money(&entry.amount)?.minor();
            sum = match entry.direction {
                Way::Credit => sum.and_then(|sum| sum.checked_add(minor)),
                Way::Debit => sum.and_then(|sum| sum.checked_sub(minor)),
            };
        }
        let closing = money(&self.closing)?;
        if sum == Some(closing.minor()) {
            return Ok(());
        }
        let counted = sum.map(|sum| trust.text(&Money::new(closing.currency(), sum)));
        Err(StatementFault::Sum {
            date: self.date.clone(),
            closing: self.closing.clone(),
            counted: counted.unwrap_or_else(|| "less than nothing".to_owned()),
        }
        .into())
    }

    /// Whether this statement goes on where another one, of the day before, closed.
    ///
    /// # Errors
    /// [`StatementFault::Chain`], [`StatementFault::Other`].
    pub fn follows(&self, before: &Self) -> Result<(), StatementFault> {
        let next = before.sequence.checked_add(1) == Some(self.sequence);
        if !next || before.account != self.account || before.currency != self.currency {
            return Err(StatementFault::Other);
        }
        if before.closing == self.opening {
            return Ok(());
        }
        Err(StatementFault::Chain {
            date: self.date.clone(),
            opening: self.opening.clone(),
            closed: before.closing.clone(),
        })
    }

    /// Whether two pages belong to one statement.
    fn is_of(&self, first: &Self) -> bool {
        let same = |a: &Self| {
            (a.account.clone(), a.date.clone(), a.pages, a.opening.clone(), a.closing.clone())
        };
        same(self) == same(first)
    }
}

impl Gateway {
    /// A day of an own account, named as for [`Gateway::account`]: all pages, of an account whose proof
    /// verified, adding up.
    ///
    /// # Errors
    /// [`Error`]; [`Error::Statement`] when it does not add up.
    pub async fn statement(&self, name: &str, day: &Day) -> Result<Statement, Error> {
        let name = segment(name, "the account")?;
        let path = match day {
            Day::Over(date) => {
                format!("/v1/accounts/{name}/statements/{}", segment(date, "the date")?)
            }
            Day::SoFar => format!("/v1/accounts/{name}/report"),
        };
        for _ in 0..READS {
            let Some(statement) = self.pages(&path).await? else { continue };
            let (account, currency) = self.account_named(name).await?;
            let own = (account.to_hex().as_str(), currency.code())
                == (statement.account.as_str(), statement.currency.as_str());
            let of_day = match day {
                Day::Over(date) => *date == statement.date,
                Day::SoFar => true,
            };
            if !own || !of_day {
                return Err(StatementFault::Other.into());
            }
            statement.adds_up(&self.trust)?;
            return Ok(statement);
        }
        Err(StatementFault::Grew.into())
    }

    /// All pages in one; nothing when the statement changed between two of them.
    async fn pages(&self, path: &str) -> Result<Option<Statement>, Error> {
        let first: Statement = self.page(path, 1).await?;
        let mut whole = first.clone();
        for number in 2..=first.pages.min(MAX_PAGES) {
            let page = self.page(path, number).await?;
            if !page.is_of(&first) {
                return Ok(None);
            }
            whole.entries.extend(page.entries);
            whole.page = number;
        }
        Ok(Some(whole))
    }

    async fn page(&self, path: &str, number: usize) -> Result<Statement, Error> {
        self.get(&format!("{path}?page={number}"), "a statement").await
    }
}

#[cfg(test)]
mod tests;
