//! Taking standing orders, carrying them out, ending them.
//!
//! # Invariants O1 a crash between a payment and the row that says so makes the same payment again;
//! #            O3 an order is carried out or cancelled, one at a time

use std::{sync::Arc, time::Duration};

use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use ledger_core::digest::{Domain, Hash32};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    plan::{Every, Plan},
    record::{self, Execution, MAX_ORDERS, Missed, OrderStage, Outcome, StandingOrder},
};
use crate::{
    gateway::Gateway,
    keys::random_32,
    openapi::text::Day,
    payments::{
        intake::{self, Asked, uetr_of},
        record::{PaymentRecord, Reason},
        request::{PaymentRequest, message_of},
        value_date::day_of,
        workflow,
    },
    port::{StoreFault, Write},
    refused::Refused,
};

/// Orders carried out at one look.
const AT_A_TIME: usize = 64;
/// Pause between two looks at what is due.
const LOOK: Duration = Duration::from_millis(500);
/// Days after which a missed execution is not made any more.
const TOO_LATE_DAYS: i32 = 31;

/// A standing order as it is asked for.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StandingOrderInput {
    /// The payment: without `uetr`, `exchange` and `settlement_date`.
    pub payment: PaymentRequest,
    /// The first day of UTC on which it is made: today or later.
    #[schema(value_type = Day)]
    pub first: String,
    /// How often.
    pub every: Every,
    /// No execution after this day.
    #[schema(value_type = Option<Day>)]
    pub last: Option<String>,
    /// No more executions than these: 1 to 10,000.
    #[schema(minimum = 1, maximum = 10000)]
    pub executions: Option<u32>,
    /// What becomes of an execution whose day went by while the gateway was down; `pay` if absent.
    #[serde(default)]
    pub missed: Missed,
}

/// Takes an order: its identity and what must be written. Judged as its first payment would be.
///
/// # Errors
/// [`Refused`].
pub fn take(
    gateway: &Gateway,
    input: StandingOrderInput,
    by: &str,
) -> Result<(Hash32, Vec<Write>), Refused> {
    if gateway.gate.is_none() {
        return Err(Refused::NotThisRole);
    }
    if !gateway.is_ready() {
        return Err(Refused::NotReady);
    }
    let StandingOrderInput { payment, first, every, last, executions, missed } = input;
    if payment.uetr.is_some() || payment.exchange.is_some() || payment.settlement_date.is_some() {
        return Err(Refused::Malformed("payment has no uetr, exchange or settlement_date here"));
    }
    if payment.queue.is_some() {
        return Err(Refused::Malformed("payment has no queue here; the bank's settings count"));
    }
    let plan = Plan { first, every, last, executions }.checked()?;
    let first = day_of(&plan.first)?;
    if first < today(gateway.clock()) {
        return Err(Refused::DatePast);
    }
    let order = StandingOrder {
        id: random_32(),
        wanted: payment,
        plan,
        missed,
        by: by.to_owned(),
        created: Gateway::now_ms(),
        next: 0,
        stage: OrderStage::Active,
    };
    if !order.fits() {
        return Err(Refused::Malformed("the order says more than 65,536 bytes"));
    }
    let asked = wanted(&order, first);
    let message = message_of(gateway, &asked)?;
    // Nothing is written by this: what its first payment would be refused for, it is refused for.
    intake::take(gateway, &message, &Asked::json(&asked, &message))?;
    if record::active(gateway.store.as_ref())? >= MAX_ORDERS {
        return Err(Refused::TooManyStanding);
    }
    Ok((order.id, order.writes(None)))
}

fn today(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

/// The payment of an execution. It names no day, so that it is the same whenever it is made.
fn wanted(order: &StandingOrder, day: Date) -> PaymentRequest {
    PaymentRequest { uetr: Some(uetr(&order.id, day).to_string()), ..order.wanted.clone() }
}

/// The UETR of an execution (O1).
#[must_use]
pub fn uetr(order: &Hash32, day: Date) -> Uuid {
    uetr_of(&Domain::Content.hash_of(&("standing order", order, day.to_string())))
}

/// Carries orders out as long as the process runs.
pub(crate) async fn run(gateway: Arc<Gateway>) {
    loop {
        if let Err(fault) = look(&gateway).await {
            tracing::error!(%fault, "standing.work");
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn look(gateway: &Arc<Gateway>) -> Result<(), StoreFault> {
    if gateway.gate.is_none() || !gateway.is_ready() {
        return Ok(());
    }
    for id in record::due(gateway.store.as_ref(), gateway.value_now(), AT_A_TIME)? {
        // One that fails keeps no other from its day.
        if let Err(fault) = next(gateway, &id).await {
            tracing::error!(%fault, order = %id, "standing.work");
        }
    }
    Ok(())
}

async fn next(gateway: &Arc<Gateway>, id: &Hash32) -> Result<(), StoreFault> {
    let _one_at_a_time = gateway.standing.lock().await;
    let order = StandingOrder::load(gateway.store.as_ref(), id)?.ok_or(StoreFault::Damaged)?;
    match order.plan.day(order.next).filter(|_| order.stage == OrderStage::Active) {
        Some(day) => carry_out(gateway, &order, day).await,
        None => Ok(()),
    }
}

/// Makes an execution a payment, or not, and keeps which.
async fn carry_out(
    gateway: &Arc<Gateway>,
    order: &StandingOrder,
    day: Date,
) -> Result<(), StoreFault> {
    let today = today(gateway.clock());
    let too_late = day.checked_add(TOO_LATE_DAYS.days()).is_ok_and(|last| last < today);
    let outcome = if too_late || (day < today && order.missed == Missed::Skip) {
        match made_before(gateway, order, day)? {
            Some(leg) => leg,
            None => Outcome::Missed,
        }
    } else {
        match pay(gateway, order, day).await {
            Ok(record) => Outcome::Made(record.leg()),
            Err(refused) if refused.is_passing() || matches!(refused, Refused::TooManyWaiting) => {
                tracing::warn!(%refused, order = %order.id, "standing.pay");
                return Ok(());
            }
            Err(refused) => {
                let (code, iso) = (refused.code().to_owned(), refused.iso_reason().to_owned());
                tracing::warn!(%refused, order = %order.id, %day, "standing.refused");
                Outcome::Refused(Reason { code, iso })
            }
        }
    };
    let (number, at) = (order.next, Gateway::now_ms());
    let execution = Execution { number, day: day.to_string(), outcome, at };
    let mut after = StandingOrder { next: number.saturating_add(1), ..order.clone() };
    if after.plan.day(after.next).is_none() {
        after.stage = OrderStage::Ended;
    }
    let mut writes = after.writes(Some(order));
    writes.push(execution.write(&order.id));
    gateway.store.write(writes)
}

/// Whether a crash came between an execution's payment and its row.
fn made_before(
    gateway: &Gateway,
    order: &StandingOrder,
    day: Date,
) -> Result<Option<Outcome>, StoreFault> {
    let uetr = ledger_core::id::Uetr::new(*uetr(&order.id, day).as_bytes());
    let made = PaymentRecord::by_uetr(gateway.store.as_ref(), &uetr)?;
    Ok(made.map(|record| Outcome::Made(record.leg())))
}

async fn pay(
    gateway: &Arc<Gateway>,
    order: &StandingOrder,
    day: Date,
) -> Result<PaymentRecord, Refused> {
    let wanted = wanted(order, day);
    let message = message_of(gateway, &wanted)?;
    let asked = Asked::json(&wanted, &message);
    workflow::enter(gateway, &message, &asked).await
}

/// Ends an order, if it is as the client saw it; asked again, it is ended. Payments that it made go on.
///
/// # Errors
/// [`Refused::NotFound`], [`Refused::StandingEnded`] when its plan was over before; faults.
pub async fn cancel(
    gateway: &Gateway,
    id: &Hash32,
    fits: impl FnOnce(&StandingOrder) -> Result<(), Refused>,
) -> Result<StandingOrder, Refused> {
    let _one_at_a_time = gateway.standing.lock().await;
    let store = gateway.store.as_ref();
    let order = StandingOrder::load(store, id)?.ok_or(Refused::NotFound)?;
    // Done before, whatever its client saw: a repeated request is answered as the first was.
    if matches!(order.stage, OrderStage::Cancelled(_)) {
        return Ok(order);
    }
    fits(&order)?;
    if matches!(order.stage, OrderStage::Ended) {
        return Err(Refused::StandingEnded);
    }
    let stage = OrderStage::Cancelled(Gateway::now_ms());
    let after = StandingOrder { stage, ..order.clone() };
    store.write(after.writes(Some(&order)))?;
    Ok(after)
}
