//! The end of a process waits for threads that still close databases.
//!
//! # Place      `main`, last of all -> [closing] -> `ledger_store::open`
//! # Invariants none: a thread that keeps a database for good does not close it, and is no harm
//! # Absent     closing (each owner's)

use std::{
    thread,
    time::{Duration, Instant},
};

use ledger_store::open;

/// How long it waits.
const PATIENCE: Duration = Duration::from_secs(5);

/// Waits until no database is open; whether none is.
pub(crate) fn wait() -> bool {
    let begun = Instant::now();
    while open::count() > 0 {
        if begun.elapsed() >= PATIENCE {
            return false;
        }
        thread::sleep(Duration::from_millis(1));
    }
    true
}
