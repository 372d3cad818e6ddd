//! The document of an observer's audit API.

use ledger_core::time::Height;
use utoipa::OpenApi as _;

use super::{Asked, Parts, problems};
use crate::{
    audit::{AuditRefused, Described, RoleInPayments, port::AuditFault},
    problem::Problem,
};

mod examples;

/// Schemas that no handler names itself.
#[derive(utoipa::OpenApi)]
#[openapi(components(schemas(Problem, RoleInPayments)))]
struct Named;

const TAGS: &[(&str, &str)] = &[
    ("Supply and reserves", "What is in existence, and what stands behind it."),
    ("Payments", "The evidence of one payment."),
    ("Accounts", "Everything that happened to one account."),
    ("Members", "What a member has, and what it paid and was paid."),
    ("Mints and redemptions", "Where tokens came from, and where they went."),
    ("History of blocks", "That the past was not rewritten."),
    ("Service", "Unsigned: health, this document."),
];

pub(super) fn parts() -> Parts {
    let mut described = Described::openapi();
    described.merge(Named::openapi());
    Parts {
        described,
        description: include_str!("audit/description.md").to_owned(),
        roles: "Every operation needs the role `auditor`, the only one of a client here.",
        anyone: "Any client of the observer.",
        tags: TAGS,
        problems: refusals(),
        may,
        by_token: |_, _| false,
        tokens: None,
        examples: examples::all(),
    }
}

/// Schema and example.
#[cfg(test)]
pub(super) fn examples() -> Vec<(&'static str, serde_json::Value)> {
    examples::all()
}

/// What is asked decides what may be refused: any query or path may not parse; a path may name
/// nothing, a height may not be proven, and a currency or a span may not be what the ledger has.
///
/// `from` without `to` is no span: it is a height where the path names nothing, or else a place in
/// the list of what it names.
fn may(status: u16, asked: &Asked) -> bool {
    let names = |wanted: &[&str]| asked.query.iter().any(|name| wanted.contains(&name.as_str()));
    match status {
        404 => asked.variable,
        // Said where no operation is.
        405 => false,
        409 => names(&["at", "to"]) || names(&["from"]) && !asked.variable,
        422 => names(&["currency", "to"]),
        _ => true,
    }
}

/// One problem of every code.
pub(super) fn refusals() -> Vec<Problem> {
    use problems::every;
    let (asked, proven) = (Height::new(4_812), Height::new(4_711));
    let refused = every!(AuditRefused:
        Malformed("ask as in ?currency=USD&at=HEIGHT"), Forbidden, CurrencyUnknown, NotFound,
        HeightNotProven { asked: asked, proven: proven },
        HistoryTooLong { what: "blocks", limit: verifier::limits::MAX_HISTORY_BLOCKS }, NotProven,
        NotKept { from: asked }, Fault(AuditFault::inconsistent("an example")),
    );
    let stated = refused.into_iter().filter(|refused| !matches!(refused, AuditRefused::Fault(_)));
    let refusals = stated.map(|refused| refused.problem());
    problems::ordered(
        problems::of_authentication()
            .into_iter()
            .chain(refusals)
            .chain(problems::of_verbs())
            .chain([
                // A fault is logged when its answer is made: it is not made here.
                problems::internal(),
            ]),
    )
}
