//! What a name means: the first entry of its table that has it.
//!
//! # Place      assembler -> [names] <- writer
//! # Invariants both sides ask here, so a name that the writer writes is the entry that it meant
//! # Absent     the entries themselves

use std::collections::BTreeMap;

use move_like_vm::format::{
    Address, Constant, FieldHandle, FieldInstantiation, FunctionInstantiation, IdentifierIndex,
    ModuleHandle, ModuleHandleIndex, Signature, StructDefInstantiation, StructHandleIndex, Tables,
};

/// The first index at which each key of a table stands.
#[derive(Debug)]
pub(crate) struct First<K>(BTreeMap<K, u16>);

impl<K> Default for First<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord> First<K> {
    fn of(keys: impl Iterator<Item = K>) -> Self {
        let mut first = Self::default();
        for (index, key) in (0..=u16::MAX).zip(keys) {
            first.add(key, index);
        }
        first
    }

    /// Says that an entry has this key; an earlier one goes before it.
    pub(crate) fn add(&mut self, key: K, index: u16) {
        self.0.entry(key).or_insert(index);
    }

    /// The first entry that has the key.
    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<u16>
    where
        K: std::borrow::Borrow<Q>,
    {
        self.0.get(key).copied()
    }
}

/// A struct or function by module and name.
pub(crate) type Member = (ModuleHandleIndex, IdentifierIndex);

/// Where each key of each table stands first.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) identifiers: First<String>,
    pub(crate) addresses: First<Address>,
    pub(crate) modules: First<ModuleHandle>,
    pub(crate) structs: First<Member>,
    pub(crate) functions: First<Member>,
    pub(crate) signatures: First<Signature>,
    pub(crate) constants: First<Constant>,
    pub(crate) definitions: First<StructHandleIndex>,
    pub(crate) fields: First<FieldHandle>,
    pub(crate) function_instantiations: First<FunctionInstantiation>,
    pub(crate) struct_instantiations: First<StructDefInstantiation>,
    pub(crate) field_instantiations: First<FieldInstantiation>,
}

impl Names {
    /// Those of a module or script.
    pub(crate) fn of(tables: &Tables<'_>) -> Self {
        let structs = tables.struct_handles.iter();
        let functions = tables.function_handles.iter();
        Self {
            identifiers: First::of(tables.identifiers.iter().cloned()),
            addresses: First::of(tables.addresses.iter().copied()),
            modules: First::of(tables.module_handles.iter().copied()),
            structs: First::of(structs.map(|handle| (handle.module, handle.name))),
            functions: First::of(functions.map(|handle| (handle.module, handle.name))),
            signatures: First::of(tables.signatures.iter().cloned()),
            constants: First::of(tables.constants.iter().cloned()),
            definitions: First::of(tables.struct_definitions.iter().map(|struct_| struct_.handle)),
            fields: First::of(tables.field_handles.iter().copied()),
            function_instantiations: First::of(tables.function_instantiations.iter().copied()),
            struct_instantiations: First::of(tables.struct_instantiations.iter().copied()),
            field_instantiations: First::of(tables.field_instantiations.iter().copied()),
        }
    }
}
