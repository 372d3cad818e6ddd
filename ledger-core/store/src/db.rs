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

use ledger_core::codec::encode_into;
use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamily, ColumnFamilyDescriptor, DB, DBCompressionType,
    DBRecoveryMode, DataBlockIndexType, Direction, ErrorKind, IteratorMode, Options, ReadOptions,
    WriteBatch,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    error::StoreError,
    limits::{
        BACKGROUND_JOBS, BLOCK_CACHE_BYTES, BYTES_PER_SYNC, FILTER_BITS, OPEN_FILES,
        READ_AHEAD_BYTES, READ_ONLY_ATTEMPTS, WAL_BYTES, WRITE_BUFFER_BYTES, WRITE_BUFFERS_BYTES,
    },
    open::Open,
    row::decode,
};

/// A column family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// What exists once ([`crate::row::Meta`]).
    Meta,
    /// Slot -> `SlotRow`.
    Slots,
    /// Height -> `BlockRow`.
    Blocks,
    /// Height -> `HistoryLeaf`.
    History,
    /// Height, number of the row -> `Receipt`s.
    Receipts,
    /// Command id -> position.
    Commands,
    /// LEI, height -> places of receipts in the block.
    Parties,
    /// UETR, first bytes of a leg id, position -> nothing.
    Legs,
    /// Id of a leg that a refused command cited -> UETR.
    RefusedLegs,
    /// List, index -> `MovedRow` of an account's journal, `EntryRow` of any other list.
    Logs,
    /// Height -> ids of commands.
    Windows,
    /// Height -> `CertificateRow`.
    Certificates,
}

impl Family {
    /// Every family.
    pub(crate) const ALL: [Self; 12] = [
        Self::Meta,
        Self::Slots,
        Self::Blocks,
        Self::History,
        Self::Receipts,
        Self::Commands,
        Self::Parties,
        Self::Legs,
        Self::RefusedLegs,
        Self::Logs,
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
            Self::RefusedLegs => "refused_legs",
            Self::Logs => "logs",
            Self::Windows => "windows",
            Self::Certificates => "certificates",
        }
    }
}

/// A key and its value, as stored.
pub(crate) type Pair = (Box<[u8]>, Box<[u8]>);

/// An open database.
pub(crate) struct Db {
    inner: DB,
    _open: Open,
}

impl Db {
    fn of(inner: DB) -> Self {
        Self { inner, _open: Open::new() }
    }

    /// Opens a database for one writer, and creates it when there is none.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let mut options = options(OPEN_FILES);
        options.create_if_missing(true);
        options.create_missing_column_families(true);
        let inner = DB::open_cf_descriptors(&options, path, families(OPEN_FILES)).map_err(rocks)?;
        Ok(Self::of(inner))
    }

    /// Opens what exists once, for reading: whatever other families there are.
    pub(crate) fn open_meta(path: &Path) -> Result<Self, StoreError> {
        let meta = descriptors(&[Family::Meta], OPEN_FILES);
        let opened = DB::open_cf_descriptors_read_only(&options(OPEN_FILES), path, meta, false);
        Ok(Self::of(opened.map_err(rocks)?))
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
                Ok(inner) => return Ok(Self::of(inner)),
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

    /// As [`Db::scan`], of so many rows that they had better not push out what is cached.
    pub(crate) fn scan_many(
        &self,
        family: Family,
        from: &[u8],
    ) -> Result<impl Iterator<Item = Result<Pair, StoreError>>, StoreError> {
        let mut options = ReadOptions::default();
        options.fill_cache(false);
        options.set_readahead_size(READ_AHEAD_BYTES);
        let mode = IteratorMode::From(from, Direction::Forward);
        let rows = self.inner.iterator_cf_opt(self.handle(family)?, options, mode);
        Ok(rows.map(|row| row.map_err(rocks)))
    }

    /// The row with the greatest key.
    pub(crate) fn last(&self, family: Family) -> Result<Option<Pair>, StoreError> {
        let mut rows = self.inner.iterator_cf(self.handle(family)?, IteratorMode::End);
        rows.next().transpose().map_err(rocks)
    }

    /// A batch with nothing in it yet.
    pub(crate) fn batch(&self) -> Result<Batch<'_>, StoreError> {
        let handles = Family::ALL.into_iter().map(|family| Ok((family, self.handle(family)?)));
        Ok(Batch {
            inner: WriteBatch::default(),
            handles: handles.collect::<Result<_, StoreError>>()?,
            value: Vec::new(),
        })
    }

    /// Makes all changes of a batch or none of them.
    pub(crate) fn write(&self, batch: Batch<'_>) -> Result<(), StoreError> {
        self.inner.write(batch.inner).map_err(rocks)
    }

    /// Sets one row.
    pub(crate) fn put<T: Serialize + ?Sized>(
        &self,
        family: Family,
        key: &[u8],
        row: &T,
    ) -> Result<(), StoreError> {
        let mut batch = self.batch()?;
        batch.put_row(family, key, row)?;
        self.write(batch)
    }

    /// Brings everything written so far to the disk.
    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        self.inner.flush_wal(true).map_err(rocks)
    }

    /// Writes everything in memory into table files, as a long run would.
    pub(crate) fn flush(&self) -> Result<(), StoreError> {
        let handles = Family::ALL.into_iter().map(|family| self.handle(family));
        let handles: Vec<_> = handles.collect::<Result<_, _>>()?;
        self.inner.flush_cfs_opt(&handles, &rocksdb::FlushOptions::default()).map_err(rocks)
    }

    /// Writes every table anew, without what later rows replaced.
    pub(crate) fn compact(&self) -> Result<(), StoreError> {
        self.flush()?;
        for family in Family::ALL {
            self.inner.compact_range_cf(self.handle(family)?, None::<&[u8]>, None::<&[u8]>);
        }
        Ok(())
    }

    fn handle(&self, family: Family) -> Result<&ColumnFamily, StoreError> {
        self.inner.cf_handle(family.name()).ok_or(StoreError::Damaged { what: family.name() })
    }

    /// Makes a database of other families, as another version would.
    #[cfg(test)]
    pub(crate) fn make(path: &Path, names: &[&str], rows: &[(&str, &[u8], &[u8])]) {
        let mut options = options(OPEN_FILES);
        options.create_if_missing(true);
        options.create_missing_column_families(true);
        let families = names.iter().map(|n| ColumnFamilyDescriptor::new(*n, Options::default()));
        let db = DB::open_cf_descriptors(&options, path, families).unwrap();
        for (name, key, value) in rows {
            db.put_cf(db.cf_handle(name).unwrap(), key, value).unwrap();
        }
    }

    /// Sets the bytes of one row.
    #[cfg(test)]
    pub(crate) fn put_bytes(&self, family: Family, key: &[u8], value: &[u8]) {
        let mut batch = self.batch().unwrap();
        batch.put(family, key, value).unwrap();
        self.write(batch).unwrap();
    }

    /// Removes one row.
    #[cfg(test)]
    pub(crate) fn delete(&self, family: Family, key: &[u8]) {
        let mut batch = self.batch().unwrap();
        batch.delete(family, key).unwrap();
        self.write(batch).unwrap();
    }
}

/// Changes that are made together.
pub(crate) struct Batch<'a> {
    inner: WriteBatch,
    handles: Vec<(Family, &'a ColumnFamily)>,
    /// Where rows are encoded.
    value: Vec<u8>,
}

impl Batch<'_> {
    /// Sets a row.
    pub(crate) fn put_row<T: Serialize + ?Sized>(
        &mut self,
        family: Family,
        key: &[u8],
        row: &T,
    ) -> Result<(), StoreError> {
        let handle = self.handle(family)?;
        encode_into(row, &mut self.value);
        self.inner.put_cf(handle, key, &self.value);
        Ok(())
    }

    /// Sets the bytes of a row.
    pub(crate) fn put(
        &mut self,
        family: Family,
        key: &[u8],
        value: &[u8],
    ) -> Result<(), StoreError> {
        let handle = self.handle(family)?;
        self.inner.put_cf(handle, key, value);
        Ok(())
    }

    /// Removes a row.
    pub(crate) fn delete(&mut self, family: Family, key: &[u8]) -> Result<(), StoreError> {
        let handle = self.handle(family)?;
        self.inner.delete_cf(handle, key);
        Ok(())
    }
}

impl<'a> Batch<'a> {
    fn handle(&self, family: Family) -> Result<&'a ColumnFamily, StoreError> {
        let found = self.handles.iter().find(|(of, _)| *of == family);
        found.map(|(_, handle)| *handle).ok_or(StoreError::Damaged { what: family.name() })
    }
}

/// An option that the binding has no function for.
const HINTS: &str = "memtable_insert_with_hint_prefix_extractor=rocksdb.FixedPrefix.1";

fn options(open_files: i32) -> Options {
    let mut options = Options::default();
    options.set_paranoid_checks(true);
    options.set_wal_recovery_mode(DBRecoveryMode::PointInTime);
    options.set_atomic_flush(true);
    options.set_db_write_buffer_size(WRITE_BUFFERS_BYTES);
    options.set_max_total_wal_size(WAL_BYTES);
    options.set_bytes_per_sync(BYTES_PER_SYNC);
    options.set_max_open_files(open_files);
    options.set_max_background_jobs(BACKGROUND_JOBS);
    options.set_keep_log_file_num(2);
    options.set_max_log_file_size(1024 * 1024);
    options
}

/// Lets the memory table look for a row's place beside that of the row before it with the same first
/// byte: most rows of a block come in the order of their keys. Costs nothing where they do not.
fn near_the_last(mut options: Options) -> Options {
    options.get_options_from_string(HINTS).unwrap_or_else(|error| {
        tracing::warn!(%error, "store.options");
        options
    })
}

fn families(open_files: i32) -> Vec<ColumnFamilyDescriptor> {
    descriptors(&Family::ALL, open_files)
}

fn descriptors(families: &[Family], open_files: i32) -> Vec<ColumnFamilyDescriptor> {
    let cache = Cache::new_lru_cache(BLOCK_CACHE_BYTES);
    let mut tables = BlockBasedOptions::default();
    tables.set_block_cache(&cache);
    // Ids are spread over all files, and most ids that are looked up are new ones; a slot that was not
    // written lately is in none of the upper levels' files.
    let mut filtered = BlockBasedOptions::default();
    filtered.set_block_cache(&cache);
    filtered.set_bloom_filter(FILTER_BITS, false);
    filtered.set_data_block_index_type(DataBlockIndexType::BinaryAndHash);
    let descriptor = |family: &Family| {
        let mut options = near_the_last(options(open_files));
        options.set_write_buffer_size(WRITE_BUFFER_BYTES);
        options.set_compression_type(DBCompressionType::Lz4);
        let looked_up = matches!(family, Family::Commands | Family::Slots);
        let tables = if looked_up { &filtered } else { &tables };
        options.set_block_based_table_factory(tables);
        ColumnFamilyDescriptor::new(family.name(), options)
    };
    families.iter().map(descriptor).collect()
}

/// Whether a database was not opened for the families it has.
pub(crate) const fn of_other_families(error: &StoreError) -> bool {
    matches!(error, StoreError::Rocks { kind: ErrorKind::InvalidArgument })
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
