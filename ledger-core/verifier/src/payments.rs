//! What shows every payment of a member between two heights, by role and currency.
//!
//! A proof is the member's whole list of accounts, the record of each of them, and the complete
//! history of each that may hold such a payment, all under one header. Payments are not listed by
//! whoever cuts the proof: they are picked out of the histories here, so that none can be left out.
//!
//! # Place      spelled by `payments_file`, under the record of holdings that is proved there
//! # Invariants W28 every account of the member, every movement of each, every payment among them
//! # Absent     counterparties (a payment names its command, whose receipts are files of their own);
//! #            what is earmarked and was not paid; mints, burns and redemptions

use ledger_core::{
    account::Account,
    block::Results,
    id::{AccountId, CommandId, Lei},
    journal::MovementKind,
    member::Holdings,
    money::Currency,
    proof::RecordProof,
    time::{Height, LedgerTime},
};

use crate::{
    error::VerifyError,
    file::proved_account,
    history::{HistoryProof, Span},
    limits::{MAX_HISTORY_BLOCKS, MAX_HISTORY_MOVEMENTS, MAX_PAYMENTS_ACCOUNTS},
    list::{ListKind, ListProof},
};

/// Why a proof does not show all payments of a member, in the order in which it is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaymentsFault {
    /// More than one file holds.
    #[error("more than {limit} {what} in the file; ask for a shorter span or one currency")]
    TooLong {
        /// Of what.
        what: &'static str,
        /// How many are allowed.
        limit: usize,
    },
    /// Not the list of accounts, or not all of it.
    #[error("not all accounts of the member are listed")]
    AccountsNotWhole,
    /// Fewer or more accounts are shown than are listed, in another order, or of another member.
    #[error("the account at place {index} of the list is not the one shown there")]
    OtherAccount {
        /// Its place in the list.
        index: usize,
    },
    /// An account in a currency that is asked about has no history.
    #[error("the history of the account at place {index} of the list is not shown")]
    HistoryMissing {
        /// Its place in the list.
        index: usize,
    },
    /// An account in another currency has one, or one is of another span.
    #[error("the history of the account at place {index} of the list was not asked for")]
    HistoryNotAsked {
        /// Its place in the list.
        index: usize,
    },
    /// What was paid is more than 128 bits hold.
    #[error("the sum of payments in {currency} is too large; ask for a shorter span")]
    SumTooLarge {
        /// In which currency.
        currency: Currency,
    },
}

impl PaymentsFault {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "payments_too_long",
            Self::AccountsNotWhole => "accounts_not_whole",
            Self::OtherAccount { .. } => "other_account",
            Self::HistoryMissing { .. } => "history_missing",
            Self::HistoryNotAsked { .. } => "history_not_asked",
            Self::SumTooLarge { .. } => "payments_sum_too_large",
        }
    }
}

/// On which side of a payment a member stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentRole {
    /// It pays.
    Payer,
    /// It is paid.
    Payee,
    /// Either.
    Any,
}

impl PaymentRole {
    const ALL: [Self; 3] = [Self::Payer, Self::Payee, Self::Any];

    /// Its name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Payer => "payer",
            Self::Payee => "payee",
            Self::Any => "any",
        }
    }

    /// The role of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// The role in which a movement is a payment; nothing for what is none.
    #[must_use]
    pub const fn of(kind: MovementKind) -> Option<Self> {
        match kind {
            MovementKind::Paid | MovementKind::PaidFromHold => Some(Self::Payer),
            MovementKind::Received => Some(Self::Payee),
            MovementKind::Minted
            | MovementKind::Held
            | MovementKind::Released
            | MovementKind::Preburned
            | MovementKind::PreburnReleased
            | MovementKind::Burned
            | MovementKind::Seized
            | MovementKind::MovedOut
            | MovementKind::MovedIn
            | MovementKind::IntoVault
            | MovementKind::FromVault => None,
        }
    }

    fn includes(self, role: Self) -> bool {
        self == Self::Any || self == role
    }
}

/// Which payments of a member are asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaymentsQuery {
    /// In which role.
    pub role: PaymentRole,
    /// In which currency; nothing for all.
    pub currency: Option<Currency>,
    /// In which blocks.
    pub span: Span,
}

impl PaymentsQuery {
    fn is_of(&self, currency: Currency) -> bool {
        self.currency.is_none_or(|asked| asked == currency)
    }
}

/// An account of the member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownAccount {
    /// Its record.
    pub record: RecordProof,
    /// What happened to it; nothing for an account in a currency that is not asked about.
    pub history: Option<HistoryProof>,
}

/// Every account of a member, with the histories that may hold payments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentsProof {
    /// What is asked.
    pub query: PaymentsQuery,
    /// The member's list of accounts.
    pub list: ListProof,
    /// The accounts, in the order of the list.
    pub accounts: Vec<ShownAccount>,
}

/// A payment: money that left an account for another member's, or came from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The block in which it settled.
    pub height: Height,
    /// That block's time.
    pub time: LedgerTime,
    /// The member's account.
    pub account: AccountId,
    /// Its currency.
    pub currency: Currency,
    /// Whether the member paid or was paid.
    pub role: PaymentRole,
    /// How much, in minor units.
    pub minor: u128,
    /// The command that settled it.
    pub command: CommandId,
}

/// Payments in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CurrencySum {
    /// Which.
    pub currency: Currency,
    /// How many.
    pub payments: usize,
    /// Their sum, in minor units.
    pub minor: u128,
}

/// What a proof comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payments {
    /// Every payment asked about, by height, then in the order of the list of accounts.
    pub payments: Vec<Payment>,
    /// Their sums, by currency code.
    pub sums: Vec<CurrencySum>,
    /// How many accounts have a history here.
    pub histories: usize,
}

impl PaymentsProof {
    /// Checks that these are all accounts of a member and their complete histories, under a header
    /// that declares `results`, and picks out the payments asked about.
    ///
    /// # Errors
    /// [`VerifyError`], naming the first thing that is wrong.
    pub fn check(&self, holdings: &Holdings, results: &Results) -> Result<Payments, VerifyError> {
        // Where no account's history is shown, nothing else looks at it.
        self.query.span.check(results.height)?;
        self.check_size()?;
        let head = self.list.check(holdings)?;
        if self.list.kind != ListKind::Accounts || !self.list.is_whole(&head) {
            return Err(PaymentsFault::AccountsNotWhole.into());
        }
        if self.accounts.len() != self.list.entries.len() {
            let index = self.accounts.len().min(self.list.entries.len());
            return Err(PaymentsFault::OtherAccount { index }.into());
        }
        let mut payments = Vec::new();
        let mut histories = 0usize;
        for (index, shown) in self.accounts.iter().enumerate() {
            let account = self.listed(index, shown, &holdings.member, results)?;
            if let Some(history) = self.asked(index, shown, account)? {
                history.check(account, results.height)?;
                histories = histories.saturating_add(1);
                self.pick(account, history, &mut payments);
            }
        }
        payments.sort_by_key(|payment: &Payment| payment.height);
        Ok(Payments { sums: sums(&payments)?, payments, histories })
    }

    fn check_size(&self) -> Result<(), PaymentsFault> {
        let histories = || self.accounts.iter().filter_map(|shown| shown.history.as_ref());
        let sum = |count: fn(&HistoryProof) -> usize| {
            histories().map(count).fold(0, |sum: usize, found| sum.saturating_add(found))
        };
        let blocks = sum(|history| history.blocks.len());
        let movements = sum(HistoryProof::movements);
        for (found, what, limit) in [
            (self.accounts.len(), "accounts", MAX_PAYMENTS_ACCOUNTS),
            (blocks, "blocks", MAX_HISTORY_BLOCKS),
            (movements, "movements", MAX_HISTORY_MOVEMENTS),
        ] {
            if found > limit {
                return Err(PaymentsFault::TooLong { what, limit });
            }
        }
        Ok(())
    }

    /// The account shown at a place of the list, when it is the one that is listed there.
    fn listed<'a>(
        &self,
        index: usize,
        shown: &'a ShownAccount,
        member: &Lei,
        results: &Results,
    ) -> Result<&'a Account, VerifyError> {
        let account = proved_account(&shown.record, results)?;
        let listed = self.list.entries.get(index).map(|entry| AccountId::new(entry.id));
        if listed == Some(account.id) && account.member == *member {
            Ok(account)
        } else {
            Err(PaymentsFault::OtherAccount { index }.into())
        }
    }

    /// The history that an account must have here, if it must have one.
    fn asked<'a>(
        &self,
        index: usize,
        shown: &'a ShownAccount,
        account: &Account,
    ) -> Result<Option<&'a HistoryProof>, PaymentsFault> {
        match (&shown.history, self.query.is_of(account.currency)) {
            (Some(history), true) if history.span == self.query.span => Ok(Some(history)),
            (None, false) => Ok(None),
            (None, true) => Err(PaymentsFault::HistoryMissing { index }),
            (Some(_), true | false) => Err(PaymentsFault::HistoryNotAsked { index }),
        }
    }

    fn pick(&self, account: &Account, history: &HistoryProof, into: &mut Vec<Payment>) {
        for block in &history.blocks {
            let entry = &block.shown.entry;
            for shown in &block.movements {
                let movement = &shown.movement;
                let role = PaymentRole::of(movement.kind);
                let Some(role) = role.filter(|role| self.query.role.includes(*role)) else {
                    continue;
                };
                into.push(Payment {
                    height: entry.height,
                    time: entry.time,
                    account: account.id,
                    currency: account.currency,
                    role,
                    minor: movement.minor,
                    command: movement.command,
                });
            }
        }
    }
}

/// Number and sum of payments in each currency that has any, by code.
fn sums(payments: &[Payment]) -> Result<Vec<CurrencySum>, PaymentsFault> {
    let mut sums: Vec<CurrencySum> = Vec::new();
    for Payment { currency, minor, .. } in payments {
        let at = match sums.binary_search_by_key(currency, |sum| sum.currency) {
            Ok(at) => at,
            Err(at) => {
                sums.insert(at, CurrencySum { currency: *currency, payments: 0, minor: 0 });
                at
            }
        };
        if let Some(sum) = sums.get_mut(at) {
            sum.payments = sum.payments.saturating_add(1);
            let total = sum.minor.checked_add(*minor);
            sum.minor = total.ok_or(PaymentsFault::SumTooLarge { currency: *currency })?;
        }
    }
    Ok(sums)
}

#[cfg(test)]
mod tests;
