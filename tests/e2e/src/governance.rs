//! What operators and members decide together over a running network, and payments meanwhile.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};

use crate::{
    books::{FIXTURE_UETR, pay, uetr},
    json_of, must,
    network::{Network, until},
    run, text,
};

const CORE: &str = "bank-a-core";
/// Banks that vote.
pub const BANKS: [&str; 3] = ["bank-a", "bank-b", "bank-c"];

/// A port that is free now.
///
/// # Panics
/// When the system gives none.
#[must_use]
pub fn free_port() -> u16 {
    let bound = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    bound.as_ref().map_or_else(|error| panic!("{error}"), SocketAddr::port)
}

/// The height that a validator says.
///
/// # Panics
/// When it says none.
#[must_use]
pub fn height(network: &Network, validator: &str) -> u64 {
    let status = network.ledger(validator, "operator", "/ledger/v1/status").json();
    status["height"].as_u64().unwrap_or_else(|| panic!("no height in {status}"))
}

/// Pays one unit and waits until the payment has settled; the file of its receipt.
///
/// # Panics
/// When it does not settle.
#[must_use]
pub fn paid(network: &Network, number: u64) -> PathBuf {
    let id = uetr(0x5_0000 + number);
    let xml = network.message().replace(FIXTURE_UETR, &id).replace("12500.00", "1.00");
    let mut answer = pay(network, &xml);
    let settled = until(|| {
        if answer.status != 200 {
            answer = pay(network, &xml);
        }
        answer.status == 200
    });
    assert!(settled, "{answer:?}");
    let report = network.get("bank-a", CORE, &format!("/v1/payments/{id}")).json();
    let command = report["receipt"]["command_id"].as_str().unwrap_or_else(|| panic!("{report}"));
    let receipt = network.get("bank-a", CORE, &format!("/v1/receipts/{command}"));
    assert_eq!(receipt.status, 200, "{receipt:?}");
    let file = network.path().join(format!("paid-{number}.json"));
    fs::write(&file, receipt.text).unwrap_or_else(|error| panic!("{error}"));
    file
}

/// Time since 1970.
fn now() -> Duration {
    SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default()
}

/// Signs with a person's key, for an institution, and answers the file.
fn sign(network: &Network, lei: &str, key: &Path, command: &Value) -> PathBuf {
    let (genesis, data) = (text(&network.path().join("genesis.json")), command.to_string());
    let file = network.path().join(format!("command-{}.hex", now().as_nanos()));
    let (key, out) = (text(key), text(&file));
    let sign = ["command", "sign", "--key", &key, "--organisation", lei, "--genesis", &genesis];
    must(&[&sign[..], &["--data", &data, "--out", &out]].concat());
    file
}

/// The proposal of an action, ready to be signed.
#[must_use]
pub fn proposal(action: &Value) -> Value {
    let expires = u64::try_from(now().as_millis()).unwrap_or(u64::MAX).saturating_add(3_600_000);
    json!({"Propose": {"action": action, "expires": expires}})
}

/// What persons of an institution decide together, one proposing and the other approving; what the
/// approval of it says.
///
/// # Panics
/// When the ledger refuses it.
#[must_use]
pub fn decide(network: &Network, institution: &str, keys: [&Path; 2], action: &Value) -> Value {
    let lei = network.lei(institution);
    let proposed = sign(network, &lei, keys[0], &proposal(action));
    let shown = must(&["command", "show", &text(&proposed)]);
    let shown: Value = serde_json::from_str(&shown).unwrap_or_else(|error| panic!("{error}"));
    let approve = shown["approve"].clone();
    let approved = sign(network, &lei, keys[1], &approve);
    for file in [proposed, approved] {
        let (code, said) = network.submit(institution, &file);
        assert_eq!(code, 0, "{action}: {said}");
    }
    approve["Approve"].clone()
}

/// Two administrators of a bank, registered by operators.
#[must_use]
pub fn administrators(network: &Network, bank: &str) -> [PathBuf; 2] {
    [1, 2].map(|number| {
        let folder = network.path().join(format!("admins/{bank}-{number}"));
        let (lei, out) = (network.lei(bank), text(&folder));
        let make = ["keygen", "--kind", "institution", "--lei", &lei, "--role", "admin"];
        must(&[&make[..], &["--out", &out]].concat());
        let card = json_of(&folder.join("card.json"));
        let key = &card["keys"][0];
        let grant = json!({
            "key": key["key"], "role": "admin", "person": key["person"], "organisation": lei,
        });
        let _ = operators(network, &json!({"RegisterKey": grant}));
        folder.join("admin.key")
    })
}

/// What both operators decide; what the approval of it says.
#[must_use]
pub fn operators(network: &Network, action: &Value) -> Value {
    let keys = network.path().join("operator/keys");
    let [maker, checker] = ["maker", "checker"].map(|who| keys.join(who).join("operator.key"));
    decide(network, "operator", [&maker, &checker], action)
}

/// What operators propose and two of the three banks vote for.
pub fn voted(network: &Network, banks: &[(&str, [PathBuf; 2])], action: &Value) {
    let said = operators(network, action);
    // The third vote would find the proposal decided, where two are two thirds of three.
    for (bank, [one, two]) in banks.iter().take(2) {
        let _ = decide(network, bank, [one, two], &json!({"Vote": {"said": said, "yes": true}}));
    }
}

/// What a `florin network` command says of the ledger, asked at a validator by the operator.
///
/// # Panics
/// When it does not answer.
#[must_use]
pub fn shown(network: &Network, what: &str, validator: &str) -> Value {
    let (genesis, url) = (text(&network.path().join("genesis.json")), network.url(validator));
    let key = text(&network.of("operator").join("keys/service/transport.key"));
    let args = ["network", what, "--validator", &url, "--key", &key, "--genesis", &genesis];
    let output = run(&args);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    serde_json::from_str(&said).unwrap_or_else(|error| panic!("{args:?}: {error}: {output:?}"))
}

/// Makes the keys and the config of a fifth validator; its card, and where it is reached by validators.
///
/// # Panics
/// When a file cannot be written.
#[must_use]
pub fn found_fifth(network: &Network) -> (Value, String) {
    let name = "validator-5";
    let keys = network.of(name).join("keys");
    let _ = must(&["keygen", "--kind", "validator", "--name", name, "--out", &text(&keys)]);
    let card = json_of(&keys.join("card.json"));
    let (p2p, port) = (format!("127.0.0.1:{}", free_port()), free_port());
    let config = fs::read_to_string(network.of("validator-1").join("config.toml"));
    let config = config.unwrap_or_else(|error| panic!("{error}"));
    let identity = card["identity"].as_str().unwrap_or_else(|| panic!("{card}"));
    let peer = format!("[p2p.peers]\n{identity} = \"{p2p}\"\n");
    let listen = |section: &str| {
        let listen = config.split(section).nth(1).and_then(|rest| rest.split('"').nth(1));
        listen.unwrap_or_else(|| panic!("{section}")).to_owned()
    };
    let (old_p2p, old_port) = (listen("[p2p]"), listen("[ledger_port]"));
    let config = config
        .replacen(&old_p2p, &p2p, 1)
        .replace(&format!("listen = \"{old_port}\""), &format!("listen = \"127.0.0.1:{port}\""))
        .replace("[p2p.peers]\n", &peer);
    fs::write(network.of(name).join("config.toml"), config)
        .unwrap_or_else(|error| panic!("{error}"));
    (card, p2p)
}

/// Makes a fifth validator, tells the others' files where it is, and starts it.
///
/// # Panics
/// When one does not start.
#[must_use]
pub fn fifth(network: &Network) -> Value {
    let (card, p2p) = found_fifth(network);
    let identity = card["identity"].as_str().unwrap_or_else(|| panic!("{card}"));
    let heading = "[p2p.peers]\n";
    for other in (1..=4).map(|number| format!("validator-{number}")) {
        network.configure(&other, heading, &format!("{heading}{identity} = \"{p2p}\"\n"));
        network.kill(std::slice::from_ref(&other));
        network.start_again(&[other]);
    }
    network.start_again(&["validator-5".to_owned()]);
    card
}
