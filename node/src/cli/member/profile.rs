//! Which gateway, with which key, believing whom: a profile, the environment, flags.
//!
//! # Place      flags, environment, profile.toml -> [profile] -> florin-client's connection
//! # Invariants a flag counts before the environment, that before the profile; files that a profile
//! #            names are looked for beside it
//! # Absent     secrets: a profile names the key's file

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use clap::Args;
use florin_client::{Connection, Error, Gateway, Limits, Party, Trust, TrustError};
use ledger_core::id::{ChainId, Lei};
use serde::{Deserialize, Serialize};

use crate::{
    cli::{
        input::{self, InputError},
        member::failed,
        server::{ServerArgs, ServerFault},
        ui::Failure,
    },
    keyfile::{KeyFileError, TransportKey},
};

/// Where a member's gateway is, and as whom it is asked.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ConnectArgs {
    /// The profile (TOML); else FLORIN_PROFILE. Format: docs/cli.md.
    #[arg(long)]
    pub(crate) profile: Option<PathBuf>,
    /// The gateway's base URL; else FLORIN_GATEWAY, else the profile's `gateway`.
    #[arg(long)]
    pub(crate) gateway: Option<String>,
    /// The key file that signs requests; else FLORIN_KEY, else the profile's `key`.
    #[arg(long)]
    pub(crate) key: Option<PathBuf>,
    /// The genesis file of the network; else FLORIN_TRUST, else the profile's `trust`.
    #[arg(long)]
    pub(crate) trust: Option<PathBuf>,
    /// LEI of the institution; else FLORIN_MEMBER, else the profile's `member`.
    #[arg(long)]
    pub(crate) member: Option<String>,
    /// Else FLORIN_SERVER_KEY or FLORIN_SERVER_ROOTS, else the profile's `server_key` or `server_roots`.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// Seconds for one exchange with the gateway.
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) timeout: u64,
    /// Answer in JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A profile's file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    pub(crate) gateway: Option<String>,
    pub(crate) member: Option<String>,
    pub(crate) key: Option<PathBuf>,
    pub(crate) trust: Option<PathBuf>,
    /// What the gateway is known by, where its URL is https: its key, or the authorities of a file.
    pub(crate) server_key: Option<String>,
    pub(crate) server_roots: Option<PathBuf>,
    /// The network's identity: any other genesis is refused.
    pub(crate) network: Option<String>,
    /// Who pays when nothing is said.
    pub(crate) payer: Option<Party>,
}

/// Why nobody can be asked.
#[derive(Debug, thiserror::Error)]
enum ProfileError {
    /// A setting that nobody gave.
    #[error(
        "no {what}: give --{flag}, set {variable}, or name a profile by --profile or \
         FLORIN_PROFILE (docs/cli.md says what is in it)"
    )]
    Missing { what: &'static str, flag: &'static str, variable: &'static str },
    /// Not an LEI.
    #[error("`{0}` is not an LEI: give the member's 20 characters with their check digits")]
    Lei(String),
    /// Not a network's identity.
    #[error("`network` in the profile is not a network's id: 64 lowercase hex digits")]
    Network,
    /// A profile or trust file that cannot be read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The trust file.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// Whom to believe at the other end.
    #[error(transparent)]
    Server(#[from] ServerFault),
}

/// A gateway that can be asked, and who pays by default.
pub(crate) struct Connected {
    pub(crate) gateway: Gateway,
    pub(crate) payer: Option<Party>,
}

/// Settings from all places.
struct Settings<'a> {
    args: &'a ConnectArgs,
    profile: Profile,
    folder: PathBuf,
}

impl ConnectArgs {
    /// The gateway that flags, environment and profile name.
    ///
    /// # Errors
    /// [`Failure`], naming what is missing or wrong.
    pub(crate) fn connect(&self) -> Result<Connected, Failure> {
        let settings = Settings::read(self).map_err(Failure::usage)?;
        let connection = settings.connection().map_err(Failure::usage)?;
        let gateway = Gateway::new(connection).map_err(failed)?;
        Ok(Connected { gateway, payer: settings.profile.payer })
    }

    /// The same settings for another profile alone.
    pub(crate) fn of_profile(profile: &Path) -> Self {
        Self { profile: Some(profile.to_path_buf()), timeout: 40, ..Self::default() }
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

impl<'a> Settings<'a> {
    fn read(args: &'a ConnectArgs) -> Result<Self, ProfileError> {
        let path = args.profile.clone().or_else(|| variable("FLORIN_PROFILE").map(PathBuf::from));
        let profile = path.as_deref().map(input::json_or_toml).transpose()?.unwrap_or_default();
        let folder = path.as_deref().and_then(Path::parent).unwrap_or(Path::new("")).to_path_buf();
        Ok(Self { args, profile, folder })
    }

    fn file(&self, flag: Option<&PathBuf>, name: &str, own: Option<&PathBuf>) -> Option<PathBuf> {
        let given = flag.cloned().or_else(|| self.environment(name).map(PathBuf::from));
        given.or_else(|| own.map(|path| self.folder.join(path)))
    }

    /// A profile that is named by a flag counts before what the environment says in single.
    fn environment(&self, name: &str) -> Option<String> {
        if self.args.profile.is_some() { None } else { variable(name) }
    }

    fn connection(&self) -> Result<Connection, ProfileError> {
        let Self { args, profile, .. } = self;
        let missing = |what, flag, variable| ProfileError::Missing { what, flag, variable };
        let text = |flag: Option<&String>, name: &str, own: Option<&String>| {
            flag.cloned().or_else(|| self.environment(name)).or_else(|| own.cloned())
        };
        let url = text(args.gateway.as_ref(), "FLORIN_GATEWAY", profile.gateway.as_ref())
            .ok_or_else(|| missing("gateway", "gateway", "FLORIN_GATEWAY"))?;
        let member = text(args.member.as_ref(), "FLORIN_MEMBER", profile.member.as_ref())
            .ok_or_else(|| missing("member", "member", "FLORIN_MEMBER"))?;
        let member = Lei::new(&member).ok_or(ProfileError::Lei(member))?;
        let key = self
            .file(args.key.as_ref(), "FLORIN_KEY", profile.key.as_ref())
            .ok_or_else(|| missing("key file", "key", "FLORIN_KEY"))?;
        let trust = self
            .file(args.trust.as_ref(), "FLORIN_TRUST", profile.trust.as_ref())
            .ok_or_else(|| missing("trust file", "trust", "FLORIN_TRUST"))?;
        let genesis = input::bytes(&trust)?;
        let trust = match &profile.network {
            Some(network) => {
                let expected = ChainId::from_hex(network).ok_or(ProfileError::Network)?;
                Trust::of_network(&genesis, expected)?
            }
            None => Trust::new(&genesis)?,
        };
        let signer = Arc::new(TransportKey::load(&key)?);
        let server = self.server().trust()?;
        let exchange = Duration::from_secs(args.timeout);
        let defaults = Limits::default();
        let wait = defaults.wait.min(exchange / 2);
        let limits = Limits { exchange, wait, ..defaults };
        Ok(Connection { url, signer, member, trust, server, limits })
    }

    /// What the gateway is known by: the first place that says anything.
    fn server(&self) -> ServerArgs {
        let flags = self.args.server.clone();
        let said = ServerArgs {
            server_key: self.environment("FLORIN_SERVER_KEY"),
            server_roots: self.environment("FLORIN_SERVER_ROOTS").map(PathBuf::from),
        };
        let own = ServerArgs {
            server_key: self.profile.server_key.clone(),
            server_roots: self.profile.server_roots.as_ref().map(|path| self.folder.join(path)),
        };
        let any = |args: &ServerArgs| args.server_key.is_some() || args.server_roots.is_some();
        [flags, said, own].into_iter().find(any).unwrap_or_default()
    }
}

/// An error of the client with a text that a person made wrong.
pub(crate) fn usage(error: Error) -> Failure {
    match error {
        wrong @ (Error::Amount(_) | Error::Unsendable(_) | Error::Message(_)) => {
            Failure::usage(wrong)
        }
        other => failed(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyfile::write;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let network = verifier::testing::TestNetwork::new(4);
        let genesis = verifier::write_genesis(&network.genesis);
        std::fs::write(folder.path().join("genesis.json"), genesis).unwrap();
        write(&folder.path().join("a.key"), &[7; 32]).unwrap();
        let id = network.genesis.chain_id();
        let lei = verifier::testing::lei("PAYER");
        let text = format!(
            "gateway = \"http://127.0.0.1:1\"\nmember = \"{lei}\"\nkey = \"a.key\"\n\
             trust = \"genesis.json\"\nnetwork = \"{id}\"\n[payer]\nname = \"Ann\"\naccount = \"1\"\n"
        );
        std::fs::write(folder.path().join("p.toml"), text).unwrap();
        folder
    }

    #[test]
    fn files_of_a_profile_are_beside_it_and_flags_count_first() {
        let folder = folder();
        let path = folder.path().join("p.toml");
        let args = ConnectArgs::of_profile(&path);
        let connected = args.connect().unwrap();
        assert_eq!(connected.gateway.url(), "http://127.0.0.1:1");
        assert_eq!(connected.payer.unwrap().name, "Ann");
        let args = ConnectArgs { gateway: Some("http://127.0.0.1:2/".into()), ..args };
        assert_eq!(args.connect().unwrap().gateway.url(), "http://127.0.0.1:2");
    }

    #[test]
    fn the_genesis_of_another_network_than_the_pinned_one_is_refused() {
        let folder = folder();
        let other = verifier::testing::TestNetwork::new(5);
        let genesis = verifier::write_genesis(&other.genesis);
        std::fs::write(folder.path().join("genesis.json"), genesis).unwrap();
        let args = ConnectArgs::of_profile(&folder.path().join("p.toml"));
        let settings = Settings::read(&args).unwrap();
        let refused = settings.connection().unwrap_err();
        let other = matches!(refused, ProfileError::Trust(TrustError::OtherNetwork { .. }));
        assert!(other, "{refused}");
    }

    #[test]
    fn what_is_missing_is_named_with_its_flag_and_variable() {
        let folder = folder();
        let path = folder.path().join("empty.toml");
        std::fs::write(&path, "").unwrap();
        let args = ConnectArgs::of_profile(&path);
        let refused = Settings::read(&args).unwrap().connection().unwrap_err().to_string();
        assert!(refused.contains("--gateway") && refused.contains("FLORIN_GATEWAY"), "{refused}");
        std::fs::write(&path, "gatway = \"x\"").unwrap();
        assert!(Settings::read(&args).is_err(), "a misspelt setting is refused");
    }
}
