//! The gateway's HTTP: routes, who may call them, and one way of answering.
//!
//! # Place      core systems, staff and other gateways -> [server] -> payments, treasury, custodian
//! # Invariants every request but health, metrics, description and for a token is authenticated before
//! #            its body is read as anything; a refusal is problem+json with a stable code, or the report of
//! #            a rejected payment, and is counted
//! # Absent     TLS (the process has it)

use std::{collections::BTreeMap, pin::Pin, sync::Arc, time::Duration};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::{StatusCode, header},
    web::{self, Bytes, Data, ServiceConfig},
};
use ledger_core::{authority::Role, id::Lei, signature::PublicKey};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::ToSchema;

use crate::{
    auth::{Authenticator, Sender},
    gateway::{CommandOutcome, Gateway},
    http_signature::unix_now_s,
    oauth::{self, ShownKey, Tokens},
    openapi::text::Id,
    payments::report::receipt_report,
    problem::{Problem, ProblemFacts, Retry},
    reading::Bounds,
    refused::Refused,
    verbs::{self, WrongVerb},
};

pub mod accounts;
pub mod bank;
pub mod cases;
pub mod checks;
pub mod contracts;
pub mod custodian;
pub mod customers;
pub mod directory;
pub mod docs;
pub mod enquiries;
pub mod entity;
pub mod events;
pub mod files;
pub mod fx;
pub mod governance;
pub mod listing;
pub mod oauth_token;
pub(crate) mod orders;
pub(crate) mod paging;
mod parcels;
pub mod prefer;
pub mod queue;
pub mod read;
pub mod recalls;
pub mod redemptions;
pub mod returns;
pub mod reviews;
pub mod rules;
pub mod simulate;
pub mod standing;
pub mod statements;
pub(crate) mod table;
mod terms;
#[cfg(test)]
mod tests;
pub mod tickets;
pub mod tracker;
pub mod treasury;
pub mod waiting;
pub mod webhooks;

/// Bytes of a request body at most.
pub const MAX_BODY: usize = crate::payments::delivery::MAX_PARCEL;
/// Seconds that `Prefer: wait=` may ask for at most.
pub const MAX_WAIT_S: u64 = 30;

/// A request's body, read up to [`MAX_BODY`]; more is a problem like every other refusal.
pub struct Body(pub Bytes);

impl FromRequest for Body {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = read_body(request, payload, Bounds::of(MAX_BODY));
        Box::pin(async move { read.await.map(Self) })
    }
}

/// Reads a body within bounds, and counts where that fails.
pub(crate) fn read_body(
    request: &HttpRequest,
    payload: &mut Payload,
    bounds: Bounds,
) -> impl Future<Output = Result<Bytes, Problem>> + use<> {
    let read = bounds.read(request.clone(), payload.take());
    let app = request.app_data::<Data<App>>().cloned();
    async move {
        read.await.map_err(|unread| {
            let problem = unread.problem(bounds.bytes);
            if let Some(app) = app {
                app.gateway.metrics.answered(problem.status().as_u16(), problem.code());
            }
            problem
        })
    }
}

/// What a client of the gateway may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClientRole {
    /// Send payments and mint requests, read what is the institution's.
    Operations,
    /// Register customers.
    Compliance,
    /// Propose mints.
    TreasuryMaker,
    /// Approve mints.
    TreasuryChecker,
    /// Vouch for reserve accounts.
    Custodian,
    /// Propose what network operators decide.
    OperatorMaker,
    /// Approve it.
    OperatorChecker,
    /// Freeze, and propose to lift freezes.
    NetworkCompliance,
    /// Approve that a freeze is lifted.
    NetworkComplianceChecker,
    /// Register where events are told.
    Administrator,
}

impl ClientRole {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Operations,
        Self::Compliance,
        Self::TreasuryMaker,
        Self::TreasuryChecker,
        Self::Custodian,
        Self::OperatorMaker,
        Self::OperatorChecker,
        Self::NetworkCompliance,
        Self::NetworkComplianceChecker,
        Self::Administrator,
    ];

    /// Parses a role of the config.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Its name in the config.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Operations => "operations",
            Self::Compliance => "compliance",
            Self::TreasuryMaker => "treasury_maker",
            Self::TreasuryChecker => "treasury_checker",
            Self::Custodian => "custodian",
            Self::OperatorMaker => "operator_maker",
            Self::OperatorChecker => "operator_checker",
            Self::NetworkCompliance => "network_compliance",
            Self::NetworkComplianceChecker => "network_compliance_checker",
            Self::Administrator => "administrator",
        }
    }
}

/// A core system or person that may call the gateway.
#[derive(Clone, Debug)]
pub struct Client {
    /// For logs.
    pub name: String,
    /// What it may do.
    pub roles: Vec<ClientRole>,
}

/// What handlers share.
pub struct App {
    /// The gateway.
    pub gateway: Arc<Gateway>,
    /// Clients by key.
    pub clients: BTreeMap<PublicKey, Client>,
    /// Checks signatures and nonces.
    pub authenticator: Authenticator,
    /// Clients that send tokens instead, where that is enough.
    pub tokens: Tokens,
}

/// Who calls.
#[derive(Clone, Debug)]
pub enum Caller {
    /// A client of this gateway.
    Client(Client),
    /// A client of this gateway by its token, with the roles that this lets it use.
    Token(Client),
    /// Another member's gateway.
    Member(Lei),
}

/// A handler's answer: everything that is not 2xx is a problem.
pub type Answered = Result<HttpResponse, Problem>;

impl App {
    /// Who sent this request; the body is what was signed.
    ///
    /// # Errors
    /// A 401 problem.
    pub async fn caller(&self, request: &HttpRequest, body: &[u8]) -> Result<Caller, Problem> {
        if let Some(token) = oauth::bearer(request) {
            let reads = request.method() == actix_web::http::Method::GET;
            let shown = ShownKey::by(request);
            let client = self.tokens.client((&token, shown), reads, unix_now_s());
            let client = client.map_err(|refused| refused.problem())?;
            self.authenticator.pace(Sender::Token(&client.name))?;
            return Ok(Caller::Token(client));
        }
        let authenticated = self.authenticator.authenticate(request, body).await?;
        let key = PublicKey::new(*authenticated.key());
        if let Some(client) = self.clients.get(&key) {
            return Ok(Caller::Client(client.clone()));
        }
        match self.gateway.directory.by_key(&key, Role::Transport) {
            Some(entry) => Ok(Caller::Member(entry.lei)),
            None => Err(Refused::Forbidden.problem()),
        }
    }

    /// A client with one of these roles.
    ///
    /// # Errors
    /// 401 or 403.
    pub async fn client(
        &self,
        request: &HttpRequest,
        body: &[u8],
        roles: &[ClientRole],
    ) -> Result<Client, Problem> {
        let caller = self.caller(request, body).await?;
        let may = |client: &Client| client.roles.iter().any(|role| roles.contains(role));
        match caller {
            Caller::Client(client) if may(&client) => Ok(client),
            Caller::Token(client) if may(&client) => {
                let path = request.match_pattern().unwrap_or_default();
                let enough = oauth::is_enough(request.method().as_str(), &path);
                if enough { Ok(client) } else { Err(Refused::SignatureRequired.problem()) }
            }
            Caller::Client(_) | Caller::Token(_) | Caller::Member(_) => {
                Err(Refused::Forbidden.problem())
            }
        }
    }
}

/// Parses a JSON body strictly.
///
/// # Errors
/// 400 `request_malformed`, naming the place.
pub fn json_body<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        Problem::new(ProblemFacts {
            status: StatusCode::BAD_REQUEST,
            code: "request_malformed",
            title: "The request is malformed",
            retry: Retry::Never,
            detail: format!("{error}; see docs/api.md for this endpoint's fields").into(),
        })
    })
}

/// Seconds asked for by `Prefer: wait=N`, at most [`MAX_WAIT_S`].
#[must_use]
pub fn preferred_wait(request: &HttpRequest) -> Duration {
    prefer::wait(request.headers()).unwrap_or_default()
}

/// Whether the client wants XML.
#[must_use]
pub fn wants_xml(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.to_ascii_lowercase().contains("xml"))
}

/// A command of a role, as its endpoint answers it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CommandReport {
    /// The command.
    #[schema(value_type = Id)]
    pub command_id: String,
    /// `applied`, or `pending` when the time asked for was too short.
    pub outcome: &'static str,
    /// Its receipt, by hash and link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<crate::payments::report::ReceiptReport>,
    /// What the gateway drew for it, which its sender could not know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drawn: Option<Drawn>,
}

/// A reserve account that is to be registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Drawn {
    /// Its id on the ledger.
    #[schema(value_type = Id)]
    pub reserve: String,
    /// Opens the ledger's commitment to its number; tell the custodian, and nobody else.
    #[schema(value_type = Id)]
    pub salt: String,
}

/// Waits for a command and answers: 200 applied, 202 pending, 4xx refused.
///
/// # Errors
/// The refusal, or a fault.
pub async fn answer_command(
    gateway: &Gateway,
    command: &ledger_core::id::CommandId,
    wait: Duration,
) -> Answered {
    answer_drawn(gateway, command, wait, None).await
}

async fn answer_drawn(
    gateway: &Gateway,
    command: &ledger_core::id::CommandId,
    wait: Duration,
    drawn: Option<Drawn>,
) -> Answered {
    let outcome = gateway.outcome(command, wait).await.map_err(|f| Refused::from(f).problem())?;
    let receipt = receipt_report(gateway, command).map_err(|f| Refused::from(f).problem())?;
    let report = |outcome| CommandReport { command_id: command.to_hex(), outcome, receipt, drawn };
    match outcome {
        CommandOutcome::Applied => Ok(HttpResponse::Ok().json(report("applied"))),
        CommandOutcome::Refused(refusal) => {
            Err(crate::status::problem(refusal).with_instance(format!("/v1/receipts/{command}")))
        }
        CommandOutcome::Expired => Err(command_expired()),
        CommandOutcome::Pending => Ok(HttpResponse::Accepted()
            .insert_header((header::LOCATION, format!("/v1/commands/{command}")))
            .json(report("pending"))),
    }
}

pub(crate) fn command_expired() -> Problem {
    Problem::new(ProblemFacts {
        status: StatusCode::CONFLICT,
        code: "command_expired",
        title: "The command expired",
        retry: Retry::Later,
        detail: "No block took the command in time; it had no effect. Send it again.".into(),
    })
}

/// Counts an answer and turns a problem into a response.
#[must_use]
pub fn finish(app: &App, answered: Answered) -> HttpResponse {
    match answered {
        Ok(response) => {
            app.gateway.metrics.answered(response.status().as_u16(), "");
            response
        }
        Err(problem) => {
            app.gateway.metrics.answered(problem.status().as_u16(), problem.code());
            HttpResponse::from(&problem)
        }
    }
}

/// What the gateway serves.
pub fn routes(config: &mut ServiceConfig) {
    // Else `GET /v1/tickets/check` would ask for the ticket of that name.
    for path in verbs::shared(ROWS) {
        let others = web::resource(path).guard(verbs::unserved(ROWS, path));
        config.service(others.to(nothing_here));
    }
    table(config);
    config.default_service(web::route().to(nothing_here));
}

// Every row is served and described: its handler carries `#[utoipa::path]`, or this does not
// compile.
table::routes! {
    config
        .route("/healthz", web::get().to(read::healthz))
        .route("/readyz", web::get().to(read::readyz))
        .route("/metrics", web::get().to(read::metrics))
        .route("/oauth/token", web::post().to(oauth_token::post_token))
        .route("/v1/payments", web::post().to(bank::post_payment))
        .route("/v1/payments", web::get().to(listing::get_payments))
        .route("/v1/payments/{uetr}", web::get().to(bank::get_payment))
        .route("/v1/payments/{uetr}/message", web::get().to(bank::get_message))
        .route("/v1/payments/{uetr}/notification", web::get().to(bank::get_notification))
        .route("/v1/payments/{uetr}/evidence", web::get().to(bank::get_evidence))
        .route("/v1/payments/{uetr}/credit", web::post().to(bank::post_credit))
        .route("/v1/payments/{uetr}/cancel", web::post().to(waiting::cancel_payment))
        .route("/v1/payments/{uetr}/accept", web::post().to(reviews::accept_payment))
        .route("/v1/payments/{uetr}/accept/approve", web::post().to(reviews::approve_payment))
        .route("/v1/payments/{uetr}/reject", web::post().to(reviews::reject_payment))
        .route("/v1/scheduled-payments", web::get().to(waiting::get_waiting))
        .route("/v1/queue", web::get().to(queue::get_queue))
        .route("/v1/queue/{uetr}/cancel", web::post().to(queue::cancel_queued))
        .route("/v1/queue/{uetr}/priority", web::post().to(queue::post_priority))
        .route("/v1/standing-orders", web::post().to(standing::post_standing_order))
        .route("/v1/standing-orders", web::get().to(standing::get_standing_orders))
        .route("/v1/standing-orders/{standing_order}", web::get().to(standing::get_standing_order))
        .route("/v1/standing-orders/{standing_order}/executions", web::get().to(standing::get_executions))
        .route("/v1/standing-orders/{standing_order}/cancel", web::post().to(standing::cancel_standing_order))
        .route("/v1/simulate", web::post().to(simulate::post_simulation))
        .route("/v1/inbox", web::get().to(reviews::get_inbox))
        .route("/v1/inbox", web::post().to(bank::post_inbox))
        .route("/v1/customers", web::get().to(customers::get_customers))
        .route("/v1/customers", web::post().to(customers::post_customer))
        .route("/v1/customers/{party}", web::get().to(customers::get_customer))
        .route("/v1/mint-requests", web::post().to(bank::post_mint_request))
        .route("/v1/tracker/{uetr}", web::get().to(tracker::get_tracker))
        .route("/v1/payments/{uetr}/cases", web::get().to(tracker::get_payment_cases))
        .route("/v1/directory", web::get().to(directory::get_directory))
        .route("/v1/accounts", web::get().to(accounts::get_accounts))
        .route("/v1/accounts/{account}/proof", web::get().to(accounts::account_proof))
        .route("/v1/moves", web::post().to(accounts::post_move))
        .route("/v1/supply/{currency}", web::get().to(read::supply))
        .route("/v1/receipts/{command}", web::get().to(read::receipt))
        .route("/v1/commands/{command}", web::get().to(read::command))
        .route("/v1/reserves", web::get().to(custodian::get_reserves))
        .route("/v1/reserves", web::post().to(custodian::post_reserve))
        .route("/v1/notifications", web::post().to(custodian::post_notification))
        .route("/v1/entries", web::post().to(custodian::post_entry))
        .route("/v1/attestations", web::post().to(custodian::post_attestation))
        .route("/v1/mint-orders", web::get().to(treasury::get_orders))
        .route("/v1/mint-orders/{request}/propose", web::post().to(treasury::propose))
        .route("/v1/proposals", web::post().to(governance::post_proposal))
        .route("/v1/proposals/{proposal}", web::get().to(governance::get_proposal))
        .route("/v1/proposals/{proposal}/approve", web::post().to(governance::approve))
        .route("/v1/freezes", web::post().to(governance::post_freeze))
        .route("/v1/redemptions", web::post().to(redemptions::post_redemption))
        .route("/v1/redemptions/{redemption}/cancel", web::post().to(redemptions::cancel))
        .route("/v1/redemptions/{redemption}/instruct", web::post().to(redemptions::instruct))
        .route("/v1/redemptions/{redemption}/confirm", web::post().to(redemptions::confirm))
        .route("/v1/legs/close", web::post().to(redemptions::close))
        .route("/v1/events", web::get().to(events::get_events))
        .route("/v1/webhooks", web::post().to(webhooks::post_webhook))
        .route("/v1/webhooks", web::get().to(webhooks::get_webhooks))
        .route("/v1/webhooks/{webhook}/resume", web::post().to(webhooks::resume_webhook))
        .route("/v1/webhooks/{webhook}/rotate", web::post().to(webhooks::rotate_webhook))
        .route("/v1/webhooks/{webhook}/withdraw", web::post().to(webhooks::withdraw_webhook))
        .route("/v1/payment-files", web::post().to(files::post_file))
        .route("/v1/payment-files/{file}", web::get().to(files::get_file))
        .route("/v1/payment-files/{file}/orders", web::get().to(files::get_file_orders))
        .route("/v1/status-requests", web::post().to(enquiries::post_status_request))
        .route("/v1/accounts/{account}/statements/{date}", web::get().to(statements::get_statement))
        .route("/v1/accounts/{account}/report", web::get().to(statements::get_report))
        .route("/v1/statement-requests", web::post().to(statements::post_statement_request))
        .route("/v1/recalls", web::post().to(recalls::post_recall))
        .route("/v1/recalls", web::get().to(recalls::get_recalls))
        .route("/v1/recalls/{recall}", web::get().to(recalls::get_recall))
        .route("/v1/recalls/{recall}/message", web::get().to(recalls::get_recall_message))
        .route("/v1/recalls/{recall}/answer", web::post().to(recalls::post_answer))
        .route("/v1/recalls/{recall}/approve", web::post().to(recalls::post_approval))
        .route("/v1/payments/{uetr}/return", web::post().to(returns::post_return))
        .route("/v1/payments/{uetr}/return", web::get().to(returns::get_return))
        .route("/v1/payments/{uetr}/return/approve", web::post().to(returns::approve_return))
        .route("/v1/payments/{uetr}/return/withdraw", web::post().to(returns::withdraw_return))
        .route("/v1/inbox/returns", web::post().to(returns::post_return_inbox))
        .route("/v1/inbox/recalls", web::post().to(recalls::post_recall_inbox))
        .route("/v1/inquiries", web::post().to(cases::post_inquiry))
        .route("/v1/cases", web::get().to(cases::get_cases))
        .route("/v1/cases", web::post().to(cases::post_case))
        .route("/v1/cases/{case}", web::get().to(cases::get_case))
        .route("/v1/cases/{case}/message", web::get().to(cases::get_case_message))
        .route("/v1/cases/{case}/accept", web::post().to(cases::accept_case))
        .route("/v1/cases/{case}/interim", web::post().to(cases::interim_case))
        .route("/v1/cases/{case}/answer", web::post().to(cases::prepare_answer))
        .route("/v1/cases/{case}/answer/approve", web::post().to(cases::approve_answer))
        .route("/v1/cases/{case}/reject", web::post().to(cases::reject_case))
        .route("/v1/cases/{case}/close", web::post().to(cases::close_case))
        .route("/v1/cases/{case}/reopen", web::post().to(cases::reopen_case))
        .route("/v1/cases/{case}/withdraw", web::post().to(cases::withdraw_case))
        .route("/v1/cases/{case}/forward", web::post().to(cases::forward_case))
        .route("/v1/cases/{case}/documents/{document}", web::get().to(cases::get_document))
        .route("/v1/cases/{case}/evidence", web::get().to(cases::get_case_evidence))
        .route("/v1/answer-rules", web::get().to(rules::get_rules))
        .route("/v1/answer-rules", web::post().to(rules::post_rule))
        .route("/v1/answer-rules/{rule}/approve", web::post().to(rules::approve_rule))
        .route("/v1/answer-rules/{rule}/withdraw", web::post().to(rules::withdraw_rule))
        .route("/v1/contracts/calls/quote", web::post().to(contracts::post_quote))
        .route("/v1/contracts/approvals", web::post().to(contracts::post_call_approval))
        .route("/v1/contracts/calls", web::post().to(contracts::post_call))
        .route("/v1/contracts/calls/{command}", web::get().to(contracts::get_call))
        .route("/v1/contracts/modules/{address}/{module}", web::get().to(contracts::get_module))
        .route("/v1/account-checks", web::post().to(checks::post_check))
        .route("/v1/account-checks/{check}", web::get().to(checks::get_check))
        .route("/v1/inbox/account-checks", web::post().to(checks::post_check_inbox))
        .route("/v1/fx/rates", web::post().to(fx::post_rates))
        .route("/v1/fx/rates", web::get().to(fx::get_rates))
        .route("/v1/quotes", web::post().to(fx::post_fx_quote))
        .route("/v1/quotes/{quote}", web::get().to(fx::get_fx_quote))
        .route("/v1/quotes/{quote}/accept", web::post().to(fx::accept_fx_quote))
        .route("/v1/inbox/quotes", web::post().to(fx::post_quote_inbox))
        .route("/v1/tickets", web::post().to(tickets::post_ticket))
        .route("/v1/tickets/check", web::post().to(tickets::check_ticket))
        .route("/v1/tickets/{ticket}", web::get().to(tickets::get_ticket))
        .route("/openapi.json", web::get().to(docs::openapi))
        .route("/docs", web::get().to(docs::page))
        .route("/docs/{file}", web::get().to(docs::file))
}

async fn nothing_here(app: Data<App>, request: HttpRequest) -> HttpResponse {
    match WrongVerb::of(ROWS, request.path()) {
        Some(wrong) => wrong.stated(finish(&app, Err(wrong.problem()))),
        None => finish(&app, Err(Refused::NotFound.problem())),
    }
}

/// Runs a handler that needs a client with one of these roles.
pub(crate) async fn with_client<F, Fut>(
    app: &Data<App>,
    request: &HttpRequest,
    body: &Bytes,
    roles: &[ClientRole],
    work: F,
) -> HttpResponse
where
    F: FnOnce(Client) -> Fut,
    Fut: Future<Output = Answered>,
{
    let answered = match app.client(request, body, roles).await {
        Ok(client) => work(client).await,
        Err(problem) => Err(problem),
    };
    finish(app, answered)
}
