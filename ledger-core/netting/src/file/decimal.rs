//! Amounts as decimal text: exact both ways, never a float, never rounded.
//!
//! # Invariants what is read is what is meant, or it is refused; what is written has all decimals

use crate::limits::{MAX_SCALE, MAX_WHOLE_DIGITS};

/// Why a text is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// It has a minus sign.
    #[error("is negative")]
    Negative,
    /// It is something else than digits with at most one point between them.
    #[error("is no decimal number: digits, and a point between digits at most")]
    Malformed,
    /// It is too large.
    #[error("has more than {MAX_WHOLE_DIGITS} digits before the point")]
    TooLarge,
    /// It is too precise.
    #[error("has more than {MAX_SCALE} decimals")]
    TooPrecise,
}

/// An amount as it was written: `value` tens-to-the-minus-`scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    value: u128,
    scale: usize,
}

impl Decimal {
    /// Reads `[0-9]{1,18}(\.[0-9]{1,8})?`.
    ///
    /// # Errors
    /// [`AmountError`].
    pub(super) fn parse(text: &str) -> Result<Self, AmountError> {
        if text.starts_with('-') {
            return Err(AmountError::Negative);
        }
        let (whole, fraction) = match text.split_once('.') {
            Some((whole, fraction)) => (digits(whole)?, digits(fraction)?),
            None => (digits(text)?, ""),
        };
        if whole.len() > MAX_WHOLE_DIGITS {
            return Err(AmountError::TooLarge);
        }
        if fraction.len() > MAX_SCALE {
            return Err(AmountError::TooPrecise);
        }
        let value = format!("{whole}{fraction}").parse().map_err(|_| AmountError::Malformed)?;
        Ok(Self { value, scale: fraction.len() })
    }

    /// How many decimals it was written with.
    pub(super) const fn scale(self) -> usize {
        self.scale
    }

    /// Units of a scale at least as fine as its own; nothing when they cannot be counted.
    pub(super) fn minor(self, scale: usize) -> Option<u128> {
        let finer = u32::try_from(scale.checked_sub(self.scale)?).ok()?;
        self.value.checked_mul(10u128.checked_pow(finer)?)
    }
}

fn digits(text: &str) -> Result<&str, AmountError> {
    let all = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all.then_some(text).ok_or(AmountError::Malformed)
}

/// Writes units of a scale with all its decimals.
pub(super) fn write(minor: u128, scale: usize) -> String {
    let width = scale.saturating_add(1);
    let text = format!("{minor:0>width$}");
    match text.split_at_checked(text.len().saturating_sub(scale)) {
        Some((whole, fraction)) if !fraction.is_empty() => format!("{whole}.{fraction}"),
        Some(_) | None => text,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every row: text, what it reads as.
    #[test]
    fn n7_an_amount_is_digits_with_a_point_between_them() {
        let decimal = |value, scale| Ok(Decimal { value, scale });
        let rows = [
            ("0", decimal(0, 0)),
            ("7", decimal(7, 0)),
            ("3.00", decimal(300, 2)),
            ("007.50", decimal(750, 2)),
            ("0.00000001", decimal(1, 8)),
            ("999999999999999999.99999999", decimal(99_999_999_999_999_999_999_999_999, 8)),
            ("-1.00", Err(AmountError::Negative)),
            ("-", Err(AmountError::Negative)),
            ("", Err(AmountError::Malformed)),
            (".", Err(AmountError::Malformed)),
            (".5", Err(AmountError::Malformed)),
            ("5.", Err(AmountError::Malformed)),
            ("1.2.3", Err(AmountError::Malformed)),
            ("1,5", Err(AmountError::Malformed)),
            ("1e3", Err(AmountError::Malformed)),
            ("+1", Err(AmountError::Malformed)),
            (" 1", Err(AmountError::Malformed)),
            ("1_000", Err(AmountError::Malformed)),
            ("0x1", Err(AmountError::Malformed)),
            ("٣", Err(AmountError::Malformed)),
            ("NaN", Err(AmountError::Malformed)),
            ("1000000000000000000", Err(AmountError::TooLarge)),
            ("0.000000001", Err(AmountError::TooPrecise)),
        ];
        for (text, expected) in rows {
            assert_eq!(Decimal::parse(text), expected, "{text:?}");
        }
    }

    #[test]
    fn n7_units_are_written_with_all_their_decimals() {
        let rows = [
            (0, 0, "0"),
            (0, 2, "0.00"),
            (5, 2, "0.05"),
            (50, 2, "0.50"),
            (1_234, 2, "12.34"),
            (1_234, 0, "1234"),
            (u128::MAX, 8, "3402823669209384634633746074317.68211455"),
        ];
        for (minor, scale, expected) in rows {
            assert_eq!(write(minor, scale), expected);
        }
    }

    #[test]
    fn n7_an_amount_is_never_read_in_coarser_units() {
        assert_eq!(Decimal::parse("1.25").unwrap().minor(1), None);
        assert_eq!(Decimal::parse("1.25").unwrap().minor(2), Some(125));
        assert_eq!(Decimal::parse("1.25").unwrap().minor(8), Some(125_000_000));
    }

    proptest! {
        #[test]
        fn n7_what_is_written_reads_as_the_same_units(
            minor in 0..10u128.pow(18),
            scale in 0usize..=8,
        ) {
            let read = Decimal::parse(&write(minor, scale)).unwrap();
            prop_assert_eq!(read, Decimal { value: minor, scale });
            prop_assert_eq!(read.minor(scale), Some(minor));
        }
    }
}
