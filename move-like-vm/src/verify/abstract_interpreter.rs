//! Runs code on what is known of its state, over all ways through it, until nothing new is found.
//!
//! # Place      control flow -> [abstract_interpreter] <- locals safety, reference safety
//! # Invariants every block that can be reached is run on a state that covers every way to it; a block
//! #            is run again whenever that state has changed, so at the end all of them were accepted
//! #            as they are. It ends, because a state can only change finitely often
//! # Absent     what a state is, and what an instruction does to it

use super::body::Body;
use super::meter::Meter;
use crate::fault::Fault;
use crate::format::Instruction;
use crate::status::Status;

/// Whether a join has found something new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// The state now covers more than before.
    Changed,
    /// The state covered the other one already.
    Unchanged,
}

/// What is known at a point of the code.
pub trait AbstractState: Clone {
    /// Makes the state cover another one too.
    fn join(&mut self, other: &Self, meter: &mut Meter) -> Result<Joined, Fault>;
}

/// What instructions do to a state.
pub trait Transfer {
    /// What is known.
    type State: AbstractState;

    /// Runs one instruction. It refuses if the instruction is unsafe in that state.
    fn execute(
        &mut self,
        state: &mut Self::State,
        instruction: &Instruction,
        meter: &mut Meter,
    ) -> Result<(), Fault>;

    /// Called in front of each instruction with its index.
    fn at(&mut self, _state: &mut Self::State, _instruction: usize) {}

    /// Called at the end of each block, before its state is joined with others.
    fn end_block(&mut self, state: &mut Self::State) -> Result<(), Fault>;
}

/// Runs all blocks that can be reached from the entry, in reverse postorder.
///
/// Blocks whose state has changed wait; the first of them in the order is run next. So a loop is
/// finished before what comes behind it is looked at.
pub fn run<T: Transfer>(
    transfer: &mut T,
    entry: T::State,
    body: &Body<'_>,
    meter: &mut Meter,
) -> Result<(), Fault> {
    let order = &body.graph.spanning_tree().reverse_postorder;
    let mut positions = vec![usize::MAX; body.graph.blocks().len()];
    for (position, block) in order.iter().enumerate() {
        if let Some(of_block) = positions.get_mut(*block) {
            *of_block = position;
        }
    }
    let mut before: Vec<Option<T::State>> = vec![None; order.len()];
    let mut waiting = std::collections::BTreeSet::from([0]);
    if let Some(first) = before.first_mut() {
        *first = Some(entry);
    }
    while let Some(position) = waiting.pop_first() {
        let block = order
            .get(position)
            .and_then(|block| body.graph.blocks().get(*block))
            .ok_or(Fault::new(Status::VerifierInvariantViolation))?;
        let state = before
            .get(position)
            .cloned()
            .flatten()
            .ok_or(Fault::new(Status::VerifierInvariantViolation))?;
        let after = run_block(transfer, state, body, block.start..=block.last, meter)?;
        for successor in &block.successors {
            let position = positions.get(*successor).copied().unwrap_or(usize::MAX);
            let known =
                before.get_mut(position).ok_or(Fault::new(Status::VerifierInvariantViolation))?;
            let joined = match known {
                Some(known) => known.join(&after, meter),
                None => {
                    *known = Some(after.clone());
                    Ok(Joined::Changed)
                }
            };
            if joined.map_err(|fault| body.placed(fault, block.last))? == Joined::Changed {
                waiting.insert(position);
            }
        }
    }
    Ok(())
}

fn run_block<T: Transfer>(
    transfer: &mut T,
    mut state: T::State,
    body: &Body<'_>,
    offsets: std::ops::RangeInclusive<usize>,
    meter: &mut Meter,
) -> Result<T::State, Fault> {
    let last = *offsets.end();
    for offset in offsets {
        let instruction =
            body.code().get(offset).ok_or(Fault::new(Status::VerifierInvariantViolation))?;
        transfer.at(&mut state, offset);
        transfer
            .execute(&mut state, instruction, meter)
            .map_err(|fault| body.placed(fault, offset))?;
    }
    transfer.end_block(&mut state).map_err(|fault| body.placed(fault, last))?;
    Ok(state)
}
