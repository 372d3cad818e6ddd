//! Text into tokens.
//!
//! # Place      source -> [lexer] -> parser
//! # Invariants every byte of a file is in one token, in a comment or is white space; a character that
//! #            begins no token becomes a token of its own, which only specifications may skip
//! # Absent     keywords: a word is a word, and the parser knows which of them are reserved

use crate::diagnostic::{Code, Findings};
use crate::source::Span;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name or keyword.
    Word,
    /// A number, with its suffix.
    Number,
    /// `b"..."`
    Text,
    /// `x"..."`
    Hex,
    /// Punctuation.
    Symbol,
    /// A character that no token begins with.
    Unknown,
    /// Behind the last token.
    End,
}

/// A token with its text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    pub(crate) span: Span,
}

/// Longer ones first: the first that fits is taken.
const SYMBOLS: [&str; 38] = [
    "<==>", "==>", "::", "==", "!=", "<=", ">=", "<<", ">>", "&&", "||", "..", "&", "|", "^", "!",
    "<", ">", "=", "+", "-", "*", "/", "%", "(", ")", "{", "}", "[", "]", ",", ";", ":", ".", "@",
    "#", "?", "$",
];

/// The tokens of a file, the last of them of kind [`Kind::End`].
pub(crate) fn tokens<'a>(file: u32, text: &'a str, findings: &mut Findings) -> Vec<Token<'a>> {
    let mut lexer = Lexer { file, text, at: 0, findings };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.next() {
        tokens.push(token);
    }
    tokens.push(Token { kind: Kind::End, text: "", span: lexer.span(lexer.at) });
    tokens
}

struct Lexer<'a, 'f> {
    file: u32,
    text: &'a str,
    at: usize,
    findings: &'f mut Findings,
}

impl<'a> Lexer<'a, '_> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn span(&self, start: usize) -> Span {
        let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span { file: self.file, start: number(start), end: number(self.at) }
    }

    fn next(&mut self) -> Option<Token<'a>> {
        self.skip_blank();
        let rest = self.rest();
        let first = rest.chars().next()?;
        let (kind, length) = if rest.starts_with("b\"") {
            (Kind::Text, self.quoted())
        } else if rest.starts_with("x\"") {
            (Kind::Hex, self.quoted())
        } else if first.is_ascii_digit() {
            (Kind::Number, word_length(rest))
        } else if is_word(first) {
            (Kind::Word, word_length(rest))
        } else if rest.starts_with("&mut") && word_length(rest.get(1..).unwrap_or_default()) == 3 {
            (Kind::Symbol, 4)
        } else if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            (Kind::Symbol, symbol.len())
        } else {
            (Kind::Unknown, first.len_utf8())
        };
        let start = self.at;
        self.at = start.saturating_add(length).min(self.text.len());
        let text = self.text.get(start..self.at).unwrap_or_default();
        Some(Token { kind, text, span: self.span(start) })
    }

    fn skip_blank(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            let blank = rest.len().saturating_sub(trimmed.len());
            self.at = self.at.saturating_add(blank);
            if trimmed.starts_with("//") {
                let length = trimmed.find('\n').unwrap_or(trimmed.len());
                self.at = self.at.saturating_add(length);
            } else if trimmed.starts_with("/*") {
                self.skip_block_comment(trimmed);
            } else {
                return;
            }
        }
    }

    /// Block comments nest.
    fn skip_block_comment(&mut self, rest: &str) {
        let start = self.at;
        let mut depth = 0_usize;
        let mut at = 0_usize;
        loop {
            let tail = rest.as_bytes().get(at..).unwrap_or_default();
            if tail.is_empty() {
                self.at = self.at.saturating_add(at);
                let span = self.span(start);
                self.findings.add(Code::Syntax, span, "this comment is not closed");
                return;
            }
            if tail.starts_with(b"/*") {
                depth = depth.saturating_add(1);
                at = at.saturating_add(2);
            } else if tail.starts_with(b"*/") {
                depth = depth.saturating_sub(1);
                at = at.saturating_add(2);
                if depth == 0 {
                    self.at = self.at.saturating_add(at);
                    return;
                }
            } else {
                at = at.saturating_add(1);
            }
        }
    }

    /// The length of a quoted text with its letter and both quotes.
    fn quoted(&mut self) -> usize {
        let bytes = self.rest().as_bytes();
        let mut at = 2_usize;
        loop {
            match bytes.get(at) {
                None | Some(b'\n') => {
                    let span = self.span(self.at);
                    self.findings.add(Code::InvalidLiteral, span, "this text is not closed");
                    return at;
                }
                Some(b'"') => return at.saturating_add(1),
                Some(b'\\') => at = at.saturating_add(2),
                Some(_) => at = at.saturating_add(1),
            }
        }
    }
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

fn word_length(text: &str) -> usize {
    text.find(|character| !is_word(character)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<String> {
        let mut findings = Findings::default();
        tokens(0, source, &mut findings).iter().map(|token| token.text.to_owned()).collect()
    }

    #[test]
    fn comments_nest_and_leave_nothing() {
        assert_eq!(texts("a /* b /* c */ d */ e // f\n/// g\nh"), ["a", "e", "h", ""]);
    }

    #[test]
    fn the_longest_symbol_is_taken_and_a_mutable_borrow_is_one_token() {
        assert_eq!(
            texts("a>>b &mut c &mutable"),
            ["a", ">>", "b", "&mut", "c", "&", "mutable", ""]
        );
    }

    #[test]
    fn texts_keep_their_escapes_and_numbers_their_suffix() {
        assert_eq!(texts(r#"b"a\"b" x"0f" 1_000u64"#), [r#"b"a\"b""#, r#"x"0f""#, "1_000u64", ""]);
    }

    #[test]
    fn what_is_not_closed_is_said() {
        for source in ["/* a", "b\"a", "x\"0\n\""] {
            let mut findings = Findings::default();
            tokens(0, source, &mut findings);
            assert!(!findings.is_empty(), "{source}");
        }
    }
}
