//! Reading a state back: every row it consists of, checked against the roots it was committed with.
//!
//! # Place      once, when a store is opened
//! # Invariants I8, I11 what comes back has the roots that were computed when it was written
//! # Absent     repair (a damaged store is restored from peers)

use std::{collections::BTreeMap, path::Path};

use ledger_core::{
    id::{ChainId, CommandId},
    journal::{LogName, lists_of},
    merkle::Frontier,
    parallel::in_parts,
    proof::SlotContent,
    receipt::HistoryLeaf,
    state::{Restored, State, StoredSlot},
    time::Height,
};

use crate::{
    db::{self, Db, Family},
    error::StoreError,
    key,
    limits::{MAX_BLOCK_ROW_BYTES, MAX_SLOT_BYTES, MAX_SMALL_ROW_BYTES, MAX_WINDOW_BYTES},
    migrate,
    row::{self, AppliedRow, BlockRow, Meta, SCHEMA, SlotRow},
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

/// The state after the last executed block.
pub(crate) fn state(db: &Db, chain: &ChainId) -> Result<State, StoreError> {
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
    let (slots, frontiers) = slots(db)?;
    let kept = Restored {
        header: block.header,
        results: applied.results,
        slots,
        free: applied.free,
        history,
        frontiers,
        windows: windows(db)?,
    };
    let state = State::restore(kept)?;
    if state.chain_record().blinding != block.blinding {
        return Err(StoreError::Damaged { what: "blinding secret of the last executed block" });
    }
    Ok(state)
}

/// Rows of slots that are decoded together.
const DECODED_TOGETHER: usize = 1 << 16;

type Slot = (StoredSlot, Vec<(LogName, Frontier)>);

/// Slots, and the right edges of the lists that their records own.
fn slots(db: &Db) -> Result<(Vec<StoredSlot>, BTreeMap<LogName, Frontier>), StoreError> {
    let (mut slots, mut frontiers) = (Vec::new(), Vec::new());
    let mut rows = (0u64..).zip(db.scan(Family::Slots, &[])?).peekable();
    while rows.peek().is_some() {
        let mut values = Vec::with_capacity(DECODED_TOGETHER);
        for (number, row) in rows.by_ref().take(DECODED_TOGETHER) {
            let (key, value) = row?;
            if key::read_number(&key) != Some(number) {
                return Err(StoreError::Damaged { what: "order of slots" });
            }
            values.push(value);
        }
        for decoded in in_parts(&values, |part| part.iter().map(|value| slot(value)).collect()) {
            let (stored, edges) = decoded?;
            slots.push(stored);
            frontiers.extend(edges);
        }
    }
    Ok((slots, frontiers.into_iter().collect()))
}

fn slot(value: &[u8]) -> Result<Slot, StoreError> {
    let row: SlotRow<StoredSlot, Frontier> = row::decode(value, MAX_SLOT_BYTES, "slot")?;
    let lists: Vec<LogName> = match row.stored.content.as_ref() {
        SlotContent::Used { record, .. } => lists_of(record).map(|(log, _)| log).collect(),
        SlotContent::Free { .. } => Vec::new(),
    };
    if lists.len() != row.edges.len() {
        return Err(StoreError::Damaged { what: "right edge of a list" });
    }
    // An empty list has no edge in memory.
    let edges = lists.into_iter().zip(row.edges).filter(|(_, edge)| *edge != Frontier::EMPTY);
    Ok((row.stored, edges.collect()))
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
