//! The commands that load a network of real processes: the torture, and the bench.

use std::process::Output;

use serde_json::Value;

/// The last line on standard output, which is JSON.
fn report(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().last().unwrap_or_else(|| panic!("{output:?}"));
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

#[test]
fn c1_c4_killed_and_stopped_validators_lose_and_double_nothing() {
    let args = ["torture", "--rounds", "6", "--seed", "7", "--json"];
    let ended = e2e::run(&args);
    assert!(ended.status.success(), "{ended:?}");
    let report = report(&ended);
    assert_eq!(report["faults"], Value::Array(Vec::new()));
    assert_eq!(report["sent"], report["proven"]);
    // The seed chooses these, whatever processes do.
    assert_eq!((&report["killed"], &report["killed_all"]), (&13.into(), &2.into()), "{report}");
    assert_eq!(report["paused"], 1, "{report}");
    assert!(report["sent"].as_u64() > Some(100), "{report}");
}

#[test]
fn a_short_bench_of_four_validators_settles_what_it_sends() {
    let args = ["bench", "committee", "--accounts", "20", "--seconds", "1", "--json"];
    let ended = e2e::run(&args);
    assert!(ended.status.success(), "{ended:?}");
    let report = report(&ended);
    assert_eq!(report["validators"], 4);
    assert!(report["transfers"].as_u64() > Some(10), "{report}");
    assert!(report["p99_ms"].as_f64() >= report["p50_ms"].as_f64(), "{report}");
}
