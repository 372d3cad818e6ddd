//! The document against the code, against its committed copy, and against itself.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use iso20022::{Camt054, Pacs002, Pacs008};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{Surface, audit, examples, ledger_port, problems, text};
use crate::{
    audit::AUDITOR,
    payments::request::PaymentRequest,
    problem::Problem,
    server::{
        ClientRole, accounts, bank, cases, contracts, custodian, customers, governance,
        redemptions, rules, tickets, webhooks,
    },
};

pub(crate) mod schema;

impl Surface {
    /// The copy that people and tools read without a process.
    fn committed(self) -> &'static str {
        match self {
            Self::Gateway => "../docs/api/openapi.json",
            Self::Audit => "../docs/api/openapi-audit.json",
            Self::LedgerPort => "../docs/api/openapi-ledger-port.json",
        }
    }

    /// Method and path of every route.
    fn rows(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Gateway => crate::server::ROWS,
            Self::Audit => crate::audit::ROWS,
            Self::LedgerPort => &ledger_port::ROWS,
        }
    }

    fn refusals(self) -> Vec<Problem> {
        match self {
            Self::Gateway => problems::all(),
            Self::Audit => audit::refusals(),
            Self::LedgerPort => ledger_port::refusals(),
        }
    }

    /// What stands before every path that is signed.
    fn signed_below(self) -> &'static str {
        match self {
            Self::Gateway => "/v1/",
            Self::Audit => "/audit/v1/",
            Self::LedgerPort => "/ledger/v1/",
        }
    }

    /// Whether a role of a document is one.
    fn has_role(self, role: &str) -> bool {
        match self {
            // A member is no client: its transport key stands in the directory.
            Self::Gateway => role == "member" || ClientRole::from_name(role).is_some(),
            Self::Audit => role == AUDITOR,
            // Of keys on the ledger: only an overseer's is asked for.
            Self::LedgerPort => role == "regulator",
        }
    }

    /// The document, as a reader has it.
    pub(crate) fn read(self) -> Value {
        serde_json::from_str(&self.json()).unwrap()
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Path, method, operation.
pub(crate) fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let each = paths.flat_map(|(path, item)| {
        let item = item.as_object().unwrap().iter();
        item.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    });
    each.collect()
}

/// The roles that an operation names, none for every client; `None` when it is not signed.
pub(crate) fn roles(operation: &Value) -> Option<Vec<&str>> {
    let security = operation["security"].as_array().map_or(&[][..], Vec::as_slice);
    if security.iter().any(|all| all.as_object().unwrap().is_empty()) {
        return None;
    }
    let named = security.iter().filter_map(|all| all["rfc9421"].as_array()).flatten();
    Some(named.filter_map(Value::as_str).collect())
}

/// A path and query by which an operation can be asked, made of its parameters' examples.
pub(crate) fn target(document: &Value, path: &str, operation: &Value) -> String {
    let mut target = path.to_owned();
    let mut query = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap();
        let named = parameter["schema"]["$ref"].as_str();
        let example = named.and_then(|to| document.pointer(&to[1..])?["examples"][0].as_str());
        match (parameter["in"].as_str().unwrap(), parameter["required"].as_bool()) {
            // The only one without a kind of its own: a file of the page.
            ("path", _) => {
                target = target.replace(&format!("{{{name}}}"), example.unwrap_or("start.js"));
            }
            ("query", Some(true)) => {
                let own = || parameter["example"].to_string();
                query.push(format!("{name}={}", example.map_or_else(own, str::to_owned)));
            }
            _ => {}
        }
    }
    assert!(!target.contains('{'), "{target}");
    if query.is_empty() { target } else { format!("{target}?{}", query.join("&")) }
}

fn values<'a>(value: &'a Value, found: &mut Vec<(&'a str, &'a Value)>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            found.push((key, value));
            values(value, found);
        }),
        Value::Array(list) => list.iter().for_each(|value| values(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_route_is_described_and_nothing_else() {
    for surface in Surface::ALL {
        let document = surface.read();
        let rows = surface.rows();
        let served: BTreeSet<_> = rows.iter().map(|(method, path)| (*path, *method)).collect();
        let described: BTreeSet<_> =
            operations(&document).iter().map(|(path, method, _)| (*path, *method)).collect();
        assert_eq!(served.len(), rows.len(), "a route is registered twice");
        assert_eq!(described, served, "left: #[utoipa::path], right: the table of routes");
    }
}

#[test]
fn the_committed_documents_are_the_generated_ones() {
    for surface in Surface::ALL {
        let path = folder().join(surface.committed());
        let generated = surface.json();
        if std::env::var_os("UPDATE_OPENAPI").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &generated).unwrap();
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        let differs = committed.lines().zip(generated.lines()).find(|(a, b)| a != b);
        assert!(
            committed == generated,
            "{} is not what the code says (first difference: {differs:?}); \
             UPDATE_OPENAPI=1 cargo test -p settlement-api openapi",
            surface.committed()
        );
    }
}

#[test]
fn every_surface_has_a_name_of_its_own() {
    let names: BTreeSet<_> = Surface::ALL.iter().map(|surface| surface.name()).collect();
    assert_eq!(names.len(), Surface::ALL.len());
    for surface in Surface::ALL {
        assert_eq!(Surface::from_name(surface.name()), Some(surface));
    }
    assert_eq!(Surface::from_name("Gateway"), None);
    assert_eq!(super::json(), Surface::Gateway.json());
}

#[test]
fn it_is_openapi_3_1_and_every_reference_leads_somewhere() {
    for surface in Surface::ALL {
        let document = surface.read();
        assert_eq!(document["openapi"], "3.1.0");
        let mut found = Vec::new();
        values(&document, &mut found);
        let references = found.iter().filter(|(key, _)| *key == "$ref").map(|(_, to)| to);
        let references: Vec<_> = references.filter_map(|to| to.as_str()).collect();
        assert!(references.len() > 50);
        for reference in references {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }
}

#[test]
fn operations_have_names_of_their_own_a_summary_and_a_known_tag() {
    for surface in Surface::ALL {
        let document = surface.read();
        let tags = document["tags"].as_array().unwrap();
        let mut ids = BTreeSet::new();
        for (path, method, operation) in operations(&document) {
            assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{path} {method}");
            let summary = operation["summary"].as_str().unwrap_or_default();
            assert!(!summary.is_empty() && !summary.starts_with('`'), "{path} {method}: {summary}");
            assert!(tags.iter().any(|tag| tag["name"] == operation["tags"][0]), "{path} {method}");
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            for parameter in parameters {
                let said = parameter["description"].as_str().unwrap_or_default();
                assert!(!said.is_empty(), "{path} {method}: {parameter}");
            }
        }
        for tag in tags {
            let used = |(_, _, one): &(&str, &str, &Value)| one["tags"][0] == tag["name"];
            assert!(operations(&document).iter().any(used), "{tag}");
        }
    }
}

#[test]
fn unsigned_is_what_the_profile_names_and_every_role_is_one() {
    for surface in Surface::ALL {
        let document = surface.read();
        assert!(document["security"][0]["rfc9421"].is_array());
        for (path, method, operation) in operations(&document) {
            let signed = path.starts_with(surface.signed_below());
            let security = operation["security"].as_array().cloned().unwrap_or_default();
            let unsigned = security.iter().any(|all| all.as_object().unwrap().is_empty());
            assert_eq!(unsigned, !signed, "{path} {method}");
            for role in security.iter().filter_map(|all| all["rfc9421"].as_array()).flatten() {
                let role = role.as_str().unwrap();
                assert!(surface.has_role(role), "{path} {role}");
                let said = operation["description"].as_str().unwrap();
                assert!(said.contains(&format!("`{role}`")), "{path} {said}");
            }
        }
    }
}

/// Codes that are written as such in the sources of this crate, outside tests.
fn written_codes(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            written_codes(&path, found);
        } else if path.extension().is_some_and(|x| x == "rs") && !path.ends_with("tests.rs") {
            let source = fs::read_to_string(&path).unwrap();
            let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            let written = code.lines().filter_map(|line| line.trim().strip_prefix("code: \""));
            let written = written.filter_map(|rest| rest.split_once("\","));
            found.extend(written.map(|(code, _)| (path.clone(), code.to_owned())));
        }
    }
}

#[test]
fn every_code_is_listed_with_its_problem() {
    let listed: BTreeSet<_> = Surface::ALL
        .iter()
        .flat_map(|one| one.refusals())
        .map(|one| one.code().to_owned())
        .collect();
    assert!(listed.len() > 130, "{}", listed.len());
    let mut written = Vec::new();
    written_codes(&folder().join("src"), &mut written);
    assert!(written.len() > 2, "{written:?}");
    let spec = fs::read_to_string(folder().join("../docs/spec/gateway.md")).unwrap();
    for (path, code) in written {
        // What is said by a channel is no answer over HTTP; the specification lists it.
        if path.parent().is_some_and(|folder| folder.ends_with("channels")) {
            assert!(spec.contains(&format!("`{code}`")), "{}: {code}: gateway.md", path.display());
            continue;
        }
        assert!(listed.contains(&code), "{}: {code}: openapi::problems", path.display());
    }
    for surface in Surface::ALL {
        let text = surface.document().info.description.unwrap();
        let said = |problem: &Problem| text.contains(&format!("`{}`", problem.code()));
        assert!(surface.refusals().iter().all(said), "{}", surface.name());
    }
}

#[test]
fn a_problem_stands_under_its_status() {
    for surface in Surface::ALL {
        let document = surface.read();
        let responses = document["components"]["responses"].as_object().unwrap();
        let mut shown = BTreeSet::new();
        for (status, response) in responses {
            let examples = &response["content"]["application/problem+json"]["examples"];
            for (code, example) in examples.as_object().unwrap() {
                let problem: Problem = serde_json::from_value(example["value"].clone()).unwrap();
                assert_eq!(problem.status().as_str(), status, "{code}");
                assert_eq!(problem.code(), code);
                shown.insert(code.clone());
            }
        }
        let codes = surface.refusals().into_iter().map(|problem| problem.code().to_owned());
        assert_eq!(shown, codes.collect(), "{}", surface.name());
    }
}

fn parses<T: DeserializeOwned>(name: &str, example: &Value) {
    let parsed = serde_json::from_value::<T>(example.clone());
    assert!(parsed.is_ok(), "{name}: {:?}", parsed.err());
}

#[test]
fn every_request_example_is_one_that_the_gateway_reads() {
    for (name, example) in examples::requests() {
        match name {
            "PaymentRequest" => parses::<PaymentRequest>(name, &example),
            "CustomerInput" => parses::<customers::CustomerInput>(name, &example),
            "ProposalInput" => parses::<governance::ProposalInput>(name, &example),
            "ApprovalInput" => parses::<governance::ApprovalInput>(name, &example),
            "FreezeInput" => parses::<governance::FreezeInput>(name, &example),
            "OwnReserveInput" => parses::<custodian::OwnReserveInput>(name, &example),
            "Camt054Text" => {
                assert!(Camt054::find(example.as_str().unwrap().as_bytes()).is_ok());
            }
            "MintInput" => parses::<bank::MintInput>(name, &example),
            "MoveInput" => parses::<accounts::MoveInput>(name, &example),
            "RedemptionInput" => parses::<redemptions::RedemptionInput>(name, &example),
            "CloseInput" => parses::<redemptions::CloseInput>(name, &example),
            "EntryInput" => parses::<custodian::EntryInput>(name, &example),
            "AttestationInput" => parses::<custodian::AttestationInput>(name, &example),
            "Pacs008Text" => assert!(Pacs008::find(example.as_str().unwrap().as_bytes()).is_ok()),
            "Nothing" => parses::<super::Nothing>(name, &example),
            "RecallInput" => parses::<crate::exceptions::asking::RecallInput>(name, &example),
            "RejectInput" => parses::<crate::payments::review::RejectInput>(name, &example),
            "ReturnInput" => parses::<crate::exceptions::returns::ReturnInput>(name, &example),
            "AnswerInput" => parses::<crate::exceptions::answering::AnswerInput>(name, &example),
            "Camt056Text" => {
                let xml = example.as_str().unwrap().as_bytes();
                assert!(crate::exceptions::messages::read_recall(xml).is_ok());
            }
            "StandingOrderInput" => {
                parses::<crate::standing::work::StandingOrderInput>(name, &example);
            }
            "Pacs004Text" | "Pacs028Text" | "Pain001Text" | "Camt060Text" | "Camt110Text"
            | "Camt111Text" => {
                let report = iso20022::check::check(example.as_str().unwrap().as_bytes(), None);
                assert!(report.ok(), "{:?}", report.errors);
            }
            "QuoteInput" => parses::<contracts::QuoteInput>(name, &example),
            "CallApprovalInput" => {
                parses::<crate::contracts::approval::CallApprovalInput>(name, &example);
            }
            "CallOrderInput" => {
                parses::<crate::contracts::approval::CallOrderInput>(name, &example);
            }
            "AccountCheckInput" => {
                parses::<crate::checks::asking::AccountCheckInput>(name, &example);
            }
            "Acmt023Text" => {
                let xml = example.as_str().unwrap().as_bytes();
                assert!(crate::checks::messages::read(xml).is_ok());
            }
            "FxRatesInput" => parses::<crate::fx::rates::FxRatesInput>(name, &example),
            "FxQuoteInput" => parses::<crate::fx::asking::FxQuoteInput>(name, &example),
            "FxAcceptInput" => parses::<crate::fx::asking::FxAcceptInput>(name, &example),
            "CaseInput" => parses::<cases::CaseInput>(name, &example),
            "ActInput" => parses::<cases::ActInput>(name, &example),
            "CaseAnswerInput" => parses::<cases::CaseAnswerInput>(name, &example),
            "YesInput" => parses::<cases::YesInput>(name, &example),
            "ForwardInput" => parses::<cases::ForwardInput>(name, &example),
            "RuleInput" => parses::<rules::RuleInput>(name, &example),
            "TicketInput" => parses::<tickets::TicketInput>(name, &example),
            "TicketCheckInput" => parses::<tickets::TicketCheckInput>(name, &example),
            "TokenRequest" => parses::<crate::server::oauth_token::TokenRequest>(name, &example),
            "WebhookInput" => parses::<webhooks::WebhookInput>(name, &example),
            "PriorityInput" => parses::<crate::server::queue::PriorityInput>(name, &example),
            "ResumeInput" => parses::<webhooks::ResumeInput>(name, &example),
            other => panic!("{other}: say here what reads it"),
        }
    }
}

#[test]
fn the_example_of_a_pacs002_is_one() {
    let all = examples::all();
    let (_, example) = all.iter().find(|(name, _)| *name == "Pacs002Text").unwrap();
    let report = Pacs002::find(example.as_str().unwrap().as_bytes()).unwrap();
    assert_eq!(report.uetr.unwrap().to_string(), text::Uetr::EXAMPLE);
}

#[test]
fn texts_are_valid_by_the_rules_that_refuse_them() {
    assert_eq!(iso20022::parse_minor(text::Amount::EXAMPLE, 2), Ok(1_250_000));
    assert!(iso20022::identifier::parse_uetr(text::Uetr::EXAMPLE).is_some());
    assert!(iso20022::identifier::is_iban(text::IbanCode::EXAMPLE));
    assert!(iso20022::identifier::is_bic(text::BicCode::EXAMPLE));
    assert!(ledger_core::id::Lei::new(text::LeiCode::EXAMPLE).is_some());
    assert!(ledger_core::id::CommandId::from_hex(text::Id::EXAMPLE).is_some());
    assert!(ledger_core::id::PersonId::from_hex(text::Person::EXAMPLE).is_some());
    assert!(iso20022::parse_minor(text::Sum::EXAMPLE, 2).is_ok());
    assert!(hex::decode(text::HexBytes::EXAMPLE).is_ok());
    let ratio = crate::audit::reserves::ratio(1_020_408, 1_000_000);
    assert_eq!(ratio.as_deref(), Some(text::Ratio::EXAMPLE));
    assert!(ledger_core::id::Text::new(text::Reference::EXAMPLE).is_some());
    assert!(text::Time::EXAMPLE.parse::<jiff::Timestamp>().is_ok());
    assert!(interbank::Code::new(text::IsoCode::EXAMPLE).is_some());
    assert!(interbank::Line::new(text::TextLine::EXAMPLE).is_some());
}

/// Schemas that bodies of a document name.
fn bodies(document: &Value) -> BTreeSet<String> {
    let mut bodies = BTreeSet::new();
    for (_, _, operation) in operations(document) {
        let answers = operation["responses"].as_object().unwrap().values();
        for body in answers.chain([&operation["requestBody"]]) {
            for (_, content) in body["content"].as_object().into_iter().flatten() {
                let schema = &content["schema"];
                let one = [&schema["$ref"], &schema["items"]["$ref"], &schema["oneOf"][1]["$ref"]];
                let names = one.into_iter().filter_map(|to| to.as_str()?.rsplit('/').next());
                bodies.extend(names.map(str::to_owned));
            }
        }
    }
    bodies
}

#[test]
fn every_body_has_an_example() {
    for surface in Surface::ALL {
        let document = surface.read();
        let bodies = bodies(&document);
        assert!(bodies.len() > 5, "{bodies:?}");
        for name in bodies {
            // Problems stand as examples at the answers; a gateway's proofs are long, and the demo
            // leaves some; bytes show nothing.
            if name == "Problem"
                || name.ends_with("Bytes")
                || (name == "ProofFile" && surface == Surface::Gateway)
            {
                continue;
            }
            let example = &document["components"]["schemas"][&name]["examples"][0];
            assert!(!example.is_null(), "{name}: openapi::examples");
        }
    }
}

#[test]
fn every_example_is_valid_by_its_schema() {
    for surface in Surface::ALL {
        let document = surface.read();
        let mut checked = 0;
        let mut check = |name: &str, schema: &Value, example: &Value| {
            let found = schema::faults(&document, schema, example);
            assert!(found.is_empty(), "{} {name}: {found:#?}", surface.name());
            checked += 1;
        };
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            let named = serde_json::json!({"$ref": format!("#/components/schemas/{name}")});
            for example in schema["examples"].as_array().into_iter().flatten() {
                check(name, &named, example);
            }
        }
        for (status, response) in document["components"]["responses"].as_object().unwrap() {
            let content = &response["content"]["application/problem+json"];
            for (_, example) in content["examples"].as_object().unwrap() {
                check(status, &content["schema"], &example["value"]);
            }
        }
        for (path, _, operation) in operations(&document) {
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                if let Some(example) = parameter.get("example") {
                    check(path, &parameter["schema"], example);
                }
            }
        }
        assert!(checked > 30, "{checked}");
    }
}

#[test]
fn the_examples_of_the_audit_api_name_what_there_is() {
    let all = audit::examples();
    let (_, report) = all.iter().find(|(name, _)| *name == "Report").unwrap();
    let codes = report["counts"]["refusals_by_code"].as_object().unwrap();
    for code in codes.keys() {
        let known = ledger_core::refusal::Refusal::ALL.iter().any(|one| one.code() == code);
        assert!(known, "{code}");
    }
    let counted: u64 = codes.values().filter_map(Value::as_u64).sum();
    assert_eq!(report["counts"]["refusals"], counted);
    let minor = |value: &Value| iso20022::parse_minor(value.as_str().unwrap(), 2).unwrap();
    let classes =
        ["available", "held", "preburned", "contract"].map(|of| minor(&report["supply"][of]));
    assert_eq!(classes.iter().sum::<u128>(), minor(&report["supply"]["supply"]));
    let facts = &report["reserves"];
    let ratio = crate::audit::reserves::ratio(minor(&facts["effective"]), minor(&facts["claims"]));
    assert_eq!(facts["coverage"].as_str(), ratio.as_deref());
    let reserve = &facts["reserves"][0];
    let attested = minor(&reserve["attestation"]["available"]);
    let after = minor(&reserve["after"]["credits"]) - minor(&reserve["after"]["debits"]);
    assert_eq!(attested + after, minor(&reserve["effective"]));
    assert_eq!(reserve["effective"], facts["effective"]);
}

#[test]
fn the_viewer_is_as_published() {
    let assets = folder().join("assets/swagger-ui");
    let sums = fs::read_to_string(assets.join("SHA256SUMS")).unwrap();
    assert!(sums.lines().count() >= 5);
    for line in sums.lines() {
        let (digest, name) = line.split_once("  ").unwrap();
        let bytes = fs::read(assets.join(name)).unwrap();
        assert_eq!(hex::encode(Sha256::digest(bytes)), digest, "{name}");
    }
}

/// Paths are written out for the attributes; those that clients use are constants.
#[test]
fn the_ledger_port_is_described_under_the_paths_that_its_client_uses() {
    use crate::ledger_port::{
        BATCH_BYTES, BATCH_COMMANDS, BCS, BLOCKS, COMMAND_BATCHES, COMMANDS, DIRECTORY,
        LATEST_HEADER, MAX_WAIT_MS, PAGE_BLOCKS, PAGE_RECEIPTS, RECEIPTS, RECORDS, STATUS,
    };
    use ledger_core::limits::{MAX_BULK_BYTES, MAX_COMMAND_BYTES};
    let document = Surface::LedgerPort.read();
    let record = format!("{RECORDS}/{{name}}");
    let sent = [COMMANDS, COMMAND_BATCHES];
    let read = [RECEIPTS, &record, DIRECTORY, LATEST_HEADER, BLOCKS, STATUS];
    for path in sent.into_iter().chain(read) {
        let operation = &document["paths"][path];
        assert!(operation.is_object(), "{path}");
        let body = &operation["get"]["responses"]["200"]["content"];
        let bytes =
            if sent.contains(&path) { &operation["post"]["requestBody"]["content"] } else { body };
        let kinds: Vec<_> = bytes.as_object().unwrap().keys().map(String::as_str).collect();
        let expected = if path == STATUS { "application/json" } else { BCS };
        assert!(kinds.contains(&expected), "{path}: {kinds:?}");
    }
    for (path, most) in [(RECEIPTS, PAGE_RECEIPTS), (BLOCKS, PAGE_BLOCKS)] {
        let parameters = document["paths"][path]["get"]["parameters"].as_array().unwrap();
        let example = |name: &str| {
            let found = parameters.iter().find(|one| one["name"] == name).unwrap();
            found["example"].as_u64()
        };
        assert_eq!(example("limit"), u64::try_from(most).ok(), "{path}");
        assert_eq!(example("wait_ms"), Some(MAX_WAIT_MS), "{path}");
    }
    let limits = [
        ("SignedCommandBytes", format!("{} KiB", MAX_COMMAND_BYTES >> 10)),
        ("SignedCommandBytes", format!("a bulk {} MiB", MAX_BULK_BYTES >> 20)),
        ("SignedCommandsBytes", format!("1 to {BATCH_COMMANDS} signed commands")),
        ("SignedCommandsBytes", format!("{} MiB in all", BATCH_BYTES >> 20)),
    ];
    for (name, limit) in limits {
        let said = document["components"]["schemas"][name]["description"].as_str().unwrap();
        assert!(said.split_whitespace().collect::<Vec<_>>().join(" ").contains(&limit), "{said}");
    }
}

/// Every row: an operation, and the statuses that it may be answered with.
#[test]
fn an_operation_names_the_statuses_that_it_may_meet_and_no_other() {
    let any = [401, 429, 500, 503];
    let rows: [(Surface, &str, &str, &[u16]); 19] = [
        (Surface::Audit, "get", "/healthz", &[]),
        (Surface::Audit, "get", "/audit/v1/supply", &[400, 403, 409, 410, 422]),
        (Surface::Audit, "get", "/audit/v1/report", &[400, 403, 410, 422]),
        (Surface::Audit, "get", "/audit/v1/mints", &[400, 403, 409, 410, 422]),
        (Surface::Audit, "get", "/audit/v1/cases/{uetr}", &[400, 403, 404, 410]),
        (Surface::Audit, "get", "/audit/v1/receipts/{command}", &[400, 403, 404, 410]),
        (
            Surface::Audit,
            "get",
            "/audit/v1/accounts/{account}/history",
            &[400, 403, 404, 409, 410, 422],
        ),
        (Surface::Audit, "get", "/audit/v1/members/{lei}/accounts", &[400, 403, 404, 410]),
        (Surface::Audit, "get", "/audit/v1/members/{lei}/customers", &[400, 403, 404, 410]),
        (
            Surface::Audit,
            "get",
            "/audit/v1/members/{lei}/payments",
            &[400, 403, 404, 409, 410, 422],
        ),
        (Surface::Audit, "get", "/audit/v1/consistency", &[400, 403, 409, 410]),
        (Surface::LedgerPort, "post", "/ledger/v1/commands", &[400, 403, 404, 408, 413, 421, 422]),
        (
            Surface::LedgerPort,
            "post",
            "/ledger/v1/command-batches",
            &[400, 403, 404, 408, 413, 421],
        ),
        (Surface::LedgerPort, "get", "/ledger/v1/blocks", &[400, 404, 421]),
        (Surface::LedgerPort, "get", "/ledger/v1/handovers", &[400, 404]),
        (Surface::LedgerPort, "get", "/ledger/v1/receipts", &[400, 404, 410]),
        (Surface::LedgerPort, "get", "/ledger/v1/records/{name}", &[400, 404]),
        (Surface::LedgerPort, "get", "/ledger/v1/status", &[404]),
        (Surface::Gateway, "get", "/v1/accounts", &[403, 404]),
    ];
    for (surface, method, path, own) in rows {
        let document = surface.read();
        let responses = document["paths"][path][method]["responses"].as_object().unwrap();
        let named = responses.keys().map(|status| status.parse().unwrap());
        let named: BTreeSet<u16> = named.filter(|status| *status >= 400).collect();
        let any = any.iter().filter(|_| path != "/healthz");
        assert_eq!(named, any.chain(own).copied().collect(), "{path}");
    }
}
