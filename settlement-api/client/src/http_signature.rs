//! Signed HTTP requests: the one RFC 9421 profile that Florin speaks.
//!
//! # Profile
//! One signature labelled `sig1`, algorithm `ed25519` (verified by the ZIP-215 rules), `keyid` the
//! public key in lowercase hex. It covers, in this order, `@method`, `@path`, `@query` (`?` when
//! there is none); with a body `content-digest` (RFC 9530, sha-256) and `content-type`; and
//! `idempotency-key` when that header is present. Its parameters are `created`, `expires` (at most
//! [`MAX_LIFETIME_S`] later), `nonce` (16 random bytes, base64), `alg` and `keyid`: each exactly
//! once, in any order, and no other.
//!
//! # Place
//! client -> [http_signature] -> network -> [http_signature] -> nonce -> auth
//!
//! # Invariants
//! - The verifier computes the covered components from the request itself and compares; it never
//!   lets the sender choose what is covered.
//! - The bytes that were signed are the bytes of the header: the parameters enter the signature
//!   base as they were sent, and only their canonical spelling is accepted.
//!
//! # Precedence of refusals
//! headers, label, form of `signature`, request parts, components, parameters, algorithm, key,
//! nonce, times, digest, signature. The first that applies is reported.
//!
//! # Absent on purpose
//! The clock and randomness (both are arguments), memory of used nonces (`nonce`), the question
//! whose key it is (`auth`), other algorithms, several signatures, response signatures. The host is
//! not covered: the profile leaves `@authority` out, so that a gateway may stand behind any name.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_zebra::{Signature, VerificationKey};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

mod error;
#[cfg(test)]
mod tests;

pub use error::{Component, HeaderName, HttpSignatureError, Parameter};

/// The label of the only signature a request carries.
pub const LABEL: &str = "sig1";
/// The longest time between `created` and `expires`, in seconds.
pub const MAX_LIFETIME_S: u64 = 300;
/// The longest `signature-input` header that is read.
pub const MAX_SIGNATURE_INPUT_BYTES: usize = 512;
/// The longest `signature` header that is read.
pub const MAX_SIGNATURE_BYTES: usize = 128;
/// The longest `content-digest` header that is read.
pub const MAX_CONTENT_DIGEST_BYTES: usize = 128;
/// The longest method that is signed.
pub const MAX_METHOD_BYTES: usize = 32;
/// The longest path that is signed.
pub const MAX_PATH_BYTES: usize = 2048;
/// The longest query that is signed.
pub const MAX_QUERY_BYTES: usize = 4096;
/// The longest `content-type` that is signed.
pub const MAX_CONTENT_TYPE_BYTES: usize = 255;
/// The longest `idempotency-key` that is signed.
pub const MAX_IDEMPOTENCY_KEY_BYTES: usize = 255;

/// Structured-field integers have at most 15 digits.
const MAX_INTEGER_DIGITS: usize = 15;

/// Who signs: a key file, an HSM session, or a test key.
///
/// An implementation signs requests with this key, and what [`crate::tls`] has it sign: handshakes of
/// TLS 1.3 and the certificate of the key. Neither begins with a quotation mark, as a request's
/// signature base does, so that nothing else can pass for a request (Z4).
pub trait RequestSigner: Send + Sync {
    /// The public half, which becomes `keyid`.
    fn public_key(&self) -> [u8; 32];
    /// Signs the RFC 9421 signature base, or what TLS has signed.
    fn sign_request(&self, signature_base: &[u8]) -> [u8; 64];
}

impl RequestSigner for ed25519_zebra::SigningKey {
    fn public_key(&self) -> [u8; 32] {
        ed25519_zebra::VerificationKeyBytes::from(self).into()
    }

    fn sign_request(&self, signature_base: &[u8]) -> [u8; 64] {
        self.sign(signature_base).to_bytes()
    }
}

/// What a signature covers, as it is on the wire. An empty body is no body.
#[derive(Clone, Copy, Debug)]
pub struct RequestParts<'a> {
    /// The method, as sent.
    pub method: &'a str,
    /// The path with its percent-encoding, beginning with `/`.
    pub path: &'a str,
    /// The query without its `?`.
    pub query: Option<&'a str>,
    /// The media type of the body.
    pub content_type: Option<&'a str>,
    /// The value of `idempotency-key`.
    pub idempotency_key: Option<&'a str>,
    /// The body; empty means none.
    pub body: &'a [u8],
}

/// The header values that carry a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHeaders {
    /// The value of `signature`.
    pub signature: String,
    /// The value of `signature-input`.
    pub signature_input: String,
    /// The value of `content-digest`; present exactly when there is a body.
    pub content_digest: Option<String>,
}

/// The header values a received request carried, each at most once (see [`single_header`]).
#[derive(Clone, Copy, Debug, Default)]
pub struct SignatureHeaders<'a> {
    /// The value of `signature`.
    pub signature: Option<&'a str>,
    /// The value of `signature-input`.
    pub signature_input: Option<&'a str>,
    /// The value of `content-digest`.
    pub content_digest: Option<&'a str>,
}

/// A request whose signature holds. Only [`verify`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedRequest {
    key: [u8; 32],
    nonce: [u8; 16],
    expires: u64,
}

impl VerifiedRequest {
    /// The public key that signed.
    pub fn key(&self) -> &[u8; 32] {
        &self.key
    }

    /// The nonce, which must be used once only.
    pub fn nonce(&self) -> &[u8; 16] {
        &self.nonce
    }

    /// The last second (Unix time) in which the signature counts.
    pub fn expires_unix_s(&self) -> u64 {
        self.expires
    }
}

/// Signs a request for the next `MAX_LIFETIME_S` seconds.
///
/// `nonce` must be fresh random bytes for every call.
pub fn sign(
    parts: &RequestParts<'_>,
    signer: &dyn RequestSigner,
    now_unix_s: u64,
    nonce: [u8; 16],
) -> Result<SignedHeaders, HttpSignatureError> {
    let parts = parts.checked()?;
    let content_digest = parts.has_body().then(|| content_digest(parts.body));
    let parameters = format!(
        "{};created={now_unix_s};expires={};nonce=\"{}\";alg=\"ed25519\";keyid=\"{}\"",
        parts.component_list(),
        now_unix_s.saturating_add(MAX_LIFETIME_S),
        BASE64.encode(nonce),
        hex::encode(signer.public_key()),
    );
    let base = parts.signature_base(content_digest.as_deref(), &parameters);
    let signature = signer.sign_request(base.as_bytes());
    Ok(SignedHeaders {
        signature: format!("{LABEL}=:{}:", BASE64.encode(signature)),
        signature_input: format!("{LABEL}={parameters}"),
        content_digest,
    })
}

/// Checks a received request against the profile and its signature.
///
/// `clock_skew_s` is how far the sender's clock may be ahead of ours. The caller still has to
/// remember the nonce until [`VerifiedRequest::expires_unix_s`], and to ask whose key it is.
pub fn verify(
    parts: &RequestParts<'_>,
    headers: &SignatureHeaders<'_>,
    now_unix_s: u64,
    clock_skew_s: u64,
) -> Result<VerifiedRequest, HttpSignatureError> {
    let signature = bounded(headers.signature, HeaderName::Signature, MAX_SIGNATURE_BYTES)?;
    let input =
        bounded(headers.signature_input, HeaderName::SignatureInput, MAX_SIGNATURE_INPUT_BYTES)?;
    let signature: [u8; 64] = bytes_after_label(signature)?;
    let signature_params = after_label(input)?;

    let parts = parts.checked()?;
    let parameters = signature_params
        .strip_prefix(parts.component_list().as_str())
        .ok_or(HttpSignatureError::WrongComponents)?;
    let parameters = Parameters::parse(parameters)?;
    let verified = parameters.check(now_unix_s, clock_skew_s)?;

    let digest = received_digest(&parts, headers.content_digest)?;
    let base = parts.signature_base(digest, signature_params);
    VerificationKey::try_from(verified.key)
        .map_err(|_| HttpSignatureError::BadKeyId)?
        .verify(&Signature::from_bytes(&signature), base.as_bytes())
        .map_err(|_| HttpSignatureError::BadSignature)?;
    Ok(verified)
}

/// The only value of a header that must not be repeated, or `None` when it is absent.
pub fn single_header<'a>(
    name: HeaderName,
    values: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Option<&'a str>, HttpSignatureError> {
    let mut values = values.into_iter();
    let Some(first) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(HttpSignatureError::DuplicateHeader(name));
    }
    let text =
        std::str::from_utf8(first).map_err(|_| HttpSignatureError::UnreadableHeader(name))?;
    Ok(Some(text))
}

/// The value of `content-digest` for a body.
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", BASE64.encode(Sha256::digest(body)))
}

/// Seconds since 1970 by the system clock; 0 when it stands before that, which no signature passes.
pub fn unix_now_s() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_secs())
}

impl<'a> RequestParts<'a> {
    /// These parts without the blanks around header values, if each can stand in a signature base.
    ///
    /// A control character would let one line of the base pass for two.
    fn checked(&self) -> Result<RequestParts<'a>, HttpSignatureError> {
        let parts = RequestParts {
            content_type: self.content_type.map(trimmed),
            idempotency_key: self.idempotency_key.map(trimmed),
            ..*self
        };
        let checks = [
            (Component::Method, Some(parts.method), 1..=MAX_METHOD_BYTES),
            (Component::Path, Some(parts.path), 1..=MAX_PATH_BYTES),
            (Component::Query, parts.query, 0..=MAX_QUERY_BYTES),
            (Component::ContentType, parts.content_type, 1..=MAX_CONTENT_TYPE_BYTES),
            (Component::IdempotencyKey, parts.idempotency_key, 1..=MAX_IDEMPOTENCY_KEY_BYTES),
        ];
        for (component, value, length) in checks {
            let signable = value.is_none_or(|text| length.contains(&text.len()) && is_plain(text));
            if !signable {
                return Err(HttpSignatureError::UnsignablePart(component));
            }
        }
        if !parts.path.starts_with('/') {
            return Err(HttpSignatureError::UnsignablePart(Component::Path));
        }
        if parts.has_body() && parts.content_type.is_none() {
            return Err(HttpSignatureError::MissingHeader(HeaderName::ContentType));
        }
        Ok(parts)
    }

    fn has_body(&self) -> bool {
        !self.body.is_empty()
    }

    /// The covered components as they stand in `signature-input`.
    fn component_list(&self) -> String {
        let mut list = String::from("(\"@method\" \"@path\" \"@query\"");
        if self.has_body() {
            list.push_str(" \"content-digest\" \"content-type\"");
        }
        if self.idempotency_key.is_some() {
            list.push_str(" \"idempotency-key\"");
        }
        list.push(')');
        list
    }

    /// The bytes that are signed (RFC 9421, section 2.5), in the order of `component_list`.
    fn signature_base(&self, content_digest: Option<&str>, signature_params: &str) -> String {
        let mut base = String::new();
        let mut line = |name: &str, value: &str| {
            // Writing to a String cannot fail.
            let _ = writeln!(base, "\"{name}\": {value}");
        };
        line("@method", self.method);
        line("@path", self.path);
        line("@query", &format!("?{}", self.query.unwrap_or_default()));
        if self.has_body() {
            line("content-digest", content_digest.unwrap_or_default());
            line("content-type", self.content_type.unwrap_or_default());
        }
        if let Some(key) = self.idempotency_key {
            line("idempotency-key", key);
        }
        let _ = write!(base, "\"@signature-params\": {signature_params}");
        base
    }
}

/// The parameters of a signature, read but not yet judged.
#[derive(Default)]
struct Parameters<'a> {
    created: Option<u64>,
    expires: Option<u64>,
    nonce: Option<&'a str>,
    alg: Option<&'a str>,
    keyid: Option<&'a str>,
}

impl<'a> Parameters<'a> {
    /// Reads `;name=value` until the text ends. Only the canonical spelling is accepted; no value
    /// of the profile contains a quote, a backslash or a semicolon.
    fn parse(text: &'a str) -> Result<Self, HttpSignatureError> {
        let mut parameters = Self::default();
        let mut rest = text;
        while !rest.is_empty() {
            let malformed = HttpSignatureError::Malformed(HeaderName::SignatureInput);
            let member = rest.strip_prefix(';').ok_or(malformed)?;
            let (name, value) = member.split_once('=').ok_or(malformed)?;
            let end = value.find(';').unwrap_or(value.len());
            let (value, tail) = value.split_at(end);
            rest = tail;
            match name {
                "created" => set(&mut parameters.created, Parameter::Created, integer(value)?)?,
                "expires" => set(&mut parameters.expires, Parameter::Expires, integer(value)?)?,
                "nonce" => set(&mut parameters.nonce, Parameter::Nonce, quoted(value)?)?,
                "alg" => set(&mut parameters.alg, Parameter::Alg, quoted(value)?)?,
                "keyid" => set(&mut parameters.keyid, Parameter::KeyId, quoted(value)?)?,
                _ => return Err(HttpSignatureError::UnknownParameter),
            }
        }
        Ok(parameters)
    }

    /// Judges the parameters; the signature itself is checked later.
    fn check(&self, now: u64, clock_skew_s: u64) -> Result<VerifiedRequest, HttpSignatureError> {
        let created = present(self.created, Parameter::Created)?;
        let expires = present(self.expires, Parameter::Expires)?;
        let nonce = present(self.nonce, Parameter::Nonce)?;
        let alg = present(self.alg, Parameter::Alg)?;
        let keyid = present(self.keyid, Parameter::KeyId)?;
        if alg != "ed25519" {
            return Err(HttpSignatureError::WrongAlgorithm);
        }
        let key = public_key(keyid)?;
        let nonce = BASE64
            .decode(nonce)
            .ok()
            .and_then(|bytes| <[u8; 16]>::try_from(bytes).ok())
            .ok_or(HttpSignatureError::BadNonce)?;
        let lifetime = expires.checked_sub(created).ok_or(HttpSignatureError::BadLifetime)?;
        if lifetime == 0 || lifetime > MAX_LIFETIME_S {
            return Err(HttpSignatureError::BadLifetime);
        }
        if created > now.saturating_add(clock_skew_s) {
            return Err(HttpSignatureError::CreatedInFuture);
        }
        if expires < now {
            return Err(HttpSignatureError::Expired);
        }
        Ok(VerifiedRequest { key, nonce, expires })
    }
}

/// The content digest of a request with a body, if it is that body's.
fn received_digest<'a>(
    parts: &RequestParts<'_>,
    header: Option<&'a str>,
) -> Result<Option<&'a str>, HttpSignatureError> {
    if !parts.has_body() {
        return Ok(None);
    }
    let digest = bounded(header, HeaderName::ContentDigest, MAX_CONTENT_DIGEST_BYTES)?;
    let encoded = digest
        .strip_prefix("sha-256=:")
        .and_then(|rest| rest.strip_suffix(':'))
        .ok_or(HttpSignatureError::Malformed(HeaderName::ContentDigest))?;
    let claimed = BASE64
        .decode(encoded)
        .map_err(|_| HttpSignatureError::Malformed(HeaderName::ContentDigest))?;
    if claimed.as_slice() != Sha256::digest(parts.body).as_slice() {
        return Err(HttpSignatureError::DigestMismatch);
    }
    Ok(Some(digest))
}

fn bounded(value: Option<&str>, name: HeaderName, max: usize) -> Result<&str, HttpSignatureError> {
    let value = trimmed(value.ok_or(HttpSignatureError::MissingHeader(name))?);
    if value.len() > max || !is_plain(value) {
        return Err(HttpSignatureError::UnreadableHeader(name));
    }
    Ok(value)
}

fn after_label(value: &str) -> Result<&str, HttpSignatureError> {
    value
        .strip_prefix(LABEL)
        .and_then(|rest| rest.strip_prefix('='))
        .ok_or(HttpSignatureError::WrongLabel)
}

fn bytes_after_label(value: &str) -> Result<[u8; 64], HttpSignatureError> {
    after_label(value)?
        .strip_prefix(':')
        .and_then(|rest| rest.strip_suffix(':'))
        .and_then(|encoded| BASE64.decode(encoded).ok())
        .and_then(|bytes| <[u8; 64]>::try_from(bytes).ok())
        .ok_or(HttpSignatureError::Malformed(HeaderName::Signature))
}

fn set<T>(slot: &mut Option<T>, name: Parameter, value: T) -> Result<(), HttpSignatureError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(HttpSignatureError::DuplicateParameter(name)),
    }
}

fn present<T>(value: Option<T>, name: Parameter) -> Result<T, HttpSignatureError> {
    value.ok_or(HttpSignatureError::MissingParameter(name))
}

/// A non-negative integer without sign or leading zeros.
fn integer(text: &str) -> Result<u64, HttpSignatureError> {
    let malformed = HttpSignatureError::Malformed(HeaderName::SignatureInput);
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = text == "0" || !text.starts_with('0');
    if !digits || !canonical || text.len() > MAX_INTEGER_DIGITS {
        return Err(malformed);
    }
    text.parse().map_err(|_| malformed)
}

fn quoted(text: &str) -> Result<&str, HttpSignatureError> {
    text.strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .filter(|inner| !inner.contains(['"', '\\']))
        .ok_or(HttpSignatureError::Malformed(HeaderName::SignatureInput))
}

fn public_key(keyid: &str) -> Result<[u8; 32], HttpSignatureError> {
    let mut key = [0_u8; 32];
    let lowercase = !keyid.bytes().any(|byte| byte.is_ascii_uppercase());
    match hex::decode_to_slice(keyid, &mut key) {
        Ok(()) if lowercase => Ok(key),
        Ok(()) | Err(_) => Err(HttpSignatureError::BadKeyId),
    }
}

fn trimmed(value: &str) -> &str {
    value.trim_matches([' ', '\t'])
}

fn is_plain(value: &str) -> bool {
    value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}
