//! A rolling upgrade over real processes: binaries that know a later version of the rules replace others one
//! by one; what is left behind stops, says why, and goes on when it is upgraded.

use e2e::{
    books::Books,
    governance::{height, paid, proposal, shown},
    http::unsigned,
    network::{Network, until},
};
use serde_json::{Value, json};

/// Blocks in an epoch.
const LENGTH: u64 = 64;
/// The version that this binary knows.
const KNOWN: u64 = 3;
/// An older binary's configuration.
const OLD: &str = "[rules]\nup_to = 1\n\n";

fn rules(network: &Network, name: &str, is: &str) -> Option<u64> {
    network.counters(name).get(&format!("florin_rules_version{{is=\"{is}\"}}")).copied()
}

/// Ends a process in order and starts it with a config that has no limit: another binary.
fn upgrade(network: &Network, name: &str) {
    network.configure(name, OLD, "");
    network.terminate(name);
    network.start_again(&[name.to_owned()]);
}

/// That a process has stopped for the version of a block, says so by one metric, and serves nothing.
fn stopped(network: &Network, name: &str, since: u64) {
    let url = network.url(name);
    let metric = format!("florin_stopped{{reason=\"newer_rules\"}} {since}");
    let says = || unsigned(&url, "/metrics").is_ok_and(|answer| answer.text.contains(&metric));
    assert!(until(says), "{name}: {}", network.log(name));
    for path in ["/readyz", "/ledger/v1/status"] {
        let answer = unsigned(&url, path).unwrap();
        assert_eq!((answer.status, answer.text.contains("newer_rules")), (503, true), "{answer:?}");
    }
}

#[test]
fn d15_d16_validators_are_upgraded_one_by_one_and_the_last_one_stops_until_it_is() {
    let epochs = LENGTH.to_string();
    let network = Network::start_with(&["--epoch-length", &epochs, "--rules-up-to", "1"]);
    let observer = network.names("observer").remove(0);
    network.configure(&observer, "[signers.regulator]", &format!("{OLD}[signers.regulator]"));
    network.terminate(&observer);
    network.start_again(std::slice::from_ref(&observer));
    let genesis_rules = shown(&network, "rules", "validator-1");
    assert_eq!(
        (&genesis_rules["version"], &genesis_rules["known_here"]),
        (&json!(1), &json!(KNOWN))
    );
    assert_eq!(genesis_rules["silent"].as_array().map(Vec::len), Some(4), "{genesis_rules}");

    // What only the later version knows is not taken yet.
    let moves = early(&network);
    let keys = [network.of("operator").join("keys/maker/operator.key")];
    let (code, said) = network.command("operator", &keys, &moves, &[]);
    assert!(code != 0 && said.contains("version 2 of the rules"), "{code}: {said}");

    for (number, name) in (1..).zip(["validator-1", "validator-2", "validator-3"]) {
        assert_eq!(rules(&network, "validator-4", "decided"), None, "before {name}");
        upgrade(&network, name);
        let _ = paid(&network, number);
    }
    let decided = || rules(&network, "validator-4", "decided") == Some(KNOWN);
    assert!(until(decided), "{}", network.log("validator-3"));
    // What is shown is proved, and so a block or two behind.
    let mut state = Value::Null;
    assert!(until(|| {
        state = shown(&network, "rules", "validator-4");
        state["rules"]["next"].is_object()
    }));
    let since = state["rules"]["next"]["since"].as_u64().unwrap_or_else(|| panic!("{state}"));
    assert_eq!((since % LENGTH, &state["silent"]), (0, &json!(["validator-4"])), "{state}");
    assert!(until(|| network.log("validator-4").contains("rules.upgrade_needed")));

    stopped(&network, "validator-4", since);
    stopped(&network, &observer, since);
    let said = network.log("validator-4");
    assert!(said.contains("process.stopped_for_good"), "{said}");
    let _ = paid(&network, 4);
    assert_eq!(rules(&network, "validator-1", "in_force"), Some(KNOWN));
    assert!(height(&network, "validator-1") >= since);
    // It ends by a signal, and says last what is to be installed; the same binary again does the same.
    for name in ["validator-4", observer.as_str()] {
        network.terminate(name);
        network.launch(name);
        stopped(&network, name, since);
        network.terminate(name);
        let said = network.log(name);
        // Threads that end beside it may write a line after it.
        let last = said.lines().rev().take(8).collect::<Vec<_>>().join("\n");
        assert!(last.contains("install a release of florin"), "{name}: {last}");
        assert!(last.contains(&format!("block {since} is of version {KNOWN}")), "{name}: {last}");
        network.configure(name, OLD, "");
    }
    network.start_again(&["validator-4".to_owned(), observer]);
    let tip = height(&network, "validator-1");
    assert!(until(|| height(&network, "validator-4") >= tip));
    assert_eq!(rules(&network, "validator-4", "in_force"), Some(KNOWN));
    // With the one that came last the network bears the loss of another.
    network.kill(&["validator-1".to_owned()]);
    let _ = paid(&network, 5);
    network.start_again(&["validator-1".to_owned()]);
    assert!(Books::settled(&network).is_settled());
}

/// An address, as operators propose it.
fn early(network: &Network) -> Value {
    let card = e2e::json_of(&network.of("validator-1").join("keys/card.json"));
    let moves = json!({"validator": card["identity"], "address": "127.0.0.1:7000"});
    proposal(&json!({"MoveValidator": moves}))
}
