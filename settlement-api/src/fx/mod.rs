//! Exchange of currencies: a market maker's quote, accepted once, settled as one set on the ledger.
//!
//! ```text
//! core of the taker            taker's gateway                      maker's gateway
//! POST /v1/quotes         ──>  ask, on disk            ──sealed──>  its desk's rates: a quote, on disk
//!                              quote, checked          <──────────  signed
//! POST .../accept         ──>  yes to exactly this     ──sealed──>  clearance and consent, on disk
//!                              Settle{both legs}       ──> ledger: both, or none
//! ```
//!
//! # Place      server -> [fx] -> gate, keys, outbox -> ledger port
//! # Invariants R1 amounts follow from the stated rate, exactly; R2 a quote is its maker's signed word to
//! #            one bank; R3 both legs settle or none; R4 once, in its time, unaltered
//! # Absent     where rates come from (the maker's desk sets them), hedging, one set with the customer's
//! #            payment in it (planned): what is exchanged is then paid by an ordinary payment (R5)

use actix_web::http::StatusCode;

use crate::problem::Retry;

pub mod asking;
pub mod making;
pub mod paying;
pub mod price;
pub mod quote;
pub mod rates;
pub mod report;

/// Why a quote is not given, or does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FxRefused {
    /// No rate is in force for the pair, or the bank makes no market.
    #[error("the bank asked has no rate in force for these currencies; ask another, or later")]
    Unavailable,
    /// More than one quote may be of.
    #[error("the amount is more than the market maker exchanges by one quote; ask for less")]
    OverLimit,
    /// Nothing would be left of it.
    #[error("nothing would be left of the amount after exchange and fee; ask for more")]
    TooSmall,
    /// As many quotes of one bank are open as may be.
    #[error("too many quotes are open; accept one, or let them expire")]
    TooMany,
    /// What is asked cannot be quoted.
    #[error("who is paid bears the charges only of a fixed source amount; fix source_amount")]
    Bearer,
    /// There is no quote yet, and may never be.
    #[error("there is no quote; see GET /v1/quotes/{{quote}}")]
    NotQuoted,
    /// Its time is over.
    #[error("the quote has expired; ask for a new one")]
    Expired,
    /// It was accepted before.
    #[error("the quote was accepted before, under another key; ask for a new one")]
    Used,
    /// It is not what was offered.
    #[error("this is not what the market maker offered; see GET /v1/quotes/{{quote}}")]
    Altered,
    /// The market maker does not stand by it.
    #[error("the market maker does not let the quote settle; nothing has moved: ask for a new one")]
    Withdrawn,
    /// The market maker does not answer.
    #[error("the market maker does not answer; nothing has moved: try again before it expires")]
    Silent,
    /// An exchange has not settled.
    #[error("the exchange has not settled; accept its quote, and wait for that")]
    NotSettled,
    /// A payment is not what was exchanged for it.
    #[error("amount, currency and debtor's account are not those of the exchange")]
    Mismatch,
    /// Another payment spends it.
    #[error("another payment names this exchange")]
    Spent,
}

impl FxRefused {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Unavailable,
        Self::OverLimit,
        Self::TooSmall,
        Self::TooMany,
        Self::Bearer,
        Self::NotQuoted,
        Self::Expired,
        Self::Used,
        Self::Altered,
        Self::Withdrawn,
        Self::Silent,
        Self::NotSettled,
        Self::Mismatch,
        Self::Spent,
    ];

    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unavailable => "quote_unavailable",
            Self::OverLimit => "quote_over_limit",
            Self::TooSmall => "quote_too_small",
            Self::TooMany => "too_many_quotes",
            Self::Bearer => "quote_bearer_unsupported",
            Self::NotQuoted => "quote_not_given",
            Self::Expired => "quote_expired",
            Self::Used => "quote_used",
            Self::Altered => "quote_altered",
            Self::Withdrawn => "quote_withdrawn",
            Self::Silent => "market_maker_silent",
            Self::NotSettled => "exchange_not_settled",
            Self::Mismatch => "exchange_mismatch",
            Self::Spent => "exchange_spent",
        }
    }

    /// Status, stable code, retry class and ISO reason.
    pub(crate) const fn facts(self) -> (StatusCode, &'static str, Retry, Option<&'static str>) {
        let (status, retry) = match self {
            Self::Unavailable | Self::NotQuoted | Self::Withdrawn | Self::NotSettled => {
                (StatusCode::CONFLICT, Retry::AfterStateChange)
            }
            Self::Expired | Self::Used | Self::Altered | Self::Spent => {
                (StatusCode::CONFLICT, Retry::Never)
            }
            Self::OverLimit | Self::TooSmall | Self::Bearer | Self::Mismatch => {
                (StatusCode::UNPROCESSABLE_ENTITY, Retry::Never)
            }
            Self::TooMany => (StatusCode::TOO_MANY_REQUESTS, Retry::Later),
            Self::Silent => (StatusCode::SERVICE_UNAVAILABLE, Retry::Later),
        };
        let iso = match self {
            Self::Mismatch => Some("AM09"),
            Self::Spent => Some("AM05"),
            _ => None,
        };
        (status, self.code(), retry, iso)
    }

    /// The refusal of a code, as a market maker says it.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|refused| refused.code() == code)
    }
}
