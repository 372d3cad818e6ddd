//! A compiler for the Move language that emits the binary format of `move-like-vm`.
//!
//! # Place      source files -> [move-compiler] -> modules and scripts of `move-like-vm`
//! # Invariants the verifier accepts what it emits, but for what is left to it (below); the same sources
//! #            give the same bytes; no text makes it panic
//! # Absent     execution; anything of the bank; warnings
//!
//! Left to the verifier, whose fault [`explain`] shows at its line: borrows that are in use, structs
//! that contain themselves, generic functions that call themselves with ever larger types, and the
//! order of a script's parameters.
//!
//! Calls of `inline` functions are replaced by their bodies, with the function values that they are given.
//!
//! `x.f(y)` calls `f` of the module that declares the type of `x`, or of `0x1::vector`; `v[i]` is an element and
//! `S[a]` a resource (ADR 0055).
//!
//! Refused of the language: function values and types elsewhere, `return` in `inline` functions, `use fun`,
//! labels, `match`, enums, macros, `public(package)`, and casts without parentheses.
//! Specifications are skipped. `public(script)` means `public entry`. A body that
//! ends in `abort 1;` or `return x;` needs no value behind the semicolon.
//!
//! The stages, in their order: `lexer`, `parser` (a tree of the source), `declarations` and `names`
//! (what words mean), `typing`, `constants`, `lowering` (blocks of operations), `liveness` (copies,
//! moves, references given back), `availability`, `emit` (tables and source maps).
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

mod ast;
mod availability;
mod compilation;
mod constants;
mod declarations;
pub mod diagnostic;
mod emit;
mod flow;
mod imports;
mod lexer;
pub mod limits;
mod liveness;
mod lowering;
mod names;
mod operands;
mod parser;
mod program;
pub mod source;
pub mod source_map;
mod typing;
pub mod unit_tests;

pub use compilation::{CompiledUnit, Dependency, Options, Tests, Unit, compile};
pub use diagnostic::{Code, Diagnostic, Note};
pub use source::SourceFile;
pub use source_map::{SourceMap, explain, explain_with};
pub use unit_tests::TestCase;

#[cfg(test)]
mod tests;
