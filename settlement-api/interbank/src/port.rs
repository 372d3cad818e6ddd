//! What the book needs from the process it runs in: a durable, ordered key-value store.
//!
//! # Place      a gateway's own store stands behind it; in memory for tests
//! # Invariants B9 a batch is on disk as a whole when `write` returns, or not at all

use std::{cell::RefCell, collections::BTreeMap};

/// A key with its new value; `None` deletes.
pub type Write = (Vec<u8>, Option<Vec<u8>>);
/// A key and its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// Why the store could not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreFault {
    /// The disk or the database failed.
    #[error("the store of cases failed; see the log, free space or restore it, then restart")]
    Unavailable,
    /// A stored value is not what was written.
    #[error("a stored value of a case is damaged; restore the store from a backup")]
    Damaged,
}

/// A durable, ordered key-value store.
pub trait Store {
    /// The value under a key.
    ///
    /// # Errors
    /// [`StoreFault`].
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreFault>;

    /// Writes all or nothing; on return it is on disk.
    ///
    /// # Errors
    /// [`StoreFault`].
    fn write(&self, batch: Vec<Write>) -> Result<(), StoreFault>;

    /// Pairs under a prefix in key order, at most `limit`.
    ///
    /// # Errors
    /// [`StoreFault`].
    fn scan(&self, prefix: &[u8], limit: usize) -> Result<Vec<Pair>, StoreFault>;
}

/// A store in memory, for tests.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore(RefCell<BTreeMap<Vec<u8>, Vec<u8>>>);

impl Store for MemoryStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreFault> {
        Ok(self.0.borrow().get(key).cloned())
    }

    fn write(&self, batch: Vec<Write>) -> Result<(), StoreFault> {
        let mut map = self.0.borrow_mut();
        for (key, value) in batch {
            match value {
                Some(value) => map.insert(key, value),
                None => map.remove(&key),
            };
        }
        Ok(())
    }

    fn scan(&self, prefix: &[u8], limit: usize) -> Result<Vec<Pair>, StoreFault> {
        let map = self.0.borrow();
        let pairs = map.range(prefix.to_vec()..).take_while(|(key, _)| key.starts_with(prefix));
        Ok(pairs.take(limit).map(|(k, v)| (k.clone(), v.clone())).collect())
    }
}
