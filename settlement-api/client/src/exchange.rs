//! One signed exchange over HTTP: every request is signed, every answer bounded.
//!
//! # Place
//! [`crate::Gateway`], gateways, `florin call` -> [exchange] -> http_signature -> network -> the auth
//! of the other process
//!
//! # Invariants
//! - What is signed is what is sent: path and query are taken from the parsed URL.
//! - Plain HTTP goes to this host only; TLS to whom [`ServerTrust`] believes.
//! - An answer is read up to a limit, within one time limit for the whole exchange.
//! - Requests are sent once. Whether a failed one may have arrived is
//!   [`ClientError::may_have_arrived`]; repeating it, with the same idempotency key, is the
//!   caller's decision.
//!
//! # Absent on purpose
//! Redirects, proxies, cookies, retries: each would send a signed request where or when its signer
//! did not decide.

use crate::http_signature::{self, HeaderName, HttpSignatureError, RequestParts, RequestSigner};
use crate::problem::Problem;
use crate::tls::{Certificate, ServerTrust, TlsError};
use bytes::Bytes;
use rand::RngExt as _;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, Url, redirect};
use std::sync::Arc;
use std::time::Duration;

#[cfg(test)]
mod tests;

/// How long a stream is read before it is opened anew.
const LONGEST_STREAM: Duration = Duration::from_secs(3_600);

/// The limits of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientLimits {
    /// For connecting.
    pub connect_timeout: Duration,
    /// For the whole exchange, including the body of the answer.
    pub timeout: Duration,
    /// For the body of the answer.
    pub response_bytes: usize,
}

impl Default for ClientLimits {
    /// 5 s to connect, 40 s in all (longer than the longest `Prefer: wait`), 16 MiB.
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(40),
            response_bytes: 16 << 20,
        }
    }
}

/// A request to be signed and sent.
#[derive(Clone, Debug)]
pub struct ClientRequest {
    /// The method.
    pub method: Method,
    /// The absolute URL.
    pub url: String,
    /// The media type; needed when there is a body.
    pub content_type: Option<String>,
    /// The idempotency key, which the signature covers.
    pub idempotency_key: Option<String>,
    /// Headers that the signature does not cover, such as `prefer` and `accept`.
    pub unsigned_headers: HeaderMap,
    /// The body; empty means none.
    pub body: Bytes,
}

impl ClientRequest {
    /// A GET without further headers.
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            url: url.into(),
            content_type: None,
            idempotency_key: None,
            unsigned_headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// A POST of a body.
    pub fn post(
        url: impl Into<String>,
        content_type: impl Into<String>,
        body: impl Into<Bytes>,
    ) -> Self {
        Self {
            method: Method::POST,
            content_type: Some(content_type.into()),
            body: body.into(),
            ..Self::get(url)
        }
    }

    /// Adds an idempotency key.
    #[must_use]
    pub fn with_idempotency_key(self, key: impl Into<String>) -> Self {
        Self { idempotency_key: Some(key.into()), ..self }
    }
}

/// A whole answer, whatever its status.
#[derive(Clone, Debug)]
pub struct ClientResponse {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl ClientResponse {
    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The problem this answer states, if it is one.
    pub fn problem(&self) -> Option<Problem> {
        let media_type = self.headers.get("content-type")?.to_str().ok();
        Problem::read(media_type, &self.body)
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The URL does not parse, or carries a user name.
    #[error("the URL is not an absolute http or https URL without credentials")]
    BadUrl,
    /// Plain HTTP to another host.
    #[error("without TLS requests go to this host only")]
    NotLoopback,
    /// TLS, and nothing says whom to believe.
    #[error("an https URL needs to know whom to believe; name the server's key or authorities")]
    NoServerTrust,
    /// TLS cannot be had.
    #[error("{0}")]
    Tls(#[from] TlsError),
    /// A header that the client sets itself.
    #[error("the {0} header is set by the client")]
    ReservedHeader(HeaderName),
    /// A header value that cannot be sent.
    #[error("the {0} header has characters that cannot be sent")]
    BadHeader(HeaderName),
    /// The request does not fit the signature profile.
    #[error("the request cannot be signed")]
    Unsignable(#[from] HttpSignatureError),
    /// Nobody listens there.
    #[error("no connection")]
    NoConnection(#[source] reqwest::Error),
    /// No complete answer in time.
    #[error("no complete answer in time")]
    Timeout(#[source] reqwest::Error),
    /// The connection broke.
    #[error("the exchange failed")]
    Exchange(#[source] reqwest::Error),
    /// A stream that gave no sign of life.
    #[error("the stream fell silent")]
    Silence,
    /// The answer is longer than allowed.
    #[error("the answer is longer than {limit} bytes")]
    AnswerTooLong {
        /// The limit.
        limit: usize,
    },
}

impl ClientError {
    /// The stable code of this failure.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadUrl => "client_url_invalid",
            Self::NotLoopback => "client_not_loopback",
            Self::NoServerTrust => "client_server_trust_missing",
            Self::Tls(_) => "client_tls_unusable",
            Self::ReservedHeader(_) => "client_header_reserved",
            Self::BadHeader(_) => "client_header_invalid",
            Self::Unsignable(_) => "client_request_unsignable",
            Self::NoConnection(_) => "client_no_connection",
            Self::Timeout(_) => "client_timeout",
            Self::Exchange(_) => "client_exchange_failed",
            Self::Silence => "client_stream_silent",
            Self::AnswerTooLong { .. } => "client_answer_too_long",
        }
    }

    /// Whether the other side may have acted on the request.
    pub fn may_have_arrived(&self) -> bool {
        match self {
            Self::BadUrl
            | Self::NotLoopback
            | Self::NoServerTrust
            | Self::Tls(_)
            | Self::ReservedHeader(_)
            | Self::BadHeader(_)
            | Self::Unsignable(_)
            | Self::NoConnection(_) => false,
            Self::Timeout(_) | Self::Exchange(_) | Self::Silence | Self::AnswerTooLong { .. } => {
                true
            }
        }
    }

    fn of(error: reqwest::Error) -> Self {
        if error.is_connect() {
            Self::NoConnection(error)
        } else if error.is_timeout() {
            Self::Timeout(error)
        } else {
            Self::Exchange(error)
        }
    }
}

/// Sends requests signed by one key.
#[derive(Clone)]
pub struct SignedClient {
    http: reqwest::Client,
    signer: Arc<dyn RequestSigner>,
    limits: ClientLimits,
    secure: bool,
}

impl SignedClient {
    /// A client for one signer that reaches this host only.
    pub fn new(signer: Arc<dyn RequestSigner>, limits: ClientLimits) -> Result<Self, ClientError> {
        Self::trusting(signer, limits, &ServerTrust::ThisHost)
    }

    /// A client for one signer, whose key it also shows in a certificate where a server asks for one.
    pub fn trusting(
        signer: Arc<dyn RequestSigner>,
        limits: ClientLimits,
        trust: &ServerTrust,
    ) -> Result<Self, ClientError> {
        let builder = builder(limits, trust, Some(&signer))?;
        Self::over(builder, signer, limits, trust.is_somebody())
    }

    /// The same signer and limits, other servers, whose names are resolved in another way.
    pub fn towards(
        &self,
        trust: &ServerTrust,
        names: Option<Arc<dyn reqwest::dns::Resolve>>,
    ) -> Result<Self, ClientError> {
        let mut builder = builder(self.limits, trust, Some(&self.signer))?;
        if let Some(names) = names {
            builder = builder.dns_resolver(names);
        }
        Self::over(builder, Arc::clone(&self.signer), self.limits, trust.is_somebody())
    }

    /// The same connections, requests signed by another key.
    #[must_use]
    pub fn signing_as(&self, signer: Arc<dyn RequestSigner>) -> Self {
        Self { signer, ..self.clone() }
    }

    fn over(
        builder: reqwest::ClientBuilder,
        signer: Arc<dyn RequestSigner>,
        limits: ClientLimits,
        secure: bool,
    ) -> Result<Self, ClientError> {
        Ok(Self { http: builder.build().map_err(ClientError::of)?, signer, limits, secure })
    }

    /// Signs and sends one request, and reads the answer.
    pub async fn send(&self, request: ClientRequest) -> Result<ClientResponse, ClientError> {
        self.send_signed(&self.sign(request)?).await
    }

    /// Signs a request and does not send it.
    pub fn sign(&self, request: ClientRequest) -> Result<SignedRequest, ClientError> {
        self.sign_at(request, http_signature::unix_now_s())
    }

    /// As [`SignedClient::sign`], as if it were this second (Unix time).
    pub fn sign_at(
        &self,
        request: ClientRequest,
        now_unix_s: u64,
    ) -> Result<SignedRequest, ClientError> {
        let url = target(&request.url, self.secure)?;
        let headers = self.signed_headers(&request, &url, now_unix_s)?;
        Ok(SignedRequest { method: request.method, url, headers, body: request.body })
    }

    /// Sends a request as it is. A gateway answers one and the same once.
    pub async fn send_signed(
        &self,
        request: &SignedRequest,
    ) -> Result<ClientResponse, ClientError> {
        let mut response = self.begin(request).send().await.map_err(ClientError::of)?;
        let body = bounded_body(&mut response, self.limits.response_bytes).await?;
        Ok(whole(response, body))
    }

    /// Signs and sends a request whose answer comes in pieces, without an end in time.
    pub async fn stream(&self, request: ClientRequest) -> Result<StreamedAnswer, ClientError> {
        let request = self.begin(&self.sign(request)?).timeout(LONGEST_STREAM);
        let opened = tokio::time::timeout(self.limits.timeout, request.send()).await;
        let response = opened.map_err(|_| ClientError::Silence)?.map_err(ClientError::of)?;
        Ok(StreamedAnswer { response })
    }

    fn begin(&self, request: &SignedRequest) -> reqwest::RequestBuilder {
        self.http
            .request(request.method.clone(), request.url.clone())
            .headers(request.headers.clone())
            .body(request.body.clone())
    }

    fn signed_headers(
        &self,
        request: &ClientRequest,
        url: &Url,
        now: u64,
    ) -> Result<HeaderMap, ClientError> {
        let parts = RequestParts {
            method: request.method.as_str(),
            path: url.path(),
            query: url.query(),
            content_type: request.content_type.as_deref(),
            idempotency_key: request.idempotency_key.as_deref(),
            body: &request.body,
        };
        let nonce = rand::rng().random();
        let signed = http_signature::sign(&parts, self.signer.as_ref(), now, nonce)?;
        let mut headers = request.unsigned_headers.clone();
        let own = [
            (HeaderName::Signature, Some(signed.signature.as_str())),
            (HeaderName::SignatureInput, Some(signed.signature_input.as_str())),
            (HeaderName::ContentDigest, signed.content_digest.as_deref()),
            (HeaderName::ContentType, parts.content_type),
            (HeaderName::IdempotencyKey, parts.idempotency_key),
        ];
        for (name, value) in own {
            if headers.contains_key(name.as_str()) {
                return Err(ClientError::ReservedHeader(name));
            }
            if let Some(value) = value {
                let value =
                    HeaderValue::from_str(value).map_err(|_| ClientError::BadHeader(name))?;
                headers.insert(name.as_str(), value);
            }
        }
        Ok(headers)
    }
}

/// A client of this crate's manners for requests that are made elsewhere.
///
/// # Errors
/// [`ClientError::Tls`].
pub fn http(limits: ClientLimits, trust: &ServerTrust) -> Result<reqwest::Client, ClientError> {
    builder(limits, trust, None)?.build().map_err(ClientError::of)
}

fn builder(
    limits: ClientLimits,
    trust: &ServerTrust,
    signer: Option<&Arc<dyn RequestSigner>>,
) -> Result<reqwest::ClientBuilder, ClientError> {
    let own = signer.filter(|_| trust.is_somebody());
    let own = own.map(|signer| Certificate::of(Arc::clone(signer))).transpose()?;
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(trust.config(own)?)
        .connect_timeout(limits.connect_timeout)
        .timeout(limits.timeout)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy())
}

/// Sends requests that nobody signs: for a token, or with one. Bounds are those of signed ones.
#[derive(Clone, Debug)]
pub struct PlainClient {
    http: reqwest::Client,
    limits: ClientLimits,
    secure: bool,
}

impl PlainClient {
    /// A client within these limits, towards servers that are believed.
    pub fn new(limits: ClientLimits, trust: &ServerTrust) -> Result<Self, ClientError> {
        Ok(Self { http: http(limits, trust)?, limits, secure: trust.is_somebody() })
    }

    /// The same, showing a certificate of this key where a server asks for one.
    pub fn showing(
        key: &Arc<dyn RequestSigner>,
        limits: ClientLimits,
        trust: &ServerTrust,
    ) -> Result<Self, ClientError> {
        let http = builder(limits, trust, Some(key))?.build().map_err(ClientError::of)?;
        Ok(Self { http, limits, secure: trust.is_somebody() })
    }

    /// Sends one request, once, and reads the answer.
    pub async fn send(&self, request: ClientRequest) -> Result<ClientResponse, ClientError> {
        let url = target(&request.url, self.secure)?;
        let mut headers = request.unsigned_headers;
        let own = [
            (HeaderName::ContentType, request.content_type),
            (HeaderName::IdempotencyKey, request.idempotency_key),
        ];
        for (name, value) in own {
            let Some(value) = value else { continue };
            let value = HeaderValue::from_str(&value).map_err(|_| ClientError::BadHeader(name))?;
            headers.insert(name.as_str(), value);
        }
        let sent = self.http.request(request.method, url).headers(headers).body(request.body);
        let mut response = sent.send().await.map_err(ClientError::of)?;
        let body = bounded_body(&mut response, self.limits.response_bytes).await?;
        Ok(whole(response, body))
    }
}

/// A request with its signature, as it goes over the wire.
#[derive(Clone, Debug)]
pub struct SignedRequest {
    /// The method.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// Every header, those of the signature included.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// An answer that is read piece by piece.
#[derive(Debug)]
pub struct StreamedAnswer {
    response: reqwest::Response,
}

impl StreamedAnswer {
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// The next piece, within this time; nothing when the answer has ended.
    pub async fn next(&mut self, within: Duration) -> Result<Option<Bytes>, ClientError> {
        let piece = tokio::time::timeout(within, self.response.chunk()).await;
        piece.map_err(|_| ClientError::Silence)?.map_err(ClientError::of)
    }

    /// All of it, at most so long.
    pub async fn whole(mut self, limit: usize) -> Result<ClientResponse, ClientError> {
        let body = bounded_body(&mut self.response, limit).await?;
        Ok(whole(self.response, body))
    }
}

fn whole(mut response: reqwest::Response, body: Bytes) -> ClientResponse {
    let status = response.status().as_u16();
    ClientResponse { status, headers: std::mem::take(response.headers_mut()), body }
}

async fn bounded_body(
    response: &mut reqwest::Response,
    limit: usize,
) -> Result<Bytes, ClientError> {
    let too_long = || ClientError::AnswerTooLong { limit };
    let announced = response.content_length().unwrap_or(0);
    if usize::try_from(announced).map_or(true, |length| length > limit) {
        return Err(too_long());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(ClientError::of)? {
        if chunk.len() > limit.saturating_sub(body.len()) {
            return Err(too_long());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.into())
}

/// The URL without its fragment, if it names this host over plain HTTP, or any over TLS where somebody
/// is believed.
///
/// # Errors
/// [`ClientError::BadUrl`], [`ClientError::NotLoopback`], [`ClientError::NoServerTrust`].
pub fn target(text: &str, secure: bool) -> Result<Url, ClientError> {
    let mut url = Url::parse(text).map_err(|_| ClientError::BadUrl)?;
    let anonymous = url.username().is_empty() && url.password().is_none();
    let host = url.host_str().filter(|_| anonymous).ok_or(ClientError::BadUrl)?;
    match url.scheme() {
        "https" if secure => {}
        "https" => return Err(ClientError::NoServerTrust),
        "http" if is_this_host(host) => {}
        "http" => return Err(ClientError::NotLoopback),
        _ => return Err(ClientError::BadUrl),
    }
    url.set_fragment(None);
    Ok(url)
}

fn is_this_host(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    match address.parse::<std::net::IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host == "localhost",
    }
}
