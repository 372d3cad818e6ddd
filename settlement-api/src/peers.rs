//! Asking another member's gateway: a signed question in a sealed parcel, the answer signed in another.
//!
//! # Place      payments, recalls, quotes, checks of accounts -> [peers] -> the other gateway's inbox
//! # Invariants an answer counts only where a settlement key of the member that was asked signed it
//! # Absent     when to ask again, and whether an answer is about what was asked (the callers')

use std::time::Duration;

use ledger_core::{
    authority::Role,
    codec::encode,
    digest::Hash32,
    id::{LegId, Lei},
    signature::{Signed, Statement},
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::Instant;

use crate::{
    client::{ClientError, ClientRequest},
    gateway::{Gateway, GatewayFault},
    ledger_port::BCS,
    payments::delivery::{Parcel, ParcelError},
    port::{KeyValue, StoreFault},
    refused::Refused,
};

/// Pause between two looks at what is kept.
const LOOK: Duration = Duration::from_millis(20);

/// Why another bank's answer cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    #[error("the bank that is asked is not in the directory")]
    NoEntry,
    #[error("sealing: {0}")]
    Parcel(#[from] ParcelError),
    #[error("{0}")]
    Fault(#[from] GatewayFault),
    #[error("{0}")]
    Client(#[from] ClientError),
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
    let url = format!("{}{path}", entry.endpoint.get());
    let answer = gateway.peers.send(ClientRequest::post(url, BCS, encode(&parcel))).await?;
    if !answer.is_success() {
        return Err(AskError::Status(answer.status));
    }
    let parcel = Parcel::from_bytes(&answer.body)?;
    let answer: Signed<A> = parcel.unpack(&gateway.keys.encryption)?;
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
