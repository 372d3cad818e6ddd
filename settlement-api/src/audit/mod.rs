//! The audit API: what an examiner asks of an observer, answered with its proof.
//!
//! Every answer is as of a height that a certified header covers. What the ledger keeps no history
//! of is refused for earlier heights, never guessed.
//!
//! # Place      examiners' clients -> [audit] -> `AuditLedger` (node, over an observer's own store)
//! # Invariants read-only; every request but health and description is signed by a client with the
//! #            role `auditor`; every refusal is problem+json with a stable code
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
use serde::{Serialize, de::DeserializeOwned};
use verifier::list::ListKind;

use crate::{
    auth::Authenticator,
    openapi::{CommandPath, ProofFile, UetrPath},
    problem::Problem,
    server::{read::Health, table},
    verbs::WrongVerb,
};

mod asked;
pub mod case;
pub mod consistency;
pub mod docs;
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

pub(crate) use asked::RoleInPayments;
use asked::{AccountPath, AsOf, Between, Heights, MemberPath, OfCurrency, Page, PaymentsOf, Since};
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
    table(config);
    config.default_service(web::route().to(nothing));
}

// Every row is served and described: its handler carries `#[utoipa::path]`, or this does not
// compile.
table::routes! {
    config
        .route("/healthz", web::get().to(self::healthz))
        .route("/audit/v1/supply", web::get().to(self::get_supply))
        .route("/audit/v1/reserves", web::get().to(self::get_reserves))
        .route("/audit/v1/cases/{uetr}", web::get().to(self::get_case))
        .route("/audit/v1/receipts/{command}", web::get().to(self::get_receipt))
        .route("/audit/v1/accounts/{account}/history", web::get().to(self::get_history))
        .route("/audit/v1/members/{lei}/accounts", web::get().to(self::get_accounts))
        .route("/audit/v1/members/{lei}/customers", web::get().to(self::get_customers))
        .route("/audit/v1/members/{lei}/payments", web::get().to(self::get_payments))
        .route("/audit/v1/consistency", web::get().to(self::get_consistency))
        .route("/audit/v1/mints", web::get().to(self::get_mints))
        .route("/audit/v1/redemptions", web::get().to(self::get_redemptions))
        .route("/audit/v1/report", web::get().to(self::get_report))
        .route("/openapi.json", web::get().to(docs::openapi))
        .route("/docs", web::get().to(docs::page))
        .route("/docs/{file}", web::get().to(docs::file))
}

/// `GET /healthz`: the process answers.
#[utoipa::path(get, path = "/healthz", tag = "Service", security(()),
    responses((status = 200, description = "It does.", body = Health)))]
async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok", reason: None })
}

/// `GET /audit/v1/supply`: supply by class after a block, with its proof.
///
/// The proof is the currency's record under a certified header, and the entry of its journal with
/// the entry after it, so that none is between.
#[utoipa::path(get, path = "/audit/v1/supply", tag = "Supply and reserves", params(AsOf),
    security(("rfc9421" = ["auditor"])),
    responses((status = 200, description = "As of `height`.", body = supply::SupplyReport)))]
async fn get_supply(app: Data<AuditApp>, request: HttpRequest) -> HttpResponse {
    answer(&app, &request, |ledger, request| {
        let asked: AsOf = query(request, "ask as in ?currency=USD&at=HEIGHT")?;
        let currency = currency(&asked.currency)?;
        Ok(move || supply::supply(&*ledger, currency, asked.at.map(Height::new)))
    })
    .await
}

/// `GET /audit/v1/reserves`: reserves against supply after a block, account by account.
///
/// By the formula that decides mints (I2). Each account comes with its record and the entry of its
/// journal; `later` names accounts that were registered since.
#[utoipa::path(get, path = "/audit/v1/reserves", tag = "Supply and reserves", params(AsOf),
    security(("rfc9421" = ["auditor"])),
    responses((status = 200, description = "As of `height`.", body = reserves::ReservesReport)))]
async fn get_reserves(app: Data<AuditApp>, request: HttpRequest) -> HttpResponse {
    answer(&app, &request, |ledger, request| {
        let asked: AsOf = query(request, "ask as in ?currency=USD&at=HEIGHT")?;
        let currency = currency(&asked.currency)?;
        Ok(move || reserves::reserves(&*ledger, currency, asked.at.map(Height::new)))
    })
    .await
}

/// `GET /audit/v1/cases/{uetr}`: the evidence of a payment, leg by leg.
///
/// Every receipt, refusals too, is a file that verifies offline; `file` ends with a newline: write
/// it as it is.
#[utoipa::path(get, path = "/audit/v1/cases/{uetr}", tag = "Payments", params(UetrPath),
    security(("rfc9421" = ["auditor"])),
    responses((status = 200, description = "Every leg.", body = case::CaseReport)))]
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

/// `GET /audit/v1/mints`: each mint of a span back to its order.
///
/// The member's signed request, the bank entry that paid, treasury's proposals with the persons
/// that said yes, the receipt. At most 256 chains and the rest of the last block: `next_from` says
/// where to go on.
#[utoipa::path(get, path = "/audit/v1/mints", tag = "Mints and redemptions", params(Between),
    security(("rfc9421" = ["auditor"])),
    responses((status = 200, description = "In ledger order.", body = issuance::ChainsReport)))]
async fn get_mints(app: Data<AuditApp>, request: HttpRequest) -> HttpResponse {
    answer(&app, &request, |ledger, request| {
        let asked: Between = query(request, "ask as in ?currency=USD&from=HEIGHT&to=HEIGHT")?;
        let currency = currency(&asked.currency)?;
        Ok(move || issuance::mints(&*ledger, currency, asked.span()))
    })
    .await
}

/// `GET /audit/v1/redemptions`: each redemption asked for in a span, to its end.
///
/// As mints, to the burn or the cancellation.
#[utoipa::path(get, path = "/audit/v1/redemptions", tag = "Mints and redemptions", params(Between),
    security(("rfc9421" = ["auditor"])),
    responses((status = 200, description = "In ledger order.", body = issuance::ChainsReport)))]
async fn get_redemptions(app: Data<AuditApp>, request: HttpRequest) -> HttpResponse {
    answer(&app, &request, |ledger, request| {
        let asked: Between = query(request, "ask as in ?currency=USD&from=HEIGHT&to=HEIGHT")?;
        let currency = currency(&asked.currency)?;
        Ok(move || issuance::redemptions(&*ledger, currency, asked.span()))
    })
    .await
}

/// `GET /audit/v1/report`: a currency on one page, with the recount beside the running totals.
#[utoipa::path(get, path = "/audit/v1/report", tag = "Supply and reserves", params(OfCurrency),
    security(("rfc9421" = ["auditor"])),
    responses((status = 200, description = "As of `height`.", body = report::Report)))]
async fn get_report(app: Data<AuditApp>, request: HttpRequest) -> HttpResponse {
    answer(&app, &request, |ledger, request| {
        let asked: OfCurrency = query(request, "ask as in ?currency=USD")?;
        let currency = currency(&asked.currency)?;
        Ok(move || report::report(&*ledger, currency))
    })
    .await
}

/// `GET /audit/v1/receipts/{command}`: a `florin-receipt-1` file, byte for byte.
#[utoipa::path(get, path = "/audit/v1/receipts/{command}", tag = "Payments", params(CommandPath),
    security(("rfc9421" = ["auditor"])),
    responses((status = 200, description = "For `florin verify`.", body = ProofFile)))]
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

/// `GET /audit/v1/accounts/{account}/history`: a `florin-history-1` file, byte for byte.
///
/// Everything that happened to the account in these blocks, both included, proved complete (W21).
/// From H to H it is the balance as of block H.
#[utoipa::path(get, path = "/audit/v1/accounts/{account}/history", tag = "Accounts",
    params(AccountPath, Heights),
    security(("rfc9421" = ["auditor"])),
    responses((status = 200, description = "For `florin verify`.", body = ProofFile)))]
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

/// `GET /audit/v1/members/{lei}/accounts`: a `florin-list-1` file, byte for byte.
///
/// The member's accounts in the order in which they were opened, as of the latest proven block: all
/// of them, or 10 000 from a place on (W27).
#[utoipa::path(get, path = "/audit/v1/members/{lei}/accounts", tag = "Members",
    params(MemberPath, Page),
    security(("rfc9421" = ["auditor"])),
    responses((status = 200, description = "For `florin verify`.", body = ProofFile)))]
async fn get_accounts(
    app: Data<AuditApp>,
    request: HttpRequest,
    member: web::Path<String>,
) -> HttpResponse {
    answer_list(&app, &request, &member, ListKind::Accounts).await
}

/// `GET /audit/v1/members/{lei}/customers`: a `florin-list-1` file, byte for byte.
///
/// The handles of the member's customers in the order in which they were registered, as accounts.
/// Who they are is not on the ledger.
#[utoipa::path(get, path = "/audit/v1/members/{lei}/customers", tag = "Members",
    params(MemberPath, Page),
    security(("rfc9421" = ["auditor"])),
    responses((status = 200, description = "For `florin verify`.", body = ProofFile)))]
async fn get_customers(
    app: Data<AuditApp>,
    request: HttpRequest,
    member: web::Path<String>,
) -> HttpResponse {
    answer_list(&app, &request, &member, ListKind::Customers).await
}

/// Answers with a list file.
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

/// `GET /audit/v1/members/{lei}/payments`: a `florin-payments-1` file, byte for byte.
///
/// Every payment of the member in these blocks, both included, in this role and currency, proved
/// complete over all its accounts (W28).
#[utoipa::path(get, path = "/audit/v1/members/{lei}/payments", tag = "Members",
    params(MemberPath, PaymentsOf),
    security(("rfc9421" = ["auditor"])),
    responses((status = 200, description = "For `florin verify`.", body = ProofFile)))]
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

/// `GET /audit/v1/consistency`: a `florin-consistency-1` file, byte for byte.
///
/// That the history of blocks under the lowest certified header that covers a height goes on under
/// the latest one (W26): whoever kept an earlier header sees that nothing before it was rewritten.
#[utoipa::path(get, path = "/audit/v1/consistency", tag = "History of blocks", params(Since),
    security(("rfc9421" = ["auditor"])),
    responses((status = 200, description = "For `florin verify`.", body = ProofFile)))]
async fn get_consistency(app: Data<AuditApp>, request: HttpRequest) -> HttpResponse {
    answer_file(&app, &request, |ledger, request| {
        let asked: Since = query(request, "ask as in ?from=HEIGHT")?;
        Ok(move || consistency::consistency_file(&*ledger, Height::new(asked.from)))
    })
    .await
}

async fn nothing(app: Data<AuditApp>, request: HttpRequest) -> HttpResponse {
    match WrongVerb::of(ROWS, request.path()) {
        Some(wrong) => wrong.stated(finish(&app, &request, Err(wrong.problem()))),
        None => finish(&app, &request, Err(AuditRefused::NotFound.problem())),
    }
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
