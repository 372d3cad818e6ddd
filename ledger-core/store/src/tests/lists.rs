//! Right edges of lists: they stand in the rows of the slots whose records own them.

use std::path::Path;

use ledger_core::{
    codec::encode,
    journal::{LogName, lists_of},
    merkle::Frontier,
    proof::SlotContent,
    state::{RestoreError, StoredSlot, WriteSet},
    testing::World,
    time::Height,
};

use super::{Dice, assert_is, catch_up, history, refusal, stored, top};
use crate::{
    Store, StoreError,
    db::{Db, Family},
    limits::{MAX_LISTS_OF_RECORD, MAX_SLOT_BYTES},
    row::{self, SlotRow},
};

type Row = SlotRow<StoredSlot, Frontier>;

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
    assert!(relinked > 10, "{relinked} lists whose owners were only linked to another record");
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

fn slot_rows(path: &Path) -> Vec<(Box<[u8]>, Row)> {
    let db = Db::open(path).unwrap();
    let rows = db.scan(Family::Slots, &[]).unwrap().map(Result::unwrap);
    let read = |value: &[u8]| row::decode::<Row>(value, MAX_SLOT_BYTES, "slot").unwrap();
    rows.map(|(key, value)| (key, read(&value))).collect()
}

fn put(path: &Path, key: &[u8], bytes: &[u8]) {
    Db::open(path).unwrap().put_bytes(Family::Slots, key, bytes);
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
        let (key, row) = &rows[dice.below(rows.len())];
        let (mut bytes, edges) = (encode(row), encode(&row.edges).len());
        let at = bytes.len() - edges + dice.below(edges);
        bytes[at] ^= 1 << dice.below(8);
        put(folder.path(), key, &bytes);
        let refused = Store::open(folder.path(), &world.genesis).err();
        assert!(refused.is_some(), "{key:?}: byte {at} changed and the store opened");
        put(folder.path(), key, &encode(row));
    }
    assert_is(&Store::open(folder.path(), &world.genesis).unwrap(), &world);
}

#[test]
fn i11_a_right_edge_that_is_anothers_or_missing_or_one_too_many_is_refused() {
    let (world, _) = history();
    let (folder, store) = stored(&world);
    drop(store);
    let rows = slot_rows(folder.path());
    let grown = |row: &Row| row.edges.iter().any(|edge| *edge != Frontier::EMPTY);
    let owners: Vec<_> = rows.iter().filter(|(_, row)| grown(row)).collect();
    let (key, owner) = owners[0];
    let other = owners.iter().find(|(_, row)| row.edges[0] != owner.edges[0]).unwrap();
    let (plain, none) = rows.iter().find(|(_, row)| row.edges.is_empty()).unwrap();
    let damaged = StoreError::Damaged { what: "right edge of a list" };
    let foreign = StoreError::Restore(RestoreError::List);
    let with = |row: &Row, edges: Vec<Frontier>| Row { edges, ..row.clone() };
    let cases = [
        (key, owner, with(owner, vec![other.1.edges[0].clone(); owner.edges.len()]), &foreign),
        (key, owner, with(owner, vec![Frontier::EMPTY; owner.edges.len()]), &foreign),
        (key, owner, with(owner, Vec::new()), &damaged),
        (plain, none, with(none, vec![Frontier::EMPTY]), &damaged),
    ];
    for (key, good, bad, expected) in cases {
        put(folder.path(), key, &encode(&bad));
        assert_eq!(refusal(folder.path(), &world), *expected);
        put(folder.path(), key, &encode(good));
    }
    assert_is(&Store::open(folder.path(), &world.genesis).unwrap(), &world);
}
