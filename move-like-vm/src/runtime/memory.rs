//! Where values stand: the operand stack, locals, the heap, resources.
//!
//! # Place      [memory] <- interpreter, natives
//! # Invariants no place is reached without a look whether it is there; the operand stack holds at most
//! #            [`OPERANDS_MAX`] values
//! # Absent     aliasing rules: the verifier has proved them

use super::globals::Globals;
use super::heap::Heap;
use super::stop::Stop;
use super::value::Value;
use crate::status::Status;

/// How many values the operand stack holds.
pub const OPERANDS_MAX: usize = 1024;
/// How many calls may be open besides the running one.
pub const CALLS_MAX: usize = 1024;

/// The operand stack, shared by all open calls.
#[derive(Clone, Debug)]
pub(crate) struct Stack {
    values: Box<[Value; OPERANDS_MAX]>,
    top: usize,
}

impl Stack {
    pub(crate) fn new() -> Self {
        Self { values: Box::new([Value::Empty; OPERANDS_MAX]), top: 0 }
    }

    #[inline]
    pub(crate) fn push(&mut self, value: Value) -> Result<(), Stop> {
        let slot = self.values.get_mut(self.top).ok_or(Status::ExecutionStackOverflow)?;
        *slot = value;
        self.top = self.top.wrapping_add(1);
        Ok(())
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Result<Value, Stop> {
        let top = self.top.wrapping_sub(1);
        let value = *self.values.get(top).ok_or(Status::EmptyValueStack)?;
        self.top = top;
        Ok(value)
    }

    /// The uppermost value.
    #[inline]
    pub(crate) fn last_mut(&mut self) -> Result<&mut Value, Stop> {
        self.values.get_mut(self.top.wrapping_sub(1)).ok_or(Status::EmptyValueStack.into())
    }

    /// Takes the uppermost value away and gives it with the one below, which stays.
    #[inline]
    pub(crate) fn pop_onto(&mut self) -> Result<(&mut Value, &Value), Stop> {
        let top = self.top.wrapping_sub(1);
        let below = top.wrapping_sub(1);
        let [one, other] = self
            .values
            .get_mut(below..self.top)
            .and_then(|pair| <&mut [Value; 2]>::try_from(pair).ok())
            .ok_or(Status::EmptyValueStack)?;
        self.top = top;
        Ok((one, other))
    }

    /// The uppermost values, the last of them on top.
    #[inline]
    pub(crate) fn last(&self, count: usize) -> Result<&[Value], Stop> {
        let start = self.top.checked_sub(count).ok_or(Status::EmptyValueStack)?;
        self.values.get(start..self.top).ok_or(Status::EmptyValueStack.into())
    }

    /// Takes the uppermost values away, which the caller has seen by [`Self::last`].
    #[inline]
    pub(crate) fn cut(&mut self, count: usize) {
        self.top = self.top.saturating_sub(count);
    }

    pub(crate) const fn height(&self) -> usize {
        self.top
    }
}

/// Everything a reference can point to.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    pub(crate) locals: Vec<Value>,
    pub(crate) heap: Heap,
    pub(crate) globals: Globals,
}

impl Memory {
    pub(crate) fn new(limit: u64) -> Self {
        Self { locals: Vec::new(), heap: Heap::new(limit), globals: Globals::default() }
    }

    /// What a reference points to; what that owns stays where it is.
    #[inline]
    pub(crate) fn load(&self, reference: &Value) -> Result<Value, Stop> {
        let value = match reference {
            Value::Slot(id, index) => self.heap.load(*id, *index)?,
            Value::Local(index) => self.local(*index)?,
            Value::Global(index) => self.globals.value(*index)?,
            _ => return Err(Status::InternalTypeError.into()),
        };
        match value {
            Value::Empty => Err(Status::UnknownInvariantViolationError.into()),
            value => Ok(value),
        }
    }

    /// Puts a value where a reference points to, and gives what was there.
    #[inline]
    pub(crate) fn replace(&mut self, reference: &Value, value: Value) -> Result<Value, Stop> {
        match reference {
            Value::Slot(id, index) => self.heap.replace(*id, *index, value),
            Value::Local(index) => {
                let index = usize::try_from(*index).unwrap_or(usize::MAX);
                let slot =
                    self.locals.get_mut(index).ok_or(Status::UnknownInvariantViolationError)?;
                Ok(std::mem::replace(slot, value))
            }
            Value::Global(index) => self.globals.replace(*index, value),
            _ => Err(Status::InternalTypeError.into()),
        }
    }

    #[inline]
    fn local(&self, index: u32) -> Result<Value, Stop> {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        self.locals.get(index).copied().ok_or(Status::UnknownInvariantViolationError.into())
    }
}
