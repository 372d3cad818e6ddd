//! Endpoints of a custodian: booked entries, one by one or as a camt.054, and attestations of a
//! reserve account.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Data},
};
use iso20022::{Agent, Camt054};
use ledger_core::{
    command::Command,
    digest::Hash32,
    id::{EntryId, Lei, ReserveId},
    record::{Name, Record},
    refusal::Refusal,
    reserve::{Attestation, BankEntry, Counterparty, Direction, Reserve},
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};
use utoipa::{ToSchema, openapi::Schema};

use super::{
    App, Body, ClientRole,
    bank::{parse_reserve, parse_text},
    json_body,
    orders::{Order, with_order},
    with_client,
};
use crate::{
    booked::{self, BookedDetail},
    gateway::{CommandOutcome, Gateway, GatewayFault},
    keys::{Purpose, random_32},
    openapi::{
        Camt054Text, CommandAnswer, Sending,
        text::{Amount, CurrencyCode, Id, LeiCode, Reference, words},
    },
    payments::delivery::commitment,
    problem::Problem,
    refused::Refused,
};

/// How long one entry of a message may take to be recorded.
const ENTRY_PATIENCE: Duration = Duration::from_secs(20);

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
#[utoipa::path(post, path = "/v1/entries", tag = "Reserves", params(Sending),
    security(("rfc9421" = ["custodian"])), request_body = EntryInput, responses(CommandAnswer))]
pub async fn post_entry(app: Data<App>, request: HttpRequest, Body(body): Body) -> HttpResponse {
    // Entries are numbered without gaps: the next is made when the fate of this one is known.
    let _one_at_a_time = app.gateway.turns.all().await;
    with_order(&app, &request, &body, &[ClientRole::Custodian], |_| async {
        let gateway = &app.gateway;
        let input: EntryInput = json_body(&body)?;
        let command = entry(gateway, &input).await.map_err(|r| r.problem())?;
        Ok(Order::new(Purpose::Custodian, command))
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
        sequence: reserve.books.entries.saturating_add(1),
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
#[utoipa::path(post, path = "/v1/attestations", tag = "Reserves", params(Sending),
    security(("rfc9421" = ["custodian"])),
    request_body = AttestationInput, responses(CommandAnswer))]
pub async fn post_attestation(
    app: Data<App>,
    request: HttpRequest,
    Body(body): Body,
) -> HttpResponse {
    // Entries are numbered without gaps: the next is made when the fate of this one is known.
    let _one_at_a_time = app.gateway.turns.all().await;
    with_order(&app, &request, &body, &[ClientRole::Custodian], |_| async {
        let gateway = &app.gateway;
        let input: AttestationInput = json_body(&body)?;
        let command = attestation(gateway, &input).await.map_err(|r| r.problem())?;
        Ok(Order::new(Purpose::Custodian, command))
    })
    .await
}

async fn attestation(gateway: &Gateway, input: &AttestationInput) -> Result<Command, Refused> {
    let reserve = read_reserve(gateway, &parse_reserve(&input.reserve)?).await?;
    // Ledger time, not this machine's: a balance of the ledger's future is refused.
    let as_of = gateway.view.refresh_time().await.map_err(GatewayFault::from)?;
    let previous = reserve.books.attested.as_ref();
    Ok(Command::Attest(Attestation {
        reserve: reserve.id,
        balance: minor(gateway, &reserve, &input.balance)?,
        available: minor(gateway, &reserve, &input.available)?,
        as_of,
        last_entry: reserve.books.entries,
        statement: random_32(),
        previous: previous.map_or(ledger_core::digest::Hash32::ZERO, |(last, _)| last.hash()),
    }))
}

/// A reserve account at this custodian, as the operator registered it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnReserveInput {
    /// ISO 4217 code.
    #[schema(value_type = CurrencyCode)]
    pub currency: String,
    /// Its number, as this custodian's messages name it.
    #[schema(value_type = Reference)]
    pub number: String,
    /// What the operator's gateway answered when it was proposed.
    #[schema(value_type = Id)]
    pub salt: String,
    /// The reserve account that the number named before, when it is to name this one instead.
    #[schema(value_type = Option<Id>)]
    pub replaces: Option<String>,
}

/// A reserve account that messages name by its number from now on.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnReserveReport {
    /// Its id on the ledger.
    #[schema(value_type = Id)]
    pub reserve: String,
}

/// `POST /v1/reserves`: lets messages name a reserve account by its number.
///
/// The ledger's commitment must open to number and salt. A number names one reserve account: one that
/// names another is `reserve_number_taken` unless that one is given as `replaces`.
#[utoipa::path(post, path = "/v1/reserves", tag = "Reserves",
    security(("rfc9421" = ["custodian"])), request_body = OwnReserveInput,
    responses((status = 200, description = "Known by its number.", body = OwnReserveReport)))]
pub async fn post_reserve(app: Data<App>, request: HttpRequest, Body(body): Body) -> HttpResponse {
    with_client(&app, &request, &body, &[ClientRole::Custodian], |_| async {
        let gateway = &app.gateway;
        let input: OwnReserveInput = json_body(&body)?;
        let reserve = introduce(gateway, &input).await.map_err(|r| r.problem())?;
        Ok(HttpResponse::Ok().json(OwnReserveReport { reserve: reserve.to_hex() }))
    })
    .await
}

/// A reserve account that this institution has a part in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HeldReserveReport {
    /// Its id on the ledger: the `reserve` of mint requests, entries and attestations.
    #[schema(value_type = Id)]
    pub reserve: String,
    /// ISO 4217 code.
    #[schema(value_type = CurrencyCode)]
    pub currency: String,
    /// Who holds it.
    #[schema(value_type = LeiCode)]
    pub custodian: String,
    /// For whom.
    #[schema(value_type = LeiCode)]
    pub issuer: String,
    /// How many booked entries the ledger has of it.
    pub entries: u64,
}

/// `GET /v1/reserves`: the reserve accounts that this institution holds, or that are held for it.
///
/// As the ledger shows them to it now; nobody else's.
#[utoipa::path(get, path = "/v1/reserves", tag = "Reserves",
    security(("rfc9421" = ["custodian"]), ("rfc9421" = ["operations"]),
        ("rfc9421" = ["treasury_maker"]), ("rfc9421" = ["treasury_checker"])),
    responses((status = 200, description = "By currency, none if there are none.",
        body = Vec<HeldReserveReport>)))]
pub async fn get_reserves(app: Data<App>, request: HttpRequest) -> HttpResponse {
    let readers = &[
        ClientRole::Custodian,
        ClientRole::Operations,
        ClientRole::TreasuryMaker,
        ClientRole::TreasuryChecker,
    ];
    with_client(&app, &request, &Bytes::new(), readers, |_| async {
        let own = own_reserves(&app.gateway).await.map_err(|r| r.problem())?;
        Ok(HttpResponse::Ok().json(own))
    })
    .await
}

async fn own_reserves(gateway: &Gateway) -> Result<Vec<HeldReserveReport>, Refused> {
    let mut own = Vec::new();
    for terms in &gateway.genesis().currencies {
        let name = Name::Currency(terms.code);
        let found = gateway.ledger.record(&name).await.map_err(GatewayFault::from)?;
        let Some((Record::Currency(record), _)) = found else { continue };
        for id in &record.reserves {
            let reserve = match read_reserve(gateway, id).await {
                Err(Refused::NotFound) => continue,
                read => read?,
            };
            if [reserve.custodian, reserve.issuer].contains(gateway.lei()) {
                own.push(HeldReserveReport {
                    reserve: reserve.id.to_hex(),
                    currency: reserve.currency.code().to_owned(),
                    custodian: reserve.custodian.text().to_owned(),
                    issuer: reserve.issuer.text().to_owned(),
                    entries: reserve.books.entries,
                });
            }
        }
    }
    Ok(own)
}

async fn introduce(gateway: &Gateway, input: &OwnReserveInput) -> Result<ReserveId, Refused> {
    let terms = gateway.terms(&input.currency).ok_or(Refused::CurrencyUnknown)?;
    let number = parse_text(&input.number)?;
    let salt = Hash32::from_hex(&input.salt)
        .ok_or(Refused::Malformed("salt is 64 lowercase hex digits"))?;
    let account = commitment(&salt, number.get().as_bytes());
    let id = ReserveId::derive(gateway.lei(), terms.code, &account);
    let replaces = input.replaces.as_deref().map(parse_reserve).transpose()?;
    let reserve = read_reserve(gateway, &id).await?;
    let _one_at_a_time = gateway.turns.all().await;
    let known = booked::reserve_of(gateway.store.as_ref(), number.get())?;
    if known.is_some_and(|known| known != reserve.id && replaces != Some(known)) {
        return Err(Refused::ReserveNumber);
    }
    gateway.store.write(vec![booked::known_as(number.get(), &reserve.id)])?;
    Ok(reserve.id)
}

/// What became of one booked detail of a message.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DetailReport {
    /// The account servicer's reference.
    #[schema(value_type = Reference)]
    pub servicer_reference: String,
    /// Which transaction of the entry.
    pub detail: u32,
    /// `recorded`, or `recorded_before`.
    pub outcome: &'static str,
    /// The command that recorded it, when it was this message's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Id>)]
    pub command_id: Option<String>,
}

/// `POST /v1/notifications`: every booked detail of a camt.054 becomes a bank entry.
///
/// Sent again, it goes on where it stopped, since an entry is known by its reference.
#[utoipa::path(post, path = "/v1/notifications", tag = "Reserves",
    security(("rfc9421" = ["custodian"])),
    request_body(content = Camt054Text, content_type = "application/xml"),
    responses((status = 200, description = "What became of each detail.",
        body = Vec<DetailReport>)))]
pub async fn post_notification(
    app: Data<App>,
    request: HttpRequest,
    Body(body): Body,
) -> HttpResponse {
    with_client(&app, &request, &body, &[ClientRole::Custodian], |_| async {
        let gateway = &app.gateway;
        let entries = read_notification(gateway, &body).await.map_err(|r| r.problem())?;
        let _one_at_a_time = gateway.turns.all().await;
        let mut reports = Vec::with_capacity(entries.len());
        for (reserve, detail) in entries {
            reports.push(record_detail(gateway, &reserve, &detail).await?);
        }
        Ok(HttpResponse::Ok().json(reports))
    })
    .await
}

/// The booked details of a message, each with its reserve account, all of them usable.
async fn read_notification(
    gateway: &Gateway,
    body: &[u8],
) -> Result<Vec<(ReserveId, BookedDetail)>, Refused> {
    if !gateway.is_ready() {
        return Err(Refused::NotReady);
    }
    let message = Camt054::find(body)?;
    // Whose money it was is recorded for ever: a member admitted a moment ago must be known here.
    gateway.directory.refresh().await.map_err(GatewayFault::from)?;
    let member =
        |agent: &Agent| gateway.directory.by_alias(&agent.identifiers()).map(|entry| entry.lei);
    let mut entries = Vec::new();
    for detail in booked::details(&message, &member)? {
        let known = booked::reserve_of(gateway.store.as_ref(), &detail.account)?;
        let reserve = read_reserve(gateway, &known.ok_or(Refused::ReserveUnknown)?).await?;
        if detail.amount.currency != reserve.currency.code() {
            return Err(Refused::Entry("is in another currency than its reserve account"));
        }
        minor(gateway, &reserve, &detail.amount.text)?;
        entries.push((reserve.id, detail));
    }
    Ok(entries)
}

async fn record_detail(
    gateway: &Gateway,
    reserve: &ReserveId,
    detail: &BookedDetail,
) -> Result<DetailReport, Problem> {
    let refused = |r: Refused| r.problem();
    let reserve = read_reserve(gateway, reserve).await.map_err(refused)?;
    let booked = BankEntry {
        reserve: reserve.id,
        sequence: reserve.books.entries.saturating_add(1),
        servicer_reference: detail.servicer_reference.clone(),
        detail: detail.detail,
        direction: detail.direction,
        minor: minor(gateway, &reserve, &detail.amount.text).map_err(refused)?,
        counterparty: detail.counterparty,
        booked: LedgerTime::new(Gateway::now_ms()),
        reference: detail.reference.clone(),
    };
    let command = Command::RecordEntry(booked.clone());
    let signer = gateway.keys.signer(Purpose::Custodian);
    let signer = signer.map_err(|_| Refused::NotThisRole.problem())?;
    let submitted = gateway.outbox.submit(command, &[signer]).await.map_err(GatewayFault::from);
    let id = submitted.map_err(|fault| refused(fault.into()))?;
    let outcome = gateway.outcome(&id, ENTRY_PATIENCE).await;
    let (outcome, command_id) = match outcome.map_err(|fault| refused(fault.into()))? {
        CommandOutcome::Applied => ("recorded", Some(id.to_hex())),
        CommandOutcome::Refused(Refusal::EntryDuplicate) => {
            is_recorded(gateway, &reserve, &booked).await.map_err(refused)?;
            ("recorded_before", None)
        }
        CommandOutcome::Refused(refusal) => return Err(crate::status::problem(refusal)),
        CommandOutcome::Expired | CommandOutcome::Pending => {
            return Err(refused(Refused::NotReady));
        }
    };
    let servicer_reference = detail.servicer_reference.get().to_owned();
    Ok(DetailReport { servicer_reference, detail: detail.detail, outcome, command_id })
}

/// That an entry stands on the ledger as it is booked: its reference names no other money.
async fn is_recorded(
    gateway: &Gateway,
    reserve: &Reserve,
    booked: &BankEntry,
) -> Result<(), Refused> {
    let servicer = &booked.servicer_reference;
    let id = EntryId::derive(&reserve.custodian, &reserve.id, servicer, booked.detail);
    let found = gateway.ledger.record(&Name::Entry(id)).await.map_err(GatewayFault::from)?;
    match found {
        Some((Record::Entry(record), _)) if !is_same(&record.entry, booked) => {
            Err(Refused::Entry("was recorded under its reference with other content"))
        }
        _ => Ok(()),
    }
}

/// Whether two entries are the same money. Whose it was is not compared: a bank may be known now
/// that was no member then.
fn is_same(one: &BankEntry, other: &BankEntry) -> bool {
    (one.direction, one.minor, &one.reference) == (other.direction, other.minor, &other.reference)
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

#[cfg(test)]
mod tests {
    use ledger_core::id::Text;

    use super::*;

    #[test]
    fn m2_what_is_sent_again_under_its_reference_is_the_same_money() {
        let entry = |minor| BankEntry {
            reserve: ReserveId::new([1; 32]),
            sequence: 1,
            servicer_reference: Text::new("STMT-118-4").unwrap(),
            detail: 0,
            direction: Direction::Credit,
            minor,
            counterparty: Counterparty::Other,
            booked: LedgerTime::new(1),
            reference: Text::new("FUND-1").unwrap(),
        };
        let again = BankEntry { sequence: 2, booked: LedgerTime::new(9), ..entry(5) };
        assert!(is_same(&entry(5), &again));
        assert!(!is_same(&entry(5), &entry(6)));
        assert!(!is_same(&entry(5), &BankEntry { direction: Direction::Debit, ..entry(5) }));
    }
}
