//! Calls behind a dot, and elements in brackets.
//!
//! # Place      expression, place, pattern -> [method] -> tree
//! # Invariants what stands in front of the dot is computed once, before the arguments, and is lent in the
//! #            way in which the function takes its first parameter; it is never copied to be changed
//! # Absent     names for functions of other modules (`use fun`); functions of numbers, addresses, signers

use super::Checker;
use super::infer::Check;
use super::tree::{GlobalOperation, Node, NodeKind};
use crate::ast::{Expression, ExpressionKind as E, Name, Type as Written, TypeKind};
use crate::diagnostic::Code;
use crate::names::{Resolved, fault};
use crate::parser::single;
use crate::program::{ModuleId, STANDARD, Type};
use crate::source::Span;
use move_like_vm::format::{Abilities, Ability};

/// What stands in front of a dot.
pub(super) struct Receiver {
    node: Node,
    /// Whether the node is a reference to a place that the source names, not a reference in the source.
    is_place: bool,
}

impl Checker<'_, '_> {
    /// `receiver.name(arguments)`
    pub(super) fn method(
        &mut self,
        receiver: &Expression,
        name: &Name,
        types: Option<&[Written]>,
        arguments: &[Expression],
        span: Span,
    ) -> Resolved<Node> {
        let receiver = self.receiver(receiver);
        let type_ = self.without_reference(&receiver.node.type_);
        if matches!(type_, Type::Error) {
            return Ok(receiver.node);
        }
        let module = self.module_of_type(&type_, name)?;
        let info = self.scope.program.module(module);
        if let Some(function) = info.inline_functions.get(&name.text).copied() {
            return self.inline_call(module, function, types, Some(receiver), arguments, span);
        }
        let Some(id) = info.functions.get(&name.text).copied() else {
            let message = format!("the module `{}` has no function `{}`", info.name, name.text);
            return Err(fault(Code::UnboundName, name.span, message));
        };
        let parameters = &self.scope.program.function(id).parameters;
        let first = parameters.first().map(|parameter| &parameter.type_);
        let (lends, target) = match first {
            Some(Type::Reference(mutable, target)) => (Some(*mutable), Some(target.as_ref())),
            other => (None, other),
        };
        let takes_it = match (target, &type_) {
            (Some(Type::Struct(one, _)), Type::Struct(other, _)) => one == other,
            (Some(Type::Vector(_)), Type::Vector(_)) => true,
            _ => false,
        };
        if !takes_it {
            let message = format!("`{}` does not take {} first", name.text, self.shown(&type_));
            return Err(fault(Code::TypeMismatch, name.span, message));
        }
        let mut nodes = vec![self.lent(receiver, lends)];
        nodes.extend(arguments.iter().map(|argument| self.expression(argument)));
        self.function_call(id, types, nodes, span)
    }

    /// The module whose functions are called behind a dot.
    fn module_of_type(&self, type_: &Type, name: &Name) -> Resolved<ModuleId> {
        let program = self.scope.program;
        match type_ {
            Type::Struct(owner, _) => Ok(program.structure(*owner).module),
            Type::Vector(_) => {
                let key = (STANDARD, "vector".to_owned());
                program.by_name.get(&key).copied().ok_or_else(|| {
                    let message = "the module `0x1::vector` is not among the dependencies";
                    fault(Code::UnboundModule, name.span, message)
                })
            }
            Type::Unknown(_) => {
                let message = "the type is not known here; write it out";
                Err(fault(Code::CannotInfer, name.span, message))
            }
            other => {
                let message = format!("{} has no function `{}`", self.shown(other), name.text);
                Err(fault(Code::UnboundName, name.span, message))
            }
        }
    }

    /// A field, an element or what `*` names is not read before it is known how it is taken.
    fn receiver(&mut self, receiver: &Expression) -> Receiver {
        match &receiver.kind {
            E::Field(_, _) | E::Index(_, _) => {
                let node = self.borrow(false, receiver, receiver.span);
                Receiver { node, is_place: true }
            }
            E::Dereference(reference) => {
                let node = self.expression(reference);
                match self.solution.head(&node.type_) {
                    Type::Reference(_, _) | Type::Error => Receiver { node, is_place: true },
                    other => {
                        let message = format!("`*` takes a reference, not {}", self.shown(&other));
                        let node = self.fail(Code::TypeMismatch, receiver.span, message);
                        Receiver { node, is_place: false }
                    }
                }
            }
            _ => Receiver { node: self.expression(receiver), is_place: false },
        }
    }

    fn without_reference(&self, type_: &Type) -> Type {
        match self.solution.head(type_) {
            Type::Reference(_, target) => self.solution.head(&target),
            other => other,
        }
    }

    /// The value for a parameter that is a reference (to be written through where true), or a value.
    fn lent(&mut self, receiver: Receiver, lends: Option<bool>) -> Node {
        let Receiver { node, is_place } = receiver;
        let span = node.span;
        let is_reference = self.solution.head(&node.type_).is_reference();
        match lends {
            Some(mutable) if !is_reference => self.borrow_node(mutable, node, span),
            Some(true) if is_place => self.writable(node),
            None if is_place && is_reference => {
                self.read(node, span, "the function takes a value, which is copied")
            }
            _ => node,
        }
    }

    /// The same for a parameter of an inline function.
    pub(super) fn lent_to(&mut self, receiver: Receiver, parameter: &Written) -> Node {
        let lends = match parameter.kind {
            TypeKind::Reference { mutable, .. } => Some(mutable),
            _ => None,
        };
        self.lent(receiver, lends)
    }

    /// The reference that reads a place as one that writes it, where that is allowed.
    fn writable(&mut self, node: Node) -> Node {
        let Type::Reference(false, target) = self.solution.head(&node.type_) else { return node };
        let Node { span, kind, .. } = node;
        let kind = match kind {
            NodeKind::BorrowVariable(_, local) => NodeKind::BorrowVariable(true, local),
            NodeKind::BorrowValue(_, value) => NodeKind::BorrowValue(true, value),
            NodeKind::BorrowField { base, owner, field, types, .. } => {
                let base = Box::new(self.writable(*base));
                NodeKind::BorrowField { mutable: true, base, owner, field, types }
            }
            NodeKind::Element { vector, index, element, .. } => {
                let vector = Box::new(self.writable(*vector));
                NodeKind::Element { mutable: true, vector, index, element }
            }
            NodeKind::Global(GlobalOperation::Borrow, resource, arguments) => {
                NodeKind::Global(GlobalOperation::BorrowMut, resource, arguments)
            }
            NodeKind::Coerce(inner) => return self.writable(*inner),
            _ => {
                let message = "this is changed, and only `&mut` lets it";
                return self.fail(Code::TypeMismatch, span, message);
            }
        };
        Node { type_: Type::Reference(true, target), span, kind }
    }

    /// A reference to an element, `&base[index]`, or to a resource, `&Struct[address]`.
    pub(super) fn element(
        &mut self,
        base: &Expression,
        index: &Expression,
        mutable: bool,
        span: Span,
    ) -> Node {
        if let E::Name(path, types) = &base.kind
            && single(path).is_none_or(|name| self.lookup(&name.text).is_none())
            && self.scope.structure(path).is_ok()
        {
            return match self.struct_with_types(path, types.as_deref()) {
                Ok((owner, types)) => {
                    self.resource(Type::Struct(owner, types), index, mutable, span)
                }
                Err(finding) => self.report(finding),
            };
        }
        let vector = self.field_base(base, mutable);
        let (writes, target) = match self.solution.head(&vector.type_) {
            Type::Reference(writes, target) => (writes, self.solution.head(&target)),
            _ => return vector,
        };
        let element = match target {
            Type::Error => return vector,
            Type::Vector(element) => *element,
            Type::Unknown(_) => {
                let message = "the type is not known here; write it out";
                return self.fail(Code::CannotInfer, base.span, message);
            }
            other => {
                let message = format!("{} has no elements", self.shown(&other));
                return self.fail(Code::TypeMismatch, base.span, message);
            }
        };
        if mutable && !writes {
            let message = "an element is borrowed with `&mut` only through `&mut`";
            return self.fail(Code::TypeMismatch, base.span, message);
        }
        let wanted = Type::reference(mutable, Type::vector(element.clone()));
        let vector = Box::new(self.coerce(vector, &wanted, "the vector"));
        let index = self.expression(index);
        let index = Box::new(self.coerce(index, &Type::U64, "the index"));
        let type_ = Type::reference(mutable, element.clone());
        Node { type_, span, kind: NodeKind::Element { mutable, vector, index, element } }
    }

    fn resource(
        &mut self,
        resource: Type,
        address: &Expression,
        mutable: bool,
        span: Span,
    ) -> Node {
        let address = self.expression(address);
        let address = self.coerce(address, &Type::Address, "the address");
        let needed = Abilities::NONE.with(Ability::Key);
        let why = "only what has `key` is in storage";
        self.checks.push(Check::Abilities { type_: resource.clone(), needed, span, why });
        self.checks.push(Check::Resource { type_: resource.clone(), span, acquires: true });
        let operation = if mutable { GlobalOperation::BorrowMut } else { GlobalOperation::Borrow };
        let type_ = Type::reference(mutable, resource.clone());
        Node { type_, span, kind: NodeKind::Global(operation, resource, vec![address]) }
    }

    /// The value of an element, which is a copy.
    pub(super) fn element_value(
        &mut self,
        base: &Expression,
        index: &Expression,
        span: Span,
    ) -> Node {
        let reference = self.element(base, index, false, span);
        self.read(reference, span, "an element is read by copying")
    }
}
