//! Headers, payloads and state roots; and what one block after genesis leaves.

use ledger_core::{
    block::{Block, Context, HEADER_VERSION, Header, Results, encode_payload, payload_root},
    command::{Body, SignedCommand},
    digest::{Domain, Hash32, leaf_hash, node_hash},
    execute::execute,
    journal::SaltUse,
    proof::StateHead,
    signature::Signer as _,
    state::State,
    time::Height,
};

use crate::{
    commands::signed_close,
    pin::{Pin, check, sha256},
    samples::{CHAIN, NOW, genesis, hash, key, signer},
};

fn header() -> Header {
    Header {
        version: HEADER_VERSION,
        chain: CHAIN,
        context: Context { epoch: 3, view: 45, parent_view: 44, leader: key(0x41) },
        height: Height::new(42),
        parent: hash(0x41),
        time: NOW.after(9_000),
        payload: hash(0x42),
        results: Results {
            height: Height::new(40),
            state_root: hash(0x43),
            history_root: hash(0x44),
        },
        committee: hash(0x45),
        next_committee: hash(0x46),
    }
}

/// The first block of a network, with a command that its member's settlement key signs.
fn first_block(state: &State) -> Block {
    let genesis = genesis();
    let close = signed_close();
    let body = Body { chain: genesis.chain_id(), expires: NOW.after(60_000), ..close.body };
    let signer = signer(1);
    let command = SignedCommand::sign(body, &[&signer]).unwrap();
    assert_eq!(command.body.signers, [signer.public_key()]);
    let payload = encode_payload(&[command]);
    let context = Context { epoch: 3, view: 1, parent_view: 0, leader: key(0x41) };
    let parent = state.header();
    let header = parent.child(context, NOW.after(1_000), &payload, parent.results);
    Block { header, payload }
}

/// Genesis and the first block, executed: W8 and W12 as the text has them.
fn executed() -> Vec<Pin> {
    let (mut state, founded) = State::genesis(&genesis()).unwrap();
    let block = first_block(&state);
    let valid = block.accept_finalized(state.header()).unwrap();
    let nonces = vec![valid.commands()[0].get().body.nonce];
    let set = execute(&state, &valid);
    let secret = Domain::Blinding.hash_of(&(founded.blinding, Height::new(1), nonces.clone()));
    assert_eq!(set.blinding, secret, "W8: the blinding secret of a block");
    let receipt = &set.receipts[0];
    let salt = SaltUse::Receipt(Height::new(1), 0).salt(&secret);
    let only = receipt.leaf(&salt);
    assert_eq!(set.history.receipts.root, only, "W10: the root of one leaf is the leaf");
    let (first, second) = (founded.history.leaf(), set.history.leaf());
    let root = sha256(&[&[0x01], first.get(), second.get()]);
    assert_eq!(set.results.history_root.get(), &root, "W12: block h is leaf h");
    state.apply(&set);
    vec![
        Pin::of("genesis/header", state_genesis(&founded.header))
            .hashed(Domain::Header, founded.digest.get()),
        Pin::of("genesis/history_leaf", &founded.history).leaf(&hash(0), &first),
        Pin::of("first_block/header", &set.header).hashed(Domain::Header, set.digest.get()),
        Pin::of("first_block/blinding", &(founded.blinding, Height::new(1), nonces))
            .hashed(Domain::Blinding, secret.get()),
        Pin::of("first_block/receipt", receipt).leaf(&salt, &only),
        Pin::of("first_block/state_head", set.head())
            .hashed(Domain::State, set.results.state_root.get()),
        Pin::of("first_block/history_leaf", &set.history).leaf(&hash(0), &second),
        Pin::of("first_block/results", &set.results),
    ]
}

/// The header of genesis declares its own state.
fn state_genesis(header: &Header) -> &Header {
    assert_eq!(header.height, Height::new(0));
    assert_eq!(*header, Header::genesis(&genesis(), header.results.state_root));
    header
}

/// Length and root of a payload of one leaf, or of three (W11).
fn rooted(payload: &[u8]) -> (u64, Hash32) {
    let leaves = payload.chunks(1_024).map(|bytes| leaf_hash(&Hash32::ZERO, bytes));
    let root = match leaves.collect::<Vec<_>>()[..] {
        [only] => only,
        [one, two, three] => node_hash(&node_hash(&one, &two), &three),
        _ => panic!("one leaf or three"),
    };
    (payload.len() as u64, root)
}

#[test]
fn w8_w11_w12_vectors_of_headers_payloads_and_results() {
    let header = header();
    assert_eq!(header.to_bytes().len(), 306, "W11");
    let commands = vec![signed_close()];
    let payload = encode_payload(&commands);
    let long: Vec<u8> = (0..=250).cycle().take(2_049).collect();
    let head = StateHead { slots: 1_000, free: Some(17), tree: hash(0x47) };
    let mut pins = vec![
        Pin::of("header", &header).hashed(Domain::Header, header.digest().get()),
        Pin::of("payload/one_command", &commands),
        Pin::of("payload_root/one_command", &rooted(&payload))
            .hashed(Domain::Payload, payload_root(&payload).get()),
        Pin::raw("payload/no_command", &"no bytes, not an empty list", &encode_payload(&[])),
        Pin::of("payload_root/no_command", &(0u64, Hash32::ZERO))
            .hashed(Domain::Payload, payload_root(&[]).get()),
        Pin::of("payload_root/three_leaves", &rooted(&long))
            .hashed(Domain::Payload, payload_root(&long).get()),
        Pin::of("state_head", &head).hashed(Domain::State, head.root().get()),
        Pin::of("state_head/nothing_free", &StateHead { free: None, ..head }),
        Pin::of("results", &header.results),
    ];
    pins.extend(executed());
    check(
        "blocks",
        "Headers and what they declare. digest of a header is what validators certify (W11), of a \
         state head the state root. genesis and first_block are those of the genesis in \
         statements.json and one close of a leg, executed.",
        &pins,
    );
}
