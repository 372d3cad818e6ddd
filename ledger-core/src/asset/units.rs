//! Units of an asset in positions: the only place where they move, and where they come from.

use super::{Asset, AssetStatus, Position, Units, find};
use crate::{
    account::Balances,
    draft::Draft,
    execute::Facts,
    id::{AccountId, Lei},
    journal::{Movement, MovementKind},
    merkle::LogHead,
    payment::outward,
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
};

/// Moves units within or into a position; the asset's totals follow (A1). A position is made when it
/// is first needed, and kept.
///
/// # Errors
/// [`Refusal::AccountUnknown`], [`Refusal::AssetUnknown`], what `change` answers,
/// [`Refusal::AmountOverflow`].
pub(super) fn move_units(
    draft: &mut Draft<'_>,
    account: &AccountId,
    units: Units,
    kind: MovementKind,
    change: impl FnOnce(Balances) -> Result<Balances, Refusal>,
) -> Result<(), Refusal> {
    let Some(Record::Account(owner)) = draft.get(&Name::Account(*account)) else {
        return Err(Refusal::AccountUnknown);
    };
    let member = owner.member;
    let mut asset = find(draft, units.asset)?.clone();
    let name = Name::Position(*account, units.asset);
    let position = match draft.get(&name) {
        Some(Record::Position(position)) => *position,
        _ => Position {
            account: *account,
            member,
            asset: units.asset,
            balances: Balances::default(),
            journal: LogHead::EMPTY,
        },
    };
    let balances = change(position.balances)?;
    asset.totals = asset.totals.shifted(position.balances, balances)?;
    put_asset(draft, asset);
    draft.put(&name, Record::Position(Position { balances, ..position }));
    let movement = Movement { command: draft.command, kind, minor: units.count };
    draft.unit_movements.push(((*account, units.asset), movement));
    Ok(())
}

pub(super) fn put_asset(draft: &mut Draft<'_>, asset: Asset) {
    draft.put(&Name::Asset(asset.terms.code), Record::Asset(Box::new(asset)));
}

/// Takes units out of what is free in an account.
///
/// # Errors
/// [`Refusal::InsufficientFunds`] and as [`move_units`].
pub(crate) fn take(
    draft: &mut Draft<'_>,
    account: &AccountId,
    units: Units,
) -> Result<(), Refusal> {
    move_units(draft, account, units, MovementKind::Paid, |b| {
        let available = b.available.checked_sub(units.count).ok_or(Refusal::InsufficientFunds)?;
        Ok(Balances { available, ..b })
    })
}

/// Adds units to what is free in an account.
///
/// # Errors
/// [`Refusal::AmountOverflow`] and as [`move_units`].
pub(crate) fn give(
    draft: &mut Draft<'_>,
    account: &AccountId,
    units: Units,
) -> Result<(), Refusal> {
    move_units(draft, account, units, MovementKind::Received, |b| received(b, units))
}

fn received(b: Balances, units: Units) -> Result<Balances, Refusal> {
    let available = b.available.checked_add(units.count).ok_or(Refusal::AmountOverflow)?;
    Ok(Balances { available, ..b })
}

/// Issues units into an account: the only place where they come from (A3).
///
/// The registrar learns of the account's member only that it cannot take part, not why.
///
/// # Errors
/// [`Refusal::AmountZero`], [`Refusal::AccountUnknown`], [`Refusal::CounterpartyNotEligible`],
/// [`Refusal::AmountOverflow`], [`Refusal::AssetUnknown`], [`Refusal::NotTheRegistrar`],
/// [`Refusal::AssetSuspended`], [`Refusal::AssetMatured`]: the first in order of precedence.
pub(crate) fn issue(
    draft: &mut Draft<'_>,
    registrar: &Lei,
    account: &AccountId,
    units: Units,
) -> Result<Facts, Refusal> {
    let asset = find(draft, units.asset).cloned();
    let mut faults =
        vec![(units.count == 0).then_some(Refusal::AmountZero), asset.as_ref().err().copied()];
    faults.extend(holder_faults(draft, account));
    if let Ok(asset) = &asset {
        let overflow = asset.totals.issued.checked_add(units.count).is_none();
        faults.push(overflow.then_some(Refusal::AmountOverflow));
        faults.push((asset.terms.registrar != *registrar).then_some(Refusal::NotTheRegistrar));
        faults.push(match asset.status {
            AssetStatus::Active => None,
            AssetStatus::Suspended => Some(Refusal::AssetSuspended),
            AssetStatus::Matured => Some(Refusal::AssetMatured),
        });
    }
    Refusal::first(faults)?;
    let mut asset = asset?;
    let issued = asset.totals.issued.checked_add(units.count).ok_or(Refusal::AmountOverflow)?;
    asset.totals.issued = issued;
    put_asset(draft, asset);
    move_units(draft, account, units, MovementKind::Minted, |b| received(b, units))?;
    let member = member_of(draft, account)?;
    Ok(Facts {
        credit: Some(*account),
        ..Facts::new(Effect::UnitsIssued(units), vec![member, *registrar])
    })
}

fn member_of(draft: &Draft<'_>, account: &AccountId) -> Result<Lei, Refusal> {
    match draft.get(&Name::Account(*account)) {
        Some(Record::Account(found)) => Ok(found.member),
        _ => Err(Refusal::AccountUnknown),
    }
}

/// Every reason why an account, or its member, cannot take part in what a registrar does, as the
/// registrar may see it.
pub(super) fn holder_faults(draft: &Draft<'_>, account: &AccountId) -> [Option<Refusal>; 3] {
    let member = match member_of(draft, account) {
        Ok(member) => member,
        Err(refusal) => return [Some(refusal), None, None],
    };
    let [unknown, frozen] = account_faults(draft, account, &member);
    let suspended = draft.active_member(&member).err();
    [unknown, frozen, suspended].map(|fault| fault.map(|fault| outward(fault, false)))
}

/// Every reason why `member` may not use an account, whatever its currency, in order of precedence.
pub(super) fn account_faults(
    draft: &Draft<'_>,
    account: &AccountId,
    member: &Lei,
) -> [Option<Refusal>; 2] {
    match draft.get(&Name::Account(*account)) {
        Some(Record::Account(found)) => draft.account_faults(account, member, found.currency),
        _ => [Some(Refusal::AccountUnknown), None],
    }
}
