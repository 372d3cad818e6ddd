//! Follows the network: asks validators for blocks, executes what is certified, compares.
//!
//! ```text
//! LedgerClient::blocks -> Run::take -> final blocks -> L1 with signatures -> Executor -> sync
//! ```
//!
//! # Place      validators' ledger ports -> [follower] -> `pipeline::Executor`
//! # Invariants W25 only certified blocks are executed; a certified block that is not valid, or
//! #            declares other results than ours, ends it
//! # Absent     trust in any one validator: one that fails, lies or lags is passed over

use std::{sync::Arc, time::Duration};

use consensus::NewerRules;
use ledger_core::{
    block::{BlockError, Header},
    rules::RulesVersion,
    time::Height,
};
use ledger_store::{StoreError, View};
use settlement_api::ledger_port::{BlockPage, LedgerClient};
use tokio::{sync::watch, time::Instant};
use verifier::{Committee, VerifyError};

use crate::{
    observer::run::{FinalBlock, Run, RunError},
    pipeline::Executor,
};

/// How long a validator may wait for news before it answers that there is none.
const WAIT: Duration = Duration::from_secs(5);
/// Pause after a failure: the first, and the longest.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));
/// Age of the last executed block, by the clock, up to which an observer is current.
const CURRENT_MS: u64 = 10_000;
/// How often catching up is told.
const TELL: Duration = Duration::from_secs(5);

/// Why an observer can no longer follow. Each one needs a person.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FollowError {
    /// The store failed, or this observer's results differ from those that were certified.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The next block is of a version of the rules that this binary does not know.
    #[error("{0}")]
    NewerRules(#[from] NewerRules),
    /// The committee certified a block that is none.
    #[error(
        "the committee certified block {height}, which breaks the rules ({error}): keep the log, \
         which holds header and certificate, and do not rely on this network"
    )]
    Invalid {
        /// Which block.
        height: Height,
        /// What is wrong.
        error: BlockError,
    },
}

/// Follows for as long as it runs.
pub(crate) struct Follower {
    client: LedgerClient,
    committee: Arc<Committee>,
    executor: Executor,
    run: Run,
    told: Instant,
    /// The ledger, and the highest version of the rules that is known.
    rules: (View, RulesVersion),
    /// Whether a block came of a committee that is not known.
    behind: bool,
    /// Where it ends, if it does.
    until: Option<Height>,
}

impl Follower {
    /// From what the executor has executed.
    pub(crate) fn new(
        client: LedgerClient,
        committee: Arc<Committee>,
        executor: Executor,
        known: RulesVersion,
    ) -> Self {
        let run = Run::new(*executor.last());
        let rules = (executor.executed().view().clone(), known);
        let (told, behind, until) = (Instant::now(), false, None);
        Self { client, committee, executor, run, told, rules, behind, until }
    }

    /// The same, executing nothing more once a block of this height is executed.
    pub(crate) fn up_to(self, height: Height) -> Self {
        Self { until: Some(height), ..self }
    }

    /// Whether it is where it ends.
    pub(crate) fn is_there(&self) -> bool {
        self.until.is_some_and(|until| self.executor.last().height >= until)
    }

    /// Follows until it is told to stop.
    ///
    /// # Errors
    /// [`FollowError`].
    pub(crate) async fn follow(
        mut self,
        mut stop: watch::Receiver<bool>,
    ) -> Result<(), FollowError> {
        tracing::info!(height = self.executor.last().height.get(), "observer.following");
        let mut pause = PAUSE.0;
        while !*stop.borrow_and_update() {
            let forward = tokio::select! {
                _ = stop.changed() => break,
                forward = self.step() => forward?,
            };
            self.note_progress();
            if forward {
                pause = PAUSE.0;
                continue;
            }
            self.client.turn();
            tokio::select! {
                _ = stop.changed() => break,
                () = tokio::time::sleep(pause) => pause = pause.saturating_mul(2).min(PAUSE.1),
            }
        }
        Ok(())
    }

    /// Asks for what follows and executes it; whether that brought it forward. May be dropped while it waits.
    ///
    /// # Errors
    /// [`FollowError`].
    pub(crate) async fn step(&mut self) -> Result<bool, FollowError> {
        let forward = match self.client.blocks(self.run.next(), WAIT).await {
            Ok(page) => self.take(page)?,
            Err(error) => {
                tracing::warn!(%error, "observer.ask");
                false
            }
        };
        Ok(forward || (std::mem::take(&mut self.behind) && self.learn().await))
    }

    /// Header of the last executed block.
    pub(crate) const fn last(&self) -> &Header {
        self.executor.last()
    }

    /// Takes a page in; whether it brought the observer forward.
    ///
    /// # Errors
    /// [`FollowError`].
    pub(crate) fn take(&mut self, page: BlockPage) -> Result<bool, FollowError> {
        let mut forward = false;
        for given in page.blocks {
            if self.is_there() {
                break;
            }
            match self.run.take(given, &self.committee) {
                Ok(done) if done.is_empty() => {}
                Ok(done) => {
                    self.execute(&done)?;
                    forward = true;
                }
                Err(error) => {
                    self.note_refused(&error);
                    self.executor.flush()?;
                    return Ok(false);
                }
            }
        }
        if forward {
            self.executor.flush()?;
        }
        Ok(forward)
    }

    /// Executes blocks that one certificate made final: that of the last.
    fn execute(&mut self, blocks: &[FinalBlock]) -> Result<(), FollowError> {
        let outcome = self.execute_each(blocks);
        if let (Err(error), Some(last)) = (&outcome, blocks.last()) {
            // Whoever signed these headers has signed what is wrong: this is the evidence.
            let certificate = hex::encode(last.certificate.as_deref().unwrap_or_default());
            for FinalBlock { block, .. } in blocks {
                let header = hex::encode(block.header.to_bytes());
                tracing::error!(height = block.header.height.get(), header, "observer.evidence");
            }
            tracing::error!(%error, certificate, "observer.cannot_go_on");
        }
        outcome
    }

    fn execute_each(&mut self, blocks: &[FinalBlock]) -> Result<(), FollowError> {
        for FinalBlock { block, certificate } in blocks {
            let height = block.header.height;
            let version = self.check_rules(height)?;
            self.check_committee(&block.header)?;
            let limits = self.executor.next_limits()?;
            let valid = block.validate(self.executor.last(), &limits, rand::rng());
            let valid = valid.and_then(|valid| valid.check_rules(version).map(|()| valid));
            let valid = valid.map_err(|error| FollowError::Invalid { height, error })?;
            self.executor.apply(&valid)?;
            if let Some(certificate) = certificate {
                self.executor.keep(height, certificate)?;
            }
        }
        Ok(())
    }

    /// D16: a block of a version that is not known is not looked at. What was executed before is kept.
    fn check_rules(&mut self, height: Height) -> Result<RulesVersion, FollowError> {
        let version = self.rules.0.rules()?.version_of(height);
        let known = NewerRules::check(height, version, self.rules.1);
        if known.is_err() {
            self.executor.flush()?;
        }
        known?;
        Ok(version)
    }

    /// D6: epoch and next committee are what the height and the executed blocks make them.
    fn check_committee(&mut self, header: &Header) -> Result<(), FollowError> {
        let height = header.height;
        let record = self.executor.committee()?;
        let (epochs, last) = (record.epochs(), self.executor.last().height);
        let next = record.of_epoch(epochs.containing(height).saturating_add(1), last);
        let next = next.map_or(header.committee, |next| next.hash());
        epochs.check(header, &next).map_err(|error| FollowError::Invalid { height, error })
    }

    /// Asks for the committees that came after those that are known; whether there were any.
    async fn learn(&self) -> bool {
        let before = self.committee.latest();
        if let Err(error) = self.client.learn_committees().await {
            tracing::warn!(%error, "observer.committees");
        }
        let after = self.committee.latest();
        if let Some(latest) = after.filter(|_| before != after) {
            tracing::info!(epoch = latest.since, block = %latest.named_by, "observer.committee");
        }
        before != after
    }

    fn note_refused(&mut self, error: &RunError) {
        if let RunError::Certificate { error: VerifyError::OtherCommittee, .. } = error {
            self.behind = true;
        }
        tracing::warn!(%error, "observer.refused: another validator is asked");
    }

    /// Says how far it is behind the clock, and whether that is close enough.
    fn note_progress(&mut self) {
        let last: &Header = self.executor.last();
        let behind_ms = now_ms().saturating_sub(last.time.get());
        let current = behind_ms <= CURRENT_MS;
        self.executor.set_current(current);
        if !current && self.told.elapsed() >= TELL {
            let (height, held) = (last.height.get(), self.run.held());
            tracing::info!(height, behind_s = behind_ms / 1_000, held, "observer.catching_up");
            self.told = Instant::now();
        }
    }
}

fn now_ms() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
