//! Lines of code.

use super::{Parsed, Parser};
use crate::diagnostic::Problem;
use crate::lexer::Token;
use crate::mnemonic::{self, Kind};
use crate::syntax::{Argument, Code, ConstantValue, Field, Line, Part, Types};

impl Parser {
    /// A label, the locals or an instruction.
    pub(super) fn line(&mut self, code: &mut Code) -> Parsed<()> {
        let at = self.at();
        if self.take_word("let") {
            return self.locals(code);
        }
        let word = match self.token() {
            Token::Word(word) => word.clone(),
            _ => return self.fault(Problem::UnknownMnemonic),
        };
        if *self.token_at(1) == Token::Mark(':') {
            self.advance();
            self.advance();
            code.labels.push((at, word, code.lines.len()));
            return Ok(());
        }
        let Some(kind) = mnemonic::kind(&word) else {
            return self.fault(Problem::UnknownMnemonic);
        };
        self.advance();
        let argument = self.argument(kind)?;
        code.lines.push(Line { at, word, argument });
        Ok(())
    }

    fn locals(&mut self, code: &mut Code) -> Parsed<()> {
        let first = code.lines.is_empty() && code.labels.is_empty() && code.locals.is_empty();
        if !first {
            return self.fault(Problem::Repeated);
        }
        if let (true, Token::Index(index)) = (self.is_word("signature"), self.token_at(1)) {
            code.local_types = Types::Index(*index);
            self.advance();
            self.advance();
            return Ok(());
        }
        let mut types = Vec::new();
        loop {
            let (name, type_) = self.variable()?;
            code.locals.push(name);
            types.push(type_);
            if !self.take_mark(',') {
                code.local_types = Types::List(types);
                return Ok(());
            }
        }
    }

    fn argument(&mut self, kind: Kind) -> Parsed<Argument> {
        Ok(match kind {
            Kind::None => Argument::None,
            Kind::Target | Kind::Local => match self.index() {
                Some(index) => Argument::Index(index),
                None => Argument::Name(self.name()?),
            },
            Kind::Small | Kind::U16 | Kind::U32 | Kind::U64 | Kind::U128 | Kind::U256 => {
                Argument::Number(self.number()?)
            }
            Kind::Constant => match self.index() {
                Some(index) => Argument::Index(index),
                None => Argument::Constant(self.constant()?),
            },
            Kind::Field => Argument::Field(self.field()?),
            Kind::Function | Kind::Struct => Argument::Path(self.path()?),
            Kind::FieldWithTypes => match self.field()? {
                Field::Index(index) if !self.is_mark('<') => Argument::Index(index),
                field => Argument::FieldWithTypes(field, self.type_arguments()?),
            },
            Kind::FunctionWithTypes | Kind::StructWithTypes => {
                let path = self.path()?;
                match path.parts.as_slice() {
                    [Part::Index(index)] if !self.is_mark('<') => Argument::Index(*index),
                    _ => Argument::WithTypes(path, self.type_arguments()?),
                }
            }
            Kind::Types => Argument::Types(self.type_arguments()?),
            Kind::TypesAndCount => Argument::TypesAndCount(self.type_arguments()?, self.number()?),
        })
    }

    fn index(&mut self) -> Option<u16> {
        let Token::Index(index) = self.token() else { return None };
        let index = *index;
        self.advance();
        Some(index)
    }

    pub(super) fn constant(&mut self) -> Parsed<ConstantValue> {
        Ok(ConstantValue { type_: self.type_()?, data: self.bytes()? })
    }

    /// `Struct.name`, or the index of an entry of the table of fields.
    pub(super) fn field(&mut self) -> Parsed<Field> {
        let path = self.path()?;
        match path.parts.as_slice() {
            [Part::Index(index)] if !self.is_mark('.') => Ok(Field::Index(*index)),
            _ => {
                self.mark('.')?;
                Ok(Field::Of(path, self.part()?))
            }
        }
    }
}
