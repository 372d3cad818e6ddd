//! docs/spec/iso20022.md says what the code does.

use iso20022::rules::{Pack, Rule, standard_rules, usage_rules};
use iso20022::version::VERSIONS;
use std::collections::BTreeSet;

const SPECIFICATION: &str = include_str!("../../../docs/spec/iso20022.md");

fn rules() -> Vec<&'static Rule> {
    let packs = Pack::ALL.into_iter().flat_map(usage_rules);
    standard_rules().chain(packs).collect()
}

#[test]
fn every_rule_stands_in_the_specification_as_it_is() {
    for rule in rules() {
        let messages = match rule.messages {
            [] => "all".to_owned(),
            messages => messages.join(", "),
        };
        let row = format!("| `{}` | {messages} | {} |", rule.id, rule.text);
        assert!(SPECIFICATION.contains(&row), "missing: {row}");
    }
}

#[test]
fn no_rule_of_the_specification_is_unknown() {
    let known: BTreeSet<_> = rules().iter().map(|rule| rule.id).collect();
    for line in SPECIFICATION.lines().filter(|line| line.starts_with("| `")) {
        let id = line.split('`').nth(1).unwrap();
        assert!(known.contains(id), "{id}");
    }
    assert_eq!(known.len(), rules().len(), "an id is given twice");
}

#[test]
fn every_version_stands_in_the_specification_as_it_is_read() {
    for row in VERSIONS {
        let (first, last) = (row.read.start(), row.read.end());
        let row = format!("| {}* | {first:02}-{last:02} | {:02} |", row.message, row.pinned);
        assert!(SPECIFICATION.contains(&row), "missing: {row}");
    }
}
