//! Who may do what: keys, persons, organisations and their roles.
//!
//! A key belongs to one person, a person to one organisation; all three stand on the ledger, so
//! that "two persons" is a fact execution can count (I5).
//!
//! # Place      every command's signatures are resolved here before its rule runs
//! # Invariants I5 maker != checker; who registers keys holds no treasury role
//! # Absent     how an organisation knows its people (that two handles are two humans is its
//! #            attested statement)

use serde::{Deserialize, Serialize};

use crate::{
    id::{Lei, PersonId},
    signature::PublicKey,
    time::LedgerTime,
};

/// What a key is for. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Network operator: admits members, opens accounts, registers keys.
    Operator,
    /// Issuer's treasury: proposes and checks mints and burns.
    Treasury,
    /// Network compliance: freezes.
    NetworkCompliance,
    /// Overseer: reads.
    Regulator,
    /// Custodian: attests balances and signs bank entries.
    Custodian,
    /// Attestation agent appointed where a custodian does not sign.
    Agent,
    /// A member's key that moves its money.
    Settlement,
    /// A member's second key: signs that a payment passed screening.
    Gate,
    /// A member's key that sets the standing of its customers.
    Compliance,
    /// A member's key for its own administration.
    Admin,
    /// A key that signs HTTP requests to the ledger port and to other gateways; moves nothing.
    Transport,
    /// Whoever may stop at once in an emergency: freezes, and never lifts or moves anything.
    Emergency,
    /// Proposes netting sets out of everybody's queues.
    Solver,
    /// Keeps the register of assets: issues their units and cancels them.
    Registrar,
}

impl Role {
    /// Its bit in [`Person::roles`].
    #[must_use]
    pub const fn bit(self) -> u16 {
        match self {
            Self::Operator => 1,
            Self::Treasury => 1 << 1,
            Self::NetworkCompliance => 1 << 2,
            Self::Regulator => 1 << 3,
            Self::Custodian => 1 << 4,
            Self::Agent => 1 << 5,
            Self::Settlement => 1 << 6,
            Self::Gate => 1 << 7,
            Self::Compliance => 1 << 8,
            Self::Admin => 1 << 9,
            Self::Transport => 1 << 10,
            Self::Emergency => 1 << 11,
            Self::Solver => 1 << 12,
            Self::Registrar => 1 << 13,
        }
    }
}

/// Roles that one person may not hold together: registering keys, creating money, vouching for
/// reserves, stopping all of it, seeing everybody's queues, and creating units are six people's work.
const EXCLUSIVE: [u16; 6] = [
    Role::Operator.bit() | Role::Admin.bit(),
    Role::Treasury.bit(),
    Role::Custodian.bit() | Role::Agent.bit(),
    Role::Emergency.bit(),
    Role::Solver.bit(),
    Role::Registrar.bit(),
];

/// Roles of a member's own business, which nobody does who sees all members' queues.
const OF_ONE_MEMBER: u16 =
    Role::Settlement.bit() | Role::Gate.bit() | Role::Compliance.bit() | Role::Admin.bit();

/// A key as it is registered: at genesis, with a member, or by a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleKey {
    /// The public key.
    pub key: PublicKey,
    /// What it is for.
    pub role: Role,
    /// Who holds it.
    pub person: PersonId,
    /// For which organisation.
    pub organisation: Lei,
}

/// A registered key as the ledger holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// Key, role, person and organisation.
    pub grant: RoleKey,
    /// Whether it may still sign. Revocation acts at once and is for ever.
    pub active: bool,
    /// From when on it signs nothing more, where another key replaces it.
    pub until: Option<LedgerTime>,
}

impl KeyRecord {
    /// A key that signs until it is revoked or replaced.
    #[must_use]
    pub const fn new(grant: RoleKey) -> Self {
        Self { grant, active: true, until: None }
    }

    /// Whether it signs at this ledger time.
    #[must_use]
    pub fn signs_at(&self, now: LedgerTime) -> bool {
        self.active && self.until.is_none_or(|until| now < until)
    }
}

/// The active keys of operators: the role that registers all others, so it must never fall below
/// its threshold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Operators {
    /// Sorted.
    pub keys: Vec<PublicKey>,
}

/// A person as the ledger knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The handle.
    pub person: PersonId,
    /// The one organisation it acts for.
    pub organisation: Lei,
    /// Bits of the roles it was ever given.
    pub roles: u16,
}

impl Person {
    /// The person after it was given one more role, unless that makes roles meet that exclude
    /// each other (I5), or another organisation.
    #[must_use]
    pub fn with(self, grant: &RoleKey) -> Option<Self> {
        let roles = self.roles | grant.role.bit();
        let sees_queues = roles & Role::Solver.bit() != 0;
        let conflicts = EXCLUSIVE.iter().filter(|mask| roles & **mask != 0).count() > 1
            || (sees_queues && roles & OF_ONE_MEMBER != 0);
        (self.organisation == grant.organisation && !conflicts).then_some(Self { roles, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(role: Role) -> RoleKey {
        RoleKey {
            key: PublicKey::new([1; 32]),
            role,
            person: PersonId::new([1; 16]),
            organisation: Lei::new("529900T8BM49AURSDO55").unwrap(),
        }
    }

    #[test]
    fn i5_who_registers_keys_holds_no_treasury_role() {
        let nobody = Person {
            person: PersonId::new([1; 16]),
            organisation: grant(Role::Operator).organisation,
            roles: 0,
        };
        let operator = nobody.with(&grant(Role::Operator)).unwrap();
        assert_eq!(operator.with(&grant(Role::Treasury)), None);
        assert!(operator.with(&grant(Role::Transport)).is_some());
        let custodian = nobody.with(&grant(Role::Custodian)).unwrap();
        assert_eq!(custodian.with(&grant(Role::Treasury)), None);
        assert!(custodian.with(&grant(Role::Agent)).is_some());
    }

    #[test]
    fn i5_q4_a_solvers_person_does_nothing_else_but_transport() {
        let roles = |first, second| {
            let organisation = grant(first).organisation;
            let nobody = Person { person: PersonId::new([1; 16]), organisation, roles: 0 };
            nobody.with(&grant(first)).unwrap().with(&grant(second)).is_some()
        };
        for other in [
            Role::Operator,
            Role::Treasury,
            Role::Custodian,
            Role::Agent,
            Role::Settlement,
            Role::Gate,
            Role::Compliance,
            Role::Admin,
        ] {
            assert!(!roles(Role::Solver, other), "{other:?}");
            assert!(!roles(other, Role::Solver), "{other:?}");
        }
        for other in [Role::Solver, Role::Transport, Role::Regulator, Role::NetworkCompliance] {
            assert!(roles(Role::Solver, other), "{other:?}");
            assert!(roles(other, Role::Solver), "{other:?}");
        }
        assert!(roles(Role::Settlement, Role::Admin));
    }

    #[test]
    fn i5_a3_who_issues_units_neither_registers_keys_nor_creates_money() {
        let organisation = grant(Role::Registrar).organisation;
        let nobody = Person { person: PersonId::new([1; 16]), organisation, roles: 0 };
        let registrar = nobody.with(&grant(Role::Registrar)).unwrap();
        for other in [
            Role::Operator,
            Role::Admin,
            Role::Treasury,
            Role::Custodian,
            Role::Agent,
            Role::Emergency,
            Role::Solver,
        ] {
            assert_eq!(registrar.with(&grant(other)), None, "{other:?}");
        }
        for other in [Role::Settlement, Role::Compliance, Role::Transport] {
            assert!(registrar.with(&grant(other)).is_some(), "{other:?}");
        }
    }

    #[test]
    fn i5_a_person_acts_for_one_organisation() {
        let person = Person {
            person: PersonId::new([1; 16]),
            organisation: Lei::new("7LTWFZYICNSX8D621K86").unwrap(),
            roles: 0,
        };
        assert_eq!(person.with(&grant(Role::Gate)), None);
    }
}
