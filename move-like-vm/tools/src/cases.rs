//! `florin move run-cases`: real binaries, and whether the machine says of them what the reference said.
//!
//! # Place      a file of cases -> [cases] -> decoder, verifier, machine
//! # Invariants every case has one line of result; tasks of a case share one storage, in their order; a
//! #            panic fails its case and no other
//! # Absent     judgement of the reference: a difference is shown as it is

pub mod arguments;
mod natives;
mod run;

use serde::{Deserialize, Serialize};

use crate::binary::Kind;

pub use run::{Options, Passing, run};

/// What a task does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Publishes a module.
    Publish,
    /// Runs a script.
    Run,
}

/// One step of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its number in the case.
    pub step: u64,
    /// What it does.
    pub action: Action,
    /// Options, see [`arguments`].
    #[serde(default)]
    pub args: String,
    /// What the binary is.
    pub kind: Kind,
    /// The status that the reference machine gives.
    pub status: String,
    /// The binary.
    pub bytecode_hex: String,
}

/// Steps that share one storage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Its name.
    pub id: String,
    /// Which tests of the reference machine it comes from.
    #[serde(default)]
    pub suite: String,
    /// What it is about.
    #[serde(default)]
    pub category: String,
    /// Its steps.
    pub tasks: Vec<Task>,
}

/// What came out of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The case.
    pub id: String,
    /// The statuses that the reference gives.
    pub expected: Vec<String>,
    /// The statuses that came out.
    pub got: Vec<String>,
    /// Whether they are the same.
    pub ok: bool,
}

/// How many cases came out as expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// As expected.
    pub passed: usize,
    /// Otherwise.
    pub failed: usize,
}

/// A line of a file of cases that is no case.
#[derive(Debug)]
pub struct BadLine {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong.
    pub error: serde_json::Error,
}

impl std::fmt::Display for BadLine {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.error)
    }
}

/// The cases of a file with one in each line; empty lines do not count.
pub fn read(text: &str) -> Result<Vec<Case>, BadLine> {
    let lines = (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty());
    lines
        .map(|(line, text)| serde_json::from_str(text).map_err(|error| BadLine { line, error }))
        .collect()
}

impl Outcome {
    fn new(case: &Case, got: Vec<String>) -> Self {
        let expected: Vec<String> = case.tasks.iter().map(|task| task.status.clone()).collect();
        let ok = expected == got;
        Self { id: case.id.clone(), expected, got, ok }
    }

    /// The outcome as one line of JSON.
    pub fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

impl Count {
    /// Counts one more.
    pub const fn add(&mut self, outcome: &Outcome) {
        let count = if outcome.ok { &mut self.passed } else { &mut self.failed };
        *count = count.saturating_add(1);
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)
    }
}
