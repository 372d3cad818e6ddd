//! Parameters of the network as state: bounds of blocks and commands, and the persons that each kind of
//! proposal needs. Decided ahead, they change at the beginning of the block that was named.
//!
//! ```text
//! decided in block E, for block A >= E + MIN_NOTICE      acts at the beginning of block A
//! E ------- every block with commands at A or after it declares results of E or later ------- A
//! ```
//!
//! Whoever judges a block asks a state for the bounds at that block's height, [`State::limits_at`]. A
//! block with commands declares the results of one at most [`MAX_RESULTS_LAG`] before it, and a validator
//! has those before it votes; by then every change that acts up to this block has been decided. So all
//! who judge it have the same answer, however far their execution is.
//!
//! # Place      decided by `proposal` and `ballot`; read by `execute` at the beginning of each block and by
//! #            consensus when it makes and judges one
//! # Invariants D1 a change acts exactly at its height; D2 the journal tells what held at any height;
//! #            D3 no change leaves its bounds, or asks for more operators than there are
//! # Absent     what genesis may say beyond these bounds (see `genesis`); terms of currencies (`controls`)
//!
//! [`MAX_RESULTS_LAG`]: crate::limits::MAX_RESULTS_LAG

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    asset::REGISTRAR_PERSONS,
    authority::{Operators, Role},
    command::Action,
    draft::Draft,
    execute::Facts,
    freeze::COMPLIANCE_PERSONS,
    genesis::{Genesis, Limits, Thresholds},
    id::{Lei, PersonId},
    limits::{
        MAX_APPROVALS, MAX_BULK_BYTES, MAX_CHANGES, MAX_COMMAND_BYTES, MAX_NOTICE,
        MAX_PAYLOAD_BYTES, MAX_PENDING_CHANGES, MIN_BLOCK_UNITS, MIN_GROWTH_QUOTA, MIN_NOTICE,
    },
    merkle::LogHead,
    money::Currency,
    proposal::POLICY_VERSION,
    proposal_kind::ProposalKind,
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
    signature::PublicKey,
    state::State,
    time::{Height, LedgerTime},
};

/// Least bytes of a block's payload that a change may set: the longest bulk fits four fifths of them.
pub const MIN_BLOCK_BYTES: usize = MAX_BULK_BYTES / 4 * 5 + MAX_COMMAND_BYTES;
/// Most units of a block that a change may set.
pub const MAX_BLOCK_UNITS: u32 = 10_000_000;
/// Least time to live of commands that a change may set, in milliseconds: people sign changes too.
pub const MIN_TTL_MS: u64 = 60_000;
/// Most time to live of commands that a change may set, in milliseconds: a day.
pub const MAX_TTL_MS: u64 = 86_400_000;
/// Least age limit of attestations that a change may set, in milliseconds: a minute.
pub const MIN_ATTESTATION_AGE_MS: u64 = 60_000;
/// Most age limit of attestations that a change may set, in milliseconds: a year.
pub const MAX_ATTESTATION_AGE_MS: u64 = 366 * 86_400_000;
/// Least persons of any kind of proposal: maker and checker.
pub const MIN_PERSONS: u8 = 2;

/// Persons that proposals of one kind need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Persons {
    /// The kind.
    pub kind: ProposalKind,
    /// How many distinct persons, maker included.
    pub persons: u8,
}

/// A parameter and the value that it shall have. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// [`Limits::block_bytes`].
    BlockBytes(u32),
    /// [`Limits::block_units`].
    BlockUnits(u32),
    /// [`Limits::command_ttl_ms`].
    CommandTtl(u64),
    /// [`Limits::attestation_max_age_ms`].
    AttestationMaxAge(u64),
    /// Persons that proposals of a kind need.
    Persons(Persons),
    /// [`Limits::growth_quota`].
    GrowthQuota(u32),
}

impl Change {
    /// Whether it sets how many persons decide something.
    #[must_use]
    pub const fn is_threshold(&self) -> bool {
        matches!(self, Self::Persons(_))
    }

    /// Whether both are about one parameter.
    #[must_use]
    pub fn of_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Persons(one), Self::Persons(two)) => one.kind == two.kind,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }

    /// Whether the value is one that a network can live with (D3).
    #[must_use]
    pub fn is_in_bounds(&self) -> bool {
        match self {
            Self::BlockBytes(bytes) => usize::try_from(*bytes)
                .is_ok_and(|bytes| (MIN_BLOCK_BYTES..=MAX_PAYLOAD_BYTES).contains(&bytes)),
            Self::BlockUnits(units) => (MIN_BLOCK_UNITS..=MAX_BLOCK_UNITS).contains(units),
            Self::CommandTtl(ms) => (MIN_TTL_MS..=MAX_TTL_MS).contains(ms),
            Self::AttestationMaxAge(ms) => {
                (MIN_ATTESTATION_AGE_MS..=MAX_ATTESTATION_AGE_MS).contains(ms)
            }
            Self::GrowthQuota(records) => *records >= MIN_GROWTH_QUOTA,
            Self::Persons(set) => {
                set.persons >= MIN_PERSONS && usize::from(set.persons) <= MAX_APPROVALS
            }
        }
    }
}

/// Changes that are decided together and act together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParameterChanges {
    /// At most [`MAX_CHANGES`], each of another parameter.
    pub changes: Vec<Change>,
    /// The block at whose beginning they act.
    pub at: Height,
}

impl ParameterChanges {
    fn is_well_formed(&self) -> bool {
        let repeated = |at: usize, change: &Change| {
            self.changes.iter().skip(at.saturating_add(1)).any(|other| other.of_same(change))
        };
        let mut numbered = self.changes.iter().enumerate();
        (1..=MAX_CHANGES).contains(&self.changes.len())
            && numbered.all(|(at, change)| change.is_in_bounds() && !repeated(at, change))
    }
}

/// A change that was decided and has not acted yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The block at whose beginning it acts.
    pub at: Height,
    /// What changes.
    pub change: Change,
}

/// What is in force, and what is decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Values {
    /// Bounds of blocks and commands.
    pub limits: Limits,
    /// Persons by role, as in genesis: for kinds that have no number of their own.
    pub thresholds: Thresholds,
    /// Kinds that have a number of their own, ascending.
    pub persons: Vec<Persons>,
    /// Version of the network's approval policy: one more with every block in which a threshold changes.
    pub version: u32,
    /// What waits, ascending by height; each parameter once per height.
    pub pending: Vec<Pending>,
}

impl Values {
    /// What holds before anything was decided.
    #[must_use]
    pub const fn new(limits: Limits, thresholds: Thresholds) -> Self {
        let version = POLICY_VERSION;
        Self { limits, thresholds, persons: Vec::new(), version, pending: Vec::new() }
    }

    /// Persons that a kind needs.
    #[must_use]
    pub fn persons(&self, kind: ProposalKind) -> u8 {
        let own = self.persons.iter().find(|set| set.kind == kind).map(|set| set.persons);
        own.unwrap_or_else(|| match kind.role() {
            Role::Treasury => self.thresholds.treasury,
            Role::NetworkCompliance => COMPLIANCE_PERSONS,
            Role::Registrar => REGISTRAR_PERSONS,
            _ => self.thresholds.operator,
        })
    }

    /// The most operators that any kind needs, or will need by what is decided.
    #[must_use]
    pub fn most_operators(&self) -> u8 {
        let kinds = ProposalKind::ALL.iter().filter(|kind| kind.role() == Role::Operator);
        let waiting = self.pending.iter().filter_map(|waits| match waits.change {
            Change::Persons(set) if set.kind.role() == Role::Operator => Some(set.persons),
            _ => None,
        });
        kinds.map(|kind| self.persons(*kind)).chain(waiting).max().unwrap_or(MIN_PERSONS)
    }

    /// What is in force from the beginning of a block on; `None` where nothing changes.
    #[must_use]
    pub fn from(&self, height: Height) -> Option<Self> {
        let (due, pending): (Vec<Pending>, Vec<Pending>) =
            self.pending.iter().partition(|waits| waits.at <= height);
        if due.is_empty() {
            return None;
        }
        let mut after = Self { pending, ..self.clone() };
        for waits in &due {
            after.act(waits.change);
        }
        if due.iter().any(|waits| waits.change.is_threshold()) {
            after.version = after.version.saturating_add(1);
        }
        Some(after)
    }

    fn act(&mut self, change: Change) {
        match change {
            Change::BlockBytes(bytes) => self.limits.block_bytes = bytes,
            Change::BlockUnits(units) => self.limits.block_units = units,
            Change::CommandTtl(ms) => self.limits.command_ttl_ms = ms,
            Change::AttestationMaxAge(ms) => self.limits.attestation_max_age_ms = ms,
            Change::GrowthQuota(records) => self.limits.growth_quota = records,
            Change::Persons(set) => {
                self.persons.retain(|other| other.kind != set.kind);
                self.persons.push(set);
                self.persons.sort_by_key(|other| other.kind);
            }
        }
    }

    /// With a further change decided: of one parameter at one height the last decision stands.
    fn with(mut self, waits: Pending) -> Self {
        self.pending.retain(|old| old.at != waits.at || !old.change.of_same(&waits.change));
        self.pending.push(waits);
        // Stable, so that those of one height stay in the order of their decision.
        self.pending.sort_by_key(|old| old.at);
        self
    }
}

/// The record of the network's parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameters {
    /// What is in force, and what is decided.
    pub values: Values,
    /// The network's currencies, ascending.
    pub currencies: Vec<Currency>,
    /// Its journal: a [`ParametersEntry`] per block that changed the values.
    pub journal: LogHead,
}

impl Parameters {
    /// What holds from genesis on.
    #[must_use]
    pub fn new(genesis: &Genesis) -> Self {
        let currencies = genesis.currencies.iter().map(|terms| terms.code).collect();
        let values = Values::new(genesis.limits, genesis.thresholds);
        Self { values, currencies, journal: LogHead::EMPTY }
    }
}

/// A block in the journal of parameters; before the first one they are those of genesis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParametersEntry {
    /// The block.
    pub height: Height,
    /// Its time.
    pub time: LedgerTime,
    /// What is in force and what is decided after it.
    pub closing: Values,
}

impl State {
    /// The bounds of a block of this height, as every validator must apply them.
    ///
    /// `None` where this state cannot know: for a block that it has executed, and for one more than
    /// [`MIN_NOTICE`] after its own, since what is decided in between may act there.
    #[must_use]
    pub fn limits_at(&self, height: Height) -> Option<Limits> {
        let own = self.header().height.get();
        let ahead = height.get().checked_sub(own)?;
        if !(1..=MIN_NOTICE).contains(&ahead) {
            return None;
        }
        let values = &self.parameters().values;
        Some(values.from(height).map_or(values.limits, |after| after.limits))
    }
}

/// The bounds within a block, and the record as it is from the block's beginning on if that changes it.
pub(crate) fn begin(state: &State, height: Height) -> (Limits, Option<(Name, Record)>) {
    let now = state.parameters();
    let Some(values) = now.values.from(height) else { return (now.values.limits, None) };
    let limits = values.limits;
    let after = Parameters { values, ..now.clone() };
    (limits, Some((Name::Parameters, Record::Parameters(Box::new(after)))))
}

fn of<'d>(draft: &'d Draft<'_>) -> Result<&'d Parameters, Refusal> {
    match draft.get(&Name::Parameters) {
        Some(Record::Parameters(found)) => Ok(found),
        _ => Err(Refusal::InternalFault),
    }
}

/// Version of the network's approval policy.
pub(crate) fn version(draft: &Draft<'_>) -> u32 {
    of(draft).map_or(POLICY_VERSION, |found| found.values.version)
}

/// Persons that an action needs; what a member decides about itself needs as many as it says.
pub(crate) fn persons(draft: &Draft<'_>, action: &Action, own: u8) -> Result<u8, Refusal> {
    let values = &of(draft)?.values;
    Ok(ProposalKind::of(action).map_or(own, |kind| values.persons(kind)))
}

/// Refuses where operators, with these keys left, could no longer decide all that is theirs (I5): one of
/// their organisations must have as many persons as their actions need, or will.
///
/// # Errors
/// [`Refusal::OperatorsTooFew`].
pub(crate) fn check_operators(draft: &Draft<'_>, left: &Operators) -> Result<(), Refusal> {
    let needed = of(draft)?.values.most_operators();
    if together(draft, &left.keys) < usize::from(needed) {
        return Err(Refusal::OperatorsTooFew);
    }
    Ok(())
}

/// The most persons with these operators' keys that one organisation has.
fn together(draft: &Draft<'_>, keys: &[PublicKey]) -> usize {
    let mut persons: BTreeMap<Lei, BTreeSet<PersonId>> = BTreeMap::new();
    for key in keys.iter().filter_map(|key| draft.active_key(key).ok()) {
        persons.entry(key.organisation).or_default().insert(key.person);
    }
    persons.values().map(BTreeSet::len).max().unwrap_or(0)
}

/// Refuses a height at which nothing may act any more, or that is beyond all planning.
pub(crate) fn notice(draft: &Draft<'_>, at: Height) -> [Option<Refusal>; 2] {
    let ahead = at.get().saturating_sub(draft.moment.height.get());
    let (early, late) = (ahead < MIN_NOTICE, ahead > MAX_NOTICE);
    [early.then_some(Refusal::NoticeTooShort), late.then_some(Refusal::OutOfRange)]
}

/// Decides changes: they wait until their block.
///
/// # Errors
/// [`Refusal::OutOfRange`], [`Refusal::OperatorsTooFew`], [`Refusal::NoticeTooShort`],
/// [`Refusal::ChangesFull`], in this order.
pub(crate) fn decide(draft: &mut Draft<'_>, asked: &ParameterChanges) -> Result<Facts, Refusal> {
    let [early, late] = notice(draft, asked.at);
    // Before all else, so that what follows is bounded; no other reason comes before it.
    if !asked.is_well_formed() || late.is_some() {
        return Err(Refusal::OutOfRange);
    }
    let mut parameters = of(draft)?.clone();
    let keys = match draft.get(&Name::Operators) {
        Some(Record::Operators(operators)) => operators.keys.as_slice(),
        _ => &[],
    };
    let operators = together(draft, keys);
    let lost = asked.changes.iter().any(|change| match change {
        Change::Persons(set) => {
            set.kind.role() == Role::Operator && usize::from(set.persons) > operators
        }
        _ => false,
    });
    let waiting = asked.changes.iter().map(|change| Pending { at: asked.at, change: *change });
    parameters.values = waiting.fold(parameters.values, Values::with);
    let full = parameters.values.pending.len() > MAX_PENDING_CHANGES;
    Refusal::first([
        lost.then_some(Refusal::OperatorsTooFew),
        early,
        full.then_some(Refusal::ChangesFull),
    ])?;
    draft.put(&Name::Parameters, Record::Parameters(Box::new(parameters)));
    Ok(Facts::new(Effect::Executed, Vec::new()))
}
