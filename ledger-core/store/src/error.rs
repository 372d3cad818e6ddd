//! Why the store did not do what it was asked. Each message names the next step.

use std::{io, path::PathBuf};

use ledger_core::{
    digest::Hash32,
    id::{ChainId, CommandId},
    quarantine::QuarantineError,
    refusal::Refusal,
    state::RestoreError,
    time::Height,
};

use crate::snapshot::SnapshotError;

/// Why the store did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database answered with an error; its own words are in the log.
    #[error("database error ({kind:?}); see the log, then restart or restore from peers")]
    Rocks {
        /// What kind.
        kind: rocksdb::ErrorKind,
    },
    /// No space is left for the data.
    #[error("the disk is full; free space on it, then restart")]
    DiskFull,
    /// Another process has the store open.
    #[error("the data directory is in use by another process; stop that one or name another")]
    Locked,
    /// There is nothing to open.
    #[error("no ledger at this path; check the data directory's name")]
    NotThere,
    /// Stored bytes are not what was written.
    #[error("{what}: stored bytes are damaged; restore from peers or a backup")]
    Damaged {
        /// Which.
        what: &'static str,
    },
    /// What is stored is not the state that was committed to.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// The store is of another network.
    #[error("the store is of network {found}, not {expected}; name another data directory")]
    OtherNetwork {
        /// The network asked for.
        expected: ChainId,
        /// The network stored.
        found: ChainId,
    },
    /// The store was written by another version.
    #[error(
        "the store has schema {found}, this binary knows {known}; move the ledger's folder away, and \
         only that one, and start again: the blocks are executed again into a new one. Or take a \
         snapshot with the binary of its time (`florin snapshot`) and restore it with this one \
         (`florin restore`)"
    )]
    OtherSchema {
        /// The schema this binary writes.
        known: u32,
        /// The schema stored.
        found: u32,
    },
    /// Genesis is not one that the rules accept.
    #[error("genesis is refused ({}); correct it before the network starts", .0.code())]
    Genesis(Refusal),
    /// A height that was not executed yet.
    #[error("height {asked} is ahead of the last executed block {applied}; execute it first")]
    Ahead {
        /// What was asked about.
        asked: Height,
        /// The last executed block.
        applied: Height,
    },
    /// A block that does not follow the last executed one.
    #[error("block {found} does not follow the last executed block {applied}; send its child")]
    NotNext {
        /// The last executed block.
        applied: Height,
        /// The block given.
        found: Height,
    },
    /// A certificate longer than any committee makes.
    #[error("a certificate has {found} bytes where at most {limit} are allowed; check its source")]
    CertificateTooLong {
        /// Bytes given.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A finalized header declared other results than were computed here.
    #[error(
        "this node's results differ from those finalized at height {height}: it must not serve; \
         keep the directory for examination and restore from peers"
    )]
    Diverged {
        /// The header that declared other results.
        height: Height,
    },
    /// A block whose execution panics.
    #[error(
        "block {height} ({block}) cannot be executed: {} (see the log, and docs/runbook/quarantine.md)",
        reason(.commands)
    )]
    Stuck {
        /// Which block.
        height: Height,
        /// Digest of its header.
        block: Hash32,
        /// Commands without which it can be executed; nothing where none are found.
        commands: Vec<CommandId>,
    },
    /// A quarantine that does not fit its block.
    #[error(
        "the quarantine of block {height} does not act: {error}; take the one that the others have"
    )]
    Aside {
        /// Which block.
        height: Height,
        /// What is wrong.
        error: QuarantineError,
    },
    /// A quarantine of a block that was executed otherwise.
    #[error(
        "block {height} was executed here without this quarantine: either the network did so too, and \
         the file is to be taken away, or this ledger is wrong and is to be made anew"
    )]
    NotSetAside {
        /// Which block.
        height: Height,
    },
    /// A thread panicked while it changed the state in memory.
    #[error("the state in memory may be incomplete after a panic; restart the process")]
    Poisoned,
    /// What was asked about is no longer kept here, or never was.
    #[error(
        "receipts and entries of blocks below {below} are not kept here; ask a node that keeps them"
    )]
    Pruned {
        /// What is kept begins here.
        below: Height,
    },
    /// A snapshot that cannot be taken or restored.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The file system refused.
    #[error("{path}: {kind}; check the path, its permissions and the space on the disk")]
    File {
        /// Which file or folder.
        path: PathBuf,
        /// What it said.
        kind: io::ErrorKind,
    },
}

/// Why a block cannot be executed, as far as it is known.
fn reason(commands: &[CommandId]) -> String {
    if commands.is_empty() {
        return "no command of it was found to be the reason".to_owned();
    }
    let ids: Vec<String> = commands.iter().map(ToString::to_string).collect();
    format!("it could be without {}", ids.join(", "))
}
