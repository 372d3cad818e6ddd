//! What a message must keep besides its turn: identity, times, counts.

use ledger_core::{digest::Hash32, time::LedgerTime};

use super::Case;
use crate::{
    limits::{GRACE_MS, MAX_CLOCK_MS, MAX_FORWARDS, MAX_HOPS, MAX_REOPENED, MIN_CLOCK_MS, SKEW_MS},
    message::{Act, CaseId, Message, Opening, Seen},
    refused::Refused,
};

/// A first message: its case's identity follows from it, and nothing is before it.
pub(super) fn opening(
    message: &Message,
    opening: &Opening,
    now: LedgerTime,
) -> Result<(), Refused> {
    if message.from == message.to {
        return Err(Refused::NotAParty);
    }
    let parties = (message.from, message.to);
    if message.case != CaseId::derive(&message.chain, &message.payment, parties, &opening.nonce) {
        return Err(Refused::IdentityMismatch);
    }
    if message.number != 0 {
        return Err(Refused::Gap { expected: 0 });
    }
    if message.previous != Hash32::ZERO {
        return Err(Refused::ChainBroken);
    }
    if message.seen != Seen::default() {
        return Err(Refused::SeenMismatch);
    }
    times(message, LedgerTime::default(), now)?;
    deadline(message.written, opening.answer_by)?;
    let child = opening.parent.is_some();
    match (child, opening.hops) {
        (false, 0) => Ok(()),
        (false, _) | (true, 0) => Err(Refused::ForwardMismatch),
        (true, hops) if hops <= MAX_HOPS => Ok(()),
        (true, _) => Err(Refused::TooManyForwards),
    }
}

/// A message is not before what it follows, nor from the future.
pub(super) fn times(message: &Message, after: LedgerTime, now: LedgerTime) -> Result<(), Refused> {
    if message.written < after {
        return Err(Refused::TimeBackwards);
    }
    if message.written > now.after(SKEW_MS) { Err(Refused::FromFuture) } else { Ok(()) }
}

/// What single acts must keep.
pub(super) fn act(case: &Case, message: &Message) -> Result<(), Refused> {
    match message.act {
        Act::Answer(_) if message.written > case.answer_by => Err(Refused::AnswerLate),
        Act::Expire if message.written < case.answer_by.after(GRACE_MS) => Err(Refused::NotDue),
        Act::Reopen { .. } if case.reopened >= MAX_REOPENED => Err(Refused::ReopenedTooOften),
        Act::Reopen { answer_by } => deadline(message.written, answer_by),
        Act::Forward { .. }
            if case.forwards.len() >= MAX_FORWARDS || case.opening.hops >= MAX_HOPS =>
        {
            Err(Refused::TooManyForwards)
        }
        Act::Forward { child, to } => {
            let elsewhere = to != case.requester && to != case.responder;
            let new = child != case.id && !case.forwards.contains(&child);
            if elsewhere && new { Ok(()) } else { Err(Refused::ForwardMismatch) }
        }
        Act::Open(_)
        | Act::Accept
        | Act::Interim(_)
        | Act::Answer(_)
        | Act::Reject(_)
        | Act::Close
        | Act::Withdraw
        | Act::Expire => Ok(()),
    }
}

fn deadline(asked: LedgerTime, answer_by: LedgerTime) -> Result<(), Refused> {
    let patience = answer_by.get().checked_sub(asked.get());
    match patience {
        Some(patience) if (MIN_CLOCK_MS..=MAX_CLOCK_MS).contains(&patience) => Ok(()),
        Some(_) | None => Err(Refused::DeadlineOutOfRange),
    }
}
