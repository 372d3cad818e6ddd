//! Exceptions: a payment that its payer's bank asks back, settled or held, and what the payee's bank
//! says.
//!
//! ```text
//! payer's bank                                 payee's bank
//! camt.056 or JSON -> [asking] -- sealed -->   [answering] kept, PDCR
//!                     asks again               one client answers, another approves a yes
//!                     <-- sealed, signed --    RJCR, or Return on the ledger, proved: CNCL, pacs.004
//! ```
//!
//! # Place      core bank -> [exceptions] -> outbox -> ledger port; beside `payments`
//! # Invariants X1 what was asked and answered is on disk before it is sent, and the same request gets
//! #            the same answer; a yes is never said before the money's way back is proved
//! # Absent     recalls of parts, by a customer's camt.055

pub mod answering;
pub mod asking;
pub(crate) mod clock;
pub(crate) mod giving_back;
pub mod messages;
pub mod recall;
pub mod report;
pub mod returns;

use std::{sync::Arc, time::Duration};

use recall::Kept as _;

use crate::{gateway::Gateway, port::StoreFault};

/// How long one look at a command's fate lasts.
const LOOK: Duration = Duration::from_secs(20);
/// Pause after a fault, and before a bank is asked for the second time.
const PAUSE: Duration = Duration::from_millis(500);
/// The longest pause between two questions to a bank that has not decided.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// Why money cannot go back by what was said so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unready {
    /// Nobody has said yes to a recall.
    #[error("nobody has said yes to the recall; answer it first")]
    Recall,
    /// Nobody has proposed a return.
    #[error("nobody has proposed to give the payment back; POST /v1/payments/{{uetr}}/return does")]
    Return,
    /// Another return is proposed.
    #[error("a return of this payment is proposed otherwise; approve or withdraw that one first")]
    OtherReturn,
}

impl Unready {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Recall, Self::Return, Self::OtherReturn];

    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Recall => "recall_not_proposed",
            Self::Return => "return_not_proposed",
            Self::OtherReturn => "return_proposed",
        }
    }
}

/// Drives every recall and every return on that has not ended.
///
/// # Errors
/// [`StoreFault`].
pub(crate) fn resume(gateway: &Arc<Gateway>) -> Result<(), StoreFault> {
    for id in recall::unfinished(gateway.store.as_ref())? {
        if let Some(record) = recall::AskedRecall::load(gateway.store.as_ref(), &id)? {
            asking::start(gateway, record);
        } else if let Some(record) = recall::ReceivedRecall::load(gateway.store.as_ref(), &id)? {
            answering::start(gateway, record);
        }
    }
    returns::resume(gateway)
}
