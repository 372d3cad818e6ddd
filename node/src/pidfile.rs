//! The process id of a running validator, gateway or observer, for scripts and service managers.
//!
//! # Invariants the file holds a whole number or does not exist: it is renamed into place

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// A file named `pid`, removed when the process ends in order.
#[derive(Debug)]
pub(crate) struct PidFile(PathBuf);

impl PidFile {
    /// Writes `pid` into a folder.
    ///
    /// # Errors
    /// As the file system's.
    pub(crate) fn write(folder: &Path) -> io::Result<Self> {
        let path = folder.join("pid");
        let unfinished = folder.join("pid.new");
        fs::write(&unfinished, format!("{}\n", std::process::id()))?;
        fs::rename(&unfinished, &path)?;
        Ok(Self(path))
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        // Whoever reads a stale number finds no such process.
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_holds_this_process_and_goes_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = PidFile::write(folder.path()).unwrap();
        let text = fs::read_to_string(folder.path().join("pid")).unwrap();
        assert_eq!(text.trim().parse(), Ok(std::process::id()));
        drop(file);
        assert!(!folder.path().join("pid").exists());
    }
}
