//! Queues as their bank sees them.

use ledger_core::{id::AccountId, money::Money};
use serde::Serialize;
use utoipa::ToSchema;
use verifier::summary::{amount, rfc3339};

use super::{Wish, runner, until, waiting};
use crate::{
    gateway::{Gateway, GatewayFault},
    openapi::text::{Amount, CurrencyCode, Id, LeiCode, Time, Uetr},
    payments::record::{PaymentRecord, Stage},
    port::StoreFault,
    refused::Refused,
};

/// Where a payment waits for money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlaceReport {
    /// `offered` until the beneficiary bank has said yes, then `accepted`, and `queued` once it has its
    /// place on the ledger.
    pub state: &'static str,
    /// The account that pays.
    #[schema(value_type = Id)]
    pub account: String,
    /// How urgent it is: a larger number goes first.
    pub priority: u32,
    /// Its place in the queue of the account, counted from 1, as it was proved last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<usize>,
    /// Until when it waits.
    #[schema(value_type = Time)]
    pub expires: String,
}

impl PlaceReport {
    /// Where a payment waits, if it waits for money.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub(crate) fn of(
        gateway: &Gateway,
        record: &PaymentRecord,
    ) -> Result<Option<Self>, StoreFault> {
        let (Some(expires), leg) = (until(&record.stage), record.leg()) else { return Ok(None) };
        let state = match &record.stage {
            Stage::Short(..) | Stage::ShortReviewed(..) => "offered",
            Stage::ShortAccepted(..) | Stage::Enqueuing(..) => "accepted",
            _ => "queued",
        };
        let wish = Wish::load(gateway.store.as_ref(), &leg)?.ok_or(StoreFault::Damaged)?;
        let account = record.payment.debit;
        let place = gateway.queues.place(&account, &leg).filter(|_| state == "queued");
        Ok(Some(Self {
            state,
            account: account.to_hex(),
            priority: place.map_or(wish.priority, |(_, priority)| priority),
            position: place.map(|(position, _)| position),
            expires: rfc3339(expires),
        }))
    }
}

/// A payment that waits for money.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct QueuedReport {
    /// UETR of the payment; absent if it was enqueued by another way than this gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uetr>)]
    pub uetr: Option<String>,
    /// The payment's leg on the ledger.
    #[schema(value_type = Id)]
    pub leg: String,
    /// Decimal text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>)]
    pub amount: Option<String>,
    /// LEI of the bank that is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<LeiCode>)]
    pub instructed: Option<String>,
    /// The debtor's reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_to_end_id: Option<String>,
    /// As in a payment's report.
    pub state: &'static str,
    /// How urgent it is: a larger number goes first.
    pub priority: u32,
    /// Its place in the queue, counted from 1; absent until it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<usize>,
    /// Until when it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Time>)]
    pub expires: Option<String>,
}

/// What waits for money on one account.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct QueueReport {
    /// The account that pays.
    #[schema(value_type = Id)]
    pub account: String,
    /// ISO 4217 code.
    #[schema(value_type = CurrencyCode)]
    pub currency: String,
    /// What is available on it.
    #[schema(value_type = Amount)]
    pub available: String,
    /// The block after which the queue was so; absent while none ever was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u64>,
    /// Those that have their place, first to last, then those that are still offered.
    pub entries: Vec<QueuedReport>,
}

/// What waits for money on every own account on which anything does.
///
/// # Errors
/// Faults of the store and of the ledger port.
pub(crate) async fn queues(gateway: &Gateway) -> Result<Vec<QueueReport>, Refused> {
    if !gateway.is_ready() {
        return Err(Refused::NotReady);
    }
    let mut queues = Vec::new();
    for account in gateway.accounts() {
        let read = gateway.read_account(&account.id).await.map_err(GatewayFault::from)?;
        let account = read.unwrap_or(account);
        let seen = runner::read(gateway, account.id).await?;
        let mut entries = placed(gateway, seen.as_ref()).await?;
        entries.extend(offered(gateway, &account.id)?);
        if entries.is_empty() {
            continue;
        }
        let money = Money::new(account.currency, account.balances.available);
        queues.push(QueueReport {
            account: account.id.to_hex(),
            currency: account.currency.code().to_owned(),
            available: amount(gateway.genesis(), &money).unwrap_or_default(),
            height: seen.map(|seen| seen.height.get()),
            entries,
        });
    }
    Ok(queues)
}

/// Entries that have their place on the ledger.
async fn placed(
    gateway: &Gateway,
    seen: Option<&runner::Seen>,
) -> Result<Vec<QueuedReport>, Refused> {
    let mut entries = Vec::new();
    let places = seen.map(|seen| seen.queue.places.as_slice()).unwrap_or_default();
    for (position, place) in (1..).zip(places) {
        let record = PaymentRecord::load(gateway.store.as_ref(), &place.leg)?;
        let expires = match record.as_ref().and_then(|record| until(&record.stage)) {
            None => runner::expires(gateway, &place.leg).await?,
            known => known,
        };
        let entry = QueuedReport {
            leg: place.leg.to_hex(),
            uetr: None,
            amount: None,
            instructed: None,
            end_to_end_id: None,
            state: "queued",
            priority: place.priority,
            position: Some(position),
            expires: expires.map(rfc3339),
        };
        entries.push(entry.about(gateway, record.as_ref()));
    }
    Ok(entries)
}

/// Payments of an account that have none yet.
fn offered(gateway: &Gateway, account: &AccountId) -> Result<Vec<QueuedReport>, Refused> {
    let mut entries = Vec::new();
    for listed in waiting(gateway.store.as_ref(), Some(account))? {
        let record = PaymentRecord::load(gateway.store.as_ref(), &listed.leg)?;
        let record = record.ok_or(StoreFault::Damaged)?;
        if let Some(place) = PlaceReport::of(gateway, &record)?.filter(|at| at.state != "queued") {
            let entry = QueuedReport {
                leg: listed.leg.to_hex(),
                uetr: None,
                amount: None,
                instructed: None,
                end_to_end_id: None,
                state: place.state,
                priority: place.priority,
                position: None,
                expires: Some(place.expires),
            };
            entries.push(entry.about(gateway, Some(&record)));
        }
    }
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.priority));
    Ok(entries)
}

impl QueuedReport {
    fn about(self, gateway: &Gateway, record: Option<&PaymentRecord>) -> Self {
        let Some(record) = record else { return self };
        let payment = &record.payment;
        Self {
            uetr: Some(payment.leg.uetr.to_text()),
            amount: amount(gateway.genesis(), &payment.money),
            instructed: Some(payment.leg.instructed.text().to_owned()),
            end_to_end_id: Some(record.original.end_to_end_id.clone()),
            ..self
        }
    }
}
