//! A store of an earlier schema becomes one of this binary's, or is refused and stays as it is.

use super::{assert_is, catch_up, history, refusal, stored, top};
use crate::{
    Store, StoreError,
    db::{Db, Family},
    limits::MAX_SMALL_ROW_BYTES,
    recount::recount,
    row::{Meta, SCHEMA, SlotRow},
    slot_row,
};

fn schema(path: &std::path::Path) -> Option<u32> {
    let db = Db::open_meta(path).unwrap();
    db.row(Family::Meta, Meta::Schema.key(), MAX_SMALL_ROW_BYTES).unwrap()
}

fn set_schema(path: &std::path::Path, number: u32) {
    Db::open(path).unwrap().put(Family::Meta, Meta::Schema.key(), &number).unwrap();
}

/// Rows of slots as schemas 2 and 3 have them.
fn as_before_schema_4(path: &std::path::Path) {
    let db = Db::open(path).unwrap();
    let rows: Vec<_> = db.scan(Family::Slots, &[]).unwrap().map(Result::unwrap).collect();
    for (key, value) in rows {
        let page = slot_row::page(&value).unwrap();
        let row = SlotRow { stored: &page.stored, edges: page.edges.iter().collect() };
        db.put(Family::Slots, &key, &row).unwrap();
    }
}

#[test]
fn i8_a_store_of_an_earlier_schema_becomes_one_of_schema_4_when_it_is_opened_for_writing() {
    let (world, _) = history();
    for from in [2, 3] {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path(), &world.genesis).unwrap();
        catch_up(&mut store, &world, top(&world) / 2);
        drop(store);
        set_schema(folder.path(), from);
        as_before_schema_4(folder.path());
        let view = Store::open_read_only(folder.path()).unwrap();
        assert_eq!(view.applied_header().unwrap().height.get(), top(&world) / 2);
        drop(view);
        assert_eq!(schema(folder.path()), Some(from), "a reader changes nothing");
        for height in [top(&world) / 2, top(&world)] {
            let mut store = Store::open(folder.path(), &world.genesis).unwrap();
            catch_up(&mut store, &world, height);
            assert_is(&store, &world);
            assert_eq!(store.view().kept_from().unwrap().get(), 0);
            assert!(recount(&store.view()).unwrap().1.iter().all(|line| line.ok()));
            drop(store);
            assert_eq!(schema(folder.path()), Some(SCHEMA));
        }
    }
}

#[test]
fn every_other_schema_is_refused_with_the_next_step_and_stays_as_it_is() {
    let (world, _) = history();
    let (folder, store) = stored(&world);
    drop(store);
    for found in [0, 1, SCHEMA + 1, u32::MAX] {
        set_schema(folder.path(), found);
        let other = StoreError::OtherSchema { known: SCHEMA, found };
        assert_eq!(refusal(folder.path(), &world), other);
        assert_eq!(Store::open_read_only(folder.path()).err(), Some(other.clone()));
        assert_eq!(schema(folder.path()), Some(found));
        let said = other.to_string();
        assert!(said.contains("florin snapshot") && said.contains("florin restore"), "{said}");
    }
    set_schema(folder.path(), SCHEMA);
    assert_is(&Store::open(folder.path(), &world.genesis).unwrap(), &world);
}
