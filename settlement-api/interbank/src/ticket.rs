//! Pre-clearance tickets: what a bank validated and asked about a payment before it is made, as a
//! signed object that settles one payment, once, and expires.
//!
//! ```text
//! validation, answered case -> issue -> (holder shows it; any agent checks it) -> consume, once
//! ```
//!
//! # Place      the bank that cleared issues and consumes; the holder and later agents check
//! # Invariants B8 one ticket is consumed by one payment, before its time is over, for at most its
//! #            amount; checking does not consume
//! # Absent     consumption on the ledger (planned): the issuer keeps it, in one write with its
//! #            acceptance of the payment

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::{
    codec::encode,
    digest::{Domain, Hash32},
    id::{ChainId, LegId, Lei, Text},
    money::Money,
    signature::{Signed, Statement},
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};

use crate::{
    case::{Case, Stage},
    kind::Level,
    limits::{MAX_CHECKS, MAX_TICKET_MS},
    message::{CaseId, Keys},
    refused::Refused,
};

/// What was checked. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Check {
    /// The payee's account exists and takes credits.
    AccountOpen,
    /// The name is the account holder's.
    NameMatches,
    /// All names were looked for in the list of this `florin/list/1` hash.
    Screened {
        /// Version of the list.
        list: Hash32,
    },
    /// Information of this level was asked for and given.
    Informed(Level),
    /// Anything else, under a name that both banks know.
    Other(Text),
}

/// What a ticket says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The network.
    pub chain: ChainId,
    /// Makes it unique.
    pub nonce: Hash32,
    /// The bank that cleared.
    pub issuer: Lei,
    /// The bank that may use it.
    pub holder: Lei,
    /// The most that may be paid with it.
    pub up_to: Money,
    /// Commitment to payer and payee as they were cleared.
    pub subject: Hash32,
    /// What was checked, sorted.
    pub checks: Vec<Check>,
    /// The case whose answer it rests on.
    pub case: Option<CaseId>,
    /// Since when it is valid.
    pub issued: LedgerTime,
    /// Until when.
    pub expires: LedgerTime,
}

impl Statement for Ticket {
    fn domain(&self) -> Domain {
        Domain::Ticket
    }
    fn bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

/// Payer and payee, as a ticket commits to them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cleared {
    /// The payer's account, as messages name it.
    pub debtor_account: String,
    /// The payer's name.
    pub debtor_name: String,
    /// The payee's account.
    pub creditor_account: String,
    /// The payee's name.
    pub creditor_name: String,
}

impl Cleared {
    /// `florin/content/1` hash of salt and canonical bytes.
    #[must_use]
    pub fn commitment(&self, salt: &Hash32) -> Hash32 {
        Domain::Content.hash(&[salt.get().as_slice(), &encode(self)].concat())
    }
}

/// What a payment shows together with a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown<'a> {
    /// Its leg.
    pub leg: LegId,
    /// Who pays.
    pub instructing: Lei,
    /// Its amount.
    pub money: Money,
    /// Payer and payee.
    pub cleared: &'a Cleared,
    /// Opens the ticket's commitment to them.
    pub salt: &'a Hash32,
}

impl Ticket {
    /// Whether it may be signed: its time is at most a day, its checks are sorted and some.
    ///
    /// # Errors
    /// [`Refused::TicketExpired`], [`Refused::TicketMismatch`].
    pub fn is_well_formed(&self) -> Result<(), Refused> {
        let life = self.expires.get().checked_sub(self.issued.get());
        if !life.is_some_and(|life| (1..=MAX_TICKET_MS).contains(&life)) {
            return Err(Refused::TicketExpired);
        }
        let sorted: BTreeSet<&Check> = self.checks.iter().collect();
        let listed = (1..=MAX_CHECKS).contains(&self.checks.len());
        if listed && self.checks.iter().eq(sorted) && self.issuer != self.holder {
            Ok(())
        } else {
            Err(Refused::TicketMismatch)
        }
    }
}

/// Whether what a ticket says of an exchange of information is what its case says: the issuer asked
/// the holder, at least at this level, and was answered with something.
///
/// # Errors
/// [`Refused::TicketMismatch`].
pub fn rests_on(ticket: &Ticket, case: &Case) -> Result<(), Refused> {
    let answered = matches!(case.stage(), Stage::Answered | Stage::Closed);
    let last = case.trail().iter().rev().find_map(|entry| entry.answer);
    let informed = last.is_some_and(|answer| answer.outcome.text() != "NINF");
    let stated = ticket.checks.iter().filter_map(|check| match check {
        Check::Informed(level) => Some(*level),
        Check::AccountOpen | Check::NameMatches | Check::Screened { .. } | Check::Other(_) => None,
    });
    let fits = ticket.chain == case.chain
        && ticket.case == Some(case.id)
        && ticket.issuer == case.requester
        && ticket.holder == case.responder
        && stated.max() <= case.opening.level;
    if answered && informed && fits { Ok(()) } else { Err(Refused::TicketMismatch) }
}

/// Whether a ticket is good for a payment now, and has at least these checks. Nothing is consumed.
///
/// # Errors
/// In this order: [`Refused::WrongNetwork`], [`Refused::TicketNotSigned`],
/// [`Refused::TicketExpired`], [`Refused::TicketMismatch`].
pub fn check(
    ticket: &Signed<Ticket>,
    shown: &Shown<'_>,
    wanted: &[Check],
    (chain, keys, now): (&ChainId, &dyn Keys, LedgerTime),
) -> Result<(), Refused> {
    let told = &ticket.value;
    if told.chain != *chain {
        return Err(Refused::WrongNetwork);
    }
    if !keys.speaks_for(&ticket.by.key, &told.issuer) || !ticket.claim().holds() {
        return Err(Refused::TicketNotSigned);
    }
    told.is_well_formed()?;
    if now < told.issued || now >= told.expires {
        return Err(Refused::TicketExpired);
    }
    let fits = shown.instructing == told.holder
        && shown.money.currency() == told.up_to.currency()
        && shown.money.minor() <= told.up_to.minor()
        && shown.cleared.commitment(shown.salt) == told.subject
        && wanted.iter().all(|check| told.checks.contains(check));
    if fits { Ok(()) } else { Err(Refused::TicketMismatch) }
}

/// The tickets that an issuer has seen used: by which payment, and until when each must be
/// remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used(BTreeMap<Hash32, (LegId, LedgerTime)>);

impl Used {
    /// Consumes a ticket that is good for this payment. The same payment may ask again, and is told
    /// the same, even when the ticket's time is over; another is refused for ever.
    ///
    /// # Errors
    /// [`Refused::TicketUsed`], else those of [`check`].
    pub fn consume(
        &self,
        ticket: &Signed<Ticket>,
        shown: &Shown<'_>,
        wanted: &[Check],
        at: (&ChainId, &dyn Keys, LedgerTime),
    ) -> Result<Self, Refused> {
        let digest = ticket.value.digest();
        match self.0.get(&digest) {
            Some((leg, _)) if *leg == shown.leg => return Ok(self.clone()),
            Some(_) => return Err(Refused::TicketUsed),
            None => check(ticket, shown, wanted, at)?,
        }
        let mut used = self.clone();
        used.0.insert(digest, (shown.leg, ticket.value.expires));
        Ok(used)
    }

    /// The payment that used a ticket.
    #[must_use]
    pub fn by(&self, ticket: &Hash32) -> Option<LegId> {
        self.0.get(ticket).map(|(leg, _)| *leg)
    }

    /// Without the tickets whose time is over: none of them can be consumed again.
    #[must_use]
    pub fn swept(mut self, now: LedgerTime) -> Self {
        self.0.retain(|_, (_, expires)| now < *expires);
        self
    }
}
