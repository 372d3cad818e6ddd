//! The checks behind the identifiers that a payment carries.
//!
//! # Absent on purpose
//! Whether an identifier belongs to anybody: that is the directory's question.

use jiff::civil::Date;
use uuid::{Uuid, Variant, Version};

/// Whether the text is a BIC of 8 or 11 characters.
pub fn is_bic(text: &str) -> bool {
    let bytes = text.as_bytes();
    let in_class = |at: usize, byte: u8| match at {
        4 | 5 => byte.is_ascii_uppercase(),
        _ => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
    };
    matches!(bytes.len(), 8 | 11) && bytes.iter().enumerate().all(|(at, byte)| in_class(at, *byte))
}

/// Whether the text is an LEI whose check digits are right (ISO 17442).
pub fn is_lei(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 20
        && bytes.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && bytes.iter().skip(18).all(u8::is_ascii_digit)
        && remainder_97(bytes.iter()) == Some(1)
}

/// Whether the text is an IBAN whose check digits are right (ISO 13616).
///
/// The length of each country is not checked: the register changes more often than this code.
pub fn is_iban(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some((head, account)) = bytes.split_at_checked(4) else { return false };
    (1..=30).contains(&account.len())
        && head.iter().take(2).all(u8::is_ascii_uppercase)
        && head.iter().skip(2).all(u8::is_ascii_digit)
        && account.iter().all(u8::is_ascii_alphanumeric)
        && remainder_97(account.iter().chain(head)) == Some(1)
}

/// Whether the text is two capital letters. The list of countries is not checked.
pub fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Whether the text is three capital letters. Which currencies settle is the network's question.
pub fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Reads a UETR: a version 4 UUID, hyphenated and in lower case.
pub fn parse_uetr(text: &str) -> Option<Uuid> {
    let uuid = Uuid::try_parse(text).ok()?;
    let canonical = uuid.hyphenated().to_string() == text;
    let random = uuid.get_version() == Some(Version::Random);
    (canonical && random && uuid.get_variant() == Variant::RFC4122).then_some(uuid)
}

/// Reads an `xs:date`. A time zone after the date is checked and dropped.
pub fn parse_date(text: &str) -> Option<Date> {
    let (date, zone) = text.split_at_checked(10)?;
    if !is_zone(zone) {
        return None;
    }
    let mut parts = date.split('-');
    let year = number(parts.next()?, 4)?;
    let month = number(parts.next()?, 2)?;
    let day = number(parts.next()?, 2)?;
    if parts.next().is_some() || year == 0 {
        return None;
    }
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Whether the text is an `xs:dateTime` with a year of four digits and at most nine decimals.
///
/// Hour 24 is refused: it names an instant of the next day that most readers get wrong.
pub fn is_date_time(text: &str) -> bool {
    let Some((date, rest)) = text.split_once('T') else { return false };
    let Some((time, rest)) = rest.split_at_checked(8) else { return false };
    if date.len() != 10 || parse_date(date).is_none() || !is_time(time) {
        return false;
    }
    let zone = match rest.strip_prefix('.') {
        Some(after) => {
            let zone = after.trim_start_matches(|c: char| c.is_ascii_digit());
            if !(1..=9).contains(&after.len().saturating_sub(zone.len())) {
                return false;
            }
            zone
        }
        None => rest,
    };
    is_zone(zone)
}

fn is_time(text: &str) -> bool {
    let mut parts = text.split(':').map(|part| number(part, 2));
    let below = |part: Option<Option<u32>>, limit| matches!(part, Some(Some(n)) if n < limit);
    below(parts.next(), 24)
        && below(parts.next(), 60)
        && below(parts.next(), 60)
        && parts.next().is_none()
}

fn is_zone(text: &str) -> bool {
    if text.is_empty() || text == "Z" {
        return true;
    }
    let Some((hours, minutes)) =
        text.strip_prefix(['+', '-']).and_then(|offset| offset.split_once(':'))
    else {
        return false;
    };
    match (number(hours, 2), number(minutes, 2)) {
        (Some(14), Some(minutes)) => minutes == 0,
        (Some(hours), Some(minutes)) => hours < 14 && minutes < 60,
        _ => false,
    }
}

/// Exactly `digits` ASCII digits as a number.
fn number(text: &str, digits: usize) -> Option<u32> {
    let all_digits = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits { text.parse().ok() } else { None }
}

/// ISO 7064 MOD 97-10 over digits and letters, letters counting 10 to 35.
fn remainder_97<'a>(characters: impl Iterator<Item = &'a u8>) -> Option<u32> {
    let mut rest = 0_u32;
    for byte in characters {
        let value = char::from(*byte).to_digit(36)?;
        let shift = if value < 10 { 10 } else { 100 };
        rest = rest.checked_mul(shift)?.checked_add(value)? % 97;
    }
    Some(rest)
}
