//! What the feed tells besides payments: of the directory, and of cases.
//!
//! # Place      directory watch, cases' clocks -> [news] -> [`super::feed`]
//! # Invariants E5 the same piece of news is told once
//! # Absent     payments and returns: those are facts of the feed

use ledger_core::{
    digest::Domain,
    id::{Lei, Uetr},
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verifier::summary::rfc3339;

/// What news are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Topic {
    /// A member's directory entry.
    Directory,
    /// A case with another bank.
    Case,
}

impl Topic {
    /// Its name in JSON.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::Case => "case",
        }
    }
}

/// Something to know. Append-only, since it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// About what.
    pub topic: Topic,
    /// What happened: a stable word of the topic.
    pub what: String,
    /// Whose entry, or the bank on the other side of the case.
    pub other: Lei,
    /// The payment that a case is about.
    pub uetr: Option<Uetr>,
    /// The case.
    pub case: Option<String>,
    /// When a change acts, or until when an answer is due.
    pub due: Option<LedgerTime>,
    /// What changes: `endpoint`, `aliases`, `message_key`, `keys`.
    pub changes: Vec<String>,
    /// Who is told, as the configuration names them.
    pub contact: Option<String>,
    /// Tells what happens twice in the same words apart: bytes that nobody is shown.
    pub once: Vec<u8>,
}

impl News {
    /// By what it is known that it was told.
    pub(super) fn noted(&self) -> Vec<u8> {
        let digest = Domain::Content.hash_of(&("florin/news/1", self));
        [b"event/told/".as_slice(), digest.get()].concat()
    }

    /// As JSON shows it.
    pub(super) fn report(&self) -> NewsReport {
        NewsReport {
            case: self.case.clone(),
            due: self.due.map(rfc3339),
            changes: self.changes.clone(),
            contact: self.contact.clone(),
        }
    }
}

/// What events of the directory and of cases say besides.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct NewsReport {
    /// The case.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<crate::openapi::text::Id>)]
    pub case: Option<String>,
    /// When a change of the directory acts, or until when an answer is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<crate::openapi::text::Time>)]
    pub due: Option<String>,
    /// What changes in the entry: `endpoint`, `aliases`, `message_key`, `keys`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<String>,
    /// Who is told of a case, as `[cases]` of the configuration names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
}
