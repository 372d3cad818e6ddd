//! The typed tree into blocks of operations.
//!
//! # Place      typing -> [lowering] -> flow
//! # Invariants operands are computed from left to right; where one of them needs several blocks, those
//! #            in front of it wait in variables, so that the stack is empty between blocks
//! # Absent     copies and moves that the source leaves open

mod control;
mod target;
mod value;

use crate::flow::{Block, BlockId, Exit, Flow, Operation};
use crate::program::{Program, Type};
use crate::source::Span;
use crate::typing::infer::Solution;
use crate::typing::tree::{Local, Node, Taking, TypedFunction, Variable};

/// The blocks of a function.
pub(crate) fn function(program: &Program<'_>, function: &TypedFunction) -> Flow {
    let solution = &function.solution;
    let variables = function
        .variables
        .iter()
        .map(|variable| Variable { type_: solution.settled(&variable.type_), ..variable.clone() })
        .collect();
    let mut lowering = Lowering {
        program,
        solution,
        variables,
        blocks: Vec::new(),
        order: Vec::new(),
        current: 0,
        loops: Vec::new(),
        free: Vec::new(),
    };
    let entry = lowering.block();
    lowering.start(entry);
    lowering.value(&function.body);
    lowering.leave(Exit::Return, function.end);
    let Lowering { variables, blocks, order, .. } = lowering;
    Flow { parameters: function.parameters, variables, blocks: reachable(&blocks, &order) }
}

struct Lowering<'l, 'a> {
    program: &'l Program<'a>,
    solution: &'l Solution,
    variables: Vec<Variable>,
    blocks: Vec<Draft>,
    /// Blocks in the order in which they were begun.
    order: Vec<BlockId>,
    current: BlockId,
    /// Where `continue` and `break` go.
    loops: Vec<(BlockId, BlockId)>,
    /// Variables for values in between that are empty again.
    free: Vec<Local>,
}

/// A block that may have no exit yet.
#[derive(Clone, Debug, Default)]
struct Draft {
    operations: Vec<(Operation, Span)>,
    exit: Option<(Exit, Span)>,
}

impl Lowering<'_, '_> {
    fn block(&mut self) -> BlockId {
        self.blocks.push(Draft::default());
        self.blocks.len().saturating_sub(1)
    }

    fn start(&mut self, block: BlockId) {
        self.current = block;
        self.order.push(block);
    }

    fn emit(&mut self, operation: Operation, span: Span) {
        if let Some(block) = self.blocks.get_mut(self.current) {
            block.operations.push((operation, span));
        }
    }

    /// Ends the block; what follows is in a new one that nothing reaches yet.
    fn leave(&mut self, exit: Exit, span: Span) {
        if let Some(block) = self.blocks.get_mut(self.current) {
            block.exit = Some((exit, span));
        }
        let next = self.block();
        self.start(next);
    }

    fn settled(&self, type_: &Type) -> Type {
        self.solution.settled(type_)
    }

    fn all_settled(&self, types: &[Type]) -> Vec<Type> {
        types.iter().map(|type_| self.settled(type_)).collect()
    }

    /// A variable for a value in between.
    fn temporary(&mut self, type_: Type, span: Span) -> Local {
        let same = |local: &Local| {
            self.variables.get(*local).is_some_and(|variable| variable.type_ == type_)
        };
        if let Some(at) = self.free.iter().position(same) {
            return self.free.swap_remove(at);
        }
        self.variables.push(Variable { name: None, type_, span });
        self.variables.len().saturating_sub(1)
    }

    /// The value of a variable in between, which is empty then.
    fn take(&mut self, local: Local, span: Span) {
        self.emit(Operation::Take(local, Taking::Move), span);
        self.free.push(local);
    }

    /// The variable in between whose value was taken last of all, if that is undone.
    fn untake(&mut self) -> Option<Local> {
        let block = self.blocks.get_mut(self.current)?;
        let Some((Operation::Take(local, Taking::Move), _)) = block.operations.last() else {
            return None;
        };
        let local = *local;
        let at = self.free.iter().position(|free| *free == local)?;
        block.operations.pop();
        self.free.swap_remove(at);
        Some(local)
    }

    /// Puts the values of a type from the stack into variables.
    fn store_values(&mut self, type_: &Type, span: Span) -> Vec<Local> {
        let types = self.settled(type_).values();
        if types.len() == 1
            && let Some(local) = self.untake()
        {
            return vec![local];
        }
        let locals: Vec<Local> =
            types.into_iter().map(|type_| self.temporary(type_, span)).collect();
        for local in locals.iter().rev() {
            self.emit(Operation::Store(*local), span);
        }
        locals
    }

    /// Operands from left to right.
    fn values(&mut self, nodes: &[&Node]) {
        let last = nodes.iter().rposition(|node| value::splits(node)).filter(|last| *last > 0);
        let behind = last.map_or(0, |last| last.saturating_add(1));
        let (before, after) = nodes.split_at_checked(behind).unwrap_or((nodes, &[]));
        let mut waiting = Vec::new();
        for node in before {
            self.value(node);
            waiting.extend(
                self.store_values(&node.type_, node.span).into_iter().map(|l| (l, node.span)),
            );
        }
        for (local, span) in waiting {
            self.take(local, span);
        }
        for node in after {
            self.value(node);
        }
    }

    /// Makes `&mut` into `&` where the types say so; several values wait in variables meanwhile.
    fn freeze(&mut self, from: &Type, to: &Type, span: Span) {
        let (from, to) = (self.settled(from), self.settled(to));
        match (&from, &to) {
            (Type::Reference(true, _), Type::Reference(false, _)) => {
                self.emit(Operation::Freeze, span);
            }
            (Type::Tuple(some), Type::Tuple(others)) if some != others => {
                let locals = self.store_values(&from, span);
                for (local, (from, to)) in locals.into_iter().zip(some.iter().zip(others)) {
                    self.take(local, span);
                    self.freeze(from, to, span);
                }
            }
            _ => {}
        }
    }
}

/// The blocks that the first reaches, in the order of the source; empty ones are jumped over.
fn reachable(drafts: &[Draft], order: &[BlockId]) -> Vec<Block> {
    let exit = |id: BlockId| drafts.get(id).and_then(|draft| draft.exit);
    let through = |mut id: BlockId| {
        // an empty loop is not left by following it, so the steps are counted
        for _ in 0..drafts.len() {
            match (drafts.get(id), exit(id)) {
                (Some(draft), Some((Exit::Jump(next), _))) if draft.operations.is_empty() => {
                    id = next;
                }
                _ => break,
            }
        }
        id
    };
    let target = |exit: Exit| match exit {
        Exit::Return | Exit::Abort => exit,
        Exit::Jump(to) => Exit::Jump(through(to)),
        Exit::Branch { then, otherwise } => {
            Exit::Branch { then: through(then), otherwise: through(otherwise) }
        }
    };
    let mut reached = vec![false; drafts.len()];
    let mut work = vec![0];
    while let Some(id) = work.pop() {
        let Some(mark) = reached.get_mut(id).filter(|mark| !**mark) else { continue };
        *mark = true;
        work.extend(exit(id).into_iter().flat_map(|(exit, _)| target(exit).successors()));
    }
    let kept: Vec<BlockId> =
        order.iter().copied().filter(|id| reached.get(*id).copied().unwrap_or(false)).collect();
    let mut positions = vec![0; drafts.len()];
    for (position, id) in kept.iter().enumerate() {
        if let Some(place) = positions.get_mut(*id) {
            *place = position;
        }
    }
    let renumbered = |id: BlockId| positions.get(id).copied().unwrap_or(0);
    let mut blocks = Vec::new();
    for draft in kept.iter().filter_map(|id| drafts.get(*id)) {
        let Some((exit, span)) = draft.exit else { continue };
        let mut operations = draft.operations.clone();
        let exit = match target(exit) {
            Exit::Jump(to) => Exit::Jump(renumbered(to)),
            Exit::Branch { then, otherwise } if then == otherwise => {
                operations.push((Operation::Pop, span));
                Exit::Jump(renumbered(then))
            }
            Exit::Branch { then, otherwise } => {
                Exit::Branch { then: renumbered(then), otherwise: renumbered(otherwise) }
            }
            plain => plain,
        };
        blocks.push(Block { operations, exit, span });
    }
    blocks
}
