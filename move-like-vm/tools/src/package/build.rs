//! `florin move build`: sources to binaries and source maps.
//!
//! # Place      package -> [build] -> compiler, verifier -> `build/<name>`
//! # Invariants what is written was verified; a build that fails writes nothing
//! # Absent     binaries of dependencies: each package builds its own

use std::path::{Path, PathBuf};

use move_compiler::{CompiledUnit, Dependency, Options, Unit, compile, explain_with};
use move_like_vm::encode;
use move_like_vm::verify::{self, Config};

use super::source_maps::StoredMap;
use super::{Package, Scope, Trouble, read};

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The module or script.
    pub name: String,
    /// The binary.
    pub binary: PathBuf,
    /// Its size in bytes.
    pub bytes: usize,
}

/// Builds the package in a folder under what our network asks of code.
pub fn build(root: &Path) -> Result<Vec<Written>, Trouble> {
    let package = read(root, Scope::Build)?;
    let units = units(&package)?;
    let mut files = Vec::new();
    for unit in &units {
        files.push((unit, bytes(unit)?));
    }
    let target = package.root.join("build").join(&package.name);
    let mut written = Vec::new();
    for (unit, bytes) in files {
        let folder = match unit.unit {
            Unit::Module(_) => "bytecode_modules",
            Unit::Script(_) => "bytecode_scripts",
        };
        let binary = target.join(folder).join(format!("{}.mv", unit.name));
        write(&binary, &bytes)?;
        let map = target.join("source_maps").join(format!("{}.json", unit.name));
        let text = serde_json::to_vec(&StoredMap::of(&unit.source_map))
            .map_err(|error| Trouble::File { path: map.clone(), error: error.into() })?;
        write(&map, &text)?;
        written.push(Written { name: unit.name.clone(), binary, bytes: bytes.len() });
    }
    Ok(written)
}

/// The modules and scripts of a package, compiled and verified.
pub fn units(package: &Package) -> Result<Vec<CompiledUnit>, Trouble> {
    let dependencies: Vec<_> = package.dependencies.iter().map(Dependency::Source).collect();
    let options = Options::default();
    let units = compile(&package.sources, &package.addresses, &dependencies, options)
        .map_err(Trouble::Compile)?;
    for unit in &units {
        verified(unit)?;
    }
    Ok(units)
}

/// Verifies what was compiled; a refusal is shown at its line.
pub(super) fn verified(unit: &CompiledUnit) -> Result<(), Trouble> {
    let config = Config::network();
    let result = match &unit.unit {
        Unit::Module(module) => verify::module(module, &config),
        Unit::Script(script) => verify::script(script, &config),
    };
    result.map_err(|fault| {
        let path = match &unit.unit {
            Unit::Module(module) => verify::borrow_path(module, &fault, &config),
            Unit::Script(_) => Vec::new(),
        };
        let diagnostic = Box::new(explain_with(&fault, &unit.source_map, &path));
        Trouble::Refused { name: unit.name.clone(), diagnostic, fault }
    })
}

/// The binary of a module or script.
pub(super) fn bytes(unit: &CompiledUnit) -> Result<Vec<u8>, Trouble> {
    let result = match &unit.unit {
        Unit::Module(module) => encode::module(module),
        Unit::Script(script) => encode::script(script),
    };
    result.map_err(|fault| Trouble::Unwritable { name: unit.name.clone(), fault })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    let trouble = |error| Trouble::File { path: path.to_owned(), error };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(trouble)?;
    }
    std::fs::write(path, bytes).map_err(trouble)
}
