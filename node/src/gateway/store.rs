//! A gateway's own RocksDB: its workflow data, synced before anything is acknowledged.

use std::path::Path;

use ledger_store::open::Open;
use rocksdb::{DB, DBRecoveryMode, Direction, IteratorMode, Options, WriteBatch, WriteOptions};
use settlement_api::port::{KeyValue, Pair, StoreFault, Write};

/// Bytes of writes kept in memory before they are flushed.
const WRITE_BUFFER: usize = 8 << 20;
/// Files kept open.
const OPEN_FILES: i32 = 128;

/// The store of one gateway.
pub(super) struct RocksStore(DB, Open);

impl RocksStore {
    /// Opens or creates it.
    pub(super) fn open(path: &Path) -> Result<Self, StoreFault> {
        let mut options = Options::default();
        options.create_if_missing(true);
        options.set_write_buffer_size(WRITE_BUFFER);
        options.set_max_open_files(OPEN_FILES);
        options.set_compression_type(rocksdb::DBCompressionType::Lz4);
        // What a crash cut off at the log's end was never acknowledged; damage before it was, and
        // must stop the gateway instead of being dropped silently.
        options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
        DB::open(&options, path).map(|store| Self(store, Open::new())).map_err(fault)
    }
}

impl KeyValue for RocksStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreFault> {
        self.0.get(key).map_err(fault)
    }

    fn write(&self, batch: Vec<Write>) -> Result<(), StoreFault> {
        let mut writes = WriteBatch::default();
        for (key, value) in batch {
            match value {
                Some(value) => writes.put(key, value),
                None => writes.delete(key),
            }
        }
        let mut options = WriteOptions::default();
        options.set_sync(true);
        self.0.write_opt(writes, &options).map_err(fault)
    }

    fn scan(&self, prefix: &[u8], limit: usize) -> Result<Vec<Pair>, StoreFault> {
        let mut pairs = Vec::new();
        for pair in self.0.iterator(IteratorMode::From(prefix, Direction::Forward)) {
            let (key, value) = pair.map_err(fault)?;
            if pairs.len() >= limit || !key.starts_with(prefix) {
                break;
            }
            pairs.push((key.into_vec(), value.into_vec()));
        }
        Ok(pairs)
    }

    fn scan_after(
        &self,
        prefix: &[u8],
        after: &[u8],
        limit: usize,
    ) -> Result<Vec<Pair>, StoreFault> {
        let mut pairs = Vec::new();
        let from = after.max(prefix);
        for pair in self.0.iterator(IteratorMode::From(from, Direction::Forward)) {
            let (key, value) = pair.map_err(fault)?;
            if pairs.len() >= limit || !key.starts_with(prefix) {
                break;
            }
            if *key > *after {
                pairs.push((key.into_vec(), value.into_vec()));
            }
        }
        Ok(pairs)
    }
}

fn fault(error: rocksdb::Error) -> StoreFault {
    tracing::error!(%error, "gateway.store");
    match error.kind() {
        rocksdb::ErrorKind::Corruption => StoreFault::Damaged,
        _ => StoreFault::Unavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_there_after_a_reopening_in_key_order() {
        let folder = tempfile::tempdir().unwrap();
        let open = || RocksStore::open(folder.path()).unwrap();
        let put = |key: &[u8]| (key.to_vec(), Some(key.to_vec()));
        open().write(vec![put(b"a/2"), put(b"a/1"), put(b"b/1")]).unwrap();
        open().write(vec![(b"a/2".to_vec(), None), put(b"a/3")]).unwrap();
        let keys: Vec<_> = open().scan(b"a/", 10).unwrap().into_iter().map(|(k, _)| k).collect();
        assert_eq!(keys, [b"a/1".to_vec(), b"a/3".to_vec()]);
        assert_eq!(open().scan(b"a/", 1).unwrap().len(), 1);
        let after = |key: &[u8], limit| {
            let found = open().scan_after(b"a/", key, limit).unwrap();
            found.into_iter().map(|(key, _)| key).collect::<Vec<_>>()
        };
        assert_eq!(after(b"a/1", 10), [b"a/3".to_vec()]);
        assert_eq!(after(b"", 1), [b"a/1".to_vec()]);
        assert_eq!(after(b"a/2", 10), [b"a/3".to_vec()]);
        assert!(after(b"a/3", 10).is_empty() && after(b"b", 10).is_empty());
        assert_eq!(open().get(b"b/1").unwrap().as_deref(), Some(b"b/1".as_slice()));
    }
}
