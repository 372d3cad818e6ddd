//! What a bank is told about a payment: JSON, or a pacs.002 that names its receipt.
//!
//! # Invariants ACSC is reported only with a proved receipt behind it (DESIGN: settled = executed
//! #            and proven); proofs travel detached: the report carries the receipt's hash and link

use iso20022::{
    Document,
    identifier::parse_date,
    in_envelope,
    pacs002::{EffectiveDate, OriginalGroup, Pacs002, Reason as IsoReason, StatusReason, TxStatus},
};
use ledger_core::{
    command::Payment,
    digest::Hash32,
    id::{CommandId, LegId},
    receipt::{Effect, Kind},
    time::LedgerTime,
};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;
use verifier::summary::{amount, rfc3339};

use crate::{
    exceptions::messages::written_now,
    gateway::{Gateway, GatewayFault},
    headed::{Repeated, Route},
    ledger_port::ProvedReceipt,
    openapi::text::{Amount, CurrencyCode, Day, Id, LeiCode, Time, Uetr},
    party_view,
    payments::{
        delivery::Decision,
        details::{CoveredReport, DetailsReport},
        inbox::{self, InboxRecord},
        message,
        queue::{self, report::PlaceReport},
        record::{PaymentRecord, Reason, Stage},
        review::{record::Review, report::ReviewReport},
    },
};

/// A payment as JSON shows it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PaymentReport {
    /// UETR.
    #[schema(value_type = Uetr)]
    pub uetr: String,
    /// `outgoing`, or `incoming` at the beneficiary bank.
    pub direction: &'static str,
    /// ISO 20022 status.
    pub status: &'static str,
    /// Who pays.
    #[schema(value_type = LeiCode)]
    pub instructing: String,
    /// Who is paid.
    #[schema(value_type = LeiCode)]
    pub instructed: String,
    /// Decimal text.
    #[schema(value_type = Amount)]
    pub amount: String,
    /// ISO 4217 code.
    #[schema(value_type = CurrencyCode)]
    pub currency: String,
    /// The debtor's reference.
    pub end_to_end_id: String,
    /// The day on which it settles, if it is sent from here: another one than it asked for when that
    /// one was closed or over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Day>)]
    pub settlement_date: Option<String>,
    /// Why it was rejected, waits for another day than it asked for, or for a person of the
    /// beneficiary bank.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonReport>,
    /// The receipt that proves the status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<ReceiptReport>,
    /// The receipt of the beneficiary bank's word that its customer has the money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<ReceiptReport>,
    /// The review of a payment to this bank that waits for one of its people, or did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<ReviewReport>,
    /// Where it waits until this bank has the money for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<PlaceReport>,
    /// The customers' payment that it covers, of the same UETR, when it is a pacs.009 COV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub covers: Option<CoveredReport>,
    /// What its message says, where it is asked for by its UETR.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<DetailsReport>,
    /// Statuses so far, with this gateway's time.
    pub timeline: Vec<TimelineEntry>,
}

/// A status and when this gateway saw it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TimelineEntry {
    /// ISO 20022 status.
    pub status: String,
    /// RFC 3339.
    #[schema(value_type = Time)]
    pub at: String,
}

/// Why a payment was rejected, or waits.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReasonReport {
    /// The stable code.
    pub code: String,
    /// ISO 20022 external status reason.
    pub iso_reason: String,
    /// What the person said who rejected it at the beneficiary bank.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub information: Option<String>,
}

impl ReasonReport {
    /// A reason without words.
    #[must_use]
    pub fn of(Reason { code, iso }: Reason) -> Self {
        Self { code, iso_reason: iso, information: None }
    }
}

/// A receipt by hash and link.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReceiptReport {
    /// The command.
    #[schema(value_type = Id)]
    pub command_id: String,
    /// Hex SHA-256 of the receipt file.
    #[schema(value_type = Id)]
    pub sha256: String,
    /// Where to fetch it.
    pub href: String,
    /// The file, byte for byte, where `Prefer: proof=inline` asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

impl PaymentReport {
    /// The same with what its message says.
    #[must_use]
    pub fn detailed(mut self, gateway: &Gateway, xml: &[u8]) -> Self {
        self.details = DetailsReport::of(gateway, xml);
        self
    }

    /// The same with the receipt files beside their hashes.
    ///
    /// # Errors
    /// [`GatewayFault`].
    pub fn with_files(mut self, gateway: &Gateway) -> Result<Self, GatewayFault> {
        for receipt in self.receipt.iter_mut().chain(&mut self.confirmation) {
            let Some(command) = CommandId::from_hex(&receipt.command_id) else { continue };
            let leg = receipt.href.split_once("?leg=").and_then(|(_, leg)| LegId::from_hex(leg));
            let own = leg.map(|leg| gateway.view.receipt_of_leg(&command, &leg)).transpose()?;
            receipt.file = match own.flatten() {
                Some(proved) => Some(party_view::file_of(&proved, gateway.ledger.committee())?),
                None => gateway.view.receipt_file(&command, gateway.ledger.committee())?,
            };
        }
        Ok(self)
    }
}

const fn status(stage: &Stage) -> TxStatus {
    match stage {
        Stage::Waiting
        | Stage::Reviewed(..)
        | Stage::Short(..)
        | Stage::ShortReviewed(..)
        | Stage::ShortAccepted(..)
        | Stage::Enqueuing(..)
        | Stage::Queued(_)
        | Stage::Closing(..) => TxStatus::Pending,
        Stage::Received => TxStatus::Received,
        Stage::Holding(_) => TxStatus::TechnicallyAccepted,
        Stage::Held => TxStatus::FundsChecked,
        Stage::Accepted(_) | Stage::Posting(..) | Stage::Voiding(..) => {
            TxStatus::AcceptedWithoutPosting
        }
        Stage::Settled(_) => TxStatus::Settled,
        Stage::Rejected(..) => TxStatus::Rejected,
    }
}

/// The command whose receipt proves the end of a payment, and the reason of a rejection or of a
/// review.
const fn end(stage: &Stage) -> (Option<&CommandId>, Option<&Reason>) {
    match stage {
        Stage::Settled(command) => (Some(command), None),
        Stage::Rejected(reason, command) => (command.as_ref(), Some(reason)),
        Stage::Voiding(_, reason)
        | Stage::Closing(_, reason)
        | Stage::Reviewed(reason, _)
        | Stage::ShortReviewed(reason, _) => (None, Some(reason)),
        Stage::Waiting
        | Stage::Received
        | Stage::Holding(_)
        | Stage::Held
        | Stage::Accepted(_)
        | Stage::Short(..)
        | Stage::ShortAccepted(..)
        | Stage::Enqueuing(..)
        | Stage::Queued(_)
        | Stage::Posting(..) => (None, None),
    }
}

/// What a person said who rejected a payment.
fn words(decision: Option<&Decision>) -> Option<String> {
    match decision {
        Some(Decision::RejectedSaying(_, words)) => Some(words.get().to_owned()),
        _ => None,
    }
}

/// What a person of the beneficiary bank said who rejected an own payment.
fn said(gateway: &Gateway, record: &PaymentRecord) -> Result<Option<String>, GatewayFault> {
    if !matches!(record.stage, Stage::Voiding(..) | Stage::Rejected(..)) {
        return Ok(None);
    }
    let answer = record.answer(gateway.store.as_ref())?;
    Ok(words(answer.as_ref().map(|answer| &answer.value.decision)))
}

/// Why a payment waits, where its stage does not say: for another day than it asked for, or for money.
fn waits(record: &PaymentRecord) -> Option<Reason> {
    let moved = record.stage == Stage::Waiting && record.settles.moved;
    let short = queue::until(&record.stage).is_some();
    moved.then(Reason::moved).or_else(|| short.then(Reason::waits_for_funds))
}

/// The hash under which a report names a receipt file: plain SHA-256, as any tool computes it.
#[must_use]
pub fn file_hash(file: &[u8]) -> Hash32 {
    Hash32::new(Sha256::digest(file).into())
}

/// The receipt of a command, by hash and link.
///
/// # Errors
/// [`GatewayFault`].
pub fn receipt_report(
    gateway: &Gateway,
    command: &CommandId,
) -> Result<Option<ReceiptReport>, GatewayFault> {
    let file = gateway.view.receipt_file(command, gateway.ledger.committee())?;
    Ok(file.map(|file| ReceiptReport {
        command_id: command.to_hex(),
        sha256: file_hash(file.as_bytes()).to_hex(),
        href: format!("/v1/receipts/{command}"),
        file: None,
    }))
}

/// The receipt of what a command did to a leg, by hash and link; the command's own where it is about
/// one leg alone, or did nothing.
fn of_leg(
    gateway: &Gateway,
    command: &CommandId,
    leg: &LegId,
) -> Result<Option<ReceiptReport>, GatewayFault> {
    // Others may see more receipts of a set than this bank does: it is named alike by all.
    let own = gateway.view.receipt_of_leg(command, leg)?;
    match own.filter(|proved| proved.proof.receipt.kind == Kind::SettleQueued) {
        Some(proved) => leg_report(gateway, &proved, leg).map(Some),
        None => receipt_report(gateway, command),
    }
}

/// A receipt of a command about several legs, by hash and link.
///
/// # Errors
/// [`GatewayFault`].
pub fn leg_report(
    gateway: &Gateway,
    proved: &ProvedReceipt,
    leg: &LegId,
) -> Result<ReceiptReport, GatewayFault> {
    let file = party_view::file_of(proved, gateway.ledger.committee())?;
    let command = proved.proof.receipt.command;
    Ok(ReceiptReport {
        command_id: command.to_hex(),
        sha256: file_hash(file.as_bytes()).to_hex(),
        href: format!("/v1/receipts/{command}?leg={leg}"),
        file: None,
    })
}

/// When the beneficiary bank's customer had the money, by its bank's word on the ledger, and the
/// command that said so.
fn credited(gateway: &Gateway, leg: &LegId) -> Result<Option<(CommandId, u64)>, GatewayFault> {
    let found = gateway.view.leg_effect(leg, Effect::CreditConfirmed)?;
    Ok(found.map(|proved| {
        let receipt = proved.proof.receipt;
        (receipt.command, receipt.irrevocable.get())
    }))
}

/// A payment as JSON shows it.
///
/// # Errors
/// [`GatewayFault`].
pub fn json(gateway: &Gateway, record: &PaymentRecord) -> Result<PaymentReport, GatewayFault> {
    let (command, reason) = end(&record.stage);
    let reason = reason.cloned().or_else(|| waits(record));
    let facts = Facts {
        direction: "outgoing",
        status: status(&record.stage),
        payment: &record.payment,
        end_to_end_id: &record.original.end_to_end_id,
        settlement_date: Some(record.settles.day.clone()),
        reason,
        information: said(gateway, record)?,
        review: None,
        queue: PlaceReport::of(gateway, record)?,
        covers: CoveredReport::of(&record.payment, &record.xml),
        command: command.copied(),
        timeline: record.timeline.clone(),
    };
    facts.report(gateway)
}

/// A delivered payment as its beneficiary bank's JSON shows it.
///
/// # Errors
/// [`GatewayFault`].
pub fn incoming(gateway: &Gateway, record: &InboxRecord) -> Result<PaymentReport, GatewayFault> {
    let payment = &record.delivery.payment;
    let message = message::read(gateway, &record.delivery.message).ok().map(|read| read.message);
    let mut timeline = vec![("RCVD".to_owned(), record.received)];
    let decision = &record.answer.value.decision;
    let mut reason = inbox::reason_of(decision);
    let mut status = match decision {
        Decision::Pending | Decision::PendingBecause(..) => TxStatus::Pending,
        Decision::Accepted(_) => TxStatus::AcceptedWithoutPosting,
        Decision::Rejected(_) | Decision::RejectedBecause(..) | Decision::RejectedSaying(..) => {
            TxStatus::Rejected
        }
    };
    let review = Review::load(gateway.store.as_ref(), &payment.leg.id())?;
    if review.is_some() {
        timeline.push((TxStatus::Pending.as_str().to_owned(), record.received));
    }
    if review.is_none() || !decision.is_pending() {
        let decided = review.as_ref().and_then(Review::decided).map(|done| done.at);
        timeline.push((status.as_str().to_owned(), decided.unwrap_or(record.received)));
    }
    let mut command = None;
    let ended = gateway.view.leg_effect(&payment.leg.id(), Effect::Settled)?.map(|p| (p, true));
    let ended = match ended {
        None => gateway.view.leg_voided(&payment.leg.id())?.map(|proved| (proved, false)),
        settled => settled,
    };
    if let Some((proved, settled)) = ended {
        let receipt = proved.proof.receipt;
        status = if settled { TxStatus::Settled } else { TxStatus::Rejected };
        if !settled && (reason.is_none() || decision.is_pending()) {
            reason = Some(Reason::voided());
        }
        command = Some(receipt.command);
        // The void of what this bank rejected is no further status.
        if timeline.last().is_none_or(|(last, _)| last != status.as_str()) {
            timeline.push((status.as_str().to_owned(), receipt.irrevocable.get()));
        }
    }
    let facts = Facts {
        direction: "incoming",
        status,
        payment,
        end_to_end_id: message.as_ref().map_or("", |message| &message.end_to_end_id),
        settlement_date: None,
        reason,
        information: words(Some(decision)),
        review: review.as_ref().map(ReviewReport::of),
        queue: None,
        covers: CoveredReport::of(payment, &record.delivery.message),
        command,
        timeline,
    };
    facts.report(gateway)
}

/// What both sides' reports are made of.
struct Facts<'a> {
    direction: &'static str,
    status: TxStatus,
    payment: &'a Payment,
    end_to_end_id: &'a str,
    settlement_date: Option<String>,
    reason: Option<Reason>,
    information: Option<String>,
    review: Option<ReviewReport>,
    queue: Option<PlaceReport>,
    covers: Option<CoveredReport>,
    command: Option<CommandId>,
    timeline: Vec<(String, u64)>,
}

impl Facts<'_> {
    fn report(mut self, gateway: &Gateway) -> Result<PaymentReport, GatewayFault> {
        let Payment { leg, money, .. } = self.payment;
        let receipt = match &self.command {
            Some(command) => of_leg(gateway, command, &leg.id())?,
            None => None,
        };
        let mut confirmation = None;
        if let Some((command, at)) = credited(gateway, &leg.id())? {
            self.status = TxStatus::Credited;
            self.timeline.push((TxStatus::Credited.as_str().to_owned(), at));
            confirmation = receipt_report(gateway, &command)?;
        }
        let entry = |(status, ms)| TimelineEntry { status, at: rfc3339(LedgerTime::new(ms)) };
        Ok(PaymentReport {
            uetr: leg.uetr.to_text(),
            direction: self.direction,
            status: self.status.as_str(),
            instructing: leg.instructing.text().to_owned(),
            instructed: leg.instructed.text().to_owned(),
            amount: amount(gateway.genesis(), money).unwrap_or_default(),
            currency: money.currency().code().to_owned(),
            end_to_end_id: self.end_to_end_id.to_owned(),
            settlement_date: self.settlement_date,
            reason: self.reason.map(|reason| ReasonReport {
                information: self.information,
                ..ReasonReport::of(reason)
            }),
            receipt,
            confirmation,
            review: self.review,
            queue: self.queue,
            covers: self.covers,
            details: None,
            timeline: self.timeline.into_iter().map(entry).collect(),
        })
    }
}

/// The day for which a payment waits.
fn expected_day(record: &PaymentRecord) -> Option<EffectiveDate> {
    let waits = record.stage == Stage::Waiting;
    let day = waits.then(|| parse_date(&record.settles.day)).flatten();
    day.map(EffectiveDate::Date)
}

/// A payment as a pacs.002.
///
/// # Errors
/// [`GatewayFault`].
pub fn pacs002(gateway: &Gateway, record: &PaymentRecord) -> Result<String, GatewayFault> {
    let (command, reason) = end(&record.stage);
    let reason = reason.cloned().or_else(|| waits(record));
    let receipt = match command {
        Some(command) => of_leg(gateway, command, &record.leg())?,
        None => None,
    };
    let credited = credited(gateway, &record.leg())?;
    let confirmation = match &credited {
        Some((command, _)) => receipt_report(gateway, command)?,
        None => None,
    };
    let said = said(gateway, record)?;
    let reasons = told(reason.map(|r| (r.iso, r.code)), said, confirmation.or(receipt));
    let leg = record.payment.leg;
    let route = Route::of(gateway, &leg.instructed, &leg.instructing);
    let original = &record.original;
    let report = Pacs002 {
        msg_id: uuid::Uuid::new_v4().simple().to_string(),
        created: written_now(),
        instructing_agent: None,
        instructed_agent: None,
        original: Some(OriginalGroup {
            msg_id: original.msg_id.clone(),
            msg_name_id: record.name(gateway.store.as_ref())?,
            created: None,
        }),
        status_id: None,
        instr_id: original.instr_id.clone(),
        end_to_end_id: Some(original.end_to_end_id.clone()),
        tx_id: original.tx_id.clone(),
        uetr: Some(uuid::Uuid::from_bytes(*record.payment.leg.uetr.get())),
        status: if credited.is_some() { TxStatus::Credited } else { status(&record.stage) },
        reasons,
        accepted_at: None,
        effective_settlement: expected_day(record),
        clearing_system_ref: None,
    };
    Ok(answered(&route, report))
}

/// Why, and what proves it: what a person said, or else, of a reason that is said in words, those of
/// the stable code; and the receipt
/// that proves the last status is named in what is left of two lines.
pub(crate) fn told(
    reason: Option<(String, String)>,
    said: Option<String>,
    receipt: Option<ReceiptReport>,
) -> Vec<StatusReason> {
    let mut lines = Vec::new();
    let narrative = reason.as_ref().filter(|(iso, _)| iso == NARRATIVE);
    lines.extend(said.or_else(|| narrative.map(|(_, code)| crate::status::words(code))));
    let proof =
        receipt.into_iter().flat_map(|r| [format!("florin-receipt-1 sha256:{}", r.sha256), r.href]);
    lines.extend(proof);
    lines.truncate(LINES);
    let said = reason.is_some() || !lines.is_empty();
    let reason = reason.map(|(iso, _)| IsoReason::Code(iso));
    said.then_some(StatusReason { reason, lines }).into_iter().collect()
}

/// A status report as it goes from the bank that is paid to the bank that pays.
pub(crate) fn answered(route: &Route, mut report: Pacs002) -> String {
    [report.instructing_agent, report.instructed_agent] =
        route.agents().map_or([None, None], |agents| agents.map(Some));
    let document = Document::Pacs002(&report);
    let name = document.message_name();
    let told = Repeated { id: &report.msg_id, name, created: &report.created };
    let under = route.header(&told).and_then(|header| in_envelope(&header, document).ok());
    under.unwrap_or_else(|| report.to_xml())
}

/// The reason that is said in words.
const NARRATIVE: &str = "NARR";
/// Lines of words that correspondents take.
const LINES: usize = 2;
