//! A Merkle-sum tree over all accounts of a currency: what members hold adds up to what is published.
//!
//! Each leaf is a part of one account's balance; each inner node holds the sum of the two below it
//! and hashes both with their sums. So whoever finds all parts of its balance under a root knows
//! that they are in the sum at the root, whoever made the tree.
//!
//! A sum tree shows the sums of a leaf's neighbours. A balance is therefore cut into
//! [`LIABILITY_PARTS`] parts at random places, and the parts of all accounts are mixed: a neighbour
//! shows a part of somebody's balance, and nothing says whose.
//!
//! # Place      made from the state after a certified block, by whoever executes; checked by the
//! #            `verifier` crate; its root is no part of the state
//! # Invariants W29 sums are never negative, never overflow, and each is hashed beside its own node;
//! #            the same state gives the same tree on every validator and observer
//! # Absent     publishing (an operator's decision); what contracts hold

use serde::{Deserialize, Serialize};

use crate::{
    account::Account,
    digest::{Domain, Hash32},
    id::{AccountId, ChainId},
    journal::SaltUse,
    limits::LIABILITY_PARTS,
    money::Currency,
    time::Height,
};

/// A part of an account's balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The account.
    pub account: AccountId,
    /// Which of its parts, from 0.
    pub number: u8,
    /// How much, in minor units.
    pub minor: u128,
}

impl Part {
    /// Its leaf.
    #[must_use]
    pub fn node(&self, salt: &Hash32) -> SumNode {
        SumNode { hash: Domain::Part.hash_of(&(salt, self)), minor: self.minor }
    }
}

/// A node of the tree: a hash, and the sum of all parts below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SumNode {
    /// Hash of a part, or of two nodes with their sums.
    pub hash: Hash32,
    /// The sum, in minor units.
    pub minor: u128,
}

impl SumNode {
    /// The node above two; `None` when their sum has no representation.
    #[must_use]
    pub fn above(left: &Self, right: &Self) -> Option<Self> {
        let minor = left.minor.checked_add(right.minor)?;
        Some(Self { hash: Domain::Sum.hash_of(&(left, right)), minor })
    }
}

/// What is published of a tree. Everybody must be shown the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Liabilities {
    /// The network.
    pub chain: ChainId,
    /// The currency.
    pub currency: Currency,
    /// The block after which it was so.
    pub height: Height,
    /// Number of parts.
    pub parts: u64,
    /// The root.
    pub root: SumNode,
}

impl Liabilities {
    /// What two of them are compared by.
    #[must_use]
    pub fn digest(&self) -> Hash32 {
        Domain::Liabilities.hash_of(self)
    }
}

/// A part with what leads from it to the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartProof {
    /// Its place among all parts.
    pub index: u64,
    /// How much, in minor units.
    pub minor: u128,
    /// Salt of its leaf.
    pub salt: Hash32,
    /// Siblings from the leaf upwards, each with its sum.
    pub path: Vec<SumNode>,
}

/// The root that a node and its siblings lead to, in a tree of `size` leaves; `None` when the path
/// has another length than such a tree gives, or a sum has no representation.
#[must_use]
pub fn sum_root(leaf: SumNode, index: u64, size: u64, path: &[SumNode]) -> Option<SumNode> {
    if index >= size {
        return None;
    }
    let (mut at, mut last, mut node) = (index, size.checked_sub(1)?, leaf);
    let mut rest = path.iter();
    while last > 0 {
        if at ^ 1 <= last {
            let other = rest.next()?;
            node = if at & 1 == 1 {
                SumNode::above(other, &node)?
            } else {
                SumNode::above(&node, other)?
            };
        }
        (at, last) = (at >> 1, last >> 1);
    }
    rest.next().is_none().then_some(node)
}

/// A part of the tree with its salt.
#[derive(Clone, Copy, Debug)]
struct Salted {
    part: Part,
    salt: Hash32,
    node: SumNode,
}

/// The tree over all accounts of a currency after one block.
#[derive(Clone, Debug)]
pub struct LiabilityTree {
    /// In the order of their hashes, which is that of nothing else.
    parts: Vec<Salted>,
    /// By level; level 0 holds the parts' nodes.
    levels: Vec<Vec<SumNode>>,
}

impl LiabilityTree {
    /// The tree over these accounts after a block, from which with its blinding secret the parts
    /// and their salts follow. `None` when the balances add up to more than can be counted.
    #[must_use]
    pub fn new(accounts: &[Account], height: Height, blinding: &Hash32) -> Option<Self> {
        let mut parts = Vec::new();
        for account in accounts {
            let amounts = split(account, height, blinding)?;
            for (number, minor) in (0u8..).zip(amounts) {
                let part = Part { account: account.id, number, minor };
                let salt = SaltUse::Part(height, account.id, number).salt(blinding);
                parts.push(Salted { part, salt, node: part.node(&salt) });
            }
        }
        parts.sort_by_key(|salted| salted.node.hash);
        let mut level: Vec<SumNode> = parts.iter().map(|salted| salted.node).collect();
        let mut levels = Vec::new();
        while level.len() > 1 {
            let above = level.chunks(2).map(|pair| match pair {
                [left, right] => SumNode::above(left, right),
                [only, ..] => Some(*only),
                [] => None,
            });
            let above = above.collect::<Option<Vec<_>>>()?;
            levels.push(std::mem::replace(&mut level, above));
        }
        levels.push(level);
        Some(Self { parts, levels })
    }

    /// Number of parts.
    #[must_use]
    pub fn len(&self) -> u64 {
        u64::try_from(self.parts.len()).unwrap_or(u64::MAX)
    }

    /// Whether there is no account.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The root; zero for no accounts.
    #[must_use]
    pub fn root(&self) -> SumNode {
        let top = self.levels.last().and_then(|level| level.first());
        top.copied().unwrap_or(SumNode { hash: Hash32::ZERO, minor: 0 })
    }

    /// All parts of an account, by number; none for an account that is not in the tree.
    #[must_use]
    pub fn prove(&self, account: &AccountId) -> Vec<PartProof> {
        let mut found: Vec<(u8, PartProof)> = Vec::new();
        for (index, salted) in (0u64..).zip(&self.parts) {
            if salted.part.account == *account {
                let Salted { part: Part { number, minor, .. }, salt, .. } = *salted;
                found.push((number, PartProof { index, minor, salt, path: self.path(index) }));
            }
        }
        found.sort_by_key(|(number, _)| *number);
        found.into_iter().map(|(_, proof)| proof).collect()
    }

    fn path(&self, index: u64) -> Vec<SumNode> {
        let siblings = (0u32..).zip(&self.levels).filter_map(|(level, nodes)| {
            let at = index.checked_shr(level)? ^ 1;
            nodes.get(usize::try_from(at).ok()?).copied()
        });
        siblings.collect()
    }
}

/// The parts of a balance: the distances between places drawn from the block's secret.
fn split(account: &Account, height: Height, blinding: &Hash32) -> Option<Vec<u128>> {
    let balance = account.balances.sum()?;
    let numbers = 1..u8::try_from(LIABILITY_PARTS).ok()?;
    let mut places: Vec<u128> = numbers
        .map(|number| {
            let drawn = SaltUse::Cut(height, account.id, number).salt(blinding);
            let (low, _) = drawn.get().split_first_chunk::<16>()?;
            let drawn = u128::from_le_bytes(*low);
            match balance.checked_add(1) {
                Some(choices) => drawn.checked_rem(choices),
                None => Some(drawn),
            }
        })
        .collect::<Option<_>>()?;
    places.sort_unstable();
    places.push(balance);
    let mut before = 0;
    let distances = places.into_iter().map(|place| {
        let part = place.checked_sub(before);
        before = place;
        part
    });
    distances.collect()
}

#[cfg(test)]
mod tests;
