//! What a bank's own people are shown of payments that wait for them.

use ledger_core::{id::LegId, time::LedgerTime};
use serde::Serialize;
use utoipa::ToSchema;
use verifier::summary::rfc3339;

use super::{
    policy::Why,
    record::{Review, ReviewStage},
};
use crate::{
    gateway::Gateway,
    openapi::text::{Id, Time},
    payments::{
        inbox::InboxRecord,
        report::{self, PaymentReport},
    },
    port::StoreFault,
    refused::Refused,
};

/// The review of a payment that waits for a person of this bank, or did.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReviewReport {
    /// `open`, `proposed` when one client accepted it, `accepted`, `rejected`, `refused` by the gate when
    /// it was to be accepted, `expired` when nobody decided in time, `voided` when the payer's bank had
    /// its money back before.
    pub state: &'static str,
    /// Why it waits: `everything`, `amount`, `close_name`, `other_name`, `open_inquiry`.
    pub why: Vec<&'static str>,
    /// Until when it is decided; then it is rejected with `TM01`.
    #[schema(value_type = Time)]
    pub decide_by: String,
    /// Which client accepted it; another one must approve.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposed_by: Option<String>,
    /// Which client decided; the gateway itself, if none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
}

impl ReviewReport {
    /// As JSON shows it.
    #[must_use]
    pub fn of(review: &Review) -> Self {
        let proposed = match &review.stage {
            ReviewStage::Proposed(by) => Some(by.clone()),
            ReviewStage::Open => None,
            _ => {
                let proposal = |done: &&super::record::Done| done.stage == "proposed";
                review.history.iter().rfind(proposal).and_then(|done| done.by.clone())
            }
        };
        Self {
            state: review.stage.name(),
            why: review.why.iter().copied().map(Why::name).collect(),
            decide_by: rfc3339(LedgerTime::new(review.decide_by.get())),
            proposed_by: proposed,
            decided_by: review.decided().and_then(|done| done.by.clone()),
        }
    }
}

/// Some of the payments that wait for a person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InboxPage {
    /// Those that came first, first.
    pub payments: Vec<PaymentReport>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Id>)]
    pub next_after: Option<String>,
}

/// Payments that wait for a person, after the one with this leg, at most `limit`.
///
/// # Errors
/// [`Refused::NotFound`] when no payment of the leg waits or did; faults.
pub fn page(gateway: &Gateway, after: Option<LegId>, limit: usize) -> Result<InboxPage, Refused> {
    let store = gateway.store.as_ref();
    let after = match after {
        // It may have been decided meanwhile: its place is still known.
        Some(leg) => Some(Review::load(store, &leg)?.ok_or(Refused::NotFound)?),
        None => None,
    };
    let mut payments = Vec::new();
    let mut last = None;
    for leg in Review::pending(store, after.as_ref())? {
        if payments.len() == limit {
            return Ok(InboxPage { payments, next_after: last });
        }
        let record = InboxRecord::load(store, &leg)?.ok_or(StoreFault::Damaged)?;
        last = Some(leg.to_hex());
        payments.push(report::incoming(gateway, &record)?);
    }
    Ok(InboxPage { payments, next_after: None })
}
