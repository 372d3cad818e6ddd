//! What a validator does when files of its engine are not what it wrote.

use std::{
    fs,
    path::{Path, PathBuf},
};

use e2e::{
    disk::{Stage, Taken, cut_in_half, files, flip},
    network::Network,
};

/// The largest file of a part of the engine's folder, whose name begins with a mark of the network.
fn largest(engine: &Path, part: &str) -> PathBuf {
    let parts = fs::read_dir(engine).unwrap().flatten().map(|entry| entry.path());
    let folder = parts.filter(|path| path.to_string_lossy().ends_with(part)).min().unwrap();
    files(&folder, "", "").pop().unwrap()
}

type Damage = fn(&Path);

/// What is done to which part.
const REFUSED: [(&str, Damage); 6] = [
    ("certificate-table", cut_in_half),
    ("certificate-ordinal", cut_in_half),
    ("packed-meta", flip),
    ("evidence", flip),
    ("application-metadata", flip),
    ("notarizations-value", flip),
];

#[test]
fn a_damaged_engine_is_refused_with_the_command_that_mends_it() {
    let network = Network::start();
    let mut stage = Stage::new(&network);
    stage.others_go_on();
    let engine = stage.data("engine");
    stage.kill();
    stage.keep("whole", &engine);
    for (part, damage) in REFUSED {
        stage.put_back("whole", &engine);
        damage(&largest(&engine, part));
        let (taken, said) = stage.start();
        assert!(matches!(taken, Taken::Ended(1)), "{part}: {taken:?} {said}");
        let why = ["engine.unreadable", "panicked at"].iter().any(|why| said.contains(why));
        let step = said.contains("`mv data/engine data/engine.damaged`");
        assert!(why && step, "{part}: {said}");
        stage.others_go_on();
    }
    // As it says.
    fs::rename(&engine, stage.data("engine.damaged")).unwrap();
    let said = stage.must_recover("without it");
    assert!(said.contains("validator.goes_on_from_ledger"), "{said}");
    assert!(said.contains("epoch.waits") && !said.contains("epoch.votes"), "{said}");
    stage.others_go_on();
}
