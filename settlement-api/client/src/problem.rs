//! A refusal as a gateway states it (RFC 9457), with its stable code.
//!
//! # Place      the body of an answer that is not 2xx -> [problem] -> [`crate::Error::Refused`]
//! # Invariants a retry class that this version does not know is not repeated

use std::fmt;

use serde::{Deserialize, Serialize};

/// The media type of a problem.
pub const CONTENT_TYPE: &str = "application/problem+json";

/// Whether sending the same request again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", from = "String")]
pub enum Retry {
    /// No: the request itself has to change.
    Never,
    /// Yes, once something else has changed, such as a balance or a standing.
    AfterStateChange,
    /// Yes, the same request after a pause.
    Later,
}

impl From<String> for Retry {
    fn from(text: String) -> Self {
        match text.as_str() {
            "after_state_change" => Self::AfterStateChange,
            "later" => Self::Later,
            _ => Self::Never,
        }
    }
}

/// What a gateway says when it refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The stable snake_case code: what programs read.
    pub code: String,
    /// The HTTP status.
    pub status: u16,
    /// One line for people, the same for every problem with this code.
    pub title: String,
    /// What is wrong here, and what to do next.
    pub detail: String,
    /// Whether to send the same request again.
    pub retry: Retry,
    /// The ISO 20022 external reason code, where one applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iso_reason: Option<String>,
    /// This occurrence, for support; the receipt of a command that the ledger refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
}

impl Problem {
    /// The problem in a body of this media type.
    #[must_use]
    pub fn read(media: Option<&str>, body: &[u8]) -> Option<Self> {
        let stated = media.is_some_and(|media| media.starts_with(CONTENT_TYPE));
        stated.then(|| serde_json::from_slice(body).ok()).flatten()
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (HTTP {}", self.code, self.status)?;
        if let Some(reason) = &self.iso_reason {
            write!(f, ", {reason}")?;
        }
        write!(f, "): {}", self.detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"type":"urn:florin:problem:leg_conflict","title":"t","status":409,
        "detail":"use a new one","code":"leg_conflict","retry":"never","iso_reason":"AM05"}"#;

    #[test]
    fn code_retry_class_and_iso_reason_are_carried_through() {
        let problem = Problem::read(Some(CONTENT_TYPE), BODY.as_bytes()).unwrap();
        assert_eq!(
            (problem.code(), problem.status, problem.retry),
            ("leg_conflict", 409, Retry::Never)
        );
        assert_eq!(problem.to_string(), "leg_conflict (HTTP 409, AM05): use a new one");
    }

    #[test]
    fn what_is_no_problem_by_its_media_type_or_body_is_none() {
        assert_eq!(Problem::read(Some("application/json"), BODY.as_bytes()), None);
        assert_eq!(Problem::read(None, BODY.as_bytes()), None);
        assert_eq!(Problem::read(Some(CONTENT_TYPE), b"{}"), None);
        assert_eq!(Problem::read(Some(CONTENT_TYPE), b"<html>"), None);
    }

    #[test]
    fn an_unknown_retry_class_is_not_repeated() {
        let body = BODY.replace("\"never\"", "\"perhaps\"");
        let problem = Problem::read(Some(CONTENT_TYPE), body.as_bytes()).unwrap();
        assert_eq!(problem.retry, Retry::Never);
    }
}
