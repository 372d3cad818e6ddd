//! A validator goes on from an old copy of its engine's folder, over real processes: it votes again where it
//! has voted, another one keeps the proof, the ledger records it, and the members replace it.

use std::{
    fs,
    path::Path,
    thread::sleep,
    time::{Duration, Instant},
};

use e2e::{
    books::Books,
    governance::{BANKS, administrators, fifth, height, paid, shown, voted},
    network::{Network, until},
    run, text,
};
use serde_json::json;

/// Blocks in an epoch.
const LENGTH: u64 = 256;
const LIAR: &str = "validator-4";
const WITNESS: &str = "validator-3";
/// The view in which the network stands still is the liar's in one case of four.
const TRIES: usize = 24;

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).unwrap();
        }
    }
}

fn kept(network: &Network) -> bool {
    network.log(WITNESS).contains("evidence.kept")
}

fn soon(mut holds: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(12);
    while !holds() && Instant::now() < deadline {
        sleep(Duration::from_millis(50));
    }
    holds()
}

/// Two of four are gone, so that no view ends; the liar has voted in it, forgets that, and votes again.
fn votes_again(network: &Network, old: &Path) -> bool {
    let others = ["validator-1".to_owned(), "validator-2".to_owned()];
    network.kill(&others);
    sleep(Duration::from_secs(2));
    network.kill(&[LIAR.to_owned()]);
    copy(old, &network.of(LIAR).join("data/engine"));
    network.launch(LIAR);
    let found = soon(|| kept(network));
    network.start_again(&others);
    found
}

#[test]
fn d7_d8_an_old_copy_of_votes_is_found_recorded_and_replaced_by_vote() {
    let network = Network::start_with(&["--epoch-length", &LENGTH.to_string()]);
    let banks = BANKS.map(|bank| (bank, administrators(&network, bank)));
    let card = fifth(&network);
    let old = network.path().join("engine-of-before");
    network.terminate(LIAR);
    copy(&network.of(LIAR).join("data/engine"), &old);
    network.start_again(&[LIAR.to_owned()]);
    let _ = paid(&network, 1);
    let found = (0..TRIES).any(|_| votes_again(&network, &old));
    assert!(found, "no vote that contradicts another: {}", network.log(WITNESS));

    // On the ledger, with both votes, checked by whoever asks; every validator's metric says so.
    let offence = || {
        let all = shown(&network, "validators", "validator-1");
        let all = all.as_array().cloned().unwrap_or_default();
        let of =
            |one: &serde_json::Value| one["name"] == LIAR && one["offences"][0]["holds"] == true;
        all.iter().find(|one| of(one)).cloned()
    };
    assert!(until(|| offence().is_some()), "{}", network.log(WITNESS));
    let recorded = offence().unwrap();
    assert_eq!(recorded["expelled"], true, "{recorded}");
    let expelled = |name| network.counters(name).get("florin_validators_expelled").copied();
    for name in ["validator-1", "validator-2", WITNESS] {
        assert!(until(|| expelled(name) == Some(1)), "{name}");
    }
    // The regulator reads it with its own key at its own observer, by a proof.
    let (genesis, observer) =
        (text(&network.path().join("genesis.json")), network.names("observer").remove(0));
    let (key, url) =
        (text(&network.of("regulator").join("keys/regulator.key")), network.url(&observer));
    let ask = ["network", "validators", "--validator", &url, "--key", &key, "--genesis", &genesis];
    let sees = || {
        let said = run(&ask).stdout;
        String::from_utf8_lossy(&said).contains("\"holds\": true")
    };
    assert!(until(sees), "{:?}", run(&ask));
    // The network goes on; nobody else is accused.
    let _ = paid(&network, 2);
    let all = shown(&network, "validators", "validator-2");
    let guilty = all.as_array().unwrap().iter().filter(|one| one["offences"] != json!([]));
    assert_eq!(guilty.count(), 1, "{all}");

    // Four cannot become three: with the fifth, whom members vote in, the liar goes.
    let mut joining = card.clone();
    joining.as_object_mut().unwrap().remove("kind");
    let at = (height(&network, "validator-2") + LENGTH + 100).next_multiple_of(LENGTH);
    let change = json!({"remove": [], "add": [joining], "at": at});
    voted(&network, &banks, &json!({"ChangeValidators": change}));
    let left = || {
        let all = shown(&network, "validators", "validator-1");
        let names: Vec<_> = all.as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
        names.len() == 4 && !names.contains(&json!(LIAR)) && names.contains(&json!("validator-5"))
    };
    assert!(until(left), "{}", shown(&network, "validators", "validator-1"));
    assert!(until(|| expelled("validator-1") == Some(0)));
    assert!(until(|| network.log("validator-5").contains("validator.votes")));
    network.kill(&["validator-1".to_owned()]);
    let _ = paid(&network, 3);
    network.start_again(&["validator-1".to_owned()]);
    assert!(Books::settled(&network).is_settled());
}
