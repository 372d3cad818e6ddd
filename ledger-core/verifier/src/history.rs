//! What shows that the history of an account between two heights is complete.
//!
//! The account's record commits to count and root of its journal, which has one entry per block that
//! moved its money. A proof shows a run of that journal: the last entry before the span, every
//! entry in it, the first one after it. The run is proved to stand at its places (W21), so nothing
//! can be left out of it, and its ends lie outside the span, so nothing of the span lies beyond.
//!
//! Whoever reads a journal entry by entry from its first one needs no path: what was read is the
//! whole when it leads to the count and root of a record that is proved ([`Reading`]).
//!
//! # Place      spelled by `history_file`, under the record and the header that are proved there;
//! #            read from validators by members for their own accounts
//! # Invariants W21 complete: nothing left out, added or changed; every balance follows from the one
//! #            before it and the movements
//! # Absent     receipts (a movement names its command, whose receipt is a file of its own)

use ledger_core::{
    account::{Account, Balances},
    codec::encode,
    digest::{Hash32, leaf_hash},
    id::AccountId,
    journal::{JournalEntry, Movement, SaltUse, Turnover, closing_after},
    merkle::{Frontier, LogHead, root_from_range},
    time::Height,
};
use serde::{Deserialize, Serialize};

use crate::{
    error::HistoryFault,
    limits::{MAX_HISTORY_BLOCKS, MAX_HISTORY_MOVEMENTS},
};

/// The blocks from one height to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub from: Height,
    /// The last.
    pub to: Height,
}

impl Span {
    /// Whether it is one, of blocks that are covered.
    pub(crate) fn check(self, covered: Height) -> Result<(), HistoryFault> {
        let Self { from, to } = self;
        if from > to {
            Err(HistoryFault::SpanReversed { from, to })
        } else if to > covered {
            Err(HistoryFault::SpanNotCovered { to, covered })
        } else {
            Ok(())
        }
    }
}

/// An entry of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownEntry {
    /// The entry.
    pub entry: JournalEntry,
    /// Salt of its leaf.
    pub salt: Hash32,
}

impl ShownEntry {
    fn leaf(&self) -> Hash32 {
        leaf_hash(&self.salt, &encode(&self.entry))
    }
}

/// A movement within a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownMovement {
    /// The movement.
    pub movement: Movement,
    /// Salt of its leaf.
    pub salt: Hash32,
}

/// An entry of the span with its movements, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownBlock {
    /// The entry.
    pub shown: ShownEntry,
    /// All its movements.
    pub movements: Vec<ShownMovement>,
}

impl ShownBlock {
    /// An entry with its movements, whose salts follow from its block's blinding secret (W8).
    #[must_use]
    pub fn of(
        account: AccountId,
        shown: ShownEntry,
        movements: Vec<Movement>,
        blinding: &Hash32,
    ) -> Self {
        let height = shown.entry.height;
        let salted = (0u64..).zip(movements).map(|(at, movement)| {
            let salt = SaltUse::Movement(height, account, at).salt(blinding);
            ShownMovement { movement, salt }
        });
        Self { shown, movements: salted.collect() }
    }

    fn movements_head(&self) -> LogHead {
        let mut tree = Frontier::default();
        for shown in &self.movements {
            tree.push(leaf_hash(&shown.salt, &encode(&shown.movement)));
        }
        tree.head()
    }

    /// Whether the movements are all of the entry's, and lead from one balance to its closing.
    fn follows(&self, opening: Balances) -> Result<(), HistoryFault> {
        let entry = &self.shown.entry;
        let height = entry.height;
        if self.movements_head() != entry.movements {
            return Err(HistoryFault::OtherMovements { height });
        }
        let movements = self.movements.iter().map(|shown| &shown.movement);
        if closing_after(opening, movements) != Some(entry.closing) {
            return Err(HistoryFault::DoesNotFollow { height });
        }
        Ok(())
    }
}

/// How far a journal was read, from its first entry on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    edge: Frontier,
    last: Option<Height>,
    closing: Balances,
}

impl Reading {
    /// Entries read.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.edge.count()
    }

    /// Takes the next entry. That it stands in the journal is known when [`Self::check`] holds.
    ///
    /// # Errors
    /// [`HistoryFault`]: it does not follow what was read before; nothing is taken then.
    pub fn take(&mut self, block: &ShownBlock) -> Result<(), HistoryFault> {
        let entry = &block.shown.entry;
        if self.last.is_some_and(|last| last >= entry.height) {
            return Err(HistoryFault::NotAscending { height: entry.height });
        }
        block.follows(self.closing)?;
        self.edge.push(block.shown.leaf());
        (self.last, self.closing) = (Some(entry.height), entry.closing);
        Ok(())
    }

    /// Whether what was read is the whole journal of an account whose record is proved.
    ///
    /// # Errors
    /// [`HistoryFault`]: something was left out, added or changed.
    pub fn check(&self, account: &Account) -> Result<(), HistoryFault> {
        if self.edge.head() != account.journal {
            return Err(HistoryFault::NotInJournal);
        }
        if self.closing != account.balances {
            return Err(HistoryFault::OtherBalances);
        }
        Ok(())
    }
}

/// A run of an account's journal, around a span of blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryProof {
    /// The span.
    pub span: Span,
    /// Place in the journal of the first entry shown; 0 when none is.
    pub index: u64,
    /// From the run to the journal's root.
    pub path: Vec<Hash32>,
    /// The last entry before the span; nothing when the journal begins in it or after it.
    pub before: Option<ShownEntry>,
    /// The entries of the span.
    pub blocks: Vec<ShownBlock>,
    /// The first entry after the span; nothing when the journal ends in it or before it.
    pub after: Option<ShownEntry>,
}

/// What a history comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// What the account held before the first block of the span.
    pub opening: Balances,
    /// What it held after the last.
    pub closing: Balances,
    /// Blocks of the span that moved its money.
    pub blocks: usize,
    /// Movements in them.
    pub movements: usize,
    /// What came and what left.
    pub turnover: Turnover,
}

impl HistoryProof {
    /// Checks that this is the whole history of an account in its span, under a header that
    /// declares the account's record as of block `covered`.
    ///
    /// # Errors
    /// [`HistoryFault`], naming the first thing that is wrong.
    pub fn check(&self, account: &Account, covered: Height) -> Result<History, HistoryFault> {
        self.span.check(covered)?;
        self.check_size()?;
        self.check_ends(account.journal.count)?;
        self.check_run(&account.journal)?;
        self.check_heights()?;
        let history = self.follow()?;
        // The journal's end and the record are two books of the same thing.
        if self.after.is_none() && history.closing != account.balances {
            return Err(HistoryFault::OtherBalances);
        }
        Ok(history)
    }

    pub(crate) fn movements(&self) -> usize {
        self.blocks.iter().fold(0, |sum, block| sum.saturating_add(block.movements.len()))
    }

    fn check_size(&self) -> Result<(), HistoryFault> {
        for (found, what, limit) in [
            (self.blocks.len(), "blocks", MAX_HISTORY_BLOCKS),
            (self.movements(), "movements", MAX_HISTORY_MOVEMENTS),
        ] {
            if found > limit {
                return Err(HistoryFault::TooLong { what, limit });
            }
        }
        Ok(())
    }

    /// Without an entry before the span the run begins the journal; without one after it, it ends
    /// it.
    fn check_ends(&self, count: u64) -> Result<(), HistoryFault> {
        if self.before.is_none() && self.index > 0 {
            return Err(HistoryFault::StartNotShown { index: self.index });
        }
        let ends = [self.before.is_some(), self.after.is_some()].into_iter().filter(|end| *end);
        let shown = self.blocks.len().saturating_add(ends.count());
        let end = u64::try_from(shown).ok().and_then(|shown| self.index.checked_add(shown));
        if self.after.is_none() && end != Some(count) {
            return Err(HistoryFault::EndNotShown { count });
        }
        Ok(())
    }

    fn check_run(&self, journal: &LogHead) -> Result<(), HistoryFault> {
        let blocks = self.blocks.iter().map(|block| &block.shown);
        let shown = self.before.iter().chain(blocks).chain(&self.after);
        let leaves: Vec<Hash32> = shown.map(ShownEntry::leaf).collect();
        let root = root_from_range(&leaves, self.index, journal.count, &self.path);
        if root == Some(journal.root) { Ok(()) } else { Err(HistoryFault::NotInJournal) }
    }

    /// The entry before lies below the span, the one after above it, all others in it, ascending.
    fn check_heights(&self) -> Result<(), HistoryFault> {
        let Span { from, to } = self.span;
        let outside = |height| Err(HistoryFault::OutsideSpan { height });
        if let Some(ShownEntry { entry, .. }) = self.before.filter(|b| b.entry.height >= from) {
            return outside(entry.height);
        }
        let mut last = None;
        for height in self.blocks.iter().map(|block| block.shown.entry.height) {
            if height < from || height > to {
                return outside(height);
            }
            if last.is_some_and(|last| last >= height) {
                return Err(HistoryFault::NotAscending { height });
            }
            last = Some(height);
        }
        match self.after.filter(|after| after.entry.height <= to) {
            Some(ShownEntry { entry, .. }) => outside(entry.height),
            None => Ok(()),
        }
    }

    fn follow(&self) -> Result<History, HistoryFault> {
        let opening = self.before.map_or_else(Balances::default, |before| before.entry.closing);
        let (mut closing, mut turnover) = (opening, Turnover::default());
        for block in &self.blocks {
            let entry = &block.shown.entry;
            block.follows(closing)?;
            closing = entry.closing;
            for shown in &block.movements {
                let too_large = HistoryFault::SumTooLarge { height: entry.height };
                turnover = turnover.with(&shown.movement).ok_or(too_large)?;
            }
        }
        let (blocks, movements) = (self.blocks.len(), self.movements());
        Ok(History { opening, closing, blocks, movements, turnover })
    }
}

#[cfg(test)]
mod tests;
