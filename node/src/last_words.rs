//! What a process that has stopped for good still says: that it did, and why.
//!
//! A process that has ended is not scraped, so that nobody could tell one that diverged from one that was
//! killed. Everything else it served is closed before; for a minute its ledger port answers with one metric.
//!
//! # Place      `validator`, `observer`, at their end -> [last_words] -> Prometheus
//! # Invariants nothing of the ledger is served; the process ends, whoever asks
//! # Absent     reasons that go away by themselves or by a restart (a full disk, a lost engine folder)

use std::{net::SocketAddr, time::Duration};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    http::header::CONTENT_TYPE,
    web::{Data, to},
};
use consensus::{ExecutorError, NewerRules, StartError, StopReason};
use ledger_core::time::Height;
use ledger_store::StoreError;
use rustls::ServerConfig;

use crate::{
    config::Config,
    http::{SHUTDOWN_S, Server},
    ledger_port::metrics,
    pidfile::PidFile,
    tls,
    validator::Signals,
};

/// How long it is said: four times the usual interval between scrapes.
const SAID_FOR: Duration = Duration::from_secs(60);

/// Why a process stopped for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// A quorum certified other results than its own, as the header at this height shows.
    Diverged(Height),
    /// The next block is of a version of the rules that it does not know.
    NewerRules(NewerRules),
}

impl Stopped {
    /// As an engine's end says it; nothing where it ended for another reason.
    pub(crate) const fn of_engine(reason: &StopReason) -> Option<Self> {
        match reason {
            StopReason::Executor(ExecutorError::Diverged { height }) => {
                Some(Self::Diverged(*height))
            }
            StopReason::Executor(ExecutorError::NewerRules(newer)) => {
                Some(Self::NewerRules(*newer))
            }
            _ => None,
        }
    }

    /// As a store that is not opened says it.
    pub(crate) const fn of_store(error: &StoreError) -> Option<Self> {
        match error {
            StoreError::Diverged { height } => Some(Self::Diverged(*height)),
            _ => None,
        }
    }

    /// As an engine that does not start says it.
    pub(crate) const fn of_start(error: &StartError) -> Option<Self> {
        match error {
            StartError::NewerRules(newer) => Some(Self::NewerRules(*newer)),
            _ => None,
        }
    }

    const fn reason(self) -> &'static str {
        match self {
            Self::Diverged(_) => "diverged",
            Self::NewerRules(_) => "newer_rules",
        }
    }

    const fn height(self) -> Height {
        match self {
            Self::Diverged(height) => height,
            Self::NewerRules(newer) => newer.height,
        }
    }

    fn metrics(self) -> String {
        let (reason, height) = (self.reason(), self.height());
        format!(
            "# HELP florin_stopped The block at which this process stopped for good, by reason.\n\
             # TYPE florin_stopped gauge\nflorin_stopped{{reason=\"{reason}\"}} {height}\n# EOF\n"
        )
    }
}

async fn answer(request: HttpRequest, stopped: Data<Stopped>) -> HttpResponse {
    if request.path() == "/metrics" {
        let text = stopped.metrics();
        return HttpResponse::Ok().insert_header((CONTENT_TYPE, metrics::CONTENT_TYPE)).body(text);
    }
    let text = format!("stopped at block {}: {}\n", stopped.height(), stopped.reason());
    HttpResponse::ServiceUnavailable().content_type("text/plain; charset=utf-8").body(text)
}

/// Serves why it stopped.
fn serve(
    listen: SocketAddr,
    tls: Option<ServerConfig>,
    stopped: Stopped,
) -> std::io::Result<Server> {
    Server::start("last-words", listen, move |listener| {
        let stopped = Data::new(stopped);
        let app = move || App::new().app_data(stopped.clone()).default_service(to(answer));
        let server = HttpServer::new(app).disable_signals().workers(1);
        Ok(tls::listen!(server.shutdown_timeout(SHUTDOWN_S), listener, tls)?.run())
    })
}

/// Says for a minute, or until it is told to end, why the process stopped. Who ends it finds its pid file.
pub(crate) async fn say(config: &Config, purpose: &str, stopped: Stopped) {
    let (reason, height) = (stopped.reason(), stopped.height());
    tracing::error!(reason, height = height.get(), "process.stopped_for_good");
    let (Some(listen), Ok(mut signals)) = (config.ledger_port.listen, Signals::new()) else {
        return;
    };
    let tls = match tls::of_stopped(config, purpose) {
        Ok(tls) => tls,
        Err(fault) => return tracing::warn!(%fault, "process.last_words"),
    };
    let _pid = PidFile::write(&config.folder)
        .inspect_err(|error| tracing::warn!(%error, "process.last_words"));
    match serve(listen, tls, stopped) {
        Ok(server) => {
            tokio::select! {
                _ = signals.next() => {}
                () = tokio::time::sleep(SAID_FOR) => {}
            }
            server.stop().await;
        }
        Err(error) => tracing::warn!(%error, "process.last_words"),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::TcpStream,
    };

    use super::*;

    fn get(server: &Server, path: &str) -> String {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn c2_what_diverged_says_so_in_its_metrics_and_serves_nothing_else() {
        let stopped = Stopped::of_store(&StoreError::Diverged { height: Height::new(42) }).unwrap();
        let server = serve("127.0.0.1:0".parse().unwrap(), None, stopped).unwrap();
        let metrics = get(&server, "/metrics");
        assert!(metrics.starts_with("HTTP/1.1 200"), "{metrics}");
        assert!(metrics.contains("florin_stopped{reason=\"diverged\"} 42\n"), "{metrics}");
        for path in ["/ledger/v1/status", "/ledger/v1/blocks", "/readyz", "/healthz", "/"] {
            let answer = get(&server, path);
            assert!(answer.starts_with("HTTP/1.1 503"), "{path}: {answer}");
            assert!(answer.ends_with("stopped at block 42: diverged\n"), "{path}: {answer}");
        }
        server.abandon();
    }

    #[test]
    fn what_a_restart_may_mend_has_no_last_words() {
        assert_eq!(Stopped::of_store(&StoreError::DiskFull), None);
        assert_eq!(Stopped::of_engine(&StopReason::Requested), None);
        assert_eq!(Stopped::of_engine(&StopReason::Panicked), None);
        assert_eq!(Stopped::of_start(&StartError::Listen), None);
        let height = Height::new(7);
        let diverged = StopReason::Executor(ExecutorError::Diverged { height });
        assert_eq!(Stopped::of_engine(&diverged), Some(Stopped::Diverged(height)));
    }
}
