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
//! #            joins has proved that it holds its vote key; D6 committees change between epochs; D8 whose
//! #            misconduct is proved leaves as soon as epochs and the smallest committee allow

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    bls,
    digest::{Domain, Hash32},
    draft::{Draft, Records},
    epoch::Epochs,
    execute::Facts,
    genesis::{Genesis, Validator, VoteKey},
    limits::{MAX_JOINING, MAX_NOTICE, MAX_VALIDATORS, MIN_VALIDATORS},
    merkle::LogHead,
    misconduct::is_tainted,
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

    /// With those who are expelled leaving at the first block that everybody can still know of (D8): with a
    /// change that is decided, where that acts late enough, else by one of their own. Whoever would leave
    /// fewer than [`MIN_VALIDATORS`] stays until others join.
    #[must_use]
    fn without(&self, expelled: &Expelled, height: Height) -> Self {
        let (epochs, mut committee) = (self.epochs(), self.clone());
        let first = epochs.first(epochs.containing(height).saturating_add(2));
        for key in &expelled.vote_keys {
            let mut listed = self.validators.iter();
            let Some(leaves) = listed.find(|listed| listed.vote_key == *key) else { continue };
            let plain = CommitteeChange { remove: Vec::new(), add: Vec::new(), at: first };
            let mut change = committee.next.clone().unwrap_or(plain);
            if change.at < first {
                continue;
            }
            if let Err(place) = change.remove.binary_search(&leaves.identity) {
                change.remove.insert(place, leaves.identity);
            }
            change.add.retain(|joins| joins.vote_key != *key);
            if committee.after(&change).len() >= MIN_VALIDATORS {
                committee.next = Some(change);
            }
        }
        committee
    }

    fn after(&self, change: &CommitteeChange) -> Vec<Validator> {
        let stays = |validator: &&Validator| !change.remove.contains(&validator.identity);
        let stay = self.validators.iter().filter(stays);
        let mut after: Vec<Validator> = stay.chain(&change.add).cloned().collect();
        after.sort_by_key(|validator| validator.identity);
        after
    }
}

/// Vote keys whose holders were seen to misbehave and are still in the committee.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expelled {
    /// In the order in which they were expelled, each once.
    pub vote_keys: Vec<VoteKey>,
}

impl Expelled {
    fn of(view: &dyn Records) -> Self {
        match view.record(&Name::Expelled) {
            Some(Record::Expelled(found)) => Self::clone(found),
            _ => Self::default(),
        }
    }

    /// Those whom a committee still lists.
    fn still_in(mut self, committee: &Committee) -> Self {
        let listed = |key: &VoteKey| committee.validators.iter().any(|one| one.vote_key == *key);
        self.vote_keys.retain(listed);
        self
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

/// The records as they are from the beginning of a block on, if a change acts there.
pub(crate) fn begin(state: &State, height: Height) -> Vec<(Name, Record)> {
    let Some(Record::Committee(now)) = state.record(&Name::Committee) else { return Vec::new() };
    let Some(after) = now.from(height) else { return Vec::new() };
    let before = Expelled::of(state);
    let expelled = before.clone().still_in(&after);
    let after = Record::Committee(Box::new(after.without(&expelled, height)));
    let left = (expelled != before).then_some((Name::Expelled, Record::Expelled(expelled)));
    [(Name::Committee, after)].into_iter().chain(left).collect()
}

/// The holder of this vote key of the committee leaves it, as soon as that can be.
///
/// # Errors
/// [`Refusal::InternalFault`], where there is no committee.
pub(crate) fn expel(draft: &mut Draft<'_>, key: VoteKey) -> Result<(), Refusal> {
    let committee = of(draft)?;
    let mut expelled = Expelled::of(draft.view());
    if !expelled.vote_keys.contains(&key) {
        expelled.vote_keys.push(key);
        let committee = committee.without(&expelled, draft.moment.height);
        draft.put(&Name::Committee, Record::Committee(Box::new(committee)));
        draft.put(&Name::Expelled, Record::Expelled(expelled));
    }
    Ok(())
}

fn of(draft: &Draft<'_>) -> Result<Committee, Refusal> {
    match draft.get(&Name::Committee) {
        Some(Record::Committee(found)) => Ok(Committee::clone(found)),
        _ => Err(Refusal::InternalFault),
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
    let mut committee = of(draft)?;
    let known = |key: &PublicKey| committee.validators.iter().any(|known| known.identity == *key);
    let after = committee.after(asked);
    let alike = |one: &Validator, two: &Validator| {
        one.name == two.name || one.identity == two.identity || one.vote_key == two.vote_key
    };
    let taken = |new: &Validator| after.iter().filter(|other| alike(new, other)).count() > 1;
    let fits = (MIN_VALIDATORS..=MAX_VALIDATORS).contains(&after.len());
    // Milliseconds for each, of which there are few; most of the members decided on them.
    let tainted = asked.add.iter().any(|joins| is_tainted(draft.view(), joins));
    let enrolled = !tainted && asked.add.iter().take(MAX_JOINING).all(is_enrolled);
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
    let committee = committee.without(&Expelled::of(draft.view()), draft.moment.height);
    draft.put(&Name::Committee, Record::Committee(Box::new(committee)));
    Ok(Facts::new(Effect::Executed, Vec::new()))
}
