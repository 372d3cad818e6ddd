//! Simple values: texts, codes, numbers, dates.

use crate::identifier::{is_date_time, parse_date};
use crate::pattern;
use crate::table::{Shape, Type, UNBOUNDED};

/// The rule that a value breaks.
pub(super) struct Fault {
    pub(super) rule: &'static str,
    pub(super) text: String,
}

fn broken(rule: &'static str, text: impl Into<String>) -> Option<Fault> {
    Some(Fault { rule, text: text.into() })
}

/// What is wrong with a text of this type, if anything.
pub(super) fn fault(text: &str, holds: &Type) -> Option<Fault> {
    match holds.shape {
        Shape::Text { min, max, pattern } => string_fault(text, min, max, pattern),
        Shape::Codes(codes) => match codes {
            _ if codes.contains(&text) => None,
            [only] => broken("schema.code", format!("must be {only}; send that")),
            _ if codes.len() <= 12 => {
                let list = codes.join(", ");
                broken("schema.code", format!("is not in the code list; use one of {list}"))
            }
            _ => {
                let name = holds.name;
                broken(
                    "schema.code",
                    format!("is not in the code list {name}; use one of its codes"),
                )
            }
        },
        Shape::Decimal { total, fraction, unsigned, between } => {
            decimal_fault(collapsed(text), total, fraction, unsigned, between)
        }
        Shape::Boolean => match collapsed(text) {
            "true" | "false" | "1" | "0" => None,
            _ => broken("schema.boolean", "is not a truth value; send true or false"),
        },
        Shape::Date if parse_date(collapsed(text)).is_some() => None,
        Shape::Date => broken("schema.date", "is not a date; send YYYY-MM-DD"),
        Shape::DateTime if is_date_time(collapsed(text)) => None,
        Shape::DateTime => broken(
            "schema.date_time",
            "is not a date and time; send YYYY-MM-DDThh:mm:ss with Z or an offset",
        ),
        Shape::Time if is_date_time(&format!("2000-01-01T{}", collapsed(text))) => None,
        Shape::Time => broken("schema.time", "is not a time of day; send hh:mm:ss"),
        Shape::YearMonth if is_year_month(collapsed(text)) => None,
        Shape::YearMonth => broken("schema.date", "is not a month; send YYYY-MM"),
        Shape::Binary { min, max } => binary_fault(text, min, max),
        Shape::Sequence(_) | Shape::Choice(_) | Shape::Amount { .. } | Shape::Any { .. } => None,
    }
}

/// Blanks around numbers and dates mean nothing.
fn collapsed(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\r', '\n'])
}

fn string_fault(text: &str, min: u32, max: u32, pattern: &str) -> Option<Fault> {
    let least = usize::try_from(min).unwrap_or(usize::MAX);
    let length = if text.is_ascii() { text.len() } else { text.chars().count() };
    if length < least || (max != UNBOUNDED && length > usize::try_from(max).unwrap_or(usize::MAX)) {
        let bounds = match (min, max) {
            (min, max) if min == max => format!("exactly {min}"),
            (min, UNBOUNDED) => format!("at least {min}"),
            (min, max) => format!("between {min} and {max}"),
        };
        return broken("schema.length", format!("has {length} characters; send {bounds}"));
    }
    if pattern.is_empty() || pattern::matches(pattern, text) {
        return None;
    }
    broken("schema.pattern", format!("does not match {pattern}; correct it"))
}

/// Digits count by value: zeros in front, and behind the last decimal, mean nothing.
fn decimal_fault(
    text: &str,
    total: u32,
    fraction: u32,
    unsigned: bool,
    between: Option<(u64, u64)>,
) -> Option<Fault> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let mut all = whole.bytes().chain(decimals.bytes()).peekable();
    if all.peek().is_none() || !all.all(|byte| byte.is_ascii_digit()) {
        return broken("schema.number", "is not a number; send digits and at most one point");
    }
    let whole = whole.trim_start_matches('0');
    let decimals = decimals.trim_end_matches('0');
    let over = |count: usize, limit: u32| {
        limit != UNBOUNDED && count > usize::try_from(limit).unwrap_or(usize::MAX)
    };
    if over(decimals.len(), fraction) {
        return broken("schema.digits", format!("has more than {fraction} decimals; send fewer"));
    }
    if over(whole.len().saturating_add(decimals.len()), total) {
        return broken("schema.digits", format!("has more than {total} digits; send fewer"));
    }
    if negative && unsigned && !(whole.is_empty() && decimals.is_empty()) {
        return broken("schema.range", "is below zero; send zero or more");
    }
    let (least, most) = between?;
    let value = if whole.is_empty() { Some(0) } else { whole.parse::<u64>().ok() };
    match value {
        Some(value) if (least..=most).contains(&value) => None,
        _ => broken("schema.range", format!("must be between {least} and {most}")),
    }
}

fn is_year_month(text: &str) -> bool {
    text.split_at_checked(7)
        .is_some_and(|(month, zone)| parse_date(&format!("{month}-01{zone}")).is_some())
}

fn binary_fault(text: &str, min: u32, max: u32) -> Option<Fault> {
    let symbols: Vec<u8> =
        text.bytes().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).collect();
    let body = symbols.strip_suffix(b"==").or(symbols.strip_suffix(b"=")).unwrap_or(&symbols);
    let in_alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    if !symbols.len().is_multiple_of(4) || !body.iter().all(in_alphabet) {
        return broken("schema.base64", "is not base 64; encode the content again");
    }
    let octets = body.len().saturating_mul(3) / 4;
    if octets < usize::try_from(min).unwrap_or(usize::MAX)
        || (max != UNBOUNDED && octets > usize::try_from(max).unwrap_or(usize::MAX))
    {
        return broken("schema.length", format!("has {octets} octets; send {min} to {max}"));
    }
    None
}
