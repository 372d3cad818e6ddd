//! The ledger on disk: one atomic batch per block, read back to the same roots.
//!
//! [`Store`] is the one writer: it executes a block, takes it into memory, and has everything the block
//! changed written in one batch behind it. [`View`] reads beside it and cuts proofs. [`recount`] adds
//! up the journals for an auditor. [`snapshot`] carries a state to another machine; [`prune`] ends
//! what is kept of old blocks.
//!
//! # Place      consensus -> ledger-core -> [ledger-store] -> receipts and proofs -> ledger port
//! # Invariants I8 and I11 what is opened has the roots it was closed with, or is refused; I9 no
//! #            receipt or journal row is rewritten
//! # Absent     rules (`ledger-core`); who may read what (the ledger port); when to sync and what
//! #            to acknowledge (the node)
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::match_wildcard_for_single_variants
    )
)]

mod backing;
mod batch;
mod behind;
pub mod committees;
mod db;
pub mod error;
mod kept;
mod key;
mod legs;
pub mod limits;
mod logs;
mod memory;
mod migrate;
pub mod open;
pub mod proofs;
pub mod prune;
mod receipts;
pub mod recount;
mod restore;
mod row;
mod slot_row;
pub mod snapshot;
pub mod store;
#[cfg(test)]
mod tests;
pub mod view;

pub use backing::Backed;
pub use committees::StoredHandover;
pub use error::StoreError;
pub use proofs::{Certified, Proven};
pub use prune::Pruning;
pub use row::Position;
pub use snapshot::{Progress, SnapshotError, Taken};
pub use store::Store;
pub use view::View;
