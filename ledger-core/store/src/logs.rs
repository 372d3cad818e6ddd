//! Lists: what their rows leave out is computed again.
//!
//! A salt follows from the blinding secret of the block that appended the entry; of an account's
//! journal the entry itself follows from the block, the movements and the balance after them.
//!
//! # Place      the part of [`View`] that reads the rows of `batch` about lists
//! # Invariants every answer is bounded; I9 an entry that is not the one appended does not hash to
//! #            what its list's owner commits to
//! # Absent     that comparison (see `recount`)

use ledger_core::{
    codec::encode,
    journal::{JournalEntry, LogName, SaltUse},
    state::LogAppend,
    time::Height,
};

use crate::{
    db::Family,
    error::StoreError,
    key,
    limits::{MAX_LOG_BYTES, MAX_PAGE},
    row::{self, BlockRow, EntryRow, MovedRow},
    view::View,
};

impl View {
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
        let mut first = Vec::new();
        key::log_into(log, from, &mut first);
        let (mut blocks, mut rows) = (Blocks { view: self, last: None }, Vec::new());
        for row in self.ledger.db()?.scan(Family::Logs, &first)? {
            let (key, value) = row?;
            if !key.starts_with(&prefix) || rows.len() >= limit.min(MAX_PAGE) {
                break;
            }
            let index = key::read_log(&key, &prefix).ok_or(DAMAGED)?;
            rows.push(blocks.entry(log, index, &value)?);
        }
        match self.base(log)? {
            Some(base) if from < base.edge.count() => {
                Err(StoreError::Pruned { below: self.kept_from()? })
            }
            Some(_) | None => Ok(rows),
        }
    }
}

impl View {
    /// The blocks that appended a list's entries from an index on, a page of them.
    pub(crate) fn log_heights(&self, log: &LogName, from: u64) -> Result<Vec<Height>, StoreError> {
        let prefix = key::log_prefix(log);
        let mut first = Vec::new();
        key::log_into(log, from, &mut first);
        let mut heights = Vec::new();
        for row in self.ledger.db()?.scan(Family::Logs, &first)?.take(MAX_PAGE) {
            let (key, value) = row?;
            if !key.starts_with(&prefix) {
                break;
            }
            // Every row of a list begins with its block.
            let height = value.first_chunk().copied().ok_or(DAMAGED)?;
            heights.push(Height::new(u64::from_le_bytes(height)));
        }
        Ok(heights)
    }
}

const DAMAGED: StoreError = StoreError::Damaged { what: "logs" };

/// Reads blocks. The last one is kept, since neighbours in a list are often of one block.
struct Blocks<'a> {
    view: &'a View,
    last: Option<BlockRow>,
}

impl Blocks<'_> {
    fn block(&mut self, height: Height) -> Result<BlockRow, StoreError> {
        if let Some(block) = self.last.filter(|block| block.header.height == height) {
            return Ok(block);
        }
        let block = self.view.block(height)?.ok_or(DAMAGED)?;
        self.last = Some(block);
        Ok(block)
    }

    /// The entry whose row holds this value.
    fn entry(&mut self, log: &LogName, index: u64, value: &[u8]) -> Result<LogAppend, StoreError> {
        let (block, bytes, detail) = match log {
            LogName::Account(account) => {
                let row: MovedRow = row::decode(value, MAX_LOG_BYTES, "logs")?;
                let block = self.block(row.height)?;
                let moment = (row.height, block.header.time);
                let moved = (row.movements.as_slice(), row.closing);
                let entry = JournalEntry::of(*account, moment, moved, &block.blinding);
                (block, encode(&entry), encode(&row.movements))
            }
            LogName::Currency(_)
            | LogName::MemberAccounts(_)
            | LogName::MemberParties(_)
            | LogName::MemberAnchors(_)
            | LogName::Reserve(_)
            | LogName::Asset(_)
            | LogName::Position(..)
            | LogName::Parameters
            | LogName::Committee => {
                let row: EntryRow<Vec<u8>> = row::decode(value, MAX_LOG_BYTES, "logs")?;
                (self.block(row.height)?, row.bytes, row.detail)
            }
        };
        let salt = SaltUse::Log(block.header.height, *log, index).salt(&block.blinding);
        Ok(LogAppend { log: *log, index, salt, bytes, detail })
    }
}
