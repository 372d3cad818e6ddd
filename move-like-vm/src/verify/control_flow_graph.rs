//! The basic blocks of a function and how control goes between them.
//!
//! # Place      [control_flow_graph] <- control flow, stack usage, type safety, abstract interpreter
//! # Invariants every instruction is in exactly one block; control enters a block at its start only and
//! #            leaves it at its end only; every jump of the code is an edge
//! # Absent     what an instruction does apart from jumping

use crate::fault::Fault;
use crate::format::Instruction;
use crate::status::Status;

/// Instructions that always run one after another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its first instruction.
    pub start: usize,
    /// Its last instruction.
    pub last: usize,
    /// The numbers of the blocks that may run next, ascending.
    pub successors: Vec<usize>,
}

/// The blocks of a function, numbered in the order of the code; block 0 is the entry.
#[derive(Clone, Debug)]
pub struct ControlFlowGraph {
    blocks: Vec<Block>,
    spanning_tree: SpanningTree,
}

/// What a depth-first walk from the entry finds. Of several successors, the last is followed first.
///
/// Nodes are the blocks that can be reached, numbered in the order in which the walk meets them.
#[derive(Clone, Debug, Default)]
pub struct SpanningTree {
    /// The block of every node.
    pub blocks: Vec<usize>,
    /// How many nodes below a node the walk met only through it; their numbers follow its own.
    pub descendants: Vec<usize>,
    /// From where control goes back to a node: the nodes from which the walk met it again while it was
    /// still below it. A node that has some is the head of a loop.
    pub back_edges: Vec<Vec<usize>>,
    /// From where control comes to a node otherwise.
    pub forward_edges: Vec<Vec<usize>>,
    /// The blocks so that each one stands before all that it leads to, apart from back edges.
    pub reverse_postorder: Vec<usize>,
}

impl ControlFlowGraph {
    /// The graph of some code. A jump out of the code is refused with `INDEX_OUT_OF_BOUNDS`.
    pub fn new(code: &[Instruction]) -> Result<Self, Fault> {
        let number_of_block = number_blocks(code)?;
        let mut blocks: Vec<Block> = Vec::new();
        for (offset, number) in number_of_block.iter().enumerate() {
            match blocks.get_mut(*number) {
                Some(block) => block.last = offset,
                None => blocks.push(Block { start: offset, last: offset, successors: Vec::new() }),
            }
        }
        for block in &mut blocks {
            block.successors = successors(code, block.last, &number_of_block);
        }
        let spanning_tree = SpanningTree::of(&blocks);
        Ok(Self { blocks, spanning_tree })
    }

    /// The blocks, in the order of the code. Some may be out of reach.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The walk over the blocks that can be reached.
    pub const fn spanning_tree(&self) -> &SpanningTree {
        &self.spanning_tree
    }
}

/// For every instruction the number of its block.
fn number_blocks(code: &[Instruction]) -> Result<Vec<usize>, Fault> {
    let mut starts = vec![false; code.len()];
    for (offset, instruction) in code.iter().enumerate() {
        let behind = offset.saturating_add(1);
        if let Some(target) = instruction.target() {
            *starts.get_mut(usize::from(target)).ok_or(Fault::new(Status::IndexOutOfBounds))? =
                true;
        }
        if ends_block(instruction)
            && let Some(start) = starts.get_mut(behind)
        {
            *start = true;
        }
    }
    let mut number: usize = 0;
    Ok(starts
        .into_iter()
        .enumerate()
        .map(|(offset, start)| {
            if start && offset > 0 {
                number = number.saturating_add(1);
            }
            number
        })
        .collect())
}

const fn ends_block(instruction: &Instruction) -> bool {
    instruction.is_unconditional() || instruction.target().is_some()
}

fn successors(code: &[Instruction], last: usize, number_of_block: &[usize]) -> Vec<usize> {
    let Some(instruction) = code.get(last) else { return Vec::new() };
    let target = instruction.target().map(usize::from);
    let behind = if instruction.is_unconditional() { None } else { last.checked_add(1) };
    let mut successors: Vec<usize> = [target, behind]
        .into_iter()
        .flatten()
        .filter_map(|offset| number_of_block.get(offset).copied())
        .collect();
    successors.sort_unstable();
    successors.dedup();
    successors
}

/// Where the walk is in one node: how many successors of its block it has still to look at.
struct Visit {
    node: usize,
    left: usize,
}

#[derive(Clone, Copy)]
enum Mark {
    Unseen,
    Open(usize),
    Closed(usize),
}

impl SpanningTree {
    fn of(blocks: &[Block]) -> Self {
        let mut tree = Self::default();
        let mut marks = vec![Mark::Unseen; blocks.len()];
        let mut path: Vec<Visit> = Vec::new();
        path.extend(tree.open(0, blocks, &mut marks));
        while let Some(visit) = path.last_mut() {
            let node = visit.node;
            let successors =
                tree.blocks.get(node).and_then(|block| blocks.get(*block)).map(|b| &b.successors);
            let next = visit.left.checked_sub(1).and_then(|left| {
                visit.left = left;
                successors.and_then(|successors| successors.get(left)).copied()
            });
            let Some(block) = next else {
                path.pop();
                tree.close(node, path.last().map(|parent| parent.node), &mut marks);
                continue;
            };
            match marks.get(block).copied() {
                Some(Mark::Unseen) => {
                    path.extend(tree.open(block, blocks, &mut marks));
                    push(tree.forward_edges.last_mut(), node);
                }
                Some(Mark::Open(head)) => push(tree.back_edges.get_mut(head), node),
                Some(Mark::Closed(met)) => push(tree.forward_edges.get_mut(met), node),
                None => {}
            }
        }
        tree.reverse_postorder.reverse();
        tree
    }

    fn open(&mut self, number: usize, blocks: &[Block], marks: &mut [Mark]) -> Option<Visit> {
        let block = blocks.get(number)?;
        let node = self.blocks.len();
        *marks.get_mut(number)? = Mark::Open(node);
        self.blocks.push(number);
        self.descendants.push(0);
        self.back_edges.push(Vec::new());
        self.forward_edges.push(Vec::new());
        Some(Visit { node, left: block.successors.len() })
    }

    fn close(&mut self, node: usize, parent: Option<usize>, marks: &mut [Mark]) {
        let below = self.descendants.get(node).copied().unwrap_or_default().saturating_add(1);
        if let Some(descendants) = parent.and_then(|parent| self.descendants.get_mut(parent)) {
            *descendants = descendants.saturating_add(below);
        }
        if let Some(block) = self.blocks.get(node).copied() {
            self.reverse_postorder.push(block);
            if let Some(mark) = marks.get_mut(block) {
                *mark = Mark::Closed(node);
            }
        }
    }

    /// Whether the walk met one node through another, or they are the same.
    pub fn is_descendant(&self, ancestor: usize, node: usize) -> bool {
        let below = self.descendants.get(ancestor).copied().unwrap_or_default();
        ancestor <= node && node <= ancestor.saturating_add(below)
    }
}

fn push(edges: Option<&mut Vec<usize>>, from: usize) {
    if let Some(edges) = edges {
        edges.push(from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Instruction::{BrTrue, Branch, LdTrue, Nop, Ret};

    fn graph(code: &[Instruction]) -> ControlFlowGraph {
        ControlFlowGraph::new(code).unwrap()
    }

    fn shape(code: &[Instruction]) -> Vec<(usize, usize, Vec<usize>)> {
        graph(code).blocks().iter().map(|b| (b.start, b.last, b.successors.clone())).collect()
    }

    #[test]
    fn a_branch_and_its_target_start_blocks() {
        assert_eq!(shape(&[Ret]), [(0, 0, vec![])]);
        assert_eq!(
            shape(&[LdTrue, BrTrue(3), Nop, Ret]),
            [(0, 1, vec![1, 2]), (2, 2, vec![2]), (3, 3, vec![])]
        );
        assert_eq!(shape(&[Branch(1), Ret]), [(0, 0, vec![1]), (1, 1, vec![])]);
    }

    #[test]
    fn two_ways_to_one_block_are_one_edge() {
        assert_eq!(shape(&[LdTrue, BrTrue(2), Ret]), [(0, 1, vec![1]), (2, 2, vec![])]);
    }

    #[test]
    fn a_jump_out_of_the_code_is_refused() {
        let fault = ControlFlowGraph::new(&[Branch(1)]).unwrap_err();
        assert_eq!(fault.status, Status::IndexOutOfBounds);
    }

    #[test]
    fn a_loop_has_a_head_and_unreached_blocks_are_not_walked() {
        // 0 -> 1 -> 1 | 2; 3 is out of reach
        let graph = graph(&[Nop, LdTrue, BrTrue(1), Ret, Ret]);
        let tree = graph.spanning_tree();
        assert_eq!(tree.blocks, [0, 1, 2]);
        assert_eq!(tree.back_edges, [vec![], vec![1], vec![]]);
        assert_eq!(tree.forward_edges, [vec![], vec![0], vec![1]]);
        assert_eq!(tree.descendants, [2, 1, 0]);
        assert_eq!(tree.reverse_postorder, [0, 1, 2]);
        assert_eq!(graph.blocks().len(), 4);
    }

    #[test]
    fn a_block_stands_behind_all_that_lead_to_it() {
        // a diamond: 0 -> 1, 2; 1 -> 3; 2 -> 3
        let graph = graph(&[LdTrue, BrTrue(3), Branch(4), Nop, Ret]);
        assert_eq!(graph.spanning_tree().reverse_postorder, [0, 1, 2, 3]);
        assert_eq!(graph.spanning_tree().blocks, [0, 2, 3, 1], "the last successor comes first");
    }

    #[test]
    fn the_last_offset_of_the_longest_code_can_jump_back() {
        let mut code = vec![Nop; 65_535];
        code[65_534] = Branch(65_519);
        assert_eq!(shape(&code).last(), Some(&(65_519, 65_534, vec![1])));
    }
}
