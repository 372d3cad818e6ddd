//! Which incoming payments wait for a person before this bank accepts them.
//!
//! # Invariants P14 a payment that no rule names is decided by the gate alone, at once

use std::{collections::BTreeMap, time::Duration};

use kyc_gateway::likeness::{Likeness, compare};
use ledger_core::money::{Currency, Money};
use serde::{Deserialize, Serialize};

/// How long this bank gives itself at most, unless configured.
pub const LASTS: Duration = Duration::from_hours(24);
/// How long it may give itself: less than the time after which an answered inquiry closes by itself
/// (B4), so that a payment never goes on because nobody looked.
pub const MAX_LASTS: Duration = Duration::from_hours(96);
/// How long before the end of the hold the decision is due, unless configured: the payer's bank must
/// hear of it and settle.
pub const MARGIN: Duration = Duration::from_secs(30);
/// How much longer than the time for an answer a hold of this bank lasts, unless configured.
pub const HELD_LONGER: Duration = Duration::from_hours(24);
/// How much longer it may last: the ledger holds for seven days at most.
pub const MAX_HELD_LONGER: Duration = Duration::from_hours(144);

/// Why a payment waits for a person. Stored: append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Why {
    /// Every incoming payment does.
    Everything,
    /// It is about that much, or more.
    Amount,
    /// The creditor's name is close to the name of the account's holder, and another one.
    CloseName,
    /// The creditor's name is another one than that of the account's holder.
    OtherName,
    /// This bank has asked about it, and the case is open.
    Inquiry,
}

impl Why {
    /// Its name towards people and machines.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Amount => "amount",
            Self::CloseName => "close_name",
            Self::OtherName => "other_name",
            Self::Inquiry => "open_inquiry",
        }
    }
}

/// What a bank wants to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewPolicy {
    /// Everything.
    pub all: bool,
    /// From so many minor units of a currency on.
    pub from: BTreeMap<Currency, u128>,
    /// What names its creditor otherwise than this bank knows the account's holder.
    pub names: bool,
    /// How long it gives itself at most.
    pub lasts: Duration,
    /// How long before the end of the hold the decision is due.
    pub margin: Duration,
}

impl Default for ReviewPolicy {
    fn default() -> Self {
        let from = BTreeMap::new();
        Self { all: false, from, names: false, lasts: LASTS, margin: MARGIN }
    }
}

impl ReviewPolicy {
    /// Why a payment of this much waits, whose message gives its creditor a name, to a customer of
    /// that name; it does not if there is no reason.
    #[must_use]
    pub fn why(&self, money: Money, named: Option<&str>, holder: &str) -> Vec<Why> {
        let mut why = Vec::new();
        if self.all {
            why.push(Why::Everything);
        }
        if self.from.get(&money.currency()).is_some_and(|from| money.minor() >= *from) {
            why.push(Why::Amount);
        }
        if let Some(named) = named.filter(|_| self.names) {
            match compare(named, holder) {
                Likeness::Same => {}
                Likeness::Close => why.push(Why::CloseName),
                Likeness::Different => why.push(Why::OtherName),
            }
        }
        why
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p14_what_waits_is_what_the_bank_wants_to_look_at() {
        let currency = |code| Currency::new(code).unwrap();
        let usd = |minor| Money::new(currency("USD"), minor);
        let none = ReviewPolicy::default();
        assert!(none.why(usd(u128::MAX), Some("Nobody"), "Fjord Timber").is_empty());
        let from = ReviewPolicy { from: [(currency("USD"), 10_000)].into(), ..none.clone() };
        assert!(from.why(usd(9_999), None, "").is_empty());
        assert_eq!(from.why(usd(10_000), None, ""), [Why::Amount]);
        assert!(from.why(Money::new(currency("EUR"), 10_000), None, "").is_empty());
        let names = ReviewPolicy { names: true, ..none.clone() };
        for (named, expected) in [
            (Some("FJORD TIMBER AS"), vec![]),
            (Some("Fjord Timbre"), vec![Why::CloseName]),
            (Some("Orchard Tools"), vec![Why::OtherName]),
            (None, vec![]),
        ] {
            assert_eq!(names.why(usd(1), named, "Fjord Timber"), expected, "{named:?}");
        }
        let all = ReviewPolicy { all: true, names: true, ..from };
        let why = all.why(usd(10_000), Some("Fjord Timbre"), "Fjord Timber");
        assert_eq!(why, [Why::Everything, Why::Amount, Why::CloseName]);
        assert!(none.margin < none.lasts && none.lasts <= MAX_LASTS);
    }
}
