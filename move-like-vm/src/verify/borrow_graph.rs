//! Which reference may lead into what another reference leads to.
//!
//! A node is a reference that is alive. An edge from a parent to a child says that the child was made
//! from the parent: along a path of labels (a field, or a local or resource under the root). A *strong*
//! edge says that the child leads exactly to the end of its path, a *weak* one that it may lead anywhere
//! below it. An empty path is a *full* borrow: the child may lead to all that the parent leads to.
//!
//! # Place      [borrow_graph] <- reference safety
//! # Invariants of two references of which one leads into what the other leads to, one is an ancestor of
//! #            the other, or both have a common ancestor under paths that say so; letting go of a
//! #            reference makes its parents the parents of its children; no reference borrows from
//! #            itself; between two references there are at most [`MOST_EDGES`] edges, beyond which
//! #            one weak full borrow stands for all of them
//! # Absent     what may be done with a reference that is borrowed: reference safety decides

use std::collections::{BTreeMap, BTreeSet};

use crate::fault::Fault;
use crate::status::Status;

/// The most edges from one reference to another that are kept apart.
pub const MOST_EDGES: usize = 10;

/// A reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReferenceId(pub usize);

/// How a child was made from its parent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Edge<L> {
    strong: bool,
    path: Vec<L>,
}

impl<L: Ord> Edge<L> {
    /// Whether whatever the other edge allows is allowed by this one.
    fn covers(&self, other: &Self) -> bool {
        self == other || (!self.strong && other.path.starts_with(&self.path))
    }
}

/// The edges from one reference to another.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Edges<L> {
    edges: BTreeSet<Edge<L>>,
    /// Whether there were too many, and one edge stands for all, also for those to come.
    merged: bool,
}

impl<L: Ord> Edges<L> {
    const fn none() -> Self {
        Self { edges: BTreeSet::new(), merged: false }
    }

    fn insert(&mut self, edge: Edge<L>) {
        if self.merged {
            return;
        }
        if self.edges.len() < MOST_EDGES {
            self.edges.insert(edge);
        } else {
            self.edges = BTreeSet::from([Edge { strong: false, path: Vec::new() }]);
            self.merged = true;
        }
    }
}

/// A reference with its edges.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Node<L> {
    mutable: bool,
    borrowed_by: BTreeMap<ReferenceId, Edges<L>>,
    /// The other ends of the edges that lead here.
    borrows_from: BTreeSet<ReferenceId>,
}

/// The references that are alive and how they were made from each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BorrowGraph<L>(BTreeMap<ReferenceId, Node<L>>);

/// The graph is not as its user thinks: a defect of the verifier, or a pass was left out.
const fn inconsistent() -> Fault {
    Fault::new(Status::VerifierInvariantViolation)
}

impl<L: Clone + Ord> BorrowGraph<L> {
    /// A graph without references.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// How many references and edges there are.
    pub fn size(&self) -> usize {
        let edges = self.0.values().flat_map(|node| node.borrowed_by.values());
        edges.map(|edges| edges.edges.len()).fold(self.0.len(), usize::saturating_add)
    }

    fn node(&self, id: ReferenceId) -> Result<&Node<L>, Fault> {
        self.0.get(&id).ok_or(inconsistent())
    }

    fn node_mut(&mut self, id: ReferenceId) -> Result<&mut Node<L>, Fault> {
        self.0.get_mut(&id).ok_or(inconsistent())
    }

    /// Whether the reference may be written through.
    pub fn is_mutable(&self, id: ReferenceId) -> Result<bool, Fault> {
        Ok(self.node(id)?.mutable)
    }

    /// A new reference, made from none.
    pub fn add(&mut self, id: ReferenceId, mutable: bool) -> Result<(), Fault> {
        let node = Node { mutable, borrowed_by: BTreeMap::new(), borrows_from: BTreeSet::new() };
        if self.0.insert(id, node).is_some() { Err(inconsistent()) } else { Ok(()) }
    }

    /// The children of a reference, once for every edge, with the first label of its path: none for a
    /// full borrow.
    pub fn borrowers(
        &self,
        id: ReferenceId,
    ) -> Result<impl Iterator<Item = (ReferenceId, Option<&L>)>, Fault> {
        Ok(self
            .node(id)?
            .borrowed_by
            .iter()
            .flat_map(|(child, edges)| edges.edges.iter().map(|edge| (*child, edge.path.first()))))
    }

    /// The child leads exactly to the end of the path from the parent. What was borrowed from there is
    /// from now on borrowed from the child.
    pub fn borrow_exactly(
        &mut self,
        parent: ReferenceId,
        path: &[L],
        child: ReferenceId,
    ) -> Result<(), Fault> {
        let mut moved: Vec<(ReferenceId, Edge<L>)> = Vec::new();
        let mut childless: Vec<ReferenceId> = Vec::new();
        let borrowed_by = &mut self.node_mut(parent)?.borrowed_by;
        for (grandchild, edges) in borrowed_by.iter_mut() {
            let (below, elsewhere): (BTreeSet<_>, BTreeSet<_>) = std::mem::take(&mut edges.edges)
                .into_iter()
                .partition(|edge| edge.path.starts_with(path));
            edges.edges = elsewhere;
            moved.extend(below.into_iter().map(|edge| (*grandchild, edge)));
            if edges.edges.is_empty() {
                childless.push(*grandchild);
            }
        }
        for grandchild in childless {
            self.node_mut(parent)?.borrowed_by.remove(&grandchild);
            self.node_mut(grandchild)?.borrows_from.remove(&parent);
        }
        for (grandchild, edge) in moved {
            let rest = edge.path.get(path.len()..).unwrap_or_default().to_vec();
            self.add_edge(child, Edge { strong: edge.strong, path: rest }, grandchild)?;
        }
        self.add_edge(parent, Edge { strong: true, path: path.to_vec() }, child)
    }

    /// The child leads anywhere below the end of the path from the parent.
    pub fn borrow_below(
        &mut self,
        parent: ReferenceId,
        path: &[L],
        child: ReferenceId,
    ) -> Result<(), Fault> {
        self.add_edge(parent, Edge { strong: false, path: path.to_vec() }, child)
    }

    fn add_edge(
        &mut self,
        parent: ReferenceId,
        edge: Edge<L>,
        child: ReferenceId,
    ) -> Result<(), Fault> {
        if parent == child {
            return Err(inconsistent());
        }
        self.node_mut(child)?.borrows_from.insert(parent);
        let borrowed_by = &mut self.node_mut(parent)?.borrowed_by;
        borrowed_by.entry(child).or_insert_with(Edges::none).insert(edge);
        Ok(())
    }

    /// Lets go of a reference. Its children are from now on borrowed from its parents.
    pub fn release(&mut self, id: ReferenceId) -> Result<(), Fault> {
        let released = self.0.remove(&id).ok_or(inconsistent())?;
        for child in released.borrowed_by.keys() {
            self.node_mut(*child)?.borrows_from.remove(&id);
        }
        for parent in released.borrows_from {
            let to_released =
                self.node_mut(parent)?.borrowed_by.remove(&id).ok_or(inconsistent())?;
            for first in &to_released.edges {
                for (child, edges) in &released.borrowed_by {
                    for second in &edges.edges {
                        // what borrows from its own child would borrow from itself
                        if parent != *child {
                            self.add_edge(parent, joined_path(first, second), *child)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Gives references new names, all at once. Those that are not in the map keep theirs.
    pub fn rename(&mut self, names: &BTreeMap<ReferenceId, ReferenceId>) -> Result<(), Fault> {
        let new = |id: ReferenceId| names.get(&id).copied().unwrap_or(id);
        let before = self.0.len();
        self.0 = std::mem::take(&mut self.0)
            .into_iter()
            .map(|(id, node)| {
                let borrowed_by =
                    node.borrowed_by.into_iter().map(|(child, edges)| (new(child), edges));
                let node = Node {
                    mutable: node.mutable,
                    borrowed_by: borrowed_by.collect(),
                    borrows_from: node.borrows_from.into_iter().map(new).collect(),
                };
                (new(id), node)
            })
            .collect();
        if self.0.len() == before { Ok(()) } else { Err(inconsistent()) }
    }

    /// Whether whatever the other graph allows is allowed by this one. Both have the same references.
    pub fn covers(&self, other: &Self) -> Result<bool, Fault> {
        Ok(self.not_covered(other)?.is_empty())
    }

    fn not_covered(&self, other: &Self) -> Result<Vec<(ReferenceId, Edge<L>, ReferenceId)>, Fault> {
        let mut missing = Vec::new();
        for (parent, theirs) in &other.0 {
            let ours = self.node(*parent)?;
            for (child, edges) in &theirs.borrowed_by {
                let known = ours.borrowed_by.get(child);
                for edge in &edges.edges {
                    let covered = known
                        .is_some_and(|known| known.edges.iter().any(|known| known.covers(edge)));
                    if !covered {
                        missing.push((*parent, edge.clone(), *child));
                    }
                }
            }
        }
        Ok(missing)
    }

    /// Makes the graph cover another one with the same references. Whether it did not before.
    pub fn join(&mut self, other: &Self) -> Result<bool, Fault> {
        if !self.0.keys().eq(other.0.keys()) {
            return Err(inconsistent());
        }
        let missing = self.not_covered(other)?;
        let changed = !missing.is_empty();
        for (parent, edge, child) in missing {
            self.add_edge(parent, edge, child)?;
        }
        Ok(changed)
    }
}

impl<L: Clone + Ord> Default for BorrowGraph<L> {
    fn default() -> Self {
        Self::new()
    }
}

/// The edge that stands for two edges in a row.
fn joined_path<L: Clone>(first: &Edge<L>, second: &Edge<L>) -> Edge<L> {
    let mut path = first.path.clone();
    if first.strong {
        path.extend_from_slice(&second.path);
    }
    Edge { strong: first.strong && second.strong, path }
}

#[cfg(test)]
mod tests;
