//! Reserves against supply, by the formula that decides mints (I2).
//!
//! # Invariants the formula is `ledger_core::reserve::Backing`, and nothing here repeats it
//! # Absent     whether the money is at the custodians: that rests on what they signed

use ledger_core::{
    account::CurrencyRecord,
    freshness::Freshness,
    id::ReserveId,
    journal::{BooksEntry, LogName},
    money::Currency,
    record::{Name, Record},
    reserve::{
        Attestation, Backing, BankEntry, Counterparty, Direction, EvidenceClass, Reserve,
        ReserveBooks,
    },
    time::{Height, LedgerTime},
};
use serde::Serialize;
use utoipa::{ToSchema, openapi::Schema};
use verifier::summary::rfc3339;

use super::{
    AuditLedger, AuditRefused,
    moment::Moment,
    port::AuditFault,
    proof::{
        BlockMaterial, CertifiedMaterial, ListMaterial, RecordMaterial, last_up_to, list_material,
    },
    supply::{self, AsOf},
};
use crate::openapi::text::{CurrencyCode, Id, LeiCode, Ratio, Reference, Sum, Time, words};

/// Entries shown per account at most; sums are over all.
pub const MAX_ENTRIES: u64 = 256;
/// Decimals of a coverage ratio.
const RATIO_DECIMALS: usize = 6;

/// What stands behind a currency.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReservesReport {
    /// The network.
    #[schema(value_type = Id)]
    pub network: String,
    /// The rest.
    #[serde(flatten)]
    pub facts: ReserveFacts,
    /// What the proofs show.
    pub statement: String,
    /// The currency's record.
    pub record: RecordMaterial,
    /// The entry of its journal that holds supply and what is paid; nothing for a journal too long
    /// to be shown.
    pub journal: Option<ListMaterial>,
    /// The block, in the history that the header declares.
    pub block: BlockMaterial,
    /// The header that declares the state root.
    #[serde(flatten)]
    pub certified: CertifiedMaterial,
}

/// Reserves and what they must cover.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReserveFacts {
    /// ISO 4217 code.
    #[schema(value_type = CurrencyCode)]
    pub currency: String,
    /// The block after which it was so.
    pub height: u64,
    /// That block's time: attestations are fresh or stale by it.
    #[schema(value_type = Time)]
    pub time: String,
    /// Every reserve account of then.
    pub reserves: Vec<ReserveReport>,
    /// Those registered since.
    pub later: Vec<LaterReserve>,
    /// What all of them support together (I2).
    #[schema(value_type = Sum)]
    pub effective: String,
    /// Tokens in existence.
    #[schema(value_type = Sum)]
    pub supply: String,
    /// Part of it whose payout is booked and whose burn is still to come.
    #[schema(value_type = Sum)]
    pub paid: String,
    /// What reserves must cover: supply without that.
    #[schema(value_type = Sum)]
    pub claims: String,
    /// Effective reserves per claim, rounded down; nothing when there is no claim.
    #[schema(value_type = Option<Ratio>)]
    pub coverage: Option<String>,
    /// `covered`, `short`, or `stale` when short for want of a fresh attestation.
    pub verdict: &'static str,
}

/// A reserve account that was not registered yet.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LaterReserve {
    /// Its id.
    #[schema(value_type = Id)]
    pub reserve: String,
    /// Its journal has no entry so early.
    #[serde(flatten)]
    pub proof: BooksProof,
}

/// From the books of a reserve account to the state root.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BooksProof {
    /// The account's record, which commits to its journal.
    pub record: RecordMaterial,
    /// The journal's entry that holds the books; nothing for a journal too long to be shown.
    pub journal: Option<ListMaterial>,
}

/// A reserve account.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReserveReport {
    /// Its id.
    #[schema(value_type = Id)]
    pub reserve: String,
    /// LEI of the bank that holds it.
    #[schema(value_type = LeiCode)]
    pub custodian: String,
    /// LEI of the issuer.
    #[schema(value_type = LeiCode)]
    pub issuer: String,
    /// Who vouches for it.
    #[schema(schema_with = classes)]
    pub class: EvidenceClass,
    /// Part of the balance that does not count, in basis points.
    pub haircut: u16,
    /// The latest attestation; nothing before the first.
    pub attestation: Option<AttestationReport>,
    /// Whether that attestation counts.
    pub fresh: bool,
    /// Signed entries after it.
    pub after: EntriesAfter,
    /// What it contributes (I2); zero without a fresh attestation.
    #[schema(value_type = Sum)]
    pub effective: String,
    /// Its record and journal.
    #[serde(flatten)]
    pub proof: BooksProof,
}

fn classes() -> Schema {
    words(&[EvidenceClass::Custodian, EvidenceClass::Trustee, EvidenceClass::Agent])
}

/// What a custodian attested.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AttestationReport {
    /// Booked balance.
    #[schema(value_type = Sum)]
    pub balance: String,
    /// What of it is free and eligible.
    #[schema(value_type = Sum)]
    pub available: String,
    /// As of when.
    #[schema(value_type = Time)]
    pub as_of: String,
    /// Until when it counts.
    #[schema(value_type = Time)]
    pub fresh_until: String,
    /// The last entry that the balance includes.
    pub last_entry: u64,
    /// Its hash, which the next one must name.
    #[schema(value_type = Id)]
    pub hash: String,
}

/// Entries that an attestation does not include.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EntriesAfter {
    /// How many.
    pub count: u64,
    /// Sum of credits.
    #[schema(value_type = Sum)]
    pub credits: String,
    /// Sum of debits.
    #[schema(value_type = Sum)]
    pub debits: String,
    /// The latest of them, newest last, at most 256.
    pub entries: Vec<EntryReport>,
}

/// A booked entry.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EntryReport {
    /// Its place in the account.
    pub sequence: u64,
    /// Which way.
    #[schema(schema_with = directions)]
    pub direction: Direction,
    /// How much.
    #[schema(value_type = Sum)]
    pub amount: String,
    /// LEI of the member, `internal` or `other`.
    pub counterparty: String,
    /// When it was booked.
    #[schema(value_type = Time)]
    pub booked: String,
    /// The account servicer's reference.
    #[schema(value_type = Reference)]
    pub servicer_reference: String,
    /// The remitter's reference.
    #[schema(value_type = Reference)]
    pub reference: String,
}

fn directions() -> Schema {
    words(&[Direction::Credit, Direction::Debit])
}

impl EntryReport {
    /// An entry of an account in this currency.
    pub(super) fn of(moment: &Moment<'_>, currency: Currency, entry: &BankEntry) -> Self {
        Self {
            sequence: entry.sequence,
            direction: entry.direction,
            amount: moment.text(currency, entry.minor),
            counterparty: match entry.counterparty {
                Counterparty::Member(member) => member.text().to_owned(),
                Counterparty::Internal => "internal".to_owned(),
                Counterparty::Other => "other".to_owned(),
            },
            booked: rfc3339(entry.booked),
            servicer_reference: entry.servicer_reference.get().to_owned(),
            reference: entry.reference.get().to_owned(),
        }
    }
}

/// Reserves of a currency as of a height; of the latest proven one if none is given.
///
/// # Errors
/// [`AuditRefused`].
pub fn reserves(
    ledger: &dyn AuditLedger,
    currency: Currency,
    at: Option<Height>,
) -> Result<ReservesReport, AuditRefused> {
    let moment = Moment::latest(ledger)?;
    let at = moment.height(at)?;
    let (record, proof) = moment.currency(currency)?;
    let (facts, AsOf { journal, .. }, block) = facts(&moment, &record, at)?;
    let statement = format!(
        "The records of {currency} and of each of its reserve accounts are in the state that the \
         certified header declares for height {}. Each commits to a journal with one entry per \
         block that changed it; the entry shown is the last one up to height {at}, and the next \
         one, where there is one, lies above. Where an account has no such entry it was registered \
         later. Whether the money was at the custodians rests on what they signed.",
        moment.proven()
    );
    Ok(ReservesReport {
        network: ledger.committee().chain().to_hex(),
        facts,
        statement,
        record: (&proof).into(),
        journal,
        block,
        certified: (&moment.certified).into(),
    })
}

/// Reserves and what they had to cover after a block; what the currency's journal says of it, and
/// what shows the block's time.
///
/// # Errors
/// [`AuditRefused`].
pub fn facts(
    moment: &Moment<'_>,
    record: &CurrencyRecord,
    at: Height,
) -> Result<(ReserveFacts, AsOf, BlockMaterial), AuditRefused> {
    let (now, block) = moment.time(at)?;
    let of = supply::as_of(moment, record, at)?;
    let freshness = &of.freshness;
    let mut books: Vec<ReserveBooks> = Vec::new();
    let (mut reserves, mut later) = (Vec::new(), Vec::new());
    for id in &record.reserves {
        let (reserve, found, proof) = books_at(moment, id, at)?;
        match found {
            Some(closing) => {
                let reserve = Reserve { books: closing, ..reserve };
                reserves.push(report(moment, &reserve, (now, freshness), proof)?);
                books.push(closing);
            }
            None => later.push(LaterReserve { reserve: id.to_hex(), proof }),
        }
    }
    let backing = Backing::of(&books, now, freshness);
    let (effective, claims) = (backing.effective(), of.totals.claims(of.paid));
    let text = |minor| moment.text(record.code, minor);
    let facts = ReserveFacts {
        currency: record.code.code().to_owned(),
        height: at.get(),
        time: rfc3339(now),
        reserves,
        later,
        effective: text(effective),
        supply: text(of.totals.supply),
        paid: text(of.paid),
        claims: text(claims),
        coverage: ratio(effective, claims),
        verdict: match (claims <= effective, backing.stale) {
            (true, _) => "covered",
            (false, true) => "stale",
            (false, false) => "short",
        },
    };
    Ok((facts, of, block))
}

/// A reserve account, its books as of a height, and their proof; no books before it was registered.
fn books_at(
    moment: &Moment<'_>,
    id: &ReserveId,
    at: Height,
) -> Result<(Reserve, Option<ReserveBooks>, BooksProof), AuditRefused> {
    let (Record::Reserve(reserve), proof) = moment.prove(&Name::Reserve(*id))? else {
        return Err(AuditFault::inconsistent("records").into());
    };
    let log = LogName::Reserve(*id);
    let list = (&log, reserve.journal.count);
    let found = last_up_to(moment.ledger, list, at, |entry: &BooksEntry| entry.height)?;
    let closing = found.as_ref().map(|row| row.entry.closing);
    // The journal's end and the record are two books of the same thing.
    if at == moment.proven() && closing != Some(reserve.books) {
        return Err(AuditFault::inconsistent("reserve accounts").into());
    }
    let index = found.map(|row| row.index);
    let journal = list_material(moment.ledger, &log, &reserve.journal, index)?;
    Ok((reserve, closing, BooksProof { record: (&proof).into(), journal }))
}

fn report(
    moment: &Moment<'_>,
    reserve: &Reserve,
    (now, freshness): (LedgerTime, &Freshness),
    proof: BooksProof,
) -> Result<ReserveReport, AuditRefused> {
    let effective = reserve.books.effective(now, freshness);
    let text = |minor| moment.text(reserve.currency, minor);
    let attested = reserve.books.attested.as_ref().map(|(attestation, _)| attestation);
    Ok(ReserveReport {
        reserve: reserve.id.to_hex(),
        custodian: reserve.custodian.text().to_owned(),
        issuer: reserve.issuer.text().to_owned(),
        class: reserve.class,
        haircut: reserve.books.haircut,
        attestation: attested.map(|attestation| AttestationReport {
            balance: text(attestation.balance),
            available: text(attestation.available),
            as_of: rfc3339(attestation.as_of),
            fresh_until: rfc3339(freshness.until(attestation.as_of)),
            last_entry: attestation.last_entry,
            hash: attestation.hash().to_hex(),
        }),
        fresh: effective.is_some(),
        after: entries_after(moment, reserve, attested)?,
        effective: text(effective.unwrap_or(0)),
        proof,
    })
}

fn entries_after(
    moment: &Moment<'_>,
    reserve: &Reserve,
    attested: Option<&Attestation>,
) -> Result<EntriesAfter, AuditRefused> {
    let included = attested.map_or(0, |attestation| attestation.last_entry);
    let then = reserve.books.attested.map(|(_, turnover)| turnover).unwrap_or_default();
    let text = |minor| moment.text(reserve.currency, minor);
    let first = included.max(reserve.books.entries.saturating_sub(MAX_ENTRIES)).saturating_add(1);
    let mut entries = Vec::new();
    for sequence in first..=reserve.books.entries {
        let entry = entry(moment, &reserve.id, sequence)?;
        entries.push(EntryReport::of(moment, reserve.currency, &entry));
    }
    let turnover = &reserve.books.turnover;
    Ok(EntriesAfter {
        count: reserve.books.entries.saturating_sub(included),
        credits: text(turnover.credits.saturating_sub(then.credits)),
        debits: text(turnover.debits.saturating_sub(then.debits)),
        entries,
    })
}

/// An entry of an account. What was booked never changes, so the present record is as good as an
/// earlier one; only whether it was used since is left out.
fn entry(
    moment: &Moment<'_>,
    reserve: &ReserveId,
    sequence: u64,
) -> Result<BankEntry, AuditRefused> {
    let missing = || AuditFault::inconsistent("bank entries");
    let found = moment.ledger.record(&Name::Sequence(*reserve, sequence))?;
    let Some(Record::Sequence(id)) = found else { return Err(missing().into()) };
    match moment.ledger.record(&Name::Entry(id))? {
        Some(Record::Entry(record)) => Ok(record.entry),
        _ => Err(missing().into()),
    }
}

/// `part` per `whole` as a decimal, rounded down; `None` when there is no whole, or the quotient
/// cannot be written exactly to that many decimals within the ledger's numbers.
#[must_use]
pub fn ratio(part: u128, whole: u128) -> Option<String> {
    let units = part.checked_div(whole)?;
    let mut rest = part.checked_rem(whole)?;
    let mut text = format!("{units}.");
    for _ in 0..RATIO_DECIMALS {
        let scaled = rest.checked_mul(10)?;
        text.push_str(&scaled.checked_div(whole)?.to_string());
        rest = scaled.checked_rem(whole)?;
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_exact_text_rounded_down() {
        let rows = [
            (0, 1, Some("0.000000")),
            (1, 1, Some("1.000000")),
            (2, 3, Some("0.666666")),
            (1_000_001, 1_000_000, Some("1.000001")),
            (1, 0, None),
            (u128::MAX, 1, Some("340282366920938463463374607431768211455.000000")),
            (1, u128::MAX, Some("0.000000")),
            (u128::MAX - 1, u128::MAX, None),
        ];
        for (part, whole, expected) in rows {
            assert_eq!(ratio(part, whole).as_deref(), expected, "{part} / {whole}");
        }
    }
}
