//! Slots that are not in memory: no answer says where they were.

use std::sync::{Arc, Mutex};

use crate::{
    digest::Hash32,
    draft::Records,
    execute::execute,
    proof::SlotContent,
    record::Name,
    state::{Index, Indexed, Opened, Page, RestoreError, Source, State, WriteSet, due_leg},
    testing::{World, usd},
    tests::{faults::lasting, replay::busy},
    time::Height,
};

/// Slots as a store has them.
#[derive(Default)]
struct Shelf(Mutex<Vec<Page>>);

impl Shelf {
    fn take(&self, set: &WriteSet) {
        let mut pages = self.0.lock().unwrap();
        for (slot, stored, edges, leaf) in set.pages() {
            assert_eq!(stored.leaf(slot), leaf);
            let page = Page { stored: stored.clone(), edges: edges.to_vec() };
            let at = usize::try_from(slot).unwrap();
            if at == pages.len() { pages.push(page) } else { pages[at] = page }
        }
    }

    fn index(&self) -> Index {
        self.changed_index(|_, _| ())
    }

    /// What a start reads, with a change to every slot.
    fn changed_index(&self, change: fn(u64, &mut Indexed)) -> Index {
        let mut index = Index::default();
        for (page, slot) in self.0.lock().unwrap().iter().zip(0u64..) {
            let keys = match page.stored.content.as_ref() {
                SlotContent::Used { key, next, record } => {
                    index.keep(record);
                    Some((*key, *next))
                }
                SlotContent::Free { .. } => None,
            };
            let (leaf, due) = (page.stored.leaf(slot), due_leg(&page.stored));
            let mut found = Indexed { leaf, keys, due };
            change(slot, &mut found);
            index.push(found);
        }
        index
    }
}

impl Source for Shelf {
    fn page(&self, slot: u64) -> Option<Page> {
        self.0.lock().unwrap().get(usize::try_from(slot).ok()?).cloned()
    }
}

/// A world's store after a height, and what a state is opened with.
fn shelved(world: &World, at: usize) -> (Arc<Shelf>, Opened) {
    let shelf = Arc::new(Shelf::default());
    world.sets[..=at].iter().for_each(|set| shelf.take(set));
    let kept = world.kept(Height::new(at as u64));
    let opened = Opened {
        header: kept.header,
        results: kept.results,
        free: kept.free,
        history: kept.history,
        windows: kept.windows,
    };
    (shelf, opened)
}

#[test]
fn i8_i11_a_state_that_keeps_few_slots_in_memory_goes_on_to_the_same_roots() {
    let world = busy();
    for (at, room) in [(0, 0), (world.sets.len() / 3, 3), (world.sets.len() / 2, 40)] {
        let (shelf, opened) = shelved(&world, at);
        let source: Arc<dyn Source> = Arc::clone(&shelf) as _;
        let mut state = State::open(shelf.index(), opened, source, room).unwrap();
        assert_eq!(state.in_memory(), 0);
        let mut let_go = 0;
        for (block, first) in world.blocks[at..].iter().zip(&world.sets[at + 1..]) {
            let set = execute(&state, &block.accept_finalized(state.header()).unwrap());
            assert!(set.pages().eq(first.pages()) && set.results == first.results);
            assert_eq!((&set.receipts, &set.lists.logs), (&first.receipts, &first.lists.logs));
            state.apply(&set);
            shelf.take(&set);
            let_go += usize::from((state.in_memory() as u64) < state.slots());
            let name = Name::Currency(usd());
            let height = set.header.height;
            let proof = state.prove_record(&name, height).expect("the currency");
            assert_eq!(proof, world_at(&world, height).prove_record(&name, height).unwrap());
        }
        assert!(let_go > 0 && !state.is_faulty(), "room for {room}: {let_go}");
        assert_eq!(lasting(&state), lasting(&world.state));
        assert!(state.contents().eq(world.state.contents()));
        let height = world.state.header().height;
        assert_eq!(state.accounts_of(usd(), height), world.state.accounts_of(usd(), height));
    }
}

fn world_at(world: &World, height: Height) -> State {
    State::restore(world.kept(height)).unwrap()
}

#[test]
fn i11_a_slot_that_is_not_the_one_under_the_root_is_not_answered() {
    let world = busy();
    let last = world.sets.len() - 1;
    type Damage = fn(&mut Page);
    let rows: [(&str, Damage); 3] = [
        ("a salt", |page| page.stored.salt = Hash32::ZERO),
        ("a list's right edge", |page| page.edges[0].push(Hash32::ZERO)),
        ("a list missing", |page| page.edges.clear()),
    ];
    for (what, damage) in rows {
        let (shelf, opened) = shelved(&world, last);
        let state =
            State::open(shelf.index(), opened, Arc::clone(&shelf) as _, usize::MAX).unwrap();
        let name = Name::Currency(usd());
        let slot = state.slot_of(&name.key()).unwrap();
        damage(&mut shelf.0.lock().unwrap()[usize::try_from(slot).unwrap()]);
        assert!(state.record(&Name::Chain).is_some() && !state.is_faulty(), "{what}");
        assert_eq!(state.record(&name), None, "{what}");
        assert!(state.is_faulty(), "{what}");
    }
    let (shelf, opened) = shelved(&world, last);
    let state = State::open(shelf.index(), opened, Arc::clone(&shelf) as _, usize::MAX).unwrap();
    shelf.0.lock().unwrap().clear();
    assert_eq!(state.record(&Name::Chain), None);
    assert!(state.is_faulty(), "nothing can be read");
}

#[test]
fn i11_keys_that_are_not_in_one_order_are_refused() {
    let world = busy();
    let last = world.sets.len() - 1;
    let (shelf, opened) = shelved(&world, last);
    type Change = fn(u64, &mut Indexed);
    let rows: [(Change, Option<RestoreError>); 4] = [
        (|_, _| (), None),
        (
            |slot, found| {
                if slot == 3 {
                    found.keys = found.keys.map(|(_, next)| (Hash32::new([7; 32]), next));
                }
            },
            Some(RestoreError::Order),
        ),
        (|slot, found| found.keys = found.keys.filter(|_| slot != 3), Some(RestoreError::Order)),
        (
            |slot, found| {
                if slot == 2 {
                    found.leaf = Hash32::ZERO;
                }
            },
            Some(RestoreError::StateRoot),
        ),
    ];
    for (change, expected) in rows {
        let source: Arc<dyn Source> = Arc::clone(&shelf) as _;
        let found = State::open(shelf.changed_index(change), opened.clone(), source, 0).err();
        assert_eq!(found, expected);
    }
}
