//! Pinned bytes of everything that `ledger-core` signs, hashes or stores.
//!
//! One JSON file per subject stands beside this one: name, the value as people read it, its
//! canonical bytes, and what follows from them (digest, leaf, signature). Each test spells its file
//! anew and compares it with the one in the repository, byte for byte; then it reads the file as a
//! stranger would, with SHA-256 and Ed25519 alone, and decodes what it finds.
//!
//! A closed enum is listed by [`one_of_each`], whose match has no `_`: a new variant does not compile
//! before it has a vector. `UPDATE_VECTORS=1 cargo vectors` rewrites the files; that is a change of
//! the wire format and needs a line in CHANGELOG.md.

/// One sample per variant: rows of `pattern => "name", sample;` in the order of the wire format.
///
/// The patterns make a match without `_`. Each sample must be of its row's variant, and its first
/// byte must be the row's number, which is the variant's index in docs/spec/wire.md.
macro_rules! one_of_each {
    ($kind:ty { $($pattern:pat => $name:literal, $sample:expr;)* }) => {{
        fn row(value: &$kind) -> &'static str {
            match value { $($pattern => $name,)* }
        }
        let samples: Vec<(&'static str, $kind)> = vec![$(($name, $sample),)*];
        for (index, (name, value)) in samples.iter().enumerate() {
            assert_eq!(row(value), *name, "the sample is of another variant");
            let first = ledger_core::codec::encode(value)[0];
            assert_eq!(usize::from(first), index, "{name}: its index is part of the wire format");
        }
        samples
    }};
}

mod blocks;
mod commands;
mod enums;
mod journals;
mod pin;
mod programs;
mod receipts;
mod records;
mod samples;
mod statements;
mod trees;
mod units;
