//! The committee that the network has decided on: who validates from which block on.
//!
//! ```text
//! decided in block E, for the first block A of an epoch, A > E + L     acts at the beginning of block A
//!                                                |
//!      the state after the last block of the epoch before the last before A already holds it, and
//!      everybody who votes on the blocks of the last epoch before A has executed that block
//! ```
//!
//! # Place      decided like a parameter, ahead and for a height; consensus takes it from here (D6)
//! # Invariants D5 a committee has 4 to 64 validators, each name, identity and vote key once, and whoever
//! #            joins has proved that it holds its vote key; D6 committees change between epochs

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    bls,
    digest::{Domain, Hash32},
    draft::{Draft, Records as _},
    epoch::Epochs,
    execute::Facts,
    genesis::{Genesis, Validator},
    limits::{MAX_JOINING, MAX_NOTICE, MAX_VALIDATORS, MIN_VALIDATORS},
    merkle::LogHead,
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
    signature::PublicKey,
    state::State,
    time::{Height, LedgerTime},
};

/// Who leaves a committee and who joins it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommitteeChange {
    /// Identities of those who leave, ascending.
    pub remove: Vec<PublicKey>,
    /// Those who join, ascending by identity. One that also leaves comes back with other keys.
    pub add: Vec<Validator>,
    /// The first block of the next epoch.
    pub at: Height,
}

impl CommitteeChange {
    fn is_well_formed(&self) -> bool {
        let leaving: BTreeSet<_> = self.remove.iter().collect();
        let joining: BTreeSet<_> = self.add.iter().map(|validator| validator.identity).collect();
        self.remove.iter().eq(leaving)
            && self.add.iter().map(|validator| validator.identity).eq(joining)
            && self.add.len() <= MAX_JOINING
            && self.remove.len() <= MAX_VALIDATORS
            && !(self.add.is_empty() && self.remove.is_empty())
    }
}

/// The record of the committee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Committee {
    /// The first epoch that these validators certify.
    pub epoch: u64,
    /// Blocks in an epoch.
    pub epoch_length: u64,
    /// Its validators, ascending by identity.
    pub validators: Vec<Validator>,
    /// What is decided for the next epoch.
    pub next: Option<CommitteeChange>,
    /// Its journal: a [`CommitteeEntry`] per block that changed it.
    pub journal: LogHead,
}

impl Committee {
    /// The committee of genesis.
    #[must_use]
    pub fn new(genesis: &Genesis) -> Self {
        let (epoch, epoch_length) = (genesis.epoch, genesis.epoch_length);
        let validators = genesis.validators.clone();
        Self { epoch, epoch_length, validators, next: None, journal: LogHead::EMPTY }
    }

    /// How heights fall into epochs.
    #[must_use]
    pub fn epochs(&self) -> Epochs {
        Epochs::new(self.epoch_length)
    }

    /// Its hash, as headers carry it.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        Domain::Committee.hash_of(&(self.epoch, &self.validators))
    }

    /// As it is from the beginning of a block on; `None` where nothing changes.
    #[must_use]
    pub fn from(&self, height: Height) -> Option<Self> {
        let change = self.next.as_ref().filter(|change| change.at <= height)?;
        let (epoch, validators) = (self.epochs().containing(change.at), self.after(change));
        Some(Self { epoch, validators, next: None, ..self.clone() })
    }

    /// The committee that certifies an epoch; `None` for one that other validators
    /// certified, or too far ahead to know:
    /// the record after a block tells of the epoch of the next block and of the one after that.
    #[must_use]
    pub fn of_epoch(&self, epoch: u64, after: Height) -> Option<Self> {
        let now = self.epochs().containing(after.next());
        if epoch < self.epoch || epoch > now.saturating_add(1) {
            return None;
        }
        Some(self.from(self.epochs().first(epoch)).unwrap_or_else(|| self.clone()))
    }

    fn after(&self, change: &CommitteeChange) -> Vec<Validator> {
        let stays = |validator: &&Validator| !change.remove.contains(&validator.identity);
        let stay = self.validators.iter().filter(stays);
        let mut after: Vec<Validator> = stay.chain(&change.add).cloned().collect();
        after.sort_by_key(|validator| validator.identity);
        after
    }
}

/// A block in the journal of the committee; before the first one it is that of genesis. Beside the entry
/// stand the validators whose hash it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitteeEntry {
    /// The block.
    pub height: Height,
    /// Its time.
    pub time: LedgerTime,
    /// The first epoch of the committee after it.
    pub epoch: u64,
    /// Hash of the committee after it.
    pub committee: Hash32,
    /// From which block on another one is decided, and its hash.
    pub next: Option<(Height, Hash32)>,
}

impl CommitteeEntry {
    /// What the journal says of a committee.
    #[must_use]
    pub fn of(committee: &Committee, height: Height, time: LedgerTime) -> Self {
        let next = committee
            .next
            .as_ref()
            .and_then(|change| Some((change.at, committee.from(change.at)?.hash())));
        Self { height, time, epoch: committee.epoch, committee: committee.hash(), next }
    }
}

/// The record as it is from the beginning of a block on, if that changes it.
pub(crate) fn begin(state: &State, height: Height) -> Option<(Name, Record)> {
    match state.record(&Name::Committee) {
        Some(Record::Committee(now)) => {
            Some((Name::Committee, Record::Committee(Box::new(now.from(height)?))))
        }
        _ => None,
    }
}

/// Refuses a height that begins no epoch, is beyond all planning, or so near that somebody may vote on the
/// epoch before it without having executed this block.
fn notice(draft: &Draft<'_>, epochs: Epochs, at: Height) -> [Option<Refusal>; 2] {
    let ahead = at.get().saturating_sub(draft.moment.height.get());
    let (early, late) = (ahead <= epochs.length().get(), ahead > MAX_NOTICE);
    let off = late || !epochs.is_first(at);
    [early.then_some(Refusal::NoticeTooShort), off.then_some(Refusal::OutOfRange)]
}

/// Whether a validator's keys are keys and it holds its vote key (W15).
fn is_enrolled(validator: &Validator) -> bool {
    let proof = &validator.proof_of_possession;
    validator.identity.is_acceptable() && bls::enrolled(&validator.vote_key, proof).is_ok()
}

/// Decides on the committee of a later epoch.
///
/// # Errors
/// [`Refusal::AlreadyExists`], [`Refusal::KeyUnacceptable`], [`Refusal::OutOfRange`],
/// [`Refusal::NoticeTooShort`], [`Refusal::ChangesFull`], [`Refusal::ValidatorUnknown`], in this order.
pub(crate) fn decide(draft: &mut Draft<'_>, asked: &CommitteeChange) -> Result<Facts, Refusal> {
    let Some(Record::Committee(mut committee)) = draft.get(&Name::Committee).cloned() else {
        return Err(Refusal::InternalFault);
    };
    let known = |key: &PublicKey| committee.validators.iter().any(|known| known.identity == *key);
    let after = committee.after(asked);
    let alike = |one: &Validator, two: &Validator| {
        one.name == two.name || one.identity == two.identity || one.vote_key == two.vote_key
    };
    let taken = |new: &Validator| after.iter().filter(|other| alike(new, other)).count() > 1;
    let fits = (MIN_VALIDATORS..=MAX_VALIDATORS).contains(&after.len());
    // Milliseconds for each, of which there are few; most of the members decided on them.
    let enrolled = asked.add.iter().take(MAX_JOINING).all(is_enrolled);
    let [early, late] = notice(draft, committee.epochs(), asked.at);
    Refusal::first([
        asked.add.iter().any(taken).then_some(Refusal::AlreadyExists),
        (!enrolled).then_some(Refusal::KeyUnacceptable),
        (!asked.is_well_formed() || !fits).then_some(Refusal::OutOfRange),
        late,
        early,
        committee.next.is_some().then_some(Refusal::ChangesFull),
        (!asked.remove.iter().all(known)).then_some(Refusal::ValidatorUnknown),
    ])?;
    committee.next = Some(asked.clone());
    draft.put(&Name::Committee, Record::Committee(committee));
    Ok(Facts::new(Effect::Executed, Vec::new()))
}
