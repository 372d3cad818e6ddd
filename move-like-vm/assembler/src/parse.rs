//! The grammar: what stands where in a text.
//!
//! # Place      tokens -> [parse] -> syntax -> assembler
//! # Invariants after a fault it goes on at the next line, so one text is told all its faults; the
//! #            nesting of types is bounded, nothing else recurs
//! # Absent     meaning of names

mod code;
mod path;
mod table;

use move_like_vm::format::{Abilities, Ability, Unsigned256, Visibility};

use crate::diagnostic::{Diagnostic, Diagnostics, Position, Problem};
use crate::lexer::{Token, tokens};
use crate::syntax::{
    Code, Function, FunctionHead, Path, Struct, StructHead, TableSection, Text, Types,
};

pub(crate) use path::is_reserved;

type Parsed<T> = Result<T, Diagnostic>;

/// The version of a text that says none.
const VERSION: u32 = 6;

struct Parser {
    tokens: Vec<(Position, Token)>,
    next: usize,
    depth: usize,
    diagnostics: Diagnostics,
}

/// Takes a text apart.
pub(crate) fn text(text: &str) -> Result<Text, Vec<Diagnostic>> {
    let mut diagnostics = Diagnostics::default();
    let tokens = tokens(text, &mut diagnostics);
    let mut parser = Parser { tokens, next: 0, depth: 0, diagnostics };
    let result = parser.text();
    parser.diagnostics.unless_any(result)
}

impl Parser {
    fn token(&self) -> &Token {
        self.token_at(0)
    }

    /// The token `ahead` of the next one.
    fn token_at(&self, ahead: usize) -> &Token {
        self.tokens.get(self.next.saturating_add(ahead)).map_or(&Token::End, |(_, token)| token)
    }

    fn at(&self) -> Position {
        let token = self.tokens.get(self.next).or(self.tokens.last());
        token.map_or(Position::START, |(at, _)| *at)
    }

    fn advance(&mut self) {
        if self.next < self.tokens.len() {
            self.next = self.next.saturating_add(1);
        }
    }

    fn fault<T>(&self, problem: Problem) -> Parsed<T> {
        Err(Diagnostic::new(self.at(), problem))
    }

    fn is_word(&self, wanted: &str) -> bool {
        matches!(self.token(), Token::Word(word) if word == wanted)
    }

    fn is_mark(&self, wanted: char) -> bool {
        *self.token() == Token::Mark(wanted)
    }

    fn take_word(&mut self, wanted: &str) -> bool {
        let found = self.is_word(wanted);
        if found {
            self.advance();
        }
        found
    }

    fn take_mark(&mut self, wanted: char) -> bool {
        let found = self.is_mark(wanted);
        if found {
            self.advance();
        }
        found
    }

    fn mark(&mut self, wanted: char) -> Parsed<()> {
        if self.take_mark(wanted) { Ok(()) } else { self.fault(Problem::ExpectedMark) }
    }

    /// A name, plain or quoted.
    fn name(&mut self) -> Parsed<String> {
        let name = match self.token() {
            Token::Word(name) | Token::Quoted(name) => name.clone(),
            _ => return self.fault(Problem::ExpectedName),
        };
        self.advance();
        Ok(name)
    }

    fn number(&mut self) -> Parsed<Unsigned256> {
        let Token::Number(number) = self.token() else {
            return self.fault(Problem::ExpectedNumber);
        };
        let number = *number;
        self.advance();
        Ok(number)
    }

    fn bytes(&mut self) -> Parsed<Vec<u8>> {
        let Token::Bytes(bytes) = self.token() else { return self.fault(Problem::ExpectedBytes) };
        let bytes = bytes.clone();
        self.advance();
        Ok(bytes)
    }

    /// Notes a fault and goes on behind its line, or at a brace that closes.
    fn skip_line(&mut self, fault: Diagnostic) {
        self.diagnostics.push(fault);
        self.depth = 0;
        while self.at().line == fault.at.line && !matches!(self.token(), Token::End) {
            if self.is_mark('}') {
                return;
            }
            self.advance();
        }
    }

    /// Entries up to the brace that closes, which is taken.
    fn until_brace(&mut self, mut entry: impl FnMut(&mut Self) -> Parsed<()>) -> Parsed<()> {
        self.mark('{')?;
        while !self.is_mark('}') {
            if *self.token() == Token::End {
                return self.fault(Problem::ExpectedMark);
            }
            if let Err(fault) = entry(self) {
                self.skip_line(fault);
            }
        }
        self.mark('}')
    }

    /// Entries between commas up to `close`, which is taken.
    fn list(&mut self, close: char, mut entry: impl FnMut(&mut Self) -> Parsed<()>) -> Parsed<()> {
        while !self.is_mark(close) {
            entry(self)?;
            if !self.take_mark(',') {
                break;
            }
        }
        self.mark(close)
    }

    fn text(&mut self) -> Text {
        let mut text = Text {
            module: None,
            version: VERSION,
            friends: Vec::new(),
            metadata: Vec::new(),
            structs: Vec::new(),
            functions: Vec::new(),
            tables: TableSection::default(),
        };
        if let Err(fault) = self.beginning(&mut text) {
            self.skip_line(fault);
        }
        while *self.token() != Token::End {
            let before = self.next;
            if let Err(fault) = self.item(&mut text) {
                self.skip_line(fault);
                while self.take_mark('}') {}
            }
            if self.next == before {
                self.advance();
            }
        }
        text
    }

    fn beginning(&mut self, text: &mut Text) -> Parsed<()> {
        if self.take_word("module") {
            text.module = Some(self.path()?);
        } else if !self.take_word("script") {
            return self.fault(Problem::ExpectedModuleOrScript);
        }
        if self.take_word("version") {
            let at = self.at();
            let version = u32::try_from(self.number()?);
            text.version = version.map_err(|_| Diagnostic::new(at, Problem::NumberTooLarge))?;
        }
        Ok(())
    }

    fn item(&mut self, text: &mut Text) -> Parsed<()> {
        let native = self.take_word("native");
        if !native && self.take_word("friend") {
            text.friends.push(self.path()?);
        } else if !native && self.take_word("metadata") {
            text.metadata.push((self.bytes()?, self.bytes()?));
        } else if !native && self.take_word("tables") {
            self.tables(&mut text.tables)?;
        } else if self.take_word("struct") {
            text.structs.push(self.struct_(native)?);
        } else {
            text.functions.push(self.function(native)?);
        }
        Ok(())
    }

    fn abilities(&mut self, between: char) -> Parsed<Abilities> {
        let mut abilities = Abilities::NONE;
        loop {
            let ability = match self.token() {
                Token::Word(word) => ability(word),
                _ => None,
            };
            let Some(ability) = ability else { return self.fault(Problem::ExpectedAbility) };
            if abilities.has(ability) {
                return self.fault(Problem::Repeated);
            }
            abilities = abilities.with(ability);
            self.advance();
            if !self.take_mark(between) {
                return Ok(abilities);
            }
        }
    }

    fn struct_head(&mut self) -> Parsed<StructHead> {
        let path = self.path()?;
        let type_parameters = self.struct_type_parameters()?;
        let abilities = if self.take_word("has") { self.abilities(',')? } else { Abilities::NONE };
        Ok(StructHead { path, type_parameters, abilities })
    }

    fn struct_(&mut self, native: bool) -> Parsed<Struct> {
        let head = self.struct_head()?;
        if native {
            return Ok(Struct { head, fields: None });
        }
        let mut fields = Vec::new();
        self.until_brace(|parser| {
            let name = parser.part()?;
            parser.mark(':')?;
            fields.push((name, parser.type_()?));
            parser.take_mark(',');
            Ok(())
        })?;
        Ok(Struct { head, fields: Some(fields) })
    }

    fn visibility(&mut self) -> Parsed<Visibility> {
        if !self.take_word("public") {
            return Ok(Visibility::Private);
        }
        if !self.take_mark('(') {
            return Ok(Visibility::Public);
        }
        if !self.take_word("friend") {
            return self.fault(Problem::ExpectedItem);
        }
        self.mark(')')?;
        Ok(Visibility::Friend)
    }

    fn function(&mut self, native: bool) -> Parsed<Function> {
        let visibility = self.visibility()?;
        let is_entry = self.take_word("entry");
        if !self.take_word("fun") {
            return self.fault(Problem::ExpectedItem);
        }
        let (head, parameters) = self.function_definition_head()?;
        let mut acquires = Vec::new();
        if self.take_word("acquires") {
            acquires.push(self.path()?);
            while self.take_mark(',') {
                acquires.push(self.path()?);
            }
        }
        let code = if native { None } else { Some(self.code()?) };
        Ok(Function { head, visibility, is_entry, acquires, parameters, code })
    }

    fn function_definition_head(&mut self) -> Parsed<(FunctionHead, Vec<(Position, String)>)> {
        let path = self.path()?;
        let type_parameters = self.function_type_parameters()?;
        let mut variables = Vec::new();
        let mut parameters = Types::List(Vec::new());
        if self.take_mark('(') {
            parameters = match self.signature_index(')')? {
                Some(index) => Types::Index(index),
                None => Types::List(self.variables(')', &mut variables)?),
            };
        }
        let returns = self.returns()?;
        Ok((FunctionHead { path, type_parameters, parameters, returns }, variables))
    }

    fn function_handle(&mut self) -> Parsed<FunctionHead> {
        let path: Path = self.path()?;
        let type_parameters = self.function_type_parameters()?;
        self.mark('(')?;
        let parameters = self.types(')')?;
        let returns = self.returns()?;
        Ok(FunctionHead { path, type_parameters, parameters, returns })
    }

    fn code(&mut self) -> Parsed<Code> {
        let mut code = Code {
            at: self.at(),
            local_types: Types::List(Vec::new()),
            locals: Vec::new(),
            labels: Vec::new(),
            lines: Vec::new(),
        };
        self.until_brace(|parser| parser.line(&mut code))?;
        Ok(code)
    }
}

fn ability(word: &str) -> Option<Ability> {
    match word {
        "copy" => Some(Ability::Copy),
        "drop" => Some(Ability::Drop),
        "store" => Some(Ability::Store),
        "key" => Some(Ability::Key),
        _ => None,
    }
}
