//! Functions over numbers that are wider than their operands on the way.

use super::NativeContext;
use crate::format::Unsigned256;
use crate::runtime::stop::Stop;
use crate::runtime::value::Value;
use crate::status::Status;

/// The code of a division by zero.
const DIVIDED_BY_ZERO: u64 = 1;
/// The code of a result beyond `u128`.
const TOO_LARGE: u64 = 2;
/// The code of a rounding that there is not.
const UNKNOWN_ROUNDING: u64 = 3;

/// `value * by / over` without a loss in between. The rounding: 0 down, 1 up, 2 to the nearest and up
/// from the middle, 3 to the nearest and to the even one from the middle.
pub(super) fn mul_div(context: &mut NativeContext<'_>) -> Result<(), Stop> {
    let (value, by) = (wide(context, 0)?, wide(context, 1)?);
    let (over, rounding) = (wide(context, 2)?, rounding(context)?);
    let result = rounded(value, by, over, rounding).map_err(Stop::aborted)?;
    context.give(Value::u128(result));
    Ok(())
}

fn wide(context: &NativeContext<'_>, index: usize) -> Result<Unsigned256, Stop> {
    match context.argument(index)? {
        Value::U128(bytes) => Ok(Unsigned256::from(u128::from_le_bytes(bytes))),
        _ => Err(Status::InternalTypeError.into()),
    }
}

fn rounding(context: &NativeContext<'_>) -> Result<u8, Stop> {
    match context.argument(3)? {
        Value::U8(rounding) => Ok(rounding),
        _ => Err(Status::InternalTypeError.into()),
    }
}

fn rounded(
    value: Unsigned256,
    by: Unsigned256,
    over: Unsigned256,
    rounding: u8,
) -> Result<u128, u64> {
    let product = value.checked_mul(by).ok_or(TOO_LARGE)?;
    let quotient = product.checked_div(over).ok_or(DIVIDED_BY_ZERO)?;
    let rest = product.checked_rem(over).ok_or(DIVIDED_BY_ZERO)?;
    // both are below 2^128: twice the rest does not leave its range
    let twice = rest.saturating_add(rest);
    let up = match rounding {
        0 => false,
        1 => !rest.is_zero(),
        2 => twice >= over,
        3 => twice > over || (twice == over && quotient.bit(0)),
        _ => return Err(UNKNOWN_ROUNDING),
    };
    let one = Unsigned256::from(u8::from(up));
    u128::try_from(quotient.saturating_add(one)).map_err(|_| TOO_LARGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quotient_is_rounded_as_it_says() {
        let big = u128::MAX;
        for (value, by, over, expected) in [
            (7, 1, 2, [Ok(3), Ok(4), Ok(4), Ok(4)]),
            (5, 1, 2, [Ok(2), Ok(3), Ok(3), Ok(2)]),
            (7, 1, 3, [Ok(2), Ok(3), Ok(2), Ok(2)]),
            (8, 1, 3, [Ok(2), Ok(3), Ok(3), Ok(3)]),
            (6, 1, 3, [Ok(2); 4]),
            (0, big, 1, [Ok(0); 4]),
            (big, big, big, [Ok(big); 4]),
            (big, 1, 2, [Ok(big / 2), Ok(big / 2 + 1), Ok(big / 2 + 1), Ok(big / 2 + 1)]),
            (big, 2, 1, [Err(TOO_LARGE); 4]),
            (big, big, big - 1, [Err(TOO_LARGE); 4]),
            (1, 1, 0, [Err(DIVIDED_BY_ZERO); 4]),
        ] {
            let wide = Unsigned256::from::<u128>;
            let got = [0, 1, 2, 3].map(|how| rounded(wide(value), wide(by), wide(over), how));
            assert_eq!(got, expected, "{value} * {by} / {over}");
        }
        let one = Unsigned256::from(1u8);
        assert_eq!(rounded(one, one, one, 4), Err(UNKNOWN_ROUNDING));
    }
}
