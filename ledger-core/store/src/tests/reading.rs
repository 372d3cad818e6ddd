//! What a view answers: proofs that hold, and lists that hold nothing of others.

use std::collections::BTreeSet;

use ledger_core::{
    bulk::BulkMode,
    command::Command,
    id::Lei,
    journal::LogName,
    money::Money,
    proof::SlotContent,
    receipt::{Kind, Receipt},
    record::{Name, Record},
    state::WriteSet,
    testing::{Bank, World, issuer_lei, usd},
    time::Height,
};

use super::{Dice, block, catch_up, certificate, history, stored, top};
use crate::{Position, Store, StoreError, View, limits::SLOTS_IN_MEMORY};

fn receipts(world: &World) -> impl Iterator<Item = &Receipt> {
    world.sets.iter().flat_map(|set| &set.receipts)
}

fn at(receipt: &Receipt) -> Position {
    Position { height: receipt.height, index: receipt.index }
}

#[test]
fn w9_every_receipt_is_proved_under_the_first_certified_header_that_covers_it() {
    let (world, _) = history();
    let (_folder, store) = stored(&world);
    let view = store.view();
    let (mut proved, last) = (0, Height::new(top(&world)));
    for receipt in receipts(&world) {
        let Some(proven) = view.prove_receipt(at(receipt)).unwrap() else {
            assert_eq!(receipt.height, last, "only the last block has no header above it");
            continue;
        };
        assert_eq!(proven.proof.receipt, *receipt);
        assert!(proven.proof.holds_under(&proven.under.header.results));
        assert_eq!(proven.under.header.height, receipt.height.next());
        assert_eq!(proven.under.certificate, certificate(receipt.height.next()));
        proved += 1;
    }
    assert!(proved > 50, "{proved}");
}

#[test]
fn w9_a_command_about_several_legs_is_found_by_its_first_receipt_and_each_leg_by_its_own() {
    let (mut world, [a, b, c]) = World::funded(1_000);
    let groups = world.groups(&a, usd(), &[(b, &[1, 2]), (c, &[3])]);
    let bulk = world.bulk(&a, BulkMode::Each, usd(), groups);
    let command = world.sign(&a.settlement(), Command::Bulk(bulk));
    let id = command.body.id();
    let receipts = world.block(&[command]).receipts;
    assert_eq!(receipts.len(), 3);
    world.block(&[]);
    let (_folder, store) = stored(&world);
    let view = store.view();
    assert_eq!(view.position_of(&id).unwrap(), Some(at(&receipts[0])));
    for receipt in &receipts {
        let events = view.leg_history(&receipt.leg.unwrap().id()).unwrap();
        assert_eq!(events.iter().map(|event| event.at).collect::<Vec<_>>(), [at(receipt)]);
        assert_eq!(view.prove_receipt(at(receipt)).unwrap().unwrap().proof.receipt, *receipt);
    }
    let height = receipts[0].height;
    let seen = |bank: &Bank| {
        let places = view.receipts_for(&bank.lei, None, height, 1_000).unwrap();
        places.into_iter().filter(|place| place.height == height).count()
    };
    assert_eq!([seen(&a), seen(&b), seen(&c)], [3, 2, 1]);
}

#[test]
fn nothing_is_proved_without_a_certificate() {
    let (world, _) = history();
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path(), &world.genesis).unwrap();
    catch_up(&mut store, &world, top(&world));
    let view = store.view();
    assert_eq!(view.latest_certified().unwrap(), None);
    assert_eq!(view.certified_covering(Height::new(1)).unwrap(), None);
    assert_eq!(view.prove_receipts(Height::new(1), &[0]).unwrap(), None);
    assert_eq!(view.prove_record(&Name::Chain).unwrap(), None);
}

#[test]
fn the_covering_header_is_the_lowest_certified_one_whatever_is_certified() {
    let (world, _) = history();
    for seed in 0..6 {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path(), &world.genesis).unwrap();
        catch_up(&mut store, &world, top(&world));
        let mut dice = Dice(seed);
        let heights: BTreeSet<u64> =
            (1..=top(&world)).filter(|_| dice.below(6) <= usize::try_from(seed).unwrap()).collect();
        for height in &heights {
            store.certify(Height::new(*height), &certificate(Height::new(*height))).unwrap();
        }
        for height in 0..=top(&world) {
            let lowest = heights
                .iter()
                .find(|h| world.header(Height::new(**h)).results.height.get() >= height);
            let found = store.view().certified_covering(Height::new(height)).unwrap();
            assert_eq!(
                found.map(|c| c.header.height.get()),
                lowest.copied(),
                "{height} {heights:?}"
            );
        }
        let latest = store.view().latest_certified().unwrap();
        assert_eq!(latest.map(|c| c.header.height.get()), heights.last().copied());
    }
}

#[test]
fn a_header_not_executed_cannot_be_certified() {
    let (world, _) = history();
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path(), &world.genesis).unwrap();
    catch_up(&mut store, &world, 2);
    let (asked, applied) = (Height::new(3), Height::new(2));
    assert_eq!(store.certify(asked, b"x"), Err(StoreError::Ahead { asked, applied }));
    let long = vec![0; crate::limits::MAX_CERTIFICATE_BYTES + 1];
    let refused = store.certify(applied, &long);
    assert!(matches!(refused, Err(StoreError::CertificateTooLong { .. })));
    assert_eq!(store.view().certificate(applied).unwrap(), None);
}

#[test]
fn w9_every_record_is_proved_as_of_the_latest_certified_results() {
    let (world, banks) = history();
    let (_folder, store) = stored(&world);
    let view = store.view();
    let names = banks.iter().flat_map(|bank| {
        let account = Name::Account(world.account(bank, usd()));
        [Name::Member(bank.lei), Name::Holdings(bank.lei), account]
    });
    for name in names.chain([Name::Chain, Name::Currency(usd())]) {
        let proven = view.prove_record(&name).unwrap().unwrap();
        assert!(proven.proof.holds_under(&proven.under.header.results));
        assert!(proven.proof.record(&name.key()).is_some());
        assert_eq!(proven.under.header.height, store.applied().height);
    }
    assert_eq!(view.prove_record(&Name::Member(issuer_lei())).unwrap(), None);
}

#[test]
fn w9_after_a_restart_records_are_proved_again_once_a_later_block_is_certified() {
    let (world, _) = history();
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path(), &world.genesis).unwrap();
    let start = top(&world) - 2;
    catch_up(&mut store, &world, start);
    store.certify(Height::new(start), b"x").unwrap();
    drop(store);
    let mut store = Store::open(folder.path(), &world.genesis).unwrap();
    let name = Name::Currency(usd());
    assert_eq!(store.view().prove_record(&name).unwrap(), None);
    catch_up(&mut store, &world, start + 1);
    store.certify(Height::new(start + 1), b"x").unwrap();
    let proven = store.view().prove_record(&name).unwrap().unwrap();
    assert!(proven.proof.holds_under(&proven.under.header.results));
}

/// All of a party's receipts, page by page.
fn pages(view: &View, party: &Lei, up_to: Height, limit: usize) -> Vec<Position> {
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

#[test]
fn a_partys_list_has_all_of_its_receipts_and_none_of_anothers() {
    let (world, banks) = history();
    let (_folder, store) = stored(&world);
    let view = store.view();
    let last = Height::new(top(&world));
    for party in banks.iter().map(|bank| bank.lei).chain([issuer_lei()]) {
        for up_to in [Height::new(0), Height::new(6), last] {
            let expected: Vec<_> = receipts(&world)
                .filter(|r| r.parties.contains(&party) && r.height <= up_to)
                .map(at)
                .collect();
            for limit in [1, 3, 1_000] {
                assert_eq!(pages(&view, &party, up_to, limit), expected, "{party} {up_to} {limit}");
            }
        }
        assert!(pages(&view, &party, last, 100).iter().all(|position| {
            view.receipt(*position).unwrap().unwrap().parties.contains(&party)
        }));
    }
    let stranger = ledger_core::testing::lei("STRANGER");
    assert_eq!(pages(&view, &stranger, last, 10), Vec::new());
}

#[test]
fn i9_a_command_has_its_receipt_after_any_restart() {
    let (world, _) = history();
    let (folder, store) = stored(&world);
    drop(store);
    let store = Store::open(folder.path(), &world.genesis).unwrap();
    let view = store.view();
    for receipt in receipts(&world) {
        assert_eq!(view.receipt_of(&receipt.command).unwrap().as_ref(), Some(receipt));
        let remembered = world.state.has_seen(&receipt.command);
        let seen = view.seen().unwrap();
        assert_eq!(seen.iter().any(|(_, id)| *id == receipt.command), remembered);
    }
}

#[test]
fn a_leg_and_its_uetr_lead_to_every_receipt_that_cites_it() {
    let (world, _) = history();
    let (_folder, store) = stored(&world);
    let view = store.view();
    let legs: Vec<_> = receipts(&world).filter_map(|r| r.leg).collect();
    assert!(legs.len() > 6);
    for leg in legs {
        let expected: Vec<(Position, Kind)> =
            receipts(&world).filter(|r| r.leg == Some(leg)).map(|r| (at(r), r.kind)).collect();
        let found = view.leg_history(&leg.id()).unwrap();
        assert_eq!(found.iter().map(|e| (e.at, e.kind)).collect::<Vec<_>>(), expected);
        assert_eq!(view.legs_of_uetr(&leg.uetr).unwrap(), vec![leg.id()]);
    }
}

#[test]
fn lists_totals_and_directory_are_those_of_the_ledger() {
    let (world, banks) = history();
    let (_folder, store) = stored(&world);
    let view = store.view();
    let logs = || world.sets.iter().flat_map(|set| &set.lists.logs);
    for log in logs().map(|row| row.log).collect::<BTreeSet<_>>() {
        let expected: Vec<_> = logs().filter(|row| row.log == log).collect();
        assert!(view.log_rows(&log, 0, 1_000).unwrap().iter().eq(expected.iter().copied()));
        assert!(
            view.log_rows(&log, 1, 1).unwrap().iter().eq(expected.iter().skip(1).take(1).copied())
        );
        assert_eq!(view.log_rows(&log, 0, 0).unwrap(), Vec::new());
    }
    let log = LogName::Account(world.account(&banks[0], usd()));
    assert!(view.log_rows(&log, 0, 1_000).unwrap().len() > 3);
    let totals = view.totals(usd()).unwrap().unwrap();
    assert_eq!(totals.supply, 3_000);
    let mut leis: Vec<_> = banks.iter().map(|bank| bank.lei).collect();
    leis.sort();
    let members = view.directory().unwrap();
    assert_eq!(members.iter().map(|m| m.directory.lei).collect::<Vec<_>>(), leis);
    let chain = view.record(&Name::Chain).unwrap();
    assert_eq!(chain, Some(Record::Chain(view.chain_record().unwrap())));
}

#[test]
fn w9_proofs_hold_while_blocks_are_executed() {
    let (world, _) = history();
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path(), &world.genesis).unwrap();
    let view = store.view();
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let (mut proved, mut height) = (0u32, 1);
            while height < top(&world) {
                if let Some(proven) = view.prove_receipts(Height::new(height), &[0]).unwrap() {
                    height += 1;
                    let results = proven.under.header.results;
                    proved += u32::from(proven.proof.iter().all(|p| p.holds_under(&results)));
                }
                if let Some(proven) = view.prove_record(&Name::Currency(usd())).unwrap() {
                    assert!(proven.proof.holds_under(&proven.under.header.results));
                }
            }
            proved
        });
        for height in 1..=top(&world) {
            store.execute(&block(&world, height)).unwrap();
            store.certify(Height::new(height), b"x").unwrap();
        }
        assert_eq!(u64::from(reader.join().unwrap()), top(&world) - 1);
    });
}

#[test]
fn however_much_is_read_between_two_blocks_few_slots_stay_in_memory() {
    let (mut world, [a, b, _]) = World::funded(10_000);
    let settled: Vec<_> = (0..100)
        .map(|_| {
            let payment = world.payment(&a, &b, Money::new(usd(), 1));
            world.transfer(&a, &b, &payment)
        })
        .collect();
    world.block(&settled);
    let (_folder, store) = stored(&world);
    let view = store.view();
    let names: Vec<Name> = world.sets.iter().flat_map(names_in).collect();
    let known = names.iter().filter(|name| world.record(name).is_some()).collect::<BTreeSet<_>>();
    let (mut most, mut read) = (0, BTreeSet::new());
    for name in names.iter().chain(&names) {
        assert_eq!(view.record(name).unwrap().as_ref(), world.record(name), "{name:?}");
        read.extend(world.record(name).map(|_| name));
        most = most.max(view.ledger.memory().unwrap().state.in_memory());
    }
    let room = SLOTS_IN_MEMORY + SLOTS_IN_MEMORY / 8 + 1;
    assert!(read == known && known.len() > room, "{} of {} read", read.len(), known.len());
    assert!(most <= room, "{most} in memory");
}

/// Names of what the records of a write set are about.
fn names_in(set: &WriteSet) -> Vec<Name> {
    let records = set.slots().values().filter_map(|stored| match stored.content.as_ref() {
        SlotContent::Used { record: Record::Leg(found), .. } => Some(Name::Leg(found.leg.id())),
        SlotContent::Used { record: Record::Account(found), .. } => Some(Name::Account(found.id)),
        _ => None,
    });
    records.collect()
}
