//! The pool of commands that wait to be ordered.
//!
//! A pure structure: the caller brings the time. First come, first served; a command is held once,
//! whoever brought it, and not again after it was executed.
//!
//! # Place      intake -> [mempool] -> application (proposals); executor -> [mempool] (removal)
//! # Invariants C5 counts, bytes and memory of the past are bounded; nothing expired is handed out
//! # Absent     signatures (checked by the intake before), locks, clocks

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use ledger_core::{
    block::Verified,
    command::Identified,
    genesis::Limits,
    id::{ChainId, CommandId, Lei},
    time::LedgerTime,
};

use crate::{
    error::SubmitError,
    limits::{
        MAX_POOL_BYTES, MAX_POOL_COMMANDS, MAX_POOL_COMMANDS_PER_ORGANISATION, MAX_REMEMBERED,
    },
};

/// What the length of a block's list of commands takes at most.
const LIST_BYTES: usize = 5;

/// What became of a command given to the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It was added.
    Added,
    /// It is in the pool already.
    Pending,
    /// It was executed already.
    Executed,
}

/// How much a pool holds at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Commands.
    pub commands: usize,
    /// Bytes of commands.
    pub bytes: usize,
    /// Commands of one organisation.
    pub per_organisation: usize,
    /// Remembered ids of executed commands.
    pub remembered: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            commands: MAX_POOL_COMMANDS,
            bytes: MAX_POOL_BYTES,
            per_organisation: MAX_POOL_COMMANDS_PER_ORGANISATION,
            remembered: MAX_REMEMBERED,
        }
    }
}

struct Entry {
    command: Arc<Verified>,
    units: u32,
    place: u64,
}

impl Entry {
    fn bytes(&self) -> usize {
        self.command.identified().bytes()
    }
}

/// The pool.
pub struct Mempool {
    chain: ChainId,
    limits: Limits,
    bounds: Bounds,
    entries: BTreeMap<CommandId, Entry>,
    queue: BTreeMap<u64, CommandId>,
    expiries: BTreeSet<(LedgerTime, CommandId)>,
    organisations: BTreeMap<Lei, usize>,
    bytes: usize,
    next: u64,
    executed: BTreeSet<CommandId>,
    forget: VecDeque<(LedgerTime, CommandId)>,
}

impl Mempool {
    /// An empty pool of a network.
    #[must_use]
    pub fn new(chain: ChainId, limits: Limits, bounds: Bounds) -> Self {
        Self {
            chain,
            limits,
            bounds,
            entries: BTreeMap::new(),
            queue: BTreeMap::new(),
            expiries: BTreeSet::new(),
            organisations: BTreeMap::new(),
            bytes: 0,
            next: 0,
            executed: BTreeSet::new(),
            forget: VecDeque::new(),
        }
    }

    /// Commands in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Bytes of commands in it.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether the command is pending or was executed.
    #[must_use]
    pub fn known(&self, id: &CommandId) -> Option<Admission> {
        if self.executed.contains(id) {
            Some(Admission::Executed)
        } else if self.entries.contains_key(id) {
            Some(Admission::Pending)
        } else {
            None
        }
    }

    /// Checks everything about a command but its signatures: size, cost, shape, network, time.
    ///
    /// # Errors
    /// The first fault in that order.
    pub fn check(&self, command: &Identified, now: LedgerTime) -> Result<(), SubmitError> {
        check(command, &self.chain, &self.limits, now)
    }

    /// Adds a command whose signatures hold.
    ///
    /// # Errors
    /// As [`Mempool::check`]; then [`SubmitError::QuotaExceeded`], [`SubmitError::PoolFull`].
    pub fn insert(
        &mut self,
        command: Arc<Verified>,
        now: LedgerTime,
    ) -> Result<Admission, SubmitError> {
        self.check(command.identified(), now)?;
        self.purge(now);
        let id = command.id();
        if let Some(known) = self.known(&id) {
            return Ok(known);
        }
        let body = &command.get().body;
        let (organisation, expires) = (body.organisation, body.expires);
        let share = self.organisations.get(&organisation).copied().unwrap_or(0);
        if share >= self.bounds.per_organisation {
            return Err(SubmitError::QuotaExceeded);
        }
        let bytes = command.identified().bytes();
        if self.entries.len() >= self.bounds.commands || self.bytes + bytes > self.bounds.bytes {
            return Err(SubmitError::PoolFull);
        }
        let place = self.next;
        self.next += 1;
        self.bytes += bytes;
        self.organisations.insert(organisation, share + 1);
        self.queue.insert(place, id);
        self.expiries.insert((expires, id));
        let units = command.identified().units();
        self.entries.insert(id, Entry { command, units, place });
        Ok(Admission::Added)
    }

    /// The command of this id, while it waits.
    #[must_use]
    pub fn get(&self, id: &CommandId) -> Option<Arc<Verified>> {
        self.entries.get(id).map(|entry| Arc::clone(&entry.command))
    }

    /// Whether a block of this time could hold a command that is not in `taken`.
    #[must_use]
    pub fn offers(&self, taken: &BTreeSet<CommandId>, time: LedgerTime) -> bool {
        // The latest first: those that ancestors hold came before.
        self.queue.values().rev().any(|id| {
            !taken.contains(id) && self.entries.get(id).is_some_and(|e| self.holds(e, time))
        })
    }

    /// Commands for a block of this time, oldest first, within the network's bounds, leaving out
    /// what unexecuted ancestors hold. They stay in the pool until they are executed or expire.
    #[must_use]
    pub fn take(&self, taken: &BTreeSet<CommandId>, time: LedgerTime) -> Vec<Arc<Verified>> {
        let mut commands = Vec::new();
        let mut bytes =
            usize::try_from(self.limits.block_bytes).unwrap_or(0).saturating_sub(LIST_BYTES);
        let mut units = self.limits.block_units;
        for id in self.queue.values() {
            let Some(entry) = self.entries.get(id) else { continue };
            if taken.contains(id) || !self.holds(entry, time) {
                continue;
            }
            if entry.bytes() > bytes || entry.units > units {
                break;
            }
            bytes -= entry.bytes();
            units -= entry.units;
            commands.push(Arc::clone(&entry.command));
        }
        commands
    }

    /// Removes executed commands and remembers their ids until they expire.
    pub fn executed<'a>(&mut self, commands: impl IntoIterator<Item = &'a Arc<Verified>>) {
        for command in commands {
            let id = command.id();
            self.remove(&id);
            if self.executed.insert(id) {
                self.forget.push_back((command.get().body.expires, id));
            }
        }
        while self.executed.len() > self.bounds.remembered {
            let Some((_, id)) = self.forget.pop_front() else { break };
            self.executed.remove(&id);
        }
    }

    /// Drops what can no longer be ordered at `now`.
    pub fn purge(&mut self, now: LedgerTime) {
        while let Some((expires, id)) = self.expiries.first().copied() {
            if expires > now {
                break;
            }
            self.remove(&id);
        }
        // Roughly sorted: an entry waits at most for those before it, and the bound holds anyway.
        while let Some((expires, id)) = self.forget.front().copied() {
            if expires > now {
                break;
            }
            self.forget.pop_front();
            self.executed.remove(&id);
        }
    }

    fn holds(&self, entry: &Entry, time: LedgerTime) -> bool {
        entry.command.get().check_binding(&self.chain, time, self.limits.command_ttl_ms).is_ok()
    }

    fn remove(&mut self, id: &CommandId) {
        let Some(entry) = self.entries.remove(id) else { return };
        self.queue.remove(&entry.place);
        self.bytes -= entry.bytes();
        let body = &entry.command.get().body;
        self.expiries.remove(&(body.expires, *id));
        if let Some(share) = self.organisations.get_mut(&body.organisation) {
            *share -= 1;
            if *share == 0 {
                self.organisations.remove(&body.organisation);
            }
        }
    }
}

/// Checks everything about a command but its signatures.
///
/// # Errors
/// The first fault in the order size, cost, shape, network, time.
pub fn check(
    command: &Identified,
    chain: &ChainId,
    limits: &Limits,
    now: LedgerTime,
) -> Result<(), SubmitError> {
    let (bytes, signed) = (command.bytes(), command.get());
    // What no block can hold would stand at the head of the queue until it expires.
    let room = usize::try_from(limits.block_bytes).unwrap_or(0).saturating_sub(LIST_BYTES);
    if bytes > signed.max_bytes() || bytes > room {
        return Err(SubmitError::TooLong);
    }
    if command.units() > limits.block_units {
        return Err(SubmitError::TooCostly);
    }
    signed.check_shape()?;
    signed.check_binding(chain, now, limits.command_ttl_ms)?;
    Ok(())
}
