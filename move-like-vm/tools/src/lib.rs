//! What the command `florin move` does, as functions: files and options in, values with a text and a
//! JSON form out.
//!
//! # Place      node's command line -> [move-tools] -> assembler, verifier and machine
//! # Invariants no file can end a tool: what cannot be read is a line of the result; the same files give
//! #            the same result
//! # Absent     printing and exit codes: they are the command line's
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

pub mod binary;
pub mod cases;
pub mod conservation;
pub mod disassembly;
pub mod guard;
pub mod module_files;
pub mod naming;
pub mod package;
pub mod profile;
pub mod publication;
pub mod verification;
