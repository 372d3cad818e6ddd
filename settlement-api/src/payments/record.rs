//! A payment as its gateway keeps it, and where it is.

use ledger_core::{
    codec::decode,
    command::{Acceptance, Payment},
    digest::Hash32,
    id::{CommandId, LegId, Uetr},
    signature::Signed,
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};

use crate::{
    events::feed::{Direction, Fact},
    outbox::stored,
    payments::{delivery::Answer, message, value_date::SettlementDay},
    port::{KeyValue, StoreFault, Write},
};

const PREFIX: &[u8] = b"payment/";
/// Legs by UETR.
pub(crate) const BY_UETR: &[u8] = b"payment-uetr/";
/// Beneficiary banks' signed answers, by leg.
const ANSWER: &[u8] = b"payment-answer/";
/// Names of messages that came in another version than the pinned one, by leg.
const CAME_AS: &[u8] = b"payment-came-as/";
const BY_TWIN: &[u8] = b"payment-twin/";
/// The message, of 1 MiB at most, and its texts, of which those of one that was rewritten stand twice.
const MAX_RECORD: usize = 4 << 20;
const MAX_NAME: usize = 64;

/// Why a payment ended without settlement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The stable code.
    pub code: String,
    /// The ISO 20022 external status reason.
    pub iso: String,
}

impl Reason {
    /// Of a payment that waits for another day than it asked for.
    #[must_use]
    pub fn moved() -> Self {
        Self { code: "settlement_date_moved".to_owned(), iso: "DT06".to_owned() }
    }

    /// Of a payment of this bank that it closed before it settled.
    #[must_use]
    pub fn closed() -> Self {
        Self { code: "closed_here".to_owned(), iso: "DS02".to_owned() }
    }

    /// Of a payment of this bank that it asked back while it was held, and the other bank agreed.
    #[must_use]
    pub fn recalled() -> Self {
        Self { code: "recalled".to_owned(), iso: "DS02".to_owned() }
    }

    /// Of an incoming payment whose hold ended: the payer's bank freed it, or its time was over.
    #[must_use]
    pub fn voided() -> Self {
        Self { code: "voided_by_payer".to_owned(), iso: "TM01".to_owned() }
    }
}

/// Where a payment is. Stored: append-only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Taken in; on disk.
    Received,
    /// Its hold was submitted.
    Holding(CommandId),
    /// Its money is earmarked; the beneficiary bank is asked.
    Held,
    /// The beneficiary bank said yes.
    Accepted(Signed<Acceptance>),
    /// Settlement was submitted.
    Posting(Signed<Acceptance>, CommandId),
    /// Settled, by this command.
    Settled(CommandId),
    /// Its earmark is being given back.
    Voiding(CommandId, Reason),
    /// Ended; the command whose receipt says so, if one reached the ledger.
    Rejected(Reason, Option<CommandId>),
    /// Its day has not come.
    Waiting,
    /// Its money is earmarked, until then; a person of the beneficiary bank has to decide.
    Reviewed(Reason, LedgerTime),
    /// There is no money for it; the beneficiary bank is asked until the first time, and it waits until
    /// the second.
    Short(LedgerTime, LedgerTime),
    /// The same while a person of the beneficiary bank has to decide.
    ShortReviewed(Reason, LedgerTime),
    /// The beneficiary bank said yes, and there is still no money.
    ShortAccepted(Signed<Acceptance>, LedgerTime),
    /// Its place in the queue of its account was asked for.
    Enqueuing(Signed<Acceptance>, LedgerTime, CommandId),
    /// It waits in the queue of its account, until then.
    Queued(LedgerTime),
    /// Its leg, under which nothing is held or queued, is being closed.
    Closing(CommandId, Reason),
}

/// Identifiers of the message that asked for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Original {
    /// `MsgId`.
    pub msg_id: String,
    /// `InstrId`.
    pub instr_id: Option<String>,
    /// `EndToEndId`.
    pub end_to_end_id: String,
    /// `TxId`.
    pub tx_id: Option<String>,
}

/// A payment of one of the member's customers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRecord {
    /// The payment as the ledger sees it.
    pub payment: Payment,
    /// Salt of the message commitment.
    pub salt: Hash32,
    /// The pacs.008 that is delivered.
    pub xml: Vec<u8>,
    /// Hash of what was asked, for telling a resend from a conflict.
    pub request: Hash32,
    /// Identifiers of the message.
    pub original: Original,
    /// The paying customer's account, as the message names it.
    pub debtor_account: String,
    /// Every name in the message, for screening.
    pub names: Vec<String>,
    /// Until when the beneficiary bank answers, be it that a person has to decide.
    pub answer_by: LedgerTime,
    /// Where it is.
    pub stage: Stage,
    /// Status codes and gateway times (ms since 1970) so far.
    pub timeline: Vec<(String, u64)>,
    /// The day on which it settles.
    pub settles: SettlementDay,
}

impl PaymentRecord {
    /// Its leg's identity.
    #[must_use]
    pub fn leg(&self) -> LegId {
        self.payment.leg.id()
    }

    /// Whether nothing more will happen to it.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self.stage, Stage::Settled(_) | Stage::Rejected(..))
    }

    /// Whether its money is earmarked and the beneficiary bank has not been paid.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        matches!(
            self.stage,
            Stage::Held | Stage::Reviewed(..) | Stage::Accepted(_) | Stage::Posting(..)
        )
    }

    /// Whether nothing will happen to it for now.
    #[must_use]
    pub const fn rests(&self) -> bool {
        self.is_final() || matches!(self.stage, Stage::Waiting)
    }

    /// What must be written to keep it.
    #[must_use]
    pub fn write(&self) -> Write {
        stored(key(&self.leg()), self)
    }

    /// That it has a status, for the feed; a rejection with its reason.
    #[must_use]
    pub fn fact(&self, status: &str) -> Fact {
        let reason = match &self.stage {
            Stage::Rejected(reason, _)
            | Stage::Reviewed(reason, _)
            | Stage::ShortReviewed(reason, _) => Some((reason.code.clone(), reason.iso.clone())),
            Stage::Short(..) => {
                let Reason { code, iso } = Reason::waits_for_funds();
                Some((code, iso))
            }
            Stage::Waiting if self.settles.moved => {
                let Reason { code, iso } = Reason::moved();
                Some((code, iso))
            }
            Stage::Waiting
            | Stage::Received
            | Stage::Holding(_)
            | Stage::Held
            | Stage::Accepted(_)
            | Stage::Posting(..)
            | Stage::Settled(_)
            | Stage::ShortAccepted(..)
            | Stage::Enqueuing(..)
            | Stage::Queued(_)
            | Stage::Closing(..)
            | Stage::Voiding(..) => None,
        };
        let (direction, status) = (Direction::Outgoing, status.to_owned());
        Fact { leg: self.payment.leg, direction, status, reason }
    }

    /// What must be written once to find it by its UETR.
    #[must_use]
    pub fn index(&self) -> Write {
        let key = [BY_UETR, self.payment.leg.uetr.get(), self.leg().get()].concat();
        stored(key, &self.leg())
    }

    /// What must be written once for its status reports to name the message as it came (P17).
    #[must_use]
    pub(crate) fn came_as(&self, name: &String) -> Write {
        stored([CAME_AS, self.leg().get()].concat(), name)
    }

    /// Name and version of the message that its sender sent.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn name(&self, store: &dyn KeyValue) -> Result<String, StoreFault> {
        match store.get(&[CAME_AS, self.leg().get()].concat())? {
            Some(bytes) => decode(&bytes, MAX_NAME).map_err(|_| StoreFault::Damaged),
            None => Ok(message::name_of(self.payment.leg.kind).to_owned()),
        }
    }

    /// What must be written for another message about this payment to be known (P13).
    pub(crate) fn twin(&self, twin: &Hash32) -> Write {
        stored([BY_TWIN, twin.get()].concat(), &self.leg())
    }

    /// The payment that a message with these references made before.
    pub(crate) fn by_twin(store: &dyn KeyValue, twin: &Hash32) -> Result<Option<Self>, StoreFault> {
        let Some(leg) = store.get(&[BY_TWIN, twin.get()].concat())? else { return Ok(None) };
        Self::load(store, &decode(&leg, LegId::LEN).map_err(|_| StoreFault::Damaged)?)
    }

    /// What must be written to keep the beneficiary bank's signed answer.
    #[must_use]
    pub fn answered(&self, answer: &Signed<Answer>) -> Write {
        stored([ANSWER, self.leg().get()].concat(), answer)
    }

    /// The beneficiary bank's signed answer, once it decided.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn answer(&self, store: &dyn KeyValue) -> Result<Option<Signed<Answer>>, StoreFault> {
        match store.get(&[ANSWER, self.leg().get()].concat())? {
            Some(bytes) => decode(&bytes, MAX_RECORD).map(Some).map_err(|_| StoreFault::Damaged),
            None => Ok(None),
        }
    }

    /// The first payment kept under a UETR.
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

    /// Reads a payment.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn load(store: &dyn KeyValue, leg: &LegId) -> Result<Option<Self>, StoreFault> {
        match store.get(&key(leg))? {
            Some(bytes) => decode(&bytes, MAX_RECORD).map(Some).map_err(|_| StoreFault::Damaged),
            None => Ok(None),
        }
    }

    /// Every payment kept, at most `limit`.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn all(store: &dyn KeyValue, limit: usize) -> Result<Vec<Self>, StoreFault> {
        let pairs = store.scan(PREFIX, limit)?.into_iter();
        pairs
            .map(|(_, bytes)| decode(&bytes, MAX_RECORD).map_err(|_| StoreFault::Damaged))
            .collect()
    }
}

fn key(leg: &LegId) -> Vec<u8> {
    [PREFIX, leg.get()].concat()
}
