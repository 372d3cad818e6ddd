//! How alike two names are: what a bank says when another asks whose account a number is.
//!
//! # Invariants H2 pure, symmetric, and the same for the same names everywhere; no part of a name is given
//! #            away by anything but [`Likeness::Close`]
//! # Absent     nicknames, transliteration between scripts, phonetic likeness (planned)

use crate::names;

/// Characters of a name that are looked at.
pub const MAX_CHARS: usize = 140;
/// How alike the letters of two names are that are close: 0 nothing, 1 all.
const CLOSE: f64 = 0.85;
/// Letters that a name has before likeness of letters says anything.
const ENOUGH: usize = 5;
/// Words that say how to address somebody or which form a company has.
const SAY_NOTHING: [&str; 30] = [
    "mr",
    "mrs",
    "ms",
    "miss",
    "dr",
    "prof",
    "herr",
    "frau",
    "sir",
    "dame",
    "ltd",
    "limited",
    "inc",
    "incorporated",
    "corp",
    "corporation",
    "co",
    "company",
    "llc",
    "llp",
    "plc",
    "gmbh",
    "ag",
    "kg",
    "sa",
    "sarl",
    "srl",
    "bv",
    "as",
    "ab",
];

/// How alike two names are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// The same but for order, case, punctuation, accents, titles and legal forms.
    Same,
    /// So alike that who asks is told the name.
    Close,
    /// Different: who asks is told nothing of it.
    Different,
}

/// Compares two names.
#[must_use]
pub fn compare(one: &str, other: &str) -> Likeness {
    let (one, other) = (words(one), words(other));
    if one.is_empty() || other.is_empty() {
        return Likeness::Different;
    }
    if one == other {
        return Likeness::Same;
    }
    let (left, right) = (one.join(" "), other.join(" "));
    let letters = left.chars().count().min(right.chars().count());
    let alike = strsim::normalized_damerau_levenshtein(&left, &right);
    let close = (letters >= ENOUGH && alike >= CLOSE) || initials(&one, &other);
    if close { Likeness::Close } else { Likeness::Different }
}

/// Whether the names have the same number of words, at least one of them whole and the same, and each
/// other pair is a word and its initial, as in `J Smith`.
fn initials(one: &[String], other: &[String]) -> bool {
    let mut left: Vec<&String> = one.iter().filter(|word| !other.contains(word)).collect();
    let mut right: Vec<&String> = other.iter().filter(|word| !one.contains(word)).collect();
    let whole = one.len().saturating_sub(left.len());
    let longest = one.iter().filter(|word| other.contains(word)).map(|word| word.chars().count());
    if one.len() != other.len() || whole == 0 || longest.max().unwrap_or(0) < 3 {
        return false;
    }
    left.sort();
    right.sort();
    left.iter().zip(&right).all(|(a, b)| {
        let short = a.chars().count().min(b.chars().count());
        short == 1 && a.chars().next() == b.chars().next()
    })
}

/// The words of a name, without those that say nothing, unless there are no others.
fn words(name: &str) -> Vec<String> {
    let all = names::words(name.chars().take(MAX_CHARS));
    let says_nothing = |word: &String| SAY_NOTHING.contains(&word.as_str());
    if all.iter().all(says_nothing) {
        return all;
    }
    all.into_iter().filter(|word| !says_nothing(word)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h2_every_kind_of_likeness_either_way_round() {
        use Likeness::{Close, Different, Same};
        for (one, other, expected) in [
            ("Fjord Timber", "FJORD TIMBER", Same),
            ("Fjord Timber AS", "Fjord Timber", Same),
            ("Doe, John", "John Doe", Same),
            ("Mr John Doe", "john doe", Same),
            ("Jürgen Müller", "Jurgen Muller", Same),
            ("Straße", "STRASSE", Same),
            ("Søren Ærø", "Soren AEro", Same),
            ("Henrike Vossbrink", "Henrike Vosbrink", Close),
            ("Fjord Timber", "Fjord Timbre", Close),
            ("J Smith", "John Smith", Close),
            ("John Smith", "Jane Smith", Different),
            ("John Smith", "Smith", Different),
            ("J S", "John Smith", Different),
            ("Fjord Timber", "Orchard Tools", Different),
            ("Ann", "Anne", Different),
            ("Ltd", "Inc", Different),
            ("", "John", Different),
            ("!!!", "!!!", Different),
            ("王小明", "王小明", Same),
            ("王小明", "李小明", Different),
        ] {
            assert_eq!(compare(one, other), expected, "{one} {other}");
            assert_eq!(compare(other, one), expected, "{other} {one}");
        }
    }

    #[test]
    fn h2_long_names_are_compared_by_their_beginning() {
        let long = "a".repeat(100_000);
        assert_eq!(compare(&long, &"a".repeat(MAX_CHARS)), Likeness::Same);
        assert_eq!(compare(&long, &"b".repeat(100_000)), Likeness::Different);
    }
}
