//! Netting: which payments of a queue settle together when none could settle alone.
//!
//! Members queue payments when liquidity is short. A *netting set* is a part of the queue that
//! settles at one instant, gross and all or nothing: each payment keeps its own identity, and only
//! the closing balances must be covered. [`solve()`] finds the largest set; [`check()`] says whether
//! a proposed set keeps the rules, by other code than the solver's. Any set that passes is lawful,
//! whoever found it and however.
//!
//! ```
//! use ledger_netting::file::Case;
//!
//! # fn main() -> Result<(), ledger_netting::file::FileError> {
//! let case = Case::parse(
//!     br#"{"balances": {"A": "1.00"}, "queue": [
//!         {"id": "1", "from": "A", "to": "B", "amount": "5.00"},
//!         {"id": "2", "from": "B", "to": "A", "amount": "4.50"}
//!     ]}"#,
//! )?;
//! assert_eq!(case.solve().settled, ["1", "2"]);
//! # Ok(())
//! # }
//! ```
//!
//! # Place      a queue and balances, or a file of them -> [ledger-netting] -> `florin netting`, or a
//! #            set that a solver sends to the ledger, which checks it by code of its own
//! # Invariants N1 order per debtor and currency; N2 no overdraft, limits hold; N4 without bypass
//! #            the set is the largest there is; N6 near linear, every list has a maximum
//! # Absent     clock, randomness, I/O, async, floating point; the ledger's own queue (`ledger-core`,
//! #            `queue`); payments that settle only with each other (planned)
#![forbid(unsafe_code)]
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

mod book;
pub mod check;
pub mod file;
pub mod limits;
pub mod problem;
pub mod solve;

pub use check::{Fault, check};
pub use problem::{Entry, Given, Member, Position, Problem, ProblemError, Reason, Relation};
pub use solve::{Figures, Share, Solution, Stage, solve};
