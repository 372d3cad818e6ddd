//! `florin move disasm`: a binary as text.
//!
//! # Place      file -> [disassembly] -> a person
//! # Invariants the text assembles to the binary that it came from
//! # Absent     names of locals: binaries have none

use move_assembler::{disassemble, disassemble_script};
use move_like_vm::decode;
use move_like_vm::fault::Fault;
use move_like_vm::format::AddressWidth;

use crate::binary::{Kind, kind};

/// The text of a module or script. Indices that lead nowhere are shown as they are.
pub fn text(bytes: &[u8], addresses: AddressWidth) -> Result<String, Fault> {
    match kind(bytes) {
        Kind::Module => Ok(disassemble(&decode::module_with(bytes, addresses)?)),
        Kind::Script => Ok(disassemble_script(&decode::script_with(bytes, addresses)?)),
    }
}
