//! What time and messages make due: reminders, escalation, expiry, closing; children of ended cases,
//! answers of children, rules.
//!
//! # Place      [`super::run`] -> [timer] -> desk
//! # Invariants B4 each mark acts once; B9 a task is done in the write that takes it away, so it is done
//! #            once, also when the process ends anywhere
//! #            B14 whoever is to be told is named in the case and in the event, in that write
//! # Absent     what follows for the payment (planned)

use interbank::{
    Act, Case, CaseId, Side, Stage,
    book::{Task, Words},
    case::Effect,
    port::Store as _,
};
use ledger_core::{codec::decode, time::LedgerTime};
use serde::{Deserialize, Serialize};

use super::{
    change::Change,
    desk::{self, Desk},
    draft::Prepared,
    rules,
};
use crate::{
    events::news::{News, Topic},
    gateway::Gateway,
    outbox::stored,
    port::StoreFault,
    refused::Refused,
};

/// Tasks of one look at most.
const TASKS: usize = 64;
/// What a desk was told of a case because time went on, without contacts: rows of before there were any.
const NOTICE: &[u8] = b"inquiry/notice/";
/// The same, with whom else it is told.
const TOLD: &[u8] = b"inquiry/told/";
const MAX_NOTICE: usize = 1_024;

/// One look at the clock, and everything that is to be done by then.
pub(crate) async fn work(gateway: &Gateway, now: LedgerTime) -> Result<(), Refused> {
    desk::change(gateway, now, |desk| Ok(desk.book.tick(now)?)).await?;
    loop {
        let tasks = desk::read(gateway, |desk| Ok(desk.book.tasks(TASKS)?))?;
        if tasks.is_empty() {
            return Ok(());
        }
        for task in tasks {
            perform(gateway, &task, now).await?;
        }
    }
}

/// Does a task and takes it away, in one write. One that the rules of cases refuse by now, as when the
/// case has ended meanwhile, is taken away alone.
async fn perform(gateway: &Gateway, task: &Task, now: LedgerTime) -> Result<(), Refused> {
    let done = desk::change(gateway, now, |desk| {
        act(desk, task)?;
        Ok(desk.book.done(task)?)
    });
    match done.await {
        Err(Refused::Inquiry(refused)) => {
            tracing::info!(code = refused.code(), case = %task.case, "inquiries.task");
            desk::change(gateway, now, |desk| Ok(desk.book.done(task)?)).await
        }
        other => other,
    }
}

fn act(desk: &mut Desk<'_>, task: &Task) -> Result<(), Refused> {
    let case = desk.case(&task.case)?;
    match task.effect {
        Effect::Turn => rules::answer(desk, &case),
        Effect::Ended(stage) => {
            desk.change.remove(Prepared::key(&case.id));
            if stage == Stage::Expired {
                let contact = desk.gateway.contacts.escalated(case.opening.kind);
                notice(desk, &case, "expired", contact);
            }
            tracing::info!(case = %case.id, stage = stage.name(), "inquiries.ended");
            Ok(())
        }
        Effect::WithdrawChild(child) => {
            desk.act(&child, Act::Withdraw, Words::default()).map(|_| ())
        }
        Effect::AnswerParent(parent) => {
            let parent = desk.case(&parent)?;
            notice(desk, &parent, "child_answered", None);
            Ok(())
        }
        Effect::Remind(percent) => {
            let what = if percent < 80 { "reminder_50" } else { "reminder_80" };
            notice(desk, &case, what, desk.gateway.contacts.reminded());
            Ok(())
        }
        Effect::Escalate => {
            tracing::warn!(case = %case.id, "inquiries.escalated");
            let contact = desk.gateway.contacts.escalated(case.opening.kind);
            notice(desk, &case, "escalated", contact);
            Ok(())
        }
        Effect::Expire => desk.act(&case.id, Act::Expire, Words::default()).map(|_| ()),
        // Reopened or closed by hand meanwhile: the rules say so.
        Effect::Close if case.stage() == Stage::Answered => {
            desk.act(&case.id, Act::Close, Words::default()).map(|_| ())
        }
        Effect::Close => Ok(()),
    }
}

/// Something that a desk was told, as it is stored.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Notice {
    /// When.
    pub(crate) at: LedgerTime,
    /// What.
    pub(crate) what: String,
    /// Who else is told.
    pub(crate) contact: Option<String>,
}

/// Tells the desk of a case something, and whoever follows events.
fn notice(desk: &Desk<'_>, case: &Case, what: &str, contact: Option<&str>) {
    let at = desk.now;
    let key = [TOLD, case.id.get().get(), &at.get().to_be_bytes(), what.as_bytes()].concat();
    let contact = contact.map(str::to_owned);
    let (what, told) = (what.to_owned(), contact.clone());
    desk.change.put(stored(key, &Notice { at, what: what.clone(), contact }));
    let other = match desk::side(case) {
        Side::Requester => case.responder,
        Side::Responder => case.requester,
    };
    desk.change.tell(News {
        topic: Topic::Case,
        what,
        other,
        uetr: Some(case.payment.uetr),
        case: Some(case.id.to_string()),
        due: Some(case.answer_by()),
        changes: Vec::new(),
        contact: told,
        once: at.get().to_be_bytes().to_vec(),
    });
}

/// What the desk of a case was told, oldest first.
pub(crate) fn notices(change: &Change<'_>, case: &CaseId) -> Result<Vec<Notice>, Refused> {
    let damaged = |_| StoreFault::Damaged;
    let mut notices = Vec::new();
    for (_, bytes) in change.scan(&[NOTICE, case.get().get()].concat(), usize::MAX)? {
        let (at, what) = decode(&bytes, MAX_NOTICE).map_err(damaged)?;
        notices.push(Notice { at, what, contact: None });
    }
    for (_, bytes) in change.scan(&[TOLD, case.get().get()].concat(), usize::MAX)? {
        notices.push(decode(&bytes, MAX_NOTICE).map_err(damaged)?);
    }
    notices.sort_by_key(|notice| notice.at);
    Ok(notices)
}
