//! `florin snapshot`, `florin restore`, `florin prune`: a ledger's state leaves a machine, comes to
//! one, and what is old of it goes.
//!
//! ```text
//! snapshot  read-only, beside a running node: it waits until a certified header covers its block
//! restore   into a folder that has no ledger yet; the genesis says whose certificates hold
//! prune     of a stopped node: it needs the lock of the ledger's folder
//! ```
//!
//! # Place      an operator -> [snapshot] -> `ledger_store`
//! # Invariants W41 nothing is restored without a certificate that holds under the given genesis
//! # Absent     the network: a snapshot travels as files do

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use ledger_core::time::Height;
use ledger_store::{Progress, Store, StoreError};
use verifier::Committee;

use crate::cli::{
    input,
    ui::{self, Failure},
};

/// Folder of the ledger in a data directory.
const LEDGER: &str = "ledger";
/// Blocks, or slots with their lists, between two steps of the bar.
const STEPS: u64 = 1_000;
/// Between two looks for a certificate: each one reads the database's log.
const PAUSE: Duration = Duration::from_secs(2);

/// Options of `florin snapshot`.
#[derive(Debug, Args)]
pub(crate) struct SnapshotArgs {
    /// A running node's data directory. The node goes on meanwhile.
    #[arg(long)]
    data: PathBuf,
    /// Folder of the snapshot; there must be nothing in it.
    #[arg(long)]
    out: PathBuf,
    /// Seconds to wait for a certificate that covers the snapshot.
    #[arg(long, default_value_t = 60)]
    wait_s: u64,
}

/// Options of `florin restore`.
#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// Folder of the snapshot.
    #[arg(long)]
    from: PathBuf,
    /// Data directory of the node; it must have no ledger.
    #[arg(long)]
    data: PathBuf,
    /// The network's genesis, which is trusted.
    #[arg(long)]
    genesis: PathBuf,
    /// A file of `florin trust`, where the committee has changed since genesis.
    #[arg(long)]
    trust: Option<PathBuf>,
}

/// Options of `florin prune`.
#[derive(Debug, Args)]
pub(crate) struct PruneArgs {
    /// A stopped node's data directory.
    #[arg(long)]
    data: PathBuf,
    /// The first block whose receipts and entries are kept.
    #[arg(long)]
    below: u64,
}

/// Why a snapshot has no end.
#[derive(Debug, thiserror::Error)]
enum SnapshotFailure {
    /// No certificate came.
    #[error(
        "no certified header covers block {height} yet: the network stands still, or no node runs on \
         this data directory; start it, or wait longer with --wait-s"
    )]
    NotCovered {
        /// The block of the snapshot.
        height: Height,
    },
    /// The data directory could not be made.
    #[error("{path}: {error}; check the path and its permissions")]
    Folder {
        /// Which.
        path: PathBuf,
        /// What the file system said.
        error: io::Error,
    },
}

/// Takes a snapshot.
///
/// # Errors
/// [`Failure`]: the store cannot be read, the folder cannot be written, or no certificate came.
pub(crate) fn snapshot(args: &SnapshotArgs) -> Result<ExitCode, Failure> {
    let bar = bar();
    let mut tell = |progress: Progress| show(&bar, progress);
    let mut taken =
        Store::snapshot(&ledger(&args.data), &args.out, &mut tell).map_err(Failure::of)?;
    let height = taken.height();
    bar.set_message("waiting for a certificate");
    // The first block that is certified from now on may not cover it yet.
    let until = Instant::now().checked_add(Duration::from_secs(args.wait_s));
    while !taken.seal(&mut tell).map_err(Failure::of)? {
        if until.is_none_or(|until| Instant::now() >= until) {
            return Err(Failure::of(SnapshotFailure::NotCovered { height }));
        }
        thread::sleep(PAUSE);
    }
    bar.finish_and_clear();
    ui::line(&format!("snapshot of block {height} in {}", args.out.display()));
    Ok(ExitCode::SUCCESS)
}

/// Makes a ledger from a snapshot.
///
/// # Errors
/// [`Failure`]: the snapshot is refused, or the folder cannot be written; nothing was made then.
pub(crate) fn restore(args: &RestoreArgs) -> Result<ExitCode, Failure> {
    let genesis = input::genesis(&args.genesis).map_err(Failure::usage)?;
    let committee = match &args.trust {
        Some(trust) => input::trust(trust).map_err(Failure::usage)?,
        None => Committee::new(&genesis).map_err(Failure::usage)?,
    };
    fs::create_dir_all(&args.data)
        .map_err(|error| Failure::of(SnapshotFailure::Folder { path: args.data.clone(), error }))?;
    let bar = bar();
    let restored = Store::restore(
        &args.from,
        &args.data.join(LEDGER),
        &genesis,
        |header, certificate| committee.verify(header, certificate).is_ok(),
        &mut |progress| show(&bar, progress),
    );
    bar.finish_and_clear();
    let height = restored.map_err(Failure::of)?;
    ui::line(&format!(
        "restored block {height}; receipts and entries of blocks up to it are not kept here"
    ));
    Ok(ExitCode::SUCCESS)
}

/// Deletes what is old.
///
/// # Errors
/// [`Failure`]: the node runs, or rows cannot be read or written. Run again, it goes on.
pub(crate) fn prune(args: &PruneArgs) -> Result<ExitCode, Failure> {
    let kept = pruned(args)?;
    let text = if kept == Height::new(args.below) {
        format!("receipts and entries of blocks from {kept} on are kept")
    } else {
        format!("receipts and entries of blocks from {kept} on were kept already")
    };
    ui::line(&text);
    Ok(ExitCode::SUCCESS)
}

/// Prunes to the end; from which block on rows are kept then.
fn pruned(args: &PruneArgs) -> Result<Height, Failure> {
    let mut store = Store::reopen(&ledger(&args.data)).map_err(Failure::of)?;
    let bar = bar();
    let mut work = || -> Result<Height, StoreError> {
        loop {
            let pruning = store.prune(Height::new(args.below), STEPS)?;
            let all = pruning.below.get().saturating_add(pruning.of_slots);
            bar.set_length(all);
            bar.set_position(pruning.blocks.get().saturating_add(pruning.slots));
            bar.set_message("blocks, then lists");
            if pruning.is_done() {
                return Ok(pruning.below);
            }
        }
    };
    let below = work();
    bar.finish_and_clear();
    let below = below.map_err(Failure::of)?;
    store.close().map_err(Failure::of)?;
    Ok(below)
}

/// The ledger's folder of a data directory, or that folder itself.
pub(crate) fn ledger(data: &Path) -> PathBuf {
    let nested = data.join(LEDGER);
    if nested.is_dir() { nested } else { data.to_path_buf() }
}

fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_length(progress.of);
    bar.set_position(progress.done);
    bar.set_message(progress.kind.name());
}

/// A progress bar in the house's style.
fn bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    if let Ok(style) =
        ProgressStyle::with_template("{spinner} [{bar:30}] {pos}/{len} {elapsed} {msg}")
    {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

#[cfg(test)]
mod tests;
