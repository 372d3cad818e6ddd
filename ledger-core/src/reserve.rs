//! Reserve accounts: what custodians say is there, and each booked entry.
//!
//! # Place      attestations and entries come from custodians' keys; `issuance` reads them
//! # Invariants I2 effective reserve = attested balance after haircut, plus and minus the signed
//! #            entries booked after it; I3 an entry is known by a nullifier the ledger derives
//! # Absent     statements themselves (treasury's gateway keeps them)

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    authority::Role,
    digest::{Domain, Hash32},
    draft::{Draft, Signers},
    execute::Facts,
    freshness::Freshness,
    id::{EntryId, Lei, ReserveId, Text},
    limits::BASIS_POINTS,
    merkle::LogHead,
    money::{Currency, Money},
    receipt::Effect,
    record::{Name, Record},
    redemption::note_payout,
    refusal::Refusal,
    time::LedgerTime,
};

/// Who vouches for a reserve account's entries. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceClass {
    /// The custodian itself.
    Custodian,
    /// A trustee.
    Trustee,
    /// An agent that governance appointed.
    Agent,
}

/// A custodian's statement of a reserve account's balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attestation {
    /// Which account.
    pub reserve: ReserveId,
    /// Booked balance, in minor units.
    pub balance: u128,
    /// What of it is free and eligible, in minor units.
    pub available: u128,
    /// As of which time.
    pub as_of: LedgerTime,
    /// Sequence number of the last entry that the balance includes; 0 for none.
    pub last_entry: u64,
    /// Salted commitment to the statement it was read from.
    pub statement: Hash32,
    /// Hash of the attestation before it; zero for the first.
    pub previous: Hash32,
}

impl Attestation {
    /// What the next attestation names as its predecessor.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        Domain::Attestation.hash_of(self)
    }
}

/// Which way money went, as the account's holder sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Into the account.
    Credit,
    /// Out of it.
    Debit,
}

/// Whose money moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Counterparty {
    /// A member's own account.
    Member(Lei),
    /// The issuer's own or another reserve account: can never be minted against.
    Internal,
    /// Somebody else.
    Other,
}

/// One booked detail of a reserve account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankEntry {
    /// Which account.
    pub reserve: ReserveId,
    /// Its place in the account: 1, 2, 3 ... without gaps.
    pub sequence: u64,
    /// The account servicer's reference.
    pub servicer_reference: Text,
    /// Which transaction detail of the booked entry.
    pub detail: u32,
    /// Which way.
    pub direction: Direction,
    /// How much, in minor units of the account's currency.
    pub minor: u128,
    /// Whose money.
    pub counterparty: Counterparty,
    /// When it was booked.
    pub booked: LedgerTime,
    /// The remitter's reference.
    pub reference: Text,
}

/// An entry as the ledger keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryRecord {
    /// Its nullifier.
    pub id: EntryId,
    /// What was booked.
    pub entry: BankEntry,
    /// Credits booked up to and including it, in minor units.
    pub credits: u128,
    /// Debits booked up to and including it, in minor units.
    pub debits: u128,
    /// Whether a mint or burn has used it.
    pub used: bool,
}

/// Credits and debits of an account up to some entry, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Turnover {
    /// Sum of credits.
    pub credits: u128,
    /// Sum of debits.
    pub debits: u128,
}

/// An account at a custodian that counts as reserve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reserve {
    /// Which account.
    pub id: ReserveId,
    /// The bank that holds it.
    pub custodian: Lei,
    /// For which issuer.
    pub issuer: Lei,
    /// In which currency.
    pub currency: Currency,
    /// Who signs for it.
    pub class: EvidenceClass,
    /// What decides its part in I2.
    pub books: ReserveBooks,
    /// Its journal, one [`crate::journal::BooksEntry`] per block that changed the books.
    pub journal: LogHead,
}

/// What decides a reserve account's part in I2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct ReserveBooks {
    /// Part of the balance that does not count, in basis points.
    pub haircut: u16,
    /// Number of entries recorded.
    pub entries: u64,
    /// Their sums.
    pub turnover: Turnover,
    /// The latest attestation and the sums as of its last included entry.
    pub attested: Option<(Attestation, Turnover)>,
}

impl ReserveBooks {
    /// What the account contributes to I2 now, in minor units; `None` without a fresh attestation.
    ///
    /// For one account alone: debits beyond what it has show as zero here, but count against the
    /// currency's other accounts where a mint is checked.
    #[must_use]
    pub fn effective(&self, now: LedgerTime, freshness: &Freshness) -> Option<u128> {
        let (for_it, against) = self.sides(now, freshness)?;
        Some(for_it.saturating_sub(against))
    }

    /// What counts for the reserve now (attested balance after haircut and credits after it) and
    /// what counts against it (debits after it); `None` without a fresh attestation.
    ///
    /// Sums that exceed what can be counted stay at the largest countable, which supports no more
    /// than any possible supply.
    fn sides(&self, now: LedgerTime, freshness: &Freshness) -> Option<(u128, u128)> {
        let (attestation, then) = self.attested.as_ref()?;
        if !freshness.allows(attestation.as_of, now) {
            return None;
        }
        let after_haircut = without(attestation.available, self.haircut)?;
        let credits = self.turnover.credits.checked_sub(then.credits)?;
        let debits = self.turnover.debits.checked_sub(then.debits)?;
        Some((after_haircut.saturating_add(credits), debits))
    }
}

/// What the reserve accounts of a currency support (I2), in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Backing {
    /// What counts for it: attested balances after haircut and later credits.
    for_it: u128,
    /// Debits after the attestations.
    against: u128,
    /// Whether an account has no fresh attestation, and so supports nothing.
    pub stale: bool,
}

impl Backing {
    /// What these accounts support at a time. A currency without accounts is stale.
    ///
    /// Debits are summed apart from credits, so that an overdrawn account counts against the others.
    pub fn of<'a>(
        reserves: impl IntoIterator<Item = &'a ReserveBooks>,
        now: LedgerTime,
        freshness: &Freshness,
    ) -> Self {
        let mut backing = Self::default();
        let mut any = false;
        for reserve in reserves {
            any = true;
            match reserve.sides(now, freshness) {
                Some((plus, minus)) => {
                    backing.for_it = backing.for_it.saturating_add(plus);
                    backing.against = backing.against.saturating_add(minus);
                }
                None => backing.stale = true,
            }
        }
        backing.stale |= !any;
        backing
    }

    /// The effective reserve.
    #[must_use]
    pub const fn effective(&self) -> u128 {
        self.for_it.saturating_sub(self.against)
    }
}

/// Whether a custodian holds more than so many basis points of the reserves, debits of one never
/// counted against another.
///
/// A custodian's part is what its accounts support together, zero where that is negative; the
/// reserves are the sum of all parts. So 10,000 basis points are never exceeded.
#[must_use]
pub fn concentrated<'a>(
    reserves: impl IntoIterator<Item = (Lei, &'a ReserveBooks)>,
    now: LedgerTime,
    freshness: &Freshness,
    points: u16,
) -> bool {
    let mut custodians: BTreeMap<Lei, Vec<&ReserveBooks>> = BTreeMap::new();
    for (custodian, books) in reserves {
        custodians.entry(custodian).or_default().push(books);
    }
    let part = |books| Backing::of(books, now, freshness).effective();
    let parts: Vec<u128> = custodians.into_values().map(part).collect();
    let all = parts.iter().fold(0u128, |sum, part| sum.saturating_add(*part));
    // A whole number exceeds a fraction when it exceeds the fraction rounded down.
    let most = without(all, BASIS_POINTS.saturating_sub(points)).unwrap_or(0);
    parts.iter().any(|part| *part > most)
}

/// What is left of a sum without so many basis points of it, rounded down.
fn without(minor: u128, points: u16) -> Option<u128> {
    let counted = u128::from(BASIS_POINTS.checked_sub(points)?);
    let whole = u128::from(BASIS_POINTS);
    let (units, rest) = (minor.checked_div(whole)?, minor.checked_rem(whole)?);
    let up = if planted!(RoundUp) { whole.checked_sub(1)? } else { 0 };
    let rest = rest.checked_mul(counted)?.checked_add(up)?.checked_div(whole)?;
    units.checked_mul(counted)?.checked_add(rest)
}

/// Records a custodian's balance.
///
/// # Errors
/// Every [`Refusal`] about reserve, custodian and attestation.
pub(crate) fn attest(
    draft: &mut Draft<'_>,
    organisation: &Lei,
    signers: &Signers,
    attestation: &Attestation,
) -> Result<Facts, Refusal> {
    if attestation.available > attestation.balance {
        return Err(Refusal::OutOfRange);
    }
    let mut reserve = draft.reserve(&attestation.reserve)?.clone();
    check_evidence_key(&reserve, organisation, signers)?;
    if attestation.as_of > draft.now() {
        return Err(Refusal::AttestationFromFuture);
    }
    let (previous, reached, as_of) = match &reserve.books.attested {
        Some((last, _)) => (last.hash(), last.last_entry, last.as_of),
        None => (Hash32::ZERO, 0, LedgerTime::new(0)),
    };
    if attestation.as_of < as_of {
        return Err(Refusal::AttestationOlder);
    }
    if attestation.previous != previous {
        return Err(Refusal::AttestationChain);
    }
    if attestation.last_entry < reached || attestation.last_entry > reserve.books.entries {
        return Err(Refusal::AttestationEntry);
    }
    let then = turnover_at(draft, &reserve, attestation.last_entry)?;
    reserve.books.attested = Some((*attestation, then));
    let money = Money::new(reserve.currency, attestation.balance);
    let parties = vec![*organisation, reserve.issuer];
    draft.put(&Name::Reserve(reserve.id), Record::Reserve(reserve));
    Ok(Facts { money: Some(money), ..Facts::new(Effect::Attested, parties) })
}

/// Records one booked entry, under a nullifier that the ledger derives (I3).
///
/// # Errors
/// Every [`Refusal`] about reserve, custodian and entry.
pub(crate) fn record_entry(
    draft: &mut Draft<'_>,
    organisation: &Lei,
    signers: &Signers,
    entry: &BankEntry,
) -> Result<Facts, Refusal> {
    let mut reserve = draft.reserve(&entry.reserve)?.clone();
    check_evidence_key(&reserve, organisation, signers)?;
    let servicer = &entry.servicer_reference;
    let id = EntryId::derive(&reserve.custodian, &reserve.id, servicer, entry.detail);
    if draft.get(&Name::Entry(id)).is_some() {
        return Err(Refusal::EntryDuplicate);
    }
    let sequence = reserve.books.entries.checked_add(1).ok_or(Refusal::AmountOverflow)?;
    if entry.sequence != sequence {
        return Err(Refusal::EntrySequence);
    }
    if entry.minor == 0 {
        return Err(Refusal::AmountZero);
    }
    let sum = match entry.direction {
        Direction::Credit => &mut reserve.books.turnover.credits,
        Direction::Debit => &mut reserve.books.turnover.debits,
    };
    *sum = sum.checked_add(entry.minor).ok_or(Refusal::AmountOverflow)?;
    reserve.books.entries = sequence;
    let Turnover { credits, debits } = reserve.books.turnover;
    let record = EntryRecord { id, entry: entry.clone(), credits, debits, used: false };
    let mut parties = vec![*organisation, reserve.issuer];
    if let Counterparty::Member(member) = entry.counterparty {
        parties.push(member);
    }
    let money = Money::new(reserve.currency, entry.minor);
    note_payout(draft, &record)?;
    draft.put(&Name::Entry(id), Record::Entry(record));
    draft.put(&Name::Sequence(reserve.id, sequence), Record::Sequence(id));
    draft.put(&Name::Reserve(reserve.id), Record::Reserve(reserve));
    Ok(Facts { money: Some(money), ..Facts::new(Effect::EntryRecorded, parties) })
}

/// Only a key registered for the account's custodian, in the role its class names, may vouch. An
/// agent's key is registered under the LEI of the custodian it stands in for.
fn check_evidence_key(
    reserve: &Reserve,
    organisation: &Lei,
    signers: &Signers,
) -> Result<(), Refusal> {
    let role = match reserve.class {
        EvidenceClass::Custodian | EvidenceClass::Trustee => Role::Custodian,
        EvidenceClass::Agent => Role::Agent,
    };
    let by_custodian = reserve.custodian == *organisation && signers.require(role).is_ok();
    if by_custodian { Ok(()) } else { Err(Refusal::NotTheCustodian) }
}

/// Credits and debits up to an entry.
fn turnover_at(draft: &Draft<'_>, reserve: &Reserve, entry: u64) -> Result<Turnover, Refusal> {
    if entry == 0 {
        return Ok(Turnover::default());
    }
    let Some(Record::Sequence(id)) = draft.get(&Name::Sequence(reserve.id, entry)) else {
        return Err(Refusal::AttestationEntry);
    };
    match draft.get(&Name::Entry(*id)) {
        Some(Record::Entry(found)) => Ok(Turnover { credits: found.credits, debits: found.debits }),
        _ => Err(Refusal::InternalFault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGE: Freshness = Freshness::every_day(500);

    fn reserve(available: u128, haircut: u16, then: Turnover, now: Turnover) -> ReserveBooks {
        let attestation = Attestation {
            reserve: ReserveId::new([1; 32]),
            balance: available,
            available,
            as_of: LedgerTime::new(1_000),
            last_entry: 0,
            statement: Hash32::ZERO,
            previous: Hash32::ZERO,
        };
        ReserveBooks { haircut, entries: 0, turnover: now, attested: Some((attestation, then)) }
    }

    #[test]
    fn i2_entries_after_the_attestation_move_the_effective_reserve() {
        let then = Turnover { credits: 100, debits: 40 };
        let now = Turnover { credits: 150, debits: 70 };
        let at = LedgerTime::new(1_500);
        assert_eq!(reserve(1_000, 0, then, now).effective(at, &AGE), Some(1_020));
        assert_eq!(
            reserve(10, 0, then, Turnover { debits: 200, ..then }).effective(at, &AGE),
            Some(0)
        );
    }

    #[test]
    fn i2_a_stale_attestation_supports_nothing() {
        let flat = Turnover::default();
        assert_eq!(reserve(9, 0, flat, flat).effective(LedgerTime::new(1_501), &AGE), None);
        assert_eq!(reserve(9, 0, flat, flat).effective(LedgerTime::new(1_500), &AGE), Some(9));
    }

    #[test]
    fn i2_an_overdrawn_account_counts_against_the_others_and_no_account_is_stale() {
        let flat = Turnover::default();
        let overdrawn = reserve(10, 0, flat, Turnover { credits: 0, debits: 25 });
        let good = reserve(100, 0, flat, flat);
        let at = LedgerTime::new(1_500);
        let backing = Backing::of([&overdrawn, &good], at, &AGE);
        assert_eq!((backing.effective(), backing.stale), (85, false));
        let late = Backing::of([&overdrawn, &good], LedgerTime::new(1_501), &AGE);
        assert_eq!((late.effective(), late.stale), (0, true));
        assert!(Backing::of([], at, &AGE).stale);
    }

    #[test]
    fn i2_a_haircut_rounds_down() {
        assert_eq!(without(10_001, 500), Some(9_500));
        assert_eq!(without(u128::MAX, 0), Some(u128::MAX));
        assert_eq!(without(u128::MAX, 10_000), Some(0));
        assert_eq!(without(1, 10_001), None);
    }
}
