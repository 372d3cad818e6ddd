//! Endpoints for pre-clearance tickets.
//!
//! # Invariants B8 who checks a ticket consumes nothing

use std::collections::BTreeSet;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Bytes, Data},
};
use interbank::{
    CaseId, Refused as CaseRefused,
    ticket::{Check, Cleared, Ticket},
};
use ledger_core::{
    codec::{decode, encode},
    digest::Hash32,
    signature::{Signed, Statement as _},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema, openapi::Schema};
use verifier::summary::rfc3339;

use super::{
    App, Body, Client,
    bank::parse_money,
    cases::{STAFF, list_of, parse_id, parse_lei, with_desk},
    customers::{MAX_ACCOUNT, MAX_NAME, is_line},
    json_body, with_client,
};
use crate::{
    gateway::Gateway,
    inquiries::{
        desk::{self, Desk},
        tickets,
    },
    openapi::{
        Naming,
        text::{Amount, CurrencyCode, HexBytes, Id, LeiCode, Time, words},
    },
    refused::Refused,
};

/// The longest that a ticket lasts, in seconds: a day.
const MAX_SECONDS: u64 = 86_400;
const MAX_TICKET: usize = 1 << 16;

/// A ticket of this bank.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "only its description is used")]
pub struct TicketPath {
    /// Its digest.
    #[param(value_type = Id)]
    ticket: String,
}

/// A payer or payee, as the message of the payment will name it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClearedInput {
    /// The holder's name.
    pub name: String,
    /// IBAN or other account number.
    pub account: String,
}

/// What this bank has validated about a payment before it is made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TicketInput {
    /// LEI of the bank that may use it.
    #[schema(value_type = LeiCode)]
    pub holder: String,
    /// The most that may be paid with it, decimal text.
    #[schema(value_type = Amount)]
    pub amount: String,
    /// ISO 4217 code.
    #[schema(value_type = CurrencyCode)]
    pub currency: String,
    /// Who will pay.
    pub debtor: ClearedInput,
    /// Who will be paid.
    pub creditor: ClearedInput,
    /// What was checked; `informed` at the level of the case that it rests on.
    #[schema(schema_with = check_lists)]
    pub checks: Vec<String>,
    /// The own, answered case that it rests on.
    #[schema(value_type = Option<Id>)]
    pub case: Option<String>,
    /// For how long, 1 to 86,400.
    #[schema(minimum = 1, maximum = 86400)]
    pub valid_seconds: u64,
}

const CHECKS: [&str; 3] = ["account_open", "name_matches", "informed"];

fn check_lists() -> Schema {
    list_of(words(&CHECKS))
}

/// A ticket that this bank issued.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TicketReport {
    /// Its digest.
    #[schema(value_type = Id)]
    pub ticket: String,
    /// The line of remittance information by which a payment names it.
    pub named_as: String,
    /// The signed ticket, for its holder.
    #[schema(value_type = HexBytes)]
    pub bytes: String,
    /// Opens its commitment to payer and payee, for its holder.
    #[schema(value_type = Id)]
    pub salt: String,
    /// Who may use it.
    #[schema(value_type = LeiCode)]
    pub holder: String,
    /// The case that it rests on.
    #[schema(value_type = Option<Id>)]
    pub case: Option<String>,
    /// Until when.
    #[schema(value_type = Time)]
    pub expires: String,
    /// The leg of the payment that used it; kept for as long as it lasts.
    #[schema(value_type = Option<Id>)]
    pub used_by: Option<String>,
}

/// A ticket that is shown, and the payment that it is shown for.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TicketCheckInput {
    /// The signed ticket.
    #[schema(value_type = HexBytes)]
    pub bytes: String,
    /// Opens its commitment to payer and payee.
    #[schema(value_type = Id)]
    pub salt: String,
    /// LEI of the bank that pays.
    #[schema(value_type = LeiCode)]
    pub instructing: String,
    /// Decimal text.
    #[schema(value_type = Amount)]
    pub amount: String,
    /// ISO 4217 code.
    #[schema(value_type = CurrencyCode)]
    pub currency: String,
    /// Who pays.
    pub debtor: ClearedInput,
    /// Who is paid.
    pub creditor: ClearedInput,
}

/// A ticket that is good for the payment.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TicketVerdict {
    /// Its digest.
    #[schema(value_type = Id)]
    pub ticket: String,
    /// Who issued it.
    #[schema(value_type = LeiCode)]
    pub issuer: String,
    /// Until when it is good.
    #[schema(value_type = Time)]
    pub expires: String,
}

/// Payer and payee, as a message can name them: what no message says, no ticket is good for.
fn cleared(debtor: &ClearedInput, creditor: &ClearedInput) -> Result<Cleared, Refused> {
    let named = |party: &ClearedInput| {
        is_line(&party.name, MAX_NAME) && is_line(&party.account, MAX_ACCOUNT)
    };
    if !named(debtor) || !named(creditor) {
        return Err(Refused::Malformed("a name has 1 to 140 characters, an account 1 to 34"));
    }
    Ok(Cleared {
        debtor_account: debtor.account.clone(),
        debtor_name: debtor.name.clone(),
        creditor_account: creditor.account.clone(),
        creditor_name: creditor.name.clone(),
    })
}

impl TicketInput {
    fn asked(&self, desk: &Desk<'_>) -> Result<tickets::Asked, Refused> {
        if !(1..=MAX_SECONDS).contains(&self.valid_seconds) {
            return Err(Refused::Malformed("valid_seconds is 1 to 86400"));
        }
        let case = self.case.as_deref().map(parse_id).transpose()?.map(CaseId::new);
        let checks = self.checks.iter().map(|name| self.check(desk, name, case.as_ref()));
        Ok(tickets::Asked {
            holder: parse_lei(&self.holder)?,
            up_to: parse_money(desk.gateway, &self.amount, &self.currency)?,
            cleared: cleared(&self.debtor, &self.creditor)?,
            checks: checks.collect::<Result<BTreeSet<Check>, _>>()?,
            case,
            lasts: self.valid_seconds.saturating_mul(1_000),
        })
    }

    fn check(&self, desk: &Desk<'_>, name: &str, case: Option<&CaseId>) -> Result<Check, Refused> {
        match name {
            "account_open" => Ok(Check::AccountOpen),
            "name_matches" => Ok(Check::NameMatches),
            "informed" => {
                let mismatch = || Refused::Inquiry(CaseRefused::TicketMismatch);
                let case = desk.case(case.ok_or_else(mismatch)?)?;
                case.opening.level.map(Check::Informed).ok_or_else(mismatch)
            }
            _ => Err(Refused::Malformed("checks are account_open, name_matches, informed")),
        }
    }
}

fn show(gateway: &Gateway, digest: &Hash32) -> Result<HttpResponse, Refused> {
    let (issued, used) = desk::read(gateway, |desk| tickets::load(desk.change, digest))?;
    let ticket = &issued.ticket.value;
    Ok(HttpResponse::Ok().json(TicketReport {
        ticket: digest.to_hex(),
        named_as: format!("{}{}", tickets::NAMED, digest.to_hex()),
        bytes: hex::encode(encode(&issued.ticket)),
        salt: issued.salt.to_hex(),
        holder: ticket.holder.to_string(),
        case: ticket.case.map(|case| case.to_string()),
        expires: rfc3339(ticket.expires),
        used_by: used.map(|leg| leg.to_hex()),
    }))
}

/// `POST /v1/tickets`: states what this bank has validated about a payment before it is made.
///
/// Hand `bytes` and `salt` to the holder; its payment names the ticket by `named_as`.
#[utoipa::path(post, path = "/v1/tickets", tag = "Cases", params(Naming),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    request_body = TicketInput,
    responses((status = 200, description = "Issued.", body = TicketReport)))]
pub async fn post_ticket(app: Data<App>, request: HttpRequest, Body(body): Body) -> HttpResponse {
    let work = |desk: &mut Desk<'_>, _: &Client, input: TicketInput| {
        tickets::issue(desk, input.asked(desk)?)
    };
    with_desk((&app, &request, &body), STAFF, json_body, work, show).await
}

/// `GET /v1/tickets/{ticket}`: a ticket that this bank issued, and what became of it.
#[utoipa::path(get, path = "/v1/tickets/{ticket}", tag = "Cases", params(TicketPath),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "As it stands.", body = TicketReport)))]
pub async fn get_ticket(
    app: Data<App>,
    request: HttpRequest,
    ticket: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), STAFF, |_| async {
        let named = parse_id(&ticket).map_err(|_| Refused::NotFound);
        let shown = named.and_then(|digest| show(&app.gateway, &digest));
        shown.map_err(|r| r.problem())
    })
    .await
}

/// `POST /v1/tickets/check`: is a ticket of any bank good for a payment now?
///
/// It replaces asking again, and consumes nothing. A ticket that is not good is a problem.
#[utoipa::path(post, path = "/v1/tickets/check", tag = "Cases",
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    request_body = TicketCheckInput,
    responses((status = 200, description = "It is good.", body = TicketVerdict)))]
pub async fn check_ticket(app: Data<App>, request: HttpRequest, Body(body): Body) -> HttpResponse {
    with_client(&app, &request, &body, STAFF, |_| async {
        let input: TicketCheckInput = json_body(&body)?;
        let verdict = verdict(&app.gateway, &input).map_err(|r| r.problem())?;
        Ok(HttpResponse::Ok().json(verdict))
    })
    .await
}

fn verdict(gateway: &Gateway, input: &TicketCheckInput) -> Result<TicketVerdict, Refused> {
    let bytes = hex::decode(&input.bytes).ok();
    let ticket: Option<Signed<Ticket>> = bytes.and_then(|bytes| decode(&bytes, MAX_TICKET).ok());
    let ticket = ticket.ok_or(Refused::Malformed("bytes are not those of a ticket"))?;
    let money = parse_money(gateway, &input.amount, &input.currency)?;
    let cleared = cleared(&input.debtor, &input.creditor)?;
    let payment = (parse_lei(&input.instructing)?, money);
    tickets::good(gateway, &ticket, payment, (&cleared, &parse_id(&input.salt)?))?;
    Ok(TicketVerdict {
        ticket: ticket.value.digest().to_hex(),
        issuer: ticket.value.issuer.to_string(),
        expires: rfc3339(ticket.value.expires),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b8_a_ticket_names_who_a_message_can_name() {
        let party = |name: &str| ClearedInput { name: name.to_owned(), account: "1".to_owned() };
        assert!(cleared(&party("A"), &party("B")).is_ok());
        assert!(cleared(&party("A"), &party(&"n".repeat(MAX_NAME + 1))).is_err());
        assert!(cleared(&party(" "), &party("B")).is_err());
    }
}
