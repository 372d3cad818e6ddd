//! From binaries in storage to modules of the program.
//!
//! # Place      session -> [loader] -> program
//! # Invariants a module is loaded behind all that it names; what was loaded from other bytes than storage
//! #            holds now is forgotten with all that names it; nothing recurses over modules
//! # Absent     translation: a function is translated when it is called

use std::collections::{BTreeMap, BTreeSet};

use super::admit;
use super::machine::Config;
use super::module::{Module, Unit};
use super::program::Program;
use super::state::{Bytes, ModuleId, State};
use super::types::{StructId, StructInfo, Types, formulas};
use crate::decode;
use crate::fault::Fault;
use crate::format::{CompiledModule, CompiledScript, FunctionDefinitionIndex, Tables};
use crate::status::Status;
use crate::verify::{self, Published};

/// Loads modules and scripts for one session.
pub(crate) struct Loader<'a> {
    pub(crate) program: &'a mut Program,
    pub(crate) config: &'a Config,
    pub(crate) state: &'a dyn State,
    /// The modules whose bytes were compared with storage by now.
    pub(crate) fresh: &'a mut BTreeSet<usize>,
    /// The modules that were looked for: the same, whatever was loaded before.
    pub(crate) reads: &'a mut BTreeSet<ModuleId>,
}

/// A module that waits for those which it names.
struct Waiting {
    id: ModuleId,
    bytes: Bytes,
    compiled: CompiledModule,
    /// What it names and is not loaded, the next one last.
    missing: Vec<ModuleId>,
}

impl Loader<'_> {
    /// The number of a module, with everything it names loaded.
    pub(crate) fn module(&mut self, id: &ModuleId) -> Result<usize, Fault> {
        match self.find(id)? {
            Some(index) => Ok(index),
            None => self.load(id)?.ok_or(Fault::new(Status::LinkerError)),
        }
    }

    /// Whether storage has the module; if so, it is loaded.
    pub(crate) fn try_module(&mut self, id: &ModuleId) -> Result<Option<usize>, Fault> {
        match self.find(id)? {
            Some(index) => Ok(Some(index)),
            None => self.load(id),
        }
    }

    /// A script, verified and linked.
    pub(crate) fn script(&mut self, bytes: &Bytes) -> Result<usize, Fault> {
        if let Some(index) = self.program.scripts.get(bytes).copied() {
            if self.is_fresh(index)? {
                self.note(index)?;
                return Ok(index);
            }
            self.program.forget(index);
        }
        // Move tells of a script only that it cannot be read
        let script = decode::checked_script(bytes, self.config.dialect())
            .map_err(|fault| Fault { status: Status::CodeDeserializationError, ..fault })?;
        if let Some(config) = &self.config.verifier {
            admit::script(&script, config)?;
        }
        for name in named(&script.tables())? {
            self.try_module(&name)?;
        }
        admit::script_links(&script, &Linked { program: self.program, bundle: &[], pending: &[] })?;
        let index = self.program.modules.len();
        self.register(Unit::Script(script), None, bytes.clone())?;
        self.program.scripts.insert(bytes.clone(), index);
        self.fresh.insert(index);
        Ok(index)
    }

    /// Loads what a module names, its friends, and what they name, as far as it is there.
    pub(crate) fn surroundings(&mut self, module: &CompiledModule) -> Result<(), Fault> {
        let mut waiting = named(&module.tables())?;
        waiting.extend(friends(&module.tables())?);
        let mut seen = BTreeSet::new();
        while let Some(id) = waiting.pop() {
            if !seen.insert(id.clone()) {
                continue;
            }
            if let Some(index) = self.try_module(&id)? {
                let tables = self.program.modules.get(index)?.tables();
                waiting.extend(named(&tables)?);
                waiting.extend(friends(&tables)?);
            }
        }
        Ok(())
    }

    /// A module that is loaded from the bytes that storage has now.
    fn find(&mut self, id: &ModuleId) -> Result<Option<usize>, Fault> {
        let Some(index) = self.program.modules.find(&id.address, &id.name) else { return Ok(None) };
        if !self.is_fresh(index)? {
            return Ok(None);
        }
        self.note(index)?;
        Ok(Some(index))
    }

    /// Notes a module and all that it names as read.
    fn note(&mut self, index: usize) -> Result<(), Fault> {
        for other in &self.program.modules.get(index)?.closure {
            if let Some(id) = self.program.modules.get(*other)?.id()
                && !self.reads.contains(id)
            {
                self.reads.insert(id.clone());
            }
        }
        Ok(())
    }

    /// Compares a module and all that it names with storage; what differs is forgotten.
    fn is_fresh(&mut self, index: usize) -> Result<bool, Fault> {
        let mut fresh = true;
        for other in self.program.modules.get(index)?.closure.clone() {
            if self.fresh.contains(&other) {
                continue;
            }
            let module = self.program.modules.get(other)?;
            let stored = match module.id() {
                Some(id) => self.state.module(&id.address, &id.name)?,
                None => Some(module.bytes.clone()),
            };
            if stored.is_some_and(|bytes| {
                std::sync::Arc::ptr_eq(&bytes, &module.bytes) || bytes == module.bytes
            }) {
                self.fresh.insert(other);
            } else {
                self.program.forget(other);
                fresh = false;
            }
        }
        Ok(fresh)
    }

    /// Loads a module behind everything it names.
    fn load(&mut self, root: &ModuleId) -> Result<Option<usize>, Fault> {
        let Some(first) = self.read(root)? else { return Ok(None) };
        let mut stack = vec![first];
        let mut open = BTreeSet::from([root.clone()]);
        while let Some(top) = stack.last_mut() {
            if let Some(id) = top.missing.pop() {
                if self.find(&id)?.is_some() {
                    continue;
                }
                if !open.insert(id.clone()) {
                    return Err(Fault::new(Status::CyclicModuleDependency));
                }
                stack.push(self.read(&id)?.ok_or(Fault::new(Status::LinkerError))?);
            } else if let Some(done) = stack.pop() {
                open.remove(&done.id);
                self.fresh.insert(self.program.modules.len());
                self.register(Unit::Module(done.compiled), Some(done.id), done.bytes)?;
            }
        }
        Ok(self.program.modules.find(&root.address, &root.name))
    }

    /// A module from storage, which has accepted it before.
    fn read(&mut self, id: &ModuleId) -> Result<Option<Waiting>, Fault> {
        self.reads.insert(id.clone());
        let Some(bytes) = self.state.module(&id.address, &id.name)? else { return Ok(None) };
        let compiled = decode::checked_module(&bytes, self.config.dialect())
            .map_err(|fault| Fault { status: Status::UnexpectedDeserializationError, ..fault })?;
        if let Some(config) = &self.config.verifier {
            admit::module(&compiled, config)
                .map_err(|fault| Fault { status: Status::UnexpectedVerifierError, ..fault })?;
        }
        let own = verify::ModuleId::own(&compiled)?;
        if (own.address, own.name) != (&id.address, id.name.as_str()) {
            return Err(Fault::new(Status::StorageError));
        }
        let missing = named(&compiled.tables())?;
        Ok(Some(Waiting { id: id.clone(), bytes, compiled, missing }))
    }

    /// Gives a module or script the next number, with its names resolved.
    fn register(&mut self, unit: Unit, id: Option<ModuleId>, bytes: Bytes) -> Result<(), Fault> {
        let index = self.program.modules.len();
        let tables = match &unit {
            Unit::Module(module) => module.tables(),
            Unit::Script(script) => script.tables(),
        };
        let mut closure = BTreeSet::from([index]);
        for name in named(&tables)? {
            if let Some(other) = self.program.modules.find(&name.address, &name.name) {
                closure.extend(&self.program.modules.get(other)?.closure);
            }
        }
        let functions_by_name = functions(&tables)?;
        let (structs, structs_by_name) = self.structs(&tables, index, id.as_ref())?;
        self.program.modules.push(Module {
            id,
            bytes,
            closure: closure.into_iter().collect(),
            structs,
            structs_by_name,
            functions_by_name,
            unit,
        });
        Ok(())
    }

    /// Numbers for the structs that a module defines, and those of the structs that it names.
    #[allow(clippy::type_complexity, reason = "two tables that are made together")]
    fn structs(
        &mut self,
        tables: &Tables<'_>,
        module: usize,
        id: Option<&ModuleId>,
    ) -> Result<(Vec<Option<StructId>>, BTreeMap<String, StructId>), Fault> {
        let mut handles = Vec::with_capacity(tables.struct_handles.len());
        for handle in tables.struct_handles {
            let home = verify::ModuleId::at(tables, handle.module)?;
            let own =
                id.is_some_and(|id| (&id.address, id.name.as_str()) == (home.address, home.name));
            let found = match self.program.modules.find(home.address, home.name) {
                Some(other) if !own => {
                    let name = tables.identifier(handle.name)?;
                    self.program.modules.get(other)?.structs_by_name.get(name).copied()
                }
                _ => None,
            };
            handles.push(found);
        }
        let depths = {
            let types: &Types = &self.program.types;
            formulas(types, *tables, |handle| handles.get(handle).copied().flatten())
        };
        let mut by_name = BTreeMap::new();
        for ((definition, depth), number) in
            tables.struct_definitions.iter().zip(depths).zip(0u16..)
        {
            let handle = tables.struct_handle(definition.handle)?;
            let name = tables.identifier(handle.name)?.to_owned();
            let struct_ = self.program.types.add_struct(StructInfo {
                module,
                definition: crate::format::StructDefinitionIndex(number),
                name: name.clone(),
                abilities: handle.abilities,
                parameters: handle.type_parameters.clone(),
                depth,
            })?;
            by_name.insert(name, struct_);
            if let Some(slot) = handles.get_mut(definition.handle.get()) {
                *slot = Some(struct_);
            }
        }
        Ok((handles, by_name))
    }
}

/// The modules that code names, besides itself.
fn named(tables: &Tables<'_>) -> Result<Vec<ModuleId>, Fault> {
    let own = tables.self_module_handle.map(|own| tables.module_handle(own)).transpose()?;
    let others = tables.module_handles.iter().filter(|handle| Some(*handle) != own);
    others.map(|handle| owned(verify::ModuleId::of(tables, handle)?)).collect()
}

fn friends(tables: &Tables<'_>) -> Result<Vec<ModuleId>, Fault> {
    let declared = tables.friend_declarations.iter();
    declared.map(|handle| owned(verify::ModuleId::of(tables, handle)?)).collect()
}

fn owned(id: verify::ModuleId<'_>) -> Result<ModuleId, Fault> {
    Ok(ModuleId { address: *id.address, name: id.name.to_owned() })
}

fn functions(tables: &Tables<'_>) -> Result<BTreeMap<String, FunctionDefinitionIndex>, Fault> {
    tables
        .function_definitions
        .iter()
        .zip(0u16..)
        .map(|(definition, index)| {
            let name = tables.identifier(tables.function_handle(definition.handle)?.name)?;
            Ok((name.to_owned(), FunctionDefinitionIndex(index)))
        })
        .collect()
}

/// The modules that a new one is linked against.
pub(crate) struct Linked<'a> {
    pub(crate) program: &'a Program,
    /// Those of the same bundle that were accepted before it.
    pub(crate) bundle: &'a [CompiledModule],
    /// Those of the same bundle that come behind it.
    pub(crate) pending: &'a [CompiledModule],
}

impl Published for Linked<'_> {
    fn module(&self, id: verify::ModuleId<'_>) -> Option<&CompiledModule> {
        let own = |module: &&CompiledModule| verify::ModuleId::own(module) == Ok(id);
        if let Some(module) = self.bundle.iter().rev().find(own) {
            return Some(module);
        }
        let index = self.program.modules.find(id.address, id.name)?;
        match &self.program.modules.get(index).ok()?.unit {
            Unit::Module(module) => Some(module),
            Unit::Script(_) => None,
        }
    }

    fn is_pending(&self, id: verify::ModuleId<'_>) -> bool {
        self.pending.iter().any(|module| verify::ModuleId::own(module) == Ok(id))
    }

    fn has_native(&self, module: verify::ModuleId<'_>, function: &str) -> bool {
        let key =
            super::native::NativeKey { address: *module.address, module: module.name, function };
        self.program.natives.find(key).is_some()
    }
}

/// Decodes the modules of a bundle.
pub(crate) fn bundle(modules: &[Bytes], config: &Config) -> Result<Vec<CompiledModule>, Fault> {
    modules.iter().map(|bytes| decode::checked_module(bytes, config.dialect())).collect()
}

/// The script behind a unit.
pub(crate) fn script_of(unit: &Unit) -> Option<&CompiledScript> {
    match unit {
        Unit::Script(script) => Some(script),
        Unit::Module(_) => None,
    }
}
