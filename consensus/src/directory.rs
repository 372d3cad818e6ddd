//! Where the other validators are reached: as members decided it on the ledger, else as this node's file
//! says.
//!
//! ```text
//! configuration --+
//!                 +--> [directory] --> network: dials there, and takes connections from there only
//! ledger (D17) ---+        ^
//!                          executor: after every block with commands
//! ```
//!
//! # Place      configuration, executor -> [directory] -> network's oracle; rotation asks who is missing
//! # Invariants D17 what the ledger says stands before what a file says; nobody is forgotten
//! # Absent     this node's own address: where it listens is its operator's part

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use commonware_cryptography::ed25519;
use commonware_p2p::{Address, AddressableManager as _, authenticated::lookup};
use commonware_utils::{TryCollect as _, ordered::Map};
use ledger_core::{address::Addresses, genesis::Validator, signature::PublicKey};
use tracing::{error, info};

use crate::{committee::engine_identity, node::NodeConfig};

type Places = BTreeMap<PublicKey, SocketAddr>;

struct Inner {
    oracle: lookup::Oracle<ed25519::PublicKey>,
    /// What the network was told last, and how often it was told before.
    told: (Places, u64),
}

/// The directory of one node; clones share it.
#[derive(Clone)]
pub(crate) struct Directory {
    own: PublicKey,
    file: Arc<Places>,
    inner: Arc<Mutex<Inner>>,
}

/// What a configuration and the ledger say together.
pub(crate) fn places(own: &PublicKey, file: &Places, decided: &Addresses) -> Places {
    let mut places = file.clone();
    for one in decided.validators.iter().filter(|one| one.validator != *own) {
        if let Some(address) = one.socket() {
            places.insert(one.validator, address);
        }
    }
    places
}

/// As the network takes it; nothing where an identity is none.
fn addressed(places: &Places) -> Option<Map<ed25519::PublicKey, Address>> {
    let entries = places.iter().map(|(identity, address)| {
        let identity = engine_identity(identity)?;
        Some((identity, Address::from(*address)))
    });
    let entries: Vec<_> = entries.collect::<Option<_>>()?;
    entries.into_iter().try_collect().ok()
}

impl Directory {
    /// Tells the network where everybody is; nothing where an identity is none.
    pub(crate) fn new(
        config: &NodeConfig,
        mut oracle: lookup::Oracle<ed25519::PublicKey>,
        decided: &Addresses,
    ) -> Option<Self> {
        let (own, file) = (config.identity.public_key(), Arc::new(config.peers.clone()));
        let places = places(&own, &file, decided);
        oracle.track(0, addressed(&places)?);
        let inner = Arc::new(Mutex::new(Inner { oracle, told: (places, 0) }));
        Some(Self { own, file, inner })
    }

    /// Whom the network is told of.
    pub(crate) fn oracle(&self) -> lookup::Oracle<ed25519::PublicKey> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).oracle.clone()
    }

    /// Goes on from what the ledger says now.
    pub(crate) fn follow(&self, decided: &Addresses) {
        let places = places(&self.own, &self.file, decided);
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if places == inner.told.0 {
            return;
        }
        for (validator, address) in &places {
            if inner.told.0.get(validator) != Some(address) {
                info!(%validator, %address, "directory.moved");
            }
        }
        let Some(peers) = addressed(&places) else {
            error!("directory.no_identity: an address of the ledger is of no key");
            return;
        };
        let times = inner.told.1.saturating_add(1);
        inner.oracle.track(times, peers);
        inner.told = (places, times);
    }

    /// Those whose address is not known.
    pub(crate) fn lacks(&self, validators: &[Validator]) -> Vec<PublicKey> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let identities = validators.iter().map(|validator| validator.identity);
        identities.filter(|identity| !inner.told.0.contains_key(identity)).collect()
    }
}
