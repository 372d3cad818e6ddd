//! A world in which validators run on virtual time, networks and disks.
//!
//! Each validator is the node's own engine on a [`Machine`]: a clock that may be wrong, a disk that
//! keeps what was synced and parts of what was not, a network card whose links are slow, held or cut.
//! One seed decides everything, so that the same seed gives the same world.
//!
//! # Place      tests/sim -> [simulation] -> engine, on the deterministic runtime
//! # Invariants one seed, one history; a machine without power neither reads nor writes nor sends
//! # Absent     what the ledger means, what must hold (tests/sim); built with the feature `simulation`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a simulation that meets the unexpected shall stop there"
)]

pub mod adversary;
mod checker;
mod dice;
mod disk;
mod host;
mod wires;
mod world;

pub use checker::Checker;
pub use dice::Dice;
pub use disk::Disk;
pub use wires::{Cut, Link, Wires};
pub use world::{Adversary, Machine, Power, Validator, World, address, simulate};
