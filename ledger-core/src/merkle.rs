//! One shape of tree for everything: RFC 6962, over salted leaves.
//!
//! A tree of n leaves pairs them level by level; a last node without partner moves up unchanged.
//! That is the shape of RFC 6962, so its audit paths (RFC 9162 §2.1.3) apply as they stand.
//!
//! # Place      state tree, receipts of a block, history of blocks, journals
//! # Invariants W10 one shape; W21 a run of leaves is proved complete (`range`)
//! # Absent     storage; what a leaf means

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    chunks::Chunks,
    digest::{Hash32, node_hash, node_hashes},
    parallel::in_parts,
};

mod range;

pub use range::{RangeCut, range_path, root_from_range};

/// Commitment to an append-only list: how many, and the root over them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogHead {
    /// Number of leaves.
    pub count: u64,
    /// Root over them; zero for none.
    pub root: Hash32,
}

impl LogHead {
    /// The head of an empty list.
    pub const EMPTY: Self = Self { count: 0, root: Hash32::ZERO };
}

/// The right edge of an append-only tree: enough to append, and to know the root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Frontier {
    count: u64,
    /// Roots of the complete subtrees, largest first: one per set bit of `count`.
    peaks: Vec<Hash32>,
}

impl Frontier {
    /// The right edge of an empty list.
    pub const EMPTY: Self = Self { count: 0, peaks: Vec::new() };

    /// Appends a leaf.
    pub fn push(&mut self, leaf: Hash32) {
        let mut node = leaf;
        for _ in 0..self.count.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                node = node_hash(&left, &node);
            }
        }
        self.peaks.push(node);
        self.count = self.count.saturating_add(1);
    }

    /// Whether there is one peak per set bit of the count, as there is in every frontier that was
    /// only pushed to; bytes read from a disk may say otherwise.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        u32::try_from(self.peaks.len()) == Ok(self.count.count_ones())
    }

    /// Number of leaves.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Appends one leaf to each of several trees, hashing side by side; their heads afterwards.
    pub fn push_each(edges: &mut [&mut Self], leaves: &[Hash32]) -> Vec<LogHead> {
        let mut joined: Vec<Vec<Hash32>> = Vec::with_capacity(edges.len());
        for (edge, leaf) in edges.iter_mut().zip(leaves) {
            let merged = usize::try_from(edge.count.trailing_ones()).unwrap_or(usize::MAX);
            let kept = edge.peaks.len().saturating_sub(merged);
            joined.push(edge.peaks.drain(kept..).chain([*leaf]).collect());
        }
        for (edge, peak) in edges.iter_mut().zip(fold_each(&joined)) {
            edge.peaks.push(peak);
            edge.count = edge.count.saturating_add(1);
        }
        let peaks: Vec<&[Hash32]> = edges.iter().map(|edge| edge.peaks.as_slice()).collect();
        let heads = fold_each(&peaks).into_iter().zip(edges.iter());
        heads.map(|(root, edge)| LogHead { count: edge.count, root }).collect()
    }

    /// Count and root.
    #[must_use]
    pub fn head(&self) -> LogHead {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return LogHead::EMPTY };
        let root = peaks.fold(*last, |right, left| node_hash(left, &right));
        LogHead { count: self.count, root }
    }
}

/// A whole tree in memory, by level; level 0 holds the leaves.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    levels: Vec<Chunks<Hash32>>,
}

impl Tree {
    /// A tree over these leaves.
    #[must_use]
    pub fn new(leaves: Vec<Hash32>) -> Self {
        let mut tree = Self { levels: vec![leaves.into()] };
        let mut level = 0;
        while let Some(below) = tree.levels.get(level).filter(|l| l.len() > 1) {
            let above = below.runs().flat_map(parents_of).collect();
            tree.levels.push(above);
            level = level.saturating_add(1);
        }
        tree
    }

    /// Number of leaves.
    #[must_use]
    pub fn len(&self) -> u64 {
        u64::try_from(self.count()).unwrap_or(u64::MAX)
    }

    /// Whether there is no leaf.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    fn count(&self) -> usize {
        self.levels.first().map_or(0, Chunks::len)
    }

    /// The leaf at an index.
    #[must_use]
    pub fn leaf(&self, index: u64) -> Option<Hash32> {
        self.levels.first()?.get(usize::try_from(index).ok()?).copied()
    }

    /// Root over all leaves; zero for none.
    #[must_use]
    pub fn root(&self) -> Hash32 {
        self.levels.last().and_then(|top| top.get(0)).copied().unwrap_or(Hash32::ZERO)
    }

    /// Count and root.
    #[must_use]
    pub fn head(&self) -> LogHead {
        LogHead { count: self.len(), root: self.root() }
    }

    /// Appends a leaf.
    pub fn push(&mut self, leaf: Hash32) {
        self.update([(self.len(), leaf)]);
    }

    /// What the tree becomes when these leaves are set, in ascending order, each below or at the next
    /// free index; the tree itself stays as it is.
    #[must_use]
    pub fn plan(&self, leaves: impl IntoIterator<Item = (u64, Hash32)>) -> TreeUpdate {
        let mut len = self.count();
        let mut changed: Vec<(usize, Hash32)> = Vec::new();
        for (index, leaf) in leaves {
            let Ok(at) = usize::try_from(index) else { continue };
            if at <= len {
                len = len.max(at.saturating_add(1));
                changed.push((at, leaf));
            }
        }
        let mut levels = vec![changed];
        let mut level = 0usize;
        while len > 1 {
            let above = self.parents(level, len, levels.last().map_or(&[], Vec::as_slice));
            levels.push(above);
            len = len.div_ceil(2);
            level = level.saturating_add(1);
        }
        let root = levels.last().and_then(|top| top.first()).map_or(self.root(), |(_, root)| *root);
        TreeUpdate { levels, root }
    }

    /// Parents of the changed nodes of one level, in order.
    fn parents(
        &self,
        level: usize,
        len: usize,
        changed: &[(usize, Hash32)],
    ) -> Vec<(usize, Hash32)> {
        let old = self.levels.get(level);
        let mut above: Vec<(usize, Hash32)> = Vec::with_capacity(changed.len());
        let mut pairs: Vec<(Hash32, Hash32)> = Vec::with_capacity(changed.len());
        let mut nodes = changed.iter().copied().peekable();
        while let Some((at, hash)) = nodes.next() {
            let sibling = at ^ 1;
            let other = nodes.next_if(|(next, _)| *next == sibling).map(|(_, hash)| hash);
            let other = other.or_else(|| old?.get(sibling).copied());
            // A last node without partner moves up unchanged; a left one is always there.
            match other.filter(|_| sibling < len) {
                Some(other) => {
                    pairs.push(if at < sibling { (hash, other) } else { (other, hash) });
                    above.push((at >> 1, Hash32::ZERO));
                }
                None => above.push((at >> 1, hash)),
            }
        }
        let mut hashes = node_hashes(&pairs).into_iter();
        // Only the last one may be without partner.
        above.iter_mut().zip(&mut hashes).for_each(|((_, node), hash)| *node = hash);
        above
    }

    /// Makes a planned update real.
    pub fn commit(&mut self, update: TreeUpdate) {
        for (level, nodes) in update.levels.into_iter().enumerate() {
            if self.levels.len() <= level {
                self.levels.push(Chunks::default());
            }
            let Some(into) = self.levels.get_mut(level) else { return };
            for (at, hash) in nodes {
                set_or_push(into, at, hash);
            }
        }
    }

    /// Sets leaves, in ascending order, each below or at the next free index.
    pub fn update(&mut self, leaves: impl IntoIterator<Item = (u64, Hash32)>) {
        self.commit(self.plan(leaves));
    }

    /// The audit path of a leaf in the tree of the first `size` leaves, with some leaves replaced
    /// by what they were then. `None` when the index is not below `size`, or `size` is too large.
    #[must_use]
    pub fn path(
        &self,
        index: u64,
        size: u64,
        replaced: &BTreeMap<u64, Hash32>,
    ) -> Option<Vec<Hash32>> {
        if index >= size || size > self.len() {
            return None;
        }
        let mut path = Vec::new();
        let (mut at, mut last, mut level) = (index, size.checked_sub(1)?, 0u32);
        while last > 0 {
            let sibling = at ^ 1;
            if sibling <= last {
                path.push(self.node_as_of(level, sibling, size, replaced)?);
            }
            at >>= 1;
            last >>= 1;
            level = level.checked_add(1)?;
        }
        Some(path)
    }

    /// The root over the first `size` leaves, with some leaves replaced by what they were then.
    #[must_use]
    pub fn root_as_of(&self, size: u64, replaced: &BTreeMap<u64, Hash32>) -> Option<Hash32> {
        if size == 0 {
            return Some(Hash32::ZERO);
        }
        if size > self.len() {
            return None;
        }
        let level = 64u32.saturating_sub(size.saturating_sub(1).leading_zeros());
        self.node_as_of(level, 0, size, replaced)
    }

    fn node_as_of(
        &self,
        level: u32,
        index: u64,
        size: u64,
        replaced: &BTreeMap<u64, Hash32>,
    ) -> Option<Hash32> {
        let first = index.checked_shl(level)?;
        let end = index.checked_add(1)?.checked_shl(level)?;
        if level == 0 {
            return replaced.get(&index).copied().or_else(|| self.leaf(index));
        }
        let untouched = replaced.range(first..end.min(size)).next().is_none();
        if end <= size && untouched {
            let level = usize::try_from(level).ok()?;
            return self.levels.get(level)?.get(usize::try_from(index).ok()?).copied();
        }
        let below = level.checked_sub(1)?;
        let left = index.checked_mul(2)?;
        let right = left.checked_add(1)?;
        let left_hash = self.node_as_of(below, left, size, replaced)?;
        if right.checked_shl(below)? >= size {
            return Some(left_hash);
        }
        Some(node_hash(&left_hash, &self.node_as_of(below, right, size, replaced)?))
    }
}

/// Hashes each list from its end, `H(a, H(b, c))`, all of them side by side; zero for an empty one.
fn fold_each<T: AsRef<[Hash32]>>(lists: &[T]) -> Vec<Hash32> {
    let last = |list: &T| list.as_ref().last().copied().unwrap_or(Hash32::ZERO);
    let mut nodes: Vec<Hash32> = lists.iter().map(last).collect();
    let mut depth = 1usize;
    loop {
        let left = |list: &T| list.as_ref().iter().rev().nth(depth).copied();
        let lefts: Vec<Option<Hash32>> = lists.iter().map(left).collect();
        let pairs = lefts.iter().zip(&nodes);
        let pairs: Vec<_> = pairs.filter_map(|(left, node)| Some(((*left)?, *node))).collect();
        if pairs.is_empty() {
            return nodes;
        }
        let deeper = nodes.iter_mut().zip(&lefts).filter(|(_, left)| left.is_some());
        deeper.zip(node_hashes(&pairs)).for_each(|((node, _), hash)| *node = hash);
        depth = depth.saturating_add(1);
    }
}

/// The level above these nodes; a last node without partner moves up unchanged.
fn parents_of(level: &[Hash32]) -> Vec<Hash32> {
    let (pairs, last) = level.as_chunks::<2>();
    let pairs: Vec<_> = pairs.iter().map(|[left, right]| (*left, *right)).collect();
    let mut above = in_parts(&pairs, node_hashes);
    above.extend(last);
    above
}

fn set_or_push(nodes: &mut Chunks<Hash32>, at: usize, node: Hash32) {
    if at == nodes.len() {
        nodes.push(node);
    } else if let Some(slot) = nodes.get_mut(at) {
        *slot = node;
    }
}

/// New nodes of a tree, by level, and the root they make.
#[derive(Clone, Debug, Default)]
pub struct TreeUpdate {
    levels: Vec<Vec<(usize, Hash32)>>,
    root: Hash32,
}

impl TreeUpdate {
    /// The leaves that are set, in ascending order.
    #[must_use]
    pub fn leaves(&self) -> &[(usize, Hash32)] {
        self.levels.first().map_or(&[], Vec::as_slice)
    }

    /// The root after the update.
    #[must_use]
    pub const fn root(&self) -> Hash32 {
        self.root
    }
}

/// The root that a leaf and its audit path lead to, in a tree of `size` leaves.
///
/// `None` when the path has another length than such a tree gives (RFC 9162 §2.1.3.2).
#[must_use]
pub fn root_from_path(leaf: Hash32, index: u64, size: u64, path: &[Hash32]) -> Option<Hash32> {
    if index >= size {
        return None;
    }
    let (mut at, mut last, mut node) = (index, size.checked_sub(1)?, leaf);
    let mut rest = path.iter();
    while last > 0 {
        let sibling = at ^ 1;
        if sibling <= last {
            let other = rest.next()?;
            node = if at & 1 == 1 { node_hash(other, &node) } else { node_hash(&node, other) };
        }
        at >>= 1;
        last >>= 1;
    }
    rest.next().is_none().then_some(node)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::leaf_hash;

    fn leaf(n: u64) -> Hash32 {
        leaf_hash(&Hash32::ZERO, &n.to_le_bytes())
    }

    /// RFC 6962 §2.1, written as the text has it.
    fn reference_root(leaves: &[Hash32]) -> Hash32 {
        match leaves {
            [] => Hash32::ZERO,
            [only] => *only,
            _ => {
                let k = leaves.len().next_power_of_two() / 2;
                let (left, right) = leaves.split_at(k);
                node_hash(&reference_root(left), &reference_root(right))
            }
        }
    }

    #[test]
    fn tree_frontier_and_reference_agree_at_every_size() {
        let (mut tree, mut frontier, mut leaves) = (Tree::default(), Frontier::default(), vec![]);
        for n in 0..130 {
            tree.push(leaf(n));
            frontier.push(leaf(n));
            leaves.push(leaf(n));
            assert_eq!(tree.root(), reference_root(&leaves), "{n}");
            assert_eq!(frontier.head(), tree.head(), "{n}");
            assert_eq!(Tree::new(leaves.clone()).root(), tree.root());
        }
    }

    #[test]
    fn trees_pushed_side_by_side_are_those_pushed_alone() {
        let alone = |count: u64| {
            let mut edge = Frontier::default();
            (0..count).for_each(|n| edge.push(leaf(n)));
            edge
        };
        let counts: Vec<u64> = (0..70).chain([127, 128, 255]).collect();
        let mut edges: Vec<Frontier> = counts.iter().map(|count| alone(*count)).collect();
        let leaves: Vec<_> = counts.iter().map(|count| leaf(*count)).collect();
        let heads = Frontier::push_each(&mut edges.iter_mut().collect::<Vec<_>>(), &leaves);
        for ((count, edge), head) in counts.iter().zip(edges).zip(heads) {
            let expected = alone(count + 1);
            assert_eq!((&edge, head), (&expected, expected.head()), "{count}");
        }
        assert_eq!(Frontier::push_each(&mut [], &[]), []);
    }

    #[test]
    fn every_leaf_of_every_earlier_size_has_a_path_that_verifies() {
        let leaves: Vec<_> = (0..40).map(leaf).collect();
        let tree = Tree::new(leaves.clone());
        let none = BTreeMap::new();
        for size in 1..=40u64 {
            let root = reference_root(&leaves[..size as usize]);
            assert_eq!(tree.root_as_of(size, &none), Some(root));
            for index in 0..size {
                let path = tree.path(index, size, &none).unwrap();
                assert_eq!(root_from_path(leaf(index), index, size, &path), Some(root));
                assert_ne!(root_from_path(leaf(index + 1), index, size, &path), Some(root));
            }
        }
        assert_eq!(tree.path(40, 40, &none), None);
        assert_eq!(tree.path(0, 41, &none), None);
    }

    #[test]
    fn a_path_of_another_length_is_refused() {
        let tree = Tree::new((0..5).map(leaf).collect());
        let mut path = tree.path(1, 5, &BTreeMap::new()).unwrap();
        assert_eq!(root_from_path(leaf(1), 1, 5, &path[1..]), None);
        path.push(leaf(9));
        assert_eq!(root_from_path(leaf(1), 1, 5, &path), None);
        assert_eq!(root_from_path(leaf(1), 5, 5, &path), None);
    }

    #[test]
    fn a_changed_tree_still_shows_what_it_was() {
        let before = Tree::new((0..21).map(leaf).collect());
        let mut after = before.clone();
        let changes =
            BTreeMap::from([(3, leaf(100)), (20, leaf(101)), (21, leaf(102)), (22, leaf(9))]);
        after.update(changes.clone());
        let undo = BTreeMap::from([(3, leaf(3)), (20, leaf(20))]);
        assert_eq!(after.root_as_of(21, &undo), Some(before.root()));
        for index in 0..21 {
            let path = after.path(index, 21, &undo).unwrap();
            assert_eq!(root_from_path(leaf(index), index, 21, &path), Some(before.root()));
        }
    }

    #[test]
    fn many_updates_at_once_equal_a_tree_built_anew() {
        let mut leaves: Vec<_> = (0..77).map(leaf).collect();
        let mut tree = Tree::new(leaves.clone());
        let changes: BTreeMap<u64, Hash32> =
            (0..120).filter(|n| n % 3 == 0 || *n >= 77).map(|n| (n, leaf(n + 500))).collect();
        tree.update(changes.clone());
        for (index, hash) in changes {
            if index as usize == leaves.len() {
                leaves.push(hash)
            } else {
                leaves[index as usize] = hash
            }
        }
        assert_eq!(tree.root(), reference_root(&leaves));
    }
}
