//! Endpoints of statements: a day of an own account, or the day so far.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Bytes, Data},
};
use iso20022::{
    check::check,
    identifier::parse_date,
    view::{Camt060, View as _},
};
use jiff::civil::Date;
use ledger_core::{account::Account, time::LedgerTime};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{App, Body, ClientRole, accounts::named, wants_xml, with_client};
use crate::{
    exceptions::asking::is_named,
    gateway::Gateway,
    openapi::{AccountPath, Camt052Text, Camt053Text, Camt060Text, StatementPath},
    refused::Refused,
    statements::{
        day::{self, DayOfAccount},
        message::{Page, StatementReport, short},
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

/// `GET /v1/accounts/{account}/statements/{date}`: a day of the account, UTC, once it is over.
///
/// Opening and closing balances chain from day to day; the bookings add up to the account's proved
/// balance, or `statement_not_reconciled` is answered. `Accept: application/xml` asks for a
/// camt.053.001.08 instead of JSON; pages have 5,000 entries.
#[utoipa::path(get, path = "/v1/accounts/{account}/statements/{date}",
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
        let (account, date) = path.into_inner();
        statement(&app.gateway, (&account, &date), &request).await.map_err(|r| r.problem())
    })
    .await
}

async fn statement(
    gateway: &Gateway,
    (account, date): (&str, &str),
    request: &HttpRequest,
) -> Result<HttpResponse, Refused> {
    let page_of = PageOf::read(request)?;
    let account = named(gateway, account)?;
    let date: Option<Date> = date.parse().ok();
    let day = date.and_then(day::number).ok_or(Refused::Malformed("a date is YYYY-MM-DD"))?;
    let day = day::closed(gateway, &account, day).await?;
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

/// `POST /v1/statement-requests`: a camt.060 is answered by the statement that it asks for.
///
/// A camt.053.001.08 of one day that is over, or a camt.052.001.08 of the day so far, on one of this
/// bank's accounts.
#[utoipa::path(post, path = "/v1/statement-requests", tag = "Accounts and supply", params(PageOf),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    request_body(content = Camt060Text, content_type = "application/xml",
        description = "A request for a report."),
    responses((status = 200, description = "The camt.053 or camt.052 that was asked for.",
        body = Camt053Text, content_type = "application/xml")))]
pub async fn post_statement_request(
    app: Data<App>,
    request: HttpRequest,
    Body(body): Body,
) -> HttpResponse {
    with_client(&app, &request, &body, READERS, |_| async {
        requested(&app.gateway, &body, &request).await.map_err(|r| r.problem())
    })
    .await
}

async fn requested(
    gateway: &Gateway,
    body: &[u8],
    request: &HttpRequest,
) -> Result<HttpResponse, Refused> {
    let page_of = PageOf::read(request)?;
    if !gateway.is_ready() {
        return Err(Refused::NotReady);
    }
    let asked = Camt060::find(body).map_err(Refused::Rules)?;
    let judged = check(body, None);
    if !judged.ok() {
        return Err(Refused::Rules(judged.errors));
    }
    let account = asked_account(gateway, &asked)?;
    if asked.kind.as_deref().is_some_and(|kind| kind.trim() != "ALLL") {
        return Err(Refused::Malformed("RptgPrd/Tp is ALLL; changes alone are not reported"));
    }
    let now = day::day_of(LedgerTime::new(Gateway::now_ms()));
    let day_of = |text: &Option<String>| match text.as_deref().map(|text| parse_date(text.trim())) {
        None => Ok(None),
        Some(date) => date.and_then(day::number).map(Some).ok_or(Refused::Malformed("FrToDt")),
    };
    let (from, to) = (day_of(&asked.from)?, day_of(&asked.to)?);
    if to.is_some() && from != to {
        return Err(Refused::Malformed("FrDt and ToDt are one day; ask for each day by itself"));
    }
    match asked.wanted.trim().get(..8) {
        Some("camt.053") => {
            let wanted = from.ok_or(Refused::Malformed("a camt.053 is of a day: give FrToDt"))?;
            let day = day::closed(gateway, &account, wanted).await?;
            Ok(xml(page_of.of(gateway, &day)?.camt053()?))
        }
        Some("camt.052") if from.is_none_or(|day| day == now) => {
            let day = day::so_far(gateway, &account).await?;
            Ok(xml(page_of.of(gateway, &day)?.camt052()?))
        }
        Some("camt.052") => Err(Refused::Malformed("a camt.052 is of the day so far")),
        _ => Err(Refused::Malformed("ReqdMsgNmId is camt.053.001.08 or camt.052.001.08")),
    }
}

/// The own account that a request names, by the reference that statements name it by.
fn asked_account(gateway: &Gateway, asked: &Camt060) -> Result<Account, Refused> {
    let owner = [asked.owner.as_deref(), None];
    if !is_named(gateway, gateway.lei(), owner) || asked.iban.is_some() {
        return Err(Refused::NotFound);
    }
    let mut own = gateway.accounts().into_iter();
    match asked.other_account.as_deref().map(str::trim) {
        Some(number) => {
            own.find(|account| short(&account.id.to_hex()) == number).ok_or(Refused::NotFound)
        }
        None => match (own.next(), own.next()) {
            (Some(account), None) => Ok(account),
            _ => Err(Refused::Malformed("name one of the accounts in Acct/Id/Othr/Id")),
        },
    }
}

/// `GET /v1/accounts/{account}/report`: the day so far.
///
/// With what can be spent by now. `Accept: application/xml` asks for a camt.052.001.08.
#[utoipa::path(get, path = "/v1/accounts/{account}/report", tag = "Accounts and supply",
    params(AccountPath, PageOf),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "As of `compared`.",
        content((StatementReport = "application/json"), (Camt052Text = "application/xml")))))]
pub async fn get_report(
    app: Data<App>,
    request: HttpRequest,
    account: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), READERS, |_| async {
        report(&app.gateway, &account, &request).await.map_err(|r| r.problem())
    })
    .await
}

async fn report(
    gateway: &Gateway,
    account: &str,
    request: &HttpRequest,
) -> Result<HttpResponse, Refused> {
    let page_of = PageOf::read(request)?;
    let day = day::so_far(gateway, &named(gateway, account)?).await?;
    let page = page_of.of(gateway, &day)?;
    if wants_xml(request) {
        Ok(xml(page.camt052()?))
    } else {
        Ok(HttpResponse::Ok().json(page.report()?))
    }
}
