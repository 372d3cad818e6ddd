//! The outbox: a signed command is on disk before anyone hears that it was taken, and is given to
//! validators again until its fate is known.
//!
//! # Place      workflows -> [outbox] -> ledger port; fates come back through the party view
//! # Invariants I9 an acknowledged command is resubmitted until executed or expired, also after
//! #            a crash; resubmission cannot act twice, since the command's id is the same

use std::{
    collections::{BTreeSet, VecDeque},
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use ledger_core::{
    codec::{decode, encode},
    command::{Body, Command, SignedCommand},
    id::{ChainId, CommandId, Lei},
    limits::MAX_BULK_BYTES,
    signature::{Signer, SignerError},
    time::LedgerTime,
};
use tokio::{sync::Mutex as AsyncMutex, time::Instant};

use crate::{
    keys::random_32,
    ledger_port::{BATCH_BYTES, LedgerClient, PortError},
    party_view::{Fate, PartyView},
    port::{KeyValue, StoreFault, Write},
};

const PREFIX: &[u8] = b"outbox/";
/// Own commands that were executed, as they were signed: the bodies behind the ids in receipts.
const SENT: &[u8] = b"sent/";
/// Commands that expired without effect, for whoever still waits for them.
const EXPIRED: &[u8] = b"expired/";
/// How long a command may wait for a block, in milliseconds of ledger time, unless the network
/// allows less.
const PATIENCE_MS: u64 = 60_000;
/// Time between two looks at what waits. What waits at two of them is sent again.
const LOOK: Duration = Duration::from_secs(2);
/// Commands that are sent together at most.
const TOGETHER: usize = 256;
/// Commands that one look at what waits takes in.
const AT_A_LOOK: usize = 1_024;

/// Why a command was not taken.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// The store failed.
    #[error("{0}")]
    Store(#[from] StoreFault),
    /// The key failed.
    #[error("{0}")]
    Signer(#[from] SignerError),
    /// The ledger's time is not known.
    #[error("{0}")]
    Port(#[from] PortError),
}

/// The outbox of one gateway.
pub struct Outbox {
    store: Arc<dyn KeyValue>,
    ledger: LedgerClient,
    view: Arc<PartyView>,
    chain: ChainId,
    lei: Lei,
    ttl_ms: u64,
    waiting: AtomicU64,
    oldest_ms: AtomicU64,
    /// Commands to be sent, and whose turn it is to send them.
    unsent: Mutex<Unsent>,
    sending: AsyncMutex<()>,
    /// What waited when it was looked at last.
    known: Mutex<BTreeSet<CommandId>>,
}

/// Commands to be sent, in the order in which it was wanted.
#[derive(Default)]
struct Unsent {
    commands: VecDeque<SignedCommand>,
    /// How many have left ever.
    left: u64,
}

impl Unsent {
    /// Adds commands; how many have left once they have.
    fn add(&mut self, signed: Vec<SignedCommand>) -> u64 {
        self.commands.extend(signed);
        self.left.saturating_add(u64::try_from(self.commands.len()).unwrap_or(u64::MAX))
    }

    /// What is sent together.
    fn next_batch(&mut self) -> Vec<SignedCommand> {
        let (mut batch, mut room) = (Vec::new(), BATCH_BYTES / 2);
        while let Some(signed) = self.commands.front() {
            let bytes = signed.to_bytes().len();
            if !batch.is_empty() && (bytes > room || batch.len() == TOGETHER) {
                break;
            }
            room = room.saturating_sub(bytes);
            batch.extend(self.commands.pop_front());
            self.left = self.left.saturating_add(1);
        }
        batch
    }
}

/// Commands whose fate is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// How many, of the first 1,024.
    pub commands: u64,
    /// Seconds since the oldest of them was signed, by ledger time.
    pub oldest_s: u64,
}

impl Outbox {
    /// An outbox for an institution.
    #[must_use]
    pub fn new(
        store: Arc<dyn KeyValue>,
        ledger: LedgerClient,
        view: Arc<PartyView>,
        lei: Lei,
    ) -> Self {
        let genesis = ledger.committee().genesis();
        let chain = genesis.chain_id();
        let ttl_ms = PATIENCE_MS.min(genesis.limits.command_ttl_ms / 2);
        let (waiting, oldest_ms) = (AtomicU64::new(0), AtomicU64::new(0));
        let (unsent, sending, known) = (Mutex::default(), AsyncMutex::default(), Mutex::default());
        Self { store, ledger, view, chain, lei, ttl_ms, waiting, oldest_ms, unsent, sending, known }
    }

    /// What waited when all of it was looked at last.
    #[must_use]
    pub fn backlog(&self) -> Backlog {
        let (commands, oldest) = (&self.waiting, &self.oldest_ms);
        Backlog {
            commands: commands.load(Ordering::Relaxed),
            oldest_s: oldest.load(Ordering::Relaxed) / 1_000,
        }
    }

    /// Signs a command and says what must be written for it to be taken.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub async fn prepare(
        &self,
        command: Command,
        signers: &[&dyn Signer],
    ) -> Result<(SignedCommand, Write), OutboxError> {
        let now = self.view.recent_time().await?;
        let body = Body {
            chain: self.chain,
            organisation: self.lei,
            signers: Vec::new(),
            nonce: random_32(),
            expires: now.after(self.ttl_ms),
            command,
        };
        let signed = SignedCommand::sign(body, signers)?;
        let write = (key(PREFIX, &signed.body.id()), Some(signed.to_bytes()));
        Ok((signed, write))
    }

    /// Signs, stores and sends a command.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub async fn submit(
        &self,
        command: Command,
        signers: &[&dyn Signer],
    ) -> Result<CommandId, OutboxError> {
        let (signed, write) = self.prepare(command, signers).await?;
        self.store.write(vec![write])?;
        self.send(&signed).await;
        Ok(signed.body.id())
    }

    /// Gives a stored command to validators, together with all that others want to send meanwhile;
    /// failure is not final, since it is sent again.
    pub async fn send(&self, signed: &SignedCommand) {
        self.send_all(vec![signed.clone()]).await;
    }

    async fn send_all(&self, signed: Vec<SignedCommand>) {
        let last = self.unsent().add(signed);
        let _turn = self.sending.lock().await;
        loop {
            let batch = {
                let mut unsent = self.unsent();
                // Whoever had the turn before has sent them.
                if unsent.left >= last {
                    return;
                }
                unsent.next_batch()
            };
            if let Err(fault) = self.ledger.submit_twice(&batch).await {
                tracing::warn!(%fault, "outbox.send");
            }
        }
    }

    fn unsent(&self) -> MutexGuard<'_, Unsent> {
        self.unsent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a command's fate is known, or `patience` is over.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub async fn fate(&self, id: &CommandId, patience: Duration) -> Result<Fate, StoreFault> {
        if self.store.get(&key(EXPIRED, id))?.is_some() {
            return Ok(Fate::Expired);
        }
        let expires = match self.store.get(&key(PREFIX, id))? {
            Some(bytes) => read(&bytes)?.body.expires,
            // Forgotten here means that its receipt is in the view.
            None => LedgerTime::new(u64::MAX),
        };
        self.view.fate(id, expires, Instant::now() + patience).await
    }

    /// An own command as it was signed, whether it is on its way or was executed.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn signed(&self, id: &CommandId) -> Result<Option<Vec<u8>>, StoreFault> {
        match self.store.get(&key(PREFIX, id))? {
            Some(bytes) => Ok(Some(bytes)),
            None => self.store.get(&key(SENT, id)),
        }
    }

    /// Whether a command was ever taken here, also when it expired.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn sent(&self, id: &CommandId) -> Result<bool, StoreFault> {
        Ok(self.signed(id)?.is_some() || self.store.get(&key(EXPIRED, id))?.is_some())
    }

    /// Sends what has no receipt yet again and again, and forgets what has.
    pub async fn resend(self: Arc<Self>) {
        loop {
            tokio::time::sleep(LOOK).await;
            if let Err(fault) = self.sweep().await {
                tracing::warn!(%fault, "outbox.resend");
            }
        }
    }

    async fn sweep(&self) -> Result<(), StoreFault> {
        let waiting = self.store.scan(PREFIX, AT_A_LOOK)?;
        self.waiting.store(u64::try_from(waiting.len()).unwrap_or(u64::MAX), Ordering::Relaxed);
        if waiting.is_empty() {
            self.oldest_ms.store(0, Ordering::Relaxed);
            return Ok(());
        }
        // Without this machine's idea of time: what the ledger says now decides who has expired.
        let now = self.view.refresh_time().await.ok();
        // How long ago a command was signed, in milliseconds of ledger time.
        let age = |signed: &SignedCommand| {
            let later = now.map(|now| now.after(self.ttl_ms).get());
            later.map(|later| later.saturating_sub(signed.body.expires.get()))
        };
        let mut oldest = None;
        let (mut done, mut again, mut still) = (Vec::new(), Vec::new(), BTreeSet::new());
        let known = mem::take(&mut *self.known.lock().unwrap_or_else(PoisonError::into_inner));
        for (at, bytes) in waiting {
            let signed = read(&bytes)?;
            let (id, age) = (signed.body.id(), age(&signed));
            oldest = oldest.max(age);
            match self.view.fate(&id, signed.body.expires, Instant::now()).await? {
                Fate::Proven(_) => done.extend([(at, None), (key(SENT, &id), Some(bytes))]),
                Fate::Expired => done.extend([(at, None), (key(EXPIRED, &id), Some(Vec::new()))]),
                Fate::Pending => {
                    still.insert(id);
                    if known.contains(&id) {
                        again.push(signed);
                    }
                }
            }
        }
        if let Some(oldest) = oldest {
            self.oldest_ms.store(oldest, Ordering::Relaxed);
        }
        if !done.is_empty() {
            self.store.write(done)?;
        }
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = still;
        if !again.is_empty() {
            // Those that took it may not be heard by the others.
            self.ledger.turn();
            self.send_all(again).await;
        }
        Ok(())
    }
}

fn read(bytes: &[u8]) -> Result<SignedCommand, StoreFault> {
    decode(bytes, MAX_BULK_BYTES).map_err(|_| StoreFault::Damaged)
}

fn key(prefix: &[u8], id: &CommandId) -> Vec<u8> {
    [prefix, id.get()].concat()
}

/// The canonical bytes of a workflow's record, ready to be written.
pub(crate) fn stored<T: serde::Serialize>(key: Vec<u8>, value: &T) -> Write {
    (key, Some(encode(value)))
}
