//! `florin verify --replay`: a ledger's blocks are executed again, from genesis or from a snapshot, and every
//! result is compared with what the committee certified.
//!
//! ```text
//! genesis or snapshot -> a store of its own -> blocks of the validators -> the observer's follower -> recount
//! ```
//!
//! # Place      an overseer -> [replay] -> `observer::follower` -> one line each
//! # Invariants W25 only certified blocks are executed, members' signatures are checked again; what it says of a
//! #            block, a certified header has declared as well
//! # Absent     blocks that the validators no longer have

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use ledger_core::{
    block::Results, digest::Hash32, genesis::Genesis, quarantine::SignedQuarantine,
    rules::RulesVersion, time::Height,
};
use ledger_store::{Store, StoreError, View, recount::recount};
use serde::Serialize;
use settlement_api::ledger_port::{LedgerClient, PortError};
use verifier::{Committee, VerifyError};

use super::tell;
use crate::{
    cli::{
        call,
        input::{self, InputError},
        snapshot::ledger,
        ui::{self, Failure, NOT_DONE},
    },
    keyfile::{KeyFileError, TransportKey},
    ledger_port::metrics::Metrics,
    observer::follower::{FollowError, Follower},
    pipeline::Executor,
};

/// Time without a further block after which it gives up.
const PATIENCE: Duration = Duration::from_secs(60);
/// Pause after a question that brought nothing.
const PAUSE: Duration = Duration::from_millis(200);

/// Options of `florin verify --replay`.
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// Execute the ledger's blocks again and compare every result with the certified one.
    #[arg(long, requires_all = ["genesis", "validators", "key"])]
    replay: bool,
    /// With --replay: the network.
    #[arg(long, requires = "replay")]
    genesis: Option<PathBuf>,
    /// With --replay: a validator's base URL; repeatable.
    #[arg(long = "validator", requires = "replay")]
    validators: Vec<String>,
    /// With --replay: the file of a key of role regulator, which blocks are asked for with.
    #[arg(long, requires = "replay")]
    key: Option<PathBuf>,
    /// With --replay: begin with this snapshot instead of genesis.
    #[arg(long, requires = "replay")]
    snapshot: Option<PathBuf>,
    /// With --replay: what validators set aside of a block; repeatable.
    #[arg(long = "quarantine", requires = "replay")]
    quarantines: Vec<PathBuf>,
    /// With --replay: up to this block; up to the latest certified one if not given.
    #[arg(long, requires = "replay")]
    to: Option<u64>,
    /// With --replay: folder for the replayed ledger, kept; a temporary one if not given.
    #[arg(long, requires = "replay")]
    out: Option<PathBuf>,
}

impl ReplayArgs {
    /// Whether a replay is asked for.
    pub(super) const fn is_asked(&self) -> bool {
        self.replay
    }
}

/// Why a replay has no end.
#[derive(Debug, thiserror::Error)]
enum ReplayError {
    /// A file.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The key cannot be read.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// Genesis names no committee.
    #[error("genesis: {0}")]
    Committee(#[from] VerifyError),
    /// The ledger cannot be asked.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The folder of the replayed ledger.
    #[error("{path}: {error}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// What the file system said.
        error: io::Error,
    },
    /// The folder has something in it.
    #[error("{0} is not empty; name a folder that is absent or empty")]
    NotEmpty(PathBuf),
    /// A store cannot be read.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// Something is certified that does not follow.
    #[error("not valid: {0}")]
    NotValid(#[from] FollowError),
    /// No block came.
    #[error(
        "after block {reached} no validator gave a certified block for {} s; give more of them, or a \
         snapshot, if they no longer keep what is asked for",
        PATIENCE.as_secs()
    )]
    NoBlock {
        /// The last block that was executed.
        reached: Height,
    },
    /// The end is before the beginning.
    #[error("the snapshot is of block {from}, after block {to}")]
    Backwards {
        /// Where it begins.
        from: Height,
        /// Where it should end.
        to: Height,
    },
    /// What came of it has no JSON.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
}

impl From<ReplayError> for Failure {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::NotValid(_) | ReplayError::NoBlock { .. } => Self::of(error),
            _ => Self::usage(error),
        }
    }
}

/// What a replay came to.
#[derive(Serialize)]
struct Replayed {
    /// What it began with.
    from: Height,
    /// The last block that was executed.
    to: Height,
    /// The last block, of those that were asked for, whose results a certified header declares.
    certified: Height,
    /// State root after that block.
    state_root: Hash32,
    /// Root of the history up to that block.
    history_root: Hash32,
    /// How long it took.
    seconds: f64,
    /// Whether a store that was named has the same roots there; nothing where none was named.
    same_as_data: Option<bool>,
}

impl Replayed {
    fn text(&self) -> Vec<String> {
        let Self { from, to, certified, state_root, history_root, seconds, .. } = self;
        let beginning = match from.get() {
            0 => "genesis".to_owned(),
            block => format!("the snapshot of block {block}"),
        };
        let mut lines = vec![
            format!("replayed blocks {} to {to} from {beginning} in {seconds:.1} s", from.next()),
            format!("every result up to block {certified} is the one that the committee certified"),
            format!("state root {state_root}, history root {history_root}"),
        ];
        lines.extend(self.same_as_data.map(|same| {
            let verdict = if same { "has the same roots" } else { "HAS OTHER ROOTS" };
            format!("the store {verdict} after block {certified}")
        }));
        lines
    }
}

/// Where the replayed ledger lives; a temporary one goes with it.
struct Folder {
    path: PathBuf,
    temporary: bool,
}

impl Folder {
    fn make(given: Option<&Path>) -> Result<Self, ReplayError> {
        let path = given.map_or_else(
            || std::env::temp_dir().join(format!("florin-replay-{}", std::process::id())),
            Path::to_path_buf,
        );
        let io = |error| ReplayError::Folder { path: path.clone(), error };
        fs::create_dir_all(&path).map_err(io)?;
        if fs::read_dir(&path).map_err(io)?.next().is_some() {
            return Err(ReplayError::NotEmpty(path));
        }
        Ok(Self { path, temporary: given.is_none() })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.temporary {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub(super) fn run(
    args: &ReplayArgs,
    data: Option<&Path>,
    trust: Option<&Path>,
    json: bool,
) -> Result<ExitCode, Failure> {
    let runtime = call::runtime().map_err(Failure::of)?;
    let folder = Folder::make(args.out.as_deref())?;
    let ledger = folder.path.join("ledger");
    let replayed = runtime.block_on(replay(args, (data, trust), &ledger))?;
    if json {
        ui::line(&serde_json::to_string(&replayed).map_err(ReplayError::from)?);
    } else {
        replayed.text().iter().for_each(|line| ui::line(line));
    }
    let view = Store::open_read_only(&ledger).map_err(ReplayError::from)?;
    let none_broken = tell(&recount(&view).map_err(ReplayError::from)?.1, json)?;
    let good = none_broken && replayed.same_as_data != Some(false);
    Ok(ExitCode::from(if good { 0 } else { NOT_DONE }))
}

async fn replay(
    args: &ReplayArgs,
    (data, trust): (Option<&Path>, Option<&Path>),
    ledger: &Path,
) -> Result<Replayed, ReplayError> {
    let started = Instant::now();
    // Clap asks for these three.
    let genesis = input::genesis(args.genesis.as_deref().unwrap_or(Path::new("-")))?;
    let key = TransportKey::load(args.key.as_deref().unwrap_or(Path::new("-")))?;
    let committee = Arc::new(match trust {
        Some(trust) => input::trust(trust)?,
        None => Committee::new(&genesis)?,
    });
    let client = LedgerClient::new(args.validators.clone(), Arc::new(key), Arc::clone(&committee))?;
    client.learn_committees().await?;
    let to = match args.to {
        Some(to) => Height::new(to),
        None => client.latest().await?.header.height,
    };
    let executor = begin(args, &genesis, &committee, ledger)?;
    let (from, view) = (executor.last().height, executor.executed().view().clone());
    if from > to {
        return Err(ReplayError::Backwards { from, to });
    }
    let mut follower =
        Follower::new(client.clone(), committee, executor, RulesVersion::KNOWN).up_to(to);
    follow(&mut follower, &client, (from, to)).await?;
    let last = *follower.last();
    // What later headers declare is compared with what was executed; of the last blocks none does yet.
    let certified = to.min(last.results.height);
    let results = view.results_at(certified)?;
    let results = results.ok_or(StoreError::Damaged { what: "results" })?;
    let Results { height, state_root, history_root } = results;
    let same_as_data = match data {
        Some(data) => Some(same(&view, &Store::open_read_only(&self::ledger(data))?, height)?),
        None => None,
    };
    Ok(Replayed {
        from,
        to: last.height,
        certified: height,
        state_root,
        history_root,
        seconds: started.elapsed().as_secs_f64(),
        same_as_data,
    })
}

/// An executor over a ledger that is genesis, or what a snapshot holds.
fn begin(
    args: &ReplayArgs,
    genesis: &Genesis,
    committee: &Committee,
    ledger: &Path,
) -> Result<Executor, ReplayError> {
    let quarantines = args.quarantines.iter().map(|path| input::json(path));
    let quarantines: Vec<SignedQuarantine> = quarantines.collect::<Result<_, _>>()?;
    match &args.snapshot {
        Some(from) => {
            let holds = |header: &_, certificate: &_| committee.verify(header, certificate).is_ok();
            Store::restore(from, ledger, genesis, holds, &mut |_| {})?;
        }
        None => {
            let io = |error| ReplayError::Folder { path: ledger.to_path_buf(), error };
            fs::create_dir_all(ledger).map_err(io)?;
        }
    }
    let mut executor = Executor::open(ledger, genesis, Arc::new(Metrics::default()))?;
    executor.set_aside(quarantines)?;
    Ok(executor)
}

/// Executes up to a block.
async fn follow(
    follower: &mut Follower,
    client: &LedgerClient,
    (from, to): (Height, Height),
) -> Result<(), ReplayError> {
    let bar = ProgressBar::new(to.get());
    if let Ok(style) =
        ProgressStyle::with_template("{spinner} [{bar:30}] {pos}/{len} {elapsed} {msg}")
    {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_position(from.get());
    let mut moved = Instant::now();
    while !follower.is_there() {
        if follower.step().await? {
            moved = Instant::now();
            bar.set_position(follower.last().height.get());
        } else if moved.elapsed() > PATIENCE {
            return Err(ReplayError::NoBlock { reached: follower.last().height });
        } else {
            client.turn();
            tokio::time::sleep(PAUSE).await;
        }
    }
    bar.finish_and_clear();
    Ok(())
}

/// Whether another store has the same results of a block.
fn same(replayed: &View, other: &View, height: Height) -> Result<bool, ReplayError> {
    Ok(replayed.results_at(height)? == other.results_at(height)?)
}
