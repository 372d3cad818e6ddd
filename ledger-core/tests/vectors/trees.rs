//! The one shape of tree, by its smallest members.

use ledger_core::{
    digest::{Hash32, leaf_hash, node_hash},
    merkle::{Frontier, Tree},
};

use crate::{
    pin::{Pin, check, sha256},
    samples::hash,
};

/// RFC 6962, section 2.1, as the text has it.
fn root(leaves: &[Hash32]) -> Hash32 {
    match leaves {
        [] => Hash32::ZERO,
        [only] => *only,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            Hash32::new(sha256(&[&[0x01], root(left).get(), root(right).get()]))
        }
    }
}

#[test]
fn w10_vectors_of_leaves_nodes_and_roots() {
    let salt = hash(0x5d);
    let bytes: Vec<u8> = (0..8).collect();
    let leaves: Vec<Hash32> = bytes.iter().map(|n| leaf_hash(&salt, &[*n])).collect();
    let mut pins: Vec<Pin> = bytes
        .iter()
        .zip(&leaves)
        .map(|(n, leaf)| Pin::of(format!("leaf/{n}"), n).leaf(&salt, leaf))
        .collect();
    let node = node_hash(&leaves[0], &leaves[1]);
    pins.push(Pin::raw("node", &[leaves[0], leaves[1]], &[]).fact("node", node.to_hex()));
    let mut frontier = Frontier::default();
    for count in 0..=leaves.len() {
        let first = &leaves[..count];
        let tree = Tree::new(first.to_vec());
        assert_eq!(tree.root(), root(first), "{count}");
        assert_eq!(frontier.head(), tree.head(), "{count}");
        let name = format!("root/{count}");
        pins.push(Pin::raw(name, &first, &[]).fact("root", tree.root().to_hex()));
        leaves.get(count).into_iter().for_each(|next| frontier.push(*next));
    }
    check(
        "trees",
        "leaf = SHA-256(00 || salt || bytes), node = SHA-256(01 || left || right); value of node \
         and roots is the list of leaves (W10).",
        &pins,
    );
}
