//! Validators are found where members decided that they are, over real processes, and no file of another
//! validator is edited.

use std::fs;

use e2e::{
    books::Books,
    governance::{BANKS, administrators, found_fifth, free_port, height, paid, voted},
    json_of,
    network::{Network, until},
};
use serde_json::json;

/// Blocks in an epoch: the rules that it needs act in the third.
const LENGTH: u64 = 64;

fn in_force(network: &Network) -> Option<u64> {
    network.counters("validator-1").get("florin_rules_version{is=\"in_force\"}").copied()
}

/// The address in a validator's own config.
fn listens(network: &Network, name: &str) -> String {
    let config = fs::read_to_string(network.of(name).join("config.toml")).unwrap();
    config.split("[p2p]").nth(1).unwrap().split('"').nth(1).unwrap().to_owned()
}

#[test]
fn d17_a_validator_that_moved_and_one_that_joins_are_found_after_a_vote() {
    let network = Network::start_with(&["--epoch-length", &LENGTH.to_string()]);
    let banks = BANKS.map(|bank| (bank, administrators(&network, bank)));
    assert!(until(|| in_force(&network) >= Some(2)), "{}", network.log("validator-1"));
    let files = ["validator-1", "validator-2", "validator-3"]
        .map(|name| fs::read(network.of(name).join("config.toml")).unwrap());

    let (old, new) = (listens(&network, "validator-4"), format!("127.0.0.1:{}", free_port()));
    let identity = json_of(&network.of("validator-4").join("keys/card.json"))["identity"].clone();
    let moves = json!({"MoveValidator": {"validator": identity, "address": new}});
    voted(&network, &banks, &moves);
    let told = |name: &str| network.log(name).contains("directory.moved");
    assert!(until(|| told("validator-1") && told("validator-2") && told("validator-3")));
    network.terminate("validator-4");
    // In the list of its own file it may stand anywhere: only where it listens counts.
    network.configure(
        "validator-4",
        &format!("listen = \"{old}\""),
        &format!("listen = \"{new}\""),
    );
    network.start_again(&["validator-4".to_owned()]);
    let tip = height(&network, "validator-1");
    assert!(until(|| height(&network, "validator-4") > tip));
    // The network bears the loss of another only if the one that moved votes. Whoever starts again finds
    // it too, by the ledger: its own file still has the old address.
    network.kill(&["validator-1".to_owned()]);
    let _ = paid(&network, 1);
    network.start_again(&["validator-1".to_owned()]);
    network.kill(&["validator-2".to_owned()]);
    let _ = paid(&network, 2);
    network.start_again(&["validator-2".to_owned()]);

    // One that joins: decided for the committee, then its address; the others' files do not know it.
    let (card, address) = found_fifth(&network);
    let mut joining = card.clone();
    joining.as_object_mut().unwrap().remove("kind");
    let at = (height(&network, "validator-2") + 4 * LENGTH).next_multiple_of(LENGTH);
    let change = json!({"remove": [], "add": [joining], "at": at});
    voted(&network, &banks, &json!({"ChangeValidators": change}));
    let moves = json!({"MoveValidator": {"validator": card["identity"], "address": address}});
    voted(&network, &banks, &moves);
    network.start_again(&["validator-5".to_owned()]);
    assert!(until(|| network.log("validator-5").contains("validator.votes")));
    assert!(height(&network, "validator-5") + 1 >= at);
    // Five bear one loss; of those four that are left, all must vote.
    network.kill(&["validator-3".to_owned()]);
    let _ = paid(&network, 3);
    network.start_again(&["validator-3".to_owned()]);
    let now = ["validator-1", "validator-2", "validator-3"]
        .map(|name| fs::read(network.of(name).join("config.toml")).unwrap());
    assert!(files == now, "a file was edited");
    assert!(Books::settled(&network).is_settled());
}
