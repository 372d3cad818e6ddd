//! Payments that wait at this gateway for their settlement day.
//!
//! ```text
//! enter -> Waiting (payment and due row in one write) -> its day begins -> Received -> workflow
//!                                                     -> cancelled      -> RJCT, DS02
//! ```
//!
//! # Place      payments::workflow -> [waiting] -> payments::workflow
//! # Invariants P8 nothing of a waiting payment reaches the ledger or the other bank; P9 a payment
//! #            is let go or cancelled, never both: each is one write under the intake's lock
//! # Absent     money set aside for a day to come: the hold is made when the day begins

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use ledger_core::{
    codec::decode,
    id::{LegId, Uetr},
    time::LedgerTime,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    record::{PaymentRecord, Reason, Stage},
    report::{self, PaymentReport},
    workflow,
};
use crate::{
    gateway::{Gateway, GatewayFault},
    openapi::text::Id,
    outbox::stored,
    port::{KeyValue, StoreFault, Write},
    refused::Refused,
};

/// Legs of waiting payments by the time at which they are due.
const DUE: &[u8] = b"payment-due/";
/// Payments that wait at a time at most.
pub const MAX_WAITING: usize = 100_000;
/// Payments let go at a time.
const AT_A_TIME: usize = 64;
/// Pause between two looks at what is due.
const LOOK: Duration = Duration::from_millis(250);

fn key(due: LedgerTime, leg: &LegId) -> Vec<u8> {
    [DUE, &due.get().to_be_bytes(), leg.get()].concat()
}

/// What must be written together with a payment for it to be let go when it is due.
pub(super) fn row(record: &PaymentRecord) -> Write {
    stored(key(record.settles.from, &record.leg()), &record.leg())
}

fn done(record: &PaymentRecord) -> Write {
    (key(record.settles.from, &record.leg()), None)
}

/// How many payments wait, by the store.
///
/// # Errors
/// [`StoreFault`].
pub(crate) fn count(store: &dyn KeyValue) -> Result<usize, StoreFault> {
    Ok(store.scan(DUE, usize::MAX)?.len())
}

/// The first payments that are due at a time.
fn due(store: &dyn KeyValue, now: LedgerTime) -> Result<Vec<PaymentRecord>, StoreFault> {
    let mut records = Vec::new();
    for (key, leg) in store.scan(DUE, AT_A_TIME)? {
        let time = key.get(DUE.len()..).and_then(|rest| rest.first_chunk::<8>());
        let time = LedgerTime::new(u64::from_be_bytes(*time.ok_or(StoreFault::Damaged)?));
        if time > now {
            break;
        }
        let leg = decode(&leg, LegId::LEN).map_err(|_| StoreFault::Damaged)?;
        records.push(PaymentRecord::load(store, &leg)?.ok_or(StoreFault::Damaged)?);
    }
    Ok(records)
}

/// Lets payments go when their day begins, as long as the process runs.
pub(crate) async fn run(gateway: Arc<Gateway>) {
    loop {
        match release(&gateway).await {
            Ok(AT_A_TIME) => {}
            Ok(_) => tokio::time::sleep(LOOK).await,
            Err(fault) => {
                tracing::error!(%fault, "payments.waiting");
                tokio::time::sleep(LOOK).await;
            }
        }
    }
}

/// Lets go what is due; how many.
async fn release(gateway: &Arc<Gateway>) -> Result<usize, StoreFault> {
    // The time of a hold begins when the payment is let go: in a halt (P7) it would pass in vain.
    if gateway.halt.is_on() {
        return Ok(0);
    }
    let now = gateway.value_now();
    let _one_at_a_time = gateway.turns.all().await;
    let records = due(gateway.store.as_ref(), now)?;
    let released = records.len();
    let (mut writes, mut let_go) = (Vec::new(), Vec::new());
    for mut record in records {
        let row = done(&record);
        if record.stage == Stage::Waiting {
            record.stage = Stage::Received;
            record.answer_by = gateway.answer_by();
            writes.extend([record.write(), row]);
            let_go.push(record);
        } else {
            writes.push(row);
        }
    }
    if released > 0 {
        gateway.store.write(writes)?;
        gateway.waiting.fetch_sub(released, Ordering::Relaxed);
    }
    for record in let_go {
        workflow::start(gateway, record);
    }
    Ok(released)
}

/// Ends a payment that waits, if it is as the client saw it: it never reaches the ledger. Asked again,
/// it is what it became.
///
/// # Errors
/// [`Refused::NotFound`], [`Refused::NotWaiting`] when its day has begun; faults of the store.
pub async fn cancel(
    gateway: &Gateway,
    uetr: &Uetr,
    fits: impl FnOnce(&PaymentRecord) -> Result<(), Refused>,
) -> Result<PaymentRecord, Refused> {
    let _one_at_a_time = gateway.turns.all().await;
    let found = PaymentRecord::by_uetr(gateway.store.as_ref(), uetr)?;
    let mut record = found.ok_or(Refused::NotFound)?;
    // Done before, whatever its client saw: a repeated request is answered as the first was.
    if matches!(&record.stage, Stage::Rejected(reason, _) if *reason == Reason::cancelled()) {
        return Ok(record);
    }
    fits(&record)?;
    if !matches!(record.stage, Stage::Waiting) {
        return Err(Refused::NotWaiting);
    }
    let row = done(&record);
    record.stage = Stage::Rejected(Reason::cancelled(), None);
    record.timeline.push(("RJCT".to_owned(), Gateway::now_ms()));
    let facts = vec![record.fact("RJCT")];
    gateway.events.keep(vec![record.write(), row], facts).await?;
    gateway.waiting.fetch_sub(1, Ordering::Relaxed);
    gateway.metrics.payment_ended("RJCT");
    Ok(record)
}

/// Some of the payments that wait.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WaitingPage {
    /// Those whose day comes first, first.
    pub payments: Vec<PaymentReport>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Id>)]
    pub next_after: Option<String>,
}

/// Payments that wait, after the one with this leg, at most `limit`.
///
/// # Errors
/// [`Refused::NotFound`] when no payment has the leg; faults of the store.
pub fn page(gateway: &Gateway, after: Option<LegId>, limit: usize) -> Result<WaitingPage, Refused> {
    let store = gateway.store.as_ref();
    let from = match after {
        // The payment may have been let go meanwhile: its place is still known.
        Some(leg) => {
            let record = PaymentRecord::load(store, &leg)?.ok_or(Refused::NotFound)?;
            key(record.settles.from, &leg)
        }
        None => DUE.to_vec(),
    };
    let rows = store.scan(DUE, MAX_WAITING)?.into_iter().filter(|(key, _)| *key > from);
    let mut payments = Vec::new();
    let mut last = None;
    for (_, leg) in rows {
        if payments.len() == limit {
            return Ok(WaitingPage { payments, next_after: last });
        }
        let leg: LegId = decode(&leg, LegId::LEN).map_err(|_| StoreFault::Damaged)?;
        let record = PaymentRecord::load(store, &leg)?.ok_or(StoreFault::Damaged)?;
        last = Some(leg.to_hex());
        payments.push(report::json(gateway, &record).map_err(fault)?);
    }
    Ok(WaitingPage { payments, next_after: None })
}

fn fault(fault: GatewayFault) -> Refused {
    Refused::from(fault)
}
