//! Certificates as a third party checks them.
//!
//! # Place      tests/sim -> [checker] -> the engine's scheme, without secrets

use std::collections::BTreeMap;

use bytes::Bytes;
use commonware_codec::Decode as _;
use commonware_consensus::simplex::types::Finalization;
use commonware_cryptography::{certificate::Verifier as _, sha256::Digest};
use commonware_parallel::Sequential;
use ledger_core::{
    digest::Hash32, genesis::Genesis, id::ChainId, testing::TestRng, validators::Committee,
};

use crate::{
    block::hash_of,
    committee::{Scheme, verifier},
};

/// Checks certificates of a network's committees.
pub struct Checker {
    chain: ChainId,
    /// By the first epoch that each certifies.
    schemes: BTreeMap<u64, Scheme>,
}

impl Checker {
    /// Of the committee of genesis.
    ///
    /// # Panics
    /// When the genesis names none.
    #[must_use]
    pub fn new(genesis: &Genesis) -> Self {
        let mut checker = Self { chain: genesis.chain_id(), schemes: BTreeMap::new() };
        checker.learn(&Committee::new(genesis));
        checker
    }

    /// Takes a later committee from the ledger's record.
    ///
    /// # Panics
    /// When a key in it is none.
    pub fn learn(&mut self, record: &Committee) {
        let make = || verifier(&self.chain, &record.validators).expect("a committee");
        self.schemes.entry(record.epoch).or_insert_with(make);
    }

    /// What a certificate certifies; `None` when it is none.
    #[must_use]
    pub fn certified(&self, bytes: &[u8]) -> Option<Hash32> {
        self.schemes
            .iter()
            .rev()
            .find_map(|(first, scheme)| {
                let config = scheme.certificate_codec_config();
                let bytes = Bytes::copy_from_slice(bytes);
                let finalization =
                    Finalization::<Scheme, Digest>::decode_cfg(bytes, &config).ok()?;
                (finalization.proposal.round.epoch().get() >= *first)
                    .then_some((finalization, scheme))
            })
            .filter(|(found, scheme)| found.verify(&mut TestRng::default(), *scheme, &Sequential))
            .map(|(found, _)| hash_of(&found.proposal.payload))
    }
}
