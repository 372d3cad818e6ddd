//! A compiler for the Move language that emits the binary format of `move-like-vm`.
//!
//! # Place      source files -> [move-compiler] -> modules and scripts of `move-like-vm`
//! # Invariants the verifier accepts what it emits; the same sources give the same bytes
//! # Absent     execution; anything of the bank
