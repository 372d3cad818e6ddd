//! A function as blocks of operations on a stack, with variables and types of the source.
//!
//! # Place      lowering -> [flow] -> liveness, availability -> code generation
//! # Invariants the stack is empty where a block begins and, but for what its exit takes, where it ends;
//! #            only blocks that the first one reaches are in the list
//! # Absent     indices of tables: code generation knows them

use move_like_vm::format::Unsigned256;

use crate::program::{
    FunctionId, Integer, Program, StructId, Type, TypeParameter, VectorOperation,
};
use crate::source::Span;
use crate::typing::tree::{Binary, GlobalOperation, Local, Taking, Variable};

pub(crate) type BlockId = usize;

#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Take(Local, Taking),
    Store(Local),
    BorrowLocal(bool, Local),
    Pop,
    Number(Integer, Unsigned256),
    Truth(bool),
    /// A value in BCS.
    Constant(Type, Vec<u8>),
    BorrowField(bool, StructId, usize, Vec<Type>),
    Call(FunctionId, Vec<Type>),
    Pack(StructId, Vec<Type>),
    Unpack(StructId, Vec<Type>),
    Global(GlobalOperation, StructId, Vec<Type>),
    VectorPack(Type, u64),
    Vector(VectorOperation, Type),
    /// Never `&&` or `||`: these are exits.
    Binary(Binary),
    Not,
    Cast(Integer),
    ReadRef,
    WriteRef,
    Freeze,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Return,
    Abort,
    Jump(BlockId),
    Branch { then: BlockId, otherwise: BlockId },
}

impl Exit {
    pub(crate) fn successors(self) -> impl Iterator<Item = BlockId> {
        let (one, other) = match self {
            Self::Return | Self::Abort => (None, None),
            Self::Jump(to) => (Some(to), None),
            Self::Branch { then, otherwise } => (Some(then), Some(otherwise)),
        };
        one.into_iter().chain(other)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) operations: Vec<(Operation, Span)>,
    pub(crate) exit: Exit,
    pub(crate) span: Span,
}

#[derive(Clone, Debug)]
pub(crate) struct Flow {
    pub(crate) parameters: usize,
    pub(crate) variables: Vec<Variable>,
    /// The first block is the entry; ids are positions.
    pub(crate) blocks: Vec<Block>,
}

/// What the passes over a flow ask about variables.
pub(crate) struct Facts<'f> {
    /// For every variable: copied and dropped freely, a reference, borrowed somewhere.
    facts: Vec<Fact>,
    pub(crate) flow: &'f Flow,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fact {
    pub(crate) can_copy: bool,
    pub(crate) can_drop: bool,
    pub(crate) is_reference: bool,
    pub(crate) is_borrowed: bool,
}

impl<'f> Facts<'f> {
    pub(crate) fn new(flow: &'f Flow, program: &Program<'_>, parameters: &[TypeParameter]) -> Self {
        use move_like_vm::format::{Abilities, Ability};
        let mut facts: Vec<Fact> = flow
            .variables
            .iter()
            .map(|variable| {
                let has = program.abilities(&variable.type_, parameters).unwrap_or(Abilities::NONE);
                Fact {
                    can_copy: has.has(Ability::Copy),
                    can_drop: has.has(Ability::Drop),
                    is_reference: variable.type_.is_reference(),
                    is_borrowed: false,
                }
            })
            .collect();
        for (operation, _) in flow.blocks.iter().flat_map(|block| &block.operations) {
            if let Operation::BorrowLocal(_, local) = operation
                && let Some(fact) = facts.get_mut(*local)
            {
                fact.is_borrowed = true;
            }
        }
        Self { facts, flow }
    }

    pub(crate) fn of(&self, local: Local) -> Fact {
        self.facts.get(local).copied().unwrap_or_default()
    }

    /// The blocks from which each block is entered.
    pub(crate) fn predecessors(&self) -> Vec<Vec<BlockId>> {
        let mut predecessors = vec![Vec::new(); self.flow.blocks.len()];
        for (id, block) in self.flow.blocks.iter().enumerate() {
            for successor in block.exit.successors() {
                if let Some(list) = predecessors.get_mut(successor) {
                    list.push(id);
                }
            }
        }
        predecessors
    }
}

/// A set of variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Locals(Vec<bool>);

impl Locals {
    pub(crate) fn none(count: usize) -> Self {
        Self(vec![false; count])
    }

    pub(crate) fn all(count: usize) -> Self {
        Self(vec![true; count])
    }

    pub(crate) fn has(&self, local: Local) -> bool {
        self.0.get(local).copied().unwrap_or(false)
    }

    pub(crate) fn set(&mut self, local: Local, value: bool) {
        if let Some(place) = self.0.get_mut(local) {
            *place = value;
        }
    }

    pub(crate) fn add_all(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine |= *theirs;
        }
    }

    pub(crate) fn keep_only(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine &= *theirs;
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Local> {
        self.0.iter().enumerate().filter(|(_, member)| **member).map(|(local, _)| local)
    }
}
