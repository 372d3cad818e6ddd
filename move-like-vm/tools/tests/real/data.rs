//! Where the cases are.

use std::path::PathBuf;

use move_tools::cases::{self, Case};

/// The file with the cases, if it is there.
fn path() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "tests are told where the data is")]
    let told = std::env::var_os("FLORIN_DATA").map(PathBuf::from);
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    [told, Some(beside)]
        .into_iter()
        .flatten()
        .map(|data| data.join("move-bytecode/cases.jsonl"))
        .find(|file| file.is_file())
}

/// All cases; none, and a word about it, where the data is absent.
pub(crate) fn cases() -> Vec<Case> {
    let Some(path) = path() else {
        println!("skipped: no data");
        return Vec::new();
    };
    let text = std::fs::read_to_string(path).expect("the cases are text");
    cases::read(&text).expect("every line is a case")
}
