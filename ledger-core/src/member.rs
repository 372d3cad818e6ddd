//! Members of the network and the directory through which they find each other.
//!
//! # Place      admitted by operators; read by gateways (directory) and by every payment rule
//! # Invariants I5 the directory says until when each key speaks for its member
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
    signature::PublicKey,
    time::LedgerTime,
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
        self.lei != Lei::VALIDATORS
            && self.aliases.iter().eq(aliases)
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
        | Role::Emergency
        | Role::Solver
        | Role::Registrar => false,
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
    /// Which of its keys are being replaced; the others speak for it until they leave the entry.
    pub retiring: Vec<Retiring>,
}

/// A key that is being replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retiring {
    /// Which.
    pub key: PublicKey,
    /// From when on it no longer speaks for its member.
    pub until: LedgerTime,
}

impl Member {
    /// A member that may act, as it is admitted.
    #[must_use]
    pub const fn new(directory: DirectoryEntry) -> Self {
        Self { directory, status: MemberStatus::Active, retiring: Vec::new() }
    }

    /// Its keys that speak for it at this ledger time. Nothing takes a key out of the record when its
    /// time is over, so whoever reads the directory asks here.
    pub fn keys_at(&self, now: LedgerTime) -> impl Iterator<Item = &RoleKey> {
        self.directory.keys.iter().filter(move |listed| {
            self.retiring.iter().all(|gone| gone.key != listed.key || now < gone.until)
        })
    }

    /// The record as it is written at this ledger time: keys sorted, those whose time is over and
    /// those in `gone` left out.
    #[must_use]
    pub fn written_at(mut self, now: LedgerTime, gone: Option<&PublicKey>) -> Self {
        let left = |key: &PublicKey| gone != Some(key);
        let mut keys: Vec<RoleKey> = self.keys_at(now).filter(|k| left(&k.key)).copied().collect();
        keys.sort_by_key(|listed| listed.key);
        self.retiring.retain(|key| now < key.until && left(&key.key));
        self.retiring.sort_by_key(|key| key.key);
        self.directory.keys = keys;
        self
    }
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
