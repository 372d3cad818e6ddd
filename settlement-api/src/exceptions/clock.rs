//! The clock of recalls, and what both banks' people are told of them.
//!
//! ```text
//! asked -- half of the time --> recall_reminder -- the rest --> recall_overdue
//! ```
//!
//! # Place      [`super::asking`], [`super::answering`] -> [clock] -> the feed
//! # Invariants X9 a reminder is told once, in one write with that it was; time alone answers no recall
//! # Absent     what a bank does with one that is overdue: it may still be answered

use std::{sync::Arc, time::Duration};

use ledger_core::{codec::decode, digest::Hash32, id::Leg, money::Currency, time::LedgerTime};

use super::{
    answering::recalled,
    messages::read_recall,
    recall::{Answering, AskedRecall, Asking, Kept, RecallDecision, ReceivedRecall, unfinished},
    report::payment,
};
use crate::{
    events::feed::{Direction, Fact},
    gateway::Gateway,
    outbox::stored,
    payments::record::PaymentRecord,
    port::{KeyValue, StoreFault},
    refused::Refused,
};

/// How often people were reminded of a recall.
const REMINDED: &[u8] = b"recall/reminded/";
/// Pause between two looks.
const LOOK: Duration = Duration::from_secs(2);

/// When a recall that was asked then is to be answered: a business day of its currency later, unless the
/// bank has settled otherwise.
pub(super) fn answer_by(
    gateway: &Gateway,
    currency: Currency,
    timeline: &[(String, u64)],
) -> Option<LedgerTime> {
    let asked = LedgerTime::new(timeline.first()?.1);
    Some(match gateway.recall_time {
        Some(time) => asked.after(u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
        None => gateway.value_dates.deadlines(Some(currency)).business_days_after(asked, 1),
    })
}

/// Which words remind of a recall at a time, and how many were said then.
fn due(asked: LedgerTime, answer_by: LedgerTime, now: LedgerTime) -> (u8, &'static str) {
    let half = answer_by.get().saturating_sub(asked.get()) / 2;
    if now >= answer_by {
        (2, "recall_overdue")
    } else if now >= asked.after(half) {
        (1, "recall_reminder")
    } else {
        (0, "")
    }
}

/// Looks at recalls that nobody answered, as long as the process runs.
pub(crate) async fn run(gateway: Arc<Gateway>) {
    loop {
        if let Err(fault) = once(&gateway, LedgerTime::new(Gateway::now_ms())).await {
            tracing::warn!(%fault, "exceptions.clock");
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn once(gateway: &Gateway, now: LedgerTime) -> Result<(), Refused> {
    let store = gateway.store.as_ref();
    for id in unfinished(store)? {
        let (request, timeline, fact) = if let Some(asked) = AskedRecall::load(store, &id)? {
            let waits = matches!(asked.stage, Asking::Requested | Asking::Delivered);
            if !waits {
                continue;
            }
            let fact = asked_fact(gateway, &asked)?;
            (asked.request.value, asked.timeline, fact)
        } else if let Some(received) = ReceivedRecall::load(store, &id)? {
            let waits = matches!(received.stage, Answering::Open | Answering::Proposed(_));
            if !waits {
                continue;
            }
            let fact = received_fact(gateway, &received)?;
            (received.request.value, received.timeline, Some(fact))
        } else {
            continue;
        };
        let asked = timeline.first().map_or(0, |(_, at)| *at);
        let (_, money) = payment(gateway, &request, &read_recall(&request.message)?)?;
        let Some(by) = answer_by(gateway, money.currency(), &timeline) else { continue };
        let (count, code) = due(LedgerTime::new(asked), by, now);
        if count <= reminded(store, &id)? {
            continue;
        }
        let iso = if count == 1 { "NARR" } else { "TM01" };
        let reason = Some((code.to_owned(), iso.to_owned()));
        let facts = fact.map(|fact| Fact { reason, ..fact }).into_iter().collect();
        gateway.events.keep(vec![stored(key(&id), &count)], facts).await?;
        tracing::warn!(recall = %id, code, "exceptions.clock");
    }
    Ok(())
}

fn key(id: &Hash32) -> Vec<u8> {
    [REMINDED, id.get()].concat()
}

fn reminded(store: &dyn KeyValue, id: &Hash32) -> Result<u8, StoreFault> {
    match store.get(&key(id))? {
        Some(bytes) => decode(&bytes, 1).map_err(|_| StoreFault::Damaged),
        None => Ok(0),
    }
}

/// What the bank that asks is told of a recall as it stands.
///
/// # Errors
/// [`StoreFault`].
pub(super) fn asked_fact(
    gateway: &Gateway,
    record: &AskedRecall,
) -> Result<Option<Fact>, StoreFault> {
    let sent = PaymentRecord::load(gateway.store.as_ref(), &record.request.value.leg)?;
    let answer = record.answer.as_ref().map(|answer| &answer.value.decision);
    Ok(sent.map(|sent| fact(sent.payment.leg, Direction::Outgoing, answer, record.is_final())))
}

/// What the bank that is asked is told of a recall as it stands.
///
/// # Errors
/// [`Refused`], when the recall is about nothing that this bank knows; faults of the store.
pub(super) fn received_fact(gateway: &Gateway, record: &ReceivedRecall) -> Result<Fact, Refused> {
    let request = &record.request.value;
    let (leg, _) = recalled(gateway, request, &read_recall(&request.message)?)?;
    let answer = record.answer.as_ref().map(|answer| &answer.value.decision);
    Ok(fact(leg, Direction::Incoming, answer, record.is_final()))
}

fn fact(leg: Leg, direction: Direction, answer: Option<&RecallDecision>, ended: bool) -> Fact {
    let (status, reason) = match answer.filter(|_| ended) {
        Some(RecallDecision::Rejected(code)) => {
            ("RJCR", Some(("recall_rejected".to_owned(), code.get().to_owned())))
        }
        Some(RecallDecision::Returned(_) | RecallDecision::Voided) => ("CNCL", None),
        Some(RecallDecision::Pending | RecallDecision::Agreed) | None => ("PDCR", None),
    };
    Fact { leg, direction, status: status.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x9_people_are_reminded_at_half_of_the_time_and_at_its_end() {
        let at = LedgerTime::new;
        for (now, expected) in [
            (1_000, (0, "")),
            (1_499, (0, "")),
            (1_500, (1, "recall_reminder")),
            (1_999, (1, "recall_reminder")),
            (2_000, (2, "recall_overdue")),
            (u64::MAX, (2, "recall_overdue")),
        ] {
            assert_eq!(due(at(1_000), at(2_000), at(now)), expected, "{now}");
        }
    }
}
