//! What validators say: of votes that contradict each other, and of themselves.

use bls12_381::{G1Affine, Scalar};

use super::{World, genesis, governing::validator};
use crate::{
    bls,
    command::{Command, SignedCommand},
    digest::{Domain, Hash32},
    genesis::VoteSignature,
    id::{ChainId, Lei},
    misconduct::{Contradiction, Evidence, MisconductKind, Said, vote_message},
    rules::RulesVersion,
    signature::MemorySigner,
};

/// A vote that the holder of this number's vote key signs.
#[must_use]
pub fn vote(
    chain: &ChainId,
    number: u8,
    suffix: &[u8],
    round: (u64, u64),
    proposal: Option<(u64, Hash32)>,
) -> VoteSignature {
    let message = vote_message(chain, suffix, round, proposal);
    let point = bls::hash_to_g1(&message, bls::VOTE_TAG);
    let secret = Scalar::from(1_000 + u64::from(number));
    VoteSignature::new(G1Affine::from(point * secret).to_compressed())
}

/// What the validator of this number did in a view of an epoch.
#[must_use]
pub fn evidence(
    chain: &ChainId,
    number: u8,
    (epoch, view): (u64, u64),
    kind: MisconductKind,
) -> Evidence {
    let said = |suffix: &[u8], what: &str| {
        let (parent_view, digest) = (view.saturating_sub(1), Domain::Content.hash_of(&what));
        let signature = vote(chain, number, suffix, (epoch, view), Some((parent_view, digest)));
        Said { parent_view, digest, signature }
    };
    let two = |suffix: &[u8]| (said(suffix, "one"), said(suffix, "two"));
    let votes = match kind {
        MisconductKind::Notarize => {
            let (one, two) = two(b"_NOTARIZE");
            Contradiction::Notarize(one, two)
        }
        MisconductKind::Finalize => {
            let (one, two) = two(b"_FINALIZE");
            Contradiction::Finalize(one, two)
        }
        MisconductKind::SkipAndFinalize => Contradiction::SkipAndFinalize {
            skip: vote(chain, number, b"_NULLIFY", (epoch, view), None),
            finalize: said(b"_FINALIZE", "one"),
        },
    };
    Evidence { validator: validator(number).identity, epoch, view, votes }
}

impl World {
    /// A network of so many validators with real vote keys.
    #[must_use]
    pub fn validated(validators: u8) -> Self {
        let mut founding = genesis();
        founding.validators = (1..=validators).map(validator).collect();
        founding.validators.sort_by_key(|validator| validator.identity);
        Self::found(founding)
    }

    /// The validator of a number says which version of the rules it knows.
    ///
    /// # Panics
    /// Never: a key in memory signs.
    pub fn signal(&mut self, by: u8, version: RulesVersion) -> SignedCommand {
        let body = self.body(Lei::VALIDATORS, Command::Signal { version });
        SignedCommand::sign(body, &[&MemorySigner::new(&[by; 32])]).expect("a key in memory signs")
    }

    /// The validator of a number accuses another.
    ///
    /// # Panics
    /// Never: a key in memory signs.
    pub fn accuse(&mut self, by: u8, evidence: Evidence) -> SignedCommand {
        let body = self.body(Lei::VALIDATORS, Command::Accuse(evidence));
        SignedCommand::sign(body, &[&MemorySigner::new(&[by; 32])]).expect("a key in memory signs")
    }
}
