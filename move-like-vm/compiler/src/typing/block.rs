//! Blocks and statements.

use std::collections::BTreeMap;

use move_like_vm::format::Ability;

use super::Checker;
use super::infer::Sort;
use super::tree::{Node, NodeKind, Step};
use crate::ast::{Block, Statement};
use crate::diagnostic::Code;
use crate::program::{Aliases, Type};
use crate::source::Span;

impl Checker<'_, '_> {
    /// A block is a scope for variables and aliases; what ends it never ends the block normally.
    pub(super) fn block(&mut self, block: &Block, span: Span) -> Node {
        self.names.push(BTreeMap::new());
        let aliases = if block.uses.is_empty() {
            Aliases::default()
        } else {
            self.scope.uses(block.uses.iter(), self.findings)
        };
        self.scope.layers.push(aliases);
        let mut steps = Vec::new();
        let mut ends = false;
        for statement in &block.statements {
            let step = self.statement(statement);
            let (Step::Do(node) | Step::Bind(_, node)) = &step;
            ends |= self.solution.is_never(&node.type_);
            steps.push(step);
        }
        let result = block.result.as_ref().map(|result| Box::new(self.expression(result)));
        self.scope.layers.pop();
        self.names.pop();
        let type_ = match &result {
            Some(result) => result.type_.clone(),
            None if ends => self.fresh(Sort::Never),
            None => Type::UNIT,
        };
        Node { type_, span, kind: NodeKind::Block(steps, result) }
    }

    fn statement(&mut self, statement: &Statement) -> Step {
        match statement {
            Statement::Expression(expression) => {
                let node = self.expression(expression);
                self.need_dropped(&node);
                Step::Do(node)
            }
            Statement::Let { pattern, type_, value } => {
                let wanted = type_.as_ref().map(|type_| self.written(type_));
                let Some(value) = value else {
                    let type_ = wanted.unwrap_or_else(|| self.fresh(Sort::Any));
                    let target = self.pattern(pattern, &type_);
                    if has_struct(&target) {
                        let message = "a pattern with fields needs a value";
                        self.add(Code::Syntax, pattern.span, message);
                    }
                    let kind = NodeKind::Tuple(Vec::new());
                    return Step::Do(Node { type_: Type::UNIT, span: pattern.span, kind });
                };
                let mut node = self.expression(value);
                if let Some(wanted) = &wanted {
                    node = self.coerce(node, wanted, "the value");
                }
                let type_ = wanted.unwrap_or_else(|| node.type_.clone());
                let target = self.pattern(pattern, &type_);
                Step::Bind(target, node)
            }
        }
    }

    /// Every value that is left over can be dropped.
    pub(super) fn need_dropped(&mut self, node: &Node) {
        if self.solution.is_never(&node.type_) {
            return;
        }
        let why = "this value is not used, and cannot be dropped";
        for type_ in self.solution.head(&node.type_).values() {
            self.need(&type_, Ability::Drop, node.span, why);
        }
    }
}

fn has_struct(target: &super::tree::Target) -> bool {
    use super::tree::TargetKind;
    match &target.kind {
        TargetKind::Struct { .. } => true,
        TargetKind::Tuple(parts) => parts.iter().any(has_struct),
        TargetKind::Nothing | TargetKind::Variable(_) | TargetKind::Place(_) => false,
    }
}
