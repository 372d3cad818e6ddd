//! Redemption: how tokens become bank money again. Nothing else destroys them, but a court's order.
//!
//! ```text
//!           Preburn             InstructPayout               ConfirmPayout{entry}
//! (absent) ---------> Locked -------------------> Instructed --------------------> Burned
//!                       |  |                        |                                ^
//!                       |  +------------------------|--------------------------------+
//!                       | CancelRedemption          | CancelPayout
//!                       | CancelPayout              |
//!                       +---------------------------+----------> Cancelled: the money is free again
//! ```
//!
//! # Place      commands of the holder; actions of the issuer's treasury, under two persons
//! # Invariants I1 what is preburned stays in supply until it is burned; I2 a preburn whose payout
//! #            is booked counts against reserves no more; I3 one unused external debit entry per
//! #            burn; I10 frozen money is neither preburned nor burned
//! # Absent     the payout itself and its clock (treasury's gateway); burns by a court's order (see
//! #            `seizure`)

use serde::{Deserialize, Serialize};

use crate::{
    account::{AccountStatus, Balances},
    authority::Role,
    command::Preburn,
    draft::{Draft, Signers},
    execute::Facts,
    id::{AccountId, CommandId, EntryId, Lei, ReserveId},
    journal::MovementKind,
    money::Money,
    movement::stopped_fault,
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
    reserve::{Counterparty, Direction, EntryRecord},
    signing::authorise,
    time::LedgerTime,
};

/// Where a redemption is. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RedemptionState {
    /// The tokens are locked; the holder may still change its mind.
    Locked,
    /// Treasury has told the custodian to pay: the holder may no longer cancel.
    Instructed,
    /// Paid and burned, against this debit entry.
    Burned(EntryId),
    /// Ended without a burn: the tokens are free again.
    Cancelled,
}

/// A redemption's record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redemption {
    /// The command that preburned: what the payout's reference names.
    pub id: CommandId,
    /// Whose tokens.
    pub member: Lei,
    /// The account they are locked in.
    pub account: AccountId,
    /// How much.
    pub money: Money,
    /// The reserve account that shall pay.
    pub reserve: ReserveId,
    /// When it was asked.
    pub entered: LedgerTime,
    /// Entries the reserve account had then: only a later one can be the payout.
    pub after: u64,
    /// The booked payout that names it, from which on its tokens are no claim on reserves (I2).
    pub paid: Option<EntryId>,
    /// Where it is.
    pub state: RedemptionState,
}

impl Redemption {
    /// Whether its tokens are still locked.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        match self.state {
            RedemptionState::Locked | RedemptionState::Instructed => true,
            RedemptionState::Burned(_) | RedemptionState::Cancelled => false,
        }
    }
}

/// The right to destroy one sum of money, once. Only [`confirm_payout`] and a court's order make one,
/// after every rule held.
#[derive(Debug)]
pub struct BurnAuthority {
    money: Money,
}

impl BurnAuthority {
    /// The sum it is for.
    #[must_use]
    pub const fn money(&self) -> Money {
        self.money
    }

    /// Of [`crate::seizure`]: a court orders what no payout stands behind.
    pub(crate) const fn by_order(money: Money) -> Self {
        Self { money }
    }
}

/// Locks tokens for redemption.
///
/// # Errors
/// Every [`Refusal`] about member, amount, currency, reserve, account and funds.
pub(crate) fn preburn(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    asked: &Preburn,
) -> Result<Facts, Refusal> {
    signers.require(Role::Settlement)?;
    draft.active_member(member)?;
    let (code, minor) = (asked.money.currency(), asked.money.minor());
    let issuer = draft.currency(code)?.issuer;
    let reserve = draft.reserve(&asked.reserve)?;
    let (reserve_currency, after) = (reserve.currency, reserve.books.entries);
    if asked.money.is_zero() {
        return Err(Refusal::AmountZero);
    }
    draft.usable_account(&asked.account, member, code)?;
    if reserve_currency != code {
        return Err(Refusal::CurrencyMismatch);
    }
    draft.move_money(&asked.account, MovementKind::Preburned, minor, |b| {
        Ok(Balances {
            available: b.available.checked_sub(minor).ok_or(Refusal::InsufficientFunds)?,
            preburned: b.preburned.checked_add(minor).ok_or(Refusal::AmountOverflow)?,
            ..b
        })
    })?;
    stopped_fault(draft, code).map_or(Ok(()), Err)?;
    let redemption = Redemption {
        id: draft.command,
        member: *member,
        account: asked.account,
        money: asked.money,
        reserve: asked.reserve,
        entered: draft.now(),
        after,
        paid: None,
        state: RedemptionState::Locked,
    };
    authorise(draft, member, signers, &[(asked.account, asked.money)])?;
    put(draft, redemption);
    Ok(facts(Effect::Preburned, &redemption, issuer))
}

/// Takes a redemption back: its holder, as long as no payout is instructed or booked.
///
/// # Errors
/// [`Refusal::WrongRole`], those about the member, [`Refusal::RedemptionUnknown`],
/// [`Refusal::RedemptionEnded`], [`Refusal::PayoutInstructed`], [`Refusal::PayoutBooked`].
pub(crate) fn cancel(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    id: &CommandId,
) -> Result<Facts, Refusal> {
    signers.require(Role::Settlement)?;
    draft.active_member(member)?;
    let redemption = find(draft, id)?;
    if redemption.member != *member {
        return Err(Refusal::RedemptionUnknown);
    }
    match redemption.state {
        RedemptionState::Locked => {}
        RedemptionState::Instructed => return Err(Refusal::PayoutInstructed),
        RedemptionState::Burned(_) | RedemptionState::Cancelled => {
            return Err(Refusal::RedemptionEnded);
        }
    }
    if redemption.paid.is_some() {
        return Err(Refusal::PayoutBooked);
    }
    let issuer = draft.currency(redemption.money.currency())?.issuer;
    give_back(draft, redemption)?;
    let facts = facts(Effect::RedemptionCancelled, &redemption, issuer);
    Ok(Facts { entered: Some(redemption.entered), ..facts })
}

/// Records that the custodian was told to pay: from now on only treasury can end it.
///
/// # Errors
/// [`Refusal::RedemptionUnknown`], [`Refusal::NotTheIssuer`], [`Refusal::AccountFrozen`],
/// [`Refusal::RedemptionEnded`], [`Refusal::PayoutInstructed`].
pub(crate) fn instruct_payout(
    draft: &mut Draft<'_>,
    treasury: &Lei,
    id: &CommandId,
) -> Result<Facts, Refusal> {
    let redemption = find(draft, id)?;
    let instructed = redemption.state == RedemptionState::Instructed;
    Refusal::first([
        issuer_fault(draft, &redemption, treasury),
        frozen_fault(draft, &redemption),
        (!redemption.is_open()).then_some(Refusal::RedemptionEnded),
        instructed.then_some(Refusal::PayoutInstructed),
        stopped_fault(draft, redemption.money.currency()),
    ])?;
    put(draft, Redemption { state: RedemptionState::Instructed, ..redemption });
    let facts = facts(Effect::PayoutInstructed, &redemption, *treasury);
    Ok(Facts { entered: Some(redemption.entered), ..facts })
}

/// Burns: the way in which supply falls. Reserves are not looked at (I2): the money has left.
///
/// # Errors
/// Every [`Refusal`] about redemption, entry, issuer and account, in order of precedence.
pub(crate) fn confirm_payout(
    draft: &mut Draft<'_>,
    treasury: &Lei,
    id: &CommandId,
    entry: &EntryId,
) -> Result<Facts, Refusal> {
    let redemption = find(draft, id)?;
    let Some(Record::Entry(booked)) = draft.get(&Name::Entry(*entry)).cloned() else {
        return Err(Refusal::EntryUnknown);
    };
    let mut faults = entry_faults(draft, &redemption, &booked).to_vec();
    faults.push(issuer_fault(draft, &redemption, treasury));
    faults.push(frozen_fault(draft, &redemption));
    faults.push((!redemption.is_open()).then_some(Refusal::RedemptionEnded));
    Refusal::first(faults)?;
    let custodian = draft.reserve(&redemption.reserve)?.custodian;
    let (money, minor) = (redemption.money, redemption.money.minor());
    draft.lower_supply(&BurnAuthority { money })?;
    draft.move_money(&redemption.account, MovementKind::Burned, minor, |b| {
        let preburned = b.preburned.checked_sub(minor).ok_or(Refusal::InternalFault)?;
        Ok(Balances { preburned, ..b })
    })?;
    unpay(draft, &redemption)?;
    draft.put(&Name::Entry(*entry), Record::Entry(EntryRecord { used: true, ..booked }));
    put(draft, Redemption { state: RedemptionState::Burned(*entry), ..redemption });
    let mut facts = facts(Effect::Burned, &redemption, *treasury);
    facts.parties.push(custodian);
    Ok(Facts { entered: Some(redemption.entered), ..facts })
}

/// Ends a redemption that the custodian will not pay: the tokens are free again.
///
/// # Errors
/// [`Refusal::RedemptionUnknown`], [`Refusal::NotTheIssuer`], [`Refusal::RedemptionEnded`].
pub(crate) fn cancel_payout(
    draft: &mut Draft<'_>,
    treasury: &Lei,
    id: &CommandId,
) -> Result<Facts, Refusal> {
    let redemption = find(draft, id)?;
    Refusal::first([
        issuer_fault(draft, &redemption, treasury),
        (!redemption.is_open()).then_some(Refusal::RedemptionEnded),
    ])?;
    give_back(draft, redemption)?;
    let facts = facts(Effect::PayoutCancelled, &redemption, *treasury);
    Ok(Facts { entered: Some(redemption.entered), ..facts })
}

/// Notes a newly recorded debit as the payout of the redemption that its reference names, if every
/// fact of both agrees (I2). Whatever does not agree is left to treasury and to reconciliation.
///
/// # Errors
/// [`Refusal::AmountOverflow`]: cannot happen while I1 holds, since what is paid is preburned.
pub(crate) fn note_payout(draft: &mut Draft<'_>, booked: &EntryRecord) -> Result<(), Refusal> {
    let Some(redemption) = named_by(draft, booked) else { return Ok(()) };
    let payee = booked.entry.counterparty == Counterparty::Member(redemption.member);
    let same = booked.entry.direction == Direction::Debit
        && booked.entry.reserve == redemption.reserve
        && booked.entry.minor == redemption.money.minor();
    if !payee || !same || !redemption.is_open() || redemption.paid.is_some() {
        return Ok(());
    }
    let code = redemption.money.currency();
    let mut currency = draft.currency(code)?.clone();
    let paid = currency.paid.checked_add(redemption.money.minor());
    currency.paid = paid.ok_or(Refusal::AmountOverflow)?;
    draft.put(&Name::Currency(code), Record::Currency(currency));
    put(draft, Redemption { paid: Some(booked.id), ..redemption });
    Ok(())
}

/// Every reason why an entry is not the payout of a redemption (I3).
fn entry_faults(
    draft: &Draft<'_>,
    redemption: &Redemption,
    booked: &EntryRecord,
) -> [Option<Refusal>; 4] {
    let entry = &booked.entry;
    let other_named = named_by(draft, booked).is_some_and(|named| named.id != redemption.id);
    let other_paid = redemption.paid.is_some_and(|paid| paid != booked.id);
    let same = entry.reserve == redemption.reserve
        && entry.minor == redemption.money.minor()
        && entry.sequence > redemption.after;
    let direction = match (entry.direction, entry.counterparty) {
        (Direction::Debit, Counterparty::Member(payee)) if payee == redemption.member => None,
        (Direction::Debit, Counterparty::Member(_) | Counterparty::Other) => {
            Some(Refusal::ThirdPartyPayee)
        }
        (Direction::Debit, Counterparty::Internal) | (Direction::Credit, _) => {
            Some(Refusal::EntryNotExternalDebit)
        }
    };
    [
        booked.used.then_some(Refusal::EntryUsed),
        (!same).then_some(Refusal::EntryMismatch),
        (other_named || other_paid).then_some(Refusal::EntryMismatch),
        direction,
    ]
}

/// The redemption that an entry's reference names: 64 lowercase hex digits of its id.
fn named_by(draft: &Draft<'_>, booked: &EntryRecord) -> Option<Redemption> {
    find(draft, &CommandId::from_hex(booked.entry.reference.get())?).ok()
}

fn issuer_fault(draft: &Draft<'_>, redemption: &Redemption, treasury: &Lei) -> Option<Refusal> {
    match draft.currency(redemption.money.currency()) {
        Ok(currency) if currency.issuer == *treasury => None,
        Ok(_) => Some(Refusal::NotTheIssuer),
        Err(refusal) => Some(refusal),
    }
}

/// Frozen money can be neither paid out nor burned (I10).
fn frozen_fault(draft: &Draft<'_>, redemption: &Redemption) -> Option<Refusal> {
    match draft.get(&Name::Account(redemption.account)) {
        Some(Record::Account(account)) => {
            (account.status == AccountStatus::Frozen).then_some(Refusal::AccountFrozen)
        }
        _ => Some(Refusal::AccountUnknown),
    }
}

/// Frees the tokens within their account, frozen or not (I10).
fn give_back(draft: &mut Draft<'_>, redemption: Redemption) -> Result<(), Refusal> {
    let minor = redemption.money.minor();
    draft.move_money(&redemption.account, MovementKind::PreburnReleased, minor, |b| {
        Ok(Balances {
            available: b.available.checked_add(minor).ok_or(Refusal::AmountOverflow)?,
            preburned: b.preburned.checked_sub(minor).ok_or(Refusal::InternalFault)?,
            ..b
        })
    })?;
    unpay(draft, &redemption)?;
    put(draft, Redemption { state: RedemptionState::Cancelled, ..redemption });
    Ok(())
}

/// Takes an ended redemption out of what is paid but not burned.
fn unpay(draft: &mut Draft<'_>, redemption: &Redemption) -> Result<(), Refusal> {
    if redemption.paid.is_none() {
        return Ok(());
    }
    let code = redemption.money.currency();
    let mut currency = draft.currency(code)?.clone();
    let paid = currency.paid.checked_sub(redemption.money.minor());
    currency.paid = paid.ok_or(Refusal::InternalFault)?;
    draft.put(&Name::Currency(code), Record::Currency(currency));
    Ok(())
}

fn find(draft: &Draft<'_>, id: &CommandId) -> Result<Redemption, Refusal> {
    match draft.get(&Name::Redemption(*id)) {
        Some(Record::Redemption(redemption)) => Ok(*redemption),
        _ => Err(Refusal::RedemptionUnknown),
    }
}

fn put(draft: &mut Draft<'_>, redemption: Redemption) {
    draft.put(&Name::Redemption(redemption.id), Record::Redemption(redemption));
}

fn facts(effect: Effect, redemption: &Redemption, issuer: Lei) -> Facts {
    Facts {
        debit: Some(redemption.account),
        money: Some(redemption.money),
        ..Facts::new(effect, vec![redemption.member, issuer])
    }
}
