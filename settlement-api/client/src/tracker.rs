//! Where a payment is, hop by hop, and how other members are reached.
//!
//! # Place      gateway -> [tracker] -> core systems
//! # Absent     proofs: what has ended is proved by [`Gateway::payment`]

use serde::{Deserialize, Serialize};

use crate::{Error, Gateway, payments::Asked};

/// What an answer is called where it cannot be read.
const TRACKER: &str = "a tracker";
const DIRECTORY: &str = "the directory";

/// A payment on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracker {
    /// Its UETR.
    pub uetr: String,
    /// ISO 20022 status of its last hop that the gateway's bank knows.
    pub status: String,
    /// Its hops that the bank is a side of.
    pub hops: Vec<Hop>,
}

/// A payment between two banks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// Its leg on the ledger.
    pub leg: String,
    /// LEI of the bank that pays.
    pub from: String,
    /// LEI of the bank that is paid.
    pub to: String,
    /// ISO 20022 status.
    pub status: String,
    /// Decimal text.
    pub amount: String,
    /// ISO 4217 code.
    pub currency: String,
    /// When the gateway's bank received it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<String>,
    /// When the bank that is paid accepted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
    /// When it settled, by the ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<String>,
    /// When the creditor had the money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credited: Option<String>,
    /// When it was rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected: Option<String>,
    /// Who pays the charges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge_bearer: Option<String>,
    /// Charges that were taken before this hop.
    #[serde(default)]
    pub charges: Vec<TakenCharge>,
}

/// A charge that a bank took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenCharge {
    /// Decimal text.
    pub amount: String,
    /// ISO 4217 code.
    pub currency: String,
    /// The bank, by its BIC, LEI or name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}

/// How a member is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryEntry {
    /// The institution.
    pub lei: String,
    /// Names by which messages know it.
    pub aliases: Vec<String>,
    /// Base URL of its gateway.
    pub endpoint: String,
    /// The key to which messages for it are sealed.
    pub message_key: String,
    /// What is decided of it and does not act yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<WaitingChange>,
}

/// A change of an entry that does not act yet; what is not named stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingChange {
    /// From when on it acts.
    pub from: String,
    /// The endpoint then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// All aliases then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aliases: Option<Vec<String>>,
    /// The message key then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_key: Option<String>,
}

impl Gateway {
    /// Every hop of a payment that the gateway's bank is a side of.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn tracker(&self, asked: &Asked) -> Result<Tracker, Error> {
        self.get(&format!("/v1/tracker/{}", asked.uetr.to_text()), TRACKER).await
    }

    /// How members are reached, and what will change of it.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn directory(&self) -> Result<Vec<DirectoryEntry>, Error> {
        self.get("/v1/directory", DIRECTORY).await
    }
}
