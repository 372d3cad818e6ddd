//! The institution's own accounts, by proof.

use ledger_core::{account::Balances, id::AccountId, money::Money};
use serde::{Deserialize, Serialize};
use verifier::{AccountVerdict, verify_account};

use crate::{
    error::Error,
    gateway::{Gateway, segment},
};

/// An account as the gateway shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountReport {
    /// Its id on the ledger.
    pub account: String,
    /// What it holds.
    pub currency: String,
    /// What can be spent.
    pub available: String,
    /// What is held for payments on their way.
    pub held: String,
    /// What is locked for redemptions.
    pub preburned: String,
}

/// An own account whose proof verified.
#[derive(Clone, Debug)]
pub struct ProvedAccount {
    verdict: AccountVerdict,
}

impl ProvedAccount {
    /// Its id.
    #[must_use]
    pub const fn id(&self) -> AccountId {
        self.verdict.account.id
    }

    /// What it holds.
    #[must_use]
    pub const fn balances(&self) -> &Balances {
        &self.verdict.account.balances
    }

    /// Everything that belongs to it: free, held and locked.
    #[must_use]
    pub fn total(&self) -> Option<Money> {
        let currency = self.verdict.account.currency;
        self.balances().sum().map(|sum| Money::new(currency, sum))
    }

    /// The block after which it stood so.
    #[must_use]
    pub const fn height(&self) -> u64 {
        self.verdict.height.get()
    }

    /// In plain words.
    #[must_use]
    pub fn plain(&self) -> &str {
        &self.verdict.plain
    }
}

impl Gateway {
    /// The own accounts, as the gateway shows them.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn accounts(&self) -> Result<Vec<AccountReport>, Error> {
        self.get("/v1/accounts", "a list of accounts").await
    }

    /// The own account in a currency, by a proof that verified.
    ///
    /// # Errors
    /// [`Error`]; [`Error::OtherAccount`] when the proof is of another member's.
    pub async fn account(&self, currency: &str) -> Result<ProvedAccount, Error> {
        let currency = segment(currency, "the currency")?;
        let file = self.fetch(&format!("/v1/accounts/{currency}/proof")).await?;
        let verdict = verify_account(&file, self.trust.committee())?;
        let account = &verdict.account;
        if account.member != self.member || account.currency.code() != currency {
            return Err(Error::OtherAccount);
        }
        self.keep_account(currency, account.id);
        Ok(ProvedAccount { verdict })
    }

    /// The id of the own account in a currency, asked for once.
    pub(crate) async fn account_id(&self, currency: &str) -> Result<AccountId, Error> {
        let known = self.accounts.lock().map(|known| known.get(currency).copied());
        match known.ok().flatten() {
            Some(id) => Ok(id),
            None => self.account(currency).await.map(|account| account.id()),
        }
    }

    fn keep_account(&self, currency: &str, id: AccountId) {
        if let Ok(mut known) = self.accounts.lock() {
            known.insert(currency.to_owned(), id);
        }
    }
}
