//! Child processes: started with their own config, ended with whoever started them, killed when it
//! says so.
//!
//! # Place      demo, bench, torture -> [child] -> `florin` processes on this machine
//! # Invariants a child ends when its owner does; whose doing an end was can be told
//! # Absent     what they are for

use std::{
    fs::File,
    io,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use florin_client::{
    ServerTrust,
    exchange::{ClientLimits, http},
};
use ledger_core::signature::PublicKey;
use rand::RngExt as _;
use tokio::process::{Child, Command};

/// Seconds that a process may take to answer that it is ready.
const READY_S: u64 = 60;

/// Why a child did not do what it should.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChildError {
    /// The file system or a process.
    #[error("{what}: {error}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        error: io::Error,
    },
    /// A command of florin failed.
    #[error("florin {command} failed: {stderr}")]
    Command {
        /// Which.
        command: String,
        /// What it said.
        stderr: String,
    },
    /// A process did not become ready.
    #[error("{name} did not become ready in {seconds} s; its log is {log}")]
    NotReady {
        /// Which process.
        name: String,
        /// How long was waited.
        seconds: u64,
        /// Where its log is.
        log: PathBuf,
    },
}

impl ChildError {
    fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |error| Self::Io { what, error }
    }
}

/// Ports that were free a moment ago, below those that systems hand out to outgoing connections: a
/// process that is killed finds its port free when it returns.
///
/// # Errors
/// As the operating system's.
pub(crate) fn free_ports(count: u16) -> io::Result<Vec<u16>> {
    let mut listeners = Vec::new();
    let mut refused = io::Error::other("no port was tried");
    for _ in 0..50 * count {
        let port = rand::rng().random_range(10_000..30_000);
        match TcpListener::bind(("127.0.0.1", port)) {
            Ok(listener) => listeners.push(listener),
            Err(error) => refused = error,
        }
        if listeners.len() == usize::from(count) {
            return listeners.iter().map(|listener| Ok(listener.local_addr()?.port())).collect();
        }
    }
    Err(refused)
}

/// A child process.
pub(crate) struct Process {
    /// Its name, which is its folder's.
    pub(crate) name: String,
    /// `validator` or `gateway`.
    kind: &'static str,
    folder: PathBuf,
    /// Base URL of what it serves.
    pub(crate) url: String,
    /// Whom a client believes there.
    server: ServerTrust,
    /// The network namespace that it runs in; this process's own if none is given.
    namespace: Option<String>,
    life: Mutex<Life>,
}

/// Whether it runs, and who cares.
#[derive(Default)]
struct Life {
    child: Option<Child>,
    /// Its end is this program's own doing.
    struck: bool,
    /// Somebody starts it again when it ends by itself.
    kept: bool,
}

impl Process {
    /// A process that is not started yet.
    pub(crate) fn new(folder: &Path, name: &str, kind: &'static str, port: u16) -> Self {
        Self::at(folder, (name, kind), SocketAddr::from(([127, 0, 0, 1], port)), None)
    }

    /// As [`Self::new`], where another address of loopback, or of a network namespace, is served.
    pub(crate) fn at(
        folder: &Path,
        (name, kind): (&str, &'static str),
        serves: SocketAddr,
        namespace: Option<String>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            folder: folder.join(name),
            url: format!("http://{serves}"),
            server: ServerTrust::ThisHost,
            namespace,
            life: Mutex::default(),
        }
    }

    /// It serves over TLS, and is known by a key.
    pub(crate) fn over_tls(self, key: PublicKey) -> Self {
        let url = self.url.replacen("http:", "https:", 1);
        Self { url, server: ServerTrust::keys(vec![*key.get()]), ..self }
    }

    fn life(&self) -> MutexGuard<'_, Life> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts it with its own config; its log goes on where it was.
    pub(crate) fn start(&self) -> Result<(), ChildError> {
        self.start_saying(&[])
    }

    /// As [`Self::start`], with more to say on its command line.
    pub(crate) fn start_saying(&self, more: &[&str]) -> Result<(), ChildError> {
        let io = |what: &str| ChildError::io(format!("{}: {what}", self.name));
        let program = std::env::current_exe().map_err(io("own path"))?;
        let log = File::options().create(true).append(true).open(self.log()).map_err(io("log"))?;
        let mut command = match &self.namespace {
            None => Command::new(program),
            Some(namespace) => {
                let mut within = Command::new("ip");
                within.args(["netns", "exec", namespace]).arg(program);
                within
            }
        };
        let child = command
            .arg(self.kind)
            .arg("--config")
            .arg(self.folder.join("config.toml"))
            .arg("--until-stdin-closes")
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .map_err(io("start"))?;
        let mut life = self.life();
        life.child = Some(child);
        life.struck = false;
        Ok(())
    }

    /// Says whether somebody starts it again when it ends by itself ([`Self::fallen`]).
    pub(crate) fn keep(&self, kept: bool) {
        self.life().kept = kept;
    }

    /// How it ended, if it did, nobody here having ended it, and somebody starts it again then.
    pub(crate) fn fallen(&self) -> Option<ExitStatus> {
        let mut life = self.life();
        if life.struck || !life.kept {
            return None;
        }
        life.child.as_mut()?.try_wait().ok().flatten()
    }

    /// Whether it ended and nobody starts it again.
    pub(crate) fn is_gone(&self) -> bool {
        let mut life = self.life();
        let ended = life.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
        ended.is_some() && !life.kept
    }

    /// Waits until it says that it is ready.
    pub(crate) async fn ready(&self) -> Result<(), ChildError> {
        let no_client = ChildError::io(format!("{}: a client", self.name));
        let client = http(ClientLimits::default(), &self.server);
        let client = client.map_err(|error| no_client(io::Error::other(error)))?;
        let url = format!("{}/readyz", self.url);
        for _ in 0..READY_S * 10 {
            let asked = client.get(&url).timeout(Duration::from_secs(2)).send().await;
            if asked.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            if self.is_gone() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(ChildError::NotReady { name: self.name.clone(), seconds: READY_S, log: self.log() })
    }

    /// Sends SIGKILL and does not wait, so that several fall together; [`Self::kill`] waits. Whether it
    /// ran until then.
    pub(crate) fn strike(&self) -> Result<bool, ChildError> {
        let io = |error| ChildError::io(format!("{}: kill", self.name))(error);
        let mut life = self.life();
        let Some(child) = &mut life.child else { return Ok(false) };
        if child.try_wait().map_err(io)?.is_some() {
            return Ok(false);
        }
        child.start_kill().map_err(io)?;
        life.struck = true;
        Ok(true)
    }

    /// Its process id, while it runs.
    pub(crate) fn id(&self) -> Option<u32> {
        self.life().child.as_ref().and_then(Child::id)
    }

    /// Stops it where it is, without its knowing, or lets it go on.
    pub(crate) async fn pause(&self, paused: bool) -> Result<(), ChildError> {
        let Some(id) = self.id() else { return Ok(()) };
        let signal = if paused { "-STOP" } else { "-CONT" };
        let sent = Command::new("kill").args([signal, &id.to_string()]).status().await;
        sent.map(|_| ()).map_err(ChildError::io(format!("{}: {signal}", self.name)))
    }

    /// SIGKILL: no warning, nothing flushed. What has ended already is left at that.
    pub(crate) async fn kill(&self) -> Result<(), ChildError> {
        let taken = self.life().child.take();
        if let Some(mut child) = taken
            && child.try_wait().ok().flatten().is_none()
        {
            child.kill().await.map_err(ChildError::io(format!("{}: kill", self.name)))?;
        }
        Ok(())
    }

    /// Closes its standard input, upon which it ends; kills it when it does not.
    pub(crate) async fn stop(&self) {
        let taken = self.life().child.take();
        if let Some(mut child) = taken {
            drop(child.stdin.take());
            if tokio::time::timeout(Duration::from_secs(5), child.wait()).await.is_err() {
                let _ = child.kill().await;
            }
        }
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }
}

/// Runs a command of florin in a process of its own; its exit code and standard output.
pub(crate) async fn florin(args: &[&str]) -> Result<(Option<i32>, String), ChildError> {
    let program = std::env::current_exe().map_err(ChildError::io("own path"))?;
    let output = Command::new(program).args(args).stdin(Stdio::null()).output().await;
    let output = output.map_err(ChildError::io(args.join(" ")))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok((output.status.code(), if text.is_empty() { said } else { text }))
}

/// Runs a command of florin that must succeed.
pub(crate) async fn must(args: &[&str]) -> Result<(), ChildError> {
    match florin(args).await? {
        (Some(0), _) => Ok(()),
        (_, stderr) => Err(ChildError::Command { command: args.join(" "), stderr }),
    }
}
