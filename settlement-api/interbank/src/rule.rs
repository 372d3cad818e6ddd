//! Answers without waiting for a person: rules that two persons agreed to beforehand.
//!
//! An answer leaves a bank when two persons said yes to it. A rule takes the place of one of them,
//! or, where the bank opted out of four eyes for what the rule covers, of both.
//!
//! ```text
//! proposed by one person -> approved by another, by its digest -> in force -> withdrawn by anyone
//! ```
//!
//! # Place      responder's desk; facts about the payment come from the gateway
//! # Invariants B7 maker and checker are two persons, of rules and of answers; a rule gives nothing
//! #            that it does not list, and answers wholly or not at all
//! # Absent     who is which person (the gateway's clients), and where facts come from

use std::collections::BTreeSet;

use ledger_core::{
    digest::{Domain, Hash32},
    id::{Lei, PersonId},
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};

use crate::{
    case::{Case, Side},
    content::{Code, Content, Field, Given},
    kind::{Kind, Level},
    message::{Act, Answering},
    refused::Refused,
};

/// Whether a person still looks at what a rule prepared. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Release {
    /// One person says yes to each answer.
    OnePerson,
    /// Nobody does: the bank opted out of four eyes for what the rule covers.
    AtOnce,
}

/// What a rule covers, and what it may give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// What is asked.
    pub kinds: BTreeSet<Kind>,
    /// By whom; by everybody when empty.
    pub requesters: BTreeSet<Lei>,
    /// The highest level.
    pub level: Option<Level>,
    /// What may be given.
    pub gives: BTreeSet<Field>,
    /// The outcome that its answers state.
    pub outcome: Code,
    /// Whether a person still looks.
    pub release: Release,
    /// Until when it acts.
    pub until: LedgerTime,
}

/// A rule of a bank, for answers in its own name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// What it covers.
    pub terms: Terms,
    proposed_by: PersonId,
    approved_by: Option<PersonId>,
    withdrawn: bool,
}

impl Rule {
    /// A rule that one person proposes; it does not act yet.
    #[must_use]
    pub const fn propose(terms: Terms, by: PersonId) -> Self {
        Self { terms, proposed_by: by, approved_by: None, withdrawn: false }
    }

    /// What an approval names.
    #[must_use]
    pub fn digest(&self) -> Hash32 {
        Domain::Content.hash_of(&self.terms)
    }

    /// The rule with a second person's yes to exactly these terms.
    ///
    /// # Errors
    /// [`Refused::RuleNotInForce`] when it was withdrawn, [`Refused::SamePerson`],
    /// [`Refused::ApprovalMismatch`].
    pub fn approve(self, digest: &Hash32, by: PersonId) -> Result<Self, Refused> {
        if self.withdrawn {
            return Err(Refused::RuleNotInForce);
        }
        if by == self.proposed_by {
            return Err(Refused::SamePerson);
        }
        if *digest != self.digest() {
            return Err(Refused::ApprovalMismatch);
        }
        Ok(Self { approved_by: Some(by), ..self })
    }

    /// The rule, out of force at once and for good; one person is enough.
    #[must_use]
    pub fn withdraw(self) -> Self {
        Self { withdrawn: true, ..self }
    }

    /// Whether a second person said yes.
    #[must_use]
    pub const fn is_approved(&self) -> bool {
        self.approved_by.is_some()
    }

    /// Whether it was taken out of force for good.
    #[must_use]
    pub const fn is_withdrawn(&self) -> bool {
        self.withdrawn
    }

    /// Whether it acts.
    #[must_use]
    pub fn is_in_force(&self, now: LedgerTime) -> bool {
        !self.withdrawn && self.approved_by.is_some() && now < self.terms.until
    }

    /// The answer that the rule gives to an open question, out of these facts; nothing when a person
    /// has to answer: the rule does not cover it, or something that is asked for may not be given,
    /// is not known, or is a document.
    ///
    /// # Errors
    /// [`Refused::RuleNotInForce`].
    pub fn answer(
        &self,
        case: &Case,
        facts: &[Given],
        now: LedgerTime,
    ) -> Result<Option<Draft>, Refused> {
        if !self.is_in_force(now) {
            return Err(Refused::RuleNotInForce);
        }
        let terms = &self.terms;
        let covered = case.me == Some(Side::Responder)
            && terms.kinds.contains(&case.opening.kind)
            && (terms.requesters.is_empty() || terms.requesters.contains(&case.requester))
            && case.opening.level <= terms.level
            && case.opening.level.is_none_or(|level| !level.wants_document());
        let by_level = case.opening.level.map_or(&[][..], Level::fields);
        let asked: BTreeSet<Field> = by_level.iter().chain(&case.asked).copied().collect();
        if !covered || asked.is_empty() || !asked.is_subset(&terms.gives) {
            return Ok(None);
        }
        let known = |field: &Field| facts.iter().find(|given| given.field == *field).cloned();
        let given: Option<Vec<Given>> = asked.iter().map(known).collect();
        let Some(given) = given else { return Ok(None) };
        let rule = Some(self.digest());
        let act = Act::Answer(Answering { outcome: terms.outcome, relayed: None, rule });
        let content = Content { given, ..Content::default() };
        let released = terms.release == Release::AtOnce;
        Ok(Some(Draft { act, content, prepared_by: None, released }))
    }
}

/// An act that waits to leave the bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// What will be written.
    pub act: Act,
    /// What it will say.
    pub content: Content,
    /// Who prepared it; nobody when a rule did.
    prepared_by: Option<PersonId>,
    released: bool,
}

impl Draft {
    /// What one person prepared: it waits for another, if it is an answer.
    #[must_use]
    pub fn by(person: PersonId, act: Act, content: Content) -> Self {
        let released = !matches!(act, Act::Answer(_));
        Self { act, content, prepared_by: Some(person), released }
    }

    /// What a person's yes to a draft names.
    #[must_use]
    pub fn digest(&self) -> Hash32 {
        Domain::Content.hash_of(&(&self.act, &self.content))
    }

    /// The draft with another person's yes to exactly this.
    ///
    /// # Errors
    /// [`Refused::SamePerson`], [`Refused::ApprovalMismatch`].
    pub fn release(self, digest: &Hash32, by: PersonId) -> Result<Self, Refused> {
        if self.prepared_by == Some(by) {
            return Err(Refused::SamePerson);
        }
        if *digest != self.digest() {
            return Err(Refused::ApprovalMismatch);
        }
        Ok(Self { released: true, ..self })
    }

    /// Whether it may leave.
    #[must_use]
    pub const fn is_released(&self) -> bool {
        self.released
    }
}
