//! Blocks that this node proposed or validated, until it executes them: decoded and checked once.
//!
//! # Place      application -> [validated] -> executor; application, for what ancestors hold
//! # Invariants a block found here is the one with that digest, and its signatures were checked
//! # Absent     anything that must be there: what is missing is decoded again from the block

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ledger_core::{block::ValidBlock, digest::Hash32, time::Height};

use crate::limits::MAX_VALIDATED;

/// A shared, bounded memory of blocks, the latest last.
#[derive(Clone, Default)]
pub(crate) struct Validated(Arc<Mutex<Blocks>>);

/// Blocks with their digests.
type Blocks = VecDeque<(Hash32, Arc<ValidBlock>)>;

impl Validated {
    /// Keeps a block; the oldest goes when there are too many.
    pub(crate) fn keep(&self, digest: Hash32, block: ValidBlock) {
        let mut blocks = self.blocks();
        if blocks.iter().any(|(known, _)| *known == digest) {
            return;
        }
        blocks.push_back((digest, Arc::new(block)));
        if blocks.len() > MAX_VALIDATED {
            blocks.pop_front();
        }
    }

    /// The block of a digest.
    pub(crate) fn get(&self, digest: &Hash32) -> Option<Arc<ValidBlock>> {
        let blocks = self.blocks();
        let found = blocks.iter().rev().find(|(known, _)| known == digest);
        found.map(|(_, block)| Arc::clone(block))
    }

    /// Forgets what was executed: the blocks up to this height.
    pub(crate) fn executed(&self, height: Height) {
        self.blocks().retain(|(_, block)| block.header().height > height);
    }

    fn blocks(&self) -> MutexGuard<'_, Blocks> {
        // Every change is one push or pop.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
