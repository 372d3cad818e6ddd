//! What answers over HTTP, as OpenAPI 3.1: one document for each kind of process.
//!
//! ```text
//! handlers (#[utoipa::path])  -> paths         one per row of the table of routes
//! input and report types      -> schemas
//! errors (`problems`)         -> responses     every code, with the problem that carries it
//! `examples`                  -> examples      by the name of the schema
//! ```
//!
//! A gateway and an observer listen apart, know other clients, and mean different things by the
//! same words (`SupplyReport`, `CommandReport`): one document with tags would have to rename them,
//! and would show an examiner what an observer does not answer.
//!
//! # Place      [openapi] -> `GET /openapi.json`, `/docs`, `florin openapi`, docs/api
//! # Invariants same code, same bytes; routes and document name the same operations (a test)
//! # Absent     anything about one institution: the document is the same at every process of a kind

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::{
    IntoParams, IntoResponses, ToSchema,
    openapi::{
        Components, ContentBuilder, HeaderBuilder, InfoBuilder, OpenApi, Ref, RefOr, Response,
        ResponseBuilder, Schema, SecurityRequirement,
        path::{Operation, ParameterIn, PathItem},
        security::{ApiKey, ApiKeyValue, SecurityScheme},
        tag::{Tag, TagBuilder},
    },
};

use crate::{
    problem::{self, Problem},
    server::CommandReport,
};

mod audit;
mod examples;
mod gateway;
pub mod ledger_port;
mod lifecycle;
mod problems;
#[cfg(test)]
mod status_page;
#[cfg(test)]
pub(crate) mod tests;
pub mod text;

pub use lifecycle::{
    Acmt023Text, Acmt024Text, Camt029Text, Camt052Text, Camt053Text, Camt056Text, Camt060Text,
    Camt110Text, Camt111Text, EventStreamText, FilePath, Pacs004Text, Pacs028Text, Pain001Text,
    Pain002Text, RecallPath, StatementPath, WebhookPath,
};
use text::{AccountName, CurrencyCode, Id, Reference, Uetr};

/// The security scheme of every request that is signed.
const SIGNED: &str = "rfc9421";
/// The security scheme of requests for which a token is enough.
const BY_TOKEN: &str = "oauth2";
const JSON: &str = "application/json";

/// A kind of process that answers over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// An institution's gateway.
    Gateway,
    /// The audit API of an observer.
    Audit,
    /// The ledger port of a validator, and the reading half of it that an observer serves.
    LedgerPort,
}

impl Surface {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Gateway, Self::Audit, Self::LedgerPort];

    /// Its name, as `florin openapi --surface` takes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Audit => "audit",
            Self::LedgerPort => "ledger-port",
        }
    }

    /// Parses a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|surface| surface.name() == name)
    }

    /// What its document and its page are called.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Gateway => "Florin gateway",
            Self::Audit => "Florin observer",
            Self::LedgerPort => "Florin ledger port",
        }
    }

    /// The document, as it is served and printed.
    #[must_use]
    pub fn json(self) -> String {
        let mut text = serde_json::to_string_pretty(&self.document()).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The document.
    #[must_use]
    pub fn document(self) -> OpenApi {
        finish(self.title(), self.parts())
    }

    fn parts(self) -> Parts {
        match self {
            Self::Gateway => gateway::parts(),
            Self::Audit => audit::parts(),
            Self::LedgerPort => ledger_port::parts(),
        }
    }
}

/// The gateway's document.
#[must_use]
pub fn json() -> String {
    Surface::Gateway.json()
}

/// What one document is made of.
struct Parts {
    /// Operations and schemas, as handlers and types describe them.
    described: OpenApi,
    /// What every reader should know; all codes by status follow.
    description: String,
    /// What the last paragraph about signatures says of roles.
    roles: &'static str,
    /// Who may ask where no role is named.
    anyone: &'static str,
    /// Names and descriptions of groups of operations.
    tags: &'static [(&'static str, &'static str)],
    /// One problem of every code.
    problems: Vec<Problem>,
    /// Whether a signed operation may be answered with a problem of a status.
    may: fn(u16, &Asked) -> bool,
    /// Whether a token is enough for a signed operation, by method and path.
    by_token: fn(&str, &str) -> bool,
    /// How a token is got, where there are any.
    tokens: Option<SecurityScheme>,
    /// Schema and example; a schema may have several.
    examples: Vec<(&'static str, Value)>,
}

/// What decides which refusals an operation may meet.
struct Asked {
    /// Its path.
    path: String,
    /// It has a body.
    body: bool,
    /// Its path names something.
    variable: bool,
    /// Names of its parameters in the query.
    query: Vec<String>,
}

fn finish(title: &str, parts: Parts) -> OpenApi {
    let mut document = parts.described;
    let statuses = statuses(&parts.problems);
    let version = env!("CARGO_PKG_VERSION");
    document.info = InfoBuilder::new()
        .title(title)
        .version(version)
        .description(Some(description(parts.description, &statuses)))
        .license(Some(utoipa::openapi::LicenseBuilder::new().name("Apache-2.0").build()))
        .build();
    document.tags = Some(tags(parts.tags));
    document.security = Some(vec![SecurityRequirement::new(SIGNED, [""; 0])]);
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            tidy_words(operation, method, path);
            if is_signed(operation) {
                say_roles(operation, parts.anyone);
                let asked = asked(operation, path);
                let may = |status: &&u16| (parts.may)(**status, &asked);
                add_refusals(operation, statuses.keys().filter(may));
                if (parts.by_token)(method, path) {
                    say_scopes(operation, method);
                }
            }
        }
    }
    let components = document.components.get_or_insert_with(Components::new);
    components.security_schemes.insert(SIGNED.to_owned(), signed(parts.roles).into());
    if let Some(tokens) = parts.tokens {
        components.security_schemes.insert(BY_TOKEN.to_owned(), tokens.into());
    }
    for (status, problems) in &statuses {
        components.responses.insert(status.to_string(), refusal(*status, problems).into());
    }
    add_examples(components, parts.examples);
    document
}

/// What every reader should know, then all codes by status.
fn description(text: String, statuses: &BTreeMap<u16, Vec<&Problem>>) -> String {
    let codes = statuses.iter().map(|(status, problems)| {
        let codes: Vec<_> = problems.iter().map(|problem| problem.code()).collect();
        format!("- {status}: `{}`\n", codes.join("`, `"))
    });
    [text].into_iter().chain(codes).collect()
}

fn tags(tags: &[(&str, &str)]) -> Vec<Tag> {
    let tag = |(name, text): &(&str, &str)| {
        TagBuilder::new().name(*name).description(Some(*text)).build()
    };
    tags.iter().map(tag).collect()
}

/// How a request is signed. OpenAPI knows no scheme for it; a header that must be there is nearest.
fn signed(roles: &str) -> SecurityScheme {
    let text = format!("{}\n\n{roles}", include_str!("openapi/signature.md").trim_end());
    SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description("signature", &text)))
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let of = [("GET", &mut item.get), ("POST", &mut item.post)];
    of.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// Comments of handlers begin with method and path, which the document says elsewhere.
fn tidy_words(operation: &mut Operation, method: &str, path: &str) {
    let Some(summary) = &mut operation.summary else { return };
    let Some(rest) = summary.strip_prefix(&format!("`{method} {path}`: ")) else { return };
    let mut letters = rest.trim_end_matches('.').chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    *summary = first.chain(letters).collect();
}

/// Whether a request must be signed: an operation says so itself when it need not be.
fn is_signed(operation: &Operation) -> bool {
    operation.security.as_ref().is_none_or(|any| !any.contains(&SecurityRequirement::default()))
}

/// Roles stand in the security requirements, which viewers do not show.
fn say_roles(operation: &mut Operation, anyone: &str) {
    let any = serde_json::to_value(&operation.security).unwrap_or_default();
    let roles = any.as_array().into_iter().flatten().filter_map(|all| all[SIGNED].as_array());
    let roles: Vec<_> = roles.flatten().filter_map(Value::as_str).collect();
    let who = match roles.as_slice() {
        [] => anyone.to_owned(),
        roles => format!("Role: `{}`.", roles.join("` or `")),
    };
    let text = operation.description.take().filter(|text| !text.is_empty());
    operation.description =
        Some(text.map_or_else(|| who.clone(), |text| format!("{text}\n\n{who}")));
}

/// The scope that is enough for an operation in place of a signature, for each of its roles.
fn say_scopes(operation: &mut Operation, method: &str) {
    let signed = || vec![SecurityRequirement::new(SIGNED, [""; 0])];
    let mut any = operation.security.take().unwrap_or_else(signed);
    let said = serde_json::to_value(&any).unwrap_or_default();
    let roles = said.as_array().into_iter().flatten().filter_map(|all| all[SIGNED].as_array());
    let roles: Vec<_> = roles.flatten().filter_map(Value::as_str).collect();
    let reads = if method == "GET" { ":read" } else { "" };
    if roles.is_empty() {
        any.push(SecurityRequirement::new(BY_TOKEN, [""; 0]));
    }
    let scope = |role: &str| SecurityRequirement::new(BY_TOKEN, [format!("{role}{reads}")]);
    any.extend(roles.into_iter().map(scope));
    operation.security = Some(any);
}

fn asked(operation: &Operation, path: &str) -> Asked {
    let parameters = operation.parameters.iter().flatten().filter_map(|one| match one {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    });
    let query = parameters.filter(|parameter| parameter.parameter_in == ParameterIn::Query);
    Asked {
        path: path.to_owned(),
        body: operation.request_body.is_some(),
        variable: path.contains('{'),
        query: query.map(|parameter| parameter.name.clone()).collect(),
    }
}

/// Refusals that an operation may meet. What it says itself stands.
fn add_refusals<'a>(operation: &mut Operation, statuses: impl Iterator<Item = &'a u16>) {
    let responses = &mut operation.responses.responses;
    for status in statuses {
        match responses.get_mut(&status.to_string()) {
            None => {
                let named = Ref::from_response_name(status.to_string());
                responses.insert(status.to_string(), RefOr::Ref(named));
            }
            Some(RefOr::T(own)) => {
                let content = ContentBuilder::new().schema(Some(problem_schema())).build();
                own.content.insert(problem::CONTENT_TYPE.to_owned(), RefOr::T(content));
            }
            Some(RefOr::Ref(_)) => {}
        }
    }
}

fn statuses(problems: &[Problem]) -> BTreeMap<u16, Vec<&Problem>> {
    let mut statuses: BTreeMap<u16, Vec<&Problem>> = BTreeMap::new();
    for problem in problems {
        statuses.entry(problem.status().as_u16()).or_default().push(problem);
    }
    statuses
}

fn problem_schema() -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name("Problem"))
}

/// The answer with a status, with every problem that has it as an example.
fn refusal(status: u16, problems: &[&Problem]) -> Response {
    let status = actix_web::http::StatusCode::from_u16(status).ok();
    let reason = status.and_then(|status| status.canonical_reason()).unwrap_or_default();
    let examples = problems.iter().map(|problem| {
        let example = utoipa::openapi::example::ExampleBuilder::new()
            .value(serde_json::to_value(problem).ok().map(sorted))
            .build();
        (problem.code().to_owned(), RefOr::T(example))
    });
    let content =
        ContentBuilder::new().schema(Some(problem_schema())).examples_from_iter(examples).build();
    ResponseBuilder::new().description(reason).content(problem::CONTENT_TYPE, content).build()
}

fn add_examples(components: &mut Components, all: Vec<(&'static str, Value)>) {
    let mut by_name: BTreeMap<_, Vec<Value>> = BTreeMap::new();
    for (name, example) in all {
        by_name.entry(name).or_default().push(sorted(example));
    }
    for (name, own) in by_name {
        let examples = match components.schemas.get_mut(name) {
            Some(RefOr::T(Schema::Object(schema))) => &mut schema.examples,
            // A report that holds another's fields as its own.
            Some(RefOr::T(Schema::AllOf(schema))) => &mut schema.examples,
            _ => continue,
        };
        *examples = own;
    }
}

/// A value with its members in the order of their names, whatever order serde_json keeps: another
/// crate of the build can switch that.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let members: BTreeMap<String, Value> =
                map.into_iter().map(|(name, value)| (name, sorted(value))).collect();
            Value::Object(members.into_iter().collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(sorted).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

/// How long a client wants to wait.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "only its description is used")]
pub struct Prefer {
    /// `wait=N`: wait up to N seconds for the end; without it, and when the time is over before,
    /// the answer is 202.
    #[param(example = "wait=20", pattern = "^wait=[0-9]+$")]
    prefer: Option<String>,
}

/// What a reader wants beside a report.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "only its description is used")]
pub struct Inline {
    /// `proof=inline`: receipts inside of the report.
    #[param(example = "proof=inline", pattern = "^proof=inline$")]
    prefer: Option<String>,
}

/// How a request that sends a command is named, and how long its client wants to wait.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "only its description is used")]
pub struct Sending {
    /// A name of the client's own for this request, under which it counts once: the same key, path
    /// and body are answered by the first command; success is then marked
    /// `idempotent-replayed: true`.
    #[param(rename = "idempotency-key", value_type = Reference,
        example = "2f0c5d0e-6d1b-4c7e-9b52-3d0a9f2f4a10")]
    idempotency_key: String,
    /// `wait=N`: wait up to N seconds for the end; without it, and when the time is over before,
    /// the answer is 202.
    #[param(example = "wait=20", pattern = "^wait=[0-9]+$")]
    prefer: Option<String>,
}

/// How a request that writes is named.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "only its description is used")]
pub struct Naming {
    /// A name of the client's own for this request, under which it counts once: the same key, path
    /// and body are answered with what the first made of it; that is then marked
    /// `idempotent-replayed: true`.
    #[param(rename = "idempotency-key", value_type = Reference,
        example = "2f0c5d0e-6d1b-4c7e-9b52-3d0a9f2f4a10")]
    idempotency_key: String,
}

/// Which state a reader has already.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "only its description is used")]
pub struct Seen {
    /// Tags of earlier answers (`etag`): 304 when the state is one of these.
    #[param(rename = "if-none-match")]
    if_none_match: Option<String>,
}

/// Which state is changed.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "only its description is used")]
pub struct Unchanged {
    /// The tag of the state that the client saw (`etag`): `precondition_failed` when it is another.
    #[param(rename = "if-match")]
    if_match: Option<String>,
}

/// The payment's UETR.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "only its description is used")]
pub struct UetrPath {
    /// The payment's UETR.
    #[param(value_type = Uetr)]
    uetr: String,
}

/// A currency of the network.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "only its description is used")]
pub struct CurrencyPath {
    /// A currency of the network.
    #[param(value_type = CurrencyCode)]
    currency: String,
}

/// An own account.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "only its description is used")]
pub struct AccountPath {
    /// Its address, or a currency of the network for the account that settles it.
    #[param(value_type = AccountName)]
    account: String,
}

/// A command.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "only its description is used")]
pub struct CommandPath {
    /// The command's id.
    #[param(value_type = Id)]
    command: String,
}

/// A redemption.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "only its description is used")]
pub struct RedemptionPath {
    /// The id of the command that locked the tokens.
    #[param(value_type = Id)]
    redemption: String,
}

/// A pacs.008.001.08; one that is sent may be of versions 02 to 13, and stand under any envelope.
#[derive(Debug, ToSchema)]
#[schema(value_type = String, content_media_type = "application/xml")]
#[allow(dead_code, reason = "only its description is used")]
pub struct Pacs008Text(String);

/// A pacs.002.001.10 that names its receipt by hash and link.
#[derive(Debug, ToSchema)]
#[schema(value_type = String, content_media_type = "application/xml")]
#[allow(dead_code, reason = "only its description is used")]
pub struct Pacs002Text(String);

/// A camt.054: versions 02 to 12 are read, 08 is written under a head.001 header.
#[derive(Debug, ToSchema)]
#[schema(value_type = String, content_media_type = "application/xml")]
#[allow(dead_code, reason = "only its description is used")]
pub struct Camt054Text(String);

/// Canonical bytes, sealed for one reader and signed; docs/spec/wire.md has the layout.
#[derive(Debug, ToSchema)]
#[schema(value_type = String, content_media_type = "application/vnd.florin.bcs")]
#[allow(dead_code, reason = "only its description is used")]
pub struct SealedBytes(String);

/// An empty object.
#[derive(Debug, ToSchema, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// A proof that `florin verify` checks offline with nothing but the genesis file; keep its bytes
/// as they came. docs/spec/wire.md has the layout.
#[derive(Debug, ToSchema)]
#[allow(dead_code, reason = "only its description is used")]
pub struct ProofFile {
    /// `florin-receipt-1`, `florin-account-1`, `florin-history-1`, `florin-list-1`,
    /// `florin-payments-1`, `florin-consistency-1`, `florin-case-1` or `florin-evidence-1`.
    format: String,
    /// The network's chain id.
    #[schema(value_type = Id)]
    network: String,
    /// What it proves, in words; derived from the proved bytes.
    #[schema(value_type = Object)]
    summary: Value,
}

/// How an endpoint answers that sends one command.
#[derive(Debug)]
pub struct CommandAnswer;

impl IntoResponses for CommandAnswer {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let report = || {
            let schema = RefOr::Ref(Ref::from_schema_name(CommandReport::name()));
            ContentBuilder::new().schema::<RefOr<Schema>>(Some(schema)).build()
        };
        let location = HeaderBuilder::new()
            .description(Some("Where to ask what became of the command."))
            .build();
        let applied = ResponseBuilder::new().description("Applied.").content(JSON, report());
        let pending = ResponseBuilder::new()
            .description("On disk and sent again until it is applied, refused or expired.")
            .content(JSON, report())
            .header("location", location);
        [("200", applied), ("202", pending)]
            .map(|(status, response)| (status.to_owned(), RefOr::T(response.build())))
            .into()
    }
}
