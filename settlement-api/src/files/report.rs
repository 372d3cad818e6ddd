//! A file as it stands: JSON, or a pain.002 with a status for each order.
//!
//! # Invariants F3 an order is ACSC only when its payment settled, which is proved

use iso20022::view::{BatchStatus, OrderStatus, Pain002};
use ledger_core::{digest::Hash32, time::LedgerTime};
use serde::Serialize;
use utoipa::ToSchema;
use verifier::summary::rfc3339;

use super::record::{BatchRecord, FileRecord, OrderRecord, OrderState};
use crate::{
    exceptions::messages::{fresh_reference, written, written_now},
    gateway::Gateway,
    openapi::text,
    payments::report::ReasonReport,
    port::StoreFault,
    refused::Refused,
};

/// A file of payments.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PaymentFileReport {
    /// Its identity.
    #[schema(value_type = text::Id)]
    pub file: String,
    /// `MsgId` of the pain.001.
    pub message_id: String,
    /// `PDNG`, then `ACSC`, `RJCT` or `PART`.
    pub status: &'static str,
    /// How many orders it holds.
    pub orders: u32,
    /// Its batches (`PmtInf`), in the order of the message.
    pub batches: Vec<FileBatchReport>,
    /// How many wait for their turn or day.
    pub waiting: u32,
    /// How many are payments on their way.
    pub in_progress: u32,
    /// How many settled.
    pub settled: u32,
    /// How many ended otherwise.
    pub rejected: u32,
    /// When it came.
    #[schema(value_type = text::Time)]
    pub received: String,
}

/// A batch of a file.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FileBatchReport {
    /// `PmtInfId`.
    pub batch: String,
    /// `PDNG`, then `ACSC`, `RJCT` or `PART`.
    pub status: &'static str,
    /// How many orders it holds: those after the ones of the batches before.
    pub orders: u32,
}

/// An order of a file.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FileOrderReport {
    /// Its place in the message, counted from 1.
    pub number: u32,
    /// The debtor's reference.
    pub end_to_end_id: String,
    /// The payment's UETR: `GET /v1/payments/{uetr}` tells more once it is one.
    #[schema(value_type = text::Uetr)]
    pub uetr: String,
    /// `PDNG`, `ACTC`, `ACSC` or `RJCT`.
    pub status: &'static str,
    /// Why it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonReport>,
}

/// Some orders of a file.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OrdersPage {
    /// In the order of the message.
    pub orders: Vec<FileOrderReport>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_after: Option<u32>,
}

/// How many orders are where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    waiting: u32,
    in_progress: u32,
    settled: u32,
    rejected: u32,
}

impl Counts {
    fn of(orders: &[OrderRecord]) -> Self {
        let mut counts = Self::default();
        for order in orders {
            let count = match order.state {
                OrderState::Waiting | OrderState::Dated(_) => &mut counts.waiting,
                OrderState::Taken(_) => &mut counts.in_progress,
                OrderState::Settled(_) => &mut counts.settled,
                OrderState::Rejected(_) => &mut counts.rejected,
            };
            *count = count.saturating_add(1);
        }
        counts
    }

    const fn status(self) -> &'static str {
        match self {
            Self { waiting: 0, in_progress: 0, settled: _, rejected: 0 } => "ACSC",
            Self { waiting: 0, in_progress: 0, settled: 0, rejected: _ } => "RJCT",
            Self { waiting: 0, in_progress: 0, .. } => "PART",
            Self { .. } => "PDNG",
        }
    }
}

const fn status(state: &OrderState) -> &'static str {
    match state {
        OrderState::Waiting | OrderState::Dated(_) => "PDNG",
        OrderState::Taken(_) => "ACTC",
        OrderState::Settled(_) => "ACSC",
        OrderState::Rejected(_) => "RJCT",
    }
}

/// Each batch of a file, how many orders stand before it, and its own.
fn of_batches<'a>(
    file: &'a FileRecord,
    orders: &'a [OrderRecord],
) -> Vec<(&'a BatchRecord, u32, &'a [OrderRecord])> {
    let (mut before, mut left) = (0_u32, orders);
    let mut found = Vec::new();
    for batch in &file.batches {
        let count = usize::try_from(batch.orders).unwrap_or(usize::MAX).min(left.len());
        let (own, rest) = left.split_at(count);
        found.push((batch, before, own));
        (before, left) = (before.saturating_add(batch.orders), rest);
    }
    found
}

/// A file as JSON shows it.
///
/// # Errors
/// [`StoreFault`].
pub fn json(gateway: &Gateway, file: &FileRecord) -> Result<PaymentFileReport, StoreFault> {
    let orders = file.orders(gateway.store.as_ref())?;
    let counts = Counts::of(&orders);
    let batches = of_batches(file, &orders).into_iter().map(|(batch, _, orders)| FileBatchReport {
        batch: batch.id.clone(),
        status: Counts::of(orders).status(),
        orders: batch.orders,
    });
    let batches = batches.collect();
    Ok(PaymentFileReport {
        file: file.id.to_hex(),
        message_id: file.msg_id.clone(),
        status: counts.status(),
        orders: file.orders,
        batches,
        waiting: counts.waiting,
        in_progress: counts.in_progress,
        settled: counts.settled,
        rejected: counts.rejected,
        received: rfc3339(LedgerTime::new(file.received)),
    })
}

/// Orders after the one with this number, at most `limit`.
///
/// # Errors
/// [`StoreFault`].
pub fn page(
    gateway: &Gateway,
    file: &FileRecord,
    after: u32,
    limit: u32,
) -> Result<OrdersPage, StoreFault> {
    let to = after.saturating_add(limit).min(file.orders);
    let report = |number: u32| {
        let order = OrderRecord::load(gateway.store.as_ref(), &file.id, number)?;
        Ok(shown(&order, number.saturating_add(1)))
    };
    let orders = (after..to).map(report).collect::<Result<_, StoreFault>>()?;
    Ok(OrdersPage { orders, next_after: (to < file.orders).then_some(to) })
}

fn shown(order: &OrderRecord, number: u32) -> FileOrderReport {
    let reason = match &order.state {
        OrderState::Rejected(reason) => Some(ReasonReport::of(reason.clone())),
        OrderState::Waiting
        | OrderState::Dated(_)
        | OrderState::Taken(_)
        | OrderState::Settled(_) => None,
    };
    FileOrderReport {
        number,
        end_to_end_id: order.wanted.end_to_end_id.clone(),
        uetr: order.wanted.uetr.clone().unwrap_or_default(),
        status: status(&order.state),
        reason,
    }
}

/// A file as a pain.002.
///
/// # Errors
/// [`Refused::Rules`]; faults of the store.
pub fn pain002(gateway: &Gateway, file: &FileRecord) -> Result<Vec<u8>, Refused> {
    let orders = file.orders(gateway.store.as_ref())?;
    let of_order = |(number, order): (u32, &OrderRecord)| {
        let stands = shown(order, number);
        let (code, iso) = stands.reason.map(|r| (r.code, r.iso_reason)).unzip();
        OrderStatus {
            instruction_id: order.instruction_id.clone(),
            end_to_end_id: Some(stands.end_to_end_id),
            uetr: Some(stands.uetr),
            status: Some(stands.status.to_owned()),
            reason: iso,
            information: code,
        }
    };
    written(&Pain002 {
        msg_id: fresh_reference(),
        created: written_now(),
        original_msg_id: file.msg_id.clone(),
        original_message: file.message.clone(),
        original_count: Some(file.orders.to_string()),
        group_status: Some(Counts::of(&orders).status().to_owned()),
        group_reason: None,
        batches: of_batches(file, &orders)
            .into_iter()
            .map(|(batch, before, own)| BatchStatus {
                id: batch.id.clone(),
                count: Some(batch.orders.to_string()),
                status: Some(Counts::of(own).status().to_owned()),
                orders: (before.saturating_add(1)..).zip(own).map(of_order).collect(),
            })
            .collect(),
    })
}

/// The file with this identity.
///
/// # Errors
/// [`Refused::NotFound`], [`Refused::Malformed`]; faults of the store.
pub fn find(gateway: &Gateway, id: &str) -> Result<FileRecord, Refused> {
    let id = Hash32::from_hex(id).ok_or(Refused::Malformed("a file is 64 lowercase hex digits"))?;
    FileRecord::load(gateway.store.as_ref(), &id)?.ok_or(Refused::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f3_a_file_has_the_status_of_its_orders_once_all_have_ended() {
        let counts = |waiting, in_progress, settled, rejected| {
            Counts { waiting, in_progress, settled, rejected }.status()
        };
        for (status, expected) in [
            (counts(1, 0, 5, 0), "PDNG"),
            (counts(0, 1, 5, 5), "PDNG"),
            (counts(0, 0, 5, 0), "ACSC"),
            (counts(0, 0, 0, 5), "RJCT"),
            (counts(0, 0, 1, 1), "PART"),
        ] {
            assert_eq!(status, expected);
        }
    }
}
