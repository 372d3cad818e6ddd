//! What a validator does when its disk is not what it wrote.
#![allow(clippy::print_stdout)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use e2e::{
    books::{FIXTURE_UETR, pay, uetr},
    network::{Network, until},
};
use serde_json::json;

const VICTIM: &str = "validator-4";

/// How a validator took its folder.
#[derive(Debug)]
enum Taken {
    /// It ended with this code.
    Ended(i32),
    /// It serves, at the height and root of another one.
    Recovered,
}

struct Stage<'a> {
    network: &'a Network,
    kept: tempfile::TempDir,
    paid: u64,
}

impl Stage<'_> {
    fn ledger(&self) -> PathBuf {
        self.network.of(VICTIM).join("data/ledger")
    }

    fn kill(&self) {
        self.network.kill(&[VICTIM.to_owned()]);
    }

    /// Starts the victim with what is on its disk: what became of it, and what it said.
    fn start(&self) -> (Taken, String) {
        let before = self.network.log(VICTIM).len();
        self.network.launch(VICTIM);
        let mut ended = None;
        let decided = until(|| {
            ended = self.network.exit_of(VICTIM);
            ended.is_some() || (self.network.is_ready(VICTIM) && self.agrees())
        });
        let said = self.network.log(VICTIM).split_off(before);
        assert!(decided, "neither ended nor recovered: {said}");
        (ended.map_or(Taken::Recovered, Taken::Ended), said)
    }

    /// Whether the victim has height and root of another validator.
    fn agrees(&self) -> bool {
        let status = |name: &str| {
            let status = self.network.ledger(name, "bank-a", "/ledger/v1/status").json();
            (status["height"].clone(), status["state_root"].clone())
        };
        let (other, own) = (status("validator-1"), status(VICTIM));
        other == own && own.0.is_u64()
    }

    /// The three others settle payments meanwhile.
    fn others_go_on(&mut self) {
        self.paid += 1;
        let message = self.network.message().replace("12500.00", "1.00");
        let answer = pay(self.network, &message.replace(FIXTURE_UETR, &uetr(self.paid)));
        assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("ACSC")), "{answer:?}");
    }

    fn keep(&self, name: &str, folder: &Path) {
        copy(folder, &self.kept.path().join(name));
    }

    fn put_back(&self, name: &str, folder: &Path) {
        let _ = fs::remove_dir_all(folder);
        copy(&self.kept.path().join(name), folder);
    }
}

/// A folder with all that is below it.
fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Files of a store by the beginning and end of their names, the largest last.
fn files(folder: &Path, start: &str, end: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.starts_with(start) && name.ends_with(end)
        })
        .collect();
    found.sort_by_key(|path| fs::metadata(path).map_or(0, |data| data.len()));
    found
}

/// Flips eight bytes in the middle of a file, or what it has of them.
fn flip(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    for byte in bytes.iter_mut().skip(middle).take(8) {
        *byte ^= 0xff;
    }
    fs::write(path, bytes).unwrap();
}

fn cut_in_half(path: &Path) {
    let bytes = fs::read(path).unwrap();
    fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
}

type Damage = fn(&Path);

/// What is done to the store, and what the validator must then say.
const REFUSED: [(&str, Damage, &str); 6] = [
    ("every table flipped", |l| files(l, "", ".sst").iter().for_each(|p| flip(p)), "Corruption"),
    ("a table cut", |l| cut_in_half(files(l, "", ".sst").last().unwrap()), "Corruption"),
    (
        "a table gone",
        |l| fs::remove_file(files(l, "", ".sst").last().unwrap()).unwrap(),
        "No such file or directory",
    ),
    ("its list of tables flipped", |l| flip(&files(l, "MANIFEST", "")[0]), "Corruption"),
    ("its list of tables cut", |l| cut_in_half(&files(l, "MANIFEST", "")[0]), "Corruption"),
    (
        "the name of that list wrong",
        |l| fs::write(l.join("CURRENT"), "MANIFEST-999999\n").unwrap(),
        "IOError",
    ),
];

/// A log whose end is lost is a store that is behind: the engine still has the blocks. The largest log
/// may be one that is no longer needed, so all are damaged.
const REFILLED: [(&str, Damage); 3] = [
    ("its log flipped", |l| files(l, "", ".log").iter().for_each(|p| flip(p))),
    ("its log cut", |l| files(l, "", ".log").iter().for_each(|p| cut_in_half(p))),
    ("everything gone", |l| fs::remove_dir_all(l).unwrap()),
];

#[test]
fn a_damaged_store_is_refused_or_refilled_and_the_others_go_on() {
    let network = Network::start();
    let mut stage = Stage { network: &network, kept: tempfile::tempdir().unwrap(), paid: 0 };
    let ledger = stage.ledger();
    stage.kill();
    stage.keep("of before", &ledger);
    // A start writes what the log holds into a table, so that there are tables to damage.
    stage.must_recover("a restart");
    for (what, damage, cause) in REFUSED {
        stage.others_go_on();
        stage.kill();
        stage.keep("whole", &ledger);
        damage(&ledger);
        let (taken, said) = stage.start();
        assert!(matches!(taken, Taken::Ended(1)), "{what}: {taken:?} {said}");
        let next_step = said.contains("see the log, then restart or restore from peers");
        let names_it = said.contains(cause) && said.contains("store.rocksdb error=");
        assert!(next_step && names_it, "{what}: {said}");
        stage.others_go_on();
        stage.put_back("whole", &ledger);
        stage.must_recover(what);
    }
    for (what, damage) in REFILLED {
        stage.others_go_on();
        stage.kill();
        damage(&ledger);
        stage.is_refilled(what);
    }
    stage.kill();
    stage.put_back("of before", &ledger);
    stage.is_refilled("a store of before");
    stage.little_room();
    stage.another_network();
    stage.engine_gone();
}

/// A small file system over a folder; gone with this.
struct Mounted(PathBuf);

impl Mounted {
    fn over(folder: &Path) -> Option<Self> {
        let options = ["-t", "tmpfs", "-o", "size=900m", "tmpfs"];
        let mounted = Command::new("mount").args(options).arg(folder).output().ok()?;
        mounted.status.success().then(|| Self(folder.to_path_buf()))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

impl Stage<'_> {
    fn must_recover(&self, what: &str) -> String {
        let (taken, said) = self.start();
        assert!(matches!(taken, Taken::Recovered), "{what}: {taken:?} {said}");
        said
    }

    fn is_refilled(&mut self, what: &str) {
        let said = self.must_recover(what);
        assert!(said.contains("executor.refill"), "{what}: {said}");
        self.others_go_on();
    }

    /// A disk that fills: no commands are taken, then the process ends and says why; with room it goes
    /// on.
    fn little_room(&mut self) {
        self.kill();
        let folder = self.network.of(VICTIM);
        let data = folder.join("data");
        self.keep("data", &data);
        let Some(disk) = Mounted::over(&data) else {
            println!("skipped: no file system may be mounted here");
            self.must_recover("nothing");
            return;
        };
        copy(&self.kept.path().join("data"), &data);
        let config = fs::read_to_string(folder.join("config.toml")).unwrap();
        let floor = "\n[storage]\nmin_free_mib = 300\n";
        fs::write(folder.join("config.toml"), config.clone() + floor).unwrap();
        self.must_recover("a small disk");
        let fill = data.join("fill");
        fs::write(&fill, vec![0; 550 << 20]).unwrap();
        assert!(until(|| !self.network.is_ready(VICTIM)));
        self.others_go_on();
        assert!(until(|| self.agrees()), "it still executes what others order");
        fs::remove_file(&fill).unwrap();
        assert!(until(|| self.network.is_ready(VICTIM)), "{}", self.network.log(VICTIM));
        let before = self.network.log(VICTIM).len();
        // As much as there is.
        let _ = fs::write(&fill, vec![0; 900 << 20]);
        let mut ended = None;
        assert!(until(|| {
            self.others_go_on();
            ended = self.network.exit_of(VICTIM);
            ended.is_some()
        }));
        let said = self.network.log(VICTIM).split_off(before);
        assert!(ended == Some(1) && said.contains("nearly full: make room"), "{said}");
        fs::remove_file(&fill).unwrap();
        self.must_recover("room again");
        // What it voted on this disk must not be forgotten.
        self.kill();
        self.keep("data", &data);
        drop(disk);
        copy(&self.kept.path().join("data"), &data);
        fs::write(folder.join("config.toml"), config).unwrap();
        self.must_recover("the disk of before");
    }

    /// The same folder under another genesis: nothing of it is touched.
    fn another_network(&mut self) {
        let genesis = fs::read_to_string(self.network.path().join("genesis.json")).unwrap();
        assert!(genesis.contains("florin-demo"));
        let other = self.network.of(VICTIM).join("other.json");
        fs::write(other, genesis.replace("florin-demo", "florin-other")).unwrap();
        self.kill();
        self.network.configure(VICTIM, "../genesis.json", "other.json");
        let (taken, said) = self.start();
        assert!(matches!(taken, Taken::Ended(1)), "{taken:?} {said}");
        assert!(said.contains("the store is of network"), "{said}");
        assert!(said.contains("name another data directory"), "{said}");
        self.others_go_on();
        self.network.configure(VICTIM, "other.json", "../genesis.json");
        self.must_recover("its own genesis again");
    }

    /// A store without its engine's folder: the record of votes is lost, so it follows and does not vote in
    /// this epoch (C6).
    fn engine_gone(&mut self) {
        self.kill();
        fs::remove_dir_all(self.network.of(VICTIM).join("data/engine")).unwrap();
        let said = self.must_recover("the ledger alone");
        assert!(said.contains("validator.goes_on_from_ledger"), "{said}");
        assert!(said.contains("epoch.waits") && !said.contains("epoch.votes"), "{said}");
        self.others_go_on();
    }
}
