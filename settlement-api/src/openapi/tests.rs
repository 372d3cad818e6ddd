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

use super::{examples, problems, text};
use crate::{
    payments::intake::PaymentRequest,
    server::{ClientRole, ROWS, bank, custodian, customers, governance, redemptions},
};

/// The copy that people and tools read without a gateway.
const COMMITTED: &str = "../docs/api/openapi.json";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn document() -> Value {
    serde_json::from_str(&super::json()).unwrap()
}

/// Path, method, operation.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let each = paths.flat_map(|(path, item)| {
        let item = item.as_object().unwrap().iter();
        item.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    });
    each.collect()
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
    let document = document();
    let served: BTreeSet<_> = ROWS.iter().map(|(method, path)| (*path, *method)).collect();
    let described: BTreeSet<_> =
        operations(&document).iter().map(|(path, method, _)| (*path, *method)).collect();
    assert_eq!(served.len(), ROWS.len(), "a route is registered twice");
    assert_eq!(described, served, "left: #[utoipa::path], right: server::routes");
}

#[test]
fn the_committed_document_is_the_generated_one() {
    let path = folder().join(COMMITTED);
    let generated = super::json();
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &generated).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let differs = committed.lines().zip(generated.lines()).find(|(a, b)| a != b);
    assert!(
        committed == generated,
        "docs/api/openapi.json is not what the code says (first difference: {differs:?}); \
         UPDATE_OPENAPI=1 cargo test -p settlement-api openapi"
    );
}

#[test]
fn it_is_openapi_3_1_and_every_reference_leads_somewhere() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut found = Vec::new();
    values(&document, &mut found);
    let references = found.iter().filter(|(key, _)| *key == "$ref").map(|(_, to)| to);
    let references: Vec<_> = references.filter_map(|to| to.as_str()).collect();
    assert!(references.len() > 100);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn operations_have_names_of_their_own_a_summary_and_a_known_tag() {
    let document = document();
    let tags = document["tags"].as_array().unwrap();
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{path} {method}");
        let summary = operation["summary"].as_str().unwrap_or_default();
        assert!(!summary.is_empty() && !summary.starts_with('`'), "{path} {method}: {summary}");
        assert!(tags.iter().any(|tag| tag["name"] == operation["tags"][0]), "{path} {method}");
    }
}

#[test]
fn unsigned_is_what_the_profile_names_and_every_role_is_one() {
    let document = document();
    assert!(document["security"][0]["rfc9421"].is_array());
    for (path, method, operation) in operations(&document) {
        let versioned = path.starts_with("/v1/");
        let security = operation["security"].as_array().cloned().unwrap_or_default();
        let unsigned = security.iter().any(|all| all.as_object().unwrap().is_empty());
        assert_eq!(unsigned, !versioned, "{path} {method}");
        for role in security.iter().filter_map(|all| all["rfc9421"].as_array()).flatten() {
            let role = role.as_str().unwrap();
            // A member is no client: its transport key stands in the directory.
            assert!(role == "member" || ClientRole::from_name(role).is_some(), "{path} {role}");
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
            let code = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
            let written = code.lines().filter_map(|line| line.trim().strip_prefix("code: \""));
            let written = written.filter_map(|rest| rest.split_once("\","));
            found.extend(written.map(|(code, _)| (path.clone(), code.to_owned())));
        }
    }
}

#[test]
fn every_code_is_listed_with_its_problem() {
    let listed: BTreeSet<_> =
        problems::all().iter().map(|problem| problem.code().to_owned()).collect();
    assert!(listed.len() > 130, "{}", listed.len());
    let mut written = Vec::new();
    written_codes(&folder().join("src"), &mut written);
    assert!(written.len() > 2, "{written:?}");
    for (path, code) in written {
        assert!(listed.contains(&code), "{}: {code}: openapi::problems", path.display());
    }
    let document = document();
    let text = document["info"]["description"].as_str().unwrap();
    assert!(listed.iter().all(|code| text.contains(&format!("`{code}`"))));
}

#[test]
fn a_problem_stands_under_its_status() {
    let document = document();
    let responses = document["components"]["responses"].as_object().unwrap();
    for (status, response) in responses {
        let examples = &response["content"]["application/problem+json"]["examples"];
        for (code, example) in examples.as_object().unwrap() {
            let problem: crate::problem::Problem =
                serde_json::from_value(example["value"].clone()).unwrap();
            assert_eq!(problem.status().as_str(), status, "{code}");
            assert_eq!(problem.code(), code);
        }
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
            "RedemptionInput" => parses::<redemptions::RedemptionInput>(name, &example),
            "CloseInput" => parses::<redemptions::CloseInput>(name, &example),
            "EntryInput" => parses::<custodian::EntryInput>(name, &example),
            "AttestationInput" => parses::<custodian::AttestationInput>(name, &example),
            "Pacs008Text" => assert!(Pacs008::find(example.as_str().unwrap().as_bytes()).is_ok()),
            "Nothing" => parses::<super::Nothing>(name, &example),
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
    assert!(ledger_core::id::Text::new(text::Reference::EXAMPLE).is_some());
    assert!(text::Time::EXAMPLE.parse::<jiff::Timestamp>().is_ok());
}

#[test]
fn every_json_body_has_an_example_that_has_what_its_schema_names() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    let mut bodies = BTreeSet::new();
    for (_, _, operation) in operations(&document) {
        let answers = operation["responses"].as_object().unwrap().values();
        for body in answers.chain([&operation["requestBody"]]) {
            let schema = &body["content"]["application/json"]["schema"];
            let one = [&schema["$ref"], &schema["items"]["$ref"], &schema["oneOf"][1]["$ref"]];
            bodies.extend(one.into_iter().filter_map(Value::as_str));
        }
    }
    assert!(bodies.len() > 10, "{bodies:?}");
    for body in bodies {
        let name = body.rsplit('/').next().unwrap();
        // A proof is long; the demo leaves some.
        if name == "ProofFile" {
            continue;
        }
        let schema = &schemas[name];
        let example = schema["examples"][0].as_object();
        let example = example.unwrap_or_else(|| panic!("{name}: openapi::examples"));
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        assert!(required.iter().all(|field| example.contains_key(field.as_str().unwrap())));
        assert!(example.keys().all(|field| schema["properties"].get(field).is_some()), "{name}");
    }
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
