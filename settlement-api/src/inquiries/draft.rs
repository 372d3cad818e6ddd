//! Answers that wait for another person's yes.
//!
//! # Invariants B7 a draft names who prepared it; one draft per case, and it goes when its answer
//! #            leaves or its case ends

use interbank::{Act, CaseId, Document, book::Words, port::Store as _, rule::Draft};
use ledger_core::{codec::decode, id::PersonId, time::LedgerTime};
use serde::{Deserialize, Serialize};

use super::change::Change;
use crate::{
    outbox::stored,
    port::{StoreFault, Write},
    refused::Refused,
};

const PREFIX: &[u8] = b"inquiry/draft/";
const MAX_DRAFT: usize = 2 << 20;
/// What is said of a draft that a rule prepared.
const RULE: &str = "rule";

/// A draft with the documents that it names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Prepared {
    /// What will be written, and who prepared it.
    pub(crate) draft: Draft,
    /// Its documents.
    pub(crate) documents: Vec<Document>,
    /// The client that prepared it, for people.
    pub(crate) name: String,
    /// When.
    pub(crate) at: LedgerTime,
}

impl Prepared {
    /// A person's draft.
    pub(crate) fn by(
        (person, name): (PersonId, &str),
        act: Act,
        Words { content, documents }: Words,
        at: LedgerTime,
    ) -> Self {
        Self { draft: Draft::by(person, act, content), documents, name: name.to_owned(), at }
    }

    /// A rule's.
    pub(crate) fn by_rule(draft: Draft, at: LedgerTime) -> Self {
        Self { draft, documents: Vec::new(), name: RULE.to_owned(), at }
    }

    /// Where a case's draft is.
    pub(crate) fn key(case: &CaseId) -> Vec<u8> {
        [PREFIX, case.get().get()].concat()
    }

    /// What must be written to keep it.
    pub(crate) fn write(&self, case: &CaseId) -> Write {
        stored(Self::key(case), self)
    }

    /// A case's draft.
    pub(crate) fn load(change: &Change<'_>, case: &CaseId) -> Result<Option<Self>, Refused> {
        let Some(bytes) = change.get(&Self::key(case))? else { return Ok(None) };
        Ok(Some(decode(&bytes, MAX_DRAFT).map_err(|_| StoreFault::Damaged)?))
    }
}
