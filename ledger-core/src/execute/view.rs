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

/// Numbers of names: looked up only, never gone through, since its order differs per process.
#[allow(clippy::disallowed_types, reason = "only looked up, never gone through")]
type Numbers = std::collections::HashMap<Name, usize, foldhash::fast::RandomState>;

/// A name that was asked for, its key, and where that stands in the state, if there.
#[derive(Clone, Copy)]
struct Asked {
    name: Name,
    key: Key,
    slot: Option<u64>,
}

/// Names that a block asked for: each is hashed once.
#[derive(Default)]
struct Names {
    numbers: Numbers,
    asked: Vec<Asked>,
}

/// What a block changed, over the state it is executed on.
pub(super) struct BlockView<'a> {
    /// The state before the block.
    pub(super) state: &'a State,
    names: RefCell<Names>,
    /// What changed, by its name's number.
    changed: Vec<Option<Arc<Record>>>,
    /// Numbers of the names of what changed, in the order of their first change.
    order: Vec<usize>,
    /// What the machine has loaded for calls of the block.
    loaded: Loaded,
    /// Calls that the block made.
    made: BTreeSet<CommandId>,
}

impl<'a> BlockView<'a> {
    pub(super) fn new(state: &'a State) -> Self {
        Self {
            state,
            names: RefCell::default(),
            changed: Vec::new(),
            order: Vec::new(),
            loaded: Loaded::default(),
            made: BTreeSet::new(),
        }
    }

    /// A name's number, and where it stands in the state.
    fn place(&self, name: &Name) -> (usize, Option<u64>) {
        let names = self.names.borrow();
        let known = names.numbers.get(name).copied();
        if let Some((number, asked)) = known.and_then(|n| Some((n, names.asked.get(n)?))) {
            return (number, asked.slot);
        }
        drop(names);
        self.keep(name, name.key())
    }

    fn keep(&self, name: &Name, key: Key) -> (usize, Option<u64>) {
        let slot = self.state.slot_of(&key);
        let mut names = self.names.borrow_mut();
        let number = names.asked.len();
        names.asked.push(Asked { name: *name, key, slot });
        names.numbers.insert(*name, number);
        (number, slot)
    }

    /// Sets a record.
    pub(super) fn put(&mut self, name: Name, record: Record) {
        self.adopt(name, Arc::new(record));
    }

    /// Takes a record that a command changed.
    pub(super) fn adopt(&mut self, name: Name, record: Arc<Record>) {
        let (number, _) = self.place(&name);
        if self.changed.len() <= number {
            self.changed.resize(number.saturating_add(1), None);
        }
        let Some(changed) = self.changed.get_mut(number) else { return };
        if changed.replace(record).is_none() {
            self.order.push(number);
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

    fn at(&self, number: usize) -> Option<&Record> {
        self.changed.get(number)?.as_deref()
    }

    /// The record of this name, if the block changed it.
    pub(super) fn changed(&self, name: &Name) -> Option<&Record> {
        self.at(self.place(name).0)
    }

    /// What the block changed, in the order of the first changes.
    pub(super) fn changes(&self) -> impl Iterator<Item = (Name, &Record)> {
        let name = |number: &usize| self.names.borrow().asked.get(*number).map(|asked| asked.name);
        self.order.iter().filter_map(move |number| Some((name(number)?, self.at(*number)?)))
    }

    /// What the block changed, with where it stands, and the keys of what it took away. What was made
    /// and taken away within it is in neither.
    pub(super) fn into_placed(mut self) -> (Vec<Placed>, Vec<Key>) {
        let asked = self.names.into_inner().asked;
        let (mut placed, mut removed) = (Vec::with_capacity(self.order.len()), Vec::new());
        for number in self.order {
            let (Some(Asked { key, slot, .. }), Some(changed)) =
                (asked.get(number).copied(), self.changed.get_mut(number))
            else {
                continue;
            };
            match changed.take() {
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
        let (number, slot) = self.place(name);
        self.at(number).or_else(|| self.state.record_in(slot?))
    }

    fn has_seen(&self, id: &CommandId) -> bool {
        self.made.contains(id) || self.state.has_seen(id)
    }

    fn loaded(&self) -> Option<&Loaded> {
        Some(&self.loaded)
    }

    fn expect(&self, names: &mut dyn Iterator<Item = Name>) {
        let unknown = |name: &Name| !self.names.borrow().numbers.contains_key(name);
        let mut names: Vec<Name> = names.filter(unknown).collect();
        names.sort_unstable();
        names.dedup();
        let mut places = Vec::with_capacity(names.len());
        for (name, key) in names.iter().zip(Name::keys(&names)) {
            let (_, slot) = self.keep(name, key);
            // Of what is not there, legs alone are usually made.
            if slot.is_some() || matches!(name, Name::Leg(_)) {
                places.push((key, slot));
            }
        }
        self.state.fetch(&places);
    }
}
