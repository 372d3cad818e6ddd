//! The feed: numbered rows on disk, and a bell for those who wait for the next.
//!
//! # Place      workflows -> [feed] -> store; readers and streams ask it
//! # Invariants one thread writes, so numbers have no gaps; whoever waits at the same time shares one
//! #            write and one sync, and nobody is answered before it

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
};

use ledger_core::{
    codec::decode,
    id::{Leg, MessageKind},
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use utoipa::ToSchema;
use verifier::summary::rfc3339;

use super::news::{News, NewsReport};
use crate::{
    gateway::Gateway,
    openapi::text::{Id, LeiCode, Time, Uetr},
    outbox::stored,
    payments::{
        inbox::InboxRecord, queue::WAITS_FOR_FUNDS, record::PaymentRecord, review::AWAITS_REVIEW,
    },
    port::{KeyValue, StoreFault, Write},
};

const EVENT: &[u8] = b"event/at/";
/// Numbers by leg, direction and status.
const NOTED: &[u8] = b"event/noted/";
/// The number of the last event.
const LAST: &[u8] = b"event/last";
/// Events about other matters than payments stand here, under the same numbers.
const NEWS: &[u8] = b"event/news/";
const MAX_ROW: usize = 1_024;
/// Streams at a time.
const STREAMS: usize = 64;
/// Changes that are written together at most, and that wait for it.
const TOGETHER: usize = 256;

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
    /// Whether it is about a recall: it has a status of a camt.029. It is noted as often as it is told.
    fn is_of_recall(&self) -> bool {
        matches!(self.status.as_str(), "PDCR" | "RJCR" | "CNCL")
    }

    fn noted(&self) -> Vec<u8> {
        // A payment may wait for its day, for money, and for a person of the other bank.
        let more = match self.reason.as_ref().map(|(code, _)| code.as_str()) {
            Some(AWAITS_REVIEW) => "/review",
            Some(WAITS_FOR_FUNDS) => "/funds",
            Some(_) | None => "",
        };
        let name = format!("/{}/{}{more}", self.direction.name(), self.status);
        [NOTED, self.leg.id().get(), name.as_bytes()].concat()
    }
}

/// What became true of a payment or is to be known, with its place in the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its place, counted from 1.
    pub number: u64,
    /// When it was noted, by this gateway's clock (ms since 1970).
    pub at: u64,
    /// What it is about.
    pub matter: Matter,
}

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matter {
    /// A payment, or its return.
    Payment(Box<PaymentEvent>),
    /// Something else.
    News(Box<News>),
}

/// A fact with its place in the feed, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentEvent {
    /// Its place.
    pub number: u64,
    /// When it was noted.
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
    /// `payment`, `return` when a payment's money goes back, `recall` when it is asked back, `exchange` for
    /// a leg of a quote; `directory` of a member's entry, `case` of a question between banks. Readers skip
    /// what they do not know.
    pub about: &'static str,
    /// UETR of the payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uetr>)]
    pub uetr: Option<String>,
    /// `outgoing` or `incoming`, of payments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<&'static str>,
    /// The bank at the other end; of the directory, whose entry it is.
    #[schema(value_type = LeiCode)]
    pub other: String,
    /// ISO 20022 status of a payment, or of a recall (`PDCR`, `RJCR`, `CNCL`); `announced`, `taken_back`,
    /// `changed` of the directory; `reminder_50`, `reminder_80`, `escalated`, `expired`,
    /// `child_answered` of a case.
    pub status: String,
    /// The stable code of a rejection, of a waiting or of a reminder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Its ISO 20022 reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iso_reason: Option<String>,
    /// The payment's leg on the ledger.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Id>)]
    pub leg: Option<String>,
    /// What events of the directory and of cases say.
    #[serde(flatten)]
    pub news: NewsReport,
    /// When this gateway noted it.
    #[schema(value_type = Time)]
    pub at: String,
}

impl Event {
    /// What became true, if it is about a payment.
    #[must_use]
    pub fn fact(&self) -> Option<&Fact> {
        match &self.matter {
            Matter::Payment(event) => Some(&event.fact),
            Matter::News(_) => None,
        }
    }

    /// As JSON shows it.
    #[must_use]
    pub fn report(&self) -> EventReport {
        let at = rfc3339(LedgerTime::new(self.at));
        match &self.matter {
            Matter::Payment(event) => event.report(at),
            Matter::News(news) => EventReport {
                number: self.number,
                about: news.topic.name(),
                uetr: news.uetr.map(|uetr| uetr.to_text()),
                direction: None,
                other: news.other.text().to_owned(),
                status: news.what.clone(),
                code: None,
                iso_reason: None,
                leg: None,
                news: news.report(),
                at,
            },
        }
    }
}

impl From<PaymentEvent> for Event {
    fn from(event: PaymentEvent) -> Self {
        let (number, at) = (event.number, event.at);
        Self { number, at, matter: Matter::Payment(Box::new(event)) }
    }
}

impl PaymentEvent {
    fn report(&self, at: String) -> EventReport {
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
                _ if self.fact.is_of_recall() => "recall",
                Kind::Pacs004 => "return",
                Kind::Pacs009 if self.exchange => "exchange",
                Kind::Pacs009 | Kind::Pacs008 | Kind::Sese023 => "payment",
            },
            uetr: Some(leg.uetr.to_text()),
            direction: Some(direction.name()),
            other: other.text().to_owned(),
            status: status.clone(),
            code,
            iso_reason,
            leg: Some(leg.id().to_hex()),
            news: NewsReport::default(),
            at,
        }
    }
}

/// The feed of one gateway.
pub struct Feed {
    store: Arc<dyn KeyValue>,
    last: Arc<Last>,
    /// To the thread that writes; gone when the feed is dropped.
    changes: Option<mpsc::Sender<Change>>,
    writer: Option<JoinHandle<()>>,
    /// Room for streams.
    pub(crate) streams: Arc<Semaphore>,
}

/// The number of the last event, and who waits for the next.
struct Last {
    number: AtomicU64,
    bell: watch::Sender<u64>,
}

/// What one caller wants to be written.
struct Change {
    writes: Vec<Write>,
    facts: Vec<Fact>,
    news: Vec<News>,
    done: oneshot::Sender<Result<(), StoreFault>>,
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
        let last = Arc::new(Last { number: AtomicU64::new(last), bell });
        let (changes, asked) = mpsc::channel(TOGETHER);
        let writer = Writer { store: Arc::clone(&store), last: Arc::clone(&last) };
        let writer = thread::Builder::new().name("feed".to_owned()).spawn(|| writer.run(asked));
        let writer = Some(writer.map_err(|_| StoreFault::Unavailable)?);
        let streams = Arc::new(Semaphore::new(STREAMS));
        Ok(Self { store, last, changes: Some(changes), writer, streams })
    }

    /// Writes what makes facts true together with their events; a fact that was noted before is not
    /// noted again. What was asked for is written also when nobody waits for it any more.
    ///
    /// # Errors
    /// [`StoreFault`]; nothing was written then.
    pub async fn keep(&self, writes: Vec<Write>, facts: Vec<Fact>) -> Result<(), StoreFault> {
        self.change(writes, facts, Vec::new()).await
    }

    /// Writes rows together with what they tell; what was told before is not told again.
    ///
    /// # Errors
    /// [`StoreFault`]; nothing was written then.
    pub async fn tell(&self, writes: Vec<Write>, news: Vec<News>) -> Result<(), StoreFault> {
        self.change(writes, Vec::new(), news).await
    }

    async fn change(
        &self,
        writes: Vec<Write>,
        facts: Vec<Fact>,
        news: Vec<News>,
    ) -> Result<(), StoreFault> {
        let (done, told) = oneshot::channel();
        let changes = self.changes.as_ref().ok_or(StoreFault::Unavailable)?;
        let sent = changes.send(Change { writes, facts, news, done }).await;
        sent.map_err(|_| StoreFault::Unavailable)?;
        told.await.map_err(|_| StoreFault::Unavailable)?
    }

    /// Events after the one with this number, at most `limit`.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn after(&self, number: u64, limit: usize) -> Result<Vec<Event>, StoreFault> {
        let numbers = (number.saturating_add(1)..=self.last()).take(limit);
        let damaged = |_| StoreFault::Damaged;
        let read = |number| match self.store.get(&key(number))? {
            Some(bytes) => {
                let event: PaymentEvent = decode(&bytes, MAX_ROW).map_err(damaged)?;
                Ok(Event::from(event))
            }
            None => {
                let bytes = self.store.get(&news_key(number))?.ok_or(StoreFault::Damaged)?;
                let (at, news): (u64, News) = decode(&bytes, MAX_ROW).map_err(damaged)?;
                Ok(Event { number, at, matter: Matter::News(Box::new(news)) })
            }
        };
        numbers.map(read).collect()
    }

    /// The number of the last event that was noted before this time (ms since 1970); 0 if none was.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub fn before(&self, at: u64) -> Result<u64, StoreFault> {
        let (mut before, mut not) = (0, self.last().saturating_add(1));
        while not.saturating_sub(before) > 1 {
            let middle = before.midpoint(not);
            let event = self.after(middle.saturating_sub(1), 1)?;
            match event.first() {
                Some(event) if event.at < at => before = middle,
                _ => not = middle,
            }
        }
        Ok(before)
    }

    /// The number of the last event.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.last.number.load(Ordering::Acquire)
    }

    /// A receiver that wakes at every event.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.last.bell.subscribe()
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        drop(self.changes.take());
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

/// The thread that writes.
struct Writer {
    store: Arc<dyn KeyValue>,
    last: Arc<Last>,
}

impl Writer {
    fn run(self, mut asked: mpsc::Receiver<Change>) {
        let mut changes = Vec::new();
        while asked.blocking_recv_many(&mut changes, TOGETHER) > 0 {
            self.write(std::mem::take(&mut changes));
        }
    }

    /// Writes changes in their order, all or none, and tells those who wait.
    fn write(&self, changes: Vec<Change>) {
        let last = self.last.number.load(Ordering::Acquire);
        let mut batch = Batch { last, ..Batch::default() };
        let mut waiting = Vec::with_capacity(changes.len());
        for Change { writes, facts, news, done } in changes {
            waiting.push((done, self.gather(&mut batch, writes, (facts, news))));
        }
        if batch.last > last {
            batch.writes.push(stored(LAST.to_vec(), &batch.last));
        }
        let written = self.store.write(batch.writes);
        if written.is_ok() {
            self.last.number.store(batch.last, Ordering::Release);
            self.last
                .bell
                .send_if_modified(|rung| std::mem::replace(rung, batch.last) != batch.last);
        }
        for (done, gathered) in waiting {
            // Whoever no longer waits need not be told.
            let _ = done.send(gathered.and(written));
        }
    }

    /// Adds a change to a batch: all of it, or nothing.
    fn gather(
        &self,
        batch: &mut Batch,
        writes: Vec<Write>,
        (facts, news): (Vec<Fact>, Vec<News>),
    ) -> Result<(), StoreFault> {
        let (mut rows, mut number, mut noted) = (writes, batch.last, Vec::new());
        for fact in facts {
            let name = fact.noted();
            let once = !fact.is_of_recall();
            let known = batch.noted.contains(&name) || noted.contains(&name);
            if once && (known || self.store.get(&name)?.is_some()) {
                continue;
            }
            number = number.saturating_add(1);
            let exchange = self.is_exchange(&fact)?;
            let event = PaymentEvent { number, at: Gateway::now_ms(), fact, exchange };
            rows.push(stored(key(number), &event));
            rows.push(stored(name.clone(), &number));
            noted.push(name);
        }
        for told in news {
            let name = told.noted();
            let known = batch.noted.contains(&name) || noted.contains(&name);
            if known || self.store.get(&name)?.is_some() {
                continue;
            }
            number = number.saturating_add(1);
            rows.push(stored(news_key(number), &(Gateway::now_ms(), told)));
            rows.push(stored(name.clone(), &number));
            noted.push(name);
        }
        batch.writes.extend(rows);
        batch.noted.extend(noted);
        batch.last = number;
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
}

/// What one write holds.
#[derive(Default)]
struct Batch {
    writes: Vec<Write>,
    /// Facts that it notes.
    noted: BTreeSet<Vec<u8>>,
    /// The number of the last event once it is written.
    last: u64,
}

fn news_key(number: u64) -> Vec<u8> {
    [NEWS, &number.to_be_bytes()].concat()
}

fn key(number: u64) -> Vec<u8> {
    [EVENT, &number.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, atomic::AtomicBool};

    use ledger_core::id::{Lei, MessageKind, Uetr};

    use super::*;
    use crate::port::{MemoryStore, Pair};

    fn fact(byte: u8, status: &str) -> Fact {
        let leg = Leg {
            instructing: Lei::new("529900T8BM49AURSDO55").unwrap(),
            uetr: Uetr::new([byte; 16]),
            kind: MessageKind::Pacs008,
            instructed: Lei::new("7LTWFZYICNSX8D621K86").unwrap(),
        };
        Fact { leg, direction: Direction::Outgoing, status: status.to_owned(), reason: None }
    }

    #[tokio::test]
    async fn e1_numbers_have_no_gaps_and_a_fact_is_noted_once_also_after_a_restart() {
        let store: Arc<dyn KeyValue> = Arc::new(MemoryStore::default());
        let feed = Feed::open(Arc::clone(&store)).unwrap();
        let mut bell = feed.watch();
        feed.keep(Vec::new(), vec![fact(1, "RCVD")]).await.unwrap();
        feed.keep(Vec::new(), vec![fact(1, "RCVD"), fact(1, "ACTC")]).await.unwrap();
        assert!(bell.has_changed().unwrap());
        assert_eq!(*bell.borrow_and_update(), 2);
        feed.keep(Vec::new(), vec![fact(1, "ACTC")]).await.unwrap();
        assert!(!bell.has_changed().unwrap(), "nothing new");
        drop(feed);
        let feed = Feed::open(Arc::clone(&store)).unwrap();
        assert_eq!(feed.last(), 2);
        feed.keep(Vec::new(), vec![fact(1, "ACTC"), fact(2, "RCVD")]).await.unwrap();
        let incoming = Fact { direction: Direction::Incoming, ..fact(2, "RCVD") };
        feed.keep(vec![(b"x".to_vec(), Some(vec![1]))], vec![incoming]).await.unwrap();
        assert_eq!(store.get(b"x").unwrap(), Some(vec![1]));
        let all = feed.after(0, 9).unwrap();
        let numbers: Vec<_> = all.iter().map(|event| event.number).collect();
        assert_eq!(numbers, [1, 2, 3, 4]);
        let statuses: Vec<_> =
            all.iter().map(|event| event.fact().unwrap().status.as_str()).collect();
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

    #[tokio::test]
    async fn e5_news_stand_in_the_same_order_and_are_told_once() {
        use crate::events::news::Topic;
        let store: Arc<dyn KeyValue> = Arc::new(MemoryStore::default());
        let feed = Feed::open(Arc::clone(&store)).unwrap();
        let news = |what: &str| News {
            topic: Topic::Directory,
            what: what.to_owned(),
            other: fact(1, "RCVD").leg.instructed,
            uetr: None,
            case: None,
            due: Some(LedgerTime::new(7)),
            changes: vec!["endpoint".to_owned()],
            contact: None,
            once: Vec::new(),
        };
        feed.keep(Vec::new(), vec![fact(1, "RCVD")]).await.unwrap();
        feed.tell(Vec::new(), vec![news("announced"), news("announced")]).await.unwrap();
        drop(feed);
        let feed = Feed::open(store).unwrap();
        feed.tell(Vec::new(), vec![news("announced"), news("changed")]).await.unwrap();
        feed.keep(Vec::new(), vec![fact(1, "ACTC")]).await.unwrap();
        let all: Vec<_> = feed.after(0, 9).unwrap().iter().map(Event::report).collect();
        let told = all.iter().map(|one| (one.number, one.about, one.status.as_str()));
        let told: Vec<_> = told.collect();
        let expected = [
            (1, "payment", "RCVD"),
            (2, "directory", "announced"),
            (3, "directory", "changed"),
            (4, "payment", "ACTC"),
        ];
        assert_eq!(told, expected);
        let shown = serde_json::to_value(&all[1]).unwrap();
        assert_eq!(shown["changes"], serde_json::json!(["endpoint"]));
        assert!(shown.get("uetr").is_none() && shown.get("leg").is_none(), "{shown}");
    }

    #[test]
    fn g6_the_last_event_before_a_time_is_found() {
        let store = Arc::new(MemoryStore::default());
        let rows = (1..).zip([10, 10, 20, 30, 30, 30, 40]).map(|(number, at)| {
            let event = PaymentEvent { number, at, fact: fact(1, "RCVD"), exchange: false };
            stored(key(number), &event)
        });
        store.write(rows.chain([stored(LAST.to_vec(), &7_u64)]).collect()).unwrap();
        let feed = Feed::open(store).unwrap();
        for (at, before) in
            [(0, 0), (10, 0), (11, 2), (20, 2), (30, 3), (31, 6), (40, 6), (41, 7), (u64::MAX, 7)]
        {
            assert_eq!(feed.before(at).unwrap(), before, "{at}");
        }
    }

    /// A store that counts its writes, holds them back, and fails when it is told to.
    #[derive(Default)]
    struct Slow {
        inner: MemoryStore,
        gate: Mutex<()>,
        writes: AtomicU64,
        fails: AtomicBool,
    }

    impl KeyValue for Slow {
        fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreFault> {
            self.inner.get(key)
        }
        fn write(&self, batch: Vec<Write>) -> Result<(), StoreFault> {
            self.writes.fetch_add(1, Ordering::Relaxed);
            let _held = self.gate.lock().unwrap();
            if self.fails.load(Ordering::Relaxed) {
                return Err(StoreFault::Unavailable);
            }
            self.inner.write(batch)
        }
        fn scan(&self, prefix: &[u8], limit: usize) -> Result<Vec<Pair>, StoreFault> {
            self.inner.scan(prefix, limit)
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn e1_those_who_wait_at_the_same_time_share_a_write_and_its_failure() {
        let store = Arc::new(Slow::default());
        let feed = Arc::new(Feed::open(Arc::clone(&store) as Arc<dyn KeyValue>).unwrap());
        let keep = |byte, status: &'static str| {
            let feed = Arc::clone(&feed);
            tokio::spawn(async move { feed.keep(Vec::new(), vec![fact(byte, status)]).await })
        };
        let (first, kept) = {
            let held = store.gate.lock().unwrap();
            let first = keep(38, "RCVD");
            while store.writes.load(Ordering::Relaxed) == 0 {
                std::thread::yield_now();
            }
            // The same fact twice among them, and the one that is being written.
            let kept: Vec<_> = (0..40).map(|byte| keep(byte % 39, "RCVD")).collect();
            while feed.changes.as_ref().unwrap().capacity() > TOGETHER - 40 {
                std::thread::yield_now();
            }
            drop(held);
            (first, kept)
        };
        for done in kept.into_iter().chain([first]) {
            done.await.unwrap().unwrap();
        }
        assert_eq!(store.writes.load(Ordering::Relaxed), 2, "of 41 changes");
        let all = feed.after(0, 99).unwrap();
        assert_eq!(all.iter().map(|e| e.number).collect::<Vec<_>>(), (1..=39).collect::<Vec<_>>());

        store.fails.store(true, Ordering::Relaxed);
        let lost: Vec<_> = (40..44).map(|byte| keep(byte, "RCVD")).collect();
        for done in lost {
            assert_eq!(done.await.unwrap(), Err(StoreFault::Unavailable));
        }
        assert_eq!(feed.last(), 39);
        store.fails.store(false, Ordering::Relaxed);
        keep(40, "RCVD").await.unwrap().unwrap();
        assert_eq!(feed.last(), 40, "no gap where nothing was written");
    }
}
