//! The committee: who votes, with which keys, under which namespace.
//!
//! # Place      genesis -> [committee] -> the engine's signing scheme
//! # Invariants no key votes before its holder proved to hold the secret (rogue-key attack)
//! # Absent     change of committee (a later epoch), addresses (node config)

use bytes::Bytes;
use commonware_codec::DecodeExt as _;
use commonware_consensus::simplex::scheme::bls12381_multisig;
use commonware_cryptography::{
    bls12381::primitives::{
        ops,
        variant::{MinSig, Variant},
    },
    ed25519,
};
use commonware_utils::{TryCollect as _, ordered::BiMap};
use ledger_core::{
    genesis::{Genesis, Validator},
    id::ChainId,
    signature::PublicKey,
};

use crate::{
    error::{CommitteeError, StartError},
    keys::{IdentitySecret, VoteSecret},
};

/// What a proof of possession signs under. Never the chain id: that would be circular.
pub const ENROLMENT_NAMESPACE: &[u8] = b"florin/enrol/1";

/// The engine's signing scheme: BLS12-381 multisignatures with 48-byte signatures.
pub type Scheme = bls12381_multisig::Scheme<ed25519::PublicKey, MinSig>;

type VotePoint = <MinSig as Variant>::Public;
type ProofPoint = <MinSig as Variant>::Signature;

/// What votes are signed under: `florin/` and the 32 bytes of the chain id.
#[must_use]
pub fn namespace(chain: &ChainId) -> Vec<u8> {
    [b"florin/".as_slice(), chain.get()].concat()
}

/// Checks a genesis entirely: its own rules and every validator's keys and proof of possession.
///
/// # Errors
/// [`CommitteeError`], naming the first fault.
pub fn check_genesis(genesis: &Genesis) -> Result<(), CommitteeError> {
    genesis.check()?;
    if genesis.epoch != 0 {
        return Err(CommitteeError::Epoch);
    }
    for (index, validator) in genesis.validators.iter().enumerate() {
        let point = vote_point(index, validator)?;
        let proof = Bytes::copy_from_slice(validator.proof_of_possession.get());
        let proof =
            ProofPoint::decode(proof).map_err(|_| CommitteeError::ProofOfPossession { index })?;
        ops::verify_proof_of_possession::<MinSig>(&point, ENROLMENT_NAMESPACE, &proof)
            .map_err(|_| CommitteeError::ProofOfPossession { index })?;
    }
    participants(genesis).map(|_| ())
}

/// A scheme that verifies certificates of the genesis committee and cannot sign.
///
/// # Errors
/// As [`check_genesis`].
pub fn verifier(genesis: &Genesis) -> Result<Scheme, CommitteeError> {
    check_genesis(genesis)?;
    Ok(Scheme::verifier(&namespace(&genesis.chain_id()), participants(genesis)?))
}

/// A scheme that votes as the holder of these secrets.
///
/// # Errors
/// As [`check_genesis`], or when the secrets are not those of one validator of the genesis.
pub fn signer(
    genesis: &Genesis,
    identity: &IdentitySecret,
    vote: &VoteSecret,
) -> Result<Scheme, StartError> {
    check_genesis(genesis)?;
    let identity = identity.public_key();
    let own = genesis.validators.iter().find(|v| v.identity == identity);
    let own = own.ok_or(StartError::NotAValidator)?;
    if own.vote_key != vote.vote_key() {
        return Err(StartError::OtherVoteKey);
    }
    let namespace = namespace(&genesis.chain_id());
    Scheme::signer(&namespace, participants(genesis)?, vote.engine_key().clone())
        .ok_or(StartError::OtherVoteKey)
}

/// The engine's form of an identity; `None` when the bytes are not an Ed25519 key.
#[must_use]
pub fn engine_identity(identity: &PublicKey) -> Option<ed25519::PublicKey> {
    ed25519::PublicKey::decode(Bytes::copy_from_slice(identity.get())).ok()
}

fn vote_point(index: usize, validator: &Validator) -> Result<VotePoint, CommitteeError> {
    VotePoint::decode(Bytes::copy_from_slice(validator.vote_key.get()))
        .map_err(|_| CommitteeError::VoteKey { index })
}

fn participants(genesis: &Genesis) -> Result<BiMap<ed25519::PublicKey, VotePoint>, CommitteeError> {
    let mut pairs = Vec::with_capacity(genesis.validators.len());
    for (index, validator) in genesis.validators.iter().enumerate() {
        let identity =
            engine_identity(&validator.identity).ok_or(CommitteeError::Identity { index })?;
        pairs.push((identity, vote_point(index, validator)?));
    }
    pairs.into_iter().try_collect().map_err(|_| CommitteeError::Duplicate)
}
