//! Epochs that follow each other, with the same committee and with another.

use std::{sync::Arc, time::Duration};

use consensus::{
    Beginning, ResultsReader as _, Seat, VoteSecret,
    application::{Stall, Stalls},
    limits::RECORD_MARGIN_MS,
};
use ledger_core::{
    epoch::Epochs,
    time::{Height, LedgerTime},
    validators::CommitteeChange,
};

use crate::{
    agreement::check_certificates,
    cluster::{Cluster, simulate_epochs},
    network::{self, Secrets},
};

const ALL: [usize; 4] = [0, 1, 2, 3];
const LENGTH: u64 = 8;

/// Every header is of the epoch of its height, and names whom it should.
fn check_headers(cluster: &Cluster, index: usize) {
    let (state, epochs) = (cluster.ledgers[index].state(), Epochs::of(&cluster.genesis));
    let first = &state.committee;
    let hash = |height: Height| {
        let at = epochs.first(epochs.containing(height));
        first.from(at).unwrap_or_else(|| first.clone()).hash()
    };
    for block in &state.blocks {
        let header = block.header;
        assert_eq!(header.context.epoch, header.height.get() / LENGTH);
        assert_eq!(header.committee, hash(header.height), "{}", header.height);
        assert_eq!(header.next_committee, hash(header.height.next()), "{}", header.height);
    }
}

/// Decides from the beginning who leaves and who joins.
fn change(cluster: &Cluster, remove: &[usize], add: &[usize], at: u64) {
    let mut remove: Vec<_> =
        remove.iter().map(|i| cluster.secrets[*i].identity.public_key()).collect();
    let mut add: Vec<_> =
        add.iter().map(|i| network::validator(*i, &cluster.secrets[*i])).collect();
    remove.sort();
    add.sort_by_key(|validator| validator.identity);
    let next = CommitteeChange { remove, add, at: Height::new(at) };
    for ledger in &cluster.ledgers {
        ledger.state().committee.next = Some(next.clone());
    }
}

fn standing(cluster: &Cluster, index: usize) -> consensus::Standing {
    let running = cluster.running[index].as_ref().expect("running");
    let standing = running.shared.board.standing();
    let now = standing.borrow().clone();
    now.expect("an epoch has begun")
}

#[test]
fn d6_epochs_follow_each_other_while_commands_are_executed_exactly_once() {
    simulate_epochs(60, (LENGTH, 0), |mut cluster| async move {
        cluster.start_all();
        cluster.wait_height(&ALL, 2).await;
        for number in 0..40 {
            cluster.submit(usize::try_from(number % 4).unwrap(), number);
            cluster.sleep(number % 7 * 60).await;
        }
        cluster.wait(60, "execution", |c| c.ledgers.iter().all(|l| l.commands().len() == 40)).await;
        cluster.wait_height(&ALL, 10 * LENGTH).await;
        cluster.check_agreement();
        for index in ALL {
            check_headers(&cluster, index);
            let (certified, executed) =
                (check_certificates(&cluster, index), cluster.height(index));
            assert!(certified as u64 + 2 >= executed, "{certified} of {executed}");
            let certificates = &cluster.ledgers[index].state().certificates;
            for epoch in 0..9 {
                let boundary = Height::new(epoch * LENGTH + LENGTH - 1);
                assert!(certificates.contains_key(&boundary), "{boundary} has a certificate");
            }
        }
    });
}

#[test]
fn d6_a_validator_restarted_at_any_block_around_a_boundary_goes_on() {
    for before in 0..LENGTH {
        simulate_epochs(61 + before, (LENGTH, 0), move |mut cluster| async move {
            cluster.start_all();
            for round in 1..4u64 {
                let at = round * 2 * LENGTH + before;
                cluster.wait_height(&[3], at).await;
                cluster.crash(3).await;
                cluster.ledgers[3].lose_unsynced();
                cluster.start(3, Stalls::default());
                // Without the restarted one there is a quorum, but none without it and another.
                cluster.crash(2).await;
                cluster.ledgers[2].lose_unsynced();
                cluster.wait_height(&[0, 1, 3], at + LENGTH).await;
                cluster.start(2, Stalls::default());
            }
            cluster.wait_height(&ALL, 9 * LENGTH).await;
            cluster.check_agreement();
            ALL.iter().for_each(|index| check_headers(&cluster, *index));
        });
    }
}

#[test]
fn d6_all_restarted_at_once_around_boundaries_go_on() {
    simulate_epochs(70, (LENGTH, 0), |mut cluster| async move {
        for round in 0..12u64 {
            cluster.start_all();
            cluster.wait_height(&ALL, 3 + round * 5).await;
            for index in ALL {
                cluster.crash(index).await;
                cluster.ledgers[index].lose_unsynced();
            }
        }
        cluster.start_all();
        cluster.wait_height(&ALL, 10 * LENGTH).await;
        cluster.check_agreement();
        ALL.iter().for_each(|index| check_headers(&cluster, *index));
    });
}

#[test]
fn d6_a_validator_that_was_away_for_epochs_catches_up_and_votes() {
    simulate_epochs(71, (LENGTH, 0), |mut cluster| async move {
        cluster.start_all();
        cluster.wait_height(&ALL, LENGTH + 3).await;
        cluster.crash(3).await;
        cluster.ledgers[3].lose_unsynced();
        cluster.wait_height(&[0, 1, 2], 6 * LENGTH).await;
        cluster.start(3, Stalls::default());
        let target = cluster.height(0) + 2 * LENGTH;
        cluster.wait_height(&ALL, target).await;
        cluster.crash(0).await;
        cluster.wait_height(&[1, 2, 3], target + 2 * LENGTH).await;
        cluster.check_agreement();
    });
}

#[test]
fn d6_slow_execution_does_not_stop_epochs() {
    simulate_epochs(72, (LENGTH, 0), |mut cluster| async move {
        let slow: Stall = Arc::new(|_| Duration::from_millis(700));
        for index in ALL {
            cluster.start(index, Stalls { verify: None, execute: Some(slow.clone()) });
        }
        cluster.wait_height(&ALL, 4 * LENGTH).await;
        cluster.check_agreement();
        check_headers(&cluster, 0);
    });
}

#[test]
fn d6_one_leaves_one_joins_and_the_key_of_the_one_that_left_is_retired() {
    simulate_epochs(73, (LENGTH, 1), |mut cluster| async move {
        change(&cluster, &[0], &[4], 3 * LENGTH);
        for index in ALL {
            cluster.start(index, Stalls::default());
        }
        cluster.wait_height(&ALL, LENGTH + 2).await;
        // It has executed nothing, and is listed from the fourth epoch on.
        cluster.start(4, Stalls::default());
        cluster.wait_height(&[1, 2, 3, 4], 3 * LENGTH + 1).await;
        let quick = cluster.elapsed();
        assert_eq!(standing(&cluster, 4).seat, Seat::Votes(cluster.secrets[4].vote.vote_key()));
        assert!(standing(&cluster, 4).retired.is_empty());
        // Without the one that joined there would be no quorum.
        cluster.crash(3).await;
        cluster.wait_height(&[1, 2, 4], 5 * LENGTH).await;
        // The one that left follows, and says that it does not vote.
        cluster.wait_height(&[0], 4 * LENGTH).await;
        let left = standing(&cluster, 0);
        assert_eq!(left.seat, Seat::Follows);
        assert_eq!(left.retired, vec![cluster.secrets[0].vote.vote_key()]);
        // After a restart it says so again, and a quorum does not need it.
        cluster.crash(0).await;
        cluster.start(0, Stalls::default());
        let target = cluster.height(1) + LENGTH;
        cluster.wait_height(&[0, 1, 2, 4], target).await;
        assert_eq!(standing(&cluster, 0).retired, left.retired);
        cluster.start(3, Stalls::default());
        cluster.wait_height(&[0, 1, 2, 3, 4], target + LENGTH).await;
        cluster.check_agreement();
        (0..5).for_each(|index| check_headers(&cluster, index));
        assert!(check_certificates(&cluster, 4) as u64 > 4 * LENGTH);
        println!("the change acted after {quick:?}");
    });
}

/// One that is listed and whose record of votes begins now: had it voted before, it would not know. At
/// every place of an epoch it goes on from a snapshot, follows to the end of the epoch, and votes then.
#[test]
fn c6_what_may_have_been_voted_on_before_is_not_voted_on_again() {
    for into in 0..LENGTH {
        simulate_epochs(80 + into, (LENGTH, 1), move |mut cluster| async move {
            change(&cluster, &[0], &[4], 2 * LENGTH);
            for index in ALL {
                cluster.start(index, Stalls::default());
            }
            let begins = 4 * LENGTH + into;
            cluster.wait_height(&[1, 2, 3], begins).await;
            let certificate = cluster.ledgers[4].restore(&cluster.ledgers[1], begins);
            let votes_since =
                LedgerTime::new(u64::try_from(cluster.elapsed().as_millis()).unwrap());
            let beginning = Beginning { votes_since, floor: Some(certificate) };
            cluster.beginnings.insert(4, beginning);
            // The margin for clocks that differ is longer than one of these epochs.
            cluster.start(4, Stalls::default());
            let key = cluster.secrets[4].vote.vote_key();
            let mut waited = 0;
            loop {
                cluster.sleep(500).await;
                let now = standing(&cluster, 4);
                let boundary = now.epoch * LENGTH - 1;
                let began = cluster.ledgers[4].block(Height::new(boundary)).unwrap().1;
                match now.seat {
                    Seat::Waits(with) => {
                        assert_eq!(with, key);
                        assert!(began.is_none_or(|at| at <= votes_since.after(RECORD_MARGIN_MS)));
                        waited += 1;
                    }
                    Seat::Votes(with) => {
                        assert_eq!(with, key);
                        assert!(began.is_some_and(|at| at > votes_since.after(RECORD_MARGIN_MS)));
                        break;
                    }
                    other => panic!("{other:?}"),
                }
                assert!(waited < 200, "it never votes");
            }
            assert!(waited > 0);
            // Its votes count: without it there is no quorum.
            cluster.crash(3).await;
            let target = cluster.height(1) + 2 * LENGTH;
            cluster.wait_height(&[1, 2, 4], target).await;
            // After a restart it is what it was.
            cluster.crash(4).await;
            cluster.ledgers[4].lose_unsynced();
            cluster.start(4, Stalls::default());
            cluster.wait_height(&[1, 2, 4], target + 2 * LENGTH).await;
            cluster.check_agreement();
            check_headers(&cluster, 4);
        });
    }
}

/// Who founds a network has an empty folder as well, and votes from the first block on.
#[test]
fn c6_a_network_is_founded_by_validators_whose_record_begins_with_it() {
    simulate_epochs(90, (LENGTH, 0), |mut cluster| async move {
        for index in ALL {
            let votes_since =
                LedgerTime::new(u64::try_from(cluster.elapsed().as_millis()).unwrap());
            cluster.beginnings.insert(index, Beginning { votes_since, floor: None });
        }
        cluster.start_all();
        cluster.wait_height(&ALL, 3 * LENGTH).await;
        for index in ALL {
            let key = cluster.secrets[index].vote.vote_key();
            assert_eq!(standing(&cluster, index).seat, Seat::Votes(key));
        }
        cluster.check_agreement();
    });
}

#[test]
fn d6_a_validator_comes_back_with_another_vote_key() {
    simulate_epochs(74, (LENGTH, 0), |mut cluster| async move {
        let fresh = VoteSecret::from_bytes(&[0x55; 32]).unwrap();
        let old = cluster.secrets[1].vote.vote_key();
        let identity = cluster.secrets[1].identity.clone();
        let joined = Secrets { identity, vote: fresh.clone() };
        let add = vec![network::validator(1, &joined)];
        let remove = vec![joined.identity.public_key()];
        let next = CommitteeChange { remove, add, at: Height::new(3 * LENGTH) };
        for ledger in &cluster.ledgers {
            ledger.state().committee.next = Some(next.clone());
        }
        cluster.further.insert(1, fresh.clone());
        cluster.start_all();
        cluster.wait_height(&ALL, 2 * LENGTH).await;
        assert_eq!(standing(&cluster, 1).seat, Seat::Votes(old));
        cluster.wait_height(&ALL, 3 * LENGTH + 1).await;
        cluster.crash(3).await;
        cluster.wait_height(&[0, 1, 2], 5 * LENGTH).await;
        let now = standing(&cluster, 1);
        assert_eq!((now.seat, now.retired), (Seat::Votes(fresh.vote_key()), vec![old]));
        cluster.check_agreement();
    });
}

#[test]
fn d6_empty_blocks_lead_to_a_decided_change_without_pause() {
    simulate_epochs(75, (40, 0), |mut cluster| async move {
        let key = VoteSecret::from_bytes(&[0x56; 32]).unwrap();
        let identity = cluster.secrets[0].identity.clone();
        let joined = Secrets { identity, vote: key.clone() };
        let add = vec![network::validator(0, &joined)];
        let remove = vec![joined.identity.public_key()];
        let next = CommitteeChange { remove, add, at: Height::new(80) };
        for ledger in &cluster.ledgers {
            ledger.state().committee.next = Some(next.clone());
        }
        cluster.further.insert(0, key);
        cluster.start_all();
        cluster.wait_height(&ALL, 2).await;
        let before = cluster.elapsed();
        cluster.wait_height(&ALL, 80).await;
        let taken = cluster.elapsed() - before;
        assert!(taken < Duration::from_secs(20), "two a second would take 40 s: {taken:?}");
        let (height, before) = (cluster.height(0), cluster.elapsed());
        cluster.wait_height(&ALL, height + 10).await;
        let taken = cluster.elapsed() - before;
        assert!(taken > Duration::from_secs(4), "afterwards it beats as before: {taken:?}");
    });
}
