//! The profile, refusal by refusal, and against an independent implementation of RFC 9421.

use super::*;
use ed25519_zebra::SigningKey;
use httpsig::prelude as oracle;
use httpsig::prelude::SigningKey as _;
use httpsig::prelude::message_component::HttpMessageComponent;

const NOW: u64 = 1_800_000_000;
const SKEW: u64 = 5;

fn signer() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn get() -> RequestParts<'static> {
    RequestParts {
        method: "GET",
        path: "/v1/accounts/a%20b",
        query: None,
        content_type: None,
        idempotency_key: None,
        body: b"",
    }
}

fn post() -> RequestParts<'static> {
    RequestParts {
        method: "POST",
        path: "/v1/payments",
        query: Some("wait=3"),
        content_type: Some("application/json"),
        idempotency_key: Some("k-1"),
        body: b"{\"amount\":\"10.00\"}",
    }
}

fn signed(parts: &RequestParts<'_>) -> SignedHeaders {
    sign(parts, &signer(), NOW, [9; 16]).unwrap()
}

fn check(
    parts: &RequestParts<'_>,
    headers: &SignedHeaders,
    now: u64,
) -> Result<VerifiedRequest, HttpSignatureError> {
    let headers = SignatureHeaders {
        signature: Some(&headers.signature),
        signature_input: Some(&headers.signature_input),
        content_digest: headers.content_digest.as_deref(),
    };
    verify(parts, &headers, now, SKEW)
}

/// Signs parameters of the caller's choice, so that only the parameters can be at fault.
fn signed_with(parts: &RequestParts<'_>, signature_params: &str) -> SignedHeaders {
    let digest = parts.has_body().then(|| content_digest(parts.body));
    let base = parts.signature_base(digest.as_deref(), signature_params);
    let signature = signer().sign_request(base.as_bytes());
    SignedHeaders {
        signature: format!("sig1=:{}:", BASE64.encode(signature)),
        signature_input: format!("sig1={signature_params}"),
        content_digest: digest,
    }
}

fn parameters(created: u64, expires: u64) -> String {
    format!(
        ";created={created};expires={expires};nonce=\"{}\";alg=\"ed25519\";keyid=\"{}\"",
        BASE64.encode([9; 16]),
        hex::encode(signer().public_key())
    )
}

const LIST: &str = "(\"@method\" \"@path\" \"@query\")";

#[test]
fn a_signed_request_verifies_and_names_its_key_and_nonce() {
    for parts in [get(), post(), RequestParts { idempotency_key: None, ..post() }] {
        let verified = check(&parts, &signed(&parts), NOW).unwrap();
        assert_eq!(verified.key(), &signer().public_key());
        assert_eq!(verified.nonce(), &[9; 16]);
        assert_eq!(verified.expires_unix_s(), NOW + MAX_LIFETIME_S);
    }
}

#[test]
fn the_signature_base_is_pinned() {
    let headers = signed(&post());
    assert_eq!(
        headers.content_digest.as_deref(),
        Some("sha-256=:6etJWsy84qDpW74Hm5+eQsyuIDccFRbj7TA20qeHz1M=:")
    );
    let params = headers.signature_input.strip_prefix("sig1=").unwrap();
    let base = post().signature_base(headers.content_digest.as_deref(), params);
    let expected = "\"@method\": POST\n\"@path\": /v1/payments\n\"@query\": ?wait=3\n\
        \"content-digest\": sha-256=:6etJWsy84qDpW74Hm5+eQsyuIDccFRbj7TA20qeHz1M=:\n\
        \"content-type\": application/json\n\"idempotency-key\": k-1\n\
        \"@signature-params\": (\"@method\" \"@path\" \"@query\" \"content-digest\" \
        \"content-type\" \"idempotency-key\");created=1800000000;expires=1800000300;\
        nonce=\"CQkJCQkJCQkJCQkJCQkJCQ==\";alg=\"ed25519\";\
        keyid=\"ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c\"";
    assert_eq!(base, expected);
}

#[test]
fn a_request_without_query_covers_a_single_question_mark() {
    let base = get().signature_base(None, "()");
    assert!(base.contains("\n\"@query\": ?\n"), "{base}");
}

#[test]
fn every_changed_part_breaks_the_signature() {
    let headers = signed(&post());
    let bad = Err(HttpSignatureError::BadSignature);
    assert_eq!(check(&RequestParts { method: "PUT", ..post() }, &headers, NOW), bad);
    assert_eq!(check(&RequestParts { path: "/v1/payment", ..post() }, &headers, NOW), bad);
    assert_eq!(check(&RequestParts { query: None, ..post() }, &headers, NOW), bad);
    assert_eq!(check(&RequestParts { query: Some("wait=4"), ..post() }, &headers, NOW), bad);
    assert_eq!(
        check(&RequestParts { content_type: Some("text/xml"), ..post() }, &headers, NOW),
        bad
    );
    assert_eq!(check(&RequestParts { idempotency_key: Some("k-2"), ..post() }, &headers, NOW), bad);
    let other_body = RequestParts { body: b"{\"amount\":\"99.00\"}", ..post() };
    assert_eq!(check(&other_body, &headers, NOW), Err(HttpSignatureError::DigestMismatch));
    let other_digest =
        SignedHeaders { content_digest: Some(content_digest(other_body.body)), ..headers.clone() };
    assert_eq!(check(&other_body, &other_digest, NOW), bad);
    let dropped = RequestParts { idempotency_key: None, ..post() };
    assert_eq!(check(&dropped, &headers, NOW), Err(HttpSignatureError::WrongComponents));
    let emptied = RequestParts { body: b"", ..post() };
    assert_eq!(check(&emptied, &headers, NOW), Err(HttpSignatureError::WrongComponents));
}

#[test]
fn changing_any_byte_of_a_header_is_refused() {
    let headers = signed(&post());
    let digest = headers.content_digest.clone().unwrap();
    let all = [headers.signature.clone(), headers.signature_input.clone(), digest];
    for (which, value) in all.iter().enumerate() {
        for position in 0..value.len() {
            let mut bytes = value.clone().into_bytes();
            bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
            let mut changed = all.clone();
            changed[which] = String::from_utf8(bytes).unwrap();
            let [signature, signature_input, digest] = changed;
            let changed =
                SignedHeaders { signature, signature_input, content_digest: Some(digest) };
            assert!(check(&post(), &changed, NOW).is_err(), "header {which}, byte {position}");
        }
    }
}

#[test]
fn missing_and_duplicate_headers_are_refused() {
    let headers = signed(&post());
    let full = SignatureHeaders {
        signature: Some(&headers.signature),
        signature_input: Some(&headers.signature_input),
        content_digest: headers.content_digest.as_deref(),
    };
    let missing = |headers| verify(&post(), &headers, NOW, SKEW).unwrap_err().code();
    assert_eq!(missing(SignatureHeaders { signature: None, ..full }), "signature_missing");
    assert_eq!(missing(SignatureHeaders { signature_input: None, ..full }), "signature_missing");
    assert_eq!(
        missing(SignatureHeaders { content_digest: None, ..full }),
        "content_digest_missing"
    );
    let untyped = RequestParts { content_type: None, ..post() };
    assert_eq!(verify(&untyped, &full, NOW, SKEW).unwrap_err().code(), "content_type_missing");
    let twice: [&[u8]; 2] = [b"a", b"b"];
    assert_eq!(
        single_header(HeaderName::Signature, twice),
        Err(HttpSignatureError::DuplicateHeader(HeaderName::Signature))
    );
    let latin: [&[u8]; 1] = [b"\xe9"];
    assert_eq!(
        single_header(HeaderName::ContentType, latin),
        Err(HttpSignatureError::UnreadableHeader(HeaderName::ContentType))
    );
}

#[test]
fn another_label_or_a_second_signature_is_refused() {
    let headers = signed(&get());
    let relabelled = SignedHeaders {
        signature: headers.signature.replace("sig1", "sig2"),
        signature_input: headers.signature_input.replace("sig1", "sig2"),
        ..headers.clone()
    };
    assert_eq!(check(&get(), &relabelled, NOW), Err(HttpSignatureError::WrongLabel));
    let second_signature = SignedHeaders {
        signature: format!("{}, sig2=:AA==:", headers.signature),
        ..headers.clone()
    };
    assert_eq!(
        check(&get(), &second_signature, NOW),
        Err(HttpSignatureError::Malformed(HeaderName::Signature))
    );
    let second_input = SignedHeaders {
        signature_input: format!("{}, sig2=()", headers.signature_input),
        ..headers
    };
    assert_eq!(
        check(&get(), &second_input, NOW),
        Err(HttpSignatureError::Malformed(HeaderName::SignatureInput))
    );
}

#[test]
fn other_missing_reordered_and_extra_components_are_refused() {
    let lists = [
        "()",
        "(\"@method\" \"@path\")",
        "(\"@path\" \"@method\" \"@query\")",
        "(\"@method\" \"@path\" \"@query\" \"date\")",
        "(\"@method\" \"@path\" \"@query\" \"content-type\")",
        "(\"@method\";req \"@path\" \"@query\")",
        "(\"@method\" \"@path\" \"@query\"",
        "(\"@method\"  \"@path\" \"@query\")",
        "(\"@method\" \"@path\" \"@target-uri\")",
    ];
    for list in lists {
        let headers = signed_with(&get(), &format!("{list}{}", parameters(NOW, NOW + 300)));
        assert_eq!(
            check(&get(), &headers, NOW),
            Err(HttpSignatureError::WrongComponents),
            "{list}"
        );
    }
}

#[test]
fn parameters_count_in_any_order_but_each_once() {
    let nonce = BASE64.encode([9; 16]);
    let key = hex::encode(signer().public_key());
    let shuffled = format!(
        "{LIST};alg=\"ed25519\";keyid=\"{key}\";created={NOW};nonce=\"{nonce}\";expires={}",
        NOW + 60
    );
    assert!(check(&get(), &signed_with(&get(), &shuffled), NOW).is_ok());

    let whole = parameters(NOW, NOW + 300);
    for parameter in whole.split(';').skip(1) {
        let without = whole.replace(&format!(";{parameter}"), "");
        let refused = check(&get(), &signed_with(&get(), &format!("{LIST}{without}")), NOW);
        assert_eq!(refused.unwrap_err().code(), "signature_parameter_missing", "{parameter}");
        let twice = format!("{LIST}{whole};{parameter}");
        let refused = check(&get(), &signed_with(&get(), &twice), NOW);
        assert_eq!(refused.unwrap_err().code(), "signature_parameter_duplicate", "{parameter}");
    }
    let tagged = format!("{LIST}{whole};tag=\"x\"");
    let refused = check(&get(), &signed_with(&get(), &tagged), NOW);
    assert_eq!(refused, Err(HttpSignatureError::UnknownParameter));
}

#[test]
fn wrong_algorithms_keys_and_nonces_are_refused() {
    let whole = format!("{LIST}{}", parameters(NOW, NOW + 300));
    let key = hex::encode(signer().public_key());
    let nonce = BASE64.encode([9; 16]);
    let rows = [
        ("alg=\"ed25519\"", "alg=\"hmac-sha256\"".to_owned(), "signature_algorithm_wrong"),
        ("alg=\"ed25519\"", "alg=\"ED25519\"".to_owned(), "signature_algorithm_wrong"),
        ("alg=\"ed25519\"", "alg=ed25519".to_owned(), "signature_malformed"),
        (key.as_str(), key.to_uppercase(), "signature_keyid_invalid"),
        (key.as_str(), key[2..].to_owned(), "signature_keyid_invalid"),
        (key.as_str(), format!("{key}00"), "signature_keyid_invalid"),
        (key.as_str(), hex::encode(nowhere_on_the_curve()), "signature_keyid_invalid"),
        (nonce.as_str(), BASE64.encode([9; 15]), "signature_nonce_invalid"),
        (nonce.as_str(), BASE64.encode([9; 17]), "signature_nonce_invalid"),
        (nonce.as_str(), "CQkJCQkJCQkJCQkJCQkJCR==".to_owned(), "signature_nonce_invalid"),
        (nonce.as_str(), String::new(), "signature_nonce_invalid"),
        ("created=18", "created=018".to_owned(), "signature_malformed"),
        ("created=18", "created=-18".to_owned(), "signature_malformed"),
        ("created=18", "created=9999999999999918".to_owned(), "signature_malformed"),
        (";expires", " ;expires".to_owned(), "signature_malformed"),
    ];
    for (from, to, code) in rows {
        let headers = signed_with(&get(), &whole.replace(from, &to));
        assert_eq!(check(&get(), &headers, NOW).unwrap_err().code(), code, "{from} -> {to}");
    }
}

fn nowhere_on_the_curve() -> [u8; 32] {
    (0..=255)
        .map(|byte| [byte; 32])
        .find(|bytes| VerificationKey::try_from(*bytes).is_err())
        .unwrap()
}

#[test]
fn times_are_checked_at_their_edges() {
    let late = Some("signature_expired");
    let future = Some("signature_created_in_future");
    let lifetime = Some("signature_lifetime_invalid");
    let rows = [
        (NOW, NOW + 300, None),
        (NOW, NOW + 301, lifetime),
        (NOW, NOW, lifetime),
        (NOW, NOW - 1, lifetime),
        (NOW + SKEW, NOW + 60, None),
        (NOW + SKEW + 1, NOW + 60, future),
        (NOW - 60, NOW, None),
        (NOW - 60, NOW - 1, late),
    ];
    for (created, expires, expected) in rows {
        let headers = signed_with(&get(), &format!("{LIST}{}", parameters(created, expires)));
        let code = check(&get(), &headers, NOW).err().map(HttpSignatureError::code);
        assert_eq!(code, expected, "created {created}, expires {expires}");
    }
}

#[test]
fn another_digest_algorithm_or_several_digests_are_refused() {
    let headers = signed(&post());
    let digest = headers.content_digest.clone().unwrap();
    for other in [digest.replace("256", "512"), format!("{digest}, {digest}"), "sha-256=x".into()] {
        let headers = SignedHeaders { content_digest: Some(other), ..headers.clone() };
        assert!(matches!(
            check(&post(), &headers, NOW),
            Err(HttpSignatureError::Malformed(HeaderName::ContentDigest)
                | HttpSignatureError::UnreadableHeader(HeaderName::ContentDigest))
        ));
    }
}

#[test]
fn overlong_headers_and_parts_are_refused_before_any_work() {
    let long = "a".repeat(5000);
    let headers = SignatureHeaders {
        signature: Some(&long),
        signature_input: Some(&long),
        content_digest: Some(&long),
    };
    assert_eq!(
        verify(&get(), &headers, NOW, SKEW),
        Err(HttpSignatureError::UnreadableHeader(HeaderName::Signature))
    );
    let path = format!("/{long}");
    let parts = RequestParts { path: &path, ..get() };
    assert_eq!(
        sign(&parts, &signer(), NOW, [0; 16]),
        Err(HttpSignatureError::UnsignablePart(Component::Path))
    );
}

#[test]
fn a_part_with_a_line_break_cannot_be_signed() {
    let forged = "k\n\"@signature-params\": ()";
    let parts = RequestParts { idempotency_key: Some(forged), ..get() };
    assert_eq!(
        sign(&parts, &signer(), NOW, [0; 16]),
        Err(HttpSignatureError::UnsignablePart(Component::IdempotencyKey))
    );
}

/// Lines of the signature base, written here a second time from the RFC.
fn oracle_components(parts: &RequestParts<'_>) -> Vec<HttpMessageComponent> {
    let mut lines = vec![
        format!("\"@method\": {}", parts.method),
        format!("\"@path\": {}", parts.path),
        format!("\"@query\": ?{}", parts.query.unwrap_or("")),
    ];
    if !parts.body.is_empty() {
        lines.push(format!("\"content-digest\": {}", content_digest(parts.body)));
        lines.push(format!("\"content-type\": {}", parts.content_type.unwrap()));
    }
    if let Some(key) = parts.idempotency_key {
        lines.push(format!("\"idempotency-key\": {key}"));
    }
    lines.iter().map(|line| HttpMessageComponent::try_from(line.as_str()).unwrap()).collect()
}

struct OracleKey(VerificationKey);

impl oracle::VerifyingKey for OracleKey {
    fn verify(&self, data: &[u8], signature: &[u8]) -> oracle::HttpSigResult<()> {
        let signature = Signature::try_from(signature).unwrap();
        self.0
            .verify(&signature, data)
            .map_err(|_| oracle::HttpSigError::InvalidSignature("zebra".to_owned()))
    }

    fn key_id(&self) -> String {
        hex::encode(<[u8; 32]>::from(self.0))
    }

    fn alg(&self) -> oracle::AlgorithmName {
        oracle::AlgorithmName::Ed25519
    }
}

struct OracleSigner;

impl oracle::SigningKey for OracleSigner {
    fn sign(&self, data: &[u8]) -> oracle::HttpSigResult<Vec<u8>> {
        Ok(signer().sign_request(data).to_vec())
    }

    fn key_id(&self) -> String {
        hex::encode(signer().public_key())
    }

    fn alg(&self) -> oracle::AlgorithmName {
        oracle::AlgorithmName::Ed25519
    }
}

#[test]
fn an_independent_implementation_accepts_what_we_sign() {
    for parts in [get(), post()] {
        let ours = sign(&parts, &signer(), unix_now_s(), [3; 16]).unwrap();
        let parsed =
            oracle::HttpSignatureHeaders::try_parse(&ours.signature, &ours.signature_input)
                .unwrap();
        let theirs = parsed.get("sig1").unwrap();
        let components = oracle_components(&parts);
        let base =
            oracle::HttpSignatureBase::try_new(&components, theirs.signature_params()).unwrap();
        let key = OracleKey(VerificationKey::try_from(signer().public_key()).unwrap());
        base.verify_signature_headers(&key, theirs).unwrap();
    }
}

#[test]
fn we_accept_what_an_independent_implementation_signs() {
    for parts in [get(), post()] {
        let components = oracle_components(&parts);
        let ids: Vec<_> = components.iter().map(|component| component.id.clone()).collect();
        let mut params = oracle::HttpSignatureParams::try_new(&ids).unwrap();
        params.set_created(NOW).set_expires(NOW + 300).set_key_info(&OracleSigner);
        params.set_nonce(&BASE64.encode([4; 16]));
        let base = oracle::HttpSignatureBase::try_new(&components, &params).unwrap();
        let theirs = base.build_signature_headers(&OracleSigner, Some("sig1")).unwrap();
        let headers = SignedHeaders {
            signature: theirs.signature_header_value(),
            signature_input: theirs.signature_input_header_value(),
            content_digest: (!parts.body.is_empty()).then(|| content_digest(parts.body)),
        };
        let verified = check(&parts, &headers, NOW).unwrap();
        assert_eq!(hex::encode(verified.key()), OracleSigner.key_id());
    }
}
