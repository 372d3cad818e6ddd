//! A store in one file: a log of batches, each synced before it is acknowledged.
//!
//! # File
//! Records: length (4 bytes, least first) and its complement, SHA-256 of the body, body (BCS of the
//! batch).
//!
//! # Place      tests that end a process anywhere; gateways have a database
//! # Invariants a batch is on disk as a whole or not at all; after a crash only the last record can be
//! #            torn (cut, or ending in zeros), and it was not acknowledged: it is dropped. Anything
//! #            else that is not as it was written is [`StoreFault::Damaged`], for a person to judge
//! # Absent     reads from disk, compaction: everything is in memory, too

use std::{
    cell::RefCell,
    fs::{self, File, OpenOptions},
    io::Write as _,
    path::Path,
};

use interbank::port::{MemoryStore, Pair, Store, StoreFault, Write};
use ledger_core::{
    codec::{decode, encode},
    digest::file_hash,
};

/// Bytes of a record before its body.
pub(crate) const HEAD: usize = 40;
/// Bytes of a batch at most.
const MAX_BATCH: usize = 64 << 20;

/// Keeps pairs across restarts and `kill -9`.
#[derive(Debug)]
pub(crate) struct FileStore {
    pairs: MemoryStore,
    file: RefCell<File>,
}

impl FileStore {
    /// Opens or creates the store at `path`, and drops a torn tail.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreFault> {
        let file = OpenOptions::new().create(true).append(true).open(path).map_err(unavailable)?;
        let bytes = fs::read(path).map_err(unavailable)?;
        let pairs = MemoryStore::default();
        let whole = replay(&bytes, &pairs)?;
        file.set_len(u64::try_from(whole).unwrap_or(u64::MAX)).map_err(unavailable)?;
        file.sync_all().map_err(unavailable)?;
        Ok(Self { pairs, file: RefCell::new(file) })
    }
}

impl Store for FileStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreFault> {
        self.pairs.get(key)
    }

    fn write(&self, batch: Vec<Write>) -> Result<(), StoreFault> {
        let body = encode(&batch);
        let length = u32::try_from(body.len()).map_err(|_| StoreFault::Unavailable)?;
        let (length, again) = (length.to_le_bytes(), (!length).to_le_bytes());
        let record = [&length[..], &again, file_hash(&body).get(), &body].concat();
        let mut file = self.file.borrow_mut();
        file.write_all(&record).and_then(|()| file.sync_data()).map_err(unavailable)?;
        self.pairs.write(batch)
    }

    fn scan(&self, prefix: &[u8], limit: usize) -> Result<Vec<Pair>, StoreFault> {
        self.pairs.scan(prefix, limit)
    }
}

fn unavailable(_: std::io::Error) -> StoreFault {
    StoreFault::Unavailable
}

/// Applies every whole record and says where they end; only the last may be torn.
fn replay(bytes: &[u8], pairs: &MemoryStore) -> Result<usize, StoreFault> {
    let mut rest = bytes;
    while let Some((head, after)) = rest.split_first_chunk::<HEAD>() {
        let [a, b, c, d, e, f, g, h, sum @ ..] = head;
        let length = u32::from_le_bytes([*a, *b, *c, *d]);
        if !length != u32::from_le_bytes([*e, *f, *g, *h]) {
            let zeros = rest.iter().all(|byte| *byte == 0);
            return if zeros { Ok(bytes.len() - rest.len()) } else { Err(StoreFault::Damaged) };
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let Some((body, next)) = after.split_at_checked(length) else { break };
        if file_hash(body).get() != sum {
            if next.is_empty() {
                break;
            }
            return Err(StoreFault::Damaged);
        }
        pairs.write(decode(body, MAX_BATCH).map_err(|_| StoreFault::Damaged)?)?;
        rest = next;
    }
    Ok(bytes.len() - rest.len())
}
