//! The state in memory, shared between the one writer and many readers.
//!
//! The writer computes a block under the read lock and takes its result in under the write lock, on
//! disk and in memory at once: readers wait as long as that takes, and never see one without the other.
//!
//! # Place      owned by `store`, read through `view`
//! # Absent     disk (see `db`)

use std::{
    collections::BTreeSet,
    sync::{RwLock, RwLockReadGuard},
    thread,
};

use ledger_core::{
    id::Lei,
    proof::SlotContent,
    record::Record,
    state::{State, WriteSet},
};

use crate::{
    batch::{self, Edges},
    db::Db,
    error::StoreError,
    row::PrunedRow,
};

/// A database and the state it holds.
pub(crate) struct Ledger {
    /// On disk.
    pub(crate) db: Db,
    memory: RwLock<Memory>,
}

/// What is kept in memory.
pub(crate) struct Memory {
    /// The state after the last executed block.
    pub(crate) state: State,
    /// Members of the network, so that the directory needs no pass over all records.
    pub(crate) members: BTreeSet<Lei>,
    /// What is not kept of earlier blocks.
    pub(crate) pruned: Option<PrunedRow>,
}

impl Ledger {
    /// Joins what was opened.
    pub(crate) fn new(db: Db, state: State, pruned: Option<PrunedRow>) -> Self {
        let members = state.records().filter_map(member_of).collect();
        Self { db, memory: RwLock::new(Memory { state, members, pruned }) }
    }

    /// From here on readers are told that this is not kept.
    pub(crate) fn prune(&self, pruned: PrunedRow) -> Result<(), StoreError> {
        self.memory.write().map_err(|_| StoreError::Poisoned)?.pruned = Some(pruned);
        Ok(())
    }

    /// The state, for reading. Hold it briefly.
    pub(crate) fn memory(&self) -> Result<RwLockReadGuard<'_, Memory>, StoreError> {
        self.memory.read().map_err(|_| StoreError::Poisoned)
    }

    /// Takes a block in. When this fails memory may be ahead of the disk.
    pub(crate) fn take(&self, set: &WriteSet, edges: &Edges) -> Result<(), StoreError> {
        let mut memory = self.memory.write().map_err(|_| StoreError::Poisoned)?;
        thread::scope(|scope| {
            let write = || self.db.write(batch::of_block(&self.db, set, edges)?);
            let written = scope.spawn(write);
            memory.apply(set);
            written.join().map_err(|_| StoreError::Poisoned)?
        })
    }
}

impl Memory {
    fn apply(&mut self, set: &WriteSet) {
        self.state.apply(set);
        for stored in set.slots().values() {
            if let SlotContent::Used { record, .. } = stored.content.as_ref() {
                self.members.extend(member_of(record));
            }
        }
    }
}

fn member_of(record: &Record) -> Option<Lei> {
    if let Record::Member(member) = record { Some(member.directory.lei) } else { None }
}
