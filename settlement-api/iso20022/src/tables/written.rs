//! Tables by hand, of messages whose base schema is not at hand.
//!
//! # Checked against
//! `acmt.023.001.04`, `acmt.024.001.04`, `camt.110.001.01`, `camt.111.001.01`: the types that the
//! crate `iso20022-common` 1.0.10 has of them; the Fedwire 2025 schemas of camt.110 and camt.111
//! narrow these tables, and a test holds them to that. `pain.001.001.09`: its sibling
//! pain.013.001.07, whose types it shares, and the SEPA schema, which narrows it. No official base
//! schema judged them.

mod acmt;
mod investigation;
mod pain_001_001_09;
mod party;

use crate::table::Schema;

/// Every table of this folder.
pub(crate) static ALL: &[&Schema] = &[
    &acmt::REQUEST,
    &acmt::REPORT,
    &investigation::request::SCHEMA,
    &investigation::response::SCHEMA,
    &pain_001_001_09::SCHEMA,
];
