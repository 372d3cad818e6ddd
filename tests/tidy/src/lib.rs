//! Reads the checkout, so that properties of the repository can be tests.
//!
//! # Place      beside the product; `cargo t` runs `tests/*.rs` of this crate, one claim per test
//! # Invariants a claim names the file and line that breaks it, and how to make it true
//! # Absent     dependencies; network; a list of files that somebody must remember to extend
//!
//! The claims live in `tests/`: `boundaries` (who may depend on whom), `names`, `sizes` (a ratchet),
//! `words` (what no source may contain), `links`, `rules` (every enforced rule of the specification
//! has a test), `manifests` and `operations` (alerts, dashboard and runbooks name what exists).

pub mod checkout;
pub mod dependency;
pub mod function;
pub mod lexing;
pub mod manifest;
pub mod markdown;
pub mod promql;
pub mod ratchet;
pub mod rule;
pub mod testcode;
