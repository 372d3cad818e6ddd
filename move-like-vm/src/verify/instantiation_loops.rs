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

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::graph::Graph;
use crate::fault::{Fault, Place};
use crate::format::{
    CompiledModule, FunctionHandleIndex, FunctionInstantiationIndex, Instruction, SignatureIndex,
    SignatureToken, Tables,
};
use crate::status::Status;

/// Checks the calls of a module.
pub fn module(module: &CompiledModule) -> Result<(), Fault> {
    let calls = Calls::of(module.tables())?;
    let mut graph = Graph::new(calls.nodes);
    calls.each(|edge, _| {
        graph.connect(edge.from, edge.to);
        Ok(())
    })?;
    let components = graph.components();
    calls.each(|edge, place| {
        match edge.grows && components.get(edge.from) == components.get(edge.to) {
            true => Err(Fault::new(Status::LoopInInstantiationGraph).at(place)),
            false => Ok(()),
        }
    })
}

/// A call gives the type parameter `from` to the type parameter `to`.
#[derive(Clone, Copy, Debug)]
struct Edge {
    from: usize,
    to: usize,
    /// As a part of a larger type.
    grows: bool,
}

/// The generic calls of a module, and the type parameters of its functions, numbered through.
struct Calls<'a> {
    tables: Tables<'a>,
    /// The first node of each definition, and how many it has.
    of_definition: Vec<(usize, usize)>,
    definition: BTreeMap<FunctionHandleIndex, usize>,
    nodes: usize,
    /// For the type arguments of calls: each with the type parameters in it.
    arguments: BTreeMap<SignatureIndex, Vec<Argument>>,
}

/// A type argument.
struct Argument {
    parameters: BTreeSet<usize>,
    /// Whether it is more than one of these parameters by itself.
    grows: bool,
}

impl<'a> Calls<'a> {
    fn of(tables: Tables<'a>) -> Result<Self, Fault> {
        let mut of_definition = Vec::new();
        let mut definition = BTreeMap::new();
        let mut nodes = 0_usize;
        for (index, function) in tables.function_definitions.iter().enumerate() {
            let parameters = tables.function_handle(function.handle)?.type_parameters.len();
            of_definition.push((nodes, parameters));
            definition.insert(function.handle, index);
            nodes = nodes.saturating_add(parameters);
        }
        let mut arguments = BTreeMap::new();
        for call in tables.function_instantiations {
            if let Entry::Vacant(entry) = arguments.entry(call.type_arguments) {
                let types = &tables.signature(call.type_arguments)?.0;
                entry.insert(types.iter().map(Argument::of).collect());
            }
        }
        Ok(Self { tables, of_definition, definition, nodes, arguments })
    }

    fn node(&self, definition: usize, parameter: usize) -> Result<usize, Fault> {
        match self.of_definition.get(definition) {
            Some((first, count)) if parameter < *count => Ok(first.saturating_add(parameter)),
            Some(_) | None => Err(Fault::new(Status::IndexOutOfBounds)),
        }
    }

    /// Visits the edges of every call of a function defined here, each function's same calls once.
    fn each(&self, mut visit: impl FnMut(Edge, Place) -> Result<(), Fault>) -> Result<(), Fault> {
        for (function, definition) in self.tables.function_definitions.iter().enumerate() {
            let Some(code) = &definition.code else { continue };
            let mut seen = BTreeSet::new();
            for (instruction, what) in code.code.iter().enumerate() {
                let Instruction::CallGeneric(call) = what else { continue };
                if seen.insert(*call) {
                    let place = Place::Instruction { function, instruction };
                    self.edges(function, *call, |edge| visit(edge, place))?;
                }
            }
        }
        Ok(())
    }

    /// What a call gives to the type parameters of a function defined here.
    fn edges(
        &self,
        caller: usize,
        call: FunctionInstantiationIndex,
        mut visit: impl FnMut(Edge) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let call = self.tables.function_instantiation(call)?;
        let Some(callee) = self.definition.get(&call.handle) else { return Ok(()) };
        let arguments = self.arguments.get(&call.type_arguments).into_iter().flatten();
        for (formal, argument) in arguments.enumerate() {
            for parameter in &argument.parameters {
                let from = self.node(caller, *parameter)?;
                let to = self.node(*callee, formal)?;
                visit(Edge { from, to, grows: argument.grows })?;
            }
        }
        Ok(())
    }
}

impl Argument {
    fn of(type_: &SignatureToken) -> Self {
        let parameter = |node: &SignatureToken| match node {
            SignatureToken::TypeParameter(index) => Some(usize::from(*index)),
            _ => None,
        };
        let parameters = type_.preorder().filter_map(|(node, _)| parameter(node)).collect();
        Self { parameters, grows: parameter(type_).is_none() }
    }
}

#[cfg(test)]
mod tests;
