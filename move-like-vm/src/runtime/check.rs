//! Types at run time: what the checked mode knows of every operand.
//!
//! # Place      interpreter, bound -> [check]
//! # Invariants before an operation runs, the types of its operands are those it asks for and its operands
//! #            have these types; a mismatch is `INTERNAL_TYPE_ERROR`
//! # Absent     borrowing: whether a reference may be used is known before code runs, or not at all

mod transfer;

use super::interpreter::Frame;
use super::memory::{Memory, Stack};
use super::op::Op;
use super::program::{Code, Program};
use super::stop::Stop;
use super::types::{Type, TypeId, Types};
use super::value::Value;
use crate::format::Ability;
use crate::status::Status;

pub(crate) use transfer::{Calls, transfer};

const MISMATCH: Stop = Stop { status: Status::InternalTypeError, code: None };

/// The type of an operand. References are not interned: they come and go while code runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operand {
    Value(TypeId),
    Reference(TypeId),
    MutableReference(TypeId),
}

impl Operand {
    /// The operand of a type that a signature says.
    pub(crate) fn of(types: &Types, id: TypeId) -> Result<Self, Stop> {
        Ok(match types.get(id)? {
            Type::Reference(inner) => Self::Reference(*inner),
            Type::MutableReference(inner) => Self::MutableReference(*inner),
            _ => Self::Value(id),
        })
    }

    fn has(self, types: &Types, ability: Ability) -> bool {
        match self {
            Self::Value(id) => types.abilities(id).has(ability),
            Self::Reference(_) | Self::MutableReference(_) => {
                matches!(ability, Ability::Copy | Ability::Drop)
            }
        }
    }
}

/// The types of the operand stack.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checker {
    pub(crate) operands: Vec<Operand>,
}

impl Checker {
    /// Checks an operation against the types and values on the operand stack, and says what becomes of
    /// the types.
    pub(crate) fn before(
        &mut self,
        program: &Program,
        code: &Code,
        frame: &Frame,
        op: Op,
        stack: &Stack,
        memory: &Memory,
    ) -> Result<(), Stop> {
        if stack.height() != self.operands.len() {
            return Err(MISMATCH);
        }
        let count = consumed(program, op)?.min(stack.height());
        let types =
            self.operands.len().checked_sub(count).and_then(|from| self.operands.get(from..));
        for (value, operand) in stack.last(count)?.iter().zip(types.unwrap_or(&[])) {
            is_of(program, memory, value, *operand)?;
        }
        if op == Op::Ret {
            let returns = program.function(frame.function)?.returns.len();
            if stack.height() != frame.operands.saturating_add(returns) {
                return Err(MISMATCH);
            }
            Self::check_locals(program, code, frame, memory)?;
        }
        transfer(program, code, frame.function, op, Calls::Entered, &mut self.operands)
    }

    /// What a call leaves in its locals can be dropped.
    fn check_locals(
        program: &Program,
        code: &Code,
        frame: &Frame,
        memory: &Memory,
    ) -> Result<(), Stop> {
        let locals = memory.locals.get(frame.base..).unwrap_or(&[]);
        for (value, type_) in locals.iter().zip(&code.locals) {
            let operand = Operand::of(&program.types, *type_)?;
            if *value != Value::Empty {
                // a reference may point to what this call has already moved: it is not followed
                if !value.is_reference() {
                    is_of(program, memory, value, operand)?;
                }
                if !operand.has(&program.types, Ability::Drop) {
                    return Err(MISMATCH);
                }
            }
        }
        Ok(())
    }
}

/// How many operands an operation consumes.
fn consumed(program: &Program, op: Op) -> Result<usize, Stop> {
    Ok(match op {
        Op::Call(id) | Op::CallNative(id) => program.function(id)?.parameters.len(),
        Op::Pack { fields, .. } => usize::from(fields),
        Op::VecPack { count, .. } => usize::try_from(count).unwrap_or(usize::MAX),
        Op::VecSwap(_) => 3,
        Op::WriteRef
        | Op::Arithmetic(_)
        | Op::Or
        | Op::And
        | Op::Eq
        | Op::Neq
        | Op::Compare(_)
        | Op::MoveTo(_)
        | Op::Shl
        | Op::Shr
        | Op::VecBorrow { .. }
        | Op::VecPushBack(_)
        | Op::CompareBranch { .. } => 2,
        Op::Pop
        | Op::BrTrue(_)
        | Op::BrFalse(_)
        | Op::StLoc(_)
        | Op::StPlain(_)
        | Op::BorrowField { .. }
        | Op::Unpack { .. }
        | Op::ReadRef
        | Op::Not
        | Op::Abort
        | Op::Exists(_)
        | Op::BorrowGlobal { .. }
        | Op::MoveFrom(_)
        | Op::FreezeRef
        | Op::Cast(_)
        | Op::VecLen(_)
        | Op::VecPopBack(_)
        | Op::VecUnpack { .. }
        | Op::ArithmeticU64 { .. } => 1,
        Op::Block(_)
        | Op::Fail(_)
        | Op::Ret
        | Op::Branch(_)
        | Op::LdU8(_)
        | Op::LdU16(_)
        | Op::LdU32(_)
        | Op::LdU64(_)
        | Op::LdBool(_)
        | Op::LdConst(_)
        | Op::CopyLoc(_)
        | Op::CopyPlain(_)
        | Op::MoveLoc(_)
        | Op::BorrowLoc { .. }
        | Op::Nop
        | Op::Transfer { .. }
        | Op::CopyPair { .. } => 0,
    })
}

/// Whether a value has a type.
fn is_of(program: &Program, memory: &Memory, value: &Value, operand: Operand) -> Result<(), Stop> {
    let fits = match operand {
        Operand::Value(id) => has_type(program, memory, value, id)?,
        Operand::Reference(inner) | Operand::MutableReference(inner) => match value {
            Value::Global(number) => memory.globals.type_of(*number)? == inner,
            reference if reference.is_reference() => match memory.load(reference)? {
                Value::Signer(_) => matches!(inner, TypeId::SIGNER | TypeId::ADDRESS),
                target => has_type(program, memory, &target, inner)?,
            },
            _ => false,
        },
    };
    if fits { Ok(()) } else { Err(MISMATCH) }
}

fn has_type(program: &Program, memory: &Memory, value: &Value, id: TypeId) -> Result<bool, Stop> {
    let plain = match value {
        Value::Bool(_) => TypeId::BOOL,
        Value::U8(_) => TypeId::U8,
        Value::U16(_) => TypeId::U16,
        Value::U32(_) => TypeId::U32,
        Value::U64(_) => TypeId::U64,
        Value::U128(_) => TypeId::U128,
        Value::U256(_) => TypeId::U256,
        Value::Address(_) => TypeId::ADDRESS,
        Value::Signer(_) => TypeId::SIGNER,
        Value::Struct(object) => {
            let struct_ = matches!(program.types.get(id)?, Type::Struct(..));
            return Ok(struct_ && memory.heap.type_of(*object)? == id);
        }
        Value::Vector(object) => {
            let vector = matches!(program.types.get(id)?, Type::Vector(_));
            return Ok(vector && memory.heap.type_of(*object)? == id);
        }
        Value::Empty | Value::Local(_) | Value::Slot(..) | Value::Global(_) => return Ok(false),
    };
    Ok(plain == id)
}
