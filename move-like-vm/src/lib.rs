//! A machine for Move bytecode that knows values, resources and gas, and nothing of the bank.
//!
//! # Place      ledger-core -> [move-like-vm]; no other crate of the workspace is reachable from here
//! # Invariants none yet: the crate is empty, and `ledger-core` does not call it
//! # Absent     everything; what follows is planned
//!
//! Planned, in this order:
//!
//! - a bounded decoder for the Move binary format, version 6;
//! - a verifier, one file per pass, that accepts only programs which can neither copy nor lose a
//!   resource;
//! - an interpreter that charges gas, bounds depth and memory, and reads resources through a trait
//!   that the caller implements;
//! - a compiler for a subset of the Move source language, and a tool that runs tests written in it.
//!
//! Absent on purpose, also then: clock, randomness, I/O, floating point, and any idea of currency,
//! account or member. Token value stays with the caller; a contract holds claims on it
//! (`docs/adr/0007-vm-scope.md`).
