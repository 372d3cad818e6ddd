//! Values of expressions.

use move_like_vm::format::Unsigned256;

use super::Lowering;
use crate::constants::bytes_value;
use crate::flow::Operation;
use crate::program::{Integer, StructId, Type, VectorOperation};
use crate::source::Span;
use crate::typing::tree::{Binary, Node, NodeKind as N, Step, Target, TargetKind};

impl Lowering<'_, '_> {
    /// Leaves the values of the expression on the stack.
    pub(super) fn value(&mut self, node: &Node) {
        let span = node.span;
        match &node.kind {
            N::Number(_) | N::Truth(_) | N::Bytes(_) | N::Address(_) | N::Constant(_) => {
                self.literal(node);
            }
            N::Variable(local, taking) => self.emit(Operation::Take(*local, *taking), span),
            N::BorrowVariable(mutable, local) => {
                self.emit(Operation::BorrowLocal(*mutable, *local), span);
            }
            N::BorrowValue(mutable, value) => {
                self.value(value);
                let type_ = self.settled(&value.type_);
                // never reused: the borrow may live long
                self.variables.push(crate::typing::tree::Variable { name: None, type_, span });
                let local = self.variables.len().saturating_sub(1);
                self.emit(Operation::Store(local), span);
                self.emit(Operation::BorrowLocal(*mutable, local), span);
            }
            N::BorrowField { mutable, base, owner, field, types } => {
                self.value(base);
                let types = self.all_settled(types);
                self.emit(Operation::BorrowField(*mutable, *owner, *field, types), span);
            }
            N::Read(reference) => {
                self.value(reference);
                self.emit(Operation::ReadRef, span);
            }
            N::Coerce(value) => {
                self.value(value);
                self.freeze(&value.type_, &node.type_, span);
            }
            N::Tuple(parts) => self.values(&parts.iter().collect::<Vec<_>>()),
            N::Cast(value) => {
                self.value(value);
                if let Type::Integer(integer) = self.settled(&node.type_) {
                    self.emit(Operation::Cast(integer), span);
                }
            }
            N::Not(operand) => {
                self.value(operand);
                self.emit(Operation::Not, span);
            }
            N::Call(_, _, _)
            | N::Global(_, _, _)
            | N::Pack(_, _, _)
            | N::Vector(_, _)
            | N::Element { .. } => self.construction(node),
            N::Binary(Binary::And | Binary::Or, _, _) => self.truth(node),
            N::Binary(operator, left, right) => {
                self.values(&[left, right]);
                self.emit(Operation::Binary(*operator), span);
            }
            N::Assign(target, value) => {
                self.value(value);
                self.target(target);
            }
            N::If(_, _, _)
            | N::While(_, _)
            | N::Loop(_)
            | N::Block(_, _)
            | N::Return(_)
            | N::Abort(_)
            | N::Break
            | N::Continue => self.control(node),
        }
    }

    fn literal(&mut self, node: &Node) {
        let span = node.span;
        match &node.kind {
            N::Number(value) => self.number(*value, &node.type_, span),
            N::Truth(value) => self.emit(Operation::Truth(*value), span),
            N::Bytes(bytes) => {
                let type_ = Type::vector(Type::Integer(Integer::U8));
                self.emit(Operation::Constant(type_, bytes_value(bytes)), span);
            }
            N::Address(address) => {
                self.emit(Operation::Constant(Type::Address, address.to_vec()), span);
            }
            N::Constant(id) => {
                if let Some(info) = self.program.constant(*id) {
                    let value = info.value.clone().unwrap_or_default();
                    self.emit(Operation::Constant(info.type_.clone(), value), span);
                }
            }
            _ => {}
        }
    }

    fn number(&mut self, value: Unsigned256, type_: &Type, span: Span) {
        if let Type::Integer(integer) = self.settled(type_) {
            self.emit(Operation::Number(integer, value), span);
        }
    }

    fn construction(&mut self, node: &Node) {
        let span = node.span;
        match &node.kind {
            N::Call(function, types, arguments) => {
                self.values(&arguments.iter().collect::<Vec<_>>());
                let types = self.all_settled(types);
                let operation = match (self.program.vector_operation(*function), types.first()) {
                    (Some(operation), Some(type_)) => Operation::Vector(operation, type_.clone()),
                    _ => Operation::Call(*function, types),
                };
                self.emit(operation, span);
            }
            N::Global(operation, resource, arguments) => {
                self.values(&arguments.iter().collect::<Vec<_>>());
                if let Type::Struct(owner, types) = self.settled(resource) {
                    self.emit(Operation::Global(*operation, owner, types), span);
                }
            }
            N::Pack(owner, types, fields) => self.pack(*owner, types, fields, span),
            N::Element { mutable, vector, index, element } => {
                self.values(&[vector, index]);
                let operation =
                    if *mutable { VectorOperation::BorrowMut } else { VectorOperation::Borrow };
                self.emit(Operation::Vector(operation, self.settled(element)), span);
            }
            N::Vector(type_, elements) => {
                self.values(&elements.iter().collect::<Vec<_>>());
                let count = u64::try_from(elements.len()).unwrap_or(u64::MAX);
                let type_ = self.settled(type_);
                self.emit(Operation::VectorPack(type_, count), span);
            }
            _ => {}
        }
    }

    /// Fields are computed in the order of the source and packed in that of the declaration.
    fn pack(&mut self, owner: StructId, types: &[Type], fields: &[(usize, Node)], span: Span) {
        let in_order = fields.iter().map(|(at, _)| at).is_sorted();
        if fields.is_empty() {
            // a struct without fields has one that is `false`
            self.emit(Operation::Truth(false), span);
        } else if in_order {
            self.values(&fields.iter().map(|(_, value)| value).collect::<Vec<_>>());
        } else {
            let mut waiting = Vec::new();
            for (at, value) in fields {
                self.value(value);
                let locals = self.store_values(&value.type_, value.span);
                waiting.push((*at, locals, value.span));
            }
            waiting.sort_by_key(|(at, _, _)| *at);
            for (_, locals, span) in waiting {
                for local in locals {
                    self.take(local, span);
                }
            }
        }
        let types = self.all_settled(types);
        self.emit(Operation::Pack(owner, types), span);
    }
}

/// Whether the expression needs more than one block.
pub(super) fn splits(node: &Node) -> bool {
    match &node.kind {
        N::Number(_)
        | N::Truth(_)
        | N::Bytes(_)
        | N::Address(_)
        | N::Constant(_)
        | N::Variable(_, _)
        | N::BorrowVariable(_, _) => false,
        N::Binary(Binary::And | Binary::Or, _, _)
        | N::If(_, _, _)
        | N::While(_, _)
        | N::Loop(_)
        | N::Return(_)
        | N::Abort(_)
        | N::Break
        | N::Continue => true,
        N::BorrowValue(_, inner)
        | N::BorrowField { base: inner, .. }
        | N::Read(inner)
        | N::Coerce(inner)
        | N::Not(inner)
        | N::Cast(inner) => splits(inner),
        N::Call(_, _, nodes) | N::Global(_, _, nodes) | N::Vector(_, nodes) | N::Tuple(nodes) => {
            nodes.iter().any(splits)
        }
        N::Pack(_, _, fields) => fields.iter().any(|(_, value)| splits(value)),
        N::Binary(_, left, right) | N::Element { vector: left, index: right, .. } => {
            splits(left) || splits(right)
        }
        N::Block(steps, result) => {
            let step = |step: &Step| match step {
                Step::Do(node) => splits(node),
                Step::Bind(target, node) => splits(node) || target_splits(target),
            };
            steps.iter().any(step) || result.as_ref().is_some_and(|result| splits(result))
        }
        N::Assign(target, value) => splits(value) || target_splits(target),
    }
}

/// Whether finding the place needs more than one block.
pub(super) fn target_splits(target: &Target) -> bool {
    match &target.kind {
        TargetKind::Nothing | TargetKind::Variable(_) => false,
        TargetKind::Place(node) => splits(node),
        TargetKind::Tuple(parts) | TargetKind::Struct { fields: parts, .. } => {
            parts.iter().any(target_splits)
        }
    }
}
