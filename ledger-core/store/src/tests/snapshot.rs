//! A snapshot taken anywhere goes on to the same roots; a damaged one leaves nothing behind.

use std::{
    fs,
    path::{Path, PathBuf},
};

use ledger_core::{
    block::Header,
    codec::{decode, encode},
    digest::{Hash32, file_hash},
    genesis::Genesis,
    journal::LogName,
    receipt::HistoryLeaf,
    record::{Name, Record},
    state::RestoreError,
    testing::{World, usd},
    time::Height,
};
use tempfile::TempDir;

use super::{assert_is, block, catch_up, certificate, history, set, stored, top};
use crate::{
    Position, SnapshotError, Store, StoreError, Taken,
    db::{Db, Family},
    key,
    limits::{MAX_MANIFEST_BYTES, MAX_PAGE},
    recount::{Rule, Verdict, recount},
    row::{BaseRow, Closing},
    snapshot::{CertifiedBlock, ChunkKind, ChunkName, MANIFEST, Manifest, SlotOf, WindowOf},
};

/// The certificates of these tests are good when they are those that [`certificate`] makes.
fn verify(header: &Header, bytes: &[u8]) -> bool {
    bytes == certificate(header.height)
}

fn take(store: &Path, to: &Path) -> Result<Taken, StoreError> {
    Store::snapshot(store, to, &mut |_| {})
}

fn restore(from: &Path, to: &Path, genesis: &Genesis) -> Result<Height, StoreError> {
    Store::restore(from, to, genesis, verify, &mut |_| {})
}

/// Executes and certifies up to a height.
fn certified_to(store: &mut Store, world: &World, to: u64) {
    for height in store.applied().height.get() + 1..=to {
        catch_up(store, world, height);
        store.certify(Height::new(height), &certificate(Height::new(height))).unwrap();
    }
}

/// A snapshot of a world as of a height, sealed under the header after it.
fn snapshot(world: &World, height: u64) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (path, to) = (folder.path().join("store"), folder.path().join("snapshot"));
    let mut store = Store::open(&path, &world.genesis).unwrap();
    certified_to(&mut store, world, height);
    let mut taken = take(&path, &to).unwrap();
    certified_to(&mut store, world, (height + 3).min(top(world)));
    assert!(taken.seal(&mut |_| {}).unwrap());
    (folder, to)
}

/// A store restored from a snapshot of a world as of a height.
fn restored(world: &World, height: u64) -> (TempDir, Store) {
    let (folder, from) = snapshot(world, height);
    let to = folder.path().join("restored");
    assert_eq!(restore(&from, &to, &world.genesis), Ok(Height::new(height)));
    let store = Store::open(&to, &world.genesis).unwrap();
    (folder, store)
}

fn read_manifest(from: &Path) -> Manifest {
    decode(&fs::read(from.join(MANIFEST)).unwrap(), MAX_MANIFEST_BYTES).unwrap()
}

#[test]
fn i11_w41_a_store_restored_at_any_height_goes_on_to_the_same_roots() {
    let (world, _) = history();
    // The header after genesis declares no history: the one after it covers genesis.
    for height in 0..top(&world) {
        let (folder, mut store) = restored(&world, height);
        assert!(store.resumed_cleanly());
        assert_is(&store, &world);
        certified_to(&mut store, &world, top(&world));
        assert_is(&store, &world);
        drop(store);
        let store = Store::open(&folder.path().join("restored"), &world.genesis).unwrap();
        assert_is(&store, &world);
        assert!(store.view().ledger.memory().unwrap().state.records().eq(world.state.records()));
    }
}

#[test]
fn w41_a_snapshot_is_of_one_block_whatever_is_executed_while_it_is_taken() {
    let (world, _) = history();
    let folder = tempfile::tempdir().unwrap();
    let (path, to) = (folder.path().join("store"), folder.path().join("snapshot"));
    let mut store = Store::open(&path, &world.genesis).unwrap();
    certified_to(&mut store, &world, 9);
    let mut next = 10;
    let mut taken = Store::snapshot(&path, &to, &mut |_| {
        if next <= top(&world) {
            certified_to(&mut store, &world, next);
            next += 1;
        }
    })
    .unwrap();
    assert!(next > 12, "blocks were executed meanwhile");
    assert_eq!(taken.height(), Height::new(9));
    assert!(taken.seal(&mut |_| {}).unwrap());
    let fresh = folder.path().join("restored");
    restore(&to, &fresh, &world.genesis).unwrap();
    assert_is(&Store::open(&fresh, &world.genesis).unwrap(), &world);
}

#[test]
fn w42_a_snapshot_has_a_name_only_when_a_certified_header_covers_its_block() {
    let (world, _) = history();
    let folder = tempfile::tempdir().unwrap();
    let (path, to) = (folder.path().join("store"), folder.path().join("snapshot"));
    let mut store = Store::open(&path, &world.genesis).unwrap();
    certified_to(&mut store, &world, 5);
    let mut taken = take(&path, &to).unwrap();
    assert!(!taken.seal(&mut |_| {}).unwrap());
    catch_up(&mut store, &world, 7);
    assert!(!taken.seal(&mut |_| {}).unwrap(), "executed, but not certified");
    let partial = folder.path().join("snapshot.partial");
    assert!(!to.exists() && partial.is_dir() && !partial.join(MANIFEST).exists());
    let nowhere = folder.path().join("nowhere");
    let refused = restore(&partial, &nowhere, &world.genesis);
    assert_eq!(refused, Err(SnapshotError::Manifest.into()));
    // Only the header after the next one has a certificate: it declares results of a later block.
    certified_to(&mut store, &world, 8);
    assert!(taken.seal(&mut |_| {}).unwrap());
    assert!(to.is_dir() && !partial.exists());
    let manifest = read_manifest(&to);
    assert_eq!((manifest.height, manifest.header.height), (Height::new(5), Height::new(8)));
    restore(&to, &nowhere, &world.genesis).unwrap();
    let mut store = Store::open(&nowhere, &world.genesis).unwrap();
    catch_up(&mut store, &world, top(&world));
    assert_is(&store, &world);
}

#[test]
fn w42_nothing_is_written_over() {
    let (world, _) = history();
    let (folder, from) = snapshot(&world, 8);
    let occupied = Err(StoreError::Snapshot(SnapshotError::Occupied));
    let store = folder.path().join("store");
    assert_eq!(restore(&from, &store, &world.genesis), occupied);
    assert_eq!(take(&store, &from).map(|taken| taken.height()), occupied);
    let (empty, left) = (folder.path().join("empty"), folder.path().join("empty.restoring"));
    fs::create_dir(&empty).unwrap();
    fs::create_dir(&left).unwrap();
    fs::write(left.join("CURRENT"), b"what an attempt left that ended early").unwrap();
    restore(&from, &empty, &world.genesis).unwrap();
    assert!(!left.exists());
    assert_is(&Store::open(&empty, &world.genesis).unwrap(), &world);
    let nowhere = take(&folder.path().join("typo"), &folder.path().join("x"));
    assert_eq!(nowhere.err(), Some(StoreError::NotThere));
}

#[test]
fn a_diverged_store_has_no_snapshot() {
    let (world, _) = history();
    let (folder, mut store) = stored(&world);
    store.mark_diverged(Height::new(4)).unwrap();
    let to = folder.path().with_extension("snapshot");
    let refused = take(folder.path(), &to).err();
    fs::remove_dir_all(to.with_extension("snapshot.partial")).unwrap();
    assert_eq!(refused, Some(StoreError::Diverged { height: Height::new(4) }));
}

/// What a changed snapshot is refused with. Nothing is left where it would have been restored to.
fn refused(from: &Path, genesis: &Genesis) -> StoreError {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("restored");
    let refused = restore(from, &to, genesis).expect_err("the snapshot must be refused");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{refused:?} left something");
    refused
}

#[test]
fn w41_a_changed_or_missing_chunk_is_refused_by_its_name() {
    let (world, _) = history();
    let (_folder, from) = snapshot(&world, 14);
    let manifest = read_manifest(&from);
    assert_eq!(manifest.named().count(), 4);
    for (chunk, _) in manifest.named() {
        let path = from.join(chunk.to_string());
        let good = fs::read(&path).unwrap();
        for at in (0..good.len()).step_by(good.len() / 40 + 1) {
            let mut bytes = good.clone();
            bytes[at] ^= 1;
            fs::write(&path, &bytes).unwrap();
            let changed = SnapshotError::Changed { chunk };
            assert_eq!(refused(&from, &world.genesis), changed.into(), "{chunk} {at}");
        }
        for bytes in [&good[..good.len() - 1], &[&good[..], &[0]].concat(), &[]] {
            fs::write(&path, bytes).unwrap();
            let changed = SnapshotError::Changed { chunk };
            assert_eq!(refused(&from, &world.genesis), changed.into());
        }
        fs::remove_file(&path).unwrap();
        assert_eq!(refused(&from, &world.genesis), SnapshotError::Missing { chunk }.into());
        fs::write(&path, &good).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    restore(&from, &folder.path().join("x"), &world.genesis).unwrap();
}

#[test]
fn w41_a_chunk_of_another_snapshot_is_refused_by_its_name() {
    let (world, _) = history();
    let ((_one, from), (_two, other)) = (snapshot(&world, 14), snapshot(&world, 15));
    for kind in ChunkKind::ALL {
        let chunk = ChunkName { kind, number: 0 };
        let path = from.join(chunk.to_string());
        let good = fs::read(&path).unwrap();
        fs::copy(other.join(chunk.to_string()), &path).unwrap();
        assert_eq!(refused(&from, &world.genesis), SnapshotError::Changed { chunk }.into());
        fs::write(&path, good).unwrap();
    }
    fs::copy(other.join(MANIFEST), from.join(MANIFEST)).unwrap();
    let chunk = ChunkName { kind: ChunkKind::Slots, number: 0 };
    assert_eq!(refused(&from, &world.genesis), SnapshotError::Changed { chunk }.into());
}

/// Changes rows of a chunk and its hash in the manifest: what only the roots can tell.
fn forged<T: serde::Serialize + serde::de::DeserializeOwned>(
    world: &World,
    kind: ChunkKind,
    change: impl Fn(&mut Vec<T>),
) -> StoreError {
    let (_folder, from) = snapshot(world, 14);
    let path = from.join(ChunkName { kind, number: 0 }.to_string());
    let mut rows: Vec<T> = decode(&fs::read(&path).unwrap(), MAX_MANIFEST_BYTES).unwrap();
    change(&mut rows);
    let bytes = encode(&rows);
    fs::write(&path, &bytes).unwrap();
    let mut manifest = read_manifest(&from);
    let entry = manifest.chunks.iter_mut().find(|entry| entry.kind == kind).unwrap();
    entry.hash = file_hash(&bytes);
    fs::write(from.join(MANIFEST), encode(&manifest)).unwrap();
    refused(&from, &world.genesis)
}

#[test]
fn w41_forged_rows_are_refused_by_what_the_certified_header_commits_to() {
    let (world, _) = history();
    let not = |kind| StoreError::Snapshot(SnapshotError::NotCommitted { kind });
    let salt = |rows: &mut Vec<SlotOf>| rows[3].stored.salt = Hash32::new([1; 32]);
    let drop_slot = |rows: &mut Vec<SlotOf>| {
        rows.pop();
    };
    for change in [&salt as &dyn Fn(&mut Vec<SlotOf>), &drop_slot] {
        let found = forged(&world, ChunkKind::Slots, change);
        assert_eq!(found, RestoreError::StateRoot.into());
    }
    let with_edges = |rows: &mut Vec<SlotOf>| {
        rows.iter().position(|row| row.edges.iter().any(|edge| edge.count() > 0)).unwrap()
    };
    let edge = |rows: &mut Vec<SlotOf>| {
        let at = with_edges(rows);
        rows[at].edges[0].push(Hash32::new([1; 32]));
    };
    assert_eq!(forged(&world, ChunkKind::Slots, edge), RestoreError::List.into());
    let no_edge = |rows: &mut Vec<SlotOf>| {
        let at = with_edges(rows);
        rows[at].edges.clear();
    };
    assert_eq!(forged(&world, ChunkKind::Slots, no_edge), not(ChunkKind::Slots));
    let windows =
        |rows: &mut Vec<WindowOf>| rows[0].1[0] = ledger_core::id::CommandId::new([7; 32]);
    assert_eq!(forged(&world, ChunkKind::Windows, windows), RestoreError::List.into());
    let time = |rows: &mut Vec<Header>| rows[0].time = rows[0].time.after(1);
    let none = |rows: &mut Vec<Header>| rows.clear();
    let fewer = |rows: &mut Vec<Header>| {
        rows.remove(0);
    };
    for change in [&time as &dyn Fn(&mut Vec<Header>), &none, &fewer] {
        assert_eq!(forged(&world, ChunkKind::Headers, change), not(ChunkKind::Headers));
    }
    let root = |rows: &mut Vec<HistoryLeaf>| rows[2].state_root = Hash32::new([1; 32]);
    let order = |rows: &mut Vec<HistoryLeaf>| rows.swap(1, 2);
    let tail = |rows: &mut Vec<HistoryLeaf>| {
        rows.pop();
    };
    let empty = |rows: &mut Vec<HistoryLeaf>| rows.clear();
    for change in [&root as &dyn Fn(&mut Vec<HistoryLeaf>), &order, &tail, &empty] {
        assert_eq!(forged(&world, ChunkKind::History, change), not(ChunkKind::History));
    }
    let chunk = ChunkName { kind: ChunkKind::Windows, number: 0 };
    let other_rows = |rows: &mut Vec<WindowOf>| rows[0].0 = Height::new(u64::MAX);
    assert_eq!(forged(&world, ChunkKind::Windows, other_rows), RestoreError::List.into());
    let malformed = {
        let (_folder, from) = snapshot(&world, 14);
        fs::write(from.join(chunk.to_string()), b"\x01\x01").unwrap();
        let mut manifest = read_manifest(&from);
        manifest.chunks[1].hash = file_hash(b"\x01\x01");
        fs::write(from.join(MANIFEST), encode(&manifest)).unwrap();
        refused(&from, &world.genesis)
    };
    assert_eq!(malformed, SnapshotError::Malformed { chunk }.into());
}

#[test]
fn w41_a_manifest_of_another_network_version_or_certificate_is_refused() {
    let (world, _) = history();
    let (_folder, from) = snapshot(&world, 14);
    let good = read_manifest(&from);
    let other = Genesis { epoch: 1, ..world.genesis.clone() };
    let (expected, found) = (other.chain_id(), world.genesis.chain_id());
    assert_eq!(refused(&from, &other), StoreError::OtherNetwork { expected, found });
    let with = |change: &dyn Fn(&mut Manifest)| {
        let mut manifest = good.clone();
        change(&mut manifest);
        fs::write(from.join(MANIFEST), encode(&manifest)).unwrap();
        refused(&from, &world.genesis)
    };
    let mixed = StoreError::OtherNetwork { expected: found, found: expected };
    assert_eq!(with(&|m| m.header.chain = expected), mixed);
    assert_eq!(with(&|m| m.format = "florin-snapshot-2".into()), SnapshotError::Manifest.into());
    assert_eq!(with(&|m| m.certificate[0] ^= 1), SnapshotError::Certificate.into());
    assert_eq!(with(&|m| m.free = Some(u64::MAX)), RestoreError::StateRoot.into());
    // Where a validator's engine goes on is certified as well, and is a block of the snapshot.
    assert_eq!(good.last.as_ref().unwrap().height, Height::new(14));
    let no_last: [fn(&mut CertifiedBlock); 4] = [
        |last| last.certificate[0] ^= 1,
        |last| last.height = Height::new(13),
        |last| last.height = Height::new(3),
        |last| last.height = Height::new(15),
    ];
    for change in no_last {
        let changed = with(&|m| m.last.iter_mut().for_each(change));
        assert_eq!(changed, SnapshotError::Certificate.into());
    }
    assert_eq!(with(&|m| m.last = None), SnapshotError::Certificate.into());
    let height = Height::new(u64::MAX);
    let not_covered = SnapshotError::NotCovered { height };
    assert_eq!(with(&|m| m.height = height), not_covered.into());
    let later = SnapshotError::NotCovered { height: Height::new(15) };
    assert_eq!(with(&|m| m.height = Height::new(15)), later.into());
    // Another header than the certified one: the caller's check sees its height here.
    assert_eq!(with(&|m| m.header.height = Height::new(99)), SnapshotError::Certificate.into());
    let earlier = with(&|m| m.height = Height::new(13));
    assert_eq!(earlier, SnapshotError::NotCommitted { kind: ChunkKind::Headers }.into());
    let root = with(&|m| m.header.results.history_root = Hash32::new([3; 32]));
    assert_eq!(root, SnapshotError::NotCommitted { kind: ChunkKind::History }.into());
    let state = with(&|m| m.header.results.state_root = Hash32::new([3; 32]));
    assert_eq!(state, SnapshotError::NotCommitted { kind: ChunkKind::History }.into());
    fs::write(from.join(MANIFEST), b"no manifest").unwrap();
    assert_eq!(refused(&from, &world.genesis), SnapshotError::Manifest.into());
    fs::remove_file(from.join(MANIFEST)).unwrap();
    assert_eq!(refused(&from, &world.genesis), SnapshotError::Manifest.into());
}

fn account(world: &World) -> LogName {
    LogName::Account(world.account(&ledger_core::testing::Bank::new("BANKA"), usd()))
}

#[test]
fn w43_what_a_snapshot_leaves_out_is_refused_and_never_empty() {
    let (world, banks) = history();
    let (_folder, mut store) = restored(&world, 20);
    certified_to(&mut store, &world, top(&world));
    let view = store.view();
    let below = Height::new(21);
    let pruned = StoreError::Pruned { below };
    assert_eq!(view.kept_from(), Ok(below));
    for height in (0..21).map(Height::new) {
        assert_eq!(view.receipts(height), Err(pruned.clone()));
        let at = Position { height, index: 0 };
        assert_eq!(view.receipt(at), Err(pruned.clone()));
        assert_eq!(view.blinding(height), Err(pruned.clone()));
        assert_eq!(view.receipts_after(Some(at), Height::new(99), 5).is_ok(), height.get() == 20);
        if !set(&world, height).receipts.is_empty() && height.get() < 20 {
            assert_eq!(view.prove_receipt(at), Err(pruned.clone()));
        }
        if height.get() < 19 {
            assert_eq!(view.header(height), Err(pruned.clone()));
            assert_eq!(view.results_at(height), Err(pruned.clone()));
        }
    }
    assert_eq!(view.receipts_after(None, Height::new(99), 5), Err(pruned.clone()));
    assert_eq!(view.receipts_for(&banks[0].lei, None, Height::new(99), 5), Err(pruned.clone()));
    assert_eq!(view.log_rows(&account(&world), 0, 5), Err(pruned.clone()));
    let ids = |height: u64| {
        let receipts = &set(&world, Height::new(height)).receipts;
        receipts.iter().map(|receipt| receipt.command).collect::<Vec<_>>()
    };
    for height in 0..=top(&world) {
        for (index, id) in (0..).zip(ids(height)) {
            let at = Position { height: Height::new(height), index };
            let expected = if height < 21 { Err(pruned.clone()) } else { Ok(Some(at)) };
            assert_eq!(view.position_of(&id), expected, "{height}");
        }
    }
    let unknown = ledger_core::id::CommandId::new([9; 32]);
    assert_eq!(view.receipt_of(&unknown), Err(pruned.clone()), "it may be an earlier one");
    for receipt in world.sets.iter().flat_map(|set| &set.receipts) {
        let Some(leg) = &receipt.leg else { continue };
        let began = world.sets.iter().flat_map(|set| &set.receipts);
        let began = began.filter(|other| other.leg == receipt.leg).map(|other| other.height).min();
        let expected = began >= Some(below);
        assert_eq!(view.leg_history(&leg.id()).is_ok(), expected, "{leg:?}");
        assert_eq!(view.legs_of_uetr(&leg.uetr).is_ok(), expected, "{leg:?}");
    }
}

#[test]
fn w43_what_came_after_a_snapshot_is_whole() {
    let (world, banks) = history();
    let (_folder, mut store) = restored(&world, 20);
    certified_to(&mut store, &world, top(&world));
    let (view, last) = (store.view(), top(&world));
    let all: Vec<_> = world.sets.iter().flat_map(|set| &set.receipts).collect();
    let kept: Vec<_> = all.into_iter().filter(|receipt| receipt.height.get() > 20).collect();
    assert!(kept.len() > 5, "{}", kept.len());
    let end = Position { height: Height::new(20), index: u32::MAX };
    let found = view.receipts_after(Some(end), Height::new(last), MAX_PAGE).unwrap();
    assert!(found.iter().eq(kept.iter().copied()));
    for bank in &banks {
        let found = view.receipts_for(&bank.lei, Some(end), Height::new(last), MAX_PAGE).unwrap();
        let of = kept.iter().filter(|receipt| receipt.parties.contains(&bank.lei)).count();
        assert_eq!(found.len(), of);
    }
    for receipt in kept {
        let at = Position { height: receipt.height, index: receipt.index };
        assert_eq!(view.receipt(at).unwrap().as_ref(), Some(receipt));
        if receipt.height.get() < last {
            let proven = view.prove_receipt(at).unwrap().unwrap();
            assert!(proven.proof.holds_under(&proven.under.header.results));
        }
    }
    let name = Name::Currency(usd());
    let proven = view.prove_record(&name).unwrap().unwrap();
    assert!(proven.proof.holds_under(&proven.under.header.results));
    let (log, whole) = (account(&world), stored(&world));
    let expected = whole.1.view().log_rows(&log, 0, MAX_PAGE).unwrap();
    let first = view.base(&log).unwrap().unwrap().edge.count();
    let at = usize::try_from(first).unwrap();
    assert!(first > 0 && at < expected.len());
    assert_eq!(view.log_rows(&log, first, MAX_PAGE).unwrap(), expected[at..]);
    assert!(view.log_rows(&log, first - 1, MAX_PAGE).is_err());
}

#[test]
fn i1_i9_are_recounted_after_a_restore_and_i3_i4_are_said_not_to_be() {
    let (world, _) = history();
    for more in [0, 1, 3] {
        let (_folder, mut store) = restored(&world, 20);
        certified_to(&mut store, &world, 20 + more);
        let (_, lines) = recount(&store.view()).unwrap();
        assert_eq!(lines.len(), 8);
        for line in lines {
            let expected = match line.rule {
                Rule::I1 | Rule::I9 => Verdict::Holds,
                Rule::I3 | Rule::I4 => Verdict::Unchecked { below: Height::new(21) },
            };
            assert_eq!(line.verdict, expected, "{line:?}");
        }
    }
}

#[test]
fn i1_i9_a_changed_row_before_a_lists_kept_entries_is_found() {
    let (world, _) = history();
    let log = account(&world);
    let broken = |change: &dyn Fn(&mut BaseRow)| {
        let (folder, store) = restored(&world, 20);
        let mut base = store.view().base(&log).unwrap().unwrap();
        drop(store);
        change(&mut base);
        let path = folder.path().join("restored");
        Db::open(&path).unwrap().put(Family::Logs, &key::base(&log), &base).unwrap();
        let (_, lines) = recount(&Store::open_read_only(&path).unwrap()).unwrap();
        let broken = lines.iter().filter(|line| line.broken());
        broken.map(|line| line.rule).collect::<Vec<_>>()
    };
    assert_eq!(broken(&|_| ()), []);
    let richer = |base: &mut BaseRow| {
        let Closing::Account(closing) = &mut base.closing else { panic!("{base:?}") };
        closing.available += 1;
    };
    assert_eq!(broken(&richer), [Rule::I1]);
    assert_eq!(broken(&|base| base.edge.push(Hash32::new([1; 32]))), [Rule::I9]);
}

#[test]
fn w41_a_snapshot_of_a_restored_store_is_restored_again() {
    let (world, _) = history();
    let (folder, mut store) = restored(&world, 11);
    let (path, to) = (folder.path().join("restored"), folder.path().join("second"));
    certified_to(&mut store, &world, 15);
    let mut taken = take(&path, &to).unwrap();
    certified_to(&mut store, &world, 16);
    assert!(taken.seal(&mut |_| {}).unwrap());
    let fresh = folder.path().join("fresh");
    assert_eq!(restore(&to, &fresh, &world.genesis), Ok(Height::new(15)));
    let mut store = Store::open(&fresh, &world.genesis).unwrap();
    catch_up(&mut store, &world, top(&world));
    assert_is(&store, &world);
    assert_eq!(store.view().kept_from(), Ok(Height::new(16)));
}

#[test]
fn w41_a_restored_store_refuses_a_block_that_declares_other_results() {
    let (world, _) = history();
    let (_folder, mut store) = restored(&world, 10);
    let good = &world.blocks[10];
    let mut bad = good.clone();
    bad.header.results.state_root = Hash32::new([1; 32]);
    let bad = bad.accept_finalized(&store.applied()).unwrap();
    let diverged = StoreError::Diverged { height: Height::new(11) };
    assert_eq!(store.execute(&bad), Err(diverged.clone()));
    assert_eq!(store.execute(&block(&world, 11)), Err(diverged));
}

#[test]
fn w41_a_snapshot_of_many_chunks_is_restored_and_each_of_them_is_needed() {
    let (world, _) = history();
    let folder = tempfile::tempdir().unwrap();
    let (path, to) = (folder.path().join("store"), folder.path().join("snapshot"));
    let mut store = Store::open(&path, &world.genesis).unwrap();
    certified_to(&mut store, &world, 14);
    let mut told = Vec::new();
    let mut tell = |progress: crate::Progress| told.push(progress);
    let mut taken = Store::snapshot_in(1_000, &path, &to, &mut tell).unwrap();
    certified_to(&mut store, &world, 15);
    assert!(taken.seal(&mut tell).unwrap());
    let slots: Vec<_> = told.iter().filter(|p| p.kind == ChunkKind::Slots).collect();
    assert!(slots.iter().zip(1..).all(|(p, done)| p.done == done && p.of >= done));
    assert!(slots.last().is_some_and(|last| last.done == last.of));
    let names: Vec<_> = read_manifest(&to).named().map(|(name, _)| name).collect();
    let of = |kind| names.iter().filter(|name| name.kind == kind).count();
    assert!(of(ChunkKind::Slots) > 5 && of(ChunkKind::History) > 1, "{names:?}");
    for chunk in names {
        let (file, away) = (to.join(chunk.to_string()), folder.path().join("away"));
        fs::rename(&file, &away).unwrap();
        assert_eq!(refused(&to, &world.genesis), SnapshotError::Missing { chunk }.into());
        fs::rename(&away, &file).unwrap();
    }
    // A chunk that the manifest does not list is left out of the state, and its root says so.
    let mut manifest = read_manifest(&to);
    manifest.chunks.swap(0, 1);
    fs::write(to.join(MANIFEST), encode(&manifest)).unwrap();
    let chunk = ChunkName { kind: ChunkKind::Slots, number: 0 };
    assert_eq!(refused(&to, &world.genesis), SnapshotError::Changed { chunk }.into());
    manifest.chunks.swap(0, 1);
    let last = manifest.chunks.iter().rposition(|entry| entry.kind == ChunkKind::Slots).unwrap();
    let cut = Manifest {
        chunks: (0..)
            .zip(&manifest.chunks)
            .filter(|(at, _)| *at != last)
            .map(|(_, e)| *e)
            .collect(),
        ..manifest.clone()
    };
    fs::write(to.join(MANIFEST), encode(&cut)).unwrap();
    assert_eq!(refused(&to, &world.genesis), RestoreError::StateRoot.into());
    fs::write(to.join(MANIFEST), encode(&manifest)).unwrap();
    restore(&to, &folder.path().join("restored"), &world.genesis).unwrap();
    let store = Store::open(&folder.path().join("restored"), &world.genesis).unwrap();
    assert_is(&store, &world);
}

#[test]
fn w41_long_lists_of_rows_are_cut_into_chunks_that_are_numbered() {
    let (world, _) = history();
    let manifest = Manifest {
        format: String::new(),
        chain: world.genesis.chain_id(),
        height: Height::new(0),
        free: None,
        header: world.sets[0].header,
        certificate: Vec::new(),
        last: None,
        chunks: [ChunkKind::Slots, ChunkKind::Slots, ChunkKind::History, ChunkKind::Slots]
            .map(|kind| crate::snapshot::ChunkEntry { kind, hash: Hash32::ZERO })
            .to_vec(),
    };
    let names: Vec<_> = manifest.named().map(|(name, _)| name.to_string()).collect();
    assert_eq!(names, ["slots-000000", "slots-000001", "history-000000", "slots-000002"]);
    assert!(matches!(world.record(&Name::Chain), Some(Record::Chain(_))));
}
