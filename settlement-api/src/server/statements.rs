//! Endpoints of statements: a day of an own account, or the day so far.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Bytes, Data},
};
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{App, ClientRole, wants_xml, with_client};
use crate::{
    gateway::Gateway,
    openapi::{Camt052Text, Camt053Text, CurrencyPath, StatementPath},
    refused::Refused,
    statements::{
        day::{self, DayOfAccount},
        message::{Page, StatementReport},
    },
};

const READERS: &[ClientRole] = &[ClientRole::Operations, ClientRole::Compliance];

/// Which page.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageOf {
    /// The page, counted from 1; the first if absent.
    #[param(minimum = 1)]
    #[serde(default)]
    page: Option<usize>,
}

impl PageOf {
    fn read(request: &HttpRequest) -> Result<Self, Refused> {
        let query = web::Query::from_query(request.query_string());
        query.map(web::Query::into_inner).map_err(|_| Refused::Malformed("ask as in ?page=2"))
    }

    fn of<'a>(self, gateway: &'a Gateway, day: &'a DayOfAccount) -> Result<Page<'a>, Refused> {
        Page::of(gateway, day, self.page.unwrap_or(1))
    }
}

/// `GET /v1/accounts/{currency}/statements/{date}`: a day of the account, UTC, once it is over.
///
/// Opening and closing balances chain from day to day; the bookings add up to the account's proved
/// balance, or `statement_not_reconciled` is answered. `Accept: application/xml` asks for a
/// camt.053.001.08 instead of JSON; pages have 5,000 entries.
#[utoipa::path(get, path = "/v1/accounts/{currency}/statements/{date}",
    tag = "Accounts and supply", params(StatementPath, PageOf),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "The day; always the same once it was given out.",
        content((StatementReport = "application/json"), (Camt053Text = "application/xml")))))]
pub async fn get_statement(
    app: Data<App>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), READERS, |_| async {
        let (currency, date) = path.into_inner();
        statement(&app.gateway, (&currency, &date), &request).await.map_err(|r| r.problem())
    })
    .await
}

async fn statement(
    gateway: &Gateway,
    (currency, date): (&str, &str),
    request: &HttpRequest,
) -> Result<HttpResponse, Refused> {
    let page_of = PageOf::read(request)?;
    let terms = gateway.terms(currency).ok_or(Refused::CurrencyUnknown)?;
    let date: Option<Date> = date.parse().ok();
    let day = date.and_then(day::number).ok_or(Refused::Malformed("a date is YYYY-MM-DD"))?;
    let day = day::closed(gateway, terms.code, day).await?;
    let page = page_of.of(gateway, &day)?;
    if wants_xml(request) {
        Ok(xml(page.camt053()?))
    } else {
        Ok(HttpResponse::Ok().json(page.report()?))
    }
}

fn xml(message: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/xml").body(message)
}

/// `GET /v1/accounts/{currency}/report`: the day so far.
///
/// With what can be spent by now. `Accept: application/xml` asks for a camt.052.001.08.
#[utoipa::path(get, path = "/v1/accounts/{currency}/report", tag = "Accounts and supply",
    params(CurrencyPath, PageOf),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "As of `compared`.",
        content((StatementReport = "application/json"), (Camt052Text = "application/xml")))))]
pub async fn get_report(
    app: Data<App>,
    request: HttpRequest,
    currency: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), READERS, |_| async {
        report(&app.gateway, &currency, &request).await.map_err(|r| r.problem())
    })
    .await
}

async fn report(
    gateway: &Gateway,
    currency: &str,
    request: &HttpRequest,
) -> Result<HttpResponse, Refused> {
    let page_of = PageOf::read(request)?;
    let terms = gateway.terms(currency).ok_or(Refused::CurrencyUnknown)?;
    let day = day::so_far(gateway, terms.code).await?;
    let page = page_of.of(gateway, &day)?;
    if wants_xml(request) {
        Ok(xml(page.camt052()?))
    } else {
        Ok(HttpResponse::Ok().json(page.report()?))
    }
}
