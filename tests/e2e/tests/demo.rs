//! `florin demo` as a user runs it: exit code, report, files, and what they prove.
#![allow(clippy::print_stdout)]

use std::{collections::BTreeSet, fs, path::Path, process::Output};

use e2e::{run, samples};
use serde_json::Value;

fn demo(out: &Path, more: &[&str]) -> Output {
    let folder = out.display().to_string();
    let mut args = vec!["demo", "--out", &folder];
    args.extend(more);
    run(&args)
}

fn assert_every_check_held(out: &Path, output: &Output) {
    let said = String::from_utf8_lossy(&output.stdout);
    let erred = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{erred}");
    let report = fs::read(out.join("report.json")).unwrap();
    let steps: Vec<Value> = serde_json::from_slice(&report).unwrap();
    let checks: Vec<&Value> =
        steps.iter().flat_map(|step| step["checks"].as_array().unwrap()).collect();
    assert!(checks.len() > 15, "{checks:?}");
    assert!(checks.iter().all(|check| check["held"] == true), "{checks:?}");
}

fn receipts(out: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(out).unwrap().map(|entry| entry.unwrap().path());
    let named = |path: &std::path::PathBuf| path.to_string_lossy().ends_with("-receipt.json");
    entries.filter(named).collect()
}

#[test]
fn the_demo_holds_every_check_and_each_receipt_it_leaves_verifies_offline() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo");
    let output = demo(&out, &[]);
    assert_every_check_held(&out, &output);
    let genesis = out.join("genesis.json").display().to_string();
    let receipts = receipts(&out);
    assert!(receipts.len() >= 10, "{receipts:?}");
    for receipt in &receipts {
        let path = receipt.display().to_string();
        let verified = run(&["verify", &path, "--trust", &genesis]);
        let said = String::from_utf8_lossy(&verified.stderr);
        assert_eq!(verified.status.code(), Some(0), "{path}: {said}");
    }
    a_receipt_with_any_byte_changed_is_not_valid(&out, &receipts[0], &genesis);
    nothing_of_the_customers_is_in_a_validators_folder(&out);
    what_gateways_tell_their_banks_keeps_the_guide(&out);
}

/// P12; the custodian's own camt.054 is its core system's, and pacs.008 and pacs.004 settle here.
fn what_gateways_tell_their_banks_keeps_the_guide(out: &Path) {
    let mut seen = BTreeSet::new();
    for entry in fs::read_dir(out.join("messages")).unwrap() {
        let path = entry.unwrap().path().display().to_string();
        let told = ["pacs.002.xml", "camt.052.xml", "camt.054-bank-a.xml", "camt.054-bank-b.xml"];
        if let Some(name) = told.iter().find(|name| path.ends_with(**name)) {
            let judged = run(&["iso20022", "check", "--rules", "cbpr-2026", &path]);
            let said = String::from_utf8_lossy(&judged.stdout);
            assert_eq!(judged.status.code(), Some(0), "{path}: {said}");
            seen.insert(*name);
        }
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
}

fn a_receipt_with_any_byte_changed_is_not_valid(out: &Path, receipt: &Path, genesis: &str) {
    let bytes = fs::read(receipt).unwrap();
    let changed = out.join("changed.json");
    let path = changed.display().to_string();
    for at in (0..bytes.len()).step_by(bytes.len() / 25) {
        let mut copy = bytes.clone();
        copy[at] = if copy[at] == b'7' { b'8' } else { b'7' };
        fs::write(&changed, copy).unwrap();
        let verified = run(&["verify", &path, "--trust", genesis]);
        assert!(matches!(verified.status.code(), Some(1 | 2)), "byte {at}");
    }
}

/// Names and account numbers stay in gateways.
fn nothing_of_the_customers_is_in_a_validators_folder(out: &Path) {
    let messages = fs::read_dir(out.join("messages")).unwrap();
    let paths = messages.map(|entry| entry.unwrap().path());
    let payment = |path: &std::path::PathBuf| path.to_string_lossy().ends_with("pacs.008.xml");
    let sent = paths.filter(payment).min().unwrap();
    let xml = fs::read_to_string(sent).unwrap();
    let names: Vec<&str> = xml
        .split("<Nm>")
        .skip(1)
        .filter_map(|rest| rest.split("</Nm>").next())
        .filter(|name| name.len() > 6)
        .collect();
    assert!(!names.is_empty());
    for validator in 1..=4 {
        let folder = out.join(format!("validator-{validator}"));
        for name in &names {
            assert!(!holds(&folder, name.as_bytes()), "{name} in {}", folder.display());
        }
    }
}

fn holds(folder: &Path, needle: &[u8]) -> bool {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).any(|path| {
        if path.is_dir() {
            return holds(&path, needle);
        }
        let bytes = fs::read(&path).unwrap_or_default();
        bytes.windows(needle.len()).any(|window| window == needle)
    })
}

#[test]
fn real_messages_of_two_networks_are_paid_as_they_are() {
    let Some(samples) = samples() else {
        println!("skipped: no data");
        return;
    };
    for sample in ["rtp/pacs008.xml", "fednow/sample-participant-to-fednow-message.xml"] {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("demo");
        let message = samples.join(sample).display().to_string();
        let output = demo(&out, &["--pacs008", &message]);
        assert_every_check_held(&out, &output);
    }
}

#[test]
fn a_folder_with_something_in_it_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mine"), "x").unwrap();
    let output = demo(folder.path(), &[]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("is not empty"));
    assert_eq!(fs::read(folder.path().join("mine")).unwrap(), b"x");
}
