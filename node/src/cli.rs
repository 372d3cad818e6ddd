//! The commands of `florin` that run once and end.
//!
//! # Place      a person or a script -> [cli] -> files, a ledger port, a gateway
//! # Invariants only `ui` prints; results go to stdout, everything else to stderr

pub(crate) mod bench;
pub(crate) mod call;
mod child;
pub(crate) mod command;
pub(crate) mod conformance;
pub(crate) mod contract;
pub(crate) mod demo;
pub(crate) mod drill;
pub(crate) mod genesis;
pub(crate) mod input;
pub(crate) mod iso20022;
pub(crate) mod keygen;
mod ledger;
pub(crate) mod member;
pub(crate) mod move_code;
pub(crate) mod netting;
pub(crate) mod network;
pub(crate) mod quarantine;
mod server;
pub(crate) mod sim;
pub(crate) mod snapshot;
mod testbed;
pub(crate) mod token;
pub(crate) mod torture;
pub(crate) mod trust;
pub(crate) mod ui;
pub(crate) mod verify;

use ledger_core::id::Lei;

/// An invented institution's identifier, with its check digits (ISO 7064 MOD 97-10).
fn lei(first_18: &str) -> Option<Lei> {
    (0..98).find_map(|check| Lei::new(&format!("{first_18}{check:02}")))
}
