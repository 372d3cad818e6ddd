//! Where memory comes from.
//!
//! # Place      start of the process -> [memory]
//! # Absent     how much is kept: the ledger's store bounds what stays in memory

use rustix::thread::disable_transparent_huge_pages;
use tracing::warn;

/// Commands, records and proofs are many small pieces: the system's allocator took a tenth of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Asks the kernel for pages of 4 KiB only. A block's buffers come and go by the megabyte, and each that comes
/// in a page of 2 MiB is cleared as a whole, whatever of it is used: a sixth of a validator's time under load.
pub(crate) fn in_small_pages() {
    if let Err(error) = disable_transparent_huge_pages(true) {
        warn!(%error, "memory.huge_pages: the kernel does not turn them off; the process is slower, and right");
    }
}
