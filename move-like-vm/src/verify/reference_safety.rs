//! No reference outlives what it leads to, and nobody changes what another reference relies on.
//!
//! # Place      locals safety -> [reference_safety] -> acquires
//! # Invariants what a reference leads to exists as long as the reference does: a local is not moved,
//! #            overwritten or left, a resource not taken from storage, a vector not changed, while
//! #            something is borrowed from it; what is written through a reference can be seen through
//! #            no other one, so no value is changed, moved or dropped behind a reference that reads
//! #            it; a callee gets mutable references that are unrelated to all others, and gives back
//! #            only such ones; no call takes a resource that its caller has borrowed. Refused with
//! #            *_EXISTS_*BORROW_ERROR, GLOBAL_REFERENCE_ERROR, CALL_ and
//! #            RET_BORROWED_MUTABLE_REFERENCE_ERROR, UNSAFE_RET_LOCAL_OR_RESOURCE_STILL_BORROWED,
//! #            STLOC_UNSAFE_TO_DESTROY_ERROR
//! # Absent     addresses: all resources of one type are one; indices: all elements of a vector are one;
//! #            whether an index is inside the vector, which is found while running
//!
//! Under [`Config::strict_references`] two rules are stricter than those of the reference verifier. An
//! element of a vector is borrowed immutably only while nothing in the vector is borrowed mutably. What
//! may lead into any local is below a mutable borrow of one: the reference verifier forgets this when a
//! reference may lead into more than ten locals. Without these rules, code that no compiler writes can
//! use a reference to what is gone: only comparisons with the reference verifier go without.

use super::Config;
use super::abstract_interpreter::{self, Transfer};
use super::acquires::Acquires;
use super::body::Body;
use super::borrow_graph::ReferenceId;
use super::meter::Meter;
use crate::fault::Fault;
use crate::format::{
    FieldHandleIndex, FunctionHandleIndex, Instruction, LocalIndex, MemberCount,
    StructDefinitionIndex,
};
use crate::status::Status;

mod loan;
mod state;

pub use loan::{Lender, Loan};

use state::State;

const UNITS_PER_STEP: u64 = 10;
const UNITS_PER_LOCAL_OF_STEP: u64 = 20;
const UNITS_PER_GRAPH_ITEM_OF_STEP: u64 = 50;

/// Checks every block that can be reached.
pub fn verify(
    body: &Body<'_>,
    acquires: &Acquires<'_>,
    config: &Config,
    meter: &mut Meter,
) -> Result<(), Fault> {
    let entry = State::entry(&body.function, config.strict_references)?;
    let mut references = References { body, acquires, stack: Vec::new() };
    abstract_interpreter::run(&mut references, entry, body, meter)
}

/// How the reference came to be because of which [`verify`] refuses a function, from the first lender
/// on; nothing where it does not refuse it, or not for a reference.
pub fn loans(body: &Body<'_>, acquires: &Acquires<'_>, config: &Config) -> Vec<Loan> {
    let found = loan::Found::default();
    if let Ok(entry) = State::entry(&body.function, config.strict_references) {
        let mut references = References { body, acquires, stack: Vec::new() };
        let entry = entry.traced(found.clone());
        let _refused = abstract_interpreter::run(&mut references, entry, body, &mut config.meter());
    }
    found.take()
}

/// What is known of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    /// It is no reference, or there is none.
    Plain,
    /// It is this reference.
    Reference(ReferenceId),
}

impl Value {
    const fn reference(&self) -> Option<ReferenceId> {
        match self {
            Self::Plain => None,
            Self::Reference(id) => Some(*id),
        }
    }
}

/// A step of the way from a reference to what is borrowed from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Label {
    /// A local, below the root.
    Local(LocalIndex),
    /// The resources of a type, below the root.
    Resource(StructDefinitionIndex),
    /// A field, by its position.
    Field(MemberCount),
}

struct References<'r, 'a> {
    body: &'r Body<'a>,
    acquires: &'r Acquires<'a>,
    stack: Vec<Value>,
}

impl References<'_, '_> {
    fn push(&mut self, value: Value) -> Result<(), Fault> {
        self.stack.push(value);
        Ok(())
    }

    fn push_plain(&mut self, count: usize) -> Result<(), Fault> {
        self.stack.extend(std::iter::repeat_n(Value::Plain, count));
        Ok(())
    }

    fn pop(&mut self) -> Result<Value, Fault> {
        self.stack.pop().ok_or(Fault::new(Status::VerifierInvariantViolation))
    }

    /// The uppermost operand, which type safety has shown to be a reference.
    fn pop_reference(&mut self) -> Result<ReferenceId, Fault> {
        self.pop()?.reference().ok_or(Fault::new(Status::VerifierInvariantViolation))
    }

    /// Takes operands which type safety has shown to be no references.
    fn pop_plain(&mut self, count: usize) -> Result<(), Fault> {
        for _ in 0..count {
            if self.pop()? != Value::Plain {
                return Err(Fault::new(Status::VerifierInvariantViolation));
            }
        }
        Ok(())
    }

    fn pop_many(&mut self, count: usize) -> Result<Vec<Value>, Fault> {
        (0..count).map(|_| self.pop()).collect()
    }

    fn on_locals_and_references(
        &mut self,
        state: &mut State,
        instruction: &Instruction,
    ) -> Result<(), Fault> {
        use Instruction as I;
        match instruction {
            I::Pop => {
                let value = self.pop()?;
                state.release(value)
            }
            I::CopyLoc(local) => self.push(state.copy_local(*local)?),
            I::MoveLoc(local) => self.push(state.move_local(*local)?),
            I::StLoc(local) => {
                let value = self.pop()?;
                state.store_local(*local, value)
            }
            I::MutBorrowLoc(local) => self.push(state.borrow_local(true, *local)?),
            I::ImmBorrowLoc(local) => self.push(state.borrow_local(false, *local)?),
            I::FreezeRef => {
                let id = self.pop_reference()?;
                self.push(state.freeze(id)?)
            }
            I::ReadRef => {
                let id = self.pop_reference()?;
                self.push(state.read(id)?)
            }
            I::WriteRef => {
                let id = self.pop_reference()?;
                self.pop_plain(1)?;
                state.write(id)
            }
            I::Eq | I::Neq => {
                let right = self.pop()?;
                let left = self.pop()?;
                self.push(state.compare(left, right)?)
            }
            I::MutBorrowField(field) => self.borrow_field(state, true, *field),
            I::ImmBorrowField(field) => self.borrow_field(state, false, *field),
            I::MutBorrowFieldGeneric(instance) => {
                self.borrow_field(state, true, self.body.field_instance(*instance)?.0)
            }
            I::ImmBorrowFieldGeneric(instance) => {
                self.borrow_field(state, false, self.body.field_instance(*instance)?.0)
            }
            _ => Err(Fault::new(Status::VerifierInvariantViolation)),
        }
    }

    fn borrow_field(
        &mut self,
        state: &mut State,
        mutable: bool,
        field: FieldHandleIndex,
    ) -> Result<(), Fault> {
        let position = self.body.tables.field_handle(field)?.field;
        let id = self.pop_reference()?;
        self.push(state.borrow_field(mutable, id, position)?)
    }

    fn on_storage(&mut self, state: &mut State, instruction: &Instruction) -> Result<(), Fault> {
        use Instruction as I;
        match instruction {
            I::MoveTo(_) | I::MoveToGeneric(_) => {
                self.pop_plain(1)?;
                let signer = self.pop()?;
                return state.release(signer);
            }
            _ => self.pop_plain(1)?,
        }
        self.push(match instruction {
            I::MutBorrowGlobal(resource) => state.borrow_global(true, *resource)?,
            I::ImmBorrowGlobal(resource) => state.borrow_global(false, *resource)?,
            I::MoveFrom(resource) => state.move_from(*resource)?,
            I::MutBorrowGlobalGeneric(instance) => {
                state.borrow_global(true, self.body.instance(*instance)?.0)?
            }
            I::ImmBorrowGlobalGeneric(instance) => {
                state.borrow_global(false, self.body.instance(*instance)?.0)?
            }
            I::MoveFromGeneric(instance) => state.move_from(self.body.instance(*instance)?.0)?,
            _ => return Err(Fault::new(Status::VerifierInvariantViolation)),
        })
    }

    fn on_vector(&mut self, state: &mut State, instruction: &Instruction) -> Result<(), Fault> {
        use Instruction as I;
        match instruction {
            I::VecLen(_) => {
                let id = self.pop_reference()?;
                state.use_vector(false, id)?;
                self.push_plain(1)
            }
            I::VecImmBorrow(_) | I::VecMutBorrow(_) => {
                self.pop_plain(1)?;
                let id = self.pop_reference()?;
                let mutable = matches!(instruction, I::VecMutBorrow(_));
                self.push(state.borrow_element(mutable, id)?)
            }
            I::VecPushBack(_) => {
                self.pop_plain(1)?;
                let id = self.pop_reference()?;
                state.use_vector(true, id)
            }
            I::VecPopBack(_) => {
                let id = self.pop_reference()?;
                state.use_vector(true, id)?;
                self.push_plain(1)
            }
            I::VecSwap(_) => {
                self.pop_plain(2)?;
                let id = self.pop_reference()?;
                state.use_vector(true, id)
            }
            I::VecPack(_, count) => {
                self.pop_plain(usize::try_from(*count).unwrap_or(usize::MAX))?;
                self.push_plain(1)
            }
            I::VecUnpack(_, count) => {
                self.pop_plain(1)?;
                // stack usage has shown that so many operands fit
                self.push_plain(usize::try_from(*count).unwrap_or_default())
            }
            _ => Err(Fault::new(Status::VerifierInvariantViolation)),
        }
    }

    fn call(
        &mut self,
        state: &mut State,
        function: FunctionHandleIndex,
        meter: &mut Meter,
    ) -> Result<(), Fault> {
        let handle = self.body.tables.function_handle(function)?;
        let parameters = self.body.tables.signature(handle.parameters)?;
        let returns = self.body.tables.signature(handle.returns)?;
        let arguments = self.pop_many(parameters.0.len())?;
        let acquired = self.acquires.of(function);
        self.stack.extend(state.call(&arguments, acquired, &returns.0, meter)?);
        Ok(())
    }

    fn pack(&mut self, definition: StructDefinitionIndex) -> Result<(), Fault> {
        self.pop_plain(self.body.field_count(definition)?)?;
        self.push_plain(1)
    }

    fn unpack(&mut self, definition: StructDefinitionIndex) -> Result<(), Fault> {
        self.pop_plain(1)?;
        self.push_plain(self.body.field_count(definition)?)
    }
}

impl Transfer for References<'_, '_> {
    type State = State;

    fn at(&mut self, state: &mut State, instruction: usize) {
        state.at(instruction);
    }

    fn execute(
        &mut self,
        state: &mut State,
        instruction: &Instruction,
        meter: &mut Meter,
    ) -> Result<(), Fault> {
        use Instruction as I;
        meter.charge(UNITS_PER_STEP)?;
        meter.charge_items(UNITS_PER_LOCAL_OF_STEP, state.local_count())?;
        meter.charge_items(UNITS_PER_GRAPH_ITEM_OF_STEP, state.graph_size())?;
        match instruction {
            I::Pop
            | I::CopyLoc(_)
            | I::MoveLoc(_)
            | I::StLoc(_)
            | I::MutBorrowLoc(_)
            | I::ImmBorrowLoc(_)
            | I::FreezeRef
            | I::ReadRef
            | I::WriteRef
            | I::Eq
            | I::Neq
            | I::MutBorrowField(_)
            | I::MutBorrowFieldGeneric(_)
            | I::ImmBorrowField(_)
            | I::ImmBorrowFieldGeneric(_) => self.on_locals_and_references(state, instruction),
            I::MutBorrowGlobal(_)
            | I::MutBorrowGlobalGeneric(_)
            | I::ImmBorrowGlobal(_)
            | I::ImmBorrowGlobalGeneric(_)
            | I::MoveFrom(_)
            | I::MoveFromGeneric(_)
            | I::MoveTo(_)
            | I::MoveToGeneric(_) => self.on_storage(state, instruction),
            I::VecPack(_, _)
            | I::VecLen(_)
            | I::VecImmBorrow(_)
            | I::VecMutBorrow(_)
            | I::VecPushBack(_)
            | I::VecPopBack(_)
            | I::VecUnpack(_, _)
            | I::VecSwap(_) => self.on_vector(state, instruction),
            I::Call(function) => self.call(state, *function, meter),
            I::CallGeneric(instance) => {
                self.call(state, self.body.function_instance(*instance)?.0, meter)
            }
            I::Pack(definition) => self.pack(*definition),
            I::PackGeneric(instance) => self.pack(self.body.instance(*instance)?.0),
            I::Unpack(definition) => self.unpack(*definition),
            I::UnpackGeneric(instance) => self.unpack(self.body.instance(*instance)?.0),
            I::Ret => {
                let results = self.pop_many(self.body.function.returns.0.len())?;
                state.return_(&results)
            }
            I::BrTrue(_) | I::BrFalse(_) | I::Abort => self.pop_plain(1),
            I::Branch(_) | I::Nop => Ok(()),
            I::LdU8(_)
            | I::LdU16(_)
            | I::LdU32(_)
            | I::LdU64(_)
            | I::LdU128(_)
            | I::LdU256(_)
            | I::LdTrue
            | I::LdFalse
            | I::LdConst(_) => self.push_plain(1),
            I::Not
            | I::CastU8
            | I::CastU16
            | I::CastU32
            | I::CastU64
            | I::CastU128
            | I::CastU256
            | I::Exists(_)
            | I::ExistsGeneric(_) => {
                self.pop_plain(1)?;
                self.push_plain(1)
            }
            I::Add
            | I::Sub
            | I::Mul
            | I::Mod
            | I::Div
            | I::BitOr
            | I::BitAnd
            | I::Xor
            | I::Shl
            | I::Shr
            | I::Or
            | I::And
            | I::Lt
            | I::Gt
            | I::Le
            | I::Ge => {
                self.pop_plain(2)?;
                self.push_plain(1)
            }
        }
    }

    fn end_block(&mut self, state: &mut State) -> Result<(), Fault> {
        if !self.stack.is_empty() {
            return Err(Fault::new(Status::VerifierInvariantViolation));
        }
        state.make_canonical()
    }
}

#[cfg(test)]
mod tests;
