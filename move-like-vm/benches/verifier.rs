//! How fast binaries are decoded and verified, over the real ones of the reference's cases.
//!
//! ```text
//! cargo bench -p move-like-vm --bench verifier
//! ```
//!
//! The baseline is a plain sum of the same bytes; the last column says how many times longer each takes.
//! Each figure is the median of five rounds on one thread,
//! after one that is not counted. Without the cases (`FLORIN_DATA`) it says `skipped: no data`.
//!
//! # Absent     linking; what binaries of other compilers and of other sizes take
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::float_arithmetic,
    clippy::print_stdout,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a bench reads the clock, prints what it measured, and stops at the unexpected"
)]

use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;

use move_like_vm::decode;
use move_like_vm::format::{AddressWidth, CompiledModule};
use move_like_vm::verify::{self, Config};

/// Rounds that are counted.
const ROUNDS: usize = 5;
/// Passes over all binaries in a round.
const PASSES: usize = 50;

fn main() {
    let Some(binaries) = modules() else {
        println!("skipped: no data");
        return;
    };
    let width = AddressWidth::Sixteen;
    let bytes: usize = binaries.iter().map(Vec::len).sum();
    println!("{} modules that the reference accepts, {bytes} bytes", binaries.len());
    let plain = report("plain sum", bytes, None, || {
        for binary in &binaries {
            black_box(binary.iter().map(|byte| u64::from(*byte)).sum::<u64>());
        }
    });
    let _ = report("decode and bounds", bytes, Some(plain), || {
        for binary in &binaries {
            black_box(decode::checked_module(binary, width).expect("it decodes"));
        }
    });
    let decoded: Vec<CompiledModule> = binaries
        .iter()
        .map(|binary| decode::checked_module(binary, width).expect("it decodes"))
        .collect();
    let config = Config::network();
    let _ = report("every pass of the verifier", bytes, Some(plain), || {
        for module in &decoded {
            verify::module(black_box(module), &config).expect("it is accepted");
        }
    });
}

/// Modules that our network accepts.
fn modules() -> Option<Vec<Vec<u8>>> {
    let data = std::env::var("FLORIN_DATA").map_or_else(
        |_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    );
    let text = std::fs::read_to_string(data.join("move-bytecode/cases.jsonl")).ok()?;
    let mut found = Vec::new();
    for line in text.lines() {
        let case: serde_json::Value = serde_json::from_str(line).expect("a case");
        for task in case["tasks"].as_array().expect("tasks") {
            let bytes = hex::decode(task["bytecode_hex"].as_str().expect("hex")).expect("hex");
            let module = decode::checked_module(&bytes, AddressWidth::Sixteen);
            let is_module = task["kind"] == "module";
            if is_module && module.is_ok_and(|m| verify::module(&m, &Config::network()).is_ok()) {
                found.push(bytes);
            }
        }
    }
    Some(found)
}

/// Prints the median rate; answers it.
fn report(what: &str, bytes: usize, plain: Option<f64>, work: impl Fn()) -> f64 {
    let mut rates: Vec<f64> = (0..=ROUNDS)
        .map(|_| {
            let start = Instant::now();
            (0..PASSES).for_each(|_| work());
            (bytes * PASSES) as f64 / 1e6 / start.elapsed().as_secs_f64()
        })
        .skip(1)
        .collect();
    rates.sort_by(f64::total_cmp);
    let median = rates.get(ROUNDS / 2).copied().unwrap_or(0.0);
    let ratio = plain.map_or(1.0, |plain| plain / median);
    println!("{what:<30} {median:>10.1} MB/s   {ratio:>6.1} x");
    median
}
