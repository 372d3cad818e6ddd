//! `florin network`: halts and their end, as commands to be signed; and whether there is one.
//!
//! ```text
//! halt              an emergency key's, at once, for a day: JSON for `florin command sign`
//! halt --hours N    the operators' proposal to halt for so long: JSON for the same
//! resume --halt N   the operators' proposal to end the halt of this number: JSON for the same
//! state             the last halt, with its proof checked
//! ```
//!
//! # Place      an operator, or whoever has an emergency key -> [network] -> `florin command`
//! # Invariants nothing is sent from here; what is shown is proved
//! # Absent     approvals (`florin command show` prints them)

use std::process::ExitCode;

use clap::{Args, Subcommand};
use ledger_core::{
    command::{Action, Command},
    halt::{Halt, HaltOrder},
    id::Text,
    record::{Name, Record},
    time::LedgerTime,
};
use serde::Serialize;
use settlement_api::ledger_port::PortError;

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

/// Why nothing was printed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NetworkFailure {
    /// The ledger cannot be asked.
    #[error(transparent)]
    Ledger(#[from] LedgerFailure),
    /// The ledger port.
    #[error(transparent)]
    Port(#[from] PortError),
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

fn print<T: Serialize>(value: &T) -> Result<(), NetworkFailure> {
    ui::line(&serde_json::to_string_pretty(value)?);
    Ok(())
}
