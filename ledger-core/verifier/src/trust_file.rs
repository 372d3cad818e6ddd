//! The file of trust, `florin-trust-1`: a genesis and the committees after it.
//!
//! ```text
//! {format, genesis, checkpoint: null,                 handovers}   trusts the genesis only
//! {format, genesis, checkpoint: {header, validators}, handovers}   trusts that this header was certified
//! ```
//!
//! # Place      `florin trust` writes it; `florin verify --trust` reads it, as it reads a genesis
//! # Invariants W23 handovers are checked one after the other; W19 unknown and missing fields are refused
//! # Absent     whether it is the right network, or the right checkpoint: the reader compares the hashes

use ledger_core::{
    block::Header,
    genesis::{self, Genesis, Validator},
    limits::MAX_HEADER_BYTES,
};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    committee::{Committee, Handover},
    error::VerifyError,
    file,
    genesis_file::parse_genesis,
    limits::{MAX_CERTIFICATE_BYTES, MAX_HANDOVERS, MAX_TRUST_FILE_BYTES},
};

/// Its name and version.
pub const FORMAT: &str = "florin-trust-1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TrustText {
    format: String,
    genesis: Genesis,
    #[serde(deserialize_with = "said")]
    checkpoint: Option<CheckpointText>,
    handovers: Vec<HandoverText>,
}

/// A field that is there, if only as `null`.
fn said<'de, D: Deserializer<'de>>(from: D) -> Result<Option<CheckpointText>, D::Error> {
    Option::deserialize(from)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckpointText {
    header: String,
    validators: Vec<Validator>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HandoverText {
    header: String,
    certificate: String,
    validators: Vec<Validator>,
}

fn header(text: &str) -> Result<Header, VerifyError> {
    file::value(text, MAX_HEADER_BYTES, "header")
}

impl HandoverText {
    fn read(self) -> Result<Handover, VerifyError> {
        Ok(Handover {
            header: header(&self.header)?,
            certificate: file::bytes(&self.certificate, MAX_CERTIFICATE_BYTES, "certificate")?,
            validators: self.validators,
        })
    }
}

/// Reads what is trusted: a genesis file, or a file of trust, whose every handover is checked.
///
/// # Errors
/// [`VerifyError`], naming the first thing that is wrong.
pub fn parse_trust(bytes: &[u8]) -> Result<Committee, VerifyError> {
    if file::format_of(bytes, MAX_TRUST_FILE_BYTES, genesis::FORMAT)? != FORMAT {
        return Committee::new(&parse_genesis(bytes)?);
    }
    let text: TrustText = file::parse(bytes, MAX_TRUST_FILE_BYTES, FORMAT)?;
    if text.handovers.len() > MAX_HANDOVERS {
        return Err(VerifyError::Handover { what: "is one of too many" });
    }
    let committee = match text.checkpoint {
        None => Committee::new(&text.genesis)?,
        Some(found) => {
            Committee::from_checkpoint(&text.genesis, &header(&found.header)?, &found.validators)?
        }
    };
    for handover in text.handovers {
        committee.learn_next(&handover.read()?)?;
    }
    Ok(committee)
}

/// Writes a file of trust; with `checkpoint`, the first handover is taken on trust, and its certificate
/// is left out.
#[must_use]
pub fn write_trust(genesis: &Genesis, checkpoint: bool, handovers: &[Handover]) -> String {
    let hex = |header: &Header| hex::encode(header.to_bytes());
    let (first, rest) = match handovers.split_first() {
        Some((first, rest)) if checkpoint => (Some(first), rest),
        _ => (None, handovers),
    };
    let handover = |one: &Handover| HandoverText {
        header: hex(&one.header),
        certificate: hex::encode(&one.certificate),
        validators: one.validators.clone(),
    };
    file::print(&TrustText {
        format: FORMAT.to_owned(),
        genesis: genesis.clone(),
        checkpoint: first.map(|first| CheckpointText {
            header: hex(&first.header),
            validators: first.validators.clone(),
        }),
        handovers: rest.iter().map(handover).collect(),
    })
}

#[cfg(test)]
mod tests;
