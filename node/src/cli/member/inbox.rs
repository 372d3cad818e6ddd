//! `florin inbox`: what came in, and what waits for this bank; `accept`, `approve` and `reject` decide on
//! a payment that waits, `confirm` says that a customer has the money.
//!
//! # Invariants a payment is shown as settled only after its proof was checked here
//! # Absent     payments by status or time (`florin payments`): the feed of events is read, from --after on

use std::{collections::BTreeMap, process::ExitCode, time::Duration};

use clap::{Args, Subcommand};
use florin_client::{
    Asked, CaseSummary, Direction, Error, Gateway, Key, PaymentReport, Tracked, WantedCases,
    events::PAGE,
};
use serde_json::json;

use super::{
    failed, payment_json, print_json,
    profile::{ConnectArgs, usage},
    proved, table,
};
use crate::cli::{
    call::runtime,
    ui::{self, Failure},
};

/// Options of `florin inbox`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct InboxArgs {
    #[command(subcommand)]
    act: Option<InboxAct>,
    #[command(flatten)]
    list: ListArgs,
}

/// What is done with something that came in.
#[derive(Debug, Subcommand)]
enum InboxAct {
    /// Say, as the beneficiary bank, that the customer has the money of a settled payment.
    Confirm(ConfirmArgs),
    /// Accept a payment that waits for this bank's people; another client approves.
    Accept(DecideArgs),
    /// Agree, as another client than the one that accepted, that a payment is accepted.
    Approve(DecideArgs),
    /// Say no to a payment that waits for this bank's people.
    Reject(RejectArgs),
}

/// Options of `florin inbox accept` and `approve`.
#[derive(Debug, Args)]
struct DecideArgs {
    /// The payment.
    uetr: String,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// Options of `florin inbox reject`.
#[derive(Debug, Args)]
struct RejectArgs {
    /// The payment.
    uetr: String,
    /// Why: a status reason of ISO 20022, as AC04, BE01 or MS03; the payer's bank is told.
    #[arg(long)]
    reason: String,
    /// The same in words, for the payer's bank.
    #[arg(long)]
    information: Option<String>,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// Options of the list.
#[derive(Debug, Args)]
struct ListArgs {
    /// Payments at most: the newest.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=500))]
    limit: u16,
    /// Read the feed after this event only.
    #[arg(long, default_value_t = 0)]
    after: u64,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// Options of `florin inbox confirm`.
#[derive(Debug, Args)]
struct ConfirmArgs {
    /// The payment.
    uetr: String,
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
pub(crate) fn run(args: &InboxArgs) -> Result<ExitCode, Failure> {
    let runtime = runtime().map_err(Failure::of)?;
    match &args.act {
        Some(InboxAct::Confirm(args)) => {
            let gateway = args.connect.connect()?.gateway;
            runtime.block_on(confirm(args, &gateway))
        }
        Some(InboxAct::Accept(args)) => runtime.block_on(decide(args, true)),
        Some(InboxAct::Approve(args)) => runtime.block_on(decide(args, false)),
        Some(InboxAct::Reject(args)) => runtime.block_on(reject(args)),
        None => {
            let gateway = args.list.connect.connect()?.gateway;
            runtime.block_on(list(&args.list, &gateway))
        }
    }
}

/// A name for a request: the given one, or a random one.
///
/// # Errors
/// [`Failure`], when it cannot be sent.
pub(super) fn key(given: Option<&String>) -> Result<Key, Failure> {
    match given {
        None => Ok(Key::random()),
        Some(text) => Key::new(text).ok_or_else(|| {
            Failure::usage(Error::Unsendable("--idempotency-key (1 to 128 characters, no blanks)"))
        }),
    }
}

async fn confirm(args: &ConfirmArgs, gateway: &Gateway) -> Result<ExitCode, Failure> {
    let asked = Asked::uetr(&args.uetr).map_err(usage)?;
    let key = key(args.idempotency_key.as_ref())?;
    let done = gateway.confirm_credit(&asked, &key).await.map_err(usage)?;
    if args.connect.json {
        print_json(&done)?;
    } else {
        ui::line(&format!("credit of {} confirmed: {}", args.uetr, done.outcome));
    }
    Ok(ExitCode::SUCCESS)
}

/// Accepts a payment, or approves that.
async fn decide(args: &DecideArgs, accept: bool) -> Result<ExitCode, Failure> {
    let gateway = args.connect.connect()?.gateway;
    let asked = Asked::uetr(&args.uetr).map_err(usage)?;
    let done = if accept {
        gateway.accept_payment(&asked).await
    } else {
        gateway.approve_payment(&asked).await
    };
    said(&done.map_err(usage)?, &args.connect)
}

async fn reject(args: &RejectArgs) -> Result<ExitCode, Failure> {
    let gateway = args.connect.connect()?.gateway;
    let asked = Asked::uetr(&args.uetr).map_err(usage)?;
    let information = args.information.as_deref();
    let done = gateway.reject_payment(&asked, &args.reason, information).await;
    said(&done.map_err(usage)?, &args.connect)
}

/// Shows a payment after something was said about it.
fn said(report: &PaymentReport, connect: &ConnectArgs) -> Result<ExitCode, Failure> {
    if connect.json {
        print_json(report)?;
        return Ok(ExitCode::SUCCESS);
    }
    let review = report.review.as_ref().map(super::review).unwrap_or_default();
    ui::line(&format!("{} {}: {review}", report.uetr, report.status));
    if report.review.as_ref().is_some_and(|review| review.state == "proposed") {
        ui::note(&format!("next: florin inbox approve {} (another client's profile)", report.uetr));
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(args: &ListArgs, gateway: &Gateway) -> Result<ExitCode, Failure> {
    let payments = incoming(args, gateway).await.map_err(failed)?;
    let pending = pending(gateway).await.map_err(failed)?;
    let cases = waiting(gateway).await.map_err(failed)?;
    if args.connect.json {
        let payments: Vec<_> = payments.iter().map(payment_json).collect();
        print_json(&json!({"payments": payments, "pending": pending, "cases": cases}))?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<_> = payments.iter().map(row).collect();
    table(&["payment", "status", "amount", "from", "proof"], &rows);
    if !pending.is_empty() {
        ui::line("");
        let rows: Vec<_> = pending.iter().map(pending_row).collect();
        table(&["waits for this bank", "amount", "from", "review"], &rows);
    }
    ui::line("");
    let rows: Vec<_> = cases.iter().map(super::case::row).collect();
    table(super::case::HEADINGS, &rows);
    if let Some(payment) = pending.first() {
        ui::note(&format!("next: florin inbox accept {}", payment.uetr));
    }
    if let Some(case) = cases.first() {
        ui::note(&format!("next: florin case show {}", case.case));
    }
    Ok(ExitCode::SUCCESS)
}

fn row(payment: &Tracked) -> Vec<String> {
    let report = payment.report();
    vec![
        report.uetr.clone(),
        payment.status().to_string(),
        format!("{} {}", report.amount, report.currency),
        report.instructing.clone(),
        proved(payment),
    ]
}

fn pending_row(report: &PaymentReport) -> Vec<String> {
    vec![
        report.uetr.clone(),
        format!("{} {}", report.amount, report.currency),
        report.instructing.clone(),
        report.review.as_ref().map(super::review).unwrap_or_default(),
    ]
}

/// Payments that wait for this bank's people.
async fn pending(gateway: &Gateway) -> Result<Vec<PaymentReport>, Error> {
    let mut all = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = gateway.pending(after.as_deref()).await?;
        all.extend(page.payments);
        after = page.next_after;
        if after.is_none() {
            return Ok(all);
        }
    }
}

/// The newest payments to this bank, oldest first, each as it stands now.
async fn incoming(args: &ListArgs, gateway: &Gateway) -> Result<Vec<Tracked>, Error> {
    let mut newest: BTreeMap<String, u64> = BTreeMap::new();
    let mut after = args.after;
    loop {
        let page = gateway.events(after, PAGE, Duration::ZERO).await?;
        for event in page.events {
            if event.direction == Some(Direction::Incoming)
                && event.about == "payment"
                && let Some(uetr) = event.uetr
            {
                newest.insert(uetr, event.number);
            }
        }
        if newest.len() > 2 * usize::from(args.limit) {
            keep_newest(&mut newest, args.limit);
        }
        after = page.next_after;
        if !page.has_more {
            break;
        }
    }
    keep_newest(&mut newest, args.limit);
    let mut order: Vec<(u64, String)> = newest.into_iter().map(|(uetr, at)| (at, uetr)).collect();
    order.sort();
    let mut payments = Vec::new();
    for (_, uetr) in order {
        let asked = Asked { direction: Some(Direction::Incoming), ..Asked::uetr(&uetr)? };
        payments.push(gateway.payment(&asked).await?);
    }
    Ok(payments)
}

fn keep_newest(newest: &mut BTreeMap<String, u64>, limit: u16) {
    let mut numbers: Vec<u64> = newest.values().copied().collect();
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    if let Some(oldest) = numbers.get(usize::from(limit).saturating_sub(1)).copied() {
        newest.retain(|_, number| *number >= oldest);
    }
}

/// Cases in which it is this bank's turn.
async fn waiting(gateway: &Gateway) -> Result<Vec<CaseSummary>, Error> {
    let wanted = WantedCases { turn: Some("own".to_owned()), ..WantedCases::default() };
    Ok(gateway.cases(&wanted).await?.cases)
}
