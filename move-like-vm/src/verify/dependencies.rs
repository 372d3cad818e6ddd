//! What a binary says of other modules is what those modules define.
//!
//! Refuses a module that does not exist (`MISSING_DEPENDENCY`); a struct or function that its module
//! does not define, or does not let this binary call (`LOOKUP_FAILED`); and one that is defined
//! otherwise (`TYPE_MISMATCH`). Every other pass trusts the handles of a binary: this one makes them
//! true. Refuses native functions that the machine does not have, and native structs, of which it has
//! none (`MISSING_DEPENDENCY`).
//!
//! # Place      published, same_type -> [dependencies] <- link
//! # Invariants modules first, then structs, then functions, each in the order of their handles
//! # Absent     cycles: `cycles`; what a missing module is called while publishing: `link`
//!
//! A binary may know less than the definition says: fewer abilities of a struct, stronger constraints
//! of type parameters, no phantom parameters. It then allows itself less. Public functions may be
//! called by everyone, friend functions by modules that the definition names as friends, and private
//! functions by nobody else, whether a transaction may call them or not.

use std::collections::{BTreeMap, BTreeSet};

use super::published::{ModuleId, Published, friends};
use super::same_type::same_types;
use crate::fault::{Fault, Place};
use crate::format::{
    Abilities, CompiledModule, CompiledScript, FunctionHandle, FunctionHandleIndex, Instruction,
    ModuleHandleIndex, SignatureIndex, StructFields, StructHandle, StructHandleIndex,
    StructTypeParameter, TableKind, Tables, Visibility,
};
use crate::status::Status;

/// Checks what a module says of others.
pub fn module(module: &CompiledModule, published: &impl Published) -> Result<(), Fault> {
    let tables = module.tables();
    let dependencies = check(&tables, published)?;
    if module.version < ENTRIES {
        calls_of_scripts(&tables, &dependencies)?;
    }
    Ok(())
}

/// Checks what a script says of modules.
pub fn script(script: &CompiledScript, published: &impl Published) -> Result<(), Fault> {
    check(&script.tables(), published).map(drop)
}

/// The first version of the format with entries in place of functions that only scripts call.
const ENTRIES: u32 = 5;

/// Functions for scripts, as entries are called before [`ENTRIES`], are called by their like alone
/// (`CALLED_SCRIPT_VISIBLE_FROM_NON_SCRIPT_VISIBLE`).
fn calls_of_scripts(tables: &Tables<'_>, dependencies: &Dependencies<'_>) -> Result<(), Fault> {
    let mut for_scripts: BTreeSet<FunctionHandleIndex> = tables
        .function_definitions
        .iter()
        .filter(|definition| definition.is_entry)
        .map(|definition| definition.handle)
        .collect();
    for (index, handle) in tables.function_handles.iter().enumerate() {
        let name = tables.identifier(handle.name)?;
        let dependency = dependencies.get(&handle.module);
        if dependency.is_some_and(|dependency| dependency.entries.contains(name.as_str())) {
            let index = u16::try_from(index).map_err(|_| Fault::new(Status::IndexOutOfBounds))?;
            for_scripts.insert(FunctionHandleIndex(index));
        }
    }
    for (function, definition) in tables.function_definitions.iter().enumerate() {
        let Some(code) = definition.code.as_ref().filter(|_| !definition.is_entry) else {
            continue;
        };
        for (instruction, what) in code.code.iter().enumerate() {
            let called = match what {
                Instruction::Call(handle) => *handle,
                Instruction::CallGeneric(index) => tables.function_instantiation(*index)?.handle,
                _ => continue,
            };
            if for_scripts.contains(&called) {
                return Err(Fault::new(Status::CalledScriptVisibleFromNonScriptVisible)
                    .at(Place::Instruction { function, instruction }));
            }
        }
    }
    Ok(())
}

/// Checks that the machine has what the module says is native.
pub fn natives(module: &CompiledModule, published: &impl Published) -> Result<(), Fault> {
    let tables = module.tables();
    let own = ModuleId::own(module)?;
    let missing =
        |table, index| Err(Fault::new(Status::MissingDependency).at(Place::Entry { table, index }));
    for (index, function) in tables.function_definitions.iter().enumerate() {
        let name = tables.identifier(tables.function_handle(function.handle)?.name)?;
        if function.code.is_none() && !published.has_native(own, name) {
            return missing(TableKind::FunctionDefinitions, index);
        }
    }
    let is_native = |fields: &StructFields| *fields == StructFields::Native;
    match tables.struct_definitions.iter().position(|definition| is_native(&definition.fields)) {
        Some(index) => missing(TableKind::StructDefinitions, index),
        None => Ok(()),
    }
}

/// What another module defines.
struct Dependency<'a> {
    tables: Tables<'a>,
    structs: BTreeMap<&'a str, StructHandleIndex>,
    /// Functions that this binary may call.
    functions: BTreeMap<&'a str, FunctionHandleIndex>,
    /// Functions that a transaction may call.
    entries: BTreeSet<&'a str>,
}

impl<'a> Dependency<'a> {
    fn of(module: &'a CompiledModule, user: Option<ModuleId<'_>>) -> Result<Self, Fault> {
        let tables = module.tables();
        let mut structs = BTreeMap::new();
        for definition in tables.struct_definitions {
            let name = tables.identifier(tables.struct_handle(definition.handle)?.name)?;
            structs.insert(name.as_str(), definition.handle);
        }
        let is_friend = match user {
            Some(user) => friends(&tables)?.contains(&user),
            None => false,
        };
        let mut functions = BTreeMap::new();
        let mut entries = BTreeSet::new();
        for definition in tables.function_definitions {
            let name = tables.identifier(tables.function_handle(definition.handle)?.name)?;
            if definition.is_entry {
                entries.insert(name.as_str());
            }
            let may_be_called = match definition.visibility {
                Visibility::Public => true,
                Visibility::Friend => is_friend,
                Visibility::Private => false,
            };
            if may_be_called {
                functions.insert(name.as_str(), definition.handle);
            }
        }
        Ok(Self { tables, structs, functions, entries })
    }
}

type Dependencies<'a> = BTreeMap<ModuleHandleIndex, Dependency<'a>>;

fn check<'a>(
    tables: &Tables<'_>,
    published: &'a impl Published,
) -> Result<Dependencies<'a>, Fault> {
    let own = tables.self_module_handle.map(|own| ModuleId::at(tables, own)).transpose()?;
    let mut dependencies = Dependencies::new();
    for (index, handle) in tables.module_handles.iter().enumerate() {
        let position = u16::try_from(index).map_err(|_| Fault::new(Status::IndexOutOfBounds))?;
        let position = ModuleHandleIndex(position);
        if Some(position) == tables.self_module_handle {
            continue;
        }
        let id = ModuleId::of(tables, handle)?;
        let place = Place::Entry { table: TableKind::ModuleHandles, index };
        let found = if Some(id) == own { None } else { published.module(id) };
        let found = found.ok_or(Fault::new(Status::MissingDependency).at(place))?;
        dependencies.insert(position, Dependency::of(found, own)?);
    }
    for (index, handle) in tables.struct_handles.iter().enumerate() {
        let place = Place::Entry { table: TableKind::StructHandles, index };
        structure(tables, handle, &dependencies).map_err(|fault| fault.at(place))?;
    }
    for (index, handle) in tables.function_handles.iter().enumerate() {
        let place = Place::Entry { table: TableKind::FunctionHandles, index };
        function(tables, handle, &dependencies).map_err(|fault| fault.at(place))?;
    }
    Ok(dependencies)
}

fn structure(
    tables: &Tables<'_>,
    handle: &StructHandle,
    dependencies: &Dependencies<'_>,
) -> Result<(), Fault> {
    let Some(dependency) = dependencies.get(&handle.module) else { return Ok(()) };
    let name = tables.identifier(handle.name)?;
    let defined = dependency.structs.get(name.as_str()).ok_or(Status::LookupFailed)?;
    let defined = dependency.tables.struct_handle(*defined)?;
    let fits = defined.abilities.includes(handle.abilities)
        && handle.type_parameters.len() == defined.type_parameters.len()
        && handle.type_parameters.iter().zip(&defined.type_parameters).all(parameter_fits);
    match fits {
        true => Ok(()),
        false => Err(Fault::new(Status::TypeMismatch)),
    }
}

fn parameter_fits((used, defined): (&StructTypeParameter, &StructTypeParameter)) -> bool {
    (defined.is_phantom || !used.is_phantom)
        && constraint_fits((&used.constraints, &defined.constraints))
}

fn constraint_fits((used, defined): (&Abilities, &Abilities)) -> bool {
    used.includes(*defined)
}

fn function(
    tables: &Tables<'_>,
    handle: &FunctionHandle,
    dependencies: &Dependencies<'_>,
) -> Result<(), Fault> {
    let Some(dependency) = dependencies.get(&handle.module) else { return Ok(()) };
    let name = tables.identifier(handle.name)?;
    let defined = dependency.functions.get(name.as_str()).ok_or(Status::LookupFailed)?;
    let defined = dependency.tables.function_handle(*defined)?;
    let same = |used: SignatureIndex, meant: SignatureIndex| {
        let used = &tables.signature(used)?.0;
        let meant = &dependency.tables.signature(meant)?.0;
        same_types((tables, used), (&dependency.tables, meant))
    };
    let fits = handle.type_parameters.len() == defined.type_parameters.len()
        && handle.type_parameters.iter().zip(&defined.type_parameters).all(constraint_fits)
        && same(handle.parameters, defined.parameters)?
        && same(handle.returns, defined.returns)?;
    match fits {
        true => Ok(()),
        false => Err(Fault::new(Status::TypeMismatch)),
    }
}

#[cfg(test)]
mod tests;
