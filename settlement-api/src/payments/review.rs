//! Payments that a person of the bank that is paid decides on, before it says yes or no.
//!
//! ```text
//! inbox, a rule names it -> open --accept--> proposed --approve, by another client--> accepted
//!                             |  \--reject--> rejected   \--reject--> rejected  \-> refused by the gate
//!                             |-- waits for an inquiry alone, closed as answered -> decided anew
//!                             |-- nobody decided in time -> TM01
//!                             \-- the money was freed -> voided
//! ```
//!
//! # Place      [`super::inbox`] -> [review] -> the signed answer that the payer's gateway asks for
//! # Invariants P14 the decision is one write with its answer, under the payment's turn; no yes leaves
//! #            without two clients' word, unless the payment waited for an inquiry alone
//! # Absent     who may call (`server`)

use interbank::{CaseId, Room, Stage, content::Line};
use ledger_core::{
    id::{Text, Uetr},
    signature::KeySignature,
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    delivery::{Decision, Delivery},
    inbox::{self, InboxRecord, Judged},
};
use crate::{
    anchors,
    exceptions::answering,
    gateway::Gateway,
    inquiries::desk,
    keys::Purpose,
    payments::delivery::Answer,
    port::{StoreFault, Write},
    refused::Refused,
};

pub mod clock;
pub mod policy;
pub mod record;
pub mod refused;
pub mod report;

pub use refused::ReviewRefused;

use policy::Why;
use record::{MAX_PENDING, Review, ReviewStage};

/// What the payer's bank is told while a person has to decide: nothing of why.
pub(crate) const AWAITS_REVIEW: &str = "awaits_review";
/// What it is told when nobody did in time.
const NOT_DECIDED: &str = "not_decided_in_time";
/// The reason of ISO 20022 that is said in words.
const NARRATIVE: &str = "NARR";
/// Deliveries under one UETR that are looked at.
const MAX_LEGS: usize = 32;
/// Characters of the words of a rejection at most.
const MAX_WORDS: usize = 105;

/// Why a delivery waits for a person, and for which cases; it does not if there is no reason.
///
/// # Errors
/// Faults.
pub(super) fn why(
    gateway: &Gateway,
    delivery: &Delivery,
    judged: &Judged,
) -> Result<(Vec<Why>, Vec<CaseId>), Refused> {
    let payment = &delivery.payment;
    let (named, holder) = (judged.message.creditor.name.as_deref(), &judged.creditor.name);
    let mut why = gateway.review.why(payment.money, named, holder);
    let open = inquiries(gateway, &payment.leg.uetr, |stage| stage.writer().is_some())?;
    if !open.is_empty() {
        why.push(Why::Inquiry);
    }
    Ok((why, open))
}

/// Cases in which this bank asks about a payment, of these stages.
fn inquiries(
    gateway: &Gateway,
    uetr: &Uetr,
    wanted: impl Fn(Stage) -> bool,
) -> Result<Vec<CaseId>, Refused> {
    desk::read(gateway, |desk| {
        let room = Room::new(*gateway.lei(), *uetr, [], []);
        let room = desk.book.furnish(room, uetr).map_err(Refused::from)?;
        let own = room.cases().filter(|case| case.requester == *gateway.lei());
        Ok(own.filter(|case| wanted(case.stage())).map(|case| case.id).collect())
    })
}

/// Keeps a delivery as one that a person decides; nothing is kept when too many do already.
///
/// # Errors
/// Faults.
pub(super) async fn begin(
    gateway: &Gateway,
    (delivery, by): (Delivery, KeySignature),
    why: (Vec<Why>, Vec<CaseId>),
) -> Result<Option<InboxRecord>, Refused> {
    if Review::pending(gateway.store.as_ref(), None)?.len() >= MAX_PENDING {
        return Ok(None);
    }
    let review = Review::begin(delivery.payment.leg, why, &gateway.review);
    let waits = Text::new(NARRATIVE).zip(Text::new(AWAITS_REVIEW));
    let (iso, code) = waits.ok_or(StoreFault::Damaged)?;
    let answer = Answer {
        chain: delivery.chain,
        leg: delivery.payment.leg.id(),
        message: delivery.payment.message,
        decision: Decision::PendingBecause(iso, code),
    };
    let answer = gateway.sign(Purpose::Settlement, answer)?;
    let record = InboxRecord { delivery, by, answer, received: review.received };
    let rows = inbox::kept(&record).into_iter().chain(review.writes()).collect();
    gateway.events.keep(rows, inbox::facts(&record)).await?;
    tracing::info!(leg = %review.leg.id(), why = ?review.why, "inbox.review");
    Ok(Some(record))
}

/// A payment and its review.
#[derive(Clone, Debug)]
pub struct Reviewed {
    /// As it was delivered and answered.
    pub record: InboxRecord,
    /// Its review.
    pub review: Review,
}

impl Reviewed {
    /// The payment with this UETR that waits for a person, else one that did.
    fn find(gateway: &Gateway, uetr: &Uetr) -> Result<Self, Refused> {
        let store = gateway.store.as_ref();
        let delivered = InboxRecord::all_by_uetr(store, uetr, MAX_LEGS)?;
        if delivered.is_empty() {
            return Err(Refused::NotFound);
        }
        let mut reviewed = Vec::new();
        for record in delivered {
            if let Some(review) = Review::load(store, &record.delivery.payment.leg.id())? {
                reviewed.push(Self { record, review });
            }
        }
        let waits = reviewed.iter().position(|one| one.review.is_pending()).unwrap_or(0);
        let found = (waits < reviewed.len()).then(|| reviewed.swap_remove(waits));
        found.ok_or(Refused::Review(ReviewRefused::NotReviewed))
    }

    /// Whether a person may decide now.
    fn check(&self, gateway: &Gateway) -> Result<(), Refused> {
        let leg = self.review.leg.id();
        if gateway.view.leg_voided(&leg)?.is_some() {
            return Err(Refused::Review(ReviewRefused::HoldEnded));
        }
        if LedgerTime::new(Gateway::now_ms()) >= self.review.decide_by {
            return Err(Refused::Review(ReviewRefused::Expired));
        }
        Ok(())
    }

    /// Whether a person may say yes now.
    fn check_yes(&self, gateway: &Gateway) -> Result<(), Refused> {
        self.check(gateway)?;
        if answering::is_asked_back(gateway, &self.review.leg.id())? {
            return Err(Refused::Review(ReviewRefused::AskedBack));
        }
        let open = inquiries(gateway, &self.review.leg.uetr, |stage| stage.writer().is_some())?;
        if open.is_empty() { Ok(()) } else { Err(Refused::Review(ReviewRefused::InquiryOpen)) }
    }

    /// Keeps a decision with what is written with it: answer, review, row of the anchor and event in
    /// one write.
    async fn conclude(
        self,
        gateway: &Gateway,
        (decision, mut rows): (Decision, Vec<Write>),
        (stage, by): (ReviewStage, Option<&str>),
    ) -> Result<Self, Refused> {
        let record = self.record.answered(gateway, decision)?;
        let review = self.review.after(stage, by);
        rows.extend(inbox::kept(&record));
        rows.extend(review.writes());
        rows.push(anchors::pending(&record.answer.value.anchored(Gateway::now_ms())));
        gateway.events.keep(rows, inbox::facts(&record)).await?;
        tracing::info!(leg = %review.leg.id(), stage = review.stage.name(), "inbox.reviewed");
        Ok(Self { record, review })
    }

    /// Asks the gate again, by what is known now, and keeps what comes of it.
    async fn decide(self, gateway: &Gateway, by: Option<&str>) -> Result<Self, Refused> {
        let decided = inbox::decide(gateway, &self.record.delivery).await?;
        let stage = match &decided.decision {
            Decision::Accepted(_) => ReviewStage::Accepted,
            _ => ReviewStage::Refused,
        };
        let (decision, rows) = (decided.decision.clone(), decided.rows.clone());
        let concluded = self.conclude(gateway, (decision, rows), (stage, by)).await;
        drop(decided);
        concluded
    }

    /// Why nobody may decide any more.
    const fn over(&self) -> ReviewRefused {
        match &self.review.stage {
            ReviewStage::Late => ReviewRefused::Expired,
            ReviewStage::Voided => ReviewRefused::HoldEnded,
            ReviewStage::Open
            | ReviewStage::Proposed(_)
            | ReviewStage::Accepted
            | ReviewStage::Rejected
            | ReviewStage::Refused => ReviewRefused::Decided,
        }
    }
}

/// A client says yes; another one must agree. Said again it changes nothing.
///
/// # Errors
/// [`Refused::NotFound`]; [`Refused::Review`].
pub async fn accept(gateway: &Gateway, uetr: &Uetr, client: &str) -> Result<Reviewed, Refused> {
    let _turn = gateway.turns.one(uetr).await;
    let found = Reviewed::find(gateway, uetr)?;
    match &found.review.stage {
        ReviewStage::Open => {}
        ReviewStage::Proposed(_) | ReviewStage::Accepted => return Ok(found),
        ReviewStage::Rejected | ReviewStage::Refused | ReviewStage::Late | ReviewStage::Voided => {
            return Err(Refused::Review(found.over()));
        }
    }
    found.check_yes(gateway)?;
    let review = found.review.after(ReviewStage::Proposed(client.to_owned()), Some(client));
    gateway.store.write(review.writes().into())?;
    Ok(Reviewed { review, ..found })
}

/// Another client agrees: the gate is asked again, and what it says is this bank's answer.
///
/// # Errors
/// [`Refused::SamePerson`] when it is the client that said yes; as [`accept`].
pub async fn approve(gateway: &Gateway, uetr: &Uetr, client: &str) -> Result<Reviewed, Refused> {
    let _turn = gateway.turns.one(uetr).await;
    let found = Reviewed::find(gateway, uetr)?;
    match &found.review.stage {
        ReviewStage::Proposed(by) if by == client => return Err(Refused::SamePerson),
        ReviewStage::Proposed(_) => {}
        ReviewStage::Open => return Err(Refused::Review(ReviewRefused::NotProposed)),
        ReviewStage::Accepted => return Ok(found),
        ReviewStage::Rejected | ReviewStage::Refused | ReviewStage::Late | ReviewStage::Voided => {
            return Err(Refused::Review(found.over()));
        }
    }
    found.check_yes(gateway)?;
    found.decide(gateway, Some(client)).await
}

/// A no to a payment that waits.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectInput {
    /// Why: a code of the external status reasons of ISO 20022. It is said to the payer's bank.
    #[schema(pattern = "^[A-Z0-9]{4}$")]
    pub reason: String,
    /// The same in words, for the payer's bank: at most 105 ASCII characters; needed for the reason
    /// `NARR`.
    #[serde(default)]
    #[schema(max_length = 105)]
    pub information: Option<String>,
}

impl RejectInput {
    /// The no that it is.
    ///
    /// # Errors
    /// [`Refused::Malformed`]; [`ReviewRefused::ReasonUnknown`].
    fn decision(&self) -> Result<Decision, Refused> {
        let codes = iso20022::tables::external_codes("ExternalStatusReason1Code");
        if !codes.is_some_and(|codes| codes.contains(&self.reason.as_str())) {
            return Err(Refused::Review(ReviewRefused::ReasonUnknown));
        }
        let iso = Text::new(&self.reason);
        let iso = iso.ok_or(Refused::Review(ReviewRefused::ReasonUnknown))?;
        let Some(words) = &self.information else {
            return match iso.get() {
                NARRATIVE => Err(Refused::Malformed("the reason NARR needs information")),
                _ => Ok(Decision::Rejected(iso)),
            };
        };
        let plain = words.len() <= MAX_WORDS
            && words.trim() == words
            && words.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        let line = Line::new(words).filter(|_| plain);
        let line = line.ok_or(Refused::Malformed("information is 1 to 105 ASCII characters"))?;
        Ok(Decision::RejectedSaying(iso, line))
    }
}

/// A client says no, which is final. The same no again changes nothing.
///
/// # Errors
/// [`Refused::Malformed`] or [`ReviewRefused::ReasonUnknown`]; as [`accept`].
pub async fn reject(
    gateway: &Gateway,
    uetr: &Uetr,
    client: &str,
    input: &RejectInput,
) -> Result<Reviewed, Refused> {
    let decision = input.decision()?;
    let _turn = gateway.turns.one(uetr).await;
    let found = Reviewed::find(gateway, uetr)?;
    match &found.review.stage {
        ReviewStage::Open | ReviewStage::Proposed(_) => {}
        ReviewStage::Rejected if found.record.answer.value.decision == decision => {
            return Ok(found);
        }
        ReviewStage::Rejected
        | ReviewStage::Accepted
        | ReviewStage::Refused
        | ReviewStage::Late
        | ReviewStage::Voided => return Err(Refused::Review(found.over())),
    }
    found.check(gateway)?;
    let said = (ReviewStage::Rejected, Some(client));
    found.conclude(gateway, (decision, Vec::new()), said).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p14_a_no_has_a_reason_of_iso_20022_and_words_that_a_message_can_carry() {
        let said = |reason: &str, information: Option<&str>| {
            let information = information.map(str::to_owned);
            RejectInput { reason: reason.to_owned(), information }.decision()
        };
        assert!(matches!(said("AC04", None), Ok(Decision::Rejected(iso)) if iso.get() == "AC04"));
        let words = "the invoice is unknown to our customer";
        assert!(matches!(
            said("NARR", Some(words)),
            Ok(Decision::RejectedSaying(iso, line)) if iso.get() == "NARR" && line.get() == words
        ));
        let long = "x".repeat(MAX_WORDS + 1);
        for (reason, words, code) in [
            ("XXXX", None, "reason_unknown"),
            ("ac04", None, "reason_unknown"),
            ("", None, "reason_unknown"),
            ("NARR", None, "request_malformed"),
            ("AC04", Some(""), "request_malformed"),
            ("AC04", Some(" x"), "request_malformed"),
            ("AC04", Some("\u{e9}"), "request_malformed"),
            ("AC04", Some("a\nb"), "request_malformed"),
            ("AC04", Some(long.as_str()), "request_malformed"),
        ] {
            assert_eq!(said(reason, words).unwrap_err().code(), code, "{reason} {words:?}");
        }
    }
}
