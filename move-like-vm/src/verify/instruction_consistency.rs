//! Instructions come in a generic and a plain form, and each names members of its own kind.
//!
//! Refuses the plain form with a generic struct or function and the generic form with a plain one
//! (`GENERIC_MEMBER_OPCODE_MISMATCH`): later passes read type arguments from the form alone. Refuses
//! packing or unpacking a vector of more than 65535 elements at once (`CONSTRAINT_NOT_SATISFIED`), and
//! instructions about structs in a script, which defines none (`INVALID_OPERATION_IN_SCRIPT`).
//!
//! # Place      tables -> [instruction_consistency] <- verify
//! # Invariants one look at every instruction
//! # Absent     type arguments, and that a vector instruction names one type: `signatures`

use crate::fault::{Fault, Place};
use crate::format::{
    CodeUnit, CompiledModule, CompiledScript, FieldHandleIndex, FunctionHandleIndex, Instruction,
    StructDefinitionIndex, Tables,
};
use crate::status::Status;

/// The most elements that one instruction packs or unpacks.
const MOST_ELEMENTS: u64 = 0xffff;

/// Checks the code of a module.
pub fn module(module: &CompiledModule) -> Result<(), Fault> {
    let tables = module.tables();
    for (function, definition) in tables.function_definitions.iter().enumerate() {
        if let Some(code) = &definition.code {
            check(&tables, function, code)?;
        }
    }
    Ok(())
}

/// Checks the code of a script.
pub fn script(script: &CompiledScript) -> Result<(), Fault> {
    check(&script.tables(), 0, &script.code)
}

fn check(tables: &Tables<'_>, function: usize, code: &CodeUnit) -> Result<(), Fault> {
    for (instruction, what) in code.code.iter().enumerate() {
        let place = Place::Instruction { function, instruction };
        consistent(tables, what).map_err(|fault| fault.at(place))?;
    }
    Ok(())
}

fn consistent(tables: &Tables<'_>, instruction: &Instruction) -> Result<(), Fault> {
    if tables.self_module_handle.is_none() && needs_definition(instruction) {
        return Err(Fault::new(Status::InvalidOperationInScript));
    }
    match instruction {
        Instruction::MutBorrowField(index) | Instruction::ImmBorrowField(index) => {
            field(tables, *index, false)
        }
        Instruction::MutBorrowFieldGeneric(index) | Instruction::ImmBorrowFieldGeneric(index) => {
            field(tables, tables.field_instantiation(*index)?.handle, true)
        }
        Instruction::Call(index) => function(tables, *index, false),
        Instruction::CallGeneric(index) => {
            function(tables, tables.function_instantiation(*index)?.handle, true)
        }
        Instruction::Pack(index)
        | Instruction::Unpack(index)
        | Instruction::Exists(index)
        | Instruction::MutBorrowGlobal(index)
        | Instruction::ImmBorrowGlobal(index)
        | Instruction::MoveFrom(index)
        | Instruction::MoveTo(index) => structure(tables, *index, false),
        Instruction::PackGeneric(index)
        | Instruction::UnpackGeneric(index)
        | Instruction::ExistsGeneric(index)
        | Instruction::MutBorrowGlobalGeneric(index)
        | Instruction::ImmBorrowGlobalGeneric(index)
        | Instruction::MoveFromGeneric(index)
        | Instruction::MoveToGeneric(index) => {
            structure(tables, tables.struct_instantiation(*index)?.definition, true)
        }
        Instruction::VecPack(_, elements) | Instruction::VecUnpack(_, elements) => {
            if *elements > MOST_ELEMENTS {
                return Err(Fault::new(Status::ConstraintNotSatisfied));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Whether the instruction is about a struct that its module defines.
const fn needs_definition(instruction: &Instruction) -> bool {
    matches!(
        instruction,
        Instruction::MutBorrowField(_)
            | Instruction::ImmBorrowField(_)
            | Instruction::MutBorrowFieldGeneric(_)
            | Instruction::ImmBorrowFieldGeneric(_)
            | Instruction::Pack(_)
            | Instruction::Unpack(_)
            | Instruction::Exists(_)
            | Instruction::MutBorrowGlobal(_)
            | Instruction::ImmBorrowGlobal(_)
            | Instruction::MoveFrom(_)
            | Instruction::MoveTo(_)
            | Instruction::PackGeneric(_)
            | Instruction::UnpackGeneric(_)
            | Instruction::ExistsGeneric(_)
            | Instruction::MutBorrowGlobalGeneric(_)
            | Instruction::ImmBorrowGlobalGeneric(_)
            | Instruction::MoveFromGeneric(_)
            | Instruction::MoveToGeneric(_)
    )
}

fn field(tables: &Tables<'_>, index: FieldHandleIndex, generic: bool) -> Result<(), Fault> {
    structure(tables, tables.field_handle(index)?.owner, generic)
}

fn structure(
    tables: &Tables<'_>,
    index: StructDefinitionIndex,
    generic: bool,
) -> Result<(), Fault> {
    let handle = tables.struct_handle(tables.struct_definition(index)?.handle)?;
    same(generic, !handle.type_parameters.is_empty())
}

fn function(tables: &Tables<'_>, index: FunctionHandleIndex, generic: bool) -> Result<(), Fault> {
    same(generic, !tables.function_handle(index)?.type_parameters.is_empty())
}

fn same(instruction_is_generic: bool, member_is_generic: bool) -> Result<(), Fault> {
    match instruction_is_generic == member_is_generic {
        true => Ok(()),
        false => Err(Fault::new(Status::GenericMemberOpcodeMismatch)),
    }
}

#[cfg(test)]
mod tests;
