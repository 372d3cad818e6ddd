//! Refuses entries that say the same twice, and handles of the module itself without a definition.
//!
//! # Place      limits -> [duplication] -> signatures
//! # Invariants after it an index names its entry uniquely; a definition is of the module itself, each
//! #            handle of the module itself has exactly one, and no struct is without fields
//! # Absent     whether handles agree with the modules they name: that is linking

use std::collections::BTreeSet;

use crate::fault::{Fault, Place};
use crate::format::{
    CompiledModule, CompiledScript, FunctionHandleIndex, ModuleHandleIndex, StructFields,
    StructHandleIndex, TableKind, Tables,
};
use crate::status::Status;

/// Checks a module.
pub fn module(module: &CompiledModule) -> Result<(), Fault> {
    let tables = module.tables();
    shared(&tables, true)?;
    distinct(TableKind::FieldHandles, tables.field_handles)?;
    distinct(TableKind::FieldInstantiations, tables.field_instantiations)?;
    functions(&tables, module.self_module_handle)?;
    structs(&tables, module.self_module_handle)?;
    distinct(TableKind::StructDefInstantiations, tables.struct_instantiations)
}

/// Checks a script.
pub fn script(script: &CompiledScript) -> Result<(), Fault> {
    shared(&script.tables(), false)
}

/// The tables that modules and scripts have alike; of a module also its friends, in their turn.
fn shared(tables: &Tables<'_>, is_module: bool) -> Result<(), Fault> {
    distinct(TableKind::Identifiers, tables.identifiers)?;
    distinct(TableKind::AddressIdentifiers, tables.addresses)?;
    distinct(TableKind::Constants, tables.constants)?;
    distinct(TableKind::Signatures, tables.signatures)?;
    distinct(TableKind::ModuleHandles, tables.module_handles)?;
    if is_module {
        distinct(TableKind::FriendDeclarations, tables.friend_declarations)?;
    }
    // a struct or function is named by module and name, whatever else its handle says
    let named = tables.struct_handles.iter().map(|handle| (handle.module, handle.name));
    distinct(TableKind::StructHandles, named)?;
    let named = tables.function_handles.iter().map(|handle| (handle.module, handle.name));
    distinct(TableKind::FunctionHandles, named)?;
    distinct(TableKind::FunctionInstantiations, tables.function_instantiations)
}

/// The position of the first entry that an earlier one equals.
fn repeated<T: Ord>(entries: impl IntoIterator<Item = T>) -> Option<usize> {
    let mut seen = BTreeSet::new();
    entries.into_iter().position(|entry| !seen.insert(entry))
}

fn distinct<T: Ord>(table: TableKind, entries: impl IntoIterator<Item = T>) -> Result<(), Fault> {
    refuse(repeated(entries), Status::DuplicateElement, table)
}

/// Refuses the entry at the position that was found, if one was found.
fn refuse(found: Option<usize>, status: Status, table: TableKind) -> Result<(), Fault> {
    match found {
        Some(index) => Err(Fault::new(status).at(Place::Entry { table, index })),
        None => Ok(()),
    }
}

fn functions(tables: &Tables<'_>, own: ModuleHandleIndex) -> Result<(), Fault> {
    const TABLE: TableKind = TableKind::FunctionDefinitions;
    let definitions = tables.function_definitions;
    let handles: Vec<FunctionHandleIndex> =
        definitions.iter().map(|definition| definition.handle).collect();
    distinct(TABLE, &handles)?;
    let acquires_twice =
        definitions.iter().position(|definition| repeated(&definition.acquires).is_some());
    refuse(acquires_twice, Status::DuplicateAcquiresAnnotation, TABLE)?;
    for (index, handle) in handles.iter().enumerate() {
        if tables.function_handle(*handle)?.module != own {
            return refuse(Some(index), Status::InvalidModuleHandle, TABLE);
        }
    }
    let implemented: BTreeSet<usize> = handles.iter().map(|handle| handle.get()).collect();
    let missing = tables
        .function_handles
        .iter()
        .enumerate()
        .position(|(index, handle)| handle.module == own && !implemented.contains(&index));
    refuse(missing, Status::UnimplementedHandle, TableKind::FunctionHandles)
}

fn structs(tables: &Tables<'_>, own: ModuleHandleIndex) -> Result<(), Fault> {
    const TABLE: TableKind = TableKind::StructDefinitions;
    let definitions = tables.struct_definitions;
    let handles: Vec<StructHandleIndex> =
        definitions.iter().map(|definition| definition.handle).collect();
    distinct(TABLE, &handles)?;
    for (index, definition) in definitions.iter().enumerate() {
        let StructFields::Declared(fields) = &definition.fields else { continue };
        let found = fields.is_empty().then_some(index);
        refuse(found, Status::ZeroSizedStruct, TABLE)?;
        let found = repeated(fields.iter().map(|field| field.name)).map(|_| index);
        refuse(found, Status::DuplicateElement, TABLE)?;
    }
    for (index, handle) in handles.iter().enumerate() {
        if tables.struct_handle(*handle)?.module != own {
            return refuse(Some(index), Status::InvalidModuleHandle, TABLE);
        }
    }
    let implemented: BTreeSet<usize> = handles.iter().map(|handle| handle.get()).collect();
    let missing = tables
        .struct_handles
        .iter()
        .enumerate()
        .position(|(index, handle)| handle.module == own && !implemented.contains(&index));
    refuse(missing, Status::UnimplementedHandle, TableKind::StructHandles)
}

#[cfg(test)]
mod tests;
