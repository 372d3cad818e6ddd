//! Rows are written behind memory: what waits is seen, order is kept, and after a failure nothing follows.

use std::sync::{Arc, mpsc};

use ledger_core::{state::Source as _, time::Height};

use super::{block, catch_up, certificate, history, set, top};
use crate::{
    Store, StoreError,
    behind::{Behind, Work},
    db::{Db, Family},
    key,
    row::BlockRow,
    slot_row,
};

#[test]
fn what_waits_is_read_as_it_will_be_written() {
    let (world, _) = history();
    let folder = tempfile::tempdir().unwrap();
    let db = Arc::new(Db::open(folder.path()).unwrap());
    // Nothing writes: both blocks wait.
    let behind = Behind::new(Arc::clone(&db));
    let (older, newer) = (set(&world, Height::new(2)), set(&world, Height::new(3)));
    let both: Vec<u64> =
        older.slots().keys().copied().filter(|slot| newer.slots().contains_key(slot)).collect();
    assert!(!both.is_empty(), "a slot that both change");
    for set in [older, newer] {
        behind.hand(Work::Block(Arc::new(set.clone()))).unwrap();
    }
    let mut row = Vec::new();
    for (slot, stored, edges, leaf) in newer.pages() {
        slot_row::bytes(stored, edges, leaf, &mut row);
        assert_eq!(behind.page(slot).unwrap(), slot_row::page(&row).unwrap());
        assert_eq!(db.get(Family::Slots, &key::slot(slot)).unwrap(), None);
    }
    let of = |height| behind.newest(|set| (set.header.height == height).then(|| BlockRow::of(set)));
    assert_eq!(of(Height::new(2)), Some(BlockRow::of(older)));
    assert_eq!(of(Height::new(4)), None);
}

#[test]
fn who_is_told_that_all_is_on_disk_finds_it_there() {
    let (world, _) = history();
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path(), &world.genesis).unwrap();
    let (tell, told) = mpsc::channel();
    for height in 1..=top(&world) {
        catch_up(&mut store, &world, height);
        let height = Height::new(height);
        store.certify(height, &certificate(height)).unwrap();
        let tell = tell.clone();
        store.sync_then(move |outcome| tell.send((height, outcome)).unwrap()).unwrap();
        let found = store.view().results_at(height).unwrap();
        assert_eq!(found, Some(set(&world, height).results), "known before it is written");
        let (synced, outcome) = told.recv().unwrap();
        assert_eq!((synced, outcome), (height, Ok(())));
        let copy = tempfile::tempdir().unwrap();
        super::copy(folder.path(), copy.path());
        let view = Store::open_read_only(copy.path()).unwrap();
        assert_eq!(view.applied_header().unwrap().height, height);
        assert_eq!(view.certificate(height).unwrap(), Some(certificate(height)));
    }
}

#[test]
fn after_a_row_that_could_not_be_written_nothing_is() {
    let (world, _) = history();
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path(), &world.genesis).unwrap();
    catch_up(&mut store, &world, 3);
    store.sync().unwrap();
    let view = store.view();
    store.view().ledger.behind.fail(StoreError::DiskFull);
    assert_eq!(store.execute(&block(&world, 4)), Err(StoreError::DiskFull));
    assert_eq!(store.certify(Height::new(3), b"late"), Err(StoreError::DiskFull));
    assert_eq!(store.sync(), Err(StoreError::DiskFull));
    assert_eq!(store.sync_then(|_| panic!("it was refused")), Err(StoreError::DiskFull));
    assert_eq!(view.certificate(Height::new(3)), Err(StoreError::DiskFull));
    drop(view);
    assert_eq!(store.close(), Err(StoreError::DiskFull));
    let mut store = Store::open(folder.path(), &world.genesis).unwrap();
    assert!(!store.resumed_cleanly());
    assert_eq!(store.applied().height, Height::new(3));
    catch_up(&mut store, &world, top(&world));
}

#[test]
fn what_was_handed_over_before_a_failure_is_told_of_it() {
    let (world, _) = history();
    let folder = tempfile::tempdir().unwrap();
    let db = Arc::new(Db::open(folder.path()).unwrap());
    let behind = Arc::new(Behind::new(db));
    let set = Arc::new(set(&world, Height::new(1)).clone());
    behind.hand(Work::Block(set)).unwrap();
    let (tell, told) = mpsc::channel();
    behind.hand(Work::Sync(Box::new(move |outcome| tell.send(outcome).unwrap()))).unwrap();
    behind.fail(StoreError::DiskFull);
    drop(crate::behind::Writer::start(&behind).unwrap());
    assert_eq!(told.recv().unwrap(), Err(StoreError::DiskFull));
    assert!(behind.newest(|_| Some(())).is_some(), "it was not written");
}
