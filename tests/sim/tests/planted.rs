//! Bugs that are planted in the product's own lines: each must be caught within a thousand seeds.

use std::thread;

use florin_sim::{Options, Outcome, run};
use ledger_core::planted::Planted;

/// The runtime polls everything on one stack.
const STACK: usize = 32 * 1024 * 1024;
/// Seeds within which each is caught.
const WITHIN: u64 = 1_000;

fn run_with(planted: Planted, seed: u64) -> Outcome {
    let options = Options { validators: None, planted: Some(planted) };
    let thread = thread::Builder::new().stack_size(STACK);
    thread.spawn(move || run(seed, &options)).unwrap().join().unwrap()
}

#[test]
fn every_planted_bug_is_caught_within_a_thousand_seeds_soak() {
    for planted in Planted::ALL {
        let caught = (0..WITHIN).map(|seed| run_with(*planted, seed)).find(|o| !o.held());
        let caught = caught.unwrap_or_else(|| panic!("{} is not caught", planted.name()));
        println!("{}: seed {}: {:?}", planted.name(), caught.seed, caught.faults.first());
    }
}

#[test]
fn a_planted_bug_is_found_by_its_name() {
    for planted in Planted::ALL {
        assert_eq!(Planted::named(planted.name()), Some(*planted));
    }
    assert_eq!(Planted::named("no_such_bug"), None);
}
