//! What becomes of a payment from when its bank has not the money for it.
//!
//! # Place      [`super::super::workflow`] -> [steps] -> outbox; settled by [`super::runner`], or a solver
//! # Invariants P15 it is enqueued with the beneficiary bank's yes and no money; its end is read from
//! #            receipts of its leg, whoever brought it about

use ledger_core::{
    command::{Acceptance, Command, VoidReason},
    id::{CommandId, Text},
    queue::Enqueue,
    receipt::{Effect, Outcome},
    refusal::Refusal,
    signature::Signed,
    time::LedgerTime,
};

use super::{Listed, MAX_SHORT, MAX_WAIT_MS, Wish, listed, unlisted, waiting};
use crate::{
    anchors,
    gateway::{CommandOutcome, Gateway, GatewayFault},
    payments::{
        delivery::{Answer, Decision},
        offer::{self, Patience},
        record::{PaymentRecord, Reason, Stage},
        workflow::{self, Change, Gated, LOOK, Next},
    },
    port::StoreFault,
};

/// The stage of a payment that its bank cannot pay now, if it may wait.
pub(in crate::payments) fn begin(
    gateway: &Gateway,
    record: &PaymentRecord,
) -> Result<Next, StoreFault> {
    let store = gateway.store.as_ref();
    let Some(wish) = Wish::load(store, &record.leg())? else { return Ok(None) };
    if waiting(store, None)?.len() >= MAX_SHORT {
        return Ok(None);
    }
    let until = wish.until(LedgerTime::new(Gateway::now_ms()));
    let mut change = Change::to(Stage::Short(gateway.answer_by(), until), Some("PDNG"));
    change.rows.push(listed(record, wish.priority));
    Ok(Some(change))
}

/// One that has its place on the ledger from before this gateway's records begin, as after a restore.
pub(in crate::payments) fn found(
    gateway: &Gateway,
    record: &PaymentRecord,
) -> Result<Change, StoreFault> {
    let leg = record.leg();
    let wish = Wish::load(gateway.store.as_ref(), &leg)?;
    let wish = wish.unwrap_or_else(|| Wish::by(&gateway.queue));
    let until = LedgerTime::new(Gateway::now_ms()).after(MAX_WAIT_MS);
    let mut change = Change::to(Stage::Queued(until), Some("PDNG"));
    change.rows.extend([wish.write(&leg), listed(record, wish.priority)]);
    Ok(change)
}

/// Whether a payment that may wait finds others that go before it: it does not pass them.
pub(in crate::payments) fn goes_behind(
    gateway: &Gateway,
    record: &PaymentRecord,
) -> Result<bool, StoreFault> {
    let store = gateway.store.as_ref();
    let Some(wish) = Wish::load(store, &record.leg())? else { return Ok(false) };
    let before = waiting(store, Some(&record.payment.debit))?;
    let priority = |one: &Listed| {
        let placed = gateway.queues.place(&one.account, &one.leg);
        placed.map_or(one.priority, |(_, priority)| priority)
    };
    Ok(before.iter().any(|before| priority(before) >= wish.priority))
}

/// Gives the message to the beneficiary bank until it decides, or its time for that is over.
pub(in crate::payments) async fn short(
    gateway: &Gateway,
    record: &PaymentRecord,
    (answer_by, until): (LedgerTime, LedgerTime),
) -> Result<Next, GatewayFault> {
    if let Some(next) = given_up(gateway, record).await? {
        return Ok(Some(next));
    }
    if let Some(next) = offer(gateway, record, until).await? {
        return Ok(Some(next));
    }
    if gateway.view.refresh_time().await? >= answer_by {
        return close(gateway, record, workflow::no_answer()).await;
    }
    Ok(None)
}

/// The same while a person of the beneficiary bank has to decide: as long as the payment may wait.
pub(in crate::payments) async fn reviewed(
    gateway: &Gateway,
    record: &PaymentRecord,
    (until, patience): (LedgerTime, &mut Patience),
) -> Result<Next, GatewayFault> {
    if let Some(next) = given_up(gateway, record).await? {
        return Ok(Some(next));
    }
    if patience.is_over()
        && let Some(next) = offer(gateway, record, until).await?
    {
        return Ok(Some(next));
    }
    if gateway.view.recent_time().await? >= until {
        return close(gateway, record, workflow::no_answer()).await;
    }
    Ok(None)
}

async fn offer(
    gateway: &Gateway,
    record: &PaymentRecord,
    until: LedgerTime,
) -> Result<Next, GatewayFault> {
    let answer = match offer::ask(gateway, record).await {
        Ok(answer) => answer,
        Err(fault) => {
            tracing::info!(%fault, leg = %record.leg(), "payments.offer");
            return Ok(None);
        }
    };
    let no = |iso: &Text, code: &str| {
        let reason = Reason { code: code.to_owned(), iso: iso.get().to_owned() };
        Some(workflow::rejected(reason, None))
    };
    let next = match &answer.value.decision {
        Decision::Pending => None,
        Decision::PendingBecause(..) if matches!(record.stage, Stage::ShortReviewed(..)) => None,
        Decision::PendingBecause(iso, code) => {
            let reason = Reason { code: code.get().to_owned(), iso: iso.get().to_owned() };
            // It is no answer yet, and nothing is kept of it.
            let stage = Stage::ShortReviewed(reason, until);
            return Ok(Some(Change::to(stage, Some("PDNG"))));
        }
        Decision::Accepted(yes) => Some(Change::to(Stage::ShortAccepted(yes.clone(), until), None)),
        Decision::Rejected(iso) | Decision::RejectedSaying(iso, _) => {
            no(iso, "rejected_by_beneficiary_bank")
        }
        Decision::RejectedBecause(iso, code) => no(iso, code.get()),
    };
    Ok(next.map(|change| kept(change, record, &answer)))
}

/// A stage with the answer that led to it, as evidence.
fn kept(mut change: Change, record: &PaymentRecord, answer: &Signed<Answer>) -> Change {
    let anchored = anchors::pending(&answer.value.anchored(Gateway::now_ms()));
    change.rows.extend([record.answered(answer), anchored]);
    if matches!(change.stage, Stage::Rejected(..)) {
        change.rows.push(unlisted(record));
    }
    change
}

/// Whether this bank wants the payment no more: it is cancelled, or its leg was closed.
async fn given_up(gateway: &Gateway, record: &PaymentRecord) -> Result<Next, GatewayFault> {
    let leg = record.leg();
    if let Some(closed) = gateway.view.leg_effect(&leg, Effect::ClosedUnsettled)? {
        let mut change = workflow::rejected(Reason::closed(), Some(closed.proof.receipt.command));
        change.rows.push(unlisted(record));
        return Ok(Some(change));
    }
    if is_cancelled(gateway, record)? {
        return close(gateway, record, Reason::cancelled()).await;
    }
    Ok(None)
}

fn is_cancelled(gateway: &Gateway, record: &PaymentRecord) -> Result<bool, StoreFault> {
    let wish = Wish::load(gateway.store.as_ref(), &record.leg())?;
    Ok(wish.is_some_and(|wish| wish.cancelled))
}

/// Fixes the leg: the other bank, which may have said yes, sees that nothing will come.
async fn close(
    gateway: &Gateway,
    record: &PaymentRecord,
    reason: Reason,
) -> Result<Next, GatewayFault> {
    let command = Command::Close(record.payment.leg);
    workflow::submit(gateway, command, |id| Stage::Closing(id, reason), None).await
}

/// Waits until the leg is closed.
pub(in crate::payments) async fn await_close(
    gateway: &Gateway,
    record: &PaymentRecord,
    (command, reason): (&CommandId, &Reason),
) -> Result<Next, GatewayFault> {
    Ok(match gateway.outcome(command, LOOK).await? {
        CommandOutcome::Applied => {
            let settled = gateway.view.leg_effect(&record.leg(), Effect::Settled)?;
            let mut change = match settled {
                Some(proved) => settled_by(proved.proof.receipt.command),
                None => workflow::rejected(reason.clone(), Some(*command)),
            };
            change.rows.push(unlisted(record));
            Some(change)
        }
        CommandOutcome::Refused(_) | CommandOutcome::Expired => {
            return close(gateway, record, reason.clone()).await;
        }
        CommandOutcome::Pending => None,
    })
}

const fn settled_by(command: CommandId) -> Change {
    Change::to(Stage::Settled(command), Some("ACSC"))
}

/// Puts an accepted payment into the queue of its account.
pub(in crate::payments) async fn enqueue(
    gateway: &Gateway,
    record: &PaymentRecord,
    (yes, until): (&Signed<Acceptance>, LedgerTime),
) -> Result<Next, GatewayFault> {
    if let Some(next) = given_up(gateway, record).await? {
        return Ok(Some(next));
    }
    let wish = Wish::load(gateway.store.as_ref(), &record.leg())?.ok_or(StoreFault::Damaged)?;
    if gateway.view.recent_time().await? >= until {
        return close(gateway, record, Reason::no_funds_in_time()).await;
    }
    let cleared = match workflow::gated(gateway, record)? {
        Gated::Cleared(cleared) => cleared,
        Gated::Rejected(reason) => return close(gateway, record, reason).await,
        Gated::Later => return Ok(None),
    };
    let (payment, gate) = *cleared;
    let (acceptance, priority) = (yes.clone(), wish.priority);
    let queued = Enqueue { payment, gate, acceptance, priority, expires: until };
    let stage = |command| Stage::Enqueuing(yes.clone(), until, command);
    workflow::submit(gateway, Command::Enqueue(queued), stage, None).await
}

/// Waits until it has its place, or settled at once.
pub(in crate::payments) async fn await_enqueue(
    gateway: &Gateway,
    record: &PaymentRecord,
    (yes, until, command): (&Signed<Acceptance>, LedgerTime, &CommandId),
) -> Result<Next, GatewayFault> {
    Ok(match gateway.outcome(command, LOOK).await? {
        CommandOutcome::Applied | CommandOutcome::Refused(Refusal::LegUsed) => {
            // What stands under the leg is this payment or nothing of this gateway's records.
            let change = Change::to(Stage::Queued(until), None);
            let its = |effect| gateway.view.leg_effect(&record.leg(), effect);
            let known = its(Effect::Queued)?.is_some() || its(Effect::Settled)?.is_some();
            if !known {
                let reason = workflow::reason_of(Refusal::LegUsed);
                let mut change = workflow::rejected(reason, Some(*command));
                change.rows.push(unlisted(record));
                return Ok(Some(change));
            }
            Some(change)
        }
        CommandOutcome::Refused(Refusal::LedgerHalted) | CommandOutcome::Expired => {
            Some(Change::to(Stage::ShortAccepted(yes.clone(), until), None))
        }
        CommandOutcome::Refused(refusal) => {
            return close(gateway, record, workflow::reason_of(refusal)).await;
        }
        CommandOutcome::Pending => None,
    })
}

/// Waits for the end of a queued payment, whoever brings it about.
pub(in crate::payments) async fn queued(
    gateway: &Gateway,
    record: &PaymentRecord,
) -> Result<Next, GatewayFault> {
    let leg = record.leg();
    if let Some(settled) = gateway.view.leg_effect(&leg, Effect::Settled)? {
        let mut change = settled_by(settled.proof.receipt.command);
        change.rows.push(unlisted(record));
        return Ok(Some(change));
    }
    let cancelled = is_cancelled(gateway, record)?;
    if let Some(ended) = gateway.view.leg_voided(&leg)? {
        let reason = match ended.proof.receipt.outcome {
            Outcome::Applied(Effect::Voided(VoidReason::Expired)) => Reason::no_funds_in_time(),
            Outcome::Applied(Effect::Voided(VoidReason::Rejected)) => {
                Reason { code: "rejected_by_beneficiary_bank".to_owned(), iso: "MS03".to_owned() }
            }
            _ if cancelled => Reason::cancelled(),
            _ => Reason::closed(),
        };
        let mut change = workflow::rejected(reason, Some(ended.proof.receipt.command));
        change.rows.push(unlisted(record));
        return Ok(Some(change));
    }
    if cancelled {
        return workflow::void(gateway, record, VoidReason::Withdrawn, Reason::cancelled()).await;
    }
    Ok(None)
}
