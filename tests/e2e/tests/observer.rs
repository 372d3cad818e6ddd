//! A regulator joins a running network: its key is registered, its observer follows, answers,
//! is killed, resumes, and everything it hands out verifies offline.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use e2e::{
    florin,
    http::{Answer, send, signed, unsigned},
    json_of, must,
    network::Network,
    run, text,
};
use serde_json::{Value, json};

/// An invented institution.
const REGULATOR: &str = "ZZZZ00FLORINREGULA84";
const PATIENCE: Duration = Duration::from_secs(60);

/// One command of the operator, signed by one person and proved.
fn operate(network: &Network, person: &str, command: &Value) -> PathBuf {
    let folder = network.path();
    let keys = folder.join("operator/keys");
    let card = json_of(&keys.join("maker/card.json"));
    let genesis = text(&folder.join("genesis.json"));
    let key = text(&keys.join(person).join("operator.key"));
    let out = folder.join(format!("observer/{person}.hex"));
    let (lei, data) = (card["lei"].as_str().unwrap(), command.to_string());
    let sign = ["command", "sign", "--key", &key, "--organisation", lei, "--genesis", &genesis];
    let file = text(&out);
    must(&[&sign[..], &["--data", &data, "--out", &file]].concat());
    let (validator, service) =
        (network.url("validator-1"), text(&keys.join("service/transport.key")));
    let send = ["command", "send", &file, "--validator", &validator, "--key", &service];
    must(&[&send[..], &["--genesis", &genesis, "--wait", "25"]].concat());
    out
}

/// Has two operators register the regulator's key.
fn register(network: &Network) {
    let keys = text(&network.path().join("observer/keys"));
    let make = ["keygen", "--kind", "institution", "--lei", REGULATOR, "--role", "regulator"];
    must(&[&make[..], &["--out", &keys]].concat());
    let card = json_of(&network.path().join("observer/keys/card.json"));
    let key = &card["keys"][0];
    let grant = json!({
        "key": key["key"], "role": "regulator", "person": key["person"], "organisation": REGULATOR,
    });
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    let expires = u64::try_from(since.as_millis()).unwrap() + 3_600_000;
    let propose = json!({"Propose": {"action": {"RegisterKey": grant}, "expires": expires}});
    let proposed = operate(network, "maker", &propose);
    let shown: Value = serde_json::from_str(&must(&["command", "show", &text(&proposed)])).unwrap();
    operate(network, "checker", &shown["approve"]);
}

/// An observer as a process; it ends with this value.
struct Observer {
    folder: PathBuf,
    child: Child,
}

impl Observer {
    /// Writes a config; an existing client of the demo is its auditor.
    fn found(network: &Network) -> PathBuf {
        let folder = network.path().join("observer");
        let treasury = fs::read_to_string(network.path().join("treasury/config.toml")).unwrap();
        let client = treasury.split("[[clients]]").nth(1).unwrap();
        let key = client.lines().find(|line| line.starts_with("key = ")).unwrap();
        let validators = (1..=4).map(|n| format!("\"{}\"", network.url(&format!("validator-{n}"))));
        let ports: Vec<u16> = (0..2).map(|_| free_port()).collect();
        let config = format!(
            "role = \"observer\"\ngenesis = \"../genesis.json\"\ndata = \"data\"\n\n\
             [ledger_port]\nlisten = \"127.0.0.1:{}\"\nvalidators = [{}]\n\n\
             [api]\nlisten = \"127.0.0.1:{}\"\n\n\
             [signers.regulator]\nfile = \"keys/regulator.key\"\n\n\
             [[clients]]\n{key}\nname = \"examiner\"\nroles = [\"auditor\"]\n",
            ports[0],
            validators.collect::<Vec<_>>().join(", "),
            ports[1],
        );
        fs::write(folder.join("config.toml"), config).unwrap();
        folder
    }

    fn start(folder: &Path) -> Self {
        let log = File::options().create(true).append(true).open(folder.join("log")).unwrap();
        let child = florin()
            .args(["observer", "--until-stdin-closes", "--config"])
            .arg(folder.join("config.toml"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let observer = Self { folder: folder.to_path_buf(), child };
        let url = observer.url("[ledger_port]");
        let ready = || unsigned(&url, "/readyz").is_ok_and(|answer| answer.status == 200);
        assert!(until(ready), "{}", fs::read_to_string(folder.join("log")).unwrap());
        observer
    }

    fn url(&self, section: &str) -> String {
        let config = fs::read_to_string(self.folder.join("config.toml")).unwrap();
        let listen = config.split(section).nth(1).unwrap().split('"').nth(1).unwrap();
        format!("http://{listen}")
    }

    /// Asks the audit API.
    fn ask(&self, path: &str) -> Answer {
        let key = self.folder.join("../clients/treasury-maker.pem");
        let request = signed(&key, ("GET", &format!("/audit/v1/{path}")), &[]);
        send(&self.url("[api]"), &request)
    }

    fn kill(mut self) {
        let pid = fs::read_to_string(self.folder.join("pid")).unwrap();
        let killed = Command::new("kill").args(["-9", pid.trim()]).status();
        assert!(killed.is_ok_and(|status| status.success()));
        let _ = self.child.wait();
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

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

/// The report, once the observer can prove the present state.
fn report(observer: &Observer) -> Value {
    let asked = || observer.ask("report?currency=USD");
    assert!(until(|| asked().status == 200), "{:?}", asked());
    asked().json()
}

/// I1, I2, I4, W25 over real processes.
#[test]
fn a_regulator_follows_a_running_network_and_proves_what_it_reports() {
    let network = Network::start();
    register(&network);
    let folder = Observer::found(&network);
    let observer = Observer::start(&folder);
    let first = report(&observer);
    assert_eq!(first["sound"], true, "{first}");
    assert_eq!(first["reserves"]["verdict"], "covered", "{first}");
    assert!(first["counts"]["mints"].as_u64() >= Some(1), "{first}");
    assert!(first["counts"]["payments"].as_u64() >= Some(1), "{first}");

    let served = unsigned(&observer.url("[api]"), "/openapi.json").unwrap();
    assert_eq!((served.status, served.text), (200, must(&["openapi", "--surface", "audit"])));
    let page = unsigned(&observer.url("[api]"), "/docs").unwrap().text;
    assert!(page.contains("<title>Florin observer API</title>"), "{page}");

    let genesis = text(&network.path().join("genesis.json"));
    let message = network.message();
    let uetr = message.split("<UETR>").nth(1).and_then(|rest| rest.split("</").next()).unwrap();
    let case = observer.ask(&format!("cases/{uetr}")).json();
    let receipts = case["legs"][0]["receipts"].as_array().unwrap();
    assert_eq!(case["legs"][0]["state"], "settled", "{case}");
    for receipt in receipts {
        let file = folder.join("receipt.json");
        fs::write(&file, receipt["file"].as_str().unwrap()).unwrap();
        let checked = run(&["verify", &text(&file), "--trust", &genesis]);
        assert!(matches!(checked.status.code(), Some(0 | 3)), "{receipt}");
    }

    let at = first["height"].as_u64().unwrap();
    observer.kill();
    let observer = Observer::start(&folder);
    let second = report(&observer);
    assert!(second["height"].as_u64() > Some(at) && second["sound"] == true, "{second}");
    let then = observer.ask(&format!("supply?currency=USD&at={at}")).json();
    assert_eq!(then["supply"], first["supply"]["supply"]);
    // Reserves too, though this process never saw that state: the accounts' journals say it.
    let then = observer.ask(&format!("reserves?currency=USD&at={at}")).json();
    assert_eq!(then["effective"], first["reserves"]["effective"], "{then}");
    assert_eq!(then["verdict"], "covered", "{then}");
    let before = observer.ask("reserves?currency=USD&at=0").json();
    assert_eq!((&before["effective"], &before["reserves"]), (&json!("0.00"), &json!([])));
    assert_eq!(before["later"].as_array().map(Vec::len), Some(1), "{before}");
    drop(observer);
    let counted = must(&["verify", "--data", &text(&folder.join("data"))]);
    assert_eq!(counted.lines().filter(|line| line.contains(" holds: ")).count(), 4, "{counted}");
}
