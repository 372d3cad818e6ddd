//! `florin quarantine`: what validators sign when a block cannot be executed.
//!
//! ```text
//! sign    height, block, commands (from the log of a validator that stopped) ──> a file, one signature
//! join    files of several validators ──> one file, for `quarantines` in every process's configuration
//! fetch   a height ──> the file, from a ledger that has executed the block with it
//! ```
//!
//! # Place      an operator of a validator -> [quarantine] -> files
//! # Invariants D13 it acts only with a quorum's signatures, which every process checks by itself
//! # Absent     finding the commands (the log names them)

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Subcommand};
use ledger_core::{
    digest::Hash32,
    id::{CommandId, Text},
    quarantine::{Quarantine, QuarantineError, SignedQuarantine},
    record::{Name, Record},
    signature::SignerError,
    time::Height,
};
use settlement_api::ledger_port::PortError;

use crate::{
    cli::{
        call,
        input::{self, InputError},
        keygen,
        ledger::{LedgerArgs, LedgerFailure},
        ui::{self, Failure},
    },
    keyfile::{self, KeyFileError},
};

/// Permissions of a file: it is for everybody who runs a process of the network.
const READABLE: u32 = 0o644;

/// Sign, join or fetch.
#[derive(Debug, Subcommand)]
pub(crate) enum QuarantineArgs {
    /// Sign that commands of a block are not executed, with a validator's identity key.
    Sign(SignArgs),
    /// Put the signatures of several files into one.
    Join(JoinArgs),
    /// Fetch what the validators of a block set aside, from a ledger that executed it so.
    Fetch(FetchArgs),
}

/// Options of `florin quarantine sign`.
#[derive(Debug, Args)]
pub(crate) struct SignArgs {
    /// The network.
    #[arg(long)]
    genesis: PathBuf,
    /// The block.
    #[arg(long)]
    height: u64,
    /// Digest of its header, in hex.
    #[arg(long, value_parser = hash)]
    block: Hash32,
    /// A command that is not executed, in hex; repeatable.
    #[arg(long = "command", required = true, value_parser = command_id)]
    commands: Vec<CommandId>,
    /// The case, by a name that says nothing to others.
    #[arg(long, value_parser = keygen::text)]
    reference: Text,
    /// The file of the validator's identity key.
    #[arg(long)]
    key: PathBuf,
    /// The file to write.
    #[arg(long)]
    out: PathBuf,
}

/// Options of `florin quarantine join`.
#[derive(Debug, Args)]
pub(crate) struct JoinArgs {
    /// Files of one statement.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The file to write.
    #[arg(long)]
    out: PathBuf,
}

/// Options of `florin quarantine fetch`.
#[derive(Debug, Args)]
pub(crate) struct FetchArgs {
    /// The block.
    #[arg(long)]
    height: u64,
    #[command(flatten)]
    ledger: LedgerArgs,
    /// The file to write.
    #[arg(long)]
    out: PathBuf,
}

fn hash(given: &str) -> Result<Hash32, String> {
    Hash32::from_hex(given).ok_or_else(|| "64 lowercase hex digits".to_owned())
}

fn command_id(given: &str) -> Result<CommandId, String> {
    CommandId::from_hex(given).ok_or_else(|| "64 lowercase hex digits".to_owned())
}

/// Why no file was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum QuarantineFailure {
    /// A file cannot be read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A key, or the file to write.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// A key did not sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The files are about different things.
    #[error("{0}")]
    Quarantine(#[from] QuarantineError),
    /// The ledger cannot be asked.
    #[error(transparent)]
    Ledger(#[from] LedgerFailure),
    /// The ledger port.
    #[error(transparent)]
    Port(#[from] PortError),
    /// Nothing was set aside.
    #[error("the ledger says of no command of block {0} that it was set aside")]
    Nothing(u64),
    /// It has no JSON.
    #[error("cannot be written: {0}")]
    Unwritable(#[from] serde_json::Error),
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub(crate) fn run(args: QuarantineArgs) -> Result<ExitCode, Failure> {
    match args {
        QuarantineArgs::Sign(args) => sign(args).map_err(Failure::usage)?,
        QuarantineArgs::Join(args) => join(&args).map_err(Failure::usage)?,
        QuarantineArgs::Fetch(args) => {
            let runtime = call::runtime().map_err(Failure::of)?;
            runtime.block_on(fetch(&args)).map_err(Failure::of)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn sign(args: SignArgs) -> Result<(), QuarantineFailure> {
    let chain = input::genesis(&args.genesis)?.chain_id();
    let mut commands = args.commands;
    commands.sort();
    commands.dedup();
    let (height, reference) = (Height::new(args.height), args.reference);
    let value = Quarantine { chain, height, block: args.block, commands, reference };
    let signer = keyfile::ledger_signer(&args.key)?;
    write(&SignedQuarantine::new(value, &signer)?, &args.out)
}

fn join(args: &JoinArgs) -> Result<(), QuarantineFailure> {
    let mut all: Option<SignedQuarantine> = None;
    for path in &args.files {
        let next: SignedQuarantine = input::json(path)?;
        all = Some(match all {
            None => next,
            Some(so_far) => so_far.joined(&next)?,
        });
    }
    // Clap asks for one file at least.
    all.map_or(Ok(()), |all| write(&all, &args.out))
}

async fn fetch(args: &FetchArgs) -> Result<(), QuarantineFailure> {
    let (client, _) = args.ledger.client()?;
    match client.record(&Name::Quarantine(Height::new(args.height))).await? {
        Some((Record::Quarantine(found), _)) => write(&found, &args.out),
        _ => Err(QuarantineFailure::Nothing(args.height)),
    }
}

fn write(signed: &SignedQuarantine, out: &Path) -> Result<(), QuarantineFailure> {
    let text = format!("{}\n", serde_json::to_string_pretty(signed)?);
    keyfile::write_new(out, text.as_bytes(), READABLE)?;
    ui::note(&format!("block {}: {} signatures", signed.value.height, signed.by.len()));
    Ok(())
}
