//! An HTTP server on threads of its own, started and ended by whoever owns the process.
//!
//! # Place      `ledger_port` and an observer's audit API -> [http] -> actix
//! # Invariants it listens before it is said to run; it ends after the requests under way
//! # Absent     routes, TLS (`tls`), signals

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::mpsc,
    thread,
};

use actix_web::dev::ServerHandle;
use tokio::sync::oneshot;

/// Threads that answer requests, per server.
pub(crate) const WORKERS: usize = 2;
/// Seconds that requests under way may take when a server stops.
pub(crate) const SHUTDOWN_S: u64 = 5;

/// A running server.
pub(crate) struct Server {
    handle: ServerHandle,
    /// Taken when it has ended.
    ended: Option<oneshot::Receiver<()>>,
    address: SocketAddr,
}

impl Server {
    /// Serves on threads of its own. `build` makes the server over the listener.
    ///
    /// # Errors
    /// As the operating system's, when it cannot listen or start threads.
    pub(crate) fn start(
        name: &'static str,
        listen: SocketAddr,
        build: impl FnOnce(TcpListener) -> io::Result<actix_web::dev::Server> + Send + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(listen)?;
        let address = listener.local_addr()?;
        let (started, starting) = mpsc::channel();
        let (ending, ended) = oneshot::channel();
        let serve = move || {
            let outcome = actix_web::rt::System::new().block_on(async move {
                let server = build(listener)?;
                // The starter waits for it.
                let _ = started.send(server.handle());
                server.await
            });
            if let Err(error) = outcome {
                tracing::error!(%error, server = name, "http.ended");
            }
            // Whoever waits for the end may be gone already.
            let _ = ending.send(());
        };
        thread::Builder::new().name(name.to_owned()).spawn(serve)?;
        let handle = starting.recv().map_err(|_| io::Error::other("the server did not start"))?;
        tracing::info!(%address, server = name, "http.serving");
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

    /// Ends it, whatever is under way, and waits for its threads: a process that ends beside them ends
    /// under the database that they read.
    #[cfg(test)]
    pub(crate) fn abandon(mut self) {
        drop(self.handle.stop(false));
        let Some(ended) = &mut self.ended else { return };
        for _ in 0..5_000 {
            if ended.try_recv() != Err(oneshot::error::TryRecvError::Empty) {
                return;
            }
            thread::sleep(std::time::Duration::from_millis(1));
        }
    }
}
