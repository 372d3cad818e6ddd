//! `private_key_jwt` at the token endpoint, and what it is not mixed with.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::*;
use crate::oauth::assertion::{ASSERTION_TYPE, PublicJwk};

const ISSUER: &str = "http://127.0.0.1:4201";

fn tokens() -> Tokens {
    let x = URL_SAFE_NO_PAD.encode(SigningKey::from_bytes(&[77; 32]).public_key());
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": x});
    let jwk: PublicJwk = serde_json::from_value(jwk).unwrap();
    let client = TokenClient {
        name: "core".to_owned(),
        proof: ClientProof::Keys(vec![jwk.key().unwrap()]),
        scopes: vec![Scope { role: ClientRole::Operations, reads: true }],
        bound: false,
    };
    let clients = [("core-1".to_owned(), client), token_client(ClientRole::Operations)];
    Tokens::new(clients.into()).known_as(ISSUER.to_owned())
}

fn assertion(jti: &str, aud: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({
        "iss": "core-1", "sub": "core-1", "aud": aud, "exp": unix_now_s() + 60, "jti": jti,
    });
    let message = format!("{}.{}", part(&json!({"alg": "EdDSA"})), part(&claims));
    let signature = SigningKey::from_bytes(&[77; 32]).sign(message.as_bytes()).to_bytes();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[actix_web::test]
async fn z3_an_assertion_gets_a_token_once_and_stands_beside_no_secret() {
    let app = app_of(tokens(), NonceLimits::default());
    let service = init_service(Site::new().app_data(app.clone()).configure(routes)).await;
    let grant = "grant_type=client_credentials";
    let typed = format!("{grant}&client_assertion_type={ASSERTION_TYPE}");
    let by = |jti: &str| format!("{typed}&client_assertion={}", assertion(jti, ISSUER));
    let (first, second) = (by("one"), by("two"));
    let endpoint = assertion("three", &format!("{ISSUER}/oauth/token"));
    let elsewhere = assertion("four", "http://127.0.0.1:4202");
    let secret = "client_id=operations&client_secret=operations";
    for (header, body, status, error, says) in [
        (false, first.clone(), 200, "", ""),
        (false, first.clone(), 401, "invalid_client", "used before"),
        (false, format!("{second}&scope=operations"), 400, "invalid_scope", ""),
        (false, format!("{second}&client_id=else"), 401, "invalid_client", "not one client"),
        (true, second.clone(), 400, "invalid_request", ""),
        (false, format!("{second}&{secret}"), 400, "invalid_request", ""),
        // What was refused for another reason used nothing up.
        (false, format!("{second}&client_id=core-1"), 200, "", ""),
        (false, format!("{typed}&client_assertion={endpoint}"), 200, "", ""),
        (false, format!("{typed}&client_assertion={elsewhere}"), 401, "invalid_client", "aud"),
        (false, typed.clone(), 400, "invalid_request", ""),
        (false, format!("{grant}&client_assertion=a.b.c"), 400, "invalid_request", ""),
        (false, first.replace("jwt-bearer", "saml2-bearer"), 401, "invalid_client", "type"),
        (false, first.replace("client_credentials", "password"), 400, "unsupported_grant_type", ""),
        (false, format!("{grant}&client_id=core-1&client_secret=x"), 401, "invalid_client", ""),
        (false, format!("{grant}&{secret}"), 200, "", ""),
    ] {
        let mut request = TestRequest::post().uri("/oauth/token").set_payload(body.clone());
        request = request.insert_header(("content-type", "application/x-www-form-urlencoded"));
        if header {
            request =
                request.insert_header(("authorization", "Basic b3BlcmF0aW9uczpvcGVyYXRpb25z"));
        }
        let answer = call_service(&service, request.to_request()).await;
        assert_eq!(answer.status(), status, "{body}");
        let told: Value = read_body_json(answer).await;
        assert_eq!(told["error"].as_str().unwrap_or_default(), error, "{body}");
        let description = told["error_description"].as_str().unwrap_or_default();
        assert!(description.contains(says), "{description}");
    }
    assert!(app.gateway.metrics.text().contains("code=\"oauth_invalid_client\",status=\"401\"} 5"));
}

#[actix_web::test]
async fn z3_names_that_cannot_be_remembered_are_a_problem_and_no_token() {
    let app = app_of(tokens(), NonceLimits { total: 9, per_key: 1 });
    let service = init_service(Site::new().app_data(app).configure(routes)).await;
    for (jti, status) in [("one", 200), ("two", 429)] {
        let body = format!(
            "grant_type=client_credentials&client_assertion_type={ASSERTION_TYPE}\
             &client_assertion={}",
            assertion(jti, ISSUER)
        );
        let request = TestRequest::post().uri("/oauth/token").set_payload(body);
        let request = request.insert_header(("content-type", "application/x-www-form-urlencoded"));
        let answer = call_service(&service, request.to_request()).await;
        assert_eq!(answer.status(), status);
        if status == 429 {
            let problem: Value = read_body_json(answer).await;
            assert_eq!(problem["code"], "nonce_key_full");
        }
    }
}
