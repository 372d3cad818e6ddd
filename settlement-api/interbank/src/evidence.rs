//! The evidence pack of a case, `florin-case-1`: what one of its two banks can show to a third party,
//! who needs nothing but this file and the genesis to check it.
//!
//! What messages say, and documents, may be withheld one by one; the signed messages stay, so what is
//! shown stays proved and what is missing is seen to be missing. Of other cases nothing is in it:
//! an anchor's other leaves are salted hashes.
//!
//! # Place      gateways write it; anybody reads it, offline
//! # Invariants B10 no byte is free: what was proved is spelled again, and must be the file
//! # Absent     when a key was revoked between two records of the directory: the verdict says the time
//! #            of each, for its reader to compare

pub mod payment;
mod shown;

use std::collections::BTreeMap;

use ledger_core::{
    codec::encode,
    digest::{Hash32, leaf_hash},
    genesis::Genesis,
    id::Lei,
    signature::Signed,
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};
use shown::{AnchorText, Shown, hash, read, value};
pub use shown::{Anchored, Row};
use verifier::{Committee, VerifyError, summary::rfc3339};

use crate::{
    case::{Case, Stage},
    content::{Content, Document},
    limits::{MAX_MESSAGES, MAX_PACK_BYTES, MAX_PACK_KEYS},
    message::{CaseId, Letter, Message, documents_open, opens, signed_by_its_writer},
    post::{Receipt, check_receipt},
    refused::Refused,
};

/// The value of `format`.
pub const FORMAT: &str = "florin-case-1";
/// What stands before a row in the bytes of its leaf.
const ROW: &str = "florin/case-row/1";

/// A message of a case, as a bank anchors it: one per message that it wrote or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseRow {
    /// The case.
    pub case: CaseId,
    /// The message's digest.
    pub message: Hash32,
    /// When this gateway had it, by its own clock (ms since 1970).
    pub at: u64,
}

impl CaseRow {
    /// Its leaf in the tree of an anchor.
    #[must_use]
    pub fn leaf(&self, salt: &Hash32) -> Hash32 {
        leaf_hash(salt, &encode(&(ROW, self)))
    }
}

/// A message in a pack, with as much of what it says as is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exhibit {
    /// The message.
    pub message: Signed<Message>,
    /// The salt and what it says; nothing when it is withheld.
    pub opened: Option<(Hash32, Content)>,
    /// All its documents; nothing when they are withheld.
    pub documents: Option<Vec<Document>>,
}

impl From<Letter> for Exhibit {
    fn from(letter: Letter) -> Self {
        let Letter { message, salt, content, documents } = letter;
        Self { message, opened: Some((salt, content)), documents: Some(documents) }
    }
}

impl Exhibit {
    /// The message alone.
    #[must_use]
    pub fn withheld(self) -> Self {
        Self { opened: None, documents: None, ..self }
    }
}

/// An evidence pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pack {
    /// All messages, in the order in which the exporting bank wrote and read them.
    pub messages: Vec<Exhibit>,
    /// Receipts for them, of either bank.
    pub receipts: Vec<Signed<Receipt>>,
    /// `florin-record-1` files of the two members' records: whose keys are whose.
    pub members: Vec<String>,
    /// Anchors over messages.
    pub anchors: Vec<Anchored>,
}

/// Why a pack proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// Too long, or too many parts.
    #[error("the pack is larger than a pack may be")]
    TooLarge,
    /// Not JSON of this kind.
    #[error("the file is not a `florin-case-1` or `florin-evidence-1` file")]
    WrongFormat,
    /// A field does not hold what it must hold.
    #[error("the field `{0}` is not canonical; the file is damaged or was changed")]
    Field(&'static str),
    /// A proof of the ledger does not hold.
    #[error("{0}")]
    Proof(#[from] VerifyError),
    /// A record is not of a member.
    #[error("a record in `members` is not that of a member")]
    NotAMember,
    /// The messages are no case.
    #[error("message {number}: {refused}")]
    Message {
        /// Which, from 0.
        number: usize,
        /// Why.
        refused: Refused,
    },
    /// A receipt is not for messages of the case.
    #[error("a receipt is not signed by a side of the case, or is of something else")]
    Receipt,
    /// An anchor does not hold a message of the case.
    #[error("an anchor does not prove that it holds a message of the case")]
    Anchor,
    /// A message is not the payment's.
    #[error("the salt and the message are not what the payment commits to")]
    Commitment,
    /// A command is not one of those whose receipts are shown, or says something else of the payment.
    #[error("a command has no receipt in the file, or is about another payment")]
    Command,
    /// A bank's word is not signed by it, or says something else.
    #[error("the {0} is not signed by the bank whose it is, or not about this payment")]
    Word(&'static str),
    /// Nobody says that the message is the payment's.
    #[error("nothing in the file ties the message to the payment on the ledger")]
    Untied,
    /// The file is spelled otherwise.
    #[error("the file says more or other than it proves")]
    NotCanonical,
}

impl EvidenceError {
    /// What a command that checks a pack exits with: 2 when it is unreadable, 1 when it is not valid.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::TooLarge | Self::WrongFormat | Self::Field(_) => 2,
            Self::Proof(error) => error.exit_code(),
            Self::NotAMember
            | Self::Message { .. }
            | Self::Receipt
            | Self::Anchor
            | Self::Commitment
            | Self::Command
            | Self::Word(_)
            | Self::Untied
            | Self::NotCanonical => 1,
        }
    }
}

/// Whether a file begins as every pack does; whether it is one says [`verify_case`].
#[must_use]
pub fn is_case(bytes: &[u8]) -> bool {
    bytes.starts_with(b"{\n  \"format\": \"florin-case-1\"")
}

/// What a valid pack says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseVerdict {
    /// The case as its messages leave it.
    pub case: Case,
    /// Messages whose content is withheld.
    pub withheld: usize,
    /// Messages under an anchor that the ledger has, each with when it had it.
    pub anchored: BTreeMap<Hash32, LedgerTime>,
    /// Of which time each member's keys are.
    pub keys_of: BTreeMap<Lei, LedgerTime>,
    /// One line in plain words.
    pub plain: String,
}

/// Checks a pack, offline.
///
/// # Errors
/// [`EvidenceError`], naming the first thing that is wrong.
pub fn verify_case(bytes: &[u8], committee: &Committee) -> Result<CaseVerdict, EvidenceError> {
    let pack = Pack::parse(bytes)?;
    let genesis = committee.genesis();
    let case = pack.replay_unsigned()?;
    // Cheap before dear: a changed summary is found before any signature is checked.
    if pack.text(genesis, &case).as_bytes() != bytes {
        return Err(EvidenceError::NotCanonical);
    }
    let keys = Shown::read(&pack.members, committee)?;
    for (number, exhibit) in pack.messages.iter().enumerate() {
        let wrong = |refused| EvidenceError::Message { number, refused };
        signed_by_its_writer(&exhibit.message, &genesis.chain_id(), &keys).map_err(wrong)?;
    }
    pack.check_receipts(&case, genesis, &keys)?;
    let anchored = pack.check_anchors(&case, committee)?;
    let withheld = pack.messages.iter().filter(|m| m.opened.is_none()).count();
    let plain = format!(
        "case {} of {} to {} is {}: {} messages, {withheld} of them withheld, {} under anchors",
        case.id,
        case.requester,
        case.responder,
        case.stage().name(),
        pack.messages.len(),
        anchored.len(),
    );
    Ok(CaseVerdict { case, withheld, anchored, keys_of: keys.times(), plain })
}

impl Pack {
    /// Writes the file. The messages must be a case; proofs are not checked: whoever serves files has
    /// checked them before, and whoever reads them checks them again.
    ///
    /// # Errors
    /// [`EvidenceError::Message`], [`EvidenceError::TooLarge`].
    pub fn build(&self, genesis: &Genesis) -> Result<String, EvidenceError> {
        let case = self.replay_unsigned()?;
        let text = self.text(genesis, &case);
        if text.len() <= MAX_PACK_BYTES { Ok(text) } else { Err(EvidenceError::TooLarge) }
    }

    /// The case that the messages are, whoever signed them.
    fn replay_unsigned(&self) -> Result<Case, EvidenceError> {
        let limit = usize::try_from(MAX_MESSAGES).unwrap_or(usize::MAX).saturating_mul(2);
        if self.messages.len() > limit || self.members.len() > MAX_PACK_KEYS {
            return Err(EvidenceError::TooLarge);
        }
        let mut case: Option<Case> = None;
        for (number, exhibit) in self.messages.iter().enumerate() {
            let next = follow(case.as_ref(), exhibit);
            case = Some(next.map_err(|refused| EvidenceError::Message { number, refused })?);
        }
        case.ok_or(EvidenceError::Field("messages"))
    }

    fn check_receipts(
        &self,
        case: &Case,
        genesis: &Genesis,
        keys: &Shown,
    ) -> Result<(), EvidenceError> {
        for receipt in &self.receipts {
            let told = &receipt.value;
            let writer = case.side(&told.to).filter(|side| case.side(&told.from) != Some(*side));
            let last = told.received.count.checked_sub(1);
            let found = case.trail().iter().any(|entry| {
                Some(entry.side) == writer
                    && Some(entry.number) == last
                    && entry.digest == told.received.last
            });
            let signed = check_receipt(receipt, &genesis.chain_id(), keys).is_ok();
            if told.case != case.id || case.side(&told.from).is_none() || !found || !signed {
                return Err(EvidenceError::Receipt);
            }
        }
        Ok(())
    }

    fn check_anchors(
        &self,
        case: &Case,
        committee: &Committee,
    ) -> Result<BTreeMap<Hash32, LedgerTime>, EvidenceError> {
        let mut anchored = BTreeMap::new();
        for anchor in &self.anchors {
            let row = &anchor.row;
            let known = case.trail().iter().any(|entry| entry.digest == row.message);
            let at = anchor.proved([case.requester, case.responder], committee)?;
            if row.case != case.id || !known {
                return Err(EvidenceError::Anchor);
            }
            anchored.insert(row.message, at);
        }
        Ok(anchored)
    }

    fn parse(bytes: &[u8]) -> Result<Self, EvidenceError> {
        let given: Given = read(bytes, FORMAT, |given: &Given| &given.format)?;
        let receipts = given.receipts.iter().map(|text| value(text, "receipts"));
        Ok(Self {
            messages: given.messages.iter().map(ExhibitText::read).collect::<Result<_, _>>()?,
            receipts: receipts.collect::<Result<_, _>>()?,
            members: given.members,
            anchors: given.anchors.iter().map(AnchorText::read).collect::<Result<_, _>>()?,
        })
    }

    fn text(&self, genesis: &Genesis, case: &Case) -> String {
        let spelled = Spelled {
            format: FORMAT,
            network: genesis.chain_id().to_hex(),
            summary: Summary::of(case, self),
            messages: self.messages.iter().map(ExhibitText::of).collect(),
            receipts: self.receipts.iter().map(|r| hex::encode(encode(r))).collect(),
            members: &self.members,
            anchors: self.anchors.iter().map(AnchorText::of).collect(),
        };
        // Plain structs, for which serde_json cannot fail; an empty answer equals no file.
        let mut text = serde_json::to_string_pretty(&spelled).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// The case after one more message; what is shown of it must be what it commits to.
fn follow(case: Option<&Case>, exhibit: &Exhibit) -> Result<Case, Refused> {
    let message = &exhibit.message.value;
    // Both clocks are over: whatever was written was written before now.
    let end = LedgerTime::new(u64::MAX);
    let nothing = Content::default();
    let content = match &exhibit.opened {
        Some((salt, content)) => {
            opens(message, salt, content)?;
            content
        }
        None => &nothing,
    };
    if let Some(documents) = &exhibit.documents {
        if documents.len() != content.documents.len() {
            return Err(Refused::DocumentMismatch);
        }
        documents_open(content, documents)?;
    }
    let stepped = match case {
        None => Case::open(message, content, None, end)?,
        Some(case) => case.step(message, end)?,
    };
    if stepped.known { Err(Refused::NumberReused) } else { Ok(stepped.case) }
}

/// What is read from a file. All else in it is derived, and compared as bytes.
#[derive(Deserialize)]
struct Given {
    format: String,
    messages: Vec<ExhibitText>,
    receipts: Vec<String>,
    members: Vec<String>,
    anchors: Vec<AnchorText>,
}

/// The whole file, in the order of its keys.
#[derive(Serialize)]
struct Spelled<'a> {
    format: &'static str,
    network: String,
    summary: Summary,
    messages: Vec<ExhibitText>,
    receipts: Vec<String>,
    members: &'a [String],
    anchors: Vec<AnchorText>,
}

#[derive(Serialize)]
struct Summary {
    case: String,
    kind: &'static str,
    requester: String,
    responder: String,
    uetr: String,
    opened: String,
    answer_by: String,
    stage: &'static str,
    messages: usize,
    withheld: usize,
}

impl Summary {
    fn of(case: &Case, pack: &Pack) -> Self {
        Self {
            case: case.id.to_string(),
            kind: case.opening.kind.name(),
            requester: case.requester.to_string(),
            responder: case.responder.to_string(),
            uetr: case.payment.uetr.to_text(),
            opened: rfc3339(case.trail().first().map(|entry| entry.written).unwrap_or_default()),
            answer_by: rfc3339(case.answer_by()),
            stage: Stage::name(case.stage()),
            messages: pack.messages.len(),
            withheld: pack.messages.iter().filter(|m| m.opened.is_none()).count(),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct ExhibitText {
    message: String,
    salt: Option<String>,
    content: Option<String>,
    documents: Option<Vec<String>>,
}

impl ExhibitText {
    fn of(exhibit: &Exhibit) -> Self {
        let (opened, documents) = (exhibit.opened.as_ref(), exhibit.documents.as_ref());
        Self {
            message: hex::encode(encode(&exhibit.message)),
            salt: opened.map(|(salt, _)| salt.to_hex()),
            content: opened.map(|(_, content)| hex::encode(encode(content))),
            documents: documents.map(|all| all.iter().map(|d| hex::encode(encode(d))).collect()),
        }
    }

    fn read(&self) -> Result<Exhibit, EvidenceError> {
        let opened = match (&self.salt, &self.content) {
            (Some(salt), Some(content)) => Some((hash(salt, "salt")?, value(content, "content")?)),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return Err(EvidenceError::Field("content")),
        };
        if opened.is_none() && self.documents.is_some() {
            return Err(EvidenceError::Field("documents"));
        }
        let documents = self.documents.as_ref().map(|all| {
            all.iter().map(|text| value(text, "documents")).collect::<Result<Vec<_>, _>>()
        });
        let message = value(&self.message, "message")?;
        Ok(Exhibit { message, opened, documents: documents.transpose()? })
    }
}
