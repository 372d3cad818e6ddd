//! Genesis: what a network agrees on before its first block, and its identity.
//!
//! # Place      `florin genesis` writes it; every process and every offline check starts from it
//! # Invariants W4 the chain id is the hash of the canonical bytes of everything here
//! # Absent     addresses of machines (they are node config), private keys

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    authority::{Person, RoleKey},
    codec::fixed_bytes,
    digest::{Domain, Hash32},
    id::{ChainId, Lei, PersonId, Text},
    limits::{
        BASIS_POINTS, MAX_APPROVALS, MAX_EPOCH_LENGTH, MAX_PAYLOAD_BYTES, MAX_VALIDATORS,
        MIN_EPOCH_LENGTH, MIN_GROWTH_QUOTA, MIN_ORGANISATION_SHARE,
    },
    member::DirectoryEntry,
    money::Currency,
    signature::PublicKey,
    time::LedgerTime,
};

/// The only accepted value of [`Genesis::format`].
pub const FORMAT: &str = "florin-genesis-1";

fixed_bytes!(
    /// A validator's BLS12-381 public key (MinSig: a compressed point of G2).
    VoteKey,
    96
);
fixed_bytes!(
    /// A BLS12-381 signature (MinSig: a compressed point of G1).
    VoteSignature,
    48
);

/// What every block and command is bounded by. Units are named in each field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Bytes of a block's payload.
    pub block_bytes: u32,
    /// Units of work of a block ([`crate::command::SignedCommand::units`]).
    pub block_units: u32,
    /// Milliseconds that a command's expiry may lie ahead of the block that holds it.
    pub command_ttl_ms: u64,
    /// Milliseconds after which an attestation no longer supports a mint.
    pub attestation_max_age_ms: u64,
    /// Basis points of a block that the commands of one organisation take at most (L2).
    pub organisation_share: u16,
    /// Records that one organisation makes at most within a day, in either lane (L3).
    pub growth_quota: u32,
}

/// A validator as the network knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validator {
    /// For people; no rule reads it.
    pub name: Text,
    /// Its identity on the validators' network (Ed25519).
    pub identity: PublicKey,
    /// What it votes with.
    pub vote_key: VoteKey,
    /// Its signature over the vote key under `florin/enrol/1`.
    pub proof_of_possession: VoteSignature,
}

/// A currency of the network and who issues it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurrencyTerms {
    /// ISO 4217 code.
    pub code: Currency,
    /// Decimals of its minor unit, 0 to 5.
    pub scale: u8,
    /// The one institution that issues it here.
    pub issuer: Lei,
}

/// How many distinct persons an action needs, maker included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// For what operators propose.
    pub operator: u8,
    /// For what treasury proposes.
    pub treasury: u8,
}

/// A network before its first block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Genesis {
    /// Always [`FORMAT`].
    pub format: String,
    /// The network's name, for people.
    pub name: Text,
    /// When it was founded; the first block is later.
    pub time: LedgerTime,
    /// Number of the first epoch: 0.
    pub epoch: u64,
    /// Blocks in an epoch, for ever ([`crate::epoch::Epochs`]).
    pub epoch_length: u64,
    /// Bounds on blocks and commands.
    pub limits: Limits,
    /// The first committee, sorted by identity.
    pub validators: Vec<Validator>,
    /// Currencies, sorted by code.
    pub currencies: Vec<CurrencyTerms>,
    /// Members admitted from the start, sorted by LEI.
    pub members: Vec<DirectoryEntry>,
    /// Keys of operators, treasury, overseers, sorted by key.
    pub role_keys: Vec<RoleKey>,
    /// Persons needed per kind of action.
    pub thresholds: Thresholds,
}

/// Why a genesis is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// Another format string.
    #[error("format is not {FORMAT}; use a binary that knows this format")]
    Format,
    /// A list is unsorted or names something twice.
    #[error("{list} must be sorted and free of duplicates")]
    Unsorted {
        /// Which list.
        list: &'static str,
    },
    /// A number is out of its range.
    #[error("{field} is out of range; see docs/spec/wire.md")]
    OutOfRange {
        /// Which field.
        field: &'static str,
    },
    /// A key is of small order or not canonical.
    #[error("{list} holds an unacceptable public key; generate another one")]
    UnacceptableKey {
        /// Which list.
        list: &'static str,
    },
    /// A person would hold roles that exclude each other, or two organisations.
    #[error("a person holds roles that exclude each other, or in two organisations")]
    RoleConflict,
}

impl Genesis {
    /// The network's identity: `florin/chain/1` hash of the canonical bytes.
    #[must_use]
    pub fn chain_id(&self) -> ChainId {
        ChainId::new(*Domain::Chain.hash_of(self).get())
    }

    /// Hash of the first committee, as headers carry it.
    #[must_use]
    pub fn committee_hash(&self) -> Hash32 {
        Domain::Committee.hash_of(&(self.epoch, &self.validators))
    }

    /// Checks everything that can be checked without BLS; proofs of possession are the engine's
    /// and the verifier's part.
    ///
    /// # Errors
    /// [`GenesisError`], naming what is wrong.
    pub fn check(&self) -> Result<(), GenesisError> {
        if self.format != FORMAT {
            return Err(GenesisError::Format);
        }
        let range = |ok: bool, field: &'static str| {
            if ok { Ok(()) } else { Err(GenesisError::OutOfRange { field }) }
        };
        let committee = self.validators.len();
        range((1..=MAX_VALIDATORS).contains(&committee), "validators")?;
        let bytes = usize::try_from(self.limits.block_bytes).unwrap_or(usize::MAX);
        range((64 * 1024..=MAX_PAYLOAD_BYTES).contains(&bytes), "limits.block_bytes")?;
        range(self.epoch == 0, "epoch")?;
        let length = MIN_EPOCH_LENGTH..=MAX_EPOCH_LENGTH;
        range(length.contains(&self.epoch_length), "epoch_length")?;
        range(self.limits.block_units >= 1_000, "limits.block_units")?;
        range((1_000..=86_400_000).contains(&self.limits.command_ttl_ms), "command_ttl_ms")?;
        range(self.limits.attestation_max_age_ms >= 1_000, "attestation_max_age_ms")?;
        let share = MIN_ORGANISATION_SHARE..=BASIS_POINTS;
        range(share.contains(&self.limits.organisation_share), "limits.organisation_share")?;
        range(self.limits.growth_quota >= MIN_GROWTH_QUOTA, "limits.growth_quota")?;
        let persons = |needed: u8| (2..=MAX_APPROVALS).contains(&usize::from(needed));
        range(persons(self.thresholds.operator), "thresholds.operator")?;
        range(persons(self.thresholds.treasury), "thresholds.treasury")?;
        range(self.currencies.iter().all(|c| c.scale <= 5), "currencies.scale")?;
        sorted(self.validators.iter().map(|v| v.identity), "validators")?;
        sorted(self.currencies.iter().map(|c| c.code), "currencies")?;
        sorted(self.members.iter().map(|m| m.lei), "members")?;
        sorted(self.role_keys.iter().map(|k| k.key), "role_keys")?;
        let votes: BTreeSet<_> = self.validators.iter().map(|v| v.vote_key).collect();
        range(votes.len() == committee, "validators.vote_key")?;
        if !self.validators.iter().all(|v| v.identity.is_acceptable()) {
            return Err(GenesisError::UnacceptableKey { list: "validators" });
        }
        if !self.members.iter().flat_map(|m| &m.keys).all(|k| k.key.is_acceptable()) {
            return Err(GenesisError::UnacceptableKey { list: "members" });
        }
        if !self.role_keys.iter().all(|k| k.key.is_acceptable()) {
            return Err(GenesisError::UnacceptableKey { list: "role_keys" });
        }
        self.check_persons()
    }

    /// Every person acts for one organisation, in roles that do not exclude each other (I5).
    fn check_persons(&self) -> Result<(), GenesisError> {
        let mut persons: BTreeMap<PersonId, Person> = BTreeMap::new();
        for grant in self.members.iter().flat_map(|m| &m.keys).chain(&self.role_keys) {
            let nobody =
                Person { person: grant.person, organisation: grant.organisation, roles: 0 };
            let person = persons.get(&grant.person).copied().unwrap_or(nobody);
            let person = person.with(grant).ok_or(GenesisError::RoleConflict)?;
            persons.insert(grant.person, person);
        }
        Ok(())
    }
}

fn sorted<T: Ord>(items: impl Iterator<Item = T>, list: &'static str) -> Result<(), GenesisError> {
    let items: Vec<T> = items.collect();
    let ordered = items.windows(2).all(|pair| match pair {
        [left, right] => left < right,
        _ => true,
    });
    if ordered { Ok(()) } else { Err(GenesisError::Unsorted { list }) }
}
