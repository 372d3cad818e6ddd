//! Packages on disk: `Move.toml`, sources, tests, scripts, and what is built from them.
//!
//! # Place      a folder -> [package] -> compiler, verifier, machine -> `build/`
//! # Invariants the same files give the same bytes, whatever the order in which the disk lists them;
//! #            nothing is fetched from a network
//! # Absent     dependencies that are not folders beside the package

pub mod build;
pub mod manifest;
pub mod source_maps;
pub mod test;
pub mod vaults;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use move_compiler::{Diagnostic, SourceFile};
use move_like_vm::fault::Fault;
use move_like_vm::format::Address;

use manifest::{AddressText, Manifest};

/// A package and everything it depends on.
#[derive(Clone, Debug)]
pub struct Package {
    /// The folder.
    pub root: PathBuf,
    /// Its name.
    pub name: String,
    /// What the names of addresses stand for, over all packages.
    pub addresses: BTreeMap<String, Address>,
    /// Its own sources, scripts among them.
    pub sources: Vec<SourceFile>,
    /// Its tests; read for a test only.
    pub tests: Vec<SourceFile>,
    /// The sources of everything it depends on.
    pub dependencies: Vec<SourceFile>,
}

/// Why a package cannot be read, built or tested.
#[derive(Debug)]
pub enum Trouble {
    /// A file or folder cannot be read or written.
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A `Move.toml` does not say what it should.
    Manifest {
        /// Which.
        path: PathBuf,
        /// Why.
        error: toml::de::Error,
    },
    /// A dependency is no folder: only `{ local = ".." }` is followed.
    NotLocal {
        /// The dependency.
        name: String,
    },
    /// Packages depend on each other in a circle.
    Circle {
        /// One of them.
        path: PathBuf,
    },
    /// An address is no number of at most 32 bytes.
    BadAddress {
        /// Its name.
        name: String,
    },
    /// Two packages give one name two addresses.
    TwoAddresses {
        /// The name.
        name: String,
    },
    /// No package gives a name its address.
    NoAddress {
        /// The name.
        name: String,
    },
    /// The sources do not compile.
    Compile(Vec<Diagnostic>),
    /// The verifier refuses what the compiler made.
    Refused {
        /// The module or script.
        name: String,
        /// Why, at its line.
        diagnostic: Box<Diagnostic>,
        /// The same for tools.
        fault: Fault,
    },
    /// What was compiled cannot be written.
    Unwritable {
        /// The module or script.
        name: String,
        /// Why.
        fault: Fault,
    },
}

impl fmt::Display for Trouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, error } => write!(formatter, "{}: {error}", path.display()),
            Self::Manifest { path, error } => write!(formatter, "{}: {error}", path.display()),
            Self::NotLocal { name } => {
                write!(formatter, "dependency `{name}`: only `{{ local = \"..\" }}` is followed")
            }
            Self::Circle { path } => {
                write!(formatter, "{}: packages depend on each other in a circle", path.display())
            }
            Self::BadAddress { name } => {
                write!(
                    formatter,
                    "address `{name}` is neither \"_\" nor `0x` and 64 digits at most"
                )
            }
            Self::TwoAddresses { name } => {
                write!(formatter, "address `{name}` is given two values")
            }
            Self::NoAddress { name } => write!(formatter, "address `{name}` is given no value"),
            Self::Compile(diagnostics) => {
                for diagnostic in diagnostics {
                    writeln!(formatter, "{diagnostic}\n")?;
                }
                Ok(())
            }
            Self::Refused { diagnostic, .. } => diagnostic.fmt(formatter),
            Self::Unwritable { name, fault } => {
                write!(formatter, "{name}: {} cannot be written", fault.status)
            }
        }
    }
}

impl std::error::Error for Trouble {}

/// Which files of a package are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Sources and scripts.
    Build,
    /// Tests too, with the addresses that `[dev-addresses]` gives.
    Test,
}

/// Reads a package with everything it depends on.
pub fn read(root: &Path, scope: Scope) -> Result<Package, Trouble> {
    let manifest = Manifest::read(root)?;
    let mut addresses = Addresses::default();
    let mut dependencies = Vec::new();
    let mut visit =
        Visit { addresses: &mut addresses, sources: &mut dependencies, done: Vec::new() };
    visit.package(root, &manifest, scope, &mut Vec::new())?;
    let mut sources = folder(root, "sources", "")?;
    sources.extend(folder(root, "scripts", "")?);
    let tests = match scope {
        Scope::Build => Vec::new(),
        Scope::Test => folder(root, "tests", "")?,
    };
    Ok(Package {
        root: root.to_owned(),
        name: manifest.name,
        addresses: addresses.known()?,
        sources,
        tests,
        dependencies,
    })
}

/// Names of addresses, some of which wait for another package to give them a value.
#[derive(Debug, Default)]
struct Addresses(BTreeMap<String, Option<Address>>);

impl Addresses {
    fn add(&mut self, given: &BTreeMap<String, AddressText>) -> Result<(), Trouble> {
        for (name, text) in given {
            let value = text.value().ok_or(Trouble::BadAddress { name: name.clone() })?;
            let known = self.0.entry(name.clone()).or_default();
            match (*known, value) {
                (Some(one), Some(other)) if one != other => {
                    return Err(Trouble::TwoAddresses { name: name.clone() });
                }
                (None, Some(_)) => *known = value,
                _ => {}
            }
        }
        Ok(())
    }

    fn known(self) -> Result<BTreeMap<String, Address>, Trouble> {
        let known = self.0.into_iter().map(|(name, address)| match address {
            Some(address) => Ok((name, address)),
            None => Err(Trouble::NoAddress { name }),
        });
        known.collect()
    }
}

/// The walk over a package and its dependencies.
struct Visit<'a> {
    addresses: &'a mut Addresses,
    sources: &'a mut Vec<SourceFile>,
    done: Vec<PathBuf>,
}

impl Visit<'_> {
    fn package(
        &mut self,
        root: &Path,
        manifest: &Manifest,
        scope: Scope,
        above: &mut Vec<PathBuf>,
    ) -> Result<(), Trouble> {
        let here = canonical(root)?;
        if above.contains(&here) {
            return Err(Trouble::Circle { path: here });
        }
        if self.done.contains(&here) {
            return Ok(());
        }
        self.done.push(here.clone());
        above.push(here);
        let is_dependency = above.len() > 1;
        self.addresses.add(&manifest.addresses)?;
        let mut dependencies = manifest.dependencies.clone();
        if scope == Scope::Test && !is_dependency {
            self.addresses.add(&manifest.dev_addresses)?;
            dependencies.extend(manifest.dev_dependencies.clone());
        }
        for (name, dependency) in dependencies {
            let Some(local) = dependency.local else { return Err(Trouble::NotLocal { name }) };
            self.addresses.add(&dependency.addresses)?;
            let folder = root.join(local);
            self.package(&folder, &Manifest::read(&folder)?, scope, above)?;
        }
        if is_dependency {
            let label = format!("{}/", manifest.name);
            self.sources.extend(folder(root, "sources", &label)?);
        }
        above.pop();
        Ok(())
    }
}

fn canonical(path: &Path) -> Result<PathBuf, Trouble> {
    path.canonicalize().map_err(|error| Trouble::File { path: path.to_owned(), error })
}

/// The Move files below a part of a package, in the order of their paths; none if there is no such
/// part. Their names are the paths in the package behind the label, wherever the package lies.
fn folder(root: &Path, part: &str, label: &str) -> Result<Vec<SourceFile>, Trouble> {
    let mut files = Vec::new();
    let mut open = vec![root.join(part)];
    while let Some(folder) = open.pop() {
        let trouble = |error| Trouble::File { path: folder.clone(), error };
        if !folder.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(&folder).map_err(trouble)? {
            let path = entry.map_err(trouble)?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "move") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(root).unwrap_or(&path).display();
            let name = format!("{label}{inside}");
            match std::fs::read_to_string(&path) {
                Ok(text) => Ok(SourceFile::new(name, text)),
                Err(error) => Err(Trouble::File { path, error }),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
