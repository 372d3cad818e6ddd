//! Every maximum of the crate, in one place, asserted against each other at compile time.

use ledger_core::limits::{
    MAX_HEADER_BYTES, MAX_PAYLOAD_BYTES, MAX_RECEIPT_BYTES, MAX_RECORD_BYTES,
};

/// Rows that one query answers with at most, whatever was asked.
pub const MAX_PAGE: usize = 1_000;
/// Bytes of a certificate.
pub const MAX_CERTIFICATE_BYTES: usize = 64 * 1024;
/// Bytes of a stored slot: a record, its keys and its salt, its leaf, and the right edges of its lists.
pub const MAX_SLOT_BYTES: usize = MAX_RECORD_BYTES + 256 + MAX_LISTS_OF_RECORD * MAX_EDGE_BYTES;
/// Bytes of a row that describes a block.
pub const MAX_BLOCK_ROW_BYTES: usize = MAX_HEADER_BYTES + 256;
/// Bytes of a row with a certificate and its header.
pub const MAX_CERTIFICATE_ROW_BYTES: usize = MAX_CERTIFICATE_BYTES + MAX_BLOCK_ROW_BYTES;
/// Bytes of a list entry and of its detail: an account may move in every command of a block.
pub const MAX_LOG_BYTES: usize = MAX_PAYLOAD_BYTES + 4 * 1024;
/// Bytes of a list's right edge: 64 peaks.
pub const MAX_EDGE_BYTES: usize = 64 * 32 + 64;
/// Lists that one record owns: a member's accounts and its customers.
pub const MAX_LISTS_OF_RECORD: usize = 2;
/// Blocks that memory may be ahead of the database's rows: one that is being written, one that waits.
pub const BLOCKS_BEHIND: usize = 2;
/// Receipts of a block that share a row.
pub const RECEIPTS_IN_ROW: u32 = 64;
/// Bytes of such a row.
pub const MAX_RECEIPTS_ROW_BYTES: usize = 64 * MAX_RECEIPT_BYTES + 64;
/// Bytes of the places of a party's receipts in one block: what makes a receipt takes more of the
/// block's payload than the four bytes of its place.
pub const MAX_PLACES_BYTES: usize = MAX_PAYLOAD_BYTES;
/// Bytes of the ids of one block's commands: a command is far longer than its id.
pub const MAX_WINDOW_BYTES: usize = MAX_PAYLOAD_BYTES;
/// Bytes of what stands before a list's first kept entry.
pub const MAX_BASE_BYTES: usize = MAX_EDGE_BYTES + 256;
/// Bytes of a chunk of a snapshot after which the next one begins.
pub const CHUNK_BYTES: usize = 4 * 1024 * 1024 - 1024;
/// Bytes of a chunk of a snapshot: it ends with the row that filled it.
pub const MAX_CHUNK_BYTES: usize = 8 * 1024 * 1024;
/// Bytes of a snapshot's manifest: half a million chunks.
pub const MAX_MANIFEST_BYTES: usize = 16 * 1024 * 1024;
/// Bytes of any other row.
pub const MAX_SMALL_ROW_BYTES: usize = 512;

/// Slots that are kept in memory, about: those used last. A record has some hundred bytes. So few in
/// the tests of this crate that most of what they read comes from the disk.
pub(crate) const SLOTS_IN_MEMORY: usize = if cfg!(test) { 64 } else { 1 << 20 };
/// Bytes of memory that RocksDB uses for one ledger: four nodes share one machine in the demo.
pub(crate) const MEMORY_BYTES: usize = 128 * 1024 * 1024;
/// Bytes of changes that RocksDB holds in memory for one column family before it writes files.
pub(crate) const WRITE_BUFFER_BYTES: usize = 48 * 1024 * 1024;
/// The same for all column families together. Files are written for all of them at once, so the
/// more it holds, the larger they are and the less often they are merged.
pub(crate) const WRITE_BUFFERS_BYTES: usize = 96 * 1024 * 1024;
/// Bytes of the log after which RocksDB writes files, so that a start replays no more.
pub(crate) const WAL_BYTES: u64 = 128 * 1024 * 1024;
/// Bytes of uncompressed blocks that RocksDB keeps in memory.
pub(crate) const BLOCK_CACHE_BYTES: usize = 32 * 1024 * 1024;
/// Bytes of a file after which what was written of it is sent to the disk: it is not left to the
/// log's next sync, which the acknowledgement of blocks waits for.
pub(crate) const BYTES_PER_SYNC: u64 = 1024 * 1024;
/// Bits per command id or slot in the filters by which a lookup passes files that do not have it.
pub(crate) const FILTER_BITS: f64 = 10.0;
/// Bytes that RocksDB reads at a time where many rows are read in a run.
pub(crate) const READ_AHEAD_BYTES: usize = 2 * 1024 * 1024;
/// Files that RocksDB keeps open.
pub(crate) const OPEN_FILES: i32 = 256;
/// Quarantines of blocks to come that a store is told of.
pub(crate) const MAX_ASIDE: usize = 64;
/// Threads of RocksDB in the background.
pub(crate) const BACKGROUND_JOBS: i32 = 2;
/// Attempts at opening a store that another process is writing.
pub(crate) const READ_ONLY_ATTEMPTS: usize = 5;

const _: () = assert!(WRITE_BUFFER_BYTES < WRITE_BUFFERS_BYTES);
const _: () = assert!(WRITE_BUFFERS_BYTES + BLOCK_CACHE_BYTES <= MEMORY_BYTES);
const _: () = assert!(MAX_LOG_BYTES < WRITE_BUFFER_BYTES);
const _: () = assert!(MAX_SMALL_ROW_BYTES < MAX_BLOCK_ROW_BYTES);
// A chunk ends with its longest row, a length and a height.
const _: () = assert!(CHUNK_BYTES + MAX_WINDOW_BYTES + 64 <= MAX_CHUNK_BYTES);
const _: () = assert!(MAX_SLOT_BYTES <= MAX_WINDOW_BYTES);
