//! Endpoints of account checks: a bank's desk, and another member's gateway.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, LOCATION},
    web::{self, Bytes, Data},
};
use ledger_core::{digest::Hash32, time::LedgerTime};
use utoipa::IntoParams;

use super::{
    App, Body, ClientRole,
    orders::{marked, named},
    parcels, prefer, wants_xml, with_client,
};
use crate::{
    checks::{
        answering,
        asking::{self, AccountCheckInput, AskedCheck, Question, SYNC, Stage},
        messages,
        report::{AccountCheckReport, report},
    },
    gateway::Gateway,
    ledger_port::BCS,
    openapi::{Acmt023Text, Acmt024Text, SealedBytes, Sending, text::Id},
    refused::Refused,
};

const DESK: &[ClientRole] = &[ClientRole::Operations, ClientRole::Compliance];

/// A check.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "only its description is used")]
pub struct CheckPath {
    /// Its id.
    #[param(value_type = Id)]
    check: String,
}

/// `POST /v1/account-checks`: asks an account's bank whether it is the named holder's.
///
/// The bank is waited for three seconds, or as long as `Prefer: wait` says, and asked for fifteen minutes. With
/// `Accept: application/xml` an answer is an acmt.024.001.04. A check is kept for a day.
#[utoipa::path(post, path = "/v1/account-checks", tag = "Payments", params(Sending),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    request_body(description = "A check in JSON or as a message.",
        content((AccountCheckInput = "application/json"), (Acmt023Text = "application/xml"))),
    responses(
        (status = 200, description = "Answered.",
            content((AccountCheckReport = "application/json"), (Acmt024Text = "application/xml"))),
        (status = 202, description = "On disk; the bank is asked; `location` tells more.",
            body = AccountCheckReport),
    ))]
pub async fn post_check(app: Data<App>, request: HttpRequest, Body(body): Body) -> HttpResponse {
    with_client(&app, &request, &body, DESK, |_| async {
        ask(&app, &request, &body).await.map_err(|r| r.problem())
    })
    .await
}

fn read(request: &HttpRequest, body: &[u8]) -> Result<(AccountCheckInput, Question), Refused> {
    let media = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    if media.is_some_and(|media| media.contains("xml")) {
        return messages::read(body);
    }
    let input = serde_json::from_slice(body)
        .map_err(|_| Refused::Malformed("not an account check; see docs/api.md"))?;
    Ok((input, Question::default()))
}

async fn ask(
    app: &Data<App>,
    request: &HttpRequest,
    body: &Bytes,
) -> Result<HttpResponse, Refused> {
    let gateway = &app.gateway;
    let (input, question) = read(request, body)?;
    let mut fresh = None;
    let (id, replayed) = named(gateway, request, body, || {
        let record = asking::ask(gateway, &input, question)?;
        let now = LedgerTime::new(Gateway::now_ms());
        let mut writes = asking::forgotten(gateway.store.as_ref(), now)?;
        writes.extend(record.writes());
        let id = record.id();
        fresh = Some(record);
        Ok((id, writes))
    })
    .await?;
    if let Some(record) = fresh {
        asking::start(gateway, record);
    }
    let wait = prefer::wait(request.headers()).unwrap_or(SYNC);
    let record = asking::wait(gateway, &id, wait).await?;
    Ok(marked(shown(gateway, request, &record)?, replayed))
}

fn shown(
    gateway: &Gateway,
    request: &HttpRequest,
    record: &AskedCheck,
) -> Result<HttpResponse, Refused> {
    let waits = matches!(record.stage, Stage::Asked);
    let mut answer = if waits { HttpResponse::Accepted() } else { HttpResponse::Ok() };
    answer.insert_header((LOCATION, format!("/v1/account-checks/{}", record.id())));
    if wants_xml(request) && !waits {
        let message = messages::answer(gateway, record)?;
        return Ok(answer.content_type("application/xml").body(message));
    }
    Ok(answer.json(report(record)))
}

/// `GET /v1/account-checks/{check}`: what the account's bank said; as XML, the acmt.024.
#[utoipa::path(get, path = "/v1/account-checks/{check}", tag = "Payments", params(CheckPath),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "As it stands.",
        content((AccountCheckReport = "application/json"), (Acmt024Text = "application/xml")))))]
pub async fn get_check(
    app: Data<App>,
    request: HttpRequest,
    check: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), DESK, |_| async {
        find(&app.gateway, &request, &check).map_err(|r| r.problem())
    })
    .await
}

fn find(gateway: &Gateway, request: &HttpRequest, check: &str) -> Result<HttpResponse, Refused> {
    let id =
        Hash32::from_hex(check).ok_or(Refused::Malformed("a check is 64 lowercase hex digits"))?;
    let record = AskedCheck::load(gateway.store.as_ref(), &id)?.ok_or(Refused::NotFound)?;
    if wants_xml(request) {
        let message = messages::answer(gateway, &record)?;
        return Ok(HttpResponse::Ok().content_type("application/xml").body(message));
    }
    Ok(HttpResponse::Ok().json(report(&record)))
}

/// `POST /v1/inbox/account-checks`: a parcel of another member's gateway.
#[utoipa::path(post, path = "/v1/inbox/account-checks", tag = "Between banks",
    security(("rfc9421" = ["member"])),
    request_body(content = SealedBytes, content_type = BCS, description = "A sealed parcel."),
    responses((status = 200, description = "A sealed, signed answer.",
        body = SealedBytes, content_type = BCS)))]
pub async fn post_check_inbox(
    app: Data<App>,
    request: HttpRequest,
    Body(body): Body,
) -> HttpResponse {
    parcels::answer(&app, &request, &body, answering::receive).await
}
