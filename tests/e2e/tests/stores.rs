//! What a validator does when its disk is not what it wrote.
#![allow(clippy::print_stdout)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use e2e::{
    disk::{Stage, Taken, VICTIM, copy, cut_in_half, files, flip},
    network::{Network, until},
};

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
    let mut stage = Stage::new(&network);
    let ledger = stage.data("ledger");
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
        is_refilled(&mut stage, what);
    }
    stage.kill();
    stage.put_back("of before", &ledger);
    is_refilled(&mut stage, "a store of before");
    little_room(&mut stage);
    another_network(&mut stage);
    engine_gone(&mut stage);
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

fn is_refilled(stage: &mut Stage<'_>, what: &str) {
    let said = stage.must_recover(what);
    assert!(said.contains("executor.refill"), "{what}: {said}");
    stage.others_go_on();
}

/// A disk that fills: no commands are taken, then the process ends and says why; with room it goes
/// on.
fn little_room(stage: &mut Stage<'_>) {
    stage.kill();
    let folder = stage.network.of(VICTIM);
    let data = folder.join("data");
    stage.keep("data", &data);
    let Some(disk) = Mounted::over(&data) else {
        println!("skipped: no file system may be mounted here");
        stage.must_recover("nothing");
        return;
    };
    copy(&stage.kept("data"), &data);
    let config = fs::read_to_string(folder.join("config.toml")).unwrap();
    let floor = "\n[storage]\nmin_free_mib = 300\n";
    fs::write(folder.join("config.toml"), config.clone() + floor).unwrap();
    stage.must_recover("a small disk");
    let fill = data.join("fill");
    fs::write(&fill, vec![0; 550 << 20]).unwrap();
    assert!(until(|| !stage.network.is_ready(VICTIM)));
    stage.others_go_on();
    assert!(until(|| stage.agrees()), "it still executes what others order");
    fs::remove_file(&fill).unwrap();
    assert!(until(|| stage.network.is_ready(VICTIM)), "{}", stage.network.log(VICTIM));
    let before = stage.network.log(VICTIM).len();
    // As much as there is.
    let _ = fs::write(&fill, vec![0; 900 << 20]);
    let mut ended = None;
    assert!(until(|| {
        stage.others_go_on();
        ended = stage.network.exit_of(VICTIM);
        ended.is_some()
    }));
    let said = stage.network.log(VICTIM).split_off(before);
    assert!(ended == Some(1) && said.contains("nearly full: make room"), "{said}");
    fs::remove_file(&fill).unwrap();
    stage.must_recover("room again");
    // What it voted on this disk must not be forgotten.
    stage.kill();
    stage.keep("data", &data);
    drop(disk);
    copy(&stage.kept("data"), &data);
    fs::write(folder.join("config.toml"), config).unwrap();
    stage.must_recover("the disk of before");
}

/// The same folder under another genesis: nothing of it is touched.
fn another_network(stage: &mut Stage<'_>) {
    let genesis = fs::read_to_string(stage.network.path().join("genesis.json")).unwrap();
    assert!(genesis.contains("florin-demo"));
    let other = stage.network.of(VICTIM).join("other.json");
    fs::write(other, genesis.replace("florin-demo", "florin-other")).unwrap();
    stage.kill();
    stage.network.configure(VICTIM, "../genesis.json", "other.json");
    let (taken, said) = stage.start();
    assert!(matches!(taken, Taken::Ended(1)), "{taken:?} {said}");
    assert!(said.contains("the store is of network"), "{said}");
    assert!(said.contains("name another data directory"), "{said}");
    stage.others_go_on();
    stage.network.configure(VICTIM, "other.json", "../genesis.json");
    stage.must_recover("its own genesis again");
}

/// A store without its engine's folder: the record of votes is lost, so it follows and does not vote in
/// this epoch (C6).
fn engine_gone(stage: &mut Stage<'_>) {
    stage.kill();
    fs::remove_dir_all(stage.network.of(VICTIM).join("data/engine")).unwrap();
    let said = stage.must_recover("the ledger alone");
    assert!(said.contains("validator.goes_on_from_ledger"), "{said}");
    assert!(said.contains("epoch.waits") && !said.contains("epoch.votes"), "{said}");
    stage.others_go_on();
}
