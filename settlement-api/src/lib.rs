//! Placeholder.

pub mod auth;
pub mod client;
pub mod envelope;
pub mod http_signature;
pub mod nonce;
pub mod problem;
