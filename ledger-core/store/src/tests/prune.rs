//! What is deleted is refused, what is kept is proved as before, and an early end is gone on with.

use ledger_core::{
    account::Totals,
    journal::LogName,
    record::Name,
    testing::{Bank, World, usd},
    time::Height,
};

use super::{assert_is, catch_up, certificate, history, set, stored, top};
use crate::{
    Position, Pruning, Store, StoreError,
    db::Family,
    limits::MAX_PAGE,
    recount::{Rule, Verdict, recount},
};

/// Prunes to the end, a number of steps at a time.
fn prune(store: &mut Store, below: u64, steps: u64) -> Pruning {
    for _ in 0..10_000 {
        let done = store.prune(Height::new(below), steps).unwrap();
        if done.is_done() {
            return done;
        }
    }
    panic!("no end");
}

fn account(world: &World) -> LogName {
    LogName::Account(world.account(&Bank::new("BANKA"), usd()))
}

/// Everything below is refused or as it was, everything from there on is as it was.
fn assert_pruned(store: &Store, world: &World, below: u64, whole: &Store) {
    let (view, other) = (store.view(), whole.view());
    let refused = StoreError::Pruned { below: Height::new(below) };
    for height in (0..=top(world)).map(Height::new) {
        let expected = set(world, height);
        assert_eq!(view.header(height).unwrap(), Some(expected.header));
        assert_eq!(view.results_at(height), other.results_at(height));
        assert_eq!(view.history_leaf(height), other.history_leaf(height));
        let kept = height.get() >= below;
        let receipts = if kept { Ok(expected.receipts.clone()) } else { Err(refused.clone()) };
        assert_eq!(view.receipts(height), receipts);
        for receipt in &expected.receipts {
            let at = Position { height, index: receipt.index };
            let first = other.position_of(&receipt.command).unwrap();
            assert_eq!(view.position_of(&receipt.command).unwrap(), first);
            assert_eq!(view.receipt_of(&receipt.command).is_ok(), kept);
            let expected = if kept { other.prove_receipt(at) } else { Err(refused.clone()) };
            assert_eq!(view.prove_receipt(at), expected);
            let legs = receipt.leg.as_ref().map(|leg| view.leg_history(&leg.id()));
            let of = receipt.leg.as_ref().map(|leg| other.leg_history(&leg.id()).unwrap());
            let whole = of.as_ref().is_none_or(|of| of.iter().all(|e| e.at.height.get() >= below));
            let expected = of.map(|of| if whole { Ok(of) } else { Err(refused.clone()) });
            assert_eq!(legs, expected);
        }
        for list in [account(world), LogName::Currency(usd())] {
            let all = other.log_rows(&list, 0, MAX_PAGE).unwrap();
            let base = view.base(&list).unwrap().map_or(0, |base| base.edge.count());
            let rows = view.log_rows(&list, base, MAX_PAGE).unwrap();
            assert_eq!(rows, all[usize::try_from(base).unwrap()..]);
            for from in 0..base {
                assert_eq!(view.log_rows(&list, from, 1), Err(refused.clone()));
            }
        }
    }
    let unknown = ledger_core::id::CommandId::new([9; 32]);
    assert_eq!(view.receipt_of(&unknown), Ok(None), "every id that was executed is known");
}

#[test]
fn w43_below_any_height_rows_are_refused_and_above_it_proved_as_before() {
    let (world, _) = history();
    let (_whole, whole) = stored(&world);
    for below in [0, 1, 2, 7, 13, 20, top(&world)] {
        for steps in [1, 7, u64::MAX] {
            let (folder, mut store) = stored(&world);
            let done = prune(&mut store, below, steps);
            assert_eq!((done.below.get(), done.blocks.get()), (below, below));
            assert_pruned(&store, &world, below, &whole);
            drop(store);
            let store = Store::open(folder.path(), &world.genesis).unwrap();
            assert_pruned(&store, &world, below, &whole);
            assert_is(&store, &world);
        }
    }
}

#[test]
fn w43_a_reader_is_told_from_the_first_step_on_also_after_an_early_end() {
    let (world, _) = history();
    let (_whole, whole) = stored(&world);
    let (folder, mut store) = stored(&world);
    let first = store.prune(Height::new(13), 2).unwrap();
    assert!(!first.is_done() && first.blocks == Height::new(2));
    assert_eq!(store.view().kept_from(), Ok(Height::new(13)));
    assert!(store.view().receipts(Height::new(12)).is_err());
    drop(store);
    let mut store = Store::open(folder.path(), &world.genesis).unwrap();
    assert_eq!(store.view().kept_from(), Ok(Height::new(13)));
    // Less than before changes nothing, and goes on with it.
    let done = prune(&mut store, 4, 3);
    assert_eq!(done.below, Height::new(13));
    assert_pruned(&store, &world, 13, &whole);
    assert_eq!(prune(&mut store, 16, 3).below, Height::new(16));
    assert_pruned(&store, &world, 16, &whole);
    let beside = Store::open_read_only(folder.path()).unwrap();
    assert_eq!(beside.kept_from(), Ok(Height::new(16)));
}

#[test]
fn i8_a_pruned_store_goes_on_to_the_same_roots() {
    let (world, _) = history();
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path(), &world.genesis).unwrap();
    for height in 1..=top(&world) {
        catch_up(&mut store, &world, height);
        store.certify(Height::new(height), &certificate(Height::new(height))).unwrap();
        if height % 5 == 0 {
            prune(&mut store, height - 2, 9);
        }
    }
    assert_is(&store, &world);
    drop(store);
    assert_is(&Store::open(folder.path(), &world.genesis).unwrap(), &world);
}

#[test]
fn the_last_block_and_the_latest_certificate_stay() {
    let (world, _) = history();
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path(), &world.genesis).unwrap();
    catch_up(&mut store, &world, 9);
    for height in [2, 4].map(Height::new) {
        store.certify(height, &certificate(height)).unwrap();
    }
    let (asked, applied) = (Height::new(10), Height::new(9));
    assert_eq!(store.prune(asked, 1), Err(StoreError::Ahead { asked, applied }));
    assert_eq!(store.view().kept_from(), Ok(Height::new(0)));
    prune(&mut store, 9, 5);
    let view = store.view();
    assert_eq!(view.certificate(Height::new(2)), Ok(None));
    let latest = view.latest_certified().unwrap().unwrap();
    assert_eq!(latest.header.height, Height::new(4));
    assert_eq!(view.certified_covering(Height::new(0)).unwrap(), Some(latest));
}

#[test]
fn rows_of_pruned_blocks_are_gone_and_ids_stay() {
    let (world, _) = history();
    let (_folder, mut store) = stored(&world);
    let count = |store: &Store, family| {
        store.view().ledger.db().unwrap().scan(family, &[]).unwrap().count()
    };
    let families = Family::ALL.map(|family| (family, count(&store, family)));
    prune(&mut store, top(&world), 100);
    for (family, before) in families {
        let after = count(&store, family);
        let fewer = matches!(
            family,
            Family::Receipts | Family::Parties | Family::Logs | Family::Certificates
        );
        if fewer {
            assert!(after < before, "{family:?}: {after} of {before}");
        } else {
            let meta = usize::from(family == Family::Meta);
            assert_eq!(after, before + meta, "{family:?}");
        }
    }
    let heights = |store: &Store| store.view().log_heights(&account(&world), 0).unwrap();
    assert!(heights(&store).iter().all(|height| height.get() >= top(&world)));
    assert_eq!(count(&store, Family::Certificates), 1);
}

#[test]
fn i1_i9_are_recounted_in_a_pruned_store_and_i3_i4_are_said_not_to_be() {
    let (world, _) = history();
    let mut seen = Vec::new();
    for below in [1, 8, 13, top(&world)] {
        let (folder, mut store) = stored(&world);
        let cut = |log| store.view().log_heights(&log, 0).unwrap()[0].get() < below;
        let dollars_cut = cut(LogName::Currency(usd()));
        prune(&mut store, below, 4);
        let beside = Store::open_read_only(folder.path()).unwrap();
        for view in [store.view(), beside] {
            let (_, lines) = recount(&view).unwrap();
            for line in lines.iter().filter(|line| line.currency == usd()) {
                let sums = matches!(line.rule, Rule::I3 | Rule::I4) && dollars_cut;
                let below = Height::new(below);
                let expected = if sums { Verdict::Unchecked { below } } else { Verdict::Holds };
                assert_eq!(line.verdict, expected, "{line:?}");
            }
        }
        seen.push(dollars_cut);
    }
    assert!(seen.contains(&true) && seen.contains(&false));
}

#[test]
fn w9_records_are_proved_after_pruning() {
    let (world, banks) = history();
    let (_folder, mut store) = stored(&world);
    prune(&mut store, top(&world), 50);
    let view = store.view();
    for name in [Name::Member(banks[0].lei), Name::Currency(usd()), Name::Chain] {
        let proven = view.prove_record(&name).unwrap().unwrap();
        assert!(proven.proof.holds_under(&proven.under.header.results));
    }
    let totals = view.totals(usd()).unwrap().unwrap();
    assert_eq!(
        totals,
        Totals {
            supply: 3_000,
            available: totals.available,
            held: totals.held,
            ..Totals::default()
        }
    );
    for height in (0..top(&world)).map(Height::new) {
        let under = view.latest_certified().unwrap().unwrap().header;
        assert!(view.prove_block_under(height, &under).unwrap().is_some());
    }
}
