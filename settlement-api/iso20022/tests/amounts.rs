//! Amounts and identifiers, as tables.

use iso20022::identifier::{is_bic, is_date_time, is_iban, is_lei, parse_date, parse_uetr};
use iso20022::{AmountError, currency_scale, format_minor, parse_minor};

const MALFORMED: Result<u128, AmountError> = Err(AmountError::Malformed);
const DIGITS: Result<u128, AmountError> = Err(AmountError::TooManyDigits);

const fn decimals(scale: u8) -> Result<u128, AmountError> {
    Err(AmountError::TooManyDecimals { scale })
}

#[test]
fn an_amount_is_read_exactly_or_refused() {
    let rows = [
        ("0", 2, Ok(0)),
        ("0.00", 2, Ok(0)),
        ("12500.00", 2, Ok(1_250_000)),
        ("12500", 2, Ok(1_250_000)),
        ("12500.5", 2, Ok(1_250_050)),
        ("007", 0, Ok(7)),
        ("1.234", 3, Ok(1_234)),
        ("1.23456", 5, Ok(123_456)),
        ("1.5", 8, Ok(150_000_000)),
        ("999999999999999999", 0, Ok(999_999_999_999_999_999)),
        ("999999999999999999", 5, Ok(99_999_999_999_999_999_900_000)),
        ("9999999999999999.99", 2, Ok(999_999_999_999_999_999)),
        ("1.00", 0, decimals(0)),
        ("1.000", 2, decimals(2)),
        ("1.0000", 3, decimals(3)),
        ("1.234567", 8, decimals(5)),
        ("1000000000000000000", 2, DIGITS),
        ("99999999999999999.99", 2, DIGITS),
        ("0000000000000000000", 2, DIGITS),
        ("999999999999999999", 200, DIGITS),
        ("", 2, MALFORMED),
        (".", 2, MALFORMED),
        (".5", 2, MALFORMED),
        ("5.", 2, MALFORMED),
        ("1.2.3", 2, MALFORMED),
        ("+1", 2, MALFORMED),
        ("-1", 2, MALFORMED),
        ("1e3", 2, MALFORMED),
        ("1_000", 2, MALFORMED),
        ("1,5", 2, MALFORMED),
        (" 1", 2, MALFORMED),
        ("1 ", 2, MALFORMED),
        ("1\n", 2, MALFORMED),
        ("0x1F", 2, MALFORMED),
        ("NaN", 2, MALFORMED),
        ("١٢", 2, MALFORMED),
        ("１", 2, MALFORMED),
    ];
    for (text, scale, expected) in rows {
        assert_eq!(parse_minor(text, scale), expected, "{text:?} with {scale} decimals");
    }
}

#[test]
fn minor_units_are_written_with_the_decimals_of_the_currency() {
    let rows = [
        (0, 2, "0.00"),
        (5, 2, "0.05"),
        (1_250_000, 2, "12500.00"),
        (7, 0, "7"),
        (1_234, 3, "1.234"),
        (1, 5, "0.00001"),
        (u128::MAX, 2, "3402823669209384634633746074317682114.55"),
    ];
    for (minor, scale, expected) in rows {
        assert_eq!(format_minor(minor, scale), expected);
    }
}

#[test]
fn what_is_written_is_read_back() {
    for scale in 0..=5 {
        for minor in [0, 1, 9, 10, 99, 100, 12_345, 999_999_999_999_999_999] {
            assert_eq!(parse_minor(&format_minor(minor, scale), scale), Ok(minor));
        }
    }
}

#[test]
fn currencies_have_the_decimals_of_iso_4217() {
    let rows = [
        ("USD", Some(2)),
        ("EUR", Some(2)),
        ("ZWG", Some(2)),
        ("XCG", Some(2)),
        ("JPY", Some(0)),
        ("ISK", Some(0)),
        ("UYI", Some(0)),
        ("BHD", Some(3)),
        ("TND", Some(3)),
        ("CLF", Some(4)),
        ("HRK", None),
        ("BGN", None),
        ("XAU", None),
        ("XXX", None),
        ("usd", None),
        ("", None),
    ];
    for (code, expected) in rows {
        assert_eq!(currency_scale(code), expected, "{code}");
    }
}

#[test]
fn identifiers_are_held_to_their_shape_and_check_digits() {
    type Check = fn(&str) -> bool;
    let rows: [(Check, &str, bool); 26] = [
        (is_bic, "QLVBUS3N", true),
        (is_bic, "QLVBUS3NXXX", true),
        (is_bic, "9LVBUS3N", true),
        (is_bic, "QLVB1S3N", false),
        (is_bic, "QLVBUS3", false),
        (is_bic, "QLVBUS3NXX", false),
        (is_bic, "qlvbus3n", false),
        (is_bic, "QLVBUS3é", false),
        (is_lei, "ZZQL00LINDENVALE0161", true),
        (is_lei, "ZZQL00LINDENVALE0162", false),
        (is_lei, "ZZQL00LINDENVALE0611", false),
        (is_lei, "ZZQL00LINDENVALE016", false),
        (is_lei, "zzql00lindenvale0161", false),
        (is_iban, "DE39999999990012345678", true),
        (is_iban, "DE38999999990012345678", false),
        (is_iban, "DE93999999990012345678", false),
        (is_iban, "DE39 9999 9999 0012 3456 78", false),
        (is_iban, "DE39", false),
        (is_iban, "éE39999999990012345678", false),
        (is_date_time, "2026-11-02T14:05:11Z", true),
        (is_date_time, "0001-01-01T00:00:00", true),
        (is_date_time, "2023-06-04T10:55:26.123456-04:00", true),
        (is_date_time, "2023-06-04T24:00:00", false),
        (is_date_time, "2023-02-29T10:00:00", false),
        (is_date_time, "2023-06-04 10:55:26", false),
        (is_date_time, "2023-06-04T10:55:26.", false),
    ];
    for (check, text, expected) in rows {
        assert_eq!(check(text), expected, "{text}");
    }
    assert!(parse_date("2024-02-29").is_some());
    assert!(parse_date("2023-06-04+14:00").is_some());
    assert!(parse_date("2023-06-04+14:01").is_none());
    assert!(parse_date("2023-6-4").is_none());
    assert!(parse_date("0000-01-01").is_none());
}

#[test]
fn a_uetr_is_a_lower_case_hyphenated_version_4_uuid() {
    assert!(parse_uetr("3f6c9a52-7d1e-4b80-9c2a-5e8f04d7b163").is_some());
    for text in [
        "3F6C9A52-7D1E-4B80-9C2A-5E8F04D7B163",
        "3f6c9a527d1e4b809c2a5e8f04d7b163",
        "{3f6c9a52-7d1e-4b80-9c2a-5e8f04d7b163}",
        "3f6c9a52-7d1e-7b80-9c2a-5e8f04d7b163",
        "3f6c9a52-7d1e-4b80-cc2a-5e8f04d7b163",
        "00000000-0000-0000-0000-000000000000",
        "",
    ] {
        assert!(parse_uetr(text).is_none(), "{text}");
    }
}
