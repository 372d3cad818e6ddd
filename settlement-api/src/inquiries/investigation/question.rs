//! camt.110: read into a question, written out of one.

use interbank::{Act, Case, CaseId, Code, Content, Kind, Letter};
use iso20022::view::{Camt110, InvestigationQuestion};
use ledger_core::{
    codec::decode,
    digest::{Domain, Hash32},
    id::{Lei, Uetr},
    signature::Statement as _,
};
use verifier::summary::rfc3339;

use super::{
    Meant, QUESTION_MESSAGE, agent, attached, codes, enclosed, fields, is_named, kind_of,
    narratives, opening, read, reference, sorted, unclear, written,
};
use crate::{
    exceptions::messages::DATE,
    gateway::Gateway,
    headed::Named,
    inquiries::{
        desk::{Asking, Desk},
        known::{self, Known},
    },
    outbox::stored,
    payments::message::{self, is_named as is_kind, name_of},
    port::StoreFault,
    refused::Refused,
    server::bank::parse_uetr,
};

/// External codes of reasons.
const REASONS: &str = "ExternalInvestigationReason1Code";

/// Cases by the `MsgId` of the camt.110 that opened them.
const ASKED: &[u8] = b"case-asked/";

/// A question as a message asks it.
struct Question {
    asking: Asking,
    msg_id: String,
}

/// Opens the case that a core system's camt.110 asks for. The same message again finds it; another one
/// of the same `MsgId` is refused.
///
/// # Errors
/// [`Refused`].
pub(crate) fn ask(desk: &mut Desk<'_>, xml: &[u8]) -> Result<Hash32, Refused> {
    let Question { asking, msg_id } = read_question(desk.gateway, xml)?;
    let (key, hash) = ([ASKED, msg_id.as_bytes()].concat(), Domain::Content.hash(xml));
    if let Some(bytes) = desk.gateway.store.get(&key)? {
        let known: Result<(Hash32, Hash32), _> = decode(&bytes, 64);
        let (before, case) = known.map_err(|_| StoreFault::Damaged)?;
        let same = before == hash;
        return if same { Ok(case) } else { Err(interbank::Refused::DuplicateConflict.into()) };
    }
    let case = *desk.open(asking)?.id.get();
    desk.change.put(stored(key, &(hash, case)));
    Ok(case)
}

/// Reads a camt.110 that this bank's core system posts.
///
/// # Errors
/// [`Refused`], in the order schema and rules, header, kind, what a case has no place for, payment, agents.
fn read_question(gateway: &Gateway, xml: &[u8]) -> Result<Question, Refused> {
    let me = *gateway.lei();
    let message = <Camt110 as iso20022::view::View>::find(xml).map_err(Refused::Rules)?;
    let (kind, payment) = subject(&message)?;
    let known = known::payments(gateway.store.as_ref(), &payment)?;
    if known.is_empty() {
        return Err(Refused::Inquiry(interbank::Refused::UnknownPayment));
    }
    if !is_named(gateway, &requester(&message), &me) {
        return Err(Refused::NotOurAgent);
    }
    let others = known.iter().map(|known| other(known, &me));
    let mut named = others.filter(|bank| is_named(gateway, &responder(&message), bank));
    let to = named.next().ok_or(Refused::Inquiry(interbank::Refused::NotAnAgent))?;
    let _: Camt110 = read(gateway, xml, [&me, &to])?;
    let of_these = |known: &&Known| other(known, &me) == to && is_about(gateway, &message, known);
    if known.iter().find(of_these).is_none() {
        return Err(Refused::Malformed("the original's references are not those of the payment"));
    }
    let asking = Asking {
        payment,
        to: Some(to),
        kind,
        level: None,
        answer_by: None,
        follows: None,
        words: meant(&message)?.words((QUESTION_MESSAGE, xml))?,
    };
    Ok(Question { asking, msg_id: message.msg_id })
}

/// What is asked, about which payment; what a case has no place for is refused.
fn subject(message: &Camt110) -> Result<(Kind, Uetr), Refused> {
    let kind = kind_of(message.kind.as_deref(), message.topic.as_deref())?;
    if message.action.is_some() || message.action_name.is_some() || message.responder_case.is_some()
    {
        return Err(unclear(
            "ReqActn and RspndrInvstgtnId speak of an investigation that exists; close, reopen or \
             withdraw the case by its own endpoint",
        ));
    }
    let uetr = message.original_uetr.as_deref().or(message.initiation_uetr.as_deref());
    let uetr = uetr.ok_or(unclear("Undrlyg names the payment by OrgnlUETR, in IntrBk or Initn"))?;
    Ok((kind, parse_uetr(uetr.trim())?))
}

fn requester(message: &Camt110) -> iso20022::Agent {
    let Camt110 { requester, requester_system, requester_member, requester_lei, .. } = message;
    agent(requester, requester_system, requester_member, requester_lei)
}

fn responder(message: &Camt110) -> iso20022::Agent {
    let Camt110 { responder, responder_system, responder_member, responder_lei, .. } = message;
    agent(responder, responder_system, responder_member, responder_lei)
}

fn other(known: &Known, me: &Lei) -> Lei {
    if known.leg.instructing == *me { known.leg.instructed } else { known.leg.instructing }
}

/// Whether a question names the payment's own references, as far as it names any.
fn is_about(gateway: &Gateway, asked: &Camt110, known: &Known) -> bool {
    let Ok(said) = message::read(gateway, &known.message).map(|read| read.message) else {
        return false;
    };
    let same =
        |given: &Option<String>, own: Option<&str>| given.is_none() || given.as_deref() == own;
    let kind = known.leg.kind;
    same(&asked.original_msg_id, Some(&said.msg_id))
        && same(&asked.original_end_to_end_id, Some(&said.end_to_end_id))
        && same(&asked.original_tx_id, said.tx_id.as_deref())
        && asked.original_message.as_ref().is_none_or(|name| is_kind(kind, name))
        && asked.original_amount.as_ref().is_none_or(|given| given.same_sum(&said.amount))
}

/// What a camt.110 asks, as far as a case has a place for it.
fn meant(message: &Camt110) -> Result<Meant, Refused> {
    let mut meant = Meant::default();
    for row in &message.asked {
        let InvestigationQuestion { reason, part, part_name, .. } = row;
        match fields::field(reason.as_deref(), part.as_deref(), part_name.as_deref()) {
            Some(field) if !meant.asked.contains(&field) => meant.asked.push(field),
            Some(_) => {}
            None => {
                let named = reason.as_ref().or(row.reason_name.as_ref());
                let code = named.and_then(|name| Code::new(name));
                meant.reasons.extend(code.filter(|code| !meant.reasons.contains(code)));
            }
        }
        if let Some(text) = &row.narrative {
            meant.narrative(text);
        }
        for file in &row.files {
            meant.file(file)?;
        }
    }
    meant.asked = sorted(meant.asked);
    Ok(meant)
}

/// The camt.110 of a case: as it came, or made of the letter that opened it.
///
/// # Errors
/// [`Refused::NotAnInvestigation`]; faults.
pub(crate) fn question_of(desk: &Desk<'_>, id: &CaseId) -> Result<Vec<u8>, Refused> {
    let case = desk.case(id)?;
    codes(case.opening.kind)?;
    let letter = opening(desk, &case)?;
    if let Some(xml) = attached(&letter, QUESTION_MESSAGE)
        && says_the_same(desk, &case, (&letter, xml))
    {
        return Ok(xml.to_vec());
    }
    written(&of_letter(desk, &case, &letter)?)
}

/// The references by which the camt.110 of a case is known.
pub(super) fn view_of(desk: &Desk<'_>, case: &Case) -> Result<Camt110, Refused> {
    let xml = question_of(desk, &case.id)?;
    <Camt110 as iso20022::view::View>::find(&xml).map_err(Refused::Rules)
}

/// Whether a message that travelled says what its letter says.
fn says_the_same(desk: &Desk<'_>, case: &Case, (letter, xml): (&Letter, &[u8])) -> bool {
    let banks = [&case.requester, &case.responder];
    let Ok(message) = read::<Camt110>(desk.gateway, xml, banks) else { return false };
    let about = (case.opening.kind, case.payment.uetr);
    subject(&message).is_ok_and(|said| said == about)
        && is_named(desk.gateway, &requester(&message), &case.requester)
        && is_named(desk.gateway, &responder(&message), &case.responder)
        && meant(&message).is_ok_and(|meant| meant == Meant::of_letter(letter))
}

/// A camt.110 of what a letter asks.
fn of_letter(desk: &Desk<'_>, case: &Case, letter: &Letter) -> Result<Camt110, Refused> {
    let gateway = desk.gateway;
    let opened = &letter.message.value;
    let (kind, topic) = codes(case.opening.kind)?;
    let known = known::payments(gateway.store.as_ref(), &case.payment.uetr)?;
    let known = known.into_iter().find(|known| known.leg.id() == case.payment.leg);
    let said = match &known {
        Some(known) => Some(message::read(gateway, &known.message)?.message),
        None => None,
    };
    let said = said.as_ref();
    let (from, to) = (Named::of(gateway, &case.requester), Named::of(gateway, &case.responder));
    let day: String = rfc3339(opened.written).chars().take(DATE).collect();
    Ok(Camt110 {
        msg_id: reference(&opened.digest().to_hex()),
        requester_case: Some(reference(&case.id.to_string())),
        responder_case: None,
        action: None,
        action_name: None,
        kind: Some(kind.to_owned()),
        kind_name: None,
        topic: topic.map(str::to_owned),
        original_msg_id: said.map(|said| said.msg_id.clone()),
        original_message: known.as_ref().map(|known| name_of(known.leg.kind).to_owned()),
        original_created: said.map(|said| said.created.clone()),
        original_instruction_id: said.and_then(|said| said.instr_id.clone()),
        original_end_to_end_id: said.map(|said| said.end_to_end_id.clone()),
        original_tx_id: said.and_then(|said| said.tx_id.clone()),
        original_uetr: Some(case.payment.uetr.to_text()),
        original_amount: said.map(|said| said.amount.clone()),
        initiation_uetr: None,
        requester: from.bic,
        requester_system: None,
        requester_member: None,
        requester_lei: Some(from.lei),
        responder: to.bic,
        responder_system: None,
        responder_member: None,
        responder_lei: Some(to.lei),
        asked: rows(case, &letter.content, letter, &day),
    })
}

fn rows(case: &Case, content: &Content, letter: &Letter, day: &str) -> Vec<InvestigationQuestion> {
    let mut asked: Vec<_> = content.asked.clone();
    let level = match &letter.message.value.act {
        Act::Open(opening) => opening.level,
        _ => None,
    };
    asked.extend(level.map_or(&[][..], interbank::Level::fields));
    let mut asked = sorted(asked);
    asked.dedup();
    let mut rows: Vec<InvestigationQuestion> = asked
        .into_iter()
        .map(|field| {
            let spelled = fields::spelled(field);
            InvestigationQuestion {
                reason: Some(spelled.reason.to_owned()),
                part: spelled.part.map(str::to_owned),
                part_name: spelled.part_name.map(str::to_owned),
                ..row()
            }
        })
        .collect();
    let listed = iso20022::tables::external_codes(REASONS).unwrap_or_default();
    for reason in &content.reasons {
        let (text, coded) = (Some(reason.text().to_owned()), listed.contains(&reason.text()));
        let (reason, reason_name) = if coded { (text, None) } else { (None, text) };
        rows.push(InvestigationQuestion { reason, reason_name, ..row() });
    }
    if rows.is_empty() {
        // A question says why: by its own kind where that is a reason, else in words.
        let (kind, topic) = codes(case.opening.kind).unwrap_or(("NARR", None));
        let named = [topic, Some(kind)].into_iter().flatten().find(|code| listed.contains(code));
        rows.push(InvestigationQuestion {
            reason: Some(named.unwrap_or("NARR").to_owned()),
            ..row()
        });
    }
    for (at, text) in narratives(&content.lines).into_iter().enumerate() {
        match rows.get_mut(at) {
            Some(row) => row.narrative = Some(text),
            None => rows.push(InvestigationQuestion {
                reason: Some("NARR".to_owned()),
                narrative: Some(text),
                ..row()
            }),
        }
    }
    let files = Meant::of_letter(letter).files;
    let files =
        files.iter().enumerate().map(|(at, file)| enclosed(file, at.saturating_add(1), day));
    if let Some(first) = rows.first_mut() {
        first.files.extend(files);
    }
    rows
}

const fn row() -> InvestigationQuestion {
    InvestigationQuestion {
        reason: None,
        reason_name: None,
        part: None,
        part_name: None,
        narrative: None,
        files: Vec::new(),
    }
}
