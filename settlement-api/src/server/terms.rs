//! Terms of issuance and of payments as people write them: decimal amounts, seconds, weekdays and
//! dates.
//!
//! # Place      part of `governance`: what proposals of the kinds `set_mint_terms` and
//! #            `set_payment_terms` hold
//! # Invariants what is left out is off, as the ledger has it from genesis on; nothing is rounded
//! # Absent     which terms are sensible (two operators decide); ranges (the ledger refuses)

use ledger_core::{
    controls::{MintCaps, MintTerms},
    freshness::Calendar,
    money::Currency,
    spending::{PaymentLimits, PaymentTerms},
};
use serde::Deserialize;

use crate::{gateway::Gateway, refused::Refused};

/// Weekdays in the order of the calendar's bits.
const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
/// Milliseconds of a second.
const SECOND_MS: u64 = 1_000;

/// Terms of issuance of one currency, as a whole: what is left out is off.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MintTermsInput {
    /// ISO 4217 code.
    pub currency: String,
    /// What all mints since genesis may add up to.
    pub allowance: Option<String>,
    /// How long a window of the caps is, in seconds; a day if absent.
    pub window_s: Option<u64>,
    /// What may be minted in one window, by whose evidence.
    #[serde(default)]
    pub caps: CapsInput,
    /// The greatest part of the reserves that one custodian may hold, in basis points.
    pub concentration_bp: Option<u16>,
    /// The greatest age of an attestation, in seconds of business days; the network's if absent.
    pub max_age_s: Option<u64>,
    /// Weekdays on which attestations do not age, in English and lower case.
    #[serde(default)]
    pub weekend: Vec<String>,
    /// Dates on which they do not age either.
    #[serde(default)]
    pub holidays: Vec<String>,
}

/// Caps per window, as decimal amounts.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapsInput {
    /// Of all mints together.
    pub all: Option<String>,
    /// Of mints against a custodian's entries.
    pub custodian: Option<String>,
    /// Of mints against a trustee's.
    pub trustee: Option<String>,
    /// Of mints against an agent's.
    pub agent: Option<String>,
}

impl MintTermsInput {
    /// The currency and its terms.
    ///
    /// # Errors
    /// [`Refused::CurrencyUnknown`], [`Refused::Amount`], [`Refused::Malformed`].
    pub(super) fn terms(&self, gateway: &Gateway) -> Result<(Currency, MintTerms), Refused> {
        let known = gateway.terms(&self.currency).ok_or(Refused::CurrencyUnknown)?;
        let minor = |amount: &Option<String>| {
            let parsed = amount.as_ref().map(|text| iso20022::parse_minor(text, known.scale));
            parsed.transpose().map_err(Refused::Amount)
        };
        let off = MintTerms::default();
        let window = self.window_s.map(milliseconds).transpose()?;
        let caps = &self.caps;
        let terms = MintTerms {
            allowance: minor(&self.allowance)?,
            window_ms: window.unwrap_or(off.window_ms),
            caps: MintCaps {
                all: minor(&caps.all)?,
                custodian: minor(&caps.custodian)?,
                trustee: minor(&caps.trustee)?,
                agent: minor(&caps.agent)?,
            },
            concentration: self.concentration_bp.unwrap_or(off.concentration),
            max_age_ms: milliseconds(self.max_age_s.unwrap_or(0))?,
            calendar: self.calendar()?,
        };
        Ok((known.code, terms))
    }

    fn calendar(&self) -> Result<Calendar, Refused> {
        let mut weekend = 0u8;
        for name in &self.weekend {
            let bit = (0u32..).zip(WEEKDAYS).find(|(_, weekday)| weekday == name);
            let bit = bit.and_then(|(bit, _)| 1u8.checked_shl(bit));
            weekend |= bit.ok_or(Refused::Malformed("a weekday is one of monday to sunday"))?;
        }
        let mut holidays: Vec<u32> = Vec::new();
        for text in &self.holidays {
            holidays.push(day(text).ok_or(Refused::Malformed("a holiday is a date, YYYY-MM-DD"))?);
        }
        holidays.sort_unstable();
        holidays.dedup();
        Ok(Calendar { weekend, holidays })
    }
}

/// Terms of payments of one currency, as a whole: what is left out is not limited.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentTermsInput {
    /// ISO 4217 code.
    pub currency: String,
    /// How long a window is, in seconds; a day if absent.
    pub window_s: Option<u64>,
    /// What a customer may pay, by its level.
    #[serde(default)]
    pub limits: LevelsInput,
}

/// Limits by level.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelsInput {
    /// Of a customer of level basic.
    #[serde(default)]
    pub basic: LimitsInput,
    /// Of a customer of level full.
    #[serde(default)]
    pub full: LimitsInput,
    /// Of a customer of level enhanced.
    #[serde(default)]
    pub enhanced: LimitsInput,
}

/// What one customer may pay, as decimal amounts.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsInput {
    /// By one payment.
    pub per_payment: Option<String>,
    /// By all payments of any window.
    pub per_window: Option<String>,
}

impl LimitsInput {
    fn limits(&self, scale: u8) -> Result<PaymentLimits, Refused> {
        let minor = |amount: &Option<String>| {
            let parsed = amount.as_ref().map(|text| iso20022::parse_minor(text, scale));
            parsed.transpose().map_err(Refused::Amount)
        };
        let (per_payment, per_window) = (minor(&self.per_payment)?, minor(&self.per_window)?);
        Ok(PaymentLimits { per_payment, per_window })
    }
}

impl PaymentTermsInput {
    /// The currency and its terms.
    ///
    /// # Errors
    /// [`Refused::CurrencyUnknown`], [`Refused::Amount`], [`Refused::Malformed`].
    pub(super) fn terms(&self, gateway: &Gateway) -> Result<(Currency, PaymentTerms), Refused> {
        let known = gateway.terms(&self.currency).ok_or(Refused::CurrencyUnknown)?;
        Ok((known.code, self.of_scale(known.scale)?))
    }

    fn of_scale(&self, scale: u8) -> Result<PaymentTerms, Refused> {
        let window = self.window_s.map(milliseconds).transpose()?;
        Ok(PaymentTerms {
            window_ms: window.unwrap_or(PaymentTerms::default().window_ms),
            basic: self.limits.basic.limits(scale)?,
            full: self.limits.full.limits(scale)?,
            enhanced: self.limits.enhanced.limits(scale)?,
        })
    }
}

fn milliseconds(seconds: u64) -> Result<u64, Refused> {
    seconds.checked_mul(SECOND_MS).ok_or(Refused::Malformed("that many seconds cannot be counted"))
}

/// Days since 1970-01-01 of a date.
fn day(text: &str) -> Option<u32> {
    let date: jiff::civil::Date = text.parse().ok()?;
    // One spelling per date.
    if date.to_string() != text {
        return None;
    }
    let since = date.since((jiff::Unit::Day, jiff::civil::date(1970, 1, 1))).ok()?;
    u32::try_from(since.get_days()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_days_since_1970_and_has_one_spelling() {
        let rows = [
            ("1970-01-01", Some(0)),
            ("1970-12-31", Some(364)),
            ("2024-02-29", Some(19_782)),
            ("2027-01-15", Some(20_833)),
            ("2023-02-29", None),
            ("1969-12-31", None),
            ("20270115", None),
            ("2027-1-15", None),
            ("2027-01-15T00:00", None),
            ("", None),
        ];
        for (text, days) in rows {
            assert_eq!(day(text), days, "{text}");
        }
    }

    #[test]
    fn weekdays_are_the_calendars_bits_and_dates_are_sorted() {
        let input = |weekend: &[&str], holidays: &[&str]| {
            let list = |of: &[&str]| of.iter().map(|text| (*text).to_owned()).collect();
            let json = serde_json::json!({"currency": "USD"});
            let input: MintTermsInput = serde_json::from_value(json).unwrap();
            MintTermsInput { weekend: list(weekend), holidays: list(holidays), ..input }.calendar()
        };
        let found =
            input(&["sunday", "saturday"], &["2027-01-15", "1970-01-02", "2027-01-15"]).unwrap();
        assert_eq!(found, Calendar { weekend: 0b0110_0000, holidays: vec![1, 20_833] });
        assert_eq!(input(&[], &[]).unwrap(), Calendar::default());
        assert!(input(&["Sunday"], &[]).is_err() && input(&[], &["christmas"]).is_err());
    }

    #[test]
    fn k3_what_is_left_out_of_terms_of_payments_is_not_limited() {
        let input = |json| serde_json::from_value::<PaymentTermsInput>(json).unwrap();
        let none = input(serde_json::json!({"currency": "USD"})).of_scale(2).unwrap();
        assert_eq!(none, PaymentTerms::default());
        let limits = serde_json::json!({
            "basic": {"per_payment": "1000.00", "per_window": "2500"},
            "enhanced": {"per_window": "0"},
        });
        let json = serde_json::json!({"currency": "USD", "window_s": 3_600, "limits": limits});
        let found = input(json).of_scale(2).unwrap();
        let limits = |per_payment, per_window| PaymentLimits { per_payment, per_window };
        let expected = PaymentTerms {
            window_ms: 3_600_000,
            basic: limits(Some(100_000), Some(250_000)),
            full: limits(None, None),
            enhanced: limits(None, Some(0)),
        };
        assert_eq!(found, expected);
        // Nothing is rounded, and no other level or limit is read past.
        let limits = serde_json::json!({"full": {"per_payment": "1.001"}});
        let fine = input(serde_json::json!({"currency": "USD", "limits": limits}));
        assert!(fine.of_scale(2).is_err());
        for limits in
            [serde_json::json!({"none": {}}), serde_json::json!({"full": {"per_day": "1"}})]
        {
            let json = serde_json::json!({"currency": "USD", "limits": limits});
            assert!(serde_json::from_value::<PaymentTermsInput>(json).is_err());
        }
        let long = serde_json::json!({"currency": "USD", "window_s": u64::MAX});
        assert!(input(long).of_scale(2).is_err());
    }
}
