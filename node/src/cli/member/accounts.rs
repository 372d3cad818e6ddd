//! `florin accounts`: the own accounts, each by a proof that was checked here.

use std::process::ExitCode;

use clap::Args;
use florin_client::{AccountReport, Gateway, ProvedAccount};
use serde_json::{Value, json};

use super::{failed, print_json, profile::ConnectArgs, table};
use crate::cli::{call::runtime, ui::Failure};

/// Options of `florin accounts`.
#[derive(Debug, Args)]
pub(crate) struct AccountsArgs {
    #[command(flatten)]
    connect: ConnectArgs,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub(crate) fn run(args: &AccountsArgs) -> Result<ExitCode, Failure> {
    let gateway = args.connect.connect()?.gateway;
    let runtime = runtime().map_err(Failure::of)?;
    runtime.block_on(list(args, &gateway))
}

async fn list(args: &AccountsArgs, gateway: &Gateway) -> Result<ExitCode, Failure> {
    let mut all = Vec::new();
    for shown in gateway.accounts().await.map_err(failed)? {
        let proved = gateway.account(&shown.account).await.map_err(failed)?;
        all.push((shown, proved));
    }
    if args.connect.json {
        print_json(
            &all.iter().map(|(shown, proved)| of(gateway, shown, proved)).collect::<Vec<_>>(),
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows = all.iter().map(|(shown, proved)| {
        let [available, held, preburned] = balances(gateway, proved);
        let settles = if shown.settles { "yes" } else { "" }.to_owned();
        let (account, currency) = (shown.account.clone(), shown.currency.clone());
        vec![account, currency, settles, available, held, preburned, proved.height().to_string()]
    });
    let headings =
        ["account", "currency", "settles", "available", "held", "preburned", "proved at"];
    table(&headings, &rows.collect::<Vec<_>>());
    Ok(ExitCode::SUCCESS)
}

/// As they were proved: free, held and locked.
fn balances(gateway: &Gateway, account: &ProvedAccount) -> [String; 3] {
    let balances = account.balances();
    let text = |minor| gateway.trust().text(&account.money(minor));
    [balances.available, balances.held, balances.preburned].map(text)
}

fn of(gateway: &Gateway, shown: &AccountReport, proved: &ProvedAccount) -> Value {
    let [available, held, preburned] = balances(gateway, proved);
    json!({
        "account": shown.account, "currency": shown.currency, "settles": shown.settles,
        "available": available, "held": held, "preburned": preburned, "height": proved.height(),
    })
}
