//! A network of real processes on this machine with money in it: validators with their stores, an
//! operator, a treasury, a custodian and two banks that pay.
//!
//! Accounts are opened and money is minted by the same commands that an operator uses.
//!
//! # Place      bench, torture -> [testbed] -> child processes over loopback
//! # Invariants what ran is kept when it did not end well
//! # Absent     gateways and their messages

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use ledger_core::signature::SignerError;
use ledger_store::StoreError;
use settlement_api::ledger_port::PortError;

use crate::{
    cli::{child::ChildError, genesis::FoundingError, keygen::KeygenError, ui},
    keyfile::KeyFileError,
};

pub(super) mod cast;
pub(super) mod follow;
pub(super) mod network;
pub(super) mod payment;
pub(super) mod prepare;

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TestbedError {
    /// The file system.
    #[error("{what}: {error}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        error: io::Error,
    },
    /// The folder has something in it.
    #[error("{0} is not empty; name a folder that is absent or empty")]
    NotEmpty(PathBuf),
    /// A child process.
    #[error(transparent)]
    Child(#[from] ChildError),
    /// Keys of validators.
    #[error(transparent)]
    Keygen(#[from] KeygenError),
    /// A key file.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// Genesis.
    #[error(transparent)]
    Founding(#[from] FoundingError),
    /// A key did not sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The ledger port.
    #[error("ledger port: {0}")]
    Port(#[from] PortError),
    /// A store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A validator did not take a command.
    #[error("a validator did not take a command: {code}")]
    NotTaken {
        /// Its code.
        code: String,
    },
    /// Commands were not proven in time.
    #[error(
        "{open} commands were not proven within {seconds} s while {what}; see the logs in {folder}"
    )]
    NotProven {
        /// How many.
        open: usize,
        /// How long was waited.
        seconds: u64,
        /// What was going on.
        what: &'static str,
        /// The test bed's folder.
        folder: PathBuf,
    },
    /// The ledger refused something.
    #[error("the ledger refused {refused} commands or payments; see florin_refusals_total")]
    Refused {
        /// How many.
        refused: u64,
    },
    /// A part of the test bed itself is wrong.
    #[error("the test bed: {0}")]
    Broken(&'static str),
}

impl TestbedError {
    pub(super) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |error| Self::Io { what, error }
    }
}

/// Where a test bed lives.
pub(super) struct Folder {
    pub(super) path: PathBuf,
    temporary: bool,
}

impl Folder {
    /// The folder that was given, absent or empty; else a temporary one, named after `what`.
    pub(super) fn make(given: Option<&Path>, what: &str) -> Result<Self, TestbedError> {
        let path = given.map_or_else(
            || std::env::temp_dir().join(format!("florin-{what}-{}", std::process::id())),
            Path::to_path_buf,
        );
        let shown = || path.display().to_string();
        fs::create_dir_all(&path).map_err(TestbedError::io(shown()))?;
        if fs::read_dir(&path).map_err(TestbedError::io(shown()))?.next().is_some() {
            return Err(TestbedError::NotEmpty(path));
        }
        Ok(Self { path, temporary: given.is_none() })
    }

    /// Removes it if it is temporary and all went well.
    pub(super) fn leave(&self, well: bool) {
        if self.temporary && well {
            let _ = fs::remove_dir_all(&self.path);
        } else {
            ui::note(&format!("kept: {}", self.path.display()));
        }
    }
}
