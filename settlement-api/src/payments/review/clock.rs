//! What time and others do to payments that wait for a person.
//!
//! # Invariants P14 what nobody decided in time is rejected; what waited for an inquiry alone is decided
//! #            anew when that was answered and closed

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use interbank::{Act, Stage};
use ledger_core::{
    id::{LegId, Text},
    payment::{LegRecord, LegState},
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
/// Holds that are read between two looks at most.
const AT_A_TIME: usize = 16;
/// The reason of ISO 20022 when nobody decided in time.
const TOO_LATE: &str = "TM01";

/// Looks at what waits, as long as the process runs.
pub(crate) async fn run(gateway: Arc<Gateway>) {
    let mut turn = 0;
    loop {
        if let Err(fault) = once(&gateway, turn, LedgerTime::new(Gateway::now_ms())).await {
            tracing::warn!(%fault, "review.clock");
        }
        turn = turn.wrapping_add(1);
        tokio::time::sleep(LOOK).await;
    }
}

/// One look at all of them.
async fn once(gateway: &Gateway, turn: usize, now: LedgerTime) -> Result<(), Refused> {
    let store = gateway.store.as_ref();
    let pending = Review::pending(store, None)?;
    gateway.metrics.reviews(pending.len());
    let mut unread = Vec::new();
    for leg in &pending {
        if Review::load(store, leg)?.is_some_and(|review| review.hold_ends.is_none()) {
            unread.push(*leg);
        }
    }
    let holds = holds(gateway, unread, turn).await;
    for leg in pending {
        let hold = holds.get(&leg).copied().unwrap_or(Hold::Unread);
        // What goes wrong with one payment keeps no other waiting.
        if let Err(fault) = look(gateway, &leg, (hold, now)).await {
            tracing::warn!(%fault, %leg, "review.clock");
        }
    }
    Ok(())
}

/// What the ledger says of a hold.
#[derive(Clone, Copy)]
enum Hold {
    /// It was not asked, or did not answer: the bank's own time counts anyway.
    Unread,
    /// There is none.
    Absent,
    /// It ends then.
    Until(LedgerTime),
}

/// Reads some of the holds whose end is not known, each time others: whoever delivers what is not held
/// delays nobody else's payments.
async fn holds(gateway: &Gateway, mut unread: Vec<LegId>, turn: usize) -> BTreeMap<LegId, Hold> {
    let from = turn.wrapping_mul(AT_A_TIME).checked_rem(unread.len()).unwrap_or(0);
    unread.rotate_left(from);
    let mut holds = BTreeMap::new();
    for leg in unread.into_iter().take(AT_A_TIME) {
        match hold_of(gateway, &leg).await {
            Ok(hold) => holds.insert(leg, hold),
            // The others would not be answered, either.
            Err(_) => break,
        };
    }
    holds
}

/// When the hold of a leg ends, as the ledger proves it.
async fn hold_of(gateway: &Gateway, leg: &LegId) -> Result<Hold, GatewayFault> {
    Ok(match gateway.ledger.record(&Name::Leg(*leg)).await? {
        Some((Record::Leg(LegRecord { state: LegState::Held { expires, .. }, .. }), _)) => {
            Hold::Until(expires)
        }
        _ => Hold::Absent,
    })
}

/// One look at a payment.
async fn look(
    gateway: &Gateway,
    leg: &LegId,
    (hold, now): (Hold, LedgerTime),
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
    let mut over = now >= review.decide_by;
    match hold {
        // What its bank has not the money for is held nowhere (P15): this bank's own time counts.
        Hold::Unread | Hold::Absent => {}
        Hold::Until(ends) => {
            review = review.held_until(ends, &gateway.review);
            store.write(review.writes().into())?;
            over |= now >= review.decide_by;
        }
    }
    let record = InboxRecord::load(store, leg)?.ok_or(StoreFault::Damaged)?;
    let reviewed = Reviewed { record, review };
    if over {
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
