//! One translation of every refusal: HTTP status, title, retry class, ISO 20022 reason.
//!
//! # Place      the only place where ledger words become HTTP and ISO words
//! # Invariants exhaustive: a new refusal does not compile until it is translated here

use actix_web::http::StatusCode;
use ledger_core::refusal::{Refusal, Retry as LedgerRetry};

use crate::problem::{Problem, ProblemFacts, Retry};

/// The ISO 20022 external status reason of a refusal. What may not tip anyone off has the neutral
/// `MS03` (reason not specified).
#[must_use]
pub const fn iso_reason(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::InsufficientFunds => "AM04",
        Refusal::WindowLimit => "AM21",
        Refusal::AmountZero => "AM01",
        Refusal::AmountOverflow | Refusal::PaymentLimit | Refusal::CounterpartyLimit => "AM02",
        Refusal::CurrencyMismatch | Refusal::CurrencyUnknown => "AM03",
        Refusal::LegUsed | Refusal::EntryDuplicate | Refusal::AlreadyExists => "AM05",
        Refusal::AccountUnknown | Refusal::NotYourAccount => "AC01",
        Refusal::HoldExpired
        | Refusal::GateExpired
        | Refusal::ScreeningOutdated
        | Refusal::AcceptanceExpired
        | Refusal::ProposalExpired => "TM01",
        Refusal::UetrMalformed => "FF01",
        Refusal::MemberUnknown | Refusal::SameMember => "RC01",
        Refusal::KeyUnknown
        | Refusal::KeyRevoked
        | Refusal::WrongOrganisation
        | Refusal::WrongRole
        | Refusal::GateMismatch
        | Refusal::SignersTooFew
        | Refusal::KeyCommandLimit
        | Refusal::KeyWindowLimit
        | Refusal::AcceptanceMismatch => "DS02",
        Refusal::MemberSuspended
        | Refusal::AccountFrozen
        | Refusal::StandingMissing
        | Refusal::StandingRevoked
        | Refusal::StandingExpired
        | Refusal::CounterpartyNotEligible
        | Refusal::CurrencyFrozen
        | Refusal::PayeeClearanceMissing
        | Refusal::PolicyForbids
        | Refusal::PartyNotYours => "MS03",
        Refusal::PolicyUnknown
        | Refusal::ListUnknown
        | Refusal::MemberNotSuspended
        | Refusal::SubAccountsFull
        | Refusal::SameAccount
        | Refusal::QueueFull
        | Refusal::LegNotQueued
        | Refusal::QuotaExceeded
        | Refusal::QueueHeight
        | Refusal::QueueOrder
        | Refusal::ProposalUnknown
        | Refusal::ProposalNotYours
        | Refusal::ProposalExecuted
        | Refusal::ApprovalContentMismatch
        | Refusal::ApprovalPolicyMismatch
        | Refusal::SamePerson
        | Refusal::DirectoryMalformed
        | Refusal::KeyUnacceptable
        | Refusal::RoleConflict
        | Refusal::CustodianIsIssuer
        | Refusal::OutOfRange
        | Refusal::ReservesFull
        | Refusal::ReserveUnknown
        | Refusal::NotTheCustodian
        | Refusal::AttestationFromFuture
        | Refusal::AttestationOlder
        | Refusal::AttestationChain
        | Refusal::AttestationEntry
        | Refusal::EntrySequence
        | Refusal::MintRequestUnknown
        | Refusal::MintRequestUsed
        | Refusal::EntryUnknown
        | Refusal::EntryUsed
        | Refusal::EntryNotExternalCredit
        | Refusal::ThirdPartyPayer
        | Refusal::EntryMismatch
        | Refusal::NotTheIssuer
        | Refusal::AttestationStale
        | Refusal::ReserveShort
        | Refusal::LegUnknown
        | Refusal::LegNotHeld
        | Refusal::HoldNotExpired
        | Refusal::NotYourLeg
        | Refusal::InternalFault
        | Refusal::RedemptionUnknown
        | Refusal::RedemptionEnded
        | Refusal::PayoutInstructed
        | Refusal::PayoutBooked
        | Refusal::EntryNotExternalDebit
        | Refusal::ThirdPartyPayee
        | Refusal::PartyUnknown
        | Refusal::AlreadyFrozen
        | Refusal::NotFrozen
        | Refusal::KeyNotActive
        | Refusal::OperatorsTooFew
        | Refusal::LegNotSettled
        | Refusal::CreditConfirmed
        | Refusal::ReturnMismatch
        | Refusal::ReturnExceedsPayment
        | Refusal::LegNotScheduled
        | Refusal::NotDue
        | Refusal::MintingOff
        | Refusal::AllowanceExceeded
        | Refusal::MintCapReached
        | Refusal::CustodianConcentration
        | Refusal::AssetUnknown
        | Refusal::NotTheRegistrar
        | Refusal::AssetSuspended
        | Refusal::AssetMatured
        | Refusal::SurrenderUnknown
        | Refusal::SurrenderEnded
        | Refusal::ProposalNotOpen
        | Refusal::AlreadyVoted
        | Refusal::NotVoted
        | Refusal::NoticeTooShort
        | Refusal::ChangesFull
        | Refusal::ValidatorUnknown
        | Refusal::VaultNotEmpty
        | Refusal::VaultOwnerMismatch
        | Refusal::CapExceeded
        | Refusal::PayeeNotNamed
        | Refusal::CallUsed
        | Refusal::CallExpired
        | Refusal::ModuleRefused
        | Refusal::CallFailed
        | Refusal::OffencesFull
        | Refusal::EvidenceInvalid
        | Refusal::NotHalted
        | Refusal::Quarantined => "NARR",
        Refusal::LedgerHalted => "ED05",
    }
}

/// What to do next. It says no more than the code does: who was frozen or listed stays neutral.
const fn detail(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::InsufficientFunds => {
            "The account has less than this available; see GET /v1/accounts, and send it again when it has more."
        }
        Refusal::CreditConfirmed => "The credit was confirmed before; nothing is left to do.",
        Refusal::RedemptionUnknown => {
            "No redemption has this id; it is the command_id that POST /v1/redemptions answered."
        }
        Refusal::RedemptionEnded => {
            "The redemption was cancelled or burned before; nothing is left to do."
        }
        Refusal::PayoutInstructed | Refusal::PayoutBooked => {
            "The payout is under way; the redemption can no longer be cancelled."
        }
        Refusal::ReserveUnknown => {
            "No reserve account has this id; the operator says which ones a currency has."
        }
        Refusal::CurrencyMismatch => {
            "The account or reserve account is of another currency; name one of this currency."
        }
        Refusal::LegNotSettled => {
            "The payment has not settled; wait until its status is ACSC, then ask again."
        }
        Refusal::SamePerson => {
            "The same person proposed it; another client, of another person, has to approve."
        }
        Refusal::ProposalExpired => "The proposal's time is over; propose it again.",
        Refusal::ProposalExecuted => "What was proposed has happened; nothing is left to do.",
        other => match other.retry() {
            LedgerRetry::Never => {
                "The same request is refused again: change it. docs/spec/ledger.md says of the code what must hold; the receipt proves the refusal."
            }
            LedgerRetry::AfterStateChange => {
                "It depends on what stands on the ledger: docs/spec/ledger.md says of the code on what. Send it again when that has changed; the receipt proves the refusal."
            }
        },
    }
}

/// A refusal as the client of a gateway sees it.
#[must_use]
pub fn problem(refusal: Refusal) -> Problem {
    let (status, retry) = match refusal.retry() {
        LedgerRetry::Never => (StatusCode::UNPROCESSABLE_ENTITY, Retry::Never),
        LedgerRetry::AfterStateChange => (StatusCode::CONFLICT, Retry::AfterStateChange),
    };
    Problem::new(ProblemFacts {
        status,
        code: refusal.code(),
        title: "The ledger refused the command",
        retry,
        detail: detail(refusal).into(),
    })
    .with_iso_reason(iso_reason(refusal))
}

/// Characters of a line of words in a message.
const LINE: usize = 105;

/// What to do about a payment that was refused with a code, in one line of a message: of codes that
/// have no reason of their own in the external code sets.
#[must_use]
pub fn words(code: &str) -> String {
    let own = match code {
        "awaits_review" => {
            Some("a person of the payee's bank has to decide; it answers while the money is held")
        }
        "ticket_used" => {
            Some("another payment used the ticket; ask the payee's bank for a new one")
        }
        "ticket_expired" => Some("the ticket is over; ask the payee's bank for a new one"),
        "ticket_mismatch" => {
            Some("the ticket is not for this payment; name the right one, or leave the line out")
        }
        "ticket_not_signed" | "wrong_network" => {
            Some("the ticket is not the payee's bank's; ask it for one, or leave the line out")
        }
        _ => None,
    };
    let refusal = Refusal::ALL.iter().find(|refusal| refusal.code() == code).copied();
    let said = match (own, refusal) {
        (Some(said), _) => said,
        (None, Some(refusal)) => detail(refusal),
        (None, None) => "see docs/spec/status.md",
    };
    format!("{code}: {said}").chars().filter(char::is_ascii).take(LINE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_words_that_fit_a_line() {
        let tickets = ["ticket_used", "ticket_expired", "ticket_mismatch", "ticket_not_signed"];
        for code in Refusal::ALL.iter().map(|refusal| refusal.code()).chain(tickets) {
            let said = words(code);
            assert!(said.starts_with(code) && said.len() <= LINE, "{said}");
            assert!(!said.contains("status.md"), "{said}");
        }
        assert_eq!(words("order_not_carried"), "order_not_carried: see docs/spec/status.md");
        assert!(tickets.iter().all(|code| words(code).len() < LINE), "nothing is cut off");
    }

    #[test]
    fn every_refusal_has_a_client_error_status_and_a_four_character_reason() {
        for refusal in Refusal::ALL {
            assert!(problem(*refusal).status().is_client_error(), "{refusal:?}");
            assert_eq!(iso_reason(*refusal).len(), 4, "{refusal:?}");
        }
    }
}
