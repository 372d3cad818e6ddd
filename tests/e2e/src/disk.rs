//! A validator whose disk is not what it wrote.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;
use tempfile::TempDir;

use crate::{
    books::{FIXTURE_UETR, pay, uetr},
    network::{Network, until},
};

/// Which validator it is.
pub const VICTIM: &str = "validator-4";

/// How a validator took its folder.
#[derive(Debug)]
pub enum Taken {
    /// It ended with this code.
    Ended(i32),
    /// It serves, at the height and root of another one.
    Recovered,
}

/// A network one of whose validators is damaged, again and again.
pub struct Stage<'a> {
    /// All of it.
    pub network: &'a Network,
    kept: TempDir,
    paid: u64,
}

impl<'a> Stage<'a> {
    /// With nothing kept yet.
    #[must_use]
    pub fn new(network: &'a Network) -> Self {
        Self { network, kept: tempfile::tempdir().unwrap(), paid: 0 }
    }

    /// A folder of the victim's data.
    #[must_use]
    pub fn data(&self, folder: &str) -> PathBuf {
        self.network.of(VICTIM).join("data").join(folder)
    }

    /// What was kept under this name.
    #[must_use]
    pub fn kept(&self, name: &str) -> PathBuf {
        self.kept.path().join(name)
    }

    /// The victim ends at once.
    pub fn kill(&self) {
        self.network.kill(&[VICTIM.to_owned()]);
    }

    /// Starts the victim with what is on its disk: what became of it, and what it said.
    pub fn start(&self) -> (Taken, String) {
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
    pub fn agrees(&self) -> bool {
        let status = |name: &str| {
            let status = self.network.ledger(name, "bank-a", "/ledger/v1/status").json();
            (status["height"].clone(), status["state_root"].clone())
        };
        let (other, own) = (status("validator-1"), status(VICTIM));
        other == own && own.0.is_u64()
    }

    /// The three others settle payments meanwhile.
    pub fn others_go_on(&mut self) {
        self.paid += 1;
        let message = self.network.message().replace("12500.00", "1.00");
        let answer = pay(self.network, &message.replace(FIXTURE_UETR, &uetr(self.paid)));
        assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("ACSC")), "{answer:?}");
    }

    /// Keeps a copy of a folder.
    pub fn keep(&self, name: &str, folder: &Path) {
        copy(folder, &self.kept(name));
    }

    /// A kept copy in place of what there is.
    pub fn put_back(&self, name: &str, folder: &Path) {
        let _ = fs::remove_dir_all(folder);
        copy(&self.kept(name), folder);
    }

    /// Starts the victim: it must serve again. What it said.
    pub fn must_recover(&self, what: &str) -> String {
        let (taken, said) = self.start();
        assert!(matches!(taken, Taken::Recovered), "{what}: {taken:?} {said}");
        said
    }
}

/// A folder with all that is below it.
pub fn copy(from: &Path, to: &Path) {
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
pub fn files(folder: &Path, start: &str, end: &str) -> Vec<PathBuf> {
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
pub fn flip(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    for byte in bytes.iter_mut().skip(middle).take(8) {
        *byte ^= 0xff;
    }
    fs::write(path, bytes).unwrap();
}

/// The first half of a file.
pub fn cut_in_half(path: &Path) {
    let bytes = fs::read(path).unwrap();
    fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
}
