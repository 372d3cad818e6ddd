//! Validators that were slow for a while: the network must come back (DESIGN 4.2).

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use consensus::application::{Stall, Stalls};
use ledger_core::digest::Domain;

use crate::cluster::{Cluster, simulate};

const STALLED: Duration = Duration::from_secs(10);
const LONGEST_MS: u64 = 2_200;

/// Up to 2.2 s per call, at random, during the first ten seconds.
fn stall(seed: u64, index: usize, kind: u8) -> Stall {
    Arc::new(move |now: SystemTime| {
        let since = now.duration_since(UNIX_EPOCH).unwrap();
        if since >= STALLED {
            return Duration::ZERO;
        }
        let nanos = u64::try_from(since.as_nanos()).unwrap();
        let hash = Domain::Salt.hash_of(&(seed, index as u64, kind, nanos));
        let number = u64::from_be_bytes(hash.get()[..8].try_into().unwrap());
        Duration::from_millis(number % LONGEST_MS)
    })
}

async fn scenario(mut cluster: Cluster, seed: u64) {
    for index in 0..4 {
        let stalls =
            Stalls { verify: Some(stall(seed, index, 0)), execute: Some(stall(seed, index, 1)) };
        cluster.start(index, stalls);
    }
    let mut number = 0;
    while cluster.elapsed() < STALLED {
        cluster.submit(usize::try_from(number % 4).unwrap(), number);
        number += 1;
        cluster.sleep(250).await;
    }
    let stalled = (0..4).map(|i| cluster.height(i)).max().unwrap();
    cluster.sleep(15_000).await;
    let recovered = cluster.height(0);
    cluster.sleep(45_000).await;
    let last = cluster.height(0);
    assert!(last >= recovered + 60, "seed {seed}: heights {stalled}, {recovered}, {last}");
    cluster.check_agreement();
    for ledger in &cluster.ledgers {
        assert_eq!(ledger.commands().len() as u64, number, "seed {seed}: commands were lost");
    }
}

#[test]
fn a_network_that_was_slow_for_ten_seconds_lives_and_agrees() {
    for seed in 100..108 {
        simulate(seed, move |cluster| scenario(cluster, seed));
    }
}
