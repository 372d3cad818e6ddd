//! Why a message, an act or a ticket is refused: closed, typed, with stable codes.
//!
//! # Invariants codes are append-only; the order of the enum is the order in which letters are checked

/// A refusal. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Refused {
    /// The letter.
    #[error("the letter is longer than a letter may be; send fewer or smaller documents")]
    LetterTooLong,
    /// Of another network.
    #[error("the message is of another network")]
    WrongNetwork,
    /// Signature or key.
    #[error("the message is not signed by a key that speaks for its writer")]
    NotSigned,
    /// A list is longer than it may be.
    #[error("the content is larger than a content may be; see docs/spec/interbank.md")]
    ContentTooLarge,
    /// A list is not sorted, or repeats itself.
    #[error("fields asked for and given must be sorted and named once")]
    ContentMalformed,
    /// Not what the message commits to.
    #[error("the content is not the one that the message commits to")]
    ContentMismatch,
    /// Not what the content names.
    #[error("the documents are not those that the content names")]
    DocumentMismatch,
    /// The payment is not known here.
    #[error("this bank knows no such payment, or not this leg of it")]
    UnknownPayment,
    /// The writer, or the other side, is no agent of the payment.
    #[error("both sides of a case must be agents of its payment")]
    NotAnAgent,
    /// There is no such case.
    #[error("there is no such case here")]
    UnknownCase,
    /// Not between these two.
    #[error("the message is not between the two sides of its case")]
    NotAParty,
    /// About another payment.
    #[error("the case is about another payment")]
    WrongPayment,
    /// The same name with another body.
    #[error("a message of this id has another body; make a new id for a new message")]
    DuplicateConflict,
    /// The number is taken.
    #[error("the writer has written another message of this number")]
    NumberReused,
    /// An earlier message is missing.
    #[error("the writer's message number {expected} has not come yet")]
    Gap {
        /// The number that comes next.
        expected: u32,
    },
    /// Not after the writer's last message.
    #[error("the message does not follow its writer's message before")]
    ChainBroken,
    /// It claims to have read what was not written.
    #[error("the message refers to a message that was not written, or to another one")]
    SeenMismatch,
    /// Too many.
    #[error("this side has written as many messages as a case may hold; open another that follows")]
    TooManyMessages,
    /// The case is over.
    #[error("the case has ended")]
    CaseEnded,
    /// It is the other side's turn.
    #[error("it is the other side's turn to write")]
    WrongWriter,
    /// Not from this state.
    #[error(
        "the act is not possible in the case's state; read the case: accept what is opened before it is answered"
    )]
    IllegalTransition,
    /// Written before what it follows.
    #[error("the message was written before what it follows")]
    TimeBackwards,
    /// Written in the future.
    #[error("the message is from the future; check the writer's clock")]
    FromFuture,
    /// After the deadline.
    #[error("the answer was written after the deadline; ask the requester to open the case anew")]
    AnswerLate,
    /// Before the deadline.
    #[error("the case has not waited until its deadline and five minutes")]
    NotDue,
    /// Too soon or too far away.
    #[error("the deadline must be 30 seconds to 30 days away, and a child's before its parent's")]
    DeadlineOutOfRange,
    /// Three times is enough.
    #[error("the case was reopened three times; open another that follows it")]
    ReopenedTooOften,
    /// Too many children, or too deep.
    #[error("the case was forwarded as often as a case may be")]
    TooManyForwards,
    /// Where it cannot go.
    #[error("a case is forwarded to a third bank, as a child that names it")]
    ForwardMismatch,
    /// Less than what was asked for.
    #[error(
        "the answer must give every field that was asked for and every one of its level, or say NINF; see docs/spec/interbank.md"
    )]
    AnswerIncomplete,
    /// The identity does not follow from the opening.
    #[error("the case's identity does not follow from its opening")]
    IdentityMismatch,
    /// Too many cases.
    #[error("the payment has as many cases as it may have")]
    TooManyCases,
    /// What is passed on is no answer of the child.
    #[error("what is passed on is not an answer of a child of this case")]
    NotTheChildsAnswer,
    /// The same person twice.
    #[error("two persons are needed, and these are one")]
    SamePerson,
    /// Nothing is proposed, or something else.
    #[error("what is approved is not what was proposed")]
    ApprovalMismatch,
    /// The rule does not act.
    #[error("the rule is not in force")]
    RuleNotInForce,
    /// The ticket's life.
    #[error("the ticket's time is over, has not begun, or is longer than a day")]
    TicketExpired,
    /// The ticket's issuer.
    #[error("the ticket is not signed by the bank that it names")]
    TicketNotSigned,
    /// The ticket is for something else.
    #[error("the ticket is for another payment, amount, account or level")]
    TicketMismatch,
    /// The ticket was used.
    #[error("the ticket was used for another payment")]
    TicketUsed,
    /// Too much waits.
    #[error("too many letters of the case wait; try again when some were received")]
    TooManyWaiting,
    /// A receipt for what was not sent.
    #[error("the receipt is for letters that were not sent")]
    ReceiptMismatch,
}

impl Refused {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::LetterTooLong => "letter_too_long",
            Self::WrongNetwork => "wrong_network",
            Self::NotSigned => "message_not_signed",
            Self::ContentTooLarge => "content_too_large",
            Self::ContentMalformed => "content_malformed",
            Self::ContentMismatch => "content_mismatch",
            Self::DocumentMismatch => "document_mismatch",
            Self::UnknownPayment => "payment_unknown",
            Self::NotAnAgent => "not_an_agent",
            Self::UnknownCase => "case_unknown",
            Self::NotAParty => "not_a_party",
            Self::WrongPayment => "wrong_payment",
            Self::DuplicateConflict => "duplicate_conflict",
            Self::NumberReused => "number_reused",
            Self::Gap { .. } => "gap",
            Self::ChainBroken => "chain_broken",
            Self::SeenMismatch => "seen_mismatch",
            Self::TooManyMessages => "too_many_messages",
            Self::CaseEnded => "case_ended",
            Self::WrongWriter => "wrong_writer",
            Self::IllegalTransition => "illegal_transition",
            Self::TimeBackwards => "time_backwards",
            Self::FromFuture => "from_future",
            Self::AnswerLate => "answer_late",
            Self::NotDue => "not_due",
            Self::DeadlineOutOfRange => "deadline_out_of_range",
            Self::ReopenedTooOften => "reopened_too_often",
            Self::TooManyForwards => "too_many_forwards",
            Self::ForwardMismatch => "forward_mismatch",
            Self::AnswerIncomplete => "answer_incomplete",
            Self::IdentityMismatch => "identity_mismatch",
            Self::TooManyCases => "too_many_cases",
            Self::NotTheChildsAnswer => "not_the_childs_answer",
            Self::SamePerson => "same_person",
            Self::ApprovalMismatch => "approval_mismatch",
            Self::RuleNotInForce => "rule_not_in_force",
            Self::TicketExpired => "ticket_expired",
            Self::TicketNotSigned => "ticket_not_signed",
            Self::TicketMismatch => "ticket_mismatch",
            Self::TicketUsed => "ticket_used",
            Self::TooManyWaiting => "too_many_waiting",
            Self::ReceiptMismatch => "receipt_mismatch",
        }
    }

    /// All of them, in their order.
    pub const ALL: [Self; 42] = [
        Self::LetterTooLong,
        Self::WrongNetwork,
        Self::NotSigned,
        Self::ContentTooLarge,
        Self::ContentMalformed,
        Self::ContentMismatch,
        Self::DocumentMismatch,
        Self::UnknownPayment,
        Self::NotAnAgent,
        Self::UnknownCase,
        Self::NotAParty,
        Self::WrongPayment,
        Self::DuplicateConflict,
        Self::NumberReused,
        Self::Gap { expected: 0 },
        Self::ChainBroken,
        Self::SeenMismatch,
        Self::TooManyMessages,
        Self::CaseEnded,
        Self::WrongWriter,
        Self::IllegalTransition,
        Self::TimeBackwards,
        Self::FromFuture,
        Self::AnswerLate,
        Self::NotDue,
        Self::DeadlineOutOfRange,
        Self::ReopenedTooOften,
        Self::TooManyForwards,
        Self::ForwardMismatch,
        Self::AnswerIncomplete,
        Self::IdentityMismatch,
        Self::TooManyCases,
        Self::NotTheChildsAnswer,
        Self::SamePerson,
        Self::ApprovalMismatch,
        Self::RuleNotInForce,
        Self::TicketExpired,
        Self::TicketNotSigned,
        Self::TicketMismatch,
        Self::TicketUsed,
        Self::TooManyWaiting,
        Self::ReceiptMismatch,
    ];
}
