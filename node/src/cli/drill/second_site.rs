//! `florin drill second-site`: validators on two sites, payments all the time, and one site is gone.
//!
//! # Place      `drill` -> [second_site] -> `case`, one after the other -> `report`
//! # Invariants a case that cannot go on is reported with what was seen until then
//! # Absent     several machines; gateways

use std::{path::PathBuf, process::ExitCode};

use clap::Args;

use super::{
    case::{self, Case},
    report::Report,
};
use crate::cli::{
    testbed::{Folder, TestbedError},
    ui::{self, Failure},
};

/// Options of the drill.
#[derive(Clone, Debug, Args)]
pub(crate) struct SecondSiteArgs {
    /// Seconds of payments before the site is lost.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(super) seconds: u64,
    /// Accounts of the two banks together.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(2..=1_000))]
    pub(super) accounts: u32,
    /// Blocks in an epoch: a validator made anew from a snapshot votes from the next epoch on. Networks have 4096 if
    /// nothing is said.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u64).range(8..=100_000))]
    pub(super) epoch_length: u64,
    /// End with one line of JSON on standard output instead of a table.
    #[arg(long)]
    json: bool,
    /// Folder for keys, configs, data and logs, kept at the end: absent or empty. A temporary one,
    /// removed if all went well, if not given.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Runs the drill.
///
/// # Errors
/// [`Failure`].
pub(crate) fn run(args: &SecondSiteArgs) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::of)?;
    let report = runtime.block_on(drill(args)).map_err(Failure::of)?;
    report.show(args.json);
    Ok(if report.met { ExitCode::SUCCESS } else { ExitCode::from(ui::NOT_DONE) })
}

async fn drill(args: &SecondSiteArgs) -> Result<Report, TestbedError> {
    let folder = Folder::make(args.out.as_deref(), "drill")?;
    let mut cases = Vec::new();
    for case in Case::ALL {
        ui::note(&format!("florin drill second-site: {}", case.name()));
        cases.push(case::play(args, case, &folder.path.join(case.name())).await);
    }
    let report = Report::of(cases);
    folder.leave(report.met);
    Ok(report)
}
