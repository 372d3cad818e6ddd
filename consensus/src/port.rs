//! The replicated ledger as consensus sees it.
//!
//! # Place      consensus -> [port] -> node's adapter over ledger-core and ledger-store
//! # Absent     commands' meaning, storage layout

use std::sync::Arc;

use futures::future::BoxFuture;
use ledger_core::{
    address::Addresses,
    block::{Header, Results, ValidBlock},
    digest::Hash32,
    genesis::{Limits, VoteKey},
    id::CommandId,
    misconduct::Evidence,
    rules::{Rules, RulesVersion},
    time::{Height, LedgerTime},
    validators::Committee,
};

/// Why the ledger could not do what it was told; every one of them stops the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// The device or database did not take a write or answer a read.
    #[error("the ledger's storage failed; check disk space and device health, then restart")]
    Storage,
    /// What is stored contradicts itself.
    #[error("the ledger's storage is corrupt; restore it from a snapshot")]
    Corrupt,
    /// Execution reached a state that no input may reach.
    #[error("the ledger met an internal fault; keep its folder and report it")]
    Internal,
}

/// The replicated ledger. One per node; the executor owns it.
pub trait Ledger: Send + 'static {
    /// Header of the last executed block; the genesis header before the first.
    fn applied(&self) -> Header;

    /// A shared view of its own results.
    fn reader(&self) -> Arc<dyn ResultsReader>;

    /// Commands that were executed and can still be ordered, with a time after which they cannot: a
    /// pool that starts takes them in no more.
    fn seen(&self) -> Vec<(LedgerTime, CommandId)>;

    /// Executes the block above [`Ledger::applied`], atomically, and answers its results. It need
    /// not be durable before [`Ledger::sync`]; what is lost in a crash is executed again.
    ///
    /// # Errors
    /// [`LedgerError`]; the node stops.
    fn execute(&mut self, block: &ValidBlock) -> Result<Results, LedgerError>;

    /// Makes everything executed and certified so far durable: it is when the answer is there, and more may be
    /// executed meanwhile.
    ///
    /// # Errors
    /// [`LedgerError`]; the node stops.
    fn sync(&mut self) -> BoxFuture<'static, Result<(), LedgerError>>;

    /// Keeps the certificate (engine encoding of a finalization) of an executed block. It may be
    /// called again for the same height, also with other signers, and not at all for a height
    /// that was finalized through a descendant only.
    ///
    /// # Errors
    /// [`LedgerError`]; the node stops.
    fn certify(&mut self, height: Height, certificate: &[u8]) -> Result<(), LedgerError>;

    /// Marks the store as diverged, durably: the network certified other results than ours in the
    /// header at `height`. The node exits afterwards and must not serve from this store.
    fn diverged(&mut self, height: Height);
}

impl Ledger for Box<dyn Ledger> {
    fn applied(&self) -> Header {
        (**self).applied()
    }
    fn reader(&self) -> Arc<dyn ResultsReader> {
        (**self).reader()
    }
    fn seen(&self) -> Vec<(LedgerTime, CommandId)> {
        (**self).seen()
    }
    fn execute(&mut self, block: &ValidBlock) -> Result<Results, LedgerError> {
        (**self).execute(block)
    }
    fn sync(&mut self) -> BoxFuture<'static, Result<(), LedgerError>> {
        (**self).sync()
    }
    fn certify(&mut self, height: Height, certificate: &[u8]) -> Result<(), LedgerError> {
        (**self).certify(height, certificate)
    }
    fn diverged(&mut self, height: Height) {
        (**self).diverged(height);
    }
}

/// Own results and the bounds that follow from them, readable while the executor works.
pub trait ResultsReader: Send + Sync {
    /// Results of the block at this height as this node computed them; `None` when it has not
    /// executed it. Must answer for every executed height.
    fn results(&self, height: Height) -> Option<Results>;

    /// Digest of the executed block at this height, and its time where its header is kept. Must answer for
    /// every executed height.
    fn block(&self, height: Height) -> Option<(Hash32, Option<LedgerTime>)>;

    /// The bounds of a block at this height (D1), as the executed blocks decide them; `None` for a
    /// height that is executed, or too far ahead to know.
    fn limits_at(&self, height: Height) -> Option<Limits>;

    /// The version of the rules of a block at this height (D15), as the executed blocks decide it; `None` for
    /// a height that is executed, or too far ahead to know.
    fn rules_at(&self, height: Height) -> Option<RulesVersion>;

    /// The record of the rules after the last executed block.
    fn rules(&self) -> Option<Rules>;

    /// Addresses of validators that members have decided, after the last executed block (D17).
    fn addresses(&self) -> Option<Addresses>;

    /// The record of the committee after the last executed block.
    fn committee(&self) -> Option<Committee>;

    /// The vote key under which the ledger would record this evidence, after the last executed block; `None`
    /// where it has no use for it: known, about nobody in the committee, or enough is known (D7).
    fn wants(&self, evidence: &Evidence) -> Option<VoteKey>;

    /// Whether a vote key was in the committee of genesis, or in a later one up to the last executed
    /// block.
    fn has_served(&self, key: &VoteKey) -> bool;
}
