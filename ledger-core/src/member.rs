//! Members of the network and the directory through which they find each other.
//!
//! # Place      admitted by operators; read by gateways (directory) and by every payment rule
//! # Absent     customers (see `party`), anything a competitor could count: a member's lists of
//! #            accounts and parties are a record of their own, shown to that member only

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    authority::{Role, RoleKey},
    digest::Hash32,
    id::{Lei, Text},
    limits::{MAX_ALIASES, MAX_DIRECTORY_KEYS},
    merkle::LogHead,
};

/// What every member may know of another: how to reach it and which keys speak for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectoryEntry {
    /// The institution.
    pub lei: Lei,
    /// Names under which payment messages know it: `BIC:...`, `CLR:<system>:<member id>`; sorted.
    pub aliases: Vec<Text>,
    /// Base URL of its gateway.
    pub endpoint: Text,
    /// X25519 public key to which messages for it are sealed.
    pub encryption: Hash32,
    /// Its keys, sorted by key.
    pub keys: Vec<RoleKey>,
}

impl DirectoryEntry {
    /// Whether it is well-formed: sorted, bounded, keys acceptable and its own, in member roles.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        let aliases: BTreeSet<_> = self.aliases.iter().collect();
        let keys: BTreeSet<_> = self.keys.iter().map(|k| k.key).collect();
        self.aliases.iter().eq(aliases)
            && self.aliases.len() <= MAX_ALIASES
            && self.keys.iter().map(|k| k.key).eq(keys)
            && self.keys.len() <= MAX_DIRECTORY_KEYS
            && self.keys.iter().all(|k| {
                k.organisation == self.lei && k.key.is_acceptable() && is_member_role(k.role)
            })
    }
}

/// Whether a role is one that members hold.
#[must_use]
pub const fn is_member_role(role: Role) -> bool {
    match role {
        Role::Settlement | Role::Gate | Role::Compliance | Role::Admin | Role::Transport => true,
        Role::Operator
        | Role::Treasury
        | Role::NetworkCompliance
        | Role::Regulator
        | Role::Custodian
        | Role::Agent
        | Role::Solver => false,
    }
}

/// Whether a member may act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MemberStatus {
    /// It may.
    Active,
    /// It may not, until operators say otherwise.
    Suspended,
}

/// A member's public record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its directory entry.
    pub directory: DirectoryEntry,
    /// Whether it may act.
    pub status: MemberStatus,
}

/// What a member has: shown to itself and to the overseer only. Each list is append-only, so
/// nothing can be left out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holdings {
    /// Whose.
    pub member: Lei,
    /// Its accounts, in order of opening.
    pub accounts: LogHead,
    /// Its customers' handles, in order of registration.
    pub parties: LogHead,
}
