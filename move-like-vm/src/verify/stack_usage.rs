//! Every block takes from the operand stack only what it put there, and leaves nothing behind.
//!
//! # Place      control flow -> [stack_usage] -> type safety
//! # Invariants at the start and at the end of every block the stack is as the function found it, and
//! #            inside a block it never falls below that or grows above the limit; a block that
//! #            returns holds just what is returned. So later passes may look at blocks one by one, and
//! #            a function can touch no operand of its caller. Refused with
//! #            NEGATIVE_STACK_SIZE_WITHIN_BLOCK, POSITIVE_STACK_SIZE_AT_BLOCK_END,
//! #            VALUE_STACK_OVERFLOW, VALUE_STACK_PUSH_OVERFLOW, at the start of the block
//! # Absent     types of operands

use super::Config;
use super::body::Body;
use crate::fault::Fault;
use crate::format::{FunctionHandleIndex, Instruction, StructDefinitionIndex};
use crate::status::Status;

/// Checks every block, also those out of reach.
pub fn verify(body: &Body<'_>, config: &Config) -> Result<(), Fault> {
    for block in body.graph.blocks() {
        let code = body.code().get(block.start..=block.last).unwrap_or_default();
        verify_block(body, code, config).map_err(|fault| body.placed(fault, block.start))?;
    }
    Ok(())
}

fn verify_block(body: &Body<'_>, code: &[Instruction], config: &Config) -> Result<(), Fault> {
    let count = |limit: usize| u64::try_from(limit).unwrap_or(u64::MAX);
    let mut height: u64 = 0;
    let mut pushed: u64 = 0;
    for instruction in code {
        let effect = effect(body, instruction)?;
        pushed = pushed.saturating_add(effect.pushes);
        if config.pushes.is_some_and(|most| pushed > count(most)) {
            return Err(Fault::new(Status::ValueStackPushOverflow));
        }
        height = height
            .checked_sub(effect.pops)
            .ok_or(Fault::new(Status::NegativeStackSizeWithinBlock))?;
        height = height
            .checked_add(effect.pushes)
            .ok_or(Fault::new(Status::PositiveStackSizeAtBlockEnd))?;
        if height > count(config.value_stack) {
            return Err(Fault::new(Status::ValueStackOverflow));
        }
    }
    if height == 0 { Ok(()) } else { Err(Fault::new(Status::PositiveStackSizeAtBlockEnd)) }
}

/// How many operands an instruction takes, and then puts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Effect {
    pops: u64,
    pushes: u64,
}

const fn fixed(pops: u64, pushes: u64) -> Effect {
    Effect { pops, pushes }
}

fn counted(pops: usize, pushes: usize) -> Effect {
    let count = |operands: usize| u64::try_from(operands).unwrap_or(u64::MAX);
    Effect { pops: count(pops), pushes: count(pushes) }
}

fn effect(body: &Body<'_>, instruction: &Instruction) -> Result<Effect, Fault> {
    use Instruction as I;
    Ok(match instruction {
        I::Nop | I::Branch(_) => fixed(0, 0),
        I::Pop | I::BrTrue(_) | I::BrFalse(_) | I::StLoc(_) | I::Abort => fixed(1, 0),
        I::LdU8(_)
        | I::LdU16(_)
        | I::LdU32(_)
        | I::LdU64(_)
        | I::LdU128(_)
        | I::LdU256(_)
        | I::LdTrue
        | I::LdFalse
        | I::LdConst(_)
        | I::CopyLoc(_)
        | I::MoveLoc(_)
        | I::MutBorrowLoc(_)
        | I::ImmBorrowLoc(_) => fixed(0, 1),
        I::Not
        | I::FreezeRef
        | I::ReadRef
        | I::Exists(_)
        | I::ExistsGeneric(_)
        | I::MutBorrowGlobal(_)
        | I::MutBorrowGlobalGeneric(_)
        | I::ImmBorrowGlobal(_)
        | I::ImmBorrowGlobalGeneric(_)
        | I::MutBorrowField(_)
        | I::MutBorrowFieldGeneric(_)
        | I::ImmBorrowField(_)
        | I::ImmBorrowFieldGeneric(_)
        | I::MoveFrom(_)
        | I::MoveFromGeneric(_)
        | I::CastU8
        | I::CastU16
        | I::CastU32
        | I::CastU64
        | I::CastU128
        | I::CastU256
        | I::VecLen(_)
        | I::VecPopBack(_) => fixed(1, 1),
        I::Add
        | I::Sub
        | I::Mul
        | I::Mod
        | I::Div
        | I::BitOr
        | I::BitAnd
        | I::Xor
        | I::Shl
        | I::Shr
        | I::Or
        | I::And
        | I::Eq
        | I::Neq
        | I::Lt
        | I::Gt
        | I::Le
        | I::Ge
        | I::VecImmBorrow(_)
        | I::VecMutBorrow(_) => fixed(2, 1),
        I::MoveTo(_) | I::MoveToGeneric(_) | I::WriteRef | I::VecPushBack(_) => fixed(2, 0),
        I::VecSwap(_) => fixed(3, 0),
        I::VecPack(_, elements) => fixed(*elements, 1),
        I::VecUnpack(_, elements) => fixed(1, *elements),
        I::Ret => counted(body.function.returns.0.len(), 0),
        I::Call(function) => call(body, *function)?,
        I::CallGeneric(instance) => call(body, body.function_instance(*instance)?.0)?,
        I::Pack(definition) => pack(body, *definition)?,
        I::PackGeneric(instance) => pack(body, body.instance(*instance)?.0)?,
        I::Unpack(definition) => unpack(body, *definition)?,
        I::UnpackGeneric(instance) => unpack(body, body.instance(*instance)?.0)?,
    })
}

fn call(body: &Body<'_>, function: FunctionHandleIndex) -> Result<Effect, Fault> {
    let handle = body.tables.function_handle(function)?;
    let parameters = body.tables.signature(handle.parameters)?;
    let returns = body.tables.signature(handle.returns)?;
    Ok(counted(parameters.0.len(), returns.0.len()))
}

fn pack(body: &Body<'_>, definition: StructDefinitionIndex) -> Result<Effect, Fault> {
    Ok(counted(body.field_count(definition)?, 1))
}

fn unpack(body: &Body<'_>, definition: StructDefinitionIndex) -> Result<Effect, Fault> {
    Ok(counted(1, body.field_count(definition)?))
}

#[cfg(test)]
mod tests;
