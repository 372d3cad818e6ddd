//! What an operation does to the types on the operand stack.

use super::{MISMATCH, Operand};
use crate::format::Ability;
use crate::runtime::op::{Op, Width};
use crate::runtime::program::{Code, Constant, FunctionId, Program};
use crate::runtime::stop::Stop;
use crate::runtime::types::{Type, TypeId, Types};
use crate::runtime::value::Value;
use crate::status::Status;

/// What a call does to the types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Calls {
    /// It takes its arguments; its results appear when it returns.
    Entered,
    /// It takes its arguments and gives its results at once.
    Passed,
}

/// Applies one operation of a function to the types on the operand stack.
pub(crate) fn transfer(
    program: &Program,
    code: &Code,
    function: FunctionId,
    op: Op,
    calls: Calls,
    operands: &mut Vec<Operand>,
) -> Result<(), Stop> {
    Transfer { types: &program.types, program, code, function, calls, operands }.apply(op)
}

struct Transfer<'a> {
    types: &'a Types,
    program: &'a Program,
    code: &'a Code,
    function: FunctionId,
    calls: Calls,
    operands: &'a mut Vec<Operand>,
}

impl Transfer<'_> {
    fn apply(&mut self, op: Op) -> Result<(), Stop> {
        match op {
            Op::Block(_) | Op::Fail(_) | Op::Branch(_) | Op::Nop => {}
            Op::Pop => {
                let operand = self.pop()?;
                self.require(operand, Ability::Drop)?;
            }
            Op::Ret => self.ret()?,
            Op::BrTrue(_) | Op::BrFalse(_) => self.expect(TypeId::BOOL)?,
            Op::LdU8(_) => self.push(TypeId::U8),
            Op::LdU16(_) => self.push(TypeId::U16),
            Op::LdU32(_) => self.push(TypeId::U32),
            Op::LdU64(_) => self.push(TypeId::U64),
            Op::LdBool(_) => self.push(TypeId::BOOL),
            Op::LdConst(index) => self.constant(index)?,
            Op::CopyLoc(local) | Op::CopyPlain(local) => {
                let operand = self.local(local)?;
                self.require(operand, Ability::Copy)?;
                self.operands.push(operand);
            }
            Op::CopyPair { one, other } => {
                self.apply(Op::CopyPlain(one))?;
                self.apply(Op::CopyPlain(other))?;
            }
            Op::MoveLoc(local) => {
                let operand = self.local(local)?;
                self.operands.push(operand);
            }
            Op::StLoc(local) | Op::StPlain(local) => {
                let operand = self.local(local)?;
                self.expect_operand(operand)?;
            }
            Op::Transfer { from, to, .. } => {
                if self.local(from)? != self.local(to)? {
                    return Err(MISMATCH);
                }
            }
            Op::BorrowLoc { local, mutable } => match self.local(local)? {
                Operand::Value(inner) => self.push_reference(inner, mutable),
                Operand::Reference(_) | Operand::MutableReference(_) => return Err(MISMATCH),
            },
            Op::BorrowField { type_, field, mutable } => {
                self.expect_reference(type_, mutable)?;
                let fields = self.types.fields(type_)?;
                let inner = *fields.get(usize::from(field)).ok_or(MISMATCH)?;
                self.push_reference(inner, mutable);
            }
            Op::Call(id) => self.call(id, self.calls)?,
            Op::CallNative(id) => self.call(id, Calls::Passed)?,
            Op::Pack { type_, .. } => {
                for field in self.types.fields(type_)?.iter().rev() {
                    self.expect(*field)?;
                }
                self.push(type_);
            }
            Op::Unpack { type_, .. } => {
                self.expect(type_)?;
                for field in self.types.fields(type_)? {
                    self.push(*field);
                }
            }
            Op::ReadRef => {
                let (Operand::Reference(inner) | Operand::MutableReference(inner)) = self.pop()?
                else {
                    return Err(MISMATCH);
                };
                self.require(Operand::Value(inner), Ability::Copy)?;
                self.push(inner);
            }
            Op::WriteRef => {
                let Operand::MutableReference(inner) = self.pop()? else { return Err(MISMATCH) };
                self.expect(inner)?;
                self.require(Operand::Value(inner), Ability::Drop)?;
            }
            Op::Arithmetic(_) => {
                let type_ = self.integer()?;
                self.expect(type_)?;
                self.push(type_);
            }
            Op::ArithmeticU64 { .. } => {
                self.expect(TypeId::U64)?;
                self.push(TypeId::U64);
            }
            Op::Or | Op::And => {
                self.expect(TypeId::BOOL)?;
                self.expect(TypeId::BOOL)?;
                self.push(TypeId::BOOL);
            }
            Op::Not => {
                self.expect(TypeId::BOOL)?;
                self.push(TypeId::BOOL);
            }
            Op::Eq | Op::Neq => self.equality()?,
            Op::Compare(_) => {
                let type_ = self.integer()?;
                self.expect(type_)?;
                self.push(TypeId::BOOL);
            }
            Op::CompareBranch { .. } => {
                let type_ = self.integer()?;
                self.expect(type_)?;
            }
            Op::Abort => self.expect(TypeId::U64)?,
            Op::Exists(type_) => {
                self.require(Operand::Value(type_), Ability::Key)?;
                self.expect(TypeId::ADDRESS)?;
                self.push(TypeId::BOOL);
            }
            Op::BorrowGlobal { type_, mutable } => {
                self.require(Operand::Value(type_), Ability::Key)?;
                self.expect(TypeId::ADDRESS)?;
                self.push_reference(type_, mutable);
            }
            Op::MoveFrom(type_) => {
                self.require(Operand::Value(type_), Ability::Key)?;
                self.expect(TypeId::ADDRESS)?;
                self.push(type_);
            }
            Op::MoveTo(type_) => {
                self.require(Operand::Value(type_), Ability::Key)?;
                self.expect(type_)?;
                self.expect_operand(Operand::Reference(TypeId::SIGNER))?;
            }
            Op::FreezeRef => {
                let Operand::MutableReference(inner) = self.pop()? else { return Err(MISMATCH) };
                self.push_reference(inner, false);
            }
            Op::Shl | Op::Shr => {
                self.expect(TypeId::U8)?;
                let type_ = self.integer()?;
                self.push(type_);
            }
            Op::Cast(width) => {
                self.integer()?;
                self.push(integer_of(width));
            }
            Op::VecPack { type_, count } => {
                let element = self.element(type_)?;
                for _ in 0..count {
                    self.expect(element)?;
                }
                self.push(type_);
            }
            Op::VecLen(type_) => {
                self.expect_reference(type_, false)?;
                self.push(TypeId::U64);
            }
            Op::VecBorrow { type_, mutable } => {
                self.expect(TypeId::U64)?;
                self.expect_reference(type_, mutable)?;
                let element = self.element(type_)?;
                self.push_reference(element, mutable);
            }
            Op::VecPushBack(type_) => {
                let element = self.element(type_)?;
                self.expect(element)?;
                self.expect_reference(type_, true)?;
            }
            Op::VecPopBack(type_) => {
                self.expect_reference(type_, true)?;
                let element = self.element(type_)?;
                self.push(element);
            }
            Op::VecUnpack { type_, count } => {
                self.expect(type_)?;
                let element = self.element(type_)?;
                for _ in 0..count.min(1025) {
                    self.push(element);
                }
            }
            Op::VecSwap(type_) => {
                self.expect(TypeId::U64)?;
                self.expect(TypeId::U64)?;
                self.expect_reference(type_, true)?;
            }
        }
        Ok(())
    }

    fn pop(&mut self) -> Result<Operand, Stop> {
        self.operands.pop().ok_or(Status::EmptyValueStack.into())
    }

    fn push(&mut self, id: TypeId) {
        let operand = Operand::of(self.types, id).unwrap_or(Operand::Value(id));
        self.operands.push(operand);
    }

    fn push_reference(&mut self, inner: TypeId, mutable: bool) {
        self.operands.push(match mutable {
            true => Operand::MutableReference(inner),
            false => Operand::Reference(inner),
        });
    }

    fn expect(&mut self, id: TypeId) -> Result<(), Stop> {
        self.expect_operand(Operand::of(self.types, id)?)
    }

    fn expect_operand(&mut self, operand: Operand) -> Result<(), Stop> {
        if self.pop()? == operand { Ok(()) } else { Err(MISMATCH) }
    }

    /// A reference to the type; a mutable one also where no mutable one is asked for.
    fn expect_reference(&mut self, inner: TypeId, mutable: bool) -> Result<(), Stop> {
        match self.pop()? {
            Operand::MutableReference(found) if found == inner => Ok(()),
            Operand::Reference(found) if found == inner && !mutable => Ok(()),
            _ => Err(MISMATCH),
        }
    }

    fn integer(&mut self) -> Result<TypeId, Stop> {
        match self.pop()? {
            Operand::Value(
                id @ (TypeId::U8
                | TypeId::U16
                | TypeId::U32
                | TypeId::U64
                | TypeId::U128
                | TypeId::U256),
            ) => Ok(id),
            _ => Err(MISMATCH),
        }
    }

    fn require(&self, operand: Operand, ability: Ability) -> Result<(), Stop> {
        if operand.has(self.types, ability) { Ok(()) } else { Err(MISMATCH) }
    }

    fn local(&self, local: u8) -> Result<Operand, Stop> {
        let id = self.code.locals.get(usize::from(local)).ok_or(MISMATCH)?;
        Operand::of(self.types, *id)
    }

    fn element(&self, vector: TypeId) -> Result<TypeId, Stop> {
        match self.types.get(vector)? {
            Type::Vector(element) => Ok(*element),
            _ => Err(MISMATCH),
        }
    }

    fn ret(&mut self) -> Result<(), Stop> {
        let returns = &self.program.function(self.function)?.returns;
        let kept = self.operands.len().checked_sub(returns.len()).ok_or(MISMATCH)?;
        for id in returns.iter().rev() {
            self.expect(*id)?;
        }
        if self.operands.len() != kept {
            return Err(MISMATCH);
        }
        if self.calls == Calls::Entered {
            for id in returns {
                self.push(*id);
            }
        }
        Ok(())
    }

    fn call(&mut self, id: FunctionId, calls: Calls) -> Result<(), Stop> {
        let function = self.program.function(id)?;
        for parameter in function.parameters.iter().rev() {
            self.expect(*parameter)?;
        }
        if calls == Calls::Passed {
            for id in &function.returns {
                self.push(*id);
            }
        }
        Ok(())
    }

    fn equality(&mut self) -> Result<(), Stop> {
        let one = self.pop()?;
        let other = self.pop()?;
        if one != other {
            return Err(MISMATCH);
        }
        self.require(one, Ability::Drop)?;
        self.push(TypeId::BOOL);
        Ok(())
    }

    fn constant(&mut self, index: u32) -> Result<(), Stop> {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        let id = match self.code.constants.get(index).ok_or(MISMATCH)? {
            Constant::Bytes(_) => TypeId::BYTES,
            Constant::Encoded { type_, .. } => *type_,
            Constant::Plain(value) => match value {
                Value::Bool(_) => TypeId::BOOL,
                Value::U8(_) => TypeId::U8,
                Value::U16(_) => TypeId::U16,
                Value::U32(_) => TypeId::U32,
                Value::U64(_) => TypeId::U64,
                Value::U128(_) => TypeId::U128,
                Value::U256(_) => TypeId::U256,
                Value::Address(_) => TypeId::ADDRESS,
                Value::Signer(_)
                | Value::Empty
                | Value::Struct(_)
                | Value::Vector(_)
                | Value::Local(_)
                | Value::Slot(..)
                | Value::Global(_) => return Err(MISMATCH),
            },
        };
        self.push(id);
        Ok(())
    }
}

const fn integer_of(width: Width) -> TypeId {
    match width {
        Width::U8 => TypeId::U8,
        Width::U16 => TypeId::U16,
        Width::U32 => TypeId::U32,
        Width::U64 => TypeId::U64,
        Width::U128 => TypeId::U128,
        Width::U256 => TypeId::U256,
    }
}
