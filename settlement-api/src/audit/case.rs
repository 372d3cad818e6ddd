//! The evidence of a payment: every leg with its UETR, every receipt as a file that verifies offline.

use interbank::delivery::kind_name;
use ledger_core::{
    anchor::AnchorEntry,
    id::{CommandId, LegId, Lei, Uetr},
    journal::LogName,
    payment::{LegRecord, LegState},
    receipt::{Effect, Outcome},
    record::{Name, Record},
    time::{Height, LedgerTime},
};
use serde::Serialize;
use utoipa::ToSchema;
use verifier::{
    ReceiptFile,
    summary::{amount, outcome_name, rfc3339},
};

use super::{AuditLedger, AuditRefused, moment::Moment, port::AuditFault, proof::up_to};
use crate::{
    ledger_port::ProvedReceipt,
    openapi::text::{self, CurrencyCode, Id, LeiCode, Sum, Time},
};

/// Anchors shown per member: the first ones that can hold a message of the payment.
const ANCHORS: usize = 4;

/// Everything the ledger says about a payment.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CaseReport {
    /// The network.
    #[schema(value_type = Id)]
    pub network: String,
    /// The payment's reference.
    #[schema(value_type = text::Uetr)]
    pub uetr: String,
    /// The latest proven height when it was answered.
    pub height: u64,
    /// Its legs.
    pub legs: Vec<LegReport>,
    /// What the files show.
    pub statement: &'static str,
}

/// One leg.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LegReport {
    /// Its identity.
    #[schema(value_type = Id)]
    pub leg: String,
    /// LEI of the bank that pays.
    #[schema(value_type = LeiCode)]
    pub instructing: String,
    /// LEI of the bank that is paid.
    #[schema(value_type = LeiCode)]
    pub instructed: String,
    /// Which message: `pacs.008`, `pacs.009`, `pacs.004`.
    pub kind: &'static str,
    /// `held`, `scheduled`, `queued`, `settled`, `voided`, `closed`; `unused` when every command was
    /// refused.
    pub state: &'static str,
    /// When.
    pub timings: Timings,
    /// Every receipt, oldest first.
    pub receipts: Vec<ReceiptReport>,
    /// Receipts that no certified header covers yet.
    pub unproven_receipts: usize,
    /// Whether there are more receipts than one answer holds.
    pub more_receipts: bool,
    /// Commitments of both banks from the leg's first block on.
    pub anchors: Vec<AnchorReport>,
}

/// A leg's times.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Timings {
    /// When it was entered: hold or transfer.
    #[schema(value_type = Option<Time>)]
    pub entered: Option<String>,
    /// When its settlement became irrevocable: the block's time.
    #[schema(value_type = Option<Time>)]
    pub irrevocable: Option<String>,
    /// Since when its settlement is proven.
    #[schema(value_type = Option<Time>)]
    pub settled: Option<String>,
    /// When the payee's bank says its customer was credited.
    #[schema(value_type = Option<Time>)]
    pub credited: Option<String>,
    /// Milliseconds from entry to proven settlement.
    pub entered_to_settled_ms: Option<u64>,
}

/// A receipt.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReceiptReport {
    /// The command.
    #[schema(value_type = Id)]
    pub command: String,
    /// Its block.
    pub height: u64,
    /// Its place there.
    pub index: u32,
    /// LEI of whose command it was.
    #[schema(value_type = LeiCode)]
    pub organisation: String,
    /// What kind.
    pub kind: &'static str,
    /// What came of it: an effect's name or a refusal's code.
    pub outcome: &'static str,
    /// How much.
    #[schema(value_type = Option<Sum>)]
    pub amount: Option<String>,
    /// In which currency.
    #[schema(value_type = Option<CurrencyCode>)]
    pub currency: Option<String>,
    /// When the matter was entered.
    #[schema(value_type = Time)]
    pub entered: String,
    /// Time of its block.
    #[schema(value_type = Time)]
    pub irrevocable: String,
    /// Time of the certified header that proves it.
    #[schema(value_type = Time)]
    pub proven: String,
    /// The `florin-receipt-1` file, byte for byte.
    pub file: String,
}

/// A member's commitment.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AnchorReport {
    /// Whose.
    #[schema(value_type = LeiCode)]
    pub member: String,
    /// In which block.
    pub height: u64,
    /// To what.
    #[schema(value_type = Id)]
    pub root: String,
}

/// Every leg with a UETR.
///
/// # Errors
/// [`AuditRefused::NotFound`] when no command cited it.
pub fn case(ledger: &dyn AuditLedger, uetr: &Uetr) -> Result<CaseReport, AuditRefused> {
    let moment = Moment::latest(ledger)?;
    let mut legs = Vec::new();
    for id in ledger.legs(uetr)? {
        legs.extend(leg(&moment, &id)?);
    }
    if legs.is_empty() {
        return Err(AuditRefused::NotFound);
    }
    Ok(CaseReport {
        network: ledger.committee().chain().to_hex(),
        uetr: uetr.to_text(),
        height: moment.proven().get(),
        legs,
        statement: "Each file proves one receipt to whoever has the network's genesis: \
                    `florin verify FILE --trust genesis.json`. That no receipt is left out rests on \
                    this observer's own execution of every block.",
    })
}

/// A receipt file by its command.
///
/// # Errors
/// [`AuditRefused::NotFound`].
pub fn receipt_file(ledger: &dyn AuditLedger, id: &CommandId) -> Result<String, AuditRefused> {
    let proved = ledger.receipt(id)?.ok_or(AuditRefused::NotFound)?;
    file(ledger, &proved)
}

fn file(ledger: &dyn AuditLedger, proved: &ProvedReceipt) -> Result<String, AuditRefused> {
    let (certified, genesis) = (&proved.certified, ledger.committee().genesis());
    ReceiptFile::build(&proved.proof, &certified.header, &certified.certificate, genesis)
        .map_err(|error| AuditFault::of(error).into())
}

/// One leg; `None` while no certified header covers any receipt of it.
fn leg(moment: &Moment<'_>, id: &LegId) -> Result<Option<LegReport>, AuditRefused> {
    let ledger = moment.ledger;
    let found = ledger.leg_receipts(id)?;
    let cited = found.proved.iter().find_map(|proved| proved.proof.receipt.leg);
    let (Some(leg), Some(first)) = (cited, found.proved.first()) else { return Ok(None) };
    let since = first.proof.receipt.height;
    let record = state(moment, id)?;
    let receipts = found.proved.iter().map(|proved| receipt(moment, proved));
    let mut anchors = anchors(moment, &leg.instructing, since)?;
    anchors.extend(self::anchors(moment, &leg.instructed, since)?);
    Ok(Some(LegReport {
        leg: id.to_hex(),
        instructing: leg.instructing.text().to_owned(),
        instructed: leg.instructed.text().to_owned(),
        kind: kind_name(leg.kind),
        state: match record.as_ref().map(|record| &record.state) {
            None => "unused",
            Some(LegState::Held { .. }) => "held",
            Some(LegState::Scheduled { .. }) => "scheduled",
            Some(LegState::Queued { .. }) => "queued",
            Some(LegState::Settled { .. }) => "settled",
            Some(LegState::Voided(_)) => "voided",
            Some(LegState::Closed) => "closed",
            Some(LegState::Delivered { .. }) => "delivered",
        },
        timings: timings(&found.proved, record.and_then(|record| record.credited)),
        receipts: receipts.collect::<Result<_, _>>()?,
        unproven_receipts: found.unproven,
        more_receipts: found.more,
        anchors,
    }))
}

/// The leg's record as this moment proves it; `None` when there is none.
fn state(moment: &Moment<'_>, id: &LegId) -> Result<Option<LegRecord>, AuditRefused> {
    let name = Name::Leg(*id);
    if moment.ledger.record(&name)?.is_none() {
        return Ok(None);
    }
    match moment.prove(&name) {
        Ok((Record::Leg(record), _)) => Ok(Some(record)),
        Ok(_) => Err(AuditFault::inconsistent("records").into()),
        // It was made by a block that no certified header covers yet.
        Err(AuditRefused::NotProven) if moment.prove(&Name::Chain).is_ok() => Ok(None),
        Err(refused) => Err(refused),
    }
}

fn receipt(moment: &Moment<'_>, proved: &ProvedReceipt) -> Result<ReceiptReport, AuditRefused> {
    let receipt = &proved.proof.receipt;
    Ok(ReceiptReport {
        command: receipt.command.to_hex(),
        height: receipt.height.get(),
        index: receipt.index,
        organisation: receipt.organisation.text().to_owned(),
        kind: receipt.kind.name(),
        outcome: outcome_name(&receipt.outcome),
        amount: receipt.money.and_then(|money| amount(moment.genesis(), &money)),
        currency: receipt.money.map(|money| money.currency().code().to_owned()),
        entered: rfc3339(receipt.entered),
        irrevocable: rfc3339(receipt.irrevocable),
        proven: rfc3339(proved.certified.header.time),
        file: file(moment.ledger, proved)?,
    })
}

fn timings(proved: &[ProvedReceipt], credited: Option<LedgerTime>) -> Timings {
    let applied =
        |proved: &&ProvedReceipt| matches!(proved.proof.receipt.outcome, Outcome::Applied(_));
    let entered = proved.iter().find(applied).map(|first| first.proof.receipt.entered);
    let settlement = proved
        .iter()
        .find(|proved| proved.proof.receipt.outcome == Outcome::Applied(Effect::Settled));
    let settled = settlement.map(|proved| proved.certified.header.time);
    Timings {
        entered: entered.map(rfc3339),
        irrevocable: settlement.map(|proved| rfc3339(proved.proof.receipt.irrevocable)),
        settled: settled.map(rfc3339),
        credited: credited.map(rfc3339),
        entered_to_settled_ms: settled
            .zip(entered)
            .map(|(settled, entered)| settled.get().saturating_sub(entered.get())),
    }
}

/// A member's first anchors from a height on.
fn anchors(
    moment: &Moment<'_>,
    member: &Lei,
    since: Height,
) -> Result<Vec<AnchorReport>, AuditRefused> {
    let Some(Record::Anchors(record)) = moment.ledger.record(&Name::Anchors(*member))? else {
        return Ok(Vec::new());
    };
    let log = LogName::MemberAnchors(*member);
    let before = Height::new(since.get().saturating_sub(1));
    let list = (&log, record.roots.count);
    let first = up_to(moment.ledger, list, before, |entry: &AnchorEntry| entry.height)?;
    let rows = moment.ledger.rows(&log, first, ANCHORS)?;
    let read = rows.iter().map(|row| ledger_core::codec::decode::<AnchorEntry>(&row.bytes, 64));
    let entries: Vec<AnchorEntry> =
        read.collect::<Result<_, _>>().map_err(|_| AuditFault::inconsistent("anchors"))?;
    let proven = entries.into_iter().filter(|entry| entry.height <= moment.proven());
    Ok(proven
        .map(|entry| AnchorReport {
            member: member.text().to_owned(),
            height: entry.height.get(),
            root: entry.root.to_hex(),
        })
        .collect())
}
