//! What an exchange costs: exact integers, every rounding named.
//!
//! # Invariants R1 what is given and what is got follow from the stated rate, fee and fixed amount by
//! #            one rule, so that both banks and anybody later compute the same; nothing else rounds

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::FxRefused;

/// Decimals of a rate at most, and its digits in all: as ISO 20022 writes one.
const MAX_DECIMALS: u8 = 10;
const MAX_UNITS: u64 = 99_999_999_999;

/// How many of the target currency one of the source currency buys: `units / 10^decimals`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    units: u64,
    decimals: u8,
}

impl Rate {
    /// Reads decimal text of at most 11 digits, 10 of them decimals; not zero, no sign, no exponent.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = || whole.bytes().chain(fraction.bytes());
        let ends_in_point = text.ends_with('.');
        if whole.is_empty() || ends_in_point || !digits().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let units = digits().try_fold(0_u64, |sum, byte| {
            sum.checked_mul(10)?.checked_add(u64::from(byte.checked_sub(b'0')?))
        })?;
        Self { units, decimals: u8::try_from(fraction.len()).ok()? }.checked()
    }

    /// The rate, when it is one that can be stated.
    #[must_use]
    pub fn checked(self) -> Option<Self> {
        let stated = self.decimals <= MAX_DECIMALS && (1..=MAX_UNITS).contains(&self.units);
        stated.then_some(self)
    }

    /// As decimal text, with the decimals that it was stated with.
    #[must_use]
    pub fn text(self) -> String {
        iso20022::format_minor(u128::from(self.units), self.decimals)
    }

    /// The rate of the other direction, rounded down to what can be stated.
    #[must_use]
    pub fn inverse(self) -> Option<Self> {
        (0..=MAX_DECIMALS).rev().find_map(|decimals| {
            let one = 10_u128.pow(u32::from(decimals.saturating_add(self.decimals)));
            let units = u64::try_from(one.checked_div(u128::from(self.units))?).ok()?;
            Self { units, decimals }.checked()
        })
    }

    /// Whether it is at most another.
    #[must_use]
    pub fn at_most(self, other: Self) -> bool {
        let scaled = |rate: Self, with: u8| {
            u128::from(rate.units).saturating_mul(10_u128.pow(u32::from(with)))
        };
        scaled(self, other.decimals) <= scaled(other, self.decimals)
    }
}

/// Who bears the market maker's fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Bearer {
    /// Who pays: it is given on top.
    #[serde(rename = "DEBT")]
    Debtor,
    /// Who is paid: it is taken off before the exchange.
    #[serde(rename = "CRED")]
    Creditor,
    /// Each bears what arises on its side; the exchange arises on the payer's.
    #[serde(rename = "SHAR")]
    Shared,
}

/// The amount that was fixed by who asked, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fixed {
    /// What is exchanged.
    Source(u128),
    /// What is got.
    Target(u128),
}

/// What was rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// Nothing: the rate gives whole minor units.
    Exact,
    /// What is got, down to a minor unit.
    TargetDown,
    /// What is given, up to a minor unit.
    SourceUp,
}

/// Conditions of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conditions {
    /// The price.
    pub rate: Rate,
    /// The maker's fee, in minor units of the source currency.
    pub fee: u128,
    /// Who bears it.
    pub bearer: Bearer,
    /// Decimals of the source currency.
    pub source_scale: u8,
    /// Decimals of the target currency.
    pub target_scale: u8,
}

/// An exchange in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deal {
    /// What the taker gives, in the source currency, with what it bears of the fee.
    pub gives: u128,
    /// What the payer ordered in the source currency: without a fee on top, with one that is taken off.
    pub source: u128,
    /// What the taker gets, in the target currency.
    pub gets: u128,
    /// What was rounded.
    pub rounding: Rounding,
}

impl Conditions {
    /// The exchange of a fixed amount.
    ///
    /// # Errors
    /// [`FxRefused::TooSmall`], [`FxRefused::Bearer`]; [`FxRefused::OverLimit`] beyond what can be
    /// counted.
    pub fn deal(&self, fixed: Fixed) -> Result<Deal, FxRefused> {
        let deal = match (fixed, self.bearer) {
            (Fixed::Source(source), Bearer::Creditor) => {
                let exchanged = source.checked_sub(self.fee).ok_or(FxRefused::TooSmall)?;
                let (gets, rounding) = self.target_of(exchanged)?;
                Deal { gives: source, source, gets, rounding }
            }
            (Fixed::Source(source), Bearer::Debtor | Bearer::Shared) => {
                let (gets, rounding) = self.target_of(source)?;
                let gives = source.checked_add(self.fee).ok_or(FxRefused::OverLimit)?;
                Deal { gives, source, gets, rounding }
            }
            (Fixed::Target(gets), Bearer::Debtor | Bearer::Shared) => {
                let (source, rounding) = self.source_of(gets)?;
                let gives = source.checked_add(self.fee).ok_or(FxRefused::OverLimit)?;
                Deal { gives, source, gets, rounding }
            }
            (Fixed::Target(_), Bearer::Creditor) => return Err(FxRefused::Bearer),
        };
        if deal.gets == 0 || deal.gives == 0 { Err(FxRefused::TooSmall) } else { Ok(deal) }
    }

    /// `target minor / source minor`, as a fraction of integers.
    fn fraction(&self) -> (u128, u128) {
        let ten = |power: u8| 10_u128.pow(u32::from(power.min(MAX_DECIMALS + 5)));
        let over = u128::from(self.rate.units).saturating_mul(ten(self.target_scale));
        (over, ten(self.rate.decimals.saturating_add(self.source_scale)))
    }

    fn target_of(&self, source: u128) -> Result<(u128, Rounding), FxRefused> {
        let (over, under) = self.fraction();
        let whole = source.checked_mul(over).ok_or(FxRefused::OverLimit)?;
        let rounding =
            if whole.is_multiple_of(under) { Rounding::Exact } else { Rounding::TargetDown };
        Ok((whole / under, rounding))
    }

    fn source_of(&self, target: u128) -> Result<(u128, Rounding), FxRefused> {
        let (over, under) = self.fraction();
        let whole = target.checked_mul(under).ok_or(FxRefused::OverLimit)?;
        let rounding =
            if whole.is_multiple_of(over) { Rounding::Exact } else { Rounding::SourceUp };
        Ok((whole.div_ceil(over), rounding))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(text: &str) -> Rate {
        Rate::parse(text).unwrap()
    }

    #[test]
    fn r1_a_rate_is_decimal_text_of_eleven_digits_and_reads_back() {
        for text in ["1", "0.92", "1.0850", "0.0000000001", "99999999999", "149.25", "9.9999999999"]
        {
            assert_eq!(rate(text).text(), text);
        }
        for bad in [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "+1",
            "1e3",
            "0",
            "0.0",
            "1_0",
            "100000000000",
            "1.00000000000",
            "٣",
            "1,5",
            " 1",
            "0.00000000001",
        ] {
            assert_eq!(Rate::parse(bad), None, "{bad}");
        }
        assert!(rate("0.92").at_most(rate("0.920")) && rate("0.92").at_most(rate("0.9201")));
        assert!(!rate("1").at_most(rate("0.9999999999")));
    }

    #[test]
    fn r1_the_other_direction_is_rounded_down_to_what_can_be_stated() {
        for (text, inverse) in [
            ("0.5", "2.0000000000"),
            ("1.0850", "0.9216589861"),
            ("149.25", "0.0067001675"),
            ("0.0000000001", "10000000000"),
            ("99999999999", ""),
            ("3", "0.3333333333"),
            ("0.03", "33.333333333"),
        ] {
            let found = rate(text).inverse().map(Rate::text).unwrap_or_default();
            assert_eq!(found, inverse, "{text}");
        }
    }

    fn conditions(text: &str, fee: u128, bearer: Bearer, scales: (u8, u8)) -> Conditions {
        let (source_scale, target_scale) = scales;
        Conditions { rate: rate(text), fee, bearer, source_scale, target_scale }
    }

    /// Rows: rate, fee, bearer, decimals, fixed -> given, ordered, got, rounding.
    #[test]
    fn r1_every_bearer_and_side_in_minor_units() {
        use Bearer::{Creditor, Debtor, Shared};
        use Fixed::{Source, Target};
        use Rounding::{Exact, SourceUp, TargetDown};
        let rows = [
            ("0.92", 0, Debtor, (2, 2), Source(10_000), (10_000, 10_000, 9_200, Exact)),
            ("0.92", 150, Debtor, (2, 2), Source(10_000), (10_150, 10_000, 9_200, Exact)),
            ("0.92", 150, Shared, (2, 2), Source(10_000), (10_150, 10_000, 9_200, Exact)),
            ("0.92", 150, Creditor, (2, 2), Source(10_000), (10_000, 10_000, 9_062, Exact)),
            ("0.9217", 0, Debtor, (2, 2), Source(333), (333, 333, 306, TargetDown)),
            ("0.92", 150, Debtor, (2, 2), Target(9_200), (10_150, 10_000, 9_200, Exact)),
            ("0.9217", 0, Shared, (2, 2), Target(306), (332, 332, 306, SourceUp)),
            // Dollars to yen, which have no decimals, and to dinars, which have three.
            ("149.25", 0, Debtor, (2, 0), Source(100), (100, 100, 149, TargetDown)),
            ("149.25", 0, Debtor, (2, 0), Target(149), (100, 100, 149, SourceUp)),
            ("0.0067", 0, Debtor, (0, 2), Source(1_000), (1_000, 1_000, 670, Exact)),
            ("0.3765", 0, Debtor, (2, 3), Source(100), (100, 100, 376, TargetDown)),
            (
                "0.0000000001",
                0,
                Debtor,
                (0, 5),
                Source(10_u128.pow(18)),
                (10_u128.pow(18), 10_u128.pow(18), 10_u128.pow(13), Exact),
            ),
        ];
        for (text, fee, bearer, scales, fixed, (gives, source, gets, rounding)) in rows {
            let deal = conditions(text, fee, bearer, scales).deal(fixed);
            assert_eq!(deal, Ok(Deal { gives, source, gets, rounding }), "{text} {fee} {fixed:?}");
        }
    }

    #[test]
    fn r1_what_leaves_nothing_or_cannot_be_counted_is_refused() {
        use Fixed::{Source, Target};
        let rows = [
            ("0.92", 0, Bearer::Debtor, Source(1), FxRefused::TooSmall),
            ("0.92", 0, Bearer::Debtor, Source(0), FxRefused::TooSmall),
            ("0.92", 0, Bearer::Debtor, Target(0), FxRefused::TooSmall),
            ("0.92", 200, Bearer::Creditor, Source(199), FxRefused::TooSmall),
            ("0.92", 200, Bearer::Creditor, Source(200), FxRefused::TooSmall),
            ("0.92", 200, Bearer::Creditor, Target(200), FxRefused::Bearer),
            ("0.92", 0, Bearer::Debtor, Source(u128::MAX), FxRefused::OverLimit),
            ("0.92", 0, Bearer::Debtor, Target(u128::MAX), FxRefused::OverLimit),
            ("1", u128::MAX, Bearer::Debtor, Source(100), FxRefused::OverLimit),
        ];
        for (text, fee, bearer, fixed, expected) in rows {
            let deal = conditions(text, fee, bearer, (2, 2)).deal(fixed);
            assert_eq!(deal, Err(expected), "{text} {fee} {bearer:?} {fixed:?}");
        }
    }

    /// Rounding favours the maker and costs less than a minor unit: what is given for a fixed target
    /// buys it, and one unit less would not.
    #[test]
    fn r1_a_fixed_target_costs_the_least_that_buys_it() {
        for (text, scales) in
            [("0.9217", (2, 2)), ("149.25", (2, 0)), ("0.0067", (0, 2)), ("1.5", (2, 3))]
        {
            for target in 1..400 {
                let asked = conditions(text, 0, Bearer::Debtor, scales);
                let source = asked.deal(Fixed::Target(target)).unwrap().source;
                assert!(asked.target_of(source).unwrap().0 >= target, "{text} {target}");
                assert!(asked.target_of(source - 1).unwrap().0 < target, "{text} {target}");
            }
        }
    }
}
