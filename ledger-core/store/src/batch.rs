//! A block's changes as rows: everything that one batch writes.
//!
//! # Place      `ledger_core::execute` -> write set -> [rows] -> `db`
//! # Invariants I8 what is written follows from the write set and the state before it alone; I9 rows
//! #            of earlier blocks are never touched, but for slots and forgotten ids
//! # Absent     disk (see `db`)

use std::collections::BTreeMap;

use ledger_core::{
    codec::decode,
    genesis::Genesis,
    id::Lei,
    journal::{JournalEntry, LogName, lists_of},
    limits::MAX_PAYLOAD_BYTES,
    proof::SlotContent,
    receipt::{Outcome, Receipt},
    state::{LogAppend, State, StoredSlot, WriteSet},
};

use crate::{
    db::{Batch, Db, Family},
    error::StoreError,
    key,
    limits::RECEIPTS_IN_ROW,
    row::{AppliedRow, BlockRow, EntryRow, Meta, MovedRow, Position, SCHEMA, SlotRow},
};

/// Rows of a network before its first block.
pub(crate) fn of_genesis<'a>(
    db: &'a Db,
    genesis: &Genesis,
    set: &WriteSet,
    state: &State,
) -> Result<Batch<'a>, StoreError> {
    let mut batch = of_block(db, set, state)?;
    batch.put_row(Family::Meta, Meta::Schema.key(), &SCHEMA)?;
    batch.put_row(Family::Meta, Meta::Chain.key(), &genesis.chain_id())?;
    Ok(batch)
}

/// Rows of a block; `before` is the state that it was executed on.
pub(crate) fn of_block<'a>(
    db: &'a Db,
    set: &WriteSet,
    before: &State,
) -> Result<Batch<'a>, StoreError> {
    let mut batch = db.batch()?;
    let height = key::height(set.header.height);
    let block = BlockRow { header: set.header, blinding: set.blinding, results: set.results };
    let applied = AppliedRow { digest: set.digest, results: set.results, free: set.head().free };
    batch.put_row(Family::Meta, Meta::Applied.key(), &applied)?;
    batch.put_row(Family::Blocks, &height, &block)?;
    batch.put_row(Family::History, &height, &set.history)?;
    for (slot, stored) in set.slots() {
        of_slot(&mut batch, *slot, stored, set, before)?;
    }
    of_receipts(&mut batch, set)?;
    of_parties(&mut batch, set)?;
    of_lists(&mut batch, set)?;
    Ok(batch)
}

/// A slot changes also when another record is linked to it: then the right edges of its lists are
/// those from before.
fn of_slot(
    batch: &mut Batch<'_>,
    slot: u64,
    stored: &StoredSlot,
    set: &WriteSet,
    before: &State,
) -> Result<(), StoreError> {
    let edge = |log: &LogName| set.lists.frontiers.get(log).unwrap_or_else(|| before.frontier(log));
    let edges = match stored.content.as_ref() {
        SlotContent::Used { record, .. } => lists_of(record).map(|(log, _)| edge(&log)).collect(),
        SlotContent::Free { .. } => Vec::new(),
    };
    batch.put_row(Family::Slots, &key::slot(slot), &SlotRow { stored, edges })
}

/// A command with several receipts is found by the first of them.
fn of_receipts(batch: &mut Batch<'_>, set: &WriteSet) -> Result<(), StoreError> {
    let in_row = usize::try_from(RECEIPTS_IN_ROW).unwrap_or(usize::MAX);
    for receipts in set.receipts.chunks(in_row) {
        if let Some(first) = receipts.first() {
            batch.put_row(Family::Receipts, &key::receipts_row(place(first)), receipts)?;
        }
    }
    let mut last = None;
    for receipt in &set.receipts {
        let at = key::position(place(receipt));
        if last != Some(receipt.command) {
            batch.put(Family::Commands, receipt.command.get(), &at)?;
        }
        last = Some(receipt.command);
        of_leg(batch, receipt)?;
    }
    Ok(())
}

/// A leg that has a record is found by its UETR there; one that was only refused has none.
fn of_leg(batch: &mut Batch<'_>, receipt: &Receipt) -> Result<(), StoreError> {
    let Some(leg) = &receipt.leg else { return Ok(()) };
    let id = leg.id();
    batch.put(Family::Legs, &key::leg(&leg.uetr, &id, place(receipt)), &[])?;
    match receipt.outcome {
        Outcome::Applied(_) => Ok(()),
        Outcome::Refused(_) => batch.put(Family::RefusedLegs, id.get(), leg.uetr.get()),
    }
}

const fn place(receipt: &Receipt) -> Position {
    Position { height: receipt.height, index: receipt.index }
}

/// One row per party, with the places of its receipts in the block.
fn of_parties(batch: &mut Batch<'_>, set: &WriteSet) -> Result<(), StoreError> {
    let mut places: BTreeMap<&Lei, Vec<u32>> = BTreeMap::new();
    for receipt in &set.receipts {
        for party in &receipt.parties {
            places.entry(party).or_default().push(receipt.index);
        }
    }
    for (party, places) in places {
        batch.put_row(Family::Parties, &key::party(party, set.header.height), &places)?;
    }
    Ok(())
}

fn of_lists(batch: &mut Batch<'_>, set: &WriteSet) -> Result<(), StoreError> {
    let mut key = Vec::new();
    for entry in &set.lists.logs {
        key::log_into(&entry.log, entry.index, &mut key);
        of_entry(batch, &key, entry, set)?;
    }
    for height in &set.lists.swept {
        batch.delete(Family::Windows, &key::height(*height))?;
    }
    if !set.lists.ids.is_empty() {
        let height = key::height(set.header.height);
        batch.put_row(Family::Windows, &height, &set.lists.ids)?;
    }
    Ok(())
}

/// Of an account's journal only what its entry and salt follow from.
fn of_entry(
    batch: &mut Batch<'_>,
    key: &[u8],
    entry: &LogAppend,
    set: &WriteSet,
) -> Result<(), StoreError> {
    let height = set.header.height;
    match entry.log {
        LogName::Account(_) => {
            let said = decode::<JournalEntry>(&entry.bytes, MAX_PAYLOAD_BYTES);
            let moved = decode(&entry.detail, MAX_PAYLOAD_BYTES);
            let (Ok(said), Ok(movements)) = (said, moved) else {
                return Err(StoreError::Damaged { what: "journal entry" });
            };
            let row = MovedRow { height, closing: said.closing, movements };
            batch.put_row(Family::Logs, key, &row)
        }
        LogName::Currency(_)
        | LogName::MemberAccounts(_)
        | LogName::MemberParties(_)
        | LogName::MemberAnchors(_)
        | LogName::Reserve(_)
        | LogName::Asset(_)
        | LogName::Position(..)
        | LogName::Parameters
        | LogName::Committee => {
            let row = EntryRow { height, bytes: &entry.bytes, detail: &entry.detail };
            batch.put_row(Family::Logs, key, &row)
        }
    }
}
