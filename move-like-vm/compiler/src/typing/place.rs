//! Borrows, fields, reads and assignments.

use move_like_vm::format::Ability;

use super::Checker;
use super::infer::{Check, Sort};
use super::tree::{Node, NodeKind, Taking, TargetKind};
use crate::ast::{Expression, ExpressionKind as E, Name};
use crate::diagnostic::Code;
use crate::names::fault;
use crate::parser::single;
use crate::program::Type;
use crate::source::Span;

impl Checker<'_, '_> {
    /// `&e` or `&mut e`
    pub(super) fn borrow(&mut self, mutable: bool, target: &Expression, span: Span) -> Node {
        match &target.kind {
            E::Field(base, name) => return self.field(base, name, mutable, span),
            E::Index(base, index) => return self.element(base, index, mutable, span),
            _ => {}
        }
        let target = self.expression(target);
        self.borrow_node(mutable, target, span)
    }

    /// A borrow of a variable, or of a value that gets a place of its own.
    pub(super) fn borrow_node(&mut self, mutable: bool, target: Node, span: Span) -> Node {
        if matches!(target.type_, Type::Error) {
            return target;
        }
        let type_ = target.type_.clone();
        self.checks.push(Check::Known { type_: type_.clone(), span, may_be_reference: false });
        let kind = match target.kind {
            NodeKind::Variable(local, Taking::Either) => NodeKind::BorrowVariable(mutable, local),
            kind => NodeKind::BorrowValue(mutable, Box::new(Node { kind, ..target })),
        };
        Node { type_: Type::reference(mutable, type_), span, kind }
    }

    /// A reference to a field: `&base.name` or `&mut base.name`.
    pub(super) fn field(
        &mut self,
        base: &Expression,
        name: &Name,
        mutable: bool,
        span: Span,
    ) -> Node {
        let base = self.field_base(base, mutable);
        let (owner, types) = match self.solution.head(&base.type_) {
            Type::Error => return base,
            Type::Reference(is_mutable, target) => {
                if mutable && !is_mutable {
                    let message = "a field is borrowed with `&mut` only through `&mut`";
                    return self.fail(Code::TypeMismatch, base.span, message);
                }
                match self.solution.head(&target) {
                    Type::Struct(owner, types) => (owner, types),
                    Type::Error => return base,
                    other => return self.no_fields(&other, name),
                }
            }
            other => return self.no_fields(&other, name),
        };
        let fields = match self.own_fields(owner, name.span) {
            Ok(fields) => fields,
            Err(finding) => return self.report(finding),
        };
        let found = fields.iter().enumerate().find(|(_, (field, _))| *field == name.text);
        let Some((field, (_, type_))) = found else {
            let struct_ = &self.scope.program.structure(owner).name;
            let message = format!("`{struct_}` has no field `{}`", name.text);
            return self.report(fault(Code::UnboundName, name.span, message));
        };
        let type_ = Type::reference(mutable, type_.instantiate(&types));
        let base = Box::new(base);
        Node { type_, span, kind: NodeKind::BorrowField { mutable, base, owner, field, types } }
    }

    fn no_fields(&mut self, type_: &Type, name: &Name) -> Node {
        let shown = self.shown(type_);
        let (code, message) = match type_ {
            Type::Unknown(_) => {
                (Code::CannotInfer, "the type is not known here; write it out".to_owned())
            }
            _ => (Code::UnboundName, format!("{shown} has no field `{}`", name.text)),
        };
        self.fail(code, name.span, message)
    }

    /// A reference to what stands in front of the dot or bracket.
    pub(super) fn field_base(&mut self, base: &Expression, mutable: bool) -> Node {
        match &base.kind {
            E::Field(inner, name) => return self.field(inner, name, mutable, base.span),
            E::Index(inner, index) => return self.element(inner, index, mutable, base.span),
            _ => {}
        }
        let node = self.expression(base);
        match self.solution.head(&node.type_) {
            Type::Reference(_, _) | Type::Error => node,
            Type::Unknown(_) => {
                let message = "the type is not known here; write it out";
                self.fail(Code::CannotInfer, node.span, message)
            }
            _ => {
                let span = node.span;
                self.borrow_node(mutable, node, span)
            }
        }
    }

    /// The value of a field, which is a copy.
    pub(super) fn field_value(&mut self, base: &Expression, name: &Name, span: Span) -> Node {
        let reference = self.field(base, name, false, span);
        self.read(reference, span, "a field is read by copying")
    }

    /// `*e`
    pub(super) fn dereference(&mut self, reference: &Expression, span: Span) -> Node {
        let reference = self.expression(reference);
        self.read(reference, span, "`*` copies the value")
    }

    pub(super) fn read(&mut self, reference: Node, span: Span, why: &'static str) -> Node {
        match self.solution.head(&reference.type_) {
            Type::Reference(_, target) => {
                self.need(&target, Ability::Copy, span, why);
                Node { type_: *target, span, kind: NodeKind::Read(Box::new(reference)) }
            }
            Type::Error => reference,
            other => {
                let message = format!("`*` takes a reference, not {}", self.shown(&other));
                self.fail(Code::TypeMismatch, span, message)
            }
        }
    }

    /// `left = right`: the right side comes first.
    pub(super) fn assign(&mut self, left: &Expression, right: &Expression, span: Span) -> Node {
        let mut value = self.expression(right);
        if let E::Name(path, None) = &left.kind {
            let local = single(path).and_then(|name| self.lookup(&name.text));
            if let Some(local) = local {
                let wanted = self.variable_type(local);
                value = self.coerce(value, &wanted, "the value");
            }
        }
        let type_ = value.type_.clone();
        let target = self.target(left, &type_);
        if matches!(target.kind, TargetKind::Nothing) {
            self.need_dropped(&value);
        }
        let kind = NodeKind::Assign(Box::new(target), Box::new(value));
        if self.solution.is_never(&type_) {
            return Node { type_: self.fresh(Sort::Never), span, kind };
        }
        Node { type_: Type::UNIT, span, kind }
    }
}
