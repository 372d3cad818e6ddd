//! The feed of events: pages after a cursor, or a stream that goes on where it broke off.
//!
//! # Place      gateway -> server-sent events -> [`Follow`] -> core systems
//! # Invariants numbers have no gaps: one that is left out is an error, one that comes again is
//! #            dropped; a stream is opened again after the last number that was given out
//! # Absent     where the cursor is kept: beside what the caller does with events

use std::time::Duration;

use reqwest::{
    Method,
    header::{ACCEPT, HeaderValue},
};
use serde::{Deserialize, Serialize};

use crate::{
    error::Error,
    exchange::{ClientError, StreamedAnswer},
    gateway::{Gateway, prefer_wait, refusal},
    problem::Retry,
};

/// Events of a page at most.
pub const PAGE: u16 = 256;
/// Bytes of an event of a stream at most.
const MAX_EVENT: usize = 16 << 10;
/// Attempts in a row to open a stream, before it is given up.
const ATTEMPTS: u32 = 12;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Which way a payment goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// This bank pays.
    Outgoing,
    /// This bank is paid.
    Incoming,
}

impl Direction {
    /// As the API spells it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Outgoing => "outgoing",
            Self::Incoming => "incoming",
        }
    }
}

/// Something that became true of a payment, as the gateway says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its cursor: ask for what comes after it.
    pub number: u64,
    /// `payment`, `return` when a payment's money goes back, `exchange`, `directory` or `case`.
    pub about: String,
    /// UETR of the payment, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uetr: Option<String>,
    /// Which way a payment goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// LEI of the bank at the other end; of the directory, whose entry it is.
    pub other: String,
    /// ISO 20022 status of a payment; what happened to an entry or to a case.
    pub status: String,
    /// The stable code of a rejection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Its ISO 20022 reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iso_reason: Option<String>,
    /// The payment's leg on the ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg: Option<String>,
    /// The case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// When a change of the directory acts, or until when an answer is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// What changes in a directory entry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<String>,
    /// Who is told of a case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// When the gateway noted it.
    pub at: String,
}

/// Some events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventsPage {
    /// In order.
    pub events: Vec<Event>,
    /// The cursor with which to go on.
    pub next_after: u64,
    /// Whether there are more by now.
    pub has_more: bool,
}

impl Gateway {
    /// Events after a number, at most `limit`, after waiting so long for the next one.
    ///
    /// # Errors
    /// [`Error`]; [`Error::Gap`] when a number is left out.
    pub async fn events(
        &self,
        after: u64,
        limit: u16,
        wait: Duration,
    ) -> Result<EventsPage, Error> {
        let limit = limit.clamp(1, PAGE);
        let path = format!("/v1/events?after={after}&limit={limit}");
        let mut request = self.request(Method::GET, &path, Vec::new());
        prefer_wait(&mut request, wait);
        let answer = self.repeated(&request).await?;
        let page: EventsPage = crate::gateway::read(&answer, "a page of events")?;
        let mut last = after;
        for event in &page.events {
            if event.number != last.saturating_add(1) {
                return Err(Error::Gap { after: last, came: event.number });
            }
            last = event.number;
        }
        Ok(page)
    }

    /// Follows the feed from after a number on, for ever.
    #[must_use]
    pub const fn follow(&self, after: u64) -> Follow<'_> {
        Follow { gateway: self, after, stream: None, failed: 0 }
    }
}

/// A stream of events that is opened again when it breaks.
#[derive(Debug)]
pub struct Follow<'a> {
    gateway: &'a Gateway,
    after: u64,
    stream: Option<Stream>,
    /// Attempts since the last sign of life.
    failed: u32,
}

#[derive(Debug)]
struct Stream {
    answer: StreamedAnswer,
    lines: Lines,
}

impl Follow<'_> {
    /// The number of the last event that was given out: the cursor to keep.
    #[must_use]
    pub const fn after(&self) -> u64 {
        self.after
    }

    /// The next event.
    ///
    /// # Errors
    /// [`Error::Gap`]; a refusal that a pause does not change; what went wrong last, when the stream
    /// could not be opened a dozen times in a row.
    pub async fn next(&mut self) -> Result<Event, Error> {
        loop {
            match self.step().await {
                Ok(Some(event)) => return Ok(event),
                Ok(None) => self.failed = 0,
                Err(error) => self.broken(error).await?,
            }
        }
    }

    /// One piece of the stream; an event if it completes one that was not given out yet.
    async fn step(&mut self) -> Result<Option<Event>, Error> {
        if self.stream.is_none() {
            self.stream = Some(self.open().await?);
        }
        let Some(stream) = &mut self.stream else { return Ok(None) };
        let Some(data) = stream.lines.event()? else {
            let silence = self.gateway.limits.silence;
            let piece = stream.answer.next(silence).await?.ok_or(Error::Stream)?;
            stream.lines.add(&piece)?;
            return Ok(None);
        };
        let event: Event = serde_json::from_str(&data).map_err(|_| Error::Stream)?;
        if event.number <= self.after {
            return Ok(None);
        }
        if event.number != self.after.saturating_add(1) {
            return Err(Error::Gap { after: self.after, came: event.number });
        }
        self.after = event.number;
        Ok(Some(event))
    }

    async fn open(&self) -> Result<Stream, Error> {
        let path = format!("/v1/events?after={}", self.after);
        let mut request = self.gateway.request(Method::GET, &path, Vec::new());
        let accept = HeaderValue::from_static("text/event-stream");
        request.unsigned_headers.insert(ACCEPT, accept);
        let answer = self.gateway.http.stream(request).await?;
        if answer.status() != 200 {
            return Err(refusal(&answer.whole(MAX_EVENT).await?, "a stream of events"));
        }
        Ok(Stream { answer, lines: Lines::default() })
    }

    /// Waits before the stream is opened again, or says why it is not.
    async fn broken(&mut self, error: Error) -> Result<(), Error> {
        self.stream = None;
        self.failed = self.failed.saturating_add(1);
        if !heals(&error) || self.failed >= ATTEMPTS {
            return Err(error);
        }
        let doubled = FIRST_PAUSE.saturating_mul(1 << self.failed.min(8));
        tokio::time::sleep(doubled.min(LONGEST_PAUSE)).await;
        Ok(())
    }
}

/// Whether opening the stream again can help.
fn heals(error: &Error) -> bool {
    match error {
        Error::Exchange(
            ClientError::NoConnection(_)
            | ClientError::Timeout(_)
            | ClientError::Exchange(_)
            | ClientError::Silence,
        ) => true,
        Error::Refused(problem) => problem.retry == Retry::Later,
        // An orderly end of the stream: the gateway stops or restarts.
        Error::Stream => true,
        _ => false,
    }
}

/// Bytes of a stream, cut into the data of its events.
#[derive(Debug, Default)]
struct Lines {
    bytes: Vec<u8>,
}

impl Lines {
    fn add(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.bytes.extend_from_slice(piece);
        // Whole events are taken out before more is read, so what is kept is part of one, and a
        // piece is as long as the connection gives at once.
        if self.bytes.len() > MAX_EVENT + (1 << 20) { Err(Error::Stream) } else { Ok(()) }
    }

    /// The data of the first whole event. Comments and events without data are passed over.
    fn event(&mut self) -> Result<Option<String>, Error> {
        while let Some(end) = self.bytes.windows(2).position(|pair| pair == b"\n\n") {
            let block: Vec<u8> = self.bytes.drain(..end.saturating_add(2)).collect();
            if block.len() > MAX_EVENT {
                return Err(Error::Stream);
            }
            let block = String::from_utf8(block).map_err(|_| Error::Stream)?;
            let data = block.lines().find_map(|line| line.strip_prefix("data:"));
            if let Some(data) = data {
                return Ok(Some(data.trim_start().to_owned()));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
