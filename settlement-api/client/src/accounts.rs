//! The institution's own accounts, by proof.

use ledger_core::{
    account::Balances,
    id::AccountId,
    money::{Currency, Money},
};
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
    /// Whether payments, mints and redemptions of the currency go over it.
    pub settles: bool,
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

    const fn is(&self) -> (AccountId, Currency) {
        (self.verdict.account.id, self.verdict.account.currency)
    }

    /// What it holds.
    #[must_use]
    pub const fn balances(&self) -> &Balances {
        &self.verdict.account.balances
    }

    /// Everything that belongs to it: free, held and locked.
    #[must_use]
    pub fn total(&self) -> Option<Money> {
        self.balances().sum().map(|sum| self.money(sum))
    }

    /// Minor units of its currency.
    #[must_use]
    pub const fn money(&self, minor: u128) -> Money {
        Money::new(self.verdict.account.currency, minor)
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

    /// An own account by a proof that verified: the one of this address, or the one that settles a
    /// currency, by its code.
    ///
    /// # Errors
    /// [`Error`]; [`Error::OtherAccount`] when the proof is of another member's or another account.
    pub async fn account(&self, name: &str) -> Result<ProvedAccount, Error> {
        let name = segment(name, "the account")?;
        let file = self.fetch(&format!("/v1/accounts/{name}/proof")).await?;
        let verdict = verify_account(&file, self.trust.committee())?;
        let account = &verdict.account;
        let named = match AccountId::from_hex(name) {
            Some(id) => account.id == id,
            None => account.currency.code() == name,
        };
        if account.member != self.member || !named {
            return Err(Error::OtherAccount);
        }
        let proved = ProvedAccount { verdict };
        self.keep_account(name, proved.is());
        Ok(proved)
    }

    /// Address and currency of an own account, asked for once.
    pub(crate) async fn account_named(&self, name: &str) -> Result<(AccountId, Currency), Error> {
        let known = self.accounts.lock().map(|known| known.get(name).copied());
        match known.ok().flatten() {
            Some(known) => Ok(known),
            None => self.account(name).await.map(|account| account.is()),
        }
    }

    fn keep_account(&self, name: &str, account: (AccountId, Currency)) {
        if let Ok(mut known) = self.accounts.lock() {
            known.insert(name.to_owned(), account);
        }
    }
}
