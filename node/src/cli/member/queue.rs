//! `florin queue`: payments that wait until this bank has the money for them; `cancel` ends one, `move`
//! gives it another priority.
//!
//! # Invariants exit 0 done, 1 not known in time, 2 usage or refused; a payment that settled before it
//! #            could be cancelled is no success

use std::process::ExitCode;

use clap::{Args, Subcommand};
use florin_client::{Asked, Gateway, Queue, QueuedPayment, Status};

use super::{
    failed, print_json,
    profile::{ConnectArgs, usage},
    table,
};
use crate::cli::{
    call::runtime,
    ui::{self, Failure, REFUSED},
};

/// Options of `florin queue`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct QueueArgs {
    #[command(subcommand)]
    act: Option<QueueAct>,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// What is done with a payment that waits.
#[derive(Debug, Subcommand)]
enum QueueAct {
    /// Show what waits, by account.
    List(ListArgs),
    /// End a payment that waits.
    Cancel(CancelArgs),
    /// Give a payment another priority: it takes a new place behind all of that priority.
    Move(MoveArgs),
}

/// Options of `florin queue list`.
#[derive(Debug, Args)]
struct ListArgs {
    #[command(flatten)]
    connect: ConnectArgs,
}

/// Options of `florin queue cancel`.
#[derive(Debug, Args)]
struct CancelArgs {
    /// The payment.
    uetr: String,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// Options of `florin queue move`.
#[derive(Debug, Args)]
struct MoveArgs {
    /// The payment.
    uetr: String,
    /// How urgent it is, 0 to 999: a larger number goes first.
    #[arg(long, value_parser = clap::value_parser!(u32).range(0..=999))]
    priority: u32,
    /// A name for the request, under which it counts once; a random one if not given.
    #[arg(long)]
    idempotency_key: Option<String>,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub(crate) fn run(args: &QueueArgs) -> Result<ExitCode, Failure> {
    let runtime = runtime().map_err(Failure::of)?;
    match &args.act {
        None => runtime.block_on(list(&args.connect)),
        Some(QueueAct::List(args)) => runtime.block_on(list(&args.connect)),
        Some(QueueAct::Cancel(args)) => runtime.block_on(cancel(args)),
        Some(QueueAct::Move(args)) => runtime.block_on(reorder(args)),
    }
}

fn gateway(connect: &ConnectArgs) -> Result<Gateway, Failure> {
    Ok(connect.connect()?.gateway)
}

async fn list(connect: &ConnectArgs) -> Result<ExitCode, Failure> {
    let queues = gateway(connect)?.queues().await.map_err(failed)?;
    if connect.json {
        print_json(&queues)?;
        return Ok(ExitCode::SUCCESS);
    }
    if queues.is_empty() {
        ui::line("nothing waits for money");
    }
    for queue in &queues {
        show(queue);
    }
    Ok(ExitCode::SUCCESS)
}

fn show(queue: &Queue) {
    let Queue { account, currency, available, entries, .. } = queue;
    ui::line(&format!("account {account}: {available} {currency} available"));
    let headings = ["place", "uetr", "amount", "to", "priority", "state", "until", "reference"];
    table(&headings, &entries.iter().map(row).collect::<Vec<_>>());
}

fn row(entry: &QueuedPayment) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    vec![
        entry.position.map_or_else(|| "-".to_owned(), |position| position.to_string()),
        text(&entry.uetr),
        text(&entry.amount),
        text(&entry.instructed),
        entry.priority.to_string(),
        entry.state.clone(),
        text(&entry.expires),
        text(&entry.end_to_end_id),
    ]
}

async fn cancel(args: &CancelArgs) -> Result<ExitCode, Failure> {
    let asked = Asked::uetr(&args.uetr).map_err(usage)?;
    let report = gateway(&args.connect)?.cancel_queued(&asked).await.map_err(usage)?;
    if args.connect.json {
        print_json(&report)?;
    } else {
        let reason = report.reason.as_ref().map(|reason| reason.code.clone()).unwrap_or_default();
        ui::line(&format!("{} {}: {reason}", report.uetr, report.status));
    }
    Ok(match report.status {
        Status::Rjct => ExitCode::SUCCESS,
        status if status.says_settled() => ExitCode::from(REFUSED),
        _ => ExitCode::FAILURE,
    })
}

async fn reorder(args: &MoveArgs) -> Result<ExitCode, Failure> {
    let asked = Asked::uetr(&args.uetr).map_err(usage)?;
    let key = super::inbox::key(args.idempotency_key.as_ref())?;
    let gateway = gateway(&args.connect)?;
    let done = gateway.prioritise(&asked, args.priority, &key).await.map_err(usage)?;
    if args.connect.json {
        print_json(&done)?;
    } else {
        ui::line(&format!("{} has priority {}: {}", args.uetr, args.priority, done.outcome));
    }
    Ok(ExitCode::SUCCESS)
}
