//! docs/spec/status.md against the code: every refusal with its status, retry class and ISO reason.

use std::{collections::BTreeSet, fs, path::PathBuf};

use ledger_core::refusal::Refusal;

use super::problems;
use crate::problem::Problem;

const BEGIN: &str = "<!-- begin: written by UPDATE_STATUS=1 -->\n";
const END: &str = "<!-- end -->\n";

fn page() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/spec/status.md")
}

/// One row: code, who says it, HTTP status, retry class, ISO reason.
fn row(problem: &Problem, of_ledger: &BTreeSet<&str>) -> String {
    let value = serde_json::to_value(problem).unwrap();
    let text = |name: &str| value[name].as_str().unwrap_or("").to_owned();
    let by = if of_ledger.contains(problem.code()) { "ledger" } else { "gateway" };
    let iso = match text("iso_reason") {
        iso if iso.is_empty() => String::new(),
        iso => format!("`{iso}`"),
    };
    let (code, status, retry) = (problem.code(), problem.status().as_u16(), text("retry"));
    format!("| `{code}` | {by} | {status} | {retry} | {iso} |\n")
}

#[test]
fn the_page_of_statuses_is_what_the_code_says() {
    let of_ledger: BTreeSet<_> = Refusal::ALL.iter().map(|refusal| refusal.code()).collect();
    let all = problems::all();
    let head = "| Code | Said by | HTTP | Retry | ISO 20022 reason |\n|---|---|---|---|---|\n";
    let rows: String = all.iter().map(|problem| row(problem, &of_ledger)).collect();
    let table = format!("{BEGIN}{head}{rows}{END}");
    let written = fs::read_to_string(page()).unwrap();
    let from = written.find(BEGIN).unwrap();
    let to = written.find(END).unwrap() + END.len();
    if std::env::var_os("UPDATE_STATUS").is_some() {
        let whole = format!("{}{table}{}", &written[..from], &written[to..]);
        fs::write(page(), whole).unwrap();
        return;
    }
    assert_eq!(
        &written[from..to],
        table,
        "UPDATE_STATUS=1 cargo test -p settlement-api status_page"
    );
    for code in of_ledger {
        assert!(table.contains(&format!("| `{code}` | ledger |")), "{code}");
    }
}

/// What may not tip anyone off has the neutral reason, whoever says it.
#[test]
fn standing_freezes_and_list_hits_have_the_neutral_reason() {
    let neutral = [
        "account_frozen",
        "standing_missing",
        "standing_revoked",
        "standing_expired",
        "party_not_yours",
        "payment_under_review",
        "counterparty_not_eligible",
        "policy_forbids",
    ];
    let all = problems::all();
    for code in neutral {
        let problem = all.iter().find(|problem| problem.code() == code).unwrap();
        let value = serde_json::to_value(problem).unwrap();
        assert_eq!(value["iso_reason"], "MS03", "{code}");
    }
}
