//! The row of a slot: what a start has to know of it in front, then the slot.
//!
//! ```text
//! 2 | leaf 32 | 0, or 1 | due 8 | leg 32, or 2 | slot | edges | CRC-32 of all before 4
//! ```
//!
//! A slot begins with 0, where it is free, or with 1, its key and the next key, so that a start reads
//! neither records nor edges. A row of schema 2 or 3 is slot and edges alone, and thus begins with 0
//! or 1; it is read whole.
//!
//! # Place      written by `batch`, read by `restore` at a start and by `memory` when it is asked for
//! # Invariants no stored byte is trusted: a changed one is found by the checksum, and what was
//! #            changed on purpose when the slot is compared with its leaf (I11)
//! # Absent     keys of rows (see `key`)

use ledger_core::{
    codec::encode_into,
    digest::Hash32,
    id::LegId,
    merkle::Frontier,
    proof::SlotContent,
    record::Record,
    state::{Index, Indexed, Page, StoredSlot, due_leg},
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};

use crate::{error::StoreError, limits::MAX_SLOT_BYTES, row, row::SlotRow};

/// The first byte of a row.
const INDEXED: u8 = 2;
/// The first byte of a slot that is used.
const USED: u8 = 1;
/// Bytes of the checksum.
pub(crate) const CHECKSUM_BYTES: usize = 4;

/// What a start has to do about a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Start {
    /// Nothing.
    Pass,
    /// Remember when the ledger ends the leg in it.
    Due(LedgerTime, LegId),
    /// Read its record.
    Read,
}

impl Start {
    fn of(stored: &StoredSlot) -> Self {
        match stored.content.as_ref() {
            SlotContent::Used { record, .. } if is_read_at_start(record) => Self::Read,
            SlotContent::Used { .. } | SlotContent::Free { .. } => {
                due_leg(stored).map_or(Self::Pass, |(due, leg)| Self::Due(due, leg))
            }
        }
    }
}

/// What a state is opened with, and the directory.
const fn is_read_at_start(record: &Record) -> bool {
    Index::wants(record) || matches!(record, Record::Member(_))
}

/// What a row says in front.
#[derive(Serialize, Deserialize)]
struct Row<S, E> {
    leaf: Hash32,
    start: Start,
    stored: S,
    edges: Vec<E>,
}

/// The bytes of a row.
pub(crate) fn bytes(stored: &StoredSlot, edges: &[Frontier], leaf: Hash32, into: &mut Vec<u8>) {
    let start = Start::of(stored);
    let edges = edges.iter().collect();
    encode_into(&(INDEXED, Row { leaf, start, stored, edges }), into);
    let checksum = crc32fast::hash(into);
    into.extend_from_slice(&checksum.to_le_bytes());
}

const DAMAGED: StoreError = StoreError::Damaged { what: "slot" };

/// What is between the first byte and the checksum; `None` for a row of an earlier schema.
fn body(bytes: &[u8]) -> Result<Option<&[u8]>, StoreError> {
    if bytes.first() != Some(&INDEXED) {
        return Ok(None);
    }
    let (row, checksum) = bytes.split_last_chunk::<CHECKSUM_BYTES>().ok_or(DAMAGED)?;
    if crc32fast::hash(row).to_le_bytes() != *checksum {
        return Err(DAMAGED);
    }
    row.get(1..).map(Some).ok_or(DAMAGED)
}

/// The slot in a row.
pub(crate) fn page(bytes: &[u8]) -> Result<Page, StoreError> {
    let page = match body(bytes)? {
        Some(body) => {
            let row: Row<StoredSlot, Frontier> = row::decode(body, MAX_SLOT_BYTES, "slot")?;
            Page { stored: row.stored, edges: row.edges }
        }
        None => {
            let row: SlotRow<StoredSlot, Frontier> = row::decode(bytes, MAX_SLOT_BYTES, "slot")?;
            Page { stored: row.stored, edges: row.edges }
        }
    };
    Ok(page)
}

/// What a start has to know of the slot of this number, and its record where it has to be read.
pub(crate) fn index(slot: u64, bytes: &[u8]) -> Result<(Indexed, Option<Record>), StoreError> {
    let Some(body) = body(bytes)? else {
        let Page { stored, .. } = page(bytes)?;
        let found = Indexed { leaf: stored.leaf(slot), keys: keys(&stored), due: due_leg(&stored) };
        return Ok((found, read(&stored)));
    };
    let (found, wanted) = front(body).ok_or(DAMAGED)?;
    let record = if wanted { read(&page(bytes)?.stored) } else { None };
    Ok((found, record))
}

/// What stands before the record, and whether a start has to read that.
fn front(body: &[u8]) -> Option<(Indexed, bool)> {
    let (leaf, rest) = body.split_first_chunk::<32>()?;
    let (start, rest) = rest.split_first()?;
    let (due, wanted, rest) = match start {
        0 => (None, false, rest),
        1 => {
            let (due, rest) = rest.split_first_chunk::<8>()?;
            let (leg, rest) = rest.split_first_chunk::<32>()?;
            let due = LedgerTime::new(u64::from_le_bytes(*due));
            (Some((due, LegId::new(*leg))), false, rest)
        }
        2 => (None, true, rest),
        _ => return None,
    };
    let (used, rest) = rest.split_first()?;
    let keys = if *used == USED {
        let (key, rest) = rest.split_first_chunk::<32>()?;
        Some((Hash32::new(*key), Hash32::new(*rest.first_chunk::<32>()?)))
    } else {
        None
    };
    Some((Indexed { leaf: Hash32::new(*leaf), keys, due }, wanted))
}

fn keys(stored: &StoredSlot) -> Option<(Hash32, Hash32)> {
    match stored.content.as_ref() {
        SlotContent::Used { key, next, .. } => Some((*key, *next)),
        SlotContent::Free { .. } => None,
    }
}

fn read(stored: &StoredSlot) -> Option<Record> {
    match stored.content.as_ref() {
        SlotContent::Used { record, .. } if is_read_at_start(record) => Some(record.clone()),
        SlotContent::Used { .. } | SlotContent::Free { .. } => None,
    }
}
