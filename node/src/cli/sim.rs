//! `florin sim`: a seeded cluster under faults, run by the binary `florin-sim` beside this one.
//!
//! The simulation needs generators and planted bugs that no product may hold (ADR 0034), so it is
//! another binary, built from `tests/sim`; this command finds it and passes on what it was given.
//!
//! # Place      a person or a script -> [sim] -> `florin-sim` -> a line per seed, or JSON
//! # Absent     the simulation

use std::{
    io,
    path::PathBuf,
    process::{Command, ExitCode},
};

use clap::Args;

use crate::cli::ui::{Failure, NOT_DONE};

/// Options of the simulation.
#[derive(Clone, Debug, Args)]
pub(crate) struct SimArgs {
    /// Seeds `A..B`, the last left out.
    #[arg(long)]
    seeds: String,
    /// How many validators, 4 to 7; drawn from the seed if not given.
    #[arg(long, value_parser = clap::value_parser!(u8).range(4..=7))]
    validators: Option<u8>,
    /// A bug to plant, by the name that docs/testing.md gives it.
    #[arg(long)]
    planted: Option<String>,
    /// Seeds run at the same time.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
    /// One line of JSON for each seed.
    #[arg(long)]
    json: bool,
}

/// Why nothing was simulated.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SimError {
    /// Where this binary is.
    #[error("this program's own place is not known: {0}")]
    Place(io::Error),
    /// The other binary.
    #[error(
        "{path} does not run ({error}); `make sim` builds it beside `florin`, from a source checkout"
    )]
    Binary {
        /// Where it should be.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

/// Runs it; its exit code is ours.
pub(crate) fn run(args: &SimArgs) -> Result<ExitCode, Failure> {
    let own = std::env::current_exe().map_err(|error| Failure::of(SimError::Place(error)))?;
    let path = own.with_file_name("florin-sim");
    let mut command = Command::new(&path);
    command.args(["--seeds", &args.seeds, "--threads", &args.threads.to_string()]);
    if let Some(validators) = args.validators {
        command.args(["--validators", &validators.to_string()]);
    }
    if let Some(planted) = &args.planted {
        command.args(["--planted", planted]);
    }
    if args.json {
        command.arg("--json");
    }
    let status = command.status();
    let status = status.map_err(|error| Failure::of(SimError::Binary { path, error }))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(NOT_DONE)))
}
