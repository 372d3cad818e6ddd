//! What time and others do to payments that wait for a person.
//!
//! # Invariants P14 what nobody decided in time is rejected; what waited for an inquiry alone is decided
//! #            anew when that was answered and closed

use std::{sync::Arc, time::Duration};

use interbank::{Act, Stage};
use ledger_core::{
    id::{LegId, Text},
    payment::LegState,
    record::{Name, Record},
    time::LedgerTime,
};

use super::{Decision, NOT_DECIDED, Review, ReviewStage, Reviewed, inquiries, policy::Why};
use crate::{
    gateway::{Gateway, GatewayFault},
    inquiries::desk,
    payments::inbox::InboxRecord,
    port::StoreFault,
    refused::Refused,
};

/// Pause between two looks.
const LOOK: Duration = Duration::from_secs(1);
/// The reason of ISO 20022 when nobody decided in time.
const TOO_LATE: &str = "TM01";

/// Looks at what waits, as long as the process runs.
pub(crate) async fn run(gateway: Arc<Gateway>) {
    loop {
        if let Err(fault) = once(&gateway, LedgerTime::new(Gateway::now_ms())).await {
            tracing::warn!(%fault, "review.clock");
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// One look at all of them.
async fn once(gateway: &Gateway, now: LedgerTime) -> Result<(), Refused> {
    let pending = Review::pending(gateway.store.as_ref(), None)?;
    gateway.metrics.reviews(pending.len());
    for leg in pending {
        let known = Review::load(gateway.store.as_ref(), &leg)?;
        let unread = known.is_some_and(|review| review.hold_ends.is_none());
        // Whoever cannot be asked now is asked at the next look; the bank's own time counts anyway.
        let hold = if unread { hold_of(gateway, &leg).await.unwrap_or_default() } else { None };
        look(gateway, &leg, (hold, now)).await?;
    }
    Ok(())
}

/// When the hold of a leg ends, as the ledger proves it.
async fn hold_of(gateway: &Gateway, leg: &LegId) -> Result<Option<LedgerTime>, GatewayFault> {
    let found = gateway.ledger.record(&Name::Leg(*leg)).await?;
    Ok(match found {
        Some((Record::Leg(record), _)) => match record.state {
            LegState::Held { expires, .. } => Some(expires),
            LegState::Settled { .. }
            | LegState::Voided(_)
            | LegState::Closed
            | LegState::Scheduled { .. }
            | LegState::Queued { .. }
            | LegState::Delivered { .. } => None,
        },
        _ => None,
    })
}

/// One look at a payment.
async fn look(
    gateway: &Gateway,
    leg: &LegId,
    (hold, now): (Option<LedgerTime>, LedgerTime),
) -> Result<(), Refused> {
    let store = gateway.store.as_ref();
    let Some(known) = Review::load(store, leg)? else { return Ok(()) };
    let _turn = gateway.turns.one(&known.leg.uetr).await;
    // It may have been decided meanwhile.
    let Some(mut review) = Review::load(store, leg)?.filter(Review::is_pending) else {
        return Ok(());
    };
    if gateway.view.leg_voided(leg)?.is_some() {
        let review = review.after(ReviewStage::Voided, None);
        return Ok(store.write(review.writes().into())?);
    }
    if let Some(ends) = hold.filter(|_| review.hold_ends.is_none()) {
        review = review.held_until(ends, &gateway.review);
        store.write(review.writes().into())?;
    }
    let record = InboxRecord::load(store, leg)?.ok_or(StoreFault::Damaged)?;
    let reviewed = Reviewed { record, review };
    if now >= reviewed.review.decide_by {
        let no = Text::new(TOO_LATE).zip(Text::new(NOT_DECIDED)).ok_or(StoreFault::Damaged)?;
        let no = Decision::RejectedBecause(no.0, no.1);
        reviewed.conclude(gateway, (no, Vec::new()), (ReviewStage::Late, None)).await?;
    } else if reviewed.review.why == [Why::Inquiry] && is_satisfied(gateway, &reviewed)? {
        reviewed.decide(gateway, None).await?;
    }
    Ok(())
}

/// Whether every case that a payment waited for was answered and closed, and no other is open.
fn is_satisfied(gateway: &Gateway, reviewed: &Reviewed) -> Result<bool, Refused> {
    if reviewed.check_yes(gateway).is_err() {
        return Ok(false);
    }
    let closed = inquiries(gateway, &reviewed.review.leg.uetr, |stage| stage == Stage::Closed)?;
    if !reviewed.review.cases.iter().all(|case| closed.contains(case)) {
        return Ok(false);
    }
    desk::read(gateway, |desk| {
        let said = |case| -> Result<bool, Refused> {
            let letters = desk.book.kept(case)?;
            let answer = letters.iter().rev().find_map(|letter| match &letter.message().act {
                Act::Answer(answering) => Some(answering.outcome),
                _ => None,
            });
            Ok(answer.is_some_and(|outcome| outcome.text() != "NINF"))
        };
        let mut all = true;
        for case in &reviewed.review.cases {
            all &= said(case)?;
        }
        Ok(all)
    })
}
