//! `Prefer` as RFC 7240 spells it: names in any case, several in one header or in several, values bare
//! or quoted, parameters after semicolons.
//!
//! # Absent     other preferences than `wait`, `respond-async` and `proof`, which change nothing

use std::time::Duration;

use actix_web::http::header::HeaderMap;

use super::MAX_WAIT_S;

/// What `proof` may be.
const INLINE: &str = "inline";

/// How long a request wants to wait, at most [`MAX_WAIT_S`]; `None` when it says nothing of it. Of a
/// preference that is given twice the first counts.
#[must_use]
pub fn wait(headers: &HeaderMap) -> Option<Duration> {
    let mut asynchronous = false;
    for (name, value) in stated(headers) {
        match name.as_str() {
            "wait" => {
                // A number beyond what can be counted is a long one; what is no number says nothing.
                let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
                let seconds = value.parse().unwrap_or(if digits { MAX_WAIT_S } else { 0 });
                return Some(Duration::from_secs(seconds.min(MAX_WAIT_S)));
            }
            "respond-async" => asynchronous = true,
            _ => {}
        }
    }
    asynchronous.then_some(Duration::ZERO)
}

/// Whether a request wants receipts inside of the answer: `proof=inline`. What is given twice counts
/// as it was given first.
#[must_use]
pub fn inline_proof(headers: &HeaderMap) -> bool {
    let wanted = stated(headers).find(|(name, _)| name == "proof");
    wanted.is_some_and(|(_, value)| value.eq_ignore_ascii_case(INLINE))
}

/// Names, in lower case, and values of what is preferred.
fn stated(headers: &HeaderMap) -> impl Iterator<Item = (String, &str)> {
    let given = headers.get_all("prefer").filter_map(|value| value.to_str().ok());
    given.flat_map(|text| split(text, ',')).map(|preference| {
        let stated = split(preference, ';').first().copied().unwrap_or_default();
        let (name, value) = stated.split_once('=').unwrap_or((stated, ""));
        (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"'))
    })
}

/// The parts between separators that stand outside of quotes.
fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |found: char| {
        let (was_escaped, was_quoted) = (escaped, quoted);
        escaped = was_quoted && !was_escaped && found == '\\';
        if found == '"' && !was_escaped {
            quoted = !was_quoted;
        }
        found == separator && !quoted
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn a_proof_is_inline_where_that_is_preferred_first() {
        let rows: &[(&[&str], bool)] = &[
            (&[], false),
            (&["proof=inline"], true),
            (&["Proof = \"Inline\"; x=1"], true),
            (&["wait=20, proof=inline"], true),
            (&["wait=20", "proof=inline"], true),
            (&["proof=none, proof=inline"], false),
            (&["proof"], false),
            (&["note=\"a, proof=inline\""], false),
            (&["inline"], false),
        ];
        for (given, expected) in rows {
            let mut headers = HeaderMap::new();
            for value in *given {
                let value = HeaderValue::from_str(value).unwrap();
                headers.append(HeaderName::from_static("prefer"), value);
            }
            assert_eq!(inline_proof(&headers), *expected, "{given:?}");
        }
    }

    #[test]
    fn a_wait_is_read_as_rfc_7240_spells_it() {
        let rows: &[(&[&str], Option<u64>)] = &[
            (&[], None),
            (&["wait=3"], Some(3)),
            (&["respond-async, wait=3"], Some(3)),
            (&["wait=3, respond-async"], Some(3)),
            (&["respond-async"], Some(0)),
            (&["Respond-Async , WAIT = 3"], Some(3)),
            (&["wait=\"3\""], Some(3)),
            (&["wait=3; foo=bar"], Some(3)),
            (&["foo; wait=9, wait=3"], Some(3)),
            (&["note=\"a, wait=9\", wait=3"], Some(3)),
            (&["note=\"a \\\", wait=9\", wait=3"], Some(3)),
            (&["respond-async", "wait=3"], Some(3)),
            (&["return=minimal", "handling=lenient"], None),
            (&["wait=3, wait=9"], Some(3)),
            (&["wait=31"], Some(MAX_WAIT_S)),
            (&["wait=99999999999999999999999"], Some(MAX_WAIT_S)),
            (&["wait=soon"], Some(0)),
            (&["wait"], Some(0)),
            (&["waiting=3"], None),
            (&[""], None),
        ];
        for (given, expected) in rows {
            let mut headers = HeaderMap::new();
            for value in *given {
                let value = HeaderValue::from_str(value).unwrap();
                headers.append(HeaderName::from_static("prefer"), value);
            }
            assert_eq!(wait(&headers), expected.map(Duration::from_secs), "{given:?}");
        }
    }
}
