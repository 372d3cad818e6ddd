//! Endpoints of files of payments.

use std::{pin::Pin, time::Duration};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::header,
    web::{self, Bytes, Data},
};
use serde::Deserialize;
use tokio::time::Instant;
use utoipa::IntoParams;

use super::{Answered, App, ClientRole, paging, preferred_wait, read_body, wants_xml, with_client};
use crate::{
    files::{
        intake::{self, MAX_FILE},
        record::FileRecord,
        report::{self, OrdersPage, PaymentFileReport},
    },
    gateway::Gateway,
    openapi::{FilePath, Pain001Text, Pain002Text, Prefer},
    problem::Problem,
    reading::Bounds,
    refused::Refused,
};

const DESK: &[ClientRole] = &[ClientRole::Operations];
const READERS: &[ClientRole] = &[ClientRole::Operations, ClientRole::Compliance];
/// Orders of one page when nothing is said, and at most.
const PAGE: u32 = 1_000;
/// How long a file may take to come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A file's body, read up to [`MAX_FILE`].
pub struct FileBody(Bytes);

impl FromRequest for FileBody {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = read_body(request, payload, Bounds { bytes: MAX_FILE, patience: PATIENCE });
        Box::pin(async move { read.await.map(Self) })
    }
}

/// `POST /v1/payment-files`: pays what a pain.001 orders, each order a payment of its own.
///
/// Up to 10,000 orders and 16 MiB, in one batch or several. The file is taken whole or refused whole; `MsgId` is
/// its key: the same bytes again find the same file, other bytes are `file_conflict`. An order without
/// UETR gets one made of `MsgId` and `EndToEndId`.
#[utoipa::path(post, path = "/v1/payment-files", tag = "Payments", params(Prefer),
    security(("rfc9421" = ["operations"])),
    request_body(content = Pain001Text, content_type = "application/xml",
        description = "The orders."),
    responses(
        (status = 200, description = "Every order has ended.",
            content((PaymentFileReport = "application/json"), (Pain002Text = "application/xml"))),
        (status = 202, description = "On disk and on its way; `location` tells more.",
            content((PaymentFileReport = "application/json"), (Pain002Text = "application/xml"))),
    ))]
pub async fn post_file(
    app: Data<App>,
    request: HttpRequest,
    FileBody(body): FileBody,
) -> HttpResponse {
    with_client(&app, &request, &body, DESK, |_| async {
        let gateway = &app.gateway;
        let file = intake::take(gateway, &body).await.map_err(|r| r.problem())?;
        let file = wait_for_end(gateway, file, preferred_wait(&request)).await;
        answer(gateway, &file.map_err(|r| r.problem())?, &request, true)
    })
    .await
}

async fn wait_for_end(
    gateway: &Gateway,
    mut file: FileRecord,
    wait: Duration,
) -> Result<FileRecord, Refused> {
    let deadline = Instant::now() + wait;
    while !file.done && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(100)).await;
        file = FileRecord::load(gateway.store.as_ref(), &file.id)?.ok_or(Refused::NotFound)?;
    }
    Ok(file)
}

fn answer(gateway: &Gateway, file: &FileRecord, request: &HttpRequest, posted: bool) -> Answered {
    let mut answer =
        if file.done || !posted { HttpResponse::Ok() } else { HttpResponse::Accepted() };
    answer.insert_header((header::LOCATION, format!("/v1/payment-files/{}", file.id)));
    if wants_xml(request) {
        let xml = report::pain002(gateway, file).map_err(|r| r.problem())?;
        return Ok(answer.content_type("application/xml").body(xml));
    }
    let report = report::json(gateway, file).map_err(Refused::from);
    Ok(answer.json(report.map_err(|r| r.problem())?))
}

/// `GET /v1/payment-files/{file}`: how far a file is; as XML, a pain.002.
#[utoipa::path(get, path = "/v1/payment-files/{file}", tag = "Payments", params(FilePath),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "The file as it stands.",
        content((PaymentFileReport = "application/json"), (Pain002Text = "application/xml")))))]
pub async fn get_file(
    app: Data<App>,
    request: HttpRequest,
    file: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), READERS, |_| async {
        let found = report::find(&app.gateway, &file).map_err(|r| r.problem())?;
        answer(&app.gateway, &found, &request, false)
    })
    .await
}

/// Which orders.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct OrdersOf {
    /// Orders after the one with this number; from the first if absent.
    #[serde(default)]
    after: Option<u32>,
    /// At most so many; 1,000 if absent.
    #[param(minimum = 1, maximum = 1000)]
    #[serde(default)]
    limit: Option<u32>,
}

/// `GET /v1/payment-files/{file}/orders`: the orders of a file, each with its status.
#[utoipa::path(get, path = "/v1/payment-files/{file}/orders", tag = "Payments",
    params(FilePath, OrdersOf),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "In the order of the message.", body = OrdersPage)))]
pub async fn get_file_orders(
    app: Data<App>,
    request: HttpRequest,
    file: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), READERS, |_| async {
        let page = orders(&app.gateway, &file, request.query_string());
        Ok(HttpResponse::Ok().json(page.map_err(|r| r.problem())?))
    })
    .await
}

fn orders(gateway: &Gateway, file: &str, query: &str) -> Result<OrdersPage, Refused> {
    let asked = web::Query::<OrdersOf>::from_query(query)
        .map_err(|_| Refused::Malformed("ask as in ?after=1000&limit=1000"))?;
    let found = report::find(gateway, file)?;
    let limit = paging::limit(asked.limit, (PAGE, PAGE))?;
    Ok(report::page(gateway, &found, asked.after.unwrap_or(0), limit)?)
}
