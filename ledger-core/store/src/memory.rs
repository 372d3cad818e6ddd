//! The state in memory, shared between the one writer and many readers.
//!
//! The writer computes a block under the read lock and takes its result in under the write lock. Its rows
//! are written behind it; who asks for rows waits for those of every block that it may have seen here.
//!
//! # Place      owned by `store`, read through `view`; rows go through `behind`
//! # Absent     disk (see `db`)

use std::{
    collections::BTreeSet,
    sync::{
        Arc, RwLock, RwLockReadGuard,
        atomic::{AtomicBool, Ordering},
    },
};

use ledger_core::{
    id::Lei,
    proof::SlotContent,
    record::Record,
    state::{State, WriteSet},
};

use crate::{
    behind::{Behind, Work, Writer},
    db::Db,
    error::StoreError,
    restore::Opened,
    row::PrunedRow,
};

/// A database and the state it holds.
pub(crate) struct Ledger {
    /// On disk, or on its way there.
    pub(crate) behind: Arc<Behind>,
    /// `None` where nothing is written.
    _writer: Option<Writer>,
    memory: RwLock<Memory>,
    /// Set from the beginning of a block's execution until it is taken in: no slot is let go of.
    executing: AtomicBool,
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
    /// Joins what was opened for reading.
    pub(crate) fn reading(opened: Opened, pruned: Option<PrunedRow>) -> Self {
        Self::new(opened, pruned, None)
    }

    /// Joins what was opened for one writer.
    pub(crate) fn writing(opened: Opened, pruned: Option<PrunedRow>) -> Result<Self, StoreError> {
        let writer = Writer::start(&opened.behind)?;
        Ok(Self::new(opened, pruned, Some(writer)))
    }

    fn new(opened: Opened, pruned: Option<PrunedRow>, writer: Option<Writer>) -> Self {
        let Opened { state, members, behind } = opened;
        let memory = RwLock::new(Memory { state, members, pruned });
        Self { behind, _writer: writer, memory, executing: AtomicBool::new(false) }
    }

    /// The database, with the rows of every block that is in memory now.
    pub(crate) fn db(&self) -> Result<&Db, StoreError> {
        self.behind.db()
    }

    /// From here on readers are told that this is not kept.
    pub(crate) fn prune(&self, pruned: PrunedRow) -> Result<(), StoreError> {
        self.memory.write().map_err(|_| StoreError::Poisoned)?.pruned = Some(pruned);
        Ok(())
    }

    /// The state, for reading. Hold it briefly. What is not in memory is read from the disk meanwhile;
    /// [`Ledger::read`] says when that failed.
    pub(crate) fn memory(&self) -> Result<RwLockReadGuard<'_, Memory>, StoreError> {
        self.memory.read().map_err(|_| StoreError::Poisoned)
    }

    /// What the state answers. Hold it briefly.
    pub(crate) fn read<T>(&self, ask: impl FnOnce(&Memory) -> T) -> Result<T, StoreError> {
        let memory = self.memory()?;
        let answer = ask(&memory);
        // What could not be read was answered as if it were not there.
        memory.sound()?;
        let crowded = memory.state.is_crowded();
        drop(memory);
        if crowded {
            self.make_room()?;
        }
        Ok(answer)
    }

    /// Lets go of what readers brought into memory, however many come before the next block.
    fn make_room(&self) -> Result<(), StoreError> {
        let mut memory = self.memory.write().map_err(|_| StoreError::Poisoned)?;
        if !self.executing.load(Ordering::SeqCst) {
            memory.state.make_room();
        }
        Ok(())
    }

    /// What a block changes. [`Ledger::take`] is next.
    pub(crate) fn execute(
        &self,
        execute: impl FnOnce(&State) -> Result<WriteSet, StoreError>,
    ) -> Result<WriteSet, StoreError> {
        self.executing.store(true, Ordering::SeqCst);
        let memory = self.memory()?;
        let set = execute(&memory.state)?;
        memory.sound()?;
        Ok(set)
    }

    /// Takes a block in; its rows are on their way then. When this fails memory may be ahead of the disk.
    pub(crate) fn take(&self, set: WriteSet) -> Result<(), StoreError> {
        let taken = self.take_in(Arc::new(set));
        self.executing.store(false, Ordering::SeqCst);
        taken
    }

    fn take_in(&self, set: Arc<WriteSet>) -> Result<(), StoreError> {
        self.behind.wait_for_room()?;
        let mut memory = self.memory.write().map_err(|_| StoreError::Poisoned)?;
        self.behind.hand(Work::Block(Arc::clone(&set)))?;
        memory.apply(&set);
        Ok(())
    }
}

impl Memory {
    /// # Errors
    /// [`StoreError::Damaged`], when a slot could not be read, or was not the one under the root.
    pub(crate) fn sound(&self) -> Result<(), StoreError> {
        if self.state.is_faulty() {
            return Err(StoreError::Damaged { what: "slot" });
        }
        Ok(())
    }

    fn apply(&mut self, set: &WriteSet) {
        self.state.apply(set);
        for stored in set.slots().values() {
            if let SlotContent::Used { record, .. } = stored.content.as_ref() {
                self.members.extend(member_of(record));
            }
        }
    }
}

pub(crate) fn member_of(record: &Record) -> Option<Lei> {
    if let Record::Member(member) = record { Some(member.directory.lei) } else { None }
}
