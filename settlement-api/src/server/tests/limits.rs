//! How many requests each sender may send (Z6).

use std::num::NonZeroU32;

use super::*;
use crate::limits::{Bucket, Buckets, Limits};

/// A bucket that fills once a minute or so takes no further request while a test runs.
fn bucket(burst: u32) -> Bucket {
    let number = |number| NonZeroU32::new(number).unwrap();
    Bucket { per_second: number(1), burst: number(burst) }
}

/// The gateway of these tests, where a client may send two requests at once and a member three.
fn paced() -> Data<App> {
    let app = app();
    let limits = Limits { client: bucket(2), member: bucket(3) };
    let keys = app.clients.keys().map(|key| *key.get()).collect();
    let buckets = Arc::new(Buckets::new(limits, keys, Arc::clone(&app.gateway)));
    let known = |key: &[u8; 32]| *key != [0; 32] && *key != *self::key(250).get();
    let nonces = Arc::new(MemoryNonceStore::new(NonceLimits { total: 1_000, per_key: 1_000 }));
    Data::new(App {
        gateway: Arc::clone(&app.gateway),
        clients: app.clients.clone(),
        authenticator: Authenticator::new(Arc::new(known), nonces).paced(buckets),
        tokens: Tokens::new(ClientRole::ALL.map(token_client).into()),
    })
}

/// Z6
#[actix_web::test]
async fn z6_each_sender_has_a_bucket_of_its_own_and_an_empty_one_says_when() {
    let app = paced();
    let service = init_service(Site::new().app_data(app.clone()).configure(routes)).await;
    let nothing: Asking = ("", Vec::new());
    let (operations, compliance) = (ClientRole::Operations, ClientRole::Compliance);
    let rows = [
        (secret(operations), [200, 200, 429, 429]),
        (secret(compliance), [200, 200, 429, 429]),
        // Another member may not ask this: 403 takes from its bucket all the same.
        (MEMBER, [403, 403, 403, 429]),
        // A stranger has none, and is told nothing else than before.
        (250, [401; 4]),
    ];
    let mut number = 0;
    for (signer, expected) in rows {
        for status in expected {
            number += 1;
            let request = request("get", "/v1/recalls", &nothing, Some((signer, number)));
            let answer = call_service(&service, request.to_request()).await;
            assert_eq!(answer.status(), status, "{signer} {number}");
            let waits = answer.headers().get("retry-after").map(|value| value.to_str().unwrap());
            assert_eq!(waits, (status == 429).then_some("1"), "{signer} {number}");
            if status == 429 {
                let problem: Value = read_body_json(answer).await;
                assert_eq!(problem["code"], "too_many_requests");
                assert_eq!(problem["retry"], "later");
            }
        }
    }
    let counted = app.gateway.metrics.text();
    for row in [
        "florin_gateway_limited_requests_total{sender=\"client\"} 4",
        "florin_gateway_limited_requests_total{sender=\"member\"} 1",
        "florin_gateway_requests_total{code=\"too_many_requests\",status=\"429\"} 5",
    ] {
        assert!(counted.contains(row), "{row} in {counted}");
    }
}

/// Z6
#[actix_web::test]
async fn z6_what_was_refused_used_up_no_nonce_and_a_bucket_fills_again() {
    let service = init_service(Site::new().app_data(paced()).configure(routes)).await;
    let ask = |number| {
        let nothing: Asking = ("", Vec::new());
        let signer = Some((secret(ClientRole::Operations), number));
        request("get", "/v1/recalls", &nothing, signer).to_request()
    };
    for (number, status) in [(1, 200), (2, 200), (3, 429)] {
        assert_eq!(call_service(&service, ask(number)).await.status(), status);
    }
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(call_service(&service, ask(3)).await.status(), 200, "the nonce is fresh");
}

/// Z6
#[actix_web::test]
async fn z6_a_client_with_tokens_has_one_bucket_for_all_of_them() {
    let app = paced();
    let service = init_service(Site::new().app_data(app.clone()).configure(routes)).await;
    let scope = Scope { role: ClientRole::Operations, reads: false };
    let token = || {
        let given = app.tokens.give("operations", vec![scope], None, unix_now_s()).unwrap();
        format!("Bearer {}", given.text)
    };
    let tokens = [token(), token(), token(), "Bearer 00".to_owned()];
    for (token, status) in tokens.iter().zip([200, 200, 429, 401]) {
        let asked =
            TestRequest::get().uri("/v1/recalls").insert_header(("authorization", &**token));
        assert_eq!(call_service(&service, asked.to_request()).await.status(), status, "{token}");
    }
}

/// Z6
#[test]
fn z6_what_is_not_configured_is_generous() {
    let default = Limits::default();
    assert!(default.client.per_second.get() >= 1_000 && default.member.per_second.get() >= 1_000);
    // A file of 10,000 payments, all at once.
    assert!(default.member.burst.get() >= 10_000 && default.client.burst.get() >= 10_000);
}
