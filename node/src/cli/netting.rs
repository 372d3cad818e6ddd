//! `florin netting`: which queued payments settle together when none could settle alone?
//!
//! # Place      a file of balances and a queue -> [netting] -> the set, as JSON or as tables
//! # Invariants exit 0 answered, also when nothing settles; 2 unreadable, or no netting problem
//! # Absent     the ledger: nothing is sent anywhere; its own queue is planned

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};
use ledger_netting::file::Case;

use crate::cli::{
    input,
    ui::{self, Failure},
};

/// What is asked of a queue.
#[derive(Debug, Subcommand)]
pub(crate) enum NettingArgs {
    /// Find the largest set of queued payments that settle at one instant.
    Solve(SolveArgs),
}

/// Options of `florin netting solve`.
#[derive(Debug, Args)]
pub(crate) struct SolveArgs {
    /// Balances and a queue as JSON (docs/spec/netting.md): a file, or `-` for standard input.
    file: PathBuf,
    /// Answer with tables for people instead of JSON.
    #[arg(long)]
    text: bool,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`], when the file cannot be read or states no netting problem.
pub(crate) fn run(args: &NettingArgs) -> Result<ExitCode, Failure> {
    match args {
        NettingArgs::Solve(args) => {
            let file = input::bytes(&args.file).map_err(Failure::usage)?;
            ui::bytes(answer(&file, args.text)?.as_bytes());
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// What is printed for a file.
fn answer(file: &[u8], text: bool) -> Result<String, Failure> {
    let answer = Case::parse(file).map_err(Failure::usage)?.solve();
    if text {
        return Ok(answer.to_text());
    }
    let json = serde_json::to_string(&answer).map_err(Failure::of)?;
    Ok(format!("{json}\n"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const GRIDLOCK: &[u8] = br#"{"balances": {"A": "1.00"}, "queue": [
        {"id": "1", "from": "A", "to": "B", "amount": "5.00", "priority": 0},
        {"id": "2", "from": "B", "to": "A", "amount": "4.50"},
        {"id": "3", "from": "B", "to": "C", "amount": "9.00"}
    ]}"#;

    #[test]
    fn n7_the_answer_is_json_with_the_names_and_decimals_of_the_file() {
        let printed = answer(GRIDLOCK, false).unwrap();
        assert!(printed.ends_with("}\n"));
        let answer: Value = serde_json::from_str(&printed).unwrap();
        assert_eq!(answer["settled"], json!(["1", "2"]));
        assert_eq!(answer["remaining"], json!(["3"]));
        assert_eq!(answer["balances"], json!({"A": "0.50", "B": "0.50", "C": "0.00"}));
        assert_eq!((&answer["gross"], &answer["net"]), (&json!("9.50"), &json!("0.50")));
        assert_eq!(answer["stages"][1]["stage"], "bilateral");
    }

    #[test]
    fn n7_people_get_tables() {
        let printed = answer(GRIDLOCK, true).unwrap();
        assert!(printed.starts_with("2 of 3 settle: 1 2\nremaining: 3\n"), "{printed}");
        assert!(printed.ends_with("C       0.00\n"), "{printed}");
    }

    #[test]
    fn n7_what_is_no_problem_and_what_is_no_file_end_with_2() {
        for file in [&b"{}"[..], b"", b"\xff", br#"{"balances": {"A": 3.0}, "queue": []}"#] {
            assert_eq!(answer(file, false).unwrap_err().code(), ExitCode::from(ui::USAGE));
        }
        let file = PathBuf::from("no/such/file.json");
        let absent = run(&NettingArgs::Solve(SolveArgs { file, text: false }));
        assert_eq!(absent.unwrap_err().code(), ExitCode::from(ui::USAGE));
    }
}
