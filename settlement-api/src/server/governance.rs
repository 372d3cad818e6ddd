//! Endpoints of what takes two persons: proposals and approvals; and of freezes, which take one.
//!
//! ```text
//! maker:   POST /v1/proposals                     an action is put before a second person
//! checker: GET  /v1/proposals/{proposal}          reads what stands on the ledger
//! checker: POST /v1/proposals/{proposal}/approve  says yes to exactly that
//! ```
//!
//! # Invariants I5 an approval names the hash of what it approves; who signs it is decided by the
//! #            action's role, and the ledger checks that it is a second person
//! # Absent     proposals of mints and payouts, which start from an order (`treasury`)

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Bytes, Data},
};
use ledger_core::{
    authority::{Role, RoleKey},
    command::{Action, Approval, Command, Freeze},
    digest::Hash32,
    freeze::FreezeTarget,
    id::{AccountId, Lei, PartyId, ReserveId},
    member::DirectoryEntry,
    money::Currency,
    proposal::{Proposal, ProposalStatus},
    record::{Name, Record},
    reserve::EvidenceClass,
    signature::PublicKey,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    App, Body, Client, ClientRole, Drawn as Told,
    bank::parse_text,
    json_body,
    orders::{Order, with_order},
    terms::{MintTermsInput, PaymentTermsInput},
    treasury::{PROPOSAL_MS, parse_command},
    with_client,
};
use crate::{
    gateway::{Gateway, GatewayFault},
    keys::{Purpose, random_32},
    openapi::{
        CommandAnswer, Sending,
        text::{CurrencyCode, Id, LeiCode, Person, Reference, Time},
    },
    outbox::stored,
    payments::delivery::commitment,
    problem::Problem,
    refused::Refused,
};

const MAKERS: &[ClientRole] = &[ClientRole::OperatorMaker, ClientRole::NetworkCompliance];
const CHECKERS: &[ClientRole] = &[
    ClientRole::TreasuryChecker,
    ClientRole::OperatorChecker,
    ClientRole::NetworkComplianceChecker,
];
const READERS: &[ClientRole] = &[
    ClientRole::TreasuryMaker,
    ClientRole::TreasuryChecker,
    ClientRole::OperatorMaker,
    ClientRole::OperatorChecker,
    ClientRole::NetworkCompliance,
    ClientRole::NetworkComplianceChecker,
];
/// Numbers of reserve accounts and the salts of their commitments, by reserve.
const OPENINGS: &[u8] = b"reserve-opening/";

/// What a freeze is of: exactly one of the three.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetInput {
    /// Hex address of an account.
    pub account: Option<String>,
    /// Hex handle of a customer.
    pub party: Option<String>,
    /// ISO 4217 code of a currency whose minting is stopped.
    pub minting: Option<String>,
}

impl TargetInput {
    fn target(&self, gateway: &Gateway) -> Result<FreezeTarget, Refused> {
        let found = match (&self.account, &self.party, &self.minting) {
            (Some(account), None, None) => AccountId::from_hex(account).map(FreezeTarget::Account),
            (None, Some(party), None) => PartyId::from_hex(party).map(FreezeTarget::Party),
            (None, None, Some(code)) => {
                return currency_of(gateway, code).map(FreezeTarget::Minting);
            }
            _ => None,
        };
        found.ok_or(Refused::Malformed(
            "give one of account and party, 64 lowercase hex digits, and minting, a currency",
        ))
    }
}

/// An action for a second person to approve.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum ProposalInput {
    /// Admits an institution.
    AdmitMember(DirectoryEntry),
    /// Opens a settlement account; its address is drawn here.
    OpenAccount {
        /// Whose.
        member: Lei,
        /// ISO 4217 code.
        currency: String,
    },
    /// Registers an account at a custodian as part of a currency's reserves.
    RegisterReserve(ReserveInput),
    /// Registers a key.
    RegisterKey(RoleKey),
    /// Revokes a key, at once and for ever.
    RevokeKey {
        /// Which.
        key: PublicKey,
    },
    /// Lifts a freeze.
    Unfreeze(TargetInput),
    /// Sets what a currency's treasury may mint.
    SetMintTerms(MintTermsInput),
    /// Sets what may be paid in a currency on behalf of one customer, by its level.
    SetPaymentTerms(PaymentTermsInput),
}

/// What a proposal is made of: `action`, and the fields of that action.
#[derive(Debug, ToSchema)]
#[schema(as = ProposalInput)]
#[allow(dead_code, reason = "only its description is used")]
pub struct ProposalFields {
    /// `admit_member`, `open_account`, `register_reserve`, `register_key`, `revoke_key`, `unfreeze`,
    /// `set_mint_terms`, `set_payment_terms`.
    action: String,
    /// `admit_member`: the institution.
    #[schema(value_type = Option<LeiCode>)]
    lei: Option<String>,
    /// `admit_member`: names by which messages know it, `BIC:...` or `CLR:<system>:<id>`, sorted.
    aliases: Option<Vec<String>>,
    /// `admit_member`: base URL of its gateway.
    endpoint: Option<String>,
    /// `admit_member`: X25519 key to which messages for it are sealed.
    #[schema(value_type = Option<Id>)]
    encryption: Option<String>,
    /// `admit_member`: its keys, sorted, each with `key`, `role`, `person`, `organisation`.
    #[schema(value_type = Option<Vec<Object>>)]
    keys: Option<Vec<RoleKey>>,
    /// `open_account`: whose.
    #[schema(value_type = Option<LeiCode>)]
    member: Option<String>,
    /// `open_account`, `register_reserve`, `set_mint_terms`, `set_payment_terms`.
    #[schema(value_type = Option<CurrencyCode>)]
    currency: Option<String>,
    /// `register_reserve`: the bank that holds the account.
    #[schema(value_type = Option<LeiCode>)]
    custodian: Option<String>,
    /// `register_reserve`: its number; only a salted hash leaves the gateway.
    number: Option<String>,
    /// `register_reserve`: who signs its entries: `custodian`, `trustee`, `agent`.
    class: Option<String>,
    /// `register_reserve`: part of its balance that does not count, in basis points.
    haircut_bp: Option<u16>,
    /// `register_key`, `revoke_key`: the key.
    #[schema(value_type = Option<Id>)]
    key: Option<String>,
    /// `register_key`: what it is for.
    role: Option<String>,
    /// `register_key`: who holds it.
    #[schema(value_type = Option<Person>)]
    person: Option<String>,
    /// `register_key`: for which organisation.
    #[schema(value_type = Option<LeiCode>)]
    organisation: Option<String>,
    /// `unfreeze`: an account, or
    #[schema(value_type = Option<Id>)]
    account: Option<String>,
    /// `unfreeze`: a customer, or
    #[schema(value_type = Option<Id>)]
    party: Option<String>,
    /// `unfreeze`: minting of a currency.
    #[schema(value_type = Option<CurrencyCode>)]
    minting: Option<String>,
    /// `set_mint_terms`: what all mints since genesis may add up to, as decimal text; every field
    /// of the terms that is left out is off.
    allowance: Option<String>,
    /// `set_mint_terms`, `set_payment_terms`: how long a window of the caps or limits is, in seconds;
    /// a day if absent.
    window_s: Option<u64>,
    /// `set_mint_terms`: decimal amounts that may be minted in one window, of `all` mints and by
    /// who signed the entry: `custodian`, `trustee`, `agent`.
    #[schema(value_type = Option<Object>)]
    caps: Option<()>,
    /// `set_payment_terms`: by level, `basic`, `full` and `enhanced`, the decimal amounts that a
    /// customer may pay at most: `per_payment`, `per_window`; what is left out is not limited.
    #[schema(value_type = Option<Object>)]
    limits: Option<()>,
    /// `set_mint_terms`: the greatest part of the reserves with one custodian, in basis points.
    concentration_bp: Option<u16>,
    /// `set_mint_terms`: the greatest age of an attestation, in seconds of business days.
    max_age_s: Option<u64>,
    /// `set_mint_terms`: weekdays on which attestations do not age, `monday` to `sunday`.
    weekend: Option<Vec<String>>,
    /// `set_mint_terms`: dates on which they do not, `YYYY-MM-DD`, at most 64.
    holidays: Option<Vec<String>>,
}

/// A reserve account to be registered.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReserveInput {
    /// The bank that holds it.
    pub custodian: Lei,
    /// ISO 4217 code.
    pub currency: String,
    /// Its number, as the custodian's statements name it; only a salted hash leaves this gateway.
    pub number: String,
    /// Who signs for its entries.
    pub class: EvidenceClass,
    /// Part of its balance that does not count, in basis points.
    #[serde(default)]
    pub haircut_bp: u16,
}

/// `POST /v1/proposals`: puts an action before a second person.
#[utoipa::path(post, path = "/v1/proposals", tag = "Two persons", params(Sending),
    security(("rfc9421" = ["operator_maker"]), ("rfc9421" = ["network_compliance"])),
    request_body = ProposalFields, responses(CommandAnswer))]
pub async fn post_proposal(app: Data<App>, request: HttpRequest, Body(body): Body) -> HttpResponse {
    let (gateway, sent, bytes) = (&app.gateway, &request, &body);
    with_order(&app, sent, bytes, MAKERS, |client| async move {
        propose(gateway, &client, json_body(bytes)?).await
    })
    .await
}

async fn propose(
    gateway: &Gateway,
    client: &Client,
    input: ProposalInput,
) -> Result<Order, Problem> {
    let drawn = action(gateway, input).map_err(|r| r.problem())?;
    let purpose = purpose_of(drawn.action.role(), Part::Maker, client).map_err(|r| r.problem())?;
    let now = gateway.view.refresh_time().await.map_err(GatewayFault::from);
    let now = now.map_err(|fault| Refused::from(fault).problem())?;
    let command = Command::Propose { action: drawn.action, expires: now.after(PROPOSAL_MS) };
    Ok(Order::new(purpose, command).keeping(drawn.keep).drawing(drawn.tell))
}

/// An action, what this gateway must keep of how it was drawn, and what its proposer is told.
struct Drawn {
    action: Action,
    keep: Option<crate::port::Write>,
    tell: Option<Told>,
}

fn action(gateway: &Gateway, input: ProposalInput) -> Result<Drawn, Refused> {
    let plain = |action| Drawn { action, keep: None, tell: None };
    Ok(match input {
        ProposalInput::AdmitMember(entry) => plain(Action::AdmitMember(entry)),
        ProposalInput::OpenAccount { member, currency } => plain(Action::OpenAccount {
            member,
            currency: currency_of(gateway, &currency)?,
            blind: random_32(),
        }),
        ProposalInput::RegisterReserve(input) => register_reserve(gateway, &input)?,
        ProposalInput::RegisterKey(grant) => plain(Action::RegisterKey(grant)),
        ProposalInput::RevokeKey { key } => plain(Action::RevokeKey { key }),
        ProposalInput::Unfreeze(target) => {
            plain(Action::Unfreeze { target: target.target(gateway)? })
        }
        ProposalInput::SetMintTerms(input) => {
            let (currency, terms) = input.terms(gateway)?;
            plain(Action::SetMintTerms { currency, terms })
        }
        ProposalInput::SetPaymentTerms(input) => {
            let (currency, terms) = input.terms(gateway)?;
            plain(Action::SetPaymentTerms { currency, terms })
        }
    })
}

fn register_reserve(gateway: &Gateway, input: &ReserveInput) -> Result<Drawn, Refused> {
    let currency = currency_of(gateway, &input.currency)?;
    let number = parse_text(&input.number)?;
    let salt = random_32();
    let account = commitment(&salt, number.get().as_bytes());
    let reserve = ReserveId::derive(&input.custodian, currency, &account);
    let (custodian, class, haircut) = (input.custodian, input.class, input.haircut_bp);
    Ok(Drawn {
        action: Action::RegisterReserve { custodian, currency, account, class, haircut },
        keep: Some(stored([OPENINGS, reserve.get()].concat(), &(&input.number, salt))),
        tell: Some(Told { reserve: reserve.to_hex(), salt: salt.to_hex() }),
    })
}

fn currency_of(gateway: &Gateway, code: &str) -> Result<Currency, Refused> {
    Ok(gateway.terms(code).ok_or(Refused::CurrencyUnknown)?.code)
}

/// What a person does to an action.
#[derive(Clone, Copy)]
enum Part {
    /// Proposes it.
    Maker,
    /// Approves it.
    Checker,
}

/// With which key a client plays a part in an action of this role.
fn purpose_of(role: Role, part: Part, client: &Client) -> Result<Purpose, Refused> {
    let (maker, checker) = match role {
        Role::Treasury => (
            (ClientRole::TreasuryMaker, Purpose::TreasuryMaker),
            (ClientRole::TreasuryChecker, Purpose::TreasuryChecker),
        ),
        Role::Operator => (
            (ClientRole::OperatorMaker, Purpose::OperatorMaker),
            (ClientRole::OperatorChecker, Purpose::OperatorChecker),
        ),
        Role::NetworkCompliance => (
            (ClientRole::NetworkCompliance, Purpose::NetworkCompliance),
            (ClientRole::NetworkComplianceChecker, Purpose::NetworkComplianceChecker),
        ),
        Role::Regulator
        | Role::Custodian
        | Role::Agent
        | Role::Settlement
        | Role::Gate
        | Role::Compliance
        | Role::Admin
        | Role::Transport
        | Role::Emergency
        | Role::Solver
        | Role::Registrar => return Err(Refused::NotThisRole),
    };
    let (needed, purpose) = match part {
        Part::Maker => maker,
        Part::Checker => checker,
    };
    if client.roles.contains(&needed) { Ok(purpose) } else { Err(Refused::Forbidden) }
}

/// `GET /v1/proposals/{proposal}`: what stands on the ledger, for whoever shall approve it.
#[utoipa::path(get, path = "/v1/proposals/{proposal}", tag = "Two persons",
    params(("proposal" = Id, Path, description = "The proposal's command id.")),
    security(("rfc9421" = ["treasury_maker"]), ("rfc9421" = ["treasury_checker"]),
        ("rfc9421" = ["operator_maker"]), ("rfc9421" = ["operator_checker"]),
        ("rfc9421" = ["network_compliance"]), ("rfc9421" = ["network_compliance_checker"])),
    responses((status = 200, description = "The proposal as it stands.", body = ProposalReport)))]
pub async fn get_proposal(
    app: Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), READERS, |_| async {
        let proposal = read_proposal(&app.gateway, &path).await.map_err(|r| r.problem())?;
        Ok(HttpResponse::Ok().json(report(proposal)))
    })
    .await
}

/// A proposal as it stands on the ledger.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProposalReport {
    /// The command that proposed it.
    #[schema(value_type = Id)]
    pub proposal: String,
    /// Whose proposal.
    #[schema(value_type = LeiCode)]
    pub organisation: String,
    /// What is to happen, as the ledger holds it.
    #[schema(value_type = Object)]
    pub action: Action,
    /// Hash of the action's canonical bytes: what an approval names.
    #[schema(value_type = Id)]
    pub content: String,
    /// Keys that said yes, the maker's first.
    #[schema(value_type = Vec<Id>)]
    pub approvals: Vec<PublicKey>,
    /// Until when approvals count.
    #[schema(value_type = Time)]
    pub expires: String,
    /// `open`, `before_members` (they vote on it) or `executed`.
    pub status: &'static str,
}

fn report(proposal: Proposal) -> ProposalReport {
    let status = match proposal.status {
        ProposalStatus::Open => "open",
        ProposalStatus::Executed => "executed",
        ProposalStatus::BeforeMembers => "before_members",
    };
    ProposalReport {
        proposal: proposal.id.to_hex(),
        organisation: proposal.organisation.text().to_owned(),
        action: proposal.action,
        content: proposal.content.to_hex(),
        approvals: proposal.approvals,
        expires: verifier::summary::rfc3339(proposal.expires),
        status,
    }
}

async fn read_proposal(gateway: &Gateway, id: &str) -> Result<Proposal, Refused> {
    let name = Name::Proposal(parse_command(id)?);
    let found = gateway.ledger.record(&name).await.map_err(GatewayFault::from)?;
    match found {
        Some((Record::Proposal(proposal), _)) => Ok(proposal),
        _ => Err(Refused::NotFound),
    }
}

/// What a checker says yes to.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalInput {
    /// Hash of the content that was read and checked; what stands on the ledger if absent.
    #[schema(value_type = Option<Id>)]
    pub content: Option<String>,
}

/// `POST /v1/proposals/{proposal}/approve`: a second person's yes to exactly what was read.
///
/// Under the version of the policy that the proposal names: `approval_policy_mismatch` when another is
/// in force.
#[utoipa::path(post, path = "/v1/proposals/{proposal}/approve", tag = "Two persons",
    params(("proposal" = Id, Path, description = "The proposal's command id."), Sending),
    security(("rfc9421" = ["treasury_checker"]), ("rfc9421" = ["operator_checker"]),
        ("rfc9421" = ["network_compliance_checker"])),
    request_body = ApprovalInput, responses(CommandAnswer))]
pub async fn approve(
    app: Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    let (gateway, sent, bytes, id) = (&app.gateway, &request, &body, &path);
    with_order(&app, sent, bytes, CHECKERS, |client| async move {
        let input: ApprovalInput = json_body(bytes)?;
        let decided = approval(gateway, &client, id, &input).await;
        let (purpose, command) = decided.map_err(|r| r.problem())?;
        Ok(Order::new(purpose, command))
    })
    .await
}

async fn approval(
    gateway: &Gateway,
    client: &Client,
    id: &str,
    input: &ApprovalInput,
) -> Result<(Purpose, Command), Refused> {
    let proposal = read_proposal(gateway, id).await?;
    let purpose = purpose_of(proposal.action.role(), Part::Checker, client)?;
    let content = match &input.content {
        Some(hex) => {
            Hash32::from_hex(hex).ok_or(Refused::Malformed("content is 64 lowercase hex digits"))?
        }
        None => proposal.content,
    };
    let policy_version = proposal.policy_version;
    Ok((purpose, Command::Approve(Approval { proposal: proposal.id, content, policy_version })))
}

/// An account, a customer or minting to be stopped.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FreezeInput {
    /// Address of an account; this or `party`.
    #[schema(value_type = Option<Id>)]
    pub account: Option<String>,
    /// Handle of a customer; this or
    #[schema(value_type = Option<Id>)]
    pub party: Option<String>,
    /// minting of a currency.
    #[schema(value_type = Option<CurrencyCode>)]
    pub minting: Option<String>,
    /// The case, by a name that says nothing to others.
    #[schema(value_type = Reference)]
    pub reference: String,
}

/// `POST /v1/freezes`: stops an account, a customer or minting at once.
#[utoipa::path(post, path = "/v1/freezes", tag = "Two persons", params(Sending),
    security(("rfc9421" = ["network_compliance"])),
    request_body = FreezeInput, responses(CommandAnswer))]
pub async fn post_freeze(app: Data<App>, request: HttpRequest, Body(body): Body) -> HttpResponse {
    with_order(&app, &request, &body, &[ClientRole::NetworkCompliance], |_| async {
        let FreezeInput { account, party, minting, reference } = json_body(&body)?;
        let target = TargetInput { account, party, minting };
        let target = target.target(&app.gateway).map_err(|r| r.problem())?;
        let reference = parse_text(&reference).map_err(|r| r.problem())?;
        let command = Command::Freeze(Freeze { target, reference });
        Ok(Order::new(Purpose::NetworkCompliance, command))
    })
    .await
}
