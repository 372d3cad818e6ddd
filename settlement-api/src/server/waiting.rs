//! Endpoints of payments that wait for their day.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, rt,
    web::{self, Bytes, Data},
};
use ledger_core::{digest::Hash32, id::LegId};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{App, Body, ClientRole, bank::parse_uetr, entity, paging, with_client};
use crate::{
    gateway::Gateway,
    openapi::{Nothing, UetrPath, Unchanged, text::Id},
    payments::{
        record::PaymentRecord,
        report::{self, PaymentReport},
        waiting::{self, WaitingPage},
    },
    refused::Refused,
};

const DESK: &[ClientRole] = &[ClientRole::Operations];
const READERS: &[ClientRole] = &[ClientRole::Operations, ClientRole::Compliance];
/// Payments of one page when nothing is said, and at most.
const PAGE: usize = 100;
const MAX_PAGE: usize = 1_000;

/// Which payments.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct WaitingOf {
    /// Payments after the one with this cursor; from the first if absent.
    #[param(value_type = Option<Id>)]
    #[serde(default)]
    after: Option<String>,
    /// At most so many; 100 if absent.
    #[param(minimum = 1, maximum = 1000)]
    #[serde(default)]
    limit: Option<usize>,
}

/// `GET /v1/scheduled-payments`: payments that wait here for their settlement day.
#[utoipa::path(get, path = "/v1/scheduled-payments", tag = "Payments", params(WaitingOf),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "Those whose day comes first, first.",
        body = WaitingPage)))]
pub async fn get_waiting(app: Data<App>, request: HttpRequest) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), READERS, |_| async {
        let page = page(&app.gateway, request.query_string());
        Ok(HttpResponse::Ok().json(page.map_err(|r| r.problem())?))
    })
    .await
}

fn page(gateway: &Gateway, query: &str) -> Result<WaitingPage, Refused> {
    let asked = web::Query::<WaitingOf>::from_query(query)
        .map_err(|_| Refused::Malformed("ask as in ?after=CURSOR&limit=100"))?;
    let cursor = |text: &str| {
        let hash = Hash32::from_hex(text).map(|hash| LegId::new(*hash.get()));
        hash.ok_or(Refused::Malformed("a cursor is 64 lowercase hex digits"))
    };
    let after = asked.after.as_deref().map(cursor).transpose()?;
    waiting::page(gateway, after, paging::limit(asked.limit, (PAGE, MAX_PAGE))?)
}

/// `POST /v1/payments/{uetr}/cancel`: ends a payment that waits for its day.
///
/// It never reaches the ledger. Asked again, the answer is the same; once its day has begun it is
/// `payment_not_waiting`. The UETR stays used.
#[utoipa::path(post, path = "/v1/payments/{uetr}/cancel", tag = "Payments", params(UetrPath, Unchanged),
    security(("rfc9421" = ["operations"])), request_body = Option<Nothing>,
    responses((status = 200, description = "Cancelled.", body = PaymentReport)))]
pub async fn cancel_payment(
    app: Data<App>,
    request: HttpRequest,
    uetr: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    with_client(&app, &request, &body, DESK, |_| async {
        // To its end also when the client no longer waits for it.
        let (gateway, request) = (Arc::clone(&app.gateway), request.clone());
        let cancelling = async move { cancel(&gateway, &uetr, &request).await };
        let report = rt::spawn(cancelling).await.unwrap_or(Err(Refused::NotReady));
        Ok(HttpResponse::Ok().json(report.map_err(|r| r.problem())?))
    })
    .await
}

async fn cancel(
    gateway: &Gateway,
    uetr: &str,
    request: &HttpRequest,
) -> Result<PaymentReport, Refused> {
    // As `GET` shows it, whose tag a client may have.
    let shown = |record: &PaymentRecord| {
        Ok::<_, Refused>(report::json(gateway, record)?.detailed(gateway, &record.xml))
    };
    let fits = |record: &PaymentRecord| entity::check(request, &shown(record)?);
    let record = waiting::cancel(gateway, &parse_uetr(uetr)?, fits).await?;
    shown(&record)
}
