//! Recorded gridlocks with answers worked out by hand: each file `NAME.json` beside the
//! `NAME.expected.json` that `florin netting solve NAME.json` prints.

use std::{fs, path::PathBuf};

use ledger_netting::{check, file::Case, solve};
use serde_json::Value;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios")
}

fn case(name: &str) -> Case {
    let bytes = fs::read(folder().join(format!("{name}.json"))).expect("a scenario");
    Case::parse(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The rule that a scenario shows, and its name.
const SCENARIOS: &[(&str, &str)] = &[
    ("N1", "urgent_blocks"),
    ("N1", "a_pair_does_not_pass_a_third"),
    ("N1", "an_expired_head_lets_pass"),
    ("N2", "one_payment_too_large"),
    ("N2", "one_unit_short"),
    ("N2", "one_unit_enough"),
    ("N2", "limit_blocks"),
    ("N2", "limit_relieved"),
    ("N2", "nothing_fits"),
    ("N3", "two_currencies"),
    ("N4", "two_parties"),
    ("N4", "ring_of_three"),
    ("N4", "ring_beside_a_short_member"),
    ("N4", "full_circle_without_money"),
    ("N4", "bypass"),
    ("N5", "everything_fits"),
    ("N5", "every_stage_adds"),
];

#[test]
fn every_scenario_ends_as_worked_out_by_hand() {
    for (rule, name) in SCENARIOS {
        let text = fs::read(folder().join(format!("{name}.expected.json"))).expect("an answer");
        let expected: Value = serde_json::from_slice(&text).expect("JSON");
        let answer = serde_json::to_value(case(name).solve()).unwrap();
        assert_eq!(answer, expected, "{rule} {name}");
    }
}

#[test]
fn n3_every_scenarios_set_passes_the_check() {
    for (_, name) in SCENARIOS {
        let case = case(name);
        let settled = solve(case.problem()).settled;
        assert_eq!(check(case.problem(), &settled), Ok(()), "{name}");
    }
}

#[test]
fn every_file_of_the_folder_is_a_scenario_or_its_answer() {
    let files = fs::read_dir(folder()).unwrap().map(|file| file.unwrap().file_name());
    assert_eq!(files.count(), 2 * SCENARIOS.len());
}
