//! A block's changes as rows: everything that one batch writes.
//!
//! # Place      `ledger_core::execute` -> write set -> [rows] -> `db`
//! # Invariants I8 what is written follows from the write set alone; I9 rows of earlier blocks are
//! #            never touched, but for slots, right edges and forgotten ids
//! # Absent     disk (see `db`)

use ledger_core::{
    codec::encode,
    genesis::Genesis,
    receipt::Receipt,
    state::{Lists, WriteSet},
};

use crate::{
    db::{Change, Family},
    key,
    row::{AppliedRow, BlockRow, Meta, Position, SCHEMA},
};

/// Rows of a network before its first block.
pub(crate) fn of_genesis(genesis: &Genesis, set: &WriteSet) -> Vec<Change> {
    let mut changes = of_block(set);
    changes.push(meta(Meta::Schema, encode(&SCHEMA)));
    changes.push(meta(Meta::Chain, encode(&genesis.chain_id())));
    changes
}

/// Rows of a block.
pub(crate) fn of_block(set: &WriteSet) -> Vec<Change> {
    let height = key::height(set.header.height).to_vec();
    let block = BlockRow { header: set.header, blinding: set.blinding, results: set.results };
    let applied = AppliedRow { digest: set.digest, results: set.results, free: set.head().free };
    let mut changes = vec![
        meta(Meta::Applied, encode(&applied)),
        Change::Put(Family::Blocks, height.clone(), encode(&block)),
        Change::Put(Family::History, height, encode(&set.history)),
    ];
    for (slot, stored) in set.slots() {
        changes.push(Change::Put(Family::Slots, key::slot(*slot).to_vec(), encode(stored)));
    }
    let mut last = None;
    for receipt in &set.receipts {
        of_receipt(&mut changes, receipt, last != Some(receipt.command));
        last = Some(receipt.command);
    }
    of_lists(&mut changes, set);
    changes
}

/// A command with several receipts is found by the `first` of them.
fn of_receipt(changes: &mut Vec<Change>, receipt: &Receipt, first: bool) {
    let at = Position { height: receipt.height, index: receipt.index };
    changes.push(Change::Put(Family::Receipts, key::position(at), encode(receipt)));
    if first {
        changes.push(Change::Put(Family::Commands, receipt.command.get().to_vec(), encode(&at)));
    }
    for party in &receipt.parties {
        changes.push(Change::Put(Family::Parties, key::party(party, at), Vec::new()));
    }
    if let Some(leg) = &receipt.leg {
        let id = leg.id();
        changes.push(Change::Put(Family::Legs, key::leg(&id, at), encode(&receipt.kind)));
        changes.push(Change::Put(Family::Uetrs, key::uetr(&leg.uetr, &id), Vec::new()));
    }
}

fn of_lists(changes: &mut Vec<Change>, set: &WriteSet) {
    let Lists { logs, frontiers, ids, until: _, swept } = &set.lists;
    for entry in logs {
        let key = key::log(&entry.log, entry.index);
        changes.push(Change::Put(Family::Logs, key, encode(entry)));
    }
    for (log, frontier) in frontiers {
        changes.push(Change::Put(Family::Frontiers, encode(log), encode(frontier)));
    }
    for height in swept {
        changes.push(Change::Delete(Family::Windows, key::height(*height).to_vec()));
    }
    if !ids.is_empty() {
        let height = key::height(set.header.height).to_vec();
        changes.push(Change::Put(Family::Windows, height, encode(ids)));
    }
}

/// A row that exists once.
pub(crate) fn meta(meta: Meta, value: Vec<u8>) -> Change {
    Change::Put(Family::Meta, meta.key().to_vec(), value)
}
