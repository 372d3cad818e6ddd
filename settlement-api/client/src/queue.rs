//! Payments that wait until the own bank has the money for them.
//!
//! # Place      core systems, staff -> [queue] -> the own gateway

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    error::Error,
    gateway::{CommandReport, Gateway, Key},
    payments::{Asked, PaymentReport},
};

const REPORT: &str = "a payment's report";

/// How a payment waits when its bank has not the money for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waits {
    /// `false`: it is rejected instead, whatever the bank's settings say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<bool>,
    /// How urgent it is, 0 to 999: a larger number goes first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<u32>,
    /// Until when it waits, RFC 3339; a day at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

/// Where a payment waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// `offered`, `accepted` or `queued`.
    pub state: String,
    /// The account that pays.
    pub account: String,
    /// How urgent it is.
    pub priority: u32,
    /// Its place in the queue of the account, counted from 1, once it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// Until when it waits, RFC 3339.
    pub expires: String,
}

/// What waits on one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// The account that pays.
    pub account: String,
    /// ISO 4217 code.
    pub currency: String,
    /// What is available on it, as decimal text.
    pub available: String,
    /// The block after which the queue was so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u64>,
    /// What settles first, first.
    pub entries: Vec<QueuedPayment>,
}

/// A payment that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuedPayment {
    /// UETR; absent if it was enqueued by another way than the gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uetr: Option<String>,
    /// Its leg on the ledger.
    pub leg: String,
    /// Decimal text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// LEI of the bank that is paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructed: Option<String>,
    /// The debtor's reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_to_end_id: Option<String>,
    /// As in [`Place`].
    pub state: String,
    /// How urgent it is.
    pub priority: u32,
    /// Its place, counted from 1, once it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// Until when it waits, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

impl Gateway {
    /// Payments that wait until this bank has the money for them, by account.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn queues(&self) -> Result<Vec<Queue>, Error> {
        self.get("/v1/queue", "a list of queues").await
    }

    /// Ends a payment that waits for money, if it does not settle first: the report says which.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn cancel_queued(&self, asked: &Asked) -> Result<PaymentReport, Error> {
        let path = format!("/v1/queue/{}/cancel", asked.uetr.to_text());
        self.post(&path, &Key::random(), &json!({}), REPORT).await
    }

    /// Gives a queued payment another priority: it takes a new place behind all of that priority.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn prioritise(
        &self,
        asked: &Asked,
        priority: u32,
        key: &Key,
    ) -> Result<CommandReport, Error> {
        let path = format!("/v1/queue/{}/priority", asked.uetr.to_text());
        self.post(&path, key, &json!({"priority": priority}), "a command's report").await
    }
}
