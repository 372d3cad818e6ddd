//! Reading beside the writer: headers and records.
//!
//! # Place      cloned into the ledger port, the mempool and the auditor's recount
//! # Invariants every answer is bounded; stored bytes that do not decode are an error, never a blank
//! # Absent     receipts, legs and lists (see `receipts`, `legs`, `logs`); proofs (see `proofs`); who
//! #            may read what (the ledger port)

use std::sync::Arc;

use ledger_core::{
    account::Totals,
    address::Addresses,
    block::{Header, Results},
    digest::Hash32,
    draft::Records as _,
    genesis::Limits,
    id::{ChainId, CommandId},
    member::Member,
    money::Currency,
    receipt::HistoryLeaf,
    record::{ChainRecord, Name, Record},
    rules::{Rules, RulesVersion},
    state::WriteSet,
    time::{Height, LedgerTime},
};

use crate::{
    db::Family,
    error::StoreError,
    key,
    limits::{MAX_BLOCK_ROW_BYTES, MAX_SMALL_ROW_BYTES},
    memory::Ledger,
    row::BlockRow,
};

pub use crate::legs::LegEvent;

/// A handle for reading a ledger: cheap to clone, for any number of threads.
#[derive(Clone)]
pub struct View {
    pub(crate) ledger: Arc<Ledger>,
}

impl View {
    pub(crate) const fn new(ledger: Arc<Ledger>) -> Self {
        Self { ledger }
    }

    /// The network.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`].
    pub fn chain(&self) -> Result<ChainId, StoreError> {
        Ok(self.ledger.memory()?.state.header().chain)
    }

    /// Header of the last executed block.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`].
    pub fn applied_header(&self) -> Result<Header, StoreError> {
        Ok(*self.ledger.memory()?.state.header())
    }

    /// Header of an executed block.
    ///
    /// # Errors
    /// [`StoreError`], when it cannot be read.
    pub fn header(&self, height: Height) -> Result<Option<Header>, StoreError> {
        Ok(self.block(height)?.map(|block| block.header))
    }

    /// What headers declare about an executed block. About genesis they declare what genesis
    /// declares about itself, since no header can hold a root over its own digest.
    ///
    /// # Errors
    /// [`StoreError`], when the row cannot be read.
    pub fn results_at(&self, height: Height) -> Result<Option<Results>, StoreError> {
        let block = self.block(height)?;
        let genesis = height == Height::new(0);
        Ok(block.map(|block| if genesis { block.header.results } else { block.results }))
    }

    /// A block's leaf in the history tree.
    ///
    /// # Errors
    /// [`StoreError`], when the row cannot be read.
    pub fn history_leaf(&self, height: Height) -> Result<Option<HistoryLeaf>, StoreError> {
        let newest = |set: &Arc<WriteSet>| (set.header.height == height).then_some(set.history);
        if let Some(found) = self.ledger.behind.newest(newest) {
            return Ok(Some(found));
        }
        self.ledger.behind.written().row(Family::History, &key::height(height), MAX_SMALL_ROW_BYTES)
    }

    /// A record as it is now.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`].
    pub fn record(&self, name: &Name) -> Result<Option<Record>, StoreError> {
        self.ledger.read(|memory| memory.state.record(name).cloned())
    }

    /// Parameters of the network as they are now.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`].
    pub fn chain_record(&self) -> Result<ChainRecord, StoreError> {
        Ok(*self.ledger.memory()?.state.chain_record())
    }

    /// The bounds of a block at this height (D1), as far as the executed blocks decide them.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`].
    pub fn limits_at(&self, height: Height) -> Result<Option<Limits>, StoreError> {
        Ok(self.ledger.memory()?.state.limits_at(height))
    }

    /// The version of the rules of a block at this height (D15), as far as the executed blocks decide it.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`].
    pub fn rules_at(&self, height: Height) -> Result<Option<RulesVersion>, StoreError> {
        Ok(self.ledger.memory()?.state.rules_at(height))
    }

    /// The record of the rules; as at genesis where there is none.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`].
    pub fn rules(&self) -> Result<Rules, StoreError> {
        Ok(Rules::of(&self.ledger.memory()?.state))
    }

    /// Addresses of validators that were decided (D17).
    ///
    /// # Errors
    /// [`StoreError::Poisoned`].
    pub fn addresses(&self) -> Result<Addresses, StoreError> {
        Ok(Addresses::of(&self.ledger.memory()?.state))
    }

    /// Commands that were executed and can still be ordered again, with a time until which they can:
    /// what a mempool refuses.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`].
    pub fn seen(&self) -> Result<Vec<(LedgerTime, CommandId)>, StoreError> {
        Ok(self.ledger.memory()?.state.seen().collect())
    }

    /// A currency's totals as they are now.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`].
    pub fn totals(&self, currency: Currency) -> Result<Option<Totals>, StoreError> {
        Ok(match self.record(&Name::Currency(currency))? {
            Some(Record::Currency(record)) => Some(record.totals),
            _ => None,
        })
    }

    /// Every member as it is now, in the order of LEIs.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`].
    pub fn directory(&self) -> Result<Vec<Member>, StoreError> {
        self.ledger.read(|memory| {
            let records = memory.members.iter().map(|lei| memory.state.record(&Name::Member(*lei)));
            let members = records.filter_map(|record| match record {
                Some(Record::Member(member)) => Some(member.clone()),
                _ => None,
            });
            members.collect()
        })
    }

    /// The blinding secret of an executed block, from which its salts come (W8): for who cuts proofs,
    /// and for no answer.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn blinding(&self, height: Height) -> Result<Option<Hash32>, StoreError> {
        let block = self.block(height)?;
        self.check_kept(height)?;
        Ok(block.map(|block| block.blinding))
    }

    /// A block's row, checked against the digest in the history tree. Votes wait for this: of the newest
    /// blocks it is known before it is written, and for that of others nothing is waited for.
    pub(crate) fn block(&self, height: Height) -> Result<Option<BlockRow>, StoreError> {
        let newest = |set: &Arc<WriteSet>| (set.header.height == height).then(|| BlockRow::of(set));
        if let Some(found) = self.ledger.behind.newest(newest) {
            return Ok(Some(found));
        }
        let found: Option<BlockRow> = self.ledger.behind.written().row(
            Family::Blocks,
            &key::height(height),
            MAX_BLOCK_ROW_BYTES,
        )?;
        let Some(block) = found else {
            self.check_kept(height)?;
            return Ok(None);
        };
        match self.history_leaf(height)? {
            Some(leaf) if leaf.digest == block.header.digest() => Ok(Some(block)),
            _ => Err(StoreError::Damaged { what: "blocks" }),
        }
    }
}
