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
//! ```
//!
//! # Place      between the engine (`consensus::Ledger`) and the store, read by the ledger port
//! # Invariants nothing is shown to an institution before a certified header covers it; whatever
//! #            fails here stops the engine, and the store is then not closed as clean
//! # Absent     HTTP, signatures of requests, who may read what (`ledger_port`)

use std::{path::Path, sync::Arc, time::Instant};

use consensus::{Ledger, LedgerError, Node, ResultsReader, SubmitError};
use ledger_core::{
    block::{Header, Results, ValidBlock},
    command::{CommandError, SignedCommand},
    genesis::Genesis,
    id::{ChainId, CommandId, Lei},
    receipt::Outcome,
    time::Height,
};
use ledger_store::{Position, Store, StoreError, View};
use settlement_api::ledger_port::{Certified, ProvedReceipt, ReceiptPage};
use tokio::sync::watch;

use crate::ledger_port::metrics::Metrics;

/// How far this validator is.
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
        };
        let tip = watch::Sender::new(start);
        Ok(Self { store: Some(store), applied, view, tip, metrics })
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

    fn store(&mut self) -> Result<&mut Store, LedgerError> {
        self.store.as_mut().ok_or(LedgerError::Internal)
    }

    /// Turns the store's fault into the engine's end. What failed is not closed as clean.
    fn fault(&mut self, error: &StoreError) -> LedgerError {
        tracing::error!(%error, "ledger.fault");
        self.store = None;
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
            | StoreError::Poisoned => LedgerError::Internal,
        }
    }

    /// Counts what became of a block's commands.
    fn count(&self, height: Height) -> Result<(), StoreError> {
        for receipt in self.view.receipts(height)? {
            match receipt.outcome {
                Outcome::Applied(_) => self.metrics.applied(),
                Outcome::Refused(refusal) => self.metrics.refused(refusal.code()),
            }
        }
        Ok(())
    }
}

impl Ledger for Executor {
    fn applied(&self) -> Header {
        self.applied
    }

    fn reader(&self) -> Arc<dyn ResultsReader> {
        Arc::new(Reader(self.view.clone()))
    }

    fn execute(&mut self, block: &ValidBlock) -> Result<Results, LedgerError> {
        let height = block.header().height;
        let results = self.store()?.execute(block).map_err(|error| self.fault(&error))?;
        self.applied = *block.header();
        if !block.commands().is_empty() {
            self.count(height).map_err(|error| self.fault(&error))?;
        }
        self.tip.send_modify(|tip| {
            tip.applied = height;
            tip.executed = Some(Instant::now());
        });
        Ok(results)
    }

    fn sync(&mut self) -> Result<(), LedgerError> {
        self.store()?.sync().map(|_| ()).map_err(|error| self.fault(&error))
    }

    fn certify(&mut self, height: Height, certificate: &[u8]) -> Result<(), LedgerError> {
        self.store()?.certify(height, certificate).map_err(|error| self.fault(&error))?;
        let header = self.view.header(height).map_err(|error| self.fault(&error))?;
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

/// Own results for the engine's votes.
struct Reader(View);

impl ResultsReader for Reader {
    fn results(&self, height: Height) -> Option<Results> {
        self.0.results_at(height).unwrap_or_else(|error| {
            tracing::error!(%error, %height, "ledger.results");
            None
        })
    }
}

/// The pool before consensus: the engine, or a stand-in for tests.
pub(crate) trait Pool: Send + Sync {
    /// Takes a well-signed command of this network.
    ///
    /// # Errors
    /// [`SubmitError`].
    fn submit(&self, command: SignedCommand) -> Result<CommandId, SubmitError>;
    /// Commands that wait.
    fn waiting(&self) -> usize;
    /// The engine's metrics as OpenMetrics text.
    fn metrics(&self) -> String;
}

impl Pool for Node {
    fn submit(&self, command: SignedCommand) -> Result<CommandId, SubmitError> {
        Self::submit(self, command)
    }

    fn waiting(&self) -> usize {
        self.mempool_len()
    }

    fn metrics(&self) -> String {
        Self::metrics(self)
    }
}

/// What an executor keeps, for reading beside it.
#[derive(Clone)]
pub(crate) struct Executed {
    chain: ChainId,
    view: View,
    tip: watch::Receiver<Tip>,
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
    pool: Arc<dyn Pool>,
    executed: Executed,
}

impl Pipeline {
    /// From a pool to what an executor keeps.
    pub(crate) fn new(pool: Arc<dyn Pool>, executed: Executed) -> Self {
        Self { pool, executed }
    }

    /// Submission to admitted. `Ok` promises nothing but that it will be proposed.
    ///
    /// # Errors
    /// [`SubmitError`].
    pub(crate) fn submit(&self, command: SignedCommand) -> Result<CommandId, SubmitError> {
        if command.body.chain != self.executed.chain {
            return Err(CommandError::OtherChain.into());
        }
        self.pool.submit(command)
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
        let mut receipts = Vec::new();
        let places = self.view().receipts_for(party, Some(after), up_to, limit)?;
        for block in places.chunk_by(|left, right| left.height == right.height) {
            let indices: Vec<u32> = block.iter().map(|at| at.index).collect();
            let Some(height) = block.first().map(|at| at.height) else { continue };
            // Places end at what a certified header covers, so that there is one.
            let Some(proven) = self.view().prove_receipts(height, &indices)? else { break };
            let certified = certified(proven.under);
            receipts.extend(
                proven
                    .proof
                    .into_iter()
                    .map(|proof| ProvedReceipt { proof, certified: certified.clone() }),
            );
        }
        Ok(ReceiptPage { receipts })
    }

    /// How far this validator is.
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

    /// The pool.
    pub(crate) fn pool(&self) -> &dyn Pool {
        self.pool.as_ref()
    }
}

/// The store's certified header as the ledger port sends it.
pub(crate) fn certified(found: ledger_store::Certified) -> Certified {
    Certified { header: found.header, certificate: found.certificate }
}
