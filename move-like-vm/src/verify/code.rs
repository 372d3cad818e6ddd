//! The passes over the code of one function, in the order in which the reference verifier has them.
//!
//! # Place      tables are verified -> [code]: control flow, stack usage, type safety, locals safety,
//! #            reference safety, acquires -> signatures of scripts and entries
//! # Invariants which fault is named when there are several follows from this order, and is part of what
//! #            a block records; each pass may rely on those before it; the work is metered
//! # Absent     bounds, signatures, abilities of fields and the like: passes over tables check these
//! #            first, and without them code is refused here or meets an invariant, but never a panic

use super::acquires::{self, Acquires};
use super::body::{Body, placed};
use super::meter::Meter;
use super::{control_flow, locals_safety, reference_safety, stack_usage, type_safety};
use crate::fault::Fault;
use crate::format::{
    CompiledModule, CompiledScript, FunctionDefinitionIndex, FunctionView, Tables,
};
use crate::status::Status;

/// How large and how nested the code of a function may be; `None` is no limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many loops deep.
    pub loop_depth: Option<usize>,
    /// How many basic blocks.
    pub basic_blocks: Option<usize>,
    /// How many jumps back to the head of a loop.
    pub back_edges: Option<usize>,
    /// How many operands may lie on the stack at once.
    pub value_stack: u64,
    /// How many operands one block may put on the stack in all.
    pub pushes_per_block: Option<u64>,
}

impl Limits {
    /// What the runner of the reference's own tests enforces: only that the stack holds the operands.
    pub const REFERENCE_TESTS: Self = Self {
        loop_depth: None,
        basic_blocks: None,
        back_edges: None,
        value_stack: 1024,
        pushes_per_block: None,
    };

    /// What a network enforces.
    pub const NETWORK: Self = Self {
        loop_depth: Some(5),
        basic_blocks: Some(1024),
        back_edges: None,
        value_stack: 1024,
        pushes_per_block: Some(10_000),
    };
}

/// What surrounds the functions of a module or script.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// The tables.
    pub tables: Tables<'a>,
    /// The version of the format: up to 5, loops obey a narrower rule.
    pub version: u32,
    /// What the functions say that they take from storage.
    pub acquires: Acquires<'a>,
    /// How large a function may be.
    pub limits: &'a Limits,
}

/// Checks the code of every function of a module.
pub fn module(module: &CompiledModule, limits: &Limits, meter: &mut Meter) -> Result<(), Fault> {
    let tables = module.tables();
    let acquires = Acquires::new(&tables);
    let context = Context { tables, version: module.version, acquires, limits };
    for index in 0..module.function_definitions.len() {
        let index = u16::try_from(index).map_err(|_| Fault::new(Status::IndexOutOfBounds))?;
        let Some(view) = module.function_view(FunctionDefinitionIndex(index))? else { continue };
        function(&context, view, meter)?;
    }
    Ok(())
}

/// Checks the code of a script.
pub fn script(script: &CompiledScript, limits: &Limits, meter: &mut Meter) -> Result<(), Fault> {
    let context = Context {
        tables: script.tables(),
        version: script.version,
        acquires: Acquires::default(),
        limits,
    };
    function(&context, script.function_view()?, meter)
}

/// Checks the code of one function.
pub fn function<'a>(
    context: &Context<'a>,
    function: FunctionView<'a>,
    meter: &mut Meter,
) -> Result<(), Fault> {
    meter.enter_function();
    let graph = control_flow::verify(&function, context.version, context.limits)?;
    let within = |size: usize, most: Option<usize>, otherwise| match most {
        Some(most) if size > most => Err(placed(&function, Fault::new(otherwise), 0)),
        _ => Ok(()),
    };
    let limits = context.limits;
    within(graph.blocks().len(), limits.basic_blocks, Status::TooManyBasicBlocks)?;
    within(graph.spanning_tree().back_edge_count(), limits.back_edges, Status::TooManyBackEdges)?;
    let body = Body { tables: context.tables, function, graph };
    stack_usage::verify(&body, limits)?;
    type_safety::verify(&body, meter)?;
    locals_safety::verify(&body, meter)?;
    reference_safety::verify(&body, &context.acquires, meter)?;
    if function.definition.is_some() {
        acquires::verify(&body, &context.acquires)?;
    }
    meter.leave_function()
}

#[cfg(test)]
mod tests;
