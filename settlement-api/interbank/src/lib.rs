//! Interbank messaging: cases that two banks hold about a payment, decided the same way at both.
//!
//! ```text
//! letter -> genuine (keys, commitment) -> room -> case: step -> effects
//!                                                  due(now) -> reminders, escalation, expiry
//! outbox -> numbered letters -> inbox (parks what came early) -> receipt -> outbox
//! book: all of it for one bank, each change one write to a store
//! ```
//!
//! # Place      a gateway's desk -> [interbank] -> `settlement-api`, which seals, sends and stores
//! # Invariants B1 identities and chains; B2 one writer; B3 crossing messages end alike; B4 clocks;
//! #            B5 duplicates; B6 forwarding; B7 rules; B8 tickets; B9 store and forward; B10 evidence;
//! #            B11 endpoints
//! # Absent     clock, randomness, I/O, async, floating point; encryption (the gateway's envelope);
//! #            ISO 20022 spellings (`iso20022`): messages carry typed fields
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

pub mod book;
pub mod calendar;
pub mod case;
pub mod content;
pub mod delivery;
pub mod endpoint;
pub mod evidence;
pub mod forward;
pub mod kind;
pub mod limits;
pub mod message;
pub mod port;
pub mod post;
pub mod refused;
pub mod room;
pub mod rule;
#[cfg(test)]
mod tests;
pub mod ticket;
pub mod timer;

pub use case::{Case, Effect, Side, Stage, Stepped};
pub use content::{Code, Content, Document, Field, Given, Line};
pub use kind::{Kind, Level, Topic};
pub use message::{Act, CaseId, Genuine, Letter, Message, MessageId, Opening, Subject};
pub use refused::Refused;
pub use room::Room;
