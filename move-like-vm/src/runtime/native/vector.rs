//! `0x1::vector`: what its functions do when they are called by name rather than by instruction.

use super::NativeContext;
use crate::runtime::stop::Stop;
use crate::runtime::value::Value;
use crate::status::Status;

/// An index where no element is.
pub(crate) const INDEX_OUT_OF_BOUNDS: u64 = 1;
/// The last element of nothing.
pub(crate) const POP_EMPTY: u64 = 2;
/// Another number of elements than was asked for.
pub(crate) const UNPACK_PARITY: u64 = 3;

/// A refused vector operation.
pub(crate) const fn refused(code: u64) -> Stop {
    Stop::coded(Status::VectorOperationError, code)
}

pub(super) fn empty(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let type_ = context.vector_of(context.type_argument(0)?)?;
    let vector = context.memory.heap.new_vector(type_, &[])?;
    context.give(vector);
    Ok(())
}

pub(super) fn length(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let length = context.memory.heap.length(context.vector(0)?)?;
    context.give(Value::U64(u64::try_from(length).unwrap_or(u64::MAX)));
    Ok(())
}

pub(super) fn borrow(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let id = context.vector(0)?;
    let length = u64::try_from(context.memory.heap.length(id)?).unwrap_or(u64::MAX);
    match context.u64(1)? {
        index if index < length => {
            context.give(Value::Slot(id, u32::try_from(index).unwrap_or(u32::MAX)));
            Ok(())
        }
        _ => Err(refused(INDEX_OUT_OF_BOUNDS)),
    }
}

pub(super) fn push_back(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let id = context.vector(0)?;
    let value = context.take(1)?;
    context.memory.heap.push(id, value)
}

pub(super) fn pop_back(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let id = context.vector(0)?;
    let value = context.memory.heap.pop(id)?.ok_or(refused(POP_EMPTY))?;
    context.give(value);
    Ok(())
}

pub(super) fn destroy_empty(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    match context.memory.heap.length(context.vector(0)?)? {
        0 => Ok(()),
        _ => Err(refused(UNPACK_PARITY)),
    }
}

pub(super) fn swap(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let id = context.vector(0)?;
    let (one, other) = (context.u64(1)?, context.u64(2)?);
    if context.memory.heap.swap(id, one, other)? {
        Ok(())
    } else {
        Err(refused(INDEX_OUT_OF_BOUNDS))
    }
}
