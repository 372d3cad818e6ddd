//! Snapshots: a state in a folder of checked files, to start another store from.
//!
//! ```text
//! Store::snapshot   a store's folder -> chunks of the state after one block
//! Taken::seal       once a certified header covers that block -> its history, the manifest
//! Store::restore    all of it, checked against that header -> a store's folder
//! ```
//!
//! The bytes are docs/spec/snapshot.md. They have a version of their own and name no schema: what
//! one binary took another one restores.
//!
//! # Place      beside a running node (`snapshot`); a new folder (`restore`)
//! # Invariants W41 nothing is restored but what the certified header commits to; W42 what is
//! #            incomplete has no manifest, and no folder under its name; W43 what a snapshot leaves
//! #            out is refused when it is asked for
//! # Absent     whether a certificate is good (the caller's check); receipts and entries of lists of
//! #            earlier blocks

mod load;
mod take;
mod write;

use std::{
    fmt,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use ledger_core::{
    block::Header,
    digest::Hash32,
    id::{ChainId, CommandId},
    merkle::Frontier,
    state::StoredSlot,
    time::Height,
};
use serde::{Deserialize, Serialize};

use crate::{error::StoreError, row::SlotRow};

pub use take::Taken;

/// What a manifest begins with.
pub const FORMAT: &str = "florin-snapshot-1";

/// Name of the manifest's file.
pub const MANIFEST: &str = "manifest";

/// What the rows of a chunk are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ChunkKind {
    /// Slots, each with the right edges of the lists that its record owns.
    Slots,
    /// Ids of commands that can still be ordered again, by block.
    Windows,
    /// Headers, from the one whose results the last one declares to the last one.
    Headers,
    /// Blocks' leaves in the history tree, from genesis on.
    History,
}

impl ChunkKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Slots, Self::Windows, Self::Headers, Self::History];

    /// What its files' names begin with.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Slots => "slots",
            Self::Windows => "windows",
            Self::Headers => "headers",
            Self::History => "history",
        }
    }
}

/// A chunk's name: its kind, and its number among those of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChunkName {
    /// What its rows are.
    pub kind: ChunkKind,
    /// Its number, from 0.
    pub number: u32,
}

impl fmt::Display for ChunkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:06}", self.kind.name(), self.number)
    }
}

/// A chunk as the manifest lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkEntry {
    /// What its rows are.
    pub kind: ChunkKind,
    /// SHA-256 of its file.
    pub hash: Hash32,
}

/// What a snapshot is of, and what it consists of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Always [`FORMAT`].
    pub format: String,
    /// The network.
    pub chain: ChainId,
    /// The block after which the state is that of the snapshot.
    pub height: Height,
    /// The slot freed last.
    pub free: Option<u64>,
    /// A later header, whose results are those of that block or of one after it.
    pub header: Header,
    /// The certificate of that header.
    pub certificate: Vec<u8>,
    /// The last block up to `height` that has a certificate of its own, unless `height` is that of
    /// genesis: a validator's engine goes on from there.
    pub last: Option<CertifiedBlock>,
    /// Every chunk, those of one kind in the order of their numbers.
    pub chunks: Vec<ChunkEntry>,
}

/// A block whose header is in the snapshot, and its certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertifiedBlock {
    /// Its height.
    pub height: Height,
    /// Its certificate.
    pub certificate: Vec<u8>,
}

impl Manifest {
    /// The chunks with their names.
    pub(crate) fn named(&self) -> impl Iterator<Item = (ChunkName, Hash32)> {
        let mut counts = [0u32; ChunkKind::ALL.len()];
        self.chunks.iter().map(move |entry| {
            let at = ChunkKind::ALL.iter().zip(&mut counts).find(|(kind, _)| **kind == entry.kind);
            let number = at.map_or(0, |(_, count)| {
                let number = *count;
                *count = count.saturating_add(1);
                number
            });
            (ChunkName { kind: entry.kind, number }, entry.hash)
        })
    }
}

/// A slot in a chunk.
pub(crate) type SlotOf = SlotRow<StoredSlot, Frontier>;
/// A window in a chunk.
pub(crate) type WindowOf = (Height, Vec<CommandId>);

/// Why a snapshot cannot be taken or restored. Each message names the next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// There is no manifest, or its bytes are not those of one that this binary knows.
    #[error(
        "no manifest of {FORMAT}: the snapshot is incomplete or of another version; copy it again"
    )]
    Manifest,
    /// The certificate does not make the manifest's header final.
    #[error("the certificate of the snapshot does not hold under this genesis; take another one")]
    Certificate,
    /// The manifest's header does not cover the block of the snapshot.
    #[error("the certified header of the snapshot does not cover block {height}; take another one")]
    NotCovered {
        /// The block of the snapshot.
        height: Height,
    },
    /// A chunk that the manifest lists is not there.
    #[error("chunk {chunk} is missing; copy the snapshot again")]
    Missing {
        /// Which.
        chunk: ChunkName,
    },
    /// A chunk is not the one that the manifest lists.
    #[error("chunk {chunk} is not the one in the manifest; copy the snapshot again")]
    Changed {
        /// Which.
        chunk: ChunkName,
    },
    /// A chunk's bytes are no rows of its kind, although they are those of the manifest.
    #[error("chunk {chunk} holds no rows of its kind; take another snapshot")]
    Malformed {
        /// Which.
        chunk: ChunkName,
    },
    /// A chunk's rows are not those that the certified header commits to.
    #[error("chunks of {} are not what the certified header commits to; take another snapshot", .kind.name())]
    NotCommitted {
        /// Their kind.
        kind: ChunkKind,
    },
    /// Something is already there.
    #[error("the folder to write into is not empty; name another one")]
    Occupied,
}

/// How far a long piece of work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being worked on.
    pub kind: ChunkKind,
    /// Rows or chunks done.
    pub done: u64,
    /// Of how many.
    pub of: u64,
}

/// The typed form of an error of the file system.
fn file_error(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_path_buf();
    move |error| {
        if error.kind() == io::ErrorKind::StorageFull {
            return StoreError::DiskFull;
        }
        StoreError::File { path, kind: error.kind() }
    }
}

/// Makes a folder to work in, beside the one that it becomes: one that was left there by an attempt
/// that ended early is removed.
fn work_folder(to: &Path, suffix: &str) -> Result<PathBuf, StoreError> {
    let free = match fs::read_dir(to) {
        Ok(mut found) => found.next().is_none(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(file_error(to)(error)),
    };
    let Some(name) = to.file_name().filter(|_| free) else {
        return Err(SnapshotError::Occupied.into());
    };
    let mut name = name.to_os_string();
    name.push(suffix);
    let work = to.with_file_name(name);
    match fs::remove_dir_all(&work) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(file_error(&work)(error));
        }
        Ok(()) | Err(_) => {}
    }
    fs::create_dir_all(&work).map_err(file_error(&work))?;
    Ok(work)
}

/// Gives a finished folder its name.
fn finish_folder(work: &Path, to: &Path) -> Result<(), StoreError> {
    let sync = |path: &Path| File::open(path).and_then(|folder| folder.sync_all());
    sync(work).map_err(file_error(work))?;
    fs::rename(work, to).map_err(file_error(to))?;
    match to.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync(parent).map_err(file_error(parent)),
        Some(_) | None => Ok(()),
    }
}
