//! A validator's engine as the rest of the process sees it: start, submit, watch, stop.
//!
//! The engine runs its own runtime on its own thread; everything here may be called from any
//! thread or runtime.
//!
//! # Place      node (validator.rs) -> [node] -> engine
//! # Invariants the ledger is dropped before [`Node::wait`] answers
//! # Absent     HTTP, signals, configuration files

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use commonware_runtime::{Metrics as _, Runner as _, Supervisor as _, tokio};
use commonware_utils::channel::watch;
use ledger_core::{
    block::{Block, Header},
    command::SignedCommand,
    digest::Hash32,
    genesis::Genesis,
    id::{CommandId, Lei},
    rules::RulesVersion,
    signature::PublicKey,
    time::{Height, LedgerTime},
};
use rand_core::CryptoRng;

use crate::{
    application::Stalls,
    committee::{Committees, Seat},
    directory,
    distance::Distance,
    engine::{self, Blocks, Shared},
    error::{NewerRules, StartError, StopReason, SubmitError},
    intake::Intake,
    keys::{IdentitySecret, VoteSecret},
    mempool::Bounds,
    port::Ledger,
    progress::{Board, Progress, Standing},
};

/// Threads of the engine's runtime; executor and gossip have their own.
const WORKERS: usize = 2;

/// What a validator's engine needs to know.
#[derive(Clone, Debug)]
pub struct NodeConfig {
    /// The network.
    pub genesis: Genesis,
    /// State root after genesis, before the first block.
    pub genesis_state_root: Hash32,
    /// Who this validator is on the validators' network.
    pub identity: IdentitySecret,
    /// What it votes with: the key that the committee of an epoch lists for it, and where its key
    /// changes, also the next one. Never run the same secret in two processes.
    pub votes: Vec<VoteSecret>,
    /// Where it listens for other validators.
    pub listen: SocketAddr,
    /// Where every validator can be reached, this one included, and those that may join or have left.
    pub peers: BTreeMap<PublicKey, SocketAddr>,
    /// The engine's folder: write-ahead log, blocks, certificates. Never roll it back while the
    /// validator lives.
    pub storage: PathBuf,
    /// Where what is in that folder begins.
    pub beginning: Beginning,
    /// The highest version of the rules that it knows: it says so, and stops where a later one acts.
    pub rules: RulesVersion,
    /// How far apart the validators are.
    pub distance: Distance,
}

/// Where an engine's folder begins: the record of this validator's votes, and the blocks.
#[derive(Clone, Debug, Default)]
pub struct Beginning {
    /// When the folder was made. Epochs that may have begun before are not voted in (C6), but for the
    /// first one of a folder that begins at genesis; 0 where the folder holds every vote that was ever
    /// cast with these keys.
    pub votes_since: LedgerTime,
    /// The certificate (engine encoding of a finalization) of a block that the ledger has executed,
    /// from which on blocks are fetched; none where they are fetched from genesis on.
    pub floor: Option<Vec<u8>>,
}

/// How far this validator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Highest height known to be finalized.
    pub finalized: Height,
    /// Highest height executed here.
    pub applied: Height,
    /// Highest height whose results a block finalized and executed here declares: what is settled.
    pub proven: Height,
    /// Validators connected, this one left out.
    pub peers: usize,
}

/// Where metrics are read while the engine runs. Emptied when it ends, because a runtime context
/// holds the storage folder.
#[derive(Default)]
struct Registry(Mutex<Option<tokio::Context>>);

impl Registry {
    fn slot(&self) -> MutexGuard<'_, Option<tokio::Context>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Inner {
    shared: Shared,
    stop: watch::Sender<bool>,
    stopped: watch::Receiver<Option<StopReason>>,
    registry: Arc<Registry>,
}

/// A running engine's handle; cheap to clone. Dropping all of them does not stop the engine.
#[derive(Clone)]
pub struct Node(Arc<Inner>);

/// Starts a validator's engine on a thread of its own.
///
/// # Errors
/// [`StartError`], before anything runs.
pub fn start(config: NodeConfig, ledger: impl Ledger) -> Result<Node, StartError> {
    start_boxed(config, Box::new(ledger))
}

/// As [`start`]; not generic, so that the engine is compiled once.
fn start_boxed(config: NodeConfig, ledger: Box<dyn Ledger>) -> Result<Node, StartError> {
    engine::check(&config)?;
    check_ledger(&config, &ledger)?;
    std::fs::create_dir_all(&config.storage).map_err(|_| StartError::Storage)?;
    std::net::TcpListener::bind(config.listen).map_err(|_| StartError::Listen)?;
    let (intake, outbox) = Intake::new(&config.genesis, Bounds::default());
    let shared = Shared {
        intake,
        board: Board::default(),
        stalls: Stalls::default(),
        blocks: Blocks::default(),
    };
    let (stop, asked) = watch::channel(false);
    let (ended, stopped) = watch::channel(None);
    let registry = Arc::new(Registry::default());
    let (inside, metrics) = (shared.clone(), registry.clone());
    let work = move || {
        let runtime = tokio::Config::new()
            .with_storage_directory(&config.storage)
            .with_worker_threads(WORKERS)
            .with_tcp_nodelay(Some(true));
        let (intake, slot) = (inside.intake.clone(), metrics.clone());
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            tokio::Runner::new(runtime).start(|context| async move {
                *slot.slot() = Some(context.child("florin"));
                Box::pin(engine::run(context, config, ledger, inside, outbox, asked)).await
            })
        }));
        intake.close();
        metrics.slot().take();
        let reason = outcome.unwrap_or(StopReason::Panicked);
        ended.send_replace(Some(reason));
    };
    let thread = std::thread::Builder::new().name("consensus".to_owned());
    thread.spawn(work).map_err(|_| StartError::Thread)?;
    Ok(Node(Arc::new(Inner { shared, stop, stopped, registry })))
}

/// A store from another genesis must be noticed before it is written to.
fn check_ledger(config: &NodeConfig, ledger: &dyn Ledger) -> Result<(), StartError> {
    let genesis = Header::genesis(&config.genesis, config.genesis_state_root);
    let tip = ledger.applied();
    let fresh = tip.height == genesis.height;
    if tip.chain != genesis.chain || (fresh && tip.digest() != genesis.digest()) {
        return Err(StartError::OtherGenesis);
    }
    let (next, reader) = (tip.height.next(), ledger.reader());
    let needs = reader.rules_at(next).ok_or(StartError::OtherGenesis)?;
    NewerRules::check(next, needs, config.rules)?;
    check_seat(config, ledger)
}

/// Whoever is in the committee must hold its key, and know where the others are.
fn check_seat(config: &NodeConfig, ledger: &dyn Ledger) -> Result<(), StartError> {
    let committees = Committees::new(&config.genesis, &config.identity, &config.votes);
    let tip = ledger.applied().height;
    let record = ledger.reader().committee().ok_or(StartError::OtherGenesis)?;
    committees.learn(&record, tip)?;
    let now = committees.epochs().containing(tip.next());
    let seat = |epoch: u64| committees.of(epoch).map(|found| found.seat);
    let other = matches!(seat(now), Some(Seat::OtherKey(_)));
    if other && !matches!(seat(now.saturating_add(1)), Some(Seat::Votes(_))) {
        return Err(StartError::OtherVoteKey);
    }
    let listed = committees.of(now).map(|found| found.validators).unwrap_or_default();
    let decided = ledger.reader().addresses().unwrap_or_default();
    let places = directory::places(&config.identity.public_key(), &config.peers, &decided);
    for (index, validator) in listed.iter().enumerate() {
        if !places.contains_key(&validator.identity) {
            return Err(StartError::PeerMissing { index });
        }
    }
    Ok(())
}

impl Node {
    /// Takes a command: checks it, signatures included, on the caller's thread, and puts it into
    /// the pool. `Ok` promises nothing but that it will be proposed while it has not expired.
    ///
    /// # Errors
    /// [`SubmitError`].
    pub fn submit(&self, command: SignedCommand) -> Result<CommandId, SubmitError> {
        self.0.shared.intake.submit(command, now())
    }

    /// As [`Node::submit`] for many commands at once, which costs less of each; what became of each,
    /// in their order.
    pub fn submit_all(
        &self,
        commands: Vec<SignedCommand>,
        rng: &mut impl CryptoRng,
    ) -> Vec<Result<CommandId, SubmitError>> {
        self.0.shared.intake.submit_all(commands, now(), rng)
    }

    /// Whether an organisation's clients may add a command to the pool now. Nothing changes by asking.
    ///
    /// # Errors
    /// [`SubmitError::Stopped`], [`SubmitError::QuotaExceeded`], [`SubmitError::PoolFull`].
    pub fn room(&self, organisation: &Lei) -> Result<(), SubmitError> {
        self.0.shared.intake.room(organisation, now())
    }

    /// Commands that wait to be executed.
    #[must_use]
    pub fn mempool_len(&self) -> usize {
        self.0.shared.intake.len()
    }

    /// The engine's metrics as OpenMetrics text, ending in `# EOF`.
    #[must_use]
    pub fn metrics(&self) -> String {
        match self.0.registry.slot().as_ref() {
            Some(context) => context.encode(),
            None => "# EOF\n".to_owned(),
        }
    }

    /// How far this validator is.
    #[must_use]
    pub fn status(&self) -> Status {
        let progress = self.0.shared.board.now();
        Status {
            finalized: progress.finalized,
            applied: progress.applied,
            proven: progress.proven,
            peers: connected_peers(&self.metrics()),
        }
    }

    /// A finalized block as the engine's archive keeps it; `None` when it is not there, or when the
    /// engine has stopped. For any runtime.
    pub async fn block(&self, height: Height) -> Option<Block> {
        self.0.shared.blocks.at(height).await
    }

    /// Watches the progress of execution: settled heights without polling.
    #[must_use]
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.0.shared.board.watch()
    }

    /// Watches this validator's part in each epoch; nothing before the first.
    #[must_use]
    pub fn standing(&self) -> watch::Receiver<Option<Standing>> {
        self.0.shared.board.standing()
    }

    /// Asks the engine to stop; [`Node::wait`] tells when it has.
    pub fn stop(&self) {
        self.0.shared.intake.close();
        self.0.stop.send_replace(true);
    }

    /// Answers why the engine stopped, when it has stopped. For any runtime.
    pub async fn stopped(&self) -> StopReason {
        let mut stopped = self.0.stopped.clone();
        let reason = stopped.wait_for(Option::is_some).await;
        // A thread that went away without a word panicked.
        reason.ok().and_then(|reason| *reason).unwrap_or(StopReason::Panicked)
    }

    /// Blocks until the engine stopped and its ledger is closed, and answers why.
    #[must_use]
    pub fn wait(&self) -> StopReason {
        futures::executor::block_on(self.stopped())
    }
}

/// The system's clock as ledger time.
fn now() -> LedgerTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    LedgerTime::new(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The network keeps one gauge per connected peer and shows them nowhere else.
fn connected_peers(metrics: &str) -> usize {
    metrics
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter(|line| line.split('{').next().is_some_and(|name| name.ends_with("_connected")))
        .count()
}
