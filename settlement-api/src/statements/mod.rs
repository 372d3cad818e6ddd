//! Statements of an own account: a day with its opening and closing, or the day so far.
//!
//! ```text
//! the account's journal -> [journal] read once, compared with the account's proved record
//!     -> [book] what each movement booked -> [day] opening, entries, closing
//!     -> [message] camt.053, camt.052; JSON
//! ```
//!
//! # Place      ledger port, party view -> [statements] -> core bank
//! # Invariants S1 a closing is the opening of the next day; S2 nothing is stated that does not add up
//! #            to the account's balance as it is proved

pub mod book;
pub mod day;
mod journal;
pub mod message;
mod requests;
