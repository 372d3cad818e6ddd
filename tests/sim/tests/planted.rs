//! Bugs that are planted in the product's own lines, each with a seed that catches it.

use std::thread;

use florin_sim::{Options, Outcome, run};
use ledger_core::planted::Planted;

/// The runtime polls everything on one stack.
const STACK: usize = 32 * 1024 * 1024;

/// The first seed that catches each bug.
const CAUGHT: &[(Planted, u64)] = &[];

fn run_with(planted: Option<Planted>, seed: u64) -> Outcome {
    let options = Options { validators: None, planted };
    let thread = thread::Builder::new().stack_size(STACK);
    thread.spawn(move || run(seed, &options)).unwrap().join().unwrap()
}

#[test]
fn every_planted_bug_has_a_seed_that_catches_it() {
    for planted in Planted::ALL {
        let seed = CAUGHT.iter().find(|(bug, _)| bug == planted).map(|(_, seed)| *seed);
        let seed = seed.unwrap_or_else(|| panic!("{} is not caught", planted.name()));
        let outcome = run_with(Some(*planted), seed);
        println!("{}: seed {seed}: {:?}", planted.name(), outcome.faults.first());
        assert!(!outcome.held(), "{} is not caught by seed {seed}", planted.name());
    }
}

#[test]
fn seeds_that_catch_bugs_hold_without_them() {
    let mut seeds: Vec<u64> = CAUGHT.iter().map(|(_, seed)| *seed).collect();
    seeds.sort_unstable();
    seeds.dedup();
    for seed in seeds {
        let outcome = run_with(None, seed);
        assert!(outcome.held(), "seed {seed}: {:?}", outcome.faults);
    }
}
