//! Payment legs: the life of one payment between two members.
//!
//! ```text
//!            Hold                      Post
//! (absent) --------> Held ---------------------------> Settled
//!    |                |  Void | Close                     |
//!    | Transfer       +--------------> Voided             | Close (fixes, changes nothing)
//!    +-------------------------------------------------> Settled
//!    | Close
//!    +--------------> Closed: can never settle
//! ```
//!
//! A leg is consumed by an effect (hold or settlement), never by a refusal (I9).
//!
//! # Place      one record per leg in the state tree
//! # Invariants I9 a settled leg never changes; K1 both customers are checked at every movement
//! # Absent     partial posts, multi-leg settlement (planned)

use serde::{Deserialize, Serialize};

use crate::{
    command::{Payment, VoidReason},
    id::{AccountId, Leg, PartyId},
    time::{Height, LedgerTime},
};

/// Where a leg is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LegState {
    /// Its money is earmarked.
    Held {
        /// The payment.
        payment: Payment,
        /// When the earmark was made: the time the payment was entered.
        entered: LedgerTime,
        /// When the earmark ends by itself.
        expires: LedgerTime,
    },
    /// It has settled: final.
    Settled {
        /// The account that paid.
        debit: AccountId,
        /// The account that was paid.
        credit: AccountId,
        /// The customer who was paid.
        creditor: PartyId,
        /// At which height.
        height: Height,
    },
    /// Its earmark ended without settlement: it can never settle.
    Voided(VoidReason),
    /// It was closed before anything happened: it can never settle.
    Closed,
}

/// A leg's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegRecord {
    /// What makes it unique.
    pub leg: Leg,
    /// Where it is.
    pub state: LegState,
}
