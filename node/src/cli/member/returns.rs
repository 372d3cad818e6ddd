//! `florin return`: give a settled payment back without anybody's recall; `approve` and `withdraw` decide
//! on it, `show` says where it is at either bank.
//!
//! # Invariants exit 0 done, 1 not done or not known in time, 2 usage, 3 refused by the ledger

use std::process::ExitCode;

use clap::{Args, Subcommand};
use florin_client::{Asked, Gateway, Return};

use super::{
    facts, print_json,
    profile::{ConnectArgs, usage},
};
use crate::cli::{
    call::runtime,
    ui::{self, Failure, REFUSED},
};

/// What is done with a return.
#[derive(Debug, Subcommand)]
pub(crate) enum ReturnArgs {
    /// Propose to give a payment back; another client approves.
    Propose(ProposeArgs),
    /// Agree, as another client than the one that proposed, and wait for the ledger.
    Approve(OfArgs),
    /// Take a proposal back.
    Withdraw(OfArgs),
    /// Show where a return is.
    Show(OfArgs),
}

/// Options of `florin return propose`.
#[derive(Debug, Args)]
pub(crate) struct ProposeArgs {
    /// The payment.
    uetr: String,
    /// Why: a return reason of ISO 20022, as AC04, BE01 or CUST; the bank that paid is told.
    #[arg(long)]
    reason: String,
    /// The same in words; needed for NARR.
    #[arg(long)]
    information: Option<String>,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// Options of the others.
#[derive(Debug, Args)]
pub(crate) struct OfArgs {
    /// The payment.
    uetr: String,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub(crate) fn run(args: &ReturnArgs) -> Result<ExitCode, Failure> {
    let runtime = runtime().map_err(Failure::of)?;
    match args {
        ReturnArgs::Propose(args) => {
            let (gateway, asked) = begin(&args.connect, &args.uetr)?;
            let information = args.information.as_deref();
            let done = gateway.propose_return(&asked, &args.reason, information);
            let done = runtime.block_on(done).map_err(usage)?;
            let exit = shown(&done, &args.connect)?;
            if done.status == "proposed" {
                let next = format!("next: florin return approve {} (another profile)", done.uetr);
                ui::note(&next);
            }
            Ok(exit)
        }
        ReturnArgs::Approve(args) => {
            let (gateway, asked) = begin(&args.connect, &args.uetr)?;
            let done = runtime.block_on(gateway.approve_return(&asked)).map_err(usage)?;
            shown(&done, &args.connect)?;
            Ok(match (done.status.as_str(), &done.refused) {
                ("returned", _) => ExitCode::SUCCESS,
                (_, Some(_)) => ExitCode::from(REFUSED),
                (_, None) => ExitCode::FAILURE,
            })
        }
        ReturnArgs::Withdraw(args) => {
            let (gateway, asked) = begin(&args.connect, &args.uetr)?;
            let done = runtime.block_on(gateway.withdraw_return(&asked)).map_err(usage)?;
            shown(&done, &args.connect)
        }
        ReturnArgs::Show(args) => {
            let (gateway, asked) = begin(&args.connect, &args.uetr)?;
            let found = runtime.block_on(gateway.return_of(&asked)).map_err(usage)?;
            shown(&found, &args.connect)
        }
    }
}

fn begin(connect: &ConnectArgs, uetr: &str) -> Result<(Gateway, Asked), Failure> {
    Ok((connect.connect()?.gateway, Asked::uetr(uetr).map_err(usage)?))
}

fn shown(report: &Return, connect: &ConnectArgs) -> Result<ExitCode, Failure> {
    if connect.json {
        print_json(report)?;
        return Ok(ExitCode::SUCCESS);
    }
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let Return { uetr, direction, status, payer, payee, amount, currency, .. } = report;
    let told = if report.told { "yes" } else { "not yet" };
    let listed = report.listed.unwrap_or_default();
    facts(&[
        ("payment", uetr.clone()),
        ("return", format!("{status} ({direction})")),
        ("amount", format!("{amount} {currency}")),
        ("from", payee.clone()),
        ("to", payer.clone()),
        ("reason", text(&report.reason)),
        ("said", text(&report.information)),
        ("proposed by", text(&report.proposed_by)),
        ("approved by", text(&report.approved_by)),
        ("refused", text(&report.refused)),
        ("told", told.to_owned()),
        ("screening", if listed { "a text is on the list".to_owned() } else { String::new() }),
    ]);
    Ok(ExitCode::SUCCESS)
}
