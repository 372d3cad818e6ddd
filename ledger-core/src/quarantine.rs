//! Quarantine: commands of one finalized block that are not executed, by the word of its validators.
//!
//! ```text
//! block h is final, and executing it ends every process          nothing after h can be executed,
//!        |                                                       so nothing can be voted on the ledger
//! validators sign, off the ledger: chain, h, digest of the block, commands
//!        |
//! a quorum of those who certify block h: every process is given the statement
//!        |
//! block h is executed with it: these commands are refused as `quarantined` before anything of them
//! is looked at, and the statement stands in the state of block h, for ever
//! ```
//!
//! The statement is a part of what block h means from then on: whoever executes history again needs it,
//! and finds it under the state root of every later block.
//!
//! # Place      a file or a record -> [quarantine] -> `block` -> `execute`
//! # Invariants D13 a quorum of the committee that certifies the block signed exactly this block and these
//! #            commands; D14 no other command, block or receipt is touched
//! # Absent     what ends by itself in a block; why a command ends processes (that needs a new version)

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    block::Header,
    codec::{CodecError, decode, encode},
    digest::{Domain, Hash32},
    id::{ChainId, CommandId, Text},
    limits::{MAX_QUARANTINED, MAX_RECORD_BYTES},
    signature::{Claim, KeySignature, Signer, SignerError, Statement},
    time::Height,
    validators::Committee,
};

/// What validators sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quarantine {
    /// The network.
    pub chain: ChainId,
    /// The block.
    pub height: Height,
    /// Digest of its header.
    pub block: Hash32,
    /// Commands of it that are not executed: ascending, none twice, at most
    /// [`MAX_QUARANTINED`].
    pub commands: Vec<CommandId>,
    /// The case in the operators' books.
    pub reference: Text,
}

impl Statement for Quarantine {
    fn domain(&self) -> Domain {
        Domain::Quarantine
    }
    fn bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

/// A quarantine and who signed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedQuarantine {
    /// What was signed.
    pub value: Quarantine,
    /// Identities of validators and their signatures, ascending by key, none twice.
    pub by: Vec<KeySignature>,
}

/// Why a quarantine does not act on a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuarantineError {
    /// The bytes are none.
    #[error("it is no quarantine: {0}")]
    Codec(#[from] CodecError),
    /// It names no command, too many, or not in ascending order.
    #[error("it names no command, more than 16, or not in ascending order")]
    Commands,
    /// It is for another network, height or block.
    #[error("it is for another network or another block")]
    OtherBlock,
    /// The block does not hold a command that it names.
    #[error("it names a command that the block does not hold")]
    NotInBlock,
    /// The validators at hand are not those who certify the block.
    #[error("the committee at hand is not the one that certifies the block")]
    OtherCommittee,
    /// Signatures are not ascending by key, or are by somebody who does not certify the block.
    #[error("a signature is by nobody of the committee, or stands out of order")]
    Signers,
    /// A signature does not hold.
    #[error("a signature does not hold")]
    BadSignature,
    /// Too few signed.
    #[error("{signed} of {needed} validators that are needed have signed it")]
    TooFew {
        /// How many signed.
        signed: usize,
        /// How many must.
        needed: usize,
    },
    /// Both are signed by validators, and not the same.
    #[error("the two are not of one statement")]
    Different,
}

impl SignedQuarantine {
    /// A statement with one signature.
    ///
    /// # Errors
    /// As the signer's.
    pub fn new(value: Quarantine, signer: &dyn Signer) -> Result<Self, SignerError> {
        let signature = signer.sign(&value)?;
        Ok(Self { value, by: vec![KeySignature { key: signer.public_key(), signature }] })
    }

    /// With the signatures of another file about the same.
    ///
    /// # Errors
    /// [`QuarantineError::Different`].
    pub fn joined(mut self, other: &Self) -> Result<Self, QuarantineError> {
        if self.value != other.value {
            return Err(QuarantineError::Different);
        }
        let fresh = |by: &&KeySignature| self.by.iter().all(|own| own.key != by.key);
        let more: Vec<KeySignature> = other.by.iter().filter(fresh).copied().collect();
        self.by.extend(more);
        self.by.sort_by_key(|by| by.key);
        self.by.dedup_by_key(|by| by.key);
        Ok(self)
    }

    /// The canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    /// Decodes canonical bytes.
    ///
    /// # Errors
    /// [`CodecError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        decode(bytes, MAX_RECORD_BYTES)
    }

    /// Checks that a quorum of those who certify this block signed it, and that the block holds what it
    /// names (D13).
    ///
    /// # Errors
    /// The first fault, in the order of [`QuarantineError`].
    pub fn check(
        &self,
        header: &Header,
        commands: &[CommandId],
        committee: &Committee,
    ) -> Result<(), QuarantineError> {
        let Quarantine { chain, height, block, commands: named, .. } = &self.value;
        let ascending = named.windows(2).all(|pair| matches!(pair, [one, two] if one < two));
        if named.is_empty() || named.len() > MAX_QUARANTINED || !ascending {
            return Err(QuarantineError::Commands);
        }
        if *chain != header.chain || *height != header.height || *block != header.digest() {
            return Err(QuarantineError::OtherBlock);
        }
        if !named.iter().all(|id| commands.contains(id)) {
            return Err(QuarantineError::NotInBlock);
        }
        if committee.hash() != header.committee {
            return Err(QuarantineError::OtherCommittee);
        }
        self.check_signatures(committee)
    }

    fn check_signatures(&self, committee: &Committee) -> Result<(), QuarantineError> {
        let listed: BTreeSet<_> = committee.validators.iter().map(|v| v.identity).collect();
        let ascending =
            self.by.windows(2).all(|pair| matches!(pair, [one, two] if one.key < two.key));
        if !ascending || !self.by.iter().all(|by| listed.contains(&by.key)) {
            return Err(QuarantineError::Signers);
        }
        let digest = self.value.digest();
        if !self.by.iter().all(|by| Claim { by: *by, digest }.holds()) {
            return Err(QuarantineError::BadSignature);
        }
        let (signed, needed) = (self.by.len(), quorum(listed.len()));
        if signed < needed { Err(QuarantineError::TooFew { signed, needed }) } else { Ok(()) }
    }
}

/// Of so many validators, how many must sign: all but the largest number below a third, as for a header.
#[must_use]
pub const fn quorum(validators: usize) -> usize {
    let faulty = match validators.checked_sub(1) {
        Some(others) => others / 3,
        None => 0,
    };
    validators.saturating_sub(faulty)
}
