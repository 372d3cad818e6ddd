//! What `let` binds, and types.

use super::{Parsed, Parser};
use crate::ast::{Pattern, PatternKind, Type, TypeKind};
use crate::source::Span;

impl Parser<'_, '_, '_> {
    /// `x`, `_`, `(a, b)`, `S { f, g: h }`.
    pub(super) fn pattern(&mut self) -> Parsed<Pattern> {
        self.nested(|parser| {
            let start = parser.peek().span;
            let kind = if parser.take("(") {
                PatternKind::Tuple(parser.list(")", Self::pattern)?)
            } else if parser.at("_") {
                parser.advance();
                PatternKind::Ignore
            } else {
                parser.named_pattern()?
            };
            Ok(Pattern { span: parser.since(start), kind })
        })
    }

    fn named_pattern(&mut self) -> Parsed<PatternKind> {
        let path = self.path()?;
        let types = if self.at("<") { Some(self.type_arguments()?) } else { None };
        if self.take("{") {
            let fields = self.list("}", |parser| {
                let name = parser.name()?;
                let pattern = if parser.take(":") { Some(parser.pattern()?) } else { None };
                Ok((name, pattern))
            })?;
            return Ok(PatternKind::Struct { name: path, types, fields });
        }
        let span = path.span;
        let mut names = path.names.into_iter();
        match (path.address, names.next(), names.next(), types) {
            (None, Some(name), None, None) => Ok(PatternKind::Variable(name)),
            _ => Err(self.fault(crate::diagnostic::Code::Syntax, span, "expected `{` and fields")),
        }
    }

    /// What stands behind `|T|`; nothing is the empty tuple.
    fn function_result(&mut self, start: Span) -> Parsed<Type> {
        if self.at(",") || self.at(")") {
            return Ok(Type { span: self.since(start), kind: TypeKind::Tuple(Vec::new()) });
        }
        self.type_()
    }

    /// `<T, U>`
    pub(super) fn type_arguments(&mut self) -> Parsed<Vec<Type>> {
        self.expect("<")?;
        self.list(">", Self::type_)
    }

    pub(super) fn type_(&mut self) -> Parsed<Type> {
        self.nested(|parser| {
            let start = parser.peek().span;
            let kind = if parser.take("(") {
                let mut parts = parser.list(")", Self::type_)?;
                match (parts.len(), parts.pop()) {
                    (1, Some(only)) => return Ok(only),
                    (_, last) => {
                        parts.extend(last);
                        TypeKind::Tuple(parts)
                    }
                }
            } else if parser.take("&mut") {
                TypeKind::Reference { mutable: true, target: Box::new(parser.type_()?) }
            } else if parser.take("&") {
                TypeKind::Reference { mutable: false, target: Box::new(parser.type_()?) }
            } else if parser.take("||") {
                TypeKind::Function(Vec::new(), Box::new(parser.function_result(start)?))
            } else if parser.take("|") {
                let parameters = parser.list("|", Self::type_)?;
                TypeKind::Function(parameters, Box::new(parser.function_result(start)?))
            } else {
                let path = parser.path()?;
                let arguments = if parser.at("<") { parser.type_arguments()? } else { Vec::new() };
                TypeKind::Named(path, arguments)
            };
            Ok(Type { span: parser.since(start), kind })
        })
    }
}
