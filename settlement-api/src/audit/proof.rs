//! Proof material: hex of canonical bytes, enough to follow from a value to a certificate (W9-W14).
//!
//! # Invariants a list's path is cut only from rows whose tree has the root that a proved record
//! #            commits to
//! # Absent     an account's complete history (`history`); material for lists beyond `MAX_PROVED_ROWS`

use std::collections::BTreeMap;

use ledger_core::{
    block::Header,
    codec::{decode, encode},
    digest::{Hash32, leaf_hash},
    journal::LogName,
    merkle::{LogHead, Tree},
    proof::{BlockProof, RecordProof},
    state::LogAppend,
    time::Height,
};
use serde::{Serialize, de::DeserializeOwned};
use utoipa::ToSchema;

use super::{AuditLedger, AuditRefused, port::AuditFault};
use crate::{
    ledger_port::Certified,
    openapi::text::{HexBytes, Id},
};

/// Rows of a list of which paths are cut: all of them are read for one path.
pub const MAX_PROVED_ROWS: u64 = 100_000;
/// Rows read at a time.
const PAGE: usize = 1_000;
/// Bytes of a list's entry at most, for entries of fixed size.
const MAX_ENTRY: usize = 512;

/// A certified header, as files spell it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CertifiedMaterial {
    /// BCS of the header.
    #[schema(value_type = HexBytes)]
    pub header: String,
    /// Its certificate.
    #[schema(value_type = HexBytes)]
    pub certificate: String,
}

impl From<&Certified> for CertifiedMaterial {
    fn from(certified: &Certified) -> Self {
        Self {
            header: hex::encode(certified.header.to_bytes()),
            certificate: hex::encode(&certified.certificate),
        }
    }
}

/// From a record to the state root.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecordMaterial {
    /// BCS of the slot's leaf, which holds the record.
    #[schema(value_type = HexBytes)]
    pub leaf: String,
    /// Its salt.
    #[schema(value_type = Id)]
    pub salt: String,
    /// From the leaf to the root of the tree.
    #[schema(value_type = Vec<Id>)]
    pub path: Vec<String>,
    /// BCS of the state head, whose hash is the state root.
    #[schema(value_type = HexBytes)]
    pub head: String,
}

impl From<&RecordProof> for RecordMaterial {
    fn from(proof: &RecordProof) -> Self {
        Self {
            leaf: hex::encode(encode(&proof.leaf)),
            salt: proof.salt.to_hex(),
            path: texts(&proof.path),
            head: hex::encode(encode(&proof.head)),
        }
    }
}

/// From a block to the history root: what its header says of its time is what was ordered.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BlockMaterial {
    /// BCS of the block's header, whose digest the leaf names.
    #[schema(value_type = HexBytes)]
    pub header: String,
    /// BCS of its leaf in the history of blocks.
    #[schema(value_type = HexBytes)]
    pub leaf: String,
    /// From the leaf to the history root.
    #[schema(value_type = Vec<Id>)]
    pub path: Vec<String>,
}

impl BlockMaterial {
    /// Material for a block's header.
    #[must_use]
    pub fn new(header: &Header, proof: &BlockProof) -> Self {
        Self {
            header: hex::encode(header.to_bytes()),
            leaf: hex::encode(encode(&proof.history)),
            path: texts(&proof.history_path),
        }
    }
}

/// From an entry of a list to the head that a record commits to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EntryMaterial {
    /// Its place in the list.
    pub index: u64,
    /// BCS of the entry.
    #[schema(value_type = HexBytes)]
    pub entry: String,
    /// Salt of its leaf.
    #[schema(value_type = Id)]
    pub salt: String,
    /// From the leaf to the list's root.
    #[schema(value_type = Vec<Id>)]
    pub path: Vec<String>,
}

/// An entry that holds at a height: the last one not above it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ListMaterial {
    /// Entries in the list, as the record commits to them.
    pub count: u64,
    /// The list's root.
    #[schema(value_type = Id)]
    pub root: String,
    /// The entry; nothing when the list has none so early.
    pub entry: Option<EntryMaterial>,
    /// The one after it, which shows that none is between; nothing for the last.
    pub next: Option<EntryMaterial>,
}

fn texts(path: &[Hash32]) -> Vec<String> {
    path.iter().map(Hash32::to_hex).collect()
}

/// A row and what it holds.
pub struct Row<T> {
    /// Its place in the list.
    pub index: u64,
    /// What it holds.
    pub entry: T,
}

/// Reads one row below a list's end.
fn row<T: DeserializeOwned>(
    ledger: &dyn AuditLedger,
    log: &LogName,
    index: u64,
) -> Result<Row<T>, AuditRefused> {
    let rows = ledger.rows(log, index, 1)?;
    let found = rows.first().filter(|row| row.index == index);
    let entry = found.and_then(|row| decode(&row.bytes, MAX_ENTRY).ok());
    let entry = entry.ok_or_else(|| AuditFault::inconsistent("lists"))?;
    Ok(Row { index, entry })
}

/// The number of entries of a list that are not above a height; heights ascend in every list.
///
/// # Errors
/// [`AuditRefused::Fault`].
pub fn up_to<T: DeserializeOwned>(
    ledger: &dyn AuditLedger,
    (log, count): (&LogName, u64),
    height: Height,
    of: impl Fn(&T) -> Height,
) -> Result<u64, AuditRefused> {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low.midpoint(high);
        if of(&row::<T>(ledger, log, middle)?.entry) <= height {
            low = middle.saturating_add(1);
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// The last entry of a list that is not above a height.
///
/// # Errors
/// [`AuditRefused::Fault`].
pub fn last_up_to<T: DeserializeOwned>(
    ledger: &dyn AuditLedger,
    (log, count): (&LogName, u64),
    height: Height,
    of: impl Fn(&T) -> Height,
) -> Result<Option<Row<T>>, AuditRefused> {
    let entries = up_to(ledger, (log, count), height, of)?;
    entries.checked_sub(1).map(|index| row(ledger, log, index)).transpose()
}

/// Hands over every row of a list of `count` rows, in order.
///
/// # Errors
/// [`AuditRefused::Fault`], also when a row is missing; and whatever `take` refuses.
pub fn each_row(
    ledger: &dyn AuditLedger,
    log: &LogName,
    count: u64,
    mut take: impl FnMut(LogAppend) -> Result<(), AuditRefused>,
) -> Result<(), AuditRefused> {
    let mut next = 0;
    while next < count {
        let rows = ledger.rows(log, next, PAGE)?;
        if rows.is_empty() {
            return Err(AuditFault::inconsistent("lists").into());
        }
        for row in rows.into_iter().take_while(|row| row.index < count) {
            if row.index != next {
                return Err(AuditFault::inconsistent("lists").into());
            }
            next = next.saturating_add(1);
            take(row)?;
        }
    }
    Ok(())
}

/// Material for an entry and the one after it; `None` for a list too long to be proved here.
///
/// # Errors
/// [`AuditRefused::Fault`], also when the rows are not those that the head commits to.
pub fn list_material(
    ledger: &dyn AuditLedger,
    log: &LogName,
    head: &LogHead,
    entry: Option<u64>,
) -> Result<Option<ListMaterial>, AuditRefused> {
    if head.count > MAX_PROVED_ROWS {
        return Ok(None);
    }
    let next = entry.map_or(0, |index| index.saturating_add(1));
    let wanted = [entry, Some(next).filter(|next| *next < head.count)];
    let mut leaves = Vec::new();
    let mut kept: Vec<LogAppend> = Vec::new();
    each_row(ledger, log, head.count, |row| {
        leaves.push(leaf_hash(&row.salt, &row.bytes));
        if wanted.contains(&Some(row.index)) {
            kept.push(row);
        }
        Ok(())
    })?;
    let tree = Tree::new(leaves);
    if tree.head() != *head {
        return Err(AuditFault::inconsistent("lists").into());
    }
    let material = |index: Option<u64>| {
        let row = kept.iter().find(|row| Some(row.index) == index)?;
        let path = tree.path(row.index, head.count, &BTreeMap::new())?;
        Some(EntryMaterial {
            index: row.index,
            entry: hex::encode(&row.bytes),
            salt: row.salt.to_hex(),
            path: texts(&path),
        })
    };
    let [entry, next] = wanted.map(material);
    Ok(Some(ListMaterial { count: head.count, root: head.root.to_hex(), entry, next }))
}
