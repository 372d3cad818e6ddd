//! A network as the demo leaves it: validators, gateways, two settled payments.
//!
//! # Invariants what runs, and what kind it is, is read from the folders' own configs

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread::sleep,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{
    binary, florin,
    http::{self, Answer, unsigned},
};

/// How long anything that must happen may take.
pub const PATIENCE: Duration = Duration::from_secs(120);
/// Says that the demo's network is left running.
const RUNNING: &str = "running; end with";
/// A running network; it ends with this value.
pub struct Network {
    folder: TempDir,
    /// What processes are started from.
    program: Mutex<PathBuf>,
    demo: Mutex<Option<Child>>,
    children: Mutex<BTreeMap<String, Child>>,
    bodies: AtomicUsize,
}

/// A request to a gateway.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Whose key signs it.
    pub client: &'a str,
    /// Method and path.
    pub target: (&'a str, &'a str),
    /// Media type and body; empty means none.
    pub body: (&'a str, &'a [u8]),
}

impl Network {
    /// Plays the demo and keeps its network running.
    ///
    /// # Panics
    /// When the demo does not come to its end.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// As [`Network::start`], with further options of the demo.
    ///
    /// # Panics
    /// As [`Network::start`].
    #[must_use]
    pub fn start_with(options: &[&str]) -> Self {
        Self::start_of(&binary(), options)
    }

    /// As [`Network::start_with`], with processes of another binary.
    ///
    /// # Panics
    /// As [`Network::start`].
    #[must_use]
    pub fn start_of(program: &Path, options: &[&str]) -> Self {
        let folder = TempDir::new().unwrap_or_else(|error| panic!("{error}"));
        let log = folder.path().join("demo.log");
        let file = File::create(&log).unwrap_or_else(|error| panic!("{error}"));
        let demo = Command::new(program)
            .args(["demo", "--keep", "--out"])
            .arg(folder.path().join("net"))
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .unwrap_or_else(|error| panic!("{error}"));
        let (children, bodies) = (Mutex::default(), AtomicUsize::new(0));
        let (program, demo) = (Mutex::new(program.to_path_buf()), Mutex::new(Some(demo)));
        let network = Self { folder, program, demo, children, bodies };
        let said = || fs::read_to_string(&log).unwrap_or_default();
        let mut ended = false;
        let running = until(|| {
            let demo = lock(&network.demo).as_mut().and_then(|demo| demo.try_wait().ok());
            ended = demo.flatten().is_some();
            ended || said().contains(RUNNING)
        });
        assert!(running && !ended, "{}", said());
        network
    }

    /// The network's folder.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("net")
    }

    /// The folder of a process.
    #[must_use]
    pub fn of(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Every process by name, with its kind: `validator` or `gateway`. Validators first.
    ///
    /// # Panics
    /// When the folder cannot be read.
    #[must_use]
    pub fn processes(&self) -> Vec<(String, &'static str)> {
        let entries = fs::read_dir(self.path()).unwrap_or_else(|error| panic!("{error}"));
        let mut found: Vec<(String, &'static str)> = entries
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let config = fs::read_to_string(entry.path().join("config.toml")).ok()?;
                let kind = config.lines().find_map(|line| match line {
                    "role = \"validator\"" => Some("validator"),
                    "role = \"gateway\"" => Some("gateway"),
                    "role = \"observer\"" => Some("observer"),
                    _ => None,
                });
                Some((name, kind.unwrap_or_else(|| panic!("{}: no role", entry.path().display()))))
            })
            .collect();
        found.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(&b.0)));
        assert!(!found.is_empty(), "no process");
        found
    }

    /// Names of the processes of a kind.
    #[must_use]
    pub fn names(&self, kind: &str) -> Vec<String> {
        let of_kind = |(name, its): (String, &str)| (its == kind).then_some(name);
        self.processes().into_iter().filter_map(of_kind).collect()
    }

    /// SIGKILL to these processes at once; afterwards none of them is left.
    ///
    /// # Panics
    /// When one has no pid file or cannot be killed.
    pub fn kill(&self, names: &[String]) {
        let pids: Vec<String> = names
            .iter()
            .map(|name| {
                let pid = fs::read_to_string(self.of(name).join("pid"));
                pid.unwrap_or_else(|error| panic!("{name}: {error}")).trim().to_owned()
            })
            .collect();
        let killed = Command::new("kill").arg("-9").args(&pids).status();
        assert!(killed.is_ok_and(|status| status.success()), "kill {names:?}");
        for name in names {
            let child = lock(&self.children).remove(name);
            if let Some(mut child) = child {
                let _ = child.wait();
            }
        }
        assert!(until(|| pids.iter().all(|pid| is_gone(pid))), "{names:?} live on");
    }

    /// Processes are started from this binary from now on.
    pub fn install(&self, program: &Path) {
        *lock(&self.program) = program.to_path_buf();
    }

    /// SIGKILL to a process if it runs; afterwards it does not.
    ///
    /// # Panics
    /// When it lives on.
    pub fn end(&self, name: &str) {
        if let Some(mut child) = lock(&self.children).remove(name) {
            let _ = child.kill();
            let _ = child.wait();
            return;
        }
        let Ok(pid) = fs::read_to_string(self.of(name).join("pid")) else { return };
        let pid = pid.trim();
        // It may be ending by itself.
        let _ = Command::new("kill").args(["-9", pid]).stderr(Stdio::null()).status();
        assert!(until(|| is_gone(pid)), "{name} lives on");
    }

    /// SIGTERM to a process; afterwards it is gone.
    ///
    /// # Panics
    /// When it cannot be told, or does not end.
    pub fn terminate(&self, name: &str) {
        // One that was started here may have no pid file (any more).
        let mut child = lock(&self.children).remove(name);
        let pid = match &child {
            Some(child) => child.id().to_string(),
            None => {
                let pid = fs::read_to_string(self.of(name).join("pid"));
                pid.unwrap_or_else(|error| panic!("{name}: {error}")).trim().to_owned()
            }
        };
        let told = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(told.is_ok_and(|status| status.success()), "kill {name}");
        // Its standard input stays open until it has ended: closed, it would end at once instead of in order.
        assert!(until(|| is_gone(&pid)), "{name} lives on");
        if let Some(child) = &mut child {
            let _ = child.wait();
        }
    }

    /// SIGKILL to every process of the network and to the demo that started them.
    ///
    /// # Panics
    /// As [`Network::kill`].
    pub fn kill_all(&self) {
        let names: Vec<String> = self.processes().into_iter().map(|(name, _)| name).collect();
        self.kill(&names);
        if let Some(mut demo) = lock(&self.demo).take() {
            let _ = demo.kill();
            let _ = demo.wait();
        }
    }

    /// Starts processes with their own configs and waits until all are ready.
    ///
    /// # Panics
    /// When one does not become ready.
    pub fn start_again(&self, names: &[String]) {
        for name in names {
            self.launch(name);
        }
        for name in names {
            self.await_ready(name);
        }
    }

    /// Starts every process again and waits until all are ready.
    ///
    /// # Panics
    /// When one does not become ready.
    pub fn restart_all(&self) {
        let names: Vec<String> = self.processes().into_iter().map(|(name, _)| name).collect();
        self.start_again(&names);
    }

    /// Starts a process and does not wait for anything.
    ///
    /// # Panics
    /// When there is no such process.
    pub fn launch(&self, name: &str) {
        let folder = self.of(name);
        let processes = self.processes();
        let (_, kind) = processes
            .iter()
            .find(|(process, _)| process == name)
            .unwrap_or_else(|| panic!("no process {name}"));
        let log = File::options().create(true).append(true).open(folder.join("log"));
        let program = lock(&self.program).clone();
        let child = Command::new(program)
            .arg(kind)
            .arg("--config")
            .arg(folder.join("config.toml"))
            .arg("--until-stdin-closes")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log.unwrap_or_else(|error| panic!("{error}")))
            .spawn();
        lock(&self.children)
            .insert(name.to_owned(), child.unwrap_or_else(|error| panic!("{error}")));
    }

    /// Whether a process says that it is ready.
    #[must_use]
    pub fn is_ready(&self, name: &str) -> bool {
        unsigned(&self.url(name), "/readyz").is_ok_and(|answer| answer.status == 200)
    }

    /// Waits until a process is ready.
    ///
    /// # Panics
    /// When it ends before, or does not become ready.
    pub fn await_ready(&self, name: &str) {
        let mut exit = None;
        let ready = until(|| {
            exit = self.exit_of(name);
            exit.is_some() || self.is_ready(name)
        });
        assert!(ready && exit.is_none(), "{name} {exit:?}: {}", self.log(name));
    }

    /// The exit code of a process that was started here and has ended; -1 after a signal.
    pub fn exit_of(&self, name: &str) -> Option<i32> {
        let ended = lock(&self.children).get_mut(name)?.try_wait().ok().flatten()?;
        lock(&self.children).remove(name);
        Some(ended.code().unwrap_or(-1))
    }

    /// Everything that a process has logged.
    #[must_use]
    pub fn log(&self, name: &str) -> String {
        fs::read_to_string(self.of(name).join("log")).unwrap_or_default()
    }

    /// Changes a process's config; it counts from its next start on.
    ///
    /// # Panics
    /// When the config does not hold `from`.
    pub fn configure(&self, name: &str, from: &str, to: &str) {
        let path = self.of(name).join("config.toml");
        let config = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{error}"));
        assert!(config.contains(from), "{name}: {from}");
        fs::write(path, config.replace(from, to)).unwrap_or_else(|error| panic!("{error}"));
    }

    /// The base URL of a process, from its own config.
    ///
    /// # Panics
    /// When the config names none.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        let config = fs::read_to_string(self.of(name).join("config.toml"));
        let config = config.unwrap_or_else(|error| panic!("{name}: {error}"));
        // An observer has both; it says on the ledger port whether it is ready.
        let gateway = config.contains("role = \"gateway\"");
        let section = if gateway { "[api]" } else { "[ledger_port]" };
        let listen = config.split(section).nth(1).and_then(|rest| rest.split('"').nth(1));
        format!("http://{}", listen.unwrap_or_else(|| panic!("{name} has no listen address")))
    }

    /// The LEI of a gateway's institution, from its own config.
    ///
    /// # Panics
    /// When the config names none.
    #[must_use]
    pub fn lei(&self, gateway: &str) -> String {
        let config = fs::read_to_string(self.of(gateway).join("config.toml")).unwrap_or_default();
        let lei = config.split("lei = \"").nth(1).and_then(|rest| rest.split('"').next());
        lei.unwrap_or_else(|| panic!("{gateway} has no LEI")).to_owned()
    }

    /// The key file of a client of a gateway.
    #[must_use]
    pub fn client(&self, name: &str) -> PathBuf {
        self.path().join("clients").join(format!("{name}.pem"))
    }

    /// The bytes of a request as its client signs it, waiting for the end of a payment.
    #[must_use]
    pub fn sign(&self, request: Request<'_>) -> Vec<u8> {
        let (media, body) = request.body;
        let mut args = Vec::new();
        if request.target.0 != "GET" {
            args.extend(["--prefer", "wait=25"]);
        }
        let number = self.bodies.fetch_add(1, Ordering::Relaxed);
        let file = self.folder.path().join(format!("body-{number}"));
        let data = file.display().to_string();
        if !body.is_empty() {
            fs::write(&file, body).unwrap_or_else(|error| panic!("{error}"));
            args.extend(["--data", &data, "--content-type", media]);
        }
        let bytes = http::signed(&self.client(request.client), request.target, &args);
        let _ = fs::remove_file(file);
        bytes
    }

    /// Sends a signed request to a gateway.
    #[must_use]
    pub fn call(&self, gateway: &str, request: Request<'_>) -> Answer {
        http::send(&self.url(gateway), &self.sign(request))
    }

    /// Reads a resource of a gateway.
    #[must_use]
    pub fn get(&self, gateway: &str, client: &str, path: &str) -> Answer {
        self.call(gateway, Request { client, target: ("GET", path), body: ("", b"") })
    }

    /// Posts JSON to a gateway.
    #[must_use]
    pub fn post(
        &self,
        gateway: &str,
        client: &str,
        path: &str,
        body: &serde_json::Value,
    ) -> Answer {
        let text = body.to_string();
        let body = ("application/json", text.as_bytes());
        self.call(gateway, Request { client, target: ("POST", path), body })
    }

    /// Reads a path of a validator's ledger port, signed by an institution's transport key.
    #[must_use]
    pub fn ledger(&self, validator: &str, institution: &str, path: &str) -> Answer {
        let request = http::signed(&self.transport_key(institution), ("GET", path), &[]);
        http::send(&self.url(validator), &request)
    }

    /// Signs a command with these keys, sends it to every validator with the institution's transport
    /// key, and waits for its receipt; exit code and what was said.
    ///
    /// # Panics
    /// When the command cannot be signed.
    #[must_use]
    pub fn command(
        &self,
        institution: &str,
        keys: &[PathBuf],
        command: &serde_json::Value,
        more: &[&str],
    ) -> (i32, String) {
        let genesis = self.path().join("genesis.json").display().to_string();
        let number = self.bodies.fetch_add(1, Ordering::Relaxed);
        let file = self.folder.path().join(format!("command-{number}"));
        let signed = florin()
            .args(["command", "sign", "--organisation", &self.lei(institution)])
            .args(["--genesis", &genesis, "--data", &command.to_string()])
            .args(keys.iter().flat_map(|key| [Path::new("--key"), key]))
            .args(more)
            .arg("--out")
            .arg(&file)
            .output()
            .unwrap_or_else(|error| panic!("{error}"));
        assert!(signed.status.success(), "{command}: {signed:?}");
        self.submit(institution, &file)
    }

    /// Sends a signed command's file and waits for its receipt; exit code and what was said.
    ///
    /// # Panics
    /// When `florin` cannot be started.
    #[must_use]
    pub fn submit(&self, institution: &str, file: &Path) -> (i32, String) {
        let mut sending = florin();
        sending.args(["command", "send", "--wait", "20", "--key"]);
        sending.arg(self.transport_key(institution));
        sending.arg("--genesis").arg(self.path().join("genesis.json"));
        for validator in self.names("validator") {
            sending.args(["--validator", &self.url(&validator)]);
        }
        let said = sending.arg(file).output().unwrap_or_else(|error| panic!("{error}"));
        let text = [said.stdout, said.stderr].concat();
        (said.status.code().unwrap_or(-1), String::from_utf8_lossy(&text).into_owned())
    }

    fn transport_key(&self, institution: &str) -> PathBuf {
        let keys = self.of(institution).join("keys");
        let own = [keys.join("transport.key"), keys.join("service/transport.key")];
        let key = own.into_iter().find(|key| key.is_file());
        key.unwrap_or_else(|| panic!("{institution} has no transport key"))
    }

    /// The counters of a process, each with its labels as written.
    #[must_use]
    pub fn counters(&self, name: &str) -> BTreeMap<String, u64> {
        let text = unsigned(&self.url(name), "/metrics").map(|answer| answer.text);
        let text = text.unwrap_or_default();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let counter = |line: &str| {
            let (name, value) = line.rsplit_once(' ')?;
            Some((name.to_owned(), value.parse().ok()?))
        };
        lines.filter_map(counter).collect()
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
        paths.retain(|path| path.to_string_lossy().ends_with("pacs.008.xml"));
        paths.sort();
        let first = paths.first().unwrap_or_else(|| panic!("no pacs.008"));
        fs::read_to_string(first).unwrap_or_else(|error| panic!("{error}"))
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for child in lock(&self.children).values_mut().chain(lock(&self.demo).iter_mut()) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A test that failed elsewhere does not hide this one's processes.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether no process has this id; one that only waits for its parent to look is none. While other
/// threads of it are still ending, its files are open and locked.
fn is_gone(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let threads = fs::read_dir(format!("/proc/{pid}/task")).map_or(0, Iterator::count);
    let state = stat.rsplit(')').next().unwrap_or_default().trim();
    state.is_empty() || (state.starts_with('Z') && threads <= 1)
}

/// Whether something becomes true in time.
pub fn until(mut holds: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if holds() {
            return true;
        }
        sleep(Duration::from_millis(20));
    }
    false
}
