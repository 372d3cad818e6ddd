//! From the code of a binary to operations.
//!
//! # Place      program -> [translate] -> program
//! # Invariants every instruction is paid for in the block it stands in, whatever it was fused with; an
//! #            instruction that names something wrong becomes one that fails where it stands
//! # Absent     any idea of what runs: the translation of a function depends on its binary and its type
//! #            arguments only

mod fuse;

use std::sync::Arc;

use super::codec;
use super::module::{Module, Unit};
use super::op::{Arithmetic, Comparison, Op, Width};
use super::program::{Code, Constant, FunctionBody, FunctionId, Program};
use super::schedule::{times, times_length};
use super::stop::Stop;
use super::types::{INSTANTIATION_NODES_MAX, Type, TypeId, VALUE_DEPTH_MAX};
use super::wire::Reader;
use crate::format::{
    CodeUnit, ConstantIndex, FieldHandleIndex, FunctionHandleIndex, FunctionInstantiationIndex,
    Instruction, SignatureIndex, StructDefInstantiationIndex, StructDefinitionIndex, StructFields,
};
use crate::status::Status;

/// Translates a function that was not called yet.
pub(crate) fn translate(program: &mut Program, id: FunctionId) -> Result<(), Stop> {
    let function = program.function(id)?;
    if !matches!(function.body, FunctionBody::Unseen) {
        return Ok(());
    }
    let module = program.modules.share(function.module)?;
    let arguments = function.arguments.clone();
    let mut locals = function.parameters.to_vec();
    let parameters = locals.len();
    let unit = code_unit(&module, function.definition.get())?;
    let declared = module.tables().signature(unit.locals)?;
    for token in &declared.0 {
        locals.push(program.types.instantiate(&module, token, &arguments)?);
    }
    let owning = (0u8..=u8::MAX)
        .zip(&locals)
        .filter(|(_, type_)| program.types.is_owning(**type_))
        .map(|(index, _)| index)
        .collect();
    let mut translator =
        Translator { program, module: &module, arguments, locals: &locals, constants: Vec::new() };
    let (ops, origins) = translator.code(&unit.code);
    let constants = translator.constants.into();
    let code = Code {
        ops: ops.into(),
        origins: origins.into(),
        locals: locals.into(),
        parameters,
        owning,
        constants,
        instructions: unit.code.len(),
    };
    program.set_code(id, code);
    Ok(())
}

fn code_unit(module: &Arc<Module>, definition: usize) -> Result<&CodeUnit, Stop> {
    match &module.unit {
        Unit::Script(script) => Ok(&script.code),
        Unit::Module(module) => module
            .function_definitions
            .get(definition)
            .and_then(|definition| definition.code.as_ref())
            .ok_or(Status::FunctionResolutionFailure.into()),
    }
}

struct Translator<'a> {
    program: &'a mut Program,
    module: &'a Arc<Module>,
    arguments: Box<[TypeId]>,
    locals: &'a [TypeId],
    constants: Vec<Constant>,
}

impl Translator<'_> {
    fn code(&mut self, code: &[Instruction]) -> (Vec<Op>, Vec<u16>) {
        let leaders = leaders(code);
        let mut draft = fuse::Draft::new(code.len());
        let mut gas = 0u64;
        for (index, instruction) in code.iter().enumerate() {
            if leaders.get(index).copied().unwrap_or(false) {
                draft.pay(gas);
                gas = 0;
                draft.open_block(index);
            }
            let op = self.op(instruction).unwrap_or_else(|stop| Op::Fail(stop.status));
            gas = gas.saturating_add(self.cost(instruction, op));
            draft.push(index, op);
        }
        draft.pay(gas);
        draft.finish(!self.program.checked, |local| {
            self.locals
                .get(usize::from(local))
                .is_some_and(|type_| !self.program.types.is_owning(*type_))
        })
    }

    /// What an instruction costs as far as it is known before it runs.
    fn cost(&self, instruction: &Instruction, op: Op) -> u64 {
        let schedule = &self.program.schedule;
        let more = match op {
            Op::Pack { fields, .. } | Op::Unpack { fields, .. } => {
                times(u64::from(fields), schedule.part)
            }
            Op::Call(id) => times_length(self.local_count(id).unwrap_or(0), schedule.local),
            _ => 0,
        };
        schedule.of(instruction).saturating_add(more)
    }

    fn local_count(&self, id: FunctionId) -> Option<usize> {
        let function = self.program.function(id).ok()?;
        let module = self.program.modules.share(function.module).ok()?;
        let unit = code_unit(&module, function.definition.get()).ok()?;
        let locals = module.tables().signature(unit.locals).ok()?;
        Some(function.parameters.len().saturating_add(locals.0.len()))
    }

    /// One instruction, without a look at its neighbours.
    fn op(&mut self, instruction: &Instruction) -> Result<Op, Stop> {
        use Instruction as I;
        Ok(match instruction {
            I::Pop => Op::Pop,
            I::Ret => Op::Ret,
            I::BrTrue(target) => Op::BrTrue(u32::from(*target)),
            I::BrFalse(target) => Op::BrFalse(u32::from(*target)),
            I::Branch(target) => Op::Branch(u32::from(*target)),
            I::LdU8(value) => Op::LdU8(*value),
            I::LdU16(value) => Op::LdU16(*value),
            I::LdU32(value) => Op::LdU32(*value),
            I::LdU64(value) => Op::LdU64(*value),
            I::LdU128(value) => self.keep(Constant::Plain(super::value::Value::u128(*value))),
            I::LdU256(value) => self.keep(Constant::Plain(super::value::Value::u256(**value))),
            I::LdTrue => Op::LdBool(true),
            I::LdFalse => Op::LdBool(false),
            I::LdConst(index) => self.constant(*index)?,
            I::CopyLoc(local) => {
                if self.is_plain(*local) {
                    Op::CopyPlain(*local)
                } else {
                    Op::CopyLoc(*local)
                }
            }
            I::MoveLoc(local) => Op::MoveLoc(*local),
            I::StLoc(local) => {
                if self.is_plain(*local) {
                    Op::StPlain(*local)
                } else {
                    Op::StLoc(*local)
                }
            }
            I::MutBorrowLoc(local) => Op::BorrowLoc { local: *local, mutable: true },
            I::ImmBorrowLoc(local) => Op::BorrowLoc { local: *local, mutable: false },
            I::MutBorrowField(handle) => self.field(*handle, &[], true)?,
            I::ImmBorrowField(handle) => self.field(*handle, &[], false)?,
            I::MutBorrowFieldGeneric(index) => self.generic_field(index.get(), true)?,
            I::ImmBorrowFieldGeneric(index) => self.generic_field(index.get(), false)?,
            I::Call(handle) => self.call(*handle, Box::default())?,
            I::CallGeneric(index) => self.generic_call(*index)?,
            I::Pack(index) => self.pack(*index)?,
            I::PackGeneric(index) => self.generic_pack(*index)?,
            I::Unpack(index) => self.unpack(*index, Box::default())?,
            I::UnpackGeneric(index) => {
                let (definition, arguments) = self.struct_instance(*index)?;
                self.unpack(definition, arguments)?
            }
            I::ReadRef => Op::ReadRef,
            I::WriteRef => Op::WriteRef,
            I::Add => Op::Arithmetic(Arithmetic::Add),
            I::Sub => Op::Arithmetic(Arithmetic::Sub),
            I::Mul => Op::Arithmetic(Arithmetic::Mul),
            I::Mod => Op::Arithmetic(Arithmetic::Mod),
            I::Div => Op::Arithmetic(Arithmetic::Div),
            I::BitOr => Op::Arithmetic(Arithmetic::BitOr),
            I::BitAnd => Op::Arithmetic(Arithmetic::BitAnd),
            I::Xor => Op::Arithmetic(Arithmetic::Xor),
            I::Or => Op::Or,
            I::And => Op::And,
            I::Not => Op::Not,
            I::Eq => Op::Eq,
            I::Neq => Op::Neq,
            I::Lt => Op::Compare(Comparison::Lt),
            I::Gt => Op::Compare(Comparison::Gt),
            I::Le => Op::Compare(Comparison::Le),
            I::Ge => Op::Compare(Comparison::Ge),
            I::Abort => Op::Abort,
            I::Nop => Op::Nop,
            I::Exists(index) => Op::Exists(self.resource(*index)?),
            I::ExistsGeneric(index) => Op::Exists(self.generic_resource(*index)?),
            I::MutBorrowGlobal(index) => {
                Op::BorrowGlobal { type_: self.resource(*index)?, mutable: true }
            }
            I::ImmBorrowGlobal(index) => {
                Op::BorrowGlobal { type_: self.resource(*index)?, mutable: false }
            }
            I::MutBorrowGlobalGeneric(index) => {
                Op::BorrowGlobal { type_: self.generic_resource(*index)?, mutable: true }
            }
            I::ImmBorrowGlobalGeneric(index) => {
                Op::BorrowGlobal { type_: self.generic_resource(*index)?, mutable: false }
            }
            I::MoveFrom(index) => Op::MoveFrom(self.resource(*index)?),
            I::MoveFromGeneric(index) => Op::MoveFrom(self.generic_resource(*index)?),
            I::MoveTo(index) => Op::MoveTo(self.resource(*index)?),
            I::MoveToGeneric(index) => Op::MoveTo(self.generic_resource(*index)?),
            I::FreezeRef => Op::FreezeRef,
            I::Shl => Op::Shl,
            I::Shr => Op::Shr,
            I::CastU8 => Op::Cast(Width::U8),
            I::CastU16 => Op::Cast(Width::U16),
            I::CastU32 => Op::Cast(Width::U32),
            I::CastU64 => Op::Cast(Width::U64),
            I::CastU128 => Op::Cast(Width::U128),
            I::CastU256 => Op::Cast(Width::U256),
            I::VecPack(signature, count) => {
                let type_ = self.vector(*signature)?;
                if self.program.types.value_depth(type_) > VALUE_DEPTH_MAX {
                    return Err(Status::VmMaxValueDepthReached.into());
                }
                Op::VecPack { type_, count: u32::try_from(*count).unwrap_or(u32::MAX) }
            }
            I::VecLen(signature) => Op::VecLen(self.vector(*signature)?),
            I::VecImmBorrow(signature) => {
                Op::VecBorrow { type_: self.vector(*signature)?, mutable: false }
            }
            I::VecMutBorrow(signature) => {
                Op::VecBorrow { type_: self.vector(*signature)?, mutable: true }
            }
            I::VecPushBack(signature) => Op::VecPushBack(self.vector(*signature)?),
            I::VecPopBack(signature) => Op::VecPopBack(self.vector(*signature)?),
            I::VecUnpack(signature, count) => Op::VecUnpack {
                type_: self.vector(*signature)?,
                count: u32::try_from(*count).unwrap_or(u32::MAX),
            },
            I::VecSwap(signature) => Op::VecSwap(self.vector(*signature)?),
        })
    }

    fn is_plain(&self, local: u8) -> bool {
        let type_ = self.locals.get(usize::from(local));
        type_.is_some_and(|type_| !self.program.types.is_owning(*type_))
    }

    fn keep(&mut self, constant: Constant) -> Op {
        let index = u32::try_from(self.constants.len()).unwrap_or(u32::MAX);
        self.constants.push(constant);
        Op::LdConst(index)
    }

    fn constant(&mut self, index: ConstantIndex) -> Result<Op, Stop> {
        let constant = self.module.tables().constant(index)?;
        let type_ = self.program.types.instantiate(self.module, &constant.type_, &[])?;
        let data = &constant.data;
        let kept = match self.program.types.get(type_)? {
            Type::Vector(TypeId::U8) => {
                let mut reader = Reader::new(data);
                let bytes = reader.bytes().ok_or(Status::MalformedConstantData)?;
                Constant::Bytes(bytes.into())
            }
            Type::Vector(_) => Constant::Encoded { type_, data: data.clone().into() },
            _ => Constant::Plain(
                codec::decode_plain(&self.program.types, type_, data)
                    .ok_or(Status::MalformedConstantData)?,
            ),
        };
        Ok(self.keep(kept))
    }

    fn struct_type(
        &mut self,
        definition: StructDefinitionIndex,
        arguments: Box<[TypeId]>,
    ) -> Result<TypeId, Stop> {
        let handle = self.module.tables().struct_definition(definition)?.handle;
        let struct_ = self.module.struct_of_handle(handle)?;
        self.program.types.intern(Type::Struct(struct_, arguments))
    }

    fn struct_instance(
        &mut self,
        index: StructDefInstantiationIndex,
    ) -> Result<(StructDefinitionIndex, Box<[TypeId]>), Stop> {
        let instance = self.module.tables().struct_instantiation(index)?;
        let tokens = &self.module.tables().signature(instance.type_arguments)?.0;
        let nodes = tokens.iter().map(|token| token.preorder().count()).sum::<usize>();
        self.check_nodes(u32::try_from(nodes).unwrap_or(u32::MAX))?;
        Ok((instance.definition, self.type_arguments(instance.type_arguments)?))
    }

    fn type_arguments(&mut self, index: SignatureIndex) -> Result<Box<[TypeId]>, Stop> {
        let tokens = &self.module.tables().signature(index)?.0;
        self.program.types.instantiate_all(self.module, tokens, &self.arguments)
    }

    /// Move counts the type arguments around an instance, those of the instance, and one more.
    fn check_nodes(&self, nodes: u32) -> Result<(), Stop> {
        let around = self.program.types.nodes(&self.arguments).saturating_add(1);
        match around.saturating_add(nodes) > INSTANTIATION_NODES_MAX {
            true => Err(Status::TooManyTypeNodes.into()),
            false => Ok(()),
        }
    }

    fn field_count(&self, definition: StructDefinitionIndex) -> Result<u16, Stop> {
        match &self.module.tables().struct_definition(definition)?.fields {
            StructFields::Native => Err(Status::UnknownInvariantViolationError.into()),
            StructFields::Declared(fields) => u16::try_from(fields.len())
                .map_err(|_| Status::UnknownInvariantViolationError.into()),
        }
    }

    fn pack(&mut self, definition: StructDefinitionIndex) -> Result<Op, Stop> {
        self.pack_of(definition, Box::default())
    }

    fn generic_pack(&mut self, index: StructDefInstantiationIndex) -> Result<Op, Stop> {
        let (definition, arguments) = self.struct_instance(index)?;
        self.pack_of(definition, arguments)
    }

    fn pack_of(
        &mut self,
        definition: StructDefinitionIndex,
        arguments: Box<[TypeId]>,
    ) -> Result<Op, Stop> {
        let type_ = self.struct_type(definition, arguments)?;
        if self.program.types.value_depth(type_) > VALUE_DEPTH_MAX {
            return Err(Status::VmMaxValueDepthReached.into());
        }
        let fields = self.field_count(definition)?;
        self.program.types.resolve_fields(&self.program.modules, type_)?;
        Ok(Op::Pack { type_, fields })
    }

    fn unpack(
        &mut self,
        definition: StructDefinitionIndex,
        arguments: Box<[TypeId]>,
    ) -> Result<Op, Stop> {
        let type_ = self.struct_type(definition, arguments)?;
        self.program.types.resolve_fields(&self.program.modules, type_)?;
        Ok(Op::Unpack { type_, fields: self.field_count(definition)? })
    }

    fn field(
        &mut self,
        index: FieldHandleIndex,
        arguments: &[TypeId],
        mutable: bool,
    ) -> Result<Op, Stop> {
        let handle = self.module.tables().field_handle(index)?;
        let type_ = self.struct_type(handle.owner, arguments.into())?;
        self.program.types.resolve_fields(&self.program.modules, type_)?;
        Ok(Op::BorrowField { type_, field: handle.field, mutable })
    }

    fn generic_field(&mut self, index: usize, mutable: bool) -> Result<Op, Stop> {
        let instance =
            self.module.tables().field_instantiations.get(index).ok_or(Status::IndexOutOfBounds)?;
        let arguments = self.type_arguments(instance.type_arguments)?;
        self.field(instance.handle, &arguments, mutable)
    }

    fn resource(&mut self, definition: StructDefinitionIndex) -> Result<TypeId, Stop> {
        self.struct_type(definition, Box::default())
    }

    fn generic_resource(&mut self, index: StructDefInstantiationIndex) -> Result<TypeId, Stop> {
        let (definition, arguments) = self.struct_instance(index)?;
        self.struct_type(definition, arguments)
    }

    /// The type of a vector whose element the one type of a signature says.
    fn vector(&mut self, index: SignatureIndex) -> Result<TypeId, Stop> {
        let tokens = &self.module.tables().signature(index)?.0;
        let [token] = tokens.as_slice() else {
            return Err(Status::UnknownInvariantViolationError.into());
        };
        let element = self.program.types.instantiate(self.module, token, &self.arguments)?;
        self.program.types.intern(Type::Vector(element))
    }

    fn generic_call(&mut self, index: FunctionInstantiationIndex) -> Result<Op, Stop> {
        let instance = self.module.tables().function_instantiation(index)?;
        let arguments = self.type_arguments(instance.type_arguments)?;
        self.check_nodes(self.program.types.nodes(&arguments))?;
        self.call(instance.handle, arguments)
    }

    fn call(&mut self, handle: FunctionHandleIndex, arguments: Box<[TypeId]>) -> Result<Op, Stop> {
        let tables = self.module.tables();
        let handle = tables.function_handle(handle)?;
        let module = tables.module_handle(handle.module)?;
        let address = tables.address(module.address)?;
        let index = self
            .program
            .modules
            .find(address, tables.identifier(module.name)?)
            .ok_or(Status::LinkerError)?;
        let target = self.program.modules.get(index)?;
        let definition = target
            .functions_by_name
            .get(tables.identifier(handle.name)?)
            .copied()
            .ok_or(Status::FunctionResolutionFailure)?;
        let id = self.program.function_id(index, definition, arguments)?;
        Ok(match self.program.function(id)?.body {
            FunctionBody::Native(_) => Op::CallNative(id),
            FunctionBody::Unseen | FunctionBody::Code(_) => Op::Call(id),
        })
    }
}

/// Which instructions begin a basic block.
fn leaders(code: &[Instruction]) -> Vec<bool> {
    let mut leaders = vec![false; code.len()];
    if let Some(first) = leaders.first_mut() {
        *first = true;
    }
    for (index, instruction) in code.iter().enumerate() {
        if let Some(leader) = instruction.target().and_then(|to| leaders.get_mut(usize::from(to))) {
            *leader = true;
        }
        if (instruction.target().is_some() || instruction.is_unconditional())
            && let Some(leader) = leaders.get_mut(index.saturating_add(1))
        {
            *leader = true;
        }
    }
    leaders
}
