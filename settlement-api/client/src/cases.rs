//! Cases: questions between banks about payments.
//!
//! # Place      staff -> [cases] -> the own gateway, which seals and delivers
//! # Invariants an answer is prepared by one client and approved by another (B7): two connections
//! # Absent     documents and forwarding: see docs/api.md and `florin call`

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    error::Error,
    gateway::{Gateway, Key, segment},
};

const CASE: &str = "a case";

/// A question that is to be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NewCase {
    /// UETR of the payment.
    pub uetr: String,
    /// LEI of the bank that is asked; the other bank of the payment when not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// What is asked: see docs/spec/interbank.md, Kinds.
    pub kind: String,
    /// How much is asked for, 1 to 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<u8>,
    /// Fields that are asked for by name.
    pub asked: Vec<String>,
    /// Free text.
    pub lines: Vec<String>,
}

/// An answer that is to be prepared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CaseAnswer {
    /// Its outcome: `INFO`, or `NINF` when there is nothing to say.
    pub outcome: String,
    /// Fields that are given.
    pub given: Vec<Given>,
    /// Free text.
    pub lines: Vec<String>,
}

/// A field with its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Its name.
    pub field: String,
    /// Its value.
    pub value: String,
}

/// Which cases a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedCases {
    /// Of this payment.
    pub uetr: Option<String>,
    /// In this state.
    pub state: Option<String>,
    /// When it is the turn of `own`, `other` or `nobody`.
    pub turn: Option<String>,
    /// Where the page begins: `after` of the page before.
    pub after: Option<String>,
}

/// A case, as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseSummary {
    /// Its identity, the same at both banks.
    pub case: String,
    /// The payment.
    pub uetr: String,
    /// The leg of the payment.
    pub leg: String,
    /// What is asked.
    pub kind: String,
    /// How much is asked for.
    pub level: Option<u8>,
    /// Who asks.
    pub requester: String,
    /// Who is asked.
    pub responder: String,
    /// Where it is.
    pub state: String,
    /// The same towards ISO 20022.
    pub iso_status: String,
    /// Who writes next: `own`, `other` or `nobody`.
    pub turn: String,
    /// When it was opened.
    pub opened: String,
    /// Until when an answer is due.
    pub answer_by: String,
}

/// A page of cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CasePage {
    /// In the order in which they came to this bank.
    pub cases: Vec<CaseSummary>,
    /// Where the next page begins; nothing when this is the last.
    pub after: Option<String>,
}

/// A case with all that was said in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseReport {
    /// As a list shows it.
    #[serde(flatten)]
    pub summary: CaseSummary,
    /// What was asked for by name.
    pub asked: Vec<String>,
    /// The own case that was forwarded with this one.
    pub parent: Option<String>,
    /// Own cases with which this one was forwarded.
    pub children: Vec<String>,
    /// The ended case that this one goes on from.
    pub follows: Option<String>,
    /// What was said, in order.
    pub messages: Vec<CaseMessage>,
    /// The answer that waits for a second person.
    pub draft: Option<Draft>,
    /// What has not arrived at the other bank yet.
    pub delivery: Delivery,
}

/// A message of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseMessage {
    /// Who wrote it.
    pub from: String,
    /// What it does.
    pub act: String,
    /// Outcome or reason.
    pub code: Option<String>,
    /// When, by its writer's clock.
    pub written: String,
    /// Its digest.
    pub digest: String,
    /// What it says.
    pub says: Said,
}

/// What a message or a draft says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Codes that say why.
    pub reasons: Vec<String>,
    /// Fields that are asked for.
    pub asked: Vec<String>,
    /// Fields that are given.
    pub given: Vec<Given>,
    /// Free text.
    pub lines: Vec<String>,
}

/// An answer that waits for a second person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// What the second person says yes to.
    pub content: String,
    /// The client that prepared it.
    pub prepared_by: String,
    /// When.
    pub at: String,
    /// Its outcome.
    pub outcome: Option<String>,
    /// What it says.
    pub says: Said,
}

/// Own letters that wait for the other bank's receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// How many.
    pub waiting: usize,
    /// Why the last attempt failed.
    pub trouble: Option<String>,
    /// How many the other bank has on its disk, by its signed receipt.
    pub receipted: u32,
}

impl Gateway {
    /// Asks another bank about a payment.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn open_case(&self, question: &NewCase, key: &Key) -> Result<CaseReport, Error> {
        self.post("/v1/cases", key, question, CASE).await
    }

    /// Takes a question on.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn accept_case(&self, case: &str, key: &Key) -> Result<CaseReport, Error> {
        self.act(case, "accept", key, &json!({})).await
    }

    /// Prepares an answer, which waits for another client's yes.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn prepare_answer(
        &self,
        case: &str,
        answer: &CaseAnswer,
        key: &Key,
    ) -> Result<CaseReport, Error> {
        self.act(case, "answer", key, answer).await
    }

    /// Sends the answer whose content was read; another client than the one that prepared it.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn approve_answer(
        &self,
        case: &str,
        content: &str,
        key: &Key,
    ) -> Result<CaseReport, Error> {
        self.act(case, "answer/approve", key, &json!({"content": content})).await
    }

    /// Is content with the answer.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn close_case(&self, case: &str, key: &Key) -> Result<CaseReport, Error> {
        self.act(case, "close", key, &json!({})).await
    }

    /// No longer wants an answer.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn withdraw_case(&self, case: &str, key: &Key) -> Result<CaseReport, Error> {
        self.act(case, "withdraw", key, &json!({})).await
    }

    /// A case with all that was said in it.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn case(&self, case: &str) -> Result<CaseReport, Error> {
        self.get(&format!("/v1/cases/{}", segment(case, "the case")?), CASE).await
    }

    /// A page of this bank's cases.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn cases(&self, wanted: &WantedCases) -> Result<CasePage, Error> {
        let WantedCases { uetr, state, turn, after } = wanted;
        let given = [("uetr", uetr), ("state", state), ("turn", turn), ("after", after)];
        let mut query = Vec::new();
        for (name, value) in given {
            if let Some(value) = value {
                let plain = value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
                if !plain {
                    return Err(Error::Unsendable("what the cases are chosen by"));
                }
                query.push(format!("{name}={value}"));
            }
        }
        let mark = if query.is_empty() { "" } else { "?" };
        self.get(&format!("/v1/cases{mark}{}", query.join("&")), "a list of cases").await
    }

    async fn act<B: Serialize>(
        &self,
        case: &str,
        act: &str,
        key: &Key,
        body: &B,
    ) -> Result<CaseReport, Error> {
        let case = segment(case, "the case")?;
        self.post(&format!("/v1/cases/{case}/{act}"), key, body, CASE).await
    }
}
