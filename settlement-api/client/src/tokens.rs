//! Tokens of a gateway, asked for with a key in place of a secret (`private_key_jwt`, RFC 7523).
//!
//! # Place
//! a core system's key -> [tokens] -> `POST /oauth/token` -> `Authorization: Bearer` of requests that
//! read or ask; what moves money is signed ([`crate::exchange`])
//!
//! # Invariants
//! - Every assertion is made for one request, for one gateway, for a minute, and has a name of its own:
//!   a gateway takes none twice, so a request that fails is made anew and not repeated.

use std::{fmt, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::json;

use crate::{
    error::Error,
    exchange::{ClientLimits, ClientRequest, PlainClient},
    gateway::refusal,
    http_signature::{RequestSigner, unix_now_s},
    tls::ServerTrust,
};

const FORM: &str = "application/x-www-form-urlencoded";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Seconds for which an assertion counts.
const ASSERTION_S: u64 = 60;

/// Who signs assertions by Ed25519: a key file, an HSM session, or a test key.
///
/// What is signed begins with `ey`, which no signature base of a request does, so that one key may
/// serve for both.
pub trait AssertionSigner: Send + Sync {
    /// The public half.
    fn public_key(&self) -> [u8; 32];
    /// Signs header and claims of a JWT.
    fn sign_assertion(&self, header_and_claims: &[u8]) -> [u8; 64];
}

impl AssertionSigner for ed25519_zebra::SigningKey {
    fn public_key(&self) -> [u8; 32] {
        ed25519_zebra::VerificationKeyBytes::from(self).into()
    }

    fn sign_assertion(&self, header_and_claims: &[u8]) -> [u8; 64] {
        self.sign(header_and_claims).to_bytes()
    }
}

/// A key's public half as a gateway's configuration has it under `[[oauth_clients]] keys` (RFC 8037).
#[must_use]
pub fn public_jwk(signer: &dyn AssertionSigner) -> String {
    let x = URL_SAFE_NO_PAD.encode(signer.public_key());
    format!("{{ kty = \"OKP\", crv = \"Ed25519\", x = \"{x}\" }}")
}

/// What it takes to ask for tokens.
pub struct TokenClient {
    /// The gateway's base URL.
    pub url: String,
    /// What the gateway calls itself (`[oauth] issuer`); its URL, unless it is configured.
    pub issuer: String,
    /// The client's id.
    pub id: String,
    /// Who signs.
    pub signer: Arc<dyn AssertionSigner>,
    /// Whom the client believes at the other end of the connection.
    pub server: ServerTrust,
    /// The key of which it shows a certificate over TLS, where the gateway asks for one: the token counts
    /// over connections at which it is shown, and over no others (RFC 8705).
    pub shown: Option<Arc<dyn RequestSigner>>,
}

impl fmt::Debug for TokenClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenClient").field("url", &self.url).field("id", &self.id).finish()
    }
}

/// A token, which is a secret for as long as it counts.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Token {
    /// What is sent as `Authorization: Bearer`.
    pub access_token: String,
    /// Seconds for which it counts, unless the gateway is started anew before.
    pub expires_in: u64,
    /// What it may do: roles, each alone or with `:read`.
    pub scope: String,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("scope", &self.scope).finish_non_exhaustive()
    }
}

/// Why there is no token, as RFC 6749 writes it.
#[derive(Deserialize)]
struct Refused {
    error: String,
    #[serde(default)]
    error_description: String,
}

impl TokenClient {
    /// Asks for a token with these scopes, separated by a blank; with all of the client's if none.
    ///
    /// # Errors
    /// [`Error::NoToken`] when the gateway gives none, [`Error::Exchange`] when there is no answer.
    pub async fn token(&self, scope: Option<&str>) -> Result<Token, Error> {
        let body = self.form(&self.assertion(unix_now_s()), scope)?;
        let url = format!("{}/oauth/token", self.url.trim_end_matches('/'));
        let limits = ClientLimits::default();
        let http = match &self.shown {
            Some(key) => PlainClient::showing(key, limits, &self.server)?,
            None => PlainClient::new(limits, &self.server)?,
        };
        let answer = http.send(ClientRequest::post(url, FORM, body)).await?;
        if answer.is_success() {
            let expected = Error::Unreadable { status: answer.status, expected: "a token" };
            return serde_json::from_slice(&answer.body).map_err(|_| expected);
        }
        Err(match serde_json::from_slice::<Refused>(&answer.body) {
            Ok(Refused { error, error_description }) => {
                Error::NoToken { error, description: error_description }
            }
            Err(_) => refusal(&answer, "a token"),
        })
    }

    /// An assertion of this client, as if it were this second (Unix time): good for a minute, and once.
    #[must_use]
    pub fn assertion(&self, now_unix_s: u64) -> String {
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let claims = json!({
            "iss": self.id, "sub": self.id, "aud": self.issuer, "iat": now_unix_s,
            "exp": now_unix_s.saturating_add(ASSERTION_S),
            "jti": uuid::Uuid::new_v4().simple().to_string(),
        });
        let message = format!("{}.{}", part(&json!({"alg": "EdDSA", "typ": "JWT"})), part(&claims));
        let signature = URL_SAFE_NO_PAD.encode(self.signer.sign_assertion(message.as_bytes()));
        format!("{message}.{signature}")
    }

    fn form(&self, assertion: &str, scope: Option<&str>) -> Result<String, Error> {
        let mut body = format!(
            "grant_type=client_credentials&client_assertion_type={ASSERTION_TYPE}\
             &client_assertion={assertion}"
        );
        if let Some(scope) = scope {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_: ".contains(&byte);
            if !scope.bytes().all(plain) {
                return Err(Error::Unsendable("the scope"));
            }
            body.push_str("&scope=");
            body.push_str(&scope.replace(' ', "+"));
        }
        Ok(body)
    }
}

/// The header of a request that is sent with a token in place of a signature.
///
/// # Errors
/// [`Error::Unsendable`], when the token is none.
pub fn bearer(token: &Token) -> Result<HeaderMap, Error> {
    let value = format!("Bearer {}", token.access_token).parse();
    let mut value: reqwest::header::HeaderValue =
        value.map_err(|_| Error::Unsendable("the token"))?;
    value.set_sensitive(true);
    Ok(HeaderMap::from_iter([(reqwest::header::AUTHORIZATION, value)]))
}

#[cfg(test)]
mod tests {
    use ed25519_zebra::{Signature, SigningKey, VerificationKey};
    use serde_json::Value;

    use super::*;
    use crate::stand_in::StandIn;

    fn client(url: &str) -> TokenClient {
        TokenClient {
            url: url.to_owned(),
            issuer: "https://gateway.bank.example".to_owned(),
            id: "core-1".to_owned(),
            signer: Arc::new(SigningKey::from_bytes(&[7; 32])),
            server: ServerTrust::ThisHost,
            shown: None,
        }
    }

    fn claims(assertion: &str) -> Value {
        let part = assertion.split('.').nth(1).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    }

    #[test]
    fn an_assertion_is_signed_by_the_key_for_one_gateway_and_named_anew() {
        let client = client("http://127.0.0.1:1");
        let (first, second) = (client.assertion(1_000), client.assertion(1_000));
        assert_ne!(claims(&first)["jti"], claims(&second)["jti"]);
        let said = claims(&first);
        assert_eq!((&said["iss"], &said["sub"]), (&json!("core-1"), &json!("core-1")));
        assert_eq!(said["aud"], "https://gateway.bank.example");
        assert_eq!((&said["iat"], &said["exp"]), (&json!(1_000), &json!(1_060)));
        let (message, signature) = first.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let key = VerificationKey::try_from(client.signer.public_key()).unwrap();
        let signature = Signature::try_from(signature.as_slice()).unwrap();
        key.verify(&signature, message.as_bytes()).unwrap();
    }

    #[tokio::test]
    async fn a_token_is_asked_for_by_a_form_and_a_refusal_is_typed() {
        let given = json!({
            "access_token": "ab", "token_type": "Bearer", "expires_in": 600, "scope": "operations",
        });
        let refused = json!({"error": "invalid_client", "error_description": "used before"});
        let gateway = StandIn::start(vec![
            ("/oauth/token", 200, "application/json", given.to_string().into_bytes()),
            ("/oauth/token", 401, "application/json", refused.to_string().into_bytes()),
        ])
        .await;
        let client = client(&gateway.url);
        let token = client.token(Some("operations:read compliance")).await.unwrap();
        assert_eq!((token.expires_in, token.scope.as_str()), (600, "operations"));
        assert!(!format!("{token:?}").contains("ab"));
        assert_eq!(bearer(&token).unwrap()["authorization"], "Bearer ab");
        let error = client.token(None).await.unwrap_err();
        assert_eq!(error.code(), "client_no_token");
        assert!(error.to_string().contains("invalid_client: used before"), "{error}");
        let asked = gateway.asked();
        assert!(asked[0].contains("&scope=operations:read+compliance"), "{}", asked[0]);
        assert!(!asked[0].contains("signature-input") && !asked[1].contains("scope="));
        assert!(client.token(Some("a&b")).await.is_err());
    }
}
