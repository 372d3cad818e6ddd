//! What takes a value apart: patterns of `let` and targets of assignments.

use std::collections::BTreeSet;

use move_like_vm::format::Ability;

use super::Checker;
use super::infer::Sort;
use super::tree::{Node, NodeKind, Target, TargetKind};
use crate::ast::{
    Expression, ExpressionKind as E, Name, Path, Pattern, PatternKind, Type as Written,
};
use crate::diagnostic::Code;
use crate::names::{Resolved, duplicate, fault};
use crate::parser::single;
use crate::program::{StructId, Type};
use crate::source::Span;

/// A struct with its fields as a pattern or the left side of an assignment names them.
struct StructParts<'p, T> {
    path: &'p Path,
    types: Option<&'p [Written]>,
    fields: &'p [(&'p Name, T)],
}

impl Checker<'_, '_> {
    /// The variables of a pattern are declared as its parts are met.
    pub(super) fn pattern(&mut self, pattern: &Pattern, type_: &Type) -> Target {
        let mut names = BTreeSet::new();
        self.pattern_part(pattern, type_, &mut names)
    }

    fn pattern_part(
        &mut self,
        pattern: &Pattern,
        type_: &Type,
        names: &mut BTreeSet<String>,
    ) -> Target {
        let kind = match &pattern.kind {
            PatternKind::Ignore => self.ignored(type_, pattern.span),
            PatternKind::Variable(name) => {
                if !names.insert(name.text.clone()) {
                    self.findings.push(duplicate(name));
                }
                if !name.text.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
                {
                    let message = "the name of a variable begins with a small letter or `_`";
                    self.add(Code::InvalidName, name.span, message);
                }
                TargetKind::Variable(self.declare(&name.text, type_.clone(), name.span))
            }
            PatternKind::Tuple(parts) => {
                return self.tuple_target(type_, pattern.span, parts, |checker, part, type_| {
                    checker.pattern_part(part, type_, names)
                });
            }
            PatternKind::Struct { name, types, fields } => {
                let fields: Vec<(&Name, Option<&Pattern>)> =
                    fields.iter().map(|(name, part)| (name, part.as_ref())).collect();
                let made = self.struct_target(
                    StructParts { path: name, types: types.as_deref(), fields: &fields },
                    type_,
                    |checker, name, part, type_| match part {
                        Some(part) => checker.pattern_part(part, type_, names),
                        None => {
                            let kind = PatternKind::Variable(name.clone());
                            let part = Pattern { span: name.span, kind };
                            checker.pattern_part(&part, type_, names)
                        }
                    },
                );
                self.or_nothing(made)
            }
        };
        Target { span: pattern.span, type_: type_.clone(), kind }
    }

    fn or_nothing(&mut self, made: Resolved<TargetKind>) -> TargetKind {
        made.unwrap_or_else(|finding| {
            self.findings.push(finding);
            TargetKind::Nothing
        })
    }

    fn ignored(&mut self, type_: &Type, span: Span) -> TargetKind {
        self.need(type_, Ability::Drop, span, "`_` drops the value");
        TargetKind::Nothing
    }

    fn tuple_target<T>(
        &mut self,
        type_: &Type,
        span: Span,
        parts: &[T],
        mut part: impl FnMut(&mut Self, &T, &Type) -> Target,
    ) -> Target {
        let types: Vec<Type> = parts.iter().map(|_| self.fresh(Sort::Any)).collect();
        let wanted = Type::of_values(types.clone());
        if !self.solution.unify(type_, &wanted) {
            let message = format!("{} values are taken from {}", parts.len(), self.shown(type_));
            self.add(Code::WrongCount, span, message);
        }
        let mut targets: Vec<Target> =
            parts.iter().zip(&types).map(|(one, type_)| part(self, one, type_)).collect();
        match (targets.len(), targets.pop()) {
            (1, Some(only)) => only,
            (_, last) => {
                targets.extend(last);
                Target { span, type_: wanted, kind: TargetKind::Tuple(targets) }
            }
        }
    }

    /// The fields of a struct, or references to them if the value is a reference.
    fn struct_target<T: Copy>(
        &mut self,
        StructParts { path, types, fields }: StructParts<'_, T>,
        type_: &Type,
        mut part: impl FnMut(&mut Self, &Name, T, &Type) -> Target,
    ) -> Resolved<TargetKind> {
        let (owner, types) = self.struct_with_types(path, types)?;
        let struct_type = Type::Struct(owner, types.clone());
        let borrow = match self.solution.head(type_) {
            Type::Reference(mutable, _) => Some(mutable),
            _ => None,
        };
        let whole = match borrow {
            Some(mutable) => Type::reference(mutable, struct_type),
            None => struct_type,
        };
        if !self.solution.unify(type_, &whole) {
            let (wanted, found) = (self.shown(&whole), self.shown(type_));
            let message = format!("the value is {found}, the pattern {wanted}");
            return Err(fault(Code::TypeMismatch, path.span, message));
        }
        let declared = self.own_fields(owner, path.span)?;
        self.check_field_names(owner, &declared, fields.iter().map(|(name, _)| *name), path.span)?;
        // variables are declared in the order of the source
        let mut targets: Vec<Option<Target>> = declared.iter().map(|_| None).collect();
        for (name, value) in fields {
            let found = declared.iter().position(|(declared, _)| *declared == name.text);
            let Some((index, (_, field))) = found.and_then(|at| Some((at, declared.get(at)?)))
            else {
                continue;
            };
            let mut field = field.instantiate(&types);
            if let Some(mutable) = borrow {
                field = Type::reference(mutable, field);
            }
            let target = part(self, name, *value, &field);
            if let Some(place) = targets.get_mut(index) {
                *place = Some(target);
            }
        }
        let fields = targets.into_iter().flatten().collect();
        Ok(TargetKind::Struct { owner, types, fields, borrow })
    }

    /// The fields of a struct of this module.
    pub(super) fn own_fields(&self, owner: StructId, span: Span) -> Resolved<Vec<(String, Type)>> {
        let info = self.scope.program.structure(owner);
        if !self.owns(owner) {
            let message = format!("only its own module may look into `{}`", info.name);
            return Err(fault(Code::Visibility, span, message));
        }
        info.fields.clone().ok_or_else(|| {
            let message = format!("`{}` is native and has no fields", info.name);
            fault(Code::UnboundName, span, message)
        })
    }

    /// Every field is named, once.
    pub(super) fn check_field_names<'n>(
        &self,
        owner: StructId,
        declared: &[(String, Type)],
        names: impl Iterator<Item = &'n Name>,
        span: Span,
    ) -> Resolved<()> {
        let mut seen = BTreeSet::new();
        for name in names {
            if !declared.iter().any(|(declared, _)| *declared == name.text) {
                let struct_ = &self.scope.program.structure(owner).name;
                let message = format!("`{struct_}` has no field `{}`", name.text);
                return Err(fault(Code::UnboundName, name.span, message));
            }
            if !seen.insert(&name.text) {
                return Err(duplicate(name));
            }
        }
        let missing = declared.iter().find(|(declared, _)| !seen.contains(declared));
        missing.map_or(Ok(()), |(name, _)| {
            Err(fault(Code::WrongCount, span, format!("the field `{name}` is missing")))
        })
    }

    /// The left side of an assignment, whose right side has the type.
    pub(super) fn target(&mut self, left: &Expression, type_: &Type) -> Target {
        let mut assigned = BTreeSet::new();
        self.target_part(left, type_, &mut assigned)
    }

    fn target_part(
        &mut self,
        left: &Expression,
        type_: &Type,
        assigned: &mut BTreeSet<String>,
    ) -> Target {
        let span = left.span;
        let kind = match &left.kind {
            E::Name(path, None) if single(path).is_some_and(|name| name.text == "_") => {
                self.ignored(type_, span)
            }
            E::Name(path, None) => self.variable_target(path, type_, assigned),
            E::Field(base, name) => {
                let place = self.field(base, name, true, span);
                self.place_target(place, type_, span)
            }
            E::Index(base, index) => {
                let place = self.element(base, index, true, span);
                self.place_target(place, type_, span)
            }
            E::Dereference(reference) => {
                let place = self.expression(reference);
                self.place_target(place, type_, span)
            }
            E::Tuple(parts) => {
                return self.tuple_target(type_, span, parts, |checker, part, type_| {
                    checker.target_part(part, type_, assigned)
                });
            }
            E::Pack { name, types, fields } => {
                let fields: Vec<(&Name, Option<&Expression>)> =
                    fields.iter().map(|(name, part)| (name, part.as_ref())).collect();
                let made = self.struct_target(
                    StructParts { path: name, types: types.as_deref(), fields: &fields },
                    type_,
                    |checker, name, part, type_| match part {
                        Some(part) => checker.target_part(part, type_, assigned),
                        None => {
                            let names = vec![name.clone()];
                            let path = Path { address: None, names, span: name.span };
                            let kind = checker.variable_target(&path, type_, assigned);
                            Target { span: name.span, type_: type_.clone(), kind }
                        }
                    },
                );
                self.or_nothing(made)
            }
            _ => {
                let message =
                    "a value is assigned to a variable, a field, an element or `*` of a reference";
                self.add(Code::InvalidAssignment, span, message);
                TargetKind::Nothing
            }
        };
        Target { span, type_: type_.clone(), kind }
    }

    fn variable_target(
        &mut self,
        path: &Path,
        type_: &Type,
        assigned: &mut BTreeSet<String>,
    ) -> TargetKind {
        let found = single(path).and_then(|name| Some((name, self.lookup(&name.text)?)));
        let Some((name, local)) = found else {
            let message = format!("there is no variable `{}`", path.text());
            self.add(Code::UnboundName, path.span, message);
            return TargetKind::Nothing;
        };
        if !assigned.insert(name.text.clone()) {
            self.findings.push(duplicate(name));
        }
        let wanted = self.variable_type(local);
        if !self.solution.subsume(type_, &wanted) {
            let (wanted, found) = (self.shown(&wanted), self.shown(type_));
            let message = format!("the value is {found}, the variable {wanted}");
            self.add(Code::TypeMismatch, path.span, message);
        }
        TargetKind::Variable(local)
    }

    fn place_target(&mut self, place: Node, type_: &Type, span: Span) -> TargetKind {
        let inner = self.fresh(Sort::Any);
        let wanted = Type::reference(true, inner.clone());
        if !self.solution.unify(&place.type_, &wanted) {
            let message = format!(
                "only through `&mut` is a value written, this is {}",
                self.shown(&place.type_)
            );
            self.add(Code::TypeMismatch, span, message);
        } else if !self.solution.unify(type_, &inner) {
            let (wanted, found) = (self.shown(&inner), self.shown(type_));
            let message = format!("the value is {found}, the place {wanted}");
            self.add(Code::TypeMismatch, span, message);
        }
        self.need(&inner, Ability::Drop, span, "writing drops the old value");
        if matches!(place.kind, NodeKind::Tuple(_)) {
            TargetKind::Nothing
        } else {
            TargetKind::Place(place)
        }
    }
}
