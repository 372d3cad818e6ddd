//! The gate: whether a member's own customer may ask for this payment now.
//!
//! Its yes is a signed attestation, without which the ledger moves nothing; its advice is cheap and
//! early, while the ledger decides again from replicated state.
//!
//! # Place      settlement-api -> [kyc-gateway] -> hold or transfer -> ledger
//! # Invariants K2 a payment reaches the ledger only as [`Admitted`]; only [`gate::Gate::admit`]
//! #            makes one
//! # Absent     onboarding, evidence vault, fuzzy screening, travel rule, monitoring (planned)

pub mod gate;
pub mod likeness;
mod names;
pub mod screening;

pub use gate::{Admitted, CallClearance, Clearance, Customer, Gate, GateRefusal};
