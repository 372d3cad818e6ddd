//! The consistency file, `florin-consistency-1`: the history of blocks that one certified header
//! declares is the beginning of the history that a later one declares.
//!
//! The last block of the older history has one path in the newer. Its siblings to the left are all
//! that lies before it, so they alone lead to the older root; all of them lead to the newer one.
//!
//! # Place      observers cut it; `florin verify` reads it
//! # Invariants W16 no byte is free; W26 nothing of the older history was changed or dropped
//! # Absent     what the blocks held (`florin-receipt-1`, `florin-history-1`)

use ledger_core::{
    block::Header,
    codec::encode,
    digest::Hash32,
    genesis::Genesis,
    merkle::root_from_path,
    proof::BlockProof,
    time::{Height, LedgerTime},
};
use serde::{Deserialize, Serialize};

use crate::{
    committee::Committee,
    error::VerifyError,
    file::{self, Certified},
    limits::{MAX_HISTORY_LEAF_BYTES, MAX_PROOF_FILE_BYTES},
    summary::rfc3339,
};

/// The value of `format`.
pub const FORMAT: &str = "florin-consistency-1";

/// Why one history is not shown to go on as another, in the order in which it is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConsistencyFault {
    /// A header that reports on genesis only declares no history root.
    #[error("the older header declares no history: it reports on genesis only")]
    NoHistory,
    /// The older header reports on later blocks than the newer one.
    #[error("the older header reports up to height {older}, the newer one only up to {newer}")]
    Reversed {
        /// What the older header reports on.
        older: Height,
        /// What the newer header reports on.
        newer: Height,
    },
    /// The block shown is not the last one of the older history.
    #[error("the block shown is not the last one that the older header reports on")]
    OtherBlock,
    /// The path does not lead to both roots.
    #[error("the newer history does not begin with the older one")]
    NotABeginning,
}

impl ConsistencyFault {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoHistory => "no_history_declared",
            Self::Reversed { .. } => "order_reversed",
            Self::OtherBlock => "not_the_last_block",
            Self::NotABeginning => "history_not_continued",
        }
    }
}

/// Two certified headers and what ties the history of the one to that of the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsistencyFile {
    block: BlockProof,
    older: Certified,
    newer: Certified,
}

/// What a valid consistency file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsistencyVerdict {
    /// The last block of the older history.
    pub from: Height,
    /// The last block of the newer history.
    pub to: Height,
    /// Time of the newer header.
    pub time: LedgerTime,
    /// One line in plain words.
    pub plain: String,
}

/// Checks a consistency file.
///
/// # Errors
/// [`VerifyError`], naming the first thing that is wrong.
pub fn verify_consistency(
    bytes: &[u8],
    committee: &Committee,
) -> Result<ConsistencyVerdict, VerifyError> {
    let file = ConsistencyFile::parse(bytes)?;
    file.check_proof(committee.genesis())?;
    if file.text().as_bytes() != bytes {
        return Err(VerifyError::NotCanonical);
    }
    for certified in [&file.older, &file.newer] {
        committee.verify(&certified.header, &certified.certificate)?;
    }
    Ok(ConsistencyVerdict {
        from: file.older.header.results.height,
        to: file.newer.header.results.height,
        time: file.newer.header.time,
        plain: file.summary().line(),
    })
}

impl ConsistencyFile {
    /// Writes a file from two headers with their certificates. The path is checked, the
    /// certificates are not: whoever serves files has checked them before, and whoever reads them
    /// checks them again.
    ///
    /// # Errors
    /// [`VerifyError`] when the block is not the last one of the older history, or is not there in
    /// the newer one.
    pub fn build(
        block: &BlockProof,
        (older, older_certificate): (&Header, &[u8]),
        (newer, newer_certificate): (&Header, &[u8]),
        genesis: &Genesis,
    ) -> Result<String, VerifyError> {
        let file = Self {
            block: block.clone(),
            older: Certified { header: *older, certificate: older_certificate.to_vec() },
            newer: Certified { header: *newer, certificate: newer_certificate.to_vec() },
        };
        file.check_proof(genesis)?;
        Ok(file.text())
    }

    /// Reads a file and checks nothing but its shape.
    ///
    /// # Errors
    /// [`VerifyError`], naming the first field that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, VerifyError> {
        let given: Given = file::parse_proof(bytes, MAX_PROOF_FILE_BYTES, FORMAT)?;
        let block = BlockProof {
            history: file::value(&given.block.leaf, MAX_HISTORY_LEAF_BYTES, "block.leaf")?,
            history_path: file::path(&given.block.path, "block.path")?,
        };
        Ok(Self { block, older: given.older.read()?, newer: given.newer.read()? })
    }

    fn check_proof(&self, genesis: &Genesis) -> Result<(), VerifyError> {
        self.older.check_network(genesis)?;
        self.newer.check_network(genesis)?;
        Ok(self.check_roots()?)
    }

    fn check_roots(&self) -> Result<(), ConsistencyFault> {
        let (older, newer) = (&self.older.header.results, &self.newer.header.results);
        if older.height == Height::new(0) {
            return Err(ConsistencyFault::NoHistory);
        }
        if older.height > newer.height {
            let (older, newer) = (older.height, newer.height);
            return Err(ConsistencyFault::Reversed { older, newer });
        }
        let (last, path) = (&self.block.history, &self.block.history_path);
        if last.height != older.height || last.state_root != older.state_root {
            return Err(ConsistencyFault::OtherBlock);
        }
        let at = last.height.get();
        let before = left_siblings(at, newer.height.next().get(), path);
        let begins = root_from_path(last.leaf(), at, older.height.next().get(), &before)
            == Some(older.history_root);
        if begins && self.block.holds_under(newer) {
            Ok(())
        } else {
            Err(ConsistencyFault::NotABeginning)
        }
    }

    fn summary(&self) -> Summary {
        let (older, newer) = (&self.older.header, &self.newer.header);
        let (from, to) = (older.results.height.get(), newer.results.height.get());
        Summary {
            older: HeaderSummary::of(older),
            newer: HeaderSummary::of(newer),
            appended: to.saturating_sub(from),
        }
    }

    fn text(&self) -> String {
        file::print(&Spelled {
            format: FORMAT,
            network: self.older.header.chain.to_hex(),
            summary: self.summary(),
            block: BlockText {
                leaf: hex::encode(encode(&self.block.history)),
                path: self.block.history_path.iter().map(Hash32::to_hex).collect(),
            },
            older: CertifiedText::of(&self.older),
            newer: CertifiedText::of(&self.newer),
        })
    }
}

/// Those siblings of a path, in a tree of `size` leaves, that stand to the left.
fn left_siblings(index: u64, size: u64, path: &[Hash32]) -> Vec<Hash32> {
    let (mut at, mut last) = (index, size.saturating_sub(1));
    let (mut left, mut rest) = (Vec::new(), path.iter());
    while last > 0 {
        if at ^ 1 <= last {
            let sibling = rest.next();
            left.extend(sibling.filter(|_| at & 1 == 1));
        }
        (at, last) = (at >> 1, last >> 1);
    }
    left
}

/// What is read from a file; all else in it is derived and compared as bytes.
#[derive(Deserialize)]
struct Given {
    block: BlockText,
    older: CertifiedText,
    newer: CertifiedText,
}

#[derive(Serialize, Deserialize)]
struct BlockText {
    leaf: String,
    path: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct CertifiedText {
    header: String,
    certificate: String,
}

impl CertifiedText {
    fn of(certified: &Certified) -> Self {
        Self {
            header: hex::encode(certified.header.to_bytes()),
            certificate: hex::encode(&certified.certificate),
        }
    }

    fn read(&self) -> Result<Certified, VerifyError> {
        Certified::read(&self.header, &self.certificate)
    }
}

/// The whole file, in the order of its keys.
#[derive(Serialize)]
struct Spelled {
    format: &'static str,
    network: String,
    summary: Summary,
    block: BlockText,
    older: CertifiedText,
    newer: CertifiedText,
}

#[derive(Serialize)]
struct Summary {
    older: HeaderSummary,
    newer: HeaderSummary,
    appended: u64,
}

#[derive(Serialize)]
struct HeaderSummary {
    height: u64,
    header: u64,
    time: String,
}

impl HeaderSummary {
    fn of(header: &Header) -> Self {
        Self {
            height: header.results.height.get(),
            header: header.height.get(),
            time: rfc3339(header.time),
        }
    }
}

impl Summary {
    fn line(&self) -> String {
        let Self { older, newer, appended } = self;
        format!(
            "the history up to height {}, certified at {}, is the beginning of the history up to \
             height {}, certified at {}: {appended} blocks were appended, none was changed or dropped",
            older.height, older.time, newer.height, newer.time,
        )
    }
}

#[cfg(test)]
mod tests;
