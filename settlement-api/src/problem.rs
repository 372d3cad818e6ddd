//! Refusals as HTTP answers: RFC 9457 problem details with a stable code and a retry class.
//!
//! # Place
//! Any refusal of any layer -> one exhaustive match at the edge -> [problem] -> the client.
//!
//! # Invariants
//! - `type` is always `urn:florin:problem:` and the code, so the two cannot disagree.
//! - `detail` says what to do next, not only what is wrong.
//! - A fault of ours shows an incident id and nothing of its cause.
//!
//! # Absent on purpose
//! Translation tables: each layer's errors are matched where they reach the edge. Languages other
//! than English: programs read `code`.

use crate::client::ClientResponse;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use utoipa::ToSchema;

/// The media type of a problem.
pub const CONTENT_TYPE: &str = "application/problem+json";

const TYPE_PREFIX: &str = "urn:florin:problem:";
const INCIDENT_PREFIX: &str = "urn:florin:incident:";

/// Whether sending the same request again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// No: the request itself has to change.
    Never,
    /// Yes, once something else has changed, such as a balance or a standing.
    AfterStateChange,
    /// Yes, the same request after a pause.
    Later,
}

/// An RFC 9457 problem, as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// A name for this kind of problem: `urn:florin:problem:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// One line for people, the same for every problem of this kind.
    title: Cow<'static, str>,
    /// The HTTP status.
    status: u16,
    /// What is wrong here, and what to do next.
    detail: Cow<'static, str>,
    /// The stable snake_case code.
    code: Cow<'static, str>,
    /// Whether to send the same request again.
    retry: Retry,
    /// The ISO 20022 external reason code, where one applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    iso_reason: Option<Cow<'static, str>>,
    /// This occurrence, for support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    /// Seconds until the same request may be taken: a header of the answer.
    #[serde(skip)]
    retry_after_s: Option<u64>,
}

/// What every problem states.
#[derive(Clone, Debug)]
pub struct ProblemFacts {
    /// The HTTP status.
    pub status: StatusCode,
    /// The stable snake_case code.
    pub code: &'static str,
    /// One line for people, the same for every problem with this code.
    pub title: &'static str,
    /// Whether to send the same request again.
    pub retry: Retry,
    /// What is wrong here, and what to do next.
    pub detail: Cow<'static, str>,
}

impl Problem {
    /// A problem without ISO reason and instance.
    pub fn new(facts: ProblemFacts) -> Self {
        Self {
            kind: format!("{TYPE_PREFIX}{}", facts.code),
            title: Cow::Borrowed(facts.title),
            status: facts.status.as_u16(),
            detail: facts.detail,
            code: Cow::Borrowed(facts.code),
            retry: facts.retry,
            iso_reason: None,
            instance: None,
            retry_after_s: None,
        }
    }

    /// The problem that an answer of another process states, if it is one.
    #[must_use]
    pub fn of(answer: &ClientResponse) -> Option<Self> {
        let media_type = answer.headers.get(header::CONTENT_TYPE.as_str())?.as_bytes();
        let stated = media_type.starts_with(CONTENT_TYPE.as_bytes());
        stated.then(|| serde_json::from_slice(&answer.body).ok()).flatten()
    }

    /// A fault of ours: the client learns the incident id, the log has the rest.
    pub fn internal(incident: &str) -> Self {
        Self::new(ProblemFacts {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            code: "internal_error",
            title: "The process failed",
            retry: Retry::Later,
            detail: Cow::Owned(format!(
                "Send the same request with the same idempotency key again; if it fails again, \
                 give incident {incident} to the operator."
            )),
        })
        .with_instance(format!("{INCIDENT_PREFIX}{incident}"))
    }

    /// Adds the ISO 20022 external reason code.
    #[must_use]
    pub fn with_iso_reason(self, reason: &'static str) -> Self {
        Self { iso_reason: Some(Cow::Borrowed(reason)), ..self }
    }

    /// Names this occurrence by a URI.
    #[must_use]
    pub fn with_instance(self, instance: String) -> Self {
        Self { instance: Some(instance), ..self }
    }

    /// Says after how many seconds to send the same request again.
    #[must_use]
    pub fn with_retry_after(self, seconds: u64) -> Self {
        Self { retry_after_s: Some(seconds), ..self }
    }

    /// The stable code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The HTTP status, which a parsed problem may state wrongly: then 500.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Whether to send the same request again.
    pub fn retry(&self) -> Retry {
        self.retry
    }

    /// What is wrong, and what to do next.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The ISO 20022 external reason code.
    pub fn iso_reason(&self) -> Option<&str> {
        self.iso_reason.as_deref()
    }

    /// The URI of this occurrence.
    pub fn instance(&self) -> Option<&str> {
        self.instance.as_deref()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.code, self.status, self.detail)
    }
}

impl std::error::Error for Problem {}

impl From<&Problem> for HttpResponse {
    fn from(problem: &Problem) -> Self {
        let mut response = HttpResponse::build(problem.status());
        response.insert_header((header::CONTENT_TYPE, CONTENT_TYPE));
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        if problem.status() == StatusCode::UNAUTHORIZED {
            // RFC 9110 asks for a challenge with every 401.
            let challenge = match problem.code() {
                "token_invalid" => "Bearer realm=\"florin\", error=\"invalid_token\"",
                _ => "Signature realm=\"florin\"",
            };
            response.insert_header((header::WWW_AUTHENTICATE, challenge));
        }
        if let Some(seconds) = problem.retry_after_s {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        response.json(problem)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        self.into()
    }
}

impl Responder for Problem {
    type Body = BoxBody;

    fn respond_to(self, _request: &HttpRequest) -> HttpResponse<BoxBody> {
        (&self).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::to_bytes;

    fn problem() -> Problem {
        Problem::new(ProblemFacts {
            status: StatusCode::CONFLICT,
            code: "insufficient_balance",
            title: "The balance is too small",
            retry: Retry::AfterStateChange,
            detail: "Fund the account, then send the same request again.".into(),
        })
    }

    #[test]
    fn the_json_is_pinned() {
        let json = serde_json::to_string(&problem().with_iso_reason("AM04")).unwrap();
        assert_eq!(
            json,
            "{\"type\":\"urn:florin:problem:insufficient_balance\",\
             \"title\":\"The balance is too small\",\"status\":409,\
             \"detail\":\"Fund the account, then send the same request again.\",\
             \"code\":\"insufficient_balance\",\"retry\":\"after_state_change\",\
             \"iso_reason\":\"AM04\"}"
        );
    }

    #[test]
    fn a_client_reads_back_what_was_sent() {
        let sent = Problem::internal("7f");
        let json = serde_json::to_vec(&sent).unwrap();
        let read: Problem = serde_json::from_slice(&json).unwrap();
        assert_eq!(read, sent);
        assert_eq!(read.instance(), Some("urn:florin:incident:7f"));
        assert_eq!(read.retry(), Retry::Later);
    }

    #[test]
    fn the_client_crate_reads_every_field_of_what_is_sent() {
        let sent = problem().with_iso_reason("AM04").with_instance("urn:x:1".to_owned());
        let json = serde_json::to_vec(&sent).unwrap();
        let read = florin_client::Problem::read(Some(CONTENT_TYPE), &json).unwrap();
        assert_eq!((read.code(), read.status), (sent.code(), sent.status().as_u16()));
        assert_eq!((read.detail.as_str(), &*read.title), (sent.detail(), &*sent.title));
        assert_eq!(read.iso_reason.as_deref(), sent.iso_reason());
        assert_eq!(read.instance.as_deref(), sent.instance());
        assert_eq!(read.retry, florin_client::Retry::AfterStateChange);
    }

    #[test]
    fn every_retry_class_has_its_word() {
        let words = [Retry::Never, Retry::AfterStateChange, Retry::Later]
            .map(|class| serde_json::to_string(&class).unwrap());
        assert_eq!(words, ["\"never\"", "\"after_state_change\"", "\"later\""]);
    }

    #[actix_web::test]
    async fn the_response_has_status_and_media_type() {
        let response = problem().error_response();
        assert_eq!(response.status(), StatusCode::CONFLICT);
        assert_eq!(response.headers().get("content-type").unwrap(), CONTENT_TYPE);
        assert!(response.headers().get("www-authenticate").is_none());
        let body = to_bytes(response.into_body()).await.unwrap();
        assert_eq!(serde_json::from_slice::<Problem>(&body).unwrap(), problem());
    }
}
