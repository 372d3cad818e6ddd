//! Child processes: started with their own config, ended with the demo, killed when it says so.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::process::{Child, Command};

use super::DemoError;

/// Seconds that a process may take to answer that it is ready.
const READY_S: u64 = 60;

/// A process of the demo's network.
pub(super) struct Process {
    /// Its name, which is its folder's.
    pub(super) name: String,
    /// `validator` or `gateway`.
    kind: &'static str,
    folder: PathBuf,
    /// Base URL of what it serves.
    pub(super) url: String,
    child: Option<Child>,
}

impl Process {
    /// A process that is not started yet.
    pub(super) fn new(folder: &Path, name: &str, kind: &'static str, port: u16) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            folder: folder.join(name),
            url: format!("http://127.0.0.1:{port}"),
            child: None,
        }
    }

    /// Starts it with its own config; its log goes on where it was.
    pub(super) fn start(&mut self) -> Result<(), DemoError> {
        let io = |what: &str| DemoError::io(format!("{}: {what}", self.name));
        let program = std::env::current_exe().map_err(io("own path"))?;
        let log = File::options().create(true).append(true).open(self.log()).map_err(io("log"))?;
        let child = Command::new(program)
            .arg(self.kind)
            .arg("--config")
            .arg(self.folder.join("config.toml"))
            .arg("--until-stdin-closes")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .map_err(io("start"))?;
        self.child = Some(child);
        Ok(())
    }

    /// Waits until it says that it is ready.
    pub(super) async fn ready(&mut self) -> Result<(), DemoError> {
        let client = reqwest::Client::new();
        let url = format!("{}/readyz", self.url);
        for _ in 0..READY_S * 10 {
            let asked = client.get(&url).timeout(Duration::from_secs(2)).send().await;
            if asked.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            let ended = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
            if ended.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(DemoError::NotReady { name: self.name.clone(), seconds: READY_S, log: self.log() })
    }

    /// SIGKILL: no warning, nothing flushed.
    pub(super) async fn kill(&mut self) -> Result<(), DemoError> {
        if let Some(mut child) = self.child.take() {
            child.kill().await.map_err(DemoError::io(format!("{}: kill", self.name)))?;
        }
        Ok(())
    }

    /// Closes its standard input, upon which it ends; kills it when it does not.
    pub(super) async fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
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
pub(super) async fn florin(args: &[&str]) -> Result<(Option<i32>, String), DemoError> {
    let program = std::env::current_exe().map_err(DemoError::io("own path"))?;
    let output = Command::new(program).args(args).stdin(Stdio::null()).output().await;
    let output = output.map_err(DemoError::io(args.join(" ")))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok((output.status.code(), if text.is_empty() { said } else { text }))
}

/// Runs a command of florin that must succeed.
pub(super) async fn must(args: &[&str]) -> Result<(), DemoError> {
    match florin(args).await? {
        (Some(0), _) => Ok(()),
        (_, stderr) => Err(DemoError::Command { command: args.join(" "), stderr }),
    }
}
