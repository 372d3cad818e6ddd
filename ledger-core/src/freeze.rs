//! Freezes: money and customers that network compliance has stopped.
//!
//! # Place      one key of network compliance freezes, two persons lift; every rule that moves money
//! #            looks
//! # Invariants I10 frozen money does not move and stays in supply; who is frozen is told to nobody
//! #            but the member that keeps the account
//! # Absent     seizure and blocked-property holds (planned); the reason (the reference names the
//! #            case, which stays with network compliance)

use serde::{Deserialize, Serialize};

use crate::{
    account::AccountStatus,
    authority::Role,
    command::Freeze,
    draft::{Draft, Signers},
    execute::Facts,
    id::{AccountId, Lei, PartyId},
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
};

/// How many persons of network compliance lift a freeze.
pub const UNFREEZE_PERSONS: u8 = 2;

/// What can be frozen. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FreezeTarget {
    /// A member's account.
    Account(AccountId),
    /// A customer.
    Party(PartyId),
}

/// Freezes at once, by one key.
///
/// # Errors
/// [`Refusal::WrongRole`], [`Refusal::AccountUnknown`], [`Refusal::PartyUnknown`],
/// [`Refusal::AlreadyFrozen`].
pub(crate) fn freeze(
    draft: &mut Draft<'_>,
    organisation: &Lei,
    signers: &Signers,
    freeze: &Freeze,
) -> Result<Facts, Refusal> {
    signers.require(Role::NetworkCompliance)?;
    set(draft, organisation, &freeze.target, true)
}

/// Lifts a freeze.
///
/// # Errors
/// [`Refusal::AccountUnknown`], [`Refusal::PartyUnknown`], [`Refusal::NotFrozen`].
pub(crate) fn unfreeze(
    draft: &mut Draft<'_>,
    organisation: &Lei,
    target: &FreezeTarget,
) -> Result<Facts, Refusal> {
    set(draft, organisation, target, false)
}

/// Sets or lifts a freeze. Of a customer's only the organisation that decides hears, so that
/// nobody is tipped off; of an account's also the member that keeps it.
fn set(
    draft: &mut Draft<'_>,
    organisation: &Lei,
    target: &FreezeTarget,
    frozen: bool,
) -> Result<Facts, Refusal> {
    let same = if frozen { Refusal::AlreadyFrozen } else { Refusal::NotFrozen };
    let effect = if frozen { Effect::Frozen } else { Effect::Unfrozen };
    match target {
        FreezeTarget::Account(id) => {
            let name = Name::Account(*id);
            let Some(Record::Account(mut account)) = draft.get(&name).cloned() else {
                return Err(Refusal::AccountUnknown);
            };
            if (account.status == AccountStatus::Frozen) == frozen {
                return Err(same);
            }
            let member = account.member;
            account.status = if frozen { AccountStatus::Frozen } else { AccountStatus::Active };
            draft.put(&name, Record::Account(account));
            let facts = Facts::new(effect, vec![*organisation, member]);
            Ok(Facts { debit: Some(*id), ..facts })
        }
        FreezeTarget::Party(id) => {
            let name = Name::Party(*id);
            let Some(Record::Party(mut party)) = draft.get(&name).cloned() else {
                return Err(Refusal::PartyUnknown);
            };
            if party.frozen == frozen {
                return Err(same);
            }
            party.frozen = frozen;
            draft.put(&name, Record::Party(party));
            Ok(Facts::new(effect, vec![*organisation]))
        }
    }
}
