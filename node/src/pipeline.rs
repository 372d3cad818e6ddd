//! The whole flow on one screen: submission -> admitted -> ordered -> executed -> proven.
//!
//! ```text
//! institution --POST /ledger/v1/commands--> [Pipeline::submit]          submission
//!                                                |  signatures, bounds, network, time
//!                                                v
//!                                     engine's pool (consensus)          admitted
//!                                                |  a leader proposes, a quorum finalizes
//!                                                v
//!                                     [Executor::execute]                ordered -> executed
//!                                                |  ledger-core decides, the store keeps
//!                                                v
//!                                     [Executor::certify]                proven, once the header
//!                                                |                       declares S >= the block
//!                                                v
//! institution <--GET /ledger/v1/receipts--- [Pipeline::proven]          receipt with its proof
//! observer <--GET /ledger/v1/blocks-------- [Pipeline::blocks]          to be executed again there
//! ```
//!
//! An observer has the lower half: its follower feeds the same executor, and nothing is submitted.
//!
//! # Place      between the engine (`consensus::Ledger`) or `observer::follower` and the store, read
//! #            by the ledger port
//! # Invariants nothing is shown to an institution before a certified header covers it; whatever
//! #            fails here stops the engine, and the store is then not closed as clean
//! # Absent     HTTP, signatures of requests, who may read what (`ledger_port`)

mod engine;
mod reader;

use std::{path::Path, sync::Arc, time::Instant};

use consensus::{Ledger, LedgerError, ResultsReader, SubmitError};
use futures::future::BoxFuture;
use ledger_core::{
    block::{Block, Header, Results, ValidBlock},
    command::{CommandError, SignedCommand},
    genesis::{Genesis, Limits},
    halt::takes,
    id::{ChainId, CommandId, Lei},
    quarantine::SignedQuarantine,
    receipt::{Outcome, Receipt},
    time::{Height, LedgerTime},
    validators::Committee,
};
use ledger_store::{Backed, Position, Store, StoreError, StoredHandover, View};
use settlement_api::ledger_port::{
    BlockPage, Certified, GivenBlock, GivenHandover, HandoverPage, PAGE_BLOCK_BYTES,
    PAGE_HANDOVERS, ProvedReceipt, ReceiptPage,
};
use tokio::sync::{oneshot, watch};

pub(crate) use self::engine::Engine;
use self::reader::Reader;
use crate::{ledger_port::metrics::Metrics, space::Space};

/// How far this process is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tip {
    /// The last executed block.
    pub(crate) applied: Height,
    /// When it was executed here; `None` before the first since the start.
    pub(crate) executed: Option<Instant>,
    /// The latest header with a certificate of its own.
    pub(crate) certified: Height,
    /// The block whose results that header declares: everything up to it is proven.
    pub(crate) proven: Height,
    /// Whether requests may still wait for news.
    pub(crate) serving: bool,
    /// Whether it follows the network closely: a validator's engine does, or the process ends.
    pub(crate) current: bool,
}

/// The engine's way into the store. The engine's executor owns it.
pub(crate) struct Executor {
    /// Taken when it is closed in order.
    store: Option<Store>,
    applied: Header,
    view: View,
    tip: watch::Sender<Tip>,
    metrics: Arc<Metrics>,
}

impl Executor {
    /// Opens the store, or founds it from genesis.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn open(
        path: &Path,
        genesis: &Genesis,
        metrics: Arc<Metrics>,
    ) -> Result<Self, StoreError> {
        let store = Store::open(path, genesis)?;
        let view = store.view();
        let latest = view.latest_certified()?;
        let applied = store.applied();
        let start = Tip {
            applied: applied.height,
            executed: None,
            certified: latest.as_ref().map_or(Height::new(0), |latest| latest.header.height),
            proven: latest.map_or(Height::new(0), |latest| latest.header.results.height),
            serving: true,
            current: true,
        };
        let tip = watch::Sender::new(start);
        Ok(Self { store: Some(store), applied, view, tip, metrics })
    }

    /// Learns what validators set aside of blocks that are to be executed (D13).
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn set_aside(&mut self, all: Vec<SignedQuarantine>) -> Result<(), StoreError> {
        self.with_store(|store| store.set_aside(all))
    }

    /// What it keeps, for reading beside it.
    pub(crate) fn executed(&self) -> Executed {
        let chain = self.applied.chain;
        Executed { chain, view: self.view.clone(), tip: self.tip.subscribe() }
    }

    /// Tells those who wait for news that there will be none.
    pub(crate) fn closing(&self) -> Closing {
        Closing(self.tip.clone())
    }

    /// Says whether it follows the network closely.
    pub(crate) fn set_current(&self, current: bool) {
        self.tip.send_if_modified(|tip| std::mem::replace(&mut tip.current, current) != current);
    }

    /// Does something with the store. What failed is not closed as clean.
    fn with_store<T>(
        &mut self,
        work: impl FnOnce(&mut Store) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let outcome = self.store.as_mut().ok_or(StoreError::Poisoned).and_then(work);
        if let Err(error) = &outcome {
            tracing::error!(%error, "ledger.fault");
            self.store = None;
        }
        outcome
    }

    /// Header of the last executed block.
    pub(crate) const fn last(&self) -> &Header {
        &self.applied
    }

    /// The bounds of the block that follows the last one (D1).
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn next_limits(&mut self) -> Result<Limits, StoreError> {
        let next = self.applied.height.next();
        let known = self.with_store(|store| store.view().limits_at(next))?;
        known.ok_or(StoreError::Damaged { what: "parameters" })
    }

    /// The record of the committee after the last block.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn committee(&mut self) -> Result<Committee, StoreError> {
        self.with_store(|store| store.view().committee())
    }

    /// Executes the block that follows the last one, and counts what became of its commands.
    ///
    /// # Errors
    /// [`StoreError`]; the store is closed, and marked when results differ.
    pub(crate) fn apply(&mut self, block: &ValidBlock) -> Result<Results, StoreError> {
        let height = block.header().height;
        let metrics = Arc::clone(&self.metrics);
        let results = self.with_store(|store| {
            store.execute_and(block, |set| count_outcomes(&metrics, &set.receipts))
        })?;
        self.applied = *block.header();
        self.tip.send_modify(|tip| {
            tip.applied = height;
            tip.executed = Some(Instant::now());
        });
        Ok(results)
    }

    /// Brings everything executed to disk.
    ///
    /// # Errors
    /// [`StoreError`]; the store is closed.
    pub(crate) fn flush(&mut self) -> Result<(), StoreError> {
        self.with_store(|store| store.sync()).map(|_| ())
    }

    /// Keeps the certificate of an executed block.
    ///
    /// # Errors
    /// [`StoreError`]; the store is closed.
    pub(crate) fn keep(&mut self, height: Height, certificate: &[u8]) -> Result<(), StoreError> {
        let view = self.view.clone();
        let header = self.with_store(|store| {
            store.certify(height, certificate)?;
            view.header(height)
        })?;
        self.tip.send_if_modified(|tip| match header {
            Some(header) if height > tip.certified => {
                tip.certified = height;
                tip.proven = header.results.height;
                true
            }
            _ => false,
        });
        Ok(())
    }
}

/// Counts what became of a block's commands.
fn count_outcomes(metrics: &Metrics, receipts: &[Receipt]) {
    for receipt in receipts {
        match receipt.outcome {
            Outcome::Applied(_) => metrics.applied(),
            Outcome::Refused(refusal) => metrics.refused(refusal.code()),
        }
    }
}

/// The store's fault as the reason for the engine's end.
fn fatal(error: StoreError) -> LedgerError {
    match error {
        StoreError::Rocks { .. } | StoreError::DiskFull | StoreError::Locked => {
            LedgerError::Storage
        }
        StoreError::Damaged { .. }
        | StoreError::Restore(_)
        | StoreError::NotThere
        | StoreError::OtherNetwork { .. }
        | StoreError::OtherSchema { .. }
        | StoreError::Diverged { .. } => LedgerError::Corrupt,
        StoreError::Genesis(_)
        | StoreError::Ahead { .. }
        | StoreError::NotNext { .. }
        | StoreError::CertificateTooLong { .. }
        | StoreError::Pruned { .. }
        | StoreError::Snapshot(_)
        | StoreError::File { .. }
        | StoreError::Stuck { .. }
        | StoreError::Aside { .. }
        | StoreError::NotSetAside { .. }
        | StoreError::Poisoned => LedgerError::Internal,
    }
}

impl Ledger for Executor {
    fn applied(&self) -> Header {
        self.applied
    }

    fn reader(&self) -> Arc<dyn ResultsReader> {
        Arc::new(Reader(self.view.clone()))
    }

    fn seen(&self) -> Vec<(LedgerTime, CommandId)> {
        // Without it the pool takes in again what execution leaves out anyway.
        self.view.seen().unwrap_or_default()
    }

    fn execute(&mut self, block: &ValidBlock) -> Result<Results, LedgerError> {
        self.apply(block).map_err(fatal)
    }

    fn sync(&mut self) -> BoxFuture<'static, Result<(), LedgerError>> {
        let (done, synced) = oneshot::channel();
        let asked = self.with_store(|store| {
            store.sync_then(|outcome| {
                // Nobody waits for it once the engine has ended.
                let _ = done.send(outcome);
            })
        });
        Box::pin(async move {
            asked.map_err(fatal)?;
            let outcome = synced.await.unwrap_or(Err(StoreError::Poisoned));
            outcome.inspect_err(|error| tracing::error!(%error, "ledger.fault")).map_err(fatal)
        })
    }

    fn certify(&mut self, height: Height, certificate: &[u8]) -> Result<(), LedgerError> {
        self.keep(height, certificate).map_err(fatal)
    }

    fn diverged(&mut self, height: Height) {
        if let Some(mut store) = self.store.take()
            && let Err(error) = store.mark_diverged(height)
        {
            tracing::error!(%error, "ledger.diverged could not be recorded");
        }
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        if let Some(store) = self.store.take()
            && let Err(error) = store.close()
        {
            tracing::warn!(%error, "ledger.close: the tail will be executed again");
        }
    }
}

/// Why a command was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotTaken {
    /// This process takes none.
    #[error("an observer takes no commands; send it to a validator")]
    Observer,
    /// There is little room on the disk.
    #[error("this validator's disk is nearly full; send the command to another, or later")]
    StorageLow,
    /// The network is halted, and the command is none that it takes.
    #[error("the network is halted; send the command again when it is resumed")]
    Halted,
    /// The pool refused.
    #[error(transparent)]
    Refused(#[from] SubmitError),
}

/// What an executor keeps, for reading beside it.
#[derive(Clone)]
pub(crate) struct Executed {
    chain: ChainId,
    view: View,
    tip: watch::Receiver<Tip>,
}

impl Executed {
    /// The store.
    pub(crate) const fn view(&self) -> &View {
        &self.view
    }
}

/// Ends all waiting for news.
pub(crate) struct Closing(watch::Sender<Tip>);

impl Closing {
    /// Requests that wait get what there is.
    pub(crate) fn close(&self) {
        self.0.send_modify(|tip| tip.serving = false);
    }
}

/// Both ends of the flow, as the ledger port sees them.
#[derive(Clone)]
pub(crate) struct Pipeline {
    /// Where commands go and blocks come from; an observer has none.
    engine: Option<Arc<dyn Engine>>,
    executed: Executed,
    /// Room on the disk, where it is watched.
    space: Option<Space>,
}

impl Pipeline {
    /// A validator's: from an engine to what an executor keeps.
    pub(crate) fn new(engine: Arc<dyn Engine>, executed: Executed) -> Self {
        Self { engine: Some(engine), executed, space: None }
    }

    /// Takes no commands while there is too little room.
    pub(crate) fn within(self, space: Space) -> Self {
        Self { space: Some(space), ..self }
    }

    /// An observer's: only what an executor keeps.
    pub(crate) const fn reading(executed: Executed) -> Self {
        Self { engine: None, executed, space: None }
    }

    /// Whether this process orders blocks: takes commands and has payloads.
    pub(crate) const fn orders(&self) -> bool {
        self.engine.is_some()
    }

    /// Submission to admitted. `Ok` promises nothing but that it will be proposed.
    ///
    /// # Errors
    /// [`NotTaken`].
    pub(crate) fn submit(&self, command: SignedCommand) -> Result<CommandId, NotTaken> {
        let engine = self.taking()?;
        if command.body.chain != self.executed.chain {
            return Err(SubmitError::from(CommandError::OtherChain).into());
        }
        if self.is_halted() && !takes(&command.body.command) {
            return Err(NotTaken::Halted);
        }
        Ok(engine.submit(command)?)
    }

    /// As [`Self::submit`] for many at once, which costs less of each.
    ///
    /// # Errors
    /// [`NotTaken::Observer`], [`NotTaken::StorageLow`]; of each command, in their order, [`NotTaken`].
    pub(crate) fn submit_all(
        &self,
        commands: Vec<SignedCommand>,
    ) -> Result<Vec<Result<CommandId, NotTaken>>, NotTaken> {
        let (engine, halted) = (self.taking()?, self.is_halted());
        if !halted {
            let taken = engine.submit_all(commands).into_iter();
            return Ok(taken.map(|taken| taken.map_err(NotTaken::from)).collect());
        }
        let taken = commands.into_iter().map(|command| {
            if takes(&command.body.command) {
                engine.submit(command).map_err(NotTaken::from)
            } else {
                Err(NotTaken::Halted)
            }
        });
        Ok(taken.collect())
    }

    /// Whether an organisation's clients may add a command now, where commands are taken at all.
    ///
    /// # Errors
    /// [`SubmitError`].
    pub(crate) fn room(&self, organisation: &Lei) -> Result<(), SubmitError> {
        self.engine.as_ref().map_or(Ok(()), |engine| engine.room(organisation))
    }

    fn is_halted(&self) -> bool {
        self.halt_left() > 0
    }

    /// Milliseconds until the halt that is on ends by itself; 0 where none is.
    pub(crate) fn halt_left(&self) -> u64 {
        let halt = self.view().halt().unwrap_or_else(|error| {
            tracing::error!(%error, "ledger.halt");
            None
        });
        halt.map_or(0, |(halt, now)| halt.until.get().saturating_sub(now.get()))
    }

    fn taking(&self) -> Result<&dyn Engine, NotTaken> {
        let engine = self.engine.as_deref().ok_or(NotTaken::Observer)?;
        if self.is_storage_low() { Err(NotTaken::StorageLow) } else { Ok(engine) }
    }

    /// Whether there is too little room on the disk to take commands.
    pub(crate) fn is_storage_low(&self) -> bool {
        self.space.as_ref().is_some_and(Space::is_low)
    }

    /// Bytes that may still be written, where that is watched and known.
    pub(crate) fn storage_free(&self) -> Option<u64> {
        self.space.as_ref().and_then(Space::free)
    }

    /// Validators of the committee whose misconduct is proved.
    pub(crate) fn expelled(&self) -> u64 {
        let found = self.view().expelled().unwrap_or_else(|error| {
            tracing::error!(%error, "ledger.expelled");
            0
        });
        u64::try_from(found).unwrap_or(u64::MAX)
    }

    /// What stands behind each currency: at an observer only, since it says how much there is.
    pub(crate) fn backing(&self) -> Vec<Backed> {
        if self.orders() {
            return Vec::new();
        }
        self.view().backing().unwrap_or_else(|error| {
            tracing::error!(%error, "ledger.backing");
            Vec::new()
        })
    }

    /// Commands that wait for a block.
    pub(crate) fn waiting(&self) -> usize {
        self.engine.as_ref().map_or(0, |engine| engine.waiting())
    }

    /// The engine's metrics as OpenMetrics text.
    pub(crate) fn engine_metrics(&self) -> String {
        self.engine.as_ref().map_or_else(String::new, |engine| engine.metrics())
    }

    /// Finalized blocks from a height on, as far as certificates go (W24): at most `limit`, and none
    /// after the one with which payloads reach their bound.
    pub(crate) async fn blocks(&self, from: Height, limit: usize) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        let Some(engine) = &self.engine else { return blocks };
        let (mut height, mut bytes) = (from, 0usize);
        let last = self.tip().certified;
        while height <= last && blocks.len() < limit && bytes <= PAGE_BLOCK_BYTES {
            // An archive that ends early says so by a page that does.
            let Some(block) = engine.block(height).await else { break };
            bytes = bytes.saturating_add(block.payload.len());
            blocks.push(block);
            height = height.next();
        }
        blocks
    }

    /// Blocks, each with the certificate that is kept of it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn with_certificates(&self, blocks: Vec<Block>) -> Result<BlockPage, StoreError> {
        let given = blocks.into_iter().map(|Block { header, payload }| {
            let certificate = self.view().certificate(header.height)?;
            Ok(GivenBlock { header, payload, certificate })
        });
        Ok(BlockPage { blocks: given.collect::<Result<_, StoreError>>()? })
    }

    /// Handovers between committees, from the first after an epoch on (W23).
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn handovers(&self, after: u64) -> Result<HandoverPage, StoreError> {
        let found = self.view().handovers()?.into_iter();
        let later = found.filter(|one| one.header.context.epoch >= after);
        let given = later.take(PAGE_HANDOVERS).map(|one| {
            let StoredHandover { header, certificate, validators } = one;
            GivenHandover { header, certificate, validators }
        });
        Ok(HandoverPage { handovers: given.collect() })
    }

    /// A party's receipts after a place, in ledger order, each proven under a certified header.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn proven(
        &self,
        party: &Lei,
        after: Position,
        limit: usize,
    ) -> Result<ReceiptPage, StoreError> {
        let up_to = self.tip().proven;
        let places = self.view().receipts_for(party, Some(after), up_to, limit)?;
        Ok(ReceiptPage { receipts: prove(self.view(), &places)? })
    }

    /// How far this process is.
    pub(crate) fn tip(&self) -> Tip {
        *self.executed.tip.borrow()
    }

    /// Wakes up when that changes.
    pub(crate) fn news(&self) -> watch::Receiver<Tip> {
        self.executed.tip.clone()
    }

    /// The store.
    pub(crate) const fn view(&self) -> &View {
        &self.executed.view
    }
}

/// The store's certified header as the ledger port sends it.
pub(crate) fn certified(found: ledger_store::Certified) -> Certified {
    Certified { header: found.header, certificate: found.certificate }
}

/// Receipts at these places, ascending, each with its proof; up to the first place that no certified
/// header covers.
///
/// # Errors
/// [`StoreError`].
pub(crate) fn prove(view: &View, places: &[Position]) -> Result<Vec<ProvedReceipt>, StoreError> {
    let mut receipts = Vec::new();
    for block in places.chunk_by(|left, right| left.height == right.height) {
        let indices: Vec<u32> = block.iter().map(|at| at.index).collect();
        let Some(height) = block.first().map(|at| at.height) else { continue };
        let Some(proven) = view.prove_receipts(height, &indices)? else { break };
        let under = certified(proven.under);
        let proofs = proven.proof.into_iter();
        receipts.extend(proofs.map(|proof| ProvedReceipt { proof, certified: under.clone() }));
    }
    Ok(receipts)
}
