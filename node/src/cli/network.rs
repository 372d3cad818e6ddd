//! `florin network`: halts and their end, as commands to be signed; and what the ledger says of itself.
//!
//! ```text
//! halt              an emergency key's, at once, for a day: JSON for `florin command sign`
//! halt --hours N    the operators' proposal to halt for so long: JSON for the same
//! resume --halt N   the operators' proposal to end the halt of this number: JSON for the same
//! state             the last halt, with its proof checked
//! rules             versions of the rules and who knows them, misconduct and addresses of validators: what
//!                   the ledger says of them, with its proof checked
//! ```
//!
//! # Place      an operator, or whoever has an emergency key -> [network] -> `florin command`
//! # Invariants nothing is sent from here; what is shown is proved
//! # Absent     approvals (`florin command show` prints them)

use std::process::ExitCode;

use clap::{Args, Subcommand};
use ledger_core::{
    command::{Action, Command},
    genesis::Validator,
    halt::{Halt, HaltOrder},
    id::Text,
    misconduct::Offence,
    record::{Name, Record},
    rules::{Rules, RulesVersion},
    signature::PublicKey,
    time::{Height, LedgerTime},
    validators::Committee,
};
use serde::Serialize;
use settlement_api::ledger_port::{LedgerClient, PortError};

use crate::cli::{
    call, command, keygen,
    ledger::{LedgerArgs, LedgerFailure},
    ui::{self, Failure},
};

/// Halt, resume or look.
#[derive(Debug, Subcommand)]
pub(crate) enum NetworkArgs {
    /// Print what halts the network, as JSON for `florin command sign`.
    Halt(HaltArgs),
    /// Print the proposal to end a halt, as JSON for `florin command sign`.
    Resume(ResumeArgs),
    /// Show the last halt, and whether it is on.
    State(StateArgs),
    /// Show which version of the rules acts, which is decided, and what each validator knows.
    Rules(StateArgs),
    /// Show the committee, and what is recorded of each validator's misconduct.
    Validators(StateArgs),
}

/// Options of `florin network halt`.
#[derive(Debug, Args)]
pub(crate) struct HaltArgs {
    /// The case, by a name that says nothing to others.
    #[arg(long, value_parser = keygen::text)]
    reference: Text,
    /// The operators' proposal to halt for so many hours from now, 168 at most; without it an
    /// emergency key's halt for a day.
    #[arg(long)]
    hours: Option<u64>,
    /// Seconds until the proposal can no longer be approved.
    #[arg(long, default_value_t = 3_600)]
    expires_in: u64,
}

/// Options of `florin network resume`.
#[derive(Debug, Args)]
pub(crate) struct ResumeArgs {
    /// The number of the halt, as `florin network state` shows it.
    #[arg(long)]
    halt: u64,
    /// Seconds until the proposal can no longer be approved.
    #[arg(long, default_value_t = 3_600)]
    expires_in: u64,
}

/// Options of `florin network state`.
#[derive(Debug, Args)]
pub(crate) struct StateArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
}

/// What `florin network state` says.
#[derive(Debug, Serialize)]
struct State {
    /// Whether the network is halted.
    halted: bool,
    /// Ledger time of the header that proves it.
    time: LedgerTime,
    /// The last halt, if there ever was one.
    last: Option<Halt>,
}

/// What `florin network rules` says.
#[derive(Debug, Serialize)]
struct RulesState {
    /// Ledger time of the header that proves it.
    time: LedgerTime,
    /// The version in force.
    version: RulesVersion,
    /// The highest version that this binary knows.
    known_here: RulesVersion,
    /// The record: what acted, what is decided, who knows more.
    rules: Rules,
    /// Names of the validators of the committee that have not said that they know more.
    silent: Vec<Text>,
}

/// What `florin network validators` says of one.
#[derive(Debug, Serialize)]
struct ValidatorState {
    /// Its name.
    name: Text,
    /// Its identity.
    identity: PublicKey,
    /// Whether it is to leave the committee for misconduct.
    expelled: bool,
    /// The first epoch, view and block of each offence that is proved.
    offences: Vec<OffenceState>,
}

/// One offence.
#[derive(Debug, Serialize)]
struct OffenceState {
    /// Which votes contradict each other.
    kind: &'static str,
    /// Their epoch.
    epoch: u64,
    /// Their view.
    view: u64,
    /// The block that recorded it.
    height: Height,
    /// Whether both signatures hold, checked here.
    holds: bool,
}

/// Why nothing was printed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NetworkFailure {
    /// The ledger cannot be asked.
    #[error(transparent)]
    Ledger(#[from] LedgerFailure),
    /// The ledger port.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The ledger shows no committee.
    #[error("the ledger port shows no committee; ask another validator")]
    NoCommittee,
    /// What is shown has no JSON.
    #[error("cannot be shown: {0}")]
    Unshowable(#[from] serde_json::Error),
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub(crate) fn run(args: NetworkArgs) -> Result<ExitCode, Failure> {
    match args {
        NetworkArgs::Halt(args) => print(&halt(args)).map_err(Failure::usage)?,
        NetworkArgs::Resume(args) => {
            let action = Action::ResumeNetwork { halt: args.halt };
            let expires = command::in_seconds(args.expires_in);
            print(&Command::Propose { action, expires }).map_err(Failure::usage)?;
        }
        NetworkArgs::State(args) => {
            let runtime = call::runtime().map_err(Failure::of)?;
            let state = runtime.block_on(state(&args)).map_err(Failure::of)?;
            print(&state).map_err(Failure::of)?;
        }
        NetworkArgs::Rules(args) => {
            let runtime = call::runtime().map_err(Failure::of)?;
            let rules = runtime.block_on(rules(&args)).map_err(Failure::of)?;
            print(&rules).map_err(Failure::of)?;
        }
        NetworkArgs::Validators(args) => {
            let runtime = call::runtime().map_err(Failure::of)?;
            let validators = runtime.block_on(validators(&args)).map_err(Failure::of)?;
            print(&validators).map_err(Failure::of)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn halt(args: HaltArgs) -> Command {
    let reference = args.reference;
    match args.hours {
        None => Command::Halt { reference },
        Some(hours) => {
            let until = command::in_seconds(hours.saturating_mul(3_600));
            let action = Action::HaltNetwork(HaltOrder { until, reference });
            Command::Propose { action, expires: command::in_seconds(args.expires_in) }
        }
    }
}

async fn state(args: &StateArgs) -> Result<State, NetworkFailure> {
    let (client, _) = args.ledger.client()?;
    Ok(match client.record(&Name::Halt).await? {
        Some((Record::Halt(halt), proved)) => {
            let time = proved.certified.header.time;
            State { halted: halt.is_on(time), time, last: Some(*halt) }
        }
        _ => State { halted: false, time: client.latest().await?.header.time, last: None },
    })
}

async fn committee(client: &LedgerClient) -> Result<Committee, NetworkFailure> {
    match client.record(&Name::Committee).await? {
        Some((Record::Committee(committee), _)) => Ok(*committee),
        _ => Err(NetworkFailure::NoCommittee),
    }
}

async fn rules(args: &StateArgs) -> Result<RulesState, NetworkFailure> {
    let (client, _) = args.ledger.client()?;
    let (rules, time) = match client.record(&Name::Rules).await? {
        Some((Record::Rules(rules), proved)) => (*rules, proved.certified.header.time),
        _ => (Rules::default(), client.latest().await?.header.time),
    };
    let silent = |one: &Validator| rules.signal_of(&one.identity).is_none();
    let listed = committee(&client).await?.validators.into_iter();
    let silent = listed.filter(silent).map(|one| one.name).collect();
    let (version, known_here) = (rules.version(), RulesVersion::KNOWN);
    Ok(RulesState { time, version, known_here, rules, silent })
}

async fn validators(args: &StateArgs) -> Result<Vec<ValidatorState>, NetworkFailure> {
    let (client, genesis) = args.ledger.client()?;
    let (chain, expelled) = (genesis.chain_id(), client.record(&Name::Expelled).await?);
    let expelled = match expelled {
        Some((Record::Expelled(expelled), _)) => expelled.vote_keys,
        _ => Vec::new(),
    };
    let mut all = Vec::new();
    for Validator { name, identity, vote_key, .. } in committee(&client).await?.validators {
        let found = client.record(&Name::Misconduct(identity)).await?;
        let offences = match found {
            Some((Record::Misconduct(found), _)) => found.offences,
            _ => Vec::new(),
        };
        let shown = |offence: &Offence| OffenceState {
            kind: offence.evidence.kind().name(),
            epoch: offence.evidence.epoch,
            view: offence.evidence.view,
            height: offence.height,
            holds: offence.evidence.holds(&chain, &offence.vote_key),
        };
        let (expelled, offences) =
            (expelled.contains(&vote_key), offences.iter().map(shown).collect());
        all.push(ValidatorState { name, identity, expelled, offences });
    }
    Ok(all)
}

fn print<T: Serialize>(value: &T) -> Result<(), NetworkFailure> {
    ui::line(&serde_json::to_string_pretty(value)?);
    Ok(())
}
