//! Settlement accounts and the totals of a currency.
//!
//! # Place      written by payment and issuance rules only
//! # Invariants I1 available + held + preburned + contract = supply, per currency; I10 what frozen
//! #            accounts hold stays in supply, and its sum is kept
//! # Absent     history (each account commits to its own journal, see `journal`)

use serde::{Deserialize, Serialize};

use crate::{
    id::{AccountId, Lei, ReserveId},
    merkle::LogHead,
    money::Currency,
};

/// What an account holds, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Balances {
    /// Free to spend.
    pub available: u128,
    /// Earmarked for payments.
    pub held: u128,
    /// Locked for redemption.
    pub preburned: u128,
}

impl Balances {
    /// All of it; `None` when that is more than can be counted.
    #[must_use]
    pub fn sum(&self) -> Option<u128> {
        self.available.checked_add(self.held)?.checked_add(self.preburned)
    }
}

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountStatus {
    /// It may.
    Active,
    /// Its money can neither move nor be redeemed (I10).
    Frozen,
}

/// A member's account in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its address.
    pub id: AccountId,
    /// Whose.
    pub member: Lei,
    /// In which currency.
    pub currency: Currency,
    /// Whether it may be used.
    pub status: AccountStatus,
    /// What it holds.
    pub balances: Balances,
    /// Its journal: one entry per block that touched it.
    pub journal: LogHead,
}

/// Sums over all accounts of a currency, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Totals {
    /// Genesis plus mints minus burns (I4).
    pub supply: u128,
    /// Sum of what is free.
    pub available: u128,
    /// Sum of what is earmarked.
    pub held: u128,
    /// Sum of what is locked for redemption.
    pub preburned: u128,
    /// Sum of what contracts hold.
    pub contract: u128,
    /// Sum of what frozen accounts hold, in whichever of the classes above: no class of its own.
    pub frozen: u128,
}

impl Totals {
    /// Whether I1 holds.
    #[must_use]
    pub fn balanced(&self) -> bool {
        [self.available, self.held, self.preburned, self.contract]
            .into_iter()
            .try_fold(0u128, u128::checked_add)
            == Some(self.supply)
    }

    /// Whether no more is frozen than there is (I10).
    #[must_use]
    pub const fn frozen_within_supply(&self) -> bool {
        self.frozen <= self.supply
    }

    /// What reserves must cover when this much is paid out and waits to be burned (I2).
    #[must_use]
    pub const fn claims(&self, paid: u128) -> u128 {
        self.supply.saturating_sub(paid)
    }
}

/// A currency of the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrencyRecord {
    /// ISO 4217 code.
    pub code: Currency,
    /// Decimals of its minor unit.
    pub scale: u8,
    /// Who issues it.
    pub issuer: Lei,
    /// Sums over all accounts.
    pub totals: Totals,
    /// Part of what is preburned whose payout is booked: no claim on reserves any more (I2).
    pub paid: u128,
    /// Its reserve accounts, sorted.
    pub reserves: Vec<ReserveId>,
    /// Its journal: totals, what is paid and how fresh attestations must be, after every block that
    /// changed any of it.
    pub journal: LogHead,
}

impl CurrencyRecord {
    /// What reserves must cover (I2): supply without what is paid out and waits to be burned.
    #[must_use]
    pub const fn claims(&self) -> u128 {
        self.totals.claims(self.paid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i1_totals_are_balanced_only_when_every_class_adds_up_to_supply() {
        let good =
            Totals { supply: 10, available: 4, held: 3, preburned: 2, contract: 1, frozen: 10 };
        assert!(good.balanced());
        assert!(!Totals { supply: 11, ..good }.balanced());
        assert!(!Totals { available: u128::MAX, ..good }.balanced());
        assert!(good.frozen_within_supply());
        assert!(!Totals { frozen: 11, ..good }.frozen_within_supply());
    }
}
