//! Endpoints that only read: health, metrics, supply, receipts.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Bytes, Data},
};
use ledger_core::{
    id::LegId,
    money::{Currency, Money},
    record::{Name, Record},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use verifier::summary::amount;

use super::{
    Answered, App, ClientRole, answer_command, preferred_wait, treasury::parse_command, with_client,
};
use crate::{
    gateway::{Gateway, GatewayFault},
    openapi::{
        CommandAnswer, CommandPath, CurrencyPath, Prefer, ProofFile,
        text::{Amount, CurrencyCode, Id, Time},
    },
    party_view::file_of,
    port::StoreFault,
    refused::Refused,
};

const METRICS: &str = "text/plain; version=0.0.4";

pub(super) const ANYONE: &[ClientRole] = &ClientRole::ALL;

/// Whether a process works.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`, `ready` or `not_ready`.
    pub status: &'static str,
    /// What it waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// `GET /healthz`: the process answers.
#[utoipa::path(get, path = "/healthz", tag = "Service", security(()),
    responses((status = 200, description = "It does.", body = Health)))]
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok", reason: None })
}

/// `GET /readyz`: the ledger is reached, directory and own accounts were read.
#[utoipa::path(get, path = "/readyz", tag = "Service", security(()), responses(
    (status = 200, description = "Ready.", body = Health),
    (status = 503, description = "Not yet, or no longer.", body = Health)))]
pub async fn readyz(app: Data<App>) -> HttpResponse {
    let reason = match app.gateway.view.refresh_time().await {
        Ok(_) if app.gateway.is_ready() => {
            return HttpResponse::Ok().json(Health { status: "ready", reason: None });
        }
        Ok(_) => Refused::NotReady.to_string(),
        Err(fault) => fault.to_string(),
    };
    HttpResponse::ServiceUnavailable().json(Health { status: "not_ready", reason: Some(reason) })
}

/// `GET /metrics`: counters of this gateway.
#[utoipa::path(get, path = "/metrics", tag = "Service", security(()), responses(
    (status = 200, description = "Prometheus text 0.0.4.", body = String, content_type = METRICS)))]
pub async fn metrics(app: Data<App>) -> HttpResponse {
    app.gateway.metrics.backlog(app.gateway.outbox.backlog());
    HttpResponse::Ok().content_type(METRICS).body(app.gateway.metrics.text())
}

pub(super) fn decimal(gateway: &Gateway, currency: Currency, minor: u128) -> String {
    amount(gateway.genesis(), &Money::new(currency, minor)).unwrap_or_default()
}

/// `GET /v1/supply/{currency}`: totals and reserves of a currency, as proved.
#[utoipa::path(get, path = "/v1/supply/{currency}", tag = "Accounts and supply",
    params(CurrencyPath),
    responses((status = 200, description = "As of `height`.", body = SupplyReport)))]
pub async fn supply(
    app: Data<App>,
    request: HttpRequest,
    currency: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), ANYONE, |_| async {
        supply_report(&app.gateway, &currency).await.map_err(|r| r.problem())
    })
    .await
}

/// Totals of a currency over all accounts.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SupplyReport {
    /// Which one.
    #[schema(value_type = CurrencyCode)]
    pub currency: String,
    /// All there is; the sum of the four below.
    #[schema(value_type = Amount)]
    pub supply: String,
    /// What members can spend.
    #[schema(value_type = Amount)]
    pub available: String,
    /// What is held for payments on their way.
    #[schema(value_type = Amount)]
    pub held: String,
    /// What is locked for redemptions.
    #[schema(value_type = Amount)]
    pub preburned: String,
    /// What programs hold.
    #[schema(value_type = Amount)]
    pub contract: String,
    /// The block whose state this is.
    pub height: u64,
    /// The time of the header that proves it.
    #[schema(value_type = Time)]
    pub time: String,
    /// Its reserve accounts.
    #[schema(value_type = Vec<Id>)]
    pub reserves: Vec<String>,
}

async fn supply_report(gateway: &Gateway, currency: &str) -> Result<HttpResponse, Refused> {
    let terms = gateway.terms(currency).ok_or(Refused::CurrencyUnknown)?;
    let name = Name::Currency(terms.code);
    let found = gateway.ledger.record(&name).await.map_err(GatewayFault::from)?;
    let Some((Record::Currency(record), proved)) = found else { return Err(Refused::NotFound) };
    let text = |minor| decimal(gateway, terms.code, minor);
    let totals = &record.totals;
    let header = &proved.certified.header;
    Ok(HttpResponse::Ok().json(SupplyReport {
        currency: terms.code.code().to_owned(),
        supply: text(totals.supply),
        available: text(totals.available),
        held: text(totals.held),
        preburned: text(totals.preburned),
        contract: text(totals.contract),
        height: header.results.height.get(),
        time: verifier::summary::rfc3339(header.time),
        reserves: record.reserves.iter().map(|id| id.to_hex()).collect(),
    }))
}

/// Which receipt of a command about several legs.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LegQuery {
    /// The leg; the first of the command's receipts here when not said.
    #[param(value_type = Option<Id>)]
    leg: Option<String>,
}

/// `GET /v1/receipts/{command}`: a `florin-receipt-1` file.
#[utoipa::path(get, path = "/v1/receipts/{command}", tag = "Commands and receipts",
    params(CommandPath, LegQuery),
    responses((status = 200, description = "For `florin verify`.", body = ProofFile)))]
pub async fn receipt(
    app: Data<App>,
    request: HttpRequest,
    command: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), ANYONE, |_| async {
        receipt_file(&app.gateway, &command, request.query_string())
    })
    .await
}

fn receipt_file(gateway: &Gateway, command: &str, query: &str) -> Answered {
    let refused = |r: Refused| r.problem();
    let fault = |f: StoreFault| Refused::from(f).problem();
    let id = parse_command(command).map_err(refused)?;
    let asked = web::Query::<LegQuery>::from_query(query)
        .map_err(|_| refused(Refused::Malformed("the query takes leg, and nothing else")))?;
    let found = match asked.leg.as_deref().map(LegId::from_hex) {
        None => gateway.view.receipt(&id),
        Some(Some(leg)) => gateway.view.receipt_of_leg(&id, &leg),
        Some(None) => return Err(refused(Refused::Malformed("leg is 64 lowercase hex digits"))),
    };
    let Some(proved) = found.map_err(fault)? else { return Err(refused(Refused::NotFound)) };
    let file = file_of(&proved, gateway.ledger.committee()).map_err(fault)?;
    Ok(HttpResponse::Ok().content_type("application/json").body(file))
}

/// `GET /v1/commands/{command}`: what became of a command.
#[utoipa::path(
    get,
    path = "/v1/commands/{command}",
    tag = "Commands and receipts",
    params(CommandPath, Prefer),
    responses(CommandAnswer)
)]
pub async fn command(
    app: Data<App>,
    request: HttpRequest,
    command: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), ANYONE, |_| async {
        let (gateway, id) = (&app.gateway, parse_command(&command).map_err(|r| r.problem())?);
        let known = gateway.knows(&id).map_err(|fault| Refused::from(fault).problem())?;
        if !known {
            return Err(Refused::NotFound.problem());
        }
        answer_command(gateway, &id, preferred_wait(&request)).await
    })
    .await
}
