//! `florin bench`: how many payments a second this machine settles, and how long one takes.
//!
//! Real processes on loopback: validators with their stores, every command signed, screened and
//! checked against standing and limits, roots and receipts computed. A payment counts once a
//! certified header proves what became of it.
//!
//! # Place      a person or a script -> [bench] -> child processes over loopback -> a table or JSON
//! # Invariants exits 0 only if every payment settled and none was refused
//! # Absent     gateways and their messages; other systems (docs/performance.md says how to run them)

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, ValueEnum};
use settlement_api::ledger_port::BatchOutcome;

use crate::cli::{
    testbed::{
        Folder, TestbedError,
        cast::Cast,
        network::{Network, Outcomes},
        prepare::{Size, Stage},
    },
    ui::Failure,
};

mod drive;
mod overload;
mod payments;
mod reads;
mod report;
mod restart;
mod slow;

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
    /// With `restart`: blocks that the others are ahead.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    blocks: u64,
    /// With `slow`: validators that are told that they are near each other (`[p2p] distance = "near"`).
    #[arg(long)]
    near: bool,
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
    /// Four validators, an even load, and then one of them stopped.
    Slow,
    /// Four validators, and ten times what they settle.
    Overload,
    /// Four validators: one that was away catches up, one starts again, one is restored.
    Restart,
    /// One validator, and two observers one after the other: records read with their proofs.
    Reads,
}

impl Load {
    const fn validators(self) -> usize {
        match self {
            Self::Signed | Self::Hot | Self::Bulk | Self::Single | Self::Reads => 1,
            Self::Committee | Self::Slow | Self::Overload | Self::Restart => 4,
        }
    }

    /// Payments under one signature.
    const fn legs(self) -> usize {
        match self {
            Self::Signed | Self::Hot | Self::Committee | Self::Single => 1,
            Self::Slow | Self::Overload | Self::Restart | Self::Reads => 1,
            Self::Bulk => 1_000,
        }
    }

    /// Commands a second for which payments are prepared: more than any machine settles.
    const fn prepared_per_second(self) -> u32 {
        match self {
            Self::Signed | Self::Hot => 30_000,
            Self::Committee => 12_000,
            // They say themselves how many.
            Self::Slow | Self::Overload | Self::Restart | Self::Reads => 0,
            Self::Bulk => 100,
            Self::Single => 400,
        }
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

async fn measure(args: BenchArgs) -> Result<(), TestbedError> {
    let folder = Folder::make(args.out.as_deref(), "bench")?;
    let outcome = in_folder(&args, &folder.path).await;
    folder.leave(outcome.is_ok());
    outcome
}

async fn in_folder(args: &BenchArgs, folder: &std::path::Path) -> Result<(), TestbedError> {
    match args.load {
        Load::Slow => return slow::measure(args, folder).await,
        Load::Overload => return overload::measure(args, folder).await,
        Load::Restart => return restart::measure(args, folder).await,
        Load::Reads => return reads::measure(args, folder).await,
        Load::Signed | Load::Hot | Load::Bulk | Load::Committee | Load::Single => {}
    }
    let cast = Cast::draw().ok_or(TestbedError::Broken("the cast has no identifiers"))?;
    let network = Network::found(folder, &cast, args.load.validators())?;
    network.start().await?;
    let size = Size { accounts: args.accounts, outstanding: args.outstanding };
    let stage = Stage::set(&cast, &network, size).await?;
    let count = args.seconds.saturating_mul(args.load.prepared_per_second());
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let commands = payments::prepare(&cast, &stage, args.load, count)?;
    let bound = report::signature_bound(&commands);
    let before = network.disk_bytes()?;
    let run = drive::load(&cast, &network, &stage.follower, commands, args).await?;
    check_outcomes(&network, &stage, &run, args.load.legs()).await?;
    network.stop().await;
    let disk = network.disk_bytes()?.saturating_sub(before);
    network.compact()?;
    let compacted = network.disk_bytes()?;
    report::show(args, &report::Figures { run, bound, disk, compacted });
    Ok(())
}

/// Whether a validator took a command in.
const fn is_taken(outcome: &BatchOutcome) -> bool {
    matches!(outcome, BatchOutcome::Taken { .. })
}

/// Whether the first validator executed every payment of the run and refused nothing.
async fn check_outcomes(
    network: &Network,
    stage: &Stage,
    run: &drive::Run,
    legs: usize,
) -> Result<(), TestbedError> {
    let Outcomes { applied, refused } = network.outcomes().await?;
    if refused > 0 {
        return Err(TestbedError::Refused { refused });
    }
    let legs = u64::try_from(legs).unwrap_or(u64::MAX);
    if applied != stage.applied.saturating_add(run.commands.saturating_mul(legs)) {
        return Err(TestbedError::Broken("a payment was counted and not executed"));
    }
    Ok(())
}
