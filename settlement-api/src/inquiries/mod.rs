//! Cases with other banks, on this gateway: the desk's acts, the sealed exchange of letters, and what
//! time makes due. What a case is and who may write what is decided by the crate `interbank`.
//!
//! ```text
//! staff -> server::cases -> [desk] ----.                        .-> anchors
//! other gateway -> [exchange] receive --+-> book -> [change] ---+-> store -> [exchange] due -> deliver
//! clock -> [timer] tick, tasks ---------'     one write each
//! ```
//!
//! # Place      server, gateway -> [inquiries] -> `interbank`, the gateway's store, other gateways
//! # Invariants B1 to B10 of docs/spec/interbank.md; only one change at a time; a letter is sent and a
//! #            receipt given after the write that keeps it; a bank that is no side of a case is told
//! #            nothing of it, nor whether a payment of others is known here
//! # Absent     what follows from a case for its payment (`payments::review`)

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex as StdMutex, PoisonError},
    time::Duration,
};

use ledger_core::{
    authority::Role,
    id::{Lei, PersonId},
    signature::PublicKey,
    time::LedgerTime,
};
use tokio::sync::{Mutex, Notify};

use crate::{directory::Directory, gateway::Gateway, server::Client};

pub(crate) mod change;
pub mod codes;
pub mod contacts;
pub(crate) mod desk;
pub(crate) mod draft;
pub(crate) mod evidence;
pub(crate) mod exchange;
pub(crate) mod investigation;
pub(crate) mod known;
pub mod report;
pub(crate) mod rules;
pub(crate) mod status;
#[cfg(test)]
mod tests;
pub(crate) mod tickets;
pub(crate) mod timer;

/// How often the clock is looked at, and letters that are due again.
const PAUSE: Duration = Duration::from_millis(500);

/// What a gateway's cases share.
#[derive(Default)]
pub struct Inquiries {
    /// Held by whoever changes a case.
    turn: Mutex<()>,
    /// There is something to send or to do.
    news: Notify,
    /// Banks to whom letters are on their way.
    busy: StdMutex<BTreeSet<Lei>>,
}

impl Inquiries {
    /// Has letters sent and tasks done now.
    pub(crate) fn wake(&self) {
        self.news.notify_one();
    }

    /// Whether nobody sends to this bank at the moment: then the caller does.
    fn begin(&self, bank: Lei) -> bool {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).insert(bank)
    }

    fn end(&self, bank: &Lei) {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(bank);
    }
}

/// Which keys speak for whom, as the ledger's directory says.
pub(crate) struct Speakers<'a>(pub(crate) &'a Directory);

impl interbank::message::Keys for Speakers<'_> {
    fn speaks_for(&self, key: &PublicKey, member: &Lei) -> bool {
        self.0.member(member).is_some_and(|entry| {
            entry.keys.iter().any(|one| one.key == *key && one.role == Role::Settlement)
        })
    }
}

/// The person behind a client: clients of one name are one person.
pub(crate) fn person(client: &Client) -> PersonId {
    let name = ledger_core::digest::Domain::Content.hash_of(&("client", &client.name));
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(name.get()).for_each(|(to, from)| *to = *from);
    PersonId::new(bytes)
}

/// Sends what is due and does what time asks for, for ever.
pub(crate) async fn run(gateway: Arc<Gateway>) {
    loop {
        let now = LedgerTime::new(Gateway::now_ms());
        if let Err(fault) = timer::work(&gateway, now).await {
            tracing::warn!(%fault, "inquiries.timer");
        }
        // Whose endpoints are not known yet cannot be written to.
        if gateway.directory.is_read() {
            match exchange::due(&gateway, now).await {
                Ok(due) => send(&gateway, due),
                Err(fault) => tracing::warn!(%fault, "inquiries.due"),
            }
        }
        let _ = tokio::time::timeout(PAUSE, gateway.inquiries.news.notified()).await;
    }
}

/// Sends letters to every bank at its own pace: one that is down delays nobody else's.
fn send(gateway: &Arc<Gateway>, due: Vec<exchange::Due>) {
    for due in due {
        if !gateway.inquiries.begin(due.to) {
            // They are due again in a moment.
            continue;
        }
        let gateway = Arc::clone(gateway);
        tokio::spawn(async move {
            exchange::deliver_all(&gateway, &due).await;
            gateway.inquiries.end(&due.to);
        });
    }
}
