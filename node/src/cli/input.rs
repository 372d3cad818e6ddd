//! What commands are given: files, standard input, and JSON or TOML in them.
//!
//! # Invariants every input has a limit

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use ledger_core::genesis::Genesis;
use serde::de::DeserializeOwned;
use verifier::{Committee, VerifyError};

/// Bytes of an input at most.
pub(crate) const MAX_INPUT_BYTES: usize = 16 << 20;

/// Why an input is of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    /// The file system refused.
    #[error("{path}: {error}")]
    Io {
        /// Which file; `-` for standard input.
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
    /// More than any input has.
    #[error("{path} has more than {MAX_INPUT_BYTES} bytes")]
    TooLarge {
        /// Which file.
        path: PathBuf,
    },
    /// Not JSON of the expected shape.
    #[error("{path}: {error}")]
    Json {
        /// Which file.
        path: PathBuf,
        /// What and where.
        error: serde_json::Error,
    },
    /// Not TOML of the expected shape.
    #[error("{path}: {error}")]
    Toml {
        /// Which file.
        path: PathBuf,
        /// What and where.
        error: Box<toml::de::Error>,
    },
    /// Not a genesis file.
    #[error("{path}: {error}")]
    Genesis {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        error: VerifyError,
    },
}

/// All bytes of a file, or of standard input for `-`.
///
/// # Errors
/// [`InputError::Io`], [`InputError::TooLarge`].
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, InputError> {
    let io = |error| InputError::Io { path: path.to_path_buf(), error };
    let source: Box<dyn io::Read> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(path).map_err(io)?)
    };
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_INPUT_BYTES).unwrap_or(u64::MAX);
    source.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() > MAX_INPUT_BYTES {
        return Err(InputError::TooLarge { path: path.to_path_buf() });
    }
    Ok(bytes)
}

/// A value from a JSON file.
///
/// # Errors
/// [`InputError`].
pub(crate) fn json<T: DeserializeOwned>(path: &Path) -> Result<T, InputError> {
    serde_json::from_slice(&bytes(path)?)
        .map_err(|error| InputError::Json { path: path.to_path_buf(), error })
}

/// A value from a JSON file if it is named so, else from a TOML file.
///
/// # Errors
/// [`InputError`].
pub(crate) fn json_or_toml<T: DeserializeOwned>(path: &Path) -> Result<T, InputError> {
    if path.extension().is_some_and(|extension| extension == "json") {
        return json(path);
    }
    let bytes = bytes(path)?;
    toml::from_slice(&bytes)
        .map_err(|error| InputError::Toml { path: path.to_path_buf(), error: Box::new(error) })
}

/// A network's genesis.
///
/// # Errors
/// [`InputError`].
pub(crate) fn genesis(path: &Path) -> Result<Genesis, InputError> {
    verifier::parse_genesis(&bytes(path)?)
        .map_err(|error| InputError::Genesis { path: path.to_path_buf(), error })
}

/// Reads what is trusted: a genesis, or a file of `florin trust`.
///
/// # Errors
/// [`InputError`].
pub(crate) fn trust(path: &Path) -> Result<Committee, InputError> {
    verifier::parse_trust(&bytes(path)?)
        .map_err(|error| InputError::Genesis { path: path.to_path_buf(), error })
}
