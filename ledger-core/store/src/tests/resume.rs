//! Coming back after an orderly end, a crash and a power cut; what must not be opened at all.

use std::path::PathBuf;

use ledger_core::{
    block::Block, digest::Hash32, genesis::Genesis, state::State, testing::World, time::Height,
};

use super::{Dice, assert_is, block, catch_up, copy, history, refusal, set, stored, top};
use crate::{
    Store, StoreError,
    db::{Db, Family},
    row::{Meta, SCHEMA},
};

#[test]
fn i8_every_height_reopens_with_the_roots_it_was_left_with() {
    let (world, _) = history();
    let folder = tempfile::tempdir().unwrap();
    for height in 0..=top(&world) {
        let mut store = Store::open(folder.path(), &world.genesis).unwrap();
        catch_up(&mut store, &world, height);
        assert_eq!(store.sync().unwrap(), Height::new(height));
        drop(store);
        let store = Store::open(folder.path(), &world.genesis).unwrap();
        assert_eq!(store.applied().height, Height::new(height));
        assert_is(&store, &world);
    }
}

#[test]
fn i8_what_was_stored_row_by_row_is_what_the_core_expects_back() {
    let (world, _) = history();
    let (_folder, store) = stored(&world);
    let rebuilt = State::restore(world.kept(Height::new(top(&world)))).unwrap();
    let view = store.view();
    let memory = view.ledger.memory().unwrap();
    assert_eq!(rebuilt.results(), memory.state.results());
    assert!(rebuilt.records().eq(memory.state.records()));
}

/// A copy of a running node's files, its log cut anywhere, holds a whole number of blocks: the
/// right ones. What it cannot be is half a block or another state.
fn cut_anywhere(flush_at: Option<u64>, seed: u64) {
    let (world, _) = history();
    let (first, last) = (top(&world) / 2, top(&world));
    let source = tempfile::tempdir().unwrap();
    let mut store = Store::open(source.path(), &world.genesis).unwrap();
    catch_up(&mut store, &world, first);
    store.sync().unwrap();
    for height in first + 1..=last {
        catch_up(&mut store, &world, height);
        if Some(height) == flush_at {
            store.view().ledger.db().unwrap().flush().unwrap();
        }
    }
    let (mut dice, mut opened, mut shortened) = (Dice(seed), 0, 0);
    for _ in 0..24 {
        let folder = tempfile::tempdir().unwrap();
        copy(source.path(), folder.path());
        let log = newest_log(folder.path());
        let length = usize::try_from(log.metadata().unwrap().len()).unwrap();
        let keep = u64::try_from(dice.below(length + 1)).unwrap();
        std::fs::OpenOptions::new().write(true).open(&log).unwrap().set_len(keep).unwrap();
        match Store::open(folder.path(), &world.genesis) {
            Ok(mut store) => {
                opened += 1;
                shortened += u32::from(store.applied().height.get() < last);
                assert!(flush_at.is_none_or(|at| store.applied().height.get() >= at));
                assert_is(&store, &world);
                catch_up(&mut store, &world, last);
                assert_is(&store, &world);
            }
            Err(error) => assert!(matches!(error, StoreError::Rocks { .. }), "{error:?}"),
        }
    }
    assert!(opened > 0 && shortened > 0, "{opened} opened, {shortened} of them shortened");
}

fn newest_log(folder: &std::path::Path) -> PathBuf {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|e| e == "log")).max().unwrap()
}

#[test]
fn i9_a_log_cut_anywhere_opens_at_an_earlier_height_with_its_roots() {
    cut_anywhere(None, 1);
}

#[test]
fn i9_a_log_cut_anywhere_after_a_flush_opens_at_or_above_what_was_flushed() {
    let (world, _) = history();
    cut_anywhere(Some(top(&world) - 3), 2);
}

#[test]
fn a_store_says_whether_it_was_closed_in_order() {
    let world = World::found(ledger_core::testing::genesis());
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), &world.genesis).unwrap();
    assert!(store.resumed_cleanly());
    drop(store);
    let store = Store::open(folder.path(), &world.genesis).unwrap();
    assert!(!store.resumed_cleanly());
    store.close().unwrap();
    assert!(Store::open(folder.path(), &world.genesis).unwrap().resumed_cleanly());
}

#[test]
fn i9_a_block_that_does_not_follow_is_refused_and_changes_nothing() {
    let (world, _) = history();
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path(), &world.genesis).unwrap();
    catch_up(&mut store, &world, 3);
    for wrong in [1, 2, 3, 5] {
        let refused = store.execute(&block(&world, wrong));
        let found = Height::new(wrong);
        assert_eq!(refused, Err(StoreError::NotNext { applied: Height::new(3), found }));
    }
    catch_up(&mut store, &world, 4);
    assert_is(&store, &world);
}

#[test]
fn i8_a_header_with_other_results_ends_the_store_for_ever() {
    let (world, _) = history();
    let (folder, mut store) = stored(&world);
    let good = world.propose_block(world.next_time(), &[]);
    let mut header = good.header;
    header.results.state_root = Hash32::new([1; 32]);
    let bad = Block { header, payload: good.payload.clone() };
    let parent = store.applied();
    let diverged = StoreError::Diverged { height: header.height };
    let bad = bad.accept_finalized(&parent).unwrap();
    assert_eq!(store.execute(&bad), Err(diverged.clone()));
    assert_eq!(store.execute(&good.accept_finalized(&parent).unwrap()), Err(diverged.clone()));
    assert_eq!(store.applied(), parent);
    drop(store);
    assert_eq!(refusal(folder.path(), &world), diverged);
}

#[test]
fn a_store_of_another_network_is_refused() {
    let (world, _) = history();
    let (folder, store) = stored(&world);
    drop(store);
    let other = Genesis { epoch: 1, ..world.genesis.clone() };
    let (expected, found) = (other.chain_id(), world.genesis.chain_id());
    let refused = Store::open(folder.path(), &other).err();
    assert_eq!(refused, Some(StoreError::OtherNetwork { expected, found }));
}

#[test]
fn a_store_of_another_schema_is_refused() {
    let (world, _) = history();
    let (folder, store) = stored(&world);
    drop(store);
    Db::open(folder.path()).unwrap().put(Family::Meta, Meta::Schema.key(), &(SCHEMA + 1)).unwrap();
    let other = StoreError::OtherSchema { known: SCHEMA, found: SCHEMA + 1 };
    assert_eq!(refusal(folder.path(), &world), other);
    assert_eq!(Store::open_read_only(folder.path()).err(), Some(other));
}

/// Its column families are others: the database itself refuses them.
#[test]
fn a_store_of_the_first_schema_is_refused_as_such_and_stays_as_it_is() {
    let world = World::found(ledger_core::testing::genesis());
    let folder = tempfile::tempdir().unwrap();
    let rows = [("meta", Meta::Schema.key(), &[1, 0, 0, 0][..])];
    Db::make(folder.path(), &["meta", "slots", "frontiers", "uetrs"], &rows);
    let other = StoreError::OtherSchema { known: SCHEMA, found: 1 };
    for _ in 0..2 {
        assert_eq!(refusal(folder.path(), &world), other);
        assert_eq!(Store::open_read_only(folder.path()).err(), Some(other.clone()));
    }
    let said = other.to_string();
    assert!(said.contains("move the ledger's folder away") && said.contains("only that one"));
    Db::make(folder.path(), &["meta", "slots", "frontiers", "uetrs"], &[]);
}

#[test]
fn a_database_that_is_no_ledger_is_refused_as_the_database_says() {
    let world = World::found(ledger_core::testing::genesis());
    let folder = tempfile::tempdir().unwrap();
    Db::make(folder.path(), &["something"], &[]);
    assert!(matches!(refusal(folder.path(), &world), StoreError::Rocks { .. }));
}

#[test]
fn a_store_in_use_is_refused_until_its_last_reader_is_gone() {
    let (world, _) = history();
    let (folder, store) = stored(&world);
    assert_eq!(refusal(folder.path(), &world), StoreError::Locked);
    let view = store.view();
    store.close().unwrap();
    assert_eq!(refusal(folder.path(), &world), StoreError::Locked);
    drop(view);
    assert!(Store::open(folder.path(), &world.genesis).is_ok());
}

#[test]
fn a_reader_beside_the_writer_sees_the_ledger_as_of_its_opening() {
    let (world, _) = history();
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path(), &world.genesis).unwrap();
    catch_up(&mut store, &world, 5);
    store.view().ledger.db().unwrap().flush().unwrap();
    catch_up(&mut store, &world, 7);
    let view = Store::open_read_only(folder.path()).unwrap();
    catch_up(&mut store, &world, top(&world));
    store.view().ledger.db().unwrap().flush().unwrap();
    assert_eq!(view.applied_header().unwrap(), set(&world, Height::new(7)).header);
    assert_eq!(view.receipts(Height::new(7)).unwrap(), set(&world, Height::new(7)).receipts);
    assert_eq!(view.receipts(Height::new(8)).unwrap(), Vec::new());
}

#[test]
fn a_compacted_store_is_the_same_ledger_and_goes_on() {
    let (world, _) = history();
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path(), &world.genesis).unwrap();
    catch_up(&mut store, &world, 7);
    store.compact().unwrap();
    catch_up(&mut store, &world, top(&world));
    store.compact().unwrap();
    assert_is(&store, &world);
    store.close().unwrap();
    assert_is(&Store::open(folder.path(), &world.genesis).unwrap(), &world);
}

#[test]
fn where_there_is_no_ledger_a_reader_makes_none() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("typo");
    assert_eq!(Store::open_read_only(&nowhere).err(), Some(StoreError::NotThere));
    assert!(!nowhere.exists());
}

#[test]
fn genesis_is_written_as_a_whole_or_not_at_all() {
    let (world, _) = history();
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(folder.path()).unwrap();
    drop(db);
    let store = Store::open(folder.path(), &world.genesis).unwrap();
    assert_is(&store, &world);
    drop(store);
    let db = Db::open(folder.path()).unwrap();
    db.delete(Family::Meta, Meta::Schema.key());
    drop(db);
    assert_eq!(refusal(folder.path(), &world), StoreError::Damaged { what: "schema" });
}
