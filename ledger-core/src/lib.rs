//! The replicated ledger: what a block means, and nothing about how it got here.
//!
//! # Place      settlement-api -> kyc-gateway -> consensus -> [ledger-core] -> ledger-store -> audit
//! # Invariants I1 supply equals the sum of balances; I2 supply <= effective reserves at every mint;
//! #            I8 same block, same bytes; I11 everything execution reads is under the state root
//! # Absent     clock, randomness, I/O, async, floating point
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::float_arithmetic,
        clippy::match_wildcard_for_single_variants
    )
)]

/// Whether this bug is planted here: only ever where tests build with the feature `planted`.
#[cfg(any(test, feature = "planted"))]
macro_rules! planted {
    ($bug:ident) => {
        crate::planted::is(crate::planted::Planted::$bug)
    };
}
#[cfg(not(any(test, feature = "planted")))]
macro_rules! planted {
    ($bug:ident) => {
        false
    };
}

pub mod account;
pub mod address;
pub mod anchor;
pub mod asset;
pub mod authority;
pub mod ballot;
pub mod block;
pub mod bls;
pub mod bulk;
mod chunks;
pub mod codec;
pub mod command;
pub mod controls;
pub mod digest;
pub mod directory;
pub mod draft;
pub mod epoch;
pub mod exchange;
pub mod execute;
pub mod forecast;
pub mod freeze;
pub mod freshness;
pub mod genesis;
pub mod growth;
pub mod halt;
pub mod id;
pub mod invoke;
pub mod issuance;
pub mod journal;
pub mod key_limits;
pub mod liabilities;
pub mod limits;
pub mod member;
pub mod merkle;
pub mod misconduct;
pub mod money;
pub mod movement;
pub mod parallel;
pub mod parameters;
pub mod party;
pub mod payment;
#[cfg(any(test, feature = "planted"))]
pub mod planted;
pub mod policy;
pub mod program;
pub mod proof;
pub mod proposal;
pub mod proposal_kind;
pub mod quarantine;
pub mod queue;
pub mod receipt;
pub mod record;
pub mod redemption;
pub mod refusal;
pub mod reserve;
pub mod returns;
pub mod rotation;
pub mod rules;
pub mod schedule;
pub mod screening;
pub mod seizure;
pub mod settlement;
pub mod share;
pub mod signature;
pub mod signing;
pub mod sliding;
pub mod spending;
pub mod state;
pub mod sub_account;
pub mod suspension;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
pub mod time;
pub mod validators;
pub mod vault;
