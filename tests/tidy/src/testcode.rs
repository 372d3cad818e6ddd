//! Which lines of a source are tests.

use crate::checkout::File;
use crate::function::matching_brace;
use crate::lexing;

/// Whether the whole file is tests: `tests.rs`, or anything below a folder named `tests`.
pub fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.split('/').any(|part| part == "tests")
}

/// One flag per line: true inside `#[cfg(test)] mod … { … }`, or everywhere in a test file.
pub fn test_lines(file: &File) -> Vec<bool> {
    let count = file.text.lines().count();
    if is_test_file(&file.path) {
        return vec![true; count];
    }
    let code = lexing::code(&file.text);
    let mut flags = vec![false; count];
    for marker in ["#[cfg(test)]", "#[cfg(all(test"] {
        for (at, _) in code.match_indices(marker) {
            let Some(end) = module_end(&code, at) else { continue };
            let first = code[..at].matches('\n').count();
            let last = code[..end].matches('\n').count();
            flags[first..=last.min(count - 1)].fill(true);
        }
    }
    flags
}

/// The source without its test modules, line by line.
pub fn without_tests(file: &File) -> String {
    let flags = test_lines(file);
    let lines = file.text.lines().zip(flags).filter(|(_, test)| !test);
    lines.map(|(line, _)| format!("{line}\n")).collect()
}

/// The end of the module that the attribute at `at` stands on, or nothing when it stands on
/// something else.
fn module_end(code: &str, at: usize) -> Option<usize> {
    let mut rest = code[at..].trim_start();
    while rest.starts_with("#[") {
        rest = rest[attribute_end(rest)?..].trim_start();
    }
    for prefix in ["pub(crate) ", "pub(super) ", "pub "] {
        rest = rest.strip_prefix(prefix).unwrap_or(rest).trim_start();
    }
    if !rest.starts_with("mod ") {
        return None;
    }
    let start = code.len() - rest.len();
    let stop = start + rest.find(['{', ';'])?;
    if code.as_bytes()[stop] == b';' {
        return Some(stop + 1);
    }
    matching_brace(code.as_bytes(), stop)
}

fn attribute_end(rest: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (i, c) in rest.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(i + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn the_test_module_is_cut_and_the_rest_stays() {
        let source = "fn a() {}\n\n#[cfg(test)]\n#[allow(x)]\nmod tests {\n  \"}\"\n}\nfn b() {}\n";
        assert_eq!(without_tests(&file("x/src/a.rs", source)), "fn a() {}\n\nfn b() {}\n");
    }

    #[test]
    fn a_test_only_function_is_not_a_test_module() {
        let source = "#[cfg(test)]\nfn a() {}\n";
        assert_eq!(without_tests(&file("x/src/a.rs", source)), source);
    }

    #[test]
    fn a_module_in_its_own_file_counts_by_that_file() {
        assert_eq!(without_tests(&file("a.rs", "#[cfg(test)]\nmod tests;\nx\n")), "x\n");
        assert!(is_test_file("x/src/foo/tests.rs") && is_test_file("x/tests/a.rs"));
        assert!(!is_test_file("x/src/testing.rs"));
    }

    #[test]
    fn a_marker_in_a_string_is_none() {
        let source = "let x = \"#[cfg(test)] mod tests { }\";\n";
        assert_eq!(without_tests(&file("a.rs", source)), source);
    }
}
