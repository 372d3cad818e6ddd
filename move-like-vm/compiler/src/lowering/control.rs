//! Blocks, branches and loops.

use super::Lowering;
use crate::flow::{BlockId, Exit, Operation};
use crate::program::Type;
use crate::typing::tree::{Binary, Local, Node, NodeKind as N, Step};

impl Lowering<'_, '_> {
    pub(super) fn control(&mut self, node: &Node) {
        let span = node.span;
        match &node.kind {
            N::If(condition, then, otherwise) => {
                self.if_(condition, then, otherwise.as_deref(), node);
            }
            N::While(condition, body) => {
                let (head, inside, behind) = (self.block(), self.block(), self.block());
                self.leave(Exit::Jump(head), span);
                self.start(head);
                self.condition(condition, inside, behind);
                self.start(inside);
                self.loop_body(body, head, behind);
            }
            N::Loop(body) => {
                let (head, behind) = (self.block(), self.block());
                self.leave(Exit::Jump(head), span);
                self.start(head);
                self.loop_body(body, head, behind);
            }
            N::Block(steps, result) => {
                for step in steps {
                    self.step(step);
                }
                if let Some(result) = result {
                    self.value(result);
                }
            }
            N::Return(value) => {
                self.value(value);
                self.leave(Exit::Return, span);
            }
            N::Abort(code) => {
                self.value(code);
                self.leave(Exit::Abort, span);
            }
            N::Break => self.jump_out(|(_, behind)| behind, node),
            _ => self.jump_out(|(head, _)| head, node),
        }
    }

    fn jump_out(&mut self, which: impl Fn((BlockId, BlockId)) -> BlockId, node: &Node) {
        if let Some(target) = self.loops.last().copied().map(which) {
            self.leave(Exit::Jump(target), node.span);
        }
    }

    fn loop_body(&mut self, body: &Node, head: BlockId, behind: BlockId) {
        self.loops.push((head, behind));
        self.value(body);
        self.loops.pop();
        self.leave(Exit::Jump(head), body.span);
        self.start(behind);
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Do(node) => {
                self.value(node);
                for _ in self.settled(&node.type_).values() {
                    self.emit(Operation::Pop, node.span);
                }
            }
            Step::Bind(target, value) => {
                self.value(value);
                self.target(target);
            }
        }
    }

    /// The values of both branches meet in variables.
    fn if_(&mut self, condition: &Node, then: &Node, otherwise: Option<&Node>, node: &Node) {
        let types = self.settled(&node.type_).values();
        let results: Vec<Local> =
            types.into_iter().map(|type_: Type| self.temporary(type_, node.span)).collect();
        let (yes, no, join) = (self.block(), self.block(), self.block());
        self.condition(condition, yes, no);
        for (block, branch) in [(yes, Some(then)), (no, otherwise)] {
            self.start(block);
            if let Some(branch) = branch {
                self.value(branch);
                for local in results.iter().rev() {
                    self.emit(Operation::Store(*local), branch.span);
                }
            }
            self.leave(Exit::Jump(join), branch.map_or(node.span, |branch| branch.span));
        }
        self.start(join);
        for local in results {
            self.take(local, node.span);
        }
    }

    /// Goes on at one of two blocks.
    pub(super) fn condition(&mut self, node: &Node, then: BlockId, otherwise: BlockId) {
        match &node.kind {
            N::Coerce(inner) => self.condition(inner, then, otherwise),
            N::Not(inner) => self.condition(inner, otherwise, then),
            N::Truth(value) => {
                let target = if *value { then } else { otherwise };
                self.leave(Exit::Jump(target), node.span);
            }
            N::Binary(Binary::And, left, right) => {
                let middle = self.block();
                self.condition(left, middle, otherwise);
                self.start(middle);
                self.condition(right, then, otherwise);
            }
            N::Binary(Binary::Or, left, right) => {
                let middle = self.block();
                self.condition(left, then, middle);
                self.start(middle);
                self.condition(right, then, otherwise);
            }
            _ => {
                self.value(node);
                self.leave(Exit::Branch { then, otherwise }, node.span);
            }
        }
    }

    /// `a && b` and `a || b` as a value.
    pub(super) fn truth(&mut self, node: &Node) {
        let result = self.temporary(Type::Bool, node.span);
        let (yes, no, join) = (self.block(), self.block(), self.block());
        self.condition(node, yes, no);
        for (block, value) in [(yes, true), (no, false)] {
            self.start(block);
            self.emit(Operation::Truth(value), node.span);
            self.emit(Operation::Store(result), node.span);
            self.leave(Exit::Jump(join), node.span);
        }
        self.start(join);
        self.take(result, node.span);
    }
}
