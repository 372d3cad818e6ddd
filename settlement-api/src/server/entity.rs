//! Entity tags: which state of a resource a client saw, and that it changes no other (RFC 9110).
//!
//! # Invariants G3 `If-Match` is compared under the lock under which the resource changes

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{ETAG, HeaderName, IF_MATCH, IF_NONE_MATCH},
    },
};
use ledger_core::digest::Domain;
use serde::Serialize;

use crate::refused::Refused;

/// Hex digits of a tag.
const DIGITS: usize = 32;

/// The tag of a report: another one as soon as anything in it is another.
fn tag(report: &impl Serialize) -> String {
    let bytes = serde_json::to_vec(report).unwrap_or_default();
    let hash: String = Domain::Content.hash(&bytes).to_hex().chars().take(DIGITS).collect();
    format!("\"{hash}\"")
}

fn given(request: &HttpRequest, name: HeaderName) -> Option<Vec<String>> {
    let values: Vec<&str> =
        request.headers().get_all(name).filter_map(|value| value.to_str().ok()).collect();
    let tags = values.iter().flat_map(|value| value.split(',')).map(|tag| tag.trim().to_owned());
    (!values.is_empty()).then(|| tags.collect())
}

/// A resource as JSON with its tag; 304 when a reader has it already.
pub fn tagged(request: &HttpRequest, report: &impl Serialize) -> HttpResponse {
    let own = tag(report);
    let known = given(request, IF_NONE_MATCH).unwrap_or_default();
    let same = |known: &String| known == "*" || known.trim_start_matches("W/") == own;
    if known.iter().any(same) {
        return HttpResponse::build(StatusCode::NOT_MODIFIED).insert_header((ETAG, own)).finish();
    }
    HttpResponse::Ok().insert_header((ETAG, own)).json(report)
}

/// Whether a client says which state it saw.
#[must_use]
pub fn is_conditional(request: &HttpRequest) -> bool {
    request.headers().contains_key(IF_MATCH)
}

/// Whether a client may change a resource that is as reported.
///
/// # Errors
/// [`Refused::Changed`] when the client saw another state of it.
pub fn check(request: &HttpRequest, report: &impl Serialize) -> Result<(), Refused> {
    let Some(wanted) = given(request, IF_MATCH) else { return Ok(()) };
    let own = tag(report);
    // A weak tag says that nothing of importance changed, which is for readers.
    if wanted.iter().any(|tag| tag == "*" || *tag == own) { Ok(()) } else { Err(Refused::Changed) }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use serde_json::json;

    use super::*;

    #[test]
    fn g3_a_resource_changes_only_for_whom_it_is_as_it_was_seen() {
        let (seen, now) = (json!({"status": "PDNG"}), json!({"status": "RJCT"}));
        let (old, own) = (tag(&seen), tag(&now));
        let with = |header: &'static str, value: &str| {
            TestRequest::post().insert_header((header, value)).to_http_request()
        };
        assert!(check(&TestRequest::post().to_http_request(), &now).is_ok());
        for (value, fits) in [
            (own.clone(), true),
            (format!("{old}, {own}"), true),
            ("*".to_owned(), true),
            (old.clone(), false),
            (format!("W/{own}"), false),
            (String::new(), false),
        ] {
            let checked = check(&with("if-match", &value), &now);
            assert_eq!(checked.is_ok(), fits, "{value}");
        }
        for (value, status) in
            [(own.clone(), 304), (format!("W/{own}"), 304), (old, 200), ("*".to_owned(), 304)]
        {
            let answer = tagged(&with("if-none-match", &value), &now);
            assert_eq!(answer.status().as_u16(), status, "{value}");
            assert_eq!(answer.headers().get(ETAG).unwrap().to_str().unwrap(), own);
        }
    }
}
