//! The ledger port: what a validator serves to institutions.
//!
//! Paths and bodies are those of `settlement_api::ledger_port`, whose client checks every answer.
//!
//! # Place      gateways -> [ledger_port] -> `pipeline` -> engine and store
//! # Invariants every request is signed by a key that is active on the ledger, but for health and
//! #            metrics; what a caller may not read is answered like what does not exist; a fault
//! #            of ours shows an incident id only
//! # Absent     TLS (planned): it listens on loopback

use std::{
    io,
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::{Arc, mpsc},
    thread,
};

use actix_web::{
    App, HttpRequest, HttpServer,
    body::MessageBody,
    dev::{ServerHandle, ServiceRequest, ServiceResponse},
    middleware::{Next, from_fn},
    web,
};
use ledger_core::{
    record::{Name, Record},
    signature::PublicKey,
};
use ledger_store::{StoreError, View};
use settlement_api::{
    auth::Authenticator,
    http_signature::unix_now_s,
    nonce::{FileNonceStore, NonceError, NonceLimits},
    problem::Problem,
};
use tokio::sync::oneshot;

use crate::{
    ledger_port::{access::Caller, metrics::Metrics},
    pipeline::Pipeline,
};

pub(crate) mod access;
pub(crate) mod metrics;
mod refusal;
mod routes;
#[cfg(test)]
mod tests;

/// Threads that answer requests.
const WORKERS: usize = 2;
/// Seconds that requests under way may take when the server stops.
const SHUTDOWN_S: u64 = 5;

/// What every request handler works with.
pub(crate) struct Port {
    pipeline: Pipeline,
    authenticator: Authenticator,
    metrics: Arc<Metrics>,
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
        let known = move |key: &[u8; 32]| matches!(caller(&view, key), Ok(Some(_)));
        let authenticator = Authenticator::new(Arc::new(known), Arc::new(nonces));
        Ok(Self { pipeline, authenticator, metrics })
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
        Some(Record::Key(key)) => Ok(Caller::of(&key)),
        _ => Ok(None),
    }
}

/// A running server.
pub(crate) struct Server {
    handle: ServerHandle,
    /// Taken when it has ended.
    ended: Option<oneshot::Receiver<()>>,
    address: SocketAddr,
}

impl Server {
    /// Serves the port on threads of its own.
    ///
    /// # Errors
    /// As the operating system's, when it cannot listen or start threads.
    pub(crate) fn start(listen: SocketAddr, port: Port) -> io::Result<Self> {
        let listener = TcpListener::bind(listen)?;
        let address = listener.local_addr()?;
        let (started, starting) = mpsc::channel();
        let (ending, ended) = oneshot::channel();
        let port = web::Data::new(port);
        let serve = move || {
            let outcome = actix_web::rt::System::new().block_on(run(listener, port, started));
            if let Err(error) = outcome {
                tracing::error!(%error, "ledger_port.ended");
            }
            // Whoever waits for the end may be gone already.
            let _ = ending.send(());
        };
        thread::Builder::new().name("ledger-port".to_owned()).spawn(serve)?;
        let handle = starting.recv().map_err(|_| io::Error::other("the server did not start"))?;
        tracing::info!(%address, "ledger_port.serving");
        Ok(Self { handle, ended: Some(ended), address })
    }

    /// Where it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers when the server ended by itself.
    pub(crate) async fn ended(&mut self) {
        if let Some(ended) = &mut self.ended {
            // A server that went away without a word has ended too.
            let _ = ended.await;
            self.ended = None;
        }
    }

    /// Ends it, after the requests under way.
    pub(crate) async fn stop(mut self) {
        if self.ended.is_some() {
            self.handle.stop(true).await;
            self.ended().await;
        }
    }
}

async fn run(
    listener: TcpListener,
    port: web::Data<Port>,
    started: mpsc::Sender<ServerHandle>,
) -> io::Result<()> {
    let app = move || {
        App::new()
            .app_data(port.clone())
            .app_data(web::PayloadConfig::new(routes::MAX_BODY_BYTES))
            .wrap(from_fn(count))
            .configure(routes::configure)
    };
    let server = HttpServer::new(app)
        .disable_signals()
        .workers(WORKERS)
        .shutdown_timeout(SHUTDOWN_S)
        .listen(listener)?
        .run();
    // The starter waits for it.
    let _ = started.send(server.handle());
    server.await
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
