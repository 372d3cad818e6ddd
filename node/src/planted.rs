//! `florin` with one planted fault: a block with an anchor of `ff` bytes cannot be executed.
//!
//! # Place      tests/e2e `quarantine` -> [planted] -> `node`
//! # Absent     from every build without the feature `planted`, which no binary of the product has (ADR 0058)

use std::process::ExitCode;

use ledger_core::planted::{Planted, plant_everywhere};

fn main() -> ExitCode {
    plant_everywhere(Planted::CrashOnAnchor);
    node::main()
}
