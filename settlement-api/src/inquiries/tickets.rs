//! Pre-clearance tickets: issued, shown, and consumed by the payment that names one.
//!
//! A payment names a ticket in a line of its remittance information, `FLORIN-TICKET/` and the ticket's
//! digest in hex: so the name is in the message to which the payment commits.
//!
//! # Place      server::tickets -> [tickets] issue; payments::inbox -> [tickets] consume
//! # Invariants B8 consumed in one write with the acceptance of its payment, under the intake's turn
//! # Absent     consumption on the ledger (planned); handing the ticket to its holder

use std::collections::BTreeSet;

use interbank::{
    CaseId, Refused as CaseRefused,
    port::Store as _,
    ticket::{Check, Cleared, Shown, Ticket, Used, check, rests_on},
};
use iso20022::{AccountId, Pacs008};
use ledger_core::{
    codec::decode,
    digest::Hash32,
    id::{LegId, Lei},
    money::Money,
    signature::{Signed, Statement as _},
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};

use super::{Speakers, change::Change, desk::Desk};
use crate::{
    gateway::{Gateway, GatewayFault},
    keys::random_32,
    outbox::{OutboxError, stored},
    payments::delivery::Delivery,
    port::{StoreFault, Write},
    refused::Refused,
};

/// What stands before a ticket's digest in a payment's remittance information.
pub(crate) const NAMED: &str = "FLORIN-TICKET/";
const ISSUED: &[u8] = b"ticket/issued/";
const USED: &[u8] = b"ticket/used";
const MAX_ISSUED: usize = 1 << 16;
const MAX_USED: usize = 16 << 20;

/// A ticket that this bank issued, with what opens it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Issued {
    /// The ticket.
    pub(crate) ticket: Signed<Ticket>,
    /// Opens its commitment to payer and payee.
    pub(crate) salt: Hash32,
    /// Payer and payee.
    pub(crate) cleared: Cleared,
}

/// A ticket that a person asks for.
pub(crate) struct Asked {
    /// Who may use it.
    pub(crate) holder: Lei,
    /// For at most how much.
    pub(crate) up_to: Money,
    /// For which payer and payee.
    pub(crate) cleared: Cleared,
    /// What was checked.
    pub(crate) checks: BTreeSet<Check>,
    /// The case that it rests on.
    pub(crate) case: Option<CaseId>,
    /// For how long, in milliseconds.
    pub(crate) lasts: u64,
}

/// Issues a ticket.
pub(crate) fn issue(desk: &Desk<'_>, asked: Asked) -> Result<Hash32, Refused> {
    let salt = random_32();
    let ticket = Ticket {
        chain: desk.gateway.genesis().chain_id(),
        nonce: random_32(),
        issuer: *desk.gateway.lei(),
        holder: asked.holder,
        up_to: asked.up_to,
        subject: asked.cleared.commitment(&salt),
        checks: asked.checks.into_iter().collect(),
        case: asked.case,
        issued: desk.now,
        expires: desk.now.after(asked.lasts),
    };
    ticket.is_well_formed().map_err(Refused::Inquiry)?;
    let informed = ticket.checks.iter().any(|check| matches!(check, Check::Informed(_)));
    match asked.case {
        Some(case) => rests_on(&ticket, &desk.case(&case)?).map_err(Refused::Inquiry)?,
        None if informed => return Err(Refused::Inquiry(CaseRefused::TicketMismatch)),
        None => {}
    }
    let digest = ticket.digest();
    let signed = Signed::new(ticket, desk.signer()?);
    let ticket = signed.map_err(|fault| GatewayFault::Outbox(OutboxError::Signer(fault)))?;
    let issued = Issued { ticket, salt, cleared: asked.cleared };
    desk.change.put(stored(key(&digest), &issued));
    Ok(digest)
}

/// A ticket that this bank issued, and the payment that used it.
pub(crate) fn load(
    change: &Change<'_>,
    digest: &Hash32,
) -> Result<(Issued, Option<LegId>), Refused> {
    let bytes = change.get(&key(digest))?.ok_or(Refused::NotFound)?;
    let issued = decode(&bytes, MAX_ISSUED).map_err(|_| StoreFault::Damaged)?;
    let used = read_used(change.get(USED)?)?;
    Ok((issued, used.by(digest)))
}

/// Whether a ticket of any bank is good for a payment now; nothing is consumed. That it was used
/// knows its issuer alone.
pub(crate) fn good(
    gateway: &Gateway,
    ticket: &Signed<Ticket>,
    (instructing, money): (Lei, Money),
    (cleared, salt): (&Cleared, &Hash32),
) -> Result<(), Refused> {
    let leg = LegId::new(*Hash32::ZERO.get());
    let shown = Shown { leg, instructing, money, cleared, salt };
    let chain = gateway.genesis().chain_id();
    let now = LedgerTime::new(Gateway::now_ms());
    check(ticket, &shown, &[], (&chain, &Speakers(&gateway.directory), now))
        .map_err(Refused::Inquiry)?;
    let used = read_used(gateway.store.get(USED)?)?;
    match used.by(&ticket.value.digest()) {
        Some(_) => Err(Refused::Inquiry(CaseRefused::TicketUsed)),
        None => Ok(()),
    }
}

/// What must be written with the acceptance of a delivery for the ticket that it names to be consumed:
/// nothing when it names none.
///
/// # Errors
/// [`Refused::Inquiry`] when the ticket is not good for this payment.
pub(crate) fn consume(
    gateway: &Gateway,
    delivery: &Delivery,
    message: &Pacs008,
) -> Result<Vec<Write>, Refused> {
    let Some(digest) = named(message)? else { return Ok(Vec::new()) };
    let store = gateway.store.as_ref();
    let mismatch = Refused::Inquiry(CaseRefused::TicketMismatch);
    let bytes = store.get(&key(&digest))?.ok_or(mismatch)?;
    let issued: Issued = decode(&bytes, MAX_ISSUED).map_err(|_| StoreFault::Damaged)?;
    let cleared = cleared(message);
    let shown = Shown {
        leg: delivery.payment.leg.id(),
        instructing: delivery.from,
        money: delivery.payment.money,
        cleared: &cleared,
        salt: &issued.salt,
    };
    let (chain, now) = (gateway.genesis().chain_id(), LedgerTime::new(Gateway::now_ms()));
    let at = (&chain, &Speakers(&gateway.directory) as &dyn interbank::message::Keys, now);
    let used = read_used(store.get(USED)?)?;
    let used = used.consume(&issued.ticket, &shown, &[], at).map_err(Refused::Inquiry)?;
    Ok(vec![stored(USED.to_vec(), &used.swept(now))])
}

/// Whether a message may consume a ticket.
pub(crate) fn is_named(message: &Pacs008) -> bool {
    !matches!(named(message), Ok(None))
}

/// The ticket that a payment names.
fn named(message: &Pacs008) -> Result<Option<Hash32>, Refused> {
    let mut lines = message.remittance.iter().filter_map(|line| line.strip_prefix(NAMED));
    match (lines.next(), lines.next()) {
        (None, _) => Ok(None),
        (Some(digest), None) => {
            let digest = Hash32::from_hex(digest);
            digest.map(Some).ok_or(Refused::Inquiry(CaseRefused::TicketMismatch))
        }
        (Some(_), Some(_)) => Err(Refused::Inquiry(CaseRefused::TicketMismatch)),
    }
}

/// Payer and payee of a message, as tickets commit to them.
fn cleared(message: &Pacs008) -> Cleared {
    let number = |account: &Option<AccountId>| match account {
        Some(AccountId::Iban(number) | AccountId::Other(number)) => number.clone(),
        None => String::new(),
    };
    Cleared {
        debtor_account: number(&message.debtor_account),
        debtor_name: message.debtor.name.clone().unwrap_or_default(),
        creditor_account: number(&message.creditor_account),
        creditor_name: message.creditor.name.clone().unwrap_or_default(),
    }
}

fn read_used(bytes: Option<Vec<u8>>) -> Result<Used, StoreFault> {
    let read = bytes.map(|bytes| decode(&bytes, MAX_USED).map_err(|_| StoreFault::Damaged));
    Ok(read.transpose()?.unwrap_or_default())
}

fn key(digest: &Hash32) -> Vec<u8> {
    [ISSUED, digest.get()].concat()
}
