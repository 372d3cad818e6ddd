//! camt.111: read into an answer or another word of the asked bank, written out of one.

use interbank::{
    Act, Case, CaseId, Code, Letter, Line, book::Words, content::Given, message::Answering,
};
use iso20022::view::{Camt111, InvestigationAnswer};
use ledger_core::signature::Statement as _;
use verifier::summary::rfc3339;

use super::{
    ANSWER_MESSAGE, Meant, agent, attached, codes, enclosed, fields, is_named, kind_of, narratives,
    question, read, reference, unclear, written,
};
use crate::{
    exceptions::messages::DATE,
    inquiries::desk::{Answer, Desk},
    refused::Refused,
    server::bank::parse_uetr,
};

/// The outcome of an answer that says nothing else of itself.
const INFORMED: &str = "INFO";
/// The outcome that there is nothing to say, and the reason of a status that says so.
const NOTHING: &str = "NINF";
const NOTHING_TO_ADD: &str = "NOAD";
/// The reason of a status that a question went on to another agent.
const FORWARDED: &str = "FTNA";

/// What a camt.111 does in its case.
pub(crate) enum Response {
    /// It answers: prepared, until another person approves it.
    Answers(Answer),
    /// It says that an answer takes longer, or that there will be none.
    Says(Act, Words),
}

/// Reads a camt.111 that this bank's core system posts about a case.
///
/// # Errors
/// [`Refused`].
pub(crate) fn read_response(desk: &Desk<'_>, id: &CaseId, xml: &[u8]) -> Result<Response, Refused> {
    let case = desk.case(id)?;
    codes(case.opening.kind)?;
    let message: Camt111 = read(desk.gateway, xml, [&case.responder, &case.requester])?;
    if let Some(wrong) = other_case(desk, &case, &message)? {
        return Err(Refused::Malformed(wrong));
    }
    let (act, meant) = said(&message)?;
    let words = meant.words((ANSWER_MESSAGE, xml))?;
    Ok(match act.answering() {
        Some(answering) => Response::Answers(Answer::Said(answering.outcome, words)),
        None => Response::Says(act, words),
    })
}

fn code(text: &str) -> Result<Code, Refused> {
    Code::new(text).ok_or(unclear("StsRsn is a code of four uppercase letters or digits"))
}

/// Why a message is about another question than this case's, if it is.
fn other_case(
    desk: &Desk<'_>,
    case: &Case,
    message: &Camt111,
) -> Result<Option<&'static str>, Refused> {
    let asked = question::view_of(desk, case)?;
    let same = |given: &Option<String>, own: &Option<String>| given.is_none() || given == own;
    if message.original_msg_id != asked.msg_id
        || !same(&message.requester_case, &asked.requester_case)
    {
        return Ok(Some("OrgnlInvstgtnReq is not the camt.110 of this case"));
    }
    let kind =
        kind_of(message.kind.as_deref(), message.topic.as_deref().or(asked.topic.as_deref()));
    if kind? != case.opening.kind {
        return Ok(Some("OrgnlInvstgtnReq asks something else than this case"));
    }
    let uetr = message.original_uetr.as_deref().map(|text| parse_uetr(text.trim())).transpose()?;
    if uetr.is_some_and(|uetr| uetr != case.payment.uetr) {
        return Ok(Some("OrgnlInvstgtnReq is about another payment than this case"));
    }
    let Camt111 { requester, requester_system, requester_member, requester_lei, .. } = message;
    let from = agent(requester, requester_system, requester_member, requester_lei);
    let Camt111 { responder, responder_system, responder_member, responder_lei, .. } = message;
    let to = agent(responder, responder_system, responder_member, responder_lei);
    let banks = is_named(desk.gateway, &from, &case.requester)
        && is_named(desk.gateway, &to, &case.responder);
    Ok((!banks).then_some("Rqstr and Rspndr are not the two banks of this case"))
}

/// What a camt.111 does and says, as far as a case has a place for it.
fn said(message: &Camt111) -> Result<(Act, Meant), Refused> {
    let mut meant = Meant::default();
    for row in &message.given {
        let InvestigationAnswer { reason, part, part_name, narrative, .. } = row;
        let field = fields::field(reason.as_deref(), part.as_deref(), part_name.as_deref());
        match (field, narrative) {
            (Some(field), Some(text)) => {
                let value = Line::new(text);
                let long = "RspnNrrtv of a field has up to 140 characters, no controls";
                meant.given.push(Given { field, value: value.ok_or(unclear(long))? });
            }
            (None, Some(text)) => meant.narrative(text),
            (_, None) => {}
        }
        for file in &row.files {
            meant.file(file)?;
        }
    }
    meant.given.sort_by_key(|given| given.field);
    let reason = message.status_reason.as_ref().or(message.status_reason_name.as_ref());
    let reason = reason.map(|text| code(text)).transpose()?;
    let act = match (message.status.as_str(), reason) {
        ("CLSD", Some(reason)) if reason.text() == NOTHING_TO_ADD => answers(code(NOTHING)?),
        ("CLSD", Some(reason)) => answers(reason),
        ("CLSD", None) => answers(code(INFORMED)?),
        ("PDNG", Some(reason)) if reason.text() == FORWARDED => {
            return Err(unclear("a question goes on to the next agent by its case's forward"));
        }
        ("PDNG", Some(reason)) => Act::Interim(reason),
        ("RJCT", Some(reason)) => Act::Reject(reason),
        _ => return Err(unclear("InvstgtnSts is CLSD, or PDNG or RJCT with StsRsn")),
    };
    if act.answering().is_none() && !meant.given.is_empty() {
        return Err(unclear("fields are given with CLSD, all at once"));
    }
    Ok((act, meant))
}

const fn answers(outcome: Code) -> Act {
    Act::Answer(Answering { outcome, relayed: None, rule: None })
}

/// The camt.111 of the asked bank's last word in a case: as it came, or made of its letter.
///
/// # Errors
/// [`Refused::NotAnswered`] before it wrote anything; [`Refused::NotAnInvestigation`]; faults.
pub(crate) fn response_of(desk: &Desk<'_>, id: &CaseId) -> Result<Vec<u8>, Refused> {
    let case = desk.case(id)?;
    codes(case.opening.kind)?;
    let letters = desk.book.letters(id)?;
    let mut own = letters.iter().rev().filter(|one| one.message.value.from == case.responder);
    let last = own.next().ok_or(Refused::NotAnswered)?;
    if let Some(xml) = attached(last, ANSWER_MESSAGE)
        && says_the_same(desk, &case, (last, xml))
    {
        return Ok(xml.to_vec());
    }
    written(&of_letter(desk, &case, last)?)
}

/// Whether a message that travelled says what its letter says.
fn says_the_same(desk: &Desk<'_>, case: &Case, (letter, xml): (&Letter, &[u8])) -> bool {
    let banks = [&case.responder, &case.requester];
    let Ok(message) = read::<Camt111>(desk.gateway, xml, banks) else { return false };
    let here = matches!(other_case(desk, case, &message), Ok(None));
    here && said(&message).is_ok_and(|(act, meant)| {
        act == letter.message.value.act && meant == Meant::of_letter(letter)
    })
}

/// A camt.111 of what a letter says.
fn of_letter(desk: &Desk<'_>, case: &Case, letter: &Letter) -> Result<Camt111, Refused> {
    let message = &letter.message.value;
    let asked = question::view_of(desk, case)?;
    let (status, status_reason, status_reason_name) = status(&message.act);
    let day: String = rfc3339(message.written).chars().take(DATE).collect();
    Ok(Camt111 {
        msg_id: reference(&message.digest().to_hex()),
        responder_case: Some(reference(&case.id.to_string())),
        status: status.to_owned(),
        status_reason,
        status_reason_name,
        given: rows(letter, &day),
        original_msg_id: asked.msg_id,
        requester_case: asked.requester_case,
        kind: asked.kind,
        topic: asked.topic,
        original_uetr: Some(case.payment.uetr.to_text()),
        requester: asked.requester,
        requester_system: asked.requester_system,
        requester_member: asked.requester_member,
        requester_lei: asked.requester_lei,
        responder: asked.responder,
        responder_system: asked.responder_system,
        responder_member: asked.responder_member,
        responder_lei: asked.responder_lei,
    })
}

/// Status of an investigation after an act, the reason as a code, and by a name of one's own: an
/// outcome is no reason of the external list.
fn status(act: &Act) -> (&'static str, Option<String>, Option<String>) {
    let text = |code: &Code| Some(code.text().to_owned());
    match act {
        Act::Answer(answering) => match answering.outcome.text() {
            INFORMED => ("CLSD", None, None),
            NOTHING => ("CLSD", Some(NOTHING_TO_ADD.to_owned()), None),
            _ => ("CLSD", None, text(&answering.outcome)),
        },
        Act::Interim(reason) => ("PDNG", text(reason), None),
        Act::Forward { .. } => ("PDNG", Some(FORWARDED.to_owned()), None),
        Act::Reject(reason) => ("RJCT", text(reason), None),
        Act::Accept
        | Act::Open(_)
        | Act::Close
        | Act::Reopen { .. }
        | Act::Withdraw
        | Act::Expire => ("PDNG", None, None),
    }
}

fn rows(letter: &Letter, day: &str) -> Vec<InvestigationAnswer> {
    let given = letter.content.given.iter().map(|given| {
        let spelled = fields::spelled(given.field);
        InvestigationAnswer {
            reason: Some(spelled.reason.to_owned()),
            part: spelled.part.map(str::to_owned),
            part_name: spelled.part_name.map(str::to_owned),
            narrative: Some(given.value.get().to_owned()),
            ..row()
        }
    });
    let mut rows: Vec<InvestigationAnswer> = given.collect();
    let words = narratives(&letter.content.lines).into_iter();
    rows.extend(words.map(|text| InvestigationAnswer { narrative: Some(text), ..row() }));
    let files = Meant::of_letter(letter).files;
    if !files.is_empty() {
        if rows.is_empty() {
            let text = Some("see the enclosed documents".to_owned());
            rows.push(InvestigationAnswer { narrative: text, ..row() });
        }
        let files = files.iter().enumerate();
        let files = files.map(|(at, file)| enclosed(file, at.saturating_add(1), day));
        if let Some(first) = rows.first_mut() {
            first.files.extend(files);
        }
    }
    rows
}

const fn row() -> InvestigationAnswer {
    InvestigationAnswer {
        reason: None,
        reason_name: None,
        part: None,
        part_name: None,
        narrative: None,
        files: Vec::new(),
    }
}
