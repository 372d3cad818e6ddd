//! Why a call has no result: typed, each with a stable code.
//!
//! # Place      every call of this crate -> [error] -> the caller's own decision

use std::time::Duration;

use verifier::VerifyError;

use crate::{
    exchange::ClientError, payments::Status, problem::Problem, proof::ProofError,
    statements::StatementFault, trust::TrustError,
};

/// Why a call has no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No answer came.
    #[error(transparent)]
    Exchange(#[from] ClientError),
    /// The gateway refused, and says why.
    #[error("{0}")]
    Refused(Box<Problem>),
    /// The gateway gives no token.
    #[error("no token: {error}: {description}")]
    NoToken {
        /// As RFC 6749 calls it.
        error: String,
        /// What to do.
        description: String,
    },
    /// An answer that is not what the API's description says.
    #[error("the answer (HTTP {status}) is not {expected}: is this a Florin gateway?")]
    Unreadable {
        /// Its HTTP status.
        status: u16,
        /// What it should have been.
        expected: &'static str,
    },
    /// The gateway says something else than what was asked about.
    #[error("the gateway answered about another payment: its {0} differs from what was asked for")]
    OtherPayment(crate::proof::Field),
    /// A proof does not hold, or proves something else. Believe nothing that it was given for.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// A file that has nothing to do with a payment does not verify.
    #[error("the proof does not hold: {0}")]
    Invalid(#[from] VerifyError),
    /// The account that the gateway showed is not this member's.
    #[error("the gateway showed a proof of an account that is not this institution's")]
    OtherAccount,
    /// A statement that does not add up.
    #[error(transparent)]
    Statement(#[from] StatementFault),
    /// The trust file.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// An amount or currency that the network does not have.
    #[error("the amount is not one of {0} in this network: check currency and decimals")]
    Amount(String),
    /// What is asked for cannot be put into a path or header.
    #[error("{0} has characters that cannot be sent")]
    Unsendable(&'static str),
    /// A message that cannot be paid.
    #[error("the pacs.008 cannot be read: {0}")]
    Message(#[from] iso20022::Iso20022Error),
    /// What was waited for did not happen in time. The payment goes on; ask again.
    #[error("after {waited:?} the payment is {status} and not at its end; it goes on: ask again")]
    Waited {
        /// Where it is.
        status: Status,
        /// How long it was waited.
        waited: Duration,
    },
    /// The stream of events left out a number.
    #[error("after event {after} came event {came}: events have no gaps, so some are missing")]
    Gap {
        /// The last one before.
        after: u64,
        /// What came.
        came: u64,
    },
    /// An event of a stream that is longer than any, or not as described.
    #[error("the stream of events is not as the API describes it")]
    Stream,
}

impl Error {
    /// The stable code: the gateway's own where it refused.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Exchange(error) => error.code(),
            Self::Refused(problem) => problem.code(),
            Self::NoToken { .. } => "client_no_token",
            Self::Unreadable { .. } => "client_answer_unreadable",
            Self::OtherPayment(_) => "client_other_payment",
            Self::Proof(_) | Self::Invalid(_) => "client_proof_invalid",
            Self::OtherAccount => "client_other_account",
            Self::Statement(_) => "client_statement_wrong",
            Self::Trust(_) => "client_trust_unusable",
            Self::Amount(_) => "client_amount_invalid",
            Self::Unsendable(_) => "client_not_sendable",
            Self::Message(error) => error.code(),
            Self::Waited { .. } => "client_waited_in_vain",
            Self::Gap { .. } => "client_event_gap",
            Self::Stream => "client_stream_unreadable",
        }
    }

    /// What the gateway said, if it refused.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        if let Self::Refused(problem) = self { Some(problem) } else { None }
    }

    /// What the caller can do next, where the message itself does not say it.
    #[must_use]
    pub fn next_step(&self) -> Option<&'static str> {
        match self {
            Self::Exchange(ClientError::NoConnection(_)) => {
                Some("check that the gateway runs and that its URL is right")
            }
            Self::Exchange(error) if error.may_have_arrived() => {
                Some("it may have arrived: ask for its status, or send the same again")
            }
            Self::Proof(_) | Self::Invalid(_) | Self::OtherPayment(_) | Self::OtherAccount => Some(
                "do not act on it: check that the trust file is this network's, then tell the \
                 operator and keep the file",
            ),
            Self::Refused(problem) if problem.code == "key_unknown" => {
                Some("the gateway's config lists its clients' keys under [[clients]]")
            }
            Self::Gap { .. } => Some("read the feed again from the last event that you kept"),
            _ => None,
        }
    }
}
