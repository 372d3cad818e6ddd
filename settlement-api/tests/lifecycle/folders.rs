//! Files that a core system puts into a folder, and what it finds in another.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use iso20022::{Pacs008, view::View as _};
use settlement_api::folders::{self, Folders};

use crate::{
    Story,
    bank::{Bank, By, XML},
    files::{file, order},
    oracle::assert_valid,
};

const LONG: Duration = Duration::from_secs(20);

struct Disk(PathBuf);

impl Disk {
    fn new(name: &str) -> (Self, Folders) {
        let name = format!("florin-lifecycle-{}-{name}", std::process::id());
        let root = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&root);
        let below = |name: &str| root.join(name);
        let folders = Folders {
            incoming: below("in"),
            outgoing: below("out"),
            done: below("done"),
            failed: below("failed"),
        };
        folders.prepare().unwrap();
        (Self(root), folders)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// As a core system does: under another name first.
fn drop_in(folders: &Folders, name: &str, bytes: &[u8]) {
    let unfinished = folders.incoming.join(format!(".{name}"));
    fs::write(&unfinished, bytes).unwrap();
    fs::rename(unfinished, folders.incoming.join(name)).unwrap();
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    names
}

async fn until(folder: &Path, wanted: impl Fn(&[String]) -> bool) -> Vec<String> {
    for _ in 0..200 {
        let found = names(folder);
        if wanted(&found) {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{}: {:?}", folder.display(), names(folder));
}

/// A pacs.008 that was never sent.
async fn message(bank: &Bank, to: &Bank) -> String {
    let paid = bank.pay(to, ("FOLDER-0", "1.00")).await;
    let uetr = paid["uetr"].as_str().unwrap();
    let path = format!("/v1/payments/{uetr}/message");
    let xml = bank.get(By::Desk, &path, XML).await.text;
    xml.replace(uetr, "3f6c9a52-7d1e-4b80-9c2a-5e8f04d7b163").replace("FOLDER-0", "FOLDER-1")
}

#[actix_web::test]
async fn j1_j2_files_are_taken_once_and_what_became_of_them_stands_in_out() {
    let story = Story::begin(LONG).await;
    let (a, b) = (&story.a, &story.b);
    let (_disk, folders) = Disk::new("files");
    let xml = message(a, b).await;
    let watch = tokio::spawn(folders::run(Arc::clone(&a.gateway), folders.clone()));
    drop_in(&folders, "payment.xml", xml.as_bytes());
    let orders = vec![order(b, "E-1", "10.00"), order(b, "E-2", "20.00")];
    drop_in(&folders, "salaries.xml", file("FILE-9", orders).to_xml().unwrap().as_bytes());
    drop_in(&folders, "noise.xml", b"<x/>");
    until(&folders.incoming, <[String]>::is_empty).await;
    assert_eq!((names(&folders.done).len(), names(&folders.failed).len()), (2, 1));
    // Four payments settled, each told by a camt.054 of its own.
    let notices = |names: &[String]| names.iter().filter(|n| n.starts_with("event-")).count();
    let out = until(&folders.outgoing, |names| notices(names) >= 4).await;
    let read = |name: &String| fs::read_to_string(folders.outgoing.join(name)).unwrap();
    for name in &out {
        let text = read(name);
        match name {
            name if name.ends_with("payment.xml.ack.xml") => assert_valid(&text, "pacs.002.001.10"),
            name if name.ends_with("salaries.xml.ack.xml") => {
                assert_valid(&text, "pain.002.001.10")
            }
            name if name.ends_with("noise.xml.nak.json") => {
                assert!(text.contains("not_a_pacs008") || text.contains("message"), "{text}");
            }
            name if name.starts_with("event-") => assert_valid(&text, "camt.054.001.08"),
            other => panic!("{other}"),
        }
    }
    assert_eq!(a.available().await, "968.00");
    // The same files again, and after a restart that forgot nothing: nothing is paid or told twice.
    watch.abort();
    drop_in(&folders, "payment.xml", xml.as_bytes());
    let watch = tokio::spawn(folders::run(Arc::clone(&a.gateway), folders.clone()));
    until(&folders.incoming, <[String]>::is_empty).await;
    drop_in(&folders, "again.xml", xml.as_bytes());
    until(&folders.incoming, <[String]>::is_empty).await;
    let other = xml.replace("<IntrBkSttlmAmt Ccy=\"USD\">1.00", "<IntrBkSttlmAmt Ccy=\"USD\">2.00");
    assert!(Pacs008::find(other.as_bytes()).is_ok() && other != xml);
    drop_in(&folders, "changed.xml", other.as_bytes());
    until(&folders.incoming, <[String]>::is_empty).await;
    let out = names(&folders.outgoing);
    assert_eq!(notices(&out), 4, "{out:?}");
    let changed = out.iter().find(|name| name.contains("changed.xml.nak")).unwrap();
    assert!(read(changed).contains("leg_conflict"));
    assert_eq!(names(&folders.failed).len(), 2);
    assert_eq!(a.available().await, "968.00");
    watch.abort();
}
