//! Bugs that are planted in the product's own lines, each with a seed that catches it, and by what.

use florin_sim::{Options, Outcome, bugs::Planted, on_its_own_stack, run};

/// Seeds that `seeds.rs` runs without any bug.
const FIXED: u64 = 24;

fn run_with(planted: Option<Planted>, seed: u64) -> Outcome {
    let options = Options { validators: None, planted };
    on_its_own_stack(move || run(seed, &options))
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
    forgotten_votes_are_caught_by_liveness: ForgetVotes 67 "liveness: no blocks"
    a_command_executed_twice_is_caught_i9: SkipIdCheck 21 "I9: command"
    an_executed_command_forgotten_by_a_restore_is_caught_i9: RestoreForgetsIds 197 "I9: command"
    a_haircut_rounded_up_is_caught_i2: RoundUp 0 "I2: supply of JPY"
    a_leg_used_twice_is_caught_i9: LegTwice 0 "I9: a leg was held twice"
    a_hold_that_frees_too_much_is_caught: FreeTooMuch 0 "internal fault in Void"
    a_payment_credited_to_its_payer_is_caught_i7: CreditPayer 0 "I7"
    a_return_of_too_much_is_caught_i9: ReturnTooMuch 33 "I9: more given back than was paid"
    a_maker_who_approves_is_caught_i5: SamePerson 0 "I5: one person"
    an_entry_minted_against_twice_is_caught_i3: EntryAgain 1 "I3: an entry was used twice"
    a_mint_beyond_the_ceiling_is_caught_i6: NoCeiling 0 "I6:"
    a_frozen_account_that_pays_is_caught_i10: FrozenPays 0 "I10: frozen"
    a_receipt_left_out_is_caught_by_its_proof: ReceiptLeftOut 0 "badly"
    a_vote_for_anything_is_caught_by_executors: AcceptAnything 6 "is not valid: block: not canonical"
    a_vote_for_any_results_is_caught_by_executors: AgreeAlways 0 "contradicts this node's roots"
    an_executor_that_does_not_compare_is_caught_c2: NoCompare 0 "C2: validator"
    a_block_executed_twice_is_caught_by_executors: ExecuteTwice 0 "no results for height"
    a_fixed_lag_is_caught_by_liveness: FixedLag 1 "liveness: no blocks"
    a_certificate_of_another_block_is_caught: MispairCertificates 0 "keeps a bad certificate"
    a_block_of_tomorrow_is_caught_by_time: BelieveAnyClock 32 "ledger time"
    a_validator_that_never_asks_is_caught_by_liveness_c4: NeverAsk 0 "liveness: no blocks"
}

#[test]
fn every_planted_bug_has_a_seed() {
    for planted in Planted::ALL {
        let seeds = CAUGHT.iter().filter(|caught| *caught == planted);
        assert_eq!(seeds.count(), 1, "{}", planted.name());
    }
}

#[test]
fn a_planted_bug_is_found_by_its_name() {
    for planted in Planted::ALL {
        assert_eq!(Planted::named(planted.name()), Some(*planted));
    }
    assert_eq!(Planted::named("no_such_bug"), None);
}
