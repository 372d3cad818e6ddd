//! A text for every module and script of the binary format, and back.
//!
//! # Place      text <-> [move-assembler] <-> modules and scripts of `move-like-vm`
//! # Invariants assemble(disassemble(m)) == m for every module that decodes
//! # Absent     meaning: what the text says is written down, and the verifier judges it
