//! Epochs: ranges of heights of one length, from genesis on.
//!
//! ```text
//! epoch      0               1               2
//! heights    0 .. L-1        L .. 2L-1       2L .. 3L-1
//!                  |               |
//!                  last block of 0: its header names who certifies epoch 1, and the state after it
//!                  holds who certifies epoch 2
//! ```
//!
//! # Place      genesis -> [epoch] -> validators (D5), header rule, consensus, verifier
//! # Invariants D6 epoch and boundary follow from the height alone
//! # Absent     who is in a committee

use std::num::NonZeroU64;

use crate::{
    block::{BlockError, Header},
    digest::Hash32,
    genesis::Genesis,
    time::Height,
};

/// How a network's heights fall into epochs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epochs(NonZeroU64);

impl Epochs {
    /// Of epochs of so many blocks; a length of zero counts as one.
    #[must_use]
    pub fn new(length: u64) -> Self {
        Self(NonZeroU64::new(length).unwrap_or(NonZeroU64::MIN))
    }

    /// Of a network.
    #[must_use]
    pub fn of(genesis: &Genesis) -> Self {
        Self::new(genesis.epoch_length)
    }

    /// Blocks in an epoch.
    #[must_use]
    pub const fn length(self) -> NonZeroU64 {
        self.0
    }

    /// The epoch of a block.
    #[must_use]
    pub fn containing(self, height: Height) -> u64 {
        height.get().checked_div(self.0.get()).unwrap_or_default()
    }

    /// The first block of an epoch; for the first epoch, genesis.
    #[must_use]
    pub const fn first(self, epoch: u64) -> Height {
        Height::new(epoch.saturating_mul(self.0.get()))
    }

    /// The last block of an epoch: its boundary.
    #[must_use]
    pub const fn last(self, epoch: u64) -> Height {
        Height::new(self.first(epoch.saturating_add(1)).get().saturating_sub(1))
    }

    /// Whether a block begins an epoch.
    #[must_use]
    pub fn is_first(self, height: Height) -> bool {
        self.first(self.containing(height)) == height
    }

    /// Whether a block is the last of its epoch.
    #[must_use]
    pub fn is_last(self, height: Height) -> bool {
        self.last(self.containing(height)) == height
    }

    /// Checks what a header says of epochs (D6): its own, and who certifies the block after it, which is
    /// `next`, the committee of the next epoch, after the last block of an epoch.
    ///
    /// # Errors
    /// [`BlockError::Header`].
    pub fn check(self, header: &Header, next: &Hash32) -> Result<(), BlockError> {
        if header.context.epoch != self.containing(header.height) {
            return Err(BlockError::Header { field: "context.epoch" });
        }
        let after = if self.is_last(header.height) { next } else { &header.committee };
        if header.next_committee == *after {
            Ok(())
        } else {
            Err(BlockError::Header { field: "next_committee" })
        }
    }
}
