//! A file of payments as its gateway keeps it: one row for the file, one for each order.

use ledger_core::{
    codec::{decode, encode},
    digest::Hash32,
    id::LegId,
};
use serde::{Deserialize, Serialize};

use crate::{
    outbox::stored,
    payments::{
        before::{self, Addressed, Unaddressed},
        record::Reason,
        request::{PartyInput, PaymentRequest},
    },
    port::{KeyValue, StoreFault, Write},
};

const FILE: &[u8] = b"file/batches/";
/// Files of one batch.
const FILE_BEFORE: &[u8] = b"file/kept/";
const ORDER: &[u8] = b"file/asked/";
/// Orders without what a message says beyond parties and a line.
const ORDER_SECOND: &[u8] = b"file/wanted/";
/// Orders without addresses.
const ORDER_FIRST: &[u8] = b"file/order/";
/// Files that are not done.
const UNFINISHED: &[u8] = b"file/unfinished/";
const MAX_ROW: usize = 65_536;
/// What the longest state adds to an order.
const MAX_STATE: usize = 1_024;
/// A file with as many batches as orders.
const MAX_FILE_ROW: usize = 2 << 20;

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Its identity: hash of the message's id.
    pub id: Hash32,
    /// `MsgId`.
    pub msg_id: String,
    /// Name and version of the message as it came, such as `pain.001.001.10`.
    pub message: String,
    /// Its batches, in the order of the message: the orders of one follow those of the one before.
    pub batches: Vec<BatchRecord>,
    /// Hash of the file, for telling a resend from another.
    pub hash: Hash32,
    /// How many orders it holds.
    pub orders: u32,
    /// When it came, by this gateway's clock (ms since 1970).
    pub received: u64,
    /// Whether every order has ended.
    pub done: bool,
}

/// One `PmtInf` of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchRecord {
    /// `PmtInfId`.
    pub id: String,
    /// How many orders it holds.
    pub orders: u32,
}

/// A file of one batch.
#[derive(Deserialize)]
struct FileBefore {
    id: Hash32,
    msg_id: String,
    message: String,
    batch_id: String,
    hash: Hash32,
    orders: u32,
    received: u64,
    done: bool,
}

impl From<FileBefore> for FileRecord {
    fn from(before: FileBefore) -> Self {
        let FileBefore { id, msg_id, message, batch_id, hash, orders, received, done } = before;
        let batches = vec![BatchRecord { id: batch_id, orders }];
        Self { id, msg_id, message, batches, hash, orders, received, done }
    }
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
struct OrderBefore<Party> {
    instruction_id: Option<String>,
    wanted: before::Request<Party>,
    state: OrderState,
}

impl<Party: Into<PartyInput>> From<OrderBefore<Party>> for OrderRecord {
    fn from(OrderBefore { instruction_id, wanted, state }: OrderBefore<Party>) -> Self {
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
            ([FILE_BEFORE, self.id.get()].concat(), None),
            ([UNFINISHED, self.id.get()].concat(), todo),
        ]
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn load(store: &dyn KeyValue, id: &Hash32) -> Result<Option<Self>, StoreFault> {
        if let Some(bytes) = store.get(&[FILE, id.get()].concat())? {
            return decode(&bytes, MAX_FILE_ROW).map(Some).map_err(|_| StoreFault::Damaged);
        }
        let before = store.get(&[FILE_BEFORE, id.get()].concat())?;
        before.map(|bytes| before::read::<_, FileBefore>(&bytes, MAX_ROW)).transpose()
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
    /// Whether it can be read again once it is kept: states that follow are no longer than this.
    #[must_use]
    pub fn fits(&self) -> bool {
        encode(self).len().saturating_add(MAX_STATE) <= MAX_ROW
    }

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
        let keys = [ORDER, ORDER_SECOND, ORDER_FIRST].map(|kind| order_key(kind, file, number));
        let [key, second, first] = &keys;
        let found = before::load::<_, OrderBefore<Addressed>, OrderBefore<Unaddressed>>(
            store,
            [key, second, first],
            MAX_ROW,
        )?;
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
