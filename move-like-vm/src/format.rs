//! The Move binary format, version 6: what a module and a script consist of.
//!
//! # Place      [format] <- decoder, encoder, verifier, loader, assembler, compiler
//! # Invariants decode(encode(m)) == m; a decoded file is no larger in memory than a fixed multiple of
//! #            its bytes; an index here is only a number until the bounds pass has seen it
//! # Absent     meaning: types, abilities and borrowing are the verifier's

pub mod ability;
pub mod address;
pub(crate) mod constant;
pub mod identifier;
pub mod instruction;
pub mod module;
pub mod preorder;
pub mod signature;
pub mod tables;
#[cfg(test)]
mod tests;

pub use ability::{Abilities, Ability};
pub use address::AddressWidth;
pub use identifier::is_identifier;
pub use instruction::Instruction;
pub use module::*;
pub use preorder::Preorder;
pub use signature::{Signature, SignatureToken, StructTypeParameter};
pub use tables::{FunctionView, Tables};
#[cfg(test)]
pub(crate) use tests::sample;
