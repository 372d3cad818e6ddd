//! Consensus: a thin adapter to the engine that orders blocks, and the pool of commands before it.
//!
//! The engine (commonware simplex and marshal) orders digests, disseminates and stores blocks and
//! collects certificates. This crate says what a block is, when to propose one, when to vote for
//! it, and hands every finalized block to the replicated ledger exactly once.
//!
//! # Place      ledger port -> [consensus] -> ledger-core through [`port::Ledger`] -> receipts
//! # Invariants C1 a block is executed once, in height order, and acknowledged only when durable;
//! #            C2 a header that contradicts our own roots stops this node, never the network;
//! #            C3 no proposal is withheld because execution lags;
//! #            C4 whoever waits for results asks peers for the certificates that may be missing
//! #            C6 no vote is cast in an epoch that may have begun before the record of votes here;
//! #            D6 an engine votes in one epoch, which begins when all before it is durable here
//! # Absent     what a command means, HTTP, RocksDB, who is in a committee

/// Whether this bug is planted here: only ever where tests build with the feature `planted`.
#[cfg(feature = "planted")]
macro_rules! planted {
    ($bug:ident) => {
        ledger_core::planted::is(ledger_core::planted::Planted::$bug)
    };
}
#[cfg(not(feature = "planted"))]
macro_rules! planted {
    ($bug:ident) => {
        false
    };
}

pub mod application;
mod archives;
pub mod block;
pub mod certificates;
pub mod committee;
mod directory;
mod distance;
pub mod engine;
pub mod error;
pub mod executor;
mod finality;
mod gossip;
mod herald;
pub mod intake;
pub mod keys;
pub mod limits;
pub mod mempool;
pub mod node;
mod pace;
pub mod port;
pub mod progress;
mod rotation;
mod setup;
#[cfg(feature = "simulation")]
pub mod simulation;
mod validated;
mod witness;

pub use committee::Seat;
pub use distance::Distance;
pub use error::{
    CommitteeError, ExecutorError, KeyError, NewerRules, StartError, StopReason, SubmitError,
};
pub use keys::{IdentitySecret, VoteSecret};
pub use node::{Beginning, Node, NodeConfig, Status, start};
pub use port::{Ledger, LedgerError, ResultsReader};
pub use progress::Standing;
