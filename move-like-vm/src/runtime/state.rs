//! What the machine reads from its caller, and what it gives back.
//!
//! # Place      ledger -> [state] -> session; session -> change set -> ledger
//! # Invariants the machine only reads; what it would write is one ordered set, equal on every validator
//! # Absent     storage: the caller keeps modules and resources and applies the change set, or not

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::tag::{StructTag, TypeTag};
use crate::fault::Fault;
use crate::format::Address;

/// Bytes that several owners share.
pub type Bytes = Arc<[u8]>;

/// A module by where it is published and its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleId {
    /// Where it is published.
    pub address: Address,
    /// Its name.
    pub name: String,
}

/// What is in storage before a session. A fault of the storage itself is `STORAGE_ERROR`.
pub trait State {
    /// The binary of a module.
    fn module(&self, address: &Address, name: &str) -> Result<Option<Bytes>, Fault>;
    /// A resource in BCS.
    fn resource(&self, address: &Address, tag: &StructTag) -> Result<Option<Bytes>, Fault>;
}

/// A resource by the account that holds it and its type.
pub type ResourceKey = (Address, StructTag);

/// Something that a program tells those who watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which stream it belongs to.
    pub key: Vec<u8>,
    /// Its number in the stream.
    pub sequence: u64,
    /// The type of the message.
    pub type_: TypeTag,
    /// The message in BCS.
    pub message: Vec<u8>,
}

/// What a session would change, in an order that does not depend on how it came about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeSet {
    /// Modules that are published or replaced.
    pub modules: BTreeMap<ModuleId, Bytes>,
    /// Resources in BCS; `None` where one is taken away.
    pub resources: BTreeMap<ResourceKey, Option<Bytes>>,
    /// Events in the order in which they were written.
    pub events: Vec<Event>,
}

/// What a session read, be it there or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadSet {
    /// Modules.
    pub modules: BTreeSet<ModuleId>,
    /// Resources.
    pub resources: BTreeSet<ResourceKey>,
}

/// The names of what a session would change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteSet {
    /// Modules.
    pub modules: BTreeSet<ModuleId>,
    /// Resources.
    pub resources: BTreeSet<ResourceKey>,
}

impl ChangeSet {
    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        self.modules.is_empty() && self.resources.is_empty() && self.events.is_empty()
    }

    /// The names of what would change.
    pub fn write_set(&self) -> WriteSet {
        WriteSet {
            modules: self.modules.keys().cloned().collect(),
            resources: self.resources.keys().cloned().collect(),
        }
    }
}

/// A state in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryState {
    modules: BTreeMap<Address, BTreeMap<String, Bytes>>,
    resources: BTreeMap<Address, BTreeMap<StructTag, Bytes>>,
}

impl MemoryState {
    /// Puts a module there, unseen.
    pub fn put_module(&mut self, id: ModuleId, bytes: Bytes) {
        self.modules.entry(id.address).or_default().insert(id.name, bytes);
    }

    /// Puts a resource there, unseen.
    pub fn put_resource(&mut self, key: ResourceKey, bytes: Bytes) {
        self.resources.entry(key.0).or_default().insert(key.1, bytes);
    }

    /// Changes what the change set says.
    pub fn apply(&mut self, changes: ChangeSet) {
        for (id, bytes) in changes.modules {
            self.put_module(id, bytes);
        }
        for (key, bytes) in changes.resources {
            match bytes {
                Some(bytes) => self.put_resource(key, bytes),
                None => {
                    self.resources.entry(key.0).or_default().remove(&key.1);
                }
            }
        }
    }
}

impl State for MemoryState {
    fn module(&self, address: &Address, name: &str) -> Result<Option<Bytes>, Fault> {
        Ok(self.modules.get(address).and_then(|modules| modules.get(name)).cloned())
    }

    fn resource(&self, address: &Address, tag: &StructTag) -> Result<Option<Bytes>, Fault> {
        Ok(self.resources.get(address).and_then(|resources| resources.get(tag)).cloned())
    }
}
