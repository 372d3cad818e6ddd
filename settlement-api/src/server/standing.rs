//! Endpoints of standing orders.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{self, Bytes, Data},
};
use ledger_core::digest::Hash32;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    App, Body, Client, ClientRole, entity, json_body,
    orders::{marked, named},
    paging, with_client,
};
use crate::{
    gateway::Gateway,
    openapi::{Naming, Nothing, Seen, Unchanged, text::Id},
    problem::Problem,
    refused::Refused,
    standing::{
        record::StandingOrder,
        report::{self, Executions, StandingOrderReport, StandingOrders},
        work::{self, StandingOrderInput},
    },
};

const DESK: &[ClientRole] = &[ClientRole::Operations];
const READERS: &[ClientRole] = &[ClientRole::Operations, ClientRole::Compliance];
/// Rows of one page when nothing is said, and at most.
const PAGE: u32 = 100;
const MAX_PAGE: u32 = 1_000;

/// A standing order.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "only its description is used")]
pub struct StandingOrderPath {
    /// Its id.
    #[param(value_type = Id)]
    standing_order: String,
}

/// `POST /v1/standing-orders`: the same payment on every day of a plan.
///
/// It is judged as its first payment would be. Each execution is a payment of its own, made when its
/// day begins, with a UETR that is made of order and day.
#[utoipa::path(post, path = "/v1/standing-orders", tag = "Payments", params(Naming),
    security(("rfc9421" = ["operations"])), request_body = StandingOrderInput,
    responses((status = 200, description = "On disk.", body = StandingOrderReport)))]
pub async fn post_standing_order(
    app: Data<App>,
    request: HttpRequest,
    Body(body): Body,
) -> HttpResponse {
    let (app, request, body) = (&app, &request, &body);
    with_client(app, request, body, DESK, |client| async move {
        let input: StandingOrderInput = json_body(body)?;
        give(&app.gateway, request, body, (input, client)).await.map_err(|r| r.problem())
    })
    .await
}

async fn give(
    gateway: &Gateway,
    request: &HttpRequest,
    body: &Bytes,
    (input, client): (StandingOrderInput, Client),
) -> Result<HttpResponse, Refused> {
    let (id, replayed) =
        named(gateway, request, body, || work::take(gateway, input, &client.name)).await?;
    let order = StandingOrder::load(gateway.store.as_ref(), &id)?.ok_or(Refused::NotFound)?;
    let location = format!("/v1/standing-orders/{id}");
    let answer =
        HttpResponse::Ok().insert_header((header::LOCATION, location)).json(report::json(&order));
    Ok(marked(answer, replayed))
}

/// Which orders.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StandingOf {
    /// Orders after the one with this identity; from the first if absent.
    #[param(value_type = Option<Id>)]
    #[serde(default)]
    after: Option<String>,
    /// At most so many; 100 if absent.
    #[param(minimum = 1, maximum = 1000)]
    #[serde(default)]
    limit: Option<u32>,
}

/// `GET /v1/standing-orders`: all that were given, also those that have ended.
#[utoipa::path(get, path = "/v1/standing-orders", tag = "Payments", params(StandingOf),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "As they stand.", body = StandingOrders)))]
pub async fn get_standing_orders(app: Data<App>, request: HttpRequest) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), READERS, |_| async {
        let page = page(&app.gateway, request.query_string());
        Ok(HttpResponse::Ok().json(page.map_err(|r| r.problem())?))
    })
    .await
}

fn page(gateway: &Gateway, query: &str) -> Result<StandingOrders, Refused> {
    let asked = web::Query::<StandingOf>::from_query(query)
        .map_err(|_| Refused::Malformed("ask as in ?after=ORDER&limit=100"))?;
    let after = asked.after.as_deref().map(id_of).transpose()?;
    let limit = paging::limit(asked.limit, (PAGE, MAX_PAGE))?;
    Ok(report::page(gateway.store.as_ref(), after, usize::try_from(limit).unwrap_or(1))?)
}

fn id_of(text: &str) -> Result<Hash32, Refused> {
    Hash32::from_hex(text).ok_or(Refused::Malformed("a standing order is 64 lowercase hex digits"))
}

fn find(gateway: &Gateway, text: &str) -> Result<StandingOrder, Problem> {
    let found = id_of(text).and_then(|id| {
        let order = StandingOrder::load(gateway.store.as_ref(), &id)?;
        order.ok_or(Refused::NotFound)
    });
    found.map_err(|r| r.problem())
}

/// `GET /v1/standing-orders/{standing_order}`: as it stands.
#[utoipa::path(get, path = "/v1/standing-orders/{standing_order}", tag = "Payments",
    params(StandingOrderPath, Seen),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "As it stands, with its `etag`.",
        body = StandingOrderReport), (status = 304, description = "As it was seen.")))]
pub async fn get_standing_order(
    app: Data<App>,
    request: HttpRequest,
    order: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), READERS, |_| async {
        let order = find(&app.gateway, &order)?;
        Ok(entity::tagged(&request, &report::json(&order)))
    })
    .await
}

/// Which executions.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ExecutionsOf {
    /// Executions after the one with this number; from the first if absent.
    #[serde(default)]
    after: Option<u32>,
    /// At most so many; 100 if absent.
    #[param(minimum = 1, maximum = 1000)]
    #[serde(default)]
    limit: Option<u32>,
}

/// `GET /v1/standing-orders/{standing_order}/executions`: what became of each day of its plan.
#[utoipa::path(get, path = "/v1/standing-orders/{standing_order}/executions", tag = "Payments",
    params(StandingOrderPath, ExecutionsOf),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "In the order of their days.", body = Executions)))]
pub async fn get_executions(
    app: Data<App>,
    request: HttpRequest,
    order: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), READERS, |_| async {
        let order = find(&app.gateway, &order)?;
        let page = executions(&app.gateway, &order, request.query_string());
        Ok(HttpResponse::Ok().json(page.map_err(|r| r.problem())?))
    })
    .await
}

fn executions(
    gateway: &Gateway,
    order: &StandingOrder,
    query: &str,
) -> Result<Executions, Refused> {
    let asked = web::Query::<ExecutionsOf>::from_query(query)
        .map_err(|_| Refused::Malformed("ask as in ?after=100&limit=100"))?;
    let limit = paging::limit(asked.limit, (PAGE, MAX_PAGE))?;
    report::executions(gateway, order, (asked.after.unwrap_or(0), limit))
}

/// `POST /v1/standing-orders/{standing_order}/cancel`: no further execution.
///
/// Payments that it made go on; one that waits for its day is cancelled by itself. Asked again, the
/// answer is the same.
#[utoipa::path(post, path = "/v1/standing-orders/{standing_order}/cancel", tag = "Payments",
    params(StandingOrderPath, Unchanged), security(("rfc9421" = ["operations"])),
    request_body = Option<Nothing>,
    responses((status = 200, description = "Cancelled.", body = StandingOrderReport)))]
pub async fn cancel_standing_order(
    app: Data<App>,
    request: HttpRequest,
    order: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    with_client(&app, &request, &body, DESK, |_| async {
        let order = find(&app.gateway, &order)?;
        let fits = |order: &StandingOrder| entity::check(&request, &report::json(order));
        let order = work::cancel(&app.gateway, &order.id, fits).await.map_err(|r| r.problem())?;
        Ok(HttpResponse::Ok().json(report::json(&order)))
    })
    .await
}
