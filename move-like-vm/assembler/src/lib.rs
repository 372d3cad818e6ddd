//! A text for every module and script of the binary format, and back.
//!
//! # Place      text <-> [move-assembler] <-> modules and scripts of `move-like-vm`
//! # Invariants assemble(disassemble(m)) == m for every module that decodes; no text panics
//! # Absent     meaning: what the text says is written down, and the verifier judges it
//!
//! A text reads like Move: structs and functions with their types, then one instruction per line, with
//! a label where a branch lands. Behind the code stands `tables { .. }`, which fixes the order of the
//! tables of the binary. Two rules make the text exact:
//!
//! - a name, a path, a list of types or a constant means the **first** entry of its table that has it,
//!   and `#n` means the entry `n`, be it there or not;
//! - what the code names and the tables lack is appended to them in the order of its use. So a text
//!   written by hand needs tables only for what it takes from other modules.
//!
//! ```
//! let text = "
//! module 0x1::counter
//! struct Counter has key { value: u64 }
//! public fun increase(counter: &mut Counter) {
//!     move_loc counter
//!     mut_borrow_field Counter.value
//!     call add_one
//!     ret
//! }
//! native fun add_one(value: &mut u64)
//! ";
//! let module = move_assembler::assemble(text).expect("it is complete");
//! let again = move_assembler::disassemble(&module);
//! assert_eq!(move_assembler::assemble(&again), Ok(module));
//! ```
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

mod assemble;
pub mod diagnostic;
mod lexer;
mod mnemonic;
mod names;
mod parse;
mod syntax;
mod write;

pub use diagnostic::{Diagnostic, Problem};

use move_like_vm::format::{CompiledModule, CompiledScript};

/// What a text holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A module.
    Module(CompiledModule),
    /// A script.
    Script(CompiledScript),
}

/// The text of a module.
pub fn disassemble(module: &CompiledModule) -> String {
    write::module(module)
}

/// The text of a script.
pub fn disassemble_script(script: &CompiledScript) -> String {
    write::script(script)
}

/// The module or script that a text describes, or everything that is wrong with the text.
pub fn assemble_unit(text: &str) -> Result<Unit, Vec<Diagnostic>> {
    assemble::unit(&parse::text(text)?)
}

/// The module that a text describes.
pub fn assemble(text: &str) -> Result<CompiledModule, Vec<Diagnostic>> {
    match assemble_unit(text)? {
        Unit::Module(module) => Ok(module),
        Unit::Script(_) => Err(vec![Diagnostic::at_start(Problem::NotAModule)]),
    }
}

/// The script that a text describes.
pub fn assemble_script(text: &str) -> Result<CompiledScript, Vec<Diagnostic>> {
    match assemble_unit(text)? {
        Unit::Script(script) => Ok(script),
        Unit::Module(_) => Err(vec![Diagnostic::at_start(Problem::NotAScript)]),
    }
}

#[cfg(test)]
mod tests;
