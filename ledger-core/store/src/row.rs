//! What the stored rows hold: canonical bytes, decoded with a bound.
//!
//! # Place      between typed values of `ledger-core` and bytes of the database
//! # Invariants no stored byte is trusted: what does not decode is [`StoreError::Damaged`]

use ledger_core::{
    account::{Balances, Totals},
    block::{Header, Results},
    codec,
    digest::Hash32,
    journal::Movement,
    merkle::Frontier,
    state::WriteSet,
    time::Height,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::error::StoreError;

/// Version of the rows and keys of this crate; see `migrate` for those it can read.
pub(crate) const SCHEMA: u32 = 4;

/// Where a receipt stands: its block and its place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// The block.
    pub height: Height,
    /// The place among the block's receipts.
    pub index: u32,
}

/// What is kept of a block, beside its receipts and its leaf in the history tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BlockRow {
    /// Its header.
    pub(crate) header: Header,
    /// The blinding secret from which its salts come.
    pub(crate) blinding: Hash32,
    /// What headers declare about it.
    pub(crate) results: Results,
}

impl BlockRow {
    /// The row of a block with these changes.
    pub(crate) fn of(set: &WriteSet) -> Self {
        Self { header: set.header, blinding: set.blinding, results: set.results }
    }
}

/// The last executed block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AppliedRow {
    /// Digest of its header.
    pub(crate) digest: Hash32,
    /// What headers declare about it.
    pub(crate) results: Results,
    /// The slot freed last.
    pub(crate) free: Option<u64>,
}

/// A slot in a snapshot, and the right edges of the lists that its record owns, in the order of
/// [`ledger_core::journal::lists_of`]. Borrowed when it is written, owned when it is read. Stores of
/// schema 2 and 3 have rows of these bytes, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SlotRow<S, E> {
    /// The slot.
    pub(crate) stored: S,
    /// One for each list.
    pub(crate) edges: Vec<E>,
}

/// An entry of an account's journal: what its bytes, its detail and its salt follow from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MovedRow {
    /// The block.
    pub(crate) height: Height,
    /// What the account holds after it.
    pub(crate) closing: Balances,
    /// The movements in it, in order.
    pub(crate) movements: Vec<Movement>,
}

/// An entry of any other list; its salt follows from the block. Borrowed when it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EntryRow<B> {
    /// The block that appended it.
    pub(crate) height: Height,
    /// Its canonical bytes.
    pub(crate) bytes: B,
    /// What it commits to, where that is not in it.
    pub(crate) detail: B,
}

/// A certificate and the header that it certifies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CertificateRow {
    /// The header, again: finding the one that covers a height then reads no block.
    pub(crate) header: Header,
    /// The engine's bytes.
    pub(crate) certificate: Vec<u8>,
}

/// What a list's rows begin after, where its first entries are not kept. It stands under the list's
/// name alone, before all of its entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BaseRow {
    /// The right edge of the list after the entries that are not kept: it says how many they are.
    pub(crate) edge: Frontier,
    /// What the last of them closed with.
    pub(crate) closing: Closing,
}

/// What an entry of a list closes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Closing {
    /// Nothing: entries are only listed, or each stands for itself.
    Nothing,
    /// Of an account's journal.
    Account(Balances),
    /// Of a currency's journal.
    Currency(Totals),
}

/// What is not kept of earlier blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PrunedRow {
    /// Receipts and entries of lists are kept of blocks from here on.
    pub(crate) below: Height,
    /// Ids of commands are found for blocks from here on: all of them, unless the store was
    /// restored from a snapshot.
    pub(crate) named: Height,
    /// Rows of blocks are deleted up to here.
    pub(crate) blocks: Height,
    /// Entries of lists are deleted as far as their owners' slots are below this one.
    pub(crate) slots: u64,
}

/// Keys of the rows that exist once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meta {
    /// Version of keys and rows.
    Schema,
    /// The network.
    Chain,
    /// [`AppliedRow`].
    Applied,
    /// Height of the header that declared other results, when one did.
    Diverged,
    /// Whether the store was closed in order.
    Clean,
    /// [`PrunedRow`], when something is not kept.
    Pruned,
}

impl Meta {
    /// Its key.
    pub(crate) const fn key(self) -> &'static [u8] {
        match self {
            Self::Schema => b"schema",
            Self::Chain => b"chain",
            Self::Applied => b"applied",
            Self::Diverged => b"diverged",
            Self::Clean => b"clean",
            Self::Pruned => b"pruned",
        }
    }
}

/// Decodes a stored value.
pub(crate) fn decode<T: DeserializeOwned>(
    bytes: &[u8],
    limit: usize,
    what: &'static str,
) -> Result<T, StoreError> {
    codec::decode(bytes, limit).map_err(|_| StoreError::Damaged { what })
}
