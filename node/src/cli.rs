//! The commands of `florin` that run once and end.
//!
//! # Place      a person or a script -> [cli] -> files, a ledger port, a gateway
//! # Invariants only `ui` prints; results go to stdout, everything else to stderr

pub(crate) mod call;
pub(crate) mod command;
pub(crate) mod demo;
pub(crate) mod genesis;
pub(crate) mod input;
pub(crate) mod keygen;
pub(crate) mod netting;
pub(crate) mod ui;
pub(crate) mod verify;
