//! Authentication in the actix test harness, and over a real socket with the signed client.

use super::*;
use crate::client::{ClientLimits, ClientRequest, ClientResponse, SignedClient, http};
use crate::http_signature::{RequestSigner as _, SignedHeaders, sign};
use crate::nonce::{FileNonceStore, Fresh, MemoryNonceStore, NonceLimits};
use crate::tls::ServerTrust;
use actix_web::test::{TestRequest, call_service, init_service, read_body_json};
use actix_web::{App, HttpResponse, HttpServer};
use ed25519_zebra::SigningKey;
use std::path::Path;

const NOW: u64 = 1_800_000_000;
const BODY: &str = "{\"amount\":\"10.00\"}";

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn only_our_key(key_bytes: &[u8; 32]) -> bool {
    *key_bytes == key().public_key()
}

fn authenticator(nonces: Arc<dyn NonceStore>) -> Authenticator {
    Authenticator::new(Arc::new(only_our_key), nonces).with_clock(|| NOW)
}

fn in_memory() -> Authenticator {
    authenticator(Arc::new(MemoryNonceStore::new(NonceLimits::default())))
}

async fn whoami(
    authenticator: web::Data<Authenticator>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let sender = authenticator.authenticate(&request, &body).await?;
    Ok(HttpResponse::Ok().body(hex::encode(sender.key())))
}

fn signed(signer: &SigningKey, now: u64, nonce: u8) -> SignedHeaders {
    let parts = RequestParts {
        method: "POST",
        path: "/v1/pay%20ments",
        query: Some("a=%20b"),
        content_type: Some("application/json"),
        idempotency_key: Some("k-1"),
        body: BODY.as_bytes(),
    };
    sign(&parts, signer, now, [nonce; 16]).unwrap()
}

fn request(headers: &SignedHeaders) -> TestRequest {
    TestRequest::post()
        .uri("/v1/pay%20ments?a=%20b")
        .insert_header(("content-type", "application/json"))
        .insert_header(("idempotency-key", "k-1"))
        .insert_header(("content-digest", headers.content_digest.clone().unwrap()))
        .insert_header(("signature-input", headers.signature_input.clone()))
        .insert_header(("signature", headers.signature.clone()))
        .set_payload(BODY)
}

/// Sends the requests one after another to one gateway: status and code ("" for success) of each.
async fn answers(
    authenticator: Authenticator,
    requests: impl IntoIterator<Item = TestRequest>,
) -> Vec<(u16, String)> {
    let app = App::new().app_data(web::Data::new(authenticator)).default_service(web::to(whoami));
    let app = init_service(app).await;
    let mut answers = Vec::new();
    for request in requests {
        let response = call_service(&app, request.to_request()).await;
        let status = response.status().as_u16();
        let code = if status == 200 {
            String::new()
        } else {
            assert_eq!(response.headers().get("content-type").unwrap(), "application/problem+json");
            let problem: Problem = read_body_json(response).await;
            assert_eq!(problem.status().as_u16(), status);
            problem.code().to_owned()
        };
        answers.push((status, code));
    }
    answers
}

fn answer(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[actix_web::test]
async fn a_signed_request_of_a_known_key_passes_once() {
    let headers = signed(&key(), NOW, 1);
    let seen = answers(in_memory(), [request(&headers), request(&headers)]).await;
    assert_eq!(seen, [answer(200, ""), answer(401, "nonce_reused")]);
}

#[actix_web::test]
async fn each_defect_has_its_code() {
    let good = signed(&key(), NOW, 1);
    let rows = [
        (TestRequest::get().uri("/v1/accounts"), "signature_missing"),
        (request(&good).set_payload("{}"), "content_digest_mismatch"),
        (request(&good).uri("/v1/payments?a=%20b"), "signature_invalid"),
        (request(&good).uri("/v1/pay%20ments?a=+b"), "signature_invalid"),
        (request(&good).insert_header(("idempotency-key", "k-2")), "signature_invalid"),
        (request(&good).append_header(("signature", "x")), "signature_header_duplicate"),
        (request(&good).append_header(("idempotency-key", "x")), "signature_header_duplicate"),
        (request(&good).insert_header(("signature", "sig2=:AA==:")), "signature_label_wrong"),
        (request(&signed(&key(), NOW - 301, 2)), "signature_expired"),
        (request(&signed(&key(), NOW + 6, 3)), "signature_created_in_future"),
        (request(&signed(&SigningKey::from_bytes(&[8; 32]), NOW, 4)), "key_unknown"),
    ];
    let (requests, codes): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let expected: Vec<_> = codes.into_iter().map(|code| answer(401, code)).collect();
    assert_eq!(answers(in_memory(), requests).await, expected);
}

#[actix_web::test]
async fn a_refused_request_does_not_use_up_its_nonce() {
    let headers = signed(&key(), NOW, 1);
    let tampered = request(&headers).insert_header(("content-type", "text/plain"));
    let seen = answers(in_memory(), [tampered, request(&headers)]).await;
    assert_eq!(seen, [answer(401, "signature_invalid"), answer(200, "")]);
}

struct FullStore;

impl NonceStore for FullStore {
    fn remember(&self, _: &[u8; 32], _: &[u8; 16], _: u64, _: u64) -> Result<Fresh, NonceError> {
        Err(NonceError::Full)
    }
}

#[actix_web::test]
async fn a_full_store_refuses_instead_of_forgetting() {
    let seen =
        answers(authenticator(Arc::new(FullStore)), [request(&signed(&key(), NOW, 1))]).await;
    assert_eq!(seen, [answer(503, "nonce_store_full")]);
}

/// A gateway with the system clock on a free port, until the handle is stopped.
fn serve(nonces: &Path) -> (String, actix_web::dev::ServerHandle) {
    let now = unix_now_s();
    let nonces = FileNonceStore::open(nonces, NonceLimits::default(), now).unwrap();
    let authenticator = Authenticator::new(Arc::new(only_our_key), Arc::new(nonces));
    let server = HttpServer::new(move || {
        App::new().app_data(web::Data::new(authenticator.clone())).default_service(web::to(whoami))
    })
    .workers(1)
    .disable_signals()
    .bind(("127.0.0.1", 0))
    .unwrap();
    let url = format!("http://{}", server.addrs()[0]);
    let server = server.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    (url, handle)
}

fn client(signer: SigningKey) -> SignedClient {
    SignedClient::new(Arc::new(signer), ClientLimits::default()).unwrap()
}

fn code(response: &ClientResponse) -> String {
    response.problem().unwrap().code().to_owned()
}

#[actix_web::test]
async fn the_signed_client_passes_over_a_real_socket() {
    let folder = tempfile::tempdir().unwrap();
    let (url, server) = serve(&folder.path().join("nonces"));
    let client = client(key());
    let requests = [
        ClientRequest::get(url.clone()),
        ClientRequest::get(format!("{url}/v1/accounts/a b?limit=3&after=x%2Fy#top")),
        ClientRequest::get(format!("{url}/v1/accounts?")),
        ClientRequest::post(format!("{url}/v1/payments"), "application/json", BODY)
            .with_idempotency_key(" k-1 "),
        ClientRequest::post(format!("{url}/v1/payments/x/cancel"), "application/json", ""),
    ];
    for request in requests {
        let response = client.send(request.clone()).await.unwrap();
        let body = String::from_utf8_lossy(&response.body).into_owned();
        assert_eq!((response.status, body), (200, hex::encode(key().public_key())), "{request:?}");
    }
    let stranger = self::client(SigningKey::from_bytes(&[8; 32]));
    let response = stranger.send(ClientRequest::get(url)).await.unwrap();
    assert_eq!((response.status, code(&response).as_str()), (401, "key_unknown"));
    server.stop(true).await;
}

#[actix_web::test]
async fn a_recorded_request_is_refused_after_a_restart_of_the_gateway() {
    let folder = tempfile::tempdir().unwrap();
    let nonces = folder.path().join("nonces");
    let recorded = signed(&key(), unix_now_s(), 1);
    let replay = |url: String| {
        http(ClientLimits::default(), &ServerTrust::ThisHost)
            .unwrap()
            .post(format!("{url}/v1/pay%20ments?a=%20b"))
            .header("content-type", "application/json")
            .header("idempotency-key", "k-1")
            .header("content-digest", recorded.content_digest.clone().unwrap())
            .header("signature-input", &recorded.signature_input)
            .header("signature", &recorded.signature)
            .body(BODY)
            .send()
    };
    let (url, server) = serve(&nonces);
    assert_eq!(replay(url).await.unwrap().status(), 200);
    server.stop(true).await;

    let (url, server) = restarted(&nonces).await;
    let response = replay(url).await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(response.json::<Problem>().await.unwrap().code(), "nonce_reused");
    server.stop(true).await;
}

/// Serves again once the stopped server has let go of the nonce file.
async fn restarted(nonces: &Path) -> (String, actix_web::dev::ServerHandle) {
    for _ in 0..200 {
        match FileNonceStore::open(nonces, NonceLimits::default(), unix_now_s()) {
            Err(NonceError::InUse) => {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await
            }
            Err(error) => panic!("{error}"),
            Ok(_released) => break,
        }
    }
    serve(nonces)
}
