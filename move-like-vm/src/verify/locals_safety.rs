//! A local is used only while it holds a value, and no value that cannot be dropped is lost in one.
//!
//! # Place      type safety -> [locals_safety] -> reference safety
//! # Invariants on every way through the code a local that is copied, moved or borrowed has been given a
//! #            value and has not been moved since, so a resource is not used twice; a local that may
//! #            hold a value without `drop` is neither overwritten nor left at a return. Refused with
//! #            COPYLOC_, MOVELOC_ and BORROWLOC_UNAVAILABLE_ERROR, STLOC_UNSAFE_TO_DESTROY_ERROR,
//! #            UNSAFE_RET_UNUSED_VALUES_WITHOUT_DROP
//! # Absent     references into a local: the pass over references knows of them; values that are left
//! #            when the code aborts, which undoes everything

use super::abstract_interpreter::{self, AbstractState, Joined, Transfer};
use super::body::Body;
use super::meter::Meter;
use crate::fault::Fault;
use crate::format::{Abilities, Ability, Instruction, LocalIndex};
use crate::status::Status;

const UNITS_PER_STEP: u64 = 15;
const UNITS_PER_LOCAL_OF_RETURN: u64 = 30;
const UNITS_PER_JOIN: u64 = 10;
const UNITS_PER_LOCAL_OF_JOIN: u64 = 5;

/// Checks every block that can be reached.
pub fn verify(body: &Body<'_>, meter: &mut Meter) -> Result<(), Fault> {
    let abilities = body
        .locals()
        .map(|type_| body.tables.abilities(type_, body.function.type_parameters))
        .collect::<Result<Vec<_>, _>>()?;
    let parameters = body.function.parameters.0.len();
    let entry = (0..abilities.len())
        .map(|local| if local < parameters { Content::Value } else { Content::Nothing })
        .collect();
    abstract_interpreter::run(&mut Locals { abilities }, State(entry), body, meter)
}

/// What a local holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    /// Nothing, on every way to here.
    Nothing,
    /// A value on some ways and nothing on others.
    Perhaps,
    /// A value, on every way to here.
    Value,
}

/// What each local holds.
#[derive(Clone, Debug, PartialEq, Eq)]
struct State(Vec<Content>);

impl AbstractState for State {
    fn join(&mut self, other: &Self, meter: &mut Meter) -> Result<Joined, Fault> {
        meter.charge(UNITS_PER_JOIN)?;
        meter.charge_items(UNITS_PER_LOCAL_OF_JOIN, self.0.len())?;
        let mut joined = Joined::Unchanged;
        for (content, other) in self.0.iter_mut().zip(&other.0) {
            if *content != *other && *content != Content::Perhaps {
                *content = Content::Perhaps;
                joined = Joined::Changed;
            }
        }
        Ok(joined)
    }
}

struct Locals {
    abilities: Vec<Abilities>,
}

impl Locals {
    /// Refuses unless the local holds a value for certain.
    fn require_value<'s>(
        &self,
        state: &'s mut State,
        local: LocalIndex,
        otherwise: Status,
    ) -> Result<&'s mut Content, Fault> {
        let content = content(state, local)?;
        if *content == Content::Value { Ok(content) } else { Err(Fault::new(otherwise)) }
    }

    fn can_lose(&self, content: Content, local: usize) -> bool {
        content == Content::Nothing
            || self.abilities.get(local).is_some_and(|abilities| abilities.has(Ability::Drop))
    }
}

fn content(state: &mut State, local: LocalIndex) -> Result<&mut Content, Fault> {
    state.0.get_mut(usize::from(local)).ok_or(Fault::new(Status::IndexOutOfBounds))
}

impl Transfer for Locals {
    type State = State;

    fn execute(
        &mut self,
        state: &mut State,
        instruction: &Instruction,
        meter: &mut Meter,
    ) -> Result<(), Fault> {
        meter.charge(UNITS_PER_STEP)?;
        match instruction {
            Instruction::StLoc(local) => {
                let content = content(state, *local)?;
                if !self.can_lose(*content, usize::from(*local)) {
                    return Err(Fault::new(Status::StlocUnsafeToDestroyError));
                }
                *content = Content::Value;
            }
            Instruction::MoveLoc(local) => {
                let content = self.require_value(state, *local, Status::MovelocUnavailableError)?;
                *content = Content::Nothing;
            }
            Instruction::CopyLoc(local) => {
                self.require_value(state, *local, Status::CopylocUnavailableError)?;
            }
            Instruction::MutBorrowLoc(local) | Instruction::ImmBorrowLoc(local) => {
                self.require_value(state, *local, Status::BorrowlocUnavailableError)?;
            }
            Instruction::Ret => {
                meter.charge_items(UNITS_PER_LOCAL_OF_RETURN, state.0.len())?;
                let mut contents = state.0.iter().enumerate();
                if !contents.all(|(local, content)| self.can_lose(*content, local)) {
                    return Err(Fault::new(Status::UnsafeRetUnusedValuesWithoutDrop));
                }
            }
            // no other instruction names a local
            _ => {}
        }
        Ok(())
    }

    fn end_block(&mut self, _state: &mut State) -> Result<(), Fault> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
