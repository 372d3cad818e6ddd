//! Requests with commands that are refused by their head alone, before anything of the body is read, hashed or
//! decoded.
//!
//! Whoever would be refused anyway costs next to nothing so. A key is only claimed here, and a claim proves
//! nothing: it is enough to be refused, and changes no counter, so that nobody takes another's room by
//! naming another's key.
//!
//! # Place      actix -> [head] -> the body, authentication, the pool
//! # Invariants reads only; who is let through is authenticated as if this were not here
//! # Absent     rates of requests: what is counted is the pool's places

use std::{
    pin::{Pin, pin},
    time::Duration,
};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{CONTENT_LENGTH, HeaderMap},
    web::{Bytes, Data},
};
use futures::StreamExt as _;
use ledger_core::limits::MAX_BULK_BYTES;
use settlement_api::{
    http_signature::MAX_SIGNATURE_INPUT_BYTES,
    problem::Problem,
    reading::{Bounds, Unread},
};

use super::{Port, caller, refusal};

/// Bytes of a request's body at most: the longest command.
const MAX_BODY_BYTES: usize = MAX_BULK_BYTES;
/// How long the body of a refused request is skipped, for its connection to go on.
const SKIPPING: Duration = Duration::from_millis(100);
const KEY_ID: &str = ";keyid=\"";

/// The body of a request with commands, where its head is no reason to leave it unread.
pub(super) struct Body(pub(super) Bytes);

impl FromRequest for Body {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let port = request.app_data::<Data<Port>>();
        if let Some(problem) = port.and_then(|port| refused(port, request)) {
            let (request, payload) = (request.clone(), payload.take());
            return Box::pin(async move {
                skip(&request, payload).await;
                Err(problem)
            });
        }
        let read = Bounds::of(MAX_BODY_BYTES).read(request.clone(), payload.take());
        Box::pin(async move { read.await.map(Self).map_err(unread) })
    }
}

fn unread(unread: Unread) -> Problem {
    match unread {
        Unread::TooLarge => refusal::too_long(),
        Unread::TooSlow => unread.problem(MAX_BODY_BYTES),
        Unread::Broken => refusal::body_lost(),
    }
}

/// Why a request with commands need not be read.
fn refused(port: &Port, request: &HttpRequest) -> Option<Problem> {
    let claimed = claimed(request.headers())?;
    match caller(port.pipeline.view(), &claimed) {
        Ok(Some(caller)) => {
            port.pipeline.room(&caller.organisation).err().map(|error| refusal::submit(&error))
        }
        Ok(None) => Some(refusal::unknown_key()),
        // Found again, and logged, where it matters who asks.
        Err(_) => None,
    }
}

/// The key that the signature is said to be of. Whatever is not as the profile wants it is refused with its
/// reason by authentication.
fn claimed(headers: &HeaderMap) -> Option<[u8; 32]> {
    let mut inputs = headers.get_all("signature-input");
    let (input, None) = (inputs.next()?.to_str().ok()?, inputs.next()) else { return None };
    if input.len() > MAX_SIGNATURE_INPUT_BYTES {
        return None;
    }
    let (_, after) = input.split_once(KEY_ID)?;
    let (digits, rest) = after.split_once('"')?;
    if rest.contains(KEY_ID) || digits.bytes().any(|digit| digit.is_ascii_uppercase()) {
        return None;
    }
    let mut key = [0; 32];
    hex::decode_to_slice(digits, &mut key).ok()?;
    Some(key)
}

/// Lets a body pass that is already on its way, keeping nothing of it. One that does not come is not waited
/// for: the answer closes the connection then.
async fn skip(request: &HttpRequest, payload: Payload) {
    let said = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let said = said.and_then(|text| text.parse::<usize>().ok());
    if said.is_none_or(|bytes| bytes > MAX_BODY_BYTES) {
        return;
    }
    let mut payload = pin!(payload);
    let all = async { while let Some(Ok(_)) = payload.next().await {} };
    let _ = tokio::time::timeout(SKIPPING, all).await;
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_key_is_claimed_once_and_in_the_profiles_spelling_or_not_at_all() {
        let digits = "0a".repeat(32);
        let input = |keyid: &str| format!("sig1=(\"@method\");created=1;keyid=\"{keyid}\"");
        let of = |values: &[String]| {
            let mut request = TestRequest::post();
            for value in values {
                request = request.append_header(("signature-input", value.as_str()));
            }
            claimed(request.to_http_request().headers())
        };
        assert_eq!(of(&[input(&digits)]), Some([10; 32]));
        let long = format!("{};nonce=\"{}\"", input(&digits), "A".repeat(500));
        let twice = format!("{};keyid=\"{digits}\"", input(&digits));
        let odd = [input(&digits.to_uppercase()), input(&digits[2..]), input("x"), long, twice];
        for one in odd {
            assert_eq!(of(std::slice::from_ref(&one)), None, "{one}");
        }
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[input(&digits), input(&digits)]), None);
    }
}
