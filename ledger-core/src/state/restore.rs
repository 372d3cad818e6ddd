//! Rebuilding a state from what a store kept, trusting none of it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::{
    block::{Header, Results},
    digest::{Hash32, leaf_hashes},
    id::CommandId,
    journal::{LogName, lists_of},
    merkle::{Frontier, Tree},
    proof::{SlotContent, StateHead},
    receipt::HistoryLeaf,
    record::Record,
    state::{State, StoredSlot, due_leg, slots::slot_leaves},
    time::Height,
};

/// Everything a store kept, from which the state is rebuilt.
#[derive(Clone, Debug)]
pub struct Restored {
    /// Header of the last executed block.
    pub header: Header,
    /// What headers declare about it.
    pub results: Results,
    /// Slots, in order.
    pub slots: Vec<StoredSlot>,
    /// The slot freed last.
    pub free: Option<u64>,
    /// Blocks' leaves in the history tree, from genesis on.
    pub history: Vec<HistoryLeaf>,
    /// Right edges of lists.
    pub frontiers: BTreeMap<LogName, Frontier>,
    /// Command ids remembered, by block.
    pub windows: BTreeMap<Height, Vec<CommandId>>,
}

/// Why what a store kept is not a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// No record of the network's parameters.
    #[error("the store holds no network parameters; it is not a ledger or is damaged")]
    NoChain,
    /// The tree over the slots has another root than was declared.
    #[error("state root mismatch: the stored records are damaged; restore from peers or a backup")]
    StateRoot,
    /// The history tree has another root than was declared.
    #[error("history root mismatch: stored blocks are damaged; restore from peers or a backup")]
    HistoryRoot,
    /// The header is not that of the last block in the history tree.
    #[error("the stored header is not that of the last block; restore from peers or a backup")]
    Header,
    /// A list's right edge, or a window's ids, are not those committed.
    #[error("a stored list is not the one committed; restore from peers or a backup")]
    List,
}

/// Leaves that are encoded and hashed at a time.
const HASHED_TOGETHER: usize = 1 << 16;

impl State {
    /// Rebuilds a state from what a store kept, and checks it against the roots declared: every
    /// slot, every block of the history, every list's right edge and every remembered command id.
    ///
    /// Proofs as of earlier heights can be cut again only once later blocks have been executed.
    ///
    /// # Errors
    /// [`RestoreError`]: the store is damaged.
    pub fn restore(kept: Restored) -> Result<Self, RestoreError> {
        let mut keys = Vec::with_capacity(kept.slots.len());
        let mut leaves = Vec::with_capacity(kept.slots.len());
        let mut numbered = (0u64..).zip(&kept.slots);
        while leaves.len() < kept.slots.len() {
            let together: Vec<_> = numbered.by_ref().take(HASHED_TOGETHER).collect();
            leaves.extend(slot_leaves(&together));
        }
        let (mut chain, mut parameters) = (None, None);
        for (slot, stored) in (0u64..).zip(&kept.slots) {
            if let SlotContent::Used { key, record, .. } = stored.content.as_ref() {
                keys.push((*key, slot));
                if let Record::Chain(found) = record {
                    chain = Some(*found);
                }
                if let Record::Parameters(found) = record {
                    parameters = Some((**found).clone());
                }
            }
        }
        let tree = Tree::new(leaves);
        let head = StateHead { slots: tree.len(), free: kept.free, tree: tree.root() };
        if head.root() != kept.results.state_root {
            return Err(RestoreError::StateRoot);
        }
        let history = Tree::new(kept.history.iter().map(HistoryLeaf::leaf).collect());
        if history.root() != kept.results.history_root {
            return Err(RestoreError::HistoryRoot);
        }
        check_header(&kept)?;
        let mut state = Self {
            header: kept.header,
            results: kept.results,
            chain: chain.ok_or(RestoreError::NoChain)?,
            parameters: parameters.ok_or(RestoreError::NoChain)?,
            slots: kept.slots,
            keys: keys.into_iter().collect(),
            tree,
            head,
            history,
            frontiers: kept.frontiers,
            seen: Default::default(),
            windows: BTreeMap::new(),
            expiries: BTreeSet::new(),
            due: BTreeSet::new(),
            undo: VecDeque::new(),
        };
        state.due = state.slots.iter().filter_map(due_leg).collect();
        state.check_lists()?;
        state.restore_windows(kept.windows)?;
        Ok(state)
    }

    /// Every committed list has the right edge that was kept for it, and no other list has one.
    fn check_lists(&self) -> Result<(), RestoreError> {
        let records = self.slots.iter().filter_map(|stored| match stored.content.as_ref() {
            SlotContent::Used { record, .. } => Some(record),
            SlotContent::Free { .. } => None,
        });
        let mut begun = 0usize;
        for (log, head) in records.flat_map(lists_of) {
            let edge = self.frontier(&log);
            if edge.head() != head || !edge.is_well_formed() {
                return Err(RestoreError::List);
            }
            begun = begun.saturating_add(usize::from(head.count > 0));
        }
        // Keys of records are different, and so are the lists they own.
        if begun == self.frontiers.len() { Ok(()) } else { Err(RestoreError::List) }
    }

    fn restore_windows(
        &mut self,
        windows: BTreeMap<Height, Vec<CommandId>>,
    ) -> Result<(), RestoreError> {
        let mut committed = 0usize;
        for stored in &self.slots {
            let SlotContent::Used { record: Record::Window(window), .. } = stored.content.as_ref()
            else {
                continue;
            };
            let ids = windows.get(&window.height).ok_or(RestoreError::List)?;
            let leaves: Vec<_> = ids.iter().map(|id| (Hash32::ZERO, id.get())).collect();
            if Tree::new(leaf_hashes(&leaves)).head() != window.ids {
                return Err(RestoreError::List);
            }
            if !planted!(RestoreForgetsIds) {
                self.seen.extend(ids);
            }
            self.expiries.insert((window.until, window.height));
            committed = committed.saturating_add(1);
        }
        if committed != windows.len() {
            return Err(RestoreError::List);
        }
        self.windows = windows;
        Ok(())
    }
}

/// The header is that of the last block of the history, whose root the results declare.
fn check_header(kept: &Restored) -> Result<(), RestoreError> {
    let Some(last) = kept.history.last() else { return Err(RestoreError::HistoryRoot) };
    let same = kept.header.digest() == last.digest
        && kept.header.height == last.height
        && kept.results.height == last.height
        && kept.results.state_root == last.state_root;
    if same { Ok(()) } else { Err(RestoreError::Header) }
}
