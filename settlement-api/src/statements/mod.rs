//! Statements of an own settlement account: a day with its opening and closing, or the day so far.
//!
//! ```text
//! proved receipts -> [book] one booking each -> [day] opening, entries, closing
//!     -> compared with the account's proved balance -> [message] camt.053, camt.052; JSON
//! ```
//!
//! # Place      party view -> [statements] -> core bank
//! # Invariants S1 a closing is the opening of the next day; S2 nothing is stated that does not add up
//! #            to the account's balance as it is proved
//! # Absent     the account's journal itself: the ledger port does not give it out, so an account
//! #            that a seizure credits or a contract moves is not stated (`statement_not_reconciled`)

pub mod book;
pub mod day;
pub mod message;
