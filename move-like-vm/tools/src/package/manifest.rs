//! `Move.toml`: the part of it that we follow.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use move_like_vm::format::Address;
use serde::Deserialize;

use super::Trouble;
use crate::naming::parse_address;

/// An address as a manifest writes it: `"_"` waits for another package to give it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct AddressText(String);

impl AddressText {
    /// The address, if there is one yet; `None` if the text is none.
    pub fn value(&self) -> Option<Option<Address>> {
        if self.0 == "_" {
            return Some(None);
        }
        parse_address(&self.0).map(Some)
    }
}

/// Something that a package depends on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Dependency {
    /// Its folder, seen from the package.
    pub local: Option<PathBuf>,
    /// What names of addresses stand for in it.
    #[serde(default, rename = "addr_subst")]
    pub addresses: BTreeMap<String, AddressText>,
}

/// What a manifest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The package's name.
    pub name: String,
    /// The package's version.
    pub version: String,
    /// What names of addresses stand for.
    pub addresses: BTreeMap<String, AddressText>,
    /// The same, for tests of this package.
    pub dev_addresses: BTreeMap<String, AddressText>,
    /// What it depends on.
    pub dependencies: BTreeMap<String, Dependency>,
    /// What its tests depend on.
    pub dev_dependencies: BTreeMap<String, Dependency>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct File {
    package: Header,
    #[serde(default)]
    addresses: BTreeMap<String, AddressText>,
    #[serde(default)]
    dev_addresses: BTreeMap<String, AddressText>,
    #[serde(default)]
    dependencies: BTreeMap<String, Dependency>,
    #[serde(default)]
    dev_dependencies: BTreeMap<String, Dependency>,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    #[serde(default)]
    version: String,
}

impl Manifest {
    /// Reads the manifest of a folder.
    pub fn read(root: &Path) -> Result<Self, Trouble> {
        let path = root.join("Move.toml");
        match std::fs::read_to_string(&path) {
            Err(error) => Err(Trouble::File { path, error }),
            Ok(text) => Self::parse(&text).map_err(|error| Trouble::Manifest { path, error }),
        }
    }

    /// Reads the text of a manifest.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let file: File = toml::from_str(text)?;
        Ok(Self {
            name: file.package.name,
            version: file.package.version,
            addresses: file.addresses,
            dev_addresses: file.dev_addresses,
            dependencies: file.dependencies,
            dev_dependencies: file.dev_dependencies,
        })
    }
}
