//! Resources of a session: each is read from storage once and written back once, if it changed.
//!
//! # Place      state -> [globals] -> interpreter; [globals] -> change set
//! # Invariants at most one value per account and type; a resource whose bytes did not change is no change
//! # Absent     the order of storage: the change set orders by account and name

use std::collections::{BTreeMap, BTreeSet};

use super::codec;
use super::heap::Heap;
use super::program::Program;
use super::schedule::{Meter, times_length};
use super::state::{Bytes, ResourceKey, State};
use super::stop::Stop;
use super::types::TypeId;
use super::value::Value;
use crate::format::Address;
use crate::status::Status;

#[derive(Clone, Debug)]
struct Global {
    address: Address,
    type_: TypeId,
    /// What storage holds.
    stored: Option<Bytes>,
    value: Value,
    /// Whether a program could have changed it.
    exposed: bool,
}

/// The resources that a session has looked up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Globals {
    list: Vec<Global>,
    numbers: BTreeMap<(Address, TypeId), u32>,
}

impl Globals {
    /// The number of a resource, which is read from storage the first time.
    pub(crate) fn find(
        &mut self,
        address: &Address,
        type_: TypeId,
        source: &Source<'_>,
        heap: &mut Heap,
        meter: &mut Meter,
    ) -> Result<u32, Stop> {
        if let Some(number) = self.numbers.get(&(*address, type_)) {
            return Ok(*number);
        }
        let schedule = &source.program.schedule;
        let nodes =
            source.program.types.layout_nodes(type_).ok_or(Status::TypeResolutionFailure)?;
        meter.charge(schedule.lookup(nodes))?;
        let tag = source.program.types.struct_tag(&source.program.modules, type_)?;
        let stored = source.state.resource(address, &tag)?;
        let mut value = Value::Empty;
        if let Some(bytes) = &stored {
            meter.charge(times_length(bytes.len(), schedule.resource_read_byte))?;
            value = codec::decode(heap, &source.program.types, type_, bytes)
                .map_err(|error| error.or(Status::FailedToDeserializeResource))?;
        }
        let number = u32::try_from(self.list.len()).map_err(|_| Status::MemoryLimitExceeded)?;
        self.list.push(Global { address: *address, type_, stored, value, exposed: false });
        self.numbers.insert((*address, type_), number);
        Ok(number)
    }

    /// The value of a resource; [`Value::Empty`] where there is none.
    #[inline]
    pub(crate) fn value(&self, number: u32) -> Result<Value, Stop> {
        Ok(self.get(number)?.value)
    }

    /// Puts a value in its place and gives what was there.
    #[inline]
    pub(crate) fn replace(&mut self, number: u32, value: Value) -> Result<Value, Stop> {
        let global = self.get_mut(number)?;
        global.exposed = true;
        Ok(std::mem::replace(&mut global.value, value))
    }

    /// Marks a resource that a program may change through a reference.
    #[inline]
    pub(crate) fn expose(&mut self, number: u32) -> Result<(), Stop> {
        self.get_mut(number)?.exposed = true;
        Ok(())
    }

    /// The type of a resource.
    pub(crate) fn type_of(&self, number: u32) -> Result<TypeId, Stop> {
        Ok(self.get(number)?.type_)
    }

    /// What changed, and what was read.
    pub(crate) fn changes(&self, program: &Program, heap: &Heap) -> Result<Changes, Stop> {
        let mut changes = Changes::default();
        for global in &self.list {
            let tag = program.types.struct_tag(&program.modules, global.type_)?;
            let key = (global.address, tag);
            if global.exposed {
                let new = match &global.value {
                    Value::Empty => None,
                    value => {
                        let mut bytes = Vec::new();
                        codec::encode(heap, value, &mut bytes)?;
                        Some(Bytes::from(bytes))
                    }
                };
                if new != global.stored {
                    changes.written.push((key.clone(), global.stored.clone(), new));
                }
            }
            changes.read.insert(key);
        }
        Ok(changes)
    }

    /// The resources that were looked up.
    pub(crate) fn keys<'a>(
        &'a self,
        program: &'a Program,
    ) -> impl Iterator<Item = ResourceKey> + 'a {
        self.list.iter().filter_map(|global| {
            let tag = program.types.struct_tag(&program.modules, global.type_).ok()?;
            Some((global.address, tag))
        })
    }

    fn get(&self, number: u32) -> Result<&Global, Stop> {
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        self.list.get(index).ok_or(Status::UnknownInvariantViolationError.into())
    }

    fn get_mut(&mut self, number: u32) -> Result<&mut Global, Stop> {
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        self.list.get_mut(index).ok_or(Status::UnknownInvariantViolationError.into())
    }
}

/// Where resources come from, and what knows their types.
pub(crate) struct Source<'a> {
    pub(crate) program: &'a Program,
    pub(crate) state: &'a dyn State,
}

/// What became of the resources.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Resources with what storage has and what it is to have.
    pub(crate) written: Vec<(ResourceKey, Option<Bytes>, Option<Bytes>)>,
    pub(crate) read: BTreeSet<ResourceKey>,
}
