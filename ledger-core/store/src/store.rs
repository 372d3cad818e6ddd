//! The one writer: a block is executed, then written as one batch and taken into memory.
//!
//! ```text
//! execute(block)   decide -> memory, and one batch (written behind, not yet on disk)
//! sync()           everything up to the last executed block is on disk: now it may be acknowledged
//! certify(h, ..)   a certificate of the header at h; proofs are cut under it
//! ```
//!
//! # Place      owned by the node's executor
//! # Invariants I8 a header that declares other results than ours ends all service (`Diverged`);
//! #            I9 what was executed is executed once: a block must follow the last one
//! # Absent     rules; when to sync (the node does so before it acknowledges)

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
};

use ledger_core::{
    block::{Header, Results, ValidBlock},
    draft::Records as _,
    execute::{culprits, execute},
    genesis::Genesis,
    id::ChainId,
    quarantine::{QuarantineError, SignedQuarantine},
    record::{Name, Record},
    state::{State, WriteSet},
    time::Height,
};

use crate::{
    batch,
    behind::Work,
    db::{Db, Family},
    error::StoreError,
    kept,
    limits::{MAX_ASIDE, MAX_CERTIFICATE_BYTES, MAX_SMALL_ROW_BYTES},
    memory::Ledger,
    restore::{self, Opened},
    row::{CertificateRow, Meta},
    view::View,
};

/// Executes a block. One that cannot be executed at all is told with the commands that are the reason.
fn executed(state: &State, block: &ValidBlock) -> Result<WriteSet, StoreError> {
    let outcome = catch_unwind(AssertUnwindSafe(|| execute(state, block)));
    outcome.map_err(|_| {
        let header = block.header();
        let (height, digest) = (header.height, header.digest());
        let commands = culprits(state, block);
        tracing::error!(%height, block = %digest, ?commands, "store.stuck");
        StoreError::Stuck { height, block: digest, commands }
    })
}

/// A ledger on disk and in memory, open for writing.
pub struct Store {
    pub(crate) ledger: Arc<Ledger>,
    applied: Header,
    diverged: Option<Height>,
    resumed_cleanly: bool,
    /// What validators set aside of blocks that are to be executed here.
    aside: BTreeMap<Height, Arc<SignedQuarantine>>,
}

impl Store {
    /// Opens the store at `path`, or founds it from genesis when there is nothing.
    ///
    /// # Errors
    /// [`StoreError`]: in use, of another network or schema, damaged, or diverged.
    pub fn open(path: &Path, genesis: &Genesis) -> Result<Self, StoreError> {
        let db = Arc::new(Db::open(path).map_err(|error| restore::refused(path, error))?);
        let expected = genesis.chain_id();
        match restore::network(&db)? {
            None => found(&db, genesis)?,
            Some(found) if found != expected => {
                return Err(StoreError::OtherNetwork { expected, found });
            }
            Some(_) => {}
        }
        let state = existing(&db, &expected)?;
        Self::opened(&db, state)
    }

    /// Opens the store at `path`, of whatever network it is.
    ///
    /// # Errors
    /// As [`Store::open`]; [`StoreError::NotThere`], when there is none.
    pub fn reopen(path: &Path) -> Result<Self, StoreError> {
        if !path.join("CURRENT").is_file() {
            return Err(StoreError::NotThere);
        }
        let db = Arc::new(Db::open(path).map_err(|error| restore::refused(path, error))?);
        let chain = restore::network(&db)?.ok_or(StoreError::NotThere)?;
        let state = existing(&db, &chain)?;
        Self::opened(&db, state)
    }

    fn opened(db: &Db, opened: Opened) -> Result<Self, StoreError> {
        let clean = db.row(Family::Meta, Meta::Clean.key(), MAX_SMALL_ROW_BYTES)?;
        db.put(Family::Meta, Meta::Clean.key(), &false)?;
        let applied = *opened.state.header();
        let pruned = kept::stored(db)?;
        tracing::info!(height = applied.height.get(), clean = ?clean, "store.open");
        Ok(Self {
            ledger: Arc::new(Ledger::writing(opened, pruned)?),
            applied,
            diverged: None,
            resumed_cleanly: clean.unwrap_or(true),
            aside: BTreeMap::new(),
        })
    }

    /// Opens the store at `path` as it is now, for reading only, beside a node that writes it.
    ///
    /// # Errors
    /// [`StoreError`]: nothing there, of another schema, or damaged.
    pub fn open_read_only(path: &Path) -> Result<View, StoreError> {
        let db = Db::open_read_only(path).map_err(|error| restore::refused(path, error))?;
        let db = Arc::new(db);
        let chain = restore::network(&db)?.ok_or(StoreError::NotThere)?;
        let state = restore::state(&db, &chain)?;
        let pruned = kept::stored(&db)?;
        Ok(View::new(Arc::new(Ledger::reading(state, pruned))))
    }

    /// Header of the last executed block.
    #[must_use]
    pub const fn applied(&self) -> Header {
        self.applied
    }

    /// Whether the process before closed the store in order; true for a new one.
    #[must_use]
    pub const fn resumed_cleanly(&self) -> bool {
        self.resumed_cleanly
    }

    /// What headers declare about an executed block; see [`View::results_at`].
    ///
    /// # Errors
    /// [`StoreError`], when the row cannot be read.
    pub fn results_at(&self, height: Height) -> Result<Option<Results>, StoreError> {
        self.view().results_at(height)
    }

    /// Executes the block that follows the last one: everything it changes is one batch.
    ///
    /// The batch is on its way to the operating system, which [`Store::sync`] waits for and brings to disk; a
    /// batch that could not be written is the error of what is asked next. When a block is refused nothing has
    /// changed; after [`StoreError::Rocks`] or [`StoreError::DiskFull`] memory is ahead of the disk, and the
    /// process must be restarted before it executes again.
    ///
    /// # Errors
    /// [`StoreError::NotNext`]; [`StoreError::Diverged`] when the header declares other results
    /// than were computed here, after which the store refuses to execute or open.
    pub fn execute(&mut self, block: &ValidBlock) -> Result<Results, StoreError> {
        self.execute_and(block, |_| ())
    }

    /// As [`Store::execute`], showing what the block changes.
    ///
    /// # Errors
    /// As [`Store::execute`].
    pub fn execute_and(
        &mut self,
        block: &ValidBlock,
        show: impl FnOnce(&WriteSet),
    ) -> Result<Results, StoreError> {
        if let Some(height) = self.diverged {
            return Err(StoreError::Diverged { height });
        }
        let header = block.header();
        self.check_follows(header)?;
        if self.results_at(header.results.height)? != Some(header.results) {
            self.mark_diverged(header.height)?;
            return Err(StoreError::Diverged { height: header.height });
        }
        let aside = self.setting_aside(block)?;
        let block = aside.as_ref().unwrap_or(block);
        let set = self.ledger.execute(|state| executed(state, block))?;
        show(&set);
        let results = set.results;
        self.ledger.take(set)?;
        self.applied = *header;
        Ok(results)
    }

    /// Learns what validators set aside of blocks (D13). Signatures are checked with the block, by the
    /// committee that certifies it.
    ///
    /// # Errors
    /// [`StoreError::NotSetAside`] for a block that was executed otherwise; [`StoreError::Aside`] for
    /// more than [`MAX_ASIDE`], or two of one block.
    pub fn set_aside(&mut self, all: Vec<SignedQuarantine>) -> Result<(), StoreError> {
        for aside in all {
            let height = aside.value.height;
            if height <= self.applied.height {
                let name = Name::Quarantine(height);
                let found = self.ledger.read(|memory| memory.state.record(&name).cloned())?;
                let same =
                    matches!(found, Some(Record::Quarantine(known)) if known.value == aside.value);
                if !same {
                    return Err(StoreError::NotSetAside { height });
                }
            } else if self.aside.len() >= MAX_ASIDE || self.aside.contains_key(&height) {
                return Err(StoreError::Aside { height, error: QuarantineError::Different });
            } else {
                self.aside.insert(height, Arc::new(aside));
            }
        }
        Ok(())
    }

    /// A block as its validators set commands of it aside, if they did.
    fn setting_aside(&self, block: &ValidBlock) -> Result<Option<ValidBlock>, StoreError> {
        let height = block.header().height;
        let Some(aside) = self.aside.get(&height) else { return Ok(None) };
        let committee = self.view().committee()?;
        let committee = committee.from(height).unwrap_or(committee);
        let block = block.setting_aside(Arc::clone(aside), &committee);
        let block = block.map_err(|error| StoreError::Aside { height, error })?;
        tracing::warn!(%height, commands = ?aside.value.commands, "store.quarantined");
        Ok(Some(block))
    }

    /// Takes in a block whose changes are not those of its commands, for measurements on states that
    /// commands would take hours to reach.
    ///
    /// # Errors
    /// [`StoreError`], when it cannot be written.
    #[cfg(feature = "testing")]
    pub fn plant(&mut self, make: impl FnOnce(&State) -> WriteSet) -> Result<(), StoreError> {
        let set = self.ledger.execute(|state| Ok(make(state)))?;
        let header = set.header;
        self.ledger.take(set)?;
        self.applied = header;
        Ok(())
    }

    /// Brings every executed block to disk, and says up to which height.
    ///
    /// # Errors
    /// [`StoreError`]: nothing executed since the last sync may be acknowledged.
    pub fn sync(&self) -> Result<Height, StoreError> {
        self.ledger.db()?.sync()?;
        Ok(self.applied.height)
    }

    /// As [`Store::sync`], without waiting: `done` is called by another thread.
    ///
    /// # Errors
    /// [`StoreError`]: something was not written; `done` is not called.
    pub fn sync_then(
        &self,
        done: impl FnOnce(Result<(), StoreError>) + Send + 'static,
    ) -> Result<(), StoreError> {
        self.ledger.behind.hand(Work::Sync(Box::new(done)))
    }

    /// Keeps a certificate of the header at `height`, which must have been executed.
    ///
    /// # Errors
    /// [`StoreError::Ahead`], [`StoreError::CertificateTooLong`].
    pub fn certify(&self, height: Height, certificate: &[u8]) -> Result<(), StoreError> {
        if certificate.len() > MAX_CERTIFICATE_BYTES {
            let (found, limit) = (certificate.len(), MAX_CERTIFICATE_BYTES);
            return Err(StoreError::CertificateTooLong { found, limit });
        }
        let applied = self.applied.height;
        if height > applied {
            return Err(StoreError::Ahead { asked: height, applied });
        }
        let header = self.view().header(height)?.ok_or(StoreError::Damaged { what: "blocks" })?;
        let row = CertificateRow { header, certificate: certificate.to_vec() };
        self.ledger.behind.hand(Work::Certificate(height, Box::new(row)))
    }

    /// Records, on disk, that a finalized header declared other results than were computed here:
    /// the store is not opened again.
    ///
    /// # Errors
    /// [`StoreError`], when it cannot be written; the process must end all the same.
    pub fn mark_diverged(&mut self, height: Height) -> Result<(), StoreError> {
        self.diverged = Some(height);
        tracing::error!(height = height.get(), "store.diverged");
        let db = self.ledger.db()?;
        db.put(Family::Meta, Meta::Diverged.key(), &height)?;
        db.sync()
    }

    /// A handle for reading, for any number of threads.
    #[must_use]
    pub fn view(&self) -> View {
        View::new(Arc::clone(&self.ledger))
    }

    /// Writes every table anew, so that the store takes no more room than what it holds; takes as
    /// long as reading and writing all of it.
    ///
    /// # Errors
    /// [`StoreError`]: a write failed; nothing is lost by it.
    pub fn compact(&self) -> Result<(), StoreError> {
        self.ledger.db()?.compact()
    }

    /// Closes the store in order. The directory is free when the last [`View`] is dropped too.
    ///
    /// # Errors
    /// [`StoreError`]: the tail may be missing from disk and will be executed again.
    pub fn close(self) -> Result<(), StoreError> {
        let db = self.ledger.db()?;
        db.put(Family::Meta, Meta::Clean.key(), &true)?;
        db.sync()
    }

    fn check_follows(&self, header: &Header) -> Result<(), StoreError> {
        let applied = &self.applied;
        let follows = header.height == applied.height.next()
            && header.parent == applied.digest()
            && header.chain == applied.chain;
        if follows {
            return Ok(());
        }
        Err(StoreError::NotNext { applied: applied.height, found: header.height })
    }
}

/// The state of a store that holds one, brought to this binary's schema.
fn existing(db: &Arc<Db>, chain: &ChainId) -> Result<Opened, StoreError> {
    if let Some(height) = restore::diverged(db)? {
        return Err(StoreError::Diverged { height });
    }
    let state = restore::state(db, chain)?;
    restore::migrated(db)?;
    Ok(state)
}

/// Writes a network before its first block.
fn found(db: &Db, genesis: &Genesis) -> Result<(), StoreError> {
    let (_, set) = State::genesis(genesis).map_err(StoreError::Genesis)?;
    db.write(batch::of_genesis(db, genesis, &set)?)?;
    db.sync()
}
