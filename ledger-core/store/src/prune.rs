//! Deleting what is old: receipts, what parties are shown of them, entries of lists, certificates.
//!
//! ```text
//! the mark is set and on disk -> blocks below it, oldest first -> lists, slot by slot -> done
//! ```
//!
//! What stays: slots, windows, headers and history leaves; ids of commands and legs, so that an id
//! is never taken for one that never was; and of every list the right edge of what was deleted, so
//! that the entries after it still hash to what the list's owner commits to.
//!
//! # Place      the part of [`Store`] that an operator asks to forget
//! # Invariants W43 a reader is told before a row is gone; a step that ends early is gone on with
//! # Absent     when to prune, and how far (the operator decides)

use ledger_core::{
    codec::decode,
    digest::leaf_hash,
    journal::{JournalEntry, LogName, TotalsEntry, lists_of},
    merkle::Frontier,
    proof::SlotContent,
    state::LogAppend,
    time::Height,
};

use crate::{
    db::{Batch, Family},
    error::StoreError,
    key,
    limits::{MAX_PAGE, MAX_SMALL_ROW_BYTES},
    row::{BaseRow, Closing, Meta, Position, PrunedRow},
    store::Store,
    view::View,
};

/// How far a deletion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pruning {
    /// What is kept begins here.
    pub below: Height,
    /// Rows of blocks are deleted up to here.
    pub blocks: Height,
    /// Slots whose lists were looked at.
    pub slots: u64,
    /// Slots there are.
    pub of_slots: u64,
}

impl Pruning {
    /// Whether nothing is left to delete.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.blocks >= self.below && self.slots >= self.of_slots
    }
}

impl Store {
    /// Deletes rows of blocks below a height, in at most `steps` steps: a step is a block, a slot with
    /// its lists, or a page of a long list. Call it again until it is done. A height below what was asked before changes nothing
    /// but goes on with that.
    ///
    /// # Errors
    /// [`StoreError::Ahead`]: the last executed block stays. [`StoreError`], when rows cannot be
    /// read or written; what was deleted until then is consistent.
    pub fn prune(&mut self, below: Height, steps: u64) -> Result<Pruning, StoreError> {
        let applied = self.applied().height;
        if below > applied {
            return Err(StoreError::Ahead { asked: below, applied });
        }
        let view = self.view();
        let of_slots = view.ledger.memory()?.state.slots();
        let nothing = Height::new(0);
        let unmarked = PrunedRow { below: nothing, named: nothing, blocks: nothing, slots: 0 };
        let mut pruned = view.pruned()?.unwrap_or(unmarked);
        if pruned.below.max(below) == nothing {
            return Ok(Pruning { below, blocks: nothing, slots: of_slots, of_slots });
        }
        if below > pruned.below {
            pruned = PrunedRow { below, slots: 0, ..pruned };
            self.ledger.db()?.put(Family::Meta, Meta::Pruned.key(), &pruned)?;
            self.ledger.db()?.sync()?;
            self.ledger.prune(pruned)?;
        }
        let left = self.prune_blocks(&view, &mut pruned, steps)?;
        if pruned.blocks >= pruned.below {
            self.prune_lists(&view, &mut pruned, of_slots, left)?;
        }
        self.ledger.db()?.put(Family::Meta, Meta::Pruned.key(), &pruned)?;
        self.ledger.prune(pruned)?;
        let PrunedRow { below, blocks, slots, .. } = pruned;
        Ok(Pruning { below, blocks, slots, of_slots })
    }

    /// Deletes the rows of so many blocks; answers how many steps are left.
    fn prune_blocks(
        &self,
        view: &View,
        pruned: &mut PrunedRow,
        mut left: u64,
    ) -> Result<u64, StoreError> {
        let latest = view.latest_certified()?.map(|certified| certified.header.height);
        while left > 0 && pruned.blocks < pruned.below {
            let height = pruned.blocks;
            pruned.blocks = height.next();
            let mut batch = self.ledger.db()?.batch()?;
            of_block(view, &mut batch, height, latest)?;
            batch.put_row(Family::Meta, Meta::Pruned.key(), pruned)?;
            self.ledger.db()?.write(batch)?;
            left = left.saturating_sub(1);
        }
        Ok(left)
    }

    /// Deletes entries of lists, slot by slot: a step is a slot, or a page of a long list.
    fn prune_lists(
        &self,
        view: &View,
        pruned: &mut PrunedRow,
        of_slots: u64,
        mut left: u64,
    ) -> Result<(), StoreError> {
        while pruned.slots < of_slots {
            // Who certified when stays for ever.
            let lists = lists_at(view, pruned.slots)?;
            for log in lists.into_iter().filter(|log| *log != LogName::Committee) {
                loop {
                    if left == 0 {
                        return Ok(());
                    }
                    if self.prune_list(view, &log, pruned.below)? {
                        break;
                    }
                    left = left.saturating_sub(1);
                }
            }
            if left == 0 {
                return Ok(());
            }
            pruned.slots = pruned.slots.saturating_add(1);
            left = left.saturating_sub(1);
        }
        Ok(())
    }

    /// Deletes a page of a list's entries of blocks below a height, and says whether no more are
    /// left. The right edge moves on with them.
    fn prune_list(&self, view: &View, log: &LogName, below: Height) -> Result<bool, StoreError> {
        let nothing = BaseRow { edge: Frontier::EMPTY, closing: Closing::Nothing };
        let mut base = view.base(log)?.unwrap_or(nothing);
        let (first, prefix) = (base.edge.count(), key::log_prefix(log));
        let heights = view.log_heights(log, first)?;
        let old = heights.iter().take_while(|height| **height < below).count();
        if old == 0 {
            return Ok(true);
        }
        let entries = view.log_rows(log, first, old)?;
        let mut batch = self.ledger.db()?.batch()?;
        for entry in &entries {
            if entry.index != base.edge.count() {
                return Err(StoreError::Damaged { what: "logs" });
            }
            base.edge.push(leaf_hash(&entry.salt, &entry.bytes));
            base.closing = closing(entry)?;
            let key = [&prefix[..], &entry.index.to_be_bytes()].concat();
            batch.delete(Family::Logs, &key)?;
        }
        batch.put_row(Family::Logs, &key::base(log), &base)?;
        self.ledger.db()?.write(batch)?;
        Ok(entries.len() < MAX_PAGE)
    }
}

/// The lists of the record in a slot.
fn lists_at(view: &View, slot: u64) -> Result<Vec<LogName>, StoreError> {
    let content = view.ledger.read(|memory| memory.state.content(slot))?;
    Ok(match content.as_deref() {
        Some(SlotContent::Used { record, .. }) => lists_of(record).map(|(log, _)| log).collect(),
        Some(SlotContent::Free { .. }) | None => Vec::new(),
    })
}

/// Deletes the rows of one block. Its certificate stays as long as there is no later one, and for ever
/// where the block names another committee: later certificates are believed because of it (W23).
fn of_block(
    view: &View,
    batch: &mut Batch<'_>,
    height: Height,
    latest: Option<Height>,
) -> Result<(), StoreError> {
    let receipts = view.stored_receipts(height)?;
    for receipt in &receipts {
        let at = Position { height, index: receipt.index };
        batch.delete(Family::Receipts, &key::receipts_row(at))?;
        for party in &receipt.parties {
            batch.delete(Family::Parties, &key::party(party, height))?;
        }
    }
    let header = view.header(height)?;
    let hands_over = header.is_some_and(|header| header.next_committee != header.committee);
    if !hands_over && latest.is_some_and(|latest| height < latest) {
        batch.delete(Family::Certificates, &key::height(height))?;
    }
    Ok(())
}

/// What an entry closes with.
fn closing(entry: &LogAppend) -> Result<Closing, StoreError> {
    let damaged = StoreError::Damaged { what: "logs" };
    match entry.log {
        LogName::Account(_) => decode::<JournalEntry>(&entry.bytes, MAX_SMALL_ROW_BYTES)
            .map(|entry| Closing::Account(entry.closing))
            .map_err(|_| damaged),
        LogName::Currency(_) => decode::<TotalsEntry>(&entry.bytes, MAX_SMALL_ROW_BYTES)
            .map(|entry| Closing::Currency(entry.closing))
            .map_err(|_| damaged),
        LogName::MemberAccounts(_)
        | LogName::MemberParties(_)
        | LogName::MemberAnchors(_)
        | LogName::Reserve(_)
        | LogName::Asset(_)
        | LogName::Position(..)
        | LogName::Parameters
        | LogName::Committee => Ok(Closing::Nothing),
    }
}
