//! Tells code, comments and literals of a Rust source apart, byte by byte.
//!
//! Not a parser: enough to count braces and to look for words without being fooled by a brace in
//! a string, a quote in a comment, a lifetime, or a raw string.

/// What a byte of a source belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Anything that is neither of the others, white space included.
    Code,
    /// A line, block or doc comment with its markers.
    Comment,
    /// A string, byte string or character with its quotes.
    Literal,
}

/// The source with comments and literals blanked; lines and columns stay where they were.
pub fn code(source: &str) -> String {
    keep(source, |kind| kind == Kind::Code)
}

/// The comments of the source, all else blanked.
pub fn comments(source: &str) -> String {
    keep(source, |kind| kind == Kind::Comment)
}

/// The words of a text: maximal runs of letters, digits and `_`.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

fn keep(source: &str, wanted: impl Fn(Kind) -> bool) -> String {
    let kinds = classify(source);
    let bytes = source.bytes().zip(kinds);
    let kept = bytes.map(|(b, kind)| if b == b'\n' || wanted(kind) { b } else { b' ' }).collect();
    String::from_utf8(kept).expect("a character lies in one kind as a whole")
}

fn classify(source: &str) -> Vec<Kind> {
    let bytes = source.as_bytes();
    let mut kinds = Vec::with_capacity(bytes.len());
    while kinds.len() < bytes.len() {
        let at = kinds.len();
        let (length, kind) = token(bytes, at);
        kinds.resize((at + length.max(1)).min(bytes.len()), kind);
    }
    kinds
}

/// Length and kind of what begins at `at`.
fn token(bytes: &[u8], at: usize) -> (usize, Kind) {
    let rest = &bytes[at..];
    match rest[0] {
        b'/' if rest.starts_with(b"//") => {
            (rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len()), Kind::Comment)
        }
        b'/' if rest.starts_with(b"/*") => (block_comment(rest), Kind::Comment),
        b'"' => (quoted(rest, b'"'), Kind::Literal),
        b'\'' => match character(rest) {
            Some(length) => (length, Kind::Literal),
            None => (1, Kind::Code),
        },
        first if is_word(first) => {
            let length = rest.iter().position(|b| !is_word(*b)).unwrap_or(rest.len());
            match &rest[..length] {
                b"r" | b"br" | b"cr" => match raw_string(&rest[length..]) {
                    Some(raw) => (length + raw, Kind::Literal),
                    None => (length, Kind::Code),
                },
                _ => (length, Kind::Code),
            }
        }
        _ => (1, Kind::Code),
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Block comments nest.
fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut i) = (0usize, 0usize);
    while i < rest.len() {
        if rest[i..].starts_with(b"/*") {
            depth += 1;
            i += 2;
        } else if rest[i..].starts_with(b"*/") {
            depth -= 1;
            i += 2;
            if depth == 0 {
                return i;
            }
        } else {
            i += 1;
        }
    }
    rest.len()
}

fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut i = 1;
    while i < rest.len() {
        match rest[i] {
            b'\\' => i += 2,
            b if b == quote => return i + 1,
            _ => i += 1,
        }
    }
    rest.len()
}

/// A character literal, or nothing when the quote begins a lifetime or a label.
fn character(rest: &[u8]) -> Option<usize> {
    let next = *rest.get(1)?;
    if next == b'\\' {
        return Some(quoted(rest, b'\''));
    }
    let width = match next {
        0x00..=0x7f => 1,
        0x80..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xff => 4,
    };
    (rest.get(1 + width) == Some(&b'\'')).then_some(width + 2)
}

/// What follows the `r` of a raw string, or nothing when it is a raw identifier.
fn raw_string(rest: &[u8]) -> Option<usize> {
    let hashes = rest.iter().take_while(|b| **b == b'#').count();
    if rest.get(hashes) != Some(&b'"') {
        return None;
    }
    let mut end = vec![b'"'];
    end.resize(1 + hashes, b'#');
    let body = &rest[hashes + 1..];
    let close = body.windows(end.len()).position(|w| w == end).map(|i| i + end.len());
    Some(hashes + 1 + close.unwrap_or(body.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every row: source, what remains as code once blanks are squeezed.
    #[test]
    fn only_code_remains() {
        let rows = [
            ("a // { b\nc", "a c"),
            ("a /* { /* } */ x */ b", "a b"),
            (r#"f("{ \" }") {"#, "f( ) {"),
            ("f(r#\"\" { \"#, b'{', '\\'', '}')", "f( , b , , )"),
            ("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"),
            ("'outer: loop { break 'outer; }", "'outer: loop { break 'outer; }"),
            ("let r#type = 'é';", "let r#type = ;"),
            ("let x = br\"\\\"; y", "let x = ; y"),
        ];
        for (source, expected) in rows {
            let squeezed = code(source).split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(squeezed, expected, "{source}");
        }
    }

    #[test]
    fn lines_stay_where_they_were() {
        let source = "a\n\"x\ny\"\n/* b\n*/ c\n";
        assert_eq!(code(source).lines().count(), source.lines().count());
        assert_eq!(code(source).len(), source.len());
    }

    #[test]
    fn comments_leave_strings_out() {
        assert_eq!(comments("x(\"// no\"); // yes").trim(), "// yes");
    }

    #[test]
    fn an_unclosed_literal_or_comment_ends_with_the_file() {
        for source in ["\"abc", "/* abc", "r#\"abc", "'\\", "x '"] {
            assert_eq!(code(source).len(), source.len(), "{source}");
        }
    }
}
