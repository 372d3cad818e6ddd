//! A verb that a path does not serve: 405 with those that it does.
//!
//! # Place      the routes of every process, where none of them fits -> [verbs]
//! # Invariants what is allowed is read from the table from which routes are served and described; a path
//! #            that is spelled out there is no object of another row's name
//! # Absent     HEAD and OPTIONS: nothing here is asked by them

use actix_web::{
    HttpResponse,
    guard::{Guard, fn_guard},
    http::{
        StatusCode,
        header::{ALLOW, HeaderValue},
    },
};

use crate::problem::{Problem, ProblemFacts, Retry};

/// Method and path of a route, as `get` and `/v1/payments/{uetr}`.
pub type Row = (&'static str, &'static str);

/// A path that is served, and was asked by another verb.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongVerb {
    /// As in `Allow`.
    allowed: String,
}

impl WrongVerb {
    /// For a request that no route took; `None` when no route has its path.
    #[must_use]
    pub fn of(rows: &[Row], path: &str) -> Option<Self> {
        let spelled = rows.iter().any(|(_, pattern)| *pattern == path);
        let has = |pattern: &str| if spelled { pattern == path } else { fits(pattern, path) };
        let mut allowed: Vec<String> = Vec::new();
        for (method, _) in rows.iter().filter(|(_, pattern)| has(pattern)) {
            let method = method.to_ascii_uppercase();
            if !allowed.contains(&method) {
                allowed.push(method);
            }
        }
        (!allowed.is_empty()).then(|| Self { allowed: allowed.join(", ") })
    }

    /// What is said.
    #[must_use]
    pub fn problem(&self) -> Problem {
        Problem::new(ProblemFacts {
            status: StatusCode::METHOD_NOT_ALLOWED,
            code: "method_not_allowed",
            title: "The path is not asked by this method",
            retry: Retry::Never,
            detail: format!("Ask it by {}; see the API description.", self.allowed).into(),
        })
    }

    /// Adds what is allowed to the answer.
    #[must_use]
    pub fn stated(&self, mut answer: HttpResponse) -> HttpResponse {
        if let Ok(allowed) = HeaderValue::from_str(&self.allowed) {
            answer.headers_mut().insert(ALLOW, allowed);
        }
        answer
    }
}

/// The paths that are spelled out and have the form of another row's, too: as `/v1/tickets/check`.
pub(crate) fn shared(rows: &'static [Row]) -> impl Iterator<Item = &'static str> {
    let paths = rows.iter().enumerate().filter(|(at, (_, path))| {
        let first = rows.iter().position(|(_, other)| other == path) == Some(*at);
        first && rows.iter().any(|(_, other)| other != path && fits(other, path))
    });
    paths.map(|(_, (_, path))| *path)
}

/// Lets through the verbs that no row serves on this very path.
pub(crate) fn unserved(rows: &'static [Row], path: &'static str) -> impl Guard {
    fn_guard(move |context| {
        let asked = context.head().method.as_str();
        !rows.iter().any(|(verb, row)| *row == path && verb.eq_ignore_ascii_case(asked))
    })
}

/// Whether a path is one of a pattern: segments are equal, or something where the pattern has a name.
fn fits(pattern: &str, path: &str) -> bool {
    let named = |part: &str| part.starts_with('{');
    let mut segments = path.split('/');
    pattern.split('/').all(|part| match segments.next() {
        Some(segment) if named(part) => !segment.is_empty(),
        Some(segment) => segment == part,
        None => false,
    }) && segments.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &[Row] = &[
        ("get", "/v1/recalls"),
        ("post", "/v1/recalls"),
        ("get", "/v1/recalls/{recall}"),
        ("post", "/v1/recalls/{recall}/answer"),
        ("post", "/v1/recalls/all"),
    ];

    #[test]
    fn what_a_path_serves_is_allowed_and_other_paths_serve_nothing() {
        for (path, allowed) in [
            ("/v1/recalls", Some("GET, POST")),
            ("/v1/recalls/7", Some("GET")),
            ("/v1/recalls/all", Some("POST")),
            ("/v1/recalls/7/answer", Some("POST")),
            ("/v1/recalls/", None),
            ("/v1/recalls//answer", None),
            ("/v1/recalls/7/answer/8", None),
            ("/v1", None),
            ("", None),
        ] {
            let found = WrongVerb::of(ROWS, path);
            assert_eq!(found.map(|one| one.allowed).as_deref(), allowed, "{path}");
        }
    }

    #[test]
    fn paths_that_are_spelled_out_beside_a_name_are_found() {
        assert_eq!(shared(ROWS).collect::<Vec<_>>(), ["/v1/recalls/all"]);
        assert_eq!(shared(&ROWS[..4]).count(), 0);
    }

    #[test]
    fn the_answer_is_405_and_says_what_is_allowed() {
        let wrong = WrongVerb::of(ROWS, "/v1/recalls").unwrap();
        let answer = wrong.stated(HttpResponse::from(&wrong.problem()));
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(answer.headers().get(ALLOW).unwrap(), "GET, POST");
    }
}
