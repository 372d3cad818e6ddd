//! Proofs of what the state holds, as of the present and of the blocks just before.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    account::Account,
    digest::Hash32,
    money::Currency,
    proof::{RecordProof, SlotContent, SlotLeaf, StateHead},
    record::{Key, Name, Record},
    state::{State, StoredSlot},
    time::Height,
};

/// The tree as it was after some block: what differs from the present.
struct AsOf<'a> {
    head: StateHead,
    slots: BTreeMap<u64, &'a StoredSlot>,
    leaves: BTreeMap<u64, Hash32>,
}

impl State {
    /// Proof of the record under a name as of a height; `None` when there was none, or the height
    /// is further back than proofs are kept for.
    #[must_use]
    pub fn prove_record(&self, name: &Name, height: Height) -> Option<RecordProof> {
        let key = name.key();
        self.prove_at_or_below(&key, height).filter(|proof| proof.record(&key).is_some())
    }

    /// Proof that nothing stood under a name as of a height, by the leaf below it; `None` when
    /// something did, or the height is further back than proofs are kept for.
    ///
    /// The proof shows the leaf below, which may be another member's: give it only to who may see
    /// everything. To a party, the absence of a settlement is proved by the receipt of a `close`.
    #[must_use]
    pub fn prove_absence(&self, name: &Name, height: Height) -> Option<RecordProof> {
        let key = name.key();
        self.prove_at_or_below(&key, height).filter(|proof| proof.shows_absence_of(&key))
    }

    /// Every account of a currency as of a height, in the order of slots; `None` when the height is
    /// further back than proofs are kept for. Whoever may see everything makes trees of liabilities
    /// of them (W29).
    #[must_use]
    pub fn accounts_of(&self, currency: Currency, height: Height) -> Option<Vec<Account>> {
        let then = self.as_of(height)?;
        let content = |slot| match then.slots.get(&slot) {
            Some(stored) => Some(Arc::clone(&stored.content)),
            None => self.content(slot),
        };
        let accounts =
            (0..then.head.slots).filter_map(content).filter_map(|content| match content.as_ref() {
                SlotContent::Used { record: Record::Account(account), .. } => Some(account.clone()),
                SlotContent::Used { .. } | SlotContent::Free { .. } => None,
            });
        Some(accounts.filter(|account| account.currency == currency).collect())
    }

    fn prove_at_or_below(&self, key: &Key, height: Height) -> Option<RecordProof> {
        let then = self.as_of(height)?;
        let (slot, stored) = self.leaf_at_or_below(key, &then)?;
        let path = self.tree.path(slot, then.head.slots, &then.leaves)?;
        let leaf = SlotLeaf { slot, content: SlotContent::clone(&stored.content) };
        Some(RecordProof { leaf, salt: stored.salt, path, head: then.head })
    }

    /// What the present must be undone by; `None` when that is no longer, or not yet, known.
    fn as_of(&self, height: Height) -> Option<AsOf<'_>> {
        let reach = self.undo.front().map_or(self.header.height.next(), |undo| undo.height);
        if height > self.header.height || height.next() < reach {
            return None;
        }
        let mut then = AsOf { head: self.head, slots: BTreeMap::new(), leaves: BTreeMap::new() };
        for undo in self.undo.iter().rev().take_while(|undo| undo.height > height) {
            then.head = undo.head;
            then.slots.extend(undo.slots.iter().map(|(slot, stored)| (*slot, stored)));
            then.leaves.extend(&undo.leaves);
        }
        Some(then)
    }

    /// The leaf with the greatest key that was not above this one.
    fn leaf_at_or_below<'a>(&'a self, key: &Key, then: &AsOf<'a>) -> Option<(u64, &'a StoredSlot)> {
        let undone = then.slots.iter().filter_map(|(slot, stored)| match stored.content.as_ref() {
            SlotContent::Used { key: found, .. } if found <= key && *slot < then.head.slots => {
                Some((*found, *slot))
            }
            SlotContent::Used { .. } | SlotContent::Free { .. } => None,
        });
        let mut kept = self.keys.down_from(key);
        let unchanged = |slot: &u64| *slot < then.head.slots && !then.slots.contains_key(slot);
        let below = undone.max().max(kept.find(|(_, slot)| unchanged(slot)));
        let (_, slot) = below?;
        let present = || self.slot(slot);
        Some((slot, then.slots.get(&slot).copied().or_else(present)?))
    }
}
