use ledger_core::{codec::encode, digest::Domain, time::LedgerTime};

use super::*;
use crate::{
    committee::Committee,
    error::Class,
    testing::{TestNetwork, Voter},
};

#[test]
fn w19_a_written_genesis_is_read_back_as_the_same_network() {
    let genesis = TestNetwork::new(4).genesis;
    let text = write_genesis(&genesis);
    assert!(text.starts_with("{\n  \"format\": \"florin-genesis-1\",\n  \"name\""));
    assert!(text.ends_with("}\n") && !text.contains('\r'));
    let read = parse_genesis(text.as_bytes()).unwrap();
    assert_eq!(read, genesis);
    assert_eq!(read.chain_id(), genesis.chain_id());
}

#[test]
fn w19_unknown_repeated_and_missing_fields_are_refused() {
    let text = write_genesis(&TestNetwork::new(4).genesis);
    let rows = [
        text.replacen("\"name\"", "\"extra\": 1,\n  \"name\"", 1),
        text.replacen("\"epoch\": 0", "\"epoch\": 0,\n  \"epoch\": 0", 1),
        text.replacen("  \"epoch\": 0,\n", "", 1),
        text.replacen("\"block_bytes\"", "\"block_byte\"", 1),
        text.replacen("\"vote_key\": \"", "\"vote_key\": \"A", 1),
        text.replacen("florin-genesis-1", "florin-genesis-2", 1),
    ];
    for changed in rows {
        assert_ne!(changed, text);
        let refused = parse_genesis(changed.as_bytes());
        assert_eq!(refused, Err(VerifyError::WrongFormat { expected: FORMAT }), "{changed}");
    }
}

#[test]
fn w19_a_genesis_that_contradicts_itself_is_not_valid() {
    let mut genesis = TestNetwork::new(4).genesis;
    genesis.validators.reverse();
    let refused = parse_genesis(write_genesis(&genesis).as_bytes()).unwrap_err();
    assert!(matches!(refused, VerifyError::Genesis(_)));
    assert_eq!(refused.class(), Class::NotValid);
}

#[test]
fn w19_what_is_not_json_or_too_large_is_unreadable() {
    let cut = write_genesis(&TestNetwork::new(1).genesis);
    let cut = &cut.as_bytes()[..cut.len() / 2];
    let spaces = vec![b' '; MAX_GENESIS_FILE_BYTES + 1];
    for bytes in [&b""[..], b"\xff\xfe", b"[]", b"7", b"{}", cut, &spaces] {
        let refused = parse_genesis(bytes).unwrap_err();
        assert_eq!(refused.class(), Class::Unreadable, "{refused}");
        assert_eq!(refused.exit_code(), 2);
    }
}

#[test]
fn w4_the_chain_id_is_the_hash_of_the_canonical_bytes_not_of_json() {
    let genesis = TestNetwork::new(4).genesis;
    let expected = Domain::Chain.hash(&encode(&genesis));
    assert_eq!(genesis.chain_id().get(), expected.get());
    let compact = serde_json::to_vec(&genesis).unwrap();
    assert_eq!(parse_genesis(&compact).unwrap().chain_id(), genesis.chain_id());
}

#[test]
fn w4_a_genesis_that_differs_in_anything_is_another_network() {
    let genesis = TestNetwork::new(4).genesis;
    let mut others = vec![genesis.clone(); 5];
    others[0].epoch = 1;
    others[1].time = LedgerTime::new(1);
    others[2].currencies[0].scale = 1;
    others[3].validators[1].proof_of_possession = Voter::new(9).prove_possession();
    others[4].thresholds.treasury = 3;
    for other in others {
        assert_ne!(other.chain_id(), genesis.chain_id());
    }
}

#[test]
fn w4_another_validator_key_is_another_network() {
    let mut genesis = TestNetwork::new(4).genesis;
    let chain = genesis.chain_id();
    let voter = Voter::new(77);
    genesis.validators[1].vote_key = voter.vote_key();
    genesis.validators[1].proof_of_possession = voter.prove_possession();
    assert_ne!(Committee::new(&genesis).unwrap().chain(), chain);
}
