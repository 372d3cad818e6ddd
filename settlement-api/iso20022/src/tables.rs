//! The tables of all messages that are read and written, and those of usage guides.
//!
//! # Place
//! Data only. `iso` and `fedwire` are written by `examples/schema_tables.rs`; `written` is by hand,
//! for messages whose base schema is not at hand (ADR 0033 says what each was checked against).
#![allow(non_upper_case_globals, reason = "types keep the names of the standard")]

#[rustfmt::skip]
mod code_sets;
#[rustfmt::skip]
mod fedwire;
#[rustfmt::skip]
mod iso;
#[rustfmt::skip]
mod written;

use crate::table::Schema;

/// The tables of base messages.
pub fn base() -> impl Iterator<Item = &'static Schema> {
    iso::ALL.iter().chain(written::ALL).copied()
}

/// The tables of the Fedwire Funds Service, release 2025. A message may have several usages.
pub fn fedwire_2025() -> impl Iterator<Item = &'static Schema> {
    fedwire::ALL.iter().copied()
}

/// The base table of a message and version such as `pacs.008.001.08`.
pub fn named(name: &str) -> Option<&'static Schema> {
    base().find(|schema| schema.name == name)
}

/// The codes of an external code set such as `ExternalPurpose1Code`, where the set is known.
pub fn external_codes(set: &str) -> Option<&'static [&'static str]> {
    let sets = code_sets::CODE_SETS;
    let at = sets.binary_search_by_key(&set, |(name, _)| name).ok()?;
    sets.get(at).map(|(_, codes)| *codes)
}
