//! Cases as a bank's staff and core systems read them.
//!
//! # Place      book -> [report] -> server::cases
//! # Invariants a report shows own cases only, and what both sides said in the clear: it leaves this
//! #            gateway for its own institution alone

use interbank::{
    Act, Case, CaseId, Content, Document, Letter, Refused as CaseRefused, Stage,
    content::DocumentMark,
};
use ledger_core::{digest::Hash32, id::Lei, signature::Statement as _};
use serde::Serialize;
use utoipa::ToSchema;
use verifier::summary::rfc3339;

use super::{
    desk::{Desk, side},
    draft::Prepared,
    exchange,
    timer::{self, Notice},
};
use crate::{
    openapi::text::{Id, IsoCode, LeiCode, TextLine, Time, Uetr},
    refused::Refused,
};

/// A case, as a list shows it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CaseSummary {
    /// Its identity, the same at both banks.
    #[schema(value_type = Id)]
    pub case: String,
    /// The payment that it is about.
    #[schema(value_type = Uetr)]
    pub uetr: String,
    /// The leg of the payment.
    #[schema(value_type = Id)]
    pub leg: String,
    /// What is asked: see docs/spec/interbank.md, Kinds.
    pub kind: &'static str,
    /// How much is asked for, 1 to 3.
    pub level: Option<u8>,
    /// Who asks.
    #[schema(value_type = LeiCode)]
    pub requester: String,
    /// Who is asked.
    #[schema(value_type = LeiCode)]
    pub responder: String,
    /// Where it is.
    pub state: &'static str,
    /// The same towards ISO 20022: `PDNG`, `CLSD` or `RJCT`.
    #[schema(value_type = IsoCode)]
    pub iso_status: &'static str,
    /// Who writes next: `own`, `other` or `nobody`.
    pub turn: &'static str,
    /// When it was opened.
    #[schema(value_type = Time)]
    pub opened: String,
    /// Until when an answer is due.
    #[schema(value_type = Time)]
    pub answer_by: String,
}

impl CaseSummary {
    /// What a list shows of a case.
    pub(crate) fn of(case: &Case) -> Self {
        let opened = case.trail().first().map(|entry| entry.written).unwrap_or_default();
        Self {
            case: case.id.to_string(),
            uetr: case.payment.uetr.to_text(),
            leg: case.payment.leg.to_hex(),
            kind: case.opening.kind.name(),
            level: case.opening.level.map(number),
            requester: case.requester.to_string(),
            responder: case.responder.to_string(),
            state: case.stage().name(),
            iso_status: case.stage().iso_status(),
            turn: turn(case),
            opened: rfc3339(opened),
            answer_by: rfc3339(case.answer_by()),
        }
    }
}

/// A page of cases.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CasePage {
    /// In the order in which they came to this bank.
    pub cases: Vec<CaseSummary>,
    /// Where the next page begins; null when this is the last.
    pub after: Option<String>,
}

/// A case with all that was said in it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CaseReport {
    /// As a list shows it.
    #[serde(flatten)]
    pub summary: CaseSummary,
    /// What was asked for by name, beside the fields of the level.
    pub asked: Vec<&'static str>,
    /// The own case that was forwarded with this one.
    #[schema(value_type = Option<Id>)]
    pub parent: Option<String>,
    /// Own cases with which this one was forwarded.
    #[schema(value_type = Vec<Id>)]
    pub children: Vec<String>,
    /// The ended case that this one goes on from.
    #[schema(value_type = Option<Id>)]
    pub follows: Option<String>,
    /// In the order in which this bank wrote and read them.
    pub messages: Vec<MessageReport>,
    /// The answer that waits for a second person.
    pub draft: Option<DraftReport>,
    /// What has not arrived at the other bank yet.
    pub delivery: DeliveryReport,
    /// What time made due, oldest first.
    pub notices: Vec<NoticeReport>,
}

/// A message of a case.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MessageReport {
    /// Who wrote it.
    #[schema(value_type = LeiCode)]
    pub from: String,
    /// Which of its writer's, from 0.
    pub number: u32,
    /// What it does.
    pub act: &'static str,
    /// The outcome of an answer, the reason of a rejection or of more time.
    #[schema(value_type = Option<IsoCode>)]
    pub code: Option<String>,
    /// The rule that answered, by its digest.
    #[schema(value_type = Option<Id>)]
    pub rule: Option<String>,
    /// The next agent's answer that it passes on, by its digest.
    #[schema(value_type = Option<Id>)]
    pub relayed: Option<String>,
    /// When, by its writer's clock.
    #[schema(value_type = Time)]
    pub written: String,
    /// What the next message names.
    #[schema(value_type = Id)]
    pub digest: String,
    /// What it says.
    pub says: SaidReport,
}

/// What a message or a draft says.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SaidReport {
    /// Codes that say why.
    #[schema(value_type = Vec<IsoCode>)]
    pub reasons: Vec<String>,
    /// Fields that are asked for.
    pub asked: Vec<&'static str>,
    /// Fields that are given.
    pub given: Vec<GivenReport>,
    /// Free text.
    #[schema(value_type = Vec<TextLine>)]
    pub lines: Vec<String>,
    /// Documents.
    pub documents: Vec<DocumentReport>,
}

/// A field with its value.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GivenReport {
    /// Its name.
    pub field: &'static str,
    /// Its value.
    #[schema(value_type = TextLine)]
    pub value: String,
}

/// A document.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DocumentReport {
    /// Its name.
    #[schema(value_type = TextLine)]
    pub name: String,
    /// Its media type, as its sender says.
    pub media: String,
    /// Its length.
    pub bytes: u32,
    /// By which `GET /v1/cases/{case}/documents/{document}` finds it: its commitment.
    #[schema(value_type = Id)]
    pub document: String,
}

/// An answer that waits for a second person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DraftReport {
    /// What the second person says yes to.
    #[schema(value_type = Id)]
    pub content: String,
    /// The client that prepared it; `rule` when a rule did.
    pub prepared_by: String,
    /// When.
    #[schema(value_type = Time)]
    pub at: String,
    /// The outcome that it states.
    #[schema(value_type = Option<IsoCode>)]
    pub outcome: Option<String>,
    /// What it says.
    pub says: SaidReport,
}

/// Own letters that wait for the other bank's receipt.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeliveryReport {
    /// How many.
    pub waiting: usize,
    /// Why the last attempt failed: a code of this gateway or of the other bank's.
    pub trouble: Option<String>,
    /// Own messages that the other bank has on its disk, by its signed receipt.
    pub receipted: u32,
}

/// Something that time made due.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NoticeReport {
    /// When this gateway saw it.
    #[schema(value_type = Time)]
    pub at: String,
    /// `reminder_50`, `reminder_80`, `escalated`, `expired` or `child_answered`.
    pub what: String,
    /// Who else is told of it: `[cases]` of the configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
}

/// A case of this bank with all that was said in it.
pub(crate) fn report(desk: &Desk<'_>, id: &CaseId) -> Result<CaseReport, Refused> {
    let case = desk.case(id)?;
    let outbox = desk.book.outbox(id)?;
    let (received, refused) = outbox.received();
    let trouble = exchange::trouble(desk.gateway.store.as_ref(), id)?;
    let refused = refused.map(|refused| refused.code.get().to_owned());
    let notices = timer::notices(desk.change, id)?.into_iter();
    Ok(CaseReport {
        summary: CaseSummary::of(&case),
        asked: case.asked.iter().map(|field| field.name()).collect(),
        parent: own_parent(desk, &case)?,
        children: case.forwards().iter().map(ToString::to_string).collect(),
        follows: case.opening.follows.map(|id| id.to_string()),
        messages: desk.book.letters(id)?.iter().map(message).collect(),
        draft: Prepared::load(desk.change, id)?.map(|prepared| draft(&prepared)),
        delivery: DeliveryReport {
            waiting: outbox.waiting(),
            trouble: refused.or(trouble),
            receipted: received.count,
        },
        notices: notices
            .map(|Notice { at, what, contact }| NoticeReport { at: rfc3339(at), what, contact })
            .collect(),
    })
}

/// The parent, where it is this bank's own: the next agent need not hear its identity twice.
fn own_parent(desk: &Desk<'_>, case: &Case) -> Result<Option<String>, Refused> {
    let Some(parent) = case.opening.parent else { return Ok(None) };
    match desk.case(&parent) {
        Ok(parent) => Ok(Some(parent.id.to_string())),
        Err(Refused::Inquiry(CaseRefused::UnknownCase)) => Ok(None),
        Err(refused) => Err(refused),
    }
}

fn message(letter: &Letter) -> MessageReport {
    let message = &letter.message.value;
    let answering = message.act.answering();
    let hex = |hash: Hash32| hash.to_hex();
    MessageReport {
        from: Lei::to_string(&message.from),
        number: message.number,
        act: message.act.name(),
        code: code(&message.act),
        rule: answering.and_then(|answering| answering.rule).map(hex),
        relayed: answering.and_then(|answering| answering.relayed).map(hex),
        written: rfc3339(message.written),
        digest: message.digest().to_hex(),
        says: says(&letter.content),
    }
}

fn code(act: &Act) -> Option<String> {
    match act {
        Act::Answer(answering) => Some(answering.outcome.text().to_owned()),
        Act::Interim(reason) | Act::Reject(reason) => Some(reason.text().to_owned()),
        Act::Open(_)
        | Act::Accept
        | Act::Forward { .. }
        | Act::Close
        | Act::Reopen { .. }
        | Act::Withdraw
        | Act::Expire => None,
    }
}

fn draft(prepared: &Prepared) -> DraftReport {
    DraftReport {
        content: prepared.draft.digest().to_hex(),
        prepared_by: prepared.name.clone(),
        at: rfc3339(prepared.at),
        outcome: code(&prepared.draft.act),
        says: says(&prepared.draft.content),
    }
}

fn says(content: &Content) -> SaidReport {
    let given = content.given.iter().map(|given| GivenReport {
        field: given.field.name(),
        value: given.value.get().to_owned(),
    });
    SaidReport {
        reasons: content.reasons.iter().map(|code| code.text().to_owned()).collect(),
        asked: content.asked.iter().map(|field| field.name()).collect(),
        given: given.collect(),
        lines: content.lines.iter().map(|line| line.get().to_owned()).collect(),
        documents: content.documents.iter().map(document).collect(),
    }
}

fn document(mark: &DocumentMark) -> DocumentReport {
    DocumentReport {
        name: mark.name.get().to_owned(),
        media: mark.media.get().to_owned(),
        bytes: mark.bytes,
        document: mark.commitment.to_hex(),
    }
}

/// Who writes next, as this bank sees it.
pub(crate) fn turn(case: &Case) -> &'static str {
    match case.stage().writer() {
        Some(writer) if writer == side(case) => "own",
        Some(_) => "other",
        None => "nobody",
    }
}

pub(crate) const fn number(level: interbank::Level) -> u8 {
    match level {
        interbank::Level::One => 1,
        interbank::Level::Two => 2,
        interbank::Level::Three => 3,
    }
}

/// Which cases a list shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// Of this payment.
    pub(crate) uetr: Option<ledger_core::id::Uetr>,
    /// In this state.
    pub(crate) state: Option<Stage>,
    /// When it is this one's turn: `own`, `other` or `nobody`.
    pub(crate) turn: Option<String>,
}

impl Wanted {
    fn takes(&self, case: &Case) -> bool {
        self.uetr.is_none_or(|uetr| uetr == case.payment.uetr)
            && self.state.is_none_or(|state| state == case.stage())
            && self.turn.as_ref().is_none_or(|wanted| wanted == turn(case))
    }
}

/// A page of this bank's cases after a cursor.
pub(crate) fn page(
    desk: &Desk<'_>,
    wanted: &Wanted,
    (after, limit): (Option<&str>, usize),
) -> Result<CasePage, Refused> {
    let mut cases = Vec::new();
    let mut last = None;
    for (cursor, case) in desk.book.list(after, usize::MAX)? {
        if !wanted.takes(&case) || case.me.is_none() {
            continue;
        }
        if cases.len() >= limit {
            return Ok(CasePage { cases, after: last });
        }
        cases.push(CaseSummary::of(&case));
        last = Some(cursor);
    }
    Ok(CasePage { cases, after: None })
}

/// This bank's cases about a payment, ended ones too.
pub(crate) fn of_payment(
    desk: &Desk<'_>,
    uetr: &ledger_core::id::Uetr,
) -> Result<Vec<CaseSummary>, Refused> {
    let (room, _) = desk.room(*uetr)?;
    let own = room.cases().filter(|case| case.me.is_some());
    Ok(own.map(CaseSummary::of).collect())
}

/// The bytes of a document, for whoever may read the case.
pub(crate) fn bytes(document: Document) -> Vec<u8> {
    document.bytes
}
