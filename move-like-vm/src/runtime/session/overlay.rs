//! The state as a session sees it behind its own writes.

use std::collections::BTreeMap;

use super::Resources;
use crate::fault::Fault;
use crate::format::Address;
use crate::runtime::state::{Bytes, ModuleId, ResourceKey, State};
use crate::runtime::tag::StructTag;

/// A state with writes over it.
pub(super) struct Overlay<'a> {
    state: &'a dyn State,
    pub(super) modules: BTreeMap<ModuleId, Bytes>,
    /// What storage has and what it is to have.
    resources: BTreeMap<ResourceKey, (Option<Bytes>, Option<Bytes>)>,
}

impl<'a> Overlay<'a> {
    pub(super) fn new(state: &'a dyn State) -> Self {
        Self { state, modules: BTreeMap::new(), resources: BTreeMap::new() }
    }

    /// Writes a resource; the first write keeps what storage has.
    pub(super) fn write(&mut self, key: ResourceKey, stored: Option<Bytes>, new: Option<Bytes>) {
        self.resources.entry(key).or_insert_with(|| (stored, None)).1 = new;
    }

    /// The resources that end up other than storage has them.
    pub(super) fn changed_resources(&self) -> Resources {
        self.resources
            .iter()
            .filter(|(_, (stored, new))| stored != new)
            .map(|(key, (_, new))| (key.clone(), new.clone()))
            .collect()
    }
}

impl State for Overlay<'_> {
    fn module(&self, address: &Address, name: &str) -> Result<Option<Bytes>, Fault> {
        if !self.modules.is_empty() {
            let id = ModuleId { address: *address, name: name.to_owned() };
            if let Some(bytes) = self.modules.get(&id) {
                return Ok(Some(bytes.clone()));
            }
        }
        self.state.module(address, name)
    }

    fn resource(&self, address: &Address, tag: &StructTag) -> Result<Option<Bytes>, Fault> {
        if !self.resources.is_empty()
            && let Some((_, new)) = self.resources.get(&(*address, tag.clone()))
        {
            return Ok(new.clone());
        }
        self.state.resource(address, tag)
    }
}
