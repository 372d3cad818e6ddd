//! A recall as JSON shows it, at either bank.

use iso20022::view::{Camt029, View};
use ledger_core::{digest::Hash32, id::LegId, receipt::Effect, time::LedgerTime};
use serde::Serialize;
use utoipa::ToSchema;
use verifier::summary::{amount, rfc3339};

use super::{
    messages::read_recall,
    recall::{
        Answering, AskedRecall, Asking, Kept as _, RecallAnswer, RecallDecision, ReceivedRecall,
    },
};
use crate::{
    gateway::Gateway,
    openapi::text::{Amount, CurrencyCode, Id, LeiCode, Uetr},
    payments::{
        inbox::InboxRecord,
        record::PaymentRecord,
        report::{ReceiptReport, TimelineEntry, receipt_report},
    },
    port::StoreFault,
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
    /// `requested`, `pending`, `proposed`, `returning`, `rejected` or `returned`.
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
    /// The receipt of the return.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<ReceiptReport>,
    /// Where it was so far, with this gateway's time.
    pub timeline: Vec<TimelineEntry>,
}

/// The payment that a recall is about, as this bank knows it.
fn payment(gateway: &Gateway, leg: &LegId) -> Result<ledger_core::command::Payment, Refused> {
    let store = gateway.store.as_ref();
    if let Some(sent) = PaymentRecord::load(store, leg)? {
        return Ok(sent.payment);
    }
    let delivered = InboxRecord::load(store, leg)?;
    Ok(delivered.ok_or(StoreFault::Damaged)?.delivery.payment)
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
    };
    let facts = Facts {
        recall: record.id(),
        direction: "outgoing",
        status,
        iso_status,
        message: &record.request.value.message,
        leg: record.request.value.leg,
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
    };
    let facts = Facts {
        recall: record.id(),
        direction: "incoming",
        status,
        iso_status,
        message: &record.request.value.message,
        leg: record.request.value.leg,
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
    message: &'a [u8],
    leg: LegId,
    answer: Option<&'a RecallAnswer>,
    refused: Option<String>,
    timeline: &'a [(String, u64)],
}

impl Facts<'_> {
    fn report(self, gateway: &Gateway) -> Result<RecallReport, Refused> {
        let asked = read_recall(self.message)?;
        let payment = payment(gateway, &self.leg)?;
        let money = payment.money;
        let answer = self.answer.and_then(|answer| Camt029::find(&answer.message).ok());
        let command = self.answer.and_then(|answer| match &answer.decision {
            RecallDecision::Returned(back) => Some(back.command),
            RecallDecision::Rejected(_) | RecallDecision::Pending => None,
        });
        let receipt = match command {
            Some(command) => receipt_report(gateway, &command)?,
            None => None,
        };
        let entry = |(status, ms): &(String, u64)| TimelineEntry {
            status: status.clone(),
            at: rfc3339(LedgerTime::new(*ms)),
        };
        Ok(RecallReport {
            recall: self.recall.to_hex(),
            uetr: payment.leg.uetr.to_text(),
            direction: self.direction,
            status: self.status,
            iso_status: self.iso_status,
            payer: payment.leg.instructing.text().to_owned(),
            payee: payment.leg.instructed.text().to_owned(),
            amount: amount(gateway.genesis(), &money).unwrap_or_default(),
            currency: money.currency().code().to_owned(),
            reason: asked.reason,
            information: asked.information,
            rejection: answer.and_then(|answer| answer.reason),
            refused: self.refused,
            receipt,
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
