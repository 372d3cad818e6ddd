//! A machine for Move bytecode that knows values, resources and gas, and nothing of the bank.
//!
//! # Place      ledger-core -> [move-like-vm]; no other crate of the workspace is reachable from here
//! # Invariants bytes from outside cannot panic, loop or allocate beyond their size; code that was
//! #            accepted can neither copy nor lose a resource; the same call gives the same result
//! #            everywhere
//! # Absent     clock, randomness, I/O, floating point, and any idea of currency, account or member:
//! #            token value stays with the caller, a contract holds claims on it
//! #            (`docs/adr/0007-vm-scope.md`)
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::float_arithmetic
    )
)]

pub mod decode;
pub mod encode;
pub mod fault;
pub mod format;
pub mod limits;
pub mod runtime;
pub mod status;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod verify;
