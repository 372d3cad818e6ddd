//! Right edges of lists: they stand in the rows of the slots whose records own them.

use std::path::Path;

use ledger_core::{
    codec::encode,
    journal::{LogName, lists_of},
    merkle::Frontier,
    proof::SlotContent,
    state::{Page, StoredSlot, WriteSet, due_leg},
    testing::World,
    time::Height,
};

use super::{Dice, assert_is, catch_up, history, stored, top};
use crate::{
    Store, StoreError,
    db::{Db, Family},
    key,
    limits::MAX_LISTS_OF_RECORD,
    row::SlotRow,
    slot_row::{self, CHECKSUM_BYTES},
};

fn lists(stored: &StoredSlot) -> Vec<LogName> {
    match stored.content.as_ref() {
        SlotContent::Used { record, .. } => lists_of(record).map(|(log, _)| log).collect(),
        SlotContent::Free { .. } => Vec::new(),
    }
}

/// Lists that are not empty and did not grow in a block that wrote the slot of their owner.
fn only_relinked<'a>(world: &World, set: &'a WriteSet) -> impl Iterator<Item = LogName> + 'a {
    let before = world.kept(Height::new(set.header.height.get().saturating_sub(1))).frontiers;
    let owned = set.slots().values().flat_map(lists);
    owned.filter(move |log| before.contains_key(log) && !set.lists.frontiers.contains_key(log))
}

#[test]
fn i11_after_a_restart_at_any_height_every_list_has_its_right_edge() {
    let (world, _) = history();
    let folder = tempfile::tempdir().unwrap();
    let mut relinked = 0;
    for height in 0..=top(&world) {
        let mut store = Store::open(folder.path(), &world.genesis).unwrap();
        catch_up(&mut store, &world, height);
        drop(store);
        let store = Store::open(folder.path(), &world.genesis).unwrap();
        let view = store.view();
        let memory = view.ledger.memory().unwrap();
        for (log, edge) in world.kept(Height::new(height)).frontiers {
            assert_eq!(*memory.state.frontier(&log), edge, "{log:?} at {height}");
        }
        relinked += only_relinked(&world, &world.sets[usize::try_from(height).unwrap()]).count();
    }
    assert!(relinked > 2, "{relinked} lists whose owners were only linked to another record");
}

#[test]
fn i11_every_list_that_a_block_appends_to_is_owned_by_a_slot_that_it_writes() {
    let (world, _) = history();
    for set in &world.sets {
        let owned: Vec<LogName> = set.slots().values().flat_map(lists).collect();
        assert!(set.lists.frontiers.keys().all(|log| owned.contains(log)));
        assert!(set.slots().values().all(|stored| lists(stored).len() <= MAX_LISTS_OF_RECORD));
    }
}

fn slot_rows(path: &Path) -> Vec<(u64, Page)> {
    let db = Db::open(path).unwrap();
    let rows = db.scan(Family::Slots, &[]).unwrap().map(Result::unwrap);
    let read = |(key, value): (Box<[u8]>, Box<[u8]>)| {
        (key::read_number(&key).unwrap(), slot_row::page(&value).unwrap())
    };
    rows.map(read).collect()
}

fn bytes(slot: u64, page: &Page) -> Vec<u8> {
    let mut bytes = Vec::new();
    slot_row::bytes(&page.stored, &page.edges, page.stored.leaf(slot), &mut bytes);
    bytes
}

fn put(path: &Path, slot: u64, bytes: &[u8]) {
    Db::open(path).unwrap().put_bytes(Family::Slots, &key::slot(slot), bytes);
}

#[test]
fn i11_a_changed_byte_in_a_lists_right_edge_is_recognised_at_open() {
    let (world, _) = history();
    let (folder, store) = stored(&world);
    drop(store);
    let mut dice = Dice(5);
    let mut rows = slot_rows(folder.path());
    rows.retain(|(_, row)| !row.edges.is_empty());
    assert!(rows.len() > 10, "{} owners of lists", rows.len());
    for _ in 0..40 {
        let (slot, page) = &rows[dice.below(rows.len())];
        let (good, edges) = (bytes(*slot, page), encode(&page.edges).len());
        let mut changed = good.clone();
        let at = good.len() - CHECKSUM_BYTES - edges + dice.below(edges);
        changed[at] ^= 1 << dice.below(8);
        put(folder.path(), *slot, &changed);
        let refused = Store::open(folder.path(), &world.genesis).err();
        assert!(refused.is_some(), "{slot}: byte {at} changed and the store opened");
        put(folder.path(), *slot, &good);
    }
    assert_is(&Store::open(folder.path(), &world.genesis).unwrap(), &world);
}

/// What was changed on purpose, checksum included, is found when the slot is read; nothing is
/// answered after that.
#[test]
fn i11_a_right_edge_that_is_anothers_or_missing_or_one_too_many_is_refused_when_it_is_read() {
    let (world, _) = history();
    let (folder, store) = stored(&world);
    drop(store);
    let rows = slot_rows(folder.path());
    let grown = |page: &Page| page.edges.iter().any(|edge| *edge != Frontier::EMPTY);
    let owners: Vec<_> = rows.iter().filter(|(_, page)| grown(page)).collect();
    let (slot, owner) = owners[0];
    let other = owners.iter().find(|(_, page)| page.edges[0] != owner.edges[0]).unwrap();
    let (plain, none) = rows.iter().find(|(_, page)| page.edges.is_empty()).unwrap();
    let with = |page: &Page, edges: Vec<Frontier>| Page { edges, ..page.clone() };
    let forged = |page: &Page| {
        let mut page = page.clone();
        page.stored.salt = ledger_core::digest::Hash32::ZERO;
        page
    };
    let cases = [
        (slot, owner, with(owner, vec![other.1.edges[0].clone(); owner.edges.len()])),
        (slot, owner, with(owner, vec![Frontier::EMPTY; owner.edges.len()])),
        (slot, owner, with(owner, Vec::new())),
        (plain, none, with(none, vec![Frontier::EMPTY])),
        (slot, owner, forged(owner)),
    ];
    for (slot, good, bad) in cases {
        let mut row = Vec::new();
        // The leaf stays what it was: the root is right.
        slot_row::bytes(&bad.stored, &bad.edges, good.stored.leaf(*slot), &mut row);
        put(folder.path(), *slot, &row);
        let store = Store::open(folder.path(), &world.genesis).unwrap();
        let view = store.view();
        let damaged = Some(StoreError::Damaged { what: "slot" });
        assert_eq!(view.ledger.read(|memory| memory.state.content(*slot)).err(), damaged);
        assert_eq!(view.directory().err(), damaged);
        drop((view, store));
        put(folder.path(), *slot, &bytes(*slot, good));
    }
    assert_is(&Store::open(folder.path(), &world.genesis).unwrap(), &world);
}

#[test]
fn i11_what_a_start_reads_of_a_row_is_what_the_slot_says_in_every_schema() {
    let (world, _) = history();
    let (mut read, mut due) = (0, 0);
    let pages = world.sets.iter().flat_map(WriteSet::pages);
    for (slot, stored, edges, _) in pages {
        let page = Page { stored: stored.clone(), edges: edges.to_vec() };
        let (stored, edges) = (&page.stored, page.edges.iter().collect());
        let old = encode(&SlotRow { stored, edges });
        let found = slot_row::index(slot, &bytes(slot, &page)).unwrap();
        assert_eq!(slot_row::index(slot, &old).unwrap(), found);
        assert_eq!(slot_row::page(&old).unwrap(), page);
        assert_eq!((found.0.leaf, found.0.due), (stored.leaf(slot), due_leg(stored)));
        match stored.content.as_ref() {
            SlotContent::Used { key, next, .. } => assert_eq!(found.0.keys, Some((*key, *next))),
            SlotContent::Free { .. } => assert_eq!(found.0.keys, None),
        }
        read += usize::from(found.1.is_some());
        due += usize::from(found.0.due.is_some());
    }
    assert!(read > 3 && due > 0, "{read} records, {due} legs");
}
