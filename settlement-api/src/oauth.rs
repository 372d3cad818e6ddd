//! Tokens of OAuth 2.0 client credentials (RFC 6749 §4.4), beside signed requests.
//!
//! # Place      `[[oauth_clients]]` -> [oauth] -> server::oauth gives tokens, server::App takes them
//! # Invariants Z2 a token is random, lasts ten minutes, is kept as its hash and in memory alone; it
//! #            says no more than its client's scopes; what sends a command is signed all the same
//! #            Z3 a client proves itself by its secret or by its keys, as the configuration says, not both
//! #            Z5 a token that was asked for with a certificate counts with that certificate's key alone
//! # Absent     refresh tokens, other grants, clients that prove themselves by a certificate

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use actix_web::{HttpRequest, http::header};
use ledger_core::{digest::Hash32, signature::PublicKey};
use sha2::{Digest as _, Sha256};

use crate::{
    keys::random_32,
    refused::Refused,
    server::{Client, ClientRole},
};

pub mod assertion;

use assertion::{Asserted, AssertionRefused, ClientKey, Judge};

/// Where tokens are asked for.
pub const TOKEN_PATH: &str = "/oauth/token";

/// Seconds for which a token counts.
pub const TOKEN_S: u64 = 600;
/// Tokens of one client at most: a further one takes the place of its oldest.
const MAX_PER_CLIENT: usize = 64;
/// What follows a role in a scope that only reads.
const READ: &str = ":read";

/// Operations besides reading for which a token is enough: none sends a command to the ledger, moves
/// money or gives a word that binds this bank to money. All else is signed (RFC 9421).
pub const BY_TOKEN: &[&str] = &[
    "/v1/simulate",
    "/v1/status-requests",
    "/v1/statement-requests",
    "/v1/account-checks",
    "/v1/cases",
    "/v1/cases/{case}/accept",
    "/v1/cases/{case}/interim",
    "/v1/cases/{case}/answer",
    "/v1/cases/{case}/answer/approve",
    "/v1/cases/{case}/reject",
    "/v1/cases/{case}/close",
    "/v1/cases/{case}/reopen",
    "/v1/cases/{case}/withdraw",
    "/v1/cases/{case}/forward",
    "/v1/tickets/check",
    "/v1/contracts/calls/quote",
];

/// What a token may do: all that a role may, or what it may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scope {
    /// The role.
    pub role: ClientRole,
    /// Reading alone.
    pub reads: bool,
}

impl Scope {
    /// `operations`, or `operations:read`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let (role, reads) = match name.strip_suffix(READ) {
            Some(role) => (role, true),
            None => (name, false),
        };
        ClientRole::from_name(role).map(|role| Self { role, reads })
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> String {
        format!("{}{}", self.role.name(), if self.reads { READ } else { "" })
    }

    /// Whether whoever has this may also have another.
    fn holds(self, other: Self) -> bool {
        self.role == other.role && (other.reads || !self.reads)
    }
}

/// How a client proves who it is: one way, so that the weaker one is no way around the other.
#[derive(Clone, Debug)]
pub enum ClientProof {
    /// SHA-256 of its secret.
    Secret(Hash32),
    /// Keys that sign its assertions.
    Keys(Vec<ClientKey>),
}

/// A client that gets tokens.
#[derive(Clone, Debug)]
pub struct TokenClient {
    /// For logs; clients of one name are one person.
    pub name: String,
    /// How it proves who it is.
    pub proof: ClientProof,
    /// What its tokens may do at most.
    pub scopes: Vec<Scope>,
    /// Whether it gets none without a certificate.
    pub bound: bool,
}

/// The key of the certificate that a client showed when it connected: the hash of its
/// `SubjectPublicKeyInfo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownKey(Hash32);

impl ShownKey {
    /// Of a `SubjectPublicKeyInfo` in DER.
    #[must_use]
    pub fn of(spki: &[u8]) -> Self {
        Self(Hash32::new(Sha256::digest(spki).into()))
    }

    /// What the client of a request showed.
    pub(crate) fn by(request: &HttpRequest) -> Option<Self> {
        request.conn_data::<Self>().copied()
    }
}

impl TokenClient {
    fn scopes(&self, asked: Option<&str>) -> Result<Vec<Scope>, TokenRefused> {
        let Some(asked) = asked else { return Ok(self.scopes.clone()) };
        let each = asked.split(' ').map(|name| {
            let scope = Scope::from_name(name)?;
            self.scopes.iter().any(|own| own.holds(scope)).then_some(scope)
        });
        each.collect::<Option<Vec<_>>>().ok_or(TokenRefused::InvalidScope)
    }
}

/// A token that was given.
#[derive(Clone, Debug)]
struct Given {
    client: String,
    scopes: Vec<Scope>,
    /// With which key it counts; with any, and with none, where it was asked for without one.
    bound: Option<ShownKey>,
    expires_s: u64,
}

/// A token and what it may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The token.
    pub text: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
}

/// Why there is no token: the errors of RFC 6749 §5.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefused {
    /// The request is not one.
    #[error("send grant_type and at most scope, each once, form-encoded, as one client")]
    InvalidRequest,
    /// Nobody has this id and secret.
    #[error("no client has this id and secret; see [[oauth_clients]] in the gateway's config")]
    InvalidClient,
    /// A client that gets no token without a certificate shows none.
    #[error("this client's tokens are bound to a key; show its certificate over TLS")]
    Unbound,
    /// An assertion that proves nothing.
    #[error(transparent)]
    Assertion(#[from] AssertionRefused),
    /// Another grant.
    #[error("the only grant_type is client_credentials")]
    UnsupportedGrantType,
    /// A scope that is none, or not the client's.
    #[error("a scope is a role, or a role and :read, of those that the client has")]
    InvalidScope,
}

impl TokenRefused {
    /// As the RFC calls it.
    #[must_use]
    pub const fn error(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient | Self::Unbound | Self::Assertion(_) => "invalid_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
        }
    }

    /// As it is counted.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::InvalidRequest => "oauth_invalid_request",
            Self::InvalidClient | Self::Unbound | Self::Assertion(_) => "oauth_invalid_client",
            Self::UnsupportedGrantType => "oauth_unsupported_grant_type",
            Self::InvalidScope => "oauth_invalid_scope",
        }
    }
}

/// Clients that get tokens, and the tokens that count.
#[derive(Debug, Default)]
pub struct Tokens {
    clients: BTreeMap<String, TokenClient>,
    /// What assertions name as their audience; without it none is.
    issuer: Option<String>,
    given: Mutex<BTreeMap<Hash32, Given>>,
}

fn hash(text: &str) -> Hash32 {
    Hash32::new(Sha256::digest(text.as_bytes()).into())
}

impl Tokens {
    /// With these clients, by their ids, and no token.
    #[must_use]
    pub fn new(clients: BTreeMap<String, TokenClient>) -> Self {
        Self { clients, ..Self::default() }
    }

    /// Keys of which clients may show certificates.
    #[must_use]
    pub fn keys(&self) -> Vec<PublicKey> {
        let keys = self.clients.values().flat_map(|client| match &client.proof {
            ClientProof::Keys(keys) => keys.as_slice(),
            ClientProof::Secret(_) => &[],
        });
        keys.filter_map(ClientKey::ed25519).collect()
    }

    /// Known to clients by this URL, without a slash at its end.
    #[must_use]
    pub fn known_as(self, issuer: String) -> Self {
        Self { issuer: Some(issuer), ..self }
    }

    /// The scopes that a client gets, which shows its secret: those that it asks for, or all of its own.
    ///
    /// # Errors
    /// [`TokenRefused::InvalidClient`], then [`TokenRefused::InvalidScope`].
    pub fn by_secret(
        &self,
        (id, secret): (&str, &str),
        scope: Option<&str>,
    ) -> Result<Vec<Scope>, TokenRefused> {
        // Hashes are compared: how long that takes says nothing of a secret of 32 random bytes.
        let shown = hash(secret);
        let has = |client: &&TokenClient| matches!(client.proof, ClientProof::Secret(own) if own == shown);
        let client = self.clients.get(id).filter(has).ok_or(TokenRefused::InvalidClient)?;
        client.scopes(scope)
    }

    /// As [`Tokens::by_secret`], for a client that shows an assertion; who that is, and what the caller
    /// has to see that it is shown once.
    ///
    /// # Errors
    /// [`TokenRefused::Assertion`], then [`TokenRefused::InvalidScope`].
    pub fn by_assertion(
        &self,
        (client_id, assertion): (Option<&str>, &str),
        scope: Option<&str>,
        now_s: u64,
    ) -> Result<(Asserted, Vec<Scope>), TokenRefused> {
        let issuer = self.issuer.as_deref().ok_or(AssertionRefused::Audience)?;
        let endpoint = format!("{issuer}{TOKEN_PATH}");
        let keys = |id: &str| match &self.clients.get(id)?.proof {
            ClientProof::Keys(keys) => Some(keys.as_slice()),
            ClientProof::Secret(_) => None,
        };
        let judge = Judge { issuer, endpoint: &endpoint, now_s };
        let asserted = judge.judge(assertion, client_id, keys)?;
        let client = self.clients.get(&asserted.id).ok_or(AssertionRefused::Unproven)?;
        let scopes = client.scopes(scope)?;
        Ok((asserted, scopes))
    }

    /// Gives a client that proved who it is a token for these scopes, which counts with the key that it
    /// showed, if it did.
    ///
    /// # Errors
    /// [`TokenRefused::Unbound`].
    pub fn give(
        &self,
        id: &str,
        scopes: Vec<Scope>,
        bound: Option<ShownKey>,
        now_s: u64,
    ) -> Result<Token, TokenRefused> {
        if bound.is_none() && self.clients.get(id).is_none_or(|client| client.bound) {
            return Err(TokenRefused::Unbound);
        }
        let text = random_32().to_hex();
        let expires_s = now_s.saturating_add(TOKEN_S);
        let given = Given { client: id.to_owned(), scopes: scopes.clone(), bound, expires_s };
        self.keep(hash(&text), given, now_s);
        Ok(Token { text, scopes })
    }

    fn keep(&self, key: Hash32, given: Given, now_s: u64) {
        let mut all = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, one| one.expires_s > now_s);
        let own = all.iter().filter(|(_, one)| one.client == given.client);
        let mut own: Vec<_> = own.map(|(key, one)| (one.expires_s, *key)).collect();
        if own.len() >= MAX_PER_CLIENT {
            own.sort_unstable();
            if let Some((_, oldest)) = own.first() {
                all.remove(oldest);
            }
        }
        all.insert(key, given);
    }

    /// The client of a token, with the roles that the token lets it use for a request over a connection
    /// at which this key was shown.
    ///
    /// # Errors
    /// [`Refused::TokenInvalid`].
    pub fn client(
        &self,
        (token, shown): (&str, Option<ShownKey>),
        reads: bool,
        now_s: u64,
    ) -> Result<Client, Refused> {
        let all = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = |given: &&Given| {
            given.expires_s > now_s && (given.bound.is_none() || given.bound == shown)
        };
        let given = all.get(&hash(token)).filter(counts).ok_or(Refused::TokenInvalid)?;
        let name = self.clients.get(&given.client).map(|client| client.name.clone());
        let scopes = given.scopes.iter().filter(|scope| reads || !scope.reads);
        let roles = scopes.map(|scope| scope.role).collect();
        Ok(Client { name: name.unwrap_or_default(), roles })
    }
}

/// The token of a request that is not signed.
pub(crate) fn bearer(request: &HttpRequest) -> Option<String> {
    let headers = request.headers();
    if headers.contains_key("signature") || headers.contains_key("signature-input") {
        return None;
    }
    let mut all = headers.get_all(header::AUTHORIZATION);
    let only = all.next().filter(|_| all.next().is_none())?.to_str().ok()?;
    let (scheme, token) = only.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

/// Whether a token is enough for an operation, given its role.
#[must_use]
pub fn is_enough(method: &str, path: &str) -> bool {
    method.eq_ignore_ascii_case("get") || BY_TOKEN.contains(&path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "9a8b";

    fn scope(name: &str) -> Scope {
        Scope::from_name(name).unwrap()
    }

    fn tokens() -> Tokens {
        let client = TokenClient {
            name: "core".to_owned(),
            proof: ClientProof::Secret(hash(SECRET)),
            scopes: vec![scope("operations"), scope("compliance:read")],
            bound: false,
        };
        let bound = TokenClient { bound: true, ..client.clone() };
        Tokens::new(BTreeMap::from([("core-1".to_owned(), client), ("core-3".to_owned(), bound)]))
    }

    #[test]
    fn z2_every_scope_has_a_name_and_holds_no_more_than_itself() {
        for role in ClientRole::ALL {
            for reads in [false, true] {
                let scope = Scope { role, reads };
                assert_eq!(Scope::from_name(&scope.name()), Some(scope));
                assert!(scope.holds(Scope { role, reads: true }));
                assert_eq!(scope.holds(Scope { role, reads: false }), !reads);
            }
        }
        for bad in ["", ":read", "operations:write", "Operations", "operations:read:read"] {
            assert_eq!(Scope::from_name(bad), None, "{bad}");
        }
    }

    #[test]
    fn z2_a_token_is_its_clients_for_its_scopes_and_its_time() {
        let tokens = tokens();
        let give = |who: (&str, &str), scope| {
            tokens.by_secret(who, scope).and_then(|scopes| tokens.give(who.0, scopes, None, 1_000))
        };
        let client = |token: &str, reads, now| tokens.client((token, None), reads, now);
        for who in [("core-1", "9a8c"), ("core-2", SECRET), ("", "")] {
            assert_eq!(give(who, None), Err(TokenRefused::InvalidClient));
        }
        let own = ("core-1", SECRET);
        for bad in ["", "compliance", "administrator", "operations  compliance:read", "x"] {
            assert_eq!(give(own, Some(bad)), Err(TokenRefused::InvalidScope), "{bad}");
        }
        let all = give(own, None).unwrap();
        let less = give(own, Some("operations:read")).unwrap();
        assert_ne!(all.text, less.text);
        let roles = |token: &Token, reads| client(&token.text, reads, 1_000).unwrap().roles;
        assert_eq!(roles(&all, true), [ClientRole::Operations, ClientRole::Compliance]);
        assert_eq!(roles(&all, false), [ClientRole::Operations]);
        assert_eq!(roles(&less, false), []);
        assert!(client(&all.text, true, 1_000 + TOKEN_S - 1).is_ok());
        for (token, now) in [(all.text.as_str(), 1_000 + TOKEN_S), ("", 1_000), (SECRET, 1_000)] {
            let refused = client(token, true, now).unwrap_err();
            assert_eq!(refused.code(), "token_invalid");
        }
    }

    #[test]
    fn z5_a_token_counts_with_the_key_with_which_it_was_asked_for() {
        let tokens = tokens();
        let (own, other) = (ShownKey::of(b"own"), ShownKey::of(b"other"));
        let give = |id, shown| {
            let scopes = tokens.by_secret((id, SECRET), None).unwrap();
            tokens.give(id, scopes, shown, 1_000).map(|token| token.text)
        };
        let counts = |token: &str, shown| tokens.client((token, shown), true, 1_000).is_ok();
        for id in ["core-1", "core-3"] {
            let bound = give(id, Some(own)).unwrap();
            assert!(counts(&bound, Some(own)));
            assert!(!counts(&bound, Some(other)) && !counts(&bound, None), "{id}");
        }
        let free = give("core-1", None).unwrap();
        assert!(counts(&free, None) && counts(&free, Some(other)));
        assert_eq!(give("core-3", None), Err(TokenRefused::Unbound));
    }

    #[test]
    fn z2_a_client_has_so_many_tokens_and_the_oldest_goes() {
        let tokens = tokens();
        let give = |now| {
            let scopes = tokens.by_secret(("core-1", SECRET), None).unwrap();
            tokens.give("core-1", scopes, None, now).unwrap().text
        };
        let counts = |token: &str| tokens.client((token, None), true, 70).is_ok();
        let first = give(1);
        let others: Vec<_> = (2..=MAX_PER_CLIENT).map(|now| give(now as u64)).collect();
        assert!(counts(&first));
        give(70);
        assert!(!counts(&first));
        assert!(others.iter().all(|one| counts(one)));
        assert_eq!(tokens.given.lock().unwrap().len(), MAX_PER_CLIENT);
        give(10_000);
        assert_eq!(tokens.given.lock().unwrap().len(), 1, "what is over is dropped");
    }
}
