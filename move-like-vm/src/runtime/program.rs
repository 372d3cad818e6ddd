//! Everything that is loaded: modules, types, functions.
//!
//! # Place      loader, translation -> [program] -> interpreter
//! # Invariants what is loaded changes how long a call takes and nothing else: what it costs and gives is
//! #            the same with an empty program
//! # Absent     eviction of single parts: a program that grew too large is emptied whole

use std::collections::BTreeMap;
use std::sync::Arc;

use super::module::Modules;
use super::native::{NativeFunction, NativeKey, Natives};
use super::op::Op;
use super::schedule::{Schedule, times_length};
use super::state::Bytes;
use super::stop::Stop;
use super::types::{TypeId, Types};
use super::value::Value;
use crate::format::FunctionDefinitionIndex;
use crate::status::Status;

/// How many operations may be kept between sessions.
const KEPT_OPS_MAX: usize = 4 << 20;
/// How many types may be kept between sessions.
const KEPT_TYPES_MAX: usize = 1 << 18;
/// How many modules and scripts may be kept between sessions.
const KEPT_MODULES_MAX: usize = 1 << 14;

/// The number of a function with its type arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FunctionId(pub(crate) u32);

impl FunctionId {
    pub(crate) fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// A function with its type arguments.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) module: usize,
    pub(crate) definition: FunctionDefinitionIndex,
    pub(crate) arguments: Box<[TypeId]>,
    pub(crate) parameters: Box<[TypeId]>,
    pub(crate) returns: Box<[TypeId]>,
    pub(crate) body: FunctionBody,
}

/// What a function does.
#[derive(Clone, Debug)]
pub(crate) enum FunctionBody {
    /// It was not called yet.
    Unseen,
    Code(Code),
    Native(NativeFunction),
}

/// A constant, decoded as far as it can be without a heap.
#[derive(Clone, Debug)]
pub(crate) enum Constant {
    Plain(Value),
    Bytes(Box<[u8]>),
    Encoded { type_: TypeId, data: Box<[u8]> },
}

/// The code of a function.
#[derive(Clone, Debug, Default)]
pub(crate) struct Code {
    pub(crate) ops: Box<[Op]>,
    /// The instruction that each operation stands for.
    pub(crate) origins: Box<[u16]>,
    /// The types of parameters and locals.
    pub(crate) locals: Box<[TypeId]>,
    /// How many of them are parameters.
    pub(crate) parameters: usize,
    /// Those which may own something when the function returns.
    pub(crate) owning: Box<[u8]>,
    pub(crate) constants: Box<[Constant]>,
    /// How many instructions the binary has.
    pub(crate) instructions: usize,
}

/// What is loaded, and how it is run.
#[derive(Clone)]
pub(crate) struct Program {
    pub(crate) modules: Modules,
    pub(crate) types: Types,
    pub(crate) functions: Vec<Function>,
    pub(crate) function_ids: BTreeMap<(usize, u16, Box<[TypeId]>), FunctionId>,
    pub(crate) scripts: BTreeMap<Bytes, usize>,
    pub(crate) natives: Arc<dyn Natives + Send + Sync>,
    pub(crate) schedule: Schedule,
    /// Whether every value's type is checked at each instruction.
    pub(crate) checked: bool,
    ops: usize,
}

impl Program {
    pub(crate) fn new(
        natives: Arc<dyn Natives + Send + Sync>,
        schedule: Schedule,
        checked: bool,
    ) -> Self {
        Self {
            modules: Modules::default(),
            types: Types::default(),
            functions: Vec::new(),
            function_ids: BTreeMap::new(),
            scripts: BTreeMap::new(),
            natives,
            schedule,
            checked,
            ops: 0,
        }
    }

    /// Forgets everything that was loaded.
    pub(crate) fn clear(&mut self) {
        *self = Self::new(Arc::clone(&self.natives), self.schedule.clone(), self.checked);
    }

    /// Forgets a module or script and everything that names it.
    pub(crate) fn forget(&mut self, index: usize) {
        let gone = self.modules.forget(index);
        self.scripts.retain(|_, script| !gone.contains(script));
    }

    /// Forgets everything where it became too much.
    pub(crate) fn trim(&mut self) {
        if self.ops > KEPT_OPS_MAX
            || self.types.len() > KEPT_TYPES_MAX
            || self.modules.len() > KEPT_MODULES_MAX
        {
            self.clear();
        }
    }

    pub(crate) fn function(&self, id: FunctionId) -> Result<&Function, Stop> {
        self.functions.get(id.index()).ok_or(Status::FunctionResolutionFailure.into())
    }

    /// The code of a function that was translated.
    #[inline]
    pub(crate) fn code(&self, id: FunctionId) -> Option<&Code> {
        match self.functions.get(id.index()) {
            Some(Function { body: FunctionBody::Code(code), .. }) => Some(code),
            _ => None,
        }
    }

    /// The function with these type arguments, which need not have been called before.
    pub(crate) fn function_id(
        &mut self,
        module: usize,
        definition: FunctionDefinitionIndex,
        arguments: Box<[TypeId]>,
    ) -> Result<FunctionId, Stop> {
        let key = (module, definition.0, arguments);
        if let Some(id) = self.function_ids.get(&key) {
            return Ok(*id);
        }
        let unit = self.modules.get(module)?;
        let tables = unit.tables();
        let (parameters, returns, native) = match &unit.unit {
            super::module::Unit::Script(script) => (script.parameters, None, false),
            super::module::Unit::Module(_) => {
                let function = tables.function_definition(definition)?;
                let handle = tables.function_handle(function.handle)?;
                (handle.parameters, Some(handle.returns), function.code.is_none())
            }
        };
        let arguments = &key.2;
        let parameters =
            self.types.instantiate_all(unit, &tables.signature(parameters)?.0, arguments)?;
        let returns = match returns {
            Some(index) => {
                self.types.instantiate_all(unit, &tables.signature(index)?.0, arguments)?
            }
            None => Box::default(),
        };
        // what a native function gives may be a vector of a type that no signature here says
        for argument in arguments.iter().filter(|_| native) {
            self.types.intern(super::types::Type::Vector(*argument))?;
        }
        // nor need any code here have seen the fields of a struct that it gives
        for type_ in returns.iter().filter(|_| native) {
            if matches!(self.types.get(*type_)?, super::types::Type::Struct(..)) {
                self.types.resolve_fields(&self.modules, *type_)?;
            }
        }
        let body = if native { self.native(module, definition)? } else { FunctionBody::Unseen };
        let id = FunctionId(
            u32::try_from(self.functions.len()).map_err(|_| Status::MemoryLimitExceeded)?,
        );
        let arguments = key.2.clone();
        self.functions.push(Function { module, definition, arguments, parameters, returns, body });
        self.function_ids.insert(key, id);
        Ok(id)
    }

    fn native(
        &self,
        module: usize,
        definition: FunctionDefinitionIndex,
    ) -> Result<FunctionBody, Stop> {
        let unit = self.modules.get(module)?;
        let id = unit.id().ok_or(Status::MissingDependency)?;
        let tables = unit.tables();
        let handle = tables.function_handle(tables.function_definition(definition)?.handle)?;
        let name = tables.identifier(handle.name)?;
        let key = NativeKey { address: id.address, module: &id.name, function: name };
        self.natives.find(key).map(FunctionBody::Native).ok_or(Status::MissingDependency.into())
    }

    /// What a session pays when it calls a function for the first time: the translation for these type
    /// arguments. Without type arguments there is one translation, which the bytes of the module pay for.
    pub(crate) fn first_call(&self, id: FunctionId) -> u64 {
        match self.functions.get(id.index()) {
            Some(Function { body: FunctionBody::Code(code), arguments, .. })
                if !arguments.is_empty() =>
            {
                times_length(code.instructions, self.schedule.first_call_instruction)
            }
            _ => 0,
        }
    }

    /// Keeps the code of a function.
    pub(crate) fn set_code(&mut self, id: FunctionId, code: Code) {
        self.ops = self.ops.saturating_add(code.ops.len());
        if let Some(function) = self.functions.get_mut(id.index()) {
            function.body = FunctionBody::Code(code);
        }
    }
}
