//! The off-ledger half of issuance: treasury's orders, and which bank entry pays for which.
//!
//! # Place      custodian's entries and members' requests, as read from the ledger -> [mint-redeem]
//! #            -> proposals of the treasury gateway
//! # Invariants M1 an order is matched by exactly one entry, never by amount alone
//! # Absent     the rule that creates money (`ledger-core::issuance`); statement files, payouts,
//! #            reserve movements, reconciliation (planned)

pub mod mint;

pub use mint::{Match, MintOrder, Mismatch};
