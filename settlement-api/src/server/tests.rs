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
    inquiries::contacts::Contacts,
    keys::Keys,
    ledger_port::LedgerClient,
    nonce::{MemoryNonceStore, NonceLimits},
    oauth::{BY_TOKEN, ClientProof, Scope, TokenClient, Tokens},
    openapi::{
        Surface,
        tests::{operations, roles, target},
    },
    payments::value_date::ValueDates,
    port::MemoryStore,
};

mod assertions;
mod limits;

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

/// The client of a role that gets tokens; its secret is its id.
fn token_client(role: ClientRole) -> (String, TokenClient) {
    use sha2::Digest as _;
    let secret = Hash32::new(sha2::Sha256::digest(role.name()).into());
    let scopes = vec![Scope { role, reads: false }];
    let proof = ClientProof::Secret(secret);
    (
        role.name().to_owned(),
        TokenClient { name: role.name().to_owned(), proof, scopes, bound: false },
    )
}

/// A gateway without validators, with one client per role and one other member.
fn app() -> Data<App> {
    let tokens = Tokens::new(ClientRole::ALL.map(token_client).into());
    app_of(tokens, NonceLimits::default())
}

/// The same with these clients that get tokens.
fn app_of(tokens: Tokens, limits: NonceLimits) -> Data<App> {
    let committee = Arc::new(TestNetwork::new(4).committee());
    let transport: Arc<dyn RequestSigner> = Arc::new(SigningKey::from_bytes(&[200; 32]));
    let keys = Keys {
        lei: lei("BANK"),
        signers: BTreeMap::new(),
        transport: Arc::clone(&transport),
        encryption: Zeroizing::new([3; 32]),
        other_encryption: None,
    };
    let parts = Parts {
        keys,
        store: Arc::new(MemoryStore::default()),
        ledger: LedgerClient::new(Vec::new(), Arc::clone(&transport), committee).unwrap(),
        peers: SignedClient::new(transport, ClientLimits::default()).unwrap(),
        shared_networks: [].into(),
        web: crate::tls::ServerTrust::ThisHost,
        gate: None,
        clearing_systems: Vec::new(),
        acceptance_time: Duration::from_secs(5),
        review_time: Duration::from_secs(3_600),
        review: crate::payments::review::policy::ReviewPolicy::default(),
        anchor_interval: Duration::from_secs(60),
        sandbox: false,
        value_dates: ValueDates::default(),
        contacts: Contacts::default(),
        duplicates: crate::payments::intake::Duplicates::default(),
        recall_time: None,
        queue: crate::payments::queue::QueuePolicy::default(),
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
    let nonces = MemoryNonceStore::new(limits);
    Data::new(App {
        gateway,
        clients: ClientRole::ALL.map(client).into(),
        authenticator: Authenticator::new(Arc::new(known), Arc::new(nonces)),
        tokens,
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

/// Every operation besides reading is one for which a token is enough, or one that must be signed: a
/// new one stands in neither list.
#[test]
fn z2_every_operation_that_is_more_than_reading_is_in_one_list() {
    const SIGNED_ALONE: &[&str] = &[
        "/oauth/token",
        "/v1/payments",
        "/v1/payments/{uetr}/credit",
        "/v1/payments/{uetr}/cancel",
        "/v1/queue/{uetr}/cancel",
        "/v1/queue/{uetr}/priority",
        "/v1/payments/{uetr}/accept",
        "/v1/payments/{uetr}/accept/approve",
        "/v1/payments/{uetr}/reject",
        "/v1/standing-orders",
        "/v1/standing-orders/{standing_order}/cancel",
        "/v1/inbox",
        "/v1/customers",
        "/v1/mint-requests",
        "/v1/reserves",
        "/v1/notifications",
        "/v1/entries",
        "/v1/attestations",
        "/v1/mint-orders/{request}/propose",
        "/v1/proposals",
        "/v1/proposals/{proposal}/approve",
        "/v1/freezes",
        "/v1/moves",
        "/v1/redemptions",
        "/v1/redemptions/{redemption}/cancel",
        "/v1/redemptions/{redemption}/instruct",
        "/v1/redemptions/{redemption}/confirm",
        "/v1/legs/close",
        "/v1/webhooks",
        "/v1/webhooks/{webhook}/resume",
        "/v1/webhooks/{webhook}/rotate",
        "/v1/webhooks/{webhook}/withdraw",
        "/v1/payment-files",
        "/v1/recalls",
        "/v1/recalls/{recall}/answer",
        "/v1/recalls/{recall}/approve",
        "/v1/inbox/recalls",
        "/v1/payments/{uetr}/return",
        "/v1/payments/{uetr}/return/approve",
        "/v1/payments/{uetr}/return/withdraw",
        "/v1/inbox/returns",
        "/v1/inquiries",
        "/v1/answer-rules",
        "/v1/answer-rules/{rule}/approve",
        "/v1/answer-rules/{rule}/withdraw",
        "/v1/contracts/approvals",
        "/v1/contracts/calls",
        "/v1/inbox/account-checks",
        "/v1/fx/rates",
        "/v1/quotes",
        "/v1/quotes/{quote}/accept",
        "/v1/inbox/quotes",
        "/v1/tickets",
    ];
    let posts: Vec<_> = ROWS.iter().filter(|(verb, _)| *verb == "post").map(|(_, p)| *p).collect();
    let listed: Vec<_> = BY_TOKEN.iter().chain(SIGNED_ALONE).copied().collect();
    assert_eq!(listed.len(), posts.len());
    assert!(posts.iter().all(|path| listed.contains(path)), "{posts:?}");
    assert!(ROWS.iter().all(|(verb, _)| ["get", "post"].contains(verb)));
}

/// Every operation with a token of every scope: what is let in is what the document names.
#[actix_web::test]
async fn z2_a_token_does_what_its_scope_and_the_document_name_and_nothing_else() {
    let document = Surface::Gateway.read();
    let app = app();
    let service = init_service(Site::new().app_data(app.clone()).configure(routes)).await;
    let (mut let_in, mut unsigned, mut refused) = (0, 0, 0);
    for (path, method, operation) in operations(&document) {
        let Some(roles) = roles(operation) else { continue };
        let target = target(&document, path, operation);
        let asking = bodies(&document, path, operation).remove(0);
        let scopes = operation["security"].as_array().into_iter().flatten();
        let scopes: Vec<&str> = scopes
            .filter_map(|all| all["oauth2"].as_array())
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let open = operation["security"].as_array().is_some_and(|any| {
            any.iter().any(|all| all["oauth2"].as_array().is_some_and(Vec::is_empty))
        });
        for role in ClientRole::ALL {
            for scope in [Scope { role, reads: true }, Scope { role, reads: false }] {
                let name = scope.name();
                let who = (role.name(), role.name());
                let given = app.tokens.by_secret(who, Some(&name)).unwrap();
                let token = app.tokens.give(who.0, given, None, unix_now_s()).unwrap().text;
                let request = request(method, &target, &asking, None)
                    .insert_header(("authorization", format!("Bearer {token}")))
                    .insert_header((
                        "idempotency-key",
                        format!("{method} {path} {name}").replace(' ', "-"),
                    ))
                    .insert_header(("content-type", asking.0));
                let response = call_service(&service, request.to_request()).await;
                let status = response.status().as_u16();
                let wide = Scope { role, reads: false }.name();
                let narrow = Scope { role, reads: true }.name();
                let named = open
                    || scopes.contains(&name.as_str())
                    || scopes.contains(&narrow.as_str()) && name == wide;
                let told = format!("{method} {path} {name}: {status}");
                if status == 403 {
                    let problem: Value = read_body_json(response).await;
                    let may = roles.is_empty() || roles.contains(&role.name());
                    let may = may && (method == "get" || !scope.reads);
                    // Who may act on several things by role alone is told so by the handler.
                    let code = if may { "signature_required" } else { "role_missing" };
                    assert_eq!(problem["code"], code, "{told}");
                    *(if may { &mut unsigned } else { &mut refused }) += 1;
                } else {
                    assert_ne!(status, 401, "{told}");
                    let_in += 1;
                }
                assert_eq!(status != 403, named, "{told}");
            }
        }
    }
    assert!(let_in > 200 && unsigned > 30 && refused > 1_000, "{let_in} {unsigned} {refused}");
}

/// A token that is none is 401 with the challenge of RFC 6750; beside a signature it is not looked at.
#[actix_web::test]
async fn z2_what_is_no_token_is_nobodys() {
    let service = init_service(Site::new().app_data(app()).configure(routes)).await;
    for value in ["Bearer 00", "bearer x", "Bearer "] {
        let request = TestRequest::get().uri("/v1/accounts");
        let request = request.insert_header(("authorization", value)).to_request();
        let answer = call_service(&service, request).await;
        assert_eq!(answer.status(), 401, "{value}");
        let challenge = answer.headers().get("www-authenticate").unwrap().to_str().unwrap();
        assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
        let problem: Value = read_body_json(answer).await;
        assert_eq!(problem["code"], "token_invalid", "{value}");
    }
    let nothing = ("", Vec::new());
    let signed = request("get", "/v1/recalls", &nothing, Some((secret(ClientRole::Operations), 1)));
    let signed = signed.insert_header(("authorization", "Bearer 00")).to_request();
    assert_eq!(call_service(&service, signed).await.status(), 200);
}

/// The token endpoint in the words of RFC 6749.
#[actix_web::test]
async fn z2_a_token_is_asked_for_and_refused_by_the_rfc() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let app = app();
    let service = init_service(Site::new().app_data(app.clone()).configure(routes)).await;
    let grant = "grant_type=client_credentials";
    let own = "client_id=operations&client_secret=operations";
    let basic = |text: &str| Some(format!("Basic {}", STANDARD.encode(text)));
    let form = "application/x-www-form-urlencoded";
    let rows: [(&str, Option<String>, String, u16, &str); 13] = [
        (form, basic("operations:operations"), grant.to_owned(), 200, ""),
        (form, basic("operation%73:operations"), format!("{grant}&scope="), 200, ""),
        (form, None, format!("{grant}&{own}&scope=operations:read&else=1"), 200, ""),
        (form, None, grant.to_owned(), 401, "invalid_client"),
        (form, basic("operations:x"), grant.to_owned(), 401, "invalid_client"),
        (form, Some("Bearer x".to_owned()), grant.to_owned(), 401, "invalid_client"),
        (form, basic("operations:operations"), format!("{grant}&{own}"), 400, "invalid_request"),
        (form, None, own.to_owned(), 400, "invalid_request"),
        (form, None, format!("{grant}&{grant}&{own}"), 400, "invalid_request"),
        ("application/json", None, "{}".to_owned(), 400, "invalid_request"),
        (form, None, format!("grant_type=password&{own}"), 400, "unsupported_grant_type"),
        (form, None, format!("{grant}&{own}&scope=compliance"), 400, "invalid_scope"),
        (form, None, format!("{grant}&{own}&scope=operations+compliance"), 400, "invalid_scope"),
    ];
    for (media, authorization, body, status, error) in rows {
        let told = format!("{authorization:?} {body}");
        let mut request = TestRequest::post().uri("/oauth/token").set_payload(body);
        request = request.insert_header(("content-type", media));
        if let Some(value) = authorization {
            request = request.insert_header(("authorization", value));
        }
        let answer = call_service(&service, request.to_request()).await;
        assert_eq!(answer.status(), status, "{told}");
        assert_eq!(answer.headers().get("cache-control").unwrap(), "no-store");
        assert_eq!(answer.headers().contains_key("www-authenticate"), status == 401);
        let body: Value = read_body_json(answer).await;
        if status == 200 {
            assert_eq!(body["token_type"], "Bearer");
            let token = body["access_token"].as_str().unwrap();
            let client = app.tokens.client((token, None), true, unix_now_s()).unwrap();
            assert_eq!(client.roles, [ClientRole::Operations], "{told}");
        } else {
            assert_eq!(body["error"], error, "{told}");
            let code = format!("code=\"oauth_{error}\",status=\"{status}\"");
            assert!(app.gateway.metrics.text().contains(&code), "{told}");
        }
    }
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
            if served.contains(&verb.to_lowercase().as_str()) {
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
    // One that cannot be the member's stands for a mistake in one of both.
    assert_eq!(by(&["BIC:CCCCDEFF", &third]), None);
    assert_eq!(by(&["BIC:BBBBDEFF", "LEI:529900T8BM49AURSDO55"]), None);
    assert_eq!(by(&["BIC:BBBBDEFF500", &third]), Some(lei("THIRD")), "a branch");
    assert_eq!(by(&["BIC:BBBBDEFF", "CLR:USABA:021000021"]), Some(lei("THIRD")));
}
