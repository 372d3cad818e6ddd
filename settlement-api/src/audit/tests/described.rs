//! What is answered against what the document says of it.

use std::collections::BTreeSet;

use ledger_core::receipt::{Effect, Outcome};
use serde_json::{Value, json};

use super::*;
use crate::openapi::tests::{operations, roles, schema, target};

/// The operation that a path is of.
fn operation<'a>(document: &'a Value, path: &str) -> Option<&'a Value> {
    let is = |template: &str| {
        let (wanted, given) = (template.split('/'), path.split('/'));
        let same = |(wanted, given): (&str, &str)| wanted.starts_with('{') || wanted == given;
        wanted.clone().count() == given.clone().count() && wanted.zip(given).all(same)
    };
    operations(document).into_iter().find_map(|(template, _, found)| is(template).then_some(found))
}

/// An answer is one that its operation describes: the status, what the body holds, and the code of a
/// problem. A path without operation is not described.
pub(super) fn holds(document: &Value, target: &str, status: u16, body: &Value) {
    let path = target.split('?').next().unwrap();
    let Some(operation) = operation(document, path) else {
        assert_eq!(status, 404, "{target}");
        return;
    };
    let mut answer = &operation["responses"][status.to_string()];
    if let Some(named) = answer["$ref"].as_str() {
        answer = document.pointer(named.strip_prefix('#').unwrap()).unwrap();
    }
    let media = if status == 200 { "application/json" } else { "application/problem+json" };
    let content = &answer["content"][media];
    assert!(content.is_object(), "{target}: {status} is not described");
    let found = schema::faults(document, &content["schema"], body);
    assert!(found.is_empty(), "{target}: {found:#?}");
    if status != 200 {
        let code = body["code"].as_str().unwrap();
        assert!(content["examples"][code].is_object(), "{target}: {code} is not among {status}");
    }
}

async fn answered(app: Data<AuditApp>, request: TestRequest) -> (u16, Value) {
    let service = init_service(App::new().app_data(app).configure(routes)).await;
    let response = call_service(&service, request.to_request()).await;
    let status = response.status().as_u16();
    let body = read_body(response).await;
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

#[actix_web::test]
async fn every_report_is_valid_by_the_schema_of_its_answer() {
    let document = Surface::Audit.read();
    let rows = [
        "/audit/v1/supply?currency=USD&at=0",
        "/audit/v1/reserves?currency=USD",
        "/audit/v1/reserves?currency=USD&at=3",
        "/audit/v1/mints?currency=USD&from=1&to=7",
        "/audit/v1/redemptions?currency=USD",
        "/audit/v1/report?currency=USD",
    ];
    for (nonce, target) in (0..).zip(rows) {
        let (status, body) = answered(app(Fake::new(true, false)), get(target, 7, nonce)).await;
        assert_eq!(status, 200, "{target}: {body}");
        holds(&document, target, status, &body);
    }
}

fn keeps_account() -> Fake {
    Fake::of(TestJournal::sample(&TestNetwork::new(4)), 7)
}

fn keeps_member() -> Fake {
    Fake::with_member(TestMember::new(&TestNetwork::new(4)))
}

/// The names of an object's members, and of those within them.
fn names(value: &Value, before: &str, found: &mut BTreeSet<String>) {
    for (name, value) in value.as_object().into_iter().flatten() {
        let name = format!("{before}/{name}");
        names(value, &name, found);
        found.insert(name);
    }
}

/// A file's summary has the members that the example of its format shows.
fn is_as_its_example(document: &Value, file: &Value) {
    let examples = document["components"]["schemas"]["ProofFile"]["examples"].as_array().unwrap();
    let example = examples.iter().find(|one| one["format"] == file["format"]);
    let [mut shown, mut found] = [BTreeSet::new(), BTreeSet::new()];
    names(&example.unwrap()["summary"], "", &mut shown);
    names(&file["summary"], "", &mut found);
    assert_eq!(shown, found, "{}", file["format"]);
}

#[actix_web::test]
async fn every_file_is_valid_by_the_schema_of_its_answer_and_as_its_example() {
    let document = Surface::Audit.read();
    let history = format!("/audit/v1/accounts/{}/history?from=3", "aa".repeat(32));
    let of_member = |query: &str| format!("/audit/v1/members/{}/{query}", lei("PAYER").text());
    let rows: [(String, fn() -> Fake); 6] = [
        (history, keeps_account),
        (of_member("accounts"), keeps_member),
        (of_member("accounts?from=1"), keeps_member),
        (of_member("customers"), keeps_member),
        (of_member("payments?role=payer&currency=USD&from=3&to=5"), keeps_member),
        ("/audit/v1/consistency?from=3".to_owned(), Fake::with_chain),
    ];
    for (nonce, (target, fake)) in (0..).zip(rows) {
        let (status, body) = answered(app(fake()), get(&target, 7, nonce)).await;
        assert_eq!(status, 200, "{target}: {body}");
        holds(&document, &target, status, &body);
        is_as_its_example(&document, &body);
    }
}

/// Every word that the document has for a role is read as one, and no other is.
#[test]
fn roles_in_payments_are_those_that_are_read() {
    let document = Surface::Audit.read();
    let words = &document["components"]["schemas"]["RoleInPayments"]["enum"];
    let words: Vec<_> = words.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let all = [PaymentRole::Payer, PaymentRole::Payee, PaymentRole::Any];
    assert_eq!(words, all.map(PaymentRole::name));
    assert!(words.iter().all(|word| PaymentRole::named(word).is_some()));
    assert!(PaymentRole::named("bank").is_none());
}

#[actix_web::test]
async fn the_evidence_of_a_payment_is_valid_by_the_schema_of_its_answer() {
    let document = Surface::Audit.read();
    let network = TestNetwork::new(4);
    let settled = network.receipt(0, Outcome::Applied(Effect::Settled));
    let (command, uetr) = (settled.command, settled.leg.unwrap().uetr.to_text());
    let (proof, header) = network.receipt_proof(&[settled]);
    let certificate = network.certify(&header);
    let paid = ProvedReceipt { proof, certified: Certified { header, certificate } };
    let targets = [format!("/audit/v1/cases/{uetr}"), format!("/audit/v1/receipts/{command}")];
    let mut bodies = Vec::new();
    for (nonce, target) in (0..).zip(&targets) {
        let fake = Fake { paid: Some(paid.clone()), ..Fake::new(true, false) };
        let (status, body) = answered(app(fake), get(target, 7, nonce)).await;
        assert_eq!(status, 200, "{target}: {body}");
        holds(&document, target, status, &body);
        bodies.push(body);
    }
    let leg = &bodies[0]["legs"][0];
    assert_eq!((&leg["kind"], &leg["unproven_receipts"]), (&json!("pacs.008"), &json!(1)));
    let file: Value = serde_json::from_str(leg["receipts"][0]["file"].as_str().unwrap()).unwrap();
    assert_eq!(file, bodies[1]);
    is_as_its_example(&document, &file);
}

#[actix_web::test]
async fn the_document_that_is_served_is_the_observers() {
    let request = TestRequest::get().uri("/openapi.json");
    let (status, body) = answered(app(Fake::new(true, false)), request).await;
    assert_eq!((status, body), (200, Surface::Audit.read()));
    let health = TestRequest::get().uri("/healthz");
    let (status, body) = answered(app(Fake::new(true, false)), health).await;
    holds(&Surface::Audit.read(), "/healthz", status, &body);
}

/// Every operation with every signer: an auditor, a key that is known and no client's, and none.
#[actix_web::test]
async fn those_are_let_in_whom_the_document_names() {
    let document = Surface::Audit.read();
    let (auditor, other) = (7, 9);
    let mut named = BTreeSet::new();
    for (nonce, (path, _, operation)) in (0..).zip(operations(&document)) {
        let target = target(&document, path, operation);
        let unsigned = TestRequest::get().uri(&target);
        let (status, body) = answered(knowing(other), unsigned).await;
        let Some(roles) = roles(operation) else {
            assert_eq!(status, 200, "{target}");
            continue;
        };
        assert_eq!(status, 401, "{target}: {body}");
        named.extend(roles.iter().map(|role| (*role).to_owned()));
        let (status, body) = answered(knowing(other), get(&target, other, nonce)).await;
        assert_eq!((status, body["code"].as_str()), (403, Some("role_missing")), "{target}");
        holds(&document, &target, status, &body);
        let (status, body) = answered(knowing(other), get(&target, auditor, nonce)).await;
        let let_in = status != 401 && status != 403;
        assert_eq!(let_in, roles == [AUDITOR], "{target}: {status} {body}");
        holds(&document, &target, status, &body);
    }
    assert_eq!(named, BTreeSet::from([AUDITOR.to_owned()]));
}

/// With a key that may sign and is no client's.
fn knowing(secret: u8) -> Data<AuditApp> {
    let app = app(Fake::new(true, false));
    let other = SigningKey::from_bytes(&[secret; 32]).public_key();
    let clients = app.clients.clone();
    let keys: Vec<[u8; 32]> = clients.keys().map(|key| *key.get()).chain([other]).collect();
    let known = move |key: &[u8; 32]| keys.contains(key);
    let nonces = MemoryNonceStore::new(NonceLimits::default());
    Data::new(AuditApp {
        ledger: Arc::clone(&app.ledger),
        clients,
        authenticator: Authenticator::new(Arc::new(known), Arc::new(nonces)),
        counted: Arc::clone(&app.counted),
    })
}
