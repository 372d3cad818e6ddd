//! Looking for secrets in bytes: each needle as it is, in hex of both cases, and in base64 at each
//! of its three alignments.

use std::{collections::BTreeSet, fs, path::Path};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE},
};

/// Bytes of a pattern at least: shorter ones are found by chance.
const SHORTEST: usize = 6;

/// What is looked for.
#[derive(Clone, Debug)]
pub struct Needles {
    patterns: Vec<(String, Vec<u8>)>,
    /// Patterns by their first two bytes.
    by_start: Vec<Vec<usize>>,
}

/// What was found, and how much was looked at.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Files that were read.
    pub files: usize,
    /// Their bytes.
    pub bytes: usize,
    /// What stands where.
    pub hits: BTreeSet<(String, String)>,
}

impl Found {
    /// What was found, wherever.
    #[must_use]
    pub fn names(&self) -> BTreeSet<&str> {
        self.hits.iter().map(|(name, _)| name.as_str()).collect()
    }
}

impl Default for Needles {
    fn default() -> Self {
        Self { patterns: Vec::new(), by_start: vec![Vec::new(); 1 << 16] }
    }
}

impl Needles {
    /// Adds bytes to look for, in every spelling.
    ///
    /// # Panics
    /// When they are so few that chance would find them.
    pub fn bytes(&mut self, name: &str, needle: &[u8]) {
        assert!(needle.len() >= SHORTEST, "{name} is too short to look for");
        for pattern in spellings(needle) {
            let start = start_of(&pattern).unwrap_or_else(|| panic!("{name}"));
            self.by_start[start].push(self.patterns.len());
            self.patterns.push((name.to_owned(), pattern));
        }
    }

    /// Adds a text.
    pub fn text(&mut self, name: &str, needle: &str) {
        self.bytes(name, needle.as_bytes());
    }

    /// Adds an identifier by its hex: the digits, and the bytes they stand for.
    ///
    /// # Panics
    /// When it is not hex.
    pub fn hex(&mut self, name: &str, digits: &str) {
        self.text(name, digits);
        self.bytes(name, &hex::decode(digits).unwrap_or_else(|error| panic!("{name}: {error}")));
    }

    /// Adds an amount: its decimal text, and its minor units as the ledger's bytes have them.
    ///
    /// # Panics
    /// When it has no two decimals.
    pub fn amount(&mut self, name: &str, decimal: &str) {
        self.text(name, decimal);
        let minor: u128 = decimal.replace('.', "").parse().unwrap_or_else(|_| panic!("{decimal}"));
        self.bytes(name, &minor.to_le_bytes());
    }

    /// Names of all that is looked for.
    #[must_use]
    pub fn names(&self) -> BTreeSet<&str> {
        self.patterns.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// What stands in these bytes.
    #[must_use]
    pub fn within(&self, bytes: &[u8]) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        for at in 0..bytes.len() {
            let rest = &bytes[at..];
            let Some(start) = start_of(rest) else { break };
            for number in &self.by_start[start] {
                let (name, pattern) = &self.patterns[*number];
                if rest.starts_with(pattern) {
                    found.insert(name.as_str());
                }
            }
        }
        found
    }

    /// What stands in the files of a folder, and of those below.
    ///
    /// # Panics
    /// When a folder cannot be read.
    #[must_use]
    pub fn below(&self, folder: &Path) -> Found {
        let mut found = Found::default();
        self.look(folder, &mut found);
        found
    }

    fn look(&self, folder: &Path, found: &mut Found) {
        let entries = fs::read_dir(folder);
        let entries = entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                self.look(&path, found);
                continue;
            }
            // A running store may remove a file meanwhile.
            let Ok(bytes) = fs::read(&path) else { continue };
            found.files += 1;
            found.bytes += bytes.len();
            let file = path.display().to_string();
            let hits = self.within(&bytes).into_iter();
            found.hits.extend(hits.map(|name| (name.to_owned(), file.clone())));
        }
    }
}

fn start_of(bytes: &[u8]) -> Option<usize> {
    Some(usize::from(*bytes.first()?) << 8 | usize::from(*bytes.get(1)?))
}

fn spellings(needle: &[u8]) -> BTreeSet<Vec<u8>> {
    let mut all = BTreeSet::from([
        needle.to_vec(),
        hex::encode(needle).into_bytes(),
        hex::encode_upper(needle).into_bytes(),
    ]);
    for before in 0..3 {
        // Characters that also depend on neighbouring bytes are left out at both ends.
        let padded = [&[0; 2][..before], needle].concat();
        let (first, end) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
        for text in [STANDARD.encode(&padded), URL_SAFE.encode(&padded)] {
            all.insert(text.as_bytes()[first..end].to_vec());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_needle_is_found_in_every_spelling_wherever_it_stands() {
        let mut needles = Needles::default();
        needles.text("name", "Henrike Vossbrink");
        needles.amount("amount", "4317.29");
        for before in 0..7 {
            let around = |needle: &[u8]| [&b"xyzxyzxyz"[..before], needle, b"after"].concat();
            for raw in [&b"Henrike Vossbrink"[..], b"4317.29", &431_729u128.to_le_bytes()] {
                let raw = around(raw);
                assert_eq!(needles.within(&raw).len(), 1);
                assert_eq!(needles.within(hex::encode(&raw).as_bytes()).len(), 1);
                assert_eq!(needles.within(hex::encode_upper(&raw).as_bytes()).len(), 1);
                assert_eq!(needles.within(STANDARD.encode(&raw).as_bytes()).len(), 1, "{before}");
                assert_eq!(needles.within(URL_SAFE.encode(&raw).as_bytes()).len(), 1, "{before}");
            }
        }
        assert!(needles.within(b"Henrike Vossbrinc 4317.28").is_empty());
    }
}
