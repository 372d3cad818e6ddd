//! What all files have in common: JSON outside, hex of canonical bytes inside.

use ledger_core::{
    account::Account,
    block::{Header, Results},
    codec::{decode, encode},
    digest::Hash32,
    genesis::Genesis,
    limits::MAX_HEADER_BYTES,
    proof::{RecordProof, SlotContent, StateHead},
    record::{Name, Record},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    error::VerifyError,
    limits::{MAX_CERTIFICATE_BYTES, MAX_LEAF_BYTES},
};

/// Reads JSON of at most `limit` bytes.
pub(crate) fn parse<T: DeserializeOwned>(
    bytes: &[u8],
    limit: usize,
    expected: &'static str,
) -> Result<T, VerifyError> {
    if bytes.len() > limit {
        return Err(VerifyError::TooLarge { limit });
    }
    serde_json::from_slice(bytes).map_err(|error| {
        if error.is_data() {
            VerifyError::WrongFormat { expected }
        } else {
            VerifyError::NotJson { line: error.line(), column: error.column() }
        }
    })
}

/// Prints JSON as every file has it: two-space indent, LF, final newline.
///
/// Every type given here is a plain struct, for which serde_json cannot fail; an empty answer
/// would be a defect of this crate and equals no file.
pub(crate) fn print<T: Serialize>(value: &T) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// The format that a proof file of at most `limit` bytes claims to have.
pub(crate) fn format_of(
    bytes: &[u8],
    limit: usize,
    expected: &'static str,
) -> Result<String, VerifyError> {
    #[derive(Deserialize)]
    struct Kind {
        format: String,
    }
    parse::<Kind>(bytes, limit, expected).map(|kind| kind.format)
}

/// Reads a proof file of at most `limit` bytes whose format is `expected`.
pub(crate) fn parse_proof<T: DeserializeOwned>(
    bytes: &[u8],
    limit: usize,
    expected: &'static str,
) -> Result<T, VerifyError> {
    if format_of(bytes, limit, expected)? != expected {
        return Err(VerifyError::WrongFormat { expected });
    }
    parse(bytes, limit, expected)
}

/// A hash in a field.
pub(crate) fn hash(text: &str, field: &'static str) -> Result<Hash32, VerifyError> {
    Hash32::from_hex(text).ok_or(VerifyError::Field { field })
}

/// The hashes of a path in a field.
pub(crate) fn path(texts: &[String], field: &'static str) -> Result<Vec<Hash32>, VerifyError> {
    texts.iter().map(|text| hash(text, field)).collect()
}

/// The bytes in a field.
pub(crate) fn bytes(text: &str, limit: usize, field: &'static str) -> Result<Vec<u8>, VerifyError> {
    if text.bytes().any(|digit| digit.is_ascii_uppercase()) {
        return Err(VerifyError::Field { field });
    }
    let bytes = hex::decode(text).map_err(|_| VerifyError::Field { field })?;
    if bytes.len() <= limit { Ok(bytes) } else { Err(VerifyError::Field { field }) }
}

/// The value whose canonical bytes are in a field.
pub(crate) fn value<T: DeserializeOwned>(
    text: &str,
    limit: usize,
    field: &'static str,
) -> Result<T, VerifyError> {
    decode(&bytes(text, limit, field)?, limit).map_err(|_| VerifyError::Field { field })
}

/// A record's proof, as files spell it.
#[derive(Serialize, Deserialize)]
pub(crate) struct RecordText {
    leaf: String,
    salt: String,
    path: Vec<String>,
    head: Head,
}

#[derive(Serialize, Deserialize)]
struct Head {
    slots: u64,
    free: Option<u64>,
    tree: String,
}

impl RecordText {
    pub(crate) fn of(proof: &RecordProof) -> Self {
        Self {
            leaf: hex::encode(encode(&proof.leaf)),
            salt: proof.salt.to_hex(),
            path: proof.path.iter().map(Hash32::to_hex).collect(),
            head: Head {
                slots: proof.head.slots,
                free: proof.head.free,
                tree: proof.head.tree.to_hex(),
            },
        }
    }

    pub(crate) fn read(&self) -> Result<RecordProof, VerifyError> {
        Ok(RecordProof {
            leaf: value(&self.leaf, MAX_LEAF_BYTES, "leaf")?,
            salt: hash(&self.salt, "salt")?,
            path: path(&self.path, "path")?,
            head: StateHead {
                slots: self.head.slots,
                free: self.head.free,
                tree: hash(&self.head.tree, "head.tree")?,
            },
        })
    }
}

/// The account that a proof shows in the state that these results declare, under its own key.
pub(crate) fn proved_account<'a>(
    proof: &'a RecordProof,
    results: &Results,
) -> Result<&'a Account, VerifyError> {
    if !proof.holds_under(results) {
        return Err(VerifyError::NotInState);
    }
    match &proof.leaf.content {
        SlotContent::Used { key, record: Record::Account(account), .. }
            if Name::Account(account.id).key() == *key =>
        {
            Ok(account)
        }
        SlotContent::Used { .. } | SlotContent::Free { .. } => Err(VerifyError::NotAnAccount),
    }
}

/// The certified header that every proof ends in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Certified {
    pub(crate) header: Header,
    pub(crate) certificate: Vec<u8>,
}

impl Certified {
    pub(crate) fn read(header: &str, certificate: &str) -> Result<Self, VerifyError> {
        Ok(Self {
            header: value(header, MAX_HEADER_BYTES, "header")?,
            certificate: bytes(certificate, MAX_CERTIFICATE_BYTES, "certificate")?,
        })
    }

    pub(crate) fn check_network(&self, genesis: &Genesis) -> Result<(), VerifyError> {
        if self.header.chain == genesis.chain_id() {
            Ok(())
        } else {
            Err(VerifyError::OtherNetwork)
        }
    }
}
