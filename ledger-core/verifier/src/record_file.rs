//! The record file, `florin-record-1`: what stood under a name in the state after one block, or that
//! nothing did.
//!
//! # Place      nodes cut it of parameters for all, of absence for the overseer; `florin verify` reads
//! #            it
//! # Invariants W16 no byte is free; W30 what the file shows
//! # Absent     the network's own parameters: their record holds the secret of salts, and genesis,
//! #            which the chain id names, says what they are

use ledger_core::{
    block::Header,
    codec::encode,
    genesis::Genesis,
    proof::{RecordProof, SlotContent},
    record::{Name, Record},
    time::{Height, LedgerTime},
};
use serde::{Deserialize, Serialize};

use crate::{
    committee::Committee,
    error::VerifyError,
    file::{self, Certified, RecordText},
    limits::{MAX_NAME_BYTES, MAX_PROOF_FILE_BYTES},
    summary::rfc3339,
};

/// The value of `format`.
pub const FORMAT: &str = "florin-record-1";

/// Kinds of names, by their index (W7).
const KINDS: [&str; 50] = [
    "origin",
    "chain",
    "currency",
    "member",
    "holdings",
    "account",
    "party",
    "person",
    "key",
    "reserve",
    "entry",
    "request",
    "proposal",
    "leg",
    "window",
    "sequence",
    "redemption",
    "operators",
    "anchors",
    "mint controls",
    "payment terms",
    "spent",
    "movement controls",
    "screening terms",
    "screening list",
    "clearance",
    "seizure",
    "policy",
    "policy entry",
    "member policy",
    "account policy",
    "key limits",
    "sub-account",
    "sub-accounts",
    "queue",
    "asset",
    "position",
    "surrender",
    "growth",
    "parameters",
    "membership",
    "ballot",
    "committee",
    "vault",
    "module",
    "resource",
    "misconduct",
    "expelled",
    "halt",
    "quarantine",
];

/// Why a leaf does not say what stands under a name, in the order in which it is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordFault {
    /// The leaf holds what nobody is shown.
    #[error("the leaf holds the secret from which salts come; it is shown to nobody")]
    Secret,
    /// The leaf holds another record, and another could stand between it and the next.
    #[error("the leaf shows neither the record of this name nor that there is none")]
    OtherName,
}

impl RecordFault {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Secret => "leaf_is_secret",
            Self::OtherName => "other_name",
        }
    }
}

/// A leaf of the state and all that ties it to a certified header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordFile {
    name: Name,
    record: RecordProof,
    certified: Certified,
}

/// What a valid record file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordVerdict {
    /// The name.
    pub name: Name,
    /// What stood under it; nothing when nothing did.
    pub record: Option<Record>,
    /// The block after which it was so.
    pub height: Height,
    /// Time of the certified header.
    pub time: LedgerTime,
    /// One line in plain words.
    pub plain: String,
}

/// Checks a record file.
///
/// # Errors
/// [`VerifyError`], naming the first thing that is wrong.
pub fn verify_record(bytes: &[u8], committee: &Committee) -> Result<RecordVerdict, VerifyError> {
    let file = RecordFile::parse(bytes)?;
    let record = file.check_proof(committee.genesis())?.cloned();
    let summary = file.summary(record.is_some())?;
    let plain = summary.line();
    if file.text(summary).as_bytes() != bytes {
        return Err(VerifyError::NotCanonical);
    }
    let header = &file.certified.header;
    committee.verify(header, &file.certified.certificate)?;
    let (height, time) = (header.results.height, header.time);
    Ok(RecordVerdict { name: file.name, record, height, time, plain })
}

impl RecordFile {
    /// Writes a file. The proof is checked, the certificate is not: whoever serves files has checked
    /// it before, and whoever reads them checks it again.
    ///
    /// Of an absent name the file shows the leaf below, which may be anybody's: give that to who may
    /// see everything only.
    ///
    /// # Errors
    /// [`VerifyError`] when the leaf does not say what stands under the name in the header's state.
    pub fn build(
        name: &Name,
        record: &RecordProof,
        header: &Header,
        certificate: &[u8],
        genesis: &Genesis,
    ) -> Result<String, VerifyError> {
        let certified = Certified { header: *header, certificate: certificate.to_vec() };
        let file = Self { name: *name, record: record.clone(), certified };
        let found = file.check_proof(genesis)?.is_some();
        Ok(file.text(file.summary(found)?))
    }

    /// Reads a file and checks nothing but its shape.
    ///
    /// # Errors
    /// [`VerifyError`], naming the first field that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, VerifyError> {
        let given: Given = file::parse_proof(bytes, MAX_PROOF_FILE_BYTES, FORMAT)?;
        let certified = Certified::read(&given.header, &given.certificate)?;
        let name = file::value(&given.name, MAX_NAME_BYTES, "name")?;
        Ok(Self { name, record: given.record.read()?, certified })
    }

    /// The record under the name, or nothing where the leaf shows that there is none.
    fn check_proof(&self, genesis: &Genesis) -> Result<Option<&Record>, VerifyError> {
        self.certified.check_network(genesis)?;
        if let SlotContent::Used { record: Record::Chain(_), .. } = &self.record.leaf.content {
            return Err(RecordFault::Secret.into());
        }
        if !self.record.holds_under(&self.certified.header.results) {
            return Err(VerifyError::NotInState);
        }
        let key = self.name.key();
        match self.record.record(&key) {
            Some(record) => Ok(Some(record)),
            None if self.record.shows_absence_of(&key) => Ok(None),
            None => Err(RecordFault::OtherName.into()),
        }
    }

    fn summary(&self, found: bool) -> Result<Summary, VerifyError> {
        let bytes = encode(&self.name);
        let kind = bytes.first().and_then(|index| KINDS.get(usize::from(*index)));
        let header = &self.certified.header;
        Ok(Summary {
            kind: kind.ok_or(VerifyError::Field { field: "name" })?,
            key: self.name.key().to_hex(),
            found: if found { "yes" } else { "no" },
            height: header.results.height.get(),
            time: rfc3339(header.time),
        })
    }

    fn text(&self, summary: Summary) -> String {
        let header = &self.certified.header;
        file::print(&Spelled {
            format: FORMAT,
            network: header.chain.to_hex(),
            summary,
            name: hex::encode(encode(&self.name)),
            record: RecordText::of(&self.record),
            header: hex::encode(header.to_bytes()),
            certificate: hex::encode(&self.certified.certificate),
        })
    }
}

/// What is read from a file; all else in it is derived and compared as bytes.
#[derive(Deserialize)]
struct Given {
    name: String,
    record: RecordText,
    header: String,
    certificate: String,
}

/// The whole file, in the order of its keys.
#[derive(Serialize)]
struct Spelled {
    format: &'static str,
    network: String,
    summary: Summary,
    name: String,
    record: RecordText,
    header: String,
    certificate: String,
}

#[derive(Serialize)]
struct Summary {
    kind: &'static str,
    key: String,
    found: &'static str,
    height: u64,
    time: String,
}

impl Summary {
    fn line(&self) -> String {
        let Self { kind, key, found, height, time } = self;
        let stood = if *found == "yes" { "the record shown stood" } else { "no record stood" };
        format!(
            "{stood} under this name ({kind}, key {key}) after height {height}, certified at {time}"
        )
    }
}

#[cfg(test)]
mod tests;
