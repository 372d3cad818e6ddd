//! Names that say nothing about what is inside.

use tidy::checkout::{self, File};
use tidy::{lexing, manifest};

/// Crates and modules are named for what they hold.
const BANNED: &[&str] = &["common", "helpers", "misc", "shared", "util", "utils"];

/// Modules that `code` declares: the words after `mod`.
fn declared_modules(code: &str) -> Vec<&str> {
    let words: Vec<_> = lexing::words(code).collect();
    words.windows(2).filter(|pair| pair[0] == "mod").map(|pair| pair[1]).collect()
}

fn complaints(file: &File) -> Vec<String> {
    let code = lexing::code(&file.text);
    let path = file.path.trim_end_matches(".rs").split('/');
    let names = path.chain(declared_modules(&code));
    let banned = names.filter(|name| BANNED.contains(name));
    banned.map(|name| format!("{}: `{name}` says nothing, name what it holds", file.path)).collect()
}

#[test]
fn no_module_is_named_after_nothing() {
    let found: Vec<_> = checkout::files(&["rs"]).iter().flat_map(complaints).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn no_crate_is_named_after_nothing() {
    for file in checkout::files(&["toml"]) {
        if let Some(name) = manifest::value(&file.text, "package", "name") {
            let part = name.split('-').find(|part| BANNED.contains(part));
            assert_eq!(part, None, "{}: crate `{name}`", file.path);
        }
    }
}

#[test]
fn a_banned_name_is_found_as_file_folder_and_declaration() {
    let rows = [
        ("a/src/utils.rs", "", 1),
        ("a/src/common/b.rs", "", 1),
        ("a/src/b.rs", "mod misc;", 1),
        ("a/src/b.rs", "// mod misc;\nlet shared = 1;", 0),
    ];
    for (path, text, expected) in rows {
        let file = File { path: path.to_owned(), text: text.to_owned() };
        assert_eq!(complaints(&file).len(), expected, "{path} {text}");
    }
}
