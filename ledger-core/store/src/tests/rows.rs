//! Blocks with many receipts: how many rows they take, and that all of them come back.

use ledger_core::{
    bulk::BulkMode,
    command::Command,
    id::{CommandId, Lei},
    money::Money,
    receipt::Receipt,
    testing::{Bank, World, usd},
    time::Height,
};

use super::{stored, top};
use crate::{
    Position, Store, StoreError, View,
    db::Family,
    key,
    limits::{MAX_PAGE, RECEIPTS_IN_ROW},
};

fn at(receipt: &Receipt) -> Position {
    Position { height: receipt.height, index: receipt.index }
}

fn receipts(world: &World) -> Vec<&Receipt> {
    world.sets.iter().flat_map(|set| &set.receipts).collect()
}

/// A block whose receipts fill two rows and a part of a third: a bulk and, before and after it, a
/// transfer.
fn crowded() -> (World, [Bank; 3], [CommandId; 3], Height) {
    let (mut world, [a, b, c]) = World::funded(1_000);
    let to_b: Vec<u128> = vec![1; 100];
    let groups = world.groups(&a, usd(), &[(b, &to_b), (c, &[2; 40])]);
    let bulk = world.bulk(&a, BulkMode::Each, usd(), groups);
    let (before, after) =
        (world.payment(&b, &c, Money::new(usd(), 5)), world.payment(&c, &b, Money::new(usd(), 6)));
    let commands = [
        world.transfer(&b, &c, &before),
        world.sign(&a.settlement(), Command::Bulk(bulk)),
        world.transfer(&c, &b, &after),
    ];
    let set = world.block(&commands);
    assert_eq!(set.receipts.len(), 142);
    world.block(&[]);
    (world, [a, b, c], commands.map(|command| command.body.id()), set.header.height)
}

/// All receipts in ledger order, page by page.
fn in_order(view: &View, up_to: Height, limit: usize) -> Vec<Receipt> {
    let mut found: Vec<Receipt> = Vec::new();
    loop {
        let page = view.receipts_after(found.last().map(at), up_to, limit).unwrap();
        assert!(page.len() <= limit);
        if page.is_empty() {
            return found;
        }
        found.extend(page);
    }
}

/// A party's receipts, page by page.
fn seen(view: &View, party: &Lei, up_to: Height, limit: usize) -> Vec<Position> {
    let mut found: Vec<Position> = Vec::new();
    loop {
        let page = view.receipts_for(party, found.last().copied(), up_to, limit).unwrap();
        assert!(page.len() <= limit);
        if page.is_empty() {
            return found;
        }
        found.extend(page);
    }
}

fn assert_reads(view: &View, world: &World, banks: &[Bank; 3], height: Height) {
    let expected = &world.sets[usize::try_from(height.get()).unwrap()].receipts;
    assert_eq!(view.receipts(height).unwrap(), *expected);
    for receipt in expected {
        assert_eq!(view.receipt(at(receipt)).unwrap().as_ref(), Some(receipt));
    }
    for index in [142, 191, 192, u32::MAX] {
        assert_eq!(view.receipt(Position { height, index }).unwrap(), None);
    }
    for up_to in [height, Height::new(height.get() - 1)] {
        let all: Vec<_> = receipts(world).into_iter().filter(|r| r.height <= up_to).collect();
        for limit in [1, 7, 63, 64, 65, 1_000] {
            assert!(in_order(view, up_to, limit).iter().eq(all.iter().copied()), "{limit}");
            for party in banks.iter().map(|bank| bank.lei) {
                let of = all.iter().filter(|r| r.parties.contains(&party)).map(|r| at(r));
                assert!(seen(view, &party, up_to, limit).into_iter().eq(of), "{party} {limit}");
            }
        }
    }
    assert_eq!(view.receipts_after(None, height, 0).unwrap(), Vec::new());
    assert_eq!(view.receipts_for(&banks[0].lei, None, height, 0).unwrap(), Vec::new());
}

#[test]
fn i9_receipts_of_a_crowded_block_come_back_one_by_one_in_pages_and_as_a_whole() {
    let (world, banks, commands, height) = crowded();
    let (folder, store) = stored(&world);
    assert_reads(&store.view(), &world, &banks, height);
    drop(store);
    let store = Store::open(folder.path(), &world.genesis).unwrap();
    let view = store.view();
    assert_reads(&view, &world, &banks, height);
    let firsts = commands.map(|id| view.position_of(&id).unwrap().unwrap());
    assert_eq!(firsts, [0, 1, 141].map(|index| Position { height, index }));
    for index in [0, 63, 64, 127, 128, 141] {
        let proven = view.prove_receipt(Position { height, index }).unwrap().unwrap();
        assert_eq!(proven.proof.receipt.index, index);
        assert!(proven.proof.holds_under(&proven.under.header.results));
    }
}

#[test]
fn receipts_at_several_places_are_read_in_the_order_asked_or_not_at_all() {
    let (world, banks, _, height) = crowded();
    let (_folder, store) = stored(&world);
    let view = store.view();
    let places = view.receipts_for(&banks[1].lei, None, height, MAX_PAGE).unwrap();
    let read = view.receipts_at(&places).unwrap();
    assert!(places.len() > 100 && read.iter().map(at).eq(places.iter().copied()));
    let backwards: Vec<Position> = places.iter().rev().copied().collect();
    assert!(view.receipts_at(&backwards).unwrap().iter().map(at).eq(backwards));
    let missing = Position { height, index: 142 };
    let damaged = Err(StoreError::Damaged { what: "receipts" });
    assert_eq!(view.receipts_at(&[places[0], missing]), damaged);
}

#[test]
fn a_page_begins_after_any_place_whether_or_not_a_receipt_stands_there() {
    let (world, banks, _, height) = crowded();
    let (_folder, store) = stored(&world);
    let (view, party) = (store.view(), banks[2].lei);
    let all = view.receipts_for(&party, None, height, MAX_PAGE).unwrap();
    for index in [0, 1, 2, 64, 100, 101, 140, 141, 142, u32::MAX] {
        for block in [height.get() - 1, height.get(), height.get() + 1] {
            let after = Position { height: Height::new(block), index };
            let found = view.receipts_for(&party, Some(after), height, MAX_PAGE).unwrap();
            assert!(found.iter().eq(all.iter().filter(|at| **at > after)), "{after:?}");
            let found = view.receipts_after(Some(after), height, MAX_PAGE).unwrap();
            let all = receipts(&world).into_iter().filter(|r| at(r) > after && r.height <= height);
            assert!(found.iter().eq(all), "{after:?}");
        }
    }
}

/// Rows of each family in a store.
fn counted(view: &View) -> Vec<(Family, usize)> {
    let count = |family| view.ledger.db().unwrap().scan(family, &[]).unwrap().count();
    Family::ALL.into_iter().map(|family| (family, count(family))).collect()
}

/// What a payment costs: its command, its leg and its slots. The rest is shared by a block's payments.
#[test]
fn a_hundred_transfers_between_two_accounts_share_all_rows_but_commands_legs_and_slots() {
    let (mut world, [a, b, _]) = World::funded(1_000);
    let (_folder, mut store) = stored(&world);
    let before = counted(&store.view());
    let commands: Vec<_> = (0..100)
        .map(|_| {
            let payment = world.payment(&a, &b, Money::new(usd(), 1));
            world.transfer(&a, &b, &payment)
        })
        .collect();
    world.block(&commands);
    super::catch_up(&mut store, &world, top(&world));
    let after = counted(&store.view());
    let added: Vec<_> = before.iter().zip(&after).map(|(b, a)| (a.0, a.1 - b.1)).collect();
    let expected = [
        (Family::Meta, 0),
        // One for each leg and one for the window of ids.
        (Family::Slots, 101),
        (Family::Blocks, 1),
        (Family::History, 1),
        (Family::Receipts, 2),
        (Family::Commands, 100),
        (Family::Parties, 2),
        (Family::Legs, 100),
        (Family::RefusedLegs, 0),
        (Family::Logs, 2),
        (Family::Windows, 1),
        (Family::Certificates, 0),
    ];
    assert_eq!(added, expected);
}

#[test]
fn a_row_whose_receipts_do_not_belong_there_is_damaged() {
    let (world, _, _, height) = crowded();
    let (_folder, store) = stored(&world);
    let view = store.view();
    let good = view.receipts(height).unwrap();
    let (row, db) = (key::receipts_row(Position { height, index: 64 }), view.ledger.db().unwrap());
    let place = |at: &mut Vec<Receipt>| at[3].height = height.next();
    let index = |at: &mut Vec<Receipt>| at[3].index = 5;
    let swap = |at: &mut Vec<Receipt>| at.swap(0, 1);
    let none = |at: &mut Vec<Receipt>| at.clear();
    let shifted = |at: &mut Vec<Receipt>| {
        at.remove(0);
    };
    let more = |at: &mut Vec<Receipt>| {
        let last = at[at.len() - 1].clone();
        at.push(Receipt { index: last.index + 1, ..last });
    };
    let in_row = usize::try_from(RECEIPTS_IN_ROW).unwrap();
    type Change<'a> = &'a dyn Fn(&mut Vec<Receipt>);
    let changes: [Change<'_>; 6] = [&place, &index, &swap, &none, &shifted, &more];
    for change in changes {
        let mut receipts = good[in_row..2 * in_row].to_vec();
        change(&mut receipts);
        db.put(Family::Receipts, &row, &receipts).unwrap();
        let damaged = StoreError::Damaged { what: "receipts" };
        assert_eq!(view.receipts(height), Err(damaged.clone()));
        assert_eq!(view.receipt(Position { height, index: 64 }), Err(damaged));
        assert_eq!(view.receipt(Position { height, index: 63 }).unwrap(), Some(good[63].clone()));
    }
    db.put(Family::Receipts, &row, &good[in_row..2 * in_row]).unwrap();
    assert_eq!(view.receipts(height).unwrap(), good);
}
