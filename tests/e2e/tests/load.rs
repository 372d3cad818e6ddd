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

#[test]
fn c1_c4_cut_links_lose_and_double_nothing_and_two_halves_agree_on_nothing() {
    let ended = e2e::run(&["torture", "--links", "--rounds", "4", "--seed", "5", "--json"]);
    let said = String::from_utf8_lossy(&ended.stderr);
    if ended.status.code() == Some(2) && said.contains("network namespaces cannot be made here") {
        println!("skipped: {said}");
        return;
    }
    assert!(ended.status.success(), "{ended:?}");
    let report = report(&ended);
    assert_eq!(report["faults"], Value::Array(Vec::new()));
    assert_eq!(report["sent"], report["proven"]);
    assert!(report["sent"].as_u64() > Some(100), "{report}");
    // Each kind of cut came, and the network settled beside it, or after it.
    for figure in ["during_max_ms", "recovery_max_ms", "halves_max_ms", "caught_up_max_ms"] {
        assert!(report[figure].as_u64() > Some(0), "{figure}: {report}");
    }
    assert!(report["loss"].is_null() || report["lossy_max_ms"].as_u64() > Some(0), "{report}");
}

/// What each drill of the bench must have seen; how large the figures are is not judged here.
#[test]
fn the_benches_of_a_slow_and_a_returning_network_and_of_reads_end_with_their_figures_soak() {
    let drills: [(&[&str], &[&str]); 3] = [
        (&["slow", "--seconds", "2"], &["ratio_p99", "settled_ratio_p99"]),
        (
            &["restart", "--blocks", "20"],
            &["caught_up_per_second", "restart_ms", "restored_ready_s"],
        ),
        (&["reads", "--seconds", "1"], &["seconds"]),
    ];
    for (drill, figures) in drills {
        let ended = e2e::run(&[&["bench"], drill, &["--accounts", "20", "--json"]].concat());
        assert!(ended.status.success(), "{drill:?}: {ended:?}");
        let report = report(&ended);
        for figure in figures {
            assert!(report[figure].as_f64() > Some(0.0), "{drill:?} {figure}: {report}");
        }
    }
}
