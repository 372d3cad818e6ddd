//! A file of payments as its gateway keeps it: one row for the file, one for each order.

use ledger_core::{codec::decode, digest::Hash32, id::LegId};
use serde::{Deserialize, Serialize};

use crate::{
    outbox::stored,
    payments::{before, intake::PaymentRequest, record::Reason},
    port::{KeyValue, StoreFault, Write},
};

const FILE: &[u8] = b"file/kept/";
const ORDER: &[u8] = b"file/wanted/";
/// Orders without addresses.
const ORDER_BEFORE: &[u8] = b"file/order/";
/// Files that are not done.
const UNFINISHED: &[u8] = b"file/unfinished/";
const MAX_ROW: usize = 65_536;

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Its identity: hash of the message's id.
    pub id: Hash32,
    /// `MsgId`.
    pub msg_id: String,
    /// Name and version of the message as it came, such as `pain.001.001.10`.
    pub message: String,
    /// `PmtInfId`.
    pub batch_id: String,
    /// Hash of the file, for telling a resend from another.
    pub hash: Hash32,
    /// How many orders it holds.
    pub orders: u32,
    /// When it came, by this gateway's clock (ms since 1970).
    pub received: u64,
    /// Whether every order has ended.
    pub done: bool,
}

/// Where an order is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderState {
    /// Its turn has not come.
    Waiting,
    /// It is a payment on its way.
    Taken(LegId),
    /// Its payment settled.
    Settled(LegId),
    /// It ended without settlement, before it was a payment or after.
    Rejected(Reason),
    /// It is a payment that waits for its day.
    Dated(LegId),
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRecord {
    /// As the order said.
    pub instruction_id: Option<String>,
    /// The payment that is asked for; its UETR is the order's, or made of file and reference.
    pub wanted: PaymentRequest,
    /// Where it is.
    pub state: OrderState,
}

#[derive(Deserialize)]
struct OrderBefore {
    instruction_id: Option<String>,
    wanted: before::Request,
    state: OrderState,
}

impl From<OrderBefore> for OrderRecord {
    fn from(OrderBefore { instruction_id, wanted, state }: OrderBefore) -> Self {
        Self { instruction_id, wanted: wanted.into(), state }
    }
}

impl FileRecord {
    /// What must be written to keep it.
    #[must_use]
    pub fn writes(&self) -> Vec<Write> {
        let todo = (!self.done).then(Vec::new);
        vec![
            stored([FILE, self.id.get()].concat(), self),
            ([UNFINISHED, self.id.get()].concat(), todo),
        ]
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn load(store: &dyn KeyValue, id: &Hash32) -> Result<Option<Self>, StoreFault> {
        match store.get(&[FILE, id.get()].concat())? {
            Some(bytes) => decode(&bytes, MAX_ROW).map(Some).map_err(|_| StoreFault::Damaged),
            None => Ok(None),
        }
    }

    /// Its orders, in the order of the message.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn orders(&self, store: &dyn KeyValue) -> Result<Vec<OrderRecord>, StoreFault> {
        (0..self.orders).map(|number| OrderRecord::load(store, &self.id, number)).collect()
    }
}

impl OrderRecord {
    /// What must be written to keep it.
    #[must_use]
    pub fn write(&self, file: &Hash32, number: u32) -> Write {
        stored(order_key(ORDER, file, number), self)
    }

    /// Reads the order with this number, counted from 0.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn load(store: &dyn KeyValue, file: &Hash32, number: u32) -> Result<Self, StoreFault> {
        let [key, before] = [ORDER, ORDER_BEFORE].map(|kind| order_key(kind, file, number));
        let found = before::load::<_, OrderBefore>(store, [&key, &before], MAX_ROW)?;
        found.ok_or(StoreFault::Damaged)
    }
}

fn order_key(kind: &[u8], file: &Hash32, number: u32) -> Vec<u8> {
    [kind, file.get(), &number.to_be_bytes()].concat()
}

/// Files that are not done.
///
/// # Errors
/// [`StoreFault`].
pub fn unfinished(store: &dyn KeyValue) -> Result<Vec<FileRecord>, StoreFault> {
    let mut files = Vec::new();
    for (key, _) in store.scan(UNFINISHED, usize::MAX)? {
        let id: Option<[u8; 32]> = key.get(UNFINISHED.len()..).and_then(|id| id.try_into().ok());
        let id = Hash32::new(id.ok_or(StoreFault::Damaged)?);
        files.push(FileRecord::load(store, &id)?.ok_or(StoreFault::Damaged)?);
    }
    Ok(files)
}
