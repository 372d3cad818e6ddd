//! Every problem of the ledger port.
//!
//! # Invariants status, code and retry class are those that `node` answers (a test there); a command's
//! #            own faults are made from `ledger_core`'s

use actix_web::http::StatusCode;
use ledger_core::{codec::CodecError, command::CommandError};

use super::super::problems::{every, internal, of_authentication, of_verbs, ordered};
use crate::{
    ledger_port::BATCH_BYTES,
    problem::{Problem, ProblemFacts, Retry},
    reading::Unread,
};

/// One problem of every code, ordered by status and code.
pub(super) fn all() -> Vec<Problem> {
    let refused = of_authentication().into_iter().chain(of_commands());
    let refused = refused.chain(of_the_pool()).chain(of_the_port());
    // Too many bytes, and a body that breaks, are the port's own refusals.
    let slow = Unread::TooSlow.problem(BATCH_BYTES);
    ordered(refused.chain(of_verbs()).chain([slow, internal()]))
}

/// What is wrong with a command whatever the pool holds.
fn of_commands() -> impl Iterator<Item = Problem> {
    let faults = every!(CommandError:
        Codec(CodecError::Malformed), Signatures, BadSignature, OtherChain, Expired, ExpiryTooFar,
    );
    faults.into_iter().map(|fault| {
        use StatusCode as S;
        let (status, code, retry) = match fault {
            CommandError::Codec(_) => (S::BAD_REQUEST, "malformed_command", Retry::Never),
            CommandError::Signatures => (S::BAD_REQUEST, "malformed_signatures", Retry::Never),
            CommandError::BadSignature => (S::UNPROCESSABLE_ENTITY, "bad_signature", Retry::Never),
            CommandError::OtherChain => (S::UNPROCESSABLE_ENTITY, "other_network", Retry::Never),
            CommandError::Expired => (S::UNPROCESSABLE_ENTITY, "expired", Retry::Never),
            CommandError::ExpiryTooFar => (S::UNPROCESSABLE_ENTITY, "expiry_too_far", Retry::Later),
        };
        not_taken(status, code, retry, &fault.to_string())
    })
}

fn not_taken(status: StatusCode, code: &'static str, retry: Retry, text: &str) -> Problem {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let detail: String = first.chain(letters).chain(['.']).collect();
    let title = "The command was not taken";
    Problem::new(ProblemFacts { status, code, title, retry, detail: detail.into() })
}

/// What keeps a sound command out of the pool.
fn of_the_pool() -> impl Iterator<Item = Problem> {
    use StatusCode as S;
    let refused = [
        (
            S::FORBIDDEN,
            "not_your_command",
            Retry::Never,
            "the command is another institution's. Send it with a key of that institution",
        ),
        (
            S::PAYLOAD_TOO_LARGE,
            "command_too_long",
            Retry::Never,
            "the command has more bytes than a command may have",
        ),
        (
            S::UNPROCESSABLE_ENTITY,
            "command_too_costly",
            Retry::Never,
            "the command declares more work than a block may hold",
        ),
        (
            S::UNPROCESSABLE_ENTITY,
            "rules_not_in_force",
            Retry::Later,
            "the command needs version 2 of the rules, which is not in force yet",
        ),
        (
            S::TOO_MANY_REQUESTS,
            "pool_full",
            Retry::Later,
            "the pool is full; retry in a few seconds",
        ),
        (
            S::TOO_MANY_REQUESTS,
            "quota_exceeded",
            Retry::Later,
            "the organisation's share of the pool is used up; retry in a few seconds",
        ),
        (
            S::SERVICE_UNAVAILABLE,
            "stopped",
            Retry::Later,
            "this node no longer takes commands; send the command to another validator",
        ),
        (
            S::SERVICE_UNAVAILABLE,
            "storage_low",
            Retry::Later,
            "this validator's disk is nearly full; send the command to another, or later",
        ),
        (
            S::SERVICE_UNAVAILABLE,
            "ledger_halted",
            Retry::Later,
            "the network is halted; send the command again when it is resumed",
        ),
    ];
    refused.into_iter().map(|(status, code, retry, text)| not_taken(status, code, retry, text))
}

/// What is asked and not answered.
fn of_the_port() -> impl Iterator<Item = Problem> {
    use StatusCode as S;
    let refused = [
        (
            S::NOT_FOUND,
            "not_found",
            Retry::AfterStateChange,
            "Nothing here",
            "There is nothing of this name that you may read. Check the name.",
        ),
        (
            S::SERVICE_UNAVAILABLE,
            "not_proven",
            Retry::Later,
            "There is no proof yet",
            "No certified header shows it yet. Ask again in a second, or another validator.",
        ),
        (
            S::GONE,
            "not_kept",
            Retry::Never,
            "Not kept here",
            "Receipts of blocks before 100 are not kept here. Ask another validator.",
        ),
        (
            S::BAD_REQUEST,
            "malformed_request",
            Retry::Never,
            "The request cannot be read",
            "Ask as in ?after=HEIGHT.INDEX&limit=1..256&wait_ms=0..10000.",
        ),
        (
            S::MISDIRECTED_REQUEST,
            "not_a_validator",
            Retry::Never,
            "This is an observer",
            "An observer takes no commands, and passes none on. Send the command to a validator.",
        ),
        (
            S::MISDIRECTED_REQUEST,
            "blocks_not_kept",
            Retry::Never,
            "This is an observer",
            "An observer keeps no payloads. Ask a validator for blocks.",
        ),
    ];
    refused.into_iter().map(|(status, code, retry, title, detail)| {
        Problem::new(ProblemFacts { status, code, title, retry, detail: detail.into() })
    })
}
