//! Every rule the specification calls enforced is cited by a test (format: `tidy::rule`).

use tidy::checkout;
use tidy::rule::{Rule, Status, cites, rules};
use tidy::testcode::test_lines;

/// The rules of money, without which there is no ledger.
const MONEY_RULES: usize = 11;

/// Rules with the file that states them.
fn specified() -> Vec<(String, Rule)> {
    let specs = checkout::files(&["md"]).into_iter().filter(|f| f.path.starts_with("docs/spec/"));
    let rules = specs.flat_map(|f| {
        let path = f.path;
        rules(&f.text).into_iter().map(move |rule| (path.clone(), rule))
    });
    rules.collect()
}

/// Lines of tests; this crate's own examples of rules prove nothing and are left out.
fn lines_of_tests() -> Vec<String> {
    let mut lines = Vec::new();
    for file in checkout::files(&["rs"]).iter().filter(|f| !f.path.starts_with("tests/tidy/")) {
        let flagged = file.text.lines().zip(test_lines(file));
        lines.extend(flagged.filter(|(_, test)| *test).map(|(line, _)| line.to_owned()));
    }
    lines
}

#[test]
fn the_ledger_specification_states_the_rules_of_money() {
    let ledger = checkout::text("docs/spec/ledger.md").expect("docs/spec/ledger.md exists");
    let stated = rules(&ledger);
    for id in (1..=MONEY_RULES).map(|n| format!("I{n}")) {
        let found = stated.iter().any(|rule| rule.id == id);
        assert!(found, "docs/spec/ledger.md: no section `### {id} <title>`");
    }
}

#[test]
fn every_rule_is_stated_once_and_says_whether_it_is_enforced() {
    let all = specified();
    for (path, rule) in &all {
        let (id, line) = (&rule.id, rule.line);
        assert!(rule.status.is_some(), "{path}:{line}: {id} has no `Status: enforced|planned`");
        let times = all.iter().filter(|(_, other)| other.id == *id).count();
        assert_eq!(times, 1, "{path}:{line}: {id} is stated {times} times");
    }
}

#[test]
fn every_enforced_rule_is_cited_by_a_test() {
    let tests = lines_of_tests();
    let mut uncited = Vec::new();
    for (path, rule) in specified() {
        let enforced = rule.status == Some(Status::Enforced);
        if enforced && !tests.iter().any(|line| cites(line, &rule.id)) {
            uncited.push(format!("{path}:{}: {}", rule.line, rule.id));
        }
    }
    assert!(uncited.is_empty(), "enforced, but no test cites them: {uncited:#?}");
}
