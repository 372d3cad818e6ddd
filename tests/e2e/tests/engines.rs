//! What a validator does when the files of its engine are not what it wrote.
#![allow(clippy::print_stdout)]

use std::{collections::BTreeMap, fs, path::PathBuf};

use e2e::{
    disk::{Stage, Taken, cut_in_half, files, flip},
    network::Network,
};

#[test]
fn explore() {
    let network = Network::start();
    let mut stage = Stage::new(&network);
    for _ in 0..3 {
        stage.others_go_on();
    }
    let engine = stage.data("engine");
    stage.kill();
    let parts: Vec<PathBuf> =
        fs::read_dir(&engine).unwrap().flatten().map(|e| e.path()).filter(|p| p.is_dir()).collect();
    let mut kinds: BTreeMap<String, PathBuf> = BTreeMap::new();
    for part in parts {
        let name = part.file_name().unwrap().to_string_lossy().into_owned();
        let kind = name.split_once('-').map_or(name.clone(), |(_, kind)| kind.to_owned());
        kinds.insert(kind, part);
    }
    stage.keep("whole", &engine);
    for (kind, part) in kinds {
        for how in ["flip", "cut", "gone"] {
            stage.put_back("whole", &engine);
            let all = files(&part, "", "");
            let Some(largest) = all.last() else {
                println!("{kind}: empty");
                break;
            };
            let size = fs::metadata(largest).unwrap().len();
            match how {
                "flip" => flip(largest),
                "cut" => cut_in_half(largest),
                _ => fs::remove_dir_all(&part).unwrap(),
            }
            let (taken, said) = stage.try_start();
            let said: Vec<_> = said
                .lines()
                .filter(|l| !l.contains(" INFO ") || l.contains("epoch.") || l.contains("goes_on"))
                .map(|l| l.chars().take(300).collect::<String>())
                .collect();
            println!(
                "== {kind} {how} ({} files, {size} bytes): {taken:?}\n   {}",
                all.len(),
                said.join("\n   ")
            );
            if !matches!(taken, Some(Taken::Ended(_))) {
                stage.kill();
            }
        }
    }
}
