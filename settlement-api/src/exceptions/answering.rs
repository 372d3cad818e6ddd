//! The bank that was paid: it keeps what it is asked, answers by its people, and gives back.
//!
//! ```text
//! open --reject--> rejected
//!   \--accept--> proposed --approve, by another client--> returning --proved--> returned
//!        \--reject--> rejected     |    ledger refuses: open again, with its code
//!                                  \-- not settled yet --> agreed --void proved--> voided
//!                                                            \-- settled after all --> returning
//! ```
//!
//! # Place      [`super::asking`] of the payer's bank -> [answering] -> outbox -> ledger port
//! # Invariants X1 the same request gets the same answer; X4 money leaves on two clients' word; X5 the
//! #            yes is said when the return is proved, so whoever reads it has the money

use std::sync::Arc;

use iso20022::view::Camt056;
use kyc_gateway::GateRefusal;
use ledger_core::{
    command::Payment,
    digest::Hash32,
    id::{Leg, LegId, MessageKind, Text},
    money::Money,
    receipt::Effect,
    signature::Signed,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    LOOK, PAUSE, Unready, asking, clock,
    giving_back::{About, WayBack},
    messages::{FOLLOWS_REQUEST, Identifiers, Original, currency_amount, read_recall},
    recall::{
        Answering, GivenBack, Kept, RecallAnswer, RecallDecision, RecallRequest, ReceivedRecall,
        Returning,
    },
    report::settled_day,
    returns::record::OwnReturn,
};
use crate::{
    anchors,
    gateway::{CommandOutcome, Gateway},
    keys::Purpose,
    payments::{
        delivery::Parcel,
        inbox::{self, InboxRecord},
        message::read,
    },
    port::StoreFault,
    refused::Refused,
    server::bank::parse_uetr,
};

/// What a bank is told that has to wait.
const LOOKED_AT: &str = "the request is being looked at, ask again";

/// What a person of the bank that was paid says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// Give it back; another client must agree.
    Accept,
    /// Do not.
    Reject,
}

/// An answer to a recall.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerInput {
    /// Yes or no.
    pub decision: Said,
    /// Why not: a code of the external cancellation rejections of ISO 20022; only with `reject`.
    #[schema(pattern = "^[A-Z0-9]{1,4}$")]
    pub reason: Option<String>,
    /// The same in words, at most 105 characters; needed for the reason `NARR`.
    #[schema(max_length = 105)]
    pub information: Option<String>,
}

/// Receives a parcel and answers it with a parcel.
///
/// # Errors
/// [`Refused`] when it is not for this bank, not by its sender, or not about a payment that settled or is held.
pub async fn receive(gateway: &Gateway, bytes: &[u8]) -> Result<Parcel, Refused> {
    let (parcel, sender, signed) = inbox::opened::<RecallRequest>(gateway, bytes).await?;
    let request = &signed.value;
    let addressed = request.chain == gateway.genesis().chain_id()
        && (request.from, request.to, request.leg) == (parcel.from, parcel.to, parcel.leg);
    if !addressed {
        return Err(Refused::Malformed("recall and parcel name different payments"));
    }
    let record = keep(gateway, signed).await?;
    let answer = answer_of(gateway, &record)?;
    let route = (parcel.to, parcel.from, parcel.leg);
    Parcel::pack(route, &sender.encryption, &answer)
        .map_err(|_| Refused::Malformed("the sender's encryption key in the directory is unusable"))
}

/// The record of a request: the one that is kept already, or a new one.
async fn keep(
    gateway: &Gateway,
    request: Signed<RecallRequest>,
) -> Result<ReceivedRecall, Refused> {
    use ledger_core::signature::Statement as _;
    let _one_at_a_time = gateway.turns.all().await;
    let store = gateway.store.as_ref();
    if let Some(mut known) = ReceivedRecall::load(store, &request.value.digest())? {
        let goes_on = matches!(known.stage, Answering::Open | Answering::Proposed(_));
        if goes_on && gateway.view.leg_voided(&known.request.value.leg)?.is_some() {
            voided(gateway, &mut known).await?;
        } else if goes_on {
            went_back_before(gateway, &mut known).await?;
        }
        return Ok(known);
    }
    check(gateway, &request.value)?;
    let earlier = ReceivedRecall::of_leg(store, &request.value.leg)?;
    if earlier.iter().any(|recall| recall.stage != Answering::Rejected) {
        return Err(Refused::RecallExists);
    }
    let mut record = ReceivedRecall {
        request,
        stage: Answering::Open,
        refused: None,
        answer: None,
        timeline: vec![("pending".to_owned(), Gateway::now_ms())],
    };
    let told = clock::received_fact(gateway, &record)?;
    gateway.events.keep(record.writes(), vec![told]).await?;
    went_back_before(gateway, &mut record).await?;
    Ok(record)
}

/// What is asked back went back before anybody asked: that return is the answer (X10).
async fn went_back_before(gateway: &Gateway, record: &mut ReceivedRecall) -> Result<(), Refused> {
    let Some(back) = OwnReturn::settled(gateway.store.as_ref(), &record.request.value.leg)? else {
        return Ok(());
    };
    let command = back.command;
    let answer = signed(gateway, record, RecallDecision::Returned(back), None)?;
    ended(gateway, record, Answering::Returned(command), ("returned", answer)).await
}

/// A recall that its people answer, unless its payment is on its way back without one (X10).
fn to_answer(gateway: &Gateway, id: &Hash32) -> Result<ReceivedRecall, Refused> {
    let record = load(gateway, id)?;
    let leg = &record.request.value.leg;
    if !record.is_final() && OwnReturn::is_on(gateway.store.as_ref(), leg)? {
        return Err(Refused::GivenBack);
    }
    Ok(record)
}

/// Whether a request is about a payment of its sender to this bank that settled, or is held.
fn check(gateway: &Gateway, request: &RecallRequest) -> Result<(), Refused> {
    let message = read_recall(&request.message)?;
    let (leg, money) = recalled(gateway, request, &message)?;
    if leg.instructing != request.from {
        return Err(Refused::NotFound);
    }
    let amount = currency_amount(gateway, &money);
    let about_it = message.original_uetr.as_deref() == Some(leg.uetr.to_text().as_str())
        && message.original_amount.as_ref().is_none_or(|given| *given == amount)
        && asking::is_named(
            gateway,
            &request.from,
            [message.assigner.as_deref(), message.assigner_lei.as_deref()],
        );
    if about_it { Ok(()) } else { Err(Refused::Malformed("the camt.056 is about something else")) }
}

/// The payment that a request is about: the one that was delivered here, or else the one that stands
/// on the ledger as held for this bank, by its own receipts (X8).
pub(super) fn recalled(
    gateway: &Gateway,
    request: &RecallRequest,
    message: &Camt056,
) -> Result<(Leg, Money), Refused> {
    let about = "the camt.056 names another payment than its request";
    if let Some(delivered) = InboxRecord::load(gateway.store.as_ref(), &request.leg)? {
        let Payment { leg, money, .. } = delivered.delivery.payment;
        return Ok((leg, money));
    }
    let held = gateway.view.leg_effect(&request.leg, Effect::Held)?.ok_or(Refused::NotFound)?;
    let uetr = parse_uetr(message.original_uetr.as_deref().ok_or(Refused::BadUetr)?)?;
    let kinds = [MessageKind::Pacs008, MessageKind::Pacs009];
    let leg = kinds
        .map(|kind| Leg { instructing: request.from, uetr, kind, instructed: request.to })
        .into_iter()
        .find(|leg| leg.id() == request.leg)
        .ok_or(Refused::Malformed(about))?;
    Ok((leg, held.proof.receipt.money.ok_or(Refused::Malformed(about))?))
}

/// Whether the payer wants a payment back, and this bank's people have not said no to that.
///
/// # Errors
/// [`StoreFault`].
pub(crate) fn is_asked_back(gateway: &Gateway, leg: &LegId) -> Result<bool, StoreFault> {
    let asked = ReceivedRecall::of_leg(gateway.store.as_ref(), leg)?;
    Ok(asked.iter().any(|recall| recall.stage != Answering::Rejected))
}

/// The signed answer as it stands: the kept one once it is final.
fn answer_of(gateway: &Gateway, record: &ReceivedRecall) -> Result<Signed<RecallAnswer>, Refused> {
    match &record.answer {
        Some(answer) => Ok(answer.clone()),
        None if record.stage == Answering::Agreed => {
            signed(gateway, record, RecallDecision::Agreed, None)
        }
        None => signed(gateway, record, RecallDecision::Pending, None),
    }
}

/// Signs an answer with the camt.029 that says the same.
fn signed(
    gateway: &Gateway,
    record: &ReceivedRecall,
    decision: RecallDecision,
    information: Option<&str>,
) -> Result<Signed<RecallAnswer>, Refused> {
    let asked = read_recall(&record.request.value.message)?;
    let original = original(gateway, &record.request.value, &asked)?;
    let message = match &decision {
        RecallDecision::Pending | RecallDecision::Agreed => {
            original.answer(&asked, "PDCR", Some(("NARR", Some(LOOKED_AT))))
        }
        RecallDecision::Rejected(code) => {
            original.answer(&asked, "RJCR", Some((code.get(), information)))
        }
        RecallDecision::Returned(_) | RecallDecision::Voided => {
            original.answer(&asked, "CNCL", None)
        }
    }?;
    let chain = record.request.value.chain;
    let answer = RecallAnswer { chain, recall: record.id(), decision, message };
    Ok(gateway.sign(Purpose::Settlement, answer)?)
}

/// The payment that a recall is about, as messages name it.
fn original(
    gateway: &Gateway,
    request: &RecallRequest,
    asked: &Camt056,
) -> Result<Original, Refused> {
    let (leg, money) = recalled(gateway, request, asked)?;
    let identifiers = match InboxRecord::load(gateway.store.as_ref(), &request.leg)? {
        Some(delivered) => Identifiers::by(&read(gateway, &delivered.delivery.message)?.message),
        None => Identifiers::in_request(asked),
    };
    let day = asked.original_settlement_date.clone().unwrap_or_default();
    Ok(Original::of(gateway, (&leg, &money), (identifiers, day)))
}

fn load(gateway: &Gateway, id: &Hash32) -> Result<ReceivedRecall, Refused> {
    ReceivedRecall::load(gateway.store.as_ref(), id)?.ok_or(Refused::NotFound)
}

/// A client answers a recall: no at once, yes until another client agrees. The same answer again
/// changes nothing.
///
/// # Errors
/// [`Refused::RecallAnswered`] when it was answered otherwise; [`Refused::Malformed`];
/// [`Refused::Rules`] when the reason is not one.
pub async fn answer(
    gateway: &Gateway,
    id: &Hash32,
    client: &str,
    input: &AnswerInput,
) -> Result<ReceivedRecall, Refused> {
    let _one_at_a_time = gateway.turns.all().await;
    let mut record = to_answer(gateway, id)?;
    match (input.decision, &record.stage) {
        (Said::Accept, Answering::Open) => {
            if input.reason.is_some() || input.information.is_some() {
                return Err(Refused::Malformed("a reason is given only with reject"));
            }
            record.stage = Answering::Proposed(client.to_owned());
            record.refused = None;
            record.timeline.push(("proposed".to_owned(), Gateway::now_ms()));
            gateway.store.write(record.writes())?;
        }
        (Said::Reject, Answering::Open | Answering::Proposed(_)) => {
            let reason = input.reason.as_deref().and_then(Text::new);
            let reason = reason.ok_or(Refused::Malformed("a rejection needs a reason"))?;
            let decision = RecallDecision::Rejected(reason);
            let answer = signed(gateway, &record, decision, input.information.as_deref())?;
            ended(gateway, &mut record, Answering::Rejected, ("rejected", answer)).await?;
        }
        (
            Said::Accept,
            Answering::Proposed(_)
            | Answering::Returning(_)
            | Answering::Returned(_)
            | Answering::Agreed
            | Answering::Voided,
        )
        | (Said::Reject, Answering::Rejected) => {}
        (Said::Accept, Answering::Rejected)
        | (
            Said::Reject,
            Answering::Returning(_)
            | Answering::Returned(_)
            | Answering::Agreed
            | Answering::Voided,
        ) => {
            return Err(Refused::RecallAnswered);
        }
    }
    Ok(record)
}

/// Another client agrees that the money goes back: the return is on disk, and on its way (X4).
///
/// # Errors
/// [`Refused::SamePerson`] when it is the client that answered; [`Unready::Recall`] when nobody
/// has said yes; what the gate says.
pub async fn approve(
    gateway: &Arc<Gateway>,
    id: &Hash32,
    client: &str,
) -> Result<ReceivedRecall, Refused> {
    let _one_at_a_time = gateway.turns.all().await;
    let mut record = to_answer(gateway, id)?;
    match &record.stage {
        Answering::Proposed(by) if by == client => return Err(Refused::SamePerson),
        Answering::Proposed(_) => {}
        Answering::Returning(_)
        | Answering::Returned(_)
        | Answering::Agreed
        | Answering::Voided => return Ok(record),
        Answering::Open => return Err(Unready::Recall.into()),
        Answering::Rejected => return Err(Refused::RecallAnswered),
    }
    match settled_day(gateway, &record.request.value.leg) {
        Ok(_) => return_it(gateway, &mut record).await?,
        // Nothing has come that could go back: the payer's bank may void it.
        Err(Refused::NotSettled) => {
            record.stage = Answering::Agreed;
            record.timeline.push(("agreed".to_owned(), Gateway::now_ms()));
            gateway.store.write(record.writes())?;
        }
        Err(refused) => return Err(refused),
    }
    start(gateway, record.clone());
    Ok(record)
}

/// A return is made, kept and sent.
async fn return_it(gateway: &Gateway, record: &mut ReceivedRecall) -> Result<(), Refused> {
    let request = &record.request.value;
    let about = About::of(gateway, &request.leg)?;
    let original = original(gateway, request, &read_recall(&request.message)?)?;
    let message = original.returned(gateway, (FOLLOWS_REQUEST, None))?;
    let way = WayBack::of(gateway, &about, message).await?;
    let mut next = record.clone();
    next.stage = Answering::Returning(Box::new(way.returning.clone()));
    next.timeline.push(("returning".to_owned(), Gateway::now_ms()));
    way.keep(gateway, next.writes()).await?;
    *record = next;
    Ok(())
}

/// A payment that was agreed to be voided: it was, or it settled before that and goes back (X8).
async fn agreed(gateway: &Gateway, record: &mut ReceivedRecall) -> Result<(), Refused> {
    let leg = record.request.value.leg;
    if gateway.view.leg_voided(&leg)?.is_some() {
        return voided(gateway, record).await;
    }
    if gateway.view.leg_effect(&leg, Effect::Settled)?.is_none() {
        tokio::time::sleep(PAUSE).await;
        return Ok(());
    }
    match return_it(gateway, record).await {
        Err(Refused::Gate(refusal)) if !matches!(refusal, GateRefusal::Signer(_)) => {
            reopen(gateway, record, refusal.code())
        }
        done => done,
    }
}

/// The payment was voided before it settled: the recall has what it asked for.
async fn voided(gateway: &Gateway, record: &mut ReceivedRecall) -> Result<(), Refused> {
    let answer = signed(gateway, record, RecallDecision::Voided, None)?;
    ended(gateway, record, Answering::Voided, ("voided", answer)).await
}

/// Keeps a final answer, its event and its anchor's row in one write.
async fn ended(
    gateway: &Gateway,
    record: &mut ReceivedRecall,
    stage: Answering,
    (word, answer): (&str, Signed<RecallAnswer>),
) -> Result<(), Refused> {
    let mut next = ReceivedRecall { stage, answer: Some(answer.clone()), ..record.clone() };
    next.timeline.push((word.to_owned(), Gateway::now_ms()));
    let mut writes = next.writes();
    writes.push(anchors::pending(&asking::row(&next.request, &answer)));
    let told = clock::received_fact(gateway, &next)?;
    gateway.events.keep(writes, vec![told]).await?;
    *record = next;
    Ok(())
}

/// Drives a return in the background, if the recall waits for one.
pub(super) fn start(gateway: &Arc<Gateway>, record: ReceivedRecall) {
    if matches!(record.stage, Answering::Returning(_) | Answering::Agreed) {
        tokio::spawn(drive(Arc::clone(gateway), record));
    }
}

async fn drive(gateway: Arc<Gateway>, mut record: ReceivedRecall) {
    loop {
        let stepped = match record.stage.clone() {
            Answering::Returning(returning) => step(&gateway, &mut record, &returning).await,
            Answering::Agreed => agreed(&gateway, &mut record).await,
            Answering::Open
            | Answering::Proposed(_)
            | Answering::Rejected
            | Answering::Returned(_)
            | Answering::Voided => break,
        };
        match stepped {
            Ok(()) => {}
            Err(fault) => {
                tracing::warn!(%fault, recall = %record.id(), "exceptions.answering");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// One look at a return's fate.
async fn step(
    gateway: &Gateway,
    record: &mut ReceivedRecall,
    returning: &Returning,
) -> Result<(), Refused> {
    match gateway.outcome(&returning.command, LOOK).await? {
        CommandOutcome::Pending => Ok(()),
        CommandOutcome::Applied => {
            let Returning { command, leg, salt, message } = returning.clone();
            let back = GivenBack { command, leg, salt, message };
            let answer = signed(gateway, record, RecallDecision::Returned(back), None)?;
            ended(gateway, record, Answering::Returned(command), ("returned", answer)).await
        }
        CommandOutcome::Refused(refusal) => reopen(gateway, record, refusal.code()),
        CommandOutcome::Expired => again(gateway, record, returning).await,
    }
}

/// The ledger refused: the bank's people decide anew.
fn reopen(gateway: &Gateway, record: &mut ReceivedRecall, code: &str) -> Result<(), Refused> {
    let mut next =
        ReceivedRecall { stage: Answering::Open, refused: Some(code.to_owned()), ..record.clone() };
    next.timeline.push(("pending".to_owned(), Gateway::now_ms()));
    gateway.store.write(next.writes())?;
    *record = next;
    Ok(())
}

/// No block took the command in time, and none will: it is signed anew, for the same return.
async fn again(
    gateway: &Gateway,
    record: &mut ReceivedRecall,
    returning: &Returning,
) -> Result<(), Refused> {
    let about = About::of(gateway, &record.request.value.leg)?;
    let way = match WayBack::again(gateway, &about, returning).await {
        Err(Refused::Gate(refusal)) if !matches!(refusal, GateRefusal::Signer(_)) => {
            return reopen(gateway, record, refusal.code());
        }
        way => way?,
    };
    let mut next = record.clone();
    next.stage = Answering::Returning(Box::new(way.returning.clone()));
    way.keep(gateway, next.writes()).await?;
    *record = next;
    Ok(())
}
