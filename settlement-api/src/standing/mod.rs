//! Standing orders: the same payment on every day of a plan.
//!
//! ```text
//! POST -> order with the time of its next execution, on disk
//!     -> a day of its plan begins -> a payment of its own (P3, P8) -> the next day
//!     -> cancelled, or its plan is over
//! ```
//!
//! # Place      core bank -> [standing] -> payments::intake
//! # Invariants O1 an execution is one payment, whose UETR is made of order and day; O2 an execution
//! #            ends as made, refused or missed before the next begins
//! # Absent     retries of a rejected execution, amounts that vary, orders on the ledger

pub mod plan;
pub mod record;
pub mod report;
pub mod work;
