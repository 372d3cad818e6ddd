//! A block's changes as rows: everything that one batch writes.
//!
//! # Place      `ledger_core::execute` -> write set -> [rows] -> `db`
//! # Invariants I8 what is written follows from the write set and the state before it alone; I9 rows
//! #            of earlier blocks are never touched, but for slots and forgotten ids
//! # Absent     disk (see `db`)

use std::collections::BTreeMap;

use ledger_core::{
    codec::encode,
    genesis::Genesis,
    id::{CommandId, Leg, Lei},
    journal::LogName,
    receipt::{Outcome, Receipt},
    state::{LogAppend, WriteSet},
};

use crate::{
    db::{Batch, Db, Family},
    error::StoreError,
    key,
    limits::RECEIPTS_IN_ROW,
    row::{AppliedRow, BlockRow, EntryRow, Meta, Position, SCHEMA},
    slot_row,
};

/// Bytes of [`ledger_core::account::Balances`]: three amounts.
const BALANCES_BYTES: usize = 48;

/// Rows of a network before its first block.
pub(crate) fn of_genesis<'a>(
    db: &'a Db,
    genesis: &Genesis,
    set: &WriteSet,
) -> Result<Batch<'a>, StoreError> {
    let mut batch = of_block(db, set)?;
    batch.put_row(Family::Meta, Meta::Schema.key(), &SCHEMA)?;
    batch.put_row(Family::Meta, Meta::Chain.key(), &genesis.chain_id())?;
    Ok(batch)
}

/// Rows of a block.
pub(crate) fn of_block<'a>(db: &'a Db, set: &WriteSet) -> Result<Batch<'a>, StoreError> {
    let mut batch = db.batch()?;
    let height = key::height(set.header.height);
    let applied = AppliedRow { digest: set.digest, results: set.results, free: set.head().free };
    batch.put_row(Family::Meta, Meta::Applied.key(), &applied)?;
    batch.put_row(Family::Blocks, &height, &BlockRow::of(set))?;
    batch.put_row(Family::History, &height, &set.history)?;
    let mut row = Vec::new();
    for (slot, stored, edges, leaf) in set.pages() {
        slot_row::bytes(stored, edges, leaf, &mut row);
        batch.put(Family::Slots, &key::slot(slot), &row)?;
    }
    of_receipts(&mut batch, set)?;
    of_parties(&mut batch, set)?;
    of_lists(&mut batch, set)?;
    Ok(batch)
}

/// A command with several receipts is found by the first of them.
fn of_receipts(batch: &mut Batch<'_>, set: &WriteSet) -> Result<(), StoreError> {
    let in_row = usize::try_from(RECEIPTS_IN_ROW).unwrap_or(usize::MAX);
    for receipts in set.receipts.chunks(in_row) {
        if let Some(first) = receipts.first() {
            batch.put_row(Family::Receipts, &key::receipts_row(place(first)), receipts)?;
        }
    }
    let mut commands: Vec<(CommandId, Position)> = Vec::with_capacity(set.receipts.len());
    for receipt in &set.receipts {
        if commands.last().is_none_or(|(last, _)| *last != receipt.command) {
            commands.push((receipt.command, place(receipt)));
        }
    }
    // Rows in the order of their keys find their places faster.
    commands.sort_unstable();
    for (command, at) in commands {
        batch.put(Family::Commands, command.get(), &key::position(at))?;
    }
    of_legs(batch, set)
}

/// A leg that has a record is found by its UETR there; one that was only refused has none.
fn of_legs(batch: &mut Batch<'_>, set: &WriteSet) -> Result<(), StoreError> {
    let cited: Vec<(Leg, &Receipt)> =
        set.receipts.iter().filter_map(|receipt| Some((receipt.leg?, receipt))).collect();
    let legs: Vec<Leg> = cited.iter().map(|(leg, _)| *leg).collect();
    let mut keys = Vec::with_capacity(cited.len());
    for (id, (leg, receipt)) in Leg::ids(&legs).iter().zip(cited) {
        keys.push(key::leg(&leg.uetr, id, place(receipt)));
        match receipt.outcome {
            Outcome::Applied(_) => {}
            Outcome::Refused(_) => batch.put(Family::RefusedLegs, id.get(), leg.uetr.get())?,
        }
    }
    keys.sort_unstable();
    keys.iter().try_for_each(|key| batch.put(Family::Legs, key, &[]))
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

/// Of an account's journal only what its entry and salt follow from ([`crate::row::MovedRow`]): the entry ends with
/// the closing balances, and what it commits to are the movements, so that their bytes are the row's.
fn of_entry(
    batch: &mut Batch<'_>,
    key: &[u8],
    entry: &LogAppend,
    set: &WriteSet,
) -> Result<(), StoreError> {
    let height = set.header.height;
    match entry.log {
        LogName::Account(_) => {
            let closing = entry.bytes.last_chunk::<BALANCES_BYTES>();
            let closing = closing.ok_or(StoreError::Damaged { what: "journal entry" })?;
            let mut row = encode(&height);
            row.extend_from_slice(closing);
            row.extend_from_slice(&entry.detail);
            batch.put(Family::Logs, key, &row)
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

#[cfg(test)]
mod tests {
    use ledger_core::{
        account::Balances,
        codec::decode,
        id::CommandId,
        journal::{JournalEntry, Movement, MovementKind},
        limits::MAX_PAYLOAD_BYTES,
        merkle::LogHead,
        time::{Height, LedgerTime},
    };

    use super::*;
    use crate::row::MovedRow;

    #[test]
    fn the_bytes_of_a_journal_entry_and_its_movements_make_its_row() {
        let closing = Balances { available: 7, held: u128::MAX, preburned: 1 << 70 };
        let kind = MovementKind::Paid;
        let movements = vec![Movement { command: CommandId::new([9; 32]), kind, minor: 5 }; 3];
        let (height, time) = (Height::new(77), LedgerTime::new(5));
        let entry = JournalEntry { height, time, movements: LogHead::EMPTY, closing };
        let bytes = encode(&entry);
        let closing_bytes = bytes.last_chunk::<BALANCES_BYTES>().unwrap();
        let made = [&encode(&height)[..], closing_bytes, &encode(&movements)].concat();
        assert_eq!(made, encode(&MovedRow { height, closing, movements: movements.clone() }));
        assert!(decode::<MovedRow>(&made, MAX_PAYLOAD_BYTES).is_ok());
    }
}
