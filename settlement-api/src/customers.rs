//! The member's customers: account number to handle, and the standing last set on the ledger.
//!
//! # Place      payments look debtors and creditors up here; onboarding writes here
//! # Invariants a name or account number never leaves this store for the ledger
//! # Absent     encryption of the vault, evidence, erasure (planned)

use iso20022::Iso20022Error;
use kyc_gateway::Customer;
use ledger_core::{
    codec::{decode, encode},
    party::{Level, StandingStatus},
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};

use crate::{
    outbox::stored,
    port::{KeyValue, StoreFault, Write},
    refused::Refused,
};

const PREFIX: &[u8] = b"customer/";
const MAX_RECORD: usize = 4_096;

/// A customer's account with the member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerRecord {
    /// `IBAN:...` or `OTHR:...`.
    pub account: String,
    /// The holder's name.
    pub name: String,
    /// The holder as the ledger knows it.
    pub party: ledger_core::id::PartyId,
    /// How well it is known.
    pub level: Level,
    /// Whether that is in force.
    pub status: StandingStatus,
    /// Until when.
    pub expires: LedgerTime,
}

/// An account as requests name it.
///
/// # Errors
/// [`Refused::Malformed`] unless exactly one is given.
pub fn account_of(
    iban: Option<&String>,
    account: Option<&String>,
) -> Result<iso20022::AccountId, Refused> {
    match (iban, account) {
        (Some(iban), None) => Ok(iso20022::AccountId::Iban(iban.clone())),
        (None, Some(other)) => Ok(iso20022::AccountId::Other(other.clone())),
        _ => Err(Refused::Malformed("give exactly one of iban and account")),
    }
}

/// The number under which an account that a request names is kept.
///
/// # Errors
/// As [`account_of`], and what is no IBAN where one must stand.
pub fn number_of(iban: Option<&String>, account: Option<&String>) -> Result<String, Refused> {
    if let Some(iban) = iban
        && !iso20022::identifier::is_iban(iban)
    {
        return Err(Iso20022Error::BadIban { path: "iban".to_owned(), line: 0 }.into());
    }
    Ok(account_of(iban, account)?.identifier())
}

impl CustomerRecord {
    /// What the gate needs to know.
    #[must_use]
    pub const fn standing(&self) -> Customer {
        Customer {
            party: self.party,
            level: self.level,
            status: self.status,
            expires: self.expires,
        }
    }

    /// What must be written to keep it.
    #[must_use]
    pub fn write(&self) -> Write {
        stored(key(&self.account), self)
    }

    /// The customer who holds an account.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn load(store: &dyn KeyValue, account: &str) -> Result<Option<Self>, StoreFault> {
        match store.get(&key(account))? {
            Some(bytes) => decode(&bytes, MAX_RECORD).map(Some).map_err(|_| StoreFault::Damaged),
            None => Ok(None),
        }
    }

    /// Customers whose account comes after this one in the order in which they are kept, at most `limit`.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn after(
        store: &dyn KeyValue,
        account: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Self>, StoreFault> {
        let after = account.map_or_else(Vec::new, key);
        let pairs = store.scan_after(PREFIX, &after, limit)?.into_iter();
        pairs
            .map(|(_, bytes)| decode(&bytes, MAX_RECORD).map_err(|_| StoreFault::Damaged))
            .collect()
    }

    /// Customers in the same order, at most `limit`.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn all(store: &dyn KeyValue, limit: usize) -> Result<Vec<Self>, StoreFault> {
        let pairs = store.scan(PREFIX, limit)?.into_iter();
        pairs
            .map(|(_, bytes)| decode(&bytes, MAX_RECORD).map_err(|_| StoreFault::Damaged))
            .collect()
    }
}

fn key(account: &str) -> Vec<u8> {
    [PREFIX, encode(&account).as_slice()].concat()
}
