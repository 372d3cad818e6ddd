//! Versions of the rules: which one acts, which is decided, and which validators say that they know more.
//!
//! ```text
//! Signal by a validator's identity -> n - f of the committee know version v or a later one
//!      -> v is decided, for the first block of the epoch after the next
//!      -> v acts; whoever does not know it has stopped before that block
//! ```
//!
//! Rules that differ ask for the version in force; those of old versions stay, since history is executed
//! again. What only a later version knows is in no block before that version acts ([`Command::since`]).
//!
//! # Place      validators' nodes signal and stop (`consensus`); `execute` asks at the beginning of blocks
//! # Invariants D15 a version acts from one block on, for all, and is never taken back; D16 who does not
//! #            know the version of a block does not execute it
//! # Absent     which version a binary knows at most besides [`RulesVersion::KNOWN`] (node's configuration)

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    command::{Action, Command},
    draft::{Draft, Records},
    epoch::Epochs,
    execute::Facts,
    id::Lei,
    limits::MAX_RULES_VERSION,
    parameters::Change,
    proposal_kind::ProposalKind,
    quarantine::quorum,
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
    signature::PublicKey,
    state::State,
    time::Height,
    validators::Committee,
};

/// A version of the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RulesVersion(u32);

impl RulesVersion {
    /// The version that every network begins with.
    pub const BASE: Self = Self(1);
    /// Addresses of validators on the ledger (D17).
    pub const ADDRESSES: Self = Self(2);
    /// Native functions that tell contracts facts, and tables (V14, V15).
    pub const NATIVES: Self = Self(2);
    /// Directory entries change after notice (D18).
    pub const DIRECTORY: Self = Self(3);
    /// The highest version that this code knows.
    pub const KNOWN: Self = Self::DIRECTORY;

    /// A version by its number.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for RulesVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A version and the first block that it acts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acting {
    /// The version.
    pub version: RulesVersion,
    /// The block.
    pub since: Height,
}

/// What a validator says that it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signalled {
    /// Its identity.
    pub validator: PublicKey,
    /// The highest version that its binary knows.
    pub version: RulesVersion,
    /// The block in which it said so.
    pub height: Height,
}

/// The record of the rules. There is none before the first signal: the version is [`RulesVersion::BASE`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// The versions after the first that have acted, ascending; the last one is in force.
    pub acted: Vec<Acting>,
    /// What is decided and does not act yet.
    pub next: Option<Acting>,
    /// Validators of the committee that know a later version than the one in force, ascending by identity.
    pub signals: Vec<Signalled>,
}

impl Rules {
    /// As the record says; as at genesis where there is none.
    #[must_use]
    pub fn of(view: &dyn Records) -> Self {
        match view.record(&Name::Rules) {
            Some(Record::Rules(found)) => Self::clone(found),
            _ => Self::default(),
        }
    }

    /// The version in force.
    #[must_use]
    pub fn version(&self) -> RulesVersion {
        self.acted.last().map_or(RulesVersion::BASE, |acting| acting.version)
    }

    /// The version of a block after the last executed one and before the epoch after the next; for later
    /// blocks it may yet change.
    #[must_use]
    pub fn version_of(&self, height: Height) -> RulesVersion {
        let next = self.next.filter(|next| next.since <= height);
        next.map_or(self.version(), |next| next.version)
    }

    /// What a validator says that it knows; nothing where that is no more than what is in force.
    #[must_use]
    pub fn signal_of(&self, validator: &PublicKey) -> Option<RulesVersion> {
        let mut signals = self.signals.iter();
        signals.find(|one| one.validator == *validator).map(|one| one.version)
    }

    /// Takes a validator's signal; no where it is known.
    fn take(&mut self, said: Signalled) -> bool {
        let tells = (said.version > self.version()).then_some(said.version);
        if self.signal_of(&said.validator) == tells {
            return false;
        }
        self.signals.retain(|one| one.validator != said.validator);
        if tells.is_some() {
            let after = |one: &Signalled| one.validator < said.validator;
            self.signals.insert(self.signals.partition_point(after), said);
        }
        true
    }

    /// Decides the highest version that a quorum of the committee knows, where it is later than the one in
    /// force and nothing else is decided.
    fn decide(&mut self, committee: &Committee, height: Height) {
        let known = |identity| self.signal_of(identity).unwrap_or_else(|| self.version());
        let listed = committee.validators.iter().map(|listed| known(&listed.identity));
        let mut known: Vec<RulesVersion> = listed.collect();
        known.sort_unstable_by(|one, two| two.cmp(one));
        let last = quorum(known.len()).saturating_sub(1);
        let Some(version) = known.get(last).copied() else { return };
        if self.next.is_none() && version > self.version() {
            let epochs = committee.epochs();
            let since = epochs.first(epochs.containing(height).saturating_add(2));
            self.next = Some(Acting { version, since });
        }
    }

    /// As they are from the beginning of a block on, in which `committee` is in office.
    fn at(mut self, height: Height, committee: &Committee) -> Self {
        if let Some(next) = self.next.take_if(|next| next.since <= height) {
            self.acted.push(next);
        }
        let version = self.version();
        let listed = |one: &Signalled| {
            committee.validators.iter().any(|listed| listed.identity == one.validator)
        };
        self.signals.retain(|one| one.version > version && listed(one));
        self.decide(committee, height);
        self
    }
}

/// The record as it is from the beginning of a block on, if a version acts there, or the committee changes.
pub(crate) fn begin(state: &State, height: Height) -> Option<(Name, Record)> {
    let Some(Record::Rules(before)) = state.record(&Name::Rules) else { return None };
    let Some(Record::Committee(committee)) = state.record(&Name::Committee) else { return None };
    let changed = committee.from(height);
    if changed.is_none() && before.next.is_none_or(|next| next.since > height) {
        return None;
    }
    let after = before.clone().at(height, changed.as_ref().unwrap_or(committee));
    (after != **before).then(|| (Name::Rules, Record::Rules(Box::new(after))))
}

/// Validators say which version they know at most.
///
/// # Errors
/// [`Refusal::WrongRole`], [`Refusal::AlreadyExists`], [`Refusal::OutOfRange`], in this order.
pub(crate) fn signal(
    draft: &mut Draft<'_>,
    (organisation, validators): (&Lei, &[PublicKey]),
    version: RulesVersion,
) -> Result<Facts, Refusal> {
    if *organisation != Lei::VALIDATORS {
        return Err(Refusal::WrongRole);
    }
    let Some(Record::Committee(committee)) = draft.get(&Name::Committee) else {
        return Err(Refusal::InternalFault);
    };
    let (height, mut rules) = (draft.moment.height, Rules::of(draft.view()));
    let mut news = false;
    for validator in validators {
        news |= rules.take(Signalled { validator: *validator, version, height });
    }
    rules.decide(committee, height);
    let fits = (RulesVersion::BASE..=RulesVersion::new(MAX_RULES_VERSION)).contains(&version);
    Refusal::first([
        (!news).then_some(Refusal::AlreadyExists),
        (!fits).then_some(Refusal::OutOfRange),
    ])?;
    draft.put(&Name::Rules, Record::Rules(Box::new(rules)));
    Ok(Facts::new(Effect::RulesSignalled, Vec::new()))
}

impl State {
    /// The version of the rules of a block, as the executed blocks decide it; nothing for a block that is
    /// executed, or so far ahead that a later block may decide it.
    #[must_use]
    pub fn rules_at(&self, height: Height) -> Option<RulesVersion> {
        let next = self.header().height.next();
        let Some(Record::Committee(committee)) = self.record(&Name::Committee) else { return None };
        let epochs: Epochs = committee.epochs();
        let open = epochs.first(epochs.containing(next).saturating_add(2));
        let known = next <= height && height < open;
        known.then(|| Rules::of(self).version_of(height))
    }
}

impl Command {
    /// The version of the rules that knows it first: it is in no block of an earlier one. What is
    /// appended to [`Command`], [`Action`] or [`Change`] after a version was released belongs here.
    #[must_use]
    pub fn since(&self) -> RulesVersion {
        let Self::Propose { action, .. } = self else { return RulesVersion::BASE };
        match action {
            Action::MoveValidator(_) => RulesVersion::ADDRESSES,
            Action::ChangeDirectory(_)
            | Action::RevokeMessageKey { .. }
            | Action::NameMember(_)
            | Action::SetDirectoryTerms { .. } => RulesVersion::DIRECTORY,
            Action::ChangeParameters(asked) => {
                let since = asked.changes.iter().map(Change::since);
                since.max().unwrap_or(RulesVersion::BASE)
            }
            _ => RulesVersion::BASE,
        }
    }
}

impl Change {
    /// The version of the rules that knows the kind of proposal that it is about.
    fn since(&self) -> RulesVersion {
        match self {
            Self::Persons(set) => match set.kind {
                ProposalKind::MoveValidator => RulesVersion::ADDRESSES,
                ProposalKind::SetDirectoryTerms => RulesVersion::DIRECTORY,
                _ => RulesVersion::BASE,
            },
            _ => RulesVersion::BASE,
        }
    }
}
