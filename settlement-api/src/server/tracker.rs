//! Where a payment is, hop by hop, and the room of its cases.
//!
//! # Place      own records of a UETR -> [tracker] -> staff, core systems
//! # Invariants G7 a hop is shown to the two banks that it is between, and to nobody else
//! # Absent     hops between other banks: each agent tells its own

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Bytes, Data},
};
use iso20022::Pacs008;
use ledger_core::{
    id::{LegId, Uetr},
    receipt::Effect,
};
use serde::Serialize;
use utoipa::ToSchema;
use verifier::summary::rfc3339;

use super::{App, ClientRole, bank::parse_uetr, with_client};
use crate::{
    gateway::Gateway,
    inquiries::{
        desk, known,
        report::{self as cases, CaseSummary},
    },
    openapi::{
        UetrPath,
        text::{Amount, CurrencyCode, Id, LeiCode, Time, Uetr as UetrText},
    },
    payments::{
        details::ChargeReport,
        inbox::InboxRecord,
        record::PaymentRecord,
        report::{self, PaymentReport},
    },
    port::StoreFault,
    refused::Refused,
};

const READERS: &[ClientRole] = &[ClientRole::Operations, ClientRole::Compliance];

/// A payment on its way.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrackerReport {
    /// Its UETR.
    #[schema(value_type = UetrText)]
    pub uetr: String,
    /// ISO 20022 status of its last hop that this bank knows.
    pub status: &'static str,
    /// Its hops that this bank is a side of, in the order in which they came here.
    pub hops: Vec<HopReport>,
}

/// A payment between two banks.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HopReport {
    /// Its leg on the ledger.
    #[schema(value_type = Id)]
    pub leg: String,
    /// The bank that pays.
    #[schema(value_type = LeiCode)]
    pub from: String,
    /// The bank that is paid.
    #[schema(value_type = LeiCode)]
    pub to: String,
    /// ISO 20022 status.
    pub status: &'static str,
    /// Decimal text.
    #[schema(value_type = Amount)]
    pub amount: String,
    /// ISO 4217 code.
    #[schema(value_type = CurrencyCode)]
    pub currency: String,
    /// When this bank received it: from its customer, or from the bank before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Time>)]
    pub received: Option<String>,
    /// When the bank that is paid had it and accepted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Time>)]
    pub accepted: Option<String>,
    /// When it settled, by the ledger.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Time>)]
    pub settled: Option<String>,
    /// When the creditor had the money, by its bank's word on the ledger.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Time>)]
    pub credited: Option<String>,
    /// When it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Time>)]
    pub rejected: Option<String>,
    /// Who pays the charges, as its message says: `DEBT`, `CRED`, `SHAR` or `SLEV`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charge_bearer: Option<&'static str>,
    /// Charges that were taken before this hop, as its message says.
    pub charges: Vec<ChargeReport>,
}

/// The cases about a payment.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RoomReport {
    /// The payment.
    #[schema(value_type = UetrText)]
    pub uetr: String,
    /// Its banks that this bank knows of, itself among them.
    #[schema(value_type = Vec<LeiCode>)]
    pub agents: Vec<String>,
    /// Own cases about it, in the order of their identities; questions to several banks stand side by side.
    pub cases: Vec<CaseSummary>,
}

/// `GET /v1/tracker/{uetr}`: every hop of a payment that this bank is a side of.
#[utoipa::path(get, path = "/v1/tracker/{uetr}", tag = "Payments", params(UetrPath),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "As this bank knows it.", body = TrackerReport)))]
pub async fn get_tracker(
    app: Data<App>,
    request: HttpRequest,
    uetr: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), READERS, |_| async {
        let found = parse_uetr(&uetr).and_then(|uetr| tracked(&app.gateway, uetr));
        Ok(HttpResponse::Ok().json(found.map_err(|r| r.problem())?))
    })
    .await
}

/// `GET /v1/payments/{uetr}/cases`: the room of a payment: its banks, and own cases about it.
#[utoipa::path(get, path = "/v1/payments/{uetr}/cases", tag = "Cases", params(UetrPath),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "As it stands at this bank.", body = RoomReport)))]
pub async fn get_payment_cases(
    app: Data<App>,
    request: HttpRequest,
    uetr: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), READERS, |_| async {
        let found = parse_uetr(&uetr).and_then(|uetr| room(&app.gateway, uetr));
        Ok(HttpResponse::Ok().json(found.map_err(|r| r.problem())?))
    })
    .await
}

fn tracked(gateway: &Gateway, uetr: Uetr) -> Result<TrackerReport, Refused> {
    let store = gateway.store.as_ref();
    let mut hops = Vec::new();
    for known in known::payments(store, &uetr)? {
        let leg = known.leg.id();
        let sent = known.leg.instructing == *gateway.lei();
        let told = if sent {
            let record = PaymentRecord::load(store, &leg)?.ok_or(Refused::NotFound)?;
            report::json(gateway, &record)
        } else {
            let record = InboxRecord::load(store, &leg)?.ok_or(Refused::NotFound)?;
            report::incoming(gateway, &record)
        };
        hops.push(hop(gateway, leg, told?, &known.message)?);
    }
    hops.sort_by(|one, two| one.received.cmp(&two.received));
    let status = hops.last().ok_or(Refused::NotFound)?.status;
    Ok(TrackerReport { uetr: uetr.to_text(), status, hops })
}

fn hop(
    gateway: &Gateway,
    leg: LegId,
    told: PaymentReport,
    message: &[u8],
) -> Result<HopReport, StoreFault> {
    let at = |status: &str| {
        let entry = told.timeline.iter().find(|entry| entry.status == status);
        entry.map(|entry| entry.at.clone())
    };
    let message = Pacs008::find(message).ok();
    let charges = message.iter().flat_map(|message| message.charges.iter().cloned());
    let settled = gateway.view.leg_effect(&leg, Effect::Settled)?;
    Ok(HopReport {
        leg: leg.to_hex(),
        received: at("RCVD"),
        accepted: at("ACWP"),
        settled: settled.map(|proved| rfc3339(proved.proof.receipt.irrevocable)),
        credited: at("ACCC"),
        rejected: at("RJCT"),
        charge_bearer: message.as_ref().map(|message| message.charge_bearer.as_str()),
        charges: charges.map(ChargeReport::of).collect(),
        from: told.instructing,
        to: told.instructed,
        status: told.status,
        amount: told.amount,
        currency: told.currency,
    })
}

fn room(gateway: &Gateway, uetr: Uetr) -> Result<RoomReport, Refused> {
    let known = known::payments(gateway.store.as_ref(), &uetr)?;
    if known.is_empty() {
        return Err(Refused::NotFound);
    }
    let sides = known.iter().flat_map(|known| [known.leg.instructing, known.leg.instructed]);
    let agents: std::collections::BTreeSet<_> = sides.map(|lei| lei.text().to_owned()).collect();
    let cases = desk::read(gateway, |desk| cases::of_payment(desk, &uetr))?;
    Ok(RoomReport { uetr: uetr.to_text(), agents: agents.into_iter().collect(), cases })
}
