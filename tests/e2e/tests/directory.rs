//! A bank changes its message key by two of its administrators, over real processes: others are told before it
//! acts, payments go on, and a revoked key opens nothing.

use std::{
    path::PathBuf,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use e2e::{
    books::Books,
    governance::{administrators, decide, operators, paid},
    json_of, must,
    network::{Network, until},
    text,
};
use serde_json::{Value, json};

/// Blocks in an epoch: the rules that it needs act in the third.
const LENGTH: u64 = 64;
const NOTICE_MS: u64 = 10_000;

fn now_ms() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// What bank A is told of bank B's entry.
fn told(network: &Network, lei: &str) -> Vec<Value> {
    let page = network.get("bank-a", "bank-a-core", "/v1/events").json();
    let events = page["events"].as_array().unwrap_or_else(|| panic!("{page}")).clone();
    events.into_iter().filter(|e| e["about"] == "directory" && e["other"] == lei).collect()
}

fn entry(network: &Network, lei: &str) -> Value {
    let all = network.get("bank-a", "bank-a-core", "/v1/directory").json();
    let found = all.as_array().unwrap_or_else(|| panic!("{all}")).iter().find(|e| e["lei"] == lei);
    found.cloned().unwrap_or_else(|| panic!("{all}"))
}

/// A message key of a bank: its file, and the public key.
fn message_key(network: &Network, lei: &str) -> (PathBuf, String) {
    let folder = network.path().join("new-message-key");
    must(&[
        "keygen",
        "--kind",
        "institution",
        "--lei",
        lei,
        "--role",
        "admin",
        "--out",
        &text(&folder),
    ]);
    let public = json_of(&folder.join("card.json"))["encryption"].as_str().unwrap().to_owned();
    (folder.join("encryption.key"), public)
}

#[test]
fn d18_b13_a_message_key_is_changed_after_notice_and_revoked_at_once() {
    let network = Network::start_with(&["--epoch-length", &LENGTH.to_string()]);
    let [one, two] = administrators(&network, "bank-b");
    let lei = network.lei("bank-b");
    let in_force =
        || network.counters("validator-1").get("florin_rules_version{is=\"in_force\"}").copied();
    assert!(until(|| in_force() >= Some(3)), "{}", network.log("validator-1"));
    let _ = operators(&network, &json!({"SetDirectoryTerms": {"notice_ms": NOTICE_MS}}));
    let before = entry(&network, &lei);

    // Bank B has the new key before it is decided.
    let (file, public) = message_key(&network, &lei);
    let other =
        format!("[signers.encryption_other]\nfile = \"{}\"\n\n[signers.transport]", text(&file));
    network.configure("bank-b", "[signers.transport]", &other);
    network.terminate("bank-b");
    network.start_again(&["bank-b".to_owned()]);
    let from = now_ms() + NOTICE_MS + 15_000;
    let change = json!({
        "endpoint": null, "from": from,
        "message_key": {"key": public, "overlap_ms": 600_000},
    });
    let by = [one.as_path(), two.as_path()];
    let _ = decide(&network, "bank-b", by, &json!({"ChangeDirectory": change}));
    assert!(until(|| told(&network, &lei).iter().any(|e| e["status"] == "announced")));
    let announced = told(&network, &lei).pop().unwrap();
    assert_eq!(announced["changes"], json!(["message_key"]), "{announced}");
    let waits = entry(&network, &lei);
    assert_eq!(waits["waiting"][0]["message_key"], json!(public), "{waits}");
    assert_eq!(waits["message_key"], before["message_key"], "it does not act yet");
    let _ = paid(&network, 1);

    let deadline = Instant::now() + Duration::from_secs(90);
    while entry(&network, &lei)["message_key"] != json!(public) {
        assert!(Instant::now() < deadline, "{}", entry(&network, &lei));
        std::thread::sleep(Duration::from_millis(500));
    }
    assert!(now_ms() >= from, "it acted before its time");
    assert!(until(|| told(&network, &lei).iter().any(|e| e["status"] == "changed")));
    let _ = paid(&network, 2);

    // The one in the entry is revoked, with the one before in its place refused, and another taken.
    let revoke = |key: &Value, replacement: Value| json!({"RevokeMessageKey": {"key": key, "replacement": replacement}});
    let _ = decide(&network, "bank-b", by, &revoke(&before["message_key"], Value::Null));
    let _ = paid(&network, 3);
    let _ = decide(&network, "bank-b", by, &revoke(&json!(public), Value::Null));
    let zero = json!("0".repeat(64));
    assert!(until(|| entry(&network, &lei)["message_key"] == zero));
    let last = told(&network, &lei).pop().unwrap();
    assert_eq!((&last["status"], &last["changes"]), (&json!("changed"), &json!(["message_key"])));
    assert!(Books::settled(&network).is_settled());
}
