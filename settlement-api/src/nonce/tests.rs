//! One suite for both stores, then what only the file has to survive.

use super::*;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

const NOW: u64 = 1_800_000_000;
const LIMITS: NonceLimits = NonceLimits { total: 10_000, per_key: 10_000 };
const KEY: [u8; 32] = [1; 32];

fn nonce(number: u64) -> [u8; 16] {
    u128::from(number).to_le_bytes()
}

fn open(path: &Path, now: u64) -> FileNonceStore {
    // A child that another test starts shares the lock until it has become its own program.
    for _ in 0..200 {
        match FileNonceStore::open(path, LIMITS, now) {
            Err(NonceError::InUse) => std::thread::sleep(std::time::Duration::from_millis(10)),
            opened => return opened.unwrap(),
        }
    }
    panic!("{}: in use", path.display())
}

/// Runs a claim on every implementation.
fn on_each_store(limits: NonceLimits, claim: impl Fn(&dyn NonceStore)) {
    claim(&MemoryNonceStore::new(limits));
    let folder = tempfile::tempdir().unwrap();
    claim(&FileNonceStore::open(&folder.path().join("nonces"), limits, NOW).unwrap());
}

fn code(result: Result<Fresh, NonceError>) -> &'static str {
    result.map_or_else(|error| error.code(), |_| "fresh")
}

#[test]
fn a_nonce_counts_once_per_key() {
    on_each_store(LIMITS, |store| {
        assert_eq!(code(store.remember(&KEY, &nonce(1), NOW + 300, NOW)), "fresh");
        assert_eq!(code(store.remember(&KEY, &nonce(1), NOW + 300, NOW)), "nonce_reused");
        assert_eq!(code(store.remember(&KEY, &nonce(1), NOW + 299, NOW + 1)), "nonce_reused");
        assert_eq!(code(store.remember(&[2; 32], &nonce(1), NOW + 300, NOW)), "fresh");
        assert_eq!(code(store.remember(&KEY, &nonce(1), NOW + 300, NOW + 300)), "nonce_reused");
    });
}

#[test]
fn a_full_store_refuses_and_keeps_what_it_has() {
    let limits = NonceLimits { total: 3, per_key: 2 };
    on_each_store(limits, |store| {
        assert_eq!(code(store.remember(&KEY, &nonce(1), NOW + 10, NOW)), "fresh");
        assert_eq!(code(store.remember(&KEY, &nonce(2), NOW + 20, NOW)), "fresh");
        assert_eq!(code(store.remember(&KEY, &nonce(3), NOW + 20, NOW)), "nonce_key_full");
        assert_eq!(code(store.remember(&[2; 32], &nonce(3), NOW + 20, NOW)), "fresh");
        assert_eq!(code(store.remember(&[3; 32], &nonce(4), NOW + 20, NOW)), "nonce_store_full");
        assert_eq!(code(store.remember(&KEY, &nonce(1), NOW + 10, NOW + 10)), "nonce_reused");
        assert_eq!(code(store.remember(&[3; 32], &nonce(4), NOW + 20, NOW + 11)), "fresh");
    });
}

#[test]
fn a_clock_set_back_does_not_revive_a_forgotten_nonce() {
    on_each_store(LIMITS, |store| {
        assert_eq!(code(store.remember(&KEY, &nonce(1), NOW + 10, NOW)), "fresh");
        assert_eq!(code(store.remember(&KEY, &nonce(2), NOW + 90, NOW + 50)), "fresh");
        assert_eq!(code(store.remember(&KEY, &nonce(1), NOW + 10, NOW)), "signature_expired");
    });
}

#[test]
fn a_nonce_stays_used_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nonces");
    for number in 0..20 {
        assert_eq!(code(open(&path, NOW).remember(&KEY, &nonce(number), NOW + 300, NOW)), "fresh");
    }
    let store = open(&path, NOW);
    for number in 0..20 {
        let again = store.remember(&KEY, &nonce(number), NOW + 300, NOW);
        assert_eq!(code(again), "nonce_reused");
    }
}

#[test]
fn the_purge_mark_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nonces");
    drop(open(&path, NOW + 100));
    let store = open(&path, NOW);
    assert_eq!(code(store.remember(&KEY, &nonce(1), NOW + 99, NOW)), "signature_expired");
    assert_eq!(code(store.remember(&KEY, &nonce(1), NOW + 100, NOW)), "fresh");
}

#[test]
fn a_second_process_cannot_open_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nonces");
    let _first = open(&path, NOW);
    assert!(matches!(FileNonceStore::open(&path, LIMITS, NOW), Err(NonceError::InUse)));
}

#[test]
fn a_tail_torn_at_any_byte_loses_only_the_torn_record() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nonces");
    {
        let store = open(&path, NOW);
        for number in 0..3 {
            assert_eq!(code(store.remember(&KEY, &nonce(number), NOW + 300, NOW)), "fresh");
        }
    }
    let whole = fs::read(&path).unwrap();
    assert_eq!(whole.len(), 4 * 64);
    for length in 3 * 64..4 * 64 {
        fs::write(&path, &whole[..length]).unwrap();
        let store = open(&path, NOW);
        assert_eq!(code(store.remember(&KEY, &nonce(0), NOW + 300, NOW)), "nonce_reused");
        assert_eq!(code(store.remember(&KEY, &nonce(1), NOW + 300, NOW)), "nonce_reused");
        assert_eq!(code(store.remember(&KEY, &nonce(2), NOW + 300, NOW)), "fresh");
    }
    let mut zeroed = whole[..3 * 64].to_vec();
    zeroed.extend_from_slice(&[0; 200]);
    fs::write(&path, &zeroed).unwrap();
    assert_eq!(code(open(&path, NOW).remember(&KEY, &nonce(1), NOW + 300, NOW)), "nonce_reused");
}

#[test]
fn damage_before_the_tail_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nonces");
    drop(open(&path, NOW));
    let mut damaged = fs::read(&path).unwrap();
    damaged.extend_from_slice(&[0; 64 * 1025]);
    fs::write(&path, &damaged).unwrap();
    assert!(matches!(FileNonceStore::open(&path, LIMITS, NOW), Err(NonceError::Corrupt)));
    fs::write(&path, b"something else").unwrap();
    assert!(matches!(FileNonceStore::open(&path, LIMITS, NOW), Err(NonceError::Corrupt)));
}

#[test]
fn a_log_of_mostly_expired_nonces_shrinks_and_still_remembers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nonces");
    {
        let store = Arc::new(open(&path, NOW));
        concurrently(&store, 8, 640, NOW + 10, NOW);
        assert!(fs::metadata(&path).unwrap().len() > 64 * 5000);
        assert_eq!(code(store.remember(&KEY, &nonce(1 << 40), NOW + 300, NOW + 11)), "fresh");
        assert_eq!(fs::metadata(&path).unwrap().len(), 2 * 64);
        assert_eq!(code(store.remember(&KEY, &nonce(2 << 40), NOW + 300, NOW + 11)), "fresh");
    }
    let store = open(&path, NOW + 11);
    assert_eq!(code(store.remember(&KEY, &nonce(1 << 40), NOW + 300, NOW + 11)), "nonce_reused");
    assert_eq!(code(store.remember(&KEY, &nonce(2 << 40), NOW + 300, NOW + 11)), "nonce_reused");
}

#[test]
fn after_a_full_disk_nonces_count_again_and_none_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nonces");
    let store = open(&path, NOW);
    assert_eq!(code(store.remember(&KEY, &nonce(1), NOW + 60, NOW)), "fresh");
    store.break_with(std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    assert_eq!(code(store.remember(&KEY, &nonce(2), NOW + 60, NOW)), "nonce_store_unavailable");
    // As long as no log can be written, nothing counts.
    let blocked = path.with_extension("new");
    std::fs::create_dir(&blocked).unwrap();
    assert_eq!(code(store.remember(&KEY, &nonce(3), NOW + 60, NOW)), "nonce_store_unavailable");
    std::fs::remove_dir(&blocked).unwrap();
    assert_eq!(code(store.remember(&KEY, &nonce(4), NOW + 60, NOW)), "fresh");
    drop(store);
    let again = open(&path, NOW);
    for used in [1, 2, 4] {
        assert_eq!(code(again.remember(&KEY, &nonce(used), NOW + 60, NOW)), "nonce_reused");
    }
}

fn concurrently(store: &Arc<FileNonceStore>, threads: u64, each: u64, expires: u64, now: u64) {
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                for number in 0..each {
                    let nonce = nonce(thread * each + number);
                    assert_eq!(code(store.remember(&KEY, &nonce, expires, now)), "fresh");
                }
            });
        }
    });
}

#[test]
fn of_many_concurrent_uses_of_one_nonce_exactly_one_is_fresh() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("nonces"), NOW);
    let fresh: usize = std::thread::scope(|scope| {
        let uses: Vec<_> = (0..16)
            .map(|_| scope.spawn(|| store.remember(&KEY, &nonce(5), NOW + 300, NOW).is_ok()))
            .collect();
        uses.into_iter().map(|thread| usize::from(thread.join().unwrap())).sum()
    });
    assert_eq!(fresh, 1);
}

const CHILD_PATH: &str = "FLORIN_TEST_NONCE_PATH";

/// Does nothing by itself; `kill_minus_nine_forgets_no_answered_nonce` runs it as a process.
#[test]
fn remembers_until_killed_when_run_as_a_child() {
    let Some(path) = std::env::var_os(CHILD_PATH) else { return };
    let store = Arc::new(open(Path::new(&path), NOW));
    std::thread::scope(|scope| {
        for thread in 0..4_u64 {
            let store = Arc::clone(&store);
            scope.spawn(move || {
                for number in 0.. {
                    let number = thread * 1_000_000 + number;
                    if store.remember(&KEY, &nonce(number), NOW + 300, NOW).is_err() {
                        return;
                    }
                    // One write, so that a kill cannot cut a number short.
                    let line = format!("answered {number}\n");
                    if std::io::stderr().write_all(line.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
}

#[test]
fn kill_minus_nine_forgets_no_answered_nonce() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nonces");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "--test-threads=1"])
        .arg("nonce::tests::remembers_until_killed_when_run_as_a_child")
        .env(CHILD_PATH, &path)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut answered = Vec::new();
    while answered.len() < 200 {
        let line = lines.next().unwrap().unwrap();
        answered
            .extend(line.strip_prefix("answered ").map(|number| number.parse::<u64>().unwrap()));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    for line in lines.map_while(Result::ok) {
        answered
            .extend(line.strip_prefix("answered ").and_then(|number| number.parse::<u64>().ok()));
    }
    let store = open(&path, NOW);
    for number in answered {
        let again = store.remember(&KEY, &nonce(number), NOW + 300, NOW);
        assert_eq!(code(again), "nonce_reused", "{number}");
    }
}
