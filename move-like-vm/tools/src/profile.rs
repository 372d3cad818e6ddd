//! `florin move gas-profile`: what the code of each function costs, before it runs.
//!
//! The schedule gives each instruction a cost that does not depend on its operands, and charges more for
//! sizes: bytes that are copied or compared, resources, native work. The first part is summed here by
//! class of instruction. Where a function and all it calls have no loop, the dearest way through it is
//! its maximum, which is exact if nothing on any way depends on a size.
//!
//! For functions without type parameters the machine itself says what a session that makes just this
//! call is charged at most, with everything that sizes and loading cost: that is the number to sign under.
//!
//! # Place      verified modules, gas schedule -> [profile] -> a person who signs or reviews
//! # Invariants a maximum is never below what the machine charges for the fixed part
//! # Absent     measured runs: nothing is executed here

mod session;
mod ways;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use move_like_vm::fault::Fault;
use move_like_vm::format::{
    CodeUnit, CompiledModule, FunctionHandleIndex, Instruction, StructDefinitionIndex,
    StructFields, Tables,
};
use move_like_vm::runtime::Schedule;
use move_like_vm::runtime::native::{NativeKey, Natives};
use serde::Serialize;

use crate::naming::{self, MemberName};
use ways::Way;

/// What kind of work an instruction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Locals, the operand stack and numbers in the code.
    Locals,
    /// Arithmetic, comparison and casts.
    Arithmetic,
    /// Branches, returns and aborts.
    Control,
    /// Calls.
    Calls,
    /// References and fields.
    References,
    /// Packing and unpacking of structs.
    Structs,
    /// Vectors and constants.
    Vectors,
    /// Resources in storage.
    Storage,
}

/// Why there is no maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unbounded {
    /// It has a loop.
    Loop,
    /// Something that it calls has none, or calls it back.
    Callee,
    /// It calls a function of a module that is not there.
    UnknownCallee,
}

/// The most that one call costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Maximum {
    /// So many units.
    Units {
        /// The dearest way through the function.
        maximum: u64,
        /// Whether nothing depends on sizes: then it is all that is charged.
        exact: bool,
    },
    /// There is none.
    None {
        /// Why.
        unbounded: Unbounded,
    },
}

/// One function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Profile {
    /// The function.
    pub function: String,
    /// How many instructions it has.
    pub instructions: usize,
    /// What they cost by class, each counted once.
    pub gas: BTreeMap<Class, u64>,
    /// The most that the instructions of one call cost.
    #[serde(flatten)]
    pub maximum: Maximum,
    /// The most that a session is charged which makes just this call, if the machine can say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<u64>,
}

/// A function with code.
struct Function<'a> {
    name: MemberName,
    module: &'a CompiledModule,
    code: &'a CodeUnit,
    parameters: &'a [move_like_vm::format::SignatureToken],
}

/// The profiles of all functions with code, in the order of the modules.
pub fn profiles(
    modules: &[CompiledModule],
    schedule: &Schedule,
    natives: &Arc<dyn Natives + Send + Sync>,
) -> Result<Vec<Profile>, Fault> {
    let mut functions = Vec::new();
    for module in modules {
        functions.extend(functions_of(module)?);
    }
    let meter = Meter { schedule, natives: &**natives, locals: local_counts(modules)? };
    let mut sessions = session::Sessions::new(modules, schedule, natives)?;
    let maxima = ways::maxima(&functions, &meter)?;
    let mut profiles = Vec::new();
    for function in &functions {
        let tables = function.module.tables();
        let mut gas = BTreeMap::new();
        for instruction in &function.code.code {
            let sum: &mut u64 = gas.entry(class(instruction)).or_default();
            *sum = sum.saturating_add(meter.fixed(&tables, instruction)?);
        }
        let none = Maximum::None { unbounded: Unbounded::Callee };
        profiles.push(Profile {
            function: function.name.to_string(),
            instructions: function.code.code.len(),
            gas,
            maximum: maxima.get(&function.name).map_or(none, Way::maximum),
            session: sessions.maximum(&function.name),
        });
    }
    Ok(profiles)
}

fn functions_of(module: &CompiledModule) -> Result<Vec<Function<'_>>, Fault> {
    let tables = module.tables();
    let mut functions = Vec::new();
    for definition in &module.function_definitions {
        let Some(code) = &definition.code else { continue };
        let handle = tables.function_handle(definition.handle)?;
        let parameters = tables.signature(handle.parameters)?.0.as_slice();
        let name = naming::function(&tables, definition.handle)?;
        functions.push(Function { name, module, code, parameters });
    }
    Ok(functions)
}

/// How many parameters and locals each function with code has.
fn local_counts(modules: &[CompiledModule]) -> Result<BTreeMap<MemberName, u64>, Fault> {
    let mut counts = BTreeMap::new();
    for module in modules {
        let tables = module.tables();
        for function in functions_of(module)? {
            let locals = tables.signature(function.code.locals)?.0.len();
            let count = function.parameters.len().saturating_add(locals);
            counts.insert(function.name, u64::try_from(count).unwrap_or(u64::MAX));
        }
    }
    Ok(counts)
}

/// What instructions cost.
struct Meter<'a> {
    schedule: &'a Schedule,
    natives: &'a dyn Natives,
    locals: BTreeMap<MemberName, u64>,
}

impl Meter<'_> {
    /// What an instruction costs before it runs, without what it calls.
    fn fixed(&self, tables: &Tables<'_>, instruction: &Instruction) -> Result<u64, Fault> {
        use Instruction as I;
        let fields = |definition| field_count(tables, definition);
        let parts = match instruction {
            I::Pack(index) | I::Unpack(index) => fields(*index)?,
            I::PackGeneric(index) | I::UnpackGeneric(index) => {
                fields(tables.struct_instantiation(*index)?.definition)?
            }
            _ => 0,
        };
        let locals = match callee(tables, instruction)? {
            Some(callee) => {
                self.locals.get(&naming::function(tables, callee)?).copied().unwrap_or(0)
            }
            None => 0,
        };
        let more = parts
            .saturating_mul(u64::from(self.schedule.part))
            .saturating_add(locals.saturating_mul(u64::from(self.schedule.local)));
        Ok(self.schedule.of(instruction).saturating_add(more))
    }

    /// What a call of a native function costs beside its bytes.
    fn native(&self, name: &MemberName) -> Option<u64> {
        let address = name.module.address;
        let key = NativeKey { address, module: &name.module.name, function: &name.name };
        self.natives.find(key).map(|native| u64::from(native.gas))
    }
}

fn field_count(tables: &Tables<'_>, index: StructDefinitionIndex) -> Result<u64, Fault> {
    Ok(match &tables.struct_definition(index)?.fields {
        StructFields::Native => 0,
        StructFields::Declared(fields) => u64::try_from(fields.len()).unwrap_or(u64::MAX),
    })
}

/// The function that an instruction calls.
fn callee(
    tables: &Tables<'_>,
    instruction: &Instruction,
) -> Result<Option<FunctionHandleIndex>, Fault> {
    Ok(match instruction {
        Instruction::Call(handle) => Some(*handle),
        Instruction::CallGeneric(index) => Some(tables.function_instantiation(*index)?.handle),
        _ => None,
    })
}

/// The functions that a function calls.
fn callees(function: &Function<'_>) -> Result<BTreeSet<MemberName>, Fault> {
    let tables = function.module.tables();
    let mut names = BTreeSet::new();
    for instruction in &function.code.code {
        if let Some(handle) = callee(&tables, instruction)? {
            names.insert(naming::function(&tables, handle)?);
        }
    }
    Ok(names)
}

fn class(instruction: &Instruction) -> Class {
    // The ranges of opcodes are those of the format, where kinds stand together.
    match instruction.opcode() {
        0x02..=0x05 | 0x27 | 0x28 => Class::Control,
        0x16..=0x26 | 0x2F | 0x30 | 0x33..=0x35 | 0x4B..=0x4D => Class::Arithmetic,
        0x0D..=0x10 | 0x14 | 0x15 | 0x2E | 0x36 | 0x37 => Class::References,
        0x11 | 0x38 => Class::Calls,
        0x12 | 0x13 | 0x39 | 0x3A => Class::Structs,
        0x29..=0x2D | 0x3B..=0x3F => Class::Storage,
        0x07 | 0x40..=0x47 => Class::Vectors,
        _ => Class::Locals,
    }
}

/// Profiles as JSON.
pub fn json(profiles: &[Profile]) -> serde_json::Result<String> {
    serde_json::to_string_pretty(profiles)
}

impl fmt::Display for Profile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {} instructions, ", self.function, self.instructions)?;
        match self.maximum {
            Maximum::Units { maximum, exact: true } => writeln!(formatter, "at most {maximum}")?,
            Maximum::Units { maximum, exact: false } => {
                writeln!(formatter, "at most {maximum} and what sizes cost")?;
            }
            Maximum::None { unbounded } => {
                let reason = match unbounded {
                    Unbounded::Loop => "it has a loop",
                    Unbounded::Callee => "something that it calls has no maximum",
                    Unbounded::UnknownCallee => "it calls what is not here",
                };
                writeln!(formatter, "no maximum: {reason}")?;
            }
        }
        if let Some(units) = self.session {
            writeln!(formatter, "  a session with this call alone: at most {units}")?;
        }
        for (class, units) in &self.gas {
            let class = format!("{class:?}").to_lowercase();
            writeln!(formatter, "  {class:<12}{units:>8}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
