//! Files of payments: a customer's pain.001, each order a payment of its own, answered by pain.002.
//!
//! ```text
//! POST pain.001 -> judged as a whole -> file and orders on disk (202)
//!     -> at most 64 payments on their way at a time, others wait for the file's day
//!     -> each ends -> file done
//! ```
//!
//! # Place      core bank -> [files] -> payments::intake
//! # Invariants F1 a file is taken whole or not at all; F2 its orders are payments by (MsgId,
//! #            EndToEndId), so a file that is sent again, or driven on after a crash, pays nothing
//! #            twice
//! # Absent     several batches in one message, orders by cheque (refused), bulks on the
//! #            ledger (each order is held and delivered alone)

pub mod intake;
pub mod record;
pub mod report;
mod work;

use std::sync::Arc;

use crate::{gateway::Gateway, port::StoreFault};

/// Drives every file on that is not done.
///
/// # Errors
/// [`StoreFault`].
pub(crate) fn resume(gateway: &Arc<Gateway>) -> Result<(), StoreFault> {
    for file in record::unfinished(gateway.store.as_ref())? {
        work::start(gateway, file);
    }
    Ok(())
}
