//! Whose account is this: asked of its bank before anything is paid.
//!
//! ```text
//! POST /v1/account-checks (JSON, acmt.023)  ──sealed──>  the account's bank: customers, likeness
//!        match, close match, no match, unable  <────────  signed; the name only when it is close
//! ```
//!
//! # Place      server -> [checks] -> directory, another member's gateway
//! # Invariants H1 an answer is the account's bank's signed word; H2 it gives a name away only to who came
//! #            close to it; H3 a bank is asked so often and no more
//! # Absent     checks of identities and addresses, batches of several accounts (planned)

pub mod answering;
pub mod asking;
pub mod messages;
pub mod report;
pub mod statement;
