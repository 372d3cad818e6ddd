//! `florin iso20022`: judge messages and turn them from XML into JSON and back.
//!
//! # Place      files -> [iso20022] -> the crate `iso20022` -> lines of text or JSON
//! # Invariants exit 0 all is well; 1 a message breaks a rule; 2 unreadable, or wrong options
//! # Absent     the ledger: nothing is paid or sent anywhere

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Subcommand, ValueEnum};
use iso20022::{
    check::{self, Report},
    convert::{self, Converted},
    rules::Pack,
};

use crate::cli::{
    input,
    ui::{self, Failure},
};

/// What is done with messages.
#[derive(Debug, Subcommand)]
pub(crate) enum Iso20022Args {
    /// Say of each file which rules its message breaks.
    Check(CheckArgs),
    /// Turn XML into JSON or JSON into XML, in the version that is written.
    Convert {
        /// A message, or `-` for standard input.
        file: PathBuf,
    },
}

/// A usage guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Rules {
    /// Cross-border payments and reporting plus, as of November 2026.
    #[value(name = "cbpr-2026")]
    Cbpr2026,
    /// The Fedwire Funds Service, release 2025.
    #[value(name = "fedwire-2025")]
    Fedwire2025,
}

impl From<Rules> for Pack {
    fn from(rules: Rules) -> Self {
        match rules {
            Rules::Cbpr2026 => Self::Cbpr2026,
            Rules::Fedwire2025 => Self::Fedwire2025,
        }
    }
}

/// Files to be judged.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Messages, or `-` for standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Ask also what a usage guide asks.
    #[arg(long)]
    rules: Option<Rules>,
    /// One line of JSON per file.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`], when a file cannot be read.
pub(crate) fn run(args: &Iso20022Args) -> Result<ExitCode, Failure> {
    match args {
        Iso20022Args::Check(args) => check_files(args),
        Iso20022Args::Convert { file } => convert_file(file),
    }
}

fn check_files(args: &CheckArgs) -> Result<ExitCode, Failure> {
    let mut well = true;
    for file in &args.files {
        let bytes = input::bytes(file).map_err(Failure::usage)?;
        let report = check::check(&bytes, args.rules.map(Pack::from));
        well &= report.ok();
        let name = file.display().to_string();
        if args.json {
            ui::line(&report.to_json(&name).to_line());
        } else {
            ui::bytes(report.to_text(&name).as_bytes());
        }
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn convert_file(file: &Path) -> Result<ExitCode, Failure> {
    let bytes = input::bytes(file).map_err(Failure::usage)?;
    match convert::convert(&bytes) {
        Ok(Converted::Json(text) | Converted::Xml(text)) => {
            ui::bytes(text.as_bytes());
            Ok(ExitCode::SUCCESS)
        }
        Err(errors) => {
            let report = Report { message: None, version: None, errors };
            ui::note(report.to_text(&file.display().to_string()).trim_end());
            Ok(ExitCode::FAILURE)
        }
    }
}
