//! `florin conformance`: what a new member must pass, run against its own gateway.
//!
//! # Place      a member's engineer -> [conformance] -> florin-client -> the gateway under test, and,
//! #            where a case needs two banks, a peer's
//! # Invariants every case has an id and a row in docs/conformance.md; exit 0 only when none failed and
//! #            none was left out, 1 otherwise; what is settled is proved, as everywhere
//! # Absent     load, TLS, ISO 20022 files beyond pacs.008 as JSON (`florin iso20022 check` judges them)

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use serde::Serialize;

use crate::cli::{
    call::runtime,
    member::{
        print_json,
        profile::{ConnectArgs, Connected},
        table,
    },
    ui::{self, Failure, NOT_DONE},
};

mod books;
mod inquiries;
mod kit;
mod payments;
mod signatures;

use kit::{Fault, Kit, Parts};

/// Options of `florin conformance`.
#[derive(Debug, Args)]
pub(crate) struct ConformanceArgs {
    /// The base URL of the gateway under test; the profile's if not given.
    #[arg(long)]
    against: Option<String>,
    /// Profile of another client of the same gateway: the second person of an answer.
    #[arg(long)]
    second: Option<PathBuf>,
    /// Profile of a client of another member's gateway, which pays and is paid, asks and answers.
    #[arg(long)]
    peer: Option<PathBuf>,
    /// Profile of another client of the peer's gateway.
    #[arg(long)]
    peer_second: Option<PathBuf>,
    /// ISO 4217 code of what is paid.
    #[arg(long, default_value = "USD")]
    currency: String,
    /// How much each payment moves.
    #[arg(long, default_value = "1.00")]
    amount: String,
    /// Run only cases whose id begins so; may be repeated.
    #[arg(long)]
    only: Vec<String>,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// A case: id, what is done, what must come.
pub(crate) type Case = (&'static str, &'static str, &'static str);

/// Every case, in the order in which they run.
pub(crate) const CASES: &[Case] = &[
    ("sig-good", "a signed request", "200"),
    ("sig-missing", "a request without signature", "401 signature_missing"),
    ("sig-nonce", "the same signed request twice", "401 nonce_reused"),
    ("sig-altered", "a signature with one bit changed", "401 signature_invalid"),
    ("sig-path", "another path than was signed", "401 signature_invalid"),
    ("sig-expired", "a signature of ten minutes ago", "401 signature_expired"),
    ("sig-future", "a signature of in ten minutes", "401 signature_created_in_future"),
    ("sig-digest", "another body than was signed", "401 content_digest_mismatch"),
    ("sig-key", "a key that nobody registered", "401 key_unknown"),
    ("pay-out", "a payment to another member", "ACSC, proved"),
    ("pay-again", "the same payment again", "200, the same receipt"),
    ("pay-conflict", "its UETR with other content", "409 leg_conflict"),
    ("pay-unknown", "the status of a UETR that nobody used", "404 not_found"),
    ("pay-uetr", "the status of what is no UETR", "422 bad_uetr"),
    ("pay-decimals", "an amount with too many decimals", "422 amount_too_many_decimals"),
    ("pay-zero", "an amount of zero", "422 amount_zero"),
    ("pay-currency", "a currency that the network does not have", "422 currency_unknown"),
    ("pay-bic", "a BIC that is none", "400 bad_bic"),
    ("pay-agent", "a bank that is no member", "422 agent_unknown"),
    ("pay-debtor", "a payer who is not registered", "422 debtor_unknown"),
    ("pay-shape", "JSON with a field that is not described", "400 request_malformed"),
    ("pay-funds", "more than there is", "RJCT insufficient_funds AM04, proved"),
    ("in-settled", "a payment from another member", "ACSC, proved"),
    ("in-credit", "the word that its customer has the money", "ACCC, proved"),
    ("in-key", "a command without Idempotency-Key", "400 idempotency_key_missing"),
    ("case-ask", "a question to another member, answered and closed", "closed at both"),
    ("case-answer", "a question from another member, answered and closed", "closed at both"),
    ("case-four-eyes", "an answer approved by who prepared it", "409 same_person"),
    ("case-unknown", "a case that nobody opened", "404 case_unknown"),
    ("stm-sum", "the day so far", "adds up, names the payment"),
    ("stm-proof", "its closing beside the account's proof", "the proved balance"),
    ("stm-chain", "the day before, and today before its end", "chains; 409 day_not_over"),
    ("evt-pages", "the feed in pages of two", "the same events as in one page"),
    ("evt-resume", "a stream opened again after its last event", "goes on without gap or repeat"),
    ("evt-order", "the events of the payment", "each status once, in order"),
];

/// What became of a case.
#[derive(Clone, Debug, Serialize)]
struct Row {
    id: &'static str,
    what: &'static str,
    expected: &'static str,
    got: String,
    /// Nothing when it was not run.
    ok: Option<bool>,
}

/// The report.
#[derive(Clone, Debug, Serialize)]
struct Report {
    against: String,
    member: String,
    network: String,
    passed: usize,
    failed: usize,
    not_run: usize,
    cases: Vec<Row>,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`], when nothing could be run.
pub(crate) fn run(args: &ConformanceArgs) -> Result<ExitCode, Failure> {
    let mut connect = args.connect.clone();
    connect.gateway = args.against.clone().or(connect.gateway);
    let Connected { gateway, payer } = connect.connect()?;
    let other = |profile: &Option<PathBuf>| {
        profile.as_deref().map(|path| ConnectArgs::of_profile(path).connect()).transpose()
    };
    let peer = other(&args.peer)?;
    let (peer, peer_payer) = peer.map_or((None, None), |peer| (Some(peer.gateway), peer.payer));
    let mut kit = Kit::new(Parts {
        gateway,
        payer,
        second: other(&args.second)?.map(|second| second.gateway),
        peer,
        peer_payer,
        peer_second: other(&args.peer_second)?.map(|second| second.gateway),
        currency: args.currency.clone(),
        amount: args.amount.clone(),
    });
    let chosen = |id: &str| args.only.is_empty() || args.only.iter().any(|o| id.starts_with(o));
    let runtime = runtime().map_err(Failure::of)?;
    let mut rows = Vec::new();
    for (id, what, expected) in CASES.iter().filter(|(id, ..)| chosen(id)) {
        let held = runtime.block_on(kit.run(id));
        let (got, ok) = match held {
            Ok(got) => (got, Some(true)),
            Err(Fault::NotRun(why)) => (format!("not run: {why}"), None),
            Err(fault) => (fault.to_string(), Some(false)),
        };
        rows.push(Row { id, what, expected, got, ok });
    }
    report(args, &kit, rows)
}

fn report(args: &ConformanceArgs, kit: &Kit, cases: Vec<Row>) -> Result<ExitCode, Failure> {
    let count = |ok: Option<bool>| cases.iter().filter(|row| row.ok == ok).count();
    let report = Report {
        against: kit.gateway.url().to_owned(),
        member: kit.gateway.member().to_string(),
        network: kit.gateway.trust().network().to_hex(),
        passed: count(Some(true)),
        failed: count(Some(false)),
        not_run: count(None),
        cases,
    };
    let exit = if report.failed == 0 && report.not_run == 0 { 0 } else { NOT_DONE };
    if args.connect.json {
        print_json(&report)?;
        return Ok(ExitCode::from(exit));
    }
    let rows: Vec<_> = report.cases.iter().map(Row::cells).collect();
    table(&["", "case", "what", "expected", "got"], &rows);
    ui::line(&format!(
        "{} passed, {} failed, {} not run against {}",
        report.passed, report.failed, report.not_run, report.against
    ));
    if exit != 0 {
        ui::note("next: docs/conformance.md says what each case is for and what it needs");
    }
    Ok(ExitCode::from(exit))
}

impl Row {
    fn cells(&self) -> Vec<String> {
        let mark = match self.ok {
            Some(true) => "ok",
            Some(false) => "NOT",
            None => "-",
        };
        let texts = [mark, self.id, self.what, self.expected, &self.got];
        texts.map(str::to_owned).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_has_a_row_in_the_documents_and_every_row_a_case() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/conformance.md");
        let text = std::fs::read_to_string(path).unwrap();
        let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
        let described: Vec<&str> = rows.filter_map(|row| row.split('`').next()).collect();
        let cases: Vec<&str> = CASES.iter().map(|(id, ..)| *id).collect();
        assert_eq!(described, cases);
    }
}
