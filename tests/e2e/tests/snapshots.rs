//! The state of a running validator becomes an observer's, or another validator's: over a snapshot that
//! was checked, and without what the snapshot does not hold.

use std::{fs, process::Output};

use e2e::{
    network::{Network, until},
    run, text,
};

const FROM: &str = "validator-4";
const TO: &str = "regulator";

/// Exit code and everything said.
fn said(output: &Output) -> (i32, String) {
    let parts = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    (output.status.code().unwrap_or(-1), parts.concat())
}

fn height(network: &Network, name: &str) -> Option<u64> {
    network.counters(name).get("florin_height").copied()
}

/// What stands before the blocks that are kept, from the log of a process.
fn followed_from(network: &Network) -> Option<u64> {
    let log = network.log(TO);
    let line = log.lines().rev().find(|line| line.contains("observer.following"))?;
    line.split_once("height=")?.1.split_whitespace().next()?.parse().ok()
}

#[test]
fn w41_w42_w43_an_observer_goes_on_from_a_validators_snapshot() {
    let network = Network::start();
    let kept = tempfile::tempdir().unwrap();
    let snapshot = kept.path().join("snapshot");
    let genesis = text(&network.path().join("genesis.json"));
    let data = |name: &str| network.of(name).join("data");
    let take = ["snapshot", "--data", &text(&data(FROM)), "--out", &text(&snapshot)];
    let (code, taken) = said(&run(&take));
    assert_eq!(code, 0, "{taken}");
    let at: u64 = taken.split("block ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert_eq!(said(&run(&take)).0, 1, "nothing is written over a snapshot");

    network.kill(&[TO.to_owned()]);
    fs::remove_dir_all(data(TO).join("ledger")).unwrap();
    let into = text(&data(TO));
    let restore = ["restore", "--from", &text(&snapshot), "--data", &into, "--genesis", &genesis];
    let chunk = snapshot.join("slots-000000");
    let whole = fs::read(&chunk).unwrap();
    let mut damaged = whole.clone();
    damaged[100] ^= 1;
    fs::write(&chunk, damaged).unwrap();
    let (code, refused) = said(&run(&restore));
    assert!(code != 0 && refused.contains("chunk slots-000000"), "{code} {refused}");
    assert!(!data(TO).join("ledger").exists(), "nothing was written");
    fs::write(&chunk, whole).unwrap();
    let (code, restored) = said(&run(&restore));
    assert_eq!(code, 0, "{restored}");
    assert!(said(&run(&restore)).0 != 0, "there is a ledger now");

    network.launch(TO);
    network.await_ready(TO);
    assert_eq!(followed_from(&network), Some(at));
    assert!(until(|| height(&network, TO) > height(&network, FROM).map(|tip| tip - 2)), "no tip");

    let beyond = height(&network, TO).unwrap().to_string();
    let prune = ["prune", "--data", &into, "--below", &beyond];
    let (code, busy) = said(&run(&prune));
    assert!(code != 0 && busy.contains("in use by another process"), "{code} {busy}");
    network.kill(&[TO.to_owned()]);
    let (code, pruned) = said(&run(&prune));
    assert_eq!(code, 0, "{pruned}");
    let (code, recount) = said(&run(&["verify", "--data", &into]));
    assert_eq!(code, 0, "{recount}");
    let line = |rule: &str| recount.lines().find(|line| line.contains(rule)).unwrap_or_default();
    assert!(line(" I1 ").contains("holds") && line(" I9 ").contains("holds"), "{recount}");
    assert!(line(" I4 ").contains("NOT CHECKED"), "{recount}");
    network.launch(TO);
    network.await_ready(TO);
}

/// Whether the last start of a validator told of this.
fn said_since(network: &Network, name: &str, before: &str, word: &str) -> bool {
    network.log(name).get(before.len()..).is_some_and(|since| since.contains(word))
}

/// Data gone as a whole, and then the engine's folder alone: what it voted for is lost, so it follows to
/// the end of the epoch and votes from the next on.
#[test]
fn c6_w41_a_validator_goes_on_from_a_snapshot_and_votes_in_the_next_epoch() {
    let network = Network::start_with(&["--epoch-length", "32"]);
    let kept = tempfile::tempdir().unwrap();
    let snapshot = kept.path().join("snapshot");
    let genesis = text(&network.path().join("genesis.json"));
    let data = |name: &str| network.of(name).join("data");
    assert!(until(|| height(&network, FROM) > Some(40)), "in the second epoch");
    let (code, taken) =
        said(&run(&["snapshot", "--data", &text(&data(FROM)), "--out", &text(&snapshot)]));
    assert_eq!(code, 0, "{taken}");
    let lost = "validator-3";
    network.kill(&[lost.to_owned()]);
    fs::remove_dir_all(data(lost)).unwrap();
    let into = text(&data(lost));
    let restore = ["restore", "--from", &text(&snapshot), "--data", &into, "--genesis", &genesis];
    let (code, restored) = said(&run(&restore));
    assert_eq!(code, 0, "{restored}");

    for folder in ["whole", "engine"] {
        if folder == "engine" {
            network.kill(&[lost.to_owned()]);
            fs::remove_dir_all(data(lost).join("engine")).unwrap();
        }
        let before = network.log(lost);
        network.launch(lost);
        network.await_ready(lost);
        let told = |word: &str| said_since(&network, lost, &before, word);
        assert!(until(|| told("epoch.waits")), "{}", network.log(lost));
        assert!(!told("epoch.votes") && told("validator.goes_on_from_ledger"));
        assert!(until(|| height(&network, lost) > height(&network, FROM).map(|tip| tip - 2)));
        assert!(until(|| told("epoch.votes")), "{}", network.log(lost));
        // Its votes count: without them three of four would not do.
        network.kill(&[FROM.to_owned()]);
        let tip = height(&network, lost);
        assert!(until(|| height(&network, lost) > tip.map(|tip| tip + 3)), "no quorum");
        network.start_again(&[FROM.to_owned()]);
    }
    let (code, recount) = said(&run(&["verify", "--data", &text(&data(FROM))]));
    assert_eq!(code, 0, "{recount}");
}
