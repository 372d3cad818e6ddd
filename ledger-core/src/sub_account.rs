//! Sub-accounts: further accounts of a member under one of its own, and moves between its accounts.
//!
//! ```text
//! account (opened by operators)  <--Move-->  sub-account  <--Move-->  sub-account
//! ```
//!
//! # Place      opened by a member's administrators; listed with its other accounts
//! # Invariants I5 two persons of the member open one; I7 a move keeps supply; I10 no frozen account is
//! #            moved from or to; K3, K7 limits are by customer and by person over all accounts, and a
//! #            move needs the persons of the account it takes from, so it is no way round either
//! # Absent     what a sub-account is for (its label is a commitment that the member can open);
//! #            clearance of moves (no other party is there to be screened)

use serde::{Deserialize, Serialize};

use crate::{
    account::Balances,
    authority::Role,
    digest::Hash32,
    draft::{Draft, Signers},
    execute::Facts,
    id::{AccountId, Lei},
    journal::MovementKind,
    limits::MAX_SUB_ACCOUNTS,
    money::Money,
    proposal::open_account,
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
    signing,
};

/// What makes an account a sub-account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubAccount {
    /// The account.
    pub account: AccountId,
    /// Under which it stands.
    pub parent: AccountId,
    /// Salted commitment to what it is for, which stays with the member.
    pub label: Hash32,
}

/// An account's sub-accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubAccounts {
    /// Under which they stand.
    pub parent: AccountId,
    /// They, in order of opening.
    pub accounts: Vec<AccountId>,
}

/// Opens an account under another of the same member, in its currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenSub {
    /// Under which: no sub-account itself.
    pub parent: AccountId,
    /// Random bytes that make the address unguessable.
    pub blind: Hash32,
    /// Salted commitment to what it is for.
    pub label: Hash32,
}

/// Moves money between two accounts of one member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// The account that gives.
    pub from: AccountId,
    /// The account that is given.
    pub to: AccountId,
    /// How much.
    pub money: Money,
}

/// Opens a sub-account.
///
/// # Errors
/// Those about the member, [`Refusal::AlreadyExists`], [`Refusal::AccountUnknown`],
/// [`Refusal::NotYourAccount`], [`Refusal::AccountFrozen`], [`Refusal::SubAccountsFull`].
pub(crate) fn open(draft: &mut Draft<'_>, member: &Lei, asked: &OpenSub) -> Result<Facts, Refusal> {
    draft.active_member(member)?;
    let Some(Record::Account(parent)) = draft.get(&Name::Account(asked.parent)) else {
        return Err(Refusal::AccountUnknown);
    };
    if parent.member != *member {
        return Err(Refusal::NotYourAccount);
    }
    let currency = parent.currency;
    let id = open_account(draft, member, currency, &asked.blind)?;
    draft.usable_account(&asked.parent, member, currency)?;
    let name = Name::SubAccounts(asked.parent);
    let mut accounts = match draft.get(&name) {
        Some(Record::SubAccounts(found)) => found.accounts.clone(),
        _ => Vec::new(),
    };
    let is_sub = draft.get(&Name::SubAccount(asked.parent)).is_some();
    if is_sub || accounts.len() >= MAX_SUB_ACCOUNTS {
        return Err(Refusal::SubAccountsFull);
    }
    accounts.push(id);
    draft.put(&name, Record::SubAccounts(SubAccounts { parent: asked.parent, accounts }));
    let sub = SubAccount { account: id, parent: asked.parent, label: asked.label };
    draft.put(&Name::SubAccount(id), Record::SubAccount(sub));
    let facts = Facts::new(Effect::Executed, vec![*member]);
    Ok(Facts { credit: Some(id), ..facts })
}

/// The account that a sub-account stands under.
pub(crate) fn parent(draft: &Draft<'_>, account: &AccountId) -> Option<AccountId> {
    match draft.get(&Name::SubAccount(*account)) {
        Some(Record::SubAccount(sub)) => Some(sub.parent),
        _ => None,
    }
}

/// Moves money between a member's own accounts. It is no payment: nobody else hears of it, no
/// customer pays, no limit counts it.
///
/// # Errors
/// Every [`Refusal`] about member, currency, amount, accounts, funds and the persons who sign, and
/// [`Refusal::SameAccount`].
pub(crate) fn move_own(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    asked: &Move,
) -> Result<Facts, Refusal> {
    signers.require(Role::Settlement)?;
    draft.active_member(member)?;
    let (code, minor) = (asked.money.currency(), asked.money.minor());
    draft.currency(code)?;
    if asked.money.is_zero() {
        return Err(Refusal::AmountZero);
    }
    let faults = [asked.from, asked.to].map(|id| draft.account_faults(&id, member, code));
    Refusal::first(faults.into_iter().flatten())?;
    draft.move_money(&asked.from, MovementKind::MovedOut, minor, |b| {
        let available = b.available.checked_sub(minor).ok_or(Refusal::InsufficientFunds)?;
        Ok(Balances { available, ..b })
    })?;
    draft.move_money(&asked.to, MovementKind::MovedIn, minor, |b| {
        let available = b.available.checked_add(minor).ok_or(Refusal::AmountOverflow)?;
        Ok(Balances { available, ..b })
    })?;
    signing::check(draft, member, signers, &[(asked.from, asked.money)])?;
    if asked.from == asked.to {
        return Err(Refusal::SameAccount);
    }
    Ok(Facts {
        debit: Some(asked.from),
        credit: Some(asked.to),
        money: Some(asked.money),
        ..Facts::new(Effect::Moved, vec![*member])
    })
}
