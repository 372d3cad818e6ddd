//! A validator's engine as the rest of the process sees it: start, submit, watch, stop.
//!
//! The engine runs its own runtime on its own thread; everything here may be called from any
//! thread or runtime.
//!
//! # Place      node (validator.rs) -> [node] -> engine
//! # Invariants the ledger is dropped before [`Node::wait`] answers
//! # Absent     HTTP, signals, configuration files

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::{SystemTime, UNIX_EPOCH},
};

use commonware_runtime::{Metrics as _, Runner as _, Supervisor as _, tokio};
use commonware_utils::channel::watch;
use ledger_core::{
    command::SignedCommand,
    digest::Hash32,
    genesis::Genesis,
    id::CommandId,
    signature::PublicKey,
    time::{Height, LedgerTime},
};

use crate::{
    engine::{self, Shared},
    error::{StartError, StopReason, SubmitError},
    keys::{IdentitySecret, VoteSecret},
    port::Ledger,
};

/// What a validator's engine needs to know.
#[derive(Clone, Debug)]
pub struct NodeConfig {
    /// The network.
    pub genesis: Genesis,
    /// State root after genesis, before the first block.
    pub genesis_state_root: Hash32,
    /// Who this validator is on the validators' network.
    pub identity: IdentitySecret,
    /// What it votes with. Never run the same secret in two processes.
    pub vote: VoteSecret,
    /// Where it listens for other validators.
    pub listen: SocketAddr,
    /// Where every validator can be reached, this one included.
    pub peers: BTreeMap<PublicKey, SocketAddr>,
    /// The engine's folder: write-ahead log, blocks, certificates. Never roll it back while the
    /// validator lives.
    pub storage: PathBuf,
}

/// How far this validator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Highest height known to be finalized.
    pub finalized: Height,
    /// Highest height executed here.
    pub applied: Height,
    /// Highest height whose results a block finalized and executed here declares: what is settled.
    pub proven: Height,
    /// Validators connected, this one left out.
    pub peers: usize,
}
