//! Control cannot leave the code, and its loops are nested in an orderly way.
//!
//! # Place      bounds -> [control_flow] -> every other pass over code
//! # Invariants the last instruction never falls through; every loop is entered at its head only, so
//! #            that the passes which repeat loops until nothing changes come to an end soon; loops are
//! #            nested no deeper than the limit. Refused with EMPTY_CODE_UNIT, INVALID_FALL_THROUGH,
//! #            INVALID_LOOP_SPLIT, LOOP_MAX_DEPTH_REACHED; files of version 5 obey the narrower rule
//! #            of [`control_flow_v5`], with INVALID_LOOP_CONTINUE and INVALID_LOOP_BREAK too
//! # Absent     what can be reached: code out of reach is checked where a pass needs no flow

use super::Config;
use super::body::placed;
use super::control_flow_graph::{ControlFlowGraph, SpanningTree};
use crate::fault::Fault;
use crate::format::FunctionView;
use crate::status::Status;

#[path = "control_flow/version_5.rs"]
pub mod control_flow_v5;

/// The last version of the format with the narrower rule of loops.
const LAST_WITH_STRUCTURED_LOOPS: u32 = 5;

/// Checks how control flows, and gives the graph that the other passes follow.
pub fn verify(
    function: &FunctionView<'_>,
    version: u32,
    config: &Config,
) -> Result<ControlFlowGraph, Fault> {
    let code = &function.code.code;
    let Some(last) = code.last() else {
        return Err(placed(function, Fault::new(Status::EmptyCodeUnit), 0));
    };
    if !last.is_unconditional() {
        let fault = Fault::new(Status::InvalidFallThrough);
        return Err(placed(function, fault, code.len().saturating_sub(1)));
    }
    let graph = ControlFlowGraph::new(code)?;
    if version <= LAST_WITH_STRUCTURED_LOOPS {
        control_flow_v5::verify(function, config)?;
    } else {
        Loops::new(graph.spanning_tree()).verify(config).map_err(|refused| {
            placed(function, Fault::new(refused.status), refused.start(&graph))
        })?;
    }
    Ok(graph)
}

/// A node of the spanning tree with what is wrong with it.
struct Refused {
    status: Status,
    node: usize,
}

impl Refused {
    fn start(&self, graph: &ControlFlowGraph) -> usize {
        let block = graph.spanning_tree().blocks.get(self.node);
        block.and_then(|block| graph.blocks().get(*block)).map_or(0, |block| block.start)
    }
}

/// The loops found so far, each folded into its head.
///
/// This is Tarjan's test (Testing Flow Graph Reducibility, 1974). Heads are taken from the innermost
/// outwards. The body of a loop is what leads to its back edges without passing the head; a node of it
/// that is not below the head can be entered from elsewhere, which splits the loop.
struct Loops<'t> {
    tree: &'t SpanningTree,
    /// The node that a node is folded into; itself if into none.
    folded_into: Vec<usize>,
    /// How many loops deep the loop of a head is.
    depths: Vec<usize>,
    /// The head whose body a node was last found in.
    found_for: Vec<Option<usize>>,
}

impl<'t> Loops<'t> {
    fn new(tree: &'t SpanningTree) -> Self {
        let nodes = tree.blocks.len();
        Self {
            tree,
            folded_into: (0..nodes).collect(),
            depths: vec![0; nodes],
            found_for: vec![None; nodes],
        }
    }

    fn verify(mut self, config: &Config) -> Result<(), Refused> {
        for (head, back_edges) in self.tree.back_edges.iter().enumerate().rev() {
            if back_edges.is_empty() {
                continue;
            }
            let body = self.body(head, back_edges)?;
            let depth = self.fold(head, &body);
            if config.loop_depth.is_some_and(|most| depth > most) {
                return Err(Refused { status: Status::LoopMaxDepthReached, node: head });
            }
        }
        Ok(())
    }

    /// The nodes of a loop without its head; loops inside stand as their heads.
    fn body(&mut self, head: usize, back_edges: &[usize]) -> Result<Vec<usize>, Refused> {
        let mut body: Vec<usize> = Vec::new();
        let mut frontier: Vec<usize> = Vec::new();
        for node in back_edges {
            let node = self.outermost(*node);
            if node != head && self.first_time(head, node) {
                body.push(node);
                frontier.push(node);
            }
        }
        frontier.sort_unstable();
        while let Some(node) = frontier.pop() {
            let tree = self.tree;
            let edges = tree.forward_edges.get(node).map_or(&[][..], Vec::as_slice);
            for from in edges {
                let from = self.outermost(*from);
                if !tree.is_descendant(head, from) {
                    return Err(Refused { status: Status::InvalidLoopSplit, node: from });
                }
                if from != head && self.first_time(head, from) {
                    body.push(from);
                    frontier.push(from);
                }
            }
        }
        Ok(body)
    }

    fn fold(&mut self, head: usize, body: &[usize]) -> usize {
        let mut inner = self.depths.get(head).copied().unwrap_or_default();
        for node in body {
            inner = inner.max(self.depths.get(*node).copied().unwrap_or_default());
            if let Some(into) = self.folded_into.get_mut(*node) {
                *into = head;
            }
        }
        let depth = inner.saturating_add(1);
        if let Some(of_head) = self.depths.get_mut(head) {
            *of_head = depth;
        }
        depth
    }

    /// The head of the outermost loop found so far that has the node in it; paths are shortened.
    fn outermost(&mut self, node: usize) -> usize {
        let mut node = node;
        loop {
            let into = self.folded_into.get(node).copied().unwrap_or(node);
            if into == node {
                return node;
            }
            let further = self.folded_into.get(into).copied().unwrap_or(into);
            if let Some(shortened) = self.folded_into.get_mut(node) {
                *shortened = further;
            }
            node = further;
        }
    }

    fn first_time(&mut self, head: usize, node: usize) -> bool {
        self.found_for.get_mut(node).is_some_and(|found| found.replace(head) != Some(head))
    }
}

#[cfg(test)]
mod tests;
