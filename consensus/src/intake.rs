//! The way into the pool, for local submissions and for those of other validators.
//!
//! Signatures are checked on the caller's thread, outside the pool's lock. What was accepted
//! locally is handed to gossip; what came by gossip is not sent on.
//!
//! # Place      ledger port, gossip -> [intake] -> mempool; application and executor read it
//! # Invariants nothing badly signed enters the pool (a block holding it would be invalid)
//! # Absent     whether a key is authorised (execution's part)

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use commonware_utils::channel::{mpsc, watch};
use ledger_core::{
    block::ValidBlock,
    command::SignedCommand,
    genesis::{Genesis, Limits},
    id::{ChainId, CommandId},
    signature::all_hold,
    time::LedgerTime,
};
use rand_core::CryptoRng;

use crate::{
    error::SubmitError,
    limits::MAX_GOSSIP_QUEUE,
    mempool::{self, Admission, Bounds, Mempool},
};

struct Inner {
    chain: ChainId,
    limits: Limits,
    pool: Mutex<Mempool>,
    news: watch::Sender<u64>,
    outbox: mpsc::Sender<SignedCommand>,
    closed: AtomicBool,
}

/// A shared handle to the pool.
#[derive(Clone)]
pub struct Intake(Arc<Inner>);

/// Commands accepted here that other validators have not seen.
pub type Outbox = mpsc::Receiver<SignedCommand>;

impl Intake {
    /// An empty pool and the queue towards gossip.
    #[must_use]
    pub fn new(genesis: &Genesis, bounds: Bounds) -> (Self, Outbox) {
        let (outbox, receiver) = mpsc::channel(MAX_GOSSIP_QUEUE);
        let chain = genesis.chain_id();
        let limits = genesis.limits;
        let pool = Mutex::new(Mempool::new(chain, limits, bounds));
        let (news, closed) = (watch::Sender::new(0), AtomicBool::new(false));
        (Self(Arc::new(Inner { chain, limits, pool, news, outbox, closed })), receiver)
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
        if self.0.closed.load(Ordering::Acquire) {
            return Err(SubmitError::Stopped);
        }
        mempool::check(&command, &self.0.chain, &self.0.limits, now)?;
        let id = command.body.id();
        if self.pool().known(&id).is_some() {
            return Ok(id);
        }
        command.check_signatures()?;
        let admission = self.pool().insert(command.clone(), now)?;
        if admission == Admission::Added {
            // When the queue is full the command waits here until this node leads.
            let _ = self.0.outbox.try_send(command);
            self.announce();
        }
        Ok(id)
    }

    /// Takes commands that another validator accepted; answers how many were new. A batch with
    /// a bad signature in it is checked one by one.
    pub fn receive(
        &self,
        commands: Vec<SignedCommand>,
        now: LedgerTime,
        rng: &mut impl CryptoRng,
    ) -> usize {
        let (chain, limits) = (&self.0.chain, &self.0.limits);
        let sound = |c: &SignedCommand| mempool::check(c, chain, limits, now).is_ok();
        let sound = commands.into_iter().filter(sound).map(|c| (c.body.id(), c));
        let sound: Vec<(CommandId, SignedCommand)> = sound.collect();
        let fresh: Vec<SignedCommand> = {
            let pool = self.pool();
            let fresh = sound.into_iter().filter(|(id, _)| pool.known(id).is_none());
            fresh.map(|(_, command)| command).collect()
        };
        let claims: Vec<_> = fresh.iter().flat_map(SignedCommand::claims).collect();
        let all_good = all_hold(&claims, rng);
        let mut added = 0;
        for command in fresh {
            if !all_good && command.check_signatures().is_err() {
                continue;
            }
            added += usize::from(self.pool().insert(command, now) == Ok(Admission::Added));
        }
        if added > 0 {
            self.announce();
        }
        added
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
    pub fn offers(&self, taken: &BTreeSet<CommandId>, time: LedgerTime) -> bool {
        self.pool().offers(taken, time)
    }

    /// As [`Mempool::take`].
    #[must_use]
    pub fn take(&self, taken: &BTreeSet<CommandId>, time: LedgerTime) -> Vec<SignedCommand> {
        self.pool().take(taken, time)
    }

    /// Wakes up whenever commands were added.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.0.news.subscribe()
    }

    /// Forgets what a block executed and what expired by its time.
    pub(crate) fn executed(&self, block: &ValidBlock) {
        let mut pool = self.pool();
        pool.executed(block.commands().iter().map(ledger_core::block::Verified::get));
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
