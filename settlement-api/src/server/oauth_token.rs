//! The token endpoint: client credentials of OAuth 2.0 (RFC 6749 §4.4).
//!
//! # Invariants Z2 errors are those of RFC 6749 §5.2, and counted; nothing is cached

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Data, Query},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{App, Body};
use crate::{
    http_signature::unix_now_s,
    oauth::{Scope, TOKEN_S, TokenRefused},
    problem::Problem,
};

const FORM: &str = "application/x-www-form-urlencoded";
const GRANT: &str = "client_credentials";

/// A request for a token. The client says who it is here or in `Authorization: Basic`, not in both.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct TokenRequest {
    /// `client_credentials`.
    #[schema(pattern = "^client_credentials$")]
    pub grant_type: Option<String>,
    /// Roles, each alone or with `:read`, separated by one blank; all that the client has if absent.
    pub scope: Option<String>,
    /// Its id.
    pub client_id: Option<String>,
    /// Its secret.
    pub client_secret: Option<String>,
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

/// `POST /oauth/token`: a token of a client, by its id and secret.
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
    ))]
pub async fn post_token(app: Data<App>, request: HttpRequest, Body(body): Body) -> HttpResponse {
    match token(&app, &request, &body) {
        Ok(report) => {
            app.gateway.metrics.answered(StatusCode::OK.as_u16(), "");
            HttpResponse::Ok()
                .insert_header((header::CACHE_CONTROL, "no-store"))
                .insert_header((header::PRAGMA, "no-cache"))
                .json(report)
        }
        Err(refused) => {
            let by_basic = refused == TokenRefused::InvalidClient;
            let status = if by_basic { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
            app.gateway.metrics.answered(status.as_u16(), refused.code());
            let mut answer = HttpResponse::build(status);
            answer.insert_header((header::CACHE_CONTROL, "no-store"));
            answer.insert_header((header::PRAGMA, "no-cache"));
            if by_basic {
                answer.insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"florin\""));
            }
            let error_description = refused.to_string();
            answer.json(TokenProblem { error: refused.error(), error_description })
        }
    }
}

fn token(app: &App, request: &HttpRequest, body: &[u8]) -> Result<TokenReport, TokenRefused> {
    let wrong = TokenRefused::InvalidRequest;
    let media = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let media = media.and_then(|media| media.split(';').next()).unwrap_or_default();
    if !media.trim().eq_ignore_ascii_case(FORM) {
        return Err(wrong);
    }
    let text = std::str::from_utf8(body).map_err(|_| wrong)?;
    let asked = Query::<TokenRequest>::from_query(text).map_err(|_| wrong)?.into_inner();
    // What is sent without a value counts as left out (RFC 6749 §3.2).
    let given = |value: &Option<String>| value.clone().filter(|text| !text.is_empty());
    let (id, secret) = client(request, (given(&asked.client_id), given(&asked.client_secret)))?;
    match given(&asked.grant_type).as_deref() {
        None => return Err(wrong),
        Some(GRANT) => {}
        Some(_) => return Err(TokenRefused::UnsupportedGrantType),
    }
    let scope = given(&asked.scope);
    let token = app.tokens.give((&id, &secret), scope.as_deref(), unix_now_s())?;
    let names: Vec<String> = token.scopes.into_iter().map(Scope::name).collect();
    Ok(TokenReport {
        access_token: token.text,
        token_type: "Bearer",
        expires_in: TOKEN_S,
        scope: names.join(" "),
    })
}

/// Id and secret, in the one of two ways that the client chose.
fn client(
    request: &HttpRequest,
    in_body: (Option<String>, Option<String>),
) -> Result<(String, String), TokenRefused> {
    let mut headers = request.headers().get_all(header::AUTHORIZATION);
    match (headers.next(), headers.next(), in_body) {
        (Some(only), None, (_, None)) => {
            let text = only.to_str().map_err(|_| TokenRefused::InvalidClient)?;
            basic(text).ok_or(TokenRefused::InvalidClient)
        }
        (None, None, (Some(id), Some(secret))) => Ok((id, secret)),
        (None, None, _) => Err(TokenRefused::InvalidClient),
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
