//! A checked configuration and what every actor of the engine is configured with.
//!
//! # Place      node config -> [setup] -> engine
//! # Invariants whatever peers must share is a constant here or comes from the genesis
//! # Absent     wiring (engine)

use std::{net::SocketAddr, num::NonZeroUsize, time::Duration};

use bytes::Bytes;
use commonware_broadcast::buffered;
use commonware_codec::{Decode as _, RangeCfg};
use commonware_consensus::{
    marshal::{self, Start, resolver::p2p as backfill, standard::Standard},
    simplex::{self, types::Finalization},
    types::{FixedEpocher, ViewDelta},
};
use commonware_cryptography::{
    ChaCha20Poly1305, Digested, Signer as _, certificate::Verifier as _, ed25519, sha256::Digest,
};
use commonware_p2p::{authenticated::lookup, utils::mux};
use commonware_parallel::Strategy;
use commonware_runtime::{Quota, buffer::paged::CacheRef};
use commonware_stream::{
    cups::{self, Cups},
    sake::{self, Sake},
};
use commonware_utils::{NZDuration, NZU32, NZUsize};

use ledger_core::limits::{MAX_JOINING, MAX_VALIDATORS};

use crate::{
    archives::VotedOn,
    block::{OrderedBlock, codec_config},
    committee::{Committees, Scheme, check_genesis, engine_identity, namespace},
    error::{CommitteeError, StartError, StopReason},
    limits::{FETCH_RETRY, FETCH_TIMEOUT, MAX_GOSSIP_BYTES, MAX_PENDING_ACKS},
    node::NodeConfig,
};

pub(crate) const MAILBOX: NonZeroUsize = NZUsize!(1024);
pub(crate) const BUFFER: NonZeroUsize = NZUsize!(1 << 20);
/// Blocks that were voted on stay in files of their own for so many views behind the last one that was
/// executed, and until the others go that lie together with them ([`VotedOn`]).
const RECENT_VIEWS: ViewDelta = ViewDelta::new(32);

type Oracle = lookup::Oracle<ed25519::PublicKey>;
type Upgrader = Cups<Sake<ed25519::PrivateKey>, ChaCha20Poly1305>;
type MarshalConfig<T> =
    marshal::Config<Committees, FixedEpocher, T, OrderedBlock, Digested<OrderedBlock>, Digest>;

/// A checked configuration.
pub(crate) struct Setup {
    pub(crate) config: NodeConfig,
    pub(crate) me: ed25519::PublicKey,
    pub(crate) peers: Vec<(ed25519::PublicKey, SocketAddr)>,
    prefix: String,
}

impl Setup {
    pub(crate) fn new(config: NodeConfig) -> Result<Self, StartError> {
        check_genesis(&config.genesis)?;
        if !config.peers.contains_key(&config.identity.public_key()) {
            return Err(StartError::NotAValidator);
        }
        let mut peers = Vec::new();
        for (index, (identity, address)) in config.peers.iter().enumerate() {
            let identity = engine_identity(identity)
                .ok_or(StartError::Committee(CommitteeError::Identity { index }))?;
            peers.push((identity, *address));
        }
        let me = config.identity.engine_key().public_key();
        let prefix = config.identity.public_key().to_hex()[..16].to_owned();
        Ok(Self { config, me, peers, prefix })
    }

    pub(crate) fn partition(&self, name: &str) -> String {
        format!("{}-{name}", self.prefix)
    }

    /// The log of the votes of an epoch.
    pub(crate) fn votes_of(&self, epoch: u64) -> String {
        self.partition(&format!("{epoch}-simplex"))
    }

    /// The same on every node and for ever, or peers look malicious to each other.
    fn max_message() -> u32 {
        let most = u32::try_from(MAX_VALIDATORS).unwrap_or(u32::MAX);
        commonware_p2p::max_message_size(&[
            mux::prefixed(simplex::max_payload_size::<Scheme, Digest>(most)),
            marshal::max_payload_size::<Standard<OrderedBlock>, Scheme>(most, &codec_config()),
            MAX_GOSSIP_BYTES,
        ])
    }

    /// Peers are authenticated whatever their address; between private addresses (containers) the
    /// address of an incoming connection says nothing, so it is not checked there.
    pub(crate) fn network(&self) -> lookup::Config<Upgrader> {
        let sake = Sake {
            signer: self.config.identity.engine_key(),
            synchrony_bound: Duration::from_secs(5),
            max_handshake_age: Duration::from_secs(10),
            version: sake::Version::V1,
        };
        let upgrader = Cups::<_, ChaCha20Poly1305>::new(sake, cups::Version::V1);
        let name = [namespace(&self.config.genesis.chain_id()).as_slice(), b"/p2p"].concat();
        let (listen, size) = (self.config.listen, Self::max_message());
        // Those of the configuration, and those whose addresses are decided later.
        let peers = self.peers.len().saturating_add(MAX_VALIDATORS + MAX_JOINING);
        let peers = NonZeroUsize::new(peers).unwrap_or(NonZeroUsize::MIN);
        let private = self.peers.iter().any(|(_, address)| is_private(address));
        if self.peers.iter().all(|(_, address)| address.ip().is_loopback()) {
            let mut config = lookup::Config::local(upgrader, &name, listen, peers, size, MAILBOX);
            config.allowed_handshake_rate_per_ip = Quota::per_second(NZU32!(128));
            config
        } else {
            let mut config =
                lookup::Config::recommended(upgrader, &name, listen, peers, size, MAILBOX);
            config.allow_private_ips = private;
            config.bypass_ip_check = private;
            config.peer_connection_cooldown = Duration::from_secs(5);
            config.allowed_handshake_rate_per_ip = Quota::per_second(NZU32!(4));
            config
        }
    }

    pub(crate) fn buffer<T: Strategy>(
        &self,
        oracle: Oracle,
        strategy: T,
    ) -> buffered::Config<ed25519::PublicKey, RangeCfg<usize>, Oracle, T> {
        buffered::Config {
            public_key: self.me.clone(),
            mailbox_size: MAILBOX,
            deque_size: 10,
            priority: true,
            codec_config: codec_config(),
            peer_provider: oracle,
            strategy,
        }
    }

    pub(crate) fn backfill(
        &self,
        oracle: &Oracle,
    ) -> backfill::Config<ed25519::PublicKey, Oracle, Oracle> {
        backfill::Config {
            public_key: self.me.clone(),
            peer_provider: oracle.clone(),
            blocker: oracle.clone(),
            mailbox_size: MAILBOX,
            fetch_timeout: NZDuration!(FETCH_TIMEOUT),
            fetch_retry_delay: FETCH_RETRY,
            priority_requests: false,
            priority_responses: false,
        }
    }

    /// Where blocks begin: at genesis, or at a block that the ledger has executed.
    fn start(
        &self,
        genesis: Digested<OrderedBlock>,
    ) -> Result<Start<Scheme, Digest, Digested<OrderedBlock>>, StopReason> {
        let Some(floor) = &self.config.beginning.floor else { return Ok(Start::Genesis(genesis)) };
        let config = Scheme::certificate_codec_config_unbounded();
        let floor = Finalization::decode_cfg(Bytes::copy_from_slice(floor), &config);
        floor.map(Start::Floor).map_err(|_| StopReason::Actor { actor: "floor" })
    }

    pub(crate) fn marshal<T: Strategy>(
        &self,
        committees: Committees,
        genesis: Digested<OrderedBlock>,
        voted_on: VotedOn,
        (pages, strategy): (&CacheRef, T),
    ) -> Result<MarshalConfig<T>, StopReason> {
        Ok(marshal::Config {
            epocher: FixedEpocher::new(committees.epochs().length()),
            provider: committees,
            start: self.start(genesis)?,
            partition_prefix: self.partition(voted_on.name),
            mailbox_size: MAILBOX,
            view_retention: RECENT_VIEWS,
            prunable_items_per_section: voted_on.views_together,
            page_cache: pages.clone(),
            replay_buffer: BUFFER,
            key_write_buffer: BUFFER,
            value_write_buffer: BUFFER,
            block_codec_config: codec_config(),
            max_repair: NZUsize!(20),
            max_pending_acks: NonZeroUsize::new(MAX_PENDING_ACKS).unwrap_or(NonZeroUsize::MIN),
            strategy,
        })
    }
}

fn is_private(address: &SocketAddr) -> bool {
    match address {
        SocketAddr::V4(v4) => v4.ip().is_private() || v4.ip().is_loopback(),
        SocketAddr::V6(v6) => v6.ip().is_unique_local() || v6.ip().is_loopback(),
    }
}
