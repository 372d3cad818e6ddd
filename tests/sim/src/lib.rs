//! A seeded cluster under faults: validators, clients and what must hold, in one thread.
//!
//! A seed draws everything: how many validators, which of them lie, the weather of their network, when
//! machines lose power and what their disks keep, what clients pay. The validators are the node's own
//! engine over the real ledger; after every block the [`chronicle`] compares and recounts.
//!
//! # Place      `florin sim`, tests -> [florin-sim] -> `consensus::simulation`, ledger-core
//! # Invariants one seed, one outcome: the same state root and the same hash over every event
//! # Absent     RocksDB (the store is in memory, with the same promises), HTTP, wall clocks
#![cfg(feature = "simulation")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a simulation that meets the unexpected shall stop there, and its seed is printed"
)]

/// Whether this bug is planted on this thread.
#[cfg(feature = "planted")]
macro_rules! planted {
    ($bug:ident) => {
        ledger_core::planted::is(ledger_core::planted::Planted::$bug)
    };
}
#[cfg(not(feature = "planted"))]
macro_rules! planted {
    ($bug:ident) => {
        false
    };
}

pub mod affairs;
pub mod books;
pub mod bugs;
pub mod chronicle;
pub mod client;
pub mod cluster;
pub mod founding;
pub mod model;
pub mod office;
pub mod outcome;
pub mod plan;
mod scenario;
mod stack;

pub use outcome::{Options, Outcome, Summary};
pub use scenario::run;
pub use stack::{STACK, on_its_own_stack};
