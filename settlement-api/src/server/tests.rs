//! Every operation over HTTP with every kind of signer, at a gateway that reaches no validator.

use actix_web::{
    App as Site,
    test::{TestRequest, call_service, init_service, read_body_json},
};
use ed25519_zebra::SigningKey;
use ledger_core::{
    authority::RoleKey,
    digest::Hash32,
    id::{PersonId, Text},
    member::DirectoryEntry,
};
use serde_json::{Value, json};
use verifier::testing::{TestNetwork, lei};
use zeroize::Zeroizing;

use super::*;
use crate::{
    client::{ClientLimits, SignedClient},
    gateway::Parts,
    http_signature::{RequestParts, RequestSigner, sign, unix_now_s},
    keys::Keys,
    ledger_port::LedgerClient,
    nonce::{MemoryNonceStore, NonceLimits},
    openapi::{
        Surface,
        tests::{operations, roles, target},
    },
    payments::value_date::ValueDates,
    port::MemoryStore,
};

/// Secret of the transport key of another member.
const MEMBER: u8 = 100;

/// Secret of the only client with a role.
fn secret(role: ClientRole) -> u8 {
    let place = ClientRole::ALL.iter().position(|one| *one == role).unwrap();
    u8::try_from(place).unwrap() + 1
}

fn key(secret: u8) -> PublicKey {
    PublicKey::new(SigningKey::from_bytes(&[secret; 32]).public_key())
}

/// A gateway without validators, with one client per role and one other member.
fn app() -> Data<App> {
    let committee = Arc::new(TestNetwork::new(4).committee());
    let transport: Arc<dyn RequestSigner> = Arc::new(SigningKey::from_bytes(&[200; 32]));
    let keys = Keys {
        lei: lei("BANK"),
        signers: BTreeMap::new(),
        transport: Arc::clone(&transport),
        encryption: Zeroizing::new([3; 32]),
    };
    let parts = Parts {
        keys,
        store: Arc::new(MemoryStore::default()),
        ledger: LedgerClient::new(Vec::new(), Arc::clone(&transport), committee).unwrap(),
        peers: SignedClient::new(transport, ClientLimits::default()).unwrap(),
        gate: None,
        clearing_systems: Vec::new(),
        acceptance_time: Duration::from_secs(5),
        anchor_interval: Duration::from_secs(60),
        value_dates: ValueDates::default(),
        clock: Arc::new(jiff::Timestamp::now),
    };
    let gateway = Gateway::new(parts).unwrap();
    let organisation = lei("OTHER");
    let person = PersonId::new([1; 16]);
    gateway.directory.learn(vec![DirectoryEntry {
        lei: organisation,
        aliases: Vec::new(),
        endpoint: Text::new("http://127.0.0.1:1").unwrap(),
        encryption: Hash32::ZERO,
        keys: vec![RoleKey { key: key(MEMBER), role: Role::Transport, person, organisation }],
    }]);
    let client = |role| (key(secret(role)), Client { name: String::new(), roles: vec![role] });
    let known = |_: &[u8; 32]| true;
    let nonces = MemoryNonceStore::new(NonceLimits::default());
    Data::new(App {
        gateway,
        clients: ClientRole::ALL.map(client).into(),
        authenticator: Authenticator::new(Arc::new(known), Arc::new(nonces)),
    })
}

/// Media type and bytes of what an operation is asked with.
type Asking = (&'static str, Vec<u8>);

/// Bodies that an operation takes: who may propose or freeze depends on what.
fn bodies(document: &Value, path: &str, operation: &Value) -> Vec<Asking> {
    let content = &operation["requestBody"]["content"];
    if path == "/v1/proposals" {
        let unfreeze = json!({"action": "unfreeze", "minting": "USD"});
        let open =
            json!({"action": "open_account", "member": lei("OTHER").text(), "currency": "USD"});
        return [unfreeze, open].map(|body| ("application/json", body.to_string().into())).into();
    }
    let example = |media: &str| {
        let named = content[media]["schema"]["$ref"].as_str()?;
        let example = document.pointer(&named[1..])?["examples"].get(0)?;
        Some(example.as_str().map_or_else(|| example.to_string(), str::to_owned).into_bytes())
    };
    for media in ["application/json", "application/xml"] {
        if let Some(example) = example(media) {
            return vec![(media, example)];
        }
    }
    match content.as_object() {
        Some(_) => vec![(crate::ledger_port::BCS, b"sealed".to_vec())],
        None => vec![("", Vec::new())],
    }
}

/// A request, signed by a key for the `number`-th time if there is one.
fn request(method: &str, target: &str, asking: &Asking, signer: Option<(u8, u32)>) -> TestRequest {
    let (media, body) = asking;
    let request = match method {
        "get" => TestRequest::get(),
        "post" => TestRequest::post(),
        other => panic!("{other}"),
    };
    let request = request.uri(target).set_payload(body.clone());
    let Some((secret, number)) = signer else { return request };
    let mut nonce = [0; 16];
    nonce[..4].copy_from_slice(&number.to_le_bytes());
    let named = (method == "post").then(|| format!("request-{number}"));
    let parts = RequestParts {
        method: &method.to_uppercase(),
        path: target,
        query: None,
        content_type: Some(*media).filter(|media| !media.is_empty()),
        idempotency_key: named.as_deref(),
        body,
    };
    let headers = sign(&parts, &SigningKey::from_bytes(&[secret; 32]), unix_now_s(), nonce);
    let headers = headers.unwrap();
    let mut request = request
        .insert_header(("signature-input", headers.signature_input))
        .insert_header(("signature", headers.signature));
    if let Some(digest) = headers.content_digest {
        request = request.insert_header(("content-digest", digest));
        request = request.insert_header(("content-type", *media));
    }
    match named {
        Some(name) => request.insert_header(("idempotency-key", name)),
        None => request,
    }
}

/// The roles of the document are those that handlers enforce: every operation is asked by a client
/// of every role and by another member, and refused to exactly those that it does not name.
#[actix_web::test]
async fn those_are_let_in_whom_the_document_names() {
    let document = Surface::Gateway.read();
    let service = init_service(Site::new().app_data(app()).configure(routes)).await;
    let clients = ClientRole::ALL.map(|role| (Some(role), secret(role)));
    let mut number = 0;
    let (mut let_in, mut refused) = (0, 0);
    for (path, method, operation) in operations(&document) {
        let target = target(&document, path, operation);
        let bodies = bodies(&document, path, operation);
        let roles = roles(operation);
        let unsigned = request(method, &target, &bodies[0], None);
        let status = call_service(&service, unsigned.to_request()).await.status().as_u16();
        assert_eq!(status == 401, roles.is_some(), "{method} {path}: {status} without signature");
        let Some(roles) = roles else { continue };
        for (role, secret) in clients.into_iter().chain([(None, MEMBER)]) {
            let named = match role {
                // Where no role is named, every client of the gateway may ask.
                Some(_) if roles.is_empty() => true,
                Some(role) => roles.iter().any(|one| ClientRole::from_name(one) == Some(role)),
                None => roles.contains(&"member"),
            };
            let mut may = false;
            for body in &bodies {
                number += 1;
                let request = request(method, &target, body, Some((secret, number)));
                let response = call_service(&service, request.to_request()).await;
                let status = response.status().as_u16();
                assert_ne!(status, 401, "{method} {path} {role:?}");
                may |= status != 403;
                if status == 403 {
                    let problem: Value = read_body_json(response).await;
                    assert_eq!(problem["code"], "role_missing", "{method} {path} {role:?}");
                }
            }
            assert_eq!(may, named, "{method} {path} {role:?}: left: the handler, right: document");
            *(if may { &mut let_in } else { &mut refused }) += 1;
        }
    }
    assert!(let_in > 50 && refused > 100, "{let_in} {refused}");
}

/// Every path by every verb that it does not serve: what it serves stands in `Allow`, nobody need sign.
#[actix_web::test]
async fn a_verb_that_a_path_does_not_serve_is_405_with_those_that_it_does() {
    let document = Surface::Gateway.read();
    let service = init_service(Site::new().app_data(app()).configure(routes)).await;
    let mut asked = 0;
    for (path, _, operation) in operations(&document) {
        let target = target(&document, path, operation);
        let path_only = target.split('?').next().unwrap();
        let served: Vec<_> = ROWS.iter().filter(|(_, row)| row == &path).map(|(m, _)| *m).collect();
        for verb in ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "FLORIN"]
        {
            // These have the form of the path of a ticket, or of a call, too.
            let named = ["/v1/tickets/check", "/v1/contracts/calls/quote"].contains(&path);
            if served.contains(&verb.to_lowercase().as_str()) || named {
                continue;
            }
            let method = actix_web::http::Method::from_bytes(verb.as_bytes()).unwrap();
            let request = TestRequest::default().method(method).uri(path_only).to_request();
            let answer = call_service(&service, request).await;
            assert_eq!(answer.status(), 405, "{verb} {path}");
            let allowed = answer.headers().get("allow").unwrap().to_str().unwrap().to_lowercase();
            assert_eq!(allowed.split(", ").collect::<Vec<_>>(), served, "{verb} {path}");
            let media = answer.headers().get("content-type").unwrap();
            assert_eq!(media, crate::problem::CONTENT_TYPE);
            let problem: Value = read_body_json(answer).await;
            assert_eq!(problem["code"], "method_not_allowed");
            asked += 1;
        }
    }
    assert!(asked > 400, "{asked}");
    let nowhere = TestRequest::delete().uri("/v1/nothing").to_request();
    assert_eq!(call_service(&service, nowhere).await.status(), 404);
}

#[actix_web::test]
async fn identifiers_of_two_members_name_nobody() {
    let app = app();
    let entry = |name: &str, bic: &str| DirectoryEntry {
        lei: lei(name),
        aliases: vec![Text::new(bic).unwrap()],
        endpoint: Text::new("http://127.0.0.1:1").unwrap(),
        encryption: Hash32::ZERO,
        keys: Vec::new(),
    };
    let directory = &app.gateway.directory;
    directory.learn(vec![entry("PAYEE", "BIC:AAAADEFF"), entry("THIRD", "BIC:BBBBDEFF")]);
    let by = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        directory.by_alias(&names).map(|entry| entry.lei)
    };
    let third = format!("LEI:{}", lei("THIRD").text());
    assert_eq!(by(&["BIC:AAAADEFF"]), Some(lei("PAYEE")));
    assert_eq!(by(&["BIC:BBBBDEFF", &third]), Some(lei("THIRD")));
    assert_eq!(by(&["BIC:AAAADEFF", &third]), None);
    assert_eq!(by(&["BIC:CCCCDEFF"]), None);
}
