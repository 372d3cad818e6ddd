//! What a member bank's engineer uses against its own gateway: `florin pay`, `status`, `inbox`,
//! `return`, `case`, `accounts`, `payments`, `queue`, `statement`, `events`.
//!
//! # Place      a person or a script -> [member] -> florin-client -> the own gateway
//! # Invariants results go to stdout (a table, or JSON), progress and errors to stderr; an error names
//! #            the next step; what is called settled was proved against the profile's trust file
//! # Absent     what the client crate decides: requests, retries, proofs

use std::{error::Error as _, fmt, io::IsTerminal as _, time::Duration};

use florin_client::{Error, Gateway, PaymentReport, Review, Status, Tracked};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::{Value, json};
use verifier::summary::rfc3339;

use crate::cli::ui::{self, Failure};

pub(crate) mod accounts;
pub(crate) mod case;
pub(crate) mod events;
pub(crate) mod inbox;
pub(crate) mod pay;
pub(crate) mod payments;
pub(crate) mod profile;
pub(crate) mod queue;
pub(crate) mod returns;
pub(crate) mod statement;
pub(crate) mod status;

/// A failed call, and what can be done next.
#[derive(Debug)]
struct Failed(Error);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        match self.0.next_step() {
            Some(step) => write!(f, "; next: {step}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failed {}

/// How a command ends whose call failed.
pub(crate) fn failed(error: Error) -> Failure {
    Failure::of(Failed(error))
}

/// Prints rows under headings, each column as wide as it must be.
pub(crate) fn table(headings: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        let heading = headings.get(column).map_or(0, |heading| heading.len());
        cells.max().unwrap_or(0).max(heading)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    ui::line(&line(headings.to_vec()));
    for row in rows {
        ui::line(&line(row.iter().map(String::as_str).collect()));
    }
}

/// Prints names and values.
pub(crate) fn facts(facts: &[(&str, String)]) {
    let widest = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        ui::line(&format!("{name:<widest$}  {value}"));
    }
}

/// Prints a value as JSON.
///
/// # Errors
/// [`Failure`], when it has none.
pub(crate) fn print_json<T: Serialize>(value: &T) -> Result<(), Failure> {
    ui::line(&serde_json::to_string_pretty(value).map_err(Failure::of)?);
    Ok(())
}

/// Shows how a wait goes on: a spinner on a terminal, else a line for each new status.
pub(crate) struct Progress {
    bar: ProgressBar,
    last: Option<Status>,
}

impl Progress {
    /// Begins.
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar, last: None }
    }

    /// Says where the payment is, if that is new.
    pub(crate) fn status(&mut self, status: Status) {
        if self.last.replace(status) != Some(status) {
            self.bar.set_message(format!("{status} {}", status.words()));
            if !std::io::stderr().is_terminal() {
                ui::note(&format!("{status} {}", status.words()));
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// How much of a payment is proved, in words.
fn proved(payment: &Tracked) -> String {
    if let Some(settled) = payment.settled() {
        let receipt = settled.receipt();
        let credited = if payment.credited() { "; so is the credit" } else { "" };
        return format!(
            "settled: proved at height {}, final since {}{credited}",
            receipt.height.get(),
            rfc3339(settled.at())
        );
    }
    match (payment.rejected(), payment.status()) {
        (Some(_), _) => "not settled: proved".to_owned(),
        (None, Status::Rjct) => "rejected before it reached the ledger: no proof".to_owned(),
        (None, _) => "nothing yet".to_owned(),
    }
}

/// A payment as people read it.
fn show_payment(gateway: &Gateway, payment: &Tracked) {
    let PaymentReport { uetr, direction, amount, currency, instructing, instructed, .. } =
        payment.report();
    let report = payment.report();
    let status = payment.status();
    let reason = report.reason.as_ref();
    facts(&[
        ("payment", uetr.clone()),
        ("status", format!("{status} {}", status.words())),
        ("reason", reason.map(|r| format!("{} ({})", r.code, r.iso_reason)).unwrap_or_default()),
        ("said", reason.and_then(|r| r.information.clone()).unwrap_or_default()),
        ("review", report.review.as_ref().map(review).unwrap_or_default()),
        ("proof", proved(payment)),
        ("amount", format!("{amount} {currency} {}", direction.name())),
        ("from", instructing.clone()),
        ("to", instructed.clone()),
        ("reference", report.end_to_end_id.clone()),
        ("network", gateway.trust().network().to_hex()),
    ]);
    let rows: Vec<_> =
        report.timeline.iter().map(|at| vec![at.status.clone(), at.at.clone()]).collect();
    ui::line("");
    table(&["status", "seen by the gateway"], &rows);
}

/// Why a payment waits for this bank's people, and until when; or what they said.
fn review(review: &Review) -> String {
    let Review { state, why, decide_by, proposed_by, decided_by } = review;
    match (proposed_by, decided_by) {
        (_, Some(by)) => format!("{state} by {by}"),
        (Some(by), None) if state == "proposed" => {
            format!("accepted by {by}, to be approved by another client until {decide_by}")
        }
        (_, None) if state == "open" => format!("{}: until {decide_by}", why.join(", ")),
        (_, None) => state.clone(),
    }
}

/// A payment as scripts read it.
fn payment_json(payment: &Tracked) -> Value {
    let settled = payment.settled();
    json!({
        "uetr": payment.report().uetr,
        "status": payment.status(),
        "settled": settled.is_some(),
        "final_since": settled.map(|settled| rfc3339(settled.at())),
        "height": settled.map(|settled| settled.receipt().height.get()),
        "credited": payment.credited(),
        "rejection_proved": payment.rejected().is_some(),
        "report": payment.report(),
    })
}
