//! Endpoints of own accounts: which there are, what they hold by proof, and moves between them.
//!
//! # Place      core bank -> [accounts] -> ledger port; outbox
//! # Invariants G5 the account that settles a currency goes by the currency's code, any own account by
//! #            its address; another member's is not found
//! # Absent     what a sub-account is for: its label is the member's own commitment

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Bytes, Data},
};
use ledger_core::{
    account::Account, command::Command, id::AccountId, record::Name, sub_account::Move,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verifier::AccountFile;

use super::{
    App, Body, ClientRole,
    bank::parse_money,
    json_body,
    orders::{Order, with_order},
    read::{ANYONE, decimal},
    with_client,
};
use crate::{
    gateway::{Gateway, GatewayFault},
    keys::Purpose,
    openapi::{
        AccountPath, CommandAnswer, ProofFile, Sending,
        text::{AccountName, Amount, CurrencyCode, Id},
    },
    refused::Refused,
};

/// Letters of a currency's code.
const CURRENCY: usize = 3;

/// An own account and its balances.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccountReport {
    /// Its id on the ledger.
    #[schema(value_type = Id)]
    pub account: String,
    /// What it holds.
    #[schema(value_type = CurrencyCode)]
    pub currency: String,
    /// Whether payments, mints and redemptions of the currency go over it.
    pub settles: bool,
    /// What can be spent.
    #[schema(value_type = Amount)]
    pub available: String,
    /// What is held for payments on their way.
    #[schema(value_type = Amount)]
    pub held: String,
    /// What is locked for redemptions.
    #[schema(value_type = Amount)]
    pub preburned: String,
    /// Where its `florin-account-1` file is.
    pub proof: String,
}

/// `GET /v1/accounts`: own accounts with proved balances.
#[utoipa::path(get, path = "/v1/accounts", tag = "Accounts and supply",
    responses((status = 200, description = "In the order in which they were opened.",
        body = Vec<AccountReport>)))]
pub async fn get_accounts(app: Data<App>, request: HttpRequest) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), ANYONE, |_| async {
        let gateway = &app.gateway;
        let mut reports = Vec::new();
        for known in gateway.accounts() {
            let read = gateway.read_account(&known.id).await.map_err(GatewayFault::from);
            let account = read.map_err(|f| Refused::from(f).problem())?.unwrap_or(known);
            reports.push(report(gateway, &account));
        }
        Ok(HttpResponse::Ok().json(reports))
    })
    .await
}

fn report(gateway: &Gateway, account: &Account) -> AccountReport {
    let text = |minor| decimal(gateway, account.currency, minor);
    AccountReport {
        account: account.id.to_hex(),
        currency: account.currency.code().to_owned(),
        settles: gateway.settles(account),
        available: text(account.balances.available),
        held: text(account.balances.held),
        preburned: text(account.balances.preburned),
        proof: format!("/v1/accounts/{}/proof", account.id),
    }
}

/// The own account of this name: a currency's code, or an address.
pub(super) fn named(gateway: &Gateway, name: &str) -> Result<Account, Refused> {
    let found = match (AccountId::from_hex(name), gateway.terms(name)) {
        (Some(id), _) => gateway.own_account(&id),
        (None, Some(terms)) => gateway.account(terms.code),
        (None, None) if name.len() == CURRENCY => return Err(Refused::CurrencyUnknown),
        (None, None) => None,
    };
    found.ok_or(Refused::NotFound)
}

/// `GET /v1/accounts/{account}/proof`: a `florin-account-1` file.
#[utoipa::path(get, path = "/v1/accounts/{account}/proof", tag = "Accounts and supply",
    params(AccountPath),
    responses((status = 200, description = "For `florin verify`.", body = ProofFile)))]
pub async fn account_proof(
    app: Data<App>,
    request: HttpRequest,
    account: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), ANYONE, |_| async {
        account_file(&app.gateway, &account).await.map_err(|r| r.problem())
    })
    .await
}

async fn account_file(gateway: &Gateway, name: &str) -> Result<HttpResponse, Refused> {
    let name = Name::Account(named(gateway, name)?.id);
    let found = gateway.ledger.record(&name).await.map_err(GatewayFault::from)?;
    let (_, proved) = found.ok_or(Refused::NotFound)?;
    let certified = &proved.certified;
    let built = AccountFile::build(
        &proved.proof,
        &certified.header,
        &certified.certificate,
        gateway.genesis(),
    );
    let file = built.map_err(|_| Refused::NotReady)?;
    Ok(HttpResponse::Ok().content_type("application/json").body(file))
}

/// Money from one own account to another.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveInput {
    /// The account that gives.
    #[schema(value_type = AccountName)]
    pub from: String,
    /// The account that is given.
    #[schema(value_type = AccountName)]
    pub to: String,
    /// Decimal text with at most the currency's decimals.
    #[schema(value_type = Amount)]
    pub amount: String,
    /// ISO 4217 code; that of both accounts.
    #[schema(value_type = CurrencyCode)]
    pub currency: String,
}

/// `POST /v1/moves`: moves money between two own accounts of one currency.
///
/// Nobody else hears of it, and no limit counts it; it needs as many persons as debits of the account
/// that gives.
#[utoipa::path(post, path = "/v1/moves", tag = "Accounts and supply", params(Sending),
    security(("rfc9421" = ["operations"])),
    request_body = MoveInput, responses(CommandAnswer))]
pub async fn post_move(app: Data<App>, request: HttpRequest, Body(body): Body) -> HttpResponse {
    with_order(&app, &request, &body, &[ClientRole::Operations], |_| async {
        let command = moving(&app.gateway, &json_body(&body)?).map_err(|r| r.problem())?;
        Ok(Order::new(Purpose::Settlement, command))
    })
    .await
}

fn moving(gateway: &Gateway, input: &MoveInput) -> Result<Command, Refused> {
    if !gateway.is_ready() {
        return Err(Refused::NotReady);
    }
    let money = parse_money(gateway, &input.amount, &input.currency)?;
    let (from, to) = (named(gateway, &input.from)?.id, named(gateway, &input.to)?.id);
    Ok(Command::Move(Move { from, to, money }))
}
