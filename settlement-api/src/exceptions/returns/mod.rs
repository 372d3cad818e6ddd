//! Returns without a recall: a bank that was paid gives the money back of its own accord.
//!
//! ```text
//! the bank that was paid                                        the bank that paid
//! POST .../return -> [desk] proposed, another client approves
//!                    Return on the ledger, proved
//!                    [telling] -- sealed, again until taken -->  [telling] its own receipts prove it,
//!                              <-- sealed, signed --             the pacs.004 is kept and shown
//! ```
//!
//! # Place      core bank -> [returns] -> `giving_back`; the other bank's gateway -> [returns] -> core bank
//! # Invariants X4 money leaves on two clients' word; X10 who gets it back believes what the command in
//! #            its own receipts commits to, and nothing else
//! # Absent     returns of parts; charges

pub mod desk;
pub mod record;
pub mod report;
pub mod telling;
mod wanted;

use std::sync::Arc;

pub use wanted::ReturnInput;

use crate::{gateway::Gateway, port::StoreFault};

/// Drives every return on that has not come to its end.
///
/// # Errors
/// [`StoreFault`].
pub(super) fn resume(gateway: &Arc<Gateway>) -> Result<(), StoreFault> {
    for record in record::OwnReturn::unfinished(gateway.store.as_ref())? {
        desk::start(gateway, record);
    }
    Ok(())
}
