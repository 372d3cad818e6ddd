//! Generic functions do not call each other with ever larger types.
//!
//! Refuses a module with a cycle of generic calls in which a type parameter comes back inside a larger
//! type, as in `f<T>() { f<vector<T>>() }` (`LOOP_IN_INSTANTIATION_GRAPH`): running it would make types
//! without end, and a machine that keeps one body per instance would never stop making them.
//!
//! # Place      tables, graph -> [instantiation_loops] <- verify
//! # Invariants one node per type parameter of a function, an edge where a call gives one parameter to
//! #            another; near linear in edges, of which a call has at most its arguments times the
//! #            caller's type parameters
//! # Absent     calls of other modules: modules do not depend on each other in a cycle
//!
//! A cycle that stops after some rounds at run time is refused too.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::Graph;
use crate::fault::{Fault, Place};
use crate::format::{
    CompiledModule, FunctionHandleIndex, FunctionInstantiationIndex, Instruction, SignatureToken,
    Tables,
};
use crate::status::Status;

/// Checks the calls of a module.
pub fn module(module: &CompiledModule) -> Result<(), Fault> {
    let tables = module.tables();
    let nodes = Nodes::of(&tables)?;
    let mut graph = Graph::new(nodes.count);
    let mut growing = Vec::new();
    for (function, definition) in tables.function_definitions.iter().enumerate() {
        let Some(code) = &definition.code else { continue };
        let mut seen = BTreeSet::new();
        for (instruction, what) in code.code.iter().enumerate() {
            let Instruction::CallGeneric(call) = what else { continue };
            if !seen.insert(*call) {
                continue;
            }
            let place = Place::Instruction { function, instruction };
            for edge in nodes.edges(&tables, function, *call)? {
                graph.connect(edge.from, edge.to);
                if edge.grows {
                    growing.push((edge, place));
                }
            }
        }
    }
    let components = graph.components();
    let cyclic = |edge: &Edge| components.get(edge.from) == components.get(edge.to);
    match growing.iter().find(|(edge, _)| cyclic(edge)) {
        None => Ok(()),
        Some((_, place)) => Err(Fault::new(Status::LoopInInstantiationGraph).at(*place)),
    }
}

/// A call gives the type parameter `from` to the type parameter `to`.
#[derive(Clone, Copy, Debug)]
struct Edge {
    from: usize,
    to: usize,
    /// As a part of a larger type.
    grows: bool,
}

/// The type parameters of the functions defined here, numbered through.
struct Nodes {
    /// The first node of each definition, and how many it has.
    of_definition: Vec<(usize, usize)>,
    definition: BTreeMap<FunctionHandleIndex, usize>,
    count: usize,
}

impl Nodes {
    fn of(tables: &Tables<'_>) -> Result<Self, Fault> {
        let mut of_definition = Vec::new();
        let mut definition = BTreeMap::new();
        let mut count = 0_usize;
        for (index, function) in tables.function_definitions.iter().enumerate() {
            let parameters = tables.function_handle(function.handle)?.type_parameters.len();
            of_definition.push((count, parameters));
            definition.insert(function.handle, index);
            count = count.saturating_add(parameters);
        }
        Ok(Self { of_definition, definition, count })
    }

    fn node(&self, definition: usize, parameter: usize) -> Result<usize, Fault> {
        match self.of_definition.get(definition) {
            Some((first, count)) if parameter < *count => Ok(first.saturating_add(parameter)),
            Some(_) | None => Err(Fault::new(Status::IndexOutOfBounds)),
        }
    }

    /// What a call of a function defined here gives to its type parameters.
    fn edges(
        &self,
        tables: &Tables<'_>,
        caller: usize,
        call: FunctionInstantiationIndex,
    ) -> Result<Vec<Edge>, Fault> {
        let call = tables.function_instantiation(call)?;
        let Some(callee) = self.definition.get(&call.handle) else { return Ok(Vec::new()) };
        let mut edges = Vec::new();
        for (formal, argument) in tables.signature(call.type_arguments)?.0.iter().enumerate() {
            let grows = !matches!(argument, SignatureToken::TypeParameter(_));
            for parameter in parameters_in(argument) {
                let from = self.node(caller, parameter)?;
                edges.push(Edge { from, to: self.node(*callee, formal)?, grows });
            }
        }
        Ok(edges)
    }
}

/// The type parameters that occur in a type, each once.
fn parameters_in(type_: &SignatureToken) -> BTreeSet<usize> {
    let parameter = |node: &SignatureToken| match node {
        SignatureToken::TypeParameter(index) => Some(usize::from(*index)),
        _ => None,
    };
    type_.preorder().filter_map(|(node, _)| parameter(node)).collect()
}

#[cfg(test)]
mod tests;
