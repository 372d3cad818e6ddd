//! Memory of used request nonces: each counts once, also after a crash.
//!
//! # Place
//! http_signature -> [nonce] -> auth. Asked only after a signature has been verified and its key
//! is known, so that strangers can neither fill the memory nor cause disk writes.
//!
//! # Invariants
//! - A nonce is remembered until its signature expires; an unexpired one is never evicted. When the
//!   memory is full, new requests are refused instead.
//! - [`FileNonceStore`] answers [`Fresh`] only after the nonce is on disk.
//! - What may have been forgotten is refused: a nonce that expires before the latest purge counts
//!   as used, even when the clock has been set back since.
//! - After a failed write the store refuses everything until it is opened again.
//!
//! # Absent on purpose
//! The clock (an argument), the signature, replication: a nonce store belongs to one gateway.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

mod file;
#[cfg(test)]
mod tests;

pub use file::FileNonceStore;

/// Proof that a nonce was not used before, and now is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a request counts only when its nonce is fresh"]
pub struct Fresh(());

/// Remembers nonces. Calls may block on the disk: call from a blocking thread.
pub trait NonceStore: Send + Sync {
    /// Notes that `key` used `nonce` in a signature valid until `expires_unix_s`, if it is the
    /// first time.
    fn remember(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 16],
        expires_unix_s: u64,
        now_unix_s: u64,
    ) -> Result<Fresh, NonceError>;
}

/// Why a nonce does not count.
#[derive(Debug, thiserror::Error)]
pub enum NonceError {
    /// The key has used this nonce.
    #[error("the nonce was used before")]
    Reused,
    /// The nonce may have been used and forgotten since.
    #[error("the nonce belongs to a signature that has expired")]
    Expired,
    /// One key holds as many unexpired nonces as one key may.
    #[error("this key has too many unexpired requests")]
    KeyFull,
    /// All keys together hold as many unexpired nonces as fit.
    #[error("there are too many unexpired requests")]
    Full,
    /// Another process has the file open.
    #[error("the nonce file is in use by another process")]
    InUse,
    /// The file is not a nonce file, or is damaged before its tail.
    #[error("the nonce file is damaged")]
    Corrupt,
    /// An earlier write failed, so that memory and disk may differ.
    #[error("the nonce file could not be written and must be opened again")]
    Poisoned,
    /// The disk refused.
    #[error("the nonce file could not be read or written")]
    Io(#[from] std::io::Error),
}

impl NonceError {
    /// The stable code of this refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Reused => "nonce_reused",
            Self::Expired => "signature_expired",
            Self::KeyFull => "nonce_key_full",
            Self::Full => "nonce_store_full",
            Self::InUse | Self::Corrupt | Self::Poisoned | Self::Io(_) => "nonce_store_unavailable",
        }
    }
}

/// How many unexpired nonces are remembered at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NonceLimits {
    /// Over all keys.
    pub total: usize,
    /// For one key, so that one busy client cannot shut out the others.
    pub per_key: usize,
}

impl Default for NonceLimits {
    /// 2^18 in all (16 MiB on disk; 870 requests a second for 300 s), a quarter for one key.
    fn default() -> Self {
        Self { total: 1 << 18, per_key: 1 << 16 }
    }
}

/// Remembers nonces until the process ends. For tests and for services that sign with fresh keys.
#[derive(Debug)]
pub struct MemoryNonceStore {
    table: Mutex<Table>,
}

impl MemoryNonceStore {
    /// An empty store.
    pub fn new(limits: NonceLimits) -> Self {
        Self { table: Mutex::new(Table::new(limits)) }
    }
}

impl NonceStore for MemoryNonceStore {
    fn remember(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 16],
        expires_unix_s: u64,
        now_unix_s: u64,
    ) -> Result<Fresh, NonceError> {
        let entry = Entry { key: *key, nonce: *nonce, expires: expires_unix_s };
        lock(&self.table).insert(entry, now_unix_s)?;
        Ok(Fresh(()))
    }
}

/// One remembered nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    key: [u8; 32],
    nonce: [u8; 16],
    expires: u64,
}

type Id = ([u8; 32], [u8; 16]);

/// The unexpired nonces, by id and by expiry.
#[derive(Debug)]
struct Table {
    limits: NonceLimits,
    /// Every nonce that expires before this second may have been forgotten.
    purged_before: u64,
    by_id: HashMap<Id, u64>,
    by_expiry: BTreeSet<(u64, Id)>,
    per_key: HashMap<[u8; 32], usize>,
}

impl Table {
    fn new(limits: NonceLimits) -> Self {
        Self {
            limits,
            purged_before: 0,
            by_id: HashMap::new(),
            by_expiry: BTreeSet::new(),
            per_key: HashMap::new(),
        }
    }

    fn len(&self) -> usize {
        self.by_id.len()
    }

    fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        self.by_expiry.iter().map(|(expires, (key, nonce))| Entry {
            key: *key,
            nonce: *nonce,
            expires: *expires,
        })
    }

    /// Forgets what expired before `now`, then takes the entry in or says why not.
    fn insert(&mut self, entry: Entry, now: u64) -> Result<(), NonceError> {
        self.purge(now);
        let id = (entry.key, entry.nonce);
        if self.by_id.contains_key(&id) {
            return Err(NonceError::Reused);
        }
        if entry.expires < self.purged_before {
            return Err(NonceError::Expired);
        }
        if self.len() >= self.limits.total {
            return Err(NonceError::Full);
        }
        let held = self.per_key.get(&entry.key).copied().unwrap_or(0);
        if held >= self.limits.per_key {
            return Err(NonceError::KeyFull);
        }
        self.put(entry);
        Ok(())
    }

    /// Takes in an entry that was accepted before, whatever the limits are now.
    fn put(&mut self, entry: Entry) {
        let id = (entry.key, entry.nonce);
        if self.by_id.insert(id, entry.expires).is_none() {
            self.by_expiry.insert((entry.expires, id));
            let held = self.per_key.entry(entry.key).or_insert(0);
            *held = held.saturating_add(1);
        }
    }

    fn purge(&mut self, now: u64) {
        self.purged_before = self.purged_before.max(now);
        while let Some((expires, id)) = self.by_expiry.first().copied() {
            if expires >= self.purged_before {
                return;
            }
            self.by_expiry.pop_first();
            self.by_id.remove(&id);
            if let Some(held) = self.per_key.get_mut(&id.0) {
                *held = held.saturating_sub(1);
                if *held == 0 {
                    self.per_key.remove(&id.0);
                }
            }
        }
    }
}

/// A table is consistent between its own calls, so a panic elsewhere does not spoil it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
