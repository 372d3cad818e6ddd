//! The ledger port's refusals as HTTP answers: one exhaustive match per source.
//!
//! # Place      consensus, store, this port -> [refusal] -> RFC 9457 problem
//! # Invariants codes are stable; "not there" and "not yours" are the same bytes
//! # Absent     refusals by execution (they are receipts, not problems)

use std::borrow::Cow;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use consensus::SubmitError;
use ledger_core::{codec::CodecError, command::CommandError, time::Height};
use ledger_store::StoreError;
use settlement_api::problem::{Problem, ProblemFacts, Retry};

use crate::pipeline::NotTaken;

/// Seconds after which a pool that is full may have room.
const RETRY_AFTER_S: &str = "2";

/// The code of a refusal, for the metrics: carried beside the answer.
#[derive(Clone, Debug)]
pub(crate) struct Code(pub(crate) String);

/// The answer that states a problem.
pub(crate) fn answer(problem: &Problem) -> HttpResponse {
    let mut answer = HttpResponse::from(problem);
    let status = problem.status();
    if status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::SERVICE_UNAVAILABLE {
        let value = header::HeaderValue::from_static(RETRY_AFTER_S);
        answer.headers_mut().insert(header::RETRY_AFTER, value);
    }
    answer.extensions_mut().insert(Code(problem.code().to_owned()));
    answer
}

/// What is not there, or not the caller's to see.
pub(crate) fn not_found() -> Problem {
    Problem::new(ProblemFacts {
        status: StatusCode::NOT_FOUND,
        code: "not_found",
        title: "Nothing here",
        retry: Retry::AfterStateChange,
        detail: "There is nothing of this name that you may read. Check the name.".into(),
    })
}

/// A record that exists and that no certified header shows yet.
pub(crate) fn not_proven() -> Problem {
    Problem::new(ProblemFacts {
        status: StatusCode::SERVICE_UNAVAILABLE,
        code: "not_proven",
        title: "There is no proof yet",
        retry: Retry::Later,
        detail: "No certified header shows it yet. Ask again in a second, or another validator."
            .into(),
    })
}

/// A query or path that does not parse.
pub(crate) fn malformed(detail: &'static str) -> Problem {
    Problem::new(ProblemFacts {
        status: StatusCode::BAD_REQUEST,
        code: "malformed_request",
        title: "The request cannot be read",
        retry: Retry::Never,
        detail: detail.into(),
    })
}

/// A key that is claimed, and that nobody has.
pub(crate) fn unknown_key() -> Problem {
    Problem::new(ProblemFacts {
        status: StatusCode::UNAUTHORIZED,
        code: "key_unknown",
        title: "The request is not authenticated",
        retry: Retry::Never,
        detail:
            "Nobody whom this process knows has this key. Sign with a registered key, or ask the \
                 operator to register this one."
                .into(),
    })
}

/// A body longer than any command.
pub(crate) fn too_long() -> Problem {
    submit(&SubmitError::TooLong)
}

/// A body that did not arrive whole.
pub(crate) fn body_lost() -> Problem {
    malformed("The body did not arrive whole. Send the request again.")
}

/// What only validators do.
fn not_a_validator(code: &'static str, detail: &'static str) -> Problem {
    Problem::new(ProblemFacts {
        status: StatusCode::MISDIRECTED_REQUEST,
        code,
        title: "This is an observer",
        retry: Retry::Never,
        detail: detail.into(),
    })
}

/// Blocks asked of a process that keeps no payloads.
pub(crate) fn no_blocks() -> Problem {
    not_a_validator("blocks_not_kept", "An observer keeps no payloads. Ask a validator for blocks.")
}

/// A command that was not taken.
pub(crate) fn not_taken(error: &NotTaken) -> Problem {
    match error {
        NotTaken::Observer => not_a_validator(
            "not_a_validator",
            "An observer takes no commands, and passes none on. Send the command to a validator.",
        ),
        NotTaken::StorageLow => Problem::new(ProblemFacts {
            status: StatusCode::SERVICE_UNAVAILABLE,
            code: "storage_low",
            title: "The command was not taken",
            retry: Retry::Later,
            detail: sentence(&error.to_string()),
        }),
        NotTaken::Halted => Problem::new(ProblemFacts {
            status: StatusCode::SERVICE_UNAVAILABLE,
            code: "ledger_halted",
            title: "The command was not taken",
            retry: Retry::Later,
            detail: sentence(&error.to_string()),
        }),
        NotTaken::Refused(error) => submit(error),
    }
}

/// A command that the pool did not take.
pub(crate) fn submit(error: &SubmitError) -> Problem {
    use CommandError as C;
    // Too many bytes are one refusal, whoever counts them: the codec counts those of a command that
    // is no bulk, the request's reader those of any.
    let too_long = matches!(error, SubmitError::Command(C::Codec(CodecError::TooLong { .. })));
    let error = if too_long { &SubmitError::TooLong } else { error };
    let status = match error {
        SubmitError::Command(C::Codec(_) | C::Signatures) => StatusCode::BAD_REQUEST,
        SubmitError::Command(C::BadSignature | C::OtherChain | C::Expired | C::ExpiryTooFar)
        | SubmitError::NotInForce { .. }
        | SubmitError::TooCostly => StatusCode::UNPROCESSABLE_ENTITY,
        SubmitError::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
        SubmitError::PoolFull | SubmitError::QuotaExceeded => StatusCode::TOO_MANY_REQUESTS,
        SubmitError::Stopped => StatusCode::SERVICE_UNAVAILABLE,
    };
    Problem::new(ProblemFacts {
        status,
        code: error.code(),
        title: "The command was not taken",
        retry: if error.is_retryable() { Retry::Later } else { Retry::Never },
        detail: sentence(&error.to_string()),
    })
}

/// A command of another institution than the one that sent it.
pub(crate) fn foreign() -> Problem {
    Problem::new(ProblemFacts {
        status: StatusCode::FORBIDDEN,
        code: "not_your_command",
        title: "The command was not taken",
        retry: Retry::Never,
        detail: "The command is another institution's. Send it with a key of that institution."
            .into(),
    })
}

/// What a pruned or restored node does not keep (W43).
fn not_kept(below: Height) -> Problem {
    let detail =
        format!("Receipts of blocks before {below} are not kept here. Ask another validator.");
    Problem::new(ProblemFacts {
        status: StatusCode::GONE,
        code: "not_kept",
        title: "Not kept here",
        retry: Retry::Never,
        detail: detail.into(),
    })
}

/// A fault of the store: the log has the cause, the caller an incident id. What is not kept is none.
pub(crate) fn store(error: &StoreError) -> Problem {
    if let StoreError::Pruned { below } = error {
        return not_kept(*below);
    }
    let incident = uuid::Uuid::new_v4().simple().to_string();
    tracing::error!(%error, incident, "ledger_port.store");
    Problem::internal(&incident)
}

/// A fault of ours that is no error of the store.
pub(crate) fn internal(what: &'static str) -> Problem {
    let incident = uuid::Uuid::new_v4().simple().to_string();
    tracing::error!(what, incident, "ledger_port.internal");
    Problem::internal(&incident)
}

/// A message as a sentence.
fn sentence(message: &str) -> Cow<'static, str> {
    let mut letters = message.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    Cow::Owned(format!("{first}{}.", letters.as_str()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use ledger_core::rules::RulesVersion;
    use settlement_api::openapi::Surface;

    use super::*;

    const NOT_IN_FORCE: SubmitError = SubmitError::NotInForce { needs: RulesVersion::KNOWN };

    #[test]
    fn every_refusal_of_the_pool_has_its_status() {
        let rows = [
            (SubmitError::Command(C::Codec(CodecError::Malformed)), 400, Retry::Never),
            (SubmitError::Command(C::Signatures), 400, Retry::Never),
            (SubmitError::Command(C::BadSignature), 422, Retry::Never),
            (SubmitError::Command(C::OtherChain), 422, Retry::Never),
            (SubmitError::Command(C::Expired), 422, Retry::Never),
            (SubmitError::Command(C::ExpiryTooFar), 422, Retry::Later),
            (NOT_IN_FORCE, 422, Retry::Later),
            (SubmitError::TooLong, 413, Retry::Never),
            (SubmitError::TooCostly, 422, Retry::Never),
            (SubmitError::PoolFull, 429, Retry::Later),
            (SubmitError::QuotaExceeded, 429, Retry::Later),
            (SubmitError::Stopped, 503, Retry::Later),
        ];
        use CommandError as C;
        for (error, status, retry) in rows {
            let problem = submit(&error);
            assert_eq!((problem.status().as_u16(), problem.retry()), (status, retry), "{error}");
            assert_eq!(problem.code(), error.code());
            let waits = answer(&problem).headers().contains_key("retry-after");
            assert_eq!(waits, status == 429 || status == 503, "{error}");
        }
    }

    #[test]
    fn a_command_with_too_many_bytes_is_one_problem_whoever_counts_them() {
        let counted = CodecError::TooLong { found: 20_000, limit: 16_384 };
        let problem = submit(&SubmitError::Command(CommandError::Codec(counted)));
        assert_eq!((problem.status().as_u16(), problem.code()), (413, "command_too_long"));
        assert_eq!(problem, too_long());
    }

    /// The description in `settlement_api` has every refusal of this port, as it is answered.
    #[test]
    fn every_refusal_is_described() {
        use CommandError as C;
        let commands = [
            SubmitError::Command(C::Codec(CodecError::Malformed)),
            SubmitError::Command(C::Signatures),
            SubmitError::Command(C::BadSignature),
            SubmitError::Command(C::OtherChain),
            SubmitError::Command(C::Expired),
            SubmitError::Command(C::ExpiryTooFar),
            NOT_IN_FORCE,
            SubmitError::TooLong,
            SubmitError::TooCostly,
            SubmitError::PoolFull,
            SubmitError::QuotaExceeded,
            SubmitError::Stopped,
        ];
        let port = [
            not_found(),
            unknown_key(),
            not_proven(),
            not_kept(Height::new(100)),
            malformed(""),
            no_blocks(),
            not_taken(&NotTaken::Observer),
            not_taken(&NotTaken::StorageLow),
            not_taken(&NotTaken::Halted),
            foreign(),
            internal("a test"),
        ];
        let document = serde_json::to_value(Surface::LedgerPort.document()).unwrap();
        let described: BTreeMap<String, Problem> = document["components"]["responses"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|one| {
                one["content"]["application/problem+json"]["examples"].as_object().unwrap()
            })
            .map(|(code, one)| {
                (code.clone(), serde_json::from_value(one["value"].clone()).unwrap())
            })
            .collect();
        for problem in commands.iter().map(submit).chain(port) {
            let code = problem.code();
            let found = described.get(code).unwrap_or_else(|| panic!("{code} is not described"));
            let said = (found.status(), found.retry());
            assert_eq!(said, (problem.status(), problem.retry()), "{code}");
        }
    }
}
