//! The modules that code is linked against.
//!
//! # Place      [published] <- dependencies, cycles, link; implemented by whoever holds modules
//! # Invariants what is found here was itself verified and linked before
//! # Absent     storage and decoding

use std::fmt;

use crate::fault::Fault;
use crate::format::{Address, CompiledModule, ModuleHandle, ModuleHandleIndex, Tables};

/// A module by address and name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleId<'a> {
    /// Where it is published.
    pub address: &'a Address,
    /// Its name.
    pub name: &'a str,
}

impl fmt::Debug for ModuleId<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("0x")?;
        let mut digits = self.address.iter().skip_while(|byte| **byte == 0);
        digits.try_for_each(|byte| write!(formatter, "{byte:02x}"))?;
        write!(formatter, "::{}", self.name)
    }
}

impl<'a> ModuleId<'a> {
    /// The module that a handle names.
    pub fn of(tables: &Tables<'a>, handle: &ModuleHandle) -> Result<Self, Fault> {
        let address = tables.address(handle.address)?;
        Ok(Self { address, name: tables.identifier(handle.name)? })
    }

    /// The module that a handle names, by its index.
    pub fn at(tables: &Tables<'a>, handle: ModuleHandleIndex) -> Result<Self, Fault> {
        Self::of(tables, tables.module_handle(handle)?)
    }

    /// The module itself.
    pub fn own(module: &'a CompiledModule) -> Result<Self, Fault> {
        Self::at(&module.tables(), module.self_module_handle)
    }
}

/// The modules that the tables name, other than the module itself, in the order of their handles.
pub(super) fn dependencies<'a>(tables: &Tables<'a>) -> Result<Vec<ModuleId<'a>>, Fault> {
    let own = tables.self_module_handle.map(|own| tables.module_handle(own)).transpose()?;
    let others = tables.module_handles.iter().filter(|handle| Some(*handle) != own);
    others.map(|handle| ModuleId::of(tables, handle)).collect()
}

/// The modules that are friends, in the order of their declarations.
pub(super) fn friends<'a>(tables: &Tables<'a>) -> Result<Vec<ModuleId<'a>>, Fault> {
    tables.friend_declarations.iter().map(|handle| ModuleId::of(tables, handle)).collect()
}

/// Modules, and what the machine has natively.
///
/// While several modules are published at once, those before the one that is linked count as published,
/// and those behind it as pending.
pub trait Published {
    /// A module.
    fn module(&self, id: ModuleId<'_>) -> Option<&CompiledModule>;

    /// Whether a module is published together with the one that is linked, and after it. A friend may
    /// be; it is looked at when its turn comes.
    fn is_pending(&self, _id: ModuleId<'_>) -> bool {
        false
    }

    /// Whether the machine has a function of that module.
    fn has_native(&self, _module: ModuleId<'_>, _function: &str) -> bool {
        false
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{ModuleId, Published};
    use crate::format::CompiledModule;

    /// Modules in a list, and the names of native functions that exist everywhere.
    #[derive(Default)]
    pub(in crate::verify) struct World {
        pub(in crate::verify) modules: Vec<CompiledModule>,
        pub(in crate::verify) pending: Vec<CompiledModule>,
        pub(in crate::verify) natives: Vec<&'static str>,
    }

    impl Published for World {
        fn module(&self, id: ModuleId<'_>) -> Option<&CompiledModule> {
            self.modules.iter().find(|module| ModuleId::own(module) == Ok(id))
        }

        fn is_pending(&self, id: ModuleId<'_>) -> bool {
            self.pending.iter().any(|module| ModuleId::own(module) == Ok(id))
        }

        fn has_native(&self, _module: ModuleId<'_>, function: &str) -> bool {
            self.natives.contains(&function)
        }
    }

    #[test]
    fn an_address_is_shown_without_leading_zeros() {
        let address = crate::testing::address(0x42);
        let id = ModuleId { address: &address, name: "M" };
        assert_eq!(format!("{id:?}"), "0x42::M");
    }
}
