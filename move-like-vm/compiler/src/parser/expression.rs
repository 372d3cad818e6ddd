//! Expressions and blocks.

use super::{KEYWORDS, Kind, Parsed, Parser, literal};
use crate::ast::{Binary, Block, Expression, ExpressionKind as E, Path, Statement};
use crate::diagnostic::Code;
use crate::limits::MAX_NESTING;
use crate::source::Span;

/// How tightly an operator binds; the first binds least.
pub(super) const OPERATORS: [(&str, u32, Binary); 18] = [
    ("||", 1, Binary::Or),
    ("&&", 2, Binary::And),
    ("==", 3, Binary::Equal),
    ("!=", 3, Binary::NotEqual),
    ("<", 3, Binary::Less),
    (">", 3, Binary::Greater),
    ("<=", 3, Binary::LessOrEqual),
    (">=", 3, Binary::GreaterOrEqual),
    ("|", 4, Binary::BitOr),
    ("^", 5, Binary::BitXor),
    ("&", 6, Binary::BitAnd),
    ("<<", 7, Binary::ShiftLeft),
    (">>", 7, Binary::ShiftRight),
    ("+", 8, Binary::Add),
    ("-", 8, Binary::Subtract),
    ("*", 9, Binary::Multiply),
    ("/", 9, Binary::Divide),
    ("%", 9, Binary::Modulo),
];

const CONTROL: [&str; 5] = ["if", "while", "loop", "return", "abort"];

impl Parser<'_, '_, '_> {
    pub(super) fn expression(&mut self) -> Parsed<Expression> {
        self.nested(|parser| {
            if parser.at("|") || parser.at("||") {
                return parser.lambda();
            }
            let left = parser.unary()?;
            if parser.take("=") {
                let right = parser.expression()?;
                let span = left.span.to(right.span);
                return parser.made(span, E::Assign(Box::new(left), Box::new(right)));
            }
            if let Some(operator) = parser.compound() {
                return parser.compound_assignment(operator, left);
            }
            parser.binary(left, 1)
        })
    }

    /// `|x, y| body`
    fn lambda(&mut self) -> Parsed<Expression> {
        let start = self.peek().span;
        let parameters = match self.advance().text {
            "|" => self.list("|", Self::pattern)?,
            _ => Vec::new(),
        };
        let body = Box::new(self.expression()?);
        self.made(self.since(start), E::Lambda(parameters, body))
    }

    /// A node with its height, which is bounded: chains of operators are as deep as they are long.
    pub(super) fn made(&self, span: Span, kind: E) -> Parsed<Expression> {
        let height = height_of_parts(&kind).saturating_add(1);
        if height > MAX_NESTING {
            return Err(self.fault(Code::TooLarge, span, "this is nested too deeply"));
        }
        Ok(Expression { span, height, kind })
    }

    fn operator(&self) -> Option<(u32, Binary)> {
        let found = OPERATORS.iter().find(|(text, _, _)| self.at(text))?;
        Some((found.1, found.2))
    }

    /// Operators of at least this strength behind their left side.
    fn binary(&mut self, left: Expression, least: u32) -> Parsed<Expression> {
        let mut left = left;
        while let Some((strength, operator)) = self.operator() {
            if strength < least {
                break;
            }
            self.advance();
            let mut right = self.nested(Self::unary)?;
            while let Some((next, _)) = self.operator() {
                if next <= strength {
                    break;
                }
                right = self.nested(|parser| parser.binary(right, next))?;
            }
            let span = left.span.to(right.span);
            left = self.made(span, E::Binary(operator, Box::new(left), Box::new(right)))?;
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed<Expression> {
        let start = self.peek().span;
        let prefix = ["!", "&mut", "&", "*"].into_iter().find(|prefix| self.at(prefix));
        if let Some(prefix) = prefix {
            self.advance();
            let target = Box::new(self.nested(Self::unary)?);
            let kind = match prefix {
                "!" => E::Not(target),
                "*" => E::Dereference(target),
                prefix => E::Borrow { mutable: prefix == "&mut", target },
            };
            return self.made(self.since(start), kind);
        }
        if self.at("move") || self.at("copy") {
            let moves = self.advance().text == "move";
            let name = self.name()?;
            let kind = if moves { E::Move(name) } else { E::Copy(name) };
            return self.made(self.since(start), kind);
        }
        self.chain()
    }

    /// A term, and the fields, calls and indices behind it.
    fn chain(&mut self) -> Parsed<Expression> {
        let start = self.peek().span;
        let mut expression = self.term()?;
        loop {
            if self.take(".") {
                let name = self.name()?;
                let inner = Box::new(expression);
                let types = if self.take("::") { Some(self.type_arguments()?) } else { None };
                let kind = if types.is_some() || self.at("(") {
                    self.expect("(")?;
                    let arguments = self.list(")", Self::expression)?;
                    E::Method { receiver: inner, name, types, arguments }
                } else {
                    E::Field(inner, name)
                };
                expression = self.made(self.since(start), kind)?;
            } else if self.take("[") {
                let index = Box::new(self.expression()?);
                self.expect("]")?;
                let kind = E::Index(Box::new(expression), index);
                expression = self.made(self.since(start), kind)?;
            } else {
                return Ok(expression);
            }
        }
    }

    fn term(&mut self) -> Parsed<Expression> {
        let token = self.peek();
        let start = token.span;
        let invalid = |message: String| crate::diagnostic::Finding {
            code: Code::InvalidLiteral,
            span: start,
            message,
        };
        let kind = match (token.kind, token.text) {
            (Kind::Number, _) if self.at_second("::") => return self.name_expression(),
            (Kind::Number, text) => {
                self.advance();
                literal::number(text).map_err(|message| invalid(message.to_owned()))?;
                E::Number(text.to_owned())
            }
            (Kind::Text, text) => {
                self.advance();
                E::Bytes(literal::text(text).map_err(invalid)?)
            }
            (Kind::Hex, text) => {
                self.advance();
                E::Bytes(literal::hexadecimal(text).map_err(invalid)?)
            }
            (Kind::Symbol, "@") => E::Address(self.address_literal()?),
            (Kind::Symbol, "(") => return self.parenthesised(),
            (Kind::Symbol, "{") => return self.block_expression(),
            (Kind::Word, "true" | "false") => {
                self.advance();
                E::Truth(token.text == "true")
            }
            (Kind::Word, "break") => {
                self.advance();
                E::Break
            }
            (Kind::Word, "continue") => {
                self.advance();
                E::Continue
            }
            (Kind::Word, word) if CONTROL.contains(&word) => return self.control(),
            (Kind::Word, "for") if self.at_for() => return self.for_(),
            (Kind::Word, "vector") if self.at_second("<") || self.at_second("[") => {
                return self.vector();
            }
            (Kind::Word, word) if !KEYWORDS.contains(&word) => return self.name_expression(),
            _ => return Err(self.unexpected("an expression")),
        };
        self.made(self.since(start), kind)
    }

    /// `()`, `(e)`, `(e, e)`, `(e as T)`, `(e: T)`.
    fn parenthesised(&mut self) -> Parsed<Expression> {
        let start = self.expect("(")?;
        if self.take(")") {
            return self.made(self.since(start), E::Tuple(Vec::new()));
        }
        let first = self.expression()?;
        let kind = if self.take("as") {
            let type_ = self.type_()?;
            self.expect(")")?;
            E::Cast(Box::new(first), type_)
        } else if self.take(":") {
            let type_ = self.type_()?;
            self.expect(")")?;
            E::Annotated(Box::new(first), type_)
        } else if self.take(")") {
            return Ok(Expression { span: self.since(start), ..first });
        } else {
            self.expect(",")?;
            let mut parts = vec![first];
            parts.extend(self.list(")", Self::expression)?);
            if parts.len() == 1 {
                return Err(self.unexpected("another value of the tuple"));
            }
            E::Tuple(parts)
        };
        self.made(self.since(start), kind)
    }

    /// `vector[..]` or `vector<T>[..]`.
    fn vector(&mut self) -> Parsed<Expression> {
        let start = self.advance().span;
        let types = if self.at("<") { Some(self.type_arguments()?) } else { None };
        self.expect("[")?;
        let elements = self.list("]", Self::expression)?;
        self.made(self.since(start), E::Vector { types, elements })
    }

    /// A name, and what is called or packed by it.
    fn name_expression(&mut self) -> Parsed<Expression> {
        let path = self.path()?;
        let start = path.span;
        if self.at("!") && self.at_second("(") {
            self.advance();
            self.advance();
            let arguments = self.list(")", Self::expression)?;
            return self.made(self.since(start), E::Macro { name: path, arguments });
        }
        // without a blank in between, `<` opens type arguments
        let close = self.at("<") && self.peek().span.start == start.end;
        let types = if close { Some(self.type_arguments()?) } else { None };
        let kind = if self.take("(") {
            let arguments = self.list(")", Self::expression)?;
            E::Call { function: path, types, arguments }
        } else if self.take("{") {
            E::Pack { name: path, types, fields: self.fields()? }
        } else {
            E::Name(path, types)
        };
        self.made(self.since(start), kind)
    }

    fn fields(&mut self) -> Parsed<Vec<(crate::ast::Name, Option<Expression>)>> {
        self.list("}", |parser| {
            let name = parser.name()?;
            let value = if parser.take(":") { Some(parser.expression()?) } else { None };
            Ok((name, value))
        })
    }

    /// Control ends at the brace of a block: what follows applies to the whole.
    fn control(&mut self) -> Parsed<Expression> {
        let start = self.peek().span;
        let kind = match self.advance().text {
            "if" => {
                let condition = Box::new(self.condition()?);
                let then = Box::new(self.body()?);
                let otherwise = if self.take("else") { Some(Box::new(self.body()?)) } else { None };
                E::If { condition, then, otherwise }
            }
            "while" => {
                let condition = Box::new(self.condition()?);
                let body = Box::new(self.body()?);
                if self.at("spec") {
                    self.specification()?;
                }
                E::While { condition, body }
            }
            "loop" => E::Loop(Box::new(self.body()?)),
            "return" if self.is_end_of_expression() => E::Return(None),
            "return" => E::Return(Some(Box::new(self.body()?))),
            _ => E::Abort(Box::new(self.body()?)),
        };
        self.made(self.since(start), kind)
    }

    fn condition(&mut self) -> Parsed<Expression> {
        self.expect("(")?;
        let condition = self.expression()?;
        self.expect(")")?;
        Ok(condition)
    }

    /// A block and nothing behind it, or any expression.
    pub(super) fn body(&mut self) -> Parsed<Expression> {
        if self.at("{") { self.block_expression() } else { self.expression() }
    }

    fn is_end_of_expression(&self) -> bool {
        self.is_at_end() || ["else", "}", ")", ",", ":", ";", "]"].iter().any(|text| self.at(text))
    }

    fn block_expression(&mut self) -> Parsed<Expression> {
        let start = self.peek().span;
        let block = self.nested(Self::block)?;
        self.made(self.since(start), E::Block(block))
    }

    /// `{ use ..; statement; statement; result }`
    pub(super) fn block(&mut self) -> Parsed<Block> {
        self.expect("{")?;
        let mut block = Block::default();
        while self.at("use") {
            let use_ = self.use_(Vec::new())?;
            block.uses.push(use_);
        }
        while !self.at("}") {
            if self.take(";") {
                continue;
            }
            if self.at("spec") {
                self.specification()?;
                self.take(";");
                continue;
            }
            if self.at("let") {
                block.statements.push(self.let_()?);
            } else {
                let expression = self.expression()?;
                if self.at("}") {
                    block.result = Some(Box::new(expression));
                    break;
                }
                block.statements.push(Statement::Expression(expression));
            }
            if !self.at("}") && !self.at(";") {
                return Err(self.unexpected("`;` or `}`"));
            }
        }
        block.end = self.expect("}")?;
        Ok(block)
    }

    fn let_(&mut self) -> Parsed<Statement> {
        self.expect("let")?;
        let pattern = self.pattern()?;
        let type_ = if self.take(":") { Some(self.type_()?) } else { None };
        let value = if self.take("=") { Some(Box::new(self.expression()?)) } else { None };
        Ok(Statement::Let { pattern, type_, value })
    }

    /// Skips `spec ... { ... }` or `spec ... ;`.
    pub(super) fn specification(&mut self) -> Parsed<()> {
        let start = self.expect("spec")?;
        self.skip_braces(start, "this specification is not closed")
    }

    /// Goes behind the next braces, or behind a semicolon in front of them.
    pub(super) fn skip_braces(&mut self, start: Span, missing: &str) -> Parsed<()> {
        let outside = self.braces;
        loop {
            if self.is_at_end() {
                return Err(self.fault(Code::Syntax, start, missing));
            }
            let token = self.advance();
            if token.kind != Kind::Symbol || self.braces > outside {
                continue;
            }
            match token.text {
                "}" if self.braces == outside => return Ok(()),
                "}" => return Err(self.fault(Code::Syntax, start, missing)),
                ";" => return Ok(()),
                _ => {}
            }
        }
    }
}

fn height_of_parts(kind: &E) -> u32 {
    let highest = |parts: &[Expression]| parts.iter().map(|part| part.height).max().unwrap_or(0);
    match kind {
        E::Number(_)
        | E::Truth(_)
        | E::Bytes(_)
        | E::Address(_)
        | E::Name(_, _)
        | E::Break
        | E::Continue
        | E::Move(_)
        | E::Copy(_)
        | E::Return(None) => 0,
        E::Call { arguments: parts, .. }
        | E::Macro { arguments: parts, .. }
        | E::Vector { elements: parts, .. }
        | E::Tuple(parts) => highest(parts),
        E::Pack { fields, .. } => fields
            .iter()
            .filter_map(|(_, value)| value.as_ref().map(|value| value.height))
            .max()
            .unwrap_or(0),
        E::If { condition, then, otherwise } => {
            let last = otherwise.as_ref().map_or(0, |otherwise| otherwise.height);
            condition.height.max(then.height).max(last)
        }
        E::Method { receiver, arguments, .. } => receiver.height.max(highest(arguments)),
        E::While { condition: first, body: second }
        | E::Index(first, second)
        | E::Binary(_, first, second)
        | E::Assign(first, second) => first.height.max(second.height),
        E::Loop(part)
        | E::Return(Some(part))
        | E::Abort(part)
        | E::Not(part)
        | E::Borrow { target: part, .. }
        | E::Dereference(part)
        | E::Field(part, _)
        | E::Cast(part, _)
        | E::Annotated(part, _)
        | E::Lambda(_, part) => part.height,
        E::Block(block) => height_of_block(block),
    }
}

/// The height of the highest part of a block.
pub(crate) fn height_of_block(block: &Block) -> u32 {
    let statements = block.statements.iter().map(|statement| match statement {
        Statement::Let { value, .. } => value.as_ref().map_or(0, |value| value.height),
        Statement::Expression(expression) => expression.height,
    });
    let result = block.result.as_ref().map_or(0, |result| result.height);
    statements.max().unwrap_or(0).max(result)
}

/// A single word, if the path is one.
pub(crate) fn single(path: &Path) -> Option<&crate::ast::Name> {
    match (path.address, path.names.as_slice()) {
        (None, [name]) => Some(name),
        _ => None,
    }
}
