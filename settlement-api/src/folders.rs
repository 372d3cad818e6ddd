//! Watched folders: files that a core system puts into `in` are taken as if they were posted, and what
//! became of them stands in `out`.
//!
//! ```text
//! in/NAME -> taken (payment, file of payments) -> out/HASH-NAME.ack.xml -> done/HASH-NAME
//!         -> refused                            -> out/HASH-NAME.nak.json -> failed/HASH-NAME
//! feed    -> out/event-NUMBER.xml: pacs.002 of a payment sent, camt.054 of one that settled
//! ```
//!
//! # Place      core bank's disk -> [folders] -> payments, files; feed -> core bank's disk
//! # Invariants J1 a file is taken by its content (P3, F2), so that one that is found again after a
//! #            crash pays nothing twice; what is written is whole, or not there under its name
//! # Absent     formats that are no message; folders on other machines; deletion of what is done

use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use ledger_core::{
    codec::decode,
    digest::{Domain, Hash32},
    id::MessageKind,
};
use serde_json::json;

use crate::{
    events::feed::{Direction, Event},
    files::{self, intake::MAX_FILE},
    gateway::{Gateway, GatewayFault},
    outbox::stored,
    payments::{
        inbox::InboxRecord,
        intake::Asked,
        message,
        notification::{Side, notification},
        record::PaymentRecord,
        report, workflow,
    },
    port::StoreFault,
    refused::Refused,
};

/// Files taken at one look.
const AT_A_TIME: usize = 64;
/// Names looked at in a folder at most.
const MAX_NAMES: usize = 100_000;
/// Events told at one look.
const EVENTS: usize = 64;
/// Pause between two looks.
const LOOK: Duration = Duration::from_secs(1);
/// The number of the last event that was told.
const TOLD: &[u8] = b"folders/told";
/// Hex digits of a file's hash in the names made of it.
const HASH: usize = 16;
/// Characters of a name that are kept.
const NAME: usize = 128;

/// Where files come and go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    /// Where the core system puts files, by renaming them into it.
    pub incoming: PathBuf,
    /// Where acknowledgements and notices are put.
    pub outgoing: PathBuf,
    /// Where files go that were taken.
    pub done: PathBuf,
    /// Where files go that were refused.
    pub failed: PathBuf,
}

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
enum FolderFault {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Store(#[from] StoreFault),
    #[error("{0}")]
    Refused(#[from] Refused),
}

impl Folders {
    /// Makes those that are not there.
    ///
    /// # Errors
    /// Of the operating system.
    pub fn prepare(&self) -> io::Result<()> {
        [&self.incoming, &self.outgoing, &self.done, &self.failed]
            .into_iter()
            .try_for_each(fs::create_dir_all)
    }
}

/// Watches as long as the process runs.
pub async fn run(gateway: Arc<Gateway>, folders: Folders) {
    loop {
        if let Err(fault) = once(&gateway, &folders).await {
            tracing::warn!(%fault, "folders.look");
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn once(gateway: &Arc<Gateway>, folders: &Folders) -> Result<(), FolderFault> {
    if !gateway.is_ready() {
        return Ok(());
    }
    for path in waiting(&folders.incoming)? {
        // One file that cannot be read or moved keeps no other from being taken.
        if let Err(fault) = take(gateway, folders, &path).await {
            tracing::warn!(%fault, file = %path.display(), "folders.take");
        }
    }
    tell(gateway, folders)
}

/// Files that are whole, by name: a sender writes under a name with a dot in front, or ending in `.tmp`
/// or `.part`, and renames.
fn waiting(folder: &Path) -> Result<Vec<PathBuf>, FolderFault> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)?.take(MAX_NAMES) {
        let entry = entry?;
        let name = entry.file_name();
        let unfinished = match name.to_str() {
            Some(name) => {
                name.starts_with('.') || name.ends_with(".tmp") || name.ends_with(".part")
            }
            None => true,
        };
        // A link could lead anywhere.
        if !unfinished && entry.file_type()?.is_file() {
            found.push(entry.path());
        }
    }
    found.sort();
    found.truncate(AT_A_TIME);
    Ok(found)
}

/// What a file is answered with.
enum Answer {
    /// A pacs.002 or pain.002.
    Taken(Vec<u8>),
    /// Why not.
    Refused(Refused),
}

async fn take(gateway: &Arc<Gateway>, folders: &Folders, path: &Path) -> Result<(), FolderFault> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_FILE).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    let answer = if bytes.len() > MAX_FILE {
        Answer::Refused(Refused::Malformed("a file has at most 16 MiB; split it"))
    } else {
        match taken(gateway, &bytes).await {
            Ok(message) => Answer::Taken(message),
            // What is no fault of the file's is tried again.
            Err(refused @ (Refused::Fault(_) | Refused::NotReady | Refused::LedgerHalted)) => {
                return Err(refused.into());
            }
            Err(refused) => Answer::Refused(refused),
        }
    };
    let name = name_of(path, &Domain::Content.hash(&bytes));
    let (end, written, folder) = match &answer {
        Answer::Taken(message) => ("ack.xml", message.clone(), &folders.done),
        Answer::Refused(refused) => ("nak.json", said(refused), &folders.failed),
    };
    put(&folders.outgoing, &format!("{name}.{end}"), &written)?;
    fs::rename(path, folder.join(&name))?;
    sync(folder)?;
    Ok(sync(&folders.incoming)?)
}

/// Takes a file as an endpoint would; its acknowledgement.
async fn taken(gateway: &Arc<Gateway>, bytes: &[u8]) -> Result<Vec<u8>, Refused> {
    if gateway.gate.is_none() {
        return Err(Refused::NotThisRole);
    }
    if files::intake::is_file(bytes) {
        let file = files::intake::take(gateway, bytes).await?;
        return files::report::pain002(gateway, &file);
    }
    let message::Read { kind, message } = message::read(gateway, bytes)?;
    let record = workflow::enter(gateway, &message, &Asked::message(kind, bytes)).await?;
    Ok(report::pacs002(gateway, &record).map_err(Refused::from)?.into_bytes())
}

fn said(refused: &Refused) -> Vec<u8> {
    let problem = json!({
        "code": refused.code(), "iso_reason": refused.iso_reason(), "detail": refused.to_string(),
    });
    format!("{problem:#}\n").into_bytes()
}

/// A name for what is made of a file: the same of the same content under the same name.
fn name_of(path: &Path, hash: &Hash32) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let kept = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let name: String = name.unwrap_or_default().chars().take(NAME).map(kept).collect();
    let hash: String = hash.to_hex().chars().take(HASH).collect();
    format!("{hash}-{name}")
}

/// Writes a file whole: beside its name first, on disk, then under its name.
fn put(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let unfinished = folder.join(format!(".{name}.tmp"));
    let mut file = File::create(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, folder.join(name))?;
    sync(folder)
}

/// The names of a folder are on disk.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Tells what happened since: each event under its number, so that one that is told again after a
/// crash is the same file.
fn tell(gateway: &Gateway, folders: &Folders) -> Result<(), FolderFault> {
    let store = gateway.store.as_ref();
    let last: u64 = match store.get(TOLD)? {
        Some(bytes) => decode(&bytes, 8).map_err(|_| StoreFault::Damaged)?,
        None => 0,
    };
    let mut told = last;
    for event in gateway.events.after(last, EVENTS)? {
        let notice = match notice(gateway, &event) {
            Ok(notice) => notice,
            // Told when it can be: the feed waits.
            Err(refused @ (Refused::Fault(_) | Refused::NotReady | Refused::NotSettled)) => {
                tracing::warn!(%refused, event = event.number, "folders.tell");
                break;
            }
            Err(refused) => {
                tracing::error!(%refused, event = event.number, "folders.tell");
                None
            }
        };
        if let Some(message) = notice {
            put(&folders.outgoing, &format!("event-{:012}.xml", event.number), &message)?;
        }
        told = event.number;
    }
    if told > last {
        store.write(vec![stored(TOLD.to_vec(), &told)])?;
    }
    Ok(())
}

/// What an event is told as: the end of a payment that was sent as a pacs.002, money that came or
/// left as a camt.054. Others are not told.
fn notice(gateway: &Gateway, event: &Event) -> Result<Option<Vec<u8>>, Refused> {
    let (fact, store) = (&event.fact, gateway.store.as_ref());
    if !matches!(fact.leg.kind, MessageKind::Pacs008 | MessageKind::Pacs009) {
        return Ok(None);
    }
    let leg = fact.leg.id();
    let fault = |fault: GatewayFault| Refused::from(fault);
    match (fact.direction, fact.status.as_str()) {
        (Direction::Outgoing, "RJCT" | "ACCC") => {
            let Some(record) = PaymentRecord::load(store, &leg)? else { return Ok(None) };
            Ok(Some(report::pacs002(gateway, &record).map_err(fault)?.into_bytes()))
        }
        (Direction::Outgoing, "ACSC") => {
            let Some(record) = PaymentRecord::load(store, &leg)? else { return Ok(None) };
            let said = message::read(gateway, &record.xml)?.message;
            let told = notification(gateway, &record.payment, &said, Side::Payer)?;
            Ok(Some(told.into_bytes()))
        }
        (Direction::Incoming, "ACSC") => {
            let Some(record) = InboxRecord::load(store, &leg)? else { return Ok(None) };
            let said = message::read(gateway, &record.delivery.message)?.message;
            let told = notification(gateway, &record.delivery.payment, &said, Side::Payee)?;
            Ok(Some(told.into_bytes()))
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let name = format!("florin-folders-{}-{name}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn j1_only_whole_files_are_looked_at_in_the_order_of_their_names() {
        let folder = folder("waiting");
        for name in ["b.xml", "a.xml", ".c.xml", "d.xml.tmp", "e.part"] {
            fs::write(folder.join(name), b"x").unwrap();
        }
        fs::create_dir(folder.join("f.xml")).unwrap();
        std::os::unix::fs::symlink(folder.join("a.xml"), folder.join("g.xml")).unwrap();
        let found = waiting(&folder).unwrap();
        let names: Vec<_> = found.iter().map(|path| path.file_name().unwrap()).collect();
        assert_eq!(names, ["a.xml", "b.xml"]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn j1_what_is_put_is_whole_and_names_say_nothing_to_a_shell() {
        let folder = folder("put");
        put(&folder, "one", b"first").unwrap();
        put(&folder, "one", b"second").unwrap();
        assert_eq!(fs::read(folder.join("one")).unwrap(), b"second");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        let name = name_of(Path::new("/in/a b;$(x).xml"), &Hash32::new([0xab; 32]));
        assert_eq!(name, "abababababababab-a_b___x_.xml");
        fs::remove_dir_all(folder).unwrap();
    }
}
