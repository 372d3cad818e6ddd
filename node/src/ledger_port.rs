//! The ledger port: what a validator serves to institutions, and an observer the reading half of.
//!
//! Paths and bodies are those of `settlement_api::ledger_port`, whose client checks every answer.
//!
//! # Place      gateways, observers -> [ledger_port] -> `pipeline` -> engine and store
//! # Invariants every request is signed by a key that is active on the ledger, but for health and
//! #            metrics; what a caller may not read is answered like what does not exist; a fault
//! #            of ours shows an incident id only

use std::{io, net::SocketAddr, path::Path, sync::Arc};

use actix_web::{
    App, HttpRequest, HttpServer,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::{Next, from_fn},
    web,
};
use ledger_core::{
    record::{Name, Record},
    signature::PublicKey,
};
use ledger_store::{StoreError, View};
use rustls::ServerConfig;
use settlement_api::{
    auth::Authenticator,
    http_signature::unix_now_s,
    nonce::{FileNonceStore, NonceError, NonceLimits},
    problem::Problem,
};

use crate::{
    config::Config,
    http::{SHUTDOWN_S, Server, WORKERS},
    ledger_port::{access::Caller, metrics::Metrics},
    pipeline::Pipeline,
    tls::{self, Known, TlsFault},
};

pub(crate) mod access;
mod head;
mod journal;
pub(crate) mod metrics;
mod refusal;
mod routes;
#[cfg(test)]
mod tests;

/// What every request handler works with.
pub(crate) struct Port {
    pipeline: Pipeline,
    authenticator: Authenticator,
    metrics: Arc<Metrics>,
    known: Arc<Known>,
}

impl Port {
    /// Over a pipeline; used nonces are kept in `data`.
    ///
    /// # Errors
    /// [`NonceError`].
    pub(crate) fn new(
        pipeline: Pipeline,
        metrics: Arc<Metrics>,
        data: &Path,
    ) -> Result<Self, NonceError> {
        let nonces =
            FileNonceStore::open(&data.join("nonces"), NonceLimits::default(), unix_now_s())?;
        let view = pipeline.view().clone();
        let known: Arc<Known> =
            Arc::new(move |key: &[u8; 32]| matches!(caller(&view, key), Ok(Some(_))));
        let asked = Arc::clone(&known);
        let asked = Arc::new(move |key: &[u8; 32]| asked(key));
        let authenticator = Authenticator::new(asked, Arc::new(nonces));
        Ok(Self { pipeline, authenticator, metrics, known })
    }

    /// What its process listens with, if over TLS: callers of the port show their keys, and its clients.
    ///
    /// # Errors
    /// [`TlsFault`].
    pub(crate) fn tls(
        &self,
        config: &Config,
        purpose: &str,
    ) -> Result<Option<ServerConfig>, TlsFault> {
        let metrics = Arc::clone(&self.metrics);
        let told = Arc::new(move |ends| metrics.certificate_ends(ends));
        let clients: Vec<_> = config.clients.iter().map(|client| *client.key.get()).collect();
        let callers = Arc::clone(&self.known);
        let known = move |key: &[u8; 32]| clients.contains(key) || callers(key);
        tls::of(config, purpose, Arc::new(known), told)
    }

    /// Who sent a request with this body.
    ///
    /// # Errors
    /// The answer to give instead.
    async fn caller(&self, request: &HttpRequest, body: &[u8]) -> Result<Caller, Problem> {
        let sender = self.authenticator.authenticate(request, body).await?;
        match caller(self.pipeline.view(), sender.key()) {
            Ok(Some(caller)) => Ok(caller),
            // Revoked since the signature was checked.
            Ok(None) => Err(refusal::not_found()),
            Err(error) => Err(refusal::store(&error)),
        }
    }
}

/// The holder of a key that is active on the ledger.
fn caller(view: &View, key: &[u8; 32]) -> Result<Option<Caller>, StoreError> {
    match view.record(&Name::Key(PublicKey::new(*key)))? {
        Some(Record::Key(key)) => Ok(Caller::of(&key, view.applied_header()?.time)),
        _ => Ok(None),
    }
}

/// Serves the port on threads of its own.
///
/// # Errors
/// As the operating system's, when it cannot listen or start threads.
pub(crate) fn serve(
    listen: SocketAddr,
    tls: Option<ServerConfig>,
    port: Port,
) -> io::Result<Server> {
    let port = web::Data::new(port);
    let app =
        move || App::new().app_data(port.clone()).wrap(from_fn(count)).configure(routes::configure);
    Server::start("ledger-port", listen, move |listener| {
        let server = HttpServer::new(app).disable_signals().workers(WORKERS);
        Ok(tls::listen!(server.shutdown_timeout(SHUTDOWN_S), listener, tls)?.run())
    })
}

/// Counts requests by route, not by path: callers cannot make labels.
async fn count(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let port = request.app_data::<web::Data<Port>>().cloned();
    let answer = next.call(request).await?;
    if let Some(port) = port {
        let route = answer.request().match_pattern().unwrap_or_else(|| "none".to_owned());
        port.metrics.request(&route, answer.status().as_u16());
        let problem = answer.response().extensions().get::<refusal::Code>().cloned();
        if let Some(refusal::Code(code)) = problem {
            port.metrics.refusal(&code);
        }
    }
    Ok(answer)
}
