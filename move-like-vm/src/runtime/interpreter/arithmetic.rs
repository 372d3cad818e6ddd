//! Integers of six widths: every operation gives the exact result or `ARITHMETIC_ERROR`.

use std::cmp::Ordering;

use crate::format::Unsigned256;
use crate::runtime::op::{Arithmetic, Comparison, Width};
use crate::runtime::stop::Stop;
use crate::runtime::value::Value;
use crate::status::Status;

const REFUSED: Stop = Stop { status: Status::ArithmeticError, code: None };
const MISMATCH: Stop = Stop { status: Status::InternalTypeError, code: None };

macro_rules! exact {
    ($kind:expr, $one:expr, $other:expr) => {
        match $kind {
            Arithmetic::Add => $one.checked_add($other),
            Arithmetic::Sub => $one.checked_sub($other),
            Arithmetic::Mul => $one.checked_mul($other),
            Arithmetic::Mod => $one.checked_rem($other),
            Arithmetic::Div => $one.checked_div($other),
            Arithmetic::BitOr => Some($one | $other),
            Arithmetic::BitAnd => Some($one & $other),
            Arithmetic::Xor => Some($one ^ $other),
        }
    };
}

/// The result for two `u64`.
#[inline]
pub(super) fn compute_u64(kind: Arithmetic, one: u64, other: u64) -> Option<u64> {
    exact!(kind, one, other)
}

/// The result for two integers of one width.
#[inline]
pub(super) fn compute(kind: Arithmetic, one: &Value, other: &Value) -> Result<Value, Stop> {
    if let (Value::U64(one), Value::U64(other)) = (one, other) {
        return compute_u64(kind, *one, *other).map(Value::U64).ok_or(REFUSED);
    }
    compute_wide(kind, one, other)
}

#[inline(never)]
fn compute_wide(kind: Arithmetic, one: &Value, other: &Value) -> Result<Value, Stop> {
    let result = match (one, other) {
        (Value::U8(one), Value::U8(other)) => exact!(kind, one, *other).map(Value::U8),
        (Value::U16(one), Value::U16(other)) => exact!(kind, one, *other).map(Value::U16),
        (Value::U32(one), Value::U32(other)) => exact!(kind, one, *other).map(Value::U32),
        (Value::U64(one), Value::U64(other)) => exact!(kind, one, *other).map(Value::U64),
        (Value::U128(one), Value::U128(other)) => {
            let (one, other) = (u128::from_le_bytes(*one), u128::from_le_bytes(*other));
            exact!(kind, one, other).map(Value::u128)
        }
        (Value::U256(one), Value::U256(other)) => {
            let (one, other) = (wide(one), wide(other));
            exact!(kind, one, other).map(Value::u256)
        }
        _ => return Err(MISMATCH),
    };
    result.ok_or(REFUSED)
}

/// Whether a comparison of two integers of one width holds.
#[inline]
pub(super) fn compare(kind: Comparison, one: &Value, other: &Value) -> Result<bool, Stop> {
    let ordering = match (one, other) {
        (Value::U64(one), Value::U64(other)) => one.cmp(other),
        (Value::U8(one), Value::U8(other)) => one.cmp(other),
        (Value::U16(one), Value::U16(other)) => one.cmp(other),
        (Value::U32(one), Value::U32(other)) => one.cmp(other),
        (Value::U128(one), Value::U128(other)) => {
            u128::from_le_bytes(*one).cmp(&u128::from_le_bytes(*other))
        }
        (Value::U256(one), Value::U256(other)) => wide(one).cmp(&wide(other)),
        _ => return Err(MISMATCH),
    };
    Ok(match kind {
        Comparison::Lt => ordering == Ordering::Less,
        Comparison::Gt => ordering == Ordering::Greater,
        Comparison::Le => ordering != Ordering::Greater,
        Comparison::Ge => ordering != Ordering::Less,
    })
}

/// Shifts to the left, or to the right. Bits beyond the width are lost; a shift by the width is refused.
pub(super) fn shift(left: bool, value: &Value, by: &Value) -> Result<Value, Stop> {
    let Value::U8(by) = by else { return Err(MISMATCH) };
    let bits = u32::from(*by);
    macro_rules! shifted {
        ($value:expr) => {
            if left { $value.checked_shl(bits) } else { $value.checked_shr(bits) }
        };
    }
    let result = match value {
        Value::U8(value) => shifted!(value).map(Value::U8),
        Value::U16(value) => shifted!(value).map(Value::U16),
        Value::U32(value) => shifted!(value).map(Value::U32),
        Value::U64(value) => shifted!(value).map(Value::U64),
        Value::U128(value) => shifted!(u128::from_le_bytes(*value)).map(Value::u128),
        Value::U256(value) => {
            let value = wide(value);
            let places = usize::from(*by);
            Some(Value::u256(if left {
                value.wrapping_shl(places)
            } else {
                value.wrapping_shr(places)
            }))
        }
        _ => return Err(MISMATCH),
    };
    result.ok_or(REFUSED)
}

/// The same number in another width, if it fits.
pub(super) fn cast(to: Width, value: &Value) -> Result<Value, Stop> {
    if let Value::U256(value) = value {
        return cast_wide(to, wide(value));
    }
    let value = match value {
        Value::U8(value) => u128::from(*value),
        Value::U16(value) => u128::from(*value),
        Value::U32(value) => u128::from(*value),
        Value::U64(value) => u128::from(*value),
        Value::U128(value) => u128::from_le_bytes(*value),
        _ => return Err(MISMATCH),
    };
    let result = match to {
        Width::U8 => u8::try_from(value).ok().map(Value::U8),
        Width::U16 => u16::try_from(value).ok().map(Value::U16),
        Width::U32 => u32::try_from(value).ok().map(Value::U32),
        Width::U64 => u64::try_from(value).ok().map(Value::U64),
        Width::U128 => Some(Value::u128(value)),
        Width::U256 => Some(Value::u256(Unsigned256::from(value))),
    };
    result.ok_or(REFUSED)
}

fn cast_wide(to: Width, value: Unsigned256) -> Result<Value, Stop> {
    if to == Width::U256 {
        return Ok(Value::u256(value));
    }
    let value = u128::try_from(value).map_err(|_| REFUSED)?;
    cast(to, &Value::u128(value))
}

fn wide(bytes: &[u8; 32]) -> Unsigned256 {
    Unsigned256::from_le_bytes(*bytes)
}
