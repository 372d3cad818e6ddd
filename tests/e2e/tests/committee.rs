//! Members vote a fifth validator into the place of the first, over real processes, while payments go on.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    time::SystemTime,
};

use e2e::{
    books::{Books, FIXTURE_UETR, pay, uetr},
    json_of, must,
    network::{Network, until},
    run, text,
};
use serde_json::{Value, json};

/// Blocks in an epoch.
const LENGTH: u64 = 64;
const CORE: &str = "bank-a-core";

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn height(network: &Network, validator: &str) -> u64 {
    let status = network.ledger(validator, "operator", "/ledger/v1/status").json();
    status["height"].as_u64().unwrap_or_else(|| panic!("no height in {status}"))
}

/// Pays one euro and waits until the payment has settled; the file of its receipt.
fn paid(network: &Network, number: u64) -> PathBuf {
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
    fs::write(&file, receipt.text).unwrap();
    file
}

/// Signs with a person's key, for an institution, and answers the file.
fn sign(network: &Network, lei: &str, key: &Path, command: &Value) -> PathBuf {
    let (genesis, data) = (text(&network.path().join("genesis.json")), command.to_string());
    let file = network.path().join(format!("command-{}.hex", uuid()));
    let (key, out) = (text(key), text(&file));
    let sign = ["command", "sign", "--key", &key, "--organisation", lei, "--genesis", &genesis];
    must(&[&sign[..], &["--data", &data, "--out", &out]].concat());
    file
}

fn uuid() -> u128 {
    SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos()
}

/// What persons of an institution decide together, one proposing and the other approving; what the
/// approval of it says.
fn decide(network: &Network, institution: &str, keys: [&Path; 2], action: &Value) -> Value {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    let expires = u64::try_from(since.as_millis()).unwrap() + 3_600_000;
    let lei = network.lei(institution);
    let propose = json!({"Propose": {"action": action, "expires": expires}});
    let proposed = sign(network, &lei, keys[0], &propose);
    let shown: Value = serde_json::from_str(&must(&["command", "show", &text(&proposed)])).unwrap();
    let approve = shown["approve"].clone();
    let approved = sign(network, &lei, keys[1], &approve);
    for file in [proposed, approved] {
        let (code, said) = network.submit(institution, &file);
        assert_eq!(code, 0, "{action}: {said}");
    }
    approve["Approve"].clone()
}

/// Two administrators of a bank, registered by operators.
fn administrators(network: &Network, bank: &str) -> [PathBuf; 2] {
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
        operators(network, &json!({"RegisterKey": grant}));
        folder.join("admin.key")
    })
}

fn operators(network: &Network, action: &Value) -> Value {
    let keys = network.path().join("operator/keys");
    let [maker, checker] = ["maker", "checker"].map(|who| keys.join(who).join("operator.key"));
    decide(network, "operator", [&maker, &checker], action)
}

/// Makes a fifth validator and tells the others where it is.
fn prepare_fifth(network: &Network) -> Value {
    let name = "validator-5";
    let keys = network.of(name).join("keys");
    must(&["keygen", "--kind", "validator", "--name", name, "--out", &text(&keys)]);
    let card = json_of(&keys.join("card.json"));
    let (p2p, port) = (free_port(), free_port());
    let peer = format!("{} = \"127.0.0.1:{p2p}\"\n", card["identity"].as_str().unwrap());
    let heading = "[p2p.peers]\n";
    let others: Vec<String> = (1..=4).map(|n| format!("validator-{n}")).collect();
    for other in &others {
        network.configure(other, heading, &format!("{heading}{peer}"));
    }
    let config = fs::read_to_string(network.of("validator-1").join("config.toml")).unwrap();
    let listen = |section: &str| {
        let rest = config.split(section).nth(1).unwrap();
        rest.split('"').nth(1).unwrap().to_owned()
    };
    let (old_p2p, old_port) = (listen("[p2p]"), listen("[ledger_port]"));
    let config = config
        .replacen(&old_p2p, &format!("127.0.0.1:{p2p}"), 1)
        .replace(&format!("listen = \"{old_port}\""), &format!("listen = \"127.0.0.1:{port}\""));
    fs::write(network.of(name).join("config.toml"), config).unwrap();
    for other in &others {
        let other = [other.clone()];
        network.kill(&other);
        network.start_again(&other);
    }
    network.start_again(&[name.to_owned()]);
    card
}

fn verify(file: &Path, trust: &Path) -> (Option<i32>, String) {
    let output = run(&["verify", &text(file), "--trust", &text(trust)]);
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn a_fifth_validator_takes_the_place_of_the_first_by_vote_while_payments_settle() {
    let network = Network::start_with(&["--epoch-length", &LENGTH.to_string()]);
    let before = paid(&network, 1);
    let banks = ["bank-a", "bank-b", "bank-c"].map(|bank| (bank, administrators(&network, bank)));
    let fifth = prepare_fifth(&network);
    let during = paid(&network, 2);
    let first = json_of(&network.of("validator-1").join("keys/card.json"));
    // Enough for the votes to come, and more than an epoch.
    let at = (height(&network, "validator-2") + 5 * LENGTH).next_multiple_of(LENGTH);
    let mut joining = fifth.clone();
    joining.as_object_mut().unwrap().remove("kind");
    let change = json!({"remove": [first["identity"]], "add": [joining], "at": at});
    let said = operators(&network, &json!({"ChangeValidators": change}));
    for (bank, [one, two]) in &banks {
        // The third vote finds the proposal decided, where two are two thirds of three.
        if *bank != "bank-c" {
            decide(&network, bank, [one, two], &json!({"Vote": {"said": said, "yes": true}}));
        }
    }
    paid(&network, 3);
    let votes = |name: &str, word: &str| until(|| network.log(name).contains(word));
    assert!(votes("validator-5", "validator.votes"), "{}", network.log("validator-5"));
    assert!(votes("validator-1", "validator.vote_key_destroyed"), "{}", network.log("validator-1"));
    assert!(!network.of("validator-1").join("keys/vote.key").exists());
    assert!(height(&network, "validator-5") + 1 >= at);
    // Without the first the network bears the loss of another only if the fifth votes.
    network.kill(&["validator-1".to_owned(), "validator-2".to_owned()]);
    let after = paid(&network, 4);
    network.start_again(&["validator-1".to_owned(), "validator-2".to_owned()]);
    let books = Books::settled(&network);
    assert!(books.is_settled());

    let genesis = network.path().join("genesis.json");
    for file in [&before, &during] {
        let (code, said) = verify(file, &genesis);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("named by genesis"), "{said}");
    }
    let (code, said) = verify(&after, &genesis);
    assert_eq!(code, Some(1), "genesis does not know the committee: {said}");
    for (name, options, words) in [
        ("trust.json", &[][..], "from genesis on"),
        ("checkpoint.json", &["--checkpoint"][..], "taken on trust"),
    ] {
        let trust = network.path().join(name);
        let (data, out) = (text(&network.of("validator-3").join("data")), text(&trust));
        let args = ["trust", "--genesis", &text(&genesis), "--data", &data, "--out", &out];
        must(&[&args[..], options].concat());
        let (code, said) = verify(&after, &trust);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains(words) && said.contains(&format!("epoch {}", at / LENGTH)), "{said}");
    }
}
