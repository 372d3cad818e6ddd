//! Standing orders and their executions, as the gateway keeps them.

use ledger_core::{
    codec::{decode, encode},
    digest::Hash32,
    id::LegId,
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::plan::Plan;
use crate::{
    outbox::stored,
    payments::{
        before::{self, Addressed, Unaddressed},
        record::Reason,
        request::{PartyInput, PaymentRequest},
        value_date::start_of,
    },
    port::{KeyValue, StoreFault, Write},
};

const ORDER: &[u8] = b"standing/asked/";
/// Orders without what a message says beyond parties and a line.
const ORDER_SECOND: &[u8] = b"standing/wanted/";
/// Orders without addresses.
const ORDER_FIRST: &[u8] = b"standing/order/";
const EXECUTION: &[u8] = b"standing/execution/";
/// Orders by the time at which their next execution is due.
const DUE: &[u8] = b"standing/due/";
const MAX_ROW: usize = 65_536;
/// Bytes by which an order may grow when its stage changes.
const MAX_STATE: usize = 16;
/// Orders that are active at a time at most.
pub const MAX_ORDERS: usize = 10_000;

/// What becomes of an execution whose day went by while the gateway was down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Missed {
    /// It is made late, on the present day.
    #[default]
    Pay,
    /// It is left out.
    Skip,
}

/// Whether an order goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderStage {
    /// It has a next execution.
    Active,
    /// Its plan is over.
    Ended,
    /// It was cancelled, at this time (ms since 1970).
    Cancelled(u64),
}

/// A standing order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingOrder {
    /// Its identity.
    pub id: Hash32,
    /// The payment, without UETR and day.
    pub wanted: PaymentRequest,
    /// On which days.
    pub plan: Plan,
    /// What becomes of missed executions.
    pub missed: Missed,
    /// The client that gave it.
    pub by: String,
    /// When, by this gateway's clock (ms since 1970).
    pub created: u64,
    /// The number of its next execution, counted from 0.
    pub next: u32,
    /// Whether it goes on.
    pub stage: OrderStage,
}

/// What became of an execution before it was a payment, or that it is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It is this payment.
    Made(LegId),
    /// The gateway refused it.
    Refused(Reason),
    /// Its day went by.
    Missed,
}

/// One execution of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execution {
    /// Its number, counted from 0.
    pub number: u32,
    /// Its day in the plan, YYYY-MM-DD.
    pub day: String,
    /// What became of it.
    pub outcome: Outcome,
    /// When that was known, by this gateway's clock (ms since 1970).
    pub at: u64,
}

#[derive(Deserialize)]
struct OrderBefore<Party> {
    id: Hash32,
    wanted: before::Request<Party>,
    plan: Plan,
    missed: Missed,
    by: String,
    created: u64,
    next: u32,
    stage: OrderStage,
}

type Second = OrderBefore<Addressed>;
type First = OrderBefore<Unaddressed>;

impl<Party: Into<PartyInput>> From<OrderBefore<Party>> for StandingOrder {
    fn from(before: OrderBefore<Party>) -> Self {
        let OrderBefore { id, wanted, plan, missed, by, created, next, stage } = before;
        Self { id, wanted: wanted.into(), plan, missed, by, created, next, stage }
    }
}

impl StandingOrder {
    /// Whether it can be read again once it is kept, now and after its executions.
    #[must_use]
    pub fn fits(&self) -> bool {
        encode(self).len().saturating_add(MAX_STATE) <= MAX_ROW
    }

    /// When its next execution is due.
    #[must_use]
    pub fn due(&self) -> Option<LedgerTime> {
        let active = self.stage == OrderStage::Active;
        active.then(|| self.plan.day(self.next)).flatten().map(start_of)
    }

    /// What must be written to keep it, in the place of what it was before.
    #[must_use]
    pub fn writes(&self, before: Option<&Self>) -> Vec<Write> {
        let due = |order: &Self| order.due().map(|due| due_key(due, &order.id));
        let mut writes = Vec::new();
        writes.extend(before.and_then(due).map(|key| (key, None)));
        writes.extend(due(self).map(|key| stored(key, &self.id)));
        writes.push(stored([ORDER, self.id.get()].concat(), self));
        writes
            .extend([ORDER_SECOND, ORDER_FIRST].map(|kind| ([kind, self.id.get()].concat(), None)));
        writes
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn load(store: &dyn KeyValue, id: &Hash32) -> Result<Option<Self>, StoreFault> {
        let keys = [ORDER, ORDER_SECOND, ORDER_FIRST].map(|kind| [kind, id.get()].concat());
        let [key, second, first] = &keys;
        before::load::<_, Second, First>(store, [key, second, first], MAX_ROW)
    }

    /// All that were ever given, in the order of their identities.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn all(store: &dyn KeyValue) -> Result<Vec<Self>, StoreFault> {
        let mut orders: Vec<Self> = Vec::new();
        for (_, bytes) in store.scan(ORDER, usize::MAX)? {
            orders.push(before::read::<Self, Self>(&bytes, MAX_ROW)?);
        }
        for (_, bytes) in store.scan(ORDER_SECOND, usize::MAX)? {
            orders.push(before::read::<Self, Second>(&bytes, MAX_ROW)?);
        }
        for (_, bytes) in store.scan(ORDER_FIRST, usize::MAX)? {
            orders.push(before::read::<Self, First>(&bytes, MAX_ROW)?);
        }
        orders.sort_unstable_by_key(|order| order.id);
        Ok(orders)
    }

    /// The executions that have ended before they were payments, or are payments.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn executions(
        &self,
        store: &dyn KeyValue,
        (after, limit): (u32, u32),
    ) -> Result<Vec<Execution>, StoreFault> {
        let numbers = after..after.saturating_add(limit).min(self.next);
        let read = |number: u32| {
            let bytes = store.get(&execution_key(&self.id, number))?;
            let bytes = bytes.ok_or(StoreFault::Damaged)?;
            decode(&bytes, MAX_ROW).map_err(|_| StoreFault::Damaged)
        };
        numbers.map(read).collect()
    }
}

impl Execution {
    /// What must be written to keep it.
    #[must_use]
    pub fn write(&self, order: &Hash32) -> Write {
        stored(execution_key(order, self.number), self)
    }
}

fn execution_key(order: &Hash32, number: u32) -> Vec<u8> {
    [EXECUTION, order.get(), &number.to_be_bytes()].concat()
}

fn due_key(due: LedgerTime, id: &Hash32) -> Vec<u8> {
    [DUE, &due.get().to_be_bytes(), id.get()].concat()
}

/// How many orders are active.
///
/// # Errors
/// [`StoreFault`].
pub fn active(store: &dyn KeyValue) -> Result<usize, StoreFault> {
    Ok(store.scan(DUE, MAX_ORDERS)?.len())
}

/// The first orders that are due at a time.
///
/// # Errors
/// [`StoreFault`].
pub fn due(store: &dyn KeyValue, now: LedgerTime, limit: usize) -> Result<Vec<Hash32>, StoreFault> {
    let mut ids = Vec::new();
    for (key, id) in store.scan(DUE, limit)? {
        let time = key.get(DUE.len()..).and_then(|rest| rest.first_chunk::<8>());
        let time = LedgerTime::new(u64::from_be_bytes(*time.ok_or(StoreFault::Damaged)?));
        if time > now {
            break;
        }
        ids.push(decode(&id, Hash32::LEN).map_err(|_| StoreFault::Damaged)?);
    }
    Ok(ids)
}
