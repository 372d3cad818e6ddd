//! Everything that can go wrong here, typed.

use ledger_core::{
    block::BlockError, command::CommandError, genesis::GenesisError, rules::RulesVersion,
    time::Height,
};

use crate::port::LedgerError;

/// Why bytes are not a secret key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Zero, or not below the group's order.
    #[error("not a BLS12-381 secret scalar; generate the key with `florin keygen`")]
    VoteSecret,
}

/// Why a genesis does not name a committee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitteeError {
    /// A rule of the genesis format itself.
    #[error("genesis: {0}")]
    Genesis(#[from] GenesisError),
    /// An identity is not an Ed25519 public key.
    #[error("validator {index}: the identity is not an Ed25519 key")]
    Identity {
        /// Place in the list.
        index: usize,
    },
    /// A vote key is not a point of the group.
    #[error("validator {index}: the vote key is not a BLS12-381 key")]
    VoteKey {
        /// Place in the list.
        index: usize,
    },
    /// A proof of possession does not hold: the key may have been made from others' keys.
    #[error("validator {index}: the proof of possession does not hold; ask for a new card")]
    ProofOfPossession {
        /// Place in the list.
        index: usize,
    },
    /// Two validators share a key.
    #[error("two validators share a key")]
    Duplicate,
}

/// Why a command was not taken into the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// No block may ever hold it, or not now.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// More bytes than a command may have.
    #[error("the command has more bytes than a command may have")]
    TooLong,
    /// More work than one block may hold of an organisation.
    #[error("the command declares more work than a block may hold of one organisation")]
    TooCostly,
    /// Only a later version of the rules knows it.
    #[error("the command needs version {needs} of the rules, which is not in force yet")]
    NotInForce {
        /// The version that knows it first.
        needs: RulesVersion,
    },
    /// The pool is full.
    #[error("the pool is full; retry in a few seconds")]
    PoolFull,
    /// This organisation holds as much of the pool as is free.
    #[error("the organisation's share of the pool is used up; retry in a few seconds")]
    QuotaExceeded,
    /// The engine has stopped.
    #[error("this node no longer takes commands; send the command to another validator")]
    Stopped,
}

impl SubmitError {
    /// The stable code of the refusal. Append-only.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Command(CommandError::Codec(_)) => "malformed_command",
            Self::Command(CommandError::Signatures) => "malformed_signatures",
            Self::Command(CommandError::BadSignature) => "bad_signature",
            Self::Command(CommandError::OtherChain) => "other_network",
            Self::Command(CommandError::Expired) => "expired",
            Self::Command(CommandError::ExpiryTooFar) => "expiry_too_far",
            Self::TooLong => "command_too_long",
            Self::TooCostly => "command_too_costly",
            Self::NotInForce { .. } => "rules_not_in_force",
            Self::PoolFull => "pool_full",
            Self::QuotaExceeded => "quota_exceeded",
            Self::Stopped => "stopped",
        }
    }

    /// Whether the same bytes may be accepted later.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::PoolFull | Self::QuotaExceeded | Self::Stopped | Self::NotInForce { .. } => true,
            Self::Command(CommandError::ExpiryTooFar) => true,
            Self::Command(_) | Self::TooLong | Self::TooCostly => false,
        }
    }
}

/// Why a node did not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// The genesis names no valid committee.
    #[error(transparent)]
    Committee(#[from] CommitteeError),
    /// Our identity is not among the peers.
    #[error("the peer list does not name this node's own identity; check the identity key")]
    NotAValidator,
    /// Our vote key is not the one the committee lists.
    #[error("this node's vote key is not the one that the committee lists for its identity")]
    OtherVoteKey,
    /// Neither the peer list nor the ledger has every validator's address.
    #[error(
        "neither [p2p.peers] nor the ledger has the address of validator {index} of the committee"
    )]
    PeerMissing {
        /// Its place in the committee.
        index: usize,
    },
    /// The store was begun from another genesis.
    #[error("the ledger's store belongs to another genesis; point it at another folder")]
    OtherGenesis,
    /// The ledger is beyond what this binary knows.
    #[error("{0}")]
    NewerRules(#[from] NewerRules),
    /// The engine's storage folder cannot be used.
    #[error("the engine's storage folder cannot be created or written; check path and rights")]
    Storage,
    /// The p2p address is taken.
    #[error("the p2p address cannot be listened on; check that it is free and ours")]
    Listen,
    /// The operating system gave no thread.
    #[error("the operating system gave no thread")]
    Thread,
}

/// The next block is of a version of the rules that this binary does not know (D16).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "block {height} is of version {needs} of the rules, and this process knows versions up to {known}: \
     install a release of florin that knows it (`florin --version` says so), take [rules] up_to out of the \
     configuration if it is there, and start it on the same folder; nothing was executed wrongly"
)]
pub struct NewerRules {
    /// The block.
    pub height: Height,
    /// Its version.
    pub needs: RulesVersion,
    /// The highest version known.
    pub known: RulesVersion,
}

impl NewerRules {
    /// Checks that the version of a block is known.
    ///
    /// # Errors
    /// Itself.
    pub fn check(height: Height, needs: RulesVersion, known: RulesVersion) -> Result<(), Self> {
        if needs <= known { Ok(()) } else { Err(Self { height, needs, known }) }
    }
}

/// Why the executor gave up; the process must exit and serve nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExecutorError {
    /// The network certified other results than ours.
    #[error("diverged: the certified header at height {height} contradicts this node's roots")]
    Diverged {
        /// Height of that header.
        height: Height,
    },
    /// The engine delivered another block than the one we executed.
    #[error("the block delivered at height {height} is not the one that was executed")]
    OtherBlock {
        /// Its height.
        height: Height,
    },
    /// A finalized block is not one.
    #[error("the finalized block at height {height} is not valid: {error}")]
    Invalid {
        /// Its height.
        height: Height,
        /// What is wrong.
        error: BlockError,
    },
    /// The ledger is behind the engine and the engine no longer holds the block.
    #[error("block {height} is missing from the engine's archive; restore a ledger snapshot")]
    MissingBlock {
        /// Its height.
        height: Height,
    },
    /// The ledger does not answer for a height it executed.
    #[error("the ledger has no results for height {height}, which it executed")]
    MissingResults {
        /// Which.
        height: Height,
    },
    /// The ledger failed.
    #[error("ledger: {0}")]
    Ledger(#[from] LedgerError),
    /// The store was begun from another genesis.
    #[error("the ledger's store belongs to another genesis")]
    OtherGenesis,
    /// The next block is of a version of the rules that this binary does not know.
    #[error("{0}")]
    NewerRules(#[from] NewerRules),
    /// The ledger names a committee that is none.
    #[error("the ledger's committee: {0}")]
    Committee(#[from] CommitteeError),
    /// The engine went away.
    #[error("the engine stopped delivering blocks")]
    Closed,
}

/// Why a running engine stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StopReason {
    /// [`crate::Node::stop`] was called.
    #[error("stopped as asked")]
    Requested,
    /// The executor gave up.
    #[error("executor: {0}")]
    Executor(#[from] ExecutorError),
    /// One of the engine's actors ended.
    #[error("the engine's {actor} ended; see the log")]
    Actor {
        /// Which.
        actor: &'static str,
    },
    /// A defect: something panicked.
    #[error("the engine panicked; see the log")]
    Panicked,
}

impl StopReason {
    /// Files of the engine do not open; why, is in the log.
    pub(crate) fn unreadable(actor: &'static str, fault: impl std::fmt::Display) -> Self {
        tracing::error!(%fault, actor, "engine.unreadable");
        Self::Actor { actor }
    }

    /// What to do next about it.
    #[must_use]
    pub const fn next_step(&self) -> &'static str {
        match self {
            Self::Requested | Self::Executor(_) => "",
            Self::Actor { .. } | Self::Panicked => {
                "; start it again. If it ends so each time, files in data/engine are damaged: move that \
                 folder away (`mv data/engine data/engine.damaged`) and start it: it goes on from its \
                 ledger, and votes from the next epoch on (docs/runbook/lost-disk.md)"
            }
        }
    }
}
