//! The configuration of a long-running process (TOML).
//!
//! # Place      `--config FILE` -> [config] -> validator | gateway | observer
//! # Invariants an unknown key is refused; relative paths count from the file's folder; without
//! #            `[tls]` nothing listens beyond this host
//! # Absent     anything the network agrees on (genesis), HSMs (planned)

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use consensus::Distance;
use ledger_core::{
    id::{Lei, Text},
    quarantine::SignedQuarantine,
    rules::RulesVersion,
    signature::PublicKey,
};
use serde::Deserialize;
use settlement_api::{
    audit::AUDITOR,
    channels::amqp::Queues,
    folders::Folders,
    inquiries::contacts::Contacts,
    limits::Limits,
    payments::{
        intake::Duplicates,
        value_date::{Days, PastDates},
    },
    peers::Networks,
};

use crate::{
    cli::input::{self, InputError},
    space::Storage,
};

pub(crate) mod liquidity;
mod networks;
mod queues;
pub(crate) mod review;
mod tls;
mod tokens;

pub(crate) use liquidity::Liquidity;
pub(crate) use review::Review;
pub(crate) use tls::{Clients, Tls};
pub(crate) use tokens::{Issuer, TokenClient};

/// What kind of process it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProcessRole {
    /// Orders, executes, serves the ledger port.
    Validator,
    /// An institution's own process.
    Gateway,
    /// Follows and executes, serves reads and audits; does not vote.
    Observer,
}

/// What a key in `[signers]` is for.
pub(crate) mod purpose {
    /// A validator's identity on the validators' network.
    pub(crate) const IDENTITY: &str = "identity";
    /// What a validator votes with.
    pub(crate) const VOTE: &str = "vote";
    /// What a validator votes with from the epoch on in which the committee lists it.
    pub(crate) const NEXT_VOTE: &str = "next_vote";
    /// An observer's key of role regulator, with which it asks validators for blocks.
    pub(crate) const REGULATOR: &str = "regulator";
}

/// `[p2p]`: the validators' network.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct P2p {
    /// Where this validator listens.
    pub(crate) listen: SocketAddr,
    /// Where every validator is reached, by identity; this one included.
    pub(crate) peers: BTreeMap<PublicKey, SocketAddr>,
    /// How far apart they are: `wide` if not given.
    #[serde(default)]
    pub(crate) distance: Distance,
}

/// `[rules]`: which versions of the rules a process goes along with.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RulesLimit {
    /// As if its binary knew no later one: it signals none and stops where one acts.
    #[serde(default)]
    up_to: Option<RulesVersion>,
}

/// `[ledger_port]`: between institutions and validators.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LedgerPort {
    /// Where a validator serves it, and an observer the reading half of it.
    #[serde(default)]
    pub(crate) listen: Option<SocketAddr>,
    /// Base URLs of validators that a gateway or an observer asks.
    #[serde(default)]
    pub(crate) validators: Vec<String>,
    /// Keys that these may have over TLS besides the validators' identities: an observer's.
    #[serde(default)]
    pub(crate) keys: Vec<PublicKey>,
}

/// `[api]`: what a gateway serves to its own institution, or an observer to its auditors.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Api {
    /// Where.
    pub(crate) listen: SocketAddr,
}

/// `[institution]`: whose gateway it is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Institution {
    /// Its legal entity identifier.
    pub(crate) lei: Lei,
    /// Its BIC, where it has one.
    #[serde(default)]
    pub(crate) bic: Option<Text>,
    /// What it is in the network: `member`, `treasury`, `custodian`, `operator`, `regulator`...
    pub(crate) roles: BTreeSet<Text>,
    /// Clearing-system codes that count as this network.
    #[serde(default)]
    pub(crate) clearing_systems: Vec<Text>,
    /// Names to screen against, one per line; an empty list if not given.
    #[serde(default)]
    pub(crate) screening_list: Option<PathBuf>,
    /// Seconds that a beneficiary bank has to answer; 60 if not given.
    #[serde(default)]
    pub(crate) acceptance_seconds: Option<u32>,
    /// Seconds that its holds last beyond that, for banks whose people decide; a day if not given.
    #[serde(default)]
    pub(crate) review_seconds: Option<u32>,
    /// Seconds that a bank has to answer a recall; a business day if not given.
    #[serde(default)]
    pub(crate) recall_seconds: Option<u32>,
    /// Seconds between a member's anchors; 3600 if not given.
    #[serde(default)]
    pub(crate) anchor_seconds: Option<u32>,
    /// Private networks that it shares with other members: their gateways may be there (B11).
    #[serde(default, deserialize_with = "networks::read")]
    pub(crate) shared_networks: Networks,
    /// Whether endings of account numbers ask for answers, on networks for tests alone.
    #[serde(default)]
    pub(crate) sandbox: bool,
    /// What becomes of payments whose settlement day is over; `refuse` if not given.
    #[serde(default)]
    pub(crate) past_dates: PastDates,
    /// What becomes of messages that repeat others under another UETR; `pay` if not given.
    #[serde(default)]
    pub(crate) duplicates: Duplicates,
}

/// `[signers.PURPOSE]`: where a key is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeySource {
    #[serde(default)]
    file: Option<PathBuf>,
    #[serde(default)]
    pkcs11: Option<toml::Value>,
}

/// `[[clients]]`: who may call a gateway, or an observer's audit API.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Client {
    /// The key that signs its requests.
    pub(crate) key: PublicKey,
    /// For the log.
    pub(crate) name: Text,
    /// What it may do.
    pub(crate) roles: BTreeSet<Text>,
}

/// `[folders]`: where a core system puts files and finds them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFolders {
    #[serde(rename = "in")]
    incoming: PathBuf,
    #[serde(rename = "out")]
    outgoing: PathBuf,
    done: PathBuf,
    failed: PathBuf,
}

impl WrittenFolders {
    fn below(self, folder: &Path) -> Folders {
        Folders {
            incoming: folder.join(self.incoming),
            outgoing: folder.join(self.outgoing),
            done: folder.join(self.done),
            failed: folder.join(self.failed),
        }
    }
}

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    genesis: PathBuf,
    data: PathBuf,
    role: ProcessRole,
    p2p: Option<P2p>,
    #[serde(default)]
    storage: Storage,
    #[serde(default)]
    rules: RulesLimit,
    #[serde(default)]
    ledger_port: LedgerPort,
    api: Option<Api>,
    institution: Option<Institution>,
    #[serde(default)]
    value_dates: BTreeMap<String, Days>,
    #[serde(default)]
    cases: Contacts,
    review: Option<Review>,
    liquidity: Option<Liquidity>,
    folders: Option<WrittenFolders>,
    queues: Option<queues::Written>,
    #[serde(default)]
    signers: BTreeMap<String, KeySource>,
    #[serde(default)]
    clients: Vec<Client>,
    oauth: Option<Issuer>,
    #[serde(default)]
    oauth_clients: Vec<TokenClient>,
    limits: Option<Limits>,
    #[serde(default)]
    quarantines: Vec<PathBuf>,
    tls: Option<Tls>,
}

/// A process's configuration, checked; every path is usable from anywhere.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// The folder of the configuration file.
    pub(crate) folder: PathBuf,
    /// The network's genesis file.
    pub(crate) genesis: PathBuf,
    /// Where the process keeps its data.
    pub(crate) data: PathBuf,
    /// What kind of process it is.
    pub(crate) role: ProcessRole,
    /// The validators' network.
    pub(crate) p2p: Option<P2p>,
    /// How much room on the disk there must be.
    pub(crate) storage: Storage,
    /// Which versions of the rules it goes along with.
    pub(crate) rules: RulesLimit,
    /// Between institutions and validators.
    pub(crate) ledger_port: LedgerPort,
    /// What a gateway serves.
    pub(crate) api: Option<Api>,
    /// Whose gateway it is.
    pub(crate) institution: Option<Institution>,
    /// `[value_dates.USD]`: on which days payments of a currency settle.
    pub(crate) value_dates: BTreeMap<String, Days>,
    /// `[cases]`: whom the bank tells that answers are due or late.
    pub(crate) cases: Contacts,
    /// `[review]`: which incoming payments wait for a person.
    pub(crate) review: Option<Review>,
    /// `[liquidity]`: what becomes of payments for which there is no money.
    pub(crate) liquidity: Option<Liquidity>,
    /// Watched folders of a gateway.
    pub(crate) folders: Option<Folders>,
    /// Queues of a gateway at a broker.
    pub(crate) queues: Option<Queues>,
    /// Key files by purpose.
    pub(crate) signers: BTreeMap<String, PathBuf>,
    /// Who may call its API.
    pub(crate) clients: Vec<Client>,
    /// How clients that sign assertions know it.
    pub(crate) issuer: Option<Issuer>,
    /// Who gets tokens from it.
    pub(crate) token_clients: Vec<TokenClient>,
    /// What each sender may send to a gateway.
    pub(crate) limits: Option<Limits>,
    /// Files of what validators set aside of blocks.
    quarantines: Vec<PathBuf>,
    /// How it serves over TLS, if it does.
    pub(crate) tls: Option<Tls>,
}

/// Why a configuration is not one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("configuration {path}: {error}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the file system said.
        error: io::Error,
    },
    /// Not TOML of this shape; the message names line and key.
    #[error("configuration {path}: {error}")]
    Toml {
        /// Which file.
        path: PathBuf,
        /// What and where.
        error: Box<toml::de::Error>,
    },
    /// An address others can reach.
    #[error(
        "[{section}] listen = \"{address}\" is reachable from other hosts, which needs [tls]; add it, \
         or listen on 127.0.0.1 or [::1]"
    )]
    NotLoopback {
        /// Which section.
        section: &'static str,
        /// Which address.
        address: SocketAddr,
    },
    /// A key that this kind of process needs.
    #[error("{key} is missing, which role {role} needs")]
    Missing {
        /// Which key.
        key: &'static str,
        /// Which kind of process.
        role: &'static str,
    },
    /// A key that this kind of process does not have.
    #[error("{key} is not for role {role}; remove it")]
    Foreign {
        /// Which key.
        key: &'static str,
        /// Which kind of process.
        role: &'static str,
    },
    /// No signer for a purpose.
    #[error("[signers.{purpose}] file is missing")]
    NoSigner {
        /// Which purpose.
        purpose: String,
    },
    /// HSMs are not there yet.
    #[error("[signers.{purpose}] pkcs11 is planned; use file")]
    Pkcs11 {
        /// Which purpose.
        purpose: String,
    },
    /// A version of the rules that this binary does not have.
    #[error(
        "[rules] up_to = {up_to}: this binary knows versions {} to {} of the rules",
        RulesVersion::BASE,
        RulesVersion::KNOWN
    )]
    Rules {
        /// What was asked for.
        up_to: RulesVersion,
    },
    /// Two clients share a key or a name.
    #[error("[[clients]] {}: key and name must not be another client's", .name.get())]
    DuplicateClient {
        /// Which client.
        name: Text,
    },
    /// Two clients that get tokens share an id.
    #[error("[[oauth_clients]] {}: an id must not be another client's", .id.get())]
    DuplicateTokens {
        /// Which id.
        id: Text,
    },
    /// The process was started as another kind.
    #[error("role in the configuration is not {role}; start it with the command of its role")]
    OtherRole {
        /// Which was started.
        role: &'static str,
    },
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`ConfigError`], naming the first thing that is wrong.
    pub(crate) fn load(path: &Path) -> Result<Self, ConfigError> {
        let io = |error| ConfigError::Io { path: path.to_path_buf(), error };
        let text = fs::read_to_string(path).map_err(io)?;
        let absolute = std::path::absolute(path).map_err(io)?;
        let folder = absolute.parent().unwrap_or(Path::new("/"));
        Self::parse(&text, folder, path)
    }

    /// Checks the text of a file that stands in `folder`.
    fn parse(text: &str, folder: &Path, path: &Path) -> Result<Self, ConfigError> {
        let written: Written = toml::from_str(text).map_err(|error| ConfigError::Toml {
            path: path.to_path_buf(),
            error: Box::new(error),
        })?;
        let mut signers = BTreeMap::new();
        for (purpose, source) in written.signers {
            if source.pkcs11.is_some() {
                return Err(ConfigError::Pkcs11 { purpose });
            }
            match source.file {
                Some(file) => signers.insert(purpose, folder.join(file)),
                None => return Err(ConfigError::NoSigner { purpose }),
            };
        }
        let config = Self {
            folder: folder.to_path_buf(),
            genesis: folder.join(written.genesis),
            data: folder.join(written.data),
            role: written.role,
            p2p: written.p2p,
            storage: written.storage,
            ledger_port: written.ledger_port,
            api: written.api,
            institution: written.institution.map(|institution| Institution {
                screening_list: institution.screening_list.map(|list| folder.join(list)),
                ..institution
            }),
            value_dates: written.value_dates,
            cases: written.cases,
            review: written.review,
            liquidity: written.liquidity,
            folders: written.folders.map(|folders| folders.below(folder)),
            queues: queues(written.queues, folder)?,
            signers,
            clients: written.clients,
            issuer: written.oauth,
            token_clients: written.oauth_clients,
            limits: written.limits,
            rules: written.rules,
            quarantines: written.quarantines.iter().map(|file| folder.join(file)).collect(),
            tls: written.tls.map(|tls| tls.below(folder)),
        };
        config.check_addresses()?;
        let role = match config.role {
            ProcessRole::Validator => config.check_validator().map(|()| "validator")?,
            ProcessRole::Gateway => config.check_gateway().map(|()| "gateway")?,
            ProcessRole::Observer => config.check_observer().map(|()| "observer")?,
        };
        if let Some(Err(key)) = config.tls.as_ref().map(Tls::check) {
            return Err(ConfigError::Missing { key, role });
        }
        Ok(config)
    }

    /// The highest version of the rules that this process knows (D16).
    ///
    /// # Errors
    /// [`ConfigError::Rules`].
    pub(crate) fn rules(&self) -> Result<RulesVersion, ConfigError> {
        let up_to = self.rules.up_to.unwrap_or(RulesVersion::KNOWN);
        let known = (RulesVersion::BASE..=RulesVersion::KNOWN).contains(&up_to);
        if known { Ok(up_to) } else { Err(ConfigError::Rules { up_to }) }
    }

    /// What validators set aside of blocks, as its files say it.
    ///
    /// # Errors
    /// [`InputError`].
    pub(crate) fn quarantines(&self) -> Result<Vec<SignedQuarantine>, InputError> {
        self.quarantines.iter().map(|path| input::json(path)).collect()
    }

    /// The key file of a purpose.
    ///
    /// # Errors
    /// [`ConfigError::NoSigner`].
    pub(crate) fn signer(&self, purpose: &str) -> Result<&Path, ConfigError> {
        let missing = || ConfigError::NoSigner { purpose: purpose.to_owned() };
        self.signers.get(purpose).map(PathBuf::as_path).ok_or_else(missing)
    }

    fn check_addresses(&self) -> Result<(), ConfigError> {
        if self.tls.is_some() {
            return Ok(());
        }
        let listening = [
            ("p2p", self.p2p.as_ref().map(|p2p| p2p.listen)),
            ("ledger_port", self.ledger_port.listen),
            ("api", self.api.map(|api| api.listen)),
        ];
        for (section, address) in listening {
            if let Some(address) = address.filter(|address| !address.ip().is_loopback()) {
                return Err(ConfigError::NotLoopback { section, address });
            }
        }
        Ok(())
    }

    fn check_validator(&self) -> Result<(), ConfigError> {
        let (needs, foreign) = (needs("validator"), foreign("validator"));
        needs(self.p2p.is_some(), "[p2p]")?;
        needs(self.ledger_port.listen.is_some(), "[ledger_port] listen")?;
        foreign(!self.ledger_port.validators.is_empty(), "[ledger_port] validators")?;
        foreign(self.api.is_some(), "[api]")?;
        foreign(self.institution.is_some(), "[institution]")?;
        foreign(!self.clients.is_empty(), "[[clients]]")?;
        foreign(self.has_tokens(), "[oauth] or [[oauth_clients]]")?;
        foreign(self.limits.is_some(), "[limits]")?;
        self.signer(purpose::IDENTITY)?;
        self.signer(purpose::VOTE)?;
        let own = [purpose::IDENTITY, purpose::VOTE];
        foreign(self.has_signer_beside(&own), "another signer than identity and vote")
    }

    fn check_gateway(&self) -> Result<(), ConfigError> {
        let (needs, foreign) = (needs("gateway"), foreign("gateway"));
        needs(self.api.is_some(), "[api]")?;
        needs(!self.ledger_port.validators.is_empty(), "[ledger_port] validators")?;
        foreign(self.ledger_port.listen.is_some(), "[ledger_port] listen")?;
        foreign(self.p2p.is_some(), "[p2p]")?;
        foreign(!self.quarantines.is_empty(), "quarantines")?;
        foreign(self.rules.up_to.is_some(), "[rules]")?;
        let roles = self.institution.as_ref().map_or(0, |institution| institution.roles.len());
        needs(roles > 0, "[institution] with roles")?;
        self.check_clients()?;
        needs(self.clients.iter().all(|client| !client.roles.is_empty()), "[[clients]] roles")?;
        let asks = self.tls.as_ref().is_some_and(|tls| tls.clients != Clients::None);
        let missing = tokens::check(&self.token_clients, self.issuer.as_ref(), asks);
        missing.map_or(Ok(()), |key| needs(false, key))
    }

    fn check_observer(&self) -> Result<(), ConfigError> {
        let (needs, foreign) = (needs("observer"), foreign("observer"));
        needs(self.api.is_some(), "[api]")?;
        needs(self.ledger_port.listen.is_some(), "[ledger_port] listen")?;
        needs(!self.ledger_port.validators.is_empty(), "[ledger_port] validators")?;
        foreign(self.p2p.is_some(), "[p2p]")?;
        foreign(self.institution.is_some(), "[institution]")?;
        foreign(self.has_tokens(), "[oauth] or [[oauth_clients]]")?;
        foreign(self.limits.is_some(), "[limits]")?;
        self.signer(purpose::REGULATOR)?;
        let own = [purpose::REGULATOR];
        foreign(self.has_signer_beside(&own), "another signer than regulator")?;
        self.check_clients()?;
        let auditor = |client: &Client| client.roles.iter().map(Text::get).eq([AUDITOR]);
        needs(self.clients.iter().all(auditor), "[[clients]] roles = [\"auditor\"]")
    }

    fn has_tokens(&self) -> bool {
        self.issuer.is_some() || !self.token_clients.is_empty()
    }

    fn has_signer_beside(&self, own: &[&str]) -> bool {
        !self.signers.keys().all(|purpose| own.contains(&purpose.as_str()))
    }

    fn check_clients(&self) -> Result<(), ConfigError> {
        let mut seen = (BTreeSet::new(), BTreeSet::new());
        for client in &self.clients {
            if !seen.0.insert(client.key) || !seen.1.insert(&client.name) {
                return Err(ConfigError::DuplicateClient { name: client.name.clone() });
            }
        }
        let mut ids = BTreeSet::new();
        match self.token_clients.iter().find(|client| !ids.insert(&client.id)) {
            Some(client) => Err(ConfigError::DuplicateTokens { id: client.id.clone() }),
            None => Ok(()),
        }
    }
}

/// Queues, checked.
fn queues(written: Option<queues::Written>, folder: &Path) -> Result<Option<Queues>, ConfigError> {
    let Some(written) = written else { return Ok(None) };
    written.check().map_err(|key| ConfigError::Missing { key, role: "gateway" })?;
    Ok(Some(written.below(folder)))
}

/// Complains where a key that a role needs is not given.
fn needs(role: &'static str) -> impl Fn(bool, &'static str) -> Result<(), ConfigError> {
    move |given, key| if given { Ok(()) } else { Err(ConfigError::Missing { key, role }) }
}

/// Complains where a key is given that a role does not have.
fn foreign(role: &'static str) -> impl Fn(bool, &'static str) -> Result<(), ConfigError> {
    move |given, key| if given { Err(ConfigError::Foreign { key, role }) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
