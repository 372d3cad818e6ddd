//! The ledger's vaults in memory, for tests of contracts.
//!
//! The rules are those of ADR 0032 as far as a contract can meet them: amounts are kept, a vault keeps its
//! owner, and a frozen owner's vault pays nobody but the owner. What is refused aborts with the number that
//! the ledger's refusal has.
//!
//! # Place      package test -> [vaults] -> the natives at `0x2`
//! # Invariants balances and vaults together are what tests put in, in every currency; a step that is
//! #            refused changes nothing
//! # Absent     members, standing, policies, limits, caps of the call and the payees that it names: a contract
//! #            decides none of them

mod facts;
mod natives;

use std::collections::{BTreeMap, BTreeSet};

use move_like_vm::format::Address;

pub use natives::TestNatives;

/// The code of a currency as contracts write it.
pub type Currency = Vec<u8>;

/// Why a step is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `amount_zero`
    AmountZero,
    /// `account_frozen`: the owner of the money is frozen.
    AccountFrozen,
    /// `currency_mismatch`
    CurrencyMismatch,
    /// `counterparty_not_eligible`: the payee is frozen.
    CounterpartyNotEligible,
    /// `insufficient_funds`
    InsufficientFunds,
    /// `amount_overflow`
    AmountOverflow,
    /// `internal_fault`: no claim names a vault that is not there, and none is merged into itself.
    UnknownVault,
    /// `vault_not_empty`
    VaultNotEmpty,
    /// `vault_owner_mismatch`
    OwnerMismatch,
    /// `out_of_range`: an event that a call may not have.
    OutOfRange,
}

impl Refusal {
    /// The code of the abort: the category of the ledger's refusals, and the number.
    pub const fn abort_code(self) -> u64 {
        let number = match self {
            Self::OutOfRange => 19,
            Self::AmountZero => 30,
            Self::AccountFrozen => 55,
            Self::CurrencyMismatch => 56,
            Self::CounterpartyNotEligible => 60,
            Self::InsufficientFunds => 61,
            Self::AmountOverflow => 62,
            Self::UnknownVault => 63,
            Self::VaultNotEmpty => 117,
            Self::OwnerMismatch => 118,
        };
        (0x46 << 16) | number
    }
}

/// Money that was taken from an account and waits in a vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vault {
    /// Its currency.
    pub currency: Currency,
    /// How much it is.
    pub minor: u128,
    /// The account that it was taken from.
    pub owner: Address,
}

/// What a test begins with, and what its calls made of it.
#[derive(Clone, Debug, Default)]
pub struct Vaults {
    /// The time of the block.
    pub time_ms: u64,
    /// Accounts that are frozen.
    pub frozen: BTreeSet<Address>,
    balances: BTreeMap<(Address, Currency), u128>,
    vaults: BTreeMap<Address, Vault>,
    /// What the test put in, per currency.
    put_in: BTreeMap<Currency, u128>,
    /// How many vaults there were ever.
    made: u64,
    /// How many events there were.
    pub events: u64,
    facts: facts::Facts,
}

/// Bytes of an event with the name of its type, as the ledger bounds those of a call.
const EVENT_BYTES_MAX: usize = 4_096;

impl Vaults {
    /// What is available in an account.
    pub fn balance(&self, account: Address, currency: &[u8]) -> u128 {
        self.balances.get(&(account, currency.to_vec())).copied().unwrap_or(0)
    }

    /// What is in vaults of an owner.
    pub fn in_vaults(&self, owner: Address, currency: &[u8]) -> u128 {
        let own = self.vaults.values().filter(|vault| vault.owner == owner);
        own.filter(|vault| vault.currency == currency)
            .fold(0, |sum: u128, vault| sum.saturating_add(vault.minor))
    }

    /// How many vaults there are.
    pub fn count(&self) -> u64 {
        u64::try_from(self.vaults.len()).unwrap_or(u64::MAX)
    }

    /// Counts an event. A test may be of many calls, so it may tell more than one of them.
    pub fn emit(&mut self, is_struct: bool, bytes: usize) -> Result<(), Refusal> {
        if !is_struct || bytes > EVENT_BYTES_MAX {
            return Err(Refusal::OutOfRange);
        }
        self.events = self.events.saturating_add(1);
        Ok(())
    }

    /// Gives an account so much; the difference is put in or taken out of the test.
    pub fn set_balance(
        &mut self,
        account: Address,
        currency: Currency,
        minor: u128,
    ) -> Result<(), Refusal> {
        let old = self.balance(account, &currency);
        let sum = self.put_in.get(&currency).copied().unwrap_or(0);
        let new = sum.checked_sub(old).and_then(|others| others.checked_add(minor));
        let new = new.ok_or(Refusal::AmountOverflow)?;
        self.put_in.insert(currency.clone(), new);
        self.balances.insert((account, currency), minor);
        Ok(())
    }

    /// Takes money from its owner's account into a vault.
    pub fn open(
        &mut self,
        owner: Address,
        currency: Currency,
        minor: u128,
    ) -> Result<Address, Refusal> {
        if minor == 0 {
            return Err(Refusal::AmountZero);
        }
        if self.frozen.contains(&owner) {
            return Err(Refusal::AccountFrozen);
        }
        let left = self.balance(owner, &currency).checked_sub(minor);
        let left = left.ok_or(Refusal::InsufficientFunds)?;
        self.balances.insert((owner, currency.clone()), left);
        Ok(self.add(Vault { currency, minor, owner }))
    }

    /// Pays a vault into an account. The vault ends.
    pub fn pay(&mut self, id: Address, to: Address) -> Result<(), Refusal> {
        let vault = self.vault(id)?;
        if vault.minor == 0 {
            return Err(Refusal::AmountZero);
        }
        if vault.owner != to && self.frozen.contains(&vault.owner) {
            return Err(Refusal::AccountFrozen);
        }
        if vault.owner != to && self.frozen.contains(&to) {
            return Err(Refusal::CounterpartyNotEligible);
        }
        let sum = self.balance(to, &vault.currency).checked_add(vault.minor);
        let sum = sum.ok_or(Refusal::AmountOverflow)?;
        let currency = vault.currency.clone();
        self.vaults.remove(&id);
        self.balances.insert((to, currency), sum);
        Ok(())
    }

    /// Takes a part of a vault into a new one of the same owner.
    pub fn cut(&mut self, id: Address, minor: u128) -> Result<Address, Refusal> {
        let vault = self.unfrozen(id)?;
        let left = vault.minor.checked_sub(minor).ok_or(Refusal::InsufficientFunds)?;
        let part = Vault { minor, ..vault.clone() };
        self.vaults.insert(id, Vault { minor: left, ..part.clone() });
        Ok(self.add(part))
    }

    /// Puts all of one vault into another of the same owner and currency. The one ends.
    pub fn merge(&mut self, into: Address, from: Address) -> Result<(), Refusal> {
        let (one, other) = (self.unfrozen(into)?, self.unfrozen(from)?);
        if into == from {
            return Err(Refusal::UnknownVault);
        }
        if one.currency != other.currency {
            return Err(Refusal::CurrencyMismatch);
        }
        if one.owner != other.owner {
            return Err(Refusal::OwnerMismatch);
        }
        let minor = one.minor.checked_add(other.minor).ok_or(Refusal::AmountOverflow)?;
        let whole = Vault { minor, ..one.clone() };
        self.vaults.remove(&from);
        self.vaults.insert(into, whole);
        Ok(())
    }

    /// Ends an empty vault.
    pub fn close(&mut self, id: Address) -> Result<(), Refusal> {
        match self.vault(id)?.minor {
            0 => {
                self.vaults.remove(&id);
                Ok(())
            }
            _ => Err(Refusal::VaultNotEmpty),
        }
    }

    /// A vault by its id.
    pub fn vault(&self, id: Address) -> Result<&Vault, Refusal> {
        self.vaults.get(&id).ok_or(Refusal::UnknownVault)
    }

    /// Whether balances and vaults together are what was put in, in every currency.
    pub fn are_conserved(&self) -> bool {
        let held = self.balances.iter().map(|((_, currency), minor)| (currency, *minor));
        let kept = self.vaults.values().map(|vault| (&vault.currency, vault.minor));
        let mut sums: BTreeMap<&Currency, u128> = BTreeMap::new();
        for (currency, minor) in held.chain(kept) {
            let sum = sums.entry(currency).or_default();
            let Some(new) = sum.checked_add(minor) else { return false };
            *sum = new;
        }
        sums == self.put_in.iter().map(|(currency, minor)| (currency, *minor)).collect()
    }

    /// A vault that may be cut and merged.
    fn unfrozen(&self, id: Address) -> Result<&Vault, Refusal> {
        let vault = self.vault(id)?;
        if self.frozen.contains(&vault.owner) { Err(Refusal::AccountFrozen) } else { Ok(vault) }
    }

    fn add(&mut self, vault: Vault) -> Address {
        self.made = self.made.saturating_add(1);
        let mut id = [0xee; 32];
        for (byte, count) in id.iter_mut().rev().zip(self.made.to_le_bytes()) {
            *byte = count;
        }
        self.vaults.insert(id, vault);
        id
    }
}

#[cfg(test)]
mod tests;
