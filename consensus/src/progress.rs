//! How far this node is: a board that the executor writes and everyone else watches.
//!
//! # Place      executor -> [progress] -> application (what to declare, when to vote), node status
//! # Invariants a height is on the board only after the pool forgot its commands
//! # Absent     durability: the board may show a height that is executed and not yet synced

use commonware_utils::channel::watch;
use ledger_core::{block::Header, genesis::VoteKey, time::Height};

use crate::committee::Seat;

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
    /// Up to here blocks follow each other without pause, since a committee waits for its epoch.
    pub hurry: Height,
}

/// A validator's part in an epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The epoch of the next block.
    pub epoch: u64,
    /// Its part.
    pub seat: Seat,
    /// Vote keys held here that no vote will be cast with any more: they are to be destroyed.
    pub retired: Vec<VoteKey>,
}

/// The board.
#[derive(Clone, Debug)]
pub struct Board {
    progress: watch::Sender<Progress>,
    standing: watch::Sender<Option<Standing>>,
}

impl Default for Board {
    fn default() -> Self {
        let progress = watch::Sender::new(Progress::default());
        Self { progress, standing: watch::Sender::new(None) }
    }
}

impl Board {
    /// What stands on it.
    #[must_use]
    pub fn now(&self) -> Progress {
        *self.progress.borrow()
    }

    /// Watches this validator's part in each epoch; nothing before the first.
    #[must_use]
    pub fn standing(&self) -> watch::Receiver<Option<Standing>> {
        self.standing.subscribe()
    }

    /// Notes the part in an epoch that begins.
    pub(crate) fn stands(&self, standing: Standing) {
        self.standing.send_replace(Some(standing));
    }

    /// Notes up to where blocks follow each other without pause.
    pub(crate) fn hurry(&self, until: Height) {
        self.progress.send_if_modified(|p| std::mem::replace(&mut p.hurry, until) != until);
    }

    /// Wakes up on every change from now on.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// Notes an executed block.
    pub(crate) fn applied(&self, header: &Header, busy: bool) {
        self.progress.send_modify(|progress| {
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
        self.progress.send_if_modified(|progress| {
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
