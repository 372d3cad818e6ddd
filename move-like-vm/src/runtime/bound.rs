//! How much a call can cost at most, before it runs.
//!
//! # Place      ledger, wallets -> session -> [bound] -> program
//! # Invariants no call costs more than its bound; one whose path is fixed and which leaves storage alone
//! #            costs exactly that
//! # Absent     loops, recursion, and values whose size the types do not say: these have no bound

use std::collections::BTreeMap;

use super::check::{Calls, Operand, transfer};
use super::memory::CALLS_MAX;
use super::op::Op;
use super::program::{Code, Constant, FunctionBody, FunctionId, Program};
use super::schedule::{times, times_length};
use super::stop::Stop;
use super::translate::translate;
use super::types::TypeId;
use crate::status::Status;

/// What a call costs at most beyond its own code bytes; `None` where there is no bound.
pub(crate) fn bound(program: &mut Program, function: FunctionId) -> Result<Option<u64>, Stop> {
    Bounds { program, known: BTreeMap::new(), open: Vec::new() }.of(function)
}

struct Bounds<'a> {
    program: &'a mut Program,
    known: BTreeMap<FunctionId, Option<u64>>,
    /// The calls that led here.
    open: Vec<FunctionId>,
}

/// A basic block.
#[derive(Debug, Default)]
struct Block {
    cost: u64,
    /// Operations at which control may go on, each of which begins a block.
    next: Vec<usize>,
}

impl Bounds<'_> {
    fn of(&mut self, function: FunctionId) -> Result<Option<u64>, Stop> {
        if let Some(known) = self.known.get(&function) {
            return Ok(*known);
        }
        if self.open.contains(&function) || self.open.len() >= CALLS_MAX {
            return Ok(None);
        }
        translate(self.program, function)?;
        let code = self.program.code(function).ok_or(Status::FunctionResolutionFailure)?.clone();
        self.open.push(function);
        let blocks = self.blocks(function, &code);
        self.open.pop();
        let first = self.program.first_call(function);
        let bound =
            blocks?.and_then(|blocks| longest(&blocks)).map(|path| path.saturating_add(first));
        self.known.insert(function, bound);
        Ok(bound)
    }

    /// The blocks of a function by the operation with which each begins.
    fn blocks(
        &mut self,
        function: FunctionId,
        code: &Code,
    ) -> Result<Option<BTreeMap<usize, Block>>, Stop> {
        let mut blocks: BTreeMap<usize, Block> = BTreeMap::new();
        let mut current = Block::default();
        let mut start = None;
        let mut operands = Vec::new();
        for (position, op) in code.ops.iter().enumerate() {
            if let Op::Block(gas) = op {
                if let Some(start) = start.replace(position) {
                    let mut done = std::mem::take(&mut current);
                    if !ends(code, position) {
                        done.next.push(position);
                    }
                    blocks.insert(start, done);
                }
                current.cost = *gas;
                operands.clear();
                continue;
            }
            match op {
                Op::BrTrue(to)
                | Op::BrFalse(to)
                | Op::Branch(to)
                | Op::CompareBranch { target: to, .. } => {
                    current.next.push(usize::try_from(*to).unwrap_or(usize::MAX));
                }
                _ => {}
            }
            let Some(more) = self.cost(code, *op, &operands)? else { return Ok(None) };
            current.cost = current.cost.saturating_add(more);
            if matches!(op, Op::Fail(_)) {
                continue;
            }
            if transfer(self.program, code, function, *op, Calls::Passed, &mut operands).is_err() {
                return Ok(None);
            }
        }
        if let Some(start) = start {
            blocks.insert(start, current);
        }
        Ok(Some(blocks))
    }

    /// What an operation costs beside its part of the block, before which the operands have these types.
    fn cost(&mut self, code: &Code, op: Op, operands: &[Operand]) -> Result<Option<u64>, Stop> {
        let schedule = &self.program.schedule;
        let (copied, compared) = (schedule.copied_byte, schedule.compared_byte);
        let (native_byte, constant_byte) = (schedule.native_byte, schedule.constant_byte);
        Ok(match op {
            Op::Call(id) => self.of(id)?,
            Op::CallNative(id) => match self.program.function(id)?.body {
                FunctionBody::Native(native) => native.bytes_max.map(|bytes| {
                    times(u64::from(bytes), native_byte).saturating_add(u64::from(native.gas))
                }),
                FunctionBody::Unseen | FunctionBody::Code(_) => None,
            },
            Op::CopyLoc(local) => match code.locals.get(usize::from(local)) {
                Some(type_) => self.size(*type_)?.map(|size| times(size, copied)),
                None => None,
            },
            Op::ReadRef => match operands.last() {
                Some(Operand::Reference(inner) | Operand::MutableReference(inner)) => {
                    self.owned_size(*inner)?.map(|size| times(size, copied))
                }
                _ => None,
            },
            Op::Eq | Op::Neq => match operands.last() {
                Some(
                    Operand::Value(inner)
                    | Operand::Reference(inner)
                    | Operand::MutableReference(inner),
                ) => self.owned_size(*inner)?.map(|size| times(size, compared)),
                None => None,
            },
            Op::LdConst(index) => {
                let index = usize::try_from(index).unwrap_or(usize::MAX);
                code.constants.get(index).map(|constant| match constant {
                    Constant::Plain(_) => 0,
                    Constant::Bytes(data) | Constant::Encoded { data, .. } => {
                        times_length(data.len(), constant_byte)
                    }
                })
            }
            Op::Exists(type_) | Op::BorrowGlobal { type_, mutable: false } => self.read(type_)?,
            Op::BorrowGlobal { type_, mutable: true } | Op::MoveFrom(type_) | Op::MoveTo(type_) => {
                let write = self.size(type_)?.map(|size| {
                    let schedule = &self.program.schedule;
                    times(size, schedule.resource_write_byte)
                        .saturating_add(u64::from(schedule.resource_write))
                });
                self.read(type_)?.zip(write).map(|(read, write)| read.saturating_add(write))
            }
            _ => Some(0),
        })
    }

    fn read(&mut self, type_: TypeId) -> Result<Option<u64>, Stop> {
        let size = self.size(type_)?;
        let schedule = &self.program.schedule;
        let nodes = self.program.types.layout_nodes(type_);
        Ok(size.zip(nodes).map(|(size, nodes)| {
            times(size, schedule.resource_read_byte).saturating_add(schedule.lookup(nodes))
        }))
    }

    /// How many bytes a value counts, or none where it owns nothing and copying it is paid for already.
    fn owned_size(&mut self, type_: TypeId) -> Result<Option<u64>, Stop> {
        if self.program.types.is_owning(type_) { self.size(type_) } else { Ok(Some(0)) }
    }

    fn size(&mut self, type_: TypeId) -> Result<Option<u64>, Stop> {
        let program = &mut *self.program;
        if program.types.resolve_layout(&program.modules, type_).is_err() {
            return Ok(None);
        }
        Ok(program.types.fixed_size(type_))
    }
}

/// Whether control cannot go on from the operation before this position.
fn ends(code: &Code, position: usize) -> bool {
    let before = position.checked_sub(1).and_then(|before| code.ops.get(before));
    matches!(before, Some(Op::Ret | Op::Abort | Op::Branch(_) | Op::Fail(_)))
}

/// The cost of the most expensive path from the first block; `None` where there is a loop.
fn longest(blocks: &BTreeMap<usize, Block>) -> Option<u64> {
    let mut costs: BTreeMap<usize, Option<u64>> = BTreeMap::new();
    let mut stack = vec![0usize];
    while let Some(top) = stack.last().copied() {
        let Some(block) = blocks.get(&top) else {
            // control runs off the end, or there is no code
            costs.insert(top, Some(0));
            stack.pop();
            continue;
        };
        match costs.get(&top) {
            Some(Some(_)) => {
                stack.pop();
            }
            None => {
                costs.insert(top, None);
                for next in &block.next {
                    match costs.get(next) {
                        Some(Some(_)) => {}
                        Some(None) => return None,
                        None => stack.push(*next),
                    }
                }
            }
            Some(None) => {
                let mut most = 0u64;
                for next in &block.next {
                    most = most.max((*costs.get(next)?)?);
                }
                costs.insert(top, Some(block.cost.saturating_add(most)));
                stack.pop();
            }
        }
    }
    costs.get(&0).copied().flatten()
}
