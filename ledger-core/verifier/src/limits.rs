//! Every maximum of the crate.

use ledger_core::limits::{LIABILITY_PARTS, MAX_HEADER_BYTES, MAX_RECORD_BYTES, MAX_VALIDATORS};

/// Bytes of a proof file, but for a history.
pub const MAX_PROOF_FILE_BYTES: usize = 256 * 1024;
/// Bytes of a history file.
pub const MAX_HISTORY_FILE_BYTES: usize = 16 * 1024 * 1024;
/// Blocks in the span of a history, each of which moved the account's money.
pub const MAX_HISTORY_BLOCKS: usize = 10_000;
/// Movements in the span of a history.
pub const MAX_HISTORY_MOVEMENTS: usize = 100_000;
/// Bytes of a file that shows a member's accounts or customers.
pub const MAX_LIST_FILE_BYTES: usize = 4 * 1024 * 1024;
/// Entries of a member's list in one file.
pub const MAX_LIST_ENTRIES: usize = 10_000;
/// Accounts of a member in a file of its payments.
pub const MAX_PAYMENTS_ACCOUNTS: usize = 1_000;
/// Bytes of an encoded leaf of the history of blocks.
pub const MAX_HISTORY_LEAF_BYTES: usize = 128;
/// Bytes of an encoded name of a record.
pub const MAX_NAME_BYTES: usize = 64;
/// Bytes of an encoded entry of an account's journal.
pub const MAX_ENTRY_BYTES: usize = 128;
/// Bytes of a genesis file.
pub const MAX_GENESIS_FILE_BYTES: usize = 1024 * 1024;
/// Bytes of a file of trust.
pub const MAX_TRUST_FILE_BYTES: usize = 64 * 1024 * 1024;
/// Handovers in a file of trust.
pub const MAX_HANDOVERS: usize = 1_024;
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
// An entry of a list is two hashes in hex with their keys.
const _: () = assert!(MAX_PROOF_FILE_BYTES + MAX_LIST_ENTRIES * 256 < MAX_LIST_FILE_BYTES);
const _: () = assert!(MAX_PAYMENTS_ACCOUNTS <= MAX_LIST_ENTRIES);
// Every part of a balance with a path of 64 nodes fits beside a record.
const _: () = assert!(
    2 * (MAX_LEAF_BYTES + MAX_HEADER_BYTES) + LIABILITY_PARTS * 64 * 192 + 16 * 1024
        < MAX_PROOF_FILE_BYTES
);
