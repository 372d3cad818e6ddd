//! The commands that load a network of real processes: the torture, and the bench.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
    sync::atomic::{AtomicBool, Ordering},
    thread::{scope, sleep},
    time::{Duration, Instant},
};

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

/// Process ids of the validators of a drill in this folder.
fn validators(folder: &Path) -> Vec<String> {
    let folder = folder.display().to_string();
    let is_one = |pid: &String| {
        let said = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        said.contains("\0validator\0--config\0") && said.contains(&folder)
    };
    let names = fs::read_dir("/proc").unwrap().flatten();
    names.filter_map(|entry| entry.file_name().into_string().ok()).filter(is_one).collect()
}

/// Somebody else's script: every few seconds one of the validators gets `kill -9`, and at times two do.
fn kill_meanwhile(folder: &Path, done: &AtomicBool) -> u64 {
    let (mut kills, mut chance) = (0, 0x5EED_u64);
    while !done.load(Ordering::Relaxed) {
        // xorshift64
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        sleep(Duration::from_millis(1_500 + chance % 2_500));
        let mut running = validators(folder);
        for _ in 0..1 + u64::from(chance.is_multiple_of(4)) {
            if running.is_empty() {
                break;
            }
            let at = usize::try_from(chance % u64::try_from(running.len()).unwrap()).unwrap();
            let killed = Command::new("kill").args(["-9", &running.remove(at)]).status().unwrap();
            kills += u64::from(killed.success());
        }
    }
    kills
}

#[test]
fn c1_c4_with_somebody_elses_kill_script_beside_it_the_torture_ends_and_nothing_is_lost() {
    let kept = tempfile::tempdir().unwrap();
    let folder = kept.path().join("torture");
    let out = e2e::text(&folder);
    let args = ["torture", "--rounds", "6", "--seed", "11", "--json", "--out", &out];
    let done = AtomicBool::new(false);
    let begun = Instant::now();
    let (ended, kills) = scope(|threads| {
        let killer = threads.spawn(|| kill_meanwhile(&folder, &done));
        let drill = e2e::florin().args(args).output();
        done.store(true, Ordering::Relaxed);
        (drill.unwrap(), killer.join().unwrap())
    });
    assert!(ended.status.success(), "{ended:?}");
    let report = report(&ended);
    println!("{kills} kills in {:?}: {report}", begun.elapsed());
    assert_eq!(report["faults"], Value::Array(Vec::new()));
    assert_eq!(report["sent"], report["proven"]);
    assert!(report["sent"].as_u64() > Some(100), "{report}");
    // A kill may hit one that the drill kills at this very moment, or ends.
    let counted = report["killed_outside"].as_u64().unwrap();
    assert!(counted > 0 && counted <= kills, "{counted} of {kills}: {report}");
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
