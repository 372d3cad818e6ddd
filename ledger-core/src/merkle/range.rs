//! Range proofs: which leaves stand at a run of places, with none left out, added or changed.
//!
//! The path of a run is what a verifier lacks to compute the root from the run's leaves: on each
//! level, from the leaves upwards, the sibling to the left of the run if its first node is a right
//! child, then the sibling to its right if its last node is a left child that is not the last of
//! its level. The path of a run of one leaf is that leaf's audit path.
//!
//! # Place      complete histories of accounts (W21); cut by nodes, checked by the `verifier` crate
//! # Invariants W21 place and number of the leaves are given, never taken from the path
//! # Absent     storage; what a leaf means

use std::{collections::BTreeMap, ops::RangeInclusive};

use super::{Frontier, Tree, parents_of};
use crate::digest::Hash32;

/// The path of a run of leaves in the tree of the first `size` leaves.
///
/// `None` when the run is empty or does not lie below `size`, or `size` is too large.
#[must_use]
pub fn range_path(tree: &Tree, places: &RangeInclusive<u64>, size: u64) -> Option<Vec<Hash32>> {
    let (mut low, mut high) = (*places.start(), *places.end());
    if low > high || high >= size || size > tree.len() {
        return None;
    }
    let none = BTreeMap::new();
    let (mut path, mut last, mut level) = (Vec::new(), size.checked_sub(1)?, 0u32);
    while last > 0 {
        if low & 1 == 1 {
            path.push(tree.node_as_of(level, low.checked_sub(1)?, size, &none)?);
        }
        if high & 1 == 0 && high < last {
            path.push(tree.node_as_of(level, high.checked_add(1)?, size, &none)?);
        }
        (low, high, last) = (low >> 1, high >> 1, last >> 1);
        level = level.checked_add(1)?;
    }
    Some(path)
}

/// The root that a run of leaves and its path lead to, in a tree of `size` leaves; no leaves are a
/// run of the empty tree only.
///
/// `None` when the run does not lie below `size`, or the path has another length than such a run
/// and tree give.
#[must_use]
pub fn root_from_range(
    leaves: &[Hash32],
    first: u64,
    size: u64,
    path: &[Hash32],
) -> Option<Hash32> {
    let end = first.checked_add(u64::try_from(leaves.len()).ok()?)?;
    if leaves.is_empty() {
        return (end == 0 && size == 0 && path.is_empty()).then_some(Hash32::ZERO);
    }
    if end > size {
        return None;
    }
    let (mut low, mut high, mut last) = (first, end.checked_sub(1)?, size.checked_sub(1)?);
    let (mut nodes, mut rest) = (leaves.to_vec(), path.iter());
    while last > 0 {
        let left = if low & 1 == 1 { Some(*rest.next()?) } else { None };
        let right = if high & 1 == 0 && high < last { Some(*rest.next()?) } else { None };
        let level: Vec<Hash32> = left.into_iter().chain(nodes).chain(right).collect();
        nodes = parents_of(&level);
        (low, high, last) = (low >> 1, high >> 1, last >> 1);
    }
    match nodes[..] {
        [root] if rest.next().is_none() => Some(root),
        _ => None,
    }
}

/// Cuts the path of a run from a tree's leaves, given once from the first to the last: for lists
/// that are read from a disk and too long to be held as a tree.
#[derive(Clone, Debug)]
pub struct RangeCut {
    places: RangeInclusive<u64>,
    size: u64,
    next: u64,
    /// The leaves before the run: their peaks are its siblings to the left.
    before: Frontier,
    /// The siblings to the right with their levels, lowest first.
    after: Vec<(u32, Frontier)>,
    /// Where the next sibling to the right begins.
    boundary: u64,
}

impl RangeCut {
    /// For a run in the tree of the first `size` leaves; `None` when the run is empty or does not
    /// lie below `size`.
    #[must_use]
    pub fn new(places: RangeInclusive<u64>, size: u64) -> Option<Self> {
        let boundary = places.end().checked_add(1)?;
        let inside = places.start() <= places.end() && boundary <= size;
        let (before, after) = (Frontier::default(), Vec::new());
        inside.then_some(Self { places, size, next: 0, before, after, boundary })
    }

    /// Takes the next leaf; those from `size` on change nothing.
    pub fn push(&mut self, leaf: Hash32) {
        let at = self.next;
        if at >= self.size {
            return;
        }
        self.next = at.saturating_add(1);
        if at < *self.places.start() {
            self.before.push(leaf);
        } else if at > *self.places.end() {
            if at == self.boundary {
                // A sibling to the right is as large as the place where it begins allows.
                let level = at.trailing_zeros();
                let width = 1u64.checked_shl(level).unwrap_or(u64::MAX);
                self.boundary = at.saturating_add(width);
                self.after.push((level, Frontier::default()));
            }
            if let Some((_, sibling)) = self.after.last_mut() {
                sibling.push(leaf);
            }
        }
    }

    /// The path; `None` before all leaves were given.
    #[must_use]
    pub fn path(&self) -> Option<Vec<Hash32>> {
        if self.next < self.size {
            return None;
        }
        let mut path = Vec::new();
        let mut left = self.before.peaks.iter().rev();
        let mut right = self.after.iter().peekable();
        for level in 0..u64::BITS {
            if self.places.start().checked_shr(level)? & 1 == 1 {
                path.push(*left.next()?);
            }
            if let Some((_, sibling)) = right.next_if(|(at, _)| *at == level) {
                path.push(sibling.head().root);
            }
        }
        Some(path)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        digest::{leaf_hash, node_hash},
        merkle::root_from_path,
    };

    fn leaf(n: u64) -> Hash32 {
        leaf_hash(&Hash32::ZERO, &n.to_le_bytes())
    }

    /// RFC 6962 §2.1 over places `low..end`, in which the run's leaves are known and everything
    /// else is taken from the tree; what is taken is written down with its level.
    fn reference(
        leaves: &[Hash32],
        (low, end): (usize, usize),
        run: (usize, usize),
        taken: &mut Vec<(usize, usize)>,
    ) -> Hash32 {
        let (first, last) = run;
        if end <= first || low > last {
            taken.push((low, end));
            return root(&leaves[low..end]);
        }
        if end - low == 1 {
            return leaves[low];
        }
        let middle = low + (end - low).next_power_of_two() / 2;
        let left = reference(leaves, (low, middle), run, taken);
        node_hash(&left, &reference(leaves, (middle, end), run, taken))
    }

    fn root(leaves: &[Hash32]) -> Hash32 {
        match leaves {
            [] => Hash32::ZERO,
            [only] => *only,
            _ => {
                let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                node_hash(&root(left), &root(right))
            }
        }
    }

    #[test]
    fn w21_every_run_of_every_small_tree_has_the_siblings_of_rfc_6962_and_leads_to_its_root() {
        let leaves: Vec<_> = (0..40).map(leaf).collect();
        let tree = Tree::new(leaves.clone());
        for size in 1..=40usize {
            let here = root(&leaves[..size]);
            for first in 0..size {
                for last in first..size {
                    let (low, high, count) = (first as u64, last as u64, size as u64);
                    let path = range_path(&tree, &(low..=high), count).unwrap();
                    let mut taken = Vec::new();
                    assert_eq!(
                        reference(&leaves[..size], (0, size), (first, last), &mut taken),
                        here
                    );
                    let mut given: Vec<_> =
                        taken.iter().map(|(low, end)| root(&leaves[*low..*end])).collect();
                    let mut found = path.clone();
                    given.sort();
                    found.sort();
                    assert_eq!(found, given, "{first}..={last} of {size}");
                    let run = &leaves[first..=last];
                    assert_eq!(root_from_range(run, low, count, &path), Some(here));
                    let mut cut = RangeCut::new(low..=high, count).unwrap();
                    for leaf in &leaves[..size] {
                        assert_eq!(cut.path(), None, "not all leaves are given");
                        cut.push(*leaf);
                    }
                    assert_eq!(cut.path(), Some(path.clone()), "{first}..={last} of {size}");
                    cut.push(leaf(99));
                    assert_eq!(cut.path(), Some(path), "a leaf beyond the tree changes nothing");
                }
            }
        }
    }

    #[test]
    fn w21_the_path_of_one_leaf_is_its_audit_path() {
        let tree = Tree::new((0..23).map(leaf).collect());
        for at in 0..23 {
            let path = range_path(&tree, &(at..=at), 23).unwrap();
            assert_eq!(Some(path.clone()), tree.path(at, 23, &BTreeMap::new()));
            assert_eq!(root_from_path(leaf(at), at, 23, &path), Some(tree.root()));
        }
        let all: Vec<_> = (0..23).map(leaf).collect();
        assert_eq!(range_path(&tree, &(0..=22), 23), Some(vec![]), "all leaves need no path");
        assert_eq!(root_from_range(&all, 0, 23, &[]), Some(tree.root()));
    }

    #[test]
    fn w21_what_is_no_run_of_the_tree_has_no_path_and_no_root() {
        let tree = Tree::new((0..5).map(leaf).collect());
        let backwards = RangeInclusive::new(3, 2);
        for (places, size) in [(backwards, 5), (0..=5, 5), (5..=5, 5), (0..=3, 6), (0..=0, 0)] {
            assert_eq!(range_path(&tree, &places, size), None, "{places:?} of {size}");
        }
        for (places, size) in [(RangeInclusive::new(3, 2), 5), (0..=5, 5), (0..=u64::MAX, 5)] {
            assert!(RangeCut::new(places, size).is_none());
        }
        let run: Vec<_> = (3..5).map(leaf).collect();
        let path = range_path(&tree, &(3..=4), 5).unwrap();
        assert_eq!(root_from_range(&run, 3, 5, &path), Some(tree.root()));
        assert_eq!(root_from_range(&run, 4, 5, &path), None, "beyond the tree");
        assert_eq!(root_from_range(&run, u64::MAX, 5, &path), None);
        assert_eq!(root_from_range(&run, u64::MAX - 1, u64::MAX, &path), None);
        assert_eq!(root_from_range(&run, 3, 5, &path[1..]), None, "too short");
        let longer = [&path[..], &[leaf(9)]].concat();
        assert_eq!(root_from_range(&run, 3, 5, &longer), None, "too long");
        assert_eq!(root_from_range(&[], 0, 0, &[]), Some(Hash32::ZERO));
        for (first, size, path) in [(0, 5, &path[..]), (1, 0, &[]), (0, 0, &path[..])] {
            assert_eq!(root_from_range(&[], first, size, path), None, "{first} of {size}");
        }
    }

    fn flipped(hash: &Hash32, bit: usize) -> Hash32 {
        let mut bytes = *hash.get();
        bytes[bit / 8 % 32] ^= 1 << (bit % 8);
        Hash32::new(bytes)
    }

    proptest! {
        /// A bit changed anywhere, a leaf left out, added or moved, another place.
        #[test]
        fn w21_no_other_run_leads_to_the_root(
            size in 1u64..200,
            at in any::<[u16; 2]>(),
            bit in 0usize..256,
            place in any::<prop::sample::Index>(),
        ) {
            let tree = Tree::new((0..size).map(leaf).collect());
            let (one, two) = (u64::from(at[0]) % size, u64::from(at[1]) % size);
            let (first, last) = (one.min(two), one.max(two));
            let run: Vec<_> = (first..=last).map(leaf).collect();
            let path = range_path(&tree, &(first..=last), size).unwrap();
            let leads = |run: &[Hash32], first, size, path: &[Hash32]| {
                root_from_range(run, first, size, path) == Some(tree.root())
            };
            prop_assert!(leads(&run, first, size, &path));
            for elsewhere in (0..size).filter(|elsewhere| *elsewhere != first) {
                prop_assert!(!leads(&run, elsewhere, size, &path));
            }
            let mut other = run.clone();
            let changed = place.index(run.len());
            other[changed] = flipped(&run[changed], bit);
            prop_assert!(!leads(&other, first, size, &path));
            let mut without = run.clone();
            without.remove(changed);
            prop_assert!(!leads(&without, first, size, &path));
            prop_assert!(!leads(&without, first + 1, size, &path));
            let mut twice = run.clone();
            twice.insert(changed, run[changed]);
            prop_assert!(!leads(&twice, first, size, &path));
            if changed + 1 < run.len() {
                let mut swapped = run.clone();
                swapped.swap(changed, changed + 1);
                prop_assert!(!leads(&swapped, first, size, &path));
            }
            if !path.is_empty() {
                let mut other = path.clone();
                let changed = place.index(path.len());
                other[changed] = flipped(&path[changed], bit);
                prop_assert!(!leads(&run, first, size, &other));
                prop_assert!(!leads(&run, first, size, &path[1..]));
            }
        }
    }
}
