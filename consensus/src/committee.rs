//! Committees: who votes in which epoch, with which keys, under which namespace.
//!
//! # Place      genesis and the ledger's record -> [committee] -> the engine's signing schemes
//! # Invariants no key votes before its holder proved to hold the secret (rogue-key attack): those of
//! #            genesis are checked here, those that join by the ledger (D5)
//! # Absent     when an epoch begins (rotation), addresses (node config)

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use commonware_codec::DecodeExt as _;
use commonware_consensus::{simplex::scheme::bls12381_multisig, types::Epoch};
use commonware_cryptography::{
    bls12381::primitives::{
        ops,
        variant::{MinSig, Variant},
    },
    certificate::{Provider, Scoped},
    ed25519,
};
use commonware_utils::{TryCollect as _, ordered::BiMap};
use ledger_core::{
    digest::Hash32,
    epoch::Epochs,
    genesis::{Genesis, Validator, VoteKey},
    id::ChainId,
    signature::PublicKey,
    time::Height,
    validators::Committee,
};

use crate::{
    error::CommitteeError,
    keys::{IdentitySecret, VoteSecret},
    limits::KEPT_EPOCHS,
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
    for (index, validator) in genesis.validators.iter().enumerate() {
        let point = vote_point(index, validator)?;
        let proof = Bytes::copy_from_slice(validator.proof_of_possession.get());
        let proof =
            ProofPoint::decode(proof).map_err(|_| CommitteeError::ProofOfPossession { index })?;
        ops::verify_proof_of_possession::<MinSig>(&point, ENROLMENT_NAMESPACE, &proof)
            .map_err(|_| CommitteeError::ProofOfPossession { index })?;
    }
    participants(&genesis.validators).map(|_| ())
}

/// A scheme that verifies certificates of these validators and cannot sign.
///
/// # Errors
/// [`CommitteeError`], when a key is none.
pub fn verifier(chain: &ChainId, validators: &[Validator]) -> Result<Scheme, CommitteeError> {
    Ok(Scheme::verifier(&namespace(chain), participants(validators)?))
}

/// A scheme that votes with this secret; `None` when these validators do not list its key.
///
/// # Errors
/// [`CommitteeError`], when a key is none.
pub fn signer(
    chain: &ChainId,
    validators: &[Validator],
    vote: &VoteSecret,
) -> Result<Option<Scheme>, CommitteeError> {
    let participants = participants(validators)?;
    Ok(Scheme::signer(&namespace(chain), participants, vote.engine_key().clone()))
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

fn participants(
    validators: &[Validator],
) -> Result<BiMap<ed25519::PublicKey, VotePoint>, CommitteeError> {
    let mut pairs = Vec::with_capacity(validators.len());
    for (index, validator) in validators.iter().enumerate() {
        let identity =
            engine_identity(&validator.identity).ok_or(CommitteeError::Identity { index })?;
        pairs.push((identity, vote_point(index, validator)?));
    }
    pairs.into_iter().try_collect().map_err(|_| CommitteeError::Duplicate)
}

/// This validator's part in a committee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// It votes, with this key.
    Votes(VoteKey),
    /// Its identity is listed with a vote key that it does not hold.
    OtherKey(VoteKey),
    /// It is listed with this key, and what it voted for in this epoch before may be lost: it follows
    /// until the next one (C6).
    Waits(VoteKey),
    /// It is not listed: it follows.
    Follows,
}

impl Seat {
    /// What it is in an epoch whose earlier votes may be lost.
    #[must_use]
    pub(crate) const fn without_record(self) -> Self {
        match self {
            Self::Votes(key) => Self::Waits(key),
            Self::OtherKey(_) | Self::Waits(_) | Self::Follows => self,
        }
    }
}

/// The committee of an epoch, as this validator takes part in it.
#[derive(Clone)]
pub(crate) struct EpochCommittee {
    /// Its hash, as headers carry it.
    pub(crate) hash: Hash32,
    pub(crate) scheme: Arc<Scheme>,
    pub(crate) seat: Seat,
    pub(crate) validators: Arc<Vec<Validator>>,
}

/// The committees of the epochs around the present one; clones share them.
#[derive(Clone)]
pub(crate) struct Committees(Arc<Inner>);

struct Inner {
    chain: ChainId,
    epochs: Epochs,
    identity: PublicKey,
    votes: Vec<VoteSecret>,
    known: Mutex<BTreeMap<u64, EpochCommittee>>,
}

impl Committees {
    /// None yet, of a network, for the holder of these secrets.
    pub(crate) fn new(genesis: &Genesis, identity: &IdentitySecret, votes: &[VoteSecret]) -> Self {
        Self(Arc::new(Inner {
            chain: genesis.chain_id(),
            epochs: Epochs::of(genesis),
            identity: identity.public_key(),
            votes: votes.to_vec(),
            known: Mutex::default(),
        }))
    }

    /// How heights fall into epochs.
    pub(crate) fn epochs(&self) -> Epochs {
        self.0.epochs
    }

    /// Takes from the record after block `after` who certifies the epoch of the next block, and the one
    /// after that.
    ///
    /// # Errors
    /// [`CommitteeError`], when a key is none.
    pub(crate) fn learn(&self, record: &Committee, after: Height) -> Result<(), CommitteeError> {
        let now = self.epochs().containing(after.next());
        for epoch in [now.saturating_sub(1), now, now.saturating_add(1)] {
            let Some(committee) = record.of_epoch(epoch, after) else { continue };
            if self.of(epoch).is_none() {
                let made = self.make(&committee)?;
                self.known().insert(epoch, made);
            }
        }
        self.known().retain(|epoch, _| epoch.saturating_add(KEPT_EPOCHS) >= now);
        Ok(())
    }

    fn make(&self, committee: &Committee) -> Result<EpochCommittee, CommitteeError> {
        let inner = &self.0;
        let listed = committee.validators.iter().find(|one| one.identity == inner.identity);
        let held = listed
            .and_then(|own| inner.votes.iter().find(|secret| secret.vote_key() == own.vote_key));
        let validators = committee.validators.as_slice();
        let (scheme, seat) = match (listed, held) {
            (Some(own), Some(secret)) => {
                let scheme = signer(&inner.chain, validators, secret)?;
                (scheme.ok_or(CommitteeError::Duplicate)?, Seat::Votes(own.vote_key))
            }
            (Some(own), None) => {
                (verifier(&inner.chain, validators)?, Seat::OtherKey(own.vote_key))
            }
            (None, _) => (verifier(&inner.chain, validators)?, Seat::Follows),
        };
        let validators = Arc::new(committee.validators.clone());
        Ok(EpochCommittee { hash: committee.hash(), scheme: Arc::new(scheme), seat, validators })
    }

    /// The committee of an epoch, while it is known.
    pub(crate) fn of(&self, epoch: u64) -> Option<EpochCommittee> {
        self.known().get(&epoch).cloned()
    }

    /// The hash of the committee after an epoch, which its last header names.
    pub(crate) fn after(&self, epoch: u64) -> Option<Hash32> {
        self.known().get(&epoch.saturating_add(1)).map(|found| found.hash)
    }

    /// Those of the vote keys held here that votes may still be cast with, from an epoch on.
    pub(crate) fn needs(&self, epoch: u64) -> Vec<VoteKey> {
        let seats = [epoch, epoch.saturating_add(1)].map(|epoch| self.of(epoch));
        let seats = seats.into_iter().flatten().map(|found| found.seat);
        let votes = seats.filter_map(|seat| match seat {
            Seat::Votes(key) | Seat::OtherKey(key) | Seat::Waits(key) => Some(key),
            Seat::Follows => None,
        });
        votes.collect()
    }

    /// The public halves of the vote keys held here.
    pub(crate) fn held(&self) -> Vec<VoteKey> {
        self.0.votes.iter().map(VoteSecret::vote_key).collect()
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<u64, EpochCommittee>> {
        // Every change is one insertion or removal.
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Provider for Committees {
    type Scope = Epoch;
    type Scheme = Scheme;

    fn scoped(&self, epoch: Epoch) -> Option<Scoped<Scheme>> {
        self.of(epoch.get()).map(|found| Scoped::scheme(found.scheme))
    }
}
