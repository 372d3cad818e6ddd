//! `[oauth]` and `[[oauth_clients]]`: who gets tokens from a gateway, and how a client proves who it is.

use std::collections::BTreeSet;

use ledger_core::{digest::Hash32, id::Text};
use serde::Deserialize;
use settlement_api::oauth::{
    ClientProof,
    assertion::{MAX_KEYS, PublicJwk},
};

/// `[oauth]`: how clients know this gateway.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Issuer {
    /// Its URL, as clients reach it.
    pub(crate) issuer: String,
}

/// `[[oauth_clients]]`: who gets tokens from a gateway.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenClient {
    /// What it calls itself.
    pub(crate) id: Text,
    /// SHA-256 of its secret, in hex. The secret is 32 random bytes in hex, or as good.
    secret_sha256: Option<String>,
    /// Public keys that sign its assertions, in place of a secret.
    #[serde(default)]
    keys: Vec<PublicJwk>,
    /// For the log; clients of one name are one person.
    pub(crate) name: Text,
    /// Roles, each alone or with `:read`.
    pub(crate) scopes: BTreeSet<Text>,
    /// Whether it gets tokens over TLS with a certificate only, each bound to that certificate's key.
    #[serde(default)]
    pub(crate) bound: bool,
}

impl TokenClient {
    /// How it proves who it is, if that is one way, and sound.
    pub(crate) fn proof(&self) -> Option<ClientProof> {
        match (&self.secret_sha256, self.keys.len()) {
            (Some(hash), 0) => Hash32::from_hex(hash).map(ClientProof::Secret),
            (None, 1..=MAX_KEYS) => {
                let keys = self.keys.iter().map(PublicJwk::key).collect::<Option<_>>()?;
                Some(ClientProof::Keys(keys))
            }
            _ => None,
        }
    }
}

/// What a gateway's file lacks of these.
pub(super) fn check(
    clients: &[TokenClient],
    issuer: Option<&Issuer>,
    asks: bool,
) -> Option<&'static str> {
    if !asks && clients.iter().any(|client| client.bound) {
        Some("[tls] clients, since [[oauth_clients]] has one that is bound,")
    } else if clients.iter().any(|client| client.scopes.is_empty()) {
        Some("[[oauth_clients]] scopes")
    } else if clients.iter().any(|client| client.proof().is_none()) {
        Some(
            "[[oauth_clients]] secret_sha256 (64 lowercase hex digits) or keys (one to four public \
             JWKs, Ed25519 or P-256), not both,",
        )
    } else if issuer.is_some_and(|given| !is_base_url(&given.issuer)) {
        Some("[oauth] issuer, an http or https URL without query and without a slash at its end,")
    } else {
        None
    }
}

fn is_base_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"?#\"\\".contains(&byte);
    rest.is_some_and(|rest| !rest.is_empty() && !rest.ends_with('/') && rest.bytes().all(plain))
}
