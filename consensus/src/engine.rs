//! Wires the engine: network, storage, dissemination, archive, application, executor, voting.
//!
//! Generic over the runtime, so that simulations run exactly this code on virtual time, network
//! and disks.
//!
//! # Place      node -> [engine] -> every other module
//! # Invariants every node shares the block codec, message bound, epoch length and namespace
//! # Absent     more than one epoch

use std::{
    net::SocketAddr,
    num::{NonZeroU64, NonZeroUsize},
    time::Duration,
};

use commonware_broadcast::buffered;
use commonware_codec::Encode as _;
use commonware_consensus::{
    Reporters,
    marshal::{
        self, Start, core::Actor as MarshalActor, resolver::p2p as backfill,
        standard::{Deferred, Standard},
    },
    simplex::{self, elector::RoundRobin, types::Finalization},
    types::{Epoch, FixedEpocher, ViewDelta},
};
use commonware_cryptography::{
    ChaCha20Poly1305, Sha256, Signer as _,
    certificate::{ConstantProvider, Verifier as _},
    ed25519, sha256::Digest,
};
use commonware_macros::select;
use commonware_p2p::{Address, AddressableManager as _, authenticated::lookup};
use commonware_runtime::{
    Clock, Handle, Metrics, Network, Quota, Resolver, Spawner, Storage, Strategizer,
    buffer::paged::{CacheRef, page_size},
};
use commonware_storage::{
    archive::{immutable, prunable},
    translator::EightCap,
};
use commonware_stream::{
    cups::{self, Cups},
    sake::{self, Sake},
};
use commonware_utils::{
    NZDuration, NZU32, NZU64, NZUsize, TryCollect as _,
    channel::{mpsc, watch},
    ordered::Map,
};
use futures::{StreamExt as _, stream::FuturesUnordered};
use ledger_core::block::{Block, Header};
use rand_core::CryptoRng;

use crate::{
    application::{Application, Stalls},
    block::{OrderedBlock, codec_config},
    committee::{Scheme, engine_identity, namespace, signer},
    error::{CommitteeError, ExecutorError, StartError, StopReason},
    executor::{Executor, Observer, Surroundings},
    gossip,
    intake::{Intake, Outbox},
    limits::{
        CERTIFICATION_TIMEOUT, FETCH_RETRY, FETCH_TIMEOUT, LEADER_TIMEOUT, MAX_GOSSIP_BYTES,
        MAX_PENDING_ACKS, SKIP_TIMEOUT, STOP_TIMEOUT, TIMEOUT_RETRY,
    },
    node::NodeConfig,
    port::Ledger,
    progress::Board,
};
