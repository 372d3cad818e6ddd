//! The instructions of a function.

use std::collections::BTreeMap;

use move_like_vm::format::{CodeUnit, Instruction, LocalIndex};

use super::tables::Tables;
use crate::flow::{Block, BlockId, Exit, Flow, Operation};
use crate::limits::MAX_LOCALS;
use crate::program::{Integer, StructId, Type, VectorOperation};
use crate::source::Span;
use crate::typing::tree::{Binary, GlobalOperation, Local, Taking};

/// The code of a function, and the span of each instruction.
pub(super) struct Emitted {
    pub(super) unit: CodeUnit,
    pub(super) spans: Vec<Span>,
    /// The names of the locals that are left.
    pub(super) locals: Vec<String>,
}

/// None where a function has too many locals or instructions.
pub(super) fn function(flow: &Flow, tables: &mut Tables<'_, '_>) -> Option<Emitted> {
    let slots = slots(flow)?;
    let kept: Vec<Local> = {
        let mut kept: Vec<(&Local, &LocalIndex)> = slots.iter().collect();
        kept.sort_by_key(|(_, slot)| **slot);
        kept.into_iter().map(|(local, _)| *local).collect()
    };
    let variable = |local: &Local| flow.variables.get(*local);
    let types: Vec<Type> = kept
        .iter()
        .skip(flow.parameters)
        .filter_map(|local| variable(local).map(|variable| variable.type_.clone()))
        .collect();
    let names = kept
        .iter()
        .map(|local| variable(local).and_then(|one| one.name.clone()).unwrap_or_default())
        .collect();
    let starts = starts(&flow.blocks)?;
    let mut code = Vec::new();
    let mut spans = Vec::new();
    for (id, block) in flow.blocks.iter().enumerate() {
        for (operation, span) in &block.operations {
            code.push(instruction(operation, &slots, tables)?);
            spans.push(*span);
        }
        for instruction in exit(block.exit, id, &starts)? {
            code.push(instruction);
            spans.push(block.span);
        }
    }
    let locals = tables.signature(&types);
    Some(Emitted { unit: CodeUnit { locals, code }, spans, locals: names })
}

/// The index of every variable that is still used; parameters keep theirs.
fn slots(flow: &Flow) -> Option<BTreeMap<Local, LocalIndex>> {
    let mut used: std::collections::BTreeSet<Local> = (0..flow.parameters).collect();
    for (operation, _) in flow.blocks.iter().flat_map(|block| &block.operations) {
        match operation {
            Operation::Take(local, _)
            | Operation::Store(local)
            | Operation::BorrowLocal(_, local) => {
                used.insert(*local);
            }
            _ => {}
        }
    }
    if used.len() > MAX_LOCALS {
        return None;
    }
    used.into_iter()
        .enumerate()
        .map(|(slot, local)| Some((local, LocalIndex::try_from(slot).ok()?)))
        .collect()
}

/// Where the blocks begin.
fn starts(blocks: &[Block]) -> Option<Vec<u16>> {
    let mut starts = Vec::new();
    let mut at = 0_usize;
    for (id, block) in blocks.iter().enumerate() {
        starts.push(u16::try_from(at).ok()?);
        let length = exit_length(block.exit, id);
        at = at.saturating_add(block.operations.len()).saturating_add(length);
    }
    // an offset counts from 0, so this many instructions can be told apart
    u16::try_from(at).ok()?;
    Some(starts)
}

fn exit_length(exit: Exit, id: BlockId) -> usize {
    let next = id.saturating_add(1);
    match exit {
        Exit::Return | Exit::Abort => 1,
        Exit::Jump(to) => usize::from(to != next),
        Exit::Branch { then, otherwise } => {
            if then == next || otherwise == next {
                1
            } else {
                2
            }
        }
    }
}

fn exit(exit: Exit, id: BlockId, starts: &[u16]) -> Option<Vec<Instruction>> {
    let next = id.saturating_add(1);
    let start = |block: BlockId| starts.get(block).copied();
    Some(match exit {
        Exit::Return => vec![Instruction::Ret],
        Exit::Abort => vec![Instruction::Abort],
        Exit::Jump(to) if to == next => Vec::new(),
        Exit::Jump(to) => vec![Instruction::Branch(start(to)?)],
        Exit::Branch { then, otherwise } if then == next => {
            vec![Instruction::BrFalse(start(otherwise)?)]
        }
        Exit::Branch { then, otherwise } if otherwise == next => {
            vec![Instruction::BrTrue(start(then)?)]
        }
        Exit::Branch { then, otherwise } => {
            vec![Instruction::BrTrue(start(then)?), Instruction::Branch(start(otherwise)?)]
        }
    })
}

fn instruction(
    operation: &Operation,
    slots: &BTreeMap<Local, LocalIndex>,
    tables: &mut Tables<'_, '_>,
) -> Option<Instruction> {
    use Instruction as I;
    Some(match operation {
        Operation::Take(local, Taking::Copy) => I::CopyLoc(*slots.get(local)?),
        Operation::Take(local, Taking::Move | Taking::Either) => I::MoveLoc(*slots.get(local)?),
        Operation::Store(local) => I::StLoc(*slots.get(local)?),
        Operation::BorrowLocal(true, local) => I::MutBorrowLoc(*slots.get(local)?),
        Operation::BorrowLocal(false, local) => I::ImmBorrowLoc(*slots.get(local)?),
        Operation::Pop => I::Pop,
        Operation::Number(integer, value) => match integer {
            Integer::U8 => I::LdU8(u8::try_from(*value).ok()?),
            Integer::U16 => I::LdU16(u16::try_from(*value).ok()?),
            Integer::U32 => I::LdU32(u32::try_from(*value).ok()?),
            Integer::U64 => I::LdU64(u64::try_from(*value).ok()?),
            Integer::U128 => I::LdU128(u128::try_from(*value).ok()?),
            Integer::U256 => I::LdU256(Box::new(*value)),
        },
        Operation::Truth(true) => I::LdTrue,
        Operation::Truth(false) => I::LdFalse,
        Operation::Constant(type_, data) => I::LdConst(tables.constant(type_, data)),
        Operation::BorrowField(mutable, owner, field, types) => match (mutable, types.is_empty()) {
            (true, true) => I::MutBorrowField(tables.field(*owner, *field)),
            (false, true) => I::ImmBorrowField(tables.field(*owner, *field)),
            (true, false) => I::MutBorrowFieldGeneric(tables.field_instance(*owner, *field, types)),
            (false, false) => {
                I::ImmBorrowFieldGeneric(tables.field_instance(*owner, *field, types))
            }
        },
        Operation::Call(id, types) if types.is_empty() => I::Call(tables.function(*id)),
        Operation::Call(id, types) => I::CallGeneric(tables.function_instance(*id, types)),
        Operation::Pack(owner, types) if types.is_empty() => I::Pack(tables.definition(*owner)),
        Operation::Pack(owner, types) => I::PackGeneric(tables.struct_instance(*owner, types)),
        Operation::Unpack(owner, types) if types.is_empty() => I::Unpack(tables.definition(*owner)),
        Operation::Unpack(owner, types) => I::UnpackGeneric(tables.struct_instance(*owner, types)),
        Operation::Global(operation, owner, types) => global(*operation, *owner, types, tables),
        Operation::VectorPack(type_, count) => {
            I::VecPack(tables.signature(std::slice::from_ref(type_)), *count)
        }
        Operation::Vector(operation, type_) => vector(*operation, type_, tables),
        Operation::Binary(operator) => binary(*operator)?,
        Operation::Not => I::Not,
        Operation::Cast(integer) => match integer {
            Integer::U8 => I::CastU8,
            Integer::U16 => I::CastU16,
            Integer::U32 => I::CastU32,
            Integer::U64 => I::CastU64,
            Integer::U128 => I::CastU128,
            Integer::U256 => I::CastU256,
        },
        Operation::ReadRef => I::ReadRef,
        Operation::WriteRef => I::WriteRef,
        Operation::Freeze => I::FreezeRef,
    })
}

fn global(
    operation: GlobalOperation,
    owner: StructId,
    types: &[Type],
    tables: &mut Tables<'_, '_>,
) -> Instruction {
    use GlobalOperation as G;
    use Instruction as I;
    if types.is_empty() {
        let definition = tables.definition(owner);
        return match operation {
            G::Exists => I::Exists(definition),
            G::Borrow => I::ImmBorrowGlobal(definition),
            G::BorrowMut => I::MutBorrowGlobal(definition),
            G::MoveFrom => I::MoveFrom(definition),
            G::MoveTo => I::MoveTo(definition),
        };
    }
    let instance = tables.struct_instance(owner, types);
    match operation {
        G::Exists => I::ExistsGeneric(instance),
        G::Borrow => I::ImmBorrowGlobalGeneric(instance),
        G::BorrowMut => I::MutBorrowGlobalGeneric(instance),
        G::MoveFrom => I::MoveFromGeneric(instance),
        G::MoveTo => I::MoveToGeneric(instance),
    }
}

fn vector(operation: VectorOperation, type_: &Type, tables: &mut Tables<'_, '_>) -> Instruction {
    use Instruction as I;
    let signature = tables.signature(std::slice::from_ref(type_));
    match operation {
        VectorOperation::Empty => I::VecPack(signature, 0),
        VectorOperation::Length => I::VecLen(signature),
        VectorOperation::Borrow => I::VecImmBorrow(signature),
        VectorOperation::BorrowMut => I::VecMutBorrow(signature),
        VectorOperation::PushBack => I::VecPushBack(signature),
        VectorOperation::PopBack => I::VecPopBack(signature),
        VectorOperation::DestroyEmpty => I::VecUnpack(signature, 0),
        VectorOperation::Swap => I::VecSwap(signature),
    }
}

/// None for `&&` and `||`, which are exits of blocks.
fn binary(operator: Binary) -> Option<Instruction> {
    use Instruction as I;
    Some(match operator {
        Binary::Add => I::Add,
        Binary::Subtract => I::Sub,
        Binary::Multiply => I::Mul,
        Binary::Divide => I::Div,
        Binary::Modulo => I::Mod,
        Binary::BitOr => I::BitOr,
        Binary::BitAnd => I::BitAnd,
        Binary::BitXor => I::Xor,
        Binary::ShiftLeft => I::Shl,
        Binary::ShiftRight => I::Shr,
        Binary::Equal => I::Eq,
        Binary::NotEqual => I::Neq,
        Binary::Less => I::Lt,
        Binary::Greater => I::Gt,
        Binary::LessOrEqual => I::Le,
        Binary::GreaterOrEqual => I::Ge,
        Binary::And | Binary::Or => return None,
    })
}
