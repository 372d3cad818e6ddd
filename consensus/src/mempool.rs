//! The pool of commands that wait to be ordered.
//!
//! A pure structure: the caller brings the time. A command is held once, whoever brought it, and not
//! again after it was executed. Commands leave in the order they came; which of them leave, where not
//! all find room in a block, organisations settle by turns ([`choose`]).
//!
//! # Place      intake -> [mempool] -> application (proposals); executor -> [mempool] (removal)
//! # Invariants C5 counts, bytes and memory of the past are bounded; nothing expired is handed out;
//! #            no organisation holds more than it leaves free, nor adds to what waits too long (C5);
//! #            L2 what is handed out keeps shares
//! # Absent     signatures (checked by the intake before), locks, clocks

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    sync::Arc,
};

use foldhash::fast::RandomState;
use ledger_core::{
    block::Verified,
    command::Identified,
    genesis::Limits,
    id::{ChainId, CommandId, Lei},
    share::{Lane, Room, Waiting, choose},
    time::LedgerTime,
};

use crate::{
    error::SubmitError,
    limits::{
        ALWAYS_HELD, LATE_MS, MAX_POOL_BYTES, MAX_POOL_COMMANDS, MAX_REMEMBERED, SOON_MS, WORTH_MS,
    },
    pace::Pace,
};

/// Ids of commands: hashes already, and hashed again under a secret of the process, quickly.
pub type Ids = HashSet<CommandId, RandomState>;

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
    /// Remembered ids of executed commands.
    pub remembered: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { commands: MAX_POOL_COMMANDS, bytes: MAX_POOL_BYTES, remembered: MAX_REMEMBERED }
    }
}

struct Entry {
    command: Arc<Verified>,
    cost: Room,
    since: LedgerTime,
}

impl Entry {
    fn bytes(&self) -> usize {
        self.command.identified().bytes()
    }
}

/// What the pool holds of one organisation.
#[derive(Default)]
struct Held {
    duties: BTreeSet<u64>,
    business: BTreeSet<u64>,
    bytes: usize,
    /// Its oldest waited too long, and what came after it has not become young since (C5).
    late: bool,
}

impl Held {
    /// The place of what came first.
    fn first(&self) -> Option<u64> {
        self.duties.first().into_iter().chain(self.business.first()).min().copied()
    }

    fn len(&self) -> usize {
        self.duties.len() + self.business.len()
    }

    const fn lane(&mut self, lane: Lane) -> &mut BTreeSet<u64> {
        match lane {
            Lane::Duty => &mut self.duties,
            Lane::Business => &mut self.business,
        }
    }
}

/// The pool.
pub struct Mempool {
    chain: ChainId,
    limits: Limits,
    bounds: Bounds,
    /// By place: the oldest has the lowest.
    entries: BTreeMap<u64, Entry>,
    places: HashMap<CommandId, u64, RandomState>,
    expiries: BTreeSet<(LedgerTime, u64)>,
    organisations: BTreeMap<Lei, Held>,
    bytes: usize,
    next: u64,
    executed: Ids,
    forget: VecDeque<(LedgerTime, CommandId)>,
    pace: Pace,
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
            places: HashMap::default(),
            expiries: BTreeSet::new(),
            organisations: BTreeMap::new(),
            bytes: 0,
            next: 0,
            executed: Ids::default(),
            forget: VecDeque::new(),
            pace: Pace::default(),
        }
    }

    /// The bounds by which it takes commands in and hands them out.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// Takes in and hands out by these bounds from now on (D1).
    pub const fn keep_within(&mut self, limits: Limits) {
        self.limits = limits;
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
        } else if self.places.contains_key(id) {
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
        let bytes = command.identified().bytes();
        self.check_room(&organisation, bytes, self.bounds)?;
        let place = self.next;
        self.next += 1;
        self.bytes += bytes;
        let held = self.organisations.entry(organisation).or_default();
        held.bytes += bytes;
        held.lane(Lane::of(&body.command)).insert(place);
        self.places.insert(id, place);
        self.expiries.insert((expires, place));
        let cost = Room::of_command(command.identified());
        self.entries.insert(place, Entry { command, cost, since: now });
        Ok(Admission::Added)
    }

    /// How many commands an organisation's clients may add here now, at least one. An eighth of the pool is
    /// left to what other validators took, so that all pools hold the same; and whoever has something
    /// waiting for too long adds no more than settles of it soon (C5). Only looks, so that it may be asked
    /// in anybody's name.
    ///
    /// # Errors
    /// [`SubmitError::QuotaExceeded`], [`SubmitError::PoolFull`].
    pub fn room(&self, organisation: &Lei, now: LedgerTime) -> Result<usize, SubmitError> {
        let own = |bound: usize| bound.saturating_sub(bound / 8);
        let within = Bounds {
            commands: own(self.bounds.commands),
            bytes: own(self.bounds.bytes),
            ..self.bounds
        };
        let places = self.places(organisation, within)?;
        let Some(held) = self.organisations.get(organisation) else { return Ok(places) };
        if !held.late && self.waits_ms(held, now) <= LATE_MS {
            return Ok(places);
        }
        let worth = self.pace.within(organisation, WORTH_MS).max(ALWAYS_HELD);
        match worth.saturating_sub(held.len()) {
            0 => Err(SubmitError::QuotaExceeded),
            left => Ok(left.min(places)),
        }
    }

    /// How many commands of an organisation, whoever brings them, find a place now: at least one.
    ///
    /// # Errors
    /// [`SubmitError::QuotaExceeded`], [`SubmitError::PoolFull`].
    pub fn open(&self, organisation: &Lei) -> Result<usize, SubmitError> {
        self.places(organisation, self.bounds)
    }

    /// Places for an organisation within these bounds, until it holds as many as are free.
    fn places(&self, organisation: &Lei, bounds: Bounds) -> Result<usize, SubmitError> {
        self.check_room(organisation, 1, bounds)?;
        let free = bounds.commands.saturating_sub(self.entries.len());
        let held = self.organisations.get(organisation).map_or(0, Held::len);
        Ok(free.saturating_sub(held).div_ceil(2).max(1))
    }

    /// How long the oldest of these waits.
    fn waits_ms(&self, held: &Held, now: LedgerTime) -> u64 {
        let oldest = held.first().and_then(|place| self.entries.get(&place));
        oldest.map_or(0, |entry| now.get().saturating_sub(entry.since.get()))
    }

    /// Whether an organisation may add so many bytes: whoever already holds as many places, or bytes,
    /// as are free may not. So one alone gets half, two a third each, and whoever comes finds some.
    fn check_room(
        &self,
        organisation: &Lei,
        bytes: usize,
        bounds: Bounds,
    ) -> Result<(), SubmitError> {
        let free = bounds.commands.saturating_sub(self.entries.len());
        let free_bytes = bounds.bytes.saturating_sub(self.bytes);
        if let Some(held) = self.organisations.get(organisation)
            && (held.len() >= free || held.bytes >= free_bytes)
        {
            return Err(SubmitError::QuotaExceeded);
        }
        if free == 0 || bytes > free_bytes {
            return Err(SubmitError::PoolFull);
        }
        Ok(())
    }

    /// The command of this id, while it waits.
    #[must_use]
    pub fn get(&self, id: &CommandId) -> Option<Arc<Verified>> {
        let entry = self.entries.get(self.places.get(id)?)?;
        Some(Arc::clone(&entry.command))
    }

    /// Whether a block of this time could hold a command that is not in `taken`.
    #[must_use]
    pub fn offers(&self, taken: &Ids, time: LedgerTime) -> bool {
        // The latest first: those that ancestors hold came before.
        self.entries.values().rev().any(|entry| self.fits(entry, taken, time))
    }

    /// Commands for a block of this time, within the network's bounds, leaving out what unexecuted
    /// ancestors hold: as [`choose`] chooses them, oldest first. They stay in the pool until they are
    /// executed or expire.
    #[must_use]
    pub fn take(&self, taken: &Ids, time: LedgerTime) -> Vec<Arc<Verified>> {
        let waiting = self.organisations.values().map(|held| {
            let duties = self.waiting(&held.duties, taken, time);
            (duties, self.waiting(&held.business, taken, time))
        });
        let places = choose(waiting, &self.limits);
        let chosen = places.iter().filter_map(|place| self.entries.get(place));
        chosen.map(|entry| Arc::clone(&entry.command)).collect()
    }

    /// What of these places a block of this time could hold.
    fn waiting<'a>(
        &'a self,
        places: &'a BTreeSet<u64>,
        taken: &'a Ids,
        time: LedgerTime,
    ) -> impl Iterator<Item = Waiting> + 'a {
        places.iter().filter_map(move |place| {
            let entry = self.entries.get(place)?;
            let fits = self.fits(entry, taken, time);
            fits.then_some(Waiting { place: *place, cost: entry.cost })
        })
    }

    /// Removes executed commands and remembers their ids until they expire.
    pub fn executed<'a>(&mut self, commands: impl IntoIterator<Item = &'a Arc<Verified>>) {
        self.remember(commands.into_iter().map(|done| (done.get().body.expires, done.id())));
    }

    /// Takes note of how fast an organisation's commands settle, by what a block of this time executed,
    /// and of whose wait too long (C5).
    pub fn settled<'a>(
        &mut self,
        time: LedgerTime,
        commands: impl IntoIterator<Item = &'a Arc<Verified>>,
    ) {
        self.pace.settled(time, commands.into_iter().map(|done| done.get().body.organisation));
        let mut organisations = std::mem::take(&mut self.organisations);
        for held in organisations.values_mut() {
            let waits = self.waits_ms(held, time);
            held.late = waits > LATE_MS || (held.late && waits > SOON_MS);
        }
        self.organisations = organisations;
    }

    /// Removes commands that were executed and remembers their ids until they expire.
    pub fn remember(&mut self, seen: impl IntoIterator<Item = (LedgerTime, CommandId)>) {
        let seen = seen.into_iter();
        self.executed.reserve(seen.size_hint().0);
        for (expires, id) in seen {
            self.remove(&id);
            if self.executed.insert(id) {
                self.forget.push_back((expires, id));
            }
        }
        while self.executed.len() > self.bounds.remembered {
            let Some((_, id)) = self.forget.pop_front() else { break };
            self.executed.remove(&id);
        }
    }

    /// Drops what can no longer be ordered at `now`.
    pub fn purge(&mut self, now: LedgerTime) {
        while let Some((expires, place)) = self.expiries.first().copied() {
            if expires > now {
                break;
            }
            self.remove_at(place);
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

    /// Whether a block of this time could hold a command, and no ancestor does.
    fn fits(&self, entry: &Entry, taken: &Ids, time: LedgerTime) -> bool {
        let ttl_ms = self.limits.command_ttl_ms;
        entry.command.get().check_binding(&self.chain, time, ttl_ms).is_ok()
            && !taken.contains(&entry.command.id())
    }

    fn remove(&mut self, id: &CommandId) {
        if let Some(place) = self.places.get(id) {
            self.remove_at(*place);
        }
    }

    fn remove_at(&mut self, place: u64) {
        let Some(entry) = self.entries.remove(&place) else { return };
        self.places.remove(&entry.command.id());
        self.bytes -= entry.bytes();
        let body = &entry.command.get().body;
        self.expiries.remove(&(body.expires, place));
        if let Some(held) = self.organisations.get_mut(&body.organisation) {
            held.bytes -= entry.bytes();
            held.lane(Lane::of(&body.command)).remove(&place);
            if held.len() == 0 {
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
    let signed = command.get();
    // What no block can hold would stand before its organisation's others until it expires.
    let (cost, most) = (Room::of_command(command), Room::of_organisation(limits));
    let room = most.bytes.min(Room::of_block(limits).bytes);
    if command.bytes() > signed.max_bytes() || cost.bytes > room {
        return Err(SubmitError::TooLong);
    }
    if cost.units > most.units {
        return Err(SubmitError::TooCostly);
    }
    signed.check_shape()?;
    signed.check_binding(chain, now, limits.command_ttl_ms)?;
    Ok(())
}
