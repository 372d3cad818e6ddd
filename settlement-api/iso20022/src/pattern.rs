//! Whether a text matches a pattern of the schemas.
//!
//! # Language
//! Characters, `\` before one that means itself, classes such as `[A-Z2-9]`, groups, and `{n}` or
//! `{n,m}` after any of them: what the schemas of ISO 20022 use. A pattern matches a whole text.
//!
//! # Absent on purpose
//! Alternatives, `*`, `+`, `?`, `.`, anchors, negated classes. A pattern with an error matches
//! nothing; [`is_pattern`] says of each whether it is one, and a test asks it of all.

/// What stands before a repetition.
#[derive(Clone, Copy)]
enum Atom<'a> {
    Byte(u8),
    Class(&'a [u8]),
    Group(&'a [u8]),
}

/// One step of a pattern: what, how often, and the pattern behind it.
struct Step<'a> {
    atom: Atom<'a>,
    min: usize,
    max: usize,
    rest: &'a [u8],
}

/// Whether all of `text` matches.
pub fn matches(pattern: &str, text: &str) -> bool {
    sequence(pattern.as_bytes(), text.as_bytes(), &mut |rest| rest.is_empty())
}

/// Whether the text is a pattern of this language.
pub fn is_pattern(pattern: &str) -> bool {
    is_sequence(pattern.as_bytes())
}

fn is_sequence(mut pattern: &[u8]) -> bool {
    while !pattern.is_empty() {
        let Some(step) = next(pattern) else { return false };
        let inner_is = match step.atom {
            Atom::Group(inner) => is_sequence(inner),
            Atom::Class(class) => !class.is_empty(),
            Atom::Byte(byte) => byte.is_ascii(),
        };
        if !inner_is || step.min > step.max {
            return false;
        }
        pattern = step.rest;
    }
    true
}

/// Matches `pattern` at the start of `text`, then asks `then` about what is left.
fn sequence(pattern: &[u8], text: &[u8], then: &mut dyn FnMut(&[u8]) -> bool) -> bool {
    if pattern.is_empty() {
        return then(text);
    }
    let Some(step) = next(pattern) else { return false };
    match step.atom {
        Atom::Group(inner) => group(inner, &step, 0, text, then),
        Atom::Byte(_) | Atom::Class(_) => {
            let fits = |byte: &u8| match step.atom {
                Atom::Byte(own) => own == *byte,
                Atom::Class(class) => in_class(class, *byte),
                Atom::Group(_) => false,
            };
            let most = text.iter().take(step.max).take_while(|byte| fits(byte)).count();
            (step.min..=most)
                .rev()
                .filter_map(|count| text.get(count..))
                .any(|rest| sequence(step.rest, rest, then))
        }
    }
}

fn group(
    inner: &[u8],
    step: &Step<'_>,
    done: usize,
    text: &[u8],
    then: &mut dyn FnMut(&[u8]) -> bool,
) -> bool {
    let again = done < step.max
        && sequence(inner, text, &mut |rest| {
            rest.len() < text.len() && group(inner, step, done.saturating_add(1), rest, then)
        });
    again || (done >= step.min && sequence(step.rest, text, then))
}

fn next(pattern: &[u8]) -> Option<Step<'_>> {
    let (atom, after) = match pattern {
        [b'[', rest @ ..] => {
            let end = class_end(rest)?;
            (Atom::Class(rest.get(..end)?), rest.get(end.checked_add(1)?..)?)
        }
        [b'(', rest @ ..] => {
            let end = group_end(rest)?;
            (Atom::Group(rest.get(..end)?), rest.get(end.checked_add(1)?..)?)
        }
        [b'\\', byte, rest @ ..] => (Atom::Byte(*byte), rest),
        [
            b'\\' | b']' | b')' | b'{' | b'}' | b'*' | b'+' | b'?' | b'.' | b'|' | b'^' | b'$',
            ..,
        ]
        | [] => return None,
        [byte, rest @ ..] => (Atom::Byte(*byte), rest),
    };
    let [b'{', counts @ ..] = after else {
        return Some(Step { atom, min: 1, max: 1, rest: after });
    };
    let end = counts.iter().position(|byte| *byte == b'}')?;
    let range = std::str::from_utf8(counts.get(..end)?).ok()?;
    let (min, max) = range.split_once(',').unwrap_or((range, range));
    let rest = counts.get(end.checked_add(1)?..)?;
    Some(Step { atom, min: min.parse().ok()?, max: max.parse().ok()?, rest })
}

fn class_end(class: &[u8]) -> Option<usize> {
    let mut escaped = false;
    class.iter().position(|byte| {
        let ends = *byte == b']' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    })
}

/// The end of a group, past groups and classes inside it.
fn group_end(group: &[u8]) -> Option<usize> {
    let mut open = 0_usize;
    let mut in_class = false;
    let mut escaped = false;
    group.iter().position(|byte| {
        let plain = !escaped;
        escaped = *byte == b'\\' && plain;
        match byte {
            b'[' if plain => in_class = true,
            b']' if plain => in_class = false,
            b'(' if plain && !in_class => open = open.saturating_add(1),
            b')' if plain && !in_class && open == 0 => return true,
            b')' if plain && !in_class => open = open.saturating_sub(1),
            _ => {}
        }
        false
    })
}

fn in_class(mut class: &[u8], byte: u8) -> bool {
    loop {
        class = match class {
            [] => return false,
            [b'\\', own, ..] if *own == byte => return true,
            [b'\\', _, rest @ ..] => rest,
            [first, b'-', last, rest @ ..] => {
                if (*first..=*last).contains(&byte) {
                    return true;
                }
                rest
            }
            [own, ..] if *own == byte => return true,
            [_, rest @ ..] => rest,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every row: pattern, text, whether it matches.
    #[test]
    fn a_pattern_matches_whole_texts() {
        const BIC: &str = r"[A-Z0-9]{4,4}[A-Z]{2,2}[A-Z0-9]{2,2}([A-Z0-9]{3,3}){0,1}";
        let rows = [
            (BIC, "QLVBUS3N", true),
            (BIC, "QLVBUS3NXXX", true),
            (BIC, "QLVBUS3NXX", false),
            (BIC, "QLVBUS3NXXXXXX", false),
            (BIC, "QLVB1S3N", false),
            (BIC, "", false),
            (r"\+[0-9]{1,3}-[0-9()+\-]{1,30}", "+49-30(1)-2", true),
            (r"\+[0-9]{1,3}-[0-9()+\-]{1,30}", "+4930", false),
            (r"[+]{0,1}[0-9]{1,15}", "+1", true),
            (r"[a-z]{4,4}[.]{1,1}[0-9]{3,3}", "pacs.008", true),
            (
                r"frb([.]{1,1})fedwire([.]{1,1})(([a-z]{3,3}[.]{1,1})){0,1}01",
                "frb.fedwire.01",
                true,
            ),
            (
                r"frb([.]{1,1})fedwire([.]{1,1})(([a-z]{3,3}[.]{1,1})){0,1}01",
                "frb.fedwire.tst.01",
                true,
            ),
            (r"[0-9]{2}", "é", false),
            ("[A-Z", "A", false),
            ("(A", "A", false),
            ("A{2", "AA", false),
            ("A*", "A", false),
        ];
        for (pattern, text, expected) in rows {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn an_error_in_a_pattern_is_found() {
        for pattern in ["[A-Z", "(A", "A{2", "A*", "a|b", "[]", "A{2,1}", ".", "\\"] {
            assert!(!is_pattern(pattern), "{pattern}");
        }
    }
}
