//! Endpoints that only read: health, metrics, accounts, supply, receipts.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Bytes, Data},
};
use ledger_core::{
    money::{Currency, Money},
    record::{Name, Record},
};
use serde::Serialize;
use serde_json::json;
use verifier::{AccountFile, summary::amount};

use super::{
    Answered, App, ClientRole, answer_command, preferred_wait, treasury::parse_command, with_client,
};
use crate::{
    gateway::{Gateway, GatewayFault},
    refused::Refused,
};

const ANYONE: &[ClientRole] = &ClientRole::ALL;

/// `GET /healthz`: the process answers.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "ok"}))
}

/// `GET /readyz`: the ledger is reached, directory and own accounts were read.
pub async fn readyz(app: Data<App>) -> HttpResponse {
    match app.gateway.view.refresh_time().await {
        Ok(_) if !app.gateway.is_ready() => {
            let reason = Refused::NotReady.to_string();
            HttpResponse::ServiceUnavailable()
                .json(json!({"status": "not_ready", "reason": reason}))
        }
        Ok(_) => HttpResponse::Ok().json(json!({"status": "ready"})),
        Err(fault) => HttpResponse::ServiceUnavailable()
            .json(json!({"status": "not_ready", "reason": fault.to_string()})),
    }
}

/// `GET /metrics`.
pub async fn metrics(app: Data<App>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(app.gateway.metrics.text())
}

#[derive(Serialize)]
struct AccountReport {
    account: String,
    currency: String,
    available: String,
    held: String,
    preburned: String,
    proof: String,
}

/// `GET /v1/accounts`: own accounts with proved balances.
pub async fn accounts(app: Data<App>, request: HttpRequest) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), ANYONE, |_| async {
        let gateway = &app.gateway;
        let mut reports = Vec::new();
        for known in gateway.accounts() {
            let read = gateway.read_account(&known.id).await.map_err(GatewayFault::from);
            let account = read.map_err(|f| Refused::from(f).problem())?.unwrap_or(known);
            let text = |minor| decimal(gateway, account.currency, minor);
            reports.push(AccountReport {
                account: account.id.to_hex(),
                currency: account.currency.code().to_owned(),
                available: text(account.balances.available),
                held: text(account.balances.held),
                preburned: text(account.balances.preburned),
                proof: format!("/v1/accounts/{}/proof", account.currency),
            });
        }
        Ok(HttpResponse::Ok().json(reports))
    })
    .await
}

fn decimal(gateway: &Gateway, currency: Currency, minor: u128) -> String {
    amount(gateway.genesis(), &Money::new(currency, minor)).unwrap_or_default()
}

/// `GET /v1/accounts/{currency}/proof`: a `florin-account-1` file.
pub async fn account_proof(
    app: Data<App>,
    request: HttpRequest,
    currency: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), ANYONE, |_| async {
        account_file(&app.gateway, &currency).await.map_err(|r| r.problem())
    })
    .await
}

async fn account_file(gateway: &Gateway, currency: &str) -> Result<HttpResponse, Refused> {
    let terms = gateway.terms(currency).ok_or(Refused::CurrencyUnknown)?;
    let account = gateway.account(terms.code).ok_or(Refused::NotFound)?;
    let name = Name::Account(account.id);
    let found = gateway.ledger.record(&name).await.map_err(GatewayFault::from)?;
    let (_, proved) = found.ok_or(Refused::NotFound)?;
    let certified = &proved.certified;
    let built = AccountFile::build(
        &proved.proof,
        &certified.header,
        &certified.certificate,
        gateway.genesis(),
    );
    let file = built.map_err(|_| Refused::NotReady)?;
    Ok(HttpResponse::Ok().content_type("application/json").body(file))
}

/// `GET /v1/supply/{currency}`: totals and reserves of a currency, as proved.
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

async fn supply_report(gateway: &Gateway, currency: &str) -> Result<HttpResponse, Refused> {
    let terms = gateway.terms(currency).ok_or(Refused::CurrencyUnknown)?;
    let name = Name::Currency(terms.code);
    let found = gateway.ledger.record(&name).await.map_err(GatewayFault::from)?;
    let Some((Record::Currency(record), proved)) = found else { return Err(Refused::NotFound) };
    let text = |minor| decimal(gateway, terms.code, minor);
    let totals = &record.totals;
    let header = &proved.certified.header;
    Ok(HttpResponse::Ok().json(json!({
        "currency": terms.code.code(),
        "supply": text(totals.supply),
        "available": text(totals.available),
        "held": text(totals.held),
        "preburned": text(totals.preburned),
        "contract": text(totals.contract),
        "height": header.results.height,
        "time": verifier::summary::rfc3339(header.time),
        "reserves": record.reserves.iter().map(|id| id.to_hex()).collect::<Vec<_>>(),
    })))
}

/// `GET /v1/receipts/{command}`: a `florin-receipt-1` file.
pub async fn receipt(
    app: Data<App>,
    request: HttpRequest,
    command: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), ANYONE, |_| async {
        receipt_file(&app.gateway, &command)
    })
    .await
}

fn receipt_file(gateway: &Gateway, command: &str) -> Answered {
    let refused = |r: Refused| r.problem();
    let id = parse_command(command).map_err(refused)?;
    let file = gateway.view.receipt_file(&id, gateway.ledger.committee());
    match file.map_err(|f| refused(Refused::from(f)))? {
        Some(file) => Ok(HttpResponse::Ok().content_type("application/json").body(file)),
        None => Err(refused(Refused::NotFound)),
    }
}

/// `GET /v1/commands/{command}`: what became of a command.
pub async fn command(
    app: Data<App>,
    request: HttpRequest,
    command: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), ANYONE, |_| async {
        let id = parse_command(&command).map_err(|r| r.problem())?;
        answer_command(&app.gateway, &id, preferred_wait(&request)).await
    })
    .await
}
