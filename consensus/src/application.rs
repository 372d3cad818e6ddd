//! What the engine asks of us: build a block, judge a block, take what is final.
//!
//! # Place      engine -> [application] -> mempool, progress board, executor
//! # Invariants C3 `propose` always answers with a block: it waits for commands or receipts, never
//! #            for results; `verify` answers no only for what can never become right
//! # Absent     execution (executor), signatures of votes (engine)

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use commonware_actor::Feedback;
use commonware_consensus::{
    Application as EngineApplication, Reporter,
    marshal::{Update, ancestry::Ancestry},
};
use commonware_cryptography::Digested;
use commonware_macros::select;
use commonware_runtime::{Clock, Metrics, Spawner, Storage};
use commonware_utils::channel::mpsc;
use futures::StreamExt as _;
use ledger_core::{
    block::{BlockError, Header, Known, Results, ValidBlock},
    codec::decode,
    command::{Identified, SignedCommand},
    genesis::Limits,
    id::CommandId,
    limits::{MAX_PAYLOAD_BYTES, MAX_RESULTS_LAG},
    rules::RulesVersion,
    time::{Height, LedgerTime},
};
use rand_core::CryptoRng;
use tracing::{debug, error, warn};

use crate::{
    block::{OrderedBlock, SimplexContext, ledger_context},
    committee::{Committees, Scheme},
    distance::Times,
    executor::{Delivery, Surroundings},
    finality::Finality,
    intake::Intake,
    limits::{MAX_ANCESTORS, MAX_EAGER},
    mempool::Ids,
    port::ResultsReader,
    progress::Board,
    validated::Validated,
};

/// Slowness put in by simulations, as a function of the time; none in production.
pub type Stall = Arc<dyn Fn(SystemTime) -> Duration + Send + Sync>;

/// Where simulations make this node slow.
#[derive(Clone, Default)]
pub struct Stalls {
    /// Before a verdict.
    pub verify: Option<Stall>,
    /// Before an execution.
    pub execute: Option<Stall>,
}

/// The engine's counterpart.
#[derive(Clone)]
pub(crate) struct Application {
    pub(crate) intake: Intake,
    pub(crate) board: Board,
    pub(crate) finality: Finality,
    pub(crate) reader: Arc<dyn ResultsReader>,
    pub(crate) executor: mpsc::UnboundedSender<Delivery>,
    pub(crate) stalls: Stalls,
    pub(crate) validated: Validated,
    pub(crate) committees: Committees,
    pub(crate) times: &'static Times,
}

/// The runtime's clock as ledger time.
pub(crate) fn ledger_time(clock: &impl Clock) -> LedgerTime {
    let since = clock.current().duration_since(UNIX_EPOCH).unwrap_or_default();
    LedgerTime::new(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

fn system_time(time: LedgerTime) -> SystemTime {
    UNIX_EPOCH.checked_add(Duration::from_millis(time.get())).unwrap_or(UNIX_EPOCH)
}

pub(crate) async fn stall(stall: Option<&Stall>, clock: &impl Clock) {
    if let Some(stall) = stall {
        clock.sleep(stall(clock.current())).await;
    }
}

impl Application {
    /// Of a node; its executor takes what is final.
    pub(crate) fn new(
        around: Surroundings,
        finality: Finality,
        reader: Arc<dyn ResultsReader>,
        executor: mpsc::UnboundedSender<Delivery>,
    ) -> Self {
        let Surroundings { intake, board, stalls, validated, committees, times, .. } = around;
        Self { intake, board, finality, reader, executor, stalls, validated, committees, times }
    }

    /// Commands that unexecuted ancestors hold, from the parent back; `None` when they cannot be
    /// known soon enough. Decodes payloads that were validated before they were certified.
    async fn taken(
        &self,
        parent: &Digested<OrderedBlock>,
        mut older: impl Ancestry<OrderedBlock>,
    ) -> Option<Ids> {
        let mut taken = Ids::default();
        let mut block = parent.clone();
        for _ in 0..MAX_ANCESTORS {
            let inner = block.inner();
            if inner.header().height > self.board.now().applied {
                taken.extend(self.command_ids(inner)?);
            }
            if inner.header().height <= self.board.now().applied.next() {
                return Some(taken);
            }
            block = older.next().await?;
        }
        None
    }

    /// Waits until there is something to order or to prove, at most a heartbeat. Without knowing
    /// what ancestors hold, or with results too far back, there is nothing to order; and while execution is
    /// behind, commands gather into a larger block, which costs less of each.
    async fn pause<E: Clock>(&self, clock: &E, parent: &Header, taken: Option<&Ids>) {
        let heartbeat = self.times.heartbeat;
        // A parent whose clock was ahead must not hold us beyond our own heartbeat.
        let beat = u64::try_from(heartbeat.as_millis()).unwrap_or(u64::MAX);
        let limit = clock.current().checked_add(heartbeat).unwrap_or_else(|| clock.current());
        let deadline = system_time(parent.time.after(beat)).min(limit);
        let (mut news, mut progress) = (self.intake.watch(), self.board.watch());
        loop {
            if parent.height < self.board.now().hurry {
                return;
            }
            let unproven = self.board.now().busy > parent.results.height;
            let time = ledger_time(clock).max(parent.time.after(1));
            let open = !self.lags(parent) && self.depth(parent) <= MAX_EAGER;
            let offers = open && taken.is_some_and(|taken| self.intake.offers(taken, time));
            if unproven || offers || clock.current() >= deadline {
                return;
            }
            select! {
                _ = news.changed() => {},
                _ = progress.changed() => {},
                _ = clock.sleep_until(deadline) => return,
            }
        }
    }

    /// The latest own results that a child of `parent` may declare; the parent's own otherwise.
    fn results(&self, parent: &Header) -> Results {
        let latest = self.board.now().applied.min(parent.height);
        if latest <= parent.results.height {
            return parent.results;
        }
        self.reader.results(latest).unwrap_or(parent.results)
    }

    /// Whether a child of `parent` would have to be empty.
    fn lags(&self, parent: &Header) -> bool {
        let results = self.results(parent).height.get();
        parent.height.next().get().saturating_sub(results) > MAX_RESULTS_LAG
    }

    /// Blocks up to a parent that are not executed here.
    fn depth(&self, parent: &Header) -> u64 {
        parent.height.get().saturating_sub(self.board.now().applied.get())
    }

    fn build(
        &self,
        context: &SimplexContext,
        parent: &Header,
        now: LedgerTime,
        taken: Option<&Ids>,
    ) -> Option<OrderedBlock> {
        let context = ledger_context(context);
        let next_committee = if self.committees.epochs().is_last(parent.height.next()) {
            self.committees.after(context.epoch)?
        } else {
            parent.next_committee
        };
        let results = self.results(parent);
        let empty = parent.child(context, now, &[], results);
        let commands = match taken {
            Some(taken) if !empty.must_be_empty() => {
                let limits = self.reader.limits_at(empty.height);
                limits.map_or_else(Vec::new, |limits| self.intake.take(taken, empty.time, limits))
            }
            _ => Vec::new(),
        };
        let (block, valid) =
            ValidBlock::propose(parent, (context, now), next_committee, commands, results);
        let block = OrderedBlock::own(block)?;
        self.validated.keep(block.header().digest(), valid);
        Some(block)
    }

    /// Ids of the commands that a block holds.
    fn command_ids(&self, block: &OrderedBlock) -> Option<Vec<CommandId>> {
        if block.get().payload.is_empty() {
            return Some(Vec::new());
        }
        if let Some(valid) = self.validated.get(&block.header().digest()) {
            return Some(valid.commands().iter().map(|command| command.id()).collect());
        }
        let commands: Vec<SignedCommand> = decode(&block.get().payload, MAX_PAYLOAD_BYTES).ok()?;
        Some(commands.iter().map(|command| command.body.id()).collect())
    }

    /// The bounds of a block, once this node has executed the block whose results it declares (D1).
    /// Any do for a block without commands, and for one that is refused whatever they are. There is no
    /// verdict on a height that is executed here already.
    async fn limits<E: Clock>(&self, clock: &E, block: &OrderedBlock, parent: &Header) -> Limits {
        let header = block.header();
        let follows =
            header.height == parent.height.next() && header.results.height < header.height;
        if !follows || header.must_be_empty() || block.get().payload.is_empty() {
            return self.intake.limits();
        }
        self.finality.executed(clock, header.results.height, parent.height).await;
        match self.reader.limits_at(header.height) {
            Some(limits) => limits,
            None => futures::future::pending().await,
        }
    }

    /// For a height that is executed here already, on which there is no verdict, any version will do.
    fn executed(&self, header: &Header) -> Option<RulesVersion> {
        (header.height <= self.board.now().applied).then_some(RulesVersion::BASE)
    }

    /// Checks a block against its parent; signatures off the engine's own threads, and only those
    /// of commands that are not in the pool.
    async fn validate<E: CryptoRng + Spawner + Clock>(
        &self,
        context: &E,
        block: &Digested<OrderedBlock>,
        parent: Header,
    ) -> Result<(), BlockError> {
        if planted!(AcceptAnything) {
            return Ok(());
        }
        let header = block.inner().header();
        let Some(next) = self.committees.after(header.context.epoch) else {
            // Its engine runs, so that this is known.
            return futures::future::pending().await;
        };
        self.committees.epochs().check(header, &next)?;
        let limits = self.limits(context, block.inner(), &parent).await;
        let Some(version) = self.reader.rules_at(header.height).or_else(|| self.executed(header))
        else {
            // All blocks of earlier epochs are executed here, so that this is known.
            return futures::future::pending().await;
        };
        let (block, own) = (block.inner_shared(), self.clone());
        let job = context.child("validate").shared(true).spawn(move |mut context| async move {
            let digest = block.header().digest();
            if own.validated.get(&digest).is_some() {
                return Ok(());
            }
            let verified = |command: &Identified| own.intake.get(&command.id());
            let known = Known { payload: true, verified: &verified };
            let valid = block.get().validate_knowing(&parent, &limits, &known, &mut context)?;
            valid.check_rules(version)?;
            own.validated.keep(digest, valid);
            Ok(())
        });
        match job.await {
            Ok(verdict) => verdict,
            // The runtime is going down: no verdict.
            Err(_) => futures::future::pending().await,
        }
    }

    /// Compares declared results with our own, once we have them.
    async fn agrees<E: Clock>(&self, clock: &E, declared: &Results, parent: &Header) -> bool {
        if *declared == parent.results || planted!(AgreeAlways) {
            // The parent's own certificate stands for them.
            return true;
        }
        self.finality.executed(clock, declared.height, parent.height).await;
        match self.reader.results(declared.height) {
            Some(own) if own == *declared => true,
            Some(own) => {
                error!(height = %declared.height, ?own, ?declared, "verify.other_results");
                false
            }
            None => {
                error!(height = %declared.height, "verify.results_missing");
                futures::future::pending().await
            }
        }
    }
}

impl<E> EngineApplication<E> for Application
where
    E: CryptoRng + Spawner + Metrics + Clock + Storage,
{
    type SigningScheme = Scheme;
    type Context = SimplexContext;
    type Block = OrderedBlock;
    type Input = ();

    async fn propose(
        &mut self,
        (clock, context): (E, SimplexContext),
        mut ancestry: impl Ancestry<OrderedBlock>,
        (): (),
    ) -> Option<Digested<OrderedBlock>> {
        let parent = ancestry.next().await?;
        let header = *parent.inner().header();
        if planted!(FixedLag) {
            self.board.reached(header.height).await;
        }
        let taken = select! {
            taken = self.taken(&parent, ancestry) => taken,
            _ = clock.sleep(self.times.ancestry) => None,
        };
        if taken.is_none() {
            warn!(parent = %header.height, "propose.ancestry_unknown");
        }
        self.pause(&clock, &header, taken.as_ref()).await;
        let block = self.build(&context, &header, ledger_time(&clock), taken.as_ref())?;
        debug!(height = %block.header().height, bytes = block.get().payload.len(), "propose");
        Some(block.digested())
    }

    async fn verify(
        &mut self,
        (clock, _): (E, SimplexContext),
        mut ancestry: impl Ancestry<OrderedBlock>,
    ) -> bool {
        let (Some(block), Some(parent)) = (ancestry.next().await, ancestry.next().await) else {
            // Both are in memory when the engine asks; without them there is no verdict.
            return futures::future::pending().await;
        };
        stall(self.stalls.verify.as_ref(), &clock).await;
        let parent = *parent.inner().header();
        let header = *block.inner().header();
        if let Err(error) = self.validate(&clock, &block, parent).await {
            warn!(height = %header.height, %error, "verify.invalid");
            return false;
        }
        if !planted!(BelieveAnyClock) {
            clock.sleep_until(system_time(header.time)).await;
        }
        if planted!(FixedLag) && header.results.height != parent.height {
            return false;
        }
        self.agrees(&clock, &header.results, &parent).await
    }
}

impl Reporter for Application {
    type Activity = Update<OrderedBlock>;

    fn report(&mut self, update: Update<OrderedBlock>) -> Feedback {
        match update {
            Update::Tip(_, height, _) => {
                self.board.finalized(Height::new(height.get()));
                Feedback::Ok
            }
            Update::Block(block, ack) => match self.executor.send(Delivery::Block(block, ack)) {
                Ok(()) => Feedback::Ok,
                Err(_) => Feedback::Closed,
            },
        }
    }
}
