//! Blocks on the wire, keys and committees.

mod network;

use bytes::Bytes;
use commonware_codec::{Decode as _, Encode as _};
use commonware_consensus::{Block as _, BoundedBlock as _, CertifiableBlock as _, Heightable as _};
use commonware_cryptography::Digestible as _;
use consensus::{
    CommitteeError, IdentitySecret, KeyError, VoteSecret,
    block::{OrderedBlock, codec_config, ledger_context},
    committee::{check_genesis, signer},
};
use ledger_core::{
    block::{Block, Context, Header, encode_payload},
    digest::Hash32,
    genesis::{Genesis, VoteSignature},
    time::LedgerTime,
};

fn network() -> Genesis {
    network::genesis(&network::secrets(4))
}

fn block(genesis: &Genesis) -> Block {
    let first = Header::genesis(genesis, Hash32::new([7; 32]));
    let leader = genesis.validators[1].identity;
    let context = Context { epoch: 0, view: 5, parent_view: 0, leader };
    let commands = [network::command(genesis, 1, LedgerTime::new(9_000))];
    let payload = encode_payload(&commands);
    let header = first.child(context, LedgerTime::new(8_000), &payload, first.results);
    Block { header, payload }
}

fn decode(bytes: Vec<u8>) -> Option<OrderedBlock> {
    OrderedBlock::decode_cfg(Bytes::from(bytes), &codec_config()).ok()
}

#[test]
fn c4_a_block_survives_its_encoding_and_is_what_the_engine_thinks() {
    let block = block(&network());
    let ordered = OrderedBlock::new(block.clone()).unwrap();
    let bytes = ordered.encode().to_vec();
    let decoded = decode(bytes.clone()).unwrap();
    assert_eq!(decoded.get(), &block);
    assert_eq!(decoded.encode().to_vec(), bytes);
    assert_eq!(decoded.digest().0, *block.header.digest().get());
    assert_eq!(decoded.parent().0, *block.header.parent.get());
    assert_eq!(decoded.height().get(), 1);
    assert_eq!(ledger_context(&decoded.context()), block.header.context);
    assert!(bytes.len() <= OrderedBlock::max_encode_size(&codec_config()));
}

#[test]
fn c4_no_changed_byte_decodes_to_a_block_of_the_same_digest() {
    let ordered = OrderedBlock::new(block(&network())).unwrap();
    let bytes = ordered.encode().to_vec();
    for at in 0..bytes.len() {
        for bit in [1, 0x80] {
            let mut changed = bytes.clone();
            changed[at] ^= bit;
            if let Some(other) = decode(changed.clone()) {
                assert_ne!(other.digest(), ordered.digest(), "byte {at}");
                assert_eq!(other.encode().to_vec(), changed, "byte {at}");
            }
        }
    }
    for length in 0..bytes.len() {
        assert!(decode(bytes[..length].to_vec()).is_none());
    }
    assert!(decode([bytes, vec![0]].concat()).is_none());
}

#[test]
fn the_genesis_block_is_a_block_for_the_engine() {
    let header = Header::genesis(&network(), Hash32::new([7; 32]));
    let first = OrderedBlock::new(Block { header, payload: Vec::new() }).unwrap();
    assert_eq!(first.height().get(), 0);
    assert_eq!(first.digest().0, *header.digest().get());
}

#[test]
fn secrets_survive_their_bytes_and_show_none_of_them() {
    let identity = IdentitySecret::generate(&mut rand::rng());
    let again = IdentitySecret::from_bytes(identity.to_bytes());
    assert_eq!(again.public_key(), identity.public_key());
    let vote = VoteSecret::generate(&mut rand::rng());
    let again = VoteSecret::from_bytes(&vote.to_bytes()).unwrap();
    assert_eq!(again.vote_key(), vote.vote_key());
    assert_eq!(again.prove_possession(), vote.prove_possession());
    let shown = format!("{identity:?} {vote:?}");
    let hex: String = vote.to_bytes().iter().map(|b| format!("{b:02x}")).collect();
    assert!(!shown.contains(&hex));
    assert_eq!(VoteSecret::from_bytes(&[0; 32]).err(), Some(KeyError::VoteSecret));
    assert_eq!(VoteSecret::from_bytes(&[0xff; 32]).err(), Some(KeyError::VoteSecret));
}

#[test]
fn an_identity_is_the_same_key_for_engine_and_ledger() {
    use ledger_core::signature::{MemorySigner, Signer as _};
    let seed = [5; 32];
    let signer = MemorySigner::new(&seed);
    assert_eq!(IdentitySecret::from_bytes(seed).public_key(), signer.public_key());
}

#[test]
fn a_committee_with_a_borrowed_or_missing_proof_is_refused() {
    let good = network();
    assert_eq!(check_genesis(&good), Ok(()));
    let mut borrowed = good.clone();
    borrowed.validators[2].proof_of_possession = good.validators[1].proof_of_possession;
    let refused = Err(CommitteeError::ProofOfPossession { index: 2 });
    assert_eq!(check_genesis(&borrowed), refused);
    let mut missing = good.clone();
    missing.validators[2].proof_of_possession = VoteSignature::new([0; 48]);
    assert_eq!(check_genesis(&missing), refused);
    let mut later = good.clone();
    later.epoch = 1;
    assert!(matches!(check_genesis(&later), Err(CommitteeError::Genesis(_))));
    let mut unsorted = good;
    unsorted.validators.swap(0, 1);
    assert!(matches!(check_genesis(&unsorted), Err(CommitteeError::Genesis(_))));
}

#[test]
fn only_the_holder_of_a_listed_key_votes() {
    let secrets = network::secrets(5);
    let genesis = network::genesis(&secrets[..4]);
    let votes = |vote| signer(&genesis.chain_id(), &genesis.validators, vote).unwrap().is_some();
    assert!(votes(&secrets[0].vote));
    assert!(!votes(&secrets[4].vote));
}
