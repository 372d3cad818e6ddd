//! `florin payments`: payments of both directions, as the gateway reports them.

use std::process::ExitCode;

use clap::Args;
use florin_client::{Gateway, PaymentReport, WantedPayments};

use super::{failed, print_json, profile::ConnectArgs, table};
use crate::cli::{
    call::runtime,
    ui::{self, Failure},
};

/// Options of `florin payments`.
#[derive(Debug, Args)]
pub(crate) struct PaymentsArgs {
    #[command(flatten)]
    connect: ConnectArgs,
    /// With this status now, as in ACSC.
    #[arg(long)]
    status: Option<String>,
    /// `outgoing` or `incoming`.
    #[arg(long)]
    direction: Option<String>,
    /// With this reference of the debtor's.
    #[arg(long)]
    reference: Option<String>,
    /// Which came at this time (RFC 3339) or later.
    #[arg(long)]
    from: Option<String>,
    /// Which came before this time.
    #[arg(long)]
    to: Option<String>,
    /// On from where an earlier list ended.
    #[arg(long)]
    after: Option<u64>,
    /// At most so many.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
}

/// Payments that one request asks for.
const TOGETHER: u32 = 200;

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub(crate) fn run(args: &PaymentsArgs) -> Result<ExitCode, Failure> {
    let gateway = args.connect.connect()?.gateway;
    let runtime = runtime().map_err(Failure::of)?;
    runtime.block_on(list(args, &gateway))
}

async fn list(args: &PaymentsArgs, gateway: &Gateway) -> Result<ExitCode, Failure> {
    let mut wanted = WantedPayments {
        status: args.status.clone(),
        direction: args.direction.clone(),
        end_to_end_id: args.reference.clone(),
        from: args.from.clone(),
        to: args.to.clone(),
        after: args.after,
        limit: None,
    };
    let (mut found, mut left): (Vec<PaymentReport>, u32) = (Vec::new(), args.limit);
    let more = loop {
        wanted.limit = Some(left.min(TOGETHER));
        let page = gateway.payments(&wanted).await.map_err(failed)?;
        left = left.saturating_sub(u32::try_from(page.payments.len()).unwrap_or(u32::MAX));
        found.extend(page.payments);
        wanted.after = page.after;
        if left == 0 || page.after.is_none() {
            break page.after;
        }
    };
    if args.connect.json {
        print_json(&found)?;
    } else {
        let headings = ["came", "uetr", "direction", "status", "amount", "currency", "reference"];
        table(&headings, &found.iter().map(row).collect::<Vec<_>>());
    }
    if let Some(after) = more {
        ui::note(&format!("there may be more: --after {after}"));
    }
    Ok(ExitCode::SUCCESS)
}

fn row(payment: &PaymentReport) -> Vec<String> {
    let came = payment.timeline.first().map(|entry| entry.at.clone()).unwrap_or_default();
    let PaymentReport { uetr, direction, status, amount, currency, end_to_end_id, .. } = payment;
    let direction = direction.name().to_owned();
    let texts = [uetr, amount, currency, end_to_end_id].map(Clone::clone);
    let [uetr, amount, currency, reference] = texts;
    vec![came, uetr, direction, status.code().to_owned(), amount, currency, reference]
}
