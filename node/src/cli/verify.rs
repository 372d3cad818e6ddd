//! `florin verify`: is this proof valid, does this store add up, and does history come to what was certified?
//!
//! # Place      a proof file and a genesis, or a validator's folder, or a ledger -> [verify] -> one line each
//! # Invariants exit 0 valid, 1 not valid, 2 unreadable or usage, 3 valid proof of a refusal; a
//! #            proof is checked with nothing but the two files
//! # Absent     the network, but for `--replay`

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use jiff::Timestamp;
use ledger_store::{
    Store, StoreError,
    recount::{Line, Verdict, recount},
};
use serde::Serialize;
use settlement_api::interbank::evidence::{
    EvidenceError, is_case,
    payment::{is_payment, verify_payment},
    verify_case,
};
use verifier::{Committee, Reliance, VerifyError, verify_file};

use crate::cli::{
    input,
    snapshot::ledger,
    ui::{self, Failure, NOT_DONE, REFUSED, USAGE},
};

/// Options of `florin verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// A proof file, or `-` for standard input.
    #[arg(required_unless_present_any = ["data", "replay"], conflicts_with_all = ["data", "replay"])]
    file: Option<PathBuf>,
    /// What is trusted: a genesis, or a file of `florin trust` where the committee has changed.
    #[arg(long, required_unless_present_any = ["data", "replay"], conflicts_with = "data")]
    trust: Option<PathBuf>,
    /// A validator's data directory: recount it instead, beside the running validator.
    #[arg(long)]
    data: Option<PathBuf>,
    #[command(flatten)]
    replay: replay::ReplayArgs,
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

/// A finding, and whose word it is.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    relied_on: Option<&'a RelianceText>,
}

/// The committee by which a proof was judged, and how old it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct RelianceText {
    /// Its first epoch.
    since_epoch: u64,
    /// The block that named it; 0 is genesis.
    named_by_block: u64,
    /// When.
    named_at: String,
    /// Whole days since then.
    age_days: i64,
    /// Whether that block was taken on trust.
    on_trust: bool,
}

impl RelianceText {
    fn of(set: &Reliance, now: Timestamp) -> Self {
        let at = i64::try_from(set.time.get()).ok();
        let at = at.and_then(|at| Timestamp::from_millisecond(at).ok()).unwrap_or_default();
        Self {
            since_epoch: set.since,
            named_by_block: set.named_by.get(),
            named_at: at.to_string(),
            age_days: now.duration_since(at).as_secs().div_euclid(86_400),
            on_trust: set.on_trust,
        }
    }

    fn text(&self) -> String {
        let Self { since_epoch, named_by_block, named_at, age_days, on_trust } = self;
        let trusted =
            if *on_trust { "taken on trust from a checkpoint" } else { "from genesis on" };
        let by = match named_by_block {
            0 => "genesis".to_owned(),
            block => format!("block {block}"),
        };
        format!(
            "relied on the committee of epoch {since_epoch} and later, named by {by} of {named_at}, \
             {age_days} days ago, {trusted}"
        )
    }
}

/// Runs the command.
///
/// # Errors
/// [`Failure`], when a file cannot be read.
pub(crate) fn run(args: &VerifyArgs) -> Result<ExitCode, Failure> {
    if args.replay.is_asked() {
        return replay::run(&args.replay, args.data.as_deref(), args.trust.as_deref(), args.json);
    }
    if let Some(data) = &args.data {
        return recount_store(data, args.json);
    }
    let (Some(file), Some(trust)) = (&args.file, &args.trust) else {
        return Ok(ExitCode::from(USAGE));
    };
    let proof = input::bytes(file).map_err(Failure::usage)?;
    // What contradicts itself is no ground to judge a proof on.
    let committee = input::trust(trust).map_err(Failure::usage)?;
    let finding = check(&proof, &committee);
    let relied_on = committee.relied_on().map(|set| RelianceText::of(&set, Timestamp::now()));
    if args.json {
        let told = Told { finding: &finding, relied_on: relied_on.as_ref() };
        ui::line(&serde_json::to_string(&told).map_err(Failure::of)?);
    } else {
        ui::line(&finding.text);
        relied_on.iter().for_each(|set| ui::line(&set.text()));
    }
    Ok(ExitCode::from(finding.exit))
}

/// Checks a proof file's bytes.
pub(crate) fn check(proof: &[u8], committee: &Committee) -> Finding {
    if is_case(proof) {
        return of_pack(verify_case(proof, committee).map(|verdict| verdict.plain));
    }
    if is_payment(proof) {
        return of_pack(verify_payment(proof, committee).map(|verdict| verdict.plain));
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

/// What an evidence pack of two banks came to.
fn of_pack(verdict: Result<String, EvidenceError>) -> Finding {
    match verdict {
        Ok(text) => Finding { valid: true, applied: Some(true), text, exit: 0 },
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
    let none_broken = tell(&lines, json)?;
    Ok(ExitCode::from(if none_broken { 0 } else { NOT_DONE }))
}

/// Says each line of a recount; whether no rule is broken.
fn tell(lines: &[Line], json: bool) -> Result<bool, Failure> {
    let mut none_broken = true;
    for line in lines {
        let counted = Counted::of(line);
        none_broken &= !line.broken();
        if json {
            ui::line(&serde_json::to_string(&counted).map_err(Failure::of)?);
        } else {
            ui::line(&counted.text());
        }
    }
    Ok(none_broken)
}

/// Recounts the store in a validator's data directory, or the store itself.
fn count(data: &Path) -> Result<Vec<Line>, StoreError> {
    Ok(recount(&Store::open_read_only(&ledger(data))?)?.1)
}

mod replay;
#[cfg(test)]
mod tests;
