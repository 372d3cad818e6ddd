//! Misconduct of validators: two votes of one view that nobody who follows the protocol casts together.
//!
//! ```text
//! two votes to notarize, or two to finalize, for different proposals; a vote to skip a view and one to
//! finalize in it
//!        |
//! anybody: Accuse        the ledger checks both signatures under the vote key of the committee's record
//!        |
//! recorded, once for each view and kind; the vote key is to leave the committee (D8)
//! ```
//!
//! # Place      validators see it and accuse, in the network's own name ([`Lei::VALIDATORS`]) or in that of
//! #            an institution; `validators` takes the accused out of the committee
//! # Invariants D7 nothing is recorded but what both signatures prove; nobody's word counts
//! # Absent     why it happened (a stolen key, two processes with one key, a lost log: all the same here);
//! #            votes of those who have left the committee

use serde::{Deserialize, Serialize};

use crate::{
    bls,
    digest::Hash32,
    draft::{Draft, Records},
    execute::Facts,
    genesis::{Validator, VoteKey, VoteSignature},
    id::ChainId,
    limits::MAX_OFFENCES,
    receipt::Effect,
    record::{Name, Record},
    refusal::Refusal,
    signature::PublicKey,
    time::{Height, LedgerTime},
    validators::{self, Committee},
};

/// What a network's votes are signed under begins with; the chain id follows.
const NAMESPACE: &[u8] = b"florin/";

/// A vote for a proposal, without its view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// View of the proposal's parent.
    pub parent_view: u64,
    /// Digest of the proposed header.
    pub digest: Hash32,
    /// The vote's signature.
    pub signature: VoteSignature,
}

/// Two votes that contradict each other. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contradiction {
    /// To notarize two proposals.
    Notarize(Said, Said),
    /// To finalize two proposals.
    Finalize(Said, Said),
    /// To skip the view, and to finalize a proposal of it.
    SkipAndFinalize {
        /// Signature of the vote to skip.
        skip: VoteSignature,
        /// The vote to finalize.
        finalize: Said,
    },
}

/// Which votes contradict each other. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MisconductKind {
    /// [`Contradiction::Notarize`].
    Notarize,
    /// [`Contradiction::Finalize`].
    Finalize,
    /// [`Contradiction::SkipAndFinalize`].
    SkipAndFinalize,
}

impl MisconductKind {
    /// Its name in files and on screens.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Notarize => "notarize",
            Self::Finalize => "finalize",
            Self::SkipAndFinalize => "skip_and_finalize",
        }
    }
}

/// What a validator is accused of, with the proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Identity of the validator.
    pub validator: PublicKey,
    /// Epoch of the votes.
    pub epoch: u64,
    /// View of the votes.
    pub view: u64,
    /// The votes.
    pub votes: Contradiction,
}

impl Evidence {
    /// Which votes contradict each other.
    #[must_use]
    pub const fn kind(&self) -> MisconductKind {
        match self.votes {
            Contradiction::Notarize(..) => MisconductKind::Notarize,
            Contradiction::Finalize(..) => MisconductKind::Finalize,
            Contradiction::SkipAndFinalize { .. } => MisconductKind::SkipAndFinalize,
        }
    }

    /// Whether both votes are of the holder of this key, in this network, and contradict each other.
    /// Milliseconds of work.
    #[must_use]
    pub fn holds(&self, chain: &ChainId, key: &VoteKey) -> bool {
        let said = |suffix: &[u8], said: &Said| {
            let digest = Some((said.parent_view, said.digest));
            self.is_signed(chain, key, (suffix, digest), &said.signature)
        };
        let differ =
            |one: &Said, two: &Said| (one.parent_view, one.digest) != (two.parent_view, two.digest);
        match &self.votes {
            Contradiction::Notarize(one, two) => {
                differ(one, two) && said(b"_NOTARIZE", one) && said(b"_NOTARIZE", two)
            }
            Contradiction::Finalize(one, two) => {
                differ(one, two) && said(b"_FINALIZE", one) && said(b"_FINALIZE", two)
            }
            Contradiction::SkipAndFinalize { skip, finalize } => {
                self.is_signed(chain, key, (b"_NULLIFY", None), skip)
                    && said(b"_FINALIZE", finalize)
            }
        }
    }

    /// Whether a vote of this view is signed (W14, W31).
    fn is_signed(
        &self,
        chain: &ChainId,
        key: &VoteKey,
        (suffix, proposal): (&[u8], Option<(u64, Hash32)>),
        signature: &VoteSignature,
    ) -> bool {
        let message = vote_message(chain, suffix, (self.epoch, self.view), proposal);
        let (Some(key), Some(signature)) = (bls::public_key(key), bls::signature(signature)) else {
            return false;
        };
        bls::holds(&key, &bls::hash_to_g1(&message, bls::VOTE_TAG), &signature)
    }
}

/// What a vote of a kind signs: of a view, for a proposal if it is for one.
pub(crate) fn vote_message(
    chain: &ChainId,
    suffix: &[u8],
    (epoch, view): (u64, u64),
    proposal: Option<(u64, Hash32)>,
) -> Vec<u8> {
    let mut subject = Vec::new();
    bls::put_varint(&mut subject, epoch);
    bls::put_varint(&mut subject, view);
    if let Some((parent, digest)) = proposal {
        bls::put_varint(&mut subject, parent);
        subject.extend_from_slice(digest.get());
    }
    bls::namespaced(&[NAMESPACE, chain.get(), suffix].concat(), &subject)
}

/// Misconduct that was proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offence {
    /// The proof.
    pub evidence: Evidence,
    /// The key that signed both votes.
    pub vote_key: VoteKey,
    /// The block that recorded it.
    pub height: Height,
    /// Its time.
    pub time: LedgerTime,
}

impl Offence {
    fn is_of(&self, evidence: &Evidence) -> bool {
        let of = |evidence: &Evidence| (evidence.epoch, evidence.view, evidence.kind());
        of(&self.evidence) == of(evidence)
    }
}

/// The record of what was proved of one validator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Misconduct {
    /// Its identity.
    pub validator: PublicKey,
    /// In the order in which they were recorded, at most [`MAX_OFFENCES`].
    pub offences: Vec<Offence>,
}

impl Misconduct {
    /// What is recorded of a validator; nothing where nothing is.
    #[must_use]
    pub fn of(view: &dyn Records, validator: &PublicKey) -> Self {
        match view.record(&Name::Misconduct(*validator)) {
            Some(Record::Misconduct(found)) => Self::clone(found),
            _ => Self { validator: *validator, offences: Vec::new() },
        }
    }
}

/// The validator of the committee that is accused.
fn accused<'c>(committee: &'c Committee, evidence: &Evidence) -> Option<&'c Validator> {
    let mut listed = committee.validators.iter();
    listed.find(|listed| listed.identity == evidence.validator)
}

/// What keeps evidence from being looked at, by what is recorded: known, of nobody, of an epoch that has
/// not begun, one too many.
fn unwanted(view: &dyn Records, next: Height, evidence: &Evidence) -> Result<VoteKey, Refusal> {
    let recorded = Misconduct::of(view, &evidence.validator).offences;
    if recorded.iter().any(|offence| offence.is_of(evidence)) {
        return Err(Refusal::AlreadyExists);
    }
    let Some(Record::Committee(committee)) = view.record(&Name::Committee) else {
        return Err(Refusal::InternalFault);
    };
    let known = accused(committee, evidence).ok_or(Refusal::ValidatorUnknown)?;
    if recorded.len() >= MAX_OFFENCES {
        return Err(Refusal::OffencesFull);
    }
    if evidence.epoch > committee.epochs().containing(next) {
        return Err(Refusal::EvidenceInvalid);
    }
    Ok(known.vote_key)
}

/// The key that evidence has to hold under, where a ledger would record it: the validator is in the
/// committee, and this is neither known nor one too many. `height` is that of the last executed block.
#[must_use]
pub fn wanted_under(view: &dyn Records, height: Height, evidence: &Evidence) -> Option<VoteKey> {
    unwanted(view, height.next(), evidence).ok()
}

/// Records what a validator did, and lets it leave the committee.
///
/// # Errors
/// [`Refusal::AlreadyExists`], [`Refusal::ValidatorUnknown`], [`Refusal::OffencesFull`],
/// [`Refusal::EvidenceInvalid`], in this order.
pub(crate) fn accuse(draft: &mut Draft<'_>, evidence: &Evidence) -> Result<Facts, Refusal> {
    // Nothing of this command has changed anything yet.
    let height = draft.moment.height;
    let vote_key = unwanted(draft.view(), height.next(), evidence)?;
    let Some(Record::Chain(chain)) = draft.get(&Name::Chain) else {
        return Err(Refusal::InternalFault);
    };
    if !evidence.holds(&chain.chain, &vote_key) {
        return Err(Refusal::EvidenceInvalid);
    }
    let mut record = Misconduct::of(draft.view(), &evidence.validator);
    let time = draft.now();
    record.offences.push(Offence { evidence: *evidence, vote_key, height, time });
    draft.put(&Name::Misconduct(evidence.validator), Record::Misconduct(Box::new(record)));
    validators::expel(draft, vote_key)?;
    Ok(Facts::new(Effect::MisconductRecorded, Vec::new()))
}

/// Whether this key of a validator was seen to misbehave: it joins no committee again.
pub(crate) fn is_tainted(view: &dyn Records, validator: &Validator) -> bool {
    let recorded = Misconduct::of(view, &validator.identity).offences;
    recorded.iter().any(|offence| offence.vote_key == validator.vote_key)
}
