//! A message in a case: who writes it, what it follows, what it does.
//!
//! # Place      desk -> [message] -> case; other gateway -> letter -> [message] genuine -> case
//! # Invariants B1 a message names its writer's message before and the last of the other side that it
//! #            had read, so that none can be left out or changed; orders of enums are wire format

use ledger_core::{
    codec::{CodecError, decode, encode},
    digest::{Domain, Hash32},
    id::{ChainId, LegId, Lei, Uetr},
    signature::{PublicKey, Signed, Statement},
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};

use crate::{
    content::{Code, Content, Document},
    kind::{Kind, Level},
    limits::{MAX_DOCUMENTS, MAX_LETTER_BYTES},
    refused::Refused,
};

/// Identity of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CaseId(Hash32);

impl CaseId {
    /// Bytes of an identity.
    pub const LEN: usize = 32;

    /// From its bytes.
    #[must_use]
    pub const fn new(hash: Hash32) -> Self {
        Self(hash)
    }

    /// Its bytes.
    #[must_use]
    pub const fn get(&self) -> &Hash32 {
        &self.0
    }

    /// The case that a requester opens with a responder: unguessable without the nonce.
    #[must_use]
    pub fn derive(chain: &ChainId, payment: &Subject, parties: (Lei, Lei), nonce: &Hash32) -> Self {
        Self(Domain::Case.hash_of(&(chain, payment, parties, nonce)))
    }
}

impl std::fmt::Display for CaseId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What its writer calls a message: random.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct MessageId([u8; 16]);

impl MessageId {
    /// From sixteen random bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn get(&self) -> &[u8; 16] {
        &self.0
    }
}

/// The payment that a case is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The payment's reference, end to end.
    pub uetr: Uetr,
    /// The leg between two of its agents that the requester knows.
    pub leg: LegId,
}

/// How a case begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// What is asked.
    pub kind: Kind,
    /// How much is asked for.
    pub level: Option<Level>,
    /// Until when an answer is written.
    pub answer_by: LedgerTime,
    /// Makes the case's identity unguessable.
    pub nonce: Hash32,
    /// The requester's own case that was forwarded with this one.
    pub parent: Option<CaseId>,
    /// Forwards between the first case and this one.
    pub hops: u8,
    /// An ended case between the same banks that this one goes on from.
    pub follows: Option<CaseId>,
}

/// An answer, as far as the state of a case knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answering {
    /// ISO 20022 code of the outcome: of an investigation's confirmation or status.
    pub outcome: Code,
    /// The next agent's answer that it passes on, by its digest.
    pub relayed: Option<Hash32>,
    /// The rule that answered, by its digest; nothing when persons did.
    pub rule: Option<Hash32>,
}

/// What a message does. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    /// The requester asks.
    Open(Opening),
    /// The responder takes it on.
    Accept,
    /// The responder needs more time, for this reason.
    Interim(Code),
    /// The responder asks the next agent.
    Forward {
        /// Its own case with that agent.
        child: CaseId,
        /// The agent.
        to: Lei,
    },
    /// The responder answers.
    Answer(Answering),
    /// The responder does not take it, for this reason.
    Reject(Code),
    /// The requester is content.
    Close,
    /// The requester is not: it asks again.
    Reopen {
        /// Until when an answer is written.
        answer_by: LedgerTime,
    },
    /// The requester no longer wants an answer.
    Withdraw,
    /// The requester waited long enough.
    Expire,
}

impl Act {
    /// Its name towards people and machines.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Open(_) => "open",
            Self::Accept => "accept",
            Self::Interim(_) => "interim",
            Self::Forward { .. } => "forward",
            Self::Answer(_) => "answer",
            Self::Reject(_) => "reject",
            Self::Close => "close",
            Self::Reopen { .. } => "reopen",
            Self::Withdraw => "withdraw",
            Self::Expire => "expire",
        }
    }

    /// What it says of the answer, if it is one.
    #[must_use]
    pub const fn answering(&self) -> Option<Answering> {
        match self {
            Self::Answer(answering) => Some(*answering),
            Self::Open(_)
            | Self::Accept
            | Self::Interim(_)
            | Self::Forward { .. }
            | Self::Reject(_)
            | Self::Close
            | Self::Reopen { .. }
            | Self::Withdraw
            | Self::Expire => None,
        }
    }

    /// Whether the requester may write it while it is the responder's turn.
    #[must_use]
    pub const fn is_interrupt(&self) -> bool {
        matches!(self, Self::Withdraw | Self::Expire)
    }
}

/// How much of the other side's messages a writer had read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// How many.
    pub count: u32,
    /// Digest of the last; zero for none.
    pub last: Hash32,
}

/// A message in a case, as it is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The network.
    pub chain: ChainId,
    /// The case.
    pub case: CaseId,
    /// The payment it is about.
    pub payment: Subject,
    /// Who writes.
    pub from: Lei,
    /// To whom.
    pub to: Lei,
    /// What the writer calls it.
    pub id: MessageId,
    /// Which of the writer's messages in the case; the first is 0.
    pub number: u32,
    /// Digest of the writer's message before; zero for the first.
    pub previous: Hash32,
    /// What the writer had read.
    pub seen: Seen,
    /// When it was written, by the writer's clock, never before what it follows.
    pub written: LedgerTime,
    /// What it does.
    pub act: Act,
    /// Commitment to what it says.
    pub content: Hash32,
}

impl Statement for Message {
    fn domain(&self) -> Domain {
        Domain::Inquiry
    }
    fn bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

/// A signed message with what it says: what is sealed and sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The message.
    pub message: Signed<Message>,
    /// Opens its commitment.
    pub salt: Hash32,
    /// What it says.
    pub content: Content,
    /// The documents that it names, in its order.
    pub documents: Vec<Document>,
}

/// Which keys speak for whom.
pub trait Keys {
    /// Whether a key signs messages for a member.
    fn speaks_for(&self, key: &PublicKey, member: &Lei) -> bool;
}

/// A letter whose signature, commitments and sizes were checked. Only [`Letter::genuine`] makes
/// one, and an inbox or a book keeps it one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genuine(Letter);

impl Genuine {
    /// A letter that was genuine when this gateway parked or kept it.
    pub(crate) const fn parked(letter: Letter) -> Self {
        Self(letter)
    }

    /// The message.
    #[must_use]
    pub const fn message(&self) -> &Message {
        &self.0.message.value
    }

    /// What it says.
    #[must_use]
    pub const fn content(&self) -> &Content {
        &self.0.content
    }

    /// The whole letter.
    #[must_use]
    pub const fn letter(&self) -> &Letter {
        &self.0
    }
}

impl Letter {
    /// Decodes a letter of at most [`MAX_LETTER_BYTES`].
    ///
    /// # Errors
    /// [`CodecError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        decode(bytes, MAX_LETTER_BYTES)
    }

    /// Checks everything about it that needs no case: whose it is, and that it says what it commits
    /// to.
    ///
    /// # Errors
    /// In this order: [`Refused::LetterTooLong`], [`Refused::WrongNetwork`],
    /// [`Refused::NotSigned`], those of [`Content::check`], [`Refused::ContentMismatch`],
    /// [`Refused::DocumentMismatch`].
    pub fn genuine(self, chain: &ChainId, keys: &dyn Keys) -> Result<Genuine, Refused> {
        if encode(&self).len() > MAX_LETTER_BYTES {
            return Err(Refused::LetterTooLong);
        }
        signed_by_its_writer(&self.message, chain, keys)?;
        opens(&self.message.value, &self.salt, &self.content)?;
        if self.documents.len() != self.content.documents.len() {
            return Err(Refused::DocumentMismatch);
        }
        documents_open(&self.content, &self.documents)?;
        Ok(Genuine(self))
    }
}

/// Whether a message is of this network and signed by a key of its writer.
pub(crate) fn signed_by_its_writer(
    message: &Signed<Message>,
    chain: &ChainId,
    keys: &dyn Keys,
) -> Result<(), Refused> {
    if message.value.chain != *chain {
        return Err(Refused::WrongNetwork);
    }
    let its_key = keys.speaks_for(&message.by.key, &message.value.from);
    if its_key && message.claim().holds() { Ok(()) } else { Err(Refused::NotSigned) }
}

/// Whether a content is well-formed and the one that a message commits to.
pub(crate) fn opens(message: &Message, salt: &Hash32, content: &Content) -> Result<(), Refused> {
    content.check()?;
    if content.commitment(salt) == message.content { Ok(()) } else { Err(Refused::ContentMismatch) }
}

/// Whether each document is the one that the content names at its place.
pub(crate) fn documents_open(content: &Content, documents: &[Document]) -> Result<(), Refused> {
    let same = documents.len() <= MAX_DOCUMENTS
        && documents.iter().zip(&content.documents).all(|(document, mark)| {
            u32::try_from(document.bytes.len()) == Ok(mark.bytes)
                && document.commitment() == mark.commitment
        });
    if same { Ok(()) } else { Err(Refused::DocumentMismatch) }
}
