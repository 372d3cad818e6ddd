//! Standing orders as JSON shows them.

use ledger_core::{digest::Hash32, id::LegId, time::LedgerTime};
use serde::Serialize;
use utoipa::ToSchema;
use verifier::summary::rfc3339;

use super::{
    plan::Every,
    record::{Execution, Missed, OrderStage, Outcome, StandingOrder},
};
use crate::{
    gateway::Gateway,
    openapi::text::{Day, Id, Time, Uetr},
    payments::{
        record::PaymentRecord,
        report::{self, ReasonReport},
        request::PaymentRequest,
    },
    port::{KeyValue, StoreFault},
    refused::Refused,
};

/// A standing order as it stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StandingOrderReport {
    /// Its identity.
    #[schema(value_type = Id)]
    pub standing_order: String,
    /// `active`, `ended` when its plan is over, or `cancelled`.
    pub status: &'static str,
    /// The payment of each execution.
    pub payment: PaymentRequest,
    /// The first day.
    #[schema(value_type = Day)]
    pub first: String,
    /// How often.
    pub every: Every,
    /// No execution after this day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Day>)]
    pub last: Option<String>,
    /// No more executions than these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub executions: Option<u32>,
    /// What becomes of missed executions.
    pub missed: Missed,
    /// The day of the next execution.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Day>)]
    pub next: Option<String>,
    /// How many executions were made, refused or missed.
    pub carried_out: u32,
    /// The name of the client that gave it.
    pub created_by: String,
    /// When.
    #[schema(value_type = Time)]
    pub created: String,
    /// When it was cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Time>)]
    pub cancelled: Option<String>,
}

/// All standing orders.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StandingOrders {
    /// In the order of their identities.
    pub standing_orders: Vec<StandingOrderReport>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Id>)]
    pub next_after: Option<String>,
}

/// An execution.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExecutionReport {
    /// Its number, counted from 1.
    pub number: u32,
    /// Its day in the plan.
    #[schema(value_type = Day)]
    pub day: String,
    /// `made` when it is a payment, `refused`, or `missed`.
    pub outcome: &'static str,
    /// The payment's UETR.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uetr>)]
    pub uetr: Option<String>,
    /// The payment's status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<&'static str>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonReport>,
    /// When that was known.
    #[schema(value_type = Time)]
    pub at: String,
}

/// Some executions of an order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Executions {
    /// In the order of their days.
    pub executions: Vec<ExecutionReport>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_after: Option<u32>,
}

fn time(ms: u64) -> String {
    rfc3339(LedgerTime::new(ms))
}

/// An order.
#[must_use]
pub fn json(order: &StandingOrder) -> StandingOrderReport {
    let (status, cancelled) = match order.stage {
        OrderStage::Active => ("active", None),
        OrderStage::Ended => ("ended", None),
        OrderStage::Cancelled(at) => ("cancelled", Some(time(at))),
    };
    let next = order.plan.day(order.next).filter(|_| order.stage == OrderStage::Active);
    StandingOrderReport {
        standing_order: order.id.to_hex(),
        status,
        payment: order.wanted.clone(),
        first: order.plan.first.clone(),
        every: order.plan.every,
        last: order.plan.last.clone(),
        executions: order.plan.executions,
        missed: order.missed,
        next: next.map(|day| day.to_string()),
        carried_out: order.next,
        created_by: order.by.clone(),
        created: time(order.created),
        cancelled,
    }
}

/// Orders after the one with this identity, at most `limit`.
///
/// # Errors
/// [`StoreFault`].
pub fn page(
    store: &dyn KeyValue,
    after: Option<Hash32>,
    limit: usize,
) -> Result<StandingOrders, StoreFault> {
    let mut orders = StandingOrder::all(store)?;
    orders.retain(|order| after.is_none_or(|after| order.id > after));
    let more = orders.len() > limit;
    orders.truncate(limit);
    let next_after = orders.last().filter(|_| more).map(|order| order.id.to_hex());
    Ok(StandingOrders { standing_orders: orders.iter().map(json).collect(), next_after })
}

/// Executions after the one with this number, counted from 1, at most `limit`.
///
/// # Errors
/// [`Refused`].
pub fn executions(
    gateway: &Gateway,
    order: &StandingOrder,
    (after, limit): (u32, u32),
) -> Result<Executions, Refused> {
    let found = order.executions(gateway.store.as_ref(), (after, limit))?;
    let shown = found.iter().map(|execution| shown(gateway, execution));
    let to = after.saturating_add(limit);
    let next_after = (to < order.next).then_some(to);
    Ok(Executions { executions: shown.collect::<Result<_, Refused>>()?, next_after })
}

fn shown(gateway: &Gateway, execution: &Execution) -> Result<ExecutionReport, Refused> {
    let (outcome, payment, reason) = match &execution.outcome {
        Outcome::Made(leg) => ("made", Some(payment(gateway, leg)?), None),
        Outcome::Refused(reason) => ("refused", None, Some(reason.clone())),
        Outcome::Missed => ("missed", None, None),
    };
    let (uetr, status) = payment.unzip();
    Ok(ExecutionReport {
        number: execution.number.saturating_add(1),
        day: execution.day.clone(),
        outcome,
        uetr,
        status,
        reason: reason.map(ReasonReport::of),
        at: time(execution.at),
    })
}

fn payment(gateway: &Gateway, leg: &LegId) -> Result<(String, &'static str), Refused> {
    let record = PaymentRecord::load(gateway.store.as_ref(), leg)?.ok_or(StoreFault::Damaged)?;
    let report = report::json(gateway, &record)?;
    Ok((report.uetr, report.status))
}
