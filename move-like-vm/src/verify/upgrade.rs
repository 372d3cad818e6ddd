//! A new version of a module keeps what others rely on.
//!
//! Refuses (`BACKWARD_INCOMPATIBLE_MODULE_UPDATE`) a new version that takes from other modules, from
//! transactions or from stored values what the old one gave them: a struct, an ability of it, a public
//! function or one that a transaction may call, a friend; or that changes fields or signatures.
//!
//! # Place      same_type -> [upgrade] <- verify, sessions
//! # Invariants what may change is only what nobody outside can see, or what gives more than before
//! # Absent     whether the new version is valid: it is compared before it is verified, so of two
//! #            entries with one name the last counts
//!
//! Names of fields count, though the machine does not read them: clients do. An entry function of
//! whatever visibility stays one and keeps its signature.

use std::collections::{BTreeMap, BTreeSet};

use super::published::{ModuleId, friends};
use super::same_type::same_types;
use crate::fault::Fault;
use crate::format::{
    Abilities, CompiledModule, FunctionDefinition, FunctionHandle, StructFields, StructHandle,
    StructTypeParameter, Tables, Visibility,
};
use crate::status::Status;

/// What is asked of a new version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compatibility {
    /// Structs and functions that everybody may use are still there and mean the same.
    pub linking: bool,
    /// Stored values can still be read.
    pub layout: bool,
    /// Friends are still friends, and what they may call is still there.
    pub friends: bool,
}

impl Compatibility {
    /// Everything: what a network asks.
    pub const FULL: Self = Self { linking: true, layout: true, friends: true };

    /// Nothing.
    pub const NONE: Self = Self { linking: false, layout: false, friends: false };

    /// Checks a new version of a module against the old one.
    pub fn check(self, old: &CompiledModule, new: &CompiledModule) -> Result<(), Fault> {
        let kept = kept(old, new)?;
        let broken = self.linking && !kept.linking
            || self.layout && !kept.layout
            || self.friends && !kept.friends;
        match broken {
            true => Err(Fault::new(Status::BackwardIncompatibleModuleUpdate)),
            false => Ok(()),
        }
    }
}

/// The first version of the format with entries in place of functions for scripts.
const ENTRIES: u32 = 5;

/// What the new version keeps.
fn kept(old: &CompiledModule, new: &CompiledModule) -> Result<Compatibility, Fault> {
    let mut kept = Compatibility::FULL;
    kept.linking &= ModuleId::own(old)? == ModuleId::own(new)?;
    // what only scripts could call could not begin or cease to be that
    let entries_may_come = old.version.max(new.version) >= ENTRIES;
    let (old, new) = (old.tables(), new.tables());
    let new_structs = structs(&new)?;
    for (name, (handle, fields)) in structs(&old)? {
        match new_structs.get(name) {
            Some((new_handle, new_fields)) => {
                kept.linking &= struct_links(handle, new_handle);
                kept.layout &= same_fields((&old, fields), (&new, new_fields))?;
            }
            // another struct might take the name, and read what is stored, in a version after this
            None => {
                kept.linking = false;
                kept.layout = false;
            }
        }
    }
    let new_functions = exposed(&new)?;
    for (name, function) in exposed(&old)? {
        let links = match new_functions.get(name) {
            Some(new_function) => {
                function_links((&old, function), (&new, *new_function))?
                    && (entries_may_come || function.0.is_entry == new_function.0.is_entry)
            }
            None => false,
        };
        match function.0.visibility {
            Visibility::Friend => kept.friends &= links,
            Visibility::Private | Visibility::Public => kept.linking &= links,
        }
    }
    let new_friends: BTreeSet<_> = friends(&new)?.into_iter().collect();
    kept.friends &= friends(&old)?.iter().all(|friend| new_friends.contains(friend));
    Ok(kept)
}

type Struct<'a> = (&'a StructHandle, &'a StructFields);

fn structs<'a>(tables: &Tables<'a>) -> Result<BTreeMap<&'a str, Struct<'a>>, Fault> {
    let mut structs = BTreeMap::new();
    for definition in tables.struct_definitions {
        let handle = tables.struct_handle(definition.handle)?;
        structs.insert(tables.identifier(handle.name)?.as_str(), (handle, &definition.fields));
    }
    Ok(structs)
}

type Function<'a> = (&'a FunctionDefinition, &'a FunctionHandle);

/// The functions that something outside may call.
fn exposed<'a>(tables: &Tables<'a>) -> Result<BTreeMap<&'a str, Function<'a>>, Fault> {
    let mut functions = BTreeMap::new();
    for definition in tables.function_definitions {
        if definition.is_entry || definition.visibility != Visibility::Private {
            let handle = tables.function_handle(definition.handle)?;
            functions.insert(tables.identifier(handle.name)?.as_str(), (definition, handle));
        }
    }
    Ok(functions)
}

/// Whether uses of a struct still hold: it may do at least as much, and asks no more.
fn struct_links(old: &StructHandle, new: &StructHandle) -> bool {
    let parameter = |(old, new): (&StructTypeParameter, &StructTypeParameter)| {
        (new.is_phantom || !old.is_phantom) && asks_no_more((&old.constraints, &new.constraints))
    };
    new.abilities.includes(old.abilities)
        && old.type_parameters.len() == new.type_parameters.len()
        && old.type_parameters.iter().zip(&new.type_parameters).all(parameter)
}

fn asks_no_more((old, new): (&Abilities, &Abilities)) -> bool {
    old.includes(*new)
}

fn same_fields(
    (old_tables, old): (&Tables<'_>, &StructFields),
    (new_tables, new): (&Tables<'_>, &StructFields),
) -> Result<bool, Fault> {
    let (old, new) = match (old, new) {
        (StructFields::Declared(old), StructFields::Declared(new)) => (old, new),
        (StructFields::Native, StructFields::Native) => return Ok(true),
        (StructFields::Native, _) | (_, StructFields::Native) => return Ok(false),
    };
    if old.len() != new.len() {
        return Ok(false);
    }
    for (old, new) in old.iter().zip(new) {
        let same_name = old_tables.identifier(old.name)? == new_tables.identifier(new.name)?;
        let old = (old_tables, std::slice::from_ref(&old.type_));
        let new = (new_tables, std::slice::from_ref(&new.type_));
        if !same_name || !same_types(old, new)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether calls of a function still hold.
fn function_links(
    (old_tables, (old, old_handle)): (&Tables<'_>, Function<'_>),
    (new_tables, (new, new_handle)): (&Tables<'_>, Function<'_>),
) -> Result<bool, Fault> {
    let reach = match (old.visibility, new.visibility) {
        (Visibility::Public, Visibility::Public)
        | (Visibility::Friend, Visibility::Public | Visibility::Friend)
        | (Visibility::Private, _) => true,
        (Visibility::Public, Visibility::Private | Visibility::Friend)
        | (Visibility::Friend, Visibility::Private) => false,
    };
    let (old_parameters, new_parameters) =
        (&old_handle.type_parameters, &new_handle.type_parameters);
    let type_parameters = old_parameters.len() == new_parameters.len()
        && old_parameters.iter().zip(new_parameters).all(asks_no_more);
    let same = |old, new| {
        let old = (old_tables, old_tables.signature(old)?.0.as_slice());
        same_types(old, (new_tables, new_tables.signature(new)?.0.as_slice()))
    };
    Ok(reach
        && (new.is_entry || !old.is_entry)
        && type_parameters
        && same(old_handle.parameters, new_handle.parameters)?
        && same(old_handle.returns, new_handle.returns)?)
}

#[cfg(test)]
mod tests;
