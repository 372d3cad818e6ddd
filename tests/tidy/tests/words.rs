//! What no source and no text of the repository contains.

use tidy::checkout::{self, File};
use tidy::lexing::{code, comments, words};
use tidy::markdown::without_code_spans;

/// Lines of our sources, seen through `part`, that `banned` recognises.
fn found(part: fn(&str) -> String, banned: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for file in checkout::files(&["rs"]) {
        for (i, line) in part(&file.text).lines().enumerate() {
            if banned(line) {
                found.push(format!("{}:{}: {}", file.path, i + 1, line.trim()));
            }
        }
    }
    found
}

/// A call of the macro `name`, with any blanks before the `!`.
fn calls(line: &str, name: &str) -> bool {
    let mut rest = line;
    while let Some(at) = rest.find(name) {
        let before = rest[..at].chars().next_back();
        let after = rest[at + name.len()..].trim_start();
        if after.starts_with('!') && !before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            return true;
        }
        rest = &rest[at + name.len()..];
    }
    false
}

/// Phrases about the making of the repository; they mean nothing to its reader.
fn phrases_in(file: &File) -> Vec<String> {
    // Put together here, so that this file does not contain them.
    let banned = [("later", "issue"), ("this", "session"), ("next", "session")];
    let lines = file.text.lines().enumerate();
    let told = lines.filter(|(_, line)| {
        let line = line.to_lowercase();
        banned.iter().any(|(first, second)| line.contains(&format!("{first} {second}")))
    });
    told.map(|(i, line)| format!("{}:{}: {}", file.path, i + 1, line.trim())).collect()
}

#[test]
fn no_comment_defers_a_repair() {
    let markers = [["FIX", "ME"].concat(), "X".repeat(3)];
    // In backticks the marker is a value: a BIC may end in it.
    let banned =
        |line: &str| words(&without_code_spans(line)).any(|word| markers.iter().any(|m| m == word));
    let found = found(comments, banned);
    assert!(found.is_empty(), "repair it, or say `planned` and what is absent: {found:#?}");
}

#[test]
fn no_code_is_left_to_be_written() {
    let found = found(code, |line| calls(line, "todo") || calls(line, "unimplemented"));
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn no_test_is_ignored() {
    let banned = |line: &str| {
        let line = line.replace(' ', "");
        line.contains("#[ignore") || (line.contains("#[cfg_attr(") && line.contains(",ignore"))
    };
    let found = found(code, banned);
    assert!(found.is_empty(), "a slow test is named `…_soak` instead: {found:#?}");
}

#[test]
fn no_code_is_unsafe() {
    let found = found(code, |line| words(line).any(|word| word == "unsafe"));
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn no_text_tells_how_it_was_made() {
    let files = checkout::files(&["md", "rs", "toml"]);
    let found: Vec<_> = files.iter().flat_map(phrases_in).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_macro_call_is_recognised_and_its_name_alone_is_not() {
    assert!(calls("  todo!()", "todo") && calls("a::todo ! {}", "todo"));
    assert!(!calls("let todo = 1;", "todo") && !calls("my_todo!()", "todo"));
}
