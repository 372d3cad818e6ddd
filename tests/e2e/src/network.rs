//! A network as the demo leaves it: four validators, four gateways, one settled payment or two.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{florin, run};

/// Folders of the processes, validators first.
pub const PROCESSES: [(&str, &str); 8] = [
    ("validator-1", "validator"),
    ("validator-2", "validator"),
    ("validator-3", "validator"),
    ("validator-4", "validator"),
    ("bank-a", "gateway"),
    ("bank-b", "gateway"),
    ("treasury", "gateway"),
    ("custodian", "gateway"),
];
const PATIENCE: Duration = Duration::from_secs(120);

/// A running network; it ends with this value.
pub struct Network {
    folder: TempDir,
    children: Vec<Child>,
}

/// An answer of a gateway.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Body as text.
    pub text: String,
}

impl Answer {
    /// The body as JSON; null when it is not.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// The stable code of a problem.
    #[must_use]
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// A request to a gateway.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Whose key signs it.
    pub client: &'a str,
    /// Method and path.
    pub target: (&'a str, &'a str),
    /// Media type and body; empty means none.
    pub body: (&'a str, &'a str),
}

impl Network {
    /// Plays the demo and keeps its network running.
    ///
    /// # Panics
    /// When the demo does not come to its end.
    #[must_use]
    pub fn start() -> Self {
        let folder = TempDir::new().unwrap_or_else(|error| panic!("{error}"));
        let out = folder.path().join("net");
        let log = folder.path().join("demo.log");
        let file = File::create(&log).unwrap_or_else(|error| panic!("{error}"));
        let demo = florin()
            .args(["demo", "--keep", "--out"])
            .arg(&out)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .unwrap_or_else(|error| panic!("{error}"));
        let network = Self { folder, children: vec![demo] };
        let running = || fs::read_to_string(&log).unwrap_or_default().contains("running; end with");
        assert!(until(running), "{}", fs::read_to_string(&log).unwrap_or_default());
        network
    }

    /// The network's folder.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("net")
    }

    /// Kills every process of the network (SIGKILL) and the demo that started them.
    ///
    /// # Panics
    /// When a process has no pid file.
    pub fn kill_all(&mut self) {
        for (name, _) in PROCESSES {
            kill(&self.path().join(name));
        }
        for mut child in self.children.drain(..) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Starts every process again with its own config and waits until all are ready.
    ///
    /// # Panics
    /// When one does not become ready.
    pub fn restart_all(&mut self) {
        for (name, kind) in PROCESSES {
            self.restart(name, kind);
        }
        for (name, _) in PROCESSES {
            let ready = || unsigned(&self.url(name), "/readyz").is_some_and(|status| status == 200);
            let log = self.path().join(name).join("log");
            assert!(until(ready), "{name}: {}", fs::read_to_string(log).unwrap_or_default());
        }
    }

    fn restart(&mut self, name: &str, kind: &str) {
        let folder = self.path().join(name);
        let log = File::options().append(true).open(folder.join("log"));
        let child = florin()
            .arg(kind)
            .arg("--config")
            .arg(folder.join("config.toml"))
            .arg("--until-stdin-closes")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log.unwrap_or_else(|error| panic!("{error}")))
            .spawn();
        self.children.push(child.unwrap_or_else(|error| panic!("{error}")));
    }

    /// The base URL of a process, from its own config.
    ///
    /// # Panics
    /// When the config names none.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        let config = fs::read_to_string(self.path().join(name).join("config.toml"));
        let config = config.unwrap_or_else(|error| panic!("{error}"));
        let section = if config.contains("[api]") { "[api]" } else { "[ledger_port]" };
        let listen = config.split(section).nth(1).and_then(|rest| rest.split('"').nth(1));
        format!("http://{}", listen.unwrap_or_else(|| panic!("{name} has no listen address")))
    }

    /// Sends a request to a gateway, signed by `florin call`, waiting for the end of a payment.
    ///
    /// # Panics
    /// When `florin call` itself fails.
    #[must_use]
    pub fn call(&self, gateway: &str, request: Request<'_>) -> Answer {
        let (method, path) = request.target;
        let (media, body) = request.body;
        let url = format!("{}{path}", self.url(gateway));
        let key = self.path().join("clients").join(format!("{}.pem", request.client));
        let key = key.display().to_string();
        let mut args = vec!["call", method, &url, "--key", &key, "--prefer", "wait=25"];
        let file = self.folder.path().join(format!("body-{:?}", std::thread::current().id()));
        let data = file.display().to_string();
        if !body.is_empty() {
            fs::write(&file, body).unwrap_or_else(|error| panic!("{error}"));
            args.extend(["--data", &data, "--content-type", media]);
        }
        let output = run(&args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let status = said.split("HTTP ").nth(1).and_then(|rest| rest.get(..3)?.parse().ok());
        Answer {
            status: status.unwrap_or_else(|| panic!("{args:?}: {said}")),
            text: String::from_utf8_lossy(&output.stdout).into_owned(),
        }
    }

    /// Reads a resource of a gateway.
    #[must_use]
    pub fn get(&self, gateway: &str, client: &str, path: &str) -> Answer {
        self.call(gateway, Request { client, target: ("GET", path), body: ("", "") })
    }

    /// The pacs.008 that the demo paid.
    ///
    /// # Panics
    /// When the demo left none.
    #[must_use]
    pub fn message(&self) -> String {
        let entries = fs::read_dir(self.path().join("messages"));
        let entries = entries.unwrap_or_else(|error| panic!("{error}"));
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        let first = paths.first().unwrap_or_else(|| panic!("no message"));
        fs::read_to_string(first).unwrap_or_else(|error| panic!("{error}"))
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// SIGKILL for the process whose pid file stands in a folder.
fn kill(folder: &Path) {
    let pid = fs::read_to_string(folder.join("pid"));
    let pid = pid.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let killed = Command::new("kill").args(["-9", pid.trim()]).status();
    assert!(killed.is_ok_and(|status| status.success()), "kill {pid}");
}

/// The status of an unsigned GET, over a plain socket.
#[must_use]
pub fn unsigned(base: &str, path: &str) -> Option<u16> {
    raw(base, &format!("GET {path} HTTP/1.1"))
}

/// The status that a server gives to a request line and headers, over a plain socket.
#[must_use]
pub fn raw(base: &str, head: &str) -> Option<u16> {
    use io::{Read as _, Write as _};
    let address = base.strip_prefix("http://")?;
    let mut stream = std::net::TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let request = format!("{head}\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

/// Whether something becomes true in time.
fn until(holds: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if holds() {
            return true;
        }
        sleep(Duration::from_millis(100));
    }
    false
}
