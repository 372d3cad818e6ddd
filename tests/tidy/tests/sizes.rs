//! A size ratchet: what is too large already may only shrink.

use tidy::checkout::{self, File};
use tidy::function::functions;
use tidy::ratchet;
use tidy::testcode::without_tests;

/// Lines of a hand-written source without its tests.
const FILE_LINES: usize = 600;

/// Lines of a function, from `fn` to the closing brace.
const FUNCTION_LINES: usize = 70;

/// Files above the limit with their present size: `("path", lines)`.
const LARGE_FILES: &[(&str, usize)] = &[];

/// Functions above the limit with their present size: `("path::name", lines)`.
///
/// A closed match over commands or message types may stand here; nothing else should come.
const OFFENDERS: &[(&str, usize)] = &[
    ("ledger-core/src/proposal.rs::perform", 99),
    ("move-like-vm/src/decode/code.rs::instruction", 91),
    ("move-like-vm/src/encode/code.rs::instruction", 89),
    ("move-like-vm/src/format/instruction.rs::opcode", 81),
    ("move-like-vm/src/runtime/check/transfer.rs::apply", 178),
    ("move-like-vm/src/runtime/interpreter.rs::run", 242),
    ("move-like-vm/src/runtime/translate.rs::op", 118),
    ("move-like-vm/src/verify/bounds.rs::instruction", 94),
    ("move-like-vm/src/verify/reference_safety.rs::execute", 98),
    ("move-like-vm/src/verify/stack_usage.rs::effect", 74),
    ("move-like-vm/src/verify/type_safety.rs::check", 83),
    ("node/src/ledger_port/access.rs::may_read", 99),
    ("settlement-api/src/refused.rs::facts", 76),
    ("settlement-api/src/status.rs::iso_reason", 127),
];

/// Our sources outside tests; a generated file says `@generated` in one of its first five lines.
fn sources() -> Vec<File> {
    let files = checkout::files(&["rs"]).into_iter();
    let written = files.filter(|f| !f.text.lines().take(5).any(|line| line.contains("@generated")));
    written.map(|f| File { text: without_tests(&f), path: f.path }).collect()
}

#[test]
fn no_source_is_longer_than_an_hour_of_reading() {
    let sizes: Vec<_> = sources().into_iter().map(|f| (f.path, f.text.lines().count())).collect();
    let found = ratchet::complaints(FILE_LINES, &sizes, LARGE_FILES);
    assert!(found.is_empty(), "{found:#?}\nexceptions: LARGE_FILES in tests/tidy/tests/sizes.rs");
}

#[test]
fn no_function_is_longer_than_a_screen() {
    let mut sizes: Vec<(String, usize)> = Vec::new();
    for file in sources() {
        for function in functions(&file.text) {
            let name = format!("{}::{}", file.path, function.name);
            // Functions of one name in one file count as the longest of them.
            match sizes.iter_mut().find(|(known, _)| *known == name) {
                Some((_, lines)) => *lines = function.lines.max(*lines),
                None => sizes.push((name, function.lines)),
            }
        }
    }
    assert!(!sizes.is_empty(), "no function found: the reader is broken");
    let found = ratchet::complaints(FUNCTION_LINES, &sizes, OFFENDERS);
    assert!(found.is_empty(), "{found:#?}\nexceptions: OFFENDERS in tests/tidy/tests/sizes.rs");
}
