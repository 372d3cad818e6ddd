//! Precedence, tested pair by pair: each fault alone gives its refusal, and of two faults at once
//! the one listed first in `Refusal` wins.

use crate::{
    receipt::{Effect, Outcome},
    record::Record,
    refusal::Refusal,
    state::State,
    testing::World,
};

/// One thing wrong with a case: what the ledger says of it, which parts of the case it changes
/// (two faults in one part are never combined), and how.
pub(super) struct Fault<C> {
    pub(super) says: Refusal,
    pub(super) parts: &'static [&'static str],
    pub(super) make: fn(&mut C),
}

/// A row of a table of faults.
pub(super) fn fault<C>(
    says: Refusal,
    parts: &'static [&'static str],
    make: fn(&mut C),
) -> Fault<C> {
    Fault { says, parts, make }
}

/// Checks a table: the good case has `effect`, and every fault and pair of faults its refusal.
pub(super) fn check<C: Clone>(
    good: &C,
    effect: Effect,
    faults: &[Fault<C>],
    run: impl Fn(&C) -> Outcome,
) {
    assert_eq!(run(good), Outcome::Applied(effect));
    for (at, first) in faults.iter().enumerate() {
        let mut case = good.clone();
        (first.make)(&mut case);
        assert_eq!(run(&case), Outcome::Refused(first.says), "{:?} alone", first.parts);
        for second in &faults[at + 1..] {
            if first.parts.iter().any(|part| second.parts.contains(part)) {
                continue;
            }
            let mut both = case.clone();
            (second.make)(&mut both);
            let expected = first.says.min(second.says);
            let parts = (first.parts, second.parts);
            assert_eq!(run(&both), Outcome::Refused(expected), "{parts:?} together");
        }
    }
}

/// All records but those that every block with commands writes, as bytes, sorted.
pub(super) fn lasting(state: &State) -> Vec<Vec<u8>> {
    let records = state.records().filter(|r| !matches!(r, Record::Chain(_) | Record::Window(_)));
    let mut bytes: Vec<_> = records.map(crate::codec::encode).collect();
    bytes.sort();
    bytes
}

/// Runs a command that is refused, and asserts that nothing but the window changed.
pub(super) fn refused(world: &mut World, command: &crate::command::SignedCommand) -> Refusal {
    let before = lasting(&world.state);
    match world.run(command) {
        Outcome::Refused(refusal) => {
            assert_eq!(lasting(&world.state), before, "a refused command changed something");
            refusal
        }
        Outcome::Applied(effect) => panic!("{effect:?} instead of a refusal"),
    }
}
