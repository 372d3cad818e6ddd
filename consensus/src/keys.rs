//! A validator's secrets, each for one named purpose.
//!
//! # Place      `florin keygen` makes them; the node's config loads them; the engine signs with them
//! # Invariants the vote key signs votes and its own proof of possession, nothing else
//! # Absent     files and their permissions (the node's part); keys of members and roles

use bytes::Bytes;
use commonware_codec::{DecodeExt as _, Encode as _};
use commonware_cryptography::{
    Signer as _,
    bls12381::primitives::{group::Private, ops, variant::MinSig},
    ed25519,
};
use commonware_math::algebra::Random as _;
use ledger_core::{
    genesis::{VoteKey, VoteSignature},
    signature::PublicKey,
};
use rand_core::CryptoRng;

use crate::{committee::ENROLMENT_NAMESPACE, error::KeyError};

/// A validator's identity on the validators' network (Ed25519).
#[derive(Clone)]
pub struct IdentitySecret([u8; 32]);

impl IdentitySecret {
    /// A fresh one.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        Self(seed)
    }

    /// From its 32 secret bytes (RFC 8032's seed).
    #[must_use]
    pub const fn from_bytes(seed: [u8; 32]) -> Self {
        Self(seed)
    }

    /// The 32 secret bytes.
    #[must_use]
    pub const fn to_bytes(&self) -> [u8; 32] {
        self.0
    }

    /// Its public half, as the genesis lists it.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.engine_key().public_key().as_ref());
        PublicKey::new(bytes)
    }

    /// The engine's form of it.
    pub(crate) fn engine_key(&self) -> ed25519::PrivateKey {
        // Every 32 bytes are a seed, so decoding cannot fail.
        ed25519::PrivateKey::decode(Bytes::copy_from_slice(&self.0))
            .expect("32 bytes are an Ed25519 seed")
    }
}

impl std::fmt::Debug for IdentitySecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IdentitySecret({})", self.public_key())
    }
}

/// What a validator votes with (BLS12-381, MinSig).
#[derive(Clone)]
pub struct VoteSecret(Private);

impl VoteSecret {
    /// A fresh one.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self(Private::random(rng))
    }

    /// From the 32 bytes of its scalar, big-endian.
    ///
    /// # Errors
    /// [`KeyError::VoteSecret`], when they are not a non-zero scalar of the group.
    pub fn from_bytes(scalar: &[u8; 32]) -> Result<Self, KeyError> {
        Private::decode(Bytes::copy_from_slice(scalar)).map(Self).map_err(|_| KeyError::VoteSecret)
    }

    /// The 32 bytes of its scalar, big-endian.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(&self.0.encode());
        bytes
    }

    /// Its public half, as the genesis lists it.
    #[must_use]
    pub fn vote_key(&self) -> VoteKey {
        let mut bytes = [0; 96];
        bytes.copy_from_slice(&ops::compute_public::<MinSig>(&self.0).encode());
        VoteKey::new(bytes)
    }

    /// Proves that whoever publishes the vote key holds its secret.
    #[must_use]
    pub fn prove_possession(&self) -> VoteSignature {
        let proof = ops::sign_proof_of_possession::<MinSig>(&self.0, ENROLMENT_NAMESPACE);
        let mut bytes = [0; 48];
        bytes.copy_from_slice(&proof.encode());
        VoteSignature::new(bytes)
    }

    /// The engine's form of it.
    pub(crate) const fn engine_key(&self) -> &Private {
        &self.0
    }
}

impl std::fmt::Debug for VoteSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VoteSecret({})", self.vote_key())
    }
}
