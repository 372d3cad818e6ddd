//! Endpoints that register where events are told.

use std::future::ready;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Bytes, Data},
};
use ledger_core::{digest::Hash32, time::LedgerTime};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verifier::summary::rfc3339;

use super::{App, Body, ClientRole, json_body, with_client};
use crate::{
    client::target,
    gateway::Gateway,
    keys::random_32,
    openapi::{
        Nothing, WebhookPath,
        text::{Id, Time},
    },
    refused::Refused,
    webhooks::{Endpoint, message},
};

const ADMIN: &[ClientRole] = &[ClientRole::Administrator];
/// Characters of a URL at most.
const MAX_URL: usize = 512;

/// Where events shall be told.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookInput {
    /// An `https` URL where `[tls] roots` says whom the gateway believes, or an `http` URL whose
    /// host is a loopback address; without credentials.
    #[schema(
        max_length = 512,
        pattern = r"^(https://[^/@ ]+|http://(127\.[0-9.]+|\[::1\])(:[0-9]+)?)(/[!-~]*)?$"
    )]
    pub url: String,
    /// The number of the last event that is not told; the last one so far if absent.
    pub after: Option<u64>,
}

/// From where an endpoint is told again.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResumeInput {
    /// The number of the last event that is not told again; the last one that it took if absent.
    pub after: Option<u64>,
}

/// An endpoint as it stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WebhookReport {
    /// Its name here.
    #[schema(value_type = Id)]
    pub webhook: String,
    /// Its URL.
    pub url: String,
    /// `active`, `failing`, or `disabled` after three days of failures or a 410.
    pub status: &'static str,
    /// The key that signs, said once: when the endpoint is registered or its key replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// The number of the last event that it took.
    pub after: u64,
    /// The name of the client that registered it.
    pub registered_by: String,
    /// When.
    #[schema(value_type = Time)]
    pub registered: String,
    /// Since when it fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Time>)]
    pub failing_since: Option<String>,
    /// How often the event after that was tried.
    pub attempts: u32,
    /// Why the last attempt failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<String>,
    /// When it is tried next.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Time>)]
    pub next_attempt: Option<String>,
    /// When it was given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Time>)]
    pub disabled: Option<String>,
}

impl WebhookReport {
    fn of(endpoint: &Endpoint) -> Self {
        let time = |ms| rfc3339(LedgerTime::new(ms));
        let failing = endpoint.failing;
        let next = failing.filter(|_| endpoint.disabled.is_none());
        Self {
            webhook: endpoint.id.to_hex(),
            url: endpoint.url.clone(),
            status: endpoint.state(),
            secret: None,
            after: endpoint.after,
            registered_by: endpoint.by.clone(),
            registered: time(endpoint.created),
            failing_since: failing.map(|failing| time(failing.since)),
            attempts: failing.map_or(0, |failing| failing.attempts),
            last_failure: failing.map(|failing| failing.last.to_string()),
            next_attempt: next.map(|failing| time(failing.next)),
            disabled: endpoint.disabled.map(time),
        }
    }

    fn telling(self, secret: &[u8; 32]) -> Self {
        Self { secret: Some(message::written(secret)), ..self }
    }
}

/// A URL where events may be told: plain HTTP leaves this host nowhere, where a name could be anybody's;
/// over TLS the configured authorities say who holds a name.
fn checked(gateway: &Gateway, url: &str) -> Result<(), Refused> {
    let parsed = target(url, gateway.web.is_somebody()).map_err(|_| Refused::WebhookUrl)?;
    let literal = parsed.scheme() == "https" || parsed.host_str() != Some("localhost");
    // The parser drops blanks around an URL and writes those inside anew: what is kept is what was said.
    let visible = url.bytes().all(|byte| byte.is_ascii_graphic());
    if literal && visible && url.len() <= MAX_URL { Ok(()) } else { Err(Refused::WebhookUrl) }
}

/// A cursor that lies in the feed.
fn cursor(gateway: &Gateway, after: Option<u64>) -> Result<Option<u64>, Refused> {
    match after {
        Some(after) if after > gateway.events.last() => {
            Err(Refused::Malformed("after is the number of an event that there is, or 0"))
        }
        after => Ok(after),
    }
}

fn named(text: &str) -> Result<Hash32, Refused> {
    Hash32::from_hex(text).ok_or(Refused::NotFound)
}

/// `POST /v1/webhooks`: registers where events are told.
///
/// Each event is a POST of its own under Standard Webhooks 1.0, in the order of numbers; the next one
/// comes when the one before was answered 2xx within 15 s. `secret` is said here and never again.
#[utoipa::path(post, path = "/v1/webhooks", tag = "Webhooks",
    security(("rfc9421" = ["administrator"])), request_body = WebhookInput,
    responses((status = 200, description = "Registered.", body = WebhookReport)))]
pub async fn post_webhook(app: Data<App>, request: HttpRequest, Body(body): Body) -> HttpResponse {
    with_client(&app, &request, &body, ADMIN, |client| {
        let registered = json_body(&body).and_then(|input: WebhookInput| {
            register(&app.gateway, &input, &client.name).map_err(|refused| refused.problem())
        });
        ready(registered.map(|report| HttpResponse::Ok().json(report)))
    })
    .await
}

fn register(gateway: &Gateway, input: &WebhookInput, by: &str) -> Result<WebhookReport, Refused> {
    checked(gateway, &input.url)?;
    let after = cursor(gateway, input.after)?.unwrap_or_else(|| gateway.events.last());
    let (id, secret) = (random_32(), *random_32().get());
    let endpoint = Endpoint::new((id, secret), (&input.url, by), (Gateway::now_ms(), after));
    gateway.webhooks.add(&endpoint)?;
    Ok(WebhookReport::of(&endpoint).telling(&secret))
}

/// `GET /v1/webhooks`: where events are told, and how far.
#[utoipa::path(get, path = "/v1/webhooks", tag = "Webhooks",
    security(("rfc9421" = ["administrator"])),
    responses((status = 200, description = "All of them.", body = Vec<WebhookReport>)))]
pub async fn get_webhooks(app: Data<App>, request: HttpRequest) -> HttpResponse {
    with_client(&app, &request, &Bytes::new(), ADMIN, |_| async {
        let all = app.gateway.webhooks.all().map_err(|fault| Refused::from(fault).problem())?;
        let reports: Vec<_> = all.iter().map(WebhookReport::of).collect();
        Ok(HttpResponse::Ok().json(reports))
    })
    .await
}

/// `POST /v1/webhooks/{webhook}/resume`: asks an endpoint again at once, and tells it events anew.
#[utoipa::path(post, path = "/v1/webhooks/{webhook}/resume", tag = "Webhooks", params(WebhookPath),
    security(("rfc9421" = ["administrator"])), request_body = ResumeInput,
    responses((status = 200, description = "Active.", body = WebhookReport)))]
pub async fn resume_webhook(
    app: Data<App>,
    request: HttpRequest,
    webhook: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    with_client(&app, &request, &body, ADMIN, |_| async {
        let input: ResumeInput = json_body(&body)?;
        let gateway = &app.gateway;
        let resumed = named(&webhook).and_then(|id| {
            let after = cursor(gateway, input.after)?;
            gateway.webhooks.change(&id, |one| Some(one.resumed(after)))
        });
        answer(resumed)
    })
    .await
}

/// `POST /v1/webhooks/{webhook}/rotate`: gives an endpoint another key.
///
/// The one before signs along for a day: `webhook-signature` has two members then.
#[utoipa::path(post, path = "/v1/webhooks/{webhook}/rotate", tag = "Webhooks", params(WebhookPath),
    security(("rfc9421" = ["administrator"])), request_body = Nothing,
    responses((status = 200, description = "With its new key.", body = WebhookReport)))]
pub async fn rotate_webhook(
    app: Data<App>,
    request: HttpRequest,
    webhook: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    with_client(&app, &request, &body, ADMIN, |_| async {
        let Nothing {} = json_body(&body)?;
        let (secret, now) = (*random_32().get(), Gateway::now_ms());
        let rotated = named(&webhook)
            .and_then(|id| app.gateway.webhooks.change(&id, |one| Some(one.rotated(secret, now))));
        let rotated = rotated.map_err(|r| r.problem())?.ok_or(Refused::NotFound.problem())?;
        Ok(HttpResponse::Ok().json(WebhookReport::of(&rotated).telling(&secret)))
    })
    .await
}

/// `POST /v1/webhooks/{webhook}/withdraw`: tells an endpoint nothing more, and forgets its key.
#[utoipa::path(post, path = "/v1/webhooks/{webhook}/withdraw", tag = "Webhooks",
    params(WebhookPath), security(("rfc9421" = ["administrator"])), request_body = Nothing,
    responses((status = 200, description = "As it was.", body = WebhookReport)))]
pub async fn withdraw_webhook(
    app: Data<App>,
    request: HttpRequest,
    webhook: web::Path<String>,
    Body(body): Body,
) -> HttpResponse {
    with_client(&app, &request, &body, ADMIN, |_| async {
        let Nothing {} = json_body(&body)?;
        answer(named(&webhook).and_then(|id| app.gateway.webhooks.remove(&id).map(Some)))
    })
    .await
}

fn answer(found: Result<Option<Endpoint>, Refused>) -> super::Answered {
    let endpoint = found.and_then(|found| found.ok_or(Refused::NotFound));
    let endpoint = endpoint.map_err(|refused| refused.problem())?;
    Ok(HttpResponse::Ok().json(WebhookReport::of(&endpoint)))
}
