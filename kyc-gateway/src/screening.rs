//! Screening of names against a list: exact after normalisation.
//!
//! # Absent     similarity, transliteration, dates of birth, list formats of authorities (planned):
//! #            what is here finds a listed name in any order, case, width, accents and punctuation, no
//! #            more

use std::collections::BTreeSet;

use ledger_core::digest::{Domain, Hash32};

use crate::names::words;

/// Names nobody may pay or be paid under, and the version that attestations name.
#[derive(Clone, Debug)]
pub struct ScreeningList {
    version: Hash32,
    names: BTreeSet<String>,
}

impl ScreeningList {
    /// One name per line; blank lines and lines beginning with `#` are skipped.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
        let names = lines.map(normalised).filter(|name| !name.is_empty()).collect();
        Self { version: Domain::List.hash(text.as_bytes()), names }
    }

    /// Hash of the list as it was loaded.
    #[must_use]
    pub const fn version(&self) -> Hash32 {
        self.version
    }

    /// Whether a name is on the list.
    #[must_use]
    pub fn holds(&self, name: &str) -> bool {
        self.names.contains(&normalised(name))
    }
}

fn normalised(name: &str) -> String {
    words(name.chars()).join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_name_is_found_in_any_order_case_and_punctuation() {
        let list = ScreeningList::parse("# test list\nDoe, John\n\nACME  Trading\n");
        for name in ["John Doe", "DOE JOHN", "doe,john", "Trading, Acme"] {
            assert!(list.holds(name), "{name}");
        }
        for name in ["John", "Jon Doe", ""] {
            assert!(!list.holds(name), "{name}");
        }
    }

    /// Composed, decomposed, full width, and as it is typed without the accent.
    #[test]
    fn a_listed_name_is_found_with_accents_and_without_in_every_way_to_write_them() {
        let list = ScreeningList::parse("J\u{f6}rg M\u{fc}ller\n");
        for name in [
            "J\u{f6}rg M\u{fc}ller",
            "Jo\u{308}rg Mu\u{308}ller",
            "Jorg Muller",
            "\u{ff2a}\u{f6}rg \u{ff2d}\u{fc}ller",
        ] {
            assert!(list.holds(name), "{name}");
        }
        assert!(!list.holds("Joerg Mueller"), "transliteration is not done");
        let list = ScreeningList::parse("S\u{f8}ren Stra\u{df}e\n");
        assert!(list.holds("SOREN STRASSE") && list.holds("Stra\u{df}e, S\u{d8}REN"));
    }

    #[test]
    fn another_list_has_another_version() {
        assert_ne!(ScreeningList::parse("a").version(), ScreeningList::parse("b").version());
    }
}
