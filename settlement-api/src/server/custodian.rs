//! Endpoints of a custodian: booked entries and attestations of a reserve account.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use ledger_core::{
    command::Command,
    id::{Lei, ReserveId},
    record::{Name, Record},
    reserve::{Attestation, BankEntry, Counterparty, Direction, Reserve},
    time::LedgerTime,
};
use serde::Deserialize;
use utoipa::{ToSchema, openapi::Schema};

use super::{
    App, Body, ClientRole,
    bank::{parse_reserve, parse_text},
    json_body, send, with_client,
};
use crate::{
    gateway::{Gateway, GatewayFault},
    keys::{Purpose, random_32},
    openapi::{
        CommandAnswer, Prefer,
        text::{Amount, Id, LeiCode, Reference, words},
    },
    refused::Refused,
};

/// A booked entry, as the custodian's core reports it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryInput {
    /// Hex id of the reserve account.
    #[schema(value_type = Id)]
    pub reserve: String,
    /// The account servicer's reference.
    #[schema(value_type = Reference)]
    pub servicer_reference: String,
    /// Which transaction detail of the booked entry.
    #[serde(default)]
    pub detail: u32,
    /// `credit` or `debit`.
    #[schema(schema_with = directions)]
    pub direction: Direction,
    /// Decimal text, in the account's currency.
    #[schema(value_type = Amount)]
    pub amount: String,
    /// LEI of the member whose account it came from or went to.
    #[schema(value_type = Option<LeiCode>)]
    pub member: Option<String>,
    /// Whether it is between the issuer's own or reserve accounts.
    #[serde(default)]
    pub internal: bool,
    /// The remitter's reference.
    #[schema(value_type = Reference)]
    pub reference: String,
}

fn directions() -> Schema {
    words(&[Direction::Credit, Direction::Debit])
}

/// `POST /v1/entries`: records a booked entry of a reserve account.
#[utoipa::path(post, path = "/v1/entries", tag = "Reserves", params(Prefer),
    security(("rfc9421" = ["custodian"])), request_body = EntryInput, responses(CommandAnswer))]
pub async fn post_entry(app: Data<App>, request: HttpRequest, Body(body): Body) -> HttpResponse {
    with_client(&app, &request, &body, &[ClientRole::Custodian], |_| async {
        let gateway = &app.gateway;
        let input: EntryInput = json_body(&body)?;
        let _one_at_a_time = gateway.intake.lock().await;
        let command = entry(gateway, &input).await.map_err(|r| r.problem())?;
        send(gateway, &request, Purpose::Custodian, command).await
    })
    .await
}

async fn entry(gateway: &Gateway, input: &EntryInput) -> Result<Command, Refused> {
    let reserve = read_reserve(gateway, &parse_reserve(&input.reserve)?).await?;
    let counterparty = match (&input.member, input.internal) {
        (Some(lei), false) => {
            let lei = Lei::new(lei).ok_or(Refused::Malformed("member is not a valid LEI"))?;
            Counterparty::Member(lei)
        }
        (None, true) => Counterparty::Internal,
        (None, false) => Counterparty::Other,
        (Some(_), true) => {
            return Err(Refused::Malformed("an internal entry has no member"));
        }
    };
    Ok(Command::RecordEntry(BankEntry {
        reserve: reserve.id,
        sequence: reserve.entries.saturating_add(1),
        servicer_reference: parse_text(&input.servicer_reference)?,
        detail: input.detail,
        direction: input.direction,
        minor: minor(gateway, &reserve, &input.amount)?,
        counterparty,
        booked: LedgerTime::new(Gateway::now_ms()),
        reference: parse_text(&input.reference)?,
    }))
}

/// A balance, as the custodian's core reports it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttestationInput {
    /// Hex id of the reserve account.
    #[schema(value_type = Id)]
    pub reserve: String,
    /// Booked balance, decimal text.
    #[schema(value_type = Amount)]
    pub balance: String,
    /// What of it is free and eligible, decimal text.
    #[schema(value_type = Amount)]
    pub available: String,
}

/// `POST /v1/attestations`: vouches for a balance.
///
/// It includes every entry recorded so far.
#[utoipa::path(post, path = "/v1/attestations", tag = "Reserves", params(Prefer),
    security(("rfc9421" = ["custodian"])),
    request_body = AttestationInput, responses(CommandAnswer))]
pub async fn post_attestation(
    app: Data<App>,
    request: HttpRequest,
    Body(body): Body,
) -> HttpResponse {
    with_client(&app, &request, &body, &[ClientRole::Custodian], |_| async {
        let gateway = &app.gateway;
        let input: AttestationInput = json_body(&body)?;
        let _one_at_a_time = gateway.intake.lock().await;
        let command = attestation(gateway, &input).await.map_err(|r| r.problem())?;
        send(gateway, &request, Purpose::Custodian, command).await
    })
    .await
}

async fn attestation(gateway: &Gateway, input: &AttestationInput) -> Result<Command, Refused> {
    let reserve = read_reserve(gateway, &parse_reserve(&input.reserve)?).await?;
    // Ledger time, not this machine's: a balance of the ledger's future is refused.
    let as_of = gateway.view.refresh_time().await.map_err(GatewayFault::from)?;
    let previous = reserve.attested.as_ref();
    Ok(Command::Attest(Attestation {
        reserve: reserve.id,
        balance: minor(gateway, &reserve, &input.balance)?,
        available: minor(gateway, &reserve, &input.available)?,
        as_of,
        last_entry: reserve.entries,
        statement: random_32(),
        previous: previous.map_or(ledger_core::digest::Hash32::ZERO, |(last, _)| last.hash()),
    }))
}

fn minor(gateway: &Gateway, reserve: &Reserve, amount: &str) -> Result<u128, Refused> {
    let terms = gateway.terms(reserve.currency.code()).ok_or(Refused::CurrencyUnknown)?;
    iso20022::parse_minor(amount, terms.scale).map_err(Refused::Amount)
}

pub(crate) async fn read_reserve(gateway: &Gateway, id: &ReserveId) -> Result<Reserve, Refused> {
    let record = gateway.ledger.record(&Name::Reserve(*id)).await.map_err(GatewayFault::from)?;
    match record {
        Some((Record::Reserve(reserve), _)) => Ok(reserve),
        _ => Err(Refused::NotFound),
    }
}
