//! Paths, types and lists of types.

use move_like_vm::format::{Abilities, SignatureToken, StructTypeParameter, TypeParameterIndex};

use super::{Parsed, Parser};
use crate::diagnostic::{Position, Problem};
use crate::lexer::Token;
use crate::syntax::{Part, Path, Type, Types};

/// The most that types nest; the binary format allows 256.
const DEPTH: usize = 512;

/// The type that a word always means.
pub(crate) fn plain_type(word: &str) -> Option<SignatureToken> {
    Some(match word {
        "bool" => SignatureToken::Bool,
        "u8" => SignatureToken::U8,
        "u16" => SignatureToken::U16,
        "u32" => SignatureToken::U32,
        "u64" => SignatureToken::U64,
        "u128" => SignatureToken::U128,
        "u256" => SignatureToken::U256,
        "address" => SignatureToken::Address,
        "signer" => SignatureToken::Signer,
        _ => return None,
    })
}

/// The type parameter that a word always means: `T0`.
pub(crate) fn type_parameter(word: &str) -> Option<TypeParameterIndex> {
    let digits = word.strip_prefix('T')?;
    let canonical = digits == "0" || !digits.starts_with(['0', '+']);
    if canonical { digits.parse().ok() } else { None }
}

impl Parser {
    pub(super) fn part(&mut self) -> Parsed<Part> {
        let part = match self.token() {
            Token::Word(name) | Token::Quoted(name) => Part::Name(name.clone()),
            Token::Number(number) => Part::Address(number.to_be_bytes()),
            Token::Index(index) => Part::Index(*index),
            _ => return self.fault(Problem::ExpectedPath),
        };
        self.advance();
        Ok(part)
    }

    pub(super) fn path(&mut self) -> Parsed<Path> {
        let at = self.at();
        let mut parts = vec![self.part()?];
        while *self.token() == Token::Path {
            self.advance();
            parts.push(self.part()?);
        }
        Ok(Path { at, parts })
    }

    pub(super) fn type_(&mut self) -> Parsed<Type> {
        if self.depth >= DEPTH {
            return self.fault(Problem::TypesTooDeep);
        }
        self.depth = self.depth.saturating_add(1);
        let type_ = self.nested_type();
        self.depth = self.depth.saturating_sub(1);
        type_
    }

    fn nested_type(&mut self) -> Parsed<Type> {
        if self.take_mark('&') {
            let mutable = self.take_word("mut");
            let target = Box::new(self.type_()?);
            return Ok(if mutable {
                Type::MutableReference(target)
            } else {
                Type::Reference(target)
            });
        }
        if let Token::Word(word) = self.token()
            && *self.token_at(1) != Token::Path
        {
            if let Some(plain) = plain_type(word) {
                self.advance();
                return Ok(Type::Plain(plain));
            }
            if let Some(index) = type_parameter(word) {
                self.advance();
                return Ok(Type::Parameter(index));
            }
            if word == "vector" {
                self.advance();
                self.mark('<')?;
                let element = self.type_()?;
                self.mark('>')?;
                return Ok(Type::Vector(Box::new(element)));
            }
        }
        if !matches!(
            self.token(),
            Token::Word(_) | Token::Quoted(_) | Token::Index(_) | Token::Number(_)
        ) {
            return self.fault(Problem::ExpectedType);
        }
        let path = self.path()?;
        let arguments = if self.take_mark('<') { Some(self.type_list('>')?) } else { None };
        Ok(Type::Struct(path, arguments))
    }

    fn type_list(&mut self, close: char) -> Parsed<Vec<Type>> {
        let mut types = Vec::new();
        self.list(close, |parser| {
            types.push(parser.type_()?);
            Ok(())
        })?;
        Ok(types)
    }

    /// `signature #n` and what closes it, if that stands here.
    pub(super) fn signature_index(&mut self, close: char) -> Parsed<Option<u16>> {
        let index = match (self.is_word("signature"), self.token_at(1)) {
            (true, Token::Index(index)) => *index,
            _ => return Ok(None),
        };
        self.advance();
        self.advance();
        self.mark(close)?;
        Ok(Some(index))
    }

    /// A list of types whose opening mark is taken.
    pub(super) fn types(&mut self, close: char) -> Parsed<Types> {
        match self.signature_index(close)? {
            Some(index) => Ok(Types::Index(index)),
            None => Ok(Types::List(self.type_list(close)?)),
        }
    }

    /// Type arguments.
    pub(super) fn type_arguments(&mut self) -> Parsed<Types> {
        if self.take_mark('<') { self.types('>') } else { self.fault(Problem::ExpectedTypes) }
    }

    /// The results of a function; none if nothing is said.
    pub(super) fn returns(&mut self) -> Parsed<Types> {
        if !self.take_mark(':') {
            return Ok(Types::List(Vec::new()));
        }
        if self.take_mark('(') {
            return self.types(')');
        }
        Ok(Types::List(vec![self.type_()?]))
    }

    /// Names with their types.
    pub(super) fn variables(
        &mut self,
        close: char,
        names: &mut Vec<(Position, String)>,
    ) -> Parsed<Vec<Type>> {
        let mut types = Vec::new();
        self.list(close, |parser| {
            let (name, type_) = parser.variable()?;
            names.push(name);
            types.push(type_);
            Ok(())
        })?;
        Ok(types)
    }

    pub(super) fn variable(&mut self) -> Parsed<((Position, String), Type)> {
        let at = self.at();
        let name = self.name()?;
        self.mark(':')?;
        Ok(((at, name), self.type_()?))
    }

    /// The name of the type parameter whose turn it is.
    fn parameter_name(&mut self, turn: usize) -> Parsed<()> {
        let index = match self.token() {
            Token::Word(word) => type_parameter(word).map(usize::from),
            _ => None,
        };
        if index != Some(turn) {
            return self.fault(Problem::TypeParameterOrder);
        }
        self.advance();
        Ok(())
    }

    fn constraints(&mut self) -> Parsed<Abilities> {
        if self.take_mark(':') { self.abilities('+') } else { Ok(Abilities::NONE) }
    }

    pub(super) fn struct_type_parameters(&mut self) -> Parsed<Vec<StructTypeParameter>> {
        let mut parameters = Vec::new();
        if self.take_mark('<') {
            self.list('>', |parser| {
                let is_phantom = parser.take_word("phantom");
                parser.parameter_name(parameters.len())?;
                let constraints = parser.constraints()?;
                parameters.push(StructTypeParameter { constraints, is_phantom });
                Ok(())
            })?;
        }
        Ok(parameters)
    }

    pub(super) fn function_type_parameters(&mut self) -> Parsed<Vec<Abilities>> {
        let mut parameters = Vec::new();
        if self.take_mark('<') {
            self.list('>', |parser| {
                parser.parameter_name(parameters.len())?;
                parameters.push(parser.constraints()?);
                Ok(())
            })?;
        }
        Ok(parameters)
    }
}

/// Whether a name must be quoted, because the word alone means something else.
pub(crate) fn is_reserved(word: &str) -> bool {
    let keyword = matches!(
        word,
        "vector"
            | "signature"
            | "mut"
            | "phantom"
            | "has"
            | "acquires"
            | "native"
            | "let"
            | "tables"
    );
    keyword || plain_type(word).is_some() || type_parameter(word).is_some()
}
