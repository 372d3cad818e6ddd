//! The feed: numbered rows on disk, and a bell for those who wait for the next.

use std::sync::{Arc, Mutex, PoisonError};

use ledger_core::{
    codec::decode,
    id::{Leg, MessageKind},
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, watch};
use utoipa::ToSchema;
use verifier::summary::rfc3339;

use crate::{
    gateway::Gateway,
    openapi::text::{Id, LeiCode, Time, Uetr},
    outbox::stored,
    payments::{inbox::InboxRecord, record::PaymentRecord},
    port::{KeyValue, StoreFault, Write},
};

const EVENT: &[u8] = b"event/at/";
/// Numbers by leg, direction and status.
const NOTED: &[u8] = b"event/noted/";
/// The number of the last event.
const LAST: &[u8] = b"event/last";
const MAX_ROW: usize = 1_024;
/// Streams at a time.
const STREAMS: usize = 64;

/// Which way a payment goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// This bank pays.
    Outgoing,
    /// This bank is paid.
    Incoming,
}

impl Direction {
    const fn name(self) -> &'static str {
        match self {
            Self::Outgoing => "outgoing",
            Self::Incoming => "incoming",
        }
    }
}

/// Something that became true of a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// The payment, or the return.
    pub leg: Leg,
    /// Which way.
    pub direction: Direction,
    /// ISO 20022 status.
    pub status: String,
    /// Stable code and ISO 20022 reason of a rejection.
    pub reason: Option<(String, String)>,
}

impl Fact {
    fn noted(&self) -> Vec<u8> {
        let name = format!("/{}/{}", self.direction.name(), self.status);
        [NOTED, self.leg.id().get(), name.as_bytes()].concat()
    }
}

/// A fact with its place in the feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its place, counted from 1.
    pub number: u64,
    /// When it was noted, by this gateway's clock (ms since 1970).
    pub at: u64,
    /// What became true.
    pub fact: Fact,
    /// Whether it is a leg of an exchange.
    pub exchange: bool,
}

/// An event as JSON shows it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EventReport {
    /// Its cursor: ask for what comes `after` it.
    pub number: u64,
    /// `payment`, `return` when a payment's money goes back, or `exchange` for a leg of a quote.
    pub about: &'static str,
    /// UETR of the payment.
    #[schema(value_type = Uetr)]
    pub uetr: String,
    /// `outgoing` or `incoming`.
    pub direction: &'static str,
    /// The bank at the other end.
    #[schema(value_type = LeiCode)]
    pub other: String,
    /// ISO 20022 status.
    pub status: String,
    /// The stable code of a rejection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Its ISO 20022 reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iso_reason: Option<String>,
    /// The payment's leg on the ledger.
    #[schema(value_type = Id)]
    pub leg: String,
    /// When this gateway noted it.
    #[schema(value_type = Time)]
    pub at: String,
}

impl Event {
    /// As JSON shows it.
    #[must_use]
    pub fn report(&self) -> EventReport {
        use ledger_core::id::MessageKind as Kind;
        let Fact { leg, direction, status, reason } = &self.fact;
        let (code, iso_reason) = reason.clone().unzip();
        let other = match direction {
            Direction::Outgoing => leg.instructed,
            Direction::Incoming => leg.instructing,
        };
        EventReport {
            number: self.number,
            about: match leg.kind {
                Kind::Pacs004 => "return",
                Kind::Pacs009 if self.exchange => "exchange",
                Kind::Pacs009 | Kind::Pacs008 | Kind::Sese023 => "payment",
            },
            uetr: leg.uetr.to_text(),
            direction: direction.name(),
            other: other.text().to_owned(),
            status: status.clone(),
            code,
            iso_reason,
            leg: leg.id().to_hex(),
            at: rfc3339(LedgerTime::new(self.at)),
        }
    }
}

/// The feed of one gateway.
pub struct Feed {
    store: Arc<dyn KeyValue>,
    /// The number of the last event.
    last: Mutex<u64>,
    bell: watch::Sender<u64>,
    /// Room for streams.
    pub(crate) streams: Arc<Semaphore>,
}

impl Feed {
    /// A feed that goes on where the store left off.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn open(store: Arc<dyn KeyValue>) -> Result<Self, StoreFault> {
        let last = match store.get(LAST)? {
            Some(bytes) => decode(&bytes, 8).map_err(|_| StoreFault::Damaged)?,
            None => 0,
        };
        let (bell, _) = watch::channel(last);
        let streams = Arc::new(Semaphore::new(STREAMS));
        Ok(Self { store, last: Mutex::new(last), bell, streams })
    }

    /// Writes what makes facts true together with their events; a fact that was noted before is not
    /// noted again.
    ///
    /// # Errors
    /// [`StoreFault`]; nothing was written then.
    pub fn keep(&self, mut writes: Vec<Write>, facts: Vec<Fact>) -> Result<(), StoreFault> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let mut number = *last;
        for fact in facts {
            let noted = fact.noted();
            if self.store.get(&noted)?.is_some() {
                continue;
            }
            number = number.saturating_add(1);
            let exchange = self.is_exchange(&fact)?;
            let event = Event { number, at: Gateway::now_ms(), fact, exchange };
            writes.push(stored(key(number), &event));
            writes.push(stored(noted, &number));
        }
        if number > *last {
            writes.push(stored(LAST.to_vec(), &number));
        }
        self.store.write(writes)?;
        *last = number;
        self.bell.send_if_modified(|rung| std::mem::replace(rung, number) != number);
        Ok(())
    }

    /// A bank's own payment has a record here, and tells more than that it settled; a leg of an
    /// exchange has none.
    fn is_exchange(&self, fact: &Fact) -> Result<bool, StoreFault> {
        if fact.leg.kind != MessageKind::Pacs009 || fact.status != "ACSC" {
            return Ok(false);
        }
        let (store, leg) = (self.store.as_ref(), fact.leg.id());
        let own = PaymentRecord::load(store, &leg)?.is_some();
        Ok(!own && InboxRecord::load(store, &leg)?.is_none())
    }

    /// Events after the one with this number, at most `limit`.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn after(&self, number: u64, limit: usize) -> Result<Vec<Event>, StoreFault> {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let numbers = (number.saturating_add(1)..=last).take(limit);
        let read = |number| {
            let bytes = self.store.get(&key(number))?.ok_or(StoreFault::Damaged)?;
            decode(&bytes, MAX_ROW).map_err(|_| StoreFault::Damaged)
        };
        numbers.map(read).collect()
    }

    /// The number of the last event.
    #[must_use]
    pub fn last(&self) -> u64 {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A receiver that wakes at every event.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.bell.subscribe()
    }
}

fn key(number: u64) -> Vec<u8> {
    [EVENT, &number.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use ledger_core::id::{Lei, MessageKind, Uetr};

    use super::*;
    use crate::port::MemoryStore;

    fn fact(byte: u8, status: &str) -> Fact {
        let leg = Leg {
            instructing: Lei::new("529900T8BM49AURSDO55").unwrap(),
            uetr: Uetr::new([byte; 16]),
            kind: MessageKind::Pacs008,
            instructed: Lei::new("7LTWFZYICNSX8D621K86").unwrap(),
        };
        Fact { leg, direction: Direction::Outgoing, status: status.to_owned(), reason: None }
    }

    #[test]
    fn e1_numbers_have_no_gaps_and_a_fact_is_noted_once_also_after_a_restart() {
        let store: Arc<dyn KeyValue> = Arc::new(MemoryStore::default());
        let feed = Feed::open(Arc::clone(&store)).unwrap();
        let mut bell = feed.watch();
        feed.keep(Vec::new(), vec![fact(1, "RCVD")]).unwrap();
        feed.keep(Vec::new(), vec![fact(1, "RCVD"), fact(1, "ACTC")]).unwrap();
        assert!(bell.has_changed().unwrap());
        assert_eq!(*bell.borrow_and_update(), 2);
        feed.keep(Vec::new(), vec![fact(1, "ACTC")]).unwrap();
        assert!(!bell.has_changed().unwrap(), "nothing new");
        drop(feed);
        let feed = Feed::open(Arc::clone(&store)).unwrap();
        assert_eq!(feed.last(), 2);
        feed.keep(Vec::new(), vec![fact(1, "ACTC"), fact(2, "RCVD")]).unwrap();
        let incoming = Fact { direction: Direction::Incoming, ..fact(2, "RCVD") };
        feed.keep(vec![(b"x".to_vec(), Some(vec![1]))], vec![incoming]).unwrap();
        assert_eq!(store.get(b"x").unwrap(), Some(vec![1]));
        let all = feed.after(0, 9).unwrap();
        let numbers: Vec<_> = all.iter().map(|event| event.number).collect();
        assert_eq!(numbers, [1, 2, 3, 4]);
        let statuses: Vec<_> = all.iter().map(|event| event.fact.status.as_str()).collect();
        assert_eq!(statuses, ["RCVD", "ACTC", "RCVD", "RCVD"]);
        for (after, limit, expected) in [
            (0, 2, vec![1, 2]),
            (2, 9, vec![3, 4]),
            (4, 9, vec![]),
            (u64::MAX, 9, vec![]),
            (1, 0, vec![]),
        ] {
            let page = feed.after(after, limit).unwrap();
            assert_eq!(page.iter().map(|event| event.number).collect::<Vec<_>>(), expected);
        }
    }
}
