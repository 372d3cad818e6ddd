//! Watched folders: files that a core system puts into `in` are taken as if they were posted, and what
//! became of them stands in `out`.
//!
//! ```text
//! in/NAME -> taken (payment, file of payments) -> out/HASH-NAME.ack.xml -> done/HASH-NAME
//!         -> refused                            -> out/HASH-NAME.nak.json -> failed/HASH-NAME
//! feed    -> out/event-NUMBER.xml: pacs.002 of a payment sent, camt.054 of one that settled
//! ```
//!
//! # Place      core bank's disk -> [folders] -> channels -> payments, files; feed -> core bank's disk
//! # Invariants J1 a file is taken by its content (P3, F2), so that one that is found again after a
//! #            crash pays nothing twice; what is written is whole, or not there under its name
//! # Absent     formats that are no message; folders on other machines; deletion of what is done

use std::{
    collections::VecDeque,
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    channels::{self, Answer, Arrived, Channel, ChannelFault},
    files::intake::MAX_FILE,
    gateway::Gateway,
};

/// Files taken at one look.
const AT_A_TIME: usize = 64;
/// Names looked at in a folder at most.
const MAX_NAMES: usize = 100_000;
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
    channels::work::run(gateway, Watched { folders, found: None }).await;
}

/// Folders that are being looked at.
struct Watched {
    folders: Folders,
    /// What is left of the files that were found at this look.
    found: Option<VecDeque<PathBuf>>,
}

impl Channel for Watched {
    type Place = PathBuf;

    fn name(&self) -> &'static str {
        "folders"
    }

    /// Of a look, file by file; then once nothing, and the folder is looked at anew.
    async fn next(&mut self) -> Result<Option<Arrived<PathBuf>>, ChannelFault> {
        let found = match &mut self.found {
            Some(found) => found,
            None => self.found.insert(waiting(&self.folders.incoming)?.into()),
        };
        while let Some(path) = found.pop_front() {
            // One file that cannot be read keeps no other from being taken.
            match read(&path) {
                Ok(content) => {
                    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
                    let name = name.unwrap_or_default();
                    // A name of a file is used again: its content alone counts.
                    let (id, again) = (None, false);
                    return Ok(Some(Arrived { id, name, content, again, place: path }));
                }
                Err(fault) => {
                    tracing::warn!(%fault, file = %path.display(), "folders.read");
                }
            }
        }
        self.found = None;
        Ok(None)
    }

    async fn answer(
        &mut self,
        _: &Arrived<PathBuf>,
        answer: &Answer,
        name: &str,
    ) -> Result<(), ChannelFault> {
        let name = format!("{name}.{}", answer.ending());
        Ok(put(&self.folders.outgoing, &name, &answer.bytes())?)
    }

    async fn done(
        &mut self,
        arrived: &Arrived<PathBuf>,
        refused: bool,
        name: &str,
    ) -> Result<(), ChannelFault> {
        let folder = if refused { &self.folders.failed } else { &self.folders.done };
        fs::rename(&arrived.place, folder.join(name))?;
        sync(folder)?;
        Ok(sync(&self.folders.incoming)?)
    }

    /// It lies where it was, and is found again.
    fn later(&mut self, _: Arrived<PathBuf>) -> bool {
        true
    }

    async fn tell(&mut self, number: u64, message: Vec<u8>) -> Result<(), ChannelFault> {
        Ok(put(&self.folders.outgoing, &format!("event-{number:012}.xml"), &message)?)
    }
}

/// A file, or a beginning of one that is too long.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let limit = u64::try_from(MAX_FILE).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Files that are whole, by name: a sender writes under a name with a dot in front, or ending in `.tmp`
/// or `.part`, and renames.
fn waiting(folder: &Path) -> io::Result<Vec<PathBuf>> {
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
    fn j1_what_is_put_is_whole() {
        let folder = folder("put");
        put(&folder, "one", b"first").unwrap();
        put(&folder, "one", b"second").unwrap();
        assert_eq!(fs::read(folder.join("one")).unwrap(), b"second");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }
}
