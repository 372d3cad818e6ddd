//! Slots of the state tree: what each holds, and how a block assigns them.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    codec::encode,
    digest::{Hash32, leaf_hashes},
    merkle::{Frontier, TreeUpdate},
    parallel::in_parts,
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

impl StoredSlot {
    /// Hash of its leaf, where it is the slot of this number.
    #[must_use]
    pub fn leaf(&self, slot: u64) -> Hash32 {
        slot_leaves(&[(slot, self)]).first().copied().unwrap_or(Hash32::ZERO)
    }
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

/// A record that a block sets.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Its key.
    pub key: Key,
    /// The slot in which the key stands before the block, if in any.
    pub slot: Option<u64>,
    /// What stands there from then on.
    pub record: Arc<Record>,
}

/// How slots change in a block.
#[derive(Clone, Debug, Default)]
pub struct SlotChanges {
    pub(super) slots: BTreeMap<u64, StoredSlot>,
    /// Right edges of their records' lists, in the order of slots.
    pub(super) edges: Vec<Vec<Frontier>>,
    pub(super) keys: BTreeMap<Key, Option<u64>>,
    pub(super) leaves: TreeUpdate,
    pub(super) head: StateHead,
}

/// Hashes of the leaves of slots, in their order.
pub(super) fn slot_leaves(slots: &[(u64, &StoredSlot)]) -> Vec<Hash32> {
    in_parts(slots, |part| {
        // The bytes of a [`SlotLeaf`], without a copy of its content.
        let encoded = part
            .iter()
            .map(|(slot, stored)| (stored.salt, encode(&(slot, stored.content.as_ref()))));
        leaf_hashes(&encoded.collect::<Vec<_>>())
    })
}

/// Slots by number while they are assigned; they are put in order before anything is made of them.
#[allow(clippy::disallowed_types, reason = "sorted before it is gone through")]
type Assigned = std::collections::HashMap<u64, Arc<SlotContent>, foldhash::fast::RandomState>;

/// Slots of a block while they are assigned.
pub(super) struct SlotPlan<'a> {
    state: &'a State,
    head: StateHead,
    slots: Assigned,
    keys: BTreeMap<Key, Option<u64>>,
}

impl<'a> SlotPlan<'a> {
    /// Nothing changed yet.
    pub(super) fn new(state: &'a State) -> Self {
        Self { state, head: state.head, slots: Assigned::default(), keys: BTreeMap::new() }
    }

    fn content(&self, slot: u64) -> Option<&Arc<SlotContent>> {
        let kept = || Some(&self.state.slot(slot)?.content);
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
        let mut kept = self.state.keys.down_from(key);
        let kept = kept.find(|(found, _)| found < key && !self.keys.contains_key(found));
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
        let Some(slot) = self.state.slot_of(key) else { return };
        let Some(next) = self.next(slot) else { return };
        let Some(below) = self.below(key) else { return };
        self.relink(below, next);
        self.fill(slot, SlotContent::Free { next: self.head.free });
        self.head.free = Some(slot);
        self.keys.insert(*key, None);
    }

    /// Sets a record: in the slot of its key, else in the slot freed last, else in a new one.
    pub(super) fn set(&mut self, placed: Placed) {
        let (key, record) = (placed.key, Arc::unwrap_or_clone(placed.record));
        // A key that was unlinked in this block stands nowhere any more.
        if let Some(slot) = placed.slot.filter(|_| !self.keys.contains_key(&key)) {
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
        let mut slots: Vec<(u64, Arc<SlotContent>)> = self.slots.into_iter().collect();
        slots.sort_unstable_by_key(|(slot, _)| *slot);
        let numbers: Vec<u64> = slots.iter().map(|(slot, _)| *slot).collect();
        let salted = slots.into_iter().zip(salts(&numbers));
        let slots: BTreeMap<u64, StoredSlot> =
            salted.map(|((slot, content), salt)| (slot, StoredSlot { content, salt })).collect();
        let leaves: Vec<_> = slots.iter().map(|(slot, stored)| (*slot, stored)).collect();
        let leaves = slot_leaves(&leaves);
        let leaves = self.state.tree.plan(numbers.into_iter().zip(leaves));
        let head = StateHead { tree: leaves.root(), ..self.head };
        SlotChanges { slots, edges: Vec::new(), keys: self.keys, leaves, head }
    }
}
