//! Endpoint of the feed: a page, or a stream of server-sent events.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{
    HttpRequest, HttpResponse,
    body::{BodySize, MessageBody},
    http::header,
    web::{self, Bytes, Data},
};
use serde::{Deserialize, Serialize};
use tokio::{sync::mpsc, time::Instant};
use utoipa::{IntoParams, ToSchema};

use super::{App, ClientRole, paging, preferred_wait, with_client};
use crate::{
    events::feed::{Event, EventReport},
    gateway::Gateway,
    openapi::{EventStreamText, Prefer},
    refused::Refused,
};

const READERS: &[ClientRole] = &[ClientRole::Operations, ClientRole::Compliance];
/// Events of one page when nothing is said, and at most.
const PAGE: usize = 256;
const STREAM: &str = "text/event-stream";
/// How often a silent stream shows that it lives.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Which events.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct EventsOf {
    /// Events after the one with this number; from the first if absent.
    #[serde(default)]
    after: Option<u64>,
    /// At most so many; 256 if absent.
    #[param(minimum = 1, maximum = 256)]
    #[serde(default)]
    limit: Option<usize>,
}

/// Some events.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EventsPage {
    /// In the order in which they were noted.
    pub events: Vec<EventReport>,
    /// The cursor with which to go on: the last event's number, or the one that was asked with.
    pub next_after: u64,
    /// Whether there are more by now.
    pub has_more: bool,
}

/// `GET /v1/events`: what happened to payments, in one durable order.
///
/// Numbers have no gaps and start at 1; a payment has each status once in each direction, so keep the
/// last number and go on from it. `Prefer: wait=N` waits for the next event.
/// `Accept: text/event-stream` asks for a stream of server-sent events, whose ids are the numbers;
/// `Last-Event-ID` is read like `after`.
#[utoipa::path(get, path = "/v1/events", tag = "Payments", params(EventsOf, Prefer),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "After the cursor.",
        content((EventsPage = "application/json"), (EventStreamText = "text/event-stream")))))]
pub async fn get_events(app: Data<App>, request: HttpRequest) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), READERS, |_| async {
        answer(&app.gateway, &request).await.map_err(|r| r.problem())
    })
    .await
}

async fn answer(gateway: &Arc<Gateway>, request: &HttpRequest) -> Result<HttpResponse, Refused> {
    let asked = web::Query::<EventsOf>::from_query(request.query_string())
        .map_err(|_| Refused::Malformed("ask as in ?after=17&limit=256"))?;
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let last_seen = match text("last-event-id") {
        Some(id) => Some(id.parse().map_err(|_| Refused::Malformed("Last-Event-ID is a number"))?),
        None => asked.after,
    };
    let after = last_seen.unwrap_or(0);
    if text(header::ACCEPT.as_str()).is_some_and(|accept| accept.contains(STREAM)) {
        return stream(gateway, after);
    }
    let limit = paging::limit(asked.limit, (PAGE, PAGE))?;
    let page = page(gateway, (after, limit), preferred_wait(request)).await?;
    Ok(HttpResponse::Ok().json(page))
}

async fn page(
    gateway: &Gateway,
    (after, limit): (u64, usize),
    wait: Duration,
) -> Result<EventsPage, Refused> {
    let deadline = Instant::now() + wait;
    let mut bell = gateway.events.watch();
    let events = loop {
        bell.borrow_and_update();
        let events = gateway.events.after(after, limit)?;
        let over = tokio::time::timeout_at(deadline, bell.changed());
        if !events.is_empty() || over.await.is_err() {
            break events;
        }
    };
    let next_after = events.last().map_or(after, |event| event.number);
    let has_more = gateway.events.last() > next_after;
    Ok(EventsPage { events: events.iter().map(Event::report).collect(), next_after, has_more })
}

/// A body of chunks that come from a task.
struct Chunks(mpsc::Receiver<Bytes>);

impl MessageBody for Chunks {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.get_mut().0.poll_recv(context).map(|chunk| chunk.map(Ok))
    }
}

fn stream(gateway: &Arc<Gateway>, after: u64) -> Result<HttpResponse, Refused> {
    let room = Arc::clone(&gateway.events.streams).try_acquire_owned();
    let room = room.map_err(|_| Refused::TooManyStreams)?;
    let (chunks, body) = mpsc::channel(16);
    let gateway = Arc::clone(gateway);
    tokio::spawn(async move {
        write_stream(&gateway, after, &chunks).await;
        drop(room);
    });
    Ok(HttpResponse::Ok()
        .content_type(STREAM)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(Chunks(body)))
}

/// Writes until the reader has gone or the store fails.
async fn write_stream(gateway: &Gateway, mut after: u64, chunks: &mpsc::Sender<Bytes>) {
    let mut bell = gateway.events.watch();
    loop {
        bell.borrow_and_update();
        let Ok(events) = gateway.events.after(after, PAGE) else { return };
        for event in &events {
            if chunks.send(Bytes::from(line(event))).await.is_err() {
                return;
            }
            after = event.number;
        }
        if !events.is_empty() {
            continue;
        }
        let waited = tokio::time::timeout(HEARTBEAT, bell.changed());
        if waited.await.is_err() && chunks.send(Bytes::from_static(b":\n\n")).await.is_err() {
            return;
        }
    }
}

fn line(event: &Event) -> String {
    let report = event.report();
    let data = serde_json::to_string(&report).unwrap_or_default();
    format!("id: {}\nevent: {}\ndata: {data}\n\n", report.number, report.about)
}
