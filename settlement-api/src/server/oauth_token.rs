//! The token endpoint: client credentials of OAuth 2.0 (RFC 6749 §4.4).
//!
//! # Invariants Z2 errors are those of RFC 6749 §5.2, and counted; nothing is cached
//! #            Z3 an assertion is remembered before its token is given

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Data, Query},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{App, Body, finish};
use crate::{
    auth::not_remembered,
    http_signature::unix_now_s,
    nonce::NonceError,
    oauth::{
        Scope, ShownKey, TOKEN_S, Token, TokenRefused,
        assertion::{ASSERTION_TYPE, Asserted, AssertionRefused},
    },
    problem::Problem,
};

const FORM: &str = "application/x-www-form-urlencoded";
const GRANT: &str = "client_credentials";

/// A request for a token. The client says who it is in one way: by its secret, here or in
/// `Authorization: Basic`, or by an assertion that its key signed (`private_key_jwt`).
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct TokenRequest {
    /// `client_credentials`.
    #[schema(pattern = "^client_credentials$")]
    pub grant_type: Option<String>,
    /// Roles, each alone or with `:read`, separated by one blank; all that the client has if absent.
    pub scope: Option<String>,
    /// Its id; beside an assertion it may be left out.
    pub client_id: Option<String>,
    /// Its secret.
    pub client_secret: Option<String>,
    /// `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`.
    #[schema(pattern = "^urn:ietf:params:oauth:client-assertion-type:jwt-bearer$")]
    pub client_assertion_type: Option<String>,
    /// A JWT signed by EdDSA or ES256: `iss` and `sub` the id, `aud` the gateway's issuer or token
    /// endpoint, `exp` at most 300 s ahead, `jti` never used before.
    pub client_assertion: Option<String>,
}

/// A token.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TokenReport {
    /// What is sent as `Authorization: Bearer`.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: &'static str,
    /// Seconds for which it counts, unless the gateway is started anew before.
    pub expires_in: u64,
    /// What it may do.
    pub scope: String,
}

/// Why there is no token.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TokenProblem {
    /// `invalid_request`, `invalid_client`, `unsupported_grant_type` or `invalid_scope`.
    pub error: &'static str,
    /// What to do.
    pub error_description: String,
}

/// `POST /oauth/token`: a token of a client, by its id and secret, or by its key.
///
/// Requests that read, and those that send no command and move no money, may be sent with the token
/// in place of a signature, in plain `Authorization: Bearer`.
#[utoipa::path(post, path = "/oauth/token", tag = "Service", security(()),
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "A token.", body = TokenReport),
        (status = 400, description = "Not such a request, grant or scope (RFC 6749).",
            body = TokenProblem),
        (status = 401, description = "No such client (RFC 6749).", body = TokenProblem),
        (status = 408, description = "The body did not come in time.", body = Problem,
            content_type = "application/problem+json"),
        (status = 413, description = "The body is too long.", body = Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too many assertions that still count.", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "Assertions cannot be remembered.", body = Problem,
            content_type = "application/problem+json"),
    ))]
pub async fn post_token(app: Data<App>, request: HttpRequest, Body(body): Body) -> HttpResponse {
    let refused = match token(&app, &request, &body).await {
        Ok(report) => {
            app.gateway.metrics.answered(StatusCode::OK.as_u16(), "");
            return HttpResponse::Ok()
                .insert_header((header::CACHE_CONTROL, "no-store"))
                .insert_header((header::PRAGMA, "no-cache"))
                .json(report);
        }
        Err(Failed::Problem(problem)) => return finish(&app, Err(*problem)),
        Err(Failed::Refused(refused)) => refused,
    };
    let unknown = refused.error() == TokenRefused::InvalidClient.error();
    let status = if unknown { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
    app.gateway.metrics.answered(status.as_u16(), refused.code());
    let mut answer = HttpResponse::build(status);
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    answer.insert_header((header::PRAGMA, "no-cache"));
    if unknown {
        answer.insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"florin\""));
    }
    let error_description = refused.to_string();
    answer.json(TokenProblem { error: refused.error(), error_description })
}

/// Why there is no token.
enum Failed {
    /// By the request.
    Refused(TokenRefused),
    /// By what this process can do now.
    Problem(Box<Problem>),
}

impl<E: Into<TokenRefused>> From<E> for Failed {
    fn from(refused: E) -> Self {
        Self::Refused(refused.into())
    }
}

async fn token(app: &App, request: &HttpRequest, body: &[u8]) -> Result<TokenReport, Failed> {
    let asked = form(request, body)?;
    let shown = shown(request, &asked)?;
    match asked.grant_type.as_deref() {
        None => return Err(TokenRefused::InvalidRequest.into()),
        Some(GRANT) => {}
        Some(_) => return Err(TokenRefused::UnsupportedGrantType.into()),
    }
    let scope = asked.scope.as_deref();
    let now_s = unix_now_s();
    let (id, scopes) = match shown {
        Shown::Secret { id, secret } => {
            let scopes = app.tokens.by_secret((&id, &secret), scope)?;
            (id, scopes)
        }
        Shown::Assertion { client_id, assertion } => {
            let shown = (client_id.as_deref(), assertion.as_str());
            let (asserted, scopes) = app.tokens.by_assertion(shown, scope, now_s)?;
            (once(app, asserted, now_s).await?, scopes)
        }
    };
    Ok(report(app.tokens.give(&id, scopes, ShownKey::by(request), now_s)?))
}

fn report(token: Token) -> TokenReport {
    let names: Vec<String> = token.scopes.into_iter().map(Scope::name).collect();
    TokenReport {
        access_token: token.text,
        token_type: "Bearer",
        expires_in: TOKEN_S,
        scope: names.join(" "),
    }
}

/// The client of an assertion that was not used before, which it is from now on.
async fn once(app: &App, asserted: Asserted, now_s: u64) -> Result<String, Failed> {
    let Asserted { id, key, nonce, expires_s } = asserted;
    match app.authenticator.once(key, nonce, expires_s, now_s).await {
        Ok(_fresh) => Ok(id),
        Err(NonceError::Reused | NonceError::Expired) => {
            Err(TokenRefused::from(AssertionRefused::Used).into())
        }
        Err(error) => Err(Failed::Problem(Box::new(not_remembered(&error)))),
    }
}

fn form(request: &HttpRequest, body: &[u8]) -> Result<TokenRequest, TokenRefused> {
    let wrong = TokenRefused::InvalidRequest;
    let media = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let media = media.and_then(|media| media.split(';').next()).unwrap_or_default();
    if !media.trim().eq_ignore_ascii_case(FORM) {
        return Err(wrong);
    }
    let text = std::str::from_utf8(body).map_err(|_| wrong)?;
    let asked = Query::<TokenRequest>::from_query(text).map_err(|_| wrong)?.into_inner();
    // What is sent without a value counts as left out (RFC 6749 §3.2).
    let given = |value: Option<String>| value.filter(|text| !text.is_empty());
    Ok(TokenRequest {
        grant_type: given(asked.grant_type),
        scope: given(asked.scope),
        client_id: given(asked.client_id),
        client_secret: given(asked.client_secret),
        client_assertion_type: given(asked.client_assertion_type),
        client_assertion: given(asked.client_assertion),
    })
}

/// How a client says who it is.
enum Shown {
    /// By its secret.
    Secret { id: String, secret: String },
    /// By its key.
    Assertion { client_id: Option<String>, assertion: String },
}

/// The one of three ways that the client chose.
fn shown(request: &HttpRequest, asked: &TokenRequest) -> Result<Shown, TokenRefused> {
    let mut headers = request.headers().get_all(header::AUTHORIZATION);
    let header = match (headers.next(), headers.next()) {
        (header, None) => header,
        _ => return Err(TokenRefused::InvalidRequest),
    };
    let assertion = (&asked.client_assertion_type, &asked.client_assertion);
    match (header, &asked.client_secret, assertion) {
        (Some(only), None, (None, None)) => {
            let text = only.to_str().map_err(|_| TokenRefused::InvalidClient)?;
            let (id, secret) = basic(text).ok_or(TokenRefused::InvalidClient)?;
            Ok(Shown::Secret { id, secret })
        }
        (None, secret, (None, None)) => match (&asked.client_id, secret) {
            (Some(id), Some(secret)) => {
                Ok(Shown::Secret { id: id.clone(), secret: secret.clone() })
            }
            _ => Err(TokenRefused::InvalidClient),
        },
        (None, None, (Some(named), Some(assertion))) => {
            if named != ASSERTION_TYPE {
                return Err(AssertionRefused::Type.into());
            }
            let client_id = asked.client_id.clone();
            Ok(Shown::Assertion { client_id, assertion: assertion.clone() })
        }
        _ => Err(TokenRefused::InvalidRequest),
    }
}

/// Id and secret of `Basic`: form-encoded before they are joined (RFC 6749 §2.3.1).
fn basic(text: &str) -> Option<(String, String)> {
    #[derive(Deserialize)]
    struct One {
        v: String,
    }
    let (scheme, packed) = text.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let joined = String::from_utf8(STANDARD.decode(packed.trim()).ok()?).ok()?;
    let (id, secret) = joined.split_once(':')?;
    let plain = |text: &str| {
        let one = Query::<One>::from_query(&format!("v={text}")).ok()?;
        Some(one.into_inner().v)
    };
    Some((plain(id)?, plain(secret)?))
}
