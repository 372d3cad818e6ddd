//! Ed25519 with ZIP-215 rules, by named purpose.
//!
//! What is signed is never raw bytes but a [`Statement`]: a typed value under a domain string of
//! its own. Single and batch verification accept exactly the same set of signatures (ZIP-215), so
//! that every node, however it checks, reaches the same verdict.
//!
//! # Place      clients sign -> [signature] checks a block -> execution takes `Verified` only
//! # Invariants W3 single and batch verification agree; small-order keys are never registered
//! # Absent     key storage (files and HSMs are behind [`Signer`] in the processes that hold keys)

use curve25519_dalek::edwards::CompressedEdwardsY;
use ed25519_zebra::{VerificationKey, VerificationKeyBytes, batch};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use crate::{
    codec::fixed_bytes,
    digest::{Domain, Hash32},
};

fixed_bytes!(
    /// An Ed25519 public key.
    PublicKey,
    32
);
fixed_bytes!(
    /// An Ed25519 signature.
    Signature,
    64
);

impl PublicKey {
    /// Whether the key may be registered: canonical encoding of a point that is not of small order.
    #[must_use]
    pub fn is_acceptable(&self) -> bool {
        let compressed = CompressedEdwardsY(*self.get());
        compressed
            .decompress()
            .is_some_and(|point| point.compress() == compressed && !point.is_small_order())
    }
}

/// Something that is signed: a value under its domain.
pub trait Statement {
    /// The domain string it is signed under.
    fn domain(&self) -> Domain;
    /// Its canonical bytes.
    fn bytes(&self) -> Vec<u8>;

    /// The 32 bytes that the key signs: the domain's hash of the canonical bytes.
    fn digest(&self) -> Hash32 {
        self.domain().hash(&self.bytes())
    }
}

/// Why a key could not sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignerError {
    /// The device that holds the key did not answer.
    #[error("the key store did not answer; check that it is reachable, then retry")]
    Unavailable,
    /// The key's policy does not allow this purpose.
    #[error("the key is not for this purpose; use the key registered for it")]
    WrongPurpose,
}

/// A key that signs statements: a file in development, an HSM in production.
pub trait Signer: Send + Sync {
    /// The key's public half.
    fn public_key(&self) -> PublicKey;

    /// Signs a statement.
    ///
    /// # Errors
    /// [`SignerError`], when the key's store does not answer or refuses the purpose.
    fn sign(&self, statement: &dyn Statement) -> Result<Signature, SignerError>;
}

/// A key and what it signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySignature {
    /// Who signed.
    pub key: PublicKey,
    /// The signature.
    pub signature: Signature,
}

/// A statement and one signature over it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed<T> {
    /// What was signed.
    pub value: T,
    /// Who signed it.
    pub by: KeySignature,
}

impl<T: Statement> Signed<T> {
    /// Signs a value.
    ///
    /// # Errors
    /// As the signer's.
    pub fn new(value: T, signer: &dyn Signer) -> Result<Self, SignerError> {
        let signature = signer.sign(&value)?;
        Ok(Self { value, by: KeySignature { key: signer.public_key(), signature } })
    }

    /// What has to be verified about it.
    #[must_use]
    pub fn claim(&self) -> Claim {
        Claim { by: self.by, digest: self.value.digest() }
    }
}

/// One signature to be checked: this key signed this digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Key and signature.
    pub by: KeySignature,
    /// What was signed.
    pub digest: Hash32,
}

impl Claim {
    /// Checks it alone, with ZIP-215 rules.
    #[must_use]
    pub fn holds(&self) -> bool {
        let signature = ed25519_zebra::Signature::from_bytes(self.by.signature.get());
        VerificationKey::try_from(*self.by.key.get())
            .is_ok_and(|key| key.verify(&signature, self.digest.get()).is_ok())
    }
}

/// Checks many at once; cheap when a few keys signed most of them. On failure the caller may ask
/// [`Claim::holds`] of each to find the culprit: both accept the same set.
pub fn all_hold(claims: &[Claim], rng: impl CryptoRng) -> bool {
    let mut batch = batch::Verifier::new();
    for claim in claims {
        let key = VerificationKeyBytes::from(*claim.by.key.get());
        let signature = ed25519_zebra::Signature::from_bytes(claim.by.signature.get());
        batch.queue((key, signature, claim.digest.get()));
    }
    batch.verify(rng).is_ok()
}

/// A private key in memory: what development, demos and tests sign with.
pub struct MemorySigner(ed25519_zebra::SigningKey);

impl MemorySigner {
    /// From the 32 secret bytes (RFC 8032's seed).
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(ed25519_zebra::SigningKey::from_bytes(secret))
    }

    /// Signs bytes of another protocol that defines its own signature base, such as RFC 9421.
    /// Never call it for something the ledger reads.
    #[must_use]
    pub fn sign_foreign_protocol(&self, bytes: &[u8]) -> Signature {
        Signature::new(self.0.sign(bytes).to_bytes())
    }
}

impl Signer for MemorySigner {
    fn public_key(&self) -> PublicKey {
        PublicKey::new(VerificationKeyBytes::from(&self.0).into())
    }

    fn sign(&self, statement: &dyn Statement) -> Result<Signature, SignerError> {
        Ok(Signature::new(self.0.sign(statement.digest().get()).to_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Note(u8);
    impl Statement for Note {
        fn domain(&self) -> Domain {
            Domain::Message
        }
        fn bytes(&self) -> Vec<u8> {
            vec![self.0]
        }
    }

    fn claim(secret: u8, note: u8) -> Claim {
        let signer = MemorySigner::new(&[secret; 32]);
        let signature = signer.sign(&Note(note)).unwrap();
        Claim {
            by: KeySignature { key: signer.public_key(), signature },
            digest: Note(note).digest(),
        }
    }

    #[test]
    fn w3_single_and_batch_accept_the_same() {
        let good: Vec<_> = (0..20).map(|n| claim(n % 3 + 1, n)).collect();
        assert!(good.iter().all(Claim::holds));
        assert!(all_hold(&good, rand::rng()));
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at].digest = Note(99).digest();
            assert!(!bad[at].holds());
            assert!(!all_hold(&bad, rand::rng()));
        }
    }

    #[test]
    fn w3_a_small_order_key_is_not_acceptable() {
        let mut identity = [0u8; 32];
        identity[0] = 1;
        assert!(!PublicKey::new(identity).is_acceptable());
        assert!(!PublicKey::new([0; 32]).is_acceptable());
        assert!(MemorySigner::new(&[7; 32]).public_key().is_acceptable());
    }

    #[test]
    fn w3_a_non_canonical_key_is_not_acceptable() {
        // y = p + 1, a second spelling of y = 1.
        let mut bytes = [0xffu8; 32];
        bytes[0] = 0xee;
        bytes[31] = 0x7f;
        assert!(!PublicKey::new(bytes).is_acceptable());
    }

    #[test]
    fn w3_a_key_is_the_canonical_encoding_of_a_point_of_large_order() {
        let acceptable = |bytes: [u8; 32]| PublicKey::new(bytes).is_acceptable();
        for secret in 1..=20 {
            assert!(acceptable(*MemorySigner::new(&[secret; 32]).public_key().get()));
        }
        // Of what is counted from zero about half is no point at all, and few are of small order.
        let small = |number: u8| {
            let mut bytes = [0; 32];
            bytes[0] = number;
            bytes
        };
        let points = (0..=255).filter(|number| acceptable(small(*number))).count();
        assert!((90..=165).contains(&points), "{points}");
        assert!(!acceptable(small(0)) && !acceptable(small(1)));
        // The same numbers and the prime are no canonical encoding of anything.
        for number in 0xed..=0xff {
            for sign in [0x7f, 0xff] {
                let mut bytes = [0xff; 32];
                (bytes[0], bytes[31]) = (number, sign);
                assert!(!acceptable(bytes), "{number} {sign}");
            }
        }
    }
}
