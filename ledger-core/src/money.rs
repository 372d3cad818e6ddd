//! Money: a currency and a count of its minor units.
//!
//! # Place      used by every rule that moves, creates or destroys money
//! # Invariants I7 no operation here makes or loses a unit: each names its failure
//! # Absent     `Add`, `Sub`, decimals, rounding (parsing text is the edge's work)

use serde::{Deserialize, Serialize};

/// An ISO 4217 alphabetic code: three uppercase ASCII letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Parses three uppercase ASCII letters; `None` for anything else.
    #[must_use]
    pub fn new(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Self(bytes))
    }

    /// The code as text.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }
}

impl std::fmt::Debug for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::fmt::Display for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if s.is_human_readable() { s.serialize_str(self.code()) } else { self.0.serialize(s) }
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        let code = if d.is_human_readable() {
            String::deserialize(d)?
        } else {
            let bytes = <[u8; 3]>::deserialize(d)?;
            String::from_utf8(bytes.to_vec()).map_err(D::Error::custom)?
        };
        Self::new(&code).ok_or_else(|| D::Error::custom("a currency is three uppercase letters"))
    }
}

/// A sum of money: a count of minor units (cents, fils, yen) of one currency.
///
/// There is no `Add`: a sum can overflow or mix currencies, and the caller must say what then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    currency: Currency,
    minor: u128,
}

/// Why two sums could not be combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The sums are of two currencies.
    #[error("{left} and {right} cannot be combined; convert one of them first")]
    CurrencyMismatch {
        /// Currency of the left sum.
        left: Currency,
        /// Currency of the right sum.
        right: Currency,
    },
    /// The result has no representation.
    #[error("the sum exceeds what the ledger can count")]
    Overflow,
    /// More was taken than was there.
    #[error("more was asked than is there")]
    Insufficient,
}

impl Money {
    /// A count of minor units of a currency.
    #[must_use]
    pub const fn new(currency: Currency, minor: u128) -> Self {
        Self { currency, minor }
    }

    /// Its currency.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// Its count of minor units.
    #[must_use]
    pub const fn minor(&self) -> u128 {
        self.minor
    }

    /// Whether it is no money at all.
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        self.minor == 0
    }

    /// The sum of both.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`], [`MoneyError::Overflow`].
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// What is left after taking `other` away.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`], [`MoneyError::Insufficient`].
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_sub(other.minor).ok_or(MoneyError::Insufficient)?;
        Ok(Self { minor, ..self })
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            return Ok(());
        }
        Err(MoneyError::CurrencyMismatch { left: self.currency, right: other.currency })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(minor: u128) -> Money {
        Money::new(Currency::new("USD").unwrap(), minor)
    }

    #[test]
    fn i7_minus_more_than_the_balance_is_insufficient() {
        assert_eq!(usd(5).minus(usd(6)), Err(MoneyError::Insufficient));
        assert_eq!(usd(5).minus(usd(5)), Ok(usd(0)));
    }

    #[test]
    fn i7_plus_beyond_the_range_is_overflow() {
        assert_eq!(usd(u128::MAX).plus(usd(1)), Err(MoneyError::Overflow));
    }

    #[test]
    fn i7_two_currencies_do_not_mix() {
        let eur = Money::new(Currency::new("EUR").unwrap(), 1);
        assert!(matches!(usd(1).plus(eur), Err(MoneyError::CurrencyMismatch { .. })));
    }

    #[test]
    fn a_currency_is_three_uppercase_letters() {
        for bad in ["", "US", "usd", "USDX", "U1D", "ÄÖ"] {
            assert_eq!(Currency::new(bad), None, "{bad}");
        }
    }
}
