//! Policies: who may pay, be paid and be minted to.
//!
//! A policy lists members and customers, either those that may or those that may not. Every entry is
//! a record of its own, so a policy has no greatest size and is never read as a whole. Currencies
//! name policies in their terms, and several may name the same.
//!
//! # Place      `movement` has a currency's policies; `payment::Side` and `issuance` ask them
//! # Invariants K6 nobody pays, is paid or minted to against a policy that is in force when money moves
//! # Absent     why somebody is listed (network compliance knows)

use serde::{Deserialize, Serialize};

use crate::{
    command::Payment,
    draft::Draft,
    id::{Lei, PartyId, PolicyId},
    limits::MAX_POLICY_SUBJECTS,
    money::Currency,
    movement::{self, MovementTerms},
    payment::Payee,
    record::{Name, Record},
    refusal::Refusal,
};

/// What being listed means. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyMode {
    /// Who is listed may, nobody else.
    Allow,
    /// Who is listed may not, everybody else may.
    Deny,
}

/// Whom an entry of a policy is about. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A member, with all its customers.
    Member(Lei),
    /// A customer.
    Party(PartyId),
}

/// A policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Its name.
    pub id: PolicyId,
    /// What being listed means.
    pub mode: PolicyMode,
    /// How many subjects it lists.
    pub listed: u64,
}

/// What a policy says of one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyEntry {
    /// Which policy.
    pub policy: PolicyId,
    /// Of whom.
    pub subject: Subject,
    /// Whether it is listed, or was once.
    pub listed: bool,
}

/// For what somebody is asked about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// To pay.
    Send,
    /// To be paid.
    Receive,
    /// To be minted to.
    BeMintedTo,
}

impl Purpose {
    const fn policy(self, terms: &MovementTerms) -> Option<PolicyId> {
        match self {
            Self::Send => terms.sender,
            Self::Receive => terms.recipient,
            Self::BeMintedTo => terms.mint_recipient,
        }
    }
}

/// Whether a currency's policy keeps a member, and the customer it acts for, from something (K6).
pub(crate) fn forbids(
    draft: &Draft<'_>,
    currency: Currency,
    purpose: Purpose,
    member: &Lei,
    party: Option<&PartyId>,
) -> bool {
    let Some(id) = purpose.policy(&movement::controls(draft, currency).terms) else {
        return false;
    };
    let listed = is_listed(draft, &id, Subject::Member(*member))
        || party.is_some_and(|party| is_listed(draft, &id, Subject::Party(*party)));
    match find(draft, &id).map(|policy| policy.mode) {
        Ok(PolicyMode::Allow) => !listed,
        Ok(PolicyMode::Deny) => listed,
        // Terms name policies that are there, and none is ever removed.
        Err(_) => true,
    }
}

/// Whether a policy keeps `reader` from its own side of a payment.
pub(crate) fn own_fault(
    draft: &Draft<'_>,
    payment: &Payment,
    payee: Option<&Payee>,
    reader: &Lei,
) -> Option<Refusal> {
    let (leg, code) = (payment.leg, payment.money.currency());
    let pays = leg.instructing == *reader
        && forbids(draft, code, Purpose::Send, reader, Some(&payment.debtor));
    let is_paid = leg.instructed == *reader
        && payee.is_some_and(|to| forbids(draft, code, Purpose::Receive, reader, Some(&to.party)));
    (pays || is_paid).then_some(Refusal::PolicyForbids)
}

/// Makes a policy that lists nobody.
///
/// # Errors
/// [`Refusal::AlreadyExists`].
pub(crate) fn create(draft: &mut Draft<'_>, id: PolicyId, mode: PolicyMode) -> Result<(), Refusal> {
    if find(draft, &id).is_ok() {
        return Err(Refusal::AlreadyExists);
    }
    draft.put(&Name::Policy(id), Record::Policy(Policy { id, mode, listed: 0 }));
    Ok(())
}

/// Lists subjects, or takes them off the list; one that is there already, or is not, stays so.
///
/// # Errors
/// [`Refusal::OutOfRange`] for no subject or more than [`MAX_POLICY_SUBJECTS`],
/// [`Refusal::PolicyUnknown`].
pub(crate) fn list(
    draft: &mut Draft<'_>,
    id: PolicyId,
    subjects: &[Subject],
    listed: bool,
) -> Result<(), Refusal> {
    if !(1..=MAX_POLICY_SUBJECTS).contains(&subjects.len()) {
        return Err(Refusal::OutOfRange);
    }
    let mut policy = find(draft, &id)?;
    for subject in subjects {
        if is_listed(draft, &id, *subject) == listed {
            continue;
        }
        let count =
            if listed { policy.listed.checked_add(1) } else { policy.listed.checked_sub(1) };
        policy.listed = count.ok_or(Refusal::InternalFault)?;
        let entry = PolicyEntry { policy: id, subject: *subject, listed };
        draft.put(&Name::PolicyEntry(id, *subject), Record::PolicyEntry(entry));
    }
    draft.put(&Name::Policy(id), Record::Policy(policy));
    Ok(())
}

/// A policy.
///
/// # Errors
/// [`Refusal::PolicyUnknown`].
pub(crate) fn find(draft: &Draft<'_>, id: &PolicyId) -> Result<Policy, Refusal> {
    match draft.get(&Name::Policy(*id)) {
        Some(Record::Policy(policy)) => Ok(*policy),
        _ => Err(Refusal::PolicyUnknown),
    }
}

fn is_listed(draft: &Draft<'_>, id: &PolicyId, subject: Subject) -> bool {
    match draft.get(&Name::PolicyEntry(*id, subject)) {
        Some(Record::PolicyEntry(entry)) => entry.listed,
        _ => false,
    }
}
