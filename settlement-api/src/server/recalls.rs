//! Endpoints of recalls: a member bank's desk, and another member's gateway.
//!
//! # Invariants X4 one role answers, another approves a yes, and never the same client

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{self, Bytes, Data},
};
use ledger_core::digest::Hash32;
use tokio::time::Instant;

use super::{
    Answered, App, Body, ClientRole, json_body,
    paging::{Page, PageOf},
    parcels, preferred_wait, wants_xml, with_client,
};
use crate::{
    exceptions::{
        answering::{self, AnswerInput},
        asking::{self, RecallInput},
        recall::{Answering, AskedRecall, Kept, ReceivedRecall, unfinished},
        report::{self, RecallReport},
    },
    gateway::Gateway,
    ledger_port::BCS,
    openapi::{Camt029Text, Camt056Text, Nothing, Prefer, RecallPath, SealedBytes},
    refused::Refused,
};

const DESK: &[ClientRole] = &[ClientRole::Operations];
const CHECKER: &[ClientRole] = &[ClientRole::Compliance];
const READERS: &[ClientRole] = &[ClientRole::Operations, ClientRole::Compliance];

/// A recall that this bank knows.
enum Known {
    Asked(Box<AskedRecall>),
    Received(Box<ReceivedRecall>),
}

impl Known {
    fn find(gateway: &Gateway, id: &Hash32) -> Result<Self, Refused> {
        let store = gateway.store.as_ref();
        if let Some(asked) = AskedRecall::load(store, id)? {
            return Ok(Self::Asked(Box::new(asked)));
        }
        let received = ReceivedRecall::load(store, id)?;
        received.map(|record| Self::Received(Box::new(record))).ok_or(Refused::NotFound)
    }

    fn report(&self, gateway: &Gateway) -> Result<RecallReport, Refused> {
        match self {
            Self::Asked(record) => report::asked(gateway, record),
            Self::Received(record) => report::received(gateway, record),
        }
    }

    fn is_final(&self) -> bool {
        match self {
            Self::Asked(record) => record.is_final(),
            Self::Received(record) => record.is_final(),
        }
    }

    /// Whether it goes on without anybody of this bank.
    fn is_under_way(&self) -> bool {
        match self {
            Self::Asked(record) => !record.is_final(),
            Self::Received(record) => {
                matches!(record.stage, Answering::Returning(_) | Answering::Agreed)
            }
        }
    }

    fn request(&self) -> &[u8] {
        match self {
            Self::Asked(record) => &record.request.value.message,
            Self::Received(record) => &record.request.value.message,
        }
    }

    fn answer(&self) -> Option<&crate::exceptions::recall::RecallAnswer> {
        let answer = match self {
            Self::Asked(record) => record.answer.as_ref(),
            Self::Received(record) => record.answer.as_ref(),
        };
        answer.map(|signed| &signed.value)
    }
}

fn parse_id(text: &str) -> Result<Hash32, Refused> {
    Hash32::from_hex(text).ok_or(Refused::Malformed("a recall is 64 lowercase hex digits"))
}

/// `POST /v1/recalls`: asks for a payment back that settled, or is held, from JSON or a camt.056.
///
/// The same content again finds the same recall. While one of a payment's recalls is open or was
/// accepted, another is `recall_exists`.
#[utoipa::path(post, path = "/v1/recalls", tag = "Recalls and returns", params(Prefer),
    security(("rfc9421" = ["operations"])),
    request_body(description = "A recall in JSON or as a message.",
        content((RecallInput = "application/json"), (Camt056Text = "application/xml"))),
    responses(
        (status = 200, description = "Answered.", body = RecallReport),
        (status = 202, description = "On disk and on its way; `location` tells more.",
            body = RecallReport),
    ))]
pub async fn post_recall(app: Data<App>, request: HttpRequest, Body(body): Body) -> HttpResponse {
    with_client(&app, &request, &body, DESK, |_| async {
        let media = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
        let is_xml = media.is_some_and(|media| media.contains("xml"));
        let record = asking::take(&app.gateway, &body, is_xml).await.map_err(|r| r.problem())?;
        answer_recall(&app.gateway, record.id(), preferred_wait(&request)).await
    })
    .await
}

/// Waits as long as a recall goes on by itself, and shows it: 200 when it has ended, else 202.
async fn answer_recall(gateway: &Gateway, id: Hash32, wait: Duration) -> Answered {
    let problem = |refused: Refused| refused.problem();
    let deadline = Instant::now() + wait;
    let mut known = Known::find(gateway, &id).map_err(problem)?;
    while known.is_under_way() && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(50)).await;
        known = Known::find(gateway, &id).map_err(problem)?;
    }
    let mut answer = if known.is_final() { HttpResponse::Ok() } else { HttpResponse::Accepted() };
    answer.insert_header((header::LOCATION, format!("/v1/recalls/{id}")));
    Ok(answer.json(known.report(gateway).map_err(problem)?))
}

/// `GET /v1/recalls`: recalls of both directions that have not ended.
#[utoipa::path(get, path = "/v1/recalls", tag = "Recalls and returns", params(PageOf),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "By their ids.", body = Vec<RecallReport>)))]
pub async fn get_recalls(app: Data<App>, request: HttpRequest) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), READERS, |_| async {
        let gateway = &app.gateway;
        let answer = || -> Result<HttpResponse, Refused> {
            let page = Page::read(request.query_string())?;
            let (ids, last) = page.cut(unfinished(gateway.store.as_ref())?, |id| id.get().to_vec());
            let reports = ids.iter().map(|id| Known::find(gateway, id)?.report(gateway));
            Ok(page.answer(&request, &reports.collect::<Result<Vec<_>, _>>()?, last))
        };
        answer().map_err(|r| r.problem())
    })
    .await
}

/// `GET /v1/recalls/{recall}`: where a recall is; as XML, the camt.029 that answers it.
#[utoipa::path(get, path = "/v1/recalls/{recall}", tag = "Recalls and returns",
    params(RecallPath),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "The recall as it stands.",
        content((RecallReport = "application/json"), (Camt029Text = "application/xml")))))]
pub async fn get_recall(
    app: Data<App>,
    request: HttpRequest,
    recall: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), READERS, |_| async {
        shown(&app.gateway, &recall, wants_xml(&request)).map_err(|r| r.problem())
    })
    .await
}

fn shown(gateway: &Gateway, recall: &str, as_xml: bool) -> Result<HttpResponse, Refused> {
    let known = Known::find(gateway, &parse_id(recall)?)?;
    if as_xml {
        let answer = known.answer().ok_or(Refused::NotAnswered)?;
        return Ok(xml(answer.message.clone()));
    }
    Ok(HttpResponse::Ok().json(known.report(gateway)?))
}

pub(super) fn xml(message: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/xml").body(message)
}

/// `GET /v1/recalls/{recall}/message`: the camt.056 as it was sent.
#[utoipa::path(get, path = "/v1/recalls/{recall}/message", tag = "Recalls and returns",
    params(RecallPath),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "A camt.056.001.08.",
        body = Camt056Text, content_type = "application/xml")))]
pub async fn get_recall_message(
    app: Data<App>,
    request: HttpRequest,
    recall: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), READERS, |_| async {
        let found = parse_id(&recall).and_then(|id| Known::find(&app.gateway, &id));
        Ok(xml(found.map_err(|r| r.problem())?.request().to_vec()))
    })
    .await
}

/// `POST /v1/recalls/{recall}/answer`: the bank that was paid says yes or no.
///
/// No is final and is said to the other bank. Yes waits for another client of this bank to approve.
#[utoipa::path(post, path = "/v1/recalls/{recall}/answer", tag = "Recalls and returns",
    params(RecallPath), security(("rfc9421" = ["operations"])), request_body = AnswerInput,
    responses(
        (status = 200, description = "Rejected, or answered before.", body = RecallReport),
        (status = 202, description = "Waits for approval, or for the ledger.", body = RecallReport),
    ))]
pub async fn post_answer(
    app: Data<App>,
    request: HttpRequest,
    recall: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    let (gateway, recall, sent) = (&app.gateway, &recall, &body);
    with_client(&app, &request, &body, DESK, |client| async move {
        let input: AnswerInput = json_body(sent)?;
        let id = parse_id(recall).map_err(|r| r.problem())?;
        let answered = answering::answer(gateway, &id, &client.name, &input).await;
        answered.map_err(|r| r.problem())?;
        answer_recall(gateway, id, Duration::ZERO).await
    })
    .await
}

/// `POST /v1/recalls/{recall}/approve`: another client agrees that the money goes back.
///
/// The return is on disk when this is answered; the recall is accepted when its receipt is proved.
#[utoipa::path(post, path = "/v1/recalls/{recall}/approve", tag = "Recalls and returns",
    params(RecallPath, Prefer), security(("rfc9421" = ["compliance"])),
    request_body = Option<Nothing>,
    responses(
        (status = 200, description = "The money is back.", body = RecallReport),
        (status = 202, description = "On its way to the ledger.", body = RecallReport),
    ))]
pub async fn post_approval(
    app: Data<App>,
    request: HttpRequest,
    recall: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    let wait = preferred_wait(&request);
    let (gateway, recall) = (&app.gateway, &recall);
    with_client(&app, &request, &body, CHECKER, |client| async move {
        let id = parse_id(recall).map_err(|r| r.problem())?;
        let approved = answering::approve(gateway, &id, &client.name).await;
        approved.map_err(|r| r.problem())?;
        answer_recall(gateway, id, wait).await
    })
    .await
}

/// `POST /v1/inbox/recalls`: a parcel of another member's gateway.
#[utoipa::path(post, path = "/v1/inbox/recalls", tag = "Between banks",
    security(("rfc9421" = ["member"])),
    request_body(content = SealedBytes, content_type = BCS, description = "A sealed parcel."),
    responses((status = 200, description = "A sealed, signed answer.",
        body = SealedBytes, content_type = BCS)))]
pub async fn post_recall_inbox(
    app: Data<App>,
    request: HttpRequest,
    Body(body): Body,
) -> HttpResponse {
    parcels::answer(&app, &request, &body, answering::receive).await
}
