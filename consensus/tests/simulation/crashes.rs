//! Crashes, restarts, and stores that lost their tail.

use std::{sync::Arc, time::Duration};

use commonware_runtime::reschedule;
use consensus::application::{Stall, Stalls};

use crate::{
    agreement::check_certificates,
    cluster::{Cluster, power_cuts, simulate},
};

const OTHERS: [usize; 3] = [0, 1, 2];
const ALL: [usize; 4] = [0, 1, 2, 3];

#[test]
fn c1_a_crashed_validator_catches_up_from_its_store() {
    simulate(20, |mut cluster| async move {
        cluster.start_all();
        cluster.wait_height(&ALL, 10).await;
        cluster.crash(3).await;
        cluster.ledgers[3].lose_unsynced();
        let at = cluster.height(3);
        for number in 0..20 {
            cluster.submit(usize::try_from(number % 3).unwrap(), number);
            cluster.sleep(400).await;
        }
        cluster.wait_height(&OTHERS, at + 20).await;
        cluster.start(3, Stalls::default());
        let target = cluster.height(0) + 10;
        cluster.wait_height(&ALL, target).await;
        cluster.check_agreement();
        assert_eq!(cluster.ledgers[3].commands().len(), 20);
        let (certified, executed) = (check_certificates(&cluster, 3), cluster.height(3));
        println!("{certified} of {executed} certified after catching up");
        // A block that was fetched as another's parent came without a certificate: a later header's
        // covers it.
        let last = cluster.ledgers[3].state().certificates.keys().last().map(|height| height.get());
        assert!(last.unwrap_or(0) + 5 >= executed, "the last one is {last:?} of {executed}");
    });
}

#[test]
fn c1_a_store_that_lost_a_synced_tail_is_fed_from_the_archive() {
    simulate(21, |mut cluster| async move {
        cluster.start_all();
        for number in 0..12 {
            cluster.wait_height(&ALL, number + 1).await;
            cluster.submit(0, number);
        }
        cluster.wait(30, "execution", |c| c.ledgers.iter().all(|l| l.commands().len() == 12)).await;
        cluster.wait_height(&ALL, 30).await;
        cluster.crash(3).await;
        cluster.ledgers[3].lose_tail(25);
        let at = cluster.height(3);
        assert!(at < 10, "the tail is gone");
        cluster.start(3, Stalls::default());
        let target = cluster.height(0) + 5;
        cluster.wait_height(&ALL, target).await;
        cluster.check_agreement();
        assert_eq!(cluster.ledgers[3].commands().len(), 12);
    });
}

#[test]
fn c1_a_power_cut_between_execution_and_sync_loses_nothing() {
    simulate(23, |mut cluster| async move {
        for index in OTHERS {
            cluster.start(index, Stalls::default());
        }
        let slow: Stall = Arc::new(|_| Duration::from_millis(200));
        cluster.start(3, Stalls { verify: None, execute: Some(slow) });
        cluster.wait_height(&ALL, 3).await;
        let unsynced = |cluster: &Cluster| {
            let state = cluster.ledgers[3].state();
            state.blocks.len() - state.synced
        };
        let mut number = 0;
        while unsynced(&cluster) < 3 {
            cluster.submit(0, number);
            number += 1;
            assert!(number < 1_000, "the executor never lagged");
            cluster.sleep(20).await;
        }
        cluster.crash(3).await;
        let lost = cluster.ledgers[3].lose_unsynced();
        assert!(lost >= 3, "{lost} blocks lost");
        cluster.start(3, Stalls::default());
        let target = cluster.height(0) + 5;
        cluster.wait_height(&ALL, target).await;
        cluster.check_agreement();
        assert_eq!(cluster.ledgers[3].commands().len() as u64, number);
    });
}

#[test]
fn c1_all_four_crash_at_once_and_go_on() {
    simulate(22, |mut cluster| async move {
        cluster.start_all();
        for number in 0..8 {
            cluster.submit(usize::try_from(number % 4).unwrap(), number);
        }
        cluster.wait_height(&ALL, 12).await;
        for index in ALL {
            cluster.crash(index).await;
            cluster.ledgers[index].lose_unsynced();
        }
        let at = (0..4).map(|i| cluster.height(i)).max().unwrap();
        cluster.start_all();
        cluster.wait_height(&ALL, at + 10).await;
        cluster.check_agreement();
    });
}

#[test]
fn c1_random_crashes_never_fork_nor_skip() {
    for seed in 30..34u64 {
        simulate(seed, move |mut cluster| async move {
            cluster.start_all();
            cluster.wait_height(&ALL, 3).await;
            let mut number = 0;
            for round in 0..6u64 {
                let victim = usize::try_from((seed * 7 + round * 3) % 4).unwrap();
                cluster.crash(victim).await;
                cluster.ledgers[victim].lose_unsynced();
                let witness = (victim + 1) % 4;
                let target = cluster.height(witness) + 1 + round;
                for _ in 0..4 {
                    cluster.submit(witness, number);
                    number += 1;
                    cluster.sleep(37 * (seed + round)).await;
                }
                let rest: Vec<_> = ALL.into_iter().filter(|i| *i != victim).collect();
                cluster.wait_height(&rest, target).await;
                cluster.start(victim, Stalls::default());
                cluster.sleep(500 * (seed % 3)).await;
            }
            let target = (0..4).map(|i| cluster.height(i)).max().unwrap() + 5;
            cluster.wait_height(&ALL, target).await;
            cluster.check_agreement();
        });
    }
}

/// The power fails between any two steps while blocks are being agreed on, again and again: what
/// only some of the four had on their disks must not keep the others from going on.
#[test]
fn c4_a_power_cut_at_any_step_stops_nobody_for_ever() {
    for seed in 207..210 {
        power_cuts(seed, 20, |mut cluster, round| async move {
            // xorshift64
            let mut draw = (seed << 8) + round + 1;
            let mut below = move |limit: u64| {
                draw ^= draw << 13;
                draw ^= draw >> 7;
                draw ^= draw << 17;
                draw % limit
            };
            let at = ALL.into_iter().map(|i| cluster.height(i)).max().unwrap();
            for index in ALL {
                let slow = Duration::from_millis(below(40));
                let slow: Stall = Arc::new(move |_| slow);
                let execute = Some(Arc::clone(&slow));
                cluster.start(index, Stalls { verify: Some(slow), execute });
            }
            cluster.wait_height(&ALL, at + 2).await;
            let steps = below(400);
            for step in 0..steps {
                if step % 8 == 0 {
                    cluster.submit(usize::try_from(step / 8 % 4).unwrap(), (round << 16) + step);
                }
                reschedule().await;
            }
            cluster.check_agreement();
        });
    }
}
