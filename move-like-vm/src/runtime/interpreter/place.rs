//! Locals and references.

use super::{Interpreter, present};
use crate::runtime::schedule::times;
use crate::runtime::stop::Stop;
use crate::runtime::value::Value;
use crate::status::Status;

impl Interpreter<'_> {
    #[inline]
    pub(super) fn local(&self, base: usize, local: u8) -> Result<Value, Stop> {
        let index = base.wrapping_add(usize::from(local));
        let value = self.live.memory.locals.get(index).copied().unwrap_or_default();
        present(&value)?;
        Ok(value)
    }

    #[inline]
    pub(super) fn local_mut(&mut self, base: usize, local: u8) -> Result<&mut Value, Stop> {
        let index = base.wrapping_add(usize::from(local));
        self.live.memory.locals.get_mut(index).ok_or(Status::UnknownInvariantViolationError.into())
    }

    /// A copy with all that it owns, paid for by its bytes.
    pub(super) fn copy(&mut self, value: Value) -> Result<Value, Stop> {
        let (copy, bytes) = self.live.memory.heap.copy(value)?;
        if copy.is_owning() {
            let each = self.source.program.schedule.copied_byte;
            self.live.meter.charge(times(bytes, each))?;
        }
        Ok(copy)
    }

    pub(super) fn read_ref(&mut self) -> Result<(), Stop> {
        let reference = *self.live.stack.last_mut()?;
        let value = match self.live.memory.load(&reference)? {
            Value::Signer(address) => Value::Address(address),
            value if value.is_owning() => self.copy(value)?,
            value => value,
        };
        *self.live.stack.last_mut()? = value;
        Ok(())
    }

    pub(super) fn write_ref(&mut self) -> Result<(), Stop> {
        let reference = self.live.stack.pop()?;
        let value = self.live.stack.pop()?;
        let old = self.live.memory.replace(&reference, value)?;
        self.live.memory.heap.free(old);
        Ok(())
    }
}
