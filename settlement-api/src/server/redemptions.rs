//! Endpoints of redemption and of closing a leg: a member's requests, treasury's proposals.
//!
//! ```text
//! member: POST /v1/redemptions              tokens locked
//! treasury: .../instruct, approve           payout instructed; the member can no longer cancel
//! custodian: POST /v1/entries (debit, reference = the redemption's id)
//! treasury: .../confirm, approve            burned against that entry
//! ```

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data},
};
use ledger_core::{
    command::{Action, Command, Preburn},
    id::{CommandId, Leg, Lei, MessageKind},
    record::{Name, Record},
    redemption::Redemption,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    App, Body, ClientRole,
    bank::{parse_money, parse_reserve, parse_uetr},
    json_body,
    orders::{Order, with_order},
    treasury::{PROPOSAL_MS, parse_command},
};
use crate::{
    gateway::{Gateway, GatewayFault},
    keys::Purpose,
    openapi::{
        CommandAnswer, Nothing, RedemptionPath, Sending,
        text::{Amount, CurrencyCode, Id, LeiCode, Uetr},
    },
    problem::Problem,
    refused::Refused,
};

/// A request to turn tokens into bank money.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedemptionInput {
    /// Decimal text.
    #[schema(value_type = Amount)]
    pub amount: String,
    /// ISO 4217 code.
    #[schema(value_type = CurrencyCode)]
    pub currency: String,
    /// Hex id of the reserve account that shall pay.
    #[schema(value_type = Id)]
    pub reserve: String,
}

/// `POST /v1/redemptions`: locks tokens; the command's id is the redemption's.
#[utoipa::path(post, path = "/v1/redemptions", tag = "Mint and redeem", params(Sending),
    security(("rfc9421" = ["operations"])),
    request_body = RedemptionInput, responses(CommandAnswer))]
pub async fn post_redemption(
    app: Data<App>,
    request: HttpRequest,
    Body(body): Body,
) -> HttpResponse {
    with_order(&app, &request, &body, &[ClientRole::Operations], |_| async {
        let gateway = &app.gateway;
        let input: RedemptionInput = json_body(&body)?;
        let command = preburn(gateway, &input).map_err(|r| r.problem())?;
        Ok(Order::new(Purpose::Settlement, command))
    })
    .await
}

fn preburn(gateway: &Gateway, input: &RedemptionInput) -> Result<Command, Refused> {
    if !gateway.is_ready() {
        return Err(Refused::NotReady);
    }
    let money = parse_money(gateway, &input.amount, &input.currency)?;
    let account = gateway.account(money.currency()).ok_or(Refused::NoAccount)?.id;
    let reserve = parse_reserve(&input.reserve)?;
    Ok(Command::Preburn(Preburn { account, money, reserve }))
}

/// `POST /v1/redemptions/{redemption}/cancel`: the member changes its mind.
///
/// The tokens are free again, while no payout is instructed or booked.
#[utoipa::path(post, path = "/v1/redemptions/{redemption}/cancel", tag = "Mint and redeem",
    params(RedemptionPath, Sending), security(("rfc9421" = ["operations"])),
    request_body = Option<Nothing>, responses(CommandAnswer))]
pub async fn cancel(
    app: Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    with_order(&app, &request, &body, &[ClientRole::Operations], |_| async {
        let redemption = parse_command(&path).map_err(|r| r.problem())?;
        let command = Command::CancelRedemption { redemption };
        Ok(Order::new(Purpose::Settlement, command))
    })
    .await
}

/// `POST /v1/redemptions/{redemption}/instruct`: the maker proposes that the payout is instructed.
///
/// Once it is approved, the holder can no longer cancel.
#[utoipa::path(post, path = "/v1/redemptions/{redemption}/instruct", tag = "Mint and redeem",
    params(RedemptionPath, Sending), security(("rfc9421" = ["treasury_maker"])),
    request_body = Option<Nothing>, responses(CommandAnswer))]
pub async fn instruct(
    app: Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    with_order(&app, &request, &body, &[ClientRole::TreasuryMaker], |_| async {
        let redemption = parse_command(&path).map_err(|r| r.problem())?;
        propose(&app.gateway, Action::InstructPayout { redemption }).await
    })
    .await
}

/// `POST /v1/redemptions/{redemption}/confirm`: the maker proposes the burn.
///
/// It cites the booked debit whose reference is the redemption's id.
#[utoipa::path(post, path = "/v1/redemptions/{redemption}/confirm", tag = "Mint and redeem",
    params(RedemptionPath, Sending), security(("rfc9421" = ["treasury_maker"])),
    request_body = Option<Nothing>, responses(CommandAnswer))]
pub async fn confirm(
    app: Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    with_order(&app, &request, &body, &[ClientRole::TreasuryMaker], |_| async {
        let gateway = &app.gateway;
        let redemption = parse_command(&path).map_err(|r| r.problem())?;
        let found = read(gateway, &redemption).await.map_err(|r| r.problem())?;
        let entry = found.paid.ok_or_else(|| Refused::PayoutNotBooked.problem())?;
        propose(gateway, Action::ConfirmPayout { redemption, entry }).await
    })
    .await
}

async fn read(gateway: &Gateway, id: &CommandId) -> Result<Redemption, Refused> {
    let name = Name::Redemption(*id);
    let found = gateway.ledger.record(&name).await.map_err(GatewayFault::from)?;
    match found {
        Some((Record::Redemption(redemption), _)) => Ok(redemption),
        _ => Err(Refused::NotFound),
    }
}

async fn propose(gateway: &Gateway, action: Action) -> Result<Order, Problem> {
    let now = gateway.view.refresh_time().await.map_err(GatewayFault::from);
    let expires = now.map_err(|fault| Refused::from(fault).problem())?.after(PROPOSAL_MS);
    let command = Command::Propose { action, expires };
    Ok(Order::new(Purpose::TreasuryMaker, command))
}

/// A leg that shall be fixed for ever.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseInput {
    /// UETR of the payment.
    #[schema(value_type = Uetr)]
    pub uetr: String,
    /// LEI of the bank that would have been paid.
    #[schema(value_type = LeiCode)]
    pub instructed: String,
}

/// `POST /v1/legs/close`: fixes for ever whether a payment settled.
///
/// After it the leg can never settle; the receipt says whether it had.
#[utoipa::path(post, path = "/v1/legs/close", tag = "Payments", params(Sending),
    security(("rfc9421" = ["operations"])), request_body = CloseInput, responses(CommandAnswer))]
pub async fn close(app: Data<App>, request: HttpRequest, Body(body): Body) -> HttpResponse {
    with_order(&app, &request, &body, &[ClientRole::Operations], |_| async {
        let gateway = &app.gateway;
        let input: CloseInput = json_body(&body)?;
        let leg = leg(gateway, &input).map_err(|r| r.problem())?;
        Ok(Order::new(Purpose::Settlement, Command::Close(leg)))
    })
    .await
}

fn leg(gateway: &Gateway, input: &CloseInput) -> Result<Leg, Refused> {
    let instructed =
        Lei::new(&input.instructed).ok_or(Refused::Malformed("instructed is not a valid LEI"))?;
    let uetr = parse_uetr(&input.uetr)?;
    Ok(Leg { instructing: *gateway.lei(), uetr, kind: MessageKind::Pacs008, instructed })
}
