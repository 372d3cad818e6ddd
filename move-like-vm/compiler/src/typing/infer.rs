//! Variables of inference: binding, joining, and what must hold once they are known.

use move_like_vm::format::{Abilities, Unsigned256};

use super::Checker;
use crate::diagnostic::Code;
use crate::limits::MAX_TYPE_NODES;
use crate::program::{Integer, StructId, Type, ability_names};
use crate::source::Span;

/// The steps of comparing types in one function; what takes more is refused.
const MAX_STEPS: u32 = 1_000_000;

/// What a variable may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Any,
    /// A number without a suffix; `u64` where nothing says more.
    Number,
    /// The value of what never ends normally; no value where nothing says more.
    Never,
}

#[derive(Clone, Debug)]
pub(super) struct Slot {
    binding: Option<Type>,
    sort: Sort,
}

/// What is checked once the types are known.
pub(super) enum Check {
    Abilities {
        type_: Type,
        needed: Abilities,
        span: Span,
        why: &'static str,
    },
    /// The type is known, and is no reference if it may not be one.
    Known {
        type_: Type,
        span: Span,
        may_be_reference: bool,
    },
    Fits {
        type_: Type,
        value: Unsigned256,
        span: Span,
    },
    Integer {
        type_: Type,
        span: Span,
    },
    /// Only its own module may use this struct's resources.
    Resource {
        type_: Type,
        span: Span,
        acquires: bool,
    },
}

/// What is known of the variables of inference.
#[derive(Clone, Debug, Default)]
pub(crate) struct Solution {
    slots: Vec<Slot>,
    steps: u32,
}

impl Solution {
    pub(super) fn fresh(&mut self, sort: Sort) -> Type {
        let id = self.slots.len();
        self.slots.push(Slot { binding: None, sort });
        Type::Unknown(id)
    }

    fn sort(&self, id: usize) -> Sort {
        self.slots.get(id).map_or(Sort::Any, |slot| slot.sort)
    }

    fn bind(&mut self, id: usize, type_: Type) {
        if let Some(slot) = self.slots.get_mut(id) {
            slot.binding = Some(type_);
        }
    }

    /// The type with its outermost variable replaced, if that is bound.
    pub(super) fn head(&self, type_: &Type) -> Type {
        let mut current = type_;
        // a chain of variables is no longer than there are variables
        for _ in 0..=self.slots.len() {
            let Type::Unknown(id) = current else { break };
            match self.slots.get(*id).and_then(|slot| slot.binding.as_ref()) {
                Some(bound) => current = bound,
                None => break,
            }
        }
        current.clone()
    }

    /// Whether a value of the type never comes.
    pub(super) fn is_never(&self, type_: &Type) -> bool {
        matches!(self.head(type_), Type::Unknown(id) if self.sort(id) == Sort::Never)
    }

    /// The type with every bound variable replaced.
    pub(super) fn full(&self, type_: &Type) -> Type {
        self.full_within(type_, &mut MAX_TYPE_NODES.clone())
    }

    fn full_within(&self, type_: &Type, nodes: &mut usize) -> Type {
        let Some(left) = nodes.checked_sub(1) else { return Type::Error };
        *nodes = left;
        match self.head(type_) {
            Type::Vector(element) => Type::vector(self.full_within(&element, nodes)),
            Type::Reference(mutable, target) => {
                Type::reference(mutable, self.full_within(&target, nodes))
            }
            Type::Struct(id, types) => {
                Type::Struct(id, types.iter().map(|one| self.full_within(one, nodes)).collect())
            }
            Type::Tuple(types) => {
                Type::Tuple(types.iter().map(|one| self.full_within(one, nodes)).collect())
            }
            plain => plain,
        }
    }

    /// The final type: a number without more is `u64`, what never comes is nothing.
    pub(crate) fn settled(&self, type_: &Type) -> Type {
        self.settle(&self.full(type_))
    }

    fn settle(&self, type_: &Type) -> Type {
        let all = |types: &[Type]| types.iter().map(|one| self.settle(one)).collect();
        match type_ {
            Type::Unknown(id) => match self.sort(*id) {
                Sort::Number => Type::U64,
                Sort::Never => Type::UNIT,
                Sort::Any => Type::Error,
            },
            Type::Vector(element) => Type::vector(self.settle(element)),
            Type::Reference(mutable, target) => Type::reference(*mutable, self.settle(target)),
            Type::Struct(id, types) => Type::Struct(*id, all(types)),
            Type::Tuple(types) => Type::Tuple(all(types)),
            plain => plain.clone(),
        }
    }

    /// Makes two types the same, if they can be.
    pub(super) fn unify(&mut self, left: &Type, right: &Type) -> bool {
        self.steps = self.steps.saturating_add(1);
        if self.steps > MAX_STEPS {
            return false;
        }
        let (left, right) = (self.head(left), self.head(right));
        match (&left, &right) {
            (Type::Error, _) | (_, Type::Error) => true,
            (Type::Unknown(one), Type::Unknown(other)) => {
                if one != other {
                    // the variable that says less is bound to the one that says more
                    let keep_other = self.sort(*one) == Sort::Never
                        || (self.sort(*one) == Sort::Any && self.sort(*other) == Sort::Number);
                    if keep_other {
                        self.bind(*one, right);
                    } else {
                        self.bind(*other, left);
                    }
                }
                true
            }
            (Type::Unknown(id), known) | (known, Type::Unknown(id)) => {
                let fits = self.sort(*id) != Sort::Number || matches!(known, Type::Integer(_));
                let full = self.full(known);
                if !fits || full.nodes() > MAX_TYPE_NODES || occurs(*id, &full) {
                    return false;
                }
                self.bind(*id, known.clone());
                true
            }
            (Type::Vector(one), Type::Vector(other)) => self.unify(one, other),
            (Type::Reference(first, one), Type::Reference(second, other)) => {
                first == second && self.unify(one, other)
            }
            (Type::Struct(first, some), Type::Struct(second, others)) => {
                first == second && self.unify_all(some, others)
            }
            (Type::Tuple(some), Type::Tuple(others)) => self.unify_all(some, others),
            (one, other) => one == other,
        }
    }

    fn unify_all(&mut self, some: &[Type], others: &[Type]) -> bool {
        some.len() == others.len()
            && some.iter().zip(others).all(|(one, other)| self.unify(one, other))
    }

    /// Whether a value of one type may stand where the other is wanted: `&mut T` for `&T` too.
    pub(super) fn subsume(&mut self, from: &Type, to: &Type) -> bool {
        match (self.head(from), self.head(to)) {
            (Type::Reference(true, from), Type::Reference(false, to)) => self.unify(&from, &to),
            (Type::Tuple(from), Type::Tuple(to)) => {
                from.len() == to.len()
                    && from.iter().zip(&to).all(|(from, to)| self.subsume(from, to))
            }
            (from, to) => self.unify(&from, &to),
        }
    }

    /// The type of what is one of two values.
    pub(super) fn join(&mut self, left: &Type, right: &Type) -> Option<Type> {
        match (self.head(left), self.head(right)) {
            (Type::Reference(one, first), Type::Reference(other, second)) if one != other => {
                self.unify(&first, &second).then_some(Type::Reference(false, first))
            }
            (Type::Tuple(some), Type::Tuple(others)) if some.len() == others.len() => {
                let joined: Option<Vec<Type>> =
                    some.iter().zip(&others).map(|(one, other)| self.join(one, other)).collect();
                joined.map(Type::Tuple)
            }
            (one, other) => {
                let never = self.is_never(&one);
                self.unify(&one, &other).then_some(if never { other } else { one })
            }
        }
    }

    /// A number without a suffix whose type nothing has said yet.
    fn is_number(&self, type_: &Type) -> bool {
        matches!(type_, Type::Unknown(id) if self.sort(*id) == Sort::Number)
    }
}

impl Checker<'_, '_> {
    pub(super) fn fresh(&mut self, sort: Sort) -> Type {
        self.solution.fresh(sort)
    }

    pub(super) fn shown(&self, type_: &Type) -> String {
        let type_ = self.solution.full(type_);
        match type_ {
            type_ if self.solution.is_number(&type_) => "a number".to_owned(),
            type_ => format!("`{}`", self.scope.program.shown(&type_, &self.scope.type_parameters)),
        }
    }

    /// Everything that had to wait until the types are known.
    pub(super) fn run_checks(&mut self) {
        for check in std::mem::take(&mut self.checks) {
            match check {
                Check::Abilities { type_, needed, span, why } => {
                    self.check_abilities(&type_, needed, span, why);
                }
                Check::Known { type_, span, may_be_reference } => {
                    self.check_known(&type_, span, may_be_reference);
                }
                Check::Fits { type_, value, span } => self.check_fits(&type_, value, span),
                Check::Integer { type_, span } => {
                    let type_ = self.solution.settled(&type_);
                    if !matches!(type_, Type::Integer(_) | Type::Error) {
                        let message = format!("expected a number, found {}", self.shown(&type_));
                        self.add(Code::TypeMismatch, span, message);
                    }
                }
                Check::Resource { type_, span, acquires } => {
                    self.check_resource(&type_, span, acquires);
                }
            }
        }
    }

    fn check_abilities(&mut self, type_: &Type, needed: Abilities, span: Span, why: &str) {
        let type_ = self.solution.settled(type_);
        let parameters = &self.scope.type_parameters;
        let Some(has) = self.scope.program.abilities(&type_, parameters) else { return };
        if !has.includes(needed) {
            let message = format!("{why}: {} lacks {}", self.shown(&type_), ability_names(needed));
            self.add(Code::MissingAbility, span, message);
        }
    }

    fn check_known(&mut self, type_: &Type, span: Span, may_be_reference: bool) {
        let full = self.solution.full(type_);
        let settled = self.solution.settle(&full);
        if has_error(&settled) {
            if !has_error(&full) {
                let message = "the type does not follow from the source; write it out";
                self.add(Code::CannotInfer, span, message);
            }
        } else if full.nodes() > MAX_TYPE_NODES {
            self.add(Code::TooLarge, span, "this type is too large");
        } else if matches!(full, Type::Tuple(_)) || (full.is_reference() && !may_be_reference) {
            let message = format!("{} is not allowed here", self.shown(&full));
            self.add(Code::InvalidType, span, message);
        }
    }

    fn check_fits(&mut self, type_: &Type, value: Unsigned256, span: Span) {
        let Type::Integer(integer) = self.solution.settled(type_) else { return };
        if !fits(value, integer) {
            let message = format!("{value} does not fit `{}`", integer.name());
            self.add(Code::NumberTooLarge, span, message);
        }
    }

    fn check_resource(&mut self, type_: &Type, span: Span, acquires: bool) {
        let type_ = self.solution.settled(type_);
        match type_ {
            Type::Error => {}
            Type::Struct(id, _) if self.owns(id) => {
                if acquires {
                    self.acquired.entry(id).or_insert(span);
                }
            }
            other => {
                let shown = self.shown(&other);
                let message = format!("storage is used for structs of this module, not {shown}");
                self.add(Code::Visibility, span, message);
            }
        }
    }

    /// Whether the module at hand defines the struct.
    pub(super) fn owns(&self, id: StructId) -> bool {
        self.scope.program.structure(id).module == self.scope.module
    }
}

/// Whether a variable is in a type in which every bound one is replaced.
fn occurs(id: usize, type_: &Type) -> bool {
    match type_ {
        Type::Unknown(other) => *other == id,
        Type::Vector(inner) | Type::Reference(_, inner) => occurs(id, inner),
        Type::Struct(_, types) | Type::Tuple(types) => types.iter().any(|one| occurs(id, one)),
        _ => false,
    }
}

fn has_error(type_: &Type) -> bool {
    match type_ {
        Type::Error => true,
        Type::Vector(inner) | Type::Reference(_, inner) => has_error(inner),
        Type::Struct(_, types) | Type::Tuple(types) => types.iter().any(has_error),
        _ => false,
    }
}

/// Whether a number is one of the type.
pub(crate) fn fits(value: Unsigned256, integer: Integer) -> bool {
    value.bit_len() <= integer.bytes().saturating_mul(8)
}
