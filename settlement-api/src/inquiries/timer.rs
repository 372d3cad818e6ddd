//! What time and messages make due: reminders, escalation, expiry, closing; children of ended cases,
//! answers of children, rules.
//!
//! # Place      [`super::run`] -> [timer] -> desk
//! # Invariants B4 each mark acts once; B9 a task is done in the write that takes it away, so it is done
//! #            once, also when the process ends anywhere
//! # Absent     whom an escalation calls, and what follows for the payment (planned)

use interbank::{
    Act, CaseId, Stage,
    book::{Task, Words},
    case::Effect,
    port::Store as _,
};
use ledger_core::{codec::decode, time::LedgerTime};

use super::{
    change::Change,
    desk::{self, Desk},
    draft::Prepared,
    rules,
};
use crate::{gateway::Gateway, outbox::stored, port::StoreFault, refused::Refused};

/// Tasks of one look at most.
const TASKS: usize = 64;
/// What a desk was told of a case because time went on.
const NOTICE: &[u8] = b"inquiry/notice/";
const MAX_NOTICE: usize = 256;

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
            tracing::info!(case = %case.id, stage = stage.name(), "inquiries.ended");
            Ok(())
        }
        Effect::WithdrawChild(child) => {
            desk.act(&child, Act::Withdraw, Words::default()).map(|_| ())
        }
        Effect::AnswerParent(parent) => {
            notice(desk, &parent, "child_answered");
            Ok(())
        }
        Effect::Remind(percent) => {
            notice(desk, &case.id, if percent < 80 { "reminder_50" } else { "reminder_80" });
            Ok(())
        }
        Effect::Escalate => {
            tracing::warn!(case = %case.id, "inquiries.escalated");
            notice(desk, &case.id, "escalated");
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

/// Tells the desk of a case something.
fn notice(desk: &Desk<'_>, case: &CaseId, what: &str) {
    let at = desk.now.get().to_be_bytes();
    let key = [NOTICE, case.get().get(), &at, what.as_bytes()].concat();
    desk.change.put(stored(key, &(desk.now, what)));
}

/// What the desk of a case was told, oldest first.
pub(crate) fn notices(
    change: &Change<'_>,
    case: &CaseId,
) -> Result<Vec<(LedgerTime, String)>, Refused> {
    let found = change.scan(&[NOTICE, case.get().get()].concat(), usize::MAX)?.into_iter();
    let notices =
        found.map(|(_, bytes)| decode(&bytes, MAX_NOTICE).map_err(|_| StoreFault::Damaged));
    Ok(notices.collect::<Result<_, _>>()?)
}
