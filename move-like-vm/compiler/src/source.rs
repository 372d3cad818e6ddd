//! Source files and places in them.
//!
//! # Place      [source] <- every stage of the compiler
//! # Invariants a span is two offsets into one file; asking for a place outside it gives its end
//! # Absent     reading files: the caller has the text

/// A file of Move source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// The name that diagnostics show.
    pub name: String,
    /// The text.
    pub text: String,
}

impl SourceFile {
    /// A file by name and text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }
}

/// A stretch of a file, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The position of the file in the list of files.
    pub file: u32,
    /// The first byte.
    pub start: u32,
    /// The byte behind the last.
    pub end: u32,
}

impl Span {
    /// From the start of this one to the end of the other.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { file: self.file, start: self.start, end: other.end.max(self.start) }
    }
}

/// Line and column of a place, both counted from 1; columns count characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// Where the lines of a text begin.
#[derive(Debug)]
pub(crate) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = newlines.map(|(at, _)| at.saturating_add(1));
        Self { text, starts: std::iter::once(0).chain(starts).collect() }
    }

    /// The position of a byte.
    pub(crate) fn position(&self, offset: u32) -> Position {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX).min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let in_line = self.text.as_bytes().get(start..offset).unwrap_or_default();
        // continuation bytes of UTF-8 start no character
        let characters = in_line.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
        Position { line: count(line), column: count(characters) }
    }

    /// Where a span starts, how many characters of that line it covers, at least one, and the line.
    pub(crate) fn place(&self, span: Span) -> (Position, u32, &'t str) {
        let start = self.position(span.start);
        let end = self.position(span.end);
        let text = self.line(start.line);
        let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        let last = if end.line == start.line { end.column } else { length.saturating_add(1) };
        (start, last.saturating_sub(start.column).max(1), text)
    }

    /// The text of a line, counted from 1.
    pub(crate) fn line(&self, line: u32) -> &'t str {
        let index = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
        let start = self.starts.get(index).copied().unwrap_or(self.text.len());
        let rest = self.text.get(start..).unwrap_or_default();
        rest.lines().next().unwrap_or_default()
    }
}

fn count(before: usize) -> u32 {
    u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_in_characters() {
        let lines = Lines::new("a\n\u{e9}b\nc");
        assert_eq!(lines.position(0), Position { line: 1, column: 1 });
        assert_eq!(lines.position(4), Position { line: 2, column: 2 });
        assert_eq!(lines.position(99), Position { line: 3, column: 2 });
        let span = Span { file: 0, start: 2, end: 99 };
        assert_eq!(lines.place(span), (Position { line: 2, column: 1 }, 2, "\u{e9}b"));
    }
}
