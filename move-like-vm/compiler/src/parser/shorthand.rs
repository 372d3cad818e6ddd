//! What is written shorter than what it means: `for` and compound assignment.
//!
//! # Place      parser -> [shorthand] -> ast
//! # Invariants what comes out is a tree that could be written out; names that it makes up are no words,
//! #            so no source can mean them
//! # Absent     a compound assignment to a place that is computed by a call, which would be called twice

use super::expression::OPERATORS;
use super::{Kind, Parsed, Parser};
use crate::ast::{
    Binary, Block, Expression, ExpressionKind as E, Name, Path, Pattern, PatternKind, Statement,
};
use crate::source::Span;

/// Where the numbers of a `for` end, and whether it has begun.
const END: &str = "for.end";
const BEGUN: &str = "for.begun";

impl Parser<'_, '_, '_> {
    /// Whether `for (x in` stands here: `for` by itself is a name like any other.
    pub(super) fn at_for(&self) -> bool {
        let is = |ahead: usize, text: &str| {
            let token = self.token(self.at.saturating_add(ahead));
            token.text == text && matches!(token.kind, Kind::Word | Kind::Symbol)
        };
        self.split.is_none() && is(0, "for") && is(1, "(") && is(3, "in")
    }

    /// `for (x in from..to) body`: both bounds are computed once, and `continue` goes to the next number.
    pub(super) fn for_(&mut self) -> Parsed<Expression> {
        let start = self.expect("for")?;
        self.expect("(")?;
        let name = self.name()?;
        self.expect("in")?;
        let from = self.expression()?;
        self.expect("..")?;
        let to = self.expression()?;
        if self.at("spec") {
            self.specification()?;
        }
        self.expect(")")?;
        let body = self.body()?;
        let span = self.since(start);
        let [end, begun] = [END, BEGUN].map(|text| Name { text: text.to_owned(), span });
        let number = self.variable(&name)?;
        let next = self.binary_of(Binary::Add, number, self.made(span, E::Number("1".into()))?)?;
        let next = self.assigned(&name, next)?;
        let begin = self.assigned(&begun, self.made(span, E::Truth(true))?)?;
        let step = self.if_(self.variable(&begun)?, next, begin)?;
        let is_inside =
            self.binary_of(Binary::Less, self.variable(&name)?, self.variable(&end)?)?;
        let turn = self.if_(is_inside, body, self.made(span, E::Break)?)?;
        let turns = self.block_of(span, vec![Statement::Expression(step)], turn)?;
        let turns = self.made(span, E::Loop(Box::new(turns)))?;
        let bounds = self.made(from.span.to(to.span), E::Tuple(vec![from, to]))?;
        let pattern = |kind| Pattern { span, kind };
        let both = [&name, &end].map(|name| pattern(PatternKind::Variable(name.clone())));
        let lets = vec![
            let_(pattern(PatternKind::Tuple(both.to_vec())), bounds),
            let_(pattern(PatternKind::Variable(begun)), self.made(span, E::Truth(false))?),
        ];
        self.block_of(span, lets, turns)
    }

    /// The operator of a compound assignment, if one stands here.
    pub(super) fn compound(&self) -> Option<Binary> {
        let (operator, equals) = (self.peek(), self.peek_second());
        let joined = self.split.is_none()
            && operator.kind == Kind::Symbol
            && equals.kind == Kind::Symbol
            && equals.text == "="
            && operator.span.end == equals.span.start;
        let found = OPERATORS.iter().find(|(text, _, _)| joined && *text == operator.text)?;
        is_arithmetic(found.2).then_some(found.2)
    }

    /// `left += right` means `left = left + right`.
    pub(super) fn compound_assignment(
        &mut self,
        operator: Binary,
        left: Expression,
    ) -> Parsed<Expression> {
        if !is_plain(&left) {
            let what = "a compound assignment to what a call gives";
            return Err(self.unsupported(left.span, what));
        }
        self.advance();
        self.advance();
        let right = self.expression()?;
        let span = left.span.to(right.span);
        let value = self.binary_of(operator, left.clone(), right)?;
        self.made(span, E::Assign(Box::new(left), Box::new(value)))
    }

    fn variable(&self, name: &Name) -> Parsed<Expression> {
        let path = Path { address: None, names: vec![name.clone()], span: name.span };
        self.made(name.span, E::Name(path, None))
    }

    fn assigned(&self, name: &Name, value: Expression) -> Parsed<Expression> {
        let place = Box::new(self.variable(name)?);
        self.made(value.span, E::Assign(place, Box::new(value)))
    }

    fn binary_of(
        &self,
        operator: Binary,
        left: Expression,
        right: Expression,
    ) -> Parsed<Expression> {
        let span = left.span.to(right.span);
        self.made(span, E::Binary(operator, Box::new(left), Box::new(right)))
    }

    fn if_(
        &self,
        condition: Expression,
        then: Expression,
        otherwise: Expression,
    ) -> Parsed<Expression> {
        let span = condition.span;
        let otherwise = Some(Box::new(otherwise));
        let (condition, then) = (Box::new(condition), Box::new(then));
        self.made(span, E::If { condition, then, otherwise })
    }

    fn block_of(
        &self,
        span: Span,
        statements: Vec<Statement>,
        result: Expression,
    ) -> Parsed<Expression> {
        let block =
            Block { uses: Vec::new(), statements, result: Some(Box::new(result)), end: span };
        self.made(span, E::Block(block))
    }
}

fn let_(pattern: Pattern, value: Expression) -> Statement {
    Statement::Let { pattern, type_: None, value: Some(Box::new(value)) }
}

/// Whether the operator makes a number of two.
const fn is_arithmetic(operator: Binary) -> bool {
    matches!(
        operator,
        Binary::Add
            | Binary::Subtract
            | Binary::Multiply
            | Binary::Divide
            | Binary::Modulo
            | Binary::BitOr
            | Binary::BitAnd
            | Binary::BitXor
            | Binary::ShiftLeft
            | Binary::ShiftRight
    )
}

/// Whether a place can be written twice without anything being computed twice.
fn is_plain(place: &Expression) -> bool {
    let mut place = place;
    loop {
        place = match &place.kind {
            E::Name(_, None) | E::Number(_) | E::Address(_) => return true,
            E::Field(inner, _) | E::Dereference(inner) => inner,
            // no higher than the parser lets trees be
            E::Index(inner, index) if is_plain(index) => inner,
            _ => return false,
        };
    }
}
