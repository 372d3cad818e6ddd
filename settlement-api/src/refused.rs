//! Why a gateway refuses a request before anything reaches the ledger: typed, with a stable code,
//! an HTTP status, an ISO reason where a payment message gets one, and the next step.

use std::borrow::Cow;

use actix_web::http::{StatusCode, StatusCode as S};
use iso20022::{AmountError, Iso20022Error, validate::Finding};
use kyc_gateway::GateRefusal;

use crate::{
    contracts::CallRefused,
    exceptions::{Unready, messages::first_broken},
    fx::FxRefused,
    gateway::GatewayFault,
    inquiries::codes::CodeRefused,
    payments::review::ReviewRefused,
    port::StoreFault,
    problem::{Problem, ProblemFacts, Retry},
};

/// A request that a gateway refuses.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The body is not what the endpoint takes.
    #[error("{0}")]
    Malformed(&'static str),
    /// The message.
    #[error("{0}")]
    Message(#[from] Iso20022Error),
    /// The amount's text.
    #[error("{0}")]
    Amount(AmountError),
    /// The amount is zero.
    #[error("the amount is zero; a payment moves at least one minor unit")]
    AmountZero,
    /// The UETR is not a version 4 UUID.
    #[error("the UETR is not a version 4 UUID in lower case; make a new one or leave it out")]
    BadUetr,
    /// A cover says nowhere which payment it covers.
    #[error("a cover has the UETR of the payment that it covers; send it")]
    CoverUetr,
    /// Not a currency of the network.
    #[error("the currency is not one of this network; ask the operator which it has")]
    CurrencyUnknown,
    /// Another settlement method than CLRG.
    #[error("only settlement method CLRG moves tokens; settle INDA, INGA and COVE elsewhere")]
    SettlementMethod,
    /// Another clearing system.
    #[error("the clearing system is not this network; use its code or have yours configured")]
    ClearingSystem,
    /// The message is instructed by another bank.
    #[error("the instructing agent is not this institution; send it to that bank's gateway")]
    NotOurAgent,
    /// No member goes by the instructed agent's names.
    #[error("no member goes by the instructed agent's BIC, LEI or clearing member id")]
    AgentUnknown,
    /// The institution has no account in the currency.
    #[error("this institution has no settlement account in the currency; ask the operator")]
    NoAccount,
    /// The debtor's account is not known here.
    #[error("the debtor's account is not known here; register the customer first")]
    DebtorUnknown,
    /// The gate said no.
    #[error("{0}")]
    Gate(#[from] GateRefusal),
    /// The same leg was asked for with other content.
    #[error("this UETR was used between these banks with other content; use a new one")]
    Conflict,
    /// A message that says under another UETR what another one said.
    #[error(
        "a payment with these references, amount, accounts and day was sent under another UETR; give another payment another MsgId"
    )]
    Twin,
    /// A request that sends a command has no name.
    #[error(
        "send Idempotency-Key, 1 to 128 ASCII characters without blanks: a new one per request"
    )]
    IdempotencyKey,
    /// The name was used for another request.
    #[error("this Idempotency-Key was used with another body; use a new one for a new request")]
    IdempotencyConflict,
    /// No unused entry pays for a mint request yet, or a mint has served it.
    #[error("no unused entry pays for the order yet, or it is served; see GET /v1/mint-orders")]
    OrderNotMatched,
    /// The custodian has not booked a payout.
    #[error("no booked debit names this redemption yet; ask again when the custodian has paid")]
    PayoutNotBooked,
    /// The payment has not settled.
    #[error("the payment has not settled; see its status")]
    NotSettled,
    /// A booked entry of a custodian's message cannot be recorded.
    #[error("an entry {0}; nothing of the message was recorded")]
    Entry(&'static str),
    /// A custodian's message is about an account that was not introduced here.
    #[error("no reserve account has this number; introduce it with POST /v1/reserves")]
    ReserveUnknown,
    /// A number names another reserve account.
    #[error(
        "this number names another reserve account; give that one's id as `replaces` to rename"
    )]
    ReserveNumber,
    /// No such thing, or not the asker's.
    #[error("there is nothing by this name that you may see")]
    NotFound,
    /// The caller's role does not allow it.
    #[error("this client has no role that may do this; see [[clients]] in the gateway's config")]
    Forbidden,
    /// A token does not count.
    #[error("the token is none, or its time is over; ask POST /oauth/token for a new one")]
    TokenInvalid,
    /// A token is not enough.
    #[error("what sends a command or moves money is signed by RFC 9421; a token is not enough")]
    SignatureRequired,
    /// The gateway does not play the role.
    #[error("this gateway's institution does not play the role this endpoint is for")]
    NotThisRole,
    /// A code is not of the lists of a case's kind.
    #[error("{0}")]
    CaseCode(#[from] Box<CodeRefused>),
    /// A parcel is sealed to a key that its bank revoked or replaced.
    #[error(
        "the parcel is sealed to a message key that was revoked or replaced; read the directory and seal it again"
    )]
    MessageKeyRevoked,
    /// The gateway has not read the directory yet.
    #[error("the gateway is still reading the ledger; try again in a moment")]
    NotReady,
    /// The network is halted.
    #[error("the network is halted: nothing was taken; ask again when it is resumed")]
    LedgerHalted,
    /// A fault of the gateway or of what it depends on.
    #[error("{0}")]
    Fault(#[from] GatewayFault),
    /// A message departs from its schema or from the rules of the standard.
    #[error("{}", first_broken(.0))]
    Rules(Vec<Finding>),
    /// Another recall of the payment is open, or was accepted.
    #[error("another recall of this payment is open or was accepted; see GET /v1/recalls")]
    RecallExists,
    /// A recall was answered otherwise.
    #[error("the recall was answered otherwise; see its status")]
    RecallAnswered,
    /// Money cannot go back by what was said so far.
    #[error("{0}")]
    Unready(#[from] Unready),
    /// The client that said yes approves it.
    #[error("the client that said yes may not approve it; another one must")]
    SamePerson,
    /// The other bank has not answered a recall or a question.
    #[error("there is no camt.029 or camt.111 yet; ask again")]
    NotAnswered,
    /// A payment was not given back.
    #[error("the payment was not given back; see its recalls, and its return as JSON")]
    NotReturned,
    /// As many streams of events are open as there may be.
    #[error("too many streams of events are open; close one, or ask for pages")]
    TooManyStreams,
    /// Events are not told there.
    #[error(
        "events are told over https where [tls] roots says whom to believe, or over http to a loopback address; without credentials, in 512 characters"
    )]
    WebhookUrl,
    /// Events are told there already.
    #[error("events are told to this URL already; see GET /v1/webhooks")]
    WebhookExists,
    /// As many endpoints are registered as there may be.
    #[error("as many webhooks are registered as there may be; withdraw one")]
    TooManyWebhooks,
    /// A file under the same message id came with other content.
    #[error("a file with this MsgId came with other content; give each file a MsgId of its own")]
    FileConflict,
    /// A day is not over on the ledger.
    #[error(
        "the day is not over on the ledger; GET /v1/accounts/{{currency}}/report shows it so far"
    )]
    DayOpen,
    /// Bookings do not add up to the account's proved balance.
    #[error(
        "the bookings that this gateway can prove do not add up to the account's proved balance; \
         nothing is stated until they do: try again, and see docs/spec/gateway.md S2"
    )]
    NotReconciled,
    /// A call of a contract, before anyone signs it.
    #[error("{0}")]
    Call(#[from] CallRefused),
    /// There is no acmt.024 of a check.
    #[error("the account's bank has not answered yet; ask again")]
    CheckPending,
    /// The member has asked about too many accounts, or about one too often.
    #[error("too many checks of accounts by this member; ask again in an hour")]
    TooManyChecks,
    /// The sender's bucket is empty.
    #[error("too many requests at once; send this one again after Retry-After, signed anew")]
    TooManyRequests,
    /// The account number's ending asks for this ISO reason.
    #[error("the account number's ending asks for this on a network for tests; see docs/api.md")]
    SandboxRejects(&'static str),
    /// The account number's ending asks for no answer.
    #[error(
        "the account number's ending asks for no answer on a network for tests; see docs/api.md"
    )]
    SandboxSilent,
    /// A quote, or the exchange that came of it.
    #[error("{0}")]
    Fx(#[from] FxRefused),
    /// The settlement day is over.
    #[error("the settlement date is over everywhere; send a payment dated today or later")]
    DatePast,
    /// The settlement day is too far away.
    #[error("the settlement date lies more than 366 days ahead; send the payment later")]
    DateTooFar,
    /// The payment does not wait for its day.
    #[error("the payment does not wait for its day; ask a settled one back by a recall")]
    NotWaiting,
    /// The payment does not wait for money.
    #[error("the payment does not wait for money; see its status")]
    NotQueued,
    /// Too many payments wait.
    #[error("100,000 payments wait for their day; send this one later, or cancel some")]
    TooManyWaiting,
    /// The standing order's plan is over.
    #[error("the standing order has ended; there is nothing to cancel")]
    StandingEnded,
    /// Too many standing orders are active.
    #[error("10,000 standing orders are active; cancel some")]
    TooManyStanding,
    /// The client saw another state of what it changes.
    #[error("If-Match names another state than the present one; read it again, then decide")]
    Changed,
    /// The payment went back.
    #[error(
        "the payment was given back, or is being given back: nobody asks for it, confirms its credit or returns it again"
    )]
    GivenBack,
    /// Header and message name different banks.
    #[error("AppHdr names another bank in Fr or To than the message's agents; make them equal")]
    HeaderAgents,
    /// A whole message is asked back.
    #[error("GrpCxl asks a whole message back; name one payment in TxInf, without GrpCxl")]
    GroupCancellation,
    /// A camt.110 or camt.111 says what no case has a place for, or not enough.
    #[error("{0}")]
    Investigation(&'static str),
    /// The case is of a kind that other messages carry.
    #[error("the case is no investigation of camt.110; its kind has a message of its own")]
    NotAnInvestigation,
    /// A person cannot decide on the payment.
    #[error("{0}")]
    Review(#[from] ReviewRefused),
    /// The rules of cases between banks.
    #[error("{0}")]
    Inquiry(#[from] interbank::Refused),
}

/// Status, stable code, retry class and ISO reason.
type Facts = (StatusCode, &'static str, Retry, Option<&'static str>);

/// What is asked cannot be.
const fn invalid(code: &'static str, iso: Option<&'static str>) -> Facts {
    (S::UNPROCESSABLE_ENTITY, code, Retry::Never, iso)
}

/// Something else has to change first.
const fn waits(code: &'static str, iso: Option<&'static str>) -> Facts {
    (S::CONFLICT, code, Retry::AfterStateChange, iso)
}

/// What there is stays.
const fn stands(code: &'static str, iso: Option<&'static str>) -> Facts {
    (S::CONFLICT, code, Retry::Never, iso)
}

/// Not now.
const fn later(code: &'static str, iso: Option<&'static str>) -> Facts {
    (S::SERVICE_UNAVAILABLE, code, Retry::Later, iso)
}

/// What was seen is no longer so.
const fn changed(code: &'static str, iso: Option<&'static str>) -> Facts {
    (S::PRECONDITION_FAILED, code, Retry::AfterStateChange, iso)
}

/// Fewer of these.
const fn many(code: &'static str) -> Facts {
    (S::TOO_MANY_REQUESTS, code, Retry::Later, None)
}

/// Of a payment that does not wait for what was meant.
const fn not_so(refused: &Refused) -> &'static str {
    if matches!(refused, Refused::NotQueued) { "payment_not_queued" } else { "payment_not_waiting" }
}

/// Whether a message is refused for its amounts.
const fn of_amounts(error: &Iso20022Error) -> bool {
    of_amount(error).is_some()
}

/// The reason of a message whose amounts are wrong: `AM03` where a currency is.
const fn of_amount(error: &Iso20022Error) -> Option<&'static str> {
    match error {
        Iso20022Error::CurrencyMismatch { .. } => Some("AM03"),
        Iso20022Error::Amount { .. }
        | Iso20022Error::ZeroAmount { .. }
        | Iso20022Error::SumMismatch { .. } => Some("AM12"),
        _ => None,
    }
}

/// Of a call of a contract.
const fn call(refused: &CallRefused) -> Facts {
    let status = match refused {
        CallRefused::ModuleUnknown => StatusCode::NOT_FOUND,
        CallRefused::Unreadable(_)
        | CallRefused::ModuleTooWide
        | CallRefused::FunctionUnknown(_)
        | CallRefused::WrongCount { .. }
        | CallRefused::Argument { .. }
        | CallRefused::NoPart
        | CallRefused::NotOurs
        | CallRefused::Clearances => StatusCode::UNPROCESSABLE_ENTITY,
    };
    (status, refused.code(), Retry::Never, None)
}

/// Of a case between banks.
const fn inquiry(refused: &interbank::Refused) -> Facts {
    let (status, retry) = crate::inquiries::status::facts(refused);
    (status, refused.code(), retry, None)
}

impl From<StoreFault> for Refused {
    fn from(fault: StoreFault) -> Self {
        Self::Fault(GatewayFault::Store(fault))
    }
}

impl Refused {
    /// Whether nothing is wrong with what was asked: who keeps it asks again.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self.facts().2, Retry::Later)
    }

    /// Status, stable code, retry class and ISO reason.
    fn facts(&self) -> Facts {
        match self {
            Self::Malformed(_) => (S::BAD_REQUEST, "request_malformed", Retry::Never, None),
            Self::Message(error) if of_amounts(error) => invalid(error.code(), of_amount(error)),
            Self::Message(error) => (S::BAD_REQUEST, error.code(), Retry::Never, Some("FF01")),
            Self::Amount(error) => invalid(error.code(), Some("AM12")),
            Self::AmountZero => invalid("amount_zero", Some("AM01")),
            Self::BadUetr => invalid("bad_uetr", Some("FF01")),
            Self::CoverUetr => invalid("cover_without_uetr", Some("FF01")),
            Self::CurrencyUnknown => invalid("currency_unknown", Some("AM03")),
            Self::SettlementMethod => invalid("settlement_method_unsupported", Some("NARR")),
            Self::ClearingSystem => invalid("clearing_system_unknown", Some("RC04")),
            Self::NotOurAgent => invalid("not_our_agent", Some("RC01")),
            Self::AgentUnknown => invalid("agent_unknown", Some("RC01")),
            Self::NoAccount => invalid("account_unknown", Some("AC01")),
            Self::DebtorUnknown => invalid("debtor_unknown", Some("AC02")),
            Self::Gate(GateRefusal::Signer(_)) => later("gate_key_unavailable", None),
            Self::Gate(refusal) => waits(refusal.code(), Some("MS03")),
            Self::Conflict => stands("leg_conflict", Some("AM05")),
            Self::Twin => stands("payment_duplicate", Some("AM05")),
            Self::IdempotencyKey => (S::BAD_REQUEST, "idempotency_key_missing", Retry::Never, None),
            Self::IdempotencyConflict => stands("idempotency_conflict", None),
            Self::ReserveNumber => stands("reserve_number_taken", None),
            Self::OrderNotMatched => waits("order_not_matched", None),
            Self::PayoutNotBooked => waits("payout_not_booked", None),
            Self::NotSettled => waits("not_settled", None),
            Self::Entry(_) => invalid("bank_entry_unusable", None),
            Self::ReserveUnknown => invalid("reserve_unknown_here", None),
            Self::NotFound => (S::NOT_FOUND, "not_found", Retry::Never, None),
            Self::Forbidden => (S::FORBIDDEN, "role_missing", Retry::Never, None),
            Self::TokenInvalid => (S::UNAUTHORIZED, "token_invalid", Retry::Never, None),
            Self::SignatureRequired => (S::FORBIDDEN, "signature_required", Retry::Never, None),
            Self::NotThisRole => (S::NOT_FOUND, "not_this_role", Retry::Never, None),
            Self::CaseCode(_) => (S::UNPROCESSABLE_ENTITY, "case_code_unknown", Retry::Never, None),
            Self::MessageKeyRevoked => later("message_key_revoked", None),
            Self::NotReady => later("not_ready", None),
            Self::LedgerHalted => later("ledger_halted", Some("ED05")),
            Self::Fault(GatewayFault::Port(_)) => later("ledger_unreachable", None),
            Self::Fault(_) => (S::INTERNAL_SERVER_ERROR, "internal_error", Retry::Later, None),
            Self::Rules(_) => (S::BAD_REQUEST, "message_breaks_rules", Retry::Never, Some("FF01")),
            Self::RecallExists => waits("recall_exists", Some("AM05")),
            Self::RecallAnswered => stands("recall_answered", None),
            Self::Unready(unready) => waits(unready.code(), None),
            Self::SamePerson => stands("same_client", None),
            Self::NotAnswered => waits("not_answered", None),
            Self::NotReturned => waits("not_returned", None),
            Self::TooManyStreams => many("too_many_streams"),
            Self::WebhookUrl => invalid("webhook_url_refused", None),
            Self::WebhookExists => stands("webhook_exists", None),
            Self::TooManyWebhooks => waits("too_many_webhooks", None),
            Self::FileConflict => stands("file_conflict", Some("AM05")),
            Self::DayOpen => (S::CONFLICT, "day_not_over", Retry::Later, None),
            Self::NotReconciled => waits("statement_not_reconciled", None),
            Self::Call(refused) => call(refused),
            Self::CheckPending => (S::CONFLICT, "check_pending", Retry::Later, None),
            Self::TooManyChecks => many("too_many_checks"),
            Self::TooManyRequests => many("too_many_requests"),
            Self::SandboxRejects(iso) => invalid("sandbox_rejection", Some(*iso)),
            Self::SandboxSilent => later("sandbox_silence", None),
            Self::Fx(refused) => refused.facts(),
            Self::DatePast => invalid("settlement_date_past", Some("DT01")),
            Self::DateTooFar => invalid("settlement_date_too_far", Some("DT01")),
            Self::NotWaiting | Self::NotQueued => stands(not_so(self), None),
            Self::TooManyWaiting => waits("too_many_scheduled", None),
            Self::StandingEnded => stands("standing_order_ended", None),
            Self::TooManyStanding => waits("too_many_standing_orders", None),
            Self::Changed => changed("precondition_failed", None),
            Self::GivenBack => stands("payment_given_back", None),
            Self::HeaderAgents => invalid("header_agents_differ", Some("RC01")),
            Self::GroupCancellation => invalid("group_cancellation_unsupported", None),
            Self::Investigation(_) => invalid("investigation_unclear", None),
            Self::NotAnInvestigation => stands("not_an_investigation", None),
            Self::Review(refused) => refused.facts(),
            Self::Inquiry(refused) => inquiry(refused),
        }
    }

    /// The ISO 20022 status reason for a payment message.
    #[must_use]
    pub fn iso_reason(&self) -> &'static str {
        self.facts().3.unwrap_or("NARR")
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.facts().1
    }

    /// The answer. Faults show an incident id only and are logged here, once.
    #[must_use]
    pub fn problem(&self) -> Problem {
        if let Self::Fault(fault) = self {
            let (status, code, ..) = self.facts();
            let incident = uuid::Uuid::new_v4().to_string();
            tracing::error!(%incident, %fault, code, "gateway.fault");
            if status == StatusCode::INTERNAL_SERVER_ERROR {
                return Problem::internal(&incident);
            }
        }
        self.stated()
    }

    /// The answer to a refusal that is not a fault of ours.
    pub(crate) fn stated(&self) -> Problem {
        let (status, code, retry, iso) = self.facts();
        let detail = Cow::Owned(self.to_string());
        let title = "The gateway refused the request";
        let problem = Problem::new(ProblemFacts { status, code, title, retry, detail });
        match iso {
            Some(reason) => problem.with_iso_reason(reason),
            None => problem,
        }
    }
}
