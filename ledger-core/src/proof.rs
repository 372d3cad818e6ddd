//! Proofs: what ties a receipt or a record to one certified header.
//!
//! ```text
//! receipt --path--> receipt root \
//!                   block digest  > history leaf --path--> history root at S \
//!                   state root   /                                            > header --certificate
//! record --path--> state root at S -------------------------------------------/
//! ```
//!
//! # Place      cut by nodes from `state`; checked by the `verifier` crate
//! # Invariants W9 a proof binds every byte it shows; what it cannot bind it does not carry
//! # Absent     certificates (the verifier's part)

use serde::{Deserialize, Serialize};

use crate::{
    block::Results,
    codec::encode,
    digest::{Domain, Hash32, leaf_hash},
    merkle::root_from_path,
    receipt::{HistoryLeaf, Receipt},
    record::{Key, Record},
};

/// What a slot of the state tree holds.
#[allow(clippy::large_enum_variant, reason = "nearly every slot is used")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SlotContent {
    /// Nothing; it will be used again.
    Free {
        /// The slot freed before it.
        next: Option<u64>,
    },
    /// A record, in the order of keys: no key lies between `key` and `next`.
    Used {
        /// Its key.
        key: Key,
        /// The next key above it; all `ff` for the last.
        next: Key,
        /// The record.
        record: Record,
    },
}

/// A leaf of the state tree, as it is hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotLeaf {
    /// Its slot: the index in the tree.
    pub slot: u64,
    /// What it holds.
    pub content: SlotContent,
}

impl SlotLeaf {
    /// Its hash.
    #[must_use]
    pub fn leaf(&self, salt: &Hash32) -> Hash32 {
        leaf_hash(salt, &encode(self))
    }
}

/// What a state root is the hash of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct StateHead {
    /// Number of slots.
    pub slots: u64,
    /// The slot freed last.
    pub free: Option<u64>,
    /// Root of the tree over the slots.
    pub tree: Hash32,
}

impl StateHead {
    /// The state root.
    #[must_use]
    pub fn root(&self) -> Hash32 {
        Domain::State.hash_of(self)
    }
}

/// Ties a receipt to the history root that a header declares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptProof {
    /// The receipt.
    pub receipt: Receipt,
    /// Salt of its leaf.
    pub salt: Hash32,
    /// From the receipt to its block's receipt root.
    pub path: Vec<Hash32>,
    /// Its block in the history tree.
    pub history: HistoryLeaf,
    /// From the block to the history root.
    pub history_path: Vec<Hash32>,
}

impl ReceiptProof {
    /// Whether the receipt is among those that these results cover.
    #[must_use]
    pub fn holds_under(&self, results: &Results) -> bool {
        let leaf = self.receipt.leaf(&self.salt);
        let receipts = self.history.receipts;
        let in_block =
            root_from_path(leaf, u64::from(self.receipt.index), receipts.count, &self.path);
        self.receipt.height == self.history.height
            && in_block == Some(receipts.root)
            && in_history(&self.history, &self.history_path, results)
    }
}

/// Ties a block to the history root that a header declares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockProof {
    /// The block in the history tree.
    pub history: HistoryLeaf,
    /// From the block to the history root.
    pub history_path: Vec<Hash32>,
}

impl BlockProof {
    /// Whether the block is in the history that these results declare.
    #[must_use]
    pub fn holds_under(&self, results: &Results) -> bool {
        in_history(&self.history, &self.history_path, results)
    }
}

fn in_history(leaf: &HistoryLeaf, path: &[Hash32], results: &Results) -> bool {
    let blocks = results.height.next().get();
    root_from_path(leaf.leaf(), leaf.height.get(), blocks, path) == Some(results.history_root)
}

/// Ties a record to the state root that a header declares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordProof {
    /// The leaf that holds it.
    pub leaf: SlotLeaf,
    /// Its salt.
    pub salt: Hash32,
    /// From the leaf to the root of the tree.
    pub path: Vec<Hash32>,
    /// What the state root is the hash of.
    pub head: StateHead,
}

impl RecordProof {
    /// Whether the record is in the state that these results declare.
    #[must_use]
    pub fn holds_under(&self, results: &Results) -> bool {
        let leaf = self.leaf.leaf(&self.salt);
        root_from_path(leaf, self.leaf.slot, self.head.slots, &self.path) == Some(self.head.tree)
            && self.head.root() == results.state_root
    }

    /// The record under `key`, when the proof shows it.
    #[must_use]
    pub fn record(&self, key: &Key) -> Option<&Record> {
        match &self.leaf.content {
            SlotContent::Used { key: found, record, .. } if found == key => Some(record),
            SlotContent::Used { .. } | SlotContent::Free { .. } => None,
        }
    }

    /// Whether the proof shows that nothing stands under `key`.
    #[must_use]
    pub fn shows_absence_of(&self, key: &Key) -> bool {
        match &self.leaf.content {
            SlotContent::Used { key: below, next, .. } => below < key && key < next,
            SlotContent::Free { .. } => false,
        }
    }
}
