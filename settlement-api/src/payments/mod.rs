//! Payments: from a message or a JSON request to a settled leg with its receipt.
//!
//! ```text
//! intake (parse, agents, accounts, amount, day) -> waits for its day -> gate -> Hold on the ledger
//!     -> delivery to the beneficiary bank, sealed -> its person's review, where it wants one (PDNG)
//!     -> its signed acceptance
//!     -> Post on the ledger -> settled, proved          (ACSC)
//!     -> or: no money -> offered all the same -> Enqueue -> its place -> settled when money came
//!     -> or: refused, rejected, unanswered -> Void -> RJCT, money back
//! ```
//!
//! # Place      core bank -> [payments] -> outbox -> ledger port
//! # Invariants I9 a payment is on disk before it is acknowledged and driven on after any crash
//! # Absent     recalls and returns (`exceptions`), files (`files`); quotes (planned)

pub mod address;
pub mod advice;
pub mod before;
pub mod delivery;
pub mod details;
pub mod evidence;
pub mod inbox;
pub mod intake;
pub mod message;
pub mod notification;
mod offer;
pub mod queue;
pub mod record;
pub mod report;
pub mod request;
pub mod review;
pub mod simulation;
pub mod value_date;
pub mod waiting;
pub mod workflow;
