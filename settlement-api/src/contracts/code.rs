//! Published modules, read from the ledger with their proofs: what calls may name, and at what cost.
//!
//! # Invariants a bound is of the code as it is published when it is asked for

use std::collections::BTreeMap;

use ledger_core::{
    draft::Records,
    id::{AccountId, Text},
    program::{
        EntryFunction, Module, ModuleKey, TypeTag, entry_functions, gas_bound, named_modules,
    },
    record::{Name, Record},
};

use super::CallRefused;
use crate::{
    gateway::{Gateway, GatewayFault},
    refused::Refused,
};

/// Modules that one call may reach.
const MODULES: usize = 64;

/// A module and all that it stands on.
pub struct Code {
    module: Module,
    proved: u64,
    records: BTreeMap<Name, Record>,
}

impl Records for Code {
    fn record(&self, name: &Name) -> Option<&Record> {
        self.records.get(name)
    }
}

fn name_of(address: &AccountId, name: &Text) -> Name {
    Name::Module(ModuleKey::of(address, name.get()))
}

impl Code {
    /// Reads a module and those that it names, and so on.
    ///
    /// # Errors
    /// [`CallRefused::ModuleUnknown`], [`CallRefused::ModuleTooWide`]; a fault of the ledger port.
    pub async fn read(gateway: &Gateway, at: &AccountId, name: &Text) -> Result<Self, Refused> {
        let mut records: BTreeMap<Name, Record> = BTreeMap::new();
        let mut wanted = vec![(*at, name.clone())];
        let mut found: Option<(Module, u64)> = None;
        while let Some((address, name)) = wanted.pop() {
            let key = name_of(&address, &name);
            if records.contains_key(&key) {
                continue;
            }
            if records.len() >= MODULES {
                return Err(CallRefused::ModuleTooWide.into());
            }
            let read = gateway.ledger.record(&key).await.map_err(GatewayFault::from)?;
            let Some((Record::Module(module), proved)) = read else {
                return Err(CallRefused::ModuleUnknown.into());
            };
            let named = named_modules(&module.bytes);
            wanted.extend(named.map_err(|status| CallRefused::FunctionUnknown(status.name()))?);
            if found.is_none() {
                let height = proved.certified.header.results.height.get();
                found = Some(((*module).clone(), height));
            }
            records.insert(key, Record::Module(module));
        }
        let (module, proved) = found.ok_or(CallRefused::ModuleUnknown)?;
        Ok(Self { module, proved, records })
    }

    /// The module that was asked for.
    #[must_use]
    pub const fn module(&self) -> &Module {
        &self.module
    }

    /// The block as of which it was proved.
    #[must_use]
    pub const fn proved(&self) -> u64 {
        self.proved
    }

    /// Functions that a call may name.
    ///
    /// # Errors
    /// [`CallRefused::FunctionUnknown`] where this gateway cannot read the module.
    pub fn entries(&self) -> Result<Vec<EntryFunction>, CallRefused> {
        entry_functions(&self.module.bytes)
            .map_err(|status| CallRefused::FunctionUnknown(status.name()))
    }

    /// One of them.
    ///
    /// # Errors
    /// [`CallRefused::FunctionUnknown`].
    pub fn entry(&self, function: &Text) -> Result<EntryFunction, CallRefused> {
        let named = self.entries()?.into_iter().find(|entry| entry.name == function.get());
        named.ok_or(CallRefused::FunctionUnknown("no entry function of that name"))
    }

    /// The most gas that a call of a function costs, where there is a bound.
    ///
    /// # Errors
    /// [`CallRefused::FunctionUnknown`] where it cannot be called with these types.
    pub fn bound(&self, function: &Text, types: &[TypeTag]) -> Result<Option<u64>, CallRefused> {
        let types: Vec<Vec<u8>> = types.iter().map(TypeTag::to_bytes).collect();
        gas_bound(self, (&self.module.address, &self.module.name), function, &types)
            .map_err(|status| CallRefused::FunctionUnknown(status.name()))
    }
}
