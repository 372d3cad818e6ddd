//! Nonces on disk: an append-only log of fixed-size records, synced before each answer.
//!
//! # File
//! 64-byte slots. The first is the header (magic, purge mark); each other one a nonce (key, nonce,
//! expiry). The last 8 bytes of every slot are the start of a domain-separated SHA-256 over the
//! rest.
//!
//! # Crash safety
//! - Callers that wait at the same time share one write and one sync; nobody is answered before.
//! - At most [`MAX_BATCH`] slots are unsynced at any moment, so after a crash only the last
//!   `MAX_BATCH` slots may be torn, and none of those was answered. Torn slots there are dropped,
//!   whole ones are kept. Damage further ahead is [`NonceError::Corrupt`], for a human to judge.
//! - Every open and every compaction writes a new file, syncs it, renames it over the old one and
//!   syncs the directory.
//! - A lock file beside the log keeps a second process out; the system releases it with the
//!   process.

use super::{Entry, Fresh, NonceError, NonceLimits, NonceStore, Table, lock};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};

const SLOT_BYTES: usize = 64;
const CHECKED_BYTES: usize = 56;
const MAGIC: [u8; 16] = *b"florin/nonces/1\n";
const CHECKSUM_DOMAIN: &[u8] = b"florin/nonce-slot/1";
/// The most slots written and synced together.
const MAX_BATCH: usize = 1024;
/// A log of fewer slots is not worth compacting.
const MIN_COMPACTION_SLOTS: usize = 4096;

type Slot = [u8; SLOT_BYTES];

/// Remembers nonces across restarts and `kill -9`.
#[derive(Debug)]
pub struct FileNonceStore {
    path: PathBuf,
    state: Mutex<State>,
    synced: Condvar,
    /// Held open for its lock.
    _lock_file: File,
}

#[derive(Debug)]
struct State {
    table: Table,
    /// Taken out by the caller that is writing; gone after a failed write, until it is mended.
    file: Option<File>,
    /// Records accepted but not yet handed to a writer.
    pending: Vec<Slot>,
    /// Records accepted, and records synced, since the file was opened.
    accepted: usize,
    durable: usize,
    /// Slots in the file, without the header.
    slots: usize,
    failed: bool,
}

impl FileNonceStore {
    /// Opens or creates the log at `path`, drops a torn tail and what has expired, and compacts.
    pub fn open(path: &Path, limits: NonceLimits, now_unix_s: u64) -> Result<Self, NonceError> {
        let lock_file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(with_suffix(path, ".lock"))?;
        match lock_file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(NonceError::InUse),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let mut table = Table::new(limits);
        match File::open(path) {
            Ok(file) => read_log(file, &mut table)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        table.purge(now_unix_s);
        let file = write_compacted(path, &table)?;
        let state = State {
            slots: table.len(),
            table,
            file: Some(file),
            pending: Vec::new(),
            accepted: 0,
            durable: 0,
            failed: false,
        };
        Ok(Self {
            path: path.to_owned(),
            state: Mutex::new(state),
            synced: Condvar::new(),
            _lock_file: lock_file,
        })
    }

    /// Returns when record number `ticket` is on disk, writing it if nobody else is.
    fn wait_until_durable(&self, ticket: usize) -> Result<(), NonceError> {
        let mut state = lock(&self.state);
        while state.durable < ticket {
            if state.failed {
                return Err(NonceError::Poisoned);
            }
            let Some(mut file) = state.file.take() else {
                state = self.synced.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let count = state.pending.len().min(MAX_BATCH);
            let batch: Vec<Slot> = state.pending.drain(..count).collect();
            drop(state);
            let written = file.write_all(batch.as_flattened()).and_then(|()| file.sync_data());
            state = lock(&self.state);
            let result = match written {
                Ok(()) => {
                    state.slots = state.slots.saturating_add(count);
                    state.durable = state.durable.saturating_add(count);
                    self.compact_if_mostly_expired(&mut state, file)
                }
                Err(error) => Err(error.into()),
            };
            state.failed = result.is_err();
            self.synced.notify_all();
            result?;
        }
        Ok(())
    }

    /// Puts the file back, or a smaller one in its place.
    fn compact_if_mostly_expired(&self, state: &mut State, file: File) -> Result<(), NonceError> {
        let worth_it = state.slots >= MIN_COMPACTION_SLOTS && state.table.len() < state.slots / 2;
        if !worth_it {
            state.file = Some(file);
            return Ok(());
        }
        self.rewrite(state)
    }

    /// The next write goes elsewhere.
    #[cfg(test)]
    pub(super) fn break_with(&self, file: File) {
        lock(&self.state).file = Some(file);
    }

    /// After a failed write (a full disk, say): whatever the log ends with, the table knows all that
    /// was accepted, so a whole new log takes its place as soon as it can be written.
    fn mend(&self, state: &mut State) -> Result<(), NonceError> {
        self.rewrite(state)?;
        state.failed = false;
        tracing::warn!(path = %self.path.display(), "the nonce file could be written again");
        Ok(())
    }

    fn rewrite(&self, state: &mut State) -> Result<(), NonceError> {
        state.file = Some(write_compacted(&self.path, &state.table)?);
        // The table holds the pending records too, so they are on disk now.
        state.pending.clear();
        state.durable = state.accepted;
        state.slots = state.table.len();
        Ok(())
    }
}

impl NonceStore for FileNonceStore {
    fn remember(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 16],
        expires_unix_s: u64,
        now_unix_s: u64,
    ) -> Result<Fresh, NonceError> {
        let entry = Entry { key: *key, nonce: *nonce, expires: expires_unix_s };
        let ticket = {
            let mut state = lock(&self.state);
            if state.failed {
                self.mend(&mut state)?;
            }
            state.table.insert(entry, now_unix_s)?;
            state.pending.push(record(&entry));
            state.accepted = state.accepted.saturating_add(1);
            state.accepted
        };
        self.wait_until_durable(ticket)?;
        Ok(Fresh(()))
    }
}

/// Reads every whole slot into the table.
fn read_log(file: File, table: &mut Table) -> Result<(), NonceError> {
    let mut bytes = Vec::new();
    io::BufReader::new(file).read_to_end(&mut bytes)?;
    let (slots, _torn) = bytes.as_chunks::<SLOT_BYTES>();
    let Some((header, records)) = slots.split_first() else { return Err(NonceError::Corrupt) };
    table.purged_before = purge_mark(header).ok_or(NonceError::Corrupt)?;
    let first_unsure = records.len().saturating_sub(MAX_BATCH);
    for (position, slot) in records.iter().enumerate() {
        match entry(slot) {
            Some(entry) => table.put(entry),
            None if position >= first_unsure => {}
            None => return Err(NonceError::Corrupt),
        }
    }
    Ok(())
}

/// Writes the table to a new file, puts it in the place of the log, and returns it for appending.
fn write_compacted(path: &Path, table: &Table) -> Result<File, NonceError> {
    let new_path = with_suffix(path, ".new");
    let mut new = OpenOptions::new().create(true).truncate(true).write(true).open(&new_path)?;
    let mut bytes = Vec::with_capacity(table.len().saturating_add(1).saturating_mul(SLOT_BYTES));
    bytes.extend_from_slice(&header(table.purged_before));
    for entry in table.entries() {
        bytes.extend_from_slice(&record(&entry));
    }
    new.write_all(&bytes)?;
    new.sync_all()?;
    fs::rename(&new_path, path)?;
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    };
    File::open(directory)?.sync_all()?;
    Ok(new)
}

fn header(purged_before: u64) -> Slot {
    let mut body = [0_u8; CHECKED_BYTES];
    let mut rest = body.as_mut_slice();
    put(&mut rest, &MAGIC);
    put(&mut rest, &purged_before.to_le_bytes());
    sealed(&body)
}

fn purge_mark(slot: &Slot) -> Option<u64> {
    let body = checked(slot)?;
    let (magic, rest) = body.split_first_chunk::<16>()?;
    let (mark, _) = rest.split_first_chunk::<8>()?;
    (*magic == MAGIC).then(|| u64::from_le_bytes(*mark))
}

fn record(entry: &Entry) -> Slot {
    let mut body = [0_u8; CHECKED_BYTES];
    let mut rest = body.as_mut_slice();
    put(&mut rest, &entry.key);
    put(&mut rest, &entry.nonce);
    put(&mut rest, &entry.expires.to_le_bytes());
    sealed(&body)
}

fn entry(slot: &Slot) -> Option<Entry> {
    let (key, rest) = checked(slot)?.split_first_chunk::<32>()?;
    let (nonce, rest) = rest.split_first_chunk::<16>()?;
    let (expires, _) = rest.split_first_chunk::<8>()?;
    Some(Entry { key: *key, nonce: *nonce, expires: u64::from_le_bytes(*expires) })
}

/// Writes the bytes at the front and moves on; the fixed sizes always fit.
fn put(rest: &mut &mut [u8], bytes: &[u8]) {
    // Writing to a slice reports what did not fit, which the layout excludes.
    let _ = rest.write_all(bytes);
}

fn sealed(body: &[u8; CHECKED_BYTES]) -> Slot {
    let mut slot = [0_u8; SLOT_BYTES];
    let mut rest = slot.as_mut_slice();
    put(&mut rest, body);
    put(&mut rest, &checksum(body));
    slot
}

fn checked(slot: &Slot) -> Option<&[u8; CHECKED_BYTES]> {
    let (body, sum) = slot.split_first_chunk::<CHECKED_BYTES>()?;
    (checksum(body).as_slice() == sum).then_some(body)
}

fn checksum(body: &[u8; CHECKED_BYTES]) -> [u8; 8] {
    let digest = Sha256::new().chain_update(CHECKSUM_DOMAIN).chain_update(body).finalize();
    let mut sum = [0_u8; 8];
    for (to, from) in sum.iter_mut().zip(digest) {
        *to = from;
    }
    sum
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
