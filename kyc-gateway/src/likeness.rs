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
/// Words that say how to address somebody, which form a company has, or "and".
const SAY_NOTHING: [&str; 40] = [
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
    "sas",
    "srl",
    "spa",
    "bv",
    "nv",
    "as",
    "ab",
    "oy",
    "ohg",
    "lp",
    "pte",
    "and",
    "und",
    "et",
];
/// How letters that German and the Nordic languages write with marks are written without.
const SPELLED: [(&str, &str); 3] = [("ae", "a"), ("oe", "o"), ("ue", "u")];

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
    let (left, right) = (sorted(&one), sorted(&other));
    if left == right {
        return Likeness::Same;
    }
    let close = alike(&left.join(" "), &right.join(" "))
        || alike(&one.concat(), &other.concat())
        || initials(&left, &right);
    if close { Likeness::Close } else { Likeness::Different }
}

/// Whether the letters of two names are alike, however they spell what others write with marks.
fn alike(one: &str, other: &str) -> bool {
    let spelled = |text: &str| {
        SPELLED.iter().fold(text.to_owned(), |text, (long, one)| text.replace(long, one))
    };
    let (one, other) = (spelled(one), spelled(other));
    one.chars().count().min(other.chars().count()) >= ENOUGH
        && strsim::normalized_damerau_levenshtein(&one, &other) >= CLOSE
}

fn sorted(words: &[String]) -> Vec<String> {
    let mut words = words.to_vec();
    words.sort_unstable();
    words
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

/// The words of a name as they stand, without those that say nothing, unless there are no others.
fn words(name: &str) -> Vec<String> {
    let name: String = name.chars().take(MAX_CHARS).collect();
    let parts = name.split_whitespace().map(|part| {
        // `G.m.b.H.` and `S.A.` are one word; `J.R.` is two.
        let bare: String = part.chars().filter(|letter| letter.is_alphanumeric()).collect();
        if says_nothing(&bare.to_lowercase()) { bare } else { part.to_owned() }
    });
    let all = names::in_order(parts.collect::<Vec<_>>().join(" ").chars());
    if all.iter().all(|word| says_nothing(word)) {
        return all;
    }
    all.into_iter().filter(|word| !says_nothing(word)).collect()
}

fn says_nothing(word: &str) -> bool {
    SAY_NOTHING.contains(&word)
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
            ("Compagnie Générale S.A.", "COMPAGNIE GENERALE SA", Same),
            ("Acme Holdings, L.L.C.", "Acme Holdings LLC", Same),
            ("Müssig G.m.b.H.", "Mussig GmbH", Same),
            ("Müller & Söhne KG", "Müller und Söhne", Same),
            ("Müller & Söhne KG", "Mueller und Soehne", Close),
            ("Anna-Maria de la Cruz", "Annamaria de la Cruz", Close),
            ("J.R. Smith", "J R Smith", Same),
            ("J.R. Smith", "John Richard Smith", Close),
            ("Sam Ueber", "Sam Uber", Close),
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
