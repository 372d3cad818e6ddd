//! `florin statement`: a day of an own account, added up, beside its proved balance.

use std::process::ExitCode;

use clap::Args;
use florin_client::{Day, Gateway, ProvedAccount, Statement};
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use serde_json::json;

use super::{
    facts, failed, print_json,
    profile::{ConnectArgs, usage},
    table,
};
use crate::cli::{
    call::runtime,
    ui::{self, Failure},
};

/// Options of `florin statement`.
#[derive(Debug, Args)]
pub(crate) struct StatementArgs {
    /// ISO 4217 code, for the account that settles the currency, or the address of an own account.
    account: String,
    /// A day of UTC that is over, as in 2026-11-21; the day so far if not given.
    #[arg(long)]
    date: Option<Date>,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub(crate) fn run(args: &StatementArgs) -> Result<ExitCode, Failure> {
    let gateway = args.connect.connect()?.gateway;
    let runtime = runtime().map_err(Failure::of)?;
    runtime.block_on(state(args, &gateway))
}

async fn state(args: &StatementArgs, gateway: &Gateway) -> Result<ExitCode, Failure> {
    let day = args.date.map_or(Day::SoFar, |date| Day::Over(date.to_string()));
    let statement = gateway.statement(&args.account, &day).await.map_err(usage)?;
    let chains = chains(gateway, &args.account, &statement).await?;
    let account = gateway.account(&args.account).await.map_err(failed)?;
    let proved = balance(gateway, &account);
    if args.connect.json {
        let balance = json!({"total": proved, "height": account.height()});
        print_json(&json!({"statement": statement, "chains": chains, "proved_balance": balance}))?;
        return Ok(ExitCode::SUCCESS);
    }
    let Statement { date, sequence, opening, closing, currency, .. } = &statement;
    facts(&[
        ("account", statement.account.clone()),
        ("statement", format!("{sequence} of {date}")),
        ("opening", format!("{opening} {currency}")),
        ("closing", format!("{closing} {currency}: it adds up")),
        ("day before", chains.to_owned()),
        ("proved now", format!("{proved} {currency} at height {}", account.height())),
    ]);
    ui::line("");
    let rows: Vec<_> = statement.entries.iter().map(row).collect();
    table(&["booked", "way", "amount", "code", "payment", "reference"], &rows);
    Ok(ExitCode::SUCCESS)
}

fn row(entry: &florin_client::StatementEntry) -> Vec<String> {
    vec![
        entry.booked.clone(),
        entry.direction.to_string(),
        entry.amount.clone(),
        entry.code.clone(),
        entry.uetr.clone().unwrap_or_default(),
        entry.end_to_end_id.clone().unwrap_or_default(),
    ]
}

/// Everything that belongs to the account, as text.
fn balance(gateway: &Gateway, account: &ProvedAccount) -> String {
    account.total().map(|total| gateway.trust().text(&total)).unwrap_or_default()
}

/// Whether the statement opens with the closing of the day before, where there is one.
async fn chains(
    gateway: &Gateway,
    account: &str,
    statement: &Statement,
) -> Result<&'static str, Failure> {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let date: Date = statement.date.parse().unwrap_or(today);
    if statement.sequence <= 1 {
        return Ok("none: it is the account's first");
    }
    let Ok(before) = date.checked_sub(1.day()) else { return Ok("none") };
    let before = gateway.statement(account, &Day::Over(before.to_string())).await;
    let before = before.map_err(failed)?;
    statement.follows(&before).map_err(Failure::of)?;
    Ok("closes with this opening")
}
