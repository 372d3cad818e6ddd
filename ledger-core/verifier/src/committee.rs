//! Committees: whose quorum makes a header final, from genesis on and through every change.
//!
//! ```text
//! genesis names the committee of epoch 0
//!    | certifies the last header of an epoch, which names another committee     a handover (W23)
//! that one certifies the next epochs
//!    | ...
//! ```
//!
//! # Place      genesis, handovers -> [committee] -> every proof's certificate
//! # Invariants W15 every vote key has a proof of possession; W23 a committee is believed from the epoch on
//! #            that a certified header named it for, and until the next is
//! # Absent     fetching handovers; clock: how old a committee is, is the reader's question

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bls12_381::G2Affine;
use ledger_core::{
    block::{HEADER_VERSION, Header},
    bls::{NotEnrolled, enrolled},
    digest::{Domain, Hash32},
    epoch::Epochs,
    genesis::{Genesis, Validator},
    id::ChainId,
    limits::MAX_VALIDATORS,
    signature::PublicKey,
    time::{Height, LedgerTime},
};

use crate::{
    certificate::{Finalization, quorum},
    error::VerifyError,
};

/// A committee hands over: the last header of an epoch, its certificate, and the validators that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    /// The header.
    pub header: Header,
    /// Its certificate, of the committee that leaves.
    pub certificate: Vec<u8>,
    /// The validators of the next epoch, ascending by identity.
    pub validators: Vec<Validator>,
}

/// Since when a committee certifies, and what named it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reliance {
    /// Its first epoch.
    pub since: u64,
    /// The block that named it; genesis for the first.
    pub named_by: Height,
    /// That block's time.
    pub time: LedgerTime,
    /// Whether that block was taken on trust, without the committees before it.
    pub on_trust: bool,
}

/// A committee and its keys, checked once.
#[derive(Debug)]
struct Term {
    reliance: Reliance,
    hash: Hash32,
    keys: Vec<G2Affine>,
    identities: Vec<PublicKey>,
}

impl Term {
    fn new(
        reliance: Reliance,
        hash: Hash32,
        validators: &[Validator],
    ) -> Result<Arc<Self>, VerifyError> {
        let identities = validators.iter().map(|validator| validator.identity).collect();
        Ok(Arc::new(Self { reliance, hash, keys: enrolled_keys(validators)?, identities }))
    }
}

/// What was learned, and which of it the last certificate was judged by.
#[derive(Clone, Debug, Default)]
struct Terms {
    /// In the order of their epochs.
    known: Vec<Arc<Term>>,
    last: Option<Reliance>,
}

/// The validators that certify a network's headers.
#[derive(Debug)]
pub struct Committee {
    genesis: Genesis,
    chain: ChainId,
    terms: Mutex<Terms>,
}

impl Clone for Committee {
    fn clone(&self) -> Self {
        let terms = Mutex::new(self.terms().clone());
        Self { genesis: self.genesis.clone(), chain: self.chain, terms }
    }
}

impl Committee {
    /// Checks a genesis and its validators' proofs of possession.
    ///
    /// # Errors
    /// [`VerifyError::Genesis`], [`VerifyError::VoteKey`], [`VerifyError::Possession`].
    pub fn new(genesis: &Genesis) -> Result<Self, VerifyError> {
        genesis.check()?;
        let reliance = Reliance {
            since: genesis.epoch,
            named_by: Height::new(0),
            time: genesis.time,
            on_trust: false,
        };
        let term = Term::new(reliance, genesis.committee_hash(), &genesis.validators)?;
        Ok(Self::of(genesis, term))
    }

    /// Takes on trust that a header was certified, so that only the committees from there on are believed:
    /// whoever says so must have it from a source that is not the network's.
    ///
    /// # Errors
    /// As [`Self::new`]; [`VerifyError::Handover`], [`VerifyError::OtherNetwork`].
    pub fn from_checkpoint(
        genesis: &Genesis,
        header: &Header,
        validators: &[Validator],
    ) -> Result<Self, VerifyError> {
        genesis.check()?;
        if header.chain != genesis.chain_id() {
            return Err(VerifyError::OtherNetwork);
        }
        let (reliance, hash) = named(Epochs::of(genesis), header, validators, true)?;
        Ok(Self::of(genesis, Term::new(reliance, hash, validators)?))
    }

    fn of(genesis: &Genesis, term: Arc<Term>) -> Self {
        let terms = Mutex::new(Terms { known: vec![term], last: None });
        Self { genesis: genesis.clone(), chain: genesis.chain_id(), terms }
    }

    /// The genesis it stands in.
    #[must_use]
    pub const fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// The network.
    #[must_use]
    pub const fn chain(&self) -> ChainId {
        self.chain
    }

    /// How many validators of the latest committee must sign.
    #[must_use]
    pub fn quorum(&self) -> usize {
        quorum(self.terms().known.last().map_or(0, |term| term.keys.len()))
    }

    /// Of how many validators of the latest committee one at least keeps to the protocol.
    #[must_use]
    pub fn witnesses(&self) -> usize {
        let size = self.terms().known.last().map_or(0, |term| term.keys.len());
        size.saturating_sub(quorum(size)).saturating_add(1)
    }

    /// Whether a key is the identity of a validator of the latest committee.
    #[must_use]
    pub fn is_validator(&self, identity: &PublicKey) -> bool {
        self.terms().known.last().is_some_and(|term| term.identities.contains(identity))
    }

    /// Since when the latest committee that is known here certifies.
    #[must_use]
    pub fn latest(&self) -> Option<Reliance> {
        self.terms().known.last().map(|term| term.reliance)
    }

    /// The committee by which the last certificate that held was judged.
    #[must_use]
    pub fn relied_on(&self) -> Option<Reliance> {
        self.terms().last
    }

    /// Believes the committee that a certified header names (W23). One that is known is not news.
    ///
    /// # Errors
    /// [`VerifyError`], naming the first thing that is wrong; then nothing has changed.
    pub fn learn(&self, handover: &Handover) -> Result<(), VerifyError> {
        let Handover { header, certificate, validators } = handover;
        let (reliance, hash) = named(Epochs::of(&self.genesis), header, validators, false)?;
        let term = self.certifying(header)?;
        if self.terms().known.iter().any(|known| known.reliance.named_by == header.height) {
            return Ok(());
        }
        self.check(&term, header, certificate)?;
        if hash == term.hash {
            return Err(VerifyError::Handover { what: "changes nothing" });
        }
        let next = Term::new(reliance, hash, validators)?;
        let mut terms = self.terms();
        terms.known.push(next);
        terms.known.sort_by_key(|term| term.reliance.since);
        terms.known.dedup_by_key(|term| term.reliance.since);
        Ok(())
    }

    /// As [`Self::learn`], of the committee after the latest that is known, as a file lists them.
    ///
    /// # Errors
    /// As [`Self::learn`]; [`VerifyError::Handover`] when it is not above the one before it.
    pub fn learn_next(&self, handover: &Handover) -> Result<(), VerifyError> {
        if self.latest().is_some_and(|latest| handover.header.height <= latest.named_by) {
            return Err(VerifyError::Handover { what: "is not above the one before it" });
        }
        self.learn(handover)
    }

    /// Checks that a certificate makes a header final.
    ///
    /// # Errors
    /// [`VerifyError`], naming the first thing that is wrong.
    pub fn verify(&self, header: &Header, certificate: &[u8]) -> Result<(), VerifyError> {
        let term = self.certifying(header)?;
        self.check(&term, header, certificate)?;
        self.terms().last = Some(term.reliance);
        Ok(())
    }

    /// The committee that certifies the epoch of a header, which must be the one that it names.
    fn certifying(&self, header: &Header) -> Result<Arc<Term>, VerifyError> {
        if header.chain != self.chain {
            return Err(VerifyError::OtherNetwork);
        }
        let epoch = header.context.epoch;
        let terms = self.terms();
        let term = terms.known.iter().rev().find(|term| term.reliance.since <= epoch);
        let term = term.filter(|term| term.hash == header.committee);
        term.cloned().ok_or(VerifyError::OtherCommittee)
    }

    fn check(&self, term: &Term, header: &Header, certificate: &[u8]) -> Result<(), VerifyError> {
        let found = Finalization::decode(certificate, term.keys.len())?;
        let same = |ok: bool, field: &'static str| {
            if ok { Ok(()) } else { Err(VerifyError::CertificateMismatch { field }) }
        };
        let (context, epochs) = (&header.context, Epochs::of(&self.genesis));
        same(found.digest == header.digest(), "digest")?;
        same(header.results.height < header.height, "results")?;
        same(context.epoch == epochs.containing(header.height), "epoch")?;
        same(found.epoch == context.epoch, "epoch")?;
        // The last block of an epoch is proposed again, with itself as parent, until it is final.
        let again = epochs.is_last(header.height)
            && found.view > context.view
            && found.parent_view >= context.view;
        same(again || found.view == context.view, "view")?;
        same(again || found.parent_view == context.parent_view, "parent view")?;
        found.check_signature(&self.chain, &term.keys)?;
        // A later version may mean other things by the same bytes.
        if header.version == HEADER_VERSION {
            Ok(())
        } else {
            Err(VerifyError::UnknownVersion { what: "header" })
        }
    }

    fn terms(&self) -> MutexGuard<'_, Terms> {
        // Every change leaves them whole.
        self.terms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The committee that a header names, which must be these validators.
fn named(
    epochs: Epochs,
    header: &Header,
    validators: &[Validator],
    on_trust: bool,
) -> Result<(Reliance, Hash32), VerifyError> {
    let fault = |what| Err(VerifyError::Handover { what });
    if !epochs.is_last(header.height) {
        return fault("is not the last header of an epoch");
    }
    let since = epochs.containing(header.height).saturating_add(1);
    let ascending = validators.is_sorted_by(|one, next| one.identity < next.identity);
    let votes: BTreeSet<_> = validators.iter().map(|validator| validator.vote_key).collect();
    let count = validators.len();
    if !(1..=MAX_VALIDATORS).contains(&count) || !ascending || votes.len() < count {
        return fault("has no committee");
    }
    let hash = Domain::Committee.hash_of(&(since, validators));
    // A committee that stays keeps the epoch that it began in, and such a header hands nothing over.
    if header.next_committee != hash {
        return fault("names other validators");
    }
    let Header { height, time, .. } = *header;
    Ok((Reliance { since, named_by: height, time, on_trust }, hash))
}

/// Checks every validator's proof of possession.
///
/// Without it a validator could register a key made from the others' keys and sign for all.
///
/// # Errors
/// [`VerifyError::VoteKey`], [`VerifyError::Possession`].
pub fn check_possession(genesis: &Genesis) -> Result<(), VerifyError> {
    enrolled_keys(&genesis.validators).map(|_| ())
}

fn enrolled_keys(validators: &[Validator]) -> Result<Vec<G2Affine>, VerifyError> {
    let key = |(index, validator): (usize, &Validator)| {
        let found = enrolled(&validator.vote_key, &validator.proof_of_possession);
        found.map_err(|error| match error {
            NotEnrolled::VoteKey => VerifyError::VoteKey { index },
            NotEnrolled::Possession => VerifyError::Possession { index },
        })
    };
    validators.iter().enumerate().map(key).collect()
}

#[cfg(test)]
mod tests;
