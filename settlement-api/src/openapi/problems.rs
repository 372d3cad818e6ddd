//! Every problem that is answered, made as it is made for an answer.
//!
//! # Invariants a variant of an error that is not listed here does not compile; a code written
//! #            elsewhere in this crate fails a test (`openapi::tests`)

use std::{collections::BTreeMap, io};

use iso20022::{AmountError, Iso20022Error, SchemaRule, XmlFault, validate::Finding};
use kyc_gateway::GateRefusal;
use ledger_core::{program::TypeTag, refusal::Refusal, signature::SignerError};

use crate::{
    auth,
    contracts::CallRefused,
    exceptions::Unready,
    fx::FxRefused,
    gateway::GatewayFault,
    http_signature::{Component, HeaderName, HttpSignatureError, Parameter},
    ledger_port::PortError,
    nonce::NonceError,
    openapi::text::Id,
    payments::review::ReviewRefused,
    problem::Problem,
    reading::Unread,
    refused::Refused,
    server, status,
    verbs::WrongVerb,
};

/// Values of an enum, at least one of every variant: a variant that is missing does not compile.
macro_rules! every {
    ($enum:ident: $($variant:ident $(($($value:expr),*))? $({$($field:ident: $of:expr),*})?),* $(,)?) => {{
        #[allow(unreachable_patterns, reason = "a variant may be listed with several values")]
        const _: fn(&$enum) = |value| match value { $($enum::$variant { .. } => (),)* };
        [$($enum::$variant $(($($value),*))? $({$($field: $of),*})?),*]
    }};
}

pub(super) use every;

/// What a fault of ours is answered with.
pub(super) fn internal() -> Problem {
    Problem::internal("0d9c6b6e-3f0a-4c55-8a57-0c1d5c9f2b11")
}

/// One problem of every code that a gateway answers with, ordered by status and code.
pub(super) fn all() -> Vec<Problem> {
    let of_gateway = gateway_refusals().into_iter().map(|refused| refused.stated());
    let of_ledger = Refusal::ALL.iter().map(|refusal| {
        let receipt = format!("/v1/receipts/{}", Id::EXAMPLE);
        status::problem(*refusal).with_instance(receipt)
    });
    let elsewhere = [server::command_expired(), internal()];
    let elsewhere = elsewhere.into_iter().chain(of_bodies(server::MAX_BODY)).chain(of_verbs());
    let problems = of_authentication().into_iter().chain(of_gateway).chain(of_ledger);
    ordered(problems.chain(elsewhere))
}

/// Those of a body that is not read.
fn of_bodies(limit: usize) -> impl Iterator<Item = Problem> {
    every!(Unread: TooLarge, TooSlow, Broken).into_iter().map(move |unread| unread.problem(limit))
}

/// What a path answers by a verb that it does not serve.
pub(super) fn of_verbs() -> Option<Problem> {
    WrongVerb::of(&[("get", "/")], "/").map(|wrong| wrong.problem())
}

/// One of every status and code, in their order.
pub(super) fn ordered(problems: impl Iterator<Item = Problem>) -> Vec<Problem> {
    let mut by_code = BTreeMap::new();
    for problem in problems {
        // The first wins: some codes of the ledger's are the gateway's too.
        let key = (problem.status().as_u16(), problem.code().to_owned());
        by_code.entry(key).or_insert(problem);
    }
    by_code.into_values().collect()
}

/// Those of a request whose sender is not known.
pub(super) fn of_authentication() -> Vec<Problem> {
    let name = HeaderName::Signature;
    let signature = every!(HttpSignatureError:
        MissingHeader(HeaderName::Signature), MissingHeader(HeaderName::ContentDigest),
        MissingHeader(HeaderName::ContentType), MissingHeader(HeaderName::IdempotencyKey),
        DuplicateHeader(name), UnreadableHeader(name), WrongLabel, Malformed(name),
        UnsignablePart(Component::Path), WrongComponents, UnknownParameter,
        DuplicateParameter(Parameter::Nonce), MissingParameter(Parameter::Nonce), WrongAlgorithm,
        BadKeyId, BadNonce, BadLifetime, CreatedInFuture, Expired, DigestMismatch, BadSignature,
    );
    let nonce = every!(NonceError:
        Reused, Expired, KeyFull, Full, InUse, Corrupt, Poisoned, Io(io::Error::other("disk")),
    );
    let refused = signature.into_iter().map(auth::refused);
    let not_fresh = nonce.into_iter().map(|error| auth::not_fresh(&error));
    refused.chain([auth::unknown_key()]).chain(not_fresh).collect()
}

fn gateway_refusals() -> Vec<Refused> {
    let own = every!(Refused:
        Malformed("amount is missing"), Message(Iso20022Error::TrailingContent { line: 7 }),
        Amount(AmountError::Malformed), AmountZero, BadUetr, CoverUetr, CurrencyUnknown, SettlementMethod,
        ClearingSystem, NotOurAgent, AgentUnknown, NoAccount, DebtorUnknown,
        Gate(GateRefusal::ListHit), Conflict, Twin, OrderNotMatched, PayoutNotBooked, NotSettled, IdempotencyKey,
        IdempotencyConflict,
        Entry("has no AcctSvcrRef of visible ASCII"), ReserveUnknown, ReserveNumber, NotFound, Forbidden, TokenInvalid, SignatureRequired, NotThisRole, NotReady,
        MessageKeyRevoked, CaseCode(Box::default()), LedgerHalted,
        Fault(GatewayFault::Port(PortError::NoValidators)),
        Rules(vec![Finding { rule: "schema.missing".to_owned(), path: "GrpHdr/MsgId".to_owned(),
            line: 7, text: "is missing; add it".to_owned() }]),
        RecallExists, RecallAnswered, Unready(Unready::Recall), SamePerson, NotAnswered, NotReturned,
        TooManyStreams, WebhookUrl, WebhookExists, TooManyWebhooks, FileConflict, DayOpen, NotReconciled,
        CheckPending, TooManyChecks, TooManyRequests,
        SandboxRejects("AC04"), SandboxSilent, DatePast, DateTooFar, NotWaiting, NotQueued, TooManyWaiting, StandingEnded, TooManyStanding,
        Changed, GivenBack, HeaderAgents, GroupCancellation, Call(CallRefused::NoPart), Fx(FxRefused::Expired),
        Investigation("InvstgtnTp/Cd says what is asked"), NotAnInvestigation,
        Review(ReviewRefused::NotReviewed), Inquiry(interbank::Refused::UnknownCase),
    );
    let gate = every!(GateRefusal:
        StandingMissing, StandingRevoked, StandingExpired, ListHit,
        Signer(SignerError::Unavailable),
    );
    let amount = every!(AmountError: Malformed, TooManyDigits, TooManyDecimals { scale: 2 });
    let call = every!(CallRefused:
        Unreadable("the call"), ModuleUnknown, ModuleTooWide,
        FunctionUnknown("no entry function of that name"), WrongCount { signers: 1, arguments: 4 },
        Argument { at: 2, type_: Some(TypeTag::U128) }, NoPart, NotOurs, Clearances,
    );
    let own = own.into_iter().chain(gate.map(Refused::Gate));
    let own = own.chain(call.map(Refused::Call));
    let own = own.chain(FxRefused::ALL.map(Refused::Fx));
    let own = own.chain(Unready::ALL.map(Refused::Unready));
    let own = own.chain(ReviewRefused::ALL.map(Refused::Review));
    let own = own.chain(interbank::Refused::ALL.map(Refused::Inquiry));
    own.chain(amount.map(Refused::Amount)).chain(message_refusals().map(Refused::Message)).collect()
}

fn message_refusals() -> impl Iterator<Item = Iso20022Error> {
    let path = || "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/PmtId/UETR".to_owned();
    let line = 7;
    let refusals = every!(Iso20022Error:
        TooLarge { bytes: 2_000_000, limit: 1_048_576 }, TooDeep { line: line, limit: 32 },
        TooManyElements { line: line, limit: 10_000 },
        TooManyAttributes { line: line, limit: 16 }, NameTooLong { line: line, limit: 256 },
        InvalidUtf8 { offset: 17 }, DtdRefused { line: line },
        ProcessingInstructionRefused { line: line },
        UndefinedEntity { line: line, name: "nbsp".to_owned() }, TrailingContent { line: line },
        MalformedXml { line: line, fault: XmlFault::Truncated }, NotAPacs008 { found: None },
        NotAPacs002 { found: None },
        UnknownVersion { found: "pacs.008.001.07".to_owned(), expected: "pacs.008.001.08" },
        MultipleMessages { count: 2 }, MultipleTransactions { count: 2 },
        TransactionCountMismatch { declared: 2, found: 1 },
        SchemaViolation { path: path(), line: line, rule: SchemaRule::Missing },
        BadUetr { path: path(), line: line }, BadBic { path: path(), line: line },
        BadLei { path: path(), line: line }, BadIban { path: path(), line: line },
        Amount { path: path(), line: line, reason: AmountError::Malformed },
        TotalMismatch { path: path(), line: line }, NotACamt054 { found: None }, NoBusinessHeader,
        ZeroAmount { path: path(), line: line }, CurrencyMismatch { path: path(), line: line },
        SumMismatch { path: path(), line: line },
        HeaderMismatch { header: "pacs.008.001.08".to_owned(), document: "camt.054.001.08" },
    );
    refusals.into_iter()
}
