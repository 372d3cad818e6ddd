//! `florin move`: build, test, read and judge contracts.
//!
//! # Place      files and folders -> [move_code] -> `move_tools` -> lines of text or JSON
//! # Invariants exit 0 all is well; 1 something was refused or failed; 2 unreadable, or wrong options
//! # Absent     the ledger: nothing is published anywhere

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use clap::{Args, Subcommand, ValueEnum};
use indicatif::ProgressBar;
use ledger_core::{invoke::LedgerNatives, rules::RulesVersion};
use move_like_vm::{
    fault::Fault,
    format::AddressWidth,
    runtime::{
        Schedule,
        native::{Natives, NativesWith, StandardNatives},
    },
    verify::Config,
};
use move_tools::{
    binary, cases, disassembly,
    module_files::{self, ModuleFile},
    naming::MemberName,
    package, publication,
    verification::{self, Verdict},
};

use crate::cli::{
    input,
    ui::{self, Failure},
};

/// What is done with contracts.
#[derive(Debug, Subcommand)]
pub(crate) enum MoveArgs {
    /// Compile a package; binaries and source maps go to its folder `build`.
    Build(PackageArgs),
    /// Run the functions of a package that are marked `#[test]`.
    Test(TestArgs),
    /// Show a binary as text.
    Disasm {
        /// A module or script.
        file: PathBuf,
    },
    /// Say of each file by itself whether the verifier accepts it.
    Verify(VerifyArgs),
    /// Run cases of real binaries and compare what comes out with what should.
    RunCases(CasesArgs),
    /// Say what functions cost, and the most that a call of each can cost.
    GasProfile(FilesArgs),
    /// Say whether modules could be published together, beside or in place of others.
    PublishCheck(PublishArgs),
    /// Name every place that makes, ends or stores values of a struct.
    Conservation(ConservationArgs),
}

/// A package.
#[derive(Debug, Args)]
pub(crate) struct PackageArgs {
    /// The folder with `Move.toml`.
    #[arg(default_value = ".")]
    folder: PathBuf,
}

/// Tests of a package.
#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// The folder with `Move.toml`.
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Run those only whose name contains this.
    #[arg(long, default_value = "")]
    filter: String,
    /// One line of JSON per test.
    #[arg(long)]
    json: bool,
}

/// How many bytes an address has in binaries: no file says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Addresses {
    /// As on other networks.
    #[value(name = "16")]
    Sixteen,
    /// As on this network.
    #[value(name = "32")]
    ThirtyTwo,
}

impl From<Addresses> for AddressWidth {
    fn from(addresses: Addresses) -> Self {
        match addresses {
            Addresses::Sixteen => Self::Sixteen,
            Addresses::ThirtyTwo => Self::ThirtyTwo,
        }
    }
}

/// Files to be verified.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Modules or scripts.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// Ask also what this network asks of code beyond Move's rules: sizes, depths, work of the verifier.
    #[arg(long)]
    network: bool,
    /// Bytes of an address; found out from the files where it is not given.
    #[arg(long)]
    addresses: Option<Addresses>,
}

/// Files.
#[derive(Debug, Args)]
pub(crate) struct FilesArgs {
    /// Modules.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// JSON instead of a table.
    #[arg(long)]
    json: bool,
}

/// Cases.
#[derive(Debug, Args)]
pub(crate) struct CasesArgs {
    /// One case as JSON in each line.
    file: PathBuf,
    /// One line of JSON per case, too; without it only those that came out otherwise are shown.
    #[arg(long)]
    json: bool,
    /// Check the type of every operand at each instruction.
    #[arg(long)]
    checked: bool,
    /// Bytes of an address; found out from the binaries where it is not given.
    #[arg(long)]
    addresses: Option<Addresses>,
    /// Publish modules with native functions that nobody provides; calling one still fails.
    #[arg(long)]
    any_native: bool,
}

/// Publication.
#[derive(Debug, Args)]
pub(crate) struct PublishArgs {
    /// The modules.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Modules that are there already: what the new ones link with, or replace.
    #[arg(long, num_args = 1..)]
    against: Vec<PathBuf>,
    /// JSON instead of a table.
    #[arg(long)]
    json: bool,
}

/// Conservation.
#[derive(Debug, Args)]
pub(crate) struct ConservationArgs {
    /// Modules; a source map beside them says the lines.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// A struct as `0x1::module::Name`, several times if need be; else all that can be neither copied
    /// nor dropped.
    #[arg(long = "struct")]
    structs: Vec<String>,
    /// JSON instead of text.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`], when a file or package is of no use.
pub(crate) fn run(args: &MoveArgs) -> Result<ExitCode, Failure> {
    match args {
        MoveArgs::Build(args) => build(&args.folder),
        MoveArgs::Test(args) => test(args),
        MoveArgs::Disasm { file } => disassemble(file),
        MoveArgs::Verify(args) => {
            let config = if args.network { Config::network() } else { Config::reference() };
            let addresses = args.addresses.map(Into::into);
            let options = verification::Options { config, addresses, kind: None };
            show(&verification::files(&args.files, &options), args.json)
        }
        MoveArgs::RunCases(args) => run_cases(args),
        MoveArgs::GasProfile(args) => gas_profile(args),
        MoveArgs::PublishCheck(args) => {
            let (config, natives) = (Config::network(), NATIVES);
            show(&publication::files(&args.files, &args.against, &config, &natives), args.json)
        }
        MoveArgs::Conservation(args) => conserve(args),
    }
}

/// The native functions that the ledger has.
const NATIVES: NativesWith<LedgerNatives, StandardNatives> =
    NativesWith(LedgerNatives(RulesVersion::KNOWN), StandardNatives);

/// 0 where all is well, else 1.
fn exit(well: bool) -> ExitCode {
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn build(folder: &Path) -> Result<ExitCode, Failure> {
    let written = package::build::build(folder).map_err(Failure::usage)?;
    for file in written {
        ui::line(&format!("{} {} bytes {}", file.name, file.bytes, file.binary.display()));
    }
    Ok(ExitCode::SUCCESS)
}

fn test(args: &TestArgs) -> Result<ExitCode, Failure> {
    let show = |tested: &package::test::Tested| {
        if args.json {
            // It has strings and numbers only.
            ui::line(&serde_json::to_string(tested).unwrap_or_default());
        } else {
            ui::line(&tested.to_string());
        }
    };
    let count = package::test::test(&args.folder, &args.filter, show).map_err(Failure::usage)?;
    ui::line(&count.to_string());
    Ok(exit(count.failed == 0))
}

fn disassemble(file: &Path) -> Result<ExitCode, Failure> {
    let bytes = input::bytes(file).map_err(Failure::usage)?;
    let addresses = binary::width([bytes.as_slice()]);
    match disassembly::text(&bytes, addresses) {
        Ok(text) => {
            ui::bytes(text.as_bytes());
            Ok(ExitCode::SUCCESS)
        }
        Err(fault) => Err(Failure::usage(Unusable::of(file, fault))),
    }
}

fn show(verdicts: &[Verdict], json: bool) -> Result<ExitCode, Failure> {
    if json {
        for verdict in verdicts {
            ui::line(&verdict.json().map_err(Failure::of)?);
        }
    } else {
        ui::bytes(verification::Table(verdicts).to_string().as_bytes());
    }
    Ok(exit(verdicts.iter().all(Verdict::is_accepted)))
}

fn run_cases(args: &CasesArgs) -> Result<ExitCode, Failure> {
    let bytes = input::bytes(&args.file).map_err(Failure::usage)?;
    let cases = cases::read(&String::from_utf8_lossy(&bytes));
    let cases = cases.map_err(|error| Failure::usage(NoCases(error.to_string())))?;
    let bar = ProgressBar::new(u64::try_from(cases.len()).unwrap_or(u64::MAX));
    let addresses = args.addresses.map(Into::into);
    let (checked, any_native) = (args.checked, args.any_native);
    let options = cases::Options { addresses, checked, any_native, ..cases::Options::default() };
    let count = cases::run(&cases, &options, |outcome| {
        bar.inc(1);
        if args.json || !outcome.ok {
            bar.suspend(|| ui::line(&outcome.json().unwrap_or_default()));
        }
    });
    bar.finish_and_clear();
    ui::line(&count.to_string());
    Ok(exit(count.failed == 0))
}

fn gas_profile(args: &FilesArgs) -> Result<ExitCode, Failure> {
    let files = read(&args.files)?;
    let natives: Arc<dyn Natives + Send + Sync> = Arc::new(NATIVES);
    let profiles = module_files::profiles(&files, &Schedule::v1(), &natives);
    let profiles = profiles.map_err(|fault| Failure::of(Unusable::of(Path::new(""), fault)))?;
    if args.json {
        ui::line(&move_tools::profile::json(&profiles).map_err(Failure::of)?);
    } else {
        profiles.iter().for_each(|profile| ui::bytes(profile.to_string().as_bytes()));
    }
    Ok(ExitCode::SUCCESS)
}

fn conserve(args: &ConservationArgs) -> Result<ExitCode, Failure> {
    let files = read(&args.files)?;
    let asked: Vec<MemberName> = args
        .structs
        .iter()
        .map(|name| MemberName::parse(name).ok_or_else(|| NoName(name.clone())))
        .collect::<Result<_, _>>()
        .map_err(Failure::usage)?;
    let report = module_files::conservation(&files, &asked);
    let report = report.map_err(|fault| Failure::of(Unusable::of(Path::new(""), fault)))?;
    if args.json {
        ui::line(&report.json().map_err(Failure::of)?);
    } else {
        ui::bytes(report.to_string().as_bytes());
    }
    Ok(exit(report.unknown.is_empty()))
}

fn read(files: &[PathBuf]) -> Result<Vec<ModuleFile>, Failure> {
    module_files::read(files).map_err(Failure::usage)
}

/// A file that cannot be read as what it should be.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {}", .fault.status)]
struct Unusable {
    file: PathBuf,
    fault: Fault,
}

impl Unusable {
    fn of(file: &Path, fault: Fault) -> Self {
        Self { file: file.to_path_buf(), fault }
    }
}

/// A file without cases.
#[derive(Debug, thiserror::Error)]
#[error("no file of cases: {0}")]
struct NoCases(String);

/// What is no name of a struct.
#[derive(Debug, thiserror::Error)]
#[error("{0}: write a struct as 0x1::module::Name")]
struct NoName(String);

#[cfg(test)]
mod tests {
    use std::fs;

    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(subcommand)]
        command: MoveArgs,
    }

    fn done(words: &[&str]) -> ExitCode {
        let line = Line::try_parse_from(["move"].iter().chain(words)).unwrap();
        run(&line.command).unwrap_or_else(|failure| failure.code())
    }

    #[test]
    fn a_package_is_built_and_what_came_out_is_accepted() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("sources")).unwrap();
        let manifest =
            "[package]\nname = \"count\"\nversion = \"1.0.0\"\n[addresses]\nmine = \"0xA\"\n";
        fs::write(path("Move.toml"), manifest).unwrap();
        let source = "module mine::count {
            struct Ticket { number: u64 }
            public fun issue(number: u64): Ticket { Ticket { number } }
            public fun take(ticket: Ticket): u64 { let Ticket { number } = ticket; number }
            #[test] fun a_ticket_keeps_its_number() { assert!(take(issue(7)) == 7, 1); }
            #[test] #[expected_failure(abort_code = 3)] fun an_abort_is_seen() { abort 3 }
        }";
        fs::write(path("sources/count.move"), source).unwrap();
        let root = folder.path().to_str().unwrap();
        assert_eq!(done(&["build", root]), ExitCode::SUCCESS);
        assert_eq!(done(&["test", root, "--json"]), ExitCode::SUCCESS);
        let binary = path("build/count/bytecode_modules/count.mv");
        let binary = binary.to_str().unwrap();
        for words in [
            &["verify", "--json", "--network", binary][..],
            &["disasm", binary],
            &["gas-profile", binary],
            &["publish-check", binary],
            &["conservation", "--struct", "0xA::count::Ticket", binary],
        ] {
            assert_eq!(done(words), ExitCode::SUCCESS, "{words:?}");
        }
        let unknown = ["conservation", "--struct", "0xA::count::Nothing", binary];
        assert_eq!(done(&unknown), ExitCode::FAILURE);
        assert_eq!(
            done(&["conservation", "--struct", "nothing", binary]),
            ExitCode::from(ui::USAGE)
        );
        fs::write(path("sources/count.move"), "module mine::count { fun f(): u64 { true } }")
            .unwrap();
        assert_eq!(done(&["build", root]), ExitCode::from(ui::USAGE));
    }

    #[test]
    fn what_is_no_binary_is_refused_and_what_is_no_file_of_cases_ends_with_2() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.mv");
        fs::write(&file, b"nothing").unwrap();
        let file = file.to_str().unwrap();
        assert_eq!(done(&["verify", "--json", file]), ExitCode::FAILURE);
        assert_eq!(done(&["disasm", file]), ExitCode::from(ui::USAGE));
        assert_eq!(done(&["run-cases", file]), ExitCode::from(ui::USAGE));
    }
}
