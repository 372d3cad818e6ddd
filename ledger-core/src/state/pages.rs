//! Slots in memory, and how those that are not there are brought in.
//!
//! A state without a source has every slot in memory. With one it keeps the tree, the keys and what
//! was used lately; everything else is read when it is asked for, and let go of between blocks.
//!
//! # Place      under `state`; the store is its [`Source`]
//! # Invariants I11 what is brought in has the hash of its leaf, and right edges with the heads that
//! #            its record commits to; I8 whether a slot was in memory changes no answer
//! # Absent     disk; how slots are assigned (see `slots`)

use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{
    chunks::Chunks,
    journal::{LogName, lists_of},
    merkle::{Frontier, Tree},
    proof::SlotContent,
    record::Record,
    state::StoredSlot,
};

/// One part in this many of the room may be brought in before slots are let go of.
const CROWDED: usize = 8;
/// Slots that are looked at, beyond those that must go, to find some that were not used.
const LOOKED_AT: usize = 1_024;

/// A slot and the right edges of the lists that its record owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The slot.
    pub stored: StoredSlot,
    /// In the order of [`lists_of`]; an empty list has an empty one.
    pub edges: Vec<Frontier>,
}

impl Page {
    /// The record, unless the slot is free.
    #[must_use]
    pub fn record(&self) -> Option<&Record> {
        match self.stored.content.as_ref() {
            SlotContent::Used { record, .. } => Some(record),
            SlotContent::Free { .. } => None,
        }
    }

    /// The right edge of a list that the record owns.
    #[must_use]
    pub fn edge(&self, log: &LogName) -> Option<&Frontier> {
        let lists = self.record().into_iter().flat_map(lists_of);
        lists.zip(&self.edges).find(|((name, _), _)| name == log).map(|(_, edge)| edge)
    }

    /// Whether every list that the record commits to has the right edge of its head.
    pub(super) fn is_whole(&self) -> bool {
        let heads: Vec<_> = self.record().into_iter().flat_map(lists_of).collect();
        let edges = heads.iter().zip(&self.edges);
        heads.len() == self.edges.len()
            && edges.into_iter().all(|((_, head), e)| e.head() == *head && e.is_well_formed())
    }
}

/// Where slots are read that are not in memory.
pub trait Source: Send + Sync {
    /// A slot as the last block left it; `None` when it cannot be read, of which the source has told
    /// whoever runs the node.
    fn page(&self, slot: u64) -> Option<Page>;
}

/// A slot in memory, and whether it was used since somebody looked.
struct Held {
    page: Page,
    used: AtomicBool,
}

/// All slots, some of them in memory.
pub(super) struct Pages {
    cells: Chunks<OnceLock<Arc<Held>>>,
    source: Option<Arc<dyn Source>>,
    /// How many slots stay in memory between blocks, about.
    room: usize,
    /// Those in memory, in the order in which they are looked at.
    queue: VecDeque<u64>,
    /// Those brought in since the last block.
    brought: Mutex<Vec<u64>>,
    faulty: AtomicBool,
}

impl Pages {
    /// Slots that are all in memory.
    pub(super) fn all(pages: impl IntoIterator<Item = Page>) -> Self {
        let mut all = Self::none(0, None, 0);
        pages.into_iter().zip(0u64..).for_each(|(page, slot)| all.set(slot, page));
        all
    }

    /// So many slots, none of them in memory.
    pub(super) fn paged(count: usize, source: Arc<dyn Source>, room: usize) -> Self {
        Self::none(count, Some(source), room)
    }

    fn none(count: usize, source: Option<Arc<dyn Source>>, room: usize) -> Self {
        Self {
            cells: std::iter::repeat_with(OnceLock::new).take(count).collect(),
            source,
            room,
            queue: VecDeque::new(),
            brought: Mutex::default(),
            faulty: AtomicBool::new(false),
        }
    }

    /// How many slots there are.
    pub(super) fn len(&self) -> u64 {
        u64::try_from(self.cells.len()).unwrap_or(u64::MAX)
    }

    /// Whether nothing is ever read from a source.
    pub(super) const fn are_all_in_memory(&self) -> bool {
        self.source.is_none()
    }

    /// Whether a slot could not be read, or was not the one that the tree has.
    pub(super) fn is_faulty(&self) -> bool {
        self.faulty.load(Ordering::Relaxed)
    }

    fn cell(&self, slot: u64) -> Option<&OnceLock<Arc<Held>>> {
        self.cells.get(usize::try_from(slot).ok()?)
    }

    /// A slot, in memory from then on.
    pub(super) fn get(&self, slot: u64, tree: &Tree) -> Option<&Page> {
        let cell = self.cell(slot)?;
        if cell.get().is_none() {
            let page = self.read(slot, tree)?;
            // Another reader may have been faster, with the same.
            if cell.set(Arc::new(Held { page, used: AtomicBool::new(true) })).is_ok() {
                self.brought.lock().unwrap_or_else(PoisonError::into_inner).push(slot);
            }
        }
        let held = cell.get()?;
        if !held.used.load(Ordering::Relaxed) {
            held.used.store(true, Ordering::Relaxed);
        }
        Some(&held.page)
    }

    /// What a slot holds, which stays where it is.
    pub(super) fn peek(&self, slot: u64, tree: &Tree) -> Option<Arc<SlotContent>> {
        match self.cell(slot)?.get() {
            Some(held) => Some(Arc::clone(&held.page.stored.content)),
            None => Some(self.read(slot, tree)?.stored.content),
        }
    }

    fn read(&self, slot: u64, tree: &Tree) -> Option<Page> {
        let found = self.source.as_ref().and_then(|source| source.page(slot));
        let good =
            found.filter(|page| Some(page.stored.leaf(slot)) == tree.leaf(slot) && page.is_whole());
        if good.is_none() {
            self.faulty.store(true, Ordering::Relaxed);
        }
        good
    }

    /// Sets a slot, or the next new one.
    pub(super) fn set(&mut self, slot: u64, page: Page) {
        let held = Arc::new(Held { page, used: AtomicBool::new(true) });
        let at = usize::try_from(slot).unwrap_or(usize::MAX);
        let fresh = match self.cells.get_mut(at) {
            Some(cell) => std::mem::replace(cell, OnceLock::from(held)).get().is_none(),
            None => {
                self.cells.push(OnceLock::from(held));
                true
            }
        };
        if fresh && self.source.is_some() {
            self.queue.push_back(slot);
        }
    }

    /// Whether more was brought in since slots were last let go of than should stay.
    pub(super) fn are_crowded(&self) -> bool {
        let brought = self.brought.lock().unwrap_or_else(PoisonError::into_inner);
        self.source.is_some() && brought.len() > self.room / CROWDED
    }

    /// Lets go of slots that were not used for the longest time, as far as there is no room.
    pub(super) fn trim(&mut self) {
        let brought = self.brought.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.queue.extend(brought.drain(..));
        let excess = self.queue.len().saturating_sub(self.room);
        let looks =
            if excess == 0 { 0 } else { excess.saturating_mul(2).saturating_add(LOOKED_AT) };
        for _ in 0..looks {
            if self.queue.len() <= self.room {
                return;
            }
            let Some(slot) = self.queue.pop_front() else { return };
            let at = usize::try_from(slot).unwrap_or(usize::MAX);
            let Some(cell) = self.cells.get_mut(at) else { continue };
            if cell.get().is_some_and(|held| held.used.swap(false, Ordering::Relaxed)) {
                self.queue.push_back(slot);
            } else {
                *cell = OnceLock::new();
            }
        }
    }

    /// How many slots are in memory.
    #[cfg(any(test, feature = "testing"))]
    pub(super) fn in_memory(&self) -> usize {
        self.cells.runs().flatten().filter(|cell| cell.get().is_some()).count()
    }
}

impl Clone for Pages {
    fn clone(&self) -> Self {
        let brought = self.brought.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Self {
            cells: self.cells.clone(),
            source: self.source.clone(),
            room: self.room,
            queue: self.queue.clone(),
            brought: Mutex::new(brought),
            faulty: AtomicBool::new(self.is_faulty()),
        }
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("slots", &self.len()).finish_non_exhaustive()
    }
}
