//! Where the folder of a validator's engine begins: since when its votes are recorded, and from which
//! block on it fetches them.
//!
//! Written once, before the engine first writes into its empty folder, and read at every start.
//!
//! # Place      `validator` -> [beginning] -> consensus
//! # Invariants C6 what a folder that is made anew says of votes counts from its own making: earlier ones
//! #            are taken for lost, whether there were any or not
//! # Absent     which epochs are voted in (consensus)

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write as _},
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use consensus::Beginning;
use ledger_core::time::{Height, LedgerTime};
use ledger_store::View;
use serde::{Deserialize, Serialize};

use crate::validator::ValidatorError;

/// Its name in the engine's folder.
pub(crate) const FILE: &str = "beginning.json";

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BeginningError {
    /// It cannot be read or written.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is not what was written.
    #[error("not what a validator writes: {0}")]
    Form(#[from] serde_json::Error),
    /// Its certificate is no hexadecimal.
    #[error("its certificate is damaged")]
    Certificate,
}

/// The file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// Milliseconds since 1970; 0 where every vote is in the folder.
    votes_since_ms: u64,
    /// Certificate of the block from which the folder goes on, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    floor: Option<String>,
}

/// What the folder of an engine says, or, where it is empty, what it will say. Votes that were cast
/// before, with keys of this validator, may be lost then, unless somebody knows that they are over.
///
/// # Errors
/// [`ValidatorError::NoFloor`], [`ValidatorError::Beginning`].
pub(crate) fn of(
    engine: &Path,
    ledger: &View,
    votes_are_over: bool,
) -> Result<Beginning, ValidatorError> {
    let path = engine.join(FILE);
    match fs::read(&path) {
        Ok(bytes) => return read(&bytes).map_err(ValidatorError::from),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(BeginningError::Io(error).into()),
    }
    if fs::read_dir(engine).map_err(BeginningError::Io)?.next().is_some() {
        // Of a version that wrote no such file: all votes are in the folder.
        return Ok(Beginning::default());
    }
    let height = ledger.applied_header()?.height;
    let floor = match height > Height::new(0) {
        true => {
            let last = ledger.latest_certified()?.ok_or(ValidatorError::NoFloor { height })?;
            Some(last.certificate)
        }
        false => None,
    };
    let votes_since = if votes_are_over { LedgerTime::new(0) } else { now() };
    if floor.is_some() {
        tracing::warn!(%height, votes_are_over, "validator.goes_on_from_ledger");
    }
    let beginning = Beginning { votes_since, floor };
    write(engine, &beginning).map_err(ValidatorError::from)?;
    Ok(beginning)
}

fn read(bytes: &[u8]) -> Result<Beginning, BeginningError> {
    let Written { votes_since_ms, floor } = serde_json::from_slice(bytes)?;
    let floor = floor.map(hex::decode).transpose().map_err(|_| BeginningError::Certificate)?;
    Ok(Beginning { votes_since: LedgerTime::new(votes_since_ms), floor })
}

/// Durable before it has its name.
fn write(engine: &Path, beginning: &Beginning) -> Result<(), BeginningError> {
    let floor = beginning.floor.as_ref().map(hex::encode);
    let written = Written { votes_since_ms: beginning.votes_since.get(), floor };
    let partial = engine.with_extension("beginning");
    let mut file = File::create(&partial)?;
    file.write_all(&serde_json::to_vec_pretty(&written)?)?;
    file.sync_all()?;
    fs::rename(&partial, engine.join(FILE))?;
    File::open(engine)?.sync_all()?;
    Ok(())
}

fn now() -> LedgerTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    LedgerTime::new(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c6_what_is_written_is_read_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for floor in [None, Some(vec![1, 2, 255])] {
            let beginning = Beginning { votes_since: LedgerTime::new(77), floor };
            write(folder.path(), &beginning).unwrap();
            let found = read(&fs::read(folder.path().join(FILE)).unwrap()).unwrap();
            assert_eq!((found.votes_since, found.floor), (beginning.votes_since, beginning.floor));
        }
        for bad in ["", "{}", r#"{"votes_since_ms":1,"floor":"0g"}"#, r#"{"votes_since_ms":-1}"#] {
            assert!(read(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
