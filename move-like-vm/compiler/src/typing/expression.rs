//! Literals, names and operators.

use move_like_vm::format::Ability;

use super::Checker;
use super::infer::{Check, Sort};
use super::tree::{Binary, Node, NodeKind, Taking};
use crate::ast::{Expression, ExpressionKind as E, Name, Path, Type as Written};
use crate::diagnostic::Code;
use crate::names::{Resolved, fault};
use crate::parser::{literal, single};
use crate::program::{Integer, Type};
use crate::source::Span;

impl Checker<'_, '_> {
    pub(super) fn expression(&mut self, expression: &Expression) -> Node {
        let span = expression.span;
        match &expression.kind {
            E::Number(text) => self.number(text, span),
            E::Truth(value) => Node { type_: Type::Bool, span, kind: NodeKind::Truth(*value) },
            E::Bytes(bytes) => {
                let type_ = Type::vector(Type::Integer(Integer::U8));
                Node { type_, span, kind: NodeKind::Bytes(bytes.clone()) }
            }
            E::Address(name) => {
                let address = self.scope.address(name);
                let made = address.map(|address| Node {
                    type_: Type::Address,
                    span,
                    kind: NodeKind::Address(address),
                });
                self.or_report(made)
            }
            E::Name(path, types) => {
                let made = self.name(path, types.as_deref(), span);
                self.or_report(made)
            }
            E::Move(name) => self.variable(name, Taking::Move, span),
            E::Copy(name) => self.variable(name, Taking::Copy, span),
            E::Call { function, types, arguments } => {
                self.call(function, types.as_deref(), arguments, span)
            }
            E::Macro { name, arguments } => self.macro_(name, arguments, span),
            E::Pack { name, types, fields } => {
                let made = self.pack(name, types.as_deref(), fields, span);
                self.or_report(made)
            }
            E::Vector { types, elements } => self.vector(types.as_deref(), elements, span),
            E::Not(operand) => {
                let operand = self.expression(operand);
                let operand = self.coerce(operand, &Type::Bool, "the operand of `!`");
                Node { type_: Type::Bool, span, kind: NodeKind::Not(Box::new(operand)) }
            }
            E::Borrow { mutable, target } => self.borrow(*mutable, target, span),
            E::Dereference(reference) => self.dereference(reference, span),
            E::Field(base, name) => self.field_value(base, name, span),
            E::Method { receiver, name, types, arguments } => {
                let made = self.method(receiver, name, types.as_deref(), arguments, span);
                self.or_report(made)
            }
            E::Index(base, index) => self.element_value(base, index, span),
            E::Binary(operator, left, right) => self.binary(*operator, left, right, span),
            E::Cast(value, type_) => self.cast(value, type_, span),
            E::Annotated(value, type_) => {
                let wanted = self.written(type_);
                let value = self.expression(value);
                self.coerce(value, &wanted, "the value")
            }
            E::Tuple(parts) => self.tuple(parts, span),
            E::Assign(left, right) => self.assign(left, right, span),
            E::Lambda(..) => {
                let message = "a function value is only an argument of an inline function";
                self.fail(Code::Unsupported, span, message)
            }
            E::If { .. }
            | E::While { .. }
            | E::Loop(_)
            | E::Block(_)
            | E::Return(_)
            | E::Abort(_)
            | E::Break
            | E::Continue => self.control(expression),
        }
    }

    fn number(&mut self, text: &str, span: Span) -> Node {
        let (value, suffix) = match literal::number(text) {
            Ok(number) => number,
            Err(message) => return self.fail(Code::InvalidLiteral, span, message),
        };
        let type_ = match suffix.and_then(Integer::named) {
            Some(integer) => Type::Integer(integer),
            None => self.fresh(Sort::Number),
        };
        self.checks.push(Check::Fits { type_: type_.clone(), value, span });
        Node { type_, span, kind: NodeKind::Number(value) }
    }

    fn name(&mut self, path: &Path, types: Option<&[Written]>, span: Span) -> Resolved<Node> {
        if let Some(name) = single(path).filter(|name| self.lookup(&name.text).is_some()) {
            if types.is_some() {
                return Err(fault(Code::WrongCount, span, "a variable takes no type arguments"));
            }
            return Ok(self.variable(name, Taking::Either, span));
        }
        let (module, name) = self.scope.member(path)?;
        let found = self.scope.program.module(module).constants.get(&name.text).copied();
        let Some((id, info)) = found.and_then(|id| Some((id, self.scope.program.constant(id)?)))
        else {
            let message = format!("there is no variable or constant `{}`", path.text());
            return Err(fault(Code::UnboundName, span, message));
        };
        if module != self.scope.module {
            let message = format!("the constant `{}` belongs to another module", name.text);
            return Err(fault(Code::Visibility, span, message));
        }
        Ok(Node { type_: info.type_.clone(), span, kind: NodeKind::Constant(id) })
    }

    fn variable(&mut self, name: &Name, taking: Taking, span: Span) -> Node {
        let Some(local) = self.lookup(&name.text) else {
            let message = format!("there is no variable `{}`", name.text);
            return self.fail(Code::UnboundName, span, message);
        };
        let type_ = self.variable_type(local);
        if taking == Taking::Copy {
            self.need(&type_, Ability::Copy, span, "`copy` makes a second value");
        }
        Node { type_, span, kind: NodeKind::Variable(local, taking) }
    }

    fn tuple(&mut self, parts: &[Expression], span: Span) -> Node {
        let parts: Vec<Node> = parts.iter().map(|part| self.expression(part)).collect();
        for part in &parts {
            self.single(part);
        }
        let type_ = Type::of_values(parts.iter().map(|part| part.type_.clone()).collect());
        Node { type_, span, kind: NodeKind::Tuple(parts) }
    }

    /// Refuses what stands for no value or several.
    pub(super) fn single(&mut self, node: &Node) {
        if matches!(self.solution.head(&node.type_), Type::Tuple(_)) {
            let message = format!("one value is expected, found {}", self.shown(&node.type_));
            self.add(Code::WrongCount, node.span, message);
        }
    }

    fn cast(&mut self, value: &Expression, type_: &Written, span: Span) -> Node {
        let wanted = self.written(type_);
        let value = self.expression(value);
        if !matches!(wanted, Type::Integer(_) | Type::Error) {
            let message = format!("only numbers are cast, not to {}", self.shown(&wanted));
            return self.fail(Code::TypeMismatch, type_.span, message);
        }
        self.checks.push(Check::Integer { type_: value.type_.clone(), span: value.span });
        Node { type_: wanted, span, kind: NodeKind::Cast(Box::new(value)) }
    }

    fn binary(
        &mut self,
        operator: Binary,
        left: &Expression,
        right: &Expression,
        span: Span,
    ) -> Node {
        let mut left = self.expression(left);
        let mut right = self.expression(right);
        let type_ = match operator {
            Binary::And | Binary::Or => {
                left = self.coerce(left, &Type::Bool, "the left side");
                right = self.coerce(right, &Type::Bool, "the right side");
                Type::Bool
            }
            Binary::ShiftLeft | Binary::ShiftRight => {
                right = self.coerce(right, &Type::Integer(Integer::U8), "the number of bits");
                self.checks.push(Check::Integer { type_: left.type_.clone(), span: left.span });
                left.type_.clone()
            }
            Binary::Equal | Binary::NotEqual => {
                (left, right) = self.comparable(left, right, span);
                Type::Bool
            }
            Binary::Less | Binary::Greater | Binary::LessOrEqual | Binary::GreaterOrEqual => {
                right = self.same_number(&left, right);
                Type::Bool
            }
            Binary::Add
            | Binary::Subtract
            | Binary::Multiply
            | Binary::Divide
            | Binary::Modulo
            | Binary::BitOr
            | Binary::BitAnd
            | Binary::BitXor => {
                right = self.same_number(&left, right);
                left.type_.clone()
            }
        };
        Node { type_, span, kind: NodeKind::Binary(operator, Box::new(left), Box::new(right)) }
    }

    fn same_number(&mut self, left: &Node, right: Node) -> Node {
        self.checks.push(Check::Integer { type_: left.type_.clone(), span: left.span });
        if !self.solution.unify(&left.type_, &right.type_) {
            let (one, other) = (self.shown(&left.type_), self.shown(&right.type_));
            let message = format!("the left side is {one}, the right side {other}");
            self.add(Code::TypeMismatch, right.span, message);
        }
        right
    }

    /// Both sides of `==`: the same type, references without the right to write.
    fn comparable(&mut self, left: Node, right: Node, span: Span) -> (Node, Node) {
        let left_type = self.compared_type(&left);
        let right_type = self.compared_type(&right);
        let left = self.coerce(left, &left_type, "the left side");
        let right = self.coerce(right, &right_type, "the right side");
        if !self.solution.unify(&left_type, &right_type) {
            let (one, other) = (self.shown(&left_type), self.shown(&right_type));
            let message = format!("the left side is {one}, the right side {other}");
            self.add(Code::TypeMismatch, span, message);
        }
        self.single(&left);
        // through references nothing is used up
        self.need(&left_type, Ability::Drop, span, "comparing uses values up");
        (left, right)
    }

    fn compared_type(&self, node: &Node) -> Type {
        match self.solution.head(&node.type_) {
            Type::Reference(true, target) => Type::Reference(false, target),
            type_ => type_,
        }
    }
}
