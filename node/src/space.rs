//! Room on the disk: a validator takes no commands while there is little, and goes on by itself.
//!
//! What other validators order must still be executed and kept; the floor is the room for that while
//! somebody makes more. When even that is used up the process stops, and starts again once there is
//! room.
//!
//! # Place      the file system -> [space] -> pipeline (submission), ledger port (`/readyz`, metrics)
//! # Invariants asks, never writes; a file system that does not answer is not taken for a full one

use std::path::PathBuf;

use serde::Deserialize;

/// Free megabytes below which no commands are taken, if the configuration does not say.
const MIN_FREE_MIB: u64 = 512;
const MIB: u64 = 1 << 20;

/// `[storage]`: how much room there must be.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Storage {
    /// Free mebibytes below which no commands are taken; 512 if not given, 0 for never.
    #[serde(default = "min_free_mib")]
    min_free_mib: u64,
}

impl Default for Storage {
    fn default() -> Self {
        Self { min_free_mib: MIN_FREE_MIB }
    }
}

const fn min_free_mib() -> u64 {
    MIN_FREE_MIB
}

/// The room below a folder.
#[derive(Clone, Debug)]
pub(crate) struct Space {
    folder: PathBuf,
    floor: u64,
}

impl Space {
    /// The room for a process's data.
    pub(crate) const fn new(folder: PathBuf, storage: Storage) -> Self {
        Self { folder, floor: storage.min_free_mib.saturating_mul(MIB) }
    }

    /// Bytes that this process may still write; `None` when the file system does not say.
    pub(crate) fn free(&self) -> Option<u64> {
        let found = rustix::fs::statvfs(&self.folder).ok()?;
        Some(found.f_bavail.saturating_mul(found.f_frsize))
    }

    /// Whether there is too little to take commands.
    pub(crate) fn is_low(&self) -> bool {
        self.free().is_some_and(|free| free < self.floor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_low_below_the_floor_and_unknown_where_nothing_answers() {
        let folder = tempfile::tempdir().unwrap();
        let with = |mib| Space::new(folder.path().to_path_buf(), Storage { min_free_mib: mib });
        assert!(with(1).free() > Some(0));
        assert!(!with(0).is_low());
        assert!(with(u64::MAX).is_low());
        let gone = Space::new(folder.path().join("gone"), Storage { min_free_mib: u64::MAX });
        assert_eq!((gone.free(), gone.is_low()), (None, false));
    }
}
