//! The edge: the only crate that knows HTTP, JSON and XML towards people and core systems.
//!
//! # Place      core bank -> [settlement-api -> kyc-gateway] -> ledger port -> validator
//! # Invariants one typed refusal, one exhaustive translation to HTTP and ISO 20022 (`status`)
//! # Absent     the consensus engine, the ledger's database, rules of money (`ledger-core`)
// A problem is the answer itself, made once per refused request.
#![allow(clippy::result_large_err)]

/// How gateways send signed requests, and how they read them.
pub use florin_client::{exchange as client, http_signature, tls};
/// Cases between banks, for whoever checks their evidence packs.
pub use interbank;

pub mod anchors;
pub mod audit;
pub mod auth;
pub mod booked;
pub mod channels;
pub mod checks;
pub mod contracts;
pub mod customers;
pub mod directory;
pub mod envelope;
pub mod events;
pub mod exceptions;
pub mod files;
pub mod folders;
pub mod fx;
pub mod gateway;
pub mod halt;
mod headed;
pub mod inquiries;
pub mod keys;
pub mod ledger_port;
pub mod limits;
pub(crate) mod message_keys;
pub mod metrics;
pub mod nonce;
pub mod oauth;
pub mod openapi;
pub mod outbox;
pub mod party_view;
pub mod payments;
pub mod peers;
pub mod port;
pub mod problem;
pub mod reading;
pub mod refused;
pub mod sandbox;
pub mod server;
pub mod standing;
pub mod statements;
pub mod status;
pub mod turns;
pub mod verbs;
pub mod webhooks;
