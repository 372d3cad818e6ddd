//! What happened to payments, in one durable order, for core systems that follow it.
//!
//! ```text
//! workflow, inbox -> [feed] one numbered row in the write that makes it true
//! directory, cases -> [news] -> [feed]
//! party view -> news rows -> [follow] -> [feed]      what the other bank and the ledger did
//! ```
//!
//! # Place      payments -> [events] -> `GET /v1/events`: pages, or a stream; `webhooks`
//! # Invariants E1 numbers have no gaps and are never given twice; an event is on disk before it is
//! #            shown; a payment has each status once in each direction
//! # Absent     other matters than payments, their returns, the directory and cases

pub mod feed;
pub(crate) mod follow;
pub mod news;
