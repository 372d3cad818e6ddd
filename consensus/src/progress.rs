//! How far this node is: a board that the executor writes and everyone else watches.
//!
//! # Place      executor -> [progress] -> application (what to declare, when to vote), node status
//! # Invariants a height is on the board only after the pool forgot its commands
//! # Absent     durability: the board may show a height that is executed and not yet synced

use commonware_utils::channel::watch;
use ledger_core::{block::Header, time::Height};

/// What the executor has reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Highest height known to be finalized, executed or not.
    pub finalized: Height,
    /// Highest executed height.
    pub applied: Height,
    /// Highest executed height that held commands, as far as known since the start.
    pub busy: Height,
    /// S of the last executed header: everything up to it is settled.
    pub proven: Height,
}

/// The board.
#[derive(Clone, Debug)]
pub struct Board(watch::Sender<Progress>);

impl Default for Board {
    fn default() -> Self {
        Self(watch::Sender::new(Progress::default()))
    }
}

impl Board {
    /// What stands on it.
    #[must_use]
    pub fn now(&self) -> Progress {
        *self.0.borrow()
    }

    /// Wakes up on every change from now on.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Progress> {
        self.0.subscribe()
    }

    /// Notes an executed block.
    pub(crate) fn applied(&self, header: &Header, busy: bool) {
        self.0.send_modify(|progress| {
            progress.applied = header.height;
            progress.finalized = progress.finalized.max(header.height);
            progress.proven = header.results.height;
            if busy {
                progress.busy = header.height;
            }
        });
    }

    /// Notes a finalized height.
    pub(crate) fn finalized(&self, height: Height) {
        self.0.send_if_modified(|progress| {
            let news = height > progress.finalized;
            progress.finalized = progress.finalized.max(height);
            news
        });
    }

    /// Waits until `height` is executed. Never answers when that never happens.
    pub(crate) async fn reached(&self, height: Height) {
        let mut watch = self.watch();
        // The sender lives in `self`, so this cannot fail.
        let _ = watch.wait_for(|progress| progress.applied >= height).await;
    }
}
