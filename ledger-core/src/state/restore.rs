//! Rebuilding a state from what a store kept, trusting none of it.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use crate::{
    block::{Header, Results},
    digest::{Hash32, leaf_hashes},
    id::{CommandId, LegId},
    journal::{LogName, lists_of},
    merkle::{Frontier, Tree},
    parameters::Parameters,
    proof::{SlotContent, StateHead},
    receipt::HistoryLeaf,
    record::{ChainRecord, Key, Record, Window},
    state::{
        Page, Source, State, StoredSlot, due_leg, keys::Keys, pages::Pages, slots::slot_leaves,
    },
    time::{Height, LedgerTime},
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
    /// The keys of the slots are not in one order.
    #[error("the stored keys are not in one order; restore from peers or a backup")]
    Order,
    /// The header is not that of the last block in the history tree.
    #[error("the stored header is not that of the last block; restore from peers or a backup")]
    Header,
    /// A list's right edge, or a window's ids, are not those committed.
    #[error("a stored list is not the one committed; restore from peers or a backup")]
    List,
}

/// Leaves that are encoded and hashed at a time.
const HASHED_TOGETHER: usize = 1 << 16;

/// What has to be known of a slot that is not in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Indexed {
    /// Hash of its leaf.
    pub leaf: Hash32,
    /// Its key and the next one above, unless it is free.
    pub keys: Option<(Key, Key)>,
    /// When the ledger ends the leg in it by itself.
    pub due: Option<(LedgerTime, LegId)>,
}

/// What has to be known of all slots, gathered in their order.
#[derive(Clone, Debug, Default)]
pub struct Index {
    leaves: Vec<Hash32>,
    keys: Vec<(Key, u64)>,
    /// Sum of keys less sum of the next keys above: what no order of all keys leaves over.
    unlinked: u128,
    due: BTreeSet<(LedgerTime, LegId)>,
    chain: Option<ChainRecord>,
    parameters: Option<Parameters>,
    windows: Vec<Window>,
}

impl Index {
    /// Takes in the next slot.
    pub fn push(&mut self, slot: Indexed) {
        if let Some((key, next)) = slot.keys {
            let number = u64::try_from(self.leaves.len()).unwrap_or(u64::MAX);
            self.keys.push((key, number));
            self.unlinked = self.unlinked.wrapping_add(part(&key)).wrapping_sub(part(&next));
        }
        self.leaves.push(slot.leaf);
        self.due.extend(slot.due);
    }

    /// Whether a record has to be shown to [`Index::keep`] when a state is opened.
    #[must_use]
    pub const fn wants(record: &Record) -> bool {
        matches!(record, Record::Chain(_) | Record::Parameters(_) | Record::Window(_))
    }

    /// Takes in a record that is wanted.
    pub fn keep(&mut self, record: &Record) {
        if let Record::Chain(found) = record {
            self.chain = Some(*found);
        }
        if let Record::Parameters(found) = record {
            self.parameters = Some((**found).clone());
        }
        if let Record::Window(found) = record {
            self.windows.push(*found);
        }
    }

    /// The slots of keys; `None` unless every key but the lowest is the next one above another, and
    /// the highest is followed by none.
    fn take_keys(&mut self) -> Option<Keys> {
        let keys = Keys::all(&std::mem::take(&mut self.keys))?;
        let ends = part(&Hash32::ZERO).wrapping_sub(part(&Hash32::MAX));
        (self.unlinked == ends).then_some(keys)
    }
}

/// The first half of a key as a number.
fn part(key: &Key) -> u128 {
    key.get().first_chunk().map_or(0, |first| u128::from_be_bytes(*first))
}

/// Everything a store kept but slots.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Header of the last executed block.
    pub header: Header,
    /// What headers declare about it.
    pub results: Results,
    /// The slot freed last.
    pub free: Option<u64>,
    /// Blocks' leaves in the history tree, from genesis on.
    pub history: Vec<HistoryLeaf>,
    /// Command ids remembered, by block.
    pub windows: BTreeMap<Height, Vec<CommandId>>,
}

impl State {
    /// Rebuilds a state from what a store kept, and checks it against the roots declared: every
    /// slot, every block of the history, every list's right edge and every remembered command id.
    /// All of it is in memory.
    ///
    /// Proofs as of earlier heights can be cut again only once later blocks have been executed.
    ///
    /// # Errors
    /// [`RestoreError`]: the store is damaged.
    pub fn restore(kept: Restored) -> Result<Self, RestoreError> {
        let Restored { header, results, slots, free, history, mut frontiers, windows } = kept;
        let mut leaves = Vec::with_capacity(slots.len());
        let mut numbered = (0u64..).zip(&slots);
        while leaves.len() < slots.len() {
            let together: Vec<_> = numbered.by_ref().take(HASHED_TOGETHER).collect();
            leaves.extend(slot_leaves(&together));
        }
        let mut index = Index::default();
        for (stored, leaf) in slots.iter().zip(leaves) {
            let keys = match stored.content.as_ref() {
                SlotContent::Used { key, next, record } => {
                    index.keep(record);
                    Some((*key, *next))
                }
                SlotContent::Free { .. } => None,
            };
            index.push(Indexed { leaf, keys, due: due_leg(stored) });
        }
        let opened = Opened { header, results, free, history, windows };
        let mut state = Self::indexed(index, opened, Pages::all([]))?;
        let mut pages = Vec::with_capacity(slots.len());
        for stored in slots {
            let page = with_edges(stored, &mut frontiers);
            if !page.is_whole() {
                return Err(RestoreError::List);
            }
            pages.push(page);
        }
        if !frontiers.is_empty() {
            return Err(RestoreError::List);
        }
        state.slots = Pages::all(pages);
        Ok(state)
    }

    /// A state whose slots stay where they are and are read from a source when they are asked for;
    /// about `room` of them are kept in memory. The tree and the keys are there, and the roots are
    /// checked; a slot is checked against its leaf when it is read.
    ///
    /// # Errors
    /// [`RestoreError`]: the store is damaged.
    pub fn open(
        index: Index,
        opened: Opened,
        source: Arc<dyn Source>,
        room: usize,
    ) -> Result<Self, RestoreError> {
        let pages = Pages::paged(index.leaves.len(), source, room);
        Self::indexed(index, opened, pages)
    }

    fn indexed(mut index: Index, kept: Opened, slots: Pages) -> Result<Self, RestoreError> {
        let tree = Tree::new(std::mem::take(&mut index.leaves));
        let head = StateHead { slots: tree.len(), free: kept.free, tree: tree.root() };
        if head.root() != kept.results.state_root {
            return Err(RestoreError::StateRoot);
        }
        let history = Tree::new(kept.history.iter().map(HistoryLeaf::leaf).collect());
        if history.root() != kept.results.history_root {
            return Err(RestoreError::HistoryRoot);
        }
        check_header(&kept)?;
        let keys = index.take_keys().ok_or(RestoreError::Order)?;
        let mut state = Self {
            header: kept.header,
            results: kept.results,
            chain: index.chain.ok_or(RestoreError::NoChain)?,
            parameters: index.parameters.ok_or(RestoreError::NoChain)?,
            slots,
            keys,
            tree,
            head,
            history,
            seen: Default::default(),
            windows: BTreeMap::new(),
            expiries: BTreeSet::new(),
            due: index.due,
            undo: VecDeque::new(),
        };
        state.restore_windows(&index.windows, kept.windows)?;
        Ok(state)
    }

    fn restore_windows(
        &mut self,
        committed: &[Window],
        windows: BTreeMap<Height, Vec<CommandId>>,
    ) -> Result<(), RestoreError> {
        for window in committed {
            let ids = windows.get(&window.height).ok_or(RestoreError::List)?;
            let leaves: Vec<_> = ids.iter().map(|id| (Hash32::ZERO, id.get())).collect();
            if Tree::new(leaf_hashes(&leaves)).head() != window.ids {
                return Err(RestoreError::List);
            }
            if !planted!(RestoreForgetsIds) {
                self.seen.extend(ids);
            }
            self.expiries.insert((window.until, window.height));
        }
        if committed.len() != windows.len() {
            return Err(RestoreError::List);
        }
        self.windows = windows;
        Ok(())
    }
}

/// A slot with the right edges of its record's lists, which are taken out.
fn with_edges(stored: StoredSlot, frontiers: &mut BTreeMap<LogName, Frontier>) -> Page {
    let lists: Vec<LogName> = match stored.content.as_ref() {
        SlotContent::Used { record, .. } => lists_of(record).map(|(log, _)| log).collect(),
        SlotContent::Free { .. } => Vec::new(),
    };
    let edges = lists.iter().map(|log| frontiers.remove(log).unwrap_or_default());
    Page { edges: edges.collect(), stored }
}

/// The header is that of the last block of the history, whose root the results declare.
fn check_header(kept: &Opened) -> Result<(), RestoreError> {
    let Some(last) = kept.history.last() else { return Err(RestoreError::HistoryRoot) };
    let same = kept.header.digest() == last.digest
        && kept.header.height == last.height
        && kept.results.height == last.height
        && kept.results.state_root == last.state_root;
    if same { Ok(()) } else { Err(RestoreError::Header) }
}
