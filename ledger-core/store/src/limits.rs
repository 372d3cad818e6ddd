//! Every maximum of the crate, in one place, asserted against each other at compile time.

use ledger_core::limits::{MAX_HEADER_BYTES, MAX_PAYLOAD_BYTES, MAX_RECORD_BYTES};

/// Rows that one query answers with at most, whatever was asked.
pub const MAX_PAGE: usize = 1_000;
/// Bytes of a certificate.
pub const MAX_CERTIFICATE_BYTES: usize = 64 * 1024;
/// Bytes of a stored slot: a record, its keys and its salt.
pub const MAX_SLOT_BYTES: usize = MAX_RECORD_BYTES + 256;
/// Bytes of a row that describes a block.
pub const MAX_BLOCK_ROW_BYTES: usize = MAX_HEADER_BYTES + 256;
/// Bytes of a row with a certificate and its header.
pub const MAX_CERTIFICATE_ROW_BYTES: usize = MAX_CERTIFICATE_BYTES + MAX_BLOCK_ROW_BYTES;
/// Bytes of a list entry and of its detail: an account may move in every command of a block.
pub const MAX_LOG_BYTES: usize = MAX_PAYLOAD_BYTES + 4 * 1024;
/// Bytes of a list's right edge: 64 peaks.
pub const MAX_FRONTIER_BYTES: usize = 64 * 32 + 64;
/// Bytes of the ids of one block's commands: a command is far longer than its id.
pub const MAX_WINDOW_BYTES: usize = MAX_PAYLOAD_BYTES;
/// Bytes of any other row.
pub const MAX_SMALL_ROW_BYTES: usize = 512;

/// Bytes of changes that RocksDB holds in memory for one column family before it writes a file.
pub(crate) const WRITE_BUFFER_BYTES: usize = 16 * 1024 * 1024;
/// The same for all column families together.
pub(crate) const WRITE_BUFFERS_BYTES: usize = 48 * 1024 * 1024;
/// Bytes of the log after which RocksDB writes files, so that a start replays no more.
pub(crate) const WAL_BYTES: u64 = 64 * 1024 * 1024;
/// Bytes of uncompressed blocks that RocksDB keeps in memory.
pub(crate) const BLOCK_CACHE_BYTES: usize = 32 * 1024 * 1024;
/// Files that RocksDB keeps open: four nodes share one machine in the demo.
pub(crate) const OPEN_FILES: i32 = 256;
/// Threads of RocksDB in the background.
pub(crate) const BACKGROUND_JOBS: i32 = 2;
/// Attempts at opening a store that another process is writing.
pub(crate) const READ_ONLY_ATTEMPTS: usize = 5;

const _: () = assert!(WRITE_BUFFER_BYTES < WRITE_BUFFERS_BYTES);
const _: () = assert!(MAX_LOG_BYTES < WRITE_BUFFER_BYTES);
const _: () = assert!(MAX_SMALL_ROW_BYTES < MAX_BLOCK_ROW_BYTES);
