//! An observer: a full copy that does not vote, executed here and served to auditors.
//!
//! ```text
//! start   genesis -> key -> store -> ledger port -> audit API -> follower -> pid file
//! stop    audit API, ledger port (requests under way end) -> follower -> store
//! ```
//!
//! # Place      `florin observer` -> [observer] -> `follower`, `pipeline`, `ledger_port`, audit API
//! # Invariants it serves only while it follows; once its results differ from the committee's it
//! #            serves nothing and ends with an error
//! # Absent     votes, payloads kept, snapshots to start from (planned)

use std::{fs, io, path::PathBuf, sync::Arc};

use actix_web::{App, HttpServer, web::Data};
use consensus::NewerRules;
use ledger_core::{genesis::Genesis, id::Text, rules::RulesVersion};
use ledger_store::StoreError;
use settlement_api::{
    audit::{self, AuditApp},
    auth::Authenticator,
    http_signature::unix_now_s,
    ledger_port::{LedgerClient, PortError},
    nonce::{FileNonceStore, NonceError, NonceLimits},
};
use tokio::{sync::watch, task::JoinHandle};
use verifier::{Committee, VerifyError};

use crate::{
    cli::input::{self, InputError},
    config::{Config, ConfigError, ProcessRole, purpose},
    http::{SHUTDOWN_S, Server},
    keyfile::{KeyFileError, TransportKey},
    last_words::{self, Stopped},
    ledger_port::{self, Port, metrics::Metrics},
    observer::{
        books::Books,
        follower::{FollowError, Follower},
    },
    pidfile::PidFile,
    pipeline::{Closing, Executed, Executor, Pipeline},
    tls::{self, TlsFault},
    validator::Signals,
};

mod books;
pub(crate) mod follower;
mod run;
#[cfg(test)]
mod testing;

/// Why an observer did not start, or ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ObserverError {
    /// The configuration is another process's, or lacks something.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Genesis cannot be read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// Genesis names no valid committee.
    #[error("genesis: {0}")]
    Committee(#[from] VerifyError),
    /// TLS cannot be served.
    #[error(transparent)]
    Tls(#[from] TlsFault),
    /// The key cannot be read.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// The store cannot be opened.
    #[error("store: {0}")]
    Store(#[from] StoreError),
    /// The memory of nonces cannot be opened.
    #[error("nonces: {0}")]
    Nonces(#[from] NonceError),
    /// No client of the ledger port can be made.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The operating system refused something.
    #[error("{what}: {error}")]
    Io {
        /// What.
        what: &'static str,
        /// What it said.
        error: io::Error,
    },
    /// It can no longer follow.
    #[error(transparent)]
    Follow(#[from] FollowError),
    /// The follower went away without a word.
    #[error("the observer's follower ended unexpectedly; see the log")]
    FollowerEnded,
    /// A server stopped by itself.
    #[error("the {0} stopped by itself; see the log")]
    ServerEnded(&'static str),
}

impl ObserverError {
    /// Whether it stopped for good.
    const fn stopped(&self) -> Option<Stopped> {
        match self {
            Self::Store(error) | Self::Follow(FollowError::Store(error)) => {
                Stopped::of_store(error)
            }
            Self::Follow(FollowError::NewerRules(newer)) => Some(Stopped::NewerRules(*newer)),
            _ => None,
        }
    }
}

fn io_at(what: &'static str) -> impl FnOnce(io::Error) -> ObserverError {
    move |error| ObserverError::Io { what, error }
}

/// Runs an observer until SIGTERM or SIGINT.
///
/// # Errors
/// [`ObserverError`]: it did not start, or it cannot go on.
pub(crate) fn run(config: &Config) -> Result<(), ObserverError> {
    if config.role != ProcessRole::Observer {
        return Err(ConfigError::OtherRole { role: "observer" }.into());
    }
    let genesis = input::genesis(&config.genesis)?;
    // One thread executes blocks, the other hears signals meanwhile.
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build().map_err(io_at("runtime"))?;
    runtime.block_on(async {
        let running = Running::start(config, &genesis);
        let outcome = match running {
            Ok(running) => running.until_told().await,
            Err(error) => Err(error),
        };
        if let Some(stopped) = outcome.as_ref().err().and_then(ObserverError::stopped) {
            last_words::say(config, purpose::REGULATOR, stopped).await;
        }
        outcome
    })
}

/// An observer's parts while it runs.
struct Running {
    port: Server,
    api: Server,
    follower: JoinHandle<Result<(), FollowError>>,
    stop: watch::Sender<bool>,
    closing: Closing,
    signals: Signals,
    /// Removed with it.
    _pid: PidFile,
}

impl Running {
    fn start(config: &Config, genesis: &Genesis) -> Result<Self, ObserverError> {
        let missing = |key| ConfigError::Missing { key, role: "observer" };
        let listen = config.ledger_port.listen.ok_or(missing("[ledger_port] listen"))?;
        let api = config.api.ok_or(missing("[api] listen"))?.listen;
        let signals = Signals::new().map_err(io_at("signals"))?;
        let committee = Arc::new(Committee::new(genesis)?);
        let key = Arc::new(TransportKey::load(config.signer(purpose::REGULATOR)?)?);
        let validators = config.ledger_port.validators.clone();
        let others = config.ledger_port.keys.clone();
        let client = LedgerClient::believing(validators, key, Arc::clone(&committee), others)?;
        let metrics = Arc::new(Metrics::default());
        let mut executor = Executor::open(&folder(config)?, genesis, Arc::clone(&metrics))?;
        executor.set_aside(config.quarantines()?)?;
        let known = config.rules()?;
        metrics.knows(known);
        check_rules(&executor, known)?;
        // Whatever it was when it stopped, it has to catch up first.
        executor.set_current(false);
        let (executed, closing) = (executor.executed(), executor.closing());
        let (app, pid) = (
            audit_app(config, &executed, &committee, &metrics)?,
            PidFile::write(&config.folder).map_err(io_at("pid file"))?,
        );
        let port = Port::new(Pipeline::reading(executed), metrics, &config.data)?;
        let tls = port.tls(config, purpose::REGULATOR)?;
        let port = ledger_port::serve(listen, tls.clone(), port);
        let port = port.map_err(io_at("[ledger_port] listen"))?;
        let api = Server::start("audit-api", api, move |listener| {
            let app = Data::new(app);
            let app = move || App::new().app_data(app.clone()).configure(audit::routes);
            let server = HttpServer::new(app).disable_signals().workers(1);
            Ok(tls::listen!(server.shutdown_timeout(SHUTDOWN_S), listener, tls)?.run())
        });
        let api = api.map_err(io_at("[api] listen"))?;
        let (stop, asked) = watch::channel(false);
        let follower = Follower::new(client, committee, executor, known);
        let follower = tokio::spawn(follower.follow(asked));
        Ok(Self { port, api, follower, stop, closing, signals, _pid: pid })
    }

    /// Waits for a signal, or for a part that ends by itself; then ends all parts in order.
    async fn until_told(mut self) -> Result<(), ObserverError> {
        tracing::info!(port = %self.port.address(), api = %self.api.address(), "observer.running");
        let mut ended = None;
        let outcome = tokio::select! {
            name = self.signals.next() => {
                tracing::info!(signal = name, "observer.stopping");
                Ok(())
            }
            outcome = &mut self.follower => {
                ended = Some(());
                match outcome {
                    Ok(Err(error)) => Err(error.into()),
                    Ok(Ok(())) | Err(_) => Err(ObserverError::FollowerEnded),
                }
            }
            () = self.port.ended() => Err(ObserverError::ServerEnded("ledger port")),
            () = self.api.ended() => Err(ObserverError::ServerEnded("audit API")),
        };
        self.closing.close();
        self.api.stop().await;
        self.port.stop().await;
        self.stop.send_replace(true);
        if ended.is_none() {
            // Its store is closed with it.
            self.follower.await.map_err(|_| ObserverError::FollowerEnded)??;
        }
        if outcome.is_ok() {
            tracing::info!("observer.stopped");
        }
        outcome
    }
}

/// D16: nothing is served from a ledger that is beyond what is known.
fn check_rules(executor: &Executor, known: RulesVersion) -> Result<(), ObserverError> {
    let next = executor.last().height.next();
    let version = executor.executed().view().rules()?.version_of(next);
    Ok(NewerRules::check(next, version, known).map_err(FollowError::from)?)
}

/// The folder of the store, made if need be.
fn folder(config: &Config) -> Result<PathBuf, ObserverError> {
    let ledger = config.data.join("ledger");
    fs::create_dir_all(&ledger).map_err(io_at("data directory"))?;
    Ok(ledger)
}

fn audit_app(
    config: &Config,
    executed: &Executed,
    committee: &Arc<Committee>,
    metrics: &Arc<Metrics>,
) -> Result<AuditApp, ObserverError> {
    let clients = config.clients.iter();
    let clients: std::collections::BTreeMap<_, _> =
        clients.map(|client| (client.key, Text::get(&client.name).to_owned())).collect();
    let keys: Vec<[u8; 32]> = clients.keys().map(|key| *key.get()).collect();
    let nonces = FileNonceStore::open(
        &config.data.join("audit-nonces"),
        NonceLimits::default(),
        unix_now_s(),
    )?;
    let known = move |key: &[u8; 32]| keys.contains(key);
    let metrics = Arc::clone(metrics);
    Ok(AuditApp {
        ledger: Arc::new(Books::new(executed.view().clone(), Arc::clone(committee))),
        clients,
        authenticator: Authenticator::new(Arc::new(known), Arc::new(nonces)),
        counted: Arc::new(move |route: &str, status: u16, code: &str| {
            metrics.request(route, status);
            if !code.is_empty() {
                metrics.refusal(code);
            }
        }),
    })
}
