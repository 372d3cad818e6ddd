//! A function says which resources of its module it takes from storage, itself or through its calls.
//!
//! # Place      reference safety -> [acquires]; modules only
//! # Invariants the list of a function names exactly the resources that it borrows from storage or moves
//! #            out of it, and those that the functions of its module which it calls name; each can be
//! #            in storage. Reference safety relies on these lists where a function is called. Refused
//! #            with MISSING_, EXTRANEOUS_ and INVALID_ACQUIRES_ANNOTATION
//! # Absent     functions of other modules: they cannot come to the resources of this one, because
//! #            modules do not depend on each other in a circle

use std::collections::{BTreeMap, BTreeSet};

use super::body::Body;
use crate::fault::{Fault, Place};
use crate::format::{
    Ability, FunctionHandleIndex, Instruction, StructDefinitionIndex, TableKind, Tables,
};
use crate::status::Status;

/// What the functions of a module say that they take from storage.
#[derive(Clone, Debug, Default)]
pub struct Acquires<'a>(BTreeMap<FunctionHandleIndex, &'a [StructDefinitionIndex]>);

impl<'a> Acquires<'a> {
    /// The lists of all functions that are defined.
    pub fn new(tables: &Tables<'a>) -> Self {
        let definitions = tables.function_definitions.iter();
        Self(definitions.map(|definition| (definition.handle, &*definition.acquires)).collect())
    }

    /// The list of a function; empty if another module defines it.
    pub fn of(&self, function: FunctionHandleIndex) -> &'a [StructDefinitionIndex] {
        self.0.get(&function).copied().unwrap_or_default()
    }
}

/// Checks the list of one function. All its code counts, also what is out of reach.
pub fn verify(body: &Body<'_>, acquires: &Acquires<'_>) -> Result<(), Fault> {
    let declared: BTreeSet<_> = body.function.acquires.iter().copied().collect();
    let mut taken = BTreeSet::new();
    for (offset, instruction) in body.code().iter().enumerate() {
        let takes =
            taken_by(body, acquires, instruction).map_err(|fault| body.placed(fault, offset))?;
        if !takes.iter().all(|resource| declared.contains(resource)) {
            return Err(body.placed(Fault::new(Status::MissingAcquiresAnnotation), offset));
        }
        taken.extend(takes);
    }
    for resource in declared {
        check_declared(body, resource, &taken).map_err(|fault| {
            let index = body.function.definition.map_or(0, |definition| definition.get());
            fault.at(Place::Entry { table: TableKind::FunctionDefinitions, index })
        })?;
    }
    Ok(())
}

fn check_declared(
    body: &Body<'_>,
    resource: StructDefinitionIndex,
    taken: &BTreeSet<StructDefinitionIndex>,
) -> Result<(), Fault> {
    if !taken.contains(&resource) {
        return Err(Fault::new(Status::ExtraneousAcquiresAnnotation));
    }
    let handle = body.tables.struct_definition(resource)?.handle;
    if !body.tables.struct_handle(handle)?.abilities.has(Ability::Key) {
        return Err(Fault::new(Status::InvalidAcquiresAnnotation));
    }
    Ok(())
}

fn taken_by(
    body: &Body<'_>,
    acquires: &Acquires<'_>,
    instruction: &Instruction,
) -> Result<Vec<StructDefinitionIndex>, Fault> {
    Ok(match instruction {
        Instruction::Call(function) => acquires.of(*function).to_vec(),
        Instruction::CallGeneric(instance) => {
            acquires.of(body.function_instance(*instance)?.0).to_vec()
        }
        Instruction::MoveFrom(resource)
        | Instruction::MutBorrowGlobal(resource)
        | Instruction::ImmBorrowGlobal(resource) => vec![*resource],
        Instruction::MoveFromGeneric(instance)
        | Instruction::MutBorrowGlobalGeneric(instance)
        | Instruction::ImmBorrowGlobalGeneric(instance) => vec![body.instance(*instance)?.0],
        // nothing else takes a resource from storage
        _ => Vec::new(),
    })
}

#[cfg(test)]
mod tests;
