//! Who sent this request: the signature, the key and the nonce, in one step.
//!
//! # Place
//! actix handler -> [auth] -> http_signature, known keys, nonce -> the handler's work
//!
//! # Invariants
//! - [`Authenticated`] exists only for a request whose signature holds, whose key is known and
//!   whose nonce was never used; nothing else makes one.
//! - The nonce is asked last, so that a refused request does not use it up and a stranger causes no
//!   disk write. Before it the sender's pace is asked, and a stranger's never.
//!
//! # Absent on purpose
//! What the key may do: roles and institutions are the caller's. The reading of the body, and its
//! limit: the caller hands over the bytes it will act on, and these are what was signed.

use crate::http_signature::{
    self, HeaderName, HttpSignatureError, RequestParts, SignatureHeaders, VerifiedRequest,
    single_header, unix_now_s,
};
use crate::nonce::{Fresh, NonceError, NonceStore};
use crate::problem::{Problem, ProblemFacts, Retry};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use std::sync::Arc;

#[cfg(test)]
mod tests;

/// How far a client's clock may be ahead of ours, in seconds.
pub const DEFAULT_CLOCK_SKEW_S: u64 = 5;

/// The sender of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authenticated {
    key: [u8; 32],
}

impl Authenticated {
    /// The public key that signed the request.
    pub fn key(&self) -> &[u8; 32] {
        &self.key
    }
}

/// The keys whose requests are read at all.
///
/// Small-order and non-canonical keys must not be registered: anyone can sign for some of them.
pub trait KnownKeys: Send + Sync {
    /// Whether this key belongs to a client.
    fn is_known(&self, key: &[u8; 32]) -> bool;
}

impl<F: Fn(&[u8; 32]) -> bool + Send + Sync> KnownKeys for F {
    fn is_known(&self, key: &[u8; 32]) -> bool {
        self(key)
    }
}

/// Who sends, where it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender<'a> {
    /// Who has a known key, and signed with it.
    Key(&'a [u8; 32]),
    /// The client of this name, which has a token.
    Token(&'a str),
}

/// Whether a sender may send another request now.
pub trait Pace: Send + Sync {
    /// Takes the request, or says when to send it again.
    ///
    /// # Errors
    /// 429.
    fn take(&self, sender: Sender<'_>) -> Result<(), Problem>;
}

/// Checks requests. One per gateway, shared by all workers.
#[derive(Clone)]
pub struct Authenticator {
    known_keys: Arc<dyn KnownKeys>,
    nonces: Arc<dyn NonceStore>,
    pace: Option<Arc<dyn Pace>>,
    clock_unix_s: fn() -> u64,
    clock_skew_s: u64,
}

impl Authenticator {
    /// With the system clock and [`DEFAULT_CLOCK_SKEW_S`].
    pub fn new(known_keys: Arc<dyn KnownKeys>, nonces: Arc<dyn NonceStore>) -> Self {
        Self {
            known_keys,
            nonces,
            pace: None,
            clock_unix_s: unix_now_s,
            clock_skew_s: DEFAULT_CLOCK_SKEW_S,
        }
    }

    /// Where senders have a pace.
    #[must_use]
    pub fn paced(self, pace: Arc<dyn Pace>) -> Self {
        Self { pace: Some(pace), ..self }
    }

    /// Takes a request of a sender that is known.
    ///
    /// # Errors
    /// 429.
    pub(crate) fn pace(&self, sender: Sender<'_>) -> Result<(), Problem> {
        self.pace.as_ref().map_or(Ok(()), |pace| pace.take(sender))
    }

    /// With another clock, which says seconds since 1970.
    #[must_use]
    pub fn with_clock(self, clock_unix_s: fn() -> u64) -> Self {
        Self { clock_unix_s, ..self }
    }

    /// Says who sent the request with this body, or why that cannot be known.
    pub async fn authenticate(
        &self,
        request: &HttpRequest,
        body: &[u8],
    ) -> Result<Authenticated, Problem> {
        let now = (self.clock_unix_s)();
        let verified = verified(request, body, now, self.clock_skew_s).map_err(refused)?;
        if !self.known_keys.is_known(verified.key()) {
            return Err(unknown_key());
        }
        self.pace(Sender::Key(verified.key()))?;
        let (key, nonce) = (*verified.key(), *verified.nonce());
        match self.once(key, nonce, verified.expires_unix_s(), now).await {
            Ok(_fresh) => Ok(Authenticated { key }),
            Err(error) => Err(not_remembered(&error)),
        }
    }

    /// Takes note that `key` used `nonce`, on a thread that may wait for the disk.
    pub(crate) async fn once(
        &self,
        key: [u8; 32],
        nonce: [u8; 16],
        expires_unix_s: u64,
        now_unix_s: u64,
    ) -> Result<Fresh, NonceError> {
        let nonces = Arc::clone(&self.nonces);
        let remember = move || nonces.remember(&key, &nonce, expires_unix_s, now_unix_s);
        web::block(remember).await.unwrap_or(Err(NonceError::Poisoned))
    }
}

fn verified(
    request: &HttpRequest,
    body: &[u8],
    now_unix_s: u64,
    clock_skew_s: u64,
) -> Result<VerifiedRequest, HttpSignatureError> {
    let header = |name: HeaderName| {
        single_header(name, request.headers().get_all(name.as_str()).map(|value| value.as_bytes()))
    };
    let headers = SignatureHeaders {
        signature: header(HeaderName::Signature)?,
        signature_input: header(HeaderName::SignatureInput)?,
        content_digest: header(HeaderName::ContentDigest)?,
    };
    let parts = RequestParts {
        method: request.method().as_str(),
        path: request.uri().path(),
        query: request.uri().query(),
        content_type: header(HeaderName::ContentType)?,
        idempotency_key: header(HeaderName::IdempotencyKey)?,
        body,
    };
    http_signature::verify(&parts, &headers, now_unix_s, clock_skew_s)
}

/// The answer to a request whose signature does not count.
pub(crate) fn refused(error: HttpSignatureError) -> Problem {
    use HttpSignatureError as E;
    let next_step = match error {
        E::MissingHeader(HeaderName::Signature | HeaderName::SignatureInput) => {
            "Sign the request by the profile in the API description and send signature and \
             signature-input."
        }
        E::MissingHeader(_) => "Send the header, and cover it with the signature.",
        E::DuplicateHeader(_) => "Send the header once.",
        E::UnreadableHeader(_) => "Shorten the header and use visible ASCII only.",
        E::WrongLabel => "Send exactly one signature and label it sig1.",
        E::Malformed(_) => {
            "Write the header as in the API description: one member, no optional blanks, padded \
             base64, sha-256 for the digest."
        }
        E::UnsignablePart(_) => "Shorten this part of the request and use visible ASCII only.",
        E::WrongComponents => {
            "Cover, in this order, @method, @path, @query, with a body content-digest and \
             content-type, and idempotency-key when you send one."
        }
        E::UnknownParameter | E::DuplicateParameter(_) | E::MissingParameter(_) => {
            "Send the parameters created, expires, nonce, alg and keyid, each once."
        }
        E::WrongAlgorithm => "Sign with Ed25519 and send alg=\"ed25519\".",
        E::BadKeyId => "Send your Ed25519 public key as 64 lowercase hex digits in keyid.",
        E::BadNonce => "Draw 16 random bytes for every request and send them in padded base64.",
        E::BadLifetime => "Set expires 1 to 300 seconds after created.",
        E::CreatedInFuture => "Set your clock, then sign the request again.",
        E::Expired => "Sign the request again; if that does not help, set your clock.",
        E::DigestMismatch => "Compute content-digest over the exact bytes of the body you send.",
        E::BadSignature => {
            "Check that the key belongs to keyid and that nothing between you and us changes the \
             request, then sign it again."
        }
    };
    unauthorized(error.code(), format!("{}. {next_step}", sentence(&error)))
}

pub(crate) fn unknown_key() -> Problem {
    unauthorized(
        "key_unknown",
        "The signature holds, but nobody whom this process knows has this key. Sign with a \
         registered key, or ask the operator to register this one."
            .to_owned(),
    )
}

/// As [`not_fresh`]; a fault of the store is logged here, once.
pub(crate) fn not_remembered(error: &NonceError) -> Problem {
    match error {
        NonceError::Reused | NonceError::Expired | NonceError::KeyFull | NonceError::Full => {}
        NonceError::InUse | NonceError::Corrupt | NonceError::Poisoned | NonceError::Io(_) => {
            tracing::error!(%error, code = error.code(), "the nonce store does not answer");
        }
    }
    not_fresh(error)
}

/// The answer to a good signature whose nonce does not count.
pub(crate) fn not_fresh(error: &NonceError) -> Problem {
    let (status, title, next_step) = match error {
        NonceError::Reused => {
            return unauthorized(
                error.code(),
                "The nonce was used before. Sign the request again with a new nonce; keep the \
                 idempotency key if it is the same request."
                    .to_owned(),
            );
        }
        NonceError::Expired => return refused(HttpSignatureError::Expired),
        NonceError::KeyFull => (
            StatusCode::TOO_MANY_REQUESTS,
            "Too many requests",
            "Wait until earlier signatures have expired, or sign with a shorter lifetime.",
        ),
        NonceError::Full => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The process is busy",
            "Wait a minute, then sign the request again with a new nonce.",
        ),
        NonceError::InUse | NonceError::Corrupt | NonceError::Poisoned | NonceError::Io(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The process cannot check requests",
            "Nothing was done. Sign the request again in a minute, with the same idempotency key; \
             if it is refused again, tell the operator.",
        ),
    };
    Problem::new(ProblemFacts {
        status,
        code: error.code(),
        title,
        retry: Retry::Later,
        detail: next_step.into(),
    })
}

fn unauthorized(code: &'static str, detail: String) -> Problem {
    Problem::new(ProblemFacts {
        status: StatusCode::UNAUTHORIZED,
        code,
        title: "The request is not authenticated",
        retry: Retry::Never,
        detail: detail.into(),
    })
}

/// The message of an error with a capital letter.
fn sentence(error: &HttpSignatureError) -> String {
    let message = error.to_string();
    let mut letters = message.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
