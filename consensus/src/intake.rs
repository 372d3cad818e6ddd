//! The way into the pool, for local submissions and for those of other validators.
//!
//! Signatures are checked on the caller's thread, outside the pool's lock. What was accepted
//! locally is handed to gossip; what came by gossip is not sent on.
//!
//! # Place      ledger port, gossip -> [intake] -> mempool; application and executor read it
//! # Invariants nothing badly signed enters the pool (a block holding it would be invalid); no signature
//! #            is checked of what there is no room for (C5)
//! # Absent     whether a key is authorised (execution's part)

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use commonware_utils::channel::{mpsc, watch};
use ledger_core::{
    block::{ValidBlock, Verified},
    command::{Identified, SignedCommand},
    genesis::{Genesis, Limits},
    id::{ChainId, CommandId, Lei},
    rules::RulesVersion,
    time::LedgerTime,
};
use rand_core::CryptoRng;

use crate::{
    error::SubmitError,
    limits::MAX_GOSSIP_QUEUE,
    mempool::{self, Admission, Bounds, Ids, Mempool},
};

struct Inner {
    chain: ChainId,
    pool: Mutex<Mempool>,
    news: watch::Sender<u64>,
    outbox: mpsc::Sender<Arc<Verified>>,
    closed: AtomicBool,
    /// The version of the rules of the next block.
    rules: AtomicU32,
}

/// Places that organisations find in the pool.
type Rooms = BTreeMap<Lei, Result<usize, SubmitError>>;

/// A shared handle to the pool.
#[derive(Clone)]
pub struct Intake(Arc<Inner>);

/// Commands accepted here that other validators have not seen.
pub type Outbox = mpsc::Receiver<Arc<Verified>>;

impl Intake {
    /// An empty pool and the queue towards gossip.
    #[must_use]
    pub fn new(genesis: &Genesis, bounds: Bounds) -> (Self, Outbox) {
        let (outbox, receiver) = mpsc::channel(MAX_GOSSIP_QUEUE);
        let chain = genesis.chain_id();
        let limits = genesis.limits;
        let pool = Mutex::new(Mempool::new(chain, limits, bounds));
        let (news, closed) = (watch::Sender::new(0), AtomicBool::new(false));
        let rules = AtomicU32::new(RulesVersion::BASE.get());
        (Self(Arc::new(Inner { chain, pool, news, outbox, closed, rules })), receiver)
    }

    /// Takes a command from a client of this node. The same command again is accepted again and
    /// changes nothing.
    ///
    /// # Errors
    /// [`SubmitError`].
    pub fn submit(
        &self,
        command: SignedCommand,
        now: LedgerTime,
    ) -> Result<CommandId, SubmitError> {
        let command = Identified::new(command);
        if self.is_known(&command, now)? {
            return Ok(command.id());
        }
        self.pool().room(&command.get().body.organisation, now)?;
        let (id, added) = self.add(Verified::check(command)?, now)?;
        if added {
            self.announce();
        }
        Ok(id)
    }

    /// Takes commands from a client of this node; what became of each, in their order. Their
    /// signatures are checked together.
    pub fn submit_all(
        &self,
        commands: Vec<SignedCommand>,
        now: LedgerTime,
        rng: &mut impl CryptoRng,
    ) -> Vec<Result<CommandId, SubmitError>> {
        let commands = Identified::all(commands);
        let mut open = Vec::with_capacity(commands.len());
        let mut answers = Vec::with_capacity(commands.len());
        let mut rooms = Rooms::new();
        for command in commands {
            let (id, known) = (command.id(), self.is_known(&command, now));
            let room = |pool: &Mempool, of: &Lei| pool.room(of, now);
            let known = match known {
                Ok(false) => self.claim(&mut rooms, &command, room).map(|()| false),
                other => other,
            };
            answers.push(known.map(|known| known.then_some(id)));
            if known == Ok(false) {
                open.push(command);
            }
        }
        let mut checked = Verified::check_all(open, rng).into_iter();
        let mut news = false;
        let mut answer = |before: Result<Option<CommandId>, SubmitError>| match before? {
            Some(id) => Ok(id),
            None => {
                // There is one for each that was open.
                let command = checked.next().ok_or(SubmitError::Stopped)??;
                let (id, added) = self.add(command, now)?;
                news |= added;
                Ok(id)
            }
        };
        let answers = answers.into_iter().map(&mut answer).collect();
        if news {
            self.announce();
        }
        answers
    }

    /// Takes one of the places that an organisation finds, so that of many commands no more are checked than
    /// there is room for.
    fn claim(
        &self,
        rooms: &mut Rooms,
        command: &Identified,
        room: impl Fn(&Mempool, &Lei) -> Result<usize, SubmitError>,
    ) -> Result<(), SubmitError> {
        let of = command.get().body.organisation;
        let left = rooms.entry(of).or_insert_with(|| room(&self.pool(), &of));
        match left {
            Ok(0) => Err(SubmitError::QuotaExceeded),
            Ok(places) => {
                *places -= 1;
                Ok(())
            }
            Err(error) => Err(*error),
        }
    }

    /// What only a later version of the rules knows would make a block invalid (D16).
    fn check_rules(&self, command: &Identified) -> Result<(), SubmitError> {
        let needs = command.get().body.command.since();
        let now = RulesVersion::new(self.0.rules.load(Ordering::Acquire));
        if needs <= now { Ok(()) } else { Err(SubmitError::NotInForce { needs }) }
    }

    /// Takes what the version of the next block knows, where that is known. Versions only rise.
    pub(crate) fn follow(&self, version: Option<RulesVersion>) {
        if let Some(version) = version {
            self.0.rules.fetch_max(version.get(), Ordering::AcqRel);
        }
    }

    /// Whether a sound command is in the pool or was executed.
    fn is_known(&self, command: &Identified, now: LedgerTime) -> Result<bool, SubmitError> {
        if self.0.closed.load(Ordering::Acquire) {
            return Err(SubmitError::Stopped);
        }
        self.check_rules(command)?;
        let pool = self.pool();
        pool.check(command, now)?;
        Ok(pool.known(&command.id()).is_some())
    }

    /// Puts a command into the pool and hands it to gossip; its identity, and whether it is new.
    fn add(&self, command: Verified, now: LedgerTime) -> Result<(CommandId, bool), SubmitError> {
        let (id, command) = (command.id(), Arc::new(command));
        let added = self.pool().insert(Arc::clone(&command), now)? == Admission::Added;
        if added {
            // When the queue is full the command waits here until this node leads.
            let _ = self.0.outbox.try_send(command);
        }
        Ok((id, added))
    }

    /// Takes commands that another validator accepted; answers how many were new. A batch with
    /// a bad signature in it is checked one by one.
    pub fn receive(
        &self,
        commands: Vec<SignedCommand>,
        now: LedgerTime,
        rng: &mut impl CryptoRng,
    ) -> usize {
        let (chain, limits) = (&self.0.chain, self.pool().limits());
        let sound = Identified::all(commands).into_iter();
        let mut sound: Vec<Identified> =
            sound.filter(|c| mempool::check(c, chain, &limits, now).is_ok()).collect();
        sound.retain(|command| self.check_rules(command).is_ok());
        {
            let pool = self.pool();
            sound.retain(|command| pool.known(&command.id()).is_none());
        }
        let mut rooms = Rooms::new();
        let room = |pool: &Mempool, of: &Lei| pool.open(of);
        sound.retain(|command| self.claim(&mut rooms, command, room).is_ok());
        let mut added = 0;
        for command in Verified::check_all(sound, rng).into_iter().flatten() {
            let admission = self.pool().insert(Arc::new(command), now);
            added += usize::from(admission == Ok(Admission::Added));
        }
        if added > 0 {
            self.announce();
        }
        added
    }

    /// Whether an organisation's clients may add a command now; as [`Mempool::room`].
    ///
    /// # Errors
    /// [`SubmitError::Stopped`], [`SubmitError::QuotaExceeded`], [`SubmitError::PoolFull`].
    pub fn room(&self, organisation: &Lei, now: LedgerTime) -> Result<(), SubmitError> {
        if self.0.closed.load(Ordering::Acquire) {
            return Err(SubmitError::Stopped);
        }
        self.pool().room(organisation, now).map(|_| ())
    }

    /// The command of this id, while it waits: its signatures were checked.
    #[must_use]
    pub fn get(&self, id: &CommandId) -> Option<Arc<Verified>> {
        self.pool().get(id)
    }

    /// Commands in the pool.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pool().len()
    }

    /// Whether the pool is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pool().is_empty()
    }

    /// As [`Mempool::offers`].
    #[must_use]
    pub fn offers(&self, taken: &Ids, time: LedgerTime) -> bool {
        self.pool().offers(taken, time)
    }

    /// As [`Mempool::take`], by these bounds.
    #[must_use]
    pub fn take(&self, taken: &Ids, time: LedgerTime, limits: Limits) -> Vec<Arc<Verified>> {
        let mut pool = self.pool();
        pool.keep_within(limits);
        pool.take(taken, time)
    }

    /// As [`Mempool::limits`].
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.pool().limits()
    }

    /// As [`Mempool::keep_within`].
    pub(crate) fn keep_within(&self, limits: Limits) {
        self.pool().keep_within(limits);
    }

    /// Wakes up whenever commands were added.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.0.news.subscribe()
    }

    /// Takes these in no more: they were executed before this pool was.
    pub(crate) fn remember(&self, seen: Vec<(LedgerTime, CommandId)>) {
        self.pool().remember(seen);
    }

    /// Forgets what a block executed and what expired by its time.
    pub(crate) fn executed(&self, block: &ValidBlock) {
        let mut pool = self.pool();
        pool.executed(block.commands());
        pool.settled(block.header().time, block.commands());
        pool.purge(block.header().time);
    }

    /// Refuses everything from now on.
    pub(crate) fn close(&self) {
        self.0.closed.store(true, Ordering::Release);
    }

    fn announce(&self) {
        self.0.news.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn pool(&self) -> MutexGuard<'_, Mempool> {
        // Every method of the pool leaves it consistent; a panic elsewhere does not harm it.
        self.0.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
