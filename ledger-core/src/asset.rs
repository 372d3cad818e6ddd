//! Assets: what is registered beside money, in units that accounts hold.
//!
//! ```text
//! two operators: RegisterAsset, SetAssetStatus     Active <-> Suspended, either -> Matured
//! registrar, two persons: IssueUnits               nothing -> available
//! both members: Deliver, Exchange                  available -> another account's available
//! holder: Surrender, Reclaim                       available <-> surrendered
//! registrar, two persons: CancelUnits              surrendered -> nothing
//! ```
//!
//! # Place      beside `account`: a position is to an asset what an account is to a currency; units
//! #            that settle together with money are in `exchange`
//! # Invariants A1 what was issued and not cancelled is what positions hold, per asset; A2 an asset is
//! #            registered once, under a checked code; A7 a suspended asset does not move
//! # Absent     what an asset is worth, pays or promises (its terms are a matter of its registrar);
//! #            holds of units; policies of assets (planned)

mod code;
mod delivery;
mod surrender;
mod units;

use serde::{Deserialize, Serialize};

use crate::{
    account::Balances,
    draft::Draft,
    execute::Facts,
    id::{AccountId, Lei, Text},
    merkle::LogHead,
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
    time::{Height, LedgerTime},
};

pub use code::AssetCode;
pub use delivery::{Deliver, Delivery, UnitLeg};
pub(crate) use delivery::{
    check_delivery, check_persons, deliver, movable, record_delivered, side_faults,
};
pub use surrender::{Surrender, SurrenderRecord, SurrenderState};
pub(crate) use surrender::{cancel, reclaim, surrender};
pub(crate) use units::{give, issue, take};

/// How many persons of a registrar issue and cancel.
pub const REGISTRAR_PERSONS: u8 = 2;
/// The most decimals that units of an asset have.
pub const MAX_ASSET_SCALE: u8 = 18;

/// So much of one asset, in its smallest parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Units {
    /// Which asset.
    pub asset: AssetCode,
    /// How many of its smallest parts.
    pub count: u128,
}

/// What an asset is registered as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetTerms {
    /// Its ISIN, or its code of the network.
    pub code: AssetCode,
    /// Its name, for people.
    pub name: Text,
    /// Decimals of a unit, 0 to [`MAX_ASSET_SCALE`].
    pub scale: u8,
    /// The organisation that keeps its register: who issues and cancels.
    pub registrar: Lei,
}

/// Whether units of an asset move. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssetStatus {
    /// They do.
    Active,
    /// They do not, until operators say otherwise.
    Suspended,
    /// They go to their registrar only, for ever: by delivery, or by being surrendered.
    Matured,
}

/// Sums over all positions in an asset, in its smallest parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct UnitTotals {
    /// Issued and not cancelled.
    pub issued: u128,
    /// Sum of what is free.
    pub available: u128,
    /// Sum of what is earmarked.
    pub held: u128,
    /// Sum of what is surrendered.
    pub surrendered: u128,
}

impl UnitTotals {
    /// Whether A1 holds.
    #[must_use]
    pub fn balanced(&self) -> bool {
        let parts = [self.available, self.held, self.surrendered];
        parts.into_iter().try_fold(0u128, u128::checked_add) == Some(self.issued)
    }

    /// The sums when one position goes from `old` to `new`.
    fn shifted(self, old: Balances, new: Balances) -> Result<Self, Refusal> {
        let shift = |total: u128, old: u128, new: u128| {
            let without = total.checked_sub(old).ok_or(Refusal::InternalFault)?;
            without.checked_add(new).ok_or(Refusal::AmountOverflow)
        };
        Ok(Self {
            issued: self.issued,
            available: shift(self.available, old.available, new.available)?,
            held: shift(self.held, old.held, new.held)?,
            surrendered: shift(self.surrendered, old.preburned, new.preburned)?,
        })
    }
}

/// An asset as it is registered, and how much of it there is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    /// What it is.
    pub terms: AssetTerms,
    /// Whether its units move.
    pub status: AssetStatus,
    /// Sums over all positions.
    pub totals: UnitTotals,
    /// Its journal: status and sums after every block that changed them.
    pub journal: LogHead,
}

/// What an account holds of one asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The account.
    pub account: AccountId,
    /// Whose.
    pub member: Lei,
    /// The asset.
    pub asset: AssetCode,
    /// How much, in smallest parts; what is preburned is surrendered.
    pub balances: Balances,
    /// Its journal: one entry per block that touched it, as an account's.
    pub journal: LogHead,
}

/// A block in an asset's journal; the first one registered it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetEntry {
    /// The block.
    pub height: Height,
    /// Its time.
    pub time: LedgerTime,
    /// The status after it.
    pub status: AssetStatus,
    /// The sums after it.
    pub closing: UnitTotals,
}

/// An asset of the network.
///
/// # Errors
/// [`Refusal::AssetUnknown`].
pub(crate) fn find<'a>(draft: &'a Draft<'_>, code: AssetCode) -> Result<&'a Asset, Refusal> {
    match draft.get(&Name::Asset(code)) {
        Some(Record::Asset(asset)) => Ok(asset),
        _ => Err(Refusal::AssetUnknown),
    }
}

/// Registers an asset of which there is nothing yet.
///
/// # Errors
/// [`Refusal::AlreadyExists`], [`Refusal::OutOfRange`].
pub(crate) fn register(draft: &mut Draft<'_>, terms: &AssetTerms) -> Result<Facts, Refusal> {
    if find(draft, terms.code).is_ok() {
        return Err(Refusal::AlreadyExists);
    }
    if terms.scale > MAX_ASSET_SCALE {
        return Err(Refusal::OutOfRange);
    }
    let asset = Asset {
        terms: terms.clone(),
        status: AssetStatus::Active,
        totals: UnitTotals::default(),
        journal: LogHead::EMPTY,
    };
    draft.put(&Name::Asset(terms.code), Record::Asset(Box::new(asset)));
    Ok(Facts::new(Effect::Executed, vec![terms.registrar]))
}

/// Sets whether units of an asset move. What it is already, it stays; what has matured has matured
/// for ever.
///
/// # Errors
/// [`Refusal::AssetUnknown`], [`Refusal::AssetMatured`].
pub(crate) fn set_status(
    draft: &mut Draft<'_>,
    code: AssetCode,
    status: AssetStatus,
) -> Result<Facts, Refusal> {
    let asset = find(draft, code)?.clone();
    if asset.status == AssetStatus::Matured {
        return Err(Refusal::AssetMatured);
    }
    let registrar = asset.terms.registrar;
    draft.put(&Name::Asset(code), Record::Asset(Box::new(Asset { status, ..asset })));
    Ok(Facts::new(Effect::Executed, vec![registrar]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a1_totals_are_balanced_only_when_every_class_adds_up_to_what_is_issued() {
        let good = UnitTotals { issued: 9, available: 4, held: 3, surrendered: 2 };
        assert!(good.balanced() && UnitTotals::default().balanced());
        for bad in [
            UnitTotals { issued: 10, ..good },
            UnitTotals { available: 5, ..good },
            UnitTotals { held: 2, ..good },
            UnitTotals { surrendered: 3, ..good },
            UnitTotals { available: u128::MAX, ..good },
        ] {
            assert!(!bad.balanced(), "{bad:?}");
        }
    }

    #[test]
    fn a1_a_shift_moves_each_class_by_what_changed_and_names_what_cannot_be() {
        let totals = UnitTotals { issued: 9, available: 4, held: 3, surrendered: 2 };
        let of = |available, held, preburned| Balances { available, held, preburned };
        let moved = totals.shifted(of(4, 1, 0), of(1, 3, 1)).unwrap();
        assert_eq!(moved, UnitTotals { issued: 9, available: 1, held: 5, surrendered: 3 });
        let missing = totals.shifted(of(5, 0, 0), of(0, 0, 0));
        assert_eq!(missing, Err(Refusal::InternalFault));
        let most = totals.shifted(of(4, 0, 0), of(u128::MAX, 0, 0)).unwrap();
        assert_eq!(most.available, u128::MAX);
        let beyond = totals.shifted(of(3, 0, 0), of(u128::MAX, 0, 0));
        assert_eq!(beyond, Err(Refusal::AmountOverflow));
    }
}
