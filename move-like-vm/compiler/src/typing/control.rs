//! What decides where execution goes on.

use move_like_vm::format::Unsigned256;

use super::Checker;
use super::infer::Sort;
use super::tree::{Node, NodeKind, Step, Taking, Target, TargetKind, Variable};
use crate::ast::{Expression, ExpressionKind as E, Path};
use crate::diagnostic::Code;
use crate::names::{Resolved, fault};
use crate::parser::single;
use crate::program::Type;
use crate::source::Span;

/// The code of an `assert!` that names none.
const UNSPECIFIED_CODE: u64 = 0xCA26_CBD9_BE0B_0000;

impl Checker<'_, '_> {
    pub(super) fn control(&mut self, expression: &Expression) -> Node {
        let span = expression.span;
        match &expression.kind {
            E::If { condition, then, otherwise } => {
                self.if_(condition, then, otherwise.as_deref(), span)
            }
            E::While { condition, body } => {
                let condition = self.condition(condition);
                let (body, _) = self.loop_body(body);
                let kind = NodeKind::While(Box::new(condition), Box::new(body));
                Node { type_: Type::UNIT, span, kind }
            }
            E::Loop(body) => {
                let (body, breaks) = self.loop_body(body);
                let type_ = if breaks { Type::UNIT } else { self.fresh(Sort::Never) };
                Node { type_, span, kind: NodeKind::Loop(Box::new(body)) }
            }
            E::Block(block) => self.block(block, span),
            E::Return(_) if self.is_expanding() => {
                let message = "`return` in an inline function or function value is not supported";
                self.fail(Code::Unsupported, span, message)
            }
            E::Return(value) => {
                let value = match value {
                    Some(value) => self.expression(value),
                    None => Node { type_: Type::UNIT, span, kind: NodeKind::Tuple(Vec::new()) },
                };
                let returns = self.returns.clone();
                let value = self.coerce(value, &returns, "the result");
                self.never(span, NodeKind::Return(Box::new(value)))
            }
            E::Abort(code) => {
                let code = self.expression(code);
                let code = self.coerce(code, &Type::U64, "the code of `abort`");
                self.never(span, NodeKind::Abort(Box::new(code)))
            }
            E::Break => {
                match self.loops.last_mut() {
                    Some(breaks) => *breaks = true,
                    None => return self.fail(Code::NotInLoop, span, "`break` outside a loop"),
                }
                self.never(span, NodeKind::Break)
            }
            _ => {
                if self.loops.is_empty() {
                    return self.fail(Code::NotInLoop, span, "`continue` outside a loop");
                }
                self.never(span, NodeKind::Continue)
            }
        }
    }

    fn condition(&mut self, condition: &Expression) -> Node {
        let condition = self.expression(condition);
        self.coerce(condition, &Type::Bool, "the condition")
    }

    fn loop_body(&mut self, body: &Expression) -> (Node, bool) {
        self.loops.push(false);
        let body = self.expression(body);
        let body = self.coerce(body, &Type::UNIT, "the body of the loop");
        (body, self.loops.pop().unwrap_or(false))
    }

    fn if_(
        &mut self,
        condition: &Expression,
        then: &Expression,
        otherwise: Option<&Expression>,
        span: Span,
    ) -> Node {
        let condition = Box::new(self.condition(condition));
        let then = self.expression(then);
        let Some(otherwise) = otherwise else {
            let then = self.coerce(then, &Type::UNIT, "`if` without `else`");
            let kind = NodeKind::If(condition, Box::new(then), None);
            return Node { type_: Type::UNIT, span, kind };
        };
        let otherwise = self.expression(otherwise);
        let Some(type_) = self.solution.join(&then.type_, &otherwise.type_) else {
            let (one, other) = (self.shown(&then.type_), self.shown(&otherwise.type_));
            let message = format!("one branch is {one}, the other {other}");
            return self.fail(Code::TypeMismatch, span, message);
        };
        let then = self.coerce(then, &type_, "the branch");
        let otherwise = self.coerce(otherwise, &type_, "the branch");
        let kind = NodeKind::If(condition, Box::new(then), Some(Box::new(otherwise)));
        Node { type_, span, kind }
    }

    /// `assert!(condition, code)`, whose code is computed only where it is needed, or `assert!(condition)`.
    pub(super) fn macro_(&mut self, name: &Path, arguments: &[Expression], span: Span) -> Node {
        if single(name).is_none_or(|name| name.text != "assert") {
            let message = format!("there is no macro `{}!`", name.text());
            return self.fail(Code::UnboundName, name.span, message);
        }
        let (condition, code) = match arguments {
            [condition] => (condition, None),
            [condition, code] => (condition, Some(code)),
            _ => {
                let message = "`assert!` takes a condition, and a code if there is one";
                return self.fail(Code::WrongCount, span, message);
            }
        };
        let condition = self.condition(condition);
        let code = match code {
            Some(code) => self.expression(code),
            None => {
                let kind = NodeKind::Number(Unsigned256::from(UNSPECIFIED_CODE));
                Node { type_: Type::U64, span, kind }
            }
        };
        let code = self.coerce(code, &Type::U64, "the code of `assert!`");
        self.abort_unless(condition, code, span)
    }

    /// `assert(condition, code)`, the older way to write it: a function, whose arguments are both
    /// computed first.
    pub(super) fn assert_function(&mut self, arguments: Vec<Node>, span: Span) -> Resolved<Node> {
        let Ok([condition, code]) = <[Node; 2]>::try_from(arguments) else {
            return Err(fault(Code::WrongCount, span, "`assert` takes a condition and a code"));
        };
        let condition = self.coerce(condition, &Type::Bool, "the condition");
        let code = self.coerce(code, &Type::U64, "the code of `assert`");
        let (first, condition) = self.kept(condition);
        let (second, code) = self.kept(code);
        let check = self.abort_unless(condition, code, span);
        let kind = NodeKind::Block(vec![first, second], Some(Box::new(check)));
        Ok(Node { type_: Type::UNIT, span, kind })
    }

    /// A value that is computed in a step of its own, and what it is taken from behind that.
    fn kept(&mut self, node: Node) -> (Step, Node) {
        let (type_, span) = (node.type_.clone(), node.span);
        let local = self.variables.len();
        self.variables.push(Variable { name: None, type_: type_.clone(), span });
        let target = Target { span, type_: type_.clone(), kind: TargetKind::Variable(local) };
        let taken = Node { type_, span, kind: NodeKind::Variable(local, Taking::Either) };
        (Step::Bind(target, node), taken)
    }

    fn abort_unless(&mut self, condition: Node, code: Node, span: Span) -> Node {
        let abort = self.never(span, NodeKind::Abort(Box::new(code)));
        let nothing = Node { type_: Type::UNIT, span, kind: NodeKind::Tuple(Vec::new()) };
        let kind = NodeKind::If(Box::new(condition), Box::new(nothing), Some(Box::new(abort)));
        Node { type_: Type::UNIT, span, kind }
    }
}
