//! Restoring a snapshot: everything is checked before anything is written, and the folder has its
//! name only when it is complete.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{ErrorKind, Read as _},
    path::Path,
};

use ledger_core::{
    block::{Header, Results},
    codec::decode,
    digest::{Hash32, file_hash},
    genesis::Genesis,
    id::CommandId,
    journal::{LogName, lists_of},
    merkle::Frontier,
    proof::SlotContent,
    receipt::HistoryLeaf,
    state::{Restored, State, StoredSlot},
    time::Height,
};
use serde::de::DeserializeOwned;

use super::{
    CertifiedBlock, ChunkKind, ChunkName, FORMAT, MANIFEST, Manifest, Progress, SlotOf,
    SnapshotError, WindowOf, file_error, finish_folder, work_folder,
};
use crate::{
    error::StoreError,
    limits::{MAX_CHUNK_BYTES, MAX_MANIFEST_BYTES},
    row::{CertificateRow, SlotRow},
    store::Store,
};

/// What the chunks hold.
#[derive(Default)]
pub(super) struct Chunks {
    pub(super) slots: Vec<StoredSlot>,
    pub(super) edges: Vec<Vec<Frontier>>,
    pub(super) windows: BTreeMap<Height, Vec<CommandId>>,
    pub(super) headers: Vec<Header>,
    pub(super) history: Vec<HistoryLeaf>,
}

/// A snapshot that was checked.
pub(super) struct Checked {
    pub(super) state: State,
    /// What headers declare about the blocks whose headers there are.
    pub(super) roots: BTreeMap<Height, Results>,
    pub(super) free: Option<u64>,
    /// The last block that has a certificate of its own.
    pub(super) last: Option<CertificateRow>,
    pub(super) chunks: Chunks,
}

impl Store {
    /// Makes a store at `to` from the snapshot at `from`; answers the block that it begins after.
    /// `verify` says whether a certificate makes a header final: it is asked before any chunk is
    /// read.
    ///
    /// # Errors
    /// [`StoreError`]: of another network, damaged, not certified; the folder is not empty or
    /// cannot be written. There is no store at `to` then.
    pub fn restore(
        from: &Path,
        to: &Path,
        genesis: &Genesis,
        verify: impl Fn(&Header, &[u8]) -> bool,
        tell: &mut dyn FnMut(Progress),
    ) -> Result<Height, StoreError> {
        let manifest = manifest(from)?;
        let expected = genesis.chain_id();
        for found in [manifest.chain, manifest.header.chain] {
            if found != expected {
                return Err(StoreError::OtherNetwork { expected, found });
            }
        }
        if !verify(&manifest.header, &manifest.certificate) {
            return Err(SnapshotError::Certificate.into());
        }
        let height = manifest.height;
        let declared = manifest.header.results;
        if declared.height < height.max(Height::new(1)) || manifest.header.height <= declared.height
        {
            return Err(SnapshotError::NotCovered { height }.into());
        }
        let work = work_folder(to, ".restoring")?;
        let restored = Chunks::read(from, &manifest, tell)
            .and_then(|chunks| check(&manifest, &verify, chunks))
            .and_then(|checked| checked.write(&work));
        if let Err(error) = restored.and_then(|()| finish_folder(&work, to)) {
            // What is left is removed by the next attempt, if it cannot be now.
            let _ = fs::remove_dir_all(&work);
            return Err(error);
        }
        tracing::info!(height = height.get(), "store.restored");
        Ok(height)
    }
}

/// At most `limit` bytes of a file, and one more when it is longer.
fn bytes(path: &Path, limit: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn manifest(from: &Path) -> Result<Manifest, StoreError> {
    let path = from.join(MANIFEST);
    let bytes = match bytes(&path, MAX_MANIFEST_BYTES) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(SnapshotError::Manifest.into());
        }
        Err(error) => return Err(file_error(&path)(error)),
    };
    let manifest: Option<Manifest> = decode(&bytes, MAX_MANIFEST_BYTES).ok();
    manifest
        .filter(|manifest| manifest.format == FORMAT)
        .ok_or_else(|| SnapshotError::Manifest.into())
}

impl Chunks {
    fn read(
        from: &Path,
        manifest: &Manifest,
        tell: &mut dyn FnMut(Progress),
    ) -> Result<Self, StoreError> {
        let of = u64::try_from(manifest.chunks.len()).unwrap_or(u64::MAX);
        let mut chunks = Self::default();
        for (done, (name, hash)) in (1u64..).zip(manifest.named()) {
            match name.kind {
                ChunkKind::Slots => {
                    for SlotRow { stored, edges } in rows::<SlotOf>(from, name, &hash)? {
                        chunks.slots.push(stored);
                        chunks.edges.push(edges);
                    }
                }
                ChunkKind::Windows => {
                    chunks.windows.extend(rows::<WindowOf>(from, name, &hash)?);
                }
                ChunkKind::Headers => chunks.headers.extend(rows::<Header>(from, name, &hash)?),
                ChunkKind::History => {
                    chunks.history.extend(rows::<HistoryLeaf>(from, name, &hash)?)
                }
            }
            tell(Progress { kind: name.kind, done, of });
        }
        Ok(chunks)
    }

    /// The right edges of the lists that are not empty.
    fn frontiers(&self) -> Result<BTreeMap<LogName, Frontier>, StoreError> {
        let not_committed = SnapshotError::NotCommitted { kind: ChunkKind::Slots };
        let mut frontiers = BTreeMap::new();
        for (stored, edges) in self.slots.iter().zip(&self.edges) {
            let lists = lists_in(stored);
            if lists.len() != edges.len() {
                return Err(not_committed.into());
            }
            let edges = lists.into_iter().zip(edges.iter().cloned());
            frontiers.extend(edges.filter(|(_, edge)| *edge != Frontier::EMPTY));
        }
        Ok(frontiers)
    }
}

/// The rows of a chunk, which must be the one that the manifest lists.
fn rows<T: DeserializeOwned>(
    from: &Path,
    chunk: ChunkName,
    hash: &Hash32,
) -> Result<Vec<T>, StoreError> {
    let path = from.join(chunk.to_string());
    let bytes = match bytes(&path, MAX_CHUNK_BYTES) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(SnapshotError::Missing { chunk }.into());
        }
        Err(error) => return Err(file_error(&path)(error)),
    };
    if file_hash(&bytes) != *hash {
        return Err(SnapshotError::Changed { chunk }.into());
    }
    decode(&bytes, MAX_CHUNK_BYTES).map_err(|_| SnapshotError::Malformed { chunk }.into())
}

fn lists_in(stored: &StoredSlot) -> Vec<LogName> {
    match stored.content.as_ref() {
        SlotContent::Used { record, .. } => lists_of(record).map(|(log, _)| log).collect(),
        SlotContent::Free { .. } => Vec::new(),
    }
}

/// Everything that the chunks hold is what the certified header commits to (W41).
fn check(
    manifest: &Manifest,
    verify: impl Fn(&Header, &[u8]) -> bool,
    mut chunks: Chunks,
) -> Result<Checked, StoreError> {
    let declared = manifest.header.results;
    let history = SnapshotError::NotCommitted { kind: ChunkKind::History };
    let headers: BTreeSet<Height> = chunks.headers.iter().map(|header| header.height).collect();
    let mut edge = Frontier::EMPTY;
    let mut roots = BTreeMap::new();
    for (number, leaf) in (0u64..).zip(&chunks.history) {
        if leaf.height != Height::new(number) {
            return Err(history.into());
        }
        edge.push(leaf.leaf());
        if headers.contains(&leaf.height) {
            let (state_root, history_root) = (leaf.state_root, edge.head().root);
            roots.insert(leaf.height, Results { height: leaf.height, state_root, history_root });
        }
    }
    let top = chunks.history.last().map(|leaf| (leaf.height, leaf.state_root));
    if top != Some((declared.height, declared.state_root))
        || edge.head().root != declared.history_root
    {
        return Err(history.into());
    }
    let kept = usize::try_from(manifest.height.next().get()).unwrap_or(usize::MAX);
    chunks.history.truncate(kept);
    let header = check_headers(manifest.height, &chunks)?;
    let results = roots.get(&manifest.height).copied().ok_or(history)?;
    let last = match &manifest.last {
        Some(CertifiedBlock { height, certificate }) => {
            let last = chunks.headers.iter().find(|header| header.height == *height);
            let last = last.filter(|header| verify(header, certificate));
            let header = *last.ok_or(SnapshotError::Certificate)?;
            Some(CertificateRow { header, certificate: certificate.clone() })
        }
        None if manifest.height == Height::new(0) => None,
        None => return Err(SnapshotError::Certificate.into()),
    };
    let state = State::restore(Restored {
        header,
        results,
        slots: chunks.slots.clone(),
        free: manifest.free,
        history: chunks.history.clone(),
        frontiers: chunks.frontiers()?,
        windows: chunks.windows.clone(),
    })?;
    Ok(Checked { state, roots, free: manifest.free, last, chunks })
}

/// The headers are those of the last blocks, from the one whose results the last one declares;
/// answers the last one.
fn check_headers(height: Height, chunks: &Chunks) -> Result<Header, StoreError> {
    let refused = SnapshotError::NotCommitted { kind: ChunkKind::Headers };
    let last = *chunks.headers.last().ok_or(refused)?;
    let count = u64::try_from(chunks.headers.len()).unwrap_or(u64::MAX);
    let first = last.results.height;
    let whole =
        last.height == height && height.get().checked_sub(first.get()) == count.checked_sub(1);
    let leaves = chunks.history.iter().skip(usize::try_from(first.get()).unwrap_or(usize::MAX));
    let same = chunks
        .headers
        .iter()
        .zip(leaves)
        .all(|(header, leaf)| header.height == leaf.height && header.digest() == leaf.digest);
    if whole && same { Ok(last) } else { Err(refused.into()) }
}
