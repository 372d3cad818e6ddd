//! Modules and scripts that were decoded, verified and linked, each under one number.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::state::{Bytes, ModuleId};
use super::stop::Stop;
use super::types::StructId;
use crate::format::{
    Address, CompiledModule, CompiledScript, FunctionDefinitionIndex, StructHandleIndex, Tables,
};
use crate::status::Status;

/// What a binary holds.
#[derive(Clone, Debug)]
pub(crate) enum Unit {
    Module(CompiledModule),
    Script(CompiledScript),
}

/// A module or script with its names resolved.
#[derive(Clone, Debug)]
pub(crate) struct Module {
    pub(crate) unit: Unit,
    pub(crate) id: Option<ModuleId>,
    pub(crate) bytes: Bytes,
    /// Itself and every module it can reach, by number.
    pub(crate) closure: Vec<usize>,
    /// The struct behind each struct handle, where there is one.
    pub(crate) structs: Vec<Option<StructId>>,
    pub(crate) structs_by_name: BTreeMap<String, StructId>,
    pub(crate) functions_by_name: BTreeMap<String, FunctionDefinitionIndex>,
}

impl Module {
    pub(crate) fn tables(&self) -> Tables<'_> {
        match &self.unit {
            Unit::Module(module) => module.tables(),
            Unit::Script(script) => script.tables(),
        }
    }

    /// Its name; none for a script.
    pub(crate) fn id(&self) -> Option<&ModuleId> {
        self.id.as_ref()
    }

    pub(crate) fn struct_of_handle(&self, handle: StructHandleIndex) -> Result<StructId, Stop> {
        self.structs
            .get(handle.get())
            .copied()
            .flatten()
            .ok_or(Status::TypeResolutionFailure.into())
    }
}

/// Every module and script that is loaded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Modules {
    list: Vec<Arc<Module>>,
    numbers: BTreeMap<Address, BTreeMap<String, usize>>,
}

impl Modules {
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn get(&self, index: usize) -> Result<&Module, Stop> {
        self.list.get(index).map(AsRef::as_ref).ok_or(Status::LinkerError.into())
    }

    /// The same for a holder that changes the program meanwhile.
    pub(crate) fn share(&self, index: usize) -> Result<Arc<Module>, Stop> {
        self.list.get(index).cloned().ok_or(Status::LinkerError.into())
    }

    pub(crate) fn find(&self, address: &Address, name: &str) -> Option<usize> {
        self.numbers.get(address)?.get(name).copied()
    }

    /// Forgets the names of a module and of all that can reach it, and gives their numbers, which stay
    /// taken.
    pub(crate) fn forget(&mut self, index: usize) -> BTreeSet<usize> {
        let reaches = |module: &Module| module.closure.binary_search(&index).is_ok();
        let gone: BTreeSet<usize> = (0..self.list.len())
            .filter(|number| self.list.get(*number).is_some_and(|module| reaches(module)))
            .collect();
        for names in self.numbers.values_mut() {
            names.retain(|_, number| !gone.contains(number));
        }
        gone
    }

    /// Adds the module under the next number.
    pub(crate) fn push(&mut self, module: Module) {
        if let Some(id) = &module.id {
            self.numbers.entry(id.address).or_default().insert(id.name.clone(), self.list.len());
        }
        self.list.push(Arc::new(module));
    }
}
