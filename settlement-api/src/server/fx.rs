//! Endpoints of exchanges: a bank's desk on either side, and another member's gateway.
//!
//! # Invariants G1 a request under a key counts once; R4 a quote is accepted under one key

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::LOCATION,
    web::{self, Bytes, Data},
};
use ledger_core::{
    digest::{Domain, Hash32},
    time::LedgerTime,
};
use utoipa::IntoParams;

use super::{
    App, Body, ClientRole, json_body,
    orders::{Order, marked, named, once, row},
    paging::{Page, PageOf},
    parcels, preferred_wait, with_client,
};
use crate::{
    fx::{
        asking::{self, AskedQuote, FxAcceptInput, FxQuoteInput, Stage},
        making,
        paying::parse_quote,
        rates::{FxRatesInput, FxRatesReport, Rates},
        report::{self, FxQuoteReport},
    },
    gateway::Gateway,
    keys::Purpose,
    ledger_port::BCS,
    openapi::{CommandAnswer, Naming, SealedBytes, Sending, text::Id},
    problem::Problem,
    refused::Refused,
};

const DESK: &[ClientRole] = &[ClientRole::Operations];
const READERS: &[ClientRole] = &[ClientRole::Operations, ClientRole::Compliance];

/// A quote.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "only its description is used")]
pub struct QuotePath {
    /// Its id, the same at both banks.
    #[param(value_type = Id)]
    quote: String,
}

/// `POST /v1/fx/rates`: sets at which prices this bank makes a market in a pair of currencies.
///
/// They replace the pair's rates before them and answer other members' requests for quotes by
/// themselves; quotes that were given stand until they expire.
#[utoipa::path(post, path = "/v1/fx/rates", tag = "Exchange", params(Naming),
    security(("rfc9421" = ["operations"])), request_body = FxRatesInput,
    responses((status = 200, description = "As the pair stands now.", body = FxRatesReport)))]
pub async fn post_rates(app: Data<App>, request: HttpRequest, Body(body): Body) -> HttpResponse {
    with_client(&app, &request, &body, DESK, |_| async {
        let input: FxRatesInput = json_body(&body)?;
        set_rates(&app.gateway, &request, (&body, &input)).await.map_err(|r| r.problem())
    })
    .await
}

async fn set_rates(
    gateway: &Gateway,
    request: &HttpRequest,
    (body, input): (&Bytes, &FxRatesInput),
) -> Result<HttpResponse, Refused> {
    if gateway.gate.is_none() {
        return Err(Refused::NotThisRole);
    }
    if !gateway.is_ready() {
        return Err(Refused::NotReady);
    }
    let now = LedgerTime::new(Gateway::now_ms());
    let rates = input.rates(gateway, now)?;
    let name = Domain::Content.hash_of(&(rates.base, rates.quote));
    let done = named(gateway, request, body, || Ok((name, vec![rates.write()]))).await?;
    let pair = (rates.base, rates.quote);
    let stands = Rates::all(gateway.store.as_ref())?;
    let stands =
        stands.into_iter().find(|one| [pair, (pair.1, pair.0)].contains(&(one.base, one.quote)));
    let report = stands.unwrap_or(rates).report(gateway, now);
    Ok(marked(HttpResponse::Ok().json(report), done.1))
}

/// `GET /v1/fx/rates`: the rates that this bank's desk has set, also those that are over.
#[utoipa::path(get, path = "/v1/fx/rates", tag = "Exchange", params(PageOf),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "By pair.", body = Vec<FxRatesReport>)))]
pub async fn get_rates(app: Data<App>, request: HttpRequest) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), READERS, |_| async {
        let gateway = &app.gateway;
        let now = LedgerTime::new(Gateway::now_ms());
        let page = Page::read(request.query_string()).map_err(|r| r.problem())?;
        let all = Rates::all(gateway.store.as_ref()).map_err(|f| Refused::from(f).problem())?;
        let (all, last) = page
            .cut(all, |rates| format!("{}/{}", rates.base.code(), rates.quote.code()).into_bytes());
        let reports: Vec<_> = all.iter().map(|rates| rates.report(gateway, now)).collect();
        Ok(page.answer(&request, &reports, last))
    })
    .await
}

/// `POST /v1/quotes`: asks a market maker for the price of an exchange.
///
/// It is asked for 15 seconds. The quote holds as long as it says, counts once, and binds nobody until
/// it is accepted.
#[utoipa::path(post, path = "/v1/quotes", tag = "Exchange", params(Sending),
    security(("rfc9421" = ["operations"])), request_body = FxQuoteInput,
    responses(
        (status = 200, description = "Quoted, or refused with a code.", body = FxQuoteReport),
        (status = 202, description = "On disk; the market maker is asked; `location` tells more.",
            body = FxQuoteReport),
    ))]
pub async fn post_fx_quote(app: Data<App>, request: HttpRequest, Body(body): Body) -> HttpResponse {
    with_client(&app, &request, &body, DESK, |_| async {
        let input: FxQuoteInput = json_body(&body)?;
        let asked = ask(&app, &request, (&body, &input)).await;
        asked.map_err(|r| r.problem())
    })
    .await
}

async fn ask(
    app: &Data<App>,
    request: &HttpRequest,
    (body, input): (&Bytes, &FxQuoteInput),
) -> Result<HttpResponse, Refused> {
    let gateway = &app.gateway;
    let mut fresh = None;
    let (id, replayed) = named(gateway, request, body, || {
        let record = asking::ask(gateway, input)?;
        let (id, writes) = (record.asked()?.id(), record.writes()?);
        fresh = Some(record);
        Ok((id, writes))
    })
    .await?;
    if let Some(record) = fresh {
        asking::start(gateway, record);
    }
    let record = asking::wait(gateway, &id, preferred_wait(request)).await?;
    let report = report::taken(gateway, &record).await?;
    let waits = matches!(record.stage, Stage::Asked);
    let mut answer = if waits { HttpResponse::Accepted() } else { HttpResponse::Ok() };
    answer.insert_header((LOCATION, format!("/v1/quotes/{id}")));
    Ok(marked(answer.json(report), replayed))
}

/// `GET /v1/quotes/{quote}`: where a quote is, at the bank that asked and at the one that offered.
#[utoipa::path(get, path = "/v1/quotes/{quote}", tag = "Exchange", params(QuotePath),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "As it stands.", body = FxQuoteReport)))]
pub async fn get_fx_quote(
    app: Data<App>,
    request: HttpRequest,
    quote: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), READERS, |_| async {
        let id = parse_quote(&quote).map_err(|r| r.problem())?;
        let report = report::report(&app.gateway, &id).await.map_err(|r| r.problem())?;
        Ok(HttpResponse::Ok().json(report))
    })
    .await
}

/// `POST /v1/quotes/{quote}/accept`: exchanges by a quote that this bank asked for.
///
/// The market maker signs first; then both legs go to the ledger in one command, and settle or do not
/// settle together. Another key for a quote that was accepted is `quote_used`.
#[utoipa::path(post, path = "/v1/quotes/{quote}/accept", tag = "Exchange",
    params(QuotePath, Sending), security(("rfc9421" = ["operations"])),
    request_body = Option<FxAcceptInput>, responses(CommandAnswer))]
pub async fn accept_fx_quote(
    app: Data<App>,
    request: HttpRequest,
    quote: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    with_client(&app, &request, &body, DESK, |_| async {
        let gateway = &app.gateway;
        let input: FxAcceptInput =
            if body.is_empty() { FxAcceptInput::default() } else { json_body(&body)? };
        let id = parse_quote(&quote).map_err(|r| r.problem())?;
        // A key that is missing is said before another bank is asked.
        row(&request).map_err(|r| r.problem())?;
        asking::obtain(gateway, &id, &input).await.map_err(|r| r.problem())?;
        once(gateway, &request, &body, order(gateway, id)).await
    })
    .await
}

/// The command that settles a granted quote; quote and command are one write.
async fn order(gateway: &Gateway, id: Hash32) -> Result<Order, Problem> {
    let (command, record): (_, AskedQuote) =
        asking::settle(gateway, &id).await.map_err(|r| r.problem())?;
    let order = Order::new(Purpose::Settlement, command);
    Ok(order.keeping_named(move |command| asking::sent(record, command).writes()))
}

/// `POST /v1/inbox/quotes`: a parcel of another member's gateway.
#[utoipa::path(post, path = "/v1/inbox/quotes", tag = "Between banks",
    security(("rfc9421" = ["member"])),
    request_body(content = SealedBytes, content_type = BCS, description = "A sealed parcel."),
    responses((status = 200, description = "A sealed, signed answer.",
        body = SealedBytes, content_type = BCS)))]
pub async fn post_quote_inbox(
    app: Data<App>,
    request: HttpRequest,
    Body(body): Body,
) -> HttpResponse {
    parcels::answer(&app, &request, &body, making::receive).await
}

/// Seconds that a client may wait for a quote are those of every request.
const _: () = assert!(super::MAX_WAIT_S >= Duration::from_secs(15).as_secs());
