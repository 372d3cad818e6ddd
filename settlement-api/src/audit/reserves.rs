//! Reserves against supply, by the formula that decides mints (I2).
//!
//! # Invariants the formula is `ledger_core::reserve::Backing`, and nothing here repeats it
//! # Absent     earlier moments: the ledger keeps no journal of reserve accounts (planned)

use ledger_core::{
    account::CurrencyRecord,
    id::ReserveId,
    money::Currency,
    record::{Name, Record},
    reserve::{Attestation, Backing, BankEntry, Counterparty, Direction, EvidenceClass, Reserve},
    time::{Height, LedgerTime},
};
use serde::Serialize;
use verifier::summary::rfc3339;

use super::{
    AuditLedger, AuditRefused,
    moment::Moment,
    port::AuditFault,
    proof::{CertifiedMaterial, RecordMaterial},
};

/// Entries shown per account at most; sums are over all.
pub const MAX_ENTRIES: u64 = 256;
/// Decimals of a coverage ratio.
const RATIO_DECIMALS: usize = 6;

/// What stands behind a currency.
#[derive(Clone, Debug, Serialize)]
pub struct ReservesReport {
    /// The network.
    pub network: String,
    /// The rest.
    #[serde(flatten)]
    pub facts: ReserveFacts,
    /// What the proofs show.
    pub statement: String,
    /// The currency's record.
    pub record: RecordMaterial,
    /// The header that declares the state root.
    #[serde(flatten)]
    pub certified: CertifiedMaterial,
}

/// Reserves and what they must cover.
#[derive(Clone, Debug, Serialize)]
pub struct ReserveFacts {
    /// ISO 4217 code.
    pub currency: String,
    /// The block after which it was so.
    pub height: u64,
    /// That block's time: attestations are fresh or stale by it.
    pub time: String,
    /// Every reserve account.
    pub reserves: Vec<ReserveReport>,
    /// What all of them support together (I2).
    pub effective: String,
    /// Tokens in existence.
    pub supply: String,
    /// Part of it whose payout is booked and whose burn is still to come.
    pub paid: String,
    /// What reserves must cover: supply without that.
    pub claims: String,
    /// Effective reserves per claim, rounded down; nothing when there is no claim.
    pub coverage: Option<String>,
    /// `covered`, `short`, or `stale` when short for want of a fresh attestation.
    pub verdict: &'static str,
}

/// A reserve account.
#[derive(Clone, Debug, Serialize)]
pub struct ReserveReport {
    /// Its id.
    pub reserve: String,
    /// LEI of the bank that holds it.
    pub custodian: String,
    /// LEI of the issuer.
    pub issuer: String,
    /// Who vouches for it.
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
    pub effective: String,
    /// Its record.
    pub record: RecordMaterial,
}

/// What a custodian attested.
#[derive(Clone, Debug, Serialize)]
pub struct AttestationReport {
    /// Booked balance.
    pub balance: String,
    /// What of it is free and eligible.
    pub available: String,
    /// As of when.
    pub as_of: String,
    /// Until when it counts.
    pub fresh_until: String,
    /// The last entry that the balance includes.
    pub last_entry: u64,
    /// Its hash, which the next one must name.
    pub hash: String,
}

/// Entries that an attestation does not include.
#[derive(Clone, Debug, Serialize)]
pub struct EntriesAfter {
    /// How many.
    pub count: u64,
    /// Sum of credits.
    pub credits: String,
    /// Sum of debits.
    pub debits: String,
    /// The latest of them, newest last, at most [`MAX_ENTRIES`].
    pub entries: Vec<EntryReport>,
}

/// A booked entry.
#[derive(Clone, Debug, Serialize)]
pub struct EntryReport {
    /// Its place in the account.
    pub sequence: u64,
    /// Which way.
    pub direction: Direction,
    /// How much.
    pub amount: String,
    /// LEI of the member, `internal` or `other`.
    pub counterparty: String,
    /// When it was booked.
    pub booked: String,
    /// The account servicer's reference.
    pub servicer_reference: String,
    /// The remitter's reference.
    pub reference: String,
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

/// Reserves of a currency as of the latest proven height.
///
/// # Errors
/// [`AuditRefused`]; [`AuditRefused::HistoryNotKept`] for an earlier height that no certified header
/// of the last blocks declares.
pub fn reserves(
    ledger: &dyn AuditLedger,
    currency: Currency,
    at: Option<Height>,
) -> Result<ReservesReport, AuditRefused> {
    let moment = moment_at(ledger, at)?;
    let (record, proof) = moment.currency(currency)?;
    let facts = facts(&moment, &record)?;
    let statement = format!(
        "The records of {currency} and of each of its reserve accounts are in the state that the \
         certified header declares for height {}. That state names every reserve account of the \
         currency. Whether the money is at the custodians rests on what they signed.",
        facts.height
    );
    Ok(ReservesReport {
        network: ledger.committee().chain().to_hex(),
        facts,
        statement,
        record: (&proof).into(),
        certified: (&moment.certified).into(),
    })
}

/// The moment of a height: only the state that a header declares can be shown.
fn moment_at(ledger: &dyn AuditLedger, at: Option<Height>) -> Result<Moment<'_>, AuditRefused> {
    let latest = Moment::latest(ledger)?;
    let (proven, at) = (latest.proven(), latest.height(at)?);
    if at == proven {
        return Ok(latest);
    }
    let not_kept = || AuditRefused::HistoryNotKept { asked: at, proven };
    let certified = ledger.covering(at)?.ok_or_else(not_kept)?;
    let earlier = Moment { ledger, certified };
    // Beyond the reach of proofs of state there is no chain record any more.
    let shown =
        earlier.proven() == at && ledger.prove(&Name::Chain, &earlier.certified.header)?.is_some();
    if shown { Ok(earlier) } else { Err(not_kept()) }
}

/// Reserves and what they must cover, at a moment.
///
/// # Errors
/// [`AuditRefused`].
pub fn facts(moment: &Moment<'_>, record: &CurrencyRecord) -> Result<ReserveFacts, AuditRefused> {
    let height = moment.proven();
    let now = moment.time(height)?;
    let max_age = max_age(moment)?;
    let mut accounts: Vec<Reserve> = Vec::new();
    let mut reserves = Vec::new();
    for id in &record.reserves {
        let (Record::Reserve(reserve), proof) = moment.prove(&Name::Reserve(*id))? else {
            return Err(AuditFault::inconsistent("records").into());
        };
        reserves.push(report(moment, &reserve, (now, max_age), (&proof).into())?);
        accounts.push(reserve);
    }
    let backing = Backing::of(&accounts, now, max_age);
    let (effective, claims) = (backing.effective(), record.claims());
    let text = |minor| moment.text(record.code, minor);
    Ok(ReserveFacts {
        currency: record.code.code().to_owned(),
        height: height.get(),
        time: rfc3339(now),
        reserves,
        effective: text(effective),
        supply: text(record.totals.supply),
        paid: text(record.paid),
        claims: text(claims),
        coverage: ratio(effective, claims),
        verdict: match (claims <= effective, backing.stale) {
            (true, _) => "covered",
            (false, true) => "stale",
            (false, false) => "short",
        },
    })
}

/// How long an attestation counts, as the network's parameters say at this moment.
fn max_age(moment: &Moment<'_>) -> Result<u64, AuditRefused> {
    match moment.prove(&Name::Chain)? {
        (Record::Chain(chain), _) => Ok(chain.limits.attestation_max_age_ms),
        _ => Err(AuditFault::inconsistent("records").into()),
    }
}

fn report(
    moment: &Moment<'_>,
    reserve: &Reserve,
    (now, max_age): (LedgerTime, u64),
    record: RecordMaterial,
) -> Result<ReserveReport, AuditRefused> {
    let effective = reserve.effective(now, max_age);
    let text = |minor| moment.text(reserve.currency, minor);
    let attested = reserve.attested.as_ref().map(|(attestation, _)| attestation);
    Ok(ReserveReport {
        reserve: reserve.id.to_hex(),
        custodian: reserve.custodian.text().to_owned(),
        issuer: reserve.issuer.text().to_owned(),
        class: reserve.class,
        haircut: reserve.haircut,
        attestation: attested.map(|attestation| AttestationReport {
            balance: text(attestation.balance),
            available: text(attestation.available),
            as_of: rfc3339(attestation.as_of),
            fresh_until: rfc3339(attestation.as_of.after(max_age)),
            last_entry: attestation.last_entry,
            hash: attestation.hash().to_hex(),
        }),
        fresh: effective.is_some(),
        after: entries_after(moment, reserve, attested)?,
        effective: text(effective.unwrap_or(0)),
        record,
    })
}

fn entries_after(
    moment: &Moment<'_>,
    reserve: &Reserve,
    attested: Option<&Attestation>,
) -> Result<EntriesAfter, AuditRefused> {
    let included = attested.map_or(0, |attestation| attestation.last_entry);
    let then = reserve.attested.map(|(_, turnover)| turnover).unwrap_or_default();
    let text = |minor| moment.text(reserve.currency, minor);
    let first = included.max(reserve.entries.saturating_sub(MAX_ENTRIES)).saturating_add(1);
    let mut entries = Vec::new();
    for sequence in first..=reserve.entries {
        let entry = entry(moment, &reserve.id, sequence)?;
        entries.push(EntryReport::of(moment, reserve.currency, &entry));
    }
    let turnover = &reserve.turnover;
    Ok(EntriesAfter {
        count: reserve.entries.saturating_sub(included),
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
