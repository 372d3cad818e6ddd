//! Refusals of cases, rules and tickets as HTTP answers.
//!
//! # Invariants exhaustive: a new refusal does not compile until it is translated here

use actix_web::http::StatusCode;
use interbank::{Refused, book::BookError, port::StoreFault as CaseFault};

use crate::{
    gateway::GatewayFault, outbox::OutboxError, port::StoreFault, problem::Retry,
    refused::Refused as GatewayRefused,
};

/// Status and retry class of a refusal.
pub(crate) const fn facts(refused: &Refused) -> (StatusCode, Retry) {
    match refused {
        Refused::UnknownPayment | Refused::UnknownCase => (StatusCode::NOT_FOUND, Retry::Later),
        Refused::LetterTooLong
        | Refused::WrongNetwork
        | Refused::NotSigned
        | Refused::ContentTooLarge
        | Refused::ContentMalformed
        | Refused::ContentMismatch
        | Refused::DocumentMismatch
        | Refused::NotAnAgent
        | Refused::NotAParty
        | Refused::WrongPayment
        | Refused::IdentityMismatch
        | Refused::TimeBackwards
        | Refused::DeadlineOutOfRange
        | Refused::AnswerIncomplete
        | Refused::NotTheChildsAnswer
        | Refused::TicketNotSigned
        | Refused::TicketMismatch => (StatusCode::UNPROCESSABLE_ENTITY, Retry::Never),
        Refused::FromFuture | Refused::Gap { .. } | Refused::TooManyWaiting => {
            (StatusCode::CONFLICT, Retry::Later)
        }
        Refused::WrongWriter
        | Refused::IllegalTransition
        | Refused::NotDue
        | Refused::TooManyCases => (StatusCode::CONFLICT, Retry::AfterStateChange),
        Refused::DuplicateConflict
        | Refused::NumberReused
        | Refused::ChainBroken
        | Refused::SeenMismatch
        | Refused::TooManyMessages
        | Refused::CaseEnded
        | Refused::AnswerLate
        | Refused::ReopenedTooOften
        | Refused::TooManyForwards
        | Refused::ForwardMismatch
        | Refused::SamePerson
        | Refused::ApprovalMismatch
        | Refused::RuleNotInForce
        | Refused::TicketExpired
        | Refused::TicketUsed
        | Refused::ReceiptMismatch => (StatusCode::CONFLICT, Retry::Never),
    }
}

impl From<BookError> for GatewayRefused {
    fn from(error: BookError) -> Self {
        match error {
            BookError::Store(fault) => fault.into(),
            BookError::Signer(fault) => {
                Self::Fault(GatewayFault::Outbox(OutboxError::Signer(fault)))
            }
            BookError::Refused(refused) => Self::Inquiry(refused),
        }
    }
}

impl From<CaseFault> for GatewayRefused {
    fn from(fault: CaseFault) -> Self {
        match fault {
            CaseFault::Unavailable => StoreFault::Unavailable.into(),
            CaseFault::Damaged => StoreFault::Damaged.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_of_a_case_is_a_problem_with_its_code() {
        for refused in Refused::ALL {
            let (status, retry) = facts(&refused);
            let problem = GatewayRefused::Inquiry(refused).problem();
            assert_eq!((problem.code(), problem.status()), (refused.code(), status));
            assert_eq!(problem.retry(), retry);
            assert!(status.is_client_error() && status != StatusCode::FORBIDDEN);
        }
    }
}
