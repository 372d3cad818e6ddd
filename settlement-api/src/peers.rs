//! Asking another member's gateway: a signed question in a sealed parcel, the answer signed in another.
//!
//! # Place      payments, recalls, quotes, checks of accounts -> [peers] -> the other gateway's inbox
//! # Invariants an answer counts only where a settlement key of the member that was asked signed it
//! #            over TLS a member is whoever holds a transport key of its entry (Z4), at an address
//! #            that can be anybody's (B11)
//! # Absent     when to ask again, and whether an answer is about what was asked (the callers')

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use interbank::endpoint::{self, EndpointError, Reach};
pub use interbank::endpoint::{Networks, shared_network};
use ledger_core::{
    authority::Role,
    codec::encode,
    digest::Hash32,
    id::{LegId, Lei},
    member::DirectoryEntry,
    signature::{Signed, Statement},
};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::Instant;

use crate::{
    client::{ClientError, ClientRequest, ClientResponse, SignedClient},
    gateway::{Gateway, GatewayFault},
    ledger_port::BCS,
    message_keys::{self, OpenError},
    payments::delivery::{Parcel, ParcelError},
    port::{KeyValue, StoreFault},
    refused::Refused,
    tls::ServerTrust,
};

/// Pause between two looks at what is kept.
const LOOK: Duration = Duration::from_millis(20);

/// Peers whose clients are kept; further ones take the place of all.
const MAX_KEPT: usize = 1_024;

/// The way to other members' gateways.
pub struct Peers {
    plain: SignedClient,
    shared: Networks,
    secure: Mutex<BTreeMap<Believed, SignedClient>>,
}

/// The keys whose holders a client believes, and whether at public addresses only.
type Believed = (Vec<[u8; 32]>, bool);

/// Why a member's gateway was not reached.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PeerError {
    #[error("{0}")]
    Endpoint(#[from] EndpointError),
    #[error("{0}")]
    Client(#[from] ClientError),
}

impl PeerError {
    /// The stable code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Endpoint(error) => error.code(),
            Self::Client(error) => error.code(),
        }
    }
}

impl Peers {
    /// With the networks that this bank shares with others.
    pub(crate) fn new(plain: SignedClient, shared: Networks) -> Self {
        Self { plain, shared, secure: Mutex::default() }
    }

    /// Sends a parcel to a path below a member's endpoint.
    pub(crate) async fn send(
        &self,
        reach: &Reach,
        entry: &DirectoryEntry,
        path: &str,
        parcel: &Parcel,
    ) -> Result<ClientResponse, PeerError> {
        endpoint::host(&entry.endpoint, reach)?;
        let url = format!("{}{path}", entry.endpoint.get());
        let client = match url.starts_with("https:") {
            true => self.secure(entry, reach)?,
            false => self.plain.clone(),
        };
        Ok(client.send(ClientRequest::post(url, BCS, encode(parcel))).await?)
    }

    fn secure(&self, entry: &DirectoryEntry, reach: &Reach) -> Result<SignedClient, ClientError> {
        let transport = entry.keys.iter().filter(|key| key.role == Role::Transport);
        let keys: Vec<_> = transport.map(|key| *key.key.get()).collect();
        let mut kept = self.secure.lock().unwrap_or_else(PoisonError::into_inner);
        let beyond = *reach != Reach::Loopback;
        let at = (keys, beyond);
        if let Some(client) = kept.get(&at) {
            return Ok(client.clone());
        }
        let names: Option<Arc<dyn Resolve>> = beyond.then(|| Arc::new(Names(reach.clone())) as _);
        let client = self.plain.towards(&ServerTrust::keys(at.0.clone()), names)?;
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        kept.insert(at, client.clone());
        Ok(client)
    }
}

/// Resolves names to addresses that can be anybody's, so that no name leads inside a network that is not
/// shared.
struct Names(Reach);

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let taken: Vec<SocketAddr> =
                found.filter(|address| reach.takes(&address.ip())).collect();
            if taken.is_empty() {
                return Err(EndpointError::Private.into());
            }
            Ok(Box::new(taken.into_iter()) as Addrs)
        })
    }
}

/// Which endpoints this gateway reaches: its own says whether it is of a demo on one machine.
pub(crate) fn reach(gateway: &Gateway) -> Reach {
    let own = gateway.directory.member(gateway.lei());
    let here = own.is_some_and(|own| endpoint::host(&own.endpoint, &Reach::Loopback).is_ok());
    if here { Reach::Loopback } else { Reach::Beyond(Arc::clone(&gateway.peers.shared)) }
}

/// Why another bank's answer cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    #[error("the bank that is asked is not in the directory")]
    NoEntry,
    #[error("sealing: {0}")]
    Parcel(#[from] ParcelError),
    #[error("the answer: {0}")]
    Open(#[from] OpenError),
    #[error("{0}")]
    Fault(#[from] GatewayFault),
    #[error("{0}")]
    Peer(#[from] PeerError),
    #[error("the bank that is asked answered {0}")]
    Status(u16),
    #[error("the answer is not signed by the bank that is asked, or does not fit what was asked")]
    NotItsAnswer,
}

/// Asks a member's gateway at a path below its endpoint; its signed answer. The route is who asks, who
/// is asked, and the identity of what it is about.
pub(crate) async fn ask<Q: Statement + Serialize, A: Statement + DeserializeOwned>(
    gateway: &Gateway,
    route: (Lei, Lei, LegId),
    path: &str,
    question: &Signed<Q>,
) -> Result<Signed<A>, AskError> {
    let (_, asked, _) = route;
    let entry = gateway.directory.member(&asked).ok_or(AskError::NoEntry)?;
    let parcel = Parcel::pack(route, &entry.encryption, question)?;
    let answer = gateway.peers.send(&reach(gateway), &entry, path, &parcel).await?;
    if !answer.is_success() {
        return Err(AskError::Status(answer.status));
    }
    let parcel = Parcel::from_bytes(&answer.body)?;
    let answer: Signed<A> = message_keys::unpack(gateway, &parcel).await?;
    let its_key = entry.keys.iter().any(|k| k.key == answer.by.key && k.role == Role::Settlement);
    if its_key && answer.claim().holds() { Ok(answer) } else { Err(AskError::NotItsAnswer) }
}

/// Identities that stand as keys under a prefix: what a crash left without an answer.
///
/// # Errors
/// [`StoreFault`].
pub(crate) fn waiting(store: &dyn KeyValue, prefix: &[u8]) -> Result<Vec<Hash32>, StoreFault> {
    let rows = store.scan(prefix, usize::MAX)?.into_iter();
    let id = |row: &[u8]| row.get(prefix.len()..).and_then(|id| id.try_into().ok());
    rows.map(|(row, _)| id(&row).map(Hash32::new).ok_or(StoreFault::Damaged)).collect()
}

/// What is kept, once it no longer waits for an answer, or as it stands when patience is over.
///
/// # Errors
/// [`Refused::NotFound`]; faults.
pub(crate) async fn answered<T>(
    load: impl Fn() -> Result<Option<T>, StoreFault>,
    waits: impl Fn(&T) -> bool,
    patience: Duration,
) -> Result<T, Refused> {
    let deadline = Instant::now() + patience;
    loop {
        let record = load()?.ok_or(Refused::NotFound)?;
        if !waits(&record) || Instant::now() >= deadline {
            return Ok(record);
        }
        tokio::time::sleep(LOOK).await;
    }
}
