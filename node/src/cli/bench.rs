//! `florin bench`: how many payments a second this machine settles, and how long one takes.
//!
//! Real processes on loopback: validators with their stores, every command signed, screened and
//! checked against standing and limits, roots and receipts computed. A payment counts once a
//! certified header proves what became of it. Accounts are opened and money is minted by the same
//! commands that an operator uses.
//!
//! # Place      a person or a script -> [bench] -> child processes over loopback -> a table or JSON
//! # Invariants exits 0 only if every payment settled and none was refused
//! # Absent     gateways and their messages; other systems (docs/performance.md says how to run them)

use std::{fs, io, path::PathBuf, process::ExitCode};

use clap::{Args, ValueEnum};
use ledger_core::signature::SignerError;
use settlement_api::ledger_port::PortError;

use crate::cli::{
    child::ChildError,
    genesis::FoundingError,
    keygen::KeygenError,
    ui::{self, Failure},
};

mod cast;
mod drive;
mod follow;
mod network;
mod payments;
mod prepare;
mod report;

/// Options of the bench.
#[derive(Clone, Debug, Args)]
pub(crate) struct BenchArgs {
    /// What is measured.
    #[arg(value_enum)]
    load: Load,
    /// Accounts of the two banks together.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(2..))]
    accounts: u32,
    /// Seconds of load.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=500))]
    seconds: u32,
    /// Commands that are sent and not proven yet, at most.
    #[arg(long, default_value_t = 16_000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    outstanding: u32,
    /// Commands of one request.
    #[arg(long, default_value_t = 1_024, value_parser = clap::value_parser!(u32).range(1..=1_024))]
    batch: u32,
    /// End with one line of JSON on standard output instead of a table.
    #[arg(long)]
    json: bool,
    /// Folder for keys, configs, data and logs, kept at the end: absent or empty. A temporary one,
    /// removed at the end, if not given.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Load {
    /// One validator, payments signed one by one, between accounts chosen evenly.
    Signed,
    /// The same, every payment from one account.
    Hot,
    /// One validator, 1,000 payments under one signature.
    Bulk,
    /// Four validators, payments signed one by one.
    Committee,
    /// One validator, one payment at a time.
    Single,
}

impl Load {
    const fn validators(self) -> usize {
        match self {
            Self::Signed | Self::Hot | Self::Bulk | Self::Single => 1,
            Self::Committee => 4,
        }
    }

    /// Payments under one signature.
    const fn legs(self) -> usize {
        match self {
            Self::Signed | Self::Hot | Self::Committee | Self::Single => 1,
            Self::Bulk => 1_000,
        }
    }

    /// Commands a second for which payments are prepared: more than any machine settles.
    const fn prepared_per_second(self) -> u32 {
        match self {
            Self::Signed | Self::Hot => 30_000,
            Self::Committee => 12_000,
            Self::Bulk => 100,
            Self::Single => 400,
        }
    }
}

/// Why there is no figure.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    /// The file system.
    #[error("{what}: {error}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        error: io::Error,
    },
    /// The folder has something in it.
    #[error("{0} is not empty; name a folder that is absent or empty")]
    NotEmpty(PathBuf),
    /// A child process.
    #[error(transparent)]
    Child(#[from] ChildError),
    /// Keys of validators.
    #[error(transparent)]
    Keygen(#[from] KeygenError),
    /// Genesis.
    #[error(transparent)]
    Founding(#[from] FoundingError),
    /// A key did not sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The ledger port.
    #[error("ledger port: {0}")]
    Port(#[from] PortError),
    /// A validator did not take a command.
    #[error("a validator did not take a command: {code}")]
    NotTaken {
        /// Its code.
        code: String,
    },
    /// Commands were not proven in time.
    #[error(
        "{open} commands were not proven within {seconds} s while {what}; see the logs in {folder}"
    )]
    NotProven {
        /// How many.
        open: usize,
        /// How long was waited.
        seconds: u64,
        /// What was going on.
        what: &'static str,
        /// The bench's folder.
        folder: PathBuf,
    },
    /// The ledger refused something.
    #[error("the ledger refused {refused} commands or payments; see florin_refusals_total")]
    Refused {
        /// How many.
        refused: u64,
    },
    /// A part of the bench itself is wrong.
    #[error("the bench: {0}")]
    Broken(&'static str),
}

impl BenchError {
    fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |error| Self::Io { what, error }
    }
}

/// Runs the bench.
///
/// # Errors
/// [`Failure`].
pub(crate) fn run(args: BenchArgs) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::of)?;
    runtime.block_on(measure(args)).map_err(Failure::of)?;
    Ok(ExitCode::SUCCESS)
}

async fn measure(args: BenchArgs) -> Result<(), BenchError> {
    let temporary = args.out.is_none();
    let folder = args.out.clone().unwrap_or_else(|| {
        std::env::temp_dir().join(format!("florin-bench-{}", std::process::id()))
    });
    let shown = || folder.display().to_string();
    fs::create_dir_all(&folder).map_err(BenchError::io(shown()))?;
    if fs::read_dir(&folder).map_err(BenchError::io(shown()))?.next().is_some() {
        return Err(BenchError::NotEmpty(folder));
    }
    let outcome = in_folder(&args, &folder).await;
    if temporary && outcome.is_ok() {
        let _ = fs::remove_dir_all(&folder);
    } else {
        ui::note(&format!("kept: {}", shown()));
    }
    outcome
}

async fn in_folder(args: &BenchArgs, folder: &std::path::Path) -> Result<(), BenchError> {
    let cast = cast::Cast::draw().ok_or(BenchError::Broken("the cast has no identifiers"))?;
    let mut network = network::Network::found(folder, &cast, args.load.validators())?;
    network.start().await?;
    let stage = prepare::Stage::set(&cast, &network, args).await?;
    let commands = payments::prepare(&cast, &stage, args)?;
    let bound = report::signature_bound(&commands);
    let before = network.disk_bytes()?;
    let run = drive::load(&cast, &network, &stage.follower, commands, args).await?;
    network.check_outcomes(&stage, &run, args.load.legs()).await?;
    network.stop().await;
    let disk = network.disk_bytes()?.saturating_sub(before);
    report::show(args, &report::Figures { run, bound, disk });
    Ok(())
}
