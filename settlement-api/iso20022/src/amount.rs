//! Amounts as text on the outside and as minor units on the inside, never rounded.
//!
//! # Absent on purpose
//! Floating point, decimal types, rounding, signs, sums.

use thiserror::Error;

const MAX_DIGITS: usize = 18;
const MAX_DECIMALS: u8 = 5;

/// Why a text is not an amount of a currency with the given number of decimals.
///
/// Checked in this order, so the answer to a text with several faults is fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AmountError {
    /// Not digits, optionally followed by a point and digits.
    #[error("not an amount; send digits and at most one point, without sign, exponent or blank")]
    Malformed,
    /// More than eighteen digits in total.
    #[error("more than 18 digits; send a smaller amount")]
    TooManyDigits,
    /// More decimals than the currency has, even when they are zeros.
    #[error("more than {scale} decimals; this currency has {scale}, nothing is rounded")]
    TooManyDecimals {
        /// Decimals that are allowed.
        scale: u8,
    },
}

impl AmountError {
    /// The code of this refusal. Codes are append-only.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "amount_malformed",
            Self::TooManyDigits => "amount_too_many_digits",
            Self::TooManyDecimals { .. } => "amount_too_many_decimals",
        }
    }
}

/// Reads `[0-9]{1,18}(\.[0-9]{1,5})?` with at most eighteen digits as minor units.
///
/// Decimals beyond `scale` are refused even when they are zeros. Zero is returned as zero: whether
/// an empty amount makes sense is the caller's question.
///
/// ```
/// assert_eq!(iso20022::parse_minor("12500.5", 2), Ok(1_250_050));
/// assert!(iso20022::parse_minor("1e3", 2).is_err());
/// ```
pub fn parse_minor(text: &str, scale: u8) -> Result<u128, AmountError> {
    let (whole, decimals) = match text.split_once('.') {
        Some((whole, decimals)) if !decimals.is_empty() => (whole, decimals),
        Some(_) => return Err(AmountError::Malformed),
        None => (text, ""),
    };
    let digits = || whole.bytes().chain(decimals.bytes());
    if whole.is_empty() || !digits().all(|byte| byte.is_ascii_digit()) {
        return Err(AmountError::Malformed);
    }
    if whole.len().saturating_add(decimals.len()) > MAX_DIGITS {
        return Err(AmountError::TooManyDigits);
    }
    let allowed = scale.min(MAX_DECIMALS);
    let given = u8::try_from(decimals.len()).unwrap_or(u8::MAX);
    if given > allowed {
        return Err(AmountError::TooManyDecimals { scale: allowed });
    }
    let padding = std::iter::repeat_n(b'0', usize::from(scale.saturating_sub(given)));
    digits()
        .chain(padding)
        .try_fold(0_u128, |sum, byte| {
            sum.checked_mul(10)?.checked_add(u128::from(byte.saturating_sub(b'0')))
        })
        .ok_or(AmountError::TooManyDigits)
}

/// Writes minor units with exactly `scale` decimals, the inverse of [`parse_minor`].
///
/// ```
/// assert_eq!(iso20022::format_minor(5, 2), "0.05");
/// ```
pub fn format_minor(minor: u128, scale: u8) -> String {
    let scale = usize::from(scale);
    let digits = format!("{minor:0>width$}", width = scale.saturating_add(1));
    match digits.split_at_checked(digits.len().saturating_sub(scale)) {
        Some((whole, decimals)) if !decimals.is_empty() => format!("{whole}.{decimals}"),
        _ => digits,
    }
}

/// Decimals of an active ISO 4217 currency or fund code; `None` for anything else.
///
/// Codes without a minor unit (metals, XDR, XSU, XUA, test codes) are not currencies here.
pub fn currency_scale(code: &str) -> Option<u8> {
    SCALES.iter().find(|(_, codes)| codes.contains(&code)).map(|(scale, _)| *scale)
}

const SCALES: [(u8, &[&str]); 4] = [
    (2, TWO_DECIMALS),
    (
        0,
        &[
            "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
            "VND", "VUV", "XAF", "XOF", "XPF",
        ],
    ),
    (3, &["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]),
    (4, &["CLF", "UYW"]),
];

const TWO_DECIMALS: &[&str] = &[
    "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BMD",
    "BND", "BOB", "BOV", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHE", "CHF",
    "CHW", "CNY", "COP", "COU", "CRC", "CUP", "CVE", "CZK", "DKK", "DOP", "DZD", "EGP", "ERN",
    "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GTQ", "GYD", "HKD", "HNL",
    "HTG", "HUF", "IDR", "ILS", "INR", "IRR", "JMD", "KES", "KGS", "KHR", "KPW", "KYD", "KZT",
    "LAK", "LBP", "LKR", "LRD", "LSL", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU",
    "MUR", "MVR", "MWK", "MXN", "MXV", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD",
    "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SBD", "SCR",
    "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB",
    "TJS", "TMT", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "USD", "USN", "UYU", "UZS", "VED",
    "VES", "WST", "XCD", "XCG", "YER", "ZAR", "ZMW", "ZWG",
];
