//! Which commands keep a block from being executed: found by executing it without them.
//!
//! # Place      a node whose execution of a block panicked -> [culprits] -> what its operator is told
//! # Invariants nothing is changed: execution is a function, tried with other commands set aside
//! # Absent     faults that end a process without a panic (stack, memory, endless work)

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::execute;
use crate::{block::ValidBlock, id::CommandId, limits::MAX_QUARANTINED, state::State};

/// The commands without which a block can be executed that cannot be executed with them, as they
/// stand in it; nothing where no 16 commands explain it.
///
/// Each is the first with which the block, cut off behind it, cannot be executed.
#[must_use]
pub fn culprits(state: &State, block: &ValidBlock) -> Vec<CommandId> {
    let ids: Vec<CommandId> = block.commands().iter().map(|command| command.id()).collect();
    let holds = |found: &[CommandId], first: usize| {
        let behind = ids.iter().skip(first).filter(|id| !found.contains(id));
        let aside: Vec<CommandId> = found.iter().chain(behind).copied().collect();
        let trial = || drop(execute(state, &block.without(aside)));
        catch_unwind(AssertUnwindSafe(trial)).is_ok()
    };
    let mut found: Vec<CommandId> = Vec::new();
    while !holds(&found, ids.len()) {
        // With nothing of it the block must hold, else no command is the reason.
        if found.len() >= MAX_QUARANTINED || !holds(&found, 0) {
            return Vec::new();
        }
        let (mut good, mut bad) = (0usize, ids.len());
        while bad.saturating_sub(good) > 1 {
            let middle = good.saturating_add(bad.saturating_sub(good) / 2);
            if holds(&found, middle) { good = middle } else { bad = middle }
        }
        found.extend(ids.get(good).copied());
    }
    found
}
