//! Slots of the state tree: what each holds, and how a block assigns them.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    codec::encode,
    digest::{Hash32, leaf_hashes},
    merkle::TreeUpdate,
    proof::{SlotContent, StateHead},
    record::{Key, Record},
    state::State,
};

/// A slot as it is kept: its content and the salt of its leaf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSlot {
    /// What it holds, shared with the slot as it was where that is remembered.
    #[serde(with = "plain_bytes")]
    pub content: Arc<SlotContent>,
    /// Salt of its leaf.
    pub salt: Hash32,
}

/// A shared value as its bytes: those of the value.
mod plain_bytes {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<T: Serialize, S: Serializer>(
        value: &Arc<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().serialize(serializer)
    }

    pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<T>, D::Error> {
        T::deserialize(deserializer).map(Arc::new)
    }
}

/// How slots change in a block.
#[derive(Clone, Debug, Default)]
pub struct SlotChanges {
    pub(super) slots: BTreeMap<u64, StoredSlot>,
    pub(super) keys: BTreeMap<Key, Option<u64>>,
    pub(super) leaves: TreeUpdate,
    pub(super) head: StateHead,
}

/// Hashes of the leaves of slots, in their order.
pub(super) fn slot_leaves<'a>(slots: impl Iterator<Item = (u64, &'a StoredSlot)>) -> Vec<Hash32> {
    // The bytes of a [`SlotLeaf`], without a copy of its content.
    let encoded =
        slots.map(|(slot, stored)| (stored.salt, encode(&(slot, stored.content.as_ref()))));
    leaf_hashes(&encoded.collect::<Vec<_>>())
}

/// Slots of a block while they are assigned.
pub(super) struct SlotPlan<'a> {
    state: &'a State,
    head: StateHead,
    slots: BTreeMap<u64, Arc<SlotContent>>,
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

    fn content(&self, slot: u64) -> Option<&Arc<SlotContent>> {
        let kept = || Some(&self.state.slots.get(usize::try_from(slot).ok()?)?.content);
        self.slots.get(&slot).or_else(kept)
    }

    /// The next key above the one in a slot.
    fn next(&self, slot: u64) -> Option<Key> {
        match self.content(slot)?.as_ref() {
            SlotContent::Used { next, .. } => Some(*next),
            SlotContent::Free { .. } => None,
        }
    }

    fn fill(&mut self, slot: u64, content: SlotContent) {
        self.slots.insert(slot, Arc::new(content));
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

    /// Makes the key in a used slot point to another one above it; answers the one it pointed to.
    fn relink(&mut self, slot: u64, to: Key) -> Option<Key> {
        let mut content = match self.slots.remove(&slot) {
            Some(changed) => changed,
            None => Arc::clone(self.content(slot)?),
        };
        let SlotContent::Used { next, .. } = Arc::make_mut(&mut content) else { return None };
        let was = std::mem::replace(next, to);
        self.slots.insert(slot, content);
        Some(was)
    }

    /// Unlinks a key; its slot becomes the first that is used again.
    pub(super) fn remove(&mut self, key: &Key) {
        let Some(slot) = self.slot_of(key) else { return };
        let Some(next) = self.next(slot) else { return };
        let Some(below) = self.below(key) else { return };
        self.relink(below, next);
        self.fill(slot, SlotContent::Free { next: self.head.free });
        self.head.free = Some(slot);
        self.keys.insert(*key, None);
    }

    /// Sets the record under a key: in its slot, else in the slot freed last, else in a new one.
    pub(super) fn set(&mut self, key: Key, record: Record) {
        if let Some(slot) = self.slot_of(&key) {
            if let Some(next) = self.next(slot) {
                self.fill(slot, SlotContent::Used { key, next, record });
            }
            return;
        }
        let Some(below) = self.below(&key) else { return };
        let Some(next) = self.relink(below, key) else { return };
        let freed = self.head.free.and_then(|free| match self.content(free)?.as_ref() {
            SlotContent::Free { next } => Some((free, *next)),
            SlotContent::Used { .. } => None,
        });
        let slot = match freed {
            Some((free, next)) => {
                self.head.free = next;
                free
            }
            None => {
                let fresh = self.head.slots;
                self.head.slots = fresh.saturating_add(1);
                fresh
            }
        };
        self.fill(slot, SlotContent::Used { key, next, record });
        self.keys.insert(key, Some(slot));
    }

    /// The changes, each leaf under a salt of its own: `salts` answers one for each slot.
    pub(super) fn finish(self, salts: impl Fn(&[u64]) -> Vec<Hash32>) -> SlotChanges {
        let numbers: Vec<u64> = self.slots.keys().copied().collect();
        let salts = salts(&numbers);
        let contents = self.slots.into_iter().zip(salts);
        let slots: BTreeMap<u64, StoredSlot> =
            contents.map(|((slot, content), salt)| (slot, StoredSlot { content, salt })).collect();
        let leaves = slot_leaves(slots.iter().map(|(slot, stored)| (*slot, stored)));
        let leaves = self.state.tree.plan(&numbers.into_iter().zip(leaves).collect());
        let head = StateHead { tree: leaves.root(), ..self.head };
        SlotChanges { slots, keys: self.keys, leaves, head }
    }
}
