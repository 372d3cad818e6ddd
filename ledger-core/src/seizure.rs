//! Seizure: frozen money moved, delivered or destroyed by a court's order.
//!
//! ```text
//! frozen account, or account with a frozen customer's money
//!      |  Block                  |  Deliver                     |  Burn
//!      v                         v                              v
//! blocked-property account   an account free to use       supply falls, without a bank entry
//! ```
//!
//! # Place      an action of network compliance, called by `proposal` when the second person says yes
//! # Invariants I10 nothing else moves frozen money out of its account; I1, I4 what is burned leaves
//! #            account and supply together and stands in the journal of the currency; I3 a burn
//! #            without a bank entry has an order's record in its place
//! # Absent     money that is held or preburned (its hold ends within days, treasury cancels its
//! #            redemption; it is free in the account then); who owns a blocked-property account (its
//! #            member, as of any account); the order itself (the reference names it)

use serde::{Deserialize, Serialize};

use crate::{
    account::{Account, AccountStatus, Balances},
    draft::Draft,
    execute::Facts,
    id::{AccountId, CommandId, Lei, PartyId, Text},
    journal::MovementKind,
    money::Money,
    receipt::Effect,
    record::{Name, Record},
    redemption::BurnAuthority,
    refusal::Refusal,
    time::LedgerTime,
};

/// What becomes of what is seized. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposal {
    /// It moves to a blocked-property account: one that is frozen.
    Block(AccountId),
    /// It moves to an account that is free to use it.
    Deliver(AccountId),
    /// It is destroyed.
    Burn,
}

/// What an order takes, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeizureOrder {
    /// The account that is taken from.
    pub from: AccountId,
    /// The frozen customer whose money it is; without one the account is frozen itself.
    pub party: Option<PartyId>,
    /// How much.
    pub money: Money,
    /// What becomes of it.
    pub disposal: Disposal,
    /// The order, by the name that the court and the custodians know.
    pub reference: Text,
}

/// An order that was carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seizure {
    /// The command that did.
    pub id: CommandId,
    /// Who decided.
    pub organisation: Lei,
    /// Whose account was taken from.
    pub member: Lei,
    /// The order.
    pub order: SeizureOrder,
    /// When.
    pub time: LedgerTime,
}

/// Carries out an order.
///
/// The receipt goes to the organisation that decides and the member that keeps the account, of a burn
/// also to the issuer. It does not name the account that is credited: that account's member reads of
/// it in its own journal.
///
/// # Errors
/// [`Refusal::AmountZero`], [`Refusal::AccountUnknown`], [`Refusal::PartyUnknown`],
/// [`Refusal::PartyNotYours`], [`Refusal::NotFrozen`], [`Refusal::AccountFrozen`],
/// [`Refusal::CurrencyMismatch`], [`Refusal::OutOfRange`], [`Refusal::InsufficientFunds`]: the first
/// in order of precedence.
pub(crate) fn seize(
    draft: &mut Draft<'_>,
    organisation: &Lei,
    order: &SeizureOrder,
) -> Result<Facts, Refusal> {
    let (code, minor) = (order.money.currency(), order.money.minor());
    let issuer = draft.currency(code)?.issuer;
    let from = account(draft, &order.from).cloned();
    let mut faults = vec![order.money.is_zero().then_some(Refusal::AmountZero)];
    faults.extend(source_faults(draft, from.as_ref(), order));
    faults.extend(target_faults(draft, order));
    Refusal::first(faults)?;
    let member = from.ok_or(Refusal::AccountUnknown)?.member;
    take(draft, order)?;
    let effect = match order.disposal {
        Disposal::Block(to) | Disposal::Deliver(to) => {
            draft.move_money(&to, MovementKind::Received, minor, |b| {
                let available = b.available.checked_add(minor).ok_or(Refusal::AmountOverflow)?;
                Ok(Balances { available, ..b })
            })?;
            Effect::Seized
        }
        Disposal::Burn => {
            draft.lower_supply(&BurnAuthority::by_order(order.money))?;
            Effect::BurnedByOrder
        }
    };
    let (id, time) = (draft.command, draft.now());
    let (decided_by, order) = (*organisation, order.clone());
    let mut parties = vec![decided_by, member];
    parties.extend((order.disposal == Disposal::Burn).then_some(issuer));
    let facts =
        Facts { debit: Some(order.from), money: Some(order.money), ..Facts::new(effect, parties) };
    let seizure = Seizure { id, organisation: decided_by, member, order, time };
    draft.put(&Name::Seizure(id), Record::Seizure(Box::new(seizure)));
    Ok(facts)
}

/// Takes the money out of what is free in the account.
fn take(draft: &mut Draft<'_>, order: &SeizureOrder) -> Result<(), Refusal> {
    let minor = order.money.minor();
    draft.move_money(&order.from, MovementKind::Seized, minor, |b| {
        let available = b.available.checked_sub(minor).ok_or(Refusal::InsufficientFunds)?;
        Ok(Balances { available, ..b })
    })
}

/// Every reason why an account cannot be taken from.
fn source_faults(
    draft: &Draft<'_>,
    from: Option<&Account>,
    order: &SeizureOrder,
) -> Vec<Option<Refusal>> {
    let Some(from) = from else { return vec![Some(Refusal::AccountUnknown)] };
    let mismatch = from.currency != order.money.currency();
    let mut faults = vec![mismatch.then_some(Refusal::CurrencyMismatch)];
    let short = from.balances.available < order.money.minor();
    faults.push(short.then_some(Refusal::InsufficientFunds));
    let frozen = match order.party.map(|party| draft.get(&Name::Party(party))) {
        None => from.status == AccountStatus::Frozen,
        Some(Some(Record::Party(party))) => {
            faults.push((party.member != from.member).then_some(Refusal::PartyNotYours));
            party.frozen
        }
        Some(_) => {
            faults.push(Some(Refusal::PartyUnknown));
            return faults;
        }
    };
    faults.push((!frozen).then_some(Refusal::NotFrozen));
    faults
}

/// Every reason why an account cannot be given what is taken.
fn target_faults(draft: &Draft<'_>, order: &SeizureOrder) -> Vec<Option<Refusal>> {
    let (to, blocks) = match order.disposal {
        Disposal::Block(to) => (to, true),
        Disposal::Deliver(to) => (to, false),
        Disposal::Burn => return Vec::new(),
    };
    let Some(found) = account(draft, &to) else { return vec![Some(Refusal::AccountUnknown)] };
    let frozen = found.status == AccountStatus::Frozen;
    vec![
        (to == order.from).then_some(Refusal::OutOfRange),
        (found.currency != order.money.currency()).then_some(Refusal::CurrencyMismatch),
        (blocks && !frozen).then_some(Refusal::NotFrozen),
        (!blocks && frozen).then_some(Refusal::AccountFrozen),
    ]
}

fn account<'a>(draft: &'a Draft<'_>, id: &AccountId) -> Option<&'a Account> {
    match draft.get(&Name::Account(*id)) {
        Some(Record::Account(account)) => Some(account),
        _ => None,
    }
}
