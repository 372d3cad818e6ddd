//! `florin trust`: the file that proofs are verified with after the committee has changed.
//!
//! # Place      a store beside its running process, genesis -> [trust] -> `florin verify --trust`
//! # Invariants W23 what is written was checked from genesis on
//! # Absent     the network

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use ledger_store::{Store, StoredHandover};
use verifier::{Committee, Handover, write_trust};

use crate::{
    cli::{
        input,
        snapshot::ledger,
        ui::{self, Failure},
    },
    keyfile::{self, PUBLIC},
};

/// Options of `florin trust`.
#[derive(Debug, Args)]
pub(crate) struct TrustArgs {
    /// The genesis from which every handover is checked.
    #[arg(long)]
    genesis: PathBuf,
    /// The data directory of a validator or observer.
    #[arg(long)]
    data: PathBuf,
    /// Where to write the file.
    #[arg(long)]
    out: PathBuf,
    /// Leave out all handovers but the latest, which whoever uses the file takes on trust.
    #[arg(long)]
    checkpoint: bool,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub(crate) fn run(args: &TrustArgs) -> Result<ExitCode, Failure> {
    let genesis = input::genesis(&args.genesis).map_err(Failure::usage)?;
    let committee = Committee::new(&genesis).map_err(Failure::usage)?;
    let store = Store::open_read_only(&ledger(&args.data)).map_err(Failure::usage)?;
    let mut handovers = Vec::new();
    for StoredHandover { header, certificate, validators } in
        store.handovers().map_err(Failure::of)?
    {
        let handover = Handover { header, certificate, validators };
        committee.learn(&handover).map_err(Failure::of)?;
        handovers.push(handover);
    }
    if args.checkpoint {
        handovers = handovers.pop().into_iter().collect();
    }
    let text = write_trust(&genesis, args.checkpoint, &handovers);
    keyfile::write_new(&args.out, text.as_bytes(), PUBLIC).map_err(Failure::of)?;
    let since = committee.latest().map_or(0, |latest| latest.since);
    ui::line(&format!("handovers {}, latest committee from epoch {since}", handovers.len()));
    Ok(ExitCode::SUCCESS)
}
