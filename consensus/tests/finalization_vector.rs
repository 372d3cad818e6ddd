//! A pinned certificate: what any other implementation must accept, byte for byte.
//!
//! `UPDATE_VECTORS=1` rewrites `vectors/finalization.json`; that needs a line in CHANGELOG.md.

mod network;

use std::path::Path;

use bytes::Bytes;
use commonware_codec::{Decode as _, Encode as _};
use commonware_consensus::{
    simplex::types::{Finalization, Finalize, Proposal},
    types::{Epoch, Round, View},
};
use commonware_cryptography::{certificate::Verifier as _, sha256::Digest};
use commonware_parallel::Sequential;
use commonware_utils::non_empty;
use consensus::committee::{ENROLMENT_NAMESPACE, Scheme, namespace, signer, verifier};
use ledger_core::{
    block::{Context, Header, Results, encode_payload},
    codec::encode,
    digest::Hash32,
    genesis::Genesis,
    time::{Height, LedgerTime},
};
use serde::{Deserialize, Serialize};

const SIGNERS: [usize; 3] = [0, 1, 3];
const LAYOUT: [&str; 12] = [
    "finalization = proposal || certificate; all of its bytes are consumed",
    "proposal = varint(epoch) || varint(view) || varint(parent_view) || digest (32 bytes)",
    "varint = unsigned LEB128: 7 bits per byte, least significant group first, top bit set on all \
     but the last byte, shortest form only, at most 10 bytes for these 64-bit numbers",
    "digest = the header's digest: SHA-256(0x0f || 'florin/header/1' || BCS of the header)",
    "certificate = signers || signature (48 bytes: compressed point of G1, the aggregate)",
    "signers = count (8 bytes, big-endian: number of validators, 4 here) || ceil(count / 8) bytes; \
     validator i is bit i % 8 (least significant first) of byte i / 8; bits from count on are zero",
    "validators are numbered in ascending order of their identity bytes",
    "signed message = varint(length of ns) || ns || proposal, where ns = namespace || '_FINALIZE' \
     and namespace = 'florin/' || chain id (32 bytes)",
    "the message is hashed to G1 with vote_dst (RFC 9380, BLS12381G1_XMD:SHA-256_SSWU_RO_); the \
     aggregate verifies against the sum of the signers' vote keys (compressed points of G2)",
    "quorum = n - floor((n - 1) / 3) signers of n validators: 3 of 4",
    "proof of possession: hash to G1 with possession_dst of \
     varint(length of enrolment_namespace) || enrolment_namespace || vote_key (96 bytes), times \
     the secret",
    "genesis and header are BCS in hex; chain_id is the hash of genesis",
];

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ValidatorVector {
    identity: String,
    vote_key: String,
    proof_of_possession: String,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Vector {
    layout: Vec<String>,
    genesis: String,
    chain_id: String,
    namespace: String,
    enrolment_namespace: String,
    vote_dst: String,
    possession_dst: String,
    validators: Vec<ValidatorVector>,
    header: String,
    epoch: u64,
    view: u64,
    parent_view: u64,
    digest: String,
    signers: Vec<usize>,
    signed_message: String,
    finalization: String,
}

fn header(genesis: &Genesis) -> Header {
    let root = Hash32::new([7; 32]);
    let context =
        Context { epoch: 0, view: 300, parent_view: 299, leader: genesis.validators[2].identity };
    let results = Results { height: Height::new(0), state_root: root, history_root: Hash32::ZERO };
    Header::genesis(genesis, root).child(
        context,
        LedgerTime::new(1_800_000_000_000),
        &encode_payload(&[]),
        results,
    )
}

fn varint(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digit).collect()
}

fn vector() -> Vector {
    let secrets = network::secrets(4);
    let genesis = network::genesis(&secrets);
    let header = header(&genesis);
    let digest = header.digest();
    let round = Round::new(Epoch::new(0), View::new(300));
    let proposal = Proposal::new(round, View::new(299), Digest(*digest.get()));
    let finalize = |at: usize| {
        let (chain, validators) = (genesis.chain_id(), &genesis.validators);
        let scheme = signer(&chain, validators, &secrets[at].vote).unwrap().unwrap();
        Finalize::<Scheme, Digest>::sign(&scheme, proposal.clone()).unwrap()
    };
    let votes: Vec<_> = SIGNERS.into_iter().map(finalize).collect();
    let scheme = verifier(&genesis.chain_id(), &genesis.validators).unwrap();
    let finalization =
        Finalization::from_finalizes(&scheme, non_empty![@votes.iter()], &Sequential).unwrap();
    let namespace = namespace(&genesis.chain_id());
    let finalize_namespace = [namespace.as_slice(), b"_FINALIZE"].concat();
    let message =
        [varint(finalize_namespace.len()), finalize_namespace, proposal.encode().to_vec()].concat();
    Vector {
        layout: LAYOUT.map(str::to_owned).to_vec(),
        genesis: hex(&encode(&genesis)),
        chain_id: genesis.chain_id().to_hex(),
        namespace: hex(&namespace),
        enrolment_namespace: String::from_utf8(ENROLMENT_NAMESPACE.to_vec()).unwrap(),
        vote_dst: "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_".to_owned(),
        possession_dst: "BLS_POP_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_".to_owned(),
        validators: genesis
            .validators
            .iter()
            .map(|v| ValidatorVector {
                identity: v.identity.to_hex(),
                vote_key: v.vote_key.to_hex(),
                proof_of_possession: v.proof_of_possession.to_hex(),
            })
            .collect(),
        header: hex(&header.to_bytes()),
        epoch: 0,
        view: 300,
        parent_view: 299,
        digest: digest.to_hex(),
        signers: SIGNERS.to_vec(),
        signed_message: hex(&message),
        finalization: hex(&finalization.encode()),
    }
}

#[test]
fn a_finalization_is_encoded_as_the_pinned_vector() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/finalization.json");
    let computed = vector();
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        let text = serde_json::to_string_pretty(&computed).unwrap() + "\n";
        std::fs::write(&path, text).unwrap();
    }
    let pinned: Vector = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(computed, pinned);
}

#[test]
fn the_engine_accepts_the_vector_and_refuses_it_with_any_byte_changed() {
    let genesis = network::genesis(&network::secrets(4));
    let scheme = verifier(&genesis.chain_id(), &genesis.validators).unwrap();
    let config = scheme.certificate_codec_config();
    let accepts = |bytes: &[u8]| {
        let bytes = Bytes::copy_from_slice(bytes);
        Finalization::<Scheme, Digest>::decode_cfg(bytes, &config)
            .is_ok_and(|f| f.verify(&mut rand::rng(), &scheme, &Sequential))
    };
    let bytes = unhex(&vector().finalization);
    assert!(accepts(&bytes));
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(!accepts(&changed), "byte {at}");
    }
}

#[test]
fn the_layout_text_describes_the_bytes() {
    let vector = vector();
    let proposal = [varint(0), varint(300), varint(299), unhex(&vector.digest)].concat();
    let signers = [4u64.to_be_bytes().as_slice(), &[0b1011]].concat();
    let finalization = unhex(&vector.finalization);
    assert_eq!(finalization[..proposal.len()], proposal);
    let signature = proposal.len() + signers.len();
    assert_eq!(finalization[proposal.len()..signature], signers);
    assert_eq!(finalization.len(), signature + 48);
    assert!(unhex(&vector.signed_message).ends_with(&proposal));
}
