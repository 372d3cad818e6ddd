//! Freezes: money, customers, minting and currencies that network compliance has stopped.
//!
//! # Place      one key of network compliance, or of the emergency role, freezes, two persons of
//! #            network compliance lift; every rule that moves money looks; minting that is stopped
//! #            stops nothing else (I6), a currency all of it
//! # Invariants I10 frozen money does not move and stays in supply, and its sum is kept in the totals;
//! #            who is frozen is told to nobody but the member that keeps the account
//! # Absent     seizure (see `seizure`); the reason (the reference names the case, which stays with
//! #            network compliance)

use serde::{Deserialize, Serialize};

use crate::{
    account::AccountStatus,
    authority::Role,
    command::Freeze,
    controls::MintControls,
    draft::{Draft, Signers},
    execute::Facts,
    id::{AccountId, Lei, PartyId},
    money::Currency,
    movement::set_stopped,
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
};

/// How many persons of network compliance lift a freeze, carry out an order and set what compliance
/// demands.
pub const COMPLIANCE_PERSONS: u8 = 2;

/// What can be frozen. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FreezeTarget {
    /// A member's account.
    Account(AccountId),
    /// A customer.
    Party(PartyId),
    /// The minting of a currency; whatever else is done with it goes on.
    Minting(Currency),
    /// A currency: its payments, mints and redemptions.
    Currency(Currency),
}

/// Freezes at once, by one key.
///
/// # Errors
/// [`Refusal::WrongRole`], [`Refusal::CurrencyUnknown`], [`Refusal::AccountUnknown`],
/// [`Refusal::PartyUnknown`], [`Refusal::AlreadyFrozen`].
pub(crate) fn freeze(
    draft: &mut Draft<'_>,
    organisation: &Lei,
    signers: &Signers,
    freeze: &Freeze,
) -> Result<Facts, Refusal> {
    signers.require(Role::NetworkCompliance).or_else(|_| signers.require(Role::Emergency))?;
    set(draft, organisation, &freeze.target, true)
}

/// Lifts a freeze.
///
/// # Errors
/// [`Refusal::CurrencyUnknown`], [`Refusal::AccountUnknown`], [`Refusal::PartyUnknown`],
/// [`Refusal::NotFrozen`].
pub(crate) fn unfreeze(
    draft: &mut Draft<'_>,
    organisation: &Lei,
    target: &FreezeTarget,
) -> Result<Facts, Refusal> {
    set(draft, organisation, target, false)
}

/// Sets or lifts a freeze. Of a customer's only the organisation that decides hears, so that
/// nobody is tipped off; of an account's also the member that keeps it, and of minting and of a
/// currency the issuer.
fn set(
    draft: &mut Draft<'_>,
    organisation: &Lei,
    target: &FreezeTarget,
    frozen: bool,
) -> Result<Facts, Refusal> {
    let effect = if frozen { Effect::Frozen } else { Effect::Unfrozen };
    match target {
        FreezeTarget::Account(id) => {
            let member = set_account(draft, id, frozen)?;
            let facts = Facts::new(effect, vec![*organisation, member]);
            Ok(Facts { debit: Some(*id), ..facts })
        }
        FreezeTarget::Party(id) => {
            set_party(draft, id, frozen)?;
            Ok(Facts::new(effect, vec![*organisation]))
        }
        FreezeTarget::Minting(currency) => {
            let issuer = set_minting(draft, *currency, frozen)?;
            Ok(Facts::new(effect, vec![*organisation, issuer]))
        }
        FreezeTarget::Currency(currency) => {
            let issuer = set_stopped(draft, *currency, frozen)?;
            Ok(Facts::new(effect, vec![*organisation, issuer]))
        }
    }
}

/// Whether something becomes frozen, or free, that was not.
pub(crate) fn changes(was: bool, frozen: bool) -> Result<(), Refusal> {
    match (was, frozen) {
        (true, true) => Err(Refusal::AlreadyFrozen),
        (false, false) => Err(Refusal::NotFrozen),
        (true, false) | (false, true) => Ok(()),
    }
}

/// Freezes or frees an account, and what it holds in the currency's totals; answers its member.
fn set_account(draft: &mut Draft<'_>, id: &AccountId, frozen: bool) -> Result<Lei, Refusal> {
    let name = Name::Account(*id);
    let Some(Record::Account(mut account)) = draft.get(&name).cloned() else {
        return Err(Refusal::AccountUnknown);
    };
    changes(account.status == AccountStatus::Frozen, frozen)?;
    let mut currency = draft.currency(account.currency)?.clone();
    let (sum, total) = (account.balances.sum(), currency.totals.frozen);
    let moved =
        sum.and_then(|sum| if frozen { total.checked_add(sum) } else { total.checked_sub(sum) });
    // What accounts hold is part of supply, which can be counted (I1).
    currency.totals.frozen = moved.ok_or(Refusal::InternalFault)?;
    let (member, code) = (account.member, account.currency);
    account.status = if frozen { AccountStatus::Frozen } else { AccountStatus::Active };
    draft.put(&name, Record::Account(account));
    draft.put(&Name::Currency(code), Record::Currency(currency));
    Ok(member)
}

fn set_party(draft: &mut Draft<'_>, id: &PartyId, frozen: bool) -> Result<(), Refusal> {
    let name = Name::Party(*id);
    let Some(Record::Party(mut party)) = draft.get(&name).cloned() else {
        return Err(Refusal::PartyUnknown);
    };
    changes(party.frozen, frozen)?;
    party.frozen = frozen;
    draft.put(&name, Record::Party(party));
    Ok(())
}

/// Stops minting of a currency or allows it again; answers the issuer.
fn set_minting(draft: &mut Draft<'_>, code: Currency, frozen: bool) -> Result<Lei, Refusal> {
    let issuer = draft.currency(code)?.issuer;
    let controls = draft.controls(code)?.clone();
    changes(controls.stopped, frozen)?;
    let controls = MintControls { stopped: frozen, ..controls };
    draft.put(&Name::MintControls(code), Record::MintControls(Box::new(controls)));
    Ok(issuer)
}
