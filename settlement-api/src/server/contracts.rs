//! Endpoints of contracts: what is published, what a call costs, its signatures, the call, its proof.
//!
//! ```text
//! A: POST /v1/contracts/calls/quote   a description, or the bytes of another's call
//! B: POST /v1/contracts/approvals     the bytes: B's clearance and consent
//! A: POST /v1/contracts/calls         bytes, clearances, consents: one command
//! A, B: GET /v1/contracts/calls/{command}
//! ```
//!
//! # Invariants a member is answered about calls that it has a receipt of or has sent, and no others

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Bytes, Data},
};
use ledger_core::{
    command::Command,
    id::{AccountId, Text},
    program::{EntryFunction, TypeTag},
    receipt::{Kind, Outcome},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;
use verifier::run::RunText;

use super::{
    App, Body, ClientRole, json_body,
    orders::{Order, with_order},
    treasury::parse_command,
    with_client,
};
use crate::{
    contracts::{
        CallRefused,
        approval::{self, CallApprovalInput, CallApprovalReport, CallOrderInput},
        arguments,
        call::{self, CallInput, CallReport},
        code::Code,
    },
    gateway::Gateway,
    keys::Purpose,
    openapi::{
        CommandAnswer, CommandPath, Sending,
        text::{HexBytes, Id, LeiCode, Reference, Time},
    },
    party_view::Fate,
    payments::report::{ReceiptReport, receipt_report},
    refused::Refused,
};

const READERS: &[ClientRole] = &[ClientRole::Operations, ClientRole::Compliance];

/// A call to be shown: one of the two.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuoteInput {
    /// Bytes of a call that another institution made.
    #[schema(value_type = Option<HexBytes>)]
    pub call: Option<String>,
    /// A call to be made here.
    pub description: Option<CallInput>,
}

/// `POST /v1/contracts/calls/quote`: shows the most that a call costs, before anyone signs it.
///
/// Of a description it makes the bytes that everybody signs; of bytes it shows what they say. Nothing is
/// signed or kept.
#[utoipa::path(post, path = "/v1/contracts/calls/quote", tag = "Contracts",
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    request_body = QuoteInput,
    responses((status = 200, description = "The call, its bytes and its most.", body = CallReport)))]
pub async fn post_quote(app: Data<App>, request: HttpRequest, Body(body): Body) -> HttpResponse {
    with_client(&app, &request, &body, READERS, |_| async {
        let input: QuoteInput = json_body(&body)?;
        let shown = quote(&app.gateway, input).await.map_err(|r| r.problem())?;
        Ok(HttpResponse::Ok().json(shown))
    })
    .await
}

async fn quote(gateway: &Gateway, input: QuoteInput) -> Result<CallReport, Refused> {
    if !gateway.is_ready() {
        return Err(Refused::NotReady);
    }
    let (call, code) = match (input.call, input.description) {
        (Some(bytes), None) => {
            let call = call::read(&bytes)?;
            let code = Code::read(gateway, &call.address, &call.module).await?;
            (call, code)
        }
        (None, Some(description)) => description.call(gateway).await?,
        _ => return Err(Refused::Malformed("give one of call and description")),
    };
    Ok(call::report(gateway, &call, &code)?)
}

/// `POST /v1/contracts/approvals`: signs what a call of another institution needs of this one.
///
/// Its gate's clearance where an account of its own signs, and its consent, both of exactly these bytes.
/// Read them first with `POST /v1/contracts/calls/quote`.
#[utoipa::path(post, path = "/v1/contracts/approvals", tag = "Contracts",
    security(("rfc9421" = ["operations"])), request_body = CallApprovalInput,
    responses((status = 200, description = "For the one that sends it.", body = CallApprovalReport)))]
pub async fn post_call_approval(
    app: Data<App>,
    request: HttpRequest,
    Body(body): Body,
) -> HttpResponse {
    with_client(&app, &request, &body, &[ClientRole::Operations], |_| async {
        let input: CallApprovalInput = json_body(&body)?;
        let signed = approval::approve(&app.gateway, &input).map_err(|r| r.problem())?;
        Ok(HttpResponse::Ok().json(signed))
    })
    .await
}

/// `POST /v1/contracts/calls`: makes a call, cleared by this institution's gate.
///
/// A call that the machine stops is `call_failed`: it changed nothing, and
/// `GET /v1/contracts/calls/{command}` says why.
#[utoipa::path(post, path = "/v1/contracts/calls", tag = "Contracts", params(Sending),
    security(("rfc9421" = ["operations"])), request_body = CallOrderInput,
    responses(CommandAnswer))]
pub async fn post_call(app: Data<App>, request: HttpRequest, Body(body): Body) -> HttpResponse {
    with_order(&app, &request, &body, &[ClientRole::Operations], |_| async {
        let input: CallOrderInput = json_body(&body)?;
        let invoke = approval::invoke(&app.gateway, &input).map_err(|r| r.problem())?;
        Ok(Order::new(Purpose::Settlement, Command::Invoke(invoke)))
    })
    .await
}

/// What became of a call.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CallStateReport {
    /// The command that makes it.
    #[schema(value_type = Id)]
    pub command_id: String,
    /// `pending`, `applied`, `refused` or `expired`.
    pub state: &'static str,
    /// The call's hash, where this institution sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Id>)]
    pub call_hash: Option<String>,
    /// Who sent it.
    #[schema(value_type = LeiCode)]
    pub organisation: String,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// The block that decided it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u64>,
    /// When it was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Time>)]
    pub decided: Option<String>,
    /// What the machine says, where it ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<RunReport>,
    /// Its proof, by hash and link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<ReceiptReport>,
}

/// What the machine says of a call.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RunReport {
    /// Gas that was used.
    pub gas_used: u64,
    /// Move's name of how it ended: `EXECUTED` where it came to its end.
    #[schema(value_type = Reference)]
    pub status: String,
    /// The code of an abort; what the ledger refused is 4587520 (0x460000) and the refusal's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<u64>,
    /// What contracts told, in order.
    pub events: Vec<ContractEventReport>,
}

/// What a contract told the parties of a call.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContractEventReport {
    /// The struct, as in `0x2::escrow::Opened`.
    #[serde(rename = "type")]
    pub type_: String,
    /// The value in BCS.
    #[schema(value_type = HexBytes)]
    pub value: String,
}

impl From<RunText> for RunReport {
    fn from(run: RunText) -> Self {
        let event = |event: verifier::run::EventText| ContractEventReport {
            type_: event.type_,
            value: event.value,
        };
        Self {
            gas_used: run.gas_used,
            status: run.status,
            code: run.code,
            events: run.events.into_iter().map(event).collect(),
        }
    }
}

/// `GET /v1/contracts/calls/{command}`: what became of a call, with the machine's word and the proof.
///
/// At the institution that sent it, and at those whose account it named or whose money it moved.
#[utoipa::path(get, path = "/v1/contracts/calls/{command}", tag = "Contracts", params(CommandPath),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "As it stands.", body = CallStateReport)))]
pub async fn get_call(
    app: Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), READERS, |_| async {
        let report = state(&app.gateway, &path).await.map_err(|r| r.problem())?;
        Ok(HttpResponse::Ok().json(report))
    })
    .await
}

async fn state(gateway: &Gateway, command: &str) -> Result<CallStateReport, Refused> {
    let command = parse_command(command)?;
    let sent = gateway.outbox.signed(&command)?;
    let call_hash = sent.as_deref().and_then(approval::call_of).map(|hash| hash.to_hex());
    let none = |state| CallStateReport {
        command_id: command.to_hex(),
        state,
        call_hash: call_hash.clone(),
        organisation: gateway.lei().text().to_owned(),
        reason: None,
        height: None,
        decided: None,
        run: None,
        receipt: None,
    };
    let Some(proved) = gateway.view.receipt(&command)? else {
        if call_hash.is_none() {
            return Err(Refused::NotFound);
        }
        let fate = gateway.outbox.fate(&command, Duration::ZERO).await?;
        return Ok(none(if matches!(fate, Fate::Expired) { "expired" } else { "pending" }));
    };
    let receipt = proved.proof.receipt;
    if receipt.kind != Kind::Invoke {
        return Err(Refused::NotFound);
    }
    let (state, reason) = match receipt.outcome {
        Outcome::Applied(_) => ("applied", None),
        Outcome::Refused(refusal) => ("refused", Some(refusal.code())),
    };
    Ok(CallStateReport {
        organisation: receipt.organisation.text().to_owned(),
        reason,
        height: Some(receipt.height.get()),
        decided: Some(verifier::summary::rfc3339(receipt.irrevocable)),
        run: receipt.run.as_ref().map(RunText::from).map(RunReport::from),
        receipt: receipt_report(gateway, &command)?,
        ..none(state)
    })
}

/// A published module.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ModuleReport {
    /// Where it is.
    #[schema(value_type = Id)]
    pub address: String,
    /// Its name.
    pub name: String,
    /// The block that published this version.
    pub published: u64,
    /// The block as of which that is proved.
    pub height: u64,
    /// Hex SHA-256 of its binary.
    #[schema(value_type = Id)]
    pub sha256: String,
    /// Functions that a call may name.
    pub functions: Vec<FunctionReport>,
}

/// A function that a call may name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FunctionReport {
    /// Its name.
    pub name: String,
    /// How many type arguments it takes.
    pub type_parameters: usize,
    /// How many signers come first.
    pub signers: usize,
    /// Types of the arguments behind them; `?` for one that depends on a type argument.
    pub parameters: Vec<String>,
    /// The most gas that it costs, where its code has a bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gas_bound: Option<u64>,
}

/// `GET /v1/contracts/modules/{address}/{module}`: a published module and its entry functions.
#[utoipa::path(get, path = "/v1/contracts/modules/{address}/{module}", tag = "Contracts",
    params(("address" = Id, Path, description = "Where: 64 hex digits, or `0x` and fewer."),
        ("module" = Reference, Path, description = "Its name.")),
    security(("rfc9421" = ["operations"]), ("rfc9421" = ["compliance"])),
    responses((status = 200, description = "As it is published.", body = ModuleReport)))]
pub async fn get_module(
    app: Data<App>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), READERS, |_| async {
        let (address, name) = path.into_inner();
        let report = module(&app.gateway, &address, &name).await.map_err(|r| r.problem())?;
        Ok(HttpResponse::Ok().json(report))
    })
    .await
}

async fn module(gateway: &Gateway, address: &str, name: &str) -> Result<ModuleReport, Refused> {
    let address = arguments::address(address).and_then(|bytes| bytes.try_into().ok());
    let (Some(address), Some(name)) = (address.map(AccountId::new), Text::new(name)) else {
        return Err(Refused::NotFound);
    };
    let code = Code::read(gateway, &address, &name).await?;
    let module = code.module();
    let functions = code.entries()?.into_iter().map(|entry| function(&code, entry));
    Ok(ModuleReport {
        address: module.address.to_hex(),
        name: module.name.get().to_owned(),
        published: module.published.get(),
        height: code.proved(),
        sha256: hex::encode(Sha256::digest(&module.bytes)),
        functions: functions.collect::<Result<_, CallRefused>>()?,
    })
}

fn function(code: &Code, entry: EntryFunction) -> Result<FunctionReport, CallRefused> {
    let name = Text::new(&entry.name).filter(|_| entry.type_parameters == 0);
    let gas_bound = match name {
        Some(name) => code.bound(&name, &[])?,
        None => None,
    };
    let text = |type_: Option<TypeTag>| type_.map_or("?".to_owned(), |type_| type_.to_string());
    Ok(FunctionReport {
        name: entry.name,
        type_parameters: entry.type_parameters,
        signers: entry.signers,
        parameters: entry.parameters.into_iter().map(text).collect(),
        gas_bound,
    })
}
