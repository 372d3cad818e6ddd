//! The drill of a quarantine over real processes: a block that nobody can execute, from the stop to the next
//! payment (D13, D14).
//!
//! The fault is planted: `florin-planted`, which `FLORIN_PLANTED_BIN` names, is the product with one line that ends
//! execution at an anchor of `ff` bytes (docs/runbook/quarantine.md says how to build it). `FLORIN_BIN` mends it.

use std::path::{Path, PathBuf};

use e2e::{
    binary,
    governance::{height, paid},
    http::unsigned,
    json_of, must,
    network::{Network, until},
    run, text,
};
use serde_json::Value;

const VALIDATORS: [&str; 4] = ["validator-1", "validator-2", "validator-3", "validator-4"];
const OBSERVER: &str = "regulator";

/// What the log of a process says about the block that it cannot execute.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stuck {
    height: String,
    block: String,
    commands: Vec<String>,
}

/// The last such line since so many bytes.
fn stuck(network: &Network, name: &str, since: usize) -> Option<Stuck> {
    let log = network.log(name);
    let (before, after) =
        log.get(since..)?.rsplit_once(") cannot be executed: it could be without ")?;
    let (before, block) = before.rsplit_once(" (")?;
    let height = before.rsplit_once("block ")?.1.to_owned();
    let commands = after.split_once(" (see")?.0.split(", ").map(str::to_owned).collect();
    Some(Stuck { height, block: block.to_owned(), commands })
}

fn is_silent(network: &Network, name: &str) -> bool {
    unsigned(&network.url(name), "/healthz").is_err()
}

fn logged(network: &Network) -> [usize; 4] {
    VALIDATORS.map(|name| network.log(name).len())
}

fn launch_all(network: &Network) {
    VALIDATORS.iter().for_each(|name| network.end(name));
    VALIDATORS.iter().for_each(|name| network.launch(name));
}

/// Waits until at least so many have stopped at a block since these places in their logs; all at the same.
fn all_stuck(network: &Network, at_least: usize, since: [usize; 4]) -> Stuck {
    let found = || -> Vec<Stuck> {
        let each = VALIDATORS.into_iter().zip(since);
        let stopped = each.filter(|(name, _)| is_silent(network, name));
        stopped.filter_map(|(name, since)| stuck(network, name, since)).collect()
    };
    assert!(until(|| found().len() >= at_least), "{:?}: {}", found(), network.log(VALIDATORS[0]));
    let found = found();
    assert!(found.windows(2).all(|pair| pair[0] == pair[1]), "{found:?}");
    found[0].clone()
}

/// An anchor that the planted fault meets, signed by bank A.
fn anchor(network: &Network) -> PathBuf {
    let (key, file) =
        (network.of("bank-a").join("keys/settlement.key"), network.path().join("anchor.hex"));
    let data = format!("{{\"Anchor\": {{\"root\": \"{}\"}}}}", "ff".repeat(32));
    let (lei, key, out) = (network.lei("bank-a"), text(&key), text(&file));
    let genesis = text(&network.path().join("genesis.json"));
    let sign = ["command", "sign", "--key", &key, "--organisation", &lei, "--genesis", &genesis];
    must(&[&sign[..], &["--data", &data, "--out", &out]].concat());
    file
}

/// Executes a validator's blocks again, from genesis on; exit code and what is said.
fn replay(network: &Network, name: &str, more: &[&str]) -> (i32, String) {
    let key = text(&network.of(OBSERVER).join("keys/regulator.key"));
    let (genesis, url) = (text(&network.path().join("genesis.json")), network.url(name));
    let args = ["verify", "--replay", "--genesis", &genesis, "--validator", &url, "--key", &key];
    let output = run(&[&args[..], more].concat());
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&said).into_owned())
}

/// Root of the history of a validator's blocks, of their headers, receipts and states, up to the last one that the
/// block of this height declares results of; with its height.
fn history(network: &Network, name: &str, up_to: u64) -> (Value, Value) {
    let (code, said) = replay(network, name, &["--json", "--to", &up_to.to_string()]);
    assert_eq!(code, 0, "{name}: {said}");
    let line = said.lines().find(|line| line.contains("history_root")).unwrap_or_default();
    let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {said}"));
    assert!(line["certified"].as_u64().is_some_and(|certified| certified > 0), "{said}");
    (line["certified"].clone(), line["history_root"].clone())
}

/// Files of what so many validators sign, joined.
fn statement(network: &Network, stuck: &Stuck, signers: &[&str]) -> PathBuf {
    let genesis = text(&network.path().join("genesis.json"));
    let folder = network.path();
    let mut files = Vec::new();
    for name in signers {
        let (key, out) =
            (network.of(name).join("keys/identity.key"), folder.join(format!("{name}-signs.json")));
        if !out.exists() {
            let (key, out) = (text(&key), text(&out));
            let mut sign =
                vec!["quarantine", "sign", "--genesis", &genesis, "--reference", "DRILL-1"];
            sign.extend([
                "--height",
                &stuck.height,
                "--block",
                &stuck.block,
                "--key",
                &key,
                "--out",
                &out,
            ]);
            sign.extend(stuck.commands.iter().flat_map(|command| ["--command", command.as_str()]));
            must(&sign);
        }
        files.push(text(&out));
    }
    let joined = folder.join(format!("quarantine-{}.json", signers.len()));
    let out = text(&joined);
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    must(&[&["quarantine", "join"][..], &files, &["--out", &out]].concat());
    joined
}

fn names_it(network: &Network, name: &str, role: &str, file: &Path) {
    let line = format!("quarantines = [\"{}\"]\n", text(file));
    let role = format!("role = \"{role}\"\n");
    network.configure(name, &role, &format!("{line}{role}"));
}

fn set_aside(network: &Network, name: &str) -> Option<u64> {
    network.counters(name).get("florin_refusals_total{code=\"quarantined\"}").copied()
}

/// The command that nobody can execute, sent; what all say that stop at its block, also when they start again.
fn all_stop(network: &Network) -> (PathBuf, Stuck) {
    let command = anchor(network);
    let (code, said) = network.submit("bank-a", &command);
    assert_ne!(code, 0, "a command that nobody can execute has no receipt: {said}");
    // The fourth may not have heard that the block is final.
    let found = all_stuck(network, 3, [0; 4]);
    assert_eq!(found.commands.len(), 1, "{found:?}");
    let shown: Value = serde_json::from_str(&must(&["command", "show", &text(&command)])).unwrap();
    assert_eq!(shown["command_id"], found.commands[0].as_str());
    let since = logged(network);
    launch_all(network);
    assert_eq!(all_stuck(network, 3, since), found, "the block is final");
    (command, found)
}

/// Two signatures do not help: whoever is told so stops. With three all validators go on.
fn go_on(network: &Network, found: &Stuck) -> PathBuf {
    let two = statement(network, found, &VALIDATORS[..2]);
    VALIDATORS.iter().for_each(|name| names_it(network, name, "validator", &two));
    let since = logged(network);
    launch_all(network);
    for (name, since) in VALIDATORS.into_iter().zip(since) {
        let refused = || network.log(name)[since..].contains("does not act");
        assert!(until(|| refused() && is_silent(network, name)), "{name}: {}", network.log(name));
    }
    let three = statement(network, found, &VALIDATORS[..3]);
    for name in VALIDATORS {
        network.end(name);
        network.configure(name, &text(&two), &text(&three));
    }
    network.start_again(&VALIDATORS.map(str::to_owned));
    three
}

/// The observer meets the same fault before it has the file, and follows with it.
fn observer_goes_on(network: &Network, found: &Stuck, file: &Path) {
    let stops = || stuck(network, OBSERVER, 0).as_ref() == Some(found);
    assert!(until(stops), "{}", network.log(OBSERVER));
    network.end(OBSERVER);
    names_it(network, OBSERVER, "observer", file);
    network.start_again(&[OBSERVER.to_owned()]);
    let tip = height(network, "validator-1");
    assert!(until(|| network.counters(OBSERVER).get("florin_height").is_some_and(|at| *at >= tip)));
}

/// The ledger says what was set aside, and the command's sender that it was.
fn ledger_tells(network: &Network, (command, found): (&Path, &Stuck), file: &Path) {
    let (genesis, url) = (text(&network.path().join("genesis.json")), network.url("validator-2"));
    let ledger = ["--validator", &url, "--genesis", &genesis, "--key"];
    let out = network.path().join("fetched.json");
    let key = text(&network.of("operator").join("keys/service/transport.key"));
    let fetch = ["quarantine", "fetch", "--height", &found.height, "--out", &text(&out)];
    must(&[&fetch[..], &ledger, &[&key]].concat());
    assert_eq!(json_of(&out), json_of(file));
    let key = text(&network.of("bank-a").join("keys/transport.key"));
    let command = text(command);
    let send = ["command", "send", &command, "--wait", "20", "--from-height", &found.height];
    let told = run(&[&send[..], &ledger, &[&key]].concat());
    let said = String::from_utf8_lossy(&[told.stdout, told.stderr].concat()).into_owned();
    assert_eq!((told.status.code(), said.contains("quarantined")), (Some(3), true), "{said}");
}

/// Whoever executes everything again needs the statement, and comes with it to the observer's roots.
fn executed_again(network: &Network, file: &Path) {
    let (file, data) = (text(file), text(&network.of(OBSERVER).join("data")));
    let (code, said) = replay(network, "validator-3", &[]);
    assert_eq!((code, said.contains("not valid")), (1, true), "{said}");
    let (code, said) = replay(network, "validator-3", &["--quarantine", &file, "--data", &data]);
    assert_eq!((code, said.contains("the store has the same roots")), (0, true), "{said}");
}

#[test]
fn d13_d14_a_block_that_stops_every_process_is_passed_with_three_signatures_of_four_soak() {
    let Some(planted) = std::env::var_os("FLORIN_PLANTED_BIN").map(PathBuf::from) else {
        println!("skipped: FLORIN_PLANTED_BIN is not set (docs/runbook/quarantine.md)");
        return;
    };
    let network = Network::start_of(&planted, &[]);
    let first = paid(&network, 1);
    let known = height(&network, "validator-1") - 10;
    let before = history(&network, "validator-1", known);
    let (command, found) = all_stop(&network);
    let three = go_on(&network, &found);
    let second = paid(&network, 2);
    observer_goes_on(&network, &found, &three);
    for name in VALIDATORS.into_iter().chain([OBSERVER]) {
        assert_eq!(set_aside(&network, name), Some(1), "{name}");
    }
    // One history, the same as before, with the statement in it for whoever asks.
    for name in VALIDATORS {
        assert_eq!(history(&network, name, known), before, "{name}");
    }
    ledger_tells(&network, (&command, &found), &three);

    // With the fault mended, one by one, nothing changes.
    network.install(&binary());
    for name in VALIDATORS.into_iter().chain([OBSERVER]) {
        network.end(name);
        network.start_again(&[name.to_owned()]);
    }
    let third = paid(&network, 3);
    executed_again(&network, &three);
    let genesis = text(&network.path().join("genesis.json"));
    for receipt in [first, second, third] {
        must(&["verify", &text(&receipt), "--trust", &genesis]);
    }
    network.kill_all();
    for name in VALIDATORS.into_iter().chain([OBSERVER]) {
        must(&["verify", "--data", &text(&network.of(name).join("data"))]);
    }
}
