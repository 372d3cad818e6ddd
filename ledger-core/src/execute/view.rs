//! The state as it is within a block: what earlier commands changed, over what was.

use std::{cell::RefCell, collections::BTreeSet, sync::Arc};

use crate::{
    draft::Records,
    id::CommandId,
    journal::LogName,
    merkle::Frontier,
    program::Loaded,
    record::{Key, Name, Record},
    state::{Placed, State},
};

/// A table that is only looked up, never gone through: its order differs per process.
#[allow(clippy::disallowed_types, reason = "only looked up, never gone through")]
type Lookup<T> = std::collections::HashMap<Name, T, foldhash::fast::RandomState>;

/// What a block changed, over the state it is executed on.
pub(super) struct BlockView<'a> {
    /// The state before the block.
    pub(super) state: &'a State,
    changed: Lookup<Arc<Record>>,
    /// Names of what changed, in the order of their first change.
    order: Vec<Name>,
    /// Keys of names, and where in the state they stand, if there: each is hashed once per block.
    places: RefCell<Lookup<(Key, Option<u64>)>>,
    /// What the machine has loaded for calls of the block.
    loaded: Loaded,
    /// Calls that the block made.
    made: BTreeSet<CommandId>,
}

impl<'a> BlockView<'a> {
    pub(super) fn new(state: &'a State) -> Self {
        Self {
            state,
            changed: Lookup::default(),
            order: Vec::new(),
            places: RefCell::default(),
            loaded: Loaded::default(),
            made: BTreeSet::new(),
        }
    }

    fn place(&self, name: &Name) -> (Key, Option<u64>) {
        let known = self.places.borrow().get(name).copied();
        known.unwrap_or_else(|| self.keep(name, name.key()))
    }

    fn keep(&self, name: &Name, key: Key) -> (Key, Option<u64>) {
        let place = (key, self.state.slot_of(&key));
        self.places.borrow_mut().insert(*name, place);
        place
    }

    /// Sets a record.
    pub(super) fn put(&mut self, name: Name, record: Record) {
        self.adopt(name, Arc::new(record));
    }

    /// Takes a record that a command changed.
    pub(super) fn adopt(&mut self, name: Name, record: Arc<Record>) {
        if self.changed.insert(name, record).is_none() {
            self.order.push(name);
        }
    }

    /// Remembers a call for the rest of the block.
    pub(super) fn remember(&mut self, made: CommandId) {
        self.made.insert(made);
    }

    /// The right edge of a list as the state before the block has it.
    pub(super) fn edge(&self, log: &LogName) -> Frontier {
        self.state.frontier_in(self.place(&log.owner()).1, log).clone()
    }

    /// The record of this name, if the block changed it.
    pub(super) fn changed(&self, name: &Name) -> Option<&Record> {
        self.changed.get(name).map(AsRef::as_ref)
    }

    /// What the block changed, in the order of the first changes.
    pub(super) fn changes(&self) -> impl Iterator<Item = (&Name, &Record)> {
        self.order.iter().filter_map(|name| Some((name, self.changed(name)?)))
    }

    /// What the block changed, with where it stands, and the keys of what it took away. What was made
    /// and taken away within it is in neither.
    pub(super) fn into_placed(mut self) -> (Vec<Placed>, Vec<Key>) {
        let mut changed = std::mem::take(&mut self.changed);
        let names = std::mem::take(&mut self.order).into_iter();
        let (mut placed, mut removed) = (Vec::with_capacity(changed.len()), Vec::new());
        for name in names {
            let (key, slot) = self.place(&name);
            match changed.remove(&name) {
                Some(record) if *record == Record::Origin => removed.extend(slot.map(|_| key)),
                Some(record) => placed.push(Placed { key, slot, record }),
                None => {}
            }
        }
        (placed, removed)
    }
}

impl Records for BlockView<'_> {
    fn record(&self, name: &Name) -> Option<&Record> {
        self.changed(name).or_else(|| self.state.record_in(self.place(name).1?))
    }

    fn has_seen(&self, id: &CommandId) -> bool {
        self.made.contains(id) || self.state.has_seen(id)
    }

    fn loaded(&self) -> Option<&Loaded> {
        Some(&self.loaded)
    }

    fn expect(&self, names: &mut dyn Iterator<Item = Name>) {
        let unknown = |name: &Name| !self.places.borrow().contains_key(name);
        let mut names: Vec<Name> = names.filter(unknown).collect();
        names.sort_unstable();
        names.dedup();
        let mut places = Vec::with_capacity(names.len());
        for (name, key) in names.iter().zip(Name::keys(&names)) {
            let place = self.keep(name, key);
            // Of what is not there, legs alone are usually made.
            if place.1.is_some() || matches!(name, Name::Leg(_)) {
                places.push(place);
            }
        }
        self.state.fetch(&places);
    }
}
