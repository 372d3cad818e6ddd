//! Forwarding: the responder asks the next agent in a case of its own, and passes the answer back.
//!
//! ```text
//! requester --parent--> responder = requester --child--> next agent
//!           <--answer-- (relayed)            <--answer--
//! ```
//!
//! The next agent learns nothing of the first case but that there is one; the first requester learns
//! who was asked and, with the answer, its digest. The parent's clock goes on.
//!
//! # Invariants B6 a child is asked for at most what its parent was, and sooner

use ledger_core::{
    digest::Hash32,
    id::{LegId, Lei},
    signature::Statement as _,
    time::LedgerTime,
};

use crate::{
    case::{Case, Side, Stage},
    content::{Content, Document},
    limits::{MAX_HOPS, MIN_CLOCK_MS},
    message::{Act, Answering, CaseId, Genuine, Opening, Subject},
    refused::Refused,
};

/// What a responder writes to forward a case: first the child's opening, then the act in the parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forwarding {
    /// What the child is about.
    pub payment: Subject,
    /// How the child begins.
    pub opening: Opening,
    /// The child.
    pub child: CaseId,
    /// What is written in the parent.
    pub act: Act,
}

/// Part of the remaining time that the responder keeps for itself: one tenth.
const KEPT: u64 = 10;

/// How a case is forwarded to the next agent, who is asked about the leg between it and this bank:
/// the parent's leg it need not know.
///
/// # Errors
/// [`Refused::WrongWriter`], those of [`Stage::after`], [`Refused::TooManyForwards`],
/// [`Refused::ForwardMismatch`], [`Refused::DeadlineOutOfRange`].
pub fn forward(
    parent: &Case,
    (to, leg): (Lei, LegId),
    nonce: Hash32,
    now: LedgerTime,
) -> Result<Forwarding, Refused> {
    if parent.me != Some(Side::Responder) {
        return Err(Refused::WrongWriter);
    }
    let payment = Subject { leg, ..parent.payment };
    let child = CaseId::derive(&parent.chain, &payment, (parent.responder, to), &nonce);
    let act = Act::Forward { child, to };
    parent.stage().after(Side::Responder, &act)?;
    if parent.opening.hops >= MAX_HOPS {
        return Err(Refused::TooManyForwards);
    }
    if to == parent.requester || to == parent.responder {
        return Err(Refused::ForwardMismatch);
    }
    let left = parent.answer_by().get().saturating_sub(now.get());
    let kept = left.checked_div(KEPT).unwrap_or_default();
    let patience = left.saturating_sub(kept);
    if patience < MIN_CLOCK_MS {
        return Err(Refused::DeadlineOutOfRange);
    }
    let opening = Opening {
        answer_by: now.after(patience),
        nonce,
        parent: Some(parent.id),
        hops: parent.opening.hops.saturating_add(1),
        follows: None,
        ..parent.opening
    };
    Ok(Forwarding { payment, opening, child, act })
}

/// What a child's answer becomes in its parent: the same words and documents, and its digest. The
/// message that the next agent's core system wrote stays behind, since it names that agent.
///
/// # Errors
/// [`Refused::NotTheChildsAnswer`] when the letter is not the last answer of an own child that was
/// answered.
pub fn relay(
    parent: &Case,
    child: &Case,
    answer: &Genuine,
) -> Result<(Act, Content, Vec<Document>), Refused> {
    let refused = Refused::NotTheChildsAnswer;
    let related = parent.forwards().contains(&child.id) && child.opening.parent == Some(parent.id);
    let answered = matches!(child.stage(), Stage::Answered | Stage::Closed);
    let message = answer.message();
    let last = child.trail().iter().rev().find(|entry| entry.answer.is_some());
    let digest = message.digest();
    let is_last = message.case == child.id && last.is_some_and(|entry| entry.digest == digest);
    let Act::Answer(answering) = message.act else { return Err(refused) };
    if !related || !answered || !is_last {
        return Err(refused);
    }
    let act = Act::Answer(Answering { relayed: Some(digest), rule: None, ..answering });
    let (mut content, letter) = (answer.content().clone(), answer.letter());
    let marks = content.documents.iter().zip(&letter.documents);
    let documents = marks.filter(|(mark, _)| !mark.is_message()).map(|(_, one)| one.clone());
    let documents = documents.collect();
    content.documents.retain(|mark| !mark.is_message());
    Ok((act, content, documents))
}
