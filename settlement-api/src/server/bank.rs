//! Endpoints of a member bank: payments, inbox, mint requests.

use std::{sync::Arc, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{self, Bytes, Data},
};
use iso20022::Pacs008;
use ledger_core::{
    command::{Command, MintRequest},
    id::{ReserveId, Text, Uetr},
    money::Money,
};
use serde::Deserialize;
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

use super::{
    Answered, App, Body, ClientRole, enquiries, entity, json_body,
    orders::{Order, with_order},
    parcels, prefer, preferred_wait, wants_xml, with_client,
};
use crate::{
    exceptions::giving_back,
    gateway::{Gateway, GatewayFault},
    keys::Purpose,
    ledger_port::BCS,
    openapi::{
        Camt054Text, CommandAnswer, Inline, Nothing, Pacs002Text, Pacs008Text, Prefer, ProofFile,
        SealedBytes, Seen, Sending, UetrPath,
        text::{Amount, CurrencyCode, Id, Reference},
    },
    payments::{
        evidence,
        inbox::{self, InboxRecord},
        intake::Asked,
        message,
        notification::{Side, notification},
        record::{PaymentRecord, Stage},
        report::{self, PaymentReport},
        request::{self, PaymentRequest},
        workflow,
    },
    problem::Problem,
    refused::Refused,
};

/// Said of an answer that has its receipts inside.
const APPLIED: (&str, &str) = ("preference-applied", "proof=inline");

const READERS: &[ClientRole] = &[ClientRole::Operations, ClientRole::Compliance];

/// `POST /v1/payments`: pays, from JSON or a pacs.008.
///
/// The instructing bank, UETR and instructed bank identify the payment: the same content again
/// gives the same answer, other content is `leg_conflict`. A rejected payment's UETR stays used.
/// `Accept: application/xml` asks for a pacs.002.001.10 instead of JSON. `Prefer: proof=inline`, beside
/// `wait` or without it, puts the receipts into the report.
#[utoipa::path(post, path = "/v1/payments", tag = "Payments", params(Prefer),
    security(("rfc9421" = ["operations"])),
    request_body(description = "A payment in JSON or as a message.",
        content((PaymentRequest = "application/json"), (Pacs008Text = "application/xml"))),
    responses(
        (status = 200, description = "Settled.", content((PaymentReport = "application/json"), (Pacs002Text = "application/xml"))),
        (status = 202, description = "On disk and on its way; `location` tells more.",
            content((PaymentReport = "application/json"), (Pacs002Text = "application/xml"))),
        (status = 422, description = "Rejected: a report, once the payment was taken in.",
            content((PaymentReport = "application/json"), (Pacs002Text = "application/xml"))),
    ))]
pub async fn post_payment(app: Data<App>, request: HttpRequest, Body(body): Body) -> HttpResponse {
    with_client(&app, &request, &body, &[ClientRole::Operations], |_| async {
        let gateway = &app.gateway;
        let record = take(gateway, &request, &body).await?;
        let record = wait_for_end(gateway, record, preferred_wait(&request)).await?;
        answer_payment(gateway, &request, &record, true)
    })
    .await
}

/// Takes a payment in once: a resend finds what the first one made.
async fn take(
    gateway: &Arc<Gateway>,
    request: &HttpRequest,
    body: &Bytes,
) -> Result<PaymentRecord, Problem> {
    let (message, asked) = read_payment(gateway, request, body)?;
    workflow::enter(gateway, &message, &asked).await.map_err(|r| r.problem())
}

/// A payment as it was asked for, in JSON or as a pacs.008.
pub(super) fn read_payment(
    gateway: &Gateway,
    request: &HttpRequest,
    body: &Bytes,
) -> Result<(Pacs008, Asked), Problem> {
    if gateway.gate.is_none() {
        return Err(Refused::NotThisRole.problem());
    }
    if !gateway.is_ready() {
        return Err(Refused::NotReady.problem());
    }
    let media = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    if media.is_some_and(|media| media.to_ascii_lowercase().contains("xml")) {
        let taken = message::take(gateway, body).map_err(|r| r.problem())?;
        let asked = Asked::message(&taken, body);
        return Ok((taken.read.message, asked));
    }
    let wanted: PaymentRequest = json_body(body)?;
    let message = request::message_of(gateway, &wanted).map_err(|r| r.problem())?;
    let asked = Asked::json(&wanted, &message);
    Ok((message, asked))
}

pub(super) async fn wait_for_end(
    gateway: &Gateway,
    mut record: PaymentRecord,
    wait: Duration,
) -> Result<PaymentRecord, Problem> {
    let deadline = Instant::now() + wait;
    while !record.rests() && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let found = PaymentRecord::load(gateway.store.as_ref(), &record.leg());
        if let Some(newer) = found.map_err(|f| Refused::from(f).problem())? {
            record = newer;
        }
    }
    Ok(record)
}

fn answer_payment(
    gateway: &Gateway,
    request: &HttpRequest,
    record: &PaymentRecord,
    posted: bool,
) -> Answered {
    let fault = |fault: GatewayFault| Refused::from(fault).problem();
    if !posted && !wants_xml(request) {
        let report = report::json(gateway, record).map_err(fault)?;
        return answer_report(gateway, request, report.detailed(gateway, &record.xml));
    }
    let mut answer = match &record.stage {
        Stage::Settled(_) => HttpResponse::Ok(),
        Stage::Rejected(..) if posted => HttpResponse::UnprocessableEntity(),
        _ if posted => HttpResponse::Accepted(),
        _ => HttpResponse::Ok(),
    };
    let uetr = record.payment.leg.uetr.to_text();
    answer.insert_header((header::LOCATION, format!("/v1/payments/{uetr}")));
    if wants_xml(request) {
        let xml = report::pacs002(gateway, record).map_err(fault)?;
        return Ok(answer.content_type("application/xml").body(xml));
    }
    let report = report::json(gateway, record).map_err(fault)?;
    if !prefer::inline_proof(request.headers()) {
        return Ok(answer.json(report));
    }
    answer.insert_header(APPLIED);
    Ok(answer.json(report.with_files(gateway).map_err(fault)?))
}

/// A payment's report to who reads it: with its tag, or, asked for with its receipts, without one.
fn answer_report(gateway: &Gateway, request: &HttpRequest, report: PaymentReport) -> Answered {
    if !prefer::inline_proof(request.headers()) {
        return Ok(entity::tagged(request, &report));
    }
    let report = report.with_files(gateway).map_err(|fault| Refused::from(fault).problem())?;
    Ok(HttpResponse::Ok().insert_header(APPLIED).json(report))
}

/// A payment that this bank knows.
enum Known {
    /// It pays.
    Sent(Box<PaymentRecord>),
    /// It is paid.
    Delivered(Box<InboxRecord>),
}

/// Which payment with a UETR: a bank may send one on under the UETR under which it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// The one that was delivered here.
    Incoming,
    /// The one that this bank sent.
    Outgoing,
}

/// Which payment is meant.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Meant {
    /// The one that was sent, or else the one that was delivered, if absent.
    #[param(inline)]
    direction: Option<Way>,
}

/// The payment with this UETR that a request means: one that this bank sent, else one that was
/// delivered here, if it does not say which.
fn find(gateway: &Gateway, request: &HttpRequest, uetr: &str) -> Result<Known, Refused> {
    let meant = web::Query::<Meant>::from_query(request.query_string());
    let meant = meant.map_err(|_| Refused::Malformed("direction is incoming or outgoing"))?;
    let (store, uetr) = (gateway.store.as_ref(), parse_uetr(uetr)?);
    if meant.direction != Some(Way::Incoming)
        && let Some(sent) = PaymentRecord::by_uetr(store, &uetr)?
    {
        return Ok(Known::Sent(Box::new(sent)));
    }
    if meant.direction == Some(Way::Outgoing) {
        return Err(Refused::NotFound);
    }
    let delivered = InboxRecord::by_uetr(store, &uetr)?;
    delivered.map(|record| Known::Delivered(Box::new(record))).ok_or(Refused::NotFound)
}

pub(crate) fn parse_uetr(text: &str) -> Result<Uetr, Refused> {
    let uetr = iso20022::identifier::parse_uetr(text).ok_or(Refused::BadUetr)?;
    Ok(Uetr::new(*uetr.as_bytes()))
}

/// `GET /v1/payments/{uetr}`: its status, timeline, reason and receipt.
///
/// `Accept: application/xml` asks for a pacs.002.001.10 instead of JSON. `Prefer: proof=inline` asks for
/// the receipts themselves in `file`, beside their hashes: the answer then has `preference-applied` and
/// no `etag`.
#[utoipa::path(get, path = "/v1/payments/{uetr}", tag = "Payments",
    params(UetrPath, Meant, Seen, Inline),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses(
        (status = 200, description = "The payment as it stands; as JSON with its `etag`.",
            content((PaymentReport = "application/json"), (Pacs002Text = "application/xml"))),
        (status = 304, description = "As it was seen."),
    ))]
pub async fn get_payment(
    app: Data<App>,
    request: HttpRequest,
    uetr: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), READERS, |_| async {
        let gateway = &app.gateway;
        match find(gateway, &request, &uetr).map_err(|r| r.problem())? {
            Known::Sent(record) => answer_payment(gateway, &request, &record, false),
            Known::Delivered(record) if wants_xml(&request) => {
                let message = message::read(gateway, &record.delivery.message);
                let xml = message.and_then(|m| enquiries::incoming(gateway, &record, &m.message));
                let xml = xml.map_err(|r| r.problem())?;
                Ok(HttpResponse::Ok().content_type("application/xml").body(xml))
            }
            Known::Delivered(record) => {
                let report = report::incoming(gateway, &record).map_err(Refused::from);
                let report = report.map_err(|r| r.problem())?;
                let report = report.detailed(gateway, &record.delivery.message);
                answer_report(gateway, &request, report)
            }
        }
    })
    .await
}

/// `GET /v1/payments/{uetr}/message`: the pacs.008 as it was sent, or as it was delivered here.
#[utoipa::path(get, path = "/v1/payments/{uetr}/message", tag = "Payments", params(UetrPath, Meant),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "A pacs.008.001.08.",
        body = Pacs008Text, content_type = "application/xml")))]
pub async fn get_message(
    app: Data<App>,
    request: HttpRequest,
    uetr: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), READERS, |_| async {
        let xml = match find(&app.gateway, &request, &uetr).map_err(|r| r.problem())? {
            Known::Sent(record) => record.xml,
            Known::Delivered(record) => record.delivery.message,
        };
        Ok(HttpResponse::Ok().content_type("application/xml").body(xml))
    })
    .await
}

/// `GET /v1/payments/{uetr}/notification`: a settled payment as a camt.054.
///
/// On this bank's settlement account, under a business header.
#[utoipa::path(get, path = "/v1/payments/{uetr}/notification", tag = "Payments", params(UetrPath, Meant),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "The notification.", body = Camt054Text,
        content_type = "application/xml")))]
pub async fn get_notification(
    app: Data<App>,
    request: HttpRequest,
    uetr: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), READERS, |_| async {
        let gateway = &app.gateway;
        let (payment, message, side) =
            match find(gateway, &request, &uetr).map_err(|r| r.problem())? {
                Known::Sent(record) => (record.payment, record.xml, Side::Payer),
                Known::Delivered(record) => {
                    (record.delivery.payment, record.delivery.message, Side::Payee)
                }
            };
        let written = message::read(gateway, &message)
            .and_then(|read| notification(gateway, &payment, &read.message, side));
        let xml = written.map_err(|r| r.problem())?;
        Ok(HttpResponse::Ok().content_type("application/xml").body(xml))
    })
    .await
}

/// `GET /v1/payments/{uetr}/evidence`: the payment, its message and what both banks said of it, as a
/// file that anybody checks offline, `florin-evidence-1`.
#[utoipa::path(get, path = "/v1/payments/{uetr}/evidence", tag = "Payments", params(UetrPath, Meant),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "The pack; keep its bytes as they came.",
        body = ProofFile)))]
pub async fn get_evidence(
    app: Data<App>,
    request: HttpRequest,
    uetr: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), READERS, |_| async {
        let gateway = &app.gateway;
        let pack = match find(gateway, &request, &uetr).map_err(|r| r.problem())? {
            Known::Sent(record) => evidence::of_sent(gateway, &record).await,
            Known::Delivered(record) => evidence::of_delivered(gateway, &record).await,
        };
        let pack = pack.map_err(|r| r.problem())?;
        Ok(HttpResponse::Ok().content_type("application/json").body(pack))
    })
    .await
}

/// `POST /v1/payments/{uetr}/credit`: the beneficiary bank's word that its customer has the money.
#[utoipa::path(post, path = "/v1/payments/{uetr}/credit", tag = "Payments",
    params(UetrPath, Sending), security(("rfc9421" = ["operations"])),
    request_body = Option<Nothing>, responses(CommandAnswer))]
pub async fn post_credit(
    app: Data<App>,
    request: HttpRequest,
    uetr: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    with_order(&app, &request, &body, &[ClientRole::Operations], |_| async {
        let gateway = &app.gateway;
        let store = gateway.store.as_ref();
        let delivered = parse_uetr(&uetr).and_then(|uetr| Ok(InboxRecord::by_uetr(store, &uetr)?));
        let record = delivered.and_then(|found| found.ok_or(Refused::NotFound));
        let record = record.map_err(|r| r.problem())?;
        let given_back = giving_back::is_given_back(gateway, &record.delivery.payment.leg);
        if given_back.map_err(|fault| Refused::from(fault).problem())? {
            return Err(Refused::GivenBack.problem());
        }
        let at = gateway.view.refresh_time().await.map_err(GatewayFault::from);
        let at = at.map_err(|fault| Refused::from(fault).problem())?;
        let leg = record.delivery.payment.leg.id();
        Ok(Order::new(Purpose::Settlement, Command::ConfirmCredit { leg, at }))
    })
    .await
}

/// `POST /v1/inbox`: a parcel of another member's gateway.
#[utoipa::path(post, path = "/v1/inbox", tag = "Between banks",
    security(("rfc9421" = ["member"])),
    request_body(content = SealedBytes, content_type = BCS, description = "A sealed parcel."),
    responses((status = 200, description = "A sealed, signed answer.",
        body = SealedBytes, content_type = BCS)))]
pub async fn post_inbox(app: Data<App>, request: HttpRequest, Body(body): Body) -> HttpResponse {
    parcels::answer(&app, &request, &body, inbox::receive).await
}

/// A request to be given tokens for money paid in.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MintInput {
    /// Decimal text.
    #[schema(value_type = Amount)]
    pub amount: String,
    /// ISO 4217 code.
    #[schema(value_type = CurrencyCode)]
    pub currency: String,
    /// Hex id of the reserve account that was paid.
    #[schema(value_type = Id)]
    pub reserve: String,
    /// The reference under which it was paid.
    #[schema(value_type = Reference)]
    pub reference: String,
}

/// `POST /v1/mint-requests`: asks for tokens for money paid in.
#[utoipa::path(post, path = "/v1/mint-requests", tag = "Mint and redeem", params(Sending),
    security(("rfc9421" = ["operations"])), request_body = MintInput, responses(CommandAnswer))]
pub async fn post_mint_request(
    app: Data<App>,
    request: HttpRequest,
    Body(body): Body,
) -> HttpResponse {
    with_order(&app, &request, &body, &[ClientRole::Operations], |_| async {
        let gateway = &app.gateway;
        let input: MintInput = json_body(&body)?;
        let command = mint_request(gateway, &input).map_err(|r| r.problem())?;
        Ok(Order::new(Purpose::Settlement, command))
    })
    .await
}

fn mint_request(gateway: &Gateway, input: &MintInput) -> Result<Command, Refused> {
    if !gateway.is_ready() {
        return Err(Refused::NotReady);
    }
    let money = parse_money(gateway, &input.amount, &input.currency)?;
    let account = gateway.account(money.currency()).ok_or(Refused::NoAccount)?;
    Ok(Command::RequestMint(MintRequest {
        account: account.id,
        money,
        reserve: parse_reserve(&input.reserve)?,
        reference: parse_text(&input.reference)?,
    }))
}

pub(crate) fn parse_money(
    gateway: &Gateway,
    amount: &str,
    currency: &str,
) -> Result<Money, Refused> {
    let terms = gateway.terms(currency).ok_or(Refused::CurrencyUnknown)?;
    let minor = iso20022::parse_minor(amount, terms.scale).map_err(Refused::Amount)?;
    if minor == 0 { Err(Refused::AmountZero) } else { Ok(Money::new(terms.code, minor)) }
}

pub(crate) fn parse_reserve(text: &str) -> Result<ReserveId, Refused> {
    ReserveId::from_hex(text).ok_or(Refused::Malformed("reserve is 64 lowercase hex digits"))
}

pub(crate) fn parse_text(text: &str) -> Result<Text, Refused> {
    Text::new(text).ok_or(Refused::Malformed("references are 1 to 128 ASCII characters, no blanks"))
}
