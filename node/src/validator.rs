//! A validator: engine, store and ledger port in one process.
//!
//! ```text
//! start   genesis -> keys -> store -> engine -> ledger port -> pid file
//! stop    ledger port (requests under way end) -> engine -> store
//! ```
//!
//! # Place      `florin validator` -> [validator] -> `pipeline`, `ledger_port`, consensus, store
//! # Invariants it serves only while its engine runs; it ends with an error unless it was asked to
//! #            end
//! # Absent     rules

use std::{fs, io, path::PathBuf, sync::Arc};

use consensus::{
    Beginning, CommitteeError, IdentitySecret, KeyError, NodeConfig, Seat, StartError, StopReason,
    VoteSecret,
};
use ledger_core::{
    genesis::{Genesis, VoteKey},
    state::State,
    time::Height,
};
use ledger_store::StoreError;
use settlement_api::nonce::NonceError;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    beginning::{self, BeginningError},
    cli::input::{self, InputError},
    config::{Config, ConfigError, ProcessRole, purpose},
    http::Server,
    keyfile::{self, KeyFileError},
    last_words::{self, Stopped},
    ledger_port::{self, Port, metrics::Metrics},
    pidfile::PidFile,
    pipeline::{Closing, Executor, Pipeline},
    space::Space,
    tls::TlsFault,
};

/// Why a validator did not start, or ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ValidatorError {
    /// The configuration is another process's, or lacks something.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Genesis cannot be read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// Genesis names no valid committee.
    #[error("genesis: {0}")]
    Committee(#[from] CommitteeError),
    /// TLS cannot be served.
    #[error(transparent)]
    Tls(#[from] TlsFault),
    /// A key cannot be read.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// The vote key's file holds something else.
    #[error("[signers.vote]: {0}")]
    VoteKey(#[from] KeyError),
    /// The store cannot be opened.
    #[error("store: {0}")]
    Store(#[from] StoreError),
    /// The memory of nonces cannot be opened.
    #[error("nonces: {0}")]
    Nonces(#[from] NonceError),
    /// The engine did not start.
    #[error("engine: {0}")]
    Start(#[from] StartError),
    /// The engine's folder is empty, and the store, which is not, has no certificate to go on from.
    #[error(
        "the ledger is at height {height} and has no certified block to go on from, and data/engine is \
         empty: move data/ledger away and restore a snapshot (florin restore), or start with neither"
    )]
    NoFloor {
        /// Where the ledger is.
        height: Height,
    },
    /// Where the engine's folder begins cannot be read.
    #[error("data/engine/{file}: {0}; restore the folder from a copy, or move it away", file = beginning::FILE)]
    Beginning(#[from] BeginningError),
    /// The operating system refused something.
    #[error("{what}: {error}")]
    Io {
        /// What.
        what: &'static str,
        /// What it said.
        error: io::Error,
    },
    /// The engine stopped by itself.
    #[error("the validator stopped by itself: {0}{step}", step = .0.next_step())]
    Stopped(StopReason),
    /// The engine stopped by itself, most likely because it could not write.
    #[error(
        "{0}, and the disk of its data folder is nearly full: make room and start it again; it \
         catches up, and nothing acknowledged is lost"
    )]
    DiskFull(StopReason),
    /// The ledger port stopped by itself.
    #[error("the ledger port stopped by itself; see the log")]
    PortEnded,
}

impl ValidatorError {
    /// Whether it stopped for good.
    const fn stopped(&self) -> Option<Stopped> {
        match self {
            Self::Store(error) => Stopped::of_store(error),
            Self::Start(error) => Stopped::of_start(error),
            Self::Stopped(reason) => Stopped::of_engine(reason),
            _ => None,
        }
    }
}

fn io_at(what: &'static str) -> impl FnOnce(io::Error) -> ValidatorError {
    move |error| ValidatorError::Io { what, error }
}

/// Runs a validator until SIGTERM or SIGINT.
///
/// # Errors
/// [`ValidatorError`]: it did not start, or it stopped by itself.
pub(crate) fn run(config: &Config, votes_are_over: bool) -> Result<(), ValidatorError> {
    if config.role != ProcessRole::Validator {
        return Err(ConfigError::OtherRole { role: "validator" }.into());
    }
    let genesis = input::genesis(&config.genesis)?;
    consensus::committee::check_genesis(&genesis)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(io_at("runtime"))?;
    let running = {
        let _inside = runtime.enter();
        Running::start(config, genesis, votes_are_over)
    };
    let outcome = running.and_then(|running| runtime.block_on(running.until_told()));
    if let Some(stopped) = outcome.as_ref().err().and_then(ValidatorError::stopped) {
        runtime.block_on(last_words::say(config, purpose::IDENTITY, stopped));
    }
    outcome
}

/// Folders in a validator's data directory.
struct Folders {
    /// The store.
    ledger: PathBuf,
    /// The engine's log, blocks and certificates.
    engine: PathBuf,
}

impl Folders {
    fn make(config: &Config) -> Result<Self, ValidatorError> {
        let folders =
            Self { ledger: config.data.join("ledger"), engine: config.data.join("engine") };
        for folder in [&folders.ledger, &folders.engine] {
            fs::create_dir_all(folder).map_err(io_at("data directory"))?;
        }
        Ok(folders)
    }
}

/// A validator's parts while it runs.
struct Running {
    node: consensus::Node,
    server: Server,
    closing: Closing,
    space: Space,
    signals: Signals,
    /// Files of vote keys.
    keys: Vec<(PathBuf, VoteKey)>,
    /// Removed with it.
    _pid: PidFile,
}

impl Running {
    fn start(
        config: &Config,
        genesis: Genesis,
        votes_are_over: bool,
    ) -> Result<Self, ValidatorError> {
        let signals = Signals::new().map_err(io_at("signals"))?;
        let listen = config.ledger_port.listen;
        let listen = listen
            .ok_or(ConfigError::Missing { key: "[ledger_port] listen", role: "validator" })?;
        let folders = Folders::make(config)?;
        let metrics = Arc::new(Metrics::default());
        metrics.knows(config.rules()?);
        let mut executor = Executor::open(&folders.ledger, &genesis, Arc::clone(&metrics))?;
        executor.set_aside(config.quarantines()?)?;
        let (executed, closing) = (executor.executed(), executor.closing());
        let beginning = beginning::of(&folders.engine, executed.view(), votes_are_over)?;
        let keys = vote_keys(config)?.into_iter().map(|(path, key)| (path, key.vote_key()));
        let keys = keys.collect();
        let engine = engine_config(config, genesis, (folders.engine, beginning))?;
        let node = consensus::start(engine, executor)?;
        let space = Space::new(config.data.clone(), config.storage);
        let pipeline = Pipeline::new(Arc::new(node.clone()), executed).within(space.clone());
        let served = Port::new(pipeline, metrics, &config.data)
            .map_err(ValidatorError::from)
            .and_then(|port| {
                let tls = port.tls(config, purpose::IDENTITY)?;
                let served = ledger_port::serve(listen, tls, port);
                served.map_err(io_at("[ledger_port] listen"))
            });
        let with_pid = served.and_then(|server| {
            let pid = PidFile::write(&config.folder).map_err(io_at("pid file"))?;
            Ok((server, pid))
        });
        match with_pid {
            Ok((server, pid)) => {
                Ok(Self { node, server, closing, space, signals, keys, _pid: pid })
            }
            Err(error) => {
                node.stop();
                let _ = node.wait();
                Err(error)
            }
        }
    }

    /// Waits for a signal, or for a part that ends by itself; then ends all parts in order.
    async fn until_told(mut self) -> Result<(), ValidatorError> {
        tracing::info!(address = %self.server.address(), "validator.running");
        tokio::spawn(watch_standing(self.node.clone(), std::mem::take(&mut self.keys)));
        let outcome = tokio::select! {
            name = self.signals.next() => {
                tracing::info!(signal = name, "validator.stopping");
                Ok(())
            }
            reason = self.node.stopped() => Err(ValidatorError::Stopped(reason)),
            () = self.server.ended() => Err(ValidatorError::PortEnded),
        };
        self.closing.close();
        self.server.stop().await;
        self.node.stop();
        match (outcome, self.node.stopped().await) {
            (Ok(()), StopReason::Requested) => {
                tracing::info!("validator.stopped");
                Ok(())
            }
            (Err(ValidatorError::Stopped(reason)), _) if self.space.is_low() => {
                Err(ValidatorError::DiskFull(reason))
            }
            (Ok(()), reason) => Err(ValidatorError::Stopped(reason)),
            (Err(error), _) => Err(error),
        }
    }
}

/// What the engine needs to know.
fn engine_config(
    config: &Config,
    genesis: Genesis,
    (storage, beginning): (PathBuf, Beginning),
) -> Result<NodeConfig, ValidatorError> {
    let p2p = config.p2p.as_ref();
    let p2p = p2p.ok_or(ConfigError::Missing { key: "[p2p]", role: "validator" })?;
    let identity = keyfile::read(config.signer(purpose::IDENTITY)?)?;
    let (state, _) = State::genesis(&genesis).map_err(StoreError::Genesis)?;
    Ok(NodeConfig {
        genesis_state_root: state.results().state_root,
        genesis,
        identity: IdentitySecret::from_bytes(*identity),
        votes: vote_keys(config)?.into_iter().map(|(_, secret)| secret).collect(),
        listen: p2p.listen,
        peers: p2p.peers.clone(),
        storage,
        beginning,
        rules: config.rules()?,
        distance: p2p.distance,
    })
}

/// The vote keys that this validator holds, with their files. That of `[signers.vote]` may be gone: a
/// validator that left, or that votes with its next key by now, has destroyed it.
fn vote_keys(config: &Config) -> Result<Vec<(PathBuf, VoteSecret)>, ValidatorError> {
    let mut keys = Vec::new();
    let next = config.signers.get(purpose::NEXT_VOTE).map(PathBuf::as_path);
    for path in [Some(config.signer(purpose::VOTE)?), next].into_iter().flatten() {
        if path.exists() {
            let secret = keyfile::read(path)?;
            keys.push((path.to_path_buf(), VoteSecret::from_bytes(&secret)?));
        } else {
            tracing::warn!(path = %path.display(), "validator.no_vote_key");
        }
    }
    Ok(keys)
}

/// Says in which epoch this validator votes, and destroys vote keys that no vote is cast with any more.
async fn watch_standing(node: consensus::Node, keys: Vec<(PathBuf, VoteKey)>) {
    let mut standing = node.standing();
    // What was said before counts as well.
    standing.mark_changed();
    while standing.changed().await.is_ok() {
        let Some(now) = standing.borrow_and_update().clone() else { continue };
        match now.seat {
            Seat::Votes(_) => tracing::info!(epoch = now.epoch, "validator.votes"),
            Seat::OtherKey(_) | Seat::Waits(_) | Seat::Follows => {
                tracing::warn!(epoch = now.epoch, "validator.does_not_vote");
            }
        }
        for (path, _) in keys.iter().filter(|(_, key)| now.retired.contains(key)) {
            match keyfile::destroy(path) {
                Ok(()) => tracing::warn!(path = %path.display(), "validator.vote_key_destroyed"),
                Err(error) if path.exists() => {
                    tracing::error!(%error, "validator.vote_key_not_destroyed: destroy it by hand");
                }
                Err(_) => {}
            }
        }
    }
}

/// The signals that ask a process to end.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// The next one's name.
    pub(crate) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
