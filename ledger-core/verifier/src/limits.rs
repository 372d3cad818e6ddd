//! Every maximum of the crate.

use ledger_core::limits::{MAX_HEADER_BYTES, MAX_RECORD_BYTES, MAX_VALIDATORS};

/// Bytes of a proof file, but for a history.
pub const MAX_PROOF_FILE_BYTES: usize = 256 * 1024;
/// Bytes of a history file.
pub const MAX_HISTORY_FILE_BYTES: usize = 16 * 1024 * 1024;
/// Blocks in the span of a history, each of which moved the account's money.
pub const MAX_HISTORY_BLOCKS: usize = 10_000;
/// Movements in the span of a history.
pub const MAX_HISTORY_MOVEMENTS: usize = 100_000;
/// Bytes of an encoded entry of an account's journal.
pub const MAX_ENTRY_BYTES: usize = 128;
/// Bytes of a genesis file.
pub const MAX_GENESIS_FILE_BYTES: usize = 1024 * 1024;
/// Bytes of an encoded certificate.
pub const MAX_CERTIFICATE_BYTES: usize = 256;
/// Bytes of an encoded leaf of the state tree: a record and its place.
pub const MAX_LEAF_BYTES: usize = MAX_RECORD_BYTES + 128;

// Three varints, a digest, the bitmap's length, the bitmap, a signature.
const _: () = assert!(3 * 10 + 32 + 8 + MAX_VALIDATORS / 8 + 48 <= MAX_CERTIFICATE_BYTES);
// Hex doubles; paths of 64 steps and a summary fit beside it.
const _: () =
    assert!(2 * (MAX_LEAF_BYTES + MAX_HEADER_BYTES) + 2 * 64 * 80 + 8192 < MAX_PROOF_FILE_BYTES);
// A history of the most blocks, one movement each, fits its file.
const _: () = assert!(MAX_PROOF_FILE_BYTES + MAX_HISTORY_BLOCKS * 1024 < MAX_HISTORY_FILE_BYTES);
