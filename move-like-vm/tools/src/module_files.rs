//! Files of modules for reports, with the source maps that a build writes beside them.
//!
//! # Place      files -> [module_files] -> conservation report, gas profile
//! # Invariants every module was verified by itself before a report relies on it
//! # Absent     scripts: reports are about what stays

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use move_like_vm::fault::Fault;
use move_like_vm::format::CompiledModule;
use move_like_vm::runtime::Schedule;
use move_like_vm::runtime::native::Natives;
use move_like_vm::status::Status;
use move_like_vm::verify::{self, Config};

use crate::binary::{self, Binary, Kind};
use crate::conservation::{self, Report};
use crate::naming::{self, MemberName, ModuleName};
use crate::package::source_maps::StoredMap;
use crate::profile::{self, Profile};

/// A file that is no module, or one that the verifier refuses.
#[derive(Debug)]
pub struct BadFile {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub fault: Fault,
}

impl fmt::Display for BadFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.path.display(), self.fault.status)
    }
}

impl std::error::Error for BadFile {}

/// A file that was read.
#[derive(Clone, Debug)]
pub struct ModuleFile {
    /// Its name.
    pub name: ModuleName,
    /// The module.
    pub module: CompiledModule,
    /// Where its code comes from, if a build left that beside it.
    pub map: Option<StoredMap>,
}

/// Reads and verifies files.
pub fn read(paths: &[PathBuf]) -> Result<Vec<ModuleFile>, BadFile> {
    let mut contents = Vec::new();
    for path in paths {
        let read = std::fs::read(path);
        let fault = Fault::new(Status::StorageError);
        contents.push(read.map_err(|_| BadFile { path: path.clone(), fault })?);
    }
    let addresses = binary::width(contents.iter().map(Vec::as_slice));
    let files = paths.iter().zip(&contents).map(|(path, bytes)| {
        let module = match binary::read_as(Kind::Module, bytes, addresses) {
            Ok(Binary::Module(module)) => verified(module),
            Ok(Binary::Script(_)) => Err(Fault::new(Status::Malformed)),
            Err(fault) => Err(fault),
        };
        let (module, name) = module.map_err(|fault| BadFile { path: path.clone(), fault })?;
        Ok(ModuleFile { name, module, map: map_beside(path) })
    });
    files.collect()
}

fn verified(module: CompiledModule) -> Result<(CompiledModule, ModuleName), Fault> {
    verify::module(&module, &Config::reference())?;
    let name = naming::module(&module.tables(), module.self_module_handle)?;
    Ok((module, name))
}

/// `build/Name/bytecode_modules/x.mv` has its map in `build/Name/source_maps/x.json`.
fn map_beside(path: &Path) -> Option<StoredMap> {
    let target = path.parent()?.parent()?;
    let name = format!("{}.json", path.file_stem()?.to_str()?);
    StoredMap::read(&target.join("source_maps").join(name))
}

/// The conservation report over files.
pub fn conservation(files: &[ModuleFile], asked: &[MemberName]) -> Result<Report, Fault> {
    let modules: Vec<CompiledModule> = files.iter().map(|file| file.module.clone()).collect();
    conservation::report(&modules, asked, &|name, function, instruction| {
        let file = files.iter().find(|file| file.name == *name)?;
        file.map.as_ref()?.line(function, instruction)
    })
}

/// The gas profiles of files.
pub fn profiles(
    files: &[ModuleFile],
    schedule: &Schedule,
    natives: &Arc<dyn Natives + Send + Sync>,
) -> Result<Vec<Profile>, Fault> {
    let modules: Vec<CompiledModule> = files.iter().map(|file| file.module.clone()).collect();
    profile::profiles(&modules, schedule, natives)
}
