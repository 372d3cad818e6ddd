//! What packs of cases and of payments have in common: members' keys, anchors, spelled values.

use std::collections::BTreeMap;

use ledger_core::{
    authority::Role,
    codec::{decode, encode},
    command::{Body, Command},
    digest::Hash32,
    id::Lei,
    limits::MAX_COMMAND_BYTES,
    merkle::root_from_path,
    record::Record,
    signature::{PublicKey, Signed, Statement},
    time::LedgerTime,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use verifier::{Committee, verify_receipt, verify_record};

use super::{CaseRow, EvidenceError};
use crate::{
    delivery::AnchoredMessage,
    limits::{MAX_LETTER_BYTES, MAX_PACK_BYTES},
    message::Keys,
};

/// What a leaf of an anchor's tree stands for.
pub trait Row: Copy + Serialize + DeserializeOwned {
    /// The leaf under its salt.
    fn leaf(&self, salt: &Hash32) -> Hash32;
}

impl Row for CaseRow {
    fn leaf(&self, salt: &Hash32) -> Hash32 {
        Self::leaf(self, salt)
    }
}

impl Row for AnchoredMessage {
    fn leaf(&self, salt: &Hash32) -> Hash32 {
        Self::leaf(self, salt)
    }
}

/// That a message is under an anchor of one of the two banks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchored<R = CaseRow> {
    /// The row.
    pub row: R,
    /// Its leaf's salt.
    pub salt: Hash32,
    /// Its leaf's place.
    pub index: u64,
    /// Number of leaves.
    pub size: u64,
    /// From its leaf to the root.
    pub path: Vec<Hash32>,
    /// Body of the command that names the root.
    pub command: Body,
    /// `florin-receipt-1` file of the command.
    pub receipt: String,
}

impl<R: Row> Anchored<R> {
    /// When the ledger had the anchor, if the row is under it and one of these members sent it.
    ///
    /// # Errors
    /// [`EvidenceError::Anchor`], [`EvidenceError::Proof`].
    pub(super) fn proved(
        &self,
        parties: [Lei; 2],
        committee: &Committee,
    ) -> Result<LedgerTime, EvidenceError> {
        let leaf = self.row.leaf(&self.salt);
        let root = root_from_path(leaf, self.index, self.size, &self.path);
        let named = root.map(|root| Command::Anchor { root });
        let verdict = verify_receipt(self.receipt.as_bytes(), committee)?;
        let its = verdict.applied && verdict.receipt.command == self.command.id();
        if !parties.contains(&self.command.organisation)
            || !its
            || named != Some(self.command.command.clone())
        {
            return Err(EvidenceError::Anchor);
        }
        Ok(verdict.receipt.irrevocable)
    }
}

/// Members' keys, as their proved records say.
pub(super) struct Shown(pub(super) BTreeMap<Lei, (Vec<PublicKey>, LedgerTime)>);

impl Shown {
    /// Reads `florin-record-1` files of members' records.
    ///
    /// # Errors
    /// [`EvidenceError::Proof`], [`EvidenceError::NotAMember`].
    pub(super) fn read(members: &[String], committee: &Committee) -> Result<Self, EvidenceError> {
        let mut keys = BTreeMap::new();
        for file in members {
            let verdict = verify_record(file.as_bytes(), committee)?;
            let Some(Record::Member(member)) = verdict.record else {
                return Err(EvidenceError::NotAMember);
            };
            let signing = member.directory.keys.iter().filter(|key| key.role == Role::Settlement);
            let signing: Vec<PublicKey> = signing.map(|key| key.key).collect();
            keys.insert(member.directory.lei, (signing, verdict.time));
        }
        Ok(Self(keys))
    }

    /// Whether a member signed, by a key that its record names.
    pub(super) fn signed<T: Statement>(&self, signed: &Signed<T>, member: &Lei) -> bool {
        self.speaks_for(&signed.by.key, member) && signed.claim().holds()
    }

    /// Of which time each member's keys are.
    pub(super) fn times(self) -> BTreeMap<Lei, LedgerTime> {
        self.0.into_iter().map(|(member, (_, time))| (member, time)).collect()
    }
}

impl Keys for Shown {
    fn speaks_for(&self, key: &PublicKey, member: &Lei) -> bool {
        self.0.get(member).is_some_and(|(keys, _)| keys.contains(key))
    }
}

/// What a file of a format gives.
pub(super) fn read<T: DeserializeOwned>(
    bytes: &[u8],
    format: &str,
    named: fn(&T) -> &str,
) -> Result<T, EvidenceError> {
    if bytes.len() > MAX_PACK_BYTES {
        return Err(EvidenceError::TooLarge);
    }
    let given: T = serde_json::from_slice(bytes).map_err(|_| EvidenceError::WrongFormat)?;
    if named(&given) == format { Ok(given) } else { Err(EvidenceError::WrongFormat) }
}

/// A value in hex of its canonical bytes.
pub(super) fn value<T: DeserializeOwned>(
    text: &str,
    field: &'static str,
) -> Result<T, EvidenceError> {
    sized(text, MAX_LETTER_BYTES, field)
}

/// The body of a command in hex of its canonical bytes.
pub(super) fn body(text: &str, field: &'static str) -> Result<Body, EvidenceError> {
    sized(text, MAX_COMMAND_BYTES, field)
}

fn sized<T: DeserializeOwned>(
    text: &str,
    most: usize,
    field: &'static str,
) -> Result<T, EvidenceError> {
    let wrong = EvidenceError::Field(field);
    let bytes = hex::decode(text).map_err(|_| wrong)?;
    decode(&bytes, most).map_err(|_| wrong)
}

pub(super) fn hash(text: &str, field: &'static str) -> Result<Hash32, EvidenceError> {
    Hash32::from_hex(text).ok_or(EvidenceError::Field(field))
}

/// [`Anchored`] as a file has it.
#[derive(Serialize, Deserialize)]
pub(super) struct AnchorText {
    row: String,
    salt: String,
    index: u64,
    size: u64,
    path: Vec<String>,
    command: String,
    receipt: String,
}

impl AnchorText {
    pub(super) fn of<R: Row>(anchor: &Anchored<R>) -> Self {
        Self {
            row: hex::encode(encode(&anchor.row)),
            salt: anchor.salt.to_hex(),
            index: anchor.index,
            size: anchor.size,
            path: anchor.path.iter().map(Hash32::to_hex).collect(),
            command: hex::encode(encode(&anchor.command)),
            receipt: anchor.receipt.clone(),
        }
    }

    pub(super) fn read<R: Row>(&self) -> Result<Anchored<R>, EvidenceError> {
        Ok(Anchored {
            row: value(&self.row, "row")?,
            salt: hash(&self.salt, "salt")?,
            index: self.index,
            size: self.size,
            path: self.path.iter().map(|text| hash(text, "path")).collect::<Result<_, _>>()?,
            command: body(&self.command, "command")?,
            receipt: self.receipt.clone(),
        })
    }
}
