//! What the engine's votes need to know of the ledger, read beside its executor.
//!
//! # Place      store -> [reader] -> `consensus` (`ResultsReader`)
//! # Absent     writing (see `pipeline`)

use consensus::ResultsReader;
use ledger_core::{
    address::Addresses,
    block::Results,
    digest::Hash32,
    genesis::{Limits, VoteKey},
    misconduct::Evidence,
    rules::{Rules, RulesVersion},
    time::{Height, LedgerTime},
    validators::Committee,
};
use ledger_store::View;

/// Own results for the engine's votes.
pub(super) struct Reader(pub(super) View);

impl ResultsReader for Reader {
    fn results(&self, height: Height) -> Option<Results> {
        self.0.results_at(height).unwrap_or_else(|error| {
            tracing::error!(%error, %height, "ledger.results");
            None
        })
    }

    fn block(&self, height: Height) -> Option<(Hash32, Option<LedgerTime>)> {
        let digest = self.0.history_leaf(height).map(|leaf| leaf.map(|leaf| leaf.digest));
        let digest = digest.unwrap_or_else(|error| {
            tracing::error!(%error, %height, "ledger.block");
            None
        });
        // Of a restored ledger the headers up to its snapshot are not kept.
        let time = self.0.header(height).ok().flatten().map(|header| header.time);
        digest.map(|digest| (digest, time))
    }

    fn limits_at(&self, height: Height) -> Option<Limits> {
        self.0.limits_at(height).unwrap_or_else(|error| {
            tracing::error!(%error, %height, "ledger.limits");
            None
        })
    }

    fn rules_at(&self, height: Height) -> Option<RulesVersion> {
        self.0.rules_at(height).unwrap_or_else(|error| {
            tracing::error!(%error, %height, "ledger.rules");
            None
        })
    }

    fn rules(&self) -> Option<Rules> {
        let found = self.0.rules();
        found.inspect_err(|error| tracing::error!(%error, "ledger.rules")).ok()
    }

    fn addresses(&self) -> Option<Addresses> {
        let found = self.0.addresses();
        found.inspect_err(|error| tracing::error!(%error, "ledger.addresses")).ok()
    }

    fn committee(&self) -> Option<Committee> {
        let found = self.0.committee();
        found.inspect_err(|error| tracing::error!(%error, "ledger.committee")).ok()
    }

    fn wants(&self, evidence: &Evidence) -> Option<VoteKey> {
        self.0.wants(evidence).unwrap_or_else(|error| {
            tracing::error!(%error, "ledger.wants");
            None
        })
    }

    fn has_served(&self, key: &VoteKey) -> bool {
        // What cannot be read is no reason to destroy a key.
        self.0
            .past_committees()
            .is_ok_and(|past| past.iter().flatten().any(|validator| validator.vote_key == *key))
    }
}
