//! W21 of docs/spec/wire.md, followed by its text: a `florin-history-1` file checked with SHA-256 and
//! literal offsets, no type of the ledger. A bank that writes its own verifier starts like this.

use serde_json::Value;
use sha2_for_bls::{Digest as _, Sha256};
use verifier::{Committee, parse_genesis, verify_file};

type Hash = [u8; 32];

fn sha256(parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize().into()
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

fn hash(value: &Value) -> Hash {
    bytes(value).try_into().unwrap()
}

fn hashes(value: &Value) -> Vec<Hash> {
    value.as_array().unwrap().iter().map(hash).collect()
}

fn number(bytes: &[u8]) -> u128 {
    bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u128::from(*byte))
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/vectors/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn leaf(salt: &Value, bytes: &[u8]) -> Hash {
    sha256(&[&[0], &hash(salt), bytes])
}

fn node(pair: &[Hash]) -> Hash {
    match pair {
        [left, right] => sha256(&[&[1], left, right]),
        [only] => *only,
        _ => unreachable!("pairs"),
    }
}

/// The root over a run of nodes at `first` of a tree of `count`, as W21 has it.
fn run_root(mut run: Vec<Hash>, mut first: u64, count: u64, path: &[Hash]) -> Hash {
    let (mut last_of_run, mut last) = (first + run.len() as u64 - 1, count - 1);
    let mut path = path.iter();
    while last > 0 {
        if first % 2 == 1 {
            run.insert(0, *path.next().unwrap());
        }
        if last_of_run % 2 == 0 && last_of_run < last {
            run.push(*path.next().unwrap());
        }
        run = run.chunks(2).map(node).collect();
        (first, last_of_run, last) = (first / 2, last_of_run / 2, last / 2);
    }
    assert!(path.next().is_none() && run.len() == 1);
    run[0]
}

/// Movement kinds in the order of their index, and what they do to free, earmarked and locked.
const KINDS: [(&str, [i128; 3]); 11] = [
    ("minted", [1, 0, 0]),
    ("held", [-1, 1, 0]),
    ("released", [1, -1, 0]),
    ("paid_from_hold", [0, -1, 0]),
    ("paid", [-1, 0, 0]),
    ("received", [1, 0, 0]),
    ("preburned", [-1, 0, 1]),
    ("preburn_released", [1, 0, -1]),
    ("burned", [0, 0, -1]),
    ("moved_out", [-1, 0, 0]),
    ("moved_in", [1, 0, 0]),
];

/// The last three numbers of an entry.
fn closing(entry: &[u8]) -> [i128; 3] {
    [56, 72, 88].map(|at| i128::try_from(number(&entry[at..at + 16])).unwrap())
}

/// Checks one block's movements against its entry and gives the balances after it.
fn follow(mut balances: [i128; 3], block: &Value, entry: &[u8]) -> [i128; 3] {
    let mut leaves = Vec::new();
    for moved in block["movements"].as_array().unwrap() {
        let index = KINDS.iter().position(|(name, _)| moved["kind"] == *name).unwrap();
        let minor: u128 = moved["minor"].as_str().unwrap().parse().unwrap();
        let movement =
            [&bytes(&moved["command"])[..], &[index as u8], &minor.to_le_bytes()].concat();
        leaves.push(leaf(&moved["salt"], &movement));
        for (balance, sign) in balances.iter_mut().zip(KINDS[index].1) {
            *balance += sign * i128::try_from(minor).unwrap();
        }
    }
    assert_eq!(number(&entry[16..24]), leaves.len() as u128);
    let count = leaves.len() as u64;
    assert_eq!(run_root(leaves, 0, count, &[])[..], entry[24..56]);
    assert_eq!(balances, closing(entry));
    balances
}

#[test]
fn w21_a_pinned_history_is_complete_by_the_text_alone() {
    let text: Value = serde_json::from_slice(&file("history.json")).unwrap();
    let (record, header) = (&text["record"], bytes(&text["header"]));
    // From the account's record to the state root that the header declares.
    let slot = bytes(&record["leaf"]);
    let slots = record["head"]["slots"].as_u64().unwrap();
    let at = u64::try_from(number(&slot[..8])).unwrap();
    let tree = run_root(vec![leaf(&record["salt"], &slot)], at, slots, &hashes(&record["path"]));
    let free = record["head"]["free"].as_u64().unwrap();
    let head = [&slots.to_le_bytes()[..], &[1], &free.to_le_bytes(), &tree].concat();
    assert_eq!(sha256(&[b"\x0eflorin/state/1", &head])[..], header[178..210]);
    // From the journal's entries to what the record commits to: its last 40 bytes.
    let (count, root) = slot[slot.len() - 40..].split_at(8);
    let count = u64::try_from(number(count)).unwrap();
    let (before, after) = (&text["before"], &text["after"]);
    let blocks = text["blocks"].as_array().unwrap();
    let shown: Vec<&Value> = [before].into_iter().chain(blocks).chain([after]).collect();
    let leaves = shown.iter().map(|one| leaf(&one["salt"], &bytes(&one["entry"]))).collect();
    let index = text["journal"]["index"].as_u64().unwrap();
    assert_eq!(run_root(leaves, index, count, &hashes(&text["journal"]["path"]))[..], *root);
    // The ends of the run lie outside the span; everything else follows.
    let heights: Vec<u128> = shown.iter().map(|one| number(&bytes(&one["entry"])[..8])).collect();
    let (from, to) = (text["span"]["from"].as_u64(), text["span"]["to"].as_u64());
    assert_eq!((heights, from, to), (vec![2, 4, 5, 6], Some(3), Some(5)));
    let mut balances = closing(&bytes(&before["entry"]));
    for block in blocks {
        balances = follow(balances, block, &bytes(&block["entry"]));
    }
    assert_eq!(balances, [65_007, 0, 9_000]);
    assert_eq!(text["summary"]["closing"]["available"], "650.07");
}

#[test]
fn w21_the_pinned_history_holds_under_the_pinned_genesis() {
    let committee = Committee::new(&parse_genesis(&file("genesis.json")).unwrap()).unwrap();
    let proved = verify_file(&file("history.json"), &committee).unwrap();
    assert!(proved.applied() && proved.plain().contains("complete: yes"));
}
