//! A recall as JSON shows it, at either bank.

use iso20022::view::Camt056;
use ledger_core::{
    digest::Hash32,
    id::{Leg, LegId},
    money::Money,
    receipt::Effect,
    time::LedgerTime,
};
use serde::Serialize;
use utoipa::ToSchema;
use verifier::summary::{amount, rfc3339};

use super::{
    answering::recalled,
    clock,
    messages::read_recall,
    recall::{
        Answering, AskedRecall, Asking, Kept as _, RecallAnswer, RecallDecision, RecallRequest,
        ReceivedRecall,
    },
};
use crate::{
    gateway::Gateway,
    openapi::text::{Amount, CurrencyCode, Id, LeiCode, Time, Uetr},
    payments::{
        record::PaymentRecord,
        report::{ReceiptReport, TimelineEntry, receipt_report},
    },
    refused::Refused,
};

/// A recall.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecallReport {
    /// Its identity: the same at both banks.
    #[schema(value_type = Id)]
    pub recall: String,
    /// The payment's UETR.
    #[schema(value_type = Uetr)]
    pub uetr: String,
    /// `outgoing` at the bank that asks, `incoming` at the bank that is asked.
    pub direction: &'static str,
    /// `requested`, `pending`, `proposed`, `returning`, `rejected` or `returned`; of a payment that
    /// has not settled, `agreed` and `voided` in the place of the returns.
    pub status: &'static str,
    /// The same as the camt.029 says it: `PDCR`, `RJCR` or `CNCL`.
    pub iso_status: &'static str,
    /// Who paid and asks.
    #[schema(value_type = LeiCode)]
    pub payer: String,
    /// Who was paid and is asked.
    #[schema(value_type = LeiCode)]
    pub payee: String,
    /// What is asked back: all that the payment brought.
    #[schema(value_type = Amount)]
    pub amount: String,
    /// ISO 4217 code.
    #[schema(value_type = CurrencyCode)]
    pub currency: String,
    /// Why it is asked: a code of ISO 20022.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub information: Option<String>,
    /// Why it was rejected: a code of ISO 20022.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejection: Option<String>,
    /// Why the ledger refused to give back when it was tried last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// The receipt of the return, or of the void.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<ReceiptReport>,
    /// Until when it is to be answered, while nobody has.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Time>)]
    pub answer_by: Option<String>,
    /// Whether that time is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overdue: Option<bool>,
    /// Where it was so far, with this gateway's time.
    pub timeline: Vec<TimelineEntry>,
}

/// The payment that a recall is about, as this bank knows it.
pub(super) fn payment(
    gateway: &Gateway,
    request: &RecallRequest,
    asked: &Camt056,
) -> Result<(Leg, Money), Refused> {
    match PaymentRecord::load(gateway.store.as_ref(), &request.leg)? {
        Some(sent) => Ok((sent.payment.leg, sent.payment.money)),
        None => recalled(gateway, request, asked),
    }
}

/// At the bank that asks.
///
/// # Errors
/// Faults of the store.
pub fn asked(gateway: &Gateway, record: &AskedRecall) -> Result<RecallReport, Refused> {
    let (status, iso_status) = match record.stage {
        Asking::Requested => ("requested", "PDCR"),
        Asking::Delivered => ("pending", "PDCR"),
        Asking::Rejected => ("rejected", "RJCR"),
        Asking::Returned => ("returned", "CNCL"),
        Asking::Agreed => ("agreed", "PDCR"),
        Asking::Voided => ("voided", "CNCL"),
    };
    let facts = Facts {
        recall: record.id(),
        direction: "outgoing",
        status,
        iso_status,
        request: &record.request.value,
        answer: record.answer.as_ref().map(|answer| &answer.value),
        refused: None,
        timeline: &record.timeline,
    };
    facts.report(gateway)
}

/// At the bank that is asked.
///
/// # Errors
/// Faults of the store.
pub fn received(gateway: &Gateway, record: &ReceivedRecall) -> Result<RecallReport, Refused> {
    let (status, iso_status) = match &record.stage {
        Answering::Open => ("pending", "PDCR"),
        Answering::Proposed(_) => ("proposed", "PDCR"),
        Answering::Returning(_) => ("returning", "PDCR"),
        Answering::Rejected => ("rejected", "RJCR"),
        Answering::Returned(_) => ("returned", "CNCL"),
        Answering::Agreed => ("agreed", "PDCR"),
        Answering::Voided => ("voided", "CNCL"),
    };
    let facts = Facts {
        recall: record.id(),
        direction: "incoming",
        status,
        iso_status,
        request: &record.request.value,
        answer: record.answer.as_ref().map(|answer| &answer.value),
        refused: record.refused.clone(),
        timeline: &record.timeline,
    };
    facts.report(gateway)
}

/// What both sides' reports are made of.
struct Facts<'a> {
    recall: Hash32,
    direction: &'static str,
    status: &'static str,
    iso_status: &'static str,
    request: &'a RecallRequest,
    answer: Option<&'a RecallAnswer>,
    refused: Option<String>,
    timeline: &'a [(String, u64)],
}

impl Facts<'_> {
    fn report(self, gateway: &Gateway) -> Result<RecallReport, Refused> {
        let asked = read_recall(&self.request.message)?;
        let (leg, money) = payment(gateway, self.request, &asked)?;
        let (command, rejection) = match self.answer.map(|answer| &answer.decision) {
            Some(RecallDecision::Returned(back)) => (Some(back.command), None),
            Some(RecallDecision::Rejected(code)) => (None, Some(code.get().to_owned())),
            Some(RecallDecision::Voided) => {
                let voided = gateway.view.leg_voided(&self.request.leg)?;
                (voided.map(|proved| proved.proof.receipt.command), None)
            }
            Some(RecallDecision::Pending | RecallDecision::Agreed) | None => (None, None),
        };
        let receipt = match command {
            Some(command) => receipt_report(gateway, &command)?,
            None => None,
        };
        let entry = |(status, ms): &(String, u64)| TimelineEntry {
            status: status.clone(),
            at: rfc3339(LedgerTime::new(*ms)),
        };
        let waits = matches!(self.status, "requested" | "pending" | "proposed");
        let by = clock::answer_by(gateway, money.currency(), self.timeline).filter(|_| waits);
        let now = LedgerTime::new(Gateway::now_ms());
        Ok(RecallReport {
            recall: self.recall.to_hex(),
            uetr: leg.uetr.to_text(),
            direction: self.direction,
            status: self.status,
            iso_status: self.iso_status,
            payer: leg.instructing.text().to_owned(),
            payee: leg.instructed.text().to_owned(),
            amount: amount(gateway.genesis(), &money).unwrap_or_default(),
            currency: money.currency().code().to_owned(),
            reason: asked.reason,
            information: asked.information,
            rejection,
            refused: self.refused,
            receipt,
            answer_by: by.map(rfc3339),
            overdue: by.map(|by| now >= by),
            timeline: self.timeline.iter().map(entry).collect(),
        })
    }
}

/// The day on which a payment settled, by its proved receipt.
///
/// # Errors
/// [`Refused::NotSettled`]; faults of the store.
pub fn settled_day(gateway: &Gateway, leg: &LegId) -> Result<String, Refused> {
    let settled = gateway.view.leg_effect(leg, Effect::Settled)?.ok_or(Refused::NotSettled)?;
    let at = rfc3339(settled.proof.receipt.irrevocable);
    Ok(at.chars().take(super::messages::DATE).collect())
}
