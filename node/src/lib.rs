//! `florin`: the composition root. `main.rs` is the only binary of the product; `planted.rs` is built for
//! one drill (ADR 0058).
//!
//! # Place      people and service managers -> [florin] -> validator | gateway | observer | one-off
//! #            commands
//! # Invariants one exit code per outcome: 0 done, 1 not done, 2 unreadable or usage, 3 refused
//! # Absent     rules of any kind

use std::{io, path::PathBuf, process::ExitCode, sync::LazyLock};

use clap::{Args, Parser, Subcommand};
use ledger_core::rules::RulesVersion;
use settlement_api::openapi::Surface;

mod beginning;
mod cli;
mod closing;
mod config;
mod gateway;
mod http;
mod keyfile;
mod last_words;
mod ledger_port;
mod memory;
mod observer;
mod pidfile;
mod pipeline;
mod space;
mod telemetry;
mod tls;
mod validator;

use crate::{
    cli::ui::{self, Failure},
    config::Config,
};

/// The release, and the versions of the rules that it knows.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let (release, known) = (env!("CARGO_PKG_VERSION"), RulesVersion::KNOWN);
    format!("{release} (rules {} to {known})", RulesVersion::BASE)
});

/// A settlement network in a box.
#[derive(Debug, Parser)]
#[command(name = "florin", version = VERSION.as_str(), about, disable_help_subcommand = true)]
struct Florin {
    /// How the log on stderr is spelled; FLORIN_LOG says how much of it.
    #[arg(long, value_enum, default_value_t, global = true)]
    log_format: telemetry::Format,
    #[command(subcommand)]
    command: Command,
}

/// What a process does.
#[derive(Debug, Subcommand)]
enum Command {
    /// Make a validator's or an institution's keys, and the card that others may see.
    Keygen(cli::keygen::KeygenArgs),
    /// Found a network from validators' and institutions' cards.
    Genesis(cli::genesis::GenesisArgs),
    /// Check a proof offline, or recount a validator's store.
    Verify(cli::verify::VerifyArgs),
    /// Write the file that proofs are verified with after the committee has changed.
    Trust(cli::trust::TrustArgs),
    /// Take a snapshot of a running node's ledger.
    Snapshot(cli::snapshot::SnapshotArgs),
    /// Make a ledger from a snapshot, checked against a genesis.
    Restore(cli::snapshot::RestoreArgs),
    /// Delete receipts and entries of old blocks from a stopped node's ledger.
    Prune(cli::snapshot::PruneArgs),
    /// Send one signed HTTP request.
    Call(cli::call::CallArgs),
    /// Ask a gateway for a token by a key (`private_key_jwt`), or show that key as its file has it.
    Token(cli::token::TokenArgs),
    /// Pay from this institution's gateway, and wait for the proof of settlement.
    Pay(cli::member::pay::PayArgs),
    /// Show where a payment is, and what of it is proved.
    Status(cli::member::status::StatusArgs),
    /// Show what came in and what waits for this institution.
    Inbox(cli::member::inbox::InboxArgs),
    /// Give a settled payment back without anybody's recall.
    #[command(subcommand)]
    Return(cli::member::returns::ReturnArgs),
    /// Ask another bank about a payment, and answer.
    #[command(subcommand)]
    Case(cli::member::case::CaseArgs),
    /// Show the own accounts, and what they hold by proof.
    Accounts(cli::member::accounts::AccountsArgs),
    /// Show payments of both directions, in the order in which they came.
    Payments(cli::member::payments::PaymentsArgs),
    /// Show payments that wait until this bank has the money for them; cancel or move one.
    Queue(cli::member::queue::QueueArgs),
    /// Show a day of an own account, added up.
    Statement(cli::member::statement::StatementArgs),
    /// Show what happened to payments, in order.
    Events(cli::member::events::EventsArgs),
    /// Run what a new member must pass, against its gateway.
    Conformance(cli::conformance::ConformanceArgs),
    /// Sign or send a command of a role's own.
    #[command(subcommand, name = "command")]
    Signed(cli::command::CommandArgs),
    /// Publish contracts on the ledger, and call them.
    #[command(subcommand)]
    Contract(cli::contract::ContractArgs),
    /// Halt the network, resume it, or see whether it is halted.
    #[command(subcommand)]
    Network(cli::network::NetworkArgs),
    /// Set commands aside that keep a block from being executed.
    #[command(subcommand)]
    Quarantine(cli::quarantine::QuarantineArgs),
    /// Find which payments of a queue settle together.
    #[command(subcommand)]
    Netting(cli::netting::NettingArgs),
    /// Judge ISO 20022 messages, and turn them from XML into JSON and back.
    #[command(subcommand, name = "iso20022")]
    Iso20022(cli::iso20022::Iso20022Args),
    /// Build, test, read and judge contracts in Move.
    #[command(subcommand)]
    Move(cli::move_code::MoveArgs),
    /// Print the OpenAPI description of what a process answers over HTTP.
    #[command(name = "openapi")]
    OpenApi(OpenApiArgs),
    /// Run a validator.
    Validator(ValidatorArgs),
    /// Run an institution's gateway.
    Gateway(RunArgs),
    /// Run an observer: a copy that follows, executes and answers auditors.
    Observer(RunArgs),
    /// Run a whole network on this machine, step by step.
    Demo(cli::demo::DemoArgs),
    /// Measure how many payments a second this machine settles.
    Bench(cli::bench::BenchArgs),
    /// Run seeded clusters under faults, in virtual time.
    Sim(cli::sim::SimArgs),
    /// Kill validators at any moment under load; compare what clients were told with the chain.
    Torture(cli::torture::TortureArgs),
    /// Rehearse what an operator must be able to do, and see how long it takes and what is lost.
    #[command(subcommand)]
    Drill(cli::drill::DrillArgs),
}

/// Which description.
#[derive(Debug, Args)]
struct OpenApiArgs {
    /// Whose: `gateway`, `audit` (an observer's) or `ledger-port` (a validator's).
    #[arg(long, default_value = "gateway", value_parser = surface)]
    surface: Surface,
}

fn surface(name: &str) -> Result<Surface, String> {
    let names = || Surface::ALL.map(Surface::name).join(", ");
    Surface::from_name(name).ok_or_else(|| format!("one of {}", names()))
}

/// What every long-running process is given.
#[derive(Debug, Args)]
struct RunArgs {
    /// Its configuration (TOML).
    #[arg(long)]
    config: PathBuf,
    /// End when standard input closes: a child then ends with the process that started it.
    #[arg(long)]
    until_stdin_closes: bool,
}

#[derive(Debug, Args)]
struct ValidatorArgs {
    #[command(flatten)]
    run: RunArgs,
    /// With an empty data/engine: vote at once. Only where rounds in which this validator voted before
    /// are known to be over (docs/runbook/lost-disk.md).
    #[arg(long)]
    votes_are_over: bool,
}

impl RunArgs {
    /// Reads the configuration and, if asked, ties the process's life to its standard input.
    fn load(&self) -> Result<Config, Failure> {
        if self.until_stdin_closes {
            std::thread::spawn(|| {
                let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
                // Nothing needs an orderly end: whatever was promised is on disk.
                std::process::exit(0);
            });
        }
        Config::load(&self.config).map_err(Failure::usage)
    }
}

/// What the command line asks for.
#[must_use]
pub fn main() -> ExitCode {
    let florin = Florin::parse();
    telemetry::start(florin.log_format);
    let code = match run(florin.command) {
        Ok(code) => code,
        Err(failure) => {
            ui::failure(&failure);
            failure.code()
        }
    };
    if !closing::wait() {
        tracing::debug!("process.databases_open");
    }
    code
}

fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Keygen(args) => cli::keygen::run(&args),
        Command::Genesis(args) => cli::genesis::run(&args),
        Command::Verify(args) => cli::verify::run(&args),
        Command::Trust(args) => cli::trust::run(&args),
        Command::Snapshot(args) => cli::snapshot::snapshot(&args),
        Command::Restore(args) => cli::snapshot::restore(&args),
        Command::Prune(args) => cli::snapshot::prune(&args),
        Command::Call(args) => cli::call::run(args),
        Command::Token(args) => cli::token::run(args),
        Command::Pay(args) => cli::member::pay::run(&args),
        Command::Status(args) => cli::member::status::run(&args),
        Command::Inbox(args) => cli::member::inbox::run(&args),
        Command::Case(args) => cli::member::case::run(&args),
        Command::Accounts(args) => cli::member::accounts::run(&args),
        Command::Payments(args) => cli::member::payments::run(&args),
        Command::Return(args) => cli::member::returns::run(&args),
        Command::Queue(args) => cli::member::queue::run(&args),
        Command::Statement(args) => cli::member::statement::run(&args),
        Command::Events(args) => cli::member::events::run(&args),
        Command::Conformance(args) => cli::conformance::run(&args),
        Command::Signed(args) => cli::command::run(args),
        Command::Contract(args) => cli::contract::run(&args),
        Command::Network(args) => cli::network::run(args),
        Command::Quarantine(args) => cli::quarantine::run(args),
        Command::Netting(args) => cli::netting::run(&args),
        Command::Iso20022(args) => cli::iso20022::run(&args),
        Command::Move(args) => cli::move_code::run(&args),
        Command::OpenApi(args) => {
            ui::bytes(args.surface.json().as_bytes());
            Ok(ExitCode::SUCCESS)
        }
        Command::Validator(args) => {
            let config = args.run.load()?;
            memory::in_small_pages();
            let run = validator::run(&config, args.votes_are_over);
            run.map_err(Failure::of).map(|()| ExitCode::SUCCESS)
        }
        Command::Gateway(args) => {
            let config = args.load()?;
            gateway::run(config).map_err(Failure::of).map(|()| ExitCode::SUCCESS)
        }
        Command::Observer(args) => {
            let config = args.load()?;
            memory::in_small_pages();
            observer::run(&config).map_err(Failure::of).map(|()| ExitCode::SUCCESS)
        }
        Command::Demo(args) => cli::demo::run(args),
        Command::Bench(args) => cli::bench::run(args),
        Command::Sim(args) => cli::sim::run(&args),
        Command::Torture(args) => cli::torture::run(args),
        Command::Drill(args) => cli::drill::run(&args),
    }
}
