//! Gateways of three banks over real loopback HTTP, with a ledger port that proves what it says.

mod closed;
mod exchange;
mod life;
mod messages;
mod roles;
mod support;
mod work;
