//! Reading beside the writer: headers, receipts, lists and records.
//!
//! # Place      cloned into the ledger port, the mempool and the auditor's recount
//! # Invariants every answer is bounded; stored bytes that do not decode are an error, never a blank
//! # Absent     proofs (see `proofs`); who may read what (the ledger port)

use std::sync::Arc;

use ledger_core::{
    account::Totals,
    block::{Header, Results},
    digest::Hash32,
    draft::Records as _,
    id::{ChainId, CommandId, LegId, Lei, Uetr},
    journal::LogName,
    limits::MAX_RECEIPT_BYTES,
    member::Member,
    money::Currency,
    receipt::{HistoryLeaf, Kind, Receipt},
    record::{ChainRecord, Name, Record},
    state::LogAppend,
    time::Height,
};

use crate::{
    db::{Family, Pair},
    error::StoreError,
    key,
    limits::{MAX_BLOCK_ROW_BYTES, MAX_LOG_BYTES, MAX_PAGE, MAX_SMALL_ROW_BYTES},
    memory::Ledger,
    row::{self, BlockRow, Position},
};

/// A handle for reading a ledger: cheap to clone, for any number of threads.
#[derive(Clone)]
pub struct View {
    pub(crate) ledger: Arc<Ledger>,
}

/// A receipt's place in the history of a leg, and the kind of command it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegEvent {
    /// Where the receipt stands.
    pub at: Position,
    /// What kind of command it is of.
    pub kind: Kind,
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
        self.ledger.db.row(Family::History, &key::height(height), MAX_SMALL_ROW_BYTES)
    }

    /// Receipts of a block, in order; none for a block not executed.
    ///
    /// # Errors
    /// [`StoreError`], when they cannot be read.
    pub fn receipts(&self, height: Height) -> Result<Vec<Receipt>, StoreError> {
        let prefix = key::height(height);
        let mut receipts = Vec::new();
        for row in self.ledger.db.scan(Family::Receipts, &prefix)? {
            let (key, value) = row?;
            if !key.starts_with(&prefix) {
                break;
            }
            receipts.push(decode_receipt(&value)?);
        }
        Ok(receipts)
    }

    /// Receipts of all blocks in ledger order: those after a place, up to block `up_to`, at most
    /// `limit` and at most [`MAX_PAGE`].
    ///
    /// # Errors
    /// [`StoreError`], when they cannot be read.
    pub fn receipts_after(
        &self,
        after: Option<Position>,
        up_to: Height,
        limit: usize,
    ) -> Result<Vec<Receipt>, StoreError> {
        let from = after.map_or_else(Vec::new, key::position);
        let mut receipts = Vec::new();
        for row in self.ledger.db.scan(Family::Receipts, &from)? {
            let receipt = decode_receipt(&row?.1)?;
            if receipt.height > up_to || receipts.len() >= limit.min(MAX_PAGE) {
                break;
            }
            let at = Position { height: receipt.height, index: receipt.index };
            if Some(at) != after {
                receipts.push(receipt);
            }
        }
        Ok(receipts)
    }

    /// The receipt at a position.
    ///
    /// # Errors
    /// [`StoreError`], when it cannot be read.
    pub fn receipt(&self, at: Position) -> Result<Option<Receipt>, StoreError> {
        self.ledger.db.row(Family::Receipts, &key::position(at), MAX_RECEIPT_BYTES)
    }

    /// Where the receipt of a command stands.
    ///
    /// # Errors
    /// [`StoreError`], when it cannot be read.
    pub fn position_of(&self, command: &CommandId) -> Result<Option<Position>, StoreError> {
        self.ledger.db.row(Family::Commands, command.get(), MAX_SMALL_ROW_BYTES)
    }

    /// The receipt of a command, for ever (I9).
    ///
    /// # Errors
    /// [`StoreError`], when it cannot be read.
    pub fn receipt_of(&self, command: &CommandId) -> Result<Option<Receipt>, StoreError> {
        match self.position_of(command)? {
            None => Ok(None),
            Some(at) => self.receipt(at)?.map(Some).ok_or(StoreError::Damaged { what: "receipts" }),
        }
    }

    /// Positions of the receipts that a party may see: those after `after`, up to block `up_to`,
    /// at most `limit` and at most [`MAX_PAGE`].
    ///
    /// # Errors
    /// [`StoreError`], when they cannot be read.
    pub fn receipts_for(
        &self,
        party: &Lei,
        after: Option<Position>,
        up_to: Height,
        limit: usize,
    ) -> Result<Vec<Position>, StoreError> {
        let prefix = key::party_prefix(party);
        let from = after.map_or_else(|| prefix.to_vec(), |at| key::party(party, at));
        let mut found = Vec::new();
        for row in self.ledger.db.scan(Family::Parties, &from)? {
            let (key, _) = row?;
            if !key.starts_with(prefix) || found.len() >= limit.min(MAX_PAGE) {
                break;
            }
            let at = read_position(&key, prefix)?;
            if at.height > up_to {
                break;
            }
            if Some(at) != after {
                found.push(at);
            }
        }
        Ok(found)
    }

    /// Receipts that cite a leg, oldest first, at most [`MAX_PAGE`]: refusals among them.
    ///
    /// # Errors
    /// [`StoreError`], when they cannot be read.
    pub fn leg_history(&self, leg: &LegId) -> Result<Vec<LegEvent>, StoreError> {
        self.page(Family::Legs, leg.get(), MAX_PAGE, |(key, value)| {
            let kind = row::decode(&value, MAX_SMALL_ROW_BYTES, "legs")?;
            Ok(LegEvent { at: read_position(&key, leg.get())?, kind })
        })
    }

    /// Legs that cite a UETR, in the order of their ids, at most [`MAX_PAGE`].
    ///
    /// # Errors
    /// [`StoreError`], when they cannot be read.
    pub fn legs_of_uetr(&self, uetr: &Uetr) -> Result<Vec<LegId>, StoreError> {
        self.page(Family::Uetrs, uetr.get(), MAX_PAGE, |(key, _)| {
            key::read_leg(&key, uetr).ok_or(StoreError::Damaged { what: "uetrs" })
        })
    }

    /// Entries of a list from an index on, at most `limit` and at most [`MAX_PAGE`].
    ///
    /// # Errors
    /// [`StoreError`], when they cannot be read.
    pub fn log_rows(
        &self,
        log: &LogName,
        from: u64,
        limit: usize,
    ) -> Result<Vec<LogAppend>, StoreError> {
        let prefix = key::log_prefix(log);
        let mut rows = Vec::new();
        for row in self.ledger.db.scan(Family::Logs, &key::log(log, from))? {
            let (key, value) = row?;
            if !key.starts_with(&prefix) || rows.len() >= limit.min(MAX_PAGE) {
                break;
            }
            rows.push(row::decode(&value, MAX_LOG_BYTES, "logs")?);
        }
        Ok(rows)
    }

    /// A record as it is now.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`].
    pub fn record(&self, name: &Name) -> Result<Option<Record>, StoreError> {
        Ok(self.ledger.memory()?.state.record(name).cloned())
    }

    /// Parameters of the network as they are now.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`].
    pub fn chain_record(&self) -> Result<ChainRecord, StoreError> {
        Ok(*self.ledger.memory()?.state.chain_record())
    }

    /// Whether a command was executed and can still be ordered again: what a mempool refuses.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`].
    pub fn has_seen(&self, command: &CommandId) -> Result<bool, StoreError> {
        Ok(self.ledger.memory()?.state.has_seen(command))
    }

    /// A currency's totals as they are now.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`].
    pub fn totals(&self, currency: Currency) -> Result<Option<Totals>, StoreError> {
        match self.ledger.memory()?.state.record(&Name::Currency(currency)) {
            Some(Record::Currency(record)) => Ok(Some(record.totals)),
            _ => Ok(None),
        }
    }

    /// Every member as it is now, in the order of LEIs.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`].
    pub fn directory(&self) -> Result<Vec<Member>, StoreError> {
        let memory = self.ledger.memory()?;
        let records = memory.members.iter().map(|lei| memory.state.record(&Name::Member(*lei)));
        Ok(records
            .filter_map(|record| match record {
                Some(Record::Member(member)) => Some(member.clone()),
                _ => None,
            })
            .collect())
    }

    /// The blinding secret of an executed block, from which its salts come (W8): for who cuts proofs,
    /// and for no answer.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn blinding(&self, height: Height) -> Result<Option<Hash32>, StoreError> {
        Ok(self.block(height)?.map(|block| block.blinding))
    }

    /// A block's row, checked against the digest in the history tree.
    pub(crate) fn block(&self, height: Height) -> Result<Option<BlockRow>, StoreError> {
        let found: Option<BlockRow> =
            self.ledger.db.row(Family::Blocks, &key::height(height), MAX_BLOCK_ROW_BYTES)?;
        let Some(block) = found else { return Ok(None) };
        match self.history_leaf(height)? {
            Some(leaf) if leaf.digest == block.header.digest() => Ok(Some(block)),
            _ => Err(StoreError::Damaged { what: "blocks" }),
        }
    }

    /// Rows whose keys begin with `prefix`, read by `read`.
    fn page<T>(
        &self,
        family: Family,
        prefix: &[u8],
        limit: usize,
        read: impl Fn(Pair) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut found = Vec::new();
        for row in self.ledger.db.scan(family, prefix)?.take(limit) {
            let row = row?;
            if !row.0.starts_with(prefix) {
                break;
            }
            found.push(read(row)?);
        }
        Ok(found)
    }
}

fn decode_receipt(bytes: &[u8]) -> Result<Receipt, StoreError> {
    row::decode(bytes, MAX_RECEIPT_BYTES, "receipts")
}

fn read_position(key: &[u8], prefix: &[u8]) -> Result<Position, StoreError> {
    key::read_position(key, prefix).ok_or(StoreError::Damaged { what: "positions" })
}
