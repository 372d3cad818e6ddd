//! `florin genesis`: founds a network from cards.
//!
//! # Place      cards of `florin keygen` and a parameter file -> [genesis] -> genesis.json
//! # Invariants the same cards and parameters give the same chain id, in whatever order
//! # Absent     addresses (they are node config), private keys

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use consensus::{CommitteeError, committee::check_genesis};
use ledger_core::{
    authority::RoleKey,
    genesis::{CurrencyTerms, FORMAT, Genesis, Limits, Thresholds, Validator},
    id::{Lei, Text},
    member::{DirectoryEntry, is_member_role},
    refusal::Refusal,
    state::State,
    time::LedgerTime,
};
use serde::Deserialize;

use crate::{
    cli::{
        input::{self, InputError},
        keygen::Card,
        ui::{self, Failure},
    },
    keyfile::{self, KeyFileError, PUBLIC},
};

/// Options of `florin genesis`.
#[derive(Debug, Args)]
pub(crate) struct GenesisArgs {
    /// Cards of validators, and of institutions that hold network roles.
    #[arg(required = true)]
    cards: Vec<PathBuf>,
    /// Name, currencies and, where the defaults do not fit, time, limits, thresholds and members:
    /// TOML, or JSON in a file named `.json`.
    #[arg(long)]
    params: PathBuf,
    /// The file to write; it must not exist.
    #[arg(long)]
    out: PathBuf,
}

/// What a network's founders decide beside its keys.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// The network's name, for people.
    pub(crate) name: Text,
    /// When it was founded; now if not given.
    #[serde(default)]
    pub(crate) time: Option<Founded>,
    /// Blocks in an epoch: the committee changes between epochs; 4096 if not given.
    #[serde(default)]
    pub(crate) epoch_length: Option<u64>,
    /// Bounds on blocks, commands and growth.
    #[serde(default)]
    pub(crate) limits: GivenLimits,
    /// Currencies.
    #[serde(default)]
    pub(crate) currencies: Vec<CurrencyTerms>,
    /// Persons needed per kind of action.
    #[serde(default = "default_thresholds")]
    pub(crate) thresholds: Thresholds,
    /// Members admitted from the start.
    #[serde(default)]
    pub(crate) members: Vec<DirectoryEntry>,
}

/// A founding time, as people write it.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Founded {
    /// Milliseconds since 1970.
    Milliseconds(u64),
    /// RFC 3339.
    Text(String),
}

impl Founded {
    fn time(self) -> Option<LedgerTime> {
        let milliseconds = match self {
            Self::Milliseconds(milliseconds) => milliseconds,
            Self::Text(text) => {
                let time: jiff::Timestamp = text.parse().ok()?;
                u64::try_from(time.as_millisecond()).ok()?
            }
        };
        Some(LedgerTime::new(milliseconds))
    }
}

/// Bounds as founders give them: what they leave out is as in [`default_limits`].
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct GivenLimits {
    block_bytes: Option<u32>,
    block_units: Option<u32>,
    command_ttl_ms: Option<u64>,
    attestation_max_age_ms: Option<u64>,
    organisation_share: Option<u16>,
    growth_quota: Option<u32>,
}

impl GivenLimits {
    fn or_default(self) -> Limits {
        let default = default_limits();
        Limits {
            block_bytes: self.block_bytes.unwrap_or(default.block_bytes),
            block_units: self.block_units.unwrap_or(default.block_units),
            command_ttl_ms: self.command_ttl_ms.unwrap_or(default.command_ttl_ms),
            attestation_max_age_ms: self
                .attestation_max_age_ms
                .unwrap_or(default.attestation_max_age_ms),
            organisation_share: self.organisation_share.unwrap_or(default.organisation_share),
            growth_quota: self.growth_quota.unwrap_or(default.growth_quota),
        }
    }
}

/// 4 MiB and a million units a block, four fifths of it for one organisation (the longest bulk fits),
/// ten minutes for a command, a day for an attestation, five million records a day and organisation.
const fn default_limits() -> Limits {
    Limits {
        block_bytes: 4 << 20,
        block_units: 1_000_000,
        command_ttl_ms: 600_000,
        attestation_max_age_ms: 86_400_000,
        organisation_share: 8_000,
        growth_quota: 5_000_000,
    }
}

/// Blocks in an epoch, where founders do not say: about half an hour without payments.
const EPOCH_LENGTH: u64 = 4_096;

/// Two persons for everything.
pub(crate) const fn default_thresholds() -> Thresholds {
    Thresholds { operator: 2, treasury: 2 }
}

/// Why no network was founded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FoundingError {
    /// A file cannot be read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The genesis file cannot be written.
    #[error(transparent)]
    Output(#[from] KeyFileError),
    /// An institution without a network role.
    #[error("{lei} holds no network role: name it under `members` of --params, or admit it later")]
    NoNetworkRole {
        /// Which.
        lei: Lei,
    },
    /// The founding time is not one, or before 1970.
    #[error("`time` must be milliseconds since 1970 or RFC 3339, as in 2026-01-01T00:00:00Z")]
    Time,
    /// The cards and parameters contradict each other.
    #[error(transparent)]
    Committee(#[from] CommitteeError),
    /// The ledger's own rules refuse the members or keys.
    #[error("the ledger refuses this genesis: {}", .0.code())]
    Refused(Refusal),
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub(crate) fn run(args: &GenesisArgs) -> Result<ExitCode, Failure> {
    let now =
        LedgerTime::new(u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or_default());
    let genesis = from_files(args, now).map_err(Failure::usage)?;
    let text = verifier::write_genesis(&genesis);
    keyfile::write_new(&args.out, text.as_bytes(), PUBLIC).map_err(Failure::of)?;
    ui::line(&genesis.chain_id().to_hex());
    Ok(ExitCode::SUCCESS)
}

fn from_files(args: &GenesisArgs, now: LedgerTime) -> Result<Genesis, FoundingError> {
    let cards: Result<Vec<Card>, InputError> =
        args.cards.iter().map(|path: &PathBuf| input::json(Path::new(path))).collect();
    let params: Params = input::json_or_toml(&args.params)?;
    found(cards?, params, now)
}

/// Puts cards and parameters together, sorted, and checks the result entirely.
///
/// # Errors
/// [`FoundingError`].
pub(crate) fn found(
    cards: Vec<Card>,
    params: Params,
    now: LedgerTime,
) -> Result<Genesis, FoundingError> {
    let mut validators = Vec::new();
    let mut role_keys = Vec::new();
    for card in cards {
        match card {
            Card::Validator { name, identity, vote_key, proof_of_possession } => {
                validators.push(Validator { name, identity, vote_key, proof_of_possession });
            }
            Card::Institution { lei, keys, encryption: _ } => {
                role_keys.extend(keys.into_iter().map(|key| RoleKey {
                    key: key.key,
                    role: key.role,
                    person: key.person,
                    organisation: lei,
                }));
            }
        }
    }
    check_roles(&role_keys)?;
    validators.sort_by_key(|validator| validator.identity);
    role_keys.sort_by_key(|grant| grant.key);
    let Params { name, time, epoch_length, limits, mut currencies, thresholds, mut members } =
        params;
    currencies.sort_by_key(|terms| terms.code);
    members.sort_by_key(|member| member.lei);
    let genesis = Genesis {
        format: FORMAT.to_owned(),
        name,
        time: time.map_or(Some(now), Founded::time).ok_or(FoundingError::Time)?,
        epoch: 0,
        epoch_length: epoch_length.unwrap_or(EPOCH_LENGTH),
        limits: limits.or_default(),
        validators,
        currencies,
        members,
        role_keys,
        thresholds,
    };
    check_genesis(&genesis)?;
    State::genesis(&genesis).map_err(FoundingError::Refused)?;
    Ok(genesis)
}

/// Every institution here holds a network role, on one of its cards: members are admitted.
fn check_roles(keys: &[RoleKey]) -> Result<(), FoundingError> {
    let network: BTreeSet<Lei> =
        keys.iter().filter(|key| !is_member_role(key.role)).map(|key| key.organisation).collect();
    match keys.iter().find(|key| !network.contains(&key.organisation)) {
        Some(key) => Err(FoundingError::NoNetworkRole { lei: key.organisation }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use ledger_core::authority::Role;

    use super::*;
    use crate::cli::keygen::{self, Holder};

    const OPERATOR: &str = "529900T8BM49AURSDO55";
    const BANK: &str = "7LTWFZYICNSX8D621K86";

    fn params() -> Params {
        let text = format!(
            "name = \"test\"\ntime = \"2026-01-01T00:00:00Z\"\n\
             [[currencies]]\ncode = \"USD\"\nscale = 2\nissuer = \"{OPERATOR}\"\n\
             [[currencies]]\ncode = \"EUR\"\nscale = 2\nissuer = \"{OPERATOR}\"\n"
        );
        toml::from_str(&text).unwrap()
    }

    fn institution(folder: &Path, lei: &str, roles: &[Role]) -> Card {
        let lei = Lei::new(lei).unwrap();
        let person = keygen::random_person(&mut rand::rng());
        let holder = Holder { person, roles: roles.iter().copied().collect() };
        keygen::institution(folder, lei, &holder, &mut rand::rng()).unwrap()
    }

    fn cards(folder: &Path) -> Vec<Card> {
        let mut cards: Vec<Card> = (0..4)
            .map(|n| {
                let name = Text::new(&format!("v{n}")).unwrap();
                keygen::validator(&folder.join(name.get()), &name, &mut rand::rng()).unwrap()
            })
            .collect();
        cards.push(institution(&folder.join("op"), OPERATOR, &[Role::Operator]));
        cards.push(institution(&folder.join("port"), OPERATOR, &[Role::Transport]));
        cards
    }

    #[test]
    fn limits_that_founders_leave_out_are_the_defaults() {
        let given = |text| toml::from_str::<GivenLimits>(text).unwrap().or_default();
        assert_eq!(given(""), default_limits());
        let before = "block_bytes = 1048576\nblock_units = 100000\ncommand_ttl_ms = 1000\n\
                      attestation_max_age_ms = 2000";
        let expected = Limits {
            block_bytes: 1 << 20,
            block_units: 100_000,
            command_ttl_ms: 1_000,
            attestation_max_age_ms: 2_000,
            ..default_limits()
        };
        assert_eq!(given(before), expected);
        let all = format!("{before}\norganisation_share = 10000\ngrowth_quota = 7000");
        let expected = Limits { organisation_share: 10_000, growth_quota: 7_000, ..expected };
        assert_eq!(given(&all), expected);
        assert!(toml::from_str::<GivenLimits>("block_unit = 1").is_err());
    }

    #[test]
    fn the_chain_id_is_the_same_in_whatever_order_and_after_reading_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut cards = cards(folder.path());
        let genesis = found(cards.clone(), params(), LedgerTime::new(1)).unwrap();
        cards.reverse();
        let again = found(cards, params(), LedgerTime::new(2)).unwrap();
        assert_eq!(again.chain_id(), genesis.chain_id());
        let read = verifier::parse_genesis(verifier::write_genesis(&genesis).as_bytes()).unwrap();
        assert_eq!(read, genesis);
        assert_eq!(genesis.time, LedgerTime::new(1_767_225_600_000));
        assert_eq!(genesis.role_keys.len(), 2);
        assert!(verifier::Committee::new(&genesis).is_ok());
    }

    #[test]
    fn a_foreign_proof_of_possession_founds_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut cards = cards(folder.path());
        let Card::Validator { proof_of_possession: other, .. } = cards[1].clone() else {
            panic!("the second card is a validator's")
        };
        if let Card::Validator { proof_of_possession, .. } = &mut cards[0] {
            *proof_of_possession = other;
        }
        let refused = found(cards, params(), LedgerTime::new(1));
        assert!(matches!(
            refused,
            Err(FoundingError::Committee(CommitteeError::ProofOfPossession { .. }))
        ));
    }

    #[test]
    fn a_card_without_network_role_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut cards = cards(folder.path());
        let roles = [Role::Settlement, Role::Gate];
        cards.push(institution(&folder.path().join("bank"), BANK, &roles));
        let refused = found(cards, params(), LedgerTime::new(1));
        assert!(matches!(refused, Err(FoundingError::NoNetworkRole { .. })));
    }

    #[test]
    fn unknown_parameters_are_refused() {
        assert!(toml::from_str::<Params>("name = \"x\"\nblock_time = 1\n").is_err());
    }
}
