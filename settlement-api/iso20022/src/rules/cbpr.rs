//! cbpr-2026: cross-border payments and reporting plus, with the addresses of November 2026.
//!
//! # Place
//! The rules that the published usage guide and common knowledge of it agree on. They narrow the
//! messages; what the guide narrows besides (lengths of single texts, removed optional elements) is
//! not all here, and docs/spec/iso20022.md says so.
//!
//! # Absent on purpose
//! Rules that need a directory (whether a BIC is on the network, or in which country an agent is),
//! and rules between two messages.

mod details;
mod exceptions;
mod exchange;
mod header;
mod orders;
mod parties;
mod payment;
mod returns;
mod services;
mod statements;
mod texts;

use super::Rule;

pub(super) fn rules() -> impl Iterator<Item = &'static Rule> {
    let payments = [payment::RULES, exchange::RULES, parties::RULES];
    let lists = [header::RULES].into_iter().chain(payments);
    lists
        .chain([exceptions::RULES, details::RULES, orders::RULES, returns::RULES])
        .chain([statements::RULES, services::RULES, texts::RULES])
        .flatten()
}

/// A date and time with an offset of hours and minutes, which `Z` is not.
fn has_offset(text: &str) -> bool {
    let Some((rest, minutes)) = text.trim().rsplit_once(':') else { return false };
    let Some(at) = rest.rfind(['+', '-']) else { return false };
    let hours = rest.get(at.saturating_add(1)..).unwrap_or_default();
    rest.contains('T')
        && at > rest.find('T').unwrap_or(usize::MAX)
        && hours.len() == 2
        && minutes.len() == 2
}

/// The characters of FIN's set X, in which references are written.
fn is_reference_character(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, '/' | '-' | '?' | ':' | '(' | ')' | '.' | ',' | '\'' | '+' | ' ')
}

/// A time, alone or after a date, that ends with an offset of hours and minutes.
fn ends_with_offset(text: &str) -> bool {
    let text = text.trim();
    let at = text.len().checked_sub(6).and_then(|at| text.get(at..));
    at.is_some_and(|offset| {
        offset.starts_with(['+', '-'])
            && offset.chars().nth(3) == Some(':')
            && offset.chars().filter(char::is_ascii_digit).count() == 4
    })
}

/// A reference in set X, without a slash at either end or two in a row.
fn is_reference(text: &str) -> bool {
    text.chars().all(is_reference_character)
        && !text.starts_with('/')
        && !text.ends_with('/')
        && !text.contains("//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_hours_and_minutes() {
        let rows = [
            ("2026-11-20T10:00:00+01:00", true),
            ("2026-11-20T10:00:00.123-05:00", true),
            ("2026-11-20T10:00:00Z", false),
            ("2026-11-20T10:00:00", false),
            ("2026-11-20", false),
        ];
        for (text, expected) in rows {
            assert_eq!(has_offset(text), expected, "{text}");
        }
    }

    #[test]
    fn a_time_ends_with_an_offset() {
        for (text, expected) in [
            ("10:00:00+01:00", true),
            ("10:00:00.5-05:00", true),
            ("10:00:00Z", false),
            ("10:00:00", false),
            ("", false),
        ] {
            assert_eq!(ends_with_offset(text), expected, "{text}");
        }
    }

    #[test]
    fn slashes_stand_alone_inside_a_reference() {
        for (text, expected) in [
            ("A/B", true),
            ("/A", false),
            ("A/", false),
            ("A//B", false),
            ("A_B", false),
            ("Ä", false),
        ] {
            assert_eq!(is_reference(text), expected, "{text}");
        }
    }
}
