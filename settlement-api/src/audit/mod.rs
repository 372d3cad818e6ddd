//! The audit API: what an examiner asks of an observer, answered with its proof.
//!
//! Every answer is as of a height that a certified header covers. What the ledger keeps no history
//! of is refused for earlier heights, never guessed.
//!
//! # Place      examiners' clients -> [audit] -> `AuditLedger` (node, over an observer's own store)
//! # Invariants read-only; every request but health is signed by a client with the role `auditor`;
//! #            every refusal is problem+json with a stable code
//! # Absent     case-bound grants and the record of who looked (planned), exports (planned), rules

use std::{collections::BTreeMap, sync::Arc};

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data, ServiceConfig},
};
use ledger_core::{
    id::{AccountId, CommandId, Lei, Uetr},
    money::Currency,
    signature::PublicKey,
    time::Height,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;
use verifier::{list::ListKind, payments::PaymentRole};

use crate::{auth::Authenticator, problem::Problem};

pub mod case;
pub mod consistency;
pub mod history;
pub mod issuance;
pub mod members;
pub mod moment;
pub mod port;
pub mod proof;
mod refused;
pub mod report;
pub mod reserves;
pub mod supply;
#[cfg(test)]
mod tests;

pub use port::AuditLedger;
pub use refused::AuditRefused;

/// The only role of a client of this API.
pub const AUDITOR: &str = "auditor";

/// Counts an answer: route, status, and the problem's code or nothing.
pub type Counted = Arc<dyn Fn(&str, u16, &str) + Send + Sync>;

/// What handlers work with.
pub struct AuditApp {
    /// The observer's ledger.
    pub ledger: Arc<dyn AuditLedger>,
    /// Names of the clients, by key.
    pub clients: BTreeMap<PublicKey, String>,
    /// Checks signatures and nonces.
    pub authenticator: Authenticator,
    /// Where answers are counted.
    pub counted: Counted,
}

/// All routes.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/healthz", web::get().to(healthz))
        .route("/audit/v1/supply", web::get().to(get_supply))
        .route("/audit/v1/reserves", web::get().to(get_reserves))
        .route("/audit/v1/cases/{uetr}", web::get().to(get_case))
        .route("/audit/v1/receipts/{command}", web::get().to(get_receipt))
        .route("/audit/v1/accounts/{account}/history", web::get().to(get_history))
        .route("/audit/v1/members/{lei}/accounts", web::get().to(get_accounts))
        .route("/audit/v1/members/{lei}/customers", web::get().to(get_customers))
        .route("/audit/v1/members/{lei}/payments", web::get().to(get_payments))
        .route("/audit/v1/consistency", web::get().to(get_consistency))
        .route("/audit/v1/mints", web::get().to(get_mints))
        .route("/audit/v1/redemptions", web::get().to(get_redemptions))
        .route("/audit/v1/report", web::get().to(get_report))
        .default_service(web::route().to(nothing));
}

/// Which currency, and as of which height.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AsOf {
    currency: String,
    #[serde(default)]
    at: Option<u64>,
}

/// Which currency.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfCurrency {
    currency: String,
}

/// Which currency, and between which heights, both included.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Between {
    currency: String,
    #[serde(default)]
    from: Option<u64>,
    #[serde(default)]
    to: Option<u64>,
}

impl Between {
    fn span(&self) -> issuance::Span {
        Heights { from: self.from, to: self.to }.span()
    }
}

/// Between which heights, both included.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Heights {
    #[serde(default)]
    from: Option<u64>,
    #[serde(default)]
    to: Option<u64>,
}

impl Heights {
    fn span(self) -> issuance::Span {
        issuance::Span { from: Height::new(self.from.unwrap_or(0)), to: self.to.map(Height::new) }
    }
}

/// From which place of a list on.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    #[serde(default)]
    from: Option<u64>,
}

/// From which height on.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Since {
    from: u64,
}

/// Which payments of a member.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PaymentsOf {
    #[serde(default)]
    role: Option<String>,
    #[serde(default)]
    currency: Option<String>,
    #[serde(default)]
    from: Option<u64>,
    #[serde(default)]
    to: Option<u64>,
}

impl PaymentsOf {
    const HINT: &'static str = "ask as in ?role=payer|payee|any&currency=USD&from=HEIGHT&to=HEIGHT";

    fn read(&self) -> Result<members::PaymentsAsked, AuditRefused> {
        let role = self.role.as_deref().map_or(Some(PaymentRole::Any), PaymentRole::named);
        Ok(members::PaymentsAsked {
            role: role.ok_or(AuditRefused::Malformed(Self::HINT))?,
            currency: self.currency.as_deref().map(currency).transpose()?,
            span: Heights { from: self.from, to: self.to }.span(),
        })
    }
}

async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "ok"}))
}

async fn get_supply(app: Data<AuditApp>, request: HttpRequest) -> HttpResponse {
    answer(&app, &request, |ledger, request| {
        let asked: AsOf = query(request, "ask as in ?currency=USD&at=HEIGHT")?;
        let currency = currency(&asked.currency)?;
        Ok(move || supply::supply(&*ledger, currency, asked.at.map(Height::new)))
    })
    .await
}

async fn get_reserves(app: Data<AuditApp>, request: HttpRequest) -> HttpResponse {
    answer(&app, &request, |ledger, request| {
        let asked: AsOf = query(request, "ask as in ?currency=USD&at=HEIGHT")?;
        let currency = currency(&asked.currency)?;
        Ok(move || reserves::reserves(&*ledger, currency, asked.at.map(Height::new)))
    })
    .await
}

async fn get_case(
    app: Data<AuditApp>,
    request: HttpRequest,
    uetr: web::Path<String>,
) -> HttpResponse {
    answer(&app, &request, |ledger, _| {
        let hex = uetr.replace('-', "");
        let read = Uetr::from_hex(&hex).filter(|read| read.to_text() == *uetr);
        let uetr = read.ok_or(AuditRefused::Malformed("a UETR is written 8-4-4-4-12"))?;
        Ok(move || case::case(&*ledger, &uetr))
    })
    .await
}

async fn get_mints(app: Data<AuditApp>, request: HttpRequest) -> HttpResponse {
    answer(&app, &request, |ledger, request| {
        let asked: Between = query(request, "ask as in ?currency=USD&from=HEIGHT&to=HEIGHT")?;
        let currency = currency(&asked.currency)?;
        Ok(move || issuance::mints(&*ledger, currency, asked.span()))
    })
    .await
}

async fn get_redemptions(app: Data<AuditApp>, request: HttpRequest) -> HttpResponse {
    answer(&app, &request, |ledger, request| {
        let asked: Between = query(request, "ask as in ?currency=USD&from=HEIGHT&to=HEIGHT")?;
        let currency = currency(&asked.currency)?;
        Ok(move || issuance::redemptions(&*ledger, currency, asked.span()))
    })
    .await
}

async fn get_report(app: Data<AuditApp>, request: HttpRequest) -> HttpResponse {
    answer(&app, &request, |ledger, request| {
        let asked: OfCurrency = query(request, "ask as in ?currency=USD")?;
        let currency = currency(&asked.currency)?;
        Ok(move || report::report(&*ledger, currency))
    })
    .await
}

/// A receipt file, byte for byte, as `florin verify` reads it.
async fn get_receipt(
    app: Data<AuditApp>,
    request: HttpRequest,
    command: web::Path<String>,
) -> HttpResponse {
    answer_file(&app, &request, |ledger, _| {
        let read = CommandId::from_hex(&command);
        let id = read.ok_or(AuditRefused::Malformed("a command id is 64 lowercase hex digits"))?;
        Ok(move || case::receipt_file(&*ledger, &id))
    })
    .await
}

/// A history file, byte for byte, as `florin verify` reads it.
async fn get_history(
    app: Data<AuditApp>,
    request: HttpRequest,
    account: web::Path<String>,
) -> HttpResponse {
    answer_file(&app, &request, |ledger, request| {
        let asked: Heights = query(request, "ask as in ?from=HEIGHT&to=HEIGHT")?;
        let read = AccountId::from_hex(&account);
        let id = read.ok_or(AuditRefused::Malformed("an account is 64 lowercase hex digits"))?;
        Ok(move || history::history_file(&*ledger, &id, asked.span()))
    })
    .await
}

/// A list file, byte for byte, as `florin verify` reads it.
async fn get_accounts(
    app: Data<AuditApp>,
    request: HttpRequest,
    member: web::Path<String>,
) -> HttpResponse {
    answer_list(&app, &request, &member, ListKind::Accounts).await
}

/// A list file, byte for byte, as `florin verify` reads it.
async fn get_customers(
    app: Data<AuditApp>,
    request: HttpRequest,
    member: web::Path<String>,
) -> HttpResponse {
    answer_list(&app, &request, &member, ListKind::Customers).await
}

async fn answer_list(
    app: &Data<AuditApp>,
    request: &HttpRequest,
    member: &str,
    kind: ListKind,
) -> HttpResponse {
    answer_file(app, request, |ledger, request| {
        let asked: Page = query(request, "ask as in ?from=INDEX")?;
        let member = lei(member)?;
        Ok(move || members::list_file(&*ledger, &member, kind, asked.from.unwrap_or(0)))
    })
    .await
}

/// A payments file, byte for byte, as `florin verify` reads it.
async fn get_payments(
    app: Data<AuditApp>,
    request: HttpRequest,
    member: web::Path<String>,
) -> HttpResponse {
    answer_file(&app, &request, |ledger, request| {
        let asked: PaymentsOf = query(request, PaymentsOf::HINT)?;
        let (member, asked) = (lei(&member)?, asked.read()?);
        Ok(move || members::payments_file(&*ledger, &member, asked))
    })
    .await
}

/// A consistency file, byte for byte, as `florin verify` reads it.
async fn get_consistency(app: Data<AuditApp>, request: HttpRequest) -> HttpResponse {
    answer_file(&app, &request, |ledger, request| {
        let asked: Since = query(request, "ask as in ?from=HEIGHT")?;
        Ok(move || consistency::consistency_file(&*ledger, Height::new(asked.from)))
    })
    .await
}

async fn nothing(app: Data<AuditApp>, request: HttpRequest) -> HttpResponse {
    finish(&app, &request, Err(AuditRefused::NotFound.problem()))
}

/// Answers in JSON.
async fn answer<T, W>(
    app: &Data<AuditApp>,
    request: &HttpRequest,
    read: impl FnOnce(Arc<dyn AuditLedger>, &HttpRequest) -> Result<W, AuditRefused>,
) -> HttpResponse
where
    T: Serialize + Send + 'static,
    W: FnOnce() -> Result<T, AuditRefused> + Send + 'static,
{
    let outcome = look_up(app, request, read).await;
    finish(app, request, outcome.map(|found| HttpResponse::Ok().json(found)))
}

/// Answers with a proof file, byte for byte.
async fn answer_file<W>(
    app: &Data<AuditApp>,
    request: &HttpRequest,
    read: impl FnOnce(Arc<dyn AuditLedger>, &HttpRequest) -> Result<W, AuditRefused>,
) -> HttpResponse
where
    W: FnOnce() -> Result<String, AuditRefused> + Send + 'static,
{
    let outcome = look_up(app, request, read).await;
    let file = |file| HttpResponse::Ok().content_type("application/json").body(file);
    finish(app, request, outcome.map(file))
}

/// Authenticates, reads what is asked, and looks it up on a blocking thread.
async fn look_up<T, W>(
    app: &Data<AuditApp>,
    request: &HttpRequest,
    read: impl FnOnce(Arc<dyn AuditLedger>, &HttpRequest) -> Result<W, AuditRefused>,
) -> Result<T, Problem>
where
    T: Send + 'static,
    W: FnOnce() -> Result<T, AuditRefused> + Send + 'static,
{
    authenticated(app, request).await?;
    let work = read(Arc::clone(&app.ledger), request).map_err(|refused| refused.problem())?;
    blocking(work).await
}

/// A client of this API signed the request.
async fn authenticated(app: &AuditApp, request: &HttpRequest) -> Result<(), Problem> {
    let sender = app.authenticator.authenticate(request, b"").await?;
    match app.clients.get(&PublicKey::new(*sender.key())) {
        Some(name) => {
            tracing::info!(client = name, path = request.path(), "audit.asked");
            Ok(())
        }
        None => Err(AuditRefused::Forbidden.problem()),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AuditRefused> + Send + 'static,
) -> Result<T, Problem> {
    let gone = |_| AuditRefused::Fault(port::AuditFault::inconsistent("a thread ended")).problem();
    web::block(work).await.map_err(gone)?.map_err(|refused| refused.problem())
}

/// Counts an answer and turns a problem into a response.
fn finish(
    app: &AuditApp,
    request: &HttpRequest,
    answered: Result<HttpResponse, Problem>,
) -> HttpResponse {
    // Routes, not paths: callers cannot make labels.
    let route = request.match_pattern().unwrap_or_else(|| "none".to_owned());
    let (response, code) = match answered {
        Ok(response) => (response, String::new()),
        Err(problem) => (HttpResponse::from(&problem), problem.code().to_owned()),
    };
    (app.counted)(&route, response.status().as_u16(), &code);
    response
}

fn query<T: DeserializeOwned>(
    request: &HttpRequest,
    hint: &'static str,
) -> Result<T, AuditRefused> {
    let read = web::Query::<T>::from_query(request.query_string());
    read.map(web::Query::into_inner).map_err(|_| AuditRefused::Malformed(hint))
}

fn currency(code: &str) -> Result<Currency, AuditRefused> {
    Currency::new(code).ok_or(AuditRefused::CurrencyUnknown)
}

fn lei(text: &str) -> Result<Lei, AuditRefused> {
    Lei::new(text).ok_or(AuditRefused::Malformed("a member is named by its LEI"))
}
