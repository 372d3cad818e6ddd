//! Payments to the own bank that wait for one of its people.
//!
//! # Place      staff -> [reviews] -> the own gateway, which answers the payer's bank
//! # Invariants a payment is accepted by one client and approved by another (P14): two connections

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    error::Error,
    gateway::{Gateway, Key, segment},
    payments::{Asked, PaymentReport},
};

const REPORT: &str = "a payment's report";

/// The review of a payment that waits for a person of this bank, or did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// `open`, `proposed`, `accepted`, `rejected`, `refused`, `expired` or `voided`.
    pub state: String,
    /// Why it waits.
    pub why: Vec<String>,
    /// Until when it is decided, RFC 3339.
    pub decide_by: String,
    /// Which client accepted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed_by: Option<String>,
    /// Which client decided; the gateway itself, if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
}

/// Some of the payments that wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingPage {
    /// Those that came first, first.
    pub payments: Vec<PaymentReport>,
    /// Where the next page begins; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_after: Option<String>,
}

impl Gateway {
    /// Payments to this bank that wait for one of its people, page by page.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn pending(&self, after: Option<&str>) -> Result<PendingPage, Error> {
        let after = match after {
            Some(after) => format!("&after={}", segment(after, "the cursor")?),
            None => String::new(),
        };
        self.get(&format!("/v1/inbox?status=pending{after}"), "a list of payments").await
    }

    /// Accepts a payment that waits; another client must approve.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn accept_payment(&self, asked: &Asked) -> Result<PaymentReport, Error> {
        self.say(asked, "accept", &json!({})).await
    }

    /// Agrees, as another client, that a payment is accepted.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn approve_payment(&self, asked: &Asked) -> Result<PaymentReport, Error> {
        self.say(asked, "accept/approve", &json!({})).await
    }

    /// Says no to a payment that waits, for a code of ISO 20022 and in words for the payer's bank.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn reject_payment(
        &self,
        asked: &Asked,
        reason: &str,
        information: Option<&str>,
    ) -> Result<PaymentReport, Error> {
        let mut body = json!({"reason": reason});
        if let (Some(words), Some(fields)) = (information, body.as_object_mut()) {
            fields.insert("information".to_owned(), words.into());
        }
        self.say(asked, "reject", &body).await
    }

    async fn say(
        &self,
        asked: &Asked,
        act: &str,
        body: &serde_json::Value,
    ) -> Result<PaymentReport, Error> {
        let path = format!("/v1/payments/{}/{act}", asked.uetr.to_text());
        self.post(&path, &Key::random(), body, REPORT).await
    }
}
