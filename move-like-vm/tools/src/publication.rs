//! `florin move publish-check`: whether files could be published together.
//!
//! Each module is compared with its old version where there is one, verified, and linked with the
//! others. They are published in the order of their dependencies, whatever the order of the files.
//!
//! # Place      files -> [publication] -> verifier
//! # Invariants a set of which every file passes can be published together on a network that holds just
//! #            the old modules; a file that is refused does not hide what is wrong with the others
//! # Absent     who may publish: the ledger's rules say that

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use move_like_vm::fault::Fault;
use move_like_vm::format::{Address, AddressWidth, CompiledModule};
use move_like_vm::runtime::native::{NativeKey, Natives};
use move_like_vm::status::Status;
use move_like_vm::verify::{self, Compatibility, Config, ModuleId, Published};

use crate::binary::{self, Binary, Kind};
use crate::guard::guarded;
use crate::verification::Verdict;

type Name = (Address, String);

/// What is published, and what will be.
struct World<'a> {
    modules: BTreeMap<Name, CompiledModule>,
    pending: BTreeSet<Name>,
    natives: &'a dyn Natives,
}

fn name(id: ModuleId<'_>) -> Name {
    (*id.address, id.name.to_owned())
}

impl Published for World<'_> {
    fn module(&self, id: ModuleId<'_>) -> Option<&CompiledModule> {
        self.modules.get(&name(id))
    }

    fn is_pending(&self, id: ModuleId<'_>) -> bool {
        self.pending.contains(&name(id))
    }

    fn has_native(&self, module: ModuleId<'_>, function: &str) -> bool {
        let key = NativeKey { address: *module.address, module: module.name, function };
        self.natives.find(key).is_some()
    }
}

/// A file that is a module.
struct Candidate {
    index: usize,
    name: Name,
    module: CompiledModule,
}

/// Checks files against each other and against the old versions, which are taken as they are.
pub fn files(
    new: &[PathBuf],
    old: &[PathBuf],
    config: &Config,
    natives: &dyn Natives,
) -> Vec<Verdict> {
    let mut world = World { modules: BTreeMap::new(), pending: BTreeSet::new(), natives };
    let mut verdicts = Vec::new();
    for path in old {
        match read(path) {
            Ok((name, module)) => {
                world.modules.insert(name, module);
            }
            Err(fault) => verdicts.push(verdict(path, Some(Err(fault)))),
        }
    }
    let mut results: Vec<Option<Result<(), Fault>>> = Vec::new();
    let mut candidates = Vec::new();
    for (index, path) in new.iter().enumerate() {
        match read(path) {
            Ok((name, module)) => {
                results.push(None);
                candidates.push(Candidate { index, name, module });
            }
            Err(fault) => results.push(Some(Err(fault))),
        }
    }
    world.pending = candidates.iter().map(|candidate| candidate.name.clone()).collect();
    while !candidates.is_empty() {
        let free = free(&candidates);
        if free.is_none() {
            // All that is left is in a circle or behind one: linking tells which, once all is there.
            for candidate in &candidates {
                world.modules.insert(candidate.name.clone(), candidate.module.clone());
            }
        }
        let candidate = candidates.remove(free.unwrap_or(0));
        world.pending.remove(&candidate.name);
        let result =
            guarded(|| verify::publication(&candidate.module, Compatibility::FULL, config, &world));
        if let Some(slot) = results.get_mut(candidate.index) {
            *slot = result;
        }
        world.modules.insert(candidate.name, candidate.module);
    }
    verdicts.extend(new.iter().zip(results).map(|(path, result)| verdict(path, result)));
    verdicts
}

fn read(path: &Path) -> Result<(Name, CompiledModule), Fault> {
    let bytes = std::fs::read(path).map_err(|_| Fault::new(Status::StorageError))?;
    match binary::read_as(Kind::Module, &bytes, AddressWidth::ThirtyTwo)? {
        Binary::Module(module) => Ok((name(ModuleId::own(&module)?), module)),
        Binary::Script(_) => Err(Fault::new(Status::Malformed)),
    }
}

/// The first candidate that depends on no other one; `None` where all do.
fn free(candidates: &[Candidate]) -> Option<usize> {
    let waits = |candidate: &Candidate| {
        let named = names(&candidate.module);
        candidates.iter().any(|other| other.name != candidate.name && named.contains(&other.name))
    };
    candidates.iter().position(|candidate| !waits(candidate))
}

/// The modules that a module names.
fn names(module: &CompiledModule) -> BTreeSet<Name> {
    let tables = module.tables();
    let handles = module.module_handles.iter();
    handles.filter_map(|handle| ModuleId::of(&tables, handle).ok()).map(name).collect()
}

fn verdict(path: &Path, result: Option<Result<(), Fault>>) -> Verdict {
    Verdict::of(path.display().to_string(), result)
}

#[cfg(test)]
mod tests;
