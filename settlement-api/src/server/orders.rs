//! Requests that send one command: each counts once under its `Idempotency-Key`.
//!
//! # Place      every POST but payments (their leg is their key), parcels and notifications
//! # Invariants G1 the same key, path and body is answered by the first command, also after a crash,
//! #            since key and command are on disk in one write; another body is a conflict

use actix_web::{HttpRequest, HttpResponse, http::header, web::Data};
use ledger_core::{
    codec::{decode, encode},
    command::Command,
    digest::{Domain, Hash32},
    id::{CommandId, Text},
};
use serde::{Deserialize, Serialize};

use super::{Answered, App, Client, ClientRole, Drawn, answer_drawn, finish, preferred_wait};
use crate::{
    gateway::{CommandOutcome, Gateway, GatewayFault},
    keys::Purpose,
    outbox::stored,
    port::{KeyValue, StoreFault, Write},
    problem::Problem,
    refused::Refused,
};

const PREFIX: &[u8] = b"idempotency/";
const MAX_ROW: usize = 1_024;
/// The header that names a request.
pub(crate) const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// Set on an answer that an earlier request had the first time.
pub(crate) const REPLAYED: &str = "idempotent-replayed";

/// A command that a request asks for.
pub(crate) struct Order {
    purpose: Purpose,
    command: Command,
    drawn: Option<Drawn>,
    keep: Vec<Write>,
    then: Option<Then>,
}

/// What must be on disk together with a command, and names it.
type Then = Box<dyn FnOnce(CommandId) -> Result<Vec<Write>, StoreFault> + Send>;

impl Order {
    /// A command to be signed with the key for a purpose.
    pub(crate) const fn new(purpose: Purpose, command: Command) -> Self {
        Self { purpose, command, drawn: None, keep: Vec::new(), then: None }
    }

    /// With what the gateway drew for it.
    pub(crate) fn drawing(self, drawn: Option<Drawn>) -> Self {
        Self { drawn, ..self }
    }

    /// With what must be on disk together with it.
    pub(crate) fn keeping(self, keep: impl IntoIterator<Item = Write>) -> Self {
        Self { keep: keep.into_iter().collect(), ..self }
    }

    /// With what must be on disk together with it, and names it.
    pub(crate) fn keeping_named(
        self,
        then: impl FnOnce(CommandId) -> Result<Vec<Write>, StoreFault> + Send + 'static,
    ) -> Self {
        Self { then: Some(Box::new(then)), ..self }
    }
}

/// What a request under a key did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Taken {
    /// Hash of its body.
    body: Hash32,
    /// The command that it sent.
    command: CommandId,
    drawn: Option<Drawn>,
}

impl Taken {
    fn load(store: &dyn KeyValue, key: &[u8]) -> Result<Option<Self>, StoreFault> {
        match store.get(key)? {
            Some(bytes) => decode(&bytes, MAX_ROW).map(Some).map_err(|_| StoreFault::Damaged),
            None => Ok(None),
        }
    }
}

/// Runs a handler that sends one command for a client with one of these roles, once per key.
pub(crate) async fn with_order<F, Fut>(
    app: &Data<App>,
    request: &HttpRequest,
    body: &[u8],
    roles: &[ClientRole],
    work: F,
) -> HttpResponse
where
    F: FnOnce(Client) -> Fut,
    Fut: Future<Output = Result<Order, Problem>>,
{
    let answered = match app.client(request, body, roles).await {
        Ok(client) => once(&app.gateway, request, body, work(client)).await,
        Err(problem) => Err(problem),
    };
    finish(app, answered)
}

/// Answers a request under its key: by what the first one did, or by sending the order.
pub(crate) async fn once(
    gateway: &Gateway,
    request: &HttpRequest,
    body: &[u8],
    order: impl Future<Output = Result<Order, Problem>>,
) -> Answered {
    let refused = |refused: Refused| refused.problem();
    let key = row(request).map_err(refused)?;
    let body = Domain::Content.hash(body);
    let one_at_a_time = gateway.orders.lock().await;
    let known = known(gateway, &key, &body).await.map_err(refused)?;
    let replayed = known.is_some();
    let taken = match known {
        Some(taken) => taken,
        None => take(gateway, (key, body), order.await?).await.map_err(refused)?,
    };
    drop(one_at_a_time);
    let wait = preferred_wait(request);
    let mut answer = answer_drawn(gateway, &taken.command, wait, taken.drawn).await?;
    if replayed {
        let (name, yes) = (REPLAYED, header::HeaderValue::from_static("true"));
        answer.headers_mut().insert(header::HeaderName::from_static(name), yes);
    }
    Ok(answer)
}

/// Does what a request asks once per key: what it is about, and whether that was done before. What is
/// done and the key are one write.
pub(crate) async fn named(
    gateway: &Gateway,
    request: &HttpRequest,
    body: &[u8],
    work: impl FnOnce() -> Result<(Hash32, Vec<Write>), Refused>,
) -> Result<(Hash32, bool), Refused> {
    let (key, hash) = (row(request)?, Domain::Content.hash(body));
    let _one_at_a_time = gateway.orders.lock().await;
    if let Some(bytes) = gateway.store.get(&key)? {
        let known: Result<(Hash32, Hash32), _> = decode(&bytes, 64);
        let (before, subject) = known.map_err(|_| StoreFault::Damaged)?;
        let same = before == hash;
        return if same { Ok((subject, true)) } else { Err(Refused::IdempotencyConflict) };
    }
    let (subject, mut writes) = work()?;
    writes.push(stored(key, &(hash, subject)));
    gateway.store.write(writes)?;
    Ok((subject, false))
}

/// An answer, marked when an earlier request had it the first time.
pub(crate) fn marked(mut answer: HttpResponse, replayed: bool) -> HttpResponse {
    if replayed {
        let yes = header::HeaderValue::from_static("true");
        answer.headers_mut().insert(header::HeaderName::from_static(REPLAYED), yes);
    }
    answer
}

/// Where a request's key is kept: one namespace per path.
pub(crate) fn row(request: &HttpRequest) -> Result<Vec<u8>, Refused> {
    let given = request.headers().get(IDEMPOTENCY_KEY).and_then(|value| value.to_str().ok());
    let key = given.and_then(Text::new).ok_or(Refused::IdempotencyKey)?;
    let name = Domain::Content.hash(&encode(&(request.path(), key)));
    Ok([PREFIX, name.get()].concat())
}

/// What a request under this key did before. One whose command expired did nothing, and may go on.
async fn known(gateway: &Gateway, key: &[u8], body: &Hash32) -> Result<Option<Taken>, Refused> {
    let Some(taken) = Taken::load(gateway.store.as_ref(), key)? else { return Ok(None) };
    if taken.body != *body {
        return Err(Refused::IdempotencyConflict);
    }
    let outcome = gateway.outcome(&taken.command, std::time::Duration::ZERO).await?;
    Ok(Some(taken).filter(|_| outcome != CommandOutcome::Expired))
}

/// Signs an order's command; command, key and what goes with it are on disk before it is sent.
async fn take(
    gateway: &Gateway,
    (key, body): (Vec<u8>, Hash32),
    order: Order,
) -> Result<Taken, Refused> {
    gateway.halt.check(&order.command)?;
    let signer = gateway.keys.signer(order.purpose).map_err(|_| Refused::NotThisRole)?;
    let prepared = gateway.outbox.prepare(order.command, &[signer]).await;
    let (signed, write) = prepared.map_err(GatewayFault::from)?;
    let taken = Taken { body, command: signed.body.id(), drawn: order.drawn };
    let mut writes = order.keep;
    if let Some(then) = order.then {
        writes.extend(then(signed.body.id())?);
    }
    writes.extend([write, stored(key, &taken)]);
    gateway.store.write(writes)?;
    gateway.outbox.send(&signed).await;
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::port::MemoryStore;

    fn request(path: &str, key: Option<&str>) -> HttpRequest {
        let request = TestRequest::post().uri(path);
        match key {
            Some(key) => request.insert_header((IDEMPOTENCY_KEY, key)).to_http_request(),
            None => request.to_http_request(),
        }
    }

    #[test]
    fn g1_a_key_counts_under_its_own_path_and_must_be_given() {
        let at = |path, key| row(&request(path, Some(key))).unwrap();
        assert_eq!(at("/v1/redemptions", "a"), at("/v1/redemptions", "a"));
        assert_ne!(at("/v1/redemptions", "a"), at("/v1/redemptions", "b"));
        assert_ne!(at("/v1/redemptions", "a"), at("/v1/freezes", "a"));
        for bad in [None, Some(""), Some("two words")] {
            let refused = row(&request("/v1/redemptions", bad)).unwrap_err();
            assert_eq!(refused.code(), "idempotency_key_missing");
        }
    }

    #[test]
    fn g1_what_a_key_did_is_read_back_as_it_was_written() {
        let store = MemoryStore::default();
        let drawn = Drawn { reserve: "r".to_owned(), salt: "s".to_owned() };
        for drawn in [None, Some(drawn)] {
            let (body, command) = (Hash32::new([1; 32]), CommandId::new([2; 32]));
            let taken = Taken { body, command, drawn };
            store.write(vec![stored(b"k".to_vec(), &taken)]).unwrap();
            assert_eq!(Taken::load(&store, b"k"), Ok(Some(taken)));
        }
        assert_eq!(Taken::load(&store, b"other"), Ok(None));
    }
}
