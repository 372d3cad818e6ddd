//! Taking a snapshot: from a store's folder as it is now, beside the process that writes it.
//!
//! The rows are read from a read-only opening: that shows the ledger after one block, however many
//! the writer executes meanwhile, and no lock of the running process is held. What is read was
//! checked against the roots first. Only a later header declares the results of that block, so the
//! snapshot is sealed when the store has a certificate of one.

use std::{
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
};

use ledger_core::{
    block::Header,
    codec::encode,
    digest::{Hash32, file_hash},
    id::ChainId,
    receipt::HistoryLeaf,
    state::Page,
    time::Height,
};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    CertifiedBlock, ChunkEntry, ChunkKind, ChunkName, FORMAT, MANIFEST, Manifest, Progress, SlotOf,
    WindowOf, file_error, finish_folder, work_folder,
};
use crate::{
    db::{Db, Family},
    error::StoreError,
    key,
    limits::{
        CHUNK_BYTES, MAX_BLOCK_ROW_BYTES, MAX_CERTIFICATE_ROW_BYTES, MAX_SMALL_ROW_BYTES,
        MAX_WINDOW_BYTES,
    },
    restore,
    row::{self, AppliedRow, BlockRow, CertificateRow, Meta},
    slot_row,
    store::Store,
};

/// A snapshot whose state is written, and which waits for a certificate.
#[derive(Debug)]
pub struct Taken {
    /// The store that it is of.
    store: PathBuf,
    /// Where it is written.
    work: PathBuf,
    /// What it will be called.
    to: PathBuf,
    chain: ChainId,
    height: Height,
    /// The first block whose header is in the snapshot.
    first: Height,
    digest: Hash32,
    free: Option<u64>,
    chunks: Vec<ChunkEntry>,
    chunk_bytes: usize,
}

impl Store {
    /// Writes the state of the store at `path`, after the last block that it has executed, into
    /// files for a snapshot that will be at `to`. A process may have the store open for writing.
    ///
    /// It takes the time and the memory of a start.
    ///
    /// # Errors
    /// [`StoreError`]: nothing there, damaged, diverged; the folder is not empty or cannot be
    /// written.
    pub fn snapshot(
        path: &Path,
        to: &Path,
        tell: &mut dyn FnMut(Progress),
    ) -> Result<Taken, StoreError> {
        Self::snapshot_in(CHUNK_BYTES, path, to, tell)
    }

    /// As [`Store::snapshot`], in chunks that end with the row that fills so many bytes.
    pub(crate) fn snapshot_in(
        chunk_bytes: usize,
        path: &Path,
        to: &Path,
        tell: &mut dyn FnMut(Progress),
    ) -> Result<Taken, StoreError> {
        let work = work_folder(to, ".partial")?;
        let view = Self::open_read_only(path)?;
        let db = view.ledger.db()?;
        if let Some(height) = restore::diverged(db)? {
            return Err(StoreError::Diverged { height });
        }
        let header = view.applied_header()?;
        let applied: AppliedRow = db
            .row(Family::Meta, Meta::Applied.key(), MAX_SMALL_ROW_BYTES)?
            .ok_or(StoreError::Damaged { what: "last executed block" })?;
        let slots = view.ledger.memory()?.state.slots();
        let mut taken = Taken {
            store: path.to_path_buf(),
            work,
            to: to.to_path_buf(),
            chain: header.chain,
            height: header.height,
            first: header.results.height,
            digest: header.digest(),
            free: applied.free,
            chunks: Vec::new(),
            chunk_bytes,
        };
        let mut done = 0u64;
        let rows = db.scan(Family::Slots, &[])?.map(|row| {
            done = done.saturating_add(1);
            tell(Progress { kind: ChunkKind::Slots, done, of: slots });
            let bytes = row?.1;
            let Page { stored, edges } = slot_row::page(&bytes)?;
            Ok((SlotOf { stored, edges }, bytes.len()))
        });
        taken.write(ChunkKind::Slots, rows)?;
        let rows = db.scan(Family::Windows, &[])?.map(|row| {
            let (key, value) = row?;
            let height = key::read_height(&key).ok_or(StoreError::Damaged { what: "window" })?;
            let (ids, bytes) = decoded(&value, MAX_WINDOW_BYTES)?;
            Ok(((height, ids), bytes))
        });
        taken.write::<WindowOf>(ChunkKind::Windows, rows)?;
        // The first block after the snapshot declares results of one of these.
        let first = key::height(header.results.height);
        let rows = db.scan(Family::Blocks, &first)?.map(|row| {
            let (block, bytes) = decoded::<BlockRow>(&row?.1, MAX_BLOCK_ROW_BYTES)?;
            Ok((block.header, bytes))
        });
        taken.write::<Header>(ChunkKind::Headers, rows)?;
        Ok(taken)
    }
}

/// A stored row and how many bytes it has.
fn decoded<T: DeserializeOwned>(bytes: &[u8], limit: usize) -> Result<(T, usize), StoreError> {
    Ok((row::decode(bytes, limit, "row of a snapshot")?, bytes.len()))
}

impl Taken {
    /// The block after which the state is that of the snapshot.
    #[must_use]
    pub const fn height(&self) -> Height {
        self.height
    }

    /// Completes the snapshot, when the store has a certificate of a header that covers its block
    /// by now, and says whether it did. Call it again after a while when not.
    ///
    /// # Errors
    /// [`StoreError`]: the store cannot be read, is another one by now, or the files cannot be
    /// written.
    pub fn seal(&mut self, tell: &mut dyn FnMut(Progress)) -> Result<bool, StoreError> {
        let db = Db::open_read_only(&self.store)?;
        let found = (covering(&db, self.height)?, last(&db, self.first, self.height)?);
        let (Some(CertificateRow { header, certificate }), last) = found else { return Ok(false) };
        if last.is_none() && self.height > Height::new(0) {
            return Ok(false);
        }
        let top = header.results.height;
        let mut leaves = Vec::new();
        for leaf in restore::history(&db)? {
            if leaf.height == self.height && leaf.digest != self.digest {
                return Err(StoreError::Damaged { what: "history of blocks" });
            }
            if leaf.height <= top {
                tell(Progress { kind: ChunkKind::History, done: leaf.height.get(), of: top.get() });
                leaves.push(leaf);
            }
        }
        let rows = leaves.into_iter().map(|leaf: HistoryLeaf| Ok((leaf, MAX_SMALL_ROW_BYTES)));
        let state = self.chunks.len();
        self.write(ChunkKind::History, rows)?;
        let manifest = Manifest {
            format: FORMAT.to_owned(),
            chain: self.chain,
            height: self.height,
            free: self.free,
            header,
            certificate,
            last,
            chunks: self.chunks.clone(),
        };
        self.chunks.truncate(state);
        self.put(MANIFEST, &encode(&manifest))?;
        finish_folder(&self.work, &self.to)?;
        Ok(true)
    }

    /// Writes rows as chunks: a chunk ends with the row that fills it.
    fn write<T: Serialize>(
        &mut self,
        kind: ChunkKind,
        rows: impl Iterator<Item = Result<(T, usize), StoreError>>,
    ) -> Result<(), StoreError> {
        let (mut open, mut filled, mut number) = (Vec::new(), 0usize, 0u32);
        for row in rows {
            let (row, bytes) = row?;
            open.push(row);
            filled = filled.saturating_add(bytes);
            if filled >= self.chunk_bytes {
                self.chunk(ChunkName { kind, number }, &open)?;
                (open, filled, number) = (Vec::new(), 0, number.saturating_add(1));
            }
        }
        if open.is_empty() { Ok(()) } else { self.chunk(ChunkName { kind, number }, &open) }
    }

    fn chunk<T: Serialize>(&mut self, name: ChunkName, rows: &[T]) -> Result<(), StoreError> {
        let bytes = encode(&rows);
        self.put(&name.to_string(), &bytes)?;
        self.chunks.push(ChunkEntry { kind: name.kind, hash: file_hash(&bytes) });
        Ok(())
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.work.join(name);
        let written = File::create(&path).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        written.map_err(file_error(&path))
    }
}

/// The last block of these that has a certificate of its own.
fn last(db: &Db, first: Height, end: Height) -> Result<Option<CertifiedBlock>, StoreError> {
    let mut found = None;
    for row in db.scan(Family::Certificates, &key::height(first))? {
        let row: CertificateRow = row::decode(&row?.1, MAX_CERTIFICATE_ROW_BYTES, "certificates")?;
        let (height, certificate) = (row.header.height, row.certificate);
        if height > end {
            break;
        }
        found = Some(CertifiedBlock { height, certificate });
    }
    Ok(found)
}

/// The lowest certified header above a block that declares its results or later ones. That of
/// genesis about itself are none (W12).
fn covering(db: &Db, height: Height) -> Result<Option<CertificateRow>, StoreError> {
    let least = height.max(Height::new(1));
    for row in db.scan(Family::Certificates, &key::height(height.next()))? {
        let (_, value) = row?;
        let row: CertificateRow = row::decode(&value, MAX_CERTIFICATE_ROW_BYTES, "certificates")?;
        if row.header.results.height >= least {
            return Ok(Some(row));
        }
    }
    Ok(None)
}
