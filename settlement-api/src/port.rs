//! What the edge needs from the process it runs in: a durable key-value store.
//!
//! # Place      implemented by `node` over a gateway's own RocksDB, and in memory for tests
//! # Absent     queries: keys are chosen so that a prefix scan answers every question asked

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// A key with its new value; `None` deletes.
pub type Write = (Vec<u8>, Option<Vec<u8>>);
/// A key and its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// Why the store could not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreFault {
    /// The disk or the database failed.
    #[error("the gateway's store failed; see its log, free space or restore it, then restart")]
    Unavailable,
    /// A stored value is not what was written.
    #[error("a stored value is damaged; restore the gateway's store from a backup")]
    Damaged,
}

/// A durable, ordered key-value store of one gateway.
pub trait KeyValue: Send + Sync {
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

    /// Pairs under a prefix whose keys come after this one, in key order, at most `limit`.
    ///
    /// # Errors
    /// [`StoreFault`].
    fn scan_after(
        &self,
        prefix: &[u8],
        after: &[u8],
        limit: usize,
    ) -> Result<Vec<Pair>, StoreFault> {
        let mut pairs = self.scan(prefix, usize::MAX)?;
        pairs.retain(|(key, _)| key.as_slice() > after);
        pairs.truncate(limit);
        Ok(pairs)
    }
}

/// A store in memory, for tests.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<BTreeMap<Vec<u8>, Vec<u8>>>);

impl KeyValue for MemoryStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreFault> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned())
    }

    fn write(&self, batch: Vec<Write>) -> Result<(), StoreFault> {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, value) in batch {
            match value {
                Some(value) => map.insert(key, value),
                None => map.remove(&key),
            };
        }
        Ok(())
    }

    fn scan(&self, prefix: &[u8], limit: usize) -> Result<Vec<Pair>, StoreFault> {
        let map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let pairs = map.range(prefix.to_vec()..).take_while(|(key, _)| key.starts_with(prefix));
        Ok(pairs.take(limit).map(|(k, v)| (k.clone(), v.clone())).collect())
    }
}
