//! Slots of the state tree: what each holds, and how a block assigns them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    codec::encode,
    digest::{Hash32, leaf_hash, leaf_hashes},
    merkle::TreeUpdate,
    proof::{SlotContent, StateHead},
    record::{Key, Record},
    state::State,
};

/// A slot as it is kept: its content and the salt of its leaf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSlot {
    /// What it holds.
    pub content: SlotContent,
    /// Salt of its leaf.
    pub salt: Hash32,
}

/// How slots change in a block.
#[derive(Clone, Debug, Default)]
pub struct SlotChanges {
    pub(super) slots: BTreeMap<u64, StoredSlot>,
    pub(super) keys: BTreeMap<Key, Option<u64>>,
    pub(super) leaves: TreeUpdate,
    pub(super) head: StateHead,
}

/// Hash of a slot's leaf.
pub(super) fn slot_leaf(slot: u64, stored: &StoredSlot) -> Hash32 {
    // The bytes of a [`SlotLeaf`], without a copy of its content.
    leaf_hash(&stored.salt, &encode(&(slot, &stored.content)))
}

/// Slots of a block while they are assigned.
pub(super) struct SlotPlan<'a> {
    state: &'a State,
    head: StateHead,
    slots: BTreeMap<u64, SlotContent>,
    keys: BTreeMap<Key, Option<u64>>,
}

impl<'a> SlotPlan<'a> {
    /// Nothing changed yet.
    pub(super) const fn new(state: &'a State) -> Self {
        Self { state, head: state.head, slots: BTreeMap::new(), keys: BTreeMap::new() }
    }

    fn slot_of(&self, key: &Key) -> Option<u64> {
        match self.keys.get(key) {
            Some(changed) => *changed,
            None => self.state.keys.get(key).copied(),
        }
    }

    fn content(&self, slot: u64) -> Option<SlotContent> {
        if let Some(content) = self.slots.get(&slot) {
            return Some(content.clone());
        }
        let at = usize::try_from(slot).ok()?;
        self.state.slots.get(at).map(|stored| stored.content.clone())
    }

    /// The slot with the greatest key below.
    fn below(&self, key: &Key) -> Option<u64> {
        let changed = self.keys.range(..*key).rev().find_map(|(k, slot)| slot.map(|s| (*k, s)));
        let kept = self
            .state
            .keys
            .range(..*key)
            .rev()
            .find(|(k, _)| !self.keys.contains_key(*k))
            .map(|(k, slot)| (*k, *slot));
        changed.max(kept).map(|(_, slot)| slot)
    }

    fn relink(&mut self, below: u64, to: Key) -> Option<Key> {
        let SlotContent::Used { key, next, record } = self.content(below)? else { return None };
        self.slots.insert(below, SlotContent::Used { key, next: to, record });
        Some(next)
    }

    /// Unlinks a key; its slot becomes the first that is used again.
    pub(super) fn remove(&mut self, key: &Key) {
        let Some(slot) = self.slot_of(key) else { return };
        let Some(SlotContent::Used { next, .. }) = self.content(slot) else { return };
        let Some(below) = self.below(key) else { return };
        self.relink(below, next);
        self.slots.insert(slot, SlotContent::Free { next: self.head.free });
        self.head.free = Some(slot);
        self.keys.insert(*key, None);
    }

    /// Sets the record under a key: in its slot, else in the slot freed last, else in a new one.
    pub(super) fn set(&mut self, key: Key, record: Record) {
        if let Some(slot) = self.slot_of(&key) {
            if let Some(SlotContent::Used { next, .. }) = self.content(slot) {
                self.slots.insert(slot, SlotContent::Used { key, next, record });
            }
            return;
        }
        let Some(below) = self.below(&key) else { return };
        let Some(next) = self.relink(below, key) else { return };
        let slot = match self.head.free.map(|free| (free, self.content(free))) {
            Some((free, Some(SlotContent::Free { next }))) => {
                self.head.free = next;
                free
            }
            _ => {
                let fresh = self.head.slots;
                self.head.slots = fresh.saturating_add(1);
                fresh
            }
        };
        self.slots.insert(slot, SlotContent::Used { key, next, record });
        self.keys.insert(key, Some(slot));
    }

    /// The changes, each leaf under a salt of its own: `salts` answers one for each slot.
    pub(super) fn finish(self, salts: impl Fn(&[u64]) -> Vec<Hash32>) -> SlotChanges {
        let numbers: Vec<u64> = self.slots.keys().copied().collect();
        let salts = salts(&numbers);
        // The bytes of a [`SlotLeaf`], without a copy of its content.
        let encoded = self.slots.iter().zip(&salts).map(|(leaf, salt)| (*salt, encode(&leaf)));
        let leaves = numbers.iter().copied().zip(leaf_hashes(&encoded.collect::<Vec<_>>()));
        let leaves = self.state.tree.plan(&leaves.collect());
        let slots = self.slots.into_iter().zip(salts);
        let slots = slots.map(|((slot, content), salt)| (slot, StoredSlot { content, salt }));
        let head = StateHead { tree: leaves.root(), ..self.head };
        SlotChanges { slots: slots.collect(), keys: self.keys, leaves, head }
    }
}
