//! The binary as processes: what these tests share.
//!
//! # Place      `make test` builds `florin` and names it in `FLORIN_BIN`
//! # Absent     any knowledge of the crates inside: what is tested is what a user runs

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

pub mod books;
pub mod currency;
pub mod disk;
pub mod governance;
pub mod http;
pub mod matrix;
pub mod member;
pub mod network;
pub mod proxy;
pub mod search;

/// The binary under test.
///
/// # Panics
/// When `FLORIN_BIN` does not name it.
#[must_use]
pub fn binary() -> PathBuf {
    match std::env::var_os("FLORIN_BIN") {
        Some(path) => PathBuf::from(path),
        None => panic!("FLORIN_BIN is not set; run these tests by `make test`"),
    }
}

/// A call of the binary under test.
///
/// # Panics
/// As [`binary`].
#[must_use]
pub fn florin() -> Command {
    Command::new(binary())
}

/// Runs the binary to its end.
///
/// # Panics
/// When it cannot be started.
#[must_use]
pub fn run(args: &[&str]) -> Output {
    florin().args(args).output().unwrap_or_else(|error| panic!("florin {args:?}: {error}"))
}

/// Runs the binary to its end and answers what it printed.
///
/// # Panics
/// When it does not end well.
pub fn must(args: &[&str]) -> String {
    let output = run(args);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A path as an argument.
#[must_use]
pub fn text(path: &Path) -> String {
    path.display().to_string()
}

/// The JSON in a file.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn json_of(path: &Path) -> serde_json::Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Real sample messages, where this machine has them.
#[must_use]
pub fn samples() -> Option<PathBuf> {
    let data = std::env::var_os("FLORIN_DATA")
        .map(PathBuf::from)
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"));
    let samples = data.join("samples");
    samples.is_dir().then_some(samples)
}
