//! What a message says: typed fields, free text, documents. None of it is in the state of a case,
//! which knows its commitment only; so it can be shown, withheld or erased by itself.
//!
//! # Invariants B1 a content is committed to under its salt; orders of enums are wire format
//! # Absent     ISO 20022 elements: `iso20022` puts these fields into messages and takes them out

use ledger_core::{
    codec::encode,
    digest::{Domain, Hash32},
    id::Text,
};
use serde::{Deserialize, Serialize, de::Error as _};

use crate::{
    limits::{MAX_DOCUMENT_BYTES, MAX_DOCUMENTS, MAX_FIELDS, MAX_LINE, MAX_LINES, MAX_REASONS},
    refused::Refused,
};

/// Name of the document that is the question itself, as the asking bank's core system wrote it.
pub const QUESTION_MESSAGE: &str = "camt.110.001.01";
/// Name of the document that is the answer itself, as the asked bank's core system wrote it.
pub const ANSWER_MESSAGE: &str = "camt.111.001.01";
/// Media type of both.
pub const MESSAGE_MEDIA: &str = "application/xml";

/// One to 140 characters, none of them a control character.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Line(String);

impl Line {
    /// Accepts a line.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let fits = (1..=MAX_LINE).contains(&text.chars().count());
        (fits && !text.chars().any(char::is_control)).then(|| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn get(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::new(&text).ok_or_else(|| D::Error::custom("1 to 140 characters, no controls"))
    }
}

/// A code of an ISO 20022 external code set: four uppercase letters and digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Code([u8; 4]);

impl Code {
    /// Accepts a code.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let bytes: [u8; 4] = text.as_bytes().try_into().ok()?;
        let upper = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        bytes.iter().all(upper).then_some(Self(bytes))
    }

    /// The code as text.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let bytes = <[u8; 4]>::deserialize(d)?;
        let text = std::str::from_utf8(&bytes).ok();
        text.and_then(Self::new).ok_or_else(|| D::Error::custom("four uppercase letters or digits"))
    }
}

/// What can be asked for and given. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Field {
    /// The payer's name.
    DebtorName,
    /// The payer's account.
    DebtorAccount,
    /// The payer's postal address.
    DebtorAddress,
    /// A person's date and place of birth, or an organisation's registration number.
    DebtorIdentity,
    /// The payee's name.
    CreditorName,
    /// The payee's account.
    CreditorAccount,
    /// The payee's postal address.
    CreditorAddress,
    /// As of the payer, of the payee.
    CreditorIdentity,
    /// What the payment is for.
    Purpose,
    /// How payer and payee know each other.
    Relationship,
    /// Where the money comes from.
    SourceOfFunds,
    /// Remittance information.
    Remittance,
    /// The amount.
    Amount,
    /// The value date.
    ValueDate,
    /// Who pays charges, and how much.
    Charges,
    /// The cover payment's reference.
    CoverReference,
    /// The payer's bank.
    DebtorAgent,
    /// The payee's bank.
    CreditorAgent,
    /// Status code of the payment.
    PaymentStatus,
    /// When the payee got the money.
    CreditedAt,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::DebtorName,
        Self::DebtorAccount,
        Self::DebtorAddress,
        Self::DebtorIdentity,
        Self::CreditorName,
        Self::CreditorAccount,
        Self::CreditorAddress,
        Self::CreditorIdentity,
        Self::Purpose,
        Self::Relationship,
        Self::SourceOfFunds,
        Self::Remittance,
        Self::Amount,
        Self::ValueDate,
        Self::Charges,
        Self::CoverReference,
        Self::DebtorAgent,
        Self::CreditorAgent,
        Self::PaymentStatus,
        Self::CreditedAt,
    ];

    /// Its name towards people and machines.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DebtorName => "debtor_name",
            Self::DebtorAccount => "debtor_account",
            Self::DebtorAddress => "debtor_address",
            Self::DebtorIdentity => "debtor_identity",
            Self::CreditorName => "creditor_name",
            Self::CreditorAccount => "creditor_account",
            Self::CreditorAddress => "creditor_address",
            Self::CreditorIdentity => "creditor_identity",
            Self::Purpose => "purpose",
            Self::Relationship => "relationship",
            Self::SourceOfFunds => "source_of_funds",
            Self::Remittance => "remittance",
            Self::Amount => "amount",
            Self::ValueDate => "value_date",
            Self::Charges => "charges",
            Self::CoverReference => "cover_reference",
            Self::DebtorAgent => "debtor_agent",
            Self::CreditorAgent => "creditor_agent",
            Self::PaymentStatus => "payment_status",
            Self::CreditedAt => "credited_at",
        }
    }

    /// The field with a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// ISO 20022 `ExternalInvestigationReason1Code` under which it is asked for.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::DebtorName
            | Self::DebtorAccount
            | Self::DebtorAddress
            | Self::DebtorIdentity
            | Self::SourceOfFunds => "DTOR",
            Self::CreditorName
            | Self::CreditorAccount
            | Self::CreditorAddress
            | Self::CreditorIdentity => "CTOR",
            Self::Purpose => "PURP",
            Self::Remittance => "REIN",
            Self::Amount => "AMNT",
            Self::ValueDate => "REDT",
            Self::Charges => "CHIN",
            Self::DebtorAgent => "DTAG",
            Self::CreditorAgent => "CTAG",
            Self::Relationship | Self::CoverReference | Self::PaymentStatus | Self::CreditedAt => {
                "NARR"
            }
        }
    }
}

/// A field with its value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Given {
    /// Which.
    pub field: Field,
    /// Its value.
    pub value: Line,
}

/// A document, as the message that sends it names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentMark {
    /// Its name.
    pub name: Line,
    /// Its media type.
    pub media: Text,
    /// Its length.
    pub bytes: u32,
    /// `florin/content/1` hash of its salt and bytes.
    pub commitment: Hash32,
}

impl DocumentMark {
    /// Whether it is the letter's own spelling as a message of ISO 20022, and no document about the
    /// payment.
    #[must_use]
    pub fn is_message(&self) -> bool {
        let named = [QUESTION_MESSAGE, ANSWER_MESSAGE].contains(&self.name.get());
        named && self.media.get() == MESSAGE_MEDIA
    }
}

/// A document, as it travels beside the message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Opens the commitment.
    pub salt: Hash32,
    /// What it is.
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
}

impl Document {
    /// How a message names it.
    #[must_use]
    pub fn mark(&self, name: Line, media: Text) -> DocumentMark {
        let bytes = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        DocumentMark { name, media, bytes, commitment: self.commitment() }
    }

    /// `florin/content/1` hash of salt and bytes.
    #[must_use]
    pub fn commitment(&self) -> Hash32 {
        Domain::Content.hash(&[self.salt.get().as_slice(), &self.bytes].concat())
    }
}

/// What a message says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Codes that say why: reasons of the investigation, of the status, of a cancellation.
    pub reasons: Vec<Code>,
    /// What is asked for, sorted.
    pub asked: Vec<Field>,
    /// What is given, sorted by field.
    pub given: Vec<Given>,
    /// Free text.
    pub lines: Vec<Line>,
    /// Documents, in the order in which they travel.
    pub documents: Vec<DocumentMark>,
}

impl Content {
    /// What a message commits to: `florin/content/1` hash of salt and canonical bytes.
    #[must_use]
    pub fn commitment(&self, salt: &Hash32) -> Hash32 {
        Domain::Content.hash(&[salt.get().as_slice(), &encode(self)].concat())
    }

    /// Whether every list is within its maximum, sorted where it must be, and free of repetition.
    ///
    /// # Errors
    /// [`Refused::ContentTooLarge`], [`Refused::ContentMalformed`].
    pub fn check(&self) -> Result<(), Refused> {
        let bytes = self.documents.iter().map(|d| usize::try_from(d.bytes).unwrap_or(usize::MAX));
        let bytes = bytes.fold(0usize, usize::saturating_add);
        let fits = self.reasons.len() <= MAX_REASONS
            && self.asked.len() <= MAX_FIELDS
            && self.given.len() <= MAX_FIELDS
            && self.lines.len() <= MAX_LINES
            && self.documents.len() <= MAX_DOCUMENTS
            && bytes <= MAX_DOCUMENT_BYTES;
        if !fits {
            return Err(Refused::ContentTooLarge);
        }
        let rises = |pair: &[Field]| matches!(pair, [low, high] if low < high);
        let given: Vec<Field> = self.given.iter().map(|given| given.field).collect();
        if self.asked.windows(2).all(rises) && given.windows(2).all(rises) {
            Ok(())
        } else {
            Err(Refused::ContentMalformed)
        }
    }

    /// Whether every one of these fields is given.
    #[must_use]
    pub fn gives(&self, fields: &[Field]) -> bool {
        fields.iter().all(|field| self.given.iter().any(|given| given.field == *field))
    }
}
