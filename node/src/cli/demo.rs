//! `florin demo`: a whole network on one machine, step by step, every stage real.
//!
//! Four validators, seven gateways and an observer run as processes of their own; keys and genesis are made by
//! the same commands an operator uses; every receipt is checked by another process with nothing
//! but the file and the genesis.
//!
//! # Place      `make demo` -> [demo] -> child processes over loopback
//! # Invariants exits 0 only if every check held; a child ends when the demo does
//! # Absent     anything simulated

use std::{fs, io, path::PathBuf, process::ExitCode};

use clap::Args;
use iso20022::{FIXTURE_PACS008, Iso20022Error, Pacs008};
use settlement_api::{client::ClientError, ledger_port::PortError};

use crate::cli::{
    child::ChildError,
    input::InputError,
    ui::{self, Failure},
};

mod bystander;
mod cast;
mod contract;
mod custody;
mod encore;
mod inquiry;
pub(in crate::cli) mod network;
mod operator;
mod profiles;
mod publication;
mod recall;
mod regulator;
mod story;
mod tell;

/// Options of the demo.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// A pacs.008 to pay, under any envelope; a fixture of this repository if not given.
    #[arg(long)]
    pacs008: Option<PathBuf>,
    /// Stay in the foreground when done, until Ctrl-C.
    #[arg(long)]
    keep: bool,
    /// Folder for keys, configs, data, receipts and messages: absent or empty. A temporary one,
    /// removed at the end, if not given.
    #[arg(long)]
    out: Option<PathBuf>,
    /// How many validators: four to seven, or one, which the loss of nothing can be shown with.
    #[arg(long, default_value_t = 4, value_parser = validators)]
    validators: usize,
    /// First of the consecutive ports, two for each validator and nine; free ones if not given.
    #[arg(long)]
    base_port: Option<u16>,
    /// A further currency of the network, in which there are no accounts and no money yet; may be
    /// given several times.
    #[arg(long)]
    currency: Vec<String>,
    /// Blocks in an epoch; as `florin genesis` has it if not given.
    #[arg(long)]
    epoch_length: Option<u64>,
    /// Validators act as binaries that know no later version of the rules; as this one knows them if not
    /// given.
    #[arg(long)]
    rules_up_to: Option<u32>,
    /// All processes speak TLS, as they do between machines: each is known by its key.
    #[arg(long)]
    tls: bool,
}

fn validators(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ (1 | 4..=7)) => Ok(number),
        _ => Err("one, or four to seven".to_owned()),
    }
}

/// Why the demo did not run to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    /// The file system or a process.
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
    /// The message to pay.
    #[error("the pacs.008: {0}")]
    Message(#[from] Iso20022Error),
    /// The message cannot be paid in a demo.
    #[error("the pacs.008 {0}")]
    Unpayable(&'static str),
    /// A card or genesis file.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A child process.
    #[error(transparent)]
    Child(#[from] ChildError),
    /// The ledger port.
    #[error("ledger port: {0}")]
    Port(#[from] PortError),
    /// A gateway could not be asked.
    #[error("{0}")]
    Client(#[from] ClientError),
    /// A gateway or the ledger answered something else than expected.
    #[error("{what}: {answer}")]
    Unexpected {
        /// What was asked.
        what: String,
        /// What came back.
        answer: String,
    },
    /// A check did not hold.
    #[error("{0} of the demo's checks did not hold; see the table above")]
    Failed(usize),
}

impl DemoError {
    fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |error| Self::Io { what, error }
    }

    fn unexpected(what: impl Into<String>, answer: impl Into<String>) -> Self {
        Self::Unexpected { what: what.into(), answer: answer.into() }
    }
}

/// Runs the demo.
///
/// # Errors
/// [`Failure`].
pub(crate) fn run(args: DemoArgs) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::of)?;
    runtime.block_on(play(args)).map_err(Failure::of)?;
    Ok(ExitCode::SUCCESS)
}

async fn play(args: DemoArgs) -> Result<(), DemoError> {
    let xml = match &args.pacs008 {
        Some(path) => fs::read(path).map_err(DemoError::io(path.display().to_string()))?,
        None => FIXTURE_PACS008.as_bytes().to_vec(),
    };
    let message = Pacs008::find(&xml)?;
    let (folder, temporary) = match &args.out {
        Some(folder) => (folder.clone(), None),
        None => {
            let name = format!("florin-demo-{}", std::process::id());
            let folder = std::env::temp_dir().join(name);
            (folder.clone(), Some(folder))
        }
    };
    prepare(&folder)?;
    let folder = fs::canonicalize(&folder).map_err(DemoError::io("the demo's folder"))?;
    let mut tell = tell::Teller::new(folder.clone(), story::STEPS);
    let played = story::play(&mut tell, &folder, &args, xml, message).await;
    let network = match played {
        Ok(network) => network,
        Err(error) => {
            tell.abandon();
            ui::note(&format!("the demo's folder is kept: {}", folder.display()));
            return Err(error);
        }
    };
    let failed = tell.finish()?;
    if args.keep {
        network.describe();
        ui::note("running; end with Ctrl-C");
        let _ = tokio::signal::ctrl_c().await;
    }
    network.stop().await;
    if let Some(folder) = temporary.filter(|_| failed == 0) {
        let _ = fs::remove_dir_all(folder);
    }
    if failed == 0 { Ok(()) } else { Err(DemoError::Failed(failed)) }
}

fn prepare(folder: &PathBuf) -> Result<(), DemoError> {
    fs::create_dir_all(folder).map_err(DemoError::io(folder.display().to_string()))?;
    let mut entries = fs::read_dir(folder).map_err(DemoError::io(folder.display().to_string()))?;
    if entries.next().is_some() {
        return Err(DemoError::NotEmpty(folder.clone()));
    }
    Ok(())
}
