//! Why the audit API does not answer: typed, with a stable code and the next step.

use std::borrow::Cow;

use actix_web::http::StatusCode;
use ledger_core::time::Height;

use super::port::AuditFault;
use crate::problem::{Problem, ProblemFacts, Retry};

/// A question that is not answered.
#[derive(Debug, thiserror::Error)]
pub enum AuditRefused {
    /// The request does not parse.
    #[error("the request cannot be read: {0}")]
    Malformed(&'static str),
    /// The client has not the role.
    #[error("this client is no auditor here; see [[clients]] in the observer's config")]
    Forbidden,
    /// Not a currency of the network.
    #[error("the currency is not one of this network")]
    CurrencyUnknown,
    /// Nothing of this name.
    #[error("there is nothing of this name on the ledger, or no certified header covers it yet")]
    NotFound,
    /// A height that no certified header covers.
    #[error("height {asked} is not proven yet; the latest proven height is {proven}")]
    HeightNotProven {
        /// What was asked.
        asked: Height,
        /// What is proven.
        proven: Height,
    },
    /// More than a file of histories holds.
    #[error(
        "a file holds at most {limit} {what}; ask for a shorter span of heights or one currency"
    )]
    HistoryTooLong {
        /// Of what.
        what: &'static str,
        /// How many.
        limit: usize,
    },
    /// No certified header shows the present state yet.
    #[error(
        "no certified header shows this yet, or the observer has just started; ask again in a second"
    )]
    NotProven,
    /// The answer needs blocks that are not kept here.
    #[error(
        "this needs blocks that are not kept here: what this observer keeps begins at height {from}; ask an \
         observer that keeps all blocks"
    )]
    NotKept {
        /// What is kept begins here.
        from: Height,
    },
    /// The observer's ledger failed.
    #[error("{0}")]
    Fault(AuditFault),
}

impl From<AuditFault> for AuditRefused {
    fn from(fault: AuditFault) -> Self {
        match fault {
            AuditFault::NotKept { from } => Self::NotKept { from },
            broken @ AuditFault::Broken(_) => Self::Fault(broken),
        }
    }
}

impl AuditRefused {
    fn facts(&self) -> (StatusCode, &'static str, Retry) {
        use StatusCode as S;
        match self {
            Self::Malformed(_) => (S::BAD_REQUEST, "request_malformed", Retry::Never),
            Self::Forbidden => (S::FORBIDDEN, "role_missing", Retry::Never),
            Self::CurrencyUnknown => (S::UNPROCESSABLE_ENTITY, "currency_unknown", Retry::Never),
            Self::NotFound => (S::NOT_FOUND, "not_found", Retry::AfterStateChange),
            Self::HeightNotProven { .. } => (S::CONFLICT, "height_not_proven", Retry::Later),
            Self::HistoryTooLong { .. } => {
                (S::UNPROCESSABLE_ENTITY, "history_too_long", Retry::Never)
            }
            Self::NotKept { .. } => (S::GONE, "not_kept", Retry::Never),
            Self::NotProven => (S::SERVICE_UNAVAILABLE, "not_proven", Retry::Later),
            Self::Fault(_) => (S::INTERNAL_SERVER_ERROR, "internal_error", Retry::Later),
        }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.facts().1
    }

    /// The answer. Faults show an incident id only and are logged here, once.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let (status, code, retry) = self.facts();
        if let Self::Fault(fault) = self {
            let incident = uuid::Uuid::new_v4().to_string();
            tracing::error!(%incident, cause = ?fault, "audit.fault");
            return Problem::internal(&incident);
        }
        let mut detail = self.to_string();
        detail.push('.');
        Problem::new(ProblemFacts {
            status,
            code,
            title: "The audit API does not answer this",
            retry,
            detail: Cow::Owned(detail),
        })
    }
}
