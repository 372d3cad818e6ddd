use ledger_store::SnapshotError;
use verifier::{testing::TestNetwork, write_genesis};

use super::*;

/// A founded ledger in a data directory.
fn founded(network: &TestNetwork) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join(LEDGER), &network.genesis).unwrap();
    store.close().unwrap();
    folder
}

#[test]
fn w42_without_a_later_certificate_there_is_no_snapshot() {
    let network = TestNetwork::new(1);
    let folder = founded(&network);
    let (data, out) = (folder.path().to_path_buf(), folder.path().join("snapshot"));
    let args = SnapshotArgs { data, out: out.clone(), wait_s: 0 };
    assert!(snapshot(&args).is_err());
    assert!(!out.exists());
}

#[test]
fn w41_what_is_no_snapshot_is_not_restored() {
    let network = TestNetwork::new(1);
    let folder = tempfile::tempdir().unwrap();
    let (genesis, data) = (folder.path().join("genesis.json"), folder.path().join("data"));
    fs::write(&genesis, write_genesis(&network.genesis)).unwrap();
    let from = folder.path().join("empty");
    fs::create_dir(&from).unwrap();
    let args = RestoreArgs { from: from.clone(), data: data.clone(), genesis, trust: None };
    assert!(restore(&args).is_err());
    assert!(!data.join(LEDGER).exists());
    let refused =
        Store::restore(&from, &data.join(LEDGER), &network.genesis, |_, _| true, &mut |_| {});
    assert_eq!(refused, Err(SnapshotError::Manifest.into()));
}

#[test]
fn pruning_needs_the_ledgers_lock_and_keeps_the_last_block() {
    let network = TestNetwork::new(1);
    let folder = founded(&network);
    let args = |below| PruneArgs { data: folder.path().to_path_buf(), below };
    assert_eq!(pruned(&args(0)).unwrap(), Height::new(0));
    assert!(pruned(&args(1)).is_err(), "block 1 was not executed");
    let store = Store::open(&folder.path().join(LEDGER), &network.genesis).unwrap();
    assert!(pruned(&args(0)).is_err(), "the node runs");
    drop(store);
    let nowhere = PruneArgs { data: folder.path().join("typo"), below: 0 };
    assert!(pruned(&nowhere).is_err());
    assert!(!folder.path().join("typo").exists());
}
