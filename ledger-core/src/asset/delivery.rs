//! Deliveries: units from an account of one member to an account of another, by both sides' yes.

use serde::{Deserialize, Serialize};

use super::{AssetStatus, Units, find, give, take, units::account_faults};
use crate::{
    authority::Role,
    command::Acceptance,
    digest::{Domain, Hash32},
    draft::{Draft, Signers},
    execute::Facts,
    id::{AccountId, Leg, Lei, MessageKind, PartyId, Uetr},
    money::Money,
    payment::{LegState, Payee, check_leg, check_yes, leg_parties, outward, put_leg},
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
    signature::Signed,
    signing,
};

/// A delivery as both signatures over it see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Who delivers.
    pub delivering: Lei,
    /// The delivery's reference, end to end.
    pub uetr: Uetr,
    /// Who receives.
    pub receiving: Lei,
    /// The account that gives.
    pub from: AccountId,
    /// The customer on whose behalf.
    pub deliverer: PartyId,
    /// What and how much.
    pub units: Units,
    /// Salted commitment to the message that was delivered to the receiving member.
    pub message: Hash32,
}

impl Delivery {
    /// What the receiving member signs about: hash of the canonical bytes.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        Domain::Units.hash_of(self)
    }

    /// What makes it unique: a leg of the kind sese.023, which no payment has.
    #[must_use]
    pub const fn leg(&self) -> Leg {
        Leg {
            instructing: self.delivering,
            uetr: self.uetr,
            kind: MessageKind::Sese023,
            instructed: self.receiving,
        }
    }
}

/// Delivers units free of payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliver {
    /// The delivery.
    pub delivery: Delivery,
    /// The receiving member's yes, over [`Delivery::hash`].
    pub acceptance: Signed<Acceptance>,
}

/// A leg of an exchange in units: the delivery and where its units go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitLeg {
    /// The delivery.
    pub delivery: Delivery,
    /// The account that is given.
    pub credit: AccountId,
    /// The customer who receives.
    pub receiver: PartyId,
}

impl UnitLeg {
    /// What the leg did, once it has.
    pub(crate) fn facts(&self) -> Facts {
        let leg = self.delivery.leg();
        Facts {
            leg: Some(leg),
            debit: Some(self.delivery.from),
            credit: Some(self.credit),
            ..Facts::new(Effect::UnitsDelivered(self.delivery.units), leg_parties(&leg))
        }
    }
}

/// Delivers units free of payment.
///
/// # Errors
/// Every [`Refusal`] about member, amount, leg, acceptance, accounts, standing, units, persons and
/// the asset: the first in order of precedence.
pub(crate) fn deliver(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    asked: &Deliver,
) -> Result<Facts, Refusal> {
    signers.require(Role::Settlement)?;
    draft.active_member(member)?;
    let (delivery, yes) = (asked.delivery, &asked.acceptance);
    let leg = UnitLeg { delivery, credit: yes.value.credit, receiver: yes.value.creditor };
    let mut faults = vec![
        check_delivery(draft, member, &delivery).err(),
        check_yes(draft, &delivery.receiving, delivery.hash(), yes).err(),
        check_persons(draft, member, signers, &delivery).err(),
        movable(draft, &leg).err(),
    ];
    faults.extend(side_faults(draft, &leg, member));
    faults.push(take(draft, &delivery.from, delivery.units).err());
    faults.push(give(draft, &leg.credit, delivery.units).err());
    Refusal::first(faults)?;
    record_delivered(draft, &leg);
    Ok(leg.facts())
}

/// What is checked of a delivery that first reaches the ledger, in order of precedence.
///
/// # Errors
/// As of a payment's leg.
pub(crate) fn check_delivery(
    draft: &Draft<'_>,
    member: &Lei,
    delivery: &Delivery,
) -> Result<(), Refusal> {
    check_leg(draft, member, &delivery.leg(), delivery.units.count == 0)
}

/// Whether enough persons of a member sign for units that leave its account. Units have no price, so
/// they need the persons that the account's greatest amount needs.
///
/// # Errors
/// [`Refusal::SignersTooFew`].
pub(crate) fn check_persons(
    draft: &Draft<'_>,
    member: &Lei,
    signers: &Signers,
    delivery: &Delivery,
) -> Result<(), Refusal> {
    persons_for(draft, member, signers, &delivery.from)
}

/// As [`check_persons`], of an account.
pub(super) fn persons_for(
    draft: &Draft<'_>,
    member: &Lei,
    signers: &Signers,
    account: &AccountId,
) -> Result<(), Refusal> {
    let Some(Record::Account(found)) = draft.get(&Name::Account(*account)) else { return Ok(()) };
    let greatest = Money::new(found.currency, u128::MAX);
    signing::check(draft, member, signers, &[(*account, greatest)])
}

/// Whether the asset's status lets units go where a leg brings them (A7).
///
/// # Errors
/// [`Refusal::AssetUnknown`], [`Refusal::AssetSuspended`], [`Refusal::AssetMatured`].
pub(crate) fn movable(draft: &Draft<'_>, leg: &UnitLeg) -> Result<(), Refusal> {
    let asset = find(draft, leg.delivery.units.asset)?;
    match asset.status {
        AssetStatus::Active => Ok(()),
        AssetStatus::Suspended => Err(Refusal::AssetSuspended),
        AssetStatus::Matured if leg.delivery.receiving == asset.terms.registrar => Ok(()),
        AssetStatus::Matured => Err(Refusal::AssetMatured),
    }
}

/// Every reason why member, account or customer of either side cannot take part (K1, I10), as
/// `reader` may see it.
pub(crate) fn side_faults(
    draft: &Draft<'_>,
    leg: &UnitLeg,
    reader: &Lei,
) -> impl Iterator<Item = Option<Refusal>> + use<> {
    let UnitLeg { delivery, credit, receiver } = leg;
    let receiving = Payee { account: *credit, party: *receiver };
    let delivering = Payee { account: delivery.from, party: delivery.deliverer };
    let sides = [(delivery.delivering, delivering), (delivery.receiving, receiving)];
    let of_side = |(member, side): (Lei, Payee)| {
        let [account, usable] = account_faults(draft, &side.account, &member);
        let frozen = draft.party_frozen(&side.party, &member).then_some(Refusal::AccountFrozen);
        let standing = draft.check_standing(&side.party, &member).err();
        let faults = [draft.active_member(&member).err(), account, usable, frozen, standing];
        faults.map(|fault| fault.map(|fault| outward(fault, member == *reader)))
    };
    sides.map(of_side).into_iter().flatten()
}

/// Fixes the leg of units that moved in the same draft.
pub(crate) fn record_delivered(draft: &mut Draft<'_>, leg: &UnitLeg) {
    let UnitLeg { delivery, credit, receiver } = *leg;
    let state = LegState::Delivered {
        from: delivery.from,
        deliverer: delivery.deliverer,
        credit,
        receiver,
        units: delivery.units,
        height: draft.moment.height,
    };
    put_leg(draft, delivery.leg(), state);
}
