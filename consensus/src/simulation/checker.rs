//! Certificates as a third party checks them.
//!
//! # Place      tests/sim -> [checker] -> the engine's scheme, without secrets

use bytes::Bytes;
use commonware_codec::Decode as _;
use commonware_consensus::simplex::types::Finalization;
use commonware_cryptography::{certificate::Verifier as _, sha256::Digest};
use commonware_parallel::Sequential;
use ledger_core::{digest::Hash32, genesis::Genesis, testing::TestRng};

use crate::{
    block::hash_of,
    committee::{Scheme, verifier},
};

/// Checks certificates of a genesis committee.
pub struct Checker(Scheme);

impl Checker {
    /// Of this committee.
    ///
    /// # Panics
    /// When the genesis names none.
    #[must_use]
    pub fn new(genesis: &Genesis) -> Self {
        Self(verifier(&genesis.chain_id(), &genesis.validators).expect("a committee"))
    }

    /// What a certificate certifies; `None` when it is none.
    #[must_use]
    pub fn certified(&self, bytes: &[u8]) -> Option<Hash32> {
        let config = self.0.certificate_codec_config();
        let bytes = Bytes::copy_from_slice(bytes);
        let finalization = Finalization::<Scheme, Digest>::decode_cfg(bytes, &config).ok()?;
        let holds = finalization.verify(&mut TestRng::default(), &self.0, &Sequential);
        holds.then(|| hash_of(&finalization.proposal.payload))
    }
}
