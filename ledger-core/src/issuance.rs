//! Issuance: where tokens come from. Nothing else can make them.
//!
//! ```text
//! member signs RequestMint     custodian signs the credit entry and an attestation
//!             \                              /
//!              treasury maker proposes Mint{request, entry}
//!                            |
//!              treasury checker approves: every rule is checked here, once
//!                            |
//!                    MintAuthority -> supply and account rise together
//! ```
//!
//! # Place      called by `proposal` when the last approval arrives
//! # Invariants I2 supply after the mint <= effective reserves; I3 one unused external credit entry
//! #            and one signed request per mint; I6 no mint beyond what `controls` allow; K6 no mint
//! #            against the currency's policy
//! # Absent     preburn, payout and burn (see `redemption`)

use crate::{
    account::Balances,
    authority::Role,
    command::MintRequest,
    controls::MintControls,
    draft::{Draft, Signers},
    execute::Facts,
    freshness::Freshness,
    id::{CommandId, EntryId, Lei},
    journal::MovementKind,
    money::{Currency, Money},
    movement::stopped_fault,
    policy::{Purpose, forbids},
    receipt::Effect,
    record::{Name, Record, RequestRecord},
    refusal::Refusal,
    reserve::{
        Backing, Counterparty, Direction, EntryRecord, EvidenceClass, ReserveBooks, concentrated,
    },
    time::LedgerTime,
};

/// The right to create one sum of money, once. Only [`mint`] makes one, after every rule held.
#[derive(Debug)]
pub struct MintAuthority {
    money: Money,
}

impl MintAuthority {
    /// The sum it is for.
    #[must_use]
    pub const fn money(&self) -> Money {
        self.money
    }
}

/// Records a member's request to be given tokens.
///
/// # Errors
/// Every [`Refusal`] about member, amount, currency, account and reserve.
pub(crate) fn request(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    request: &MintRequest,
) -> Result<Facts, Refusal> {
    signers.require(Role::Settlement)?;
    draft.active_member(member)?;
    let currency = draft.currency(request.money.currency())?;
    let issuer = currency.issuer;
    let reserve_currency = draft.reserve(&request.reserve)?.currency;
    if request.money.is_zero() {
        return Err(Refusal::AmountZero);
    }
    draft.usable_account(&request.account, member, request.money.currency())?;
    if reserve_currency != request.money.currency() {
        return Err(Refusal::CurrencyMismatch);
    }
    let id = draft.command;
    let record = RequestRecord {
        id,
        member: *member,
        request: request.clone(),
        entered: draft.now(),
        used: false,
    };
    draft.put(&Name::Request(id), Record::Request(record));
    Ok(Facts {
        credit: Some(request.account),
        money: Some(request.money),
        ..Facts::new(Effect::MintRequested, vec![*member, issuer])
    })
}

/// Mints: the only way in which supply rises.
///
/// # Errors
/// Every [`Refusal`] about request, entry, issuer, reserves and controls, in order of precedence.
pub(crate) fn mint(
    draft: &mut Draft<'_>,
    treasury: &Lei,
    request: &CommandId,
    entry: &EntryId,
) -> Result<Facts, Refusal> {
    let Some(Record::Request(record)) = draft.get(&Name::Request(*request)).cloned() else {
        return Err(Refusal::MintRequestUnknown);
    };
    draft.active_member(&record.member)?;
    if record.used {
        return Err(Refusal::MintRequestUsed);
    }
    let booked = payable_entry(draft, &record, entry)?;
    let money = record.request.money;
    let currency = draft.currency(money.currency())?;
    if currency.issuer != *treasury {
        return Err(Refusal::NotTheIssuer);
    }
    let supply = currency.totals.supply;
    let reserves = Reserves::of(draft, money.currency())?;
    check_reserves(draft, &reserves, money)?;
    draft.usable_account(&record.request.account, &record.member, money.currency())?;
    if forbids(draft, money.currency(), Purpose::BeMintedTo, &record.member, None) {
        return Err(Refusal::CounterpartyNotEligible);
    }
    let reserve = draft.reserve(&booked.entry.reserve)?;
    let (custodian, class, minor) = (reserve.custodian, reserve.class, money.minor());
    // Looked at here, since it comes before the reasons of the controls.
    supply.checked_add(minor).ok_or(Refusal::AmountOverflow)?;
    let controls = charged(draft, &reserves, class, money)?;
    stopped_fault(draft, money.currency()).map_or(Ok(()), Err)?;
    draft.put(&Name::MintControls(money.currency()), Record::MintControls(Box::new(controls)));
    draft.raise_supply(&MintAuthority { money })?;
    draft.move_money(&record.request.account, MovementKind::Minted, minor, |b| {
        let available = b.available.checked_add(minor).ok_or(Refusal::AmountOverflow)?;
        Ok(Balances { available, ..b })
    })?;
    draft.put(&Name::Entry(*entry), Record::Entry(EntryRecord { used: true, ..booked }));
    let (account, entered, member) = (record.request.account, record.entered, record.member);
    draft.put(&Name::Request(*request), Record::Request(RequestRecord { used: true, ..record }));
    Ok(Facts {
        entered: Some(entered),
        credit: Some(account),
        money: Some(money),
        ..Facts::new(Effect::Minted, vec![member, *treasury, custodian])
    })
}

/// The entry, if it pays for the request (I3).
fn payable_entry(
    draft: &Draft<'_>,
    record: &RequestRecord,
    entry: &EntryId,
) -> Result<EntryRecord, Refusal> {
    let Some(Record::Entry(booked)) = draft.get(&Name::Entry(*entry)) else {
        return Err(Refusal::EntryUnknown);
    };
    if booked.used && !planted!(EntryAgain) {
        return Err(Refusal::EntryUsed);
    }
    let payer = match (booked.entry.direction, booked.entry.counterparty) {
        (Direction::Credit, Counterparty::Member(payer)) => payer,
        (Direction::Credit, Counterparty::Other) => return Err(Refusal::ThirdPartyPayer),
        (Direction::Credit, Counterparty::Internal) | (Direction::Debit, _) => {
            return Err(Refusal::EntryNotExternalCredit);
        }
    };
    if payer != record.member {
        return Err(Refusal::ThirdPartyPayer);
    }
    let asked = &record.request;
    let same = booked.entry.reserve == asked.reserve
        && booked.entry.minor == asked.money.minor()
        && booked.entry.reference == asked.reference;
    if same { Ok(booked.clone()) } else { Err(Refusal::EntryMismatch) }
}

/// What stands behind a currency.
pub(crate) struct Reserves {
    /// Its accounts, each with its custodian.
    accounts: Vec<(Lei, ReserveBooks)>,
    /// How fresh their attestations must be.
    freshness: Freshness,
}

impl Reserves {
    /// Those of a currency.
    ///
    /// # Errors
    /// [`Refusal::CurrencyUnknown`], [`Refusal::ReserveUnknown`].
    pub(crate) fn of(draft: &Draft<'_>, code: Currency) -> Result<Self, Refusal> {
        let ids = draft.currency(code)?.reserves.iter();
        let found = ids.map(|id| draft.reserve(id).map(|found| (found.custodian, found.books)));
        let network = draft.moment.limits.attestation_max_age_ms;
        let freshness = draft.controls(code)?.terms.freshness(network);
        Ok(Self { accounts: found.collect::<Result<_, _>>()?, freshness })
    }

    /// What they support.
    pub(crate) fn backing(&self, now: LedgerTime) -> Backing {
        Backing::of(self.accounts.iter().map(|(_, books)| books), now, &self.freshness)
    }

    /// As of when they are attested: the oldest of their latest attestations; `None` if an account has none,
    /// or there is no account.
    pub(crate) fn attested(&self) -> Option<LedgerTime> {
        let latest = self.accounts.iter().map(|(_, books)| books.attested.as_ref());
        latest.map(|latest| latest.map(|(said, _)| said.as_of)).min().flatten()
    }
}

/// I2: supply after this mint <= what fresh attestations and later entries support.
///
/// An account without a fresh attestation supports nothing. Preburned tokens whose payout is booked
/// are left out: their money has left the reserves already.
fn check_reserves(draft: &Draft<'_>, reserves: &Reserves, money: Money) -> Result<(), Refusal> {
    let currency = draft.currency(money.currency())?;
    let backing = reserves.backing(draft.now());
    match currency.claims().checked_add(money.minor()) {
        Some(after) if after <= backing.effective() => Ok(()),
        Some(_) | None if backing.stale => Err(Refusal::AttestationStale),
        Some(_) | None => Err(Refusal::ReserveShort),
    }
}

/// I6: the currency's controls after this mint, if they allow it.
fn charged(
    draft: &Draft<'_>,
    reserves: &Reserves,
    class: EvidenceClass,
    money: Money,
) -> Result<MintControls, Refusal> {
    let (controls, now) = (draft.controls(money.currency())?, draft.now());
    let accounts = reserves.accounts.iter().map(|(custodian, books)| (*custodian, books));
    let most = controls.terms.concentration;
    let concentrated = concentrated(accounts, now, &reserves.freshness, most)
        .then_some(Refusal::CustodianConcentration);
    let faults = controls.faults(now, class, money.minor());
    Refusal::first(faults.into_iter().chain([concentrated]))?;
    Ok(controls.clone().after(now, class, money.minor()))
}
