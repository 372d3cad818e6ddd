//! Endpoints of payments to this bank that wait for one of its people.
//!
//! # Invariants P14 one role accepts, another approves, and never the same client; either rejects

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, rt,
    web::{self, Bytes, Data},
};
use ledger_core::{digest::Hash32, id::LegId};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{Answered, App, Body, ClientRole, bank::parse_uetr, json_body, with_client};
use crate::{
    gateway::Gateway,
    openapi::{Nothing, UetrPath, text::Id},
    payments::{
        report::{self, PaymentReport},
        review::{
            self, RejectInput, Reviewed,
            report::{InboxPage, page},
        },
    },
    refused::Refused,
};

const DESK: &[ClientRole] = &[ClientRole::Operations];
const CHECKER: &[ClientRole] = &[ClientRole::Compliance];
const EITHER: &[ClientRole] = &[ClientRole::Operations, ClientRole::Compliance];
/// Payments of one page when nothing is said, and at most.
const PAGE: usize = 100;
const MAX_PAGE: usize = 1_000;

/// Which payments to this bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InboxStatus {
    /// Those that wait for one of its people.
    Pending,
}

/// Which payments.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct InboxOf {
    /// Those that wait for a person, also if absent.
    #[param(inline)]
    #[serde(default)]
    status: Option<InboxStatus>,
    /// Payments after the one with this cursor; from the first if absent.
    #[param(value_type = Option<Id>)]
    #[serde(default)]
    after: Option<String>,
    /// At most so many; 100 if absent.
    #[param(minimum = 1, maximum = 1000)]
    #[serde(default)]
    limit: Option<usize>,
}

/// `GET /v1/inbox`: payments to this bank that wait for one of its people.
#[utoipa::path(get, path = "/v1/inbox", tag = "Payments", params(InboxOf),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "Those that came first, first.", body = InboxPage)))]
pub async fn get_inbox(app: Data<App>, request: HttpRequest) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), EITHER, |_| async {
        let page = asked(&app.gateway, request.query_string());
        Ok(HttpResponse::Ok().json(page.map_err(|r| r.problem())?))
    })
    .await
}

fn asked(gateway: &Gateway, query: &str) -> Result<InboxPage, Refused> {
    let asked = web::Query::<InboxOf>::from_query(query)
        .map_err(|_| Refused::Malformed("ask as in ?status=pending&after=CURSOR&limit=100"))?;
    let cursor = |text: &str| {
        let hash = Hash32::from_hex(text).map(|hash| LegId::new(*hash.get()));
        hash.ok_or(Refused::Malformed("a cursor is 64 lowercase hex digits"))
    };
    let after = asked.after.as_deref().map(cursor).transpose()?;
    match asked.status.unwrap_or(InboxStatus::Pending) {
        InboxStatus::Pending => {
            page(gateway, after, asked.limit.unwrap_or(PAGE).clamp(1, MAX_PAGE))
        }
    }
}

/// Does it to its end also when the client no longer waits, and shows the payment: 202 while it waits
/// for another client.
async fn answer(
    gateway: &Gateway,
    doing: impl Future<Output = Result<Reviewed, Refused>> + 'static,
) -> Answered {
    let done = rt::spawn(doing).await.unwrap_or(Err(Refused::NotReady));
    let reviewed = done.map_err(|r| r.problem())?;
    let report = report::incoming(gateway, &reviewed.record).map_err(Refused::from);
    let report = report.map_err(|r| r.problem())?;
    let waits = reviewed.review.is_pending();
    let mut answer = if waits { HttpResponse::Accepted() } else { HttpResponse::Ok() };
    Ok(answer.json(report))
}

/// `POST /v1/payments/{uetr}/accept`: a client accepts a payment that waits; another must approve.
///
/// Not while this bank's inquiry about it is open (`inquiry_open`), or while the payer's bank asks for
/// it back (`payment_asked_back`). Asked again, the answer is the same.
#[utoipa::path(post, path = "/v1/payments/{uetr}/accept", tag = "Payments", params(UetrPath),
    security(("rfc9421" = ["operations"])), request_body = Option<Nothing>,
    responses(
        (status = 200, description = "Accepted before.", body = PaymentReport),
        (status = 202, description = "Waits for approval.", body = PaymentReport),
    ))]
pub async fn accept_payment(
    app: Data<App>,
    request: HttpRequest,
    uetr: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    let gateway = &app.gateway;
    with_client(&app, &request, &body, DESK, |client| async move {
        let own = Arc::clone(gateway);
        answer(
            gateway,
            async move { review::accept(&own, &parse_uetr(&uetr)?, &client.name).await },
        )
        .await
    })
    .await
}

/// `POST /v1/payments/{uetr}/accept/approve`: another client agrees, and the payer's bank is told yes.
///
/// The gate is asked again: what it refuses by now is rejected, which the answer shows.
#[utoipa::path(post, path = "/v1/payments/{uetr}/accept/approve", tag = "Payments",
    params(UetrPath), security(("rfc9421" = ["compliance"])), request_body = Option<Nothing>,
    responses((status = 200, description = "Decided.", body = PaymentReport)))]
pub async fn approve_payment(
    app: Data<App>,
    request: HttpRequest,
    uetr: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    let gateway = &app.gateway;
    with_client(&app, &request, &body, CHECKER, |client| async move {
        let own = Arc::clone(gateway);
        answer(
            gateway,
            async move { review::approve(&own, &parse_uetr(&uetr)?, &client.name).await },
        )
        .await
    })
    .await
}

/// `POST /v1/payments/{uetr}/reject`: a client says no to a payment that waits, which is final.
///
/// Reason and words are told to the payer's bank.
#[utoipa::path(post, path = "/v1/payments/{uetr}/reject", tag = "Payments", params(UetrPath),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    request_body = RejectInput,
    responses((status = 200, description = "Rejected.", body = PaymentReport)))]
pub async fn reject_payment(
    app: Data<App>,
    request: HttpRequest,
    uetr: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    let (gateway, sent) = (&app.gateway, &body);
    with_client(&app, &request, &body, EITHER, |client| async move {
        let input: RejectInput = json_body(sent)?;
        let own = Arc::clone(gateway);
        let doing =
            async move { review::reject(&own, &parse_uetr(&uetr)?, &client.name, &input).await };
        answer(gateway, doing).await
    })
    .await
}
