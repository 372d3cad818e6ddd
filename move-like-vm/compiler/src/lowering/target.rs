//! Where values go.

use super::Lowering;
use super::value::{splits, target_splits};
use crate::flow::Operation;
use crate::program::{StructId, Type};
use crate::source::Span;
use crate::typing::tree::{Node, Taking, Target, TargetKind, Variable};

impl Lowering<'_, '_> {
    /// Takes the values of the target's type from the stack.
    pub(super) fn target(&mut self, target: &Target) {
        let span = target.span;
        match &target.kind {
            TargetKind::Nothing => {
                for _ in self.settled(&target.type_).values() {
                    self.emit(Operation::Pop, span);
                }
            }
            TargetKind::Variable(local) => {
                let wanted = self.variables.get(*local).map(|variable| variable.type_.clone());
                self.freeze(&target.type_, &wanted.unwrap_or(Type::Error), span);
                self.emit(Operation::Store(*local), span);
            }
            TargetKind::Place(place) => self.write(place, &target.type_, span),
            TargetKind::Tuple(parts) => self.parts(parts, span),
            TargetKind::Struct { owner, types, fields, borrow: None } => {
                let types = self.all_settled(types);
                self.emit(Operation::Unpack(*owner, types), span);
                if fields.is_empty() {
                    self.emit(Operation::Pop, span);
                }
                self.parts(fields, span);
            }
            TargetKind::Struct { owner, types, fields, borrow: Some(mutable) } => {
                self.borrowed_fields(*mutable, *owner, types, fields, target);
            }
        }
    }

    /// Writes the value on the stack through a reference.
    fn write(&mut self, place: &Node, type_: &Type, span: Span) {
        if splits(place) {
            let value = self.store_values(type_, span);
            self.value(place);
            let reference = self.store_values(&place.type_, span);
            for local in value.into_iter().chain(reference) {
                self.take(local, span);
            }
        } else {
            self.value(place);
        }
        self.emit(Operation::WriteRef, span);
    }

    /// The last value is on top of the stack.
    fn parts(&mut self, parts: &[Target], span: Span) {
        if !parts.iter().any(target_splits) {
            for part in parts.iter().rev() {
                self.target(part);
            }
            return;
        }
        let types = parts.iter().map(|part| part.type_.clone()).collect();
        let waiting = self.store_values(&Type::of_values(types), span);
        for (local, part) in waiting.into_iter().zip(parts) {
            self.take(local, part.span);
            self.target(part);
        }
    }

    /// A reference to a struct gives references to its fields.
    fn borrowed_fields(
        &mut self,
        mutable: bool,
        owner: StructId,
        types: &[Type],
        fields: &[Target],
        target: &Target,
    ) {
        let span = target.span;
        if fields.iter().all(|field| matches!(field.kind, TargetKind::Nothing)) {
            self.emit(Operation::Pop, span);
            return;
        }
        let type_ = self.settled(&target.type_);
        self.variables.push(Variable { name: None, type_, span });
        let reference = self.variables.len().saturating_sub(1);
        self.emit(Operation::Store(reference), span);
        let types = self.all_settled(types);
        for (at, field) in fields.iter().enumerate() {
            if matches!(field.kind, TargetKind::Nothing) {
                continue;
            }
            self.emit(Operation::Take(reference, Taking::Either), field.span);
            self.emit(Operation::BorrowField(mutable, owner, at, types.clone()), field.span);
            self.target(field);
        }
    }
}
