//! RocksDB: the one module that names it.
//!
//! One log for all column families and atomic flushes, so that what a crash leaves is always the
//! state after some whole batch. A write reaches the operating system at once and the disk with
//! [`Db::sync`].
//!
//! # Place      under `store` (writes), `restore`, `view` and `recount` (reads)
//! # Invariants checksums of blocks are verified at every read; the log is read up to its first bad
//! #            record (a node lost nothing that its peers do not have)
//! # Absent     what keys and rows mean (see `key`, `row`)

use std::path::Path;

use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamily, ColumnFamilyDescriptor, DB, DBCompressionType,
    DBRecoveryMode, Direction, ErrorKind, IteratorMode, Options, WriteBatch,
};
use serde::de::DeserializeOwned;

use crate::{
    error::StoreError,
    limits::{
        BACKGROUND_JOBS, BLOCK_CACHE_BYTES, OPEN_FILES, READ_ONLY_ATTEMPTS, WAL_BYTES,
        WRITE_BUFFER_BYTES, WRITE_BUFFERS_BYTES,
    },
    row::decode,
};

/// A column family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// What exists once ([`crate::row::Meta`]).
    Meta,
    /// Slot -> `StoredSlot`.
    Slots,
    /// Height -> `BlockRow`.
    Blocks,
    /// Height -> `HistoryLeaf`.
    History,
    /// Position -> `Receipt`.
    Receipts,
    /// Command id -> `Position`.
    Commands,
    /// LEI, position -> nothing.
    Parties,
    /// Leg id, position -> `Kind`.
    Legs,
    /// UETR, leg id -> nothing.
    Uetrs,
    /// List, index -> `LogAppend`.
    Logs,
    /// List -> `Frontier`.
    Frontiers,
    /// Height -> ids of commands.
    Windows,
    /// Height -> `CertificateRow`.
    Certificates,
}

impl Family {
    /// Every family.
    pub(crate) const ALL: [Self; 13] = [
        Self::Meta,
        Self::Slots,
        Self::Blocks,
        Self::History,
        Self::Receipts,
        Self::Commands,
        Self::Parties,
        Self::Legs,
        Self::Uetrs,
        Self::Logs,
        Self::Frontiers,
        Self::Windows,
        Self::Certificates,
    ];

    /// Its name on disk.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Slots => "slots",
            Self::Blocks => "blocks",
            Self::History => "history",
            Self::Receipts => "receipts",
            Self::Commands => "commands",
            Self::Parties => "parties",
            Self::Legs => "legs",
            Self::Uetrs => "uetrs",
            Self::Logs => "logs",
            Self::Frontiers => "frontiers",
            Self::Windows => "windows",
            Self::Certificates => "certificates",
        }
    }
}

/// One change of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Sets a row.
    Put(Family, Vec<u8>, Vec<u8>),
    /// Removes a row.
    Delete(Family, Vec<u8>),
}

/// A key and its value, as stored.
pub(crate) type Pair = (Box<[u8]>, Box<[u8]>);

/// An open database.
pub(crate) struct Db {
    inner: DB,
}

impl Db {
    /// Opens a database for one writer, and creates it when there is none.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let mut options = options(OPEN_FILES);
        options.create_if_missing(true);
        options.create_missing_column_families(true);
        let inner = DB::open_cf_descriptors(&options, path, families(OPEN_FILES)).map_err(rocks)?;
        Ok(Self { inner })
    }

    /// Opens a database as it is now, beside the process that writes it.
    ///
    /// All files are opened at once, so that none can be removed under the reader; when one is
    /// removed while they are being opened, the attempt is repeated.
    pub(crate) fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        if !path.join("CURRENT").is_file() {
            return Err(StoreError::NotThere);
        }
        let mut last = StoreError::NotThere;
        for _ in 0..READ_ONLY_ATTEMPTS {
            let opened = DB::open_cf_descriptors_read_only(&options(-1), path, families(-1), false);
            match opened.map_err(rocks) {
                Ok(inner) => return Ok(Self { inner }),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// A stored value.
    pub(crate) fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.get_cf(self.handle(family)?, key).map_err(rocks)
    }

    /// A stored row.
    pub(crate) fn row<T: DeserializeOwned>(
        &self,
        family: Family,
        key: &[u8],
        limit: usize,
    ) -> Result<Option<T>, StoreError> {
        self.get(family, key)?.map(|bytes| decode(&bytes, limit, family.name())).transpose()
    }

    /// Rows of a family in the order of keys, from this key on.
    pub(crate) fn scan(
        &self,
        family: Family,
        from: &[u8],
    ) -> Result<impl Iterator<Item = Result<Pair, StoreError>>, StoreError> {
        let mode = IteratorMode::From(from, Direction::Forward);
        let rows = self.inner.iterator_cf(self.handle(family)?, mode);
        Ok(rows.map(|row| row.map_err(rocks)))
    }

    /// The row with the greatest key.
    pub(crate) fn last(&self, family: Family) -> Result<Option<Pair>, StoreError> {
        let mut rows = self.inner.iterator_cf(self.handle(family)?, IteratorMode::End);
        rows.next().transpose().map_err(rocks)
    }

    /// Makes all changes or none of them.
    pub(crate) fn write(&self, changes: &[Change]) -> Result<(), StoreError> {
        let mut batch = WriteBatch::default();
        for change in changes {
            match change {
                Change::Put(family, key, value) => {
                    batch.put_cf(self.handle(*family)?, key, value);
                }
                Change::Delete(family, key) => batch.delete_cf(self.handle(*family)?, key),
            }
        }
        self.inner.write(batch).map_err(rocks)
    }

    /// Brings everything written so far to the disk.
    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        self.inner.flush_wal(true).map_err(rocks)
    }

    fn handle(&self, family: Family) -> Result<&ColumnFamily, StoreError> {
        self.inner.cf_handle(family.name()).ok_or(StoreError::Damaged { what: family.name() })
    }

    /// Writes everything in memory into table files, as a long run would.
    #[cfg(test)]
    pub(crate) fn flush(&self) {
        let handles: Vec<_> = Family::ALL.iter().map(|f| self.handle(*f).unwrap()).collect();
        self.inner.flush_cfs_opt(&handles, &rocksdb::FlushOptions::default()).unwrap();
    }
}

fn options(open_files: i32) -> Options {
    let mut options = Options::default();
    options.set_paranoid_checks(true);
    options.set_wal_recovery_mode(DBRecoveryMode::PointInTime);
    options.set_atomic_flush(true);
    options.set_db_write_buffer_size(WRITE_BUFFERS_BYTES);
    options.set_max_total_wal_size(WAL_BYTES);
    options.set_max_open_files(open_files);
    options.set_max_background_jobs(BACKGROUND_JOBS);
    options.set_keep_log_file_num(2);
    options.set_max_log_file_size(1024 * 1024);
    options
}

fn families(open_files: i32) -> Vec<ColumnFamilyDescriptor> {
    let cache = Cache::new_lru_cache(BLOCK_CACHE_BYTES);
    let mut tables = BlockBasedOptions::default();
    tables.set_block_cache(&cache);
    let descriptor = |family: &Family| {
        let mut options = options(open_files);
        options.set_write_buffer_size(WRITE_BUFFER_BYTES);
        options.set_compression_type(DBCompressionType::Lz4);
        options.set_block_based_table_factory(&tables);
        ColumnFamilyDescriptor::new(family.name(), options)
    };
    Family::ALL.iter().map(descriptor).collect()
}

/// The typed form of an error of RocksDB. It has no codes for these two cases, only its words.
fn rocks(error: rocksdb::Error) -> StoreError {
    let kind = error.kind();
    let words = error.into_string();
    if kind == ErrorKind::IOError && words.contains("No space left on device") {
        return StoreError::DiskFull;
    }
    let locked =
        words.contains("lock hold by current process") || words.contains("While lock file");
    if kind == ErrorKind::IOError && locked {
        return StoreError::Locked;
    }
    tracing::error!(error = words, "store.rocksdb");
    StoreError::Rocks { kind }
}
