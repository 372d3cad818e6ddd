//! Payments to the own bank that go back without anybody's recall.
//!
//! # Place      staff -> [returns] -> the own gateway, which tells the bank that paid
//! # Invariants a return is proposed by one client and approved by another (X4): two connections

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    error::Error,
    gateway::{Gateway, Key},
    payments::Asked,
};

const REPORT: &str = "a return's report";

/// A return without a recall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// The payment.
    pub uetr: String,
    /// `outgoing` at the bank that gives back, `incoming` at the bank that paid.
    pub direction: String,
    /// `proposed`, `withdrawn`, `returning` or `returned`.
    pub status: String,
    /// LEI of who paid.
    pub payer: String,
    /// LEI of who was paid, and gives back.
    pub payee: String,
    /// Decimal text.
    pub amount: String,
    /// ISO 4217 code.
    pub currency: String,
    /// Why: a code of the external return reasons of ISO 20022.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The same in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub information: Option<String>,
    /// Which client proposes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed_by: Option<String>,
    /// Which client approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
    /// Why the ledger refused it when it was tried last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Whether the bank that paid has the message.
    #[serde(default)]
    pub told: bool,
    /// Whether a text of the message is on the own bank's screening list, at the bank that paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed: Option<bool>,
}

impl Gateway {
    /// Proposes to give a settled payment back, for a code of ISO 20022 and in words; another client must
    /// approve.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn propose_return(
        &self,
        asked: &Asked,
        reason: &str,
        information: Option<&str>,
    ) -> Result<Return, Error> {
        let mut body = json!({"reason": reason});
        if let (Some(words), Some(fields)) = (information, body.as_object_mut()) {
            fields.insert("information".to_owned(), words.into());
        }
        self.post(&path(asked, ""), &Key::random(), &body, REPORT).await
    }

    /// Agrees, as another client, that a payment goes back.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn approve_return(&self, asked: &Asked) -> Result<Return, Error> {
        self.post(&path(asked, "/approve"), &Key::random(), &json!({}), REPORT).await
    }

    /// Takes a proposal back.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn withdraw_return(&self, asked: &Asked) -> Result<Return, Error> {
        self.post(&path(asked, "/withdraw"), &Key::random(), &json!({}), REPORT).await
    }

    /// Where a return without a recall is, at either bank.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn return_of(&self, asked: &Asked) -> Result<Return, Error> {
        self.get(&path(asked, ""), REPORT).await
    }
}

fn path(asked: &Asked, act: &str) -> String {
    format!("/v1/payments/{}/return{act}", asked.uetr.to_text())
}
