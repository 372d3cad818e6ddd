//! Endpoints of a member's compliance: its customers and their standing.
//!
//! # Invariants a name or account number is kept here; the ledger hears of a handle and a standing

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Data, Path},
};
use jiff::Timestamp;
use ledger_core::{
    command::{Command, SetStanding},
    id::PartyId,
    party::{Level, StandingStatus},
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema, openapi::Schema};
use verifier::summary::rfc3339;

use super::{
    App, Body, ClientRole, entity, json_body,
    orders::{Order, with_order},
    paging::{Page, PageOf},
    with_client,
};
use crate::{
    customers::{CustomerRecord, account_of},
    gateway::Gateway,
    keys::{Purpose, random_32},
    openapi::{
        CommandAnswer, Seen, Sending, Unchanged,
        text::{IbanCode, Id, Time, words},
    },
    refused::Refused,
};

const COMPLIANCE: &[ClientRole] = &[ClientRole::Compliance];
/// The longest that a standing may last: three years.
const MAX_DAYS: u32 = 1_096;
const DAY_MS: u64 = 86_400_000;
/// Characters that messages have for a name and for an account number.
pub(super) const MAX_NAME: usize = 140;
pub(super) const MAX_ACCOUNT: usize = 34;

/// A customer and its standing.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerInput {
    /// The holder's name; stays here.
    pub name: String,
    /// IBAN; this or `account`.
    #[schema(value_type = Option<IbanCode>)]
    pub iban: Option<String>,
    /// Another account number.
    pub account: Option<String>,
    /// `basic`, `full` or `enhanced`.
    #[schema(schema_with = levels)]
    pub level: Level,
    /// `active`, or `revoked` to withdraw it.
    #[serde(default = "active")]
    #[schema(schema_with = statuses)]
    pub status: StandingStatus,
    /// Days until the standing must be renewed, 1 to 1,096; this or `expires`.
    #[schema(minimum = 1, maximum = 1096)]
    pub valid_days: Option<u32>,
    /// The time it ends, at most as far ahead.
    #[schema(value_type = Option<Time>)]
    pub expires: Option<String>,
}

/// Whether messages carry a text: not blank, no controls, at most so many characters.
pub(super) fn is_line(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control)
}

fn levels() -> Schema {
    words(&[Level::Basic, Level::Full, Level::Enhanced])
}

fn statuses() -> Schema {
    words(&[StandingStatus::Active, StandingStatus::Revoked])
}

const fn active() -> StandingStatus {
    StandingStatus::Active
}

impl CustomerInput {
    fn number(&self) -> Result<String, Refused> {
        let account = account_of(self.iban.as_ref(), self.account.as_ref())?;
        match &account {
            iso20022::AccountId::Iban(iban) if !iso20022::identifier::is_iban(iban) => {
                Err(Refused::Malformed("iban is no IBAN, or its check digits are wrong"))
            }
            iso20022::AccountId::Other(other) if !is_line(other, MAX_ACCOUNT) => {
                Err(Refused::Malformed("account has 1 to 34 characters, no controls"))
            }
            iso20022::AccountId::Iban(_) | iso20022::AccountId::Other(_) => {
                Ok(account.identifier())
            }
        }
    }

    /// The holder's name: one that a message can carry.
    fn name(&self) -> Result<String, Refused> {
        if is_line(&self.name, MAX_NAME) {
            Ok(self.name.clone())
        } else {
            Err(Refused::Malformed("name has 1 to 140 characters, no controls"))
        }
    }

    fn expires(&self, now: LedgerTime) -> Result<LedgerTime, Refused> {
        let latest = now.after(u64::from(MAX_DAYS).saturating_mul(DAY_MS));
        let expires = match (self.valid_days, &self.expires) {
            (Some(days), None) => now.after(u64::from(days).saturating_mul(DAY_MS)),
            (None, Some(text)) => {
                let time: Option<Timestamp> = text.parse().ok();
                let ms = time.and_then(|time| u64::try_from(time.as_millisecond()).ok());
                LedgerTime::new(ms.ok_or(Refused::Malformed("expires is an RFC 3339 time"))?)
            }
            _ => return Err(Refused::Malformed("give exactly one of valid_days and expires")),
        };
        if expires > now && expires <= latest {
            Ok(expires)
        } else {
            Err(Refused::Malformed("a standing lasts at least a moment and at most 1096 days"))
        }
    }
}

/// `POST /v1/customers`: gives a customer a handle and a standing on the ledger, or changes it.
///
/// With `if-match`, only as it was seen at `GET /v1/customers/{party}`.
#[utoipa::path(post, path = "/v1/customers", tag = "Customers", params(Sending, Unchanged),
    security(("rfc9421" = ["compliance"])),
    request_body = CustomerInput, responses(CommandAnswer))]
pub async fn post_customer(app: Data<App>, request: HttpRequest, Body(body): Body) -> HttpResponse {
    with_order(&app, &request, &body, COMPLIANCE, |_| async {
        let input: CustomerInput = json_body(&body)?;
        register(&app.gateway, &input, &request).map_err(|r| r.problem())
    })
    .await
}

fn register(
    gateway: &Gateway,
    input: &CustomerInput,
    request: &HttpRequest,
) -> Result<Order, Refused> {
    let (number, name) = (input.number()?, input.name()?);
    let expires = input.expires(LedgerTime::new(Gateway::now_ms()))?;
    let known = CustomerRecord::load(gateway.store.as_ref(), &number)?;
    match &known {
        Some(known) => entity::check(request, &CustomerReport::of(known))?,
        None if entity::is_conditional(request) => return Err(Refused::Changed),
        None => {}
    }
    let party = known.map_or_else(|| PartyId::new(*random_32().get()), |known| known.party);
    let CustomerInput { level, status, .. } = *input;
    let record = CustomerRecord { account: number, name, party, level, status, expires };
    let standing = SetStanding { party, level, status, expires, evidence: random_32() };
    let command = Command::SetStanding(standing);
    Ok(Order::new(Purpose::Compliance, command).keeping([record.write()]))
}

/// A customer as its bank's compliance sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CustomerReport {
    /// `IBAN:...` or `OTHR:...`.
    pub account: String,
    /// The holder's name.
    pub name: String,
    /// The handle by which the ledger, and nobody else, knows it.
    #[schema(value_type = Id)]
    pub party: String,
    /// How well it is known.
    #[schema(schema_with = levels)]
    pub level: Level,
    /// Whether its standing is in force.
    #[schema(schema_with = statuses)]
    pub status: StandingStatus,
    /// Until when.
    #[schema(value_type = Time)]
    pub expires: String,
}

impl CustomerReport {
    fn of(record: &CustomerRecord) -> Self {
        Self {
            account: record.account.clone(),
            name: record.name.clone(),
            party: record.party.to_hex(),
            level: record.level,
            status: record.status,
            expires: rfc3339(record.expires),
        }
    }
}

/// A customer.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "only its description is used")]
pub struct CustomerPath {
    /// The handle by which the ledger knows it.
    #[param(value_type = Id)]
    party: String,
}

/// `GET /v1/customers/{party}`: one of the bank's customers.
#[utoipa::path(get, path = "/v1/customers/{party}", tag = "Customers", params(CustomerPath, Seen),
    security(("rfc9421" = ["compliance"])),
    responses(
        (status = 200, description = "With its `etag`.", body = CustomerReport),
        (status = 304, description = "As it was seen."),
    ))]
pub async fn get_customer(
    app: Data<App>,
    request: HttpRequest,
    party: Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), COMPLIANCE, |_| async {
        let found = customer(&app.gateway, &party).map_err(|r| r.problem())?;
        Ok(entity::tagged(&request, &CustomerReport::of(&found)))
    })
    .await
}

fn customer(gateway: &Gateway, party: &str) -> Result<CustomerRecord, Refused> {
    let named = |record: &CustomerRecord| record.party.to_hex() == party;
    let all = CustomerRecord::all(gateway.store.as_ref(), usize::MAX)?;
    all.into_iter().find(named).ok_or(Refused::NotFound)
}

/// `GET /v1/customers`: the bank's customers with handle and standing.
#[utoipa::path(get, path = "/v1/customers", tag = "Customers", params(PageOf),
    security(("rfc9421" = ["compliance"])),
    responses((status = 200, description = "By account number.", body = Vec<CustomerReport>)))]
pub async fn get_customers(app: Data<App>, request: HttpRequest) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), COMPLIANCE, |_| async {
        list(&app.gateway, &request).map_err(|r| r.problem())
    })
    .await
}

fn list(gateway: &Gateway, request: &HttpRequest) -> Result<HttpResponse, Refused> {
    let page = Page::read(request.query_string())?;
    let after = page.after.clone().map(String::from_utf8).transpose();
    let after =
        after.map_err(|_| Refused::Malformed("after is what the link of the page before says"))?;
    let more = page.limit.saturating_add(1);
    let mut found = CustomerRecord::after(gateway.store.as_ref(), after.as_deref(), more)?;
    let is_last = found.len() <= page.limit;
    found.truncate(page.limit);
    let last = found.last().filter(|_| !is_last).map(|one| one.account.clone().into_bytes());
    let reports: Vec<_> = found.iter().map(CustomerReport::of).collect();
    Ok(page.answer(request, &reports, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(more: &str) -> CustomerInput {
        serde_json::from_str(&format!(
            "{{\"name\":\"N\",\"account\":\"1\",\"level\":\"full\"{more}}}"
        ))
        .unwrap()
    }

    #[test]
    fn k1_a_standing_ends_within_three_years_and_not_in_the_past() {
        let now = LedgerTime::new(1_000_000);
        let day = LedgerTime::new(1_000_000 + DAY_MS);
        assert_eq!(input(",\"valid_days\":1").expires(now).unwrap(), day);
        let at = ",\"expires\":\"1970-01-01T00:16:41Z\"";
        assert_eq!(input(at).expires(now).unwrap(), LedgerTime::new(1_001_000));
        for bad in [
            "",
            ",\"valid_days\":0",
            ",\"valid_days\":1097",
            ",\"valid_days\":1,\"expires\":\"1970-01-01T00:16:41Z\"",
            ",\"expires\":\"1970-01-01T00:16:40Z\"",
            ",\"expires\":\"tomorrow\"",
        ] {
            assert!(input(bad).expires(now).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_customer_has_exactly_one_account_number() {
        assert!(input("").number().is_ok());
        assert!(input(",\"iban\":\"DE1\"").number().is_err());
    }

    #[test]
    fn a_customer_is_named_as_messages_can_name_it() {
        let given = |name: &str, field: &str, number: &str| {
            let valid =
                serde_json::json!({"name": name, field: number, "level": "full", "valid_days": 1});
            serde_json::from_value::<CustomerInput>(valid).unwrap()
        };
        for (name, taken) in [("Ada", true), ("", false), (" ", false), ("a\nb", false)] {
            assert_eq!(given(name, "account", "1").name().is_ok(), taken, "{name:?}");
        }
        assert!(given(&"n".repeat(MAX_NAME), "account", "1").name().is_ok());
        assert!(given(&"n".repeat(MAX_NAME + 1), "account", "1").name().is_err());
        for (field, number, taken) in [
            ("iban", "DE39999999990012345678", true),
            ("iban", "DE38999999990012345678", false),
            ("account", "", false),
            ("account", "9\n9", false),
            ("account", "1234567890123456789012345678901234", true),
            ("account", "12345678901234567890123456789012345", false),
        ] {
            assert_eq!(given("Ada", field, number).number().is_ok(), taken, "{number:?}");
        }
    }
}
