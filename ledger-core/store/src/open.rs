//! How many databases this process has open.
//!
//! A process that ends while one of its threads still closes a database is aborted in place of its exit
//! code: RocksDB's static locks are gone by then (facebook/rocksdb#11349). So it waits until there are none.
//!
//! # Place      under everything that opens RocksDB; asked by `main`, last of all
//! # Invariants none

use std::sync::atomic::{AtomicUsize, Ordering};

static OPEN: AtomicUsize = AtomicUsize::new(0);

/// Counts as an open database until it is dropped: the field after the database.
#[derive(Debug)]
pub struct Open(());

impl Open {
    /// One more.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "it counts what was opened")]
    pub fn new() -> Self {
        OPEN.fetch_add(1, Ordering::AcqRel);
        Self(())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::AcqRel);
    }
}

/// How many there are now.
pub fn count() -> usize {
    OPEN.load(Ordering::Acquire)
}
