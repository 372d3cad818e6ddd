//! Why a person cannot decide on a payment.

use actix_web::http::StatusCode;

use crate::problem::Retry;

/// Why a person cannot decide on a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReviewRefused {
    /// The payment never waited for a person.
    #[error("the payment does not wait for a person of this bank; see its status")]
    NotReviewed,
    /// It was decided otherwise.
    #[error("the payment was decided otherwise; see its status")]
    Decided,
    /// The time for a decision is over.
    #[error("the time for a decision is over: the payment is rejected with TM01")]
    Expired,
    /// The money was freed.
    #[error("the payer's bank has its money back; there is nothing to decide")]
    HoldEnded,
    /// Nobody has said yes.
    #[error("nobody has accepted the payment; another client does, then this one approves")]
    NotProposed,
    /// This bank has asked about it.
    #[error("this bank's inquiry about the payment is open; close or withdraw it, then accept")]
    InquiryOpen,
    /// The payer's bank wants it back.
    #[error("the payer's bank asks for the payment back; answer that first (GET /v1/recalls)")]
    AskedBack,
    /// The reason is none of ISO 20022.
    #[error("reason is no code of ExternalStatusReason1Code; give one, as AC04, BE01 or MS03")]
    ReasonUnknown,
}

impl ReviewRefused {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::NotReviewed,
        Self::Decided,
        Self::Expired,
        Self::HoldEnded,
        Self::NotProposed,
        Self::InquiryOpen,
        Self::AskedBack,
        Self::ReasonUnknown,
    ];

    /// Status, stable code, retry class and ISO reason.
    pub(crate) const fn facts(self) -> (StatusCode, &'static str, Retry, Option<&'static str>) {
        match self {
            Self::NotReviewed => Self::stands("payment_not_reviewed"),
            Self::Decided => Self::stands("review_decided"),
            Self::Expired => Self::stands("review_expired"),
            Self::HoldEnded => Self::stands("hold_ended"),
            Self::NotProposed => Self::waits("acceptance_not_proposed"),
            Self::InquiryOpen => Self::waits("inquiry_open"),
            Self::AskedBack => Self::waits("payment_asked_back"),
            Self::ReasonUnknown => {
                (StatusCode::UNPROCESSABLE_ENTITY, "reason_unknown", Retry::Never, None)
            }
        }
    }

    const fn stands(code: &'static str) -> (StatusCode, &'static str, Retry, Option<&'static str>) {
        (StatusCode::CONFLICT, code, Retry::Never, None)
    }

    const fn waits(code: &'static str) -> (StatusCode, &'static str, Retry, Option<&'static str>) {
        (StatusCode::CONFLICT, code, Retry::AfterStateChange, None)
    }
}
