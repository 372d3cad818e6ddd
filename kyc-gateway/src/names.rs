//! How names are read before they are compared.
//!
//! # Invariants one reading for the list and for account checks (K2, H2)
//! # Absent     transliteration between scripts, look-alikes (planned)

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// Letters that stay when marks are taken off, and how they are written without.
const FOLDED: [(char, &str); 6] =
    [('ß', "ss"), ('ø', "o"), ('ł', "l"), ('đ', "d"), ('æ', "ae"), ('œ', "oe")];

/// Words of letters and digits, sorted: in lower case, in their compatible form (NFKD), without marks,
/// with letters of their own written in plain ones. `Doe, John`, `JOHN DOE` and `Jöhn Doe` are one name.
pub(crate) fn words(name: impl IntoIterator<Item = char>) -> Vec<String> {
    let mut words = in_order(name);
    words.sort_unstable();
    words
}

/// The same words as they stand.
pub(crate) fn in_order(name: impl IntoIterator<Item = char>) -> Vec<String> {
    let plain = name.into_iter().nfkd().filter(|letter| !is_combining_mark(*letter));
    let lower: String = plain.flat_map(char::to_lowercase).collect();
    let folded = FOLDED.iter().fold(lower, |text, (letter, plain)| text.replace(*letter, plain));
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}
