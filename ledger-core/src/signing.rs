//! How many persons a member's commands need: a policy per account and per role.
//!
//! ```text
//! account: from 1,000 two, from 50,000 three     \   the last step that an amount reaches; below
//! the account it stands under: from 200 two       |  the first, those of the account above, then the
//! role settlement: one                           /   number of the role
//! role admin: two                                    persons of a proposal of the member's own
//! ```
//!
//! A member sets its policies by a proposal of its own administrators. Every change raises the version
//! of its policy, which the member's proposals and approvals name: what was pending is void (I5).
//!
//! # Place      asked where a debit is entered, after all else but limits of keys; `proposal` asks for
//! #            the persons of a member's own proposals
//! # Invariants I5 persons are counted, not keys; a change voids what is pending; K7 no debit is
//! #            entered with fewer persons than its account's policy needs
//! # Absent     thresholds of the network's own proposals (`parameters`); what a payee's consent needs (one key)

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    authority::Role,
    draft::{Draft, Signers},
    execute::Facts,
    id::{AccountId, Lei, PersonId},
    key_limits,
    limits::{MAX_APPROVALS, MAX_SIGNATURES, MAX_STEPS},
    money::Money,
    parameters,
    proposal::POLICY_VERSION,
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
    sub_account::parent,
};

/// Persons that a debit needs where nothing else was set.
pub const SETTLEMENT_PERSONS: u8 = 1;
/// Persons that a proposal of a member's own needs where nothing else was set, and at least.
pub const ADMIN_PERSONS: u8 = 2;

/// From an amount on, so many persons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The amount, in minor units of the account's currency.
    pub from: u128,
    /// How many distinct persons sign.
    pub persons: u8,
}

/// An account's policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountPolicy {
    /// Which account.
    pub account: AccountId,
    /// Its steps, ascending in both numbers. None leaves the account to its member's policy.
    pub steps: Vec<Step>,
}

impl AccountPolicy {
    /// Persons that a debit of this amount needs; `None` where no step is reached.
    #[must_use]
    pub fn persons(&self, minor: u128) -> Option<u8> {
        self.steps.iter().rev().find(|step| step.from <= minor).map(|step| step.persons)
    }
}

/// Whether steps may be an account's policy: few, ascending, of numbers that a command can carry.
#[must_use]
pub fn are_well_formed(steps: &[Step]) -> bool {
    let ascending = steps.windows(2).all(|pair| match pair {
        [low, high] => low.from < high.from && low.persons < high.persons,
        _ => true,
    });
    let counts = steps.iter().all(|s| (1..=MAX_SIGNATURES).contains(&usize::from(s.persons)));
    ascending && counts && steps.len() <= MAX_STEPS
}

/// A member's policy: persons by role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberPolicy {
    /// Whose.
    pub member: Lei,
    /// Version of all its policies together, those of its accounts included.
    pub version: u32,
    /// Persons with settlement keys that a debit needs, where its account says nothing.
    pub settlement: u8,
    /// Persons with admin keys that a proposal of the member's own needs.
    pub admin: u8,
}

impl MemberPolicy {
    /// What holds before a member has set anything.
    #[must_use]
    pub const fn new(member: Lei) -> Self {
        let (settlement, admin) = (SETTLEMENT_PERSONS, ADMIN_PERSONS);
        Self { member, version: POLICY_VERSION, settlement, admin }
    }

    /// The policy of a member as it is in force.
    pub(crate) fn of(draft: &Draft<'_>, member: &Lei) -> Self {
        match draft.get(&Name::MemberPolicy(*member)) {
            Some(Record::MemberPolicy(policy)) => *policy,
            _ => Self::new(*member),
        }
    }

    /// The next version: what was proposed under this one is void.
    fn next(self) -> Result<Self, Refusal> {
        let version = self.version.checked_add(1).ok_or(Refusal::AmountOverflow)?;
        Ok(Self { version, ..self })
    }
}

/// Version of the policy under which proposals of an organisation in a role are approved.
pub(crate) fn version(draft: &Draft<'_>, organisation: &Lei, role: Role) -> u32 {
    match role {
        Role::Admin => MemberPolicy::of(draft, organisation).version,
        _ => parameters::version(draft),
    }
}

/// Sets how many persons a member's commands in a role need.
///
/// # Errors
/// Those about the member, [`Refusal::OutOfRange`], [`Refusal::AmountOverflow`].
pub(crate) fn set_role(
    draft: &mut Draft<'_>,
    member: &Lei,
    role: Role,
    persons: u8,
) -> Result<Facts, Refusal> {
    draft.active_member(member)?;
    let was = MemberPolicy::of(draft, member);
    let count = usize::from(persons);
    let set = match role {
        Role::Settlement if (1..=MAX_SIGNATURES).contains(&count) => {
            MemberPolicy { settlement: persons, ..was }
        }
        Role::Admin if persons >= ADMIN_PERSONS && count <= MAX_APPROVALS => {
            MemberPolicy { admin: persons, ..was }
        }
        _ => return Err(Refusal::OutOfRange),
    };
    draft.put(&Name::MemberPolicy(*member), Record::MemberPolicy(set.next()?));
    Ok(Facts::new(Effect::Executed, vec![*member]))
}

/// Sets the policy of one of a member's accounts, as a whole.
///
/// # Errors
/// Those about the member, [`Refusal::OutOfRange`], [`Refusal::AccountUnknown`],
/// [`Refusal::NotYourAccount`], [`Refusal::AmountOverflow`].
pub(crate) fn set_account(
    draft: &mut Draft<'_>,
    member: &Lei,
    account: &AccountId,
    steps: &[Step],
) -> Result<Facts, Refusal> {
    draft.active_member(member)?;
    if !are_well_formed(steps) {
        return Err(Refusal::OutOfRange);
    }
    match draft.get(&Name::Account(*account)) {
        Some(Record::Account(found)) if found.member == *member => {}
        Some(Record::Account(_)) => return Err(Refusal::NotYourAccount),
        _ => return Err(Refusal::AccountUnknown),
    }
    let policy = AccountPolicy { account: *account, steps: steps.to_vec() };
    let member_policy = MemberPolicy::of(draft, member).next()?;
    draft.put(&Name::MemberPolicy(*member), Record::MemberPolicy(member_policy));
    draft.put(&Name::AccountPolicy(*account), Record::AccountPolicy(policy));
    Ok(Facts::new(Effect::Executed, vec![*member]))
}

/// The distinct persons that sign in the role that moves money.
pub(crate) fn persons(signers: &Signers) -> BTreeSet<PersonId> {
    signers.in_role(Role::Settlement).map(|grant| grant.person).collect()
}

/// Whether enough persons of a member sign for what a command takes from its accounts, each
/// account's debits taken together.
///
/// # Errors
/// [`Refusal::SignersTooFew`].
pub(crate) fn check(
    draft: &Draft<'_>,
    member: &Lei,
    signers: &Signers,
    debits: &[(AccountId, Money)],
) -> Result<(), Refusal> {
    let mut sums: BTreeMap<AccountId, u128> = BTreeMap::new();
    for (account, money) in debits {
        let sum = sums.entry(*account).or_default();
        *sum = sum.saturating_add(money.minor());
    }
    let (signed, otherwise) = (persons(signers).len(), MemberPolicy::of(draft, member).settlement);
    let enough = sums.iter().all(|(account, minor)| {
        let own = step(draft, account, *minor);
        let above = || step(draft, &parent(draft, account)?, *minor);
        signed >= usize::from(own.or_else(above).unwrap_or(otherwise))
    });
    if enough { Ok(()) } else { Err(Refusal::SignersTooFew) }
}

/// Persons that an account's own policy asks for.
fn step(draft: &Draft<'_>, account: &AccountId, minor: u128) -> Option<u8> {
    match draft.get(&Name::AccountPolicy(*account)) {
        Some(Record::AccountPolicy(policy)) => policy.persons(minor),
        _ => None,
    }
}

/// Whether those who sign a command may take this from a member's accounts: enough persons, each
/// within the limits of its keys, which it then counts against. Asked last, so that every other reason
/// comes before it.
///
/// # Errors
/// [`Refusal::SignersTooFew`], [`Refusal::KeyCommandLimit`], [`Refusal::KeyWindowLimit`], in this order.
pub(crate) fn authorise(
    draft: &mut Draft<'_>,
    member: &Lei,
    signers: &Signers,
    debits: &[(AccountId, Money)],
) -> Result<(), Refusal> {
    check(draft, member, signers, debits)?;
    key_limits::check(draft, signers, debits.iter().map(|(_, money)| *money))?;
    debits.iter().try_for_each(|(_, money)| key_limits::count(draft, signers, *money))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(from: u128, persons: u8) -> Step {
        Step { from, persons }
    }

    #[test]
    fn k7_steps_ascend_and_ask_for_no_more_persons_than_a_command_can_carry() {
        const MAX: u128 = u128::MAX;
        for (steps, fits) in [
            (vec![], true),
            (vec![step(0, 1)], true),
            (vec![step(MAX, 4)], true),
            (vec![step(0, 0)], false),
            (vec![step(0, 5)], false),
            (vec![step(1, 1), step(1, 2)], false),
            (vec![step(2, 1), step(1, 2)], false),
            (vec![step(1, 2), step(2, 2)], false),
            (vec![step(1, 3), step(2, 2)], false),
            (vec![step(0, 1), step(1, 2), step(2, 3), step(MAX, 4)], true),
        ] {
            assert_eq!(are_well_formed(&steps), fits, "{steps:?}");
        }
    }

    #[test]
    fn k7_an_amount_needs_what_the_last_step_that_it_reaches_says() {
        let account = AccountId::new([1; 32]);
        let policy = AccountPolicy { account, steps: vec![step(10, 2), step(100, 3)] };
        for (minor, persons) in [
            (0, None),
            (9, None),
            (10, Some(2)),
            (99, Some(2)),
            (100, Some(3)),
            (u128::MAX, Some(3)),
        ] {
            assert_eq!(policy.persons(minor), persons, "{minor}");
        }
        let none = AccountPolicy { account, steps: Vec::new() };
        assert_eq!(none.persons(u128::MAX), None);
    }
}
