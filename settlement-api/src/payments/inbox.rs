//! The inbox: what other banks deliver, checked, decided, answered; the same decision every time.
//!
//! # Place      delivery of the paying member -> [inbox] -> its workflow; what a person has to decide
//! #            -> `review` -> [inbox]
//! # Invariants P1 what is accepted is exactly what the payment commits to; the yes is on disk
//! #            before it is sent

use iso20022::Pacs008;
use kyc_gateway::GateRefusal;
use ledger_core::{
    authority::Role,
    codec::decode,
    command::Acceptance,
    id::{AccountId, LegId, Text, Uetr},
    member::DirectoryEntry,
    signature::{KeySignature, Signed, Statement},
    time::LedgerTime,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::sync::MutexGuard;

use crate::{
    anchors,
    customers::CustomerRecord,
    events::feed::{Direction, Fact},
    exceptions::answering,
    gateway::Gateway,
    inquiries::tickets,
    keys::Purpose,
    message_keys,
    outbox::stored,
    payments::{
        delivery::{Answer, Decision, Delivery, MAX_PARCEL, Parcel, commitment},
        intake::{check_settlement, is_of, leg_of, money_of, names_of},
        message,
        queue::MAX_WAIT_MS,
        record::Reason,
        review,
    },
    port::{KeyValue, StoreFault, Write},
    refused::Refused,
    sandbox,
};

const PREFIX: &[u8] = b"inbox/";
/// Legs by UETR.
pub(crate) const BY_UETR: &[u8] = b"inbox-uetr/";
/// How long an acceptance holds, in milliseconds: an hour longer than a payment waits for money (P15).
const ACCEPTANCE_MS: u64 = MAX_WAIT_MS + 3_600_000;

/// A message that another bank delivered, and what was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxRecord {
    /// What came.
    pub delivery: Delivery,
    /// Its sender's signature over it.
    pub by: KeySignature,
    /// The signed answer.
    pub answer: Signed<Answer>,
    /// When it came, by this gateway's clock (ms since 1970).
    pub received: u64,
}

impl InboxRecord {
    /// What was delivered for a leg.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn load(store: &dyn KeyValue, leg: &LegId) -> Result<Option<Self>, StoreFault> {
        match store.get(&key(leg))? {
            Some(bytes) => decode(&bytes, MAX_PARCEL).map(Some).map_err(|_| StoreFault::Damaged),
            None => Ok(None),
        }
    }

    /// The first delivery kept under a UETR.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn by_uetr(store: &dyn KeyValue, uetr: &Uetr) -> Result<Option<Self>, StoreFault> {
        Ok(Self::all_by_uetr(store, uetr, 1)?.pop())
    }

    /// Deliveries kept under a UETR, at most so many.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn all_by_uetr(
        store: &dyn KeyValue,
        uetr: &Uetr,
        limit: usize,
    ) -> Result<Vec<Self>, StoreFault> {
        let mut kept = Vec::new();
        for (_, leg) in store.scan(&[BY_UETR, uetr.get()].concat(), limit)? {
            let leg = decode(&leg, LegId::LEN).map_err(|_| StoreFault::Damaged)?;
            kept.extend(Self::load(store, &leg)?);
        }
        Ok(kept)
    }

    /// The same delivery with a decision, signed.
    ///
    /// # Errors
    /// Faults of the signer.
    pub(super) fn answered(self, gateway: &Gateway, decision: Decision) -> Result<Self, Refused> {
        let answer = answer(&self.delivery, decision);
        Ok(Self { answer: gateway.sign(Purpose::Settlement, answer)?, ..self })
    }
}

/// Opens a parcel for this bank: what is in it is signed with a settlement key of who sent it.
pub(crate) async fn opened<T: Statement + DeserializeOwned>(
    gateway: &Gateway,
    bytes: &[u8],
) -> Result<(Parcel, DirectoryEntry, Signed<T>), Refused> {
    if !gateway.is_ready() {
        return Err(Refused::NotReady);
    }
    let parcel = Parcel::from_bytes(bytes).map_err(|_| Refused::Malformed("not a parcel"))?;
    if parcel.to != *gateway.lei() {
        return Err(Refused::Malformed("the parcel is for another institution"));
    }
    let sender = gateway.directory.member(&parcel.from).ok_or(Refused::AgentUnknown)?;
    let signed: Signed<T> = message_keys::unpack(gateway, &parcel).await?;
    let its_key = sender.keys.iter().any(|k| k.key == signed.by.key && k.role == Role::Settlement);
    if !its_key || !signed.claim().holds() {
        return Err(Refused::Malformed("what is in the parcel is not signed by its sender"));
    }
    Ok((parcel, sender, signed))
}

/// Receives a parcel and answers it with a parcel.
///
/// # Errors
/// [`Refused`] when the parcel is not for this bank, not by its sender, or not what it commits to.
pub async fn receive(gateway: &Gateway, bytes: &[u8]) -> Result<Parcel, Refused> {
    let (parcel, sender, signed) = opened::<Delivery>(gateway, bytes).await?;
    let Signed { value: delivery, by } = signed;
    let leg = delivery.payment.leg;
    let addressed = delivery.chain == gateway.genesis().chain_id()
        && delivery.from == parcel.from
        && delivery.to == parcel.to
        && leg.id() == parcel.leg
        && leg.instructing == parcel.from
        && leg.instructed == parcel.to;
    if !addressed {
        return Err(Refused::Malformed("delivery and parcel name different payments"));
    }
    let _turn = gateway.turns.one(&leg.uetr).await;
    let answer = match InboxRecord::load(gateway.store.as_ref(), &leg.id())? {
        Some(known) if known.delivery == delivery => known.answer,
        Some(_) => return Err(Refused::Conflict),
        None if answering::is_asked_back(gateway, &leg.id())? => pending(gateway, &delivery)?,
        None => decide_and_keep(gateway, delivery, by).await?,
    };
    let route = (leg.instructed, leg.instructing, leg.id());
    Parcel::pack(route, &sender.encryption, &answer)
        .map_err(|_| Refused::Malformed("the sender's encryption key in the directory is unusable"))
}

/// Neither yes nor no, and nothing is kept: the payer wants the payment back, and this bank's people
/// have not said no to that (X8), or too many payments wait for a person (P14).
fn pending(gateway: &Gateway, delivery: &Delivery) -> Result<Signed<Answer>, Refused> {
    Ok(gateway.sign(Purpose::Settlement, answer(delivery, Decision::Pending))?)
}

fn answer(delivery: &Delivery, decision: Decision) -> Answer {
    Answer {
        chain: delivery.chain,
        leg: delivery.payment.leg.id(),
        message: delivery.payment.message,
        decision,
    }
}

/// A decision, what is written with it, and whose turn it was with the tickets until that is on disk:
/// a ticket serves once, whatever payments name it.
pub(super) struct Decided<'a> {
    pub(super) decision: Decision,
    pub(super) rows: Vec<Write>,
    _tickets: Option<MutexGuard<'a, ()>>,
}

impl Decided<'_> {
    /// A no.
    pub(super) const fn no(decision: Decision) -> Self {
        Self { decision, rows: Vec::new(), _tickets: None }
    }
}

/// What this bank says to a delivery by what it knows now. Faults are no decision.
///
/// # Errors
/// Faults.
pub(super) async fn decide<'a>(
    gateway: &'a Gateway,
    delivery: &Delivery,
) -> Result<Decided<'a>, Refused> {
    match judge(gateway, delivery) {
        Ok(judged) => accept(gateway, delivery, judged).await,
        Err(refused) => refusal(delivery, refused),
    }
}

/// Yes to a delivery, unless the ticket that it names is not good for it.
async fn accept<'a>(
    gateway: &'a Gateway,
    delivery: &Delivery,
    judged: Judged,
) -> Result<Decided<'a>, Refused> {
    let mut _tickets = None;
    if tickets::is_named(&judged.message) {
        _tickets = Some(gateway.tickets.lock().await);
    }
    let rows = match tickets::consume(gateway, delivery, &judged.message) {
        Ok(rows) => rows,
        Err(refused) => return refusal(delivery, refused),
    };
    let acceptance = Acceptance {
        payment: delivery.payment.hash(),
        credit: judged.account,
        creditor: judged.creditor.party,
        expires: LedgerTime::new(Gateway::now_ms()).after(ACCEPTANCE_MS),
    };
    let yes = gateway.sign(Purpose::Settlement, acceptance)?;
    Ok(Decided { decision: Decision::Accepted(yes), rows, _tickets })
}

/// A refusal as the no that it is, or the fault that it is.
fn refusal<'a>(delivery: &Delivery, refused: Refused) -> Result<Decided<'a>, Refused> {
    match refused {
        unsaid @ (Refused::Fault(_) | Refused::SandboxSilent) => Err(unsaid),
        Refused::Gate(GateRefusal::Signer(fault)) => Err(Refused::Gate(GateRefusal::Signer(fault))),
        refused => {
            tracing::info!(code = refused.code(), leg = %delivery.payment.leg.id(), "inbox.reject");
            Ok(Decided::no(no(&refused).ok_or(Refused::NotReady)?))
        }
    }
}

/// Decides a delivery, or has it wait for a person.
async fn decide_and_keep(
    gateway: &Gateway,
    delivery: Delivery,
    by: KeySignature,
) -> Result<Signed<Answer>, Refused> {
    let decided = match judge(gateway, &delivery) {
        Ok(judged) => {
            let why = review::why(gateway, &delivery, &judged)?;
            // What its ticket is not good for is refused without a look.
            let good = || tickets::consume(gateway, &delivery, &judged.message).is_ok();
            if !why.0.is_empty() && good() {
                let kept = review::begin(gateway, (delivery.clone(), by), why).await?;
                return kept.map_or_else(|| pending(gateway, &delivery), |kept| Ok(kept.answer));
            }
            accept(gateway, &delivery, judged).await?
        }
        Err(refused) => refusal(&delivery, refused)?,
    };
    let answer = gateway.sign(Purpose::Settlement, answer(&delivery, decided.decision))?;
    let record = InboxRecord { delivery, by, answer, received: Gateway::now_ms() };
    let mut rows = decided.rows;
    rows.extend(kept(&record));
    rows.push(anchors::pending(&record.answer.value.anchored(record.received)));
    gateway.events.keep(rows, facts(&record)).await?;
    Ok(record.answer)
}

/// What must be written to keep a delivery and to find it by its UETR.
pub(crate) fn kept(record: &InboxRecord) -> [Write; 2] {
    let leg = record.answer.value.leg;
    let uetr = record.delivery.payment.leg.uetr;
    let index = stored([BY_UETR, uetr.get(), leg.get()].concat(), &leg);
    [stored(key(&leg), record), index]
}

/// What a delivery is in the feed, as it was answered.
pub(super) fn facts(record: &InboxRecord) -> Vec<Fact> {
    let (status, reason) = match &record.answer.value.decision {
        decision if decision.is_pending() => ("PDNG", reason_of(decision)),
        Decision::Accepted(_) => ("ACWP", None),
        no => ("RJCT", reason_of(no)),
    };
    let fact = |status: &str, reason: Option<Reason>| Fact {
        leg: record.delivery.payment.leg,
        direction: Direction::Incoming,
        status: status.to_owned(),
        reason: reason.map(|Reason { code, iso }| (code, iso)),
    };
    vec![fact("RCVD", None), fact(status, reason)]
}

/// Why this bank did not say yes, as its own people are told.
pub(super) fn reason_of(decision: &Decision) -> Option<Reason> {
    let reason =
        |iso: &Text, code: &str| Some(Reason { code: code.to_owned(), iso: iso.get().to_owned() });
    match decision {
        Decision::Pending | Decision::Accepted(_) => None,
        Decision::Rejected(iso) | Decision::RejectedSaying(iso, _) => reason(iso, "rejected_here"),
        Decision::RejectedBecause(iso, code) | Decision::PendingBecause(iso, code) => {
            reason(iso, code.get())
        }
    }
}

/// A delivery that may be accepted: what it brings to whom.
pub(super) struct Judged {
    /// Its message.
    pub(super) message: Pacs008,
    /// Whose money it will be.
    pub(super) creditor: CustomerRecord,
    account: AccountId,
}

/// Whether a delivery is what it commits to, and may be accepted (P1).
fn judge(gateway: &Gateway, delivery: &Delivery) -> Result<Judged, Refused> {
    let payment = &delivery.payment;
    if commitment(&delivery.salt, &delivery.message) != payment.message {
        return Err(Refused::Malformed("the message is not the one the payment commits to"));
    }
    let message::Read { kind, message } = message::read(gateway, &delivery.message)?;
    check_settlement(&message, &gateway.clearing_systems)?;
    let money = money_of(gateway, &message)?;
    let leg = leg_of((kind, &message), payment.leg.instructing, payment.leg.instructed);
    if leg != payment.leg || money != payment.money {
        return Err(Refused::Malformed("message and payment differ in UETR, amount or currency"));
    }
    let instructed = gateway.directory.by_alias(&message.instructed_agent.identifiers());
    if instructed.is_none_or(|entry| entry.lei != *gateway.lei()) {
        return Err(Refused::NotOurAgent);
    }
    let instructing = gateway.directory.by_alias(&message.instructing_agent.identifiers());
    if instructing.is_none_or(|entry| entry.lei != payment.leg.instructing) {
        return Err(Refused::Malformed("the message's instructing agent is not its sender"));
    }
    if !is_of(gateway, &message.creditor_agent, gateway.lei()) {
        return Err(Refused::NotOurAgent);
    }
    let account = gateway.account(money.currency()).ok_or(Refused::NoAccount)?.id;
    let number = message.creditor_account.as_ref().ok_or(Refused::DebtorUnknown)?.identifier();
    sandbox::pay(gateway, &number, leg.id())?;
    let creditor =
        CustomerRecord::load(gateway.store.as_ref(), &number)?.ok_or(Refused::DebtorUnknown)?;
    let gate = gateway.gate.as_ref().ok_or(Refused::NotThisRole)?;
    let now = LedgerTime::new(Gateway::now_ms());
    let names = names_of(&delivery.message)?;
    let names: Vec<&str> = names.iter().chain([&creditor.name]).map(String::as_str).collect();
    gate.admit_incoming(&creditor.standing(), &names, now)?;
    Ok(Judged { message, creditor, account })
}

/// The no to a delivery. Of a ticket the other bank is told the code: it was given the ticket, and can
/// do something about it.
fn no(refused: &Refused) -> Option<Decision> {
    let iso = Text::new(outward(refused))?;
    match refused {
        Refused::Inquiry(ticket) => {
            Text::new(ticket.code()).map(|code| Decision::RejectedBecause(iso, code))
        }
        _ => Some(Decision::Rejected(iso)),
    }
}

/// What the other bank is told: an unknown account is `AC01`, everything about standing is `MS03`.
fn outward(refused: &Refused) -> &'static str {
    match refused {
        Refused::DebtorUnknown | Refused::NoAccount => "AC01",
        other => other.iso_reason(),
    }
}

fn key(leg: &LegId) -> Vec<u8> {
    [PREFIX, leg.get()].concat()
}
