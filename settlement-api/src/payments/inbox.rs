//! The inbox: what other banks deliver, checked, decided, answered; the same answer every time.
//!
//! # Place      delivery of the paying member -> [inbox] -> its workflow
//! # Invariants P1 what is accepted is exactly what the payment commits to; the yes is on disk
//! #            before it is sent
//! # Absent     inquiries before the decision, review by a person (planned): the gate decides

use iso20022::Pacs008;
use kyc_gateway::GateRefusal;
use ledger_core::{
    authority::Role,
    codec::decode,
    command::Acceptance,
    id::{LegId, Text, Uetr},
    member::DirectoryEntry,
    signature::{KeySignature, Signed, Statement},
    time::LedgerTime,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    anchors,
    customers::CustomerRecord,
    events::feed::{Direction, Fact},
    exceptions::answering,
    gateway::Gateway,
    inquiries::tickets,
    keys::Purpose,
    outbox::stored,
    payments::{
        delivery::{Answer, Decision, Delivery, MAX_PARCEL, Parcel, commitment},
        intake::{check_settlement, is_of, leg_of, money_of, names_of},
        message,
    },
    port::{KeyValue, StoreFault, Write},
    refused::Refused,
    sandbox,
};

const PREFIX: &[u8] = b"inbox/";
/// Legs by UETR.
pub(crate) const BY_UETR: &[u8] = b"inbox-uetr/";
/// How long an acceptance holds, in milliseconds.
const ACCEPTANCE_MS: u64 = 3_600_000;

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
        match store.scan(&[BY_UETR, uetr.get()].concat(), 1)?.first() {
            Some((_, leg)) => {
                let leg = decode(leg, LegId::LEN).map_err(|_| StoreFault::Damaged)?;
                Self::load(store, &leg)
            }
            None => Ok(None),
        }
    }
}

/// Opens a parcel for this bank: what is in it is signed with a settlement key of who sent it.
pub(crate) fn opened<T: Statement + DeserializeOwned>(
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
    let signed: Signed<T> = parcel
        .unpack(&gateway.keys.encryption)
        .map_err(|_| Refused::Malformed("the parcel does not open with this gateway's key"))?;
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
    let (parcel, sender, signed) = opened::<Delivery>(gateway, bytes)?;
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
        None => decide_and_keep(gateway, delivery, by).await?.answer,
    };
    let route = (leg.instructed, leg.instructing, leg.id());
    Parcel::pack(route, &sender.encryption, &answer)
        .map_err(|_| Refused::Malformed("the sender's encryption key in the directory is unusable"))
}

/// Neither yes nor no, and nothing is kept: the payer wants the payment back, and this bank's people
/// have not said no to that (X8).
fn pending(gateway: &Gateway, delivery: &Delivery) -> Result<Signed<Answer>, Refused> {
    let answer = Answer {
        chain: delivery.chain,
        leg: delivery.payment.leg.id(),
        message: delivery.payment.message,
        decision: Decision::Pending,
    };
    Ok(gateway.sign(Purpose::Settlement, answer)?)
}

async fn decide_and_keep(
    gateway: &Gateway,
    delivery: Delivery,
    by: KeySignature,
) -> Result<InboxRecord, Refused> {
    let (mut used, mut tickets_turn) = (Vec::new(), None);
    let decided = match decide(gateway, &delivery) {
        Ok((yes, message)) => {
            // Held until what was consumed is on disk: a ticket serves once, whatever payments name it.
            if tickets::is_named(&message) {
                tickets_turn = Some(gateway.tickets.lock().await);
            }
            let rows = tickets::consume(gateway, &delivery, &message);
            rows.map(|rows| used = rows).map(|()| yes)
        }
        Err(refused) => Err(refused),
    };
    let decision = match decided {
        Ok(acceptance) => Decision::Accepted(acceptance),
        Err(unsaid @ (Refused::Fault(_) | Refused::SandboxSilent)) => return Err(unsaid),
        Err(Refused::Gate(GateRefusal::Signer(fault))) => {
            return Err(Refused::Gate(GateRefusal::Signer(fault)));
        }
        Err(refused) => {
            tracing::info!(code = refused.code(), leg = %delivery.payment.leg.id(), "inbox.reject");
            no(&refused).ok_or(Refused::NotReady)?
        }
    };
    let answer = Answer {
        chain: delivery.chain,
        leg: delivery.payment.leg.id(),
        message: delivery.payment.message,
        decision,
    };
    let answer = gateway.sign(Purpose::Settlement, answer)?;
    let record = InboxRecord { delivery, by, answer, received: Gateway::now_ms() };
    let row = anchors::pending(&record.answer.value.anchored(record.received));
    used.extend(kept(&record));
    used.push(row);
    gateway.events.keep(used, facts(&record)).await?;
    drop(tickets_turn);
    Ok(record)
}

/// What must be written to keep a delivery and to find it by its UETR.
pub(crate) fn kept(record: &InboxRecord) -> [Write; 2] {
    let leg = record.answer.value.leg;
    let uetr = record.delivery.payment.leg.uetr;
    let index = stored([BY_UETR, uetr.get(), leg.get()].concat(), &leg);
    [stored(key(&leg), record), index]
}

/// What a decided delivery is in the feed.
fn facts(record: &InboxRecord) -> Vec<Fact> {
    let (status, reason) = match &record.answer.value.decision {
        Decision::Pending => ("PDNG", None),
        Decision::Accepted(_) => ("ACWP", None),
        Decision::Rejected(iso) => {
            ("RJCT", Some(("rejected_here".to_owned(), iso.get().to_owned())))
        }
        Decision::RejectedBecause(iso, code) => {
            ("RJCT", Some((code.get().to_owned(), iso.get().to_owned())))
        }
    };
    let fact = |status: &str, reason| Fact {
        leg: record.delivery.payment.leg,
        direction: Direction::Incoming,
        status: status.to_owned(),
        reason,
    };
    vec![fact("RCVD", None), fact(status, reason)]
}

/// The yes to a delivery and the message that was read, or why not (P1).
fn decide(
    gateway: &Gateway,
    delivery: &Delivery,
) -> Result<(Signed<Acceptance>, Pacs008), Refused> {
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
    let account = gateway.account(money.currency()).ok_or(Refused::NoAccount)?;
    let number = message.creditor_account.as_ref().ok_or(Refused::DebtorUnknown)?.identifier();
    sandbox::pay(gateway, &number, leg.id())?;
    let creditor =
        CustomerRecord::load(gateway.store.as_ref(), &number)?.ok_or(Refused::DebtorUnknown)?;
    let gate = gateway.gate.as_ref().ok_or(Refused::NotThisRole)?;
    let now = LedgerTime::new(Gateway::now_ms());
    let names = names_of(&delivery.message)?;
    let names: Vec<&str> = names.iter().chain([&creditor.name]).map(String::as_str).collect();
    gate.admit_incoming(&creditor.standing(), &names, now)?;
    let acceptance = Acceptance {
        payment: payment.hash(),
        credit: account.id,
        creditor: creditor.party,
        expires: now.after(ACCEPTANCE_MS),
    };
    Ok((gateway.sign(Purpose::Settlement, acceptance)?, message))
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
