//! Runs operations.
//!
//! # Place      session -> [interpreter] -> memory, natives
//! # Invariants no operation can panic, loop or recurse by itself: only branches and calls take time, and
//! #            both are paid for; no operation allocates unless it makes a struct or a vector; the result
//! #            is the same whether types are checked or not
//! # Absent     verification: wrong code gets a fault, and the checked mode tells which type was wrong

mod arithmetic;
mod global;
mod place;

use super::check::Checker;
use super::globals::Source;
use super::memory::{CALLS_MAX, Memory, Stack};
use super::native::vector::{INDEX_OUT_OF_BOUNDS, POP_EMPTY, UNPACK_PARITY, refused};
use super::native::{NativeContext, NativeFunction, Reach};
use super::op::Op;
use super::program::{Code, Constant, FunctionBody, FunctionId, Program};
use super::schedule::{Meter, times, times_length};
use super::state::Event;
use super::stop::Stop;
use super::types::TypeId;
use super::value::{ObjectId, Value};
use crate::status::Status;

/// A call that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) function: FunctionId,
    /// The operation that comes next.
    pub(crate) position: usize,
    /// Where its locals begin.
    pub(crate) base: usize,
    /// How many operands the stack had when it began.
    pub(crate) operands: usize,
}

/// Everything that changes while a session runs.
pub(crate) struct Live {
    pub(crate) stack: Stack,
    pub(crate) memory: Memory,
    pub(crate) meter: Meter,
    pub(crate) events: Vec<Event>,
    pub(crate) frames: Vec<Frame>,
    pub(crate) checker: Checker,
    /// Which functions the session has called.
    called: Vec<bool>,
    arguments: Vec<Value>,
    results: Vec<Value>,
    /// The native function that stopped, if one did.
    pub(crate) stopped_native: Option<FunctionId>,
}

impl Live {
    pub(crate) fn new(stack: Stack, budget: u64, memory_bytes: u64) -> Self {
        Self {
            stack,
            memory: Memory::new(memory_bytes),
            meter: Meter::new(budget),
            events: Vec::new(),
            frames: Vec::new(),
            checker: Checker::default(),
            called: Vec::new(),
            arguments: Vec::new(),
            results: Vec::new(),
            stopped_native: None,
        }
    }

    /// Forgets values and resources, but not what is spent.
    pub(crate) fn reset(&mut self, memory_bytes: u64) {
        self.stack.cut(usize::MAX);
        self.memory = Memory::new(memory_bytes);
        self.frames.clear();
        self.called.clear();
    }
}

/// Why the interpreter came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The outermost call returned; its results are on the operand stack.
    Done,
    /// A function must be translated before the call is tried again.
    Unseen(FunctionId),
    /// The layout of a type must be resolved before the operation is tried again.
    Unresolved(TypeId),
}

/// The interpreter with what it reads and what it changes.
pub(crate) struct Interpreter<'a> {
    pub(crate) source: Source<'a>,
    pub(crate) live: &'a mut Live,
    pub(crate) extension: Reach<'a>,
}

impl<'a> Interpreter<'a> {
    fn program(&self) -> &'a Program {
        self.source.program
    }

    /// Runs until the outermost call returns. The frame tells where, whatever happens.
    pub(crate) fn run<const CHECKED: bool>(&mut self, frame: &mut Frame) -> Result<Exit, Stop> {
        let program = self.program();
        let Some(mut code) = program.code(frame.function) else {
            return Ok(Exit::Unseen(frame.function));
        };
        loop {
            let Some(op) = code.ops.get(frame.position) else {
                return Err(Status::PcOverflow.into());
            };
            frame.position = frame.position.wrapping_add(1);
            if CHECKED && !self.is_retried(*op) {
                let live = &mut *self.live;
                live.checker.before(program, code, frame, *op, &live.stack, &live.memory)?;
            }
            match *op {
                Op::Block(gas) => self.live.meter.charge(gas)?,
                Op::Fail(status) => return Err(status.into()),
                Op::Pop => {
                    let value = self.live.stack.pop()?;
                    self.live.memory.heap.free(value);
                }
                Op::Ret => {
                    self.close(code, frame.base);
                    let Some(caller) = self.live.frames.pop() else { return Ok(Exit::Done) };
                    *frame = caller;
                    code = program
                        .code(frame.function)
                        .ok_or(Status::UnknownInvariantViolationError)?;
                }
                Op::BrTrue(target) => {
                    if self.pop_bool()? {
                        frame.position = place(target);
                    }
                }
                Op::BrFalse(target) => {
                    if !self.pop_bool()? {
                        frame.position = place(target);
                    }
                }
                Op::Branch(target) => frame.position = place(target),
                Op::LdU8(value) => self.live.stack.push(Value::U8(value))?,
                Op::LdU16(value) => self.live.stack.push(Value::U16(value))?,
                Op::LdU32(value) => self.live.stack.push(Value::U32(value))?,
                Op::LdU64(value) => self.live.stack.push(Value::U64(value))?,
                Op::LdBool(value) => self.live.stack.push(Value::Bool(value))?,
                Op::LdConst(index) => self.constant(code, index)?,
                Op::CopyPlain(local) => {
                    let value = self.local(frame.base, local)?;
                    self.live.stack.push(value)?;
                }
                Op::CopyLoc(local) => {
                    let value = self.local(frame.base, local)?;
                    let copy = self.copy(value)?;
                    self.live.stack.push(copy)?;
                }
                Op::MoveLoc(local) => {
                    let value = std::mem::take(self.local_mut(frame.base, local)?);
                    present(&value)?;
                    self.live.stack.push(value)?;
                }
                Op::StPlain(local) => {
                    let value = self.live.stack.pop()?;
                    *self.local_mut(frame.base, local)? = value;
                }
                Op::StLoc(local) => {
                    let value = self.live.stack.pop()?;
                    let old = std::mem::replace(self.local_mut(frame.base, local)?, value);
                    self.live.memory.heap.free(old);
                }
                Op::BorrowLoc { local, mutable: _ } => {
                    self.local(frame.base, local)?;
                    let index = frame.base.wrapping_add(usize::from(local));
                    let index = u32::try_from(index).map_err(|_| Status::MemoryLimitExceeded)?;
                    self.live.stack.push(Value::Local(index))?;
                }
                Op::BorrowField { type_: _, field, mutable: _ } => {
                    let slot = self.live.stack.last_mut()?;
                    let Value::Struct(id) = self.live.memory.load(slot)? else {
                        return Err(Status::InternalTypeError.into());
                    };
                    *slot = Value::Slot(id, u32::from(field));
                }
                Op::Call(id) => {
                    let Some(callee) = program.code(id) else {
                        frame.position = frame.position.wrapping_sub(1);
                        return Ok(Exit::Unseen(id));
                    };
                    *frame = self.open(frame, id, callee)?;
                    code = callee;
                }
                Op::CallNative(id) => self.native(id)?,
                Op::Pack { type_, fields } => {
                    let count = usize::from(fields);
                    let values = self.live.stack.last(count)?;
                    let value = self.live.memory.heap.pack(type_, values)?;
                    self.live.stack.cut(count);
                    self.live.stack.push(value)?;
                }
                Op::Unpack { type_: _, fields } => {
                    let Value::Struct(id) = self.live.stack.pop()? else {
                        return Err(Status::InternalTypeError.into());
                    };
                    if self.live.memory.heap.length(id)? != usize::from(fields) {
                        return Err(Status::InternalTypeError.into());
                    }
                    let stack = &mut self.live.stack;
                    self.live.memory.heap.unpack(id, |value| stack.push(value))?;
                }
                Op::ReadRef => self.read_ref()?,
                Op::WriteRef => self.write_ref()?,
                Op::Arithmetic(kind) => {
                    let (one, other) = self.live.stack.pop_onto()?;
                    *one = arithmetic::compute(kind, one, other)?;
                }
                Op::ArithmeticU64 { kind, operand } => {
                    self.room(1)?;
                    let slot = self.live.stack.last_mut()?;
                    let Value::U64(one) = *slot else {
                        return Err(Status::InternalTypeError.into());
                    };
                    let result = arithmetic::compute_u64(kind, one, operand);
                    *slot = Value::U64(result.ok_or(Status::ArithmeticError)?);
                }
                Op::Or | Op::And => {
                    let (one, other) = self.live.stack.pop_onto()?;
                    let (Value::Bool(left), Value::Bool(right)) = (&*one, other) else {
                        return Err(Status::InternalTypeError.into());
                    };
                    *one =
                        Value::Bool(if *op == Op::Or { *left || *right } else { *left && *right });
                }
                Op::Not => match self.live.stack.last_mut()? {
                    Value::Bool(value) => *value = !*value,
                    _ => return Err(Status::InternalTypeError.into()),
                },
                Op::Eq => self.equality(true)?,
                Op::Neq => self.equality(false)?,
                Op::Compare(kind) => {
                    let (one, other) = self.live.stack.pop_onto()?;
                    *one = Value::Bool(arithmetic::compare(kind, one, other)?);
                }
                Op::CompareBranch { comparison, outcome, target } => {
                    let (one, other) = self.live.stack.pop_onto()?;
                    let holds = arithmetic::compare(comparison, one, other)?;
                    self.live.stack.cut(1);
                    if holds == outcome {
                        frame.position = place(target);
                    }
                }
                Op::Abort => {
                    let code = self.pop_u64()?;
                    return Err(Stop::aborted(code));
                }
                Op::Nop | Op::FreezeRef => {}
                Op::Exists(type_)
                | Op::BorrowGlobal { type_, .. }
                | Op::MoveFrom(type_)
                | Op::MoveTo(type_)
                    if program.types.layout_nodes(type_).is_none() =>
                {
                    frame.position = frame.position.wrapping_sub(1);
                    return Ok(Exit::Unresolved(type_));
                }
                Op::Exists(type_) => self.exists(type_)?,
                Op::BorrowGlobal { type_, mutable } => self.borrow_global(type_, mutable)?,
                Op::MoveFrom(type_) => self.move_from(type_)?,
                Op::MoveTo(type_) => self.move_to(type_)?,
                Op::Shl | Op::Shr => {
                    let (one, other) = self.live.stack.pop_onto()?;
                    *one = arithmetic::shift(*op == Op::Shl, one, other)?;
                }
                Op::Cast(width) => {
                    let slot = self.live.stack.last_mut()?;
                    *slot = arithmetic::cast(width, slot)?;
                }
                Op::VecPack { type_, count } => {
                    let count = place(count);
                    let values = self.live.stack.last(count)?;
                    let value = self.live.memory.heap.new_vector(type_, values)?;
                    self.live.stack.cut(count);
                    self.live.stack.push(value)?;
                }
                Op::VecLen(_) => {
                    let id = self.pop_vector_reference()?;
                    let length = self.live.memory.heap.length(id)?;
                    self.live.stack.push(Value::U64(u64::try_from(length).unwrap_or(u64::MAX)))?;
                }
                Op::VecBorrow { .. } => {
                    let index = self.pop_u64()?;
                    let id = self.pop_vector_reference()?;
                    let length = self.live.memory.heap.length(id)?;
                    let index = u32::try_from(index).unwrap_or(u32::MAX);
                    if place(index) >= length {
                        return Err(refused(INDEX_OUT_OF_BOUNDS));
                    }
                    self.live.stack.push(Value::Slot(id, index))?;
                }
                Op::VecPushBack(_) => {
                    let value = self.live.stack.pop()?;
                    let id = self.pop_vector_reference()?;
                    self.live.memory.heap.push(id, value)?;
                }
                Op::VecPopBack(_) => {
                    let id = self.pop_vector_reference()?;
                    let value = self.live.memory.heap.pop(id)?.ok_or(refused(POP_EMPTY))?;
                    self.live.stack.push(value)?;
                }
                Op::VecUnpack { type_: _, count } => {
                    let Value::Vector(id) = self.live.stack.pop()? else {
                        return Err(Status::InternalTypeError.into());
                    };
                    if self.live.memory.heap.length(id)? != place(count) {
                        return Err(refused(UNPACK_PARITY));
                    }
                    let stack = &mut self.live.stack;
                    self.live.memory.heap.unpack(id, |value| stack.push(value))?;
                }
                Op::VecSwap(_) => {
                    let other = self.pop_u64()?;
                    let one = self.pop_u64()?;
                    let id = self.pop_vector_reference()?;
                    if !self.live.memory.heap.swap(id, one, other)? {
                        return Err(refused(INDEX_OUT_OF_BOUNDS));
                    }
                }
                Op::Transfer { from, to, take } => {
                    self.room(1)?;
                    let slot = self.local_mut(frame.base, from)?;
                    let value = if take { std::mem::take(slot) } else { *slot };
                    present(&value)?;
                    *self.local_mut(frame.base, to)? = value;
                }
                Op::CopyPair { one, other } => {
                    self.room(2)?;
                    let value = self.local(frame.base, one)?;
                    self.live.stack.push(value)?;
                    let value = self.local(frame.base, other)?;
                    self.live.stack.push(value)?;
                }
            }
        }
    }

    /// Whether an operation cannot run before the program knows more.
    fn is_retried(&self, op: Op) -> bool {
        let program = self.program();
        match op {
            Op::Call(id) => program.code(id).is_none(),
            Op::Exists(type_)
            | Op::BorrowGlobal { type_, .. }
            | Op::MoveFrom(type_)
            | Op::MoveTo(type_) => program.types.layout_nodes(type_).is_none(),
            _ => false,
        }
    }

    /// Begins a call; its arguments are on the operand stack.
    #[inline]
    fn open(&mut self, frame: &Frame, id: FunctionId, code: &Code) -> Result<Frame, Stop> {
        let live = &mut *self.live;
        if live.called.get(id.index()).copied() != Some(true) {
            self.first_call(id)?;
        }
        let live = &mut *self.live;
        if live.frames.len() >= CALLS_MAX {
            return Err(Status::CallStackOverflow.into());
        }
        let base = live.memory.locals.len();
        let arguments = live.stack.last(code.parameters)?;
        live.memory.locals.extend_from_slice(arguments);
        live.stack.cut(code.parameters);
        let end = base.saturating_add(code.locals.len());
        live.memory.locals.resize(end, Value::Empty);
        live.frames.push(*frame);
        Ok(Frame { function: id, position: 0, base, operands: live.stack.height() })
    }

    /// Pays for the outermost call.
    pub(crate) fn enter(&mut self, id: FunctionId) -> Result<(), Stop> {
        if self.live.called.get(id.index()).copied() == Some(true) {
            return Ok(());
        }
        self.first_call(id)
    }

    /// Pays for the translation of a function, whether it had to be made or not.
    #[cold]
    fn first_call(&mut self, id: FunctionId) -> Result<(), Stop> {
        self.live.meter.charge(self.program().first_call(id))?;
        let called = &mut self.live.called;
        if called.len() <= id.index() {
            called.resize(id.index().saturating_add(1), false);
        }
        if let Some(mark) = called.get_mut(id.index()) {
            *mark = true;
        }
        Ok(())
    }

    /// Drops the locals of a call that returns.
    #[inline]
    fn close(&mut self, code: &Code, base: usize) {
        let memory = &mut self.live.memory;
        for local in &code.owning {
            let index = base.wrapping_add(usize::from(*local));
            if let Some(value) = memory.locals.get(index).copied() {
                memory.heap.free(value);
            }
        }
        memory.locals.truncate(base);
    }

    fn native(&mut self, id: FunctionId) -> Result<(), Stop> {
        let program = self.program();
        let function = program.function(id)?;
        let FunctionBody::Native(NativeFunction { gas, body, .. }) = function.body else {
            return Err(Status::FunctionResolutionFailure.into());
        };
        let live = &mut *self.live;
        live.meter.charge(u64::from(gas))?;
        live.arguments.clear();
        live.results.clear();
        let count = function.parameters.len();
        live.arguments.extend_from_slice(live.stack.last(count)?);
        live.stack.cut(count);
        let done = body(&mut NativeContext {
            program,
            state: self.source.state,
            memory: &mut live.memory,
            meter: &mut live.meter,
            events: &mut live.events,
            extension: self.extension.again(),
            type_arguments: &function.arguments,
            returns: &function.returns,
            arguments: &mut live.arguments,
            results: &mut live.results,
        });
        if let Err(stop) = done {
            live.stopped_native = Some(id);
            return Err(stop);
        }
        for argument in &live.arguments {
            live.memory.heap.free(*argument);
        }
        if live.results.len() != function.returns.len() {
            return Err(Status::UnknownInvariantViolationError.into());
        }
        for result in &live.results {
            live.stack.push(*result)?;
        }
        Ok(())
    }

    fn constant(&mut self, code: &Code, index: u32) -> Result<(), Stop> {
        let constant = code.constants.get(place(index)).ok_or(Status::IndexOutOfBounds)?;
        let program = self.program();
        let live = &mut *self.live;
        let each = program.schedule.constant_byte;
        let value = match constant {
            Constant::Plain(value) => *value,
            Constant::Bytes(bytes) => {
                live.meter.charge(times_length(bytes.len(), each))?;
                live.memory.heap.new_bytes(bytes)?
            }
            Constant::Encoded { type_, data } => {
                live.meter.charge(times_length(data.len(), each))?;
                super::codec::decode(&mut live.memory.heap, &program.types, *type_, data)
                    .map_err(|error| error.or(Status::MalformedConstantData))?
            }
        };
        live.stack.push(value)
    }

    fn equality(&mut self, wanted: bool) -> Result<(), Stop> {
        let live = &mut *self.live;
        let other = live.stack.pop()?;
        let one = live.stack.pop()?;
        let (left, right) = match (one.is_reference(), other.is_reference()) {
            (true, true) => (live.memory.load(&one)?, live.memory.load(&other)?),
            (false, false) => (one, other),
            _ => return Err(Status::InternalTypeError.into()),
        };
        let (equal, bytes) = live.memory.heap.equal(&left, &right)?;
        if left.is_owning() {
            live.meter.charge(times(bytes, self.source.program.schedule.compared_byte))?;
        }
        live.memory.heap.free(one);
        live.memory.heap.free(other);
        live.stack.push(Value::Bool(equal == wanted))
    }

    /// Refuses what would not fit on the operand stack, were it not fused.
    #[inline]
    fn room(&self, values: usize) -> Result<(), Stop> {
        if self.live.stack.height() > super::memory::OPERANDS_MAX.wrapping_sub(values) {
            return Err(Status::ExecutionStackOverflow.into());
        }
        Ok(())
    }

    #[inline]
    fn pop_bool(&mut self) -> Result<bool, Stop> {
        match self.live.stack.pop()? {
            Value::Bool(value) => Ok(value),
            _ => Err(Status::InternalTypeError.into()),
        }
    }

    #[inline]
    fn pop_u64(&mut self) -> Result<u64, Stop> {
        match self.live.stack.pop()? {
            Value::U64(value) => Ok(value),
            _ => Err(Status::InternalTypeError.into()),
        }
    }

    #[inline]
    fn pop_vector_reference(&mut self) -> Result<ObjectId, Stop> {
        let reference = self.live.stack.pop()?;
        match self.live.memory.load(&reference)? {
            Value::Vector(id) => Ok(id),
            _ => Err(Status::InternalTypeError.into()),
        }
    }
}

/// The fault of an operation names the instruction that caused it, also where two were fused.
pub(crate) fn origin(code: &Code, position: usize, status: Status, operands: usize) -> usize {
    let position = position.saturating_sub(1);
    let origin = code.origins.get(position).copied().map_or(0, usize::from);
    let second = match code.ops.get(position) {
        Some(Op::ArithmeticU64 { .. }) => status == Status::ArithmeticError,
        Some(Op::CopyPair { .. }) => operands.saturating_add(1) == super::memory::OPERANDS_MAX,
        _ => false,
    };
    origin.saturating_add(usize::from(second))
}

#[inline]
fn place(target: u32) -> usize {
    usize::try_from(target).unwrap_or(usize::MAX)
}

/// A local that was moved away has no value.
#[inline]
fn present(value: &Value) -> Result<(), Stop> {
    if matches!(value, Value::Empty) {
        return Err(Status::UnknownInvariantViolationError.into());
    }
    Ok(())
}
