//! `florin drill`: what an operator rehearses, with the times that it took and what was lost.
//!
//! # Place      a person or a script -> [drill] -> child processes over loopback -> a table or JSON
//! # Invariants exits 0 only if every goal was met and nothing was wrong
//! # Absent     what people need: to notice, to decide, to drive somewhere

use std::process::ExitCode;

use clap::Subcommand;

use crate::cli::ui::Failure;

mod case;
mod report;
pub(crate) mod second_site;
mod sites;

/// What is rehearsed.
#[derive(Debug, Subcommand)]
pub(crate) enum DrillArgs {
    /// Lose a site with all its validators under load, with and without a quorum left, and rebuild it on the other one.
    SecondSite(second_site::SecondSiteArgs),
}

/// Rehearses.
///
/// # Errors
/// [`Failure`].
pub(crate) fn run(args: &DrillArgs) -> Result<ExitCode, Failure> {
    match args {
        DrillArgs::SecondSite(args) => second_site::run(args),
    }
}
