//! Reading a state back: its keys and the hashes of its leaves at once, its slots when they are asked for.
//!
//! Every row is read and its checksum compared; the leaves make the root that was committed, and a
//! slot that is brought into memory is compared with its leaf.
//!
//! # Place      when a store is opened, and for the state when it needs a slot
//! # Invariants I8, I11 what comes back has the roots that were computed when it was written
//! # Absent     repair (a damaged store is restored from peers)

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
    thread,
};

use ledger_core::{
    id::{ChainId, CommandId, Lei},
    receipt::HistoryLeaf,
    record::Record,
    state::{self, Index, Indexed, State},
    time::Height,
};

use crate::{
    behind::Behind,
    db::{self, Db, Family},
    error::StoreError,
    key,
    limits::{MAX_BLOCK_ROW_BYTES, MAX_SMALL_ROW_BYTES, MAX_WINDOW_BYTES, SLOTS_IN_MEMORY},
    memory::member_of,
    migrate,
    row::{self, AppliedRow, BlockRow, Meta, SCHEMA},
    slot_row,
};

/// Brings a store that was opened for writing to this binary's schema.
pub(crate) fn migrated(db: &Db) -> Result<(), StoreError> {
    match db.row::<u32>(Family::Meta, Meta::Schema.key(), MAX_SMALL_ROW_BYTES)? {
        Some(found) => migrate::run(db, found),
        None => Err(StoreError::Damaged { what: "schema" }),
    }
}

/// The network a store is of; `None` when it holds nothing yet.
pub(crate) fn network(db: &Db) -> Result<Option<ChainId>, StoreError> {
    let Some(found) = db.row::<u32>(Family::Meta, Meta::Schema.key(), MAX_SMALL_ROW_BYTES)? else {
        // Schema and first block are one batch: with no schema there can be no row at all.
        let rows = [Family::Meta, Family::Blocks, Family::Slots, Family::History];
        for family in rows {
            if db.last(family)?.is_some() {
                return Err(StoreError::Damaged { what: "schema" });
            }
        }
        return Ok(None);
    };
    if !migrate::is_known(found) {
        return Err(StoreError::OtherSchema { known: SCHEMA, found });
    }
    let chain = db.row(Family::Meta, Meta::Chain.key(), MAX_SMALL_ROW_BYTES)?;
    Ok(Some(chain.ok_or(StoreError::Damaged { what: "chain id" })?))
}

/// Why a store could not be opened: another schema has other families, which the database refuses
/// before a row can be read.
pub(crate) fn refused(path: &Path, error: StoreError) -> StoreError {
    if !db::of_other_families(&error) {
        return error;
    }
    let schema = Db::open_meta(path)
        .and_then(|db| db.row::<u32>(Family::Meta, Meta::Schema.key(), MAX_SMALL_ROW_BYTES));
    match schema {
        Ok(Some(found)) if !migrate::is_known(found) => {
            StoreError::OtherSchema { known: SCHEMA, found }
        }
        Ok(_) | Err(_) => error,
    }
}

/// The header that declared other results than were computed here, when one did.
pub(crate) fn diverged(db: &Db) -> Result<Option<Height>, StoreError> {
    db.row(Family::Meta, Meta::Diverged.key(), MAX_SMALL_ROW_BYTES)
}

/// A ledger in memory.
pub(crate) struct Opened {
    /// The state after the last executed block; it reads slots from the database.
    pub(crate) state: State,
    /// Members of the network.
    pub(crate) members: BTreeSet<Lei>,
    /// The database.
    pub(crate) behind: Arc<Behind>,
}

/// The state after the last executed block.
pub(crate) fn state(db: &Arc<Db>, chain: &ChainId) -> Result<Opened, StoreError> {
    let applied: AppliedRow = db
        .row(Family::Meta, Meta::Applied.key(), MAX_SMALL_ROW_BYTES)?
        .ok_or(StoreError::Damaged { what: "last executed block" })?;
    let height = applied.results.height;
    let block: BlockRow = db
        .row(Family::Blocks, &key::height(height), MAX_BLOCK_ROW_BYTES)?
        .ok_or(StoreError::Damaged { what: "header of the last executed block" })?;
    let same = block.header.height == height
        && block.header.chain == *chain
        && block.header.digest() == applied.digest
        && block.results == applied.results;
    if !same {
        return Err(StoreError::Damaged { what: "header of the last executed block" });
    }
    let history = history(db)?;
    let top = history.last().map(|leaf| (leaf.height, leaf.digest, leaf.state_root));
    if top != Some((height, applied.digest, applied.results.state_root)) {
        return Err(StoreError::Damaged { what: "history of blocks" });
    }
    let (index, members) = index(db)?;
    let opened = state::Opened {
        header: block.header,
        results: applied.results,
        free: applied.free,
        history,
        windows: windows(db)?,
    };
    let behind = Arc::new(Behind::new(Arc::clone(db)));
    let source = Arc::<Behind>::clone(&behind);
    let state = State::open(index, opened, source, SLOTS_IN_MEMORY)?;
    if state.chain_record().blinding != block.blinding {
        return Err(StoreError::Damaged { what: "blinding secret of the last executed block" });
    }
    Ok(Opened { state, members, behind })
}

/// Rows of slots that one thread reads at a time.
const READ_TOGETHER: u64 = 1 << 15;

type Entry = (Indexed, Option<Record>);

/// What has to be known of every slot, and the members.
fn index(db: &Db) -> Result<(Index, BTreeSet<Lei>), StoreError> {
    let damaged = StoreError::Damaged { what: "order of slots" };
    let last = db.last(Family::Slots)?;
    let last = last.map(|(key, _)| key::read_number(&key).ok_or(damaged.clone())).transpose()?;
    let count = last.map_or(0, |last| last.saturating_add(1));
    let (mut index, mut members) = (Index::default(), BTreeSet::new());
    let threads =
        thread::available_parallelism().map_or(1, |n| u64::try_from(n.get()).unwrap_or(1));
    let mut next = 0u64;
    while next < count {
        let ends = (1..=threads).map(|n| next.saturating_add(n.saturating_mul(READ_TOGETHER)));
        let starts = std::iter::once(next).chain(ends.clone());
        let parts: Vec<_> = starts.zip(ends).map(|(from, to)| (from, to.min(count))).collect();
        let entries = thread::scope(|scope| {
            let parts = parts.iter().map(|(from, to)| scope.spawn(|| entries(db, *from, *to)));
            let parts: Vec<_> = parts.collect();
            let joined =
                parts.into_iter().map(|part| part.join().map_err(|_| StoreError::Poisoned)?);
            joined.collect::<Result<Vec<Vec<Entry>>, StoreError>>()
        })?;
        for (found, record) in entries.into_iter().flatten() {
            index.push(found);
            if let Some(record) = record {
                index.keep(&record);
                members.extend(member_of(&record));
            }
        }
        next = parts.last().map_or(count, |(_, to)| *to);
    }
    Ok((index, members))
}

/// What has to be known of a run of slots.
fn entries(db: &Db, from: u64, to: u64) -> Result<Vec<Entry>, StoreError> {
    let mut entries = Vec::with_capacity(usize::try_from(READ_TOGETHER).unwrap_or(0));
    let first = key::slot(from);
    let mut rows = db.scan_many(Family::Slots, &first)?;
    for slot in from..to {
        let (key, value) = rows.next().ok_or(StoreError::Damaged { what: "order of slots" })??;
        if key::read_number(&key) != Some(slot) {
            return Err(StoreError::Damaged { what: "order of slots" });
        }
        entries.push(slot_row::index(slot, &value)?);
    }
    Ok(entries)
}

/// Blocks' leaves in the history tree, each at its place.
pub(crate) fn history(db: &Db) -> Result<Vec<HistoryLeaf>, StoreError> {
    let mut history = Vec::new();
    for (number, row) in (0u64..).zip(db.scan(Family::History, &[])?) {
        let (key, value) = row?;
        let leaf: HistoryLeaf = row::decode(&value, MAX_SMALL_ROW_BYTES, "history of blocks")?;
        let height = Some(Height::new(number));
        if key::read_height(&key) != height || Some(leaf.height) != height {
            return Err(StoreError::Damaged { what: "order of blocks" });
        }
        history.push(leaf);
    }
    Ok(history)
}

fn windows(db: &Db) -> Result<BTreeMap<Height, Vec<CommandId>>, StoreError> {
    let mut windows = BTreeMap::new();
    for row in db.scan(Family::Windows, &[])? {
        let (key, value) = row?;
        let height = key::read_height(&key).ok_or(StoreError::Damaged { what: "window" })?;
        windows.insert(height, row::decode(&value, MAX_WINDOW_BYTES, "window")?);
    }
    Ok(windows)
}
