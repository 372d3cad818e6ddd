//! Blocks on their way to the disk: one thread writes them, in order, while the next is executed.
//!
//! ```text
//! memory takes a block --> [Behind], a queue --> [Writer], a thread --> database
//!                              |
//!                              +-- what the newest blocks changed, until it is written
//! ```
//!
//! # Place      memory -> [behind] -> `db`
//! # Invariants rows are written in the order of blocks, and none after one that failed; who asks for rows
//! #            finds those of every block that memory had when it asked
//! # Absent     what a block's rows are (see `batch`), bringing them to disk unasked

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
};

use ledger_core::{
    state::{Page, Source, WriteSet},
    time::Height,
};

use crate::{
    batch,
    db::{Db, Family},
    error::StoreError,
    key,
    limits::BLOCKS_BEHIND,
    row::CertificateRow,
    slot_row,
};

/// Told when everything handed over before is on disk, or why it is not.
pub(crate) type Done = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// What is to be written.
pub(crate) enum Work {
    /// Everything that a block changed.
    Block(Arc<WriteSet>),
    /// The certificate of a header that was handed over before.
    Certificate(Height, Box<CertificateRow>),
    /// Nothing more; what was written has to be on disk.
    Sync(Done),
}

#[derive(Default)]
struct Queue {
    works: VecDeque<Work>,
    /// Blocks whose rows are not all written, oldest first.
    blocks: VecDeque<Arc<WriteSet>>,
    /// How often rows were handed over, and how often written.
    handed: u64,
    written: u64,
    /// Why nothing is written any more.
    failed: Option<StoreError>,
    closed: bool,
}

/// A database and what is on its way there.
pub(crate) struct Behind {
    db: Arc<Db>,
    queue: Mutex<Queue>,
    moved: Condvar,
}

impl Behind {
    /// Nothing on its way.
    pub(crate) fn new(db: Arc<Db>) -> Self {
        Self { db, queue: Mutex::default(), moved: Condvar::new() }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_while(
        &self,
        condition: impl FnMut(&mut Queue) -> bool,
    ) -> Result<MutexGuard<'_, Queue>, StoreError> {
        let waited = self.moved.wait_while(self.queue(), condition);
        let queue = waited.unwrap_or_else(PoisonError::into_inner);
        queue.failed.clone().map_or(Ok(queue), Err)
    }

    /// The database, with every row that was handed over until now: waits until they are written.
    pub(crate) fn db(&self) -> Result<&Db, StoreError> {
        let until = self.queue().handed;
        drop(self.wait_while(|queue| queue.written < until && queue.failed.is_none())?);
        Ok(&self.db)
    }

    /// The database without what is on its way: for rows of a block that [`Behind::newest`] did not find,
    /// which is written then, or was never handed over.
    pub(crate) fn written(&self) -> &Db {
        &self.db
    }

    /// Waits until another block may be handed over.
    pub(crate) fn wait_for_room(&self) -> Result<(), StoreError> {
        self.wait_while(|queue| queue.blocks.len() >= BLOCKS_BEHIND && queue.failed.is_none())
            .map(drop)
    }

    /// Hands something over. It is written after everything before it, or never.
    pub(crate) fn hand(&self, work: Work) -> Result<(), StoreError> {
        let mut queue = self.wait_while(|_| false)?;
        match &work {
            Work::Block(set) => queue.blocks.push_back(Arc::clone(set)),
            Work::Certificate(..) | Work::Sync(_) => {}
        }
        if !matches!(work, Work::Sync(_)) {
            queue.handed = queue.handed.saturating_add(1);
        }
        queue.works.push_back(work);
        self.moved.notify_all();
        Ok(())
    }

    /// What the newest blocks say that are not written yet, the newest first.
    pub(crate) fn newest<T>(&self, find: impl FnMut(&Arc<WriteSet>) -> Option<T>) -> Option<T> {
        self.queue().blocks.iter().rev().find_map(find)
    }

    fn work(&self, work: Work) -> Result<(), StoreError> {
        match work {
            Work::Block(set) => self.db.write(batch::of_block(&self.db, &set)?),
            Work::Certificate(height, row) => {
                self.db.put(Family::Certificates, &key::height(height), row.as_ref())
            }
            Work::Sync(done) => {
                let synced = self.db.sync();
                done(synced.clone());
                synced
            }
        }
    }

    /// Writes until it is closed and nothing is left.
    fn run(&self) {
        loop {
            let idle = |queue: &mut Queue| queue.works.is_empty() && !queue.closed;
            let waited = self.moved.wait_while(self.queue(), idle);
            let mut queue = waited.unwrap_or_else(PoisonError::into_inner);
            let Some(work) = queue.works.pop_front() else { return };
            if let Some(failed) = queue.failed.clone() {
                drop(queue);
                if let Work::Sync(done) = work {
                    done(Err(failed));
                }
                continue;
            }
            drop(queue);
            let of_block = matches!(work, Work::Block(_));
            let of_rows = !matches!(work, Work::Sync(_));
            let worked = catch_unwind(AssertUnwindSafe(|| self.work(work)));
            let worked = worked.unwrap_or(Err(StoreError::Poisoned));
            let mut queue = self.queue();
            let mut taken = None;
            match worked {
                Ok(()) => {
                    queue.written = queue.written.saturating_add(u64::from(of_rows));
                    taken = of_block.then(|| queue.blocks.pop_front());
                }
                Err(error) => {
                    tracing::error!(%error, "store.writer");
                    queue.failed = Some(error);
                }
            }
            self.moved.notify_all();
            drop(queue);
            // What a block changed takes a while to be let go of.
            drop(taken);
        }
    }

    fn close(&self) {
        self.queue().closed = true;
        self.moved.notify_all();
    }

    #[cfg(test)]
    pub(crate) fn fail(&self, error: StoreError) {
        self.queue().failed = Some(error);
        self.moved.notify_all();
    }
}

/// Slots that are not in memory: also those that were let go of before they were written.
impl Source for Behind {
    fn page(&self, slot: u64) -> Option<Page> {
        let of_set = |set: &Arc<WriteSet>| set.slots().contains_key(&slot).then(|| Arc::clone(set));
        if let Some(set) = self.newest(of_set) {
            let (_, stored, edges, _) = set.pages().find(|(found, ..)| *found == slot)?;
            return Some(Page { stored: stored.clone(), edges: edges.to_vec() });
        }
        let found = self.db.get(Family::Slots, &key::slot(slot));
        let page = found.and_then(|row| slot_row::page(&row.unwrap_or_default()));
        page.inspect_err(|error| tracing::error!(slot, %error, "store.slot")).ok()
    }
}

/// The thread that writes. When it is dropped everything handed over is written.
pub(crate) struct Writer {
    behind: Arc<Behind>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Begins to write.
    pub(crate) fn start(behind: &Arc<Behind>) -> Result<Self, StoreError> {
        let of_thread = Arc::clone(behind);
        let thread = thread::Builder::new().name("ledger-writer".to_owned());
        let thread = thread.spawn(move || of_thread.run()).map_err(|error| {
            tracing::error!(%error, "store.writer");
            StoreError::Poisoned
        })?;
        Ok(Self { behind: Arc::clone(behind), thread: Some(thread) })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.behind.close();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("store.writer ended by a fault");
        }
    }
}
