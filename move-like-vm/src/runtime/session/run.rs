//! Scripts and functions: from their names to the interpreter and back.

use super::{Arguments, Session};
use crate::fault::{Fault, Place};
use crate::format::{Abilities, FunctionDefinitionIndex};
use crate::runtime::bound::bound;
use crate::runtime::check::Operand;
use crate::runtime::codec;
use crate::runtime::globals::Source;
use crate::runtime::interpreter::{Exit, Frame, Interpreter, origin};
use crate::runtime::loader::{Loader, script_of};
use crate::runtime::module::Unit;
use crate::runtime::program::{FunctionBody, FunctionId};
use crate::runtime::schedule::times_length;
use crate::runtime::state::{Bytes, ModuleId};
use crate::runtime::stop::Stop;
use crate::runtime::tag::TypeTag;
use crate::runtime::translate::translate;
use crate::runtime::types::{INSTANTIATION_NODES_MAX, Type, TypeId};
use crate::runtime::value::Value;
use crate::status::Status;

impl Session<'_> {
    pub(super) fn try_script(
        &mut self,
        script: &Bytes,
        arguments: &Arguments,
    ) -> Result<(), Fault> {
        let module = self.loader().script(script)?;
        self.pay_for_code(module)?;
        let types = self.type_arguments(&arguments.types)?;
        let unit = self.machine.program.modules.share(module)?;
        let constraints = match script_of(&unit.unit) {
            Some(script) => script.type_parameters.as_slice(),
            None => &[],
        };
        self.check_constraints(constraints, &types)?;
        let function =
            self.machine.program.function_id(module, FunctionDefinitionIndex(0), types)?;
        self.run(function, arguments).map(|_| ())
    }

    pub(super) fn try_call(
        &mut self,
        module: &ModuleId,
        function: &str,
        arguments: &Arguments,
        entry: bool,
    ) -> Result<Vec<Vec<u8>>, Fault> {
        let id = self.resolve(module, function, &arguments.types, entry)?;
        if matches!(self.machine.program.function(id)?.body, FunctionBody::Native(_)) {
            return Err(Fault::new(Status::ExecuteEntryFunctionCalledOnNonEntryFunction));
        }
        self.run(id, arguments)
    }

    /// What a call costs at most, its code bytes included; `None` where there is no bound.
    pub(super) fn try_bound(
        &mut self,
        module: &ModuleId,
        function: &str,
        types: &[TypeTag],
    ) -> Result<Option<u64>, Fault> {
        let before = self.live.meter.used();
        let id = self.resolve(module, function, types, false)?;
        let bytes = self.live.meter.used().saturating_sub(before);
        let bound = bound(&mut self.machine.program, id)?;
        Ok(bound.map(|bound| bound.saturating_add(bytes)))
    }

    /// A function with its type arguments, whose code is paid for.
    fn resolve(
        &mut self,
        module: &ModuleId,
        function: &str,
        types: &[TypeTag],
        entry: bool,
    ) -> Result<FunctionId, Fault> {
        let index = self.loader().module(module)?;
        self.pay_for_code(index)?;
        let unit = self.machine.program.modules.share(index)?;
        let unresolved = Fault::new(Status::FunctionResolutionFailure);
        let definition = unit.functions_by_name.get(function).copied().ok_or(unresolved)?;
        let tables = unit.tables();
        let declared = tables.function_definition(definition)?;
        let handle = tables.function_handle(declared.handle)?;
        let types = self.type_arguments(types)?;
        self.check_constraints(&handle.type_parameters, &types)?;
        if entry && !declared.is_entry {
            let place = Place::Instruction { function: definition.get(), instruction: 0 };
            let status = Status::ExecuteEntryFunctionCalledOnNonEntryFunction;
            return Err(Fault::new(status).at(place));
        }
        Ok(self.machine.program.function_id(index, definition, types)?)
    }

    fn loader(&mut self) -> Loader<'_> {
        Loader {
            program: &mut self.machine.program,
            config: &self.machine.config,
            state: &self.overlay,
            fresh: &mut self.fresh,
            reads: &mut self.reads.modules,
        }
    }

    /// Pays for the bytes of everything that code can reach, once per session.
    fn pay_for_code(&mut self, module: usize) -> Result<(), Fault> {
        let program = &self.machine.program;
        for index in &program.modules.get(module)?.closure {
            if self.paid.insert(*index) {
                let module = program.modules.get(*index)?;
                let each = program.schedule.code_byte;
                self.live.meter.charge(times_length(module.bytes.len(), each))?;
            }
        }
        Ok(())
    }

    fn type_arguments(&mut self, tags: &[TypeTag]) -> Result<Box<[TypeId]>, Fault> {
        let types: Box<[TypeId]> =
            tags.iter().map(|tag| self.type_of(tag)).collect::<Result<_, Fault>>()?;
        if self.machine.program.types.nodes(&types) > INSTANTIATION_NODES_MAX {
            return Err(Fault::new(Status::TooManyTypeNodes));
        }
        Ok(types)
    }

    /// The type that a tag names. A tag is of bounded depth.
    fn type_of(&mut self, tag: &TypeTag) -> Result<TypeId, Fault> {
        let type_ = match tag {
            TypeTag::Bool => return Ok(TypeId::BOOL),
            TypeTag::U8 => return Ok(TypeId::U8),
            TypeTag::U16 => return Ok(TypeId::U16),
            TypeTag::U32 => return Ok(TypeId::U32),
            TypeTag::U64 => return Ok(TypeId::U64),
            TypeTag::U128 => return Ok(TypeId::U128),
            TypeTag::U256 => return Ok(TypeId::U256),
            TypeTag::Address => return Ok(TypeId::ADDRESS),
            TypeTag::Signer => return Ok(TypeId::SIGNER),
            TypeTag::Vector(element) => Type::Vector(self.type_of(element)?),
            TypeTag::Struct(tag) => {
                let id = ModuleId { address: tag.address, name: tag.module.clone() };
                let module = self.loader().module(&id)?;
                self.pay_for_code(module)?;
                let found =
                    self.machine.program.modules.get(module)?.structs_by_name.get(&tag.name);
                let struct_ = *found.ok_or(Fault::new(Status::TypeResolutionFailure))?;
                let arguments: Box<[TypeId]> = tag
                    .type_arguments
                    .iter()
                    .map(|tag| self.type_of(tag))
                    .collect::<Result<_, Fault>>()?;
                let info = self.machine.program.types.struct_info(struct_)?;
                let constraints: Vec<Abilities> =
                    info.parameters.iter().map(|parameter| parameter.constraints).collect();
                self.check_constraints(&constraints, &arguments)?;
                Type::Struct(struct_, arguments)
            }
        };
        Ok(self.machine.program.types.intern(type_)?)
    }

    fn check_constraints(&self, constraints: &[Abilities], types: &[TypeId]) -> Result<(), Fault> {
        if constraints.len() != types.len() {
            return Err(Fault::new(Status::NumberOfTypeArgumentsMismatch));
        }
        let types = types.iter().map(|type_| self.machine.program.types.abilities(*type_));
        if constraints.iter().zip(types).all(|(asked, abilities)| abilities.includes(*asked)) {
            Ok(())
        } else {
            Err(Fault::new(Status::ConstraintNotSatisfied))
        }
    }

    /// Runs a function to its end and gives its results.
    fn run(&mut self, function: FunctionId, arguments: &Arguments) -> Result<Vec<Vec<u8>>, Fault> {
        translate(&mut self.machine.program, function)?;
        let base = self.live.memory.locals.len();
        let values = self.decode_arguments(function, arguments)?;
        let start = self.live.memory.locals.len();
        self.live.memory.locals.extend_from_slice(&values);
        let code = self
            .machine
            .program
            .code(function)
            .ok_or(Fault::new(Status::FunctionResolutionFailure))?;
        let end = start.saturating_add(code.locals.len());
        self.live.memory.locals.resize(end, Value::Empty);
        let mut frame = Frame { function, position: 0, base: start, operands: 0 };
        if let Err(stop) = self.drive(&mut frame) {
            self.placed_in = self.module_of(frame.function);
            self.stopped_in = self.module_of(self.live.stopped_native.unwrap_or(frame.function));
            return Err(self.placed(stop, &frame));
        }
        let results = self.results(function)?;
        for value in self.live.memory.locals.drain(base..) {
            self.live.memory.heap.free(value);
        }
        Ok(results)
    }

    /// Runs the interpreter, and translates what it meets for the first time.
    fn drive(&mut self, frame: &mut Frame) -> Result<(), Stop> {
        if self.machine.program.checked {
            self.live.checker.operands.clear();
        }
        let mut first = true;
        loop {
            let program = &self.machine.program;
            let mut interpreter = Interpreter {
                source: Source { program, state: &self.overlay },
                live: &mut self.live,
                extension: self.extension.again(),
            };
            if first {
                interpreter.enter(frame.function)?;
                first = false;
            }
            let exit = match program.checked {
                true => interpreter.run::<true>(frame)?,
                false => interpreter.run::<false>(frame)?,
            };
            let program = &mut self.machine.program;
            let prepared = match exit {
                Exit::Done => return Ok(()),
                Exit::Unseen(function) => translate(program, function),
                Exit::Unresolved(type_) => program.types.resolve_layout(&program.modules, type_),
            };
            if prepared.is_err() {
                // the fault is that of the operation which would have been tried again
                frame.position = frame.position.saturating_add(1);
            }
            prepared?;
        }
    }

    fn module_of(&self, function: FunctionId) -> Option<ModuleId> {
        let program = &self.machine.program;
        let module = program.function(function).ok()?.module;
        program.modules.get(module).ok()?.id().cloned()
    }

    /// The fault with the function and instruction that caused it.
    fn placed(&self, stop: Stop, frame: &Frame) -> Fault {
        let program = &self.machine.program;
        let Ok(function) = program.function(frame.function) else { return stop.into() };
        let instruction = program
            .code(frame.function)
            .map_or(0, |code| origin(code, frame.position, stop.status, self.live.stack.height()));
        let function = match program.modules.get(function.module).map(|module| &module.unit) {
            Ok(Unit::Module(_)) => function.definition.get(),
            _ => 0,
        };
        Fault::from(stop).at(Place::Instruction { function, instruction })
    }

    /// Takes the results from the operand stack, in BCS.
    fn results(&mut self, function: FunctionId) -> Result<Vec<Vec<u8>>, Fault> {
        let program = &self.machine.program;
        let returns = &program.function(function)?.returns;
        let live = &mut self.live;
        let values = live.stack.last(returns.len())?.to_vec();
        live.stack.cut(returns.len());
        let mut results = Vec::with_capacity(values.len());
        for (value, type_) in values.iter().zip(returns) {
            let behind = match Operand::of(&program.types, *type_)? {
                Operand::Value(_) => *value,
                Operand::Reference(_) | Operand::MutableReference(_) => live.memory.load(value)?,
            };
            let mut bytes = Vec::new();
            codec::encode(&live.memory.heap, &behind, &mut bytes)?;
            live.memory.heap.free(*value);
            results.push(bytes);
        }
        Ok(results)
    }

    /// Refuses a type whose values cannot come from outside.
    pub(super) fn check_argument_type(&mut self, type_: TypeId) -> Result<(), Fault> {
        let program = &mut self.machine.program;
        let refused = Fault::new(Status::InvalidParamTypeForDeserialization);
        program.types.resolve_layout(&program.modules, type_).map_err(|_| refused.clone())?;
        if program.types.holds_signer(type_) { Err(refused) } else { Ok(()) }
    }
}
