//! A network's blocks executed again by a process of its own, from genesis and from a snapshot (W25).

use e2e::{must, network::Network, run, text};
use serde_json::Value;

const OBSERVER: &str = "regulator";

#[test]
fn w25_what_validators_ordered_comes_to_the_observers_roots_when_it_is_executed_again_soak() {
    let network = Network::start();
    let genesis = text(&network.path().join("genesis.json"));
    let (url, of) = (network.url("validator-2"), network.of(OBSERVER));
    let (key, data) = (text(&of.join("keys/regulator.key")), text(&of.join("data")));
    let replay = ["verify", "--replay", "--genesis", &genesis, "--validator", &url, "--key", &key];
    let said = must(&[&replay[..], &["--data", &data]].concat());
    assert!(said.contains(" from genesis in ") && said.contains("the store has the same roots"));
    assert!(said.contains(" I1 holds: ") && said.contains(" I4 holds: "), "{said}");
    let snapshot = text(&network.path().join("snapshot"));
    let from = text(&network.of("validator-1").join("data"));
    must(&["snapshot", "--data", &from, "--out", &snapshot]);
    let said = must(&[&replay[..], &["--snapshot", &snapshot, "--json"]].concat());
    let line: Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    assert!(line["from"].as_u64() > Some(0) && line["to"].as_u64() >= line["from"].as_u64());
    // Blocks are an overseer's to read.
    let key = text(&network.of("bank-a").join("keys/transport.key"));
    let replay = ["verify", "--replay", "--genesis", &genesis, "--validator", &url, "--key", &key];
    assert_ne!(run(&replay).status.code(), Some(0));
}
