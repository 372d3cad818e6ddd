//! Whether the network is halted, as its ledger last proved.
//!
//! # Place      asked before a new payment or order is taken, so that nobody is promised what cannot happen
//! # Invariants what was taken before stays on disk and goes on when the halt is over (I9)
//! # Absent     the decision (`ledger_core::halt`): a gateway that has not heard yet only takes what then waits

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ledger_core::{
    command::Command,
    halt::takes,
    record::{Name, Record},
};

use crate::{gateway::Gateway, refused::Refused};

/// How often the ledger is asked.
const EVERY: Duration = Duration::from_secs(1);

/// What is known of a halt.
#[derive(Debug, Default)]
pub struct HaltWatch(AtomicBool);

impl HaltWatch {
    /// Whether the network was halted when the ledger was asked last.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Refuses a command that a halted network does not take.
    ///
    /// # Errors
    /// [`Refused::LedgerHalted`].
    pub fn check(&self, command: &Command) -> Result<(), Refused> {
        if self.is_on() && !takes(command) { Err(Refused::LedgerHalted) } else { Ok(()) }
    }

    /// Notes what was proved; whether that is news.
    fn note(&self, on: bool) -> bool {
        self.0.swap(on, Ordering::AcqRel) != on
    }
}

/// Asks again and again. What is asked in vain leaves what was known last.
pub(crate) async fn run(gateway: Arc<Gateway>) {
    loop {
        match gateway.ledger.record(&Name::Halt).await {
            Ok(found) => {
                let on = match found {
                    Some((Record::Halt(halt), proved)) => halt.is_on(proved.certified.header.time),
                    _ => false,
                };
                if gateway.halt.note(on) {
                    tracing::warn!(halted = on, "gateway.halt");
                }
                gateway.metrics.halted(on);
            }
            Err(fault) => tracing::debug!(%fault, "gateway.halt"),
        }
        tokio::time::sleep(EVERY).await;
    }
}
