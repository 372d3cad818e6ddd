//! A file's work: its orders become payments, a few at a time, and their ends are kept.

use std::{sync::Arc, time::Duration};

use ledger_core::id::LegId;

use super::record::{FileRecord, OrderRecord, OrderState};
use crate::{
    gateway::Gateway,
    payments::{
        intake::{Asked, message_of},
        record::{PaymentRecord, Reason, Stage},
        workflow,
    },
    port::StoreFault,
    refused::Refused,
};

/// Payments of one file on their way at a time.
const AT_A_TIME: usize = 64;
/// Pause between two looks at payments on their way, and after a fault.
const PAUSE: Duration = Duration::from_millis(100);

/// Drives a file in the background.
pub(super) fn start(gateway: &Arc<Gateway>, file: FileRecord) {
    tokio::spawn(drive(Arc::clone(gateway), file));
}

async fn drive(gateway: Arc<Gateway>, file: FileRecord) {
    let mut number = 0;
    let mut under_way: Vec<(u32, LegId)> = Vec::new();
    while number < file.orders || !under_way.is_empty() {
        let room = under_way.len() < AT_A_TIME && number < file.orders;
        let step = if room { next(&gateway, &file, number).await } else { Ok(None) };
        match step {
            Ok(taken) if room => {
                under_way.extend(taken.map(|leg| (number, leg)));
                number = number.saturating_add(1);
                continue;
            }
            Ok(_) => {}
            Err(fault) => tracing::warn!(%fault, file = %file.id, "files.work"),
        }
        if let Err(fault) = keep_ended(&gateway, &file, &mut under_way) {
            tracing::warn!(%fault, file = %file.id, "files.work");
        }
        tokio::time::sleep(PAUSE).await;
    }
    let done = FileRecord { done: true, ..file };
    while let Err(fault) = gateway.store.write(done.writes()) {
        tracing::error!(%fault, file = %done.id, "files.work");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Makes an order a payment; its leg, unless it has ended.
async fn next(
    gateway: &Arc<Gateway>,
    file: &FileRecord,
    number: u32,
) -> Result<Option<LegId>, StoreFault> {
    let store = gateway.store.as_ref();
    let mut order = OrderRecord::load(store, &file.id, number)?;
    match &order.state {
        OrderState::Waiting => {}
        OrderState::Taken(leg) => return Ok(Some(*leg)),
        OrderState::Settled(_) | OrderState::Rejected(_) => return Ok(None),
    }
    let leg = loop {
        match pay(gateway, &order).await {
            Ok(record) => break Some(record.leg()),
            Err(refused @ (Refused::Fault(_) | Refused::NotReady)) => {
                tracing::warn!(%refused, file = %file.id, number, "files.pay");
                tokio::time::sleep(PAUSE).await;
            }
            Err(refused) => {
                let (code, iso) = (refused.code().to_owned(), refused.iso_reason().to_owned());
                order.state = OrderState::Rejected(Reason { code, iso });
                break None;
            }
        }
    };
    if let Some(leg) = leg {
        order.state = OrderState::Taken(leg);
    }
    store.write(vec![order.write(&file.id, number)])?;
    Ok(leg)
}

async fn pay(gateway: &Arc<Gateway>, order: &OrderRecord) -> Result<PaymentRecord, Refused> {
    let message = message_of(gateway, &order.wanted)?;
    let asked = Asked::json(&order.wanted, &message);
    workflow::enter(gateway, &message, &asked).await
}

/// Keeps the end of every payment that has ended.
fn keep_ended(
    gateway: &Gateway,
    file: &FileRecord,
    under_way: &mut Vec<(u32, LegId)>,
) -> Result<(), StoreFault> {
    let store = gateway.store.as_ref();
    let mut writes = Vec::new();
    let mut left = Vec::new();
    for (number, leg) in under_way.iter().copied() {
        let record = PaymentRecord::load(store, &leg)?.ok_or(StoreFault::Damaged)?;
        let state = match record.stage {
            Stage::Settled(_) => OrderState::Settled(leg),
            Stage::Rejected(reason, _) => OrderState::Rejected(reason),
            Stage::Received
            | Stage::Holding(_)
            | Stage::Held
            | Stage::Accepted(_)
            | Stage::Posting(..)
            | Stage::Voiding(..) => {
                left.push((number, leg));
                continue;
            }
        };
        let order = OrderRecord { state, ..OrderRecord::load(store, &file.id, number)? };
        writes.push(order.write(&file.id, number));
    }
    if !writes.is_empty() {
        store.write(writes)?;
    }
    *under_way = left;
    Ok(())
}
