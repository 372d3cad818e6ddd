//! An institution's gateway: its own process inside its own walls.
//!
//! # Place      core bank -> [gateway] -> ledger port -> validators
//! # Invariants holds the keys of one institution; starts only when they can be read; stops its
//! #            HTTP first and its workflows with the process, which a restart drives on
//! # Absent     HSMs (planned)

use std::{collections::BTreeMap, fs, io, net::TcpListener, sync::Arc, time::Duration};

use actix_web::{App as Actix, HttpServer, web::Data};
use kyc_gateway::{Gate, screening::ScreeningList};
use ledger_core::{
    id::Text,
    money::Currency,
    signature::{PublicKey, Signer},
};
use rustls::ServerConfig;
use settlement_api::{
    auth::Authenticator,
    channels::amqp,
    client::{ClientError, ClientLimits, SignedClient},
    folders,
    gateway::{Gateway, Parts},
    http_signature::unix_now_s,
    keys::{Keys, Purpose},
    ledger_port::{LedgerClient, PortError},
    limits::Buckets,
    nonce::{FileNonceStore, NonceError, NonceLimits},
    oauth::{Scope, TokenClient, Tokens},
    payments::value_date::ValueDates,
    port::{KeyValue, StoreFault},
    sandbox,
    server::{self, App, Client, ClientRole},
    tls::{ServerTrust, TlsError},
};
use verifier::{Committee, VerifyError, parse_genesis};

use crate::{
    config::{
        Config, Institution,
        liquidity::LiquidityError,
        review::{ReviewError, held_longer},
    },
    keyfile::{self, KeyFileError, TransportKey},
    pidfile::PidFile,
    tls::{self, TlsFault},
    validator::Signals,
};

mod store;

/// How long a beneficiary bank has to answer before the money goes back.
const ACCEPTANCE_TIME: Duration = Duration::from_secs(60);
/// How often a member anchors what it exchanged with others.
const ANCHOR_INTERVAL: Duration = Duration::from_secs(3_600);
/// `[signers.transport]`: signs requests to validators and other gateways.
const TRANSPORT: &str = "transport";
/// `[signers.encryption]`: opens messages.
const ENCRYPTION: &str = "encryption";
/// `[signers.encryption_other]`: opens messages while keys change.
const OTHER_ENCRYPTION: &str = "encryption_other";

/// Why a gateway did not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GatewayError {
    /// The configuration lacks a part.
    #[error("{0} is missing, which a gateway needs")]
    Missing(&'static str),
    /// TLS cannot be served.
    #[error(transparent)]
    Tls(#[from] TlsFault),
    /// Nobody can be believed.
    #[error("[tls] roots: {0}")]
    Roots(#[from] TlsError),
    /// A client's role is not one.
    #[error(
        "[[clients]] role {0} is not one of operations, compliance, treasury_maker, \
             treasury_checker, custodian, operator_maker, operator_checker, network_compliance, \
             network_compliance_checker, administrator"
    )]
    ClientRole(String),
    /// A scope is not one.
    #[error("[[oauth_clients]] scope {0} is not a role of [[clients]], alone or with :read")]
    Scope(String),
    /// Endings of account numbers mean nothing where money is real.
    #[error(
        "[institution] sandbox is for networks for tests, and the genesis names this one {}; leave \
         it out, or see docs/spec/gateway.md Y1", .0.get()
    )]
    Sandbox(Text),
    /// A calendar's currency is not one.
    #[error("[value_dates.{0}] is not for a currency; name it by its ISO 4217 code, as in USD")]
    Currency(String),
    /// The genesis file.
    #[error("genesis: {0}")]
    Genesis(#[from] VerifyError),
    /// `[review]`.
    #[error("{0}")]
    Review(#[from] ReviewError),
    /// `[liquidity]`.
    #[error("{0}")]
    Liquidity(#[from] LiquidityError),
    /// A key file.
    #[error("{0}")]
    Key(#[from] KeyFileError),
    /// The store.
    #[error("{0}")]
    Store(#[from] StoreFault),
    /// The nonce store.
    #[error("nonces: {0}")]
    Nonces(#[from] NonceError),
    /// The ledger port.
    #[error("{0}")]
    Port(#[from] PortError),
    /// The HTTP client.
    #[error("{0}")]
    Client(#[from] ClientError),
    /// The operating system.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Runs a gateway until it is told to stop.
///
/// # Errors
/// [`GatewayError`].
pub(crate) fn run(config: Config) -> Result<(), GatewayError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(config))
}

async fn serve(config: Config) -> Result<(), GatewayError> {
    let api = config.api.ok_or(GatewayError::Missing("[api] listen"))?;
    let institution = config.institution.as_ref();
    let bic = institution.and_then(|institution| institution.bic.as_ref()).map(Text::get);
    tracing::info!(lei = ?institution.map(|institution| institution.lei), bic, "gateway.start");
    fs::create_dir_all(&config.data)?;
    let _pid = PidFile::write(&config.folder)?;
    let gateway = Gateway::new(parts(&config)?)?;
    gateway.start()?;
    if let Some(folders) = config.folders.clone() {
        folders.prepare()?;
        tokio::spawn(folders::run(Arc::clone(&gateway), folders));
    }
    if let Some(queues) = config.queues.clone() {
        tokio::spawn(amqp::run(Arc::clone(&gateway), queues));
    }
    let clients = clients(&config)?;
    let known = known_keys(&gateway, clients.keys().copied().collect());
    let tokens = tokens(&config)?;
    let of_tokens = tokens.keys();
    let nonces =
        FileNonceStore::open(&config.data.join("nonces"), NonceLimits::default(), unix_now_s())?;
    let told = Arc::clone(&gateway);
    let told = Arc::new(move |ends| told.metrics.certificate_ends(ends));
    let to_show = Arc::clone(&known);
    let shown = Arc::new(move |key: &[u8; 32]| {
        to_show.is_known(key) || of_tokens.contains(&PublicKey::new(*key))
    });
    let tls = tls::of(&config, TRANSPORT, shown, told)?;
    let limits = config.limits.unwrap_or_default();
    let keys = clients.keys().map(|key| *key.get()).collect();
    let buckets = Buckets::new(limits, keys, Arc::clone(&gateway));
    let authenticator = Authenticator::new(known, Arc::new(nonces)).paced(Arc::new(buckets));
    let app = Data::new(App { gateway, clients, authenticator, tokens });
    listen(TcpListener::bind(api.listen)?, tls, app).await
}

async fn listen(
    listener: TcpListener,
    tls: Option<ServerConfig>,
    app: Data<App>,
) -> Result<(), GatewayError> {
    let address = listener.local_addr()?;
    tracing::info!(%address, tls = tls.is_some(), lei = %app.gateway.lei(), "gateway.listen");
    let server =
        HttpServer::new(move || Actix::new().app_data(app.clone()).configure(server::routes))
            .workers(1)
            .on_connect(tls::note_key)
            .disable_signals()
            .shutdown_timeout(5);
    let server = tls::listen!(server, listener, tls)?.run();
    let handle = server.handle();
    let mut signals = Signals::new()?;
    tokio::spawn(async move {
        let signal = signals.next().await;
        tracing::info!(signal, "gateway.stopping");
        handle.stop(true).await;
    });
    Ok(server.await?)
}

fn parts(config: &Config) -> Result<Parts, GatewayError> {
    let institution = config.institution.as_ref().ok_or(GatewayError::Missing("[institution]"))?;
    let genesis = parse_genesis(&fs::read(&config.genesis)?)?;
    if institution.sandbox && !sandbox::is_for_tests(&genesis.name) {
        return Err(GatewayError::Sandbox(genesis.name));
    }
    let committee = Arc::new(Committee::new(&genesis)?);
    let review = config.review.clone().unwrap_or_default().policy(committee.genesis())?;
    let keys = keys(config, institution)?;
    let store: Arc<dyn KeyValue> = Arc::new(store::RocksStore::open(&config.data.join("store"))?);
    let ledger = LedgerClient::believing(
        config.ledger_port.validators.clone(),
        Arc::clone(&keys.transport),
        committee,
        config.ledger_port.keys.clone(),
    )?;
    let web = match config.tls.as_ref().and_then(|tls| tls.roots.as_ref()) {
        Some(roots) => ServerTrust::roots(roots)?,
        None => ServerTrust::ThisHost,
    };
    let limits = ClientLimits { timeout: Duration::from_secs(10), ..ClientLimits::default() };
    let peers = SignedClient::new(Arc::clone(&keys.transport), limits)?;
    let gate = match keys.signers.get(&Purpose::Gate) {
        Some(signer) => Some(Gate::new(screening_list(institution)?, Arc::clone(signer))),
        None => None,
    };
    let seconds = |given: Option<u32>, default: Duration| {
        given.map_or(default, |seconds| Duration::from_secs(u64::from(seconds.max(1))))
    };
    let clearing_systems = institution.clearing_systems.iter().map(|code| code.get().to_owned());
    Ok(Parts {
        clearing_systems: clearing_systems.collect(),
        value_dates: value_dates(config, institution)?,
        contacts: config.cases.clone(),
        duplicates: institution.duplicates,
        clock: Arc::new(jiff::Timestamp::now),
        acceptance_time: seconds(institution.acceptance_seconds, ACCEPTANCE_TIME),
        recall_time: institution.recall_seconds.map(|s| Duration::from_secs(u64::from(s.max(1)))),
        review_time: held_longer(institution.review_seconds)?,
        review,
        queue: config.liquidity.clone().unwrap_or_default().policy()?,
        sandbox: institution.sandbox,
        anchor_interval: seconds(institution.anchor_seconds, ANCHOR_INTERVAL),
        keys,
        store,
        ledger,
        peers,
        shared_networks: Arc::clone(&institution.shared_networks),
        web,
        gate,
    })
}

fn value_dates(config: &Config, institution: &Institution) -> Result<ValueDates, GatewayError> {
    let named = config.value_dates.iter().map(|(code, days)| {
        let currency = Currency::new(code);
        let currency = currency.ok_or_else(|| GatewayError::Currency(code.clone()))?;
        Ok((currency, days.clone()))
    });
    let days = named.collect::<Result<_, GatewayError>>()?;
    Ok(ValueDates { past: institution.past_dates, days })
}

fn screening_list(institution: &Institution) -> Result<ScreeningList, GatewayError> {
    Ok(match &institution.screening_list {
        Some(path) => ScreeningList::parse(&fs::read_to_string(path)?),
        None => ScreeningList::parse(""),
    })
}

fn keys(config: &Config, institution: &Institution) -> Result<Keys, GatewayError> {
    let mut signers: BTreeMap<Purpose, Arc<dyn Signer>> = BTreeMap::new();
    for purpose in Purpose::ALL {
        if let Some(path) = config.signers.get(purpose.name()) {
            signers.insert(purpose, Arc::new(keyfile::ledger_signer(path)?));
        }
    }
    let transport =
        config.signers.get(TRANSPORT).ok_or(GatewayError::Missing("[signers.transport] file"))?;
    let encryption =
        config.signers.get(ENCRYPTION).ok_or(GatewayError::Missing("[signers.encryption] file"))?;
    let other = config.signers.get(OTHER_ENCRYPTION);
    Ok(Keys {
        lei: institution.lei,
        signers,
        transport: Arc::new(TransportKey::load(transport)?),
        encryption: keyfile::read(encryption)?,
        other_encryption: other.map(|path| keyfile::read(path)).transpose()?,
    })
}

fn clients(config: &Config) -> Result<BTreeMap<PublicKey, Client>, GatewayError> {
    let mut clients = BTreeMap::new();
    for client in &config.clients {
        let mut roles = Vec::new();
        for role in &client.roles {
            let parsed = ClientRole::from_name(role.get());
            roles.push(parsed.ok_or_else(|| GatewayError::ClientRole(role.get().to_owned()))?);
        }
        clients.insert(client.key, Client { name: client.name.get().to_owned(), roles });
    }
    Ok(clients)
}

/// Clients that get tokens.
fn tokens(config: &Config) -> Result<Tokens, GatewayError> {
    let mut clients = BTreeMap::new();
    for client in &config.token_clients {
        let scope = |text: &Text| {
            let scope = Scope::from_name(text.get());
            scope.ok_or_else(|| GatewayError::Scope(text.get().to_owned()))
        };
        let scopes = client.scopes.iter().map(scope).collect::<Result<Vec<_>, _>>()?;
        let proof = client.proof().ok_or(GatewayError::Missing("secret_sha256 or keys"))?;
        let name = client.name.get().to_owned();
        clients.insert(
            client.id.get().to_owned(),
            TokenClient { name, proof, scopes, bound: client.bound },
        );
    }
    let here = config.api.map(|api| {
        let scheme = if config.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", api.listen)
    });
    let issuer = config.issuer.as_ref().map(|given| given.issuer.clone()).or(here);
    let issuer = issuer.ok_or(GatewayError::Missing("[api] listen"))?;
    Ok(Tokens::new(clients).known_as(issuer))
}

/// Clients of this gateway and transport keys in the directory; everybody else is a stranger.
fn known_keys(
    gateway: &Arc<Gateway>,
    clients: Vec<PublicKey>,
) -> Arc<dyn settlement_api::auth::KnownKeys> {
    let directory = gateway.directory.clone();
    Arc::new(move |key: &[u8; 32]| {
        let key = PublicKey::new(*key);
        clients.contains(&key)
            || directory.by_key(&key, ledger_core::authority::Role::Transport).is_some()
    })
}
