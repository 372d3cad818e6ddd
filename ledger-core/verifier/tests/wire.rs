//! docs/spec/wire.md, computed from its text alone: SHA-256 and literal strings, no helper of the
//! ledger. A bank that writes its own verifier starts like this.

use ledger_core::{
    block::{Context, HEADER_VERSION, Header, Results, payload_root},
    codec::encode,
    digest::{Hash32, leaf_hash, node_hash},
    genesis::VoteKey,
    id::{AccountId, ChainId},
    merkle::root_from_path,
    money::{Currency, Money},
    record::Name,
    signature::PublicKey,
    time::{Height, LedgerTime},
};
use sha2_for_bls::{Digest as _, Sha256};

fn sha256(parts: &[&[u8]]) -> Hash32 {
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part));
    Hash32::new(hasher.finalize().into())
}

fn h(domain: &str, bytes: &[u8]) -> Hash32 {
    sha256(&[&[domain.len() as u8], domain.as_bytes(), bytes])
}

fn header() -> Header {
    Header {
        version: HEADER_VERSION,
        chain: ChainId::new([1; 32]),
        context: Context { epoch: 2, view: 3, parent_view: 4, leader: PublicKey::new([5; 32]) },
        height: Height::new(6),
        parent: Hash32::new([7; 32]),
        time: LedgerTime::new(8),
        payload: Hash32::new([9; 32]),
        results: Results {
            height: Height::new(10),
            state_root: Hash32::new([11; 32]),
            history_root: Hash32::new([12; 32]),
        },
        committee: Hash32::new([13; 32]),
        next_committee: Hash32::new([14; 32]),
    }
}

#[test]
fn w1_integers_are_little_endian_and_fixed_byte_strings_have_no_length() {
    let usd = Money::new(Currency::new("USD").unwrap(), 258);
    let amount = [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(encode(&usd), [&b"USD"[..], &amount].concat());
    assert_eq!(encode(&VoteKey::new([7; 96])), [7; 96]);
    assert_eq!(encode(&Some(5u16)), [1, 5, 0]);
    assert_eq!(encode(&None::<u16>), [0]);
    assert_eq!(encode(&vec![9u8; 200])[..3], [0xc8, 0x01, 9]);
}

#[test]
fn w2_a_domain_is_hashed_as_its_length_and_its_text() {
    let header = header();
    assert_eq!(header.digest(), h("florin/header/1", &encode(&header)));
}

#[test]
fn w11_a_payload_is_hashed_as_its_length_and_the_root_over_its_parts() {
    let leaf = |bytes: &[u8]| sha256(&[&[0x00], &[0; 32], bytes]);
    let rooted =
        |length: u64, root: &[u8]| h("florin/payload/1", &[&length.to_le_bytes(), root].concat());
    assert_eq!(payload_root(b""), rooted(0, &[0; 32]));
    assert_eq!(payload_root(b"abc"), rooted(3, leaf(b"abc").get()));
    let long = [b"a".repeat(1_024), b"b".to_vec()].concat();
    let root = sha256(&[&[0x01], leaf(&long[..1_024]).get(), leaf(b"b").get()]);
    assert_eq!(payload_root(&long), rooted(1_025, root.get()));
}

#[test]
fn w7_an_account_is_found_under_the_hash_of_its_kind_and_address() {
    let name = [&[5u8][..], &[0xaa; 32]].concat();
    assert_eq!(Name::Account(AccountId::new([0xaa; 32])).key(), h("florin/key/1", &name));
}

#[test]
fn w10_leaves_and_nodes_begin_with_different_bytes() {
    let (left, right) = (Hash32::new([1; 32]), Hash32::new([2; 32]));
    assert_eq!(leaf_hash(&left, b"x"), sha256(&[&[0], &[1; 32], b"x"]));
    assert_eq!(node_hash(&left, &right), sha256(&[&[1], &[1; 32], &[2; 32]]));
}

/// RFC 6962 §2.1: the left subtree holds the largest power of two below the number of leaves.
fn root(leaves: &[Hash32]) -> Hash32 {
    match leaves {
        [only] => *only,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            sha256(&[&[1], root(left).get(), root(right).get()])
        }
    }
}

/// RFC 6962 §2.1.1: siblings from the leaf upwards.
fn path(leaves: &[Hash32], index: usize) -> Vec<Hash32> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
    let (mut below, sibling) = if index < left.len() {
        (path(left, index), root(right))
    } else {
        (path(right, index - left.len()), root(left))
    };
    below.push(sibling);
    below
}

#[test]
fn w10_audit_paths_are_those_of_rfc_6962() {
    for size in 1..=33usize {
        let leaves: Vec<_> = (0..size).map(|n| sha256(&[&[n as u8]])).collect();
        for index in 0..size {
            let path = path(&leaves, index);
            let found = root_from_path(leaves[index], index as u64, size as u64, &path);
            assert_eq!(found, Some(root(&leaves)), "{index} of {size}");
        }
    }
}

#[test]
fn w11_a_header_is_its_fields_in_order_and_its_digest_their_hash() {
    let bytes = [
        &1u16.to_le_bytes()[..],
        &[1; 32],
        &2u64.to_le_bytes(),
        &3u64.to_le_bytes(),
        &4u64.to_le_bytes(),
        &[5; 32],
        &6u64.to_le_bytes(),
        &[7; 32],
        &8u64.to_le_bytes(),
        &[9; 32],
        &10u64.to_le_bytes(),
        &[11; 32],
        &[12; 32],
        &[13; 32],
        &[14; 32],
    ]
    .concat();
    assert_eq!(bytes.len(), 306);
    assert_eq!(header().to_bytes(), bytes);
    assert_eq!(header().digest(), h("florin/header/1", &bytes));
}

fn text(path: &str) -> String {
    std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).expect(path)
}

#[test]
fn w2_the_specification_lists_every_domain() {
    let (code, specification) = (text("../src/digest.rs"), text("../../docs/spec/wire.md"));
    let domains =
        code.lines().filter_map(|line| line.trim().strip_prefix("Self::")?.split('"').nth(1));
    let mut count = 0;
    for domain in domains {
        assert!(
            specification.contains(&format!("\n| `{domain}` |")),
            "docs/spec/wire.md: {domain}"
        );
        count += 1;
    }
    assert!(count >= 21, "{count} domains found");
}

#[test]
fn w9_the_specification_lists_every_refusal_under_its_index() {
    let specification = text("../../docs/spec/wire.md");
    for refusal in ledger_core::refusal::Refusal::ALL {
        // Its ULEB128: seven bits in each byte, the least first.
        let bytes = encode(refusal).into_iter().rev();
        let index = bytes.fold(0u32, |index, byte| index << 7 | u32::from(byte & 0x7f));
        let cell = format!("| {index} | `{}` |", refusal.code());
        assert!(specification.contains(&cell), "docs/spec/wire.md: {cell}");
    }
}
