//! Certificates: a quorum of validators says that a header is final.
//!
//! A certificate is the `Finalization` of commonware simplex 2026.10.0 with BLS12-381 multisig
//! certificates in the variant `MinSig`. Its bytes and the signed message are in
//! docs/spec/wire.md; this module is written from that text, not over the engine's code.
//!
//! # Place      the last step of every proof: the header it leads to is certified
//! # Invariants W13 a certificate has one encoding; W14 a quorum signed this very header
//! # Absent     who is in the committee (committee), notarizations, nullifications

use bls12_381::G2Affine;
use ledger_core::{
    bls::{VOTE_TAG, hash_to_g1, holds, namespaced, put_varint, signature, sum},
    digest::Hash32,
    genesis::VoteSignature,
    id::ChainId,
};

use crate::{error::VerifyError, limits::MAX_CERTIFICATE_BYTES};

/// What the namespace of a network's votes begins with; the chain id follows.
const VOTE_NAMESPACE: &[u8] = b"florin/";
/// What the engine appends to the namespace for votes to finalize.
const FINALIZE: &[u8] = b"_FINALIZE";

/// How many of `validators` must sign: all but f, where f is the largest number below a third.
#[must_use]
pub const fn quorum(validators: usize) -> usize {
    validators.saturating_sub(validators.saturating_sub(1) / 3)
}

/// A decoded certificate. Decoding checks no signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finalization {
    /// Epoch of the header.
    pub epoch: u64,
    /// View of the header.
    pub view: u64,
    /// View of the header's parent.
    pub parent_view: u64,
    /// Digest of the header.
    pub digest: Hash32,
    /// Who signed: places in the committee, from 0, ascending.
    pub signers: Vec<usize>,
    /// The sum of their signatures.
    pub signature: VoteSignature,
}

impl Finalization {
    /// Decodes the canonical bytes for a committee of this size.
    ///
    /// # Errors
    /// [`VerifyError::CertificateMalformed`] for anything but the one canonical encoding.
    pub fn decode(bytes: &[u8], validators: usize) -> Result<Self, VerifyError> {
        if bytes.len() > MAX_CERTIFICATE_BYTES {
            return Err(VerifyError::CertificateMalformed { part: "length" });
        }
        let at = |part: &'static str| VerifyError::CertificateMalformed { part };
        let mut rest = Rest(bytes);
        let epoch = rest.varint().ok_or(at("epoch"))?;
        let view = rest.varint().ok_or(at("view"))?;
        let parent_view = rest.varint().ok_or(at("parent view"))?;
        let digest = Hash32::new(rest.take().ok_or(at("digest"))?);
        let signers = rest.bitmap(validators).ok_or(at("signers"))?;
        let signature = VoteSignature::new(rest.take().ok_or(at("signature"))?);
        if !rest.0.is_empty() {
            return Err(at("end"));
        }
        Ok(Self { epoch, view, parent_view, digest, signers, signature })
    }

    /// What each signer signed.
    #[must_use]
    pub fn message(&self, chain: &ChainId) -> Vec<u8> {
        let namespace = [VOTE_NAMESPACE, chain.get(), FINALIZE].concat();
        let mut proposal = Vec::new();
        for number in [self.epoch, self.view, self.parent_view] {
            put_varint(&mut proposal, number);
        }
        proposal.extend_from_slice(self.digest.get());
        namespaced(&namespace, &proposal)
    }

    pub(crate) fn check_signature(
        &self,
        chain: &ChainId,
        keys: &[G2Affine],
    ) -> Result<(), VerifyError> {
        let (found, needed) = (self.signers.len(), quorum(keys.len()));
        if found < needed {
            return Err(VerifyError::Quorum { found, needed });
        }
        let signers = self.signers.iter().filter_map(|at| keys.get(*at));
        let signature = signature(&self.signature).ok_or(VerifyError::Signature)?;
        let point = hash_to_g1(&self.message(chain), VOTE_TAG);
        if holds(&sum(signers), &point, &signature) { Ok(()) } else { Err(VerifyError::Signature) }
    }
}

/// What is left to decode. A `None` anywhere means: not canonical.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, tail) = self.0.split_first_chunk::<N>()?;
        self.0 = tail;
        Some(*head)
    }

    /// An integer of at most 64 bits in as few bytes as it needs.
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let [byte] = self.take()?;
            let bits = u64::from(byte & 0x7f);
            // The tenth byte has room for one bit only.
            if shift == 63 && byte > 1 {
                return None;
            }
            value |= bits.checked_shl(shift)?;
            if byte & 0x80 == 0 {
                let padded = byte == 0 && shift > 0;
                return (!padded).then_some(value);
            }
        }
        None
    }

    /// The places of the bits set in a bitmap of exactly `validators` bits: its length as eight
    /// bytes, big-endian, then bit i in byte i / 8 at position i % 8 from the lowest.
    fn bitmap(&mut self, validators: usize) -> Option<Vec<usize>> {
        let length = u64::from_be_bytes(self.take()?);
        if length != u64::try_from(validators).ok()? {
            return None;
        }
        let mut signers = Vec::new();
        let mut place = 0usize;
        for _ in 0..validators.div_ceil(8) {
            let [byte] = self.take()?;
            for bit in 0..8u32 {
                if byte.checked_shr(bit)? & 1 == 1 {
                    signers.push(place);
                }
                place = place.checked_add(1)?;
            }
        }
        // Bits beyond the last validator are padding and must be zero.
        signers.iter().all(|signer| *signer < validators).then_some(signers)
    }
}

#[cfg(test)]
mod tests;
