//! Vaults: money that was taken from an account and waits for a contract's word.
//!
//! ```text
//!               open                          pay
//! account ----------------> vault -----------------------> account of the payee, or back to the owner's
//!                           |  ^
//!                       cut |  | merge           close: an empty vault ends
//!                           v  |
//!                          vault of the same owner
//! ```
//!
//! A contract holds a claim, which names a vault and nothing else (`docs/adr/0032-claims-on-vaults.md`).
//! What is done to the vault is decided here: taking is checked as a hold is, paying as its settlement.
//!
//! # Place      one record per vault in the state tree; called by the natives of `florin::claim`
//! # Invariants I1 the totals of a currency hold the sum of its vaults as a class of their own; I7 steps
//! #            move what is there; I10 the vault of a frozen owner pays nobody but that owner's account;
//! #            K1, K3, K4, K5, K6 as for payments
//! # Absent     who may name a vault: a claim is a value of the machine, made by `florin::claim` only

use serde::{Deserialize, Serialize};

use crate::{
    account::{AccountStatus, Balances},
    codec::fixed_bytes,
    digest::{Domain, Hash32},
    draft::Draft,
    id::{AccountId, CommandId, Lei, PartyId},
    journal::MovementKind,
    money::{Currency, Money},
    movement::stopped_fault,
    payment::{Payee, Side, outward},
    policy::{Purpose, forbids},
    record::{Name, Record},
    refusal::Refusal,
    screening::{older, outdated, payee_faults},
    settlement::seen_by,
    spending::count_of,
};

fixed_bytes!(
    /// A vault: what a claim names.
    VaultId,
    32
);

impl VaultId {
    /// That of the vault which a command makes in this place among those that it makes.
    #[must_use]
    pub fn derive(command: &CommandId, place: u32) -> Self {
        Self::new(*Domain::Vault.hash_of(&(command, place)).get())
    }
}

/// Whose money it is, or who is paid: an account, and the customer on whose behalf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// How contracts name it: an account of the same member, in any currency.
    pub name: AccountId,
    /// The account.
    pub account: AccountId,
    /// Whose account it is.
    pub member: Lei,
    /// The customer.
    pub party: PartyId,
}

impl Holder {
    /// As one side of a payment.
    pub(crate) const fn side(&self, purpose: Purpose) -> Side {
        Side::new(self.member, &Payee { account: self.account, party: self.party }, purpose)
    }

    /// Whether its money cannot move (I10), as `reader` may see it.
    pub(crate) fn frozen_fault(&self, draft: &Draft<'_>, reader: &Lei) -> Option<Refusal> {
        let account = match draft.get(&Name::Account(self.account)) {
            Some(Record::Account(account)) => account.status == AccountStatus::Frozen,
            _ => false,
        };
        let frozen = account || draft.party_frozen(&self.party, &self.member);
        frozen.then(|| outward(Refusal::AccountFrozen, self.member == *reader))
    }

    /// Whether a policy keeps `reader` from its own side.
    fn own_policy(
        &self,
        draft: &Draft<'_>,
        (currency, purpose): (Currency, Purpose),
        reader: &Lei,
    ) -> Option<Refusal> {
        let forbidden = self.member == *reader
            && forbids(draft, currency, purpose, &self.member, Some(&self.party));
        forbidden.then_some(Refusal::PolicyForbids)
    }
}

/// Against which list and by which rules money was screened.
pub type Screened = (Hash32, u32);

/// Money that was taken from an account and waits for a contract's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vault {
    /// Its identity.
    pub id: VaultId,
    /// How much.
    pub money: Money,
    /// Whom it was taken from.
    pub owner: Holder,
    /// The sanctions list of the clearance under which it was taken.
    pub list_version: Hash32,
    /// The version of rules of that clearance.
    pub rule_version: u32,
}

impl Vault {
    const fn screened(&self) -> Screened {
        (self.list_version, self.rule_version)
    }

    /// With so much in it.
    const fn holding(self, minor: u128) -> Self {
        Self { money: Money::new(self.money.currency(), minor), ..self }
    }
}

/// Takes money from its owner's account into a new vault: as a hold.
///
/// # Errors
/// [`Refusal::CurrencyUnknown`], [`Refusal::AmountZero`], every [`Refusal`] about member, account,
/// customer, funds, limits, clearance and policies, in order of precedence.
pub(crate) fn open(
    draft: &mut Draft<'_>,
    reader: &Lei,
    id: VaultId,
    (owner, money): (Holder, Money),
    screened: Screened,
) -> Result<(), Refusal> {
    let currency = money.currency();
    draft.currency(currency)?;
    let zero = money.is_zero().then_some(Refusal::AmountZero);
    let side = owner.side(Purpose::Send).faults_in(draft, currency, reader);
    Refusal::first(side.into_iter().chain([zero]))?;
    let seen = |refusal| seen_by(reader, &owner.member, refusal);
    let taken = draft.move_money(&owner.account, MovementKind::IntoVault, money.minor(), |b| {
        let left = b.available.checked_sub(money.minor());
        Ok(Balances { available: left.ok_or(Refusal::InsufficientFunds)?, ..b })
    });
    taken.map_err(seen)?;
    let counted = count_of(draft, owner.party, money);
    Refusal::first([
        counted.err().map(seen),
        stopped_fault(draft, currency),
        outdated(draft, Some(screened)),
        owner.own_policy(draft, (currency, Purpose::Send), reader),
    ])?;
    let (list_version, rule_version) = screened;
    draft.set_vault(&id, Some(Vault { id, money, owner, list_version, rule_version }))
}

/// What a payment out of a vault is checked against, beside the vault itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Payout {
    /// Who is paid.
    pub(crate) to: Holder,
    /// What the owner's gate says of the call, if it clears it: a clearance newer than the vault's own.
    pub(crate) cleared: Option<Screened>,
    /// What the payee's compliance clears: the call.
    pub(crate) call: Hash32,
    /// What the call has paid to that account before.
    pub(crate) before: u128,
}

/// Pays all that is in a vault to an account: as the settlement of a hold. The vault ends. Back to the
/// owner it goes whatever has happened since, as a hold is given back.
///
/// # Errors
/// [`Refusal::InternalFault`] for a vault that is not there, [`Refusal::AmountZero`],
/// [`Refusal::AmountOverflow`], every [`Refusal`] about members, accounts, customers, clearances and
/// policies, in order of precedence.
pub(crate) fn pay(
    draft: &mut Draft<'_>,
    reader: &Lei,
    id: &VaultId,
    payout: &Payout,
) -> Result<(), Refusal> {
    let vault = *draft.vault(id)?;
    let (to, owner, money) = (payout.to, vault.owner, vault.money);
    let back = to.account == owner.account && to.party == owner.party;
    let zero = money.is_zero().then_some(Refusal::AmountZero);
    if back {
        Refusal::first([zero])?;
    } else {
        let from = owner.side(Purpose::Send).faults_in(draft, money.currency(), reader);
        let into = to.side(Purpose::Receive).faults_in(draft, money.currency(), reader);
        Refusal::first(from.into_iter().chain(into).chain([zero]))?;
    }
    draft.move_money(&to.account, MovementKind::FromVault, money.minor(), |b| {
        let available = b.available.checked_add(money.minor());
        Ok(Balances { available: available.ok_or(Refusal::AmountOverflow)?, ..b })
    })?;
    if !back {
        Refusal::first(last_faults(draft, reader, &vault, payout))?;
    }
    draft.set_vault(id, None)
}

/// What is asked last of a payment out of a vault.
fn last_faults(
    draft: &Draft<'_>,
    reader: &Lei,
    vault: &Vault,
    payout: &Payout,
) -> Vec<Option<Refusal>> {
    let currency = vault.money.currency();
    let total = Money::new(currency, payout.before.saturating_add(vault.money.minor()));
    let kept = outdated(draft, Some(vault.screened()));
    let mut faults = vec![
        stopped_fault(draft, currency),
        kept.and_then(|refusal| match payout.cleared {
            Some(cleared) => outdated(draft, Some(cleared)),
            None => Some(refusal),
        }),
        vault.owner.own_policy(draft, (currency, Purpose::Send), reader),
        payout.to.own_policy(draft, (currency, Purpose::Receive), reader),
    ];
    faults.extend(payee_faults(draft, (payout.call, &payout.to.member), total));
    faults
}

/// Takes a part of a vault, which may be nothing, into a new one of the same owner.
///
/// # Errors
/// [`Refusal::InternalFault`] for a vault that is not there, [`Refusal::AccountFrozen`] or its neutral
/// name, [`Refusal::InsufficientFunds`].
pub(crate) fn cut(
    draft: &mut Draft<'_>,
    reader: &Lei,
    id: &VaultId,
    (part, minor): (VaultId, u128),
) -> Result<(), Refusal> {
    let vault = *draft.vault(id)?;
    Refusal::first([vault.owner.frozen_fault(draft, reader)])?;
    let left = vault.money.minor().checked_sub(minor).ok_or(Refusal::InsufficientFunds)?;
    draft.set_vault(id, Some(vault.holding(left)))?;
    draft.set_vault(&part, Some(Vault { id: part, ..vault.holding(minor) }))
}

/// Puts all of one vault into another of the same owner and currency. The one ends; of the two
/// clearances the older is kept.
///
/// # Errors
/// [`Refusal::InternalFault`] for a vault that is not there or the same twice,
/// [`Refusal::AccountFrozen`] or its neutral name, [`Refusal::CurrencyMismatch`],
/// [`Refusal::AmountOverflow`], [`Refusal::VaultOwnerMismatch`].
pub(crate) fn merge(
    draft: &mut Draft<'_>,
    reader: &Lei,
    into: &VaultId,
    from: &VaultId,
) -> Result<(), Refusal> {
    let (one, other) = (*draft.vault(into)?, *draft.vault(from)?);
    if into == from {
        return Err(Refusal::InternalFault);
    }
    let mismatch = one.money.currency() != other.money.currency();
    let sum = one.money.minor().checked_add(other.money.minor());
    Refusal::first([
        one.owner.frozen_fault(draft, reader),
        other.owner.frozen_fault(draft, reader),
        mismatch.then_some(Refusal::CurrencyMismatch),
        (one.owner != other.owner).then_some(Refusal::VaultOwnerMismatch),
    ])?;
    let minor = sum.ok_or(Refusal::AmountOverflow)?;
    let (list_version, rule_version) = older(draft, one.screened(), other.screened());
    draft.set_vault(from, None)?;
    draft.set_vault(into, Some(Vault { list_version, rule_version, ..one.holding(minor) }))
}

/// Ends an empty vault.
///
/// # Errors
/// [`Refusal::InternalFault`] for a vault that is not there, [`Refusal::VaultNotEmpty`].
pub(crate) fn close(draft: &mut Draft<'_>, id: &VaultId) -> Result<(), Refusal> {
    if !draft.vault(id)?.money.is_zero() {
        return Err(Refusal::VaultNotEmpty);
    }
    draft.set_vault(id, None)
}
