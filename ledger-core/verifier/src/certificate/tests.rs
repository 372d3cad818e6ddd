use std::path::Path;

use ledger_core::{
    block::{Header, Results},
    bls::{POSSESSION_TAG, possession_message},
    genesis::{Genesis, VoteKey},
    time::Height,
};
use serde::Deserialize;

use super::*;
use crate::{
    committee::{Committee, check_possession},
    testing::{TestNetwork, Voter, encode_finalization, sign_finalization},
};

fn header(network: &TestNetwork) -> Header {
    let (state_root, history_root) = (Hash32::new([1; 32]), Hash32::new([2; 32]));
    network.header(9, Results { height: Height::new(7), state_root, history_root })
}

fn malformed(part: &'static str) -> VerifyError {
    VerifyError::CertificateMalformed { part }
}

/// Bytes that look random and are the same on every run.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(length);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.push(state.to_le_bytes()[3]);
    }
    bytes
}

#[test]
fn w14_a_quorum_makes_a_header_final_in_committees_of_any_size() {
    for validators in [1, 4, 7, 10] {
        let network = TestNetwork::new(validators);
        let header = header(&network);
        let committee = network.committee();
        assert_eq!(committee.verify(&header, &network.certify(&header)), Ok(()), "{validators}");
        let all: Vec<_> = (0..usize::from(validators)).collect();
        let by_all = sign_finalization(&header, &network.voters, &all);
        assert_eq!(committee.verify(&header, &by_all), Ok(()), "{validators}");
    }
}

#[test]
fn w14_a_quorum_is_all_but_the_largest_number_below_a_third() {
    let rows = [(1, 1), (2, 2), (3, 3), (4, 3), (5, 4), (6, 5), (7, 5), (10, 7), (13, 9), (64, 43)];
    for (validators, needed) in rows {
        assert_eq!(quorum(validators), needed, "{validators}");
    }
}

#[test]
fn w14_two_f_signers_are_not_enough() {
    for (validators, f) in [(4u8, 1usize), (7, 2), (10, 3)] {
        let network = TestNetwork::new(validators);
        let header = header(&network);
        let signers: Vec<_> = (0..2 * f).collect();
        let certificate = sign_finalization(&header, &network.voters, &signers);
        let refused = network.committee().verify(&header, &certificate);
        assert_eq!(refused, Err(VerifyError::Quorum { found: 2 * f, needed: 2 * f + 1 }));
    }
}

#[test]
fn w14_a_claimed_signer_who_did_not_sign_is_noticed() {
    let network = TestNetwork::new(4);
    let header = header(&network);
    let certificate = sign_finalization(&header, &network.voters, &[0, 1]);
    let mut claimed = Finalization::decode(&certificate, 4).unwrap();
    claimed.signers.push(2);
    let refused = network.committee().verify(&header, &encode_finalization(&claimed, 4));
    assert_eq!(refused, Err(VerifyError::Signature));
}

#[test]
fn w14_a_certificate_of_something_else_is_refused() {
    let network = TestNetwork::new(4);
    let header = header(&network);
    let good = Finalization::decode(&network.certify(&header), 4).unwrap();
    let rows = [
        (Finalization { epoch: good.epoch + 1, ..good.clone() }, "epoch"),
        (Finalization { view: good.view + 1, ..good.clone() }, "view"),
        (Finalization { parent_view: good.parent_view + 1, ..good.clone() }, "parent view"),
        (Finalization { digest: Hash32::ZERO, ..good.clone() }, "digest"),
    ];
    for (other, field) in rows {
        let refused = network.committee().verify(&header, &encode_finalization(&other, 4));
        assert_eq!(refused, Err(VerifyError::CertificateMismatch { field }));
    }
}

#[test]
fn w14_a_certificate_of_a_header_in_another_view_is_refused() {
    let network = TestNetwork::new(4);
    let header = header(&network);
    let mut moved = header;
    moved.context.view += 1;
    let certificate = network.certify(&moved);
    assert_eq!(network.committee().verify(&moved, &certificate), Ok(()));
    assert!(network.committee().verify(&header, &certificate).is_err());
}

#[test]
fn w14_another_epoch_than_the_committees_is_refused() {
    let network = TestNetwork::new(4);
    let mut header = header(&network);
    header.context.epoch = 1;
    let refused = network.committee().verify(&header, &network.certify(&header));
    assert_eq!(refused, Err(VerifyError::CertificateMismatch { field: "epoch" }));
}

#[test]
fn w14_another_network_or_committee_is_refused() {
    let (network, other) = (TestNetwork::new(4), TestNetwork::new(7));
    let header = header(&network);
    let refused = other.committee().verify(&header, &network.certify(&header));
    assert_eq!(refused, Err(VerifyError::OtherNetwork));
    let mut changed = header;
    changed.committee = Hash32::ZERO;
    let refused = network.committee().verify(&changed, &network.certify(&changed));
    assert_eq!(refused, Err(VerifyError::OtherCommittee));
}

#[test]
fn w11_a_header_of_an_unknown_version_is_not_interpreted() {
    let network = TestNetwork::new(4);
    let mut header = header(&network);
    header.version = 2;
    let refused = network.committee().verify(&header, &network.certify(&header));
    assert_eq!(refused, Err(VerifyError::UnknownVersion { what: "header" }));
}

#[test]
fn w11_every_field_of_a_header_is_under_its_digest() {
    let network = TestNetwork::new(4);
    let header = header(&network);
    let bytes = header.to_bytes();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let digest = Header::from_bytes(&changed).map(|header| header.digest());
        assert_ne!(digest, Ok(header.digest()), "byte {at}");
    }
}

#[test]
fn w14_the_signed_message_is_the_one_of_the_specification() {
    let finalization = Finalization {
        epoch: 1,
        view: 300,
        parent_view: 299,
        digest: Hash32::new([0xdd; 32]),
        signers: vec![],
        signature: VoteSignature::new([0; 48]),
    };
    let mut expected = vec![0x30];
    expected.extend_from_slice(b"florin/");
    expected.extend_from_slice(&[0xcc; 32]);
    expected.extend_from_slice(b"_FINALIZE");
    expected.extend_from_slice(&[0x01, 0xac, 0x02, 0xab, 0x02]);
    expected.extend_from_slice(&[0xdd; 32]);
    assert_eq!(finalization.message(&ChainId::new([0xcc; 32])), expected);
}

#[test]
fn w13_what_was_decoded_encodes_to_the_same_bytes() {
    let network = TestNetwork::new(10);
    let header = header(&network);
    for signers in [vec![0, 1, 2, 3, 4, 5, 6], vec![9, 8, 7, 5, 3, 1, 0]] {
        let bytes = sign_finalization(&header, &network.voters, &signers);
        let decoded = Finalization::decode(&bytes, 10).unwrap();
        assert_eq!(encode_finalization(&decoded, 10), bytes);
    }
}

#[test]
fn w13_every_other_spelling_of_a_certificate_is_refused() {
    let network = TestNetwork::new(4);
    let good = network.certify(&header(&network));
    let decode = |bytes: &[u8]| Finalization::decode(bytes, 4);
    assert!(decode(&good).is_ok());
    // epoch 0, view 309 (two bytes), parent view 307 (two bytes), digest, bitmap, signature.
    assert_eq!(good[..5], [0, 0xb5, 2, 0xb3, 2]);
    let padded = [&[0x80, 0x00], &good[1..]].concat();
    assert_eq!(decode(&padded), Err(malformed("epoch")));
    let overlong = [&[0xff; 10][..], &good[1..]].concat();
    assert_eq!(decode(&overlong), Err(malformed("epoch")));
    let too_large = [&[0xff; 9][..], &[2], &good[1..]].concat();
    assert_eq!(decode(&too_large), Err(malformed("epoch")));
    for length in [3u8, 5, 0] {
        let mut other = good.clone();
        other[44] = length;
        assert_eq!(decode(&other), Err(malformed("signers")), "{length}");
    }
    for bit in 4..8 {
        let mut other = good.clone();
        other[45] |= 1 << bit;
        assert_eq!(decode(&other), Err(malformed("signers")), "padding bit {bit}");
    }
    assert_eq!(decode(&[&good[..], &[0]].concat()), Err(malformed("end")));
    for length in 0..good.len() {
        assert!(decode(&good[..length]).is_err(), "first {length} bytes");
    }
    assert_eq!(decode(&[0; 257]), Err(malformed("length")));
}

#[test]
fn w13_every_changed_byte_of_a_certificate_is_refused() {
    let network = TestNetwork::new(4);
    let (committee, header) = (network.committee(), header(&network));
    let good = network.certify(&header);
    for at in 0..good.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut changed = good.clone();
            changed[at] ^= flip;
            assert!(committee.verify(&header, &changed).is_err(), "byte {at} ^ {flip:02x}");
        }
    }
}

#[test]
fn w13_bytes_without_meaning_are_refused_without_a_panic() {
    let network = TestNetwork::new(4);
    let (committee, header) = (network.committee(), header(&network));
    for seed in 0..2_000 {
        let bytes = noise(seed, (seed % 200) as usize);
        assert!(committee.verify(&header, &bytes).is_err());
        let _ = Finalization::decode(&bytes, (seed % 70) as usize);
    }
}

#[test]
fn w15_every_validator_of_a_sound_genesis_has_shown_its_key() {
    assert_eq!(check_possession(&TestNetwork::new(7).genesis), Ok(()));
}

#[test]
fn w15_a_key_without_its_own_proof_of_possession_is_refused() {
    let network = TestNetwork::new(4);
    let mut swapped = network.genesis.clone();
    swapped.validators[2].proof_of_possession = network.genesis.validators[1].proof_of_possession;
    let refused = Err(VerifyError::Possession { index: 2 });
    assert_eq!(check_possession(&swapped), refused);
    assert_eq!(Committee::new(&swapped).map(|_| ()), refused);

    let mut other_key = network.genesis.clone();
    other_key.validators[0].vote_key = Voter::new(99).vote_key();
    assert_eq!(check_possession(&other_key), Err(VerifyError::Possession { index: 0 }));
}

#[test]
fn w15_a_vote_over_the_same_bytes_is_no_proof_of_possession() {
    let voter = Voter::new(1);
    let message = possession_message(&voter.vote_key());
    assert_eq!(message[..15], *b"\x0eflorin/enrol/1");
    assert_eq!(message[15..], *voter.vote_key().get());
    assert_ne!(hash_to_g1(&message, POSSESSION_TAG), hash_to_g1(&message, VOTE_TAG));
}

#[test]
fn w15_a_vote_key_off_the_curve_is_refused() {
    let mut genesis = TestNetwork::new(4).genesis;
    genesis.validators[3].vote_key = VoteKey::new([0x42; 96]);
    assert_eq!(check_possession(&genesis), Err(VerifyError::VoteKey { index: 3 }));
    let mut identity = [0u8; 96];
    identity[0] = 0xc0;
    genesis.validators[3].vote_key = VoteKey::new(identity);
    assert_eq!(check_possession(&genesis), Err(VerifyError::VoteKey { index: 3 }));
}

/// What the engine itself signed: written by `consensus/tests/finalization_vector.rs`.
#[derive(Deserialize)]
struct EngineVector {
    genesis: String,
    chain_id: String,
    header: String,
    epoch: u64,
    view: u64,
    parent_view: u64,
    digest: String,
    signers: Vec<usize>,
    signed_message: String,
    finalization: String,
}

fn engine_vector() -> EngineVector {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../consensus/tests/vectors/finalization.json");
    let text = std::fs::read_to_string(path).expect("consensus/tests/vectors/finalization.json");
    serde_json::from_str(&text).expect("a vector")
}

#[test]
fn w13_w14_w15_a_certificate_of_the_engine_is_read_and_holds() {
    let vector = engine_vector();
    let genesis = hex::decode(&vector.genesis).unwrap();
    let genesis: Genesis = ledger_core::codec::decode(&genesis, genesis.len()).unwrap();
    let header = Header::from_bytes(&hex::decode(&vector.header).unwrap()).unwrap();
    let bytes = hex::decode(&vector.finalization).unwrap();
    let committee = Committee::new(&genesis).unwrap();
    assert_eq!(committee.chain().to_hex(), vector.chain_id);
    assert_eq!(committee.verify(&header, &bytes), Ok(()));

    let decoded = Finalization::decode(&bytes, genesis.validators.len()).unwrap();
    assert_eq!((decoded.epoch, decoded.view), (vector.epoch, vector.view));
    assert_eq!(decoded.parent_view, vector.parent_view);
    assert_eq!(decoded.digest.to_hex(), vector.digest);
    assert_eq!(decoded.signers, vector.signers);
    assert_eq!(hex::encode(decoded.message(&committee.chain())), vector.signed_message);
    assert_eq!(encode_finalization(&decoded, genesis.validators.len()), bytes);
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(committee.verify(&header, &changed).is_err(), "byte {at}");
    }
}
