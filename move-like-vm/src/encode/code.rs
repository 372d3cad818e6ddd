//! Functions and their instructions.

use super::tables::since_version_6;
use super::writer::Writer;
use crate::fault::Fault;
use crate::format::{CodeUnit, FunctionDefinition, Instruction, Visibility};
use crate::limits;

const NATIVE: u8 = 0x2;
const ENTRY: u8 = 0x4;

pub(super) fn function_definition(
    writer: &mut Writer,
    definition: &FunctionDefinition,
    version: u32,
) -> Result<(), Fault> {
    writer.index(definition.handle.0)?;
    writer.byte(match definition.visibility {
        Visibility::Private => 0x0,
        Visibility::Public => 0x1,
        Visibility::Friend => 0x3,
    });
    let native = if definition.code.is_none() { NATIVE } else { 0 };
    let entry = if definition.is_entry { ENTRY } else { 0 };
    writer.byte(native | entry);
    writer.count(definition.acquires.len(), limits::ACQUIRES)?;
    definition.acquires.iter().try_for_each(|acquired| writer.index(acquired.0))?;
    definition.code.as_ref().map_or(Ok(()), |code| code_unit(writer, code, version))
}

pub(super) fn code_unit(writer: &mut Writer, code: &CodeUnit, version: u32) -> Result<(), Fault> {
    writer.index(code.locals.0)?;
    writer.count(code.code.len(), limits::INSTRUCTIONS)?;
    code.code.iter().try_for_each(|each| instruction(writer, each, version))
}

/// The opcode, then what the instruction names or loads: a closed match over every instruction.
fn instruction(writer: &mut Writer, instruction: &Instruction, version: u32) -> Result<(), Fault> {
    use Instruction as I;
    let opcode = instruction.opcode();
    if opcode >= 0x48 {
        since_version_6(writer, opcode, version)?;
    } else {
        writer.byte(opcode);
    }
    match instruction {
        I::BrTrue(target) | I::BrFalse(target) | I::Branch(target) => writer.index(*target)?,
        I::LdU8(value) => writer.byte(*value),
        I::LdU16(value) => writer.raw(&value.to_le_bytes()),
        I::LdU32(value) => writer.raw(&value.to_le_bytes()),
        I::LdU64(value) => writer.raw(&value.to_le_bytes()),
        I::LdU128(value) => writer.raw(&value.to_le_bytes()),
        I::LdU256(value) => writer.raw(&value.to_le_bytes::<32>()),
        I::LdConst(index) => writer.index(index.0)?,
        I::CopyLoc(local)
        | I::MoveLoc(local)
        | I::StLoc(local)
        | I::MutBorrowLoc(local)
        | I::ImmBorrowLoc(local) => writer.index(u16::from(*local))?,
        I::MutBorrowField(index) | I::ImmBorrowField(index) => writer.index(index.0)?,
        I::MutBorrowFieldGeneric(index) | I::ImmBorrowFieldGeneric(index) => {
            writer.index(index.0)?;
        }
        I::Call(index) => writer.index(index.0)?,
        I::CallGeneric(index) => writer.index(index.0)?,
        I::Pack(index)
        | I::Unpack(index)
        | I::Exists(index)
        | I::MutBorrowGlobal(index)
        | I::ImmBorrowGlobal(index)
        | I::MoveFrom(index)
        | I::MoveTo(index) => writer.index(index.0)?,
        I::PackGeneric(index)
        | I::UnpackGeneric(index)
        | I::ExistsGeneric(index)
        | I::MutBorrowGlobalGeneric(index)
        | I::ImmBorrowGlobalGeneric(index)
        | I::MoveFromGeneric(index)
        | I::MoveToGeneric(index) => writer.index(index.0)?,
        I::VecPack(element, length) | I::VecUnpack(element, length) => {
            writer.index(element.0)?;
            writer.raw(&length.to_le_bytes());
        }
        I::VecLen(element)
        | I::VecImmBorrow(element)
        | I::VecMutBorrow(element)
        | I::VecPushBack(element)
        | I::VecPopBack(element)
        | I::VecSwap(element) => writer.index(element.0)?,
        I::Pop
        | I::Ret
        | I::LdTrue
        | I::LdFalse
        | I::ReadRef
        | I::WriteRef
        | I::FreezeRef
        | I::Add
        | I::Sub
        | I::Mul
        | I::Mod
        | I::Div
        | I::BitOr
        | I::BitAnd
        | I::Xor
        | I::Shl
        | I::Shr
        | I::Or
        | I::And
        | I::Not
        | I::Eq
        | I::Neq
        | I::Lt
        | I::Gt
        | I::Le
        | I::Ge
        | I::Abort
        | I::Nop
        | I::CastU8
        | I::CastU16
        | I::CastU32
        | I::CastU64
        | I::CastU128
        | I::CastU256 => {}
    }
    Ok(())
}
