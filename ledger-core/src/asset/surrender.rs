//! Surrenders: units that their holder gives up, and that the registrar cancels.
//!
//! ```text
//!           Surrender            CancelUnits (registrar, two persons)
//! (absent) -----------> Open ------------------------------------> Cancelled
//!                         |  Reclaim
//!                         +---------> Reclaimed: the units are free again
//! ```

use serde::{Deserialize, Serialize};

use super::{
    AssetStatus, Units,
    delivery::persons_for,
    find,
    units::{account_faults, holder_faults, move_units, put_asset},
};
use crate::{
    account::Balances,
    authority::Role,
    draft::{Draft, Signers},
    execute::Facts,
    id::{AccountId, CommandId, Lei},
    journal::MovementKind,
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
    time::LedgerTime,
};

/// Gives units up, so that their registrar may cancel them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surrender {
    /// The account that holds them.
    pub account: AccountId,
    /// What and how much.
    pub units: Units,
}

/// Where a surrender is. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SurrenderState {
    /// The units wait to be cancelled; the holder may still change its mind.
    Open,
    /// The registrar cancelled them.
    Cancelled,
    /// The holder took them back.
    Reclaimed,
}

/// A surrender's record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurrenderRecord {
    /// The command that surrendered.
    pub id: CommandId,
    /// Whose units.
    pub member: Lei,
    /// What was surrendered, and from where.
    pub surrender: Surrender,
    /// When.
    pub entered: LedgerTime,
    /// Where it is.
    pub state: SurrenderState,
}

/// Surrenders units.
///
/// # Errors
/// Every [`Refusal`] about member, amount, account, units, persons and the asset: the first in order of
/// precedence.
pub(crate) fn surrender(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    asked: &Surrender,
) -> Result<Facts, Refusal> {
    signers.require(Role::Settlement)?;
    draft.active_member(member)?;
    let (units, count) = (asked.units, asked.units.count);
    let status = find(draft, units.asset).map(|asset| asset.status);
    let mut faults = vec![
        (count == 0).then_some(Refusal::AmountZero),
        (status == Ok(AssetStatus::Suspended)).then_some(Refusal::AssetSuspended),
        persons_for(draft, member, signers, &asked.account).err(),
    ];
    faults.extend(account_faults(draft, &asked.account, member));
    let moved = move_units(draft, &asked.account, units, MovementKind::Preburned, |b| {
        Ok(Balances {
            available: b.available.checked_sub(count).ok_or(Refusal::InsufficientFunds)?,
            preburned: b.preburned.checked_add(count).ok_or(Refusal::AmountOverflow)?,
            ..b
        })
    });
    faults.push(moved.err());
    Refusal::first(faults)?;
    let (id, entered, state) = (draft.command, draft.now(), SurrenderState::Open);
    let record = SurrenderRecord { id, member: *member, surrender: *asked, entered, state };
    put(draft, record);
    facts(draft, Effect::UnitsSurrendered(units), &record)
}

/// Takes a surrender back: the units are free again within their account, frozen or not.
///
/// # Errors
/// [`Refusal::WrongRole`], those about the member, [`Refusal::SurrenderUnknown`] also to another
/// member, [`Refusal::SurrenderEnded`].
pub(crate) fn reclaim(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    id: &CommandId,
) -> Result<Facts, Refusal> {
    signers.require(Role::Settlement)?;
    draft.active_member(member)?;
    let record = find_record(draft, id)?;
    if record.member != *member {
        return Err(Refusal::SurrenderUnknown);
    }
    if record.state != SurrenderState::Open {
        return Err(Refusal::SurrenderEnded);
    }
    let Surrender { account, units } = record.surrender;
    move_units(draft, &account, units, MovementKind::PreburnReleased, |b| {
        Ok(Balances {
            available: b.available.checked_add(units.count).ok_or(Refusal::AmountOverflow)?,
            preburned: b.preburned.checked_sub(units.count).ok_or(Refusal::InternalFault)?,
            ..b
        })
    })?;
    put(draft, SurrenderRecord { state: SurrenderState::Reclaimed, ..record });
    facts(draft, Effect::UnitsReclaimed(units), &record)
}

/// Cancels surrendered units: the only way in which there are fewer (A3).
///
/// # Errors
/// [`Refusal::SurrenderUnknown`], or the first in order of precedence of
/// [`Refusal::CounterpartyNotEligible`] for a frozen account, [`Refusal::NotTheRegistrar`],
/// [`Refusal::AssetSuspended`], [`Refusal::SurrenderEnded`].
pub(crate) fn cancel(
    draft: &mut Draft<'_>,
    registrar: &Lei,
    id: &CommandId,
) -> Result<Facts, Refusal> {
    let record = find_record(draft, id)?;
    let Surrender { account, units } = record.surrender;
    let mut asset = find(draft, units.asset)?.clone();
    // A member that was suspended since is still relieved of what it gave up.
    let [unknown, frozen, _] = holder_faults(draft, &account);
    Refusal::first([
        unknown,
        frozen,
        (asset.terms.registrar != *registrar).then_some(Refusal::NotTheRegistrar),
        (asset.status == AssetStatus::Suspended).then_some(Refusal::AssetSuspended),
        (record.state != SurrenderState::Open).then_some(Refusal::SurrenderEnded),
    ])?;
    let issued = asset.totals.issued.checked_sub(units.count).ok_or(Refusal::InternalFault)?;
    asset.totals.issued = issued;
    put_asset(draft, asset);
    move_units(draft, &account, units, MovementKind::Burned, |b| {
        let preburned = b.preburned.checked_sub(units.count).ok_or(Refusal::InternalFault)?;
        Ok(Balances { preburned, ..b })
    })?;
    put(draft, SurrenderRecord { state: SurrenderState::Cancelled, ..record });
    facts(draft, Effect::UnitsCancelled(units), &record)
}

fn find_record(draft: &Draft<'_>, id: &CommandId) -> Result<SurrenderRecord, Refusal> {
    match draft.get(&Name::Surrender(*id)) {
        Some(Record::Surrender(record)) => Ok(*record),
        _ => Err(Refusal::SurrenderUnknown),
    }
}

fn put(draft: &mut Draft<'_>, record: SurrenderRecord) {
    draft.put(&Name::Surrender(record.id), Record::Surrender(record));
}

fn facts(draft: &Draft<'_>, effect: Effect, record: &SurrenderRecord) -> Result<Facts, Refusal> {
    let registrar = find(draft, record.surrender.units.asset)?.terms.registrar;
    Ok(Facts {
        entered: Some(record.entered),
        debit: Some(record.surrender.account),
        ..Facts::new(effect, vec![record.member, registrar])
    })
}
