//! Tokens into a tree.
//!
//! # Place      lexer -> [parser] -> names
//! # Invariants no text can make it panic, loop or recurse without bound; after a mistake it goes on
//! #            with the next member, so one run shows several
//! # Absent     what specifications say: they are skipped as balanced braces

mod attribute;
mod expression;
mod item;
pub(crate) mod literal;
mod pattern;
mod shorthand;

use crate::ast::{AddressName, Definition, Name, Path};
use crate::diagnostic::{Code, Finding, Findings};
use crate::lexer::{Kind, Token};
use crate::limits::MAX_NESTING;
use crate::source::Span;

pub(crate) use expression::{height_of_block, single};

type Parsed<T> = Result<T, Finding>;

/// Words that are no names.
const KEYWORDS: [&str; 24] = [
    "abort",
    "acquires",
    "as",
    "break",
    "const",
    "continue",
    "copy",
    "else",
    "false",
    "friend",
    "fun",
    "if",
    "invariant",
    "let",
    "loop",
    "module",
    "move",
    "native",
    "public",
    "return",
    "spec",
    "struct",
    "true",
    "use",
];

/// The definitions of a file, as far as they can be read.
pub(crate) fn file(tokens: &[Token<'_>], findings: &mut Findings) -> Vec<Definition> {
    let mut parser = Parser { tokens, at: 0, split: None, braces: 0, depth: 0, findings };
    let mut definitions = Vec::new();
    while !parser.is_at_end() {
        let before = parser.at;
        if let Err(finding) = parser.definition(&mut definitions) {
            parser.findings.push(finding);
            parser.recover(0, &["module", "script", "address", "#"]);
        }
        if parser.at == before {
            parser.advance();
        }
    }
    definitions
}

struct Parser<'t, 'a, 'f> {
    tokens: &'t [Token<'a>],
    at: usize,
    /// The second half of a `>>` whose first half closed a list.
    split: Option<Token<'a>>,
    /// Open braces in front of the current token.
    braces: u32,
    depth: u32,
    findings: &'f mut Findings,
}

const END: Token<'static> =
    Token { kind: Kind::End, text: "", span: Span { file: 0, start: 0, end: 0 } };

impl<'a> Parser<'_, 'a, '_> {
    fn peek(&self) -> Token<'a> {
        self.split.unwrap_or_else(|| self.token(self.at))
    }

    fn peek_second(&self) -> Token<'a> {
        self.token(self.at.saturating_add(1))
    }

    fn token(&self, at: usize) -> Token<'a> {
        self.tokens.get(at).or_else(|| self.tokens.last()).copied().unwrap_or(END)
    }

    fn is_at_end(&self) -> bool {
        self.peek().kind == Kind::End
    }

    fn advance(&mut self) -> Token<'a> {
        let token = self.peek();
        self.split = None;
        if token.kind == Kind::Symbol {
            match token.text {
                "{" => self.braces = self.braces.saturating_add(1),
                "}" => self.braces = self.braces.saturating_sub(1),
                _ => {}
            }
        }
        if token.kind != Kind::End {
            self.at = self.at.saturating_add(1);
        }
        token
    }

    /// Where the token in front of the current one ends.
    fn last_span(&self) -> Span {
        self.at.checked_sub(1).map_or(self.peek().span, |before| self.token(before).span)
    }

    fn since(&self, start: Span) -> Span {
        start.to(self.last_span())
    }

    fn at(&self, text: &str) -> bool {
        let token = self.peek();
        token.text == text && matches!(token.kind, Kind::Word | Kind::Symbol)
    }

    fn at_second(&self, text: &str) -> bool {
        let token = self.peek_second();
        token.text == text && matches!(token.kind, Kind::Word | Kind::Symbol)
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.at(text);
        if found {
            self.advance();
        }
        found
    }

    fn expect(&mut self, text: &str) -> Parsed<Span> {
        if self.at(text) {
            Ok(self.advance().span)
        } else {
            Err(self.unexpected(&format!("`{text}`")))
        }
    }

    /// The `>` of a list of types; splits `>>`.
    fn take_close(&mut self) -> bool {
        if self.at(">>") {
            let token = self.peek();
            let middle = token.span.start.saturating_add(1);
            let span = Span { start: middle, ..token.span };
            self.split = Some(Token { kind: Kind::Symbol, text: ">", span });
            return true;
        }
        self.take(">")
    }

    fn unexpected(&self, wanted: &str) -> Finding {
        let token = self.peek();
        let found = match token.kind {
            Kind::End => "the end of the file".to_owned(),
            _ => format!("`{}`", token.text),
        };
        self.fault(Code::Syntax, token.span, format!("expected {wanted}, found {found}"))
    }

    fn fault(&self, code: Code, span: Span, message: impl Into<String>) -> Finding {
        Finding { code, span, message: message.into() }
    }

    fn unsupported(&self, span: Span, what: &str) -> Finding {
        self.fault(Code::Unsupported, span, format!("{what} is not supported"))
    }

    /// Runs a step one level deeper, up to the written limit.
    fn nested<T>(&mut self, step: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MAX_NESTING {
            let span = self.peek().span;
            return Err(self.fault(Code::TooLarge, span, "this is nested too deeply"));
        }
        self.depth = self.depth.saturating_add(1);
        let result = step(self);
        self.depth = self.depth.saturating_sub(1);
        result
    }

    /// `item, item, ...` up to and with the closing token; a last comma is allowed.
    fn list<T>(
        &mut self,
        close: &str,
        mut item: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        let mut items = Vec::new();
        loop {
            let closed = if close == ">" { self.take_close() } else { self.take(close) };
            if closed {
                return Ok(items);
            }
            items.push(item(self)?);
            let goes_on = self.take(",") || self.at(close) || (close == ">" && self.at(">>"));
            if !goes_on {
                return Err(self.unexpected(&format!("`,` or `{close}`")));
            }
        }
    }

    fn name(&mut self) -> Parsed<Name> {
        let token = self.peek();
        if token.kind != Kind::Word {
            return Err(self.unexpected("a name"));
        }
        if KEYWORDS.contains(&token.text) || token.text == "while" {
            return Err(self.unexpected("a name, which a keyword cannot be"));
        }
        self.advance();
        Ok(Name { text: token.text.to_owned(), span: token.span })
    }

    /// `0x1` or a name.
    fn address_name(&mut self) -> Parsed<AddressName> {
        let token = self.peek();
        if token.kind == Kind::Number {
            self.advance();
            let address = literal::address(token.text)
                .map_err(|message| self.fault(Code::InvalidLiteral, token.span, message))?;
            return Ok(AddressName::Literal(address, token.span));
        }
        Ok(AddressName::Named(self.name()?))
    }

    /// `a`, `a::b`, `a::b::c`, where `a` may be an address.
    fn path(&mut self) -> Parsed<Path> {
        let start = self.peek().span;
        let mut path = Path { address: None, names: Vec::new(), span: start };
        let mut parts = 0_u32;
        loop {
            match (parts, self.peek().kind) {
                (0, Kind::Number) => {
                    if let AddressName::Literal(address, span) = self.address_name()? {
                        path.address = Some((address, span));
                    }
                    if !self.at("::") {
                        return Err(self.unexpected("`::` behind an address"));
                    }
                }
                _ => path.names.push(self.name()?),
            }
            parts = parts.saturating_add(1);
            path.span = self.since(start);
            if parts == 3 || !self.at("::") {
                return Ok(path);
            }
            self.advance();
        }
    }

    /// Goes to the next of these words at a depth of braces, or in front of the brace that closes it.
    fn recover(&mut self, braces: u32, words: &[&str]) {
        self.split = None;
        loop {
            let token = self.peek();
            if token.kind == Kind::End {
                return;
            }
            if self.braces < braces || (self.braces == braces && self.at("}")) {
                return;
            }
            if self.braces == braces && words.iter().any(|word| self.at(word)) {
                return;
            }
            self.advance();
        }
    }
}

#[cfg(test)]
mod tests;
