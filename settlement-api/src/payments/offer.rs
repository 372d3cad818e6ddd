//! A held payment is offered to the beneficiary bank, until that bank decides or the time is over.
//!
//! # Place      [`super::workflow`] -> [offer] -> inbox of the beneficiary bank
//! # Invariants P14 only an answer that a person has to decide lets a payment wait for the end of its hold
//! # Absent     what follows from a yes (`workflow`)

use std::time::Duration;

use ledger_core::{
    command::VoidReason,
    id::Text,
    payment::LegState,
    receipt::Effect,
    record::{Name, Record},
    signature::Signed,
    time::LedgerTime,
};
use tokio::time::Instant;

use super::{
    delivery::{Answer, Decision, Delivery},
    record::{PaymentRecord, Reason, Stage},
    workflow::{Change, Next, PAUSE, no_answer, rejected, void},
};
use crate::{
    anchors,
    exceptions::{asking, recall::Asking},
    gateway::{Gateway, GatewayFault},
    keys::Purpose,
    peers::{self, AskError},
};

/// The longest pause between questions to a bank whose person has to decide.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// When the other bank is asked again: the longer its person takes, the more seldom.
pub(super) struct Patience {
    next: Instant,
    pause: Duration,
}

impl Patience {
    pub(super) fn new() -> Self {
        Self { next: Instant::now(), pause: PAUSE }
    }

    /// Whether it is time to ask; then the next time is later.
    pub(super) fn is_over(&mut self) -> bool {
        let over = Instant::now() >= self.next;
        if over {
            self.next = Instant::now() + self.pause;
            self.pause = self.pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
        over
    }
}

/// Gives the message to the beneficiary bank until it decides, says that a person has to, or its time
/// is over.
pub(super) async fn deliver(
    gateway: &Gateway,
    record: &PaymentRecord,
) -> Result<Next, GatewayFault> {
    if let Some(next) = offer(gateway, record).await? {
        return Ok(Some(next));
    }
    if gateway.view.refresh_time().await? >= record.answer_by {
        // The hold itself lasts longer: for banks that say that they look at it (P14).
        return void(gateway, record, VoidReason::Withdrawn, no_answer()).await;
    }
    Ok(None)
}

/// The same while a person of the beneficiary bank has to decide: as long as the hold lasts.
pub(super) async fn review(
    gateway: &Gateway,
    record: &PaymentRecord,
    (until, patience): (LedgerTime, &mut Patience),
) -> Result<Next, GatewayFault> {
    if !patience.is_over() {
        return given_up(gateway, record).await;
    }
    if let Some(next) = offer(gateway, record).await? {
        return Ok(Some(next));
    }
    if gateway.view.refresh_time().await? >= until {
        return void(gateway, record, VoidReason::Expired, no_answer()).await;
    }
    Ok(None)
}

/// Asks the beneficiary bank, unless the payment is not to be had any more, or is asked back (X8).
async fn offer(gateway: &Gateway, record: &PaymentRecord) -> Result<Next, GatewayFault> {
    if let Some(next) = given_up(gateway, record).await? {
        return Ok(Some(next));
    }
    // This bank wants it back: it is not offered until the other bank has decided.
    if asking::open(gateway, &record.leg())?.is_some() {
        return Ok(None);
    }
    match ask(gateway, record).await {
        Ok(answer) => decided(gateway, record, &answer).await,
        Err(fault) => {
            tracing::info!(%fault, leg = %record.leg(), "payments.deliver");
            Ok(None)
        }
    }
}

/// What became of a held payment at this bank: its leg was closed, or both banks gave it up.
async fn given_up(gateway: &Gateway, record: &PaymentRecord) -> Result<Next, GatewayFault> {
    // This bank closed the leg meanwhile: nothing can settle under it any more.
    if let Some(closed) = gateway.view.leg_effect(&record.leg(), Effect::ClosedUnsettled)? {
        return Ok(Some(rejected(Reason::closed(), Some(closed.proof.receipt.command))));
    }
    match asking::open(gateway, &record.leg())? {
        // The other bank agrees that it is cancelled (X8).
        Some(Asking::Agreed) => {
            void(gateway, record, VoidReason::Withdrawn, Reason::recalled()).await
        }
        Some(_) | None => Ok(None),
    }
}

/// The next stage by a bank's answer, which is kept with it as evidence.
async fn decided(
    gateway: &Gateway,
    record: &PaymentRecord,
    answer: &Signed<Answer>,
) -> Result<Next, GatewayFault> {
    let rejected = |iso: &Text, code: &str| {
        let reason = Reason { code: code.to_owned(), iso: iso.get().to_owned() };
        void(gateway, record, VoidReason::Withdrawn, reason)
    };
    let next = match &answer.value.decision {
        Decision::Pending => None,
        Decision::PendingBecause(iso, code) => return reviewed(gateway, record, (iso, code)).await,
        Decision::Accepted(acceptance) => {
            Some(Change::to(Stage::Accepted(acceptance.clone()), Some("ACWP")))
        }
        Decision::Rejected(iso) | Decision::RejectedSaying(iso, _) => {
            rejected(iso, "rejected_by_beneficiary_bank").await?
        }
        Decision::RejectedBecause(iso, code) => rejected(iso, code.get()).await?,
    };
    Ok(next.map(|mut change| {
        let anchored = anchors::pending(&answer.value.anchored(Gateway::now_ms()));
        change.rows.extend([record.answered(answer), anchored]);
        change
    }))
}

/// A person of the beneficiary bank has to decide: the payment waits as long as its hold lasts, which
/// is what the ledger says, whatever this gateway's configuration is by now.
async fn reviewed(
    gateway: &Gateway,
    record: &PaymentRecord,
    (iso, code): (&Text, &Text),
) -> Result<Next, GatewayFault> {
    if matches!(record.stage, Stage::Reviewed(..)) {
        return Ok(None);
    }
    let Some((Record::Leg(leg), _)) = gateway.ledger.record(&Name::Leg(record.leg())).await? else {
        return Ok(None);
    };
    let LegState::Held { expires, .. } = leg.state else { return Ok(None) };
    let reason = Reason { code: code.get().to_owned(), iso: iso.get().to_owned() };
    Ok(Some(Change::to(Stage::Reviewed(reason, expires), Some("PDNG"))))
}

/// Asks the beneficiary bank what it says to a payment.
pub(super) async fn ask(
    gateway: &Gateway,
    record: &PaymentRecord,
) -> Result<Signed<Answer>, AskError> {
    let leg = record.payment.leg;
    let chain = gateway.genesis().chain_id();
    let delivery = Delivery {
        chain,
        from: leg.instructing,
        to: leg.instructed,
        payment: record.payment,
        salt: record.salt,
        message: record.xml.clone(),
    };
    let signed = gateway.sign(Purpose::Settlement, delivery)?;
    let route = (leg.instructing, leg.instructed, leg.id());
    let answer: Signed<Answer> = peers::ask(gateway, route, "/v1/inbox", &signed).await?;
    let about_this = answer.value.chain == chain
        && answer.value.leg == leg.id()
        && answer.value.message == record.payment.message;
    if !about_this {
        return Err(AskError::NotItsAnswer);
    }
    match &answer.value.decision {
        Decision::Accepted(acceptance) if acceptance.value.payment != record.payment.hash() => {
            Err(AskError::NotItsAnswer)
        }
        Decision::Accepted(acceptance) if !acceptance.claim().holds() => {
            Err(AskError::NotItsAnswer)
        }
        Decision::Accepted(_)
        | Decision::Rejected(_)
        | Decision::RejectedBecause(..)
        | Decision::RejectedSaying(..)
        | Decision::PendingBecause(..)
        | Decision::Pending => Ok(answer),
    }
}
