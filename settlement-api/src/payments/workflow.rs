//! The workflow of a payment: one step after the other, each on disk before the next.
//!
//! Every step may be repeated: commands carry ids, a leg is consumed once, a delivery is answered
//! the same way twice. So after a crash a payment is simply driven on from where its record is.
//!
//! # Place      intake -> [workflow] -> outbox, `offer` -> party view
//! # Invariants I9 a payment ends settled or rejected with its money back, never in between
//! # Absent     retries of the customer's wish (a rejected payment needs a new UETR)

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use iso20022::Pacs008;
use kyc_gateway::{Clearance, GateRefusal};
use ledger_core::{
    command::{
        Acceptance, Command, GateAttestation, Hold, Payment, Post, SignedCommand, Void, VoidReason,
    },
    digest::Hash32,
    id::{CommandId, Uetr},
    payment::LegState,
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
    signature::Signed,
    time::LedgerTime,
};

use crate::{
    customers::CustomerRecord,
    fx::paying,
    gateway::{CommandOutcome, Gateway, GatewayFault},
    keys::Purpose,
    payments::{
        intake::{self, Asked, Duplicates},
        offer::{self, Patience},
        queue::{self, Wish},
        record::{PaymentRecord, Reason, Stage},
        waiting::{self, MAX_WAITING},
    },
    port::{StoreFault, Write},
    refused::Refused,
    status::iso_reason,
};

/// How long one look at a command's fate lasts.
pub(super) const LOOK: Duration = Duration::from_secs(20);
/// Pause after a fault, and between questions to a bank that has not decided.
pub(super) const PAUSE: Duration = Duration::from_millis(500);
/// How long a clearance holds, in milliseconds.
const CLEARANCE_MS: u64 = 120_000;

/// Drives every unfinished payment on.
///
/// # Errors
/// [`StoreFault`].
pub fn resume(gateway: &Arc<Gateway>) -> Result<(), StoreFault> {
    for record in PaymentRecord::all(gateway.store.as_ref(), usize::MAX)? {
        if !record.rests() {
            start(gateway, record);
        }
    }
    Ok(())
}

/// Enters a payment once and drives it on: a resend finds what the first one made (P3). It is done to
/// its end also when nobody waits for it any more.
///
/// # Errors
/// [`Refused`].
pub(crate) async fn enter(
    gateway: &Arc<Gateway>,
    message: &Pacs008,
    asked: &Asked,
) -> Result<PaymentRecord, Refused> {
    let (gateway, message, asked) = (Arc::clone(gateway), message.clone(), asked.clone());
    let entering = tokio::spawn(async move { enter_alone(&gateway, &message, &asked).await });
    entering.await.unwrap_or(Err(Refused::NotReady))
}

async fn enter_alone(
    gateway: &Arc<Gateway>,
    message: &Pacs008,
    asked: &Asked,
) -> Result<PaymentRecord, Refused> {
    let twin = twin_of(gateway, asked);
    // An exchange is spent once, whatever payments name it.
    let (mut one, mut all) = (None, None);
    match message.uetr.filter(|_| asked.exchange.is_none()) {
        Some(uetr) => {
            let uetr = Uetr::new(uetr.into_bytes());
            one = Some(match &twin {
                Some(twin) => gateway.turns.one_of(&uetr, twin).await,
                None => gateway.turns.one(&uetr).await,
            });
        }
        None => all = Some(gateway.turns.all().await),
    }
    if let Some(known) = known(gateway, message, asked)? {
        return Ok(known);
    }
    if gateway.halt.is_on() {
        return Err(Refused::LedgerHalted);
    }
    let record = intake::take(gateway, message, asked)?;
    let waits = record.stage == Stage::Waiting;
    if waits && gateway.waiting.load(Ordering::Relaxed) >= MAX_WAITING {
        return Err(Refused::TooManyWaiting);
    }
    let wish = Wish::of(&gateway.queue, asked.queue.as_ref(), asked.urgency.as_deref())?;
    let mut facts = vec![record.fact("RCVD")];
    let mut writes = vec![record.write(), record.index()];
    writes.extend(wish.map(|wish| wish.write(&record.leg())));
    writes.extend(twin.map(|twin| record.twin(&twin)));
    writes.extend(asked.came.as_ref().map(|came| record.came_as(&came.name)));
    if waits {
        facts.push(record.fact("PDNG"));
        writes.push(waiting::row(&record));
    }
    if let Some(exchange) = &asked.exchange {
        writes.push(paying::spend(gateway, exchange, &record.leg())?);
    }
    gateway.events.keep(writes, facts).await?;
    drop((one, all));
    if waits {
        gateway.waiting.fetch_add(1, Ordering::Relaxed);
    } else {
        start(gateway, record.clone());
    }
    Ok(record)
}

/// By what a message that repeats another one is known, where it is to be refused (P13).
fn twin_of(gateway: &Gateway, asked: &Asked) -> Option<Hash32> {
    asked.twin.filter(|_| gateway.duplicates == Duplicates::Refuse)
}

/// The payment that the same content made before (P3).
///
/// # Errors
/// [`Refused::Conflict`] when the leg was used with other content, or the UETR towards another bank:
/// whoever asks for a payment by its UETR must mean one. [`Refused::Twin`] (P13).
pub(crate) fn known(
    gateway: &Gateway,
    message: &Pacs008,
    asked: &Asked,
) -> Result<Option<PaymentRecord>, Refused> {
    let instructed = gateway.directory.by_alias(&message.instructed_agent.identifiers());
    let Some(instructed) = instructed else { return Ok(None) };
    let leg = intake::leg_of((asked.kind, message), *gateway.lei(), instructed.lei);
    let store = gateway.store.as_ref();
    match PaymentRecord::load(store, &leg.id())? {
        Some(known) if known.request != asked.request => Err(Refused::Conflict),
        Some(known) => Ok(Some(known)),
        None if PaymentRecord::by_uetr(store, &leg.uetr)?.is_some() => Err(Refused::Conflict),
        None => {
            let twin = twin_of(gateway, asked);
            let twin = twin.map(|twin| PaymentRecord::by_twin(store, &twin)).transpose()?;
            // What was rejected moved nothing, and may be sent again under another UETR.
            let paid = |twin: PaymentRecord| !matches!(twin.stage, Stage::Rejected(..));
            if twin.flatten().is_some_and(paid) { Err(Refused::Twin) } else { Ok(None) }
        }
    }
}

/// Drives a payment in the background.
pub fn start(gateway: &Arc<Gateway>, record: PaymentRecord) {
    tokio::spawn(drive(Arc::clone(gateway), record));
}

async fn drive(gateway: Arc<Gateway>, mut record: PaymentRecord) {
    let mut patience = Patience::new();
    while !record.rests() {
        match step(&gateway, &record, &mut patience).await {
            Ok(Some(Change { stage, status, mut rows, command })) => {
                let freed = matches!(record.stage, Stage::Voiding(..));
                record.stage = stage;
                if freed && record.is_final() {
                    rows.push(queue::unlisted(&record));
                }
                let facts: Vec<_> = status.map(|status| record.fact(status)).into_iter().collect();
                if let Some(status) = status {
                    record.timeline.push((status.to_owned(), Gateway::now_ms()));
                }
                let writes = || rows.iter().cloned().chain([record.write()]).collect();
                // Until it is on disk nothing further is done: a full disk delays, it loses nothing.
                while let Err(fault) = gateway.events.keep(writes(), facts.clone()).await {
                    tracing::error!(%fault, leg = %record.leg(), "payments.workflow");
                    tokio::time::sleep(PAUSE).await;
                }
                if let Some(command) = command {
                    gateway.outbox.send(&command).await;
                }
            }
            Ok(None) => tokio::time::sleep(PAUSE).await,
            Err(fault) => {
                tracing::warn!(%fault, leg = %record.leg(), "payments.workflow");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    gateway.metrics.payment_ended(record.timeline.last().map_or("", |(status, _)| status));
}

/// What a step comes to, written as a whole before anything further is done.
pub(super) struct Change {
    pub(super) stage: Stage,
    status: Option<&'static str>,
    /// What is written besides the record and the event.
    pub(super) rows: Vec<Write>,
    /// What is sent afterwards.
    command: Option<SignedCommand>,
}

impl Change {
    pub(super) const fn to(stage: Stage, status: Option<&'static str>) -> Self {
        Self { stage, status, rows: Vec::new(), command: None }
    }
}

pub(super) type Next = Option<Change>;

/// One step: the next stage, or nothing yet.
async fn step(
    gateway: &Gateway,
    record: &PaymentRecord,
    patience: &mut Patience,
) -> Result<Next, GatewayFault> {
    match &record.stage {
        Stage::Received => hold(gateway, record).await,
        Stage::Holding(command) => await_hold(gateway, record, command).await,
        Stage::Held => offer::deliver(gateway, record).await,
        Stage::Reviewed(_, until) => offer::review(gateway, record, (*until, patience)).await,
        Stage::Accepted(acceptance) => post(gateway, record, acceptance).await,
        Stage::Posting(acceptance, command) => {
            await_post(gateway, record, acceptance, command).await
        }
        Stage::Voiding(command, reason) => await_void(gateway, record, command, reason).await,
        Stage::Short(answer_by, until) => {
            queue::steps::short(gateway, record, (*answer_by, *until)).await
        }
        Stage::ShortReviewed(_, until) => {
            queue::steps::reviewed(gateway, record, (*until, patience)).await
        }
        Stage::ShortAccepted(yes, until) => {
            queue::steps::enqueue(gateway, record, (yes, *until)).await
        }
        Stage::Enqueuing(yes, until, command) => {
            queue::steps::await_enqueue(gateway, record, (yes, *until, command)).await
        }
        Stage::Queued(_) => queue::steps::queued(gateway, record).await,
        Stage::Closing(command, reason) => {
            queue::steps::await_close(gateway, record, (command, reason)).await
        }
        Stage::Settled(_) | Stage::Rejected(..) | Stage::Waiting => Ok(None),
    }
}

/// What the gate says of a payment.
pub(super) enum Gated {
    /// It passed.
    Cleared(Box<(Payment, Signed<GateAttestation>)>),
    /// It ends here.
    Rejected(Reason),
    /// Nothing yet.
    Later,
}

/// What comes of a payment at the gate.
pub(crate) enum Cleared {
    /// It may be held under this clearance.
    Hold(Box<Hold>),
    /// It ends here.
    Rejected(Reason),
    /// Nothing yet.
    Later,
}

/// Asks the gate (K2), with what is known of the paying customer now.
///
/// # Errors
/// [`GatewayFault`].
pub(crate) fn cleared(gateway: &Gateway, record: &PaymentRecord) -> Result<Cleared, GatewayFault> {
    if record.answer_by <= LedgerTime::new(Gateway::now_ms()) {
        return Ok(Cleared::Rejected(no_answer()));
    }
    Ok(match gated(gateway, record)? {
        Gated::Cleared(cleared) => {
            let (payment, gate) = *cleared;
            let expires = gateway.hold_expires(record.answer_by);
            Cleared::Hold(Box::new(Hold { payment, gate, expires }))
        }
        Gated::Rejected(reason) => Cleared::Rejected(reason),
        Gated::Later => Cleared::Later,
    })
}

/// Asks the gate alone.
pub(super) fn gated(gateway: &Gateway, record: &PaymentRecord) -> Result<Gated, GatewayFault> {
    let Some(gate) = &gateway.gate else { return Ok(Gated::Later) };
    let now = LedgerTime::new(Gateway::now_ms());
    let customer = CustomerRecord::load(gateway.store.as_ref(), &record.debtor_account)?;
    let Some(customer) = customer else {
        return Ok(Gated::Rejected(reason_of_gate(&GateRefusal::StandingMissing)));
    };
    let clearance = Clearance {
        payment: record.payment,
        debtor: customer.standing(),
        names: record.names.iter().map(String::as_str).collect(),
        now,
        expires: now.after(CLEARANCE_MS),
    };
    Ok(match gate.admit(&clearance) {
        Ok(admitted) => Gated::Cleared(Box::new(admitted.into_parts())),
        Err(GateRefusal::Signer(fault)) => {
            tracing::warn!(%fault, "payments.gate");
            Gated::Later
        }
        Err(refusal) => Gated::Rejected(reason_of_gate(&refusal)),
    })
}

async fn hold(gateway: &Gateway, record: &PaymentRecord) -> Result<Next, GatewayFault> {
    match cleared(gateway, record)? {
        Cleared::Hold(hold) => {
            if queue::steps::goes_behind(gateway, record)?
                && let Some(waits) = queue::steps::begin(gateway, record)?
            {
                return Ok(Some(waits));
            }
            submit(gateway, Command::Hold(*hold), Stage::Holding, Some("ACTC")).await
        }
        Cleared::Rejected(reason) => Ok(Some(rejected(reason, None))),
        Cleared::Later => Ok(None),
    }
}

async fn await_hold(
    gateway: &Gateway,
    record: &PaymentRecord,
    command: &CommandId,
) -> Result<Next, GatewayFault> {
    Ok(match gateway.outcome(command, LOOK).await? {
        CommandOutcome::Applied => Some(Change::to(Stage::Held, Some("ACFC"))),
        CommandOutcome::Refused(Refusal::LegUsed) => Some(used(gateway, record, command)?),
        // A halt keeps a payment waiting, as long as its hold could still be made.
        CommandOutcome::Refused(Refusal::LedgerHalted) | CommandOutcome::Expired => {
            Some(Change::to(Stage::Received, None))
        }
        CommandOutcome::Refused(refusal) => {
            let short = refusal == Refusal::InsufficientFunds;
            let waits = if short { queue::steps::begin(gateway, record)? } else { None };
            waits.or_else(|| Some(rejected(reason_of(refusal), Some(*command))))
        }
        CommandOutcome::Pending => None,
    })
}

/// A leg that was used before this gateway's records begin, as after a restore: when the same money
/// settled, is held or waits under it, this is that payment, and saying no would invite paying it twice.
fn used(
    gateway: &Gateway,
    record: &PaymentRecord,
    command: &CommandId,
) -> Result<Change, GatewayFault> {
    let leg = record.leg();
    let of_this = |effect| {
        let proved = gateway.view.leg_effect(&leg, effect)?;
        let receipt = proved.map(|proved| proved.proof.receipt);
        Ok::<_, StoreFault>(receipt.filter(|found| found.money == Some(record.payment.money)))
    };
    if let Some(settled) = of_this(Effect::Settled)? {
        return Ok(Change::to(Stage::Settled(settled.command), Some("ACSC")));
    }
    if of_this(Effect::Held)?.is_some() && gateway.view.leg_voided(&leg)?.is_none() {
        return Ok(Change::to(Stage::Held, Some("ACFC")));
    }
    if of_this(Effect::Queued)?.is_some() && gateway.view.leg_voided(&leg)?.is_none() {
        return Ok(queue::steps::found(gateway, record)?);
    }
    Ok(rejected(reason_of(Refusal::LegUsed), Some(*command)))
}

async fn post(
    gateway: &Gateway,
    record: &PaymentRecord,
    acceptance: &Signed<Acceptance>,
) -> Result<Next, GatewayFault> {
    let post = Post { leg: record.leg(), acceptance: acceptance.clone() };
    let stage = |command| Stage::Posting(acceptance.clone(), command);
    submit(gateway, Command::Post(post), stage, None).await
}

async fn await_post(
    gateway: &Gateway,
    record: &PaymentRecord,
    acceptance: &Signed<Acceptance>,
    command: &CommandId,
) -> Result<Next, GatewayFault> {
    Ok(match gateway.outcome(command, LOOK).await? {
        CommandOutcome::Applied => Some(Change::to(Stage::Settled(*command), Some("ACSC"))),
        CommandOutcome::Refused(Refusal::HoldExpired) => {
            return void(gateway, record, VoidReason::Expired, reason_of(Refusal::HoldExpired))
                .await;
        }
        CommandOutcome::Refused(Refusal::LedgerHalted) | CommandOutcome::Expired => {
            Some(Change::to(Stage::Accepted(acceptance.clone()), None))
        }
        CommandOutcome::Refused(refusal) => {
            return void(gateway, record, VoidReason::Withdrawn, reason_of(refusal)).await;
        }
        CommandOutcome::Pending => None,
    })
}

pub(super) async fn void(
    gateway: &Gateway,
    record: &PaymentRecord,
    why: VoidReason,
    reason: Reason,
) -> Result<Next, GatewayFault> {
    let void = Void { leg: record.leg(), reason: why };
    let stage = |command| Stage::Voiding(command, reason);
    submit(gateway, Command::Void(void), stage, None).await
}

async fn await_void(
    gateway: &Gateway,
    record: &PaymentRecord,
    command: &CommandId,
    reason: &Reason,
) -> Result<Next, GatewayFault> {
    Ok(match gateway.outcome(command, LOOK).await? {
        CommandOutcome::Applied => Some(rejected(reason.clone(), Some(*command))),
        CommandOutcome::Refused(Refusal::LegNotHeld) => {
            ended_before(gateway, record, command, reason).await?
        }
        CommandOutcome::Refused(_) | CommandOutcome::Expired => {
            return void(gateway, record, VoidReason::Withdrawn, reason.clone()).await;
        }
        CommandOutcome::Pending => None,
    })
}

/// Somebody ended the hold before: the beneficiary bank may post, too. What the leg is now is read
/// with its proof; that no receipt of a settlement has come here would prove nothing.
async fn ended_before(
    gateway: &Gateway,
    record: &PaymentRecord,
    command: &CommandId,
    reason: &Reason,
) -> Result<Next, GatewayFault> {
    let Some((Record::Leg(leg), _)) = gateway.ledger.record(&Name::Leg(record.leg())).await? else {
        return Ok(None);
    };
    Ok(match leg.state {
        // A validator that is behind: ask again.
        LegState::Held { .. } | LegState::Scheduled { .. } | LegState::Queued { .. } => None,
        LegState::Settled { .. } => gateway
            .view
            .leg_effect(&record.leg(), Effect::Settled)?
            .map(|proved| Change::to(Stage::Settled(proved.proof.receipt.command), Some("ACSC"))),
        // A payment's leg is never one of units.
        LegState::Voided(_) | LegState::Closed | LegState::Delivered { .. } => {
            Some(rejected(reason.clone(), Some(*command)))
        }
    })
}

/// Signs a command, which is kept together with the stage that waits for it, in one write.
pub(super) async fn submit(
    gateway: &Gateway,
    command: Command,
    stage: impl FnOnce(CommandId) -> Stage,
    status: Option<&'static str>,
) -> Result<Next, GatewayFault> {
    // Nothing is signed that a halted network would not take: the payment waits where it is.
    if gateway.halt.check(&command).is_err() {
        return Ok(None);
    }
    let signer = gateway.keys.signer(Purpose::Settlement)?;
    let (signed, write) = gateway.outbox.prepare(command, &[signer]).await?;
    let stage = stage(signed.body.id());
    Ok(Some(Change { stage, status, rows: vec![write], command: Some(signed) }))
}

pub(super) fn rejected(reason: Reason, evidence: Option<CommandId>) -> Change {
    Change::to(Stage::Rejected(reason, evidence), Some("RJCT"))
}

pub(crate) fn reason_of(refusal: Refusal) -> Reason {
    Reason { code: refusal.code().to_owned(), iso: iso_reason(refusal).to_owned() }
}

fn reason_of_gate(refusal: &GateRefusal) -> Reason {
    Reason { code: refusal.code().to_owned(), iso: "MS03".to_owned() }
}

pub(super) fn no_answer() -> Reason {
    Reason { code: "no_answer_in_time".to_owned(), iso: "TM01".to_owned() }
}
