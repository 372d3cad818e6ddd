//! A fixed set of seeds, each a cluster of its own under its own faults.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use florin_sim::{Options, Outcome, STACK, run};

/// Runs seeds on all processors; answers in the order of seeds.
fn all(seeds: std::ops::Range<u64>, options: Options) -> Vec<Outcome> {
    let next = AtomicU64::new(seeds.start);
    let outcomes = Mutex::new(Vec::new());
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if !seeds.contains(&seed) {
                return;
            }
            let outcome = run(seed, &options);
            outcomes.lock().unwrap().push(outcome);
        }
    };
    let threads = thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    thread::scope(|scope| {
        for _ in 0..threads {
            thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).unwrap();
        }
    });
    let mut outcomes = outcomes.into_inner().unwrap();
    outcomes.sort_by_key(|outcome| outcome.seed);
    outcomes
}

fn assert_held(outcomes: &[Outcome], options: &Options) {
    let line =
        |o: &Outcome| format!("seed {}: {:?}; again: {}", o.seed, o.faults, o.replay(options));
    let failed: Vec<_> = outcomes.iter().filter(|outcome| !outcome.held()).map(line).collect();
    assert!(
        failed.is_empty(),
        "{} of {} failed:\n{}",
        failed.len(),
        outcomes.len(),
        failed.join("\n")
    );
}

#[test]
fn i1_to_i10_hold_under_every_fault_of_the_fixed_seeds() {
    let options = Options::default();
    let outcomes = all(0..24, options);
    assert_held(&outcomes, &options);
    let sum = |of: fn(&Outcome) -> u64| outcomes.iter().map(of).sum::<u64>();
    assert!(sum(|o| o.summary.kills) > 100, "validators were killed");
    assert!(sum(|o| o.summary.torn) > 10, "writes were torn");
    assert!(sum(|o| o.summary.lost) > 10, "bytes were lost");
    assert!(sum(|o| o.summary.settled as u64) > 500, "payments settled");
    assert!(sum(|o| o.summary.faulty.len() as u64) > 5, "validators were faulty");
}

/// Ten thousand others, in parts, so that how far it is can be seen.
#[test]
fn i1_to_i10_hold_under_every_fault_of_ten_thousand_seeds_soak() {
    let options = Options::default();
    let (first, last, part) = (100_000, 110_000, 100);
    for from in (first..last).step_by(part) {
        let outcomes = all(from..from + part as u64, options);
        assert_held(&outcomes, &options);
        println!("{} of {} seeds held", from + part as u64 - first, last - first);
    }
}

#[test]
fn a_seed_gives_the_same_state_and_the_same_events_twice() {
    for seed in [3, 11] {
        let options = Options { validators: Some(4), planted: None };
        let [first, second] = [0, 1].map(|_| all(seed..seed + 1, options).remove(0));
        assert!(first.held(), "{:?}", first.faults);
        assert_eq!(first, second);
    }
    let options = Options { validators: Some(4), planted: None };
    let [one, other] = [3, 11].map(|seed| all(seed..seed + 1, options).remove(0));
    assert_ne!(one.summary.state_root, other.summary.state_root);
}

#[test]
fn a_failure_names_the_command_that_repeats_it() {
    let options = Options { validators: Some(5), planted: None };
    let outcome = Outcome {
        seed: 7,
        summary: florin_sim::Summary::default(),
        faults: vec!["a fault".to_owned()],
        events: String::new(),
    };
    assert_eq!(outcome.replay(&options), "florin sim --seeds 7..8 --validators 5");
}
