//! The genesis file, `florin-genesis-1`: what a verifier trusts.
//!
//! Unlike a proof it may be spelled in many ways: the network's identity is the hash of its
//! canonical bytes, never of JSON.
//!
//! # Place      `florin genesis` writes it; everything that checks starts from it
//! # Invariants W19 unknown and repeated fields are refused; W4 any other value is another network
//! # Absent     whether it is the right network: the reader compares the chain id

use ledger_core::genesis::{FORMAT, Genesis};
use serde::Deserialize;

use crate::{error::VerifyError, file, limits::MAX_GENESIS_FILE_BYTES};

/// Reads a genesis file and checks all that can be checked without BLS; proofs of possession are
/// checked by [`crate::Committee::new`].
///
/// # Errors
/// [`VerifyError`], of class unreadable unless the genesis contradicts itself.
pub fn parse_genesis(bytes: &[u8]) -> Result<Genesis, VerifyError> {
    #[derive(Deserialize)]
    struct Kind {
        format: String,
    }
    let kind: Kind = file::parse(bytes, MAX_GENESIS_FILE_BYTES, FORMAT)?;
    if kind.format != FORMAT {
        return Err(VerifyError::WrongFormat { expected: FORMAT });
    }
    let genesis: Genesis = file::parse(bytes, MAX_GENESIS_FILE_BYTES, FORMAT)?;
    genesis.check()?;
    Ok(genesis)
}

/// Writes a genesis file: two-space indent, LF, final newline.
#[must_use]
pub fn write_genesis(genesis: &Genesis) -> String {
    file::print(genesis)
}

#[cfg(test)]
mod tests;
