//! What operators are given: alerts, a dashboard and runbooks that speak of what exists.

use std::collections::BTreeSet;

use tidy::{checkout, promql};

const ALERTS: &str = "deploy/prometheus/alerts.yml";
const DASHBOARD: &str = "deploy/grafana/dashboard.json";
const METRICS: &str = "docs/metrics.md";
const RUNBOOKS: &str = "docs/runbook/";
/// Prometheus makes these itself.
const ITS_OWN: [&str; 2] = ["up", "ALERTS"];

fn text(path: &str) -> String {
    checkout::text(path).unwrap_or_else(|| panic!("{path} is not there"))
}

/// One alert's lines.
fn alerts() -> Vec<(String, Vec<String>)> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for line in text(ALERTS).lines() {
        if let Some(name) = line.trim().strip_prefix("- alert: ") {
            found.push((name.to_owned(), Vec::new()));
        } else if let Some((_, lines)) = found.last_mut() {
            lines.push(line.to_owned());
        }
    }
    found
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The expression of an alert: on the line of its key, or folded below it.
fn expression(lines: &[String]) -> String {
    let Some(at) = lines.iter().position(|line| line.trim().starts_with("expr:")) else {
        return String::new();
    };
    let first = lines[at].trim().trim_start_matches("expr:").trim().trim_start_matches('>');
    let below = lines[at + 1..].iter().take_while(|line| indent(line) > indent(&lines[at]));
    below.fold(first.to_owned(), |all, line| all + " " + line.trim())
}

/// Expressions of the dashboard, with quotes as Prometheus reads them.
fn panels() -> Vec<String> {
    let lines = text(DASHBOARD);
    let lines = lines.lines().filter_map(|line| line.trim().strip_prefix("\"expr\": \""));
    lines
        .map(|line| line.trim_end_matches(',').trim_end_matches('"').replace("\\\"", "\""))
        .collect()
}

/// Metrics of docs/metrics.md: the first cell of a row.
fn documented() -> BTreeSet<String> {
    let text = text(METRICS);
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| row.split('`').next()).map(str::to_owned).collect()
}

/// Pages of the runbook but its index.
fn pages() -> Vec<checkout::File> {
    let mut pages = checkout::files(&["md"]);
    pages.retain(|page| page.path.starts_with(RUNBOOKS) && !page.path.ends_with("README.md"));
    pages
}

/// Subcommands of the binary, from the enum that its parser is derived from.
fn subcommands() -> BTreeSet<String> {
    let main = text("node/src/lib.rs");
    let body = main.split("enum Command {").nth(1).and_then(|rest| rest.split("\n}").next());
    let (mut given, mut found) = (None, BTreeSet::new());
    for line in body.unwrap_or_default().lines().map(str::trim) {
        if line.starts_with("#[command(") {
            given = line.split("name = \"").nth(1).and_then(|rest| rest.split('"').next());
        } else if line.starts_with(char::is_uppercase) {
            let variant = line.split(['(', ',', ' ']).next().unwrap_or_default();
            found.insert(given.take().map_or_else(|| variant.to_lowercase(), str::to_owned));
        }
    }
    found
}

/// What follows the binary's name wherever a text calls it.
fn called(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        for (at, name) in line.match_indices("florin ") {
            let before = line[..at].chars().next_back();
            let own_word = before.is_none_or(|c| c == '`' || c == ' ');
            let next = line[at + name.len()..].split([' ', '`']).next().unwrap_or_default();
            if own_word && next.starts_with(|c: char| c.is_ascii_lowercase()) {
                found.push(next.trim_end_matches(['.', ',', ';', ':', ')']).to_owned());
            }
        }
    }
    found
}

#[test]
fn alerts_and_dashboard_name_documented_metrics_only() {
    let documented = documented();
    let alerts = alerts().into_iter().map(|(name, lines)| (name, expression(&lines)));
    let panels = panels().into_iter().map(|panel| (DASHBOARD.to_owned(), panel));
    let (mut found, mut seen) = (Vec::new(), 0);
    for (place, expression) in alerts.chain(panels) {
        let metrics = promql::metrics(&expression);
        assert!(!metrics.is_empty(), "{place}: no metric in {expression:?}");
        seen += metrics.len();
        for metric in metrics {
            if !documented.contains(&metric) && !ITS_OWN.contains(&metric.as_str()) {
                found.push(format!("{place}: {metric} is not in {METRICS}"));
            }
        }
    }
    assert!(seen > 40, "only {seen} metrics found: the reader is broken");
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_alert_says_how_bad_it_is_and_which_page_helps() {
    let alerts = alerts();
    assert!(alerts.len() > 10, "the reader is broken");
    let tests = text("deploy/prometheus/alerts.test.yml");
    for (name, lines) in alerts {
        let of = |key: &str| lines.iter().find_map(|line| line.split(key).nth(1)).map(str::trim);
        let severity = of("severity: ").unwrap_or_default().trim_end_matches(" }");
        assert!(["critical", "warning"].contains(&severity), "{name}: severity {severity:?}");
        assert!(of("summary:").is_some(), "{name} has no summary");
        let runbook = of("runbook: ").unwrap_or_else(|| panic!("{name} names no runbook"));
        assert!(runbook.starts_with(RUNBOOKS), "{name}: {runbook}");
        let page = checkout::text(runbook).unwrap_or_else(|| panic!("{name}: no {runbook}"));
        assert!(page.contains(&format!("`{name}`")), "{runbook} does not speak of {name}");
        assert!(tests.contains(&format!("alertname: {name}")), "{name} has no test");
    }
}

#[test]
fn every_page_of_the_runbook_is_in_its_index_and_says_how_one_knows_that_it_is_over() {
    let index = text("docs/runbook/README.md");
    let pages = pages();
    assert!(pages.len() > 8, "the reader is broken");
    for page in pages {
        let name = page.path.trim_start_matches(RUNBOOKS);
        assert!(index.contains(&format!("({name})")), "{name} is not in the index");
        assert!(
            page.text.contains("\n## It is over when\n"),
            "{name} does not say when it is over"
        );
    }
}

#[test]
fn every_command_of_a_runbook_is_one_that_the_binary_has() {
    let commands = subcommands();
    assert!(commands.contains("snapshot") && commands.contains("command"), "{commands:?}");
    let mut seen = BTreeSet::new();
    for page in checkout::files(&["md"]) {
        if !page.path.starts_with(RUNBOOKS) {
            continue;
        }
        for command in called(&page.text) {
            assert!(commands.contains(&command), "{}: florin {command}", page.path);
            seen.insert(command);
        }
    }
    assert!(seen.len() > 4, "only {seen:?}: the reader is broken");
}

#[test]
fn the_image_is_built_with_the_pinned_toolchain() {
    let pinned = text("rust-toolchain.toml");
    let pinned = pinned.split("channel = \"").nth(1).and_then(|rest| rest.split('"').next());
    let pinned = pinned.unwrap_or_else(|| panic!("no channel"));
    let file = text("deploy/Dockerfile");
    assert!(file.contains(&format!("FROM rust:{pinned}-bookworm AS build\n")), "{pinned}");
    assert!(file.contains(&format!("ENV RUSTUP_TOOLCHAIN={pinned}\n")), "{pinned}");
}

#[test]
fn a_call_is_the_word_after_the_binary_where_it_stands_alone() {
    let text =
        "`florin verify --data X`, and exec NAME florin call, -p florin -f; my-florin x; florin.";
    assert_eq!(called(text), ["verify", "call"]);
}
