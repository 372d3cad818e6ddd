use base64::engine::general_purpose::STANDARD;
use ed25519_zebra::SigningKey;
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};

use super::*;

const ISSUER: &str = "https://gateway.bank.example";
const NOW: u64 = 1_000_000;
/// P-256, whose secret is 32 times 7; PKCS#8.
const P256: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwehRANC\
                    AAQeGFMv1HVMAvMEHZx1zrM7g//YGsfOT+iCzLHJi8WJbqRsMRxOL/QN2Wo2U+bkVEXTLf5Ibs7XXHqQxqGIgcCj";
/// An assertion of `core-1` by another program (Python's `cryptography`), ES256.
const FOREIGN_ES256: &str = "eyJhbGciOiAiRVMyNTYiLCAidHlwIjogIkpXVCJ9.eyJpc3MiOiAiY29yZS0xIiwgInN1YiI6ICJjb3JlLTEiLCAiYXVkIjogImh0dHBzOi8vZ2F0ZXdheS5iYW5rLmV4YW1wbGUvb2F1dGgvdG9rZW4iLCAiZXhwIjogMTAwMDIwMCwgImlhdCI6IDEwMDAwMDAsICJqdGkiOiAib2YtYW5vdGhlci1wcm9ncmFtIn0.2dHpa6D9F9-3MzWfCX0PAgY7dZspEb5r1VDh5GLlGqna-hiPhv5bFNuE_X_-dpWH5rfrjlSnu3VYdfm23nrggQ";
/// The same, EdDSA.
const FOREIGN_EDDSA: &str = "eyJhbGciOiAiRWREU0EiLCAidHlwIjogIkpXVCJ9.eyJpc3MiOiAiY29yZS0xIiwgInN1YiI6ICJjb3JlLTEiLCAiYXVkIjogImh0dHBzOi8vZ2F0ZXdheS5iYW5rLmV4YW1wbGUvb2F1dGgvdG9rZW4iLCAiZXhwIjogMTAwMDIwMCwgImlhdCI6IDEwMDAwMDAsICJqdGkiOiAib2YtYW5vdGhlci1wcm9ncmFtIn0.jAYUIVJRlJLjJv_Kwu5gKQXMVCaETn3G7q_egrbKJNZNa6qzXao0HnuxKzy1gdeqOO_x_P1rwbAIYzwdXvplDA";

fn ed25519() -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "x": "6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iw"})
}

fn p256() -> Value {
    json!({
        "kty": "EC", "crv": "P-256", "x": "HhhTL9R1TALzBB2cdc6zO4P_2BrHzk_ogsyxyYvFiW4",
        "y": "pGwxHE4v9A3ZajZT5uRURdMt_khuztdcepDGoYiBwKM",
    })
}

fn with(base: Value, changed: Value) -> Value {
    let mut base = base;
    base.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
    base
}

fn key(jwk: Value) -> Option<ClientKey> {
    serde_json::from_value::<PublicJwk>(jwk).ok()?.key()
}

fn claims() -> Value {
    json!({"iss": "core-1", "sub": "core-1", "aud": ISSUER, "exp": NOW + 60, "jti": "first"})
}

fn signed(head: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let message =
        format!("{}.{}", part(head.to_string().as_bytes()), part(claims.to_string().as_bytes()));
    let signature = part(&sign(message.as_bytes()));
    format!("{message}.{signature}")
}

/// Signed by the key of 32 times `secret`.
fn eddsa_by(secret: u8, head: &Value, claims: &Value) -> String {
    signed(head, claims, |message| {
        SigningKey::from_bytes(&[secret; 32]).sign(message).to_bytes().to_vec()
    })
}

fn eddsa(claims: &Value) -> String {
    eddsa_by(7, &json!({"alg": "EdDSA", "typ": "JWT"}), claims)
}

fn es256(claims: &Value) -> String {
    let key = EncodingKey::from_ec_der(&STANDARD.decode(P256).unwrap());
    jsonwebtoken::encode(&Header::new(Algorithm::ES256), claims, &key).unwrap()
}

fn judge_for(
    assertion: &str,
    client_id: Option<&str>,
    jwks: &[Value],
) -> Result<Asserted, AssertionRefused> {
    let own: Vec<ClientKey> = jwks.iter().map(|jwk| key(jwk.clone()).unwrap()).collect();
    let endpoint = format!("{ISSUER}/oauth/token");
    let judge = Judge { issuer: ISSUER, endpoint: &endpoint, now_s: NOW };
    judge.judge(assertion, client_id, |id| (id == "core-1").then_some(own.as_slice()))
}

fn judge(assertion: &str) -> Result<Asserted, AssertionRefused> {
    judge_for(assertion, None, &[ed25519(), p256()])
}

#[test]
fn z3_a_client_is_known_by_either_algorithm_also_as_other_programs_write_it() {
    for assertion in [eddsa(&claims()), es256(&claims())] {
        let asserted = judge(&assertion).unwrap();
        assert_eq!((asserted.id.as_str(), asserted.expires_s), ("core-1", NOW + 60));
        assert!(judge_for(&assertion, Some("core-1"), &[ed25519(), p256()]).is_ok());
    }
    for foreign in [FOREIGN_ES256, FOREIGN_EDDSA] {
        assert_eq!(judge(foreign).unwrap().expires_s, NOW + 200);
    }
    let listed = with(claims(), json!({"aud": [format!("{ISSUER}/oauth/token")], "iat": NOW + 5}));
    assert!(judge(&eddsa(&listed)).is_ok());
}

#[test]
fn z3_what_is_remembered_is_the_clients_and_the_assertions_own() {
    let of = |changed: Value| judge(&eddsa(&with(claims(), changed))).unwrap();
    let (first, again, other) =
        (of(json!({})), of(json!({"exp": NOW + 9})), of(json!({"jti": "b"})));
    assert_eq!((first.key, first.nonce), (again.key, again.nonce));
    assert_eq!(first.key, other.key);
    assert_ne!(first.nonce, other.nonce);
}

/// Every claim that is wrong by itself, and both sides of each limit.
#[test]
fn z3_each_claim_is_held_to_its_rule() {
    use AssertionRefused as R;
    for (changed, refused) in [
        (json!({"iss": "core-2"}), Some(R::Parties)),
        (json!({"sub": "core-2"}), Some(R::Unproven)),
        (json!({"aud": "https://gateway.other.example"}), Some(R::Audience)),
        (json!({"aud": format!("{ISSUER}/")}), Some(R::Audience)),
        (json!({"aud": []}), Some(R::Audience)),
        (json!({"aud": [ISSUER, "https://gateway.other.example"]}), Some(R::Audience)),
        (json!({"aud": 7}), Some(R::Malformed)),
        (json!({"exp": NOW}), Some(R::Expired)),
        (json!({"exp": NOW + 1}), None),
        (json!({"exp": NOW + MAX_ASSERTION_S}), None),
        (json!({"exp": NOW + MAX_ASSERTION_S + 1}), Some(R::TooLong)),
        (json!({"exp": u64::MAX}), Some(R::TooLong)),
        (json!({"exp": -1}), Some(R::Malformed)),
        (json!({"exp": "soon"}), Some(R::Malformed)),
        (json!({"exp": null}), Some(R::Malformed)),
        (json!({"iat": NOW + 6}), Some(R::Early)),
        (json!({"nbf": NOW + 6}), Some(R::Early)),
        (json!({"nbf": NOW + 5}), None),
        (json!({"jti": ""}), Some(R::Unnamed)),
        (json!({"jti": "j".repeat(128)}), None),
        (json!({"jti": "j".repeat(129)}), Some(R::Unnamed)),
        (json!({"jti": null}), Some(R::Malformed)),
        (json!({"more": "x".repeat(4_096)}), Some(R::Malformed)),
        (json!({"more": {"else": [1]}}), None),
    ] {
        let written = with(claims(), changed.clone());
        for assertion in [eddsa(&written), es256(&written)] {
            assert_eq!(judge(&assertion).err(), refused, "{changed}");
        }
    }
    let named = judge_for(&eddsa(&claims()), Some("core-2"), &[ed25519()]);
    assert_eq!(named, Err(R::Parties));
}

/// What is wrong first is said, in the order of the enum.
#[test]
fn z3_of_two_faults_the_first_is_said() {
    use AssertionRefused as R;
    let faults = [
        (json!({"iss": "core-2"}), R::Parties),
        (json!({"aud": "else"}), R::Audience),
        (json!({"exp": NOW}), R::Expired),
        (json!({"iat": NOW + 9}), R::Early),
        (json!({"jti": ""}), R::Unnamed),
    ];
    for (at, (first, refused)) in faults.iter().enumerate() {
        for (second, _) in faults.iter().skip(at + 1) {
            let written = with(with(claims(), second.clone()), first.clone());
            assert_eq!(judge(&eddsa(&written)), Err(*refused), "{written}");
        }
    }
}

#[test]
fn z3_no_signature_a_shared_secret_and_other_algorithms_are_refused() {
    use AssertionRefused as R;
    let public = URL_SAFE_NO_PAD.decode(ed25519()["x"].as_str().unwrap()).unwrap();
    let mac = |message: &[u8]| {
        use hmac::{Hmac, KeyInit as _, Mac as _};
        let mut mac = Hmac::<Sha256>::new_from_slice(&public).unwrap();
        mac.update(message);
        mac.finalize().into_bytes().to_vec()
    };
    let nothing = |_: &[u8]| Vec::new();
    let hs256 = signed(&json!({"alg": "HS256"}), &claims(), mac);
    let none = signed(&json!({"alg": "none"}), &claims(), nothing);
    assert_eq!(judge(&hs256), Err(R::Algorithm));
    assert_eq!(judge(&none), Err(R::Algorithm));
    for other in ["None", "eddsa", "ES384", "RS256", "PS256", ""] {
        let assertion = eddsa_by(7, &json!({"alg": other}), &claims());
        assert_eq!(judge(&assertion), Err(R::Algorithm), "{other}");
    }
    let unsigned = signed(&json!({"alg": "EdDSA"}), &claims(), nothing);
    assert_eq!(judge(&unsigned), Err(R::Unproven));
    let stranger = eddsa_by(8, &json!({"alg": "EdDSA"}), &claims());
    assert_eq!(judge(&stranger), Err(R::Unproven));
    // A key is for its own algorithm, whatever the head says.
    assert_eq!(judge_for(&eddsa(&claims()), None, &[p256()]), Err(R::Unproven));
    assert_eq!(judge_for(&es256(&claims()), None, &[ed25519()]), Err(R::Unproven));
    assert_eq!(judge_for(&eddsa(&claims()), None, &[]), Err(R::Unproven));
    let named_other = eddsa_by(7, &json!({"alg": "ES256"}), &claims());
    assert_eq!(judge(&named_other), Err(R::Unproven));
}

#[test]
fn z3_a_key_is_found_by_its_name_where_both_say_one() {
    let own = with(ed25519(), json!({"kid": "2026-11"}));
    let by = |head: Value| judge_for(&eddsa_by(7, &head, &claims()), None, &[p256(), own.clone()]);
    assert!(by(json!({"alg": "EdDSA", "kid": "2026-11"})).is_ok());
    assert!(by(json!({"alg": "EdDSA"})).is_ok());
    let other = by(json!({"alg": "EdDSA", "kid": "2025-01"}));
    assert_eq!(other, Err(AssertionRefused::Unproven));
    assert!(judge_for(&eddsa(&claims()), None, &[own]).is_ok());
}

#[test]
fn z3_what_is_no_jwt_or_was_changed_is_refused() {
    use AssertionRefused as R;
    let good = eddsa(&claims());
    let (head, rest) = good.split_once('.').unwrap();
    let critical = eddsa_by(7, &json!({"alg": "EdDSA", "crit": ["b64"], "b64": false}), &claims());
    let twice = signed(&json!({"alg": "EdDSA"}), &claims(), |_| Vec::new());
    let long = format!("{good}{}", "A".repeat(4_096));
    for bad in ["", ".", "..", "a.b.c", head, rest, &good[..good.len() / 2], &critical, &long] {
        assert_eq!(judge(bad), Err(R::Malformed), "{bad}");
    }
    assert!(judge(&twice).is_err());
    assert!(judge(&format!("{good}.")).is_err());
    assert!(judge(&format!("{good}=")).is_err());
    // No character of it is free.
    for at in 0..good.len() {
        let mut changed = good.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(judge(&changed).is_err(), "{at}");
    }
}

#[test]
fn z3_a_key_of_the_configuration_is_public_and_one_of_two_kinds() {
    assert!(key(with(ed25519(), json!({"alg": "EdDSA", "use": "sig", "kid": "1"}))).is_some());
    assert!(key(with(p256(), json!({"alg": "ES256"}))).is_some());
    let zero = URL_SAFE_NO_PAD.encode([0; 32]);
    for bad in [
        with(ed25519(), json!({"x": zero})),
        with(ed25519(), json!({"x": "AAAA"})),
        with(ed25519(), json!({"crv": "X25519"})),
        with(ed25519(), json!({"alg": "ES256"})),
        with(ed25519(), json!({"use": "enc"})),
        with(ed25519(), json!({"d": zero})),
        with(ed25519(), json!({"y": zero})),
        with(p256(), json!({"y": null})),
        with(p256(), json!({"crv": "P-384"})),
        json!({"kty": "oct", "k": zero}),
        json!({"kty": "oct", "crv": "Ed25519", "x": ed25519()["x"]}),
    ] {
        assert!(key(bad.clone()).is_none(), "{bad}");
    }
}
