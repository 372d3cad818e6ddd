//! `florin verify`: is this proof valid, and does this store add up?
//!
//! # Place      a proof file and a genesis, or a validator's folder -> [verify] -> one line each
//! # Invariants exit 0 valid, 1 not valid, 2 unreadable or usage, 3 valid proof of a refusal; a
//! #            proof is checked with nothing but the two files
//! # Absent     the network

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use ledger_store::{
    Store, StoreError,
    recount::{Line, Verdict, recount},
};
use serde::Serialize;
use settlement_api::interbank::evidence::{is_case, verify_case};
use verifier::{Committee, VerifyError, verify_file};

use crate::cli::{
    input,
    snapshot::ledger,
    ui::{self, Failure, NOT_DONE, REFUSED, USAGE},
};

/// Options of `florin verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// A proof file, or `-` for standard input.
    #[arg(required_unless_present = "data", conflicts_with = "data")]
    file: Option<PathBuf>,
    /// The genesis that is trusted.
    #[arg(long, required_unless_present = "data", conflicts_with = "data")]
    trust: Option<PathBuf>,
    /// A validator's data directory: recount it instead, beside the running validator.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
}

/// What a check came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// Whether the proof holds.
    valid: bool,
    /// Whether the command was applied; nothing when the proof does not hold.
    applied: Option<bool>,
    /// In plain words.
    text: String,
    /// The exit code.
    exit: u8,
}

impl Finding {
    /// In plain words.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The exit code.
    pub(crate) const fn exit(&self) -> u8 {
        self.exit
    }
}

/// Runs the command.
///
/// # Errors
/// [`Failure`], when a file cannot be read.
pub(crate) fn run(args: &VerifyArgs) -> Result<ExitCode, Failure> {
    if let Some(data) = &args.data {
        return recount_store(data, args.json);
    }
    let (Some(file), Some(trust)) = (&args.file, &args.trust) else {
        return Ok(ExitCode::from(USAGE));
    };
    let proof = input::bytes(file).map_err(Failure::usage)?;
    let genesis = input::genesis(trust).map_err(Failure::usage)?;
    // A genesis that contradicts itself is no ground to judge a proof on.
    let committee = Committee::new(&genesis).map_err(Failure::usage)?;
    let finding = check(&proof, &committee);
    if args.json {
        ui::line(&serde_json::to_string(&finding).map_err(Failure::of)?);
    } else {
        ui::line(&finding.text);
    }
    Ok(ExitCode::from(finding.exit))
}

/// Checks a proof file's bytes.
pub(crate) fn check(proof: &[u8], committee: &Committee) -> Finding {
    if is_case(proof) {
        return check_case(proof, committee);
    }
    match verify_file(proof, committee) {
        Ok(proved) => Finding {
            valid: true,
            applied: Some(proved.applied()),
            text: proved.plain().to_owned(),
            exit: if proved.applied() { 0 } else { REFUSED },
        },
        Err(error) => Finding {
            valid: false,
            applied: None,
            text: refusal_text(&error),
            exit: error.exit_code(),
        },
    }
}

/// Checks the evidence pack of a case between two banks.
fn check_case(pack: &[u8], committee: &Committee) -> Finding {
    match verify_case(pack, committee) {
        Ok(verdict) => Finding { valid: true, applied: Some(true), text: verdict.plain, exit: 0 },
        Err(error) => {
            let exit = error.exit_code();
            let verdict = if exit == USAGE { "unreadable" } else { "not valid" };
            Finding { valid: false, applied: None, text: format!("{verdict}: {error}"), exit }
        }
    }
}

fn refusal_text(error: &VerifyError) -> String {
    let verdict = if error.exit_code() == USAGE { "unreadable" } else { "not valid" };
    format!("{verdict}: {error}")
}

/// One line of a recount, as JSON.
#[derive(Serialize)]
struct Counted {
    rule: &'static str,
    currency: String,
    expected: String,
    found: String,
    ok: bool,
    /// From which block on there are entries, when that is too late for this rule.
    unchecked_below: Option<u64>,
}

impl Counted {
    fn of(line: &Line) -> Self {
        Self {
            rule: line.rule.name(),
            currency: line.currency.code().to_owned(),
            // Amounts are strings in JSON, since many readers have no such numbers.
            expected: line.expected.to_string(),
            found: line.found.to_string(),
            ok: line.ok(),
            unchecked_below: match line.verdict {
                Verdict::Unchecked { below } => Some(below.get()),
                Verdict::Holds | Verdict::Broken => None,
            },
        }
    }

    fn text(&self) -> String {
        let Self { rule, currency, expected, found, ok, unchecked_below } = self;
        if let Some(below) = unchecked_below {
            return format!(
                "{currency} {rule} NOT CHECKED: entries of blocks below {below} are not kept here"
            );
        }
        let verdict = if *ok { "holds" } else { "DOES NOT HOLD" };
        format!("{currency} {rule} {verdict}: ledger {expected}, counted {found}")
    }
}

fn recount_store(data: &Path, json: bool) -> Result<ExitCode, Failure> {
    let lines = count(data).map_err(Failure::usage)?;
    let mut none_broken = true;
    for line in &lines {
        let counted = Counted::of(line);
        none_broken &= !line.broken();
        if json {
            ui::line(&serde_json::to_string(&counted).map_err(Failure::of)?);
        } else {
            ui::line(&counted.text());
        }
    }
    Ok(ExitCode::from(if none_broken { 0 } else { NOT_DONE }))
}

/// Recounts the store in a validator's data directory, or the store itself.
fn count(data: &Path) -> Result<Vec<Line>, StoreError> {
    Ok(recount(&Store::open_read_only(&ledger(data))?)?.1)
}

#[cfg(test)]
mod tests;
