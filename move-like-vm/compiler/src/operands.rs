//! Which values on the stack are references.
//!
//! # Place      flow -> [operands] -> liveness
//! # Invariants the effect of each operation is that of its instruction
//! # Absent     types: only the difference between a reference and a value matters here

use crate::flow::{Block, Facts, Operation};
use crate::program::{Program, StructId, Type, VectorOperation};
use crate::typing::tree::GlobalOperation;

/// For every operation of a block, whether a reference waits on the stack in front of it.
pub(crate) fn references(block: &Block, facts: &Facts<'_>, program: &Program<'_>) -> Vec<bool> {
    let mut stack: Vec<bool> = Vec::new();
    let mut found = Vec::new();
    for (operation, _) in &block.operations {
        found.push(stack.contains(&true));
        let (taken, given) = effect(operation, facts, program);
        stack.truncate(stack.len().saturating_sub(taken));
        stack.extend(given);
    }
    found
}

/// How many values an operation takes, and which of those it gives are references.
fn effect(operation: &Operation, facts: &Facts<'_>, program: &Program<'_>) -> (usize, Vec<bool>) {
    match operation {
        Operation::Take(local, _) => (0, vec![facts.of(*local).is_reference]),
        Operation::Store(_) | Operation::Pop => (1, vec![]),
        Operation::BorrowLocal(_, _) => (0, vec![true]),
        Operation::Number(_, _) | Operation::Truth(_) | Operation::Constant(_, _) => {
            (0, vec![false])
        }
        Operation::BorrowField(_, _, _, _) | Operation::Freeze => (1, vec![true]),
        Operation::Call(id, _) => {
            let info = program.function(*id);
            (info.parameters.len(), info.returns.iter().map(Type::is_reference).collect())
        }
        Operation::Pack(id, _) => (fields(*id, program), vec![false]),
        Operation::Unpack(id, _) => (1, vec![false; fields(*id, program)]),
        Operation::Global(operation, _, _) => match operation {
            GlobalOperation::Exists | GlobalOperation::MoveFrom => (1, vec![false]),
            GlobalOperation::Borrow | GlobalOperation::BorrowMut => (1, vec![true]),
            GlobalOperation::MoveTo => (2, vec![]),
        },
        Operation::VectorPack(_, count) => {
            (usize::try_from(*count).unwrap_or(usize::MAX), vec![false])
        }
        Operation::Vector(operation, _) => match operation {
            VectorOperation::Empty => (0, vec![false]),
            VectorOperation::Length | VectorOperation::PopBack => (1, vec![false]),
            VectorOperation::Borrow | VectorOperation::BorrowMut => (2, vec![true]),
            VectorOperation::PushBack => (2, vec![]),
            VectorOperation::DestroyEmpty => (1, vec![]),
            VectorOperation::Swap => (3, vec![]),
        },
        Operation::Binary(_) => (2, vec![false]),
        Operation::Not | Operation::Cast(_) | Operation::ReadRef => (1, vec![false]),
        Operation::WriteRef => (2, vec![]),
    }
}

/// The fields that the machine sees: a struct without any has one.
fn fields(id: StructId, program: &Program<'_>) -> usize {
    program.structure(id).fields.as_ref().map_or(1, |fields| fields.len().max(1))
}
