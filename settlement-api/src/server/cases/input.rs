//! Bodies of requests about cases, and what they become.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use interbank::{
    Act, CaseId, Code, Content, Document, Kind, Level, Line,
    book::Words,
    content::{Field, Given},
};
use jiff::Timestamp;
use ledger_core::{
    digest::Hash32,
    id::{Lei, Text},
    time::LedgerTime,
};
use serde::Deserialize;
use utoipa::{
    ToSchema,
    openapi::{ArrayBuilder, RefOr, Schema},
};

use crate::{
    inquiries::{
        codes::{self as known_codes, Use},
        desk::{Answer, Asking, sorted},
    },
    keys::random_32,
    openapi::text::{Base64Bytes, Id, IsoCode, LeiCode, Reference, TextLine, Time, Uetr, words},
    refused::Refused,
    server::bank::parse_uetr,
};

/// A question about a payment.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseInput {
    /// The payment.
    #[schema(value_type = Uetr)]
    pub uetr: String,
    /// LEI of the bank that is asked; the other bank of the payment when not said.
    #[schema(value_type = Option<LeiCode>)]
    pub to: Option<String>,
    /// What is asked.
    #[schema(schema_with = kind_names)]
    pub kind: String,
    /// How much is asked for: a set of fields each, and at level 3 a document.
    #[schema(minimum = 1, maximum = 3)]
    pub level: Option<u8>,
    /// Fields that are asked for by name.
    #[serde(default)]
    #[schema(schema_with = field_lists)]
    pub asked: Vec<String>,
    /// Codes that say why.
    #[serde(default)]
    #[schema(value_type = Vec<IsoCode>)]
    pub reasons: Vec<String>,
    /// Free text.
    #[serde(default)]
    #[schema(value_type = Vec<TextLine>)]
    pub lines: Vec<String>,
    /// Documents.
    #[serde(default)]
    pub documents: Vec<DocumentInput>,
    /// Until when an answer is due, 30 seconds to 30 days ahead; the clock of the kind when not said.
    #[schema(value_type = Option<Time>)]
    pub answer_by: Option<String>,
    /// An ended case with the same bank about this payment, from which this one goes on.
    #[schema(value_type = Option<Id>)]
    pub follows: Option<String>,
}

/// A document, at most 768 KiB of them with a message.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentInput {
    /// Its name.
    #[schema(value_type = TextLine)]
    pub name: String,
    /// Its media type.
    #[schema(value_type = Reference)]
    pub media: String,
    /// What it is.
    #[schema(value_type = Base64Bytes)]
    pub base64: String,
}

/// What goes with an act that is no answer.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActInput {
    /// Why more time is needed, or a question is not taken; with these two only.
    #[schema(value_type = Option<IsoCode>)]
    pub reason: Option<String>,
    /// Until when a new answer is due; when a case is reopened only.
    #[schema(value_type = Option<Time>)]
    pub answer_by: Option<String>,
    /// Free text.
    #[serde(default)]
    #[schema(value_type = Vec<TextLine>)]
    pub lines: Vec<String>,
    /// Documents.
    #[serde(default)]
    pub documents: Vec<DocumentInput>,
}

/// An answer: own words, or the answer of an own child.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseAnswerInput {
    /// Its outcome, `NINF` when there is nothing to say; this or `relay`.
    #[schema(value_type = Option<IsoCode>)]
    pub outcome: Option<String>,
    /// The own child whose answer is passed on as it is.
    #[schema(value_type = Option<Id>)]
    pub relay: Option<String>,
    /// Fields that are given.
    #[serde(default)]
    pub given: Vec<GivenInput>,
    /// Codes that say why.
    #[serde(default)]
    #[schema(value_type = Vec<IsoCode>)]
    pub reasons: Vec<String>,
    /// Free text.
    #[serde(default)]
    #[schema(value_type = Vec<TextLine>)]
    pub lines: Vec<String>,
    /// Documents.
    #[serde(default)]
    pub documents: Vec<DocumentInput>,
}

/// A field with its value.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenInput {
    /// Its name.
    #[schema(schema_with = field_names)]
    pub field: String,
    /// Its value.
    #[schema(value_type = TextLine)]
    pub value: String,
}

/// A second person's yes to exactly what it read.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct YesInput {
    /// The digest of what was read and checked.
    #[schema(value_type = Id)]
    pub content: String,
}

/// To whom a question goes on.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForwardInput {
    /// LEI of the next agent of the payment.
    #[schema(value_type = LeiCode)]
    pub to: String,
    /// Free text.
    #[serde(default)]
    #[schema(value_type = Vec<TextLine>)]
    pub lines: Vec<String>,
}

/// Names of kinds.
pub(crate) fn kind_names() -> Schema {
    words(&Kind::ALL.map(Kind::name))
}

/// Names of fields.
pub(crate) fn field_names() -> Schema {
    words(&Field::ALL.map(Field::name))
}

/// Lists of names of kinds.
pub(crate) fn kind_lists() -> Schema {
    list_of(kind_names())
}

/// Lists of names of fields.
pub(crate) fn field_lists() -> Schema {
    list_of(field_names())
}

/// A list of words.
pub(crate) fn list_of(words: Schema) -> Schema {
    ArrayBuilder::new().items(RefOr::T(words)).into()
}

impl CaseInput {
    /// What the desk is asked to ask.
    pub(crate) fn asking(&self) -> Result<Asking, Refused> {
        let asked = self.asked.iter().map(|name| parse_field(name)).collect::<Result<_, _>>()?;
        let (marks, documents) = documents(&self.documents)?;
        let (kind, reasons) = (parse_kind(&self.kind)?, codes(&self.reasons)?);
        known_codes::check(kind, Use::Reason, &reasons)?;
        let content = Content {
            reasons,
            asked: sorted(asked),
            given: Vec::new(),
            lines: lines(&self.lines)?,
            documents: marks,
        };
        Ok(Asking {
            payment: parse_uetr(&self.uetr)?,
            to: self.to.as_deref().map(parse_lei).transpose()?,
            kind,
            level: self.level.map(parse_level).transpose()?,
            answer_by: self.answer_by.as_deref().map(parse_time).transpose()?,
            follows: self.follows.as_deref().map(parse_id).transpose()?.map(CaseId::new),
            words: Words { content, documents },
        })
    }
}

impl ActInput {
    /// The reason that the act needs.
    pub(crate) fn reason(&self) -> Result<Code, Refused> {
        parse_code(self.reason.as_deref().ok_or(Refused::Malformed("give a reason"))?)
    }

    /// The deadline that the act needs.
    pub(crate) fn answer_by(&self) -> Result<LedgerTime, Refused> {
        parse_time(self.answer_by.as_deref().ok_or(Refused::Malformed("give answer_by"))?)
    }

    /// Nothing is given that the act has no place for.
    pub(crate) fn fits(&self, act: &Act) -> Result<(), Refused> {
        let (reason, deadline) = match act {
            Act::Interim(_) | Act::Reject(_) => (true, false),
            Act::Reopen { .. } => (false, true),
            Act::Open(_)
            | Act::Accept
            | Act::Forward { .. }
            | Act::Answer(_)
            | Act::Close
            | Act::Withdraw
            | Act::Expire => (false, false),
        };
        if self.reason.is_some() && !reason || self.answer_by.is_some() && !deadline {
            return Err(Refused::Malformed("this act takes no such field; see docs/api.md"));
        }
        Ok(())
    }

    /// What it says.
    pub(crate) fn words(&self) -> Result<Words, Refused> {
        let (marks, documents) = documents(&self.documents)?;
        let lines = lines(&self.lines)?;
        Ok(Words { content: Content { lines, documents: marks, ..Content::default() }, documents })
    }
}

impl CaseAnswerInput {
    /// What the desk is asked to prepare.
    pub(crate) fn answer(&self, kind: Kind) -> Result<Answer, Refused> {
        let said = !(self.given.is_empty()
            && self.reasons.is_empty()
            && self.lines.is_empty()
            && self.documents.is_empty());
        match (&self.outcome, &self.relay) {
            (Some(outcome), None) => {
                let (outcome, words) = (parse_code(outcome)?, self.words()?);
                known_codes::check(kind, Use::Outcome, [&outcome])?;
                known_codes::check(kind, Use::Reason, &words.content.reasons)?;
                Ok(Answer::Said(outcome, words))
            }
            (None, Some(child)) if !said => Ok(Answer::Relayed(CaseId::new(parse_id(child)?))),
            _ => Err(Refused::Malformed("give outcome and what is said, or relay alone")),
        }
    }

    fn words(&self) -> Result<Words, Refused> {
        let given = self.given.iter().map(|given| {
            Ok(Given { field: parse_field(&given.field)?, value: parse_line(&given.value)? })
        });
        let mut given = given.collect::<Result<Vec<_>, Refused>>()?;
        given.sort_by_key(|given| given.field);
        let (marks, documents) = documents(&self.documents)?;
        let content = Content {
            reasons: codes(&self.reasons)?,
            asked: Vec::new(),
            given,
            lines: lines(&self.lines)?,
            documents: marks,
        };
        Ok(Words { content, documents })
    }
}

impl ForwardInput {
    /// What the desk adds to the question.
    pub(crate) fn content(&self) -> Result<Content, Refused> {
        Ok(Content { lines: lines(&self.lines)?, ..Content::default() })
    }
}

type Documents = (Vec<interbank::content::DocumentMark>, Vec<Document>);

fn documents(given: &[DocumentInput]) -> Result<Documents, Refused> {
    let mut all = (Vec::new(), Vec::new());
    for given in given {
        let bytes = STANDARD.decode(&given.base64);
        let bytes = bytes.map_err(|_| Refused::Malformed("documents are in padded base64"))?;
        if bytes.is_empty() {
            return Err(Refused::Malformed("a document has 1 byte or more"));
        }
        let document = Document { salt: random_32(), bytes };
        let media = Text::new(&given.media);
        let media = media.ok_or(Refused::Malformed("media is a media type, such as image/png"))?;
        all.0.push(document.mark(parse_line(&given.name)?, media));
        all.1.push(document);
    }
    Ok(all)
}

fn codes(given: &[String]) -> Result<Vec<Code>, Refused> {
    given.iter().map(|code| parse_code(code)).collect()
}

fn lines(given: &[String]) -> Result<Vec<Line>, Refused> {
    given.iter().map(|line| parse_line(line)).collect()
}

fn parse_line(text: &str) -> Result<Line, Refused> {
    Line::new(text).ok_or(Refused::Malformed("a line has 1 to 140 characters, no controls"))
}

pub(crate) fn parse_code(text: &str) -> Result<Code, Refused> {
    Code::new(text).ok_or(Refused::Malformed("a code has four uppercase letters or digits"))
}

pub(crate) fn parse_field(name: &str) -> Result<Field, Refused> {
    Field::from_name(name).ok_or(Refused::Malformed("not a field; see docs/api/openapi.json"))
}

pub(crate) fn parse_kind(name: &str) -> Result<Kind, Refused> {
    Kind::from_name(name).ok_or(Refused::Malformed("not a kind; see docs/spec/interbank.md"))
}

pub(crate) fn parse_level(number: u8) -> Result<Level, Refused> {
    match number {
        1 => Ok(Level::One),
        2 => Ok(Level::Two),
        3 => Ok(Level::Three),
        _ => Err(Refused::Malformed("level is 1, 2 or 3")),
    }
}

pub(crate) fn parse_lei(text: &str) -> Result<Lei, Refused> {
    Lei::new(text).ok_or(Refused::Malformed("not a valid LEI"))
}

pub(crate) fn parse_id(text: &str) -> Result<Hash32, Refused> {
    Hash32::from_hex(text).ok_or(Refused::Malformed("an id is 64 lowercase hex digits"))
}

pub(crate) fn parse_time(text: &str) -> Result<LedgerTime, Refused> {
    let time: Option<Timestamp> = text.parse().ok();
    let ms = time.and_then(|time| u64::try_from(time.as_millisecond()).ok());
    ms.map(LedgerTime::new).ok_or(Refused::Malformed("not an RFC 3339 time"))
}
