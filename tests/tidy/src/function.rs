//! Finds the functions of a source and how long they are.

use crate::lexing;

/// A function with a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its name, without path.
    pub name: String,
    /// The line of its `fn`, counted from 1.
    pub line: usize,
    /// Lines from `fn` to the closing brace.
    pub lines: usize,
}

/// All functions with a body, in order; a nested one counts for itself and for its parent.
pub fn functions(source: &str) -> Vec<Function> {
    let code = lexing::code(source);
    let bytes = code.as_bytes();
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        if at > 0 && is_word(bytes[at - 1]) {
            continue;
        }
        let after = code[at + 3..].trim_start();
        let name: String = after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if name.is_empty() {
            continue;
        }
        if let Some(end) = body_end(bytes, at) {
            let line = 1 + newlines(&bytes[..at]);
            found.push(Function { name, line, lines: 1 + newlines(&bytes[at..end]) });
        }
    }
    found
}

/// The position after the brace that closes the one opened at `open`, in blanked code.
pub fn matching_brace(code: &[u8], open: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (i, byte) in code.iter().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' => {
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

/// The end of the body, or nothing for a declaration; a `;` inside `[u8; 4]` does not end one.
fn body_end(code: &[u8], from: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (i, byte) in code.iter().enumerate().skip(from) {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.checked_sub(1)?,
            b';' if depth == 0 => return None,
            b'{' if depth == 0 => return matching_brace(code, i),
            _ => {}
        }
    }
    None
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn newlines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|b| **b == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<(String, usize, usize)> {
        functions(source).into_iter().map(|f| (f.name, f.line, f.lines)).collect()
    }

    #[test]
    fn lines_run_from_fn_to_the_closing_brace() {
        let source =
            "struct S;\npub fn a(x: [u8; 4]) -> [u8; 2] {\n  \"}\";\n  // }\n}\nfn b() {}\n";
        assert_eq!(found(source), [("a".to_owned(), 2, 4), ("b".to_owned(), 6, 1)]);
    }

    #[test]
    fn declarations_and_function_pointers_are_no_functions() {
        assert_eq!(found("trait T { fn a(&self); }\ntype F = fn (u8) -> u8;\n"), []);
    }

    #[test]
    fn a_default_method_is_one() {
        assert_eq!(found("trait T {\n fn a() {\n }\n}"), [("a".to_owned(), 2, 2)]);
    }
}
