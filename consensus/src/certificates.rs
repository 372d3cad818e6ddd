//! Certificates on their way to the block they certify.
//!
//! A certificate names a digest and may arrive before or after the block of that digest is
//! executed; this pairs them, within a bound.
//!
//! # Place      engine's reports -> [certificates] -> executor -> `Ledger::certify`
//! # Invariants at most one certificate per executed block is handed out; memory is bounded
//! # Absent     checking certificates (the engine did)

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use ledger_core::{digest::Hash32, time::Height};

use crate::limits::MAX_UNMATCHED;

/// A bounded map that forgets its oldest entries.
struct Recent<T> {
    entries: BTreeMap<Hash32, T>,
    order: VecDeque<Hash32>,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), order: VecDeque::new() }
    }
}

impl<T> Recent<T> {
    fn put(&mut self, key: Hash32, value: T) {
        if self.entries.insert(key, value).is_none() {
            self.order.push_back(key);
        }
        while self.order.len() > MAX_UNMATCHED {
            if let Some(oldest) = self.order.pop_front() {
                self.entries.remove(&oldest);
            }
        }
    }

    fn take(&mut self, key: &Hash32) -> Option<T> {
        let value = self.entries.remove(key)?;
        self.order.retain(|other| other != key);
        Some(value)
    }
}

/// Blocks without certificate and certificates without block.
#[derive(Default)]
pub struct Certificates {
    executed: Recent<Height>,
    early: Recent<Bytes>,
}

impl Certificates {
    /// A block was executed; answers its certificate when that is here already.
    pub fn executed(&mut self, digest: Hash32, height: Height) -> Option<Bytes> {
        let certificate = self.early.take(&digest);
        if certificate.is_none() {
            self.executed.put(digest, height);
        }
        certificate
    }

    /// A certificate arrived; answers it with its height when its block is executed and has none.
    pub fn arrived(&mut self, digest: Hash32, certificate: Bytes) -> Option<(Height, Bytes)> {
        match self.executed.take(&digest) {
            Some(height) => Some((height, certificate)),
            None => {
                self.early.put(digest, certificate);
                None
            }
        }
    }

    /// Whether the executed block of this digest still has none.
    #[must_use]
    pub fn lacks(&self, digest: &Hash32) -> bool {
        self.executed.entries.contains_key(digest)
    }
}
