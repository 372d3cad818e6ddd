//! The files of the checkout, without what builds and runs leave behind.

use std::fs;
use std::path::{Path, PathBuf};

/// One text file of the checkout.
#[derive(Debug, Clone)]
pub struct File {
    /// Path below the root, with `/` on every platform.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// The root of the checkout: two folders above this crate.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("tests/tidy").to_path_buf()
}

/// Every file whose name ends in one of `extensions`, sorted by path.
///
/// Skipped are `.git`, every `target` folder, and what the root `.gitignore` names.
pub fn files(extensions: &[&str]) -> Vec<File> {
    let root = root();
    let ignored = ignored(&read(&root.join(".gitignore")));
    let mut found = Vec::new();
    collect(&root, &root, &ignored, extensions, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The text of one file below the root, or nothing when it does not exist.
pub fn text(path: &str) -> Option<String> {
    fs::read_to_string(root().join(path)).ok()
}

/// The plain lines of a `.gitignore`: names and paths; patterns with `*` are left to git.
fn ignored(gitignore: &str) -> Vec<String> {
    gitignore
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#') && !line.contains('*'))
        .map(|line| line.trim_matches('/').to_owned())
        .collect()
}

fn collect(root: &Path, dir: &Path, ignored: &[String], extensions: &[&str], out: &mut Vec<File>) {
    let entries = fs::read_dir(dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
    for entry in entries {
        let path = entry.expect("a directory entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let below = relative(root, &path);
        if name == ".git" || name == "target" || ignored.contains(&below) || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            collect(root, &path, ignored, extensions, out);
        } else if extensions.iter().any(|e| path.extension().is_some_and(|x| x == *e)) {
            out.push(File { path: below, text: read(&path) });
        }
    }
}

fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/")
}

/// A file may vanish between listing and reading while somebody edits; it then counts as empty.
fn read(path: &Path) -> String {
    match fs::read(path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_names_lose_their_slashes_and_patterns_are_left_out() {
        assert_eq!(ignored("/target\n# note\n\n*.tmp\nout/\n"), ["target", "out"]);
    }

    #[test]
    fn this_file_is_found() {
        assert!(files(&["rs"]).iter().any(|f| f.path == "tests/tidy/src/checkout.rs"));
    }
}
