//! Clients that prove who they are by a key: `private_key_jwt` (RFC 7523, RFC 7521 §4.2).
//!
//! # Place      `[[oauth_clients]] keys` -> [assertion] -> oauth, which gives the token
//! # Invariants Z3 an assertion is its client's, for this gateway, for minutes, and counts once; which
//! #            algorithm is taken is said by the client's key, never by what it sends
//! # Absent     keys behind a URL (`jwks_uri`), certificates, assertions of others than the client

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, dangerous};
use ledger_core::signature::PublicKey;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// The only `client_assertion_type`.
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Seconds that an assertion may count from now at most.
pub const MAX_ASSERTION_S: u64 = 300;
/// Keys of one client at most: enough to change them.
pub const MAX_KEYS: usize = 4;
/// Bytes of an assertion at most.
const MAX_BYTES: usize = 4_096;
/// Bytes of a `jti` at most.
const MAX_JTI: usize = 128;
/// Seconds by which a client's clock may be ahead.
const SKEW_S: u64 = 5;
/// Before the id of a client, where its names are remembered.
const REMEMBERED: &[u8] = b"florin/oauth-assertion/1";

/// A public key of a client as the configuration has it (RFC 7517, RFC 8037): Ed25519 or P-256.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicJwk {
    kty: String,
    crv: String,
    x: String,
    y: Option<String>,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
}

/// A key that assertions are checked with, and the one algorithm that it is for.
#[derive(Clone, Debug)]
pub struct ClientKey {
    kid: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
    /// The key itself, where it is one of Ed25519.
    ed25519: Option<PublicKey>,
}

impl ClientKey {
    /// The key, where it is one of Ed25519: a client may show a certificate of it.
    #[must_use]
    pub const fn ed25519(&self) -> Option<PublicKey> {
        self.ed25519
    }
}

impl PublicJwk {
    /// The key, if it is one: of the right length, of no small order, for signatures.
    #[must_use]
    pub fn key(&self) -> Option<ClientKey> {
        let x = coordinate(&self.x)?;
        let (algorithm, key) = match (self.kty.as_str(), self.crv.as_str(), &self.y) {
            ("OKP", "Ed25519", None) => {
                let sound = PublicKey::new(x).is_acceptable();
                (Algorithm::EdDSA, sound.then(|| DecodingKey::from_ed_der(&x))?)
            }
            ("EC", "P-256", Some(y)) => {
                let point = [[4].as_slice(), &x, &coordinate(y)?].concat();
                (Algorithm::ES256, DecodingKey::from_ec_der(&point))
            }
            _ => return None,
        };
        let named = self.alg.as_deref().is_none_or(|alg| Some(algorithm) == taken(alg));
        let signs = self.usage.as_deref().is_none_or(|usage| usage == "sig");
        let ed25519 = (algorithm == Algorithm::EdDSA).then(|| PublicKey::new(x));
        (named && signs).then(|| ClientKey { kid: self.kid.clone(), algorithm, key, ed25519 })
    }
}

fn coordinate(text: &str) -> Option<[u8; 32]> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

/// The algorithms that are taken, by their names.
fn taken(name: &str) -> Option<Algorithm> {
    match name {
        "EdDSA" => Some(Algorithm::EdDSA),
        "ES256" => Some(Algorithm::ES256),
        _ => None,
    }
}

/// Why an assertion proves nothing, in the order in which it is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssertionRefused {
    /// Of another type.
    #[error("client_assertion_type is not {ASSERTION_TYPE}")]
    Type,
    /// Not a JWT with these claims, or too long.
    #[error(
        "the assertion is not a JWT of at most {MAX_BYTES} bytes with iss, sub, aud, exp and jti"
    )]
    Malformed,
    /// `none`, a shared secret, RSA, or another curve.
    #[error("the assertion is not signed by EdDSA or ES256")]
    Algorithm,
    /// No such client, or none with this key.
    #[error("no client has this id and key; see [[oauth_clients]] in the gateway's config")]
    Unproven,
    /// Somebody else's.
    #[error("iss, sub and client_id are not one client")]
    Parties,
    /// For another server, or for several.
    #[error("aud is not this gateway alone: name its issuer or its token endpoint")]
    Audience,
    /// Over.
    #[error("exp is over; set your clock")]
    Expired,
    /// For too long.
    #[error("exp is more than {MAX_ASSERTION_S} s ahead")]
    TooLong,
    /// Of a time to come.
    #[error("iat or nbf is ahead; set your clock")]
    Early,
    /// No name of its own.
    #[error("jti has 1 to {MAX_JTI} bytes")]
    Unnamed,
    /// Used.
    #[error("the assertion was used before; make a new one, with a jti of its own")]
    Used,
}

#[derive(Deserialize)]
struct Head {
    alg: String,
    /// What must be understood; nothing is.
    crit: Option<serde_json::Value>,
}

/// `aud`, as one name or a list of one; a list of several is no audience of ours.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    List(Vec<String>),
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: u64,
    jti: String,
    iat: Option<u64>,
    nbf: Option<u64>,
}

/// A client that proved who it is, if its assertion was not used before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asserted {
    /// The client.
    pub id: String,
    /// Under which its names are remembered: no key of anybody, since it is a hash.
    pub key: [u8; 32],
    /// The name of the assertion.
    pub nonce: [u8; 16],
    /// Until when it must be remembered.
    pub expires_s: u64,
}

/// What an assertion is judged by.
pub(super) struct Judge<'a> {
    /// This server.
    pub(super) issuer: &'a str,
    /// Its token endpoint.
    pub(super) endpoint: &'a str,
    /// Seconds since 1970.
    pub(super) now_s: u64,
}

impl Judge<'_> {
    /// Who sent this, given the keys of each client.
    pub(super) fn judge<'k>(
        &self,
        assertion: &str,
        client_id: Option<&str>,
        keys: impl Fn(&str) -> Option<&'k [ClientKey]>,
    ) -> Result<Asserted, AssertionRefused> {
        use AssertionRefused as R;
        let head = head(assertion).ok_or(R::Malformed)?;
        let algorithm = taken(&head.alg).ok_or(R::Algorithm)?;
        if head.crit.is_some() {
            return Err(R::Malformed);
        }
        // Whose key it is checked with; believed after that alone.
        let said: Claims =
            dangerous::insecure_decode_claims(assertion).map_err(|_| R::Malformed)?;
        let own = keys(&said.sub).ok_or(R::Unproven)?;
        let claims = proven(assertion, algorithm, own).ok_or(R::Unproven)?;
        self.claims(&claims, client_id)?;
        let key = Sha256::new().chain_update(REMEMBERED).chain_update(&claims.sub);
        let name: [u8; 32] = Sha256::digest(claims.jti.as_bytes()).into();
        let (nonce, _) = name.split_first_chunk().ok_or(R::Unnamed)?;
        Ok(Asserted {
            key: key.finalize().into(),
            nonce: *nonce,
            expires_s: claims.exp,
            id: claims.sub,
        })
    }

    fn claims(&self, claims: &Claims, client_id: Option<&str>) -> Result<(), AssertionRefused> {
        use AssertionRefused as R;
        let ours = |name: &str| name == self.issuer || name == self.endpoint;
        let for_us = match &claims.aud {
            Audience::One(name) => ours(name),
            Audience::List(names) => matches!(names.as_slice(), [name] if ours(name)),
        };
        let latest = self.now_s.saturating_add(SKEW_S);
        let ahead = |time: Option<u64>| time.is_some_and(|time| time > latest);
        if claims.iss != claims.sub || client_id.is_some_and(|id| id != claims.sub) {
            Err(R::Parties)
        } else if !for_us {
            Err(R::Audience)
        } else if claims.exp <= self.now_s {
            Err(R::Expired)
        } else if claims.exp > self.now_s.saturating_add(MAX_ASSERTION_S) {
            Err(R::TooLong)
        } else if ahead(claims.iat) || ahead(claims.nbf) {
            Err(R::Early)
        } else if !(1..=MAX_JTI).contains(&claims.jti.len()) {
            Err(R::Unnamed)
        } else {
            Ok(())
        }
    }
}

fn head(assertion: &str) -> Option<Head> {
    let (head, _) = (assertion.len() <= MAX_BYTES).then(|| assertion.split_once('.')).flatten()?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(head).ok()?).ok()
}

/// The claims, if a key of the client for this algorithm signed them.
fn proven(assertion: &str, algorithm: Algorithm, keys: &[ClientKey]) -> Option<Claims> {
    let kid = jsonwebtoken::decode_header(assertion).ok()?.kid;
    let mut signature_alone = Validation::new(algorithm);
    // Claims are judged here, by a clock that is given, and more strictly.
    signature_alone.required_spec_claims.clear();
    signature_alone.validate_exp = false;
    signature_alone.validate_aud = false;
    let named = |own: &&ClientKey| match (&kid, &own.kid) {
        (Some(kid), Some(own)) => kid == own,
        _ => true,
    };
    let fitting = keys.iter().filter(|own| own.algorithm == algorithm).filter(named);
    let mut checked =
        fitting.map(|own| jsonwebtoken::decode(assertion, &own.key, &signature_alone));
    checked.find_map(Result::ok).map(|token| token.claims)
}

#[cfg(test)]
mod tests;
