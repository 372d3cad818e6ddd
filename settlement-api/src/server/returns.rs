//! Endpoints of returns: at the bank that was paid, and what either bank has of them.
//!
//! # Invariants X4 one role proposes, another approves, and never the same client

use std::{sync::Arc, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    rt,
    web::{self, Bytes, Data},
};
use ledger_core::id::{LegId, Uetr};
use tokio::time::Instant;

use super::{
    Answered, App, Body, ClientRole, bank::parse_uetr, parcels, preferred_wait, recalls::xml,
    wants_xml, with_client,
};
use crate::{
    exceptions::{
        recall::{AskedRecall, Kept as _, RecallDecision, ReceivedRecall},
        returns::{
            ReturnInput, desk,
            record::{OwnReturn, Stage},
            report::{self, Known, ReturnReport},
            telling,
        },
    },
    gateway::Gateway,
    ledger_port::BCS,
    openapi::{Nothing, Pacs004Text, Prefer, SealedBytes, UetrPath},
    payments::{inbox::InboxRecord, record::PaymentRecord},
    port::StoreFault,
    refused::Refused,
};

const DESK: &[ClientRole] = &[ClientRole::Operations];
const CHECKER: &[ClientRole] = &[ClientRole::Compliance];
const EITHER: &[ClientRole] = &[ClientRole::Operations, ClientRole::Compliance];

/// Does it to its end also when the client no longer waits, waits as long as the ledger decides, and shows
/// the return: 202 while it waits for a client or for the ledger.
async fn answer(
    gateway: &Gateway,
    doing: impl Future<Output = Result<OwnReturn, Refused>> + 'static,
    wait: Duration,
) -> Answered {
    let done = rt::spawn(doing).await.unwrap_or(Err(Refused::NotReady));
    let shown = async {
        let (mut record, deadline) = (done?, Instant::now() + wait);
        while matches!(record.stage, Stage::Returning(_)) && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let kept = OwnReturn::load(gateway.store.as_ref(), &record.leg)?;
            record = kept.ok_or(Refused::NotFound)?;
        }
        let waits = matches!(record.stage, Stage::Proposed | Stage::Returning(_));
        let mut answer = if waits { HttpResponse::Accepted() } else { HttpResponse::Ok() };
        Ok(answer.json(report::outgoing(gateway, &record)?))
    };
    shown.await.map_err(|refused: Refused| refused.problem())
}

/// `POST /v1/payments/{uetr}/return`: the bank that was paid gives back of its own accord.
///
/// Another client must approve. The same content again finds the same return; another one, while this one
/// is proposed, is `return_proposed`. A pacs.004 is sent as it comes: it names this payment and all of its
/// amount.
#[utoipa::path(post, path = "/v1/payments/{uetr}/return", tag = "Recalls and returns",
    params(UetrPath), security(("rfc9421" = ["operations"])),
    request_body(description = "A reason in JSON, or the return as a message.",
        content((ReturnInput = "application/json"), (Pacs004Text = "application/xml"))),
    responses(
        (status = 200, description = "Given back before.", body = ReturnReport),
        (status = 202, description = "Waits for approval, or for the ledger.", body = ReturnReport),
    ))]
pub async fn post_return(
    app: Data<App>,
    request: HttpRequest,
    uetr: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    let media = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let is_xml = media.is_some_and(|media| media.contains("xml"));
    let (gateway, sent) = (&app.gateway, &body);
    with_client(&app, &request, &body, DESK, |client| async move {
        let (own, sent) = (Arc::clone(gateway), sent.clone());
        let doing = async move {
            desk::propose(&own, &parse_uetr(&uetr)?, &client.name, (&sent, is_xml)).await
        };
        answer(gateway, doing, Duration::ZERO).await
    })
    .await
}

/// `POST /v1/payments/{uetr}/return/approve`: another client agrees that the money goes back.
///
/// The return is on disk when this is answered. What the ledger refuses is proposed again, with its code.
#[utoipa::path(post, path = "/v1/payments/{uetr}/return/approve", tag = "Recalls and returns",
    params(UetrPath, Prefer), security(("rfc9421" = ["compliance"])),
    request_body = Option<Nothing>,
    responses(
        (status = 200, description = "The money is back.", body = ReturnReport),
        (status = 202, description = "On its way to the ledger, or refused there.",
            body = ReturnReport),
    ))]
pub async fn approve_return(
    app: Data<App>,
    request: HttpRequest,
    uetr: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    let (gateway, wait) = (&app.gateway, preferred_wait(&request));
    with_client(&app, &request, &body, CHECKER, |client| async move {
        let own = Arc::clone(gateway);
        let doing = async move { desk::approve(&own, &parse_uetr(&uetr)?, &client.name).await };
        answer(gateway, doing, wait).await
    })
    .await
}

/// `POST /v1/payments/{uetr}/return/withdraw`: a proposal is taken back, by either role.
#[utoipa::path(post, path = "/v1/payments/{uetr}/return/withdraw", tag = "Recalls and returns",
    params(UetrPath), security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    request_body = Option<Nothing>,
    responses((status = 200, description = "Nothing goes back.", body = ReturnReport)))]
pub async fn withdraw_return(
    app: Data<App>,
    request: HttpRequest,
    uetr: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    let gateway = &app.gateway;
    with_client(&app, &request, &body, EITHER, |_| async move {
        let own = Arc::clone(gateway);
        let doing = async move { desk::withdraw(&own, &parse_uetr(&uetr)?).await };
        answer(gateway, doing, Duration::ZERO).await
    })
    .await
}

/// `GET /v1/payments/{uetr}/return`: how a payment goes back, and the pacs.004 by which it went.
///
/// A return without a recall is shown as JSON, or with `Accept: application/xml` as its pacs.004; one that
/// was asked for is its pacs.004 (the recall says where that is).
#[utoipa::path(get, path = "/v1/payments/{uetr}/return", tag = "Recalls and returns",
    params(UetrPath),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "The return as it stands, or a pacs.004.001.10: \
        `not_returned` before.",
        content((ReturnReport = "application/json"), (Pacs004Text = "application/xml")))))]
pub async fn get_return(
    app: Data<App>,
    request: HttpRequest,
    uetr: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), EITHER, |_| async {
        let found =
            parse_uetr(&uetr).and_then(|uetr| returned(&app.gateway, &uetr, wants_xml(&request)));
        found.map_err(|r| r.problem())
    })
    .await
}

fn returned(gateway: &Gateway, uetr: &Uetr, as_xml: bool) -> Result<HttpResponse, Refused> {
    let store = gateway.store.as_ref();
    let sent = PaymentRecord::by_uetr(store, uetr)?.map(|record| record.leg());
    let delivered = InboxRecord::by_uetr(store, uetr)?;
    let delivered = delivered.map(|record| record.delivery.payment.leg.id());
    let leg = sent.or(delivered).ok_or(Refused::NotFound)?;
    let asked = || asked_for(gateway, &leg)?.map(xml).ok_or(Refused::NotReturned);
    match Known::find(gateway, &leg)?.filter(|known| !known.is_withdrawn()) {
        Some(known) if as_xml => match known.message() {
            Some(message) => Ok(xml(message.to_vec())),
            None => asked(),
        },
        Some(known) => Ok(HttpResponse::Ok().json(known.report(gateway)?)),
        None => asked(),
    }
}

/// The pacs.004 by which a recall was answered.
fn asked_for(gateway: &Gateway, leg: &LegId) -> Result<Option<Vec<u8>>, StoreFault> {
    let store = gateway.store.as_ref();
    let asked = AskedRecall::of_leg(store, leg)?.into_iter();
    let received = ReceivedRecall::of_leg(store, leg)?.into_iter();
    let answers =
        asked.filter_map(|record| record.answer).chain(received.filter_map(|record| record.answer));
    let mut messages = answers.filter_map(|answer| match answer.value.decision {
        RecallDecision::Returned(back) => Some(back.message),
        RecallDecision::Rejected(_)
        | RecallDecision::Pending
        | RecallDecision::Agreed
        | RecallDecision::Voided => None,
    });
    Ok(messages.next_back())
}

/// `POST /v1/inbox/returns`: a parcel of another member's gateway.
#[utoipa::path(post, path = "/v1/inbox/returns", tag = "Between banks",
    security(("rfc9421" = ["member"])),
    request_body(content = SealedBytes, content_type = BCS, description = "A sealed parcel."),
    responses((status = 200, description = "A sealed, signed answer.",
        body = SealedBytes, content_type = BCS)))]
pub async fn post_return_inbox(
    app: Data<App>,
    request: HttpRequest,
    Body(body): Body,
) -> HttpResponse {
    parcels::answer(&app, &request, &body, telling::receive).await
}
