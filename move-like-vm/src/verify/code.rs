//! The passes over the code of one function, in the order in which the reference verifier has them.
//!
//! # Place      tables are verified -> [code]: control flow, stack usage, type safety, locals safety,
//! #            reference safety, acquires -> signatures of scripts and entries
//! # Invariants which fault is named when there are several follows from this order, and is part of what
//! #            a block records; each pass may rely on those before it; the work is metered
//! # Absent     bounds, signatures, abilities of fields and the like: passes over tables check these
//! #            first, and without them code is refused here or meets an invariant, but never a panic

use super::Config;
use super::acquires::{self, Acquires};
use super::body::{Body, placed};
use super::meter::Meter;
use super::reference_safety::Loan;
use super::{control_flow, locals_safety, reference_safety, stack_usage, type_safety};
use crate::fault::Fault;
use crate::format::{
    CompiledModule, CompiledScript, FunctionDefinitionIndex, FunctionView, Tables,
};
use crate::status::Status;

/// What surrounds the functions of a module or script.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// The tables.
    pub tables: Tables<'a>,
    /// The version of the format: up to 5, loops obey a narrower rule.
    pub version: u32,
    /// What the functions say that they take from storage.
    pub acquires: Acquires<'a>,
    /// How large and how nested a function may be.
    pub config: &'a Config,
}

/// Checks the code of every function of a module.
pub fn module(module: &CompiledModule, config: &Config, meter: &mut Meter) -> Result<(), Fault> {
    let tables = module.tables();
    let acquires = Acquires::new(&tables);
    let context = Context { tables, version: module.version, acquires, config };
    for index in 0..module.function_definitions.len() {
        let index = u16::try_from(index).map_err(|_| Fault::new(Status::IndexOutOfBounds))?;
        let Some(view) = module.function_view(FunctionDefinitionIndex(index))? else { continue };
        function(&context, view, meter)?;
    }
    Ok(())
}

/// Checks the code of a script.
pub fn script(script: &CompiledScript, config: &Config, meter: &mut Meter) -> Result<(), Fault> {
    let context = Context {
        tables: script.tables(),
        version: script.version,
        acquires: Acquires::default(),
        config,
    };
    function(&context, script.function_view()?, meter)
}

/// How the reference came to be because of which a function was refused: the way from the first lender
/// to it. Nothing where another pass refuses the function, or none.
pub fn loans(context: &Context<'_>, function: FunctionView<'_>) -> Vec<Loan> {
    match control_flow::verify(&function, context.version, context.config) {
        Ok(graph) => {
            let body = Body { tables: context.tables, function, graph };
            reference_safety::loans(&body, &context.acquires, context.config)
        }
        Err(_) => Vec::new(),
    }
}

/// Checks the code of one function.
pub fn function<'a>(
    context: &Context<'a>,
    function: FunctionView<'a>,
    meter: &mut Meter,
) -> Result<(), Fault> {
    meter.enter_function();
    let graph = control_flow::verify(&function, context.version, context.config)?;
    if context.config.basic_blocks.is_some_and(|most| graph.blocks().len() > most) {
        return Err(placed(&function, Fault::new(Status::TooManyBasicBlocks), 0));
    }
    let body = Body { tables: context.tables, function, graph };
    stack_usage::verify(&body, context.config)?;
    type_safety::verify(&body, meter)?;
    locals_safety::verify(&body, meter)?;
    reference_safety::verify(&body, &context.acquires, context.config, meter)?;
    if function.definition.is_some() {
        acquires::verify(&body, &context.acquires)?;
    }
    meter.leave_function()
}

#[cfg(test)]
pub(super) mod fixture;
#[cfg(test)]
mod tests;
