//! Endpoint of status enquiries: a pacs.028 is answered by a pacs.002.
//!
//! # Invariants X6 the answer is the present state, of a payment that this bank sent or was sent

use actix_web::{HttpRequest, HttpResponse, web::Data};
use iso20022::{
    Pacs002, Pacs008, TxStatus,
    check::check,
    pacs002::OriginalGroup,
    view::{Pacs028, View},
};

use ledger_core::id::MessageKind;

use super::{App, Body, ClientRole, bank::parse_uetr, with_client};
use crate::{
    gateway::Gateway,
    headed::Route,
    openapi::{Pacs002Text, Pacs028Text},
    payments::{
        inbox::InboxRecord,
        message,
        record::{Original, PaymentRecord},
        report,
    },
    refused::Refused,
};

const READERS: &[ClientRole] = &[ClientRole::Operations, ClientRole::Compliance];

/// `POST /v1/status-requests`: a pacs.028 is answered by a pacs.002 with the present state.
///
/// The payment is found by `OrgnlUETR`; a message that names another `OrgnlMsgId` or
/// `OrgnlEndToEndId` than the payment's asks for nothing that is known here.
#[utoipa::path(post, path = "/v1/status-requests", tag = "Payments",
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    request_body(content = Pacs028Text, content_type = "application/xml",
        description = "A status request."),
    responses((status = 200, description = "The payment as it stands.",
        body = Pacs002Text, content_type = "application/xml")))]
pub async fn post_status_request(
    app: Data<App>,
    request: HttpRequest,
    Body(body): Body,
) -> HttpResponse {
    with_client(&app, &request, &body, READERS, |_| async {
        let answer = status(&app.gateway, &body).map_err(|r| r.problem())?;
        Ok(HttpResponse::Ok().content_type("application/xml").body(answer))
    })
    .await
}

fn status(gateway: &Gateway, body: &[u8]) -> Result<String, Refused> {
    let asked = Pacs028::find(body).map_err(Refused::Rules)?;
    let judged = check(body, None);
    if !judged.ok() {
        return Err(Refused::Rules(judged.errors));
    }
    let uetr = parse_uetr(asked.original_uetr.as_deref().ok_or(Refused::BadUetr)?)?;
    let store = gateway.store.as_ref();
    if let Some(sent) = PaymentRecord::by_uetr(store, &uetr)?
        && names(&asked, &sent.original, sent.payment.leg.kind)
    {
        return Ok(report::pacs002(gateway, &sent)?);
    }
    let delivered = InboxRecord::by_uetr(store, &uetr)?.ok_or(Refused::NotFound)?;
    let message::Read { kind, message } = message::read(gateway, &delivered.delivery.message)?;
    let original = Original {
        msg_id: message.msg_id.clone(),
        instr_id: message.instr_id.clone(),
        end_to_end_id: message.end_to_end_id.clone(),
        tx_id: message.tx_id.clone(),
    };
    if names(&asked, &original, kind) {
        incoming(gateway, &delivered, &message)
    } else {
        Err(Refused::NotFound)
    }
}

/// Whether a request means the payment with these references, as far as it names any.
fn names(asked: &Pacs028, original: &Original, kind: MessageKind) -> bool {
    let same =
        |given: &Option<String>, own: Option<&str>| given.is_none() || given.as_deref() == own;
    same(&asked.original_msg_id, Some(&original.msg_id))
        && same(&asked.original_instr_id, original.instr_id.as_deref())
        && same(&asked.original_end_to_end_id, Some(&original.end_to_end_id))
        && same(&asked.original_tx_id, original.tx_id.as_deref())
        && asked.original_message.as_ref().is_none_or(|name| message::is_named(kind, name))
}

/// The pacs.002 of a payment that was delivered here.
pub(super) fn incoming(
    gateway: &Gateway,
    delivered: &InboxRecord,
    said: &Pacs008,
) -> Result<String, Refused> {
    let name = message::name_of(delivered.delivery.payment.leg.kind);
    let stands = report::incoming(gateway, delivered)?;
    let words = stands.reason.as_ref().and_then(|reason| reason.information.clone());
    let reason = stands.reason.map(|reason| (reason.iso_reason, reason.code));
    let reasons = report::told(reason, words, stands.confirmation.or(stands.receipt));
    let leg = delivered.delivery.payment.leg;
    let answer = Pacs002 {
        msg_id: crate::exceptions::messages::fresh_reference(),
        created: crate::exceptions::messages::written_now(),
        instructing_agent: None,
        instructed_agent: None,
        original: Some(OriginalGroup {
            msg_id: said.msg_id.clone(),
            msg_name_id: name.to_owned(),
            created: None,
        }),
        status_id: None,
        instr_id: said.instr_id.clone(),
        end_to_end_id: Some(said.end_to_end_id.clone()),
        tx_id: said.tx_id.clone(),
        uetr: Some(said.uetr_or_derived()),
        status: TxStatus::from_code(stands.status).unwrap_or(TxStatus::Pending),
        reasons,
        accepted_at: None,
        effective_settlement: None,
        clearing_system_ref: None,
    };
    Ok(report::answered(&Route::of(gateway, &leg.instructed, &leg.instructing), answer))
}
