//! Bugs that are planted in the product's own lines, each with a seed that catches it, and by what.

use std::thread;

use florin_sim::{Options, Outcome, bugs::Planted, run};

/// The runtime polls everything on one stack.
const STACK: usize = 32 * 1024 * 1024;
/// Seeds that `seeds.rs` runs without any bug.
const FIXED: u64 = 24;

fn run_with(planted: Option<Planted>, seed: u64) -> Outcome {
    let options = Options { validators: None, planted };
    let thread = thread::Builder::new().stack_size(STACK);
    thread.spawn(move || run(seed, &options)).unwrap().join().unwrap()
}

/// The seed catches the bug by a check whose words are these, and holds without it.
fn assert_caught(planted: Planted, seed: u64, by: &str) {
    let outcome = run_with(Some(planted), seed);
    let caught = outcome.faults.iter().any(|fault| fault.contains(by));
    assert!(caught, "{}: seed {seed} is not caught by {by:?}: {outcome:?}", planted.name());
    if seed >= FIXED {
        let without = run_with(None, seed);
        assert!(without.held(), "seed {seed} fails without a bug: {:?}", without.faults);
    }
}

macro_rules! caught {
    ($($name:ident: $bug:ident $seed:literal $by:literal)*) => {
        /// Bugs with a seed here.
        const CAUGHT: &[Planted] = &[$(Planted::$bug),*];

        $(#[test]
        fn $name() {
            assert_caught(Planted::$bug, $seed, $by);
        })*
    };
}

caught! {
    a_payment_credited_to_its_payer_is_caught_i7: CreditPayer 0 "I7"
}

/// Bugs that no seed has caught (docs/testing.md).
const NOT_CAUGHT: &[Planted] = &[];

#[test]
fn every_planted_bug_has_a_seed_or_is_listed() {
    for planted in Planted::ALL {
        let lists = [CAUGHT, NOT_CAUGHT].into_iter().flatten();
        assert_eq!(lists.filter(|listed| *listed == planted).count(), 1, "{}", planted.name());
    }
}

#[test]
fn a_planted_bug_is_found_by_its_name() {
    for planted in Planted::ALL {
        assert_eq!(Planted::named(planted.name()), Some(*planted));
    }
    assert_eq!(Planted::named("no_such_bug"), None);
}
