//! `florin pay`: pays, waits, and says settled only by a proof.
//!
//! # Invariants exit 0 settled and proved (or on its way with --no-wait), 1 not known in time or not
//! #            done, 2 usage, 3 rejected; the UETR is said before anything is sent

use std::{fs, io, path::PathBuf, process::ExitCode, time::Duration};

use clap::Args;
use florin_client::{Agent, Error, Gateway, NewPayment, Party, Status, Tracked, Until, Waits};
use iso20022::identifier::{is_iban, is_lei};

use super::{
    Progress, failed, payment_json, print_json,
    profile::{ConnectArgs, Connected, usage},
    show_payment,
};
use crate::cli::{
    call::runtime,
    input,
    ui::{self, Failure, REFUSED},
};

/// Options of `florin pay`.
#[derive(Debug, Args)]
pub(crate) struct PayArgs {
    /// Decimal text, as in 25.00.
    #[arg(required_unless_present = "file", requires = "currency")]
    amount: Option<String>,
    /// ISO 4217 code.
    currency: Option<String>,
    /// A payment as JSON (docs/api.md) or a pacs.008, in the place of everything else.
    #[arg(long, conflicts_with_all = ["amount", "to", "to_account", "to_bank"])]
    file: Option<PathBuf>,
    /// Who is paid: a name.
    #[arg(long, required_unless_present = "file")]
    to: Option<String>,
    /// The IBAN or other account number of who is paid.
    #[arg(long, required_unless_present = "file")]
    to_account: Option<String>,
    /// That account's bank: the LEI under which it is a member, which the proof must then name, or a
    /// BIC.
    #[arg(long, required_unless_present = "file")]
    to_bank: Option<String>,
    /// Who pays: a name; the profile's `[payer]` if not given.
    #[arg(long, requires = "from_account")]
    from: Option<String>,
    /// The IBAN or other account number of who pays.
    #[arg(long, requires = "from")]
    from_account: Option<String>,
    /// The payer's own reference.
    #[arg(long, default_value = "NOTPROVIDED")]
    reference: String,
    /// What it is for.
    #[arg(long)]
    remittance: Option<String>,
    /// The day of UTC on which it settles, YYYY-MM-DD; the first possible one if not given. A payment
    /// for a day ahead waits at the gateway: give --no-wait.
    #[arg(long, conflicts_with = "file")]
    date: Option<String>,
    /// Wait for money, for as long as the bank has settled, where it has not enough; else it is
    /// rejected, unless the bank's settings have it wait.
    #[arg(long, conflicts_with = "file")]
    queue: bool,
    /// How urgent it is among those that wait for money, 0 to 999: a larger number goes first.
    #[arg(long, requires = "queue", value_parser = clap::value_parser!(u32).range(0..=999))]
    priority: Option<u32>,
    /// Until when it waits for money (RFC 3339); a day at most.
    #[arg(long, requires = "queue")]
    queue_until: Option<String>,
    /// The UETR of an order that is sent again; a new one if not given.
    #[arg(long)]
    uetr: Option<String>,
    /// Do not wait for the end.
    #[arg(long)]
    no_wait: bool,
    /// Seconds to wait for the end at most.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    wait: u64,
    /// Keep the proof of settlement in this file.
    #[arg(long)]
    receipt: Option<PathBuf>,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// What is sent.
enum Order {
    Json(Box<NewPayment>),
    Xml(Vec<u8>),
}

/// Why there is no order.
#[derive(Debug, thiserror::Error)]
enum OrderError {
    #[error("nobody pays: give --from and --from-account, or put [payer] into the profile")]
    NoPayer,
    #[error("{path} is neither a payment as JSON nor XML: {error}")]
    File { path: PathBuf, error: serde_json::Error },
}

/// A file that could not be written.
#[derive(Debug, thiserror::Error)]
#[error(
    "the proof was not kept in {path}: {error}; fetch it by `florin status UETR --receipt FILE`"
)]
pub(super) struct NotKept {
    path: PathBuf,
    error: io::Error,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub(crate) fn run(args: &PayArgs) -> Result<ExitCode, Failure> {
    let Connected { gateway, payer } = args.connect.connect()?;
    let order = order(args, payer)?;
    let runtime = runtime().map_err(Failure::of)?;
    runtime.block_on(pay(args, &gateway, &order))
}

fn order(args: &PayArgs, payer: Option<Party>) -> Result<Order, Failure> {
    if let Some(path) = &args.file {
        let bytes = input::bytes(path).map_err(Failure::usage)?;
        let text = String::from_utf8_lossy(&bytes);
        if text.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
            return Ok(Order::Xml(bytes));
        }
        let mut value: serde_json::Value = serde_json::from_slice(&bytes)
            .map_err(|error| Failure::usage(OrderError::File { path: path.clone(), error }))?;
        if let Some(order) = value.as_object_mut().filter(|order| !order.contains_key("uetr")) {
            let uetr = args.uetr.clone().unwrap_or_else(NewPayment::uetr);
            order.insert("uetr".to_owned(), uetr.into());
        }
        let order = serde_json::from_value(value)
            .map_err(|error| Failure::usage(OrderError::File { path: path.clone(), error }))?;
        return Ok(Order::Json(Box::new(order)));
    }
    let from = args.from.as_deref().zip(args.from_account.as_deref());
    let debtor = from.map(|(name, number)| party(name, number)).or(payer);
    let debtor = debtor.ok_or_else(|| Failure::usage(OrderError::NoPayer))?;
    let text = |given: &Option<String>| given.clone().unwrap_or_default();
    let bank = text(&args.to_bank);
    let by_lei = is_lei(&bank);
    Ok(Order::Json(Box::new(NewPayment {
        uetr: args.uetr.clone().unwrap_or_else(NewPayment::uetr),
        end_to_end_id: args.reference.clone(),
        amount: text(&args.amount),
        currency: text(&args.currency),
        debtor,
        creditor: party(&text(&args.to), &text(&args.to_account)),
        creditor_agent: Agent { lei: by_lei.then(|| bank.clone()), bic: (!by_lei).then_some(bank) },
        remittance: args.remittance.clone(),
        settlement_date: args.date.clone(),
        queue: args.queue.then(|| Waits {
            wait: None,
            priority: args.priority,
            expires: args.queue_until.clone(),
        }),
    })))
}

/// A customer by name and number, which is an IBAN if it looks like one.
fn party(name: &str, number: &str) -> Party {
    let iban = is_iban(number);
    let number = Some(number.to_owned());
    let (iban, account) = if iban { (number, None) } else { (None, number) };
    Party { name: name.to_owned(), iban, account }
}

async fn pay(args: &PayArgs, gateway: &Gateway, order: &Order) -> Result<ExitCode, Failure> {
    let mut progress = Progress::new();
    let sent = match order {
        Order::Json(payment) => {
            ui::note(&format!("payment {}", payment.uetr));
            gateway.pay(payment).await
        }
        Order::Xml(xml) => gateway.pay_message(xml, None).await,
    };
    let mut known = sent.map_err(usage)?;
    progress.status(known.status());
    if !args.no_wait {
        let patience = Duration::from_secs(args.wait);
        known = follow(gateway, known, Until::Settled, (patience, &mut progress)).await?;
    }
    drop(progress);
    keep(args.receipt.as_ref(), &known)?;
    show(gateway, &known, args.connect.json)?;
    if known.settled().is_none() && known.status() != Status::Rjct {
        ui::note(&format!("next: florin status {} --watch", known.report().uetr));
    }
    Ok(exit(&known))
}

/// Waits for the end of a payment and says each status on the way.
pub(super) async fn follow(
    gateway: &Gateway,
    mut known: Tracked,
    until: Until,
    (patience, progress): (Duration, &mut Progress),
) -> Result<Tracked, Failure> {
    const STEP: Duration = Duration::from_millis(400);
    let deadline = tokio::time::Instant::now() + patience;
    loop {
        progress.status(known.status());
        match gateway.wait(&known, until, STEP).await {
            Ok(end) => return Ok(end),
            Err(Error::Waited { status, .. }) if tokio::time::Instant::now() >= deadline => {
                return Err(failed(Error::Waited { status, waited: patience }));
            }
            Err(Error::Waited { .. }) => {
                known = gateway.payment(known.asked()).await.map_err(failed)?;
            }
            Err(error) => return Err(failed(error)),
        }
    }
}

/// Writes the proof of settlement, or that there was none.
pub(super) fn keep(path: Option<&PathBuf>, known: &Tracked) -> Result<(), Failure> {
    let proof = known.settled().map(florin_client::Settled::file);
    let proof = proof.or_else(|| known.rejected().map(florin_client::Rejected::file));
    if let (Some(path), Some(proof)) = (path, proof) {
        fs::write(path, proof)
            .map_err(|error| Failure::of(NotKept { path: path.clone(), error }))?;
    }
    Ok(())
}

/// Prints a payment.
pub(super) fn show(gateway: &Gateway, known: &Tracked, json: bool) -> Result<(), Failure> {
    if json {
        return print_json(&payment_json(known));
    }
    show_payment(gateway, known);
    Ok(())
}

/// 0, or 3 for a payment that was rejected.
pub(super) fn exit(known: &Tracked) -> ExitCode {
    match known.status() {
        Status::Rjct => ExitCode::from(REFUSED),
        Status::Rcvd
        | Status::Actc
        | Status::Acfc
        | Status::Pdng
        | Status::Acwp
        | Status::Acsc
        | Status::Accc => ExitCode::SUCCESS,
    }
}
