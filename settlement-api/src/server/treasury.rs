//! Endpoints of an issuer's treasury: orders and the proposals that serve them. A second person
//! approves (see `governance`); the ledger checks that it is one.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Bytes, Data},
};
use ledger_core::{
    command::{Action, Command},
    id::CommandId,
    receipt::Kind,
    record::{Name, Record, RequestRecord},
    reserve::EntryRecord,
};
use mint_redeem::MintOrder;
use serde::Serialize;
use utoipa::ToSchema;
use verifier::summary::amount;

use super::{
    App, Body, ClientRole,
    custodian::read_reserve,
    orders::{Order, with_order},
    paging::{Page, PageOf},
    with_client,
};
use crate::{
    gateway::{Gateway, GatewayFault},
    keys::Purpose,
    openapi::{
        CommandAnswer, Nothing, Sending,
        text::{Amount, CurrencyCode, Id, LeiCode, Reference},
    },
    refused::Refused,
};

const TREASURY: &[ClientRole] = &[ClientRole::TreasuryMaker, ClientRole::TreasuryChecker];
/// How long a mint proposal collects approvals, in milliseconds: one day.
pub(crate) const PROPOSAL_MS: u64 = 86_400_000;

/// A member's request and where it is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OrderReport {
    /// The request's command id.
    #[schema(value_type = Id)]
    pub request: String,
    /// Who asks.
    #[schema(value_type = LeiCode)]
    pub member: String,
    /// Decimal text.
    #[schema(value_type = Amount)]
    pub amount: String,
    /// ISO 4217 code.
    #[schema(value_type = CurrencyCode)]
    pub currency: String,
    /// The reference under which the money was paid.
    #[schema(value_type = Reference)]
    pub reference: String,
    /// `funds_expected`, `funds_matched` or `minted`.
    pub status: &'static str,
    /// The entry that pays for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Id>)]
    pub entry: Option<String>,
}

/// `GET /v1/mint-orders`: members' requests and the entries that pay for them.
#[utoipa::path(get, path = "/v1/mint-orders", tag = "Mint and redeem", params(PageOf),
    security(("rfc9421" = ["treasury_maker"]), ("rfc9421" = ["treasury_checker"])),
    responses((status = 200, description = "Oldest first.", body = Vec<OrderReport>)))]
pub async fn get_orders(app: Data<App>, request: HttpRequest) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), TREASURY, |_| async {
        orders(&app.gateway, &request).await.map_err(|r| r.problem())
    })
    .await
}

async fn orders(gateway: &Gateway, request: &HttpRequest) -> Result<HttpResponse, Refused> {
    let page = Page::read(request.query_string())?;
    let asked = gateway.view.applied(Kind::RequestMint, usize::MAX)?;
    let (asked, last) = page.cut(asked, |proved| {
        let receipt = &proved.proof.receipt;
        [receipt.height.get().to_be_bytes().as_slice(), &receipt.index.to_be_bytes()].concat()
    });
    let mut reports = Vec::new();
    for proved in asked {
        let command = proved.proof.receipt.command;
        if let Some(record) = read_request(gateway, &command).await? {
            let order = order_of(gateway, &record).await?;
            reports.push(report(gateway, &record, &order));
        }
    }
    Ok(page.answer(request, &reports, last))
}

fn report(gateway: &Gateway, request: &RequestRecord, order: &MintOrder) -> OrderReport {
    let (status, entry) = match order {
        MintOrder::FundsExpected => ("funds_expected", None),
        MintOrder::FundsMatched(entry) => ("funds_matched", Some(entry.to_hex())),
        MintOrder::Minted => ("minted", None),
    };
    let money = &request.request.money;
    OrderReport {
        request: request.id.to_hex(),
        member: request.member.text().to_owned(),
        amount: amount(gateway.genesis(), money).unwrap_or_default(),
        currency: money.currency().code().to_owned(),
        reference: request.request.reference.get().to_owned(),
        status,
        entry,
    }
}

async fn read_request(gateway: &Gateway, id: &CommandId) -> Result<Option<RequestRecord>, Refused> {
    let found = gateway.ledger.record(&Name::Request(*id)).await.map_err(GatewayFault::from)?;
    Ok(match found {
        Some((Record::Request(request), _)) => Some(request),
        _ => None,
    })
}

/// Matches a request with the entries of its reserve account.
async fn order_of(gateway: &Gateway, request: &RequestRecord) -> Result<MintOrder, Refused> {
    let reserve = read_reserve(gateway, &request.request.reserve).await?;
    let mut entries: Vec<EntryRecord> = Vec::new();
    for sequence in 1..=reserve.books.entries {
        let name = Name::Sequence(reserve.id, sequence);
        let found = gateway.ledger.record(&name).await.map_err(GatewayFault::from)?;
        let Some((Record::Sequence(id), _)) = found else { continue };
        let found = gateway.ledger.record(&Name::Entry(id)).await.map_err(GatewayFault::from)?;
        if let Some((Record::Entry(entry), _)) = found {
            entries.push(entry);
        }
    }
    Ok(MintOrder::of(request, entries.iter()))
}

/// `POST /v1/mint-orders/{request}/propose`: the maker proposes the mint of a matched order.
#[utoipa::path(post, path = "/v1/mint-orders/{request}/propose", tag = "Mint and redeem",
    params(("request" = Id, Path, description = "The request's command id."), Sending),
    security(("rfc9421" = ["treasury_maker"])),
    request_body = Option<Nothing>, responses(CommandAnswer))]
pub async fn propose(
    app: Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    with_order(&app, &request, &body, &[ClientRole::TreasuryMaker], |_| async {
        let gateway = &app.gateway;
        let command = proposal(gateway, &path).await.map_err(|r| r.problem())?;
        Ok(Order::new(Purpose::TreasuryMaker, command))
    })
    .await
}

async fn proposal(gateway: &Gateway, request: &str) -> Result<Command, Refused> {
    let id = parse_command(request)?;
    let request = read_request(gateway, &id).await?.ok_or(Refused::NotFound)?;
    let MintOrder::FundsMatched(entry) = order_of(gateway, &request).await? else {
        return Err(Refused::OrderNotMatched);
    };
    let expires = gateway.view.refresh_time().await.map_err(GatewayFault::from)?;
    Ok(Command::Propose {
        action: Action::Mint { request: id, entry },
        expires: expires.after(PROPOSAL_MS),
    })
}

pub(crate) fn parse_command(text: &str) -> Result<CommandId, Refused> {
    CommandId::from_hex(text).ok_or(Refused::Malformed("a command id is 64 lowercase hex digits"))
}
