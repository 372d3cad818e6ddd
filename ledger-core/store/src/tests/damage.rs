//! Bytes that changed on disk are recognised, and never become another answer.

use std::path::Path;

use ledger_core::{testing::World, time::Height};

use super::{Dice, assert_is, history, refusal, set, stored, top};
use crate::{
    Store,
    db::{Db, Family},
};

/// Changes one byte of rows of a family, one after the other, each at a random place; the store
/// must not open with any of them.
fn every_changed_row_is_refused(family: Family, most: usize, seed: u64) {
    let (world, _) = history();
    let (folder, store) = stored(&world);
    drop(store);
    let db = Db::open(folder.path()).unwrap();
    let mut rows: Vec<_> = db.scan(family, &[]).unwrap().map(Result::unwrap).collect();
    drop(db);
    assert!(!rows.is_empty());
    let mut dice = Dice(seed);
    for _ in 0..most.min(rows.len()) {
        let (key, value) = rows.swap_remove(dice.below(rows.len()));
        let mut changed = value.to_vec();
        let at = dice.below(changed.len());
        changed[at] ^= 1 << dice.below(8);
        put(folder.path(), family, &key, &changed);
        let refused = Store::open(folder.path(), &world.genesis).err();
        assert!(refused.is_some(), "{family:?} {key:?}: byte {at} changed and the store opened");
        put(folder.path(), family, &key, &value);
    }
    assert_is(&Store::open(folder.path(), &world.genesis).unwrap(), &world);
}

fn put(path: &Path, family: Family, key: &[u8], value: &[u8]) {
    Db::open(path).unwrap().put_bytes(family, key, value);
}

#[test]
fn i11_a_changed_byte_in_a_slot_is_recognised_at_open() {
    every_changed_row_is_refused(Family::Slots, 40, 3);
}

#[test]
fn i11_a_changed_byte_in_the_history_of_blocks_is_recognised_at_open() {
    every_changed_row_is_refused(Family::History, 30, 4);
}

#[test]
fn i11_a_changed_byte_in_a_window_of_command_ids_is_recognised_at_open() {
    every_changed_row_is_refused(Family::Windows, 30, 6);
}

#[test]
fn i8_a_changed_byte_in_the_last_block_is_recognised_at_open() {
    let (world, _) = history();
    let (folder, store) = stored(&world);
    drop(store);
    let (key, value) = Db::open(folder.path()).unwrap().last(Family::Blocks).unwrap().unwrap();
    for at in (0..value.len()).step_by(7) {
        let mut changed = value.to_vec();
        changed[at] ^= 0x10;
        put(folder.path(), Family::Blocks, &key, &changed);
        refusal(folder.path(), &world);
    }
}

#[test]
fn i11_a_missing_or_an_additional_slot_is_recognised_at_open() {
    let (world, _) = history();
    let (folder, store) = stored(&world);
    drop(store);
    let db = Db::open(folder.path()).unwrap();
    let (key, value) = db.last(Family::Slots).unwrap().unwrap();
    db.delete(Family::Slots, &key);
    drop(db);
    refusal(folder.path(), &world);
    put(folder.path(), Family::Slots, &key, &value);
    assert_is(&Store::open(folder.path(), &world.genesis).unwrap(), &world);
    put(folder.path(), Family::Slots, &u64::MAX.to_be_bytes(), &value);
    refusal(folder.path(), &world);
}

/// Everything that a reader can be told is right, or it is told of an error.
fn assert_reads_are_right(store: &Store, world: &World) {
    let view = store.view();
    for height in (0..=store.applied().height.get()).map(Height::new) {
        let expected = set(world, height);
        assert!(
            view.header(height).is_ok_and(|h| h == Some(expected.header))
                || view.header(height).is_err()
        );
        if let Ok(receipts) = view.receipts(height) {
            assert_eq!(receipts, expected.receipts);
        }
        if let Ok(Some(proven)) = view.prove_receipts(height, &[0]) {
            let under = proven.under.header.results;
            assert!(proven.proof.iter().all(|proof| proof.holds_under(&under)));
        }
    }
}

#[test]
fn i9_a_changed_byte_in_any_file_is_recognised_or_changes_no_answer() {
    let (world, _) = history();
    let (source, store) = stored(&world);
    store.view().ledger.db().unwrap().flush().unwrap();
    // Something for the log too: the flush emptied it.
    store.certify(Height::new(top(&world)), b"again").unwrap();
    store.sync().unwrap();
    drop(store);
    let names: Vec<_> = std::fs::read_dir(source.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| !name.to_string_lossy().starts_with("LOG") && name != "LOCK")
        .collect();
    let (mut dice, mut refused) = (Dice(7), 0);
    for _ in 0..40 {
        let folder = tempfile::tempdir().unwrap();
        super::copy(source.path(), folder.path());
        let path = folder.path().join(&names[dice.below(names.len())]);
        let mut bytes = std::fs::read(&path).unwrap();
        if bytes.is_empty() {
            continue;
        }
        let at = dice.below(bytes.len());
        bytes[at] ^= 1 << dice.below(8);
        std::fs::write(&path, bytes).unwrap();
        match Store::open(folder.path(), &world.genesis) {
            Ok(store) => {
                assert_is(&store, &world);
                assert_reads_are_right(&store, &world);
            }
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 0, "no change was recognised");
}
