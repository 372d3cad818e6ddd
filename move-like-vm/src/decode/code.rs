//! Functions and their instructions.

use super::reader::Reader;
use super::token::SMALL_AND_LARGE_INTEGERS;
use crate::fault::Fault;
use crate::format::{
    CodeUnit, ConstantIndex, FieldHandleIndex, FieldInstantiationIndex, FunctionDefinition,
    FunctionHandleIndex, FunctionInstantiationIndex, Instruction, LocalIndex, SignatureIndex,
    StructDefInstantiationIndex, StructDefinitionIndex, Unsigned256, Visibility,
};
use crate::limits;
use crate::status::Status;

const NATIVE: u8 = 0x2;
const ENTRY: u8 = 0x4;
/// In version 1, visibility is one of the flags.
const PUBLIC: u8 = 0x1;
/// Up to version 4, the visibility of functions that only scripts, or others like them, call.
const SCRIPT: u8 = 0x2;

/// The first version with visibility beside the flags.
const VISIBILITY: u32 = 2;
/// The first version with instructions about vectors.
const VECTORS: u32 = 4;
/// The first version with entries in place of a visibility for scripts.
const ENTRIES: u32 = 5;

pub(super) fn function_definition(
    reader: &mut Reader<'_>,
    version: u32,
) -> Result<FunctionDefinition, Fault> {
    let handle = FunctionHandleIndex(reader.index()?);
    let (visibility, is_entry, flags, place) = flags(reader, version)?;
    let count = reader.count(limits::ACQUIRES)?;
    let mut acquires = Vec::with_capacity(reader.room(count));
    for _ in 0..count {
        acquires.push(StructDefinitionIndex(reader.index()?));
    }
    let code = if flags & NATIVE == 0 { Some(code_unit(reader, version)?) } else { None };
    if flags & !NATIVE != 0 {
        return Err(place.fault(Status::InvalidFlagBits));
    }
    Ok(FunctionDefinition { handle, visibility, is_entry, acquires, code })
}

/// Who may call a function, whether it is an entry, and what other flags it has, where.
fn flags<'a>(
    reader: &mut Reader<'a>,
    version: u32,
) -> Result<(Visibility, bool, u8, Reader<'a>), Fault> {
    let before = *reader;
    let byte = reader.byte()?;
    if version < VISIBILITY {
        let visibility = if byte & PUBLIC == 0 { Visibility::Private } else { Visibility::Public };
        return Ok((visibility, false, byte & !PUBLIC, before));
    }
    let (visibility, of_scripts) = match byte {
        0x0 => (Visibility::Private, false),
        0x1 => (Visibility::Public, false),
        0x3 => (Visibility::Friend, false),
        SCRIPT if version < ENTRIES => (Visibility::Public, true),
        _ => return Err(before.fault(Status::Malformed)),
    };
    let place = *reader;
    let flags = reader.byte()?;
    if version < ENTRIES {
        return Ok((visibility, of_scripts, flags, place));
    }
    Ok((visibility, flags & ENTRY != 0, flags & !ENTRY, place))
}

pub(super) fn code_unit(reader: &mut Reader<'_>, version: u32) -> Result<CodeUnit, Fault> {
    let locals = SignatureIndex(reader.index()?);
    let count = reader.count(limits::INSTRUCTIONS)?;
    let mut code = Vec::with_capacity(reader.room(count));
    for _ in 0..count {
        code.push(instruction(reader, version)?);
    }
    Ok(CodeUnit { locals, code })
}

/// One instruction: a closed match over every opcode.
fn instruction(reader: &mut Reader<'_>, version: u32) -> Result<Instruction, Fault> {
    use Instruction as I;
    let before = *reader;
    let opcode = reader.byte()?;
    if version < first_version(opcode) {
        return Err(before.fault(Status::Malformed));
    }
    Ok(match opcode {
        0x01 => I::Pop,
        0x02 => I::Ret,
        0x03 => I::BrTrue(reader.index()?),
        0x04 => I::BrFalse(reader.index()?),
        0x05 => I::Branch(reader.index()?),
        0x06 => I::LdU64(u64::from_le_bytes(reader.fixed(Status::BadU64)?)),
        0x07 => I::LdConst(ConstantIndex(reader.index()?)),
        0x08 => I::LdTrue,
        0x09 => I::LdFalse,
        0x0A => I::CopyLoc(local(reader)?),
        0x0B => I::MoveLoc(local(reader)?),
        0x0C => I::StLoc(local(reader)?),
        0x0D => I::MutBorrowLoc(local(reader)?),
        0x0E => I::ImmBorrowLoc(local(reader)?),
        0x0F => I::MutBorrowField(FieldHandleIndex(reader.index()?)),
        0x10 => I::ImmBorrowField(FieldHandleIndex(reader.index()?)),
        0x11 => I::Call(FunctionHandleIndex(reader.index()?)),
        0x12 => I::Pack(StructDefinitionIndex(reader.index()?)),
        0x13 => I::Unpack(StructDefinitionIndex(reader.index()?)),
        0x14 => I::ReadRef,
        0x15 => I::WriteRef,
        0x16 => I::Add,
        0x17 => I::Sub,
        0x18 => I::Mul,
        0x19 => I::Mod,
        0x1A => I::Div,
        0x1B => I::BitOr,
        0x1C => I::BitAnd,
        0x1D => I::Xor,
        0x1E => I::Or,
        0x1F => I::And,
        0x20 => I::Not,
        0x21 => I::Eq,
        0x22 => I::Neq,
        0x23 => I::Lt,
        0x24 => I::Gt,
        0x25 => I::Le,
        0x26 => I::Ge,
        0x27 => I::Abort,
        0x28 => I::Nop,
        0x29 => I::Exists(StructDefinitionIndex(reader.index()?)),
        0x2A => I::MutBorrowGlobal(StructDefinitionIndex(reader.index()?)),
        0x2B => I::ImmBorrowGlobal(StructDefinitionIndex(reader.index()?)),
        0x2C => I::MoveFrom(StructDefinitionIndex(reader.index()?)),
        0x2D => I::MoveTo(StructDefinitionIndex(reader.index()?)),
        0x2E => I::FreezeRef,
        0x2F => I::Shl,
        0x30 => I::Shr,
        0x31 => I::LdU8(reader.byte()?),
        0x32 => I::LdU128(u128::from_le_bytes(reader.fixed(Status::BadU128)?)),
        0x33 => I::CastU8,
        0x34 => I::CastU64,
        0x35 => I::CastU128,
        0x36 => I::MutBorrowFieldGeneric(FieldInstantiationIndex(reader.index()?)),
        0x37 => I::ImmBorrowFieldGeneric(FieldInstantiationIndex(reader.index()?)),
        0x38 => I::CallGeneric(FunctionInstantiationIndex(reader.index()?)),
        0x39 => I::PackGeneric(StructDefInstantiationIndex(reader.index()?)),
        0x3A => I::UnpackGeneric(StructDefInstantiationIndex(reader.index()?)),
        0x3B => I::ExistsGeneric(StructDefInstantiationIndex(reader.index()?)),
        0x3C => I::MutBorrowGlobalGeneric(StructDefInstantiationIndex(reader.index()?)),
        0x3D => I::ImmBorrowGlobalGeneric(StructDefInstantiationIndex(reader.index()?)),
        0x3E => I::MoveFromGeneric(StructDefInstantiationIndex(reader.index()?)),
        0x3F => I::MoveToGeneric(StructDefInstantiationIndex(reader.index()?)),
        0x40 => I::VecPack(SignatureIndex(reader.index()?), length(reader)?),
        0x41 => I::VecLen(SignatureIndex(reader.index()?)),
        0x42 => I::VecImmBorrow(SignatureIndex(reader.index()?)),
        0x43 => I::VecMutBorrow(SignatureIndex(reader.index()?)),
        0x44 => I::VecPushBack(SignatureIndex(reader.index()?)),
        0x45 => I::VecPopBack(SignatureIndex(reader.index()?)),
        0x46 => I::VecUnpack(SignatureIndex(reader.index()?), length(reader)?),
        0x47 => I::VecSwap(SignatureIndex(reader.index()?)),
        0x48 => I::LdU16(u16::from_le_bytes(reader.fixed(Status::BadU16)?)),
        0x49 => I::LdU32(u32::from_le_bytes(reader.fixed(Status::BadU32)?)),
        0x4A => {
            let bytes: [u8; 32] = reader.fixed(Status::BadU256)?;
            I::LdU256(Box::new(Unsigned256::from_le_bytes(bytes)))
        }
        0x4B => I::CastU16,
        0x4C => I::CastU32,
        0x4D => I::CastU256,
        _ => return Err(before.fault(Status::UnknownOpcode)),
    })
}

/// The first version with an instruction.
const fn first_version(opcode: u8) -> u32 {
    match opcode {
        0x40..=0x47 => VECTORS,
        0x48..=0x4D => SMALL_AND_LARGE_INTEGERS,
        _ => 0,
    }
}

fn local(reader: &mut Reader<'_>) -> Result<LocalIndex, Fault> {
    let before = *reader;
    let number = reader.number(limits::LOCAL_INDEX)?;
    LocalIndex::try_from(number).map_err(|_| before.fault(Status::Malformed))
}

/// How many elements a vector is packed from or unpacked to.
fn length(reader: &mut Reader<'_>) -> Result<u64, Fault> {
    Ok(u64::from_le_bytes(reader.fixed(Status::BadU64)?))
}
