//! What is kept of earlier blocks, and where a list's kept entries begin.
//!
//! The mark is looked at after the rows were read: it is set before a row is deleted, so a reader
//! beside a deletion is told, and never takes what is left for everything there was.
//!
//! # Place      the part of [`View`] that its other parts ask before they answer
//! # Invariants what is not kept is an error that says so, never an empty answer
//! # Absent     deleting (see `prune`)

use ledger_core::{journal::LogName, time::Height};

use crate::{
    db::Family,
    error::StoreError,
    key,
    limits::{MAX_BASE_BYTES, MAX_SMALL_ROW_BYTES},
    row::{BaseRow, Meta, PrunedRow},
    view::View,
};

impl View {
    /// From which block on receipts and entries of lists are kept; genesis, when all are.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`].
    pub fn kept_from(&self) -> Result<Height, StoreError> {
        Ok(self.pruned()?.map_or(Height::new(0), |pruned| pruned.below))
    }

    /// What is not kept.
    pub(crate) fn pruned(&self) -> Result<Option<PrunedRow>, StoreError> {
        Ok(self.ledger.memory()?.pruned)
    }

    /// Refuses what begins below the first block that is kept.
    pub(crate) fn check_kept(&self, first: Height) -> Result<(), StoreError> {
        let below = self.kept_from()?;
        if first < below { Err(StoreError::Pruned { below }) } else { Ok(()) }
    }

    /// Refuses to take an id that is not found for one that never was, where ids of earlier blocks
    /// are not kept.
    pub(crate) fn check_named(&self) -> Result<(), StoreError> {
        match self.pruned()? {
            Some(PrunedRow { named, .. }) if named > Height::new(0) => {
                Err(StoreError::Pruned { below: named })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// What stands before a list's first kept entry, when not all are kept.
    pub(crate) fn base(&self, log: &LogName) -> Result<Option<BaseRow>, StoreError> {
        if self.pruned()?.is_none() {
            return Ok(None);
        }
        let base: Option<BaseRow> =
            self.ledger.db()?.row(Family::Logs, &key::base(log), MAX_BASE_BYTES)?;
        if base.as_ref().is_some_and(|base| !base.edge.is_well_formed()) {
            return Err(StoreError::Damaged { what: "logs" });
        }
        Ok(base)
    }
}

/// What a store says it does not keep.
pub(crate) fn stored(db: &crate::db::Db) -> Result<Option<PrunedRow>, StoreError> {
    db.row(Family::Meta, Meta::Pruned.key(), MAX_SMALL_ROW_BYTES)
}
