//! One gateway: where it is, who asks, whom the asker believes; and how a request is sent.
//!
//! # Place
//! payments, cases, statements, events -> [gateway] -> exchange -> the gateway's HTTP
//!
//! # Invariants
//! - A request is sent again only if it counts once: it reads, carries an `Idempotency-Key`, or is a
//!   payment, which its UETR makes one. Each time it is signed anew; at most [`Limits::attempts`].
//! - Again means: nothing was heard, or the gateway said `later`.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use ledger_core::{
    id::{AccountId, Lei},
    money::Currency,
};
use reqwest::{
    Method,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    error::Error,
    exchange::{ClientError, ClientLimits, ClientRequest, ClientResponse, SignedClient},
    http_signature::RequestSigner,
    payments::ReceiptReport,
    problem::{Problem, Retry},
    tls::ServerTrust,
    trust::Trust,
};

/// Media type of bodies.
pub(crate) const JSON: &str = "application/json";
/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Characters of an idempotency key at most.
const MAX_KEY: usize = 128;

/// How long and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For connecting.
    pub connect: Duration,
    /// For one whole exchange: longer than `wait`.
    pub exchange: Duration,
    /// How long one request asks the gateway to wait for the end of a payment; 30 s at most.
    pub wait: Duration,
    /// For the next sign of life of a stream, which the gateway gives every 15 s.
    pub silence: Duration,
    /// How often a request that counts once is sent, the first time included.
    pub attempts: u32,
    /// The pause before the second attempt; each later one is twice as long.
    pub pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            exchange: Duration::from_secs(40),
            wait: Duration::from_secs(20),
            silence: Duration::from_secs(40),
            attempts: 4,
            pause: Duration::from_millis(250),
        }
    }
}

/// What it takes to talk to a gateway.
pub struct Connection {
    /// Its base URL.
    pub url: String,
    /// Who signs; the gateway's config lists the key under `[[clients]]`.
    pub signer: Arc<dyn RequestSigner>,
    /// The institution whose gateway it is.
    pub member: Lei,
    /// Whom the caller believes.
    pub trust: Trust,
    /// Whom the caller believes at the other end of the connection.
    pub server: ServerTrust,
    /// How long and how often.
    pub limits: Limits,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("url", &self.url).field("member", &self.member).finish()
    }
}

/// A name under which a request counts once: 1 to 128 ASCII characters without blanks.
///
/// Keep it with the order that it is for: after a crash the same key finds what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// The caller's own name for a request.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let fits = (1..=MAX_KEY).contains(&text.len());
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        (fits && plain).then(|| Self(text.to_owned()))
    }

    /// A new one.
    #[must_use]
    pub fn random() -> Self {
        Self(uuid::Uuid::new_v4().simple().to_string())
    }

    /// As it is sent.
    #[must_use]
    pub fn get(&self) -> &str {
        &self.0
    }
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandReport {
    /// The command.
    pub command_id: String,
    /// `applied`, or `pending` when the time asked for was too short.
    pub outcome: String,
    /// Its receipt, by hash and link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<ReceiptReport>,
}

/// A member's own gateway.
pub struct Gateway {
    pub(crate) base: String,
    pub(crate) http: SignedClient,
    pub(crate) trust: Trust,
    pub(crate) member: Lei,
    pub(crate) limits: Limits,
    /// The own accounts, by proof.
    pub(crate) accounts: Mutex<BTreeMap<String, (AccountId, Currency)>>,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("base", &self.base).field("member", &self.member).finish()
    }
}

impl Gateway {
    /// A client of this gateway; nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Exchange`], when no client can be made.
    pub fn new(connection: Connection) -> Result<Self, Error> {
        let Connection { url, signer, member, trust, server, limits } = connection;
        let http = SignedClient::trusting(
            signer,
            ClientLimits {
                connect_timeout: limits.connect,
                timeout: limits.exchange,
                ..ClientLimits::default()
            },
            &server,
        )?;
        let base = url.trim_end_matches('/').to_owned();
        Ok(Self { base, http, trust, member, limits, accounts: Mutex::default() })
    }

    /// Its base URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.base
    }

    /// Whose gateway it is.
    #[must_use]
    pub const fn member(&self) -> &Lei {
        &self.member
    }

    /// Whom its answers are checked against.
    #[must_use]
    pub const fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Sends signed requests one by one, as they are: for what has no method here.
    #[must_use]
    pub const fn http(&self) -> &SignedClient {
        &self.http
    }

    /// Reads JSON.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        expected: &'static str,
    ) -> Result<T, Error> {
        let answer = self.repeated(&self.request(Method::GET, path, Vec::new())).await?;
        read(&answer, expected)
    }

    /// Reads a file as it is.
    pub(crate) async fn fetch(&self, path: &str) -> Result<Vec<u8>, Error> {
        let answer = self.repeated(&self.request(Method::GET, path, Vec::new())).await?;
        if answer.is_success() {
            Ok(answer.body.to_vec())
        } else {
            Err(refusal(&answer, "a proof file"))
        }
    }

    /// Posts JSON under a key, so that it counts once.
    pub(crate) async fn post<B: Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        key: &Key,
        body: &B,
        expected: &'static str,
    ) -> Result<T, Error> {
        let body = serde_json::to_vec(body).map_err(|_| Error::Unsendable("the body"))?;
        let mut request = self.request(Method::POST, path, body);
        request.idempotency_key = Some(key.get().to_owned());
        prefer_wait(&mut request, self.limits.wait);
        let answer = self.repeated(&request).await?;
        read(&answer, expected)
    }

    pub(crate) fn request(&self, method: Method, path: &str, body: Vec<u8>) -> ClientRequest {
        ClientRequest {
            method,
            url: format!("{}{path}", self.base),
            content_type: (!body.is_empty()).then(|| JSON.to_owned()),
            idempotency_key: None,
            unsigned_headers: HeaderMap::new(),
            body: body.into(),
        }
    }

    /// Sends a request that counts once, again where that can help.
    pub(crate) async fn repeated(&self, request: &ClientRequest) -> Result<ClientResponse, Error> {
        let mut pause = self.limits.pause;
        let mut left = self.limits.attempts.max(1);
        loop {
            let answered = self.http.send(request.clone()).await;
            left = left.saturating_sub(1);
            if left == 0 || !may_help(&answered) {
                return Ok(answered?);
            }
            tokio::time::sleep(pause).await;
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }
}

/// Whether the same request may get another answer after a pause.
fn may_help(answered: &Result<ClientResponse, ClientError>) -> bool {
    match answered {
        Ok(answer) => answer.problem().is_some_and(|problem| problem.retry == Retry::Later),
        Err(error) => match error {
            ClientError::NoConnection(_)
            | ClientError::Timeout(_)
            | ClientError::Exchange(_)
            | ClientError::Silence => true,
            ClientError::BadUrl
            | ClientError::NotLoopback
            | ClientError::NoServerTrust
            | ClientError::Tls(_)
            | ClientError::ReservedHeader(_)
            | ClientError::BadHeader(_)
            | ClientError::Unsignable(_)
            | ClientError::AnswerTooLong { .. } => false,
        },
    }
}

/// Asks the gateway to wait for an end.
pub(crate) fn prefer_wait(request: &mut ClientRequest, wait: Duration) {
    if let Ok(value) = HeaderValue::from_str(&format!("wait={}", wait.as_secs())) {
        request.unsigned_headers.insert(HeaderName::from_static("prefer"), value);
    }
}

/// The value in a 2xx answer, or why there is none.
pub(crate) fn read<T: DeserializeOwned>(
    answer: &ClientResponse,
    expected: &'static str,
) -> Result<T, Error> {
    if !answer.is_success() {
        return Err(refusal(answer, expected));
    }
    serde_json::from_slice(&answer.body)
        .map_err(|_| Error::Unreadable { status: answer.status, expected })
}

/// The problem in an answer that is no success.
pub(crate) fn refusal(answer: &ClientResponse, expected: &'static str) -> Error {
    answer.problem().map_or(Error::Unreadable { status: answer.status, expected }, refused)
}

pub(crate) fn refused(problem: Problem) -> Error {
    Error::Refused(Box::new(problem))
}

/// A name that is one segment of a path.
pub(crate) fn segment<'a>(text: &'a str, what: &'static str) -> Result<&'a str, Error> {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if plain && !text.is_empty() { Ok(text) } else { Err(Error::Unsendable(what)) }
}

#[cfg(test)]
mod tests;
