//! A return without a recall as JSON and XML show it, at either bank.

use iso20022::view::{Pacs004, View as _};
use ledger_core::{
    id::{CommandId, Leg, LegId},
    money::Money,
    time::LedgerTime,
};
use serde::Serialize;
use utoipa::ToSchema;
use verifier::summary::{amount, rfc3339};

use super::record::{OwnReturn, Stage, ToldReturn};
use crate::{
    gateway::Gateway,
    openapi::text::{Amount, CurrencyCode, LeiCode, Uetr},
    payments::{
        inbox::InboxRecord,
        record::PaymentRecord,
        report::{ReceiptReport, TimelineEntry, receipt_report},
    },
    refused::Refused,
};

/// A return without a recall.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReturnReport {
    /// The payment's UETR.
    #[schema(value_type = Uetr)]
    pub uetr: String,
    /// `outgoing` at the bank that gives back, `incoming` at the bank that paid.
    pub direction: &'static str,
    /// `proposed`, `withdrawn`, `returning` or `returned`.
    pub status: &'static str,
    /// Who paid, and gets it back.
    #[schema(value_type = LeiCode)]
    pub payer: String,
    /// Who was paid, and gives it back.
    #[schema(value_type = LeiCode)]
    pub payee: String,
    /// What goes back: all that the payment brought.
    #[schema(value_type = Amount)]
    pub amount: String,
    /// ISO 4217 code.
    #[schema(value_type = CurrencyCode)]
    pub currency: String,
    /// Why: a code of the external return reasons of ISO 20022.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub information: Option<String>,
    /// Which client proposes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposed_by: Option<String>,
    /// Which client approved it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
    /// Why the ledger refused to give back when it was tried last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Whether the bank that paid has the pacs.004.
    pub told: bool,
    /// Whether a text of the pacs.004 is on this bank's screening list; at the bank that paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listed: Option<bool>,
    /// The receipt of the return.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<ReceiptReport>,
    /// Where it was so far, with this gateway's time.
    pub timeline: Vec<TimelineEntry>,
}

/// A return without a recall that this bank knows of.
pub enum Known {
    /// It gives back.
    Own(Box<OwnReturn>),
    /// It gets back.
    Told(Box<ToldReturn>),
}

impl Known {
    /// The one of a payment.
    ///
    /// # Errors
    /// Faults of the store.
    pub fn find(gateway: &Gateway, leg: &LegId) -> Result<Option<Self>, Refused> {
        let store = gateway.store.as_ref();
        if let Some(own) = OwnReturn::load(store, leg)? {
            return Ok(Some(Self::Own(Box::new(own))));
        }
        Ok(ToldReturn::load(store, leg)?.map(|told| Self::Told(Box::new(told))))
    }

    /// Whether nothing came of it.
    #[must_use]
    pub fn is_withdrawn(&self) -> bool {
        matches!(self, Self::Own(own) if own.stage == Stage::Withdrawn)
    }

    /// The pacs.004, once the money is back.
    #[must_use]
    pub fn message(&self) -> Option<&[u8]> {
        match self {
            Self::Own(own) => own.back().map(|back| back.message.as_slice()),
            Self::Told(told) => Some(&told.notice.value.back.message),
        }
    }

    /// As JSON shows it.
    ///
    /// # Errors
    /// Faults of the store.
    pub fn report(&self, gateway: &Gateway) -> Result<ReturnReport, Refused> {
        match self {
            Self::Own(own) => outgoing(gateway, own),
            Self::Told(told) => incoming(gateway, told),
        }
    }
}

/// At the bank that gives back.
///
/// # Errors
/// Faults of the store.
pub fn outgoing(gateway: &Gateway, record: &OwnReturn) -> Result<ReturnReport, Refused> {
    let delivered = InboxRecord::load(gateway.store.as_ref(), &record.leg)?;
    let payment = delivered.ok_or(Refused::NotFound)?.delivery.payment;
    let (status, told) = match &record.stage {
        Stage::Proposed => ("proposed", false),
        Stage::Withdrawn => ("withdrawn", false),
        Stage::Returning(_) => ("returning", false),
        Stage::Returned(_) => ("returned", false),
        Stage::Told(_) => ("returned", true),
    };
    Ok(ReturnReport {
        direction: "outgoing",
        status,
        reason: Some(record.reason.clone()),
        information: record.information.clone(),
        proposed_by: Some(record.proposed_by.clone()),
        approved_by: record.approved_by.clone(),
        refused: record.refused.clone(),
        told,
        ..blank(
            gateway,
            (&payment.leg, &payment.money),
            (record.back().map(|back| back.command), &record.timeline),
        )?
    })
}

/// At the bank that paid.
fn incoming(gateway: &Gateway, record: &ToldReturn) -> Result<ReturnReport, Refused> {
    let notice = &record.notice.value;
    let sent = PaymentRecord::load(gateway.store.as_ref(), &notice.leg)?;
    let payment = sent.ok_or(Refused::NotFound)?.payment;
    let message = Pacs004::find(&notice.back.message).ok();
    let (reason, information) =
        message.map_or((None, None), |message| (message.reason, message.information));
    let timeline = [("returned".to_owned(), record.received)];
    Ok(ReturnReport {
        direction: "incoming",
        status: "returned",
        reason,
        information,
        told: true,
        listed: Some(record.listed),
        ..blank(gateway, (&payment.leg, &payment.money), (Some(notice.back.command), &timeline))?
    })
}

/// What both banks' reports have in common.
fn blank(
    gateway: &Gateway,
    (leg, money): (&Leg, &Money),
    (command, timeline): (Option<CommandId>, &[(String, u64)]),
) -> Result<ReturnReport, Refused> {
    let entry = |(status, ms): &(String, u64)| TimelineEntry {
        status: status.clone(),
        at: rfc3339(LedgerTime::new(*ms)),
    };
    Ok(ReturnReport {
        uetr: leg.uetr.to_text(),
        direction: "",
        status: "",
        payer: leg.instructing.text().to_owned(),
        payee: leg.instructed.text().to_owned(),
        amount: amount(gateway.genesis(), money).unwrap_or_default(),
        currency: money.currency().code().to_owned(),
        reason: None,
        information: None,
        proposed_by: None,
        approved_by: None,
        refused: None,
        told: false,
        listed: None,
        receipt: match command {
            Some(command) => receipt_report(gateway, &command)?,
            None => None,
        },
        timeline: timeline.iter().map(entry).collect(),
    })
}
